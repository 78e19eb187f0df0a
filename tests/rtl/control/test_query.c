/* SPDX-License-Identifier: Apache-2.0 */
/* Queries through brg_system: status codes, flow of the program, readout, back-pressure, aborts and
 * resets at random moments. */
#include <string.h>

#include "rig.h"

static word step(unsigned next) {
    word w = {{0}};
    word_put(&w, W_NEXT, next);
    return w;
}

static word slice_of(unsigned class, unsigned next) {
    word w = step(next);
    word_put(&w, W_CLASS, class);
    return w;
}

static word sealed(word w) {
    word_seal(&w);
    return w;
}

static uint32_t run(rig *r, unsigned n, unsigned k, uint32_t duration, const word *words,
                    unsigned count) {
    rig_program(r, n, k, duration, words, count);
    rig_write(r, R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR);
    rig_forget(r);
    rig_push(r, 0, 1);
    return rig_result(r, 100000, NULL, NULL);
}

static void test_parity(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 40);
    word program[5];
    for (unsigned i = 0; i < 5; i++) {
        program[i] = slice_of(1 + i, i == 4 ? OP_HALT : OP_STEP);
        word_put(&program[i], W_LATCH, i);
        word_seal(&program[i]);
    }
    assert_int_equal(run(&r, 3, 1, 2, program, 5), Q_OK);
    assert_int_equal(rig_count(&r, 'S'), 5);
    for (unsigned bit = 0; bit < 192; bit++) {
        word broken[5];
        memcpy(broken, program, sizeof broken);
        word_flip(&broken[2], bit);
        assert_int_equal(run(&r, 3, 1, 2, broken, 5), Q_PARITY);
        assert_int_equal(rig_count(&r, 'S'), 2);
        assert_int_equal(rig_nth(&r, 'E', 0)->status, Q_PARITY);
        assert_int_equal(rig_read(&r, R_STATUS) >> 4 & 0xf, Q_PARITY);
    }
    assert_int_equal(run(&r, 3, 1, 2, program, 5), Q_OK);
    rig_close(&r);
}

static void expect_bad(rig *r, word w) {
    const word program[2] = {sealed(slice_of(6, OP_STEP)), sealed(w)};
    assert_int_equal(run(r, 5, 7, 1, program, 2), Q_BAD_WORD);
    assert_int_equal(rig_count(r, 'S'), 1);
}

static void test_bad_words(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 41);
    word w;
    for (unsigned b = 134; b < 184; b++) {
        w = slice_of(6, OP_HALT);
        word_flip(&w, b);
        expect_bad(&r, w);
    }
    for (unsigned b = 111; b < 114; b++) { /* wait bits 5..7 */
        w = slice_of(6, OP_HALT);
        word_flip(&w, b);
        expect_bad(&r, w);
    }
    for (unsigned next = 5; next < 8; next++) expect_bad(&r, slice_of(6, next));
    /* n = 5: routes up to layer 3, latches up to layer 4, indices below 5; k = 7. */
    static const struct {
        unsigned low, width, bad, good, valid;
    } fields[] = {{0, 24, 1u << 4, 1u << 3, 0},
                  {24, 24, 1u << 5, 1u << 4, 0},
                  {50, 5, 5, 4, 49},
                  {56, 5, 5, 4, 55},
                  {62, 6, 7, 6, 61},
                  {69, 6, 7, 6, 68},
                  {76, 6, 7, 6, 75},
                  {86, 12, 1, 0, 75},
                  {98, 2, 1, 0, 75}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        w = slice_of(6, OP_HALT);
        if (fields[i].valid) word_put(&w, fields[i].valid, 1, 1);
        word_put(&w, fields[i].low, fields[i].width, fields[i].bad);
        expect_bad(&r, w);
        word_put(&w, fields[i].low, fields[i].width, fields[i].good);
        const word good = sealed(w);
        assert_int_equal(run(&r, 5, 7, 1, &good, 1), Q_OK);
        word_put(&w, W_CLASS, 0); /* an operation needs a class */
        if (word_get(&w, 0, 84)) expect_bad(&r, w);
    }
    rig_close(&r);
}

