/* SPDX-License-Identifier: Apache-2.0 */
/* The tableau simulator against state vectors, against the definition of each noise channel, and
 * the detectors of memory experiments, which must not depend on random outcomes. */
#include <complex.h>
#include <math.h>

#include "circuits.h"

enum { MOST_QUBITS = 5, MOST_AMPLITUDES = 1 << MOST_QUBITS };

/* ---- A plain state vector ---- */

static void act(double complex *state, const double complex u[2][2], int q) {
    for (int i = 0; i < MOST_AMPLITUDES; i++) {
        if (i >> q & 1) continue;
        const int j = i | 1 << q;
        const double complex a = state[i], b = state[j];
        state[i] = u[0][0] * a + u[0][1] * b;
        state[j] = u[1][0] * a + u[1][1] * b;
    }
}

static const double complex gate_x[2][2] = {{0, 1}, {1, 0}}, gate_y[2][2] = {{0, -I}, {I, 0}},
                            gate_z[2][2] = {{1, 0}, {0, -1}}, gate_s[2][2] = {{1, 0}, {0, I}},
                            gate_s_dag[2][2] = {{1, 0}, {0, -I}},
                            gate_h[2][2] = {{M_SQRT1_2, M_SQRT1_2}, {M_SQRT1_2, -M_SQRT1_2}};

static void act_controlled(double complex *state, const double complex u[2][2], int c, int t) {
    double complex copy[MOST_AMPLITUDES];
    memcpy(copy, state, sizeof copy);
    act(copy, u, t);
    for (int i = 0; i < MOST_AMPLITUDES; i++)
        if (i >> c & 1) state[i] = copy[i];
}

/* Projects on an outcome of Z; the probability that it had. */
static double project(double complex *state, int q, int outcome) {
    double p = 0;
    for (int i = 0; i < MOST_AMPLITUDES; i++)
        if ((i >> q & 1) == outcome) p += creal(state[i] * conj(state[i]));
    for (int i = 0; i < MOST_AMPLITUDES; i++)
        state[i] = (i >> q & 1) == outcome && p > 0 ? state[i] / sqrt(p) : 0;
    return p;
}

static void to_z(double complex *state, int basis, int q) {
    if (basis == 2) act(state, gate_s_dag, q);
    if (basis) act(state, gate_h, q);
}
static void from_z(double complex *state, int basis, int q) {
    if (basis) act(state, gate_h, q);
    if (basis == 2) act(state, gate_s, q);
}

static const double complex (*single_matrix(brg_gate g))[2] {
    switch (g) {
        case BRG_GATE_X:
            return gate_x;
        case BRG_GATE_Y:
            return gate_y;
        case BRG_GATE_Z:
            return gate_z;
        case BRG_GATE_H:
            return gate_h;
        case BRG_GATE_S:
            return gate_s;
        default:
            return gate_s_dag;
    }
}

/* Runs one operation; measurements take the tableau's records and fail when these cannot be. */
static void follow(double complex *state, const brg_circuit *c, const brg_circuit_op *op,
                   const uint8_t **record) {
    const uint32_t *t = c->targets + op->first_target;
    for (uint32_t i = 0; i < op->target_count; i++) {
        const int q = (int)(t[i] & BRG_TARGET_VALUE);
        if (op->gate >= BRG_GATE_CX && op->gate <= BRG_GATE_SWAP) {
            const int p = (int)t[i + 1];
            if (op->gate == BRG_GATE_CX) act_controlled(state, gate_x, q, p);
            if (op->gate == BRG_GATE_CY) act_controlled(state, gate_y, q, p);
            if (op->gate == BRG_GATE_CZ) act_controlled(state, gate_z, q, p);
            if (op->gate == BRG_GATE_SWAP) {
                act_controlled(state, gate_x, q, p);
                act_controlled(state, gate_x, p, q);
                act_controlled(state, gate_x, q, p);
            }
            i++;
        } else if (op->gate >= BRG_GATE_M && op->gate <= BRG_GATE_MRY) {
            const int basis = (int)(op->gate - BRG_GATE_M) % 3;
            const int outcome = *(*record)++ ^ ((t[i] & BRG_TARGET_INVERTED) != 0);
            to_z(state, basis, q);
            assert_true(project(state, q, outcome) > 1e-6);
            if (op->gate >= BRG_GATE_MR && outcome) act(state, gate_x, q);
            from_z(state, basis, q);
        } else if (op->gate != BRG_GATE_I) {
            act(state, single_matrix(op->gate), q);
        }
    }
}

