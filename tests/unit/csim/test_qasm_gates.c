/* SPDX-License-Identifier: Apache-2.0 */
/* Every gate of the two include files against a matrix written down here, natively and by its
 * definition; identities of inv, pow and ctrl on random gates. Matrices come from running a program
 * on each basis state, so they include phases. */
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "csim/qasm/qasm.h"
#include "test.h"

enum { MOST = 32 };
static const double pi = 3.14159265358979323846;

typedef struct matrix {
    uint32_t size;
    brg_complex m[MOST][MOST]; /* [row][column] */
} matrix;

/* Matrix of a call on `qubits` qubits q[0], q[1], ...; q[i] is bit i. */
static matrix matrix_of(const char *header, const char *call, uint32_t qubits, bool plain) {
    matrix out = {.size = 1u << qubits};
    for (uint32_t column = 0; column < out.size; column++) {
        char text[4000];
        size_t used = (size_t)snprintf(
            text, sizeof text, "OPENQASM 3;include \"%s\";\nqubit[%u] q;\n", header, qubits);
        for (uint32_t q = 0; q < qubits; q++)
            if (column >> q & 1)
                used += (size_t)snprintf(text + used, sizeof text - used, "x q[%u];", q);
        snprintf(text + used, sizeof text - used, "\n%s\n", call);
        brg_diag *diag = NULL;
        brg_qasm *p = NULL;
        brg_qasm_result result = {0};
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        /* x of the definitions may carry rounding, so columns are made natively. */
        const brg_qasm_config config = {.statevector = true, .plain_gates = plain, .jobs = 1};
        int status = brg_qasm_parse(&p, text, strlen(text), "t.qasm", NULL, NULL, diag);
        if (!status) status = brg_qasm_run(p, &config, &result, diag);
        if (status) {
            print_error("%s\n", text);
            brg_diag_print(diag, stderr);
        }
        assert_int_equal(status, BRG_OK);
        brg_complex a[MOST];
        assert_int_equal(brg_dense_get(result.state, 0, out.size, a), BRG_OK);
        for (uint32_t row = 0; row < out.size; row++) out.m[row][column] = a[row];
        brg_qasm_result_free(&result);
        brg_qasm_destroy(&p);
        brg_diag_destroy(&diag);
    }
    return out;
}

static double distance(const matrix *a, const matrix *b) {
    double most = a->size == b->size ? 0 : INFINITY;
    for (uint32_t i = 0; i < a->size; i++)
        for (uint32_t k = 0; k < a->size; k++) most = fmax(most, cabs(a->m[i][k] - b->m[i][k]));
    return most;
}

static matrix product(const matrix *a, const matrix *b) {
    matrix out = {.size = a->size};
    for (uint32_t i = 0; i < a->size; i++)
        for (uint32_t k = 0; k < a->size; k++)
            for (uint32_t j = 0; j < a->size; j++) out.m[i][k] += a->m[i][j] * b->m[j][k];
    return out;
}

static matrix adjoint(const matrix *a) {
    matrix out = {.size = a->size};
    for (uint32_t i = 0; i < a->size; i++)
        for (uint32_t k = 0; k < a->size; k++) out.m[i][k] = conj(a->m[k][i]);
    return out;
}

static matrix identity(uint32_t size) {
    matrix out = {.size = size};
    for (uint32_t i = 0; i < size; i++) out.m[i][i] = 1;
    return out;
}

static matrix two_by_two(brg_complex a, brg_complex b, brg_complex c, brg_complex d) {
    matrix out = {.size = 2, .m = {{a, b}, {c, d}}};
    return out;
}

/* Controls on the low qubits, the matrix on those above. */
static matrix controlled(uint32_t controls, const matrix *u) {
    const uint32_t low = (1u << controls) - 1;
    matrix out = identity(u->size << controls);
    for (uint32_t i = 0; i < u->size; i++)
        for (uint32_t k = 0; k < u->size; k++)
            out.m[i << controls | low][k << controls | low] = u->m[i][k];
    return out;
}

static brg_complex unit(double a) {
    return cos(a) + I * sin(a);
}

static matrix u_matrix(double theta, double phi, double lambda) {
    return two_by_two(cos(theta / 2), -unit(lambda) * sin(theta / 2), unit(phi) * sin(theta / 2),
                      unit(phi + lambda) * cos(theta / 2));
}

