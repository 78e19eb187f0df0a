/* SPDX-License-Identifier: Apache-2.0 */
/* Programs with outcomes known in closed form, wrong programs with their exact messages, and the
 * promises of a run: the same seed, the same counts; paths and shots agree. */
#include <complex.h>
#include <math.h>

#include "qasm_cases.h"

enum { LEAST_GOOD = 40, LEAST_BAD = 40 };

typedef struct inputs {
    brg_qasm_input list[8];
    char text[8][80];
    size_t count;
} inputs;

static brg_qasm *parse(const char *text, const char *file, brg_diag *diag) {
    brg_qasm *p = NULL;
    brg_qasm_parse(&p, text, strlen(text), file, NULL, NULL, diag);
    return p;
}

/* A number, or one divided by another. */
static double number_of(const char *text) {
    char *end;
    const double a = strtod(text, &end);
    return *end == '/' ? a / strtod(end + 1, NULL) : a;
}

static void read_inputs(const qasm_case *c, inputs *in) {
    size_t length = 0;
    const char *at = qasm_section(c, "input", &length), *end = at ? at + length : NULL;
    in->count = 0;
    for (; at && at < end; at = strchr(at, '\n') + 1) {
        char *text = in->text[in->count];
        snprintf(text, 80, "%.*s", (int)(strchr(at, '\n') - at), at);
        char *equals = strchr(text, '=');
        *equals = '\0';
        in->list[in->count++] = (brg_qasm_input){text, equals + 1};
        if (!strchr(at, '\n')) break;
    }
}

static bool entry_of(const char *line, char *bits, double *value) {
    const char *colon = strchr(line, ':');
    if (!colon) return false;
    snprintf(bits, 80, "%.*s", (int)(colon - line), line);
    *value = number_of(colon + 1);
    return true;
}

static size_t check_entries(const qasm_case *c, const char *word, const brg_qasm_entry *entries,
                            size_t count, uint64_t shots) {
    size_t length = 0, wrong = 0, seen = 0;
    const char *at = qasm_section(c, word, &length), *end = at + length;
    for (; at < end && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : end) {
        char bits[80];
        double expected, got = NAN;
        if (!entry_of(at, bits, &expected)) continue;
        for (size_t i = 0; i < count; i++)
            if (strcmp(entries[i].bits, bits) == 0)
                got = shots ? (double)entries[i].count / (double)shots : entries[i].probability;
        /* Counts within five standard deviations; certain ones exactly. */
        const double sigma = shots ? sqrt(expected * (1 - expected) / (double)shots) : 0;
        const double allowed = shots ? 5 * sigma : 1e-9;
        seen++;
        if (fabs(got - expected) <= allowed) continue;
        print_error("%s: %s %s is %.12g, expected %.12g\n", c->name, word, bits, got, expected);
        wrong++;
    }
    if (seen == count) return wrong;
    print_error("%s: %zu %s, expected %zu\n", c->name, count, word, seen);
    for (size_t i = 0; i < count; i++)
        print_error("   %s %.12g %llu\n", entries[i].bits, entries[i].probability,
                    (unsigned long long)entries[i].count);
    return wrong + 1;
}

/* Up to one common phase; `--- exact state` compares the phase as well. */
static size_t check_state(const qasm_case *c, brg_dense *state, bool phase_too) {
    size_t length = 0;
    const char *at = qasm_section(c, phase_too ? "exact state" : "state", &length);
    const char *end = at + length;
    brg_complex overlap = 0;
    double expected_norm = 0, distance = 0;
    for (; at < end && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : end) {
        unsigned long long index;
        double re, im;
        brg_complex got;
        if (sscanf(at, "%llu %lf %lf", &index, &re, &im) != 3) continue;
        assert_int_equal(brg_dense_get(state, index, 1, &got), BRG_OK);
        const brg_complex expected = re + I * im;
        overlap += conj(expected) * got;
        distance = fmax(distance, cabs(expected - got));
        expected_norm += re * re + im * im;
    }
    const double norm = brg_dense_norm(state);
    const bool same = fabs(expected_norm - 1) < 1e-6 && fabs(norm - 1) < 1e-9 &&
                      fabs(cabs(overlap) - expected_norm) < 1e-7 && (!phase_too || distance < 1e-7);
    if (same) return 0;
    print_error("%s: the state differs: overlap %.12g, norm %.12g, distance %.3g\n", c->name,
                cabs(overlap), norm, distance);
    return 1;
}

