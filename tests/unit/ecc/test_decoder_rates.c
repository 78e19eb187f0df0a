/* SPDX-License-Identifier: Apache-2.0 */
/* Logical error rates of the union-find decoder: published-size points of rotated surface codes,
 * large distances against exact matching on the same shots (--large), thresholds. */
#include "decoder_cases.h"
#include "model/ecc/decoder_private.h"

/* Rotated surface code, memory Z, rounds = d, circuit-level noise p at all four places: errors in
 * shots of a minimum-weight matching decoder and of a weighted union-find decoder, both public. */
typedef struct point {
    uint32_t distance;
    double p;
    size_t matching_errors, matching_shots, uf_errors, uf_shots;
    size_t shots; /* of this test */
} point;

static const point points[] = {
    {3, 0.001, 3215, 4128768, 3323, 4128768, 4000000},
    {3, 0.003, 6299, 983040, 3104, 458752, 1000000},
    {3, 0.005, 3376, 196608, 3503, 196608, 500000},
    {5, 0.001, 3238, 25100288, 2345, 16711680, 8000000},
    {5, 0.003, 3301, 983040, 3565, 983040, 600000},
    {5, 0.005, 6444, 458752, 2913, 196608, 200000},
};

static double rate(size_t errors, size_t shots) {
    return (double)errors / (double)shots;
}

static double variance(size_t errors, size_t shots) {
    return (double)errors / (double)shots / (double)shots;
}

static void published_points(void **state) {
    (void)state;
    uint64_t seed = test_seed(51);
    for (size_t i = 0; i < sizeof points / sizeof *points; ++i) {
        const point *q = &points[i];
        brg_dem *dem = memory_dem(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, q->distance,
                                  q->distance, q->p);
        brg_graph *g = graph_of(dem, 255);
        brg_decoder *d = decoder_of(BRG_DECODER_UNION_FIND, g);
        const tally t = count_errors(dem, d, NULL, scaled(q->shots, 40), &seed);
        const double ours = rate(t.errors[0], t.shots), var = variance(t.errors[0], t.shots);
        const double uf = rate(q->uf_errors, q->uf_shots);
        const double matching = rate(q->matching_errors, q->matching_shots);
        const double matching_var = variance(q->matching_errors, q->matching_shots);
        print_message("d %u p %g: %.4g +- %.2g, union-find point %.4g, matching %.4g, ratio %.3f\n",
                      q->distance, q->p, ours, sqrt(var), uf, matching, ours / matching);
        assert_true(t.errors[0] > 10);
        assert_true(ours <= uf + 3 * sqrt(var + variance(q->uf_errors, q->uf_shots)));
        /* Nothing beats exact matching by much; less would be an error in the model. */
        assert_true(ours >= matching - 3 * sqrt(var + matching_var));
        /* Fewer shots in a sanitized build leave no room for the plain bound. */
        assert_true(ours <= 1.2 * matching + (t.shots < q->shots ? 3 * sqrt(var) : 0));
        brg_decoder_destroy(&d);
        brg_graph_destroy(&g);
        brg_dem_destroy(&dem);
    }
}

static void against_exact(uint32_t distance, double p, size_t shots, uint64_t *seed) {
    brg_dem *dem =
        memory_dem(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, distance, distance, p);
    brg_graph *g = graph_of(dem, 255);
    brg_decoder *d = decoder_of(BRG_DECODER_UNION_FIND, g);
    brg_decoder *exact = decoder_of(BRG_DECODER_EXACT, g);
    const tally t = count_errors(dem, d, exact, shots, seed);
    const double ratio = (double)t.errors[0] / (double)t.errors[1];
    /* Shots on which both fail cancel in the ratio. */
    const double error = sqrt((double)t.disagree) / (double)t.errors[1];
    print_message("d %u p %g: union-find %.4g, exact %.4g, ratio %.3f +- %.3f\n", distance, p,
                  rate(t.errors[0], t.shots), rate(t.errors[1], t.shots), ratio, error);
    assert_true(t.errors[1] > 20);
    /* Not below 1 by much: the lightest correction is not quite the likeliest class. */
    assert_true(ratio > 0.97 - 3 * error && ratio < 1.1 + 3 * error);
    brg_decoder_destroy(&d);
    brg_decoder_destroy(&exact);
    brg_graph_destroy(&g);
    brg_dem_destroy(&dem);
}

static void near_exact(void **state) {
    (void)state;
    uint64_t seed = test_seed(52);
    against_exact(3, 0.005, scaled(200000, 20), &seed);
    against_exact(5, 0.005, scaled(200000, 20), &seed);
    against_exact(7, 0.005, scaled(40000, 10), &seed);
}

static void near_exact_large(void **state) {
    (void)state;
    uint64_t seed = test_seed(53);
    against_exact(5, 0.001, 20000000, &seed);
    against_exact(7, 0.003, 3000000, &seed);
    against_exact(7, 0.005, 400000, &seed);
    against_exact(9, 0.003, 2000000, &seed);
    against_exact(9, 0.005, 200000, &seed);
}

