/* SPDX-License-Identifier: Apache-2.0 */
/* Error correction beside the RTL: waits at branch points, the same answer for every way to
 * simulate, stall events by patch, the decoder in RTL and its corrections on the amplitudes, and
 * what scenarios refuse. */
#include <math.h>
#include <unistd.h>

#include "model/ecc/loop_model.h"
#include "platform_rig.h"
#include "testbench/scenario.h"

enum { BUS = 10, POINTS = 70 };

/* Address bit 0 lives for a round, enters and leaves, again and again; the bus qubits live all the
 * time. */
static const char *const branch_points =
    ".program branch_points\n.routers two_level\n.address_width 1\n.word_width 10\n.loop 0 70\n"
    "point: class idle\n"
    "       a_in 0 ; class register_swap\n"
    "       a_out 0 ; class register_swap ; loop 0 point\n"
    "       halt\n";

static void open_points(rig *r, double rate) {
    rig_open(r, BRG_TWO_LEVEL, 1, BUS, BRG_PAGE_WAIT_FETCH, 1);
    brg_program_destroy(&r->program);
    assert_int_equal(
        brg_program_assemble(&r->program, branch_points, strlen(branch_points), "points.bqa", NULL),
        BRG_OK);
    r->config.program = r->program;
    r->config.duration_cycles[BRG_CLASS_IDLE] = 250; /* 1 us, a round */
    r->config.duration_cycles[BRG_CLASS_REGISTER_SWAP] = 2;
    r->config.events = true;
    r->config.qec = (brg_platform_qec){.enabled = true,
                                       .decoder = BRG_QEC_DECODER_C,
                                       .round_ps = 1000000,
                                       .per_round_ps = (uint64_t)(rate * 1000000 / BUS),
                                       .decoders = 1,
                                       .fifo_depth = 1 << 20};
}

/* Wait before the a_out of each branch point, in ns. */
static void branch_waits(const brg_timeline *t, double waits[POINTS]) {
    size_t found = 0;
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        if (s->ops.a_out < 0) {
            assert_true(s->wait_ps[BRG_CAUSE_DECODER] == 0); /* the qubit is outside */
            continue;
        }
        assert_true(found < POINTS);
        waits[found++] = (double)s->wait_ps[BRG_CAUSE_DECODER] / 1000;
    }
    assert_int_equal(found, POINTS);
}

