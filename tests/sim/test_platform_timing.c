/* SPDX-License-Identifier: Apache-2.0 */
/* Timing through the whole stack: counts, stalls against closed forms, and timelines that do not
 * depend on how the simulation is run. */
#include <math.h>

#include "platform_rig.h"

/* floor(c * 10^9 / khz), the rising edge of cycle c. */
static uint64_t edge_ps(uint64_t c, uint64_t khz) {
    return (uint64_t)((long double)c * 1000000000.0L / (long double)khz);
}

static void test_counts(void **state) {
    (void)state;
    static const uint32_t shapes[][2] = {{1, 1}, {2, 3}, {3, 1}, {3, 4}, {5, 8}, {9, 2}, {10, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const uint32_t n = shapes[i][0], k = shapes[i][1];
        rig r;
        rig_open(&r, BRG_TWO_LEVEL, n, k, BRG_PAGE_WAIT_FETCH, i);
        rig_durations(&r, 3);
        brg_timeline *t = NULL;
        brg_platform_counters c;
        brg_platform_result result;
        assert_int_equal(rig_run(&r, &t, &c, &result, NULL, 0), BRG_OK);
        const uint64_t slices = 6 * n + 2 * k - 1;
        assert_int_equal(c.slices, slices);
        assert_int_equal(brg_timeline_slices(t), slices);
        assert_int_equal(c.queries, 1);
        assert_int_equal(c.pulse_latch_swap, 2 * ((UINT64_C(1) << n) - 1));
        assert_int_equal(c.pulse_register_swap, 2 * (n + k));
        assert_int_equal(c.pulse_fetch, (uint64_t)k << n);
        if (k == 1 && n >= 2) assert_int_equal(c.pulse_cswap, (UINT64_C(3) << n) - 2 * n - 4);
        if (k == 4 && n == 3) assert_int_equal(c.pulse_cswap, 24);
        uint64_t stalls = 0, waits_ps = 0;
        for (int s = 0; s < BRG_CAUSE_COUNT; s++) stalls += c.stall_cycles[s];
        for (size_t s = 0; s < slices; s++) waits_ps += brg_slice_wait_ps(brg_timeline_slice(t, s));
        assert_int_equal(waits_ps, stalls * 4000);
        assert_int_equal(c.cycles, slices * 3 + stalls);
        assert_int_equal(result.cycles, c.cycles);
        assert_int_equal(result.status, 0);
        /* The page went through the buffer unharmed. */
        assert_int_equal(brg_timeline_data_versions(t), 1);
        assert_true(brg_planes_hash(brg_timeline_data(t, 0)) == brg_planes_hash(r.image));
        const uint64_t page = (uint64_t)k * r.image->plane_words * 8;
        assert_int_equal(c.read_beats, page / 32);
        assert_int_equal(c.read_errors, 0);
        assert_true(c.rtl_cycles > c.cycles);
        brg_timeline_destroy(&t);
        rig_close(&r);
    }
}

/* Cycles from the AR handshake to the edge that takes the last beat of a burst: beat i comes at
 * latency + floor(i * span / beats) ps or later, at most one a cycle, none before the next edge. */
static uint64_t burst_cycles(uint64_t latency_ps, uint64_t span_ps, uint64_t beats,
                             uint64_t period) {
    uint64_t edge = 0;
    for (uint64_t i = 0; i < beats; i++) {
        const uint64_t due = latency_ps + i * span_ps / beats;
        const uint64_t at = (due + period - 1) / period;
        edge = at > edge + 1 ? at : edge + 1;
    }
    return edge;
}

/* Start of Fetch(0) in cycles from time 0. */
static uint64_t fetch_cycle(const rig *r, uint64_t period) {
    brg_timeline *t = rig_timeline(r);
    const brg_slice *f = rig_fetch(t, 0);
    assert_non_null(f);
    const uint64_t start = f->start_ps;
    assert_int_equal(start % period, 0);
    brg_timeline_destroy(&t);
    return start / period;
}

/* n = 12: a plane is one burst of 16 beats. One run fixes the cycles that the controller itself
 * takes (request after the push, last beat to latches); all others follow to the cycle. */
static void test_closed_form(void **state) {
    (void)state;
    uint64_t seed = test_seed(0x51u);
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 12, 1, BRG_PAGE_WAIT_FETCH, 7);
    rig_durations(&r, 1);
    const uint64_t beats = 16, bytes = 512, ideal = 3 * 12; /* slice 3n+1 starts after 3n slices */
    r.config.memory_latency_ns = 1000;
    r.config.memory_bandwidth_gb_per_s = 8;
    const uint64_t own =
        fetch_cycle(&r, 4000) - burst_cycles(1000000, bytes * 1000000u / 8000u, beats, 4000);
    assert_true(own < 30);
    unsigned stalled = 0;
    for (int i = 0; i < 60; i++) {
        const uint64_t latency_ps = test_random(&seed) % 2000000;
        const uint64_t mb_per_s = 100 + test_random(&seed) % 30000;
        r.config.memory_latency_ns = (double)latency_ps / 1000.0;
        r.config.memory_bandwidth_gb_per_s = (double)mb_per_s / 1000.0;
        const uint64_t span = bytes * 1000000u / mb_per_s;
        const uint64_t ready = own + burst_cycles(latency_ps, span, beats, 4000);
        const uint64_t expected = ready > ideal ? ready : ideal;
        stalled += ready > ideal;
        assert_int_equal(fetch_cycle(&r, 4000), expected);
    }
    assert_in_range(stalled, 1, 60);
    /* A fast memory and long slices: no stall at all. */
    r.config.memory_latency_ns = 0;
    r.config.memory_bandwidth_gb_per_s = 1e6;
    rig_durations(&r, 25);
    assert_int_equal(fetch_cycle(&r, 4000), ideal * 25);
    rig_close(&r);
}

