/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders against exhaustive search: matching, shortest corrections, likeliest classes, growth. */
#include "decoder_cases.h"
#include "model/ecc/decoder_private.h"

static void graph_merges_parallel_edges(void **state) {
    (void)state;
    hand_dem *h = hand_new(3, 2);
    hand_add(h, 0.1, 0, 1, 1);
    hand_add(h, 0.2, 1, 0, 1);
    hand_add(h, 0.05, 0, 1, 2);
    hand_add(h, 0.01, 2, OUT, 2);
    hand_add(h, 0.6, 1, 2, 0);
    hand_add(h, 0, 0, 2, 0);
    hand_add(h, 0.3, OUT, OUT, 1);
    brg_graph *g = graph_of(&h->dem, 1000);
    assert_int_equal(g->detectors, 3);
    assert_int_equal(g->observables, 2);
    assert_int_equal(g->edge_count, 3);
    const double same = 0.1 * 0.8 + 0.9 * 0.2, all = same * 0.95 + (1 - same) * 0.05;
    assert_int_equal(g->edges[0].a, 0);
    assert_int_equal(g->edges[0].b, 1);
    assert_double_near(g->edges[0].probability, all, 1e-15);
    assert_true(g->edges[0].observables == 1);
    assert_int_equal(g->edges[0].weight, lround(1000 * log((1 - all) / all) / log(99)));
    assert_int_equal(g->edges[1].b, 2);
    assert_int_equal(g->edges[1].weight, 1); /* likelier than not */
    assert_int_equal(g->edges[2].b, 3);      /* the boundary */
    assert_int_equal(g->edges[2].weight, 1000);
    brg_graph_destroy(&g);
    assert_null(g);
    free(h);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    hand_dem *h = hand_new(30, 1);
    hand_add(h, 0.1, 0, 1, 0);
    h->flips[h->flip_count++] = 2;
    h->parts[0].detector_count = 3;
    brg_graph *g = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_graph_from_dem(&g, &h->dem, 255, diag), BRG_EINPUT);
    assert_null(g);
    assert_int_equal(brg_diag_count(diag), 1);
    assert_string_equal(brg_diag_message(diag, 0),
                        "error: error 0 flips 3 detectors in one part, a matching graph takes at "
                        "most 2: decompose the model");
    brg_diag_destroy(&diag);
    h->flips[2] = 1; /* named twice: not flipped */
    assert_int_equal(brg_graph_from_dem(&g, &h->dem, 0, NULL), BRG_EINVAL);
    assert_int_equal(brg_graph_from_dem(&g, &h->dem, 65536, NULL), BRG_EINVAL);
    assert_int_equal(brg_graph_from_dem(&g, &h->dem, 255, NULL), BRG_OK);
    assert_int_equal(g->edge_count, 1);
    assert_int_equal(g->edges[0].b, 30);
    brg_decoder *d = NULL;
    assert_int_equal(brg_decoder_new(&d, BRG_DECODER_LOOKUP, g), BRG_EINVAL);
    assert_int_equal(brg_decoder_new(&d, (brg_decoder_kind)3, g), BRG_EINVAL);
    assert_int_equal(brg_decoder_new(&d, BRG_DECODER_EXACT, NULL), BRG_EINVAL);
    assert_null(d);
    assert_string_equal(brg_decoder_name(BRG_DECODER_UNION_FIND), "union_find");
    assert_string_equal(brg_decoder_name(BRG_DECODER_LOOKUP), "lookup");
    assert_string_equal(brg_decoder_name(BRG_DECODER_EXACT), "exact");
    assert_null(brg_decoder_name((brg_decoder_kind)-1));
    brg_graph_destroy(&g);
    free(h);
}

