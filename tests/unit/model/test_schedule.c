/* SPDX-License-Identifier: Apache-2.0 */
/* The bucket_brigade builder against the schedule's table, closed forms of the pulses, and a plain
 * simulation of one address at a time. */
#include <math.h>
#include <string.h>

#include "model/program.h"
#include "test.h"

enum { MAX_SLICES = 6 * 24 + 2 * 64, PAGED_SLICES = 8600 };

static brg_program *build(brg_routers routers, uint32_t n, uint32_t k, brg_page_wait wait,
                          bool readout, const double *lengths) {
    const brg_program_config config = {
        .qram = {routers, n, k, 0}, .page_wait = wait, .readout = readout, .class_length = lengths};
    brg_program *p = NULL;
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, NULL), BRG_OK);
    assert_int_equal(brg_program_check(p, "built", NULL), BRG_OK);
    return p;
}

/* The table of docs/schedule.md, written operation by operation. */
static void table_of(brg_slice_ops *s, int n, int k, bool two_level, int slots) {
    const int total = 6 * n + 2 * k;
    for (int t = 0; t < slots; t++) s[t] = brg_slice_ops_none();
    for (int i = 0; i < n; i++) {
        s[2 * i + 1].a_in = (int16_t)i;
        s[total - (2 * i + 1)].a_out = (int16_t)i;
    }
    for (int l = 0; l < n; l++) {
        s[3 * l + 2].latch |= 1u << l;
        s[total - (3 * l + 2)].latch |= 1u << l;
        s[total - (3 * l + 2)].unlatch = true;
    }
    for (int l = 0; l < n - 1; l++)
        for (int t = 3 * l + 4; t <= total - (3 * l + 4); t++) {
            const bool excluded = 2 * n + 2 * k + l + 1 <= t && t <= 4 * n - l - 1;
            if ((t - l) % 2 == 0 && !excluded) s[t].route |= 1u << l;
        }
    for (int j = 0; j < k; j++) {
        s[2 * n + 2 * j + 1].d_in = (int16_t)j;
        s[2 * n + 2 * j + 1].basis_in = two_level;
        s[3 * n + 2 * j + 1].fetch = (int16_t)j;
        s[4 * n + 2 * j + 1].d_out = (int16_t)j;
        s[4 * n + 2 * j + 1].basis_out = two_level;
    }
}

static void table(brg_slice_ops *s, int n, int k, bool two_level) {
    table_of(s, n, k, two_level, MAX_SLICES);
}

static void assert_same_ops(const brg_slice_ops *a, const brg_slice_ops *b) {
    assert_int_equal(a->route, b->route);
    assert_int_equal(a->latch, b->latch);
    assert_int_equal(a->unlatch, b->unlatch);
    assert_int_equal(a->basis_in, b->basis_in);
    assert_int_equal(a->basis_out, b->basis_out);
    assert_int_equal(a->a_in, b->a_in);
    assert_int_equal(a->a_out, b->a_out);
    assert_int_equal(a->d_in, b->d_in);
    assert_int_equal(a->d_out, b->d_out);
    assert_int_equal(a->fetch, b->fetch);
    assert_int_equal(a->d_in_page, b->d_in_page);
    assert_int_equal(a->d_out_page, b->d_out_page);
}

static void test_every_operation_in_its_slice(void **state) {
    (void)state;
    static const uint32_t widths[] = {1, 2, 3, 8, 16};
    static brg_slice_ops expected[MAX_SLICES];
    for (uint32_t n = 1; n <= 16; n++)
        for (int w = 0; w < 5; w++)
            for (int routers = 0; routers < 2; routers++) {
                const uint32_t k = widths[w];
                brg_program *p =
                    build((brg_routers)routers, n, k, BRG_PAGE_WAIT_FETCH, false, NULL);
                table(expected, (int)n, (int)k, routers == BRG_TWO_LEVEL);
                assert_int_equal(p->count, 6 * n + 2 * k - 1);
                uint32_t marks = 0;
                for (uint32_t i = 0; i < p->count; i++) {
                    const brg_control_word *word = &p->words[i];
                    assert_same_ops(&word->ops, &expected[i + 1]);
                    assert_true(brg_word_is_slice(word));
                    assert_int_equal(word->wait_mask, word->ops.fetch >= 0 ? BRG_WAIT_PAGE : 0);
                    assert_int_equal(word->next, i + 1 < p->count ? BRG_NEXT_STEP : BRG_NEXT_HALT);
                    marks += word->mark;
                }
                assert_int_equal(marks, 1);
                assert_true(p->words[3 * n].mark);
                brg_program_destroy(&p);
                assert_null(p);
            }
}

