/* SPDX-License-Identifier: Apache-2.0 */
/* Stabilizer circuits: table of gates, builder, writer. */
#include "model/ecc/circuit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_private.h"

static const brg_gate_info gates[BRG_GATE_COUNT] = {
    [BRG_GATE_I] = {"I", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_X] = {"X", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_Y] = {"Y", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_Z] = {"Z", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_H] = {"H", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_S] = {"S", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_S_DAG] = {"S_DAG", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_CX] = {"CX", BRG_TARGETS_PAIRS, 0, 0, false},
    [BRG_GATE_CY] = {"CY", BRG_TARGETS_PAIRS, 0, 0, false},
    [BRG_GATE_CZ] = {"CZ", BRG_TARGETS_PAIRS, 0, 0, false},
    [BRG_GATE_SWAP] = {"SWAP", BRG_TARGETS_PAIRS, 0, 0, false},
    [BRG_GATE_R] = {"R", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_RX] = {"RX", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_RY] = {"RY", BRG_TARGETS_QUBITS, 0, 0, false},
    [BRG_GATE_M] = {"M", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_MX] = {"MX", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_MY] = {"MY", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_MR] = {"MR", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_MRX] = {"MRX", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_MRY] = {"MRY", BRG_TARGETS_MEASURED, 0, 1, true},
    [BRG_GATE_X_ERROR] = {"X_ERROR", BRG_TARGETS_QUBITS, 1, 1, true},
    [BRG_GATE_Y_ERROR] = {"Y_ERROR", BRG_TARGETS_QUBITS, 1, 1, true},
    [BRG_GATE_Z_ERROR] = {"Z_ERROR", BRG_TARGETS_QUBITS, 1, 1, true},
    [BRG_GATE_DEPOLARIZE1] = {"DEPOLARIZE1", BRG_TARGETS_QUBITS, 1, 1, true},
    [BRG_GATE_DEPOLARIZE2] = {"DEPOLARIZE2", BRG_TARGETS_PAIRS, 1, 1, true},
    [BRG_GATE_PAULI_CHANNEL_1] = {"PAULI_CHANNEL_1", BRG_TARGETS_QUBITS, 3, 3, true},
    [BRG_GATE_PAULI_CHANNEL_2] = {"PAULI_CHANNEL_2", BRG_TARGETS_PAIRS, 15, 15, true},
    [BRG_GATE_DETECTOR] = {"DETECTOR", BRG_TARGETS_RECORDS, 0, BRG_CIRCUIT_ARGS, false},
    [BRG_GATE_OBSERVABLE_INCLUDE] = {"OBSERVABLE_INCLUDE", BRG_TARGETS_RECORDS, 1, 1, false},
    [BRG_GATE_QUBIT_COORDS] = {"QUBIT_COORDS", BRG_TARGETS_QUBITS, 0, BRG_CIRCUIT_ARGS, false},
    [BRG_GATE_SHIFT_COORDS] = {"SHIFT_COORDS", BRG_TARGETS_NONE, 0, BRG_CIRCUIT_ARGS, false},
    [BRG_GATE_TICK] = {"TICK", BRG_TARGETS_NONE, 0, 0, false},
    [BRG_GATE_REPEAT] = {"REPEAT", BRG_TARGETS_BLOCK, 0, 0, false},
};

static const struct {
    const char *name;
    brg_gate gate;
} aliases[] = {
    {"CNOT", BRG_GATE_CX}, {"ZCX", BRG_GATE_CX}, {"ZCY", BRG_GATE_CY},
    {"ZCZ", BRG_GATE_CZ},  {"H_XZ", BRG_GATE_H}, {"SQRT_Z", BRG_GATE_S},
    {"MZ", BRG_GATE_M},    {"RZ", BRG_GATE_R},   {"SQRT_Z_DAG", BRG_GATE_S_DAG},
    {"MRZ", BRG_GATE_MR},
};

const brg_gate_info *brg_gate_get(brg_gate gate) {
    return (unsigned)gate < BRG_GATE_COUNT ? &gates[gate] : NULL;
}

static bool same_name(const char *known, const char *name, size_t length) {
    if (strlen(known) != length) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        if (known[i] != (c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c)) return false;
    }
    return true;
}

