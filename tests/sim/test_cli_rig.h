/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the real program in a folder of its own and reads its JSON. */
#ifndef BRG_TESTS_CLI_RIG_H
#define BRG_TESTS_CLI_RIG_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

typedef struct cli {
    const char *program;
    char folder[40]; /* current folder of every run */
} cli;

static inline void cli_open(cli *c, const char *program) {
    c->program = program;
    strcpy(c->folder, "/tmp/brigade_cli_XXXXXX");
    assert_non_null(mkdtemp(c->folder));
}

static inline void cli_close(cli *c) {
    char command[80];
    snprintf(command, sizeof command, "rm -r '%s'", c->folder);
    assert_int_equal(system(command), 0);
}

/* A file of the folder as text, malloc'ed; NULL when it is not there. */
static inline char *cli_text(const cli *c, const char *name) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", c->folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    fclose(file);
    return text;
}

static inline void cli_write(const cli *c, const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", c->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Runs `brigade ARGUMENTS`; stdout and stderr go to files of these names in the folder. */
static inline int cli_vrun(const cli *c, const char *format, va_list args) {
    char arguments[1600], command[2000];
    vsnprintf(arguments, sizeof arguments, format, args);
    snprintf(command, sizeof command, "cd '%s' && '%s' %s >stdout 2>stderr", c->folder, c->program,
             arguments);
    const int result = system(command);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

__attribute__((format(printf, 2, 3))) static inline int cli_run(const cli *c, const char *format,
                                                                ...) {
    va_list args;
    va_start(args, format);
    const int code = cli_vrun(c, format, args);
    va_end(args);
    return code;
}

/* Runs `brigade run ARGUMENTS --json -` to a good end and gives the JSON without `performance`.
 * Nothing may stand on stderr, but for a run with waves, of which Verilator may say something. */
__attribute__((format(printf, 2, 3))) static inline json_t *cli_result(const cli *c,
                                                                       const char *format, ...) {
    char line[1600];
    va_list args;
    snprintf(line, sizeof line, "run %s --json -", format);
    va_start(args, format);
    const int code = cli_vrun(c, line, args);
    va_end(args);
    char *text = cli_text(c, "stdout"), *messages = cli_text(c, "stderr");
    json_error_t error;
    json_t *j = json_loads(text, 0, &error);
    const bool silent = !*messages || strstr(format, "--waves");
    if (code || !silent || !j) print_error("exit %d: %s\n%s\n", code, messages, text);
    assert_int_equal(code, 0);
    assert_true(silent);
    assert_non_null(j);
    assert_true(json_is_object(json_object_get(j, "performance")));
    json_object_del(j, "performance");
    free(text);
    free(messages);
    return j;
}

/* Value at a dotted path, borrowed; fails when there is none. */
static inline json_t *cli_at(json_t *j, const char *path) {
    char part[64];
    for (const char *p = path; *p;) {
        const size_t length = strcspn(p, ".");
        snprintf(part, sizeof part, "%.*s", (int)length, p);
        j = json_object_get(j, part);
        if (!j) print_error("no %s\n", path);
        assert_non_null(j);
        p += length + (p[length] == '.');
    }
    return j;
}

static inline double cli_number(json_t *j, const char *path) {
    json_t *value = cli_at(j, path);
    if (!json_is_number(value)) print_error("%s is not a number\n", path);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static inline long long cli_count(json_t *j, const char *path) {
    json_t *value = cli_at(j, path);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static inline bool cli_same(json_t *a, json_t *b, const char *path) {
    return json_equal(cli_at(a, path), cli_at(b, path));
}

#endif
