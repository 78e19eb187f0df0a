/* SPDX-License-Identifier: Apache-2.0 */
/* brg_machine in the platform: bypassed it is brg_system; cache, DRAM, clocks, control cache and
 * pulse memory give right answers, and timelines that do not depend on how they are simulated. */
#include "model/ddr4.h"
#include "platform_rig.h"

/* A part of the memory system to switch on. */
typedef struct variant {
    const char *name;
    bool cache, dram, store, pulse;
    uint32_t prefetch;
    uint64_t memory_khz, host_khz;
    uint32_t page_bits;
    uint64_t background_ps;
} variant;

static const variant variants[] = {
    {.name = "memory clock", .memory_khz = 333333},
    {.name = "host clock", .host_khz = 100000},
    {.name = "cache", .cache = true},
    {.name = "cache, own clock, next line", .cache = true, .memory_khz = 400000, .prefetch = 1},
    {.name = "DRAM", .dram = true},
    {.name = "cache, DRAM", .cache = true, .dram = true, .memory_khz = 600000},
    {.name = "cache, DRAM, page ahead, pages",
     .cache = true,
     .dram = true,
     .prefetch = 3,
     .page_bits = 2},
    {.name = "pages", .page_bits = 1, .memory_khz = 200000},
    {.name = "DRAM shared", .dram = true, .background_ps = 300000},
    {.name = "control cache", .store = true},
    {.name = "control cache, cache, DRAM", .store = true, .cache = true, .dram = true},
    {.name = "pulse memory", .pulse = true},
    {.name = "everything",
     .cache = true,
     .dram = true,
     .store = true,
     .pulse = true,
     .prefetch = 2,
     .memory_khz = 500000,
     .host_khz = 150000,
     .page_bits = 1,
     .background_ps = 500000},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static void open_paged(rig *r, uint32_t n, uint32_t k, uint32_t page_bits, brg_page_wait wait,
                       uint64_t seed) {
    rig_open(r, BRG_TWO_LEVEL, n, k, wait, seed);
    if (page_bits == 0) return;
    brg_program_destroy(&r->program);
    brg_planes_destroy(&r->image);
    brg_program_config pc = {.qram = {.routers = BRG_TWO_LEVEL,
                                      .address_width = n,
                                      .word_width = k,
                                      .page_bits = page_bits},
                             .page_wait = wait,
                             .readout = true};
    assert_int_equal(brg_program_build(&r->program, "bucket_brigade", &pc, NULL), BRG_OK);
    assert_int_equal(brg_image_random(&r->image, n + page_bits, k, seed), BRG_OK);
    r->config.program = r->program;
    r->config.image = r->image;
}

static void open_variant(rig *r, const variant *v, uint32_t n, uint32_t k, brg_page_wait wait,
                         uint64_t seed) {
    open_paged(r, n, k, v->page_bits, wait, seed);
    brg_platform_config *c = &r->config;
    c->clocks.memory_khz = v->memory_khz;
    c->clocks.host_khz = v->host_khz;
    if (v->cache)
        c->cache = (brg_platform_cache){
            .enabled = true, .ways = 4, .sets = 64, .line_bytes = 64, .policy = 1, .ecc = true};
    if (v->prefetch) c->prefetch = (brg_platform_prefetch){.kind = v->prefetch, .depth = 4};
    if (v->dram)
        c->dram = (brg_platform_dram){.enabled = true,
                                      .part = brg_ddr4_part_find("DDR4-2400"),
                                      .address_map = BRG_DDR4_ROCHRABACOBG,
                                      .ranks = 1};
    if (v->store)
        c->control_store =
            (brg_platform_control_store){.cached = true, .capacity_words = 16, .prefetch = true};
    if (v->pulse)
        c->pulse = (brg_platform_pulse){.enabled = true,
                                        .channels = 2,
                                        .bytes_per_pulse = 4,
                                        .channel_bandwidth_gb_per_s = 0.5,
                                        .buffer_words = 512,
                                        .spread = 0.01,
                                        .seed = 7};
    c->background_period_ps = v->background_ps;
    c->background_bytes = 256;
    c->queries = 2;
    c->events = true;
}

/* Every page that a query fetched is that of the image. */
static void check_data(const rig *r, const brg_timeline *t) {
    const brg_program *p = r->program;
    for (uint32_t page = 0; page < 1u << p->page_bits; page++) {
        brg_planes *cut = NULL;
        assert_int_equal(brg_planes_page(&cut, r->image, p->address_width, page), BRG_OK);
        bool found = false;
        for (int32_t v = 0; v < brg_timeline_data_versions(t); v++)
            found = found || brg_planes_hash(brg_timeline_data(t, v)) == brg_planes_hash(cut);
        assert_true(found);
        brg_planes_destroy(&cut);
    }
    assert_true(brg_timeline_data_versions(t) <= 1 << p->page_bits);
}

static void check_events(const brg_timeline *t, const brg_platform_counters *c) {
    size_t slice = 0;
    if (brg_timeline_check_events(t, &slice) != BRG_OK) {
        print_error("the events of slice %zu do not add up to its wait\n", slice);
        fail();
    }
    assert_int_equal(c->events_inexact, 0);
    for (size_t i = 0; i < brg_timeline_events(t); i++)
        assert_true(brg_timeline_event(t, i)->kind != BRG_EVENT_UNKNOWN);
}

static void assert_events_equal(const brg_timeline *a, const brg_timeline *b) {
    assert_int_equal(brg_timeline_events(a), brg_timeline_events(b));
    for (size_t i = 0; i < brg_timeline_events(a); i++) {
        const brg_stall_event *x = brg_timeline_event(a, i), *y = brg_timeline_event(b, i);
        assert_true(x->query == y->query && x->slice == y->slice && x->cause == y->cause &&
                    x->kind == y->kind && x->detail == y->detail && x->start_ps == y->start_ps &&
                    x->duration_ps == y->duration_ps);
    }
}

/* With every part bypassed the machine is brg_system, to the picosecond. */
static void test_bypassed(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++) {
        rig r;
        rig_open(&r, BRG_TWO_LEVEL, 3 + (uint32_t)i * 2, 1 + (uint32_t)i, BRG_PAGE_WAIT_FETCH, 41);
        rig_durations(&r, 2);
        r.config.queries = 3;
        r.config.memory_latency_ns = 40 + 211 * i;
        r.config.clock_khz = i % 2 ? 333333 : 250000;
        r.config.memory_blocks = i % 3 == 1;
        r.config.background_period_ps = i >= 4 ? 44000 : 0;
        r.config.background_bytes = 96;
        r.config.events = true;
        brg_platform_counters c0, c1;
        brg_timeline *t0 = NULL, *t1 = NULL;
        assert_int_equal(rig_run(&r, &t0, &c0, NULL, NULL, 0), BRG_OK);
        r.config.machine = true;
        assert_int_equal(rig_run(&r, &t1, &c1, NULL, NULL, 0), BRG_OK);
        assert_timelines_equal(t0, t1);
        assert_events_equal(t0, t1);
        check_events(t0, &c0);
        assert_int_equal(c0.cycles, c1.cycles);
        assert_int_equal(c0.rtl_cycles, c1.rtl_cycles);
        assert_memory_equal(c0.stall_cycles, c1.stall_cycles, sizeof c0.stall_cycles);
        brg_timeline_destroy(&t0);
        brg_timeline_destroy(&t1);
        rig_close(&r);
    }
}

