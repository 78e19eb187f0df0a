/* SPDX-License-Identifier: Apache-2.0 */
/* Bench around one brg_page_path: an AXI memory with random stalls and faults, and a plain
 * reference that says in every cycle which address, which leaf word and which plane counts must be
 * seen. */
#ifndef BRG_TESTS_PATH_BENCH_H
#define BRG_TESTS_PATH_BENCH_H

#include <stdbool.h>
#include <stdio.h>

#include "path_face.h"

enum { BENCH_LOADS = 512, BENCH_BURSTS = 128 };

/* What the memory does wrong in one beat of one load. */
typedef enum {
    FAULT_NONE,
    FAULT_SLVERR,
    FAULT_DECERR,
    FAULT_WRONG_ID,
    FAULT_SHORT,       /* RLAST early, and the burst does end there */
    FAULT_EARLY_RLAST, /* RLAST early, but all beats come */
    FAULT_NO_RLAST     /* no RLAST on the last beat of the burst */
} bench_fault;

typedef struct {
    uint64_t base;
    uint32_t groups, planes, pages; /* leaf words per plane, planes of a page */
    uint32_t first_chunk;           /* of all chunks since reset or flush: its bank is that mod 2 */
    uint64_t words_in;              /* leaf words that came over the bus */
    uint64_t beats_in;
    bool data_unknown; /* the memory broke the protocol: counts hold, data do not */
    bool in_error;
} bench_load;

typedef struct {
    uint64_t address, load_beat; /* load_beat: number of its first beat in the load */
    uint32_t load, beats, sent;
} bench_burst;

typedef struct {
    path_model *dut;
    path_in in; /* pins of the next cycle; begin, end and load_valid are cleared after it */
    path_out out;
    path_out previous;
    bool have_previous, previous_arready;
    uint64_t random, cycle;
    uint32_t ar_stall, r_stall, r_latency; /* stalls in 1/256 of the cycles; latency in cycles */
    FILE *record;                          /* pins of every cycle for the Icarus replay, or NULL */

    bench_load loads[BENCH_LOADS];
    uint32_t load_count, chunk_count;
    uint32_t ar_load; /* the load whose addresses are being sent */
    uint64_t ar_beat; /* beats of it asked for */
    bench_burst bursts[BENCH_BURSTS];
    uint64_t burst_accepted[BENCH_BURSTS]; /* cycle */
    uint32_t burst_head, burst_count;
    bool dropping; /* after a flush: answers belong to nothing */

    bool active, lost;
    uint32_t begun, query_load, next_load;
    uint32_t leaf_page, leaf_plane, leaf_index; /* of the next leaf word */
    uint32_t ready_page, ready;
    uint32_t version, next_version;
    uint32_t hold_fetches; /* 1/256: chance that a fetch that could be does not come yet */
    bool may_skip_planes;  /* some planes are never fetched */
    uint32_t most_pages;   /* of the loads that tests make at random, 0 and 1: one */
    uint16_t next_current; /* what the fetches of this cycle make of in.page_current and */
    uint64_t next_fetched; /* in.planes_fetched */
    path_in last_in;       /* of the cycle before */
    uint64_t quiet_pairs;  /* cycles that followed a quiet one with the same inputs */
    uint64_t overlapped;   /* leaf words of a page before the one that is fetched was left */
    uint64_t leaf_words, error_beats, beats, accepted_bursts;

    uint32_t fault_load;
    uint64_t fault_beat;
    bench_fault fault;
    bool fault_done;
    bool flip_expected; /* fault_inject is on: leaf words may differ by its bit */
    uint32_t flips;
} path_bench;

/* New model, reset. Fails the running cmocka test when it cannot. */
void bench_open(path_bench *bench, uint64_t seed);
void bench_close(path_bench *bench);
/* One clock with the pins of bench->in; checks everything. */
void bench_tick(path_bench *bench);
/* Resets the model and forgets every load, as the memory does. */
void bench_reset(path_bench *bench);
/* Offers a load of bench->in.pages + 1 pages until it is taken. */
void bench_load_page(path_bench *bench, uint64_t base, uint32_t n, uint32_t k);
void bench_begin(path_bench *bench);
void bench_end(path_bench *bench);
/* Ticks until the last plane of the last page is in the latches, at most limit cycles. */
void bench_wait_ready(path_bench *bench, uint64_t limit);
bool bench_complete(const path_bench *bench);
void bench_wait_idle(path_bench *bench, uint64_t limit);
/* Content of the memory: the 64-bit word at an 8-byte aligned address. */
uint64_t bench_memory(uint64_t address);
uint64_t bench_random(path_bench *bench, uint64_t below);

#endif
