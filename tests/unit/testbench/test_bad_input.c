/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed inputs through the real program: exit 2, exactly the expected lines on stderr, nothing
 * on stdout, nothing written. The cases stand in a text file (arguments: program, file). */
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

enum { MOST_TEXT = 1 << 16, MOST_CASES = 256, LEAST_CASES = 60 };

typedef struct place {
    const char *program, *cases;
} place;

typedef struct bad_case {
    char name[80];
    char *body; /* directives, NUL-terminated */
} bad_case;

static char *read_all(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, MOST_TEXT);
    assert_non_null(text);
    *length = file ? fread(text, 1, MOST_TEXT - 1, file) : 0;
    if (file) fclose(file);
    return text;
}

/* Writes text with \xNN and \\ decoded. */
static void write_decoded(FILE *to, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned byte;
        if (text[i] == '\\' && i + 3 < length && sscanf(text + i, "\\x%2x", &byte) == 1) {
            fputc((int)byte, to);
            i += 3;
        } else {
            fputc(text[i], to);
        }
    }
}

static void in_folder(char *to, size_t size, const char *folder, const char *name) {
    snprintf(to, size, "%s/%s", folder, name);
}

static int shell(const char *folder, const char *program, const char *arguments) {
    char command[1200];
    snprintf(command, sizeof command, "cd '%s' && '%s' %s >../stdout 2>../stderr", folder, program,
             arguments);
    const int result = system(command);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

/* Names and sizes of all files below the folder, to see that none came, went or grew. */
static void list_files(const char *folder, char *to, size_t size) {
    struct dirent **entries;
    const int count = scandir(folder, &entries, NULL, alphasort);
    assert_true(count >= 0);
    to[0] = '\0';
    for (int i = 0; i < count; i++) {
        char path[600];
        struct stat info;
        in_folder(path, sizeof path, folder, entries[i]->d_name);
        assert_int_equal(lstat(path, &info), 0);
        const size_t used = strlen(to);
        if (entries[i]->d_name[0] != '.')
            snprintf(to + used, size - used, "%s %lld\n", entries[i]->d_name,
                     S_ISDIR(info.st_mode) ? 0LL : (long long)info.st_size);
        free(entries[i]);
    }
    free(entries);
}

/* Assembles IN to OUT, keeps KEEP bytes (0: all) and flips the bits of byte FLIP (-1: none). */
static void make_program(const place *p, const char *folder, const char *arguments) {
    char in[80], out[80], line[200], path[400];
    long keep, flip;
    assert_int_equal(sscanf(arguments, "%79s %79s %ld %ld", in, out, &keep, &flip), 4);
    snprintf(line, sizeof line, "asm %s -o %s", in, out);
    assert_int_equal(shell(folder, p->program, line), 0);
    in_folder(path, sizeof path, folder, out);
    if (keep > 0) assert_int_equal(truncate(path, keep), 0);
    if (flip < 0) return;
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, flip, SEEK_SET);
    const int byte = fgetc(file);
    fseek(file, flip, SEEK_SET);
    fputc(byte ^ 0xFF, file);
    fclose(file);
}

static void make_input(const place *p, const char *folder, const char *directive, const char *text,
                       size_t length) {
    char path[400], name[80];
    unsigned count;
    FILE *file = NULL;
    if (sscanf(directive, "file %79s", name) == 1) {
        in_folder(path, sizeof path, folder, name);
        assert_non_null(file = fopen(path, "wb"));
        write_decoded(file, text, length);
    } else if (sscanf(directive, "bytes %79s", name) == 1) { /* a file without the last newline */
        in_folder(path, sizeof path, folder, name);
        assert_non_null(file = fopen(path, "wb"));
        write_decoded(file, text, length ? length - 1 : 0);
    } else if (sscanf(directive, "repeat %79s %u", name, &count) == 2) {
        in_folder(path, sizeof path, folder, name);
        assert_non_null(file = fopen(path, "wb"));
        for (unsigned i = 0; i < count; i++) write_decoded(file, text, length);
    } else if (sscanf(directive, "folder %79s", name) == 1) {
        in_folder(path, sizeof path, folder, name);
        assert_int_equal(mkdir(path, 0777), 0);
    } else if (strncmp(directive, "assemble ", 9) == 0) {
        make_program(p, folder, directive + 9);
    } else {
        print_error("unknown directive: %s\n", directive);
        fail();
    }
    if (file) fclose(file);
}

