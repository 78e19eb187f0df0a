/* SPDX-License-Identifier: Apache-2.0 */
/* Pauli-frame sampler: exact on circuits whose noise is certain, channels against their
 * probabilities, whole circuits against the tableau simulation, and the layout of its output. */
#include <math.h>
#include <string.h>

#include "circuits.h"
#include "model/ecc/frame.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SLOWNESS = 8 }; /* sanitized code runs fewer shots */
#else
enum { SLOWNESS = 1 };
#endif

static const char *const kernels[] = {"base", "avx2", "avx512"};

static brg_sampler *sampler_of(const brg_circuit *c, uint64_t seed) {
    brg_sampler *s = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_sampler_new(&s, c, seed, diag);
    if (status) print_error("%s\n", brg_diag_message(diag, 0));
    assert_int_equal(status, BRG_OK);
    brg_diag_destroy(&diag);
    return s;
}

static bool bit_of(const uint8_t *shot, uint64_t i) {
    return shot[i / 8] >> (i % 8) & 1;
}

/* The normal quantile of a chi-square value (Wilson and Hilferty). */
static double quantile(double chi2, double freedom) {
    const double a = 2 / (9 * freedom);
    return (cbrt(chi2 / freedom) - (1 - a)) / sqrt(a);
}

/* Two histograms of equal distribution; bins with few counts are put together. */
static double compare_histograms(const uint64_t *a, const uint64_t *b, unsigned bins) {
    double total_a = 0, total_b = 0, chi2 = 0, rest_a = 0, rest_b = 0;
    unsigned used = 0;
    for (unsigned i = 0; i < bins; i++) {
        total_a += (double)a[i];
        total_b += (double)b[i];
    }
    const double ka = sqrt(total_b / total_a), kb = 1 / ka;
    const double share = fmin(total_a, total_b) / (total_a + total_b);
    for (unsigned i = 0; i <= bins; i++) {
        double na = rest_a, nb = rest_b;
        if (i < bins) {
            na = (double)a[i];
            nb = (double)b[i];
            if ((na + nb) * share < 10) {
                rest_a += na;
                rest_b += nb;
                continue;
            }
        }
        if (!(na + nb > 0)) continue;
        chi2 += (ka * na - kb * nb) * (ka * na - kb * nb) / (na + nb);
        used++;
    }
    return used < 2 ? 0 : quantile(chi2, used - 1);
}

/* Text of a circuit under construction. */
typedef struct text {
    char at[16384];
    size_t length;
} text;

static void add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(t->at + t->length, sizeof t->at - t->length, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && t->length + (size_t)n < sizeof t->at);
    t->length += (size_t)n;
}

enum { QUBITS = 6, GATES = 60 };

/* A channel on one or two qubits; certain: exactly one Pauli happens. */
static void add_channel(text *t, uint64_t *random, bool certain) {
    const uint64_t kind = test_random(random) % (certain ? 5 : 7);
    const unsigned a = (unsigned)(test_random(random) % QUBITS);
    const unsigned b = (a + 1 + (unsigned)(test_random(random) % (QUBITS - 1))) % QUBITS;
    const double p = certain ? 1 : 0.02 + 0.2 * (double)(test_random(random) % 100) / 100;
    if (kind < 3) {
        add(t, "%c_ERROR(%g) %u\n", "XYZ"[kind], p, a);
    } else if (kind < 5) {
        const unsigned kinds = kind == 3 ? 3 : 15;
        const unsigned chosen = (unsigned)(test_random(random) % kinds);
        add(t, "PAULI_CHANNEL_%u(", kinds == 3 ? 1 : 2);
        for (unsigned k = 0; k < kinds; k++) {
            const double part = certain ? (k == chosen) : p * (k + 1) / (kinds * (kinds + 1) / 2);
            add(t, "%s%.9g", k ? ", " : "", part);
        }
        add(t, kinds == 3 ? ") %u\n" : ") %u %u\n", a, b);
    } else {
        add(t, kind == 5 ? "DEPOLARIZE1(%g) %u %u\n" : "DEPOLARIZE2(%g) %u %u\n", p, a, b);
    }
}

/* Random gates, noise, the gates backwards, and each qubit measured in the basis of its reset: each
 * record is deterministic and a detector. The middle may stand in a loop. */
