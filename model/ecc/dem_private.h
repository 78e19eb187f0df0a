/* SPDX-License-Identifier: Apache-2.0 */
/* What the makers of error models share: the builder, and sets of symptoms. */
#ifndef BRG_MODEL_ECC_DEM_PRIVATE_H
#define BRG_MODEL_ECC_DEM_PRIVATE_H

#include "model/ecc/dem.h"

#define BRG_DEM_DETECTORS ((uint64_t)1 << 26)
enum { BRG_DEM_COORDINATES = 4 };

/* Appends errors to a model: error, then its parts, then the detectors of each part. */
typedef struct brg_dem_builder {
    brg_dem *dem;
    size_t error_room, part_room, flip_room, coordinate_room;
    size_t part_count, flip_count;
    int status;
} brg_dem_builder;

int brg_dem_builder_start(brg_dem_builder *b);
void brg_dem_builder_error(brg_dem_builder *b, double probability);
void brg_dem_builder_part(brg_dem_builder *b, uint64_t observables);
void brg_dem_builder_flip(brg_dem_builder *b, uint32_t detector);
/* Absolute coordinates of a detector, at most BRG_DEM_COORDINATES are kept; none: only declared. */
void brg_dem_builder_detector(brg_dem_builder *b, uint32_t detector, const double *coordinates,
                              uint32_t count);
void brg_dem_builder_observable(brg_dem_builder *b, uint32_t observable);
int brg_dem_builder_end(brg_dem_builder *b, brg_dem **out);

/* A mechanism as fault propagation finds it: rising detectors, then the observables. */
typedef struct brg_mechanism {
    uint32_t first, count; /* detectors, in the items of the model under construction */
    uint64_t observables;
    double probability;
} brg_mechanism;

/* Writes mechanisms, sorted by detectors and observables, to a model, split for matching: kinds
 * [detector] names the connected component of single-basis propagation, X-type and Z-type checks
 * being apart in the codes here. */
int brg_dem_decompose(brg_dem_builder *b, const brg_mechanism *mechanisms, size_t count,
                      const uint32_t *items, const uint32_t *kinds, brg_diag *diag);

#endif
