/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter of frame programs, included once per instruction set with VECTOR_BYTES (16, 32
 * or 64) and N(name) defined.
 *
 * Every operation on numbers is element by element and rounds as IEEE 754 says (the files are
 * compiled without contraction to fused multiply-add), and random words are taken by index: the
 * result does not depend on the width. */
#include <string.h>

typedef uint64_t N(vec) __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef double N(real) __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define VEC N(vec)
#define REAL N(real)
enum { N(ROW) = BRG_FRAME_ROW_BYTES / VECTOR_BYTES, N(LANES) = VECTOR_BYTES / 8 };
#define ROW N(ROW)
#define LANES N(LANES)
#define INLINE static inline __attribute__((always_inline))

INLINE VEC *N(x_row)(const brg_frame_run *r, uint32_t q) {
    return (VEC *)(r->frame + (size_t)q * 2 * BRG_FRAME_WORDS);
}
INLINE VEC *N(z_row)(const brg_frame_run *r, uint32_t q) {
    return (VEC *)(r->frame + ((size_t)q * 2 + 1) * BRG_FRAME_WORDS);
}
INLINE VEC *N(record_row)(const brg_frame_run *r, uint64_t index) {
    return (VEC *)(r->records + (index & (r->program->ring - 1)) * BRG_FRAME_WORDS);
}
INLINE VEC *N(output_row)(const brg_frame_run *r, uint32_t row) {
    return (VEC *)(r->output + (size_t)(row / 64) * BRG_FRAME_GROUP_WORDS +
                   (size_t)(row % 64) * BRG_FRAME_WORDS);
}
INLINE void N(copy)(VEC *to, const VEC *from) {
    for (int i = 0; i < ROW; i++) to[i] = from[i];
}
INLINE void N(add)(VEC *to, const VEC *from) {
    for (int i = 0; i < ROW; i++) to[i] ^= from[i];
}
INLINE void N(clear)(VEC *to) {
    for (int i = 0; i < ROW; i++) to[i] = (VEC){0};
}

/* 64 rows of 1024 bits become, in place, row i: bit i of each word of the rows. Blocks of 32, 16,
 * ... 1 change places across the diagonal, all 16 words of a row alike. */
static void N(transpose)(uint64_t *group) {
    static const uint64_t masks[6] = {0x00000000ffffffff, 0x0000ffff0000ffff, 0x00ff00ff00ff00ff,
                                      0x0f0f0f0f0f0f0f0f, 0x3333333333333333, 0x5555555555555555};
    for (unsigned level = 0; level < 6; level++) {
        const unsigned j = 32u >> level;
        const VEC mask = (VEC){0} + masks[level];
        for (unsigned k = 0; k < 64; k = (k + j + 1) & ~j) {
            VEC *a = (VEC *)(group + (size_t)k * BRG_FRAME_WORDS);
            VEC *b = (VEC *)(group + (size_t)(k + j) * BRG_FRAME_WORDS);
            for (int i = 0; i < ROW; i++) {
                const VEC t = ((a[i] >> j) ^ b[i]) & mask;
                b[i] ^= t;
                a[i] ^= t << j;
            }
        }
    }
}

/* `words` words, then `rest` bytes of each shot from transposed groups. Called with constants. */
INLINE void N(put_shots)(const brg_frame_run *r, size_t words, size_t rest) {
    for (unsigned bit = 0; bit < 64; bit++)
        for (unsigned w = 0; w < BRG_FRAME_WORDS; w++) {
            const uint64_t *from = r->output + bit * BRG_FRAME_WORDS + w;
            uint8_t *to = r->shots + (size_t)(w * 64 + bit) * r->stride + r->flushed / 8;
            for (size_t g = 0; g < words; g++) {
                const uint64_t word = from[g * BRG_FRAME_GROUP_WORDS];
                for (size_t k = 0; k < 8; k++) to[8 * g + k] = (uint8_t)(word >> (8 * k));
            }
            for (size_t k = 0; k < rest; k++)
                to[8 * words + k] = (uint8_t)(from[words * BRG_FRAME_GROUP_WORDS] >> (8 * k));
        }
}