static brg_circuit *mirror_circuit(uint64_t *random, bool certain) {
    static const char *const single[] = {"I", "X", "Y", "Z", "H", "S", "S_DAG"};
    static const char *const inverse[] = {"I", "X", "Y", "Z", "H", "S_DAG", "S"};
    static const char *const pairs[] = {"CX", "CY", "CZ", "SWAP"};
    struct {
        unsigned gate, a, b;
    } gates[GATES];
    unsigned bases[QUBITS];
    text *t = calloc(1, sizeof *t);
    assert_non_null(t);
    for (unsigned q = 0; q < QUBITS; q++) {
        bases[q] = (unsigned)(test_random(random) % 3);
        add(t, "R%s %u\n", &"\0\0X\0Y"[2 * bases[q]], q);
    }
    const unsigned repeats = 1 + (unsigned)(test_random(random) % 3);
    if (repeats > 1) add(t, "REPEAT %u {\n", repeats);
    for (unsigned i = 0; i < GATES; i++) {
        gates[i].gate = (unsigned)(test_random(random) % 11);
        gates[i].a = (unsigned)(test_random(random) % QUBITS);
        gates[i].b = (gates[i].a + 1 + (unsigned)(test_random(random) % (QUBITS - 1))) % QUBITS;
        if (gates[i].gate < 7)
            add(t, "%s %u\n", single[gates[i].gate], gates[i].a);
        else
            add(t, "%s %u %u\n", pairs[gates[i].gate - 7], gates[i].a, gates[i].b);
        if (i % 12 == 11) add_channel(t, random, certain);
    }
    for (unsigned i = GATES; i-- > 0;)
        if (gates[i].gate < 7)
            add(t, "%s %u\n", inverse[gates[i].gate], gates[i].a);
        else
            add(t, "%s %u %u\n", pairs[gates[i].gate - 7], gates[i].a, gates[i].b);
    /* A measurement that resets ends the memory of the qubit, one that does not keeps its Pauli. */
    const bool resets = test_random(random) % 2;
    for (unsigned q = 0; q < QUBITS; q++) {
        const bool flips = test_random(random) % 2, inverts = test_random(random) % 2;
        add(t, "M%s%s%s %s%u\n", resets ? "R" : "", &"\0\0X\0Y"[2 * bases[q]],
            !flips    ? ""
            : certain ? "(1)"
                      : "(0.05)",
            inverts ? "!" : "", q);
        add(t, "DETECTOR(%u) rec[-1]\nSHIFT_COORDS(1)\n", q);
    }
    if (repeats > 1) add(t, "}\n");
    add(t, "OBSERVABLE_INCLUDE(0) rec[-1] rec[-2]\nOBSERVABLE_INCLUDE(2) rec[-3]\n");
    brg_circuit *c = parsed_circuit(t->at);
    free(t);
    return c;
}

/* Detectors, then observables, of a tableau shot, against the noiseless ones, packed. */
static void tableau_shot(uint8_t *packed, uint8_t *records, const brg_circuit *c, uint64_t seed,
                         uint64_t shot, const uint8_t *reference) {
    uint8_t bits[1024] = {0};
    assert_true(c->detectors + c->observables <= sizeof bits);
    if (seed) assert_int_equal(brg_tableau_sample(records, c, seed, shot, false), BRG_OK);
    assert_int_equal(brg_records_to_detections(bits, bits + c->detectors, records, c), BRG_OK);
    const uint64_t count = c->detectors + c->observables;
    memset(packed, 0, (size_t)(count + 7) / 8);
    for (uint64_t i = 0; i < count; i++)
        packed[i / 8] = (uint8_t)(packed[i / 8] | (bits[i] ^ bit_of(reference, i)) << (i % 8));
}

static void noiseless_shot(uint8_t *packed, const brg_circuit *c) {
    uint8_t records[1024], bits[1024] = {0};
    assert_true(c->measurements <= sizeof records);
    assert_int_equal(brg_tableau_sample(records, c, 0, 0, true), BRG_OK);
    assert_int_equal(brg_records_to_detections(bits, bits + c->detectors, records, c), BRG_OK);
    memset(packed, 0, 128);
    for (uint64_t i = 0; i < c->detectors + c->observables; i++)
        packed[i / 8] = (uint8_t)(packed[i / 8] | bits[i] << (i % 8));
}

/* When every channel is certain all shots are those of the tableau simulation, bit by bit, and the
 * detections of the sampled records too. */
