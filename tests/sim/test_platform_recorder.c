/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder alone, with hand-made plant calls: times, waits, leaf data, errors. */
#include <string.h>

#include "model/program.h"
#include "test.h"
#include "testbench/platform.h"
#include "testbench/recorder.h"

static uint64_t fake_clock(void *user) {
    return *(const uint64_t *)user;
}

typedef struct bench {
    brg_recorder *recorder;
    brg_plant_calls calls;
    brg_program program;
    brg_recorder_run run;
    uint64_t clock;
    int32_t version; /* of the slices to come */
} bench;

static void open_bench(bench *b, uint32_t n, uint32_t k, uint64_t khz) {
    memset(b, 0, sizeof *b);
    snprintf(b->program.name, sizeof b->program.name, "hand_made");
    b->program.address_width = n;
    b->program.word_width = k;
    b->run.program = &b->program;
    b->run.clock_khz = khz;
    b->run.queries = 2;
    b->run.timeline = true;
    b->run.cycles = fake_clock;
    b->run.cycles_user = &b->clock;
    assert_int_equal(brg_recorder_new(&b->recorder), BRG_OK);
    b->calls = brg_recorder_calls(b->recorder);
    assert_int_equal(brg_recorder_start(b->recorder, &b->run), BRG_OK);
}

static void give_slice(bench *b, uint32_t number, uint64_t cycle, uint32_t memory, uint32_t control,
                       uint64_t duration, int fetch) {
    brg_control_word word;
    memset(&word, 0, sizeof word);
    word.ops = brg_slice_ops_none();
    word.ops.fetch = (int16_t)fetch;
    if (fetch < 0) word.ops.latch = 1;
    word.duration_class = fetch < 0 ? BRG_CLASS_LATCH_SWAP : BRG_CLASS_FETCH;
    brg_plant_slice s;
    memset(&s, 0, sizeof s);
    s.slice = number;
    s.cycle = cycle;
    s.wait_cycles[BRG_CAUSE_MEMORY] = memory;
    s.wait_cycles[BRG_CAUSE_CONTROL] = control;
    s.duration_cycles = duration;
    s.version = b->version;
    brg_word_encode(&word, s.word);
    b->clock = cycle;
    b->calls.slice(b->calls.user, &s);
}

static void give_leaf(bench *b, int32_t version, uint32_t plane, uint64_t value) {
    const uint64_t data[8] = {value, value, value, value, value, value, value, value};
    b->calls.leaf(b->calls.user, version, plane, 0, data);
}

/* Waits and times from exact edges: at 333.333 MHz no two neighbouring cycles need be equal. */
static void test_times(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 3, 1, 333333);
    b.calls.begin(b.calls.user, 0);
    give_slice(&b, 1, 100, 7, 3, 2, -1); /* time 0 is cycle 90 */
    give_slice(&b, 2, 1000102, 1000000, 0, 5, -1);
    b.calls.end(b.calls.user, 0, 0);
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_OK);
    assert_int_equal(brg_timeline_slices(t), 2);
    const brg_slice *first = brg_timeline_slice(t, 0), *second = brg_timeline_slice(t, 1);
    /* floor(c * 10^9 / 333333), by hand: 3 -> 9000, 10 -> 30000, 12 -> 36000, 1000012 -> ... */
    assert_int_equal(first->start_ps, 30000);
    assert_int_equal(first->wait_ps[BRG_CAUSE_CONTROL], 9000);
    assert_int_equal(first->wait_ps[BRG_CAUSE_MEMORY], 21000);
    assert_int_equal(first->duration_ps, 6000);
    assert_int_equal(second->start_ps, UINT64_C(3000039000)); /* 3000039.000039 ns */
    assert_int_equal(second->wait_ps[BRG_CAUSE_MEMORY], UINT64_C(3000003000));
    assert_int_equal(second->start_ps - second->wait_ps[BRG_CAUSE_MEMORY], 36000);
    assert_int_equal(brg_recorder_query_cycles(b.recorder, 0), 10 + 2 + 1000000 + 5);
    brg_timeline_destroy(&t);
    brg_recorder_destroy(&b.recorder);
}

