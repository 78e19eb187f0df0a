/* SPDX-License-Identifier: Apache-2.0 */
/* Matching graphs of detector error models: edges, weights, connected parts, arcs by node. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

typedef struct candidate {
    uint32_t a, b;
    uint64_t observables;
    double probability;
} candidate;

/* Edges of the same ends and class side by side; equal ones keep a fixed order by probability, so
 * that the sum does not depend on the sort. */
static int candidate_order(const void *left, const void *right) {
    const candidate *x = left, *y = right;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    if (x->observables != y->observables) return x->observables < y->observables ? -1 : 1;
    return (x->probability > y->probability) - (x->probability < y->probability);
}

static double either(double p, double q) {
    return p * (1 - q) + q * (1 - p);
}

/* Ends of a part, a < b. A detector named twice is not flipped. Returns how many there are. */
static uint32_t part_ends(const brg_dem *dem, const brg_dem_part *part, uint32_t ends[2]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < part->detector_count; ++i) {
        const uint32_t d = dem->detectors_flipped[part->first_detector + i];
        bool twice = false;
        for (uint32_t j = 0; j < part->detector_count; ++j)
            twice ^= j != i && dem->detectors_flipped[part->first_detector + j] == d;
        bool earlier = false;
        for (uint32_t j = 0; j < i; ++j)
            earlier |= dem->detectors_flipped[part->first_detector + j] == d;
        if (twice || earlier) continue;
        if (count < 2) ends[count] = d;
        ++count;
    }
    if (count == 1) ends[1] = dem->detectors;
    if (count == 2 && ends[0] > ends[1]) {
        const uint32_t swap = ends[0];
        ends[0] = ends[1];
        ends[1] = swap;
    }
    return count;
}

static int collect(candidate **out, size_t *count, const brg_dem *dem, brg_diag *diag) {
    size_t room = 0, used = 0;
    for (size_t e = 0; e < dem->error_count; ++e) room += dem->errors[e].part_count;
    candidate *list = malloc((room ? room : 1) * sizeof *list);
    if (!list) return BRG_ENOMEM;
    int status = BRG_OK;
    for (size_t e = 0; e < dem->error_count && !status; ++e) {
        const brg_dem_error *error = &dem->errors[e];
        for (uint32_t i = 0; i < error->part_count && !status; ++i) {
            const brg_dem_part *part = &dem->parts[error->first_part + i];
            uint32_t ends[2] = {0, 0};
            const uint32_t n = part_ends(dem, part, ends);
            if (n > 2) {
                brg_diag_add(diag, NULL, 0, 0, "error",
                             "error %zu flips %u detectors in one part, a matching graph takes at "
                             "most 2: decompose the model",
                             e, (unsigned)n);
                status = BRG_EINPUT;
            } else if (n > 0 && error->probability > 0) {
                list[used++] = (candidate){ends[0], ends[1], part->observables, error->probability};
            }
        }
    }
    if (status != BRG_OK) {
        free(list);
        return status;
    }
    *out = list;
    *count = used;
    return BRG_OK;
}

/* Merges runs of equal ends in place; returns the number of edges. */
static size_t merge(brg_edge *edges, const candidate *list, size_t count) {
    size_t used = 0;
    for (size_t i = 0; i < count;) {
        const uint32_t a = list[i].a, b = list[i].b;
        double all = 0, best = -1;
        uint64_t observables = 0;
        while (i < count && list[i].a == a && list[i].b == b) {
            const uint64_t class = list[i].observables;
            double p = 0;
            for (; i < count && list[i].a == a && list[i].b == b && list[i].observables == class;
                 ++i)
                p = either(p, list[i].probability);
            if (p > best) {
                best = p;
                observables = class;
            }
            all = either(all, p);
        }
        edges[used++] = (brg_edge){.a = a, .b = b, .observables = observables, .probability = all};
    }
    return used;
}

static double log_odds(double p) {
    return p >= 0.5 ? 0 : log((1 - p) / p);
}

int brg_graph_from_dem(brg_graph **out, const brg_dem *dem, uint32_t max_weight, brg_diag *diag) {
    if (!out || !dem || max_weight < 1 || max_weight > 65535) return BRG_EINVAL;
    candidate *list = NULL;
    size_t count = 0;
    const int status = collect(&list, &count, dem, diag);
    if (status != BRG_OK) return status;
    qsort(list, count, sizeof *list, candidate_order);
    brg_graph *g = calloc(1, sizeof *g);
    brg_edge *edges = malloc((count ? count : 1) * sizeof *edges);
    if (!g || !edges || count > UINT32_MAX / 2) {
        free(g);
        free(edges);
        free(list);
        return BRG_ENOMEM;
    }
    g->detectors = dem->detectors;
    g->observables = dem->observables;
    g->edges = edges;
    g->edge_count = (uint32_t)merge(edges, list, count);
    free(list);
    double largest = 0;
    for (uint32_t e = 0; e < g->edge_count; ++e)
        largest = fmax(largest, log_odds(edges[e].probability));
    const double scale = largest > 0 ? (double)max_weight / largest : 0;
    for (uint32_t e = 0; e < g->edge_count; ++e)
        edges[e].weight = (uint32_t)fmax(1, round(scale * log_odds(edges[e].probability)));
    *out = g;
    return BRG_OK;
}

