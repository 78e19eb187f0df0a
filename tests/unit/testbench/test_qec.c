/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of logical errors: strong ids, CSV, collecting, fits. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "testbench/qec_campaign.h"
#include "testbench/qec_fit.h"
#include "testbench/qec_plot.h"

/* The example in sinter's documentation of Task.strong_id. */
static void strong_id_is_sinters(void **state) {
    (void)state;
    char id[BRG_QEC_ID_SIZE];
    json_t *none = json_null();
    assert_int_equal(brg_qec_strong_id(id, "", "pymatching", "", none), BRG_OK);
    assert_string_equal(id, "7424ea021693d4abc1c31c12e655a48779f61a7c2969e457ae4fe400c852bee5");
    assert_int_equal(brg_qec_strong_id(id, "H 0", "pymatching", "", none), BRG_OK);
    assert_string_not_equal(id, "7424ea021693d4abc1c31c12e655a48779f61a7c2969e457ae4fe400c852bee5");
}

static void row_text(char *to, size_t size, const brg_qec_row *row) {
    FILE *file = fmemopen(to, size, "w");
    assert_non_null(file);
    assert_int_equal(brg_qec_write_row(file, row), BRG_OK);
    assert_int_equal(fclose(file), 0);
}

static void rows_have_sinters_bytes(void **state) {
    (void)state;
    char text[400], head[200], name[] = "union_find", id[] = "9c31908e2b";
    FILE *file = fmemopen(head, sizeof head, "w");
    assert_int_equal(brg_qec_write_head(file), BRG_OK);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(head,
                        "     shots,    errors,  discards, seconds,decoder,strong_id,"
                        "json_metadata,custom_counts\n");
    brg_qec_row row = {1000, 42, 0, 0.1254, name, id, json_pack("{s:f,s:i}", "p", 0.003, "d", 9),
                       NULL};
    row_text(text, sizeof text, &row);
    assert_string_equal(text,
                        "      1000,        42,         0,   0.125,union_find,9c31908e2b,"
                        "\"{\"\"d\"\":9,\"\"p\"\":0.003}\",\n");
    json_decref(row.metadata);
    row.metadata = json_null();
    row.seconds = 9.996;
    row.custom_counts = json_pack("{s:i,s:i}", "b", 2, "a", 1);
    row_text(text, sizeof text, &row);
    assert_string_equal(text,
                        "      1000,        42,         0,   10.00,union_find,9c31908e2b,"
                        "null,\"{\"\"a\"\":1,\"\"b\"\":2}\"\n");
    row.seconds = 123.456;
    row.shots = 123456789012;
    row_text(text, sizeof text, &row);
    assert_string_equal(text,
                        "123456789012,        42,         0,   123.5,union_find,9c31908e2b,"
                        "null,\"{\"\"a\"\":1,\"\"b\"\":2}\"\n");
    json_decref(row.custom_counts);
}

static void tables_add_up(void **state) {
    (void)state;
    static const char text[] =
        "shots, errors,discards,seconds,decoder,strong_id,json_metadata,unknown\r\n"
        "  1000,  42,0,0.125,pymatching,a1,\"{\"\"d\"\":9}\",x\r\n"
        "\r\n"
        "3000,24,1,0.125,pymatching,a1,\"{\"\"d\"\":9}\",\"x,\ny\"\n"
        "10,1,0,1e-3,pymatching,b2,null,";
    brg_qec_table table = {0};
    assert_int_equal(brg_qec_table_parse(&table, text, sizeof text - 1, "t", NULL), BRG_OK);
    assert_int_equal(table.count, 2);
    const brg_qec_row *a = brg_qec_table_find(&table, "a1"), *b = brg_qec_table_find(&table, "b2");
    assert_int_equal(a->shots, 4000);
    assert_int_equal(a->errors, 66);
    assert_int_equal(a->discards, 1);
    assert_double_near(a->seconds, 0.25, 1e-12);
    assert_int_equal(json_integer_value(json_object_get(a->metadata, "d")), 9);
    assert_int_equal(b->errors, 1);
    assert_null(brg_qec_table_find(&table, "c"));
    brg_qec_table_clear(&table);
}

