/* SPDX-License-Identifier: Apache-2.0 */
/* Turns gates into operations on vectors: which bits of the vector index they fix, and which
 * coefficients or masks stand in the lanes. */
#include "csim/dense_internal.h"

enum { MAX_LANES = 8 };

static void put(brg_op *op, brg_precision precision, size_t at, double value) {
    if (precision == BRG_DOUBLE)
        ((double *)(void *)op->coef)[at] = value;
    else
        ((float *)(void *)op->coef)[at] = (float)value;
}

/* One lane mask: all bits set on the reals of lane a. */
static void set_mask(brg_op *op, brg_precision precision, unsigned which, unsigned a, bool on) {
    const size_t bytes = precision == BRG_DOUBLE ? 16 : 8;
    memset(op->mask[which] + a * bytes, on ? 0xff : 0, bytes);
}

static void lower_phase(brg_op *op, const brg_gate *g, unsigned lane_bits,
                        brg_precision precision) {
    const unsigned lanes = 1u << lane_bits;
    const uint64_t low = g->controls & (lanes - 1u);
    op->kind = BRG_OP_SCALE;
    op->fixed = op->value = g->controls >> lane_bits;
    for (unsigned a = 0; a < lanes; a++) {
        const brg_complex factor = (a & low) == low ? g->m[0] : 1.0;
        for (unsigned r = 0; r < 2; r++) {
            put(op, precision, 2u * a + r, creal(factor));
            put(op, precision, 2u * (lanes + a) + r, cimag(factor));
        }
    }
}

static void lower_exchange(brg_op *op, const brg_gate *g, unsigned lane_bits,
                           brg_precision precision) {
    const unsigned lanes = 1u << lane_bits;
    const uint64_t moves = brg_gate_moves(g), low = g->controls & (lanes - 1u);
    const uint64_t high = moves >> lane_bits;
    op->kind = BRG_OP_EXCHANGE;
    op->pair = high != 0;
    op->step[0] = high;
    op->lane[0] = (unsigned)(moves & (lanes - 1u));
    op->value = g->controls >> lane_bits;
    op->fixed = op->value | high;
    /* The first of a pair has the lowest high target at 0 in X, and q[0] at 1 in SWAP. */
    if (g->kind == BRG_GATE_SWAP && g->q[0] >= lane_bits && g->q[1] >= lane_bits)
        op->value |= (uint64_t)1 << (g->q[0] - lane_bits);
    op->masked = low != 0 || op->lane[0] != 0;
    for (unsigned a = 0; a < lanes; a++) {
        const bool on = (a & low) == low;
        bool first = on, second = on;
        if (g->kind == BRG_GATE_SWAP && op->lane[0]) {
            const unsigned set = a & op->lane[0];
            if (op->pair) { /* the vectors have the high qubit at 0 and 1 */
                first = on && set;
                second = on && !set;
            } else {
                first = on && set && set != op->lane[0];
            }
        }
        set_mask(op, precision, 0, a, first);
        set_mask(op, precision, 1, a, second);
    }
}

static void lower_matrix(brg_op *op, const brg_gate *g, unsigned lane_bits,
                         brg_precision precision) {
    const unsigned lanes = 1u << lane_bits, size = 1u << g->targets;
    const uint64_t low = g->controls & (lanes - 1u);
    unsigned high_bit[2] = {0, 0}, lane_bit[2] = {0, 0}; /* matrix bit of each target */
    op->kind = BRG_OP_MATRIX;
    op->high = op->lanes = 0;
    op->value = g->controls >> lane_bits;
    op->fixed = op->value;
    for (unsigned t = 0; t < g->targets; t++) {
        if (g->q[t] >= lane_bits) {
            op->step[op->high] = (uint64_t)1 << (g->q[t] - lane_bits);
            op->fixed |= op->step[op->high];
            high_bit[op->high++] = 1u << t;
        } else {
            op->lane[op->lanes] = 1u << g->q[t];
            lane_bit[op->lanes++] = 1u << t;
        }
    }
    if (op->lanes == 2 && op->lane[0] > op->lane[1]) {
        const unsigned lane = op->lane[0], bit = lane_bit[0];
        op->lane[0] = op->lane[1];
        op->lane[1] = lane;
        lane_bit[0] = lane_bit[1];
        lane_bit[1] = bit;
    }
    op->uniform = op->lanes == 0 && !low;
    const unsigned rows = 1u << op->high, seen = 1u << op->lanes;
    for (unsigned r = 0; r < rows; r++) {
        for (unsigned j = 0; j < rows * seen; j++) {
            for (unsigned a = 0; a < lanes; a++) {
                unsigned row = 0, column = 0;
                for (unsigned h = 0; h < op->high; h++) {
                    if (r >> h & 1u) row |= high_bit[h];
                    if ((j / seen) >> h & 1u) column |= high_bit[h];
                }
                for (unsigned l = 0; l < op->lanes; l++) {
                    const bool set = a & op->lane[l], turned = (j % seen) >> l & 1u;
                    if (set) row |= lane_bit[l];
                    if (set != turned) column |= lane_bit[l];
                }
                const brg_complex c =
                    (a & low) == low ? g->m[row * size + column] : (row == column ? 1.0 : 0.0);
                const size_t at = 2u * (r * rows * seen + j);
                if (op->uniform) {
                    put(op, precision, at, creal(c));
                    put(op, precision, at + 1u, cimag(c));
                    break;
                }
                for (unsigned part = 0; part < 2; part++) {
                    put(op, precision, (at * lanes + a) * 2u + part, creal(c));
                    put(op, precision, ((at + 1u) * lanes + a) * 2u + part, cimag(c));
                }
            }
        }
    }
}

void brg_dense_lower(brg_op *op, const brg_gate *g, unsigned lane_bits, brg_precision precision) {
    op->step[0] = op->step[1] = 0;
    op->lane[0] = op->lane[1] = 0;
    op->outside = 0;
    op->high = op->lanes = 0;
    op->uniform = op->pair = op->masked = false;
    if (g->kind == BRG_GATE_PHASE)
        lower_phase(op, g, lane_bits, precision);
    else if (g->kind == BRG_GATE_MATRIX)
        lower_matrix(op, g, lane_bits, precision);
    else
        lower_exchange(op, g, lane_bits, precision);
}

void brg_dense_lower_half(brg_op *op, const brg_dense *d, uint32_t qubit, unsigned bit,
                          double factor) {
    const unsigned lane_bits = d->kernels->lane_bits, lanes = 1u << lane_bits;
    const bool low = qubit < lane_bits;
    op->kind = BRG_OP_SCALE;
    op->step[0] = op->step[1] = op->outside = 0;
    op->fixed = low ? 0 : (uint64_t)1 << (qubit - lane_bits);
    op->value = bit ? op->fixed : 0;
    for (unsigned a = 0; a < lanes; a++) {
        const bool in = !low || (a >> qubit & 1u) == bit;
        for (unsigned part = 0; part < 2; part++) {
            const size_t at = 2u * a + part;
            put(op, d->precision, at, in ? 1.0 : 0.0);
            const double f = in ? factor : 1.0;
            if (d->precision == BRG_DOUBLE)
                ((double *)(void *)op->mask[0])[at] = f;
            else
                ((float *)(void *)op->mask[0])[at] = (float)f;
        }
    }
}
