/* SPDX-License-Identifier: Apache-2.0 */
/* Patches: rounds against circuits of other lengths and against the frame sampler, decoding of
 * lives against decoding of whole circuits, sliding windows, and the model behind a query's lives.
 */
#include <math.h>
#include <string.h>

#include "circuits.h"
#include "csim/trajectory.h"
#include "decoder_cases.h"
#include "model/ecc/loop_model.h"
#include "model/ecc/patch_private.h"
#include "model/ecc/rtl_decoder.h"

static brg_patch_config uniform_config(uint32_t d, double p, uint64_t seed) {
    return (brg_patch_config){d, p, p, p, p, seed};
}

static brg_patch_model *patch_of(uint32_t d, double p, uint64_t seed) {
    const brg_patch_config config = uniform_config(d, p, seed);
    brg_patch_model *m = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int rc = brg_patch_model_new(&m, &config, diag);
    if (rc) brg_diag_print(diag, stderr);
    assert_int_equal(rc, BRG_OK);
    brg_diag_destroy(&diag);
    return m;
}

static brg_patch_life *life_of(const brg_patch_model *m) {
    brg_patch_life *life = NULL;
    assert_int_equal(brg_patch_life_new(&life, m), BRG_OK);
    return life;
}

/* A whole life; layers, when given, gets [rounds + 1][basis][word]. Returns the flips. */
static unsigned run(brg_patch_life *life, uint64_t trajectory, uint64_t rounds,
                    uint64_t (*layers)[BRG_PATCH_BASES][2]) {
    uint64_t events[BRG_PATCH_BASES][2];
    unsigned flips = 8;
    const brg_patch_key key = {.trajectory = trajectory, .query = 3, .qubit = 1, .life = 1};
    brg_patch_open(life, &key);
    for (uint64_t r = 0; r < rounds; r++) {
        assert_int_equal(brg_patch_rounds(life), r);
        assert_int_equal(brg_patch_round(life, events), BRG_OK);
        if (layers) memcpy(layers[r], events, sizeof events);
    }
    assert_int_equal(brg_patch_close(life, events, &flips), BRG_OK);
    if (layers) memcpy(layers[rounds], events, sizeof events);
    assert_true(flips < 4);
    return flips;
}

/* The three sets do not depend on the length of the circuit that they are cut from. */
static void test_rounds_alike(void **state) {
    (void)state;
    static const uint32_t distance[] = {3, 5, 7};
    static const uint64_t length[] = {1, 2, 3, 9};
    for (size_t d = 0; d < 3; d++) {
        /* Four different probabilities, so that no place of noise hides another. */
        const brg_patch_config config = {distance[d], 0.003, 0.004, 0.0025, 0.006, 0};
        brg_patch_model *m = NULL;
        assert_int_equal(brg_patch_model_new(&m, &config, NULL), BRG_OK);
        assert_int_equal(brg_patch_checks(m), (distance[d] * distance[d] - 1) / 2);
        for (uint32_t b = 0; b < BRG_PATCH_BASES; b++)
            for (size_t l = 0; l < sizeof length / sizeof *length; l++) {
                brg_patch_set sets[BRG_PATCH_PARTS];
                assert_int_equal(brg_patch_sets_build(sets, &config, b, length[l], NULL), BRG_OK);
                for (int part = 0; part < BRG_PATCH_PARTS; part++) {
                    if (part == BRG_PATCH_BULK && length[l] < 2) continue;
                    const brg_patch_set *x = &m->set[b][part], *y = &sets[part];
                    assert_int_equal(x->count, y->count);
                    double sum[2] = {0, 0};
                    for (uint32_t i = 0; i < x->count; i++) {
                        /* Equal probabilities may differ in the last bit and so in order. */
                        uint32_t j = 0;
                        while (j < y->count && (x->mechanism[i].a != y->mechanism[j].a ||
                                                x->mechanism[i].b != y->mechanism[j].b ||
                                                x->mechanism[i].flips != y->mechanism[j].flips))
                            j++;
                        assert_true(j < y->count);
                        assert_double_near(x->mechanism[i].probability, y->mechanism[j].probability,
                                           1e-14);
                        sum[0] += x->mechanism[i].probability;
                        sum[1] += y->mechanism[i].probability;
                    }
                    assert_double_near(sum[0], sum[1], 1e-12);
                    assert_true(x->count > 0);
                }
                brg_patch_sets_clear(sets);
            }
        brg_patch_model_destroy(&m);
    }
}

