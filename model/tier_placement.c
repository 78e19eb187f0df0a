/* SPDX-License-Identifier: Apache-2.0 */
/* The placement state machine. Each level keeps its frames in a list from the least to the most
 * recently used; free frames stand at the old end. A page that a job touches is busy, and nothing
 * else may use it until the job's step is over. */
#include "model/tier_placement.h"

#include <stdlib.h>

#define NONE UINT32_MAX

typedef struct page_entry {
    uint32_t near_frame, edge_frame; /* NONE: not there */
    uint32_t pins, count;
    uint8_t job; /* NO_JOB: not busy */
    bool near_dirty, edge_dirty, ahead;
} page_entry;

enum { NO_JOB = 255 };
_Static_assert((int)BRG_PLACEMENT_MAX_JOBS < (int)NO_JOB, "a job number fits beside NO_JOB");

typedef struct frame_entry {
    uint32_t page; /* NONE: free */
    uint32_t older, newer;
    bool reserved; /* for a job */
} frame_entry;

typedef struct level {
    frame_entry *frames;
    uint32_t count, oldest, newest;
} level;

typedef struct job_state {
    brg_place_job job;
    bool clean_open, move_open, failed;
    /* The pages have left, and their new frames may be another job's by now. One whose step failed
     * stays busy until the job ends, as its frame is still reserved. */
    bool victim_gone, edge_victim_gone;
} job_state;

struct brg_placement {
    brg_placement_config config;
    page_entry *pages;
    level near, edge;
    job_state *jobs;
    uint32_t active;
    brg_placement_statistics statistics;
};

/* ---- Lists ---- */

static int level_open(level *l, uint32_t count) {
    l->count = count;
    l->oldest = l->newest = NONE;
    if (count == 0) return BRG_OK;
    l->frames = malloc(count * sizeof *l->frames);
    if (l->frames == NULL) return BRG_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        l->frames[i] = (frame_entry){
            .page = NONE, .older = i == 0 ? NONE : i - 1, .newer = i + 1 == count ? NONE : i + 1};
    l->oldest = 0;
    l->newest = count - 1;
    return BRG_OK;
}

static void unlink_frame(level *l, uint32_t f) {
    const frame_entry *e = &l->frames[f];
    *(e->older == NONE ? &l->oldest : &l->frames[e->older].newer) = e->newer;
    *(e->newer == NONE ? &l->newest : &l->frames[e->newer].older) = e->older;
}

static void make_newest(level *l, uint32_t f) {
    if (l->newest == f) return;
    unlink_frame(l, f);
    l->frames[f].older = l->newest;
    l->frames[f].newer = NONE;
    *(l->newest == NONE ? &l->oldest : &l->frames[l->newest].newer) = f;
    l->newest = f;
}

static void make_free(level *l, uint32_t f) {
    l->frames[f].page = NONE;
    l->frames[f].reserved = false;
    if (l->oldest == f) return;
    unlink_frame(l, f);
    l->frames[f].newer = l->oldest;
    l->frames[f].older = NONE;
    *(l->oldest == NONE ? &l->newest : &l->frames[l->oldest].older) = f;
    l->oldest = f;
}

/* ---- Life ---- */

int brg_placement_new(brg_placement **out, const brg_placement_config *c) {
    *out = NULL;
    const bool fits = c->pages >= 1 && c->pages <= (UINT32_C(1) << 28) && c->near_frames >= 1 &&
                      c->promote_after >= 1 && c->jobs >= 1 && c->jobs <= BRG_PLACEMENT_MAX_JOBS;
    if (!fits || c->near_frames == NONE || c->edge_frames == NONE) return BRG_EINVAL;
    if (!c->exclusive && c->edge_frames > 0 && c->edge_frames <= c->near_frames) return BRG_EINVAL;
    brg_placement *p = calloc(1, sizeof *p);
    if (p == NULL) return BRG_ENOMEM;
    p->config = *c;
    p->pages = malloc(c->pages * sizeof *p->pages);
    p->jobs = calloc(c->jobs, sizeof *p->jobs);
    if (p->pages == NULL || p->jobs == NULL || level_open(&p->near, c->near_frames) != BRG_OK ||
        level_open(&p->edge, c->edge_frames) != BRG_OK) {
        brg_placement_destroy(&p);
        return BRG_ENOMEM;
    }
    for (uint32_t i = 0; i < c->pages; i++)
        p->pages[i] = (page_entry){.near_frame = NONE, .edge_frame = NONE, .job = NO_JOB};
    *out = p;
    return BRG_OK;
}

