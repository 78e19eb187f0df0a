/* SPDX-License-Identifier: Apache-2.0 */
/* Noise trajectories: where errors fall, damping against closed forms, the golden values. */
/* The draws are static functions; the test reads them here. */
#include <string.h>

#include "csim/trajectory.c"
#include "schedule.h"

static brg_run_config config_of(brg_routers routers, uint32_t n, uint32_t k, brg_noise noise) {
    return (brg_run_config){
        .qram = {routers, n, k, 0}, .input = {true, 0}, .noise = noise, .seed = test_seed(2024)};
}

static brg_noise timed(double t1_ns, double tphi_ns, bool registers) {
    return (brg_noise){
        .model = BRG_NOISE_TIMED, .t1_ns = t1_ns, .tphi_ns = tphi_ns, .noisy_registers = registers};
}

static brg_noise per_slice(brg_noise_kind kind, double probability) {
    return (brg_noise){.model = BRG_NOISE_PER_SLICE, .kind = kind, .probability = probability};
}

/* Where errors fall. */

static void chi_square(const uint64_t *bin, size_t bins, double total) {
    double x = 0;
    const double expected = total / (double)bins;
    for (size_t i = 0; i < bins; i++) x += pow((double)bin[i] - expected, 2) / expected;
    const double freedom = (double)bins - 1;
    print_message("chi-square %.1f with %.0f degrees of freedom\n", x, freedom);
    assert_true(expected >= 20);
    assert_true(fabs(x - freedom) < 5 * sqrt(2 * freedom));
}

/* per_slice errors: every cell, slice and kind equally often, as many as the probability says. */
static void histogram(brg_routers routers, brg_noise_kind kind, unsigned kinds) {
    enum { SLICES = 19, CELLS = 14, TRAJECTORIES = 4000 };
    const brg_run_config c = config_of(routers, 3, 1, per_slice(kind, 0.02));
    uint64_t cell[CELLS] = {0}, slice[SLICES] = {0}, of_kind[9] = {0}, total = 0, sites = 0;
    error_list list = {0, 0, NULL};
    assert_int_equal(brg_tree_cells(&c.qram), CELLS);
    assert_int_equal(schedule_slices(3, 1), SLICES);
    for (uint64_t t = 0; t < TRAJECTORIES; t++) {
        brg_stream s = brg_stream_make(c.seed, 0, t, BRG_PURPOSE_PAULI, 0);
        for (uint32_t i = 0; i < SLICES; i++) {
            const brg_slice one = {
                .slice = i + 1, .duration_ps = 1, .ops = schedule_ops(&c.qram, i + 1)};
            list.count = 0;
            assert_int_equal(draw_wait(&s, &c, &one, &list), BRG_OK);
            assert_int_equal(draw_operations(&s, &c, &one, &list), BRG_OK);
            assert_int_equal(draw_idle(&s, &c, &one, &list), BRG_OK);
            for (size_t e = 0; e < list.count; e++) {
                assert_true(e == 0 || list.error[e].cell > list.error[e - 1].cell);
                assert_false(list.error[e].flip);
                cell[list.error[e].cell]++;
                of_kind[3 * list.error[e].x + list.error[e].z]++;
                slice[i]++;
                total++;
            }
            sites += CELLS;
        }
    }
    free(list.error);
    const double expected = 0.02 * (double)sites;
    assert_double_near((double)total, expected, 5 * sqrt(expected));
    chi_square(cell, CELLS, (double)total);
    chi_square(slice, SLICES, (double)total);
    uint64_t seen[9];
    unsigned different = 0;
    for (int i = 0; i < 9; i++)
        if (of_kind[i]) seen[different++] = of_kind[i];
    assert_int_equal(different, kinds);
    assert_int_equal(of_kind[0], 0);
    if (kinds > 1) chi_square(seen, kinds, (double)total);
}

static void test_error_histograms(void **unused) {
    (void)unused;
    histogram(BRG_TWO_LEVEL, BRG_KIND_DEPOLARIZING, 3);
    histogram(BRG_TWO_LEVEL, BRG_KIND_X, 1);
    histogram(BRG_TWO_LEVEL, BRG_KIND_Z, 1);
    histogram(BRG_THREE_LEVEL, BRG_KIND_DEPOLARIZING, 8);
    histogram(BRG_THREE_LEVEL, BRG_KIND_PHASE, 2);
    histogram(BRG_THREE_LEVEL, BRG_KIND_SHIFT, 2);
}