/* Right data, exact events, and a timeline that idle skip, quantum and a rerun leave alone. */
static void test_variants(void **state) {
    (void)state;
    for (size_t i = 0; i < VARIANTS; i++) {
        const variant *v = &variants[i];
        print_message("%s\n", v->name);
        rig r;
        open_variant(&r, v, 9, 3, BRG_PAGE_WAIT_FETCH, 50 + i);
        const bool slow = i % 2 == 1;
        rig_durations(&r, slow ? 20 : 2);
        r.config.memory_latency_ns = 300;
        brg_timeline *first = NULL;
        brg_platform_counters c0, c1;
        brg_platform *p = NULL;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
        int e = brg_platform_run(p, &first, NULL, 0, NULL, NULL, NULL, &c0, NULL, NULL);
        if (e != BRG_OK) print_error("%s\n", brg_platform_error(p));
        assert_int_equal(e, BRG_OK);
        brg_timeline *again = NULL;
        assert_int_equal(brg_platform_run(p, &again, NULL, 0, NULL, NULL, NULL, &c1, NULL, NULL),
                         BRG_OK);
        brg_platform_destroy(&p);
        assert_timelines_equal(first, again);
        assert_events_equal(first, again);
        brg_timeline_destroy(&again);
        check_data(&r, first);
        check_events(first, &c0);
        assert_int_equal(c0.dram.violations, 0);
        assert_int_equal(c0.cache.accesses > 0, v->cache);
        assert_int_equal(c0.dram.reads > 0, v->dram);
        assert_int_equal(c0.control_store.accesses > 0, v->store);
        assert_int_equal(c0.pulse.words > 0, v->pulse);
        if (v->prefetch) assert_true(c0.cache.prefetch_issued > 0);

        static const uint64_t quanta[] = {0, 100000, 1000000000};
        for (int q = 0; q < 4; q++) {
            r.config.no_skip = q == 3;
            r.config.quantum_ps = q == 3 ? 1000000 : quanta[q];
            assert_int_equal(rig_run(&r, &again, &c1, NULL, NULL, 0), BRG_OK);
            assert_timelines_equal(first, again);
            assert_int_equal(c0.cycles, c1.cycles);
            assert_memory_equal(c0.stall_cycles, c1.stall_cycles, sizeof c0.stall_cycles);
            check_events(again, &c1);
            brg_timeline_destroy(&again);
        }
        assert_int_equal(c1.skipped_cycles, 0);
        assert_true(c0.evaluations <= c1.evaluations);
        if (slow && !v->pulse) assert_true(c0.skipped_cycles > c0.cycles / 2);
        brg_timeline_destroy(&first);
        rig_close(&r);
    }
}

