/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios: defaults, overrides, rounding, checks across keys, and that the result reads back. */
#include <math.h>
#include <string.h>

#include "test.h"
#include "testbench/scenario.h"
#include "testbench/scenario_keys.h"

enum { MOST_SETS = 8 };

typedef struct given {
    const char *text;
    const char *sets[MOST_SETS];
} given;

static size_t count_sets(const given *g) {
    size_t n = 0;
    while (n < MOST_SETS && g->sets[n]) n++;
    return n;
}

static brg_scenario *read_good(const given *g) {
    brg_diag *diag = NULL;
    brg_scenario *s = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_scenario_parse(&s, g->text, strlen(g->text), "dir/s.yaml", g->sets,
                                          count_sets(g), diag);
    if (status) brg_diag_print(diag, stderr);
    assert_int_equal(status, BRG_OK);
    assert_int_equal(brg_diag_count(diag), 0);
    brg_diag_destroy(&diag);
    return s;
}

static void check_messages(const given *g, const char *const *messages, size_t count) {
    brg_diag *diag = NULL;
    brg_scenario *s = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(
        brg_scenario_parse(&s, g->text, strlen(g->text), "s.yaml", g->sets, count_sets(g), diag),
        BRG_EINPUT);
    assert_null(s);
    if (brg_diag_count(diag) != count) brg_diag_print(diag, stderr);
    assert_int_equal(brg_diag_count(diag), count);
    for (size_t i = 0; i < count; i++) assert_string_equal(brg_diag_message(diag, i), messages[i]);
    brg_diag_destroy(&diag);
}

static void defaults(void **state) {
    (void)state;
    brg_scenario *s = read_good(&(given){"", {NULL}});
    assert_int_equal(s->seed, 1);
    assert_string_equal(s->technology->name, "transmon");
    assert_int_equal(s->clock_khz, 250000);
    assert_string_equal(s->program, "bucket_brigade");
    assert_int_equal(s->qram.routers, BRG_TWO_LEVEL);
    assert_int_equal(s->qram.address_width, 4);
    assert_int_equal(s->qram.word_width, 1);
    assert_int_equal(s->image_kind, BRG_IMAGE_PARITY);
    assert_int_equal(s->queries, 1);
    assert_true(s->input.uniform);
    assert_int_equal(s->noise.model, BRG_NOISE_TIMED);
    assert_double_near(s->noise.t1_ns, s->technology->t1_ns.value, 0);
    assert_double_near(s->noise.tphi_ns, s->technology->tphi_ns.value, 0);
    assert_int_equal(s->method, BRG_METHOD_REPLAY);
    assert_int_equal(s->engine, BRG_ENGINE_PRUNED);
    assert_int_equal(s->trajectories, 1000);
    /* 100 ns at 250 MHz are 25 cycles. */
    assert_int_equal(s->duration_cycles[BRG_CLASS_CSWAP], 25);
    brg_scenario_destroy(&s);
}

static void durations_round_up(void **state) {
    (void)state;
    brg_scenario *s = read_good(&(given){
        "technology: {base: transmon, slice_ns: 100, fetch_ns: 99.9}\nclock_mhz: 333.333\n",
        {NULL}});
    /* 33.3333 cycles become 34 = 102.0001 ns; 33.29997 become 34 too. */
    assert_int_equal(s->duration_cycles[BRG_CLASS_CSWAP], 34);
    assert_int_equal(s->duration_cycles[BRG_CLASS_FETCH], 34);
    json_t *j = brg_scenario_json(s);
    const double shown =
        json_real_value(json_object_get(json_object_get(j, "technology"), "cswap_ns"));
    assert_double_near(shown, 34e6 / 333333.0, 1e-12);
    json_decref(j);
    brg_scenario_destroy(&s);
    /* A whole number of cycles stays what it is however it was written. */
    for (unsigned cycles = 1; cycles < 400; cycles += 7) {
        char set[64];
        snprintf(set, sizeof set, "technology.slice_ns=%.17g", cycles * 1e6 / 333333.0);
        s = read_good(&(given){"clock_mhz: 333.333", {set}});
        assert_int_equal(s->duration_cycles[BRG_CLASS_CSWAP], cycles);
        brg_scenario_destroy(&s);
    }
}

