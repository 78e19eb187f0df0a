/* SPDX-License-Identifier: Apache-2.0 */
/* Stabilizer tableau of Aaronson and Gottesman (quant-ph/0406196), one shot at a time, noise drawn
 * as it comes.
 *
 * Rows 0..n-1 are destabilizers, n..2n-1 the stabilizers of the state. The bits stand by column:
 * for each qubit one bit string over all rows for X and one for Z, so that a gate is a few word
 * operations, and a random measurement multiplies the pivot into all its rows at once with the
 * powers of i counted in two bit planes. */
#include <stdlib.h>
#include <string.h>

#include "csim/random.h"
#include "model/ecc/circuit_private.h"
#include "model/ecc/sampler.h"

/* Streams of this simulator, apart from the purposes of csim. */
enum { PURPOSE_TABLEAU = 1001 };

typedef struct tableau {
    uint32_t qubits;
    size_t words;           /* of a bit string over the rows */
    uint64_t *x, *z;        /* [qubits][words] */
    uint64_t *sign;         /* [words] */
    uint64_t *low, *high;   /* scratch: powers of i of each row, bit planes */
    uint8_t *row_x, *row_z; /* scratch: one row */
    brg_stream stream;
    bool noiseless;
    const brg_circuit *circuit;
    uint8_t *records;
    uint64_t record;
} tableau;

static uint64_t *column_x(const tableau *t, uint32_t q) {
    return t->x + q * t->words;
}
static uint64_t *column_z(const tableau *t, uint32_t q) {
    return t->z + q * t->words;
}
static bool bit(const uint64_t *column, size_t row) {
    return column[row / 64] >> (row % 64) & 1;
}
static void set_bit(uint64_t *column, size_t row, bool value) {
    const uint64_t mask = UINT64_C(1) << (row % 64);
    column[row / 64] = value ? column[row / 64] | mask : column[row / 64] & ~mask;
}

/* Conjugation of all rows by a Clifford gate. */
static void apply_pauli(tableau *t, uint32_t q, bool x, bool z) {
    const uint64_t *cx = column_x(t, q), *cz = column_z(t, q);
    for (size_t w = 0; w < t->words; w++) t->sign[w] ^= (x ? cz[w] : 0) ^ (z ? cx[w] : 0);
}

static void apply_h(tableau *t, uint32_t q) {
    uint64_t *cx = column_x(t, q), *cz = column_z(t, q);
    for (size_t w = 0; w < t->words; w++) {
        const uint64_t x = cx[w];
        t->sign[w] ^= x & cz[w];
        cx[w] = cz[w];
        cz[w] = x;
    }
}

static void apply_s(tableau *t, uint32_t q) {
    uint64_t *cx = column_x(t, q), *cz = column_z(t, q);
    for (size_t w = 0; w < t->words; w++) {
        t->sign[w] ^= cx[w] & cz[w];
        cz[w] ^= cx[w];
    }
}

static void apply_s_dag(tableau *t, uint32_t q) {
    apply_s(t, q);
    apply_pauli(t, q, false, true);
}

static void apply_cx(tableau *t, uint32_t c, uint32_t q) {
    uint64_t *xc = column_x(t, c), *zc = column_z(t, c), *xt = column_x(t, q), *zt = column_z(t, q);
    for (size_t w = 0; w < t->words; w++) {
        t->sign[w] ^= xc[w] & zt[w] & ~(xt[w] ^ zc[w]);
        xt[w] ^= xc[w];
        zc[w] ^= zt[w];
    }
}

static void apply_pair(tableau *t, brg_gate gate, uint32_t a, uint32_t b) {
    switch (gate) {
        case BRG_GATE_CX:
            apply_cx(t, a, b);
            break;
        case BRG_GATE_CY: /* Y = S X S_DAG on the target */
            apply_s_dag(t, b);
            apply_cx(t, a, b);
            apply_s(t, b);
            break;
        case BRG_GATE_CZ:
            apply_h(t, b);
            apply_cx(t, a, b);
            apply_h(t, b);
            break;
        default: /* SWAP */
            apply_cx(t, a, b);
            apply_cx(t, b, a);
            apply_cx(t, a, b);
    }
}