static void lookup_limits(void **state) {
    (void)state;
    hand_dem *h = hand_new(24, 9);
    for (int v = 0; v < 23; ++v) hand_add(h, 0.1, v, v + 1, (uint64_t)1 << v % 9);
    brg_graph *g = graph_of(&h->dem, 255);
    brg_decoder *d = NULL;
    assert_int_equal(brg_decoder_new(&d, BRG_DECODER_LOOKUP, g), BRG_EINVAL); /* 9 observables */
    for (uint32_t e = 0; e < g->edge_count; ++e) g->edges[e].observables &= 7;
    assert_int_equal(brg_decoder_new(&d, BRG_DECODER_LOOKUP, g), BRG_EINVAL); /* 24 + 3 bits */
    assert_null(d);
    brg_graph_destroy(&g);
    free(h);
}

/* Least cost of pairing all points of a set, by dynamic programming over sets. */
static int64_t pairing_cost(const int64_t *cost, uint32_t n) {
    const size_t sets = (size_t)1 << n;
    int64_t *best = malloc(sets * sizeof *best);
    assert_non_null(best);
    best[0] = 0;
    for (size_t set = 1; set < sets; ++set) {
        best[set] = INT64_MAX / 2;
        const uint32_t i = (uint32_t)__builtin_ctzll(set);
        for (uint32_t j = i + 1; j < n; ++j) {
            if (!(set >> j & 1)) continue;
            const int64_t c = cost[i * n + j] + best[set ^ (size_t)1 << i ^ (size_t)1 << j];
            if (c < best[set]) best[set] = c;
        }
    }
    const int64_t answer = best[sets - 1];
    free(best);
    return answer;
}

static void matching_is_least(void **state) {
    (void)state;
    uint64_t seed = test_seed(41);
    brg_matcher *m = NULL;
    assert_int_equal(brg_matcher_new(&m), BRG_OK);
    int64_t cost[16 * 16];
    uint32_t mate[16];
    const size_t cases = scaled(20000, 5);
    for (size_t k = 0; k < cases; ++k) {
        const uint32_t n = k % 100 == 0 ? 16 : 2 + 2 * (uint32_t)(test_random(&seed) % 5);
        const uint64_t range = k % 3 == 0 ? 4 : k % 3 == 1 ? 30 : 100000;
        int x[16], y[16];
        for (uint32_t i = 0; i < n; ++i) {
            x[i] = (int)(test_random(&seed) % 9);
            y[i] = (int)(test_random(&seed) % 9);
        }
        for (uint32_t i = 0; i < n; ++i)
            for (uint32_t j = 0; j <= i; ++j)
                cost[i * n + j] = cost[j * n + i] = k % 2 ? abs(x[i] - x[j]) + abs(y[i] - y[j])
                                                          : (int64_t)(test_random(&seed) % range);
        assert_int_equal(brg_matcher_solve(m, cost, n, mate), BRG_OK);
        int64_t sum = 0;
        for (uint32_t i = 0; i < n; ++i) {
            assert_true(mate[i] < n && mate[i] != i && mate[mate[i]] == i);
            sum += cost[i * n + mate[i]];
        }
        assert_true(sum == 2 * pairing_cost(cost, n));
    }
    assert_int_equal(brg_matcher_solve(m, cost, 3, mate), BRG_EINVAL);
    assert_int_equal(brg_matcher_solve(m, cost, 0, mate), BRG_OK);
    brg_matcher_destroy(&m);
    assert_null(m);
}

/* Edges of a correction: each once, the events given back, the observables of decode. Returns
 * the number of detectors that are not explained; adds up the weight. */
static uint32_t check_correction(brg_decoder *d, const brg_graph *g, const uint32_t *events,
                                 size_t count, uint64_t *weight, uint64_t *flipped) {
    uint32_t *edges = malloc(((size_t)g->edge_count + 1) * sizeof *edges);
    uint8_t *parity = calloc((size_t)g->detectors + 1, 1), *used = calloc(g->edge_count + 1, 1);
    assert_true(edges && parity && used);
    size_t n = 0;
    assert_int_equal(brg_decoder_correction(d, events, count, edges, &n), BRG_OK);
    *weight = *flipped = 0;
    for (size_t i = 0; i < n; ++i) {
        const brg_edge *e = &g->edges[edges[i]];
        assert_false(used[edges[i]]);
        used[edges[i]] = 1;
        parity[e->a] ^= 1;
        parity[e->b] ^= 1;
        *weight += e->weight;
        *flipped ^= e->observables;
    }
    for (size_t i = 0; i < count; ++i) parity[events[i]] ^= 1;
    uint32_t left = 0;
    for (uint32_t v = 0; v < g->detectors; ++v) left += parity[v];
    free(edges);
    free(parity);
    free(used);
    return left;
}

