/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a circuit to the flat program of the frame sampler. Runs of equal instructions become
 * one, Paulis and annotations without effect on frames disappear, loops stay loops. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_private.h"
#include "model/ecc/frame.h"

/* At a nanosecond each, a quarter of an hour per batch. */
#define MOST_RUN ((uint64_t)1 << 40)
enum { MOST_RING = 1 << 24 };

typedef struct compiler {
    const brg_circuit *circuit;
    brg_frame_program *program;
    uint64_t window, longest; /* records: farthest lookback, longest measurement */
    int status;
} compiler;

static bool reserve(void **array, size_t *room, size_t count, size_t more, size_t size) {
    if (count + more <= *room) return true;
    size_t wanted = *room ? *room * 2 : 64;
    while (wanted < count + more) wanted *= 2;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return false;
    *array = grown;
    *room = wanted;
    return true;
}

static void push_word(compiler *c, uint32_t word) {
    brg_frame_program *p = c->program;
    void *words = p->words;
    if (c->status) return;
    if (p->word_count == UINT32_MAX ||
        !reserve(&words, &p->word_room, p->word_count, 1, sizeof *p->words)) {
        c->status = BRG_ENOMEM;
        return;
    }
    p->words = words;
    p->words[p->word_count++] = word;
}

static void push_op(compiler *c, brg_frame_op op) {
    brg_frame_program *p = c->program;
    void *ops = p->ops;
    if (c->status) return;
    if (p->op_count == UINT32_MAX || !reserve(&ops, &p->op_room, p->op_count, 1, sizeof op)) {
        c->status = BRG_ENOMEM;
        return;
    }
    p->ops = ops;
    p->ops[p->op_count++] = op;
}

static void push_threshold(compiler *c, double part) {
    brg_frame_program *p = c->program;
    void *thresholds = p->thresholds;
    if (c->status) return;
    if (!reserve(&thresholds, &p->threshold_room, p->threshold_count, 1, sizeof *p->thresholds)) {
        c->status = BRG_ENOMEM;
        return;
    }
    p->thresholds = thresholds;
    p->thresholds[p->threshold_count++] = part < 1 ? (uint64_t)(part * 0x1p64) : UINT64_MAX;
}

/* Of no effect on frames: Paulis commute up to a sign. */
static bool is_empty(brg_gate gate) {
    return gate == BRG_GATE_I || gate == BRG_GATE_X || gate == BRG_GATE_Y || gate == BRG_GATE_Z ||
           gate == BRG_GATE_TICK || gate == BRG_GATE_QUBIT_COORDS || gate == BRG_GATE_SHIFT_COORDS;
}

static bool same_instruction(const brg_circuit *c, const brg_circuit_op *a,
                             const brg_circuit_op *b) {
    if (a->gate != b->gate) return false;
    if (a->gate == BRG_GATE_DETECTOR) return true; /* arguments are coordinates */
    if (a->arg_count != b->arg_count) return false;
    for (uint32_t i = 0; i < a->arg_count; i++)
        if (c->args[a->first_arg + i] != c->args[b->first_arg + i]) return false;
    return true;
}

/* Sets what noise of probability p on a number of sites needs; false when it never happens. */
static bool set_noise(brg_frame_op *op, double p, uint32_t sites) {
    if (!(p > 0) || sites == 0) return false;
    if (p > 1) p = 1;
    const double expected = p * sites * BRG_SAMPLER_BATCH;
    const double draws = expected + sqrt(expected) + 2;
    op->sites = sites;
    op->scale = 1 / log1p(-p);
    op->draws = draws < BRG_FRAME_DRAWS ? ((uint32_t)draws + 7) / 8 * 8 : BRG_FRAME_DRAWS;
    return true;
}

static void add_channel(compiler *c, brg_frame_op op, const double *args, uint32_t kinds,
                        uint32_t sites) {
    double total = 0;
    for (uint32_t k = 0; k < kinds; k++) total += args[k];
    if (!set_noise(&op, total, sites)) return;
    op.thresholds = (uint32_t)c->program->threshold_count;
    /* After the last Pauli that can happen every draw belongs to it, whatever the rounding. */
    uint32_t last = kinds;
    while (last > 1 && !(args[last - 1] > 0)) last--;
    double sum = 0;
    for (uint32_t k = 0; k + 1 < kinds; k++) {
        sum += args[k];
        push_threshold(c, k + 1 >= last ? 1 : sum / total);
    }
    push_op(c, op);
}

