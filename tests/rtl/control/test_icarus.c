/* SPDX-License-Identifier: Apache-2.0 */
/* The same scenarios in Verilator and in Icarus: outputs and internal state cycle by cycle, and
 * every call at the DPI boundary, which the plant of the Icarus run compares with the recorded one.
 * Arguments: iverilog, vvp, then include folders and sources for iverilog. */
#include <string.h>

#include "rig.h"

static struct { char iverilog[512], vvp[512], sources[8192]; } tools;

static const char stimuli_path[] = "icarus_stimuli.txt";
static const char calls_path[] = "icarus_calls.txt";
static const char expected_path[] = "icarus_verilator.txt";
static const char trace_path[] = "icarus_trace.txt";
static const char log_path[] = "icarus_log.txt";

static FILE *open_file(const char *path, const char *mode) {
    FILE *f = fopen(path, mode);
    if (!f) fail_msg("cannot open %s", path);
    return f;
}

static void start_recording(rig *r) {
    r->stimuli = open_file(stimuli_path, "w");
    r->calls = open_file(calls_path, "w");
    r->trace = open_file(expected_path, "w");
    rig_reset(r); /* Icarus begins here */
}

static void stop_recording(rig *r) {
    fclose(r->stimuli);
    fclose(r->calls);
    fclose(r->trace);
    r->stimuli = r->calls = r->trace = NULL;
}

/* Runs Icarus over the recording; returns whether its plant found every call as recorded. */
static bool replay(unsigned long *cycles) {
    char command[2048];
    snprintf(command, sizeof command, "%s ./icarus_replay.vvp +stimuli=%s +calls=%s +trace=%s > %s",
             tools.vvp, stimuli_path, calls_path, trace_path, log_path);
    assert_int_equal(system(command), 0);
    FILE *f = open_file(log_path, "r");
    char line[4096], verdict[32] = "";
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%lu cycles %31s", cycles, verdict) != 2) print_message("%s", line);
    fclose(f);
    assert_true(strcmp(verdict, "passed") == 0 || strcmp(verdict, "FAILED") == 0);
    return strcmp(verdict, "passed") == 0;
}

static void compare_traces(const char *what) {
    FILE *a = open_file(expected_path, "r"), *b = open_file(trace_path, "r");
    char x[512], y[512];
    unsigned long line = 0;
    for (;;) {
        const bool more_a = fgets(x, sizeof x, a) != NULL, more_b = fgets(y, sizeof y, b) != NULL;
        if (more_a != more_b) fail_msg("%s: traces differ in length at cycle %lu", what, line);
        if (!more_a) break;
        if (strcmp(x, y) != 0)
            fail_msg("%s: cycle %lu\n verilator %s icarus    %s", what, line, x, y);
        line++;
    }
    fclose(a);
    fclose(b);
    assert_true(line > 100);
}

static void finish(rig *r, const char *what) {
    stop_recording(r);
    unsigned long cycles = 0;
    assert_true(replay(&cycles));
    compare_traces(what);
    size_t calls = r->event_count;
    print_message("%s: %lu cycles, %zu calls equal\n", what, cycles, calls);
    assert_true(calls > 0);
    rig_close(r);
}

static uint8_t memory[65536];

static void table_scenario(const char *what, uint64_t seed, unsigned n, unsigned k, unsigned stall,
                           unsigned latency, unsigned queries) {
    static word program[256];
    rig r;
    rig_open(&r, seed);
    for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)test_random(&r.random);
    r.memory = memory;
    r.memory_bytes = sizeof memory;
    r.stall = stall;
    r.latency = latency;
    start_recording(&r);
    rig_program(&r, n, k, 3, program, table_program(n, k, program));
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_IRQ);
    for (unsigned q = 0; q < queries; q++) rig_push(&r, 4096 * q, (uint16_t)q);
    for (unsigned q = 0; q < queries; q++)
        assert_int_equal(rig_result(&r, 50000, NULL, NULL), Q_OK);
    for (uint16_t a = 0x100; a < 0x1B8; a = (uint16_t)(a + 4)) {
        uint32_t data;
        rig_read_any(&r, a, &data);
    }
    finish(&r, what);
}

static void test_plain(void **state) {
    (void)state;
    table_scenario("n=2 k=1", 60, 2, 1, 0, 10, 1);
    table_scenario("n=11 k=2, two groups a plane", 61, 11, 2, 0, 40, 3);
}

static void test_stalls(void **state) {
    (void)state;
    table_scenario("n=4 k=6, random stalls", test_seed(62), 4, 6, 110, 60, 6);
}

