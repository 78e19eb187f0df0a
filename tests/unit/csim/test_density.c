/* SPDX-License-Identifier: Apache-2.0 */
/* The density engine: channels, noiseless queries, trace, observables, misuse. */
#include <complex.h>
#include <math.h>

#include "csim/branch.h"
#include "csim/density.h"
#include "csim/density_internal.h"
#include "exact_schedule.h"
#include "test.h"

static const brg_noise NO_NOISE = {.model = BRG_NOISE_NONE};

static void assert_complete(const brg_kraus *k) {
    assert_in_range(k->count, 1, BRG_KRAUS_MAX);
    for (unsigned r = 0; r < k->levels; r++) {
        for (unsigned c = 0; c < k->levels; c++) {
            double complex sum = 0.0;
            for (unsigned i = 0; i < k->count; i++)
                for (unsigned m = 0; m < k->levels; m++)
                    sum += conj(k->op[i][m][r]) * k->op[i][m][c];
            assert_double_near(creal(sum), r == c ? 1.0 : 0.0, 1e-12);
            assert_double_near(cimag(sum), 0.0, 1e-12);
        }
    }
}

static void kraus_lists_are_complete(void **state) {
    (void)state;
    static const double probability[] = {0.0, 1e-15, 1e-4, 0.3, 0.5, 0.9, 1.0};
    const size_t count = sizeof probability / sizeof *probability;
    brg_kraus k;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        const brg_routers r = (brg_routers)routers;
        for (size_t i = 0; i < count; i++) {
            brg_kraus_depolarizing(&k, r, probability[i]);
            assert_int_equal(k.count, r == BRG_TWO_LEVEL ? 4 : 9);
            assert_complete(&k);
            for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                brg_kraus_per_slice(&k, r, (brg_noise_kind)kind, probability[i]);
                assert_complete(&k);
            }
            for (size_t j = 0; j < count; j++) {
                brg_kraus_idle(&k, r, probability[i], probability[j]);
                assert_complete(&k);
            }
        }
    }
}

/* The physics of an idle, level by level: what stays, what is lost, what dephases. */
static void idle_channel_has_the_stated_elements(void **state) {
    (void)state;
    const double gamma = 0.36, p = 0.1;
    brg_kraus k;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        brg_kraus_idle(&k, (brg_routers)routers, gamma, p);
        const unsigned top = k.levels - 1u;
        for (unsigned r = 0; r < k.levels; r++) {
            for (unsigned c = 0; c < k.levels; c++) {
                /* rho = |r><c| in; its own element and the ground population out. */
                double complex own = 0.0, ground = 0.0;
                for (unsigned i = 0; i < k.count; i++) {
                    own += k.op[i][r][r] * conj(k.op[i][c][c]);
                    ground += k.op[i][0][r] * conj(k.op[i][0][c]);
                }
                double expected = 1.0;
                if (r > 0u) expected *= 0.8; /* sqrt(1 - gamma) */
                if (c > 0u) expected *= 0.8;
                if ((r == top) != (c == top)) expected *= 1.0 - 2.0 * p;
                assert_double_near(creal(own), expected, 1e-14);
                assert_double_near(cimag(own), 0.0, 1e-14);
                if (r == c && r > 0u) assert_double_near(creal(ground), gamma, 1e-14);
                if (r != c && r > 0u && c > 0u) assert_double_near(cabs(ground), 0.0, 1e-14);
            }
        }
    }
}

/* One query; checks the trace after every slice. Returns the fidelity. */
static double run(const brg_run_config *config, const brg_planes *image, double stall_ns) {
    brg_density *d = NULL;
    double fidelity = NAN;
    assert_int_equal(brg_density_new(&d, config), BRG_OK);
    assert_int_equal(brg_density_begin(d), BRG_OK);
    const int fetch = 3 * (int)config->qram.address_width + 1;
    for (int s = 1; s <= exact_slice_count(&config->qram); s++) {
        const brg_slice slice = exact_slice(&config->qram, s, 100.0, fetch, stall_ns);
        assert_int_equal(brg_density_slice(d, &slice, image), BRG_OK);
        assert_double_near(brg_density_trace(d), 1.0, 1e-12);
    }
    const double bytes = 64.0 * (double)brg_density_entries(d);
    assert_true(bytes <= brg_density_bytes(config));
    assert_int_equal(brg_density_fidelity(d, image, &fidelity), BRG_OK);
    brg_density_destroy(&d);
    assert_null(d);
    return fidelity;
}