static size_t run_good(const qasm_case *c, bool plain) {
    brg_diag *diag = NULL;
    brg_qasm_result result;
    inputs in;
    size_t length = 0, wrong = 0;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_qasm *p = parse(c->program, c->name, diag);
    read_inputs(c, &in);
    brg_qasm_config config = {.shots = 4096,
                              .seed = 7,
                              .plain_gates = plain,
                              .jobs = 1,
                              .inputs = in.list,
                              .input_count = in.count};
    config.probabilities = qasm_section(c, "probabilities", &length) != NULL;
    const bool exact = qasm_section(c, "exact state", &length) != NULL;
    config.statevector = exact || qasm_section(c, "state", &length) != NULL;
    int status = p ? brg_qasm_run(p, &config, &result, diag) : BRG_EINPUT;
    if (status) {
        print_error("%s: status %d\n", c->name, status);
        brg_diag_print(diag, stderr);
        wrong++;
    } else {
        if (config.probabilities)
            wrong += check_entries(c, "probabilities", result.probabilities,
                                   result.probability_entries, 0);
        if (qasm_section(c, "counts", &length))
            wrong += check_entries(c, "counts", result.counts, result.count_entries, config.shots);
        if (config.statevector) wrong += check_state(c, result.state, exact);
        const char *way = qasm_section(c, "way", &length);
        if (way && (strncmp(way, "sampled", 7) == 0) != result.sampled) {
            print_error("%s: sampled is %d\n", c->name, result.sampled);
            wrong++;
        }
    }
    if (p) brg_qasm_result_free(&result);
    brg_qasm_destroy(&p);
    brg_diag_destroy(&diag);
    return wrong;
}

static void good_programs(void **state) {
    static qasm_case cases[QASM_MOST_CASES];
    size_t count, wrong = 0;
    (void)state;
    char *text = qasm_read_cases("good.txt", cases, &count);
    for (size_t i = 0; i < count; i++) {
        wrong += run_good(&cases[i], false);
        wrong += run_good(&cases[i], true);
    }
    free(text);
    print_message("%zu programs, each natively and by the definitions of its gates\n", count);
    assert_true(count >= LEAST_GOOD);
    assert_int_equal(wrong, 0);
}

static bool run_bad(const qasm_case *c) {
    brg_diag *diag = NULL;
    brg_qasm_result result = {0};
    inputs in;
    char got[8000] = "";
    size_t length = 0;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_qasm *p = parse(c->program, "t.qasm", diag);
    read_inputs(c, &in);
    const brg_qasm_config config = {.shots = 10,
                                    .seed = 1,
                                    .max_steps = 100000,
                                    .jobs = 1,
                                    .inputs = in.list,
                                    .input_count = in.count,
                                    .statevector = qasm_section(c, "state", &length) != NULL};
    const int status = p ? brg_qasm_run(p, &config, &result, diag) : BRG_EINPUT;
    for (size_t i = 0; i < brg_diag_count(diag) && brg_diag_message(diag, i); i++) {
        const size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s\n", brg_diag_message(diag, i));
    }
    const char *expected = qasm_section(c, "expect", &length);
    assert_non_null(expected);
    while (length && expected[length - 1] == '\n') length--;
    const bool same =
        status == BRG_EINPUT && strlen(got) == length + 1 && strncmp(got, expected, length) == 0;
    if (!same)
        print_error("%s: status %d\n  got:      %s  expected: %.*s\n", c->name, status, got,
                    (int)length, expected);
    brg_qasm_result_free(&result);
    brg_qasm_destroy(&p);
    brg_diag_destroy(&diag);
    return same;
}

static void wrong_programs(void **state) {
    static qasm_case cases[QASM_MOST_CASES];
    size_t count, failed = 0;
    (void)state;
    char *text = qasm_read_cases("bad.txt", cases, &count);
    for (size_t i = 0; i < count; i++)
        if (!run_bad(&cases[i])) failed++;
    free(text);
    print_message("%zu wrong programs\n", count);
    assert_true(count >= LEAST_BAD);
    assert_int_equal(failed, 0);
}

static brg_qasm_result run_text(const char *text, brg_qasm_config config) {
    brg_diag *diag = NULL;
    brg_qasm_result result;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_qasm *p = parse(text, "t.qasm", diag);
    const int status = p ? brg_qasm_run(p, &config, &result, diag) : BRG_EINPUT;
    if (status) brg_diag_print(diag, stderr);
    assert_int_equal(status, BRG_OK);
    brg_qasm_destroy(&p);
    brg_diag_destroy(&diag);
    return result;
}

static bool same_counts(const brg_qasm_result *a, const brg_qasm_result *b) {
    if (a->count_entries != b->count_entries) return false;
    for (size_t i = 0; i < a->count_entries; i++)
        if (strcmp(a->counts[i].bits, b->counts[i].bits) ||
            a->counts[i].count != b->counts[i].count)
            return false;
    return true;
}