static void certain_noise_is_exact(void **state) {
    (void)state;
    uint64_t random = test_seed(1);
    uint8_t *shots = malloc(16 * BRG_SAMPLER_BATCH), *raw = malloc(16 * BRG_SAMPLER_BATCH);
    unsigned ones = 0, zeros = 0;
    for (unsigned n = 0; n < 200 / SLOWNESS; n++) {
        brg_circuit *c = mirror_circuit(&random, true);
        brg_sampler *s = sampler_of(c, n);
        uint8_t reference[128], expected[128], records[1024], packed[128];
        noiseless_shot(reference, c);
        tableau_shot(expected, records, c, 1 + n, 0, reference);
        const size_t bytes = (size_t)(c->detectors + c->observables + 7) / 8;
        for (unsigned k = 0; k < 3; k++) {
            if (brg_sampler_use_kernels(s, kernels[k])) continue;
            memset(shots, 0xff, 16 * BRG_SAMPLER_BATCH);
            assert_int_equal(brg_sampler_detections(s, 0, shots, 16, true, NULL), BRG_OK);
            assert_int_equal(brg_sampler_records(s, 0, raw, 16), BRG_OK);
            for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++) {
                assert_memory_equal(shots + 16 * i, expected, bytes);
                for (size_t past = bytes; past < 16; past++)
                    assert_int_equal(shots[16 * i + past], 0xff);
                for (uint64_t m = 0; m < c->measurements; m++) records[m] = bit_of(raw + 16 * i, m);
                tableau_shot(packed, records, c, 0, 0, reference);
                assert_memory_equal(packed, expected, bytes);
            }
        }
        for (uint64_t i = 0; i < c->detectors; i++) {
            ones += bit_of(expected, i);
            zeros += !bit_of(expected, i);
        }
        brg_sampler_destroy(&s);
        brg_circuit_destroy(&c);
    }
    assert_true(ones > 20 && zeros > 20);
    free(shots);
    free(raw);
}

/* Two Bell pairs and a channel on a half of each: the four bits after undoing the pairs name the
 * Pauli, so all sixteen probabilities are seen. */
static void check_channel(const char *channel, const double *expected) {
    text *t = calloc(1, sizeof *t);
    assert_non_null(t);
    add(t, "R 0 1 2 3\nH 0 1\nCX 0 2 1 3\n%s\nCX 0 2 1 3\nH 0 1\nM 2 0 3 1\n", channel);
    add(t, "DETECTOR rec[-4]\nDETECTOR rec[-3]\nDETECTOR rec[-2]\nDETECTOR rec[-1]\n");
    brg_circuit *c = parsed_circuit(t->at);
    brg_sampler *s = sampler_of(c, 5);
    uint64_t counts[16] = {0};
    uint8_t shots[BRG_SAMPLER_BATCH];
    const unsigned batches = 1000 / SLOWNESS;
    for (unsigned b = 0; b < batches; b++) {
        assert_int_equal(brg_sampler_detections(s, b, shots, 1, false, NULL), BRG_OK);
        for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++) counts[shots[i]]++;
    }
    double chi2 = 0;
    unsigned used = 0;
    for (unsigned a = 0; a < 4; a++)
        for (unsigned b = 0; b < 4; b++) {
            /* X shows in the low bit of a pair, Z in the high one: I, X, Y, Z are 0, 1, 3, 2. */
            const unsigned bits = (a ^ a >> 1) | (b ^ b >> 1) << 2;
            const double mean = expected[4 * a + b] * batches * BRG_SAMPLER_BATCH;
            if (!(mean > 0)) {
                assert_int_equal(counts[bits], 0);
                continue;
            }
            chi2 += ((double)counts[bits] - mean) * ((double)counts[bits] - mean) / mean;
            used++;
        }
    if (!(fabs(quantile(chi2, used - 1)) < 5))
        print_error("%s: chi2 %g of %u\n", channel, chi2, used);
    assert_true(fabs(quantile(chi2, used - 1)) < 5);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
    free(t);
}

static void channels_have_their_probabilities(void **state) {
    (void)state;
    double e[16] = {0};
    for (unsigned i = 1; i < 16; i++) e[i] = 0.3 / 15;
    e[0] = 0.7;
    check_channel("DEPOLARIZE2(0.3) 0 1", e);
    const double three[16] = {0.9, 0, 0, 0, 0.1 / 3, 0, 0, 0, 0.1 / 3, 0, 0, 0, 0.1 / 3};
    check_channel("DEPOLARIZE1(0.1) 0", three);
    const double y[16] = {0.996, 0, 0.004};
    check_channel("Y_ERROR(0.004) 1", y);
    const double x[16] = {0.02, 0, 0, 0, 0.98};
    check_channel("X_ERROR(0.98) 0", x);
    const double one[16] = {0.8, 0.05, 0, 0.15};
    check_channel("PAULI_CHANNEL_1(0.05, 0, 0.15) 1", one);
    text *t = calloc(1, sizeof *t);
    assert_non_null(t);
    add(t, "PAULI_CHANNEL_2(");
    e[0] = 1;
    for (unsigned i = 1; i < 16; i++) {
        e[i] = i % 5 ? 0.004 * i : 0;
        e[0] -= e[i];
        add(t, "%s%g", i > 1 ? ", " : "", e[i]);
    }
    add(t, ") 0 1");
    check_channel(t->at, e);
    free(t);
}

/* Number of flips over all shots and eight detectors: mean and variance of a binomial distribution,
 * so that draws are independent of each other within a batch and between batches. */
