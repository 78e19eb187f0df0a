/* SPDX-License-Identifier: Apache-2.0 */
/* One rate for four: the weights of brg_loop_effective_error against the chains of the error model
 * and against sampled, decoded lives. */
#include <math.h>
#include <string.h>

#include "circuits.h"
#include "model/ecc/loop_model.h"
#include "model/ecc/patch_private.h"

enum { PLACES = 4, MOST_CHECKS = BRG_PATCH_MAX_CHECKS };

#ifdef __SANITIZE_ADDRESS__
enum { FEWER = 16 };
#else
enum { FEWER = 1 };
#endif

static brg_patch_config rates_of(uint32_t d, const double rate[PLACES], uint64_t seed) {
    return (brg_patch_config){d, rate[0], rate[1], rate[2], rate[3], seed};
}

/* Steps of a chain, layers summed over: between two checks, and between a check and the boundary.
 * The last index says whether the step crosses the logical operator. */
typedef struct steps {
    uint32_t checks;
    double between[MOST_CHECKS][MOST_CHECKS][2], outside[MOST_CHECKS][2];
} steps;

static void add_steps(steps *s, uint32_t d, const double rate[PLACES], uint32_t basis) {
    const brg_patch_config config = rates_of(d, rate, 0);
    brg_patch_set set[BRG_PATCH_PARTS];
    memset(s, 0, sizeof *s);
    s->checks = (d * d - 1) / 2;
    assert_int_equal(brg_patch_sets_build(set, &config, basis, 4, NULL), BRG_OK);
    for (uint32_t i = 0; i < set[BRG_PATCH_BULK].count; i++) {
        const brg_patch_mechanism *m = &set[BRG_PATCH_BULK].mechanism[i];
        if (m->b == BRG_PATCH_NO_DETECTOR) {
            s->outside[m->a][m->flips] += m->probability;
            continue;
        }
        const uint32_t b = m->b % s->checks;
        s->between[m->a][b][m->flips] += m->probability;
        s->between[b][m->a][m->flips] += m->probability;
    }
    brg_patch_sets_clear(set);
}

/* Sum over the chains of that many steps from boundary to boundary that are logical errors, each
 * with the product of its steps. */
static double chains(const steps *s, uint32_t length) {
    double at[MOST_CHECKS][2];
    memcpy(at, s->outside, sizeof at);
    for (uint32_t step = 2; step < length; step++) {
        double next[MOST_CHECKS][2] = {{0}};
        for (uint32_t a = 0; a < s->checks; a++)
            for (uint32_t b = 0; b < s->checks; b++)
                for (unsigned f = 0; f < 4; f++)
                    next[b][f & 1u] += at[a][f >> 1] * s->between[a][b][(f >> 1 ^ f) & 1u];
        memcpy(at, next, sizeof at);
    }
    double sum = 0;
    for (uint32_t a = 0; a < s->checks; a++)
        sum += at[a][0] * s->outside[a][1] + at[a][1] * s->outside[a][0];
    return sum;
}

/* Share of each place in the chains of d + 1 steps, which fail with as many errors as the shortest
 * ones and are many more. */
static void test_weights_of_chains(void **unused) {
    (void)unused;
    static const double expected[PLACES] = {0.69, 0.04, 0.04, 0.23};
    const uint32_t d = 5;
    const double p = 1e-5;
    steps *s = malloc(sizeof *s);
    assert_non_null(s);
    double all = 0;
    for (unsigned place = 0; place < PLACES; place++) {
        double share = 0;
        for (uint32_t basis = 0; basis < BRG_PATCH_BASES; basis++) {
            double rate[PLACES] = {p, p, p, p};
            add_steps(s, d, rate, basis);
            const double before = chains(s, d + 1);
            rate[place] *= 1.001;
            add_steps(s, d, rate, basis);
            share += log(chains(s, d + 1) / before) / log(1.001) / (d + 1) / BRG_PATCH_BASES;
        }
        double one[PLACES] = {0};
        one[place] = 1;
        const brg_patch_config alone = rates_of(d, one, 0);
        const double weight = brg_loop_effective_error(&alone);
        print_message("place %u: weight %.4f, of the chains %.4f\n", place, weight, share);
        assert_double_near(weight, expected[place], 1e-15);
        assert_double_near(weight, share, 0.01);
        all += weight;
    }
    assert_double_near(all, 1, 1e-15);
    free(s);
}

