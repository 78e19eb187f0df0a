/* SPDX-License-Identifier: Apache-2.0 */
/* The pruned engine against `full`: same fidelity, same readout, trajectory by trajectory. */
#include <math.h>
#include <string.h>

#include "csim/pruned.h"
#include "csim/pruned_internal.h" /* how many labels were touched */
#include "schedule.h"

static uint32_t below(uint64_t *state, uint32_t limit) {
    return (uint32_t)(test_random(state) % limit);
}

static double unit(uint64_t *state) {
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

/* Rate that makes about `errors` events over all cells and slices. */
static double rate_for(const brg_qram *q, double errors) {
    const double sites = (double)brg_tree_cells(q) * schedule_all_slices(q);
    const double rate = errors / sites;
    return rate > 0.3 ? 0.3 : rate;
}

static brg_noise random_noise(const brg_qram *q, uint64_t *state) {
    static const brg_noise_kind kinds[2][4] = {
        {BRG_KIND_DEPOLARIZING, BRG_KIND_X, BRG_KIND_Z, BRG_KIND_DAMPING},
        {BRG_KIND_DEPOLARIZING, BRG_KIND_PHASE, BRG_KIND_SHIFT, BRG_KIND_DAMPING}};
    const double rate = rate_for(q, exp(4 * unit(state) - 1));
    brg_noise noise = {.model = BRG_NOISE_PER_SLICE};
    if (below(state, 3) == 0) noise.gate_error = rate;
    if (below(state, 2)) {
        noise.kind = kinds[q->routers][below(state, 4)];
        noise.probability = rate;
        /* Jumps fall on occupied cells only, a few per layer. */
        if (noise.kind == BRG_KIND_DAMPING) noise.probability = 0.02 * unit(state);
        return noise;
    }
    noise.model = BRG_NOISE_TIMED;
    noise.noisy_registers = below(state, 2);
    if (below(state, 2)) noise.t1_ns = 1e4 + 1e6 * unit(state);
    if (!(noise.t1_ns > 0) || below(state, 2)) noise.tphi_ns = 100 / (2 * rate);
    return noise;
}

typedef struct tally {
    uint64_t compared, imperfect, worst_seed;
    double worst;
} tally;

static void compare_replays(const brg_run_config *config, const brg_timeline *t,
                            const brg_planes *memory, uint64_t trajectories, tally *sum) {
    brg_run_config c = *config;
    brg_replay_result full, pruned;
    c.engine = BRG_BRANCH_FULL;
    assert_int_equal(brg_replay(&full, t, &c, memory, trajectories, 1, NULL, NULL), BRG_OK);
    c.engine = BRG_BRANCH_PRUNED;
    assert_int_equal(brg_replay(&pruned, t, &c, memory, trajectories, 1, NULL, NULL), BRG_OK);
    for (size_t i = 0; i < trajectories * full.queries; i++) {
        const brg_outcome *a = &full.outcomes[i], *b = &pruned.outcomes[i];
        const double apart = fabs(a->fidelity - b->fidelity);
        if (!(apart <= 1e-12) || a->address != b->address || a->readout != b->readout ||
            a->word_correct != b->word_correct ||
            !(fabs(a->empty_probability - b->empty_probability) <= 1e-12)) {
            print_error(
                "routers %d n %u k %u model %d kind %d p %g gate %g t1 %g tphi %g regs %d "
                "seed %llu trajectory %zu\n",
                (int)c.qram.routers, c.qram.address_width, c.qram.word_width, (int)c.noise.model,
                (int)c.noise.kind, c.noise.probability, c.noise.gate_error, c.noise.t1_ns,
                c.noise.tphi_ns, c.noise.noisy_registers, (unsigned long long)c.seed, i);
            print_error("full %.15g %.15g %llu %llu, pruned %.15g %.15g %llu %llu\n", a->fidelity,
                        a->empty_probability, (unsigned long long)a->address,
                        (unsigned long long)a->readout, b->fidelity, b->empty_probability,
                        (unsigned long long)b->address, (unsigned long long)b->readout);
            fail();
        }
        sum->compared++;
        sum->imperfect += a->fidelity < 1 - 1e-9;
        if (apart > sum->worst) sum->worst = apart;
    }
    brg_replay_result_clear(&full);
    brg_replay_result_clear(&pruned);
}

static void random_comparisons(uint32_t least, uint32_t most, unsigned rounds,
                               uint64_t trajectories, uint64_t *state) {
    tally sum = {0};
    for (unsigned round = 0; round < rounds; round++) {
        const uint32_t n = least + below(state, most - least + 1);
        const uint32_t page_bits = n < 6 && below(state, 8) == 0 ? 1 + below(state, 3) : 0;
        const uint32_t k = 1 + below(state, page_bits || n > 7 ? 2 : 4);
        const brg_qram q = {(brg_routers)below(state, 2), n, k, page_bits};
        brg_run_config c = {.qram = q, .input = {below(state, 16) != 0, 0}};
        c.input.index = below(state, 1u << (n + page_bits));
        c.noise = random_noise(&q, state);
        c.seed = test_random(state);
        brg_planes *memory = schedule_random(n + page_bits, k, state);
        const uint64_t stall = below(state, 2) ? 50000u * below(state, 40) : 0;
        brg_timeline *t = schedule_timeline(&q, memory, 1 + below(state, 2), 100000, stall,
                                            (brg_cause)below(state, BRG_CAUSE_COUNT));
        compare_replays(&c, t, memory, trajectories, &sum);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
    print_message("%llu outcomes, %llu of them not perfect, largest difference %.1e\n",
                  (unsigned long long)sum.compared, (unsigned long long)sum.imperfect, sum.worst);
    assert_true(sum.imperfect > sum.compared / 4);
}

static void test_small(void **unused) {
    (void)unused;
    uint64_t state = test_seed(11);
    random_comparisons(1, 5, 1500, 6, &state);
}

static void test_medium(void **unused) {
    (void)unused;
    uint64_t state = test_seed(12);
    random_comparisons(6, 10, 300, 4, &state);
}

/* Few errors in a tree of some size: most labels stay plain. */
static void test_sparse(void **unused) {
    (void)unused;
    uint64_t state = test_seed(13);
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 10, 1, 0};
        brg_run_config c = {.qram = q, .input = {true, 0}, .seed = test_random(&state)};
        c.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = rate_for(&q, 5)};
        c.engine = BRG_BRANCH_PRUNED;
        brg_planes *memory = schedule_random(10, 1, &state);
        brg_timeline *t = schedule_timeline(&q, memory, 1, 100000, 0, BRG_CAUSE_MEMORY);
        brg_trajectory *p = NULL;
        assert_int_equal(brg_trajectory_new(&p, &c, 0), BRG_OK);
        uint64_t evolved = 0, trajectories = 200;
        for (uint64_t i = 0; i < trajectories; i++) {
            brg_trajectory_reset(p, i);
            assert_int_equal(brg_trajectory_begin(p, 0), BRG_OK);
            for (size_t s = 0; s < brg_timeline_slices(t); s++)
                assert_int_equal(brg_trajectory_slice(p, brg_timeline_slice(t, s), memory), BRG_OK);
            evolved += brg_trajectory_branches(p);
        }
        print_message("%.1f of 1024 branches evolved in the mean\n",
                      (double)evolved / (double)trajectories);
        assert_true(evolved > 0 && evolved < trajectories * 512);
        brg_trajectory_destroy(&p);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* Observables slice by slice. */
static void test_observables(void **unused) {
    (void)unused;
    uint64_t state = test_seed(14);
    for (unsigned round = 0; round < 300; round++) {
        const uint32_t n = 1 + below(&state, 6);
        const brg_qram q = {(brg_routers)below(&state, 2), n, 1 + below(&state, 3), 0};
        brg_run_config c = {.qram = q, .input = {true, 0}, .seed = test_random(&state)};
        c.noise = random_noise(&q, &state);
        brg_planes *memory = schedule_random(n, q.word_width, &state);
        brg_timeline *line = schedule_timeline(&q, memory, 1, 100000, 300000, BRG_CAUSE_MEMORY);
        brg_trajectory *t[2];
        for (int e = 0; e < 2; e++) {
            c.engine = (brg_branch_engine)e;
            assert_int_equal(brg_trajectory_new(&t[e], &c, round), BRG_OK);
            assert_int_equal(brg_trajectory_begin(t[e], 0), BRG_OK);
        }
        for (size_t s = 0; s < brg_timeline_slices(line); s++) {
            for (int e = 0; e < 2; e++)
                assert_int_equal(brg_trajectory_slice(t[e], brg_timeline_slice(line, s), memory),
                                 BRG_OK);
            assert_double_near(brg_trajectory_norm(t[1]), brg_trajectory_norm(t[0]), 1e-12);
            for (uint32_t l = 0; l < n; l++)
                assert_double_near(brg_trajectory_population(t[1], l),
                                   brg_trajectory_population(t[0], l), 1e-11);
        }
        for (int e = 0; e < 2; e++) brg_trajectory_destroy(&t[e]);
        brg_timeline_destroy(&line);
        brg_planes_destroy(&memory);
    }
}

/* Operations in no order at all: where the closed form ends the engine must go on. */
static brg_slice_ops random_ops(const brg_qram *q, uint64_t *state) {
    const uint32_t n = q->address_width, k = q->word_width;
    brg_slice_ops o = brg_slice_ops_none();
    switch (below(state, 8)) {
        case 0:
            o.a_in = (int16_t)below(state, n);
            break;
        case 1:
            o.d_in = (int16_t)below(state, k);
            break;
        case 2:
            o.d_out = (int16_t)below(state, k);
            break;
        case 3:
        case 4:
            o.latch = 1u << below(state, n);
            break;
        case 5:
            o.fetch = (int16_t)below(state, k);
            break;
        default:
            if (n > 1) o.route = 1u << below(state, n - 1);
            break;
    }
    if (q->routers == BRG_TWO_LEVEL) {
        o.basis_in = o.d_in >= 0 && below(state, 2);
        o.basis_out = o.d_out >= 0 && below(state, 2);
    }
    return o;
}

static void test_random_operations(void **unused) {
    (void)unused;
    uint64_t state = test_seed(15);
    for (unsigned round = 0; round < 1000; round++) {
        const uint32_t n = 1 + below(&state, 4);
        const brg_qram q = {(brg_routers)below(&state, 2), n, 1 + below(&state, 3), 0};
        brg_run_config c = {.qram = q, .input = {true, 0}, .seed = test_random(&state)};
        c.noise = random_noise(&q, &state);
        brg_planes *memory = schedule_random(n, q.word_width, &state);
        brg_trajectory *t[2];
        brg_outcome out[2];
        for (int e = 0; e < 2; e++) {
            c.engine = (brg_branch_engine)e;
            assert_int_equal(brg_trajectory_new(&t[e], &c, round), BRG_OK);
            assert_int_equal(brg_trajectory_begin(t[e], 0), BRG_OK);
        }
        /* Some of the schedule first, so that the tree is not empty. */
        const uint32_t head = below(&state, schedule_slices(n, q.word_width));
        for (uint32_t s = 1; s <= head + 10; s++) {
            brg_slice slice = {.slice = s, .duration_ps = 100000, .data_version = -1};
            slice.ops = s <= head ? schedule_ops(&q, s) : random_ops(&q, &state);
            for (int e = 0; e < 2; e++)
                assert_int_equal(brg_trajectory_slice(t[e], &slice, memory), BRG_OK);
            assert_double_near(brg_trajectory_norm(t[1]), brg_trajectory_norm(t[0]), 1e-12);
        }
        for (int e = 0; e < 2; e++) {
            assert_int_equal(brg_trajectory_end(t[e], memory, &out[e]), BRG_OK);
            brg_trajectory_destroy(&t[e]);
        }
        assert_double_near(out[1].fidelity, out[0].fidelity, 1e-12);
        assert_double_near(out[1].empty_probability, out[0].empty_probability, 1e-12);
        assert_int_equal(out[1].readout, out[0].readout);
        assert_int_equal(out[1].address, out[0].address);
        brg_planes_destroy(&memory);
    }
}

/* Replay gives the same bits for any number of threads. */
static void test_threads(void **unused) {
    (void)unused;
    uint64_t state = test_seed(16);
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 6, 2, 0};
        brg_run_config c = {.qram = q, .input = {true, 0}, .seed = 5};
        c.noise = (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = 3e5, .tphi_ns = 1e6};
        c.engine = BRG_BRANCH_PRUNED;
        brg_planes *memory = schedule_random(6, 2, &state);
        brg_timeline *t = schedule_timeline(&q, memory, 2, 100000, 500000, BRG_CAUSE_MEMORY);
        brg_replay_result one, four;
        assert_int_equal(brg_replay(&one, t, &c, memory, 60, 1, NULL, NULL), BRG_OK);
        assert_int_equal(brg_replay(&four, t, &c, memory, 60, 4, NULL, NULL), BRG_OK);
        for (size_t i = 0; i < 120; i++) {
            assert_memory_equal(&one.outcomes[i].fidelity, &four.outcomes[i].fidelity,
                                sizeof(double));
            assert_int_equal(one.outcomes[i].readout, four.outcomes[i].readout);
            assert_int_equal(one.outcomes[i].address, four.outcomes[i].address);
        }
        assert_memory_equal(&one.mean, &four.mean, sizeof one.mean);
        brg_replay_result_clear(&one);
        brg_replay_result_clear(&four);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

static void test_supported(void **unused) {
    (void)unused;
    brg_run_config c = {.qram = {BRG_TWO_LEVEL, 4, 1}, .input = {true, 0}};
    const char *reason = NULL;
    c.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = 1e-3};
    assert_true(brg_pruned_supported(&c, &reason));
    assert_non_null(reason);
    c.noise = (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = 1e5, .noisy_registers = true};
    assert_true(brg_pruned_supported(&c, &reason));
    assert_non_null(strstr(reason, "register"));
    c.qram.routers = BRG_THREE_LEVEL;
    assert_true(brg_pruned_supported(&c, NULL));
    c.input.uniform = false;
    assert_false(brg_pruned_supported(&c, &reason));
    c.qram.address_width = 0;
    assert_false(brg_pruned_supported(&c, &reason));

    c = (brg_run_config){.qram = {BRG_TWO_LEVEL, 12, 1}, .input = {true, 0}};
    const uint64_t full = brg_trajectory_bytes(&c);
    c.engine = BRG_BRANCH_PRUNED;
    assert_true(brg_trajectory_bytes(&c) >= full);
    c.engine = (brg_branch_engine)7;
    brg_trajectory *t = NULL;
    assert_int_equal(brg_trajectory_new(&t, &c, 0), BRG_EINVAL);
    assert_null(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_medium),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_observables),
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_supported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