static void check_binomial(const char *noise_and_records, double p, unsigned batches) {
    text *t = calloc(1, sizeof *t);
    assert_non_null(t);
    add(t, "R 0 1 2 3 4 5 6 7\n%s", noise_and_records);
    for (int k = 8; k >= 1; k--) add(t, "DETECTOR rec[-%d]\n", k);
    brg_circuit *c = parsed_circuit(t->at);
    brg_sampler *s = sampler_of(c, 11);
    uint8_t shots[BRG_SAMPLER_BATCH];
    const double places = 8.0 * BRG_SAMPLER_BATCH;
    double sum = 0, squares = 0;
    for (unsigned b = 0; b < batches; b++) {
        assert_int_equal(brg_sampler_detections(s, b, shots, 1, false, NULL), BRG_OK);
        double ones = 0;
        for (unsigned k = 0; k < BRG_SAMPLER_BATCH; k++) ones += __builtin_popcount(shots[k]);
        sum += ones - places * p;
        squares += (ones - places * p) * (ones - places * p);
    }
    const double variance = places * p * (1 - p);
    /* The fourth moment of a binomial distribution gives the variance of the squares. */
    const double spread =
        sqrt((2 * variance * variance + variance * (1 - 6 * p * (1 - p))) / batches);
    assert_double_near(sum / batches, 0, 5 * sqrt(variance / batches));
    assert_double_near(squares / batches, variance, 5 * spread);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
    free(t);
}

static void flips_are_binomial(void **state) {
    (void)state;
    static const double ps[] = {1e-5, 1e-3, 0.03, 0.5, 0.9, 0.999};
    for (unsigned i = 0; i < sizeof ps / sizeof *ps; i++) {
        char noise[200];
        snprintf(noise, sizeof noise, "X_ERROR(%g) 0 1 2\nM 0 1 2\nM(%g) 3 3 3 3 3\n", ps[i],
                 ps[i]);
        check_binomial(noise, ps[i], (i ? 2000u : 20000u) / SLOWNESS);
    }
    /* Most shots have an error, and the Pauli decides. */
    check_binomial("DEPOLARIZE1(0.75) 0 1 2 3 4 5 6 7\nM 0 1 2 3 4 5 6 7\n", 0.5, 1000 / SLOWNESS);
    check_binomial("PAULI_CHANNEL_1(0.25, 0, 0.75) 0 1 2 3 4 5 6 7\nM 0 1 2 3 4 5 6 7\n", 0.25,
                   1000 / SLOWNESS);
    /* The same places in turn: executions of an instruction are independent. */
    check_binomial("REPEAT 3 {\n X_ERROR(0.1) 0 1 2 3 4 5 6 7\n}\nM 0 1 2 3 4 5 6 7\n", 0.244,
                   2000 / SLOWNESS);
}

enum { PARITIES = 6, BINS = 1 << PARITIES, PROJECTIONS = 8 };

/* Parities of subsets of bits: small ones see single probabilities, large ones correlations. */
typedef struct projection {
    uint8_t mask[PARITIES][128];
} projection;

static void draw_projection(projection *p, uint64_t *random, uint64_t bits) {
    memset(p, 0, sizeof *p);
    for (unsigned k = 0; k < PARITIES; k++) {
        const uint64_t members = k < 3 ? 1 + k % 2 : 1 + bits / 4;
        for (uint64_t m = 0; m < members; m++) {
            const uint64_t i = test_random(random) % bits;
            p->mask[k][i / 8] = (uint8_t)(p->mask[k][i / 8] ^ 1u << (i % 8));
        }
    }
}

static unsigned project(const projection *p, const uint8_t *shot, size_t bytes) {
    unsigned bin = 0;
    for (unsigned k = 0; k < PARITIES; k++) {
        unsigned ones = 0;
        for (size_t i = 0; i < bytes; i++) ones ^= shot[i] & p->mask[k][i];
        bin |= (unsigned)__builtin_parity(ones) << k;
    }
    return bin;
}

/* The largest quantile over projections of: detections against the tableau's, detections of
 * sampled records, raw records. `tested` gives frames, `judge` the tableau shots. */
