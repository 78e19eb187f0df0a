/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the Pauli-frame sampler: the flat program that a circuit is compiled to, the state of
 * a batch, and the kernels, which are compiled once per instruction set. */
#ifndef BRG_MODEL_ECC_FRAME_H
#define BRG_MODEL_ECC_FRAME_H

#include <stdbool.h>

#include "model/ecc/sampler.h"

/* A row holds one bit of each shot of a batch: bit s % 64 of word s / 64 belongs to shot s. */
enum { BRG_FRAME_WORDS = BRG_SAMPLER_BATCH / 64, BRG_FRAME_ROW_BYTES = BRG_SAMPLER_BATCH / 8 };
/* Bits of output that are transposed together, and targets that an operation has at most. */
enum { BRG_FRAME_GROUPS = 8, BRG_FRAME_ROWS = 64 * BRG_FRAME_GROUPS, BRG_FRAME_TARGETS = 4096 };
/* A group of 64 rows, and a cache line more: groups a power of two apart would share cache sets. */
enum { BRG_FRAME_GROUP_WORDS = 64 * BRG_FRAME_WORDS + 8 };
/* Error positions drawn in one go, and blocks inside each other (as deep as the reader takes). */
enum { BRG_FRAME_DRAWS = 512, BRG_FRAME_DEPTH = 32 };

typedef enum brg_frame_code {
    BRG_FRAME_H,
    BRG_FRAME_S,
    BRG_FRAME_CX,
    BRG_FRAME_CY,
    BRG_FRAME_CZ,
    BRG_FRAME_SWAP,
    BRG_FRAME_RESET,       /* by basis */
    BRG_FRAME_MEASURE,     /* by basis; appends records */
    BRG_FRAME_RECORD_FLIP, /* noise on the `count` newest records */
    BRG_FRAME_EMIT,        /* the `count` newest records are final */
    BRG_FRAME_FLIP,        /* Pauli `basis` on a qubit */
    BRG_FRAME_DEPOLARIZE1,
    BRG_FRAME_DEPOLARIZE2,
    BRG_FRAME_CHANNEL1, /* Pauli by thresholds */
    BRG_FRAME_CHANNEL2,
    BRG_FRAME_DETECTORS,  /* words: number of records, lookbacks, and so on for `count` detectors */
    BRG_FRAME_OBSERVABLE, /* words: lookbacks; `basis` is its index */
    BRG_FRAME_LOOP,       /* repeats */
    BRG_FRAME_LOOP_END    /* jump: the operation after its BRG_FRAME_LOOP */
} brg_frame_code;

typedef struct brg_frame_op {
    uint8_t code;  /* brg_frame_code */
    uint8_t basis; /* 1 X, 2 Y, 3 Z */
    uint8_t resets;
    uint32_t first, count; /* first word; count: targets, of pairs both */
    uint32_t sites;        /* noise: independent places */
    uint32_t draws;        /* noise: positions worth drawing at first */
    uint32_t thresholds;   /* noise: index of the first of 2 or 14 */
    uint32_t jump;
    uint64_t repeats;
    double scale; /* noise: 1 / ln(1 - p) */
} brg_frame_op;

typedef struct brg_frame_program {
    brg_frame_op *ops; /* owned, as are the arrays below */
    size_t op_count, op_room;
    uint32_t *words;
    size_t word_count, word_room;
    uint64_t *thresholds; /* P(Pauli <= k | some Pauli) * 2^64 */
    size_t threshold_count, threshold_room;
    uint32_t qubits, ring; /* rows of the window of records, a power of two */
    uint32_t observables;
    uint64_t detectors, measurements;
} brg_frame_program;

/* BRG_EINPUT when the circuit would run for ever (more than 2^40 instructions). */
int brg_frame_compile(brg_frame_program *out, const brg_circuit *circuit, brg_diag *diag);
void brg_frame_program_free(brg_frame_program *program);

typedef struct brg_frame_run {
    const brg_frame_program *program;
    uint64_t seed, batch;
    uint64_t execution;    /* instructions so far that drew random numbers */
    uint64_t *frame;       /* [qubits][x, z] rows */
    uint64_t *records;     /* [ring] rows */
    uint64_t record;       /* records so far */
    uint64_t *observables; /* [64] rows, in a group */
    uint64_t *output;      /* [BRG_FRAME_GROUPS] groups of rows */
    uint32_t rows;         /* of output in use */
    uint64_t flushed;      /* rows before those */
    bool noise, gauge;     /* gauge: what a reset or a measurement makes random is drawn */
    const uint8_t
        *reference; /* records of the noiseless circuit: records are sampled, not detectors */
    uint8_t *shots; /* NULL: rows are only tested for being 0 */
    size_t stride;
    bool append_observables;
    uint64_t *shot_observables; /* [BRG_SAMPLER_BATCH], may be NULL */
    uint64_t first_nonzero;     /* without shots: row of the first that is not 0, or UINT64_MAX */
} brg_frame_run;

typedef struct brg_frame_kernels {
    const char *name;
    void (*run)(brg_frame_run *run); /* a batch from the beginning */
} brg_frame_kernels;

extern const brg_frame_kernels brg_frame_base;
#if defined(__x86_64__)
extern const brg_frame_kernels brg_frame_avx2, brg_frame_avx512;
#endif

typedef enum brg_frame_purpose {
    BRG_FRAME_GAPS,
    BRG_FRAME_PAULIS,
    BRG_FRAME_GAUGE
} brg_frame_purpose;

/* Uniform words from block `first` on, 4 for each of `blocks` blocks: counter (block, execution,
 * batch, purpose), key (seed, 1002). */
void brg_frame_random(uint64_t *out, const brg_frame_run *run, brg_frame_purpose purpose,
                      uint64_t first, size_t blocks);

/* Forces the kernels of a name ("base", "avx2", "avx512"); BRG_EINVAL when this machine has none.
 */
int brg_sampler_use_kernels(brg_sampler *sampler, const char *name);
/* The name of those in use. */
const char *brg_sampler_kernels(const brg_sampler *sampler);

#endif
