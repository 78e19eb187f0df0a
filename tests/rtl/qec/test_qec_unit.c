/* SPDX-License-Identifier: Apache-2.0 */
/* brg_qec_unit: sliding windows over long streams against the model, overflow, back pressure,
 * reset, idle skip, and the logical errors of windows. */
#include <math.h>
#include <string.h>

#include "qec_face.h"
#include "qec_model.h"
#include "qec_noise.h"
#include "test.h"

enum { MOST_ROUNDS = 400 };

typedef struct {
    qec_unit_face *face;
    qec_unit_in in;
    qec_unit_out out;
    brg_rtl_stream *model;
    uint64_t random;
    int layers, commit, distance, checks;
} bench;

static const char *g_waves;

static void cycle(bench *b) {
    qec_unit_face_cycle(b->face, &b->in, &b->out);
}

static void reset(bench *b) {
    b->in = (qec_unit_in){.depth = 64, .update_ready = true};
    cycle(b);
    cycle(b);
    b->in.rst_n = true;
    cycle(b);
}

static int start(void **state, const char *waves) {
    bench *b = calloc(1, sizeof *b);
    if (!b) return -1;
    b->face = qec_unit_face_new(waves);
    if (!b->face) return -1;
    b->layers = qec_unit_face_layers();
    b->commit = qec_unit_face_commit();
    b->distance = qec_unit_face_distance();
    b->checks = (b->distance * b->distance - 1) / 2;
    const brg_rtl_decoder_config config = {.distance = (uint32_t)b->distance,
                                           .layers = (uint32_t)b->layers,
                                           .basis = (uint32_t)qec_unit_face_basis(),
                                           .hops = 2};
    if (brg_rtl_stream_new(&b->model, &config, (uint32_t)b->commit)) return -1;
    reset(b);
    *state = b;
    return 0;
}

static int setup(void **state) {
    return start(state, NULL);
}

static int setup_waves(void **state) {
    return start(state, g_waves);
}

static int teardown(void **state) {
    bench *b = *state;
    qec_unit_face_destroy(&b->face);
    brg_rtl_stream_destroy(&b->model);
    free(b);
    return 0;
}

/* ---- what a stream of rounds must give: windows of the model, one after the other */
typedef struct {
    int count;
    struct {
        uint64_t flips, frame;
        int observable, frame_observable, rounds, cycles;
    } at[MOST_ROUNDS];
} updates;

static uint64_t pack(const uint8_t *bits, int count) {
    uint64_t word = 0;
    for (int i = 0; i < count; i++) word |= (uint64_t)bits[i] << i;
    return word;
}

static void expect(const bench *b, const uint64_t *raw, int rounds, updates *list) {
    uint64_t before = 0, frame = 0;
    list->count = 0;
    for (int t = 0; t < rounds; t++) {
        const uint64_t events[2] = {raw[t] ^ before, 0};
        brg_rtl_update u;
        before = raw[t];
        brg_rtl_stream_layer(b->model, events, t == rounds - 1, &u);
        if (!u.update) continue;
        assert_int_equal(u.last, t == rounds - 1);
        frame ^= u.flips[0];
        list->at[list->count].flips = u.flips[0];
        list->at[list->count].frame = frame;
        list->at[list->count].observable = (int)u.observable;
        list->at[list->count].frame_observable = (int)u.frame;
        list->at[list->count].rounds = (int)u.rounds;
        list->at[list->count++].cycles = (int)u.cycles;
    }
}

