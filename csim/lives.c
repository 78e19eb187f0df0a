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

static unsigned pauli_of(const brg_run_config *c, uint64_t trajectory, uint32_t query,
                         uint32_t qubit, uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    const brg_logical *logical = c->logical;
    return logical->pauli(logical->user, trajectory, query, qubit, life, begin_ps, end_ps) & 3u;
}

static void enter(brg_lives *l, const brg_run_config *c, uint64_t trajectory, uint32_t query,
                  uint32_t qubit, uint64_t at_ps, brg_logical_error *out, uint32_t *count) {
    const bool first = l->stage[qubit] == BRG_LIFE_WAITS;
    l->stage[qubit] = BRG_LIFE_INSIDE;
    if (!first) return;
    const unsigned pauli = pauli_of(c, trajectory, query, qubit, 0, l->begin_ps, at_ps) ^
                           transfer(c, trajectory, query, qubit, 0);
    if (pauli) out[(*count)++] = (brg_logical_error){qubit, pauli};
}

static void leave(brg_lives *l, uint32_t qubit, uint64_t at_ps) {
    l->stage[qubit] = BRG_LIFE_OUT;
    l->out_ps[qubit] = at_ps;
}

uint32_t brg_lives_slice(brg_lives *l, const brg_run_config *c, uint64_t trajectory, uint32_t query,
                         const brg_slice *slice, brg_logical_error out[2]) {
    const brg_slice_ops *ops = &slice->ops;
    const uint32_t m = brg_table_width(&c->qram);
    uint32_t count = 0;
    if (!l->begun) l->begin_ps = slice->start_ps - brg_slice_wait_ps(slice);
    l->begun = true;
    l->end_ps = slice->start_ps + slice->duration_ps;
    /* Out before in: a bus qubit of a paged query can do both in one slice. */
    if (ops->a_out >= 0) leave(l, brg_routed_qubit(&c->qram, ops->a_out), l->end_ps);
    if (ops->d_out >= 0) leave(l, m + (uint16_t)ops->d_out, l->end_ps);
    if (ops->a_in >= 0)
        enter(l, c, trajectory, query, brg_routed_qubit(&c->qram, ops->a_in), slice->start_ps, out,
              &count);
    if (ops->d_in >= 0)
        enter(l, c, trajectory, query, m + (uint16_t)ops->d_in, slice->start_ps, out, &count);
    return count;
}

uint32_t brg_lives_end(const brg_lives *l, const brg_run_config *c, uint64_t trajectory,
                       uint32_t query, brg_logical_error out[BRG_LIVES_QUBITS]) {
    const uint32_t qubits = brg_table_width(&c->qram) + c->qram.word_width;
    uint32_t count = 0;
    for (uint32_t q = 0; q < qubits; q++) {
        unsigned pauli = 0;
        if (l->stage[q] == BRG_LIFE_WAITS)
            pauli = pauli_of(c, trajectory, query, q, 0, l->begin_ps, l->end_ps);
        else if (l->stage[q] == BRG_LIFE_OUT)
            pauli = pauli_of(c, trajectory, query, q, 1, l->out_ps[q], l->end_ps) ^
                    transfer(c, trajectory, query, q, 1);
        if (pauli) out[count++] = (brg_logical_error){q, pauli};
    }
    return count;
}