/* Check of the basis at a grid place in the order of the lattice of docs/qec_loop.md, written apart
 * from the model: rows of (d + 1) / 2, for X checks seen from the left side upwards. */
static uint32_t place_of_check(uint32_t d, uint32_t basis, uint32_t x, uint32_t y) {
    uint32_t number = 0;
    for (uint32_t row = 1; row < d; row++)
        for (uint32_t along = 0; along <= d; along++) {
            const uint32_t px = basis ? 2 * (d - row) : 2 * along;
            const uint32_t py = basis ? 2 * along : 2 * row;
            if ((along + row) % 2) continue;
            if (px == x && py == y) return number;
            number++;
        }
    return UINT32_MAX;
}

/* Layer * checks + check of each detector of the basis in a circuit's model, or UINT32_MAX. */
static uint32_t *places_of(const brg_dem *dem, uint32_t d, uint32_t basis) {
    uint32_t *place = malloc(dem->detectors * sizeof *place);
    assert_non_null(place);
    assert_non_null(dem->coordinates);
    for (uint32_t i = 0; i < dem->detectors; i++) {
        const double *at = dem->coordinates + 4 * (size_t)i;
        const uint32_t c = place_of_check(d, basis, (uint32_t)at[0], (uint32_t)at[1]);
        const bool mine = ((uint32_t)at[0] / 2 + (uint32_t)at[1] / 2) % 2 == basis;
        if (mine) assert_true(c != UINT32_MAX);
        place[i] = mine ? (uint32_t)at[2] * ((d * d - 1) / 2) + c : UINT32_MAX;
    }
    return place;
}

/* Two samples of the same size: sum of (a - b)^2 / (a + b). */
static void assert_alike(const char *what, const uint64_t *a, const uint64_t *b, size_t bins) {
    double x = 0;
    size_t used = 0;
    for (size_t i = 0; i < bins; i++) {
        if (a[i] + b[i] < 20) continue;
        x += pow((double)a[i] - (double)b[i], 2) / (double)(a[i] + b[i]);
        used++;
    }
    assert_true(used > 1);
    print_message("%s: chi-square %.1f of %zu\n", what, x, used);
    assert_true(x < (double)used + 4.5 * sqrt(2 * (double)used));
}

/* Events, pairs of events in space and time, their number in a shot, the logical flips before and
 * after decoding: of lives, and of the circuit's Pauli frames. */
