/* SPDX-License-Identifier: Apache-2.0 */
/* What the reader, the writer and the generators of circuits share: the table of gates and the
 * builder that keeps the totals. */
#ifndef BRG_MODEL_ECC_CIRCUIT_PRIVATE_H
#define BRG_MODEL_ECC_CIRCUIT_PRIVATE_H

#include <stdbool.h>

#include "model/ecc/circuit.h"

enum { BRG_CIRCUIT_DEPTH = 32, BRG_CIRCUIT_ARGS = 16, BRG_CIRCUIT_OBSERVABLES = 64 };
#define BRG_CIRCUIT_QUBITS ((uint32_t)1 << 20)
#define BRG_CIRCUIT_RECORDS ((uint64_t)1 << 40)
#define BRG_CIRCUIT_REPEATS UINT64_C(1000000000000000000)

typedef enum brg_gate_targets {
    BRG_TARGETS_QUBITS,
    BRG_TARGETS_PAIRS,
    BRG_TARGETS_MEASURED, /* qubits, each may be inverted */
    BRG_TARGETS_RECORDS,
    BRG_TARGETS_NONE,
    BRG_TARGETS_BLOCK
} brg_gate_targets;

typedef struct brg_gate_info {
    const char *name;
    uint8_t targets; /* brg_gate_targets */
    uint8_t least_args, most_args;
    bool probabilities; /* arguments are exclusive probabilities: each 0..1, their sum at most 1 */
} brg_gate_info;

const brg_gate_info *brg_gate_get(brg_gate gate);
/* By name or alias, letters of either case; BRG_GATE_COUNT when there is none. */
brg_gate brg_gate_find(const char *name, size_t length);

/* Appends operations to a circuit. After the first failure `status` stays and calls do nothing. */
typedef struct brg_circuit_builder {
    brg_circuit *circuit;
    size_t target_room, arg_room, block_room;
    size_t target_count, arg_count;
    uint32_t depth;
    struct {
        uint32_t block;
        size_t room;
        uint64_t measurements, detectors; /* before the block */
        uint64_t repeats;
    } open[BRG_CIRCUIT_DEPTH + 1];
    uint64_t measurements, detectors; /* so far, with open blocks run once */
    int status;
} brg_circuit_builder;

int brg_circuit_builder_start(brg_circuit_builder *b);
void brg_circuit_builder_add(brg_circuit_builder *b, brg_gate gate, const double *args,
                             uint32_t arg_count, const uint32_t *targets, uint32_t target_count);
/* The depth must be below BRG_CIRCUIT_DEPTH. */
void brg_circuit_builder_open(brg_circuit_builder *b, uint64_t repeats);
/* False when the records or detectors of the repeated block exceed BRG_CIRCUIT_RECORDS. */
bool brg_circuit_builder_close(brg_circuit_builder *b);
/* Gives the circuit away, or destroys it when something failed. */
int brg_circuit_builder_end(brg_circuit_builder *b, brg_circuit **out);

/* The shortest text that reads back to the same double. */
void brg_write_number(FILE *to, double value);

#endif
