/* SPDX-License-Identifier: Apache-2.0 */
/* Detector error models: builder and writer. */
#include "model/ecc/dem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "model/ecc/circuit_private.h"
#include "model/ecc/dem_private.h"

static bool reserve(void **array, size_t *room, size_t wanted, size_t size) {
    if (wanted <= *room) return true;
    size_t more = *room ? *room * 2 : 16;
    while (more < wanted) more *= 2;
    void *grown = realloc(*array, more * size);
    if (!grown) return false;
    *array = grown;
    *room = more;
    return true;
}

int brg_dem_builder_start(brg_dem_builder *b) {
    *b = (brg_dem_builder){.dem = calloc(1, sizeof *b->dem)};
    if (!b->dem) {
        b->status = BRG_ENOMEM;
        return b->status;
    }
    /* Never NULL, so that users may form the address of an empty list. */
    void *errors = NULL, *parts = NULL, *flips = NULL;
    if (!reserve(&errors, &b->error_room, 1, sizeof *b->dem->errors) ||
        !reserve(&parts, &b->part_room, 1, sizeof *b->dem->parts) ||
        !reserve(&flips, &b->flip_room, 1, sizeof *b->dem->detectors_flipped))
        b->status = BRG_ENOMEM;
    b->dem->errors = errors;
    b->dem->parts = parts;
    b->dem->detectors_flipped = flips;
    if (b->status) brg_dem_destroy(&b->dem);
    return b->status;
}

/* One more element in *array; its index in *at. */
static bool grow(brg_dem_builder *b, void **array, size_t *room, size_t count, size_t size) {
    if (b->status) return false;
    if (count >= UINT32_MAX || !reserve(array, room, count + 1, size)) b->status = BRG_ENOMEM;
    return !b->status;
}

void brg_dem_builder_error(brg_dem_builder *b, double probability) {
    if (b->status) return;
    void *array = b->dem->errors;
    if (!grow(b, &array, &b->error_room, b->dem->error_count, sizeof *b->dem->errors)) return;
    b->dem->errors = array;
    b->dem->errors[b->dem->error_count++] =
        (brg_dem_error){probability, (uint32_t)b->part_count, 0};
}

void brg_dem_builder_part(brg_dem_builder *b, uint64_t observables) {
    if (b->status) return;
    void *array = b->dem->parts;
    if (!grow(b, &array, &b->part_room, b->part_count, sizeof *b->dem->parts)) return;
    b->dem->parts = array;
    b->dem->parts[b->part_count++] = (brg_dem_part){(uint32_t)b->flip_count, 0, observables};
    b->dem->errors[b->dem->error_count - 1].part_count++;
    if (observables) brg_dem_builder_observable(b, 63 - (uint32_t)__builtin_clzll(observables));
}

void brg_dem_builder_flip(brg_dem_builder *b, uint32_t detector) {
    if (b->status) return;
    void *array = b->dem->detectors_flipped;
    if (!grow(b, &array, &b->flip_room, b->flip_count, sizeof detector)) return;
    b->dem->detectors_flipped = array;
    b->dem->detectors_flipped[b->flip_count++] = detector;
    b->dem->parts[b->part_count - 1].detector_count++;
    if (detector >= b->dem->detectors) b->dem->detectors = detector + 1;
}

void brg_dem_builder_detector(brg_dem_builder *b, uint32_t detector, const double *coordinates,
                              uint32_t count) {
    if (b->status) return;
    if (detector >= b->dem->detectors) b->dem->detectors = detector + 1;
    if (count == 0) return;
    const size_t wanted = ((size_t)detector + 1) * BRG_DEM_COORDINATES, before = b->coordinate_room;
    void *array = b->dem->coordinates;
    if (!reserve(&array, &b->coordinate_room, wanted, sizeof *coordinates)) {
        b->status = BRG_ENOMEM;
        return;
    }
    b->dem->coordinates = array;
    for (size_t i = before; i < b->coordinate_room; i++) b->dem->coordinates[i] = NAN;
    for (uint32_t i = 0; i < BRG_DEM_COORDINATES; i++)
        b->dem->coordinates[(size_t)detector * BRG_DEM_COORDINATES + i] =
            i < count ? coordinates[i] : NAN;
}

