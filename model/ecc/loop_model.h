/* SPDX-License-Identifier: Apache-2.0 */
/* The logical errors of the register qubits of a query: the function behind brg_logical, with
 * decoding in C or from a closed form (docs/qec_loop.md). */
#ifndef BRG_MODEL_ECC_LOOP_MODEL_H
#define BRG_MODEL_ECC_LOOP_MODEL_H

#include "csim/logical.h"
#include "model/ecc/patch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_loop_decoder {
    BRG_LOOP_UNION_FIND, /* syndromes drawn and decoded by weighted union-find */
    BRG_LOOP_LOOKUP,     /* by table, distance 3, windows of at most 4 layers */
    BRG_LOOP_EXACT,      /* by minimum-weight matching, slow */
    BRG_LOOP_RTL,  /* by the steps of the decoder in RTL, in its windows of 2 * distance layers */
    BRG_LOOP_FIT,  /* no syndromes: brg_loop_fit_rate for X and Z apart */
    BRG_LOOP_NONE, /* syndromes drawn, nothing corrected: the raw flips of the logicals */
    BRG_LOOP_PERFECT, /* never an error */
    BRG_LOOP_DECODERS
} brg_loop_decoder;

/* "union_find", "lookup", "exact", "rtl", "fit", "none", "perfect"; NULL out of range. */
const char *brg_loop_decoder_name(brg_loop_decoder decoder);

typedef struct brg_loop_config {
    brg_patch_config patch; /* its seed too */
    brg_loop_decoder decoder;
    double physical_error; /* p of the fit, 0..1; the other decoders do not use it */
    uint64_t round_ps;     /* > 0 */
    uint32_t window;       /* layers of a decoding window; 0: all layers of a life at once, or the
                              windows of the decoder in RTL, which has no others */
} brg_loop_config;

typedef struct brg_loop_model brg_loop_model;

/* BRG_EINPUT with a message when a number is out of range. The model may be used by any number of
 * threads at once. */
int brg_loop_model_new(brg_loop_model **out, const brg_loop_config *config, brg_diag *diag);
void brg_loop_model_destroy(brg_loop_model **model);

/* What a run configuration takes: *out is valid as long as the model. transfer_error 0..1. It has
 * `rates` with the decoders fit and perfect. */
void brg_loop_logical(brg_logical *out, brg_loop_model *model, double transfer_error);

/* Rounds of a life: those that are complete, floor((end - begin) / round). 0: the patch is closed
 * before its first syndrome, and nothing has happened to it. */
uint64_t brg_loop_rounds(const brg_loop_model *model, uint64_t begin_ps, uint64_t end_ps);

/* The residual Pauli of a life (bit 0 X_L, bit 1 Z_L), as brg_logical.pauli wants it; user is the
 * model. Depends on the arguments and the configuration only. After a failure it answers 0 and
 * brg_loop_status tells. Cost: the rounds of the life times O(errors of a round), plus decoding. */
unsigned brg_loop_pauli(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                        uint32_t life, uint64_t begin_ps, uint64_t end_ps);
/* brg_logical.rates of the decoders fit and perfect: the probability of an X and of a Z after a
 * life from begin to end. BRG_EINVAL for the others, whose errors have no closed form. */
int brg_loop_rates(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z);
/* BRG_OK, or the first error that brg_loop_pauli met in any thread. */
int brg_loop_status(const brg_loop_model *model);

/* Where the fit gives every distance the same rate; from there on a code makes it worse. */
#define BRG_LOOP_FIT_THRESHOLD 0.0102
/* Logical error rate per round and basis, 0.0274 (p / 0.0102)^((d + 1) / 2), at most 1/2: the fit
 * to a rotated surface code of rounds = d under circuit-level noise, good below p = 0.003. */
double brg_loop_fit_rate(uint32_t distance, double physical_error);
/* The p of the fit for four rates that differ: the error rate of a circuit with one rate at all
 * places whose logical errors are about as frequent,
 * 0.69 after_clifford + 0.04 before_measure + 0.04 after_reset + 0.23 before_round_data.
 * The weights are the shares of the four in the chains of the error model (docs/qec_loop.md); good
 * while the rates are within a factor of about 3 of each other. Distance and seed are not used. */
double brg_loop_effective_error(const brg_patch_config *rates);
/* Probability of an odd number of errors in that many rounds: (1 - (1 - 2 rate)^rounds) / 2. */
double brg_loop_error_after(double rate, uint64_t rounds);

#ifdef __cplusplus
}
#endif
#endif
