/* SPDX-License-Identifier: Apache-2.0 */
/* Measurement and damping statistics of the dense state, and the dense density matrix: gates
 * against |psi><psi|, channels against their Kraus sums, trajectories against the exact noise. */
#include "csim/dense.h"
#include "csim/density_dense.h"
#include "dense_reference.h"

static uint64_t seed;

static void ok(int code) {
    assert_int_equal(code, BRG_OK);
}

static brg_dense *random_dense(uint32_t n, brg_precision precision, uint64_t *state, cplx *a) {
    brg_dense *d = NULL;
    double norm = 0.0;
    ok(brg_dense_new(&d, n, precision, 2));
    for (size_t i = 0; i < (size_t)1 << n; i++) {
        a[i] = test_complex(state);
        norm += pow(cabs(a[i]), 2.0);
    }
    for (size_t i = 0; i < (size_t)1 << n; i++) a[i] /= sqrt(norm);
    ok(brg_dense_set(d, 0, (uint64_t)1 << n, a));
    return d;
}

/* A count out of n draws of probability p is within 5 standard deviations. */
static void assert_count(double count, double n, double p) {
    const double sigma = sqrt(n * p * (1.0 - p));
    assert_double_near(count, n * p, 5.0 * sigma + 1e-9 * n);
}

static void test_measure(void **unused) {
    (void)unused;
    uint64_t state = seed;
    for (int precision = 0; precision < 2; precision++) {
        enum { N = 6, DRAWS = 4000 };
        const double tolerance = precision == BRG_DOUBLE ? 1e-12 : 1e-5;
        cplx a[1 << N], after[1 << N];
        brg_dense *d = random_dense(N, (brg_precision)precision, &state, a), *c = NULL;
        ok(brg_dense_new(&c, N, (brg_precision)precision, 1));
        for (uint32_t q = 0; q < N; q++) {
            double p[2] = {0.0, 0.0};
            unsigned ones = 0;
            for (size_t i = 0; i < 1u << N; i++) p[i >> q & 1u] += pow(cabs(a[i]), 2.0);
            assert_double_near(brg_dense_probability(d, q), p[1], tolerance);
            for (int i = 0; i < DRAWS; i++) {
                unsigned bit = 9;
                ok(brg_dense_copy(c, d));
                ok(brg_dense_measure(c, q, test_uniform(&state), &bit));
                assert_true(bit <= 1);
                ones += bit;
                if (i >= 20) continue;
                assert_double_near(brg_dense_norm(c), 1.0, tolerance);
                ok(brg_dense_get(c, 0, 1u << N, after));
                for (size_t j = 0; j < 1u << N; j++) {
                    const cplx want = (j >> q & 1u) == bit ? a[j] / sqrt(p[bit]) : 0.0;
                    assert_double_near(cabs(after[j] - want), 0.0, tolerance);
                }
                unsigned again = 9;
                ok(brg_dense_measure(c, q, test_uniform(&state), &again));
                assert_int_equal(again, bit);
            }
            assert_count(ones, DRAWS, p[1]);
            ok(brg_dense_copy(c, d));
            ok(brg_dense_reset(c, q, p[1] * 0.5)); /* below p[1]: the outcome is 1 */
            ok(brg_dense_get(c, 0, 1u << N, after));
            for (size_t j = 0; j < 1u << N; j++) {
                const cplx want = j >> q & 1u ? 0.0 : a[j | (size_t)1 << q] / sqrt(p[1]);
                assert_double_near(cabs(after[j] - want), 0.0, tolerance);
            }
        }
        brg_dense_destroy(&c);
        brg_dense_destroy(&d);
    }
}

static void test_sample(void **unused) {
    (void)unused;
    uint64_t state = seed + 1;
    enum { N = 5, DRAWS = 40000 };
    cplx a[1 << N];
    unsigned count[1 << N] = {0};
    brg_dense *d = random_dense(N, BRG_DOUBLE, &state, a);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t index = 0;
        ok(brg_dense_sample(d, test_uniform(&state), &index));
        assert_true(index < 1u << N);
        count[index]++;
    }
    for (size_t i = 0; i < 1u << N; i++) assert_count(count[i], DRAWS, pow(cabs(a[i]), 2.0));
    brg_dense_destroy(&d);
    /* a large state: the index of a basis state, whatever the draw */
    ok(brg_dense_new(&d, 18, BRG_SINGLE, 2));
    for (int i = 0; i < 20; i++) {
        const uint64_t want = test_random(&state) >> 46;
        uint64_t index = 0;
        ok(brg_dense_set_basis(d, want));
        ok(brg_dense_sample(d, test_uniform(&state), &index));
        assert_true(index == want);
    }
    brg_dense_destroy(&d);
}

