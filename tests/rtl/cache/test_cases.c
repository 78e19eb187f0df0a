/* SPDX-License-Identifier: Apache-2.0 */
/* brg_cache in hand-made cases: order, prefetch, faults, off and on, idle skip, head of the reads.
 */
#include <string.h>

#include "cache_bench.h"
#include "test.h"

enum {
    READS,
    WRITES,
    HITS,
    MISSES,
    MERGES,
    FILLS,
    BACKS,
    STALL_CYCLES,
    STALLS,
    ISSUED,
    USEFUL,
    USELESS,
    LATE,
    REDUNDANT,
    CORRECTED,
    UNCORRECTABLE,
    REFETCHES,
    LOST,
    BAD_TAGS,
    LOST_LINES,
    READ_ERRORS,
    WRITE_ERRORS,
    PASSED,
    FLUSHES
};

static bench *quiet_bench(uint32_t ways_log2, uint32_t sets_log2, uint32_t line_log2,
                          uint32_t latency, uint8_t kind, uint8_t depth) {
    bench *b = bench_new(test_seed(9));
    bench_shape(b, ways_log2, sets_log2, line_log2, 0, 1);
    b->in.prefetch_kind = kind;
    b->in.prefetch_depth = depth;
    b->latency_min = b->latency_max = latency;
    bench_drain(b);
    bench_flush(b, true);
    b->in.stat_clear = 1;
    bench_cycle(b);
    return b;
}

static void read_one(bench *b, uint8_t id, uint64_t offset) {
    while (!bench_read(b, id, BENCH_BASE + offset, 0, 5, 1)) bench_cycle(b);
}

static void write_one(bench *b, uint64_t offset, bool whole) {
    while (!bench_write(b, 0, BENCH_BASE + offset, 0, 5, 1, whole)) bench_cycle(b);
}

/* Cycles from the AR handshake to RVALID. */
static uint64_t read_latency(bench *b, uint64_t offset) {
    read_one(b, 1, offset);
    do bench_cycle(b);
    while (b->in.ar.valid);
    const uint64_t start = b->cycle - 1;
    while (!b->out.r.valid) bench_cycle(b);
    const uint64_t end = b->cycle - 1;
    bench_drain(b);
    return end - start;
}

static void test_latency_and_order(void **state) {
    (void)state;
    bench *b = quiet_bench(2, 4, 6, 200, 0, 0);
    assert_true(read_latency(b, 0) > 200);
    assert_int_equal(read_latency(b, 0), 5);
    /* A hit of another ID passes a miss; a hit of the same ID does not. */
    for (int same = 0; same < 2; same++) {
        read_one(b, 3, 0x1000u + 0x400u * (unsigned)same);
        do bench_cycle(b);
        while (b->in.ar.valid);
        read_one(b, same ? 3 : 4, 0);
        while (!b->out.r.valid) {
            bench_cycle(b);
            if (b->out.ar.valid) assert_false(b->out.r.valid);
        }
        assert_int_equal(b->out.r.id, same ? 3 : 4);
        assert_int_equal(b->read_count, same ? 0 : 1);
        bench_drain(b);
    }
    /* Eight misses overlap: together hardly longer than one. */
    const uint64_t start = b->cycle;
    for (unsigned i = 0; i < 8; i++) read_one(b, (uint8_t)i, 0x4000 + 64 * i), bench_cycle(b);
    bench_drain(b);
    assert_true(b->cycle - start < 300);
    /* The ninth line waits for an MSHR. */
    for (unsigned i = 0; i < 9; i++) read_one(b, (uint8_t)i, 0x8000 + 64 * i), bench_cycle(b);
    bench_drain(b);
    assert_int_equal(bench_stat(b, STALLS), 1);
    assert_true(bench_stat(b, STALL_CYCLES) > 150);
    bench_destroy(&b);
}

