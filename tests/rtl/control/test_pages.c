/* SPDX-License-Identifier: Apache-2.0 */
/* Paged queries through brg_system: the slice table with k -> kK, leaf data of each fetch, the
 * double bank, loops over pages, and how they fail. */
#include <string.h>

#include "rig.h"

typedef struct paged {
    rig r;
    unsigned n, k, pages, count;
    uint32_t duration;
    size_t plane_bytes, page_bytes;
    uint8_t *memory;
    word program[1024];
    uint64_t versions; /* data versions of the queries before */
} paged;

static void open_paged(paged *p, uint64_t seed) {
    memset(p, 0, sizeof *p);
    rig_open(&p->r, seed);
}

static void close_paged(paged *p) {
    rig_close(&p->r);
    free(p->memory);
}

/* Geometry with pages, program, random data, one query after another possible. */
static void set_up(paged *p, unsigned n, unsigned k, unsigned pages, uint32_t duration) {
    rig *r = &p->r;
    p->n = n, p->k = k, p->pages = pages, p->duration = duration;
    p->count = paged_program(n, k, pages, p->program);
    p->plane_bytes = n > 9 ? (size_t)1 << (n - 3) : 64;
    p->page_bytes = p->plane_bytes * k;
    free(p->memory);
    p->memory = malloc(p->page_bytes * pages);
    assert_non_null(p->memory);
    for (size_t i = 0; i < p->page_bytes * pages; i++)
        p->memory[i] = (uint8_t)test_random(&r->random);
    r->memory = p->memory;
    r->memory_bytes = p->page_bytes * pages;
    rig_program(r, n, k, duration, p->program, p->count);
    rig_write(r, R_GEOMETRY, n | k << 8 | (pages - 1) << 16);
    rig_write(r, R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR);
    rig_forget(r);
}

static uint32_t query(paged *p) {
    rig_push(&p->r, 0, 7);
    return rig_result(&p->r, 4000000, NULL, NULL);
}

/* Every slice is that of the table, back to back but for its waits, and in the slice of each fetch
 * the latches hold the plane of its page, whole, with its version, until the slice is over. Returns
 * the cycles waited for cause 0 and 1 after the first fetch. */
static void check_query(paged *p, uint64_t late[2]) {
    const rig *r = &p->r;
    const size_t groups = p->plane_bytes / 64;
    uint8_t *latches = calloc(1, p->page_bytes);
    uint32_t *version = malloc(p->k * sizeof *version), s = 0, fetches = 0;
    assert_non_null(latches);
    assert_non_null(version);
    memset(version, 0xff, p->k * sizeof *version);
    uint64_t end = 0, fetch_over[64] = {0}, fetch_of[64] = {0};
    size_t leaves = 0;
    late[0] = late[1] = 0;
    for (size_t i = 0; i < r->event_count; i++) {
        const rig_event *e = &r->events[i];
        if (e->kind == 'B') end = e->cycle + 1;
        if (e->kind == 'L') {
            const size_t page = leaves / (groups * p->k);
            assert_int_equal(e->version, p->versions + page);
            assert_int_equal(e->plane, leaves / groups % p->k);
            assert_int_equal(e->index, leaves % groups);
            assert_memory_equal(e->data, p->memory + 64 * leaves, 64);
            if (page > 0) { /* the same plane of the page before is not read any more */
                assert_int_equal(fetch_of[e->plane], page); /* its number, from 1 */
                assert_true(e->cycle > fetch_over[e->plane]);
            }
            memcpy(latches + e->plane * p->plane_bytes + 64 * e->index, e->data, 64);
            version[e->plane] = e->index + 1 == groups ? e->version : UINT32_MAX;
            leaves++;
        }
        if (e->kind != 'S') continue;
        const brg_plant_slice *slice = &e->slice;
        const word table = paged_word(p->n, p->k, p->pages, ++s);
        word seen;
        memcpy(seen.lane, slice->word, sizeof seen.lane);
        assert_int_equal(slice->slice, s);
        for (unsigned b = 0; b < 106; b++)
            assert_int_equal(word_bit(&seen, b), word_bit(&table, b));
        for (unsigned b = 134; b < 159; b++)
            assert_int_equal(word_bit(&seen, b), word_bit(&table, b));
        assert_int_equal(slice->duration_cycles, p->duration);
        uint64_t wait = 0;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) wait += slice->wait_cycles[c];
        assert_int_equal(slice->cycle, end + wait);
        end = slice->cycle + p->duration;
        if (!word_get(&table, W_FETCH_VALID)) {
            assert_int_equal(wait, 0);
            continue;
        }
        const unsigned j = (unsigned)word_get(&table, W_FETCH);
        const uint64_t page = word_get(&table, W_PAGE);
        assert_int_equal(page * p->k + j, fetches);
        assert_int_equal(slice->version, p->versions + page);
        assert_int_equal(version[j], slice->version);
        assert_memory_equal(latches + j * p->plane_bytes,
                            p->memory + page * p->page_bytes + j * p->plane_bytes, p->plane_bytes);
        fetch_of[j] = page + 1;
        fetch_over[j] = end - 1;
        if (fetches++) {
            late[0] += slice->wait_cycles[BRG_CAUSE_MEMORY];
            late[1] += slice->wait_cycles[BRG_CAUSE_LATCH];
        }
    }
    assert_int_equal(s, 6 * p->n + 2 * p->k * p->pages - 1);
    assert_int_equal(fetches, p->k * p->pages);
    assert_int_equal(leaves, groups * p->k * p->pages);
    p->versions += p->pages;
    free(latches);
    free(version);
}