/* Basis changes that take X or Y of a qubit to Z and back. */
static void rotate_in(tableau *t, char basis, uint32_t q) {
    if (basis == 'Y') apply_s_dag(t, q);
    if (basis != 'Z') apply_h(t, q);
}
static void rotate_out(tableau *t, char basis, uint32_t q) {
    if (basis != 'Z') apply_h(t, q);
    if (basis == 'Y') apply_s(t, q);
}

/* Multiplies row p into the rows of a mask. The powers of i of the products are added up over the
 * qubits: +1 for XY, YZ, ZX, -1 for the reverse. */
static void multiply_pivot(tableau *t, size_t p, const uint64_t *rows) {
    memset(t->low, 0, t->words * sizeof *t->low);
    memset(t->high, 0, t->words * sizeof *t->high);
    for (uint32_t q = 0; q < t->qubits; q++) {
        uint64_t *cx = column_x(t, q), *cz = column_z(t, q);
        const bool px = bit(cx, p), pz = bit(cz, p);
        if (!px && !pz) continue;
        for (size_t w = 0; w < t->words; w++) {
            const uint64_t x = cx[w], z = cz[w];
            uint64_t plus, minus;
            if (px && pz) { /* times Y: X gives +i, Z gives -i */
                plus = x & ~z;
                minus = ~x & z;
            } else if (px) { /* times X: Z gives +i, Y gives -i */
                plus = ~x & z;
                minus = x & z;
            } else { /* times Z: Y gives +i, X gives -i */
                plus = x & z;
                minus = x & ~z;
            }
            /* Modulo 4: -1 is +3, that is both planes. */
            t->high[w] ^= (t->low[w] & (plus | minus)) ^ minus;
            t->low[w] ^= plus | minus;
            if (px) cx[w] ^= rows[w];
            if (pz) cz[w] ^= rows[w];
        }
    }
    const uint64_t flip = bit(t->sign, p) ? ~UINT64_C(0) : 0;
    for (size_t w = 0; w < t->words; w++) t->sign[w] ^= rows[w] & (t->high[w] ^ flip);
}

/* Multiplies row r into the scratch row; *phase counts powers of i. */
static void multiply_scratch(tableau *t, size_t r, unsigned *phase) {
    *phase += bit(t->sign, r) ? 2 : 0;
    for (uint32_t q = 0; q < t->qubits; q++) {
        const unsigned x = bit(column_x(t, q), r), z = bit(column_z(t, q), r);
        const unsigned sx = t->row_x[q], sz = t->row_z[q];
        if ((x | z) && (sx | sz) && (x != sx || z != sz)) {
            /* X, Y, Z as 1, 2, 0: the next in the cycle gives +i, the one before -i. */
            const unsigned mine = sx ? 1 + sz : 0, other = x ? 1 + z : 0;
            *phase += (other + 3 - mine) % 3 == 1 ? 1 : 3;
        }
        t->row_x[q] = (uint8_t)(sx ^ x);
        t->row_z[q] = (uint8_t)(sz ^ z);
    }
}

static bool fixed_outcome(tableau *t, uint32_t q) {
    memset(t->row_x, 0, t->qubits);
    memset(t->row_z, 0, t->qubits);
    unsigned phase = 0;
    const uint64_t *cx = column_x(t, q);
    for (size_t r = 0; r < t->qubits; r++)
        if (bit(cx, r)) multiply_scratch(t, r + t->qubits, &phase);
    return phase % 4 == 2;
}

static size_t pivot_row(const tableau *t, uint32_t q) {
    const uint64_t *cx = column_x(t, q);
    for (size_t w = t->qubits / 64; w < t->words; w++) {
        uint64_t bits = cx[w];
        if (w == t->qubits / 64) bits &= ~UINT64_C(0) << (t->qubits % 64);
        if (bits) return w * 64 + (size_t)__builtin_ctzll(bits);
    }
    return SIZE_MAX;
}

static bool measure_z(tableau *t, uint32_t q, uint64_t *rows) {
    const size_t p = pivot_row(t, q);
    if (p == SIZE_MAX) return fixed_outcome(t, q);
    const bool outcome = !t->noiseless && (brg_stream_next(&t->stream) >> 63);
    memcpy(rows, column_x(t, q), t->words * sizeof *rows);
    set_bit(rows, p, false);
    /* The destabilizer of the pivot is replaced below; its phase need not be real. */
    set_bit(rows, p - t->qubits, false);
    multiply_pivot(t, p, rows);
    for (uint32_t i = 0; i < t->qubits; i++) {
        set_bit(column_x(t, i), p - t->qubits, bit(column_x(t, i), p));
        set_bit(column_z(t, i), p - t->qubits, bit(column_z(t, i), p));
        set_bit(column_x(t, i), p, false);
        set_bit(column_z(t, i), p, i == q);
    }
    set_bit(t->sign, p - t->qubits, bit(t->sign, p));
    set_bit(t->sign, p, outcome);
    return outcome;
}

