/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of a closed life: all layers at once, or windows that slide over them. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/patch_private.h"

enum { MAX_WEIGHT = 255, MOST_LOOKUP_LAYERS = 4 };

/* Models of windows. */

static bool closes(brg_patch_window_kind kind) {
    return kind == BRG_WINDOW_WHOLE || kind == BRG_WINDOW_FINAL;
}

static const brg_patch_set *set_of(const brg_patch_model *model, uint32_t basis,
                                   brg_patch_window_kind kind, uint32_t layers, uint32_t layer) {
    const bool first = layer == 0 && (kind == BRG_WINDOW_WHOLE || kind == BRG_WINDOW_FIRST);
    if (closes(kind) && layer + 1 == layers) return &model->set[basis][BRG_PATCH_LAST];
    return &model->set[basis][first ? BRG_PATCH_FIRST : BRG_PATCH_BULK];
}

/* Observable 0 is the logical operator. With commit, only errors of the layers before it count, and
 * observable 1 + c says whether they flip check c of layer `commit`: the answer of a decoder that
 * knows classes only is then all that the next window needs. */
static uint64_t observables_of(const brg_patch_mechanism *m, uint32_t checks, uint32_t layer,
                               uint32_t commit) {
    const uint64_t flips = m->flips;
    if (!commit) return flips;
    if (layer >= commit) return 0;
    uint64_t crossing = 0;
    if (layer + 1 == commit && m->b != BRG_PATCH_NO_DETECTOR && m->b >= checks)
        crossing = (uint64_t)2 << (m->b - checks);
    return flips | crossing;
}

int brg_patch_window_dem(brg_dem **out, const brg_patch_model *model, uint32_t basis,
                         brg_patch_window_kind kind, uint32_t layers, uint32_t commit) {
    size_t most = 0;
    for (uint32_t t = 0; t < layers; t++) most += set_of(model, basis, kind, layers, t)->count;
    brg_dem *dem = calloc(1, sizeof *dem);
    *out = dem;
    if (!dem) return BRG_ENOMEM;
    const uint32_t checks = model->checks, detectors = layers * checks;
    dem->detectors = detectors;
    dem->observables = commit ? 1 + checks : 1;
    dem->errors = malloc((most ? most : 1) * sizeof *dem->errors);
    dem->parts = malloc((most ? most : 1) * sizeof *dem->parts);
    dem->detectors_flipped = malloc((most ? 2 * most : 1) * sizeof *dem->detectors_flipped);
    if (!dem->errors || !dem->parts || !dem->detectors_flipped) {
        brg_dem_destroy(out);
        return BRG_ENOMEM;
    }
    uint32_t flips = 0;
    for (uint32_t t = 0; t < layers; t++) {
        const brg_patch_set *set = set_of(model, basis, kind, layers, t);
        for (uint32_t i = 0; i < set->count; i++) {
            const brg_patch_mechanism *m = &set->mechanism[i];
            const uint32_t end[2] = {t * checks + m->a, t * checks + m->b};
            const uint32_t e = (uint32_t)dem->error_count;
            dem->parts[e] = (brg_dem_part){flips, 0, observables_of(m, checks, t, commit)};
            /* What lies beyond an open end is not seen yet: the error ends at the boundary. */
            for (int k = 0; k < (m->b == BRG_PATCH_NO_DETECTOR ? 1 : 2); k++)
                if (end[k] < detectors) {
                    dem->detectors_flipped[flips++] = end[k];
                    dem->parts[e].detector_count++;
                }
            if (!dem->parts[e].detector_count) continue;
            dem->errors[e] = (brg_dem_error){m->probability, e, 1};
            dem->error_count++;
        }
    }
    return BRG_OK;
}

static void clear_window(brg_patch_window *w) {
    brg_decoder_destroy(&w->decoder);
    brg_graph_destroy(&w->graph);
    w->used = false;
}

