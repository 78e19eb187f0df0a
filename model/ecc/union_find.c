/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted union-find decoder: growth in order of time, peeling, matching in crowded clusters. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

/* Every event starts a cluster. Clusters with an odd number of events and no boundary are active:
 * around each of their nodes a ball grows with time, and an edge is complete when the balls of its
 * two ends cover it. A complete edge joins its ends to one cluster; an even cluster, or one that
 * reached the boundary, rests until an active one runs into it. The complete edges that joined
 * something are the spanning forest in which the correction is peeled.
 *
 * What is kept is one number a node, how far its ball has grown, never one an edge: all edges of a
 * node grow alike. The heap holds nodes by the time of their next completion, and every edge that
 * will complete has an end whose entry is not later: of two growing ends, the one that became
 * active last made its entry with the growth of both. When an entry comes up the node's edges are
 * looked at again. It may be early, because the other ball rested meanwhile. When the node itself
 * rests, its growing neighbours make new entries in its place, since theirs may be from before they
 * knew of its ball.
 *
 * Peeling needs only the parity of observables on the way from each event to the root of its tree.
 * Nodes carry that parity (`potential`) while clusters merge, so the answer is a running sum and no
 * tree is walked. `correction` records the forest and peels it leaf by leaf; both give the same.
 *
 * A forest pairs three events and more as it happened to grow. Such crowded clusters are matched
 * again by the exact decoder, each alone, which takes away more than half of what union-find loses
 * to exact matching. There is no upper size: a limit would favour small codes near threshold and
 * shift the crossing of their rates. Graphs whose table of distances would be too large go without.
 *
 * Lengths are twice the weights, so that two balls that started together meet on a whole number. A
 * meeting at half a unit counts at the next whole one. */
#define NEVER UINT32_MAX

typedef struct node {
    uint32_t state;  /* uf->epoch: resting; uf->epoch + 1: active; else untouched in this call */
    uint32_t root;   /* node that names the cluster */
    uint32_t next;   /* ring of the cluster's nodes */
    uint32_t growth; /* resting: radius of the ball; active: time at which it would have been 0 */
    uint64_t potential; /* observables on the tree path to the root */
    uint32_t due;       /* time of the node's entry in the heap; NEVER: it has none */
} node;

typedef struct cluster { /* by root */
    uint64_t exit;       /* touched: observables from the root to the boundary */
    uint32_t exit_arc;   /* touched: the boundary edge, as arc, and the node that it leaves */
    uint32_t exit_node;
    uint32_t size, events;
    bool odd, touched;
} cluster;

enum { PAIR_TABLE_DETECTORS = 2048, PAIR_OBSERVABLES = 7, UNKNOWN = 0xff, CROWD = 3 };

struct brg_union_find {
    const brg_graph *graph; /* borrowed */
    brg_arcs arcs;          /* weights doubled */
    node *nodes;
    cluster *clusters;
    brg_heap heap;
    uint32_t epoch, active;
    uint64_t flipped;
    /* Answers of grow() to one event and to two, kept from the first time that they are asked:
     * most shots at small error rates have no more. Row v begins at v(v + 1) / 2; its last entry
     * is the single event v. NULL for large graphs or many observables. */
    uint8_t *pairs;
    brg_exact *exact; /* for crowded clusters; NULL: not in this graph */
    uint32_t *crowd;  /* events of one of them */
    bool record;
    uint32_t *forest, forest_count; /* edges that joined nodes, when recording */
    uint32_t *degree, *incident, *stack;
    uint8_t *parity, *in_correction;
};

