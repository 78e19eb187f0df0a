/* SPDX-License-Identifier: Apache-2.0 */
/* Trajectories of one query beside a value that they must meet. */
#ifndef BRG_TESTS_GOLDEN_REPLAY_H
#define BRG_TESTS_GOLDEN_REPLAY_H

#include <math.h>

#include "csim/density.h"
#include "csim/first_order.h"
#include "exact_schedule.h"
#include "test.h"

/* One query with 100 ns slices and a wait of stall_ns before Fetch(0). */
static inline brg_timeline *golden_timeline(const brg_qram *q, double stall_ns,
                                            brg_planes **image) {
    brg_timeline *t = NULL;
    assert_int_equal(brg_planes_new(image, q->address_width, q->word_width), BRG_OK);
    exact_parity_image(*image);
    const int fetch = 3 * (int)q->address_width + 1;
    assert_int_equal(exact_timeline(&t, q, *image, 1, 100.0, fetch, stall_ns), BRG_OK);
    return t;
}

/* The mean over trajectories is within 3 standard errors of f plus allowance. Returns the deviation
 * in standard errors. */
static inline double assert_replay_near(const brg_run_config *config, const brg_timeline *t,
                                        const brg_planes *image, uint64_t trajectories, double f,
                                        double allowance, const char *what) {
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, config, image, trajectories, 2, NULL, NULL), BRG_OK);
    const double deviation = (r.mean - f) / r.stderr_mean;
    print_message("%-34s F %.8f  trajectories %.8f +- %.8f  (%+.2f standard errors)\n", what, f,
                  r.mean, r.stderr_mean, deviation);
    assert_true(r.stderr_mean > 0.0); /* else no trajectory met an error and nothing was tested */
    assert_double_near(r.mean, f, 3.0 * r.stderr_mean + allowance);
    brg_replay_result_clear(&r);
    return deviation;
}

/* Deviations of independent comparisons: none of them large is not enough, their sum must be small
 * too, or all lean to one side. */
static inline void assert_unbiased(double sum, unsigned count) {
    print_message("%u comparisons, summed deviation %+.2f standard errors\n", count,
                  sum / sqrt((double)count));
    assert_double_near(sum / sqrt((double)count), 0.0, 3.0);
}

static inline const char *golden_name(char *out, size_t size, const brg_run_config *config) {
    static const char *const kind[] = {"depolarizing", "x", "z", "phase", "shift", "damping"};
    const bool timed = config->noise.model == BRG_NOISE_TIMED;
    snprintf(out, size, "%s n=%u %s %g", config->qram.routers ? "three_level" : "two_level",
             config->qram.address_width, timed ? "timed" : kind[config->noise.kind],
             timed ? config->noise.gate_error : config->noise.probability);
    return out;
}

/* The per-slice kinds that a router model has. */
static inline bool golden_has(brg_routers routers, brg_noise_kind kind) {
    if (kind == BRG_KIND_X || kind == BRG_KIND_Z) return routers == BRG_TWO_LEVEL;
    if (kind == BRG_KIND_PHASE || kind == BRG_KIND_SHIFT) return routers == BRG_THREE_LEVEL;
    return true;
}

#endif
