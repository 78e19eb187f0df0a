/* SPDX-License-Identifier: Apache-2.0 */
/* Codes inside the tree (`scope: tree`): a distance for each layer, logical errors from the fit,
 * operations that last as long as the code demands, and what it costs in qubits. No syndromes are
 * drawn (docs/qec_loop.md). */
#ifndef BRG_MODEL_ECC_TREE_CODE_H
#define BRG_MODEL_ECC_TREE_CODE_H

#include "csim/noise.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_tree_code {
    uint32_t address_width, page_bits, word_width;
    uint32_t distance[BRG_MAX_ADDRESS_WIDTH]; /* [address_width], root first; odd, 3..31 */
    uint32_t register_distance;               /* of address and bus qubits */
    double physical_error;                    /* p of the fit, 0..1 */
    uint64_t round_ps;                        /* > 0 */
} brg_tree_code;

/* BRG_EINPUT with a message when a number is out of range. */
int brg_tree_code_check(const brg_tree_code *code, brg_diag *diag);

/* The noise that the code leaves: model BRG_NOISE_ENCODED with *rates, which it borrows; the rates
 * are brg_loop_fit_rate of each layer's distance. Only for two_level routers. Registers idle with
 * their own distance. */
int brg_tree_code_noise(brg_noise *noise, brg_encoded_noise *rates, const brg_tree_code *code);

/* Rounds that a CSWAP of layer l lasts at least: the larger distance of layers l and l + 1; 0 for
 * the last layer, which has no children to swap with. */
uint32_t brg_tree_code_cswap_rounds(const brg_tree_code *code, uint32_t layer);
/* How long the operations of a slice last at least: a CSWAP of layer l acts on the patches of
 * layers l and l + 1 and takes as many rounds as the larger of their distances; so does, with the
 * registers, a page-controlled swap at the root. Other operations are not stretched. Returns the
 * longest of these and base_ps. */
uint64_t brg_tree_code_slice_ps(const brg_tree_code *code, const brg_slice_ops *ops,
                                uint64_t base_ps);
/* The same for a duration class, which does not know layers: the longest over all slices. */
uint64_t brg_tree_code_cswap_ps(const brg_tree_code *code, uint64_t base_ps);
uint64_t brg_tree_code_controlled_swap_ps(const brg_tree_code *code, uint64_t base_ps);

/* A patch of distance d has d^2 data and d^2 - 1 check qubits. */
uint64_t brg_tree_code_patch_qubits(uint32_t distance);
typedef struct brg_tree_resources {
    uint64_t layer_patches[BRG_MAX_ADDRESS_WIDTH], layer_qubits[BRG_MAX_ADDRESS_WIDTH];
    uint64_t register_patches, register_qubits;
    uint64_t patches, qubits; /* all */
} brg_tree_resources;

int brg_tree_code_resources(brg_tree_resources *out, const brg_tree_code *code);

#ifdef __cplusplus
}
#endif
#endif