/* Later planes of a slow channel come one span after another: bandwidth alone sets the pace. */
static void test_bandwidth_bound_planes(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 12, 4, BRG_PAGE_WAIT_FETCH, 8);
    rig_durations(&r, 1);
    r.config.memory_latency_ns = 10;
    r.config.memory_bandwidth_gb_per_s = 0.5; /* 512 bytes: 1024 ns, 256 cycles */
    brg_timeline *t = rig_timeline(&r);
    for (int j = 1; j < 4; j++)
        assert_int_equal(rig_fetch(t, j)->start_ps - rig_fetch(t, j - 1)->start_ps, 1024000);
    brg_timeline_destroy(&t);
    rig_close(&r);
}

static void test_latency_sweep(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 4, 2, BRG_PAGE_WAIT_FETCH, 9);
    uint64_t before = 0;
    for (double latency = 0; latency <= 20000; latency = latency * 2 + 100) {
        r.config.memory_latency_ns = latency;
        brg_platform_counters c;
        assert_int_equal(rig_run(&r, NULL, &c, NULL, NULL, 0), BRG_OK);
        uint64_t stalls = 0;
        for (int s = 0; s < BRG_CAUSE_COUNT; s++) stalls += c.stall_cycles[s];
        assert_true(c.cycles >= before);
        if (latency > 2000) {
            assert_true(c.cycles > before);
            assert_true(c.stall_cycles[BRG_CAUSE_MEMORY] > 0);
        }
        assert_int_equal(c.cycles, 25 * (6 * 4 + 2 * 2 - 1) + stalls);
        before = c.cycles;
    }
    rig_close(&r);
}

/* 333.333 MHz: starts are exact edges, nothing drifts, and the stall is that of the latency. */
static void test_odd_clock(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 3, 1, BRG_PAGE_WAIT_FETCH, 10);
    r.config.clock_khz = 333333;
    rig_durations(&r, 33);
    brg_timeline *fast = rig_timeline(&r);
    r.config.memory_latency_ns = 3000000; /* 3 ms: 999999 periods of 3.000003 ns */
    brg_timeline *slow = rig_timeline(&r);
    for (size_t i = 0; i < brg_timeline_slices(fast); i++) {
        const brg_slice *s = brg_timeline_slice(fast, i);
        assert_int_equal(s->start_ps, edge_ps(33 * i, 333333));
        assert_int_equal(s->duration_ps, edge_ps(33 * (i + 1), 333333) - s->start_ps);
    }
    const uint64_t wait = rig_fetch(slow, 0)->wait_ps[BRG_CAUSE_MEMORY];
    const uint64_t hidden = edge_ps(9 * 33, 333333);
    assert_in_range(wait + hidden, 3000000000u, 3000100000u);
    const brg_slice *last = brg_timeline_slice(slow, brg_timeline_slices(slow) - 1);
    uint64_t cycle = (uint64_t)((long double)last->start_ps * 333333.0L / 1e9L + 0.5L);
    assert_int_equal(last->start_ps, edge_ps(cycle, 333333));
    brg_timeline_destroy(&fast);
    brg_timeline_destroy(&slow);
    rig_close(&r);
}