static void random_circuit(uint64_t *seed, char *text, int length) {
    static const char *const single[] = {"I", "X",  "Y",  "Z",  "H",   "S",  "S_DAG",
                                         "M", "MX", "MY", "MR", "MRX", "MRY"};
    static const char *const pair[] = {"CX", "CY", "CZ", "SWAP"};
    text[0] = '\0';
    for (int i = 0; i < length; i++) {
        const int a = (int)(test_random(seed) % MOST_QUBITS);
        const int b = (a + 1 + (int)(test_random(seed) % (MOST_QUBITS - 1))) % MOST_QUBITS;
        const unsigned g = (unsigned)(test_random(seed) % 24);
        char line[40];
        if (g < 13)
            snprintf(line, sizeof line, "%s %s%d\n", single[g], g >= 7 && b % 2 ? "!" : "", a);
        else if (g < 17)
            snprintf(line, sizeof line, "%s %d\n", g % 2 ? "H" : "S", a);
        else
            snprintf(line, sizeof line, "%s %d %d\n", pair[g % 4], a, b);
        strcat(text, line);
    }
}

static void test_records_are_possible_in_a_state_vector(void **state) {
    (void)state;
    uint64_t seed = test_seed(0x7ab);
    static char text[4096];
    for (int trial = 0; trial < 1500; trial++) {
        random_circuit(&seed, text, 60);
        brg_circuit *c = parsed_circuit(text);
        uint8_t records[64] = {0};
        assert_int_equal(brg_tableau_sample(records, c, seed, (uint64_t)trial, trial % 4 == 0),
                         BRG_OK);
        double complex vector[MOST_AMPLITUDES] = {1};
        const uint8_t *record = records;
        for (uint32_t i = 0; i < c->blocks[0].count; i++)
            follow(vector, c, &c->blocks[0].ops[i], &record);
        assert_true(record == records + c->measurements);
        brg_circuit_destroy(&c);
    }
}

