/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of detector error models: what is read can be written and read again to the same
 * bytes, and its arrays hold together. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/ecc/dem.h"

enum { MOST_DIGITS = 4 };

/* Large detector numbers and repetitions are allowed, but would fill the memory of the fuzzer. */
static bool too_large(const uint8_t *data, size_t size) {
    int digits = 0;
    size_t repeats = 0;
    for (size_t i = 0; i < size; i++) {
        const bool fraction = i > 0 && (data[i - 1] == '.' || data[i - 1] == '(');
        if (data[i] == '{') repeats++;
        if (data[i] < '0' || data[i] > '9')
            digits = 0;
        else if (digits > 0 || !fraction)
            digits++;
        if (digits > MOST_DIGITS) return true;
    }
    return repeats > 1;
}

static char *written(const brg_dem *dem, size_t *length) {
    char *text = NULL;
    FILE *to = open_memstream(&text, length);
    FUZZ_CHECK(to != NULL);
    FUZZ_CHECK(brg_dem_write(dem, to) == BRG_OK);
    fclose(to);
    return text;
}

static void check_model(const brg_dem *dem) {
    for (size_t e = 0; e < dem->error_count; e++) {
        const brg_dem_error *error = &dem->errors[e];
        FUZZ_CHECK(error->probability >= 0 && error->probability <= 1);
        for (uint32_t p = 0; p < error->part_count; p++) {
            const brg_dem_part *part = &dem->parts[error->first_part + p];
            FUZZ_CHECK(dem->observables == 64 || part->observables >> dem->observables == 0);
            for (uint32_t i = 0; i < part->detector_count; i++)
                FUZZ_CHECK(dem->detectors_flipped[part->first_detector + i] < dem->detectors);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (too_large(data, size)) return 0;
    brg_dem *dem = NULL, *again = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return 0;
    const int status = brg_dem_parse(&dem, (const char *)data, size, "fuzz.dem", diag);
    FUZZ_CHECK((status == BRG_OK) == (dem != NULL));
    FUZZ_CHECK((status == BRG_OK) == (brg_diag_count(diag) == 0));
    if (dem) {
        check_model(dem);
        size_t length = 0, again_length = 0;
        char *text = written(dem, &length);
        FUZZ_CHECK(brg_dem_parse(&again, text, length, "again", NULL) == BRG_OK);
        char *second = written(again, &again_length);
        FUZZ_CHECK(length == again_length && memcmp(text, second, length) == 0);
        FUZZ_CHECK(again->detectors == dem->detectors && again->observables == dem->observables);
        free(text);
        free(second);
    }
    brg_dem_destroy(&again);
    brg_dem_destroy(&dem);
    brg_diag_destroy(&diag);
    return 0;
}
