/* SPDX-License-Identifier: Apache-2.0 */
/* Post-selection on lost carriers against closed forms and sums by hand. */
#include <math.h>

#include "csim/filtration.h"
#include "schedule.h"

enum { SLICE_PS = 100000, STALL_PS = 450000, TRAJECTORIES = 20000 };

/* Damping alone keeps the number of carriers that are left equal in all branches, so a query
 * without a loss is perfect, and one with a loss cannot be right: some register stays empty. */
static void lose(bool registers, brg_branch_engine engine) {
    const double t1_ns = 8000;
    const uint32_t n = 2, k = 2, carriers = n + k;
    const brg_qram q = {BRG_THREE_LEVEL, n, k, 0};
    const brg_run_config c = {
        .qram = q,
        .input = {true, 0},
        .seed = test_seed(301),
        .engine = engine,
        .noise = {.model = BRG_NOISE_TIMED, .t1_ns = t1_ns, .noisy_registers = registers}};
    brg_planes *memory = schedule_parity(n, k);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, TRAJECTORIES, 2, NULL, NULL), BRG_OK);
    /* ns that each carrier is exposed; of a register that idles: the whole query. */
    double exposed[4];
    const uint32_t end = schedule_slices(n, k) + 1;
    for (uint32_t i = 0; i < carriers; i++) {
        const double slices = i < n ? end - 2.0 * (2 * i + 1) : 2.0 * n;
        /* Bit 1 is still outside when the first fetch waits, unless it came in before. */
        const bool waits = i < n || 2 * n + 2 * (i - n) + 1 < 3 * n + 1;
        exposed[i] = registers ? (end - 1) * 100.0 + 450 : slices * 100 + (waits ? 450 : 0);
    }
    static const double detection[] = {1, 0.5, 0};
    for (size_t d = 0; d < 3; d++) {
        double success = 1, whole = 1;
        for (uint32_t i = 0; i < carriers; i++) {
            const double loss = 1 - exp(-exposed[i] / t1_ns);
            success *= 1 - detection[d] * loss;
            whole *= 1 - loss;
        }
        brg_filtration f;
        assert_int_equal(brg_filtration_of(&f, r.outcomes, TRAJECTORIES, detection[d]), BRG_OK);
        print_message("detection %g: success %.4f +- %.4f (exact %.4f), F %.4f +- %.4f (%.4f)\n",
                      detection[d], f.success, f.success_stderr, success, f.fidelity,
                      f.fidelity_stderr, whole / success);
        assert_double_near(f.success, success, 4 * f.success_stderr + 1e-12);
        assert_double_near(f.fidelity, whole / success, 4 * f.fidelity_stderr + 1e-12);
        if (detection[d] >= 1) assert_double_near(f.fidelity, 1, 1e-12);
        if (detection[d] <= 0) {
            assert_double_near(f.fidelity, r.mean, 1e-12);
            assert_double_near(f.fidelity_stderr, r.stderr_mean, 1e-6);
        }
    }
    uint64_t lost = 0;
    for (uint64_t i = 0; i < TRAJECTORIES; i++) {
        assert_true(r.outcomes[i].lost <= carriers);
        assert_true(r.outcomes[i].lost == 0 || r.outcomes[i].fidelity < 1e-12);
        lost += r.outcomes[i].lost;
    }
    double expected = 0;
    for (uint32_t i = 0; i < carriers; i++) expected += 1 - exp(-exposed[i] / t1_ns);
    expected *= TRAJECTORIES;
    assert_double_near((double)lost, expected, 4.5 * sqrt(expected));
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_damping(void **unused) {
    (void)unused;
    lose(true, BRG_BRANCH_FULL);
    lose(false, BRG_BRANCH_FULL);
    lose(false, BRG_BRANCH_PRUNED);
}

/* Dephasing is not seen: what is kept still suffers from it. Two_level has nothing to herald. */
static void test_unseen(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 2, 1, 0};
        const brg_run_config c = {
            .qram = q,
            .input = {true, 0},
            .seed = test_seed(302),
            .noise = {.model = BRG_NOISE_TIMED, .t1_ns = 1e4, .tphi_ns = 2e4}};
        brg_planes *memory = schedule_parity(2, 1);
        brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
        brg_replay_result r;
        brg_filtration f;
        assert_int_equal(brg_replay(&r, t, &c, memory, 4000, 2, NULL, NULL), BRG_OK);
        assert_int_equal(brg_filtration_of(&f, r.outcomes, 4000, 1), BRG_OK);
        if (routers == BRG_THREE_LEVEL) {
            assert_true(f.success < 0.9);
            assert_true(f.fidelity > r.mean + 0.05 && f.fidelity < 0.99);
        } else {
            assert_double_near(f.success, 1, 0);
            assert_double_near(f.fidelity, r.mean, 1e-12);
        }
        brg_replay_result_clear(&r);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

