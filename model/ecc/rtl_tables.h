/* SPDX-License-Identifier: Apache-2.0 */
/* Which bit of the decoder in RTL (rtl/brg_qec_*.sv) a check or a data qubit of a rotated surface
 * code is. */
#ifndef BRG_MODEL_ECC_RTL_TABLES_H
#define BRG_MODEL_ECC_RTL_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Coordinates are those of brg_circuit_generate: checks at even x, y of 0..2 * distance, data
 * qubits at odd ones. The decoder knows Z checks only; X checks are presented turned by a quarter,
 * (x, y) as (y, 2 * distance - x), which maps the code and its time-like edges to themselves. */

/* Bit of a check in a round, 0..(distance^2 - 1)/2 - 1; -1 when there is no check of that kind. */
int32_t brg_qec_rtl_check(uint32_t distance, bool measures_x, uint32_t x, uint32_t y);
/* Bit of a data qubit in the flips, 0..distance^2 - 1; -1 when there is no data qubit. */
int32_t brg_qec_rtl_data(uint32_t distance, bool measures_x, uint32_t x, uint32_t y);
/* Bit of observable_o that is the observable of the memory task of that basis. */
uint32_t brg_qec_rtl_observable(bool measures_x);

#ifdef __cplusplus
}
#endif
#endif