static void add_measurement(compiler *c, brg_frame_op op, const double *args, uint32_t arg_count) {
    op.code = BRG_FRAME_MEASURE;
    push_op(c, op);
    if (op.count > c->longest) c->longest = op.count;
    brg_frame_op flip = {.code = BRG_FRAME_RECORD_FLIP, .count = op.count};
    if (arg_count && set_noise(&flip, args[0], op.count)) push_op(c, flip);
    push_op(c, (brg_frame_op){.code = BRG_FRAME_EMIT, .count = op.count});
}

/* An instruction on targets that stand from op.first on. */
static void add_targets(compiler *c, const brg_circuit_op *source, brg_frame_op op) {
    const double *args = c->circuit->args + source->first_arg;
    const brg_gate gate = source->gate;
    static const uint8_t bases[3] = {3, 1, 2}; /* in the order of the gates: Z, X, Y */
    switch (gate) {
        case BRG_GATE_H:
            op.code = BRG_FRAME_H;
            break;
        case BRG_GATE_S:
        case BRG_GATE_S_DAG:
            op.code = BRG_FRAME_S;
            break;
        case BRG_GATE_CX:
            op.code = BRG_FRAME_CX;
            break;
        case BRG_GATE_CY:
            op.code = BRG_FRAME_CY;
            break;
        case BRG_GATE_CZ:
            op.code = BRG_FRAME_CZ;
            break;
        case BRG_GATE_SWAP:
            op.code = BRG_FRAME_SWAP;
            break;
        case BRG_GATE_R:
        case BRG_GATE_RX:
        case BRG_GATE_RY:
            op.code = BRG_FRAME_RESET;
            op.basis = bases[gate - BRG_GATE_R];
            break;
        case BRG_GATE_M:
        case BRG_GATE_MX:
        case BRG_GATE_MY:
            op.basis = bases[gate - BRG_GATE_M];
            add_measurement(c, op, args, source->arg_count);
            return;
        case BRG_GATE_MR:
        case BRG_GATE_MRX:
        case BRG_GATE_MRY:
            op.basis = bases[gate - BRG_GATE_MR];
            op.resets = 1;
            add_measurement(c, op, args, source->arg_count);
            return;
        case BRG_GATE_X_ERROR:
        case BRG_GATE_Y_ERROR:
        case BRG_GATE_Z_ERROR:
            op.code = BRG_FRAME_FLIP;
            op.basis = (uint8_t)(1 + gate - BRG_GATE_X_ERROR);
            if (!set_noise(&op, args[0], op.count)) return;
            break;
        case BRG_GATE_DEPOLARIZE1:
            op.code = BRG_FRAME_DEPOLARIZE1;
            if (!set_noise(&op, args[0], op.count)) return;
            break;
        case BRG_GATE_DEPOLARIZE2:
            op.code = BRG_FRAME_DEPOLARIZE2;
            if (!set_noise(&op, args[0], op.count / 2)) return;
            break;
        case BRG_GATE_PAULI_CHANNEL_1:
            op.code = BRG_FRAME_CHANNEL1;
            add_channel(c, op, args, 3, op.count);
            return;
        case BRG_GATE_PAULI_CHANNEL_2:
            op.code = BRG_FRAME_CHANNEL2;
            add_channel(c, op, args, 15, op.count / 2);
            return;
        default:
            c->status = BRG_EINVAL;
            return;
    }
    push_op(c, op);
}

static uint32_t add_lookbacks(compiler *c, const brg_circuit_op *source) {
    const uint32_t *targets = c->circuit->targets + source->first_target;
    for (uint32_t i = 0; i < source->target_count; i++) {
        const uint32_t back = targets[i] & BRG_TARGET_VALUE;
        if (back > c->window) c->window = back;
        push_word(c, back);
    }
    return source->target_count;
}