brg_gate brg_gate_find(const char *name, size_t length) {
    for (int g = 0; g < BRG_GATE_COUNT; g++)
        if (same_name(gates[g].name, name, length)) return (brg_gate)g;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (same_name(aliases[i].name, name, length)) return aliases[i].gate;
    return BRG_GATE_COUNT;
}

/* Makes room for `more` further elements; false when memory ran out. */
static bool reserve(void **array, size_t *room, size_t count, size_t more, size_t size) {
    if (count + more <= *room) return true;
    size_t wanted = *room ? *room * 2 : 8;
    while (wanted < count + more) wanted *= 2;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return false;
    *array = grown;
    *room = wanted;
    return true;
}

static bool new_block(brg_circuit_builder *b, uint32_t *index) {
    brg_circuit *c = b->circuit;
    void *blocks = c->blocks;
    if (!reserve(&blocks, &b->block_room, c->block_count, 1, sizeof *c->blocks)) return false;
    c->blocks = blocks;
    c->blocks[c->block_count] = (brg_circuit_block){0};
    *index = c->block_count++;
    return true;
}

int brg_circuit_builder_start(brg_circuit_builder *b) {
    memset(b, 0, sizeof *b);
    b->circuit = calloc(1, sizeof *b->circuit);
    if (!b->circuit || !new_block(b, &b->open[0].block)) {
        b->status = BRG_ENOMEM;
        return b->status;
    }
    /* Never NULL, so that users may form the address of an empty list. */
    b->target_room = b->arg_room = 8;
    b->circuit->targets = malloc(b->target_room * sizeof *b->circuit->targets);
    b->circuit->args = malloc(b->arg_room * sizeof *b->circuit->args);
    if (!b->circuit->targets || !b->circuit->args) b->status = BRG_ENOMEM;
    return b->status;
}

static bool append_op(brg_circuit_builder *b, brg_circuit_op op) {
    brg_circuit_block *block = &b->circuit->blocks[b->open[b->depth].block];
    void *ops = block->ops;
    if (!reserve(&ops, &b->open[b->depth].room, block->count, 1, sizeof op)) {
        b->status = BRG_ENOMEM;
        return false;
    }
    block->ops = ops;
    block->ops[block->count++] = op;
    return true;
}

/* What the operation adds to the totals of the circuit. */
static void count_op(brg_circuit_builder *b, brg_gate gate, const double *args,
                     const uint32_t *targets, uint32_t target_count) {
    brg_circuit *c = b->circuit;
    const brg_gate_targets kind = (brg_gate_targets)gates[gate].targets;
    if (kind == BRG_TARGETS_QUBITS || kind == BRG_TARGETS_PAIRS || kind == BRG_TARGETS_MEASURED)
        for (uint32_t i = 0; i < target_count; i++)
            if ((targets[i] & BRG_TARGET_VALUE) >= c->qubits)
                c->qubits = (targets[i] & BRG_TARGET_VALUE) + 1;
    if (kind == BRG_TARGETS_MEASURED) b->measurements += target_count;
    if (gate == BRG_GATE_DETECTOR) b->detectors++;
    if (gate == BRG_GATE_OBSERVABLE_INCLUDE && args[0] + 1 > c->observables)
        c->observables = (uint32_t)args[0] + 1;
}

void brg_circuit_builder_add(brg_circuit_builder *b, brg_gate gate, const double *args,
                             uint32_t arg_count, const uint32_t *targets, uint32_t target_count) {
    if (b->status) return;
    brg_circuit *c = b->circuit;
    void *array = c->targets;
    bool ok = b->target_count + target_count <= UINT32_MAX &&
              b->arg_count + arg_count <= UINT32_MAX &&
              reserve(&array, &b->target_room, b->target_count, target_count, sizeof *targets);
    c->targets = array;
    array = c->args;
    ok = ok && reserve(&array, &b->arg_room, b->arg_count, arg_count, sizeof *args);
    c->args = array;
    if (!ok) {
        b->status = BRG_ENOMEM;
        return;
    }
    const brg_circuit_op op = {.gate = gate,
                               .repeats = 1,
                               .first_target = (uint32_t)b->target_count,
                               .target_count = target_count,
                               .first_arg = (uint32_t)b->arg_count,
                               .arg_count = arg_count};
    if (target_count) memcpy(c->targets + b->target_count, targets, target_count * sizeof *targets);
    if (arg_count) memcpy(c->args + b->arg_count, args, arg_count * sizeof *args);
    b->target_count += target_count;
    b->arg_count += arg_count;
    if (append_op(b, op)) count_op(b, gate, args, targets, target_count);
}

