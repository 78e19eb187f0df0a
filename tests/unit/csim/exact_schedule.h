/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket-brigade schedule written out from its table (docs/schedule.md), slice by slice and
 * separate from the microprogram builder, for the tests of the exact engines. */
#ifndef BRG_TESTS_EXACT_SCHEDULE_H
#define BRG_TESTS_EXACT_SCHEDULE_H

#include <string.h>

#include "csim/timeline.h"

static inline int exact_slice_count(const brg_qram *q) {
    return (int)(6u * q->address_width + 2u * q->word_width) - 1;
}

static inline brg_slice_ops exact_ops(const brg_qram *q, int s) {
    const int n = (int)q->address_width, k = (int)q->word_width, end = 6 * n + 2 * k;
    const bool two = q->routers == BRG_TWO_LEVEL;
    brg_slice_ops ops = brg_slice_ops_none();
    for (int i = 0; i < n; i++) {
        if (s == 2 * i + 1) ops.a_in = (int16_t)i;
        if (end - s == 2 * i + 1) ops.a_out = (int16_t)i;
        if (s == 3 * i + 2) ops.latch |= 1u << i;
        if (end - s == 3 * i + 2) {
            ops.latch |= 1u << i;
            ops.unlatch = true;
        }
    }
    for (int l = 0; l + 1 < n; l++) {
        const int from = 3 * l + 4, hole = 2 * n + 2 * k + l + 1;
        const bool idle = hole <= s && s <= end - hole;
        if ((s - l) % 2 == 0 && from <= s && s <= end - from && !idle) ops.route |= 1u << l;
    }
    for (int j = 0; j < k; j++) {
        if (s == 2 * n + 2 * j + 1) {
            ops.d_in = (int16_t)j;
            ops.basis_in = two;
        }
        if (s == 3 * n + 2 * j + 1) ops.fetch = (int16_t)j;
        if (s == 4 * n + 2 * j + 1) {
            ops.d_out = (int16_t)j;
            ops.basis_out = two;
        }
    }
    return ops;
}

/* Slice s (1...) of a query that starts at 0 with slices of duration_ns and one wait of stall_ns
 * for memory before the slice stall_slice (0: no wait). Data version 0 is that of the fetch. */
static inline brg_slice exact_slice(const brg_qram *q, int s, double duration_ns, int stall_slice,
                                    double stall_ns) {
    brg_slice slice;
    memset(&slice, 0, sizeof slice);
    slice.slice = (uint32_t)s;
    slice.duration_ps = (uint64_t)(duration_ns * 1e3 + 0.5);
    const uint64_t stall_ps = (uint64_t)(stall_ns * 1e3 + 0.5);
    if (s == stall_slice) slice.wait_ps[BRG_CAUSE_MEMORY] = stall_ps;
    slice.start_ps = (uint64_t)(s - 1) * slice.duration_ps;
    if (stall_slice > 0 && s >= stall_slice) slice.start_ps += stall_ps;
    slice.ops = exact_ops(q, s);
    slice.data_version = slice.ops.fetch >= 0 ? 0 : -1;
    return slice;
}

/* Bit j of word i is the parity of i, with j added so that the planes differ. */
static inline void exact_parity_image(brg_planes *p) {
    for (uint32_t j = 0; j < p->word_width; j++)
        for (uint64_t i = 0; i < (uint64_t)1 << p->address_width; i++)
            brg_planes_set(p, j, i, ((unsigned)__builtin_popcountll(i) + j) & 1u);
}

/* The timeline of one query or of several equal ones. */
static inline int exact_timeline(brg_timeline **out, const brg_qram *q, const brg_planes *data,
                                 uint32_t queries, double duration_ns, int stall_slice,
                                 double stall_ns) {
    int32_t version = -1;
    int rc = brg_timeline_new(out, "bucket_brigade", q);
    if (!rc) rc = brg_timeline_add_data(*out, data, &version);
    uint64_t base = 0;
    for (uint32_t query = 0; !rc && query < queries; query++) {
        uint64_t last = 0;
        for (int s = 1; !rc && s <= exact_slice_count(q); s++) {
            brg_slice slice = exact_slice(q, s, duration_ns, stall_slice, stall_ns);
            slice.query = query;
            slice.start_ps += base;
            if (slice.data_version >= 0) slice.data_version = version;
            last = slice.start_ps + slice.duration_ps;
            rc = brg_timeline_append(*out, &slice);
        }
        base = last;
    }
    return rc;
}

#endif
