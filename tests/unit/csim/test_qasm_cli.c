/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qasm run` as a user meets it: the shipped examples, JSON, the state vector's bytes, exit
 * codes, and that a failed run writes nothing (arguments: program, folder of the examples). */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

typedef struct place {
    const char *program, *examples;
    char folder[64];
} place;

/* Runs `qasm ARGUMENTS` in the work folder; %E in arguments is the folder of the examples. */
static int run(const place *p, const char *arguments) {
    char command[2000];
    size_t used =
        (size_t)snprintf(command, sizeof command, "cd '%s' && '%s' qasm ", p->folder, p->program);
    for (const char *c = arguments; *c; c++) {
        if (c[0] == '%' && c[1] == 'E') {
            used += (size_t)snprintf(command + used, sizeof command - used, "%s", p->examples);
            c++;
        } else {
            command[used++] = *c;
        }
    }
    snprintf(command + used, sizeof command - used, " >out 2>err");
    const int result = system(command);
    assert_true(WIFEXITED(result));
    return WEXITSTATUS(result);
}

static char *text_of(const place *p, const char *name, size_t *length) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    *length = file ? fread(text, 1, (1 << 16) - 1, file) : 0;
    if (file) fclose(file);
    return text;
}

static json_t *json_of(const place *p, const char *name) {
    size_t length;
    char *text = text_of(p, name, &length);
    json_t *json = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "brigade.qasm/1");
    return json;
}

static double share(const json_t *json, const char *bits) {
    const char *key;
    json_t *value;
    json_int_t all = 0;
    json_object_foreach(json_object_get(json, "counts"), key, value) all +=
        json_integer_value(value);
    const json_t *one = json_object_get(json_object_get(json, "counts"), bits);
    return (double)json_integer_value(one) / (double)all;
}

static void grover(void **state) {
    const place *p = *state;
    assert_int_equal(run(p, "run %E/grover.qasm --shots 20000 --probabilities --json -"), 0);
    json_t *json = json_of(p, "out");
    const double expected = pow(sin(7 * asin(0.25)), 2);
    assert_double_near(share(json, "1011"), expected, 5 * sqrt(expected * (1 - expected) / 20000));
    /* Cell 11 = 1011, address bit 0 = qubit 0 first: q3 q2 q1 q0 = 1101, the bus 0 before them. */
    assert_double_near(
        json_real_value(json_object_get(json_object_get(json, "probabilities"), "01101")), expected,
        1e-9);
    assert_int_equal(json_integer_value(json_object_get(json, "qubits")), 5);
    json_decref(json);
    /* Noise can only take from it. */
    assert_int_equal(run(p, "run %E/grover.qasm --shots 4000 --technology neutral_atom --json -"),
                     0);
    json = json_of(p, "out");
    assert_true(share(json, "1011") > 0.5 && share(json, "1011") < 0.98);
    json_decref(json);
}

static void other_examples(void **state) {
    const place *p = *state;
    assert_int_equal(run(p, "run %E/bernstein_vazirani.qasm --json j.json"), 0);
    json_t *json = json_of(p, "j.json");
    assert_double_near(share(json, "10011"), 1, 0);
    json_decref(json);
    assert_int_equal(run(p, "run %E/qft.qasm --json -"), 0);
    json = json_of(p, "out");
    assert_double_near(share(json, "100101"), 1, 0);
    json_decref(json);
    assert_int_equal(run(p, "run %E/teleportation.qasm --shots 20000 --json -"), 0);
    json = json_of(p, "out");
    double one = 0;
    const char *const endings[] = {"1 00", "1 01", "1 10", "1 11"};
    for (int i = 0; i < 4; i++) one += share(json, endings[i]);
    assert_double_near(one, 0.75, 5 * sqrt(0.1875 / 20000));
    json_decref(json);
    assert_int_equal(run(p, "run %E/amplitudes.qasm --shots 20000 --json -"), 0);
    json = json_of(p, "out");
    const int words[] = {1, 3, 5, 8, 8, 5, 3, 1};
    double norm = 0;
    for (int i = 0; i < 8; i++) norm += pow(sin(words[i] * M_PI / 32), 2);
    for (int i = 0; i < 8; i++) {
        char bits[8];
        snprintf(bits, sizeof bits, "1 %d%d%d", i >> 2 & 1, i >> 1 & 1, i & 1);
        const double expected = pow(sin(words[i] * M_PI / 32), 2) / norm;
        assert_double_near(share(json, bits), expected, 5 * sqrt(expected / 20000));
    }
    json_decref(json);
}

static void write_program(const place *p, const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", p->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void state_vector_bytes(void **state) {
    const place *p = *state;
    size_t length;
    write_program(p, "s.qasm",
                  "OPENQASM 3;\ninclude \"stdgates.inc\";\ninput angle a;\nqubit[2] q;\n"
                  "bit[2] c;\nry(a) q[1];\ns q[1];\nc = measure q;\n");
    assert_int_equal(run(p, "run s.qasm --statevector v --input a=1.0471975511965976"), 0);
    char *bytes = text_of(p, "v", &length);
    double a[8];
    assert_int_equal(length, sizeof a);
    memcpy(a, bytes, sizeof a); /* the tests run on little-endian machines */
    free(bytes);
    const double expected[8] = {sqrt(0.75), 0, 0, 0, 0, 0.5, 0, 0};
    for (int i = 0; i < 8; i++) assert_double_near(a[i], expected[i], 1e-12);
}

static void errors_write_nothing(void **state) {
    const place *p = *state;
    const struct {
        const char *arguments, *expected;
    } cases[] = {
        {"run none.qasm", "none.qasm: cannot be read: No such file or directory\n"},
        {"run w.qasm --statevector v2 --json j2",
         "w.qasm:3:1: the gate 'foo' is not declared, accepted: after include \"stdgates.inc\" or "
         "\"qelib1.inc\"\n"},
        {"run i.qasm --json j2",
         "i.qasm:2:9: the file \"none.inc\" cannot be read, accepted: "
         "\"stdgates.inc\", \"qelib1.inc\" or a file\n"},
        {"run s.qasm --input a", "--input a: not an input, accepted: NAME=VALUE\n"},
        {"run s.qasm --input a=x",
         "s.qasm:3:13: the value 'x' of the input 'a' does not fit, "
         "accepted: angle\n"},
        {"run s.qasm --technology none",
         "--technology none: not a technology, accepted: see "
         "brigade list technologies\n"},
        {"run s.qasm --shots -1", "--shots: -1 is out of range, accepted: 0..100000000\n"},
        {"run s.qasm --json none/j",
         "--json none/j: cannot be written: No such file or directory\n"},
        {"run s.qasm --statevector none/v",
         "--statevector none/v: cannot be written: No such file or directory\n"},
        {"run s.qasm --statevector v2 --json ./v2", NULL},
        {"run s.qasm --json ./s.qasm --input a=1", NULL},
        {"run s.qasm --statevector s.qasm --input a=1", NULL},
        {"fly s.qasm", "brigade qasm: fly: not a command, accepted: run\n"},
        {"run %E/teleportation.qasm --statevector v2", NULL}};
    write_program(p, "w.qasm", "OPENQASM 3;\nqubit q;\nfoo q;\n");
    write_program(p, "i.qasm", "OPENQASM 3;\ninclude \"none.inc\";\n");
    write_program(p, "s.qasm",
                  "OPENQASM 3;\ninclude \"stdgates.inc\";\ninput angle a;\nqubit q;\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[200];
        size_t length;
        if (run(p, cases[i].arguments) != 2) {
            print_error("%s: not exit 2\n", cases[i].arguments);
            fail();
        }
        char *messages = text_of(p, "err", &length), *output = text_of(p, "out", &length);
        if (cases[i].expected) assert_string_equal(messages, cases[i].expected);
        assert_true(messages[0] != '\0');
        assert_string_equal(output, "");
        snprintf(path, sizeof path, "%s/v2", p->folder);
        assert_int_not_equal(access(path, F_OK), 0);
        snprintf(path, sizeof path, "%s/j2", p->folder);
        assert_int_not_equal(access(path, F_OK), 0);
        free(messages);
        free(output);
    }
}

static void includes_are_beside(void **state) {
    const place *p = *state;
    write_program(p, "mine.inc", "gate twice(a) q { U(0, 0, a) q; U(0, 0, a) q; }\n");
    write_program(p, "m.qasm",
                  "OPENQASM 3;\ninclude \"stdgates.inc\";\ninclude \"mine.inc\";\n"
                  "qubit q;\nbit c;\nh q;\ntwice(pi / 2) q;\nh q;\nc = measure q;\n");
    char arguments[200];
    snprintf(arguments, sizeof arguments, "run '%s/m.qasm' --json -", p->folder);
    assert_int_equal(run(p, arguments), 0);
    json_t *json = json_of(p, "out");
    assert_double_near(share(json, "1"), 1, 0);
    json_decref(json);
}

int main(int argc, char **argv) {
    if (argc != 3) return 1;
    place p = {argv[1], argv[2], "/tmp/brigade_qasm_XXXXXX"};
    char command[100];
    if (!mkdtemp(p.folder)) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(grover, &p),
                                       cmocka_unit_test_prestate(other_examples, &p),
                                       cmocka_unit_test_prestate(state_vector_bytes, &p),
                                       cmocka_unit_test_prestate(errors_write_nothing, &p),
                                       cmocka_unit_test_prestate(includes_are_beside, &p)};
    const int failed = cmocka_run_group_tests_name("qasm_cli", tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r '%s'", p.folder);
    return system(command) || failed;
}
