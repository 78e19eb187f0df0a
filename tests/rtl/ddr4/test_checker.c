/* SPDX-License-Identifier: Apache-2.0 */
/* The DDR4 checker against mutations of recorded legal traces: a command moved earlier, dropped,
 * to another row, data at the wrong clock. What must be reported comes from a plain table of
 * pairwise rules that looks back over the whole trace. */
#include <stdlib.h>
#include <string.h>

#include "checker_face.h"
#include "test.h"

enum { NOP, ACT, RD, WR, PRE, PREA, REF, PDE, PDX, SRE, SRX, LENGTH = 900, REPORTS = 64 };

typedef struct {
    const brg_ddr4_part *part;
    uint32_t timing[BRG_DDR4_TIMING_WORDS];
    ddr4_event events[4 * LENGTH];
    size_t count;
    bool two_ranks;
} trace;

static unsigned caught[32], mutations;

static void record(trace *t, const brg_ddr4_part *part, unsigned kind, uint64_t seed) {
    memset(t, 0, sizeof *t);
    t->part = part;
    assert_int_equal(brg_ddr4_timing_pack(t->timing, part, 1), BRG_OK);
    brg_ddr4_policy policy = brg_ddr4_policy_default();
    policy.refresh = false;
    policy.in_order = kind == 3;
    policy.closed_page = kind == 2;
    policy.ranks = kind == 1 ? 2 : 1;
    t->two_ranks = policy.ranks == 2;
    /* Few lines: rows are hit, wanted again soon, and of one bank group. */
    const ddr4_load load = {.pattern = PATTERN_RANDOM,
                            .requests = 300,
                            .writes_256 = kind == 0 ? 40 : 100,
                            .lines = kind == 2 ? 400 : 90,
                            .seed = seed};
    const ddr4_result r = ddr4_drive(part, &policy, &load, t->events, LENGTH, &t->count);
    assert_int_equal(r.violations, 0);
}

static bool same(const ddr4_event *a, const ddr4_event *b, unsigned shift) {
    return a->bank >> shift == b->bank >> shift;
}

/* What the JEDEC rules say of event i, by looking at every earlier command. */
static uint32_t expected(const trace *t, const ddr4_event *events, size_t i) {
    const uint16_t *p = t->part->timing;
    const ddr4_event *e = &events[i];
    const unsigned c = e->command;
    uint32_t mask = 0;
    if (c == NOP) return 0;
    bool open = false;
    uint16_t row = 0;
    unsigned activates = 0;
    const uint64_t data = e->cycle + (c == RD ? p[BRG_DDR4_CL] : p[BRG_DDR4_CWL]);
#define RULE(condition, field, offset) \
    if ((condition) && e->cycle < o->cycle + (offset) + p[field]) mask |= 1u << (field)
    for (size_t k = 0; k < i; k++) {
        const ddr4_event *o = &events[k];
        if (!same(o, e, 4)) continue;
        if (o->command == ACT && same(o, e, 0)) {
            open = true;
            row = o->row;
        }
        if ((o->command == PRE && same(o, e, 0)) || o->command == PREA) open = false;
    }
    for (size_t back = i; back-- > 0;) {
        const ddr4_event *o = &events[back];
        const unsigned d = o->command;
        const bool bank = same(o, e, 0), group = same(o, e, 2), rank = same(o, e, 4);
        const unsigned written = (unsigned)p[BRG_DDR4_CWL] + p[BRG_DDR4_BURST];
        if (d == NOP) continue;
        RULE(rank && d == REF, BRG_DDR4_RFC, 0);
        if (c == ACT) {
            RULE(bank && d == ACT, BRG_DDR4_RC, 0);
            RULE((bank && d == PRE) || (rank && d == PREA), BRG_DDR4_RP, 0);
            RULE(group && d == ACT, BRG_DDR4_RRD_L, 0);
            RULE(rank && !group && d == ACT, BRG_DDR4_RRD_S, 0);
            if (rank && d == ACT && ++activates == 4) RULE(true, BRG_DDR4_FAW, 0);
        } else if (c == RD || c == WR) {
            RULE(bank && d == ACT, BRG_DDR4_RCD, 0);
            RULE(group && d == c, BRG_DDR4_CCD_L, 0);
            RULE(rank && !group && d == c, BRG_DDR4_CCD_S, 0);
            if (c == RD) {
                RULE(group && d == WR, BRG_DDR4_WTR_L, written);
                RULE(rank && !group && d == WR, BRG_DDR4_WTR_S, written);
            } else {
                RULE(rank && d == RD, BRG_DDR4_RTW, 0);
            }
            if (d == RD || d == WR) {
                const uint64_t end =
                    o->cycle + p[d == RD ? BRG_DDR4_CL : BRG_DDR4_CWL] + p[BRG_DDR4_BURST];
                if (data < end)
                    mask |= 1u << BRG_DDR4_ERR_BUS;
                else if (!rank && data < end + p[BRG_DDR4_RTRS])
                    mask |= 1u << BRG_DDR4_RTRS;
            }
        } else if ((c == PRE && bank && open) || (c == PREA && rank)) {
            RULE(d == ACT, BRG_DDR4_RAS, 0);
            RULE(d == RD, BRG_DDR4_RTP, 0);
            RULE(d == WR, BRG_DDR4_WR, written);
        } else if (c == REF) {
            RULE(rank && (d == PRE || d == PREA), BRG_DDR4_RP, 0);
            RULE(rank && d == ACT, BRG_DDR4_RC, 0);
        }
    }
    if (c == ACT && open) mask |= 1u << BRG_DDR4_ERR_OPEN;
    if ((c == RD || c == WR) && !open) mask |= 1u << BRG_DDR4_ERR_CLOSED;
    if ((c == RD || c == WR) && open && row != e->row) mask |= 1u << BRG_DDR4_ERR_ROW;
    return mask;
}