static void overrides(void **state) {
    (void)state;
    /* A path below a plain value turns it into its mapping. */
    brg_scenario *s =
        read_good(&(given){"technology: ion\nmemory: {image: random}\n",
                           {"technology.slice_ns=200", "noise.per_slice=damping",
                            "noise.per_slice.probability=0.5", "workload.input=basis:3"}});
    assert_string_equal(s->technology->name, "ion");
    for (int c = BRG_CLASS_CSWAP; c <= BRG_CLASS_IDLE; c++)
        assert_int_equal(s->duration_cycles[c], 50);
    assert_int_equal(s->duration_cycles[BRG_CLASS_READOUT], 37500);
    assert_int_equal(s->image_kind, BRG_IMAGE_RANDOM);
    assert_int_equal(s->noise.kind, BRG_KIND_DAMPING);
    assert_double_near(s->noise.probability, 0.5, 0);
    assert_int_equal(s->input.index, 3);
    brg_scenario_destroy(&s);

    /* A later slice_ns wins over an earlier class, a class over slice_ns of the same place. */
    s = read_good(&(given){"technology: {slice_ns: 100, fetch_ns: 20}", {NULL}});
    assert_int_equal(s->duration_cycles[BRG_CLASS_FETCH], 5);
    brg_scenario_destroy(&s);
    s = read_good(
        &(given){"technology: {slice_ns: 100, fetch_ns: 20}", {"technology.slice_ns=40"}});
    assert_int_equal(s->duration_cycles[BRG_CLASS_FETCH], 10);
    brg_scenario_destroy(&s);

    /* A plain value replaces the mapping, a mapping adds to it. */
    s = read_good(&(given){"technology: {base: ion, slice_ns: 100}", {"technology=transmon"}});
    assert_int_equal(s->duration_cycles[BRG_CLASS_LATCH_SWAP], 13); /* 50 ns */
    brg_scenario_destroy(&s);
    s = read_good(
        &(given){"qram: {address_width: 3}", {"qram={word_width: 5}", "seed=2", "seed=3"}});
    assert_int_equal(s->qram.address_width, 3);
    assert_int_equal(s->qram.word_width, 5);
    assert_int_equal(s->seed, 3);
    brg_scenario_destroy(&s);
}

static void coherence(void **state) {
    (void)state;
    brg_scenario *s = read_good(&(given){"", {"technology.t1_ns=10000", "technology.t2_ns=10000"}});
    assert_double_near(s->noise.t1_ns, 10000, 0);
    assert_double_near(s->noise.tphi_ns, 20000, 1e-6); /* 1/T2 - 1/(2 T1) */
    brg_scenario_destroy(&s);
    s = read_good(&(given){"", {"technology.t1_ns=0", "technology.t2_ns=300"}});
    assert_double_near(s->noise.t1_ns, 0, 0);
    assert_double_near(s->noise.tphi_ns, 300, 0);
    brg_scenario_destroy(&s);
    s = read_good(&(given){"", {"noise.t1_ns=7", "noise.tphi_ns=0"}});
    assert_double_near(s->noise.t1_ns, 7, 0);
    assert_double_near(s->noise.tphi_ns, 0, 0);
    brg_scenario_destroy(&s);
    s = read_good(&(given){"qram: {routers: three_level}", {"technology=dual_rail_cavity"}});
    assert_double_near(s->noise.tphi_ns, 1500e3, 0);
    brg_scenario_destroy(&s);
}

static void paths(void **state) {
    (void)state;
    const char *text = "memory: {image: {kind: file, path: a.csv}}\nqram: {program: p.bqa}\n";
    brg_scenario *s = read_good(&(given){text, {NULL}});
    assert_string_equal(s->image_path, "dir/a.csv");
    assert_string_equal(s->program, "dir/p.bqa");
    assert_true(s->image_csv);
    brg_scenario_destroy(&s);
    s = read_good(&(given){text, {"memory.image.path=b.raw", "qram.program=/q.bqp"}});
    assert_string_equal(s->image_path, "b.raw");
    assert_string_equal(s->program, "/q.bqp");
    assert_false(s->image_csv);
    brg_scenario_destroy(&s);
    s = read_good(&(given){text, {"memory.image.format=raw"}});
    assert_false(s->image_csv);
    brg_scenario_destroy(&s);
}

