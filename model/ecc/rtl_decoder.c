/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder in RTL step by step. Only nodes that a cluster has touched are looked at: the rest of
 * the window is as it was before the first event. */
#include "model/ecc/rtl_decoder.h"

#include <stdlib.h>
#include <string.h>

/* Weights as in the RTL. */
enum { HEAVIEST = 8, START = 3, WEIGHT_SIDE = 6, WEIGHT_OPEN = 6 };

/* Edges of a node, numbered in the order in which the hardware prefers them as the parent: the
 * boundary at the side, the open end, six kinds of edges forward, the same six backward. */
enum { SIDE = 0, OPEN = 1, FORWARD = 2, BACKWARD = 8, EDGES = 14, KINDS = 6, NO_PARENT = 15 };
static const uint32_t TIME_FORWARD = 0x3cu << FORWARD; /* kinds 2 to 5 lead to the next layer */
static const uint32_t TIME_BACKWARD = 0x3cu << BACKWARD;

/* Edges of a check, the same in every layer. */
typedef struct site {
    uint16_t there;      /* bit e: edge e exists, in some layer */
    int16_t step[EDGES]; /* nodes from here to its other end */
    uint8_t weight[EDGES];
    uint8_t observable[8]; /* rows that it flips, by kind; 6: side, bit 0 first, bit 1 last */
    int16_t data[8][2];    /* data qubits that it flips, -1 none */
} site;

typedef struct node {
    uint16_t label; /* least number of its cluster as far as it knows, 0: the boundary's */
    uint16_t near;  /* bit e: edge e is complete */
    uint8_t ball;
    uint8_t parent; /* edge */
    uint8_t used;   /* edges of the correction at this end: kinds 0..5, 6 side, 7 open end */
    uint8_t marks;
} node;

enum { TOUCHED = 1, ACTIVE = 2, DIRTY = 4, EVENT = 8, TOKEN = 16 };

typedef struct list {
    uint32_t *at;
    uint32_t count;
} list;

struct brg_rtl_decoder {
    brg_rtl_decoder_config config;
    uint32_t checks, nodes;
    site *sites;      /* [checks] */
    node *state;      /* [nodes] */
    uint8_t *layer;   /* [nodes] */
    uint8_t *check;   /* [nodes] */
    uint32_t *memory; /* of the lists */
    list touched, active, token, dirty, next;
    uint16_t *offered; /* [nodes], with `next`: label and parent that a node takes */
    uint8_t *from;
    uint32_t layers; /* of the window in work */
    bool open;
};

static int32_t check_at(int32_t d, int32_t i, int32_t j) {
    if (i < 0 || i > d || j < 1 || j >= d) return -1;
    return (j - 1) * ((d + 1) / 2) + i / 2;
}

static uint8_t rows_of(int32_t d, const int16_t data[2]) {
    uint8_t rows = 0;
    for (int q = 0; q < 2; q++) {
        if (data[q] < 0) continue;
        rows ^= (uint8_t)(data[q] < d);
        rows ^= (uint8_t)((data[q] >= d * (d - 1)) << 1);
    }
    return rows;
}