static void bad_tables_are_told(void **state) {
    (void)state;
#define HEAD "shots,errors,discards,seconds,decoder,strong_id,json_metadata,custom_counts\n"
    static const char *const cases[][2] = {
        {"", "t:1:1: no column shots"},
        {"shots,errors\n", "t:1:1: no column discards"},
        {HEAD "1,2\n", "t:2:1: 2 columns, accepted: 8"},
        {HEAD "x,0,0,0,u,i,null,\n", "t:2:1: shots: not a count"},
        {HEAD "1,-1,0,0,u,i,null,\n", "t:2:3: errors: not a count"},
        {HEAD "1,2,0,0,u,i,null,\n", "t:2:3: errors: errors and discards are more"},
        {HEAD "1,0,0,nan,u,i,null,\n", "t:2:7: seconds: not a time"},
        {HEAD "1,0,0,0,u,,null,\n", "t:2:11: strong_id: empty"},
        {HEAD "1,0,0,0,u,i,{,\n", "t:2:13: json_metadata: not JSON"},
        {HEAD "1,0,0,0,u,i,null,[]\n", "t:2:18: custom_counts: accepted: nothing, or"},
        {HEAD "1,0,0,0,u,i,\"null,\n", "t:2:13: a quoted field that does not end"},
        {HEAD "1,0,0,0,u,i,\"null\"x,\n", "t:2:19: text after a quoted field"},
        {HEAD "9223372036854775808,0,0,0,u,i,null,\n", "t:2:1: shots: not a count"},
        {HEAD "9223372036854775807,0,0,0,u,i,null,\n1,0,0,0,u,i,null,\n",
         "t:3:1: the counts of this task add up"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_qec_table table = {0};
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = brg_qec_table_parse(&table, cases[i][0], strlen(cases[i][0]), "t", diag);
        const char *message = brg_diag_message(diag, 0);
        if (!message || strncmp(message, cases[i][1], strlen(cases[i][1])))
            print_error("case %zu: %s, expected %s\n", i, message ? message : "-", cases[i][1]);
        assert_int_equal(status, BRG_EINPUT);
        assert_non_null(message);
        assert_memory_equal(message, cases[i][1], strlen(cases[i][1]));
        brg_diag_destroy(&diag);
        brg_qec_table_clear(&table);
    }
}

/* The same shots and the same end whatever the threads and the steps. */
static void collecting_is_independent_of_threads(void **state) {
    (void)state;
    const brg_ecc_task t = {
        BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0.01, 0.01, 0.01, 0.01};
    brg_circuit *circuit = NULL;
    brg_qec_task *task = NULL;
    brg_qec_counts first = {0};
    assert_int_equal(brg_circuit_generate(&circuit, &t), BRG_OK);
    assert_int_equal(
        brg_qec_task_new(&task, circuit, BRG_DECODER_UNION_FIND, json_null(), "c", NULL), BRG_OK);
    for (int run = 0; run < 4; run++) {
        brg_qec_collector *c = NULL;
        brg_qec_counts counts = {0};
        assert_int_equal(brg_qec_collector_new(&c, task, 1 + run, 5, 0, NULL), BRG_OK);
        if (run == 3) /* in two parts, the first ends inside a batch */
            assert_int_equal(brg_qec_collector_step(c, 1500, UINT64_MAX, 1e9, &counts), BRG_OK);
        assert_int_equal(
            brg_qec_collector_step(c, 50000 - counts.shots, 500 - counts.errors, 1e9, &counts),
            BRG_OK);
        if (run == 0) first = counts;
        assert_true(counts.errors >= 500 && counts.shots < 50000);
        assert_int_equal(counts.shots % 1024, 0);
        assert_int_equal(counts.shots, first.shots);
        assert_int_equal(counts.errors, first.errors);
        assert_int_equal(counts.events, first.events);
        brg_qec_collector_destroy(&c);
    }
    brg_qec_task_destroy(&task);
}

static uint64_t scattered(uint64_t *seed, double n, double p) {
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += (double)(test_random(seed) >> 11) * 0x1p-53;
    return (uint64_t)fmax(0, n * p + sum * sqrt(n * p * (1 - p)));
}

/* Data made by the law that is fitted: the threshold comes back within its error. */
static void fit_finds_a_known_threshold(void **state) {
    (void)state;
    uint64_t seed = test_seed(20);
    static const uint32_t distances[] = {5, 7, 9, 11};
    enum { RUNS = 40 };
    int outside = 0;
    for (int run = 0; run < RUNS; run++) {
        brg_qec_point points[36];
        size_t count = 0;
        const double correction = run % 2 ? 0.2 : 0;
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < 9; i++) {
                const double p = 0.09 + 0.0025 * i, d = distances[k];
                const double x = (p - 0.1) * pow(d, 1 / 1.5);
                const double rate = 0.14 + 1.5 * x + 2 * x * x + correction / d;
                points[count++] =
                    (brg_qec_point){distances[k], 1, p, 1000000, scattered(&seed, 1e6, rate)};
            }
        }
        brg_qec_fit fit;
        assert_true(brg_qec_fit_threshold(&fit, points, count, 0.097));
        assert_true(fit.threshold.error > 0 && fit.threshold.error < 0.002);
        assert_double_near(fit.threshold.value, 0.1, 5 * fit.threshold.error);
        assert_double_near(fit.nu.value, 1.5, 5 * fit.nu.error);
        outside += fabs(fit.threshold.value - 0.1) > 2 * fit.threshold.error;
    }
    print_message("%d of %d beyond two standard errors\n", outside, (int)RUNS);
    assert_true(outside <= 8);
}

