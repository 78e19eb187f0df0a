/* SPDX-License-Identifier: Apache-2.0 */
/* What every cmocka test includes: cmocka in the right order, and a double assertion that fails
 * on NaN (cmocka's own casts to float and lets NaN pass). */
#ifndef BRG_TESTS_TEST_H
#define BRG_TESTS_TEST_H

/* cmocka.h needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
/* clang-format on */

#define assert_double_near(value, expected, tolerance)                                 \
    do {                                                                               \
        const double v_ = (value), e_ = (expected), t_ = (tolerance);                  \
        if (!(v_ - e_ <= t_ && e_ - v_ <= t_)) {                                       \
            print_error("%s = %.17g, expected %.17g within %g\n", #value, v_, e_, t_); \
            fail();                                                                    \
        }                                                                              \
    } while (0)

/* Seed of random tests: BRIGADE_TEST_SEED or the default; always printed. */
static inline uint64_t test_seed(uint64_t fallback) {
    const char *text = getenv("BRIGADE_TEST_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 0) : fallback;
    print_message("seed %llu (set BRIGADE_TEST_SEED to repeat)\n", (unsigned long long)seed);
    return seed;
}

/* splitmix64: small generator for tests only, so that they share nothing with csim/random. */
static inline uint64_t test_random(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

#endif
