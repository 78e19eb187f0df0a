/* SPDX-License-Identifier: Apache-2.0 */
/* Exact fidelities of timed noise and gate errors, from the RTL to the number: the density matrix
 * to 1e-8, trajectories within three standard errors. Where a stall is asked for, it is made by the
 * latency of the memory in the RTL: the test looks for the latency that gives exactly its cycles.
 */
#include "test_cli_rig.h"

enum { STALL_CYCLES = 125 /* 500 ns at 250 MHz */ };

typedef struct golden {
    const char *routers;
    unsigned n;
    bool stall, noisy, gate;
    double fidelity;
} golden;

static const char common[] =
    "clock_mhz: 250\n"
    "technology: {base: transmon, slice_ns: 100}\n"
    "memory: {image: parity, bandwidth_gb_per_s: 8}\n"
    "workload: {input: uniform}\n";

static long long stall_at(const cli *c, const golden *g, long latency) {
    json_t *j = cli_result(c,
                           "s.yaml --set qram.routers=%s --set qram.address_width=%u "
                           "--set memory.latency_ns=%ld --set noise.model=none "
                           "--set noise.trajectories=1",
                           g->routers, g->n, latency);
    const long long stall = cli_count(j, "timing.stall_cycles.total");
    json_decref(j);
    return stall;
}

/* Smallest latency with at least the wanted stall; more latency never stalls less. */
static long find_latency(const cli *c, const golden *g) {
    long low = 0, high = 4000;
    while (low < high) {
        const long middle = (low + high) / 2;
        if (stall_at(c, g, middle) < STALL_CYCLES)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void golden_values(void **state) {
    static const golden cases[] = {
        {"two_level", 1, false, false, false, 0.9519222504},
        {"two_level", 1, true, false, false, 0.9074164491},
        {"two_level", 1, true, true, false, 0.8826473343},
        {"two_level", 2, true, false, false, 0.7683422935},
        {"two_level", 1, false, false, true, 0.9930283788},
        {"three_level", 1, false, false, false, 0.9072412451},
        {"three_level", 1, false, true, false, 0.8460964467},
        {"three_level", 2, true, false, false, 0.6171677231},
    };
    const cli *c = *state;
    cli_write(c, "s.yaml", common);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const golden *g = &cases[i];
        const long latency = g->stall ? find_latency(c, g) : 0;
        char set[600];
        snprintf(set, sizeof set,
                 "s.yaml --set qram.routers=%s --set qram.address_width=%u "
                 "--set memory.latency_ns=%ld --set noise.registers=%s --set noise.t1_ns=%d "
                 "--set noise.tphi_ns=%d --set noise.gate_error=%s",
                 g->routers, g->n, latency, g->noisy ? "noisy" : "ideal", g->gate ? 0 : 10000,
                 g->gate ? 0 : 20000, g->gate ? "1e-3" : "0");
        json_t *exact = cli_result(c, "%s --set noise.engine=density", set);
        json_t *sampled = cli_result(c, "%s --set noise.trajectories=20000 --set seed=7", set);
        const double f = cli_number(exact, "quantum.fidelity.mean");
        const double mean = cli_number(sampled, "quantum.fidelity.mean");
        const double error = cli_number(sampled, "quantum.fidelity.stderr");
        print_message(
            "%-11s n=%u stall %3lld cycles (latency %4ld ns): exact %.10f, golden %.10f, "
            "sampled %.5f +- %.5f\n",
            g->routers, g->n, cli_count(exact, "timing.stall_cycles.total"), latency, f,
            g->fidelity, mean, error);
        assert_true(cli_count(exact, "timing.stall_cycles.total") == (g->stall ? STALL_CYCLES : 0));
        assert_true(cli_count(sampled, "timing.stall_cycles.total") ==
                    (g->stall ? STALL_CYCLES : 0));
        assert_double_near(f, g->fidelity, 1e-8);
        assert_true(error > 0 && error < 0.01);
        assert_double_near(mean, g->fidelity, 3 * error);
        json_decref(exact);
        json_decref(sampled);
    }
}

int main(int argc, char **argv) {
    cli c;
    if (argc != 2) return 1;
    cli_open(&c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(golden_values, &c)};
    const int failed = cmocka_run_group_tests_name("cli_golden", tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