static void noiseless_queries_are_exact(void **state) {
    (void)state;
    uint64_t random = test_seed(17);
    /* k = 1, 2 and k >= n + 1, where a D-out and a D-in meet in one slice. */
    static const struct {
        uint32_t n, k;
    } shape[] = {{1, 1}, {1, 2}, {1, 4}, {2, 1}, {2, 2}, {2, 3}, {2, 5}, {3, 2}};
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (size_t i = 0; i < sizeof shape / sizeof *shape; i++) {
            const brg_qram q = {(brg_routers)routers, shape[i].n, shape[i].k, 0};
            brg_planes *image = NULL, *other = NULL;
            assert_int_equal(brg_planes_new(&image, q.address_width, q.word_width), BRG_OK);
            assert_int_equal(brg_planes_new(&other, q.address_width, q.word_width), BRG_OK);
            const uint64_t cells = (uint64_t)1 << q.address_width;
            for (uint32_t j = 0; j < q.word_width; j++) {
                for (uint64_t c = 0; c < cells; c++) {
                    const bool bit = test_random(&random) >> 63;
                    brg_planes_set(image, j, c, bit);
                    brg_planes_set(other, j, c, j == 0 && c == 0 ? !bit : bit);
                }
            }
            brg_run_config config = {.qram = q, .input = {.uniform = true}, .noise = NO_NOISE};
            assert_double_near(run(&config, image, 0.0), 1.0, 1e-12);
            config.input.uniform = false;
            for (config.input.index = 0; config.input.index < cells; config.input.index++)
                assert_double_near(run(&config, image, 500.0), 1.0, 1e-12);

            /* Against an answer that is wrong at one address of N: (1 - 1/N)^2. */
            brg_density *d = NULL;
            double fidelity = NAN;
            config.input = (brg_input){.uniform = true};
            assert_int_equal(brg_density_new(&d, &config), BRG_OK);
            assert_int_equal(brg_density_begin(d), BRG_OK);
            for (int s = 1; s <= exact_slice_count(&q); s++) {
                const brg_slice slice = exact_slice(&q, s, 100.0, 0, 0.0);
                assert_int_equal(brg_density_slice(d, &slice, image), BRG_OK);
            }
            assert_int_equal(brg_density_fidelity(d, other, &fidelity), BRG_OK);
            assert_double_near(fidelity, pow(1.0 - 1.0 / (double)cells, 2.0), 1e-12);
            for (uint32_t l = 0; l < q.address_width; l++)
                assert_double_near(brg_density_population(d, l), 0.0, 1e-12);
            brg_density_destroy(&d);
            brg_planes_destroy(&other);
            brg_planes_destroy(&image);
        }
    }
}

static void trace_is_kept_under_all_noise(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= (routers == BRG_TWO_LEVEL ? 2u : 1u); n++) {
            for (uint32_t k = 1; k <= 2; k++) {
                brg_planes *image = NULL;
                assert_int_equal(brg_planes_new(&image, n, k), BRG_OK);
                exact_parity_image(image);
                brg_run_config config = {.qram = {(brg_routers)routers, n, k},
                                         .input = {.uniform = true}};
                config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                           .t1_ns = 3e3,
                                           .tphi_ns = 5e3,
                                           .noisy_registers = true,
                                           .gate_error = 0.02};
                assert_in_range((int)(1e6 * run(&config, image, 700.0)), 1, 999999);
                for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                    const bool two = kind == BRG_KIND_X || kind == BRG_KIND_Z;
                    const bool three = kind == BRG_KIND_PHASE || kind == BRG_KIND_SHIFT;
                    if ((two && routers == BRG_THREE_LEVEL) || (three && routers == BRG_TWO_LEVEL))
                        continue;
                    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE,
                                               .gate_error = 0.01,
                                               .kind = (brg_noise_kind)kind,
                                               .probability = 0.03};
                    assert_in_range((int)(1e6 * run(&config, image, 0.0)), 1, 999999);
                }
                brg_planes_destroy(&image);
            }
        }
    }
}

