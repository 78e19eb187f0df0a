/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder stands behind the plant: it turns the calls of the RTL into a timeline, and in
 * lockstep feeds them to a trajectory and answers the readout. It knows no SystemC. */
#ifndef BRG_TESTBENCH_RECORDER_H
#define BRG_TESTBENCH_RECORDER_H

#include "csim/trajectory.h"
#include "model/program.h"
#include "testbench/rtl_system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A query of more slices than this is taken for one that never ends. */
enum { BRG_MOST_QUERY_SLICES = 1 << 20 };

/* One run, from reset to the last result. Everything is borrowed until the next start. */
typedef struct brg_recorder_run {
    const brg_program *program;     /* name, n, k, routers */
    uint64_t clock_khz;             /* cycle c lasts from edge_ps(c) to edge_ps(c + 1) */
    uint32_t queries;               /* length of outcomes */
    bool timeline;                  /* build one */
    brg_trajectory *trajectory;     /* NULL: readouts are 0 */
    const brg_planes *ideal;        /* with a trajectory */
    brg_outcome *outcomes;          /* [queries], with a trajectory */
    const double *running;          /* infidelity after each slice, for the waves; may be NULL */
    size_t running_count;           /* beyond it the last value holds */
    uint64_t (*cycles)(void *user); /* clocks so far; the calls that carry no cycle use it */
    void *cycles_user;
    /* Called after each slice that was appended to the timeline, to add its stall events; NULL for
     * none. An error ends the recording. */
    int (*appended)(void *user, brg_timeline *timeline, const brg_slice *slice);
    void *appended_user;
} brg_recorder_run;

typedef struct brg_recorder brg_recorder;

int brg_recorder_new(brg_recorder **out);
void brg_recorder_destroy(brg_recorder **recorder);
/* The calls to give to brg_rtl_new; they stay valid as long as the recorder. */
brg_plant_calls brg_recorder_calls(brg_recorder *recorder);

/* Forgets the run before and begins another. BRG_EINVAL on a zero clock or sizes out of range. */
int brg_recorder_start(brg_recorder *recorder, const brg_recorder_run *run);
/* Ends the run; *timeline (may be NULL) gets the timeline when one was built, owned by the caller,
 * also after an error: then it holds everything up to it. Returns the first error of the run. */
int brg_recorder_finish(brg_recorder *recorder, brg_timeline **timeline);

/* First error of the run, BRG_OK while there is none: BRG_EHARDWARE for a query that ended with
 * an error status. */
int brg_recorder_status(const brg_recorder *recorder);
/* The sentence that goes with it, "" without an error. */
const char *brg_recorder_error(const brg_recorder *recorder);
/* Calls that the plant made so far: a run in which it does not grow makes no progress. */
uint64_t brg_recorder_events(const brg_recorder *recorder);
uint64_t brg_recorder_slices(const brg_recorder *recorder);
/* The running query has more slices than a query may have: the run will not end by itself. */
bool brg_recorder_endless(const brg_recorder *recorder);
/* Waits and slices of query q in cycles; 0 for a query that did not run. */
uint64_t brg_recorder_query_cycles(const brg_recorder *recorder, uint32_t q);

/* floor(cycle * 10^9 / khz): the rising edge that begins a cycle, in ps, without drift. */
uint64_t brg_edge_ps(uint64_t cycle, uint64_t clock_khz);

#ifdef __cplusplus
}
#endif
#endif
