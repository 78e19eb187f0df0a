/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in slow tiers: an object store takes no wall time, an outage in the middle of a page is
 * waited for or ends the query by name, and the timeline does not depend on how it is simulated. */
#include "platform_rig.h"

enum { PAGE_BYTES = 4096 };

typedef struct tiers_rig {
    rig r;
    brg_tiers_config tiers;
} tiers_rig;

static void open_tiers(tiers_rig *t, brg_tier_id home, uint32_t n, uint32_t k, uint64_t seed) {
    rig_open(&t->r, BRG_TWO_LEVEL, n, k, BRG_PAGE_WAIT_FETCH, seed);
    rig_durations(&t->r, 5);
    memset(&t->tiers, 0, sizeof t->tiers);
    brg_tiers_config *c = &t->tiers;
    c->home = home;
    c->table_bytes = (uint64_t)k * t->r.image->plane_words * 8;
    c->page_bytes = PAGE_BYTES;
    c->placement =
        (brg_placement_config){.near_frames = 8, .promote_after = 1, .jobs = 2, .pages = 1};
    for (int tier = BRG_TIER_EDGE; tier <= BRG_TIER_CLOUD; tier++) {
        c->tier[tier] = (brg_tier_config){.seed = 5,
                                          .tier = (uint32_t)tier,
                                          .latency = BRG_LATENCY_CONSTANT,
                                          .latency_ns = tier == BRG_TIER_EDGE ? 500e3 : 200e6,
                                          .bandwidth_gb_per_s = 1};
        c->retry[tier] = (brg_retry_policy){.time_out_ps = UINT64_C(1000000000000),
                                            .retries = 2,
                                            .backoff_ps = UINT64_C(1000000000)};
    }
    t->r.config.tiers.config = c;
    t->r.config.events = true;
}

static void add_dram(tiers_rig *t) {
    t->r.config.dram = (brg_platform_dram){.enabled = true,
                                           .part = brg_ddr4_part_find("DDR4-3200"),
                                           .address_map = BRG_DDR4_ROCHRABACOBG,
                                           .ranks = 1};
}

static void check(const tiers_rig *t, const brg_timeline *timeline,
                  const brg_platform_counters *c) {
    size_t slice = 0;
    assert_int_equal(brg_timeline_check_events(timeline, &slice), BRG_OK);
    assert_int_equal(c->events_inexact, 0);
    assert_int_equal(brg_timeline_data_versions(timeline), 1);
    assert_true(brg_planes_hash(brg_timeline_data(timeline, 0)) == brg_planes_hash(t->r.image));
}

static uint64_t event_ps(const brg_timeline *t, brg_event_kind kind, uint64_t detail) {
    uint64_t sum = 0;
    for (size_t i = 0; i < brg_timeline_events(t); i++) {
        const brg_stall_event *e = brg_timeline_event(t, i);
        if (e->kind == kind && e->detail == detail) sum += e->duration_ps;
    }
    return sum;
}

/* 200 ms away, with and without DRAM as near memory and a cache before it. */
static void test_object_store(void **state) {
    (void)state;
    for (int style = 0; style < 3; style++) {
        tiers_rig t;
        open_tiers(&t, BRG_TIER_CLOUD, 12, 4, 21);
        if (style >= 1) add_dram(&t);
        if (style == 2)
            t.r.config.cache =
                (brg_platform_cache){.enabled = true, .ways = 2, .sets = 16, .line_bytes = 256};
        brg_timeline *timeline = NULL;
        brg_platform_counters c;
        assert_int_equal(rig_run(&t.r, &timeline, &c, NULL, NULL, 0), BRG_OK);
        check(&t, timeline, &c);
        print_message("%llu cycles, %llu evaluations, %.3f s\n", (unsigned long long)c.cycles,
                      (unsigned long long)c.evaluations, c.rtl_wall_s);
        assert_true(c.cycles > 50000000);
        assert_true(c.rtl_wall_s < 3 && c.evaluations < 1000000);
        assert_int_equal(c.tiers.bytes_staged, 2048);
        assert_in_range(event_ps(timeline, BRG_EVENT_TIER_TRANSFER, BRG_TIER_CLOUD),
                        UINT64_C(199000000000), UINT64_C(201000000000));
        assert_int_equal(c.dram.violations, 0);
        assert_int_equal(c.dram.writes > 0, style >= 1);
        brg_timeline_destroy(&timeline);
        rig_close(&t.r);
    }
}