static void test_next_line(void **state) {
    (void)state;
    for (uint32_t line = 6; line <= 8; line++) {
        bench *b = quiet_bench(2, 6, line, 20, 1, 4);
        for (uint64_t i = 0; i < 64; i++) {
            read_one(b, 5, i << line);
            bench_drain(b);
        }
        assert_int_equal(bench_stat(b, MISSES), 1);
        assert_int_equal(bench_stat(b, HITS), 63);
        assert_int_equal(bench_stat(b, ISSUED), 67); /* 63 and four beyond the end */
        assert_int_equal(bench_stat(b, USEFUL), 63);
        assert_int_equal(bench_stat(b, LATE), 0);
        bench_flush(b, true);
        assert_int_equal(bench_stat(b, USELESS), 4);
        bench_destroy(&b);
    }
    /* Faster than memory answers: the same lines, late. */
    bench *b = quiet_bench(2, 6, 6, 100, 1, 4);
    for (uint64_t i = 0; i < 64; i++) {
        read_one(b, 5, i << 6);
        for (int k = 0; k < 18; k++) bench_cycle(b);
    }
    bench_drain(b);
    assert_true(bench_stat(b, LATE) > 30);
    assert_true(bench_stat(b, USEFUL) >= bench_stat(b, LATE));
    bench_destroy(&b);
}

static void test_stride(void **state) {
    (void)state;
    bench *b = quiet_bench(3, 5, 6, 20, 2, 3);
    /* Two streams, one backwards, told apart by their IDs; the third equal step starts each. */
    for (uint64_t i = 0; i < 20; i++) {
        read_one(b, 2, 3 * 64 * i);
        bench_drain(b);
        read_one(b, 7, 0x8000 - 5 * 64 * i);
        bench_drain(b);
    }
    assert_int_equal(bench_stat(b, MISSES), 8);
    assert_int_equal(bench_stat(b, USEFUL), 32);
    assert_int_equal(bench_stat(b, ISSUED), 38);
    /* No pattern, no prefetch. */
    static const uint64_t lines[8] = {700, 903, 801, 666, 990, 555, 1001, 444};
    for (int i = 0; i < 8; i++) {
        read_one(b, 9, lines[i] * 64);
        bench_drain(b);
    }
    assert_int_equal(bench_stat(b, ISSUED), 38);
    bench_destroy(&b);
}

static void hint(bench *b, uint64_t offset, uint32_t bytes) {
    b->in.hint_valid = 1;
    b->in.hint_base = BENCH_BASE + offset;
    b->in.hint_bytes = bytes;
    do bench_cycle(b);
    while (b->in.hint_valid);
}

static void test_page_ahead(void **state) {
    (void)state;
    bench *b = quiet_bench(2, 6, 6, 30, 3, 0);
    /* Each page is told while the one before is read: every access hits but the first page's. */
    hint(b, 0, 2048);
    bench_drain(b);
    for (uint64_t page = 0; page < 8; page++) {
        hint(b, 2048 * (page + 1), 2048);
        for (uint64_t i = 0; i < 64; i++) {
            read_one(b, (uint8_t)(i % 4), 2048 * page + 32 * i);
            for (int k = 0; k < 8; k++) bench_cycle(b);
        }
    }
    bench_drain(b);
    assert_int_equal(bench_stat(b, HITS), 512);
    assert_int_equal(bench_stat(b, MISSES), 0);
    assert_int_equal(bench_stat(b, LATE), 0);
    assert_int_equal(bench_stat(b, ISSUED), 9 * 32);
    assert_int_equal(bench_stat(b, USEFUL), 8 * 32);
    bench_destroy(&b);

    /* A slow memory: prefetches leave the last MSHR to an access. */
    b = quiet_bench(2, 6, 6, 3000, 3, 0);
    hint(b, 0, 4096);
    for (int i = 0; i < 200; i++) bench_cycle(b);
    assert_int_equal(b->read_count, 7);
    read_one(b, 0, 0x8000);
    for (int i = 0; i < 20; i++) bench_cycle(b);
    assert_int_equal(b->read_count, 8);
    assert_int_equal(b->out.head_state, 2);
    assert_int_equal(b->out.head_line, BENCH_BASE + 0x8000);
    bench_drain(b);
    /* The read of a line that a prefetch has just asked for is late. */
    hint(b, 0xc000, 64);
    for (int i = 0; i < 20; i++) bench_cycle(b);
    read_one(b, 0, 0xc020);
    for (int i = 0; i < 20; i++) bench_cycle(b);
    assert_int_equal(b->out.head_state, 3);
    bench_drain(b);
    assert_int_equal(bench_stat(b, LATE), 1);
    bench_destroy(&b);

    /* The depth bounds the lines that nobody used yet. */
    b = quiet_bench(2, 6, 6, 10, 3, 5);
    hint(b, 0, 4096);
    for (int i = 0; i < 1000; i++) bench_cycle(b);
    assert_int_equal(bench_stat(b, ISSUED), 5);
    read_one(b, 0, 0);
    for (int i = 0; i < 1000; i++) bench_cycle(b);
    assert_int_equal(bench_stat(b, ISSUED), 6);
    bench_destroy(&b);
}

