/* SPDX-License-Identifier: Apache-2.0 */
/* Lockstep: the trajectory follows the hardware slice by slice, its readout comes back as the
 * hardware's result, and it is bit for bit the trajectory that a replay of the timeline gives. */
#include <time.h>

#include "platform_rig.h"

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static brg_run_config noisy(const rig *r, bool uniform) {
    brg_run_config rc;
    memset(&rc, 0, sizeof rc);
    rc.qram.routers = r->program->routers;
    rc.qram.address_width = r->program->address_width;
    rc.qram.word_width = r->program->word_width;
    rc.input.uniform = uniform;
    rc.input.index = 1;
    rc.noise.model = BRG_NOISE_TIMED;
    rc.noise.t1_ns = 20000;
    rc.noise.tphi_ns = 30000;
    rc.noise.noisy_registers = true;
    rc.noise.gate_error = 1e-3;
    rc.seed = 42;
    return rc;
}

static void compare_methods(brg_routers routers, uint32_t n, uint32_t k, uint64_t khz) {
    enum { trajectories = 30 };
    rig r;
    rig_open(&r, routers, n, k, BRG_PAGE_WAIT_FETCH, n + k);
    r.config.clock_khz = khz;
    r.config.queries = 2;
    r.config.memory_latency_ns = 2000;
    const brg_run_config rc = noisy(&r, true);
    brg_platform *p = NULL;
    brg_timeline *t = NULL;
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_platform_run(p, &t, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL), BRG_OK);
    brg_replay_result replay;
    assert_int_equal(brg_replay(&replay, t, &rc, r.image, trajectories, 1, NULL, NULL), BRG_OK);

    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
    unsigned imperfect = 0;
    for (uint64_t i = 0; i < trajectories; i++) {
        brg_outcome outcomes[2];
        brg_platform_result results[2];
        brg_timeline *again = NULL;
        assert_int_equal(brg_platform_run(p, &again, trajectory, i, r.image, outcomes, results,
                                          NULL, NULL, NULL),
                         BRG_OK);
        assert_timelines_equal(t, again);
        brg_timeline_destroy(&again);
        for (uint32_t q = 0; q < 2; q++) {
            const brg_outcome *o = &replay.outcomes[i * 2 + q];
            assert_memory_equal(&outcomes[q].fidelity, &o->fidelity, sizeof o->fidelity);
            assert_int_equal(outcomes[q].readout, o->readout);
            assert_int_equal(outcomes[q].address, o->address);
            assert_int_equal(outcomes[q].word_correct, o->word_correct);
            /* What the host read is what the trajectory drew. */
            assert_int_equal(results[q].bits, o->readout);
            assert_int_equal(results[q].tag, q);
            imperfect += o->fidelity < 0.999;
        }
    }
    assert_true(imperfect > 0); /* the noise did something */
    brg_trajectory_destroy(&trajectory);
    brg_replay_result_clear(&replay);
    brg_timeline_destroy(&t);
    brg_platform_destroy(&p);
    rig_close(&r);
}

static void test_lockstep_is_replay(void **state) {
    (void)state;
    compare_methods(BRG_TWO_LEVEL, 3, 2, 250000);
    compare_methods(BRG_THREE_LEVEL, 3, 3, 333333);
    compare_methods(BRG_TWO_LEVEL, 1, 1, 1000000);
}