void brg_circuit_builder_open(brg_circuit_builder *b, uint64_t repeats) {
    if (b->status) return;
    uint32_t block;
    if (!new_block(b, &block)) {
        b->status = BRG_ENOMEM;
        return;
    }
    if (!append_op(b,
                   (brg_circuit_op){.gate = BRG_GATE_REPEAT, .block = block, .repeats = repeats}))
        return;
    b->depth++;
    b->open[b->depth].block = block;
    b->open[b->depth].room = 0;
    b->open[b->depth].measurements = b->measurements;
    b->open[b->depth].detectors = b->detectors;
    b->open[b->depth].repeats = repeats;
}

static bool repeat_total(uint64_t *total, uint64_t before, uint64_t repeats) {
    const uint64_t body = *total - before;
    if (body && repeats > (BRG_CIRCUIT_RECORDS - before) / body) return false;
    *total = before + body * repeats;
    return true;
}

bool brg_circuit_builder_close(brg_circuit_builder *b) {
    if (b->status) return true;
    const uint64_t repeats = b->open[b->depth].repeats;
    const bool ok = repeat_total(&b->measurements, b->open[b->depth].measurements, repeats) &&
                    repeat_total(&b->detectors, b->open[b->depth].detectors, repeats);
    b->depth--;
    return ok;
}

int brg_circuit_builder_end(brg_circuit_builder *b, brg_circuit **out) {
    if (!b->status) {
        b->circuit->measurements = b->measurements;
        b->circuit->detectors = b->detectors;
        *out = b->circuit;
    } else {
        brg_circuit_destroy(&b->circuit);
    }
    b->circuit = NULL;
    return b->status;
}

void brg_circuit_destroy(brg_circuit **circuit) {
    if (!circuit || !*circuit) return;
    brg_circuit *c = *circuit;
    for (uint32_t i = 0; i < c->block_count; i++) free(c->blocks[i].ops);
    free(c->blocks);
    free(c->targets);
    free(c->args);
    free(c);
    *circuit = NULL;
}

void brg_write_number(FILE *to, double value) {
    if (value == floor(value) && fabs(value) < 1e15) {
        fprintf(to, "%.0f", value);
        return;
    }
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, to);
}

static void write_target(FILE *to, uint32_t target) {
    const uint32_t value = target & BRG_TARGET_VALUE;
    if (target & BRG_TARGET_RECORD)
        fprintf(to, " rec[-%" PRIu32 "]", value);
    else
        fprintf(to, " %s%" PRIu32, target & BRG_TARGET_INVERTED ? "!" : "", value);
}

static void write_block(const brg_circuit *c, uint32_t block, int depth, FILE *to) {
    for (uint32_t i = 0; i < c->blocks[block].count; i++) {
        const brg_circuit_op *op = &c->blocks[block].ops[i];
        fprintf(to, "%*s%s", 4 * depth, "", gates[op->gate].name);
        if (op->gate == BRG_GATE_REPEAT) {
            fprintf(to, " %" PRIu64 " {\n", op->repeats);
            write_block(c, op->block, depth + 1, to);
            fprintf(to, "%*s}\n", 4 * depth, "");
            continue;
        }
        for (uint32_t a = 0; a < op->arg_count; a++) {
            fputs(a ? ", " : "(", to);
            brg_write_number(to, c->args[op->first_arg + a]);
        }
        if (op->arg_count) fputc(')', to);
        for (uint32_t t = 0; t < op->target_count; t++)
            write_target(to, c->targets[op->first_target + t]);
        fputc('\n', to);
    }
}

int brg_circuit_write(const brg_circuit *circuit, FILE *to) {
    if (!circuit || !to) return BRG_EINVAL;
    write_block(circuit, 0, 0, to);
    return ferror(to) ? BRG_EIO : BRG_OK;
}