static void test_ecc_faults(void **state) {
    (void)state;
    bench *b = quiet_bench(1, 3, 7, 10, 0, 0);
    /* A single error in every bit of a word: corrected. */
    write_one(b, 0, true);
    bench_drain(b);
    for (unsigned bit = 0; bit < 72; bit++) {
        b->in.inject_data = 1;
        b->in.inject_word = (uint8_t)(bit % 4);
        b->in.inject_mask = bit < 64 ? 1ull << bit : 0;
        b->in.inject_check_mask = (uint8_t)(bit < 64 ? 0 : 1u << (bit - 64));
        read_one(b, 0, 0);
        bench_drain(b);
    }
    assert_int_equal(bench_stat(b, CORRECTED), 72);
    assert_int_equal(bench_stat(b, REFETCHES), 0);
    /* Two errors in a clean line: fetched again, the answer is right. */
    read_one(b, 0, 0x1000);
    bench_drain(b);
    b->in.inject_data = 1;
    b->in.inject_mask = 0x8001;
    b->in.inject_check_mask = 0;
    read_one(b, 0, 0x1000);
    bench_drain(b);
    assert_int_equal(bench_stat(b, REFETCHES), 1);
    assert_int_equal(b->lost_events, 0);
    /* Two errors in a dirty line: SLVERR (the bench compares), later reads are whole again. */
    b->in.inject_data = 1;
    read_one(b, 0, 0);
    bench_drain(b);
    assert_int_equal(b->lost_events, 1);
    read_one(b, 0, 0);
    bench_drain(b);
    /* In a write-back: the word does not reach memory, and is counted. */
    uint8_t before[128];
    memcpy(before, b->memory, sizeof before);
    b->in.inject_evict = 1;
    b->in.inject_word = 2;
    b->in.inject_data = 1;
    b->no_model = true;
    b->in.flush = 1;
    while (!b->out.flush_ack) bench_cycle(b);
    b->in.flush = 0;
    assert_memory_equal(b->memory + 16, before + 16, 8);
    assert_memory_not_equal(b->memory, before, 16);
    assert_int_equal(bench_stat(b, LOST), 1);
    bench_destroy(&b);

    /* ECC off: the error reaches the reader. */
    b = quiet_bench(1, 3, 6, 10, 0, 0);
    read_one(b, 0, 0);
    bench_drain(b);
    b->no_model = true;
    b->in.ecc = 0;
    b->in.inject_data = 1;
    b->in.inject_mask = 4;
    b->in.inject_word = 0;
    b->in.ar = (cache_address){1, 0, 0, 5, 1, BENCH_BASE};
    b->expect[0].tail++;
    bench_expect *e = &b->expect[0].items[(b->expect[0].tail - 1) % BENCH_QUEUE];
    *e = (bench_expect){.last = 1};
    memcpy(e->data, b->memory, 32);
    e->data[0] ^= 4;
    bench_drain(b);
    bench_destroy(&b);
}

