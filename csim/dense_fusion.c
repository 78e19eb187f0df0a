/* SPDX-License-Identifier: Apache-2.0 */
/* Gate fusion: collected gates are merged into two-qubit matrices where that is cheaper, then run
 * in groups. A group picks tile qubits; each tile is copied into a buffer that fits the
 * second-level cache, all gates of the group run there, and it is copied back: one pass over
 * memory for the whole group. Controls and phases on qubits outside the tile are conditions on the
 * tile, so only the qubits that a gate moves amplitudes along must be inside. */
#include <omp.h>
#include <stdlib.h>

#include "csim/dense_internal.h"

enum {
    TILE_BYTES = 1 << 18, /* with its source lines within a second-level cache of 512 KiB */
    RUN_BYTES = 1 << 10,  /* contiguous bytes copied at a time: 16 lines feed the prefetcher */
    WINDOW = 512,         /* gates that the choice of a tile looks at */
    TRIES = 16
};

/* ---- merging ---- */

static bool plain_matrix(const brg_gate *g, uint32_t targets) {
    return g->kind == BRG_GATE_MATRIX && g->targets == targets && !g->controls;
}

/* out = a * b, size x size; out may not be one of them. */
static void multiply(brg_complex *out, const brg_complex *a, const brg_complex *b, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        for (unsigned j = 0; j < size; j++) {
            brg_complex s = 0.0;
            for (unsigned k = 0; k < size; k++) s += a[i * size + k] * b[k * size + j];
            out[i * size + j] = s;
        }
}

/* The gate as a matrix over (q0, q1), which hold all its qubits. */
static void expand(const brg_gate *g, uint32_t q0, uint32_t q1, brg_complex m[16]) {
    memset(m, 0, 16 * sizeof *m);
    for (unsigned column = 0; column < 4; column++) {
        const uint64_t index = (uint64_t)(column & 1u) << q0 | (uint64_t)(column >> 1) << q1;
        if ((index & g->controls) != g->controls) {
            m[column * 4 + column] = 1.0;
            continue;
        }
        if (g->kind == BRG_GATE_PHASE) {
            m[column * 4 + column] = g->m[0];
            continue;
        }
        const unsigned size = 1u << g->targets;
        unsigned from = 0;
        for (uint32_t t = 0; t < g->targets; t++) from |= (unsigned)(index >> g->q[t] & 1u) << t;
        for (unsigned to = 0; to < size; to++) {
            brg_complex c;
            if (g->kind == BRG_GATE_MATRIX)
                c = g->m[to * size + from];
            else if (g->kind == BRG_GATE_X)
                c = to != from;
            else
                c = to == ((from & 1u) << 1 | from >> 1);
            uint64_t moved = index;
            for (uint32_t t = 0; t < g->targets; t++) {
                moved &= ~((uint64_t)1 << g->q[t]);
                moved |= (uint64_t)(to >> t & 1u) << g->q[t];
            }
            const unsigned row = (unsigned)(moved >> q0 & 1u) | (unsigned)(moved >> q1 & 1u) << 1;
            m[row * 4 + column] = c;
        }
    }
}

/* The gate as a matrix on its only qubit. */
static void expand1(const brg_gate *g, brg_complex m[4]) {
    m[0] = m[3] = 1.0;
    m[1] = m[2] = 0.0;
    if (g->kind == BRG_GATE_PHASE) {
        m[3] = g->m[0];
    } else if (g->kind == BRG_GATE_X) {
        m[0] = m[3] = 0.0;
        m[1] = m[2] = 1.0;
    } else {
        memcpy(m, g->m, 4 * sizeof *m);
    }
}

/* later * earlier into `into`, a plain matrix on two qubits that hold both. */
static void merge_pair(brg_gate *into, const brg_gate *later, const brg_gate *earlier) {
    brg_complex a[16], b[16];
    const uint32_t q0 = into->q[0], q1 = into->q[1];
    expand(later, q0, q1, a);
    expand(earlier, q0, q1, b);
    multiply(into->m, a, b, 4);
}

static uint64_t qubits_of(const brg_gate *g) {
    return brg_gate_moves(g) | g->controls;
}

static brg_gate *last_on(brg_dense *d, uint32_t q) {
    return d->last[q] < 0 ? NULL : &d->gate[d->last[q]];
}

