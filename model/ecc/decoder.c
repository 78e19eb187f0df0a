/* SPDX-License-Identifier: Apache-2.0 */
/* The common face of the decoders, and decoding of rows of bits. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

struct brg_decoder {
    brg_decoder_kind kind;
    const brg_graph *graph; /* borrowed */
    int status;
    brg_union_find *union_find;
    brg_exact *exact;
    brg_lookup *lookup;
    /* Detectors in parts of the graph where no edge flips an observable cannot change the answer
     * of decode: bit i of row, in bytes as the shots are. */
    uint8_t *relevant;
    uint32_t *events; /* [detectors] of the shot that is decoded */
};

const char *brg_decoder_name(brg_decoder_kind kind) {
    switch (kind) {
        case BRG_DECODER_UNION_FIND:
            return "union_find";
        case BRG_DECODER_LOOKUP:
            return "lookup";
        case BRG_DECODER_EXACT:
            return "exact";
    }
    return NULL;
}

static int mark_relevant(brg_decoder *d) {
    brg_graph_parts parts;
    const int status = brg_graph_parts_make(&parts, d->graph);
    if (status != BRG_OK) return status;
    for (uint32_t v = 0; v < d->graph->detectors; ++v)
        if (parts.observables[parts.part_of[v]]) d->relevant[v / 8] |= (uint8_t)(1u << v % 8);
    brg_graph_parts_free(&parts);
    return BRG_OK;
}

int brg_decoder_new(brg_decoder **out, brg_decoder_kind kind, const brg_graph *graph) {
    if (!out || !graph || !brg_decoder_name(kind)) return BRG_EINVAL;
    brg_decoder *d = calloc(1, sizeof *d);
    if (!d) return BRG_ENOMEM;
    d->kind = kind;
    d->graph = graph;
    d->relevant = calloc((size_t)graph->detectors / 8 + 1, 1);
    d->events = malloc(((size_t)graph->detectors + 1) * sizeof *d->events);
    int status = d->relevant && d->events ? mark_relevant(d) : BRG_ENOMEM;
    if (status == BRG_OK && kind == BRG_DECODER_UNION_FIND)
        status = brg_union_find_new(&d->union_find, graph);
    if (status == BRG_OK && kind == BRG_DECODER_EXACT) status = brg_exact_new(&d->exact, graph);
    if (status == BRG_OK && kind == BRG_DECODER_LOOKUP) status = brg_lookup_new(&d->lookup, graph);
    if (status == BRG_OK)
        *out = d;
    else
        brg_decoder_destroy(&d);
    return status;
}

void brg_decoder_destroy(brg_decoder **decoder) {
    if (!decoder || !*decoder) return;
    brg_decoder *d = *decoder;
    brg_union_find_destroy(&d->union_find);
    brg_exact_destroy(&d->exact);
    brg_lookup_destroy(&d->lookup);
    free(d->relevant);
    free(d->events);
    free(d);
    *decoder = NULL;
}

int brg_decoder_status(const brg_decoder *decoder) {
    return decoder->status;
}

/* events: relevant ones only. */
static uint64_t decode_relevant(brg_decoder *d, const uint32_t *events, size_t count) {
    switch (d->kind) {
        case BRG_DECODER_UNION_FIND:
            return brg_union_find_decode(d->union_find, events, count);
        case BRG_DECODER_LOOKUP:
            return brg_lookup_decode(d->lookup, events, count);
        default:
            break;
    }
    uint64_t flipped = 0;
    const int status = brg_exact_decode(d->exact, events, count, &flipped, NULL, NULL);
    if (status != BRG_OK) {
        d->status = status;
        return 0;
    }
    return flipped;
}

uint64_t brg_decoder_decode(brg_decoder *d, const uint32_t *events, size_t count) {
    size_t used = 0;
    for (size_t i = 0; i < count; ++i)
        if (d->relevant[events[i] / 8] >> events[i] % 8 & 1) d->events[used++] = events[i];
    return decode_relevant(d, d->events, used);
}

int brg_decoder_correction(brg_decoder *d, const uint32_t *events, size_t count, uint32_t *edges,
                           size_t *edge_count) {
    if (!d || !edges || !edge_count || (count && !events)) return BRG_EINVAL;
    *edge_count = 0;
    if (d->kind == BRG_DECODER_UNION_FIND) {
        brg_union_find_correction(d->union_find, events, count, edges, edge_count);
        return BRG_OK;
    }
    if (d->kind == BRG_DECODER_LOOKUP) return BRG_EINVAL;
    uint64_t flipped = 0;
    const int status = brg_exact_decode(d->exact, events, count, &flipped, edges, edge_count);
    if (status != BRG_OK) d->status = status;
    return status;
}

/* Little-endian word of up to 8 bytes. */
static uint64_t load(const uint8_t *bytes, size_t count) {
    uint64_t word = 0;
    if (count == 8) {
        for (unsigned i = 0; i < 8; ++i)
            word |= (uint64_t)bytes[i] << 8 * i; /* one load for the compiler */
        return word;
    }
    for (unsigned i = 0; i < count; ++i) word |= (uint64_t)bytes[i] << 8 * i;
    return word;
}

void brg_decoder_decode_batch(brg_decoder *d, const uint8_t *shots, size_t stride, size_t count,
                              uint64_t *observables) {
    const size_t bytes = ((size_t)d->graph->detectors + 7) / 8;
    for (size_t s = 0; s < count; ++s) {
        const uint8_t *shot = shots + s * stride;
        size_t used = 0;
        for (size_t at = 0; at < bytes; at += 8) {
            const size_t n = bytes - at < 8 ? bytes - at : 8;
            uint64_t word = load(shot + at, n) & load(d->relevant + at, n);
            for (; word; word &= word - 1)
                d->events[used++] = (uint32_t)(8 * at) + (uint32_t)__builtin_ctzll(word);
        }
        observables[s] = decode_relevant(d, d->events, used);
    }
}
