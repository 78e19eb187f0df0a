/* SPDX-License-Identifier: Apache-2.0 */
/* The program as users see it: slow against fast memory, sums that add up, files and exit codes. */
#include "test_cli_rig.h"

static const char *const causes[] = {"memory",  "latch", "pulse",  "readout",
                                     "decoder", "host",  "control"};

static void slow_against_fast(void **state) {
    const cli *c = *state;
    json_t *fast = cli_result(c, "fast_memory");
    json_t *slow = cli_result(c,
                              "fast_memory --set memory.latency_ns=5000 "
                              "--set memory.bandwidth_gb_per_s=1");
    assert_true(cli_count(fast, "timing.stall_cycles.total") == 0);
    assert_true(cli_count(slow, "timing.stall_cycles.memory") > 500);
    assert_true(cli_number(slow, "timing.latency_ns") >
                cli_number(fast, "timing.latency_ns") + 2000);
    const double lost =
        cli_number(fast, "quantum.fidelity.mean") - cli_number(slow, "quantum.fidelity.mean");
    const double error =
        cli_number(fast, "quantum.fidelity.stderr") + cli_number(slow, "quantum.fidelity.stderr");
    print_message("the slow memory costs %.4f, standard errors %.4f\n", lost, error);
    assert_true(lost > 5 * error);
    /* Same seed without the stalls: exactly the fast run. */
    assert_true(cli_same(fast, slow, "quantum.fidelity_without_stalls"));
    assert_double_near(cli_number(slow, "quantum.fidelity_without_stalls.mean"),
                       cli_number(fast, "quantum.fidelity.mean"), 0);
    assert_true(cli_number(slow, "quantum.first_order.by_cause.memory") > 0.05);
    json_decref(fast);
    json_decref(slow);
}

static void check_sums(json_t *j) {
    const long long queries = cli_count(j, "scenario.workload.queries");
    const long long n = cli_count(j, "scenario.qram.address_width");
    const long long k = cli_count(j, "scenario.qram.word_width");
    long long sum = 0;
    double x = cli_number(j, "quantum.first_order.by_cause.gate") +
               cli_number(j, "quantum.first_order.by_cause.schedule");
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        char path[80];
        snprintf(path, sizeof path, "timing.stall_cycles.%s", causes[i]);
        sum += cli_count(j, path);
        snprintf(path, sizeof path, "quantum.first_order.by_cause.%s", causes[i]);
        x += cli_number(j, path);
    }
    assert_true(cli_count(j, "timing.stall_cycles.total") == sum);
    assert_true(cli_count(j, "timing.cycles") == cli_count(j, "timing.ideal_cycles") + sum);
    assert_true(cli_count(j, "timing.slices") == queries * (6 * n + 2 * k - 1));
    assert_double_near(x, cli_number(j, "quantum.first_order.infidelity"), 1e-12);
    const double latency = cli_number(j, "timing.latency_ns");
    const double cycles = (double)cli_count(j, "timing.cycles");
    assert_double_near(latency, cycles * 1e3 / cli_number(j, "timing.clock_mhz"), 1e-6 * latency);
    /* A page has k planes of max(64, 2^n / 8) bytes. */
    const long long plane = n > 9 ? 1LL << (n - 3) : 64;
    assert_true(cli_count(j, "memory.read_bytes") == queries * k * plane);
    if (queries == 1) return;
    json_t *list = cli_at(j, "timing.queries");
    long long total = 0;
    assert_int_equal(json_array_size(list), queries);
    for (size_t q = 0; q < (size_t)queries; q++)
        total += cli_count(json_array_get(list, q), "cycles");
    assert_true(total == cli_count(j, "timing.cycles"));
    assert_int_equal(json_array_size(cli_at(j, "quantum.fidelity.queries")), queries);
    assert_int_equal(json_array_size(cli_at(j, "quantum.readout")), queries);
}