static void several_errors(void **state) {
    (void)state;
    static const char *const messages[] = {
        "s.yaml:1:7: seed: '1.5' is not an integer, accepted: an integer 0..9223372036854775807",
        "s.yaml:2:8: qram.adress_width: unknown key, did you mean qram.address_width?",
        "s.yaml:3:8: noise: a value where a mapping is needed, accepted: a mapping of model, "
        "t1_ns, tphi_ns, registers, gate_error, per_slice, method, engine, trajectories, "
        "loss_detection",
        "--set clock=1: clock: unknown key, accepted: version, name, seed, technology, clock_mhz, "
        "qram, memory, control, pulse, qec, host, workload, noise, attribution, simulation"};
    check_messages(&(given){"seed: 1.5\nqram: {adress_width: 3}\nnoise: 3\n", {"clock=1"}},
                   messages, 4);
    static const char *const across[] = {
        "s.yaml:1:19: workload.input: index 4 is out of range, accepted: basis:0 to basis:3",
        "s.yaml:3:27: noise.per_slice.kind: phase needs three_level routers, accepted with "
        "two_level: depolarizing, x, z, damping",
        "s.yaml:3:43: noise.engine: dense is not built yet, accepted: full, pruned, density"};
    check_messages(&(given){"workload: {input: basis:4}\nqram: {address_width: 2}\n"
                            "noise: {per_slice: {kind: phase}, engine: dense}\n",
                            {NULL}},
                   across, 3);
}

static void single_errors(void **state) {
    (void)state;
    static const struct {
        const char *set, *message;
    } cases[] = {
        {"seed=010", "'010' is not an integer, accepted: an integer 0..9223372036854775807"},
        {"seed=0x10", "'0x10' is not an integer, accepted: an integer 0..9223372036854775807"},
        {"seed=-1", "-1 is out of range, accepted: an integer 0..9223372036854775807"},
        {"seed=9223372036854775808",
         "9223372036854775808 is out of range, accepted: an integer 0..9223372036854775807"},
        {"seed=99999999999999999999999",
         "99999999999999999999999 is out of range, accepted: an integer 0..9223372036854775807"},
        {"seed='5'",
         "a quoted text where a number is needed, accepted: an integer "
         "0..9223372036854775807"},
        {"seed=", "no value, accepted: an integer 0..9223372036854775807"},
        {"clock_mhz=nan", "'nan' is not a number, accepted: a number 0.001..10000 MHz"},
        {"clock_mhz=.inf", "'.inf' is not a number, accepted: a number 0.001..10000 MHz"},
        {"clock_mhz=1e999", "1e999 is out of range, accepted: a number 0.001..10000 MHz"},
        {"clock_mhz=1.5x", "'1.5x' is not a number, accepted: a number 0.001..10000 MHz"},
        {"clock_mhz=0", "0 is out of range, accepted: a number 0.001..10000 MHz"},
        {"clock_mhz=100.0005",
         "100.0005 is not a multiple of 1 kHz, accepted: up to three "
         "decimals"},
        {"clock_mhz=9999.9995",
         "9999.9995 is not a multiple of 1 kHz, accepted: up to three decimals"},
        {"name=''", "not a name, accepted: 1..64 bytes on one line"},
        {"noise.gate_error=1.01", "1.01 is out of range, accepted: a number 0..1"},
        {"noise.model=gaussian", "'gaussian' is not known, accepted: timed, per_slice, none"},
        {"workload.input=basis:0x3", "'basis:0x3' is not known, accepted: uniform or basis:INDEX"},
        {"qram.program=fat_tree",
         "'fat_tree' is not known, accepted: bucket_brigade or a .bqa or .bqp file"},
        {"memory.image.kind=file", "file without a path, accepted: file with memory.image.path"},
        {"memory.image.path=x", "not used by this kind, accepted: with kind: file"},
        {"technology.t2_ns=400000",
         "T2 400000 ns is above 2*T1 = 244000 ns, accepted: T2 at most "
         "2*T1, or tphi_ns"},
        {"noise.trajectories=0", "0 is out of range, accepted: an integer 1..1000000000"},
        {"seed=[1]",
         "a list where a value is needed, accepted: an integer "
         "0..9223372036854775807"},
        {"qram.routers={a: 1}",
         "a mapping where a value is needed, accepted: two_level, "
         "three_level"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[400], key[80];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(cases[i].set, "="), cases[i].set);
        snprintf(expected, sizeof expected, "--set %s: %s: %s", cases[i].set, key,
                 cases[i].message);
        const char *message = expected;
        check_messages(&(given){"", {cases[i].set}}, &message, 1);
    }
}

