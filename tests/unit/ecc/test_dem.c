/* SPDX-License-Identifier: Apache-2.0 */
/* Error models of circuits against single faults injected one by one into the tableau simulator,
 * their probabilities against the full distribution of detection events, the split for matching,
 * and the text form with the message of every kind of wrong input. */
#include <math.h>

#include "circuits.h"

enum { MOST_CHANNELS = 4000, MOST_BITS = 12 };

/* ---- Faults by brute force ---- */

/* One channel on one target or pair at one place in time, with the symptoms of its Paulis. */
typedef struct channel {
    uint32_t kinds;
    double probability[15];
    uint64_t symptoms[15];
} channel;

/* Writes a circuit flat and without noise, but for Pauli number `pauli` (base 4, from 1) of the
 * channel number `at`; records that the fault flips are inverted. Counts the channels. */
typedef struct injector {
    const brg_circuit *circuit;
    FILE *to;
    size_t next, at;
    unsigned pauli;
    channel *found; /* filled when no fault is injected */
} injector;

static const char *const pauli_names[] = {"I", "X", "Y", "Z"};

static bool is_noise(brg_gate g) {
    return g >= BRG_GATE_X_ERROR && g <= BRG_GATE_PAULI_CHANNEL_2;
}
static bool is_pair(brg_gate g) {
    return (g >= BRG_GATE_CX && g <= BRG_GATE_SWAP) || g == BRG_GATE_DEPOLARIZE2 ||
           g == BRG_GATE_PAULI_CHANNEL_2;
}

static void describe(channel *out, brg_gate g, const double *args) {
    *out = (channel){.kinds = is_pair(g) ? 15 : 3};
    for (uint32_t i = 0; i < out->kinds; i++) {
        if (g == BRG_GATE_DEPOLARIZE1 || g == BRG_GATE_DEPOLARIZE2)
            out->probability[i] = args[0] / out->kinds;
        else if (g == BRG_GATE_PAULI_CHANNEL_1 || g == BRG_GATE_PAULI_CHANNEL_2)
            out->probability[i] = args[i];
        else
            out->probability[i] = i == (uint32_t)(g - BRG_GATE_X_ERROR) ? args[0] : 0;
    }
}

static void inject_noise(injector *j, const brg_circuit_op *op) {
    const uint32_t *t = j->circuit->targets + op->first_target;
    const uint32_t step = is_pair(op->gate) ? 2 : 1;
    for (uint32_t i = 0; i < op->target_count; i += step, j->next++) {
        assert_true(j->next < MOST_CHANNELS);
        if (j->found) describe(&j->found[j->next], op->gate, j->circuit->args + op->first_arg);
        if (j->next != j->at) continue;
        const unsigned first = step == 2 ? j->pauli / 4 : j->pauli;
        fprintf(j->to, "%s %u\n", pauli_names[first], t[i]);
        if (step == 2) fprintf(j->to, "%s %u\n", pauli_names[j->pauli % 4], t[i + 1]);
    }
}

static void inject_block(injector *j, uint32_t block);

