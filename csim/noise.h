/* SPDX-License-Identifier: Apache-2.0 */
/* What the noise is. The equations are in docs/noise.md. */
#ifndef BRG_CSIM_NOISE_H
#define BRG_CSIM_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_noise_model {
    BRG_NOISE_NONE,
    BRG_NOISE_TIMED,
    BRG_NOISE_PER_SLICE
} brg_noise_model;

typedef enum brg_noise_kind {
    BRG_KIND_DEPOLARIZING,
    BRG_KIND_X,      /* two_level only */
    BRG_KIND_Z,      /* two_level only */
    BRG_KIND_PHASE,  /* three_level only: Z, Z^2 each half */
    BRG_KIND_SHIFT,  /* three_level only: X, X^2 each half */
    BRG_KIND_DAMPING /* both; three_level: carrier loss */
} brg_noise_kind;

typedef struct brg_noise {
    brg_noise_model model;
    double t1_ns;          /* timed: amplitude damping time; 0 = none */
    double tphi_ns;        /* timed: pure dephasing time; 0 = none */
    bool noisy_registers;  /* timed: address and bus qubits outside the tree idle too */
    double gate_error;     /* timed, per_slice: depolarizing per touched cell, 0..1 */
    brg_noise_kind kind;   /* per_slice */
    double probability;    /* per_slice: per tree cell and slice, 0..1 */
} brg_noise;

/* gamma = 1 - exp(-t/T1); 0 when t1_ns is 0. */
double brg_noise_damping(const brg_noise *noise, double t_ns);
/* (1 - exp(-t/Tphi))/2; 0 when tphi_ns is 0. */
double brg_noise_dephasing(const brg_noise *noise, double t_ns);

#ifdef __cplusplus
}
#endif
#endif