/* A plane that arrives after the first fetch belongs to the same version, one that no fetch used
 * does not belong to it, and equal data of two queries are one version. */
static void test_versions(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 9, 3, 250000);
    for (uint32_t q = 0; q < 2; q++) {
        b.calls.begin(b.calls.user, q);
        give_leaf(&b, (int32_t)q, 0, 0x1111);
        give_slice(&b, 1, 100 + 100 * q, 0, 0, 1, 0);
        give_leaf(&b, (int32_t)q, 1, 0x2222);
        give_leaf(&b, (int32_t)q, 2, 0x3333 + q); /* never fetched */
        give_slice(&b, 2, 110 + 100 * q, 0, 0, 1, 1);
        b.calls.end(b.calls.user, q, 0);
    }
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_OK);
    assert_int_equal(brg_timeline_slices(t), 4);
    assert_int_equal(brg_timeline_data_versions(t), 1);
    for (size_t i = 0; i < 4; i++) assert_int_equal(brg_timeline_slice(t, i)->data_version, 0);
    const brg_planes *d = brg_timeline_data(t, 0);
    assert_int_equal(d->bits[0], 0x1111);
    assert_int_equal(d->bits[8], 0x2222);
    assert_int_equal(d->bits[16], 0);
    brg_timeline_destroy(&t);
    brg_recorder_destroy(&b.recorder);
}

/* A fetched plane that changes under way: the first fetch keeps the old content. */
static void test_rewritten_plane(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 9, 1, 250000);
    b.calls.begin(b.calls.user, 0);
    give_slice(&b, 1, 100, 0, 0, 1, 0); /* before any word: latches are zero */
    give_leaf(&b, 0, 0, 0xabcd);
    give_slice(&b, 2, 110, 0, 0, 1, 0);
    give_leaf(&b, 0, 0, 0xabcd); /* the same again changes nothing */
    give_slice(&b, 3, 120, 0, 0, 1, 0);
    b.calls.end(b.calls.user, 0, 0);
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_OK);
    assert_int_equal(brg_timeline_data_versions(t), 2);
    assert_int_equal(brg_timeline_data(t, brg_timeline_slice(t, 0)->data_version)->bits[0], 0);
    assert_int_equal(brg_timeline_data(t, brg_timeline_slice(t, 1)->data_version)->bits[3], 0xabcd);
    assert_int_equal(brg_timeline_slice(t, 1)->data_version,
                     brg_timeline_slice(t, 2)->data_version);
    brg_timeline_destroy(&t);
    brg_recorder_destroy(&b.recorder);
}

/* Planes of the next page come while the page before is still fetched: one version per page, and
 * the pages of the controlled swaps are in the operations. */
static void test_pages(void **state) {
    (void)state;
    bench b;
    memset(&b, 0, sizeof b);
    open_bench(&b, 9, 2, 250000);
    b.program.page_bits = 2;
    assert_int_equal(brg_recorder_start(b.recorder, &b.run), BRG_OK);
    b.calls.begin(b.calls.user, 0);
    uint32_t slice = 0;
    give_leaf(&b, 0, 0, 0x10);
    for (int32_t page = 0; page < 4; page++) {
        b.version = page;
        give_leaf(&b, page, 1, 0x11u + 0x10u * (uint32_t)page);
        give_slice(&b, slice + 1, 100 + slice, 0, 0, 1, 0);
        if (page < 3) give_leaf(&b, page + 1, 0, 0x20u + 0x10u * (uint32_t)page);
        give_slice(&b, slice + 2, 101 + slice, 0, 0, 1, 1);
        slice += 2;
    }
    brg_control_word word;
    memset(&word, 0, sizeof word);
    word.ops = brg_slice_ops_none();
    word.ops.d_in = 1, word.ops.d_in_page = 3;
    word.ops.d_out = 0, word.ops.d_out_page = 2;
    word.duration_class = BRG_CLASS_CONTROLLED_SWAP;
    brg_plant_slice s = {.slice = 9, .cycle = 108, .duration_cycles = 1, .version = 3};
    brg_word_encode(&word, s.word);
    b.calls.slice(b.calls.user, &s);
    b.calls.end(b.calls.user, 0, 0);
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_OK);
    assert_int_equal(brg_timeline_qram(t)->page_bits, 2);
    assert_int_equal(brg_timeline_slices(t), 9);
    assert_int_equal(brg_timeline_data_versions(t), 4);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(brg_timeline_slice(t, i)->data_version, i / 2);
        const brg_planes *d = brg_timeline_data(t, (int32_t)(i / 2));
        assert_int_equal(d->bits[8 * (i % 2)], 0x10 + 0x10 * (i / 2) + i % 2);
    }
    const brg_slice_ops *o = &brg_timeline_slice(t, 8)->ops;
    assert_int_equal(o->d_in_page, 3);
    assert_int_equal(o->d_out_page, 2);
    brg_timeline_destroy(&t);
    brg_recorder_destroy(&b.recorder);
}

