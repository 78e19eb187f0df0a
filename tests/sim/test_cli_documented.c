/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of results are those that docs/results.md names, in both directions. Arguments: program,
 * docs/results.md. */
#include <ctype.h>

#include "test_cli_rig.h"

static cli c;
static const char *document;
/* Names of keys, as a set: of results, and of the scenarios in them, which have a document of their
 * own. */
static json_t *printed, *scenarios;

static void add_names(json_t *to, json_t *j) {
    const char *name;
    json_t *value;
    size_t i;
    json_array_foreach(j, i, value) add_names(to, value);
    json_object_foreach(j, name, value) {
        json_object_set_new(to, name, json_true());
        if (strncmp(name, "counts", 6) == 0) continue; /* outcomes are the keys of these */
        add_names(strcmp(name, "scenario") ? to : scenarios, value);
    }
}

/* Whether the name is a word of the text. */
static bool has_word(const char *text, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        const bool starts = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        const bool ends = !(isalnum((unsigned char)at[length]) || at[length] == '_');
        if (starts && ends) return true;
    }
    return false;
}

static int run_all(void **state) {
    (void)state;
    static const char *const runs[] = {"qec_entry",
                                       "qec_entry --set qec.decoder=fit",
                                       "qec_tree",
                                       "heralded --set workload.queries=2",
                                       "memories",
                                       "page_ahead",
                                       "cloud_table",
                                       "starved_pulse",
                                       "grover",
                                       "large_cache",
                                       "quickstart --set control=cached --set memory.near=ddr4"};
    printed = json_object();
    scenarios = json_object();
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        assert_int_equal(
            cli_run(&c, "run %s --set noise.trajectories=20 --jobs 1 --json r.json -q", runs[i]),
            0);
        char *text = cli_text(&c, "r.json");
        assert_non_null(text);
        json_t *j = json_loads(text, 0, NULL);
        assert_non_null(j);
        free(text);
        add_names(printed, j);
        json_decref(j);
    }
    return 0;
}

static int forget(void **state) {
    (void)state;
    json_decref(printed);
    json_decref(scenarios);
    return 0;
}

static void printed_is_documented(void **state) {
    (void)state;
    size_t missing = 0;
    const char *name;
    json_t *value;
    json_object_foreach(printed, name, value) {
        if (has_word(document, name)) continue;
        print_error("docs/results.md lacks the key %s\n", name);
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* Parts of a path between back quotes that are no key; returns their number. */
static size_t unknown_names(char *path) {
    static const char *const others[] = {"bucket_brigade", "null", "other"};
    size_t count = 0;
    char *next = NULL;
    for (char *name = strtok_r(path, ".", &next); name; name = strtok_r(NULL, ".", &next)) {
        bool known = json_object_get(printed, name) || json_object_get(scenarios, name);
        for (int i = 0; i < 3; i++) known = known || strcmp(name, others[i]) == 0;
        if (known) continue;
        print_error("docs/results.md names %s, which no result has\n", name);
        count++;
    }
    return count;
}

/* Of the tables' rows, every word or path between back quotes. */
static void documented_is_printed(void **state) {
    (void)state;
    size_t missing = 0, paths = 0;
    for (const char *line = document; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *end = line + strcspn(line, "\n"), *at = line;
        if (*line != '|') continue;
        while ((at = memchr(at, '`', (size_t)(end - at))) != NULL) {
            char path[80];
            const size_t length = strcspn(++at, "`\n");
            snprintf(path, sizeof path, "%.*s", (int)length, at);
            if (strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789_.") == length) {
                missing += unknown_names(path);
                paths++;
            }
            at += length + (at[length] == '`');
        }
    }
    assert_true(paths > 100);
    assert_int_equal(missing, 0);
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    FILE *file = fopen(argv[2], "r");
    static char text[100000];
    if (!file) return 2;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    document = text;
    cli_open(&c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(printed_is_documented),
                                       cmocka_unit_test(documented_is_printed)};
    const int failed = cmocka_run_group_tests(tests, run_all, forget);
    cli_close(&c);
    return failed;
}
