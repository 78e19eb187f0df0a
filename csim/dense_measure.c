/* SPDX-License-Identifier: Apache-2.0 */
/* What looks at a dense state: norm, probabilities, measurement, sampling, amplitude damping. */
#include <math.h>

#include "csim/dense_internal.h"

/* Sum of |stored amplitude|^2 where qubit = bit. */
static double half_sum(brg_dense *d, uint32_t qubit, unsigned bit) {
    brg_op op;
    brg_dense_lower_half(&op, d, qubit, bit, 1.0);
    return brg_dense_reduce(d, &op, false);
}

/* Sum over everything: a half operation with no qubit to look at. */
static double whole_sum(brg_dense *d) {
    brg_op op;
    brg_dense_lower_half(&op, d, d->kernels->lane_bits, 1, 1.0);
    op.fixed = op.value = 0;
    return brg_dense_reduce(d, &op, false);
}

double brg_dense_norm(brg_dense *d) {
    brg_dense_flush(d);
    d->norm = d->scale * d->scale * whole_sum(d);
    d->norm_error = brg_dense_epsilon(d);
    return d->norm;
}

double brg_dense_probability(brg_dense *d, uint32_t qubit) {
    if (qubit >= d->qubits) return NAN;
    brg_dense_flush(d);
    return d->scale * d->scale * half_sum(d, qubit, 1);
}

/* error: the relative error of stored_sum. */
static void set_norm_one(brg_dense *d, double stored_sum, double error) {
    d->scale = 1.0 / sqrt(stored_sum);
    d->norm = 1.0;
    d->norm_error = error + brg_dense_epsilon(d);
    /* far from 1 the amplitudes themselves would leave the range of single precision */
    if (d->scale > 1e6 || d->scale < 1e-6) brg_dense_settle(d);
}

/* Taking a weight from a known norm saves a pass, but the error of the norm stays while the norm
 * shrinks: each no-jump would let it grow by 1/(1 - gamma P(1)). So errors are tracked, and the
 * norm is summed anew when they matter. */
static bool norm_known(const brg_dense *d) {
    return d->norm_error < (d->precision == BRG_DOUBLE ? 1e-12 : 1e-6);
}

static double stored_norm(const brg_dense *d) {
    return d->norm / (d->scale * d->scale);
}

/* The weights of 0 and 1, not normalised, of the stored amplitudes. Returns the absolute error of
 * the former. */
static double halves(brg_dense *d, uint32_t qubit, double sum[2]) {
    sum[1] = half_sum(d, qubit, 1);
    if (norm_known(d)) {
        const double total = stored_norm(d);
        sum[0] = total > sum[1] ? total - sum[1] : 0.0;
        if (sum[0] > 1e-3 * total) return (d->norm_error + brg_dense_epsilon(d)) * total;
    }
    sum[0] = half_sum(d, qubit, 0); /* a small rest of a difference has lost its digits */
    return brg_dense_epsilon(d) * sum[0];
}

/* The outcome of u, the sum that stays and its relative error; false when the state is zero or not
 * finite. */
static bool draw(brg_dense *d, uint32_t qubit, double u, unsigned *bit, double *kept,
                 double *error) {
    double sum[2];
    const double error_of_zero = halves(d, qubit, sum);
    const double total = sum[0] + sum[1];
    if (!(total > 0.0) || !isfinite(total)) return false;
    *bit = u * total < sum[1];
    if (!(sum[*bit] > 0.0)) *bit ^= 1u;
    *kept = sum[*bit];
    *error = *bit ? 0.0 : error_of_zero / sum[0];
    return true;
}

static bool draw_ok(const brg_dense *d, uint32_t qubit, double u) {
    return d && qubit < d->qubits && u >= 0.0 && u < 1.0;
}

int brg_dense_measure(brg_dense *d, uint32_t qubit, double u, unsigned *bit) {
    unsigned outcome = 0;
    double kept = 0.0, error = 0.0;
    if (!draw_ok(d, qubit, u) || !bit) return BRG_EINVAL;
    brg_dense_flush(d);
    if (!draw(d, qubit, u, &outcome, &kept, &error)) return BRG_ESTATE;
    brg_op op;
    brg_dense_lower_half(&op, d, qubit, outcome ^ 1u, 0.0);
    (void)brg_dense_reduce(d, &op, true);
    set_norm_one(d, kept, error);
    *bit = outcome;
    return BRG_OK;
}