/* Gives each error of a model a rate of its own. */
static void vary_rates(hand_dem *h, uint64_t *seed) {
    for (size_t e = 0; e < h->dem.error_count; ++e)
        h->errors[e].probability = 0.005 + 0.2 * test_uniform(seed);
}

/* What all sets of errors of a small model give: per syndrome, the least weight of edges and the
 * probability of each class. */
typedef struct outcomes {
    uint64_t *weight;    /* [syndromes] UINT64_MAX: impossible */
    double *probability; /* [syndromes * classes] */
    uint32_t classes;
} outcomes;

static outcomes all_outcomes(const brg_graph *g) {
    assert_true(g->detectors <= 16 && g->edge_count <= 20 && g->observables <= 2);
    const size_t syndromes = (size_t)1 << g->detectors;
    outcomes o = {malloc(syndromes * sizeof *o.weight), NULL, 1u << g->observables};
    o.probability = calloc(syndromes * o.classes, sizeof *o.probability);
    assert_true(o.weight && o.probability);
    for (size_t s = 0; s < syndromes; ++s) o.weight[s] = UINT64_MAX;
    for (size_t set = 0; set < (size_t)1 << g->edge_count; ++set) {
        size_t syndrome = 0;
        uint64_t weight = 0, flipped = 0;
        double p = 1;
        for (uint32_t e = 0; e < g->edge_count; ++e) {
            const brg_edge *edge = &g->edges[e];
            if (!(set >> e & 1)) {
                p *= 1 - edge->probability;
                continue;
            }
            p *= edge->probability;
            syndrome ^= (size_t)1 << edge->a;
            if (edge->b < g->detectors) syndrome ^= (size_t)1 << edge->b;
            weight += edge->weight;
            flipped ^= edge->observables;
        }
        if (weight < o.weight[syndrome]) o.weight[syndrome] = weight;
        o.probability[syndrome * o.classes + flipped] += p;
    }
    return o;
}

static void outcomes_free(outcomes *o) {
    free(o->weight);
    free(o->probability);
}

/* Every syndrome of small graphs: exact corrections are lightest, the table is likeliest. */
static void check_small(const brg_dem *dem) {
    brg_graph *g = graph_of(dem, 255);
    outcomes o = all_outcomes(g);
    brg_decoder *exact = decoder_of(BRG_DECODER_EXACT, g);
    brg_decoder *lookup = decoder_of(BRG_DECODER_LOOKUP, g);
    brg_decoder *union_find = decoder_of(BRG_DECODER_UNION_FIND, g);
    double best = 0, success[3] = {0};
    for (size_t s = 0; s < (size_t)1 << g->detectors; ++s) {
        if (o.weight[s] == UINT64_MAX) continue;
        uint32_t events[16];
        size_t count = 0;
        for (uint32_t v = 0; v < g->detectors; ++v)
            if (s >> v & 1) events[count++] = v;
        uint64_t weight, flipped;
        assert_int_equal(check_correction(exact, g, events, count, &weight, &flipped), 0);
        assert_true(weight == o.weight[s]);
        assert_true(flipped == brg_decoder_decode(exact, events, count));
        assert_int_equal(check_correction(union_find, g, events, count, &weight, &flipped), 0);
        assert_true(weight >= o.weight[s]);
        const double *p = &o.probability[s * o.classes];
        double most = 0;
        for (uint32_t c = 0; c < o.classes; ++c) most = fmax(most, p[c]);
        best += most;
        success[0] += p[brg_decoder_decode(lookup, events, count)];
        success[1] += p[brg_decoder_decode(exact, events, count)];
        success[2] += p[brg_decoder_decode(union_find, events, count)];
    }
    print_message("%u detectors, %u edges: best %.6f, lookup %.6f, exact %.6f, union-find %.6f\n",
                  g->detectors, g->edge_count, best, success[0], success[1], success[2]);
    assert_double_near(success[0], best, 1e-12);
    assert_true(success[1] <= best + 1e-12 && success[2] <= best + 1e-12);
    uint32_t edges[20];
    size_t n;
    assert_int_equal(brg_decoder_correction(lookup, NULL, 0, edges, &n), BRG_EINVAL);
    brg_decoder_destroy(&exact);
    brg_decoder_destroy(&lookup);
    brg_decoder_destroy(&union_find);
    assert_null(exact);
    outcomes_free(&o);
    brg_graph_destroy(&g);
}

