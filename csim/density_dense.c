/* SPDX-License-Identifier: Apache-2.0 */
/* The dense density matrix, on top of the kernels of the dense state vector. */
#include "csim/density_dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/dense_internal.h"

struct brg_density_dense {
    brg_dense *rho;
    uint32_t qubits;
};

uint64_t brg_density_dense_bytes(uint32_t qubits, brg_precision precision) {
    if (qubits > BRG_DENSITY_DENSE_MAX_QUBITS) return UINT64_MAX;
    return brg_dense_bytes(2u * qubits, precision);
}

int brg_density_dense_new(brg_density_dense **out, uint32_t qubits, brg_precision precision,
                          int jobs) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (qubits > BRG_DENSITY_DENSE_MAX_QUBITS) return BRG_EINVAL;
    brg_density_dense *r = calloc(1, sizeof *r);
    if (!r) return BRG_ENOMEM;
    r->qubits = qubits;
    const int code = brg_dense_new(&r->rho, 2u * qubits, precision, jobs);
    if (code != BRG_OK) {
        free(r);
        return code;
    }
    *out = r;
    return BRG_OK;
}

void brg_density_dense_destroy(brg_density_dense **r) {
    if (!r || !*r) return;
    brg_dense_destroy(&(*r)->rho);
    free(*r);
    *r = NULL;
}

uint32_t brg_density_dense_qubits(const brg_density_dense *r) {
    return r->qubits;
}

int brg_density_dense_set_basis(brg_density_dense *r, uint64_t index) {
    if (!r || index >> r->qubits) return BRG_EINVAL;
    return brg_dense_set_basis(r->rho, index | index << r->qubits);
}

int brg_density_dense_set_pure(brg_density_dense *r, const brg_complex *psi) {
    if (!r || !psi) return BRG_EINVAL;
    const uint64_t size = (uint64_t)1 << r->qubits;
    brg_complex *column = malloc(size * sizeof *column);
    if (!column) return BRG_ENOMEM;
    int code = BRG_OK;
    for (uint64_t c = 0; c < size && code == BRG_OK; c++) {
        for (uint64_t row = 0; row < size; row++) column[row] = psi[row] * conj(psi[c]);
        code = brg_dense_set(r->rho, c * size, size, column);
    }
    free(column);
    return code;
}

int brg_density_dense_copy(brg_density_dense *to, const brg_density_dense *from) {
    if (!to || !from) return BRG_EINVAL;
    return brg_dense_copy(to->rho, from->rho);
}

int brg_density_dense_entry(const brg_density_dense *r, uint64_t row, uint64_t column,
                            brg_complex *out) {
    if (!r || row >> r->qubits || column >> r->qubits) return BRG_EINVAL;
    return brg_dense_get(r->rho, row | column << r->qubits, 1, out);
}

/* ---- gates: the same on the column qubits, conjugated ---- */

static void conjugate(const brg_complex *m, size_t count, brg_complex *out) {
    for (size_t i = 0; i < count; i++) out[i] = conj(m[i]);
}

static bool gate_ok(const brg_density_dense *r, uint64_t controls, uint32_t a, uint32_t b) {
    return r && !(controls >> r->qubits) && a < r->qubits && b < r->qubits;
}

int brg_density_dense_gate1(brg_density_dense *r, uint64_t controls, uint32_t target,
                            const brg_complex m[4]) {
    brg_complex c[4];
    if (!gate_ok(r, controls, target, target) || !m) return BRG_EINVAL;
    conjugate(m, 4, c);
    const int code = brg_dense_gate1(r->rho, controls, target, m);
    if (code != BRG_OK) return code;
    return brg_dense_gate1(r->rho, controls << r->qubits, target + r->qubits, c);
}

int brg_density_dense_x(brg_density_dense *r, uint64_t controls, uint32_t target) {
    if (!gate_ok(r, controls, target, target)) return BRG_EINVAL;
    const int code = brg_dense_x(r->rho, controls, target);
    if (code != BRG_OK) return code;
    return brg_dense_x(r->rho, controls << r->qubits, target + r->qubits);
}

int brg_density_dense_phase(brg_density_dense *r, uint64_t mask, brg_complex phase) {
    if (!r || mask >> r->qubits) return BRG_EINVAL;
    const int code = brg_dense_phase(r->rho, mask, phase);
    if (code != BRG_OK) return code;
    return brg_dense_phase(r->rho, mask << r->qubits, conj(phase));
}

