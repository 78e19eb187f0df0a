/* SPDX-License-Identifier: Apache-2.0 */
/* A slow, plain state vector for tests of the dense engine: gates by their definition, one
 * amplitude at a time, nothing shared with csim. */
#ifndef BRG_TESTS_DENSE_REFERENCE_H
#define BRG_TESTS_DENSE_REFERENCE_H

#include <complex.h>
#include <math.h>
#include <string.h>

#include "test.h"

typedef double _Complex cplx;

static inline double test_uniform(uint64_t *state) {
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

static inline cplx test_complex(uint64_t *state) {
    const double re = 2.0 * test_uniform(state) - 1.0;
    return CMPLX(re, 2.0 * test_uniform(state) - 1.0);
}

static inline void test_matrix(cplx *m, unsigned entries, uint64_t *state) {
    for (unsigned i = 0; i < entries; i++) m[i] = test_complex(state);
}

/* A random unitary: columns by Gram-Schmidt. */
static inline void test_unitary(cplx *m, unsigned size, uint64_t *state) {
    test_matrix(m, size * size, state);
    for (unsigned c = 0; c < size; c++) {
        for (unsigned again = 0; again < 2; again++)
            for (unsigned p = 0; p < c; p++) {
                cplx dot = 0.0;
                for (unsigned r = 0; r < size; r++) dot += conj(m[r * size + p]) * m[r * size + c];
                for (unsigned r = 0; r < size; r++) m[r * size + c] -= dot * m[r * size + p];
            }
        double norm = 0.0;
        for (unsigned r = 0; r < size; r++) norm += pow(cabs(m[r * size + c]), 2.0);
        for (unsigned r = 0; r < size; r++) m[r * size + c] /= sqrt(norm);
    }
}

/* The matrix on qubits q[0..count), where all controls are 1. */
static inline void reference_matrix(cplx *a, unsigned n, uint64_t controls, const uint32_t *q,
                                    uint32_t count, const cplx *m) {
    const size_t size = (size_t)1 << n, rows = (size_t)1 << count;
    cplx *old = malloc(size * sizeof *old);
    assert_non_null(old);
    memcpy(old, a, size * sizeof *old);
    for (size_t i = 0; i < size; i++) {
        if ((i & controls) != controls) continue;
        size_t row = 0, rest = i;
        for (uint32_t t = 0; t < count; t++) {
            row |= (i >> q[t] & 1u) << t;
            rest &= ~((size_t)1 << q[t]);
        }
        cplx sum = 0.0;
        for (size_t column = 0; column < rows; column++) {
            size_t from = rest;
            for (uint32_t t = 0; t < count; t++) from |= (column >> t & 1u) << q[t];
            sum += m[row * rows + column] * old[from];
        }
        a[i] = sum;
    }
    free(old);
}

static const cplx reference_x[4] = {0.0, 1.0, 1.0, 0.0};
static const cplx reference_swap[16] = {1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1};

static inline void reference_phase(cplx *a, unsigned n, uint64_t mask, cplx phase) {
    for (size_t i = 0; i < (size_t)1 << n; i++)
        if ((i & mask) == mask) a[i] *= phase;
}

#endif
