/* SPDX-License-Identifier: Apache-2.0 */
/* Paged queries: equal to the flat query without noise; with noise the density matrix against a
 * dense one of its own, and the trajectories against the density matrix. */
#include <string.h>

#include "csim/branch.h"
#include "csim/density.h"
#include "csim/pruned.h"
#include "csim/registers.h"
#include "dense_paged.h"
#include "schedule.h"

static double random_part(uint64_t *state) {
    return (double)(test_random(state) >> 11) / 9007199254740992.0 - 0.5;
}

/* Every address once, each with a random bus string and amplitude. */
static void random_registers(brg_register_entry *e, uint32_t m, uint32_t k, uint64_t *state) {
    const size_t count = (size_t)1 << m;
    double norm = 0;
    for (size_t a = 0; a < count; a++) {
        e[a] = (brg_register_entry){.address = a,
                                    .bus = test_random(state) & (((uint64_t)1 << k) - 1),
                                    .rest = test_random(state) & 7u,
                                    .re = random_part(state),
                                    .im = random_part(state)};
        norm += e[a].re * e[a].re + e[a].im * e[a].im;
    }
    for (size_t a = 0; a < count; a++) {
        e[a].re /= sqrt(norm);
        e[a].im /= sqrt(norm);
    }
}

static void run_slices(brg_trajectory *t, const brg_timeline *line) {
    for (size_t i = 0; i < brg_timeline_slices(line); i++) {
        const brg_slice *s = brg_timeline_slice(line, i);
        assert_int_equal(brg_trajectory_slice(t, s, brg_timeline_data(line, s->data_version)),
                         BRG_OK);
    }
}

/* One query over the table; out gets the register state. */
static size_t query(const brg_qram *q, const brg_planes *table, const brg_register_entry *in,
                    size_t count, brg_register_entry **out) {
    const brg_run_config config = {.qram = *q, .seed = 3};
    brg_timeline *line = schedule_timeline(q, table, 1, 100000, 0, BRG_CAUSE_MEMORY);
    assert_int_equal(brg_timeline_slices(line), brg_query_slices(q));
    brg_trajectory *t = NULL;
    assert_int_equal(brg_trajectory_new(&t, &config, 0), BRG_OK);
    assert_int_equal(brg_trajectory_begin_registers(t, 0, in, count), BRG_OK);
    run_slices(t, line);
    for (uint32_t l = 0; l < q->address_width; l++)
        assert_double_near(brg_trajectory_population(t, l), 0, 1e-24);
    size_t left = 0;
    assert_int_equal(brg_trajectory_end_registers(t, out, &left), BRG_OK);
    brg_trajectory_destroy(&t);
    brg_timeline_destroy(&line);
    return left;
}

static void test_equal_to_the_flat_query(void **unused) {
    (void)unused;
    uint64_t state = test_seed(21);
    static brg_register_entry in[256];
    unsigned compared = 0;
    for (int routers = 0; routers < 2; routers++)
        for (uint32_t k = 1; k <= 2; k++)
            for (uint32_t m = 1; m <= 8; m++) {
                const brg_qram flat = {(brg_routers)routers, m, k, 0};
                const size_t count = (size_t)1 << m;
                brg_planes *table = schedule_random(m, k, &state);
                brg_register_entry *expected = NULL;
                random_registers(in, m, k, &state);
                assert_int_equal(query(&flat, table, in, count, &expected), count);
                for (size_t a = 0; a < count; a++) {
                    assert_int_equal(expected[a].address, a);
                    assert_int_equal(expected[a].bus, in[a].bus ^ brg_planes_word(table, a));
                }
                for (uint32_t n = 1; n < m; n++) {
                    const brg_qram paged = {(brg_routers)routers, n, k, m - n};
                    brg_register_entry *out = NULL;
                    assert_int_equal(query(&paged, table, in, count, &out), count);
                    for (size_t a = 0; a < count; a++) {
                        assert_int_equal(out[a].address, a);
                        assert_int_equal(out[a].bus, expected[a].bus);
                        assert_int_equal(out[a].rest, expected[a].rest);
                        assert_double_near(out[a].re, expected[a].re, 1e-12);
                        assert_double_near(out[a].im, expected[a].im, 1e-12);
                    }
                    free(out);
                    compared++;
                }
                free(expected);
                brg_planes_destroy(&table);
            }
    assert_int_equal(compared, 2 * 2 * 28);
}