/* Compares text with what is expected, where `<...>` stands for any text. */
static bool matches(const char *text, const char *expected, const char *end) {
    static const char any[] = "<...>";
    while (expected < end) {
        if (end - expected >= 5 && memcmp(expected, any, 5) == 0) {
            for (const char *rest = text;; rest++) {
                if (matches(rest, expected + 5, end)) return true;
                if (!*rest) return false;
            }
        }
        if (*text++ != *expected++) return false;
    }
    return !*text;
}

/* Runs one case; true when everything is as expected. */
static bool run_case(const place *p, const bad_case *c, const char *work) {
    char inputs[64], arguments[600] = "", before[4000], after[4000], path[80];
    const char *expected = NULL;
    size_t expected_length = 0, length;
    snprintf(inputs, sizeof inputs, "%s/in", work);
    assert_int_equal(mkdir(inputs, 0777), 0);
    for (char *at = c->body; at;) {
        char *line_end = strchr(at, '\n');
        assert_non_null(line_end);
        *line_end = '\0';
        char *text = line_end + 1, *next = strstr(text, "\n--- ");
        const size_t text_length = text[0] == '-' && strncmp(text, "--- ", 4) == 0 ? 0
                                   : next ? (size_t)(next - text) + 1
                                          : strlen(text);
        const char *directive = at + 4;
        if (strncmp(directive, "run ", 4) == 0)
            snprintf(arguments, sizeof arguments, "%s", directive + 4);
        else if (strcmp(directive, "expect") == 0)
            expected = text, expected_length = text_length;
        else
            make_input(p, inputs, directive, text, text_length);
        at = text_length == 0 && *text ? text : next ? next + 1 : NULL;
    }
    assert_non_null(expected);
    if (strncmp(arguments, "run ", 4) == 0 && !strstr(arguments, "--out"))
        strcat(arguments, " --out out --json out.json --timeline t.csv");
    list_files(inputs, before, sizeof before);
    const int code = shell(inputs, p->program, arguments);
    list_files(inputs, after, sizeof after);

    snprintf(path, sizeof path, "%s/stderr", work);
    char *messages = read_all(path, &length);
    const bool same = matches(messages, expected, expected + expected_length);
    if (!same)
        print_error("%s\n  got:      %s  expected: %.*s\n", c->name, messages, (int)expected_length,
                    expected);
    if (code != 2) print_error("%s: exit %d\n", c->name, code);
    if (strcmp(before, after)) print_error("%s: files were written:\n%s", c->name, after);
    free(messages);
    snprintf(path, sizeof path, "%s/stdout", work);
    char *output = read_all(path, &length);
    free(output);
    if (length) print_error("%s: something on stdout\n", c->name);
    snprintf(arguments, sizeof arguments, "rm -r '%s'", inputs);
    assert_int_equal(system(arguments), 0);
    return same && code == 2 && length == 0 && strcmp(before, after) == 0;
}

/* Cases begin with a line `=== name`; bodies are copied out. */
static size_t split_cases(const char *text, bad_case *cases) {
    size_t count = 0;
    for (const char *at = strstr(text, "\n=== "); at; count++) {
        const char *next = strstr(at + 1, "\n=== "), *name = at + 5, *body = strchr(name, '\n') + 1;
        assert_true(count < MOST_CASES);
        snprintf(cases[count].name, sizeof cases[count].name, "%.*s", (int)(body - name - 1), name);
        cases[count].body = next ? strndup(body, (size_t)(next - body)) : strdup(body);
        assert_non_null(cases[count].body);
        at = next;
    }
    return count;
}

static void malformed(void **state) {
    const place *p = *state;
    char work[] = "/tmp/brigade_bad_XXXXXX", command[80];
    static bad_case cases[MOST_CASES];
    size_t length, failed = 0;
    char *text = read_all(p->cases, &length);
    assert_true(length > 0 && length < MOST_TEXT - 1);
    assert_non_null(mkdtemp(work));
    const size_t count = split_cases(text, cases);
    for (size_t i = 0; i < count; i++) {
        if (!run_case(p, &cases[i], work)) failed++;
        free(cases[i].body);
    }
    snprintf(command, sizeof command, "rm -r '%s'", work);
    assert_int_equal(system(command), 0);
    free(text);
    print_message("%zu malformed inputs\n", count);
    assert_true(count >= LEAST_CASES);
    assert_int_equal(failed, 0);
}

int main(int argc, char **argv) {
    if (argc != 3) return 1;
    place p = {argv[1], argv[2]};
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(malformed, &p)};
    return cmocka_run_group_tests_name("bad_input", tests, NULL, NULL);
}
