/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernels walk through memory. A hardware prefetcher keeps up with plain streams; where an
 * operation alternates between near runs of lines, or leaves runs out, it loses its way and the
 * kernel runs at a third of the bandwidth. Then each part of the walk is announced beforehand:
 * by reading the lines of a whole block in order, or by a burst of prefetches of just those lines
 * that will be visited. */
#include <omp.h>

#include "csim/dense_internal.h"

enum {
    LINE_BYTES = 64,
    BLOCK_MIN = 6,
    BLOCK_MAX = 8, /* log2 of the lines read in order: 4 KiB to 16 KiB */
    BURST = 32,    /* lines announced at once, of each vector of a visit */
    BURSTS_AHEAD = 4,
    SHUFFLE = 13,      /* order of a burst of short runs: in plain order it would set
                          off the prefetcher, which would read the gaps as well */
    SHUFFLE_BITS = 6,  /* runs of fewer lines are short */
    STREAM_BITS = 12,  /* runs of so many lines need no help where some are left out */
    READ_ALL_BITS = 2, /* shorter runs are worth a burst even if half is left out */
    SERIAL_VECTORS = 1 << 12
};

typedef enum walk_mode { WALK_PLAIN, WALK_BLOCK, WALK_BURST } walk_mode;

typedef struct walk {
    walk_mode mode;
    uint64_t visits;    /* of one part of the walk; parts start at multiples of it */
    uint64_t block;     /* vectors of a block */
    uint64_t per_line;  /* vectors of a line */
    uint64_t offset[4]; /* XOR to the vectors or, WALK_BLOCK, to the blocks that a visit touches */
    unsigned offsets;
    uint64_t line[BURST]; /* WALK_BURST: bytes from the first line to the others, shuffled */
} walk;

static void add_offset(walk *w, uint64_t step) {
    const unsigned count = w->offsets;
    if (!step) return;
    for (unsigned i = 0; i < count; i++) w->offset[w->offsets++] = w->offset[i] ^ step;
}

static walk plan(const brg_dense *d, const brg_op *op) {
    const uint64_t line_bits = d->precision == BRG_DOUBLE ? 2 : 3;
    const unsigned vector_bits = (unsigned)(line_bits - d->kernels->lane_bits);
    walk w = {
        .mode = WALK_PLAIN, .visits = BURST, .per_line = (uint64_t)1 << vector_bits, .offsets = 1};
    /* bits that are part of the walk, not conditions: the steps of a matrix, X and the like */
    uint64_t steps = 0;
    if (op->kind == BRG_OP_MATRIX)
        steps = op->step[0] | op->step[1];
    else if (op->kind == BRG_OP_EXCHANGE && op->pair && !(op->step[0] & (op->step[0] - 1u)))
        steps = op->step[0];
    const uint64_t fixed = op->fixed >> vector_bits, kept = steps >> vector_bits;
    const uint64_t skipped = fixed & ~kept;
    const uint64_t below = ((uint64_t)1 << BLOCK_MAX) - 1u, near = fixed & below;
    const uint64_t lowest = fixed & (~fixed + 1u);
    const uint64_t near_skipped = skipped & below;
    if (!fixed) return w;
    const bool one_skipped = near_skipped && !(near_skipped & (near_skipped - 1u)) &&
                             near_skipped >> READ_ALL_BITS && !(near_skipped >> BLOCK_MIN);
    if (near && (!near_skipped || one_skipped))
        w.mode = WALK_BLOCK;
    else if (skipped && !(lowest >> STREAM_BITS))
        w.mode = WALK_BURST;
    else
        return w;
    if (w.mode == WALK_BURST) {
        add_offset(&w, op->step[0]);
        add_offset(&w, op->step[1]);
        w.visits = (uint64_t)BURST << vector_bits;
        const unsigned order = lowest >> SHUFFLE_BITS ? 1u : SHUFFLE;
        for (unsigned k = 0; k < BURST; k++)
            w.line[k] = brg_deposit((uint64_t)(k * order % BURST) << vector_bits, op->fixed) *
                        (LINE_BYTES >> vector_bits);
        return w;
    }
    unsigned bits = BLOCK_MIN;
    while (near >> bits) bits++;
    w.block = w.per_line << bits;
    add_offset(&w, op->step[0] & ~(w.block - 1u));
    add_offset(&w, op->step[1] & ~(w.block - 1u));
    w.visits = w.block >> __builtin_popcountll(op->fixed & (w.block - 1u));
    return w;
}

/* Reads one byte of every line of the blocks that the part from visit n on lies in. One load
 * instruction must do it all: prefetchers learn strides per instruction, and the same loop unrolled
 * runs at half the speed. */