static void test_tag_faults(void **state) {
    (void)state;
    bench *b = quiet_bench(0, 3, 6, 10, 0, 0);
    read_one(b, 0, 0);
    bench_drain(b);
    /* A clean way with a wrong parity is dropped and fetched again. */
    b->in.inject_tag = 1;
    bench_cycle(b);
    assert_true(brg_cache_model_drop(b->model, BENCH_BASE));
    read_one(b, 0, 0);
    bench_drain(b);
    assert_int_equal(bench_stat(b, BAD_TAGS), 1);
    assert_int_equal(bench_stat(b, LOST_LINES), 0);
    assert_int_equal(bench_stat(b, MISSES), 2);
    /* A dirty one is lost, and said to be. */
    write_one(b, 0, true);
    bench_drain(b);
    b->in.inject_tag = 1;
    bench_cycle(b);
    assert_true(brg_cache_model_drop(b->model, BENCH_BASE));
    read_one(b, 0, 0);
    bench_drain(b);
    assert_int_equal(bench_stat(b, LOST_LINES), 1);
    bench_destroy(&b);
}

static void test_refused_write_back(void **state) {
    (void)state;
    bench *b = quiet_bench(1, 3, 6, 10, 0, 0);
    write_one(b, BENCH_BYTES - 64, true);
    write_one(b, 0, true);
    bench_drain(b);
    b->no_model = true;
    b->faulty = true;
    b->in.flush = 1;
    while (!b->out.flush_ack) bench_cycle(b);
    b->in.flush = 0;
    assert_int_equal(bench_stat(b, WRITE_ERRORS), 1);
    assert_int_equal(bench_stat(b, BACKS), 2);
    bench_destroy(&b);
}

/* Off: everything passes; the change writes back what is dirty, under traffic. */
static void test_off_and_on(void **state) {
    (void)state;
    bench *b = quiet_bench(1, 3, 6, 10, 1, 2);
    for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 10; i++) b->stall[i] = (uint8_t)(test_random(&b->random) % 200);
        b->faulty = round % 4 == 3;
        const uint64_t span = b->faulty ? BENCH_BYTES : 4096;
        for (int phase = 0; phase < 2; phase++) { /* memory orders nothing between its channels */
            for (int i = 0; i < 40; i++) {
                const uint64_t at = 64 * (uint64_t)i + test_random(&b->random) % span / 4096 * 4096;
                if (phase)
                    read_one(b, (uint8_t)(i % 5), at);
                else if (b->in.enable)
                    write_one(b, at, i % 2);
                else
                    write_one(b, at, true);
                bench_cycle(b);
            }
            bench_drain(b);
        }
        b->in.enable = !b->in.enable;
        for (int i = 0; i < 3; i++) bench_cycle(b);
        bench_drain(b);
        assert_memory_equal(b->memory, b->shadow, BENCH_BYTES);
        bench_shape(b, 1, 3, 6, 0, 1);
    }
    assert_true(bench_stat(b, PASSED) > 1000);
    bench_destroy(&b);
}

