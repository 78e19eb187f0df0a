/* SPDX-License-Identifier: Apache-2.0 */
/* What the noise is. The equations are in docs/noise.md. */
#ifndef BRG_CSIM_NOISE_H
#define BRG_CSIM_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "csim/qram.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_noise_model {
    BRG_NOISE_NONE,
    BRG_NOISE_TIMED,
    BRG_NOISE_PER_SLICE,
    BRG_NOISE_ENCODED /* two_level only: every cell is a logical qubit */
} brg_noise_model;

typedef enum brg_noise_kind {
    BRG_KIND_DEPOLARIZING,
    BRG_KIND_X,      /* two_level only */
    BRG_KIND_Z,      /* two_level only */
    BRG_KIND_PHASE,  /* three_level only: Z, Z^2 each half */
    BRG_KIND_SHIFT,  /* three_level only: X, X^2 each half */
    BRG_KIND_DAMPING /* both; three_level: carrier loss */
} brg_noise_kind;

/* Logical errors of encoded cells: over a time t each cell has X and, apart from it, Z, each with
 * (1 - (1 - 2 rate)^(t / round)) / 2. */
typedef struct brg_encoded_noise {
    double layer_rate[BRG_MAX_ADDRESS_WIDTH]; /* per round, cells of the layer; 0..1/2 */
    double register_rate;                     /* of registers, when they are noisy */
    uint64_t round_ps;                        /* > 0 */
} brg_encoded_noise;

typedef struct brg_noise {
    brg_noise_model model;
    double t1_ns;                     /* timed: amplitude damping time; 0 = none */
    double tphi_ns;                   /* timed: pure dephasing time; 0 = none */
    bool noisy_registers;             /* timed: address and bus qubits outside the tree idle too */
    double gate_error;                /* all but none: depolarizing per touched cell, 0..1 */
    brg_noise_kind kind;              /* per_slice */
    double probability;               /* per_slice: per tree cell and slice, 0..1 */
    const brg_encoded_noise *encoded; /* encoded: its rates, borrowed */
} brg_noise;

/* gamma = 1 - exp(-t/T1); 0 when t1_ns is 0. */
double brg_noise_damping(const brg_noise *noise, double t_ns);
/* (1 - exp(-t/Tphi))/2; 0 when tphi_ns is 0. */
double brg_noise_dephasing(const brg_noise *noise, double t_ns);
/* Probability of X, and of Z, over t_ps for cells of this rate. */
double brg_noise_encoded(const brg_encoded_noise *noise, double rate, uint64_t t_ps);
/* Rates and round in range and the routers two_level; false for NULL. */
bool brg_encoded_valid(const brg_encoded_noise *noise, const brg_qram *qram);
/* Rate per round of the cells of a layer; of the registers for layer >= the address width. */
double brg_encoded_rate(const brg_encoded_noise *noise, const brg_qram *qram, uint32_t layer);
/* Do errors grow with the time that passes? */
bool brg_noise_is_timed(const brg_noise *noise);

#ifdef __cplusplus
}
#endif
#endif
