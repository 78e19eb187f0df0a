/* SPDX-License-Identifier: Apache-2.0 */
/* A dense density matrix of the smallest tree, one node, with a paged table: every entry stored,
 * channels from their Kraus operators as the physics states them. Shares nothing with csim. */
#ifndef BRG_TESTS_DENSE_PAGED_H
#define BRG_TESTS_DENSE_PAGED_H

#include <complex.h>
#include <math.h>
#include <string.h>

#include "csim/noise.h"
#include "csim/timeline.h"
#include "test.h"

/* Cells in the order addr, data, address qubits, bus qubits; n = 1. Cell c is digit c of an index,
 * the lowest first; three_level digits are W, 0, 1. */
typedef struct dense {
    const brg_qram *q;
    size_t levels, cells, states;
    double complex *rho, *next;
    size_t *to;   /* where a basis string goes */
    double *sign; /* and with which sign */
} dense;

static inline size_t dense_stride(const dense *d, size_t cell) {
    size_t stride = 1;
    while (cell-- > 0) stride *= d->levels;
    return stride;
}
static inline size_t dense_digit(const dense *d, size_t index, size_t cell) {
    return index / dense_stride(d, cell) % d->levels;
}
static inline size_t dense_put(const dense *d, size_t index, size_t cell, size_t digit) {
    const size_t stride = dense_stride(d, cell);
    return index + digit * stride - dense_digit(d, index, cell) * stride;
}
static inline size_t dense_swapped(const dense *d, size_t index, size_t a, size_t b) {
    const size_t x = dense_digit(d, index, a), y = dense_digit(d, index, b);
    return dense_put(d, dense_put(d, index, a, y), b, x);
}
static inline size_t dense_table_bits(const dense *d) {
    return 1 + d->q->page_bits;
}
static inline size_t dense_zero(const dense *d) {
    return d->levels - 2;
} /* digit of |0> */

/* The string with this address and bus word in the registers, the tree empty. */
static inline size_t dense_registers(const dense *d, size_t address, size_t word) {
    const size_t m = dense_table_bits(d);
    size_t index = 0;
    for (size_t b = 0; b < m; b++)
        index = dense_put(d, index, 2 + b, dense_zero(d) + (address >> (m - 1 - b) & 1u));
    for (size_t j = 0; j < d->q->word_width; j++)
        index = dense_put(d, index, 2 + m + j, dense_zero(d) + (word >> j & 1u));
    return index;
}

static inline void dense_begin(dense *d, const brg_qram *q) {
    assert_int_equal(q->address_width, 1);
    d->q = q;
    d->levels = q->routers == BRG_THREE_LEVEL ? 3 : 2;
    d->cells = 2 + 1 + q->page_bits + q->word_width;
    d->states = dense_stride(d, d->cells);
    d->rho = calloc(d->states * d->states, sizeof *d->rho);
    d->next = calloc(d->states * d->states, sizeof *d->next);
    d->to = calloc(d->states, sizeof *d->to);
    d->sign = calloc(d->states, sizeof *d->sign);
    assert_true(d->rho && d->next && d->to && d->sign);
    const size_t table = (size_t)1 << dense_table_bits(d);
    for (size_t a = 0; a < table; a++)
        for (size_t b = 0; b < table; b++)
            d->rho[dense_registers(d, a, 0) * d->states + dense_registers(d, b, 0)] =
                1.0 / (double)table;
}

static inline void dense_end(dense *d) {
    free(d->rho);
    free(d->next);
    free(d->to);
    free(d->sign);
}

/* K rho K^dagger added to next, K acting on one cell. */
static inline void dense_kraus(dense *d, size_t cell, double complex k[3][3]) {
    const size_t stride = dense_stride(d, cell), n = d->states;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double complex value = d->rho[i * n + j];
            if (value == 0) continue;
            const size_t a = i / stride % d->levels, b = j / stride % d->levels;
            for (size_t x = 0; x < d->levels; x++)
                for (size_t y = 0; y < d->levels; y++) {
                    const double complex f = k[x][a] * conj(k[y][b]);
                    if (f == 0) continue;
                    d->next[(i + x * stride - a * stride) * n + j + y * stride - b * stride] +=
                        f * value;
                }
        }
}

static inline void dense_swap_matrices(dense *d) {
    double complex *old = d->rho;
    d->rho = d->next;
    d->next = old;
    memset(d->next, 0, d->states * d->states * sizeof *d->next);
}

static inline void dense_hadamard(dense *d, size_t cell) {
    double complex h[3][3] = {{sqrt(0.5), sqrt(0.5)}, {sqrt(0.5), -sqrt(0.5)}};
    dense_kraus(d, cell, h);
    dense_swap_matrices(d);
}

/* sqrt(weight) X^x Z^z of the generalised Pauli group. */
static inline void dense_pauli(dense *d, size_t cell, size_t x, size_t z, double weight) {
    double complex k[3][3] = {{0}};
    for (size_t v = 0; v < d->levels; v++)
        k[(v + x) % d->levels][v] =
            sqrt(weight) * cexp(2 * M_PI * I * (double)(v * z) / (double)d->levels);
    dense_kraus(d, cell, k);
}

static inline void dense_depolarize(dense *d, size_t cell, double p) {
    const double each = p / (double)(d->levels * d->levels - 1);
    for (size_t x = 0; x < d->levels; x++)
        for (size_t z = 0; z < d->levels; z++) dense_pauli(d, cell, x, z, x + z ? each : 1 - p);
    dense_swap_matrices(d);
}