typedef struct pulses {
    uint64_t cswap, latch;
} pulses;

static pulses count_pulses(uint32_t n, uint32_t k) {
    brg_program *p = build(BRG_TWO_LEVEL, n, k, BRG_PAGE_WAIT_FETCH, false, NULL);
    pulses sum = {0, 0};
    /* Layer l has 2^l nodes, so the mask is the number of nodes. */
    for (uint32_t i = 0; i < p->count; i++) {
        sum.cswap += p->words[i].ops.route;
        sum.latch += p->words[i].ops.latch;
    }
    brg_program_destroy(&p);
    return sum;
}

static void test_pulses_have_their_closed_forms(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 24; n++) {
        const pulses c = count_pulses(n, 1);
        assert_int_equal(c.cswap, 3 * (1ull << n) - 2 * n - 4);
        assert_int_equal(c.latch, 2 * ((1ull << n) - 1));
    }
    assert_int_equal(count_pulses(3, 1).cswap, 14);
    assert_int_equal(count_pulses(10, 1).cswap, 3048);
    assert_int_equal(count_pulses(20, 1).cswap, 3145684);
    assert_int_equal(count_pulses(3, 4).cswap, 24);
    assert_int_equal(count_pulses(10, 4).cswap, 5026);
}

/* One basis state of the three_level tree: 0 = W, 1 = |0>, 2 = |1>. */
typedef struct tree {
    uint8_t addr[63], data[63], address[6], bus[8];
} tree;

static void swap(uint8_t *a, uint8_t *b) {
    const uint8_t t = *a;
    *a = *b;
    *b = t;
}

static void run_slice(tree *t, const brg_slice_ops *o, uint32_t n, const uint8_t *memory) {
    for (uint32_t l = 0; l < n; l++)
        for (uint32_t i = 0; i < 1u << l; i++) {
            const uint32_t node = (1u << l) - 1 + i, child = (2u << l) - 1 + 2 * i;
            if ((o->route >> l) & 1u && t->addr[node] != 0)
                swap(&t->data[node], &t->data[child + (t->addr[node] == 2)]);
            if ((o->latch >> l) & 1u) swap(&t->data[node], &t->addr[node]);
        }
    if (o->fetch >= 0)
        for (uint32_t i = 0; i < 1u << (n - 1); i++) {
            const uint32_t node = (1u << (n - 1)) - 1 + i;
            if (t->addr[node] == 0 || t->data[node] == 0) continue;
            const uint32_t cell = 2 * i + (t->addr[node] == 2);
            if ((memory[cell] >> o->fetch) & 1u) t->data[node] = (uint8_t)(3 - t->data[node]);
        }
    if (o->a_in >= 0) swap(&t->address[o->a_in], &t->data[0]);
    if (o->a_out >= 0) swap(&t->address[o->a_out], &t->data[0]);
    if (o->d_out >= 0) swap(&t->bus[o->d_out], &t->data[0]);
    if (o->d_in >= 0) swap(&t->bus[o->d_in], &t->data[0]);
}

