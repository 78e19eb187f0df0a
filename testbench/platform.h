/* SPDX-License-Identifier: Apache-2.0 */
/* The platform: a SystemC simulation of the verilated system, its host and one memory tier, behind
 * a C face. SystemC elaborates once per process and is not safe for threads: one platform object
 * can exist at a time, all calls come from one thread, and it can run any number of times. */
#ifndef BRG_TESTBENCH_PLATFORM_H
#define BRG_TESTBENCH_PLATFORM_H

#include "csim/trajectory.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_PROGRESS_CYCLES = 32768 };

typedef struct brg_platform_config {
    uint64_t clock_khz;         /* edge k at floor(k*10^9/(2*khz)) ps */
    const brg_program *program; /* borrowed for the platform's life, as is image */
    const brg_planes *image;    /* bytes of the memory tier, page at address 0 */
    uint32_t duration_cycles[BRG_CLASS_COUNT];
    double memory_latency_ns;         /* request to first beat */
    double memory_bandwidth_gb_per_s; /* 10^9 bytes/s; one channel, bursts in order */
    uint32_t queries;
    uint64_t watchdog_cycles; /* 0 = none */
    uint64_t quantum_ps;      /* how far the RTL may run ahead; results do not
                                 depend on it */
    uint32_t fault_inject;    /* CSR FAULT_INJECT */
    bool keep_result_bits;    /* the host reads the RESULT registers; else 0 */
    /* The rest is 0 in an ordinary run. */
    uint64_t page_base;            /* address of the page that the queries name, a
                                      multiple of 64; the image stays at 0, and a
                                      read beyond its end answers DECERR */
    bool memory_blocks;            /* the tier calls wait() instead of annotating its
                                      delay; the timeline is the same */
    uint64_t background_period_ps; /* another initiator reads this often, or as soon
                                      as it has its answer; 0 = none */
    uint32_t background_bytes;     /* so many bytes of address 0, at most 4096 */
    /* Called every BRG_PROGRESS_CYCLES clocks of a run with those so far and the queries whose
     * result the host has; NULL for none. It cannot stop the run. */
    void (*progress)(void *user, uint64_t cycles, uint32_t queries);
    void *progress_user;
} brg_platform_config;

/* What one run of all queries measured, read from the CSRs by the host. */
typedef struct brg_platform_counters {
    uint64_t cycles, slices, queries;
    uint64_t stall_cycles[BRG_CAUSE_COUNT];
    uint64_t pulse_cswap, pulse_latch_swap, pulse_register_swap, pulse_fetch;
    uint64_t read_bursts, read_beats, read_errors;
    uint64_t rtl_cycles; /* all clocks of the run, programming included */
    double rtl_wall_s;
    uint64_t first_slice_ps; /* where the first slice starts in the waves of the run */
} brg_platform_counters;

typedef struct brg_platform_result {
    uint16_t tag;
    uint8_t status;  /* ST_* of rtl/brg_types.svh */
    uint64_t bits;   /* RESULT registers */
    uint64_t cycles; /* CYCLES counter at its end minus that of the query before */
} brg_platform_result;

typedef struct brg_platform brg_platform;

/* BRG_EINVAL when a value is out of range: clock_khz 1..10^7; program and image of equal n and k;
 * a class that the program uses at least one cycle; latency 0..10^13 ns; bandwidth
 * 10^-6..10^6 GB/s; queries 1..2^31; watchdog and page_base within their CSRs; quantum at most
 * 10^15 ps. BRG_ESTATE while another platform exists. */
int brg_platform_new(brg_platform **out, const brg_platform_config *config);
void brg_platform_destroy(brg_platform **p);

/* Runs every query from reset. timeline: filled with what the plant saw; NULL when not wanted.
 * trajectory: the state engine in lockstep; NULL for a timing run whose readouts are 0.
 * fst_path: waves of this run or NULL; then first_order_running gives the running expected
 * infidelity after each slice (timeline order), borrowed, NULL for 0. It must have one value for
 * each slice of the latest run of this platform that filled a timeline; a run that is longer
 * keeps the last value.
 * outcomes: [queries], filled when a trajectory is given; ideal is the memory to compare with.
 * results: [queries] or NULL. BRG_EHARDWARE when a query ended with an error status: everything
 * up to then is filled in, and brg_platform_error has the sentence (what, which cycle; cycles
 * count from time 0 of the timeline). It is also the answer to a run that makes no progress. */
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
