/* SPDX-License-Identifier: Apache-2.0 */
/* Detector error models: independent error mechanisms, each with the detectors and observables
 * that it flips. Reader and writer of the .dem format, and the model of a circuit by fault
 * propagation. */
#ifndef BRG_MODEL_ECC_DEM_H
#define BRG_MODEL_ECC_DEM_H

#include "model/ecc/circuit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A part of a mechanism that flips at most two detectors (`^` separates parts in text). The
 * detectors of an error are the sum modulo 2 of its parts. */
typedef struct brg_dem_part {
    uint32_t first_detector, detector_count; /* in dem->detectors_flipped */
    uint64_t observables;                    /* bit i: flips observable i */
} brg_dem_part;

typedef struct brg_dem_error {
    double probability; /* 0..1 */
    uint32_t first_part, part_count;
} brg_dem_error;

/* Flat: repeat blocks of a file are unrolled. */
typedef struct brg_dem {
    brg_dem_error *errors; /* owned, as are the arrays below */
    size_t error_count;
    brg_dem_part *parts;
    uint32_t *detectors_flipped;
    uint32_t detectors, observables;
    double *coordinates; /* [detectors * 4], NaN beyond those given; NULL when none were */
} brg_dem;

/* BRG_EINPUT with line and column as for circuits; at most 2^26 detectors after unrolling. */
int brg_dem_parse(brg_dem **out, const char *text, size_t length, const char *file, brg_diag *diag);
/* Re-readable to the same model; writing that again gives the same bytes. */
int brg_dem_write(const brg_dem *dem, FILE *to);
void brg_dem_destroy(brg_dem **dem);

/* The model of a circuit: each Pauli of each noise channel is propagated to the detectors; equal
 * mechanisms are merged (p = p1(1 - p2) + p2(1 - p1)). decompose: mechanisms of more than two
 * detectors are split into parts that exist as mechanisms of their own, X-type and Z-type
 * detectors apart; BRG_EINPUT when one cannot be split. Cost: one backward pass over the circuit.
 * Channels of several exclusive Paulis are turned into independent ones (exactly for the
 * depolarizing channels). */
int brg_dem_from_circuit(brg_dem **out, const brg_circuit *circuit, bool decompose, brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