int brg_union_find_new(brg_union_find **out, const brg_graph *graph) {
    const size_t n = graph->detectors;
    brg_union_find *uf = calloc(1, sizeof *uf);
    if (!uf) return BRG_ENOMEM;
    uf->graph = graph;
    int status = brg_arcs_make(&uf->arcs, graph);
    uf->nodes = calloc(n + 1, sizeof *uf->nodes);
    uf->clusters = calloc(n + 1, sizeof *uf->clusters);
    uf->heap.room = 2 * graph->detectors + 64;
    uf->heap.key = malloc(uf->heap.room * sizeof *uf->heap.key);
    uf->forest = malloc((n + 1) * sizeof *uf->forest);
    uf->degree = calloc(n + 1, sizeof *uf->degree);
    uf->incident = calloc(n + 1, sizeof *uf->incident);
    uf->stack = malloc((n + 1) * sizeof *uf->stack);
    uf->parity = calloc(n + 1, 1);
    uf->in_correction = calloc((size_t)graph->edge_count + 1, 1);
    uf->crowd = malloc((n + 1) * sizeof *uf->crowd);
    if (status == BRG_OK &&
        (!uf->nodes || !uf->clusters || !uf->heap.key || !uf->forest || !uf->degree ||
         !uf->incident || !uf->stack || !uf->parity || !uf->in_correction || !uf->crowd))
        status = BRG_ENOMEM;
    if (status == BRG_OK && n <= PAIR_TABLE_DETECTORS && graph->observables <= PAIR_OBSERVABLES) {
        uf->pairs = malloc(n * (n + 1) / 2 + 1);
        if (uf->pairs)
            memset(uf->pairs, UNKNOWN, n * (n + 1) / 2 + 1);
        else
            status = BRG_ENOMEM;
    }
    if (status == BRG_OK && brg_exact_table_fits(graph)) status = brg_exact_new(&uf->exact, graph);
    if (status != BRG_OK) {
        brg_union_find_destroy(&uf);
        return status;
    }
    for (uint32_t a = 0; a < uf->arcs.first[n]; ++a) uf->arcs.arc[a].weight *= 2;
    *out = uf;
    return BRG_OK;
}

void brg_union_find_destroy(brg_union_find **decoder) {
    if (!decoder || !*decoder) return;
    brg_union_find *uf = *decoder;
    brg_arcs_free(&uf->arcs);
    free(uf->nodes);
    free(uf->clusters);
    free(uf->heap.key);
    free(uf->pairs);
    free(uf->forest);
    free(uf->degree);
    free(uf->incident);
    free(uf->stack);
    free(uf->parity);
    free(uf->in_correction);
    free(uf->crowd);
    brg_exact_destroy(&uf->exact);
    free(uf);
    *decoder = NULL;
}

static bool is_active(const brg_union_find *uf, const node *n) {
    return n->state == uf->epoch + 1;
}

static bool is_touched(const brg_union_find *uf, const node *n) {
    return n->state == uf->epoch || n->state == uf->epoch + 1;
}

/* Time until the first edge of an active node completes if nothing changes, and its arc; NEVER
 * when it has none left. */
static uint32_t first_completion(const brg_union_find *uf, uint32_t v, uint32_t now,
                                 uint32_t *first_arc) {
    const node *from = &uf->nodes[v];
    const uint32_t radius = now - from->growth, boundary = uf->graph->detectors;
    const uint32_t end = uf->arcs.first[v + 1];
    uint32_t best = NEVER;
    for (uint32_t a = uf->arcs.first[v]; a < end; ++a) {
        const brg_arc arc = uf->arcs.arc[a];
        /* No ball is larger than the time that has passed, and later arcs are longer. */
        if ((uint64_t)arc.weight >= 2 * (uint64_t)best + radius + now) break;
        const node *to = &uf->nodes[arc.to];
        uint32_t covered = radius, rate = 1;
        if (arc.to != boundary && is_touched(uf, to)) {
            if (to->root == from->root) continue;
            rate += is_active(uf, to);
            covered += rate == 2 ? now - to->growth : to->growth;
        }
        const uint32_t left = arc.weight > covered ? arc.weight - covered : 0;
        const uint32_t wait = rate == 2 ? (left >> 1) + (left & 1) : left;
        if (wait < best) {
            best = wait;
            *first_arc = a;
        }
    }
    return best;
}

/* Drops entries that a later one of the same node has replaced. */
static void compact(brg_union_find *uf) {
    brg_heap *h = &uf->heap;
    const uint32_t count = h->count;
    h->count = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t key = h->key[i];
        node *n = &uf->nodes[(uint32_t)key];
        if (n->due == (uint32_t)(key >> 32)) brg_heap_sift_up(h, h->count++, key);
    }
}