static void test_program_end(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 42);
    word program[3] = {sealed(slice_of(1, OP_STEP)), sealed(slice_of(1, OP_STEP)),
                       sealed(slice_of(1, OP_STEP))};
    assert_int_equal(run(&r, 2, 1, 3, program, 3), Q_PROGRAM_END);
    assert_int_equal(rig_count(&r, 'S'), 3);
    word_put(&program[1], W_NEXT, OP_JUMP);
    for (unsigned target = 3; target < 4096; target += 341) {
        word_put(&program[1], W_TARGET, target);
        word_seal(&program[1]);
        assert_int_equal(run(&r, 2, 1, 3, program, 3), Q_PROGRAM_END);
        assert_int_equal(rig_count(&r, 'S'), 2);
    }
    /* An entry beyond the program, and no program at all. */
    rig_write(&r, R_PROGRAM, 3u << 16 | 3);
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 1000, NULL, NULL), Q_PROGRAM_END);
    rig_write(&r, R_PROGRAM, 0);
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 1000, NULL, NULL), Q_PROGRAM_END);
    /* A length beyond the store ends at its last word. */
    static word steps[1024];
    for (unsigned i = 0; i < 1024; i++) steps[i] = sealed(slice_of(1, OP_STEP));
    rig_store(&r, 0, steps, 1024);
    rig_write(&r, R_PROGRAM, 0x1fffu << 16);
    rig_forget(&r);
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 10000, NULL, NULL), Q_PROGRAM_END);
    assert_int_equal(rig_count(&r, 'S'), 1024);
    rig_close(&r);
}

/* A query of exactly WATCHDOG cycles passes; one cycle less and it ends there. */
static void test_watchdog(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 43);
    const word program[3] = {sealed(slice_of(1, OP_STEP)), sealed(slice_of(1, OP_STEP)),
                             sealed(slice_of(1, OP_HALT))};
    rig_program(&r, 2, 1, 10, program, 3);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    for (uint32_t limit = 1; limit <= 33; limit++) {
        rig_write(&r, R_WATCHDOG, limit);
        rig_forget(&r);
        rig_push(&r, 0, 1);
        assert_int_equal(rig_result(&r, 1000, NULL, NULL), limit < 30 ? Q_WATCHDOG : Q_OK);
        assert_int_equal(rig_count(&r, 'S'), limit < 30 ? 1 + (limit - 1) / 10 : 3);
        const uint64_t ran = rig_nth(&r, 'E', 0)->cycle - rig_nth(&r, 'B', 0)->cycle;
        assert_int_equal(ran, limit < 30 ? limit + 2 : 31);
    }
    /* A wait that never ends. */
    word w = step(OP_HALT);
    word_put(&w, W_WAIT, WAIT_HOST);
    word_seal(&w);
    rig_write(&r, R_WATCHDOG, 500);
    assert_int_equal(run(&r, 2, 1, 1, &w, 1), Q_WATCHDOG);
    /* And a halt whose readout is too slow. */
    w = step(OP_HALT);
    word_put(&w, W_MEASURE, 1);
    word_seal(&w);
    rig_program(&r, 2, 1, 1, &w, 1);
    rig_write(&r, R_DURATION + 4 * 7, 501);
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 2000, NULL, NULL), Q_WATCHDOG);
    rig_close(&r);
}

static void test_memory_errors(void **state) {
    (void)state;
    static word program[64];
    rig r;
    rig_open(&r, test_seed(44));
    const unsigned count = table_program(3, 4, program);
    /* Beat b belongs to plane b/2. A fetch that waits sees the error; one that finds its plane in
     * the latches goes on, and the end of the query tells. */
    for (int64_t beat = 0; beat < 8; beat++)
        for (int stalled = 0; stalled < 2; stalled++) {
            r.stall = stalled ? 120 : 0;
            r.error_resp = beat % 2 ? 2 : 3; /* SLVERR, DECERR */
            r.latency = 100;
            r.error_beat = (int64_t)r.beats + beat;
            assert_int_equal(run(&r, 3, 4, 1, program, count), Q_MEMORY_ERROR);
            if (beat < 2)
                assert_int_equal(rig_count(&r, 'S'), 9); /* the fetch of plane 0 is no. 10 */
            assert_true(rig_count(&r, 'S') <= count);
            rig_cycles(&r, 200); /* the rest of the page comes in */
            assert_int_equal(rig_read64(&r, R_ERRORS), 1);
            assert_int_equal(rig_read(&r, R_STATUS), 0x18);
            r.error_beat = -1;
            assert_int_equal(run(&r, 3, 4, 1, program, count), Q_OK); /* nothing is left behind */
        }
    /* A program that never waits for the page learns of it at its end... */
    word idle = sealed(slice_of(6, OP_HALT));
    r.stall = 0;
    r.error_beat = (int64_t)r.beats;
    assert_int_equal(run(&r, 3, 4, 1000, &idle, 1), Q_MEMORY_ERROR);
    assert_int_equal(rig_count(&r, 'S'), 1);
    /* ...unless it ends first. */
    r.latency = 1000;
    r.error_beat = (int64_t)r.beats;
    assert_int_equal(run(&r, 3, 4, 1, &idle, 1), Q_OK);
    rig_cycles(&r, 2000);
    r.error_beat = -1;
    r.latency = 10;
    assert_int_equal(run(&r, 3, 4, 1, program, count), Q_OK);
    rig_close(&r);
}

