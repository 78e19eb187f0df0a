/* SPDX-License-Identifier: Apache-2.0 */
/* The dense state vector against a plain reference: every kernel, every target and control, both
 * precisions, every instruction set of this machine; fused against unfused; any thread count. */
#include "csim/dense_internal.h"
#include "dense_reference.h"

static const char *const isa[] = {"base", "avx2", "avx512"};
static uint64_t seed;

typedef struct pair {
    unsigned n;
    double tolerance;
    brg_dense *d;
    cplx *a, *got;
    uint64_t state;
} pair;

static pair open_pair(unsigned n, brg_precision precision, const char *name, int jobs) {
    pair p = {.n = n, .tolerance = precision == BRG_DOUBLE ? 1e-13 : 2e-5, .state = seed + n};
    assert_int_equal(brg_dense_new(&p.d, n, precision, jobs), BRG_OK);
    if (name) assert_int_equal(brg_dense_select(p.d, name), BRG_OK);
    p.a = malloc(sizeof *p.a << n);
    p.got = malloc(sizeof *p.got << n);
    assert_non_null(p.a);
    assert_non_null(p.got);
    return p;
}

static void close_pair(pair *p) {
    brg_dense_destroy(&p->d);
    free(p->a);
    free(p->got);
}

static void scramble(pair *p) {
    double norm = 0.0;
    for (size_t i = 0; i < (size_t)1 << p->n; i++) {
        p->a[i] = test_complex(&p->state);
        norm += pow(cabs(p->a[i]), 2.0);
    }
    for (size_t i = 0; i < (size_t)1 << p->n; i++) p->a[i] /= sqrt(norm);
    assert_int_equal(brg_dense_set(p->d, 0, (uint64_t)1 << p->n, p->a), BRG_OK);
}

static void compare(pair *p) {
    assert_int_equal(brg_dense_get(p->d, 0, (uint64_t)1 << p->n, p->got), BRG_OK);
    for (size_t i = 0; i < (size_t)1 << p->n; i++)
        if (!(cabs(p->got[i] - p->a[i]) <= p->tolerance)) {
            print_error("amplitude %zu of %u qubits: %g%+gi, expected %g%+gi\n", i, p->n,
                        creal(p->got[i]), cimag(p->got[i]), creal(p->a[i]), cimag(p->a[i]));
            fail();
        }
}

/* All single-qubit kernels with these controls. */
static void try_single(pair *p, uint64_t controls, uint32_t t) {
    cplx m[4];
    scramble(p);
    test_matrix(m, 4, &p->state);
    assert_int_equal(brg_dense_gate1(p->d, controls, t, m), BRG_OK);
    reference_matrix(p->a, p->n, controls, &t, 1, m);
    assert_int_equal(brg_dense_x(p->d, controls, t), BRG_OK);
    reference_matrix(p->a, p->n, controls, &t, 1, reference_x);
    compare(p);
    const cplx d[4] = {test_complex(&p->state), 0.0, 0.0, test_complex(&p->state)};
    assert_int_equal(brg_dense_diagonal1(p->d, controls, t, d[0], d[3]), BRG_OK);
    reference_matrix(p->a, p->n, controls, &t, 1, d);
    assert_int_equal(brg_dense_phase(p->d, controls | (uint64_t)1 << t, d[0]), BRG_OK);
    reference_phase(p->a, p->n, controls | (uint64_t)1 << t, d[0]);
    compare(p);
}

static void try_double(pair *p, uint64_t controls, uint32_t a, uint32_t b) {
    const uint32_t q[2] = {a, b};
    cplx m[16];
    scramble(p);
    test_matrix(m, 16, &p->state);
    assert_int_equal(brg_dense_swap(p->d, controls, a, b), BRG_OK);
    reference_matrix(p->a, p->n, controls, q, 2, reference_swap);
    compare(p);
    assert_int_equal(brg_dense_gate2(p->d, controls, a, b, m), BRG_OK);
    reference_matrix(p->a, p->n, controls, q, 2, m);
    compare(p);
}

static void try_all(unsigned n, brg_precision precision, const char *name) {
    pair p = open_pair(n, precision, name, 1);
    const uint64_t all = ((uint64_t)1 << n) - 1u;
    for (uint32_t t = 0; t < n; t++) {
        const uint64_t free_of_t = all & ~((uint64_t)1 << t);
        try_single(&p, 0, t);
        try_single(&p, free_of_t, t);
        for (uint32_t c = 0; c < n; c++)
            for (uint32_t e = 0; e <= c; e++)
                try_single(&p, ((uint64_t)1 << c | (uint64_t)1 << e) & free_of_t, t);
        for (uint32_t u = 0; u < n; u++) {
            if (u == t) continue;
            const uint64_t rest = free_of_t & ~((uint64_t)1 << u);
            try_double(&p, 0, t, u);
            for (uint32_t c = 0; c < n; c++) try_double(&p, (uint64_t)1 << c & rest, t, u);
            try_double(&p, test_random(&p.state) & rest, t, u);
        }
    }
    close_pair(&p);
}

