/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoders share: parts of the graph, a heap of 64-bit keys, and the table of calls. */
#ifndef BRG_MODEL_ECC_DECODER_PRIVATE_H
#define BRG_MODEL_ECC_DECODER_PRIVATE_H

#include <stdbool.h>

#include "model/ecc/decoder.h"

/* Connected parts of the graph without its boundary: X and Z checks of a memory experiment never
 * meet, so each part is decoded alone. */
typedef struct brg_graph_parts {
    uint32_t count;
    uint32_t *part_of;     /* [detectors] */
    uint32_t *local;       /* [detectors] number within the part */
    uint32_t *size;        /* [count] */
    uint64_t *observables; /* [count] union over the edges of the part */
    bool *boundary;        /* [count] some edge leads to the boundary */
} brg_graph_parts;

int brg_graph_parts_make(brg_graph_parts *parts, const brg_graph *graph);
void brg_graph_parts_free(brg_graph_parts *parts);

/* Edges by node: arcs first[v] .. first[v + 1] - 1 leave v, lightest first. The boundary has
 * none. */
typedef struct brg_arc {
    uint32_t to, weight;
} brg_arc;

typedef struct brg_arcs {
    uint32_t *first; /* [detectors + 1] */
    brg_arc *arc;
    uint32_t *edge; /* edge of each arc */
} brg_arcs;

int brg_arcs_make(brg_arcs *arcs, const brg_graph *graph);
void brg_arcs_free(brg_arcs *arcs);

/* Binary heap, smallest key on top; (time << 32 | node) sorts by time. */
typedef struct brg_heap {
    uint64_t *key;
    uint32_t count, room;
} brg_heap;

static inline void brg_heap_sift_up(brg_heap *h, uint32_t i, uint64_t key) {
    while (i > 0 && h->key[(i - 1) / 2] > key) {
        h->key[i] = h->key[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->key[i] = key;
}

static inline uint64_t brg_heap_pop(brg_heap *h) {
    const uint64_t top = h->key[0], last = h->key[--h->count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= h->count) break;
        if (child + 1 < h->count && h->key[child + 1] < h->key[child]) ++child;
        if (h->key[child] >= last) break;
        h->key[i] = h->key[child];
        i = child;
    }
    h->key[i] = last;
    return top;
}

/* Minimum-weight perfect matching of 2m points: cost[i * n + j] symmetric, below 2^40; mate[i] out.
 * BRG_EINVAL for an odd n or one beyond 40000, BRG_ENOMEM. Blossom algorithm, O(n^3) time, 2.25 n^2
 * links of memory that the object keeps. */
typedef struct brg_matcher brg_matcher;
int brg_matcher_new(brg_matcher **out);
void brg_matcher_destroy(brg_matcher **matcher);
int brg_matcher_solve(brg_matcher *matcher, const int64_t *cost, uint32_t n, uint32_t *mate);

/* One implementation of a decoder. */
typedef struct brg_union_find brg_union_find;
int brg_union_find_new(brg_union_find **out, const brg_graph *graph);
void brg_union_find_destroy(brg_union_find **uf);
uint64_t brg_union_find_decode(brg_union_find *uf, const uint32_t *events, size_t count);
/* Growth and peeling alone: no tables for one and two events, no matching in crowded clusters. */
uint64_t brg_union_find_grow(brg_union_find *uf, const uint32_t *events, size_t count);
void brg_union_find_correction(brg_union_find *uf, const uint32_t *events, size_t count,
                               uint32_t *edges, size_t *edge_count);

typedef struct brg_exact brg_exact;
int brg_exact_new(brg_exact **out, const brg_graph *graph);
void brg_exact_destroy(brg_exact **exact);
/* Whether the distances between all detectors of each part stay in the table once computed. */
bool brg_exact_table_fits(const brg_graph *graph);
/* edges: NULL when only the observables are wanted. */
int brg_exact_decode(brg_exact *exact, const uint32_t *events, size_t count, uint64_t *observables,
                     uint32_t *edges, size_t *edge_count);

typedef struct brg_lookup brg_lookup;
int brg_lookup_new(brg_lookup **out, const brg_graph *graph);
void brg_lookup_destroy(brg_lookup **lookup);
uint64_t brg_lookup_decode(const brg_lookup *lookup, const uint32_t *events, size_t count);

#endif
