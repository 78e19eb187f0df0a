/* SPDX-License-Identifier: Apache-2.0 */
/* The placement state machine against a second one written with time stamps and plain searches,
 * over random requests whose transfers end in any order and may fail; the bytes are followed as
 * version numbers, so that a lost write or a stale read shows. */
#include <string.h>

#include "model/tier_placement.h"
#include "test.h"

enum { MAX_PAGES = 256, MAX_FRAMES = 128 };

/* ---- The reference ---- */

typedef struct ref_frame {
    int page; /* -1: free */
    bool held;
    int64_t stamp;
} ref_frame;

typedef struct ref_page {
    int near, edge, pins, count, job; /* -1: none */
    bool near_dirty, edge_dirty, ahead;
} ref_page;

typedef struct ref_job {
    bool on, ahead, broken;
    int page, near, source_edge, fill, victim, victim_edge, cleaned;
} ref_job;

typedef struct ref_model {
    brg_placement_config c;
    ref_page page[MAX_PAGES];
    ref_frame near[MAX_FRAMES], edge[MAX_FRAMES];
    ref_job job[BRG_PLACEMENT_MAX_JOBS];
    int64_t clock;
} ref_model;

static void ref_open(ref_model *r, const brg_placement_config *c) {
    memset(r, 0, sizeof *r);
    r->c = *c;
    r->clock = MAX_FRAMES;
    for (int i = 0; i < MAX_PAGES; i++) r->page[i] = (ref_page){.near = -1, .edge = -1, .job = -1};
    for (int i = 0; i < MAX_FRAMES; i++)
        r->near[i] = r->edge[i] = (ref_frame){.page = -1, .stamp = i};
}

/* The oldest frame that can be had; a freed one counts as older than all. */
static int ref_room(const ref_model *r, const ref_frame *frame, uint32_t count, bool edge) {
    int best = -1;
    for (int i = 0; i < (int)count; i++) {
        if (frame[i].held) continue;
        if (frame[i].page >= 0) {
            const ref_page *q = &r->page[frame[i].page];
            if (q->pins > 0 || q->job >= 0 || (edge && q->near >= 0)) continue;
        }
        if (best < 0 || frame[i].stamp < frame[best].stamp) best = i;
    }
    return best;
}

static int ref_stage(ref_model *r, int page, bool ahead) {
    int n = -1;
    for (int i = (int)r->c.jobs - 1; i >= 0; i--)
        if (!r->job[i].on) n = i;
    if (n < 0) return -1;
    const int near = ref_room(r, r->near, r->c.near_frames, false);
    if (near < 0) return -1;
    ref_job j = {.on = true,
                 .ahead = ahead,
                 .page = page,
                 .near = near,
                 .source_edge = -1,
                 .fill = -1,
                 .victim = -1,
                 .victim_edge = -1,
                 .cleaned = -1};
    int wanted = -1;
    if (r->page[page].edge >= 0) {
        j.source_edge = r->page[page].edge;
    } else if (r->c.edge_frames > 0 && !r->c.exclusive) {
        j.fill = wanted = ref_room(r, r->edge, r->c.edge_frames, true);
        if (wanted < 0) return -1;
    }
    r->page[page].job = n;
    r->near[near].held = true;
    const int victim = r->near[near].page;
    bool moves = false;
    if (victim >= 0) {
        const ref_page *v = &r->page[victim];
        moves = v->near_dirty;
        if (r->c.exclusive && r->c.edge_frames > 0) {
            wanted = ref_room(r, r->edge, r->c.edge_frames, true);
            j.victim_edge = wanted;
            moves = moves || wanted >= 0;
        } else {
            j.victim_edge = v->edge;
        }
    }
    if (wanted >= 0) {
        r->edge[wanted].held = true;
        const int out = r->edge[wanted].page;
        if (out >= 0 && r->page[out].edge_dirty) {
            j.cleaned = out;
            r->page[out].job = n;
        } else if (out >= 0) {
            r->page[out].edge = -1;
            r->page[out].count = 0;
            r->edge[wanted].page = -1;
        }
    }
    if (victim >= 0 && moves) {
        j.victim = victim;
        r->page[victim].job = n;
    } else if (victim >= 0) {
        r->page[victim].near = -1;
        r->page[victim].ahead = false;
        r->page[victim].count = 0;
        r->near[near].page = -1;
        j.victim_edge = -1;
    }
    r->job[n] = j;
    return n;
}

