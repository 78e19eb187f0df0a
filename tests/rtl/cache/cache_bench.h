/* SPDX-License-Identifier: Apache-2.0 */
/* Bench of brg_cache: an AXI memory below, an AXI master above, the reference model beside. */
#ifndef BRG_TESTS_CACHE_BENCH_H
#define BRG_TESTS_CACHE_BENCH_H

#include <stdbool.h>

#include "cache_face.h"
#include "model/cache.h"

/* The memory: BENCH_BYTES at BENCH_BASE, mirrored beyond. Its last two pieces of BENCH_BAD_BYTES
 * answer SLVERR and DECERR while bench.faulty is set. */
#define BENCH_BASE 0x0123456000000000u
enum { BENCH_BYTES = 1 << 17, BENCH_BAD_BYTES = 4096, BENCH_QUEUE = 4096 };

typedef struct {
    uint64_t addr;
    uint8_t id, resp, last;
    bool decided;
    bool count_only; /* data not compared: passing */
    uint8_t data[32];
} bench_expect;

typedef struct {
    uint64_t addr;
    uint8_t id, last;
    uint32_t strb;
    uint64_t data[4];
} bench_beat;

typedef struct {
    uint8_t id, resp, left; /* beats not decided */
} bench_burst;

typedef struct {
    bench_beat items[BENCH_QUEUE];
    uint32_t head, tail;
} beat_queue;

typedef struct {
    uint8_t id, len, sent;
    uint64_t addr, due;
    uint8_t size, burst;
    bool sampled;
    uint8_t bytes[256 * 32];
} memory_read;

typedef struct {
    uint8_t id, resp;
    uint64_t due, addr;
    uint8_t len, got, size, burst;
    bool address_first, applied;
    uint64_t data[256][4];
    uint32_t strb[256];
} memory_write;

enum { MEMORY_READS = 32, MEMORY_WRITES = 32 };

typedef struct bench {
    cache_face *face;
    cache_in in;
    cache_out out;
    uint64_t random, cycle;
    brg_cache_model *model;
    brg_cache_shape shape;
    uint8_t *memory, *shadow; /* what the RTL sees, what the model sees */
    bool faulty, no_model;
    bool in_order; /* memory answers reads in their order */
    bool poisoned; /* a word is stored as lost; one more error in it could look correctable */
    /* probability of a stall in 1/256: ar aw w r b of the slave side, then of the master side */
    uint8_t stall[10];
    uint32_t latency_min, latency_max;
    memory_read reads[MEMORY_READS];
    uint32_t read_count;
    memory_write writes[MEMORY_WRITES];
    uint32_t write_count;
    uint8_t r_shown_slot;
    /* master */
    beat_queue read_beats, write_beats; /* not decided yet */
    beat_queue w_feed;                  /* not on the W channel yet */
    struct {
        bench_expect items[BENCH_QUEUE];
        uint32_t head, tail;
    } expect[16];
    bench_burst bursts[BENCH_QUEUE];
    uint32_t burst_head, burst_decide, burst_tail;
    bench_expect *last_read; /* the hit that is in the data stage */
    bench_burst *last_burst;
    bench_beat last_beat;
    bool last_was_write, last_hit;
    uint64_t requests_done, order_changes, hits_under_miss;
    uint64_t look_counts[8];
    uint64_t lost_events;
    FILE *record;
} bench;

bench *bench_new(uint64_t seed);
void bench_destroy(bench **b);

/* Sets the shape in RTL and model; only when idle and after an invalidation (or at first). */
void bench_shape(bench *b, uint32_t ways_log2, uint32_t sets_log2, uint32_t line_log2,
                 uint32_t policy, uint32_t seed);
/* One clock: channels driven, everything checked. */
void bench_cycle(bench *b);
/* Waits until all is answered and memory is quiet. */
void bench_drain(bench *b);
/* Flush or invalidate, then memory and model must agree byte by byte. */
void bench_flush(bench *b, bool drop);
/* Queues one burst; false when the master has no room. The write's data are random. */
bool bench_read(bench *b, uint8_t id, uint64_t addr, uint8_t len, uint8_t size, uint8_t burst);
bool bench_write(bench *b, uint8_t id, uint64_t addr, uint8_t len, uint8_t size, uint8_t burst,
                 bool whole);
uint32_t bench_outstanding(const bench *b);
uint64_t bench_stat(bench *b, uint8_t index);
/* Writes the pins of the cycle just done to b->record. */
void bench_record(bench *b);

#endif
