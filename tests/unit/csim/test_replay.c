/* SPDX-License-Identifier: Apache-2.0 */
/* Replay: the same bits as lockstep, for any number of threads; several queries; stopping. */
#include <math.h>
#include <string.h>

#include "csim/trajectory.h"
#include "schedule.h"

static bool same_outcome(const brg_outcome *a, const brg_outcome *b) {
    return memcmp(&a->fidelity, &b->fidelity, sizeof a->fidelity) == 0 &&
           memcmp(&a->empty_probability, &b->empty_probability, sizeof a->empty_probability) == 0 &&
           a->readout == b->readout && a->word_correct == b->word_correct &&
           a->address == b->address;
}

typedef struct scene {
    brg_run_config config;
    brg_planes *memory;
    brg_timeline *timeline;
} scene;

static scene scene_new(brg_routers routers, uint32_t n, uint32_t k, brg_noise noise,
                       uint32_t queries, uint64_t stall_ps) {
    scene s = {.config = {{routers, n, k}, {true, 0}, noise, 77, BRG_BRANCH_FULL}};
    uint64_t state = 5;
    s.memory = schedule_random(n, k, &state);
    s.timeline =
        schedule_timeline(&s.config.qram, s.memory, queries, 100000, stall_ps, BRG_CAUSE_MEMORY);
    return s;
}

static void scene_end(scene *s) {
    brg_timeline_destroy(&s->timeline);
    brg_planes_destroy(&s->memory);
}

static const brg_noise noises[] = {
    {.model = BRG_NOISE_NONE},
    {.model = BRG_NOISE_TIMED, .t1_ns = 2e4, .tphi_ns = 3e4, .noisy_registers = true},
    {.model = BRG_NOISE_TIMED, .tphi_ns = 1e6, .gate_error = 1e-3},
    {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_DEPOLARIZING, .probability = 1e-3},
    {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_DAMPING, .probability = 1e-2},
};
enum { NOISES = sizeof noises / sizeof *noises, TRAJECTORIES = 60, QUERIES = 2 };

/* Lockstep never shares a noiseless evolution and reuses one object; replay does both otherwise. */
static void test_lockstep_is_replay(void **unused) {
    (void)unused;
    for (int variant = 0; variant < 4; variant++) {
        const int model = variant & 1;
        for (int i = 0; i < NOISES; i++) {
            scene s = scene_new((brg_routers)model, 4, 2, noises[i], QUERIES, 500000);
            s.config.engine = (brg_branch_engine)(variant >> 1);
            brg_replay_result r;
            assert_int_equal(
                brg_replay(&r, s.timeline, &s.config, s.memory, TRAJECTORIES, 2, NULL, NULL),
                BRG_OK);
            brg_trajectory *t = NULL;
            uint64_t perfect = 0;
            assert_int_equal(brg_trajectory_new(&t, &s.config, 0), BRG_OK);
            for (uint64_t number = TRAJECTORIES; number-- > 0;) {
                brg_trajectory_reset(t, number);
                for (uint32_t q = 0; q < QUERIES; q++) {
                    size_t count = 0;
                    const size_t first = brg_timeline_query(s.timeline, q, &count);
                    brg_outcome out;
                    assert_int_equal(brg_trajectory_begin(t, q), BRG_OK);
                    for (size_t j = first; j < first + count; j++)
                        assert_int_equal(
                            brg_trajectory_slice(t, brg_timeline_slice(s.timeline, j), s.memory),
                            BRG_OK);
                    assert_int_equal(brg_trajectory_end(t, s.memory, &out), BRG_OK);
                    assert_true(same_outcome(&out, &r.outcomes[number * QUERIES + q]));
                    perfect += out.fidelity > 1 - 1e-10;
                }
            }
            /* Both kinds of trajectory, with errors and without, stand in the comparison. */
            if (noises[i].model == BRG_NOISE_NONE)
                assert_int_equal(perfect, TRAJECTORIES * QUERIES);
            else
                assert_true(perfect < TRAJECTORIES * QUERIES);
            if (i == 2) assert_true(perfect > 0);
            brg_trajectory_destroy(&t);
            brg_replay_result_clear(&r);
            scene_end(&s);
        }
    }
}

