/* SPDX-License-Identifier: Apache-2.0 */
/* Post-selection on lost carriers through the program: closed forms over the timeline that the RTL
 * made, identities between detections, and the table of docs/filtration.md. Arguments: program,
 * docs/filtration.md. */
#include <math.h>

#include "test_cli_rig.h"

typedef struct session {
    cli c;
    const char *document;
} session;

static const double t1_ns = 100000;
static const char base[] =
    "seed: 5\n"
    "technology: dual_rail_cavity\n"
    "clock_mhz: 100\n"
    "qram: {routers: three_level, address_width: 3}\n"
    "memory: {latency_ns: 20000}\n"
    "noise: {t1_ns: 100000, tphi_ns: 0, loss_detection: 1, trajectories: 3000}\n"
    "attribution: none\n";

#define F "quantum.filtration."

static void near_enough(json_t *j, const char *path, double expected) {
    char mean[80], error[80];
    snprintf(mean, sizeof mean, "%s.mean", path);
    snprintf(error, sizeof error, "%s.stderr", path);
    const double value = cli_number(j, mean), sigma = cli_number(j, error);
    if (!(fabs(value - expected) <= 3 * sigma + 1e-12))
        print_error("%s: %.6f +- %.6f, expected %.6f\n", path, value, sigma, expected);
    assert_double_near(value, expected, 3 * sigma + 1e-12);
}

/* What each carrier is exposed to, of ns or of slices. */
typedef struct exposure {
    double in[16];
    size_t carriers;
} exposure;

/* Probability that no loss is seen: product over the carriers. */
static double success_of(const exposure *e, double detection, double per_unit) {
    double success = 1;
    for (size_t i = 0; i < e->carriers; i++)
        success *= 1 - detection * -expm1(-e->in[i] * per_unit);
    return success;
}

/* From entering slice to leaving slice in a timeline of one query; carriers: address bits, then bus
 * bits. without: a cause whose waits do not count, or NULL. */
static void read_exposure(const cli *c, const char *name, const char *without, bool slices,
                          exposure *of) {
    static const char *const operations[] = {"a_in:", "d_in:", "a_out:", "d_out:"};
    const int n = 3;
    char *text = cli_text(c, name);
    assert_non_null(text);
    const char *line = strstr(text, "query,slice");
    assert_non_null(line);
    double skipped = 0;
    *of = (exposure){.carriers = 0};
    while ((line = strchr(line, '\n')) && *++line) {
        double slice, start, duration, wait;
        int at = 0;
        assert_int_equal(
            sscanf(line, "%*d,%lf,%lf,%lf,%lf,%n", &slice, &start, &duration, &wait, &at), 4);
        char cause[80];
        const size_t length = strcspn(line + at, ",");
        snprintf(cause, sizeof cause, "%.*s", (int)length, line + at);
        const char *found = without ? strstr(cause, without) : NULL;
        if (found) {
            const char *colon = found + strlen(without);
            skipped += *colon == ':' ? strtod(colon + 1, NULL) : wait;
        }
        const double now = slices ? slice : start - skipped;
        for (int o = 0; o < 4; o++) {
            const char *end = strchr(line, '\n'), *p = strstr(line, operations[o]);
            if (!p || p > end) continue;
            const int bit = atoi(p + strlen(operations[o]));
            const int carrier = o % 2 ? n + bit : bit;
            of->in[carrier] += o < 2 ? -now : now;
            if (o < 2) of->carriers++;
        }
    }
    free(text);
    assert_true(of->carriers >= 4 && of->carriers <= 16);
}