static void against_sampler(uint32_t d, double p, size_t batches) {
    enum { MOST_EVENTS = 64, PAIRS = 4096 };
    const uint32_t checks = (d * d - 1) / 2, bins = (d + 1) * checks;
    const uint64_t seed = test_seed(60 + d);
    brg_patch_model *m = patch_of(d, p, seed);
    brg_patch_life *life = life_of(m);
    for (uint32_t basis = 0; basis < BRG_PATCH_BASES; basis++) {
        brg_circuit *c =
            generated_circuit(basis ? BRG_CODE_SURFACE_ROTATED_X : BRG_CODE_SURFACE_ROTATED_Z,
                              BRG_ECC_CIRCUIT_LEVEL, d, d, p);
        brg_sampler *sampler = NULL;
        brg_dem *dem = NULL;
        assert_int_equal(brg_sampler_new(&sampler, c, seed + 1, NULL), BRG_OK);
        assert_int_equal(brg_dem_from_circuit(&dem, c, true, NULL), BRG_OK);
        brg_graph *graph = graph_of(dem, 255);
        brg_decoder *decoder = decoder_of(BRG_DECODER_UNION_FIND, graph);
        uint32_t *place = places_of(dem, d, basis);
        const size_t stride = (dem->detectors + 7) / 8;
        uint8_t *shots = malloc(BRG_SAMPLER_BATCH * stride), *seen = malloc(bins);
        uint64_t *truth = malloc(BRG_SAMPLER_BATCH * sizeof *truth);
        uint64_t *answer = malloc(BRG_SAMPLER_BATCH * sizeof *answer);
        uint64_t(*layers)[BRG_PATCH_BASES][2] = malloc((d + 1) * sizeof *layers);
        uint64_t *rate[2], *pair[2], count[2][MOST_EVENTS] = {{0}}, raw[2] = {0, 0},
                                     wrong[2] = {0, 0};
        for (int i = 0; i < 2; i++) {
            rate[i] = calloc(bins, sizeof **rate);
            pair[i] = calloc(PAIRS, sizeof **pair);
            assert_true(rate[i] && pair[i]);
        }
        assert_true(shots && seen && truth && answer && layers);
        for (size_t batch = 0; batch < batches; batch++) {
            assert_int_equal(brg_sampler_detections(sampler, batch, shots, stride, false, truth),
                             BRG_OK);
            brg_decoder_decode_batch(decoder, shots, stride, BRG_SAMPLER_BATCH, answer);
            for (size_t s = 0; s < BRG_SAMPLER_BATCH; s++)
                for (int source = 0; source < 2; source++) {
                    memset(seen, 0, bins);
                    if (source == 0) {
                        for (uint32_t i = 0; i < dem->detectors; i++)
                            if (place[i] != UINT32_MAX)
                                seen[place[i]] = (uint8_t)(shots[s * stride + i / 8] >> i % 8 & 1);
                        raw[0] += truth[s] & 1u;
                        wrong[0] += (truth[s] ^ answer[s]) & 1u;
                    } else {
                        unsigned residual;
                        const unsigned flips = run(life, batch * BRG_SAMPLER_BATCH + s, d, layers);
                        assert_int_equal(
                            brg_patch_residual(life, BRG_DECODER_UNION_FIND, 0, &residual), BRG_OK);
                        for (uint32_t i = 0; i < bins; i++)
                            seen[i] =
                                layers[i / checks][basis][i % checks / 64] >> (i % checks % 64) &
                                1u;
                        raw[1] += flips >> basis & 1u;
                        wrong[1] += residual >> basis & 1u;
                    }
                    uint32_t events = 0, last = 0;
                    for (uint32_t i = 0; i < bins; i++) {
                        if (!seen[i]) continue;
                        rate[source][i]++;
                        /* Neighbours in the list: most come from one error. */
                        if (events) pair[source][(last * 61 + i) % PAIRS]++;
                        last = i;
                        events++;
                    }
                    count[source][events < MOST_EVENTS ? events : MOST_EVENTS - 1]++;
                }
        }
        print_message("d %u basis %u p %g:\n", d, basis, p);
        assert_alike("  events", rate[0], rate[1], bins);
        assert_alike("  pairs", pair[0], pair[1], PAIRS);
        assert_alike("  events in a shot", count[0], count[1], MOST_EVENTS);
        print_message("  flips %llu and %llu, logical errors %llu and %llu of %zu\n",
                      (unsigned long long)raw[0], (unsigned long long)raw[1],
                      (unsigned long long)wrong[0], (unsigned long long)wrong[1],
                      batches * BRG_SAMPLER_BATCH);
        assert_double_near((double)raw[0], (double)raw[1], 3.5 * sqrt((double)(raw[0] + raw[1])));
        assert_true(wrong[0] > 10);
        assert_double_near((double)wrong[0], (double)wrong[1],
                           3 * sqrt((double)(wrong[0] + wrong[1])));
        for (int i = 0; i < 2; i++) {
            free(rate[i]);
            free(pair[i]);
        }
        free(shots);
        free(seen);
        free(truth);
        free(answer);
        free(layers);
        free(place);
        brg_decoder_destroy(&decoder);
        brg_graph_destroy(&graph);
        brg_dem_destroy(&dem);
        brg_sampler_destroy(&sampler);
        brg_circuit_destroy(&c);
    }
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
}

static void test_against_sampler(void **state) {
    (void)state;
    against_sampler(3, 0.005, scaled(200, 10));
    against_sampler(5, 0.005, scaled(80, 10));
    against_sampler(7, 0.006, scaled(40, 10));
}