static void test_every_address_returns_its_word(void **state) {
    (void)state;
    uint64_t seed = test_seed(0x5c4ed);
    for (uint32_t n = 1; n <= 6; n++)
        for (uint32_t k = 1; k <= 8; k++) {
            brg_program *p = build(BRG_THREE_LEVEL, n, k, BRG_PAGE_WAIT_FETCH, true, NULL);
            uint8_t memory[64];
            for (int i = 0; i < 64; i++) memory[i] = (uint8_t)test_random(&seed);
            for (uint32_t address = 0; address < 1u << n; address++) {
                tree t;
                memset(&t, 0, sizeof t);
                for (uint32_t i = 0; i < n; i++)
                    t.address[i] = (uint8_t)(1 + ((address >> (n - 1 - i)) & 1u));
                for (uint32_t j = 0; j < k; j++) t.bus[j] = 1;
                for (uint32_t i = 0; i < p->count; i++) run_slice(&t, &p->words[i].ops, n, memory);
                for (uint32_t i = 0; i < n; i++)
                    assert_int_equal(t.address[i], 1 + ((address >> (n - 1 - i)) & 1u));
                for (uint32_t j = 0; j < k; j++)
                    assert_int_equal(t.bus[j], 1u + (((uint32_t)memory[address] >> j) & 1u));
                for (int i = 0; i < 63; i++) assert_int_equal(t.addr[i] + t.data[i], 0);
            }
            brg_program_destroy(&p);
        }
}

static void test_waits_and_readout(void **state) {
    (void)state;
    brg_program *p = build(BRG_THREE_LEVEL, 4, 3, BRG_PAGE_WAIT_ENTRY, true, NULL);
    const uint32_t slices = 6 * 4 + 2 * 3 - 1;
    assert_int_equal(p->count, slices + 2);
    assert_int_equal(p->words[0].wait_mask, BRG_WAIT_PAGE);
    for (uint32_t i = 1; i < slices; i++) assert_int_equal(p->words[i].wait_mask, 0);
    assert_true(p->words[slices].measure);
    assert_false(brg_word_is_slice(&p->words[slices]));
    assert_int_equal(p->words[slices].next, BRG_NEXT_STEP);
    assert_int_equal(p->words[slices + 1].wait_mask, BRG_WAIT_READOUT);
    assert_int_equal(p->words[slices + 1].next, BRG_NEXT_HALT);
    assert_false(brg_word_is_slice(&p->words[slices + 1]));
    brg_program_destroy(&p);
}

/* The table of physics with k replaced by kK: operation by operation, as `table` above. */
static void paged_table(brg_slice_ops *s, uint16_t *page, const brg_qram *q, int slices) {
    const int n = (int)q->address_width, k = (int)q->word_width, pages = 1 << q->page_bits;
    static brg_slice_ops flat[PAGED_SLICES];
    for (int t = 0; t <= slices; t++) {
        s[t] = brg_slice_ops_none();
        page[t] = 0;
    }
    /* Address and routing are those of one page of kK bits. */
    table_of(flat, n, k * pages, false, PAGED_SLICES);
    for (int t = 1; t <= slices; t++) {
        s[t].a_in = flat[t].a_in;
        s[t].a_out = flat[t].a_out;
        s[t].route = flat[t].route;
        s[t].latch = flat[t].latch;
        s[t].unlatch = flat[t].unlatch;
    }
    for (int p = 0; p < pages; p++)
        for (int j = 0; j < k; j++) {
            const int number = p * k + j;
            brg_slice_ops *in = &s[2 * n + 2 * number + 1], *out = &s[4 * n + 2 * number + 1];
            in->d_in = (int16_t)j;
            in->d_in_page = (int16_t)p;
            in->basis_in = q->routers == BRG_TWO_LEVEL && p == 0;
            s[3 * n + 2 * number + 1].fetch = (int16_t)j;
            page[3 * n + 2 * number + 1] = (uint16_t)p;
            out->d_out = (int16_t)j;
            out->d_out_page = (int16_t)p;
            out->basis_out = q->routers == BRG_TWO_LEVEL && p == pages - 1;
        }
}

