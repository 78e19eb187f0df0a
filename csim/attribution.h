/* SPDX-License-Identifier: Apache-2.0 */
/* What each stall cost: the infidelity of a timeline split over the causes of its waits and over
 * single events, by first-order weights scaled to the measured infidelity (docs/attribution.md). */
#ifndef BRG_CSIM_ATTRIBUTION_H
#define BRG_CSIM_ATTRIBUTION_H

#include "csim/first_order.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Shares by cause of brg_cause, then these two. */
enum { BRG_SHARE_GATE = BRG_CAUSE_COUNT, BRG_SHARE_SCHEDULE, BRG_SHARE_COUNT };
/* "memory", ..., "gate", "schedule"; NULL out of range. */
const char *brg_share_name(unsigned share);

typedef struct brg_share {
    uint64_t time_ps;   /* of the waits, of the slices for schedule, 0 for gate */
    double x, x_stderr; /* first-order infidelity, mean over the queries; stderr 0 when exact */
    double logical_x;   /* part of x by logical errors of encoded registers */
    double infidelity;  /* the tree's part by the rest of x, and `logical` */
    double logical;     /* logical infidelity logical_x / sum of logical_x */
    double saved_if_removed; /* by replay with these waits set to 0; NaN for gate and schedule */
    double saved_stderr;     /* of the paired difference */
} brg_share;

/* One event's part: of its wait's x in proportion to its duration. */
typedef struct brg_event_share {
    size_t event;               /* index in the timeline */
    double infidelity, logical; /* logical is a part of infidelity */
} brg_event_share;

typedef struct brg_attribution {
    bool sampled;      /* x from single faults drawn in proportion to their rates */
    double x;          /* sum of the shares' x */
    double logical_x;  /* sum of the shares' logical_x */
    double infidelity; /* as given; the shares' add up to it */
    double logical;    /* as given, to the last place of infidelity; the shares' add up to it */
    brg_share share[BRG_SHARE_COUNT];
    brg_event_share *top; /* the costliest first; owned */
    size_t top_count;
    double *running; /* [slices]: x summed to the end of each slice within its query; owned */
} brg_attribution;

typedef struct brg_attribution_options {
    const brg_first_order *exact; /* of this timeline, then nothing is sampled; or NULL */
    uint64_t samples;             /* single faults to draw, at least 16, without `exact` */
    size_t events;                /* most entries of `top` */
    /* Outcomes of the timeline's replay, [trajectories * queries], trajectory-major, to pair
     * saved_if_removed with; NULL leaves it NaN. */
    const brg_outcome *outcomes;
    uint64_t trajectories;
    int jobs;
    brg_progress progress;
    void *user;
    /* With encoded registers (config->logical): where the probabilities of a life come from, NULL:
     * config->logical itself, when it knows them; the part of the measured infidelity that is by
     * logical errors; and relative standard errors of the probabilities of X and Z, 0 when exact.
     */
    const brg_logical *rates;
    double logical_infidelity, rate_stderr[2];
} brg_attribution_options;

/* infidelity: 1 - F measured, mean over the queries, logical errors included. Two parts are shared
 * out, each by its own weights: logical_infidelity by what the lives of patches cost
 * (csim/life_costs.h), the rest by the faults of the tree; errors of transfers stand with the
 * gates. A part without weights goes to the schedule. x_c is exact with options->exact, else an
 * unbiased estimate from single faults (Philox streams of config->seed; independent of jobs).
 * BRG_EINVAL when sizes do not fit each other. Cost without `exact`: samples single-fault
 * trajectories, and a replay for each cause that waited when outcomes are given. */
int brg_attribution_run(brg_attribution *out, const brg_timeline *timeline,
                        const brg_run_config *config, const brg_planes *ideal, double infidelity,
                        const brg_attribution_options *options);
void brg_attribution_clear(brg_attribution *a);

/* The timeline without a cause's waits and without events, for a replay to be compared with that of
 * `t`. A wait that would vanish stays as 1 ps: no error falls into it, but it takes its draw from
 * the error stream, so that the draws that follow are those of the other replay. */
int brg_attribution_without(brg_timeline **out, const brg_timeline *t, unsigned cause);

#ifdef __cplusplus
}
#endif
#endif