/* Layers do not depend on how long the life goes on, on lives before, or on other objects. */
static void test_prefix(void **state) {
    (void)state;
    enum { LONG = 40 };
    brg_patch_model *m = patch_of(5, 0.004, test_seed(70));
    brg_patch_life *one = life_of(m), *two = life_of(m);
    uint64_t whole[LONG + 1][BRG_PATCH_BASES][2], part[LONG + 1][BRG_PATCH_BASES][2];
    size_t events = 0, different = 0;
    for (uint64_t trajectory = 0; trajectory < 200; trajectory++) {
        const unsigned flips = run(one, trajectory, LONG, whole);
        for (uint64_t rounds = 1; rounds < LONG; rounds += 7) {
            run(two, trajectory, rounds, part);
            assert_memory_equal(part, whole, rounds * sizeof *part);
        }
        assert_int_equal(run(two, trajectory, LONG, part), flips);
        assert_memory_equal(part, whole, sizeof part);
        for (int t = 0; t <= LONG; t++)
            for (int b = 0; b < 2; b++) events += (size_t)__builtin_popcountll(whole[t][b][0]);
        run(two, trajectory + 1000, LONG, part);
        different += memcmp(part, whole, sizeof part) != 0;
    }
    assert_true(events > 1000);
    assert_int_equal(different, 200);
    /* Each part of the key matters. */
    const brg_patch_key key[] = {
        {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    for (int k = 0; k < 5; k++) {
        brg_patch_open(one, &key[k]);
        for (int r = 0; r < LONG; r++) assert_int_equal(brg_patch_round(one, whole[r]), BRG_OK);
        if (k) assert_true(memcmp(part, whole, LONG * sizeof *part) != 0);
        if (!k) memcpy(part, whole, sizeof part);
    }
    brg_patch_life_destroy(&one);
    brg_patch_life_destroy(&two);
    brg_patch_model_destroy(&m);
}

typedef struct rates {
    double whole, window, none;
} rates;

/* Logical errors of both bases on the same lives, decoded at once, in windows and not at all. */
static rates count_rates(uint32_t d, double p, uint64_t rounds, brg_decoder_kind kind,
                         uint32_t window, size_t lives, uint64_t seed) {
    brg_patch_model *m = patch_of(d, p, seed);
    brg_patch_life *whole = life_of(m), *windows = life_of(m);
    rates r = {0, 0, 0};
    for (size_t i = 0; i < lives; i++) {
        unsigned a, b;
        const unsigned flips = run(whole, i, rounds, NULL);
        run(windows, i, rounds, NULL);
        assert_int_equal(brg_patch_residual(whole, BRG_DECODER_UNION_FIND, 0, &a), BRG_OK);
        assert_int_equal(brg_patch_residual(windows, kind, window, &b), BRG_OK);
        r.whole += (a & 1u) + (a >> 1);
        r.window += (b & 1u) + (b >> 1);
        r.none += (flips & 1u) + (flips >> 1);
    }
    print_message(
        "d %u p %g, %llu rounds: at once %.0f, %s in windows of %u layers %.0f, not at "
        "all %.0f of %zu\n",
        d, p, (unsigned long long)rounds, r.whole, brg_decoder_name(kind), window, r.window, r.none,
        2 * lives);
    brg_patch_life_destroy(&whole);
    brg_patch_life_destroy(&windows);
    brg_patch_model_destroy(&m);
    return r;
}

/* Windows of 2d that commit d lose less than a tenth; less wide ones lose more. */
static void test_windows(void **state) {
    (void)state;
    const uint64_t seed = test_seed(71);
    static const struct {
        uint32_t d;
        double p;
        size_t lives;
    } point[] = {{3, 0.003, 30000}, {5, 0.004, 20000}, {7, 0.005, 5000}};
    for (size_t i = 0; i < 3; i++) {
        const uint32_t d = point[i].d;
        const rates r = count_rates(d, point[i].p, 10 * d + 1, BRG_DECODER_UNION_FIND, 2 * d,
                                    scaled(point[i].lives, 10), seed);
        assert_true(r.whole > 20);
        assert_true(r.window < 1.1 * r.whole);
        assert_true(r.none > 2 * r.whole);
    }
    const rates narrow =
        count_rates(5, 0.004, 51, BRG_DECODER_UNION_FIND, 2, scaled(5000, 5), seed);
    assert_true(narrow.window > 1.1 * narrow.whole);
}

/* Every number of rounds around the window: no window is wrong by a layer. */
static void test_window_edges(void **state) {
    (void)state;
    const uint64_t seed = test_seed(72);
    for (uint64_t rounds = 1; rounds <= 20; rounds++) {
        const rates r = count_rates(3, 0.01, rounds, BRG_DECODER_UNION_FIND, 6, scaled(6000, 10),
                                    seed + rounds);
        assert_true(r.window < 1.1 * r.whole + 3 * sqrt(r.whole));
        if (rounds < 6) assert_double_near(r.window, r.whole, 0);
    }
}

/* Other decoders in windows: the table of a window and exact matching are at least near. */
static void test_other_decoders(void **state) {
    (void)state;
    const uint64_t seed = test_seed(73);
    const rates exact = count_rates(3, 0.004, 20, BRG_DECODER_EXACT, 6, scaled(5000, 10), seed);
    assert_true(exact.window < 1.05 * exact.whole + 3 * sqrt(exact.whole));
    for (uint32_t window = 3; window <= 4; window++) {
        const rates r =
            count_rates(3, 0.004, 20, BRG_DECODER_LOOKUP, window, scaled(20000, 10), seed);
        assert_true(r.window < (window == 4 ? 1.15 : 1.5) * r.whole + 3 * sqrt(r.whole));
    }
    /* One window over the whole life: the likeliest class is never worse on average. */
    const rates one = count_rates(3, 0.01, 3, BRG_DECODER_LOOKUP, 4, scaled(40000, 10), seed);
    assert_true(one.window < one.whole + 3 * sqrt(one.whole));
}

static void test_no_rounds(void **state) {
    (void)state;
    brg_patch_model *m = patch_of(3, 0.3, 1);
    brg_patch_life *life = life_of(m);
    uint64_t layers[1][BRG_PATCH_BASES][2];
    unsigned residual = 7;
    for (uint64_t i = 0; i < 100; i++) {
        memset(layers, 0xff, sizeof layers);
        assert_int_equal(run(life, i, 0, layers), 0);
        for (int b = 0; b < 2; b++) assert_true(!layers[0][b][0] && !layers[0][b][1]);
        assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 0, &residual), BRG_OK);
        assert_int_equal(residual, 0);
    }
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);

    /* No noise, no events, at any length and at the largest distance. */
    m = patch_of(BRG_PATCH_MAX_DISTANCE, 0, 1);
    life = life_of(m);
    assert_int_equal(brg_patch_checks(m), BRG_PATCH_MAX_CHECKS);
    assert_int_equal(run(life, 1, 50, NULL), 0);
    assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 0, &residual), BRG_OK);
    assert_int_equal(residual, 0);
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
    /* Both words of a layer are in use there. */
    m = patch_of(BRG_PATCH_MAX_DISTANCE, 0.004, 1);
    life = life_of(m);
    uint64_t used[2] = {0, 0}, whole[31][BRG_PATCH_BASES][2];
    for (uint64_t i = 0; i < 20; i++) {
        run(life, i, 30, whole);
        for (int t = 0; t < 31; t++)
            for (int w = 0; w < 2; w++) used[w] |= whole[t][0][w] | whole[t][1][w];
        assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 20, &residual), BRG_OK);
        assert_int_equal(residual, 0);
    }
    assert_true(used[0] == UINT64_MAX && used[1] == ((uint64_t)1 << 48) - 1);
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
}