/* Puts an active node's next completion into the heap, unless it has an entry as early as that. */
static void schedule(brg_union_find *uf, uint32_t v, uint32_t now) {
    uint32_t arc = 0;
    const uint32_t wait = first_completion(uf, v, now, &arc);
    node *n = &uf->nodes[v];
    /* A graph so long that its times leave 32 bits is decoded as if it ended there. */
    if (wait >= NEVER - now || now + wait >= n->due) return;
    n->due = now + wait;
    if (uf->heap.count == uf->heap.room) compact(uf);
    brg_heap_sift_up(&uf->heap, uf->heap.count++, (uint64_t)n->due << 32 | v);
}

static void start_node(brg_union_find *uf, uint32_t v, uint32_t root, uint32_t now,
                       uint64_t potential) {
    uf->nodes[v] = (node){.state = uf->epoch + 1,
                          .root = root,
                          .next = v,
                          .growth = now,
                          .potential = potential,
                          .due = NEVER};
}

/* Observables that the cluster's events send out at the boundary. */
static uint64_t leaving(const cluster *c) {
    return c->odd && c->touched ? c->exit : 0;
}

static void rest(brg_union_find *uf, uint32_t root, uint32_t now) {
    uint32_t v = root;
    do {
        node *n = &uf->nodes[v];
        n->growth = now - n->growth;
        n->state = uf->epoch;
        v = n->next;
    } while (v != root);
}

static void reach_boundary(brg_union_find *uf, uint32_t v, uint32_t arc, uint32_t now) {
    const uint32_t root = uf->nodes[v].root;
    cluster *c = &uf->clusters[root];
    c->touched = true;
    c->exit = uf->nodes[v].potential ^ uf->graph->edges[uf->arcs.edge[arc]].observables;
    c->exit_arc = arc;
    c->exit_node = v;
    uf->flipped ^= leaving(c);
    if (--uf->active) rest(uf, root, now);
}

static void take_node(brg_union_find *uf, uint32_t v, uint32_t arc, uint32_t now) {
    const uint32_t to = uf->arcs.arc[arc].to, root = uf->nodes[v].root;
    start_node(uf, to, root, now,
               uf->nodes[v].potential ^ uf->graph->edges[uf->arcs.edge[arc]].observables);
    uf->nodes[to].next = uf->nodes[root].next;
    uf->nodes[root].next = to;
    ++uf->clusters[root].size;
    schedule(uf, to, now);
}

static void merge(brg_union_find *uf, uint32_t v, uint32_t arc, uint32_t now) {
    node *nodes = uf->nodes;
    const uint32_t w = uf->arcs.arc[arc].to;
    const uint64_t link =
        nodes[v].potential ^ nodes[w].potential ^ uf->graph->edges[uf->arcs.edge[arc]].observables;
    uint32_t large = nodes[v].root, small = nodes[w].root;
    if (uf->clusters[large].size < uf->clusters[small].size) {
        const uint32_t swap = large;
        large = small;
        small = swap;
    }
    cluster *into = &uf->clusters[large];
    const cluster *from = &uf->clusters[small];
    const bool into_active = is_active(uf, &nodes[large]);
    const bool from_active = is_active(uf, &nodes[small]);
    uf->flipped ^= leaving(into) ^ leaving(from) ^ (from->odd ? link : 0);
    if (from->touched && !into->touched) {
        into->touched = true;
        into->exit = from->exit ^ link;
        into->exit_arc = from->exit_arc;
        into->exit_node = from->exit_node;
    }
    into->odd ^= from->odd;
    into->size += from->size;
    into->events += from->events;
    uf->flipped ^= leaving(into);
    const bool active = into->odd && !into->touched;
    uf->active = uf->active + active - into_active - from_active;

    uint32_t u = small;
    do {
        nodes[u].root = large;
        nodes[u].potential ^= link;
        u = nodes[u].next;
    } while (u != small);
    if (uf->active == 0) return;
    /* Those whose state changes: now - growth turns either meaning of growth into the other. */
    const uint32_t part[2] = {large, small};
    const bool was[2] = {into_active, from_active};
    for (int i = 0; i < 2; ++i) {
        if (was[i] == active) continue;
        u = part[i];
        do {
            nodes[u].growth = now - nodes[u].growth;
            nodes[u].state = uf->epoch + active;
            u = nodes[u].next;
        } while (u != part[i]);
    }
    for (int i = 0; i < 2; ++i) {
        if (was[i] || !active) continue;
        u = part[i];
        do {
            schedule(uf, u, now);
            u = nodes[u].next;
        } while (u != part[i]);
    }
    const uint32_t swap = nodes[large].next;
    nodes[large].next = nodes[small].next;
    nodes[small].next = swap;
}