/* Quantum jumps of one qubit after another, averaged, against the density matrix; the no-jump and
 * the jump branch also one by one. */
static void test_damping(void **unused) {
    (void)unused;
    uint64_t state = seed + 2;
    enum { N = 4, SIZE = 1 << N, RUNS = 20000 };
    const double gammas[] = {0.2, 0.8};
    for (size_t g = 0; g < 2; g++) {
        const double gamma = gammas[g];
        cplx a[SIZE], out[SIZE];
        double mean[SIZE] = {0}, exact[SIZE], jumps[N] = {0}, share[N] = {0};
        brg_dense *d = random_dense(N, BRG_DOUBLE, &state, a), *c = NULL;
        brg_density_dense *r = NULL;
        ok(brg_dense_new(&c, N, BRG_DOUBLE, 1));
        ok(brg_density_dense_new(&r, N, BRG_DOUBLE, 1));
        ok(brg_density_dense_set_pure(r, a));
        for (uint32_t q = 0; q < N; q++) {
            share[q] = gamma * brg_density_dense_probability(r, q);
            ok(brg_density_dense_damping(r, q, gamma));
        }
        for (int i = 0; i < RUNS; i++) {
            ok(brg_dense_copy(c, d));
            for (uint32_t q = 0; q < N; q++) {
                bool jumped = false;
                ok(brg_dense_damp(c, q, gamma, test_uniform(&state), &jumped));
                jumps[q] += jumped;
            }
            ok(brg_dense_get(c, 0, SIZE, out));
            for (size_t j = 0; j < SIZE; j++) mean[j] += pow(cabs(out[j]), 2.0);
        }
        ok(brg_density_dense_probabilities(r, exact));
        for (size_t j = 0; j < SIZE; j++)
            assert_double_near(mean[j] / RUNS, exact[j], 5.0 * 0.5 / sqrt(RUNS));
        for (uint32_t q = 0; q < N; q++) assert_count(jumps[q], RUNS, share[q]);
        for (uint32_t q = 0; q < N; q++)
            for (int jump = 0; jump < 2; jump++) {
                double one = 0.0;
                bool jumped = false;
                for (size_t j = 0; j < SIZE; j++)
                    if (j >> q & 1u) one += pow(cabs(a[j]), 2.0);
                const double u = jump ? 0.99 * gamma * one : 1.01 * gamma * one;
                ok(brg_dense_copy(c, d));
                ok(brg_dense_damp(c, q, gamma, u, &jumped));
                assert_int_equal(jumped, jump);
                ok(brg_dense_get(c, 0, SIZE, out));
                for (size_t j = 0; j < SIZE; j++) {
                    cplx want;
                    const bool set = j >> q & 1u;
                    if (jump)
                        want = set ? 0.0 : a[j | (size_t)1 << q] / sqrt(one);
                    else
                        want = a[j] * (set ? sqrt(1.0 - gamma) : 1.0) / sqrt(1.0 - gamma * one);
                    assert_double_near(cabs(out[j] - want), 0.0, 1e-12);
                }
            }
        brg_density_dense_destroy(&r);
        brg_dense_destroy(&c);
        brg_dense_destroy(&d);
    }
    /* the factor that carries the norm stays in range, and its error small, over many steps */
    for (int precision = 0; precision < 2; precision++) {
        brg_dense *d = NULL;
        ok(brg_dense_new(&d, 3, (brg_precision)precision, 1));
        for (uint32_t q = 0; q < 3; q++) {
            const cplx h[4] = {sqrt(0.5), sqrt(0.5), sqrt(0.5), -sqrt(0.5)};
            ok(brg_dense_gate1(d, 0, q, h));
        }
        for (int i = 0; i < 5000; i++) {
            ok(brg_dense_x(d, 0, (uint32_t)i % 3));
            ok(brg_dense_damp(d, (uint32_t)i % 3, 0.3, 0.9999, NULL));
        }
        assert_double_near(brg_dense_norm(d), 1.0, precision == BRG_DOUBLE ? 1e-10 : 1e-4);
        brg_dense_destroy(&d);
    }
}

