/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decoder: shortest paths between events and minimum-weight perfect matching of them. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

/* Shortest path from one detector to another of its part, or to the boundary. */
typedef struct reach {
    uint32_t distance;
    uint32_t edge; /* last one of the path */
    uint64_t observables;
} reach;

#define UNREACHED UINT32_MAX
enum { TABLE_BYTES_MAX = 128 << 20 };

/* Two events pair only when that is cheaper than sending both to the boundary. So the events fall
 * apart into groups, each matched alone, in which a pair costs the lesser of the two; in a group of
 * odd size one more point stands for the boundary. Where a part has no boundary, an event is left
 * over when their number is odd. */
struct brg_exact {
    const brg_graph *graph; /* borrowed */
    brg_graph_parts parts;
    brg_arcs arcs;
    brg_heap heap;
    reach **row; /* [detectors] [size of the part + 1]; NULL: not asked for yet */
    size_t row_bytes;
    brg_matcher *matcher;
    int64_t *cost;
    size_t cost_room;
    uint32_t *mate, *group, *member, *sorted; /* [detectors + 1] */
    uint8_t *in_correction;                   /* [edges] */
};

bool brg_exact_table_fits(const brg_graph *graph) {
    brg_graph_parts parts;
    if (brg_graph_parts_make(&parts, graph) != BRG_OK) return false;
    uint64_t bytes = 0;
    for (uint32_t p = 0; p < parts.count; ++p)
        bytes += (uint64_t)parts.size[p] * (parts.size[p] + 1u) * sizeof(reach);
    brg_graph_parts_free(&parts);
    return bytes <= TABLE_BYTES_MAX;
}

int brg_exact_new(brg_exact **out, const brg_graph *graph) {
    const size_t n = graph->detectors;
    brg_exact *x = calloc(1, sizeof *x);
    if (!x) return BRG_ENOMEM;
    x->graph = graph;
    int status = brg_graph_parts_make(&x->parts, graph);
    if (status == BRG_OK) status = brg_arcs_make(&x->arcs, graph);
    if (status == BRG_OK) status = brg_matcher_new(&x->matcher);
    /* Each arc puts its end into the heap once at most. */
    x->heap.room = 2 * graph->edge_count + 1;
    x->heap.key = malloc(x->heap.room * sizeof *x->heap.key);
    x->row = calloc(n + 1, sizeof *x->row);
    x->mate = malloc((n + 2) * sizeof *x->mate);
    x->group = malloc((n + 2) * sizeof *x->group);
    x->member = malloc((n + 2) * sizeof *x->member);
    x->sorted = malloc((n + 2) * sizeof *x->sorted);
    x->in_correction = calloc((size_t)graph->edge_count + 1, 1);
    if (status == BRG_OK && (!x->heap.key || !x->row || !x->mate || !x->group || !x->member ||
                             !x->sorted || !x->in_correction))
        status = BRG_ENOMEM;
    if (status == BRG_OK)
        *out = x;
    else
        brg_exact_destroy(&x);
    return status;
}

static void forget_rows(brg_exact *x) {
    for (uint32_t v = 0; x->row && v < x->graph->detectors; ++v) {
        free(x->row[v]);
        x->row[v] = NULL;
    }
    x->row_bytes = 0;
}

void brg_exact_destroy(brg_exact **exact) {
    if (!exact || !*exact) return;
    brg_exact *x = *exact;
    forget_rows(x);
    brg_graph_parts_free(&x->parts);
    brg_arcs_free(&x->arcs);
    brg_matcher_destroy(&x->matcher);
    free(x->heap.key);
    free(x->row);
    free(x->cost);
    free(x->mate);
    free(x->group);
    free(x->member);
    free(x->sorted);
    free(x->in_correction);
    free(x);
    *exact = NULL;
}

/* Dijkstra. The boundary is an end, never a way through. */
static int fill_row(brg_exact *x, uint32_t source) {
    const uint32_t part = x->parts.part_of[source], size = x->parts.size[part];
    const uint32_t boundary = x->graph->detectors;
    reach *row = malloc(((size_t)size + 1) * sizeof *row);
    if (!row) return BRG_ENOMEM;
    for (uint32_t i = 0; i <= size; ++i) row[i] = (reach){.distance = UNREACHED};
    row[x->parts.local[source]].distance = 0;
    x->heap.count = 0;
    brg_heap_sift_up(&x->heap, x->heap.count++, source);
    while (x->heap.count) {
        const uint64_t key = brg_heap_pop(&x->heap);
        const uint32_t v = (uint32_t)key;
        const reach from = row[x->parts.local[v]];
        if (from.distance != (uint32_t)(key >> 32)) continue;
        for (uint32_t a = x->arcs.first[v]; a < x->arcs.first[v + 1]; ++a) {
            const brg_arc arc = x->arcs.arc[a];
            reach *to = &row[arc.to == boundary ? size : x->parts.local[arc.to]];
            const uint64_t distance = (uint64_t)from.distance + arc.weight;
            if (distance >= to->distance) continue;
            const uint32_t edge = x->arcs.edge[a];
            *to = (reach){(uint32_t)distance, edge,
                          from.observables ^ x->graph->edges[edge].observables};
            if (arc.to != boundary)
                brg_heap_sift_up(&x->heap, x->heap.count++, distance << 32 | arc.to);
        }
    }
    x->row[source] = row;
    x->row_bytes += ((size_t)size + 1) * sizeof *row;
    return BRG_OK;
}

static const reach *between(const brg_exact *x, uint32_t from, uint32_t to) {
    return &x->row[from][x->parts.local[to]];
}

