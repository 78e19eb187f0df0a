/* SPDX-License-Identifier: Apache-2.0 */
/* Assembler and disassembler: round trip, exact words of a text, and the location of every error.
 */
#include <string.h>

#include "model/program.h"
#include "random_program.h"
#include "test.h"

#define HEAD ".program t\n.routers two_level\n.address_width 3\n.word_width 2\n"
#define PAGED HEAD ".page_bits 2\n"

static int assemble(brg_program **p, const char *text, brg_diag *diag) {
    return brg_program_assemble(p, text, strlen(text), "p.bqa", diag);
}

static char *disassemble(const brg_program *p) {
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    assert_non_null(to);
    assert_int_equal(brg_program_disassemble(p, to), BRG_OK);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void assert_same_program(const brg_program *a, const brg_program *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->routers, b->routers);
    assert_int_equal(a->address_width, b->address_width);
    assert_int_equal(a->word_width, b->word_width);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->loop_count, b->loop_count, sizeof a->loop_count);
    for (uint32_t i = 0; i < a->count; i++) assert_same_word(&a->words[i], &b->words[i]);
}

static void round_trip(const brg_program *p) {
    brg_diag *diag = NULL;
    brg_program *again = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    char *text = disassemble(p);
    const int status = assemble(&again, text, diag);
    if (status != BRG_OK) print_error("%s\n%s\n", brg_diag_message(diag, 0), text);
    assert_int_equal(status, BRG_OK);
    assert_same_program(p, again);
    char *second = disassemble(again);
    assert_string_equal(text, second);
    free(second);
    free(text);
    brg_program_destroy(&again);
    brg_diag_destroy(&diag);
}

static void test_round_trip_of_random_programs(void **state) {
    (void)state;
    static brg_program p;
    uint64_t seed = test_seed(0xa55e);
    for (int t = 0; t < 300; t++) {
        random_program(&seed, &p);
        assert_int_equal(brg_program_check(&p, "random", NULL), BRG_OK);
        round_trip(&p);
    }
}

static void test_round_trip_of_built_programs(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 24; n += 4)
        for (uint32_t k = 1; k <= 64; k += 9) {
            const uint32_t pages = 24 - n < k / 9 ? 24 - n : k / 9;
            const brg_program_config config = {.qram = {(brg_routers)(k % 2), n, k, pages},
                                               .page_wait = (brg_page_wait)(n % 2),
                                               .readout = k % 3 == 0};
            brg_program *p = NULL;
            assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, NULL), BRG_OK);
            round_trip(p);
            brg_program_destroy(&p);
        }
}

static void test_every_item_has_its_field(void **state) {
    (void)state;
    brg_program *p = NULL;
    static const char text[] =
        ".program all-items # a comment\n"
        ".routers two_level\r\n"
        "\n"
        ".address_width 5\n"
        ".word_width 9\n"
        ".loop 1 3\n"
        "# words\n"
        "top:\n"
        "  a_in 4 ; class register_swap\n"
        "  d_out 3 | d_in 2 | route 1, 3 ; basis_in;basis_out ; index_base loop 1 ; wait "
        "pulse,host\n"
        "two: unlatch 0,4 | route 2 ; class user15 ; mark ; page 0 ; slot 0\n"
        "\tlatch 2|fetch 8 ; loop 1 top\n"
        "  a_out 0 | fetch 0 ; wait page\n"
        "  measure ; set_flag ; wait readout,decoder ; branch memory_error two\n"
        "  class step ; jump last\n"
        "  class idle\n"
        "last: halt";
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = assemble(&p, text, diag);
    if (status != BRG_OK) print_error("%s\n", brg_diag_message(diag, 0));
    assert_int_equal(status, BRG_OK);
    assert_string_equal(p->name, "all-items");
    assert_int_equal(p->routers, BRG_TWO_LEVEL);
    assert_int_equal(p->address_width, 5);
    assert_int_equal(p->word_width, 9);
    assert_int_equal(p->loop_count[0], 0);
    assert_int_equal(p->loop_count[1], 3);
    assert_int_equal(p->count, 9);
    const brg_control_word *w = p->words;
    assert_int_equal(w[0].ops.a_in, 4);
    assert_int_equal(w[0].duration_class, BRG_CLASS_REGISTER_SWAP);
    assert_int_equal(w[1].ops.d_out, 3);
    assert_int_equal(w[1].ops.d_in, 2);
    assert_int_equal(w[1].ops.route, 1u << 1 | 1u << 3);
    assert_true(w[1].ops.basis_in && w[1].ops.basis_out);
    assert_int_equal(w[1].index_base, 2);
    assert_int_equal(w[1].wait_mask, BRG_WAIT_PULSE | BRG_WAIT_HOST);
    assert_int_equal(w[1].duration_class, BRG_CLASS_CSWAP);
    assert_int_equal(w[2].ops.latch, 1u | 1u << 4);
    assert_true(w[2].ops.unlatch && w[2].mark);
    assert_int_equal(w[2].duration_class, 15);
    assert_int_equal(w[3].ops.latch, 1u << 2);
    assert_false(w[3].ops.unlatch);
    assert_int_equal(w[3].ops.fetch, 8);
    assert_int_equal(w[3].duration_class, BRG_CLASS_FETCH);
    assert_int_equal(w[3].next, BRG_NEXT_LOOP);
    assert_int_equal(w[3].loop, 1);
    assert_int_equal(w[3].target, 0);
    assert_int_equal(w[4].ops.a_out, 0);
    assert_int_equal(w[4].wait_mask, BRG_WAIT_PAGE);
    assert_true(w[5].measure && w[5].set_flag);
    assert_int_equal(w[5].wait_mask, BRG_WAIT_READOUT | BRG_WAIT_DECODER);
    assert_int_equal(w[5].next, BRG_NEXT_BRANCH);
    assert_int_equal(w[5].flag_select, BRG_FLAG_MEMORY_ERROR);
    assert_int_equal(w[5].target, 2);
    assert_int_equal(w[6].next, BRG_NEXT_JUMP);
    assert_int_equal(w[6].target, 8);
    assert_int_equal(w[7].duration_class, BRG_CLASS_IDLE);
    assert_int_equal(w[8].next, BRG_NEXT_HALT);
    round_trip(p);
    brg_program_destroy(&p);
    brg_diag_destroy(&diag);
}