static void inject_op(injector *j, const brg_circuit_op *op) {
    static const char *const names[BRG_GATE_COUNT] = {
        [BRG_GATE_I] = "I",     [BRG_GATE_X] = "X",         [BRG_GATE_Y] = "Y",
        [BRG_GATE_Z] = "Z",     [BRG_GATE_H] = "H",         [BRG_GATE_S] = "S",
        [BRG_GATE_CX] = "CX",   [BRG_GATE_S_DAG] = "S_DAG", [BRG_GATE_CY] = "CY",
        [BRG_GATE_CZ] = "CZ",   [BRG_GATE_SWAP] = "SWAP",   [BRG_GATE_R] = "R",
        [BRG_GATE_RX] = "RX",   [BRG_GATE_RY] = "RY",       [BRG_GATE_M] = "M",
        [BRG_GATE_MX] = "MX",   [BRG_GATE_MY] = "MY",       [BRG_GATE_MR] = "MR",
        [BRG_GATE_MRX] = "MRX", [BRG_GATE_MRY] = "MRY",     [BRG_GATE_DETECTOR] = "DETECTOR"};
    const uint32_t *t = j->circuit->targets + op->first_target;
    if (op->gate == BRG_GATE_REPEAT)
        for (uint64_t r = 0; r < op->repeats; r++) inject_block(j, op->block);
    if (is_noise(op->gate)) inject_noise(j, op);
    if (op->gate == BRG_GATE_OBSERVABLE_INCLUDE)
        fprintf(j->to, "OBSERVABLE_INCLUDE(%g)", j->circuit->args[op->first_arg]);
    else if (names[op->gate])
        fputs(names[op->gate], j->to);
    else
        return;
    const bool measures = op->gate >= BRG_GATE_M && op->gate <= BRG_GATE_MRY;
    for (uint32_t i = 0; i < op->target_count; i++) {
        bool wrong = false;
        if (measures && op->arg_count) {
            assert_true(j->next < MOST_CHANNELS);
            if (j->found) {
                j->found[j->next] = (channel){.kinds = 1};
                j->found[j->next].probability[0] = j->circuit->args[op->first_arg];
            }
            wrong = j->next++ == j->at;
        }
        if (t[i] & BRG_TARGET_RECORD)
            fprintf(j->to, " rec[-%u]", t[i] & BRG_TARGET_VALUE);
        else
            fprintf(j->to, " %s%u", wrong != ((t[i] & BRG_TARGET_INVERTED) != 0) ? "!" : "",
                    t[i] & BRG_TARGET_VALUE);
    }
    fputc('\n', j->to);
}

static void inject_block(injector *j, uint32_t block) {
    for (uint32_t i = 0; i < j->circuit->blocks[block].count; i++)
        inject_op(j, &j->circuit->blocks[block].ops[i]);
}

static uint64_t injected(const brg_circuit *c, size_t at, unsigned pauli, channel *found,
                         size_t *channels) {
    char *text = NULL;
    size_t length = 0;
    injector j = {.circuit = c, .at = at, .pauli = pauli, .found = found};
    j.to = open_memstream(&text, &length);
    assert_non_null(j.to);
    inject_block(&j, 0);
    assert_int_equal(fclose(j.to), 0);
    if (channels) *channels = j.next;
    brg_circuit *faulty = parsed_circuit(text);
    const uint64_t bits = noiseless_symptoms(faulty);
    brg_circuit_destroy(&faulty);
    free(text);
    return bits;
}

static channel channels[MOST_CHANNELS];

static size_t find_faults(const brg_circuit *c) {
    size_t count = 0;
    const uint64_t quiet = injected(c, SIZE_MAX, 0, channels, &count);
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < channels[i].kinds; k++)
            if (channels[i].probability[k] > 0)
                channels[i].symptoms[k] = injected(c, i, k + 1, NULL, NULL) ^ quiet;
    return count;
}

/* ---- The model under test ---- */

static brg_dem *model_of(const brg_circuit *c, bool decompose) {
    brg_dem *dem = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_dem_from_circuit(&dem, c, decompose, diag);
    if (status) brg_diag_print(diag, stderr);
    assert_int_equal(status, BRG_OK);
    brg_diag_destroy(&diag);
    return dem;
}

static uint64_t part_bits(const brg_dem *dem, const brg_dem_part *part) {
    uint64_t bits = part->observables << dem->detectors;
    for (uint32_t i = 0; i < part->detector_count; i++)
        bits ^= UINT64_C(1) << dem->detectors_flipped[part->first_detector + i];
    return bits;
}

static uint64_t error_bits(const brg_dem *dem, const brg_dem_error *error) {
    uint64_t bits = 0;
    for (uint32_t p = 0; p < error->part_count; p++)
        bits ^= part_bits(dem, &dem->parts[error->first_part + p]);
    return bits;
}

static double probability_of(const brg_dem *dem, uint64_t symptoms) {
    double p = 0;
    int found = 0;
    for (size_t i = 0; i < dem->error_count; i++)
        if (error_bits(dem, &dem->errors[i]) == symptoms) {
            p = dem->errors[i].probability;
            found++;
        }
    assert_true(found <= 1);
    return p;
}

/* Every fault that shows is a mechanism, every mechanism is a fault, and its probability is that
 * of an odd number of the independent causes. */