static const char sampled[] =
    "OPENQASM 3;include \"stdgates.inc\";qubit[4] q;bit[4] c;h q;"
    "c = measure q;";
static const char feedback[] =
    "OPENQASM 3;include \"stdgates.inc\";qubit[2] q;bit[2] c;h q[0];"
    "c[0] = measure q[0];if (c[0] == 1) ry(1.1) q[1];reset q[0];h q[0];"
    "c[1] = measure q[1];";

static void seeds_repeat(void **state) {
    (void)state;
    const char *programs[] = {sampled, feedback};
    for (int i = 0; i < 2; i++) {
        brg_qasm_result a = run_text(programs[i], (brg_qasm_config){.shots = 500, .seed = 3});
        brg_qasm_result b =
            run_text(programs[i], (brg_qasm_config){.shots = 500, .seed = 3, .jobs = 2});
        brg_qasm_result c = run_text(programs[i], (brg_qasm_config){.shots = 500, .seed = 4});
        assert_int_equal(a.sampled, i == 0);
        assert_true(same_counts(&a, &b));
        assert_false(same_counts(&a, &c));
        brg_qasm_result_free(&a);
        brg_qasm_result_free(&b);
        brg_qasm_result_free(&c);
    }
}

/* Decay of |1> during a delay: P(1) = exp(-t/T1); Ramsey: P(0) = (1 + exp(-t/Tphi))/2. */
static void delays_decay(void **state) {
    const uint64_t shots = 20000;
    (void)state;
    brg_qasm_config config = {.shots = shots, .seed = 11, .noise = {.on = true, .t1_ns = 1000}};
    brg_qasm_result r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit q;bit c;x q;"
        "delay[500ns] q;c = measure q;",
        config);
    assert_int_equal(r.count_entries, 2);
    assert_double_near((double)r.counts[1].count / (double)shots, exp(-0.5), 0.018);
    brg_qasm_result_free(&r);
    config.noise = (brg_qasm_noise){.on = true, .tphi_ns = 700};
    r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit q;bit c;h q;delay[0.35us] q;h q;"
        "c = measure q;",
        config);
    assert_double_near((double)r.counts[0].count / (double)shots, (1 + exp(-0.5)) / 2, 0.015);
    brg_qasm_result_free(&r);
    /* A qubit that waits for another one decays as well: 1 gate of 300 ns, then a gate on both. */
    config.noise = (brg_qasm_noise){.on = true, .t1_ns = 1000, .gate1_ns = 0, .readout_ns = 250};
    r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] q;bit c;x q[1];delay[300ns] q[0];"
        "barrier q;c = measure q[1];",
        config);
    assert_double_near((double)r.counts[1].count / (double)shots, exp(-0.55), 0.018);
    brg_qasm_result_free(&r);
    /* So does one that waits for a reset. */
    config.noise = (brg_qasm_noise){.on = true, .t1_ns = 1000, .reset_ns = 700};
    r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] q;bit c;x q[1];reset q[0];"
        "barrier q;c = measure q[1];",
        config);
    assert_double_near((double)r.counts[1].count / (double)shots, exp(-0.7), 0.018);
    brg_qasm_result_free(&r);
}

/* With noise too, probabilities are those before the final measurements: |+> under dephasing alone
 * stays at 1/2 shot by shot, whatever is read. The counts are the same with and without them. */
static void noisy_probabilities(void **state) {
    (void)state;
    brg_qasm_config config = {.shots = 20, .seed = 7, .noise = {.on = true, .tphi_ns = 700}};
    static const char program[] =
        "OPENQASM 3;include \"stdgates.inc\";qubit q;bit c;h q;delay[350ns] q;c = measure q;";
    brg_qasm_result plain = run_text(program, config);
    config.probabilities = true;
    brg_qasm_result both = run_text(program, config);
    assert_true(same_counts(&plain, &both));
    assert_int_equal(both.probability_entries, 2);
    assert_double_near(both.probabilities[0].probability, 0.5, 1e-12);
    assert_double_near(both.probabilities[1].probability, 0.5, 1e-12);
    brg_qasm_result_free(&plain);
    brg_qasm_result_free(&both);
}

/* Without any time or rate the noisy run is the exact one. */
static void no_noise_is_exact(void **state) {
    (void)state;
    brg_qasm_config config = {.shots = 300, .seed = 5, .noise = {.on = true, .gate1_ns = 10}};
    brg_qasm_result r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] q;bit[2] c;x q[0];"
        "cx q[0], q[1];c = measure q;",
        config);
    assert_int_equal(r.count_entries, 1);
    assert_string_equal(r.counts[0].bits, "11");
    assert_int_equal(r.counts[0].count, 300);
    brg_qasm_result_free(&r);
}

