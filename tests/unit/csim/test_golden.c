/* SPDX-License-Identifier: Apache-2.0 */
/* The exact fidelities of docs/density.md by the density engine, and the two independent slice
 * tables of the tests against each other. */
#include <math.h>

#include "csim/density.h"
#include "exact_schedule.h"
#include "schedule.h"

static double fidelity(const brg_qram *q, const brg_noise *noise, double stall_ns) {
    const brg_run_config config = {.qram = *q, .input = {.uniform = true}, .noise = *noise};
    brg_planes *image = NULL;
    brg_timeline *t = NULL;
    double f = NAN;
    assert_int_equal(brg_planes_new(&image, q->address_width, q->word_width), BRG_OK);
    exact_parity_image(image);
    const int fetch = 3 * (int)q->address_width + 1;
    assert_int_equal(exact_timeline(&t, q, image, 1, 100.0, fetch, stall_ns), BRG_OK);
    assert_int_equal(brg_density_replay(t, &config, image, &f, NULL), BRG_OK);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&image);
    return f;
}

static void timed_values(void **state) {
    (void)state;
    static const struct {
        brg_routers routers;
        uint32_t n;
        double stall_ns;
        bool registers;
        double f;
    } row[] = {
        {BRG_TWO_LEVEL, 1, 0, false, 0.9519222504},
        {BRG_TWO_LEVEL, 1, 500, false, 0.9074164491},
        {BRG_TWO_LEVEL, 1, 500, true, 0.8826473343},
        {BRG_TWO_LEVEL, 2, 500, false, 0.7683422935},
        {BRG_THREE_LEVEL, 1, 0, false, 0.9072412451},
        {BRG_THREE_LEVEL, 1, 0, true, 0.8460964467},
        {BRG_THREE_LEVEL, 2, 500, false, 0.6171677231},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const brg_qram q = {row[i].routers, row[i].n, 1, 0};
        const brg_noise noise = {.model = BRG_NOISE_TIMED,
                                 .t1_ns = 1e4,
                                 .tphi_ns = 2e4,
                                 .noisy_registers = row[i].registers};
        assert_double_near(fidelity(&q, &noise, row[i].stall_ns), row[i].f, 1e-10);
    }
}

/* The value tells that a swap with a register depolarizes the register qubit too (without it
 * F would be 0.995014), whether or not registers idle noisily. */
static void gate_error_value(void **state) {
    (void)state;
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    for (int registers = 0; registers <= 1; registers++) {
        const brg_noise noise = {
            .model = BRG_NOISE_TIMED, .noisy_registers = registers != 0, .gate_error = 1e-3};
        assert_double_near(fidelity(&q, &noise, 0), 0.9930283788, 1e-10);
        assert_double_near(fidelity(&q, &noise, 500), 0.9930283788, 1e-10);
    }
}

/* Input basis:0, damping per slice: with a = sqrt(1 - gamma) the bus bit is in error with
 * (1 - a^(2n))/2. With an all-zero memory and only |0> addresses nothing but the bus decays. */
static void time_in_the_tree(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 3; n++) {
        const double gamma = 0.02;
        const brg_run_config config = {
            .qram = {BRG_TWO_LEVEL, n, 1},
            .noise = {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_DAMPING, .probability = gamma},
        };
        brg_planes *image = NULL;
        brg_timeline *t = NULL;
        double f = NAN;
        assert_int_equal(brg_planes_new(&image, n, 1), BRG_OK);
        assert_int_equal(exact_timeline(&t, &config.qram, image, 1, 100.0, 0, 0.0), BRG_OK);
        assert_int_equal(brg_density_replay(t, &config, image, &f, NULL), BRG_OK);
        assert_double_near(f, 1.0 - (1.0 - pow(sqrt(1.0 - gamma), 2.0 * n)) / 2.0, 1e-12);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&image);
    }
}

static void slice_tables_agree(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= 16; n++) {
            for (uint32_t k = 1; k <= 2 * n + 3; k++) {
                const brg_qram q = {(brg_routers)routers, n, k, 0};
                assert_int_equal(exact_slice_count(&q), schedule_slices(n, k));
                for (int s = 1; s <= exact_slice_count(&q); s++) {
                    const brg_slice_ops a = exact_ops(&q, s), b = schedule_ops(&q, (uint32_t)s);
                    assert_int_equal(a.route, b.route);
                    assert_int_equal(a.latch, b.latch);
                    assert_int_equal(a.unlatch, b.unlatch);
                    assert_int_equal(a.basis_in, b.basis_in);
                    assert_int_equal(a.basis_out, b.basis_out);
                    assert_int_equal(a.a_in, b.a_in);
                    assert_int_equal(a.a_out, b.a_out);
                    assert_int_equal(a.d_in, b.d_in);
                    assert_int_equal(a.d_out, b.d_out);
                    assert_int_equal(a.fetch, b.fetch);
                }
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timed_values),
        cmocka_unit_test(gate_error_value),
        cmocka_unit_test(time_in_the_tree),
        cmocka_unit_test(slice_tables_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