void brg_patch_windows_clear(brg_patch_basis *basis) {
    for (int i = 0; i < BRG_PATCH_WINDOWS; i++) clear_window(&basis->window[i]);
    basis->next_window = 0;
}

static int make_window(brg_patch_window *w, const brg_patch_life *life, uint32_t basis) {
    brg_dem *dem = NULL;
    int rc = brg_patch_window_dem(&dem, life->model, basis, w->kind, w->layers, w->commit);
    if (!rc) rc = brg_graph_from_dem(&w->graph, dem, MAX_WEIGHT, NULL);
    if (!rc) rc = brg_decoder_new(&w->decoder, life->kind, w->graph);
    brg_dem_destroy(&dem);
    w->used = true;
    if (rc) clear_window(w);
    return rc;
}

/* The decoder of such a window, made when it is met first. */
static int window_of(brg_patch_window **out, brg_patch_life *life, uint32_t basis,
                     brg_patch_window_kind kind, uint32_t layers, uint32_t commit) {
    brg_patch_basis *b = &life->basis[basis];
    if (life->kind != BRG_DECODER_LOOKUP) commit = 0;
    for (int i = 0; i < BRG_PATCH_WINDOWS; i++) {
        brg_patch_window *w = &b->window[i];
        if (w->used && w->kind == kind && w->layers == layers && w->commit == commit) {
            *out = w;
            return BRG_OK;
        }
    }
    brg_patch_window *w = &b->window[b->next_window];
    b->next_window = (b->next_window + 1) % BRG_PATCH_WINDOWS;
    clear_window(w);
    *w = (brg_patch_window){.kind = kind, .layers = layers, .commit = commit};
    *out = w;
    return make_window(w, life, basis);
}

/* Decoding. */

static int grow(uint32_t **array, size_t *capacity, size_t count) {
    if (count <= *capacity) return BRG_OK;
    uint32_t *grown = realloc(*array, count * sizeof *grown);
    if (!grown) return BRG_ENOMEM;
    *array = grown;
    *capacity = count;
    return BRG_OK;
}

/* What a window hands to the next: events of its first layers that differ from those measured. */
typedef struct carry {
    uint64_t flip[2]; /* checks of the first layer that is not committed */
} carry;

static void carry_flip(carry *c, uint32_t check) {
    c->flip[check / 64] ^= (uint64_t)1 << check % 64;
}

/* Events of layers first .. first + layers - 1, numbered from 0, with the carried flips in the
 * first of them; *at is the place in the list of the first event that is not before the window. */
static int window_events(brg_patch_life *life, const brg_patch_basis *basis, uint64_t first,
                         uint32_t layers, const carry *carried, size_t *at, size_t *count) {
    const uint32_t checks = life->model->checks;
    const uint64_t begin = first * checks, end = (first + layers) * checks;
    const brg_patch_events *list = &basis->events;
    while (*at < list->count && list->number[*at] < begin) ++*at;
    size_t last = *at;
    while (last < list->count && list->number[last] < end) last++;
    int rc = grow(&life->scratch, &life->scratch_capacity, last - *at + checks + 1);
    if (rc) return rc;
    *count = 0;
    size_t i = *at;
    uint64_t layer[2] = {carried->flip[0], carried->flip[1]};
    for (; i < last && list->number[i] < begin + checks; i++) {
        const uint32_t check = (uint32_t)(list->number[i] - begin);
        layer[check / 64] ^= (uint64_t)1 << check % 64;
    }
    for (uint32_t w = 0; w < 2; w++)
        for (uint64_t left = layer[w]; left; left &= left - 1)
            life->scratch[(*count)++] = 64 * w + (uint32_t)__builtin_ctzll(left);
    for (; i < last; i++) life->scratch[(*count)++] = (uint32_t)(list->number[i] - begin);
    return BRG_OK;
}