static double worst_quantile(const brg_circuit *tested, const brg_circuit *judge, uint64_t *random,
                             unsigned batches) {
    const size_t bytes = (size_t)(tested->detectors + tested->observables + 7) / 8;
    const size_t record_bytes = (size_t)(tested->measurements + 7) / 8;
    assert_true(bytes <= 128 && record_bytes <= 128);
    uint64_t(*counts)[5][BINS] = calloc(PROJECTIONS, sizeof *counts);
    projection *p = calloc(2 * PROJECTIONS, sizeof *p);
    uint8_t *shots = malloc(bytes * BRG_SAMPLER_BATCH),
            *raw = malloc(record_bytes * BRG_SAMPLER_BATCH);
    assert_true(counts && p && shots && raw);
    for (unsigned k = 0; k < PROJECTIONS; k++) {
        draw_projection(&p[2 * k], random, tested->detectors + tested->observables);
        draw_projection(&p[2 * k + 1], random, tested->measurements);
    }
    uint8_t reference[128], packed[128], records[1024], packed_records[128];
    noiseless_shot(reference, tested);
    brg_sampler *s = sampler_of(tested, test_random(random));
    const uint64_t seed = test_random(random) | 1;
    for (unsigned b = 0; b < batches; b++) {
        assert_int_equal(brg_sampler_detections(s, b, shots, bytes, true, NULL), BRG_OK);
        assert_int_equal(brg_sampler_records(s, batches + b, raw, record_bytes), BRG_OK);
        for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++) {
            const uint8_t *record_bits = raw + i * record_bytes;
            for (uint64_t m = 0; m < tested->measurements; m++) records[m] = bit_of(record_bits, m);
            tableau_shot(packed, records, tested, 0, 0, reference);
            for (unsigned k = 0; k < PROJECTIONS; k++) {
                counts[k][0][project(&p[2 * k], shots + i * bytes, bytes)]++;
                counts[k][1][project(&p[2 * k], packed, bytes)]++;
                counts[k][2][project(&p[2 * k + 1], record_bits, record_bytes)]++;
            }
            if (i % 4) continue; /* the judge is the slow one */
            tableau_shot(packed, records, judge, seed, (uint64_t)b * BRG_SAMPLER_BATCH + i,
                         reference);
            memset(packed_records, 0, record_bytes);
            for (uint64_t m = 0; m < judge->measurements; m++)
                packed_records[m / 8] = (uint8_t)(packed_records[m / 8] | records[m] << (m % 8));
            for (unsigned k = 0; k < PROJECTIONS; k++) {
                counts[k][3][project(&p[2 * k], packed, bytes)]++;
                counts[k][4][project(&p[2 * k + 1], packed_records, record_bytes)]++;
            }
        }
    }
    double worst = -INFINITY;
    for (unsigned k = 0; k < PROJECTIONS; k++) {
        worst = fmax(worst, compare_histograms(counts[k][0], counts[k][3], BINS));
        worst = fmax(worst, compare_histograms(counts[k][1], counts[k][3], BINS));
        worst = fmax(worst, compare_histograms(counts[k][2], counts[k][4], BINS));
    }
    brg_sampler_destroy(&s);
    free(counts);
    free(p);
    free(shots);
    free(raw);
    return worst;
}

static const char *const written[] = {
    /* XX and ZZ of two qubits, measured again and again; the first ZZ is random. */
    "RX 0 1\nR 2 3\n"
    "RX 2\nCX 2 0 2 1\nMX(0.03) 2\nDETECTOR rec[-1]\nCX 0 3 1 3\nMR(0.02) 3\n"
    "REPEAT 4 {\n  PAULI_CHANNEL_2(0.01, 0, 0.02, 0.005, 0.01, 0, 0.01, 0.003, 0.004, 0.02, 0, "
    "0.01,"
    " 0.006, 0.007, 0.03) 0 1\n  RX 2\n  CX 2 0\n  DEPOLARIZE2(0.04) 2 0\n  CX 2 1\n  MX(0.03) 2\n"
    "  CX 0 3 1 3\n  DEPOLARIZE1(0.03) 3 0\n  MR(0.02) 3\n"
    "  DETECTOR(1) rec[-2] rec[-4]\n  DETECTOR(2) rec[-1] rec[-3]\n}\n"
    "MX 0 1\nDETECTOR rec[-1] rec[-2] rec[-4]\nOBSERVABLE_INCLUDE(0) rec[-1]\n",
    /* The Y basis: by gates, by measurements, with a random observable. */
    "RY 0\nRX 1\nS 1\nR 2\nREPEAT 5 {\n  DEPOLARIZE1(0.06) 0 1\n  PAULI_CHANNEL_1(0.02, 0, 0.05) 0 "
    "1\n"
    "  MRY(0.04) 0\n  DETECTOR rec[-1]\n  S_DAG 1\n  MX 1\n  S 1\n  DETECTOR rec[-1]\n}\n"
    "MY !1\nDETECTOR rec[-1]\nMRX 2\nOBSERVABLE_INCLUDE(1) rec[-1]\nM 2\nMX 2\n"
    "OBSERVABLE_INCLUDE(3) rec[-1] rec[-3]\n",
    /* Nested loops, records that stay, inverted records, Paulis. */
    "R 0 1 2\nX 0\nH 1\nCX 1 2\nM !0\nM 1\nDETECTOR rec[-2]\nREPEAT 3 {\n  REPEAT 2 {\n"
    "    X_ERROR(0.07) 0 1 2\n    Y 0\n    M(0.05) !0 1 2\n    Y 0\n"
    "    DETECTOR rec[-3]\n    DETECTOR rec[-1] rec[-2]\n    DETECTOR rec[-2] rec[-4]\n  }\n"
    "  Z_ERROR(0.2) 0 1\n  Y_ERROR(0.03) 2\n  M 0 1 2\n}\nOBSERVABLE_INCLUDE(0) rec[-1]\n",
    /* A cat state that is swapped about and checked by a phase kick. */
    "R 0 1 2 3\nH 0\nCX 0 1 0 2\nDEPOLARIZE2(0.08) 0 1 1 2\nSWAP 0 3\nRX 0\nCX 0 1 0 2 0 3\n"
    "DEPOLARIZE1(0.05) 0 1 2 3\nMX(0.01) 0\nDETECTOR rec[-1]\nCZ 1 2 2 3\nCZ 2 1 3 2\nR 0\n"
    "CY 1 0\nCY 2 0\nMR 0\nDETECTOR rec[-1]\nX_ERROR(0.1) 1 2\nM 1 2 3\nDETECTOR rec[-1] rec[-2]\n"
    "DETECTOR rec[-3] rec[-2]\nOBSERVABLE_INCLUDE(0) rec[-2]\n",
};

