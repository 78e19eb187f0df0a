/* SPDX-License-Identifier: Apache-2.0 */
/* The dense state vector: memory, access, gates, and how operations are spread over threads. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csim/dense_internal.h"

enum { HUGE_PAGE = 1 << 21, SERIAL_VECTORS = 1 << 12 };

static size_t amplitude_bytes(brg_precision precision) {
    return precision == BRG_DOUBLE ? 16 : 8;
}

uint64_t brg_dense_bytes(uint32_t qubits, brg_precision precision) {
    if (qubits > BRG_DENSE_MAX_QUBITS) return UINT64_MAX;
    return (uint64_t)amplitude_bytes(precision) << qubits;
}

/* What the kernel says can be had without swapping; UINT64_MAX when it does not say. */
static uint64_t free_bytes(void) {
    uint64_t kib = 0;
    bool found = false;
    char line[160];
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && !found && fgets(line, sizeof line, f))
        if (strncmp(line, "MemAvailable:", 13) == 0) {
            kib = strtoull(line + 13, NULL, 10);
            found = true;
        }
    if (f) fclose(f);
    return found ? kib * 1024u : UINT64_MAX;
}

static const brg_dense_kernels *find_kernels(const char *name, brg_precision precision) {
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 =
        avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
    if (avx512 && (!name || strcmp(name, "avx512") == 0)) return &brg_dense_avx512[precision];
    if (avx2 && (!name || strcmp(name, "avx2") == 0)) return &brg_dense_avx2[precision];
#endif
    return !name || strcmp(name, "base") == 0 ? &brg_dense_base[precision] : NULL;
}

static uint64_t vectors_of(uint32_t qubits, const brg_dense_kernels *k) {
    return qubits > k->lane_bits ? (uint64_t)1 << (qubits - k->lane_bits) : 1u;
}

int brg_dense_select(brg_dense *d, const char *name) {
    const brg_dense_kernels *k = find_kernels(name, d->precision);
    if (!k) return BRG_EINVAL;
    brg_dense_flush(d);
    d->kernels = k;
    d->vectors = vectors_of(d->qubits, k);
    return BRG_OK;
}

const char *brg_dense_selected(const brg_dense *d) {
    return d->kernels->name;
}

/* Each page is touched first by the thread that will work on it. */
static void zero(brg_dense *d) {
    const uint64_t bytes = d->mapped_bytes;
#pragma omp parallel num_threads(d->jobs) if (bytes > HUGE_PAGE)
    {
        const int t = omp_get_thread_num(), n = omp_get_num_threads();
        const uint64_t from = brg_part(bytes / 64u, t, n), to = brg_part(bytes / 64u, t + 1, n);
        memset((char *)d->amplitudes + from * 64u, 0, (to - from) * 64u);
    }
}

int brg_dense_new(brg_dense **out, uint32_t qubits, brg_precision precision, int jobs) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (qubits > BRG_DENSE_MAX_QUBITS || (precision != BRG_DOUBLE && precision != BRG_SINGLE))
        return BRG_EINVAL;
    uint64_t bytes = brg_dense_bytes(qubits, precision);
    if (bytes < 64) bytes = 64;
    if (bytes > free_bytes() || bytes > SIZE_MAX - 2u * HUGE_PAGE) return BRG_ENOMEM;
    brg_dense *d = calloc(1, sizeof *d);
    if (!d) return BRG_ENOMEM;
    d->qubits = qubits;
    d->precision = precision;
    d->jobs = jobs > 0 ? jobs : omp_get_max_threads();
    d->kernels = find_kernels(NULL, precision);
    d->vectors = vectors_of(qubits, d->kernels);
    /* mapped_bytes is what aligned_alloc and madvise want: whole huge pages of large states */
    const size_t grain = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    d->mapped_bytes = (bytes + grain - 1) / grain * grain;
    d->amplitudes = aligned_alloc(grain, d->mapped_bytes);
    if (!d->amplitudes) {
        free(d);
        return BRG_ENOMEM;
    }
#ifdef MADV_HUGEPAGE
    if (grain == HUGE_PAGE) (void)madvise(d->amplitudes, d->mapped_bytes, MADV_HUGEPAGE);
#endif
    for (size_t q = 0; q < 64; q++) d->last[q] = -1;
    (void)brg_dense_set_basis(d, 0);
    *out = d;
    return BRG_OK;
}

void brg_dense_destroy(brg_dense **d) {
    if (!d || !*d) return;
    free((*d)->amplitudes);
    free((*d)->gate);
    free((*d)->scratch);
    free(*d);
    *d = NULL;
}

uint32_t brg_dense_qubits(const brg_dense *d) {
    return d->qubits;
}

static void store(brg_dense *d, uint64_t i, brg_complex value) {
    if (d->precision == BRG_DOUBLE) {
        ((double *)d->amplitudes)[2 * i] = creal(value);
        ((double *)d->amplitudes)[2 * i + 1] = cimag(value);
    } else {
        ((float *)d->amplitudes)[2 * i] = (float)creal(value);
        ((float *)d->amplitudes)[2 * i + 1] = (float)cimag(value);
    }
}

