/* SPDX-License-Identifier: Apache-2.0 */
/* Small facts about integers as bit patterns. */
#ifndef BRG_MODEL_BITS_H
#define BRG_MODEL_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether x is 1, 2, 4, ...; false for 0. */
static inline bool brg_power_of_two(uint64_t x) {
    return x && !(x & (x - 1));
}

#endif
