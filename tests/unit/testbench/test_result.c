/* SPDX-License-Identifier: Apache-2.0 */
/* Counting a timeline, the JSON helpers, whole files, and the shape of result and report. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"
#include "testbench/json.h"
#include "testbench/report.h"
#include "testbench/result.h"
#include "testbench/run.h"

static void numbers(void **state) {
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        json_t *j = brg_json_real(bad[i]);
        assert_true(json_is_null(j));
        json_decref(j);
    }
    json_t *j = brg_json_real(0.1);
    assert_double_near(json_real_value(j), 0.1, 0);
    json_decref(j);
    j = brg_json_count(UINT64_MAX);
    assert_true(json_integer_value(j) == INT64_MAX);
    json_decref(j);
    j = brg_json_count(7);
    assert_true(json_integer_value(j) == 7);
    json_decref(j);
}

static void files_are_whole(void **state) {
    (void)state;
    char folder[] = "/tmp/brigade_test_XXXXXX", path[64], made[80], text[8] = "";
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(brg_write_file(path, "one", 3), BRG_OK);
    assert_int_equal(brg_write_file(path, "two", 3), BRG_OK);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "two");
    unlink(path);
    snprintf(made, sizeof made, "%s/b/c", folder);
    assert_int_equal(brg_write_file(made, "x", 1), BRG_EIO);
    assert_int_equal(brg_make_folder(made), BRG_OK);
    struct stat info;
    assert_int_equal(stat(made, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    /* A folder in place of the file: the temporary file must go. */
    assert_int_equal(brg_write_file(made, "x", 1), BRG_EIO);
    rmdir(made);
    snprintf(path, sizeof path, "%s/b", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Two queries of three slices at 333.333 MHz, waits that are whole cycles in exact edge times. */
static brg_timeline *make_timeline(const brg_qram *qram) {
    brg_timeline *t = NULL;
    uint64_t edge = 0;
    assert_int_equal(brg_timeline_new(&t, "hand", qram), BRG_OK);
    for (uint32_t q = 0; q < 2; q++) {
        for (uint32_t s = 1; s <= 3; s++) {
            const uint64_t wait_cycles = s == 2 ? 10 + q : 0, cycles = 4 + s;
            brg_slice slice = {
                .query = q, .slice = s, .data_version = -1, .ops = brg_slice_ops_none()};
            if (s == 1) slice.ops.a_in = 0;
            if (s == 2) slice.ops.route = 1;
            if (s == 3) slice.ops.latch = 3;
            const uint64_t before = edge * 1000000000u / 333333u;
            const uint64_t first = (edge + wait_cycles) * 1000000000u / 333333u;
            const uint64_t end = (edge + wait_cycles + cycles) * 1000000000u / 333333u;
            slice.start_ps = first;
            slice.duration_ps = end - first;
            slice.wait_ps[q ? BRG_CAUSE_LATCH : BRG_CAUSE_MEMORY] = first - before;
            edge += wait_cycles + cycles;
            assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
        }
    }
    return t;
}

static void counting_and_json(void **state) {
    (void)state;
    brg_diag *diag = NULL;
    brg_scenario *s = NULL;
    brg_planes *ideal = NULL;
    const char *text = "clock_mhz: 333.333\nqram: {address_width: 2}\nworkload: {queries: 2}\n";
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_scenario_parse(&s, text, strlen(text), "s", NULL, 0, diag), BRG_OK);
    assert_int_equal(brg_image_parity(&ideal, 2, 1), BRG_OK);
    brg_timeline *t = make_timeline(&s->qram);
    brg_result r = {.scenario = s, .ideal = ideal, .timeline = t, .rtl_cycles_per_s = NAN};
    assert_int_equal(brg_result_count(&r), BRG_OK);
    assert_int_equal(r.queries, 2);
    assert_int_equal(r.timing.slices, 6);
    assert_int_equal(r.timing.ideal_cycles, 36);
    assert_int_equal(r.timing.cycles, 57);
    assert_int_equal(brg_timing_stalls(&r.timing), 21);
    assert_int_equal(r.query_timing[0].stall_cycles[BRG_CAUSE_MEMORY], 10);
    assert_int_equal(r.query_timing[1].stall_cycles[BRG_CAUSE_LATCH], 11);
    assert_int_equal(r.pulses.cswap, 2);
    assert_int_equal(r.pulses.latch_swap, 6);
    assert_int_equal(r.pulses.register_swap, 2);
    assert_int_equal(r.pulses.fetch, 0);
    brg_cause cause;
    assert_int_equal(brg_result_longest_wait(&r, &cause), 4);
    assert_int_equal(cause, BRG_CAUSE_LATCH);

    json_t *j = brg_result_json(&r);
    json_t *timing = json_object_get(j, "timing"), *quantum = json_object_get(j, "quantum");
    assert_true(json_integer_value(json_object_get(timing, "cycles")) == 57);
    assert_int_equal(json_array_size(json_object_get(timing, "queries")), 2);
    assert_true(json_is_null(json_object_get(json_object_get(quantum, "fidelity"), "mean")));
    assert_true(
        json_is_null(json_object_get(json_object_get(quantum, "first_order"), "infidelity")));
    assert_true(json_is_null(json_object_get(json_object_get(j, "memory"), "read_bytes")));
    json_decref(j);

    char *report = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&report, &length);
    brg_report_print(&r, NULL, memory);
    fclose(memory);
    assert_non_null(strstr(report, "before slice 2 of query 1, mostly latch"));
    assert_non_null(strstr(report, "what waited            route:0"));
    free(report);
    brg_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&ideal);
    brg_scenario_destroy(&s);
    brg_diag_destroy(&diag);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(files_are_whole),
                                       cmocka_unit_test(counting_and_json)};
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
