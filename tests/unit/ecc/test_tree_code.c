/* SPDX-License-Identifier: Apache-2.0 */
/* Codes inside the tree: infidelity against exact first-order coefficients, rates and times by
 * layer, resources against sums done by hand. */
#include <math.h>
#include <string.h>

#include "csim/attribution.h"
#include "csim/branch.h"
#include "csim/density.h"
#include "csim/trajectory.h"
#include "model/ecc/loop_model.h"
#include "model/ecc/tree_code.h"
#include "unit/csim/schedule.h"

enum { SLICE_PS = 1000000 };

static size_t scaled(size_t count) {
#ifdef __SANITIZE_ADDRESS__
    return count / 4;
#else
    return count;
#endif
}

/* 1 - F under these rates, all slices of one length. */
static double infidelity(const brg_encoded_noise *rates, uint32_t n, uint64_t slice_ps,
                         uint64_t stall_ps, bool registers, brg_branch_engine engine,
                         double *error) {
    const brg_qram q = {BRG_TWO_LEVEL, n, 1, 0};
    const brg_run_config c = {
        .qram = q,
        .input = {true, 0},
        .seed = 11,
        .engine = engine,
        .noise = {.model = BRG_NOISE_ENCODED, .encoded = rates, .noisy_registers = registers}};
    brg_planes *memory = schedule_parity(n, 1);
    brg_timeline *t = schedule_timeline(&q, memory, 1, slice_ps, stall_ps, BRG_CAUSE_MEMORY);
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, scaled(120000), 2, NULL, NULL), BRG_OK);
    const double result = 1 - r.mean;
    *error = r.stderr_mean;
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
    return result;
}

/* X and Z apart from each other with the rate e: the sum of the exact coefficients of x and z. */
static void test_first_order(void **unused) {
    (void)unused;
    static const double coefficient[] = {4 + 8, 26.6875 + 28, 80.625 + 62};
    for (uint32_t n = 1; n <= 3; n++) {
        const double rate = 0.004 / coefficient[n - 1];
        brg_encoded_noise rates = {.round_ps = SLICE_PS};
        double error, sum = 0, variance = 0;
        for (uint32_t l = 0; l < n; l++) rates.layer_rate[l] = rate;
        const double all = infidelity(&rates, n, SLICE_PS, 0, false, BRG_BRANCH_PRUNED, &error);
        print_message("n %u: 1 - F = %.6f +- %.6f, first order 0.004\n", n, all, error);
        assert_double_near(all, 0.004, 4 * error + 2e-5);
        /* Twice the rounds, twice the errors; and no errors without a layer's rate. */
        rates.round_ps = SLICE_PS / 2;
        const double twice = infidelity(&rates, n, SLICE_PS, 0, false, BRG_BRANCH_PRUNED, &error);
        assert_double_near(twice, 0.008, 4 * error + 6e-5);
        rates.round_ps = SLICE_PS;
        for (uint32_t l = 0; l < n; l++) {
            brg_encoded_noise one = {.round_ps = SLICE_PS};
            one.layer_rate[l] = rate;
            sum += infidelity(&one, n, SLICE_PS, 0, false, BRG_BRANCH_FULL, &error);
            variance += error * error;
        }
        assert_double_near(sum, 0.004, 4 * sqrt(variance) + 2e-5);
    }
}

/* Sum of 1 - F over single X and Z faults on the cells [first, last): after every slice, or only in
 * the wait before slice `wait`. */
static double share(uint32_t n, uint32_t first, uint32_t last, uint32_t wait) {
    const brg_qram q = {BRG_TWO_LEVEL, n, 1, 0};
    brg_planes *memory = schedule_parity(n, 1);
    const brg_input input = {true, 0};
    brg_branches *b = NULL;
    assert_int_equal(brg_branches_new(&b, &q), BRG_OK);
    double sum = 0;
    for (uint32_t at = 1; at <= schedule_slices(n, 1); at++)
        for (uint32_t fault = 2 * first; fault < 2 * last && (!wait || at + 1 == wait); fault++) {
            double fidelity;
            assert_int_equal(brg_branches_begin(b, &input), BRG_OK);
            for (uint32_t s = 1; s <= schedule_slices(n, 1); s++) {
                const brg_slice_ops ops = schedule_ops(&q, s);
                assert_int_equal(brg_branches_apply(b, &ops, memory), BRG_OK);
                if (s == at)
                    assert_int_equal(brg_branches_pauli(b, fault / 2, fault % 2, 1 - fault % 2),
                                     BRG_OK);
            }
            assert_int_equal(brg_branches_fidelity(b, &input, memory, &fidelity), BRG_OK);
            sum += 1 - fidelity;
        }
    brg_branches_destroy(&b);
    brg_planes_destroy(&memory);
    return sum;
}

