/* SPDX-License-Identifier: Apache-2.0 */
/* Stall events of a timeline: their order and sums, what `without` leaves of them, their file. */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "attribution_cases.h"

static char folder[] = "/tmp/brigade_events_XXXXXX";
static const brg_qram tree = {BRG_TWO_LEVEL, 2, 1, 0};

static int setup(void **unused) {
    (void)unused;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **unused) {
    (void)unused;
    DIR *d = opendir(folder);
    if (!d) return -1;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') remove(path);
    }
    closedir(d);
    return rmdir(folder);
}

static const char *in_folder(char *path, const char *name) {
    sprintf(path, "%s/%s", folder, name);
    return path;
}

static brg_timeline *random_timeline(uint64_t *random) {
    brg_planes *data = schedule_parity(2, 1);
    brg_timeline *t = cases_timeline(&tree, data, 2, 100000, 3, 900000, random);
    brg_planes_destroy(&data);
    return t;
}

/* One query of two slices; the second waited 1000 ps for memory, then 500 ps for the latches. */
static brg_timeline *small_timeline(void) {
    brg_timeline *t = NULL;
    assert_int_equal(brg_timeline_new(&t, "p", &tree), BRG_OK);
    brg_slice s = {.slice = 1, .duration_ps = 2000, .data_version = -1};
    s.ops = brg_slice_ops_none();
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
    s.slice = 2;
    s.start_ps = 4000; /* the wait is 2500..4000 */
    s.wait_ps[BRG_CAUSE_MEMORY] = 1000;
    s.wait_ps[BRG_CAUSE_LATCH] = 500;
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
    return t;
}

static void events_are_checked(void **unused) {
    (void)unused;
    brg_timeline *t = small_timeline();
    const brg_stall_event good = {.slice = 2,
                                  .cause = BRG_CAUSE_MEMORY,
                                  .kind = BRG_EVENT_CACHE_MISS,
                                  .detail = 0x1c0,
                                  .start_ps = 2600,
                                  .duration_ps = 600};
    brg_stall_event e;
#define REFUSED(change)                                              \
    do {                                                             \
        e = good;                                                    \
        change;                                                      \
        assert_int_equal(brg_timeline_add_event(t, &e), BRG_EINVAL); \
    } while (0)
    REFUSED(e.slice = 1);
    REFUSED(e.query = 1);
    REFUSED(e.start_ps = 2499);
    REFUSED(e.start_ps = 3401);
    REFUSED(e.start_ps = UINT64_MAX);
    REFUSED(e.duration_ps = 0);
    REFUSED(e.duration_ps = 1001); /* longer than the memory's part */
    REFUSED(e.cause = BRG_CAUSE_PULSE);
    REFUSED(e.cause = BRG_CAUSE_COUNT);
    REFUSED(e.kind = BRG_EVENT_COUNT);
    size_t slice = 9;
    assert_int_equal(brg_timeline_check_events(t, &slice), BRG_ESTATE);
    assert_int_equal(slice, 1);
    assert_int_equal(brg_timeline_add_event(t, &good), BRG_OK);
    REFUSED(e.start_ps = 3199); /* inside the one before */
    REFUSED((e.start_ps = 3200, e.duration_ps = 401));
    e = good;
    e.start_ps = 3200;
    e.duration_ps = 400;
    assert_int_equal(brg_timeline_add_event(t, &e), BRG_OK);
    e.cause = BRG_CAUSE_LATCH;
    e.start_ps = 3600;
    REFUSED(e.start_ps = 3600); /* nothing of memory is left */
    e = good;
    e.cause = BRG_CAUSE_LATCH;
    e.start_ps = 3600;
    e.duration_ps = 400;
    assert_int_equal(brg_timeline_add_event(t, &e), BRG_OK);
    assert_int_equal(brg_timeline_check_events(t, NULL), BRG_ESTATE); /* 100 ps of latch */
#undef REFUSED
    assert_int_equal(brg_timeline_events(t), 3);
    assert_null(brg_timeline_event(t, 3));
    size_t count = 9;
    assert_int_equal(brg_timeline_slice_events(t, 0, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(brg_timeline_slice_events(t, 1, &count), 0);
    assert_int_equal(count, 3);
    brg_timeline_destroy(&t);
}

/* In order, inside their waits, and every picosecond of every cause is explained. */
static void assert_conserved(const brg_timeline *t) {
    uint64_t wait[BRG_CAUSE_COUNT] = {0}, events[BRG_CAUSE_COUNT] = {0};
    assert_int_equal(brg_timeline_check_events(t, NULL), BRG_OK);
    size_t at = 0;
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        size_t count;
        assert_int_equal(brg_timeline_slice_events(t, i, &count), at);
        uint64_t now = s->start_ps - brg_slice_wait_ps(s);
        for (; count; count--, at++) {
            const brg_stall_event *e = brg_timeline_event(t, at);
            assert_true(e->query == s->query && e->slice == s->slice && e->start_ps >= now);
            now = e->start_ps + e->duration_ps;
            assert_true(now <= s->start_ps);
            events[e->cause] += e->duration_ps;
        }
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) wait[c] += s->wait_ps[c];
    }
    assert_int_equal(at, brg_timeline_events(t));
    assert_memory_equal(wait, events, sizeof wait);
}

