/* SPDX-License-Identifier: Apache-2.0 */
/* Error correction through the program: where it pays, what a late decoder costs, and results that
 * do not depend on how the hardware is simulated. Argument: program. */
#include <math.h>

#include "test_cli_rig.h"

static cli c;

static double fidelity(const char *arguments) {
    json_t *j = cli_result(&c, "%s --jobs 2", arguments);
    const double f = cli_number(j, "quantum.fidelity.mean");
    json_decref(j);
    return f;
}

/* The code takes away what waiting costs outside the tree, and nothing of it inside. */
static void where_it_pays(void **state) {
    (void)state;
    const double entry = fidelity("qec_entry --set noise.trajectories=400");
    const double bare = fidelity("qec_entry --set noise.trajectories=400 --set qec=none");
    const double fetch =
        fidelity("qec_entry --set noise.trajectories=400 --set qram.page_wait=fetch");
    const double bare_fetch = fidelity(
        "qec_entry --set noise.trajectories=400 --set qram.page_wait=fetch --set qec=none");
    print_message("at entry %.3f with the code, %.3f without; at the fetch %.3f and %.3f\n", entry,
                  bare, fetch, bare_fetch);
    assert_true(entry > 0.9 && entry < 1);
    assert_true(bare < entry - 0.15);
    assert_true(fetch < 0.65 && bare_fetch < 0.65);
    assert_true(fabs(fetch - bare_fetch) < 0.08);
}

/* Both kinds of stall, each with its cycles, its share and its events. */
static void late_decoder(void **state) {
    (void)state;
    json_t *j = cli_result(&c, "qec_slow_decoder --set noise.trajectories=400 --jobs 2");
    static const char *const causes[] = {"memory", "decoder"};
    char path[80];
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "timing.stall_cycles.%s", causes[i]);
        const long long cycles = cli_count(j, path);
        assert_true(cycles > 100);
        snprintf(path, sizeof path, "quantum.attribution.causes.%s.cycles", causes[i]);
        assert_true(cli_number(j, path) == (double)cycles);
        snprintf(path, sizeof path, "quantum.attribution.causes.%s.infidelity", causes[i]);
        const double infidelity = cli_number(j, path);
        assert_true(infidelity > 1e-3);
        sum += infidelity;
    }
    assert_true(sum < 1 - cli_number(j, "quantum.fidelity.mean") + 1e-12);
    size_t decoder_events = 0, i;
    json_t *event, *events = cli_at(j, "quantum.attribution.events");
    json_array_foreach(events, i, event) decoder_events +=
        strcmp(json_string_value(json_object_get(event, "kind")), "decoder") == 0;
    assert_true(decoder_events >= 2);
    assert_true(cli_number(j, "qec.reaction_ns.mean") >= 1000);
    assert_true(cli_number(j, "qec.decode_cycles.max") >= 1);

    json_t *fast = cli_result(&c,
                              "qec_slow_decoder --set noise.trajectories=400 --jobs 2 "
                              "--set qec.latency_ns=0 --set qec.decoder_clock_mhz=1000");
    assert_int_equal(cli_count(fast, "timing.stall_cycles.decoder"), 0);
    json_decref(fast);

    /* Simulated without skips, and with the whole machine: the same numbers. */
    json_t *plain = cli_result(&c,
                               "qec_slow_decoder --set noise.trajectories=400 --jobs 2 "
                               "--set simulation.idle_skip=off --set simulation.quantum_ns=0");
    assert_true(json_equal(j, plain));
    json_decref(plain);
    /* Waves look at the loop in every cycle in which it moves. */
    json_t *waves = cli_result(&c,
                               "qec_slow_decoder --set noise.trajectories=400 --jobs 2 "
                               "--waves --out w");
    assert_true(json_equal(j, waves));
    json_decref(waves);
    json_t *machine = cli_result(&c,
                                 "qec_slow_decoder --set noise.trajectories=400 --jobs 1 "
                                 "--set simulation.model=machine --waves --out w");
    static const char *const same[] = {"timing", "quantum", "qec"};
    for (i = 0; i < 3; i++) assert_true(cli_same(j, machine, same[i]));
    json_decref(machine);
    json_decref(j);
}