static void N(flush)(brg_frame_run *r) {
    const uint32_t rows = r->rows;
    const size_t groups = (rows + 63) / 64;
    if (r->shots) {
        for (uint32_t row = rows; row < groups * 64; row++) N(clear)(N(output_row)(r, row));
        for (size_t g = 0; g < groups; g++) N(transpose)(r->output + g * BRG_FRAME_GROUP_WORDS);
        const size_t bytes = (rows + 7) / 8;
        if (bytes == 8 * BRG_FRAME_GROUPS)
            N(put_shots)(r, BRG_FRAME_GROUPS, 0);
        else if (bytes == 16)
            N(put_shots)(r, 2, 0);
        else
            N(put_shots)(r, bytes / 8, bytes % 8);
    } else {
        for (uint32_t row = 0; row < rows && r->first_nonzero == UINT64_MAX; row++) {
            const VEC *from = N(output_row)(r, row);
            VEC any = from[0];
            for (int i = 1; i < ROW; i++) any |= from[i];
            for (int i = 0; i < LANES; i++)
                if (any[i]) r->first_nonzero = r->flushed + row;
        }
    }
    r->flushed += rows;
    r->rows = 0;
}

INLINE VEC *N(next_row)(brg_frame_run *r) {
    if (r->rows == BRG_FRAME_ROWS) N(flush)(r);
    return N(output_row)(r, r->rows++);
}

/* ln(u) * scale, cut to 2^40, for u = 2^-52, 2 * 2^-52, ... 1 from random words. u = m 2^e with m
 * from 1/sqrt(2) to sqrt(2), ln m = 2 artanh((m - 1) / (m + 1)) by its series: the error is a few
 * 1e-16 of the result. */
static void N(draw_gaps)(double *gaps, const uint64_t *random, uint32_t count, double scale) {
    const VEC one = (VEC){0} + UINT64_C(0x3ff0000000000000);
    const VEC shift = (VEC){0} + ((UINT64_C(1024) << 52) - UINT64_C(0x3fe6a09e667f3bcd));
    const VEC magic = (VEC){0} + UINT64_C(0x4330000000000000); /* 2^52 */
    const REAL most = (REAL){0} + 0x1p40;
    for (uint32_t i = 0; i < count; i += LANES) {
        const VEC word = *(const VEC *)(random + i);
        const REAL u = 2.0 - (REAL)((word >> 12) | one);
        const VEC biased = ((VEC)u + shift) >> 52; /* e + 1024 */
        const VEC bits = (VEC)u - ((biased - 1024) << 52);
        const REAL e = (REAL)(biased | magic) - (0x1p52 + 1024);
        const REAL m = (REAL)bits;
        const REAL s = (m - 1.0) / (m + 1.0), t = s * s;
        REAL sum = t * (1.0 / 21) + 1.0 / 19;
        for (int k = 17; k >= 1; k -= 2) sum = sum * t + 1.0 / k;
        const REAL gap = (e * 0x1.62e42fefa39efp-1 + (s + s) * sum) * scale;
        const VEC small = (VEC)(gap < most);
        *(VEC *)(gaps + i) = (small & (VEC)gap) | (~small & (VEC)most);
    }
}

typedef struct N(hits) {
    uint64_t at;    /* place of the next draw's origin among sites * shots */
    uint64_t block; /* of random words used */
    uint64_t pauli_block;
    uint32_t count;
    uint32_t position[BRG_FRAME_DRAWS]; /* site * 1024 + shot */
    uint64_t word[BRG_FRAME_DRAWS + 4];
} N(hits);

/* The next errors of an operation, by jumps over the places without one; false after the last. */
static bool N(next_hits)(const brg_frame_run *r, const brg_frame_op *op, N(hits) * h) {
    const uint64_t places = (uint64_t)op->sites * BRG_SAMPLER_BATCH;
    if (h->at >= places) return false;
    uint64_t random[BRG_FRAME_DRAWS] __attribute__((aligned(64)));
    double gaps[BRG_FRAME_DRAWS] __attribute__((aligned(64)));
    const uint32_t draws = h->block == 0 ? op->draws : op->draws < 128 ? 8 : 64;
    brg_frame_random(random, r, BRG_FRAME_GAPS, h->block, draws / 4);
    h->block += draws / 4;
    N(draw_gaps)(gaps, random, draws, op->scale);
    uint32_t count = 0;
    uint64_t at = h->at;
    for (uint32_t i = 0; i < draws; i++) {
        at += (uint64_t)gaps[i];
        if (at >= places) break;
        h->position[count++] = (uint32_t)at;
        at++;
    }
    h->at = at;
    h->count = count;
    return true;
}

