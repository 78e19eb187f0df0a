/* SPDX-License-Identifier: Apache-2.0 */
/* Requests per CPU second of the verilated DDR4 controller with its device and checker: random
 * reads without pause, and one at a time with idle skip. Ends with 1 below the floors. */
#include <stdio.h>
#include <time.h>

#include "ddr4_rig.h"

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void) {
    static const struct {
        const char *name;
        bool idle;
        double floor;
    } cases[] = {{"saturated random reads", false, 0.2}, {"idle random reads", true, 0.4}};
    int status = 0;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned k = 0; k < 2; k++) {
            const brg_ddr4_policy policy = brg_ddr4_policy_default();
            const ddr4_load load = {
                .pattern = PATTERN_RANDOM, .requests = 400000, .idle = cases[k].idle, .seed = 7};
            double best = 0;
            ddr4_result r = {0};
            for (unsigned repeat = 0; repeat < 3; repeat++) {
                const double start = cpu_s();
                r = ddr4_drive(brg_ddr4_part_at(i), &policy, &load, NULL, 0, NULL);
                const double rate = (double)load.requests / (cpu_s() - start) * 1e-6;
                if (rate > best) best = rate;
            }
            printf(
                "%s %s: %.3f M requests per CPU second (floor %.1f), %.2f evaluations of "
                "%.1f clocks each\n",
                brg_ddr4_part_at(i)->name, cases[k].name, best, cases[k].floor,
                (double)r.evaluations / (double)load.requests,
                (double)r.cycles / (double)r.evaluations);
            if (best < cases[k].floor || r.violations) status = 1;
        }
    }
    return status;
}