/* Forgets the collected gates: the state is about to be replaced. */
static void drop_gates(brg_dense *d) {
    d->gates = 0;
    for (size_t q = 0; q < 64; q++) d->last[q] = -1;
}

int brg_dense_set_basis(brg_dense *d, uint64_t index) {
    if (!d || index >> d->qubits) return BRG_EINVAL;
    drop_gates(d);
    zero(d);
    store(d, index, 1.0);
    d->scale = d->norm = 1.0;
    d->norm_error = 0.0;
    return BRG_OK;
}

/* Reading flushes; the amplitudes that the caller sees do not change by it. */
static brg_dense *writable(const brg_dense *d) {
    return (brg_dense *)(uintptr_t)d;
}

int brg_dense_copy(brg_dense *to, const brg_dense *from) {
    if (!to || !from || to->qubits != from->qubits || to->precision != from->precision)
        return BRG_EINVAL;
    if (to == from) return BRG_OK;
    brg_dense_flush(writable(from));
    drop_gates(to);
    const uint64_t bytes = to->mapped_bytes;
#pragma omp parallel num_threads(to->jobs) if (bytes > HUGE_PAGE)
    {
        const int t = omp_get_thread_num(), n = omp_get_num_threads();
        const uint64_t begin = brg_part(bytes / 64u, t, n), end = brg_part(bytes / 64u, t + 1, n);
        memcpy((char *)to->amplitudes + begin * 64u, (const char *)from->amplitudes + begin * 64u,
               (end - begin) * 64u);
    }
    to->scale = from->scale;
    to->norm = from->norm;
    to->norm_error = from->norm_error;
    return BRG_OK;
}

static bool range_ok(const brg_dense *d, uint64_t first, uint64_t count) {
    const uint64_t size = (uint64_t)1 << d->qubits;
    return first <= size && count <= size - first;
}

int brg_dense_get(const brg_dense *d, uint64_t first, uint64_t count, brg_complex *out) {
    if (!d || !range_ok(d, first, count) || (count && !out)) return BRG_EINVAL;
    brg_dense_flush(writable(d));
    for (uint64_t i = 0; i < count; i++) {
        double re, im;
        if (d->precision == BRG_DOUBLE) {
            re = ((const double *)d->amplitudes)[2 * (first + i)];
            im = ((const double *)d->amplitudes)[2 * (first + i) + 1];
        } else {
            re = (double)((const float *)d->amplitudes)[2 * (first + i)];
            im = (double)((const float *)d->amplitudes)[2 * (first + i) + 1];
        }
        out[i] = __builtin_complex(re * d->scale, im * d->scale);
    }
    return BRG_OK;
}

int brg_dense_set(brg_dense *d, uint64_t first, uint64_t count, const brg_complex *in) {
    if (!d || !range_ok(d, first, count) || (count && !in)) return BRG_EINVAL;
    brg_dense_flush(d);
    if (count >> d->qubits) d->scale = 1.0;
    brg_dense_settle(d);
    for (uint64_t i = 0; i < count; i++) store(d, first + i, in[i]);
    d->norm_error = INFINITY;
    return BRG_OK;
}

/* ---- running ---- */

void brg_dense_run_gate(brg_dense *d, const brg_gate *gate) {
    brg_op op;
    brg_dense_lower(&op, gate, d->kernels->lane_bits, d->precision);
    brg_dense_run(d, &op);
}

double brg_dense_share(const brg_dense *d, const brg_gate *gate) {
    const uint32_t line_bits = d->precision == BRG_DOUBLE ? 2 : 3;
    double share = 1.0;
    for (uint64_t c = gate->controls >> line_bits; c; c &= c - 1u) share *= 0.5;
    if (gate->kind == BRG_GATE_SWAP && gate->q[0] >= line_bits && gate->q[1] >= line_bits)
        share *= 0.5;
    return share;
}

void brg_dense_settle(brg_dense *d) {
    if (d->scale == 1.0) return;
    const brg_gate g = {.kind = BRG_GATE_PHASE, .m = {d->scale}};
    d->scale = 1.0;
    brg_dense_run_gate(d, &g);
}

/* ---- gates ---- */

/* Largest entry of m^dagger m - 1 within this counts as unitary: a few rounding errors. */
static bool unitary(const brg_complex *m, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        for (unsigned j = 0; j <= i; j++) {
            brg_complex s = i == j ? -1.0 : 0.0;
            for (unsigned k = 0; k < size; k++) s += conj(m[k * size + i]) * m[k * size + j];
            if (!(cabs(s) < 1e-14)) return false;
        }
    return true;
}

static bool qubits_ok(const brg_dense *d, uint64_t controls, const uint32_t *q, uint32_t count) {
    if (!d || controls >> d->qubits) return false;
    uint64_t used = controls;
    for (uint32_t i = 0; i < count; i++) {
        if (q[i] >= d->qubits || used >> q[i] & 1u) return false;
        used |= (uint64_t)1 << q[i];
    }
    return true;
}

