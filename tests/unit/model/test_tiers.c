/* SPDX-License-Identifier: Apache-2.0 */
/* Slow memories in C: distributions, limits and outages against closed forms, trace files, stores,
 * presets. */
#include <math.h>
#include <string.h>

#include "model/image.h"
#include "model/tiers.h"
#include "test.h"

#define US UINT64_C(1000000)
#define MS UINT64_C(1000000000)
#define SECOND UINT64_C(1000000000000)

static brg_tier_server *server(const brg_tier_config *c) {
    brg_tier_server *s = NULL;
    assert_int_equal(brg_tier_server_new(&s, c), BRG_OK);
    return s;
}

static brg_tier_answer serve(brg_tier_server *s, uint64_t at, uint64_t bytes) {
    brg_tier_answer a;
    assert_int_equal(brg_tier_serve(s, at, bytes, false, &a), BRG_OK);
    assert_true(a.arrival_ps == at && at <= a.rate_ps && a.rate_ps <= a.start_ps);
    assert_true(a.start_ps <= a.ready_ps && a.ready_ps <= a.first_ps && a.first_ps <= a.done_ps);
    return a;
}

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_lognormal(void **state) {
    (void)state;
    enum { N = 200000 };
    const brg_tier_config c = {.seed = test_seed(5),
                               .tier = 2,
                               .latency = BRG_LATENCY_LOGNORMAL,
                               .latency_ns = 1000,
                               .sigma = 0.7};
    uint64_t *v = malloc(N * sizeof *v);
    assert_non_null(v);
    brg_tier_server *s = server(&c);
    for (uint64_t i = 0; i < N; i++) {
        const brg_tier_answer a = serve(s, i * US, 64);
        v[i] = a.done_ps - a.arrival_ps;
        assert_true(v[i] == brg_tier_latency_ps(&c, i, 0));
    }
    qsort(v, N, sizeof *v, by_value);
    /* Six standard errors of the median (density 0.399) and of the 99th percentile (0.0267) of the
     * underlying normal. */
    const double root = sqrt((double)N), z99 = 2.3263478740408408;
    assert_double_near(log((double)v[N / 2] / 1e6), 0, 6 * 0.7 * 0.5 / 0.3989 / root);
    assert_double_near(log((double)v[N / 100 * 99] / 1e6), 0.7 * z99,
                       6 * 0.7 * sqrt(0.99 * 0.01) / 0.02665 / root);
    double sum = 0, square = 0;
    for (size_t i = 0; i < N; i++) {
        const double x = log((double)v[i] / 1e6);
        sum += x;
        square += x * x;
    }
    assert_double_near(square / N - sum / N * sum / N, 0.49, 6 * 0.49 * sqrt(2.0 / N));
    /* The summary is that of the values. */
    brg_tier_statistics t;
    brg_tier_server_statistics(s, &t);
    assert_int_equal(t.answers, N);
    assert_double_near(t.latency.p50_ns / ((double)v[N / 2] / 1e3), 1, 0.011);
    assert_double_near(t.latency.p99_ns / ((double)v[N / 100 * 99] / 1e3), 1, 0.011);
    assert_double_near(t.latency.max_ns, (double)v[N - 1] / 1e3, 1e-3);
    assert_double_near(t.latency.mean_ns / (1000 * exp(0.245)), 1, 0.02);
    brg_tier_server_destroy(&s);
    free(v);
    /* Another tier and another seed draw other numbers. */
    brg_tier_config other = c;
    other.tier = 3;
    assert_true(brg_tier_latency_ps(&other, 7, 0) != brg_tier_latency_ps(&c, 7, 0));
    other = c;
    other.seed++;
    assert_true(brg_tier_latency_ps(&other, 7, 0) != brg_tier_latency_ps(&c, 7, 0));
}

