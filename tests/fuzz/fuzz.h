/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target shares: the entry of libFuzzer and a check that ends the process. */
#ifndef BRG_TESTS_FUZZ_H
#define BRG_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input; a trap is a finding for libFuzzer and for ctest. */
#define FUZZ_CHECK(condition)               \
    do {                                    \
        if (!(condition)) __builtin_trap(); \
    } while (0)

#endif
