/* SPDX-License-Identifier: Apache-2.0 */
/* Where the pages of a table are while it is staged from its home to faster memories: page table,
 * replacement, promotion, dirty pages. A state machine without time and without bytes: it says what
 * to move, its caller moves it and says how that ended (docs/tiers.md). */
#ifndef BRG_MODEL_TIER_PLACEMENT_H
#define BRG_MODEL_TIER_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BRG_NO_PAGE UINT32_MAX

enum { BRG_PLACEMENT_MAX_JOBS = 64 };

typedef struct brg_placement_config {
    uint32_t pages;         /* of the table, 1 to 2^28 */
    uint32_t near_frames;   /* 1 or more */
    uint32_t edge_frames;   /* 0: no middle level. Inclusive needs more than near_frames. */
    bool exclusive;         /* near and edge: a page is in one of them, not in both */
    uint32_t promote_after; /* stage a page at its N-th access, 1 or more */
    uint32_t jobs;          /* stagings in flight, 1 to BRG_PLACEMENT_MAX_JOBS */
} brg_placement_config;

typedef enum brg_place_level {
    BRG_PLACE_NOWHERE,
    BRG_PLACE_NEAR,
    BRG_PLACE_EDGE,
    BRG_PLACE_HOME
} brg_place_level;

typedef enum brg_place_action {
    BRG_PLACE_HIT,    /* in near memory: use `frame`, then release */
    BRG_PLACE_BYPASS, /* not worth staging yet: use `level` and `frame`, then release */
    BRG_PLACE_STAGED, /* job `job` begins; ask again when it is finished */
    BRG_PLACE_BUSY,   /* the page is being moved or used; ask again after any change */
    BRG_PLACE_BLOCKED /* no free job or frame; ask again after any change */
} brg_place_action;

typedef struct brg_place_answer {
    brg_place_action action;
    brg_place_level level;   /* HIT: near; BYPASS: edge or home */
    uint32_t frame;          /* HIT, BYPASS of edge */
    uint32_t job;            /* STAGED */
    bool first_use_of_ahead; /* HIT of a page that a read-ahead staged */
} brg_place_answer;

/* One staging. The caller moves, in this order where both are there:
 *   clean  (edge_victim != none): edge frame edge_victim_frame -> home page edge_victim
 *   move   (victim != none): near frame near_frame -> victim_to (edge frame victim_frame or home)
 *   page: `from` (home, or edge frame from_frame) -> its buffer, at any time
 *   fill   (edge_frame != none): buffer -> edge frame edge_frame, after clean
 *   buffer -> near frame near_frame, after move
 * and reports clean and move with brg_placement_moved(), then the whole with
 * brg_placement_finish(). Pages that need no transfer to make room are gone already. */
typedef struct brg_place_job {
    bool active, ahead;
    uint32_t page, near_frame;
    brg_place_level from;
    uint32_t from_frame;
    uint32_t edge_frame; /* inclusive: the page's own */
    uint32_t victim, victim_frame;
    brg_place_level victim_to;
    uint32_t edge_victim, edge_victim_frame;
} brg_place_job;

typedef enum brg_place_step { BRG_PLACE_CLEAN, BRG_PLACE_MOVE } brg_place_step;

typedef struct brg_placement_statistics {
    uint64_t hits, bypasses, stagings, ahead, ahead_used, failed;
    uint64_t evictions;   /* pages that left near memory */
    uint64_t write_backs; /* transfers of dirty pages: near to edge or home, edge to home */
    uint64_t clean_moves; /* exclusive: clean pages moved from near to edge */
} brg_placement_statistics;

typedef struct brg_placement brg_placement;

/* Memory: 24 bytes a page and 16 a frame. */
int brg_placement_new(brg_placement **out, const brg_placement_config *config);
void brg_placement_destroy(brg_placement **placement);

/* A request for the page. A HIT or BYPASS pins it until released; only these and STAGED count for
 * promotion. With may_stage false a request that would begin a staging gets BLOCKED. */
int brg_placement_access(brg_placement *p, uint32_t page, bool write, bool may_stage,
                         brg_place_answer *answer);
void brg_placement_release(brg_placement *p, uint32_t page);
/* Begins to stage a page that nobody waits for; false when it is near, busy, or cannot start. */
bool brg_placement_ahead(brg_placement *p, uint32_t page, uint32_t *job);

const brg_place_job *brg_placement_job(const brg_placement *p, uint32_t job);
/* A step of the job has ended. When it failed its page stays where it was, dirty and busy until
 * the job is finished, which it can only be with ok = false; a move after a failed clean is not
 * tried but reported as failed. */
int brg_placement_moved(brg_placement *p, uint32_t job, brg_place_step step, bool ok);
/* All of the job has ended. BRG_ESTATE when a step has not been reported, or ok after a failure. */
int brg_placement_finish(brg_placement *p, uint32_t job, bool ok);

/* The place of the newest copy, and whether it differs from home's. */
brg_place_level brg_placement_where(const brg_placement *p, uint32_t page, uint32_t *frame,
                                    bool *dirty);
/* The job that moves this page, as what it stages or as a victim; false when none does. */
bool brg_placement_moving(const brg_placement *p, uint32_t page, uint32_t *job);
uint32_t brg_placement_jobs_active(const brg_placement *p);
void brg_placement_statistics_get(const brg_placement *p, brg_placement_statistics *out);

#ifdef __cplusplus
}
#endif
#endif