static brg_place_action ref_access(ref_model *r, int page, bool write, bool may_stage, int *frame,
                                   int *job) {
    ref_page *p = &r->page[page];
    *frame = *job = -1;
    if (p->job >= 0) return BRG_PLACE_BUSY;
    if (p->near >= 0) {
        p->ahead = false;
        p->near_dirty = p->near_dirty || write;
        p->pins++;
        r->near[p->near].stamp = ++r->clock;
        *frame = p->near;
        return BRG_PLACE_HIT;
    }
    if (p->count + 1 < (int)r->c.promote_after) {
        p->count++;
        p->pins++;
        if (p->edge >= 0) {
            r->edge[p->edge].stamp = ++r->clock;
            p->edge_dirty = p->edge_dirty || write;
            *frame = p->edge;
        }
        return BRG_PLACE_BYPASS;
    }
    if (p->pins > 0) return BRG_PLACE_BUSY;
    *job = may_stage ? ref_stage(r, page, false) : -1;
    return *job < 0 ? BRG_PLACE_BLOCKED : BRG_PLACE_STAGED;
}

static void ref_cleaned(ref_model *r, int job, bool ok) {
    ref_job *j = &r->job[job];
    ref_page *p = &r->page[j->cleaned];
    j->broken = j->broken || !ok;
    if (!ok) return;
    p->job = -1;
    j->cleaned = -1;
    r->edge[p->edge].page = -1;
    p->edge = -1;
    p->edge_dirty = false;
    p->count = 0;
}

static void ref_moved(ref_model *r, int job, bool ok) {
    ref_job *j = &r->job[job];
    ref_page *p = &r->page[j->victim];
    j->broken = j->broken || !ok;
    if (!ok) return;
    p->job = -1;
    if (j->victim_edge >= 0) {
        p->edge = j->victim_edge;
        p->edge_dirty = p->edge_dirty || p->near_dirty;
        r->edge[p->edge] = (ref_frame){.page = j->victim, .stamp = ++r->clock};
        j->victim_edge = -1;
    }
    p->near = -1;
    p->near_dirty = p->ahead = false;
    p->count = 0;
    r->near[j->near].page = -1;
    j->victim = -1;
}

static void ref_let_go(ref_model *r, ref_frame *f) {
    f->held = false;
    if (f->page < 0) f->stamp = -++r->clock;
}

static void ref_finish(ref_model *r, int job, bool ok) {
    ref_job *j = &r->job[job];
    ref_page *p = &r->page[j->page];
    j->on = false;
    p->job = -1;
    if (!ok) {
        if (j->victim >= 0) r->page[j->victim].job = -1;
        if (j->cleaned >= 0) r->page[j->cleaned].job = -1;
        ref_let_go(r, &r->near[j->near]);
        if (j->fill >= 0) ref_let_go(r, &r->edge[j->fill]);
        if (r->c.exclusive && j->victim_edge >= 0 && r->edge[j->victim_edge].held)
            ref_let_go(r, &r->edge[j->victim_edge]);
        return;
    }
    p->near = j->near;
    p->ahead = j->ahead;
    p->near_dirty = false;
    r->near[j->near] = (ref_frame){.page = j->page, .stamp = ++r->clock};
    if (j->fill >= 0) {
        p->edge = j->fill;
        p->edge_dirty = false;
        r->edge[j->fill] = (ref_frame){.page = j->page, .stamp = ++r->clock};
    } else if (j->source_edge >= 0 && r->c.exclusive) {
        p->near_dirty = p->edge_dirty;
        p->edge = -1;
        p->edge_dirty = false;
        r->edge[j->source_edge] = (ref_frame){.page = -1, .stamp = -++r->clock};
    } else if (j->source_edge >= 0) {
        r->edge[j->source_edge].stamp = ++r->clock;
    }
}

/* ---- The world: versions of the pages in the three memories, and the transfers ---- */

typedef struct world {
    brg_placement *p;
    ref_model r;
    uint32_t home[MAX_PAGES], near[MAX_FRAMES], edge[MAX_FRAMES], truth[MAX_PAGES];
    /* Of each job: its buffer and how far it is. */
    uint32_t buffer[BRG_PLACEMENT_MAX_JOBS];
    bool read[BRG_PLACEMENT_MAX_JOBS], clean[BRG_PLACEMENT_MAX_JOBS], move[BRG_PLACEMENT_MAX_JOBS];
    bool bad[BRG_PLACEMENT_MAX_JOBS];
    /* Pages in use by a request. */
    int held[64], held_count;
    uint64_t random, fail_percent;
    uint64_t hits, bypasses, staged, failed;
} world;