static void wake_neighbours(brg_union_find *uf, uint32_t v, uint32_t now) {
    for (uint32_t a = uf->arcs.first[v]; a < uf->arcs.first[v + 1]; ++a) {
        const uint32_t to = uf->arcs.arc[a].to;
        if (to != uf->graph->detectors && is_active(uf, &uf->nodes[to])) schedule(uf, to, now);
    }
}

static void complete(brg_union_find *uf, uint32_t v, uint32_t arc, uint32_t now) {
    const uint32_t to = uf->arcs.arc[arc].to;
    if (to == uf->graph->detectors) {
        reach_boundary(uf, v, arc, now);
        return;
    }
    if (uf->record) uf->forest[uf->forest_count++] = uf->arcs.edge[arc];
    if (is_touched(uf, &uf->nodes[to]))
        merge(uf, v, arc, now);
    else
        take_node(uf, v, arc, now);
}

uint64_t brg_union_find_grow(brg_union_find *uf, const uint32_t *events, size_t count) {
    uf->epoch += 2;
    if (uf->epoch == 0) { /* the numbers ran out: forget all of them once */
        for (uint32_t v = 0; v <= uf->graph->detectors; ++v) uf->nodes[v].state = 0;
        uf->epoch = 2;
    }
    uf->heap.count = 0;
    uf->forest_count = 0;
    uf->flipped = 0;
    uf->active = (uint32_t)count;
    for (size_t i = 0; i < count; ++i) {
        start_node(uf, events[i], events[i], 0, 0);
        uf->clusters[events[i]] = (cluster){.size = 1, .events = 1, .odd = true};
    }
    for (size_t i = 0; i < count; ++i) schedule(uf, events[i], 0);
    while (uf->active && uf->heap.count) {
        const uint64_t key = brg_heap_pop(&uf->heap);
        const uint32_t v = (uint32_t)key, now = (uint32_t)(key >> 32);
        node *n = &uf->nodes[v];
        if (n->due != now) continue;
        n->due = NEVER;
        while (uf->active && is_active(uf, n)) {
            uint32_t arc = 0;
            if (first_completion(uf, v, now, &arc) != 0) {
                schedule(uf, v, now);
                break;
            }
            complete(uf, v, arc, now);
        }
        if (uf->active && !is_active(uf, n)) wake_neighbours(uf, v, now);
    }
    return uf->flipped;
}

/* Lists the events of the crowded cluster whose first event is the i-th; returns how many. */
static uint32_t list_crowd(brg_union_find *uf, const uint32_t *events, size_t count, size_t i) {
    const uint32_t root = uf->nodes[events[i]].root;
    const uint32_t all = uf->clusters[root].events;
    if (all < CROWD) return 0;
    uint32_t used = 0;
    for (size_t j = i; j < count && used < all; ++j)
        if (uf->nodes[events[j]].root == root) uf->crowd[used++] = events[j];
    return used;
}

/* Replaces the answer of each crowded cluster's forest by that of matching. Without memory for the
 * matching the forest's stands. */
static uint64_t grow_and_match(brg_union_find *uf, const uint32_t *events, size_t count) {
    uint64_t flipped = brg_union_find_grow(uf, events, count);
    for (size_t i = 0; uf->exact && i < count; ++i) {
        const uint32_t used = list_crowd(uf, events, count, i);
        uint64_t matched = 0;
        if (!used) continue;
        cluster *c = &uf->clusters[uf->nodes[events[i]].root];
        c->events = 0; /* done, for the events that follow */
        if (brg_exact_decode(uf->exact, uf->crowd, used, &matched, NULL, NULL) != BRG_OK) continue;
        flipped ^= matched ^ leaving(c);
        for (uint32_t k = 0; k < used; ++k) flipped ^= uf->nodes[uf->crowd[k]].potential;
    }
    return flipped;
}