/* |0><1| or |0><0| on a qubit: what is 1 moves to 0, or vanishes. */
static void collapse_to_zero(brg_dense *d, uint32_t qubit, unsigned from) {
    brg_gate g = {.kind = BRG_GATE_MATRIX, .targets = 1, .q = {qubit, 0}};
    g.m[from] = 1.0;
    brg_dense_run_gate(d, &g);
}

int brg_dense_reset(brg_dense *d, uint32_t qubit, double u) {
    unsigned outcome = 0;
    double kept = 0.0, error = 0.0;
    if (!draw_ok(d, qubit, u)) return BRG_EINVAL;
    brg_dense_flush(d);
    if (!draw(d, qubit, u, &outcome, &kept, &error)) return BRG_ESTATE;
    if (outcome) {
        collapse_to_zero(d, qubit, 1);
    } else {
        brg_op op;
        brg_dense_lower_half(&op, d, qubit, 1, 0.0);
        (void)brg_dense_reduce(d, &op, true);
    }
    set_norm_one(d, kept, error);
    return BRG_OK;
}

int brg_dense_damp(brg_dense *d, uint32_t qubit, double gamma, double u, bool *jumped) {
    if (!draw_ok(d, qubit, u) || !(gamma >= 0.0 && gamma <= 1.0)) return BRG_EINVAL;
    brg_dense_flush(d);
    double before, one, left = 1.0 - gamma; /* left: what the pass left of P(1) */
    bool jump;
    brg_op op;
    brg_dense_lower_half(&op, d, qubit, 1, sqrt(left));
    if (jumped) *jumped = false;
    double error = brg_dense_epsilon(d); /* relative, of `before` */
    if (u >= gamma || gamma <= 0.5) {
        /* Scale as for no jump and sum P(1) of before in one pass; should it turn out that the
         * jump was drawn, the factor is taken back on the way. */
        const bool known = norm_known(d);
        before = known ? stored_norm(d) : half_sum(d, qubit, 0);
        if (known) error += d->norm_error;
        one = brg_dense_reduce(d, &op, true);
        if (!known) before += one;
        jump = u * before < gamma * one;
    } else {
        double sum[2];
        error += halves(d, qubit, sum) / (sum[0] + sum[1]);
        one = sum[1];
        before = sum[0] + one;
        jump = u * before < gamma * one;
        if (!jump)
            (void)brg_dense_reduce(d, &op, true);
        else
            left = 1.0;
    }
    if (!(before > 0.0) || !isfinite(before)) return BRG_ESTATE;
    if (jump) {
        collapse_to_zero(d, qubit, 1);
        if (jumped) *jumped = true;
        set_norm_one(d, left * one, 0.0);
        return BRG_OK;
    }
    double after = before - gamma * one;
    if (after > 1e-3 * before) {
        error *= before / after;
    } else {
        after = whole_sum(d);
        error = 0.0;
    }
    if (!(after > 0.0) || !isfinite(after)) return BRG_ESTATE;
    set_norm_one(d, after, error);
    return BRG_OK;
}

int brg_dense_sample(brg_dense *d, double u, uint64_t *index) {
    if (!d || !index || !(u >= 0.0 && u < 1.0)) return BRG_EINVAL;
    brg_dense_flush(d);
    const double total = whole_sum(d);
    if (!(total > 0.0) || !isfinite(total)) return BRG_ESTATE;
    const uint64_t chunk = brg_dense_chunk(d->vectors), chunks = (d->vectors + chunk - 1) / chunk;
    double rest = u * total;
    uint64_t c = 0;
    while (c + 1 < chunks && rest >= d->partial[c]) rest -= d->partial[c++];
    const uint64_t size = (uint64_t)1 << d->qubits;
    const uint64_t begin = (c * chunk) << d->kernels->lane_bits;
    uint64_t end = ((c + 1) * chunk) << d->kernels->lane_bits;
    if (end > size) end = size;
    uint64_t found = begin; /* the last index of some weight, should rounding leave a rest */
    for (uint64_t i = begin; i < end; i++) {
        brg_complex a;
        (void)brg_dense_get(d, i, 1, &a);
        a /= d->scale;
        const double weight = creal(a) * creal(a) + cimag(a) * cimag(a);
        if (weight > 0.0) found = i;
        if (rest < weight) break;
        rest -= weight;
    }
    *index = found;
    return BRG_OK;
}