/* Check (i, j) of the figure in docs/rtl_decoder.md. */
static void build_site(brg_rtl_decoder *r, int32_t i, int32_t j) {
    const int32_t d = (int32_t)r->config.distance, checks = (int32_t)r->checks;
    const bool x = r->config.basis == 1;
    const struct {
        int32_t i, j, t, weight, first, second;
    } steps[KINDS] = {
        {1, 1, 0, x ? 6 : 7, i + d * j, -1},
        {-1, 1, 0, x ? 7 : 6, i - 1 + d * j, -1},
        {0, 0, 1, 6, -1, -1},
        {-1, -1, 1, 8, i - 1 + d * (j - 1), -1},
        {-1, 1, 1, 8, i - 1 + d * j, -1},
        {-2, 0, 1, 8, i - 1 + d * j, i - 2 + d * j},
    };
    const int32_t here = check_at(d, i, j);
    site *s = &r->sites[here];
    for (int k = 0; k < KINDS; k++) {
        const int32_t ahead = check_at(d, i + steps[k].i, j + steps[k].j);
        const int32_t behind = check_at(d, i - steps[k].i, j - steps[k].j);
        s->weight[FORWARD + k] = s->weight[BACKWARD + k] = (uint8_t)steps[k].weight;
        s->data[k][0] = (int16_t)steps[k].first;
        s->data[k][1] = (int16_t)steps[k].second;
        if (ahead >= 0) {
            s->there |= (uint16_t)(1u << (FORWARD + k));
            s->step[FORWARD + k] = (int16_t)(ahead - here + steps[k].t * checks);
            s->observable[k] = rows_of(d, s->data[k]);
        }
        if (behind >= 0) {
            s->there |= (uint16_t)(1u << (BACKWARD + k));
            s->step[BACKWARD + k] = (int16_t)(behind - here - steps[k].t * checks);
        }
    }
    s->weight[SIDE] = WEIGHT_SIDE;
    s->weight[OPEN] = WEIGHT_OPEN;
    s->there |= 1u << OPEN;
    s->data[6][0] = s->data[6][1] = -1;
    if (j == 1 || j == d - 1) {
        s->there |= 1u << SIDE;
        s->data[6][0] = (int16_t)(j == 1 ? i - 1 : i + d * j);
        s->observable[6] = rows_of(d, s->data[6]);
    }
}

void brg_rtl_decoder_destroy(brg_rtl_decoder **decoder) {
    if (!decoder || !*decoder) return;
    brg_rtl_decoder *r = *decoder;
    free(r->sites);
    free(r->state);
    free(r->layer);
    free(r->check);
    free(r->memory);
    free(r->offered);
    free(r->from);
    free(r);
    *decoder = NULL;
}

int brg_rtl_decoder_new(brg_rtl_decoder **out, const brg_rtl_decoder_config *c) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!c || c->distance < 3 || c->distance > 15 || c->distance % 2 == 0 || c->layers < 2 ||
        c->layers > 64 || c->basis > 1 || c->hops < 1 || c->hops > 8)
        return BRG_EINVAL;
    brg_rtl_decoder *r = calloc(1, sizeof *r);
    if (!r) return BRG_ENOMEM;
    r->config = *c;
    r->checks = (c->distance * c->distance - 1) / 2;
    r->nodes = r->checks * c->layers;
    r->sites = calloc(r->checks, sizeof *r->sites);
    r->state = calloc(r->nodes, sizeof *r->state);
    r->layer = malloc(r->nodes);
    r->check = malloc(r->nodes);
    r->memory = malloc(5 * (size_t)r->nodes * sizeof *r->memory);
    r->offered = malloc(r->nodes * sizeof *r->offered);
    r->from = malloc(r->nodes);
    if (!r->sites || !r->state || !r->layer || !r->check || !r->memory || !r->offered || !r->from) {
        brg_rtl_decoder_destroy(&r);
        return BRG_ENOMEM;
    }
    list *const lists[5] = {&r->touched, &r->active, &r->token, &r->dirty, &r->next};
    for (size_t i = 0; i < 5; i++) lists[i]->at = r->memory + i * r->nodes;
    const int32_t d = (int32_t)c->distance;
    for (int32_t j = 1; j < d; j++)
        for (int32_t i = j % 2; i <= d; i += 2) build_site(r, i, j);
    for (uint32_t n = 0; n < r->nodes; n++) {
        r->layer[n] = (uint8_t)(n / r->checks);
        r->check[n] = (uint8_t)(n % r->checks);
        r->state[n] = (node){.label = (uint16_t)(n + 1), .parent = NO_PARENT};
    }
    *out = r;
    return BRG_OK;
}

static void push(list *l, uint32_t n) {
    l->at[l->count++] = n;
}

static node *touch(brg_rtl_decoder *r, uint32_t n) {
    node *s = &r->state[n];
    if (!(s->marks & TOUCHED)) {
        s->marks |= TOUCHED;
        push(&r->touched, n);
    }
    return s;
}

