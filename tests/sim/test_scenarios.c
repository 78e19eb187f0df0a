/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios of the memory trade-offs: docs/memory.md says what each of them costs, and the
 * program says the same. Arguments: program, docs/memory.md, `full` for the infidelities as well.
 */
#include <math.h>

#include "test_cli_rig.h"

typedef struct session {
    cli c;
    const char *document;
    bool full;
} session;

/* A row of the table: `| scenario | override or nothing | stall cycles | 1 - F | by the stalls |`.
 */
typedef struct row {
    char scenario[32], override[64];
    long long stall_cycles;
    double infidelity, by_stalls;
} row;

/* The text between this bar and the next without blanks and back quotes. */
static const char *cell(const char *bar, char *to, size_t size) {
    size_t length = 0;
    assert_int_equal(*bar, '|');
    for (bar++; *bar && *bar != '|' && *bar != '\n'; bar++)
        if (*bar != ' ' && *bar != '`' && length + 1 < size) to[length++] = *bar;
    to[length] = 0;
    return bar;
}

static bool read_row(const char *line, row *to) {
    char number[3][32];
    line = cell(line, to->scenario, sizeof to->scenario);
    if (*line != '|') return false;
    line = cell(line, to->override, sizeof to->override);
    for (int i = 0; i < 3; i++) {
        if (*line != '|') return false;
        line = cell(line, number[i], sizeof number[i]);
    }
    char *end;
    to->stall_cycles = strtoll(number[0], &end, 10);
    if (end == number[0] || *end) return false;
    to->infidelity = strtod(number[1], NULL);
    to->by_stalls = strtod(number[2], NULL);
    return true;
}

static json_t *run(const session *s, const row *r, const char *more) {
    return cli_result(&s->c, "%s %s%s --jobs 1 %s", r->scenario, *r->override ? "--set " : "",
                      r->override, more);
}

/* First-order infidelity of all stalls. */
static double weight(json_t *j) {
    const char *name;
    json_t *cause;
    double sum = 0;
    json_object_foreach(cli_at(j, "quantum.attribution.causes"), name, cause) {
        if (strcmp(name, "schedule") && strcmp(name, "gate"))
            sum += cli_number(cause, "first_order");
    }
    return sum;
}

static void check_row(const session *s, const row *r) {
    json_t *j = run(s, r, s->full ? "" : "--set noise.trajectories=1 --set attribution=none");
    const long long cycles = cli_count(j, "timing.stall_cycles.total");
    if (cycles != r->stall_cycles)
        print_error("%s %s: %lld stall cycles, the document says %lld\n", r->scenario, r->override,
                    cycles, r->stall_cycles);
    assert_int_equal(cycles, r->stall_cycles);
    if (s->full) {
        const double infidelity = 1 - cli_number(j, "quantum.fidelity.mean");
        double stalls = cli_number(j, "quantum.attribution.infidelity");
        stalls -= cli_number(j, "quantum.attribution.causes.schedule.infidelity");
        if (fabs(infidelity - r->infidelity) > 1e-4 || fabs(stalls - r->by_stalls) > 1e-4)
            print_error("%s %s: 1 - F %.4f, %.4f by the stalls; the document says %.4f, %.4f\n",
                        r->scenario, r->override, infidelity, stalls, r->infidelity, r->by_stalls);
        assert_true(fabs(infidelity - r->infidelity) <= 1e-4);
        assert_true(fabs(stalls - r->by_stalls) <= 1e-4);
    }
    json_decref(j);
}

static void document_is_right(void **state) {
    const session *s = *state;
    int rows = 0, scenarios = 0;
    char *before = NULL;
    size_t room = 0;
    FILE *file = fopen(s->document, "rb");
    assert_non_null(file);
    for (char *line = NULL;; free(line), line = NULL) {
        row r;
        room = 0;
        if (getline(&line, &room, file) < 0) {
            free(line);
            break;
        }
        if (*line != '|' || !read_row(line, &r)) continue;
        check_row(s, &r);
        rows++;
        if (!before || strcmp(before, r.scenario)) scenarios++;
        free(before);
        before = strdup(r.scenario);
    }
    free(before);
    fclose(file);
    assert_int_equal(scenarios, 5);
    assert_true(rows >= 10);
}

/* What each scenario is there to show, by exact or drawn first-order weights. */
static void effects_have_their_order(void **state) {
    static const struct {
        row worse, better;
        double factor; /* at least so much worse */
    } pairs[] = {
        {{.scenario = "small_cache"}, {.scenario = "large_cache"}, 2},
        {{.scenario = "small_cache"},
         {.scenario = "small_cache", .override = "memory.traffic=0"},
         5},
        {{.scenario = "page_ahead", .override = "memory.prefetch=none"},
         {.scenario = "page_ahead"},
         2},
        {{.scenario = "cloud_table"},
         {.scenario = "cloud_table", .override = "memory.cloud.outage_ns=0"},
         5},
        {{.scenario = "cloud_table", .override = "qram.page_wait=fetch"},
         {.scenario = "cloud_table"},
         1.2},
        {{.scenario = "starved_pulse"},
         {.scenario = "starved_pulse", .override = "pulse.channels=2"},
         50},
    };
    static const char few[] = "--set noise.trajectories=100 --set attribution.samples=200";
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        json_t *worse = run(*state, &pairs[i].worse, few),
               *better = run(*state, &pairs[i].better, few);
        const double a = weight(worse), b = weight(better);
        if (!(a > pairs[i].factor * b))
            print_error("%s %s: %g, %s: %g\n", pairs[i].worse.scenario, pairs[i].worse.override, a,
                        pairs[i].better.override, b);
        assert_true(b > 0 && a > pairs[i].factor * b);
        json_decref(worse);
        json_decref(better);
    }
}

int main(int argc, char **argv) {
    session s = {.document = argv[2], .full = argc > 3 && strcmp(argv[3], "full") == 0};
    cli_open(&s.c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(document_is_right, &s),
                                       cmocka_unit_test_prestate(effects_have_their_order, &s)};
    const int failed = cmocka_run_group_tests_name("scenarios", tests, NULL, NULL);
    cli_close(&s.c);
    return failed;
}