static bool chance(world *w, uint64_t percent) {
    return test_random(&w->random) % 100 < percent;
}

static void check_job(world *w, int n) {
    const brg_place_job *b = brg_placement_job(w->p, (uint32_t)n);
    const ref_job *j = &w->r.job[n];
    assert_non_null(b);
    assert_true(b->page == (uint32_t)j->page && b->near_frame == (uint32_t)j->near);
    assert_true(b->ahead == j->ahead);
    assert_int_equal(b->from, j->source_edge >= 0 ? BRG_PLACE_EDGE : BRG_PLACE_HOME);
    assert_true(b->from_frame == (uint32_t)j->source_edge);
    assert_true(b->edge_frame == (uint32_t)j->fill);
    assert_true(b->victim == (uint32_t)j->victim);
    if (j->victim >= 0) {
        assert_int_equal(b->victim_to, j->victim_edge >= 0 ? BRG_PLACE_EDGE : BRG_PLACE_HOME);
        assert_true(b->victim_frame == (uint32_t)j->victim_edge);
    }
    assert_true(b->edge_victim == (uint32_t)j->cleaned);
    w->read[n] = w->bad[n] = false;
    w->clean[n] = j->cleaned < 0;
    w->move[n] = j->victim < 0;
    w->staged++;
}

/* One step of job n that can be done now, chosen at random. */
static void advance(world *w, int n) {
    const brg_place_job b = *brg_placement_job(w->p, (uint32_t)n);
    ref_job *j = &w->r.job[n];
    const bool ok = !chance(w, w->fail_percent);
    if (!w->read[n] && chance(w, 50)) {
        w->read[n] = true;
        w->buffer[n] = j->source_edge >= 0 ? w->edge[j->source_edge] : w->home[j->page];
        w->bad[n] = w->bad[n] || !ok;
    } else if (!w->clean[n]) {
        if (ok) w->home[b.edge_victim] = w->edge[b.edge_victim_frame];
        w->clean[n] = true;
        w->bad[n] = w->bad[n] || !ok;
        assert_int_equal(brg_placement_finish(w->p, (uint32_t)n, true), BRG_ESTATE);
        assert_int_equal(brg_placement_moved(w->p, (uint32_t)n, BRG_PLACE_CLEAN, ok), BRG_OK);
        ref_cleaned(&w->r, n, ok);
    } else if (!w->move[n]) {
        const bool moved = ok && !j->broken;
        if (moved && b.victim_to == BRG_PLACE_EDGE) w->edge[b.victim_frame] = w->near[b.near_frame];
        if (moved && b.victim_to == BRG_PLACE_HOME) w->home[b.victim] = w->near[b.near_frame];
        w->move[n] = true;
        w->bad[n] = w->bad[n] || !moved;
        assert_int_equal(brg_placement_moved(w->p, (uint32_t)n, BRG_PLACE_MOVE, moved), BRG_OK);
        ref_moved(&w->r, n, moved);
    } else if (w->read[n]) {
        const bool good = ok && !w->bad[n];
        if (good && b.edge_frame != BRG_NO_PAGE) w->edge[b.edge_frame] = w->buffer[n];
        if (good) w->near[b.near_frame] = w->buffer[n];
        assert_int_equal(brg_placement_finish(w->p, (uint32_t)n, good), BRG_OK);
        ref_finish(&w->r, n, good);
        w->failed += !good;
    }
}

static void use(world *w, int page, bool write, const brg_place_answer *a) {
    uint32_t *at = a->level == BRG_PLACE_NEAR   ? &w->near[a->frame]
                   : a->level == BRG_PLACE_EDGE ? &w->edge[a->frame]
                                                : &w->home[page];
    if (*at != w->truth[page]) {
        print_error("page %d at level %d: version %u, the last written is %u\n", page,
                    (int)a->level, *at, w->truth[page]);
        fail();
    }
    if (write) *at = ++w->truth[page];
}