static void test_edges(void **unused) {
    (void)unused;
    brg_outcome o[2] = {{.fidelity = 0.5, .lost = 1}, {.fidelity = 0.25, .lost = 2}};
    brg_filtration f;
    assert_int_equal(brg_filtration_of(&f, o, 0, 1), BRG_EINVAL);
    assert_int_equal(brg_filtration_of(&f, o, 2, 1.1), BRG_EINVAL);
    assert_int_equal(brg_filtration_of(&f, o, 2, (double)NAN), BRG_EINVAL);
    assert_int_equal(brg_filtration_of(&f, o, 2, 1), BRG_OK);
    assert_double_near(f.success, 0, 0);
    assert_true(isnan(f.fidelity) && isnan(f.fidelity_stderr));
    assert_int_equal(brg_filtration_of(&f, o, 2, 0.5), BRG_OK);
    assert_double_near(f.success, 0.375, 1e-15);
    assert_double_near(f.fidelity, (0.5 * 0.5 + 0.25 * 0.25) / 0.75, 1e-15);
    assert_int_equal(brg_filtration_of(&f, o, 1, 0), BRG_OK);
    assert_double_near(f.success, 1, 0);
    assert_double_near(f.fidelity_stderr, 0, 0);
}

/* Two queries of each of four trajectories: by query, pooled, and paired with another replay. */
static void test_groups(void **unused) {
    (void)unused;
    static const uint32_t lost[2][8] = {{0, 1, 0, 2, 1, 1, 0, 0}, {0, 0, 0, 1, 0, 1, 0, 0}};
    static const double fidelity[8] = {1, 0.25, 0.5, 0, 0.75, 0.5, 1, 0.25};
    brg_outcome outcomes[2][8] = {{{0}}};
    brg_replay_result r[2];
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 8; i++)
            outcomes[k][i] = (brg_outcome){.fidelity = fidelity[i], .lost = lost[k][i]};
        r[k] = (brg_replay_result){.trajectories = 4, .queries = 2, .outcomes = outcomes[k]};
    }
    brg_filtration all, q[2], flat;
    assert_int_equal(brg_filtration_replay(&all, &r[0], BRG_FILTRATION_ALL, 0.5), BRG_OK);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(brg_filtration_replay(&q[i], &r[0], i, 0.5), BRG_OK);
    /* Weights by trajectory: 1 1/2, 1 1/4, 1/2 1/2, 1 1. */
    assert_double_near(q[0].success, 3.5 / 4, 1e-15);
    assert_double_near(q[1].success, 2.25 / 4, 1e-15);
    assert_double_near(q[0].fidelity, (1 + 0.5 + 0.375 + 1) / 3.5, 1e-15);
    assert_double_near(q[1].fidelity, (0.125 + 0.25 + 0.25) / 2.25, 1e-15);
    assert_double_near(all.success, 5.75 / 8, 1e-15);
    assert_double_near(all.fidelity, 3.5 / 5.75, 1e-15);
    assert_double_near(all.lost, 5.0 / 8, 1e-15);
    /* Sums 1.5, 1.25, 1, 2 about 1.4375. */
    const double squares = 0.0625 * 0.0625 + 0.1875 * 0.1875 + 0.4375 * 0.4375 + 0.5625 * 0.5625;
    assert_double_near(all.success_stderr, sqrt(squares / 3 / 4) / 2, 1e-15);
    double residuals = 0;
    static const double sums[4][2] = {{1.125, 1.5}, {0.5, 1.25}, {0.625, 1}, {1.25, 2}};
    for (int t = 0; t < 4; t++) residuals += pow(sums[t][0] - sums[t][1] * 3.5 / 5.75, 2);
    assert_double_near(all.fidelity_stderr, sqrt(residuals / 3 / 4) / (5.75 / 4), 1e-15);
    /* One query alone is the sample of brg_filtration_of. */
    brg_outcome first[4];
    for (int t = 0; t < 4; t++) first[t] = outcomes[0][2 * t];
    assert_int_equal(brg_filtration_of(&flat, first, 4, 0.5), BRG_OK);
    assert_memory_equal(&flat, &q[0], sizeof flat);
    double mean, error;
    assert_int_equal(brg_filtration_saved(&mean, &error, &r[0], &r[1], 0.5), BRG_OK);
    /* Differences by trajectory: 1/2, 1/4, 1/2, 0. */
    assert_double_near(mean, 1.25 / 8, 1e-15);
    const double d = 2 * 0.1875 * 0.1875 + 0.0625 * 0.0625 + 0.3125 * 0.3125;
    assert_double_near(error, sqrt(d / 3 / 4) / 2, 1e-15);
    assert_int_equal(brg_filtration_replay(&all, &r[0], 2, 0.5), BRG_EINVAL);
    assert_int_equal(brg_filtration_replay(&all, &r[0], 0, -0.5), BRG_EINVAL);
    r[1].trajectories = 3;
    assert_int_equal(brg_filtration_saved(&mean, &error, &r[0], &r[1], 0.5), BRG_EINVAL);
    r[1] = (brg_replay_result){.trajectories = 4, .queries = 2}; /* a density matrix has none */
    assert_int_equal(brg_filtration_replay(&all, &r[1], 0, 0.5), BRG_EINVAL);
    assert_int_equal(brg_filtration_saved(&mean, &error, &r[0], &r[1], 0.5), BRG_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damping),
        cmocka_unit_test(test_unseen),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