enum { RN = 3, RS = 1 << RN };

static void read_rho(const brg_density_dense *r, cplx rho[RS][RS]) {
    for (uint64_t i = 0; i < RS; i++)
        for (uint64_t j = 0; j < RS; j++) ok(brg_density_dense_entry(r, i, j, &rho[i][j]));
}

/* sum of K rho K^dag on qubits q, by the state vector reference on rows and on columns. */
static void reference_channel(cplx rho[RS][RS], const uint32_t *q, uint32_t count, uint32_t terms,
                              const cplx *k) {
    cplx sum[RS][RS] = {{0}};
    const size_t entries = (size_t)1 << (2 * count);
    for (uint32_t t = 0; t < terms; t++) {
        cplx part[RS][RS];
        for (size_t j = 0; j < RS; j++) {
            cplx column[RS];
            for (size_t i = 0; i < RS; i++) column[i] = rho[i][j];
            reference_matrix(column, RN, 0, q, count, k + t * entries);
            for (size_t i = 0; i < RS; i++) part[i][j] = column[i];
        }
        for (size_t i = 0; i < RS; i++) {
            for (size_t j = 0; j < RS; j++) part[i][j] = conj(part[i][j]);
            reference_matrix(part[i], RN, 0, q, count, k + t * entries);
            for (size_t j = 0; j < RS; j++) sum[i][j] += conj(part[i][j]);
        }
    }
    memcpy(rho, sum, sizeof sum);
}

static void compare_rho(const brg_density_dense *r, cplx want[RS][RS], double tolerance) {
    cplx got[RS][RS];
    read_rho(r, got);
    for (size_t i = 0; i < RS; i++)
        for (size_t j = 0; j < RS; j++)
            assert_double_near(cabs(got[i][j] - want[i][j]), 0.0, tolerance);
}

/* A mixed state: random gates and noise, so that channels act on something general. */
static void mix(brg_density_dense *r, uint64_t *state) {
    cplx m[16];
    for (uint32_t q = 0; q < RN; q++) {
        test_unitary(m, 4, state);
        ok(brg_density_dense_gate2(r, 0, q, (q + 1) % RN, m));
        ok(brg_density_dense_damping(r, q, 0.3));
    }
}