/* The touched cells of every slice, listed literally from the operations. */
static void test_touched_cells(void **unused) {
    (void)unused;
    for (uint32_t n = 1; n <= 4; n++) {
        const brg_qram q = {BRG_TWO_LEVEL, n, n + 2, 0};
        for (uint32_t s = 1; s <= schedule_slices(n, n + 2); s++) {
            const brg_slice_ops o = schedule_ops(&q, s);
            bool touched[128] = {false};
            for (uint32_t l = 0; l < n; l++) {
                for (uint32_t i = 0; i < 1u << l; i++) {
                    const uint32_t node = brg_node(l, i);
                    const bool route = o.route >> l & 1u, latch = o.latch >> l & 1u;
                    const bool fetch = o.fetch >= 0 && l == n - 1;
                    if (route || latch || fetch)
                        touched[brg_cell_addr(node)] = touched[brg_cell_data(node)] = true;
                    if (route)
                        for (uint32_t side = 0; side < 2; side++)
                            touched[brg_cell_data(brg_node(l + 1, 2 * i + side))] = true;
                }
            }
            if (o.a_in >= 0) touched[brg_cell_address_qubit(&q, (uint32_t)o.a_in)] = true;
            if (o.a_out >= 0) touched[brg_cell_address_qubit(&q, (uint32_t)o.a_out)] = true;
            if (o.d_in >= 0) touched[brg_cell_bus_qubit(&q, (uint32_t)o.d_in)] = true;
            if (o.d_out >= 0) touched[brg_cell_bus_qubit(&q, (uint32_t)o.d_out)] = true;
            if (o.a_in >= 0 || o.a_out >= 0 || o.d_in >= 0 || o.d_out >= 0)
                touched[brg_cell_data(0)] = true;
            brg_touched t;
            assert_int_equal(brg_slice_ops_touch(&q, &o, &t), BRG_OK);
            uint64_t index = 0;
            for (uint32_t cell = 0; cell < brg_all_cells(&q); cell++)
                if (touched[cell]) assert_int_equal(touched_cell(&q, &t, index++), cell);
            assert_int_equal(touched_count(&t), index);
            assert_int_equal(touched_cell(&q, &t, index), UINT32_MAX);
        }
    }
}

/* Golden values. */

typedef struct golden {
    brg_routers routers;
    uint32_t n;
    double t1_ns, tphi_ns, stall_ns;
    bool registers;
    double gate_error;
    double fidelity;
    uint64_t trajectories;
} golden;

/* Exact values for slices of 100 ns, parity memory, uniform input, k = 1, the stall before Fetch.
 */
static const golden table[] = {
    {BRG_TWO_LEVEL, 1, 1e4, 2e4, 0, false, 0, 0.9519222504, 40000},
    {BRG_TWO_LEVEL, 1, 1e4, 2e4, 500, false, 0, 0.9074164491, 40000},
    {BRG_TWO_LEVEL, 1, 1e4, 2e4, 500, true, 0, 0.8826473343, 40000},
    {BRG_TWO_LEVEL, 2, 1e4, 2e4, 500, false, 0, 0.7683422935, 40000},
    {BRG_TWO_LEVEL, 1, 0, 0, 0, false, 1e-3, 0.9930283788, 200000},
    {BRG_TWO_LEVEL, 1, 0, 0, 0, true, 1e-3, 0.9930283788, 200000},
    {BRG_THREE_LEVEL, 1, 1e4, 2e4, 0, false, 0, 0.9072412451, 40000},
    {BRG_THREE_LEVEL, 1, 1e4, 2e4, 0, true, 0, 0.8460964467, 40000},
    {BRG_THREE_LEVEL, 2, 1e4, 2e4, 500, false, 0, 0.6171677231, 80000},
};

