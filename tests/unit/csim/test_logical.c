/* SPDX-License-Identifier: Apache-2.0 */
/* Logical errors of encoded registers: exact fidelities by enumerating every pattern of Paulis
 * against a register-only calculation, when each life begins and ends, and that engines, methods
 * and threads agree. */
#include <math.h>
#include <string.h>

#include "csim/attribution.h"
#include "csim/density.h"
#include "csim/fault_sampling.h"
#include "csim/registers.h"
#include "register_paulis.h"

enum { SLICE_PS = 100000, STALL_PS = 730000 };

static void all_patterns(brg_qram q, brg_branch_engine engine, brg_input input) {
    const uint64_t patterns = (uint64_t)1 << 4 * qubits_of(&q);
    const brg_logical logical = {.pauli = enumerated};
    const brg_run_config c = {.qram = q, .input = input, .engine = engine, .logical = &logical};
    uint64_t seed = 91;
    brg_planes *memory = schedule_random(brg_table_width(&q), q.word_width, &seed);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, patterns, 2, NULL, NULL), BRG_OK);
    double sum = 0, expected = 0;
    uint64_t harmless = 0;
    for (uint64_t p = 0; p < patterns; p++) {
        const double exact = reference(&q, &input, memory, p);
        assert_double_near(r.outcomes[p].fidelity, exact, 1e-12);
        assert_double_near(r.outcomes[p].empty_probability, 1, 1e-12);
        /* Each life errs with X, Y, Z of 3, 1, 2 per cent. */
        static const double rate[4] = {0.94, 0.03, 0.02, 0.01};
        double weight = 1;
        for (uint32_t l = 0; l < 2 * qubits_of(&q); l++) weight *= rate[p >> 2 * l & 3u];
        sum += weight * r.outcomes[p].fidelity;
        expected += weight * exact;
        harmless += exact > 0.5;
    }
    assert_double_near(sum, expected, 1e-12);
    assert_true(harmless > 1 && harmless < patterns);
    print_message("n %u pages %u k %u: F = %.9f over %llu patterns\n", q.address_width,
                  brg_pages(&q), q.word_width, sum, (unsigned long long)patterns);
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_every_pattern(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++)
        for (int engine = 0; engine < 2; engine++)
            for (int input = 0; input < 2; input++) {
                const brg_input in = {input == 0, input == 0 ? 0 : 1};
                all_patterns((brg_qram){(brg_routers)routers, 1, 1, 0}, (brg_branch_engine)engine,
                             in);
                all_patterns((brg_qram){(brg_routers)routers, 2, 1, 0}, (brg_branch_engine)engine,
                             in);
                all_patterns((brg_qram){(brg_routers)routers, 1, 2, 0}, (brg_branch_engine)engine,
                             in);
                all_patterns((brg_qram){(brg_routers)routers, 1, 1, 1}, (brg_branch_engine)engine,
                             in);
            }
}

/* The same superposition given as a register state, where X on |+> is not left out: still no harm.
 */