static void request(world *w, int page, bool write) {
    const bool may_stage = !chance(w, 5);
    brg_place_answer a;
    int frame, job;
    const brg_place_action expected = ref_access(&w->r, page, write, may_stage, &frame, &job);
    assert_int_equal(brg_placement_access(w->p, (uint32_t)page, write, may_stage, &a), BRG_OK);
    assert_int_equal(a.action, expected);
    assert_true(a.frame == (uint32_t)frame && a.job == (uint32_t)job);
    if (a.action == BRG_PLACE_STAGED) check_job(w, job);
    if (a.action == BRG_PLACE_HIT || a.action == BRG_PLACE_BYPASS) {
        use(w, page, write, &a);
        w->held[w->held_count++] = page;
        w->hits += a.action == BRG_PLACE_HIT;
        w->bypasses += a.action == BRG_PLACE_BYPASS;
    }
}

static void release_one(world *w) {
    if (w->held_count == 0) return;
    const int i = (int)(test_random(&w->random) % (uint64_t)w->held_count);
    const int page = w->held[i];
    w->held[i] = w->held[--w->held_count];
    brg_placement_release(w->p, (uint32_t)page);
    w->r.page[page].pins--;
}

static void compare(world *w) {
    for (uint32_t i = 0; i < w->r.c.pages; i++) {
        uint32_t frame, job;
        bool dirty;
        const ref_page *q = &w->r.page[i];
        const brg_place_level level = brg_placement_where(w->p, i, &frame, &dirty);
        assert_int_equal(level, q->near >= 0   ? BRG_PLACE_NEAR
                                : q->edge >= 0 ? BRG_PLACE_EDGE
                                               : BRG_PLACE_HOME);
        assert_true(frame == (uint32_t)(q->near >= 0 ? q->near : q->edge));
        assert_true(dirty == (q->near_dirty || q->edge_dirty));
        assert_true(brg_placement_moving(w->p, i, &job) == (q->job >= 0));
    }
}

static void play(const brg_placement_config *c, uint64_t seed, uint64_t requests,
                 uint64_t fail_percent) {
    static world w;
    memset(&w, 0, sizeof w);
    w.random = seed;
    w.fail_percent = fail_percent;
    ref_open(&w.r, c);
    assert_int_equal(brg_placement_new(&w.p, c), BRG_OK);
    uint64_t done = 0;
    for (uint64_t i = 0; w.hits + w.bypasses < requests; i++) {
        const uint64_t kind = test_random(&w.random) % 16;
        /* Two of three requests go to a quarter of the pages. */
        uint64_t page = test_random(&w.random) % c->pages;
        if (chance(&w, 66)) page = page / 4;
        if (kind < 8 && w.held_count < 64) {
            request(&w, (int)page, chance(&w, 40));
        } else if (kind == 8) {
            uint32_t job;
            const ref_page *q = &w.r.page[page];
            int expected = -1;
            if (q->near < 0 && q->job < 0 && q->pins == 0)
                expected = ref_stage(&w.r, (int)page, true);
            assert_true(brg_placement_ahead(w.p, (uint32_t)page, &job) == (expected >= 0));
            if (expected >= 0) {
                assert_int_equal(job, expected);
                check_job(&w, expected);
            }
        } else if (kind < 12) {
            release_one(&w);
        } else {
            const int n = (int)(test_random(&w.random) % c->jobs);
            if (w.r.job[n].on) advance(&w, n);
        }
        if (++done % 4096 == 0) compare(&w);
    }
    /* At the end everything comes to rest, and every page has its last version. */
    while (w.held_count > 0) release_one(&w);
    for (int n = 0; n < (int)c->jobs; n++)
        while (w.r.job[n].on) advance(&w, n);
    compare(&w);
    assert_int_equal(brg_placement_jobs_active(w.p), 0);
    for (uint32_t i = 0; i < c->pages; i++) {
        uint32_t frame;
        bool dirty;
        const brg_place_level level = brg_placement_where(w.p, i, &frame, &dirty);
        const uint32_t v = level == BRG_PLACE_NEAR   ? w.near[frame]
                           : level == BRG_PLACE_EDGE ? w.edge[frame]
                                                     : w.home[i];
        assert_int_equal(v, w.truth[i]);
        if (!dirty) assert_int_equal(w.home[i], w.truth[i]);
    }
    brg_placement_statistics s;
    brg_placement_statistics_get(w.p, &s);
    assert_int_equal(s.hits, w.hits);
    assert_int_equal(s.bypasses, w.bypasses);
    assert_int_equal(s.stagings, w.staged);
    assert_int_equal(s.failed, w.failed);
    assert_true(s.ahead > 0 && s.ahead_used > 0 && s.evictions > 0 && s.write_backs > 0);
    assert_true((s.failed > 0) == (fail_percent > 0));
    brg_placement_destroy(&w.p);
    assert_null(w.p);
}