static void test_rate_limit(void **state) {
    (void)state;
    /* 5500/s does not divide a second: request i of a burst starts at ceil(i / 5500 s). */
    const brg_tier_config c = {.requests_per_s = 5500, .latency_ns = 10};
    brg_tier_server *s = server(&c);
    for (uint64_t i = 0; i < 55001; i++) {
        const brg_tier_answer a = serve(s, 0, 1);
        assert_true(a.start_ps == (i * SECOND + 5499) / 5500);
        assert_true(a.rate_ps == a.start_ps);
        if (i > 0) assert_int_equal(brg_tier_waits_for(&a, a.start_ps - 1), BRG_TIER_WAIT_RATE);
    }
    brg_tier_server_destroy(&s);
    /* A bucket of 10: ten at once, then the rate; after a pause of 3 intervals three more. */
    const brg_tier_config b = {.requests_per_s = 1e6, .request_burst = 10, .latency_ns = 10};
    s = server(&b);
    for (uint64_t i = 0; i < 30; i++)
        assert_true(serve(s, 0, 1).start_ps == (i < 10 ? 0 : (i - 9) * US));
    for (uint64_t i = 0; i < 5; i++)
        assert_true(serve(s, 24 * US, 1).start_ps == (i < 4 ? 24 * US : (i + 21) * US));
    /* In any window of w intervals at most 10 + w start. */
    uint64_t at = 100 * US, random = 3, starts[2000];
    for (size_t i = 0; i < 2000; i++) {
        at += test_random(&random) % (2 * US);
        starts[i] = serve(s, at, 1).start_ps;
        if (i >= 60) assert_true(starts[i] - starts[i - 60] >= 50 * US);
    }
    brg_tier_server_destroy(&s);
}

static void test_bandwidth_and_slots(void **state) {
    (void)state;
    /* One channel of 2 GB/s: transfers of 1000 bytes end 500 ns apart. */
    brg_tier_config c = {.bandwidth_gb_per_s = 2, .latency_ns = 100};
    brg_tier_server *s = server(&c);
    for (uint64_t i = 0; i < 10; i++) {
        const brg_tier_answer a = serve(s, 0, 1000);
        assert_true(a.ready_ps == 100000 && a.first_ps == 100000 + i * 500000);
        assert_true(a.done_ps == a.first_ps + 500000);
        assert_int_equal(brg_tier_waits_for(&a, 50000), BRG_TIER_WAIT_LATENCY);
        if (i > 0) assert_int_equal(brg_tier_waits_for(&a, 100001), BRG_TIER_WAIT_QUEUE);
        assert_int_equal(brg_tier_waits_for(&a, a.first_ps), BRG_TIER_WAIT_TRANSFER);
        assert_int_equal(brg_tier_waits_for(&a, a.done_ps), BRG_TIER_WAIT_NONE);
    }
    brg_tier_server_destroy(&s);
    /* Three slots: request i starts when i - 3 is done. */
    c = (brg_tier_config){.concurrent = 3, .latency_ns = 1000};
    s = server(&c);
    for (uint64_t i = 0; i < 12; i++) {
        const brg_tier_answer a = serve(s, 0, 64);
        assert_true(a.start_ps == i / 3 * US && a.done_ps == a.start_ps + US);
        if (i >= 3) assert_int_equal(brg_tier_waits_for(&a, 0), BRG_TIER_WAIT_QUEUE);
    }
    brg_tier_server_destroy(&s);
    /* A slow first byte does not hold up the fast one behind it, and transfers never overlap. */
    brg_tier_trace *trace = NULL;
    assert_int_equal(brg_tier_trace_parse(&trace, "900\n100\n700\n", 12, "t", NULL), BRG_OK);
    c = (brg_tier_config){.latency = BRG_LATENCY_TRACE, .trace = trace, .bandwidth_gb_per_s = 1};
    s = server(&c);
    assert_true(serve(s, 0, 300).first_ps == 900000);
    assert_true(serve(s, 0, 300).first_ps == 100000);
    assert_true(serve(s, 0, 300).first_ps == 1200000); /* 700 to 900 is too short */
    assert_true(serve(s, 0, 300).first_ps == 1500000);
    assert_true(serve(s, 0, 300).first_ps == 400000);
    brg_tier_server_destroy(&s);
    brg_tier_trace_destroy(&trace);
}