static void statistics_agree_with_the_tableau(void **state) {
    (void)state;
    uint64_t random = test_seed(3);
    static const struct {
        brg_ecc_code code;
        brg_ecc_noise noise;
        uint32_t distance;
        uint64_t rounds;
        double p;
    } tasks[] = {
        {BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 3, 4, 0.03},
        {BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 5, 3, 0.02},
        {BRG_CODE_REPETITION, BRG_ECC_PHENOMENOLOGICAL, 4, 5, 0.05},
        {BRG_CODE_REPETITION, BRG_ECC_CODE_CAPACITY, 6, 1, 0.15},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 2, 3, 0.02},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 3, 2, 0.01},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 3, 2, 0.01},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CIRCUIT_LEVEL, 2, 4, 0.03},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_PHENOMENOLOGICAL, 3, 2, 0.04},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_PHENOMENOLOGICAL, 3, 2, 0.04},
        {BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CODE_CAPACITY, 3, 1, 0.1},
        {BRG_CODE_SURFACE_ROTATED_X, BRG_ECC_CODE_CAPACITY, 3, 1, 0.1},
    };
    enum { TASKS = sizeof tasks / sizeof *tasks, WRITTEN = sizeof written / sizeof *written };
    enum { CIRCUITS = 20 };
    for (unsigned n = 0; n < CIRCUITS; n++) {
        brg_circuit *c = n < TASKS
                             ? generated_circuit(tasks[n].code, tasks[n].noise, tasks[n].distance,
                                                 tasks[n].rounds, tasks[n].p)
                         : n < TASKS + WRITTEN ? parsed_circuit(written[n - TASKS])
                                               : mirror_circuit(&random, false);
        const double worst = worst_quantile(c, c, &random, 32 / SLOWNESS);
        if (!(worst < 5)) print_error("circuit %u: %g standard deviations\n", n, worst);
        assert_true(worst < 5);
        brg_circuit_destroy(&c);
    }
    /* The comparison must see a small change of the noise. */
    brg_circuit *c = generated_circuit(BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 3, 4, 0.03);
    brg_circuit *other = generated_circuit(BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 3, 4, 0.04);
    assert_true(worst_quantile(c, other, &random, 32) > 8);
    brg_circuit_destroy(&c);
    brg_circuit_destroy(&other);
}

