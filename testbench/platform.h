/* SPDX-License-Identifier: Apache-2.0 */
/* The platform: a SystemC simulation of the verilated system, its host and one memory tier, behind
 * a C face. SystemC elaborates once per process and is not safe for threads: one platform object
 * can exist at a time, all calls come from one thread, and it can run any number of times. */
#ifndef BRG_TESTBENCH_PLATFORM_H
#define BRG_TESTBENCH_PLATFORM_H

#include "csim/trajectory.h"
#include "model/ddr4.h"
#include "model/ecc/patch.h"
#include "model/program.h"
#include "model/tiers.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_PROGRESS_CYCLES = 32768 };

/* The memory system around the controller. A configuration in which every struct below is zero
 * runs `brg_system`: one clock, a control store on chip, one tier of fixed latency and bandwidth.
 * Any part that is in use runs `brg_machine`; parts that are not are bypassed. */

/* 0: the control clock itself, with no crossing in between. */
typedef struct brg_platform_clocks {
    uint64_t memory_khz; /* cache; at most 10^7 */
    uint64_t host_khz;   /* AXI4-Lite of the host */
} brg_platform_clocks;

typedef struct brg_platform_cache {
    bool enabled;
    uint32_t ways;       /* 1..8, a power of two */
    uint32_t sets;       /* 1..1024, a power of two */
    uint32_t line_bytes; /* 64, 128 or 256 */
    uint32_t policy;     /* 0 LRU, 1 tree-PLRU, 2 random */
    uint32_t seed;       /* of the random policy */
    bool ecc;            /* SECDED on the data */
} brg_platform_cache;

/* Needs the cache. */
typedef struct brg_platform_prefetch {
    uint32_t kind;  /* 0 none, 1 next line, 2 stride, 3 page ahead */
    uint32_t depth; /* lines ahead */
} brg_platform_prefetch;

/* The DRAM controller and its device as near memory, in place of the fixed tier. */
typedef struct brg_platform_dram {
    bool enabled;
    const brg_ddr4_part *part; /* borrowed */
    uint32_t scheduler;        /* 0 FR-FCFS, 1 in order */
    uint32_t page_policy;      /* 0 open, 1 closed */
    uint32_t address_map;      /* brg_ddr4_map */
    uint32_t ranks;            /* 1 or 2 */
    bool no_refresh;
    uint32_t postpone; /* refreshes put off at most, 0..8 */
} brg_platform_dram;

/* Staging from an edge or cloud tier to the near memory, which is the DRAM or the fixed tier. */
typedef struct brg_platform_tiers {
    const brg_tiers_config *config; /* copied but for its traces; NULL: the table is near.
                                       table_bytes is set by the platform */
} brg_platform_tiers;

/* The microprogram in memory behind a cache, in place of the store on chip. */
typedef struct brg_platform_control_store {
    bool cached;
    uint32_t capacity_words; /* 8..1024, a power of two */
    bool prefetch;           /* of the next line */
    uint32_t corrupt_bit;    /* 1 + number of the bit of the program, 192 a word, that is flipped in
                                whichever store it is put in; 0: none */
} brg_platform_control_store;

/* The pulse memory; without it pulse parameters are always there. */
typedef struct brg_platform_pulse {
    bool enabled;
    uint32_t channels;                 /* 1..8 */
    uint32_t bytes_per_pulse;          /* 1..16 */
    double channel_bandwidth_gb_per_s; /* of each channel */
    uint32_t buffer_words;             /* of each layer's buffer */
    bool compressed;
    double spread;         /* relative calibration spread of the pulses */
    uint64_t seed;         /* of that spread */
    uint32_t corrupt_beat; /* 1 + address of the beat whose parity is wrong; 0: none */
} brg_platform_pulse;

/* Error correction of the register qubits (docs/qec_loop.md). */
typedef enum brg_qec_decoder_kind {
    BRG_QEC_DECODER_RTL, /* cycles of the verilated decoder for sampled syndromes */
    BRG_QEC_DECODER_C,   /* the rest: a fixed time for each round */
    BRG_QEC_DECODER_LOOKUP,
    BRG_QEC_DECODER_FIT,
    BRG_QEC_DECODER_NONE /* nothing is decoded, nothing waits */
} brg_qec_decoder_kind;

typedef struct brg_platform_qec {
    bool enabled;
    brg_qec_decoder_kind decoder;
    uint64_t round_ps;
    uint64_t latency_ps;    /* of every correction, after the decoding */
    uint64_t per_round_ps;  /* of a round in the decoder; not rtl */
    uint64_t decoder_khz;   /* rtl */
    uint32_t decoders;      /* patches decoded at a time, 1..1024 */
    uint32_t fifo_depth;    /* rounds on their way, 1..2^20 */
    brg_patch_config patch; /* of the sampled syndromes; rtl: distance 3, 5 or 7 */
    uint32_t corrupt_layer; /* rtl: 1 + number of the layer of each life of which the hardware gets
                               a wrong outcome; 0: none */
} brg_platform_qec;

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
    brg_platform_clocks clocks;
    brg_platform_cache cache;
    brg_platform_prefetch prefetch;
    brg_platform_dram dram;
    brg_platform_tiers tiers;
    brg_platform_control_store control_store;
    brg_platform_pulse pulse;
    bool no_skip;   /* evaluate every cycle; the timeline is the same */
    bool events;    /* stall events in the timeline (csim/stall_event.h) */
    brg_diag *diag; /* brg_platform_new says here what a part refuses; may be NULL */
    bool machine;   /* `brg_machine` even when no part asks for it; the timeline is the same */
    brg_platform_qec qec; /* its words wait for the decoder */
} brg_platform_config;

