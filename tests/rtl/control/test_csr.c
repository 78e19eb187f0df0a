/* SPDX-License-Identifier: Apache-2.0 */
/* The AXI4-Lite slave: every register, byte strobes, error answers, the control store, the queues.
 */
#include <string.h>

#include "rig.h"

static word halt_word(void) {
    word w = {{0}};
    word_put(&w, W_CLASS, 6);
    word_put(&w, W_NEXT, OP_HALT);
    word_seal(&w);
    return w;
}

/* A word that waits for the host flag, then halts. */
static word host_word(void) {
    word w = {{0}};
    word_put(&w, W_WAIT, WAIT_HOST);
    word_put(&w, W_NEXT, OP_HALT);
    word_seal(&w);
    return w;
}

typedef struct reg {
    uint16_t address;
    uint32_t reset, mask; /* bits that keep what is written */
} reg;

static const reg plain[] = {{R_WATCHDOG, 0, 0xffffffff},
                            {R_FAULT_INJECT, 0, 0xffffffff},
                            {R_PROGRAM, 0, 0x1fff0fff},
                            {R_STORE_ADDRESS, 0, 0xfff},
                            {R_BASE_LO, 0, 0xffffffc0},
                            {R_BASE_HI, 0, 0xffffffff},
                            {R_TAG, 0, 0xffff},
                            {R_LOOP_COUNT, 1, 0xffff},
                            {R_LOOP_COUNT + 4, 1, 0xffff},
                            {R_LOOP_COUNT + 8, 1, 0xffff},
                            {R_LOOP_COUNT + 12, 1, 0xffff}};

static void check_plain(rig *r, uint16_t address, uint32_t reset, uint32_t mask) {
    assert_int_equal(rig_read(r, address), reset);
    uint32_t value = reset;
    for (int i = 0; i < 6; i++) {
        const uint32_t data = (uint32_t)test_random(&r->random);
        const uint8_t strobe = i == 0 ? 0xf : (uint8_t)rig_random(r, 16);
        assert_int_equal(rig_write_strobe(r, address, data, strobe), OKAY);
        for (unsigned b = 0; b < 4; b++)
            if (strobe >> b & 1) {
                value &= ~(0xffu << (8 * b));
                value |= data & (0xffu << (8 * b));
            }
        value &= mask;
        assert_int_equal(rig_read(r, address), value);
    }
}

static void test_registers(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(30));
    r.stall = 90;
    assert_int_equal(rig_read(&r, R_ID), 0x42524744);
    assert_int_equal(rig_read(&r, R_VERSION), 0x00010000);
    assert_int_equal(rig_read(&r, R_STATUS), 0x8); /* queue empty, nothing else */
    assert_int_equal(rig_read(&r, R_GEOMETRY), 0x101);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        check_plain(&r, plain[i].address, plain[i].reset, plain[i].mask);
    for (uint16_t c = 0; c < 16; c++)
        check_plain(&r, (uint16_t)(R_DURATION + 4 * c), 1, 0xffffffff);
    for (uint16_t lane = 0; lane < 6; lane++)
        check_plain(&r, (uint16_t)(R_STORE_DATA + 4 * lane), 0, 0xffffffff);
    /* Registers that are only written read 0. */
    static const uint16_t write_only[] = {R_STORE_COMMIT, R_STORE_READ, R_PUSH, R_RESULT_POP};
    for (size_t i = 0; i < 4; i++) assert_int_equal(rig_read(&r, write_only[i]), 0);
    /* A write without strobes does nothing, whatever the register. */
    for (uint16_t a = 0x080; a < 0x0f0; a = (uint16_t)(a + 4)) {
        uint32_t ignored;
        if (rig_read_any(&r, a, &ignored) != OKAY) continue;
        const int response = rig_write_strobe(&r, a, 0xffffffff, 0);
        const bool read_only = a >= R_RESULT_STATUS && a < R_RESULT_POP;
        assert_int_equal(response, read_only ? SLVERR : OKAY);
    }
    assert_int_equal(rig_read(&r, R_STATUS), 0x8);
    assert_int_equal(rig_count(&r, 'B'), 0);
    rig_close(&r);
}

static void test_geometry(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 31);
    for (unsigned n = 0; n < 32; n++)
        for (unsigned k = 0; k < 128; k += n % 3 + 1) {
            const bool good = n >= 1 && n <= 24 && k >= 1 && k <= 64;
            const uint32_t before = rig_read(&r, R_GEOMETRY);
            assert_int_equal(rig_write_any(&r, R_GEOMETRY, n | k << 8), good ? OKAY : SLVERR);
            assert_int_equal(rig_read(&r, R_GEOMETRY), good ? (n | k << 8) : before);
        }
    /* Pages: any number from 1 to 4096, in bits of their own, byte by byte. */
    for (uint32_t pages = 0; pages < 4096; pages += 273) {
        assert_int_equal(rig_write_any(&r, R_GEOMETRY, 3 | 5 << 8 | pages << 16), OKAY);
        assert_int_equal(rig_read(&r, R_GEOMETRY), 3u | 5u << 8 | pages << 16);
    }
    assert_int_equal(rig_write_strobe(&r, R_GEOMETRY, 0xf1230000, 0x4), OKAY);
    assert_int_equal(rig_read(&r, R_GEOMETRY), 0x0f230503);
    assert_int_equal(rig_write_strobe(&r, R_GEOMETRY, 0xf1230000, 0x8), OKAY);
    assert_int_equal(rig_read(&r, R_GEOMETRY), 0x01230503);
    rig_close(&r);
}