static void test_layers(void **unused) {
    (void)unused;
    double sum = 0;
    for (uint32_t l = 0; l < 3; l++) {
        const double own = share(3, 2 * brg_node(l, 0), 2 * brg_node(l + 1, 0), 0);
        brg_encoded_noise rates = {.round_ps = SLICE_PS};
        double error;
        rates.layer_rate[l] = 0.003 / own;
        const double x = infidelity(&rates, 3, SLICE_PS, 0, false, BRG_BRANCH_PRUNED, &error);
        print_message("layer %u: coefficient %.4f, 1 - F = %.6f +- %.6f\n", l, own, x, error);
        assert_double_near(x, 0.003, 4 * error + 2e-5);
        sum += own;
    }
    assert_double_near(sum, 80.625 + 62, 1e-9);
}

/* Registers idle when they are noisy, and waits count as slices do. */
static void test_registers_and_waits(void **unused) {
    (void)unused;
    double error, none;
    brg_encoded_noise rates = {.register_rate = 1e-3, .round_ps = SLICE_PS};
    none = infidelity(&rates, 1, SLICE_PS, 0, false, BRG_BRANCH_PRUNED, &error);
    assert_double_near(none, 0, 1e-12);
    const double registers = share(1, 2, 4, 0);
    rates.register_rate = 0.003 / registers;
    const double some = infidelity(&rates, 1, SLICE_PS, 0, true, BRG_BRANCH_PRUNED, &error);
    assert_double_near(some, 0.003, 4 * error + 2e-5);
    /* A wait of ten rounds before the fetch, slice 4. */
    const double slices = share(1, 0, 2, 0), waited = share(1, 0, 2, 4);
    const double rate = 0.004 / (slices + 10 * waited);
    rates = (brg_encoded_noise){.layer_rate = {rate}, .round_ps = SLICE_PS};
    const double wait =
        infidelity(&rates, 1, SLICE_PS, 10 * SLICE_PS, false, BRG_BRANCH_PRUNED, &error);
    print_message("registers %.2f, slices %.2f, wait %.2f a round: 1 - F = %.6f +- %.6f\n",
                  registers, slices, waited, wait, error);
    assert_double_near(wait, 0.004, 4 * error + 2e-5);
}

/* A run with rates that differ by layer, of registers too. */
typedef struct graded {
    brg_encoded_noise rates;
    brg_run_config config;
    brg_planes *memory;
    brg_timeline *timeline;
} graded;

static void graded_open(graded *g, uint32_t n, double rate) {
    *g = (graded){.rates = {.register_rate = 0.3 * rate, .round_ps = SLICE_PS / 3}};
    for (uint32_t l = 0; l < n; l++) g->rates.layer_rate[l] = rate * (l + 1);
    g->config = (brg_run_config){
        .qram = {BRG_TWO_LEVEL, n, 1, 0},
        .input = {true, 0},
        .seed = 7,
        .engine = BRG_BRANCH_PRUNED,
        .noise = {.model = BRG_NOISE_ENCODED, .encoded = &g->rates, .noisy_registers = true}};
    g->memory = schedule_parity(n, 1);
    g->timeline = schedule_timeline(&g->config.qram, g->memory, 2, SLICE_PS, 5 * SLICE_PS / 2,
                                    BRG_CAUSE_MEMORY);
}

static void graded_close(graded *g) {
    brg_timeline_destroy(&g->timeline);
    brg_planes_destroy(&g->memory);
}

static double density_infidelity(const graded *g) {
    double mean;
    assert_int_equal(brg_density_replay(g->timeline, &g->config, g->memory, &mean, NULL), BRG_OK);
    return 1 - mean;
}

/* Trajectories, the density matrix and the sum over single faults, each on its own. */
static void test_engines(void **unused) {
    (void)unused;
    for (uint32_t n = 1; n <= 2; n++) {
        graded g;
        brg_first_order x;
        brg_replay_result r;
        graded_open(&g, n, n == 1 ? 4e-3 : 4e-4);
        const double exact = density_infidelity(&g);
        assert_int_equal(
            brg_replay(&r, g.timeline, &g.config, g.memory, scaled(40000), 2, NULL, NULL), BRG_OK);
        print_message("n %u: 1 - F = %.6f, trajectories %.6f +- %.6f\n", n, exact, 1 - r.mean,
                      r.stderr_mean);
        assert_true(exact > 0.03);
        assert_double_near(1 - r.mean, exact, 4 * r.stderr_mean);
        brg_replay_result_clear(&r);
        graded_close(&g);

        graded_open(&g, n, 1e-7);
        const double small = density_infidelity(&g);
        assert_int_equal(brg_first_order_run(&x, g.timeline, &g.config, g.memory, 2, NULL, NULL),
                         BRG_OK);
        print_message("n %u: 1 - F = %.9g, first order %.9g\n", n, small, x.infidelity);
        assert_double_near(x.infidelity, small, 1e-4 * small);
        brg_first_order_clear(&x);
        graded_close(&g);
    }
}

