/* SPDX-License-Identifier: Apache-2.0 */
/* The lives of encoded register qubits along a query. */
#include "csim/lives.h"

#include <string.h>

#include "csim/random.h"

void brg_lives_begin(brg_lives *l) {
    memset(l, 0, sizeof *l);
}

/* The draw is keyed, so that it does not depend on which other qubits are asked for. */
static unsigned transfer(const brg_run_config *c, uint64_t trajectory, uint32_t query,
                         uint32_t qubit, uint32_t life) {
    static const unsigned pauli[3] = {1, 3, 2}; /* X, Y, Z */
    const double error = c->logical->transfer_error;
    if (!(error > 0)) return 0;
    const brg_stream s = brg_stream_make(c->seed, query, trajectory, BRG_PURPOSE_TRANSFER, 0);
    const double u = brg_stream_uniform_at(&s, 2 * (uint64_t)qubit + life);
    if (!(u < error)) return 0;
    const unsigned which = (unsigned)(3 * (u / error));
    return pauli[which < 3 ? which : 2];
}

/* The errors of some lives; without those that have none. */
static uint32_t draw(const brg_life *life, uint32_t count, const brg_run_config *c,
                     uint64_t trajectory, uint32_t query, brg_logical_error *out) {
    const brg_logical *logical = c->logical;
    uint32_t errors = 0;
    for (const brg_life *l = life; l < life + count; l++) {
        unsigned pauli = logical->pauli(logical->user, trajectory, query, l->qubit, l->life,
                                        l->begin_ps, l->end_ps) &
                         3u;
        if (l->transfer) pauli ^= transfer(c, trajectory, query, l->qubit, l->life);
        if (pauli) out[errors++] = (brg_logical_error){l->qubit, pauli};
    }
    return errors;
}

static void enter(brg_lives *l, uint32_t qubit, uint64_t at_ps, brg_life *out, uint32_t *count) {
    const bool first = l->stage[qubit] == BRG_LIFE_WAITS;
    l->stage[qubit] = BRG_LIFE_INSIDE;
    if (first) out[(*count)++] = (brg_life){qubit, 0, l->begin_ps, at_ps, true};
}

static void leave(brg_lives *l, uint32_t qubit, uint64_t at_ps) {
    l->stage[qubit] = BRG_LIFE_OUT;
    l->out_ps[qubit] = at_ps;
}

uint32_t brg_lives_follow(brg_lives *l, const brg_qram *qram, const brg_slice *slice,
                          brg_life out[2]) {
    const brg_slice_ops *ops = &slice->ops;
    const uint32_t m = brg_table_width(qram);
    uint32_t count = 0;
    if (!l->begun) l->begin_ps = slice->start_ps - brg_slice_wait_ps(slice);
    l->begun = true;
    l->end_ps = slice->start_ps + slice->duration_ps;
    /* Out before in: a bus qubit of a paged query can do both in one slice. */
    if (ops->a_out >= 0) leave(l, brg_routed_qubit(qram, ops->a_out), l->end_ps);
    if (ops->d_out >= 0) leave(l, m + (uint16_t)ops->d_out, l->end_ps);
    if (ops->a_in >= 0) enter(l, brg_routed_qubit(qram, ops->a_in), slice->start_ps, out, &count);
    if (ops->d_in >= 0) enter(l, m + (uint16_t)ops->d_in, slice->start_ps, out, &count);
    return count;
}

uint32_t brg_lives_last(const brg_lives *l, const brg_qram *qram, brg_life out[BRG_LIVES_QUBITS]) {
    const uint32_t qubits = brg_table_width(qram) + qram->word_width;
    uint32_t count = 0;
    for (uint32_t q = 0; q < qubits; q++) {
        if (l->stage[q] == BRG_LIFE_WAITS)
            out[count++] = (brg_life){q, 0, l->begin_ps, l->end_ps, false};
        else if (l->stage[q] == BRG_LIFE_OUT)
            out[count++] = (brg_life){q, 1, l->out_ps[q], l->end_ps, true};
    }
    return count;
}

uint32_t brg_lives_slice(brg_lives *l, const brg_run_config *c, uint64_t trajectory, uint32_t query,
                         const brg_slice *slice, brg_logical_error out[2]) {
    brg_life life[2];
    const uint32_t count = brg_lives_follow(l, &c->qram, slice, life);
    return draw(life, count, c, trajectory, query, out);
}

uint32_t brg_lives_end(const brg_lives *l, const brg_run_config *c, uint64_t trajectory,
                       uint32_t query, brg_logical_error out[BRG_LIVES_QUBITS]) {
    brg_life life[BRG_LIVES_QUBITS];
    const uint32_t count = brg_lives_last(l, &c->qram, life);
    return draw(life, count, c, trajectory, query, out);
}
