/* SPDX-License-Identifier: Apache-2.0 */
/* Stabilizer circuits in the subset of the Stim format that memory experiments use: reader,
 * writer, generators. Layout of the text: docs/qec_formats.md. */
#ifndef BRG_MODEL_ECC_CIRCUIT_H
#define BRG_MODEL_ECC_CIRCUIT_H

#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Gates and annotations; the names in text are those of Stim. Aliases are read and written back
 * under the first name (CNOT is CX, H_XZ is H, MZ is M, RZ is R, MRZ is MR). */
typedef enum brg_gate {
    BRG_GATE_I,
    BRG_GATE_X,
    BRG_GATE_Y,
    BRG_GATE_Z,
    BRG_GATE_H,
    BRG_GATE_S,
    BRG_GATE_S_DAG,
    BRG_GATE_CX, /* pairs of targets, as all below that act on two */
    BRG_GATE_CY,
    BRG_GATE_CZ,
    BRG_GATE_SWAP,
    BRG_GATE_R, /* reset to |0> */
    BRG_GATE_RX,
    BRG_GATE_RY,
    BRG_GATE_M, /* the optional argument is the probability of a wrong record */
    BRG_GATE_MX,
    BRG_GATE_MY,
    BRG_GATE_MR,
    BRG_GATE_MRX,
    BRG_GATE_MRY,
    BRG_GATE_X_ERROR,
    BRG_GATE_Y_ERROR,
    BRG_GATE_Z_ERROR,
    BRG_GATE_DEPOLARIZE1,
    BRG_GATE_DEPOLARIZE2,
    BRG_GATE_PAULI_CHANNEL_1,    /* 3 arguments: X, Y, Z */
    BRG_GATE_PAULI_CHANNEL_2,    /* 15 arguments: IX, IY, IZ, XI, ..., ZZ */
    BRG_GATE_DETECTOR,           /* targets are records; arguments coordinates */
    BRG_GATE_OBSERVABLE_INCLUDE, /* targets are records; argument its index */
    BRG_GATE_QUBIT_COORDS,
    BRG_GATE_SHIFT_COORDS,
    BRG_GATE_TICK,
    BRG_GATE_REPEAT, /* a block */
    BRG_GATE_COUNT
} brg_gate;

/* A target is a qubit number, or a measurement record when this bit is set: the rest is then the
 * lookback k of rec[-k], 1 = the newest. */
#define BRG_TARGET_RECORD ((uint32_t)1 << 31)
/* The record of this measured qubit is inverted (`!5`). */
#define BRG_TARGET_INVERTED ((uint32_t)1 << 30)
#define BRG_TARGET_VALUE (BRG_TARGET_INVERTED - 1)

typedef struct brg_circuit_op {
    brg_gate gate;
    uint32_t block;                      /* REPEAT: index of its body */
    uint64_t repeats;                    /* REPEAT: at least 1; else 1 */
    uint32_t first_target, target_count; /* in circuit->targets */
    uint32_t first_arg, arg_count;       /* in circuit->args */
} brg_circuit_op;

typedef struct brg_circuit_block {
    brg_circuit_op *ops; /* owned */
    uint32_t count;
} brg_circuit_block;

/* Block 0 is the circuit itself. The totals count repeated bodies as often as they run. */
typedef struct brg_circuit {
    brg_circuit_block *blocks; /* owned, as are targets and args */
    uint32_t block_count;
    uint32_t *targets;
    double *args;
    uint32_t qubits; /* one more than the largest qubit number */
    uint64_t measurements, detectors;
    uint32_t observables; /* at most 64 */
} brg_circuit;

/* Reads a circuit. Every error has line and column (BRG_EINPUT): unknown gates, wrong numbers of
 * arguments or targets, probabilities outside 0..1, records before the first measurement, pairs
 * of equal qubits, blocks that do not close. At most 2^20 qubits and 2^40 records. */
int brg_circuit_parse(brg_circuit **out, const char *text, size_t length, const char *file,
                      brg_diag *diag);
/* Writes what parse reads back to the same circuit; writing that again gives the same bytes. */
int brg_circuit_write(const brg_circuit *circuit, FILE *to);
void brg_circuit_destroy(brg_circuit **circuit);

/* Memory experiments. */
typedef enum brg_ecc_code {
    BRG_CODE_REPETITION,        /* task "memory": d data qubits, d - 1 checks */
    BRG_CODE_SURFACE_ROTATED_Z, /* "rotated_memory_z": logical Z kept, d^2 data, d^2 - 1 checks */
    BRG_CODE_SURFACE_ROTATED_X
} brg_ecc_code;

typedef enum brg_ecc_noise {
    BRG_ECC_CIRCUIT_LEVEL,    /* the four probabilities below */
    BRG_ECC_PHENOMENOLOGICAL, /* X or Z errors on data before each round, wrong check records; the
                                 last round of data measurements is perfect */
    BRG_ECC_CODE_CAPACITY     /* errors on data once, one perfect round */
} brg_ecc_noise;

typedef struct brg_ecc_task {
    brg_ecc_code code;
    brg_ecc_noise noise;
    uint32_t distance; /* odd or even, 2..101 for repetition, 2..31 for surface codes */
    uint64_t rounds;   /* at least 1 */
    double after_clifford_depolarization, before_measure_flip, after_reset_flip,
        before_round_data_depolarization; /* each 0..1; phenomenological and code capacity: the data
                                             error is before_round_data_depolarization as a flip of
                                             the kind that the task detects, the record error
                                             before_measure_flip */
} brg_ecc_task;

/* The circuits are those of Stim's generators of the same names, instruction by instruction.
 * BRG_EINVAL out of range. */
int brg_circuit_generate(brg_circuit **out, const brg_ecc_task *task);

#ifdef __cplusplus
}
#endif
#endif
