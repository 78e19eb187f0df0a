/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup decoder: the likeliest class of every syndrome of a small graph, over all errors. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

enum { MAX_DETECTORS = BRG_LOOKUP_DETECTORS, MAX_CLASS_BITS = 8, MAX_TABLE_BITS = 26 };

/* Parts of the graph are independent, so a table for each: the likeliest sum of classes is the sum
 * of the likeliest when there is one observable (the biases 1 - 2p multiply). Parts that share
 * observables of which there are several are put into one table, where this does not hold. */
struct brg_lookup {
    uint32_t detectors, tables;
    uint32_t *table_of, *bit; /* [detectors] */
    uint64_t *observables;    /* [tables] those that the table speaks about */
    uint8_t **classes;        /* [tables][2^bits] one bit for each of these observables */
};

static uint32_t ones(uint64_t x) {
    uint32_t n = 0;
    for (; x; x &= x - 1) ++n;
    return n;
}

/* Bits of x at the places of mask, packed; and back. */
static uint32_t pack(uint64_t x, uint64_t mask) {
    uint32_t packed = 0, i = 0;
    for (; mask; mask &= mask - 1, ++i) packed |= (uint32_t)((x & mask & (~mask + 1)) != 0) << i;
    return packed;
}

static uint64_t unpack(uint32_t packed, uint64_t mask) {
    uint64_t x = 0;
    for (uint32_t i = 0; mask; mask &= mask - 1, ++i)
        if (packed >> i & 1) x |= mask & (~mask + 1);
    return x;
}

/* p[syndrome << class_bits | class]: probability of all errors so far with this outcome. */
static void add_edge(double *p, uint32_t bits, uint32_t flip, double probability) {
    const size_t states = (size_t)1 << bits;
    uint32_t top = 1;
    while (flip >> 1 >= top) top <<= 1;
    for (size_t s = 0; s < states; ++s) {
        if (s & top) continue;
        const double x = p[s], y = p[s ^ flip];
        p[s] = (1 - probability) * x + probability * y;
        p[s ^ flip] = (1 - probability) * y + probability * x;
    }
}

static int fill_table(brg_lookup *l, uint32_t t, uint32_t detectors, const brg_graph *graph) {
    const uint32_t class_bits = ones(l->observables[t]);
    const size_t syndromes = (size_t)1 << detectors, classes = (size_t)1 << class_bits;
    double *p = calloc(syndromes * classes, sizeof *p);
    l->classes[t] = calloc(syndromes, 1);
    if (!p || !l->classes[t]) {
        free(p);
        return BRG_ENOMEM;
    }
    p[0] = 1;
    for (uint32_t e = 0; e < graph->edge_count; ++e) {
        const brg_edge *edge = &graph->edges[e];
        if (l->table_of[edge->a] != t) continue;
        uint32_t syndrome = (uint32_t)1 << l->bit[edge->a];
        if (edge->b < graph->detectors) syndrome |= (uint32_t)1 << l->bit[edge->b];
        add_edge(p, detectors + class_bits,
                 syndrome << class_bits | pack(edge->observables, l->observables[t]),
                 edge->probability);
    }
    for (size_t s = 0; s < syndromes; ++s) {
        size_t best = 0;
        for (size_t c = 1; c < classes; ++c)
            if (p[s * classes + c] > p[s * classes + best]) best = c;
        l->classes[t][s] = (uint8_t)best;
    }
    free(p);
    return BRG_OK;
}

/* Gives each part a table; `merged` joins parts that have observables in common. */
static uint32_t assign_tables(uint32_t *table, const brg_graph_parts *parts) {
    for (uint32_t p = 0; p < parts->count; ++p) table[p] = p;
    for (uint32_t p = 0; p < parts->count; ++p)
        for (uint32_t q = 0; q < p; ++q) {
            const uint64_t both = parts->observables[p] | parts->observables[q];
            if (!(parts->observables[p] & parts->observables[q]) || ones(both) < 2) continue;
            const uint32_t from = table[p], to = table[q];
            for (uint32_t r = 0; r < parts->count; ++r)
                if (table[r] == from) table[r] = to;
        }
    uint32_t count = 0;
    for (uint32_t p = 0; p < parts->count; ++p)
        if (table[p] == p) ++count;
    /* Tables in use get the first numbers, in order. */
    for (uint32_t next = 0, p = 0; p < parts->count; ++p) {
        if (table[p] < next || table[p] != p) continue;
        for (uint32_t r = p; r < parts->count; ++r)
            if (table[r] == p) table[r] = next;
        ++next;
    }
    return count;
}

int brg_lookup_new(brg_lookup **out, const brg_graph *graph) {
    const uint32_t n = graph->detectors;
    uint64_t observables = 0;
    for (uint32_t e = 0; e < graph->edge_count; ++e) observables |= graph->edges[e].observables;
    if (n > MAX_DETECTORS || ones(observables) > MAX_CLASS_BITS) return BRG_EINVAL;
    brg_graph_parts parts;
    int status = brg_graph_parts_make(&parts, graph);
    if (status != BRG_OK) return status;
    uint32_t table[MAX_DETECTORS] = {0}, size[MAX_DETECTORS] = {0};
    brg_lookup *l = calloc(1, sizeof *l);
    if (!l) {
        brg_graph_parts_free(&parts);
        return BRG_ENOMEM;
    }
    l->detectors = n;
    l->tables = assign_tables(table, &parts);
    l->table_of = calloc((size_t)n + 1, sizeof *l->table_of);
    l->bit = calloc((size_t)n + 1, sizeof *l->bit);
    l->observables = calloc((size_t)l->tables + 1, sizeof *l->observables);
    l->classes = calloc((size_t)l->tables + 1, sizeof *l->classes);
    if (!l->table_of || !l->bit || !l->observables || !l->classes) status = BRG_ENOMEM;
    for (uint32_t v = 0; status == BRG_OK && v < n; ++v) {
        const uint32_t t = table[parts.part_of[v]];
        l->table_of[v] = t;
        l->bit[v] = size[t]++;
        l->observables[t] |= parts.observables[parts.part_of[v]];
    }
    for (uint32_t t = 0; status == BRG_OK && t < l->tables; ++t)
        if (size[t] + ones(l->observables[t]) > MAX_TABLE_BITS) status = BRG_EINVAL;
    for (uint32_t t = 0; status == BRG_OK && t < l->tables; ++t)
        status = fill_table(l, t, size[t], graph);
    brg_graph_parts_free(&parts);
    if (status == BRG_OK)
        *out = l;
    else
        brg_lookup_destroy(&l);
    return status;
}

void brg_lookup_destroy(brg_lookup **lookup) {
    if (!lookup || !*lookup) return;
    brg_lookup *l = *lookup;
    for (uint32_t t = 0; l->classes && t < l->tables; ++t) free(l->classes[t]);
    free(l->classes);
    free(l->observables);
    free(l->bit);
    free(l->table_of);
    free(l);
    *lookup = NULL;
}

uint64_t brg_lookup_decode(const brg_lookup *l, const uint32_t *events, size_t count) {
    uint32_t syndrome[MAX_DETECTORS] = {0};
    for (size_t i = 0; i < count; ++i)
        syndrome[l->table_of[events[i]]] |= (uint32_t)1 << l->bit[events[i]];
    uint64_t flipped = 0;
    for (uint32_t t = 0; t < l->tables; ++t)
        flipped ^= unpack(l->classes[t][syndrome[t]], l->observables[t]);
    return flipped;
}
