/* SPDX-License-Identifier: Apache-2.0 */
/* What codes inside the tree do to its noise, its times and its size. */
#include "model/ecc/tree_code.h"

#include "model/ecc/loop_model.h"

enum { MOST_DISTANCE = 31 };

static bool is_distance(uint32_t d) {
    return d >= 3 && d <= MOST_DISTANCE && d % 2 == 1;
}

int brg_tree_code_check(const brg_tree_code *c, brg_diag *diag) {
    if (c->address_width < 1 || c->page_bits > BRG_MAX_PAGE_BITS ||
        c->address_width + c->page_bits > BRG_MAX_ADDRESS_WIDTH || c->word_width < 1 ||
        c->word_width > BRG_MAX_WORD_WIDTH) {
        brg_diag_add(diag, "", 0, 0, "qram", "not a tree that can be simulated");
        return BRG_EINPUT;
    }
    for (uint32_t l = 0; l <= c->address_width; l++) {
        const bool registers = l == c->address_width;
        const uint32_t d = registers ? c->register_distance : c->distance[l];
        if (is_distance(d)) continue;
        if (registers)
            brg_diag_add(diag, "", 0, 0, "distance",
                         "%u of the registers is not a distance, accepted: odd, 3 to %d",
                         (unsigned)d, MOST_DISTANCE);
        else
            brg_diag_add(diag, "", 0, 0, "distance",
                         "%u of layer %u is not a distance, accepted: odd, 3 to %d", (unsigned)d,
                         (unsigned)l, MOST_DISTANCE);
        return BRG_EINPUT;
    }
    if (!(c->physical_error >= 0 && c->physical_error <= 1)) {
        brg_diag_add(diag, "", 0, 0, "physical_error", "%g, accepted: 0 to 1", c->physical_error);
        return BRG_EINPUT;
    }
    if (!c->round_ps) {
        brg_diag_add(diag, "", 0, 0, "round", "a round must take some time");
        return BRG_EINPUT;
    }
    return BRG_OK;
}

int brg_tree_code_noise(brg_noise *noise, brg_encoded_noise *rates, const brg_tree_code *code) {
    if (!noise || !rates || !code || brg_tree_code_check(code, NULL)) return BRG_EINVAL;
    *rates = (brg_encoded_noise){.round_ps = code->round_ps};
    for (uint32_t l = 0; l < code->address_width; l++)
        rates->layer_rate[l] = brg_loop_fit_rate(code->distance[l], code->physical_error);
    rates->register_rate = brg_loop_fit_rate(code->register_distance, code->physical_error);
    *noise = (brg_noise){.model = BRG_NOISE_ENCODED, .noisy_registers = true, .encoded = rates};
    return BRG_OK;
}

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

uint32_t brg_tree_code_cswap_rounds(const brg_tree_code *c, uint32_t l) {
    return l + 1 < c->address_width ? larger(c->distance[l], c->distance[l + 1]) : 0;
}

static uint64_t longer(const brg_tree_code *c, uint32_t rounds, uint64_t base_ps) {
    const uint64_t least = rounds * c->round_ps;
    return least > base_ps ? least : base_ps;
}

uint64_t brg_tree_code_slice_ps(const brg_tree_code *c, const brg_slice_ops *ops,
                                uint64_t base_ps) {
    uint32_t rounds = 0;
    for (uint32_t l = 0; l < c->address_width; l++)
        if (ops->route >> l & 1u) rounds = larger(rounds, brg_tree_code_cswap_rounds(c, l));
    const bool controlled =
        (ops->d_in >= 0 && ops->d_in_page >= 0) || (ops->d_out >= 0 && ops->d_out_page >= 0);
    if (controlled) rounds = larger(rounds, larger(c->distance[0], c->register_distance));
    return longer(c, rounds, base_ps);
}

uint64_t brg_tree_code_cswap_ps(const brg_tree_code *c, uint64_t base_ps) {
    uint32_t rounds = 0;
    for (uint32_t l = 0; l < c->address_width; l++)
        rounds = larger(rounds, brg_tree_code_cswap_rounds(c, l));
    return longer(c, rounds, base_ps);
}

uint64_t brg_tree_code_controlled_swap_ps(const brg_tree_code *c, uint64_t base_ps) {
    return longer(c, larger(c->distance[0], c->register_distance), base_ps);
}

uint64_t brg_tree_code_patch_qubits(uint32_t distance) {
    return 2 * (uint64_t)distance * distance - 1;
}

int brg_tree_code_resources(brg_tree_resources *out, const brg_tree_code *c) {
    if (!out || !c || brg_tree_code_check(c, NULL)) return BRG_EINVAL;
    *out = (brg_tree_resources){.patches = 0};
    for (uint32_t l = 0; l < c->address_width; l++) {
        out->layer_patches[l] = (uint64_t)2 << l;
        out->layer_qubits[l] = out->layer_patches[l] * brg_tree_code_patch_qubits(c->distance[l]);
        out->patches += out->layer_patches[l];
        out->qubits += out->layer_qubits[l];
    }
    out->register_patches = c->address_width + c->page_bits + c->word_width;
    out->register_qubits = out->register_patches * brg_tree_code_patch_qubits(c->register_distance);
    out->patches += out->register_patches;
    out->qubits += out->register_qubits;
    return BRG_OK;
}