static const reach *outward(const brg_exact *x, uint32_t from) {
    return &x->row[from][x->parts.size[x->parts.part_of[from]]];
}

/* Far beyond any sum of paths, and small enough for sums of it. */
#define NO_WAY ((int64_t)1 << 36)

static int64_t length(const reach *r) {
    return r->distance == UNREACHED ? NO_WAY : (int64_t)r->distance;
}

/* Adds the path to an event, or to the boundary, to the correction, walking back to its source. */
static void add_path(brg_exact *x, uint32_t source, uint32_t end, uint64_t *flipped, bool edges) {
    const reach *at = end == x->graph->detectors ? outward(x, source) : between(x, source, end);
    if (at->distance == UNREACHED) return;
    *flipped ^= at->observables;
    while (edges && at->distance) {
        const brg_edge *e = &x->graph->edges[at->edge];
        x->in_correction[at->edge] ^= 1;
        end = end == e->a ? e->b : e->a;
        at = between(x, source, end);
    }
}

static int grow_cost(brg_exact *x, size_t points) {
    if (points * points <= x->cost_room) return BRG_OK;
    const size_t room = points * points + points * points / 2;
    int64_t *cost = realloc(x->cost, room * sizeof *cost);
    if (!cost) return BRG_ENOMEM;
    x->cost = cost;
    x->cost_room = room;
    return BRG_OK;
}

static int match_group(brg_exact *x, const uint32_t *events, uint32_t count, uint64_t *flipped,
                       bool edges) {
    const uint32_t boundary = x->graph->detectors;
    if (count % 2 && !x->parts.boundary[x->parts.part_of[events[0]]])
        --count; /* no set of edges explains all of them */
    if (count == 0) return BRG_OK;
    if (count == 1) {
        add_path(x, events[0], boundary, flipped, edges);
        return BRG_OK;
    }
    const uint32_t points = count + count % 2;
    int status = grow_cost(x, points);
    if (status != BRG_OK) return status;
    for (uint32_t i = 0; i < points; ++i)
        for (uint32_t j = 0; j < i; ++j) {
            int64_t cost;
            if (i == count) {
                cost = length(outward(x, events[j]));
            } else {
                const int64_t out = length(outward(x, events[i])) + length(outward(x, events[j]));
                const int64_t in = length(between(x, events[i], events[j]));
                cost = in < out ? in : out;
            }
            x->cost[(size_t)i * points + j] = x->cost[(size_t)j * points + i] = cost;
        }
    status = brg_matcher_solve(x->matcher, x->cost, points, x->mate);
    if (status != BRG_OK) return status;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t j = x->mate[i];
        if (j < i) continue;
        if (j == count) {
            add_path(x, events[i], boundary, flipped, edges);
            continue;
        }
        if (length(between(x, events[i], events[j])) <
            length(outward(x, events[i])) + length(outward(x, events[j]))) {
            add_path(x, events[i], events[j], flipped, edges);
        } else {
            add_path(x, events[i], boundary, flipped, edges);
            add_path(x, events[j], boundary, flipped, edges);
        }
    }
    return BRG_OK;
}

static uint32_t find(uint32_t *parent, uint32_t v) {
    while (parent[v] != v) v = parent[v] = parent[parent[v]];
    return v;
}

/* events: all of one part. */
static int match_part(brg_exact *x, const uint32_t *events, uint32_t count, uint64_t *flipped,
                      bool edges) {
    for (uint32_t i = 0; i < count; ++i)
        if (!x->row[events[i]]) {
            const int status = fill_row(x, events[i]);
            if (status != BRG_OK) return status;
        }
    for (uint32_t i = 0; i < count; ++i) x->group[i] = i;
    for (uint32_t i = 0; i < count; ++i)
        for (uint32_t j = 0; j < i; ++j)
            if (length(between(x, events[i], events[j])) <
                length(outward(x, events[i])) + length(outward(x, events[j])))
                x->group[find(x->group, i)] = find(x->group, j);
    for (uint32_t i = 0; i < count; ++i) {
        if (find(x->group, i) != i) continue;
        uint32_t used = 0;
        for (uint32_t j = 0; j < count; ++j)
            if (find(x->group, j) == i) x->member[used++] = events[j];
        const int status = match_group(x, x->member, used, flipped, edges);
        if (status != BRG_OK) return status;
    }
    return BRG_OK;
}

int brg_exact_decode(brg_exact *x, const uint32_t *events, size_t count, uint64_t *observables,
                     uint32_t *edges, size_t *edge_count) {
    if (x->row_bytes > TABLE_BYTES_MAX) forget_rows(x);
    *observables = 0;
    /* Parts in the order of their first events. */
    int status = BRG_OK;
    for (size_t i = 0; status == BRG_OK && i < count; ++i) {
        const uint32_t part = x->parts.part_of[events[i]];
        bool seen = false;
        for (size_t j = 0; j < i && !seen; ++j) seen = x->parts.part_of[events[j]] == part;
        if (seen) continue;
        uint32_t used = 0;
        for (size_t j = i; j < count; ++j)
            if (x->parts.part_of[events[j]] == part) x->sorted[used++] = events[j];
        status = match_part(x, x->sorted, used, observables, edges != NULL);
    }
    if (edges) {
        size_t used = 0;
        for (uint32_t e = 0; e < x->graph->edge_count; ++e)
            if (x->in_correction[e]) {
                x->in_correction[e] = 0;
                edges[used++] = e;
            }
        *edge_count = status == BRG_OK ? used : 0;
    }
    return status;
}
