/* SPDX-License-Identifier: Apache-2.0 */
/* A slow, plain simulator of the tree for tests: every basis string as an array of all its cells,
 * every router of a layer as a literal swap. It knows no paths and shares no code with csim. */
#ifndef BRG_TESTS_REFERENCE_H
#define BRG_TESTS_REFERENCE_H

#include <complex.h>
#include <math.h>
#include <string.h>

#include "csim/qram.h"
#include "test.h"

enum { REFERENCE_CELLS = 96 };

typedef struct reference_term {
    uint8_t cell[REFERENCE_CELLS]; /* values as brg_branches_value gives them */
    double complex amplitude;
} reference_term;

typedef struct reference {
    brg_qram qram;
    uint32_t cells;
    size_t count;
    reference_term *term;
} reference;

static inline void reference_begin(reference *r, const brg_qram *q, const brg_input *input) {
    const uint32_t m = q->address_width + q->page_bits;
    r->qram = *q;
    r->cells = brg_all_cells(q);
    assert_true(r->cells <= REFERENCE_CELLS);
    r->count = input->uniform ? (size_t)1 << m : 1;
    r->term = calloc(r->count, sizeof *r->term);
    assert_non_null(r->term);
    const unsigned zero = q->routers == BRG_THREE_LEVEL ? 1 : 0;
    for (size_t i = 0; i < r->count; i++) {
        const uint64_t address = input->uniform ? i : input->index;
        r->term[i].amplitude = 1 / sqrt((double)r->count);
        for (uint32_t b = 0; b < m; b++)
            r->term[i].cell[brg_cell_address_qubit(q, b)] =
                (uint8_t)(zero + ((address >> (m - 1 - b)) & 1u));
        for (uint32_t j = 0; j < q->word_width; j++)
            r->term[i].cell[brg_cell_bus_qubit(q, j)] = (uint8_t)zero;
    }
}

static inline void reference_end(reference *r) {
    free(r->term);
    r->term = NULL;
}

static inline void reference_swap(reference_term *t, uint32_t a, uint32_t b) {
    const uint8_t keep = t->cell[a];
    t->cell[a] = t->cell[b];
    t->cell[b] = keep;
}

static inline int reference_compare(const void *a, const void *b) {
    return memcmp(((const reference_term *)a)->cell, ((const reference_term *)b)->cell,
                  REFERENCE_CELLS);
}

/* Sorts by string, adds equal strings, drops what cancelled. */
static inline void reference_merge(reference *r) {
    qsort(r->term, r->count, sizeof *r->term, reference_compare);
    double norm = 0;
    for (size_t i = 0; i < r->count; i++) norm += pow(cabs(r->term[i].amplitude), 2);
    size_t kept = 0;
    for (size_t i = 0; i < r->count;) {
        reference_term sum = r->term[i];
        size_t j = i + 1;
        for (; j < r->count && reference_compare(&r->term[j], &sum) == 0; j++)
            sum.amplitude += r->term[j].amplitude;
        if (pow(cabs(sum.amplitude), 2) > 1e-26 * norm) r->term[kept++] = sum;
        i = j;
    }
    r->count = kept;
}

static inline void reference_hadamard(reference *r, uint32_t cell) {
    r->term = realloc(r->term, 2 * r->count * sizeof *r->term);
    assert_non_null(r->term);
    for (size_t i = 0; i < r->count; i++) {
        reference_term *low = &r->term[i], *high = &r->term[r->count + i];
        const double complex a = low->amplitude / sqrt(2);
        const bool one = low->cell[cell] == 1;
        *high = *low;
        low->cell[cell] = 0;
        high->cell[cell] = 1;
        low->amplitude = a;
        high->amplitude = one ? -a : a;
    }
    r->count *= 2;
    reference_merge(r);
}

static inline void reference_term_ops(const brg_qram *q, reference_term *t,
                                      const brg_slice_ops *ops, const brg_planes *data) {
    const bool three = q->routers == BRG_THREE_LEVEL;
    const uint32_t n = q->address_width, root = brg_cell_data(0);
    const uint32_t h = q->page_bits;
    if (ops->a_in >= 0) reference_swap(t, brg_cell_address_qubit(q, h + (uint16_t)ops->a_in), root);
    if (ops->a_out >= 0)
        reference_swap(t, brg_cell_address_qubit(q, h + (uint16_t)ops->a_out), root);
    for (uint32_t l = 0; l < n; l++) {
        for (uint32_t i = 0; i < 1u << l; i++) {
            const uint32_t node = brg_node(l, i);
            const unsigned a = t->cell[brg_cell_addr(node)];
            const bool acts = !three || a > 0;
            const uint32_t side = three ? a - 1u : a;
            if ((ops->route >> l & 1u) && acts)
                reference_swap(t, brg_cell_data(node),
                               brg_cell_data(brg_node(l + 1, 2 * i + side)));
            if (ops->latch >> l & 1u) reference_swap(t, brg_cell_data(node), brg_cell_addr(node));
            if (l + 1 != n || ops->fetch < 0 || !acts) continue;
            if (!brg_planes_get(data, (uint32_t)ops->fetch, 2 * i + side)) continue;
            uint8_t *carrier = &t->cell[brg_cell_data(node)];
            if (three && *carrier)
                *carrier = (uint8_t)(3 - *carrier);
            else if (!three && *carrier)
                t->amplitude = -t->amplitude;
        }
    }
}