/* Patches end with the last slice: when control steps keep the readout waiting, the waves, which
 * look at the loop in all of them, have no more rounds than the timeline. */
static void late_readout(void **state) {
    (void)state;
    char text[2048];
    size_t length = (size_t)snprintf(text, sizeof text, "%s",
                                     ".program late_readout\n.routers two_level\n"
                                     ".address_width 1\n.word_width 1\n"
                                     "a_in 0\nlatch 0\nd_in 0 ; basis_in\nfetch 0 ; wait page\n"
                                     "d_out 0 ; basis_out\nunlatch 0\na_out 0\n");
    for (int i = 0; i < 60; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "class step\n");
    snprintf(text + length, sizeof text - length, "measure\nwait readout ; halt\n");
    cli_write(&c, "late.bqa", text);
    static const char arguments[] =
        "quickstart --set qram.program=late.bqa --set qram.address_width=1 --set qec=registers "
        "--set qec.distance=3 --set qec.p=0.01 --set qec.round_ns=40 --set qec.decoders=64 "
        "--set qec.decoder_clock_mhz=10000 --set noise.trajectories=20 %s";
    json_t *plain = cli_result(&c, arguments, ""),
           *waves = cli_result(&c, arguments, "--waves --out w");
    assert_true(cli_count(plain, "qec.rounds") > 0);
    assert_true(json_equal(plain, waves));
    json_decref(plain);
    json_decref(waves);
}

/* Corrections 5 ms apart, in which no patch makes a round, are no hang. */
static void far_decoder(void **state) {
    (void)state;
    json_t *j =
        cli_result(&c,
                   "qec_slow_decoder --set noise.trajectories=2 --set attribution.method=none "
                   "--set qram.address_width=1 --set qram.page_wait=entry "
                   "--set memory.latency_ns=400000 --set qec.decoder=c --set qec.round_ns=300000 "
                   "--set qec.latency_ns=5000000 --set qec.fifo_depth=1");
    /* One layer at a time, the first at 300 us: two of bit 0 and, before and after, 52 of the bus.
     * Of that time the first 400 us are the memory's. */
    const double waited_ns = 300000 + 54 * 5e6 - 400000;
    assert_double_near((double)cli_count(j, "timing.stall_cycles.decoder"), waited_ns / 4, 100);
    assert_int_equal(cli_count(j, "qec.overflows"), 53);
    json_decref(j);
}

/* Every decoder runs; none never waits, and leaves more errors than one that corrects. */
static void each_decoder(void **state) {
    (void)state;
    static const char *const decoders[] = {"rtl", "c", "lookup", "fit", "none"};
    double errors[5];
    for (int i = 0; i < 5; i++) {
        json_t *j = cli_result(&c,
                               "qec_entry --set noise.trajectories=400 --jobs 2 "
                               "--set qec.distance=3 --set qec.p=0.003 --set qec.decoder=%s",
                               decoders[i]);
        errors[i] = cli_number(j, "qec.logical_error_per_query");
        const bool none = i == 4;
        if (none) assert_int_equal(cli_count(j, "timing.stall_cycles.decoder"), 0);
        assert_string_equal(json_string_value(cli_at(j, "qec.scope")), "registers");
        assert_true(json_is_null(cli_at(j, "qec.reaction_ns")) == none);
        assert_true(json_is_null(cli_at(j, "qec.decodes")) == (i > 0));
        assert_true(json_is_null(cli_at(j, "qec.decode_cycles")) == (i > 0));
        json_decref(j);
    }
    for (int i = 0; i < 5; i++) print_message("%s %.3f\n", decoders[i], errors[i]);
    for (int i = 0; i < 4; i++) {
        assert_true(errors[i] > 0.05);
        assert_true(errors[4] > errors[i]);
    }
    assert_double_near(errors[0], errors[1], 0.1);
}

/* The corrections that hit the amplitudes in lockstep come back from the hardware; where its times
 * change nothing, they are those of a replay with its model, and better than none. */