static void check_mechanisms(const brg_circuit *c, bool decompose) {
    const size_t count = find_faults(c);
    brg_dem *dem = model_of(c, decompose);
    assert_int_equal(dem->detectors, c->detectors);
    assert_int_equal(dem->observables, c->observables);
    size_t matched = 0;
    for (size_t e = 0; e < dem->error_count; e++) {
        const uint64_t bits = error_bits(dem, &dem->errors[e]);
        double even_minus_odd = 1;
        for (size_t i = 0; i < count; i++) {
            /* All Paulis of these channels have one probability p: each is independently there
             * with q of (1 - 2q)^(N/2) = 1 - N p, N = 4 or 16. */
            const double p = channels[i].probability[0] > 0   ? channels[i].probability[0]
                             : channels[i].probability[1] > 0 ? channels[i].probability[1]
                                                              : channels[i].probability[2];
            const bool exclusive = channels[i].kinds > 1 && channels[i].probability[0] > 0 &&
                                   channels[i].probability[1] > 0;
            const double n = channels[i].kinds + 1;
            const double factor = exclusive ? pow(1 - n * p, 2 / n) : 1 - 2 * p;
            for (unsigned k = 0; k < channels[i].kinds; k++)
                if (channels[i].probability[k] > 0 && channels[i].symptoms[k] == bits) {
                    even_minus_odd *= factor;
                    matched++;
                }
        }
        const double expected = (1 - even_minus_odd) / 2;
        assert_true(expected > 0);
        assert_double_near(dem->errors[e].probability / expected, 1, 1e-9);
    }
    size_t visible = 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < channels[i].kinds; k++)
            visible += channels[i].probability[k] > 0 && channels[i].symptoms[k] != 0;
    assert_int_equal(matched, visible);
    print_message("%zu channels, %zu faults seen, %zu mechanisms\n", count, visible,
                  dem->error_count);
    brg_dem_destroy(&dem);
}

static void test_mechanisms_are_the_single_faults(void **state) {
    (void)state;
    static const struct {
        brg_ecc_code code;
        brg_ecc_noise noise;
        uint32_t distance;
        uint64_t rounds;
    } cases[] = {
        {BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 3, 3},
        {BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 5, 5},
        {BRG_CODE_REPETITION, BRG_ECC_PHENOMENOLOGICAL, 4, 3},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 2},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 3, 2},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 2, 3},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_PHENOMENOLOGICAL, 3, 3},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CODE_CAPACITY, 4, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_circuit *c = generated_circuit(cases[i].code, cases[i].noise, cases[i].distance,
                                           cases[i].rounds, 0.003);
        check_mechanisms(c, i % 2 == 1);
        brg_circuit_destroy(&c);
    }
}

static void test_other_gates_carry_faults(void **state) {
    (void)state;
    /* A cat state checked by every kind of gate; records inverted, wrong, and from resets. */
    brg_circuit *c = parsed_circuit(
        "R 0 1 2 3\nH 0\nCX 0 1\nS 1\nX_ERROR(0.1) 0 1\nS_DAG 1\nSWAP 1 2\nCZ 2 3\nCY 0 1\n"
        "DEPOLARIZE1(0.01) 0 1 2 3\nCY 0 1\nY_ERROR(0.02) 1\nCZ 2 3\nDEPOLARIZE2(0.02) 0 2 1 3\n"
        "CX 0 2\nM(0.01) !2\nDETECTOR rec[-1]\nMX(0.02) 0\nDETECTOR rec[-1]\nMR(0.03) 1 3\n"
        "DETECTOR rec[-1]\nDETECTOR rec[-2]\nZ_ERROR(0.1) 1\nX_ERROR(0.2) 1 3\nM 3 1\n"
        "DETECTOR rec[-2] rec[-1]\nOBSERVABLE_INCLUDE(0) rec[-1] rec[-1] rec[-2]\n"
        "RY 0\nDEPOLARIZE1(0.01) 0\nMRY 0\nDETECTOR rec[-1]\nRX 2\nZ_ERROR(0.01) 2\nMRX(0.05) 2\n"
        "DETECTOR rec[-1] rec[-2]\nX_ERROR(0.01) 2 0\nZ_ERROR(0.01) 2\nMX 2\n"
        "OBSERVABLE_INCLUDE(1) rec[-1]\nMY 0\nDETECTOR rec[-1]\nDETECTOR rec[-2] rec[-2] "
        "rec[-1]\n");
    check_mechanisms(c, false);
    brg_circuit_destroy(&c);
}

/* ---- Distributions ---- */