static double slope(const double *waits) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (int i = POINTS / 2; i < POINTS; i++) {
        const double b = log(waits[i]);
        n++, x += i, y += b, xx += (double)i * i, xy += i * b;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

static void backlog(void **state) {
    (void)state;
    double slow[POINTS], fast[POINTS];
    for (int i = 0; i < 2; i++) {
        rig r;
        brg_platform_counters counters;
        brg_timeline *t = NULL;
        open_points(&r, i ? 0.9 : 1.1);
        assert_int_equal(rig_run(&r, &t, &counters, NULL, NULL, 0), BRG_OK);
        branch_waits(t, i ? fast : slow);
        assert_int_equal(counters.events_inexact, 0);
        assert_int_equal(counters.qec.overflows, 0);
        print_message("at most %llu layers of one patch on their way, %llu in all\n",
                      (unsigned long long)counters.qec.backlog_rounds_max,
                      (unsigned long long)counters.qec.fifo_high_water);
        brg_timeline_destroy(&t);
        rig_close(&r);
    }
    const double relative = slope(slow) / log(1.1);
    print_message("slope / log 1.1 = %.4f; last waits: %.1f us at 1.1, %.1f us at 0.9\n", relative,
                  slow[POINTS - 1] / 1000, fast[POINTS - 1] / 1000);
    assert_double_near(relative, 1, 0.1);
    double most = 0;
    for (int i = POINTS / 2; i < POINTS; i++) most = fmax(most, fast[i]);
    assert_true(most > 0 && most < 100e3);
    assert_true(slow[POINTS - 1] > 10 * most);
}

static void same_statistics(const brg_qec_statistics *a, const brg_qec_statistics *b) {
    assert_true(a->lives == b->lives && a->rounds == b->rounds && a->rounds_max == b->rounds_max);
    assert_true(a->layers == b->layers && a->fifo_high_water == b->fifo_high_water);
    assert_true(a->overflows == b->overflows && a->backlog_rounds_max == b->backlog_rounds_max);
    assert_true(a->reactions == b->reactions && a->decodes == b->decodes);
    assert_true(a->decode_cycles == b->decode_cycles);
    assert_double_near(a->reaction_mean_ns, b->reaction_mean_ns, 0);
    assert_double_near(a->reaction_max_ns, b->reaction_max_ns, 0);
}

/* A query that waits for memory and for its decoder, in RTL. */
static void open_query(rig *r, brg_page_wait wait) {
    rig_open(r, BRG_TWO_LEVEL, 3, 2, wait, 7);
    r->config.memory_latency_ns = 3000;
    r->config.clock_khz = 333333; /* its edges are no whole number of ps */
    r->config.queries = 3;
    r->config.events = true;
    r->config.qec = (brg_platform_qec){.enabled = true,
                                       .decoder = BRG_QEC_DECODER_RTL,
                                       .round_ps = 400000,
                                       .latency_ps = 700000,
                                       .decoder_khz = 20000,
                                       .decoders = 2,
                                       .fifo_depth = 40,
                                       .patch = {.distance = 3,
                                                 .after_clifford_depolarization = 0.01,
                                                 .before_measure_flip = 0.01,
                                                 .after_reset_flip = 0.01,
                                                 .before_round_data_depolarization = 0.01,
                                                 .seed = 5}};
}

/* Skip on and off, every quantum, both models, a control clock with others beside it. */
static void same_however_simulated(void **state) {
    (void)state;
    brg_timeline *first = NULL;
    brg_platform_counters expected = {0};
    static const struct {
        bool no_skip, machine;
        uint64_t quantum_ps;
    } ways[] = {{false, false, 1000000},   {true, false, 1000000}, {false, false, 0},
                {false, false, 100000000}, {false, true, 1000000}, {true, true, 0}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        rig r;
        brg_platform_counters c;
        brg_timeline *t = NULL;
        open_query(&r, BRG_PAGE_WAIT_ENTRY);
        r.config.no_skip = ways[i].no_skip;
        r.config.machine = ways[i].machine;
        r.config.quantum_ps = ways[i].quantum_ps;
        assert_int_equal(rig_run(&r, &t, &c, NULL, NULL, 0), BRG_OK);
        rig_close(&r);
        assert_int_equal(c.events_inexact, 0);
        assert_true((c.skipped_cycles == 0) == ways[i].no_skip);
        if (!first) {
            first = t;
            expected = c;
            continue;
        }
        assert_timelines_equal(first, t);
        same_statistics(&expected.qec, &c.qec);
        assert_int_equal(brg_timeline_events(first), brg_timeline_events(t));
        brg_timeline_destroy(&t);
    }
    assert_true(expected.stall_cycles[BRG_CAUSE_DECODER] > 0);
    assert_true(expected.qec.decodes > 0 && expected.qec.decode_cycles > expected.qec.decodes);
    assert_true(expected.qec.reaction_mean_ns >= 700);
    print_message("decodes %llu, cycles %.2f, at most %llu; reaction %.0f ns\n",
                  (unsigned long long)expected.qec.decodes,
                  (double)expected.qec.decode_cycles / (double)expected.qec.decodes,
                  (unsigned long long)expected.qec.decode_cycles_max,
                  expected.qec.reaction_mean_ns);
    brg_timeline_destroy(&first);
}

/* Rounds, entries and exits as the timeline has them, to the ps: lives begin and end where docs
 * say, also where the clock's edges are rounded and the readout comes later than the last slice. */
static void lives_follow_the_timeline(void **state) {
    (void)state;
    for (int way = 0; way < 4; way++) {
        rig r;
        brg_timeline *t = NULL;
        brg_platform_counters c;
        open_query(&r, way % 2 ? BRG_PAGE_WAIT_ENTRY : BRG_PAGE_WAIT_FETCH);
        r.config.control_store =
            (brg_platform_control_store){.cached = way >= 2, .capacity_words = 8};
        /* A cycle or less: a slip of a ps anywhere is a round more or less somewhere. */
        r.config.qec.round_ps = way >= 2 ? 9000 : 3000;
        r.config.qec.decoder = BRG_QEC_DECODER_C;
        r.config.qec.fifo_depth = 1 << 20;
        assert_int_equal(rig_run(&r, &t, &c, NULL, NULL, 0), BRG_OK);
        uint64_t rounds = 0, lives = 0;
        const uint64_t round_ps = r.config.qec.round_ps;
        for (uint32_t q = 0; q < 3; q++) {
            uint64_t opened[5], end = 0;
            bool live[5] = {true, true, true, true, true};
            size_t count = 0;
            const size_t first = brg_timeline_query(t, q, &count);
            const brg_slice *begin = brg_timeline_slice(t, first);
            for (int i = 0; i < 5; i++) opened[i] = begin->start_ps - brg_slice_wait_ps(begin);
            for (size_t i = first; i < first + count; i++) {
                const brg_slice *s = brg_timeline_slice(t, i);
                const int in[2] = {s->ops.a_in, s->ops.d_in < 0 ? -1 : 3 + s->ops.d_in};
                const int out[2] = {s->ops.a_out, s->ops.d_out < 0 ? -1 : 3 + s->ops.d_out};
                end = s->start_ps + s->duration_ps;
                for (int k = 0; k < 2; k++) {
                    if (in[k] >= 0) {
                        assert_true(live[in[k]]);
                        rounds += (s->start_ps - opened[in[k]]) / round_ps;
                        live[in[k]] = false;
                        lives++;
                    }
                    if (out[k] >= 0) {
                        live[out[k]] = true;
                        opened[out[k]] = end;
                    }
                }
            }
            for (int i = 0; i < 5; i++) {
                assert_true(live[i]);
                rounds += (end - opened[i]) / round_ps;
                lives++;
            }
        }
        assert_int_equal(c.qec.lives, lives);
        assert_int_equal(c.qec.rounds, rounds);
        brg_timeline_destroy(&t);
        rig_close(&r);
    }
}

/* Each wait of cause `decoder` names the patch: the qubit that entered in the slice before. */
static void events_name_the_patch(void **state) {
    (void)state;
    rig r;
    brg_timeline *t = NULL;
    open_query(&r, BRG_PAGE_WAIT_ENTRY);
    assert_int_equal(rig_run(&r, &t, NULL, NULL, NULL, 0), BRG_OK);
    size_t named = 0;
    for (size_t e = 0; e < brg_timeline_events(t); e++) {
        const brg_stall_event *event = brg_timeline_event(t, e);
        if (event->cause != BRG_CAUSE_DECODER) continue;
        assert_int_equal(event->kind, BRG_EVENT_DECODER);
        assert_true(event->slice > 1);
        size_t count = 0;
        const size_t first = brg_timeline_query(t, event->query, &count);
        const brg_slice_ops *o = &brg_timeline_slice(t, first + event->slice - 2)->ops;
        const bool address = o->a_in >= 0 && event->detail == (uint64_t)o->a_in;
        const bool bus = o->d_in >= 0 && event->detail == 3u + (uint64_t)o->d_in;
        assert_true(address || bus);
        named++;
    }
    print_message("%zu waits for a patch\n", named);
    assert_true(named >= 5);
    brg_timeline_destroy(&t);
    rig_close(&r);
}

/* Bits are in the frame of the trajectory: another one has other syndromes, the same one the same.
 */
static void trajectories_have_their_syndromes(void **state) {
    (void)state;
    rig r;
    brg_platform *p = NULL;
    brg_trajectory *trajectory = NULL;
    brg_platform_counters c[4];
    brg_outcome outcomes[3];
    brg_run_config config = {.qram = {.address_width = 3, .word_width = 2},
                             .input = {.uniform = true},
                             .noise = {.model = BRG_NOISE_NONE},
                             .seed = 5};
    open_query(&r, BRG_PAGE_WAIT_ENTRY);
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_trajectory_new(&trajectory, &config, 0), BRG_OK);
    static const uint64_t numbers[4] = {0, 1, 2, 1};
    for (int i = 0; i < 4; i++) {
        brg_trajectory_reset(trajectory, numbers[i]);
        assert_int_equal(brg_platform_run(p, NULL, trajectory, numbers[i], r.image, outcomes, NULL,
                                          &c[i], NULL, NULL),
                         BRG_OK);
    }
    assert_int_equal(c[1].qec.decode_cycles, c[3].qec.decode_cycles);
    assert_int_equal(c[1].cycles, c[3].cycles);
    assert_true(c[0].qec.decode_cycles != c[1].qec.decode_cycles ||
                c[1].qec.decode_cycles != c[2].qec.decode_cycles);
    brg_trajectory_destroy(&trajectory);
    brg_platform_destroy(&p);
    rig_close(&r);
}

