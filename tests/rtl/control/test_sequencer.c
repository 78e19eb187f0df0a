/* SPDX-License-Identifier: Apache-2.0 */
/* The sequencer against its reference model: random programs, random conditions, cycle by cycle. */
#include <stddef.h>

#include "sequencer_face.h"
#include "sequencer_model.h"
#include "test.h"

typedef struct bench {
    seq_face *face;
    seq_model model;
    seq_in in;
    word program[MODEL_STORE_WORDS];
    uint64_t random;
    /* surroundings */
    unsigned density[4]; /* chance in 256 that pulse, decoder, host, result change */
    unsigned plane_rate; /* chance in 256 that a plane comes */
    unsigned error_rate; /* chance in 65536 of a page error */
    uint64_t readout_left;
    unsigned store_delay;      /* cycles that the store may need beyond the first */
    unsigned store_error_rate; /* chance in 256 that it fails */
    unsigned store_left;       /* cycles to its answer, 0: it stands */
    uint16_t store_address;
    bool skipping;
    uint64_t cycle, skipped;
} bench;

static uint64_t below(bench *b, uint64_t n) {
    return test_random(&b->random) % n;
}
static bool chance(bench *b, unsigned of256) {
    return below(b, 256) < of256;
}

/* A random word, legal for n and k unless index bases carry it beyond k. */
static word random_word(bench *b, unsigned pc, unsigned count) {
    const unsigned n = b->in.n, k = b->in.k;
    word w = {{0}};
    if (chance(b, 190)) {
        word_put(&w, W_CLASS, 1 + below(b, 15));
        if (n > 1 && chance(b, 90)) word_put(&w, W_ROUTE, below(b, 1u << (n - 1)));
        if (chance(b, 60)) word_put(&w, W_LATCH, below(b, 1u << n));
        word_put(&w, W_UNLATCH, below(b, 2));
        if (chance(b, 60)) word_put(&w, W_A_IN_VALID, 1);
        word_put(&w, W_A_IN, below(b, n));
        if (chance(b, 60)) word_put(&w, W_A_OUT_VALID, 1);
        word_put(&w, W_A_OUT, below(b, n));
        if (chance(b, 60)) word_put(&w, W_D_IN_VALID, 1);
        word_put(&w, W_D_IN, below(b, k));
        if (chance(b, 60)) word_put(&w, W_D_OUT_VALID, 1);
        word_put(&w, W_D_OUT, below(b, k));
        const unsigned pages = b->in.pages;
        if (chance(b, pages ? 40 : 80)) word_put(&w, W_FETCH_VALID, 1);
        word_put(&w, W_FETCH, below(b, k));
        if (pages) { /* pages that mostly rise along the program */
            const unsigned here = (unsigned)((uint64_t)pc * (pages + 1) / count);
            const unsigned page = here > pages ? pages : here;
            if (word_get(&w, W_FETCH_VALID)) word_put(&w, W_PAGE, page);
            const bool d_in = word_get(&w, W_D_IN_VALID), d_out = word_get(&w, W_D_OUT_VALID);
            if ((d_in || d_out) && chance(b, 128)) {
                word_put(&w, W_CONTROLLED, 1);
                if (d_in) word_put(&w, W_D_IN_PAGE, below(b, pages + 1));
                if (d_out) word_put(&w, W_D_OUT_PAGE, below(b, pages + 1));
            }
            if ((word_get(&w, W_CONTROLLED) || word_get(&w, W_FETCH_VALID)) && chance(b, 60))
                word_put(&w, W_PAGE_BASE, below(b, 4));
        }
        word_put(&w, W_BASIS_IN, below(b, 2));
        word_put(&w, W_BASIS_OUT, below(b, 2));
    }
    if (below(b, 400) == 0) { /* just beyond a limit */
        static const struct {
            unsigned low, width, valid;
        } fields[] = {{50, 5, 49}, {56, 5, 55}, {62, 6, 61}, {69, 6, 68}, {76, 6, 75}};
        const uint64_t f = below(b, 10);
        if (f < 5) {
            word_put(&w, fields[f].low, fields[f].width, f < 2 ? n : k % 64);
            word_put(&w, fields[f].valid, 1, 1);
        } else if (f == 5) {
            word_put(&w, n - 1, 1, 1); /* route in the last layer */
        } else if (f == 6) {
            if (n < 24) word_put(&w, 24 + n, 1, 1); /* latch in the layer below it */
        } else { /* a page beyond the last, of a fetch, a d_in, a d_out */
            static const unsigned low[] = {86, 135, 147}, valid[] = {75, 61, 68};
            word_put(&w, low[f - 7], 12, b->in.pages + 1u);
            word_put(&w, valid[f - 7], 1, 1);
            if (f > 7) word_put(&w, W_CONTROLLED, 1);
        }
    }
    if (chance(b, 40)) word_put(&w, W_INDEX_BASE, below(b, 4));
    if (chance(b, 30)) word_put(&w, W_MEASURE, 1);
    word_put(&w, W_SET_FLAG, below(b, 2));
    word_put(&w, W_MARK, below(b, 2));
    if (chance(b, 140)) word_put(&w, W_WAIT, below(b, 32));
    word_put(&w, W_LOOP, below(b, 4));
    word_put(&w, W_FLAG, below(b, 4));
    /* Mostly near targets; now and then one beyond the program. */
    word_put(&w, W_TARGET, chance(b, 4) ? below(b, 4096) : below(b, count));
    const uint64_t pick = below(b, 100);
    uint64_t next = OP_STEP;
    if (pick < 6)
        next = OP_JUMP;
    else if (pick < 26)
        next = OP_LOOP;
    else if (pick < 40)
        next = OP_BRANCH;
    else if (pick < 43)
        next = OP_HALT;
    if (pc + 1 == count && chance(b, 200)) next = OP_HALT;
    word_put(&w, W_NEXT, next);
    if (next == OP_LOOP && chance(b, 200)) /* short loops, so that index bases stay small */
        word_put(&w, W_TARGET, pc - below(b, pc < 5 ? pc + 1 : 5));
    word_seal(&w);
    return w;
}

