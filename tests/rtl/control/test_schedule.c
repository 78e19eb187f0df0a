/* SPDX-License-Identifier: Apache-2.0 */
/* The query of the slice table, counted and compared slice by slice at the DPI boundary. */
#include <string.h>

#include "rig.h"

static const unsigned widths[] = {1, 2, 3, 8, 16};

/* Bytes of a page image: k planes, each padded to 64 bytes. */
static size_t page_bytes(unsigned n, unsigned k) {
    const size_t plane = n > 9 ? (size_t)1 << (n - 3) : 64;
    return plane * k;
}

static uint8_t *random_page(rig *r, size_t bytes) {
    uint8_t *page = malloc(bytes);
    assert_non_null(page);
    for (size_t i = 0; i < bytes; i++) page[i] = (uint8_t)test_random(&r->random);
    r->memory = page;
    r->memory_bytes = bytes;
    return page;
}

/* Runs one query of the table and checks every slice: its operations, that slices follow each
 * other without a dead cycle, and that waits stand only before a fetch. */
static void run_table(rig *r, unsigned n, unsigned k, uint32_t duration) {
    static word program[1024];
    const unsigned count = table_program(n, k, program);
    rig_program(r, n, k, duration, program, count);
    uint8_t *page = random_page(r, page_bytes(n, k));
    rig_write(r, R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR);
    rig_forget(r);
    rig_push(r, 0, (uint16_t)(n * 100 + k));
    uint16_t tag = 0;
    assert_int_equal(rig_result(r, 2000000, &tag, NULL), Q_OK);
    assert_int_equal(tag, n * 100 + k);

    assert_int_equal(rig_count(r, 'S'), 6 * n + 2 * k - 1);
    assert_int_equal(rig_count(r, 'B'), 1);
    assert_int_equal(rig_count(r, 'E'), 1);
    uint64_t cswap = 0, latch = 0, registers = 0, fetch = 0, stall[7] = {0}, cycles = 0;
    uint64_t end = rig_nth(r, 'B', 0)->cycle + 1; /* the first word is there a cycle later */
    size_t planes = 0, leaves = 0, s = 0;
    for (size_t i = 0; i < r->event_count; i++) {
        const rig_event *e = &r->events[i];
        if (e->kind == 'L') { /* every leaf word in order, with the bits of the page */
            const size_t groups = n > 9 ? (size_t)1 << (n - 9) : 1;
            assert_int_equal(e->plane, leaves / groups);
            assert_int_equal(e->index, leaves % groups);
            assert_memory_equal(e->data, page + 64 * leaves, 64);
            leaves++;
            planes = leaves / groups;
        }
        if (e->kind != 'S') continue;
        const brg_plant_slice *slice = &e->slice;
        s++;
        const word table = table_word(n, k, (unsigned)s);
        word seen;
        memcpy(seen.lane, slice->word, sizeof seen.lane);
        assert_int_equal(slice->slice, s);
        for (unsigned b = 0; b < 106; b++)
            assert_int_equal(word_bit(&seen, b), word_bit(&table, b));
        assert_int_equal(slice->duration_cycles, duration);
        assert_int_equal(slice->cycle, e->cycle);
        uint64_t wait = 0;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
            wait += slice->wait_cycles[c];
            stall[c] += slice->wait_cycles[c];
        }
        assert_int_equal(slice->cycle, end + wait);
        end = slice->cycle + duration;
        cycles += wait + duration;
        if (word_get(&table, W_FETCH_VALID)) {
            assert_true(planes > word_get(&table, W_FETCH));
            fetch += (uint64_t)1 << n;
        } else {
            assert_int_equal(wait, 0);
        }
        for (unsigned l = 0; l < n; l++) {
            if (word_bit(&table, l)) cswap += (uint64_t)1 << l;
            if (word_bit(&table, 24 + l)) latch += (uint64_t)1 << l;
        }
        registers += word_get(&table, W_A_IN_VALID) + word_get(&table, W_A_OUT_VALID) +
                     word_get(&table, W_D_IN_VALID) + word_get(&table, W_D_OUT_VALID);
    }
    /* The counters say the same. */
    assert_int_equal(rig_read64(r, R_SLICES), 6 * n + 2 * k - 1);
    assert_int_equal(rig_read64(r, R_CYCLES), cycles);
    assert_int_equal(rig_read64(r, R_QUERIES), 1);
    for (unsigned c = 0; c < 7; c++)
        assert_int_equal(rig_read64(r, (uint16_t)(R_STALL + 8 * c)), stall[c]);
    assert_int_equal(rig_read64(r, R_STALL + 56), 0);
    assert_int_equal(rig_read64(r, R_CSWAP), cswap);
    assert_int_equal(rig_read64(r, R_LATCH), latch);
    assert_int_equal(rig_read64(r, R_REGISTER), registers);
    assert_int_equal(rig_read64(r, R_FETCH), fetch);
    /* And the closed forms of the table. */
    assert_int_equal(latch, 2 * (((uint64_t)1 << n) - 1));
    assert_int_equal(registers, 2 * (n + k));
    if (k == 1) assert_int_equal(cswap, 3 * ((uint64_t)1 << n) - 2 * n - 4);
    const uint64_t beats = rig_read64(r, R_BEATS);
    assert_int_equal(beats, page_bytes(n, k) / 32);
    assert_int_equal(rig_read64(r, R_ERRORS), 0);
    r->memory = NULL;
    r->memory_bytes = 0;
    free(page);
}

static void test_slices(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(1));
    for (unsigned n = 1; n <= 16; n++)
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) run_table(&r, n, widths[i], 1);
    rig_close(&r);
}

static void test_slices_with_stalls(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(2));
    for (unsigned n = 1; n <= 12; n += 1) {
        r.stall = 40 + (unsigned)rig_random(&r, 150);
        r.latency = (unsigned)rig_random(&r, 200);
        run_table(&r, n, 1 + (unsigned)rig_random(&r, 8), 1 + (uint32_t)rig_random(&r, 30));
    }
    rig_close(&r);
}

/* Firings of physics.md for one bus bit and for four. */
static void test_pulse_counts(void **state) {
    (void)state;
    static const struct {
        unsigned n, k;
        uint64_t cswap;
    } points[] = {{3, 1, 14}, {10, 1, 3048}, {16, 1, 196572}, {3, 4, 24}, {10, 4, 5026}};
    rig r;
    rig_open(&r, 3);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        run_table(&r, points[i].n, points[i].k, 2);
        assert_int_equal(rig_read64(&r, R_CSWAP), points[i].cswap);
    }
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulse_counts),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_slices_with_stalls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
