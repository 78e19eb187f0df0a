/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders over a matching graph: detection events in, flipped observables out. */
#ifndef BRG_MODEL_ECC_DECODER_H
#define BRG_MODEL_ECC_DECODER_H

#include "model/ecc/dem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_decoder_kind {
    BRG_DECODER_UNION_FIND, /* weighted union-find with peeling */
    BRG_DECODER_LOOKUP,     /* table of the likeliest class of every syndrome; small graphs only */
    BRG_DECODER_EXACT       /* minimum-weight perfect matching, slow */
} brg_decoder_kind;

/* "union_find", "lookup", "exact"; NULL out of range. */
const char *brg_decoder_name(brg_decoder_kind kind);

/* Nodes 0..detectors-1 and the boundary node `detectors`. Parallel edges are merged; an edge's
 * weight is round(scale * log((1 - p) / p)), at least 1. */
typedef struct brg_edge {
    uint32_t a, b;        /* a < b; b may be the boundary */
    uint32_t weight;
    uint64_t observables;
    double probability;
} brg_edge;

typedef struct brg_graph {
    uint32_t detectors, observables;
    brg_edge *edges; /* owned */
    uint32_t edge_count;
} brg_graph;

/* Parts of more than two detectors: BRG_EINPUT. max_weight: weight of the least likely edge, e.g.
 * 255 or 65535; the scale follows from it. */
int brg_graph_from_dem(brg_graph **out, const brg_dem *dem, uint32_t max_weight, brg_diag *diag);
void brg_graph_destroy(brg_graph **graph);

/* A decoder keeps its working memory; one object serves one thread. */
typedef struct brg_decoder brg_decoder;
/* BRG_EINVAL for a lookup decoder of more than 24 detectors. The graph is borrowed. */
int brg_decoder_new(brg_decoder **out, brg_decoder_kind kind, const brg_graph *graph);
void brg_decoder_destroy(brg_decoder **decoder);
/* events: numbers of the detectors that fired, rising. Returns the flipped observables. */
uint64_t brg_decoder_decode(brg_decoder *decoder, const uint32_t *events, size_t count);
/* shots of `stride` bytes each, detector i in bit i % 8 of byte i / 8; one word of observables
 * per shot. */
void brg_decoder_decode_batch(brg_decoder *decoder, const uint8_t *shots, size_t stride,
                              size_t count, uint64_t *observables);

#ifdef __cplusplus
}
#endif
#endif
