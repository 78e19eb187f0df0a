/* SPDX-License-Identifier: Apache-2.0 */
/* Dense kernels against plain passes over the same memory: every row is a ratio measured side by
 * side in one run, the two taking turns. Fails when a median is below its floor by more than the
 * slack (of a ratio, or of a relative excess of passes).
 * bench_dense [--qubits N] [--repeat R] [--threads 1,4] [--single] [--slack S] [--only TEXT] */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "csim/dense_internal.h"

enum { MAX_REPEAT = 101, LAYERS = 20 };

typedef struct bench {
    uint32_t qubits;
    brg_precision precision;
    int repeat, threads, failed;
    double slack, factor;
    const char *only;
    brg_dense *d;
    double sink;
} bench;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t next_random(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *state) {
    return (double)(next_random(state) >> 11) * 0x1p-53;
}

/* The reference: a[i] *= s over all reals, vectorised by the compiler, same threads. */
__attribute__((optimize("O3"), target_clones("avx512f", "avx2", "default"))) static void multiply(
    double *a, size_t from, size_t to, double s) {
    for (size_t i = from; i < to; i++) a[i] *= s;
}

typedef double vec8 __attribute__((vector_size(64)));

/* The reference of what only reads: a sum with enough accumulators to be bound by memory. */
__attribute__((optimize("O3"), target_clones("avx512f", "avx2", "default"))) static double add_up(
    const double *a, size_t from, size_t to) {
    vec8 s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (size_t i = from; i + 32 <= to; i += 32) {
        const vec8 *v = (const vec8 *)(const void *)(a + i);
        s0 += v[0];
        s1 += v[1];
        s2 += v[2];
        s3 += v[3];
    }
    s0 += s1 + s2 + s3;
    double sum = 0.0;
    for (int i = 0; i < 8; i++) sum += s0[i];
    return sum;
}