static void test_outages(void **state) {
    (void)state;
    const brg_outage list[] = {{10 * US, 5 * US}, {20 * US, 2 * US}};
    brg_tier_config c = {.latency_ns = 1000,
                         .bandwidth_gb_per_s = 1,
                         .outages = list,
                         .outage_count = 2,
                         .outage_answer = BRG_OUTAGE_SILENT};
    brg_tier_server *s = server(&c);
    brg_tier_answer a = serve(s, 2 * US, 3000); /* latency 1 us, transfer 3 us */
    assert_true(a.outcome == BRG_TIER_OK && a.done_ps == 6 * US && a.bytes == 3000);
    a = serve(s, 7 * US, 4000); /* cut 2 us into its transfer */
    assert_true(a.outcome == BRG_TIER_SILENT && a.bytes == 2000 && a.done_ps == UINT64_MAX);
    assert_int_equal(brg_tier_waits_for(&a, 9 * US), BRG_TIER_WAIT_TRANSFER);
    assert_int_equal(brg_tier_waits_for(&a, 11 * US), BRG_TIER_WAIT_OUTAGE);
    a = serve(s, 12 * US, 64);
    assert_true(a.outcome == BRG_TIER_SILENT && a.bytes == 0);
    a = serve(s, 15 * US, 64);
    assert_true(a.outcome == BRG_TIER_OK);
    brg_tier_statistics t;
    a = serve(s, 21 * US, 64);
    brg_tier_server_statistics(s, &t);
    assert_true(t.requests == 5 && t.silent == 3 && t.answers == 2 && t.errors == 0);
    assert_true(t.outages == 2 && t.outage_ps == 6 * US);
    assert_true(t.bytes_read == 3000 + 2000 + 64);
    brg_tier_server_destroy(&s);

    c.outage_answer = BRG_OUTAGE_ERROR;
    s = server(&c);
    a = serve(s, 7 * US, 4000);
    assert_true(a.outcome == BRG_TIER_ERROR && a.done_ps == 10 * US && a.bytes == 2000);
    a = serve(s, 12 * US, 64);
    assert_true(a.outcome == BRG_TIER_ERROR && a.done_ps == 13 * US && a.bytes == 0);
    brg_tier_server_destroy(&s);

    c.outage_answer = BRG_OUTAGE_LATE;
    s = server(&c);
    a = serve(s, 7 * US, 4000); /* paused from 10 to 15 us */
    assert_true(a.outcome == BRG_TIER_OK && a.first_ps == 8 * US && a.done_ps == 17 * US);
    assert_int_equal(brg_tier_waits_for(&a, 12 * US), BRG_TIER_WAIT_OUTAGE);
    a = serve(s, 12 * US, 64); /* begins when the outage is over, behind the other transfer */
    assert_true(a.ready_ps == 16 * US && a.first_ps == 17 * US);
    assert_int_equal(brg_tier_waits_for(&a, 13 * US), BRG_TIER_WAIT_OUTAGE);
    a = serve(s, 14 * US, 6000); /* 17.064 + 2.936 us, two of pause, the rest */
    assert_true(a.done_ps == 17 * US + 64000 + 8 * US);
    brg_tier_server_destroy(&s);
}