/* Runs the program: the words in the order of execution, with loop iterations added to pages. */
static uint32_t execute(const brg_program *p, brg_control_word *run, uint32_t most) {
    uint32_t iteration[4] = {0}, at = 0, count = 0;
    for (;;) {
        assert_true(at < p->count && count < most);
        const brg_control_word *w = &p->words[at];
        brg_control_word *r = &run[count++];
        *r = *w;
        if (w->page_base != 0) {
            const int16_t add = (int16_t)iteration[w->page_base - 1];
            r->page = (uint16_t)(r->page + add);
            if (r->ops.d_in_page >= 0) r->ops.d_in_page = (int16_t)(r->ops.d_in_page + add);
            if (r->ops.d_out_page >= 0) r->ops.d_out_page = (int16_t)(r->ops.d_out_page + add);
        }
        if (w->next == BRG_NEXT_HALT) return count;
        at++;
        if (w->next != BRG_NEXT_LOOP) continue;
        if (++iteration[w->loop] < p->loop_count[w->loop])
            at = w->target;
        else
            iteration[w->loop] = 0;
    }
}

static void test_pages_follow_each_other(void **state) {
    (void)state;
    static const brg_qram shapes[] = {
        {BRG_TWO_LEVEL, 1, 1, 1}, {BRG_THREE_LEVEL, 3, 2, 1}, {BRG_TWO_LEVEL, 2, 3, 2},
        {BRG_TWO_LEVEL, 3, 1, 2}, {BRG_TWO_LEVEL, 6, 8, 5},   {BRG_THREE_LEVEL, 9, 1, 10},
        {BRG_TWO_LEVEL, 2, 5, 7}, {BRG_TWO_LEVEL, 12, 1, 12}, {BRG_THREE_LEVEL, 4, 64, 5}};
    static brg_slice_ops expected[PAGED_SLICES];
    static uint16_t page[PAGED_SLICES];
    static brg_control_word run[PAGED_SLICES];
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int variant = 0; variant < 4; variant++) {
            const brg_qram *q = &shapes[i];
            const brg_page_wait wait = variant & 1 ? BRG_PAGE_WAIT_ENTRY : BRG_PAGE_WAIT_FETCH;
            const brg_program_config config = {
                .qram = *q, .page_wait = wait, .unroll = variant >= 2};
            const uint32_t slices = 6 * q->address_width + 2 * q->word_width * brg_pages(q) - 1;
            assert_int_equal(brg_query_slices(q), slices);
            brg_program *p = NULL;
            const bool fits = !config.unroll || slices <= BRG_PROGRAM_WORDS;
            assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, NULL),
                             fits ? BRG_OK : BRG_EINPUT);
            if (!fits) continue;
            assert_int_equal(brg_program_check(p, "built", NULL), BRG_OK);
            assert_true(config.unroll ? p->count == slices : p->count <= BRG_STORE_WORDS);
            assert_int_equal(execute(p, run, PAGED_SLICES), slices);
            paged_table(expected, page, q, (int)slices);
            for (uint32_t s = 1; s <= slices; s++) {
                const brg_control_word *w = &run[s - 1];
                assert_same_ops(&w->ops, &expected[s]);
                if (w->ops.fetch >= 0) assert_int_equal(w->page, page[s]);
                const bool controlled = w->ops.d_in >= 0 || w->ops.d_out >= 0;
                assert_int_equal(w->duration_class == BRG_CLASS_CONTROLLED_SWAP, controlled);
                const bool waits =
                    w->ops.fetch >= 0 ? wait == BRG_PAGE_WAIT_FETCH || w->page > 0 : false;
                if (s == 1 && wait == BRG_PAGE_WAIT_ENTRY)
                    assert_int_equal(w->wait_mask, BRG_WAIT_PAGE);
                else if (waits || w->ops.fetch < 0)
                    assert_int_equal(w->wait_mask, waits ? BRG_WAIT_PAGE : 0);
            }
            brg_program_destroy(&p);
        }
}