static void without_keeps_the_other_events(void **unused) {
    (void)unused;
    uint64_t random = test_seed(4);
    for (int round = 0; round < 20; round++) {
        brg_timeline *t = random_timeline(&random), *less = NULL;
        assert_true(brg_timeline_events(t) > 0);
        assert_conserved(t);
        const uint32_t mask = (uint32_t)(test_random(&random) % (1u << BRG_CAUSE_COUNT));
        assert_int_equal(brg_timeline_without(&less, t, mask), BRG_OK);
        assert_conserved(less);
        size_t at = 0;
        for (size_t i = 0; i < brg_timeline_events(t); i++) {
            const brg_stall_event *e = brg_timeline_event(t, i);
            if (mask >> e->cause & 1u) continue;
            const brg_stall_event *kept = brg_timeline_event(less, at++);
            assert_non_null(kept);
            assert_true(kept->cause == e->cause && kept->kind == e->kind &&
                        kept->detail == e->detail && kept->duration_ps == e->duration_ps &&
                        kept->start_ps <= e->start_ps);
        }
        assert_int_equal(at, brg_timeline_events(less));
        brg_timeline_destroy(&less);
        brg_timeline_destroy(&t);
    }
}

static void file_keeps_every_event(void **unused) {
    (void)unused;
    uint64_t random = test_seed(5);
    char path[512], events[512];
    in_folder(path, "t.csv");
    in_folder(events, "t.csv.events.csv");
    for (int round = 0; round < 20; round++) {
        brg_timeline *t = random_timeline(&random), *back = NULL;
        assert_int_equal(brg_timeline_write_csv(t, path), BRG_OK);
        assert_int_equal(access(events, F_OK), 0);
        assert_int_equal(brg_timeline_read_csv(&back, path, NULL), BRG_OK);
        assert_int_equal(brg_timeline_events(back), brg_timeline_events(t));
        for (size_t i = 0; i < brg_timeline_events(t); i++) {
            const brg_stall_event *e = brg_timeline_event(t, i), *b = brg_timeline_event(back, i);
            assert_true(e->query == b->query && e->slice == b->slice && e->cause == b->cause &&
                        e->kind == b->kind && e->detail == b->detail &&
                        e->start_ps == b->start_ps && e->duration_ps == b->duration_ps);
        }
        brg_timeline_destroy(&back);
        brg_timeline_destroy(&t);
    }
    /* A timeline without events takes the old file away. */
    brg_timeline *t = small_timeline(), *back = NULL;
    assert_int_equal(brg_timeline_write_csv(t, path), BRG_OK);
    assert_int_not_equal(access(events, F_OK), 0);
    assert_int_equal(brg_timeline_read_csv(&back, path, NULL), BRG_OK);
    assert_int_equal(brg_timeline_events(back), 0);
    brg_timeline_destroy(&back);
    brg_timeline_destroy(&t);
}

#define HEAD "# schema: brigade.events/1\nquery,slice,cause,kind,detail,start_ns,duration_ns\n"

