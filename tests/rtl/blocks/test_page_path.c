/* SPDX-License-Identifier: Apache-2.0 */
/* brg_page_path against its reference: random traffic, early ends, flushes, resets, wrong answers
 * of the memory, fault injection, overlap of pages, latency. With an argument, the pins of every
 * cycle of a mixed run are written to that file. */
#include <string.h>

#include "path_bench.h"
#include "test.h"

static uint64_t seed;
static const char *record_path;

/* A 64-byte aligned address, often shortly before a 4 KiB boundary. */
static uint64_t random_base(path_bench *b) {
    const uint64_t page = bench_random(b, UINT64_C(1) << 36) << 12;
    return page +
           (bench_random(b, 2) ? 64 * bench_random(b, 64) : 4096 - 64 * (1 + bench_random(b, 4)));
}

static void random_stalls(path_bench *b) {
    static const uint32_t stall[] = {0, 40, 128, 230};
    b->ar_stall = stall[bench_random(b, 4)];
    b->r_stall = stall[bench_random(b, 4)];
    b->r_latency = (uint32_t)bench_random(b, 3) * 20;
}

static uint16_t random_pages(path_bench *b) {
    return b->most_pages ? (uint16_t)bench_random(b, b->most_pages) : 0;
}

static uint64_t words_of(uint32_t n, uint32_t k) {
    return (n > 9 ? UINT64_C(1) << (n - 9) : 1) * (k ? k : 1);
}

/* Queries over the geometries, each at random behind its load; some end early. */
static void run_queries(path_bench *b, const uint8_t (*geometry)[2], uint32_t count, bool early) {
    uint32_t loaded = 0, done = 0;
    const uint64_t start = b->cycle;
    const uint32_t first = b->load_count;
    bool active = false;
    uint64_t linger = 0;
    while (done < count) {
        if (loaded < count && bench_random(b, 4) == 0) {
            b->in.load_valid = 1;
            b->in.address_width = geometry[loaded][0];
            b->in.word_width = geometry[loaded][1];
            if (b->load_count == first + loaded) {
                b->in.load_base = random_base(b);
                b->in.pages = random_pages(b);
            }
        }
        const bool complete = bench_complete(b);
        const bool give_up = active && early && bench_random(b, 60) == 0;
        if (active && ((complete && linger-- == 0) || give_up)) {
            b->in.end = 1;
            active = false;
            done++;
        }
        if (!active && done < count && done < b->load_count - first && bench_random(b, 3) == 0) {
            b->in.begin = 1;
            active = true;
            linger = bench_random(b, 20);
        }
        bench_tick(b);
        loaded = b->load_count - first;
        assert_true(b->cycle - start < 4000000);
    }
    bench_wait_idle(b, 4000000);
}

static void test_every_geometry(void **state) {
    (void)state;
    static const uint8_t widths[] = {1, 3, 8, 64};
    path_bench b = {0};
    bench_open(&b, seed);
    uint64_t words = 0;
    uint8_t geometry[4][2];
    for (uint8_t n = 1; n <= 12; n++) {
        for (int i = 0; i < 4; i++) {
            geometry[i][0] = n;
            geometry[i][1] = widths[i];
            words += words_of(n, widths[i]);
        }
        random_stalls(&b);
        run_queries(&b, (const uint8_t(*)[2])geometry, 4, false);
        assert_int_equal(b.error_beats, 0);
    }
    static const uint8_t large[2][2] = {{15, 17}, {17, 3}};
    b.ar_stall = b.r_stall = 30;
    run_queries(&b, large, 2, false);
    words += words_of(15, 17) + words_of(17, 3);
    assert_int_equal(b.leaf_words, words);
    assert_int_equal(b.beats, words * (512 / path_model_parameters.axi_data_w));
    print_message("%llu leaf words, %llu beats, %llu bursts, %llu cycles\n",
                  (unsigned long long)b.leaf_words, (unsigned long long)b.beats,
                  (unsigned long long)b.accepted_bursts, (unsigned long long)b.cycle);
    bench_close(&b);
}

