/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong must be seen: corrupted buffers, error responses, runaway and stuck programs. */
#include "platform_rig.h"

/* A bit flipped in the page buffer is a bit flipped at the leaves, and nowhere else. */
static void test_corrupted_buffer(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 6, 3, BRG_PAGE_WAIT_FETCH, 21);
    for (uint32_t plane = 0; plane < 3; plane++) {
        const uint32_t cell = 11 + 13 * plane;
        /* n = 6: a plane is one word of the buffer. */
        r.config.fault_inject = UINT32_C(1) << 31 | plane << 9 | cell;
        brg_timeline *t = rig_timeline(&r);
        assert_int_equal(brg_timeline_data_versions(t), 1);
        const brg_planes *seen = brg_timeline_data(t, 0);
        for (uint32_t j = 0; j < 3; j++)
            for (uint32_t i = 0; i < 64; i++)
                assert_int_equal(brg_planes_get(seen, j, i),
                                 brg_planes_get(r.image, j, i) ^ (j == plane && i == cell));
        brg_timeline_destroy(&t);
    }
    rig_close(&r);
}

/* The answer to a basis query is the word that went through the buffer. */
static void test_corrupted_answer(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 3, 2, BRG_PAGE_WAIT_FETCH, 22);
    brg_run_config rc = {.qram = {BRG_TWO_LEVEL, 3, 2}, .input = {false, 5}, .seed = 3};
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
    const uint64_t word = brg_planes_word(r.image, 5);
    for (uint32_t bit = 0; bit < 3; bit++) {
        /* Both bits of cell 5, then a cell that the query does not read. */
        r.config.fault_inject = UINT32_C(1) << 31 | (bit < 2 ? bit << 9 | 5 : 4);
        brg_platform *p = NULL;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
        brg_outcome outcome;
        brg_platform_result result;
        assert_int_equal(
            brg_platform_run(p, NULL, trajectory, 0, r.image, &outcome, &result, NULL, NULL, NULL),
            BRG_OK);
        assert_int_equal(result.bits, bit < 2 ? word ^ 1u << bit : word);
        assert_int_equal(outcome.readout, result.bits);
        assert_int_equal(outcome.word_correct, bit == 2);
        assert_double_near(outcome.fidelity, bit == 2 ? 1.0 : 0.0, 1e-10);
        brg_platform_destroy(&p);
    }
    brg_trajectory_destroy(&trajectory);
    rig_close(&r);
}

/* A page outside the memory, wholly or from some plane on, ends the query with the cause named:
 * while it waits for the page, or at its end when the bad planes came without a wait. */
static void test_decerr(void **state) {
    (void)state;
    for (int blocks = 0; blocks < 2; blocks++) {
        for (int style = 0; style < 3; style++) {
            rig r;
            rig_open(&r, BRG_TWO_LEVEL, 12, 4,
                     style == 2 ? BRG_PAGE_WAIT_ENTRY : BRG_PAGE_WAIT_FETCH, 23);
            r.config.memory_blocks = blocks;
            r.config.queries = 3;
            r.config.memory_latency_ns = 50000;
            /* All of it, the last two planes, the last plane. */
            r.config.page_base = style == 0 ? 4 * 512 : style == 1 ? 2 * 512 : 512;
            brg_timeline *t = NULL;
            brg_platform_counters c;
            brg_platform_result results[3];
            char error[240];
            assert_int_equal(rig_run(&r, &t, &c, results, error, sizeof error), BRG_EHARDWARE);
            assert_int_equal(results[0].status, 1);
            assert_true(c.read_errors > 0);
            assert_true(c.queries >= 1);
            const char *expected = "query 0 ended with memory_error at cycle ";
            if (strncmp(error, expected, strlen(expected)) != 0) {
                print_error("%s\n", error);
                fail();
            }
            assert_non_null(strstr(error, style == 2 ? ", before slice 1" : ", slice "));
            /* The cycle named is that of the failing query, which the timeline holds up to there.
             */
            const size_t count = brg_timeline_slices(t);
            const uint64_t cycle = strtoull(error + strlen(expected), NULL, 10);
            if (style == 2) {
                assert_int_equal(count, 0);
            } else {
                assert_int_equal(count, style == 0 ? 3 * 12 : 6 * 12 + 2 * 4 - 1);
                const brg_slice *last = brg_timeline_slice(t, count - 1);
                assert_true(cycle * 4000 >= last->start_ps + last->duration_ps);
            }
            if (style == 0) assert_true(cycle * 4 >= 50000);
            if (style == 1) {
                const brg_planes *seen = brg_timeline_data(t, rig_fetch(t, 0)->data_version);
                for (uint32_t i = 0; i < 4096; i++) {
                    for (uint32_t j = 0; j < 2; j++)
                        assert_int_equal(brg_planes_get(seen, j, i),
                                         brg_planes_get(r.image, j + 2, i));
                    assert_false(brg_planes_get(seen, 2, i));
                }
            }
            brg_timeline_destroy(&t);

            /* The same process goes on with a sound page. */
            r.config.page_base = 0;
            assert_int_equal(rig_run(&r, NULL, &c, results, NULL, 0), BRG_OK);
            assert_int_equal(c.queries, 3);
            rig_close(&r);
        }
    }
}