/* Rounding moves the norm with every matrix. */
static void note_matrix(brg_dense *d, const brg_complex *m, unsigned size) {
    if (unitary(m, size))
        d->norm_error += brg_dense_epsilon(d);
    else
        d->norm_error = INFINITY;
}

static int run_or_push(brg_dense *d, const brg_gate *g) {
    if (d->fusing) return brg_dense_push(d, g);
    brg_dense_run_gate(d, g);
    return BRG_OK;
}

int brg_dense_gate1(brg_dense *d, uint64_t controls, uint32_t target, const brg_complex m[4]) {
    if (!qubits_ok(d, controls, &target, 1) || !m) return BRG_EINVAL;
    if (m[1] == 0.0 && m[2] == 0.0 && m[0] == 1.0)
        return brg_dense_phase(d, controls | (uint64_t)1 << target, m[3]);
    note_matrix(d, m, 2);
    brg_gate g = {.kind = BRG_GATE_MATRIX, .targets = 1, .q = {target, 0}, .controls = controls};
    memcpy(g.m, m, 4 * sizeof *m);
    return run_or_push(d, &g);
}

int brg_dense_x(brg_dense *d, uint64_t controls, uint32_t target) {
    if (!qubits_ok(d, controls, &target, 1)) return BRG_EINVAL;
    const brg_gate g = {.kind = BRG_GATE_X, .targets = 1, .q = {target, 0}, .controls = controls};
    return run_or_push(d, &g);
}

int brg_dense_phase(brg_dense *d, uint64_t mask, brg_complex phase) {
    if (!qubits_ok(d, mask, NULL, 0)) return BRG_EINVAL;
    note_matrix(d, &phase, 1);
    const brg_gate g = {.kind = BRG_GATE_PHASE, .controls = mask, .m = {phase}};
    return run_or_push(d, &g);
}

int brg_dense_diagonal1(brg_dense *d, uint64_t controls, uint32_t target, brg_complex d0,
                        brg_complex d1) {
    const brg_complex m[4] = {d0, 0.0, 0.0, d1};
    return brg_dense_gate1(d, controls, target, m);
}

int brg_dense_swap(brg_dense *d, uint64_t controls, uint32_t a, uint32_t b) {
    const uint32_t q[2] = {a, b};
    if (!qubits_ok(d, controls, q, 2)) return BRG_EINVAL;
    const brg_gate g = {.kind = BRG_GATE_SWAP, .targets = 2, .q = {a, b}, .controls = controls};
    return run_or_push(d, &g);
}

int brg_dense_gate2(brg_dense *d, uint64_t controls, uint32_t q0, uint32_t q1,
                    const brg_complex m[16]) {
    const uint32_t q[2] = {q0, q1};
    if (!qubits_ok(d, controls, q, 2) || !m) return BRG_EINVAL;
    note_matrix(d, m, 4);
    brg_gate g = {.kind = BRG_GATE_MATRIX, .targets = 2, .q = {q0, q1}, .controls = controls};
    memcpy(g.m, m, 16 * sizeof *m);
    return run_or_push(d, &g);
}

int brg_dense_matrix(brg_dense *d, const uint32_t *q, uint32_t count, const brg_complex *m) {
    if (!q || !m || count < 1 || count > 4 || !qubits_ok(d, 0, q, count)) return BRG_EINVAL;
    brg_dense_flush(d);
    d->norm_error = INFINITY;
    uint64_t fixed = 0, offset[16] = {0};
    for (uint32_t i = 0; i < count; i++) fixed |= (uint64_t)1 << q[i];
    const unsigned size = 1u << count;
    for (unsigned j = 0; j < size; j++)
        for (uint32_t i = 0; i < count; i++)
            if (j >> i & 1u) offset[j] |= (uint64_t)1 << q[i];
    const uint64_t groups = ((uint64_t)1 << d->qubits) >> count;
    double *wide = d->amplitudes;
    float *narrow = d->amplitudes;
    const bool is_double = d->precision == BRG_DOUBLE;
#pragma omp parallel for schedule(static) num_threads(d->jobs) if (groups >= SERIAL_VECTORS)
    for (uint64_t n = 0; n < groups; n++) {
        const uint64_t base = brg_deposit(n, fixed);
        double re[16], im[16];
        for (unsigned j = 0; j < size; j++) {
            const uint64_t at = 2u * (base | offset[j]);
            re[j] = is_double ? wide[at] : (double)narrow[at];
            im[j] = is_double ? wide[at + 1] : (double)narrow[at + 1];
        }
        for (unsigned r = 0; r < size; r++) {
            double sum_re = 0.0, sum_im = 0.0;
            for (unsigned j = 0; j < size; j++) {
                const double c = creal(m[r * size + j]), s = cimag(m[r * size + j]);
                sum_re += c * re[j] - s * im[j];
                sum_im += c * im[j] + s * re[j];
            }
            const uint64_t at = 2u * (base | offset[r]);
            if (is_double) {
                wide[at] = sum_re;
                wide[at + 1] = sum_im;
            } else {
                narrow[at] = (float)sum_re;
                narrow[at + 1] = (float)sum_im;
            }
        }
    }
    return BRG_OK;
}
