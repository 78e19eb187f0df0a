/* SPDX-License-Identifier: Apache-2.0 */
/* Random streams: the published Philox vectors, the layout of keys and counters, distributions. */
#include <math.h>

#include "csim/noise.h"
#include "csim/random.h"
#include "test.h"

/* Vectors of Random123's known-answer file for philox4x64 with 10 rounds. */
static void test_known_answers(void **unused) {
    (void)unused;
    static const uint64_t zeros[4] = {0x16554d9eca36314cu, 0xdb20fe9d672d0fdcu, 0xd7e772cee186176bu,
                                      0x7e68b68aec7ba23bu};
    const brg_stream s = {0, 0, 0, 0, 0, 0};
    for (uint64_t i = 0; i < 4; i++) assert_true(brg_stream_at(&s, i) == zeros[i]);

    /* Every number of the stream counts. */
    const uint64_t first = brg_stream_at(&s, 0);
    brg_stream t = s;
    t.seed = 1;
    assert_true(brg_stream_at(&t, 0) != first);
    t = s;
    t.purpose = 1;
    assert_true(brg_stream_at(&t, 0) != first);
    t = s;
    t.interval = 1;
    assert_true(brg_stream_at(&t, 0) != first);
    t = s;
    t.trajectory = 1;
    assert_true(brg_stream_at(&t, 0) != first);
    t = s;
    t.query = 1;
    assert_true(brg_stream_at(&t, 0) != first);
    assert_true(brg_stream_at(&s, 4) != first);
}

static void test_sequence(void **unused) {
    (void)unused;
    brg_stream s = brg_stream_make(7, 1, 2, BRG_PURPOSE_PAULI, 3);
    const brg_stream fixed = s;
    for (uint64_t i = 0; i < 100; i++) assert_true(brg_stream_next(&s) == brg_stream_at(&fixed, i));
    for (uint64_t i = 0; i < 1000; i++) {
        const double u = brg_stream_uniform_at(&fixed, i);
        assert_true(u >= 0 && u < 1);
    }
}

/* Sum of (observed - expected)^2 / expected for equal bins. */
static double chi_square(const uint64_t *bin, size_t bins, double expected) {
    double sum = 0;
    for (size_t i = 0; i < bins; i++) {
        const double d = (double)bin[i] - expected;
        sum += d * d / expected;
    }
    return sum;
}

static void test_uniform(void **unused) {
    (void)unused;
    enum { BINS = 64, DRAWS = 64000 };
    uint64_t bin[BINS] = {0};
    brg_stream s = brg_stream_make(test_seed(11), 0, 0, BRG_PURPOSE_FAULT, 0);
    for (int i = 0; i < DRAWS; i++) bin[(size_t)(BINS * brg_stream_uniform(&s))]++;
    /* 63 degrees of freedom: mean 63, deviation 11.2; five deviations. */
    const double x = chi_square(bin, BINS, (double)DRAWS / BINS);
    assert_true(x < 63 + 5 * 11.2 && x > 63 - 5 * 11.2);
}

static void test_geometric(void **unused) {
    (void)unused;
    enum { DRAWS = 40000 };
    brg_stream s = brg_stream_make(test_seed(12), 0, 0, BRG_PURPOSE_PAULI, 0);
    const double p = 0.3;
    uint64_t bin[10] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const uint64_t g = brg_stream_geometric(&s, p);
        bin[g < 9 ? g : 9]++;
    }
    double x = 0;
    for (int i = 0; i < 10; i++) {
        const double expected = DRAWS * (i < 9 ? p * pow(1 - p, i) : pow(1 - p, 9));
        x += pow((double)bin[i] - expected, 2) / expected;
    }
    assert_true(x < 9 + 5 * 4.3); /* 9 degrees of freedom */
    /* Tiny p: never an overflow, and the mean is about 1/p. */
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) sum += (double)brg_stream_geometric(&s, 1e-12);
    assert_double_near(sum / DRAWS, 1e12, 5e12 / sqrt(DRAWS));
    assert_true(brg_stream_geometric(&s, 1e-300) == UINT64_MAX);
    for (int i = 0; i < 100; i++) assert_true(brg_stream_geometric(&s, 1 - 1e-16) == 0);
}

static void test_rates(void **unused) {
    (void)unused;
    const brg_noise timed = {.model = BRG_NOISE_TIMED, .t1_ns = 10000, .tphi_ns = 20000};
    const brg_noise none = {.model = BRG_NOISE_TIMED};
    assert_double_near(brg_noise_damping(&timed, 100), 1 - exp(-0.01), 1e-15);
    assert_double_near(brg_noise_dephasing(&timed, 100), (1 - exp(-0.005)) / 2, 1e-15);
    assert_double_near(brg_noise_damping(&timed, 1e-9), 1e-13, 1e-26);
    assert_double_near(brg_noise_damping(&none, 100), 0, 0);
    assert_double_near(brg_noise_dephasing(&none, 100), 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_sequence),
        cmocka_unit_test(test_uniform),       cmocka_unit_test(test_geometric),
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
