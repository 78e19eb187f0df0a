/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of the library gates, so that they cost one kernel each. Phases are those of Qiskit. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "csim/qasm/ast.h"

static const double pi = 3.14159265358979323846;

static brg_complex unit(double angle) {
    return cos(angle) + I * sin(angle);
}

static void fill(brg_complex m[4], brg_complex a, brg_complex b, brg_complex c, brg_complex d) {
    m[0] = a;
    m[1] = b;
    m[2] = c;
    m[3] = d;
}

void qasm_matrix_u(double theta, double phi, double lambda, brg_complex m[4]) {
    const double c = cos(theta / 2), s = sin(theta / 2);
    fill(m, c, -unit(lambda) * s, unit(phi) * s, unit(phi + lambda) * c);
}

static void matrix_u(const double *p, brg_complex m[4]) {
    qasm_matrix_u(p[0], p[1], p[2], m);
}
static void matrix_u2(const double *p, brg_complex m[4]) {
    qasm_matrix_u(pi / 2, p[0], p[1], m);
}
static void matrix_p(const double *p, brg_complex m[4]) {
    fill(m, 1, 0, 0, unit(p[0]));
}
static void matrix_id(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 1, 0, 0, 1);
}
static void matrix_x(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 0, 1, 1, 0);
}
static void matrix_y(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 0, -I, I, 0);
}
static void matrix_z(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 1, 0, 0, -1);
}
static void matrix_s(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 1, 0, 0, I);
}
static void matrix_sdg(const double *p, brg_complex m[4]) {
    (void)p, fill(m, 1, 0, 0, -I);
}

static void matrix_h(const double *p, brg_complex m[4]) {
    const double r = sqrt(0.5);
    (void)p;
    fill(m, r, r, r, -r);
}

static void matrix_t(const double *p, brg_complex m[4]) {
    (void)p;
    fill(m, 1, 0, 0, sqrt(0.5) * (1 + I));
}

static void matrix_tdg(const double *p, brg_complex m[4]) {
    (void)p;
    fill(m, 1, 0, 0, sqrt(0.5) * (1 - I));
}

static void matrix_sx(const double *p, brg_complex m[4]) {
    (void)p;
    fill(m, (1 + I) / 2, (1 - I) / 2, (1 - I) / 2, (1 + I) / 2);
}

static void matrix_sxdg(const double *p, brg_complex m[4]) {
    (void)p;
    fill(m, (1 - I) / 2, (1 + I) / 2, (1 + I) / 2, (1 - I) / 2);
}

static void matrix_rx(const double *p, brg_complex m[4]) {
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    fill(m, c, -I * s, -I * s, c);
}

static void matrix_ry(const double *p, brg_complex m[4]) {
    const double c = cos(p[0] / 2), s = sin(p[0] / 2);
    fill(m, c, -s, s, c);
}

static void matrix_rz(const double *p, brg_complex m[4]) {
    fill(m, unit(-p[0] / 2), 0, 0, unit(p[0] / 2));
}

static const qasm_native natives[] = {
    {"id", 0, 0, false, matrix_id},      {"u0", 1, 0, false, matrix_id},
    {"x", 0, 0, false, matrix_x},        {"y", 0, 0, false, matrix_y},
    {"z", 0, 0, false, matrix_z},        {"h", 0, 0, false, matrix_h},
    {"s", 0, 0, false, matrix_s},        {"sdg", 0, 0, false, matrix_sdg},
    {"t", 0, 0, false, matrix_t},        {"tdg", 0, 0, false, matrix_tdg},
    {"sx", 0, 0, false, matrix_sx},      {"sxdg", 0, 0, false, matrix_sxdg},
    {"rx", 1, 0, false, matrix_rx},      {"ry", 1, 0, false, matrix_ry},
    {"rz", 1, 0, false, matrix_rz},      {"p", 1, 0, false, matrix_p},
    {"phase", 1, 0, false, matrix_p},    {"u1", 1, 0, false, matrix_p},
    {"u2", 2, 0, false, matrix_u2},      {"u3", 3, 0, false, matrix_u},
    {"u", 3, 0, false, matrix_u},        {"U", 3, 0, false, matrix_u},
    {"CX", 0, 1, false, matrix_x},       {"cx", 0, 1, false, matrix_x},
    {"cy", 0, 1, false, matrix_y},       {"cz", 0, 1, false, matrix_z},
    {"ch", 0, 1, false, matrix_h},       {"csx", 0, 1, false, matrix_sx},
    {"crx", 1, 1, false, matrix_rx},     {"cry", 1, 1, false, matrix_ry},
    {"crz", 1, 1, false, matrix_rz},     {"cp", 1, 1, false, matrix_p},
    {"cphase", 1, 1, false, matrix_p},   {"cu1", 1, 1, false, matrix_p},
    {"cu3", 3, 1, false, matrix_u},      {"ccx", 0, 2, false, matrix_x},
    {"ccz", 0, 2, false, matrix_z},      {"c3x", 0, 3, false, matrix_x},
    {"c3sqrtx", 0, 3, false, matrix_sx}, {"c4x", 0, 4, false, matrix_x},
    {"swap", 0, 0, true, NULL},          {"cswap", 0, 1, true, NULL}};

int qasm_native_find(const char *name, uint32_t parameters, uint32_t operands) {
    for (size_t i = 0; i < sizeof natives / sizeof *natives; i++) {
        const qasm_native *n = &natives[i];
        if (strcmp(n->name, name) == 0 && n->parameters == parameters &&
            n->controls + (n->swap ? 2u : 1u) == operands)
            return (int)i;
    }
    return -1;
}

const qasm_native *qasm_native_at(int number) {
    return &natives[number];
}