static void check_distances(const given *g, const uint32_t expected[4]) {
    brg_scenario *s = read_good(g);
    assert_true(s->tree.enabled);
    assert_false(s->qec.enabled);
    for (int l = 0; l < 4; l++) assert_int_equal(s->tree.code.distance[l], expected[l]);
    brg_scenario_destroy(&s);
}

/* A list in every form it can have; deeper layers take its last number. */
static void lists(void **state) {
    (void)state;
    const uint32_t graded[] = {9, 7, 7, 7};
    check_distances(&(given){"qec: {scope: tree, layers: [9, 7]}", {NULL}}, graded);
    check_distances(&(given){"qec:\n  scope: tree\n  layers:\n    - 9\n    - 7\n", {NULL}}, graded);
    check_distances(&(given){"qec: {scope: tree, layers: \"9,7\"}", {NULL}}, graded);
    check_distances(&(given){"qec:\n  scope: tree\n  layers: 9, 7, 7, 7", {NULL}}, graded);
    check_distances(&(given){"qec: {scope: tree, layers: [3]}", {"qec.layers=9,7"}}, graded);
    check_distances(&(given){"qec: tree", {"qec.layers=[ 9, 7 ]"}}, graded);
    check_distances(&(given){"qec: tree", {"qec.distance=31"}}, (uint32_t[]){31, 31, 31, 31});
    check_distances(&(given){"qec: tree", {NULL}}, (uint32_t[]){5, 5, 5, 5});
}

/* Codes in the tree take the place of T1 and Tphi; each layer has its own error and its own time.
 */
static void codes_in_the_tree(void **state) {
    (void)state;
    brg_scenario *s =
        read_good(&(given){"qec: {scope: tree, layers: [9, 7, 3], round_ns: 200}\n"
                           "noise: {registers: ideal, gate_error: 0.001}\n",
                           {"qec.p=0.001", "technology.slice_ns=800"}});
    brg_run_config config;
    brg_scenario_run_config(s, &config);
    assert_int_equal(config.noise.model, BRG_NOISE_ENCODED);
    assert_true(config.noise.encoded == &s->tree.rates);
    assert_false(config.noise.noisy_registers);
    assert_double_near(config.noise.gate_error, 0.001, 0);
    assert_double_near(s->tree.rates.layer_rate[1], 0.0274 * pow(0.001 / 0.0102, 4), 1e-15);
    brg_platform_config platform;
    brg_scenario_platform(s, &platform);
    assert_false(platform.qec.enabled);
    /* Nine rounds, seven, and where three are less than the slice without a code, that. */
    const uint32_t *cycles = platform.duration_cycles;
    assert_int_equal(cycles[BRG_CLASS_CSWAP], 450);
    assert_int_equal(cycles[BRG_CLASS_USER], 350);
    assert_int_equal(cycles[BRG_CLASS_USER + 1], 200);
    assert_int_equal(cycles[BRG_CLASS_LATCH_SWAP], 200);
    assert_int_equal(s->duration_cycles[BRG_CLASS_CSWAP], 200);
    brg_program *program = NULL;
    assert_int_equal(brg_scenario_program(&program, s, NULL), BRG_OK);
    for (uint32_t i = 0; i < program->count; i++) {
        const brg_control_word *w = &program->words[i];
        if (!w->ops.route) continue;
        const int expected = w->ops.route & 1   ? BRG_CLASS_CSWAP
                             : w->ops.route & 2 ? BRG_CLASS_USER
                                                : BRG_CLASS_USER + 1;
        assert_int_equal(w->duration_class, expected);
    }
    brg_program_destroy(&program);
    brg_scenario_destroy(&s);

    /* Without p the rates of transmon weigh as those of the fit do: 1.7e-3, twice 1e-3, 3.243e-3.
     */
    s = read_good(&(given){"qec: tree", {NULL}});
    assert_double_near(s->tree.code.physical_error, 0.69 * 1.7e-3 + 0.08 * 1e-3 + 0.23 * 3.243e-3,
                       1e-6);
    brg_scenario_destroy(&s);
    s = read_good(&(given){"qec: tree", {"noise.model=none"}});
    assert_int_equal(s->noise.model, BRG_NOISE_NONE);
    brg_scenario_destroy(&s);
}