/* Every address returns its word when nothing is noisy, and the readout length is waited for. */
static void test_noiseless_words(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        rig r;
        rig_open(&r, (brg_routers)routers, 3, 4, BRG_PAGE_WAIT_FETCH, 31);
        brg_platform *p = NULL;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
        for (uint64_t address = 0; address < 8; address++) {
            brg_run_config rc = noisy(&r, false);
            rc.noise.model = BRG_NOISE_NONE;
            rc.noise.gate_error = 0;
            rc.input.index = address;
            brg_trajectory *trajectory = NULL;
            brg_outcome outcome;
            brg_platform_result result;
            assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
            assert_int_equal(brg_platform_run(p, NULL, trajectory, 0, r.image, &outcome, &result,
                                              NULL, NULL, NULL),
                             BRG_OK);
            assert_int_equal(result.bits, brg_planes_word(r.image, address));
            assert_double_near(outcome.fidelity, 1.0, 1e-10);
            assert_double_near(outcome.empty_probability, 1.0, 1e-10);
            assert_true(outcome.word_correct);
            brg_trajectory_destroy(&trajectory);
        }
        brg_platform_destroy(&p);
        rig_close(&r);
    }
}

/* The result is there the readout's length after the measurement, not a cycle later or earlier:
 * a longer readout moves the end of the run by as much. */
static void test_readout_cycle(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 32);
    uint64_t first = 0;
    for (uint32_t length = 10; length < 60; length += 7) {
        r.config.duration_cycles[BRG_CLASS_READOUT] = length;
        brg_platform_counters c;
        assert_int_equal(rig_run(&r, NULL, &c, NULL, NULL, 0), BRG_OK);
        if (first == 0) first = c.rtl_cycles - length;
        assert_int_equal(c.rtl_cycles, first + length);
    }
    rig_close(&r);
}

/* Waves change nothing of what is measured. */
static void test_waves(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 3, 1, BRG_PAGE_WAIT_FETCH, 33);
    const brg_run_config rc = noisy(&r, true);
    brg_platform *p = NULL;
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
    brg_timeline *plain = NULL, *waved = NULL;
    brg_outcome a, b;
    brg_platform_counters ca, cb;
    const char *path = "test_platform_lockstep.fst";
    double running[19];
    for (int i = 0; i < 19; i++) running[i] = 0.01 * (i + 1);
    assert_int_equal(brg_platform_run(p, &plain, trajectory, 4, r.image, &a, NULL, &ca, NULL, NULL),
                     BRG_OK);
    assert_int_equal(brg_timeline_slices(plain), 19);
    assert_int_equal(
        brg_platform_run(p, &waved, trajectory, 4, r.image, &b, NULL, &cb, path, running), BRG_OK);
    assert_timelines_equal(plain, waved);
    assert_memory_equal(&a.fidelity, &b.fidelity, sizeof a.fidelity);
    assert_int_equal(ca.cycles, cb.cycles);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    assert_true(ftell(f) > 1000);
    fclose(f);
    remove(path);
    brg_timeline_destroy(&plain);
    brg_timeline_destroy(&waved);
    brg_trajectory_destroy(&trajectory);
    brg_platform_destroy(&p);
    rig_close(&r);
}

/* Thousands of runs in one process; the figure is printed, and a hopeless one fails. */
static void test_speed(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 4, 1, BRG_PAGE_WAIT_FETCH, 34);
    const brg_run_config rc = noisy(&r, true);
    brg_platform *p = NULL;
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_trajectory_new(&trajectory, &rc, 0), BRG_OK);
    enum { runs = 200 };
    const double began = seconds();
    for (uint64_t i = 0; i < runs; i++) {
        brg_outcome outcome;
        assert_int_equal(
            brg_platform_run(p, NULL, trajectory, i, r.image, &outcome, NULL, NULL, NULL, NULL),
            BRG_OK);
        assert_in_range((uint64_t)(outcome.fidelity * 1e6), 0, 1000001);
    }
    const double each = (seconds() - began) / runs;
    print_message("lockstep, n = 4: %.3f ms a run\n", each * 1e3);
    assert_true(each < 0.1);
    brg_trajectory_destroy(&trajectory);
    brg_platform_destroy(&p);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_noiseless_words),
                                       cmocka_unit_test(test_lockstep_is_replay),
                                       cmocka_unit_test(test_readout_cycle),
                                       cmocka_unit_test(test_waves), cmocka_unit_test(test_speed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