static void corrections_of_the_hardware(void **state) {
    (void)state;
    static const char arguments[] =
        "qec_entry --set noise.trajectories=40 --set workload.queries=2 --jobs 2 "
        "--set attribution.method=none --set memory.latency_ns=8000 --set qec.distance=%d "
        "--set qec.p=0.01 --set qec.decoder_clock_mhz=4000 --set noise.method=%s "
        "--set qec.decoder=%s";
    for (int d = 3; d <= 5; d += 2) {
        json_t *replay = cli_result(&c, arguments, d, "replay", "rtl");
        json_t *lockstep = cli_result(&c, arguments, d, "lockstep", "rtl");
        assert_int_equal(cli_count(lockstep, "timing.stall_cycles.decoder"), 0);
        static const char *const same[] = {"quantum.fidelity", "quantum.readout", "timing", "qec"};
        for (int i = 0; i < 4; i++) assert_true(cli_same(replay, lockstep, same[i]));
        assert_true(cli_number(lockstep, "qec.logical_error_per_life") > 0);
        /* Trajectory 0 beside the hardware has the rounds that the model counts in all of them. */
        const double lives = (double)cli_count(replay, "qec.lives");
        assert_double_near(cli_number(replay, "qec.rounds_per_life") * lives,
                           (double)cli_count(replay, "qec.rounds"), 1e-9);
        char none[300];
        snprintf(none, sizeof none, arguments, d, "lockstep", "none");
        char *clock = strstr(none, "--set qec.decoder_clock_mhz=4000 ");
        memmove(clock, clock + 33, strlen(clock + 33) + 1);
        json_t *raw = cli_result(&c, "%s", none);
        const double f = cli_number(lockstep, "quantum.fidelity.mean");
        const double bare = cli_number(raw, "quantum.fidelity.mean");
        print_message("d = %d: fidelity %.3f with the hardware's corrections, %.3f without\n", d, f,
                      bare);
        assert_true(f > bare + 0.05);
        json_decref(raw);
        json_decref(replay);
        json_decref(lockstep);
    }
}

#define TREE_SMALL                                                                            \
    "qec_tree --jobs 2 --set qram.address_width=2 --set qec.layers=5,3 --set qec.distance=3 " \
    "--set memory.latency_ns=10000 "

static double infidelity(json_t *j) {
    return 1 - cli_number(j, "quantum.fidelity.mean");
}

/* Codes in the tree: the density matrix, trajectories and the sum over faults agree, and at one
 * round a slice n = 1 has 1 - F = 12 rates. */
static void tree_engines(void **state) {
    (void)state;
    json_t *exact = cli_result(&c, TREE_SMALL "--set noise.engine=density");
    json_t *drawn = cli_result(&c, TREE_SMALL "--set noise.trajectories=10000");
    const double error = cli_number(drawn, "quantum.fidelity.stderr");
    print_message("density %.5f, trajectories %.5f +- %.5f\n", infidelity(exact), infidelity(drawn),
                  error);
    assert_true(error > 0 && infidelity(exact) > 10 * error);
    assert_double_near(infidelity(drawn), infidelity(exact), 3 * error);
    assert_true(cli_same(exact, drawn, "timing"));
    assert_true(cli_same(exact, drawn, "qec"));
    assert_true(cli_count(exact, "timing.stall_cycles.memory") > 0);
    json_decref(drawn);
    json_decref(exact);

    json_t *small = cli_result(&c,
                               "qec_tree --set qram.address_width=1 --set qec.layers=3 "
                               "--set qec.p=0.0001 --set technology.slice_ns=500 "
                               "--set memory.latency_ns=50 --set noise.registers=ideal "
                               "--set noise.engine=density");
    const double x = 12 * 0.0274 * pow(1e-4 / 0.0102, 2);
    assert_int_equal(cli_count(small, "timing.cycles"), 7 * 125);
    assert_double_near(infidelity(small), x, 1e-3 * x);
    assert_double_near(cli_number(small, "quantum.first_order.infidelity"), x, 1e-9 * x);
    json_decref(small);
}

