/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: the one thing that crosses from the classical side to the quantum side. An
 * ordered list of slices, each with the wait before it split by cause, and the versions of the
 * leaf data that its fetches saw. Times are integer picoseconds, so nothing is rounded. */
#ifndef BRG_CSIM_TIMELINE_H
#define BRG_CSIM_TIMELINE_H

#include "csim/qram.h"
#include "csim/stall_event.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_slice {
    uint32_t query;    /* counts from 0 */
    uint32_t slice;    /* counts from 1 within the query */
    uint64_t start_ps; /* after the wait; 0 = the first query's first possible start */
    uint64_t duration_ps;
    uint64_t wait_ps[BRG_CAUSE_COUNT]; /* the wait just before start_ps, by cause in this order */
    int32_t data_version;              /* leaf data seen by the fetch; -1 without a fetch */
    brg_slice_ops ops;
} brg_slice;

static inline uint64_t brg_slice_wait_ps(const brg_slice *s) {
    uint64_t sum = 0;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) sum += s->wait_ps[c];
    return sum;
}

typedef struct brg_timeline brg_timeline;

/* program: copied name of the microprogram. */
int brg_timeline_new(brg_timeline **out, const char *program, const brg_qram *qram);
void brg_timeline_destroy(brg_timeline **timeline);

/* Appends a slice. BRG_EINVAL when it is out of order: the query must be the last one or the
 * next, the slice number one more than the last of its query or 1, start_ps no earlier than the
 * end of the slice before plus the wait, data_version known or -1, operations in range. */
int brg_timeline_append(brg_timeline *t, const brg_slice *slice);
/* Adds leaf data; a copy is kept, and equal data get one version. *version is its number. */
int brg_timeline_add_data(brg_timeline *t, const brg_planes *data, int32_t *version);

/* Adds a part of the wait before the slice appended last. BRG_EINVAL when it names another slice,
 * lies outside the wait, begins before the end of the event before it, has no length, or makes the
 * events of its cause longer than the wait of that cause. */
int brg_timeline_add_event(brg_timeline *t, const brg_stall_event *event);
size_t brg_timeline_events(const brg_timeline *t);
const brg_stall_event *brg_timeline_event(const brg_timeline *t, size_t i);
/* Index of the first event of slice i (position in the timeline) and, in *count, how many. */
size_t brg_timeline_slice_events(const brg_timeline *t, size_t i, size_t *count);
/* BRG_OK when in every slice the events of each cause add up to the wait of that cause; else
 * BRG_ESTATE and the first slice that does not in *slice (may be NULL). */
int brg_timeline_check_events(const brg_timeline *t, size_t *slice);

const char *brg_timeline_program(const brg_timeline *t);
const brg_qram *brg_timeline_qram(const brg_timeline *t);
size_t brg_timeline_slices(const brg_timeline *t);
const brg_slice *brg_timeline_slice(const brg_timeline *t, size_t i);
uint32_t brg_timeline_queries(const brg_timeline *t);
/* Index of the first slice of a query and, in *count, how many it has. */
size_t brg_timeline_query(const brg_timeline *t, uint32_t query, size_t *count);
int32_t brg_timeline_data_versions(const brg_timeline *t);
const brg_planes *brg_timeline_data(const brg_timeline *t, int32_t version);

/* A copy whose waits of the causes in mask (bit c) are 0, later starts moved up. Of a slice that
 * keeps a part of its wait, the events of the causes that stay are moved together. */
int brg_timeline_without(brg_timeline **out, const brg_timeline *t, uint32_t cause_mask);

/* CSV (docs/timeline.md): `#` lines name schema, program, routers, n, k and each data version by
 * hash and path, then `query,slice,start_ns,duration_ns,wait_ns,cause,data_version,operations`.
 * A wait with several causes has them as `memory:592+latch:8` (ns, in order of time). The leaf
 * data go beside it as `PATH.dataV.raw` (format: docs/images.md), the stall events, when there are
 * any, as `PATH.events.csv`. Each file is written under a temporary name and renamed. */
int brg_timeline_write_csv(const brg_timeline *t, const char *path);
int brg_timeline_read_csv(brg_timeline **out, const char *path, brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
