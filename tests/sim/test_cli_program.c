/* SPDX-License-Identifier: Apache-2.0 */
/* A Grover search whose table queries run on the real controller: the textbook probability without
 * noise, and a success that falls with memory latency when there is noise. */
#include <math.h>

#include "test_cli_rig.h"

static char program[600];

static double share(json_t *j, const char *counts, const char *bits) {
    char path[100];
    snprintf(path, sizeof path, "quantum.program.%s", counts);
    json_t *count = json_object_get(cli_at(j, path), bits);
    return (double)json_integer_value(count) / cli_number(j, "quantum.program.shots");
}

static void textbook(void **state) {
    const cli *c = *state;
    static const char *const routers[] = {"two_level", "three_level"};
    for (int r = 0; r < 2; r++) {
        json_t *j = cli_result(c,
                               "s.yaml --set workload.program=%s --set qram.routers=%s "
                               "--set noise.model=none --set noise.trajectories=20000",
                               program, routers[r]);
        const double expected = pow(sin(7 * asin(0.25)), 2);
        const double found = share(j, "counts", "1011");
        print_message("%s: %.4f, textbook %.4f\n", routers[r], found, expected);
        assert_double_near(found, expected, 3 * sqrt(expected * (1 - expected) / 20000));
        assert_true(json_equal(cli_at(j, "quantum.program.counts"),
                               cli_at(j, "quantum.program.counts_without_stalls")));
        json_decref(j);
    }
}

static void falls_with_latency(void **state) {
    const cli *c = *state;
    static const char *const latency[] = {"50", "15000", "60000"};
    double last = 1, without = 0;
    for (int i = 0; i < 3; i++) {
        json_t *j = cli_result(c, "s.yaml --set workload.program=%s --set memory.latency_ns=%s",
                               program, latency[i]);
        const double found = share(j, "counts", "1011");
        const double ideal = share(j, "counts_without_stalls", "1011");
        print_message("latency %s ns: %.3f, without the stalls %.3f\n", latency[i], found, ideal);
        /* Three standard errors of the difference of two shares of 1000. */
        assert_true(found < last - (i ? 3 * sqrt(0.5 / 1000) : 0));
        if (i == 0) assert_double_near(found, ideal, 1e-12);
        if (i > 0) assert_double_near(ideal, without, 1e-12);
        without = ideal;
        last = found;
        json_decref(j);
    }
}

static void same_with_threads(void **state) {
    const cli *c = *state;
    json_t *one = cli_result(c, "s.yaml --set workload.program=%s --jobs 1", program);
    json_t *four = cli_result(c, "s.yaml --set workload.program=%s --jobs 4", program);
    assert_true(json_equal(one, four));
    json_decref(one);
    json_decref(four);
}

static void refused(void **state) {
    const cli *c = *state;
    static const struct {
        const char *set, *message;
    } cases[] = {
        {"--set qram.address_width=3", "accepted: those of the scenario"},
        {"--set memory.image=zero", "not used with workload.program"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(
            cli_run(c, "run s.yaml --set workload.program=%s %s", program, cases[i].set), 2);
        char *text = cli_text(c, "stderr");
        assert_non_null(strstr(text, cases[i].message));
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
        free(text);
    }
    cli_write(c, "none.qasm", "OPENQASM 3.0;\nqubit q;\n");
    assert_int_equal(cli_run(c, "run s.yaml --set workload.program=none.qasm"), 2);
    cli_write(c, "bad.qasm", "OPENQASM 3.0;\nqubit q\n");
    assert_int_equal(cli_run(c, "run s.yaml --set workload.program=bad.qasm"), 2);
    assert_int_equal(cli_run(c, "run s.yaml --set workload.program=missing.qasm"), 2);
}

int main(int argc, char **argv) {
    cli c;
    const char *data = getenv("BRIGADE_TEST_DATA");
    if (argc != 2 || !data) return 1;
    snprintf(program, sizeof program, "%s/../../testbench/programs/grover.qasm", data);
    cli_open(&c, argv[1]);
    cli_write(&c, "s.yaml",
              "technology: cavity3d_near\n"
              "qram: {routers: three_level}\n"
              "noise: {trajectories: 1000}\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(textbook, &c), cmocka_unit_test_prestate(falls_with_latency, &c),
        cmocka_unit_test_prestate(same_with_threads, &c), cmocka_unit_test_prestate(refused, &c)};
    const int failed = cmocka_run_group_tests_name("cli_program", tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
