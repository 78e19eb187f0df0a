/* SPDX-License-Identifier: Apache-2.0 */
/* DDR4 parts: presets, closed forms, address maps, the user's own table and its errors. */
#include <string.h>

#include "model/ddr4.h"
#include "test.h"

static void test_presets(void **state) {
    (void)state;
    const brg_ddr4_part *slow = brg_ddr4_part_find("DDR4-2400");
    const brg_ddr4_part *fast = brg_ddr4_part_find("DDR4-3200");
    assert_true(slow && fast && !brg_ddr4_part_find("DDR4-2401") && !brg_ddr4_part_find(NULL));
    assert_null(brg_ddr4_part_at(2));
    assert_int_equal(brg_ddr4_part_check(slow, "", NULL), BRG_OK);
    assert_int_equal(brg_ddr4_part_check(fast, "", NULL), BRG_OK);
    const uint32_t want[2][3] = {{21, 38, 55}, {26, 48, 70}};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(brg_ddr4_idle_latency(slow, (brg_ddr4_row_state)i), want[0][i]);
        assert_int_equal(brg_ddr4_idle_latency(fast, (brg_ddr4_row_state)i), want[1][i]);
    }
    assert_double_near(brg_ddr4_stream_limit(slow) * 1e-9, 19.2077, 1e-3);
    assert_double_near(brg_ddr4_stream_limit(fast) * 1e-9, 25.6, 1e-9);
    assert_double_near(brg_ddr4_random_limit(slow) * 1e-9, 256 / (26 * 0.833), 1e-6);
    assert_double_near(brg_ddr4_refresh_factor(slow), 0.955, 1e-4);
    /* 18-20 pJ/bit of random reads and about 9.5 of a stream, standby at full rate included. */
    const brg_ddr4_energy e = brg_ddr4_energy_of(slow);
    const double standby = e.active_standby_mw * 1e-3 / (8 * brg_ddr4_stream_limit(slow)) * 1e12;
    assert_double_near((e.read_pj + e.activate_pj / 128) / 512 + standby, 8.5, 1.5);
    assert_true((e.read_pj + e.activate_pj) / 512 > 10);
    assert_true(e.refresh_pj > 100 * e.activate_pj / 2 && e.write_pj < e.read_pj);
}

static void test_pack(void **state) {
    (void)state;
    uint32_t w[BRG_DDR4_TIMING_WORDS], p;
    const brg_ddr4_part *part = brg_ddr4_part_at(0);
    assert_int_equal(brg_ddr4_timing_pack(w, part, 1), BRG_OK);
    assert_int_equal(w[0], 17 | 12 << 16);
    assert_int_equal(w[BRG_DDR4_REFI / 2] & 0xffff, 9363);
    assert_int_equal(w[BRG_DDR4_RFC / 2] >> 16, 421);
    assert_int_equal(brg_ddr4_timing_pack(w, part, 4), BRG_OK);
    assert_int_equal(w[BRG_DDR4_RFC / 2] >> 16, 192);
    assert_int_equal(w[BRG_DDR4_REFI / 2] & 0xffff, 2340);
    assert_int_equal(brg_ddr4_timing_pack(w, part, 3), BRG_EINVAL);
    brg_ddr4_policy policy = brg_ddr4_policy_default();
    assert_int_equal(brg_ddr4_policy_pack(&p, &policy), BRG_OK);
    assert_true(p == (1u << 2 | 1u << 5 | 2048u << 16));
    policy.ranks = 3;
    assert_int_equal(brg_ddr4_policy_pack(&p, &policy), BRG_EINVAL);
    policy.ranks = 2;
    policy.postpone = 9;
    assert_int_equal(brg_ddr4_policy_pack(&p, &policy), BRG_EINVAL);
}

