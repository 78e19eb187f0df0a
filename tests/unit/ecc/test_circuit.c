/* SPDX-License-Identifier: Apache-2.0 */
/* Circuits: generators against written-out files, round trips, totals, and the message of every
 * kind of wrong input. */
#include "circuits.h"

/* Reads a golden file without its comment lines. */
static char *golden(const char *name) {
    char path[1024], line[4096];
    const char *folder = getenv("BRIGADE_TEST_DATA");
    assert_non_null(folder);
    snprintf(path, sizeof path, "%s/ecc/%s", folder, name);
    FILE *from = fopen(path, "r");
    if (!from) print_error("%s cannot be opened\n", path);
    assert_non_null(from);
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    assert_non_null(to);
    while (fgets(line, sizeof line, from))
        if (line[0] != '#') fputs(line, to);
    fclose(from);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void test_generators_write_golden_circuits(void **state) {
    (void)state;
    static const struct {
        const char *file;
        brg_ecc_task task;
    } cases[] = {
        {"repetition_d3_r3.stim",
         {BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0.001, 0.002, 0.003, 0.004}},
        {"rotated_z_d3_r3.stim",
         {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0.001, 0.002, 0.003, 0.004}},
        {"rotated_x_d3_r1.stim",
         {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 3, 1, 0.001, 0.002, 0.003, 0.004}},
        {"rotated_z_d3_r3_noiseless.stim",
         {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0, 0, 0, 0}},
        {"rotated_x_d3_r3_phenomenological.stim",
         {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_PHENOMENOLOGICAL, 3, 3, 0.5, 0.02, 0.5, 0.03}},
        {"rotated_z_d3_code_capacity.stim",
         {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CODE_CAPACITY, 3, 3, 0.5, 0.5, 0.5, 0.1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_circuit *c = NULL;
        assert_int_equal(brg_circuit_generate(&c, &cases[i].task), BRG_OK);
        char *text = written_circuit(c), *expected = golden(cases[i].file);
        assert_string_equal(text, expected);
        free(text);
        free(expected);
        brg_circuit_destroy(&c);
    }
}

static void test_large_layers_follow_the_published_order(void **state) {
    (void)state;
    brg_circuit *c = generated_circuit(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 5, 5, 0);
    char *text = written_circuit(c);
    assert_non_null(strstr(text,
                           "\nCX 2 3 24 25 46 47 15 16 37 38 6 7 28 29 50 51 19 20 41 42 23 22 45 "
                           "44 14 13 36 35 27 26 49 48 18 17 40 39 31 30 53 52\n"));
    assert_non_null(strstr(text,
                           "\nMR 2 6 13 15 17 19 21 22 24 26 28 30 35 37 39 41 43 44 46 48 "
                           "50 52 59 63\n"));
    free(text);
    brg_circuit_destroy(&c);
}

static void test_sizes_of_generated_circuits(void **state) {
    (void)state;
    for (uint32_t d = 2; d <= 9; d++)
        for (uint64_t r = 1; r <= 4; r++) {
            brg_circuit *c =
                generated_circuit(BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, d, r, 0.1);
            assert_int_equal(c->qubits, 2 * d - 1);
            assert_int_equal(c->measurements, r * (d - 1) + d);
            assert_int_equal(c->detectors, (r + 1) * (d - 1));
            assert_int_equal(c->observables, 1);
            brg_circuit_destroy(&c);
            c = generated_circuit(BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, d, r, 0.1);
            const uint64_t checks = (uint64_t)d * d - 1;
            assert_int_equal(c->measurements, r * checks + d * d);
            /* Of an odd code half of the checks are X checks. */
            if (d % 2) assert_int_equal(c->detectors, r * checks);
            brg_circuit_destroy(&c);
        }
}

static void test_round_trip_of_generated_circuits(void **state) {
    (void)state;
    for (int code = 0; code <= BRG_CODE_SURFACE_ROTATED_X; code++)
        for (int noise = 0; noise <= BRG_ECC_CODE_CAPACITY; noise++)
            for (uint32_t d = 2; d <= 7; d++)
                for (uint64_t r = 1; r <= 1000; r *= 10) {
                    brg_circuit *c = generated_circuit((brg_ecc_code)code, (brg_ecc_noise)noise, d,
                                                       r, 0.1 / (double)(d * r + 2));
                    char *text = written_circuit(c);
                    brg_circuit *again = parsed_circuit(text);
                    assert_int_equal(again->qubits, c->qubits);
                    assert_int_equal(again->measurements, c->measurements);
                    assert_int_equal(again->detectors, c->detectors);
                    assert_int_equal(again->observables, c->observables);
                    char *second = written_circuit(again);
                    assert_string_equal(text, second);
                    free(second);
                    free(text);
                    brg_circuit_destroy(&again);
                    brg_circuit_destroy(&c);
                }
}

static void test_text_forms(void **state) {
    (void)state;
    brg_circuit *c = parsed_circuit(
        "# head\r\n"
        "  cnot 0 1\t2 3 # pairs\r\n"
        "\n"
        "H_XZ 0\nSQRT_Z 1\nsqrt_z_dag 1\nZCZ 0 1\nZCX 1 0\nZCY 1 2\n"
        "MZ(0.25) 0 !1\nMRZ !7\nRZ 3\n"
        "PAULI_CHANNEL_1( 0.1 ,.2,1e-3) 4\n"
        "REPEAT 3 { # outer\n"
        " repeat 2{\n"
        "  M 0\n  DETECTOR rec[-1] rec[-2]\n }\n"
        "  DETECTOR(-1.5, +2, 3e20)\n"
        "}\n"
        "OBSERVABLE_INCLUDE(2) rec[-9]\nSHIFT_COORDS(0.5)\nQUBIT_COORDS(1, 2) 5 6\nTICK");
    char *text = written_circuit(c);
    assert_string_equal(text,
                        "CX 0 1 2 3\n"
                        "H 0\nS 1\nS_DAG 1\nCZ 0 1\nCX 1 0\nCY 1 2\n"
                        "M(0.25) 0 !1\nMR !7\nR 3\n"
                        "PAULI_CHANNEL_1(0.1, 0.2, 0.001) 4\n"
                        "REPEAT 3 {\n"
                        "    REPEAT 2 {\n"
                        "        M 0\n        DETECTOR rec[-1] rec[-2]\n    }\n"
                        "    DETECTOR(-1.5, 2, 3e+20)\n"
                        "}\n"
                        "OBSERVABLE_INCLUDE(2) rec[-9]\nSHIFT_COORDS(0.5)\n"
                        "QUBIT_COORDS(1, 2) 5 6\nTICK\n");
    assert_int_equal(c->qubits, 8);
    assert_int_equal(c->measurements, 9);
    assert_int_equal(c->detectors, 9);
    assert_int_equal(c->observables, 3);
    free(text);
    brg_circuit_destroy(&c);
    c = parsed_circuit("");
    assert_int_equal(c->qubits, 0);
    text = written_circuit(c);
    assert_string_equal(text, "");
    free(text);
    brg_circuit_destroy(&c);
}

static void test_numbers_survive_to_the_last_bit(void **state) {
    (void)state;
    uint64_t seed = test_seed(0xc1c);
    for (int i = 0; i < 2000; i++) {
        char text[64];
        const double p = (double)(test_random(&seed) >> 11) * 0x1p-53;
        snprintf(text, sizeof text, "X_ERROR(%.17g) 0\n", i % 2 ? p : p * 1e-9);
        brg_circuit *c = parsed_circuit(text);
        char *out = written_circuit(c);
        brg_circuit *again = parsed_circuit(out);
        assert_memory_equal(c->args, again->args, sizeof(double));
        assert_true(c->args[0] == (i % 2 ? p : p * 1e-9));
        free(out);
        brg_circuit_destroy(&again);
        brg_circuit_destroy(&c);
    }
}

#define ACCEPTED                                                                                  \
    "unknown instruction, accepted I, X, Y, Z, H, S, S_DAG, CX, CY, CZ, SWAP, R, RX, RY, M, MX, " \
    "MY, MR, MRX, MRY, X_ERROR, Y_ERROR, Z_ERROR, DEPOLARIZE1, DEPOLARIZE2, PAULI_CHANNEL_1, "    \
    "PAULI_CHANNEL_2, DETECTOR, OBSERVABLE_INCLUDE, QUBIT_COORDS, SHIFT_COORDS, TICK, REPEAT"

static const struct {
    const char *text, *message;
} wrong[] = {
    {"MPP X0*X1\n", "c.stim:1:1: MPP: " ACCEPTED},
    {"H 0\n  Q 1\n", "c.stim:2:3: Q: " ACCEPTED},
    {"H 0\n7 1\n",
     "c.stim:2:1: '7' cannot start a line, accepted an instruction, '}' or a comment"},
    {"H\n", "c.stim:1:2: H: no targets, qubits expected"},
    {"X_ERROR(0.1)\n", "c.stim:1:13: X_ERROR: no targets, qubits expected"},
    {"X_ERROR 0\n", "c.stim:1:8: X_ERROR: 0 arguments, expected 1"},
    {"X_ERROR(0.1, 0.2) 0\n", "c.stim:1:18: X_ERROR: 2 arguments, expected 1"},
    {"X_ERROR(1.5) 0\n", "c.stim:1:9: X_ERROR: probability 1.5 is out of range, accepted 0..1"},
    {"X_ERROR(-0.1) 0\n", "c.stim:1:9: X_ERROR: probability -0.1 is out of range, accepted 0..1"},
    {"X_ERROR(nan) 0\n", "c.stim:1:9: X_ERROR: number expected, found 'nan)'"},
    {"X_ERROR(0x1) 0\n", "c.stim:1:10: X_ERROR: letter in a number"},
    {"X_ERROR(1e) 0\n", "c.stim:1:11: X_ERROR: digits of the exponent expected"},
    {"X_ERROR() 0\n", "c.stim:1:9: X_ERROR: number expected, found ')'"},
    {"X_ERROR(0.1 0\n", "c.stim:1:13: X_ERROR: ',' or ')' expected"},
    {"X_ERROR(0.1)0\n", "c.stim:1:13: X_ERROR: blank expected"},
    {"X_ERROR[tag](0.1) 0\n", "c.stim:1:8: X_ERROR: tags in brackets are not supported"},
    {"DETECTOR(1e999)\n", "c.stim:1:10: DETECTOR: 1e999 is too large"},
    {"H(0.1) 0\n", "c.stim:1:3: H: takes no arguments"},
    {"M(0.1, 0.1) 0\n", "c.stim:1:12: M: 2 arguments, accepted 0..1"},
    {"PAULI_CHANNEL_1(0.5, 0.5, 0.5) 0\n",
     "c.stim:1:17: PAULI_CHANNEL_1: probabilities add up to 1.5, accepted at most 1"},
    {"PAULI_CHANNEL_2(0.5) 0 1\n", "c.stim:1:21: PAULI_CHANNEL_2: 1 arguments, expected 15"},
    {"CX 0 1 2\n", "c.stim:1:9: CX: odd number of targets, pairs of qubits expected"},
    {"CX 0 1 3 3\n", "c.stim:1:10: CX: a pair of equal qubits"},
    {"DEPOLARIZE2(0.1) 4 4\n", "c.stim:1:20: DEPOLARIZE2: a pair of equal qubits"},
    {"H 1048576\n", "c.stim:1:3: H: qubit number is too large, accepted 0..1048575"},
    {"H 99999999999999999999999\n",
     "c.stim:1:3: H: qubit number is too large, accepted 0..1048575"},
    {"H -1\n", "c.stim:1:3: H: qubit number expected, found '-1'"},
    {"H rec[-1]\n", "c.stim:1:3: H: qubit number expected, found 'rec[-1]'"},
    {"H !1\n", "c.stim:1:3: H: '!' inverts records, accepted on measured qubits only"},
    {"M 0\nCX rec[-1] 1\n", "c.stim:2:4: CX: qubit number expected, found 'rec[-1]'"},
    {"DETECTOR rec[-1]\n", "c.stim:1:10: DETECTOR: rec[-1] is before the first of 0 records"},
    {"M 0 1\nDETECTOR rec[-3]\n",
     "c.stim:2:10: DETECTOR: rec[-3] is before the first of 2 records"},
    {"REPEAT 5 {\nM 0\nDETECTOR rec[-2]\n}\n",
     "c.stim:3:10: DETECTOR: rec[-2] is before the first of 1 records"},
    {"M 0\nDETECTOR rec[-0]\n", "c.stim:2:10: DETECTOR: rec[-0], records count from rec[-1]"},
    {"M 0\nDETECTOR rec[1]\n", "c.stim:2:10: DETECTOR: record expected as rec[-1], found 'rec[1]'"},
    {"M 0\nDETECTOR rec[-1\n", "c.stim:2:16: DETECTOR: ']' expected"},
    {"M 0\nDETECTOR 0\n", "c.stim:2:10: DETECTOR: record expected as rec[-1], found '0'"},
    {"M 0\nOBSERVABLE_INCLUDE rec[-1]\n",
     "c.stim:2:19: OBSERVABLE_INCLUDE: 0 arguments, expected 1"},
    {"M 0\nOBSERVABLE_INCLUDE(64) rec[-1]\n",
     "c.stim:2:20: OBSERVABLE_INCLUDE: 64 is no observable, accepted whole numbers 0..63"},
    {"M 0\nOBSERVABLE_INCLUDE(0.5) rec[-1]\n",
     "c.stim:2:20: OBSERVABLE_INCLUDE: 0.5 is no observable, accepted whole numbers 0..63"},
    {"TICK 0\n", "c.stim:1:6: TICK: takes no targets, found '0'"},
    {"SHIFT_COORDS(1) 0\n", "c.stim:1:17: SHIFT_COORDS: takes no targets, found '0'"},
    {"DETECTOR(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)\n",
     "c.stim:1:49: DETECTOR: more than 16 arguments"},
    {"REPEAT 0 {\nH 0\n}\n", "c.stim:1:8: REPEAT: 0 repetitions, accepted 1 or more"},
    {"REPEAT {\nH 0\n}\n", "c.stim:1:8: REPEAT: number of repetitions expected"},
    {"REPEAT 2\nH 0\n}\n", "c.stim:1:9: REPEAT: '{' expected"},
    {"REPEAT 2 { H 0\n}\n", "c.stim:1:12: REPEAT: end of line expected, found 'H'"},
    {"REPEAT(2) 2 {\n}\n", "c.stim:1:7: REPEAT: takes no arguments"},
    {"H 0\n REPEAT 2 {\nH 0\n", "c.stim:2:2: REPEAT: block is not closed, '}' expected"},
    {"}\n", "c.stim:1:1: '}' without an open block"},
    {"REPEAT 2 {\n} H 0\n", "c.stim:2:3: end of line expected, found 'H'"},
    {"H 0 {\n}\n", "c.stim:1:5: H: end of line expected, found '{'"},
    {"REPEAT 1000000000000 {\nM 0 1 2\n}\n",
     "c.stim:3:1: more than 2^40 records or detectors after repetition"},
};

static void test_messages_of_wrong_circuits(void **state) {
    (void)state;
    const size_t count = sizeof wrong / sizeof *wrong;
    assert_true(count >= 40);
    for (size_t i = 0; i < count; i++) {
        brg_circuit *c = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status =
            brg_circuit_parse(&c, wrong[i].text, strlen(wrong[i].text), "c.stim", diag);
        if (status != BRG_EINPUT || brg_diag_count(diag) != 1) {
            print_error("status %d, messages for: %s", status, wrong[i].text);
            brg_diag_print(diag, stderr);
        }
        assert_int_equal(status, BRG_EINPUT);
        assert_null(c);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(brg_diag_message(diag, 0), wrong[i].message);
        brg_diag_destroy(&diag);
    }
}

static void test_all_errors_of_a_text_are_reported(void **state) {
    (void)state;
    static const char text[] = "H\nM 0 x\nREPEAT 0 {\nDETECTOR rec[-9]\n}\nCX 1 1\n";
    brg_circuit *c = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_circuit_parse(&c, text, sizeof text - 1, "c.stim", diag), BRG_EINPUT);
    assert_int_equal(brg_diag_count(diag), 4); /* the lookback is not judged after an error */
    assert_string_equal(brg_diag_message(diag, 3), "c.stim:6:6: CX: a pair of equal qubits");
    brg_diag_destroy(&diag);
}

static void test_nesting_is_bounded(void **state) {
    (void)state;
    for (int depth = 32; depth <= 33; depth++) {
        char text[1024] = "";
        for (int i = 0; i < depth; i++) strcat(text, "REPEAT 1 {\n");
        for (int i = 0; i < depth; i++) strcat(text, "}\n");
        brg_circuit *c = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = brg_circuit_parse(&c, text, strlen(text), "c.stim", diag);
        assert_int_equal(status, depth == 32 ? BRG_OK : BRG_EINPUT);
        if (depth == 33)
            assert_string_equal(brg_diag_message(diag, 0),
                                "c.stim:33:1: REPEAT: blocks nested more than 32 deep");
        brg_circuit_destroy(&c);
        brg_diag_destroy(&diag);
    }
}

static void test_tasks_out_of_range(void **state) {
    (void)state;
    const brg_ecc_task good = {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 3, 0, 0, 0, 0};
    brg_ecc_task tasks[] = {good, good, good, good, good, good, good};
    tasks[0].distance = 1;
    tasks[1].distance = 32;
    tasks[2].rounds = 0;
    tasks[3].before_measure_flip = 1.1;
    tasks[4].after_reset_flip = -0.1;
    tasks[5].code = (brg_ecc_code)3;
    tasks[6].noise = (brg_ecc_noise)3;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        brg_circuit *c = NULL;
        assert_int_equal(brg_circuit_generate(&c, &tasks[i]), BRG_EINVAL);
        assert_null(c);
    }
    brg_ecc_task largest = good;
    brg_circuit *c = NULL;
    largest.distance = 31;
    assert_int_equal(brg_circuit_generate(&c, &largest), BRG_OK);
    assert_int_equal(c->measurements, 3 * (31 * 31 - 1) + 31 * 31);
    brg_circuit_destroy(&c);
    largest.code = BRG_CODE_REPETITION;
    largest.distance = 101;
    assert_int_equal(brg_circuit_generate(&c, &largest), BRG_OK);
    assert_int_equal(c->qubits, 201);
    brg_circuit_destroy(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generators_write_golden_circuits),
        cmocka_unit_test(test_large_layers_follow_the_published_order),
        cmocka_unit_test(test_sizes_of_generated_circuits),
        cmocka_unit_test(test_round_trip_of_generated_circuits),
        cmocka_unit_test(test_text_forms),
        cmocka_unit_test(test_numbers_survive_to_the_last_bit),
        cmocka_unit_test(test_messages_of_wrong_circuits),
        cmocka_unit_test(test_all_errors_of_a_text_are_reported),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_tasks_out_of_range),
    };
    return cmocka_run_group_tests_name("circuit", tests, NULL, NULL);
}