static void test_against_reference(void **state) {
    (void)state;
    static const brg_placement_config shapes[] = {
        {.pages = 64, .near_frames = 8, .promote_after = 1, .jobs = 4},
        {.pages = 64, .near_frames = 1, .promote_after = 1, .jobs = 2},
        {.pages = 200, .near_frames = 24, .edge_frames = 60, .promote_after = 1, .jobs = 8},
        {.pages = 200, .near_frames = 24, .edge_frames = 25, .promote_after = 3, .jobs = 8},
        {.pages = 200,
         .near_frames = 24,
         .edge_frames = 60,
         .exclusive = true,
         .promote_after = 1,
         .jobs = 8},
        {.pages = 100,
         .near_frames = 16,
         .edge_frames = 4,
         .exclusive = true,
         .promote_after = 2,
         .jobs = 6},
        {.pages = 40,
         .near_frames = 4,
         .edge_frames = 1,
         .exclusive = true,
         .promote_after = 1,
         .jobs = 3},
        {.pages = 40, .near_frames = 3, .edge_frames = 4, .promote_after = 5, .jobs = 64},
    };
    /* 1.04 million requests; an eighth of them where sanitizers make each several times slower. */
#ifdef __SANITIZE_ADDRESS__
    const uint64_t requests = 65000 / 8;
#else
    const uint64_t requests = 65000;
#endif
    const uint64_t seed = test_seed(20260);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        play(&shapes[i], seed + 2 * i, requests, 0);
        play(&shapes[i], seed + 2 * i + 1, requests, 10);
    }
}

static void test_bad_arguments(void **state) {
    (void)state;
    const brg_placement_config good = {
        .pages = 4, .near_frames = 2, .edge_frames = 3, .promote_after = 1, .jobs = 1};
    brg_placement *p = NULL;
    brg_placement_config c = good;
    c.pages = 0;
    assert_int_equal(brg_placement_new(&p, &c), BRG_EINVAL);
    c = good;
    c.near_frames = 0;
    assert_int_equal(brg_placement_new(&p, &c), BRG_EINVAL);
    c = good;
    c.edge_frames = 2; /* inclusive: no room for a page that is not in near memory */
    assert_int_equal(brg_placement_new(&p, &c), BRG_EINVAL);
    c = good;
    c.promote_after = 0;
    assert_int_equal(brg_placement_new(&p, &c), BRG_EINVAL);
    c = good;
    c.jobs = BRG_PLACEMENT_MAX_JOBS + 1;
    assert_int_equal(brg_placement_new(&p, &c), BRG_EINVAL);
    assert_null(p);

    assert_int_equal(brg_placement_new(&p, &good), BRG_OK);
    brg_place_answer a;
    uint32_t job;
    assert_int_equal(brg_placement_access(p, 4, false, true, &a), BRG_EINVAL);
    assert_false(brg_placement_ahead(p, 4, &job));
    assert_int_equal(brg_placement_finish(p, 0, true), BRG_EINVAL);
    assert_int_equal(brg_placement_moved(p, 7, BRG_PLACE_MOVE, true), BRG_EINVAL);
    assert_int_equal(brg_placement_access(p, 1, false, true, &a), BRG_OK);
    assert_int_equal(a.action, BRG_PLACE_STAGED);
    assert_int_equal(brg_placement_moved(p, 0, BRG_PLACE_CLEAN, true), BRG_ESTATE);
    assert_int_equal(brg_placement_access(p, 2, false, true, &a), BRG_OK);
    assert_int_equal(a.action, BRG_PLACE_BLOCKED); /* the one job is taken */
    assert_int_equal(brg_placement_finish(p, 0, true), BRG_OK);
    assert_int_equal(brg_placement_access(p, 1, false, true, &a), BRG_OK);
    assert_int_equal(a.action, BRG_PLACE_HIT);
    brg_placement_destroy(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