static bool happens(tableau *t, double probability) {
    return !t->noiseless && probability > 0 && brg_stream_uniform(&t->stream) < probability;
}

static void apply_number(tableau *t, uint32_t q, unsigned pauli) {
    apply_pauli(t, q, pauli == 1 || pauli == 2, pauli >= 2);
}

static void apply_noise(tableau *t, const brg_circuit_op *op, const uint32_t *target) {
    const double *args = t->circuit->args + op->first_arg;
    if (t->noiseless) return;
    unsigned which = 0;
    const bool pair = brg_gate_get(op->gate)->targets == BRG_TARGETS_PAIRS;
    const unsigned kinds = pair ? 15 : 3;
    if (op->gate == BRG_GATE_PAULI_CHANNEL_1 || op->gate == BRG_GATE_PAULI_CHANNEL_2) {
        double u = brg_stream_uniform(&t->stream);
        for (unsigned k = 0; k < kinds && !which; k++) {
            if (u < args[k]) which = k + 1;
            u -= args[k];
        }
    } else if (happens(t, args[0])) {
        if (op->gate == BRG_GATE_DEPOLARIZE1 || op->gate == BRG_GATE_DEPOLARIZE2)
            which = 1 + (unsigned)(brg_stream_uniform(&t->stream) * kinds);
        else
            which = op->gate == BRG_GATE_X_ERROR ? 1 : op->gate == BRG_GATE_Y_ERROR ? 2 : 3;
    }
    if (pair) apply_number(t, target[1], which % 4);
    apply_number(t, target[0], pair ? which / 4 : which);
}

static void reset_or_measure(tableau *t, const brg_circuit_op *op, uint32_t target, char basis,
                             bool measures, bool resets, uint64_t *rows) {
    const uint32_t q = target & BRG_TARGET_VALUE;
    rotate_in(t, basis, q);
    const bool outcome = measure_z(t, q, rows);
    if (resets && outcome) apply_pauli(t, q, true, false);
    rotate_out(t, basis, q);
    if (!measures) return;
    const bool wrong = op->arg_count && happens(t, t->circuit->args[op->first_arg]);
    const bool inverted = target & BRG_TARGET_INVERTED;
    t->records[t->record++] = (uint8_t)(outcome ^ wrong ^ inverted);
}

static void run_single(tableau *t, const brg_circuit_op *op, uint32_t target, uint64_t *rows) {
    switch (op->gate) {
        case BRG_GATE_X:
            apply_pauli(t, target, true, false);
            break;
        case BRG_GATE_Y:
            apply_pauli(t, target, true, true);
            break;
        case BRG_GATE_Z:
            apply_pauli(t, target, false, true);
            break;
        case BRG_GATE_H:
            apply_h(t, target);
            break;
        case BRG_GATE_S:
            apply_s(t, target);
            break;
        case BRG_GATE_S_DAG:
            apply_s_dag(t, target);
            break;
        case BRG_GATE_R:
        case BRG_GATE_RX:
        case BRG_GATE_RY:
            reset_or_measure(t, op, target, "ZXY"[op->gate - BRG_GATE_R], false, true, rows);
            break;
        case BRG_GATE_M:
        case BRG_GATE_MX:
        case BRG_GATE_MY:
            reset_or_measure(t, op, target, "ZXY"[op->gate - BRG_GATE_M], true, false, rows);
            break;
        case BRG_GATE_MR:
        case BRG_GATE_MRX:
        case BRG_GATE_MRY:
            reset_or_measure(t, op, target, "ZXY"[op->gate - BRG_GATE_MR], true, true, rows);
            break;
        case BRG_GATE_X_ERROR:
        case BRG_GATE_Y_ERROR:
        case BRG_GATE_Z_ERROR:
        case BRG_GATE_DEPOLARIZE1:
        case BRG_GATE_PAULI_CHANNEL_1:
            apply_noise(t, op, &target);
            break;
        default:
            break;
    }
}