static void fit_refuses_what_tells_nothing(void **state) {
    (void)state;
    brg_qec_point points[12];
    brg_qec_fit fit;
    brg_qec_value value;
    for (uint32_t i = 0; i < 12; i++)
        points[i] = (brg_qec_point){3, 1, 0.01 + 0.001 * i, 1000, 100 + 10 * i};
    assert_false(brg_qec_fit_threshold(&fit, points, 12, 0.015)); /* one distance */
    assert_false(brg_qec_fit_threshold(&fit, points, 0, 0.015));
    assert_false(brg_qec_crossing(&value, points, 12, 3, 5));
    assert_false(brg_qec_lambda(&value, points, 12, 0.01));
}

static void rates_and_lambda(void **state) {
    (void)state;
    const brg_qec_point p = {3, 3, 0.001, 4128768, 3215};
    assert_double_near(brg_qec_rate(&p).value, 0.000778683, 1e-9);
    assert_double_near(brg_qec_rate(&p).error, 1.37e-05, 1e-7);
    assert_double_near(brg_qec_rate_per_round(&p).value, 0.000259696, 1e-8);
    double low, high;
    brg_qec_interval(&low, &high, 4128768, 3215);
    assert_double_near(low, 0.000752237, 1e-8);
    assert_double_near(high, 0.000806058, 1e-8);
    brg_qec_point points[4];
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t d = 3 + 2 * i;
        const double each = 0.01 * pow(5, -(double)i);
        points[i] = (brg_qec_point){d, d, 0.002, 100000000,
                                    (uint64_t)(1e8 * (1 - pow(1 - 2 * each, d)) / 2)};
    }
    brg_qec_value lambda;
    assert_true(brg_qec_lambda(&lambda, points, 4, 0.002));
    assert_double_near(lambda.value, 5, 1e-3);
    assert_double_near(lambda.error, 0, 0.05);
}

/* A plot works under TMPDIR, whatever the folder is called, and leaves nothing there. */
static void plots_are_drawn_under_tmpdir(void **state) {
    (void)state;
    if (brg_qec_plot_check("test", NULL) != BRG_OK) {
        print_message("gnuplot is not installed\n");
        skip();
    }
    char folder[] = "/tmp/brigade_qec_XXXXXX", odd[64], svg[64], head[400] = "";
    const brg_qec_point points[] = {{3, 3, 0.01, 1000, 10}, {3, 3, 0.02, 1000, 40}};
    const brg_qec_curve curve = {.name = "d = 3", .points = points, .count = 2};
    assert_non_null(mkdtemp(folder));
    snprintf(odd, sizeof odd, "%s/it's $(a) folder", folder);
    snprintf(svg, sizeof svg, "%s/plot.svg", folder);
    assert_int_equal(mkdir(odd, 0700), 0);

    assert_int_equal(setenv("TMPDIR", odd, 1), 0);
    assert_int_equal(brg_qec_plot_write(svg, "title", &curve, 1, NULL, 0), BRG_OK);
    FILE *file = fopen(svg, "r");
    assert_non_null(file);
    assert_true(fread(head, 1, sizeof head - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(head, "<svg"));
    assert_int_equal(unlink(svg), 0);
    assert_int_equal(rmdir(odd), 0); /* which fails when something is left */

    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_qec_plot_check("--plot", diag), BRG_EINPUT);
    assert_int_equal(brg_diag_count(diag), 1);
    assert_non_null(strstr(brg_diag_message(diag, 0), odd));
    brg_diag_destroy(&diag);
    errno = 0;
    assert_int_equal(brg_qec_plot_write(svg, "title", &curve, 1, NULL, 0), BRG_EIO);
    assert_int_equal(errno, ENOENT);
    unsetenv("TMPDIR");
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(strong_id_is_sinters),
                                       cmocka_unit_test(rows_have_sinters_bytes),
                                       cmocka_unit_test(tables_add_up),
                                       cmocka_unit_test(bad_tables_are_told),
                                       cmocka_unit_test(collecting_is_independent_of_threads),
                                       cmocka_unit_test(fit_finds_a_known_threshold),
                                       cmocka_unit_test(fit_refuses_what_tells_nothing),
                                       cmocka_unit_test(rates_and_lambda),
                                       cmocka_unit_test(plots_are_drawn_under_tmpdir)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