static void test_table(void **state) {
    (void)state;
    static paged p;
    uint64_t late[2];
    open_paged(&p, test_seed(90));
    for (unsigned pages = 2; pages <= 8; pages *= 2)
        for (unsigned n = 1; n <= 4; n++)
            for (unsigned k = 1; k <= 3; k++)
                for (unsigned stalled = 0; stalled < 2; stalled++) {
                    p.r.stall = stalled ? 40 + (unsigned)rig_random(&p.r, 150) : 0;
                    p.r.latency = stalled ? (unsigned)rig_random(&p.r, 100) : 10;
                    set_up(&p, n, k, pages, 1 + (uint32_t)rig_random(&p.r, 6));
                    for (unsigned q = 0; q < 2; q++) {
                        rig_forget(&p.r);
                        assert_int_equal(query(&p), Q_OK);
                        check_query(&p, late);
                    }
                    assert_int_equal(rig_read64(&p.r, R_BEATS), 2 * pages * p.page_bytes / 32);
                    assert_int_equal(rig_read64(&p.r, R_FETCH), (uint64_t)(2 * pages * k) << n);
                }
    close_paged(&p);
}

/* With a memory that answers in the time that a page is used, the pages after the first cost no
 * cycle: each comes while the one before is fetched. A slow one shows every wait as memory's. */
static void test_double_bank(void **state) {
    (void)state;
    static paged p;
    uint64_t late[2];
    open_paged(&p, 91);
    for (unsigned k = 1; k <= 8; k *= 2)
        for (unsigned n = 1; n <= 11; n += 5) {
            /* A page takes 2 k slices, its beats (2 a group and plane) and the answer less. */
            const uint32_t duration = n > 9 ? 16 : 8;
            p.r.latency = k < 4 ? 4 : 20;
            set_up(&p, n, k, 8, duration);
            assert_int_equal(query(&p), Q_OK);
            check_query(&p, late);
            assert_int_equal(late[0], 0);
            assert_int_equal(late[1], 0);
            /* Banks of two pages ahead hide that much latency and no more. */
            rig_forget(&p.r);
            p.r.latency = 3 * 2 * k * duration;
            assert_int_equal(query(&p), Q_OK);
            check_query(&p, late);
            assert_true(late[0] > 0);
        }
    close_paged(&p);
}

/* One loop over the pages of a query of n = 1: page_base counts them. */
static unsigned loop_program(word *program) {
    unsigned count = 0;
    static const struct {
        bool d_in, fetch, d_out;
    } body[] = {{true, false, false}, {false, true, false}, {false, false, true}};
    for (unsigned i = 0; i < 3; i++) {
        word w = {{0}};
        word_put(&w, W_CLASS, 5);
        word_put(&w, W_D_IN_VALID, body[i].d_in);
        word_put(&w, W_FETCH_VALID, body[i].fetch);
        word_put(&w, W_D_OUT_VALID, body[i].d_out);
        word_put(&w, W_CONTROLLED, body[i].d_in || body[i].d_out);
        word_put(&w, W_PAGE_BASE, 3);
        word_put(&w, W_WAIT, body[i].fetch ? WAIT_PAGE : 0);
        word_put(&w, W_LOOP, 2);
        word_put(&w, W_NEXT, i == 2 ? OP_LOOP : OP_STEP);
        word_seal(&w);
        program[count++] = w;
    }
    word halt = {{0}};
    word_put(&halt, W_NEXT, OP_HALT);
    word_seal(&halt);
    program[count++] = halt;
    return count;
}