/* All carriers of noisy registers are exposed to the whole query. */
static void noisy_registers(void **state) {
    const session *s = *state;
    static const double latencies[] = {50, 20000}, detections[] = {1, 0.5};
    for (int l = 0; l < 2; l++) {
        double kept[2], plain = 0;
        for (int d = 0; d < 2; d++) {
            json_t *j = cli_result(&s->c,
                                   "s.yaml --set memory.latency_ns=%g "
                                   "--set noise.loss_detection=%g",
                                   latencies[l], detections[d]);
            exposure e = {.carriers = 4}, ideal = {.carriers = 4}, fast = {.carriers = 4};
            const double cycle_ns = 10;
            for (int i = 0; i < 4; i++) {
                e.in[i] = cli_number(j, "timing.latency_ns");
                ideal.in[i] = cli_number(j, "timing.ideal_latency_ns");
                fast.in[i] = e.in[i] - cycle_ns * cli_number(j, "timing.stall_cycles.memory");
            }
            const double success = success_of(&e, detections[d], 1 / t1_ns);
            const double whole = success_of(&e, 1, 1 / t1_ns);
            near_enough(j, F "success", success);
            near_enough(j, F "without_stalls.success",
                        success_of(&ideal, detections[d], 1 / t1_ns));
            if (d == 0) {
                assert_double_near(cli_number(j, F "fidelity.mean"), 1, 1e-12);
                assert_double_near(cli_number(j, F "without_stalls.fidelity.mean"), 1, 1e-12);
            } else {
                near_enough(j, F "fidelity", whole / success);
            }
            near_enough(j, "quantum.fidelity", whole);
            assert_double_near(cli_number(j, F "lost_mean"), -4 * expm1(-e.in[0] / t1_ns),
                               3 * cli_number(j, F "lost_stderr"));
            const double saved = cli_number(j, F "success_by_cause.memory.saved_if_removed");
            const double sigma = cli_number(j, F "success_by_cause.memory.saved_stderr");
            assert_double_near(saved, success_of(&fast, detections[d], 1 / t1_ns) - success,
                               3 * sigma + 1e-12);
            if (l == 1) assert_true(saved > 10 * sigma);
            const double mean = cli_number(j, F "success.mean");
            assert_double_near(cli_number(j, F "repetitions"), 1 / mean, 1e-12);
            assert_double_near(cli_number(j, F "latency_per_kept_ns"), e.in[0] / mean, 1e-6);
            /* A query that lost a carrier is wrong: what is right is kept at any detection. */
            kept[d] = mean * cli_number(j, F "fidelity.mean");
            plain = cli_number(j, "quantum.fidelity.mean");
            json_decref(j);
        }
        assert_double_near(kept[0], plain, 1e-12);
        assert_double_near(kept[1], plain, 1e-12);
    }
}

/* Success at detection 1/2 from that at 1: all carriers lose alike, S(d) = (1 - d p)^carriers. */
static void detections(void **state) {
    const session *s = *state;
    json_t *whole = cli_result(&s->c, "s.yaml"),
           *half = cli_result(&s->c, "s.yaml --set noise.loss_detection=0.5"),
           *none = cli_result(&s->c, "s.yaml --set noise.loss_detection=0");
    const double one = cli_number(whole, F "success.mean"), p = 1 - pow(one, 0.25);
    const double error = cli_number(whole, F "success.stderr");
    const double slope = pow(1 - p / 2, 3) / 2 / pow(1 - p, 3);
    const double sigma = hypot(slope * error, cli_number(half, F "success.stderr"));
    assert_double_near(cli_number(half, F "success.mean"), pow(1 - p / 2, 4), 3 * sigma);
    assert_null(json_object_get(cli_at(none, "quantum"), "filtration"));
    assert_double_near(cli_number(none, "scenario.noise.loss_detection"), 0, 0);
    assert_double_near(cli_number(half, "scenario.noise.loss_detection"), 0.5, 0);
    assert_true(cli_same(whole, none, "quantum.fidelity"));
    assert_true(cli_same(whole, half, "quantum.fidelity"));
    json_decref(whole);
    json_decref(half);
    json_decref(none);
}