static void test_watchdog(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 4, 1, BRG_PAGE_WAIT_FETCH, 24);
    r.config.memory_latency_ns = 1e6;
    r.config.watchdog_cycles = 5000;
    brg_platform_result result;
    char error[240];
    assert_int_equal(rig_run(&r, NULL, NULL, &result, error, sizeof error), BRG_EHARDWARE);
    assert_int_equal(result.status, 5);
    assert_non_null(strstr(error, "query 0 ended with watchdog at cycle 500"));
    assert_non_null(strstr(error, "slice 12")); /* Fetch(0) would be slice 13 */
    rig_close(&r);
}

/* A program that waits for a flag that nobody sets: reported, not a hang. */
static void test_no_progress(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 25);
    r.program->words[3].wait_mask |= BRG_WAIT_HOST;
    brg_timeline *t = NULL;
    char error[240];
    assert_int_equal(rig_run(&r, &t, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
    assert_non_null(strstr(error, "made no progress"));
    assert_non_null(strstr(error, "the result of query 0"));
    assert_int_equal(brg_timeline_slices(t), 3); /* what ran before is kept */
    brg_timeline_destroy(&t);
    r.program->words[3].wait_mask &= (uint8_t)~BRG_WAIT_HOST;
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, NULL, 0), BRG_OK);
    rig_close(&r);
}

static brg_program *assemble(const char *text) {
    brg_program *program = NULL;
    assert_int_equal(brg_program_assemble(&program, text, strlen(text), "text", NULL), BRG_OK);
    return program;
}

/* A microprogram that loops in slices for ever is cut off, with and without a state, and the
 * process goes on with a sound one. */
static void test_endless(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 28);
    brg_program *sound = r.program;
    r.program = assemble(
        ".program endless\n.routers two_level\n.address_width 2\n.word_width 1\n"
        "x: class idle ; branch measured end\n jump x\nend: halt\n");
    r.config.program = r.program;
    rig_durations(&r, 1);
    brg_timeline *t = NULL;
    brg_platform_counters c;
    char error[240];
    assert_int_equal(rig_run(&r, &t, &c, NULL, error, sizeof error), BRG_EHARDWARE);
    print_message("%s\n", error);
    const char *expected = "query 0 did not end within 1048576 slices, cycle ";
    assert_int_equal(strncmp(error, expected, strlen(expected)), 0);
    assert_int_equal(brg_timeline_slices(t), 1 << 20);
    const uint64_t cycle = strtoull(error + strlen(expected), NULL, 10);
    const brg_slice *last = brg_timeline_slice(t, (1 << 20) - 1);
    assert_true(cycle * 4000 >= last->start_ps + last->duration_ps);
    assert_true(c.rtl_cycles < cycle + 10000);
    brg_timeline_destroy(&t);

    /* Nobody looks: the same end. */
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
    assert_int_equal(strncmp(error, expected, strlen(expected)), 0);
    brg_program_destroy(&r.program);
    r.config.program = r.program = sound;
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, NULL, 0), BRG_OK);
    rig_close(&r);
}

