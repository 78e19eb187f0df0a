/* SPDX-License-Identifier: Apache-2.0 */
/* What must not change a result: threads, waves, lockstep for replay, the timeline through a file,
 * the program and the image through files, the resolved scenario read back. */
#include "model/program.h"
#include "test_cli_rig.h"

static const char scenario[] =
    "seed: 11\n"
    "technology: {base: transmon, t1_ns: 20000, tphi_ns: 25000}\n"
    "clock_mhz: 333.333\n"
    "qram: {address_width: 3, word_width: 2}\n"
    "memory: {image: random, latency_ns: 1200}\n"
    "workload: {queries: 2}\n"
    "noise: {gate_error: 1.0e-3, trajectories: 60}\n";

static void check_same(json_t *a, json_t *b) {
    if (!json_equal(a, b)) {
        char *x = json_dumps(a, JSON_INDENT(1)), *y = json_dumps(b, JSON_INDENT(1));
        print_error("%s\n%s\n", x, y);
        free(x);
        free(y);
    }
    assert_true(json_equal(a, b));
}

static void threads(void **state) {
    const cli *c = *state;
    static const char *const sets[] = {"", "--set qram.routers=three_level",
                                       "--set qram.routers=three_level "
                                       "--set noise.loss_detection=0.7",
                                       "--set noise.model=per_slice",
                                       "--set noise.method=first_order"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        json_t *one = cli_result(c, "s.yaml %s --jobs 1", sets[i]);
        json_t *two = cli_result(c, "s.yaml %s --jobs 2", sets[i]);
        json_t *four = cli_result(c, "s.yaml %s --jobs 4", sets[i]);
        check_same(one, two);
        check_same(one, four);
        json_decref(one);
        json_decref(two);
        json_decref(four);
    }
    json_t *other = cli_result(c, "s.yaml --set seed=12");
    json_t *first = cli_result(c, "s.yaml");
    assert_false(cli_same(first, other, "quantum.fidelity"));
    json_decref(other);
    json_decref(first);
}

static void waves(void **state) {
    const cli *c = *state;
    struct stat info;
    char path[100];
    json_t *without = cli_result(c, "s.yaml");
    json_t *with = cli_result(c, "s.yaml --waves --out w");
    check_same(without, with);
    json_decref(without);
    json_decref(with);
    static const char *const files[] = {"w/waves.fst", "w/result.json", "w/timeline.csv",
                                        "w/report.txt", "w/query.gtkw"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", c->folder, files[i]);
        if (stat(path, &info)) print_error("no %s\n", files[i]);
        assert_int_equal(stat(path, &info), 0);
        assert_true(info.st_size > 100);
    }
    snprintf(path, sizeof path, "%s/brigade-out", c->folder);
    assert_int_not_equal(stat(path, &info), 0);
}

static void lockstep_is_replay(void **state) {
    const cli *c = *state;
    static const char *const sets[] = {"", "--set qram.routers=three_level",
                                       "--set qram.routers=three_level "
                                       "--set noise.loss_detection=0.7",
                                       "--set noise.model=per_slice --set noise.per_slice=damping "
                                       "--set noise.per_slice.probability=0.003",
                                       "--set workload.input=basis:5"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        json_t *replay = cli_result(c, "s.yaml %s", sets[i]);
        json_t *lockstep = cli_result(c, "s.yaml %s --set noise.method=lockstep", sets[i]);
        /* What a removed cause would save is found by replay alone. */
        json_t *const both[] = {replay, lockstep}, *row;
        for (int r = 0; r < 2; r++) {
            const char *cause;
            json_object_foreach(cli_at(both[r], "quantum.attribution.causes"), cause, row) {
                json_object_del(row, "saved_if_removed");
                json_object_del(row, "saved_stderr");
            }
        }
        check_same(cli_at(replay, "quantum"), cli_at(lockstep, "quantum"));
        check_same(cli_at(replay, "timing"), cli_at(lockstep, "timing"));
        check_same(cli_at(replay, "memory"), cli_at(lockstep, "memory"));
        json_decref(replay);
        json_decref(lockstep);
    }
}

