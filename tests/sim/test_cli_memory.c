/* SPDX-License-Identifier: Apache-2.0 */
/* The memory system as users see it: the same result however it is simulated, attributions that add
 * up, outages that cost time but never data, wrong inputs. */
#include "test_cli_rig.h"

/* Small enough for seconds, with every part that can wait. */
static const char cached[] =
    "quickstart --set qram.word_width=3 --set qram.pages=4 "
    "--set noise.trajectories=20 --set memory.near=ddr4 --set memory.clock_mhz=333 "
    "--set memory.cache='{kind: set_associative, ways: 1, sets: 2}' --set memory.traffic=150 "
    "--set host.clock_mhz=90 --set technology.slice_ns=12";
static const char tiered[] =
    "quickstart --set noise.trajectories=20 --set memory.tiers=edge --set memory.edge=rdma";
static const char control[] =
    "quickstart --set noise.trajectories=20 --set control='{store: cached, capacity_words: 8}' "
    "--set pulse='{source: memory, channels: 1, channel_gb_per_s: 0.5}'";
static const char *const systems[] = {cached, tiered, control};
enum { SYSTEMS = sizeof systems / sizeof *systems };

static void same_however_simulated(void **state) {
    static const char *const ways[] = {"--set simulation.idle_skip=off",
                                       "--set simulation.quantum_ns=0",
                                       "--set simulation.quantum_ns=50000", "--jobs 3"};
    for (int s = 0; s < SYSTEMS; s++) {
        json_t *first = cli_result(*state, "%s --jobs 1", systems[s]);
        assert_true(cli_count(first, "timing.stall_cycles.total") > 0);
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            json_t *other = cli_result(*state, "%s %s", systems[s], ways[w]);
            if (!json_equal(first, other)) print_error("%s: %s\n", systems[s], ways[w]);
            assert_true(json_equal(first, other));
            json_decref(other);
        }
        json_decref(first);
    }
    /* The small model and the whole machine with nothing switched on. */
    json_t *small = cli_result(*state, "quickstart --set noise.trajectories=20");
    json_t *whole =
        cli_result(*state, "quickstart --set noise.trajectories=20 --set simulation.model=machine");
    json_object_del(cli_at(whole, "scenario"), "simulation");
    assert_true(json_equal(small, whole));
    json_decref(small);
    json_decref(whole);
}

/* Adds the durations of an events file by cause; false when the file is not there. */
static bool add_events(const cli *c, const char *name, double ns[7]) {
    static const char *const causes[] = {"memory",  "latch", "pulse",  "readout",
                                         "decoder", "host",  "control"};
    char *text = cli_text(c, name);
    if (!text) return false;
    char *line = strstr(text, "\nquery,");
    assert_non_null(line);
    line = strchr(line + 1, '\n') + 1;
    for (char *next; *line; line = next) {
        char cause[32], kind[40];
        unsigned query, slice;
        unsigned long long detail;
        double start, duration;
        next = strchr(line, '\n') + 1;
        assert_int_equal(sscanf(line, "%u,%u,%31[a-z],%39[a-z_],%llu,%lf,%lf", &query, &slice,
                                cause, kind, &detail, &start, &duration),
                         7);
        for (int i = 0; i < 7; i++)
            if (strcmp(causes[i], cause) == 0) ns[i] += duration;
    }
    free(text);
    return true;
}

static void attribution_adds_up(void **state) {
    for (int s = 0; s < SYSTEMS; s++) {
        json_t *j =
            cli_result(*state, "%s --set attribution.events=1000 --timeline t.csv", systems[s]);
        json_t *a = cli_at(j, "quantum.attribution"), *row;
        const double cycle_ns = 1e3 / cli_number(j, "timing.clock_mhz");
        double sum = 0, x = 0, ns[7] = {0}, events = 0, waits = 0;
        const char *name;
        json_object_foreach(cli_at(a, "causes"), name, row) {
            sum += cli_number(row, "infidelity");
            x += cli_number(row, "first_order");
            if (strcmp(name, "schedule") && strcmp(name, "gate"))
                waits += cli_number(row, "infidelity");
        }
        assert_double_near(sum, cli_number(a, "infidelity"), 1e-14);
        assert_double_near(sum, 1 - cli_number(j, "quantum.fidelity.mean"), 1e-14);
        assert_double_near(x, cli_number(a, "first_order"), 1e-14);
        /* Every waiting nanosecond belongs to an event, and every event to the result. */
        assert_true(add_events(*state, "t.csv.events.csv", ns));
        static const char *const causes[] = {"memory",  "latch", "pulse",  "readout",
                                             "decoder", "host",  "control"};
        for (int i = 0; i < 7; i++) {
            char path[64];
            snprintf(path, sizeof path, "timing.stall_cycles.%s", causes[i]);
            assert_double_near(ns[i], (double)cli_count(j, path) * cycle_ns, 1e-6);
        }
        size_t index;
        double before = 1;
        assert_int_equal(json_array_size(cli_at(a, "events")), cli_count(a, "event_count"));
        json_array_foreach(cli_at(a, "events"), index, row) {
            const double part = cli_number(row, "infidelity");
            assert_true(part <= before);
            before = part;
            events += part;
        }
        assert_double_near(events, waits, 1e-12);
        json_decref(j);
    }
}