/* A carrier parked in the root's data cell: populations and decay without a schedule. */
static void population_decays_as_stated(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        brg_run_config config = {.qram = {(brg_routers)routers, 2, 1}, .input = {.index = 2}};
        config.noise = (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = 1000.0};
        brg_density *d = NULL;
        assert_int_equal(brg_density_new(&d, &config), BRG_OK);
        assert_int_equal(brg_density_begin(d), BRG_OK);
        brg_slice slice = {.slice = 1, .duration_ps = 250000, .data_version = -1};
        slice.ops = brg_slice_ops_none();
        slice.ops.a_in = 0;
        slice.wait_ps[BRG_CAUSE_HOST] = 1000000; /* before the carrier enters: no decay */
        assert_int_equal(brg_density_slice(d, &slice, NULL), BRG_OK);
        assert_double_near(brg_density_population(d, 0), exp(-0.25), 1e-14);
        slice.ops = brg_slice_ops_none();
        slice.wait_ps[BRG_CAUSE_HOST] = 300000;
        slice.wait_ps[BRG_CAUSE_MEMORY] = 200000;
        assert_int_equal(brg_density_slice(d, &slice, NULL), BRG_OK);
        assert_double_near(brg_density_population(d, 0), exp(-1.0), 1e-14);
        assert_double_near(brg_density_population(d, 1), 0.0, 1e-14);
        assert_double_near(brg_density_trace(d), 1.0, 1e-12);
        brg_density_destroy(&d);
    }
}

/* An idle router leaves its data alone (three_level) or sends it left (two_level). */
static void idle_routers_do_as_stated(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        const bool three = routers == BRG_THREE_LEVEL;
        const brg_run_config config = {.qram = {(brg_routers)routers, 2, 1}, .input = {.index = 3}};
        brg_density *d = NULL;
        assert_int_equal(brg_density_new(&d, &config), BRG_OK);
        assert_int_equal(brg_density_begin(d), BRG_OK);
        brg_slice slice = {.slice = 1, .data_version = -1, .ops = brg_slice_ops_none()};
        slice.ops.a_in = 0;
        assert_int_equal(brg_density_slice(d, &slice, NULL), BRG_OK);
        slice.ops = brg_slice_ops_none();
        slice.ops.route = 1u;
        assert_int_equal(brg_density_slice(d, &slice, NULL), BRG_OK);
        assert_double_near(brg_density_population(d, 0), three ? 1.0 : 0.0, 0.0);
        assert_double_near(brg_density_population(d, 1), three ? 0.0 : 1.0, 0.0);
        brg_density_destroy(&d);
    }
}

/* Operations in any order, far from the schedule, so that carriers meet idle and wrong routers:
 * the branch engine must see the same populations and the same fidelity. */
static brg_slice_ops random_ops(const brg_qram *q, uint64_t *random) {
    brg_slice_ops ops = brg_slice_ops_none();
    const int16_t i = (int16_t)(test_random(random) % q->address_width);
    const int16_t j = (int16_t)(test_random(random) % q->word_width);
    switch (test_random(random) % 8) {
        case 0:
            ops.a_in = i;
            break;
        case 1:
            ops.a_out = i;
            break;
        case 2:
            ops.d_in = j;
            ops.basis_in = q->routers == BRG_TWO_LEVEL;
            break;
        case 3:
            ops.d_out = j;
            ops.basis_out = q->routers == BRG_TWO_LEVEL;
            break;
        case 4:
            ops.latch = 1u << i;
            break;
        case 5:
            ops.fetch = j;
            break;
        default:
            if (q->address_width > 1u) ops.route = 1u << ((uint32_t)i % (q->address_width - 1u));
            break;
    }
    return ops;
}