/* The quantum, the style of the target and a rerun change nothing, with and without another
 * initiator on the channel; the other initiator itself does. */
static void test_quantum(void **state) {
    (void)state;
    static const uint64_t quanta[] = {0, 4000, 100000, 1000000, 1000000000};
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 11, 6, BRG_PAGE_WAIT_FETCH, 11);
    rig_durations(&r, 1);
    r.config.queries = 3;
    brg_timeline *alone = NULL;
    for (int background = 0; background < 3; background++) {
        /* Now and then one of its reads meets a request; then there is one at every clock edge at
         * which the channel is free, and a query waits for its whole page, so each cycle shows. */
        if (background == 2) {
            rig_close(&r);
            rig_open(&r, BRG_TWO_LEVEL, 11, 6, BRG_PAGE_WAIT_ENTRY, 11);
            rig_durations(&r, 1);
            r.config.queries = 3;
        }
        r.config.background_period_ps = background == 0 ? 0 : background == 1 ? 44000 : 4000;
        r.config.background_bytes = background == 1 ? 96 : 10;
        r.config.memory_latency_ns = background == 2 ? 0 : 137.5;
        r.config.memory_bandwidth_gb_per_s = 2.7;
        for (int clock = 0; clock < 2; clock++) {
            r.config.clock_khz = clock ? 333333 : 250000;
            brg_timeline *reference = NULL;
            for (int blocks = 0; blocks < 2; blocks++) {
                r.config.memory_blocks = blocks;
                for (size_t q = 0; q < sizeof quanta / sizeof *quanta; q++) {
                    r.config.quantum_ps = quanta[q];
                    brg_timeline *t = rig_timeline(&r);
                    if (!reference) {
                        reference = t;
                        continue;
                    }
                    assert_timelines_equal(reference, t);
                    brg_timeline_destroy(&t);
                }
            }
            if (clock == 0 && background == 0) {
                alone = reference;
                continue;
            }
            if (clock == 0 && background == 1) {
                const size_t last = brg_timeline_slices(alone) - 1;
                assert_true(brg_timeline_slice(reference, last)->start_ps >
                            brg_timeline_slice(alone, last)->start_ps);
            }
            brg_timeline_destroy(&reference);
        }
    }
    brg_timeline_destroy(&alone);
    rig_close(&r);
}

/* Many runs of one platform: the first, which loads the program, is like all the others, although
 * its queries begin at other clock edges. The latencies lie where 1 ps decides about a cycle. */
static void test_rerun(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_THREE_LEVEL, 5, 3, BRG_PAGE_WAIT_ENTRY, 12);
    r.config.clock_khz = 333333;
    r.config.queries = 6;
    rig_durations(&r, 1);
    r.config.memory_bandwidth_gb_per_s = 1e6; /* the first beat decides */
    for (uint64_t periods = 100; periods < 300; periods += 23) {
        /* edge(c + periods) - edge(c) is this or one less, depending on c */
        r.config.memory_latency_ns = (double)(edge_ps(periods, 333333) + 1) / 1000.0;
        brg_platform *p = NULL, *other = NULL;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
        assert_int_equal(brg_platform_new(&other, &r.config), BRG_ESTATE);
        brg_timeline *first = NULL;
        brg_platform_counters c0, c1;
        assert_int_equal(brg_platform_run(p, &first, NULL, 0, NULL, NULL, NULL, &c0, NULL, NULL),
                         BRG_OK);
        assert_int_equal(brg_timeline_queries(first), 6);
        for (int i = 0; i < 3; i++) {
            brg_timeline *t = NULL;
            assert_int_equal(brg_platform_run(p, &t, NULL, 0, NULL, NULL, NULL, &c1, NULL, NULL),
                             BRG_OK);
            assert_timelines_equal(first, t);
            assert_int_equal(c0.cycles, c1.cycles);
            assert_memory_equal(c0.stall_cycles, c1.stall_cycles, sizeof c0.stall_cycles);
            assert_true(c1.rtl_cycles < c0.rtl_cycles); /* the store was loaded once */
            brg_timeline_destroy(&t);
        }
        /* The page waits are all before slice 1 of their query. */
        for (size_t i = 0; i < brg_timeline_slices(first); i++) {
            const brg_slice *s = brg_timeline_slice(first, i);
            if (s->slice != 1) assert_int_equal(brg_slice_wait_ps(s), 0);
        }
        assert_true(brg_slice_wait_ps(brg_timeline_slice(first, 0)) > 0);
        brg_timeline_destroy(&first);
        brg_platform_destroy(&p);
    }
    rig_close(&r);
}

