/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms of the detector error model, thinned to one basis, drawn by skipping. */
#include "qec_noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/dem.h"
#include "model/ecc/rtl_tables.h"
#include "test.h"

typedef struct {
    double probability;
    int count, nodes[8];
    int observable;
} mechanism;

struct qec_noise {
    mechanism *list;
    size_t count, nodes;
    double most;
};

static int node_of(const double *at, int distance, bool measures_x) {
    const int32_t check =
        brg_qec_rtl_check((uint32_t)distance, measures_x, (uint32_t)at[0], (uint32_t)at[1]);
    return check < 0 ? -1 : (int)at[2] * (distance * distance - 1) / 2 + check;
}

static void add_mechanism(qec_noise *noise, const brg_dem *dem, const brg_dem_error *error,
                          int distance, bool measures_x) {
    mechanism m = {.probability = error->probability};
    for (uint32_t i = 0; i < error->part_count; i++) {
        const brg_dem_part *part = &dem->parts[error->first_part + i];
        m.observable ^= (int)(part->observables & 1);
        for (uint32_t k = 0; k < part->detector_count; k++) {
            const uint32_t detector = dem->detectors_flipped[part->first_detector + k];
            const int node = node_of(&dem->coordinates[4 * (size_t)detector], distance, measures_x);
            if (node >= 0 && m.count < 8) m.nodes[m.count++] = node;
        }
    }
    if (m.count == 0) return;
    if (m.probability > noise->most) noise->most = m.probability;
    noise->list[noise->count++] = m;
}

qec_noise *qec_noise_new(int distance, int rounds, bool measures_x, double p) {
    const brg_ecc_task task = {
        .code = measures_x ? BRG_CODE_SURFACE_ROTATED_X : BRG_CODE_SURFACE_ROTATED_Z,
        .noise = BRG_ECC_CIRCUIT_LEVEL,
        .distance = (uint32_t)distance,
        .rounds = (uint64_t)rounds,
        .after_clifford_depolarization = p,
        .before_measure_flip = p,
        .after_reset_flip = p,
        .before_round_data_depolarization = p};
    brg_circuit *circuit = NULL;
    brg_dem *dem = NULL;
    qec_noise *noise = calloc(1, sizeof *noise);
    if (noise && !brg_circuit_generate(&circuit, &task) &&
        !brg_dem_from_circuit(&dem, circuit, false, NULL) && dem->coordinates)
        noise->list = calloc(dem->error_count, sizeof *noise->list);
    if (noise && noise->list) {
        noise->nodes = (size_t)((rounds + 1) * (distance * distance - 1) / 2);
        for (size_t e = 0; e < dem->error_count; e++)
            add_mechanism(noise, dem, &dem->errors[e], distance, measures_x);
    } else {
        qec_noise_destroy(&noise);
    }
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&circuit);
    return noise;
}

static double unit(uint64_t *random) {
    return ((double)(test_random(random) >> 11) + 0.5) * 0x1p-53;
}

/* Places that would fire at the greatest probability are found by geometric skips, then thinned. */
int qec_noise_sample(const qec_noise *noise, uint64_t *random, uint8_t *events) {
    memset(events, 0, noise->nodes);
    int flipped = 0;
    const double scale = 1 / log1p(-noise->most);
    for (double at = floor(log(unit(random)) * scale); at < (double)noise->count;
         at += 1 + floor(log(unit(random)) * scale)) {
        const mechanism *m = &noise->list[(size_t)at];
        if (unit(random) * noise->most >= m->probability) continue;
        for (int k = 0; k < m->count; k++) events[m->nodes[k]] ^= 1;
        flipped ^= m->observable;
    }
    return flipped;
}

void qec_noise_destroy(qec_noise **noise) {
    if (*noise) free((*noise)->list);
    free(*noise);
    *noise = NULL;
}
