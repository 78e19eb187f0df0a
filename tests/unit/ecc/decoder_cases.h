/* SPDX-License-Identifier: Apache-2.0 */
/* Error models for the tests of decoders: built by hand or generated, and sampled error by error,
 * apart from the frame sampler. */
#ifndef BRG_TESTS_ECC_DECODER_CASES_H
#define BRG_TESTS_ECC_DECODER_CASES_H

#include <math.h>
#include <string.h>

#include "model/ecc/decoder.h"
#include "test.h"

enum { HAND_ERRORS = 8192 };

/* A model of errors of one part each. */
typedef struct hand_dem {
    brg_dem dem;
    brg_dem_error errors[HAND_ERRORS];
    brg_dem_part parts[HAND_ERRORS];
    uint32_t flips[2 * HAND_ERRORS];
    uint32_t flip_count;
} hand_dem;

static inline hand_dem *hand_new(uint32_t detectors, uint32_t observables) {
    hand_dem *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->dem = (brg_dem){.errors = h->errors,
                       .parts = h->parts,
                       .detectors_flipped = h->flips,
                       .detectors = detectors,
                       .observables = observables};
    return h;
}

enum { OUT = -1 }; /* an end at the boundary */

static inline void hand_add(hand_dem *h, double p, int a, int b, uint64_t observables) {
    const size_t i = h->dem.error_count++;
    assert_true(i < HAND_ERRORS);
    h->errors[i] = (brg_dem_error){p, (uint32_t)i, 1};
    h->parts[i] = (brg_dem_part){h->flip_count, 0, observables};
    const int ends[2] = {a, b};
    for (int k = 0; k < 2; ++k)
        if (ends[k] != OUT) {
            h->flips[h->flip_count++] = (uint32_t)ends[k];
            ++h->parts[i].detector_count;
        }
}

/* Repetition code of distance d: d - 1 checks, `rounds` layers, data errors p in each, record
 * errors q between layers. */
static inline hand_dem *hand_repetition(int d, int rounds, double p, double q) {
    hand_dem *h = hand_new((uint32_t)((d - 1) * rounds), 1);
    for (int t = 0; t < rounds; ++t)
        for (int i = 0; i < d; ++i) {
            const int base = t * (d - 1);
            hand_add(h, p, i ? base + i - 1 : OUT, i < d - 1 ? base + i : OUT, i == 0);
            if (t + 1 < rounds && i < d - 1) hand_add(h, q, base + i, base + i + d - 1, 0);
        }
    return h;
}

/* Toric code of size L, one kind of check: a detector a vertex and layer, two observables, no
 * boundary. */
static inline hand_dem *hand_toric(int size, int rounds, double p, double q) {
    const int area = size * size;
    hand_dem *h = hand_new((uint32_t)(area * rounds), 2);
    for (int t = 0; t < rounds; ++t)
        for (int y = 0; y < size; ++y)
            for (int x = 0; x < size; ++x) {
                const int at = t * area + y * size + x;
                hand_add(h, p, at, t * area + y * size + (x + 1) % size, x == size - 1);
                hand_add(h, p, at, t * area + (y + 1) % size * size + x, y == size - 1 ? 2u : 0u);
                if (t + 1 < rounds) hand_add(h, q, at, at + area, 0);
            }
    return h;
}

static inline brg_graph *graph_of(const brg_dem *dem, uint32_t max_weight) {
    brg_graph *g = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_graph_from_dem(&g, dem, max_weight, diag);
    if (status != BRG_OK) brg_diag_print(diag, stderr);
    brg_diag_destroy(&diag);
    assert_int_equal(status, BRG_OK);
    return g;
}

static inline brg_decoder *decoder_of(brg_decoder_kind kind, const brg_graph *graph) {
    brg_decoder *d = NULL;
    assert_int_equal(brg_decoder_new(&d, kind, graph), BRG_OK);
    return d;
}