static void test_random_traffic(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 1);
    for (int round = 0; round < 25; round++) {
        uint8_t geometry[12][2];
        b.most_pages = round % 5 ? 5 : 0;
        b.hold_fetches = round % 3 ? (uint32_t)bench_random(&b, 250) : 0;
        b.may_skip_planes = round % 4 == 3;
        for (int i = 0; i < 12; i++) {
            geometry[i][0] = (uint8_t)(1 + bench_random(&b, 13));
            geometry[i][1] = (uint8_t)(1 + bench_random(&b, 5));
        }
        random_stalls(&b);
        run_queries(&b, (const uint8_t(*)[2])geometry, 12, round % 2 == 1);
    }
    assert_int_equal(b.error_beats, 0);
    assert_true(b.overlapped > 0);
    assert_true(b.quiet_pairs > 1000);
    bench_close(&b);
}

/* Out-of-range geometry is clamped: n = 31 to 24 (index up to 32767), n = 0 to 1, k = 0 to 1. */
static void test_geometry_limits(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 2);
    bench_load_page(&b, 4096 * 3 - 64, 0, 0);
    bench_load_page(&b, 4096 * 7, 31, 1);
    bench_load_page(&b, 64, 1, 127);
    const uint64_t words[] = {1, 32768, 64};
    for (int i = 0; i < 3; i++) {
        const uint64_t before = b.leaf_words;
        bench_begin(&b);
        bench_wait_ready(&b, 2000000);
        bench_end(&b);
        assert_int_equal(b.leaf_words - before, words[i]);
    }
    bench_wait_idle(&b, 100);
    bench_close(&b);
}

/* The next page's addresses go out while a query runs, and its begin finds it in the buffer. */
static void test_pages_overlap(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 3);
    b.r_latency = 30;
    bench_load_page(&b, 0x10000, 10, 4);
    bench_begin(&b);
    bench_load_page(&b, 0x20000, 10, 4);
    bench_load_page(&b, 0x30000, 10, 4);
    bench_wait_ready(&b, 10000);
    for (int i = 0; i < 200; i++) bench_tick(&b);
    assert_true(b.active);
    assert_true(b.ar_load >= 2); /* all addresses of page 1 accepted, the query still runs */
    assert_int_equal(b.loads[1].words_in, 8);
    assert_int_equal(b.out.planes_buffered, 4);
    b.in.end = b.in.begin = 1;
    bench_tick(&b);
    bench_tick(&b);
    assert_int_equal(b.out.planes_buffered, 4);
    assert_int_equal(b.out.planes_ready, 0);
    assert_false(b.out.leaf_valid);
    const uint64_t start = b.cycle;
    bench_tick(&b);
    assert_true(b.out.leaf_valid); /* two cycles after begin */
    bench_wait_ready(&b, 100);
    assert_int_equal(b.cycle - start, 8 + 1);
    bench_end(&b);
    bench_begin(&b);
    bench_wait_ready(&b, 10000);
    bench_end(&b);
    bench_begin(&b); /* a query may begin before its load comes */
    for (int i = 0; i < 5; i++) bench_tick(&b);
    bench_load_page(&b, 0x40000, 10, 4);
    bench_wait_ready(&b, 10000);
    bench_end(&b);
    bench_wait_idle(&b, 100);
    bench_close(&b);
}

/* K pages through one query: page p + 1 waits in the buffer while page p is used, and each of its
 * planes takes the place of the same plane as soon as that one's fetch is over. */