/* Both engines, uniform and basis input: fidelity 1, tree empty, the right word. */
static void test_outcomes(void **unused) {
    (void)unused;
    uint64_t state = test_seed(22);
    for (int routers = 0; routers < 2; routers++)
        for (int engine = BRG_BRANCH_FULL; engine <= BRG_BRANCH_PRUNED; engine++)
            for (int uniform = 0; uniform < 2; uniform++) {
                const brg_qram q = {(brg_routers)routers, 3, 2, 2}; /* K = 4 */
                assert_int_equal(brg_query_slices(&q), 6 * 3 + 2 * 2 * 4 - 1);
                const brg_run_config c = {.qram = q,
                                          .input = {uniform, test_random(&state) % 32},
                                          .seed = 5,
                                          .engine = (brg_branch_engine)engine};
                brg_planes *table = schedule_random(5, 2, &state);
                brg_timeline *line = schedule_timeline(&q, table, 2, 100000, 0, BRG_CAUSE_MEMORY);
                brg_replay_result r;
                assert_int_equal(brg_replay(&r, line, &c, table, 20, 1, NULL, NULL), BRG_OK);
                for (size_t i = 0; i < r.trajectories * r.queries; i++) {
                    assert_double_near(r.outcomes[i].fidelity, 1, 1e-12);
                    assert_double_near(r.outcomes[i].empty_probability, 1, 1e-12);
                    assert_true(r.outcomes[i].word_correct);
                    assert_int_equal(r.outcomes[i].readout,
                                     brg_planes_word(table, r.outcomes[i].address));
                    if (!uniform) assert_int_equal(r.outcomes[i].address, c.input.index);
                }
                /* Data of the wrong pages are seen. */
                brg_planes_set(table, 0, 9, !brg_planes_get(table, 0, 9));
                brg_run_config ask = c;
                ask.input = (brg_input){false, 9};
                brg_replay_result_clear(&r);
                assert_int_equal(brg_replay(&r, line, &ask, table, 1, 1, NULL, NULL), BRG_OK);
                assert_double_near(r.mean, 0, 1e-12);
                brg_replay_result_clear(&r);
                brg_timeline_destroy(&line);
                brg_planes_destroy(&table);
            }
}

/* What is still in the tree and what cannot be. */
static void test_refuses(void **unused) {
    (void)unused;
    brg_timeline *line = NULL;
    const brg_qram many = {BRG_TWO_LEVEL, 12, 1, 13}, large = {BRG_TWO_LEVEL, 13, 1, 12};
    assert_int_equal(brg_timeline_new(&line, "x", &many), BRG_EINVAL);
    assert_int_equal(brg_timeline_new(&line, "x", &large), BRG_EINVAL);
    const brg_qram q = {BRG_TWO_LEVEL, 2, 2, 2};
    brg_branches *b = NULL;
    assert_int_equal(brg_branches_new(&b, &q), BRG_OK);
    assert_int_equal(brg_branches_begin(b, &(brg_input){false, 16}), BRG_EINVAL);
    assert_int_equal(brg_branches_begin(b, &(brg_input){false, 15}), BRG_OK);
    brg_slice_ops o = brg_slice_ops_none();
    o.d_in = 1;
    o.d_in_page = 4;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o.d_in_page = 3;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_OK);
    o.d_out_page = 0; /* without d_out */
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o.d_out = 1; /* one bus qubit, two pages */
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_OK);
    o.d_out_page = 3;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o.d_out_page = -1;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    brg_branches_destroy(&b);
}

/* Noise. */

static const struct {
    const char *name;
    brg_noise noise;
} noises[] = {
    {"timed, ideal registers", {.model = BRG_NOISE_TIMED, .t1_ns = 10000, .tphi_ns = 20000}},
    {"timed, noisy registers",
     {.model = BRG_NOISE_TIMED, .t1_ns = 10000, .tphi_ns = 20000, .noisy_registers = true}},
    {"gate errors", {.model = BRG_NOISE_TIMED, .gate_error = 4e-3}},
    {"depolarizing", {.model = BRG_NOISE_PER_SLICE, .probability = 3e-3}},
};
enum { NOISES = sizeof noises / sizeof noises[0] };

static double density_of(const brg_run_config *c, const brg_timeline *line,
                         const brg_planes *table) {
    double f = NAN;
    assert_int_equal(brg_density_replay(line, c, table, &f, NULL), BRG_OK);
    return f;
}

static void dense_case(brg_routers routers, uint32_t page_bits, uint32_t k, int which,
                       uint64_t *state) {
    const brg_qram q = {routers, 1, k, page_bits};
    const brg_run_config c = {.qram = q, .input = {true, 0}, .noise = noises[which].noise};
    brg_planes *table = schedule_random(1 + page_bits, k, state);
    brg_timeline *line = schedule_timeline(&q, table, 1, 100000, 500000, BRG_CAUSE_MEMORY);
    dense d;
    dense_begin(&d, &q);
    for (size_t i = 0; i < brg_timeline_slices(line); i++) {
        const brg_slice *s = brg_timeline_slice(line, i);
        dense_slice(&d, s, brg_timeline_data(line, s->data_version), &c.noise);
    }
    const double expected = dense_fidelity(&d, table), f = density_of(&c, line, table);
    print_message("%s K=%u k=%u %-24s F %.10f\n", routers ? "three_level" : "two_level",
                  1u << page_bits, k, noises[which].name, f);
    assert_double_near(f, expected, 1e-10);
    assert_true(f < 0.999 && f > 0.2);
    dense_end(&d);
    brg_timeline_destroy(&line);
    brg_planes_destroy(&table);
}

