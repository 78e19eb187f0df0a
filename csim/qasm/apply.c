/* SPDX-License-Identifier: Apache-2.0 */
/* Operations, measurements and noise on the state. Each qubit has its own clock: a gate starts when
 * the last of its qubits is free, and a qubit that waits or is in a gate decays meanwhile. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "csim/qasm/run.h"

/* Below this a probability is rounding. */
static const double no_chance = 1e-14;

static uint64_t bit_of(uint32_t qubit) {
    return UINT64_C(1) << qubit;
}

static uint64_t targets_of(const qasm_prim *p) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < p->count; i++) mask |= bit_of(p->qubits[i]);
    return mask;
}

static int flip(brg_dense *state, uint64_t qubits) {
    int status = BRG_OK;
    for (uint32_t q = 0; !status && qubits >> q; q++)
        if (qubits >> q & 1) status = brg_dense_x(state, 0, q);
    return status;
}

/* Gathers the 2^count amplitudes of each setting of the other qubits; copies the whole state. */
static int wide_matrix(brg_dense *state, const brg_complex *m, const uint8_t *qubits,
                       uint32_t count, uint64_t ones) {
    const uint64_t size = UINT64_C(1) << brg_dense_qubits(state), width = UINT64_C(1) << count;
    uint64_t mask = 0, offset[32];
    brg_complex in[32];
    if (count > 5) return BRG_EINVAL;
    brg_complex *a = malloc(size * sizeof *a);
    if (!a) return BRG_ENOMEM;
    for (uint64_t i = 0; i < width; i++) {
        offset[i] = 0;
        for (uint32_t k = 0; k < count; k++)
            if (i >> k & 1) offset[i] |= bit_of(qubits[k]);
    }
    mask = offset[width - 1];
    int status = brg_dense_get(state, 0, size, a);
    for (uint64_t base = 0; !status && base < size; base++) {
        if (base & mask || (base & ones) != ones) continue;
        for (uint64_t i = 0; i < width; i++) in[i] = a[base | offset[i]];
        for (uint64_t i = 0; i < width; i++) {
            brg_complex sum = 0;
            for (uint64_t k = 0; k < width; k++) sum += m[i * width + k] * in[k];
            a[base | offset[i]] = sum;
        }
    }
    if (!status) status = brg_dense_set(state, 0, size, a);
    free(a);
    return status;
}

int qasm_dense_matrix(brg_dense *state, const brg_complex *m, const uint8_t *qubits, uint32_t count,
                      uint64_t ones, uint64_t zeros) {
    int status = flip(state, zeros);
    ones |= zeros;
    if (!status && count == 1)
        status = brg_dense_gate1(state, ones, qubits[0], m);
    else if (!status && count == 2)
        status = brg_dense_gate2(state, ones, qubits[0], qubits[1], m);
    else if (!status)
        status = wide_matrix(state, m, qubits, count, ones);
    return status ? status : flip(state, zeros);
}

static int one_qubit(brg_dense *state, const qasm_prim *p, uint64_t ones) {
    const brg_complex *m = p->m;
    const uint32_t q = p->qubits[0];
    if (m[1] == 0 && m[2] == 0) {
        if (m[0] == 1) return m[3] == 1 ? BRG_OK : brg_dense_phase(state, ones | bit_of(q), m[3]);
        return brg_dense_diagonal1(state, ones, q, m[0], m[3]);
    }
    if (m[0] == 0 && m[3] == 0 && m[1] == 1 && m[2] == 1) return brg_dense_x(state, ones, q);
    return brg_dense_gate1(state, ones, q, m);
}

/* Without noise and without put-off measurements. */
static int apply_bare(brg_dense *state, const qasm_prim *p) {
    const uint64_t ones = p->ones | p->zeros;
    if (p->kind == QP_DENSE)
        return qasm_dense_matrix(state, p->dense, p->qubits, p->count, p->ones, p->zeros);
    int status = flip(state, p->zeros);
    if (status) return status;
    if (p->kind == QP_MATRIX)
        status = one_qubit(state, p, ones);
    else if (p->kind == QP_PHASE)
        status = brg_dense_phase(state, ones, p->m[0]);
    else if (p->kind == QP_SWAP)
        status = brg_dense_swap(state, ones, p->qubits[0], p->qubits[1]);
    else
        status = BRG_EINVAL;
    return status ? status : flip(state, p->zeros);
}

