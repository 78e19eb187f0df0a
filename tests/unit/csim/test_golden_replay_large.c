/* SPDX-License-Identifier: Apache-2.0 */
/* Trajectories at n = 4, 6, 8 against 1 - exp(-C eps) with the exact first-order C, and against
 * the stated allowance of that guide. */
#include "golden_replay.h"

/* How far 1 - exp(-y) may stand from 1 - F, relative: 0.5 % for y <= 0.03, 4 % at 0.3, 10 % at 1,
 * linear between and beyond. */
static double allowed(double y) {
    if (y <= 0.03) return 0.005;
    if (y <= 0.3) return 0.005 + (0.04 - 0.005) * (y - 0.03) / 0.27;
    return 0.04 + (0.10 - 0.04) * (y - 0.3) / 0.7;
}

static void guide_is_met(void **state) {
    (void)state;
    uint64_t seed = test_seed(5);
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 4; n <= 8; n += 2) {
            for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                if (!golden_has((brg_routers)routers, (brg_noise_kind)kind)) continue;
                for (int i = 0; i < 2; i++) {
                    const brg_run_config config = {
                        .qram = {(brg_routers)routers, n, 1},
                        .input = {.uniform = true},
                        .noise = {.model = BRG_NOISE_PER_SLICE,
                                  .kind = (brg_noise_kind)kind,
                                  .probability = i ? 1e-4 : 1e-3},
                        .seed = seed++,
                    };
                    brg_planes *image = NULL;
                    brg_timeline *t = golden_timeline(&config.qram, 0.0, &image);
                    brg_first_order r;
                    assert_int_equal(brg_first_order_run(&r, t, &config, image, 2, NULL, NULL),
                                     BRG_OK);
                    const double y = r.coefficient * config.noise.probability;
                    const double infidelity = 1.0 - exp(-y);
                    char name[64];
                    assert_replay_near(&config, t, image, n == 8 ? 1000 : 3000, 1.0 - infidelity,
                                       allowed(y) * infidelity,
                                       golden_name(name, sizeof name, &config));
                    brg_first_order_clear(&r);
                    brg_timeline_destroy(&t);
                    brg_planes_destroy(&image);
                }
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(guide_is_met)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
