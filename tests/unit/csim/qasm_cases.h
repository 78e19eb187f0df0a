/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of OpenQASM cases: `=== name`, the program, then sections `--- word`. */
#ifndef BRG_TESTS_QASM_CASES_H
#define BRG_TESTS_QASM_CASES_H

#include <stdbool.h>
#include <string.h>

#include "csim/qasm/qasm.h"
#include "test.h"

enum { QASM_MOST_CASES = 200, QASM_MOST_TEXT = 1 << 18 };

typedef struct qasm_case {
    char name[80];
    char *program;  /* in the text that qasm_read_cases gives, as is the rest */
    char *sections; /* from the first `--- ` on, or empty */
} qasm_case;

static inline char *qasm_read_cases(const char *file, qasm_case *cases, size_t *count) {
    char path[1000];
    const char *folder = getenv("BRIGADE_TEST_DATA");
    snprintf(path, sizeof path, "%s/qasm/%s", folder ? folder : "tests/data", file);
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, QASM_MOST_TEXT);
    assert_non_null(text);
    if (!f) print_error("%s cannot be read\n", path);
    assert_non_null(f);
    const size_t length = fread(text, 1, QASM_MOST_TEXT - 1, f);
    fclose(f);
    assert_true(length > 0 && length < QASM_MOST_TEXT - 1);
    *count = 0;
    char *at = strstr(text, "\n=== ");
    while (at) {
        char *next = strstr(at + 1, "\n=== "), *body = strchr(at + 5, '\n') + 1;
        qasm_case *c = &cases[(*count)++];
        assert_true(*count <= QASM_MOST_CASES);
        snprintf(c->name, sizeof c->name, "%.*s", (int)(body - at - 6), at + 5);
        if (next) *next = '\0'; /* the case ends where the next begins */
        char *sections = strncmp(body, "--- ", 4) == 0 ? body : strstr(body, "\n--- ");
        if (sections && sections != body) *sections++ = '\0';
        c->program = body;
        c->sections = sections ? sections : body + strlen(body);
        at = next;
    }
    return text;
}

/* The lines of a section, up to the next; NULL when there is none. */
static inline const char *qasm_section(const qasm_case *c, const char *word, size_t *length) {
    char mark[40];
    snprintf(mark, sizeof mark, "--- %s\n", word);
    const char *at = strstr(c->sections, mark);
    if (!at) return NULL;
    at += strlen(mark);
    const char *end = strstr(at, "\n--- ");
    *length = end ? (size_t)(end - at) + 1 : strlen(at);
    return at;
}

#endif