static void test_refused(void **state) {
    (void)state;
    brg_patch_model *m = NULL;
    static const uint32_t bad[] = {0, 1, 2, 4, 17};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const brg_patch_config config = uniform_config(bad[i], 0.001, 0);
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_patch_model_new(&m, &config, diag), BRG_EINPUT);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_non_null(strstr(brg_diag_message(diag, 0), "odd, 3 to 15"));
        brg_diag_destroy(&diag);
    }
    brg_patch_config config = uniform_config(3, 0.001, 0);
    config.after_reset_flip = (double)NAN;
    assert_int_equal(brg_patch_model_new(&m, &config, NULL), BRG_EINPUT);
    config.after_reset_flip = 1.01;
    assert_int_equal(brg_patch_model_new(&m, &config, NULL), BRG_EINPUT);

    m = patch_of(5, 0.001, 0);
    brg_patch_life *life = life_of(m);
    uint64_t events[BRG_PATCH_BASES][2];
    unsigned flips;
    assert_int_equal(brg_patch_round(life, events), BRG_ESTATE);
    assert_int_equal(brg_patch_close(life, events, &flips), BRG_ESTATE);
    assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 0, &flips), BRG_ESTATE);
    run(life, 0, 3, NULL);
    assert_int_equal(brg_patch_round(life, events), BRG_ESTATE);
    assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 1, &flips), BRG_EINVAL);
    assert_int_equal(brg_patch_residual(life, BRG_DECODER_LOOKUP, 4, &flips), BRG_EINVAL);
    assert_int_equal(brg_patch_residual(life, (brg_decoder_kind)9, 0, &flips), BRG_EINVAL);
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
}

/* The model of a query's lives. */

static brg_loop_model *loop_of(brg_loop_decoder decoder, uint32_t d, double p, uint32_t window) {
    const brg_loop_config config = {.patch = uniform_config(d, p, 5),
                                    .decoder = decoder,
                                    .physical_error = p,
                                    .round_ps = 1000000,
                                    .window = window};
    brg_loop_model *m = NULL;
    assert_int_equal(brg_loop_model_new(&m, &config, NULL), BRG_OK);
    return m;
}