static void test_class_is_that_of_the_longest_operation(void **state) {
    (void)state;
    static const uint8_t order[] = {BRG_CLASS_CSWAP, BRG_CLASS_FETCH, BRG_CLASS_LATCH_SWAP,
                                    BRG_CLASS_REGISTER_SWAP};
    double lengths[BRG_CLASS_COUNT] = {0};
    uint64_t seed = test_seed(0xc1a55);
    for (int trial = 0; trial < 50; trial++) {
        for (int c = 0; c < BRG_CLASS_COUNT; c++)
            lengths[c] = (double)(test_random(&seed) % 5) * 10.0;
        const double *given = trial == 0 ? NULL : lengths;
        brg_program *p = build(BRG_TWO_LEVEL, 5, 7, BRG_PAGE_WAIT_FETCH, false, given);
        for (uint32_t i = 0; i < p->count; i++) {
            const brg_slice_ops *o = &p->words[i].ops;
            const bool fires[] = {o->route != 0, o->fetch >= 0, o->latch != 0,
                                  o->a_in >= 0 || o->a_out >= 0 || o->d_in >= 0 || o->d_out >= 0};
            const uint8_t chosen = p->words[i].duration_class;
            bool fires_itself = false;
            int first = -1;
            for (int c = 0; c < 4; c++) {
                if (!fires[c]) continue;
                if (first < 0) first = order[c];
                if (order[c] == chosen) fires_itself = true;
                if (given) assert_true(lengths[order[c]] <= lengths[chosen]);
            }
            assert_true(fires_itself);
            if (!given) assert_int_equal(chosen, first);
        }
        brg_program_destroy(&p);
    }
}

static void test_limits(void **state) {
    (void)state;
    brg_program *p = build(BRG_TWO_LEVEL, 24, 64, BRG_PAGE_WAIT_FETCH, true, NULL);
    assert_int_equal(p->count, 6 * 24 + 2 * 64 - 1 + 2);
    assert_true(p->count <= BRG_STORE_WORDS);
    brg_program_destroy(&p);

    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_program_config config = {.qram = {BRG_TWO_LEVEL, 25, 65, 0}};
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, diag), BRG_EINPUT);
    assert_null(p);
    assert_string_equal(brg_diag_message(diag, 0),
                        "address_width: 25 is out of range, accepted 1..24");
    assert_string_equal(brg_diag_message(diag, 1),
                        "word_width: 65 is out of range, accepted 1..64");
    config.qram.address_width = config.qram.word_width = 1;
    assert_int_equal(brg_program_build(&p, "fat_tree", &config, diag), BRG_EINPUT);
    assert_string_equal(brg_diag_message(diag, 2),
                        "program: no program is called 'fat_tree', accepted: bucket_brigade");
    double lengths[BRG_CLASS_COUNT] = {0};
    lengths[3] = NAN;
    config.class_length = lengths;
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, diag), BRG_EINVAL);
    assert_int_equal(brg_diag_count(diag), 3);
    config = (brg_program_config){.qram = {BRG_TWO_LEVEL, 13, 1, 12}};
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, diag), BRG_EINPUT);
    assert_string_equal(brg_diag_message(diag, 3),
                        "page_bits: 12 page bits and 13 address bits make a table of 2^25 cells, "
                        "accepted up to 2^24");
    config = (brg_program_config){.qram = {BRG_TWO_LEVEL, 4, 8, 9}, .unroll = true};
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, diag), BRG_EINPUT);
    assert_string_equal(brg_diag_message(diag, 4),
                        "control store: n = 4, k = 8 and 512 pages need 8215 control words, the "
                        "control store and its backing memory hold 4096");
    brg_diag_destroy(&diag);
    assert_string_equal(brg_program_name(0), "bucket_brigade");
    assert_non_null(brg_program_about(0));
    assert_null(brg_program_name(1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation_in_its_slice),
        cmocka_unit_test(test_pulses_have_their_closed_forms),
        cmocka_unit_test(test_every_address_returns_its_word),
        cmocka_unit_test(test_waits_and_readout),
        cmocka_unit_test(test_pages_follow_each_other),
        cmocka_unit_test(test_class_is_that_of_the_longest_operation),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