static matrix swap_matrix(void) {
    matrix out = {.size = 4};
    out.m[0][0] = out.m[1][2] = out.m[2][1] = out.m[3][3] = 1;
    return out;
}

/* exp(-i angle/2 P) for P = XX, YY, ZZ, as cos - i sin P. */
static matrix two_pauli(char pauli, double angle) {
    matrix out = {.size = 4};
    for (uint32_t i = 0; i < 4; i++) {
        const bool even = i == 0 || i == 3;
        out.m[i][i] = cos(angle / 2);
        if (pauli == 'z')
            out.m[i][i] -= I * sin(angle / 2) * (even ? 1 : -1);
        else
            out.m[3 - i][i] += -I * sin(angle / 2) * (pauli == 'x' || !even ? 1 : -1);
    }
    return out;
}

typedef struct gate_case {
    const char *call;
    uint32_t qubits;
    matrix expected;
    bool in[2]; /* stdgates.inc, qelib1.inc */
} gate_case;

static size_t fill_cases(gate_case *c) {
    const double r = sqrt(0.5), a = 0.3, b = 1.1, g = -2.2;
    const matrix x = two_by_two(0, 1, 1, 0), y = two_by_two(0, -I, I, 0),
                 z = two_by_two(1, 0, 0, -1), h = two_by_two(r, r, r, -r),
                 p = two_by_two(1, 0, 0, unit(a)),
                 sx = two_by_two((1 + I) / 2, (1 - I) / 2, (1 - I) / 2, (1 + I) / 2),
                 rx = two_by_two(cos(a / 2), -I * sin(a / 2), -I * sin(a / 2), cos(a / 2)),
                 ry = two_by_two(cos(a / 2), -sin(a / 2), sin(a / 2), cos(a / 2)),
                 rz = two_by_two(unit(-a / 2), 0, 0, unit(a / 2)), u = u_matrix(a, b, g),
                 swap = swap_matrix();
    matrix shifted = u;
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++) shifted.m[i][k] *= unit(0.7);
    size_t n = 0;