/* Slices after the readout are refused with the same sentence with and without a state. */
static void test_after_readout(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 29);
    brg_program *sound = r.program;
    r.program = assemble(
        ".program early\n.routers two_level\n.address_width 2\n.word_width 1\n"
        "measure\nwait readout\na_in 0\na_out 0 ; halt\n");
    r.config.program = r.program;
    brg_run_config rc = {.qram = {BRG_TWO_LEVEL, 2, 1}, .input = {true, 0}, .seed = 3};
    brg_trajectory *trajectory = NULL;
    brg_outcome outcome;
    brg_platform *p = NULL;
    brg_timeline *t = NULL;
    const char *expected = "query 0, slice 1: a query cannot go on after the readout";
    assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    for (int lockstep = 0; lockstep < 2; lockstep++) {
        assert_int_equal(brg_platform_run(p, lockstep ? NULL : &t, lockstep ? trajectory : NULL, 0,
                                          r.image, &outcome, NULL, NULL, NULL, NULL),
                         BRG_EHARDWARE);
        assert_string_equal(brg_platform_error(p), expected);
    }
    assert_int_equal(brg_timeline_slices(t), 0);
    brg_timeline_destroy(&t);
    brg_platform_destroy(&p);
    brg_trajectory_destroy(&trajectory);
    brg_program_destroy(&r.program);
    r.program = sound;
    rig_close(&r);
}

/* A word the hardware refuses names the place. */
static void test_bad_program(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 26);
    r.program->words[4].page = 9; /* more pages than this controller has */
    char error[240];
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
    assert_non_null(strstr(error, "query 0 ended with bad_word at cycle 1"));
    assert_non_null(strstr(error, "slice 4"));
    r.program->words[4].page = 0;
    r.program->words[r.program->count - 1].next = BRG_NEXT_STEP;
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
    assert_non_null(strstr(error, "program_end"));
    rig_close(&r);
}

/* What is wrong with a stored program or pulse ends the query with the store's name, from either
 * store. */
static void test_stores(void **state) {
    (void)state;
    rig r;
    char error[240];
    for (int cached = 0; cached < 2; cached++) {
        rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 27);
        brg_platform_control_store *store = &r.config.control_store;
        *store = (brg_platform_control_store){.cached = cached, .capacity_words = 8};
        assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_OK);
        for (uint32_t bit = 0; bit < 192; bit += 37) {
            store->corrupt_bit = 1 + 5 * 192 + bit;
            assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
            const char *says = cached ? "query 0 ended with control_store_error at cycle"
                                      : "query 0 ended with parity at cycle";
            if (!strstr(error, says) || !strstr(error, "slice 5")) print_error("%s\n", error);
            assert_non_null(strstr(error, says));
            assert_non_null(strstr(error, "slice 5"));
            if (cached) assert_non_null(strstr(error, "control store: a word has wrong parity"));
        }
        store->corrupt_bit = 0;
        r.program->words[r.program->count - 1].next = BRG_NEXT_STEP;
        assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
        if (!strstr(error, "program_end")) print_error("%s\n", error);
        assert_non_null(strstr(error, "query 0 ended with program_end at cycle"));
        rig_close(&r);
    }
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 27);
    r.config.pulse = (brg_platform_pulse){.enabled = true,
                                          .channels = 1,
                                          .bytes_per_pulse = 8,
                                          .channel_bandwidth_gb_per_s = 1,
                                          .buffer_words = 64};
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_OK);
    r.config.pulse.corrupt_beat = 1;
    assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
    if (!strstr(error, "parity")) print_error("%s\n", error);
    assert_non_null(strstr(error, "query 0: the pulse memory failed ("));
    assert_non_null(strstr(error, "parity"));
    rig_close(&r);
}

static void test_waves_path(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 27);
    brg_platform *p = NULL;
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_platform_run(p, NULL, NULL, 0, NULL, NULL, NULL, NULL,
                                      "no_such_folder/waves.fst", NULL),
                     BRG_EIO);
    assert_non_null(strstr(brg_platform_error(p), "no_such_folder/waves.fst"));
    assert_int_equal(brg_platform_run(p, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL),
                     BRG_OK);
    brg_platform_destroy(&p);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corrupted_buffer), cmocka_unit_test(test_decerr),
        cmocka_unit_test(test_watchdog),         cmocka_unit_test(test_no_progress),
        cmocka_unit_test(test_bad_program),      cmocka_unit_test(test_stores),
        cmocka_unit_test(test_waves_path),       cmocka_unit_test(test_corrupted_answer),
        cmocka_unit_test(test_endless),          cmocka_unit_test(test_after_readout)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