static void test_threads(void **unused) {
    (void)unused;
    for (int model = 0; model < 2; model++) {
        for (int i = 0; i < NOISES; i++) {
            /* Small trees are not worth a second thread, n = 9 is. */
            const uint32_t n = i == 1 ? 9 : 3;
            scene s = scene_new((brg_routers)model, n, n == 9 ? 1 : 2, noises[i], QUERIES, 500000);
            brg_replay_result one, more;
            assert_int_equal(
                brg_replay(&one, s.timeline, &s.config, s.memory, TRAJECTORIES, 1, NULL, NULL),
                BRG_OK);
            for (int jobs = 2; jobs <= 4; jobs += 2) {
                assert_int_equal(brg_replay(&more, s.timeline, &s.config, s.memory, TRAJECTORIES,
                                            jobs, NULL, NULL),
                                 BRG_OK);
                for (size_t o = 0; o < TRAJECTORIES * QUERIES; o++)
                    assert_true(same_outcome(&one.outcomes[o], &more.outcomes[o]));
                assert_memory_equal(&one.mean, &more.mean, sizeof one.mean);
                assert_memory_equal(&one.stderr_mean, &more.stderr_mean, sizeof one.stderr_mean);
                assert_memory_equal(one.query_mean, more.query_mean, QUERIES * sizeof(double));
                assert_memory_equal(one.query_stderr, more.query_stderr, QUERIES * sizeof(double));
                brg_replay_result_clear(&more);
            }
            brg_replay_result_clear(&one);
            scene_end(&s);
        }
    }
}

/* Queries and trajectories have streams of their own; another seed gives other trajectories. */
static void test_streams(void **unused) {
    (void)unused;
    scene s = scene_new(BRG_TWO_LEVEL, 3, 1, noises[3], QUERIES, 0);
    s.config.noise.probability = 0.01;
    brg_replay_result a, b;
    assert_int_equal(brg_replay(&a, s.timeline, &s.config, s.memory, 40, 2, NULL, NULL), BRG_OK);
    s.config.seed++;
    assert_int_equal(brg_replay(&b, s.timeline, &s.config, s.memory, 40, 2, NULL, NULL), BRG_OK);
    unsigned queries_equal = 0, seeds_equal = 0;
    for (size_t i = 0; i < 40; i++) {
        queries_equal += same_outcome(&a.outcomes[2 * i], &a.outcomes[2 * i + 1]);
        seeds_equal += same_outcome(&a.outcomes[2 * i], &b.outcomes[2 * i]);
    }
    assert_true(queries_equal < 20 && seeds_equal < 20);
    brg_replay_result_clear(&a);
    brg_replay_result_clear(&b);
    scene_end(&s);
}

static void test_stall_costs_fidelity(void **unused) {
    (void)unused;
    scene s = scene_new(BRG_TWO_LEVEL, 3, 1, noises[1], 1, 2000000);
    brg_timeline *fast = NULL;
    brg_replay_result a, b;
    assert_int_equal(brg_timeline_without(&fast, s.timeline, 1u << BRG_CAUSE_MEMORY), BRG_OK);
    assert_int_equal(brg_replay(&a, s.timeline, &s.config, s.memory, 2000, 2, NULL, NULL), BRG_OK);
    assert_int_equal(brg_replay(&b, fast, &s.config, s.memory, 2000, 2, NULL, NULL), BRG_OK);
    assert_true(a.mean + 5 * a.stderr_mean + 5 * b.stderr_mean < b.mean);
    brg_replay_result_clear(&a);
    brg_replay_result_clear(&b);
    brg_timeline_destroy(&fast);
    scene_end(&s);
}

static void test_readout_without_noise(void **unused) {
    (void)unused;
    for (int model = 0; model < 2; model++) {
        scene s = scene_new((brg_routers)model, 4, 3, noises[0], 1, 0);
        uint64_t seen[16] = {0};
        brg_replay_result r;
        assert_int_equal(brg_replay(&r, s.timeline, &s.config, s.memory, 3200, 1, NULL, NULL),
                         BRG_OK);
        assert_double_near(r.mean, 1, 1e-10);
        for (size_t i = 0; i < 3200; i++) {
            const brg_outcome *o = &r.outcomes[i];
            assert_true(o->word_correct);
            assert_int_equal(o->readout, brg_planes_word(s.memory, o->address));
            assert_double_near(o->empty_probability, 1, 1e-10);
            seen[o->address]++;
        }
        double x = 0; /* every address equally often: 15 degrees of freedom */
        for (int a = 0; a < 16; a++) x += pow((double)seen[a] - 200, 2) / 200;
        assert_true(x < 15 + 5 * sqrt(30));
        brg_replay_result_clear(&r);
        scene_end(&s);
    }
}

