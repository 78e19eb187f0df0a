/* SPDX-License-Identifier: Apache-2.0 */
/* Timelines with random waits of several causes, split into random events, for the tests of the
 * attribution and of the event file. */
#ifndef BRG_TESTS_ATTRIBUTION_CASES_H
#define BRG_TESTS_ATTRIBUTION_CASES_H

#include "schedule.h"

/* Cuts the wait of the slice appended last into events, cause by cause, in pieces of random
 * length; every piece has its place, so that nothing of the wait is unexplained. */
static inline void cases_add_events(brg_timeline *t, uint64_t *random) {
    const brg_slice *s = brg_timeline_slice(t, brg_timeline_slices(t) - 1);
    uint64_t now = s->start_ps - brg_slice_wait_ps(s);
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
        for (uint64_t left = s->wait_ps[c]; left;) {
            const uint64_t part = test_random(random) % 3 ? left : 1 + test_random(random) % left;
            const brg_stall_event e = {
                .query = s->query,
                .slice = s->slice,
                .cause = (brg_cause)c,
                .kind = (brg_event_kind)(test_random(random) % BRG_EVENT_COUNT),
                .detail = test_random(random) >> (test_random(random) % 64),
                .start_ps = now,
                .duration_ps = part};
            assert_int_equal(brg_timeline_add_event(t, &e), BRG_OK);
            now += part;
            left -= part;
        }
    }
}

/* `queries` queries over the table `data`; one slice in `rarity` waits for one cause or several,
 * each up to longest_ps; every slice lasts about slice_ps. */
static inline brg_timeline *cases_timeline(const brg_qram *q, const brg_planes *data,
                                           uint32_t queries, uint64_t slice_ps, uint32_t rarity,
                                           uint64_t longest_ps, uint64_t *random) {
    brg_timeline *t = NULL;
    int32_t version[1 << 12];
    assert_int_equal(brg_timeline_new(&t, "bucket_brigade", q), BRG_OK);
    for (uint32_t p = 0; p < brg_pages(q); p++) {
        brg_planes *page = schedule_page_data(q, data, p);
        assert_int_equal(brg_timeline_add_data(t, page, &version[p]), BRG_OK);
        brg_planes_destroy(&page);
    }
    uint64_t now = 0;
    for (uint32_t query = 0; query < queries; query++) {
        for (uint32_t s = 1; s <= schedule_all_slices(q); s++) {
            brg_slice slice = {.query = query, .slice = s, .data_version = -1};
            slice.ops = schedule_ops(q, s);
            if (slice.ops.fetch >= 0) slice.data_version = version[schedule_page(q, s)];
            slice.duration_ps = slice_ps / 2 + test_random(random) % slice_ps;
            if (test_random(random) % rarity == 0)
                for (unsigned part = 1 + (unsigned)(test_random(random) % 3); part; part--)
                    slice.wait_ps[test_random(random) % BRG_CAUSE_COUNT] =
                        1 + test_random(random) % longest_ps;
            slice.start_ps = now + brg_slice_wait_ps(&slice);
            now = slice.start_ps + slice.duration_ps;
            assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
            cases_add_events(t, random);
        }
    }
    return t;
}

#endif