/* The second query finds its page in the cache. */
static void test_cache_hits(void **state) {
    (void)state;
    rig r;
    open_variant(&r, &variants[5], 10, 4, BRG_PAGE_WAIT_FETCH, 61);
    rig_durations(&r, 3);
    brg_timeline *t = NULL;
    brg_platform_counters c;
    assert_int_equal(rig_run(&r, &t, &c, NULL, NULL, 0), BRG_OK);
    const uint64_t beats = 4 * 128 / 32;
    assert_int_equal(c.cache.accesses, 2 * beats);
    assert_int_equal(c.cache.fills, beats / 2);
    assert_true(c.cache.hits >= beats);
    uint64_t waits[2] = {0, 0};
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        waits[s->query] += s->wait_ps[BRG_CAUSE_MEMORY];
    }
    assert_true(waits[1] <= waits[0]);
    brg_timeline_destroy(&t);
    rig_close(&r);
}

/* Refresh, row activation and cache misses are named, and only in runs that have them. */
static void test_event_kinds(void **state) {
    (void)state;
    bool seen[VARIANTS][BRG_EVENT_COUNT] = {{false}};
    for (size_t i = 0; i < VARIANTS; i++) {
        rig r;
        open_variant(&r, &variants[i], 8, 2, BRG_PAGE_WAIT_ENTRY, 70 + i);
        rig_durations(&r, 1);
        r.config.memory_latency_ns = 400;
        r.config.queries = 12;
        brg_timeline *t = rig_timeline(&r);
        for (size_t j = 0; j < brg_timeline_events(t); j++)
            seen[i][brg_timeline_event(t, j)->kind] = true;
        brg_timeline_destroy(&t);
        rig_close(&r);
        assert_int_equal(seen[i][BRG_EVENT_PULSE_BUFFER], variants[i].pulse);
        assert_int_equal(seen[i][BRG_EVENT_CONTROL_STORE_MISS], variants[i].store);
        if (!variants[i].cache) assert_false(seen[i][BRG_EVENT_CACHE_MISS]);
        if (!variants[i].dram) assert_false(seen[i][BRG_EVENT_DRAM_BUS]);
    }
    assert_true(seen[0][BRG_EVENT_TRANSFER] && seen[0][BRG_EVENT_CDC]);
    assert_true(seen[2][BRG_EVENT_CACHE_MISS]);
    assert_true(seen[4][BRG_EVENT_DRAM_BUS] && seen[4][BRG_EVENT_DRAM_ACTIVATE]);
    assert_true(seen[5][BRG_EVENT_CACHE_MISS]);
}