/* Any width, any order of batches and any handle give the same bytes; seeds and batches differ. */
static void results_depend_on_seed_and_batch_only(void **state) {
    (void)state;
    brg_circuit *c =
        generated_circuit(BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, 5, 30, 0.01);
    assert_true(c->detectors > BRG_FRAME_ROWS);
    const size_t bytes = (size_t)(c->detectors + c->observables + 7) / 8;
    const size_t record_bytes = (size_t)(c->measurements + 7) / 8;
    const size_t all = bytes * BRG_SAMPLER_BATCH, all_records = record_bytes * BRG_SAMPLER_BATCH;
    uint8_t *expected = malloc(3 * all), *shots = malloc(all);
    uint8_t *expected_records = malloc(all_records), *records = malloc(all_records);
    assert_true(expected && shots && expected_records && records);
    brg_sampler *first = sampler_of(c, 17), *second = sampler_of(c, 17), *third = sampler_of(c, 18);
    assert_int_equal(brg_sampler_use_kernels(first, "base"), BRG_OK);
    for (uint64_t b = 0; b < 3; b++)
        assert_int_equal(brg_sampler_detections(first, b, expected + b * all, bytes, true, NULL),
                         0);
    assert_int_equal(brg_sampler_records(first, 1, expected_records, record_bytes), BRG_OK);
    unsigned tried = 0;
    for (unsigned k = 0; k < 3; k++) {
        if (brg_sampler_use_kernels(second, kernels[k])) {
            print_message("this machine has no %s\n", kernels[k]);
            continue;
        }
        assert_string_equal(brg_sampler_kernels(second), kernels[k]);
        for (uint64_t b = 3; b-- > 0;) {
            assert_int_equal(brg_sampler_detections(second, b, shots, bytes, true, NULL), BRG_OK);
            assert_memory_equal(shots, expected + b * all, all);
        }
        assert_int_equal(brg_sampler_records(second, 1, records, record_bytes), BRG_OK);
        assert_memory_equal(records, expected_records, all_records);
        tried++;
    }
    assert_true(tried >= 1);
    assert_memory_not_equal(expected, expected + all, all);
    assert_int_equal(brg_sampler_detections(third, 0, shots, bytes, true, NULL), BRG_OK);
    assert_memory_not_equal(shots, expected, all);
    brg_sampler_destroy(&first);
    brg_sampler_destroy(&second);
    brg_sampler_destroy(&third);
    brg_circuit_destroy(&c);
    free(expected);
    free(shots);
    free(expected_records);
    free(records);
}

/* Bits stand where the contract says, past the boundary of the groups that are transposed, and for
 * lookbacks that reach over it. */
static void output_layout(void **state) {
    (void)state;
    brg_circuit *c = parsed_circuit(
        "REPEAT 190 {\n  X_ERROR(1) 0 3\n  MR 0 1 2 3 4 5 6\n  DETECTOR rec[-7]\n  DETECTOR "
        "rec[-6]\n"
        "  DETECTOR rec[-5]\n  DETECTOR rec[-4]\n  DETECTOR rec[-7] rec[-4]\n}\n"
        "DETECTOR rec[-1330]\nDETECTOR rec[-1329]\nDETECTOR\n"
        "OBSERVABLE_INCLUDE(1) rec[-4]\nOBSERVABLE_INCLUDE(5) rec[-7] rec[-8]\nX 6\nM 6 !6\n");
    assert_int_equal(c->detectors, 953);
    brg_sampler *s = sampler_of(c, 1);
    enum { STRIDE = 130, RECORD_STRIDE = 167 };
    uint8_t *shots = malloc(STRIDE * BRG_SAMPLER_BATCH),
            *raw = malloc(RECORD_STRIDE * BRG_SAMPLER_BATCH);
    uint64_t observables[BRG_SAMPLER_BATCH];
    for (unsigned append = 0; append < 2; append++) {
        const uint64_t bits = c->detectors + (append ? c->observables : 0);
        memset(shots, 0xaa, STRIDE * BRG_SAMPLER_BATCH);
        memset(observables, 0xaa, sizeof observables);
        assert_int_equal(brg_sampler_detections(s, 0, shots, STRIDE, append, observables), BRG_OK);
        for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++) {
            const uint8_t *shot = shots + STRIDE * i;
            for (uint64_t k = 0; k < 950; k++)
                assert_int_equal(bit_of(shot, k), k % 5 == 0 || k % 5 == 3);
            assert_true(bit_of(shot, 950) && !bit_of(shot, 951) && !bit_of(shot, 952));
            for (uint64_t k = 953; k < (bits + 7) / 8 * 8; k++)
                assert_int_equal(bit_of(shot, k), append && (k == 954 || k == 958));
            for (uint64_t k = (bits + 7) / 8; k < STRIDE; k++) assert_int_equal(shot[k], 0xaa);
            assert_true(observables[i] == (append ? UINT64_C(0xaaaaaaaaaaaaaaaa) : 0x22));
        }
    }
    assert_int_equal(brg_sampler_records(s, 0, raw, RECORD_STRIDE), BRG_OK);
    for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++)
        for (uint64_t k = 0; k < 1336; k++)
            assert_int_equal(bit_of(raw + RECORD_STRIDE * i, k),
                             k < 1330 ? k % 7 == 0 || k % 7 == 3 : k == 1330);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
    free(shots);
    free(raw);
}