static void transform_step(double *dist, int bits, uint64_t symptoms, double p) {
    for (uint64_t i = 0; i < (UINT64_C(1) << bits); i++) {
        const uint64_t k = i ^ symptoms;
        if (k < i) continue;
        const double a = dist[i], b = dist[k];
        dist[i] = (1 - p) * a + p * b;
        dist[k] = (1 - p) * b + p * a;
    }
}

static void check_distribution(const brg_circuit *c, bool decompose, double tolerance) {
    static double exact[1 << MOST_BITS], next[1 << MOST_BITS], model[1 << MOST_BITS];
    const int bits = (int)(c->detectors + c->observables);
    assert_true(bits <= MOST_BITS);
    const size_t count = find_faults(c), states = (size_t)1 << bits;
    memset(exact, 0, sizeof exact);
    memset(model, 0, sizeof model);
    exact[0] = model[0] = 1;
    for (size_t i = 0; i < count; i++) {
        double none = 1;
        for (unsigned k = 0; k < channels[i].kinds; k++) none -= channels[i].probability[k];
        for (size_t s = 0; s < states; s++) next[s] = none * exact[s];
        for (unsigned k = 0; k < channels[i].kinds; k++)
            for (size_t s = 0; s < states; s++)
                next[s] += channels[i].probability[k] * exact[s ^ channels[i].symptoms[k]];
        memcpy(exact, next, sizeof exact);
    }
    brg_dem *dem = model_of(c, decompose);
    for (size_t e = 0; e < dem->error_count; e++)
        transform_step(model, bits, error_bits(dem, &dem->errors[e]), dem->errors[e].probability);
    double worst = 0;
    for (size_t s = 0; s < states; s++) {
        const double gap = fabs(model[s] - exact[s]);
        if (!(gap <= worst)) worst = gap;
    }
    print_message("%d bits, worst difference %.2g\n", bits, worst);
    assert_double_near(worst, 0, tolerance);
    brg_dem_destroy(&dem);
}

static void test_models_have_the_exact_distribution(void **state) {
    (void)state;
    for (int code = 0; code <= BRG_CODE_SURFACE_ROTATED_X; code++) {
        const uint64_t rounds = code ? 3 : 4;
        brg_circuit *c = generated_circuit((brg_ecc_code)code, BRG_ECC_CIRCUIT_LEVEL, code ? 2 : 3,
                                           rounds, 0.02);
        check_distribution(c, true, 1e-13);
        brg_circuit_destroy(&c);
    }
}

#define TWO_QUBITS "R 0 1\nH 0\nCX 0 2\nH 1\nCX 1 3\n"
#define BELL_CHECKS                                                                        \
    "CX 0 2 1 3\nH 0 1\nM 0 1 2 3\nDETECTOR rec[-1]\nDETECTOR rec[-2]\nDETECTOR rec[-3]\n" \
    "DETECTOR rec[-4]\n"

static void test_exclusive_channels_become_independent(void **state) {
    (void)state;
    static const char *const exact[] = {
        "PAULI_CHANNEL_1(0.1, 0.05, 0.2) 0 1\n",
        "PAULI_CHANNEL_1(0, 0.1, 0) 0\n",
        "PAULI_CHANNEL_1(0.6, 0, 0) 0\n",
        "PAULI_CHANNEL_2(.01,.02,.03,.01,.02,.03,.01,.02,.03,.01,.02,.03,.01,.02,.03) 0 1\n",
        "DEPOLARIZE1(0.75) 0\n",
        "DEPOLARIZE2(0.9375) 0 1\n",
        "DEPOLARIZE2(0.5) 0 1\nDEPOLARIZE1(0.3) 0 1\n",
    };
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        char text[500];
        snprintf(text, sizeof text, "%s%s%s", TWO_QUBITS, exact[i], BELL_CHECKS);
        brg_circuit *c = parsed_circuit(text);
        check_distribution(c, false, 1e-12);
        brg_circuit_destroy(&c);
    }
    /* X and Z but never Y has no independent form; to first order it stands as it is. */
    brg_circuit *c = parsed_circuit(TWO_QUBITS "PAULI_CHANNEL_1(0.001, 0, 0.002) 0\n" BELL_CHECKS);
    check_distribution(c, false, 3e-6);
    brg_circuit_destroy(&c);
}