static void test_channels(void **unused) {
    (void)unused;
    uint64_t state = seed + 3;
    for (int precision = 0; precision < 2; precision++) {
        const double tolerance = precision == BRG_DOUBLE ? 1e-12 : 1e-5;
        brg_density_dense *r = NULL;
        ok(brg_density_dense_new(&r, RN, (brg_precision)precision, 1));
        for (uint32_t q = 0; q < RN; q++) {
            const uint32_t qs[2] = {q, (q + 1) % RN};
            const double p = test_uniform(&state), s = sqrt(1.0 - p);
            cplx rho[RS][RS];
            const cplx damp[8] = {1, 0, 0, s, 0, sqrt(p), 0, 0};
            const cplx dephase[8] = {s, 0, 0, s, sqrt(p), 0, 0, -sqrt(p)};
            const double t = sqrt(p / 3.0);
            const cplx depolarize[16] = {s, 0, 0, s, 0, t, t, 0, 0, -I * t, I * t, 0, t, 0, 0, -t};
            const cplx reset[8] = {1, 0, 0, 0, 0, 1, 0, 0};
            mix(r, &state);
            read_rho(r, rho);
            ok(brg_density_dense_damping(r, q, p));
            reference_channel(rho, qs, 1, 2, damp);
            compare_rho(r, rho, tolerance);
            ok(brg_density_dense_dephasing(r, q, p));
            reference_channel(rho, qs, 1, 2, dephase);
            compare_rho(r, rho, tolerance);
            ok(brg_density_dense_depolarizing(r, q, p));
            reference_channel(rho, qs, 1, 4, depolarize);
            compare_rho(r, rho, tolerance);
            /* random Kraus sets: the blocks of a random isometry */
            cplx u[64], k1[2][4], k2[2][16];
            test_unitary(u, 4, &state);
            for (unsigned i = 0; i < 8; i++) k1[i / 4][i % 4] = u[(i / 2) * 4 + i % 2];
            ok(brg_density_dense_kraus1(r, q, 2, k1));
            reference_channel(rho, qs, 1, 2, k1[0]);
            compare_rho(r, rho, tolerance);
            test_unitary(u, 8, &state);
            for (unsigned i = 0; i < 32; i++) k2[i / 16][i % 16] = u[(i / 4) * 8 + i % 4];
            ok(brg_density_dense_kraus2(r, qs[0], qs[1], 2, k2));
            reference_channel(rho, qs, 2, 2, k2[0]);
            compare_rho(r, rho, tolerance);
            assert_double_near(brg_density_dense_trace(r), 1.0, tolerance);
            ok(brg_density_dense_depolarizing2(r, qs[0], qs[1], p));
            /* its definition as a mixture: (1 - 16p/15) rho + (16p/15) Tr_pair rho (x) 1/4 */
            cplx flat[RS][RS] = {{0}};
            const size_t pair_mask = (size_t)1 << qs[0] | (size_t)1 << qs[1];
            for (size_t i = 0; i < RS; i++)
                for (size_t j = 0; j < RS; j++) {
                    if ((i ^ j) & pair_mask) continue;
                    for (size_t v = 0; v < RS; v++)
                        if (!(v & ~pair_mask))
                            flat[i][j] += 0.25 * rho[(i & ~pair_mask) | v][(j & ~pair_mask) | v];
                }
            for (size_t i = 0; i < RS; i++)
                for (size_t j = 0; j < RS; j++)
                    rho[i][j] = (1.0 - 16.0 * p / 15.0) * rho[i][j] + 16.0 * p / 15.0 * flat[i][j];
            compare_rho(r, rho, tolerance);
            ok(brg_density_dense_reset(r, q));
            reference_channel(rho, qs, 1, 2, reset);
            compare_rho(r, rho, tolerance);
            assert_double_near(brg_density_dense_probability(r, q), 0.0, tolerance);
            assert_double_near(brg_density_dense_trace(r), 1.0, tolerance);
        }
        brg_density_dense_destroy(&r);
    }
}

/* Gates on rho = |psi><psi| follow the state vector; purity stays 1. */
static void test_pure(void **unused) {
    (void)unused;
    uint64_t state = seed + 4;
    enum { N = 6, SIZE = 1 << N };
    cplx a[SIZE], m[16];
    brg_dense *d = random_dense(N, BRG_DOUBLE, &state, a);
    brg_density_dense *r = NULL;
    ok(brg_density_dense_new(&r, N, BRG_DOUBLE, 2));
    ok(brg_density_dense_set_pure(r, a));
    for (int i = 0; i < 40; i++) {
        const uint32_t x = (uint32_t)(test_random(&state) % N);
        const uint32_t y = (x + 1u + (uint32_t)(test_random(&state) % (N - 1))) % N;
        const uint32_t z = (uint32_t)(test_random(&state) % N);
        const uint64_t c = z == x || z == y ? 0 : (uint64_t)1 << z;
        const cplx phase = cexp(CMPLX(0, 6.0 * test_uniform(&state)));
        test_unitary(m, 2, &state);
        ok(brg_dense_gate1(d, c, x, m));
        ok(brg_density_dense_gate1(r, c, x, m));
        test_unitary(m, 4, &state);
        ok(brg_dense_gate2(d, c, x, y, m));
        ok(brg_density_dense_gate2(r, c, x, y, m));
        ok(brg_dense_x(d, c, y));
        ok(brg_density_dense_x(r, c, y));
        ok(brg_dense_swap(d, c, y, x));
        ok(brg_density_dense_swap(r, c, y, x));
        ok(brg_dense_phase(d, c | (uint64_t)1 << x, phase));
        ok(brg_density_dense_phase(r, c | (uint64_t)1 << x, phase));
        ok(brg_dense_diagonal1(d, c, y, phase, conj(phase)));
        ok(brg_density_dense_diagonal1(r, c, y, phase, conj(phase)));
    }
    ok(brg_dense_get(d, 0, SIZE, a));
    for (uint64_t i = 0; i < SIZE; i++)
        for (uint64_t j = 0; j < SIZE; j++) {
            cplx e = 0.0;
            ok(brg_density_dense_entry(r, i, j, &e));
            assert_double_near(cabs(e - a[i] * conj(a[j])), 0.0, 1e-12);
        }
    double f = 0.0, p = 0.0;
    ok(brg_density_dense_fidelity(r, a, &f));
    assert_double_near(f, 1.0, 1e-11);
    assert_double_near(brg_density_dense_purity(r), 1.0, 1e-11);
    assert_double_near(brg_density_dense_trace(r), 1.0, 1e-11);
    for (uint32_t q = 0; q < N; q++)
        assert_double_near(brg_density_dense_probability(r, q), brg_dense_probability(d, q), 1e-11);
    const double one = brg_dense_probability(d, 2);
    ok(brg_density_dense_project(r, 2, 1, &p));
    assert_double_near(p, one, 1e-11);
    assert_double_near(brg_density_dense_trace(r), 1.0, 1e-11);
    assert_double_near(brg_density_dense_probability(r, 2), 1.0, 1e-11);
    brg_density_dense_destroy(&r);
    brg_dense_destroy(&d);
}