static void run_block(tableau *t, uint32_t block, uint64_t *rows) {
    const brg_circuit_block *b = &t->circuit->blocks[block];
    for (uint32_t i = 0; i < b->count; i++) {
        const brg_circuit_op *op = &b->ops[i];
        const uint32_t *targets = t->circuit->targets + op->first_target;
        const uint8_t kind = brg_gate_get(op->gate)->targets;
        if (kind == BRG_TARGETS_BLOCK)
            for (uint64_t r = 0; r < op->repeats; r++) run_block(t, op->block, rows);
        else if (kind == BRG_TARGETS_PAIRS)
            for (uint32_t k = 0; k + 1 < op->target_count; k += 2)
                if (op->gate == BRG_GATE_DEPOLARIZE2 || op->gate == BRG_GATE_PAULI_CHANNEL_2)
                    apply_noise(t, op, targets + k);
                else
                    apply_pair(t, op->gate, targets[k], targets[k + 1]);
        else if (kind == BRG_TARGETS_QUBITS || kind == BRG_TARGETS_MEASURED)
            for (uint32_t k = 0; k < op->target_count; k++) run_single(t, op, targets[k], rows);
    }
}

int brg_tableau_sample(uint8_t *records, const brg_circuit *circuit, uint64_t seed, uint64_t shot,
                       bool noiseless) {
    if (!circuit || (!records && circuit->measurements)) return BRG_EINVAL;
    const size_t n = circuit->qubits, words = (2 * n + 63) / 64;
    tableau t = {.qubits = circuit->qubits,
                 .words = words,
                 .stream = brg_stream_make(seed, 0, shot, (brg_purpose)PURPOSE_TABLEAU, 0),
                 .noiseless = noiseless,
                 .circuit = circuit,
                 .records = records};
    const size_t bits = n * words;
    uint64_t *memory = calloc(2 * bits + 4 * words + 1, sizeof *memory);
    uint8_t *row = calloc(2 * n + 1, 1);
    if (!memory || !row) {
        free(memory);
        free(row);
        return BRG_ENOMEM;
    }
    t.x = memory;
    t.z = t.x + bits;
    t.sign = t.z + bits;
    t.low = t.sign + words;
    t.high = t.low + words;
    uint64_t *rows = t.high + words;
    t.row_x = row;
    t.row_z = row + n;
    for (uint32_t q = 0; q < n; q++) {
        set_bit(column_x(&t, q), q, true);
        set_bit(column_z(&t, q), q + n, true);
    }
    run_block(&t, 0, rows);
    free(memory);
    free(row);
    return BRG_OK;
}

typedef struct annotations {
    const brg_circuit *circuit;
    const uint8_t *records;
    uint8_t *detectors, *observables;
    uint64_t record, detector;
} annotations;

static void read_block(annotations *a, uint32_t block) {
    const brg_circuit *c = a->circuit;
    for (uint32_t i = 0; i < c->blocks[block].count; i++) {
        const brg_circuit_op *op = &c->blocks[block].ops[i];
        const uint8_t kind = brg_gate_get(op->gate)->targets;
        if (kind == BRG_TARGETS_BLOCK)
            for (uint64_t r = 0; r < op->repeats; r++) read_block(a, op->block);
        if (kind == BRG_TARGETS_MEASURED) a->record += op->target_count;
        if (kind != BRG_TARGETS_RECORDS) continue;
        uint8_t parity = 0;
        for (uint32_t k = 0; k < op->target_count; k++)
            parity ^= a->records[a->record - (c->targets[op->first_target + k] & BRG_TARGET_VALUE)];
        if (op->gate == BRG_GATE_DETECTOR) {
            if (a->detectors) a->detectors[a->detector] = parity;
            a->detector++;
        } else if (a->observables) {
            a->observables[(uint32_t)c->args[op->first_arg]] ^= parity;
        }
    }
}

int brg_records_to_detections(uint8_t *detectors, uint8_t *observables, const uint8_t *records,
                              const brg_circuit *circuit) {
    if (!circuit || (!records && circuit->measurements)) return BRG_EINVAL;
    annotations a = {
        .circuit = circuit, .records = records, .detectors = detectors, .observables = observables};
    if (observables) memset(observables, 0, circuit->observables);
    read_block(&a, 0);
    return BRG_OK;
}
