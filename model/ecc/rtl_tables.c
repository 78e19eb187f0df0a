/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of checks and data qubits in the decoder in RTL. */
#include "model/ecc/rtl_tables.h"

static void turn(uint32_t distance, bool measures_x, uint32_t *x, uint32_t *y) {
    if (!measures_x) return;
    const uint32_t before = *x;
    *x = *y;
    *y = 2 * distance - before;
}

int32_t brg_qec_rtl_check(uint32_t distance, bool measures_x, uint32_t x, uint32_t y) {
    if (x > 2 * distance || y > 2 * distance || x % 2 || y % 2) return -1;
    turn(distance, measures_x, &x, &y);
    const uint32_t i = x / 2, j = y / 2;
    if ((i + j) % 2 || j == 0 || j >= distance) return -1;
    return (int32_t)((j - 1) * ((distance + 1) / 2) + i / 2);
}

int32_t brg_qec_rtl_data(uint32_t distance, bool measures_x, uint32_t x, uint32_t y) {
    if (x > 2 * distance || y > 2 * distance || x % 2 == 0 || y % 2 == 0) return -1;
    turn(distance, measures_x, &x, &y);
    return (int32_t)(x / 2 + distance * (y / 2));
}

uint32_t brg_qec_rtl_observable(bool measures_x) {
    return measures_x ? 1 : 0;
}