/* Reads the small timeline with this event file; the message behind the file's name. */
static void assert_read(const char *text, const char *expected) {
    char path[512], events[512];
    in_folder(path, "bad.csv");
    in_folder(events, "bad.csv.events.csv");
    brg_timeline *t = small_timeline(), *back = NULL;
    assert_int_equal(brg_timeline_write_csv(t, path), BRG_OK);
    FILE *f = fopen(events, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int rc = brg_timeline_read_csv(&back, path, diag);
    if (!expected) {
        if (rc) print_error("%s\n", brg_diag_message(diag, 0));
        assert_int_equal(rc, BRG_OK);
    } else {
        assert_int_equal(rc, BRG_EINPUT);
        assert_null(back);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_memory_equal(brg_diag_message(diag, 0), events, strlen(events));
        assert_string_equal(brg_diag_message(diag, 0) + strlen(events), expected);
    }
    brg_timeline_destroy(&back);
    brg_timeline_destroy(&t);
    brg_diag_destroy(&diag);
}

static void wrong_files_get_one_message(void **unused) {
    (void)unused;
    assert_read(HEAD, NULL);
    assert_read(HEAD "0,2,memory,cache_miss,448,2.5,1\n0,2,latch,latch,0,3.5,0.5\n", NULL);
    assert_read(HEAD "0,2,memory,unknown,18446744073709551615,2.5,1", NULL);
    assert_read("", ":1:1: expected the line `# schema: brigade.events/1`");
    assert_read("# schema: brigade.events/1\nquery\n",
                ":2:1: expected the line query,slice,cause,kind,detail,start_ns,duration_ns");
    assert_read(HEAD "0,2,memory\n", ":3:5: the line has 3 of 7 fields");
    assert_read(HEAD "\n", ":3:1: the line has 1 of 7 fields");
    assert_read(HEAD "x,2,memory,latch,0,2.5,1\n", ":3:1: query: `x` is not a whole number from 0");
    assert_read(HEAD "0,02,memory,latch,0,2.5,1\n",
                ":3:3: slice: `02` is not a whole number from 1");
    assert_read(HEAD "0,2,rain,latch,0,2.5,1\n",
                ":3:5: cause: `rain` is not known, accepted are memory, latch, pulse, readout, "
                "decoder, host, control");
    assert_read(HEAD "0,2,memory,rain,0,2.5,1\n",
                ":3:12: kind: `rain` is not known, accepted are those of docs/timeline.md");
    assert_read(HEAD "0,2,memory,latch,18446744073709551616,2.5,1\n",
                ":3:18: detail: `18446744073709551616` is not a whole number below 2^64");
    assert_read(HEAD "0,2,memory,latch,0,2.5001,1\n",
                ":3:20: start_ns: `2.5001` is not a time in ns with at most 3 decimals");
    assert_read(HEAD "0,2,memory,latch,0,2.5,0\n",
                ":3:24: duration_ns: `0` is not a time above 0 in ns with at most 3 decimals");
    assert_read(HEAD "0,2,memory,latch,0,2.4,1\n",
                ":3:20: start_ns: is before the wait of its slice");
    assert_read(HEAD "0,2,memory,latch,0,2.5,0.5\n0,2,latch,latch,0,2.9,0.5\n",
                ":4:19: start_ns: is before the end of the event before it");
    assert_read(HEAD "0,2,memory,latch,0,3.5,1\n", ":3:24: duration_ns: ends later than the wait");
    assert_read(HEAD "0,2,memory,latch,0,2.5,1.2\n",
                ":3:24: duration_ns: the events of this cause are longer than its wait before the "
                "slice");
    assert_read(HEAD "0,3,memory,latch,0,2.5,1\n",
                ":3:1: names a slice that the timeline does not have, or stands out of order");
}

static void phrases_name_the_detail(void **unused) {
    (void)unused;
    char text[128];
    for (int kind = 0; kind < BRG_EVENT_COUNT; kind++) {
        assert_non_null(brg_event_name((brg_event_kind)kind));
        assert_true(brg_event_describe(text, sizeof text, (brg_event_kind)kind, 3) > 0);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(brg_event_name((brg_event_kind)kind),
                                    brg_event_name((brg_event_kind)other));
    }
    assert_null(brg_event_name(BRG_EVENT_COUNT));
    brg_event_describe(text, sizeof text, BRG_EVENT_CACHE_MISS, 0x1c0);
    assert_string_equal(text, "cache miss to line 0x1c0");
    brg_event_describe(text, sizeof text, BRG_EVENT_DRAM_REFRESH, 0);
    assert_string_equal(text, "refresh of rank 0");
    brg_event_describe(text, sizeof text, BRG_EVENT_TIER_OUTAGE, BRG_TIER_CLOUD);
    assert_string_equal(text, "outage of tier cloud");
    brg_event_describe(text, sizeof text, BRG_EVENT_TIER_OUTAGE, 9);
    assert_string_equal(text, "outage of tier 9");
    brg_event_describe(text, sizeof text, BRG_EVENT_PULSE_BUFFER, 23);
    assert_string_equal(text, "pulse buffer of layer 23");
    brg_event_describe(text, sizeof text, BRG_EVENT_PULSE_BUFFER, 24);
    assert_string_equal(text, "pulse buffer of the leaves");
    brg_event_describe(text, sizeof text, BRG_EVENT_PULSE_BUFFER, 25);
    assert_string_equal(text, "pulse buffer of the registers");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_checked),      cmocka_unit_test(without_keeps_the_other_events),
        cmocka_unit_test(file_keeps_every_event),  cmocka_unit_test(wrong_files_get_one_message),
        cmocka_unit_test(phrases_name_the_detail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