/* Loops nest, slices of one cycle follow each other without a gap, also across jumps. */
static void test_flow(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 45);
    /* 0: A  1: B  2: C loop1->1  3: D loop0->0  4: jump 6  5: never  6: E halt; loops 3 x (A, 2 x
     * (B C), D). */
    word p[7];
    for (unsigned i = 0; i < 7; i++) {
        p[i] = slice_of(1, OP_STEP);
        word_put(&p[i], W_LATCH, i + 1);
    }
    word_put(&p[2], W_NEXT, OP_LOOP), word_put(&p[2], W_LOOP, 1), word_put(&p[2], W_TARGET, 1);
    word_put(&p[3], W_NEXT, OP_LOOP), word_put(&p[3], W_LOOP, 0), word_put(&p[3], W_TARGET, 0);
    word_put(&p[4], W_NEXT, OP_JUMP), word_put(&p[4], W_TARGET, 6);
    word_put(&p[6], W_NEXT, OP_HALT);
    for (unsigned i = 0; i < 7; i++) word_seal(&p[i]);
    rig_write(&r, R_LOOP_COUNT, 3);
    rig_write(&r, R_LOOP_COUNT + 4, 2);
    assert_int_equal(run(&r, 3, 1, 1, p, 7), Q_OK);
    static const unsigned once[] = {1, 2, 3, 2, 3, 4};
    assert_int_equal(rig_count(&r, 'S'), 20);
    for (size_t s = 0; s < 20; s++) {
        const rig_event *e = rig_nth(&r, 'S', s);
        word seen;
        memcpy(seen.lane, e->slice.word, sizeof seen.lane);
        assert_int_equal(word_get(&seen, W_LATCH), s < 18 ? once[s % 6] : s == 18 ? 5 : 7);
        assert_int_equal(e->cycle, rig_nth(&r, 'B', 0)->cycle + 1 + s); /* back to back */
    }
    assert_int_equal(rig_read64(&r, R_CYCLES), 20);
    /* A control step costs a cycle, which belongs to the next slice's wait. */
    p[1] = sealed(step(OP_STEP));
    assert_int_equal(run(&r, 3, 1, 1, p, 7), Q_OK);
    assert_int_equal(rig_count(&r, 'S'), 14);
    assert_int_equal(rig_read64(&r, R_STALL + 8 * 6), 6);
    assert_int_equal(rig_read64(&r, R_CYCLES), 20);
    rig_close(&r);
}

static void test_index_base(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 46);
    for (unsigned base = 1; base < 4; base++) {
        word p[2] = {slice_of(2, OP_LOOP), slice_of(2, OP_HALT)};
        word_put(&p[0], W_LOOP, base - 1);
        word_put(&p[0], W_INDEX_BASE, base);
        word_put(&p[0], W_D_IN_VALID, 1), word_put(&p[0], W_D_IN, 10);
        word_put(&p[0], W_D_OUT_VALID, 1), word_put(&p[0], W_D_OUT, 0);
        word_put(&p[0], W_FETCH, 5); /* not valid: stays */
        word_seal(&p[0]), word_seal(&p[1]);
        rig_write(&r, (uint16_t)(R_LOOP_COUNT + 4 * (base - 1)), 6);
        assert_int_equal(run(&r, 4, 16, 1, p, 2), Q_OK);
        for (unsigned i = 0; i < 6; i++) {
            word seen;
            memcpy(seen.lane, rig_nth(&r, 'S', i)->slice.word, sizeof seen.lane);
            assert_int_equal(word_get(&seen, W_D_IN), 10 + i);
            assert_int_equal(word_get(&seen, W_D_OUT), i);
            assert_int_equal(word_get(&seen, W_FETCH), 5);
        }
        /* One turn more and d_in is beyond k = 16. */
        rig_write(&r, (uint16_t)(R_LOOP_COUNT + 4 * (base - 1)), 7);
        rig_push(&r, 0, 2);
        assert_int_equal(rig_result(&r, 1000, NULL, NULL), Q_BAD_WORD);
    }
    rig_close(&r);
}