static void test_golden(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const golden *g = &table[i];
        brg_noise noise = timed(g->t1_ns, g->tphi_ns, g->registers);
        noise.gate_error = g->gate_error;
        const brg_run_config c = config_of(g->routers, g->n, 1, noise);
        brg_planes *memory = schedule_parity(g->n, 1);
        brg_timeline *t = schedule_timeline(&c.qram, memory, 1, 100000,
                                            (uint64_t)(1000 * g->stall_ns), BRG_CAUSE_MEMORY);
        brg_replay_result r;
        assert_int_equal(brg_replay(&r, t, &c, memory, g->trajectories, 2, NULL, NULL), BRG_OK);
        print_message("F = %.6f +- %.6f, exact %.10f (%+.2f)\n", r.mean, r.stderr_mean, g->fidelity,
                      (r.mean - g->fidelity) / r.stderr_mean);
        assert_true(r.stderr_mean < 0.002);
        assert_double_near(r.mean, g->fidelity, 3 * r.stderr_mean);
        brg_replay_result_clear(&r);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* A bus bit is in the tree for 2n slices; for address 0 nothing else is excited, so its error is
 * (1 - a^(2n))/2 with a = sqrt(1 - gamma). */
static void test_time_in_tree(void **unused) {
    (void)unused;
    const double gamma = 0.03;
    for (uint32_t n = 1; n <= 4; n++) {
        brg_run_config c = config_of(BRG_TWO_LEVEL, n, 1, per_slice(BRG_KIND_DAMPING, gamma));
        c.input = (brg_input){false, 0};
        brg_planes *memory = schedule_parity(n, 1);
        brg_timeline *t = schedule_timeline(&c.qram, memory, 1, 100000, 0, BRG_CAUSE_MEMORY);
        brg_replay_result r;
        assert_int_equal(brg_replay(&r, t, &c, memory, 20000, 2, NULL, NULL), BRG_OK);
        const double error = (1 - pow(sqrt(1 - gamma), 2 * n)) / 2;
        assert_double_near(1 - r.mean, error, 3 * r.stderr_mean);
        uint64_t wrong = 0;
        for (uint64_t i = 0; i < r.trajectories; i++) wrong += !r.outcomes[i].word_correct;
        const double deviation = sqrt(error * (1 - error) / (double)r.trajectories);
        assert_double_near((double)wrong / (double)r.trajectories, error, 3 * deviation);
        brg_replay_result_clear(&r);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* Damping of carriers that only wait: each survives with exp(-t/T1). */
static void test_carrier_survival(void **unused) {
    (void)unused;
    brg_run_config c = config_of(BRG_THREE_LEVEL, 2, 3, timed(1000, 0, true));
    brg_slice wait = {.slice = 1, .duration_ps = 100000, .data_version = -1};
    wait.ops = brg_slice_ops_none();
    wait.wait_ps[BRG_CAUSE_MEMORY] = 150000;
    wait.wait_ps[BRG_CAUSE_LATCH] = 50000;
    brg_planes *memory = schedule_parity(2, 3);
    brg_trajectory *t = NULL;
    enum { TRAJECTORIES = 20000, CARRIERS = 5 };
    uint64_t kept = 0, histogram_bins[CARRIERS + 1] = {0};
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_OK);
    for (uint64_t i = 0; i < TRAJECTORIES; i++) {
        brg_trajectory_reset(t, i);
        assert_int_equal(brg_trajectory_begin(t, 0), BRG_OK);
        assert_int_equal(brg_trajectory_slice(t, &wait, NULL), BRG_OK);
        assert_double_near(brg_trajectory_norm(t), 1, 1e-12);
        unsigned here = 0;
        for (uint32_t cell = brg_tree_cells(&c.qram); cell < brg_all_cells(&c.qram); cell++)
            here += brg_branches_value(t->state, 0, cell) != 0;
        histogram_bins[here]++;
        kept += here;
    }
    const double p = exp(-0.3);
    double x = 0, choose = 1;
    for (unsigned m = 0; m <= CARRIERS; m++) {
        const double expected = TRAJECTORIES * choose * pow(p, m) * pow(1 - p, CARRIERS - m);
        x += pow((double)histogram_bins[m] - expected, 2) / expected;
        choose = choose * (CARRIERS - m) / (m + 1);
    }
    assert_double_near((double)kept / TRAJECTORIES, CARRIERS * p,
                       4 * sqrt(CARRIERS * p * (1 - p) / TRAJECTORIES));
    assert_true(x < 5 + 5 * sqrt(10));
    brg_trajectory_destroy(&t);
    brg_planes_destroy(&memory);
}

/* The norm stays 1 and the observables in range, slice by slice, under every noise. */
static void test_norms(void **unused) {
    (void)unused;
    const brg_noise noises[] = {timed(3000, 5000, true), per_slice(BRG_KIND_DAMPING, 0.05),
                                per_slice(BRG_KIND_DEPOLARIZING, 0.02)};
    for (int model = 0; model < 2; model++) {
        for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
            brg_noise noise = noises[i];
            noise.gate_error = 0.01;
            const brg_run_config c = config_of((brg_routers)model, 3, 2, noise);
            brg_planes *memory = schedule_parity(3, 2);
            brg_timeline *line =
                schedule_timeline(&c.qram, memory, 1, 100000, 300000, BRG_CAUSE_MEMORY);
            brg_trajectory *t = NULL;
            assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_OK);
            for (uint64_t number = 0; number < 50; number++) {
                brg_outcome out;
                brg_trajectory_reset(t, number);
                assert_int_equal(brg_trajectory_begin(t, 0), BRG_OK);
                for (size_t s = 0; s < brg_timeline_slices(line); s++) {
                    assert_int_equal(brg_trajectory_slice(t, brg_timeline_slice(line, s), memory),
                                     BRG_OK);
                    assert_double_near(brg_trajectory_norm(t), 1, 1e-10);
                    for (uint32_t l = 0; l < 3; l++) {
                        const double cells = 2.0 * (1u << l);
                        const double population = brg_trajectory_population(t, l);
                        assert_true(population >= 0 && population <= cells + 1e-9);
                    }
                }
                assert_int_equal(brg_trajectory_end(t, memory, &out), BRG_OK);
                assert_true(out.fidelity >= 0 && out.fidelity <= 1);
                assert_true(out.empty_probability >= 0 && out.empty_probability <= 1);
                assert_true(out.readout < 4 && out.address < 8);
                assert_int_equal(out.word_correct,
                                 out.readout == brg_planes_word(memory, out.address));
            }
            brg_trajectory_destroy(&t);
            brg_timeline_destroy(&line);
            brg_planes_destroy(&memory);
        }
    }
}