static void test_density_is_the_dense_matrix(void **unused) {
    (void)unused;
    uint64_t state = test_seed(23);
    for (int which = 0; which < NOISES; which++) {
        dense_case(BRG_TWO_LEVEL, 1, 1, which, &state);
        dense_case(BRG_TWO_LEVEL, 1, 2, which, &state);
        dense_case(BRG_TWO_LEVEL, 2, 1, which, &state);
        dense_case(BRG_THREE_LEVEL, 1, 1, which, &state);
    }
}

static void test_trajectories_meet_the_density_matrix(void **unused) {
    (void)unused;
    uint64_t state = test_seed(24);
    double sum = 0;
    unsigned count = 0;
    for (int routers = 0; routers < 2; routers++)
        for (uint32_t page_bits = 1; page_bits <= 2; page_bits++)
            for (int which = 0; which < NOISES; which++) {
                const brg_qram q = {(brg_routers)routers, 1, 1, page_bits};
                /* Errors that shift levels of a larger three_level tree fill the matrix. */
                if (routers == BRG_THREE_LEVEL && page_bits == 2 && which > 1) continue;
                const brg_run_config c = {.qram = q,
                                          .input = {true, 0},
                                          .noise = noises[which].noise,
                                          .seed = 77 + count};
                brg_planes *table = schedule_random(1 + page_bits, 1, &state);
                brg_timeline *line =
                    schedule_timeline(&q, table, 1, 100000, 500000, BRG_CAUSE_MEMORY);
                const double f = density_of(&c, line, table);
                brg_replay_result r;
                assert_int_equal(brg_replay(&r, line, &c, table, 20000, 2, NULL, NULL), BRG_OK);
                const double deviation = (r.mean - f) / r.stderr_mean;
                print_message("%s K=%u %-24s F %.8f  trajectories %.8f +- %.8f (%+.2f)\n",
                              routers ? "three_level" : "two_level", 1u << page_bits,
                              noises[which].name, f, r.mean, r.stderr_mean, deviation);
                assert_true(r.stderr_mean > 0);
                assert_double_near(deviation, 0, 4);
                sum += deviation;
                count++;
                brg_replay_result_clear(&r);
                brg_timeline_destroy(&line);
                brg_planes_destroy(&table);
            }
    assert_double_near(sum / sqrt((double)count), 0, 3);
}

/* Full and pruned give the same outcomes, also where a page qubit errs. */
static void test_full_is_pruned(void **unused) {
    (void)unused;
    uint64_t state = test_seed(25);
    unsigned imperfect = 0;
    for (unsigned round = 0; round < 24; round++) {
        const uint32_t n = 1 + round % 4, page_bits = 1 + round / 4 % 3;
        const brg_qram q = {(brg_routers)(round & 1), n, 1 + round % 2, page_bits};
        brg_run_config c = {.qram = q,
                            .input = {true, 0},
                            .noise = noises[round / 2 % NOISES].noise,
                            .seed = test_random(&state)};
        brg_planes *table = schedule_random(n + page_bits, q.word_width, &state);
        brg_timeline *line = schedule_timeline(&q, table, 1, 100000, 500000, BRG_CAUSE_MEMORY);
        brg_replay_result full, pruned;
        assert_int_equal(brg_replay(&full, line, &c, table, 60, 1, NULL, NULL), BRG_OK);
        c.engine = BRG_BRANCH_PRUNED;
        assert_int_equal(brg_replay(&pruned, line, &c, table, 60, 1, NULL, NULL), BRG_OK);
        for (size_t i = 0; i < 60; i++) {
            const brg_outcome *a = &full.outcomes[i], *b = &pruned.outcomes[i];
            assert_double_near(a->fidelity, b->fidelity, 1e-12);
            assert_double_near(a->empty_probability, b->empty_probability, 1e-12);
            assert_int_equal(a->address, b->address);
            assert_int_equal(a->readout, b->readout);
            imperfect += a->fidelity < 1 - 1e-9;
        }
        brg_replay_result_clear(&full);
        brg_replay_result_clear(&pruned);
        brg_timeline_destroy(&line);
        brg_planes_destroy(&table);
    }
    assert_true(imperfect > 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_to_the_flat_query),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_density_is_the_dense_matrix),
        cmocka_unit_test(test_trajectories_meet_the_density_matrix),
        cmocka_unit_test(test_full_is_pruned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
