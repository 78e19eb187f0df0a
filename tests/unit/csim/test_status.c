/* SPDX-License-Identifier: Apache-2.0 */
/* Error sentences and diagnostics. */
#include <string.h>

#include "csim/status.h"
#include "test.h"

static void test_sentences(void **unused) {
    (void)unused;
    for (int code = BRG_EHARDWARE; code <= BRG_OK; code++)
        for (int other = BRG_EHARDWARE; other < code; other++)
            assert_string_not_equal(brg_strerror(code), brg_strerror(other));
    assert_string_equal(brg_strerror(1), brg_strerror(-100));
}

static void test_places(void **unused) {
    (void)unused;
    brg_diag *d = NULL;
    assert_int_equal(brg_diag_new(&d), BRG_OK);
    brg_diag_add(d, "a.yaml", 3, 7, "seed", "`%d` is %s", -1, "negative");
    brg_diag_add(d, "a.yaml", 3, 0, "", "no key");
    brg_diag_add(d, "a.yaml", 0, 5, "seed", "no line");
    brg_diag_add(d, "", 1, 1, "seed", "no file");
    brg_diag_add(d, NULL, 0, 0, NULL, "alone");
    assert_int_equal(brg_diag_count(d), 5);
    assert_string_equal(brg_diag_message(d, 0), "a.yaml:3:7: seed: `-1` is negative");
    assert_string_equal(brg_diag_message(d, 1), "a.yaml:3: no key");
    assert_string_equal(brg_diag_message(d, 2), "a.yaml: seed: no line");
    assert_string_equal(brg_diag_message(d, 3), "seed: no file");
    assert_string_equal(brg_diag_message(d, 4), "alone");
    assert_null(brg_diag_message(d, 5));
    brg_diag_destroy(&d);
    assert_null(d);
}

static void test_one_printable_line(void **unused) {
    (void)unused;
    brg_diag *d = NULL;
    char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(brg_diag_new(&d), BRG_OK);
    brg_diag_add(d, "a\nb", 1, 1, "k\t", "%s", "\x1b[31m\r\n\xc3\xa9\x7f");
    assert_string_equal(brg_diag_message(d, 0),
                        "a\\x0ab:1:1: k\\x09: \\x1b[31m\\x0d\\x0a\\xc3\\xa9\\x7f");
    brg_diag_add(d, longest, 1, 1, longest, "%s", longest);
    assert_true(strlen(brg_diag_message(d, 1)) < 1100);
    brg_diag_destroy(&d);
}

static void test_many(void **unused) {
    (void)unused;
    brg_diag *d = NULL;
    assert_int_equal(brg_diag_new(&d), BRG_OK);
    for (int i = 0; i < 23; i++) brg_diag_add(d, "f", 1, 1, "", "message %d", i);
    assert_int_equal(brg_diag_count(d), 23);
    assert_non_null(brg_diag_message(d, 19));
    assert_null(brg_diag_message(d, 20));
    char text[4096] = "";
    FILE *f = fmemopen(text, sizeof text, "w");
    assert_non_null(f);
    brg_diag_print(d, f);
    fclose(f);
    int lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    assert_int_equal(lines, 21);
    assert_non_null(strstr(text, "f:1:1: message 19\n3 more errors\n"));
    brg_diag_destroy(&d);
    brg_diag_add(NULL, "f", 1, 1, "", "dropped");
    assert_int_equal(brg_diag_count(NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_one_printable_line),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