#define GATE(text, count, matrix_, std, old) \
    c[n++] = (gate_case) {                   \
        text, count, matrix_, {              \
            std, old                         \
        }                                    \
    }
    GATE("x q[0];", 1, x, true, true);
    GATE("y q[0];", 1, y, true, true);
    GATE("z q[0];", 1, z, true, true);
    GATE("h q[0];", 1, h, true, true);
    GATE("s q[0];", 1, two_by_two(1, 0, 0, I), true, true);
    GATE("sdg q[0];", 1, two_by_two(1, 0, 0, -I), true, true);
    GATE("t q[0];", 1, two_by_two(1, 0, 0, unit(pi / 4)), true, true);
    GATE("tdg q[0];", 1, two_by_two(1, 0, 0, unit(-pi / 4)), true, true);
    GATE("sx q[0];", 1, sx, true, true);
    GATE("sxdg q[0];", 1, adjoint(&sx), false, true);
    GATE("id q[0];", 1, identity(2), true, true);
    GATE("u0(1) q[0];", 1, identity(2), false, true);
    GATE("p(0.3) q[0];", 1, p, true, true);
    GATE("phase(0.3) q[0];", 1, p, true, false);
    GATE("u1(0.3) q[0];", 1, p, true, true);
    GATE("rx(0.3) q[0];", 1, rx, true, true);
    GATE("ry(0.3) q[0];", 1, ry, true, true);
    GATE("rz(0.3) q[0];", 1, rz, true, true);
    GATE("u2(1.1, -2.2) q[0];", 1, u_matrix(pi / 2, b, g), true, true);
    GATE("u3(0.3, 1.1, -2.2) q[0];", 1, u, true, true);
    GATE("u(0.3, 1.1, -2.2) q[0];", 1, u, false, true);
    GATE("U(0.3, 1.1, -2.2) q[0];", 1, u, true, true);
    GATE("CX q[0], q[1];", 2, controlled(1, &x), true, false);
    GATE("cx q[0], q[1];", 2, controlled(1, &x), true, true);
    GATE("cy q[0], q[1];", 2, controlled(1, &y), true, true);
    GATE("cz q[0], q[1];", 2, controlled(1, &z), true, true);
    GATE("ch q[0], q[1];", 2, controlled(1, &h), true, true);
    GATE("csx q[0], q[1];", 2, controlled(1, &sx), false, true);
    GATE("cp(0.3) q[0], q[1];", 2, controlled(1, &p), true, true);
    GATE("cphase(0.3) q[0], q[1];", 2, controlled(1, &p), true, false);
    GATE("cu1(0.3) q[0], q[1];", 2, controlled(1, &p), false, true);
    GATE("crx(0.3) q[0], q[1];", 2, controlled(1, &rx), true, true);
    GATE("cry(0.3) q[0], q[1];", 2, controlled(1, &ry), true, true);
    GATE("crz(0.3) q[0], q[1];", 2, controlled(1, &rz), true, true);
    GATE("cu3(0.3, 1.1, -2.2) q[0], q[1];", 2, controlled(1, &u), false, true);
    GATE("cu(0.3, 1.1, -2.2, 0.7) q[0], q[1];", 2, controlled(1, &shifted), true, true);
    GATE("swap q[0], q[1];", 2, swap, true, true);
    GATE("rxx(0.3) q[0], q[1];", 2, two_pauli('x', a), false, true);
    GATE("ryy(0.3) q[0], q[1];", 2, two_pauli('y', a), false, true);
    GATE("rzz(0.3) q[0], q[1];", 2, two_pauli('z', a), false, true);
    GATE("ccx q[0], q[1], q[2];", 3, controlled(2, &x), true, true);
    GATE("cswap q[0], q[1], q[2];", 3, controlled(1, &swap), true, true);
    GATE("c3x q[0], q[1], q[2], q[3];", 4, controlled(3, &x), false, true);
    GATE("cccx q[0], q[1], q[2], q[3];", 4, controlled(3, &x), false, true);
    GATE("c3sqrtx q[0], q[1], q[2], q[3];", 4, controlled(3, &sx), false, true);
    GATE("cccsqrtx q[0], q[1], q[2], q[3];", 4, controlled(3, &sx), false, true);
    GATE("c4x q[0], q[1], q[2], q[3], q[4];", 5, controlled(4, &x), false, true);
    GATE("ccccx q[0], q[1], q[2], q[3], q[4];", 5, controlled(4, &x), false, true);
    /* The relative-phase Toffolis: those of Maslov, arXiv:1508.03273. */
    matrix rccx = identity(8);
    rccx.m[5][5] = -1;
    rccx.m[3][3] = rccx.m[7][7] = 0;
    rccx.m[3][7] = -I;
    rccx.m[7][3] = I;
    GATE("rccx q[0], q[1], q[2];", 3, rccx, false, true);
    matrix rc3x = identity(16);
    rc3x.m[3][3] = I;
    rc3x.m[11][11] = -I;
    rc3x.m[7][7] = rc3x.m[15][15] = 0;
    rc3x.m[7][15] = 1;
    rc3x.m[15][7] = -1;
    GATE("rc3x q[0], q[1], q[2], q[3];", 4, rc3x, false, true);
    GATE("rcccx q[0], q[1], q[2], q[3];", 4, rc3x, false, true);
#undef GATE
    return n;
}

static void library_gates(void **state) {
    static const char *const headers[] = {"stdgates.inc", "qelib1.inc"};
    gate_case *cases = calloc(64, sizeof *cases);
    (void)state;
    assert_non_null(cases);
    const size_t count = fill_cases(cases);
    size_t wrong = 0, checked = 0;
    for (int header = 0; header < 2; header++)
        for (size_t i = 0; i < count; i++)
            for (int plain = 0; plain < 2 && cases[i].in[header]; plain++) {
                const matrix m = matrix_of(headers[header], cases[i].call, cases[i].qubits, plain);
                const double d = distance(&m, &cases[i].expected);
                checked++;
                if (d < 1e-12) continue;
                print_error("%s: %s (%s) is off by %g\n", headers[header], cases[i].call,
                            plain ? "definition" : "native", d);
                wrong++;
            }
    free(cases);
    print_message("%zu gate matrices\n", checked);
    assert_int_equal(wrong, 0);
}

static double angle(uint64_t *seed) {
    return ((double)(test_random(seed) >> 11) * 0x1p-53 * 2 - 1) * pi;
}