static void test_branches(void **state) {
    (void)state;
    rig r;
    rig_open(&r, 47);
    for (unsigned flag = 0; flag < 4; flag++)
        for (unsigned set = 0; set < 2; set++) {
            /* 0: wait (measure when flag 1)  1: branch to 3  2: latch 1, halt  3: latch 2, halt */
            word p[4] = {step(OP_STEP), step(OP_BRANCH), slice_of(1, OP_HALT),
                         slice_of(1, OP_HALT)};
            if (flag == 1) word_put(&p[0], W_MEASURE, 1), word_put(&p[0], W_SET_FLAG, 1);
            word_put(&p[1], W_FLAG, flag);
            word_put(&p[1], W_TARGET, 3);
            word_put(&p[1], W_WAIT, flag == 1 ? WAIT_READOUT : 0);
            if (flag == 2) word_put(&p[0], W_CLASS, 6); /* 200 cycles for the page */
            word_put(&p[2], W_LATCH, 1);
            word_put(&p[3], W_LATCH, 2);
            for (unsigned i = 0; i < 4; i++) word_seal(&p[i]);
            rig_program(&r, 2, 1, 200, p, 4);
            r.readout_bits = set ? 1 : 2;
            r.error_beat = flag == 2 && set ? (int64_t)r.beats : -1;
            const uint32_t host = flag == 0 && set ? CONTROL_HOST : 0;
            rig_forget(&r);
            if (flag == 3 && set) { /* two queries in the queue before the first starts */
                rig_write(&r, R_CONTROL, 0);
                rig_push(&r, 0, 1);
                rig_push(&r, 0, 2);
            }
            rig_write(&r, R_CONTROL, CONTROL_ENABLE | host);
            if (!(flag == 3 && set)) rig_push(&r, 0, 1);
            const uint32_t end = rig_result(&r, 2000, NULL, NULL);
            assert_int_equal(end, flag == 2 && set ? Q_MEMORY_ERROR : Q_OK);
            if (flag == 3 && set) assert_int_equal(rig_result(&r, 2000, NULL, NULL), Q_OK);
            word seen;
            const size_t first = flag == 2 ? 1 : 0;
            memcpy(seen.lane, rig_nth(&r, 'S', first)->slice.word, sizeof seen.lane);
            assert_int_equal(word_get(&seen, W_LATCH), set ? 2 : 1);
        }
    rig_close(&r);
}