/* True when the gate went into one that is already in the list. */
static bool absorb_single(brg_dense *d, const brg_gate *g, uint32_t q) {
    brg_gate *before = last_on(d, q);
    if (!before || !plain_matrix(before, 1)) return false;
    brg_complex a[4], b[4];
    expand1(g, a);
    memcpy(b, before->m, sizeof b);
    multiply(before->m, a, b, 2);
    return true;
}

/* Two-qubit gates: onto a matrix on the same pair, or taking up single-qubit matrices that wait on
 * both qubits (on one of them it would cost more arithmetic than it saves, but for a matrix). */
static bool absorb_pair(brg_dense *d, brg_gate *g, uint32_t q0, uint32_t q1) {
    brg_gate *a = last_on(d, q0), *b = last_on(d, q1);
    if (a && a == b && plain_matrix(a, 2)) {
        const brg_gate old = *a;
        merge_pair(a, g, &old);
        return true;
    }
    const bool single_a = a && plain_matrix(a, 1), single_b = b && plain_matrix(b, 1);
    if (!(single_a && single_b) && !(plain_matrix(g, 2) && (single_a || single_b))) return false;
    brg_gate whole = {.kind = BRG_GATE_MATRIX, .targets = 2, .q = {q0, q1}};
    expand(g, q0, q1, whole.m);
    if (single_a) {
        const brg_gate now = whole;
        merge_pair(&whole, &now, a);
        a->kind = BRG_GATE_DEAD;
    }
    if (single_b) {
        const brg_gate now = whole;
        merge_pair(&whole, &now, b);
        b->kind = BRG_GATE_DEAD;
    }
    *g = whole;
    return false;
}

int brg_dense_push(brg_dense *d, const brg_gate *gate) {
    if (d->gates == BRG_DENSE_MAX_LIST) brg_dense_flush(d);
    if (d->gates == d->room) {
        const size_t room = d->room ? 2 * d->room : 64;
        brg_gate *grown = realloc(d->gate, room * sizeof *grown);
        if (!grown) { /* no room to collect: what is due now can still run */
            brg_dense_flush(d);
            brg_dense_run_gate(d, gate);
            return BRG_OK;
        }
        d->gate = grown;
        d->room = room;
    }
    brg_gate g = *gate;
    const uint64_t mask = qubits_of(&g);
    const int count = __builtin_popcountll(mask);
    if (count == 1 && absorb_single(d, &g, (uint32_t)__builtin_ctzll(mask))) return BRG_OK;
    if (count == 2) {
        const uint32_t q0 = (uint32_t)__builtin_ctzll(mask);
        const uint32_t q1 = (uint32_t)__builtin_ctzll(mask & (mask - 1u));
        if (absorb_pair(d, &g, q0, q1)) return BRG_OK;
    }
    d->gate[d->gates] = g;
    for (uint64_t rest = mask; rest; rest &= rest - 1u)
        d->last[__builtin_ctzll(rest)] = (int32_t)d->gates;
    d->gates++;
    return BRG_OK;
}

/* Single-qubit matrices that still stand right after a two-qubit matrix go into it; the dead are
 * dropped. */
static void tidy(brg_dense *d) {
    int32_t before[64];
    for (size_t q = 0; q < 64; q++) before[q] = -1;
    size_t kept = 0;
    for (size_t i = 0; i < d->gates; i++) {
        brg_gate *g = &d->gate[i];
        if (g->kind == BRG_GATE_DEAD) continue;
        const uint64_t mask = qubits_of(g);
        if (mask && !(mask & (mask - 1u))) {
            const int32_t at = before[__builtin_ctzll(mask)];
            if (at >= 0 && plain_matrix(&d->gate[at], 2)) {
                const brg_gate old = d->gate[at];
                merge_pair(&d->gate[at], g, &old);
                continue;
            }
        }
        for (uint64_t rest = mask; rest; rest &= rest - 1u)
            before[__builtin_ctzll(rest)] = (int32_t)kept;
        if (kept != i) d->gate[kept] = *g;
        kept++;
    }
    d->gates = kept;
}

/* ---- choosing a tile ---- */

typedef struct scan {
    uint64_t moved, seen; /* qubits of skipped gates: moved along, and only looked at */
} scan;

/* Can g run before the gates skipped so far? Diagonal uses of a qubit commute. */
static bool may_pass(const scan *s, const brg_gate *g) {
    const uint64_t moves = brg_gate_moves(g);
    return !(moves & (s->moved | s->seen)) && !(g->controls & s->moved);
}

