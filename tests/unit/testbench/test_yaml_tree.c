/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded YAML reader: what it reads, where, and what it refuses. */
#include <string.h>

#include "test.h"
#include "testbench/yaml_tree.h"

static brg_yaml *read_text(const char *text, brg_diag *diag) {
    brg_yaml *tree = NULL;
    brg_yaml_parse(&tree, text, strlen(text), "f", true, NULL, diag);
    return tree;
}

static void places_and_values(void **state) {
    (void)state;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_yaml *t = read_text("# c\nname: \"a b\"\nqram:\n  n: 4\n  list: [1, x]\n", diag);
    assert_non_null(t);
    assert_int_equal(t->kind, BRG_YAML_MAPPING);
    const brg_yaml *name = t->child;
    assert_string_equal(name->key, "name");
    assert_string_equal(name->text, "a b");
    assert_false(name->plain);
    assert_int_equal(name->line, 2);
    assert_int_equal(name->column, 7);
    const brg_yaml *n = name->next->child;
    assert_string_equal(n->key, "n");
    assert_string_equal(n->text, "4");
    assert_true(n->plain);
    assert_int_equal(n->key_line, 4);
    assert_int_equal(n->key_column, 3);
    assert_int_equal(n->column, 6);
    assert_int_equal(n->next->kind, BRG_YAML_SEQUENCE);
    assert_string_equal(n->next->child->next->text, "x");
    assert_null(name->next->next);
    assert_int_equal(brg_diag_count(diag), 0);
    brg_yaml_destroy(&t);
    assert_null(t);
    brg_diag_destroy(&diag);
}

static void nothing_to_read(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "---\n...\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        brg_yaml *t = read_text(texts[i], diag);
        assert_int_equal(brg_diag_count(diag), 0);
        /* A bare document mark holds an empty value. */
        if (i < 3)
            assert_null(t);
        else
            assert_string_equal(t->text, "");
        brg_yaml_destroy(&t);
        brg_diag_destroy(&diag);
    }
}

typedef struct refusal {
    const char *text, *message;
} refusal;

static void refusals(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"a: 1\na: 2\n", "f:2:1: a: given twice, first at line 1"},
        {"a: {b: 1, b: 2}\n", "f:1:11: a.b: given twice, first at line 1"},
        {"a: &x 1\n", "f:1:4: a: an anchor, accepted: values written out"},
        {"a: &x 1\nb: *x\n", "f:1:4: a: an anchor, accepted: values written out"},
        {"b: *x\n", "f:1:4: b: an alias, accepted: values written out"},
        {"a: !!int 1\n", "f:1:4: a: a tag, accepted: values without a tag"},
        {"<<: {a: 1}\n", "f:1:1: <<: a merge key, accepted: values written out"},
        {"a: 1\n---\nb: 2\n", "f:2:1: a second document, accepted: one document"},
        {"? [1]\n: 2\n", "f:1:3: a key that is not a word, accepted: names of keys"},
        {"a: \"x\\0y\"\n", "f:1:4: a: a NUL character, accepted: text without it"},
        {"a: b\x01\n", "f:1:5: a control character, accepted: UTF-8 text"},
        {"a: \xC3\xA9\xFF\n", "f:1:5: not valid UTF-8, accepted: UTF-8 text"},
        {"a: \xED\xA0\x80\n", "f:1:4: not valid UTF-8, accepted: UTF-8 text"},
        {"a: \xC0\x80\n", "f:1:4: not valid UTF-8, accepted: UTF-8 text"},
        {"a: [[[[[[[[1]]]]]]]]\n", "f:1:11: a: nested too deeply, accepted: 8 levels"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        brg_yaml *t = read_text(cases[i].text, diag);
        assert_null(t);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(brg_diag_message(diag, 0), cases[i].message);
        brg_diag_destroy(&diag);
    }
}

static void sizes(void **state) {
    (void)state;
    const size_t length = BRG_YAML_MAX_BYTES + 1;
    char *text = malloc(length);
    brg_diag *diag = NULL;
    brg_yaml *t = NULL;
    assert_non_null(text);
    memset(text, ' ', length);
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_yaml_parse(&t, text, length, "f", true, NULL, diag), BRG_EINPUT);
    assert_string_equal(brg_diag_message(diag, 0),
                        "f: 262145 bytes long, accepted: at most 262144");
    /* One value more than the limit, the sequence itself counted. */
    text[0] = '[';
    for (size_t i = 0; i < BRG_YAML_MAX_NODES; i++) memcpy(text + 1 + 2 * i, "1,", 2);
    text[2 * BRG_YAML_MAX_NODES] = ']';
    assert_int_equal(brg_yaml_parse(&t, text, 2 * BRG_YAML_MAX_NODES + 1, "f", true, NULL, diag),
                     BRG_EINPUT);
    assert_non_null(strstr(brg_diag_message(diag, 1), "too many values"));
    assert_null(t);
    free(text);
    brg_diag_destroy(&diag);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(places_and_values),
                                       cmocka_unit_test(nothing_to_read),
                                       cmocka_unit_test(refusals), cmocka_unit_test(sizes)};
    return cmocka_run_group_tests_name("yaml_tree", tests, NULL, NULL);
}