/* The bits come DURATION[7] cycles after the measure and release the wait in that cycle. */
static void test_readout(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(48));
    for (uint32_t length = 0; length < 40; length++) {
        const uint64_t cycles = length ? length : 1;
        word p[3] = {slice_of(1, OP_STEP), step(OP_STEP), slice_of(6, OP_HALT)};
        word_put(&p[1], W_MEASURE, 1);
        word_put(&p[2], W_WAIT, WAIT_READOUT);
        for (unsigned i = 0; i < 3; i++) word_seal(&p[i]);
        rig_program(&r, 2, 1, 3, p, 3);
        rig_write(&r, R_DURATION + 4 * 7, length);
        rig_write(&r, R_CONTROL, CONTROL_ENABLE);
        r.readout_bits = test_random(&r.random);
        rig_forget(&r);
        rig_push(&r, 0, 1);
        uint64_t bits = 0;
        assert_int_equal(rig_result(&r, 2000, NULL, &bits), Q_OK);
        assert_int_equal(bits, r.readout_bits);
        const rig_event *measured = rig_nth(&r, 'R', 0), *after = rig_nth(&r, 'S', 1);
        assert_int_equal(measured->cycle, rig_nth(&r, 'S', 0)->cycle + 3);
        assert_int_equal(after->cycle, measured->cycle + cycles);
        assert_int_equal(after->slice.wait_cycles[BRG_CAUSE_READOUT], cycles - 1);
        assert_int_equal(after->slice.wait_cycles[BRG_CAUSE_CONTROL], 1);

        /* A halt takes the readout in flight along; the result is complete. */
        word q = step(OP_HALT);
        word_put(&q, W_MEASURE, 1);
        word_seal(&q);
        rig_store(&r, 0, &q, 1);
        r.readout_bits = test_random(&r.random);
        rig_forget(&r);
        rig_push(&r, 0, 2);
        assert_int_equal(rig_result(&r, 2000, NULL, &bits), Q_OK);
        assert_int_equal(bits, r.readout_bits);
        assert_int_equal(rig_nth(&r, 'E', 0)->cycle, rig_nth(&r, 'R', 0)->cycle + cycles);

        /* A second measure waits for the first; the last one's bits are the result. */
        word m = step(OP_STEP);
        word_put(&m, W_MEASURE, 1);
        word_seal(&m);
        const word two[2] = {m, q};
        rig_store(&r, 0, two, 2);
        rig_write(&r, R_PROGRAM, 2u << 16);
        rig_forget(&r);
        rig_push(&r, 0, 3);
        assert_int_equal(rig_result(&r, 2000, NULL, &bits), Q_OK);
        assert_int_equal(rig_count(&r, 'R'), 2);
        assert_int_equal(rig_nth(&r, 'R', 1)->cycle, rig_nth(&r, 'R', 0)->cycle + cycles);
    }
    rig_close(&r);
}

/* ---- many queries on different pages */

enum { PAGES = 32 };

/* Every leaf word seen since the last rig_forget belongs to the page of the query that runs, in
 * order; a query that ended well had all its planes. Returns the queries begun. */
static size_t check_pages(const rig *r, unsigned n, unsigned k, size_t page_bytes) {
    const size_t groups = n > 9 ? (size_t)1 << (n - 9) : 1;
    size_t begun = 0, leaves = 0;
    uint32_t tag = 0;
    bool active = false;
    for (size_t i = 0; i < r->event_count; i++) {
        const rig_event *e = &r->events[i];
        if (e->kind == 'B') {
            assert_false(active);
            active = true;
            tag = e->tag;
            leaves = 0;
            begun++;
        } else if (e->kind == 'L') {
            assert_true(active);
            assert_int_equal(e->plane, leaves / groups);
            assert_int_equal(e->index, leaves % groups);
            assert_memory_equal(e->data, r->memory + page_bytes * (tag % PAGES) + 64 * leaves, 64);
            leaves++;
        } else if (e->kind == 'E') {
            assert_true(active);
            assert_int_equal(e->tag, tag);
            if (e->status == Q_OK) assert_int_equal(leaves, groups * k);
            active = false;
        }
    }
    return begun;
}

typedef struct traffic {
    rig r;
    unsigned n, k, count;
    word program[256];
    size_t page_bytes;
    uint8_t *memory;
    uint16_t next_tag;
} traffic;

static void traffic_setup(traffic *t) {
    rig *r = &t->r;
    t->n = 1 + (unsigned)rig_random(r, 11);
    t->k = 1 + (unsigned)rig_random(r, 6);
    t->count = table_program(t->n, t->k, t->program);
    t->page_bytes = (t->n > 9 ? (size_t)1 << (t->n - 3) : 64) * t->k;
    free(t->memory);
    t->memory = malloc(PAGES * t->page_bytes);
    assert_non_null(t->memory);
    for (size_t i = 0; i < PAGES * t->page_bytes; i++)
        t->memory[i] = (uint8_t)test_random(&r->random);
    r->memory = t->memory;
    r->memory_bytes = PAGES * t->page_bytes;
    r->stall = (unsigned)rig_random(r, 3) * (unsigned)rig_random(r, 110);
    r->latency = (unsigned)rig_random(r, 300);
    rig_program(r, t->n, t->k, 1 + (uint32_t)rig_random(r, 12), t->program, t->count);
    rig_write(r, R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR);
    rig_forget(r);
}

static void traffic_push(traffic *t) {
    rig_push(&t->r, t->page_bytes * (t->next_tag % PAGES), t->next_tag);
    t->next_tag++;
}