static void test_random_outages(void **state) {
    (void)state;
    const brg_tier_config c = {.seed = test_seed(11),
                               .latency_ns = 0,
                               .outage_between_ns = 30000,
                               .outage_mean_ns = 10000,
                               .outage_answer = BRG_OUTAGE_ERROR};
    brg_tier_server *s = server(&c);
    uint64_t down = 0, begun = 0;
    bool before = false;
    enum { N = 1000000 };
    for (uint64_t i = 0; i < N; i++) { /* every 100 ns */
        const bool now = serve(s, i * 100000, 0).outcome == BRG_TIER_ERROR;
        down += now;
        begun += now && !before;
        before = now;
    }
    brg_tier_statistics t;
    brg_tier_server_statistics(s, &t);
    /* About 2500 cycles of 40 us, a quarter of each down: six standard errors. */
    const double share = (double)t.outage_ps / ((double)(N - 1) * 1e5);
    assert_double_near(share, 0.25, 6 * 0.25 * 0.75 * sqrt(2.0 / 2500));
    assert_double_near((double)down / N, share, 0.005);
    assert_double_near((double)t.outages, 2500, 6 * sqrt(2500.0));
    assert_true(begun <= t.outages && begun > t.outages * 9 / 10);
    brg_tier_server_destroy(&s);
}

static void test_errors_and_order(void **state) {
    (void)state;
    const brg_tier_config c = {
        .seed = test_seed(12), .latency_ns = 50, .bandwidth_gb_per_s = 1, .error_probability = 0.1};
    brg_tier_server *s = server(&c);
    int errors = 0;
    for (uint64_t i = 0; i < 100000; i++) {
        const brg_tier_answer a = serve(s, i * US, 100);
        errors += a.outcome == BRG_TIER_ERROR;
        assert_true(a.done_ps == i * US + 50000 + (a.outcome == BRG_TIER_OK ? 100000 : 0));
    }
    assert_double_near(errors, 10000, 6 * sqrt(100000 * 0.09));
    brg_tier_answer a;
    assert_int_equal(brg_tier_serve(s, 0, 1, false, &a), BRG_EINVAL);
    brg_tier_server_destroy(&s);
}

static void expect_message(brg_diag *diag, const char *text) {
    assert_int_equal(brg_diag_count(diag), 1);
    if (strcmp(brg_diag_message(diag, 0), text) != 0) {
        print_error("message: %s\n expected: %s\n", brg_diag_message(diag, 0), text);
        fail();
    }
}

static void test_trace_files(void **state) {
    (void)state;
    brg_tier_trace *t = NULL;
    const char good[] = "# measured\n 10 \n2.5e1\r\n\n0 # none\n";
    assert_int_equal(brg_tier_trace_parse(&t, good, sizeof good - 1, "t", NULL), BRG_OK);
    assert_int_equal(t->count, 3);
    assert_true(t->latency_ps[0] == 10000 && t->latency_ps[1] == 25000 && t->latency_ps[2] == 0);
    brg_tier_config c = {.latency = BRG_LATENCY_TRACE, .trace = t};
    assert_true(brg_tier_latency_ps(&c, 4, 0) == 25000); /* wraps around */
    brg_tier_trace_destroy(&t);
    const char timed[] = "100,5\n200,6\n500,7";
    assert_int_equal(brg_tier_trace_parse(&t, timed, sizeof timed - 1, "t", NULL), BRG_OK);
    assert_true(t->period_ps == 700000);
    c.trace = t;
    static const uint64_t at[][2] = {{0, 5000},      {99999, 5000},  {100000, 6000},
                                     {399999, 6000}, {400000, 7000}, {699999, 7000},
                                     {700000, 5000}, {800000, 6000}};
    for (size_t i = 0; i < 8; i++) assert_true(brg_tier_latency_ps(&c, 9, at[i][0]) == at[i][1]);
    brg_tier_trace_destroy(&t);
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "f: no latency in the file, at least one is needed"},
        {"# only\n", "f: no latency in the file, at least one is needed"},
        {"1\nabc\n", "f:2:1: not a number of ns from 0 to 1e15"},
        {"  nan\n", "f:1:3: not a number of ns from 0 to 1e15"},
        {"-1\n", "f:1:1: not a number of ns from 0 to 1e15"},
        {"1e16\n", "f:1:1: not a number of ns from 0 to 1e15"},
        {"1 2\n", "f:1:2: expected `latency_ns` or `time_ns,latency_ns` and nothing else"},
        {"1,2,3\n", "f:1:4: expected `latency_ns` or `time_ns,latency_ns` and nothing else"},
        {"1,x\n", "f:1:3: not a latency in ns from 0 to 1e15"},
        {"1,2\n3\n", "f:2:1: 1 columns, but the lines above have 2"},
        {"1,2\n1,3\n", "f:2:1: time 1 ns is not after the time of the entry above"},
        {"5,2\n1,3\n", "f:2:1: time 1 ns is not after the time of the entry above"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int e = brg_tier_trace_parse(&t, bad[i].text, strlen(bad[i].text), "f", diag);
        assert_int_equal(e, BRG_EINPUT);
        assert_null(t);
        expect_message(diag, bad[i].message);
        brg_diag_destroy(&diag);
    }
}