/* The resolved scenario is itself a scenario, and resolves to itself. */
static void resolved_reads_back(void **state) {
    (void)state;
    static const given cases[] = {
        {"", {NULL}},
        {"technology: ion\nclock_mhz: 333.333", {"workload.input=basis:7"}},
        {"", {"qram.routers=three_level", "noise.model=per_slice", "noise.per_slice=shift"}},
        {"technology: {base: cavity3d, slice_ns: 33.1, readout_ns: 7}", {"qram.page_wait=entry"}},
        {"", {"memory.image={kind: file, path: /x.csv}", "noise.engine=density", "name=\"a: b\""}},
        {"qec: {scope: tree, layers: [9, 7], p: 0.002}", {"noise.gate_error=1e-4"}},
        {"qec: {scope: tree, layers: 5}\ntechnology: ion", {"qec.layers=7, 5"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_scenario *first = read_good(&cases[i]);
        json_t *a = brg_scenario_json(first);
        char *text = json_dumps(a, JSON_INDENT(2));
        brg_scenario *second = read_good(&(given){text, {NULL}});
        json_t *b = brg_scenario_json(second);
        assert_true(json_equal(a, b));
        assert_memory_equal(first->duration_cycles, second->duration_cycles,
                            sizeof first->duration_cycles);
        json_decref(a);
        json_decref(b);
        free(text);
        brg_scenario_destroy(&first);
        brg_scenario_destroy(&second);
    }
}

static void key_table(void **state) {
    (void)state;
    for (int i = 0; i < BRG_KEY_COUNT; i++) {
        const brg_key *key = brg_key_at((brg_key_id)i);
        char why[120];
        brg_value value;
        assert_ptr_equal(brg_key_find(key->path), key);
        assert_int_equal(brg_key_number(key), i);
        if (key->type == BRG_TYPE_GROUP || !key->standard) continue;
        assert_int_equal(brg_key_parse(key, key->standard, true, &value, why, sizeof why), BRG_OK);
    }
    char near[80];
    brg_key_suggest("noise.trajectory", near, sizeof near);
    assert_string_equal(near, "noise.trajectories");
    brg_key_suggest("address_width", near, sizeof near);
    assert_string_equal(near, "qram.address_width");
    brg_key_suggest("zzz", near, sizeof near);
    assert_string_equal(near, "");
}

static char *read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 17);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 17) - 1, file) > 0);
    fclose(file);
    return text;
}

/* The guide's table is the table of keys: a row of each, as the code has it. */
static void documented(void **state) {
    (void)state;
    char *text = read_text(BRG_DOCS_FOLDER "/scenario.md");
    size_t missing = 0;
    for (int i = 0; i < BRG_KEY_COUNT; i++) {
        const brg_key *key = brg_key_at((brg_key_id)i);
        char accepts[240], row[700];
        if (key->type == BRG_TYPE_GROUP) continue;
        brg_key_accepts(key, accepts, sizeof accepts);
        snprintf(row, sizeof row, "| `%s` | %s | %s | %s |\n", key->path, accepts,
                 key->standard ? key->standard : "", key->help);
        if (strstr(text, row)) continue;
        print_error("docs/scenario.md lacks the row: %s", row);
        missing++;
    }
    free(text);
    assert_int_equal(missing, 0);
}