/* The code stretches CSWAPs in the RTL, and only those of layers that need it. */
static void tree_times(void **state) {
    (void)state;
    char timeline[600];
    snprintf(timeline, sizeof timeline, "%s/tree.csv", c.folder);
    json_t *j = cli_result(&c,
                           "qec_tree --jobs 1 --set qec.layers=9,5,3 --set qram.address_width=4 "
                           "--set noise.trajectories=100 --timeline %s",
                           timeline);
    FILE *file = fopen(timeline, "r");
    assert_non_null(file);
    char line[400];
    int seen[3] = {0};
    while (fgets(line, sizeof line, file)) {
        unsigned query, slice;
        unsigned long long start;
        double duration;
        if (sscanf(line, "%u,%u,%llu,%lf", &query, &slice, &start, &duration) != 4) continue;
        const double rounds = strstr(line, "route:0")   ? 9
                              : strstr(line, "route:1") ? 5
                              : strstr(line, "route:2") ? 3
                                                        : 0;
        if (rounds == 0)
            assert_true(duration < 100);
        else
            assert_double_near(duration, 500 * rounds, 1e-9);
        seen[0] += rounds == 9, seen[1] += rounds == 5, seen[2] += rounds == 3;
    }
    fclose(file);
    assert_true(seen[0] > 5 && seen[1] > 0 && seen[2] > 0);
    assert_int_equal(cli_count(j, "qec.cswap_rounds"), 9);
    assert_int_equal(cli_count(j, "qec.resources.qubits"),
                     2 * 161 + 4 * 49 + (8 + 16) * 17 + 5 * 97);

    /* From its timeline, and in lockstep: the same trajectories. */
    json_t *again =
        cli_result(&c,
                   "qec_tree --jobs 2 --set qec.layers=9,5,3 --set qram.address_width=4 "
                   "--set noise.trajectories=100 --from-timeline %s",
                   timeline);
    assert_true(cli_same(j, again, "quantum"));
    assert_true(cli_same(j, again, "timing"));
    json_decref(again);
    json_t *lockstep = cli_result(&c,
                                  "qec_tree --jobs 1 --set qec.layers=9,5,3 "
                                  "--set qram.address_width=4 --set noise.trajectories=100 "
                                  "--set noise.method=lockstep");
    assert_true(cli_number(j, "quantum.fidelity.mean") ==
                cli_number(lockstep, "quantum.fidelity.mean"));
    json_decref(lockstep);
    json_decref(j);
}

/* A wait in the tree costs less the larger the distance, and more than nothing. */
static void tree_stalls(void **state) {
    (void)state;
    double cost[3];
    for (int i = 0; i < 3; i++) {
        json_t *j = cli_result(&c,
                               "qec_tree --jobs 1 --set qram.address_width=3 --set qec.layers=%d "
                               "--set noise.method=first_order",
                               3 + 2 * i);
        const double cycles = (double)cli_count(j, "timing.stall_cycles.memory");
        cost[i] = cli_number(j, "quantum.first_order.by_cause.memory") / cycles;
        json_decref(j);
    }
    print_message("a cycle of waiting at d = 3, 5, 7: %.3g, %.3g, %.3g\n", cost[0], cost[1],
                  cost[2]);
    /* The registers keep distance 7, so that not all of it shrinks by 10.2 = 0.0102 / p. */
    assert_true(cost[2] > 0 && cost[0] > 5 * cost[1] && cost[1] > 5 * cost[2]);
}

static double cause_of(json_t *j, unsigned cause, const char *field) {
    static const char *const causes[] = {"memory", "latch",   "pulse", "readout", "decoder",
                                         "host",   "control", "gate",  "schedule"};
    char path[80];
    snprintf(path, sizeof path, "quantum.attribution.causes.%s.%s", causes[cause], field);
    return cli_number(j, path);
}