static void test_x_on_plus(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 2, 1, 0};
        const brg_logical logical = {.pauli = enumerated};
        const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
        uint64_t seed = 92;
        brg_planes *memory = schedule_random(2, 1, &seed);
        brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
        brg_register_entry entry[4];
        for (uint64_t a = 0; a < 4; a++) entry[a] = (brg_register_entry){.address = a, .re = 0.5};
        brg_trajectory *trajectory = NULL;
        assert_int_equal(brg_trajectory_new(&trajectory, &c, 0), BRG_OK);
        for (uint64_t pattern = 0; pattern < 4096; pattern++) {
            brg_trajectory_reset(trajectory, pattern);
            assert_int_equal(brg_trajectory_begin_registers(trajectory, 0, entry, 4), BRG_OK);
            for (size_t s = 0; s < brg_timeline_slices(t); s++) {
                const brg_slice *slice = brg_timeline_slice(t, s);
                assert_int_equal(brg_trajectory_slice(trajectory, slice,
                                                      brg_timeline_data(t, slice->data_version)),
                                 BRG_OK);
            }
            brg_outcome out;
            assert_int_equal(brg_trajectory_end(trajectory, memory, &out), BRG_OK);
            const double exact = reference(&q, &c.input, memory, pattern);
            assert_double_near(out.fidelity, exact, 1e-12);
            /* X on the address qubits' first lives only, bits 0 and 4. */
            if (!(pattern & ~(uint64_t)0x11)) assert_double_near(exact, 1, 1e-12);
            /* Z on one of them. */
            if (pattern == 0x2 || pattern == 0x20) assert_double_near(exact, 0, 1e-12);
        }
        /* The other way to end: the register state that is left has the errors in it. */
        brg_register_entry *left = NULL;
        size_t count = 0;
        brg_trajectory_reset(trajectory, 0x4); /* X on address qubit 0 at the end */
        assert_int_equal(brg_trajectory_begin_registers(trajectory, 0, entry, 1), BRG_OK);
        for (size_t s = 0; s < brg_timeline_slices(t); s++) {
            const brg_slice *slice = brg_timeline_slice(t, s);
            assert_int_equal(
                brg_trajectory_slice(trajectory, slice, brg_timeline_data(t, slice->data_version)),
                BRG_OK);
        }
        assert_int_equal(brg_trajectory_end_registers(trajectory, &left, &count), BRG_OK);
        assert_int_equal(count, 1);
        assert_int_equal(left[0].address, 2);
        assert_int_equal(left[0].bus, brg_planes_word(memory, 0));
        free(left);
        brg_trajectory_destroy(&trajectory);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* When lives begin and end. */

typedef struct record {
    uint64_t begin_ps[2][16][2], end_ps[2][16][2]; /* [query][qubit][life] */
    unsigned calls[2][16][2];
} record;

static unsigned recording(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                          uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    record *r = user;
    assert_int_equal(trajectory, 7);
    assert_true(query < 2 && qubit < 16 && life < 2);
    r->begin_ps[query][qubit][life] = begin_ps;
    r->end_ps[query][qubit][life] = end_ps;
    r->calls[query][qubit][life]++;
    return 0;
}

/* Start of slice s, its wait included: the stall stands before the first fetch of each page. */
static uint64_t start_of(const brg_qram *q, uint32_t s) {
    uint64_t at = (uint64_t)(s - 1) * SLICE_PS;
    for (uint32_t page = 0; page < brg_pages(q); page++)
        if (s >= 3 * q->address_width + 2 * page * q->word_width + 1) at += STALL_PS;
    return at;
}

static void check_lives(brg_qram q) {
    const uint32_t n = q.address_width, m = brg_table_width(&q), k = q.word_width;
    const uint32_t slices = schedule_all_slices(&q), mirror = slices + 1;
    record r = {0};
    const brg_logical logical = {.pauli = recording, .user = &r};
    const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
    uint64_t seed = 93;
    brg_planes *memory = schedule_random(m, k, &seed);
    brg_timeline *t = schedule_timeline(&q, memory, 2, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_trajectory_new(&trajectory, &c, 7), BRG_OK);
    for (uint32_t query = 0; query < 2; query++) {
        size_t count;
        const size_t first = brg_timeline_query(t, query, &count);
        assert_int_equal(count, slices);
        assert_int_equal(brg_trajectory_begin(trajectory, query), BRG_OK);
        for (size_t s = first; s < first + count; s++) {
            const brg_slice *slice = brg_timeline_slice(t, s);
            assert_int_equal(
                brg_trajectory_slice(trajectory, slice, brg_timeline_data(t, slice->data_version)),
                BRG_OK);
        }
        brg_outcome out;
        assert_int_equal(brg_trajectory_end(trajectory, memory, &out), BRG_OK);
        assert_double_near(out.fidelity, 1, 1e-12);
    }
    const uint64_t length = start_of(&q, slices) + SLICE_PS;
    for (uint32_t query = 0; query < 2; query++)
        for (uint32_t x = 0; x < m + k; x++) {
            const uint64_t begin = query * length, end = begin + length;
            const bool page = x < q.page_bits;
            const uint32_t i = x - q.page_bits, j = x - m;
            const uint32_t in = x < m ? 2 * i + 1 : 2 * n + 2 * j + 1;
            const uint32_t out =
                x < m ? mirror - (2 * i + 1) : 4 * n + 2 * ((brg_pages(&q) - 1) * k + j) + 1;
            assert_int_equal(r.calls[query][x][0], 1);
            assert_int_equal(r.calls[query][x][1], page ? 0 : 1);
            assert_true(r.begin_ps[query][x][0] == begin);
            assert_true(r.end_ps[query][x][0] == (page ? end : begin + start_of(&q, in)));
            if (page) continue;
            assert_true(r.begin_ps[query][x][1] == begin + start_of(&q, out) + SLICE_PS);
            assert_true(r.end_ps[query][x][1] == end);
        }
    brg_trajectory_destroy(&trajectory);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_lives(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++) {
        check_lives((brg_qram){(brg_routers)routers, 1, 1, 0});
        check_lives((brg_qram){(brg_routers)routers, 3, 2, 0});
        check_lives((brg_qram){(brg_routers)routers, 2, 4, 0});
        check_lives((brg_qram){(brg_routers)routers, 2, 2, 2});
    }
}