/* Ideal registers: a carrier is exposed from its entry to its exit, which the timeline tells. */
static void ideal_registers(void **state) {
    const session *s = *state;
    static const char *const sets[] = {"", "--set qram.page_wait=entry",
                                       "--set noise.engine=full --set qram.word_width=2"};
    for (int i = 0; i < 3; i++) {
        json_t *j =
            cli_result(&s->c, "s.yaml --set noise.registers=ideal --timeline t.csv %s", sets[i]);
        exposure e, fast;
        read_exposure(&s->c, "t.csv", NULL, false, &e);
        read_exposure(&s->c, "t.csv", "memory", false, &fast);
        const double success = success_of(&e, 1, 1 / t1_ns);
        near_enough(j, F "success", success);
        assert_double_near(cli_number(j, F "fidelity.mean"), 1, 1e-12);
        const double saved = cli_number(j, F "success_by_cause.memory.saved_if_removed");
        assert_double_near(saved, success_of(&fast, 1, 1 / t1_ns) - success,
                           3 * cli_number(j, F "success_by_cause.memory.saved_stderr") + 1e-12);
        /* What waits outside is not lost. */
        if (i == 1)
            assert_double_near(saved, 0, 0);
        else
            assert_true(saved > 0.2);
        if (i == 0) {
            json_t *again =
                cli_result(&s->c, "s.yaml --set noise.registers=ideal --from-timeline t.csv");
            assert_true(cli_same(j, again, "quantum.filtration"));
            json_decref(again);
        }
        json_decref(j);
    }
}

static void errors_by_slice(void **state) {
    const session *s = *state;
    const double gamma = 0.02;
    json_t *j = cli_result(&s->c,
                           "s.yaml --set noise.model=per_slice --set noise.per_slice=damping "
                           "--set noise.per_slice.probability=0.02 --set noise.loss_detection=0.8 "
                           "--timeline t.csv");
    exposure e;
    read_exposure(&s->c, "t.csv", NULL, true, &e);
    const double success = success_of(&e, 0.8, -log1p(-gamma));
    near_enough(j, F "success", success);
    near_enough(j, F "fidelity", success_of(&e, 1, -log1p(-gamma)) / success);
    /* This noise does not know time. */
    assert_true(json_equal(cli_at(j, F "success"), cli_at(j, F "without_stalls.success")));
    assert_double_near(cli_number(j, F "success_by_cause.memory.saved_if_removed"), 0, 0);
    assert_true(cli_count(j, F "success_by_cause.memory.cycles") > 0);
    json_decref(j);
}

/* Each query of a group has its own success; m + k carriers with two pages. */
static void groups(void **state) {
    const session *s = *state;
    json_t *j = cli_result(&s->c,
                           "s.yaml --set workload.queries=2 --set qram.pages=2 "
                           "--set memory.cache=set_associative --set noise.trajectories=2000");
    double success[2], fidelity[2], variance = 0, time_ns[2];
    for (size_t q = 0; q < 2; q++) {
        json_t *one = json_array_get(cli_at(j, F "queries"), q);
        json_t *timing = json_array_get(cli_at(j, "timing.queries"), q);
        exposure e = {.carriers = 5};
        time_ns[q] = cli_number(timing, "latency_ns");
        for (int i = 0; i < 5; i++) e.in[i] = time_ns[q];
        near_enough(one, "success", success_of(&e, 1, 1 / t1_ns));
        assert_double_near(cli_number(one, "fidelity.mean"), 1, 1e-12);
        success[q] = cli_number(one, "success.mean");
        fidelity[q] = cli_number(one, "fidelity.mean");
        variance += pow(cli_number(one, "success.stderr") / 2, 2);
        assert_double_near(cli_number(one, "latency_per_kept_ns"), time_ns[q] / success[q], 1e-6);
    }
    const double mean = (success[0] + success[1]) / 2;
    assert_true(success[1] > success[0] + 0.2);
    assert_double_near(cli_number(j, F "success.mean"), mean, 1e-12);
    assert_double_near(cli_number(j, F "fidelity.mean"),
                       (success[0] * fidelity[0] + success[1] * fidelity[1]) / mean / 2, 1e-12);
    /* Queries of a trajectory do not depend on each other, so the variances nearly add; the spread
     * between the queries is no part of them. */
    assert_double_near(cli_number(j, F "success.stderr"), sqrt(variance), 0.1 * sqrt(variance));
    assert_double_near(cli_number(j, F "latency_per_kept_ns"), (time_ns[0] + time_ns[1]) / 2 / mean,
                       1e-6);
    json_decref(j);
}

