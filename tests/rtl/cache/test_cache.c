/* SPDX-License-Identifier: Apache-2.0 */
/* brg_cache against its reference model: random traffic, random stalls, every policy and shape. */
#include "cache_bench.h"
#include "test.h"

static uint64_t rnd(bench *b) {
    return test_random(&b->random);
}

typedef struct {
    uint32_t span;   /* bytes in use */
    unsigned writes; /* of 8 bursts */
    bool singles, doubles, faulty, odd_bursts;
} traffic;

static void pick_burst(bench *b, const traffic *t) {
    uint64_t offset = rnd(b) % t->span;
    if (t->faulty && rnd(b) % 8 == 0) offset = BENCH_BYTES - 1 - rnd(b) % (2 * BENCH_BAD_BYTES);
    uint64_t addr = BENCH_BASE + offset / 32 * 32;
    uint8_t len = rnd(b) % 4 ? (uint8_t)(rnd(b) % 3) : (uint8_t)(rnd(b) % 10);
    uint8_t size = 5, burst = 1;
    if (t->odd_bursts && rnd(b) % 4 == 0) {
        size = (uint8_t)(rnd(b) % 6);
        burst = (uint8_t)(rnd(b) % 3);
        addr = BENCH_BASE + offset / (1u << size) * (1u << size);
        if (burst == 2)
            len = (uint8_t)((2u << rnd(b) % 3) - 1);
        else
            addr += rnd(b) % (1u << size); /* unaligned first beat */
    }
    /* No burst crosses 4 KiB. */
    const uint64_t room = 4096 - addr % 4096;
    while (burst == 1 && (len + 1u) << size > room && len) len--;
    const uint8_t id = (uint8_t)(rnd(b) % 16);
    if (rnd(b) % 8 < t->writes)
        bench_write(b, id, addr, len, size, burst, rnd(b) % 2);
    else
        bench_read(b, id, addr, len, size, burst);
}

static void pick_stalls(bench *b) {
    static const uint8_t levels[4] = {0, 0, 100, 220};
    for (int i = 0; i < 10; i++) b->stall[i] = levels[rnd(b) % 4];
    b->latency_min = 1;
    b->latency_max = 1 + (uint32_t)(rnd(b) % 60);
}

static void run_traffic(bench *b, const traffic *t, uint64_t requests) {
    const uint64_t end = b->requests_done + requests;
    b->faulty = t->faulty;
    while (b->requests_done < end) {
        if (b->cycle % 512 == 0) pick_stalls(b);
        if (rnd(b) % 256 >= b->stall[0]) pick_burst(b, t);
        if (t->singles && b->cycle % 4 == 0 && !b->out.inject_armed && !b->poisoned &&
            rnd(b) % 4 == 0) {
            const uint64_t bit = rnd(b) % 72, other = rnd(b) % 72;
            b->in.inject_data = 1;
            b->in.inject_evict = 0;
            b->in.inject_wait = (uint16_t)(rnd(b) % 8);
            b->in.inject_word = (uint8_t)(rnd(b) % 4);
            b->in.inject_mask = bit < 64 ? 1ull << bit : 0;
            b->in.inject_check_mask = (uint8_t)(bit < 64 ? 0 : 1u << (bit - 64));
            if (t->doubles && rnd(b) % 2 && other != bit) {
                if (other < 64)
                    b->in.inject_mask |= 1ull << other;
                else
                    b->in.inject_check_mask |= (uint8_t)(1u << (other - 64));
            }
        }
        bench_cycle(b);
        if (rnd(b) % 20000 == 0) bench_flush(b, rnd(b) % 2);
    }
    bench_drain(b);
    bench_flush(b, true);
    bench_drain(b);
}

static void check_counts(bench *b) {
    brg_cache_counts c;
    brg_cache_model_counts(b->model, &c);
    assert_int_equal(bench_stat(b, 0), c.reads);
    assert_int_equal(bench_stat(b, 1), c.writes);
    assert_int_equal(bench_stat(b, 2) + bench_stat(b, 4), c.hits);
    assert_int_equal(bench_stat(b, 3), c.misses);
    assert_int_equal(bench_stat(b, 6), c.write_backs);
    assert_int_equal(bench_stat(b, 9), c.prefetches);
    assert_int_equal(bench_stat(b, 10), c.useful);
    assert_int_equal(bench_stat(b, 11), c.useless);
    assert_int_equal(c.prefetches, c.useful + c.useless);
    assert_int_equal(bench_stat(b, 17), c.lost_words);
    b->in.stat_clear = 1;
    bench_cycle(b);
}