static void test_kernels(void **unused) {
    (void)unused;
    unsigned tried = 0;
    for (size_t i = 0; i < sizeof isa / sizeof *isa; i++)
        for (int precision = 0; precision < 2; precision++) {
            brg_dense *d = NULL;
            assert_int_equal(brg_dense_new(&d, 1, (brg_precision)precision, 1), BRG_OK);
            const bool has = brg_dense_select(d, isa[i]) == BRG_OK;
            if (has) assert_string_equal(brg_dense_selected(d), isa[i]);
            brg_dense_destroy(&d);
            if (!has) {
                print_message("this machine has no %s\n", isa[i]);
                continue;
            }
            tried++;
            for (unsigned n = 1; n <= 8; n++) try_all(n, (brg_precision)precision, isa[i]);
        }
    assert_true(tried >= 2);
}

/* One random gate on both, chosen by the generator of the pair. */
static void random_gate(pair *p, cplx *reference) {
    const uint32_t n = p->n;
    uint32_t q[2];
    for (unsigned i = 0; i < 2; i++) q[i] = (uint32_t)(test_random(&p->state) % n);
    if (q[0] == q[1]) q[1] = (q[0] + 1u) % n;
    const uint64_t used = (uint64_t)1 << q[0] | (uint64_t)1 << q[1], all = ((uint64_t)1 << n) - 1u;
    const uint64_t many = test_random(&p->state) & test_random(&p->state) & all & ~used;
    const uint64_t one = (uint64_t)1 << (test_random(&p->state) % n) & ~used;
    const unsigned how = (unsigned)(test_random(&p->state) % 4);
    const uint64_t controls = how == 0 ? one : how == 1 ? one | (many & (~many + 1u)) : 0;
    cplx m[16];
    switch (test_random(&p->state) % 8) {
        case 0:
        case 1:
            test_unitary(m, 2, &p->state);
            assert_int_equal(brg_dense_gate1(p->d, controls, q[0], m), BRG_OK);
            if (reference) reference_matrix(reference, n, controls, q, 1, m);
            break;
        case 2:
            test_unitary(m, 4, &p->state);
            assert_int_equal(brg_dense_gate2(p->d, controls, q[0], q[1], m), BRG_OK);
            if (reference) reference_matrix(reference, n, controls, q, 2, m);
            break;
        case 3:
            assert_int_equal(brg_dense_swap(p->d, controls, q[0], q[1]), BRG_OK);
            if (reference) reference_matrix(reference, n, controls, q, 2, reference_swap);
            break;
        case 4:
            m[0] = cexp(CMPLX(0.0, 6.0 * test_uniform(&p->state)));
            assert_int_equal(brg_dense_phase(p->d, controls | (uint64_t)1 << q[0], m[0]), BRG_OK);
            if (reference) reference_phase(reference, n, controls | (uint64_t)1 << q[0], m[0]);
            break;
        case 5:
            assert_int_equal(brg_dense_x(p->d, controls, q[0]), BRG_OK);
            if (reference) reference_matrix(reference, n, controls, q, 1, reference_x);
            break;
        default:
            assert_int_equal(brg_dense_x(p->d, (uint64_t)1 << q[1], q[0]), BRG_OK);
            if (reference) reference_matrix(reference, n, (uint64_t)1 << q[1], q, 1, reference_x);
            break;
    }
}

/* Large enough for several threads, for every way of walking and for tiles. */
static void large(unsigned n, brg_precision precision, const char *name, bool fused,
                  unsigned gates) {
    pair p = open_pair(n, precision, name, 2);
    p.tolerance *= 10.0;
    scramble(&p);
    assert_int_equal(brg_dense_fusion(p.d, fused), BRG_OK);
    for (unsigned i = 0; i < gates; i++) {
        random_gate(&p, p.a);
        if (i % 37 == 36) compare(&p);
    }
    compare(&p);
    close_pair(&p);
}

static void test_large(void **unused) {
    (void)unused;
    for (int precision = 0; precision < 2; precision++) {
        large(17, (brg_precision)precision, NULL, false, 150);
        large(17, (brg_precision)precision, "base", false, 80);
    }
}

static void test_fusion(void **unused) {
    (void)unused;
    for (int precision = 0; precision < 2; precision++) {
        for (unsigned n = 1; n <= 9; n += 2)
            if (n > 1) large(n, (brg_precision)precision, NULL, true, 300);
        large(16, (brg_precision)precision, NULL, true, 150);
        large(18, (brg_precision)precision, NULL, true, 150);
        large(17, (brg_precision)precision, "base", true, 60);
    }
}