/* The enumeration has the coefficients of x and z, and gives each layer its own rate. */
static void test_enumeration(void **unused) {
    (void)unused;
    static const double coefficient[] = {4 + 8, 26.6875 + 28, 80.625 + 62};
    for (uint32_t n = 1; n <= 3; n++) {
        graded g;
        brg_first_order x;
        double layers = 0, slices;
        graded_open(&g, n, 1e-4);
        g.config.noise.noisy_registers = false;
        g.rates.round_ps = SLICE_PS;
        for (uint32_t l = 0; l < n; l++) {
            const double own = share(n, 2 * brg_node(l, 0), 2 * brg_node(l + 1, 0), 0);
            layers += own * g.rates.layer_rate[l];
        }
        for (int uniform = 0; uniform < 2; uniform++) {
            for (uint32_t l = 0; uniform && l < n; l++) g.rates.layer_rate[l] = 1e-4;
            assert_int_equal(
                brg_first_order_run(&x, g.timeline, &g.config, g.memory, 2, NULL, NULL), BRG_OK);
            slices = 0;
            for (size_t i = 0; i < x.slices; i++) slices += x.intervals[i].schedule / 2;
            assert_double_near(slices, uniform ? 1e-4 * coefficient[n - 1] : layers, 1e-12);
            assert_true(x.infidelity > 1.01 * slices); /* by the wait */
            brg_first_order_clear(&x);
        }
        graded_close(&g);
    }
}

/* Faults drawn at random estimate the same shares. */
static void test_sampled(void **unused) {
    (void)unused;
    graded g;
    brg_first_order x;
    brg_attribution exact, sampled;
    brg_replay_result r;
    graded_open(&g, 3, 1e-4);
    assert_int_equal(brg_first_order_run(&x, g.timeline, &g.config, g.memory, 2, NULL, NULL),
                     BRG_OK);
    assert_int_equal(brg_replay(&r, g.timeline, &g.config, g.memory, 4000, 2, NULL, NULL), BRG_OK);
    brg_attribution_options o = {.exact = &x,
                                 .samples = 20000,
                                 .outcomes = r.outcomes,
                                 .trajectories = r.trajectories,
                                 .jobs = 2};
    assert_int_equal(brg_attribution_run(&exact, g.timeline, &g.config, g.memory, 1 - r.mean, &o),
                     BRG_OK);
    o.exact = NULL;
    o.outcomes = NULL;
    assert_int_equal(brg_attribution_run(&sampled, g.timeline, &g.config, g.memory, 1 - r.mean, &o),
                     BRG_OK);
    static const unsigned shares[] = {BRG_CAUSE_MEMORY, BRG_SHARE_SCHEDULE};
    for (int i = 0; i < 2; i++) {
        const brg_share *a = &exact.share[shares[i]], *b = &sampled.share[shares[i]];
        print_message("%s: x %.6f, sampled %.6f +- %.6f\n", brg_share_name(shares[i]), a->x, b->x,
                      b->x_stderr);
        assert_true(b->x_stderr > 0 && b->x_stderr < 0.05 * a->x);
        assert_double_near(b->x, a->x, 4 * b->x_stderr);
    }
    /* Without the wait that share is saved, to first order. */
    const brg_share *memory = &exact.share[BRG_CAUSE_MEMORY];
    print_message("saved without the wait %.5f +- %.5f\n", memory->saved_if_removed,
                  memory->saved_stderr);
    assert_true(memory->saved_if_removed > 3 * memory->saved_stderr);
    assert_double_near(memory->saved_if_removed, memory->x,
                       4 * memory->saved_stderr + 0.2 * memory->x);
    brg_attribution_clear(&exact);
    brg_attribution_clear(&sampled);
    brg_first_order_clear(&x);
    brg_replay_result_clear(&r);
    graded_close(&g);
}

static brg_tree_code good_code(void) {
    return (brg_tree_code){.address_width = 3,
                           .page_bits = 1,
                           .word_width = 2,
                           .distance = {7, 5, 3},
                           .register_distance = 9,
                           .physical_error = 1e-3,
                           .round_ps = 1100000};
}

