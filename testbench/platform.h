/* SPDX-License-Identifier: Apache-2.0 */
/* The platform: a SystemC simulation of the verilated system, its host and one memory tier, behind
 * a C face. SystemC elaborates once per process, so one platform object can be made in a process;
 * it can run any number of times. */
#ifndef BRG_TESTBENCH_PLATFORM_H
#define BRG_TESTBENCH_PLATFORM_H

#include "csim/trajectory.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_platform_config {
    uint64_t clock_khz;                         /* edge k at floor(k*10^9/(2*khz)) ps */
    const brg_program *program;                 /* borrowed for the platform's life, as is image */
    const brg_planes *image;                    /* bytes of the memory tier, page at address 0 */
    uint32_t duration_cycles[BRG_CLASS_COUNT];
    double memory_latency_ns;                   /* request to first beat */
    double memory_bandwidth_gb_per_s;           /* 10^9 bytes/s; one channel, bursts in order */
    uint32_t queries;
    uint64_t watchdog_cycles;                   /* 0 = none */
    uint64_t quantum_ps;                        /* how far the RTL may run ahead; results do not
                                                   depend on it */
    uint32_t fault_inject;                      /* CSR FAULT_INJECT */
    bool keep_result_bits;
} brg_platform_config;

/* What one run of all queries measured, read from the CSRs by the host. */
typedef struct brg_platform_counters {
    uint64_t cycles, slices, queries;
    uint64_t stall_cycles[BRG_CAUSE_COUNT];
    uint64_t pulse_cswap, pulse_latch_swap, pulse_register_swap, pulse_fetch;
    uint64_t read_bursts, read_beats, read_errors;
    uint64_t rtl_cycles;   /* all clocks of the run, programming included */
    double rtl_wall_s;
} brg_platform_counters;

typedef struct brg_platform_result {
    uint16_t tag;
    uint8_t status;        /* ST_* of rtl/brg_types.svh */
    uint64_t bits;         /* RESULT registers */
    uint64_t cycles;       /* CYCLES counter at its end minus that of the query before */
} brg_platform_result;

typedef struct brg_platform brg_platform;

int brg_platform_new(brg_platform **out, const brg_platform_config *config);
void brg_platform_destroy(brg_platform **p);

/* Runs every query from reset. timeline: filled with what the plant saw; NULL when not wanted.
 * trajectory: the state engine in lockstep; NULL for a timing run whose readouts are 0.
 * fst_path: waves of this run or NULL; then first_order_running gives the running expected
 * infidelity after each slice (timeline order), borrowed, NULL for 0.
 * outcomes: [queries], filled when a trajectory is given; ideal is the memory to compare with.
 * results: [queries] or NULL. BRG_EHARDWARE when a query ended with an error status: everything
 * up to then is filled in, and brg_platform_error has the sentence (what, which cycle). */
int brg_platform_run(brg_platform *p, brg_timeline **timeline, brg_trajectory *trajectory,
                     uint64_t trajectory_number, const brg_planes *ideal, brg_outcome *outcomes,
                     brg_platform_result *results, brg_platform_counters *counters,
                     const char *fst_path, const double *first_order_running);
const char *brg_platform_error(const brg_platform *p);
/* Name of a query status, e.g. "memory_error"; "unknown" out of range. */
const char *brg_status_name(uint8_t status);

#ifdef __cplusplus
}
#endif
#endif