/* Instructions from..to-1 of a block are equal but for their targets, or empty. */
static void add_run(compiler *c, const brg_circuit_op *ops, uint32_t from, uint32_t to) {
    const brg_circuit_op *head = &ops[from];
    brg_frame_op op = {.first = (uint32_t)c->program->word_count};
    if (head->gate == BRG_GATE_OBSERVABLE_INCLUDE) {
        op.code = BRG_FRAME_OBSERVABLE;
        op.basis = (uint8_t)c->circuit->args[head->first_arg];
        for (uint32_t i = from; i < to; i++)
            if (ops[i].gate == head->gate) op.count += add_lookbacks(c, &ops[i]);
        push_op(c, op);
        return;
    }
    if (head->gate == BRG_GATE_DETECTOR) {
        op.code = BRG_FRAME_DETECTORS;
        for (uint32_t i = from; i < to; i++) {
            if (ops[i].gate != head->gate) continue;
            push_word(c, ops[i].target_count);
            add_lookbacks(c, &ops[i]);
            op.count++;
        }
        push_op(c, op);
        return;
    }
    for (uint32_t i = from; i < to; i++) {
        if (ops[i].gate != head->gate) continue;
        for (uint32_t k = 0; k < ops[i].target_count; k++) {
            if (op.count == BRG_FRAME_TARGETS) {
                add_targets(c, head, op);
                op.first += op.count;
                op.count = 0;
            }
            push_word(c, c->circuit->targets[ops[i].first_target + k] & BRG_TARGET_VALUE);
            op.count++;
        }
    }
    if (op.count) add_targets(c, head, op);
}

static uint64_t add_capped(uint64_t a, uint64_t b) {
    return a + b < a ? UINT64_MAX : a + b;
}

static uint64_t add_block(compiler *c, uint32_t block);

static uint64_t add_loop(compiler *c, const brg_circuit_op *op) {
    const size_t body = c->program->op_count + 1;
    push_op(c, (brg_frame_op){.code = BRG_FRAME_LOOP, .repeats = op->repeats});
    const uint64_t once = add_block(c, op->block);
    if (!c->status && c->program->op_count == body) { /* nothing in it moves a frame */
        c->program->op_count--;
    } else {
        push_op(c, (brg_frame_op){.code = BRG_FRAME_LOOP_END, .jump = (uint32_t)body});
    }
    return once && op->repeats > UINT64_MAX / once ? UINT64_MAX : once * op->repeats;
}

/* Returns how many instructions and targets the block runs through, annotations included: other
 * simulators of the same circuit step through them. */
static uint64_t add_block(compiler *c, uint32_t block) {
    const brg_circuit_block *b = &c->circuit->blocks[block];
    uint64_t runs = 0;
    for (uint32_t i = 0; i < b->count && !c->status;) {
        const brg_circuit_op *op = &b->ops[i];
        if (is_empty(op->gate)) {
            runs = add_capped(runs, 1);
            i++;
        } else if (op->gate == BRG_GATE_REPEAT) {
            runs = add_capped(runs, add_loop(c, op));
            i++;
        } else {
            uint32_t to = i + 1;
            runs = add_capped(runs, 1 + op->target_count);
            for (; to < b->count; to++) {
                if (is_empty(b->ops[to].gate)) {
                    runs = add_capped(runs, 1);
                    continue;
                }
                if (!same_instruction(c->circuit, op, &b->ops[to])) break;
                runs = add_capped(runs, 1 + b->ops[to].target_count);
            }
            add_run(c, b->ops, i, to);
            i = to;
        }
    }
    return runs;
}

int brg_frame_compile(brg_frame_program *out, const brg_circuit *circuit, brg_diag *diag) {
    *out = (brg_frame_program){.qubits = circuit->qubits,
                               .observables = circuit->observables,
                               .detectors = circuit->detectors,
                               .measurements = circuit->measurements};
    compiler c = {.circuit = circuit, .program = out};
    const uint64_t runs = add_block(&c, 0);
    if (!c.status && runs > MOST_RUN) {
        brg_diag_add(diag, "", 0, 0, "circuit",
                     "repetitions make more than 2^40 instructions, too many to sample");
        c.status = BRG_EINPUT;
    }
    uint64_t need = c.window > c.longest ? c.window : c.longest;
    if (!c.status && need > MOST_RING) {
        brg_diag_add(diag, "", 0, 0, "circuit",
                     "a lookback of %llu records, accepted at most %d to sample",
                     (unsigned long long)need, MOST_RING);
        c.status = BRG_EINPUT;
    }
    out->ring = 1;
    while (!c.status && out->ring < need) out->ring *= 2;
    if (c.status) brg_frame_program_free(out);
    return c.status;
}

void brg_frame_program_free(brg_frame_program *program) {
    free(program->ops);
    free(program->words);
    free(program->thresholds);
    *program = (brg_frame_program){0};
}