static void test_random_outcomes_are_fair_and_independent(void **state) {
    (void)state;
    const uint64_t seed = test_seed(11), shots = 8000;
    brg_circuit *c = parsed_circuit("H 0 1\nS 1\nCX 0 2\nM 0 2\nMX 1\nRY 1\nMY 1\nMX 1\n");
    unsigned counts[32] = {0};
    for (uint64_t s = 0; s < shots; s++) {
        uint8_t r[5];
        assert_int_equal(brg_tableau_sample(r, c, seed, s, false), BRG_OK);
        assert_int_equal(r[0], r[1]);
        assert_int_equal(r[3], 0);
        counts[r[0] | r[2] << 1 | r[4] << 2]++;
    }
    double chi2 = 0;
    for (int i = 0; i < 8; i++) {
        const double expected = (double)shots / 8;
        chi2 += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    assert_true(chi2 < 29.9); /* 7 degrees of freedom, p = 1e-4 */
    brg_circuit_destroy(&c);
}

/* A channel acts on one half of two Bell pairs; their measurement names the Pauli. */
static void check_channel(const char *channel, const double expected[16], uint64_t seed) {
    char text[600];
    snprintf(text, sizeof text, "H 0 1\nCX 0 2 1 3\n%s 0 1\nCX 0 2 1 3\nH 0 1\nM 2 0 3 1\n",
             channel);
    brg_circuit *c = parsed_circuit(text);
    const uint64_t shots = 20000;
    unsigned counts[16] = {0};
    for (uint64_t s = 0; s < shots; s++) {
        uint8_t r[4];
        assert_int_equal(brg_tableau_sample(r, c, seed, s, false), BRG_OK);
        static const uint8_t pauli[4] = {0, 1, 3, 2}; /* flips of X alone, Z alone, both */
        counts[pauli[r[0] | r[1] << 1] * 4 + pauli[r[2] | r[3] << 1]]++;
    }
    double chi2 = 0;
    int cells = 0;
    for (int i = 0; i < 16; i++) {
        const double mean = expected[i] * (double)shots;
        if (mean == 0) {
            assert_int_equal(counts[i], 0);
            continue;
        }
        chi2 += (counts[i] - mean) * (counts[i] - mean) / mean;
        cells++;
    }
    if (chi2 > 44.3) print_error("%s: chi-square %g of %d cells\n", channel, chi2, cells);
    assert_true(chi2 < 44.3); /* 15 degrees of freedom, p = 1e-4 */
    brg_circuit_destroy(&c);
}

static void test_noise_channels_have_their_distribution(void **state) {
    (void)state;
    const uint64_t seed = test_seed(5);
    double e[16];
    for (int i = 0; i < 16; i++) e[i] = i ? 0.3 / 15 : 0.7;
    check_channel("DEPOLARIZE2(0.3)", e, seed);
    const double one[4] = {0.7, 0.1, 0.1, 0.1};
    for (int i = 0; i < 16; i++) e[i] = one[i / 4] * one[i % 4];
    check_channel("DEPOLARIZE1(0.3)", e, seed);
    const double uneven[4] = {0.55, 0.05, 0.1, 0.3};
    for (int i = 0; i < 16; i++) e[i] = uneven[i / 4] * uneven[i % 4];
    check_channel("PAULI_CHANNEL_1(0.05, 0.1, 0.3)", e, seed);
    for (int k = 1; k <= 3; k++) {
        static const char *const names[] = {"X_ERROR(0.2)", "Y_ERROR(0.2)", "Z_ERROR(0.2)"};
        for (int i = 0; i < 16; i++)
            e[i] = (i % 4 == 0   ? 0.8
                    : i % 4 == k ? 0.2
                                 : 0) *
                   (i / 4 == 0   ? 0.8
                    : i / 4 == k ? 0.2
                                 : 0);
        check_channel(names[k - 1], e, seed);
    }
    char text[200] = "PAULI_CHANNEL_2(";
    double rest = 1;
    for (int i = 1; i < 16; i++) {
        char number[16];
        snprintf(number, sizeof number, "%s%.3f", i > 1 ? ", " : "", 0.004 * i);
        strcat(text, number);
        e[i] = 0.004 * i;
        rest -= e[i];
    }
    e[0] = rest;
    strcat(text, ")");
    check_channel(text, e, seed);
}

static void test_wrong_records_have_their_probability(void **state) {
    (void)state;
    const uint64_t seed = test_seed(6), shots = 10000;
    brg_circuit *c = parsed_circuit("M(0.2) 0\nM 0\nMR(0.3) !0\nMX 1\nMX(0.1) 1\nMX 1\n");
    unsigned wrong[3] = {0};
    for (uint64_t s = 0; s < shots; s++) {
        uint8_t r[6];
        assert_int_equal(brg_tableau_sample(r, c, seed, s, false), BRG_OK);
        assert_int_equal(r[1], 0); /* the state is untouched */
        assert_int_equal(r[3], r[5]);
        wrong[0] += r[0];
        wrong[1] += r[2] == 0;
        wrong[2] += r[4] != r[3];
    }
    assert_double_near(wrong[0] / (double)shots, 0.2, 0.016);
    assert_double_near(wrong[1] / (double)shots, 0.3, 0.018);
    assert_double_near(wrong[2] / (double)shots, 0.1, 0.012);
    brg_circuit_destroy(&c);
}

static void test_detectors_do_not_depend_on_random_outcomes(void **state) {
    (void)state;
    const uint64_t seed = test_seed(7);
    static uint8_t records[4096], detectors[4096];
    for (int code = 0; code <= BRG_CODE_SURFACE_ROTATED_X; code++)
        for (uint32_t d = 2; d <= 6; d++) {
            brg_circuit *c = generated_circuit((brg_ecc_code)code, BRG_ECC_CIRCUIT_LEVEL, d, d, 0);
            unsigned ones = 0;
            for (uint64_t s = 0; s < 10; s++) {
                uint8_t observable;
                assert_int_equal(brg_tableau_sample(records, c, seed, s, false), BRG_OK);
                assert_int_equal(brg_records_to_detections(detectors, &observable, records, c),
                                 BRG_OK);
                for (uint64_t i = 0; i < c->detectors; i++) assert_int_equal(detectors[i], 0);
                assert_int_equal(observable, 0);
                for (uint64_t i = 0; i < c->measurements; i++) ones += records[i];
            }
            /* The checks of the other kind are random, so the records themselves are not all 0. */
            assert_true(code == BRG_CODE_REPETITION ? ones == 0 : ones > 0);
            brg_circuit_destroy(&c);
        }
}

static void test_shots_are_repeatable(void **state) {
    (void)state;
    brg_circuit *c =
        generated_circuit(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0.1);
    uint8_t a[64], b[64];
    assert_true(c->measurements <= sizeof a);
    assert_int_equal(brg_tableau_sample(a, c, 1, 2, false), BRG_OK);
    assert_int_equal(brg_tableau_sample(b, c, 1, 2, false), BRG_OK);
    assert_memory_equal(a, b, c->measurements);
    assert_int_equal(brg_tableau_sample(b, c, 1, 3, false), BRG_OK);
    assert_memory_not_equal(a, b, c->measurements);
    assert_int_equal(brg_tableau_sample(b, c, 2, 2, false), BRG_OK);
    assert_memory_not_equal(a, b, c->measurements);
    assert_int_equal(brg_tableau_sample(NULL, c, 2, 2, false), BRG_EINVAL);
    brg_circuit_destroy(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_possible_in_a_state_vector),
        cmocka_unit_test(test_random_outcomes_are_fair_and_independent),
        cmocka_unit_test(test_noise_channels_have_their_distribution),
        cmocka_unit_test(test_wrong_records_have_their_probability),
        cmocka_unit_test(test_detectors_do_not_depend_on_random_outcomes),
        cmocka_unit_test(test_shots_are_repeatable),
    };
    return cmocka_run_group_tests_name("tableau", tests, NULL, NULL);
}
