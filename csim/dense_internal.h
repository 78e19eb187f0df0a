/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what the files of the dense engine share: gates, prepared operations, kernel tables. */
#ifndef BRG_CSIM_DENSE_INTERNAL_H
#define BRG_CSIM_DENSE_INTERNAL_H

#include <stdalign.h>
#include <string.h>

#include "csim/dense.h"

enum {
    BRG_DENSE_MAX_QUBITS = 40,
    BRG_DENSE_MAX_LIST = 4096,   /* gates collected before a flush is forced */
    BRG_DENSE_SUM_CHUNKS = 4096, /* partial sums of a reduction, at most */
    BRG_DENSE_COEF_BYTES = 2048
};

typedef enum brg_gate_kind {
    BRG_GATE_DEAD,   /* absorbed by another gate */
    BRG_GATE_MATRIX, /* m on `targets` qubits q[0], q[1] (bit 0 and bit 1 of the matrix index) */
    BRG_GATE_X,
    BRG_GATE_SWAP,
    BRG_GATE_PHASE /* m[0] where all controls are 1; no target */
} brg_gate_kind;

typedef struct brg_gate {
    brg_gate_kind kind;
    uint32_t targets;
    uint32_t q[2];
    uint64_t controls;
    brg_complex m[16];
} brg_gate;

/* The qubits that a gate moves amplitudes along. */
static inline uint64_t brg_gate_moves(const brg_gate *g) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < g->targets; i++) mask |= (uint64_t)1 << g->q[i];
    return mask;
}

typedef enum brg_op_kind { BRG_OP_MATRIX, BRG_OP_EXCHANGE, BRG_OP_SCALE } brg_op_kind;

/* A gate prepared for one vector width. The state is an array of vectors of 2^lane_bits
 * amplitudes; qubits below lane_bits select a lane, the others a vector. An operation visits the
 * vectors whose index has the bits `value` under the mask `fixed`, and for each of them the vectors
 * at `step` beyond. Conditions on lanes are in the coefficients and masks. */
typedef struct brg_op {
    alignas(64) unsigned char coef[BRG_DENSE_COEF_BYTES];
    alignas(64) unsigned char mask[2][64];
    uint64_t fixed, value; /* in vectors */
    uint64_t step[2];      /* MATRIX: bits of the high targets; EXCHANGE: step[0] to the partner */
    uint64_t outside;      /* in a tile: qubits of the whole index that must be 1 */
    unsigned lane[2];      /* MATRIX: bits of the lane targets; EXCHANGE: lane[0] the XOR */
    brg_op_kind kind;
    unsigned high, lanes; /* MATRIX: how many targets select vectors, and lanes */
    bool uniform;         /* MATRIX: all lanes have the same coefficients, stored once */
    bool pair, masked;    /* EXCHANGE: with a second vector; only some lanes */
} brg_op;

typedef struct brg_dense_kernels {
    const char *name;
    unsigned lane_bits;
    /* Visits [begin, end) of the vectors that `fixed` leaves free. */
    void (*run)(const brg_op *op, void *amplitudes, uint64_t begin, uint64_t end);
    /* Sum of weight * |a|^2 over the visited vectors, weight per lane in op->coef. */
    double (*sum)(const brg_op *op, const void *amplitudes, uint64_t begin, uint64_t end);
    /* The same, of the values before they are multiplied by op->mask (a real factor per lane). */
    double (*scale_sum)(const brg_op *op, void *amplitudes, uint64_t begin, uint64_t end);
} brg_dense_kernels;

/* One table per instruction set and precision. */
extern const brg_dense_kernels brg_dense_base[2];
#if defined(__x86_64__)
extern const brg_dense_kernels brg_dense_avx2[2];
extern const brg_dense_kernels brg_dense_avx512[2];
#endif

struct brg_dense {
    void *amplitudes; /* mapped, 64-byte aligned, first touched by the threads that use it */
    size_t mapped_bytes;
    uint64_t vectors;
    const brg_dense_kernels *kernels;
    uint32_t qubits;
    brg_precision precision;
    int jobs;
    double scale;      /* the state is scale * amplitudes; saves the passes that normalise */
    double norm;       /* sum of |scale * a|^2, to a relative error of norm_error */
    double norm_error; /* INFINITY when nothing is known */
    bool fusing;
    size_t gates, room;
    brg_gate *gate;         /* collected while fusing */
    int32_t last[64];       /* last gate in the list on each qubit, -1 for none */
    unsigned char *scratch; /* one tile per thread */
    uint32_t tile_qubits, run_qubits;
    double partial[BRG_DENSE_SUM_CHUNKS];
};

/* Relative rounding error of one operation on the norm. */
static inline double brg_dense_epsilon(const brg_dense *d) {
    return d->precision == BRG_DOUBLE ? 1e-15 : 1e-7;
}

/* Spreads the bits of k over the zeros of `fixed`. */
static inline uint64_t brg_deposit(uint64_t k, uint64_t fixed) {
    for (uint64_t rest = fixed; rest; rest &= rest - 1u) {
        const uint64_t below = (rest & (~rest + 1u)) - 1u;
        k = ((k & ~below) << 1) | (k & below);
    }
    return k;
}

/* The index after i that has zeros under `fixed`. */
static inline uint64_t brg_next(uint64_t i, uint64_t fixed) {
    return ((i | fixed) + 1u) & ~fixed;
}

/* Prepares a gate; every qubit of it must be inside the array that the operation runs on. */
void brg_dense_lower(brg_op *op, const brg_gate *gate, unsigned lane_bits, brg_precision precision);
/* SCALE of the amplitudes with qubit = bit; weights of sum and scale_sum: 1 on these, else 0. */
void brg_dense_lower_half(brg_op *op, const brg_dense *d, uint32_t qubit, unsigned bit,
                          double factor);

typedef enum brg_walk_kind { BRG_WALK_RUN, BRG_WALK_SUM, BRG_WALK_SCALE_SUM } brg_walk_kind;

/* Where the part of thread t of n begins in [0, count); always the same. */
__extension__ typedef unsigned __int128 brg_uint128;

static inline uint64_t brg_part(uint64_t count, int t, int n) {
    return (uint64_t)((brg_uint128)count * (unsigned)t / (unsigned)n);
}

/* Runs a prepared operation over the whole state with all threads. */
void brg_dense_run(brg_dense *d, const brg_op *op);
/* Sum over the vectors that op visits, scaled along the way or not. Partial sums of chunks stay in
 * d->partial; chunks do not depend on the threads, so neither does the result. */
double brg_dense_reduce(brg_dense *d, const brg_op *op, bool scaling);
/* Visits of one chunk when there are `count`. */
uint64_t brg_dense_chunk(uint64_t count);
/* Runs a gate at once. */
void brg_dense_run_gate(brg_dense *d, const brg_gate *gate);
/* Collects or runs. */
int brg_dense_push(brg_dense *d, const brg_gate *gate);
/* Share of the 64-byte lines that a gate has to move. */
double brg_dense_share(const brg_dense *d, const brg_gate *gate);
/* Multiplies the factor into the amplitudes. */
void brg_dense_settle(brg_dense *d);
/* Takes the kernels of "base", "avx2" or "avx512"; BRG_EINVAL when the machine lacks them. */
int brg_dense_select(brg_dense *d, const char *name);
const char *brg_dense_selected(const brg_dense *d);
/* The matrix of 1 to 4 qubits, plain: row-major 2^count x 2^count, bit i of the index is q[i]. */
int brg_dense_matrix(brg_dense *d, const uint32_t *q, uint32_t count, const brg_complex *m);

#endif
