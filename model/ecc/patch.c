/* SPDX-License-Identifier: Apache-2.0 */
/* The error model of a rotated surface code memory cut into rounds, and the rounds of a life drawn
 * from it. */
#include "model/ecc/patch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/patch_private.h"
#include "model/ecc/rtl_tables.h"

/* Layers 0; 1, 2, 3; 4: the three in the middle must be equal. */
enum { REFERENCE_ROUNDS = 4, MOST_ENDS = 2 };

/* A mechanism that a model has, with the layer of its earliest detector. */
typedef struct found {
    brg_patch_mechanism mechanism;
    uint32_t layer;
} found;

static int compare_ends(const void *x, const void *y) {
    const found *a = x, *b = y;
    if (a->layer != b->layer) return a->layer < b->layer ? -1 : 1;
    if (a->mechanism.a != b->mechanism.a) return a->mechanism.a < b->mechanism.a ? -1 : 1;
    if (a->mechanism.b != b->mechanism.b) return a->mechanism.b < b->mechanism.b ? -1 : 1;
    return (int)a->mechanism.flips - (int)b->mechanism.flips;
}

static int refuse(brg_diag *diag, const char *what) {
    brg_diag_add(diag, "", 0, 0, "patch", "%s", what);
    return BRG_EINPUT;
}

/* Detectors of this basis of one error, as layer * checks + check, sorted; the parts of an error
 * add up modulo 2. Returns their number, or more than MOST_ENDS. */
static uint32_t ends_of(const brg_dem *dem, const brg_dem_error *error, const uint32_t *number,
                        uint32_t end[MOST_ENDS], bool *flips) {
    uint32_t list[32], count = 0;
    *flips = false;
    for (uint32_t p = 0; p < error->part_count; p++) {
        const brg_dem_part *part = &dem->parts[error->first_part + p];
        *flips ^= part->observables & 1u;
        for (uint32_t k = 0; k < part->detector_count; k++) {
            const uint32_t at = number[dem->detectors_flipped[part->first_detector + k]];
            if (at == UINT32_MAX) continue;
            uint32_t i = 0;
            while (i < count && list[i] != at) i++;
            if (i < count)
                list[i] = list[--count];
            else if (count < sizeof list / sizeof *list)
                list[count++] = at;
            else
                return MOST_ENDS + 1;
        }
    }
    if (count > MOST_ENDS) return count;
    for (uint32_t i = 0; i < count; i++) end[i] = list[i];
    if (count == 2 && end[0] > end[1]) {
        end[0] = list[1];
        end[1] = list[0];
    }
    return count;
}

/* Number of each detector within the basis, UINT32_MAX for the other one. */
static int number_detectors(uint32_t *number, const brg_dem *dem, uint32_t d, uint32_t basis,
                            uint64_t rounds, brg_diag *diag) {
    const uint32_t checks = (d * d - 1) / 2;
    for (uint32_t i = 0; i < dem->detectors; i++) {
        const double *place = dem->coordinates + 4 * (size_t)i;
        number[i] = UINT32_MAX;
        if (!(place[0] >= 0 && place[1] >= 0 && place[2] >= 0 && place[2] <= (double)rounds))
            return refuse(diag, "a detector of the circuit has no place");
        const int32_t check =
            brg_qec_rtl_check(d, basis == 1, (uint32_t)place[0], (uint32_t)place[1]);
        if (check >= 0) number[i] = (uint32_t)place[2] * checks + (uint32_t)check;
    }
    return BRG_OK;
}

/* The mechanisms of a model as the basis sees them, equal ones merged, by layer. */
static int find_mechanisms(found **out, size_t *count, const brg_dem *dem, const uint32_t *number,
                           uint32_t checks, brg_diag *diag) {
    found *list = malloc((dem->error_count ? dem->error_count : 1) * sizeof *list);
    *count = 0;
    *out = list;
    if (!list) return BRG_ENOMEM;
    for (size_t e = 0; e < dem->error_count; e++) {
        uint32_t end[MOST_ENDS];
        bool flips;
        const uint32_t ends = ends_of(dem, &dem->errors[e], number, end, &flips);
        if (ends > MOST_ENDS)
            return refuse(diag, "an error of the circuit flips more than two checks of a basis");
        if (!ends && flips) return refuse(diag, "an error of the circuit is logical and unseen");
        if (!ends || !(dem->errors[e].probability > 0)) continue;
        const uint32_t layer = end[0] / checks;
        if (ends == 2 && end[1] / checks > layer + 1)
            return refuse(diag, "an error of the circuit spans more than two rounds");
        list[(*count)++] =
            (found){.mechanism = {.probability = dem->errors[e].probability,
                                  .a = (uint16_t)(end[0] - layer * checks),
                                  .b = ends == 2 ? (uint16_t)(end[1] - layer * checks)
                                                 : BRG_PATCH_NO_DETECTOR,
                                  .flips = flips},
                    .layer = layer};
    }
    qsort(list, *count, sizeof *list, compare_ends);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        brg_patch_mechanism *last = kept ? &list[kept - 1].mechanism : NULL;
        const double p = list[i].mechanism.probability;
        if (last && !compare_ends(&list[kept - 1], &list[i]))
            last->probability = last->probability * (1 - p) + p * (1 - last->probability);
        else
            list[kept++] = list[i];
    }
    *count = kept;
    return BRG_OK;
}

