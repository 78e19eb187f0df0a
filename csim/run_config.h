/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the range checks of a run configuration that the exact engines share. */
#ifndef BRG_CSIM_RUN_CONFIG_H
#define BRG_CSIM_RUN_CONFIG_H

#include "csim/slice_ops.h"
#include "csim/trajectory.h"

static inline bool brg_noise_fits(const brg_noise *noise, const brg_qram *qram) {
    const brg_routers routers = qram->routers;
    if (!(noise->gate_error >= 0.0 && noise->gate_error <= 1.0)) return false;
    if (noise->model == BRG_NOISE_TIMED) return noise->t1_ns >= 0.0 && noise->tphi_ns >= 0.0;
    if (noise->model == BRG_NOISE_ENCODED) return brg_encoded_valid(noise->encoded, qram);
    if (noise->model != BRG_NOISE_PER_SLICE) return noise->model == BRG_NOISE_NONE;
    if (!(noise->probability >= 0.0 && noise->probability <= 1.0)) return false;
    switch (noise->kind) {
        case BRG_KIND_DEPOLARIZING:
        case BRG_KIND_DAMPING:
            return true;
        case BRG_KIND_X:
        case BRG_KIND_Z:
            return routers == BRG_TWO_LEVEL;
        case BRG_KIND_PHASE:
        case BRG_KIND_SHIFT:
            return routers == BRG_THREE_LEVEL;
    }
    return false;
}

/* Shape, input and noise in range, the noise kind one that the router model has. */
static inline bool brg_run_config_valid(const brg_run_config *config) {
    const brg_qram *q = &config->qram;
    if (q->routers != BRG_TWO_LEVEL && q->routers != BRG_THREE_LEVEL) return false;
    if (q->address_width < 1u || q->address_width > BRG_MAX_ADDRESS_WIDTH) return false;
    if (q->word_width < 1u || q->word_width > BRG_MAX_WORD_WIDTH) return false;
    if (q->page_bits > BRG_MAX_PAGE_BITS || brg_table_width(q) > BRG_MAX_ADDRESS_WIDTH)
        return false;
    if (!config->input.uniform && config->input.index >> brg_table_width(q)) return false;
    return brg_noise_fits(&config->noise, q);
}

/* Do the registers idle with the cells' noise? Encoded qubits do not. */
static inline bool brg_registers_idle(const brg_run_config *config) {
    return config->noise.noisy_registers && !config->logical;
}

/* The cells that the operations of a slice touch and that its gate errors can therefore hit:
 * encoded qubits are left out. */
static inline int brg_run_config_touch(const brg_run_config *config, const brg_slice_ops *ops,
                                       brg_touched *out) {
    const int rc = brg_slice_ops_touch(&config->qram, ops, out);
    if (!rc && config->logical) {
        out->address_qubits = 0;
        out->bus_qubits = 0;
    }
    return rc;
}

static inline bool brg_qram_equal(const brg_qram *a, const brg_qram *b) {
    return a->routers == b->routers && a->address_width == b->address_width &&
           a->word_width == b->word_width && a->page_bits == b->page_bits;
}

#endif
