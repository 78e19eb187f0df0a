/* SPDX-License-Identifier: Apache-2.0 */
/* Principal powers of unitary matrices: V = Q diag(e^(i phi)) Q^H gives V^x = Q diag(e^(i x phi))
 * Q^H with phi in (-pi, pi]. Q comes from the Jacobi method on a Hermitian mix of V and V^H: V
 * commutes with it, so it has the same eigenvectors unless the mix makes two eigenvalues coincide;
 * then another mix is taken. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/ast.h"

enum { MOST_SWEEPS = 100, MOST_MIXES = 8, MOST_SIZE = 32 };

/* Turns columns p and q of A and Q so that A[p][q] vanishes. */
static void rotate(brg_complex *a, brg_complex *v, uint32_t n, uint32_t p, uint32_t q) {
    const brg_complex apq = a[p * n + q];
    const double size = cabs(apq);
    if (size < 1e-300) return;
    const brg_complex phase = apq / size;
    const double theta = (creal(a[q * n + q]) - creal(a[p * n + p])) / (2 * size);
    const double t = (theta >= 0 ? 1 : -1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    for (uint32_t k = 0; k < n; k++) {
        const brg_complex x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * conj(phase) * y;
        a[k * n + q] = s * phase * x + c * y;
        const brg_complex vx = v[k * n + p], vy = v[k * n + q];
        v[k * n + p] = c * vx - s * conj(phase) * vy;
        v[k * n + q] = s * phase * vx + c * vy;
    }
    for (uint32_t k = 0; k < n; k++) {
        const brg_complex x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * phase * y;
        a[q * n + k] = s * conj(phase) * x + c * y;
    }
}

static void diagonalise(brg_complex *a, brg_complex *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) v[i * n + j] = i == j;
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double rest = 0;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; j < n; j++) rest += cabs(a[i * n + j]);
        if (rest < 1e-15 * n) return;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; j < n; j++) rotate(a, v, n, i, j);
    }
}

/* to = left^H * middle, or left * middle^H when `right` is the one to conjugate. */
static void multiply(brg_complex *to, const brg_complex *x, const brg_complex *y, uint32_t n,
                     bool adjoint_x, bool adjoint_y) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) {
            brg_complex sum = 0;
            for (uint32_t k = 0; k < n; k++)
                sum += (adjoint_x ? conj(x[k * n + i]) : x[i * n + k]) *
                       (adjoint_y ? conj(y[j * n + k]) : y[k * n + j]);
            to[i * n + j] = sum;
        }
}

int qasm_matrix_power(brg_complex *m, uint32_t n, double exponent) {
    if (n == 0 || n > MOST_SIZE || !isfinite(exponent)) return BRG_EINVAL;
    brg_complex *work = malloc(4 * (size_t)n * n * sizeof *work);
    if (!work) return BRG_ENOMEM;
    brg_complex *a = work, *v = a + n * n, *d = v + n * n, *t = d + n * n;
    int status = BRG_EINVAL;
    for (int mix = 0; mix < MOST_MIXES && status; mix++) {
        const double r = 0.7390851332 + 0.3183098862 * mix;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++) {
                const brg_complex x = m[i * n + j], y = conj(m[j * n + i]);
                a[i * n + j] = (x + y) / 2 + r * (x - y) / (2 * I);
            }
        diagonalise(a, v, n);
        multiply(t, m, v, n, false, false);
        multiply(d, v, t, n, true, false);
        double rest = 0;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++)
                if (i != j) rest = fmax(rest, cabs(d[i * n + j]));
        if (rest < 1e-9) status = BRG_OK;
    }
    if (!status) {
        for (uint32_t j = 0; j < n; j++) {
            double phase = carg(d[j * n + j]);
            /* -1 with rounding below the axis still has the phase pi. */
            if (phase < -3.14159265358979323846 + 1e-9) phase += 2 * 3.14159265358979323846;
            const brg_complex factor = cexp(I * exponent * phase);
            for (uint32_t i = 0; i < n; i++) t[i * n + j] = v[i * n + j] * factor;
        }
        multiply(m, t, v, n, false, true);
    }
    free(work);
    return status;
}