void brg_dem_builder_observable(brg_dem_builder *b, uint32_t observable) {
    if (!b->status && observable >= b->dem->observables) b->dem->observables = observable + 1;
}

int brg_dem_builder_end(brg_dem_builder *b, brg_dem **out) {
    if (!b->status && b->dem->coordinates) {
        /* Detectors after the last one with coordinates have entries too. */
        const size_t wanted = (size_t)b->dem->detectors * BRG_DEM_COORDINATES;
        const size_t before = b->coordinate_room;
        void *array = b->dem->coordinates;
        if (!reserve(&array, &b->coordinate_room, wanted, sizeof(double))) b->status = BRG_ENOMEM;
        b->dem->coordinates = array;
        for (size_t i = before; i < b->coordinate_room; i++) b->dem->coordinates[i] = NAN;
    }
    if (b->status)
        brg_dem_destroy(&b->dem);
    else
        *out = b->dem;
    b->dem = NULL;
    return b->status;
}

void brg_dem_destroy(brg_dem **dem) {
    if (!dem || !*dem) return;
    free((*dem)->errors);
    free((*dem)->parts);
    free((*dem)->detectors_flipped);
    free((*dem)->coordinates);
    free(*dem);
    *dem = NULL;
}

static void write_part(const brg_dem *d, const brg_dem_part *part, FILE *to) {
    for (uint32_t i = 0; i < part->detector_count; i++)
        fprintf(to, " D%" PRIu32, d->detectors_flipped[part->first_detector + i]);
    for (uint32_t i = 0; i < 64; i++)
        if (part->observables >> i & 1) fprintf(to, " L%" PRIu32, i);
}

/* Numbers of detectors and observables that the lines written so far imply. */
typedef struct implied {
    uint32_t detectors, observables;
} implied;

static void write_error(const brg_dem *d, const brg_dem_error *error, implied *seen, FILE *to) {
    fputs("error(", to);
    brg_write_number(to, error->probability);
    fputc(')', to);
    for (uint32_t p = 0; p < error->part_count; p++) {
        const brg_dem_part *part = &d->parts[error->first_part + p];
        if (p) fputs(" ^", to);
        write_part(d, part, to);
        for (uint32_t i = 0; i < part->detector_count; i++)
            if (d->detectors_flipped[part->first_detector + i] >= seen->detectors)
                seen->detectors = d->detectors_flipped[part->first_detector + i] + 1;
        const uint32_t most =
            part->observables ? 64 - (uint32_t)__builtin_clzll(part->observables) : 0;
        if (most > seen->observables) seen->observables = most;
    }
    fputc('\n', to);
}

int brg_dem_write(const brg_dem *dem, FILE *to) {
    if (!dem || !to) return BRG_EINVAL;
    implied seen = {0, 0};
    for (size_t i = 0; i < dem->error_count; i++) write_error(dem, &dem->errors[i], &seen, to);
    for (uint32_t i = 0; dem->coordinates && i < dem->detectors; i++) {
        const double *c = dem->coordinates + (size_t)i * BRG_DEM_COORDINATES;
        if (isnan(c[0])) continue;
        for (uint32_t k = 0; k < BRG_DEM_COORDINATES && !isnan(c[k]); k++) {
            fputs(k ? ", " : "detector(", to);
            brg_write_number(to, c[k]);
        }
        fprintf(to, ") D%" PRIu32 "\n", i);
        if (i >= seen.detectors) seen.detectors = i + 1;
    }
    if (seen.detectors < dem->detectors) fprintf(to, "detector D%" PRIu32 "\n", dem->detectors - 1);
    if (seen.observables < dem->observables)
        fprintf(to, "logical_observable L%" PRIu32 "\n", dem->observables - 1);
    return ferror(to) ? BRG_EIO : BRG_OK;
}