static double pass(bench *b, bool reading) {
    double *a = b->d->amplitudes;
    const size_t lines = (size_t)(brg_dense_bytes(b->qubits, b->precision) / 64u);
    double sum = 0.0;
    const double start = now();
#pragma omp parallel num_threads(b->threads) reduction(+ : sum)
    {
        const size_t t = (size_t)omp_get_thread_num(), n = (size_t)omp_get_num_threads();
        const size_t from = lines * t / n * 8u, to = lines * (t + 1) / n * 8u;
        if (reading)
            sum += add_up(a, from, to);
        else
            multiply(a, from, to, b->factor);
    }
    b->sink += sum;
    return now() - start;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef double (*work)(bench *b, const void *what);

/* Prints share * reference / time: median and best of the repeats. floor > 0: must be reached;
 * at_most: the figure is work / reference instead and must stay below. */
static void row(bench *b, const char *name, work run, const void *what, double share, bool reading,
                double floor, bool at_most) {
    double ratio[MAX_REPEAT], time[MAX_REPEAT], reference[MAX_REPEAT];
    if (b->only && !strstr(name, b->only)) return;
    (void)run(b, what);
    for (int i = 0; i < b->repeat; i++) {
        const double before = pass(b, reading);
        time[i] = run(b, what);
        reference[i] = 0.5 * (before + pass(b, reading));
        ratio[i] = at_most ? time[i] / reference[i] : share * reference[i] / time[i];
    }
    qsort(ratio, (size_t)b->repeat, sizeof *ratio, by_value);
    qsort(time, (size_t)b->repeat, sizeof *time, by_value);
    qsort(reference, (size_t)b->repeat, sizeof *reference, by_value);
    const double median = ratio[b->repeat / 2];
    const double best = at_most ? ratio[0] : ratio[b->repeat - 1];
    const bool ok = at_most ? median <= floor * (1.0 + b->slack) : median >= floor - b->slack;
    if (!ok) b->failed++;
    printf("%-30s %2d thr  %s %8.3f  best %8.3f  %s %5.2f %s  (%.2f ms, pass %.2f ms)\n", name,
           b->threads, at_most ? "passes" : "ratio ", median, best, at_most ? "max" : "min", floor,
           ok ? "ok  " : "MISS", 1e3 * time[b->repeat / 2], 1e3 * reference[b->repeat / 2]);
    fflush(stdout);
}

static double run_gate(bench *b, const void *what) {
    const double start = now();
    brg_dense_run_gate(b->d, what);
    return now() - start;
}

static double run_norm(bench *b, const void *what) {
    (void)what;
    const double start = now();
    b->sink += brg_dense_norm(b->d);
    return now() - start;
}

static double run_probability(bench *b, const void *what) {
    const double start = now();
    b->sink += brg_dense_probability(b->d, *(const uint32_t *)what);
    return now() - start;
}

typedef struct damping {
    uint32_t qubit;
    double u;
} damping;

static double run_damp(bench *b, const void *what) {
    const damping *w = what;
    const double start = now();
    (void)brg_dense_damp(b->d, w->qubit, 0.01, w->u, NULL);
    return now() - start;
}

static void random_unitary(brg_complex m[4], uint64_t *state) {
    const double a = 6.283185307179586 * uniform(state), c = 6.283185307179586 * uniform(state);
    const double e = 6.283185307179586 * uniform(state), t = asin(sqrt(uniform(state)));
    m[0] = cexp(CMPLX(0, a)) * cos(t);
    m[1] = cexp(CMPLX(0, c)) * sin(t);
    m[2] = -cexp(CMPLX(0, e - c)) * sin(t);
    m[3] = cexp(CMPLX(0, e - a)) * cos(t);
}

/* 20 layers: a random 1-qubit unitary on every qubit, then CNOTs on a random perfect matching. */
static double run_circuit(bench *b, const void *what) {
    uint64_t state = 7;
    uint32_t order[64];
    const double start = now();
    brg_dense_fusion(b->d, *(const bool *)what);
    for (int layer = 0; layer < LAYERS; layer++) {
        for (uint32_t q = 0; q < b->qubits; q++) {
            brg_complex m[4];
            random_unitary(m, &state);
            brg_dense_gate1(b->d, 0, q, m);
            order[q] = q;
        }
        for (uint32_t i = b->qubits; i > 1; i--) {
            const uint32_t j = (uint32_t)(next_random(&state) % i), keep = order[j];
            order[j] = order[i - 1];
            order[i - 1] = keep;
        }
        for (uint32_t i = 0; i + 1 < b->qubits; i += 2)
            brg_dense_x(b->d, (uint64_t)1 << order[i], order[i + 1]);
    }
    brg_dense_fusion(b->d, false);
    return now() - start;
}

static void gate_row(bench *b, const char *name, brg_gate g, double floor) {
    row(b, name, run_gate, &g, brg_dense_share(b->d, &g), false, floor, false);
}

static uint64_t bit(uint32_t q) {
    return (uint64_t)1 << q;
}

static void gates(bench *b) {
    const uint32_t n = b->qubits, line = b->precision == BRG_DOUBLE ? 2 : 3;
    const uint32_t target[] = {0, 1, 2, 3, 5, 8, 12, 16, n - 4, n - 1};
    uint64_t state = 3;
    char name[64];
    brg_gate one = {.kind = BRG_GATE_MATRIX, .targets = 1};
    random_unitary(one.m, &state);
    for (size_t i = 0; i < sizeof target / sizeof *target; i++) {
        one.q[0] = target[i];
        snprintf(name, sizeof name, "1-qubit, target %u", target[i]);
        gate_row(b, name, one, target[i] < line ? 0.8 : 0.9);
    }
    const uint32_t pairs[][2] = {{n - 2, 5}, {5, n - 2}, {n - 1, n - 2}, {4, 12},
                                 {12, 3},    {8, 9},     {0, 12},        {12, 0}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const uint32_t c = pairs[i][0], t = pairs[i][1];
        const double floor = c < line || t < line ? 0.8 : 0.9;
        const brg_gate cnot = {.kind = BRG_GATE_X, .targets = 1, .q = {t, 0}, .controls = bit(c)};
        snprintf(name, sizeof name, "CNOT, control %u target %u", c, t);
        gate_row(b, name, cnot, floor);
        const brg_gate cz = {.kind = BRG_GATE_PHASE, .controls = bit(c) | bit(t), .m = {-1.0}};
        snprintf(name, sizeof name, "CZ, %u %u", c, t);
        gate_row(b, name, cz, floor);
        const brg_gate swap = {.kind = BRG_GATE_SWAP, .targets = 2, .q = {c, t}};
        snprintf(name, sizeof name, "SWAP, %u %u", c, t);
        gate_row(b, name, swap, floor);
    }
    const uint32_t triples[][3] = {
        {n - 1, 12, 6}, {4, 9, n - 3}, {8, n - 2, n - 1}, {n - 1, 5, 10}};
    for (size_t i = 0; i < sizeof triples / sizeof *triples; i++) {
        const uint32_t x = triples[i][0], y = triples[i][1], z = triples[i][2];
        const brg_gate toffoli = {
            .kind = BRG_GATE_X, .targets = 1, .q = {z, 0}, .controls = bit(x) | bit(y)};
        snprintf(name, sizeof name, "Toffoli, %u %u target %u", x, y, z);
        gate_row(b, name, toffoli, 0.9);
        const brg_gate cswap = {
            .kind = BRG_GATE_SWAP, .targets = 2, .q = {y, z}, .controls = bit(x)};
        snprintf(name, sizeof name, "CSWAP, control %u, %u %u", x, y, z);
        gate_row(b, name, cswap, 0.9);
    }
    brg_gate two = {.kind = BRG_GATE_MATRIX, .targets = 2};
    for (unsigned i = 0; i < 16; i++) two.m[i] = i % 5 == 0 ? cexp(CMPLX(0, i)) : 0.0;
    const uint32_t doubles[][2] = {{6, 15}, {n - 2, n - 1}, {0, 11}};
    for (size_t i = 0; i < 3; i++) {
        two.q[0] = doubles[i][0];
        two.q[1] = doubles[i][1];
        snprintf(name, sizeof name, "general 2-qubit, %u %u", two.q[0], two.q[1]);
        gate_row(b, name, two, two.q[0] < line ? 0.8 : 0.9);
    }
}

static void looks(bench *b) {
    char name[64];
    row(b, "norm (of a read pass)", run_norm, NULL, 1.0, true, 0.9, false);
    const uint32_t qubits[] = {0, 2, 6, 14, b->qubits - 1};
    for (size_t i = 0; i < sizeof qubits / sizeof *qubits; i++) {
        snprintf(name, sizeof name, "probability, qubit %u", qubits[i]);
        row(b, name, run_probability, &qubits[i], 1.0, true, 0.9, false);
    }
    for (size_t i = 0; i < sizeof qubits / sizeof *qubits; i++) {
        const damping kept = {qubits[i], 0.5}, close = {qubits[i], 0.0099};
        snprintf(name, sizeof name, "damping, qubit %u", qubits[i]);
        row(b, name, run_damp, &kept, 1.0, false, 1.6, true);
        snprintf(name, sizeof name, "damping, u < gamma, qubit %u", qubits[i]);
        row(b, name, run_damp, &close, 1.0, false, 1.6, true);
    }
}

static void spread(bench *b) {
    const brg_complex h[4] = {sqrt(0.5), sqrt(0.5), sqrt(0.5), -sqrt(0.5)};
    brg_dense_set_basis(b->d, 0);
    for (uint32_t q = 0; q < b->qubits; q++) brg_dense_gate1(b->d, 0, q, h);
}

static int measure(bench *b) {
    if (brg_dense_new(&b->d, b->qubits, b->precision, b->threads) != BRG_OK) {
        fprintf(stderr, "bench_dense: %u qubits do not fit into memory\n", b->qubits);
        return -1;
    }
    printf("%u qubits, %s, %.0f MiB, kernels %s, in-place pass %.2f ms (%d threads)\n", b->qubits,
           b->precision == BRG_DOUBLE ? "double" : "single",
           (double)brg_dense_bytes(b->qubits, b->precision) / 1048576.0, brg_dense_selected(b->d),
           1e3 * pass(b, false), b->threads);
    spread(b);
    gates(b);
    spread(b);
    looks(b);
    spread(b);
    const bool fused = true;
    const int repeat = b->repeat;
    b->repeat = repeat < 5 ? repeat : 5;
    /* the target is one for 4 threads and double precision; other rows only show the figure */
    const bool judged = b->threads == 4 && b->precision == BRG_DOUBLE;
    row(b, "random circuit, 20 layers", run_circuit, &fused, 1.0, false, judged ? 200.0 : 1e6,
        true);
    b->repeat = repeat;
    brg_dense_destroy(&b->d);
    return 0;
}

int main(int argc, char **argv) {
    bench b = {.qubits = 24, .repeat = 9, .factor = 1.0};
    const char *threads = "1,4";
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--single") == 0) {
            b.precision = BRG_SINGLE;
            continue;
        }
        if (strcmp(argv[i], "--qubits") == 0)
            b.qubits = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(argv[i], "--repeat") == 0)
            b.repeat = atoi(value);
        else if (strcmp(argv[i], "--slack") == 0)
            b.slack = atof(value);
        else if (strcmp(argv[i], "--threads") == 0)
            threads = value;
        else if (strcmp(argv[i], "--only") == 0)
            b.only = value;
        else {
            fprintf(stderr, "bench_dense: unknown option %s\n", argv[i]);
            return 2;
        }
        i++;
    }
    if (b.qubits < 18 || b.repeat < 1 || b.repeat > MAX_REPEAT) {
        fprintf(stderr, "bench_dense: --qubits from 18, --repeat 1 to %d\n", MAX_REPEAT);
        return 2;
    }
    for (const char *t = threads; *t;) {
        char *end = NULL;
        b.threads = (int)strtol(t, &end, 10);
        if (end == t || b.threads < 1) return 2;
        if (measure(&b) != 0) return 3;
        t = *end == ',' ? end + 1 : end;
    }
    printf("%d rows below their floor\n", b.failed);
    return b.failed ? 1 : 0;
}