static int decay(qasm_run *r, uint32_t q, double ns) {
    const brg_qasm_noise *noise = &r->config->noise;
    int status = BRG_OK;
    if (!(ns > 0)) return BRG_OK;
    if (noise->t1_ns > 0)
        status = brg_dense_damp(r->state, q, -expm1(-ns / noise->t1_ns),
                                brg_stream_uniform(&r->jump), NULL);
    if (!status && noise->tphi_ns > 0 &&
        brg_stream_uniform(&r->pauli) < -expm1(-ns / noise->tphi_ns) / 2)
        status = brg_dense_phase(r->state, bit_of(q), -1);
    return status;
}

/* The qubits wait for the last of them. */
static int meet(qasm_run *r, uint64_t qubits) {
    double start = 0;
    int status = BRG_OK;
    if (!r->config->noise.on) return BRG_OK;
    for (uint32_t q = 0; qubits >> q; q++)
        if (qubits >> q & 1) start = fmax(start, r->clock_ns[q]);
    for (uint32_t q = 0; !status && qubits >> q; q++) {
        if (!(qubits >> q & 1)) continue;
        status = decay(r, q, start - r->clock_ns[q]);
        r->clock_ns[q] = start;
    }
    return status;
}

static int pass(qasm_run *r, uint64_t qubits, double ns, bool decaying) {
    int status = BRG_OK;
    if (!r->config->noise.on) return BRG_OK;
    for (uint32_t q = 0; !status && qubits >> q; q++) {
        if (!(qubits >> q & 1)) continue;
        if (decaying) status = decay(r, q, ns);
        r->clock_ns[q] += ns;
    }
    return status;
}

static int query(qasm_run *r, const qasm_prim *p, double *ns) {
    uint32_t qubits[BRG_QASM_MAX_QUBITS];
    const qasm_table_node *t = r->program->tables;
    for (uint32_t i = 0; i < p->table; i++) t = t->next;
    for (uint32_t i = 0; i < p->count; i++) qubits[i] = p->qubits[i];
    const brg_qasm_query q = {.table = &t->table,
                              .table_index = p->table,
                              .planes = r->planes[p->table],
                              .address = qubits,
                              .bus = qubits + t->table.address_width,
                              .seed = r->config->seed,
                              .shot = r->shot,
                              .number = r->queries++,
                              .duration_ns = ns};
    const brg_qasm_query_call call = r->config->query ? r->config->query : brg_qasm_query_exact;
    return call(r->config->user, r->state, &q);
}

int qasm_apply(qasm_run *r, const qasm_prim *p, qasm_place at) {
    const uint64_t qubits = p->ones | p->zeros | targets_of(p);
    int status = qasm_step(r, at);
    if (status) return status;
    if (r->defer && r->measured & qubits) {
        r->needs_shots = true;
        return BRG_ESTATE;
    }
    r->touched |= qubits;
    if ((status = meet(r, qubits))) return status;
    if (p->kind == QP_QUERY) {
        double ns = 0;
        status = query(r, p, &ns);
        if (status == BRG_EINPUT && brg_diag_count(r->diag) == 0)
            qasm_error(r->diag, at, "the query failed");
        return status ? status : pass(r, qubits, ns, false);
    }
    if ((status = apply_bare(r->state, p))) return status;
    const brg_qasm_noise *noise = &r->config->noise;
    const int count = __builtin_popcountll(qubits);
    return pass(r, qubits,
                count > 2    ? noise->gate3_ns
                : count == 2 ? noise->gate2_ns
                             : noise->gate1_ns,
                true);
}

int qasm_apply_to(brg_dense *state, const qasm_prim *p) {
    return apply_bare(state, p);
}

