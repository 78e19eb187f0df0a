/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum-weight perfect matching in a complete graph: Edmonds' blossom algorithm with dual
 * variables, O(n^3) (Galil, ACM Computing Surveys 18, 1986). */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/decoder_private.h"

/* Points are 1..n, blossoms n+1..; 0 is none. A free or matched thing on top (`top[x] == x`) is
 * outer, inner or outside of the alternating trees. For a pair of tops (x, y), link[x][y] is the
 * pair of points, one in each, with the least slack; with it the slack of a pair of blossoms is
 * read from the points' own dual variables, so these keep moving inside a blossom.
 * Costs are doubled: outer points then have even slack to each other, and duals stay whole. */
typedef struct pair {
    uint16_t from, to;
} pair;

enum { OUTSIDE = -1, OUTER = 0, INNER = 1, MAX_POINTS = 40000 };

struct brg_matcher {
    uint32_t room;    /* points that fit */
    uint32_t width;   /* row of link: points and blossoms and the unused 0 */
    uint32_t n, last; /* points; highest number in use */
    const int64_t *cost;
    pair *link;          /* [width * width] */
    uint16_t *inside;    /* [width * (room + 1)] child of a blossom that holds a point */
    int64_t *dual;       /* [width] as all below */
    uint16_t *mate;      /* point that the top is matched to */
    uint16_t *best;      /* point with the least slack to this top */
    uint16_t *top;       /* outermost blossom of it; 0: a free number */
    uint16_t *parent;    /* point of the tree that this top hangs from */
    uint16_t **children; /* ring of a blossom, base first; owned */
    uint32_t *child_count, *child_room;
    uint32_t *visited, visit;
    int8_t *kind;
    uint16_t *queue;
    uint32_t queue_head, queue_tail;
    bool failed; /* memory ran out */
};

static pair *link_of(const brg_matcher *m, uint32_t x, uint32_t y) {
    return &m->link[(size_t)x * m->width + y];
}

static int64_t slack(const brg_matcher *m, pair p) {
    return m->dual[p.from] + m->dual[p.to] + 4 * m->cost[(size_t)(p.from - 1) * m->n + (p.to - 1u)];
}

static uint16_t *inside_of(const brg_matcher *m, uint32_t blossom) {
    return &m->inside[(size_t)blossom * (m->room + 1)];
}

static void free_rows(brg_matcher *m) {
    for (uint32_t i = 0; m->children && i < m->width; ++i) free(m->children[i]);
    free(m->link);
    free(m->inside);
    free(m->dual);
    free(m->mate);
    free(m->best);
    free(m->top);
    free(m->parent);
    free(m->children);
    free(m->child_count);
    free(m->child_room);
    free(m->visited);
    free(m->kind);
    free(m->queue);
    memset(m, 0, sizeof *m);
}

int brg_matcher_new(brg_matcher **out) {
    *out = calloc(1, sizeof **out);
    return *out ? BRG_OK : BRG_ENOMEM;
}

void brg_matcher_destroy(brg_matcher **matcher) {
    if (!matcher || !*matcher) return;
    free_rows(*matcher);
    free(*matcher);
    *matcher = NULL;
}

static int make_room(brg_matcher *m, uint32_t n) {
    if (n <= m->room) return BRG_OK;
    free_rows(m);
    const uint32_t room = n + n / 4 + 8;
    const size_t w = room + room / 2 + 2;
    m->width = (uint32_t)w;
    m->link = calloc(w * w, sizeof *m->link);
    m->inside = calloc(w * (room + 1), sizeof *m->inside);
    m->dual = calloc(w, sizeof *m->dual);
    m->mate = calloc(w, sizeof *m->mate);
    m->best = calloc(w, sizeof *m->best);
    m->top = calloc(w, sizeof *m->top);
    m->parent = calloc(w, sizeof *m->parent);
    m->children = calloc(w, sizeof *m->children);
    m->child_count = calloc(w, sizeof *m->child_count);
    m->child_room = calloc(w, sizeof *m->child_room);
    m->visited = calloc(w, sizeof *m->visited);
    m->kind = calloc(w, sizeof *m->kind);
    m->queue = calloc(w * 2, sizeof *m->queue);
    if (!m->link || !m->inside || !m->dual || !m->mate || !m->best || !m->top || !m->parent ||
        !m->children || !m->child_count || !m->child_room || !m->visited || !m->kind || !m->queue) {
        free_rows(m);
        return BRG_ENOMEM;
    }
    m->room = room;
    return BRG_OK;
}