static void make_dirty(brg_rtl_decoder *r, uint32_t n) {
    node *s = &r->state[n];
    if (s->marks & DIRTY) return;
    s->marks |= DIRTY;
    push(&r->dirty, n);
}

static uint32_t other_end(const brg_rtl_decoder *r, uint32_t n, uint32_t edge) {
    return (uint32_t)((int32_t)n + r->sites[r->check[n]].step[edge]);
}

/* Edges of a node in this window. */
static uint32_t edges_of(const brg_rtl_decoder *r, uint32_t n) {
    const uint32_t t = r->layer[n];
    uint32_t edges = r->sites[r->check[n]].there;
    if (t == 0) edges &= ~TIME_BACKWARD;
    if (t + 1 < r->layers)
        edges &= ~(1u << OPEN);
    else
        edges &= ~(TIME_FORWARD | (r->open ? 0u : 1u << OPEN));
    return edges;
}

static uint32_t lowest(uint32_t mask) {
    return (uint32_t)__builtin_ctz(mask);
}

/* The edges that the ball of a node completes now. */
static void complete(brg_rtl_decoder *r, uint32_t n) {
    node *s = &r->state[n];
    const site *at = &r->sites[r->check[n]];
    for (uint32_t left = edges_of(r, n) & ~(uint32_t)s->near; left; left &= left - 1) {
        const uint32_t e = lowest(left);
        if (e < FORWARD) {
            if (s->ball < at->weight[e]) continue;
            s->near |= (uint16_t)(1u << e);
            make_dirty(r, n);
            continue;
        }
        const uint32_t there = (uint32_t)((int32_t)n + at->step[e]);
        if (s->ball + r->state[there].ball < at->weight[e]) continue;
        const uint32_t back = e < BACKWARD ? e + KINDS : e - KINDS;
        s->near |= (uint16_t)(1u << e);
        touch(r, there)->near |= (uint16_t)(1u << back);
        make_dirty(r, n);
        make_dirty(r, there);
    }
}

static void grow(brg_rtl_decoder *r) {
    for (uint32_t i = 0; i < r->active.count; i++) {
        node *s = &r->state[r->active.at[i]];
        if (s->ball < HEAVIEST) s->ball++;
    }
    for (uint32_t i = 0; i < r->active.count; i++) complete(r, r->active.at[i]);
}

/* Each node takes the least label that its neighbours had before this step. Only a node next to a
 * change of the last step can find a smaller one. */
static bool relabel(brg_rtl_decoder *r) {
    list *changed = &r->next;
    changed->count = 0;
    for (uint32_t i = 0; i < r->dirty.count; i++) {
        const uint32_t n = r->dirty.at[i];
        node *s = &r->state[n];
        s->marks &= (uint8_t)~DIRTY;
        uint16_t least = s->label;
        uint32_t from = NO_PARENT;
        for (uint32_t left = s->near; left && least; left &= left - 1) {
            const uint32_t e = lowest(left);
            const uint16_t label = e < FORWARD ? 0 : r->state[other_end(r, n, e)].label;
            if (label >= least) continue;
            least = label;
            from = e;
        }
        if (from == NO_PARENT) continue;
        r->offered[changed->count] = least;
        r->from[changed->count] = (uint8_t)from;
        push(changed, n);
    }
    r->dirty.count = 0;
    for (uint32_t i = 0; i < changed->count; i++) {
        node *s = &r->state[changed->at[i]];
        s->label = r->offered[i];
        s->parent = r->from[i];
    }
    for (uint32_t i = 0; i < changed->count; i++) {
        const uint32_t n = changed->at[i];
        for (uint32_t left = r->state[n].near & ~((1u << FORWARD) - 1); left; left &= left - 1)
            make_dirty(r, other_end(r, n, lowest(left)));
    }
    return changed->count > 0;
}