static void sums(void **state) {
    const cli *c = *state;
    uint64_t seed = test_seed(3);
    for (int round = 0; round < 8; round++) {
        const unsigned n = 1 + (unsigned)(test_random(&seed) % 4);
        const unsigned k = 1 + (unsigned)(test_random(&seed) % 3);
        const unsigned queries = 1 + (unsigned)(test_random(&seed) % 3);
        const unsigned latency = (unsigned)(test_random(&seed) % 3000);
        const unsigned khz = 50000 + (unsigned)(test_random(&seed) % 900000);
        const bool entry = test_random(&seed) & 1;
        json_t *j = cli_result(
            c,
            "quickstart --set qram.address_width=%u --set qram.word_width=%u "
            "--set workload.queries=%u --set memory.latency_ns=%u --set clock_mhz=%u.%03u "
            "--set qram.page_wait=%s --set noise.trajectories=3 --set noise.gate_error=1e-4",
            n, k, queries, latency, khz / 1000, khz % 1000, entry ? "entry" : "fetch");
        check_sums(j);
        json_decref(j);
    }
}

static void readout(void **state) {
    const cli *c = *state;
    json_t *j = cli_result(c,
                           "quickstart --set workload.input=basis:5 --set noise.model=none "
                           "--set qram.word_width=5 --set memory.image=random "
                           "--set noise.trajectories=20");
    json_t *one = json_array_get(cli_at(j, "quantum.readout"), 0);
    const char *expected = json_string_value(json_object_get(one, "expected"));
    assert_non_null(expected);
    assert_int_equal(strlen(expected), 2);
    assert_int_equal(json_object_size(json_object_get(one, "counts")), 1);
    assert_true(json_integer_value(json_object_get(json_object_get(one, "counts"), expected)) ==
                20);
    assert_double_near(cli_number(one, "correct"), 1, 0);
    assert_double_near(cli_number(j, "quantum.fidelity.mean"), 1, 1e-10);
    json_decref(j);
    j = cli_result(c, "quickstart --set noise.model=none --set noise.trajectories=50");
    one = json_array_get(cli_at(j, "quantum.readout"), 0);
    assert_true(json_is_null(json_object_get(one, "expected")));
    assert_int_equal(json_object_size(json_object_get(one, "counts")), 2);
    json_decref(j);
}

/* C of the coefficient table (two_level z, n = 3: 8n^2 - 8n + 16 - 16/2^n) from the RTL's slices.
 */
static void first_order(void **state) {
    const cli *c = *state;
    json_t *j = cli_result(c,
                           "quickstart --set qram.address_width=3 --set noise.model=per_slice "
                           "--set noise.per_slice=z --set noise.method=first_order");
    assert_double_near(cli_number(j, "quantum.first_order.coefficient"), 62, 1e-6);
    assert_double_near(cli_number(j, "quantum.first_order.infidelity"), 62e-4, 1e-9);
    assert_true(json_is_null(cli_at(j, "quantum.fidelity.mean")));
    assert_int_equal(json_array_size(cli_at(j, "quantum.readout")), 0);
    json_decref(j);
    j = cli_result(c, "quickstart --set noise.method=first_order");
    assert_true(json_is_null(cli_at(j, "quantum.first_order.coefficient")));
    assert_true(cli_number(j, "quantum.first_order.infidelity") > 0.01);
    json_decref(j);
}