/* What a tier does wrong costs time or ends the query with its name; the data are always right. */
static void outages(void **state) {
    const cli *c = *state;
    static const char base[] =
        "quickstart --set noise.model=none --set noise.trajectories=8 --set memory.tiers=cloud "
        "--set workload.input=basis:5 --set memory.image=random --set qram.word_width=8 "
        "--set memory.cloud.latency=constant --set memory.cloud.latency_ns=1e5 "
        "--set memory.cloud.time_out_ns=1e6 --set memory.cloud.backoff_ns=1000";
    json_t *good = cli_result(c, "%s", base);
    assert_double_near(cli_number(good, "quantum.fidelity.mean"), 1, 1e-12);
    const long long usual = cli_count(good, "timing.stall_cycles.memory");
    static const char *const faults[] = {
        "--set memory.cloud.outage_ns=2e6",
        "--set memory.cloud.outage_ns=2e6 --set memory.cloud.outage_answer=error",
        "--set memory.cloud.outage_ns=2e6 --set memory.cloud.outage_answer=late",
        "--set memory.cloud.outage_start_ns=1.01e5 --set memory.cloud.outage_ns=3e6",
        "--set memory.cloud.error_probability=0.99 --set memory.cloud.backoff=constant"};
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        json_t *j = cli_result(c, "%s %s", base, faults[f]);
        json_t *right = cli_at(json_array_get(cli_at(j, "quantum.readout"), 0), "correct");
        assert_true(cli_count(j, "timing.stall_cycles.memory") > usual);
        assert_double_near(json_number_value(right), 1, 0);
        assert_true(cli_count(j, "memory.tiers.cloud.attempts") > 1 ||
                    cli_number(j, "memory.tiers.cloud.outage_ns") > 0);
        json_decref(j);
    }
    json_decref(good);
    const int code = cli_run(c,
                             "run %s --quiet --set memory.cloud.outage_ns=1e9 "
                             "--set memory.cloud.on_failure=fail --set memory.cloud.retries=2",
                             base);
    char *messages = cli_text(c, "stderr");
    assert_int_equal(code, 3);
    assert_non_null(strstr(messages, "memory_error"));
    assert_non_null(strstr(messages, "tier cloud: time_out after 3 attempts"));
    free(messages);
}

static void object_store(void **state) {
    const cli *c = *state;
    assert_int_equal(cli_run(c,
                             "run quickstart --json - --set memory.tiers=cloud --set "
                             "memory.cloud.latency=constant --set memory.cloud.latency_ns=2e8 "
                             "--set noise.trajectories=4"),
                     0);
    char *text = cli_text(c, "stdout");
    json_t *j = json_loads(text, 0, NULL);
    /* 200 ms are 50 million cycles; a few thousand are evaluated. */
    assert_true(cli_count(j, "timing.stall_cycles.memory") > 50000000);
    assert_true(cli_count(j, "performance.rtl_evaluations") < 100000);
    assert_true(cli_count(j, "performance.skipped_cycles") > 49000000);
    json_decref(j);
    free(text);
}

/* Waits that the controller cannot count end the run at once, with the tier's name. */
static void endless_waits(void **state) {
    static const char *const answers[] = {"silent", "error", "late"};
    static const char *const nears[] = {"fixed", "ddr4"};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(cli_run(*state,
                                 "run quickstart --quiet --set memory.tiers=cloud "
                                 "--set memory.cloud.outage_ns=1e13 --set memory.near=%s "
                                 "--set memory.cloud.outage_answer=%s",
                                 nears[i / 3], answers[i % 3]),
                         3);
        char *messages = cli_text(*state, "stderr");
        assert_non_null(strstr(messages, "query 0 waits longer than the controller can count"));
        assert_non_null(strstr(messages, "tier cloud: no answer after 1 attempt, page 0"));
        free(messages);
    }
    /* Outages so close together that no answer comes through. */
    assert_int_equal(cli_run(*state,
                             "run quickstart --quiet --set memory.tiers=edge "
                             "--set memory.edge='{preset: rack, outage_between_ns: 1000, "
                             "outage_mean_ns: 1000, outage_answer: error, backoff_ns: 0}' "
                             "--set memory.edge.latency=constant "
                             "--set memory.edge.latency_ns=1e5"),
                     3);
    char *messages = cli_text(*state, "stderr");
    assert_non_null(strstr(messages, "tier edge: error after 10000 attempts, page 0"));
    free(messages);
}