/* A page-controlled bus qubit enters once and leaves once. */
static void paged_lives(void **state) {
    (void)state;
    rig r;
    brg_platform_counters c;
    memset(&r, 0, sizeof r);
    rig_open(&r, BRG_TWO_LEVEL, 2, 2, BRG_PAGE_WAIT_FETCH, 3);
    rig_close(&r);
    const brg_program_config pc = {
        .qram = {.routers = BRG_TWO_LEVEL, .address_width = 2, .word_width = 2, .page_bits = 2},
        .readout = true};
    assert_int_equal(brg_program_build(&r.program, "bucket_brigade", &pc, NULL), BRG_OK);
    assert_int_equal(brg_image_random(&r.image, 4, 2, 3), BRG_OK);
    r.config.program = r.program;
    r.config.image = r.image;
    r.config.qec = (brg_platform_qec){.enabled = true,
                                      .decoder = BRG_QEC_DECODER_C,
                                      .round_ps = 100000,
                                      .decoders = 1,
                                      .fifo_depth = 1000};
    assert_int_equal(rig_run(&r, NULL, &c, NULL, NULL, 0), BRG_OK);
    /* Two routed address bits and two bus bits twice, two page qubits once. */
    assert_int_equal(c.qec.lives, 2 * 2 + 2 * 2 + 2);
    rig_close(&r);
}