int brg_density_dense_diagonal1(brg_density_dense *r, uint64_t controls, uint32_t target,
                                brg_complex d0, brg_complex d1) {
    const brg_complex m[4] = {d0, 0.0, 0.0, d1};
    return brg_density_dense_gate1(r, controls, target, m);
}

int brg_density_dense_swap(brg_density_dense *r, uint64_t controls, uint32_t a, uint32_t b) {
    if (!gate_ok(r, controls, a, b)) return BRG_EINVAL;
    const int code = brg_dense_swap(r->rho, controls, a, b);
    if (code != BRG_OK) return code;
    return brg_dense_swap(r->rho, controls << r->qubits, a + r->qubits, b + r->qubits);
}

int brg_density_dense_gate2(brg_density_dense *r, uint64_t controls, uint32_t q0, uint32_t q1,
                            const brg_complex m[16]) {
    brg_complex c[16];
    if (!gate_ok(r, controls, q0, q1) || !m) return BRG_EINVAL;
    conjugate(m, 16, c);
    const int code = brg_dense_gate2(r->rho, controls, q0, q1, m);
    if (code != BRG_OK) return code;
    return brg_dense_gate2(r->rho, controls << r->qubits, q0 + r->qubits, q1 + r->qubits, c);
}

/* ---- channels ---- */

/* Sum of K^dag K is the identity to 1e-9. */
static bool complete(const brg_complex *k, uint32_t count, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        for (unsigned j = 0; j < size; j++) {
            brg_complex s = i == j ? -1.0 : 0.0;
            for (uint32_t n = 0; n < count; n++)
                for (unsigned l = 0; l < size; l++) {
                    const brg_complex *m = k + (size_t)n * size * size;
                    s += conj(m[l * size + i]) * m[l * size + j];
                }
            if (!(cabs(s) <= 1e-9)) return false;
        }
    return true;
}

/* s[(row', column'), (row, column)] = sum of K[row'][row] conj(K[column'][column]); the row is the
 * low part of the index. */
static void superoperator(const brg_complex *k, uint32_t count, unsigned size, brg_complex *s) {
    const unsigned square = size * size;
    for (unsigned to = 0; to < square; to++)
        for (unsigned from = 0; from < square; from++) {
            brg_complex sum = 0.0;
            for (uint32_t n = 0; n < count; n++) {
                const brg_complex *m = k + (size_t)n * square;
                sum +=
                    m[(to % size) * size + from % size] * conj(m[(to / size) * size + from / size]);
            }
            s[to * square + from] = sum;
        }
}

int brg_density_dense_kraus1(brg_density_dense *r, uint32_t target, uint32_t count,
                             const brg_complex k[][4]) {
    brg_complex s[16];
    if (!gate_ok(r, 0, target, target) || !k || count < 1 || count > BRG_DENSITY_DENSE_MAX_KRAUS ||
        !complete(k[0], count, 2))
        return BRG_EINVAL;
    superoperator(k[0], count, 2, s);
    return brg_dense_gate2(r->rho, 0, target, target + r->qubits, s);
}

int brg_density_dense_kraus2(brg_density_dense *r, uint32_t q0, uint32_t q1, uint32_t count,
                             const brg_complex k[][16]) {
    brg_complex s[256];
    if (!gate_ok(r, 0, q0, q1) || q0 == q1 || !k || count < 1 ||
        count > BRG_DENSITY_DENSE_MAX_KRAUS || !complete(k[0], count, 4))
        return BRG_EINVAL;
    superoperator(k[0], count, 4, s);
    const uint32_t q[4] = {q0, q1, q0 + r->qubits, q1 + r->qubits};
    return brg_dense_matrix(r->rho, q, 4, s);
}

static bool probability_ok(double p) {
    return p >= 0.0 && p <= 1.0;
}

int brg_density_dense_damping(brg_density_dense *r, uint32_t target, double gamma) {
    if (!probability_ok(gamma)) return BRG_EINVAL;
    const brg_complex k[2][4] = {{1.0, 0.0, 0.0, sqrt(1.0 - gamma)}, {0.0, sqrt(gamma), 0.0, 0.0}};
    return brg_density_dense_kraus1(r, target, 2, k);
}