void brg_placement_destroy(brg_placement **placement) {
    if (placement == NULL || *placement == NULL) return;
    brg_placement *p = *placement;
    free(p->pages);
    free(p->jobs);
    free(p->near.frames);
    free(p->edge.frames);
    free(p);
    *placement = NULL;
}

/* ---- Making room ---- */

static bool idle(const page_entry *e) {
    return e->job == NO_JOB && e->pins == 0;
}

static uint32_t near_room(const brg_placement *p) {
    for (uint32_t f = p->near.oldest; f != NONE; f = p->near.frames[f].newer) {
        const frame_entry *e = &p->near.frames[f];
        if (!e->reserved && (e->page == NONE || idle(&p->pages[e->page]))) return f;
    }
    return NONE;
}

/* An edge frame that is free, or holds a page that can leave: with two copies (inclusive) the near
 * one would lose its backing, so pages in near memory stay. */
static uint32_t edge_room(const brg_placement *p) {
    for (uint32_t f = p->edge.oldest; f != NONE; f = p->edge.frames[f].newer) {
        const frame_entry *e = &p->edge.frames[f];
        if (e->reserved) continue;
        if (e->page == NONE) return f;
        const page_entry *q = &p->pages[e->page];
        if (idle(q) && q->near_frame == NONE) return f;
    }
    return NONE;
}

static void drop_near(brg_placement *p, uint32_t page) {
    page_entry *e = &p->pages[page];
    e->near_frame = NONE;
    e->near_dirty = false;
    e->ahead = false;
    e->count = 0;
    p->statistics.evictions++;
}

/* Reserves the edge frame for the job; its page leaves now, or by a clean step when dirty. */
static void take_edge_frame(brg_placement *p, uint32_t frame, uint32_t job) {
    frame_entry *f = &p->edge.frames[frame];
    f->reserved = true;
    if (f->page == NONE) return;
    page_entry *e = &p->pages[f->page];
    if (e->edge_dirty) {
        job_state *j = &p->jobs[job];
        j->job.edge_victim = f->page;
        j->job.edge_victim_frame = frame;
        j->clean_open = true;
        e->job = (uint8_t)job;
        return;
    }
    e->edge_frame = NONE;
    e->count = 0;
    f->page = NONE;
}

/* Plans what becomes of the page in the near frame. */
static void plan_victim(brg_placement *p, uint32_t frame, uint32_t job) {
    const uint32_t victim = p->near.frames[frame].page;
    if (victim == NONE) return;
    page_entry *e = &p->pages[victim];
    brg_place_job *j = &p->jobs[job].job;
    uint32_t to = NONE;
    if (p->edge.count > 0) to = p->config.exclusive ? edge_room(p) : e->edge_frame;
    const bool moves = p->config.exclusive ? to != NONE || e->near_dirty : e->near_dirty;
    if (!moves) {
        drop_near(p, victim);
        p->near.frames[frame].page = NONE;
        return;
    }
    if (p->config.exclusive && to != NONE) take_edge_frame(p, to, job);
    j->victim = victim;
    j->victim_to = to == NONE ? BRG_PLACE_HOME : BRG_PLACE_EDGE;
    j->victim_frame = to;
    e->job = (uint8_t)job;
    p->jobs[job].move_open = true;
}