/* --- corrections of the hardware on the amplitudes */

enum { MOST_LIVES = 64, QUERIES = 3 };

/* Passes Paulis on and keeps what each life was told. */
typedef struct listener {
    const brg_logical *inner;
    struct {
        uint32_t query, qubit, life;
        uint64_t begin_ps, end_ps;
        unsigned pauli;
    } told[MOST_LIVES];
    uint32_t count, hit;
} listener;

static unsigned listen(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                       uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    listener *l = user;
    const unsigned pauli =
        l->inner->pauli(l->inner->user, trajectory, query, qubit, life, begin_ps, end_ps);
    assert_true(l->count < MOST_LIVES);
    l->told[l->count].query = query;
    l->told[l->count].qubit = qubit;
    l->told[l->count].life = life;
    l->told[l->count].begin_ps = begin_ps;
    l->told[l->count].end_ps = end_ps;
    l->told[l->count++].pauli = pauli;
    l->hit += pauli != 0;
    return pauli;
}

/* A trajectory over a recorded timeline, query by query. */
static void replay_one(const brg_timeline *t, const brg_run_config *config, uint64_t number,
                       const brg_planes *ideal, brg_outcome *outcomes) {
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_trajectory_new(&trajectory, config, number), BRG_OK);
    for (uint32_t q = 0; q < brg_timeline_queries(t); q++) {
        size_t count = 0;
        const size_t first = brg_timeline_query(t, q, &count);
        assert_int_equal(brg_trajectory_begin(trajectory, q), BRG_OK);
        for (size_t i = first; i < first + count; i++) {
            const brg_slice *s = brg_timeline_slice(t, i);
            const brg_planes *data =
                s->ops.fetch >= 0 ? brg_timeline_data(t, s->data_version) : NULL;
            assert_int_equal(brg_trajectory_slice(trajectory, s, data), BRG_OK);
        }
        assert_int_equal(brg_trajectory_end(trajectory, ideal, &outcomes[q]), BRG_OK);
    }
    brg_trajectory_destroy(&trajectory);
}