static void test_order_of_calls(void **unused) {
    (void)unused;
    const brg_run_config c = config_of(BRG_TWO_LEVEL, 1, 1, (brg_noise){0});
    const brg_slice slice = {.slice = 1, .data_version = -1, .ops = schedule_ops(&c.qram, 1)};
    brg_planes *memory = schedule_parity(1, 1);
    brg_trajectory *t = NULL;
    brg_outcome out;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_OK);
    assert_int_equal(brg_trajectory_slice(t, &slice, NULL), BRG_ESTATE);
    assert_int_equal(brg_trajectory_end(t, memory, &out), BRG_ESTATE);
    assert_int_equal(brg_trajectory_begin(t, 0), BRG_OK);
    assert_int_equal(brg_trajectory_slice(t, &slice, NULL), BRG_OK);
    assert_int_equal(brg_trajectory_end(t, memory, &out), BRG_OK);
    assert_int_equal(brg_trajectory_slice(t, &slice, NULL), BRG_ESTATE);
    assert_int_equal(brg_trajectory_end(t, memory, &out), BRG_ESTATE);
    brg_trajectory_destroy(&t);

    static const struct {
        brg_routers routers;
        brg_noise noise;
    } bad[] = {
        {BRG_TWO_LEVEL, {.model = BRG_NOISE_TIMED, .t1_ns = -1}},
        {BRG_TWO_LEVEL, {.model = BRG_NOISE_TIMED, .t1_ns = NAN}},
        {BRG_TWO_LEVEL, {.model = BRG_NOISE_TIMED, .gate_error = 1.5}},
        {BRG_TWO_LEVEL, {.model = BRG_NOISE_PER_SLICE, .probability = -0.1}},
        {BRG_TWO_LEVEL, {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_PHASE}},
        {BRG_THREE_LEVEL, {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_X}},
        {BRG_THREE_LEVEL, {.model = (brg_noise_model)7}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const brg_run_config wrong = {.qram = {bad[i].routers, 1, 1, 0},
                                      .input = {true, 0},
                                      .noise = bad[i].noise,
                                      .seed = 1};
        assert_int_equal(brg_trajectory_new(&t, &wrong, 0), BRG_EINVAL);
        assert_null(t);
    }
    brg_planes_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_histograms), cmocka_unit_test(test_touched_cells),
        cmocka_unit_test(test_golden),           cmocka_unit_test(test_time_in_tree),
        cmocka_unit_test(test_carrier_survival), cmocka_unit_test(test_norms),
        cmocka_unit_test(test_order_of_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