static void test_checks(void **state) {
    (void)state;
    static const brg_outage overlap[] = {{10, 10}, {15, 1}}, empty[] = {{10, 0}};
    static const struct {
        brg_tier_config config;
        const char *message;
    } bad[] = {
        {{.latency_ns = -1}, "f:7: m.edge.latency_ns: -1 is not allowed, from 0 to 1e+15"},
        {{.sigma = NAN}, "f:7: m.edge.sigma: nan is not allowed, from 0 to 10"},
        {{.error_probability = 2}, "f:7: m.edge.error_probability: 2 is not allowed, from 0 to 1"},
        {{.latency = BRG_LATENCY_TRACE}, "f:7: m.edge.latency: a trace needs a trace file"},
        {{.outages = overlap, .outage_count = 2},
         "f:7: m.edge.outages: an outage starts before the one above it has ended"},
        {{.outages = empty, .outage_count = 1},
         "f:7: m.edge.outages: a duration is 0 or an outage ends after 4e15 ns"},
        {{.outages = overlap, .outage_count = 1, .outage_between_ns = 1, .outage_mean_ns = 1},
         "f:7: m.edge.outages: a list of outages or random ones, not both"},
        {{.outage_between_ns = 1},
         "f:7: m.edge.outage_mean_ns: random outages need a mean duration above 0"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        brg_diag *diag = NULL;
        brg_tier_server *s = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_tier_check(&bad[i].config, "f", 7, "m.edge", diag), BRG_EINPUT);
        expect_message(diag, bad[i].message);
        assert_int_equal(brg_tier_server_new(&s, &bad[i].config), BRG_EINVAL);
        assert_null(s);
        brg_diag_destroy(&diag);
    }
}

static void test_store(void **state) {
    (void)state;
    brg_planes *image = NULL;
    assert_int_equal(brg_image_random(&image, 10, 8, 3), BRG_OK);
    const uint64_t size = 8 * image->plane_words * 8, hash = brg_planes_hash(image);
    enum { CAPACITY = 300000 };
    assert_int_equal(size, 1024);
    brg_image_store *store = NULL;
    assert_int_equal(brg_image_store_new(&store, image, size - 1), BRG_EINVAL);
    assert_int_equal(brg_image_store_new(&store, image, CAPACITY), BRG_OK);
    const brg_store face = brg_image_store_face(store);
    unsigned char *shadow = calloc(1, CAPACITY), *got = malloc(CAPACITY);
    assert_true(shadow != NULL && got != NULL);
    for (uint64_t i = 0; i < size; i++) /* little-endian words */
        shadow[i] = (unsigned char)(image->bits[i / 8] >> (8 * (i % 8)));
    assert_int_equal(face.read(face.context, 0, got, CAPACITY), BRG_OK);
    assert_memory_equal(got, shadow, CAPACITY);
    assert_int_equal(brg_image_store_pages(store), 0);
    uint64_t random = test_seed(8);
    for (int i = 0; i < 2000; i++) {
        const uint64_t address = test_random(&random) % CAPACITY;
        uint64_t n = test_random(&random) % 9000;
        if (n > CAPACITY - address) n = CAPACITY - address;
        if (test_random(&random) % 2) {
            for (uint64_t k = 0; k < n; k++)
                shadow[address + k] = (unsigned char)test_random(&random);
            assert_int_equal(face.write(face.context, address, shadow + address, n), BRG_OK);
        } else {
            assert_int_equal(face.read(face.context, address, got, n), BRG_OK);
            assert_memory_equal(got, shadow + address, n);
        }
    }
    assert_true(brg_image_store_pages(store) > 64);
    assert_int_equal(face.read(face.context, CAPACITY, got, 1), BRG_EINVAL);
    assert_int_equal(face.read(face.context, UINT64_MAX, got, 2), BRG_EINVAL);
    assert_int_equal(face.write(face.context, CAPACITY - 1, got, 2), BRG_EINVAL);
    assert_true(brg_planes_hash(image) == hash); /* the image stays as it was */
    brg_image_store_destroy(&store);
    brg_planes_destroy(&image);
    free(shadow);
    free(got);
}