static void skip(scan *s, const brg_gate *g) {
    s->moved |= brg_gate_moves(g);
    s->seen |= g->controls;
}

static unsigned worth(const brg_gate *g) {
    return g->kind == BRG_GATE_MATRIX ? 2u * g->targets : 1u;
}

static unsigned score(const brg_gate *gate, size_t count, uint64_t tile) {
    scan s = {0, 0};
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        const brg_gate *g = &gate[i];
        if (!(brg_gate_moves(g) & ~tile) && may_pass(&s, g))
            sum += worth(g);
        else
            skip(&s, g);
    }
    return sum;
}

/* splitmix64, seeded by a constant: the plan, and so the result, is always the same. */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Takes qubits for the gates in their order, passing over some at random, until no more fit. */
static uint64_t grow(const brg_gate *gate, size_t count, uint64_t tile, uint32_t size, bool random,
                     uint64_t *state) {
    for (unsigned round = 0; round < 2; round++) {
        scan s = {0, 0};
        for (size_t i = 0; i < count; i++) {
            const brg_gate *g = &gate[i];
            const uint64_t wider = tile | brg_gate_moves(g);
            const bool fits = (uint32_t)__builtin_popcountll(wider) <= size;
            const bool wanted = wider == tile || !random || round || next_random(state) & 1u;
            if (fits && wanted && may_pass(&s, g))
                tile = wider;
            else
                skip(&s, g);
        }
    }
    return tile;
}

/* Exchanges single qubits as long as that lets more gates in. */
static uint64_t improve(const brg_gate *gate, size_t count, uint64_t tile, uint64_t low,
                        uint64_t all, unsigned *best) {
    bool better = true;
    while (better) {
        better = false;
        const uint64_t inside = tile & ~low, outside = all & ~tile;
        uint64_t winner = tile;
        for (uint64_t i = inside; i; i &= i - 1u)
            for (uint64_t o = outside; o; o &= o - 1u) {
                const uint64_t other = (tile & ~(i & (~i + 1u))) | (o & (~o + 1u));
                const unsigned now = score(gate, count, other);
                if (now > *best) {
                    *best = now;
                    winner = other;
                    better = true;
                }
            }
        tile = winner;
    }
    return tile;
}

static uint64_t choose_tile(const brg_dense *d, const brg_gate *gate, size_t count,
                            uint64_t *state) {
    const uint64_t all = ((uint64_t)1 << d->qubits) - 1u, low = (1u << d->run_qubits) - 1u;
    if (count > WINDOW) count = WINDOW;
    uint64_t best_tile = low;
    unsigned best = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t tile = grow(gate, count, low, d->tile_qubits, i > 0, state);
        for (uint64_t rest = all & ~tile;
             rest && (uint32_t)__builtin_popcountll(tile) < d->tile_qubits; rest &= rest - 1u)
            tile |= rest & (~rest + 1u);
        unsigned now = score(gate, count, tile);
        if (i % 4 == 0) tile = improve(gate, count, tile, low, all, &now);
        if (now > best) {
            best = now;
            best_tile = tile;
        }
    }
    return best_tile;
}

/* ---- running a group ---- */

/* The gate in the numbering of the tile; controls outside become a condition. */
static void lower_in_tile(const brg_dense *d, brg_op *op, const brg_gate *gate, uint64_t tile) {
    brg_gate g = *gate;
    const uint64_t outside = g.controls & ~tile;
    g.controls = 0;
    for (uint64_t rest = gate->controls & tile; rest; rest &= rest - 1u) {
        const uint64_t below = (rest & (~rest + 1u)) - 1u;
        g.controls |= (uint64_t)1 << __builtin_popcountll(tile & below);
    }
    for (uint32_t t = 0; t < g.targets; t++) {
        const uint64_t below = ((uint64_t)1 << g.q[t]) - 1u;
        g.q[t] = (uint32_t)__builtin_popcountll(tile & below);
    }
    brg_dense_lower(op, &g, d->kernels->lane_bits, d->precision);
    op->outside = outside;
}

