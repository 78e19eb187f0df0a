/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform tests share: a bucket-brigade program, an image, and one run of them. */
#ifndef BRG_TESTS_PLATFORM_RIG_H
#define BRG_TESTS_PLATFORM_RIG_H

#include <string.h>

#include "csim/trajectory.h"
#include "model/image.h"
#include "model/program.h"
#include "test.h"
#include "testbench/platform.h"

typedef struct rig {
    brg_program *program;
    brg_planes *image;
    brg_platform_config config;
} rig;

static inline void rig_open(rig *r, brg_routers routers, uint32_t n, uint32_t k, brg_page_wait wait,
                            uint64_t seed) {
    memset(r, 0, sizeof *r);
    brg_program_config pc = {.qram = {.routers = routers, .address_width = n, .word_width = k},
                             .page_wait = wait,
                             .readout = true,
                             .class_length = NULL};
    assert_int_equal(brg_program_build(&r->program, "bucket_brigade", &pc, NULL), BRG_OK);
    assert_int_equal(brg_image_random(&r->image, n, k, seed), BRG_OK);
    brg_platform_config *c = &r->config;
    c->clock_khz = 250000;
    c->program = r->program;
    c->image = r->image;
    for (int i = 1; i <= BRG_CLASS_READOUT; i++) c->duration_cycles[i] = 25;
    c->memory_latency_ns = 50;
    c->memory_bandwidth_gb_per_s = 8;
    c->queries = 1;
    c->quantum_ps = 1000000;
    c->keep_result_bits = true;
}

static inline void rig_close(rig *r) {
    brg_program_destroy(&r->program);
    brg_planes_destroy(&r->image);
}

static inline void rig_durations(rig *r, uint32_t cycles) {
    for (int i = 1; i <= BRG_CLASS_READOUT; i++) r->config.duration_cycles[i] = cycles;
}

/* A timing run in a platform of its own; timeline, counters and results may be NULL. */
static inline int rig_run(const rig *r, brg_timeline **timeline, brg_platform_counters *counters,
                          brg_platform_result *results, char *error, size_t error_size) {
    brg_platform *p = NULL;
    assert_int_equal(brg_platform_new(&p, &r->config), BRG_OK);
    const int e = brg_platform_run(p, timeline, NULL, 0, NULL, NULL, results, counters, NULL, NULL);
    if (error)
        snprintf(error, error_size, "%s", brg_platform_error(p));
    else if (e != BRG_OK)
        print_error("%s\n", brg_platform_error(p));
    brg_platform_destroy(&p);
    assert_null(p);
    return e;
}

static inline brg_timeline *rig_timeline(const rig *r) {
    brg_timeline *t = NULL;
    assert_int_equal(rig_run(r, &t, NULL, NULL, NULL, 0), BRG_OK);
    assert_non_null(t);
    return t;
}

/* Every field of every slice and every data version is the same. */
static inline void assert_timelines_equal(const brg_timeline *a, const brg_timeline *b) {
    assert_int_equal(brg_timeline_slices(a), brg_timeline_slices(b));
    assert_int_equal(brg_timeline_data_versions(a), brg_timeline_data_versions(b));
    for (size_t i = 0; i < brg_timeline_slices(a); i++) {
        const brg_slice *x = brg_timeline_slice(a, i), *y = brg_timeline_slice(b, i);
        assert_true(x->query == y->query && x->slice == y->slice);
        if (x->start_ps != y->start_ps || x->duration_ps != y->duration_ps ||
            memcmp(x->wait_ps, y->wait_ps, sizeof x->wait_ps) != 0) {
            print_error("slice %u of query %u starts at %llu and at %llu ps\n", x->slice, x->query,
                        (unsigned long long)x->start_ps, (unsigned long long)y->start_ps);
            fail();
        }
        assert_int_equal(x->data_version, y->data_version);
        assert_true(x->ops.route == y->ops.route && x->ops.latch == y->ops.latch &&
                    x->ops.a_in == y->ops.a_in && x->ops.a_out == y->ops.a_out &&
                    x->ops.d_in == y->ops.d_in && x->ops.d_out == y->ops.d_out &&
                    x->ops.fetch == y->ops.fetch);
    }
    for (int32_t v = 0; v < brg_timeline_data_versions(a); v++)
        assert_true(brg_planes_hash(brg_timeline_data(a, v)) ==
                    brg_planes_hash(brg_timeline_data(b, v)));
}

/* The slice of query 0 that fetches bit j. */
static inline const brg_slice *rig_fetch(const brg_timeline *t, int j) {
    size_t count = 0;
    const size_t first = brg_timeline_query(t, 0, &count);
    for (size_t i = first; i < first + count; i++)
        if (brg_timeline_slice(t, i)->ops.fetch == j) return brg_timeline_slice(t, i);
    return NULL;
}

#endif
