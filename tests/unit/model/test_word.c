/* SPDX-License-Identifier: Apache-2.0 */
/* Control words: field positions, round trip, parity and the rules of legal words. */
#include <string.h>

#include "model/program.h"
#include "model/program_private.h"
#include "random_program.h"
#include "test.h"

static void test_fields_stand_where_the_layout_says(void **state) {
    (void)state;
    /* Each field with its position and width, and a setter of an all-ones value. */
    static const struct {
        const char *name;
        unsigned lsb, width;
    } fields[] = {
        {"route", 0, 24},    {"latch", 24, 24},    {"unlatch", 48, 1},     {"a_in", 49, 6},
        {"a_out", 55, 6},    {"d_in", 61, 7},      {"d_out", 68, 7},       {"fetch", 75, 7},
        {"basis_in", 82, 1}, {"basis_out", 83, 1}, {"measure", 84, 1},     {"set_flag", 85, 1},
        {"page", 86, 12},    {"slot", 98, 2},      {"index_base", 100, 2}, {"class", 102, 4},
        {"wait", 106, 8},    {"next", 114, 3},     {"target", 117, 12},    {"loop", 129, 2},
        {"flag", 131, 2},    {"mark", 133, 1},     {"page_base", 159, 2}};
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++) {
        brg_control_word w;
        memset(&w, 0, sizeof w);
        w.ops = brg_slice_ops_none();
        const char *n = fields[f].name;
        if (!strcmp(n, "route")) w.ops.route = 0xFFFFFF;
        if (!strcmp(n, "latch")) w.ops.latch = 0xFFFFFF;
        if (!strcmp(n, "unlatch")) w.ops.unlatch = true;
        if (!strcmp(n, "a_in")) w.ops.a_in = 31;
        if (!strcmp(n, "a_out")) w.ops.a_out = 31;
        if (!strcmp(n, "d_in")) w.ops.d_in = 63;
        if (!strcmp(n, "d_out")) w.ops.d_out = 63;
        if (!strcmp(n, "fetch")) w.ops.fetch = 63;
        if (!strcmp(n, "basis_in")) w.ops.basis_in = true;
        if (!strcmp(n, "basis_out")) w.ops.basis_out = true;
        if (!strcmp(n, "measure")) w.measure = true;
        if (!strcmp(n, "set_flag")) w.set_flag = true;
        if (!strcmp(n, "page")) w.page = 4095;
        if (!strcmp(n, "slot")) w.slot = 3;
        if (!strcmp(n, "index_base")) w.index_base = 3;
        if (!strcmp(n, "class")) w.duration_class = 15;
        if (!strcmp(n, "wait")) w.wait_mask = 255;
        if (!strcmp(n, "next")) w.next = 7;
        if (!strcmp(n, "target")) w.target = 4095;
        if (!strcmp(n, "loop")) w.loop = 3;
        if (!strcmp(n, "flag")) w.flag_select = 3;
        if (!strcmp(n, "mark")) w.mark = true;
        if (!strcmp(n, "page_base")) w.page_base = 3;
        uint32_t lanes[BRG_WORD_LANES];
        brg_word_encode(&w, lanes);
        for (unsigned bit = 0; bit < 184; bit++) {
            const unsigned expected = bit >= fields[f].lsb && bit < fields[f].lsb + fields[f].width;
            const unsigned found = (lanes[bit / 32] >> (bit % 32)) & 1u;
            if (found != expected) print_error("%s: bit %u\n", n, bit);
            assert_int_equal(found, expected);
        }
    }
}

static bool bit_of(const uint32_t *lanes, unsigned bit) {
    return (lanes[bit / 32] >> (bit % 32)) & 1u;
}

static void test_pages_of_controlled_swaps(void **state) {
    (void)state;
    brg_control_word w, back;
    memset(&w, 0, sizeof w);
    w.ops = brg_slice_ops_none();
    w.ops.d_in = w.ops.d_out = 5; /* one bus qubit for two pages */
    w.ops.d_in_page = 4095;
    w.ops.d_out_page = 0;
    w.duration_class = BRG_CLASS_CONTROLLED_SWAP;
    uint32_t lanes[BRG_WORD_LANES];
    brg_word_encode(&w, lanes);
    assert_true(bit_of(lanes, 134));
    for (unsigned bit = 135; bit < 159; bit++) assert_int_equal(bit_of(lanes, bit), bit < 147);
    assert_int_equal(brg_word_decode(lanes, &back), BRG_WORD_GOOD);
    assert_int_equal(back.ops.d_in_page, 4095);
    assert_int_equal(back.ops.d_out_page, 0);
    w.ops.d_in_page = 0;
    w.ops.d_out_page = 4095;
    brg_word_encode(&w, lanes);
    for (unsigned bit = 135; bit < 159; bit++) assert_int_equal(bit_of(lanes, bit), bit >= 147);
    /* Both are controlled or none is. */
    w.ops.d_out_page = -1;
    assert_non_null(brg_word_rule(&w));
    w.ops.d_in_page = -1;
    assert_null(brg_word_rule(&w));
    w.ops.d_in = -1;
    w.ops.d_in_page = 1;
    assert_non_null(brg_word_rule(&w));
}