static void shipped_scenarios(void **state) {
    (void)state;
    static const char *const names[] = {"quickstart",  "fast_memory", "slow_memory",
                                        "three_level", "deep_tree",   "ion",
                                        "lockstep",    "cavity",      "qec_tree"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[400];
        brg_diag *diag = NULL;
        brg_scenario *s = NULL;
        snprintf(path, sizeof path, "%s/%s.yaml", BRG_SCENARIO_FOLDER, names[i]);
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        if (brg_scenario_load(&s, path, NULL, 0, diag)) brg_diag_print(diag, stderr);
        assert_non_null(s);
        assert_string_equal(s->name, names[i]);
        brg_scenario_destroy(&s);
        brg_diag_destroy(&diag);
    }
}

/* Random values for random keys: whatever comes, either a scenario that reads back or messages. */
static void random_overrides(void **state) {
    (void)state;
    static const char *const values[] = {
        "0",  "1",    "-1",      "3",       "4.5",         "1e-3",     "nan",       "entry",
        "x",  "ion",  "{}",      "[]",      "file",        "basis:1",  "''",        "~",
        "24", "1e18", "damping", "density", "three_level", "lockstep", "per_slice", "0.001"};
    uint64_t seed = test_seed(20);
    unsigned good = 0;
    for (int round = 0; round < 3000; round++) {
        char sets[3][120];
        const char *list[3] = {sets[0], sets[1], sets[2]};
        for (int i = 0; i < 3; i++) {
            brg_key_id id = (brg_key_id)(test_random(&seed) % BRG_KEY_COUNT);
            /* A relative path reads back only from the same folder. */
            if (id == BRG_KEY_WORKLOAD_PROGRAM) id = BRG_KEY_INPUT;
            /* Of the 58 keys of slow tiers nearly all need others beside them. */
            if (id >= BRG_KEY_EDGE && id <= BRG_KEY_CLOUD_BACKOFF && test_random(&seed) % 8)
                id = BRG_KEY_ADDRESS_WIDTH;
            const brg_key *key = brg_key_at(id);
            /* Half of them are what the key takes, so that both outcomes are met. */
            const char *value = values[test_random(&seed) % (sizeof values / sizeof *values)];
            if (test_random(&seed) & 1) value = key->choices[0] ? key->choices[0] : "2";
            snprintf(sets[i], sizeof sets[i], "%s=%s", key->path, value);
        }
        brg_diag *diag = NULL;
        brg_scenario *s = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = brg_scenario_parse(&s, "", 0, "s.yaml", list, 3, diag);
        assert_true(status == BRG_OK || status == BRG_EINPUT);
        assert_int_equal(status == BRG_OK, brg_diag_count(diag) == 0);
        if (s) {
            json_t *a = brg_scenario_json(s);
            char *text = json_dumps(a, 0);
            brg_scenario *again = read_good(&(given){text, {NULL}});
            json_t *b = brg_scenario_json(again);
            assert_true(json_equal(a, b));
            json_decref(a);
            json_decref(b);
            free(text);
            brg_scenario_destroy(&again);
            good++;
        }
        brg_scenario_destroy(&s);
        brg_diag_destroy(&diag);
    }
    assert_true(good > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(defaults),
                                       cmocka_unit_test(durations_round_up),
                                       cmocka_unit_test(overrides),
                                       cmocka_unit_test(coherence),
                                       cmocka_unit_test(paths),
                                       cmocka_unit_test(several_errors),
                                       cmocka_unit_test(single_errors),
                                       cmocka_unit_test(lists),
                                       cmocka_unit_test(codes_in_the_tree),
                                       cmocka_unit_test(resolved_reads_back),
                                       cmocka_unit_test(key_table),
                                       cmocka_unit_test(documented),
                                       cmocka_unit_test(shipped_scenarios),
                                       cmocka_unit_test(random_overrides)};
    return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