static void test_presets(void **state) {
    (void)state;
    static const char *const names[] = {"on_chip", "cxl",  "rdma",         "nvme",
                                        "rack",    "edge", "cross_region", "object_store"};
    brg_memory_preset p, found;
    double last = 0;
    for (size_t i = 0; i < 8; i++) {
        assert_true(brg_memory_preset_at(i, &p));
        assert_string_equal(p.name, names[i]);
        assert_true(brg_memory_preset_find(names[i], &found));
        assert_string_equal(found.about, p.about);
        assert_true(p.latency_ns > last && p.latency_source != NULL && p.bandwidth_source != NULL);
        last = p.latency_ns;
        assert_double_near(p.latency_ns * exp(1.6448536269514722 * p.sigma) / p.latency_high_ns, 1,
                           1e-12);
        assert_double_near(p.latency_ns * exp(-1.6448536269514722 * p.sigma) / p.latency_low_ns, 1,
                           1e-12);
        brg_tier_config c;
        brg_memory_preset_use(&p, &c);
        assert_int_equal(brg_tier_check(&c, "f", 1, "m", NULL), BRG_OK);
        /* Nine of ten latencies lie in the range. */
        int inside = 0;
        for (uint64_t r = 0; r < 10000; r++) {
            const double ns = (double)brg_tier_latency_ps(&c, r, 0) / 1e3;
            inside += ns >= p.latency_low_ns && ns <= p.latency_high_ns;
        }
        assert_double_near(inside, 9000, 6 * 30);
    }
    assert_false(brg_memory_preset_at(8, &p));
    assert_false(brg_memory_preset_find("tape", &p));
    assert_false(brg_memory_preset_find(NULL, &p));
}

static void test_back_off(void **state) {
    (void)state;
    brg_retry_policy p = {.backoff_ps = 100, .exponential = true, .backoff_max_ps = 1000};
    static const uint64_t expected[] = {100, 200, 400, 800, 1000, 1000};
    for (uint64_t i = 0; i < 6; i++) assert_true(brg_retry_backoff_ps(&p, i) == expected[i]);
    p.backoff_max_ps = 0;
    assert_true(brg_retry_backoff_ps(&p, 200) == UINT64_C(1000000000000000000));
    p.exponential = false;
    assert_true(brg_retry_backoff_ps(&p, 200) == 100);
    assert_string_equal(brg_tier_wait_name(BRG_TIER_WAIT_OUTAGE), "outage");
    assert_string_equal(brg_tier_wait_name(BRG_TIER_WAIT_COUNT), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lognormal),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_bandwidth_and_slots),
        cmocka_unit_test(test_outages),
        cmocka_unit_test(test_random_outages),
        cmocka_unit_test(test_errors_and_order),
        cmocka_unit_test(test_trace_files),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_back_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