static void small_graphs_exhaustively(void **state) {
    (void)state;
    uint64_t seed = test_seed(42);
    hand_dem *h = hand_repetition(4, 3, 0.1, 0.05);
    check_small(&h->dem);
    vary_rates(h, &seed);
    check_small(&h->dem);
    free(h);
    h = hand_toric(3, 1, 0.05, 0);
    check_small(&h->dem);
    vary_rates(h, &seed);
    check_small(&h->dem);
    free(h);
    /* Two parts that share two observables: the likeliest sum of classes need not be the sum of
     * the likeliest. */
    h = hand_new(6, 2);
    for (int part = 0; part < 2; ++part) {
        hand_add(h, 0.2, OUT, 3 * part, 1);
        hand_add(h, 0.25, 3 * part, 3 * part + 1, part ? 3 : 2);
        hand_add(h, 0.28, 3 * part + 1, 3 * part + 2, part ? 2 : 3);
        hand_add(h, 0.3, 3 * part + 2, OUT, 2);
        hand_add(h, 0.3, 3 * part, 3 * part + 2, 0);
    }
    check_small(&h->dem);
    free(h);
    for (int code = 0; code < 2; ++code) {
        brg_dem *dem = memory_dem(code ? BRG_CODE_SURFACE_ROTATED_Z : BRG_CODE_SURFACE_ROTATED_X,
                                  BRG_ECC_CODE_CAPACITY, 3, 1, 0.08);
        check_small(dem);
        brg_dem_destroy(&dem);
    }
}

/* Growth as the definition says it, in real numbers and one number an edge; the answer by walking
 * the forest. */
typedef struct slow {
    uint32_t id[512]; /* cluster of a node; 0: none yet */
    double grown[2048];
    bool odd[512], touched[512];
    uint32_t exit_node[512], exit_edge[512];
    uint32_t forest[512], forest_count;
} slow;

static void slow_join(slow *s, const brg_graph *g, uint32_t edge) {
    const brg_edge *e = &g->edges[edge];
    uint32_t a = s->id[e->a], b = e->b < g->detectors ? s->id[e->b] : 0;
    if (e->b == g->detectors) {
        if (!s->touched[a]) {
            s->touched[a] = true;
            s->exit_node[a] = e->a;
            s->exit_edge[a] = edge;
        }
        return;
    }
    s->forest[s->forest_count++] = edge;
    if (!a || !b) {
        s->id[e->a] = s->id[e->b] = a | b;
        return;
    }
    s->odd[a] ^= s->odd[b];
    if (s->touched[b] && !s->touched[a]) {
        s->touched[a] = true;
        s->exit_node[a] = s->exit_node[b];
        s->exit_edge[a] = s->exit_edge[b];
    }
    for (uint32_t v = 0; v < g->detectors; ++v)
        if (s->id[v] == b) s->id[v] = a;
}

static bool slow_live(const slow *s, uint32_t id) {
    return id && s->odd[id] && !s->touched[id];
}