static int compare_probability(const void *x, const void *y) {
    const brg_patch_mechanism *a = x, *b = y;
    if (a->probability != b->probability) return a->probability > b->probability ? -1 : 1;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    if (a->b != b->b) return a->b < b->b ? -1 : 1;
    return (int)a->flips - (int)b->flips;
}

static void make_buckets(brg_patch_set *set) {
    qsort(set->mechanism, set->count, sizeof *set->mechanism, compare_probability);
    for (uint32_t i = 0; i < set->count; i++) {
        const double p = set->mechanism[i].probability;
        brg_patch_bucket *last = set->buckets ? &set->bucket[set->buckets - 1] : NULL;
        /* Within a factor of two of the largest; the last bucket takes whatever is left. */
        if (last && (2 * p > last->largest || set->buckets == BRG_PATCH_BUCKETS))
            last->count++;
        else
            set->bucket[set->buckets++] = (brg_patch_bucket){i, 1, p};
    }
}

/* Are the layers x and y of the list equal? */
static bool same_layers(const found *list, size_t count, uint32_t x, uint32_t y) {
    size_t i = 0, j = 0;
    while (i < count && list[i].layer != x) i++;
    while (j < count && list[j].layer != y) j++;
    for (; i < count && j < count && list[i].layer == x && list[j].layer == y; i++, j++) {
        const brg_patch_mechanism *a = &list[i].mechanism, *b = &list[j].mechanism;
        if (a->a != b->a || a->b != b->b || a->flips != b->flips) return false;
        if (fabs(a->probability - b->probability) > 1e-12 * a->probability) return false;
    }
    return (i == count || list[i].layer != x) && (j == count || list[j].layer != y);
}

static int fill_set(brg_patch_set *set, const found *list, size_t count, uint32_t layer) {
    set->mechanism = malloc((count ? count : 1) * sizeof *set->mechanism);
    if (!set->mechanism) return BRG_ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (list[i].layer == layer) set->mechanism[set->count++] = list[i].mechanism;
    make_buckets(set);
    return BRG_OK;
}

void brg_patch_sets_clear(brg_patch_set sets[BRG_PATCH_PARTS]) {
    for (int p = 0; p < BRG_PATCH_PARTS; p++) {
        free(sets[p].mechanism);
        sets[p] = (brg_patch_set){.count = 0};
    }
}

int brg_patch_sets_build(brg_patch_set sets[BRG_PATCH_PARTS], const brg_patch_config *config,
                         uint32_t basis, uint64_t rounds, brg_diag *diag) {
    const uint32_t d = config->distance, checks = (d * d - 1) / 2;
    const brg_ecc_task task = {basis ? BRG_CODE_SURFACE_ROTATED_X : BRG_CODE_SURFACE_ROTATED_Z,
                               BRG_ECC_CIRCUIT_LEVEL,
                               d,
                               rounds,
                               config->after_clifford_depolarization,
                               config->before_measure_flip,
                               config->after_reset_flip,
                               config->before_round_data_depolarization};
    brg_circuit *circuit = NULL;
    brg_dem *dem = NULL;
    uint32_t *number = NULL;
    found *list = NULL;
    size_t count = 0;
    for (int p = 0; p < BRG_PATCH_PARTS; p++) sets[p] = (brg_patch_set){.count = 0};
    int rc = brg_circuit_generate(&circuit, &task);
    if (!rc) rc = brg_dem_from_circuit(&dem, circuit, false, diag);
    if (!rc && !dem->coordinates) rc = refuse(diag, "the circuit gives no places of detectors");
    if (!rc) number = malloc((dem->detectors ? dem->detectors : 1) * sizeof *number);
    if (!rc && !number) rc = BRG_ENOMEM;
    if (!rc) rc = number_detectors(number, dem, d, basis, rounds, diag);
    if (!rc) rc = find_mechanisms(&list, &count, dem, number, checks, diag);
    for (uint32_t layer = 2; layer < rounds && !rc; layer++)
        if (!same_layers(list, count, 1, layer))
            rc = refuse(diag, "the rounds of the circuit are not alike");
    if (!rc) rc = fill_set(&sets[BRG_PATCH_FIRST], list, count, 0);
    if (!rc && rounds > 1) rc = fill_set(&sets[BRG_PATCH_BULK], list, count, 1);
    if (!rc) rc = fill_set(&sets[BRG_PATCH_LAST], list, count, (uint32_t)rounds);
    free(list);
    free(number);
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&circuit);
    if (rc) brg_patch_sets_clear(sets);
    return rc;
}