/* Takes the outcome that the path says, or the likelier reading of 0 first. */
static int follow(qasm_run *r, uint32_t q, unsigned *value) {
    const double norm = brg_dense_norm(r->state);
    const double one = brg_dense_probability(r->state, q) / norm, zero = 1 - one;
    if (one <= no_chance || zero <= no_chance) {
        *value = one > zero;
    } else {
        if (r->draws == QASM_MAX_PATH) {
            qasm_error(r->diag, (qasm_place){r->program->file, 0, 0},
                       "more than %d measurements with two outcomes on one path: the exact "
                       "probabilities are too many, accepted: counts",
                       QASM_MAX_PATH);
            return BRG_EINPUT;
        }
        if (r->draws >= r->forced) r->path[r->draws] = 0;
        *value = r->path[r->draws++];
        r->path_probability *= *value ? one : zero;
    }
    const double scale = 1 / sqrt((*value ? one : zero) * norm);
    return brg_dense_diagonal1(r->state, 0, q, *value ? 0 : scale, *value ? scale : 0);
}

static int take_outcome(qasm_run *r, uint32_t q, unsigned *value) {
    if (r->enumerate) return follow(r, q, value);
    return brg_dense_measure(r->state, q, brg_stream_uniform(&r->measure), value);
}

int qasm_measure(qasm_run *r, uint32_t qubit, uint32_t bit, unsigned *value) {
    *value = 0;
    if (r->defer && bit != QASM_NONE) {
        r->measured |= bit_of(qubit);
        r->deferred[bit] = qubit;
        return BRG_OK;
    }
    if (r->defer) {
        r->needs_shots = true;
        return BRG_ESTATE;
    }
    int status = pass(r, bit_of(qubit), r->config->noise.readout_ns, true);
    if (!status) status = take_outcome(r, qubit, value);
    if (!status && bit != QASM_NONE) r->bits[bit] = (uint8_t)*value;
    return status;
}

int qasm_reset_qubit(qasm_run *r, uint32_t qubit) {
    unsigned value;
    int status;
    if (r->defer) {
        if (!(r->touched >> qubit & 1)) return BRG_OK;
        const double one = brg_dense_probability(r->state, qubit);
        if (!(r->measured >> qubit & 1) && one <= no_chance) return BRG_OK;
        if (!(r->measured >> qubit & 1) && one >= 1 - no_chance)
            return brg_dense_x(r->state, 0, qubit);
        r->needs_shots = true;
        return BRG_ESTATE;
    }
    if (r->enumerate) {
        status = follow(r, qubit, &value);
        if (!status && value) status = brg_dense_x(r->state, 0, qubit);
    } else {
        status = brg_dense_reset(r->state, qubit, brg_stream_uniform(&r->measure));
    }
    return status ? status : pass(r, bit_of(qubit), r->config->noise.reset_ns, false);
}

int qasm_delay(qasm_run *r, uint32_t qubit, double ns) {
    return pass(r, bit_of(qubit), ns, true);
}

int qasm_barrier(qasm_run *r, uint64_t qubits) {
    return meet(r, qubits);
}

int brg_qasm_query_exact(void *user, brg_dense *state, const brg_qasm_query *q) {
    (void)user;
    const uint32_t n = q->table->address_width, k = q->table->word_width;
    const uint64_t size = UINT64_C(1) << brg_dense_qubits(state);
    brg_complex *a = malloc(size * sizeof *a);
    uint64_t *moves = calloc(UINT64_C(1) << n, sizeof *moves); /* index bits that a word turns */
    int status = a && moves ? brg_dense_get(state, 0, size, a) : BRG_ENOMEM;
    for (uint64_t cell = 0; !status && cell >> n == 0; cell++)
        for (uint32_t j = 0; j < k; j++)
            if (brg_planes_get(q->planes, j, cell)) moves[cell] |= bit_of(q->bus[j]);
    for (uint64_t i = 0; !status && i < size; i++) {
        uint64_t cell = 0;
        for (uint32_t j = 0; j < n; j++) cell = cell << 1 | (i >> q->address[j] & 1);
        const uint64_t to = i ^ moves[cell];
        if (to <= i) continue;
        const brg_complex kept = a[i];
        a[i] = a[to];
        a[to] = kept;
    }
    if (!status) status = brg_dense_set(state, 0, size, a);
    free(a);
    free(moves);
    return status;
}