typedef struct loop_case {
    brg_routers routers;
    uint32_t distance, n, k, page_bits;
    brg_page_wait wait;
    double p;
    uint64_t latency_ps, decoder_khz, trajectories;
} loop_case;

/* The same run with waves, which look at the loop in every cycle: nothing changes. */
static void same_with_waves(brg_platform *p, brg_trajectory *trajectory, const rig *r,
                            const brg_outcome *expected, const brg_platform_counters *counted) {
    brg_outcome outcomes[QUERIES];
    brg_platform_counters c;
    char path[] = "/tmp/qec_loop_XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_int_equal(
        brg_platform_run(p, NULL, trajectory, 0, r->image, outcomes, NULL, &c, path, NULL), BRG_OK);
    unlink(path);
    for (int q = 0; q < QUERIES; q++)
        assert_memory_equal(&outcomes[q].fidelity, &expected[q].fidelity, sizeof(double));
    same_statistics(&c.qec, &counted->qec);
}

/* The hardware's corrections in lockstep are those of the model in a replay of the same timeline,
 * life for life, and so are the outcomes, bit for bit. Returns the lives with an error. */
static uint32_t compare_lockstep(const loop_case *c) {
    rig r;
    memset(&r, 0, sizeof r);
    rig_open(&r, c->routers, 2, 2, c->wait, 3);
    rig_close(&r);
    const brg_program_config pc = {.qram = {.routers = c->routers,
                                            .address_width = c->n,
                                            .word_width = c->k,
                                            .page_bits = c->page_bits},
                                   .page_wait = c->wait,
                                   .readout = true};
    assert_int_equal(brg_program_build(&r.program, "bucket_brigade", &pc, NULL), BRG_OK);
    assert_int_equal(brg_image_random(&r.image, c->n + c->page_bits, c->k, 3), BRG_OK);
    r.config.program = r.program;
    r.config.image = r.image;
    r.config.clock_khz = 333333;
    r.config.queries = QUERIES;
    r.config.memory_latency_ns = 6000;
    r.config.qec = (brg_platform_qec){.enabled = true,
                                      .decoder = BRG_QEC_DECODER_RTL,
                                      .round_ps = 150000,
                                      .latency_ps = c->latency_ps,
                                      .decoder_khz = c->decoder_khz,
                                      .decoders = 2,
                                      .fifo_depth = 40,
                                      .patch = {.distance = c->distance,
                                                .after_clifford_depolarization = c->p,
                                                .before_measure_flip = c->p,
                                                .after_reset_flip = c->p,
                                                .before_round_data_depolarization = c->p,
                                                .seed = 5}};
    const brg_loop_config lc = {
        .patch = r.config.qec.patch, .decoder = BRG_LOOP_RTL, .round_ps = r.config.qec.round_ps};
    brg_platform *p = NULL;
    brg_loop_model *model = NULL;
    brg_logical of_model;
    assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
    assert_int_equal(brg_loop_model_new(&model, &lc, NULL), BRG_OK);
    brg_loop_logical(&of_model, model, 0.01);
    assert_non_null(brg_platform_logical(p));
    listener rtl = {.inner = brg_platform_logical(p)}, c_model = {.inner = &of_model};
    const brg_logical logical[2] = {{listen, &rtl, 0.01, NULL}, {listen, &c_model, 0.01, NULL}};
    brg_run_config config[2];
    for (int i = 0; i < 2; i++)
        config[i] = (brg_run_config){.qram = pc.qram,
                                     .input = {.uniform = true},
                                     .noise = {.model = BRG_NOISE_TIMED,
                                               .t1_ns = 50000,
                                               .tphi_ns = 70000,
                                               .gate_error = 1e-3},
                                     .seed = 42,
                                     .logical = &logical[i]};
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_trajectory_new(&trajectory, &config[0], 0), BRG_OK);
    uint32_t hit = 0;
    uint64_t rounds = 0, stalls = 0;
    for (uint64_t i = 0; i < c->trajectories; i++) {
        brg_outcome stepped[QUERIES], replayed[QUERIES];
        brg_timeline *t = NULL;
        brg_platform_counters counters;
        rtl.count = c_model.count = 0;
        const int status =
            brg_platform_run(p, &t, trajectory, i, r.image, stepped, NULL, &counters, NULL, NULL);
        if (status != BRG_OK) print_error("%s\n", brg_platform_error(p));
        assert_int_equal(status, BRG_OK);
        replay_one(t, &config[1], i, r.image, replayed);
        assert_int_equal(rtl.count, c_model.count);
        assert_int_equal(rtl.count, QUERIES * (2 * (c->n + c->k) + c->page_bits));
        uint64_t counted = 0;
        for (uint32_t l = 0; l < rtl.count; l++) {
            assert_int_equal(rtl.told[l].query, c_model.told[l].query);
            assert_int_equal(rtl.told[l].qubit, c_model.told[l].qubit);
            assert_int_equal(rtl.told[l].life, c_model.told[l].life);
            assert_int_equal(rtl.told[l].begin_ps, c_model.told[l].begin_ps);
            assert_int_equal(rtl.told[l].end_ps, c_model.told[l].end_ps);
            assert_int_equal(rtl.told[l].pauli, c_model.told[l].pauli);
            counted += brg_loop_rounds(model, rtl.told[l].begin_ps, rtl.told[l].end_ps);
        }
        if (i == 0) {
            rtl.count = 0;
            const uint32_t before = rtl.hit;
            same_with_waves(p, trajectory, &r, stepped, &counters);
            rtl.hit = before;
        }
        /* What the loop beside the hardware lived through. */
        assert_int_equal(counters.qec.rounds, counted);
        assert_int_equal(counters.qec.lives, rtl.count);
        rounds += counted;
        stalls += counters.stall_cycles[BRG_CAUSE_DECODER];
        for (uint32_t q = 0; q < QUERIES; q++) {
            assert_memory_equal(&stepped[q].fidelity, &replayed[q].fidelity, sizeof(double));
            assert_memory_equal(&stepped[q].empty_probability, &replayed[q].empty_probability,
                                sizeof(double));
            assert_int_equal(stepped[q].readout, replayed[q].readout);
            assert_int_equal(stepped[q].address, replayed[q].address);
            assert_int_equal(stepped[q].word_correct, replayed[q].word_correct);
        }
        brg_timeline_destroy(&t);
    }
    hit = rtl.hit;
    print_message(
        "d %u, %u pages: %u of %llu lives with an error, %llu rounds, %llu cycles of "
        "decoder stalls\n",
        c->distance, 1u << c->page_bits, hit, (unsigned long long)(c->trajectories * rtl.count),
        (unsigned long long)rounds, (unsigned long long)stalls);
    assert_int_equal(hit, c_model.hit);
    assert_true((stalls > 0) == (c->decoder_khz < 1000000));
    brg_trajectory_destroy(&trajectory);
    brg_loop_model_destroy(&model);
    brg_platform_destroy(&p);
    rig_close(&r);
    return hit;
}

