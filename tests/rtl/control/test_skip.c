/* SPDX-License-Identifier: Apache-2.0 */
/* Idle skip of brg_system: scenarios are run cycle by cycle with stalls on every channel, then
 * again with random legal skips. Every cycle that is evaluated and every call of the plant are the
 * same. */
#include <string.h>

#include "rig.h"

#ifdef __SANITIZE_ADDRESS__
enum { TABLES = 10, PROGRAMS = 50 };
#else
enum { TABLES = 40, PROGRAMS = 150 };
#endif

static bool same_event(const rig_event *a, const rig_event *b) {
    return a->kind == b->kind && a->cycle == b->cycle && a->tag == b->tag &&
           a->status == b->status && memcmp(&a->slice, &b->slice, sizeof a->slice) == 0 &&
           a->version == b->version && a->plane == b->plane && a->index == b->index &&
           memcmp(a->data, b->data, sizeof a->data) == 0;
}

typedef struct total {
    uint64_t cycles, evaluations, calls;
} total;

/* Runs what was logged again, several times, each with other skips. */
static void replay(const rig *r, const rig_log *log, uint64_t seed, total *sum) {
    for (unsigned turn = 0; turn < 3; turn++) {
        static rig again;
        rig_open(&again, seed + turn);
        sum->evaluations += rig_replay(&again, log, r);
        sum->cycles += log->count;
        sum->calls += r->event_count;
        assert_int_equal(again.event_count, r->event_count);
        for (size_t i = 0; i < r->event_count; i++)
            if (!same_event(&r->events[i], &again.events[i])) {
                const rig_event *a = &r->events[i], *b = &again.events[i];
                fail_msg("call %zu: %c at cycle %llu, with skips %c at cycle %llu", i, a->kind,
                         (unsigned long long)a->cycle, b->kind, (unsigned long long)b->cycle);
            }
        assert_int_equal(brg_rtl_cycles(again.rtl), brg_rtl_cycles(r->rtl));
        rig_close(&again);
    }
}

static uint8_t memory[1 << 16];

static void begin(rig *r, rig_log *log, uint64_t seed) {
    rig_open(r, seed);
    *log = (rig_log){0};
    for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)test_random(&r->random);
    r->memory = memory;
    r->memory_bytes = sizeof memory;
    r->lazy = true;
    r->log = log;
}

static void read_counters(rig *r) {
    for (uint16_t a = 0x100; a < 0x1B8; a = (uint16_t)(a + 4)) {
        uint32_t data;
        rig_read_any(r, a, &data);
    }
}

/* Queries of the table, paged and not, with long slices and a slow memory. */
static void test_table(void **state) {
    (void)state;
    static word program[1024];
    static rig r;
    total sum = {0};
    uint64_t random = test_seed(110);
    for (unsigned round = 0; round < TABLES; round++) {
        rig_log log;
        begin(&r, &log, test_random(&random));
        const unsigned n = 1 + (unsigned)rig_random(&r, 11), k = 1 + (unsigned)rig_random(&r, 4);
        const unsigned pages = 1u << rig_random(&r, 4);
        const unsigned queries = 1 + (unsigned)rig_random(&r, 3);
        r.stall = round % 3 ? (unsigned)rig_random(&r, 200) : 0;
        r.latency = (unsigned)rig_random(&r, round % 2 ? 2000 : 50);
        const unsigned count = paged_program(n, k, pages, program);
        rig_program(&r, n, k, 1 + (uint32_t)rig_random(&r, 60), program, count);
        rig_write(&r, R_GEOMETRY, n | k << 8 | (pages - 1) << 16);
        rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_IRQ);
        for (uint16_t q = 0; q < queries; q++) rig_push(&r, 64 * q, q);
        for (uint16_t q = 0; q < queries; q++)
            assert_int_equal(rig_result(&r, 400000, NULL, NULL), Q_OK);
        read_counters(&r);
        replay(&r, &log, test_random(&random), &sum);
        rig_log_free(&log);
        rig_close(&r);
    }
    print_message("%llu cycles in %llu evaluations, %llu calls equal\n",
                  (unsigned long long)sum.cycles, (unsigned long long)sum.evaluations,
                  (unsigned long long)sum.calls);
    assert_true(sum.evaluations < sum.cycles / 2);
}

static word random_word(rig *r, unsigned n, unsigned k, unsigned pages, unsigned at) {
    word w = {{0}};
    if (rig_random(r, 4)) {
        word_put(&w, W_CLASS, 1 + rig_random(r, 15));
        word_put(&w, W_LATCH, rig_random(r, 1u << n));
        if (rig_random(r, 3) == 0) {
            word_put(&w, W_FETCH_VALID, 1), word_put(&w, W_FETCH, rig_random(r, k));
            word_put(&w, W_PAGE, at * pages / 24 < pages ? at * pages / 24 : pages - 1);
        }
        if (rig_random(r, 4) == 0) word_put(&w, W_D_IN_VALID, 1);
    }
    if (rig_random(r, 5) == 0) word_put(&w, W_MEASURE, 1);
    word_put(&w, W_SET_FLAG, rig_random(r, 2));
    if (rig_random(r, 2)) word_put(&w, W_WAIT, rig_random(r, 32));
    word_put(&w, W_LOOP, rig_random(r, 4));
    word_put(&w, W_FLAG, rig_random(r, 4));
    word_put(&w, W_TARGET, rig_random(r, 24));
    static const unsigned next[] = {OP_STEP, OP_STEP, OP_STEP,   OP_STEP, OP_STEP,
                                    OP_STEP, OP_LOOP, OP_BRANCH, OP_JUMP, OP_HALT};
    word_put(&w, W_NEXT, next[rig_random(r, 10)]);
    word_seal(&w);
    return w;
}