/* SWAP of a bus qubit with root.data; page -1: whatever the page qubits hold. */
static inline void reference_bus(reference *r, int16_t bit, int16_t page) {
    const brg_qram *q = &r->qram;
    const unsigned zero = q->routers == BRG_THREE_LEVEL ? 1 : 0;
    for (size_t i = 0; i < r->count; i++) {
        bool acts = true;
        for (uint32_t b = 0; page >= 0 && b < q->page_bits; b++) {
            const unsigned wanted = zero + (((unsigned)page >> (q->page_bits - 1 - b)) & 1u);
            if (r->term[i].cell[brg_cell_address_qubit(q, b)] != wanted) acts = false;
        }
        if (acts)
            reference_swap(&r->term[i], brg_cell_bus_qubit(q, (uint32_t)bit), brg_cell_data(0));
    }
}

static inline void reference_apply(reference *r, const brg_slice_ops *ops, const brg_planes *data) {
    const brg_qram *q = &r->qram;
    if (ops->d_out >= 0) reference_bus(r, ops->d_out, ops->d_out_page);
    if (ops->basis_out) reference_hadamard(r, brg_cell_bus_qubit(q, (uint32_t)ops->d_out));
    if (ops->basis_in) reference_hadamard(r, brg_cell_bus_qubit(q, (uint32_t)ops->d_in));
    if (ops->d_in >= 0) reference_bus(r, ops->d_in, ops->d_in_page);
    for (size_t i = 0; i < r->count; i++) reference_term_ops(q, &r->term[i], ops, data);
}

static inline void reference_pauli(reference *r, uint32_t cell, unsigned x, unsigned z) {
    const unsigned levels = r->qram.routers == BRG_THREE_LEVEL ? 3 : 2;
    for (size_t i = 0; i < r->count; i++) {
        reference_term *t = &r->term[i];
        const unsigned value = t->cell[cell];
        t->amplitude *= cexp(2 * M_PI * I * (double)(z * value) / levels);
        t->cell[cell] = (uint8_t)((value + x) % levels);
    }
}

static inline void reference_flip(reference *r, uint32_t cell) {
    const unsigned top = r->qram.routers == BRG_THREE_LEVEL ? 2 : 1;
    for (size_t i = 0; i < r->count; i++)
        if (r->term[i].cell[cell] == top) r->term[i].amplitude = -r->term[i].amplitude;
}

static inline void reference_jump(reference *r, uint32_t cell, unsigned value) {
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (r->term[i].cell[cell] != value) continue;
        r->term[kept] = r->term[i];
        r->term[kept++].cell[cell] = 0;
    }
    r->count = kept;
}

static inline double reference_norm(const reference *r) {
    double norm = 0;
    for (size_t i = 0; i < r->count; i++) norm += pow(cabs(r->term[i].amplitude), 2);
    return norm;
}

/* sum over tree states of |<psi|registers>|^2, pairwise. */
static inline double reference_fidelity(const reference *r, const brg_input *input,
                                        const brg_planes *ideal) {
    const brg_qram *q = &r->qram;
    const uint32_t m = q->address_width + q->page_bits, tree = brg_tree_cells(q);
    const unsigned zero = q->routers == BRG_THREE_LEVEL ? 1 : 0;
    double complex *overlap = calloc(r->count + 1, sizeof *overlap);
    double sum = 0;
    assert_non_null(overlap);
    for (size_t i = 0; i < r->count; i++) {
        const reference_term *t = &r->term[i];
        for (uint64_t a = 0; a < (uint64_t)1 << m; a++) {
            if (!input->uniform && a != input->index) continue;
            bool equal = true;
            for (uint32_t b = 0; b < m; b++)
                equal = equal &&
                        t->cell[brg_cell_address_qubit(q, b)] == zero + ((a >> (m - 1 - b)) & 1u);
            for (uint32_t j = 0; j < q->word_width; j++)
                equal = equal && t->cell[brg_cell_bus_qubit(q, j)] ==
                                     zero + (unsigned)brg_planes_get(ideal, j, a);
            if (equal)
                overlap[i] = t->amplitude / sqrt(input->uniform ? (double)((uint64_t)1 << m) : 1);
        }
    }
    for (size_t i = 0; i < r->count; i++)
        for (size_t j = 0; j < r->count; j++)
            if (memcmp(r->term[i].cell, r->term[j].cell, tree) == 0)
                sum += creal(conj(overlap[i]) * overlap[j]);
    free(overlap);
    return sum;
}

#endif