static __attribute__((noinline)) void announce_block(const walk *w, const brg_op *op,
                                                     const brg_dense *d, uint64_t n) {
    const size_t vector_bytes = LINE_BYTES / w->per_line, bytes = w->block * vector_bytes;
    const uint64_t first = brg_deposit(n, op->fixed) | (op->value & ~(w->block - 1u));
    for (unsigned s = 0; s < w->offsets; s++) {
        const volatile char *p = (const volatile char *)d->amplitudes;
        p += (first ^ w->offset[s]) * vector_bytes;
#pragma GCC unroll 1
        for (size_t at = 0; at < bytes; at += LINE_BYTES) (void)p[at];
    }
}

/* Prefetches a part some way after visit n. Addresses only: the last bursts lie beyond the state
 * and are never read. Inlined, as GCC drops calls of a function that only prefetches. */
static inline __attribute__((always_inline)) void announce_burst(const walk *w, const brg_op *op,
                                                                 const brg_dense *d, uint64_t n) {
    const size_t vector_bytes = LINE_BYTES / w->per_line;
    /* n is a multiple of the visits, so the low bits of the visit spread on their own */
    const uint64_t later = n + BURSTS_AHEAD * w->visits;
    const uint64_t first = brg_deposit(later, op->fixed) | op->value;
    for (unsigned s = 0; s < w->offsets; s++) {
        const uintptr_t p = (uintptr_t)d->amplitudes + (first ^ w->offset[s]) * vector_bytes;
#pragma GCC unroll 1
        for (unsigned k = 0; k < BURST; k++)
            __builtin_prefetch((const void *)(p + w->line[k]), 0, 2);
    }
}

/* Calls the kernel part by part; the state is far larger than the caches. */
static double walk_range(const brg_dense *d, const brg_op *op, const walk *w, brg_walk_kind kind,
                         uint64_t begin, uint64_t end) {
    const brg_dense_kernels *k = d->kernels;
    double sum = 0.0;
    while (begin < end) {
        uint64_t stop = end;
        if (w->mode != WALK_PLAIN && end - begin >= w->visits) {
            stop = begin + w->visits;
            if (w->mode == WALK_BLOCK)
                announce_block(w, op, d, begin);
            else
                announce_burst(w, op, d, begin);
        }
        if (kind == BRG_WALK_RUN)
            k->run(op, d->amplitudes, begin, stop);
        else if (kind == BRG_WALK_SUM)
            sum += k->sum(op, d->amplitudes, begin, stop);
        else
            sum += k->scale_sum(op, d->amplitudes, begin, stop);
        begin = stop;
    }
    return sum;
}

void brg_dense_run(brg_dense *d, const brg_op *op) {
    const uint64_t count = d->vectors >> __builtin_popcountll(op->fixed);
    if (count < SERIAL_VECTORS) {
        d->kernels->run(op, d->amplitudes, 0, count);
        return;
    }
    const walk w = plan(d, op);
    const uint64_t parts = (count + w.visits - 1u) / w.visits;
#pragma omp parallel num_threads(d->jobs)
    {
        const int t = omp_get_thread_num(), n = omp_get_num_threads();
        const uint64_t begin = brg_part(parts, t, n) * w.visits;
        uint64_t end = brg_part(parts, t + 1, n) * w.visits;
        if (end > count) end = count;
        (void)walk_range(d, op, &w, BRG_WALK_RUN, begin, end);
    }
}

uint64_t brg_dense_chunk(uint64_t count) {
    uint64_t chunk = 1 << 12;
    while (count / chunk > BRG_DENSE_SUM_CHUNKS - 1) chunk *= 2;
    return chunk;
}

double brg_dense_reduce(brg_dense *d, const brg_op *op, bool scaling) {
    const uint64_t count = d->vectors >> __builtin_popcountll(op->fixed);
    const uint64_t chunk = brg_dense_chunk(count), chunks = (count + chunk - 1) / chunk;
    const walk w = plan(d, op);
    const brg_walk_kind kind = scaling ? BRG_WALK_SCALE_SUM : BRG_WALK_SUM;
#pragma omp parallel for schedule(static) num_threads(d->jobs) if (chunks > 1)
    for (uint64_t c = 0; c < chunks; c++) {
        const uint64_t begin = c * chunk, end = count - begin < chunk ? count : begin + chunk;
        d->partial[c] = walk_range(d, op, &w, kind, begin, end);
    }
    double sum = 0.0;
    for (uint64_t c = 0; c < chunks; c++) sum += d->partial[c];
    return sum;
}
