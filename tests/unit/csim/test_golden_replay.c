/* SPDX-License-Identifier: Apache-2.0 */
/* Trajectories within 3 standard errors of the density matrix, n <= 2. With the argument `slow`
 * only the one case whose density matrix takes half a minute. */
#include <string.h>

#include "golden_replay.h"

static double compare(const brg_run_config *config, double stall_ns, uint64_t trajectories) {
    brg_planes *image = NULL;
    brg_timeline *t = golden_timeline(&config->qram, stall_ns, &image);
    double f = NAN;
    char name[64];
    assert_int_equal(brg_density_replay(t, config, image, &f, NULL), BRG_OK);
    const double deviation = assert_replay_near(config, t, image, trajectories, f, 0.0,
                                                golden_name(name, sizeof name, config));
    brg_timeline_destroy(&t);
    brg_planes_destroy(&image);
    return deviation;
}

/* Every comparison has its own seed, so that their deviations are independent. */
static void per_slice_kinds(void **state) {
    (void)state;
    const uint64_t seed = test_seed(2024);
    double sum = 0.0;
    unsigned count = 0;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= 2; n++) {
            for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                if (!golden_has((brg_routers)routers, (brg_noise_kind)kind)) continue;
                if (n == 2 && kind == BRG_KIND_SHIFT) continue; /* half a minute: the slow run */
                for (int i = 0; i < 2; i++) {
                    const brg_run_config config = {
                        .qram = {(brg_routers)routers, n, 1},
                        .input = {.uniform = true},
                        .noise = {.model = BRG_NOISE_PER_SLICE,
                                  .kind = (brg_noise_kind)kind,
                                  .probability = i ? 1e-4 : 1e-3},
                        .seed = seed + count,
                    };
                    sum += compare(&config, 0.0, 60000);
                    count++;
                }
            }
        }
    }
    assert_unbiased(sum, count);
}

static void shift_of_two_layers(void **state) {
    (void)state;
    const uint64_t seed = test_seed(2024);
    for (int i = 0; i < 2; i++) {
        const brg_run_config config = {
            .qram = {BRG_THREE_LEVEL, 2, 1},
            .input = {.uniform = true},
            .noise = {.model = BRG_NOISE_PER_SLICE,
                      .kind = BRG_KIND_SHIFT,
                      .probability = i ? 1e-4 : 1e-3},
            .seed = seed,
        };
        compare(&config, 0.0, 20000);
    }
}

static void timed_with_stall_and_gate_errors(void **state) {
    (void)state;
    const uint64_t seed = test_seed(7);
    double sum = 0.0;
    unsigned count = 0;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= 2; n++) {
            for (int i = 0; i < 4; i++) {
                brg_run_config config = {.qram = {(brg_routers)routers, n, n == 1 ? 2u : 1u},
                                         .input = {.uniform = true},
                                         .seed = seed + count};
                config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                           .t1_ns = 1e4,
                                           .tphi_ns = 2e4,
                                           .noisy_registers = i % 2 == 1,
                                           .gate_error = i < 2 ? 0.0 : 1e-3};
                sum += compare(&config, 500.0, 40000);
                count++;
            }
        }
    }
    assert_unbiased(sum, count);
}

static void stated_values(void **state) {
    (void)state;
    static const struct {
        brg_routers routers;
        uint32_t n;
        double stall_ns;
        bool registers;
        double gate_error, f;
    } row[] = {
        {BRG_TWO_LEVEL, 1, 0, false, 0, 0.9519222504},
        {BRG_TWO_LEVEL, 1, 500, false, 0, 0.9074164491},
        {BRG_TWO_LEVEL, 1, 500, true, 0, 0.8826473343},
        {BRG_TWO_LEVEL, 2, 500, false, 0, 0.7683422935},
        {BRG_TWO_LEVEL, 1, 0, true, 1e-3, 0.9930283788},
        {BRG_THREE_LEVEL, 1, 0, false, 0, 0.9072412451},
        {BRG_THREE_LEVEL, 1, 0, true, 0, 0.8460964467},
        {BRG_THREE_LEVEL, 2, 500, false, 0, 0.6171677231},
    };
    const uint64_t seed = test_seed(11);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        brg_run_config config = {
            .qram = {row[i].routers, row[i].n, 1}, .input = {.uniform = true}, .seed = seed + i};
        const double time = row[i].gate_error > 0.0 ? 0.0 : 1e4; /* 0: no T1, no Tphi */
        config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                   .t1_ns = time,
                                   .tphi_ns = 2.0 * time,
                                   .noisy_registers = row[i].registers,
                                   .gate_error = row[i].gate_error};
        brg_planes *image = NULL;
        brg_timeline *t = golden_timeline(&config.qram, row[i].stall_ns, &image);
        char name[64];
        assert_replay_near(&config, t, image, 40000, row[i].f, 0.0,
                           golden_name(name, sizeof name, &config));
        brg_timeline_destroy(&t);
        brg_planes_destroy(&image);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest quick[] = {
        cmocka_unit_test(per_slice_kinds),
        cmocka_unit_test(timed_with_stall_and_gate_errors),
        cmocka_unit_test(stated_values),
    };
    const struct CMUnitTest slow[] = {cmocka_unit_test(shift_of_two_layers)};
    if (argc > 1 && strcmp(argv[1], "slow") == 0) return cmocka_run_group_tests(slow, NULL, NULL);
    return cmocka_run_group_tests(quick, NULL, NULL);
}
