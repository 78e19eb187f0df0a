/* SPDX-License-Identifier: Apache-2.0 */
/* The one-cell channels of the density engine as explicit Kraus lists, seen by its tests. */
#ifndef BRG_CSIM_DENSITY_INTERNAL_H
#define BRG_CSIM_DENSITY_INTERNAL_H

#include <complex.h>

#include "csim/noise.h"
#include "csim/qram.h"

enum { BRG_KRAUS_LEVELS = 3, BRG_KRAUS_MAX = 9 };

/* sum over i < count of op[i]^dagger op[i] = 1. Index 0 of a three-level cell is W. */
typedef struct brg_kraus {
    unsigned levels;
    unsigned count;
    double complex op[BRG_KRAUS_MAX][BRG_KRAUS_LEVELS][BRG_KRAUS_LEVELS];
} brg_kraus;

/* Depolarizing with total error probability p: two_level X, Y, Z each p/3; three_level the eight
 * X^a Z^b each p/8 (docs/noise.md). */
void brg_kraus_depolarizing(brg_kraus *k, brg_routers routers, double p);
/* X with p and, apart from it, Z with p: an encoded cell, two_level. */
void brg_kraus_encoded(brg_kraus *k, double p);
/* One of the per-slice kinds with probability p; the kind must fit the router model. */
void brg_kraus_per_slice(brg_kraus *k, brg_routers routers, brg_noise_kind kind, double p);
/* Damping (three_level: carrier loss from both levels) with gamma, then a dephasing flip with
 * probability p. */
void brg_kraus_idle(brg_kraus *k, brg_routers routers, double gamma, double p);
/* Logical errors of an encoded carrier: X, then Z, with these probabilities apart; W is left. */
void brg_kraus_logical(brg_kraus *k, brg_routers routers, double x, double z);
/* X, Y, Z of the qubit that a carrier holds, each p/3. */
void brg_kraus_transfer(brg_kraus *k, brg_routers routers, double p);

#endif