static void test_text_of_a_query(void **state) {
    (void)state;
    const brg_program_config config = {.qram = {BRG_TWO_LEVEL, 1, 1, 0}, .readout = true};
    brg_program *p = NULL;
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, NULL), BRG_OK);
    char *text = disassemble(p);
    assert_string_equal(text,
                        ".program bucket_brigade\n"
                        ".routers two_level\n"
                        ".address_width 1\n"
                        ".word_width 1\n"
                        "s1:    a_in 0 ; class register_swap\n"
                        "s2:    latch 0 ; class latch_swap\n"
                        "s3:    d_in 0 ; basis_in ; class register_swap\n"
                        "s4:    fetch 0 ; class fetch ; wait page ; mark\n"
                        "s5:    d_out 0 ; basis_out ; class register_swap\n"
                        "s6:    unlatch 0 ; class latch_swap\n"
                        "s7:    a_out 0 ; class register_swap\n"
                        "       measure\n"
                        "       wait readout ; halt\n");
    free(text);
    brg_program_destroy(&p);
}

typedef struct wrong {
    const char *text, *message;
} wrong;

/* Each text has exactly this error; the words of HEAD texts start in line 5. */
static const wrong one_error[] = {
    {HEAD "a_in 3\nhalt\n", "p.bqa:5:6: a_in: 3 is out of range, accepted 0..2"},
    {HEAD "  d_in 2 ; class register_swap\nhalt\n",
     "p.bqa:5:8: d_in: 2 is out of range, accepted 0..1"},
    {HEAD "fetch 64\nhalt\n", "p.bqa:5:7: fetch: 64 is out of range, accepted 0..1"},
    {HEAD "fetch\nhalt\n", "p.bqa:5:6: fetch: number expected, accepted 0..1"},
    {HEAD "fetch -1\nhalt\n", "p.bqa:5:7: fetch: number expected, accepted 0..1"},
    {HEAD "fetch 1x\nhalt\n", "p.bqa:5:8: fetch: letter in a number"},
    {HEAD "fetch 01\nhalt\n", "p.bqa:5:7: fetch: leading zero; numbers are decimal"},
    {HEAD "fetch 99999999999999999999\nhalt\n", "p.bqa:5:7: fetch: out of range, accepted 0..1"},
    {HEAD "route 0,2\nhalt\n", "p.bqa:5:9: route: 2 is out of range, accepted 0..1"},
    {HEAD "route 1 ; route 0\nhalt\n", "p.bqa:5:11: route: given twice"},
    {HEAD "latch 1,1\nhalt\n", "p.bqa:5:9: latch: layer 1 given twice"},
    {HEAD "latch 1 ; unlatch 2\nhalt\n", "p.bqa:5:11: unlatch: a word either latches or unlatches"},
    {HEAD "latch 0,\nhalt\n", "p.bqa:5:9: latch: number expected, accepted 0..2"},
    {HEAD "  route 0,1\nhalt\n",
     "p.bqa:5:3: word 0: two neighbouring layers route in one slice; they share data cells"},
    {HEAD "halt_now\nhalt\n", "p.bqa:5:1: 'halt_now' is no operation of a control word"},
    {HEAD "a_in 0 ; ; halt\nhalt\n", "p.bqa:5:10: operation expected"},
    {HEAD "a_in 0 ;\nhalt\n", "p.bqa:5:9: operation expected"},
    {HEAD "a_in 0 halt\nhalt\n", "p.bqa:5:8: a_in: ';', '|' or the end of the line expected"},
    {HEAD "a_in 0 ; class slow\nhalt\n",
     "p.bqa:5:16: class: 'slow' is unknown, accepted step, cswap, latch_swap, register_swap, "
     "fetch, "
     "controlled_swap, idle, readout, user8"},
    {HEAD "a_in 0 ; class\nhalt\n", "p.bqa:5:15: class: name expected, accepted step, cswap"},
    {HEAD "a_in 0 ; class readout\nhalt\n",
     "p.bqa:5:1: word 0: the duration class cannot be that of a slice"},
    {HEAD "a_in 0 ; class step\nhalt\n",
     "p.bqa:5:1: word 0: operations in a word of class step or idle"},
    {HEAD "class cswap\nhalt\n",
     "p.bqa:5:1: word 0: no operation in a word whose class is that of an operation"},
    {HEAD "wait pages\nhalt\n",
     "p.bqa:5:6: wait: 'pages' is unknown, accepted page, pulse, readout, decoder, host"},
    {HEAD "wait page,page\nhalt\n", "p.bqa:5:11: wait: page given twice"},
    {HEAD "jump there\nhalt\n", "p.bqa:5:6: no label 'there'"},
    {HEAD "jump\nhalt\n", "p.bqa:5:5: jump: label expected"},
    {HEAD "x: class step\nx: halt\n", "p.bqa:6:1: label 'x' given twice"},
    {HEAD "x: loop 0 x\nhalt\n",
     "p.bqa:5:4: word 0: the count of its loop is 0, accepted 1..65535"},
    {HEAD "x: loop 4 x\nhalt\n", "p.bqa:5:9: loop: 4 is out of range, accepted 0..3"},
    {HEAD "x: branch sometimes x\nhalt\n",
     "p.bqa:5:11: branch: 'sometimes' is unknown, accepted host, measured, memory_error, queue"},
    {HEAD "x: halt ; jump x\n", "p.bqa:5:11: jump: a word has one of jump, loop, branch and halt"},
    {HEAD "a_in 0\n", "p.bqa:5:1: word 0: runs past the last word; halt is missing"},
    {HEAD "halt\n x: jump y\ny: jump x\n", NULL}, /* unreachable words may do what they like */
    {HEAD "x: a_in 0\n  jump x\n", "p.bqa:5:4: word 0: no halt can be reached from here"},
    {HEAD "halt\nend:\njump end\n", NULL},
    {HEAD "jump end\nhalt\nend:\n", "p.bqa:5:1: word 0: target 2 is out of range, accepted 0..1"},
    {HEAD "page 1 ; fetch 0\nhalt\n", "p.bqa:5:6: page: 1 is out of range, accepted 0..0"},
    {HEAD "basis_in\nhalt\n", "p.bqa:5:1: word 0: basis_in without d_in"},
    {HEAD ".page_bits 13\nhalt\n", "p.bqa:5:12: .page_bits: 13 is out of range, accepted 0..12"},
    {HEAD ".page_bits 1\n.page_bits 1\nhalt\n", "p.bqa:6:1: .page_bits: given twice"},
    {".program t\n.routers two_level\n.address_width 20\n.word_width 2\n.page_bits 5\nhalt\n",
     "p.bqa:6:1: .page_bits: 5 and .address_width 20 are more than 24 address bits"},
    {PAGED "d_in 1 ; d_in_page 4\nhalt\n",
     "p.bqa:6:20: d_in_page: 4 is out of range, accepted 0..3"},
    {PAGED "fetch 1 ; page 4\nhalt\n", "p.bqa:6:16: page: 4 is out of range, accepted 0..3"},
    {PAGED "fetch 1 ; page 3 ; class user8\nclass idle ; wait page ; page 2\nhalt\n", NULL},
    {PAGED "d_in 1 | d_out 1 ; d_in_page 2 ; d_out_page 3\nhalt\n", NULL},
    {PAGED "d_in 1 | d_out 1 ; d_in_page 2 ; d_out_page 2\nhalt\n",
     "p.bqa:6:1: word 0: d_in and d_out of the same bus qubit and page in one slice"},
    {PAGED "d_in 1 | d_out 1\nhalt\n",
     "p.bqa:6:1: word 0: d_in and d_out of the same bus qubit in one slice"},
    {PAGED "d_in 1 | d_out 0 ; d_in_page 2\nhalt\n",
     "p.bqa:6:1: word 0: d_in and d_out of one word are both controlled by a page or none is"},
    {PAGED "d_out 0 ; d_in_page 2\nhalt\n", "p.bqa:6:1: word 0: a page without its d_in or d_out"},
    {PAGED "a_in 0 ; page 1\nhalt\n", "p.bqa:6:1: word 0: a page without fetch or wait page"},
    {PAGED ".loop 1 3\nfetch 0 ; page 1 ; page_base loop 1\nhalt\n", NULL},
    {PAGED ".loop 1 3\nfetch 0 ; page 2 ; page_base loop 1\nhalt\n",
     "p.bqa:7:1: word 0: page 2 reaches 4 with 3 iterations of loop 1, accepted 0..3"},
    {PAGED ".loop 1 3\nd_out 0 ; d_out_page 2 ; page_base loop 1\nhalt\n",
     "p.bqa:7:1: word 0: d_out_page 2 reaches 4 with 3 iterations of loop 1, accepted 0..3"},
    {PAGED "fetch 0 ; page_base loop 1\nhalt\n",
     "p.bqa:6:1: word 0: the page base is loop 1, whose count is 0"},
    {PAGED ".loop 1 3\nd_in 0 ; page_base loop 1\nhalt\n",
     "p.bqa:7:1: word 0: page base without fetch, wait page, d_in_page or d_out_page"},
    {HEAD ".loop 1 3\nfetch 0 ; page_base loop 1\nhalt\n",
     "p.bqa:6:1: word 0: page reaches page 2, but the table has one page, accepted 0"},
    {HEAD "set_flag\nhalt\n", "p.bqa:5:1: word 0: set_flag without measure"},
    {HEAD "fetch 0 | latch 2\nhalt\n",
     "p.bqa:5:1: word 0: fetch while another operation uses the data cells of the last layer"},
    {HEAD "a_in 0 | latch 0\nhalt\n",
     "p.bqa:5:1: word 0: root.data is used by more than one of a_in, a_out, d_in/d_out, route 0"},
    {HEAD ".loop 0 2\nd_in 1 ; index_base loop 0\nhalt\n",
     "p.bqa:6:1: word 0: d_in 1 reaches 2 with 2 iterations of loop 0, accepted 0..1"},
    {HEAD "d_in 1 ; index_base 0\nhalt\n", "p.bqa:5:21: index_base: name expected, accepted loop"},
    {HEAD "halt\n.loop 0 2\n", "p.bqa:6:1: header lines must stand before the first control word"},
    {HEAD ".loop 4 2\nhalt\n", "p.bqa:5:7: .loop: 4 is out of range, accepted 0..3"},
    {HEAD ".loop 0 0\nhalt\n", "p.bqa:5:9: .loop: 0 is out of range, accepted 1..65535"},
    {HEAD ".loop 1 5\n.loop 1 5\nhalt\n", "p.bqa:6:7: .loop: loop 1 given twice"},
    {HEAD ".speed 3\nhalt\n", "p.bqa:5:1: unknown header line, accepted .program, .routers"},
    {HEAD ".word_width 3\nhalt\n", "p.bqa:5:1: .word_width: given twice"},
    {HEAD, "p.bqa:5:1: the program has no control words"},
    {".program t\n.routers two_level\n.address_width 3\n\n  halt\n",
     "p.bqa:5:3: .word_width: missing; it must stand before the first control word"},
    {".program t\n.routers four_level\n.address_width 3\n.word_width 2\nhalt\n",
     "p.bqa:2:10: .routers: 'four_level' is unknown, accepted two_level, three_level"},
    {".program t t\n.routers two_level\n.address_width 3\n.word_width 2\nhalt\n",
     "p.bqa:1:12: unexpected text at the end of the line"},
    {".program\n.routers two_level\n.address_width 3\n.word_width 2\nhalt\n",
     "p.bqa:1:9: .program: bad name, accepted 1..63 letters"},
    {".program t\n.routers two_level\n.address_width 25\n.word_width 2\nhalt\n",
     "p.bqa:3:16: .address_width: 25 is out of range, accepted 1..24"},
    {".program t\n.routers two_level\n.address_width 1\n.word_width 2\nroute 0\nhalt\n",
     "p.bqa:5:1: route: a tree of one layer does not route"},
    {".program t\n.routers three_level\n.address_width 1\n.word_width 2\nd_in 0 ; basis_in\nhalt\n",
     "p.bqa:5:1: word 0: basis change with three_level routers, whose data are fetched by X"},
    {HEAD "\x80 halt\n", "p.bqa:5:1: operation expected"},
};