/* Plays a stream; returns the number of updates, all of them compared. */
static void play(bench *b, const uint64_t *raw, int rounds, bool stalls) {
    static updates list;
    expect(b, raw, rounds, &list);
    int sent = 0, seen = 0, guard = 0;
    while (seen < list.count) {
        const bool offer =
            sent < rounds && (!stalls || b->in.in_valid || test_random(&b->random) % 3);
        b->in.in_valid = offer;
        b->in.syndrome = offer ? raw[sent] : 0;
        b->in.in_last = offer && sent == rounds - 1;
        b->in.update_ready = !stalls || test_random(&b->random) % 3 == 0;
        cycle(b);
        assert_true(guard++ < 2000000);
        if (b->out.update_valid) {
            assert_true(b->out.flips == list.at[seen].flips);
            assert_true(b->out.frame == list.at[seen].frame);
            assert_int_equal(b->out.observable, list.at[seen].observable);
            assert_int_equal(b->out.frame_observable, list.at[seen].frame_observable);
            assert_int_equal(b->out.rounds, list.at[seen].rounds);
            assert_int_equal(b->out.cycles, list.at[seen].cycles);
            assert_int_equal(b->out.update_last, seen == list.count - 1);
            if (b->in.update_ready) seen++;
        }
        if (b->in.in_valid && b->out.in_ready) {
            sent++;
            b->in.in_valid = false;
        }
        assert_false(b->out.overflow);
    }
    b->in.in_valid = false;
    b->in.in_last = false;
    cycle(b);
    assert_true(b->out.idle);
    assert_int_equal(b->out.level, 0);
}

/* Raw outcomes: each check flips now and then, so that events have the density given. */
static void random_rounds(bench *b, uint64_t *raw, int rounds, int one_in) {
    uint64_t now = 0;
    for (int t = 0; t < rounds; t++) {
        for (int c = 0; c < b->checks; c++)
            if (test_random(&b->random) % (uint64_t)one_in == 0) now ^= UINT64_C(1) << c;
        raw[t] = now;
    }
}

static void test_streams(void **state) {
    bench *b = *state;
    b->random = test_seed(21);
    b->in.back_pressure = true;
    uint64_t raw[MOST_ROUNDS];
    static const int one_in[] = {3, 8, 20, 60, 300};
    const int count = QEC_FEWER ? 100 : 1500;
    for (int s = 0; s < count; s++) {
        const int rounds = 1 + (int)(test_random(&b->random) % (s % 50 == 0 ? MOST_ROUNDS : 30));
        random_rounds(b, raw, rounds, one_in[test_random(&b->random) % 5]);
        b->in.depth = 2 + (uint32_t)(test_random(&b->random) % 63);
        play(b, raw, rounds, s % 2 == 0);
    }
    assert_int_equal(b->out.lost, 0);
}

/* Without back pressure a full queue keeps the newest round; the stream that is left is decoded. */
static void test_overflow(void **state) {
    bench *b = *state;
    b->random = test_seed(22);
    uint64_t raw[MOST_ROUNDS], kept[MOST_ROUNDS];
    static updates list;
    const uint32_t depth = 4;
    uint32_t lost = 0;
    for (int s = 0; s < 100; s++) {
        const int rounds = 8 + (int)(test_random(&b->random) % 40);
        random_rounds(b, raw, rounds, 10);
        b->in.depth = depth;
        b->in.update_ready = false;
        int count = 0, replaced = 0, sent = 0;
        /* The first update is not taken, so the window stands still and the queue must overflow. */
        while (sent < rounds) {
            b->in.in_valid = true;
            b->in.syndrome = raw[sent];
            b->in.in_last = sent == rounds - 1;
            cycle(b);
            assert_true(b->out.in_ready);
            if (b->out.overflow) {
                assert_int_equal(b->out.level, depth);
                replaced++;
                kept[count - 1] = raw[sent];
            } else {
                kept[count++] = raw[sent];
            }
            sent++;
        }
        /* The end of the stream is in the queue: the next stream's first round has to wait. */
        if (replaced && !b->out.update_valid) {
            for (int c = 0; c < 100; c++) {
                b->in.in_valid = false;
                cycle(b);
            }
        }
        b->in.in_valid = false;
        cycle(b);
        lost += (uint32_t)replaced;
        assert_int_equal(b->out.lost, lost);
        if (b->out.level == depth) {
            b->in.in_valid = true;
            cycle(b);
            assert_false(b->out.in_ready);
            assert_false(b->out.overflow);
            b->in.in_valid = false;
        }
        expect(b, kept, count, &list);
        b->in.update_ready = true;
        int seen = 0;
        for (int guard = 0; seen < list.count; guard++) {
            cycle(b);
            assert_true(guard < 100000);
            if (!b->out.update_valid) continue;
            assert_true(b->out.flips == list.at[seen].flips);
            assert_int_equal(b->out.rounds, list.at[seen].rounds);
            seen++;
        }
        assert_true(b->out.update_last);
        cycle(b);
        assert_true(b->out.idle);
    }
    assert_true(lost > 100);
    assert_int_equal(b->out.high_water, depth);
    print_message("d = %d: %u rounds lost and counted\n", b->distance, lost);
}