/* Quiet means quiet, and a skip only moves the counter of stalled cycles. */
static void test_idle_skip(void **state) {
    (void)state;
    uint64_t ends[2], stalled[2], evaluations[2];
    for (int skipping = 0; skipping < 2; skipping++) {
        bench *b = quiet_bench(1, 3, 6, 5000, 0, 0);
        b->in_order = true;
        const uint64_t start = b->cycle;
        evaluations[skipping] = 0;
        for (unsigned i = 0; i < 24; i++) read_one(b, (uint8_t)(i % 16), 64 * i);
        while (bench_outstanding(b)) {
            const cache_in before = b->in;
            const uint32_t quiet = b->out.quiet_cycles;
            bench_cycle(b);
            evaluations[skipping]++;
            if (!skipping || !quiet || !b->out.quiet_cycles ||
                memcmp(&before, &b->in, sizeof before) != 0 || !b->read_count) {
                continue;
            }
            uint64_t due = UINT64_MAX;
            for (uint32_t i = 0; i < b->read_count; i++) {
                if (b->reads[i].due < due) due = b->reads[i].due;
            }
            if (due <= b->cycle + 1) continue;
            b->in.skip = (uint32_t)(due - b->cycle - 1);
            const uint64_t jump = b->in.skip;
            bench_cycle(b);
            b->in.skip = 0;
            b->cycle += jump;
        }
        ends[skipping] = b->cycle - start;
        stalled[skipping] = bench_stat(b, STALL_CYCLES);
        bench_destroy(&b);
    }
    assert_int_equal(ends[0], ends[1]);
    assert_int_equal(stalled[0], stalled[1]);
    assert_true(ends[0] > 10000 && stalled[0] > 5000);
    assert_true(evaluations[1] < 1000);
    /* Nothing that is seen moves in a quiet cycle whose inputs stand still. */
    bench *b = quiet_bench(1, 2, 7, 300, 1, 3);
    uint64_t quiet_cycles = 0;
    cache_in last_in;
    cache_out last_out;
    memset(&last_in, 0, sizeof last_in);
    memset(&last_out, 0, sizeof last_out);
    for (int i = 0; i < 60000; i++) {
        if (i % 200 == 0)
            bench_read(b, (uint8_t)(i % 7), BENCH_BASE + 32 * (test_random(&b->random) % 512), 3, 5,
                       1);
        if (i % 330 == 0)
            bench_write(b, 1, BENCH_BASE + 32 * (test_random(&b->random) % 512), 0, 5, 1, true);
        cache_in before = b->in;
        bench_cycle(b);
        before.rready = before.bready = before.arready = before.awready = before.wready = 1;
        if (last_out.quiet_cycles && memcmp(&before, &last_in, sizeof before) == 0 &&
            b->in.w.valid == 0 && b->in.r.valid == 0) {
            cache_out out = b->out;
            assert_int_equal(out.ar.valid, last_out.ar.valid);
            assert_int_equal(out.aw.valid, last_out.aw.valid);
            assert_int_equal(out.w.valid, last_out.w.valid);
            assert_int_equal(out.b.valid, last_out.b.valid);
            assert_int_equal(out.head_state, last_out.head_state);
            assert_false(out.look_valid);
            quiet_cycles++;
        }
        last_in = before;
        last_out = b->out;
    }
    assert_true(quiet_cycles > 1000);
    bench_destroy(&b);
}

static void test_bad_shape(void **state) {
    (void)state;
    const brg_cache_shape shapes[4] = {
        {3, 8, 64, 0, 1}, {2, 12, 64, 0, 1}, {2, 8, 32, 0, 1}, {2, 8, 64, (brg_cache_policy)3, 1}};
    for (int i = 0; i < 4; i++) {
        brg_diag *diag;
        brg_cache_model *model;
        assert_int_equal(brg_diag_new(&diag), 0);
        assert_int_equal(brg_cache_model_new(&model, &shapes[i], &(brg_cache_backing){0}, diag),
                         BRG_EINPUT);
        assert_null(model);
        assert_int_equal(brg_diag_count(diag), 1);
        brg_diag_destroy(&diag);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_latency_and_order),
        cmocka_unit_test(test_next_line),
        cmocka_unit_test(test_stride),
        cmocka_unit_test(test_page_ahead),
        cmocka_unit_test(test_ecc_faults),
        cmocka_unit_test(test_tag_faults),
        cmocka_unit_test(test_refused_write_back),
        cmocka_unit_test(test_off_and_on),
        cmocka_unit_test(test_idle_skip),
        cmocka_unit_test(test_bad_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