static void test_probabilities_of_published_models(void **state) {
    (void)state;
    /* Distance 4, two-qubit depolarization of 0.001: 4/15 and 8/15 of it, as odd numbers of
     * independent events; the published table has 13 digits of these. */
    const brg_ecc_task task = {
        .distance = 4, .rounds = 1000, .after_clifford_depolarization = 0.001};
    brg_circuit *c = NULL;
    assert_int_equal(brg_circuit_generate(&c, &task), BRG_OK);
    brg_dem *dem = model_of(c, true);
    assert_int_equal(dem->detectors, 3003);
    assert_double_near(dem->errors[0].probability, 0.0002667378157289137966, 1e-14);
    assert_double_near(dem->errors[2].probability, 0.0005333333333331479603, 1e-14);
    assert_int_equal(dem->detectors_flipped[dem->parts[2].first_detector + 1], 3);
    assert_double_near(dem->coordinates[4 * 3002], 5, 0);
    assert_double_near(dem->coordinates[4 * 3002 + 1], 1000, 0);
    assert_true(isnan(dem->coordinates[4 * 3002 + 2]));
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&c);
    /* The same noise on a rotated code of distance 2 that keeps X. */
    const brg_ecc_task rotated = {.code = BRG_CODE_SURFACE_ROTATED_X,
                                  .distance = 2,
                                  .rounds = 6,
                                  .after_clifford_depolarization = 0.001};
    assert_int_equal(brg_circuit_generate(&c, &rotated), BRG_OK);
    dem = model_of(c, true);
    assert_double_near(probability_of(dem, 1 << 3), 0.001731254257715537058, 1e-14);
    assert_double_near(probability_of(dem, 1 << 9 | 1 << 10), 0.0003334000326131335203, 1e-14);
    const uint64_t observable = UINT64_C(1) << dem->detectors;
    assert_double_near(probability_of(dem, 1 << 2 | observable), 0.0007997866287252842132, 1e-14);
    assert_double_near(probability_of(dem, 1 << 8 | 1 << 9 | observable), 0.0003334000326131335203,
                       1e-14);
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&c);
}

/* ---- The split for matching ---- */

/* Whether a detector of a rotated code, by its place, belongs to an X check. */
static bool x_detector(const brg_dem *dem, uint32_t detector) {
    const double *place = dem->coordinates + 4 * (size_t)detector;
    return ((int)place[0] / 2 + (int)place[1] / 2) % 2 == 1;
}

static int compare_parts(const brg_dem *dem, const brg_dem_part *a, const brg_dem_part *b) {
    const uint32_t *p = dem->detectors_flipped + a->first_detector;
    const uint32_t *q = dem->detectors_flipped + b->first_detector;
    if (a->detector_count != b->detector_count || a->observables != b->observables) return 1;
    return memcmp(p, q, a->detector_count * sizeof *p) != 0;
}

static void test_every_mechanism_is_split_by_kind(void **state) {
    (void)state;
    for (int code = BRG_CODE_SURFACE_ROTATED_Z; code <= BRG_CODE_SURFACE_ROTATED_X; code++)
        for (uint32_t d = 3; d <= 5; d++) {
            brg_circuit *c =
                generated_circuit((brg_ecc_code)code, BRG_ECC_CIRCUIT_LEVEL, d, 3, 0.001);
            brg_dem *whole = model_of(c, false), *dem = model_of(c, true);
            assert_int_equal(whole->error_count, dem->error_count);
            size_t split = 0;
            for (size_t e = 0; e < dem->error_count; e++) {
                const brg_dem_error *error = &dem->errors[e];
                assert_int_equal(whole->errors[e].part_count, 1);
                assert_double_near(error->probability, whole->errors[e].probability, 0);
                /* The sum of the parts is the mechanism: each detector once. */
                uint32_t total = 0;
                uint64_t observables = 0;
                const brg_dem_part *sum = &whole->parts[whole->errors[e].first_part];
                split += error->part_count > 1;
                for (uint32_t k = 0; k < error->part_count; k++) {
                    const brg_dem_part *part = &dem->parts[error->first_part + k];
                    const uint32_t *own = dem->detectors_flipped + part->first_detector;
                    assert_in_range(part->detector_count, 1, 2);
                    if (part->detector_count == 2)
                        assert_true(x_detector(dem, own[0]) == x_detector(dem, own[1]));
                    total += part->detector_count;
                    observables ^= part->observables;
                    for (uint32_t i = 0; i < part->detector_count; i++) {
                        bool present = false;
                        for (uint32_t n = 0; n < sum->detector_count; n++)
                            present |= whole->detectors_flipped[sum->first_detector + n] == own[i];
                        assert_true(present);
                    }
                    /* ... and it is a mechanism of its own. */
                    bool alone = false;
                    for (size_t o = 0; o < dem->error_count && !alone; o++)
                        alone =
                            dem->errors[o].part_count == 1 &&
                            compare_parts(dem, part, &dem->parts[dem->errors[o].first_part]) == 0;
                    assert_true(alone);
                }
                assert_int_equal(total, sum->detector_count);
                assert_true(observables == sum->observables);
            }
            assert_true(split > dem->error_count / 4);
            brg_dem_destroy(&whole);
            brg_dem_destroy(&dem);
            brg_circuit_destroy(&c);
        }
}