/* The committed part of a correction given by its edges. */
static int commit_edges(brg_patch_life *life, brg_patch_window *w, size_t events, uint32_t commit,
                        carry *next, bool *flipped) {
    const uint32_t checks = life->model->checks, border = commit * checks;
    size_t edges = 0;
    int rc = grow(&life->edges, &life->edge_capacity, w->graph->edge_count + 1);
    if (!rc) rc = brg_decoder_correction(w->decoder, life->scratch, events, life->edges, &edges);
    for (size_t i = 0; i < edges && !rc; i++) {
        const brg_edge *e = &w->graph->edges[life->edges[i]];
        if (e->a >= border) continue;
        *flipped ^= e->observables & 1u;
        if (e->b != w->graph->detectors && e->b >= border) carry_flip(next, e->b - border);
    }
    return rc;
}

static int decode_open(brg_patch_life *life, brg_patch_window *w, size_t events, uint32_t commit,
                       carry *next, bool *flipped) {
    *next = (carry){{0, 0}};
    if (!events) return BRG_OK;
    if (life->kind != BRG_DECODER_LOOKUP)
        return commit_edges(life, w, events, commit, next, flipped);
    const uint64_t answer = brg_decoder_decode(w->decoder, life->scratch, events);
    *flipped ^= answer & 1u;
    next->flip[0] = answer >> 1;
    return brg_decoder_status(w->decoder);
}

/* Windows of `window` layers step by half of it; the one before the final window steps by less, so
 * that the final one is full too and needs no model of its own. */
static int decode_basis(brg_patch_life *life, uint32_t b, uint32_t window, bool *flipped) {
    const brg_patch_basis *basis = &life->basis[b];
    const uint64_t layers = life->rounds + 1;
    *flipped = false;
    if (!basis->events.count) return BRG_OK;
    brg_patch_window *w = NULL;
    carry carried = {{0, 0}};
    size_t at = 0, count = 0;
    uint64_t first = 0;
    const bool whole = !window || layers <= window;
    while (!whole && first + window < layers) {
        uint32_t commit = window / 2;
        if (layers - first < window + commit) commit = (uint32_t)(layers - first - window);
        int rc = window_events(life, basis, first, window, &carried, &at, &count);
        if (!rc)
            rc = window_of(&w, life, b, first ? BRG_WINDOW_MIDDLE : BRG_WINDOW_FIRST, window,
                           commit);
        if (!rc) rc = decode_open(life, w, count, commit, &carried, flipped);
        if (rc) return rc;
        first += commit;
    }
    const uint32_t left = (uint32_t)(layers - first);
    int rc = window_events(life, basis, first, left, &carried, &at, &count);
    if (rc || !count) return rc;
    rc = window_of(&w, life, b, whole ? BRG_WINDOW_WHOLE : BRG_WINDOW_FINAL, left, 0);
    if (rc) return rc;
    *flipped ^= brg_decoder_decode(w->decoder, life->scratch, count) & 1u;
    return brg_decoder_status(w->decoder);
}

int brg_patch_residual(brg_patch_life *life, brg_decoder_kind kind, uint32_t window,
                       unsigned *residual) {
    if (!life || !residual || (unsigned)kind > BRG_DECODER_EXACT || window == 1) return BRG_EINVAL;
    if (kind == BRG_DECODER_LOOKUP &&
        (life->model->config.distance != 3 || window < 2 || window > MOST_LOOKUP_LAYERS))
        return BRG_EINVAL;
    if (!life->closed) return BRG_ESTATE;
    if (life->kind != kind || life->length != window) {
        for (int b = 0; b < BRG_PATCH_BASES; b++) brg_patch_windows_clear(&life->basis[b]);
        life->kind = kind;
        life->length = window;
    }
    *residual = 0;
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) {
        bool flipped;
        const int rc = decode_basis(life, b, window, &flipped);
        if (rc) return rc;
        *residual |= (unsigned)(life->basis[b].flipped != flipped) << b;
    }
    return BRG_OK;
}