static void test_every_error_has_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof one_error / sizeof one_error[0]; i++) {
        brg_diag *diag = NULL;
        brg_program *p = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = assemble(&p, one_error[i].text, diag);
        const char *message = brg_diag_message(diag, 0), *expected = one_error[i].message;
        const bool good = expected == NULL
                              ? status == BRG_OK && p != NULL
                              : status == BRG_EINPUT && p == NULL && brg_diag_count(diag) == 1 &&
                                    strncmp(message, expected, strlen(expected)) == 0;
        if (!good)
            print_error("%s\n  status %d, %zu errors: %s\n  expected: %s\n", one_error[i].text,
                        status, brg_diag_count(diag), message ? message : "-",
                        expected ? expected : "-");
        assert_true(good);
        brg_program_destroy(&p);
        brg_diag_destroy(&diag);
    }
}

static void test_all_errors_of_a_text_are_reported(void **state) {
    (void)state;
    brg_diag *diag = NULL;
    brg_program *p = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(assemble(&p,
                              HEAD "a_in 7 | route 9 ; clas x\n"
                                   "x: latch 5\n"
                                   "x: jump y\n",
                              diag),
                     BRG_EINPUT);
    static const char *const expected[] = {"p.bqa:5:6: a_in: 7 is out of range, accepted 0..2",
                                           "p.bqa:5:16: route: 9 is out of range, accepted 0..1",
                                           "p.bqa:5:20: 'clas' is no operation of a control word",
                                           "p.bqa:6:10: latch: 5 is out of range, accepted 0..2",
                                           "p.bqa:7:1: label 'x' given twice",
                                           "p.bqa:7:9: no label 'y'"};
    assert_int_equal(brg_diag_count(diag), 6);
    for (size_t i = 0; i < 6; i++) assert_string_equal(brg_diag_message(diag, i), expected[i]);
    brg_diag_destroy(&diag);
}