static void test_circuits_without_a_model(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
        bool decompose;
    } cases[] = {
        {"H 0\nM 0\nDETECTOR rec[-1]\n",
         "R: D0 is random without noise: it anticommutes with R on qubit 0", false},
        {"RX 3\nTICK\nM 3\nMX 3\nOBSERVABLE_INCLUDE(5) rec[-1]\n",
         "M: L5 is random without noise: it anticommutes with M on qubit 3", false},
        {"R 1\nMY 1\nMRX 1\nMRY 1\nDETECTOR\nDETECTOR rec[-2]\n",
         "MY: D1 is random without noise: it anticommutes with MY on qubit 1", false},
        {"DEPOLARIZE1(0.8) 0\nM 0\n",
         "DEPOLARIZE1: probability 0.8 mixes more than completely, an error model needs at most "
         "0.75",
         false},
        {"DEPOLARIZE2(0.95) 0 1\nM 0\n",
         "DEPOLARIZE2: probability 0.95 mixes more than completely, an error model needs at most "
         "0.9375",
         false},
        {"PAULI_CHANNEL_1(0.25, 0.25, 0.25) 0\nM 0\n",
         "PAULI_CHANNEL_1: the channel mixes completely or more, no independent mechanisms are "
         "like it",
         false},
        {"X_ERROR(0.1) 0\nCX 0 1 0 2\nM 0 1 2\nDETECTOR rec[-1]\nDETECTOR rec[-2]\nDETECTOR "
         "rec[-3]\n",
         "error: the mechanism of D0 D1 D2 cannot be split into mechanisms of at most two "
         "detectors",
         true},
        {"REPEAT 10000000000 {\nTICK\n}\n",
         "circuit: more than 2^32 instructions after repetition are too many for an error model",
         false},
        {"REPEAT 100000000 {\nM 0 1\n}\n",
         "circuit: 0 detectors and 200000000 records are too many for an error model, accepted at "
         "most 2^26 and 2^27",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        brg_circuit *c = parsed_circuit(cases[i].text);
        brg_dem *dem = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_dem_from_circuit(&dem, c, cases[i].decompose, diag), BRG_EINPUT);
        assert_null(dem);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(brg_diag_message(diag, 0), cases[i].message);
        brg_diag_destroy(&diag);
        brg_circuit_destroy(&c);
    }
}

/* ---- Text ---- */

static char *written_dem(const brg_dem *dem) {
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    assert_non_null(to);
    assert_int_equal(brg_dem_write(dem, to), BRG_OK);
    assert_int_equal(fclose(to), 0);
    return text;
}

static brg_dem *parsed_dem(const char *text) {
    brg_dem *dem = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_dem_parse(&dem, text, strlen(text), "m.dem", diag);
    if (status) brg_diag_print(diag, stderr);
    assert_int_equal(status, BRG_OK);
    brg_diag_destroy(&diag);
    return dem;
}