/* Every token steps to the parent of its node; two that meet annihilate. */
static bool walk(brg_rtl_decoder *r) {
    list *next = &r->next;
    bool moved = false;
    next->count = 0;
    for (uint32_t i = 0; i < r->token.count; i++) {
        const uint32_t n = r->token.at[i];
        node *s = &r->state[n];
        uint32_t to = n;
        if (s->parent != NO_PARENT) {
            moved = true;
            if (s->parent < FORWARD) {
                s->used ^= (uint8_t)(s->parent == SIDE ? 1u << 6 : 1u << 7);
                continue;
            }
            to = other_end(r, n, s->parent);
            if (s->parent < BACKWARD)
                s->used ^= (uint8_t)(1u << (s->parent - FORWARD));
            else
                r->state[to].used ^= (uint8_t)(1u << (s->parent - BACKWARD));
        }
        r->state[to].marks ^= TOKEN;
        push(next, to);
    }
    r->token.count = 0;
    for (uint32_t i = 0; i < next->count; i++) {
        node *s = &r->state[next->at[i]];
        if (!(s->marks & TOKEN)) continue;
        s->marks &= (uint8_t)~TOKEN;
        push(&r->token, next->at[i]);
    }
    return moved;
}

/* Activity floods over complete edges; *front: the first node that has not passed it on. */
static bool spread(brg_rtl_decoder *r, uint32_t *front) {
    const uint32_t before = r->active.count;
    for (uint32_t h = 0; h < r->config.hops; h++) {
        const uint32_t end = r->active.count;
        for (; *front < end; ++*front) {
            const uint32_t n = r->active.at[*front];
            for (uint32_t left = r->state[n].near & ~((1u << FORWARD) - 1); left;
                 left &= left - 1) {
                const uint32_t there = other_end(r, n, lowest(left));
                node *s = &r->state[there];
                if (s->marks & ACTIVE) continue;
                s->marks |= ACTIVE;
                push(&r->active, there);
            }
        }
    }
    return r->active.count > before;
}

static void activate_tokens(brg_rtl_decoder *r) {
    for (uint32_t i = 0; i < r->active.count; i++)
        r->state[r->active.at[i]].marks &= (uint8_t)~ACTIVE;
    r->active.count = 0;
    for (uint32_t i = 0; i < r->token.count; i++) {
        r->state[r->token.at[i]].marks |= ACTIVE;
        push(&r->active, r->token.at[i]);
    }
}

static void flip(brg_rtl_correction *out, int16_t data) {
    if (data >= 0) out->flips[data / 64] ^= UINT64_C(1) << data % 64;
}

/* What the committed edges flip; the list of touched nodes becomes that of the residual events. */
static void fold(brg_rtl_decoder *r, uint32_t commit, brg_rtl_correction *out) {
    const uint32_t border = commit * r->checks;
    for (uint32_t i = 0; i < r->touched.count; i++) {
        const uint32_t n = r->touched.at[i];
        if (n >= border) continue;
        node *s = &r->state[n];
        const site *at = &r->sites[r->check[n]];
        /* What leaves by the open end is nobody's yet. */
        for (uint32_t left = s->used & 0x7fu; left; left &= left - 1) {
            const uint32_t k = lowest(left);
            s->marks ^= EVENT;
            if (k < KINDS) r->state[(uint32_t)((int32_t)n + at->step[FORWARD + k])].marks ^= EVENT;
            out->observable ^= at->observable[k];
            flip(out, at->data[k][0]);
            flip(out, at->data[k][1]);
        }
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < r->touched.count; i++) {
        const uint32_t n = r->touched.at[i];
        if (r->state[n].marks & EVENT) r->next.at[left++] = n;
        r->state[n] = (node){.label = (uint16_t)(n + 1), .parent = NO_PARENT};
    }
    r->touched.count = r->active.count = r->token.count = r->dirty.count = 0;
    out->residual = r->next.at;
    out->residual_count = left;
}