static void test_config_checks(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 2, 1, BRG_PAGE_WAIT_FETCH, 13);
    const brg_platform_config good = r.config;
    brg_platform *p = NULL;
#define refuse(change)                                            \
    do {                                                          \
        brg_platform_config bad = good;                           \
        bad.change;                                               \
        assert_int_equal(brg_platform_new(&p, &bad), BRG_EINVAL); \
        assert_null(p);                                           \
    } while (0)
    refuse(program = NULL);
    refuse(image = NULL);
    refuse(clock_khz = 0);
    refuse(clock_khz = 10000001);
    refuse(duration_cycles[BRG_CLASS_CSWAP] = 0);
    refuse(duration_cycles[BRG_CLASS_READOUT] = 0);
    refuse(memory_latency_ns = -1);
    refuse(memory_latency_ns = NAN);
    refuse(memory_bandwidth_gb_per_s = 0);
    refuse(queries = 0);
    refuse(watchdog_cycles = UINT64_C(1) << 32);
    refuse(page_base = 32);
    refuse(background_period_ps = 1);
    brg_planes *small = NULL;
    assert_int_equal(brg_planes_new(&small, 1, 1), BRG_OK);
    refuse(image = small);
    brg_planes_destroy(&small);
    rig_close(&r);
}

typedef struct watch {
    unsigned calls;
    uint64_t cycles;
    uint32_t queries;
} watch;

static void look(void *user, uint64_t cycles, uint32_t queries) {
    watch *w = user;
    assert_true(cycles > w->cycles && cycles - w->cycles < 2 * BRG_PROGRESS_CYCLES);
    assert_true(queries >= w->queries);
    *w = (watch){w->calls + 1, cycles, queries};
}

/* Progress is told as often as promised, and changes nothing. */
static void test_progress(void **state) {
    (void)state;
    rig r;
    rig_open(&r, BRG_TWO_LEVEL, 3, 1, BRG_PAGE_WAIT_FETCH, 35);
    r.config.queries = 3;
    r.config.memory_latency_ns = 400000;
    brg_timeline *plain = rig_timeline(&r);
    watch w = {0, 0, 0};
    r.config.progress = look;
    r.config.progress_user = &w;
    brg_timeline *watched = NULL;
    brg_platform_counters c;
    assert_int_equal(rig_run(&r, &watched, &c, NULL, NULL, 0), BRG_OK);
    assert_true(c.rtl_cycles > 2 * BRG_PROGRESS_CYCLES);
    assert_true(w.calls >= c.rtl_cycles / BRG_PROGRESS_CYCLES);
    assert_true(w.calls <= c.rtl_cycles / BRG_PROGRESS_CYCLES + 1);
    assert_true(w.queries < 3);
    assert_timelines_equal(plain, watched);
    brg_timeline_destroy(&plain);
    brg_timeline_destroy(&watched);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_checks), cmocka_unit_test(test_counts),
        cmocka_unit_test(test_closed_form),   cmocka_unit_test(test_bandwidth_bound_planes),
        cmocka_unit_test(test_latency_sweep), cmocka_unit_test(test_odd_clock),
        cmocka_unit_test(test_quantum),       cmocka_unit_test(test_rerun),
        cmocka_unit_test(test_progress)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
