/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: which cells the operations of a slice touch, and whether they go together. */
#ifndef BRG_CSIM_SLICE_OPS_H
#define BRG_CSIM_SLICE_OPS_H

#include "csim/qram.h"

/* Layers whose addr or data cells an operation touches: bit l = every node of layer l. */
typedef struct brg_touched {
    uint32_t addr, data;
    uint32_t address_qubits; /* bit i = qubit i of the address register; the controls too */
    uint64_t bus_qubits;
} brg_touched;

/* Fills *out (may be NULL) with the touched cells. BRG_EINVAL when an index or a layer is out of
 * range, two operations use one cell (other than d_out and d_in at root.data, or at one bus qubit
 * for two pages), or a basis change stands without its bus qubit or in a three_level tree. */
int brg_slice_ops_touch(const brg_qram *q, const brg_slice_ops *ops, brg_touched *out);

/* Shape in range: routers known, n = 1..24, k = 1..64, n + page_bits <= 24. */
bool brg_qram_valid(const brg_qram *q);

#endif