void brg_rtl_decoder_decode(brg_rtl_decoder *r, const uint32_t *events, size_t count,
                            uint32_t layers, uint32_t commit, bool open, brg_rtl_correction *out) {
    *out = (brg_rtl_correction){.cycles = 1};
    if (!count) return;
    r->layers = layers;
    r->open = open;
    for (size_t i = 0; i < count; i++) {
        node *s = touch(r, events[i]);
        s->marks |= EVENT | ACTIVE;
        s->ball = START;
        push(&r->token, events[i]);
        push(&r->active, events[i]);
    }
    for (size_t i = 0; i < count; i++) complete(r, events[i]);
    bool stale = false, spreading = false;
    uint32_t front = 0;
    for (;;) {
        out->cycles++;
        if (spreading) {
            if (spread(r, &front)) continue;
            grow(r);
            out->growths++;
            stale = spreading = false;
            continue;
        }
        const bool moved = walk(r); /* along the parents of the step before */
        if (!r->token.count) break;
        if (relabel(r) || moved) {
            stale = true;
        } else if (!stale) {
            grow(r);
            out->growths++;
        } else {
            activate_tokens(r);
            front = 0;
            spread(r, &front);
            spreading = true;
        }
    }
    out->cycles++; /* what the edges flip is folded in one more */
    fold(r, commit, out);
}

/* ---- streams */

struct brg_rtl_stream {
    brg_rtl_decoder *decoder;
    uint32_t commit, held;
    uint64_t rounds;
    unsigned frame;
    uint32_t *events; /* of the window, [nodes] */
    size_t count;
};

int brg_rtl_stream_new(brg_rtl_stream **out, const brg_rtl_decoder_config *config,
                       uint32_t commit) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!config || commit < 1 || commit >= config->layers) return BRG_EINVAL;
    brg_rtl_stream *s = calloc(1, sizeof *s);
    if (!s) return BRG_ENOMEM;
    s->commit = commit;
    int rc = brg_rtl_decoder_new(&s->decoder, config);
    if (!rc && !(s->events = malloc(s->decoder->nodes * sizeof *s->events))) rc = BRG_ENOMEM;
    if (rc) {
        brg_rtl_stream_destroy(&s);
        return rc;
    }
    *out = s;
    return BRG_OK;
}

int brg_rtl_stream_of_unit(brg_rtl_stream **out, uint32_t distance, uint32_t basis) {
    const brg_rtl_decoder_config config = {
        .distance = distance, .layers = 2 * distance, .basis = basis, .hops = 2};
    return brg_rtl_stream_new(out, &config, distance);
}

void brg_rtl_stream_destroy(brg_rtl_stream **stream) {
    if (!stream || !*stream) return;
    brg_rtl_decoder_destroy(&(*stream)->decoder);
    free((*stream)->events);
    free(*stream);
    *stream = NULL;
}

void brg_rtl_stream_clear(brg_rtl_stream *s) {
    s->held = 0;
    s->rounds = 0;
    s->frame = 0;
    s->count = 0;
}

/* The window in work is decoded, and what it leaves begins the next one. */
static void update(brg_rtl_stream *s, bool last, brg_rtl_update *out) {
    brg_rtl_correction c;
    const uint32_t commit = last ? s->held : s->commit;
    brg_rtl_decoder_decode(s->decoder, s->events, s->count, s->held, commit, !last, &c);
    s->rounds += commit;
    s->frame ^= c.observable;
    out->update = true;
    out->last = last;
    out->cycles = c.cycles;
    out->rounds = s->rounds;
    memcpy(out->flips, c.flips, sizeof out->flips);
    out->observable = c.observable;
    out->frame = s->frame;
    if (last) {
        brg_rtl_stream_clear(s);
        return;
    }
    const uint32_t border = commit * s->decoder->checks;
    s->held -= commit;
    s->count = 0;
    for (size_t i = 0; i < c.residual_count; i++)
        if (c.residual[i] >= border) s->events[s->count++] = c.residual[i] - border;
}

void brg_rtl_stream_layer(brg_rtl_stream *s, const uint64_t events[2], bool last,
                          brg_rtl_update *out) {
    const uint32_t first = s->held * s->decoder->checks;
    for (uint32_t w = 0; w < 2; w++)
        for (uint64_t left = events[w]; left; left &= left - 1)
            s->events[s->count++] = first + 64 * w + (uint32_t)__builtin_ctzll(left);
    s->held++;
    *out = (brg_rtl_update){.frame = s->frame};
    if (last || s->held == s->decoder->config.layers) update(s, last, out);
}