/* Edge home: the timeline is that of every quantum and of no skip at all. */
static void test_same_timelines(void **state) {
    (void)state;
    for (int dram = 0; dram < 2; dram++) {
        tiers_rig t;
        open_tiers(&t, BRG_TIER_EDGE, 13, 12, 22);
        t.tiers.tier[BRG_TIER_EDGE].latency = BRG_LATENCY_LOGNORMAL;
        t.tiers.tier[BRG_TIER_EDGE].latency_ns = 5000;
        t.tiers.tier[BRG_TIER_EDGE].sigma = 0.5;
        t.tiers.placement.near_frames = 2; /* of three pages */
        t.r.config.queries = 3;
        if (dram) add_dram(&t);
        brg_timeline *first = NULL, *again = NULL;
        brg_platform_counters c;
        assert_int_equal(rig_run(&t.r, &first, &c, NULL, NULL, 0), BRG_OK);
        check(&t, first, &c);
        assert_true(c.tiers.placement.evictions > 0);
        for (int i = 0; i < 3; i++) {
            t.r.config.quantum_ps = i == 0 ? 0 : 1000000000;
            t.r.config.no_skip = i == 2;
            assert_int_equal(rig_run(&t.r, &again, &c, NULL, NULL, 0), BRG_OK);
            assert_timelines_equal(first, again);
            check(&t, again, &c);
            brg_timeline_destroy(&again);
        }
        brg_timeline_destroy(&first);
        rig_close(&t.r);
    }
}

/* The edge goes silent while a page is on its way: the query waits for the end of the outage, and
 * the wait says so, or it ends with the tier, the reason and the page. */
static void test_outage(void **state) {
    (void)state;
    for (int dram = 0; dram < 2; dram++) {
        for (int give_up = 0; give_up < 2; give_up++) {
            tiers_rig t;
            open_tiers(&t, BRG_TIER_EDGE, 12, 8, 23);
            if (dram) add_dram(&t);
            /* 500 us latency and 4 us of transfer; the outage begins in the transfer. */
            const brg_outage outage = {UINT64_C(502000000), UINT64_C(30000000000)};
            t.tiers.tier[BRG_TIER_EDGE].outages = &outage;
            t.tiers.tier[BRG_TIER_EDGE].outage_count = 1;
            t.tiers.tier[BRG_TIER_EDGE].outage_answer = BRG_OUTAGE_SILENT;
            t.tiers.retry[BRG_TIER_EDGE].time_out_ps = UINT64_C(2000000000);
            t.tiers.retry[BRG_TIER_EDGE].give_up = give_up != 0;
            brg_timeline *timeline = NULL;
            brg_platform_counters c;
            brg_platform_result result;
            char error[240];
            const int e = rig_run(&t.r, &timeline, &c, &result, error, sizeof error);
            assert_true(c.tiers.link[BRG_TIER_EDGE].time_outs > 0);
            if (give_up) {
                assert_int_equal(e, BRG_EHARDWARE);
                assert_int_equal(result.status, 1);
                if (!strstr(error, "memory_error") || !strstr(error, "tier edge: ") ||
                    !strstr(error, "after 3 attempts")) {
                    print_error("%s\n", error);
                    fail();
                }
            } else {
                if (e != BRG_OK) print_error("%s\n", error);
                assert_int_equal(e, BRG_OK);
                check(&t, timeline, &c);
                assert_true(event_ps(timeline, BRG_EVENT_TIER_OUTAGE, BRG_TIER_EDGE) +
                                event_ps(timeline, BRG_EVENT_TIER_RETRY, BRG_TIER_EDGE) >
                            UINT64_C(25000000000));
            }
            brg_timeline_destroy(&timeline);
            rig_close(&t.r);
        }
    }
}

/* A control store whose program a tier cannot deliver is named. */
static void test_control_store_error(void **state) {
    (void)state;
    tiers_rig t;
    open_tiers(&t, BRG_TIER_EDGE, 4, 1, 24);
    t.r.config.control_store =
        (brg_platform_control_store){.cached = true, .capacity_words = 16, .prefetch = true};
    t.tiers.tier[BRG_TIER_EDGE].latency_ns = 1000;
    t.tiers.page_bytes = 64;
    t.tiers.placement.near_frames = 64;
    brg_timeline *timeline = NULL;
    brg_platform_counters c;
    char error[240];
    assert_int_equal(rig_run(&t.r, &timeline, &c, NULL, NULL, 0), BRG_OK);
    check(&t, timeline, &c);
    assert_true(c.control_store.misses > 0);
    brg_timeline_destroy(&timeline);
    t.tiers.tier[BRG_TIER_EDGE].error_probability = 1;
    t.tiers.retry[BRG_TIER_EDGE].give_up = true;
    t.tiers.retry[BRG_TIER_EDGE].retries = 0;
    assert_int_equal(rig_run(&t.r, &timeline, &c, NULL, error, sizeof error), BRG_EHARDWARE);
    if (!strstr(error, "control_store_error") || !strstr(error, "control store: the bus")) {
        print_error("%s\n", error);
        fail();
    }
    brg_timeline_destroy(&timeline);
    rig_close(&t.r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_object_store), cmocka_unit_test(test_same_timelines),
        cmocka_unit_test(test_outage), cmocka_unit_test(test_control_store_error)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