static void test_noise_and_times(void **unused) {
    (void)unused;
    const brg_tree_code code = good_code();
    brg_noise noise;
    brg_encoded_noise rates;
    assert_int_equal(brg_tree_code_noise(&noise, &rates, &code), BRG_OK);
    assert_int_equal(noise.model, BRG_NOISE_ENCODED);
    assert_true(noise.encoded == &rates && rates.round_ps == 1100000);
    const double step = 1e-3 / 0.0102;
    assert_double_near(rates.layer_rate[0], 0.0274 * pow(step, 4), 1e-18);
    assert_double_near(rates.layer_rate[1], 0.0274 * pow(step, 3), 1e-18);
    assert_double_near(rates.layer_rate[2], 0.0274 * pow(step, 2), 1e-18);
    assert_double_near(rates.register_rate, 0.0274 * pow(step, 5), 1e-18);
    assert_double_near(brg_noise_encoded(&rates, 0.1, 2200000), 2 * 0.1 * 0.9, 1e-15);
    assert_double_near(brg_noise_encoded(&rates, 0.1, 0), 0, 0);

    brg_slice_ops ops = brg_slice_ops_none();
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 100);
    ops.latch = 7;
    ops.fetch = 0;
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 100);
    ops.route = 2; /* layers 1 and 2 */
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 5 * 1100000);
    assert_true(brg_tree_code_slice_ps(&code, &ops, 90000000) == 90000000);
    ops.route = 3;
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 7 * 1100000);
    ops = brg_slice_ops_none();
    ops.d_in = 0;
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 100);
    ops.d_in_page = 1;
    assert_true(brg_tree_code_slice_ps(&code, &ops, 100) == 9 * 1100000);
    assert_true(brg_tree_code_cswap_ps(&code, 100) == 7 * 1100000);
    assert_true(brg_tree_code_controlled_swap_ps(&code, 100) == 9 * 1100000);
}

static void test_resources(void **unused) {
    (void)unused;
    const brg_tree_code code = good_code();
    brg_tree_resources r;
    assert_int_equal(brg_tree_code_resources(&r, &code), BRG_OK);
    assert_int_equal(r.layer_patches[0], 2);
    assert_int_equal(r.layer_patches[1], 4);
    assert_int_equal(r.layer_patches[2], 8);
    assert_int_equal(r.layer_qubits[0], 2 * 97);
    assert_int_equal(r.layer_qubits[1], 4 * 49);
    assert_int_equal(r.layer_qubits[2], 8 * 17);
    assert_int_equal(r.register_patches, 6);
    assert_int_equal(r.register_qubits, 6 * 161);
    assert_int_equal(r.patches, 20);
    assert_int_equal(r.qubits, 194 + 196 + 136 + 966);
    /* The largest tree: 2(2^24 - 1) cells of 1921 qubits. */
    brg_tree_code large = {.address_width = 24,
                           .word_width = 1,
                           .register_distance = 31,
                           .physical_error = 1e-3,
                           .round_ps = 1};
    for (int l = 0; l < 24; l++) large.distance[l] = 31;
    assert_int_equal(brg_tree_code_resources(&r, &large), BRG_OK);
    assert_true(r.qubits == (2 * ((UINT64_C(1) << 24) - 1) + 25) * 1921);
}

static void test_refused(void **unused) {
    (void)unused;
    brg_tree_code bad[8];
    static const char *const expected[] = {"layer 1", "registers", "0 to 1",  "some time",
                                           "tree",    "tree",      "layer 2", "0 to 1"};
    for (int i = 0; i < 8; i++) bad[i] = good_code();
    bad[0].distance[1] = 4;
    bad[1].register_distance = 33;
    bad[2].physical_error = -1;
    bad[3].round_ps = 0;
    bad[4].address_width = 0;
    bad[5].word_width = 65;
    bad[6].distance[2] = 0;
    bad[7].physical_error = (double)NAN;
    for (int i = 0; i < 8; i++) {
        brg_diag *diag = NULL;
        brg_tree_resources r;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_tree_code_check(&bad[i], diag), BRG_EINPUT);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_non_null(strstr(brg_diag_message(diag, 0), expected[i]));
        assert_int_equal(brg_tree_code_resources(&r, &bad[i]), BRG_EINVAL);
        brg_diag_destroy(&diag);
    }
    /* Rates and routers that the noise model does not have. */
    brg_encoded_noise rates = {.layer_rate = {1e-3}, .round_ps = 1};
    brg_run_config c = {.qram = {BRG_THREE_LEVEL, 1, 1, 0},
                        .noise = {.model = BRG_NOISE_ENCODED, .encoded = &rates}};
    brg_trajectory *t = NULL;
    brg_density *d = NULL;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_EINVAL);
    c.qram.routers = BRG_TWO_LEVEL;
    rates.layer_rate[0] = 0.6;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_EINVAL);
    assert_int_equal(brg_density_new(&d, &c), BRG_EINVAL);
    rates.layer_rate[0] = 0.5;
    rates.round_ps = 0;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_EINVAL);
    c.noise.encoded = NULL;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_order),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_registers_and_waits),
        cmocka_unit_test(test_noise_and_times),
        cmocka_unit_test(test_engines),
        cmocka_unit_test(test_enumeration),
        cmocka_unit_test(test_sampled),
        cmocka_unit_test(test_resources),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