static void run_tile(const brg_dense *d, const brg_op *op, size_t count, uint64_t base,
                     uint64_t high, unsigned char *buffer) {
    const size_t amplitude = d->precision == BRG_DOUBLE ? 16 : 8;
    const size_t run = amplitude << d->run_qubits;
    const uint64_t vectors = (uint64_t)1 << (d->tile_qubits - d->kernels->lane_bits);
    unsigned char *state = d->amplitudes;
    uint64_t at = 0;
    unsigned char *to = buffer;
    do {
        memcpy(to, state + (base | at) * amplitude, run);
        to += run;
        at = (at - high) & high;
    } while (at);
    for (size_t i = 0; i < count; i++)
        if ((base & op[i].outside) == op[i].outside)
            d->kernels->run(&op[i], buffer, 0, vectors >> __builtin_popcountll(op[i].fixed));
    to = buffer;
    do {
        memcpy(state + (base | at) * amplitude, to, run);
        to += run;
        at = (at - high) & high;
    } while (at);
}

static void run_group(brg_dense *d, const brg_op *op, size_t count, uint64_t tile) {
    const uint64_t tiles = (uint64_t)1 << (d->qubits - d->tile_qubits);
    const uint64_t high = tile & ~((uint64_t)((1u << d->run_qubits) - 1u));
    const size_t bytes = (size_t)(d->precision == BRG_DOUBLE ? 16 : 8) << d->tile_qubits;
#pragma omp parallel for schedule(static) num_threads(d->jobs)
    for (uint64_t t = 0; t < tiles; t++)
        run_tile(d, op, count, brg_deposit(t, tile), high,
                 d->scratch + bytes * (size_t)omp_get_thread_num());
}

/* Moves the gates that can run in the tile to `op`; returns how many. */
static size_t take_group(brg_dense *d, uint64_t tile, brg_gate *taken) {
    scan s = {0, 0};
    size_t kept = 0, group = 0;
    for (size_t i = 0; i < d->gates; i++) {
        const brg_gate *g = &d->gate[i];
        const bool in = i < WINDOW && !(brg_gate_moves(g) & ~tile) && may_pass(&s, g);
        if (in) {
            taken[group++] = *g;
        } else {
            skip(&s, g);
            if (kept != i) d->gate[kept] = *g;
            kept++;
        }
    }
    d->gates = kept;
    return group;
}

static bool prepare_scratch(brg_dense *d) {
    const size_t amplitude = d->precision == BRG_DOUBLE ? 16 : 8;
    d->tile_qubits = (uint32_t)__builtin_ctz((unsigned)(TILE_BYTES / amplitude));
    d->run_qubits = (uint32_t)__builtin_ctz((unsigned)(RUN_BYTES / amplitude));
    if (d->qubits <= d->tile_qubits) return false; /* all of it is in the cache anyway */
    if (!d->scratch) d->scratch = aligned_alloc(4096, (size_t)d->jobs * TILE_BYTES);
    return d->scratch != NULL;
}

static void run_directly(brg_dense *d, const brg_gate *gate, size_t count) {
    for (size_t i = 0; i < count; i++) brg_dense_run_gate(d, &gate[i]);
}

static void run_planned(brg_dense *d, brg_gate *taken, brg_op *op) {
    uint64_t state = 1;
    while (d->gates) {
        const uint64_t tile = choose_tile(d, d->gate, d->gates, &state);
        const size_t group = take_group(d, tile, taken);
        double share = 0.0;
        for (size_t i = 0; i < group; i++) share += brg_dense_share(d, &taken[i]);
        if (share <= 1.0) {
            run_directly(d, taken, group);
            continue;
        }
        for (size_t i = 0; i < group; i++) lower_in_tile(d, &op[i], &taken[i], tile);
        run_group(d, op, group, tile);
    }
}

int brg_dense_flush(brg_dense *d) {
    if (!d) return BRG_EINVAL;
    if (!d->gates) return BRG_OK;
    tidy(d);
    for (size_t q = 0; q < 64; q++) d->last[q] = -1;
    const size_t window = d->gates < WINDOW ? d->gates : WINDOW;
    brg_gate *taken = NULL;
    brg_op *op = NULL;
    if (prepare_scratch(d)) {
        taken = malloc(window * sizeof *taken);
        op = aligned_alloc(64, window * sizeof *op);
    }
    if (taken && op)
        run_planned(d, taken, op);
    else
        run_directly(d, d->gate, d->gates);
    d->gates = 0;
    free(taken);
    free(op);
    return BRG_OK;
}

int brg_dense_fusion(brg_dense *d, bool on) {
    if (!d) return BRG_EINVAL;
    if (!on) brg_dense_flush(d);
    d->fusing = on;
    return BRG_OK;
}
