/* SPDX-License-Identifier: Apache-2.0 */
/* What a run found: timing counted from the timeline, quantum results, performance; and its JSON
 * (docs/results.md). */
#ifndef BRG_TESTBENCH_RESULT_H
#define BRG_TESTBENCH_RESULT_H

#include "csim/attribution.h"
#include "csim/filtration.h"
#include "testbench/run_qec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cycles of one query, or summed over all. */
typedef struct brg_timing {
    uint64_t cycles;       /* slices and the waits before them */
    uint64_t ideal_cycles; /* the slices alone */
    uint64_t slices;
    uint64_t stall_cycles[BRG_CAUSE_COUNT];
} brg_timing;

typedef struct brg_pulses {
    uint64_t cswap, latch_swap, register_swap, fetch;
} brg_pulses;

/* Post-selection at the scenario's loss_detection. */
typedef struct brg_filtration_result {
    brg_filtration all, all_without_stalls;       /* queries pooled */
    brg_filtration *query, *query_without_stalls; /* [queries], owned */
    /* Success without the waits of a cause, less success; the error of this paired difference. */
    double saved[BRG_CAUSE_COUNT], saved_stderr[BRG_CAUSE_COUNT];
} brg_filtration_result;

typedef struct brg_result {
    const brg_scenario *scenario; /* borrowed, as are ideal and timeline */
    const brg_planes *ideal;
    const brg_timeline *timeline;

    brg_timing timing;        /* sum over the queries */
    brg_timing *query_timing; /* [queries], owned */
    uint32_t queries;
    brg_pulses pulses;

    bool have_fidelity; /* not with method first_order */
    bool have_outcomes; /* not with engine density */
    brg_replay_result fidelity;
    brg_replay_result without_stalls;
    bool have_filtration; /* with a loss_detection above 0 */
    brg_filtration_result filtration;
    bool have_first_order;
    brg_first_order first_order;

    json_t *program_counts; /* of workload.program, {bits: count}; owned, or NULL */
    json_t *program_counts_without_stalls;

    bool have_attribution; /* needs a fidelity */
    brg_attribution attribution;

    bool have_logical; /* with error correction and trajectories */
    brg_logical_counts logical;
    double logical_infidelity; /* fidelity without logical errors less the fidelity; with the
                                  attribution */

    bool have_memory; /* not from a timeline file */
    brg_platform_counters counters;

    double setup_s, rtl_s;
    double quantum_s; /* the engine itself: replay, lockstep or density */
    double without_stalls_s, filtration_s, first_order_s, attribution_s, program_s;
    double thread_mib;       /* estimate of what a trajectory needs at most without errors */
    double rtl_cycles_per_s; /* NaN without an RTL run */
} brg_result;

/* Cycles are times of the timeline in units of the clock, rounded to the nearest whole number. */
int brg_result_count(brg_result *r);
/* Sum of the waits by cause. */
uint64_t brg_timing_stalls(const brg_timing *t);
/* Slice with the longest wait, SIZE_MAX when nothing waited; *cause has the largest part of it. */
size_t brg_result_longest_wait(const brg_result *r, brg_cause *cause);
/* x by cause, mean over the queries: causes 0..6, then gate, then schedule. */
enum { BRG_X_GATE = BRG_CAUSE_COUNT, BRG_X_SCHEDULE, BRG_X_COUNT };
void brg_result_first_order_causes(const brg_result *r, double x[BRG_X_COUNT]);
/* Readout of one query: share of trajectories whose word is that of the address drawn with it. */
double brg_result_correct(const brg_result *r, uint32_t query);
/* New reference, NULL without memory. */
json_t *brg_result_json(const brg_result *r);
void brg_result_clear(brg_result *r);
void brg_filtration_result_clear(brg_filtration_result *f);

#ifdef __cplusplus
}
#endif
#endif