/* Twelve qubits, the size that is promised: a GHZ state under dephasing keeps (1 - 2p)^12 of its
 * coherence; damping of every qubit leaves the trace. */
static void test_twelve(void **unused) {
    (void)unused;
    enum { N = 12 };
    brg_density_dense *r = NULL;
    assert_true(brg_density_dense_bytes(N, BRG_DOUBLE) == (uint64_t)256 << 20);
    ok(brg_density_dense_new(&r, N, BRG_SINGLE, 0));
    const cplx h[4] = {sqrt(0.5), sqrt(0.5), sqrt(0.5), -sqrt(0.5)};
    ok(brg_density_dense_gate1(r, 0, 0, h));
    for (uint32_t q = 1; q < N; q++) ok(brg_density_dense_x(r, (uint64_t)1 << (q - 1), q));
    for (uint32_t q = 0; q < N; q++) ok(brg_density_dense_dephasing(r, q, 0.05));
    cplx e = 0.0;
    ok(brg_density_dense_entry(r, 0, (1u << N) - 1, &e));
    assert_double_near(creal(e), 0.5 * pow(0.9, N), 1e-6);
    for (uint32_t q = 0; q < N; q++) ok(brg_density_dense_damping(r, q, 0.1));
    ok(brg_density_dense_entry(r, (1u << N) - 1, (1u << N) - 1, &e));
    assert_double_near(creal(e), 0.5 * pow(0.9, N), 1e-6);
    assert_double_near(brg_density_dense_trace(r), 1.0, 1e-5);
    brg_density_dense_destroy(&r);
}

static void test_errors(void **unused) {
    (void)unused;
    brg_density_dense *r = NULL;
    const cplx half[1][4] = {{0.5, 0.0, 0.0, 0.5}};
    assert_int_equal(brg_density_dense_new(&r, 17, BRG_DOUBLE, 1), BRG_EINVAL);
    assert_null(r);
    ok(brg_density_dense_new(&r, 3, BRG_DOUBLE, 1));
    assert_int_equal(brg_density_dense_kraus1(r, 0, 1, half), BRG_EINVAL);
    assert_int_equal(brg_density_dense_damping(r, 3, 0.1), BRG_EINVAL);
    assert_int_equal(brg_density_dense_damping(r, 0, 1.1), BRG_EINVAL);
    assert_int_equal(brg_density_dense_dephasing(r, 0, (double)NAN), BRG_EINVAL);
    assert_int_equal(brg_density_dense_depolarizing2(r, 1, 1, 0.1), BRG_EINVAL);
    assert_int_equal(brg_density_dense_x(r, 8, 0), BRG_EINVAL);
    assert_int_equal(brg_density_dense_swap(r, 0, 3, 0), BRG_EINVAL);
    assert_int_equal(brg_density_dense_phase(r, 8, -1.0), BRG_EINVAL);
    assert_int_equal(brg_density_dense_set_basis(r, 8), BRG_EINVAL);
    assert_int_equal(brg_density_dense_project(r, 0, 1, NULL), BRG_ESTATE);
    assert_true(isnan(brg_density_dense_probability(r, 3)));
    brg_density_dense_destroy(&r);
    brg_density_dense_destroy(&r);
}

int main(void) {
    seed = test_seed(99);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measure), cmocka_unit_test(test_sample),
        cmocka_unit_test(test_damping), cmocka_unit_test(test_channels),
        cmocka_unit_test(test_pure),    cmocka_unit_test(test_twelve),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