/* A new program with new settings, while nothing runs. */
static void new_program(bench *b) {
    static const uint32_t lengths[] = {0, 1, 1, 1, 2, 3, 7, 20, 90};
    seq_in *in = &b->in;
    in->n = (uint8_t)(1 + below(b, 24));
    in->k = (uint8_t)(1 + below(b, 64));
    in->pages = (uint16_t)(chance(b, 128) ? 0 : chance(b, 200) ? below(b, 8) : below(b, 4096));
    b->skipping = chance(b, 128);
    b->store_delay = chance(b, 90) ? 1 + (unsigned)below(b, 12) : 0;
    b->store_error_rate = chance(b, 10) ? 2 : 0;
    const bool full = chance(b, 8); /* and begins near the end of the store */
    const unsigned count =
        full ? MODEL_STORE_WORDS : 1 + (unsigned)below(b, chance(b, 40) ? MODEL_STORE_WORDS : 60);
    for (unsigned i = 0; i < count; i++) b->program[i] = random_word(b, i, count);
    if (chance(b, 60)) { /* one bit of one word flipped, with or without its parity */
        word *w = &b->program[below(b, count)];
        word_flip(w, (unsigned)below(b, 192));
        if (chance(b, 128)) word_seal(w);
    }
    in->entry = (uint16_t)(chance(b, 20) ? below(b, 4096) : below(b, 1 + count / 4));
    if (full) in->entry = (uint16_t)(count - 1 - below(b, 3));
    in->length = (uint16_t)(full ? count + below(b, 2) : count);
    in->watchdog = chance(b, 200) ? 1 + (uint32_t)below(b, 1500) : 0;
    for (int i = 0; i < 16; i++) in->durations[i] = lengths[below(b, b->skipping ? 9 : 8)];
    for (int i = 0; i < 4; i++) in->loop_counts[i] = (uint16_t)below(b, chance(b, 30) ? 70 : 5);
    for (int i = 0; i < 4; i++) b->density[i] = (unsigned)below(b, 200);
    b->plane_rate = 1 + (unsigned)below(b, 255);
    b->error_rate = chance(b, 30) ? 100 : 0;
}