static void random_observables_are_random(void **state) {
    (void)state;
    brg_circuit *c = parsed_circuit(
        "R 0\nMX 0\nOBSERVABLE_INCLUDE(0) rec[-1]\nMX 0\n"
        "OBSERVABLE_INCLUDE(1) rec[-1] rec[-2]\n");
    brg_sampler *s = sampler_of(c, 1);
    uint64_t observables[BRG_SAMPLER_BATCH];
    uint8_t none;
    unsigned ones = 0;
    assert_int_equal(brg_sampler_detections(s, 0, &none, 0, false, observables), BRG_OK);
    for (unsigned i = 0; i < BRG_SAMPLER_BATCH; i++) {
        assert_true(observables[i] < 2);
        ones += (unsigned)observables[i];
    }
    assert_double_near(ones, BRG_SAMPLER_BATCH / 2.0, 5 * 16);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
}

static void refused(const char *text_of, const char *message) {
    brg_circuit *c = parsed_circuit(text_of);
    brg_sampler *s = NULL;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_sampler_new(&s, c, 1, diag), BRG_EINPUT);
    assert_null(s);
    assert_string_equal(brg_diag_message(diag, 0), message);
    brg_diag_destroy(&diag);
    brg_circuit_destroy(&c);
}

static void bad_circuits_are_refused(void **state) {
    (void)state;
    refused("M 0\nDETECTOR rec[-1]\nMX 0\nDETECTOR rec[-1]\n",
            "DETECTOR: detector 1 is not deterministic without noise");
    refused("RX 0\nREPEAT 600 {\n  MX 0\n  DETECTOR rec[-1]\n}\nMY 0\nDETECTOR rec[-1]\n",
            "DETECTOR: detector 600 is not deterministic without noise");
    refused("RX 0 1\nCZ 0 1\nMX 0 1\nDETECTOR rec[-1]\n",
            "DETECTOR: detector 0 is not deterministic without noise");
    refused("REPEAT 1000000 {\n  REPEAT 1000000 {\n    H 0\n  }\n}\n",
            "circuit: repetitions make more than 2^40 instructions, too many to sample");
    refused("REPEAT 1000000000000000000 {\n  REPEAT 1000000000000000000 {\n    H 0\n  }\n}\n",
            "circuit: repetitions make more than 2^40 instructions, too many to sample");
    refused("M 0\nREPEAT 1000000000000000000 {\n  TICK\n}\n",
            "circuit: repetitions make more than 2^40 instructions, too many to sample");
    refused("REPEAT 20000000 {\n  M 0\n}\nDETECTOR rec[-17000000]\n",
            "circuit: a lookback of 17000000 records, accepted at most 16777216 to sample");
}

static void bad_arguments(void **state) {
    (void)state;
    brg_circuit *c = generated_circuit(BRG_CODE_REPETITION, BRG_ECC_CIRCUIT_LEVEL, 5, 4, 0.1);
    brg_sampler *s = NULL;
    uint8_t shots[8 * BRG_SAMPLER_BATCH];
    assert_int_equal(brg_sampler_new(NULL, c, 1, NULL), BRG_EINVAL);
    assert_int_equal(brg_sampler_new(&s, NULL, 1, NULL), BRG_EINVAL);
    s = sampler_of(c, 1);
    /* 20 detectors and an observable, 21 records: three bytes. */
    assert_int_equal(brg_sampler_detections(s, 0, shots, 2, false, NULL), BRG_EINVAL);
    assert_int_equal(brg_sampler_detections(s, 0, NULL, 3, false, NULL), BRG_EINVAL);
    assert_int_equal(brg_sampler_detections(NULL, 0, shots, 3, false, NULL), BRG_EINVAL);
    assert_int_equal(brg_sampler_detections(s, 0, shots, 3, true, NULL), BRG_OK);
    assert_int_equal(brg_sampler_records(s, 0, shots, 2), BRG_EINVAL);
    assert_int_equal(brg_sampler_records(s, 0, shots, 3), BRG_OK);
    assert_int_equal(brg_sampler_use_kernels(s, "sse9"), BRG_EINVAL);
    brg_sampler_destroy(&s);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
    /* Nothing to sample, and loops without effect. */
    c = parsed_circuit("TICK\nREPEAT 1000 {\n  TICK\n}\nX 0\n");
    s = sampler_of(c, 1);
    assert_int_equal(brg_sampler_detections(s, 0, shots, 0, true, NULL), BRG_OK);
    assert_int_equal(brg_sampler_records(s, 0, shots, 0), BRG_OK);
    brg_sampler_destroy(&s);
    brg_circuit_destroy(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certain_noise_is_exact),
        cmocka_unit_test(channels_have_their_probabilities),
        cmocka_unit_test(flips_are_binomial),
        cmocka_unit_test(statistics_agree_with_the_tableau),
        cmocka_unit_test(results_depend_on_seed_and_batch_only),
        cmocka_unit_test(output_layout),
        cmocka_unit_test(random_observables_are_random),
        cmocka_unit_test(bad_circuits_are_refused),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