typedef struct seen_query {
    uint32_t address[2], bus[3];
    uint64_t calls;
} seen_query;

static int watch(void *user, brg_dense *state, const brg_qasm_query *q) {
    seen_query *seen = user;
    for (int i = 0; i < 2; i++) seen->address[i] = q->address[i];
    for (int i = 0; i < 3; i++) seen->bus[i] = q->bus[i];
    assert_int_equal(q->table->address_width, 2);
    assert_int_equal(q->table->word_width, 3);
    assert_string_equal(q->table->name, "data");
    assert_int_equal(q->number, seen->calls);
    seen->calls++;
    *q->duration_ns = 125;
    return brg_qasm_query_exact(user, state, q);
}

static void queries_call_back(void **state) {
    (void)state;
    seen_query seen = {.calls = 0};
    brg_qasm_config config = {.shots = 10, .seed = 5, .query = watch, .user = &seen};
    brg_qasm_result r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] a;qubit[3] b;\n"
        "pragma brigade qram data address 2 word 3 image parity\n"
        "x a[1];data a[1], a[0], b;inv @ data a[0], a[1], b;"
        "bit[3] c = measure b;",
        config);
    assert_int_equal(seen.calls, 2);
    assert_int_equal(seen.address[0], 0);
    assert_int_equal(seen.address[1], 1);
    assert_int_equal(seen.bus[0], 2);
    assert_int_equal(seen.bus[2], 4);
    assert_string_equal(r.counts[0].bits, "000");
    brg_qasm_result_free(&r);
}

/* Only cell 1 holds a word: 101. */
static int one_cell(void *user, const brg_qasm_table *table, brg_planes **out, brg_diag *diag) {
    (void)user;
    (void)diag;
    const int status = brg_planes_new(out, table->address_width, table->word_width);
    for (uint32_t j = 0; !status && j < 3; j += 2) brg_planes_set(*out, j, 1, true);
    return status;
}

static void first_address_qubit_is_the_most_significant(void **state) {
    (void)state;
    brg_qasm_config config = {.shots = 10, .seed = 5, .image = one_cell};
    brg_qasm_result r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] a;qubit[3] b;\n"
        "pragma brigade qram data address 2 word 3 image random\n"
        "x a[1];data a, b;x b[1];bit[3] c = measure b;",
        config);
    assert_string_equal(r.counts[0].bits, "111");
    brg_qasm_result_free(&r);
    r = run_text(
        "OPENQASM 3;include \"stdgates.inc\";qubit[2] a;qubit[3] b;\n"
        "pragma brigade qram data address 2 word 3 image random\n"
        "x a[0];data a, b;bit[3] c = measure b;",
        config);
    assert_string_equal(r.counts[0].bits, "000");
    brg_qasm_result_free(&r);
}

/* The deepest program that is accepted must not exhaust the stack. */
static void deepest_program(void **state) {
    enum { CALLS = 22, BLOCKS = 117 };
    char *text = calloc(1, CALLS * (BLOCKS * 10 + 100));
    (void)state;
    assert_non_null(text);
    char *at = text + sprintf(text, "OPENQASM 3;bit c;def f0() -> bit { return 1; }");
    for (int i = 1; i <= CALLS; i++) {
        at += sprintf(at, "def f%d() -> bit {", i);
        for (int k = 0; k < BLOCKS; k++) at += sprintf(at, "if(1){");
        at += sprintf(at, "return !!!!!!!!!!f%d();", i - 1);
        for (int k = 0; k < BLOCKS; k++) at += sprintf(at, "}");
        at += sprintf(at, "}");
    }
    sprintf(at, "c = f%d();", CALLS);
    brg_qasm_result r = run_text(text, (brg_qasm_config){.shots = 1, .seed = 3});
    assert_string_equal(r.counts[0].bits, "1");
    brg_qasm_result_free(&r);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_programs),
        cmocka_unit_test(wrong_programs),
        cmocka_unit_test(seeds_repeat),
        cmocka_unit_test(delays_decay),
        cmocka_unit_test(noisy_probabilities),
        cmocka_unit_test(no_noise_is_exact),
        cmocka_unit_test(queries_call_back),
        cmocka_unit_test(first_address_qubit_is_the_most_significant),
        cmocka_unit_test(deepest_program)};
    return cmocka_run_group_tests_name("qasm", tests, NULL, NULL);
}