int brg_density_dense_dephasing(brg_density_dense *r, uint32_t target, double p) {
    if (!probability_ok(p)) return BRG_EINVAL;
    const brg_complex k[2][4] = {{sqrt(1.0 - p), 0.0, 0.0, sqrt(1.0 - p)},
                                 {sqrt(p), 0.0, 0.0, -sqrt(p)}};
    return brg_density_dense_kraus1(r, target, 2, k);
}

static const brg_complex pauli[4][4] = {{1, 0, 0, 1}, {0, 1, 1, 0}, {0, -I, I, 0}, {1, 0, 0, -1}};

int brg_density_dense_depolarizing(brg_density_dense *r, uint32_t target, double p) {
    if (!probability_ok(p)) return BRG_EINVAL;
    brg_complex k[4][4];
    for (unsigned i = 0; i < 4; i++)
        for (unsigned j = 0; j < 4; j++) k[i][j] = pauli[i][j] * sqrt(i ? p / 3.0 : 1.0 - p);
    return brg_density_dense_kraus1(r, target, 4, k);
}

int brg_density_dense_depolarizing2(brg_density_dense *r, uint32_t q0, uint32_t q1, double p) {
    if (!probability_ok(p)) return BRG_EINVAL;
    brg_complex k[16][16];
    for (unsigned n = 0; n < 16; n++)
        for (unsigned i = 0; i < 16; i++) {
            const unsigned row = i / 4, column = i % 4;
            k[n][i] = pauli[n % 4][(row % 2) * 2 + column % 2] *
                      pauli[n / 4][(row / 2) * 2 + column / 2] * sqrt(n ? p / 15.0 : 1.0 - p);
        }
    return brg_density_dense_kraus2(r, q0, q1, 16, k);
}

int brg_density_dense_reset(brg_density_dense *r, uint32_t target) {
    const brg_complex k[2][4] = {{1.0, 0.0, 0.0, 0.0}, {0.0, 1.0, 0.0, 0.0}};
    return brg_density_dense_kraus1(r, target, 2, k);
}

/* ---- looking ---- */

static double diagonal(brg_density_dense *r, uint64_t i) {
    brg_complex a = 0.0;
    (void)brg_density_dense_entry(r, i, i, &a);
    return creal(a);
}

double brg_density_dense_trace(brg_density_dense *r) {
    double sum = 0.0;
    for (uint64_t i = 0; i < (uint64_t)1 << r->qubits; i++) sum += diagonal(r, i);
    return sum;
}

double brg_density_dense_purity(brg_density_dense *r) {
    return brg_dense_norm(r->rho);
}

double brg_density_dense_probability(brg_density_dense *r, uint32_t qubit) {
    if (qubit >= r->qubits) return NAN;
    double sum = 0.0;
    for (uint64_t i = 0; i < (uint64_t)1 << r->qubits; i++)
        if (i >> qubit & 1u) sum += diagonal(r, i);
    return sum;
}

int brg_density_dense_probabilities(brg_density_dense *r, double *out) {
    if (!r || !out) return BRG_EINVAL;
    for (uint64_t i = 0; i < (uint64_t)1 << r->qubits; i++) out[i] = diagonal(r, i);
    return BRG_OK;
}

int brg_density_dense_fidelity(brg_density_dense *r, const brg_complex *psi, double *out) {
    if (!r || !psi || !out) return BRG_EINVAL;
    const uint64_t size = (uint64_t)1 << r->qubits;
    brg_complex *column = malloc(size * sizeof *column);
    if (!column) return BRG_ENOMEM;
    brg_complex sum = 0.0;
    for (uint64_t c = 0; c < size; c++) {
        brg_complex s = 0.0;
        (void)brg_dense_get(r->rho, c * size, size, column);
        for (uint64_t row = 0; row < size; row++) s += conj(psi[row]) * column[row];
        sum += s * psi[c];
    }
    free(column);
    *out = creal(sum);
    return BRG_OK;
}

int brg_density_dense_project(brg_density_dense *r, uint32_t qubit, unsigned bit,
                              double *probability) {
    if (!gate_ok(r, 0, qubit, qubit) || bit > 1) return BRG_EINVAL;
    const double one = brg_density_dense_probability(r, qubit);
    const double p = bit ? one : brg_density_dense_trace(r) - one;
    if (probability) *probability = p;
    if (!(p > 0.0)) return BRG_ESTATE;
    const double f = 1.0 / sqrt(p);
    return brg_density_dense_diagonal1(r, 0, qubit, bit ? 0.0 : f, bit ? f : 0.0);
}