static void test_page_base(void **state) {
    (void)state;
    static paged p;
    open_paged(&p, 92);
    static const unsigned pages[] = {2, 3, 8, 300, 4096};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        set_up(&p, 1, 1, 2, 1);
        const unsigned count = loop_program(p.program);
        free(p.memory);
        p.memory = calloc(pages[i], 64);
        assert_non_null(p.memory);
        for (unsigned page = 0; page < pages[i]; page++)
            memcpy(p.memory + 64 * page, &page, sizeof page);
        p.r.memory = p.memory;
        p.r.memory_bytes = 64 * (size_t)pages[i];
        rig_store(&p.r, 0, p.program, count);
        rig_write(&p.r, R_PROGRAM, count << 16);
        rig_write(&p.r, R_LOOP_COUNT + 8, pages[i]);
        rig_write(&p.r, R_GEOMETRY, 1 | 1 << 8 | (pages[i] - 1) << 16);
        rig_forget(&p.r);
        assert_int_equal(query(&p), Q_OK);
        assert_int_equal(rig_count(&p.r, 'S'), 3 * pages[i]);
        unsigned s = 0;
        uint64_t latched = UINT64_MAX;
        for (size_t e = 0; e < p.r.event_count; e++) {
            const rig_event *event = &p.r.events[e];
            if (event->kind == 'L') latched = event->data[0];
            if (event->kind != 'S') continue;
            word seen;
            memcpy(seen.lane, event->slice.word, sizeof seen.lane);
            const unsigned page = s / 3;
            assert_int_equal(word_get(&seen, W_D_IN_PAGE), s % 3 == 0 ? page : 0);
            assert_int_equal(word_get(&seen, W_PAGE), s % 3 == 1 ? page : 0);
            assert_int_equal(word_get(&seen, W_D_OUT_PAGE), s % 3 == 2 ? page : 0);
            if (s % 3 == 1) assert_int_equal(latched, page);
            s++;
        }
        if (pages[i] == 4096) break; /* one turn more would be page 0 again */
        rig_write(&p.r, R_LOOP_COUNT + 8, pages[i] + 1);
        rig_forget(&p.r);
        assert_int_equal(query(&p), Q_BAD_WORD);
        assert_int_equal(rig_count(&p.r, 'S'), 3 * pages[i]);
    }
    close_paged(&p);
}

/* Words and pages that cannot be: each ends the query by its name, at its word. */
static void test_faults(void **state) {
    (void)state;
    static paged p;
    uint64_t late[2];
    open_paged(&p, test_seed(93));
    static const struct {
        unsigned low, width, bad, valid; /* valid: the operation the field belongs to */
    } fields[] = {{86, 12, 4, 75}, {86, 12, 4095, 75}, {135, 12, 4, 61}, {147, 12, 4, 68}};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        set_up(&p, 2, 2, 4, 2);
        unsigned at = p.count / 2;
        while (!word_get(&p.program[at], fields[f].valid, 1)) at++;
        word *w = &p.program[at];
        word_put(w, fields[f].low, fields[f].width, fields[f].bad);
        word_seal(w);
        rig_store(&p.r, 0, p.program, p.count);
        rig_forget(&p.r);
        assert_int_equal(query(&p), Q_BAD_WORD);
        assert_int_equal(rig_count(&p.r, 'S'), at);
        p.versions += 4;
        /* The pages that no one wants any more are dropped, and the next query is right. */
        set_up(&p, 2, 2, 4, 2);
        assert_int_equal(query(&p), Q_OK);
        check_query(&p, late);
    }
    /* A page field, control or base without its operation. */
    static const unsigned stray[] = {134, 135, 158, 159, 160, 161, 183};
    for (size_t i = 0; i < sizeof stray / sizeof *stray; i++) {
        set_up(&p, 2, 2, 4, 2);
        assert_int_equal(word_get(&p.program[1], W_LATCH), 1);
        word_flip(&p.program[1], stray[i]);
        word_seal(&p.program[1]);
        rig_store(&p.r, 1, &p.program[1], 1);
        assert_int_equal(query(&p), Q_BAD_WORD);
        assert_int_equal(rig_count(&p.r, 'S'), 1);
        p.versions += 4;
    }
    /* A page that was left, and a plane a second time; of the last page it may be. */
    for (unsigned i = 0; i < 4; i++) {
        word w[4] = {{{0}}};
        static const unsigned page[4][3] = {{0, 1, 0}, {1, 1, 1}, {3, 3, 3}, {0, 0, 0}};
        for (unsigned s = 0; s < 3; s++) {
            word_put(&w[s], W_CLASS, 4);
            word_put(&w[s], W_FETCH_VALID, 1);
            word_put(&w[s], W_PAGE, page[i][s]);
            word_put(&w[s], W_FETCH, i == 3 ? s % 2 : 0);
            word_put(&w[s], W_WAIT, WAIT_PAGE);
            word_put(&w[s], W_NEXT, s == 2 ? OP_HALT : OP_STEP);
            word_seal(&w[s]);
        }
        set_up(&p, 2, 2, 4, 2);
        rig_store(&p.r, 0, w, 3);
        rig_write(&p.r, R_PROGRAM, 3u << 16);
        assert_int_equal(query(&p), i == 2 ? Q_OK : Q_BAD_WORD);
        static const size_t slices[] = {2, 1, 3, 2};
        assert_int_equal(rig_count(&p.r, 'S'), slices[i]);
        p.versions += 4;
    }
    /* Parity, the end of the program, an error of the memory in a later page. */
    set_up(&p, 2, 2, 4, 2);
    word broken = p.program[20];
    word_flip(&broken, 90);
    rig_store(&p.r, 20, &broken, 1);
    assert_int_equal(query(&p), Q_PARITY);
    assert_int_equal(rig_count(&p.r, 'S'), 20);
    set_up(&p, 2, 2, 4, 2);
    rig_write(&p.r, R_PROGRAM, (p.count - 1) << 16);
    assert_int_equal(query(&p), Q_PROGRAM_END);
    assert_int_equal(rig_count(&p.r, 'S'), p.count - 1);
    p.versions += 8;
    for (unsigned beat = 0; beat < 16; beat++) { /* 4 beats a page */
        set_up(&p, 2, 2, 4, 2);
        p.r.latency = 300;
        p.r.error_beat = (int64_t)(p.r.beats + beat);
        assert_int_equal(query(&p), Q_MEMORY_ERROR);
        assert_true(rig_count(&p.r, 'S') <= p.count);
        if (beat < 2) assert_int_equal(rig_count(&p.r, 'S'), 6); /* before the first fetch, 3n+1 */
        p.r.error_beat = -1;
        rig_cycles(&p.r, 2000);
        p.versions += 4;
    }
    p.r.latency = 10;
    set_up(&p, 2, 2, 4, 2);
    assert_int_equal(query(&p), Q_OK);
    check_query(&p, late);
    close_paged(&p);
}

