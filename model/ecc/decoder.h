/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders over a matching graph: detection events in, flipped observables out. */
#ifndef BRG_MODEL_ECC_DECODER_H
#define BRG_MODEL_ECC_DECODER_H

#include "model/ecc/dem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_decoder_kind {
    BRG_DECODER_UNION_FIND, /* weighted union-find with peeling; clusters of more than two events
                               are matched, where parts have at most about 2800 detectors */
    BRG_DECODER_LOOKUP,     /* table of the likeliest class of every syndrome; small graphs only */
    BRG_DECODER_EXACT       /* minimum-weight perfect matching, slow */
} brg_decoder_kind;

/* "union_find", "lookup", "exact"; NULL out of range. */
const char *brg_decoder_name(brg_decoder_kind kind);

/* Nodes 0..detectors-1 and the boundary node `detectors`. Parallel edges are merged, p =
 * p1(1 - p2) + p2(1 - p1), and take the observables of the likeliest; an edge's weight is
 * round(scale * log((1 - p) / p)), at least 1. Edges are sorted by (a, b). */
typedef struct brg_edge {
    uint32_t a, b; /* a < b; b may be the boundary */
    uint32_t weight;
    uint64_t observables;
    double probability;
} brg_edge;

typedef struct brg_graph {
    uint32_t detectors, observables;
    brg_edge *edges; /* owned */
    uint32_t edge_count;
} brg_graph;

/* Each part of an error is an edge of the error's probability. Parts of more than two detectors:
 * BRG_EINPUT; parts of none and errors of probability 0 are left out. max_weight: weight of the
 * least likely edge, 1..65535, e.g. 255; the scale follows from it. */
int brg_graph_from_dem(brg_graph **out, const brg_dem *dem, uint32_t max_weight, brg_diag *diag);
void brg_graph_destroy(brg_graph **graph);

/* A decoder keeps its working memory; one object serves one thread. Which correction it chooses
 * depends on the graph and the events only, not on earlier calls. docs/decoders.md has the
 * algorithms. */
typedef struct brg_decoder brg_decoder;
enum { BRG_LOOKUP_DETECTORS = 24 /* most of a lookup decoder */ };

/* BRG_EINVAL for a lookup decoder of more than 24 detectors, 8 observables or 26 of both. The
 * graph is borrowed. Memory: union_find about 100 bytes a detector and 80 an edge, plus half a byte
 * for each pair of detectors in graphs of at most 2048; this and exact O(events^2) and a table of
 * distances, 16 bytes a pair of detectors, kept up to 128 MiB; lookup one byte a
 * syndrome and, while it is built, 8 bytes a class of it. */
int brg_decoder_new(brg_decoder **out, brg_decoder_kind kind, const brg_graph *graph);
void brg_decoder_destroy(brg_decoder **decoder);
/* events: numbers of the detectors that fired, rising. Returns the flipped observables. Events
 * that no set of edges explains (an odd number in a part of the graph without boundary) are
 * explained as far as possible. */
uint64_t brg_decoder_decode(brg_decoder *decoder, const uint32_t *events, size_t count);
/* The correction itself: numbers of its edges, each once, in edges (room for graph->edge_count).
 * Its observables are what decode returns. BRG_EINVAL for a lookup decoder, which knows classes
 * only. Slower than decode, which needs no edges. */
int brg_decoder_correction(brg_decoder *decoder, const uint32_t *events, size_t count,
                           uint32_t *edges, size_t *edge_count);
/* BRG_ENOMEM once a call ran out of memory (exact only; that call answered 0), else BRG_OK. */
int brg_decoder_status(const brg_decoder *decoder);
/* shots of `stride` bytes each, detector i in bit i % 8 of byte i / 8; one word of observables
 * per shot. Bits beyond the detectors are ignored. */
void brg_decoder_decode_batch(brg_decoder *decoder, const uint8_t *shots, size_t stride,
                              size_t count, uint64_t *observables);

#ifdef __cplusplus
}
#endif
#endif