/* Sums to the last bit: of the whole, and of what the logical errors cost. */
static void check_sums(json_t *j) {
    double all = 0, logical = 0;
    for (unsigned i = 0; i < 9; i++) {
        all += cause_of(j, i, "infidelity");
        logical += cause_of(j, i, "logical");
    }
    assert_true(all == 1 - cli_number(j, "quantum.fidelity.mean"));
    assert_true(logical == cli_number(j, "quantum.attribution.logical"));
    assert_double_near(logical, cli_number(j, "qec.infidelity"), 1e-15);
}

/* A wait outside the tree costs what it does to the patches, and to be rid of it saves as much. */
static void price_of_a_wait(void **state) {
    (void)state;
    static const char *const runs[] = {
        "--set qec.distance=3 --set qec.p=0.004 --set noise.trajectories=1000",
        "--set qec.distance=3 --set qec.p=0.004 --set noise.trajectories=1000 "
        "--set qec.decoder=fit",
        "--set memory.latency_ns=200000 --set noise.trajectories=600"};
    for (int i = 0; i < 3; i++) {
        json_t *j = cli_result(&c, "qec_entry --jobs 2 %s", runs[i]);
        check_sums(j);
        const double memory = cause_of(j, 0, "infidelity"),
                     saved = cause_of(j, 0, "saved_if_removed"),
                     error = cause_of(j, 0, "saved_stderr");
        print_message("memory %.4f, saved %.4f +- %.4f\n", memory, saved, error);
        assert_true(memory > 3 * error && memory > 0.01);
        assert_double_near(memory, saved, 3 * error);
        assert_double_near(cause_of(j, 0, "logical"), memory, 1e-12);
        json_t *event = json_array_get(cli_at(j, "quantum.attribution.events"), 0);
        assert_string_equal(json_string_value(json_object_get(event, "cause")), "memory");
        assert_double_near(json_number_value(json_object_get(event, "logical")), memory,
                           0.01 * memory);
        const bool fit = i == 1;
        assert_string_equal(json_string_value(cli_at(j, "quantum.attribution.logical_rates")),
                            fit ? "exact" : "counted");
        assert_true(json_is_null(cli_at(j, "quantum.first_order.logical")) == !fit);
        json_decref(j);
    }
}

/* Logical errors by the density matrix, by trajectories, and by their first order. */
static void exact_engine(void **state) {
    (void)state;
    const char *const query =
        "qec_entry --jobs 2 --set qram.address_width=2 --set qec.decoder=fit "
        "--set qec.distance=3 --set qec.p=0.001 "
        "--set qec.transfer_error=0.001 --set noise.gate_error=1e-5";
    json_t *exact = cli_result(&c, "%s --set noise.engine=density", query);
    json_t *drawn = cli_result(&c, "%s --set noise.trajectories=4000", query);
    json_t *first = cli_result(&c, "%s --set noise.method=first_order", query);
    check_sums(exact);
    check_sums(drawn);
    const double f = cli_number(exact, "quantum.fidelity.mean"),
                 x = cli_number(first, "quantum.first_order.infidelity");
    print_message("density %.6f, replay %.6f, first order %.6f\n", f,
                  cli_number(drawn, "quantum.fidelity.mean"), 1 - x);
    assert_double_near(cli_number(drawn, "quantum.fidelity.mean"), f,
                       3.5 * cli_number(drawn, "quantum.fidelity.stderr"));
    assert_double_near(1 - f, x, x * x);
    assert_true(cli_number(exact, "qec.infidelity") > 0.01);
    assert_double_near(cli_number(exact, "qec.infidelity"),
                       cli_number(first, "quantum.first_order.logical"), x * x);
    json_decref(exact);
    json_decref(drawn);
    json_decref(first);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_pays), cmocka_unit_test(late_decoder),
        cmocka_unit_test(each_decoder),  cmocka_unit_test(corrections_of_the_hardware),
        cmocka_unit_test(tree_engines),  cmocka_unit_test(tree_times),
        cmocka_unit_test(tree_stalls),   cmocka_unit_test(price_of_a_wait),
        cmocka_unit_test(exact_engine),  cmocka_unit_test(far_decoder),
        cmocka_unit_test(late_readout),
    };
    if (argc < 2) return 1;
    cli_open(&c, argv[1]);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cli_close(&c);
    return failed;
}