static void test_pages_of_a_query(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 80);
    uint32_t version = 0;
    for (uint32_t pages = 2; pages <= 8; pages *= 2)
        for (uint32_t n = 1; n <= 11; n += 5) {
            const uint32_t planes = 3;
            const uint64_t page_words = words_of(n, planes);
            if (page_words > path_model_parameters.bank_words) continue;
            b.in.pages = (uint16_t)(pages - 1);
            b.hold_fetches = 256; /* the test fetches itself */
            bench_load_page(&b, 0x100000, n, planes);
            bench_begin(&b);
            assert_int_equal(b.version, version);
            version += pages;
            for (uint32_t p = 0; p < pages; p++) {
                for (int i = 0; i < 300; i++) bench_tick(&b);
                assert_int_equal(b.out.page_ready, p);
                assert_int_equal(b.out.planes_ready, planes);
                const bool more = p + 1 < pages;
                if (more) { /* and the next two are there, wholly, a bank each */
                    assert_int_equal(b.out.page_buffered, p + 3 < pages ? p + 3 : pages - 1);
                    assert_int_equal(b.out.planes_buffered, p + 3 < pages ? 0 : planes);
                }
                for (uint32_t j = 0; j < planes && more; j++) {
                    const uint64_t before = b.leaf_words, groups = page_words / planes;
                    b.in.planes_fetched |= 1u << j;
                    bench_tick(&b);
                    assert_int_equal(b.leaf_words, before);
                    bench_tick(&b); /* the word comes a cycle after the fetch was over */
                    assert_int_equal(b.leaf_words, before + 1);
                    for (int i = 0; i < 30; i++) bench_tick(&b);
                    assert_int_equal(b.leaf_words, before + groups); /* of this plane alone */
                }
                b.in.page_current = (uint16_t)(p + 1);
                b.in.planes_fetched = 0;
            }
            assert_true(bench_complete(&b));
            bench_end(&b);
            b.hold_fetches = 0;
            bench_wait_idle(&b, 1000);
        }
    assert_true(version > 0);
    bench_close(&b);
}

static void test_wrong_answers(void **state) {
    (void)state;
    static const bench_fault faults[] = {FAULT_SLVERR, FAULT_DECERR,      FAULT_WRONG_ID,
                                         FAULT_SHORT,  FAULT_EARLY_RLAST, FAULT_NO_RLAST};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        for (uint32_t victim = 0; victim < 3; victim++) {
            path_bench b = {0};
            bench_open(&b, seed + 4 + f);
            random_stalls(&b);
            b.fault = faults[f];
            b.fault_load = victim;
            b.fault_beat = bench_random(&b, 6);
            for (uint32_t i = 0; i < 4; i++) bench_load_page(&b, random_base(&b) & ~0xfffu, 11, 5);
            for (uint32_t i = 0; i < 4; i++) {
                bench_begin(&b);
                bench_wait_ready(&b, 100000);
                if (faults[f] == FAULT_EARLY_RLAST) {
                    if (i == victim) assert_true(b.out.page_error);
                } else {
                    assert_int_equal(b.out.page_error, i == victim);
                }
                bench_end(&b);
                bench_tick(&b);
                if (faults[f] != FAULT_EARLY_RLAST) assert_false(b.out.page_error);
            }
            assert_true(b.fault_done);
            assert_true(b.error_beats >= 1);
            if (faults[f] <= FAULT_WRONG_ID) assert_int_equal(b.error_beats, 1);
            bench_wait_idle(&b, 100000);
            /* Beats that nobody waits for are taken, not left to block the bus. */
            for (int i = 0; i < 20000 && b.burst_count; i++) bench_tick(&b);
            assert_int_equal(b.burst_count, 0);
            assert_int_equal(b.leaf_words, 4 * 20);
            bench_close(&b);
        }
    }
}