/* A refresh that meets a query is in its events, with the rank. */
static void test_refresh(void **state) {
    (void)state;
    rig r;
    open_variant(&r, &variants[4], 12, 8, BRG_PAGE_WAIT_FETCH, 80);
    rig_durations(&r, 1);
    r.config.queries = 40;
    brg_timeline *t = NULL;
    brg_platform_counters c;
    assert_int_equal(rig_run(&r, &t, &c, NULL, NULL, 0), BRG_OK);
    assert_true(c.dram.refreshes > 0);
    uint64_t refresh_ps = 0;
    for (size_t i = 0; i < brg_timeline_events(t); i++) {
        const brg_stall_event *e = brg_timeline_event(t, i);
        if (e->kind != BRG_EVENT_DRAM_REFRESH) continue;
        assert_int_equal(e->detail, 0);
        refresh_ps += e->duration_ps;
    }
    assert_true(refresh_ps > 0);
    brg_timeline_destroy(&t);
    r.config.dram.no_refresh = true;
    assert_int_equal(rig_run(&r, &t, &c, NULL, NULL, 0), BRG_OK);
    assert_int_equal(c.dram.refreshes, 0);
    for (size_t i = 0; i < brg_timeline_events(t); i++)
        assert_true(brg_timeline_event(t, i)->kind != BRG_EVENT_DRAM_REFRESH);
    brg_timeline_destroy(&t);
    rig_close(&r);
}

/* Slices of 10^7 cycles: 10^8 quiet cycles and more take no time, with the same timeline form. */
static void test_quiet_cycles(void **state) {
    (void)state;
    for (int machine = 0; machine < 2; machine++) {
        rig r;
        open_variant(&r, &variants[5], 4, 1, BRG_PAGE_WAIT_FETCH, 90);
        if (!machine) {
            memset(&r.config.cache, 0, sizeof r.config.cache);
            memset(&r.config.dram, 0, sizeof r.config.dram);
            r.config.clocks.memory_khz = 0;
        }
        rig_durations(&r, 10000000);
        r.config.dram.no_refresh = true;
        r.config.queries = 1;
        brg_platform_counters c;
        assert_int_equal(rig_run(&r, NULL, &c, NULL, NULL, 0), BRG_OK);
        assert_true(c.cycles >= UINT64_C(25) * 10000000);
        assert_true(c.skipped_cycles > UINT64_C(24) * 10000000);
        print_message("%llu cycles, %llu evaluations, %.3f s\n", (unsigned long long)c.cycles,
                      (unsigned long long)c.evaluations, c.rtl_wall_s);
        assert_true(c.evaluations < 100000 && c.rtl_wall_s < 3);
        rig_close(&r);
    }
}

/* What a part refuses is said before a run. */
static void test_refused(void **state) {
    (void)state;
    rig r;
    open_variant(&r, &variants[12], 6, 1, BRG_PAGE_WAIT_FETCH, 95);
    const brg_platform_config good = r.config;
    brg_platform *p = NULL;
#define refuse(change)                                            \
    do {                                                          \
        brg_platform_config bad = good;                           \
        bad.change;                                               \
        assert_int_equal(brg_platform_new(&p, &bad), BRG_EINVAL); \
        assert_null(p);                                           \
    } while (0)
    refuse(cache.ways = 3);
    refuse(cache.sets = 2048);
    refuse(cache.line_bytes = 32);
    refuse(cache.policy = 3);
    refuse(prefetch.kind = 4);
    refuse(cache.enabled = false);
    refuse(dram.part = NULL);
    refuse(dram.ranks = 3);
    refuse(dram.address_map = BRG_DDR4_MAPS);
    refuse(control_store.capacity_words = 20);
    refuse(clocks.memory_khz = 10000001);
    refuse(pulse.channel_bandwidth_gb_per_s = 0);
    /* A layer that its buffer cannot hold is named. */
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_platform_config small = good;
    small.pulse.buffer_words = 8;
    small.diag = diag;
    assert_int_equal(brg_platform_new(&p, &small), BRG_EINPUT);
    assert_true(brg_diag_count(diag) > 0);
    brg_diag_destroy(&diag);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bypassed),   cmocka_unit_test(test_variants),
        cmocka_unit_test(test_cache_hits), cmocka_unit_test(test_event_kinds),
        cmocka_unit_test(test_refresh),    cmocka_unit_test(test_quiet_cycles),
        cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