static inline void dense_idle(dense *d, size_t cell, const brg_noise *noise, double ns) {
    const double gamma = noise->t1_ns > 0 ? 1 - exp(-ns / noise->t1_ns) : 0;
    const double flip = noise->tphi_ns > 0 ? (1 - exp(-ns / noise->tphi_ns)) / 2 : 0;
    double complex stay[3][3] = {{1}};
    for (size_t v = 1; v < d->levels; v++) {
        double complex jump[3][3] = {{0}};
        jump[0][v] = sqrt(gamma);
        dense_kraus(d, cell, jump);
        stay[v][v] = sqrt(1 - gamma);
    }
    dense_kraus(d, cell, stay);
    dense_swap_matrices(d);
    double complex same[3][3] = {{0}}, turned[3][3] = {{0}};
    for (size_t v = 0; v < d->levels; v++) {
        same[v][v] = sqrt(1 - flip);
        turned[v][v] = v + 1 == d->levels ? -sqrt(flip) : sqrt(flip);
    }
    dense_kraus(d, cell, same);
    dense_kraus(d, cell, turned);
    dense_swap_matrices(d);
}

/* Moves basis strings as to and sign say. */
static inline void dense_permute(dense *d) {
    const size_t n = d->states;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            d->next[d->to[i] * n + d->to[j]] = d->sign[i] * d->sign[j] * d->rho[i * n + j];
    dense_swap_matrices(d);
}

static inline bool dense_on_page(const dense *d, size_t index, int page) {
    const size_t h = d->q->page_bits;
    for (size_t b = 0; page >= 0 && b < h; b++)
        if (dense_digit(d, index, 2 + b) != dense_zero(d) + ((size_t)page >> (h - 1 - b) & 1u))
            return false;
    return true;
}

static inline void dense_bus(dense *d, int bit, int page) {
    if (bit < 0) return;
    const size_t cell = 2 + dense_table_bits(d) + (size_t)bit;
    for (size_t i = 0; i < d->states; i++) {
        d->to[i] = dense_on_page(d, i, page) ? dense_swapped(d, i, 1, cell) : i;
        d->sign[i] = 1;
    }
    dense_permute(d);
}

static inline void dense_rest(dense *d, const brg_slice_ops *o, const brg_planes *data) {
    const size_t routed = 2 + d->q->page_bits;
    for (size_t i = 0; i < d->states; i++) {
        size_t x = i;
        d->sign[i] = 1;
        if (o->a_in == 0 || o->a_out == 0) x = dense_swapped(d, x, 1, routed);
        if (o->latch & 1u) x = dense_swapped(d, x, 0, 1);
        const size_t addr = dense_digit(d, x, 0), carried = dense_digit(d, x, 1);
        const bool three = d->levels == 3;
        if (o->fetch >= 0 && carried && (!three || addr) &&
            brg_planes_get(data, (uint32_t)o->fetch, three ? addr - 1 : addr)) {
            if (three)
                x = dense_put(d, x, 1, 3 - carried);
            else
                d->sign[i] = -1;
        }
        d->to[i] = x;
    }
    dense_permute(d);
}

static inline void dense_slice(dense *d, const brg_slice *s, const brg_planes *data,
                               const brg_noise *noise) {
    const brg_slice_ops *o = &s->ops;
    const size_t bus = 2 + dense_table_bits(d);
    const size_t idle = noise->noisy_registers ? d->cells : 2;
    const double wait = (double)brg_slice_wait_ps(s) / 1000, lasts = (double)s->duration_ps / 1000;
    const bool timed = noise->model == BRG_NOISE_TIMED;
    assert_int_equal(o->route, 0);
    for (size_t c = 0; timed && wait > 0 && c < idle; c++) dense_idle(d, c, noise, wait);
    dense_bus(d, o->d_out, o->d_out_page);
    if (o->basis_out) dense_hadamard(d, bus + (size_t)o->d_out);
    if (o->basis_in) dense_hadamard(d, bus + (size_t)o->d_in);
    dense_bus(d, o->d_in, o->d_in_page);
    dense_rest(d, o, data);
    const bool moves = o->d_in >= 0 || o->d_out >= 0,
               controlled = o->d_in_page >= 0 || o->d_out_page >= 0;
    for (size_t c = 0; noise->gate_error > 0 && c < d->cells; c++) {
        bool touched = (c < 2 && (o->latch || o->fetch >= 0)) ||
                       (c == 1 && (moves || o->a_in >= 0 || o->a_out >= 0));
        touched = touched || (c >= 2 && c < bus - 1 && controlled) ||
                  (c == bus - 1 && (o->a_in >= 0 || o->a_out >= 0));
        touched =
            touched || (c >= bus && (o->d_in == (int)(c - bus) || o->d_out == (int)(c - bus)));
        if (touched) dense_depolarize(d, c, noise->gate_error);
    }
    for (size_t c = 0; timed && c < idle; c++) dense_idle(d, c, noise, lasts);
    for (size_t c = 0; noise->model == BRG_NOISE_PER_SLICE && c < 2; c++)
        dense_depolarize(d, c, noise->probability);
}

/* <psi|Tr_tree rho|psi> */
static inline double dense_fidelity(const dense *d, const brg_planes *table) {
    const size_t cells = (size_t)1 << dense_table_bits(d), tree = d->levels * d->levels;
    double sum = 0;
    for (size_t t = 0; t < tree; t++)
        for (size_t a = 0; a < cells; a++)
            for (size_t b = 0; b < cells; b++)
                sum += creal(
                    d->rho[(dense_registers(d, a, brg_planes_word(table, a)) + t) * d->states +
                           dense_registers(d, b, brg_planes_word(table, b)) + t]);
    return sum / (double)cells;
}

#endif
