/* SPDX-License-Identifier: Apache-2.0 */
/* A query with Paulis on the lives of its register qubits, on the registers alone: what a perfect
 * query makes of them. */
#ifndef BRG_TESTS_REGISTER_PAULIS_H
#define BRG_TESTS_REGISTER_PAULIS_H

#include <math.h>
#include <string.h>

#include "schedule.h"

static inline uint32_t qubits_of(const brg_qram *q) {
    return brg_table_width(q) + q->word_width;
}

/* The Pauli of each life, two bits each, is a part of the trajectory's number. */
static inline unsigned enumerated(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                                  uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    (void)user, (void)query, (void)begin_ps, (void)end_ps;
    return (unsigned)(trajectory >> 2 * (2 * qubit + life)) & 3u;
}

/* Only registers, amplitudes by address << k | bus: what a perfect query makes of them. The signs
 * of Paulis are real up to a common phase. */
static inline void apply_register_pauli(double *state, uint32_t bits, uint32_t bit,
                                        unsigned pauli) {
    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++) {
        const uint64_t j = i ^ (uint64_t)1 << bit;
        if ((pauli & 1u) && i < j) {
            const double keep = state[i];
            state[i] = state[j];
            state[j] = keep;
        }
    }
    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++)
        if ((pauli & 2u) && (i >> bit & 1u)) state[i] = -state[i];
}

static inline void apply_query(double *state, const brg_qram *q, const brg_planes *memory) {
    const uint32_t k = q->word_width, m = brg_table_width(q);
    double next[1 << 8];
    for (uint64_t a = 0; a < (uint64_t)1 << m; a++)
        for (uint64_t b = 0; b < (uint64_t)1 << k; b++)
            next[a << k | (b ^ brg_planes_word(memory, a))] = state[a << k | b];
    memcpy(state, next, sizeof(double) << (m + k));
}

static inline double reference(const brg_qram *q, const brg_input *input, const brg_planes *memory,
                               uint64_t pattern) {
    const uint32_t k = q->word_width, m = brg_table_width(q), bits = m + k;
    double ideal[1 << 8] = {0}, state[1 << 8];
    assert_true(bits <= 8);
    for (uint64_t a = 0; a < (uint64_t)1 << m; a++)
        if (input->uniform || a == input->index)
            ideal[a << k] = input->uniform ? 1 / sqrt((double)((uint64_t)1 << m)) : 1;
    memcpy(state, ideal, sizeof state);
    for (int life = 0; life < 2; life++) {
        for (uint32_t x = 0; x < bits; x++) {
            /* A page qubit never enters: its one life ends with the query. */
            const bool page = x < q->page_bits;
            const unsigned pauli = (unsigned)(pattern >> 2 * (2 * x + (uint32_t)life)) & 3u;
            const unsigned late = (unsigned)(pattern >> 4 * x) & 3u;
            const uint32_t bit = x < m ? bits - 1 - x : x - m;
            if (!page)
                apply_register_pauli(state, bits, bit, pauli);
            else if (life)
                apply_register_pauli(state, bits, bit, late);
        }
        if (!life) apply_query(state, q, memory);
    }
    apply_query(ideal, q, memory);
    double overlap = 0;
    for (uint64_t i = 0; i < (uint64_t)1 << bits; i++) overlap += ideal[i] * state[i];
    return overlap * overlap;
}

#endif