/* A word for each error that chooses its Pauli. */
INLINE void N(draw_paulis)(const brg_frame_run *r, N(hits) * h) {
    const size_t blocks = (h->count + 3) / 4;
    brg_frame_random(h->word, r, BRG_FRAME_PAULIS, h->pauli_block, blocks);
    h->pauli_block += blocks;
}

INLINE void N(flip)(const brg_frame_run *r, uint32_t qubit, uint32_t shot, uint64_t x, uint64_t z) {
    uint64_t *at = r->frame + (size_t)qubit * 2 * BRG_FRAME_WORDS + shot / 64;
    at[0] ^= x << (shot % 64);
    at[BRG_FRAME_WORDS] ^= z << (shot % 64);
}

/* Paulis 0, 1, 2, 3 are I, X, Y, Z. */
INLINE uint64_t N(has_x)(uint32_t pauli) {
    return (pauli ^ pauli >> 1) & 1;
}
INLINE uint64_t N(has_z)(uint32_t pauli) {
    return pauli >> 1;
}

INLINE void N(apply)(const brg_frame_run *r, const uint32_t *targets, uint32_t position,
                     uint32_t pauli, bool pairs) {
    const uint32_t site = position / BRG_SAMPLER_BATCH, shot = position % BRG_SAMPLER_BATCH;
    if (pairs) {
        N(flip)(r, targets[2 * site], shot, N(has_x)(pauli / 4), N(has_z)(pauli / 4));
        N(flip)(r, targets[2 * site + 1], shot, N(has_x)(pauli % 4), N(has_z)(pauli % 4));
    } else {
        N(flip)(r, targets[site], shot, N(has_x)(pauli), N(has_z)(pauli));
    }
}

/* The Pauli of a depolarizing error is one of 3 or 15 with 2^-60 of unevenness. */
INLINE uint32_t N(even_pauli)(uint64_t word, uint32_t kinds) {
    return 1 + (uint32_t)((uint64_t)((__extension__(unsigned __int128) word * kinds) >> 64));
}

static void N(noise)(brg_frame_run *r, const brg_frame_op *op) {
    const uint32_t *targets = r->program->words + op->first;
    const uint64_t *thresholds = r->program->thresholds + op->thresholds;
    N(hits) h;
    h.at = h.block = h.pauli_block = 0;
    while (N(next_hits)(r, op, &h)) {
        if (op->code != BRG_FRAME_FLIP && op->code != BRG_FRAME_RECORD_FLIP) N(draw_paulis)(r, &h);
        switch (op->code) {
            case BRG_FRAME_RECORD_FLIP:
                for (uint32_t i = 0; i < h.count; i++) {
                    const uint32_t site = h.position[i] / BRG_SAMPLER_BATCH;
                    const uint32_t shot = h.position[i] % BRG_SAMPLER_BATCH;
                    const uint64_t index = r->record - op->count + site;
                    uint64_t *row = (uint64_t *)N(record_row)(r, index);
                    row[shot / 64] ^= UINT64_C(1) << (shot % 64);
                }
                break;
            case BRG_FRAME_FLIP:
                for (uint32_t i = 0; i < h.count; i++)
                    N(apply)(r, targets, h.position[i], op->basis, false);
                break;
            case BRG_FRAME_DEPOLARIZE1:
                for (uint32_t i = 0; i < h.count; i++)
                    N(apply)(r, targets, h.position[i], N(even_pauli)(h.word[i], 3), false);
                break;
            case BRG_FRAME_DEPOLARIZE2:
                for (uint32_t i = 0; i < h.count; i++)
                    N(apply)(r, targets, h.position[i], N(even_pauli)(h.word[i], 15), true);
                break;
            default: {
                const bool pairs = op->code == BRG_FRAME_CHANNEL2;
                const uint32_t kinds = pairs ? 15 : 3;
                for (uint32_t i = 0; i < h.count; i++) {
                    uint32_t pauli = 1;
                    while (pauli < kinds && h.word[i] >= thresholds[pauli - 1]) pauli++;
                    N(apply)(r, targets, h.position[i], pauli, pairs);
                }
            }
        }
    }
}