static void test_maps(void **state) {
    (void)state;
    uint64_t random = test_seed(5);
    for (int m = 0; m < BRG_DDR4_MAPS; m++) {
        const brg_ddr4_map map = (brg_ddr4_map)m;
        assert_int_equal(brg_ddr4_map_find(brg_ddr4_map_name(map)), m);
        for (int i = 0; i < 20000; i++) {
            const uint8_t ranks = (uint8_t)(1 + i % 2);
            const uint64_t a =
                (test_random(&random) & (brg_ddr4_capacity_bytes(ranks) - 1)) >> 6 << 6;
            const brg_ddr4_place p = brg_ddr4_decode(map, ranks, a);
            assert_true(p.rank < ranks && p.group < 4 && p.bank < 4 && p.row < 65536 &&
                        p.column < 128);
            assert_true(brg_ddr4_encode(map, ranks, p) == a);
            const brg_ddr4_place q = brg_ddr4_store_place(brg_ddr4_store_address(p));
            assert_memory_equal(&p, &q, sizeof p);
        }
    }
    assert_int_equal(brg_ddr4_map_find("RoBaRaCoCh"), BRG_DDR4_ROBARACOCH);
    assert_int_equal(brg_ddr4_map_find("none"), BRG_DDR4_MAPS);
    /* Neighbours change the bank group in the interleaved maps, and the column in the others. */
    assert_int_equal(brg_ddr4_decode(BRG_DDR4_ROCHRABACOBG, 1, 64).group, 1);
    assert_int_equal(brg_ddr4_decode(BRG_DDR4_MOP4CLXOR, 1, 64).group, 1);
    assert_int_equal(brg_ddr4_decode(BRG_DDR4_ROCHRABABGCO, 1, 64).column, 1);
    assert_int_equal(brg_ddr4_decode(BRG_DDR4_ROCHRABABGCO, 1, 8192).group, 1);
}

static int parse(brg_ddr4_part *part, const char *text, const char *message) {
    brg_diag *diag;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_ddr4_part_parse(part, text, strlen(text), "t.csv", diag);
    if (message) {
        assert_true(brg_diag_count(diag) > 0);
        if (!strstr(brg_diag_message(diag, 0), message))
            print_error("%s\n", brg_diag_message(diag, 0));
        assert_non_null(strstr(brg_diag_message(diag, 0), message));
    } else {
        assert_int_equal(brg_diag_count(diag), 0);
    }
    brg_diag_destroy(&diag);
    return status;
}

static void test_table(void **state) {
    (void)state;
    brg_ddr4_part part = {.tck_ps = 1};
    assert_int_equal(
        parse(&part, "param,value\nbase,DDR4-3200\n# slower\ntRCD , 24\ntCK,0.75\r\n", NULL),
        BRG_OK);
    assert_int_equal(part.timing[BRG_DDR4_RCD], 24);
    assert_int_equal(part.timing[BRG_DDR4_CL], 22);
    assert_int_equal(part.tck_ps, 750);
    assert_string_equal(part.name, "user");
    const struct {
        const char *text, *message;
    } bad[] = {
        {"base,DDR5\n", "t.csv:1:6: base: no part \"DDR5\""},
        {"base,DDR4-2400\ntRCD,x\n", "t.csv:2:6: tRCD: \"x\" is not a number"},
        {"base,DDR4-2400\ntRCD,17.5\n", "t.csv:2:6: tRCD: 17.5 is not a whole"},
        {"base,DDR4-2400\ntRCD,0\n", "t.csv:2:6: tRCD: 0 is not within"},
        {"base,DDR4-2400\ntRCD,nan\n", "is not a number"},
        {"base,DDR4-2400\ntRCD,9\ntRCD,9\n", "t.csv:3:1: tRCD: is given twice"},
        {"base,DDR4-2400\ntRDC,9\n", "t.csv:2:1: tRDC: no such parameter"},
        {"base,DDR4-2400\ntRCD 9\n", "t.csv:2:1: a line is"},
        {"base,DDR4-2400\ntRCD,9,9\n", "t.csv:2:1: a line is"},
        {"tRCD,9\nbase,DDR4-2400\n", "t.csv:2:1: base: must be the first"},
        {"tRCD,9\n", "is missing"},
        {"base,DDR4-2400\ntCCD_L,4\ntCCD_S,5\n", "tCCD_L: is shorter than tCCD_S"},
        {"base,DDR4-2400\ntRTW,5\n", "tRTW: lets write data meet"},
        {"base,DDR4-2400\ntREFI,700\n", "tREFI: is shorter than twice"},
    };
    const brg_ddr4_part before = part;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(parse(&part, bad[i].text, bad[i].message), BRG_EINPUT);
    assert_memory_equal(&before, &part, sizeof part);
    assert_int_equal(brg_ddr4_part_read(&part, "/no/such/table", NULL), BRG_EIO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