/* Every policy, many shapes, all prefetchers, errors of every kind: REQUESTS answers altogether. */
static void test_random_traffic(void **state) {
    const uint64_t total = *(const uint64_t *)*state;
    bench *b = bench_new(test_seed(4));
    const int rounds = 30;
    uint64_t corrected = 0, refetched = 0, merges = 0, errors = 0, stalls = 0, late = 0;
    for (int i = 0; i < rounds; i++) {
        const uint32_t ways = (uint32_t)(rnd(b) % 4), line = 6 + (uint32_t)(i % 3);
        const uint32_t sets = (uint32_t)(rnd(b) % (i % 5 == 0 ? 11 : 5));
        bench_shape(b, ways, sets, line, (uint32_t)(i / 3 % 3), (uint32_t)rnd(b));
        b->in.prefetch_kind = (uint8_t)(i % 4);
        b->in.prefetch_depth = (uint8_t)(1 + rnd(b) % 8);
        bench_flush(b, true); /* takes the seed */
        b->in.stat_clear = 1;
        bench_cycle(b);
        uint64_t span = 4ull << (ways + sets + line);
        if (span > BENCH_BYTES - 2 * BENCH_BAD_BYTES - 4096) {
            span = BENCH_BYTES - 2 * BENCH_BAD_BYTES - 4096;
        }
        const traffic t = {.span = (uint32_t)span,
                           .writes = (unsigned)(rnd(b) % 7),
                           .singles = i % 2,
                           .doubles = i % 4 == 3,
                           .faulty = i % 3 == 2,
                           .odd_bursts = i % 2 == 0};
        run_traffic(b, &t, total / (unsigned)rounds);
        corrected += bench_stat(b, 14);
        refetched += bench_stat(b, 16);
        merges += bench_stat(b, 4);
        errors += bench_stat(b, 20);
        stalls += bench_stat(b, 8);
        late += bench_stat(b, 12);
        check_counts(b);
    }
    print_message(
        "%llu answers, %llu cycles, corrected %llu, refetched %llu, lost %llu, merged "
        "%llu, refused lines %llu, stalls %llu, late %llu\n",
        (unsigned long long)b->requests_done, (unsigned long long)b->cycle,
        (unsigned long long)corrected, (unsigned long long)refetched,
        (unsigned long long)b->lost_events, (unsigned long long)merges, (unsigned long long)errors,
        (unsigned long long)stalls, (unsigned long long)late);
    assert_true(corrected && refetched && b->lost_events && merges && errors && stalls && late);
    bench_destroy(&b);
}

/* A short run of everything, its pins written for the replay in Icarus. */
static void test_record(void **state) {
    const char *path = *(const char **)*state;
    if (!path) skip();
    bench *b = bench_new(test_seed(11));
    b->record = fopen(path, "w");
    assert_non_null(b->record);
    b->in.rst_n = 0; /* the replay starts with a reset too */
    bench_cycle(b);
    bench_cycle(b);
    b->in.rst_n = 1;
    bench_drain(b);
    for (int i = 0; i < 6; i++) {
        bench_shape(b, (uint32_t)(i % 4), 1 + (uint32_t)(i % 3), 6 + (uint32_t)(i % 3),
                    (uint32_t)(i % 3), 5);
        bench_flush(b, true);
        b->in.prefetch_kind = (uint8_t)(i % 3);
        const traffic t = {.span = 8192,
                           .writes = 3,
                           .singles = true,
                           .doubles = i == 5,
                           .faulty = i == 4,
                           .odd_bursts = true};
        run_traffic(b, &t, 150);
    }
    assert_int_equal(fclose(b->record), 0);
    bench_destroy(&b);
}

/* test_cache [ANSWERS [PINS_FILE]] */
int main(int argc, char **argv) {
    static uint64_t requests = 200000;
    static const char *path;
    if (argc > 1) requests = strtoull(argv[1], NULL, 0);
    if (argc > 2) path = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_random_traffic, &requests),
        cmocka_unit_test_prestate(test_record, &path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