INLINE void N(random_row)(const brg_frame_run *r, VEC *row, uint32_t index) {
    uint64_t words[BRG_FRAME_WORDS] __attribute__((aligned(64)));
    brg_frame_random(words, r, BRG_FRAME_GAUGE, (uint64_t)index * (BRG_FRAME_WORDS / 4),
                     BRG_FRAME_WORDS / 4);
    N(copy)(row, (const VEC *)words);
}

/* What a reset state does not feel: the Pauli of its basis, on half of the shots. */
static void N(reset)(const brg_frame_run *r, const brg_frame_op *op, uint32_t q, uint32_t index) {
    VEC *x = N(x_row)(r, q), *z = N(z_row)(r, q);
    N(clear)(x);
    N(clear)(z);
    if (!r->gauge) return;
    VEC random[N(ROW)];
    N(random_row)(r, random, index);
    if (op->basis != 3) N(copy)(x, random);
    if (op->basis != 1) N(copy)(z, random);
}

static void N(measure)(brg_frame_run *r, const brg_frame_op *op) {
    const uint32_t *targets = r->program->words + op->first;
    for (uint32_t k = 0; k < op->count; k++) {
        const uint32_t q = targets[k];
        VEC *x = N(x_row)(r, q), *z = N(z_row)(r, q), *record = N(record_row)(r, r->record++);
        N(copy)(record, op->basis == 1 ? z : x);
        if (op->basis == 2) N(add)(record, z);
        if (op->resets) {
            N(reset)(r, op, q, k);
        } else if (r->gauge) {
            VEC random[N(ROW)];
            N(random_row)(r, random, k);
            if (op->basis != 3) N(add)(x, random);
            if (op->basis != 1) N(add)(z, random);
        }
    }
}

INLINE void N(pair)(const brg_frame_run *r, brg_frame_code code, uint32_t a, uint32_t b) {
    VEC *xa = N(x_row)(r, a), *za = N(z_row)(r, a), *xb = N(x_row)(r, b), *zb = N(z_row)(r, b);
    for (int i = 0; i < ROW; i++) {
        const VEC xc = xa[i], zc = za[i], xt = xb[i], zt = zb[i];
        if (code == BRG_FRAME_CX) {
            xb[i] = xt ^ xc;
            za[i] = zc ^ zt;
        } else if (code == BRG_FRAME_CZ) {
            za[i] = zc ^ xt;
            zb[i] = zt ^ xc;
        } else if (code == BRG_FRAME_CY) {
            za[i] = zc ^ xt ^ zt;
            xb[i] = xt ^ xc;
            zb[i] = zt ^ xc;
        } else {
            xa[i] = xt;
            za[i] = zt;
            xb[i] = xc;
            zb[i] = zc;
        }
    }
}

#define PAIRS(code_)                                       \
    case code_:                                            \
        for (uint32_t k = 0; k + 1 < op->count; k += 2)    \
            N(pair)(r, code_, targets[k], targets[k + 1]); \
        break

static void N(gate)(const brg_frame_run *r, const brg_frame_op *op) {
    const uint32_t *targets = r->program->words + op->first;
    switch (op->code) {
        case BRG_FRAME_H:
            for (uint32_t k = 0; k < op->count; k++) {
                VEC *x = N(x_row)(r, targets[k]), *z = N(z_row)(r, targets[k]);
                for (int i = 0; i < ROW; i++) {
                    const VEC t = x[i];
                    x[i] = z[i];
                    z[i] = t;
                }
            }
            break;
        case BRG_FRAME_S:
            for (uint32_t k = 0; k < op->count; k++)
                N(add)(N(z_row)(r, targets[k]), N(x_row)(r, targets[k]));
            break;
            PAIRS(BRG_FRAME_CX);
            PAIRS(BRG_FRAME_CY);
            PAIRS(BRG_FRAME_CZ);
            PAIRS(BRG_FRAME_SWAP);
        default:
            break;
    }
}

static const uint32_t *N(sum_records)(const brg_frame_run *r, VEC *to, const uint32_t *back,
                                      uint32_t count) {
    VEC sum[N(ROW)];
    N(copy)(sum, to);
    for (uint32_t k = 0; k < count; k++) N(add)(sum, N(record_row)(r, r->record - back[k]));
    N(copy)(to, sum);
    return back + count;
}