/* Cells beyond 2^n stay zero, whatever a corrupted buffer has there. */
static void test_padding(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 3, 1, 250000);
    b.calls.begin(b.calls.user, 0);
    give_leaf(&b, 0, 0, UINT64_MAX);
    give_slice(&b, 1, 100, 0, 0, 1, 0);
    b.calls.end(b.calls.user, 0, 0);
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_OK);
    const brg_planes *d = brg_timeline_data(t, 0);
    assert_int_equal(d->bits[0], 0xff);
    for (size_t w = 1; w < d->plane_words; w++) assert_int_equal(d->bits[w], 0);
    brg_timeline_destroy(&t);
    brg_recorder_destroy(&b.recorder);
}

static void test_error_sentence(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 3, 1, 250000);
    b.calls.begin(b.calls.user, 0);
    give_slice(&b, 1, 500, 0, 0, 25, -1);
    b.clock = 500 + 1234;
    b.calls.end(b.calls.user, 0, 1);
    assert_int_equal(brg_recorder_status(b.recorder), BRG_EHARDWARE);
    assert_string_equal(brg_recorder_error(b.recorder),
                        "query 0 ended with memory_error at cycle 1234 (4.936 us), slice 1");
    brg_timeline *t = NULL;
    assert_int_equal(brg_recorder_finish(b.recorder, &t), BRG_EHARDWARE);
    assert_int_equal(brg_timeline_slices(t), 1); /* what was seen is kept */
    brg_timeline_destroy(&t);

    /* The next run starts clean, and an error before any slice counts from the query's begin. */
    assert_int_equal(brg_recorder_start(b.recorder, &b.run), BRG_OK);
    assert_string_equal(brg_recorder_error(b.recorder), "");
    b.clock = 70;
    b.calls.begin(b.calls.user, 0);
    b.clock = 72;
    b.calls.end(b.calls.user, 0, 2);
    assert_string_equal(brg_recorder_error(b.recorder),
                        "query 0 ended with parity at cycle 2 (0.008 us), before slice 1");
    brg_recorder_destroy(&b.recorder);
}

static void test_bad_calls(void **state) {
    (void)state;
    bench b;
    open_bench(&b, 3, 1, 250000);
    b.calls.begin(b.calls.user, 0);
    give_leaf(&b, 0, 1, 1); /* a plane that does not exist */
    assert_int_equal(brg_recorder_status(b.recorder), BRG_EHARDWARE);
    assert_int_equal(brg_recorder_finish(b.recorder, NULL), BRG_EHARDWARE);
    assert_int_equal(brg_recorder_start(b.recorder, &b.run), BRG_OK);
    b.calls.begin(b.calls.user, 5); /* not the query that is due */
    assert_int_equal(brg_recorder_status(b.recorder), BRG_EHARDWARE);
    b.run.clock_khz = 0;
    assert_int_equal(brg_recorder_start(b.recorder, &b.run), BRG_EINVAL);
    brg_recorder_destroy(&b.recorder);
    assert_string_equal(brg_status_name(6), "aborted");
    assert_string_equal(brg_status_name(7), "control_store_error");
    assert_string_equal(brg_status_name(8), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),           cmocka_unit_test(test_versions),
        cmocka_unit_test(test_rewritten_plane), cmocka_unit_test(test_pages),
        cmocka_unit_test(test_padding),         cmocka_unit_test(test_error_sentence),
        cmocka_unit_test(test_bad_calls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