static void test_loop_lives(void **state) {
    (void)state;
    brg_loop_model *loop = loop_of(BRG_LOOP_UNION_FIND, 3, 0.01, 6);
    brg_loop_model *raw = loop_of(BRG_LOOP_NONE, 3, 0.01, 0);
    brg_loop_model *perfect = loop_of(BRG_LOOP_PERFECT, 3, 0.01, 0);
    brg_patch_model *m = patch_of(3, 0.01, 5);
    brg_patch_life *life = life_of(m);
    assert_int_equal(brg_loop_rounds(loop, 5, 1000004), 0);
    assert_int_equal(brg_loop_rounds(loop, 5, 1000005), 1);
    assert_int_equal(brg_loop_rounds(loop, 5, 4), 0);
    assert_int_equal(brg_loop_rounds(loop, 0, 12999999), 12);
    unsigned some = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        const uint64_t begin = 77 * i, end = begin + 1000000 * (i % 30) + 999 * (i % 7);
        const unsigned flips = run(life, i, i % 30, NULL);
        unsigned residual;
        assert_int_equal(brg_patch_residual(life, BRG_DECODER_UNION_FIND, 6, &residual), BRG_OK);
        assert_int_equal(brg_loop_pauli(loop, i, 3, 1, 1, begin, end), residual);
        assert_int_equal(brg_loop_pauli(raw, i, 3, 1, 1, begin, end), flips);
        assert_int_equal(brg_loop_pauli(perfect, i, 3, 1, 1, begin, end), 0);
        some += residual != 0;
    }
    assert_true(some > 20);
    assert_int_equal(brg_loop_status(loop), BRG_OK);
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
    brg_loop_model_destroy(&loop);
    brg_loop_model_destroy(&raw);
    brg_loop_model_destroy(&perfect);
    assert_null(loop);
}

/* The steps of the decoder in RTL on lives of all lengths around its windows: what the loop model
 * answers is flips XOR the correction of a stream, and its errors are those of weighted union-find
 * in the same windows but for a few. */
static void test_loop_rtl(void **state) {
    (void)state;
    static const struct {
        uint32_t distance;
        double p;
        size_t lives;
    } point[] = {{3, 0.003, 6000}, {5, 0.004, 3000}, {7, 0.005, 1200}};
    for (size_t i = 0; i < 3; i++) {
        const uint32_t d = point[i].distance;
        const size_t lives = scaled(point[i].lives, 20);
        brg_loop_model *rtl = loop_of(BRG_LOOP_RTL, d, point[i].p, 0);
        brg_loop_model *windows = loop_of(BRG_LOOP_UNION_FIND, d, point[i].p, 2 * d);
        brg_patch_model *m = patch_of(d, point[i].p, 5);
        brg_patch_life *life = life_of(m);
        brg_rtl_stream *stream[2];
        double errors[3] = {0};
        for (uint32_t b = 0; b < 2; b++)
            assert_int_equal(brg_rtl_stream_of_unit(&stream[b], d, b), BRG_OK);
        for (size_t l = 0; l < lives; l++) {
            const uint64_t rounds = 1 + l % (6 * d);
            const brg_patch_key key = {l, 3, 1, 1};
            brg_rtl_update u[2];
            uint64_t events[2][2];
            unsigned flips = 0;
            brg_patch_open(life, &key);
            for (uint64_t t = 0; t <= rounds; t++) {
                const bool last = t == rounds;
                assert_int_equal(
                    last ? brg_patch_close(life, events, &flips) : brg_patch_round(life, events),
                    BRG_OK);
                for (uint32_t b = 0; b < 2; b++) {
                    brg_rtl_stream_layer(stream[b], events[b], last, &u[b]);
                    assert_int_equal(u[b].update, last || (t + 1 >= 2 * d && (t + 1) % d == 0));
                }
            }
            const unsigned frame = (u[0].frame & 1u) | (u[1].frame & 2u);
            const unsigned residual = brg_loop_pauli(rtl, l, 3, 1, 1, 0, rounds * 1000000);
            assert_int_equal(residual, flips ^ frame);
            const unsigned other = brg_loop_pauli(windows, l, 3, 1, 1, 0, rounds * 1000000);
            errors[0] += (residual & 1u) + (residual >> 1);
            errors[1] += (other & 1u) + (other >> 1);
            errors[2] += (flips & 1u) + (flips >> 1);
        }
        print_message(
            "d %u p %g, %zu lives of 1 to %u rounds: rtl %.0f, union_find in windows "
            "%.0f, not decoded %.0f\n",
            d, point[i].p, lives, 6 * d, errors[0], errors[1], errors[2]);
        assert_true(errors[0] < 1.25 * errors[1] + 4 * sqrt(errors[1]) + 4);
        assert_true(errors[0] > 0.8 * errors[1] - 4 * sqrt(errors[1]));
        assert_true(errors[0] < errors[2] / 2);
        for (uint32_t b = 0; b < 2; b++) brg_rtl_stream_destroy(&stream[b]);
        brg_patch_life_destroy(&life);
        brg_patch_model_destroy(&m);
        brg_loop_model_destroy(&rtl);
        brg_loop_model_destroy(&windows);
    }
    brg_rtl_stream *none = NULL;
    assert_int_equal(brg_rtl_stream_of_unit(&none, 4, 0), BRG_EINVAL);
    assert_int_equal(brg_rtl_stream_of_unit(&none, 5, 2), BRG_EINVAL);
    assert_null(none);
}