static bool stage(brg_placement *p, uint32_t page, bool ahead, uint32_t *job) {
    if (p->active == p->config.jobs) return false;
    page_entry *e = &p->pages[page];
    const uint32_t frame = near_room(p);
    if (frame == NONE) return false;
    const bool from_edge = e->edge_frame != NONE;
    const bool fills_edge = !from_edge && p->edge.count > 0 && !p->config.exclusive;
    const uint32_t edge_frame = fills_edge ? edge_room(p) : NONE;
    if (fills_edge && edge_frame == NONE) return false;

    uint32_t n = 0;
    while (p->jobs[n].job.active) n++;
    p->jobs[n] = (job_state){.job = {.active = true,
                                     .ahead = ahead,
                                     .page = page,
                                     .near_frame = frame,
                                     .from = from_edge ? BRG_PLACE_EDGE : BRG_PLACE_HOME,
                                     .from_frame = e->edge_frame,
                                     .edge_frame = edge_frame,
                                     .victim = NONE,
                                     .victim_frame = NONE,
                                     .edge_victim = NONE,
                                     .edge_victim_frame = NONE}};
    p->active++;
    e->job = (uint8_t)n;
    p->near.frames[frame].reserved = true;
    if (fills_edge) take_edge_frame(p, edge_frame, n);
    plan_victim(p, frame, n);
    p->statistics.stagings++;
    p->statistics.ahead += ahead;
    *job = n;
    return true;
}

/* ---- Requests ---- */

int brg_placement_access(brg_placement *p, uint32_t page, bool write, bool may_stage,
                         brg_place_answer *a) {
    if (page >= p->config.pages) return BRG_EINVAL;
    page_entry *e = &p->pages[page];
    *a = (brg_place_answer){.action = BRG_PLACE_BUSY, .frame = NONE, .job = NONE};
    if (e->job != NO_JOB) return BRG_OK;
    if (e->near_frame != NONE) {
        a->action = BRG_PLACE_HIT;
        a->level = BRG_PLACE_NEAR;
        a->frame = e->near_frame;
        a->first_use_of_ahead = e->ahead;
        p->statistics.ahead_used += e->ahead;
        p->statistics.hits++;
        e->ahead = false;
        e->near_dirty |= write;
        e->pins++;
        make_newest(&p->near, e->near_frame);
        return BRG_OK;
    }
    if (e->count + 1 >= p->config.promote_after) {
        if (e->pins > 0) return BRG_OK;
        if (!may_stage || !stage(p, page, false, &a->job)) {
            a->action = BRG_PLACE_BLOCKED;
            return BRG_OK;
        }
        a->action = BRG_PLACE_STAGED;
        return BRG_OK;
    }
    a->action = BRG_PLACE_BYPASS;
    p->statistics.bypasses++;
    e->count++;
    e->pins++;
    if (e->edge_frame == NONE) {
        a->level = BRG_PLACE_HOME;
        return BRG_OK;
    }
    a->level = BRG_PLACE_EDGE;
    a->frame = e->edge_frame;
    e->edge_dirty |= write;
    make_newest(&p->edge, e->edge_frame);
    return BRG_OK;
}

void brg_placement_release(brg_placement *p, uint32_t page) {
    if (page < p->config.pages && p->pages[page].pins > 0) p->pages[page].pins--;
}

bool brg_placement_ahead(brg_placement *p, uint32_t page, uint32_t *job) {
    if (page >= p->config.pages) return false;
    const page_entry *e = &p->pages[page];
    return e->near_frame == NONE && idle(e) && stage(p, page, true, job);
}

/* ---- Ends of steps and jobs ---- */

const brg_place_job *brg_placement_job(const brg_placement *p, uint32_t job) {
    return job < p->config.jobs && p->jobs[job].job.active ? &p->jobs[job].job : NULL;
}

static void cleaned(brg_placement *p, job_state *j, bool ok) {
    if (!ok) return;
    page_entry *e = &p->pages[j->job.edge_victim];
    e->job = NO_JOB;
    j->edge_victim_gone = true;
    p->statistics.write_backs++;
    e->edge_dirty = false;
    e->edge_frame = NONE;
    e->count = 0;
    p->edge.frames[j->job.edge_victim_frame].page = NONE;
}

static void victim_moved(brg_placement *p, job_state *j, bool ok) {
    if (!ok) return;
    const brg_place_job *b = &j->job;
    page_entry *e = &p->pages[b->victim];
    e->job = NO_JOB;
    j->victim_gone = true;
    if (e->near_dirty)
        p->statistics.write_backs++;
    else
        p->statistics.clean_moves++;
    if (b->victim_to == BRG_PLACE_EDGE) {
        e->edge_dirty |= e->near_dirty;
        e->edge_frame = b->victim_frame;
        p->edge.frames[b->victim_frame].page = b->victim;
        p->edge.frames[b->victim_frame].reserved = false;
        make_newest(&p->edge, b->victim_frame);
    }
    drop_near(p, b->victim);
    p->near.frames[b->near_frame].page = NONE;
}