static void test_flush(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 20);
    for (int round = 0; round < 150; round++) {
        random_stalls(&b);
        const uint32_t loads = 1 + (uint32_t)bench_random(&b, 3);
        for (uint32_t i = 0; i < loads; i++) {
            b.in.pages = (uint16_t)bench_random(&b, 4);
            bench_load_page(&b, random_base(&b), 1 + (uint32_t)bench_random(&b, 13), 3);
        }
        const uint64_t when = bench_random(&b, 3); /* 0: no query, 1: before, 2: during the flush */
        if (when == 1) bench_begin(&b);
        for (uint64_t i = bench_random(&b, 120); i > 0; i--) bench_tick(&b);
        const uint64_t level = 1 + bench_random(&b, 2) * bench_random(&b, 40);
        for (uint64_t i = 0; i < level; i++) {
            b.in.flush = 1;
            b.in.begin = when == 2 && i == level / 2;
            bench_tick(&b);
        }
        b.in.flush = 0;
        if (when && bench_random(&b, 2)) bench_end(&b);
        bench_wait_idle(&b, 100000);
        /* A query after it gets its own page, whether or not the old one was ended. */
        b.in.pages = (uint16_t)bench_random(&b, 3);
        bench_load_page(&b, random_base(&b), 10, 2);
        for (uint64_t i = bench_random(&b, 60); i > 0; i--) bench_tick(&b);
        bench_begin(&b);
        bench_wait_ready(&b, 100000);
        assert_false(b.out.page_error);
        bench_end(&b);
        bench_wait_idle(&b, 100000);
        if (b.load_count > BENCH_LOADS - 16) bench_reset(&b);
    }
    bench_close(&b);
}

static void test_reset_in_the_middle(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 30);
    for (int round = 0; round < 100; round++) {
        random_stalls(&b);
        bench_load_page(&b, random_base(&b), 12, 4);
        bench_load_page(&b, random_base(&b), 3, 4);
        bench_begin(&b);
        for (uint64_t i = bench_random(&b, 150); i > 0; i--) bench_tick(&b);
        bench_reset(&b);
        bench_load_page(&b, random_base(&b), 10, 3);
        bench_begin(&b);
        bench_wait_ready(&b, 100000);
        assert_int_equal(b.out.version, 0);
        bench_end(&b);
        bench_wait_idle(&b, 1000);
        bench_reset(&b);
    }
    bench_close(&b);
}

/* Exactly one bit of exactly one word differs, in the bank and word that were named. */
static void test_fault_injection(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 40);
    for (int round = 0; round < 60; round++) {
        bench_reset(&b);
        random_stalls(&b);
        const uint32_t bank = (uint32_t)bench_random(&b, 2), word = (uint32_t)bench_random(&b, 6);
        const uint32_t bit = (uint32_t)bench_random(&b, 512);
        b.in.fault_inject = 1u << 31 | bank << 30 | word << 9 | bit;
        b.flip_expected = true;
        b.flips = 0;
        for (uint32_t i = 0; i < 2; i++) bench_load_page(&b, random_base(&b), 10, 3);
        for (uint32_t i = 0; i < 2; i++) {
            bench_begin(&b);
            bench_wait_ready(&b, 100000);
            bench_end(&b);
        }
        assert_int_equal(b.flips, 1);
        b.in.fault_inject &= 0x7fffffffu;
        b.flip_expected = false;
        bench_load_page(&b, random_base(&b), 10, 3);
        bench_begin(&b);
        bench_wait_ready(&b, 100000);
    }
    bench_close(&b);
}

/* An ended query's page is read to its end and dropped while the next query already waits. */
static void test_early_end(void **state) {
    (void)state;
    path_bench b = {0};
    bench_open(&b, seed + 50);
    const uint64_t words = words_of(13, 6) + words_of(10, 2);
    for (uint64_t wait = 0; wait < 120; wait += 7) {
        const uint64_t beats = b.beats;
        b.r_stall = 60;
        bench_load_page(&b, random_base(&b), 13, 6);
        bench_load_page(&b, random_base(&b), 10, 2);
        bench_begin(&b);
        for (uint64_t i = 0; i < wait; i++) bench_tick(&b);
        const uint64_t before = b.leaf_words;
        b.in.end = 1;
        b.in.begin = wait % 2;
        bench_tick(&b);
        if (!b.active) bench_begin(&b);
        bench_wait_ready(&b, 100000);
        assert_in_range(b.leaf_words - before, 4, 5);
        bench_end(&b);
        bench_wait_idle(&b, 1000);
        assert_int_equal(b.beats - beats, words * (512 / path_model_parameters.axi_data_w));
    }
    bench_close(&b);
}