/* Every target alone at a size where it decides how memory is walked. */
static void test_walks(void **unused) {
    (void)unused;
    pair p = open_pair(19, BRG_DOUBLE, NULL, 2);
    scramble(&p);
    for (uint32_t t = 0; t < p.n; t++) {
        const uint32_t q[2] = {t, (t + 7u) % p.n};
        cplx m[16];
        test_unitary(m, 2, &p.state);
        assert_int_equal(brg_dense_gate1(p.d, 0, t, m), BRG_OK);
        reference_matrix(p.a, p.n, 0, q, 1, m);
        assert_int_equal(brg_dense_swap(p.d, (uint64_t)1 << ((t + 3u) % p.n), t, q[1]), BRG_OK);
        reference_matrix(p.a, p.n, (uint64_t)1 << ((t + 3u) % p.n), q, 2, reference_swap);
        const uint64_t both = (uint64_t)1 << t | (uint64_t)1 << q[1];
        assert_int_equal(brg_dense_phase(p.d, both, -1.0), BRG_OK);
        reference_phase(p.a, p.n, both, -1.0);
        double one = 0.0;
        for (size_t i = 0; i < (size_t)1 << p.n; i++)
            if (i >> t & 1u) one += pow(cabs(p.a[i]), 2.0);
        assert_double_near(brg_dense_probability(p.d, t), one, 1e-12);
    }
    compare(&p);
    assert_double_near(brg_dense_norm(p.d), 1.0, 1e-12);
    close_pair(&p);
}

static void test_threads(void **unused) {
    (void)unused;
    for (int fused = 0; fused < 2; fused++) {
        const int jobs[] = {1, 2, 4};
        cplx *first = NULL;
        double norm = 0.0, probability = 0.0;
        for (size_t j = 0; j < 3; j++) {
            pair p = open_pair(18, fused ? BRG_SINGLE : BRG_DOUBLE, NULL, jobs[j]);
            scramble(&p);
            assert_int_equal(brg_dense_fusion(p.d, fused), BRG_OK);
            for (unsigned i = 0; i < 120; i++) random_gate(&p, NULL);
            bool jumped = false;
            assert_int_equal(brg_dense_damp(p.d, 9, 0.3, 0.5, &jumped), BRG_OK);
            assert_int_equal(brg_dense_get(p.d, 0, 1u << 18, p.got), BRG_OK);
            if (j == 0) {
                first = p.got;
                p.got = NULL;
                norm = brg_dense_norm(p.d);
                probability = brg_dense_probability(p.d, 11);
            } else {
                assert_memory_equal(p.got, first, sizeof *first << 18);
                assert_true(brg_dense_norm(p.d) == norm);
                assert_true(brg_dense_probability(p.d, 11) == probability);
            }
            close_pair(&p);
        }
        free(first);
    }
}

static void test_general_matrix(void **unused) {
    (void)unused;
    for (int precision = 0; precision < 2; precision++) {
        pair p = open_pair(8, (brg_precision)precision, NULL, 1);
        for (uint32_t count = 1; count <= 4; count++) {
            const uint32_t q[4] = {5, 0, 7, 2};
            cplx m[256];
            scramble(&p);
            test_unitary(m, 1u << count, &p.state);
            assert_int_equal(brg_dense_matrix(p.d, q, count, m), BRG_OK);
            reference_matrix(p.a, p.n, 0, q, count, m);
            compare(&p);
        }
        close_pair(&p);
    }
}

static void test_access(void **unused) {
    (void)unused;
    pair p = open_pair(7, BRG_DOUBLE, NULL, 1), copy = open_pair(7, BRG_DOUBLE, NULL, 1);
    assert_int_equal(brg_dense_qubits(p.d), 7);
    assert_true(brg_dense_bytes(24, BRG_DOUBLE) == (uint64_t)16 << 24);
    assert_true(brg_dense_bytes(24, BRG_SINGLE) == (uint64_t)8 << 24);
    memset(p.a, 0, sizeof *p.a << 7);
    p.a[0] = 1.0;
    compare(&p);
    assert_int_equal(brg_dense_set_basis(p.d, 77), BRG_OK);
    p.a[0] = 0.0;
    p.a[77] = 1.0;
    compare(&p);
    scramble(&p);
    /* a damped state carries its norm in a factor; set and copy must respect it */
    assert_int_equal(brg_dense_damp(p.d, 3, 0.4, 0.9, NULL), BRG_OK);
    assert_int_equal(brg_dense_get(p.d, 0, 128, p.a), BRG_OK);
    p.a[5] = CMPLX(0.25, -0.5);
    assert_int_equal(brg_dense_set(p.d, 5, 1, &p.a[5]), BRG_OK);
    compare(&p);
    assert_int_equal(brg_dense_fusion(p.d, true), BRG_OK);
    assert_int_equal(brg_dense_x(p.d, 0, 2), BRG_OK);
    assert_int_equal(brg_dense_copy(copy.d, p.d), BRG_OK);
    const uint32_t q = 2;
    reference_matrix(p.a, 7, 0, &q, 1, reference_x);
    compare(&p);
    memcpy(copy.a, p.a, sizeof *p.a << 7);
    compare(&copy);
    /* what was collected before a new state is set must not act on it */
    assert_int_equal(brg_dense_x(p.d, 0, 2), BRG_OK);
    assert_int_equal(brg_dense_set_basis(p.d, 0), BRG_OK);
    memset(p.a, 0, sizeof *p.a << 7);
    p.a[0] = 1.0;
    compare(&p);
    close_pair(&p);
    close_pair(&copy);
}