/* page_wait entry: without a fetch the whole of page 0 is awaited, no other page. */
static void test_entry(void **state) {
    (void)state;
    static paged p;
    open_paged(&p, 94);
    set_up(&p, 10, 3, 4, 8);
    word_put(&p.program[0], W_WAIT, WAIT_PAGE);
    word_seal(&p.program[0]);
    rig_store(&p.r, 0, p.program, 1);
    assert_int_equal(query(&p), Q_OK);
    assert_int_equal(rig_count(&p.r, 'L'), 2 * 3 * 4);
    size_t before = 0;
    for (size_t i = 0; p.r.events[i].kind != 'S'; i++) before += p.r.events[i].kind == 'L';
    assert_in_range(before, 6, 6); /* and page 1 waits for the first fetch */
    for (size_t s = 1; s < p.count; s++)
        assert_int_equal(rig_nth(&p.r, 'S', s)->slice.wait_cycles[BRG_CAUSE_MEMORY], 0);
    close_paged(&p);
}

/* What a stalled fetch says it waits for, and whether the memory was asked. */
static void test_probe(void **state) {
    (void)state;
    static paged p;
    open_paged(&p, 95);
    p.r.latency = 500;
    set_up(&p, 2, 2, 4, 2);
    rig_push(&p.r, 0, 7);
    unsigned waited = 0, issued = 0;
    uint64_t counted = 0;
    for (unsigned i = 0; i < 20000 && rig_count(&p.r, 'E') == 0; i++) {
        rig_cycle(&p.r);
        const brg_rtl_out *o = p.r.out;
        unsigned fetches = 0; /* begun up to here */
        for (size_t e = 0; e < p.r.event_count; e++) {
            word seen;
            memcpy(seen.lane, p.r.events[e].slice.word, sizeof seen.lane);
            fetches += p.r.events[e].kind == 'S' && word_get(&seen, W_FETCH_VALID);
        }
        assert_false(o->await_word);
        if (o->waiting & 1) {
            assert_int_equal(o->await_page * 2 + o->await_plane, fetches);
            counted++;
            waited++;
            issued += o->await_issued;
        }
    }
    assert_true(waited > 500 && issued > 400);
    uint64_t stall = 0;
    for (size_t s = 0; s < p.count; s++)
        stall += rig_nth(&p.r, 'S', s)->slice.wait_cycles[BRG_CAUSE_MEMORY];
    assert_int_equal(counted, stall);
    assert_int_equal(rig_result(&p.r, 1000, NULL, NULL), Q_OK);
    close_paged(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_double_bank),
        cmocka_unit_test(test_page_base), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_entry),     cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