static void lockstep_is_replay(void **state) {
    (void)state;
    static const loop_case cases[] = {
        {BRG_TWO_LEVEL, 3, 2, 2, 0, BRG_PAGE_WAIT_ENTRY, 0.01, 0, 1000000, 6},
        {BRG_TWO_LEVEL, 5, 2, 1, 0, BRG_PAGE_WAIT_ENTRY, 0.01, 2000000, 100000, 4},
        {BRG_TWO_LEVEL, 3, 2, 2, 2, BRG_PAGE_WAIT_FETCH, 0.015, 1700000, 120000, 6},
        {BRG_TWO_LEVEL, 5, 1, 2, 1, BRG_PAGE_WAIT_ENTRY, 0.01, 0, 100000, 4},
        {BRG_THREE_LEVEL, 3, 2, 1, 1, BRG_PAGE_WAIT_ENTRY, 0.01, 0, 250000, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(compare_lockstep(&cases[i]) > 5);
}

/* A wrong outcome on its way into the hardware: the model in C sees that the correction is not its
 * own, and the run says of which life. No other decoder has corrections. */
static void wrong_corrections_end_the_run(void **state) {
    (void)state;
    for (int way = 0; way < 2; way++) {
        rig r;
        char error[300] = "";
        open_query(&r, way ? BRG_PAGE_WAIT_ENTRY : BRG_PAGE_WAIT_FETCH);
        r.config.qec.corrupt_layer = 1;
        assert_int_equal(rig_run(&r, NULL, NULL, NULL, error, sizeof error), BRG_EHARDWARE);
        print_message("%s\n", error);
        static const char expected[] =
            "the decoder in RTL does not agree with its model in C in layer ";
        assert_int_equal(strncmp(error, expected, strlen(expected)), 0);
        assert_non_null(strstr(error, ": trajectory 0, query 0, qubit "));
        assert_non_null(strstr(error, ", life 0"));
        r.config.qec.corrupt_layer = 0;
        r.config.qec.decoder = BRG_QEC_DECODER_C;
        brg_platform *p = NULL;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_OK);
        assert_null(brg_platform_logical(p));
        brg_platform_destroy(&p);
        rig_close(&r);
    }
}

static void bad_configurations(void **state) {
    (void)state;
    for (int i = 0; i < 8; i++) {
        rig r;
        brg_platform *p = NULL;
        open_query(&r, BRG_PAGE_WAIT_FETCH);
        brg_platform_qec *q = &r.config.qec;
        if (i == 0) q->round_ps = 0;
        if (i == 1) q->decoders = 0;
        if (i == 2) q->decoders = 1025;
        if (i == 3) q->fifo_depth = 0;
        if (i == 4) q->fifo_depth = (1 << 20) + 1;
        if (i == 5) q->decoder_khz = 0;
        if (i == 6) q->patch.distance = 9;
        if (i == 7) q->decoder = (brg_qec_decoder_kind)7;
        assert_int_equal(brg_platform_new(&p, &r.config), BRG_EINVAL);
        assert_null(p);
        rig_close(&r);
    }
}

/* --- scenarios --- */

static void wrong_scenarios(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"qec: tree2", "s.yaml:1:6: qec.scope: 'tree2' is not known, accepted: "},
        {"qec: {scope: registers, code: steane}",
         "s.yaml:1:31: qec.code: 'steane' is not known, accepted: surface_rotated"},
        {"qec: {scope: registers, distance: 4}",
         "s.yaml:1:35: qec.distance: 4 is even, accepted: 3, 5, 7 to 15"},
        {"qec: {scope: registers, distance: 17}",
         "s.yaml:1:35: qec.distance: 17 with scope registers, accepted: 3, 5, 7 to 15"},
        {"qec: {scope: registers, distance: 9}",
         "s.yaml:1:35: qec.distance: 9 with decoder rtl, accepted: 3, 5, 7, or another "
         "qec.decoder"},
        {"qec: {scope: registers, decoder: lookup}",
         "s.yaml: qec.distance: 5 with decoder lookup, accepted: 3, or another qec.decoder"},
        {"qec: {scope: registers, decoder: mwpm}",
         "s.yaml:1:34: qec.decoder: 'mwpm' is not known, accepted: rtl, c, lookup, fit, none"},
        {"qec: {scope: registers, per_round_ns: 5}",
         "s.yaml:1:39: qec.per_round_ns: not used, accepted: with qec.decoder: c, lookup or fit"},
        {"qec: {scope: registers, decoder: c, decoder_clock_mhz: 100}",
         "s.yaml:1:56: qec.decoder_clock_mhz: not used, accepted: with qec.decoder: rtl"},
        {"qec: {scope: registers, decoder: none, latency_ns: 5}",
         "s.yaml:1:52: qec.latency_ns: not used, accepted: with a qec.decoder other than none"},
        {"qec: {scope: registers, decoder_clock_mhz: 0.0015}",
         "s.yaml:1:44: qec.decoder_clock_mhz: 0.0015 is not a multiple of 1 kHz, accepted: up to "
         "three decimals"},
        {"qec: {scope: registers, p: 0.3}",
         "s.yaml:1:28: qec.p: 0.3 is out of range, accepted: a number 0..0.25"},
        {"qec: {scope: registers, round_ns: 0}",
         "s.yaml:1:35: qec.round_ns: 0 is out of range, accepted: a number 1..1000000000 ns"},
        {"qec: {scope: registers, fifo_depth: 0}",
         "s.yaml:1:37: qec.fifo_depth: 0 is out of range, accepted: an integer 1..1048576"},
        {"qec: {scope: registers, decoders: 1.5}",
         "s.yaml:1:35: qec.decoders: '1.5' is not an integer, accepted: an integer 1..1024"},
        {"qec: {scope: registers, transfer_error: 2}",
         "s.yaml:1:41: qec.transfer_error: 2 is out of range, accepted: a number 0..1"},
        {"qec: {distance: 7}",
         "s.yaml:1:17: qec.distance: not used, accepted: with qec.scope: registers"},
        {"qec: {scope: registers, round_ns: 1e6}",
         "s.yaml:1:14: qec.scope: the error rate 0.75 of data qubits in a round of technology "
         "transmon is above 0.25, accepted: a shorter qec.round_ns, or qec.p"},
        {"qec: {scope: registers, latency: 5}",
         "s.yaml:1:25: qec.latency: unknown key, did you mean qec.latency_ns?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_scenario *s = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status =
            brg_scenario_parse(&s, cases[i].text, strlen(cases[i].text), "s.yaml", NULL, 0, diag);
        if (brg_diag_count(diag) != 1) {
            print_error("%s\n", cases[i].text);
            brg_diag_print(diag, stderr);
        }
        assert_int_equal(status, BRG_EINPUT);
        assert_int_equal(brg_diag_count(diag), 1);
        if (strncmp(brg_diag_message(diag, 0), cases[i].message, strlen(cases[i].message)) != 0)
            print_error("%s\n%s\n", cases[i].text, brg_diag_message(diag, 0));
        assert_int_equal(
            strncmp(brg_diag_message(diag, 0), cases[i].message, strlen(cases[i].message)), 0);
        brg_diag_destroy(&diag);
    }
}