static bool known(unsigned address) {
    if (address % 4) return false;
    if (address < 0x070) return true;
    if (address >= 0x080 && address <= 0x0A0) return true;
    if (address >= 0x0C0 && address <= 0x0CC) return true;
    if (address >= 0x0E0 && address <= 0x0EC) return true;
    if (address >= 0x100 && address < 0x118) return true;
    if (address >= 0x140 && address < 0x1B8) return true;
    return false;
}

static bool writable(unsigned address) {
    switch (address) {
        case R_ID:
        case R_VERSION:
        case R_STATUS:
        case R_RESULT_STATUS:
        case R_RESULT_LO:
        case R_RESULT_HI:
            return false;
        default:
            return known(address) && address < 0x100;
    }
}

static void test_unknown_addresses(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 32);
    for (unsigned a = 0; a < 4096; a++) {
        uint32_t data = 1;
        assert_int_equal(rig_read_any(&r, (uint16_t)a, &data), known(a) ? OKAY : SLVERR);
        if (!known(a)) assert_int_equal(data, 0);
        /* No strobe, so that known registers keep still. */
        if (a != R_GEOMETRY)
            assert_int_equal(rig_write_strobe(&r, (uint16_t)a, 0, 0), writable(a) ? OKAY : SLVERR);
    }
    rig_close(&r);
}

static void test_store(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(33));
    static word words[1024];
    for (unsigned i = 0; i < 1024; i++)
        for (unsigned lane = 0; lane < 6; lane++)
            words[i].lane[lane] = (uint32_t)test_random(&r.random);
    rig_store(&r, 0, words, 1024);
    assert_int_equal(rig_read(&r, R_STORE_ADDRESS), 1024);
    /* Beyond the end: an error, and the address stays. */
    assert_int_equal(rig_write_any(&r, R_STORE_COMMIT, 1), SLVERR);
    assert_int_equal(rig_write_any(&r, R_STORE_READ, 1), SLVERR);
    assert_int_equal(rig_read(&r, R_STORE_ADDRESS), 1024);
    for (unsigned i = 0; i < 1024; i++) {
        const unsigned a = i * 389 % 1024;
        rig_write(&r, R_STORE_ADDRESS, a);
        rig_write(&r, R_STORE_READ, 1);
        assert_int_equal(rig_read(&r, R_STORE_ADDRESS), a);
        for (uint16_t lane = 0; lane < 6; lane++)
            assert_int_equal(rig_read(&r, (uint16_t)(R_STORE_DATA + 4 * lane)),
                             words[a].lane[lane]);
    }
    /* While a query runs the store is taken. */
    const word w = host_word();
    rig_program(&r, 2, 1, 1, &w, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    rig_push(&r, 0, 7);
    rig_cycles(&r, 40);
    assert_int_equal(rig_read(&r, R_STATUS) & 1, 1);
    assert_int_equal(rig_write_any(&r, R_STORE_COMMIT, 1), SLVERR);
    assert_int_equal(rig_write_any(&r, R_STORE_READ, 1), SLVERR);
    assert_int_equal(rig_write_any(&r, R_GEOMETRY, 0x101), SLVERR);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_HOST);
    assert_int_equal(rig_result(&r, 1000, NULL, NULL), Q_OK);
    rig_write(&r, R_STORE_READ, 1);
    rig_close(&r);
}

/* The queue holds eight; the ninth write waits until the first query has begun. */
static void test_queue(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 34);
    const word w = host_word();
    rig_program(&r, 2, 1, 1, &w, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    for (uint16_t i = 0; i < 9; i++) rig_push(&r, 0, i); /* one runs, eight wait */
    uint32_t status = rig_read(&r, R_STATUS);
    assert_int_equal(status & 0xf, 1 | 4); /* busy, full */
    assert_int_equal(status >> 8 & 0xff, 8);
    rig_write(&r, R_TAG, 9);
    rig_write_start(&r, R_PUSH, 1, 0xf);
    rig_cycles(&r, 500);
    assert_true(r.write_active);                             /* the answer is held back */
    assert_int_equal(rig_read(&r, R_STATUS) >> 8 & 0xff, 8); /* reads go on meanwhile */
    /* Only a reset or the end of the query helps: the flag cannot be written, so let the first
     * query end by what is already under way. */
    rig_reset(&r);
    assert_int_equal(rig_read(&r, R_STATUS), 0x8);

    /* With room made by a running program the held write goes through. */
    word slow = halt_word();
    rig_program(&r, 2, 1, 300, &slow, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_IRQ);
    assert_false(r.out->irq);
    for (uint16_t i = 0; i < 14; i++) rig_push(&r, 0, i);
    for (uint16_t i = 0; i < 14; i++) {
        uint16_t tag = 0xffff;
        assert_int_equal(rig_result(&r, 6000, &tag, NULL), Q_OK);
        assert_int_equal(tag, i);
    }
    rig_cycle(&r);
    assert_false(r.out->irq);
    assert_int_equal(rig_write_any(&r, R_RESULT_POP, 1), SLVERR);
    assert_int_equal(rig_read64(&r, R_QUERIES), 14);
    rig_close(&r);
}