static void N(detectors)(brg_frame_run *r, const brg_frame_op *op) {
    const uint32_t *word = r->program->words + op->first;
    for (uint32_t k = 0; k < op->count; k++) {
        const uint32_t count = *word++;
        VEC *row = N(next_row)(r);
        N(clear)(row);
        word = N(sum_records)(r, row, word, count);
    }
}

static void N(emit)(brg_frame_run *r, const brg_frame_op *op) {
    for (uint64_t index = r->record - op->count; index < r->record; index++) {
        VEC *row = N(next_row)(r);
        const VEC *record = N(record_row)(r, index);
        const VEC flip = (VEC){0} - (uint64_t)r->reference[index];
        for (int i = 0; i < ROW; i++) row[i] = record[i] ^ flip;
    }
}

static void N(step)(brg_frame_run *r, const brg_frame_op *op) {
    const uint32_t *targets = r->program->words + op->first;
    switch (op->code) {
        case BRG_FRAME_RESET:
            for (uint32_t k = 0; k < op->count; k++) N(reset)(r, op, targets[k], k);
            r->execution++;
            break;
        case BRG_FRAME_MEASURE:
            N(measure)(r, op);
            r->execution++;
            break;
        case BRG_FRAME_RECORD_FLIP:
        case BRG_FRAME_FLIP:
        case BRG_FRAME_DEPOLARIZE1:
        case BRG_FRAME_DEPOLARIZE2:
        case BRG_FRAME_CHANNEL1:
        case BRG_FRAME_CHANNEL2:
            if (r->noise) N(noise)(r, op);
            r->execution++;
            break;
        case BRG_FRAME_EMIT:
            if (r->reference) N(emit)(r, op);
            break;
        case BRG_FRAME_DETECTORS:
            if (!r->reference) N(detectors)(r, op);
            break;
        case BRG_FRAME_OBSERVABLE:
            N(sum_records)
            (r, (VEC *)(r->observables + op->basis * BRG_FRAME_WORDS), targets, op->count);
            break;
        default:
            N(gate)(r, op);
    }
}

static void N(begin)(brg_frame_run *r) {
    const uint32_t qubits = r->program->qubits;
    memset(r->frame, 0, (size_t)qubits * 2 * BRG_FRAME_ROW_BYTES);
    memset(r->observables, 0, sizeof *r->observables * BRG_FRAME_GROUP_WORDS);
    r->record = r->flushed = 0;
    r->rows = 0;
    r->first_nonzero = UINT64_MAX;
    r->execution = 1;
    if (!r->gauge) return;
    /* All qubits start as after a reset. */
    for (uint32_t q = 0; q < qubits; q++) N(random_row)(r, N(z_row)(r, q), q);
    r->execution++;
}

static void N(end)(brg_frame_run *r) {
    if (r->append_observables || !r->shots)
        for (uint32_t i = 0; i < r->program->observables && !r->reference; i++)
            N(copy)(N(next_row)(r), (const VEC *)(r->observables + i * BRG_FRAME_WORDS));
    N(flush)(r);
    if (!r->shot_observables) return;
    N(transpose)(r->observables);
    for (unsigned bit = 0; bit < 64; bit++)
        for (unsigned w = 0; w < BRG_FRAME_WORDS; w++)
            r->shot_observables[w * 64 + bit] = r->observables[bit * BRG_FRAME_WORDS + w];
}

static void N(run)(brg_frame_run *r) {
    const brg_frame_op *ops = r->program->ops;
    uint64_t left[BRG_FRAME_DEPTH];
    uint32_t depth = 0;
    N(begin)(r);
    for (size_t i = 0; i < r->program->op_count; i++) {
        if (ops[i].code == BRG_FRAME_LOOP) {
            left[depth++] = ops[i].repeats;
        } else if (ops[i].code == BRG_FRAME_LOOP_END) {
            if (--left[depth - 1])
                i = ops[i].jump - 1;
            else
                depth--;
        } else {
            N(step)(r, &ops[i]);
        }
    }
    N(end)(r);
}

#undef PAIRS
#undef INLINE
#undef LANES
#undef ROW
#undef REAL
#undef VEC