static int stop_at_10(void *user, uint64_t done, uint64_t total) {
    uint64_t *last = user;
    assert_true(done > *last && done <= total && total == 200);
    *last = done;
    return done >= 10;
}

static void test_progress(void **unused) {
    (void)unused;
    scene s = scene_new(BRG_TWO_LEVEL, 3, 1, noises[1], 1, 0);
    brg_replay_result r;
    uint64_t last = 0;
    assert_int_equal(brg_replay(&r, s.timeline, &s.config, s.memory, 200, 1, stop_at_10, &last),
                     BRG_ESTATE);
    assert_int_equal(last, 10);
    assert_null(r.outcomes);
    scene_end(&s);
}

typedef struct calls {
    unsigned before, after; /* the first trajectory's end */
    unsigned stop;
} calls;

static int count_calls(void *user, uint64_t done, uint64_t total) {
    calls *c = user;
    assert_true(done <= total && total == 2);
    *(done ? &c->after : &c->before) += 1;
    return c->stop && c->before == c->stop;
}

/* In a large tree a trajectory reports on its way, and can be stopped there. */
static void test_progress_inside(void **unused) {
    (void)unused;
    const brg_noise noise = {.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_Z, .probability = 1e-5};
    scene s = scene_new(BRG_TWO_LEVEL, 15, 1, noise, 1, 0);
    s.config.engine = BRG_BRANCH_PRUNED;
    calls c = {0, 0, 0};
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, s.timeline, &s.config, s.memory, 2, 1, count_calls, &c),
                     BRG_OK);
    assert_int_equal(c.before, 12); /* 91 slices */
    assert_int_equal(c.after, 1 + 12 + 1);
    brg_replay_result_clear(&r);
    c = (calls){.stop = 3};
    assert_int_equal(brg_replay(&r, s.timeline, &s.config, s.memory, 2, 1, count_calls, &c),
                     BRG_ESTATE);
    assert_int_equal(c.before, 3);
    assert_int_equal(c.after, 0);
    scene_end(&s);
}

static void test_bad_arguments(void **unused) {
    (void)unused;
    scene s = scene_new(BRG_TWO_LEVEL, 3, 1, noises[0], 1, 0);
    brg_planes *other = schedule_parity(2, 1);
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, s.timeline, &s.config, s.memory, 0, 1, NULL, NULL), BRG_EINVAL);
    assert_int_equal(brg_replay(&r, s.timeline, &s.config, other, 1, 1, NULL, NULL), BRG_EINVAL);
    brg_run_config wrong = s.config;
    wrong.qram.routers = BRG_THREE_LEVEL;
    assert_int_equal(brg_replay(&r, s.timeline, &wrong, s.memory, 1, 1, NULL, NULL), BRG_EINVAL);
    wrong = s.config;
    wrong.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = 2};
    assert_int_equal(brg_replay(&r, s.timeline, &wrong, s.memory, 1, 1, NULL, NULL), BRG_EINVAL);
    brg_planes_destroy(&other);
    scene_end(&s);
}

static void test_mean_and_error(void **unused) {
    (void)unused;
    const double x[6] = {1, 100, 2, 100, 6, 100};
    double mean = 0, error = 0;
    brg_mean_stderr(x, 3, 2, &mean, &error);
    assert_double_near(mean, 3, 1e-15);
    assert_double_near(error, sqrt(7.0 / 3), 1e-15);
    brg_mean_stderr(x, 1, 1, &mean, &error);
    assert_double_near(mean, 1, 0);
    assert_double_near(error, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lockstep_is_replay),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_stall_costs_fidelity),
        cmocka_unit_test(test_readout_without_noise),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_progress_inside),
        cmocka_unit_test(test_bad_arguments),
        cmocka_unit_test(test_mean_and_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