static void add_child(brg_matcher *m, uint32_t blossom, uint16_t child) {
    if (m->child_count[blossom] == m->child_room[blossom]) {
        const uint32_t room = 2 * m->child_room[blossom] + 8;
        uint16_t *list = realloc(m->children[blossom], room * sizeof *list);
        if (!list) {
            m->failed = true;
            return;
        }
        m->children[blossom] = list;
        m->child_room[blossom] = room;
    }
    m->children[blossom][m->child_count[blossom]++] = child;
}

static void reverse(uint16_t *list, uint32_t count) {
    for (uint32_t i = 0; i < count / 2; ++i) {
        const uint16_t swap = list[i];
        list[i] = list[count - 1 - i];
        list[count - 1 - i] = swap;
    }
}

/* Keeps the outer point u with the least slack to the top x. */
static void offer(brg_matcher *m, uint32_t u, uint32_t x) {
    if (!m->best[x] || slack(m, *link_of(m, u, x)) < slack(m, *link_of(m, m->best[x], x)))
        m->best[x] = (uint16_t)u;
}

static void find_best(brg_matcher *m, uint32_t x) {
    m->best[x] = 0;
    for (uint32_t u = 1; u <= m->n; ++u)
        if (m->top[u] != x && m->kind[m->top[u]] == OUTER && link_of(m, u, x)->from) offer(m, u, x);
}

static void enqueue(brg_matcher *m, uint32_t x) {
    if (x <= m->n) {
        m->queue[m->queue_tail++] = (uint16_t)x;
        return;
    }
    for (uint32_t i = 0; i < m->child_count[x]; ++i) enqueue(m, m->children[x][i]);
}

static void set_top(brg_matcher *m, uint32_t x, uint32_t blossom) {
    m->top[x] = (uint16_t)blossom;
    if (x > m->n)
        for (uint32_t i = 0; i < m->child_count[x]; ++i) set_top(m, m->children[x][i], blossom);
}

/* Place of a child in the ring, made even by walking the ring the other way when needed: the even
 * way from the base is the alternating one. */
static uint32_t even_place(brg_matcher *m, uint32_t blossom, uint32_t child) {
    uint32_t place = 0;
    while (m->children[blossom][place] != child) ++place;
    if (place % 2 == 0) return place;
    reverse(m->children[blossom] + 1, m->child_count[blossom] - 1);
    return m->child_count[blossom] - place;
}

/* Matches top x to top y; inside a blossom the base moves to the child that holds the point. */
static void match(brg_matcher *m, uint32_t x, uint32_t y) {
    const pair p = *link_of(m, x, y);
    m->mate[x] = p.to;
    if (x <= m->n) return;
    const uint32_t child = inside_of(m, x)[p.from], place = even_place(m, x, child);
    uint16_t *ring = m->children[x];
    const uint32_t count = m->child_count[x];
    for (uint32_t i = 0; i < place; ++i) match(m, ring[i], ring[i ^ 1]);
    match(m, child, y);
    reverse(ring, place); /* rotates the ring so that the child comes first */
    reverse(ring + place, count - place);
    reverse(ring, count);
}

static void augment(brg_matcher *m, uint32_t x, uint32_t y) {
    for (;;) {
        const uint32_t next = m->top[m->mate[x]];
        match(m, x, y);
        if (!next) return;
        const uint32_t up = m->top[m->parent[next]];
        match(m, next, up);
        x = up;
        y = next;
    }
}

/* Lowest common top of two outer tops, 0 when they are in different trees. */
static uint32_t meet(brg_matcher *m, uint32_t x, uint32_t y) {
    ++m->visit;
    while (x || y) {
        if (x) {
            if (m->visited[x] == m->visit) return x;
            m->visited[x] = m->visit;
            x = m->top[m->mate[x]];
            if (x) x = m->top[m->parent[x]];
        }
        const uint32_t swap = x;
        x = y;
        y = swap;
    }
    return 0;
}

static void collect_side(brg_matcher *m, uint32_t blossom, uint32_t x, uint32_t base) {
    while (x != base) {
        const uint32_t inner = m->top[m->mate[x]];
        add_child(m, blossom, (uint16_t)x);
        add_child(m, blossom, (uint16_t)inner);
        enqueue(m, inner);
        x = m->top[m->parent[inner]];
    }
}