/* The figures of docs/rtl/brg_page_path.md. */
static void test_latency(void **state) {
    (void)state;
    const uint64_t per_word = 512 / path_model_parameters.axi_data_w;
    path_bench b = {0};
    bench_open(&b, seed + 60);
    bench_load_page(&b, 0x40000, 9, 1);
    const uint64_t accepted = b.cycle - 1;
    bench_begin(&b);
    while (!b.out.arvalid) bench_tick(&b);
    const uint64_t to_address = b.cycle - 1 - accepted;
    uint64_t last_beat = 0;
    while (!b.out.leaf_valid) {
        bench_tick(&b);
        if (b.out.beat) last_beat = b.cycle - 1;
    }
    const uint64_t to_leaf = b.cycle - 1 - last_beat;
    bench_tick(&b);
    assert_int_equal(b.out.planes_ready, 1);
    bench_end(&b);

    /* Throughput of a large page when the memory answers at once: beats without a gap but for what
     * the bound on bursts in flight costs. */
    bench_load_page(&b, 0x80000, 12, 64);
    bench_begin(&b);
    while (!b.out.beat) bench_tick(&b);
    const uint64_t start = b.cycle - 1;
    bench_wait_ready(&b, 100000);
    const uint64_t cycles = b.cycle - start;
    print_message("load to AR %llu, last beat to leaf %llu, %llu beats in %llu cycles\n",
                  (unsigned long long)to_address, (unsigned long long)to_leaf,
                  (unsigned long long)(512 * per_word), (unsigned long long)cycles);
    assert_int_equal(to_address, 4);
    assert_int_equal(to_leaf, 2);
    if (path_model_parameters.bank_words >= 512)
        assert_in_range(cycles, 512 * per_word, 512 * per_word + 8);
    bench_close(&b);
}

/* A short run with everything in it, for the replay in another simulator. */
static void test_record(void **state) {
    (void)state;
    if (!record_path) skip();
    path_bench b = {0};
    b.record = fopen(record_path, "w");
    assert_non_null(b.record);
    bench_open(&b, seed + 70);
    for (int round = 0; round < 12; round++) {
        uint8_t geometry[6][2];
        for (int i = 0; i < 6; i++) {
            geometry[i][0] = (uint8_t)(1 + bench_random(&b, 12));
            geometry[i][1] = (uint8_t)(1 + bench_random(&b, 3));
        }
        random_stalls(&b);
        b.most_pages = round % 3 == 1 ? 4 : 0;
        b.may_skip_planes = true;
        b.in.fault_inject = round % 3 ? 0 : 1u << 31 | 1u << 9 | (uint32_t)bench_random(&b, 512);
        b.flip_expected = round % 3 == 0;
        run_queries(&b, (const uint8_t(*)[2])geometry, 6, round % 2 == 1);
        bench_load_page(&b, random_base(&b), 11, 3);
        bench_begin(&b);
        for (uint64_t i = bench_random(&b, 60); i > 0; i--) bench_tick(&b);
        if (round % 2) {
            b.in.flush = 1;
            bench_tick(&b);
            b.in.flush = 0;
            bench_end(&b);
            bench_wait_idle(&b, 100000);
        } else {
            bench_reset(&b);
        }
    }
    assert_int_equal(fclose(b.record), 0);
    bench_close(&b);
}

int main(int argc, char **argv) {
    record_path = argc > 1 ? argv[1] : NULL;
    seed = test_seed(20240611);
    print_message("AXI %u bit, banks of %u words, %u bursts of at most %u beats in flight\n",
                  path_model_parameters.axi_data_w, path_model_parameters.bank_words,
                  path_model_parameters.outstanding, path_model_parameters.max_burst);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_geometry),
        cmocka_unit_test(test_random_traffic),
        cmocka_unit_test(test_geometry_limits),
        cmocka_unit_test(test_pages_overlap),
        cmocka_unit_test(test_pages_of_a_query),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_reset_in_the_middle),
        cmocka_unit_test(test_fault_injection),
        cmocka_unit_test(test_early_end),
        cmocka_unit_test(test_latency),
        cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
