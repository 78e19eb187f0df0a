/* SPDX-License-Identifier: Apache-2.0 */
/* Surface-code patches of a running query: rounds as they happen, syndromes drawn from the error
 * model of the code's circuit, and the logical Pauli that is left after decoding
 * (docs/qec_loop.md). A patch lives for any number of rounds, which is not known beforehand. */
#ifndef BRG_MODEL_ECC_PATCH_H
#define BRG_MODEL_ECC_PATCH_H

#include "model/ecc/decoder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X and Z are decoded apart. Basis 0: Z checks, which see X errors; basis 1: X checks. */
enum { BRG_PATCH_BASES = 2, BRG_PATCH_MAX_DISTANCE = 15, BRG_PATCH_MAX_CHECKS = 112 };

/* Which life of which qubit in which trajectory: the key of all draws. */
typedef struct brg_patch_key {
    uint64_t trajectory;
    uint32_t query;
    uint32_t qubit; /* register qubit: address qubits first, then bus qubits */
    uint32_t life;  /* 0: before it enters the tree, 1: after it left */
} brg_patch_key;

typedef struct brg_patch_config {
    uint32_t distance; /* odd, 3..15 */
    double after_clifford_depolarization, before_measure_flip, after_reset_flip,
        before_round_data_depolarization;
    uint64_t seed;
} brg_patch_config;

/* The error model cut into rounds: made once, shared by all patches and threads, constant. */
typedef struct brg_patch_model brg_patch_model;
int brg_patch_model_new(brg_patch_model **out, const brg_patch_config *config, brg_diag *diag);
void brg_patch_model_destroy(brg_patch_model **model);
/* (d^2 - 1) / 2. Check c of a basis has the number that rtl/brg_qec_decoder.sv gives it. */
uint32_t brg_patch_checks(const brg_patch_model *model);

/* Detection events of layer t = 0..rounds of a life that has had `rounds` rounds so far; layer
 * `rounds` comes from the closing measurement of the data and exists only when closed. events:
 * [BRG_PATCH_BASES][2] words, bit c of word c / 64 is check c. The layers up to rounds - 1 do not
 * depend on how long the life goes on. Cost: O(mechanisms of a round). */
typedef struct brg_patch_life brg_patch_life;
int brg_patch_life_new(brg_patch_life **out, const brg_patch_model *model);
void brg_patch_life_destroy(brg_patch_life **life);
/* Forgets the life before and begins another. */
void brg_patch_open(brg_patch_life *life, const brg_patch_key *key);
/* One more round: the events of its layer. */
int brg_patch_round(brg_patch_life *life, uint64_t events[BRG_PATCH_BASES][2]);
/* The last layer; *flips: bit b is the parity of the logical operator that basis b protects
 * (bit 0: X errors flipped logical Z, bit 1: Z errors flipped logical X), before correction. */
int brg_patch_close(brg_patch_life *life, uint64_t events[BRG_PATCH_BASES][2], unsigned *flips);
uint64_t brg_patch_rounds(const brg_patch_life *life);

/* Decodes all layers of a closed life at once with a decoder of this kind (union-find in sliding
 * windows of `window` rounds that commit half, when window > 0): the residual logical Pauli, bit 0
 * X_L, bit 1 Z_L. BRG_DECODER_LOOKUP: d = 3 in windows only. */
int brg_patch_residual(brg_patch_life *life, brg_decoder_kind kind, uint32_t window,
                       unsigned *residual);

#ifdef __cplusplus
}
#endif
#endif