static bool is_probability(double p) {
    return p >= 0 && p <= 1;
}

static int check_config(const brg_patch_config *c, brg_diag *diag) {
    if (c->distance < 3 || c->distance > BRG_PATCH_MAX_DISTANCE || c->distance % 2 == 0) {
        brg_diag_add(diag, "", 0, 0, "distance", "%u is not a distance, accepted: odd, 3 to %d",
                     (unsigned)c->distance, BRG_PATCH_MAX_DISTANCE);
        return BRG_EINPUT;
    }
    if (!is_probability(c->after_clifford_depolarization) ||
        !is_probability(c->before_measure_flip) || !is_probability(c->after_reset_flip) ||
        !is_probability(c->before_round_data_depolarization))
        return refuse(diag, "a probability lies outside 0 to 1");
    return BRG_OK;
}

int brg_patch_model_new(brg_patch_model **out, const brg_patch_config *config, brg_diag *diag) {
    if (!out || !config) return BRG_EINVAL;
    *out = NULL;
    int rc = check_config(config, diag);
    if (rc) return rc;
    brg_patch_model *m = calloc(1, sizeof *m);
    if (!m) return BRG_ENOMEM;
    m->config = *config;
    m->checks = (config->distance * config->distance - 1) / 2;
    for (uint32_t b = 0; b < BRG_PATCH_BASES && !rc; b++)
        rc = brg_patch_sets_build(m->set[b], config, b, REFERENCE_ROUNDS, diag);
    if (rc) {
        brg_patch_model_destroy(&m);
        return rc;
    }
    *out = m;
    return BRG_OK;
}

void brg_patch_model_destroy(brg_patch_model **model) {
    if (!model || !*model) return;
    for (int b = 0; b < BRG_PATCH_BASES; b++) brg_patch_sets_clear((*model)->set[b]);
    free(*model);
    *model = NULL;
}

uint32_t brg_patch_checks(const brg_patch_model *model) {
    return model->checks;
}

/* Lives. */

int brg_patch_life_new(brg_patch_life **out, const brg_patch_model *model) {
    if (!out || !model) return BRG_EINVAL;
    *out = calloc(1, sizeof **out);
    if (!*out) return BRG_ENOMEM;
    (*out)->model = model;
    return BRG_OK;
}

void brg_patch_life_destroy(brg_patch_life **life) {
    if (!life || !*life) return;
    for (int b = 0; b < BRG_PATCH_BASES; b++) {
        free((*life)->basis[b].events.number);
        brg_patch_windows_clear(&(*life)->basis[b]);
    }
    free((*life)->scratch);
    free((*life)->edges);
    free(*life);
    *life = NULL;
}

void brg_patch_open(brg_patch_life *life, const brg_patch_key *key) {
    life->open = true;
    life->closed = false;
    life->status = BRG_OK;
    life->rounds = 0;
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) {
        brg_patch_basis *basis = &life->basis[b];
        const uint64_t interval = (((uint64_t)key->qubit << 32 | key->life) << 1) | b;
        basis->stream = brg_stream_make(life->model->config.seed, key->query, key->trajectory,
                                        BRG_PURPOSE_PATCH, interval);
        memset(basis->layer, 0, sizeof basis->layer);
        basis->flipped = false;
        basis->events.count = 0;
    }
}

uint64_t brg_patch_rounds(const brg_patch_life *life) {
    return life->rounds;
}

static uint64_t skip_sites(brg_stream *s, double p) {
    return p >= 1 ? 0 : brg_stream_geometric(s, p);
}