static void any_operations_agree_with_branches(void **state) {
    (void)state;
    uint64_t random = test_seed(23);
    for (int round = 0; round < 120; round++) {
        const brg_run_config config = {
            .qram = {round % 2 ? BRG_THREE_LEVEL : BRG_TWO_LEVEL, 1u + (uint32_t)round / 2u % 3u,
                     1u + (uint32_t)round % 3u},
            .input = {.uniform = round % 5 != 0, .index = 1}};
        brg_planes *image = NULL;
        brg_density *d = NULL;
        brg_branches *b = NULL;
        assert_int_equal(brg_planes_new(&image, config.qram.address_width, config.qram.word_width),
                         BRG_OK);
        exact_parity_image(image);
        assert_int_equal(brg_density_new(&d, &config), BRG_OK);
        assert_int_equal(brg_branches_new(&b, &config.qram), BRG_OK);
        assert_int_equal(brg_density_begin(d), BRG_OK);
        assert_int_equal(brg_branches_begin(b, &config.input), BRG_OK);
        for (int s = 0; s < 40; s++) {
            brg_slice slice = {.slice = 1, .ops = random_ops(&config.qram, &random)};
            slice.data_version = slice.ops.fetch >= 0 ? 0 : -1;
            assert_int_equal(brg_density_slice(d, &slice, image), BRG_OK);
            assert_int_equal(brg_branches_apply(b, &slice.ops, image), BRG_OK);
            double exact = NAN, branch = NAN;
            assert_int_equal(brg_density_fidelity(d, image, &exact), BRG_OK);
            assert_int_equal(brg_branches_fidelity(b, &config.input, image, &branch), BRG_OK);
            assert_double_near(branch, exact, 1e-12);
            for (uint32_t l = 0; l < config.qram.address_width; l++)
                assert_double_near(brg_branches_population(b, l), brg_density_population(d, l),
                                   1e-12);
        }
        brg_branches_destroy(&b);
        brg_density_destroy(&d);
        brg_planes_destroy(&image);
    }
}

/* Counts its calls and stops at the one whose number it is given. */
static int count_slices(void *user, uint64_t done, uint64_t total) {
    uint64_t *at = user;
    at[0]++;
    assert_int_equal(done, at[0]);
    assert_int_equal(total, at[2]);
    return at[0] == at[1];
}

static void each_query_begins_afresh(void **state) {
    (void)state;
    const brg_qram q = {BRG_THREE_LEVEL, 2, 1, 0};
    brg_planes *image = NULL;
    brg_timeline *one = NULL, *three = NULL;
    assert_int_equal(brg_planes_new(&image, 2, 1), BRG_OK);
    exact_parity_image(image);
    assert_int_equal(exact_timeline(&one, &q, image, 1, 100.0, 7, 500.0), BRG_OK);
    assert_int_equal(exact_timeline(&three, &q, image, 3, 100.0, 7, 500.0), BRG_OK);
    brg_run_config config = {.qram = q, .input = {.uniform = true}};
    config.noise = (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = 1e4, .tphi_ns = 2e4};
    double mean = NAN, single = NAN, each[3] = {NAN, NAN, NAN};
    assert_int_equal(brg_density_replay(one, &config, image, &single, NULL), BRG_OK);
    assert_int_equal(brg_density_replay(three, &config, image, &mean, each), BRG_OK);
    assert_double_near(mean, single, 1e-14);
    for (int i = 0; i < 3; i++) assert_double_near(each[i], single, 1e-14);
    double watched = NAN;
    uint64_t at[3] = {0, 0, brg_timeline_slices(three)};
    assert_int_equal(
        brg_density_replay_watched(three, &config, image, &watched, NULL, count_slices, at),
        BRG_OK);
    assert_int_equal(at[0], at[2]);
    assert_double_near(watched, mean, 0);
    at[0] = 0;
    at[1] = at[2] / 2;
    assert_int_equal(
        brg_density_replay_watched(three, &config, image, &watched, NULL, count_slices, at),
        BRG_ESTATE);
    assert_int_equal(at[0], at[1]);
    config.qram.word_width = 2;
    assert_int_equal(brg_density_replay(one, &config, image, &single, NULL), BRG_EINVAL);
    brg_timeline_destroy(&three);
    brg_timeline_destroy(&one);
    brg_planes_destroy(&image);
}