static bool slow_step(slow *s, const brg_graph *g) {
    int rate[2048];
    double step = INFINITY;
    for (uint32_t i = 0; i < g->edge_count; ++i) {
        const brg_edge *e = &g->edges[i];
        const uint32_t a = s->id[e->a], b = e->b < g->detectors ? s->id[e->b] : 0;
        rate[i] = a && a == b ? 0 : slow_live(s, a) + slow_live(s, b);
        if (rate[i]) step = fmin(step, ((double)e->weight - s->grown[i]) / rate[i]);
    }
    if (step == INFINITY) return false;
    for (uint32_t i = 0; i < g->edge_count; ++i) s->grown[i] += step * rate[i];
    for (uint32_t i = 0; i < g->edge_count; ++i) {
        const brg_edge *e = &g->edges[i];
        const uint32_t a = s->id[e->a], b = e->b < g->detectors ? s->id[e->b] : 0;
        if (rate[i] && a != b && s->grown[i] >= (double)e->weight - 1e-7) slow_join(s, g, i);
    }
    return true;
}

static uint64_t slow_decode(const brg_graph *g, const uint32_t *events, size_t count) {
    slow *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_true(g->detectors < 512 && g->edge_count <= 2048);
    for (size_t i = 0; i < count; ++i) {
        s->id[events[i]] = (uint32_t)i + 1;
        s->odd[i + 1] = true;
    }
    while (slow_step(s, g))
        ;
    /* Observables from each node to the first event of its cluster, spread along the forest. */
    uint64_t way[512] = {0}, flipped = 0;
    bool known[512] = {false}, root_seen[512] = {false};
    for (size_t i = 0; i < count; ++i) {
        const uint32_t id = s->id[events[i]];
        if (!root_seen[id]) known[events[i]] = root_seen[id] = true;
    }
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < s->forest_count; ++i) {
            const brg_edge *e = &g->edges[s->forest[i]];
            if (known[e->a] == known[e->b]) continue;
            way[e->a] = way[e->b] = (known[e->a] ? way[e->a] : way[e->b]) ^ e->observables;
            if (known[e->a])
                way[e->a] ^= e->observables;
            else
                way[e->b] ^= e->observables;
            known[e->a] = known[e->b] = more = true;
        }
    }
    for (size_t i = 0; i < count; ++i) {
        const uint32_t id = s->id[events[i]];
        flipped ^= way[events[i]];
        if (s->odd[id] && s->touched[id])
            flipped ^= way[s->exit_node[id]] ^ g->edges[s->exit_edge[id]].observables;
        if (s->odd[id]) s->odd[id] = false;
    }
    free(s);
    return flipped;
}

static void growth_is_in_order_of_time(void **state) {
    (void)state;
    uint64_t seed = test_seed(43);
    for (int kind = 0; kind < 3; ++kind) {
        hand_dem *h = kind == 0   ? hand_repetition(9, 9, 0.1, 0.1)
                      : kind == 1 ? hand_toric(5, 3, 0.1, 0.1)
                                  : hand_toric(9, 1, 0.1, 0);
        brg_graph *g = graph_of(&h->dem, 255);
        /* So long that two edges hardly ever complete in the same unit of time. */
        for (uint32_t e = 0; e < g->edge_count; ++e)
            g->edges[e].weight = (uint32_t)(1 << 23) + (uint32_t)(test_random(&seed) >> 39);
        brg_union_find *uf = NULL;
        assert_int_equal(brg_union_find_new(&uf, g), BRG_OK);
        const size_t cases = scaled(1500, 10);
        size_t differ = 0;
        for (size_t k = 0; k < cases; ++k) {
            uint32_t events[512];
            size_t count = 0;
            const uint64_t density = 3 + k % 40;
            for (uint32_t v = 0; v < g->detectors; ++v)
                if (test_random(&seed) % 128 < density) events[count++] = v;
            if (kind && count % 2) --count;
            differ += brg_union_find_grow(uf, events, count) != slow_decode(g, events, count);
        }
        print_message("%zu of %zu differ\n", differ, cases);
        assert_true(differ <= 1); /* one tie at most */
        brg_union_find_destroy(&uf);
        brg_graph_destroy(&g);
        free(h);
    }
}