static void test_traffic(void **state) {
    (void)state;
    static traffic t;
    rig_open(&t.r, test_seed(50));
    for (unsigned round = 0; round < 60; round++) {
        traffic_setup(&t);
        const unsigned queries = 1 + (unsigned)rig_random(&t.r, 12);
        uint16_t expected = t.next_tag;
        for (unsigned q = 0; q < queries; q++) traffic_push(&t);
        for (unsigned q = 0; q < queries; q++) {
            uint16_t tag = 0;
            assert_int_equal(rig_result(&t.r, 200000, &tag, NULL), Q_OK);
            assert_int_equal(tag, expected++);
        }
        assert_int_equal(check_pages(&t.r, t.n, t.k, t.page_bytes), queries);
        assert_int_equal(rig_read64(&t.r, R_SLICES), (uint64_t)queries * t.count);
        assert_int_equal(rig_read64(&t.r, R_BEATS), queries * t.page_bytes / 32);
        /* The waits of every slice add up to the counters. */
        uint64_t stall[7] = {0};
        for (size_t i = 0; i < t.r.event_count; i++)
            if (t.r.events[i].kind == 'S')
                for (int c = 0; c < 7; c++) stall[c] += t.r.events[i].slice.wait_cycles[c];
        for (unsigned c = 0; c < 7; c++)
            assert_int_equal(rig_read64(&t.r, (uint16_t)(R_STALL + 8 * c)), stall[c]);
    }
    rig_close(&t.r);
    free(t.memory);
}

/* An abort at any moment: every query pushed gets one result, in order, first good ones, then
 * aborted ones; then the controller works as before, without a reset. */
static void test_aborts(void **state) {
    (void)state;
    static traffic t;
    memset(&t, 0, sizeof t);
    rig_open(&t.r, test_seed(51));
    unsigned aborted = 0;
    for (unsigned round = 0; round < 150; round++) {
        traffic_setup(&t);
        const unsigned queries = 1 + (unsigned)rig_random(&t.r, 8);
        uint16_t expected = t.next_tag;
        for (unsigned q = 0; q < queries; q++) traffic_push(&t);
        rig_cycles(&t.r, (unsigned)rig_random(&t.r, 200 * queries));
        rig_write(&t.r, R_CONTROL, CONTROL_ENABLE | CONTROL_ABORT);
        bool seen = false;
        for (unsigned q = 0; q < queries; q++) {
            uint16_t tag = 0;
            const uint32_t end = rig_result(&t.r, 200000, &tag, NULL);
            assert_int_equal(tag, expected++);
            assert_true(end == Q_ABORTED || (end == Q_OK && !seen));
            seen = seen || end == Q_ABORTED;
            aborted += end == Q_ABORTED;
        }
        while (rig_read(&t.r, R_STATUS) & 1) rig_cycle(&t.r);
        assert_int_equal(rig_read(&t.r, R_STATUS) & 0xff0f, 0x8);
        assert_int_equal(rig_count(&t.r, 'B'), rig_count(&t.r, 'E'));
        assert_int_equal(rig_read64(&t.r, R_QUERIES), queries);
        check_pages(&t.r, t.n, t.k, t.page_bytes);
        rig_forget(&t.r);
        traffic_push(&t);
        assert_int_equal(rig_result(&t.r, 200000, NULL, NULL), Q_OK);
        assert_int_equal(check_pages(&t.r, t.n, t.k, t.page_bytes), 1);
    }
    print_message("%u queries aborted\n", aborted);
    assert_true(aborted > 100);
    rig_close(&t.r);
    free(t.memory);
}

static void test_resets(void **state) {
    (void)state;
    static traffic t;
    memset(&t, 0, sizeof t);
    rig_open(&t.r, test_seed(52));
    unsigned interrupted = 0;
    for (unsigned round = 0; round < 150; round++) {
        traffic_setup(&t);
        const unsigned queries = 1 + (unsigned)rig_random(&t.r, 8);
        for (unsigned q = 0; q < queries; q++) traffic_push(&t);
        rig_cycles(&t.r, (unsigned)rig_random(&t.r, 200 * queries));
        interrupted += rig_count(&t.r, 'B') != rig_count(&t.r, 'E');
        if (rig_random(&t.r, 2)) rig_write_start(&t.r, R_WATCHDOG, 5, 0xf);
        rig_cycles(&t.r, (unsigned)rig_random(&t.r, 4));
        rig_reset(&t.r);
        assert_int_equal(rig_read(&t.r, R_STATUS), 0x8);
        assert_int_equal(rig_read(&t.r, R_RESULT_STATUS), 0);
        assert_int_equal(rig_read64(&t.r, R_QUERIES), 0);
        traffic_setup(&t);
        traffic_push(&t);
        assert_int_equal(rig_result(&t.r, 200000, NULL, NULL), Q_OK);
        assert_int_equal(check_pages(&t.r, t.n, t.k, t.page_bytes), 1);
    }
    print_message("%u resets in the middle of a query\n", interrupted);
    assert_true(interrupted > 20);
    rig_close(&t.r);
    free(t.memory);
}