/* Whether the platform runs brg_machine, else brg_system. */
bool brg_platform_is_machine(const brg_platform_config *config);

typedef struct brg_cache_statistics {
    uint64_t accesses, hits, merges, misses; /* beats; merges: their line was on its way */
    uint64_t fills, write_backs;             /* lines */
    uint64_t stall_cycles;                   /* memory clocks in which an access could not go on */
    uint64_t ecc_corrected, ecc_uncorrectable, ecc_refetches;
    uint64_t prefetch_issued, prefetch_useful, prefetch_useless, prefetch_late; /* lines */
} brg_cache_statistics;

/* Clocks of the DRAM, summed over reads. */
typedef struct brg_dram_statistics {
    uint64_t reads, writes, row_hits, row_misses, row_conflicts, activates, precharges, refreshes;
    uint64_t clocks, busy_clocks; /* since the first query; with data on the bus */
    uint64_t queue_clocks, activate_clocks, refresh_clocks, bus_clocks;
    uint64_t violations; /* of the timing checker: 0 */
} brg_dram_statistics;

typedef struct brg_control_store_statistics {
    uint64_t accesses, hits, misses, prefetches, prefetch_hits, stall_cycles;
} brg_control_store_statistics;

typedef struct brg_pulse_statistics {
    uint64_t words, bytes, stall_cycles;
    /* By buffer of model/pulse.h: layers 0..23, leaves, registers. */
    uint64_t buffer_stall_cycles[26];
    uint64_t high_water_words[26];
} brg_pulse_statistics;

/* Of the error correction, in the trajectory of the run. A life of a patch is the time from its
 * opening to its closing; a layer is a round or the closing measurement of a life with rounds. */
typedef struct brg_qec_statistics {
    uint64_t lives, rounds, rounds_max; /* closed lives; their rounds; of the longest */
    uint64_t layers;
    uint64_t fifo_high_water, overflows; /* layers; those that found the queue full */
    uint64_t backlog_rounds_max;         /* layers of one patch that are not corrected */
    /* From a closing to the correction of its last layer. */
    uint64_t reactions;
    double reaction_mean_ns, reaction_p99_ns, reaction_max_ns;
    uint64_t decodes, decode_cycles, decode_cycles_max; /* rtl: windows of one basis */
} brg_qec_statistics;

/* What one run of all queries measured, read from the CSRs by the host. */
typedef struct brg_platform_counters {
    uint64_t cycles, slices, queries;
    uint64_t stall_cycles[BRG_CAUSE_COUNT];
    uint64_t pulse_cswap, pulse_latch_swap, pulse_register_swap, pulse_fetch;
    uint64_t read_bursts, read_beats, read_errors;
    uint64_t rtl_cycles; /* all clocks of the run, programming included */
    double rtl_wall_s;
    uint64_t first_slice_ps; /* where the first slice starts in the waves of the run */
    /* Zero for parts that are not in use. */
    brg_cache_statistics cache;
    brg_dram_statistics dram;
    brg_control_store_statistics control_store;
    brg_pulse_statistics pulse;
    brg_qec_statistics qec;
    brg_tiers_statistics tiers;
    brg_tier_statistics tier[BRG_TIER_COUNT]; /* as edge and cloud see it themselves */
    uint64_t events_inexact; /* slices whose stall events had to be fitted to the RTL's count: 0 */
    uint64_t evaluations;    /* of the model; the rest of its clock edges were skipped */
    uint64_t skipped_cycles; /* of the control clock */
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
 * results: [queries] or NULL. BRG_EHARDWARE when a query ended with an error status, or the decoder
 * in RTL gave a correction that is not that of its model in C: everything
 * up to then is filled in, and brg_platform_error has the sentence (what, which cycle; cycles
 * count from time 0 of the timeline). It is also the answer to a run that makes no progress. */
int brg_platform_run(brg_platform *p, brg_timeline **timeline, brg_trajectory *trajectory,
                     uint64_t trajectory_number, const brg_planes *ideal, brg_outcome *outcomes,
                     brg_platform_result *results, brg_platform_counters *counters,
                     const char *fst_path, const double *first_order_running);
const char *brg_platform_error(const brg_platform *p);
/* With qec.decoder rtl: what the hardware's corrections leave on each life of the trajectory that
 * runs in lockstep, for the `logical` of its configuration; NULL with any other decoder. Valid as
 * long as the platform, and only within brg_platform_run. transfer_error is 0. */
const brg_logical *brg_platform_logical(const brg_platform *p);
/* Name of a query status, e.g. "memory_error"; "unknown" out of range. */
const char *brg_status_name(uint8_t status);

#ifdef __cplusplus
}
#endif
#endif