/* Random syndromes of a model at its own rates. */
static void compare_on_samples(const brg_dem *dem, size_t shots, double worst_ratio,
                               uint64_t *seed) {
    brg_graph *g = graph_of(dem, 255);
    brg_decoder *union_find = decoder_of(BRG_DECODER_UNION_FIND, g);
    brg_decoder *exact = decoder_of(BRG_DECODER_EXACT, g);
    brg_union_find *general = NULL;
    assert_int_equal(brg_union_find_new(&general, g), BRG_OK);
    const size_t stride = ((size_t)g->detectors + 7) / 8;
    uint8_t *rows = malloc(shots * stride);
    uint64_t *truth = malloc(shots * sizeof *truth), *batch = malloc(shots * sizeof *batch);
    uint32_t *events = malloc(((size_t)g->detectors + 1) * sizeof *events);
    assert_true(rows && truth && batch && events);
    sample_dem(dem, shots, rows, stride, truth, seed);
    brg_decoder_decode_batch(union_find, rows, stride, shots, batch);
    uint64_t sum[2] = {0};
    size_t agree = 0, forest = 0;
    for (size_t s = 0; s < shots; ++s) {
        const size_t count = row_events(events, rows + s * stride, g->detectors);
        uint64_t weight[2], flipped[2];
        assert_int_equal(check_correction(union_find, g, events, count, &weight[0], &flipped[0]),
                         0);
        assert_int_equal(check_correction(exact, g, events, count, &weight[1], &flipped[1]), 0);
        assert_true(flipped[0] == batch[s]);
        assert_true(flipped[0] == brg_decoder_decode(union_find, events, count));
        forest += brg_union_find_grow(general, events, count) != flipped[1];
        assert_true(flipped[1] == brg_decoder_decode(exact, events, count));
        assert_true(weight[0] >= weight[1]);
        sum[0] += weight[0];
        sum[1] += weight[1];
        agree += flipped[0] == flipped[1];
    }
    const double ratio = (double)sum[0] / (double)sum[1];
    print_message(
        "%u detectors: weight %.4f of the least, same class in %.3f of %zu shots, "
        "by the forest alone in %.3f\n",
        g->detectors, ratio, (double)agree / (double)shots, shots,
        1 - (double)forest / (double)shots);
    assert_true(shots - agree <= forest);
    assert_true(ratio >= 1 && ratio < worst_ratio);
    assert_true((double)agree > 0.9 * (double)shots);
    assert_int_equal(brg_decoder_status(exact), BRG_OK);
    free(rows);
    free(truth);
    free(batch);
    free(events);
    brg_union_find_destroy(&general);
    brg_decoder_destroy(&union_find);
    brg_decoder_destroy(&exact);
    brg_graph_destroy(&g);
}

static void corrections_explain_the_events(void **state) {
    (void)state;
    uint64_t seed = test_seed(44);
    const size_t shots = scaled(2000, 10);
    hand_dem *h = hand_repetition(11, 11, 0.04, 0.04);
    compare_on_samples(&h->dem, shots, 1.1, &seed);
    free(h);
    h = hand_toric(8, 1, 0.06, 0);
    compare_on_samples(&h->dem, shots, 1.1, &seed);
    free(h);
    h = hand_toric(6, 6, 0.015, 0.02);
    compare_on_samples(&h->dem, shots, 1.1, &seed);
    free(h);
    brg_dem *dem = memory_dem(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 5, 5, 0.005);
    compare_on_samples(dem, shots, 1.1, &seed);
    brg_dem_destroy(&dem);
    dem = memory_dem(BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 3, 20, 0.003);
    compare_on_samples(dem, shots, 1.1, &seed);
    brg_dem_destroy(&dem);
    dem = memory_dem(BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 7, 7, 0.02);
    compare_on_samples(dem, shots, 1.1, &seed);
    brg_dem_destroy(&dem);
}