/* Results that nobody takes hold the next query back, and a push that nothing can serve is refused
 * instead of blocking the bus for ever. */
static void test_results_full(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 35);
    const word w = halt_word();
    rig_program(&r, 1, 1, 1, &w, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_IRQ);
    for (uint16_t i = 0; i < 24; i++) rig_push(&r, 0, i);
    rig_cycles(&r, 2000);
    const uint32_t status = rig_read(&r, R_STATUS);
    assert_int_equal(status & 0xf, 2 | 4); /* not busy, results there, queue full */
    assert_int_equal(status >> 16 & 0xff, 16);
    assert_int_equal(status >> 8 & 0xff, 8);
    assert_true(r.out->irq);
    rig_write(&r, R_TAG, 24);
    assert_int_equal(rig_write_any(&r, R_PUSH, 1), SLVERR);
    for (uint16_t i = 0; i < 24; i++) {
        uint16_t tag = 0xffff;
        assert_int_equal(rig_result(&r, 2000, &tag, NULL), Q_OK);
        assert_int_equal(tag, i);
    }
    /* Disabled: queries wait, and a full queue refuses. */
    rig_write(&r, R_CONTROL, 0);
    for (uint16_t i = 0; i < 8; i++) rig_push(&r, 0, i);
    assert_int_equal(rig_write_any(&r, R_PUSH, 1), SLVERR);
    assert_int_equal(rig_write_any(&r, R_GEOMETRY, 0x101), SLVERR); /* pages load with it already */
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    for (uint16_t i = 0; i < 8; i++) assert_int_equal(rig_result(&r, 2000, NULL, NULL), Q_OK);
    rig_close(&r);
}

/* Reading a low half keeps the high half of the same moment; clear empties every counter. */
static void test_counters(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 36);
    const word w = halt_word();
    rig_program(&r, 3, 2, 0xffffffff, &w, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    rig_push(&r, 0, 1);
    for (int i = 0; i < 2; i++) { /* a slice of 2^32-1 cycles, aborted; twice, so beyond 32 bits */
        rig_cycles(&r, 60);
        rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_ABORT);
        assert_int_equal(rig_result(&r, 2000, NULL, NULL), Q_ABORTED);
        if (i == 0) rig_push(&r, 0, 2);
    }
    assert_int_equal(rig_read(&r, R_CYCLES), 0xfffffffe);
    assert_int_equal(rig_read(&r, R_SLICES), 2); /* another low half takes the shadow */
    assert_int_equal(rig_read(&r, R_SLICES + 4), 0);
    assert_int_equal(rig_read64(&r, R_CYCLES), 0x1fffffffe);
    assert_int_equal(rig_read(&r, R_STATUS) >> 4 & 0xf, Q_ABORTED);
    assert_true(rig_read64(&r, R_BURSTS) == 2 && rig_read64(&r, R_BEATS) == 8);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR);
    for (unsigned a = 0x100; a < 0x1B8; a += 8)
        if (known(a)) assert_int_equal(rig_read64(&r, (uint16_t)a), 0);
    assert_int_equal(rig_read(&r, R_STATUS) >> 4 & 0xf, Q_OK);
    rig_close(&r);
}

static void test_arguments(void **state) {
    (void)state;
    assert_int_equal(brg_rtl_new(NULL, NULL, NULL), BRG_EINVAL);
    brg_rtl *rtl = (brg_rtl *)&rtl;
    assert_int_equal(brg_rtl_new(&rtl, NULL, "/nonexistent/folder/x.fst"), BRG_EIO);
    assert_null(rtl);
    /* Without calls every readout answers 0 and nothing is recorded. */
    assert_int_equal(brg_rtl_new(&rtl, NULL, NULL), BRG_OK);
    for (uint64_t i = 1; i < 10; i++) {
        brg_rtl_inputs(rtl)->rst_n = i > 3;
        brg_rtl_settle(rtl, i * 1000);
        brg_rtl_edge(rtl, i * 1000);
    }
    assert_int_equal(brg_rtl_cycles(rtl), 6);
    brg_rtl_destroy(&rtl);
    brg_rtl_destroy(&rtl);
    brg_rtl_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_geometry),
        cmocka_unit_test(test_unknown_addresses),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_results_full),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