static void test_sizes_are_bounded(void **state) {
    (void)state;
    brg_program *p = NULL;
    char *text = malloc(2u << 20);
    assert_non_null(text);
    for (int words = 4096; words <= 4097; words++) {
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        strcpy(text, HEAD);
        char *at = text + strlen(text);
        for (int i = 0; i < words; i++) at += sprintf(at, "halt\n");
        assert_int_equal(assemble(&p, text, diag), words == 4096 ? BRG_OK : BRG_EINPUT);
        if (words == 4097)
            assert_string_equal(
                brg_diag_message(diag, 0),
                "p.bqa:4101:1: the control store and its backing memory hold 4096 words, this is "
                "one more");
        brg_program_destroy(&p);
        brg_diag_destroy(&diag);
    }
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    memset(text, ' ', 2u << 20);
    assert_int_equal(brg_program_assemble(&p, text, (1u << 20) + 1, "p.bqa", diag), BRG_EINPUT);
    assert_string_equal(brg_diag_message(diag, 0),
                        "p.bqa: 1048577 bytes are too long for a program, accepted up to 1048576");
    assert_int_equal(brg_program_assemble(&p, NULL, 0, "empty", diag), BRG_EINPUT);
    assert_string_equal(
        brg_diag_message(diag, 1),
        "empty:1:1: .program: missing; it must stand before the first control word");
    brg_diag_destroy(&diag);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_of_random_programs),
        cmocka_unit_test(test_round_trip_of_built_programs),
        cmocka_unit_test(test_every_item_has_its_field),
        cmocka_unit_test(test_text_of_a_query),
        cmocka_unit_test(test_every_error_has_its_place),
        cmocka_unit_test(test_all_errors_of_a_text_are_reported),
        cmocka_unit_test(test_sizes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