/* Model of a memory experiment whose rates are all p. */
static inline brg_dem *memory_dem(brg_ecc_code code, brg_ecc_noise noise, uint32_t distance,
                                  uint64_t rounds, double p) {
    const brg_ecc_task task = {code, noise, distance, rounds, p, p, p, p};
    brg_circuit *circuit = NULL;
    brg_dem *dem = NULL;
    assert_int_equal(brg_circuit_generate(&circuit, &task), BRG_OK);
    assert_int_equal(brg_dem_from_circuit(&dem, circuit, true, NULL), BRG_OK);
    brg_circuit_destroy(&circuit);
    return dem;
}

static inline double test_uniform(uint64_t *state) {
    return ((double)(test_random(state) >> 11) + 0.5) * 0x1p-53;
}

/* Rows of b8 and observables of `count` shots; stride as brg_decoder_decode_batch takes it. */
static inline void sample_dem(const brg_dem *dem, size_t count, uint8_t *rows, size_t stride,
                              uint64_t *observables, uint64_t *state) {
    memset(rows, 0, count * stride);
    memset(observables, 0, count * sizeof *observables);
    for (size_t e = 0; e < dem->error_count; ++e) {
        const brg_dem_error *error = &dem->errors[e];
        if (error->probability <= 0) continue;
        const double scale = 1 / log1p(-error->probability);
        double shot = floor(log(test_uniform(state)) * scale);
        for (; shot < (double)count; shot += 1 + floor(log(test_uniform(state)) * scale)) {
            const size_t s = (size_t)shot;
            for (uint32_t i = 0; i < error->part_count; ++i) {
                const brg_dem_part *part = &dem->parts[error->first_part + i];
                observables[s] ^= part->observables;
                for (uint32_t k = 0; k < part->detector_count; ++k) {
                    const uint32_t d = dem->detectors_flipped[part->first_detector + k];
                    rows[s * stride + d / 8] ^= (uint8_t)(1u << d % 8);
                }
            }
        }
    }
}

static inline size_t row_events(uint32_t *events, const uint8_t *row, uint32_t detectors) {
    size_t count = 0;
    for (uint32_t d = 0; d < detectors; ++d)
        if (row[d / 8] >> d % 8 & 1) events[count++] = d;
    return count;
}

/* Errors of a decoder, and of a second one (may be NULL) on the same shots. */
typedef struct tally {
    size_t shots, errors[2], disagree;
} tally;

static inline tally count_errors(const brg_dem *dem, brg_decoder *first, brg_decoder *second,
                                 size_t shots, uint64_t *state) {
    enum { BATCH = 8192 };
    const size_t stride = ((size_t)dem->detectors + 7) / 8;
    uint8_t *rows = malloc(BATCH * stride + 1);
    uint64_t *truth = malloc(BATCH * sizeof *truth), *answer[2];
    answer[0] = malloc(BATCH * sizeof **answer);
    answer[1] = malloc(BATCH * sizeof **answer);
    assert_true(rows && truth && answer[0] && answer[1]);
    tally t = {0};
    while (t.shots < shots) {
        const size_t n = shots - t.shots < BATCH ? shots - t.shots : BATCH;
        sample_dem(dem, n, rows, stride, truth, state);
        brg_decoder_decode_batch(first, rows, stride, n, answer[0]);
        if (second) brg_decoder_decode_batch(second, rows, stride, n, answer[1]);
        for (size_t s = 0; s < n; ++s) {
            t.errors[0] += answer[0][s] != truth[s];
            t.errors[1] += second && answer[1][s] != truth[s];
            t.disagree += second && answer[0][s] != answer[1][s];
        }
        t.shots += n;
    }
    free(rows);
    free(truth);
    free(answer[0]);
    free(answer[1]);
    return t;
}

/* Sanitized builds are several times slower. */
static inline size_t scaled(size_t count, size_t divisor) {
#ifdef __SANITIZE_ADDRESS__
    return count / divisor;
#else
    (void)divisor;
    return count;
#endif
}

#endif