static void toggle(bench *b, bool *signal, unsigned density) {
    if (chance(b, density)) *signal = !*signal;
}

/* Inputs of the next cycle. A plane is in the buffer before it is in the latches. */
static void drive(bench *b) {
    seq_in *in = &b->in;
    toggle(b, &in->pulse_ready, b->density[0]);
    toggle(b, &in->decoder_ready, b->density[1]);
    toggle(b, &in->host_flag, b->density[2]);
    if (chance(b, b->plane_rate)) {
        if (in->planes_buffered < in->k)
            in->planes_buffered++;
        else if (in->page_buffered < in->pages)
            in->page_buffered++, in->planes_buffered = 0;
        if (in->page_buffered < b->model.page)
            in->page_buffered = (uint16_t)b->model.page, in->planes_buffered = 0;
    }
    if (chance(b, b->plane_rate)) {
        if (in->page_ready < in->page_buffered && (in->planes_ready == in->k || chance(b, 60)))
            in->page_ready = in->page_buffered, in->planes_ready = 0;
        if (in->planes_ready < in->k &&
            (in->page_ready < in->page_buffered || in->planes_ready < in->planes_buffered))
            in->planes_ready++;
    }
    in->page_error = in->page_error || (b->error_rate && below(b, 65536) < b->error_rate);
    in->path_idle = chance(b, 60);
    in->enable = !chance(b, 3);
    in->abort = below(b, 4000) == 0;
    in->readout_valid = b->readout_left == 1;
    if (b->store_left && --b->store_left == 0) {
        const bool known = b->store_address < in->length && b->store_address < MODEL_STORE_WORDS;
        in->store_error = chance(b, b->store_error_rate);
        in->store_valid = !in->store_error || chance(b, 128);
        if (known) memcpy(in->word, b->program[b->store_address].lane, sizeof in->word);
    }
    in->readout_bits = test_random(&b->random);
    if (!in->query_valid && chance(b, 100)) {
        in->query_valid = true;
        in->query_tag = (uint16_t)below(b, 65536);
    }
    /* A place in the result queue stays free while a query runs. */
    if (b->model.phase == M_IDLE || b->model.phase == M_DRAIN)
        toggle(b, &in->result_ready, b->density[3] / 2 + 20);
    else
        in->result_ready = true;
}

static void one_cycle(bench *b) {
    seq_in *in = &b->in;
    drive(b);
    seq_out rtl, model;
    seq_face_settle(b->face, in, &rtl);
    seq_model_cycle(&b->model, in, &model);
    if (rtl.query_ready != model.query_ready && !in->query_valid)
        model.query_ready = rtl.query_ready;
    if (memcmp(&rtl, &model, sizeof rtl) != 0) {
        const unsigned char *x = (const unsigned char *)&rtl, *y = (const unsigned char *)&model;
        size_t at = 0;
        while (x[at] == y[at]) at++;
        fail_msg("cycle %llu: outputs differ at byte %zu: rtl 0x%02x model 0x%02x (pc %u phase %d)",
                 (unsigned long long)b->cycle, at, x[at], y[at], b->model.pc, b->model.phase);
    }
    /* While nothing happens the inputs stay, and the model goes on cycle by cycle. */
    uint64_t skip = 0;
    const uint64_t quiet = seq_face_quiet(b->face);
    if (b->skipping && quiet && b->readout_left != 1 && !b->store_left && b->model.waited < 3000) {
        uint64_t most = quiet < 30 ? quiet : 30;
        if (b->readout_left && most > b->readout_left - 2) most = b->readout_left - 2;
        skip = chance(b, 128) ? most : below(b, most + 1);
    }
    for (uint64_t i = 0; i < skip; i++) {
        seq_model_cycle(&b->model, in, &model);
        if (rtl.query_ready != model.query_ready && !in->query_valid)
            model.query_ready = rtl.query_ready;
        if (memcmp(&rtl, &model, sizeof rtl) != 0)
            fail_msg("cycle %llu was not quiet (pc %u phase %d)",
                     (unsigned long long)(b->cycle + i + 1), b->model.pc, b->model.phase);
    }
    seq_face_edge(b->face, (uint32_t)skip);
    b->cycle += 1 + skip;
    b->skipped += skip;
    if (b->readout_left) b->readout_left -= skip;
    /* What answers the outputs: store, page path, plant, queue. */
    if (rtl.store_enable) {
        b->store_address = rtl.store_address;
        b->store_left = 1 + (b->store_delay ? (unsigned)below(b, b->store_delay + 1) : 0);
        in->store_valid = in->store_error = false;
        for (int i = 0; i < 6; i++) in->word[i] = (uint32_t)test_random(&b->random);
    }
    if (b->readout_left) b->readout_left--;
    if (rtl.readout_start) b->readout_left = rtl.readout_cycles;
    if (rtl.path_end) b->readout_left = 0;
    if (rtl.path_begin || rtl.path_end) {
        in->planes_ready = in->planes_buffered = 0;
        in->page_ready = in->page_buffered = 0;
        in->page_error = false;
    }
    if (rtl.query_ready && (rtl.path_begin || rtl.path_flush)) in->query_valid = false;
}