static void test_loop_fit(void **state) {
    (void)state;
    assert_double_near(brg_loop_fit_rate(3, 0.0102), 0.0274, 1e-15);
    assert_double_near(brg_loop_fit_rate(5, 0.00102), 0.0274e-3, 1e-15);
    assert_double_near(brg_loop_fit_rate(3, 1), 0.5, 0);
    assert_double_near(brg_loop_error_after(0.1, 1), 0.1, 1e-15);
    assert_double_near(brg_loop_error_after(0.1, 2), 2 * 0.1 * 0.9, 1e-15);
    assert_double_near(brg_loop_error_after(0.5, 9), 0.5, 0);
    assert_double_near(brg_loop_error_after(0, 9), 0, 0);
    brg_loop_model *fit = loop_of(BRG_LOOP_FIT, 3, 0.003, 0);
    enum { LIVES = 200000, ROUNDS = 25 };
    double seen[4] = {0};
    for (uint64_t i = 0; i < LIVES; i++)
        seen[brg_loop_pauli(fit, i, 0, 2, 0, 0, (uint64_t)ROUNDS * 1000000)]++;
    const double odd = brg_loop_error_after(brg_loop_fit_rate(3, 0.003), ROUNDS);
    const double expected[4] = {(1 - odd) * (1 - odd), odd * (1 - odd), odd * (1 - odd), odd * odd};
    for (int i = 0; i < 4; i++) {
        const double mean = LIVES * expected[i];
        assert_double_near(seen[i], mean, 4.5 * sqrt(mean));
    }
    assert_int_equal(brg_loop_pauli(fit, 0, 0, 2, 0, 0, 999999), 0);
    brg_loop_model_destroy(&fit);

    /* The fit is near what sampling and decoding give, where it was made: d rounds, p below 0.003.
     */
    const rates r =
        count_rates(3, 0.002, 3, BRG_DECODER_UNION_FIND, 0, scaled(300000, 20), test_seed(74));
    const double shots = 2.0 * (double)scaled(300000, 20);
    const double fitted = shots * brg_loop_error_after(brg_loop_fit_rate(3, 0.002), 3);
    print_message("fit %.0f, sampled %.0f\n", fitted, r.whole);
    assert_true(r.whole > 0.75 * fitted - 3 * sqrt(fitted));
    assert_true(r.whole < 1.3 * fitted + 3 * sqrt(fitted));
}

static void test_loop_refused(void **state) {
    (void)state;
    const brg_loop_config good = {
        .patch = uniform_config(5, 0.001, 0), .physical_error = 0.001, .round_ps = 1000};
    brg_loop_config bad[7];
    for (int i = 0; i < 7; i++) bad[i] = good;
    bad[0].round_ps = 0;
    bad[1].window = 1;
    bad[2].decoder = BRG_LOOP_LOOKUP;
    bad[3].decoder = BRG_LOOP_DECODERS;
    bad[4].patch.distance = 6;
    bad[5].decoder = BRG_LOOP_FIT;
    bad[5].physical_error = 2;
    bad[6].decoder = BRG_LOOP_RTL;
    bad[6].window = 7;
    for (int i = 0; i < 7; i++) {
        brg_loop_model *m = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_loop_model_new(&m, &bad[i], diag), BRG_EINPUT);
        assert_null(m);
        assert_int_equal(brg_diag_count(diag), 1);
        brg_diag_destroy(&diag);
    }
    for (int i = 0; i < BRG_LOOP_DECODERS; i++)
        assert_non_null(brg_loop_decoder_name((brg_loop_decoder)i));
    assert_null(brg_loop_decoder_name(BRG_LOOP_DECODERS));
}

/* A query with encoded registers whose data come late: one thread or several, and the order that
 * decoding promises. */