static void test_round_trip_of_models(void **state) {
    (void)state;
    for (int code = 0; code <= BRG_CODE_SURFACE_ROTATED_X; code++)
        for (int noise = 0; noise <= BRG_ECC_CODE_CAPACITY; noise++)
            for (int decompose = 0; decompose <= 1; decompose++) {
                brg_circuit *c =
                    generated_circuit((brg_ecc_code)code, (brg_ecc_noise)noise, 4, 4, 0.0123);
                brg_dem *dem = model_of(c, decompose);
                char *text = written_dem(dem);
                brg_dem *again = parsed_dem(text);
                assert_int_equal(again->error_count, dem->error_count);
                assert_int_equal(again->detectors, dem->detectors);
                assert_int_equal(again->observables, dem->observables);
                for (size_t e = 0; e < dem->error_count; e++)
                    assert_true(again->errors[e].probability == dem->errors[e].probability &&
                                again->errors[e].part_count == dem->errors[e].part_count);
                char *second = written_dem(again);
                assert_string_equal(text, second);
                free(second);
                free(text);
                brg_dem_destroy(&again);
                brg_dem_destroy(&dem);
                brg_circuit_destroy(&c);
            }
}

static void test_text_forms(void **state) {
    (void)state;
    brg_dem *dem = parsed_dem(
        "# ring\r\nERROR(0.1) d9 D0 l0 # closes it\n"
        "repeat 3 {\n  error(0.25) D0 D1 ^ D2 L1\n  detector(1, 0.5) D0\n"
        "  shift_detectors(0, 2) 1\n  repeat 2 {\n  shift_detectors 0\n }\n}\n"
        "error(0)\nerror(1e-3) D0 D1 D2 L63\ndetector D20 D3\nlogical_observable L2");
    char *text = written_dem(dem);
    assert_string_equal(text,
                        "error(0.1) D9 D0 L0\n"
                        "error(0.25) D0 D1 ^ D2 L1\n"
                        "error(0.25) D1 D2 ^ D3 L1\n"
                        "error(0.25) D2 D3 ^ D4 L1\n"
                        "error(0)\n"
                        "error(0.001) D3 D4 D5 L63\n"
                        "detector(1, 0.5) D0\n"
                        "detector(1, 2.5) D1\n"
                        "detector(1, 4.5) D2\n"
                        "detector D23\n");
    assert_int_equal(dem->detectors, 24);
    assert_int_equal(dem->observables, 64);
    assert_true(isnan(dem->coordinates[4 * 23]));
    free(text);
    brg_dem_destroy(&dem);
    dem = parsed_dem("logical_observable L2\n");
    text = written_dem(dem);
    assert_string_equal(text, "logical_observable L2\n");
    assert_null(dem->coordinates);
    free(text);
    brg_dem_destroy(&dem);
}