/* Loops, branches, index bases, readouts, errors, an abort and a reset in one go. */
static void test_everything(void **state) {
    (void)state;
    rig r;
    rig_open(&r, test_seed(63));
    for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)test_random(&r.random);
    r.memory = memory;
    r.memory_bytes = sizeof memory;
    r.stall = 60;
    r.latency = 30;
    start_recording(&r);
    word p[6] = {{{0}}};
    for (unsigned i = 0; i < 6; i++) word_put(&p[i], W_CLASS, i == 3 ? 0 : 1 + i);
    word_put(&p[0], W_D_IN_VALID, 1), word_put(&p[0], W_INDEX_BASE, 1);
    word_put(&p[0], W_NEXT, OP_LOOP);
    word_put(&p[1], W_FETCH_VALID, 1), word_put(&p[1], W_FETCH, 2), word_put(&p[1], W_WAIT, 1);
    word_put(&p[2], W_MEASURE, 1), word_put(&p[2], W_SET_FLAG, 1), word_put(&p[2], W_ROUTE, 3);
    word_put(&p[3], W_WAIT, WAIT_READOUT | WAIT_PAGE), word_put(&p[3], W_NEXT, OP_BRANCH);
    word_put(&p[3], W_FLAG, 1), word_put(&p[3], W_TARGET, 5);
    word_put(&p[4], W_WAIT, WAIT_HOST), word_put(&p[4], W_LATCH, 5);
    word_put(&p[5], W_NEXT, OP_HALT);
    for (unsigned i = 0; i < 6; i++) word_seal(&p[i]);
    rig_program(&r, 3, 4, 5, p, 6);
    rig_write(&r, R_LOOP_COUNT, 4);
    rig_write(&r, R_DURATION + 28, 23);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    r.readout_bits = 0x123456789abcdef1u;
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_OK);
    r.readout_bits = 0xfedcba9876543210u;
    rig_push(&r, 4096, 2);
    rig_cycles(&r, 200);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_HOST);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_OK);
    r.error_beat = (int64_t)r.beats + 3;
    rig_push(&r, 8192, 3);
    rig_push(&r, 12288, 4);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_MEMORY_ERROR);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_OK);
    rig_write(&r, R_WATCHDOG, 50);
    rig_push(&r, 0, 5);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_WATCHDOG);
    rig_write(&r, R_WATCHDOG, 0);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    for (uint16_t q = 6; q < 9; q++) rig_push(&r, 64u * q, q);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_ABORT);
    for (uint16_t q = 6; q < 9; q++) assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_ABORTED);
    word_flip(&p[1], 77);
    rig_store(&r, 1, &p[1], 1);
    rig_push(&r, 0, 9);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_PARITY);
    rig_push(&r, 0, 10);
    rig_cycles(&r, 25);
    rig_reset(&r);
    rig_program(&r, 3, 4, 5, p, 1);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    rig_push(&r, 0, 11);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_PROGRAM_END);
    finish(&r, "loops, branches, readouts, errors, abort, reset");
}

/* Paged queries, run a second time with quiet cycles left out: Icarus does the same in one clock.
 */
static void test_pages_and_skips(void **state) {
    (void)state;
    static word program[256];
    static rig r, again;
    rig_log log = {0};
    rig_open(&r, test_seed(65));
    for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)test_random(&r.random);
    r.memory = memory;
    r.memory_bytes = sizeof memory;
    r.stall = 50;
    r.lazy = true;
    r.latency = 60;
    r.log = &log;
    rig_reset(&r); /* Icarus begins here */
    rig_program(&r, 3, 2, 9, program, paged_program(3, 2, 4, program));
    rig_write(&r, R_GEOMETRY, 3 | 2 << 8 | 3 << 16);
    rig_write(&r, R_CONTROL, CONTROL_ENABLE | CONTROL_IRQ);
    for (uint16_t q = 0; q < 3; q++) rig_push(&r, 64 * q, q);
    for (uint16_t q = 0; q < 3; q++) assert_int_equal(rig_result(&r, 50000, NULL, NULL), Q_OK);

    rig_open(&again, 66);
    again.stimuli = open_file(stimuli_path, "w");
    again.calls = open_file(calls_path, "w");
    again.trace = open_file(expected_path, "w");
    const uint64_t evaluations = rig_replay(&again, &log, &r);
    assert_int_equal(again.event_count, r.event_count);
    assert_true(evaluations < log.count - 300);
    print_message("%zu cycles with skips: ", log.count);
    finish(&again, "n=3 k=2, four pages");
    rig_log_free(&log);
    rig_close(&r);
}

/* A recording that was tampered with must be found out. */
static void test_tampered(void **state) {
    (void)state;
    static word program[64];
    rig r;
    rig_open(&r, 64);
    start_recording(&r);
    rig_program(&r, 2, 1, 2, program, table_program(2, 1, program));
    rig_write(&r, R_CONTROL, CONTROL_ENABLE);
    rig_push(&r, 0, 1);
    assert_int_equal(rig_result(&r, 5000, NULL, NULL), Q_OK);
    stop_recording(&r);
    rig_close(&r);
    unsigned long cycles = 0;
    assert_true(replay(&cycles));
    FILE *f = open_file(calls_path, "r+");
    char line[512];
    long at = 0;
    while (fgets(line, sizeof line, f) && line[0] != 'S') at = ftell(f);
    fseek(f, at + 2, SEEK_SET);
    fputc('7', f); /* slice 7 instead of slice 1 */
    fclose(f);
    assert_false(replay(&cycles));
}

int main(int argc, char **argv) {
    if (argc < 4 || strstr(argv[1], "NOTFOUND") || strstr(argv[2], "NOTFOUND")) {
        printf("SKIP: iverilog or vvp not found\n");
        return 77;
    }
    snprintf(tools.iverilog, sizeof tools.iverilog, "%s", argv[1]);
    snprintf(tools.vvp, sizeof tools.vvp, "%s", argv[2]);
    for (int i = 3; i < argc; i++) {
        const size_t used = strlen(tools.sources);
        snprintf(tools.sources + used, sizeof tools.sources - used, " '%s'", argv[i]);
    }
    char command[10000];
    snprintf(command, sizeof command,
             "%s -g2012 -s brg_replay -o icarus_replay.vvp %s > icarus_compile.txt 2>&1",
             tools.iverilog, tools.sources);
    if (system(command) != 0) {
        fprintf(stderr, "iverilog failed, see icarus_compile.txt\n");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_everything), cmocka_unit_test(test_pages_and_skips),
        cmocka_unit_test(test_tampered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