static void timeline_file(void **state) {
    const cli *c = *state;
    json_t *first = cli_result(c, "s.yaml --timeline t.csv");
    json_t *again = cli_result(c, "s.yaml --from-timeline t.csv --timeline u.csv");
    check_same(cli_at(first, "quantum"), cli_at(again, "quantum"));
    check_same(cli_at(first, "timing"), cli_at(again, "timing"));
    check_same(cli_at(first, "pulses"), cli_at(again, "pulses"));
    assert_true(json_is_null(cli_at(again, "memory.read_bytes")));
    char *t = cli_text(c, "t.csv"), *u = cli_text(c, "u.csv");
    const char *rows_t = strstr(t, "query,slice"), *rows_u = strstr(u, "query,slice");
    assert_non_null(rows_t);
    assert_string_equal(rows_t, rows_u);
    free(t);
    free(u);
    /* Other noise over the same timing. */
    json_t *colder = cli_result(c,
                                "s.yaml --from-timeline t.csv --set noise.t1_ns=0 "
                                "--set noise.tphi_ns=0 --set noise.gate_error=0");
    assert_double_near(cli_number(colder, "quantum.fidelity.mean"), 1, 1e-10);
    check_same(cli_at(first, "timing"), cli_at(colder, "timing"));
    json_decref(first);
    json_decref(again);
    json_decref(colder);
    /* A timeline of another shape is refused. */
    assert_int_equal(cli_run(c, "run s.yaml --from-timeline t.csv --set qram.word_width=1"), 2);
    assert_int_equal(cli_run(c, "run s.yaml --from-timeline t.csv --set workload.queries=1"), 2);
}

static void program_file(void **state) {
    const cli *c = *state;
    brg_diag *diag = NULL;
    brg_program *program = NULL;
    char *text = NULL, path[100];
    size_t length = 0;
    /* The lengths of the transmon preset choose the classes, as in the built-in program. */
    json_t *built_in = cli_result(c, "s.yaml");
    double class_ns[BRG_CLASS_COUNT] = {0};
    class_ns[BRG_CLASS_CSWAP] = cli_number(built_in, "scenario.technology.cswap_ns");
    class_ns[BRG_CLASS_LATCH_SWAP] = cli_number(built_in, "scenario.technology.latch_swap_ns");
    class_ns[BRG_CLASS_REGISTER_SWAP] =
        cli_number(built_in, "scenario.technology.register_swap_ns");
    class_ns[BRG_CLASS_FETCH] = cli_number(built_in, "scenario.technology.fetch_ns");
    const brg_program_config config = {
        .qram = {BRG_TWO_LEVEL, 3, 2, 0}, .readout = true, .class_length = class_ns};
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_program_build(&program, "bucket_brigade", &config, diag), BRG_OK);
    FILE *memory = open_memstream(&text, &length);
    assert_int_equal(brg_program_disassemble(program, memory), BRG_OK);
    fclose(memory);
    cli_write(c, "p.bqa", text);

    assert_int_equal(cli_run(c, "asm p.bqa"), 0);
    assert_int_equal(cli_run(c, "disasm p.bqp"), 0);
    char *shown = cli_text(c, "stdout");
    assert_string_equal(shown, text);
    free(shown);
    static const char *const files[] = {"p.bqa", "p.bqp"};
    for (int i = 0; i < 2; i++) {
        json_t *j = cli_result(c, "s.yaml --set qram.program=%s", files[i]);
        json_object_set_new(cli_at(j, "scenario.qram"), "program", json_string("bucket_brigade"));
        check_same(built_in, j);
        json_decref(j);
    }
    json_decref(built_in);
    snprintf(path, sizeof path, "%s/p.bqp", c->folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(cli_run(c, "asm p.bqa -o q.bqp"), 0);
    snprintf(path, sizeof path, "%s/q.bqp", c->folder);
    assert_int_equal(unlink(path), 0);
    free(text);
    brg_program_destroy(&program);
    brg_diag_destroy(&diag);
}

static void image_file(void **state) {
    const cli *c = *state;
    /* Both bits of every word are the parity of the cell. */
    cli_write(c, "m.csv", "0\n3\n3\n0\n3\n0\n0\n3\n");
    json_t *parity = cli_result(c, "s.yaml --set memory.image=parity");
    json_t *file = cli_result(c, "s.yaml --set 'memory.image={kind: file, path: m.csv}'");
    check_same(cli_at(parity, "quantum"), cli_at(file, "quantum"));
    check_same(cli_at(parity, "timing"), cli_at(file, "timing"));
    json_decref(parity);
    json_decref(file);
}

static void resolved_scenario(void **state) {
    const cli *c = *state;
    json_t *first = cli_result(c, "s.yaml");
    char *text = json_dumps(cli_at(first, "scenario"), JSON_INDENT(2));
    cli_write(c, "resolved.yaml", text);
    free(text);
    json_t *again = cli_result(c, "resolved.yaml");
    check_same(first, again);
    json_decref(first);
    json_decref(again);
}

int main(int argc, char **argv) {
    cli c;
    if (argc != 2) return 1;
    cli_open(&c, argv[1]);
    cli_write(&c, "s.yaml", scenario);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(threads, &c),
                                       cmocka_unit_test_prestate(waves, &c),
                                       cmocka_unit_test_prestate(lockstep_is_replay, &c),
                                       cmocka_unit_test_prestate(timeline_file, &c),
                                       cmocka_unit_test_prestate(program_file, &c),
                                       cmocka_unit_test_prestate(image_file, &c),
                                       cmocka_unit_test_prestate(resolved_scenario, &c)};
    const int failed = cmocka_run_group_tests_name("cli_same", tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
