/* SPDX-License-Identifier: Apache-2.0 */
/* Queries on register states: noiseless ones map |a>|b>|r> to |a>|b xor d_a>|r>; noisy ones keep,
 * on average, the fidelity that the trajectory itself reports. */
#include <math.h>
#include <string.h>

#include "csim/registers.h"
#include "test.h"
#include "unit/csim/schedule.h"

static brg_planes *random_image(uint32_t n, uint32_t k, uint64_t *state) {
    brg_planes *p = NULL;
    assert_int_equal(brg_planes_new(&p, n, k), BRG_OK);
    for (uint64_t cell = 0; cell < UINT64_C(1) << n; cell++)
        for (uint32_t bit = 0; bit < k; bit++)
            brg_planes_set(p, bit, cell, test_random(state) & 1u);
    return p;
}

static double uniform(uint64_t *state) {
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

/* A random state on every (address, bus, rest) with probability one half. */
static size_t random_entries(brg_register_entry *e, uint32_t n, uint32_t k, uint32_t rest_bits,
                             uint64_t *state) {
    size_t count = 0;
    double norm = 0;
    const uint64_t all = UINT64_C(1) << (n + k + rest_bits);
    while (!count)
        for (uint64_t i = all; i-- > 0;) {
            if (test_random(state) & 1u) continue;
            e[count] = (brg_register_entry){.address = i & ((UINT64_C(1) << n) - 1),
                                            .bus = i >> n & ((UINT64_C(1) << k) - 1),
                                            .rest = i >> (n + k),
                                            .re = uniform(state) - 0.5,
                                            .im = uniform(state) - 0.5};
            norm += e[count].re * e[count].re + e[count].im * e[count].im;
            count++;
        }
    for (size_t i = 0; i < count; i++) {
        e[i].re /= sqrt(norm);
        e[i].im /= sqrt(norm);
    }
    return count;
}

static void run_query(brg_trajectory *t, const brg_qram *q, const brg_planes *image,
                      uint64_t slice_ps) {
    uint64_t start = 0;
    for (uint32_t s = 1; s <= schedule_slices(q->address_width, q->word_width); s++) {
        brg_slice slice = {.slice = s, .start_ps = start, .duration_ps = slice_ps};
        slice.ops = schedule_ops(q, s);
        slice.data_version = slice.ops.fetch >= 0 ? 0 : -1;
        assert_int_equal(brg_trajectory_slice(t, &slice, image), BRG_OK);
        start += slice_ps;
    }
}

static const brg_register_entry *find(const brg_register_entry *e, size_t count, uint64_t address,
                                      uint64_t bus, uint64_t rest) {
    for (size_t i = 0; i < count; i++)
        if (e[i].address == address && e[i].bus == bus && e[i].rest == rest) return &e[i];
    return NULL;
}

static void test_noiseless(void **unused) {
    (void)unused;
    uint64_t state = test_seed(71);
    brg_register_entry in[1024];
    for (int round = 0; round < 60; round++) {
        const brg_qram q = {.routers = round % 2 ? BRG_THREE_LEVEL : BRG_TWO_LEVEL,
                            .address_width = 1 + (uint32_t)(test_random(&state) % 3),
                            .word_width = 1 + (uint32_t)(test_random(&state) % 4)};
        const uint32_t n = q.address_width, k = q.word_width, rest_bits = (uint32_t)round % 4;
        brg_planes *image = random_image(n, k, &state);
        const size_t count = random_entries(in, n, k, rest_bits, &state);
        const brg_run_config config = {.qram = q, .seed = 5};
        brg_trajectory *t = NULL;
        assert_int_equal(brg_trajectory_new(&t, &config, 0), BRG_OK);
        assert_int_equal(brg_trajectory_begin_registers(t, 0, in, count), BRG_OK);
        run_query(t, &q, image, 100000);
        brg_register_entry *out = NULL;
        size_t out_count = 0;
        assert_int_equal(brg_trajectory_end_registers(t, &out, &out_count), BRG_OK);
        assert_int_equal(out_count, count);
        for (size_t i = 0; i < count; i++) {
            const brg_register_entry *e =
                find(out, out_count, in[i].address,
                     in[i].bus ^ brg_planes_word(image, in[i].address), in[i].rest);
            assert_non_null(e);
            assert_double_near(e->re, in[i].re, 1e-12);
            assert_double_near(e->im, in[i].im, 1e-12);
        }
        free(out);
        brg_trajectory_destroy(&t);
        brg_planes_destroy(&image);
    }
}

/* Mean overlap of the register state that is kept with the ideal one, against the mean fidelity of
 * the same trajectories: the second is the first averaged over the measurement of the tree. */
static void overlap_case(brg_routers routers, const brg_noise *noise) {
    enum { N = 2, K = 1, TRAJECTORIES = 4000 };
    uint64_t state = 9;
    const brg_qram q = {.routers = routers, .address_width = N, .word_width = K};
    brg_planes *image = random_image(N, K, &state);
    const brg_run_config config = {
        .qram = q, .input = {.uniform = true}, .noise = *noise, .seed = 17};
    brg_register_entry in[1 << N];
    for (uint64_t a = 0; a < 1 << N; a++)
        in[a] = (brg_register_entry){.address = a, .rest = 2, .re = 0.5};
    double overlaps[TRAJECTORIES], fidelities[TRAJECTORIES];
    brg_trajectory *t = NULL;
    assert_int_equal(brg_trajectory_new(&t, &config, 0), BRG_OK);
    for (uint64_t i = 0; i < TRAJECTORIES; i++) {
        brg_trajectory_reset(t, i);
        assert_int_equal(brg_trajectory_begin_registers(t, 0, in, 1 << N), BRG_OK);
        run_query(t, &q, image, 400000);
        brg_register_entry *out = NULL;
        size_t count = 0;
        assert_int_equal(brg_trajectory_end_registers(t, &out, &count), BRG_OK);
        double re = 0, im = 0, norm = 0;
        for (size_t e = 0; e < count; e++) {
            norm += out[e].re * out[e].re + out[e].im * out[e].im;
            if (out[e].bus != brg_planes_word(image, out[e].address) || out[e].rest != 2) continue;
            re += 0.5 * out[e].re;
            im += 0.5 * out[e].im;
        }
        assert_double_near(norm, 1, 1e-12);
        overlaps[i] = re * re + im * im;
        free(out);

        brg_outcome outcome;
        brg_trajectory_reset(t, i);
        assert_int_equal(brg_trajectory_begin(t, 0), BRG_OK);
        run_query(t, &q, image, 400000);
        assert_int_equal(brg_trajectory_end(t, image, &outcome), BRG_OK);
        fidelities[i] = outcome.fidelity;
    }
    brg_trajectory_destroy(&t);
    brg_planes_destroy(&image);
    double mean, error, expected, spread;
    brg_mean_stderr(overlaps, TRAJECTORIES, 1, &mean, &error);
    brg_mean_stderr(fidelities, TRAJECTORIES, 1, &expected, &spread);
    print_message("kept %.5f +- %.5f, fidelity %.5f +- %.5f\n", mean, error, expected, spread);
    assert_true(expected < 0.95);
    /* A fresh |0> for a lost carrier can be right by chance, at most in half of the cases here; the
     * fidelity counts a lost carrier as wrong. */
    const bool dephasing = noise->model == BRG_NOISE_TIMED && !(noise->t1_ns > 0);
    const bool loss = routers == BRG_THREE_LEVEL && !dephasing;
    assert_true(mean > expected - 3 * (error + spread));
    assert_true(mean < expected + 3 * (error + spread) + (loss ? 0.5 * (1 - expected) : 0));
}

static void test_overlap(void **unused) {
    (void)unused;
    const brg_noise timed = {
        .model = BRG_NOISE_TIMED, .t1_ns = 100000, .tphi_ns = 150000, .noisy_registers = true};
    const brg_noise dephasing = {
        .model = BRG_NOISE_TIMED, .tphi_ns = 100000, .noisy_registers = true};
    const brg_noise gates = {.model = BRG_NOISE_PER_SLICE,
                             .kind = BRG_KIND_DEPOLARIZING,
                             .probability = 0.005,
                             .gate_error = 0.002};
    overlap_case(BRG_TWO_LEVEL, &timed);
    overlap_case(BRG_TWO_LEVEL, &gates);
    overlap_case(BRG_THREE_LEVEL, &timed);
    overlap_case(BRG_THREE_LEVEL, &dephasing);
    overlap_case(BRG_THREE_LEVEL, &gates);
}

static void test_refused(void **unused) {
    (void)unused;
    const brg_run_config config = {.qram = {BRG_TWO_LEVEL, 2, 1}};
    brg_trajectory *t = NULL;
    assert_int_equal(brg_trajectory_new(&t, &config, 0), BRG_OK);
    const brg_register_entry high = {.address = 4, .re = 1}, wide = {.bus = 2, .re = 1},
                             far = {.rest = UINT64_C(1) << 63, .re = 1};
    const brg_register_entry twice[2] = {{.address = 1, .re = 0.6}, {.address = 1, .re = 0.8}};
    assert_int_equal(brg_trajectory_begin_registers(t, 0, &high, 1), BRG_EINVAL);
    assert_int_equal(brg_trajectory_begin_registers(t, 0, &wide, 1), BRG_EINVAL);
    assert_int_equal(brg_trajectory_begin_registers(t, 0, &far, 1), BRG_EINVAL);
    assert_int_equal(brg_trajectory_begin_registers(t, 0, twice, 2), BRG_EINVAL);
    assert_int_equal(brg_trajectory_begin_registers(t, 0, NULL, 0), BRG_EINVAL);
    brg_register_entry *out;
    size_t count;
    assert_int_equal(brg_trajectory_end_registers(t, &out, &count), BRG_ESTATE);
    brg_trajectory_destroy(&t);
}

/* A bound on the branches is kept: 2^(n + k) strings of a two_level query with k <= n. */
static void test_bound(void **unused) {
    (void)unused;
    brg_run_config config = {.qram = {BRG_TWO_LEVEL, 4, 3}, .input = {.uniform = true}};
    brg_planes *image = NULL;
    assert_int_equal(brg_planes_new(&image, 4, 3), BRG_OK);
    for (int fits = 0; fits < 2; fits++) {
        config.most_branches = fits ? 128 : 127;
        brg_trajectory *t = NULL;
        assert_int_equal(brg_trajectory_new(&t, &config, 0), BRG_OK);
        assert_int_equal(brg_trajectory_begin(t, 0), BRG_OK);
        int status = BRG_OK;
        for (uint32_t s = 1; s <= schedule_slices(4, 3) && !status; s++) {
            brg_slice slice = {.slice = s, .duration_ps = 1000};
            slice.ops = schedule_ops(&config.qram, s);
            slice.data_version = slice.ops.fetch >= 0 ? 0 : -1;
            status = brg_trajectory_slice(t, &slice, image);
        }
        assert_int_equal(status, fits ? BRG_OK : BRG_ENOMEM);
        brg_trajectory_destroy(&t);
    }
    brg_planes_destroy(&image);
    const brg_qram q = {BRG_TWO_LEVEL, 4, 3, 0};
    const uint64_t many = brg_trajectory_branches_in(&q, 1 << 20);
    assert_true(many > 1000 && many < 100000);
    assert_int_equal(brg_trajectory_branches_in(&q, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noiseless), cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_bound)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