static unsigned lane_parity(const uint32_t *lanes, unsigned i) {
    unsigned x = 0;
    for (unsigned bit = i; bit < BRG_WORD_BITS; bit += 8) x ^= (lanes[bit / 32] >> (bit % 32)) & 1u;
    return x;
}

static void test_round_trip_and_parity(void **state) {
    (void)state;
    uint64_t seed = test_seed(0x3011);
    for (int t = 0; t < 2000; t++) {
        const brg_control_word w = random_word(&seed);
        brg_control_word back;
        uint32_t lanes[BRG_WORD_LANES], again[BRG_WORD_LANES];
        brg_word_encode(&w, lanes);
        for (unsigned i = 0; i < 8; i++) assert_int_equal(lane_parity(lanes, i), 0);
        const brg_word_fault fault = brg_word_decode(lanes, &back);
        assert_true(fault == BRG_WORD_GOOD || fault == BRG_WORD_ILLEGAL);
        brg_word_encode(&back, again);
        assert_memory_equal(lanes, again, sizeof lanes);
        assert_int_equal(back.ops.route, w.ops.route);
        assert_int_equal(back.ops.fetch, w.ops.fetch);
        assert_int_equal(back.target, w.target);
        if (t % 20 != 0) continue;
        for (unsigned bit = 0; bit < BRG_WORD_BITS; bit++) {
            lanes[bit / 32] ^= 1u << (bit % 32);
            assert_int_equal(brg_word_decode(lanes, &back), BRG_WORD_PARITY);
            lanes[bit / 32] ^= 1u << (bit % 32);
        }
    }
}

static void test_reserved_and_stray_index(void **state) {
    (void)state;
    brg_control_word w;
    /* The control bit and the pages need their operations. */
    for (unsigned bit = 134; bit < 184; bit++) {
        if (bit == 159 || bit == 160) continue;
        uint32_t lanes[BRG_WORD_LANES] = {0};
        lanes[bit / 32] ^= 1u << (bit % 32);
        const unsigned parity = 184 + bit % 8;
        lanes[parity / 32] ^= 1u << (parity % 32);
        assert_int_equal(brg_word_decode(lanes, &w),
                         bit < 159 ? BRG_WORD_ILLEGAL : BRG_WORD_RESERVED);
    }
    uint32_t lanes[BRG_WORD_LANES] = {0};
    assert_int_equal(brg_word_decode(lanes, &w), BRG_WORD_GOOD);
    assert_false(brg_word_is_slice(&w));
    lanes[50 / 32] ^= 1u << (50 % 32); /* a_in index without its valid bit */
    lanes[(184 + 50 % 8) / 32] ^= 1u << ((184 + 50 % 8) % 32);
    assert_int_equal(brg_word_decode(lanes, &w), BRG_WORD_ILLEGAL);
}

static brg_word_fault fault_of(const brg_control_word *w) {
    uint32_t lanes[BRG_WORD_LANES];
    brg_control_word back;
    brg_word_encode(w, lanes);
    return brg_word_decode(lanes, &back);
}

static brg_control_word slice_word(uint8_t duration_class) {
    brg_control_word w;
    memset(&w, 0, sizeof w);
    w.ops = brg_slice_ops_none();
    w.duration_class = duration_class;
    return w;
}

static void test_illegal_combinations(void **state) {
    (void)state;
    brg_control_word w = slice_word(BRG_CLASS_CSWAP);
    w.ops.route = 5;
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    assert_true(brg_word_is_slice(&w));
    w.ops.route = 3; /* neighbouring layers */
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.route = 4;
    w.ops.latch = 4; /* the same layer */
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.latch = 8; /* the layer below */
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.latch = 2; /* the layer above shares no cell */
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    w.ops.latch = 0;
    w.ops.a_in = 0;
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    w.ops.d_in = 0; /* both at root.data */
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.a_in = -1;
    w.ops.d_out = 1; /* out, then in */
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    w.ops.latch = 1;
    w.ops.route = 0;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w = slice_word(BRG_CLASS_REGISTER_SWAP);
    w.ops.a_in = 24;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.a_in = 23;
    w.ops.basis_in = true;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.basis_in = false;
    w.ops.basis_out = true;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.basis_out = false;
    w.ops.unlatch = true;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.ops.unlatch = false;
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    w.duration_class = BRG_CLASS_STEP;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.duration_class = BRG_CLASS_READOUT;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w = slice_word(BRG_CLASS_IDLE);
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    assert_true(brg_word_is_slice(&w));
    w.duration_class = BRG_CLASS_FETCH;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.duration_class = BRG_CLASS_STEP;
    w.set_flag = true;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.measure = true;
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
    w.wait_mask = 32;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.wait_mask = 31;
    w.next = 5;
    assert_int_equal(fault_of(&w), BRG_WORD_ILLEGAL);
    w.next = BRG_NEXT_HALT;
    assert_int_equal(fault_of(&w), BRG_WORD_GOOD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_stand_where_the_layout_says),
        cmocka_unit_test(test_round_trip_and_parity),
        cmocka_unit_test(test_reserved_and_stray_index),
        cmocka_unit_test(test_pages_of_controlled_swaps),
        cmocka_unit_test(test_illegal_combinations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