void brg_graph_destroy(brg_graph **graph) {
    if (!graph || !*graph) return;
    free((*graph)->edges);
    free(*graph);
    *graph = NULL;
}

static uint32_t find(uint32_t *parent, uint32_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
}

int brg_graph_parts_make(brg_graph_parts *parts, const brg_graph *graph) {
    const size_t n = graph->detectors;
    memset(parts, 0, sizeof *parts);
    uint32_t *parent = malloc((n + 1) * sizeof *parent);
    parts->part_of = malloc((n + 1) * sizeof *parts->part_of);
    parts->local = malloc((n + 1) * sizeof *parts->local);
    if (!parent || !parts->part_of || !parts->local) goto fail;
    for (uint32_t v = 0; v < n; ++v) parent[v] = v;
    for (uint32_t e = 0; e < graph->edge_count; ++e)
        if (graph->edges[e].b < n)
            parent[find(parent, graph->edges[e].a)] = find(parent, graph->edges[e].b);
    for (uint32_t v = 0; v < n; ++v)
        if (find(parent, v) == v) parts->part_of[v] = parts->count++;
    parts->size = calloc(parts->count + 1, sizeof *parts->size);
    parts->observables = calloc(parts->count + 1, sizeof *parts->observables);
    parts->boundary = calloc(parts->count + 1, sizeof *parts->boundary);
    if (!parts->size || !parts->observables || !parts->boundary) goto fail;
    for (uint32_t v = 0; v < n; ++v) {
        parts->part_of[v] = parts->part_of[find(parent, v)];
        parts->local[v] = parts->size[parts->part_of[v]]++;
    }
    for (uint32_t e = 0; e < graph->edge_count; ++e) {
        const uint32_t p = parts->part_of[graph->edges[e].a];
        parts->observables[p] |= graph->edges[e].observables;
        parts->boundary[p] |= graph->edges[e].b >= n;
    }
    free(parent);
    return BRG_OK;
fail:
    free(parent);
    brg_graph_parts_free(parts);
    return BRG_ENOMEM;
}

void brg_graph_parts_free(brg_graph_parts *parts) {
    free(parts->part_of);
    free(parts->local);
    free(parts->size);
    free(parts->observables);
    free(parts->boundary);
    memset(parts, 0, sizeof *parts);
}

/* Places edges lightest first, so that every node's arcs come out sorted. */
typedef struct weighted {
    uint32_t weight, edge;
} weighted;

static int weighted_order(const void *left, const void *right) {
    const weighted *x = left, *y = right;
    if (x->weight != y->weight) return x->weight < y->weight ? -1 : 1;
    return (x->edge > y->edge) - (x->edge < y->edge);
}

int brg_arcs_make(brg_arcs *arcs, const brg_graph *graph) {
    const uint32_t n = graph->detectors, m = graph->edge_count;
    memset(arcs, 0, sizeof *arcs);
    weighted *order = malloc(((size_t)m + 1) * sizeof *order);
    arcs->first = calloc((size_t)n + 2, sizeof *arcs->first);
    arcs->arc = malloc((2 * (size_t)m + 1) * sizeof *arcs->arc);
    arcs->edge = malloc((2 * (size_t)m + 1) * sizeof *arcs->edge);
    if (!order || !arcs->first || !arcs->arc || !arcs->edge) {
        free(order);
        brg_arcs_free(arcs);
        return BRG_ENOMEM;
    }
    /* first[v + 1] counts, then runs: after the filling it is the end of v. */
    uint32_t *next = arcs->first + 1;
    for (uint32_t e = 0; e < m; ++e) {
        order[e] = (weighted){graph->edges[e].weight, e};
        ++next[graph->edges[e].a];
        if (graph->edges[e].b < n) ++next[graph->edges[e].b];
    }
    uint32_t sum = 0;
    for (uint32_t v = 0; v < n; ++v) {
        const uint32_t degree = next[v];
        next[v] = sum;
        sum += degree;
    }
    qsort(order, m, sizeof *order, weighted_order);
    for (uint32_t i = 0; i < m; ++i) {
        const brg_edge *edge = &graph->edges[order[i].edge];
        const uint32_t ends[2] = {edge->a, edge->b};
        for (int side = 0; side < 2; ++side) {
            if (ends[side] >= n) continue;
            const uint32_t at = next[ends[side]]++;
            arcs->arc[at] = (brg_arc){ends[1 - side], edge->weight};
            arcs->edge[at] = order[i].edge;
        }
    }
    free(order);
    return BRG_OK;
}

void brg_arcs_free(brg_arcs *arcs) {
    free(arcs->first);
    free(arcs->arc);
    free(arcs->edge);
    memset(arcs, 0, sizeof *arcs);
}