static size_t play(const trace *t, const ddr4_event *events, size_t count,
                   checker_report reports[REPORTS]) {
    return checker_play(t->timing, false, 0, t->two_ranks, events, count,
                        count ? events[count - 1].cycle + 2 : 2, reports, REPORTS);
}

/* Commands only: the data pins have tests of their own. */
static uint32_t reported_at(const checker_report *reports, size_t n, uint64_t cycle) {
    const uint32_t data = 1u << BRG_DDR4_CL | 1u << BRG_DDR4_CWL;
    for (size_t k = 0; k < n && k < REPORTS; k++)
        if (reports[k].cycle == cycle) return reports[k].mask & ~data;
    return 0;
}

/* Plays the trace up to the mutated event i and compares what is said of it. */
static void judge(const trace *t, const ddr4_event *events, size_t i) {
    checker_report reports[REPORTS];
    const uint32_t want = expected(t, events, i);
    const size_t n = play(t, events, i + 1, reports);
    assert_int_equal(reported_at(reports, n, events[i].cycle), want);
    if (!want) return;
    mutations++;
    for (unsigned code = 0; code < 32; code++) caught[code] += want >> code & 1;
}

static void test_legal(void **state) {
    (void)state;
    trace *t = malloc(sizeof *t);
    assert_non_null(t);
    for (unsigned kind = 0; kind < 4; kind++) {
        record(t, brg_ddr4_part_at(kind % 2), kind, 11 + kind);
        checker_report reports[REPORTS];
        assert_int_equal(play(t, t->events, t->count, reports), 0);
        for (size_t i = 0; i < t->count; i++) assert_int_equal(expected(t, t->events, i), 0);
    }
    free(t);
}

static void test_moved_earlier(void **state) {
    (void)state;
    trace *t = malloc(sizeof *t), *m = malloc(sizeof *m);
    assert_true(t && m);
    for (unsigned kind = 0; kind < 8; kind++) {
        record(t, brg_ddr4_part_at(kind / 4), kind % 4, 30 + kind);
        for (size_t i = 1; i < t->count && i < 260; i++) {
            if (!t->events[i].command) continue;
            const uint64_t room = t->events[i].cycle - t->events[i - 1].cycle;
            for (uint64_t by = 1; by < room && by < 4; by++) {
                memcpy(m, t, sizeof *m);
                m->events[i].cycle -= by;
                m->events[i].wr_valid = m->events[i].rd_valid = false;
                judge(m, m->events, i);
            }
        }
    }
    free(t);
    free(m);
}

static void test_dropped_and_wrong(void **state) {
    (void)state;
    trace *t = malloc(sizeof *t), *m = malloc(sizeof *m);
    assert_true(t && m);
    record(t, brg_ddr4_part_at(0), 0, 77);
    for (size_t i = 1; i < t->count && i < 300; i++) {
        const unsigned c = t->events[i].command;
        memcpy(m, t, sizeof *m);
        if (c == RD || c == WR) {
            m->events[i].row ^= 1;
            judge(m, m->events, i);
            m->events[i].row ^= 1;
            m->events[i].bank ^= 1;
            judge(m, m->events, i);
        }
        if (c != PRE && c != ACT) continue;
        /* Dropped: the next command of the bank finds it in the wrong state. */
        m->events[i].command = NOP;
        for (size_t k = i + 1; k < t->count; k++) {
            if (!m->events[k].command || !same(&m->events[k], &t->events[i], 0)) continue;
            judge(m, m->events, k);
            break;
        }
    }
    free(t);
    free(m);
}

/* A hand-written trace for what the controller never sends, and for refresh. */
static void expect(const ddr4_event *events, size_t n, bool refresh, uint64_t end, uint64_t cycle,
                   uint32_t mask) {
    uint32_t timing[BRG_DDR4_TIMING_WORDS];
    assert_int_equal(brg_ddr4_timing_pack(timing, brg_ddr4_part_at(0), 1), BRG_OK);
    checker_report reports[REPORTS];
    const size_t found = checker_play(timing, refresh, 0, false, events, n, end, reports, REPORTS);
    assert_int_equal(found, mask ? 1 : 0);
    if (!mask) return;
    assert_true(cycle == 0 || reports[0].cycle == cycle);
    assert_int_equal(reports[0].mask, mask);
    mutations++;
    for (unsigned code = 0; code < 32; code++) caught[code] += mask >> code & 1;
}