/* Where the failure rates of two toric codes cross: both are sampled on a grid of rates, and the
 * difference of the logits is fitted with a line. There are size + 1 layers, the last perfect. */
typedef enum way { EXACT, UNION_FIND, FOREST } way; /* the last: growth and peeling alone */

static size_t forest_errors(const hand_dem *h, const brg_graph *g, size_t shots, uint64_t *seed) {
    brg_union_find *uf = NULL;
    assert_int_equal(brg_union_find_new(&uf, g), BRG_OK);
    const size_t stride = ((size_t)g->detectors + 7) / 8;
    uint8_t *rows = malloc(shots * stride);
    uint64_t *truth = malloc(shots * sizeof *truth);
    uint32_t *events = malloc(((size_t)g->detectors + 1) * sizeof *events);
    assert_true(rows && truth && events);
    sample_dem(&h->dem, shots, rows, stride, truth, seed);
    size_t errors = 0;
    for (size_t s = 0; s < shots; ++s) {
        const size_t count = row_events(events, rows + s * stride, g->detectors);
        errors += brg_union_find_grow(uf, events, count) != truth[s];
    }
    free(rows);
    free(truth);
    free(events);
    brg_union_find_destroy(&uf);
    return errors;
}

static size_t way_errors(way w, const hand_dem *h, const brg_graph *g, size_t shots,
                         uint64_t *seed) {
    if (w == FOREST) return forest_errors(h, g, shots, seed);
    brg_decoder *d = decoder_of(w == EXACT ? BRG_DECODER_EXACT : BRG_DECODER_UNION_FIND, g);
    const tally t = count_errors(&h->dem, d, NULL, shots, seed);
    brg_decoder_destroy(&d);
    return t.errors[0];
}

static double crossing(way w, int small, int large, bool layers, double centre, size_t shots,
                       uint64_t *seed) {
    enum { RATES = 5 };
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int i = 0; i < RATES; ++i) {
        const double p = centre * (1 + 0.03 * (i - RATES / 2));
        double logit[2];
        for (int k = 0; k < 2; ++k) {
            const int size = k ? large : small;
            hand_dem *h = hand_toric(size, layers ? size + 1 : 1, p, layers ? p : 0);
            if (layers) /* the last layer sees no errors of its own */
                for (int e = 0; e < 2 * size * size; ++e)
                    h->errors[h->dem.error_count - 1 - (size_t)e].probability = 0;
            brg_graph *g = graph_of(&h->dem, 255);
            const double f = rate(way_errors(w, h, g, shots, seed), shots);
            assert_true(f > 0 && f < 0.75);
            logit[k] = log(f / (0.75 - f)); /* two observables: 3/4 at infinite noise */
            brg_graph_destroy(&g);
            free(h);
        }
        const double y = logit[1] - logit[0];
        sx += p;
        sy += y;
        sxx += p * p;
        sxy += p * y;
    }
    const double slope = (RATES * sxy - sx * sy) / (RATES * sxx - sx * sx);
    assert_true(slope > 0);
    const double at = (sx - sy / slope) / RATES;
    static const char *const names[] = {"exact", "union-find", "union-find, forest alone"};
    print_message("%s, toric %d and %d, %s: crossing at %.4f\n", names[w], small, large,
                  layers ? "phenomenological" : "code capacity", at);
    return at;
}

static void thresholds(void **state) {
    (void)state;
    uint64_t seed = test_seed(54);
    assert_double_near(crossing(EXACT, 8, 16, false, 0.103, 40000, &seed), 0.103, 0.005);
    assert_double_near(crossing(UNION_FIND, 8, 16, false, 0.102, 40000, &seed), 0.102, 0.004);
    assert_double_near(crossing(FOREST, 12, 24, false, 0.099, 60000, &seed), 0.099, 0.003);
    assert_double_near(crossing(EXACT, 7, 11, true, 0.0293, 8000, &seed), 0.029, 0.002);
    assert_double_near(crossing(UNION_FIND, 7, 11, true, 0.028, 12000, &seed), 0.028, 0.002);
    assert_double_near(crossing(FOREST, 7, 11, true, 0.0265, 60000, &seed), 0.026, 0.0015);
}

int main(int argc, char **argv) {
    const struct CMUnitTest normal[] = {
        cmocka_unit_test(published_points),
        cmocka_unit_test(near_exact),
    };
    const struct CMUnitTest large[] = {cmocka_unit_test(near_exact_large)};
    const struct CMUnitTest crossings[] = {cmocka_unit_test(thresholds)};
    if (argc == 2 && strcmp(argv[1], "--large") == 0)
        return cmocka_run_group_tests(large, NULL, NULL);
    if (argc == 2 && strcmp(argv[1], "--thresholds") == 0)
        return cmocka_run_group_tests(crossings, NULL, NULL);
    return cmocka_run_group_tests(normal, NULL, NULL);
}