static void test_reset_and_clear(void **state) {
    bench *b = *state;
    b->random = test_seed(23);
    uint64_t raw[MOST_ROUNDS];
    for (int s = 0; s < 60; s++) {
        random_rounds(b, raw, 60, 6);
        const int stop = (int)(test_random(&b->random) % 100);
        b->in.back_pressure = true;
        for (int c = 0, sent = 0; c < stop; c++) {
            b->in.in_valid = sent < 60;
            b->in.syndrome = sent < 60 ? raw[sent] : 0;
            cycle(b);
            if (b->in.in_valid && b->out.in_ready) sent++;
        }
        if (s % 2) {
            reset(b);
        } else {
            b->in.in_valid = false;
            b->in.clear = true;
            cycle(b);
            b->in.clear = false;
            cycle(b);
        }
        assert_true(b->out.idle);
        assert_int_equal(b->out.level, 0);
        assert_int_equal(b->out.high_water, 0);
        assert_int_equal(b->out.busy_cycles, 0);
        b->in.back_pressure = true;
        const int rounds = 1 + (int)(test_random(&b->random) % 30);
        random_rounds(b, raw, rounds, 6);
        play(b, raw, rounds, true);
    }
}

/* Two units with the same source, one of them skips; all counters and updates agree. */
static void test_skip(void **state) {
    bench *b = *state;
    b->random = test_seed(24);
    uint64_t raw[MOST_ROUNDS];
    random_rounds(b, raw, 120, 12);
    qec_unit_out ends[2];
    uint64_t evaluated[2] = {0, 0};
    for (int skipping = 0; skipping < 2; skipping++) {
        reset(b);
        b->in.back_pressure = true;
        b->in.depth = 3;
        uint64_t now = 0;
        int sent = 0;
        uint64_t trace = 0;
        qec_unit_in before = {.rst_n = false};
        /* A round each 500 cycles; the update of an open window is fetched 3000 cycles late. */
        const uint64_t end = 120 * 1200 + 40000;
        uint64_t shown_since = 0;
        bool showing = false;
        while (now < end) {
            const uint64_t due = (uint64_t)sent * 500;
            b->in.in_valid = sent < 120 && now >= due;
            b->in.syndrome = b->in.in_valid ? raw[sent] : 0;
            b->in.in_last = b->in.in_valid && sent == 119;
            b->in.update_ready = showing && now >= shown_since + 3000;
            b->in.skip = 0;
            uint64_t until = end;
            if (sent < 120 && !b->in.in_valid) until = due;
            if (showing && !b->in.update_ready && shown_since + 3000 < until)
                until = shown_since + 3000;
            /* `quiet` was given for the pins of the cycle before; it holds while they stay. */
            if (skipping && before.rst_n && b->out.quiet && until > now + 1 &&
                before.in_valid == b->in.in_valid && before.update_ready == b->in.update_ready)
                b->in.skip = (uint32_t)(until - now - 1);
            before = b->in;
            cycle(b);
            evaluated[skipping]++;
            if (b->out.update_valid && !showing) {
                showing = true;
                shown_since = now;
            }
            if (b->out.update_valid && b->in.update_ready) {
                trace = trace * 31 + now + b->out.flips;
                showing = false;
            }
            if (b->in.in_valid && b->out.in_ready) {
                trace = trace * 37 + now;
                sent++;
            }
            now += 1 + (uint64_t)b->in.skip;
        }
        b->in.skip = 0;
        b->in.in_valid = false;
        cycle(b);
        ends[skipping] = b->out;
        ends[skipping].flips = trace;
        assert_int_equal(sent, 120);
    }
    assert_true(ends[0].flips == ends[1].flips);
    assert_true(ends[0].frame == ends[1].frame);
    assert_int_equal(ends[0].held_cycles, ends[1].held_cycles);
    assert_int_equal(ends[0].busy_cycles, ends[1].busy_cycles);
    assert_int_equal(ends[0].high_water, ends[1].high_water);
    assert_true(ends[0].held_cycles > 0);
    print_message("evaluated %llu of %llu cycles\n", (unsigned long long)evaluated[1],
                  (unsigned long long)evaluated[0]);
    assert_true(evaluated[1] * 5 < evaluated[0]);
}