static void reset(bench *b) {
    seq_out out;
    b->in.rst_n = false;
    seq_face_settle(b->face, &b->in, &out);
    seq_face_edge(b->face, 0);
    b->in.rst_n = true;
    b->in.query_valid = b->in.page_error = false;
    b->in.planes_ready = b->in.planes_buffered = 0;
    b->in.page_ready = b->in.page_buffered = 0;
    b->store_left = 0;
    b->readout_left = 0;
    seq_model_reset(&b->model);
}

static void test_random_programs(void **state) {
    (void)state;
    static bench b;
    memset(&b, 0, sizeof b);
    b.random = test_seed(20);
    b.face = seq_face_new();
    b.model.program = b.program;
    new_program(&b);
    reset(&b);
#ifdef __SANITIZE_ADDRESS__
    enum { PROGRAMS = 1000 };
#else
    enum { PROGRAMS = 4000 };
#endif
    for (unsigned p = 0; p < PROGRAMS; p++) {
        for (unsigned i = 0; i < 300; i++) one_cycle(&b);
        /* Endless programs without a watchdog are aborted; some runs end in a reset instead. */
        if (chance(&b, 20)) reset(&b);
        for (unsigned i = 0; b.model.phase != M_IDLE; i++) {
            if (i == 3000) b.in.watchdog = 1;
            assert_true(i < 5000);
            one_cycle(&b);
        }
        new_program(&b);
    }
    print_message("%llu cycles, %llu words, %llu slices, %llu loops, %llu branches taken\n",
                  (unsigned long long)b.cycle, (unsigned long long)b.model.words,
                  (unsigned long long)b.model.slice_count, (unsigned long long)b.model.loops_taken,
                  (unsigned long long)b.model.branches_taken);
    print_message("%llu waits with three causes or more, %llu with a late latch; ends by status:",
                  (unsigned long long)b.model.waits_of_three,
                  (unsigned long long)b.model.late_latch);
    for (int s = 0; s < 8; s++) print_message(" %llu", (unsigned long long)b.model.statuses[s]);
    print_message("\n");
    print_message(
        "%llu cycles skipped, %llu without a word, %llu pages turned, %llu fetches too late\n",
        (unsigned long long)b.skipped, (unsigned long long)b.model.starved,
        (unsigned long long)b.model.turned_pages, (unsigned long long)b.model.passed_pages);
    for (int s = 0; s < 8; s++) assert_true(b.model.statuses[s] > 0);
    assert_true(b.skipped > 10000 && b.model.starved > 1000);
    assert_true(b.model.turned_pages > 100 && b.model.passed_pages > 100);
    assert_true(b.model.loops_taken > 100 && b.model.branches_taken > 100);
    assert_true(b.model.waits_of_three > 100 && b.model.late_latch > 20);
    assert_false(seq_face_failed(b.face));
    seq_face_destroy(&b.face);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