uint64_t brg_union_find_decode(brg_union_find *uf, const uint32_t *events, size_t count) {
    if (count == 0) return 0;
    if (count > 2 || !uf->pairs) return grow_and_match(uf, events, count);
    const size_t row = events[count - 1], column = count == 2 ? events[0] : row;
    uint8_t *known = &uf->pairs[row * (row + 1) / 2 + column];
    if (*known == UNKNOWN) *known = (uint8_t)brg_union_find_grow(uf, events, count);
    return *known;
}

static void toggle_incident(brg_union_find *uf, uint32_t edge, int change) {
    const brg_edge *e = &uf->graph->edges[edge];
    const uint32_t ends[2] = {e->a, e->b};
    for (int i = 0; i < 2; ++i) {
        uf->incident[ends[i]] ^= edge;
        uf->degree[ends[i]] += (uint32_t)change;
    }
}

/* Puts the matching of crowded clusters into the correction; their events are then explained. */
static void match_crowds(brg_union_find *uf, const uint32_t *events, size_t count,
                         uint32_t *scratch) {
    for (size_t i = 0; uf->exact && i < count; ++i) {
        const uint32_t used = list_crowd(uf, events, count, i);
        uint64_t matched = 0;
        size_t edges = 0;
        if (!used) continue;
        cluster *c = &uf->clusters[uf->nodes[events[i]].root];
        c->events = 0;
        if (brg_exact_decode(uf->exact, uf->crowd, used, &matched, scratch, &edges) != BRG_OK)
            continue;
        c->odd = false;
        for (uint32_t k = 0; k < used; ++k) uf->parity[uf->crowd[k]] = 0;
        for (size_t k = 0; k < edges; ++k) uf->in_correction[scratch[k]] ^= 1;
    }
}

/* A leaf knows its only edge: it is the sum (exclusive or) of the edges at the node. An odd leaf
 * puts that edge into the correction, which turns the parity of the other end. */
static void peel(brg_union_find *uf) {
    for (uint32_t i = 0; i < uf->forest_count; ++i) toggle_incident(uf, uf->forest[i], 1);
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < uf->forest_count; ++i) {
        const brg_edge *e = &uf->graph->edges[uf->forest[i]];
        if (uf->degree[e->a] == 1) uf->stack[waiting++] = e->a;
        if (uf->degree[e->b] == 1) uf->stack[waiting++] = e->b;
    }
    while (waiting) {
        const uint32_t leaf = uf->stack[--waiting];
        if (uf->degree[leaf] != 1) continue; /* the other end of a lone edge went first */
        const uint32_t edge = uf->incident[leaf];
        const uint32_t other = uf->graph->edges[edge].a ^ uf->graph->edges[edge].b ^ leaf;
        toggle_incident(uf, edge, -1);
        if (uf->parity[leaf]) {
            uf->parity[leaf] = 0;
            uf->parity[other] ^= 1;
            uf->in_correction[edge] ^= 1;
        }
        if (uf->degree[other] == 1) uf->stack[waiting++] = other;
    }
}

void brg_union_find_correction(brg_union_find *uf, const uint32_t *events, size_t count,
                               uint32_t *edges, size_t *edge_count) {
    uf->record = true;
    brg_union_find_grow(uf, events, count);
    uf->record = false;
    for (size_t i = 0; i < count; ++i) uf->parity[events[i]] = 1;
    match_crowds(uf, events, count, edges);
    for (size_t i = 0; i < count; ++i) {
        const uint32_t root = uf->nodes[events[i]].root;
        cluster *c = &uf->clusters[root];
        if (!c->odd) continue;
        c->odd = false; /* the next event of the cluster finds it done */
        if (c->touched) uf->in_correction[uf->arcs.edge[c->exit_arc]] ^= 1;
        /* Without boundary the root takes what nothing explains, as the potentials do. */
        uf->parity[c->touched ? c->exit_node : root] ^= 1;
    }
    peel(uf);
    size_t used = 0;
    for (uint32_t e = 0; e < uf->graph->edge_count; ++e)
        if (uf->in_correction[e]) {
            uf->in_correction[e] = 0;
            edges[used++] = e;
        }
    *edge_count = used;
}
