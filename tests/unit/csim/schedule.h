/* SPDX-License-Identifier: Apache-2.0 */
/* The slice table of the bucket-brigade query, written for tests straight from the operation
 * table (docs/schedule.md), and timelines, images and patterns made from it. Independent of the
 * program builder, so that both can be compared. */
#ifndef BRG_TESTS_SCHEDULE_H
#define BRG_TESTS_SCHEDULE_H

#include "csim/timeline.h"
#include "test.h"

static inline uint32_t schedule_slices(uint32_t n, uint32_t k) {
    return 6u * n + 2u * k - 1u;
}

/* Operations of slice s = 1 .. 6n+2kK-1. Bit j of page p is bit pk+j of one long word. */
static inline brg_slice_ops schedule_ops(const brg_qram *q, uint32_t s) {
    const int n = (int)q->address_width, pages = 1 << q->page_bits, width = (int)q->word_width;
    const int k = width * pages;
    const int t = 6 * n + 2 * k, at = (int)s, mirror = t - at;
    const bool two = q->routers == BRG_TWO_LEVEL;
    brg_slice_ops o = brg_slice_ops_none();
    for (int i = 0; i < n; i++) {
        if (at == 2 * i + 1) o.a_in = (int16_t)i;
        if (mirror == 2 * i + 1) o.a_out = (int16_t)i;
    }
    for (int l = 0; l < n; l++) {
        if (at == 3 * l + 2) o.latch |= 1u << l;
        if (mirror == 3 * l + 2) {
            o.latch |= 1u << l;
            o.unlatch = true;
        }
    }
    for (int l = 0; l + 2 <= n; l++) {
        const int first = 3 * l + 4, hole = 2 * n + 2 * k + l + 1;
        const bool parity = (at - l) % 2 == 0;
        const bool window = at >= first && at <= t - first;
        const bool excluded = at >= hole && at <= t - hole;
        if (parity && window && !excluded) o.route |= 1u << l;
    }
    for (int j = 0; j < k; j++) {
        const int16_t bit = (int16_t)(j % width), page = (int16_t)(j / width);
        if (at == 2 * n + 2 * j + 1) {
            o.d_in = bit;
            o.d_in_page = pages > 1 ? page : -1;
            o.basis_in = two && page == 0;
        }
        if (at == 3 * n + 2 * j + 1) o.fetch = bit;
        if (at == 4 * n + 2 * j + 1) {
            o.d_out = bit;
            o.d_out_page = pages > 1 ? page : -1;
            o.basis_out = two && page == pages - 1;
        }
    }
    return o;
}

/* Page whose bit the fetch of slice s reads. */
static inline uint32_t schedule_page(const brg_qram *q, uint32_t s) {
    return (s - 3 * q->address_width - 1) / 2 / q->word_width;
}

static inline uint32_t schedule_all_slices(const brg_qram *q) {
    return schedule_slices(q->address_width, q->word_width << q->page_bits);
}

/* Appends one query: every slice lasts slice_ps; stall_ps of `cause` stand before Fetch(0) of each
 * page. version: by page. */
static inline void schedule_append(brg_timeline *t, uint32_t query, uint64_t slice_ps,
                                   uint64_t stall_ps, brg_cause cause, const int32_t *version) {
    const brg_qram *q = brg_timeline_qram(t);
    const size_t before = brg_timeline_slices(t);
    uint64_t now = 0;
    if (before) {
        const brg_slice *last = brg_timeline_slice(t, before - 1);
        now = last->start_ps + last->duration_ps;
    }
    for (uint32_t s = 1; s <= schedule_all_slices(q); s++) {
        brg_slice slice = {.query = query, .slice = s, .duration_ps = slice_ps, .data_version = -1};
        slice.ops = schedule_ops(q, s);
        if (slice.ops.fetch >= 0) slice.data_version = version[schedule_page(q, s)];
        if (slice.ops.fetch == 0) slice.wait_ps[cause] = stall_ps;
        slice.start_ps = now + brg_slice_wait_ps(&slice);
        now = slice.start_ps + slice_ps;
        assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
    }
}

/* Page p of a table, cell by cell. */
static inline brg_planes *schedule_page_data(const brg_qram *q, const brg_planes *table,
                                             uint32_t p) {
    const uint64_t cells = (uint64_t)1 << q->address_width;
    brg_planes *page = NULL;
    assert_int_equal(brg_planes_new(&page, q->address_width, q->word_width), BRG_OK);
    for (uint32_t j = 0; j < q->word_width; j++)
        for (uint64_t i = 0; i < cells; i++)
            brg_planes_set(page, j, i, brg_planes_get(table, j, p * cells + i));
    return page;
}

/* A timeline of `queries` equal queries over the table `data`, which is cut into pages here. */
static inline brg_timeline *schedule_timeline(const brg_qram *q, const brg_planes *data,
                                              uint32_t queries, uint64_t slice_ps,
                                              uint64_t stall_ps, brg_cause cause) {
    brg_timeline *t = NULL;
    int32_t version[1 << 12];
    assert_int_equal(brg_timeline_new(&t, "bucket_brigade", q), BRG_OK);
    assert_int_equal(data->address_width, q->address_width + q->page_bits);
    for (uint32_t p = 0; p < 1u << q->page_bits; p++) {
        brg_planes *page = schedule_page_data(q, data, p);
        assert_int_equal(brg_timeline_add_data(t, page, &version[p]), BRG_OK);
        brg_planes_destroy(&page);
    }
    for (uint32_t i = 0; i < queries; i++)
        schedule_append(t, i, slice_ps, stall_ps, cause, version);
    return t;
}

/* Every bit of word i is the parity of i. */
static inline brg_planes *schedule_parity(uint32_t n, uint32_t k) {
    brg_planes *p = NULL;
    assert_int_equal(brg_planes_new(&p, n, k), BRG_OK);
    for (uint32_t j = 0; j < k; j++)
        for (uint64_t i = 0; i < (uint64_t)1 << n; i++)
            brg_planes_set(p, j, i, __builtin_parityll(i));
    return p;
}

static inline brg_planes *schedule_random(uint32_t n, uint32_t k, uint64_t *state) {
    brg_planes *p = NULL;
    assert_int_equal(brg_planes_new(&p, n, k), BRG_OK);
    for (uint32_t j = 0; j < k; j++)
        for (uint64_t i = 0; i < (uint64_t)1 << n; i++)
            brg_planes_set(p, j, i, test_random(state) >> 63);
    return p;
}

#endif