static void misuse_is_refused(void **state) {
    (void)state;
    brg_density *d = NULL;
    brg_planes *image = NULL;
    double f;
    brg_run_config config = {.qram = {BRG_TWO_LEVEL, 2, 1}, .input = {.uniform = true}};
    const brg_run_config good = config;
    assert_int_equal(brg_planes_new(&image, 2, 1), BRG_OK);
    assert_int_equal(brg_density_new(NULL, &config), BRG_EINVAL);
    assert_int_equal(brg_density_new(&d, NULL), BRG_EINVAL);
    config.qram.address_width = 0;
    assert_int_equal(brg_density_new(&d, &config), BRG_EINVAL);
    config = good;
    config.input = (brg_input){.uniform = false, .index = 4};
    assert_int_equal(brg_density_new(&d, &config), BRG_EINVAL);
    config = good;
    config.noise = (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = NAN};
    assert_int_equal(brg_density_new(&d, &config), BRG_EINVAL);
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_SHIFT};
    assert_int_equal(brg_density_new(&d, &config), BRG_EINVAL);
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = 1.5};
    assert_int_equal(brg_density_new(&d, &config), BRG_EINVAL);
    /* Strings beyond 64 bits, and a matrix beyond any memory. */
    config = good;
    config.qram.address_width = 6;
    assert_int_equal(brg_density_new(&d, &config), BRG_ENOMEM);
    config.qram = (brg_qram){BRG_TWO_LEVEL, 4, 4, 0};
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = 0.1};
    assert_int_equal(brg_density_new(&d, &config), BRG_ENOMEM);
    assert_null(d);

    assert_int_equal(brg_density_new(&d, &good), BRG_OK);
    brg_slice slice = exact_slice(&good.qram, 7, 100.0, 0, 0.0);
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_ESTATE);
    assert_int_equal(brg_density_fidelity(d, image, &f), BRG_ESTATE);
    assert_int_equal(brg_density_begin(d), BRG_OK);
    assert_int_equal(brg_density_slice(d, &slice, NULL), BRG_EINVAL); /* fetch without data */
    slice.ops = brg_slice_ops_none();
    slice.ops.d_in = 1;
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_EINVAL);
    slice.ops.d_in = 0;
    slice.ops.a_in = 0; /* both at root.data */
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_EINVAL);
    slice.ops = brg_slice_ops_none();
    slice.ops.route = 1u << 1; /* the last layer has no children */
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_EINVAL);
    slice.ops.route = 1u;
    slice.ops.latch = 2u;
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_EINVAL);
    slice.ops = brg_slice_ops_none();
    slice.ops.basis_in = true;
    assert_int_equal(brg_density_slice(d, &slice, image), BRG_EINVAL);
    /* A refused slice leaves the state as it was. */
    assert_double_near(brg_density_trace(d), 1.0, 1e-14);
    assert_int_equal(brg_density_entries(d), 16);
    assert_int_equal(brg_density_fidelity(d, NULL, &f), BRG_EINVAL);
    brg_density_destroy(&d);
    brg_density_destroy(&d);
    brg_density_destroy(NULL);
    brg_planes_destroy(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kraus_lists_are_complete),
        cmocka_unit_test(idle_channel_has_the_stated_elements),
        cmocka_unit_test(noiseless_queries_are_exact),
        cmocka_unit_test(trace_is_kept_under_all_noise),
        cmocka_unit_test(population_decays_as_stated),
        cmocka_unit_test(idle_routers_do_as_stated),
        cmocka_unit_test(any_operations_agree_with_branches),
        cmocka_unit_test(each_query_begins_afresh),
        cmocka_unit_test(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