static void shrink(brg_matcher *m, uint32_t x, uint32_t base, uint32_t y) {
    uint32_t b = m->n + 1;
    while (b <= m->last && m->top[b]) ++b;
    if (b > m->last) m->last = b;
    m->dual[b] = 0;
    m->kind[b] = OUTER;
    m->mate[b] = m->mate[base];
    m->parent[b] = 0;
    m->child_count[b] = 0;
    add_child(m, b, (uint16_t)base);
    collect_side(m, b, x, base);
    if (m->failed) return;
    reverse(m->children[b] + 1, m->child_count[b] - 1);
    collect_side(m, b, y, base);
    if (m->failed) return;
    set_top(m, b, b);
    for (uint32_t t = 1; t <= m->last; ++t) *link_of(m, b, t) = *link_of(m, t, b) = (pair){0, 0};
    memset(inside_of(m, b), 0, (m->n + 1) * sizeof(uint16_t));
    for (uint32_t i = 0; i < m->child_count[b]; ++i) {
        const uint16_t child = m->children[b][i];
        for (uint32_t t = 1; t <= m->last; ++t) {
            const pair p = *link_of(m, child, t);
            const pair old = *link_of(m, b, t);
            if (p.from && (!old.from || slack(m, p) < slack(m, old))) {
                *link_of(m, b, t) = p;
                *link_of(m, t, b) = (pair){p.to, p.from};
            }
        }
        for (uint32_t u = 1; u <= m->n; ++u)
            if (child == u || (child > m->n && inside_of(m, child)[u])) inside_of(m, b)[u] = child;
    }
    find_best(m, b);
}

/* An inner blossom whose dual variable is 0 falls apart: the even way between its two tree edges
 * stays in the tree. */
static void expand(brg_matcher *m, uint32_t b) {
    uint16_t *ring = m->children[b];
    for (uint32_t i = 0; i < m->child_count[b]; ++i) set_top(m, ring[i], ring[i]);
    const uint32_t entry = inside_of(m, b)[link_of(m, b, m->parent[b])->from];
    const uint32_t place = even_place(m, b, entry);
    for (uint32_t i = 0; i < m->child_count[b]; ++i) {
        m->kind[ring[i]] = (int8_t)(i > place ? OUTSIDE : i % 2 ? OUTER : INNER);
        m->best[ring[i]] = 0;
    }
    m->parent[entry] = m->parent[b];
    for (uint32_t i = 0; i < place; i += 2) {
        m->parent[ring[i]] = link_of(m, ring[i + 1], ring[i])->from;
        enqueue(m, ring[i + 1]);
    }
    for (uint32_t i = 0; i < m->child_count[b]; ++i)
        if (m->kind[ring[i]] != INNER) find_best(m, ring[i]);
    m->top[b] = 0;
}

/* A tight pair, its first point outer. True when the matching grew. */
static bool use_tight(brg_matcher *m, pair p) {
    const uint32_t x = m->top[p.from], y = m->top[p.to];
    if (m->kind[y] == OUTSIDE) {
        const uint32_t next = m->top[m->mate[y]];
        m->parent[y] = p.from;
        m->kind[y] = INNER;
        m->best[y] = m->best[next] = 0;
        m->kind[next] = OUTER;
        enqueue(m, next);
    } else if (m->kind[y] == OUTER) {
        const uint32_t base = meet(m, x, y);
        if (!base) {
            augment(m, x, y);
            augment(m, y, x);
            return true;
        }
        shrink(m, x, base, y);
    }
    return false;
}

/* Largest change of the duals that keeps all slacks: outer points fall, inner ones rise. */
static int64_t dual_step(const brg_matcher *m) {
    int64_t step = INT64_MAX;
    for (uint32_t x = 1; x <= m->last; ++x) {
        if (m->top[x] != x) continue;
        int64_t limit = INT64_MAX;
        if (x > m->n && m->kind[x] == INNER)
            limit = m->dual[x] / 2;
        else if (m->best[x] && m->kind[x] == OUTSIDE)
            limit = slack(m, *link_of(m, m->best[x], x));
        else if (m->best[x] && m->kind[x] == OUTER)
            limit = slack(m, *link_of(m, m->best[x], x)) / 2;
        if (limit < step) step = limit;
    }
    return step;
}

