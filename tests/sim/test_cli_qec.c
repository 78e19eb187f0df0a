/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qec` through the program: the flow of files, reference error rates, thresholds. With
 * `full` as second argument: every row of the reference with its error bars, and the thresholds. */
#include <math.h>

#include "test_cli_rig.h"

static char *output(const cli *c, const char *name) {
    char *text = cli_text(c, name);
    assert_non_null(text);
    return text;
}

__attribute__((format(printf, 2, 3))) static void good(const cli *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int code = cli_vrun(c, format, args);
    va_end(args);
    if (code) {
        char *messages = output(c, "stderr");
        print_error("%s: exit %d: %s\n", format, code, messages);
        free(messages);
    }
    assert_int_equal(code, 0);
}

/* Shots and errors of line `line` (from 1, the head is 0) of a CSV. */
static void counts(const char *csv, int line, double *shots, double *errors) {
    for (int i = 0; i < line; i++) {
        csv = strchr(csv, '\n');
        assert_non_null(csv);
        csv++;
    }
    assert_int_equal(sscanf(csv, "%lf,%lf", shots, errors), 2);
}

static int lines(const char *text) {
    int count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static void files_flow(void **state) {
    const cli *c = *state;
    good(c,
         "qec gen --code surface_code --task rotated_memory_x --distance 3 --rounds 4 --p 0.01 "
         "--out c.stim");
    good(c, "qec analyze_errors --in c.stim --decompose_errors --out c.dem");
    good(c, "qec sample --in c.stim --shots 3000 --seed 7 --append_observables --out s.01");
    good(c,
         "qec detect --in c.stim --shots 3000 --seed 7 --append_observables --out_format b8 "
         "--out s.b8");
    good(c,
         "qec detect --in c.stim --shots 3000 --seed 7 --out_format dets --out s.dets "
         "--obs_out o.01");
    static const char *const flows[] = {
        "--in s.01 --in_format 01 --append_observables --dem c.dem --out a",
        "--in s.b8 --in_format b8 --append_observables --circuit c.stim --out b",
        "--in s.dets --in_format dets --append_observables --code surface_code --task "
        "rotated_memory_x --distance 3 --rounds 4 --p 0.01 --out d"};
    char *first = NULL, *errors = NULL;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"a", "b", "d"};
        good(c, "qec decode %s --decoder exact", flows[i]);
        char *text = output(c, names[i]), *said = output(c, "stderr");
        assert_int_equal(lines(text), 3000);
        if (i) {
            assert_string_equal(text, first);
            assert_string_equal(said, errors);
            free(text);
            free(said);
        } else {
            first = text;
            errors = said;
        }
    }
    /* The count of errors is that of the lines that differ. */
    char *truth = output(c, "o.01");
    int differ = 0, told = 0;
    for (int i = 0; i < 3000; i++) differ += truth[2 * i] != first[2 * i];
    assert_int_equal(sscanf(errors, "3000 shots, %d logical errors", &told), 1);
    assert_int_equal(told, differ);
    assert_true(differ > 60 && differ < 400);
    free(truth);
    free(first);
    free(errors);
    /* Measurements: 4 rounds of 8 checks and 9 data qubits. */
    good(c, "qec sample --in c.stim --shots 2 --measurements --out m.01");
    char *records = output(c, "m.01");
    assert_int_equal(strcspn(records, "\n"), 4 * 8 + 9);
    free(records);
}

/* Everything but the time is the same, run at once or in parts, on one thread or three. */
static void resumes_and_merges(void **state) {
    const cli *c = *state;
    good(c,
         "qec gen --code surface_code --task rotated_memory_z --distance 3 --rounds 3 --p 0.02 "
         "--out c.stim");
    static const char task[] = "--circuits c.stim --decoders union_find lookup";
    double shots[5][2], errors[5][2];
    good(c, "qec collect %s --max_shots 9000 --processes 1 --out all.csv", task);
    good(c, "qec collect %s --max_shots 5000 --processes 3 --save_resume_filepath r.csv", task);
    good(c, "qec collect %s --max_shots 9000 --processes 2 --save_resume_filepath r.csv", task);
    char *said = output(c, "stdout"), *all = output(c, "all.csv"), *parts = output(c, "r.csv");
    assert_int_equal(lines(all), 3);
    assert_int_equal(lines(parts), 5);
    for (int i = 0; i < 2; i++) {
        counts(all, 1 + i, &shots[0][i], &errors[0][i]);
        counts(said, 1 + i, &shots[1][i], &errors[1][i]);
        counts(parts, 1 + i, &shots[2][i], &errors[2][i]);
        counts(parts, 3 + i, &shots[3][i], &errors[3][i]);
        assert_double_near(shots[0][i], 9000, 0);
        assert_double_near(shots[1][i], 9000, 0);
        assert_double_near(errors[1][i], errors[0][i], 0);
        assert_double_near(shots[2][i], 5000, 0);
        assert_double_near(errors[2][i] + errors[3][i], errors[0][i], 0);
    }
    free(said);
    free(all);
    /* Enough is there: nothing is added. */
    good(c, "qec collect %s --max_shots 9000 --save_resume_filepath r.csv", task);
    char *again = output(c, "r.csv");
    assert_string_equal(again, parts);
    free(again);
    free(parts);
    good(c, "qec combine r.csv all.csv"); /* as sinter has it */
    char *bare = output(c, "stdout");
    good(c, "qec combine --in r.csv all.csv");
    char *named = output(c, "stdout");
    assert_string_equal(bare, named);
    free(bare);
    free(named);
    char *sum = output(c, "stdout");
    assert_int_equal(lines(sum), 3);
    counts(sum, 1, &shots[4][0], &errors[4][0]);
    assert_double_near(shots[4][0], 18000, 0);
    assert_double_near(errors[4][0], 2 * errors[0][0], 0);
    free(sum);
    good(c, "qec collect %s --max_errors 300 --max_shots 1000000", task);
    char *few = output(c, "stdout");
    counts(few, 1, &shots[0][0], &errors[0][0]);
    assert_true(errors[0][0] >= 300 && errors[0][0] < 450 && shots[0][0] < 20000);
    free(few);
}

/* Published points: rotated surface code, rounds = d, weighted union-find and matching. */
static const struct {
    int d;
    double p, union_find, union_find_error, matching, matching_error;
    double shots;
} reference[] = {{3, 0.001, 0.000804841, 1.4e-05, 0.000778683, 1.37e-05, 4e6},
                 {3, 0.003, 0.00676618, 1.21e-4, 0.00640767, 8.05e-05, 1e6},
                 {3, 0.005, 0.0178172, 2.98e-4, 0.0171712, 2.93e-4, 4e5},
                 {5, 0.001, 0.000140321, 2.9e-06, 0.000129003, 2.27e-06, 16e6},
                 {5, 0.003, 0.00362651, 6.06e-05, 0.00335795, 5.83e-05, 1e6},
                 {5, 0.005, 0.0148163, 2.72e-4, 0.0140468, 1.74e-4, 4e5}};
static bool full;

/* Never worse than the reference's own union-find by more than 3 standard errors, and within 1.2 of
 * its matching; exact agrees with matching on both sides. */
static void reference_rates(void **state) {
    const cli *c = *state;
    for (size_t i = 0; i < sizeof reference / sizeof *reference; i++) {
        double n[2], e[2];
        const double shots = full ? reference[i].shots : reference[i].shots / 8;
        good(c,
             "qec collect --code surface_code --task rotated_memory_z --distance %d --p %g "
             "--decoders union_find exact --max_shots %.0f --seed 11",
             reference[i].d, reference[i].p, shots);
        char *text = output(c, "stdout");
        for (int k = 0; k < 2; k++) counts(text, 1 + k, &n[k], &e[k]);
        free(text);
        const double uf = e[0] / n[0], exact = e[1] / n[1];
        const double error = sqrt(uf * (1 - uf) / n[0]);
        print_message("d = %d, p = %g: union_find %.6g (%.6g), exact %.6g (%.6g)\n", reference[i].d,
                      reference[i].p, uf, reference[i].union_find, exact, reference[i].matching);
        assert_double_near(n[0], shots, 0);
        assert_true(uf - reference[i].union_find <=
                    3 * hypot(error, reference[i].union_find_error));
        const double slack = 3 * hypot(error, reference[i].matching_error);
        assert_true(uf <= 1.2 * reference[i].matching + slack);
        assert_double_near(exact, reference[i].matching, slack + 0.01 * reference[i].matching);
    }
}

static double threshold(json_t *j, size_t decoder, double *error) {
    json_t *result = json_array_get(json_object_get(j, "results"), decoder);
    assert_false(json_is_null(cli_at(result, "fit")));
    *error = cli_number(result, "fit.threshold.stderr");
    return cli_number(result, "fit.threshold.value");
}

/* The exact decoder near 10.3 % and 2.9 %; a little data allows a little more than the limits that
 * hold for the full run. */
static void thresholds(void **state) {
    const cli *c = *state;
    static const struct {
        const char *arguments, *full_arguments;
        double expected, limit;
    } cases[] = {
        {"--noise code_capacity --distance 5 9 13 --max_shots 20000 --plot t.svg",
         "--noise code_capacity --plot t.svg", 0.103, 0.005},
        {"--noise phenomenological --distance 3,5,7 --p 0.022,0.024,0.026,0.028,0.030,0.032 "
         "--max_shots 12000",
         "--noise phenomenological --max_shots 40000", 0.029, 0.002}};
    for (int i = 0; i < 2; i++) {
        double error, below_error;
        good(c, "qec threshold %s --json - --save_resume_filepath t%d.csv",
             full ? cases[i].full_arguments : cases[i].arguments, i);
        char *text = output(c, "stdout");
        json_error_t why;
        json_t *j = json_loads(text, 0, &why);
        assert_non_null(j);
        const double exact = threshold(j, 0, &error), below = threshold(j, 1, &below_error);
        print_message("threshold: exact %.4f +- %.4f, union_find %.4f +- %.4f, expected %.3f\n",
                      exact, error, below, below_error, cases[i].expected);
        assert_double_near(exact, cases[i].expected, cases[i].limit + (full ? 0 : 3 * error));
        assert_true(below < exact + 3 * hypot(error, below_error));
        assert_true(below > 0.8 * cases[i].expected);
        json_decref(j);
        free(text);
    }
    char *picture = output(c, "t.svg");
    assert_non_null(strstr(picture, "<svg"));
    assert_non_null(strstr(picture, "exact d = 9"));
    free(picture);
    good(c, "qec plot --in t0.csv t1.csv --out p.svg");
    picture = output(c, "p.svg");
    assert_non_null(strstr(picture, "union_find phenomenological d = 7"));
    free(picture);
}

/* Lambda = rate(d) / rate(d + 2) per round. */
static void suppression(void **state) {
    const cli *c = *state;
    static const double p[] = {0.001, 0.002, 0.003, 0.005}, expected[] = {10.2, 5.1, 3.3, 1.95};
    good(c,
         "qec threshold --p 0.001,0.002,0.003,0.005 --distance %s --decoder exact "
         "--max_shots %s --max_errors %s --json - ",
         full ? "3,5,7,9" : "3,5,7", full ? "30000000" : "4000000", full ? "3000" : "1500");
    char *text = output(c, "stdout");
    json_error_t why;
    json_t *j = json_loads(text, 0, &why);
    json_t *list = cli_at(json_array_get(cli_at(j, "results"), 0), "lambda");
    assert_int_equal(json_array_size(list), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *one = json_array_get(list, i);
        const double lambda = cli_number(one, "lambda.value"), e = cli_number(one, "lambda.stderr");
        print_message("p = %g: lambda %.3f +- %.3f, expected %g\n", p[i], lambda, e, expected[i]);
        assert_double_near(cli_number(one, "p"), p[i], 1e-12);
        assert_double_near(lambda, expected[i], 0.05 * expected[i] + (full ? e : 3 * e));
    }
    json_decref(j);
    free(text);
}

static void bad_input(void **state) {
    const cli *c = *state;
    cli_write(c, "bad.stim", "H 0\nFOO 1\n");
    cli_write(c, "bare.stim", "R 0\nM 0\n");
    cli_write(c, "random.stim", "H 0\nM 0\nDETECTOR rec[-1]\nOBSERVABLE_INCLUDE(0) rec[-1]\n");
    cli_write(c, "short.01", "0101\n");
    cli_write(c, "bad.csv", "shots,errors\n");
    good(c,
         "qec gen --code surface_code --task rotated_memory_z --distance 3 --p 0.01 --out c.stim");
    good(c, "qec analyze_errors --in c.stim --out whole.dem"); /* not decomposed */
    static const char *const cases[][2] = {
        {"qec", "Usage: brigade qec"},
        {"qec fly", "brigade qec: fly: not a command, accepted: gen, sample"},
        {"qec gen", "--code: is missing, accepted: surface_code, repetition_code"},
        {"qec gen --code surface_code --task memory --distance 3",
         "--task: memory is not known, accepted: rotated_memory_z, rotated_memory_x"},
        {"qec gen --code surface_code --task rotated_memory_z --distance 1",
         "--distance: 1 is out of range, accepted: an integer 2..31"},
        {"qec gen --code surface_code --task rotated_memory_z --distance 3 --p 1.5",
         "--p: 1.5 is out of range, accepted: a number 0..1"},
        {"qec gen --code surface_code --task rotated_memory_z --distance 3,5",
         "--distance: several values, accepted: one"},
        {"qec sample --in bad.stim", "bad.stim:2:1: FOO"},
        {"qec sample --in bare.stim", "bare.stim: no detectors"},
        {"qec sample --in none.stim", "none.stim: cannot be read"},
        {"qec sample --in c.stim --out_format b9",
         "--out_format: b9 is not known, accepted: 01, b8"},
        {"qec sample --in c.stim --shots -1", "--shots: -1 is out of range"},
        {"qec decode --in short.01", "--dem: one error model is needed"},
        {"qec decode --in short.01 --circuit c.stim", "short.01:1:"},
        {"qec decode --in short.01 --circuit c.stim --decoder mwpm",
         "--decoder: mwpm is not known, accepted: union_find, lookup, exact"},
        {"qec collect --circuits c.stim", "--max_shots: is missing"},
        {"qec collect --max_shots 5", "--circuits: is missing"},
        {"qec collect --circuits c.stim bad.stim --max_shots 5", "bad.stim:2:1: FOO"},
        {"qec collect --circuits c.stim --max_shots 5 --save_resume_filepath bad.csv",
         "bad.csv:1:1: no column discards"},
        {"qec collect --code surface_code --task rotated_memory_z --distance 5 --p 0.01 "
         "--decoder lookup --max_shots 5",
         "--decoder: lookup cannot take"},
        {"qec sample --in c.stim --out same.01 --obs_out ./same.01",
         "--obs_out: would write ./same.01, as --out does, accepted: a file for each"},
        {"qec sample --in c.stim --obs_out -", "--obs_out: stdout is also --out"},
        {"qec sample --in random.stim", "random.stim: DETECTOR: detector 0 is not deterministic"},
        {"qec sample --in c.stim --shots ten",
         "brigade qec sample: --shots: ten is not an integer, accepted: an integer\n"},
        {"qec sample --in c.stim --shots=99999999999999999999",
         "brigade qec sample: --shots: 99999999999999999999 is out of range, accepted: an "
         "integer\n"},
        {"qec sample --in c.stim --shoots 3",
         "brigade qec sample: --shoots: unknown option, accepted: those of `brigade qec sample "
         "--help`\n"},
        {"qec decode --circuit -", "--circuit: stdin is also --in, accepted: a file for one"},
        {"qec decode --in . --circuit c.stim", ".: cannot be read: Is a directory"},
        {"qec collect --circuits c.stim --max_shots 5 --save_resume_filepath s.csv --out ./s.csv",
         "--out: would write ./s.csv, as --save_resume_filepath does"},
        {"qec collect --circuits c.stim --max_shots 5 --save_resume_filepath s.csv "
         "--existing_data_filepaths ./s.csv -q",
         "--existing_data_filepaths: ./s.csv would count twice"},
        {"qec collect --circuits --max_shots 5",
         "brigade qec collect: --circuits: missing argument\n"},
        {"qec gen --code surface_code --task rotated_memory_z --distance 31 --rounds 1099511627776",
         "--rounds: 1099511627776 rounds of distance 31 are more than 2^40 records"},
        {"qec threshold --p 0.01 0.02 --json x --save_resume_filepath x",
         "--json: would write x, as --save_resume_filepath does"},
        {"qec decode --in short.01 --dem whole.dem", "whole.dem: error: error "},
        {"qec decode --in short.01 --dem /dev/null", "/dev/null: no detectors, accepted: a model"},
        {"qec collect --circuits c.stim --max_shots 5 --processes 0", "--processes: 0 is out of"},
        {"qec threshold --distance 5", "--distance: one distance, accepted: at least two"},
        {"qec threshold --p 0.6", "--p: 0.6 is out of range"},
        {"qec plot --in bad.csv --out x.svg", "bad.csv:1:1: no column discards"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int code = cli_run(c, "%s", cases[i][0]);
        char *said = output(c, "stderr");
        if (code != 2 || strncmp(said, cases[i][1], strlen(cases[i][1])))
            print_error("%s: exit %d: %s", cases[i][0], code, said);
        assert_int_equal(code, 2);
        assert_memory_equal(said, cases[i][1], strlen(cases[i][1]));
        if (i) assert_in_range(lines(said), 1, 3); /* the first is the help */
        free(said);
        char *printed = output(c, "stdout");
        assert_string_equal(printed, "");
        free(printed);
    }
}

int main(int argc, char **argv) {
    cli c;
    if (argc < 2) return 2;
    full = argc > 2 && strcmp(argv[2], "full") == 0;
    cli_open(&c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(files_flow, &c),
                                       cmocka_unit_test_prestate(resumes_and_merges, &c),
                                       cmocka_unit_test_prestate(bad_input, &c),
                                       cmocka_unit_test_prestate(reference_rates, &c),
                                       cmocka_unit_test_prestate(suppression, &c),
                                       cmocka_unit_test_prestate(thresholds, &c)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