/* A random gate on 1..3 qubits as text, from what both kinds of power must handle. */
static uint32_t random_gate(uint64_t *seed, char *definition, size_t size) {
    const uint32_t qubits = 1 + (uint32_t)(test_random(seed) % 3);
    static const char *const names[] = {"a", "a, b", "a, b, c"};
    size_t used = (size_t)snprintf(definition, size, "gate g %s {", names[qubits - 1]);
    const uint32_t count = 1 + (uint32_t)(test_random(seed) % 5);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t p = (uint32_t)(test_random(seed) % qubits), r = (p + 1) % qubits;
        const double x = angle(seed), y = angle(seed), z = angle(seed);
        const uint32_t kind = (uint32_t)(test_random(seed) % (qubits > 1 ? 5 : 3));
        if (kind == 0)
            used += (size_t)snprintf(definition + used, size - used, "U(%.17g,%.17g,%.17g) %c;", x,
                                     y, z, 'a' + p);
        else if (kind == 1)
            used += (size_t)snprintf(definition + used, size - used, "gphase(%.17g);", x);
        else if (kind == 2)
            used += (size_t)snprintf(definition + used, size - used, "rz(%.17g) %c;", x, 'a' + p);
        else if (kind == 3)
            used += (size_t)snprintf(definition + used, size - used, "negctrl @ ry(%.17g) %c,%c;",
                                     x, 'a' + p, 'a' + r);
        else
            used +=
                (size_t)snprintf(definition + used, size - used, "swap %c,%c;", 'a' + p, 'a' + r);
    }
    snprintf(definition + used, size - used, "}\n");
    return qubits;
}

static matrix of(const char *definition, const char *modifiers, uint32_t qubits, uint32_t extra) {
    static const char *const operands[] = {"q[0]", "q[0],q[1]", "q[0],q[1],q[2]",
                                           "q[0],q[1],q[2],q[3]", "q[0],q[1],q[2],q[3],q[4]"};
    char call[2600];
    snprintf(call, sizeof call, "%s%s g %s;", definition, modifiers, operands[qubits + extra - 1]);
    return matrix_of("stdgates.inc", call, qubits + extra, false);
}

static void assert_same(const matrix *a, const matrix *b, const char *what,
                        const char *definition) {
    const double d = distance(a, b);
    if (d < 1e-8) return;
    print_error("%s is off by %g for %s\n", what, d, definition);
    fail();
}

static void modifiers_keep_their_laws(void **state) {
    uint64_t seed = test_seed(20240917);
    (void)state;
    for (int turn = 0; turn < 30; turn++) {
        char definition[2000], power[120];
        const uint32_t n = random_gate(&seed, definition, sizeof definition);
        const matrix v = of(definition, "", n, 0), inverse = of(definition, "inv @", n, 0);
        const matrix v2 = product(&v, &v), v3 = product(&v2, &v), dagger = adjoint(&v);
        assert_same(&inverse, &dagger, "inv", definition);
        const matrix third = of(definition, "pow(1/3) @", n, 0), third2 = product(&third, &third),
                     third3 = product(&third2, &third);
        assert_same(&third3, &v, "the cube of a third", definition);
        const matrix cube = of(definition, "pow(3) @", n, 0);
        assert_same(&cube, &v3, "pow(3)", definition);
        const matrix back = of(definition, "pow(-2) @", n, 0), d2 = product(&dagger, &dagger);
        assert_same(&back, &d2, "pow(-2)", definition);
        const double x = angle(&seed);
        snprintf(power, sizeof power, "pow(%.17g) @", x);
        const matrix part = of(definition, power, n, 0);
        snprintf(power, sizeof power, "pow(%.17g) @", 1 - x);
        const matrix rest = of(definition, power, n, 0), whole = product(&part, &rest);
        assert_same(&whole, &v, "pow(x) pow(1-x)", definition);
        const matrix zero = of(definition, "pow(0) @", n, 0), one = identity(1u << n);
        assert_same(&zero, &one, "pow(0)", definition);
        const matrix c1 = of(definition, "ctrl @", n, 1), e1 = controlled(1, &v);
        assert_same(&c1, &e1, "ctrl", definition);
        const matrix c2 = of(definition, "ctrl @ inv @ ctrl @ pow(1/3) @", n, 2),
                     t = adjoint(&third), e2 = controlled(2, &t);
        assert_same(&c2, &e2, "ctrl inv ctrl pow", definition);
        const matrix big = of(definition, "pow(60) @", n, 0);
        matrix expected = identity(1u << n);
        for (int i = 0; i < 60; i++) expected = product(&expected, &v);
        assert_same(&big, &expected, "pow(60)", definition);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(library_gates),
                                       cmocka_unit_test(modifiers_keep_their_laws)};
    return cmocka_run_group_tests_name("qasm_gates", tests, NULL, NULL);
}
