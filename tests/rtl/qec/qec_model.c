/* SPDX-License-Identifier: Apache-2.0 */
/* A plain decoder over an explicit list of edges, and the calls of the model of the hardware. */
#include "qec_model.h"

#include <string.h>

enum { HEAVIEST = 8, START = 3 };

static int check_at(int distance, int i, int j) {
    if (i < 0 || i > distance || j < 1 || j >= distance) return -1;
    return (j - 1) * ((distance + 1) / 2) + i / 2;
}

static void add_edge(qec_lattice *g, int from, int to, int weight, int first, int second) {
    g->edges[g->edge_count++] = (qec_edge){from, to, weight, {first, second}};
}

/* Places in `incident`: 0..5 forward, 6..11 backward, 12 side boundary, 13 open end. */
void qec_lattice_build(qec_lattice *g, int distance, int layers, int basis) {
    memset(g, 0, sizeof *g);
    g->distance = distance;
    g->layers = layers;
    g->checks = (distance * distance - 1) / 2;
    g->nodes = g->checks * layers;
    memset(g->incident, -1, sizeof g->incident);
    const int d = distance;
    for (int t = 0; t < layers; t++)
        for (int j = 1; j < d; j++)
            for (int i = j % 2; i <= d; i += 2) {
                const struct {
                    int i, j, t, weight, first, second;
                } steps[6] = {
                    {i + 1, j + 1, t, basis ? 6 : 7, i + d * j, -1},
                    {i - 1, j + 1, t, basis ? 7 : 6, i - 1 + d * j, -1},
                    {i, j, t + 1, 6, -1, -1},
                    {i - 1, j - 1, t + 1, 8, i - 1 + d * (j - 1), -1},
                    {i - 1, j + 1, t + 1, 8, i - 1 + d * j, -1},
                    {i - 2, j, t + 1, 8, i - 1 + d * j, i - 2 + d * j},
                };
                const int node = t * g->checks + check_at(d, i, j);
                for (int k = 0; k < 6; k++) {
                    const int there = check_at(d, steps[k].i, steps[k].j);
                    if (there < 0 || steps[k].t >= layers) continue;
                    const int to = steps[k].t * g->checks + there;
                    g->incident[node][k] = g->edge_count;
                    g->incident[to][k + 6] = g->edge_count;
                    add_edge(g, node, to, steps[k].weight, steps[k].first, steps[k].second);
                }
                if (j == 1 || j == d - 1) {
                    g->incident[node][12] = g->edge_count;
                    add_edge(g, node, j == 1 ? -1 : -2, 6, j == 1 ? i - 1 : i + d * j, -1);
                }
                g->incident[node][13] = g->edge_count;
                add_edge(g, node, -3, 6, -1, -1);
            }
}

static bool edge_there(const qec_lattice *g, const qec_edge *e, int layers, bool open) {
    if (e->from >= layers * g->checks) return false;
    if (e->to == -3) return open && e->from / g->checks == layers - 1;
    return e->to < layers * g->checks;
}

static bool edge_complete(const qec_lattice *g, const qec_edge *e, const int *ball, int layers,
                          bool open) {
    return edge_there(g, e, layers, open) &&
           ball[e->from] + (e->to >= 0 ? ball[e->to] : 0) >= e->weight;
}

static void apply(const qec_lattice *g, const uint8_t *used, const uint8_t *events, int layers,
                  int commit, qec_result *r) {
    memcpy(r->residual, events, (size_t)(layers * g->checks));
    for (int k = 0; k < g->edge_count; k++) {
        const qec_edge *e = &g->edges[k];
        /* What leaves by the open end is nobody's yet. */
        if (!used[k] || e->to == -3 || e->from / g->checks >= commit) continue;
        r->residual[e->from] ^= 1;
        if (e->to >= 0) r->residual[e->to] ^= 1;
        for (int q = 0; q < 2; q++)
            if (e->data[q] >= 0) r->flips[e->data[q]] ^= 1;
    }
    const int d = g->distance;
    for (int a = 0; a < d; a++) {
        r->first ^= r->flips[a];
        r->last ^= r->flips[a + d * (d - 1)];
    }
}