static void move_duals(brg_matcher *m, int64_t step) {
    for (uint32_t u = 1; u <= m->n; ++u) {
        if (m->kind[m->top[u]] == OUTER)
            m->dual[u] -= step;
        else if (m->kind[m->top[u]] == INNER)
            m->dual[u] += step;
    }
    for (uint32_t b = m->n + 1; b <= m->last; ++b) {
        if (m->top[b] != b) continue;
        if (m->kind[b] == OUTER)
            m->dual[b] += 2 * step;
        else if (m->kind[b] == INNER)
            m->dual[b] -= 2 * step;
    }
}

static bool scan_queue(brg_matcher *m) {
    while (m->queue_head < m->queue_tail && !m->failed) {
        const uint32_t u = m->queue[m->queue_head++];
        if (m->kind[m->top[u]] == INNER) continue;
        for (uint32_t v = 1; v <= m->n; ++v) {
            if (u == v || m->top[u] == m->top[v]) continue;
            if (slack(m, *link_of(m, u, v)) == 0) {
                if (use_tight(m, *link_of(m, u, v))) return true;
                if (m->failed) return false;
            } else {
                offer(m, u, m->top[v]);
            }
        }
    }
    return false;
}

static bool scan_best(brg_matcher *m) {
    for (uint32_t x = 1; x <= m->last && !m->failed; ++x) {
        const uint32_t u = m->best[x];
        if (m->top[x] == x && u && m->top[u] != x && slack(m, *link_of(m, u, x)) == 0 &&
            use_tight(m, *link_of(m, u, x)))
            return true;
    }
    return false;
}

/* Grows trees from all free tops until one more pair is matched. False: none was free, or
 * m->failed. */
static bool phase(brg_matcher *m) {
    m->queue_head = m->queue_tail = 0;
    for (uint32_t x = 1; x <= m->last; ++x) {
        m->kind[x] = OUTSIDE;
        m->best[x] = 0;
    }
    for (uint32_t x = 1; x <= m->last; ++x) {
        if (m->top[x] != x || m->mate[x]) continue;
        m->parent[x] = 0;
        m->kind[x] = OUTER;
        enqueue(m, x);
    }
    if (m->queue_tail == 0) return false;
    while (!m->failed) {
        if (scan_queue(m)) return true;
        const int64_t step = m->failed ? INT64_MAX : dual_step(m);
        if (step == INT64_MAX) return false;
        move_duals(m, step);
        m->queue_head = m->queue_tail = 0;
        if (scan_best(m)) return true;
        for (uint32_t b = m->n + 1; b <= m->last; ++b)
            if (m->top[b] == b && m->kind[b] == INNER && m->dual[b] == 0) expand(m, b);
    }
    return false;
}

/* Duals at half the cost of each point's cheapest pair, and the tight pairs matched: most points
 * need no tree. */
static void start(brg_matcher *m) {
    const uint32_t n = m->n;
    for (uint32_t u = 0; u <= n; ++u) {
        m->top[u] = (uint16_t)u;
        m->mate[u] = m->parent[u] = 0;
        m->child_count[u] = 0;
    }
    for (uint32_t x = n + 1; x < m->width; ++x) {
        m->top[x] = 0;
        m->mate[x] = m->parent[x] = 0;
    }
    for (uint32_t u = 1; u <= n; ++u) {
        int64_t least = INT64_MAX;
        for (uint32_t v = 1; v <= n; ++v) {
            *link_of(m, u, v) = u == v ? (pair){0, 0} : (pair){(uint16_t)u, (uint16_t)v};
            if (u != v && m->cost[(size_t)(u - 1) * n + (v - 1)] < least)
                least = m->cost[(size_t)(u - 1) * n + (v - 1)];
        }
        m->dual[u] = -2 * least;
    }
    for (uint32_t u = 1; u <= n; ++u)
        for (uint32_t v = u + 1; !m->mate[u] && v <= n; ++v)
            if (!m->mate[v] && slack(m, *link_of(m, u, v)) == 0) {
                m->mate[u] = (uint16_t)v;
                m->mate[v] = (uint16_t)u;
            }
}

int brg_matcher_solve(brg_matcher *m, const int64_t *cost, uint32_t n, uint32_t *mate) {
    if (n % 2 || n > MAX_POINTS) return BRG_EINVAL;
    if (n == 0) return BRG_OK;
    const int status = make_room(m, n);
    if (status != BRG_OK) return status;
    m->n = m->last = n;
    m->cost = cost;
    m->failed = false;
    start(m);
    while (phase(m))
        ;
    if (m->failed) return BRG_ENOMEM;
    for (uint32_t u = 1; u <= n; ++u) mate[u - 1] = m->mate[u] - 1u;
    return BRG_OK;
}