/* One event and two, all of them: the kept answers are those of the general way, asked twice. */
static void small_syndromes_are_the_general_ones(void **state) {
    (void)state;
    brg_dem *dem = memory_dem(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 5, 3, 0.003);
    brg_graph *g = graph_of(dem, 255);
    brg_union_find *fast = NULL, *general = NULL;
    assert_int_equal(brg_union_find_new(&fast, g), BRG_OK);
    assert_int_equal(brg_union_find_new(&general, g), BRG_OK);
    assert_true(brg_union_find_decode(fast, NULL, 0) == 0);
    for (int time = 0; time < 2; ++time)
        for (uint32_t b = 0; b < g->detectors; ++b)
            for (uint32_t a = 0; a <= b; ++a) {
                const uint32_t events[2] = {a, b};
                const size_t count = a == b ? 1 : 2;
                assert_true(brg_union_find_decode(fast, events, count) ==
                            brg_union_find_grow(general, events, count));
            }
    brg_union_find_destroy(&fast);
    brg_union_find_destroy(&general);
    brg_graph_destroy(&g);
    brg_dem_destroy(&dem);
}

/* All but one event are explained when their number is odd and there is no boundary. */
static void odd_events_without_boundary(void **state) {
    (void)state;
    uint64_t seed = test_seed(45);
    hand_dem *h = hand_toric(5, 2, 0.05, 0.05);
    brg_graph *g = graph_of(&h->dem, 255);
    brg_decoder *d[2] = {decoder_of(BRG_DECODER_UNION_FIND, g), decoder_of(BRG_DECODER_EXACT, g)};
    for (int k = 0; k < 200; ++k)
        for (int i = 0; i < 2; ++i) {
            uint32_t events[64];
            size_t count = 0;
            for (uint32_t v = 0; v < g->detectors; ++v)
                if (test_random(&seed) % 8 == 0) events[count++] = v;
            uint64_t weight, flipped;
            assert_int_equal(check_correction(d[i], g, events, count, &weight, &flipped),
                             count % 2);
            assert_true(flipped == brg_decoder_decode(d[i], events, count));
        }
    brg_decoder_destroy(&d[0]);
    brg_decoder_destroy(&d[1]);
    brg_graph_destroy(&g);
    free(h);
}

/* A long line: no length of a path may turn over. */
static void long_paths(void **state) {
    (void)state;
    enum { LENGTH = 4000 };
    hand_dem *h = hand_new(LENGTH, 1);
    for (int v = 0; v + 1 < LENGTH; ++v) hand_add(h, 0.01, v, v + 1, v == LENGTH / 2);
    brg_graph *g = graph_of(&h->dem, 65535);
    const uint32_t ends[2] = {0, LENGTH - 1}, lone[1] = {7};
    for (int kind = 0; kind < 2; ++kind) {
        brg_decoder *d = decoder_of(kind ? BRG_DECODER_EXACT : BRG_DECODER_UNION_FIND, g);
        assert_true(brg_decoder_decode(d, ends, 2) == 1);
        assert_true(brg_decoder_decode(d, ends, 1) == 0);
        uint64_t weight, flipped;
        assert_int_equal(check_correction(d, g, ends, 2, &weight, &flipped), 0);
        assert_true(weight == (uint64_t)(LENGTH - 1) * 65535);
        assert_int_equal(check_correction(d, g, lone, 1, &weight, &flipped), 1);
        brg_decoder_destroy(&d);
    }
    brg_graph_destroy(&g);
    free(h);
}

static void empty_graph(void **state) {
    (void)state;
    hand_dem *h = hand_new(0, 0);
    brg_graph *g = graph_of(&h->dem, 255);
    for (int kind = 0; kind < 3; ++kind) {
        brg_decoder *d = decoder_of((brg_decoder_kind)kind, g);
        uint64_t answer[2] = {7, 7};
        const uint8_t rows[2] = {0xff, 0xff};
        brg_decoder_decode_batch(d, rows, 1, 2, answer);
        assert_true(answer[0] == 0 && answer[1] == 0);
        brg_decoder_destroy(&d);
    }
    brg_graph_destroy(&g);
    free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph_merges_parallel_edges),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(lookup_limits),
        cmocka_unit_test(matching_is_least),
        cmocka_unit_test(small_graphs_exhaustively),
        cmocka_unit_test(growth_is_in_order_of_time),
        cmocka_unit_test(corrections_explain_the_events),
        cmocka_unit_test(small_syndromes_are_the_general_ones),
        cmocka_unit_test(odd_events_without_boundary),
        cmocka_unit_test(long_paths),
        cmocka_unit_test(empty_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