/* Logical errors per round of a long memory in windows stay near those of one window of d rounds.
 */
static void test_long_memory(void **state) {
    bench *b = *state;
    b->random = test_seed(25);
    const int rounds = 6 * b->distance, shots = QEC_FEWER ? 200 : 4000;
    const double p = 0.005;
    qec_noise *noise = qec_noise_new(b->distance, rounds, qec_unit_face_basis(), p);
    assert_non_null(noise);
    static uint8_t events[MOST_ROUNDS * 64];
    uint64_t raw[MOST_ROUNDS];
    int errors = 0;
    b->in.back_pressure = true;
    for (int s = 0; s < shots; s++) {
        const int flipped = qec_noise_sample(noise, &b->random, events);
        uint64_t now = 0;
        for (int t = 0; t <= rounds; t++) {
            now ^= pack(events + t * b->checks, b->checks);
            raw[t] = now;
        }
        play(b, raw, rounds + 1, false);
        errors += flipped != (int)(b->out.frame_observable >> qec_unit_face_basis() & 1);
    }
    qec_noise_destroy(&noise);
    const double rate = (double)errors / shots;
    const double per_round = (1 - pow(1 - 2 * rate, 1.0 / rounds)) / 2;
    /* Of the model in one window over all rounds: what windows may cost is 10 %. */
    const double published = b->distance == 3 ? 0.0060 : 0.0043;
    const double error = sqrt(errors + 1.0) / shots / rounds;
    print_message("d %d p %.4f rounds %d logical per round %.5f +- %.5f (in one window: %.5f)\n",
                  b->distance, p, rounds, per_round, error, published);
    assert_true(per_round < 1.1 * published + 4 * error);
    assert_true(per_round > 0.9 * published - 4 * error);
}

/* A short run for the waves: quiet rounds, a burst that overflows, the end of the stream. */
static void test_waves(void **state) {
    bench *b = *state;
    b->random = test_seed(26);
    uint64_t raw[60];
    random_rounds(b, raw, 60, 25);
    b->in.depth = 4;
    int sent = 0;
    for (int c = 0; c < 900; c++) {
        const bool burst = sent > 20 && sent < 45;
        b->in.in_valid = sent < 60 && (burst || c % 12 == 0);
        b->in.syndrome = b->in.in_valid ? raw[sent] : 0;
        b->in.in_last = b->in.in_valid && sent == 59;
        cycle(b);
        if (b->in.in_valid && b->out.in_ready) sent++;
    }
    assert_int_equal(sent, 60);
    assert_true(b->out.lost > 0);
    assert_true(b->out.idle);
}

int main(int argc, char **argv) {
    g_waves = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_and_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(test_skip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waves, setup_waves, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