/* Memory that is read by lines holds the whole last line, whatever the size of the table. */
static void lines_beyond_the_table(void **state) {
    static const char *const sets[] = {
        "--set memory.cache='{kind: set_associative, line_bytes: 256}'",
        "--set memory.cache='{kind: set_associative, line_bytes: 256}' --set memory.tiers=edge "
        "--set memory.tiers.page_bytes=64 --set memory.edge=cxl",
        "--set memory.cache='{kind: set_associative, line_bytes: 128}' --set control.store=cached",
        "--set memory.cache=set_associative --set memory.prefetch='{kind: next_line, depth: 64}'",
        "--set memory.cache='{kind: set_associative, line_bytes: 256}' --set memory.near=ddr4 "
        "--set memory.prefetch='{kind: next_line, depth: 64}' --set memory.tiers=edge "
        "--set memory.tiers.near_frames=1 --set memory.edge=cxl"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        json_t *j = cli_result(*state,
                               "quickstart --set noise.model=none --set noise.trajectories=4 "
                               "--set memory.image=random --set qram.word_width=3 %s",
                               sets[i]);
        assert_double_near(cli_number(j, "quantum.fidelity.mean"), 1, 1e-12);
        json_decref(j);
    }
}

/* A timeline of a paged query is compared with the image page by page: no warning (cli_result wants
 * none) but where the data differ. */
static void paged_timeline(void **state) {
    static const char paged[] =
        "quickstart --set noise.trajectories=20 --set qram.pages=4 "
        "--set qram.address_width=7 --set memory.image=random";
    json_t *first = cli_result(*state, "%s --timeline p.csv", paged);
    json_t *again = cli_result(*state, "%s --from-timeline p.csv", paged);
    assert_true(json_equal(cli_at(first, "quantum.fidelity"), cli_at(again, "quantum.fidelity")));
    json_decref(first);
    json_decref(again);
    assert_int_equal(cli_run(*state, "run %s --quiet --from-timeline p.csv --set seed=9", paged),
                     0);
    char *messages = cli_text(*state, "stderr");
    assert_non_null(strstr(messages, "differs from memory.image"));
    free(messages);
    assert_int_equal(cli_run(*state, "run %s --from-timeline p.csv --set qram.pages=2", paged), 2);
    messages = cli_text(*state, "stderr");
    assert_non_null(strstr(messages,
                           "n 7, k 1, pages 4, the scenario has two_level, n 7, k 1, "
                           "pages 2"));
    free(messages);
}

/* A code protects the qubits that wait before the tree, and nothing that waits inside it. */
static void where_correction_pays(void **state) {
    static const char *const waits[] = {"entry", "fetch"};
    double gain[2];
    for (int w = 0; w < 2; w++) {
        json_t *coded = cli_result(*state,
                                   "qec_entry --set noise.trajectories=300 "
                                   "--set qram.page_wait=%s",
                                   waits[w]);
        json_t *bare = cli_result(*state,
                                  "quickstart --set memory.latency_ns=20000 "
                                  "--set noise.trajectories=300 --set qram.page_wait=%s",
                                  waits[w]);
        gain[w] =
            cli_number(coded, "quantum.fidelity.mean") - cli_number(bare, "quantum.fidelity.mean");
        const long long late = cli_count(coded, "timing.stall_cycles.decoder");
        assert_true(w == 0 ? late > 0 : late == 0);
        assert_true(cli_count(coded, "qec.lives") == 10);
        if (w == 0) {
            assert_true(cli_number(coded, "quantum.attribution.causes.decoder.infidelity") > 0);
            /* All that the memory's wait costs is what it does to the patches. */
            const double memory = cli_number(coded, "quantum.attribution.causes.memory.infidelity");
            assert_double_near(cli_number(coded, "quantum.attribution.causes.memory.logical"),
                               memory, 1e-12);
            assert_true(memory > -1e-12 &&
                        memory < cli_number(coded, "qec.logical_error_per_query"));
            assert_true(cli_number(coded, "qec.logical_error_per_query") > 0);
        }
        json_decref(coded);
        json_decref(bare);
    }
    print_message("the code gains %.3f at entry, %.3f at fetch\n", gain[0], gain[1]);
    assert_true(gain[0] > 0.15);
    assert_true(gain[1] < 0.08);
}