/* Rates by hand for transmons, and what is resolved reads back to itself. */
static void derived_rates(void **state) {
    (void)state;
    static const char text[] = "qec: {scope: registers, decoder: c, per_round_ns: 100}\n";
    brg_scenario *s = NULL, *again = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_scenario_parse(&s, text, strlen(text), "s.yaml", NULL, 0, diag), BRG_OK);
    const brg_patch_config *p = &s->qec.patch;
    assert_int_equal(s->qec.round_ps, 717000); /* 4 x 50 ns and 517 ns */
    assert_double_near(p->after_clifford_depolarization, 1.7e-3, 0);
    assert_double_near(p->before_measure_flip, 1e-3, 0);
    assert_double_near(p->after_reset_flip, 1e-3, 0);
    const double damped = 1 - exp(-517.0 / 122e3), dephased = 1 - exp(-517.0 / 118e3);
    assert_double_near(p->before_round_data_depolarization, damped / 4 + dephased / 2, 1e-12);
    json_t *resolved = brg_scenario_json(s);
    char *dump = json_dumps(resolved, JSON_INDENT(1));
    assert_int_equal(brg_scenario_parse(&again, dump, strlen(dump), "again.yaml", NULL, 0, diag),
                     BRG_OK);
    json_t *second = brg_scenario_json(again);
    assert_true(json_equal(resolved, second));
    assert_true(memcmp(&s->qec.patch.after_reset_flip, &again->qec.patch.after_reset_flip,
                       sizeof(double)) == 0);
    free(dump);
    json_decref(resolved);
    json_decref(second);
    brg_scenario_destroy(&s);
    brg_scenario_destroy(&again);
    brg_diag_destroy(&diag);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backlog),
        cmocka_unit_test(same_however_simulated),
        cmocka_unit_test(lives_follow_the_timeline),
        cmocka_unit_test(events_name_the_patch),
        cmocka_unit_test(trajectories_have_their_syndromes),
        cmocka_unit_test(paged_lives),
        cmocka_unit_test(lockstep_is_replay),
        cmocka_unit_test(wrong_corrections_end_the_run),
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(wrong_scenarios),
        cmocka_unit_test(derived_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