/* Logical errors of one basis a round, mean of both, from lives of that many rounds. */
static double sampled(uint32_t d, const double rate[PLACES], uint64_t lives, uint64_t rounds,
                      double *relative) {
    const brg_loop_config config = {.patch = rates_of(d, rate, test_seed(81)),
                                    .decoder = BRG_LOOP_UNION_FIND,
                                    .round_ps = 1000};
    brg_loop_model *m = NULL;
    assert_int_equal(brg_loop_model_new(&m, &config, NULL), BRG_OK);
    uint64_t errors = 0;
    for (uint64_t i = 0; i < lives; i++)
        errors += (uint64_t)__builtin_popcount(brg_loop_pauli(m, i, 0, 0, 0, 0, rounds * 1000));
    assert_int_equal(brg_loop_status(m), BRG_OK);
    brg_loop_model_destroy(&m);
    assert_true(errors > 0);
    *relative = 1 / sqrt((double)errors);
    const double odd = (double)errors / (2.0 * (double)lives);
    return -expm1(log1p(-2 * odd) / (double)rounds) / 2;
}

/* Transmons: four rates against their one rate at all places, both decoded, and against the fit. */
static void test_against_sampling(void **unused) {
    (void)unused;
    static const double rate[2][PLACES] = {{1.7e-3, 1e-3, 1e-3, 3.2e-3},
                                           {1e-3, 1e-3, 1e-3, 7.56e-4}};
    static const uint64_t lives[2][2] = {{60000, 150000}, {40000, 250000}};
    for (unsigned i = 0; i < 2; i++)
        for (uint32_t d = 3; d <= (i ? 3u : 5u); d += 2) {
            const uint64_t number = lives[d / 2 - 1][i] / FEWER;
            const brg_patch_config four = rates_of(d, rate[i], 0);
            const double p = brg_loop_effective_error(&four), one[PLACES] = {p, p, p, p};
            double r4, r1;
            const double e4 = sampled(d, rate[i], number, 30, &r4);
            const double e1 = sampled(d, one, number, 30, &r1);
            const double fit = brg_loop_fit_rate(d, p);
            print_message("d %u, p %.5f: four rates %.3e (%.1f %%), one %.3e, fit %.3e\n", d, p, e4,
                          100 * r4, e1, fit);
            assert_true(fabs(e4 / e1 - 1) < 0.06 + 3 * (r4 + r1));
            assert_true(fabs(e4 / fit - 1) < 0.15 + 3 * r4);
        }
}

/* What the exact engines are told: the closed form of the fit, nothing for perfect patches, and
 * that drawn syndromes have no such thing. */
static void test_known_rates(void **unused) {
    (void)unused;
    for (int decoder = 0; decoder < BRG_LOOP_DECODERS; decoder++) {
        const bool fit = decoder == BRG_LOOP_FIT, perfect = decoder == BRG_LOOP_PERFECT;
        const brg_loop_config config = {.patch = {3, 0.003, 0.003, 0.003, 0.003, 0},
                                        .decoder = (brg_loop_decoder)decoder,
                                        .physical_error = 0.003,
                                        .round_ps = 1000,
                                        .window = decoder == BRG_LOOP_LOOKUP ? 4 : 0};
        brg_loop_model *m = NULL;
        brg_logical logical;
        double x = NAN, z = NAN;
        assert_int_equal(brg_loop_model_new(&m, &config, NULL), BRG_OK);
        brg_loop_logical(&logical, m, 0);
        assert_true((logical.rates != NULL) == (fit || perfect));
        assert_int_equal(brg_loop_rates(m, 500, 25499, &x, &z),
                         fit || perfect ? BRG_OK : BRG_EINVAL);
        if (fit || perfect) {
            const double rate = 0.0274 * pow(0.003 / 0.0102, 2);
            assert_double_near(x, fit ? (1 - pow(1 - 2 * rate, 24)) / 2 : 0, 1e-15);
            assert_true(z == x);
        }
        brg_loop_model_destroy(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_of_chains),
        cmocka_unit_test(test_against_sampling),
        cmocka_unit_test(test_known_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