static const struct {
    const char *text, *message;
} wrong[] = {
    {"errors(0.1) D0\n",
     "m.dem:1:1: errors: unknown instruction, accepted error, detector, logical_observable, "
     "shift_detectors, repeat"},
    {"error D0\n", "m.dem:1:6: error: 0 arguments, expected 1"},
    {"error(0.1, 0.2) D0\n", "m.dem:1:16: error: 2 arguments, expected 1"},
    {"error(1.01) D0\n", "m.dem:1:7: error: probability 1.01 is out of range, accepted 0..1"},
    {"error(-1) D0\n", "m.dem:1:7: error: probability -1 is out of range, accepted 0..1"},
    {"error(.) D0\n", "m.dem:1:7: error: number expected, found '.)'"},
    {"error(0.1) 0\n", "m.dem:1:12: error: D0, L0 or ^ expected, found '0'"},
    {"error(0.1) D\n", "m.dem:1:13: error: detector number expected, found ''"},
    {"error(0.1) D1 D1\n", "m.dem:1:15: error: D1 is twice in one part"},
    {"error(0.1) D1 ^ L3 L3\n", "m.dem:1:20: error: L3 is twice in one part"},
    {"error(0.1) ^ D1\n", "m.dem:1:12: error: empty part before '^'"},
    {"error(0.1) D1 ^ ^ D2\n", "m.dem:1:17: error: empty part before '^'"},
    {"error(0.1) D1 ^\n", "m.dem:1:16: error: empty part after '^'"},
    {"error(0.1) D1D2\n", "m.dem:1:14: error: blank expected"},
    {"error(0.1) L64\n", "m.dem:1:13: error: observable number is too large, accepted 0..63"},
    {"error(0.1) D67108864\n",
     "m.dem:1:13: error: detector number is too large, accepted 0..67108863"},
    {"detector(1)\n", "m.dem:1:12: detector: no targets, detector as D0 expected"},
    {"detector L0\n", "m.dem:1:10: detector: detector as D0 expected, found 'L0'"},
    {"logical_observable D0\n",
     "m.dem:1:20: logical_observable: observable as L0 expected, found 'D0'"},
    {"logical_observable(1) L0\n", "m.dem:1:20: logical_observable: takes no arguments"},
    {"shift_detectors(1)\n", "m.dem:1:19: shift_detectors: number of detectors expected"},
    {"shift_detectors -1\n",
     "m.dem:1:17: shift_detectors: number of detectors expected, found '-1'"},
    {"shift_detectors D1\n",
     "m.dem:1:17: shift_detectors: number of detectors expected, found 'D1'"},
    {"shift_detectors 5 6\n", "m.dem:1:19: shift_detectors: end of line expected, found '6'"},
    {"shift_detectors 67108863\nerror(0.1) D1\n",
     "m.dem:2:1: error: detector number or coordinate is too large after shifts, accepted "
     "detectors 0..67108863"},
    {"shift_detectors(1e308) 0\nshift_detectors(1e308) 0\ndetector(0) D0\n",
     "m.dem:3:1: detector: detector number or coordinate is too large after shifts, accepted "
     "detectors 0..67108863"},
    {"repeat 0 {\n}\n", "m.dem:1:8: repeat: 0 repetitions, accepted 1 or more"},
    {"repeat 3\nerror(0.1) D0\n}\n", "m.dem:1:9: repeat: '{' expected"},
    {"repeat(1) 3 {\n}\n", "m.dem:1:8: repeat: takes no arguments"},
    {"error(0.1) D0\nrepeat 2 {\nerror(0.1) D0\n",
     "m.dem:2:1: repeat: block is not closed, '}' expected"},
    {"}\n", "m.dem:1:1: '}' without an open block"},
    {"error(0.1) D0 {\n", "m.dem:1:15: error: end of line expected, found '{'"},
    {"detector D0\nrepeat 4097 {\nrepeat 4096 {\nerror(0.1) D0\n}\n}\n",
     "m.dem:2:1: repeat: more than 16777216 instructions after repetition"},
    {"repeat 1000000000000000001 {\n}\n",
     "m.dem:1:8: repeat: number of repetitions is too large, accepted 0..1000000000000000000"},
    {"error[x](0.1) D0\n", "m.dem:1:6: error: tags in brackets are not supported"},
};

static void test_messages_of_wrong_models(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        brg_dem *dem = NULL;
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = brg_dem_parse(&dem, wrong[i].text, strlen(wrong[i].text), "m.dem", diag);
        if (status != BRG_EINPUT || brg_diag_count(diag) != 1) {
            print_error("status %d, messages for: %s", status, wrong[i].text);
            brg_diag_print(diag, stderr);
        }
        assert_int_equal(status, BRG_EINPUT);
        assert_null(dem);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(brg_diag_message(diag, 0), wrong[i].message);
        brg_diag_destroy(&diag);
    }
}

static void test_symptoms_are_found_once(void **state) {
    (void)state;
    brg_circuit *c = parsed_circuit(
        "X_ERROR(0.1) 0\nX_ERROR(0.2) 0\nX_ERROR(0) 1\nM 0 1\nDETECTOR rec[-2]\nDETECTOR "
        "rec[-1]\n");
    brg_dem *dem = model_of(c, true);
    assert_int_equal(dem->error_count, 1);
    assert_double_near(probability_of(dem, 1), 0.1 * 0.8 + 0.2 * 0.9, 1e-15);
    assert_double_near(probability_of(dem, 2), 0, 0);
    assert_null(dem->coordinates);
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mechanisms_are_the_single_faults),
        cmocka_unit_test(test_other_gates_carry_faults),
        cmocka_unit_test(test_models_have_the_exact_distribution),
        cmocka_unit_test(test_exclusive_channels_become_independent),
        cmocka_unit_test(test_probabilities_of_published_models),
        cmocka_unit_test(test_every_mechanism_is_split_by_kind),
        cmocka_unit_test(test_circuits_without_a_model),
        cmocka_unit_test(test_round_trip_of_models),
        cmocka_unit_test(test_text_forms),
        cmocka_unit_test(test_messages_of_wrong_models),
        cmocka_unit_test(test_symptoms_are_found_once),
    };
    return cmocka_run_group_tests_name("dem", tests, NULL, NULL);
}