int brg_placement_moved(brg_placement *p, uint32_t job, brg_place_step step, bool ok) {
    if (brg_placement_job(p, job) == NULL) return BRG_EINVAL;
    job_state *j = &p->jobs[job];
    if (step == BRG_PLACE_CLEAN && j->clean_open) {
        j->clean_open = false;
        cleaned(p, j, ok);
    } else if (step == BRG_PLACE_MOVE && j->move_open && !j->clean_open && !(ok && j->failed)) {
        j->move_open = false;
        victim_moved(p, j, ok);
    } else {
        return BRG_ESTATE;
    }
    j->failed |= !ok;
    return BRG_OK;
}

/* A reserved edge frame that got no page of the job's: free, or still its old page's. */
static void give_back_edge(brg_placement *p, uint32_t frame) {
    if (frame == NONE || !p->edge.frames[frame].reserved) return;
    p->edge.frames[frame].reserved = false;
    if (p->edge.frames[frame].page == NONE) make_free(&p->edge, frame);
}

int brg_placement_finish(brg_placement *p, uint32_t job, bool ok) {
    if (brg_placement_job(p, job) == NULL) return BRG_EINVAL;
    job_state *j = &p->jobs[job];
    if (j->clean_open || j->move_open || (ok && j->failed)) return BRG_ESTATE;
    const brg_place_job *b = &j->job;
    page_entry *e = &p->pages[b->page];
    frame_entry *f = &p->near.frames[b->near_frame];
    f->reserved = false;
    e->job = NO_JOB;
    j->job.active = false;
    p->active--;
    if (!ok) {
        p->statistics.failed++;
        if (b->victim != NONE && !j->victim_gone) p->pages[b->victim].job = NO_JOB;
        if (b->edge_victim != NONE && !j->edge_victim_gone) p->pages[b->edge_victim].job = NO_JOB;
        if (f->page == NONE) make_free(&p->near, b->near_frame);
        give_back_edge(p, b->edge_frame);
        if (p->config.exclusive && b->victim_to == BRG_PLACE_EDGE && !j->victim_gone)
            give_back_edge(p, b->victim_frame);
        return BRG_OK;
    }
    f->page = b->page;
    e->near_frame = b->near_frame;
    e->near_dirty = false;
    e->ahead = b->ahead;
    make_newest(&p->near, b->near_frame);
    if (b->edge_frame != NONE) {
        e->edge_frame = b->edge_frame;
        e->edge_dirty = false;
        p->edge.frames[b->edge_frame].page = b->page;
        p->edge.frames[b->edge_frame].reserved = false;
        make_newest(&p->edge, b->edge_frame);
    } else if (b->from == BRG_PLACE_EDGE && p->config.exclusive) {
        /* The only copy moves up, with what home does not have yet. */
        e->near_dirty = e->edge_dirty;
        e->edge_dirty = false;
        e->edge_frame = NONE;
        make_free(&p->edge, b->from_frame);
    } else if (b->from == BRG_PLACE_EDGE) {
        make_newest(&p->edge, b->from_frame);
    }
    return BRG_OK;
}

/* ---- Questions ---- */

brg_place_level brg_placement_where(const brg_placement *p, uint32_t page, uint32_t *frame,
                                    bool *dirty) {
    *frame = NONE;
    *dirty = false;
    if (page >= p->config.pages) return BRG_PLACE_NOWHERE;
    const page_entry *e = &p->pages[page];
    *dirty = e->near_dirty || e->edge_dirty;
    if (e->near_frame != NONE) {
        *frame = e->near_frame;
        return BRG_PLACE_NEAR;
    }
    *frame = e->edge_frame;
    return e->edge_frame != NONE ? BRG_PLACE_EDGE : BRG_PLACE_HOME;
}

bool brg_placement_moving(const brg_placement *p, uint32_t page, uint32_t *job) {
    if (page >= p->config.pages || p->pages[page].job == NO_JOB) return false;
    *job = p->pages[page].job;
    return true;
}

uint32_t brg_placement_jobs_active(const brg_placement *p) {
    return p->active;
}

void brg_placement_statistics_get(const brg_placement *p, brg_placement_statistics *out) {
    *out = p->statistics;
}