void qec_decode_steps(brg_rtl_decoder *decoder, const qec_lattice *g, const uint8_t *events,
                      int layers, int commit, bool open, qec_result *r) {
    uint32_t nodes[QEC_NODES];
    size_t count = 0;
    brg_rtl_correction c;
    memset(r, 0, sizeof *r);
    for (int n = 0; n < layers * g->checks; n++)
        if (events[n]) nodes[count++] = (uint32_t)n;
    brg_rtl_decoder_decode(decoder, nodes, count, (uint32_t)layers, (uint32_t)commit, open, &c);
    for (int q = 0; q < g->distance * g->distance; q++)
        r->flips[q] = (uint8_t)(c.flips[q / 64] >> q % 64 & 1);
    for (size_t i = 0; i < c.residual_count; i++) r->residual[c.residual[i]] = 1;
    r->first = (int)(c.observable & 1u);
    r->last = (int)(c.observable >> 1);
    r->cycles = (int)c.cycles;
    r->growths = (int)c.growths;
}

static int other_end(const qec_edge *e, int node) {
    return e->from == node ? e->to : e->from;
}

/* ---- sequential union-find: clusters of a disjoint-set forest, correction by peeling */
typedef struct {
    int root[QEC_NODES], ball[QEC_NODES], order[QEC_NODES], up[QEC_NODES];
    uint8_t odd[QEC_NODES], touched[QEC_NODES], left[QEC_NODES], seen[QEC_NODES];
    uint8_t used[8 * QEC_NODES];
} sets;

static int find(sets *s, int n) {
    while (s->root[n] != n) n = s->root[n] = s->root[s->root[n]];
    return n;
}

static void join_complete(const qec_lattice *g, sets *s, int layers, bool open) {
    for (int k = 0; k < g->edge_count; k++) {
        const qec_edge *e = &g->edges[k];
        if (!edge_complete(g, e, s->ball, layers, open)) continue;
        const int a = find(s, e->from);
        if (e->to < 0) {
            s->touched[a] |= (uint8_t)(1 << (-1 - e->to));
            continue;
        }
        const int b = find(s, e->to);
        if (a == b) continue;
        s->root[b] = a;
        s->odd[a] ^= s->odd[b];
        s->touched[a] |= s->touched[b];
    }
}

static bool grow_odd(sets *s, int count) {
    bool any = false;
    uint8_t active[QEC_NODES];
    for (int n = 0; n < count; n++) {
        const int root = find(s, n);
        active[n] = s->odd[root] && !s->touched[root];
        any |= active[n] != 0;
    }
    for (int n = 0; n < count; n++)
        if (active[n] && s->ball[n] < HEAVIEST) s->ball[n]++;
    return any;
}

/* A tree of complete edges over one cluster, breadth first, from a boundary when it has one. */
static void peel(const qec_lattice *g, sets *s, int start, int boundary, int layers, bool open) {
    int head = 0, tail = 0;
    s->order[tail++] = start;
    s->up[start] = boundary;
    s->seen[start] = 1;
    while (head < tail) {
        const int n = s->order[head++];
        for (int p = 0; p < 12; p++) {
            const int k = g->incident[n][p];
            if (k < 0 || !edge_complete(g, &g->edges[k], s->ball, layers, open)) continue;
            const int there = other_end(&g->edges[k], n);
            if (s->seen[there]) continue;
            s->seen[there] = 1;
            s->up[there] = k;
            s->order[tail++] = there;
        }
    }
    while (tail > 0) {
        const int n = s->order[--tail];
        if (!s->left[n] || s->up[n] < 0) continue;
        s->used[s->up[n]] ^= 1;
        s->left[n] = 0;
        const int there = other_end(&g->edges[s->up[n]], n);
        if (there >= 0) s->left[there] ^= 1;
    }
}

void qec_decode_sequential(const qec_lattice *g, const uint8_t *events, int layers, int commit,
                           bool open, qec_result *r) {
    sets s = {.root = {0}};
    memset(r, 0, sizeof *r);
    const int count = layers * g->checks;
    for (int n = 0; n < count; n++) {
        s.root[n] = n;
        s.odd[n] = s.left[n] = events[n];
        s.ball[n] = events[n] ? START : 0;
    }
    do {
        join_complete(g, &s, layers, open);
    } while (grow_odd(&s, count));
    for (int pass = 0; pass < 2; pass++)
        for (int n = 0; n < count; n++) {
            if (s.seen[n]) continue;
            const uint8_t touched = s.touched[find(&s, n)];
            if (touched & (touched - 1)) r->bridged = true;
            int boundary = -1;
            for (int p = 12; p < 14 && boundary < 0; p++) {
                const int k = g->incident[n][p];
                if (k >= 0 && edge_complete(g, &g->edges[k], s.ball, layers, open)) boundary = k;
            }
            if (pass == 0 && boundary < 0) continue;
            peel(g, &s, n, boundary, layers, open);
        }
    apply(g, s.used, events, layers, commit, r);
}