/* A Pauli with the same probability for every life, from a hash of what names it. */
typedef struct noisy {
    double x, z;
} noisy;

static double hashed(uint64_t trajectory, uint32_t query, uint32_t qubit, uint32_t life,
                     uint64_t which) {
    uint64_t state = trajectory * 0x2545F4914F6CDD1Du + query * 1000003u + qubit * 8191u +
                     life * 131u + which * 7919u;
    test_random(&state);
    return (double)(test_random(&state) >> 11) * 0x1p-53;
}

static unsigned independent(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                            uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    const noisy *n = user;
    (void)begin_ps, (void)end_ps;
    return (hashed(trajectory, query, qubit, life, 0) < n->x ? 1u : 0u) |
           (hashed(trajectory, query, qubit, life, 1) < n->z ? 2u : 0u);
}

/* Z only: the fidelity is 1 where every address qubit has an even number of them, else 0 (and Z on
 * the bus counts where the word is a superposition of 0 and 1, which zero memory avoids). */
static void test_z_on_addresses(void **unused) {
    (void)unused;
    const double p = 0.05;
    for (uint32_t n = 1; n <= 3; n++) {
        const brg_qram q = {BRG_TWO_LEVEL, n, 1, 0};
        noisy rate = {0, p};
        const brg_logical logical = {.pauli = independent, .user = &rate};
        const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
        brg_planes *memory = NULL;
        assert_int_equal(brg_planes_new(&memory, n, 1), BRG_OK);
        brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
        brg_replay_result r;
        assert_int_equal(brg_replay(&r, t, &c, memory, 40000, 2, NULL, NULL), BRG_OK);
        const double exact = pow(1 - 2 * p * (1 - p), n);
        print_message("n %u: F = %.5f +- %.5f, exact %.5f\n", n, r.mean, r.stderr_mean, exact);
        assert_double_near(r.mean, exact, 4 * r.stderr_mean);
        brg_replay_result_clear(&r);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* Depolarizing at each of the four transfers of n = k = 1, against the enumeration. */
static void test_transfer_error(void **unused) {
    (void)unused;
    const double error = 0.2;
    const brg_input input = {true, 0};
    const brg_qram q = {BRG_THREE_LEVEL, 1, 1, 0};
    noisy never = {0, 0};
    const brg_logical logical = {.pauli = independent, .user = &never, .transfer_error = error};
    const brg_run_config c = {
        .qram = q, .input = input, .seed = test_seed(94), .logical = &logical};
    brg_planes *memory = schedule_parity(1, 1);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
    double exact = 0;
    for (uint64_t pattern = 0; pattern < 256; pattern++) {
        double weight = 1;
        for (int l = 0; l < 4; l++) weight *= pattern >> 2 * l & 3u ? error / 3 : 1 - error;
        exact += weight * reference(&q, &input, memory, pattern);
    }
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, 40000, 2, NULL, NULL), BRG_OK);
    print_message("transfer: F = %.5f +- %.5f, exact %.5f\n", r.mean, r.stderr_mean, exact);
    assert_double_near(r.mean, exact, 4 * r.stderr_mean);
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void assert_same_outcomes(const brg_outcome *a, const brg_outcome *b, uint64_t count,
                                 double tolerance) {
    for (uint64_t i = 0; i < count; i++) {
        assert_double_near(a[i].fidelity, b[i].fidelity, tolerance);
        assert_double_near(a[i].empty_probability, b[i].empty_probability, tolerance);
        assert_true(a[i].readout == b[i].readout && a[i].address == b[i].address);
        assert_int_equal(a[i].lost, b[i].lost);
        assert_int_equal(a[i].word_correct, b[i].word_correct);
    }
}

/* full = pruned, replay = lockstep, one thread = three. */
static void test_agreement(void **unused) {
    (void)unused;
    enum { CASES = 24, TRAJECTORIES = 40 };
    uint64_t state = test_seed(95), errors = 0;
    for (int i = 0; i < CASES; i++) {
        brg_qram q = {(brg_routers)(i & 1), 1 + (uint32_t)(test_random(&state) % 5),
                      1 + (uint32_t)(test_random(&state) % 3), 0};
        if (i % 8 >= 6) q.page_bits = 1 + (uint32_t)(test_random(&state) % 2);
        noisy rate = {0.02, 0.03};
        const brg_logical logical = {
            .pauli = independent, .user = &rate, .transfer_error = i % 3 ? 0.01 : 0};
        brg_run_config c = {
            .qram = q, .input = {i % 4 != 3, 0}, .seed = test_random(&state), .logical = &logical};
        c.noise = (brg_noise){.model = i % 4 < 2 ? BRG_NOISE_TIMED : BRG_NOISE_PER_SLICE,
                              .t1_ns = i % 4 == 0 ? 40000 : 0,
                              .tphi_ns = 60000,
                              .noisy_registers = true,
                              .gate_error = 2e-4,
                              .kind = BRG_KIND_DEPOLARIZING,
                              .probability = 2e-4};
        brg_planes *memory = schedule_random(brg_table_width(&q), q.word_width, &state);
        brg_timeline *t = schedule_timeline(&q, memory, 2, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
        brg_replay_result full, pruned, threads;
        assert_int_equal(brg_replay(&full, t, &c, memory, TRAJECTORIES, 1, NULL, NULL), BRG_OK);
        assert_int_equal(brg_replay(&threads, t, &c, memory, TRAJECTORIES, 3, NULL, NULL), BRG_OK);
        c.engine = BRG_BRANCH_PRUNED;
        assert_int_equal(brg_replay(&pruned, t, &c, memory, TRAJECTORIES, 2, NULL, NULL), BRG_OK);
        assert_same_outcomes(full.outcomes, threads.outcomes, 2 * TRAJECTORIES, 0);
        assert_same_outcomes(full.outcomes, pruned.outcomes, 2 * TRAJECTORIES, 1e-12);

        c.engine = BRG_BRANCH_FULL;
        brg_trajectory *one = NULL;
        assert_int_equal(brg_trajectory_new(&one, &c, 0), BRG_OK);
        for (uint64_t number = 0; number < TRAJECTORIES; number++) {
            brg_trajectory_reset(one, number);
            for (uint32_t query = 0; query < 2; query++) {
                size_t count;
                const size_t first = brg_timeline_query(t, query, &count);
                assert_int_equal(brg_trajectory_begin(one, query), BRG_OK);
                for (size_t s = first; s < first + count; s++) {
                    const brg_slice *slice = brg_timeline_slice(t, s);
                    assert_int_equal(
                        brg_trajectory_slice(one, slice, brg_timeline_data(t, slice->data_version)),
                        BRG_OK);
                }
                brg_outcome out;
                assert_int_equal(brg_trajectory_end(one, memory, &out), BRG_OK);
                assert_same_outcomes(&out, &full.outcomes[2 * number + query], 1, 1e-12);
                errors += out.fidelity < 0.99;
            }
        }
        brg_trajectory_destroy(&one);
        brg_replay_result_clear(&full);
        brg_replay_result_clear(&pruned);
        brg_replay_result_clear(&threads);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
    assert_true(errors > 100);
}

/* Without logical errors an encoded register is an ideal one: no idling, no gate errors. */
static void test_registers_are_quiet(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 3, 2, 0};
        noisy never = {0, 0};
        const brg_logical logical = {.pauli = independent, .user = &never};
        brg_run_config c = {
            .qram = q,
            .input = {true, 0},
            .seed = 96,
            .noise = {
                .model = BRG_NOISE_TIMED, .t1_ns = 2e4, .tphi_ns = 3e4, .noisy_registers = true}};
        brg_planes *memory = schedule_parity(3, 2);
        brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
        brg_replay_result encoded, ideal, noisier;
        c.logical = &logical;
        assert_int_equal(brg_replay(&encoded, t, &c, memory, 200, 2, NULL, NULL), BRG_OK);
        c.logical = NULL;
        assert_int_equal(brg_replay(&noisier, t, &c, memory, 200, 2, NULL, NULL), BRG_OK);
        c.noise.noisy_registers = false;
        assert_int_equal(brg_replay(&ideal, t, &c, memory, 200, 2, NULL, NULL), BRG_OK);
        assert_same_outcomes(encoded.outcomes, ideal.outcomes, 200, 0);
        assert_true(noisier.mean < ideal.mean - 3 * ideal.stderr_mean);
        brg_replay_result_clear(&encoded);
        brg_replay_result_clear(&ideal);
        brg_replay_result_clear(&noisier);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* Gate errors of the tree alone: trajectories, enumeration of single faults and their sampling. */
static void test_first_order(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 2, 1, 0};
    noisy never = {0, 0};
    const brg_logical logical = {.pauli = independent, .user = &never};
    brg_run_config c = {.qram = q, .input = {true, 0}, .seed = test_seed(97)};
    c.noise = (brg_noise){.model = BRG_NOISE_TIMED, .noisy_registers = true, .gate_error = 2e-4};
    brg_planes *memory = schedule_parity(2, 1);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    brg_first_order bare, encoded, sampled;
    double x_stderr[BRG_SHARE_COUNT];
    assert_int_equal(brg_first_order_run(&bare, t, &c, memory, 1, NULL, NULL), BRG_OK);
    c.logical = &logical;
    assert_int_equal(brg_first_order_run(&encoded, t, &c, memory, 1, NULL, NULL), BRG_OK);
    assert_int_equal(
        brg_fault_sampling_run(&sampled, x_stderr, t, &c, memory, 20000, 2, NULL, NULL), BRG_OK);
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, 100000, 2, NULL, NULL), BRG_OK);
    print_message("x %.6f bare, %.6f encoded, %.6f sampled; 1 - F = %.6f +- %.6f\n",
                  bare.infidelity, encoded.infidelity, sampled.infidelity, 1 - r.mean,
                  r.stderr_mean);
    assert_true(encoded.infidelity < 0.95 * bare.infidelity);
    assert_double_near(sampled.infidelity, encoded.infidelity, 4 * x_stderr[BRG_SHARE_GATE]);
    const double second = encoded.infidelity * encoded.infidelity;
    assert_double_near(1 - r.mean, encoded.infidelity, 4 * r.stderr_mean + second);
    brg_replay_result_clear(&r);
    brg_first_order_clear(&bare);
    brg_first_order_clear(&encoded);
    brg_first_order_clear(&sampled);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_refused(void **unused) {
    (void)unused;
    noisy never = {0, 0};
    brg_logical logical = {.pauli = independent, .user = &never};
    const brg_run_config c = {
        .qram = {BRG_TWO_LEVEL, 1, 1, 0}, .input = {true, 0}, .logical = &logical};
    brg_density *density = NULL;
    brg_trajectory *trajectory = NULL;
    assert_int_equal(brg_density_new(&density, &c), BRG_EINVAL);
    assert_null(density);
    const double wrong[] = {-0.1, 1.5, (double)NAN};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        logical.transfer_error = wrong[i];
        assert_int_equal(brg_trajectory_new(&trajectory, &c, 0), BRG_EINVAL);
    }
    logical = (brg_logical){.user = &never};
    assert_int_equal(brg_trajectory_new(&trajectory, &c, 0), BRG_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pattern),
        cmocka_unit_test(test_x_on_plus),
        cmocka_unit_test(test_lives),
        cmocka_unit_test(test_z_on_addresses),
        cmocka_unit_test(test_transfer_error),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_registers_are_quiet),
        cmocka_unit_test(test_first_order),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