#define EVENT(c, at) \
    { .command = (c), .cycle = (at) }

static void test_power_and_refresh(void **state) {
    (void)state;
    const uint16_t *p = brg_ddr4_part_at(0)->timing;
    for (unsigned early = 0; early < 3; early++) {
        const uint32_t bad = early ? 1 : 0;
        const ddr4_event xp[] = {EVENT(PDE, 10), EVENT(PDX, 30),
                                 EVENT(ACT, 30 + p[BRG_DDR4_XP] - early)};
        expect(xp, 3, false, 200, xp[2].cycle, bad << BRG_DDR4_XP);
        const ddr4_event cke[] = {EVENT(PDE, 10), EVENT(PDX, 10 + p[BRG_DDR4_CKE] - early)};
        expect(cke, 2, false, 200, cke[1].cycle, bad << BRG_DDR4_CKE);
        const ddr4_event again[] = {EVENT(PDE, 10), EVENT(PDX, 40),
                                    EVENT(PDE, 40 + p[BRG_DDR4_CKE] - early)};
        expect(again, 3, false, 200, again[2].cycle, bad << BRG_DDR4_CKE);
        const ddr4_event xs[] = {EVENT(SRE, 10), EVENT(SRX, 90),
                                 EVENT(ACT, 90 + p[BRG_DDR4_XS] - early)};
        expect(xs, 3, false, 900, xs[2].cycle, bad << BRG_DDR4_XS);
        const ddr4_event rfc[] = {EVENT(REF, 10), EVENT(ACT, 10 + p[BRG_DDR4_RFC] - early)};
        expect(rfc, 2, false, 900, rfc[1].cycle, bad << BRG_DDR4_RFC);
        const ddr4_event rp[] = {EVENT(ACT, 10), EVENT(PREA, 100),
                                 EVENT(REF, 100 + p[BRG_DDR4_RP] - early)};
        expect(rp, 3, false, 900, rp[2].cycle, bad << BRG_DDR4_RP);
        /* Data a clock too early or not at all. */
        const uint64_t first = 40 + p[BRG_DDR4_CL] + 3, second = 40 + p[BRG_DDR4_CWL] + 3;
        ddr4_event read[] = {EVENT(ACT, 10), EVENT(RD, 40), EVENT(NOP, first)};
        read[2].rd_valid = !early;
        expect(read, 3, false, 200, first, bad << BRG_DDR4_CL);
        ddr4_event write[] = {EVENT(ACT, 10), EVENT(WR, 40), EVENT(NOP, second)};
        write[2].wr_valid = !early;
        expect(write, 3, false, 200, second, bad << BRG_DDR4_CWL);
    }
    const ddr4_event open[] = {EVENT(ACT, 10), EVENT(REF, 100)};
    expect(open, 2, false, 900, 100, 1u << BRG_DDR4_ERR_REF_OPEN);
    const ddr4_event down[] = {EVENT(PDE, 10), EVENT(ACT, 100)};
    expect(down, 2, false, 900, 100, 1u << BRG_DDR4_ERR_POWER);
    const ddr4_event unknown[] = {EVENT(13, 10)};
    expect(unknown, 1, false, 900, 10, 1u << BRG_DDR4_ERR_COMMAND);
    /* One REF a tREFI is enough; one that is missing is found at the end of its interval. */
    ddr4_event refreshes[10];
    for (unsigned k = 0; k < 10; k++)
        refreshes[k] = (ddr4_event){.command = REF, .cycle = (k + 1u) * p[BRG_DDR4_REFI] + 300};
    expect(refreshes, 10, true, 10u * p[BRG_DDR4_REFI] + 500, 0, 0);
    for (unsigned drop = 0; drop < 9; drop++) {
        ddr4_event skipped[9];
        for (unsigned k = 0, n = 0; k < 10; k++)
            if (k != drop) skipped[n++] = refreshes[k];
        expect(skipped, 9, true, 10u * p[BRG_DDR4_REFI] + 500, 0, 1u << BRG_DDR4_REFI);
    }
}

static void test_every_parameter(void **state) {
    (void)state;
    print_message("%u mutations caught:", mutations);
    for (unsigned code = 0; code < BRG_DDR4_ERR_CODES; code++)
        if (caught[code]) print_message(" %s %u,", brg_ddr4_violation_name(code), caught[code]);
    print_message("\n");
    assert_true(mutations >= 100);
    for (unsigned code = 0; code < BRG_DDR4_ERR_CODES; code++) {
        /* BL is no distance of its own: bursts that meet are a data bus overlap. */
        if (code == BRG_DDR4_BURST) continue;
        if (!caught[code]) print_error("%s was never violated\n", brg_ddr4_violation_name(code));
        assert_true(caught[code] > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legal),
        cmocka_unit_test(test_moved_earlier),
        cmocka_unit_test(test_dropped_and_wrong),
        cmocka_unit_test(test_power_and_refresh),
        cmocka_unit_test(test_every_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