/* Errors on random beats of queries in a row: each query tells for itself. */
static void test_errors_in_traffic(void **state) {
    (void)state;
    static traffic t;
    memset(&t, 0, sizeof t);
    rig_open(&t.r, test_seed(53));
    unsigned failed = 0;
    for (unsigned round = 0; round < 80; round++) {
        traffic_setup(&t);
        const unsigned queries = 1 + (unsigned)rig_random(&t.r, 8);
        const uint64_t beats = t.page_bytes / 32;
        const uint64_t bad = rig_random(&t.r, beats * queries);
        t.r.error_beat = (int64_t)(t.r.beats + bad);
        t.r.error_resp = (uint8_t)(2 + rig_random(&t.r, 2));
        for (unsigned q = 0; q < queries; q++) traffic_push(&t);
        for (unsigned q = 0; q < queries; q++) {
            const uint32_t end = rig_result(&t.r, 200000, NULL, NULL);
            assert_int_equal(end, q == bad / beats ? Q_MEMORY_ERROR : Q_OK);
            failed += end != Q_OK;
        }
        t.r.error_beat = -1;
        /* The page of the last query may still be coming in. */
        for (unsigned i = 0; i < 20000 && rig_read64(&t.r, R_BEATS) < beats * queries; i++)
            rig_cycle(&t.r);
        assert_int_equal(rig_read64(&t.r, R_ERRORS), 1);
    }
    assert_int_equal(failed, 80);
    rig_close(&t.r);
    free(t.memory);
}

/* Observables are asked for after each slice, layers 0..n-1 in order, and only on demand. */
static void test_observables(void **state) {
    (void)state;
    rig r;
    static word program[64];
    rig_open(&r, 54);
    const unsigned count = table_program(3, 2, program);
    r.in->observe = true;
    assert_int_equal(run(&r, 3, 2, 2, program, count), Q_OK);
    assert_int_equal(rig_count(&r, 'O'), count);
    assert_int_equal(rig_count(&r, 'P'), 3 * count);
    for (size_t i = 0; i < r.event_count; i++) {
        if (r.events[i].kind != 'S') continue;
        assert_int_equal(r.events[i + 1].kind, 'O');
        for (unsigned l = 0; l < 3; l++) {
            assert_int_equal(r.events[i + 2 + l].kind, 'P');
            assert_int_equal(r.events[i + 2 + l].plane, l);
        }
    }
    r.in->observe = false;
    assert_int_equal(run(&r, 3, 2, 2, program, count), Q_OK);
    assert_int_equal(rig_count(&r, 'O') + rig_count(&r, 'P'), 0);
    rig_close(&r);
}

/* Two models do not see each other's calls. */
static void test_instances(void **state) {
    (void)state;
    static word program[64];
    static rig a, b;
    rig_open(&a, 55);
    rig_open(&b, 56);
    const unsigned count = table_program(2, 1, program);
    assert_int_equal(run(&a, 2, 1, 2, program, count), Q_OK);
    assert_int_equal(rig_count(&a, 'S'), count);
    assert_int_equal(b.event_count, 0);
    assert_int_equal(run(&b, 2, 1, 3, program, count), Q_OK);
    assert_int_equal(rig_count(&b, 'S'), count);
    assert_int_equal(rig_count(&a, 'S'), count);
    rig_close(&a);
    assert_int_equal(run(&b, 2, 1, 3, program, count), Q_OK);
    rig_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_program_end),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_memory_errors),
        cmocka_unit_test(test_flow),
        cmocka_unit_test(test_index_base),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_readout),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_aborts),
        cmocka_unit_test(test_resets),
        cmocka_unit_test(test_errors_in_traffic),
        cmocka_unit_test(test_observables),
        cmocka_unit_test(test_instances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