static brg_timeline *late_query(const brg_qram *q, const brg_planes *memory, uint64_t wait_ps) {
    brg_timeline *t = NULL;
    int32_t version;
    uint64_t now = 0;
    const uint32_t last = brg_query_slices(q);
    assert_int_equal(brg_timeline_new(&t, "bucket_brigade", q), BRG_OK);
    assert_int_equal(brg_timeline_add_data(t, memory, &version), BRG_OK);
    assert_int_equal(last, 7); /* n = k = 1 */
    for (uint32_t s = 1; s <= last; s++) {
        brg_slice slice = {.slice = s, .duration_ps = 100000, .data_version = -1};
        slice.ops = brg_slice_ops_none();
        if (s == 1) slice.ops.a_in = 0;
        if (s == 2 || s == 6) slice.ops.latch = 1;
        if (s == 3) slice.ops.d_in = 0;
        if (s == 4) slice.ops.fetch = 0;
        if (s == 5) slice.ops.d_out = 0;
        if (s == 7) slice.ops.a_out = 0;
        slice.ops.unlatch = s == 6;
        slice.ops.basis_in = s == 3;
        slice.ops.basis_out = s == 5;
        if (s == 4) slice.data_version = version;
        if (s == 1) slice.wait_ps[BRG_CAUSE_MEMORY] = wait_ps;
        slice.start_ps = now + brg_slice_wait_ps(&slice);
        now = slice.start_ps + slice.duration_ps;
        assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
    }
    return t;
}

static void test_loop_query(void **state) {
    (void)state;
    enum { TRAJECTORIES = 6000, ROUNDS = 60 };
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    brg_planes *memory = NULL;
    assert_int_equal(brg_planes_new(&memory, 1, 1), BRG_OK);
    brg_planes_set(memory, 0, 1, true);
    brg_timeline *t = late_query(&q, memory, (uint64_t)ROUNDS * 1000000);
    static const brg_loop_decoder kinds[] = {BRG_LOOP_PERFECT, BRG_LOOP_UNION_FIND, BRG_LOOP_FIT,
                                             BRG_LOOP_NONE};
    double fidelity[4];
    for (int i = 0; i < 4; i++) {
        brg_loop_model *loop = loop_of(kinds[i], 3, 0.003, 6);
        brg_logical logical;
        brg_loop_logical(&logical, loop, 0);
        const brg_run_config c = {.qram = q, .input = {true, 0}, .seed = 8, .logical = &logical};
        brg_replay_result one, three;
        const size_t lives = scaled(TRAJECTORIES, 10);
        assert_int_equal(brg_replay(&one, t, &c, memory, lives, 1, NULL, NULL), BRG_OK);
        assert_int_equal(brg_replay(&three, t, &c, memory, lives, 3, NULL, NULL), BRG_OK);
        assert_int_equal(brg_loop_status(loop), BRG_OK);
        for (size_t k = 0; k < lives; k++) {
            const brg_outcome *a = &one.outcomes[k], *b = &three.outcomes[k];
            assert_true(a->fidelity == b->fidelity && a->readout == b->readout &&
                        a->address == b->address);
        }
        fidelity[i] = one.mean;
        print_message("%s: F = %.5f +- %.5f\n", brg_loop_decoder_name(kinds[i]), one.mean,
                      one.stderr_mean);
        if (kinds[i] == BRG_LOOP_FIT) {
            /* Z on the address before it enters, X on the bus: nothing else lasts a round. */
            const double odd = brg_loop_error_after(brg_loop_fit_rate(3, 0.003), ROUNDS);
            assert_double_near(one.mean, (1 - odd) * (1 - odd), 4 * one.stderr_mean);
        }
        brg_replay_result_clear(&one);
        brg_replay_result_clear(&three);
        brg_loop_model_destroy(&loop);
    }
    assert_double_near(fidelity[0], 1, 1e-12);
    assert_true(fidelity[1] < 0.95 && fidelity[1] > fidelity[3] + 0.1);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds_alike), cmocka_unit_test(test_against_sampler),
        cmocka_unit_test(test_prefix),       cmocka_unit_test(test_windows),
        cmocka_unit_test(test_window_edges), cmocka_unit_test(test_other_decoders),
        cmocka_unit_test(test_no_rounds),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_loop_lives),   cmocka_unit_test(test_loop_rtl),
        cmocka_unit_test(test_loop_fit),     cmocka_unit_test(test_loop_refused),
        cmocka_unit_test(test_loop_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