static void report_and_files(void **state) {
    const cli *c = *state;
    assert_int_equal(cli_run(c, "run quickstart --out deep/er --set noise.trajectories=10"), 0);
    char *shown = cli_text(c, "stdout"), *kept = cli_text(c, "deep/er/report.txt");
    assert_non_null(kept);
    assert_string_equal(shown, kept);
    static const char *const words[] = {
        "latency",         "ideal schedule",     "stalls",
        "memory",          "fidelity",           "without the stalls",
        "the stalls cost", "Where to look",      "before slice 13 of query 0",
        "fetch:0",         "deep/er/result.json"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_non_null(strstr(kept, words[i]));
    free(shown);
    free(kept);
    char *json = cli_text(c, "deep/er/result.json");
    json_t *j = json_loads(json, 0, NULL);
    assert_non_null(j);
    assert_string_equal(json_string_value(cli_at(j, "schema")), "brigade.result/1");
    json_decref(j);
    free(json);

    assert_int_equal(cli_run(c,
                             "run quickstart --quiet --json r.json --jobs 2 "
                             "--set noise.trajectories=10"),
                     0);
    shown = cli_text(c, "stdout");
    assert_string_equal(shown, "");
    free(shown);
    json = cli_text(c, "r.json");
    assert_non_null(json);
    free(json);
}

/* A query that waits for a host flag nobody sets must end with 3 and a reason, never hang. */
static void failed_run(void **state) {
    const cli *c = *state;
    cli_write(c, "wait.bqa",
              ".program stuck\n.routers two_level\n.address_width 4\n.word_width 1\n"
              "a_in 0\na_out 0 ; wait host\nmeasure\nwait readout ; halt\n");
    assert_int_equal(cli_run(c,
                             "run quickstart --set qram.program=wait.bqa --json stuck.json "
                             "--timeline stuck.csv"),
                     3);
    char *messages = cli_text(c, "stderr"), *json = cli_text(c, "stuck.json");
    print_message("%s", messages);
    assert_non_null(strstr(messages, "the run failed: "));
    assert_non_null(strstr(messages, "cycle"));
    assert_non_null(strstr(messages, "kept: "));
    assert_null(json);
    free(messages);
}

static void expect_failure(const cli *c, const char *arguments, int code, const char *message) {
    assert_int_equal(cli_run(c, "%s", arguments), code);
    char *messages = cli_text(c, "stderr");
    print_message("%s", messages ? messages : "");
    assert_true(messages && strstr(messages, message));
    free(messages);
}

/* Programs that can be assembled but not run as the scenario says. */
static void odd_programs(void **state) {
    const cli *c = *state;
    cli_write(c, "none.bqa",
              ".program none\n.routers two_level\n.address_width 4\n.word_width 1\nhalt\n");
    expect_failure(c, "run quickstart --set qram.program=none.bqa", 3, "without a slice");
    cli_write(c, "early.bqa",
              ".program early\n.routers two_level\n.address_width 4\n.word_width 1\n"
              "measure\nwait readout\na_in 0\na_out 0 ; halt\n");
    static const char *const methods[] = {"lockstep", "replay", "first_order"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        char line[200];
        snprintf(line, sizeof line,
                 "run quickstart --set qram.program=early.bqa --set noise.method=%s", methods[i]);
        expect_failure(c, line, 3,
                       "the run failed: query 0, slice 1: a query cannot go on after the readout");
    }
    expect_failure(c, "run quickstart --set qram.program=early.bqa --set qram.page_wait=entry", 2,
                   "qram.page_wait: entry is for built-in programs");
}

/* A rename would put a plain file in place of a device or a pipe. */
static void special_outputs(void **state) {
    const cli *c = *state;
    char path[300];
    snprintf(path, sizeof path, "%s/pipe", c->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    cli_write(c, "one.bqa",
              ".program one\n.routers two_level\n.address_width 1\n.word_width 1\nhalt\n");
    expect_failure(c, "run quickstart --json pipe", 2,
                   "--json pipe: cannot be written: not a plain");
    expect_failure(c, "run quickstart --timeline pipe", 2, "--timeline pipe: cannot be written");
    expect_failure(c, "asm one.bqa -o pipe", 2, "pipe: cannot be written");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
}

/* Writing to a link changes the file behind it and keeps the link, also when there is none yet. */
static void linked_outputs(void **state) {
    const cli *c = *state;
    static const struct {
        const char *link, *to;
    } links[] = {{"l.json", "far/new.json"},      {"l.csv", "l2.csv"},
                 {"l2.csv", "far/t.csv"},         {"o/report.txt", "../far/report.txt"},
                 {"o/waves.fst", "../far/w.fst"}, {"l.bqp", "far/p.bqp"}};
    char path[100];
    struct stat info;
    static const char *const folders[] = {"far", "o"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", c->folder, folders[i]);
        assert_int_equal(mkdir(path, 0777), 0);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(path, sizeof path, "%s/%s", c->folder, links[i].link);
        assert_int_equal(symlink(links[i].to, path), 0);
    }
    cli_write(c, "far/t.csv", "old");
    cli_write(c, "p.bqa",
              ".program p\n.routers two_level\n.address_width 1\n.word_width 1\nhalt\n");
    assert_int_equal(cli_run(c,
                             "run quickstart --quiet --set noise.trajectories=2 --json l.json "
                             "--timeline l.csv --out o --waves"),
                     0);
    assert_int_equal(cli_run(c, "asm p.bqa -o l.bqp"), 0);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(path, sizeof path, "%s/%s", c->folder, links[i].link);
        assert_int_equal(lstat(path, &info), 0);
        assert_true(S_ISLNK(info.st_mode));
        assert_int_equal(stat(path, &info), 0);
        assert_true(S_ISREG(info.st_mode) && info.st_size > 20);
    }
    /* The data files stand beside the timeline, and reading through the link finds them. */
    json_t *j = cli_result(c, "quickstart --set noise.trajectories=2 --from-timeline l.csv");
    json_decref(j);
    snprintf(path, sizeof path, "%s/loop", c->folder);
    assert_int_equal(symlink("loop", path), 0);
    expect_failure(c, "run quickstart --json loop", 2, "--json loop: cannot be written: ");
}

/* A timeline made with other data still runs, but the user is told. */
static void other_data(void **state) {
    const cli *c = *state;
    const char *common =
        "run quickstart --quiet --set noise.trajectories=2 --set qram.word_width=2";
    assert_int_equal(cli_run(c, "%s --timeline d.csv --set memory.image=random", common), 0);
    assert_int_equal(cli_run(c, "%s --from-timeline d.csv", common), 0);
    char *messages = cli_text(c, "stderr");
    assert_string_equal(messages,
                        "d.csv: warning: leaf data version 0 differs from memory.image; fidelity "
                        "is against memory.image\n");
    free(messages);
    assert_int_equal(cli_run(c, "%s --from-timeline d.csv --set memory.image=random", common), 0);
    messages = cli_text(c, "stderr");
    assert_string_equal(messages, "");
    free(messages);
}

/* A name without a path is the shipped scenario, whatever lies in the current folder. */
static void shipped_first(void **state) {
    const cli *c = *state;
    cli_write(c, "quickstart", "name: not_shipped\nnoise: {trajectories: 2}\n");
    json_t *j = cli_result(c, "quickstart --set noise.trajectories=2");
    assert_string_not_equal(json_string_value(cli_at(j, "name")), "not_shipped");
    json_decref(j);
    j = cli_result(c, "./quickstart");
    assert_string_equal(json_string_value(cli_at(j, "name")), "not_shipped");
    json_decref(j);
    char path[100];
    snprintf(path, sizeof path, "%s/quickstart", c->folder);
    assert_int_equal(unlink(path), 0);
}

static void lists_and_help(void **state) {
    const cli *c = *state;
    static const struct {
        const char *arguments, *word;
    } cases[] = {{"list technologies", "transmon_best"},
                 {"list programs", "bucket_brigade"},
                 {"list memories", "object_store"},
                 {"list scenarios", "slow_memory"},
                 {"--version", "brigade 0."},
                 {"--help", "Usage: brigade COMMAND"},
                 {"run --help", "--from-timeline"},
                 {"asm --help", "--output"},
                 {"disasm --help", "FILE"},
                 {"waves --help", "DIR"},
                 {"list --help", "scenarios"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(cli_run(c, "%s", cases[i].arguments), 0);
        char *shown = cli_text(c, "stdout"), *messages = cli_text(c, "stderr");
        if (!strstr(shown, cases[i].word)) print_error("%s:\n%s", cases[i].arguments, shown);
        assert_non_null(strstr(shown, cases[i].word));
        assert_string_equal(messages, "");
        free(shown);
        free(messages);
    }
    assert_int_equal(cli_run(c, "%s", ""), 2);
}

/* `brigade waves` goes into the folder and hands GTKWave the waves and the save file. The viewer is
 * a stand-in that writes down what it was given. */
static void waves_viewer(void **state) {
    const cli *c = *state;
    char path[200], *old = strdup(getenv("PATH"));
    cli_write(c, "gtkwave", "#!/bin/sh\necho \"$@\"\nls waves.fst\n");
    snprintf(path, sizeof path, "%s/gtkwave", c->folder);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(cli_run(c, "run quickstart --quiet --waves --set noise.trajectories=2"), 0);
    char *longer = malloc(strlen(old) + sizeof c->folder + 2);
    assert_non_null(longer);
    sprintf(longer, "%s:%s", c->folder, old);
    setenv("PATH", longer, 1);
    assert_int_equal(cli_run(c, "waves brigade-out"), 0);
    char *shown = cli_text(c, "stdout");
    assert_string_equal(shown, "waves.fst query.gtkw\nwaves.fst\n");
    setenv("PATH", "/nowhere", 1);
    /* The shell that runs the program is named in full by system(). */
    assert_int_equal(cli_run(c, "waves brigade-out"), 3);
    setenv("PATH", old, 1);
    free(shown);
    free(longer);
    free(old);
}

/* Scenarios are found beside each other wherever BRIGADE_SHARE points. */
static void share(void **state) {
    const cli *c = *state;
    char path[100];
    snprintf(path, sizeof path, "%s/scenarios", c->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    cli_write(c, "scenarios/mine.yaml",
              "# What mine shows\nname: mine\nnoise: {trajectories: 2}\n");
    setenv("BRIGADE_SHARE", c->folder, 1);
    assert_int_equal(cli_run(c, "list scenarios"), 0);
    char *shown = cli_text(c, "stdout");
    assert_string_equal(shown, "mine               What mine shows\n");
    free(shown);
    json_t *j = cli_result(c, "mine");
    assert_string_equal(json_string_value(cli_at(j, "name")), "mine");
    json_decref(j);
    assert_int_equal(cli_run(c, "run quickstart"), 2);
    unsetenv("BRIGADE_SHARE");
}

/* The clock range, long slices and a deep tree through the same chain. */
static void corners(void **state) {
    const cli *c = *state;
    static const char *const sets[] = {
        "--set clock_mhz=10000", "--set clock_mhz=0.5 --set technology=ion",
        "--set clock_mhz=1 --set technology.slice_ns=1000 --set memory.latency_ns=0",
        "--set memory.latency_ns=100000 --set memory.bandwidth_gb_per_s=0.01",
        "--set qram.address_width=9 --set qram.word_width=10 --set qram.routers=three_level "
        "--set noise.model=none"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        json_t *j = cli_result(c, "quickstart --set noise.trajectories=2 %s", sets[i]);
        assert_true(cli_count(j, "timing.cycles") == cli_count(j, "timing.ideal_cycles") +
                                                         cli_count(j, "timing.stall_cycles.total"));
        assert_true(cli_number(j, "quantum.fidelity.mean") <= 1 + 1e-9);
        json_decref(j);
    }
}

int main(int argc, char **argv) {
    cli c;
    if (argc != 2) return 1;
    cli_open(&c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(slow_against_fast, &c),
                                       cmocka_unit_test_prestate(sums, &c),
                                       cmocka_unit_test_prestate(readout, &c),
                                       cmocka_unit_test_prestate(first_order, &c),
                                       cmocka_unit_test_prestate(report_and_files, &c),
                                       cmocka_unit_test_prestate(failed_run, &c),
                                       cmocka_unit_test_prestate(odd_programs, &c),
                                       cmocka_unit_test_prestate(special_outputs, &c),
                                       cmocka_unit_test_prestate(linked_outputs, &c),
                                       cmocka_unit_test_prestate(other_data, &c),
                                       cmocka_unit_test_prestate(shipped_first, &c),
                                       cmocka_unit_test_prestate(lists_and_help, &c),
                                       cmocka_unit_test_prestate(corners, &c),
                                       cmocka_unit_test_prestate(waves_viewer, &c),
                                       cmocka_unit_test_prestate(share, &c)};
    const int failed = cmocka_run_group_tests_name("cli", tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