static void begin_set(brg_patch_basis *basis, const brg_patch_set *set) {
    for (uint32_t i = 0; i < set->buckets; i++)
        basis->skip[i] = skip_sites(&basis->stream, set->bucket[i].largest);
}

static void flip_detector(brg_patch_basis *basis, uint32_t checks, uint16_t at) {
    const uint32_t later = at >= checks, check = later ? at - checks : at;
    basis->layer[later][check / 64] ^= (uint64_t)1 << check % 64;
}

static void occur(brg_patch_basis *basis, uint32_t checks, const brg_patch_mechanism *m) {
    flip_detector(basis, checks, m->a);
    if (m->b != BRG_PATCH_NO_DETECTOR) flip_detector(basis, checks, m->b);
    basis->flipped ^= m->flips;
}

/* One run through the mechanisms of a set. A skip goes on into the next run: the sites of all
 * rounds of the bulk are one sequence. */
static void draw_set(brg_patch_basis *basis, uint32_t checks, const brg_patch_set *set) {
    for (uint32_t i = 0; i < set->buckets; i++) {
        const brg_patch_bucket *bucket = &set->bucket[i];
        uint64_t at = basis->skip[i];
        while (at < bucket->count) {
            const brg_patch_mechanism *m = &set->mechanism[bucket->first + at];
            const double p = m->probability;
            if (p >= bucket->largest || brg_stream_uniform(&basis->stream) * bucket->largest < p)
                occur(basis, checks, m);
            const uint64_t skip = skip_sites(&basis->stream, bucket->largest);
            at = skip < UINT64_MAX - at - 1 ? at + 1 + skip : UINT64_MAX;
        }
        basis->skip[i] = at == UINT64_MAX ? at : at - bucket->count;
    }
}

static int push_event(brg_patch_events *list, uint32_t number) {
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 64;
        uint32_t *grown = realloc(list->number, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        list->number = grown;
        list->capacity = capacity;
    }
    list->number[list->count++] = number;
    return BRG_OK;
}

/* The layer that is complete goes out and into the list of events. */
static int take_layer(brg_patch_life *life, brg_patch_basis *basis, uint64_t out[2]) {
    int rc = BRG_OK;
    for (uint32_t w = 0; w < 2; w++) {
        out[w] = basis->layer[0][w];
        for (uint64_t left = out[w]; left && !rc; left &= left - 1) {
            const uint32_t check = 64 * w + (uint32_t)__builtin_ctzll(left);
            rc = push_event(&basis->events, (uint32_t)(life->rounds * life->model->checks + check));
        }
        basis->layer[0][w] = basis->layer[1][w];
        basis->layer[1][w] = 0;
    }
    return rc;
}

int brg_patch_round(brg_patch_life *life, uint64_t events[BRG_PATCH_BASES][2]) {
    if (!life || !events) return BRG_EINVAL;
    if (!life->open) return BRG_ESTATE;
    if (life->status) return life->status;
    const uint32_t checks = life->model->checks;
    if (life->rounds >= UINT32_MAX / checks - 2) return BRG_EINVAL;
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) {
        brg_patch_basis *basis = &life->basis[b];
        const brg_patch_set *set =
            &life->model->set[b][life->rounds ? BRG_PATCH_BULK : BRG_PATCH_FIRST];
        if (life->rounds < 2) begin_set(basis, set);
        draw_set(basis, checks, set);
        const int rc = take_layer(life, basis, events[b]);
        if (rc) return life->status = rc;
    }
    life->rounds++;
    return BRG_OK;
}

int brg_patch_close(brg_patch_life *life, uint64_t events[BRG_PATCH_BASES][2], unsigned *flips) {
    if (!life || !events || !flips) return BRG_EINVAL;
    if (!life->open) return BRG_ESTATE;
    if (life->status) return life->status;
    *flips = 0;
    memset(events, 0, sizeof(uint64_t) * BRG_PATCH_BASES * 2);
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) {
        brg_patch_basis *basis = &life->basis[b];
        if (life->rounds) {
            const brg_patch_set *set = &life->model->set[b][BRG_PATCH_LAST];
            begin_set(basis, set);
            draw_set(basis, life->model->checks, set);
            const int rc = take_layer(life, basis, events[b]);
            if (rc) return life->status = rc;
        }
        *flips |= (unsigned)basis->flipped << b;
    }
    life->open = false;
    life->closed = true;
    return BRG_OK;
}