static void test_errors(void **unused) {
    (void)unused;
    brg_dense *d = NULL, *other = NULL;
    const cplx m[16] = {1.0};
    cplx a[8];
    unsigned bit;
    uint64_t index;
    assert_int_equal(brg_dense_new(NULL, 2, BRG_DOUBLE, 1), BRG_EINVAL);
    assert_int_equal(brg_dense_new(&d, 41, BRG_DOUBLE, 1), BRG_EINVAL);
    assert_int_equal(brg_dense_new(&d, 2, (brg_precision)7, 1), BRG_EINVAL);
    assert_int_equal(brg_dense_new(&d, 40, BRG_DOUBLE, 1), BRG_ENOMEM);
    assert_null(d);
    assert_int_equal(brg_dense_new(&d, 3, BRG_DOUBLE, 1), BRG_OK);
    assert_int_equal(brg_dense_new(&other, 4, BRG_DOUBLE, 1), BRG_OK);
    assert_int_equal(brg_dense_copy(d, other), BRG_EINVAL);
    assert_int_equal(brg_dense_set_basis(d, 8), BRG_EINVAL);
    assert_int_equal(brg_dense_get(d, 7, 2, a), BRG_EINVAL);
    assert_int_equal(brg_dense_set(d, 9, 0, a), BRG_EINVAL);
    assert_int_equal(brg_dense_gate1(d, 0, 3, m), BRG_EINVAL);
    assert_int_equal(brg_dense_gate1(d, 2, 1, m), BRG_EINVAL);
    assert_int_equal(brg_dense_x(d, 8, 0), BRG_EINVAL);
    assert_int_equal(brg_dense_phase(d, 8, 1.0), BRG_EINVAL);
    assert_int_equal(brg_dense_swap(d, 0, 1, 1), BRG_EINVAL);
    assert_int_equal(brg_dense_gate2(d, 1, 0, 1, m), BRG_EINVAL);
    assert_int_equal(brg_dense_gate2(d, 0, 0, 1, NULL), BRG_EINVAL);
    assert_int_equal(brg_dense_measure(d, 3, 0.5, &bit), BRG_EINVAL);
    assert_int_equal(brg_dense_measure(d, 0, 1.0, &bit), BRG_EINVAL);
    assert_int_equal(brg_dense_reset(d, 0, -0.1), BRG_EINVAL);
    assert_int_equal(brg_dense_damp(d, 0, 1.5, 0.1, NULL), BRG_EINVAL);
    assert_int_equal(brg_dense_damp(d, 0, 0.5, (double)NAN, NULL), BRG_EINVAL);
    assert_int_equal(brg_dense_sample(d, 1.0, &index), BRG_EINVAL);
    assert_true(isnan(brg_dense_probability(d, 3)));
    memset(a, 0, sizeof a);
    assert_int_equal(brg_dense_set(d, 0, 8, a), BRG_OK);
    assert_int_equal(brg_dense_measure(d, 0, 0.5, &bit), BRG_ESTATE);
    assert_int_equal(brg_dense_damp(d, 0, 0.5, 0.1, NULL), BRG_ESTATE);
    assert_int_equal(brg_dense_sample(d, 0.5, &index), BRG_ESTATE);
    assert_int_equal(brg_dense_select(d, "none"), BRG_EINVAL);
    brg_dense_destroy(&d);
    brg_dense_destroy(&other);
    brg_dense_destroy(&other);
    brg_dense_destroy(NULL);
}

int main(void) {
    seed = test_seed(20240611);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels), cmocka_unit_test(test_large),
        cmocka_unit_test(test_fusion),  cmocka_unit_test(test_walks),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_general_matrix),
        cmocka_unit_test(test_access),  cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