/* Random programs with readouts, host waits, watchdogs, errors, aborts, results left lying. */
static void test_random_programs(void **state) {
    (void)state;
    static rig r;
    total sum = {0};
    uint64_t random = test_seed(111), ends[8] = {0};
    for (unsigned round = 0; round < PROGRAMS; round++) {
        rig_log log;
        begin(&r, &log, test_random(&random));
        const unsigned n = 1 + (unsigned)rig_random(&r, 10), k = 1 + (unsigned)rig_random(&r, 3);
        const unsigned pages = 1 + (unsigned)rig_random(&r, 2) * (unsigned)rig_random(&r, 6);
        r.stall = (unsigned)rig_random(&r, 2) * (unsigned)rig_random(&r, 200);
        r.latency = (unsigned)rig_random(&r, 400);
        word program[24];
        for (unsigned i = 0; i < 24; i++) program[i] = random_word(&r, n, k, pages, i);
        rig_program(&r, n, k, 1, program, 24);
        for (uint16_t c = 0; c < 16; c++)
            rig_write(&r, (uint16_t)(R_DURATION + 4 * c), (uint32_t)rig_random(&r, 200));
        for (uint16_t l = 0; l < 4; l++)
            rig_write(&r, (uint16_t)(R_LOOP_COUNT + 4 * l), (uint32_t)rig_random(&r, 5));
        rig_write(&r, R_GEOMETRY, n | k << 8 | (pages - 1) << 16);
        rig_write(&r, R_WATCHDOG, 500 + (uint32_t)rig_random(&r, 3000));
        rig_write(&r, R_CONTROL, CONTROL_ENABLE);
        if (rig_random(&r, 3) == 0) r.error_beat = (int64_t)(r.beats + rig_random(&r, 20));
        uint32_t host = 0;
        const unsigned queries = 1 + (unsigned)rig_random(&r, 6);
        for (uint16_t q = 0; q < queries; q++) rig_push(&r, 64 * rig_random(&r, 64), q);
        for (unsigned q = 0; q < queries; q++) {
            r.readout_bits = test_random(&r.random);
            for (unsigned i = (unsigned)rig_random(&r, 4); i > 0; i--) {
                rig_cycles(&r, (unsigned)rig_random(&r, 600));
                host ^= rig_random(&r, 2) ? CONTROL_HOST : 0;
                const uint32_t abort = rig_random(&r, 20) == 0 ? CONTROL_ABORT : 0;
                rig_write(&r, R_CONTROL, CONTROL_ENABLE | host | abort);
            }
            ends[rig_result(&r, 20000, NULL, NULL)]++;
        }
        read_counters(&r);
        replay(&r, &log, test_random(&random), &sum);
        rig_log_free(&log);
        rig_close(&r);
    }
    print_message("%llu cycles in %llu evaluations, %llu calls equal; ends by status:",
                  (unsigned long long)sum.cycles, (unsigned long long)sum.evaluations,
                  (unsigned long long)sum.calls);
    for (int s = 0; s < 8; s++) print_message(" %llu", (unsigned long long)ends[s]);
    print_message("\n");
    assert_true(sum.evaluations < sum.cycles / 2);
    assert_true(ends[Q_OK] > 3 && ends[Q_WATCHDOG] > 3 && ends[Q_ABORTED] > 3);
    assert_true(ends[Q_BAD_WORD] + ends[Q_MEMORY_ERROR] > 3);
}

/* A memory 10^8 cycles away and a slice of 4 * 10^9: a few evaluations each. */
static void test_far(void **state) {
    (void)state;
    static word program[64];
    static rig r;
    rig_open(&r, 112);
    const uint64_t latency = 100000000;
    r.latency = (unsigned)latency;
    rig_program(&r, 3, 2, 1, program, table_program(3, 2, program));
    rig_write(&r, R_DURATION + 4 * 3, 4000000000u); /* slices 3, 7, ... */
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    rig_push(&r, 0, 1);
    r.fast = true;
    uint64_t evaluations = 0;
    while (rig_count(&r, 'E') == 0 && evaluations < 10000) {
        evaluations++;
        rig_cycle(&r);
    }
    r.fast = false;
    print_message("%llu cycles in %llu evaluations\n", (unsigned long long)r.clocks,
                  (unsigned long long)evaluations);
    assert_true(evaluations < 500);
    const unsigned slices = 6 * 3 + 2 * 2 - 1;
    assert_int_equal(rig_count(&r, 'S'), slices);
    uint64_t end = rig_nth(&r, 'B', 0)->cycle + 1, stall = 0;
    for (unsigned s = 0; s < slices; s++) {
        const brg_plant_slice *slice = &rig_nth(&r, 'S', s)->slice;
        uint64_t wait = 0;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) wait += slice->wait_cycles[c];
        assert_int_equal(slice->cycle, end + wait);
        assert_int_equal(slice->duration_cycles, s % 4 == 1 ? 4000000000u : 1);
        end = slice->cycle + slice->duration_cycles;
        stall += slice->wait_cycles[BRG_CAUSE_MEMORY];
    }
    assert_int_equal(brg_rtl_cycles(r.rtl), end + 1);
    assert_int_equal(stall, rig_read64(&r, R_STALL));
    assert_int_equal(rig_result(&r, 1000, NULL, NULL), Q_OK);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