/* What is not heralded stays: dephasing, gate errors. */
static void unseen(void **state) {
    const session *s = *state;
    static const char *const sets[] = {"noise.tphi_ns=300000", "noise.gate_error=0.003"};
    for (int i = 0; i < 2; i++) {
        json_t *j = cli_result(&s->c, "s.yaml --set %s", sets[i]);
        const double kept = cli_number(j, F "fidelity.mean");
        assert_true(kept < 1 - 10 * cli_number(j, F "fidelity.stderr"));
        assert_true(kept > cli_number(j, "quantum.fidelity.mean") + 0.2);
        json_decref(j);
    }
    /* Nothing is kept: no fidelity and no number of repetitions, but no end of the run either. */
    json_t *j = cli_result(&s->c, "s.yaml --set memory.latency_ns=1e9");
    assert_double_near(cli_number(j, F "success.mean"), 0, 0);
    assert_true(json_is_null(cli_at(j, F "fidelity.mean")));
    assert_true(json_is_null(cli_at(j, F "repetitions")));
    json_decref(j);
}

static void reports(void **state) {
    const session *s = *state;
    assert_int_equal(cli_run(&s->c, "run s.yaml"), 0);
    char *text = cli_text(&s->c, "stdout");
    json_t *j = cli_result(&s->c, "s.yaml");
    char line[120];
    snprintf(line, sizeof line, "kept queries           %12.6f +- %.6f",
             cli_number(j, F "success.mean"), cli_number(j, F "success.stderr"));
    assert_non_null(strstr(text, line));
    snprintf(line, sizeof line, "each of them takes   %12.4g runs", cli_number(j, F "repetitions"));
    assert_non_null(strstr(text, line));
    snprintf(line, sizeof line, "memory costs         %12.6f",
             cli_number(j, F "success_by_cause.memory.saved_if_removed"));
    assert_non_null(strstr(text, line));
    free(text);
    json_decref(j);
    assert_int_equal(cli_run(&s->c, "run s.yaml --set noise.loss_detection=0"), 0);
    text = cli_text(&s->c, "stdout");
    assert_null(strstr(text, "kept queries"));
    free(text);
}

/* A row: `| memory.latency_ns | cycles | success | fidelity of the kept | fidelity | ... |`, run
 * with the scenario `heralded`. */
static void table(void **state) {
    const session *s = *state;
    FILE *file = fopen(s->document, "r");
    assert_non_null(file);
    char line[400];
    int rows = 0;
    while (fgets(line, sizeof line, file)) {
        double latency, success, kept, plain, per_kept_us;
        long long cycles;
        if (sscanf(line, "| %lf | %lld | %lf | %lf | %lf | %lf us |", &latency, &cycles, &success,
                   &kept, &plain, &per_kept_us) != 6)
            continue;
        json_t *j = cli_result(&s->c, "heralded --set memory.latency_ns=%g --set attribution=none",
                               latency);
        const bool same = cli_count(j, "timing.cycles") == cycles &&
                          fabs(cli_number(j, F "success.mean") - success) < 6e-4 &&
                          fabs(cli_number(j, F "fidelity.mean") - kept) < 6e-4 &&
                          fabs(cli_number(j, "quantum.fidelity.mean") - plain) < 6e-4 &&
                          fabs(cli_number(j, F "latency_per_kept_ns") / 1000 - per_kept_us) < 0.06;
        if (!same)
            print_error("latency %g: %lld, %.4f, %.4f, %.4f, %.2f us; the document says %s",
                        latency, cli_count(j, "timing.cycles"), cli_number(j, F "success.mean"),
                        cli_number(j, F "fidelity.mean"), cli_number(j, "quantum.fidelity.mean"),
                        cli_number(j, F "latency_per_kept_ns") / 1000, line);
        assert_true(same);
        json_decref(j);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 5);
}

int main(int argc, char **argv) {
    session s;
    assert_int_equal(argc, 3);
    s.document = argv[2];
    cli_open(&s.c, argv[1]);
    cli_write(&s.c, "s.yaml", base);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(noisy_registers, &s),
                                       cmocka_unit_test_prestate(detections, &s),
                                       cmocka_unit_test_prestate(ideal_registers, &s),
                                       cmocka_unit_test_prestate(errors_by_slice, &s),
                                       cmocka_unit_test_prestate(groups, &s),
                                       cmocka_unit_test_prestate(unseen, &s),
                                       cmocka_unit_test_prestate(reports, &s),
                                       cmocka_unit_test_prestate(table, &s)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cli_close(&s.c);
    return failed;
}