static void wrong_inputs(void **state) {
    static const struct {
        const char *sets, *says;
    } cases[] = {
        {"memory.cache.ways=2",
         "memory.cache.ways: not used, accepted: with memory.cache.kind: "
         "set_associative"},
        {"memory.cache='{kind: set_associative, ways: 3}'",
         "memory.cache.ways: 3 is not a power of two"},
        {"memory.prefetch=stride", "memory.prefetch.kind: needs a cache"},
        {"memory.near=ddr4 --set memory.dram=DDR5-4800",
         "memory.dram.part: 'DDR5-4800' is not known"},
        {"memory.near=ddr4 --set memory.dram=none.csv", "none.csv: cannot be read"},
        {"memory.dram.ranks=2", "memory.dram.ranks: not used, accepted: with memory.near: ddr4"},
        {"memory.edge=rack", "memory.edge.preset: not used"},
        {"memory.tiers=cloud --set memory.cloud=attic",
         "memory.cloud.preset: 'attic' is not known"},
        {"memory.tiers=cloud --set memory.tiers.edge_frames=4", "more than near_frames 1024"},
        {"memory.tiers=edge --set memory.edge.latency=trace", "trace without a file"},
        {"memory.tiers=edge --set memory.edge.outage_between_ns=5", "without a mean length"},
        {"qram.pages=3", "qram.pages: 3 is not a power of two"},
        {"qram.pages=4096 --set qram.address_width=20", "tables of at most 2^24 cells"},
        {"control.capacity_words=16", "not used, accepted: with control.store: cached"},
        {"control='{store: cached, capacity_words: 24}'", "24 is not a power of two"},
        {"pulse=memory --set qram.address_width=12", "pulse buffer of layer 11"},
        {"pulse='{source: memory, bytes_per_pulse: 16, compression: delta}'", "16 bytes per pulse"},
        {"memory.traffic=100 --set memory.traffic.bytes=100", "a multiple of 64"},
        /* A tier that is asked for ever and can never answer. */
        {"memory.tiers=cloud --set memory.cloud.latency=constant --set memory.cloud.latency_ns=2e8 "
         "--set memory.cloud.time_out_ns=2e7",
         "memory.cloud.time_out_ns: 20000000 ns are over before any answer"},
        {"memory.tiers=edge --set memory.edge.latency_ns=1e7 --set memory.edge.sigma=0.1 "
         "--set memory.edge.time_out_ns=1e6",
         "memory.edge.time_out_ns: 1000000 ns are over"},
        {"memory.tiers=edge --set memory.edge.error_probability=1",
         "memory.edge.error_probability: 1 with on_failure: wait never ends"},
        {"memory.clock_mhz=0.0005", "memory.clock_mhz: 0.0005 is out of range"},
        {"host.clock_mhz=1.23456", "host.clock_mhz: 1.23456 is not a multiple of 1 kHz"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int code =
            cli_run(*state, "run quickstart --quiet --json out.json --set %s", cases[i].sets);
        char *messages = cli_text(*state, "stderr"), *written = cli_text(*state, "out.json");
        if (code != 2 || !strstr(messages, cases[i].says))
            print_error("%s: exit %d, %s\n", cases[i].sets, code, messages);
        assert_int_equal(code, 2);
        assert_non_null(strstr(messages, cases[i].says));
        assert_null(written);
        free(messages);
    }
}

int main(int argc, char **argv) {
    (void)argc;
    cli c;
    cli_open(&c, argv[1]);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(same_however_simulated, &c),
                                       cmocka_unit_test_prestate(attribution_adds_up, &c),
                                       cmocka_unit_test_prestate(outages, &c),
                                       cmocka_unit_test_prestate(object_store, &c),
                                       cmocka_unit_test_prestate(where_correction_pays, &c),
                                       cmocka_unit_test_prestate(endless_waits, &c),
                                       cmocka_unit_test_prestate(lines_beyond_the_table, &c),
                                       cmocka_unit_test_prestate(paged_timeline, &c),
                                       cmocka_unit_test_prestate(wrong_inputs, &c)};
    const int failed = cmocka_run_group_tests_name("cli_memory", tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
