/* SPDX-License-Identifier: Apache-2.0 */
/* The logical Paulis of model/ecc/loop_model.h with counters around them. */
#include "testbench/run_qec.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "model/ecc/loop_model.h"

enum { LIVES = 2 };

/* One life of one qubit in one query, over the trajectories. */
typedef struct slot {
    atomic_uint_fast64_t lives, rounds, errors[BRG_PATCH_BASES];
} slot;

struct brg_run_qec {
    brg_loop_model *model, *perfect_model;
    brg_logical model_logical, inner, outer, perfect, counted;
    uint64_t trajectories;
    uint32_t queries, qubits;
    bool counting;
    atomic_uint_fast64_t lives, lives_hit, rounds;
    atomic_uchar *hit;            /* [trajectories * queries] */
    slot *slots;                  /* [queries][qubits][LIVES] */
    atomic_uchar *seen;           /* a bit for each life of [trajectories][queries][qubits] */
    double rate[BRG_PATCH_BASES]; /* of X and of Z a round, from the counts */
};

static void count_slot(brg_run_qec *q, uint32_t query, uint32_t qubit, uint32_t life,
                       uint64_t rounds, unsigned pauli) {
    slot *s = &q->slots[((size_t)query * q->qubits + qubit) * LIVES + life];
    atomic_fetch_add_explicit(&s->lives, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->rounds, rounds, memory_order_relaxed);
    for (unsigned b = 0; b < BRG_PATCH_BASES; b++)
        if (pauli >> b & 1u) atomic_fetch_add_explicit(&s->errors[b], 1, memory_order_relaxed);
}

static size_t seen_bytes(const brg_run_qec *q) {
    return (size_t)(q->trajectories * q->queries * q->qubits * LIVES / 8 + 1);
}

/* A life can be asked for twice: is there any error, and then which. */
static bool first_time(brg_run_qec *q, uint64_t trajectory, uint32_t query, uint32_t qubit,
                       uint32_t life) {
    if (trajectory >= q->trajectories || query >= q->queries || qubit >= q->qubits || life >= LIVES)
        return false;
    const uint64_t at = ((trajectory * q->queries + query) * q->qubits + qubit) * LIVES + life;
    const unsigned char bit = (unsigned char)(1u << (at & 7u));
    return !(atomic_fetch_or_explicit(&q->seen[at >> 3], bit, memory_order_relaxed) & bit);
}

static unsigned counted(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                        uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    brg_run_qec *q = user;
    const unsigned pauli =
        q->inner.pauli(q->inner.user, trajectory, query, qubit, life, begin_ps, end_ps);
    if (!q->counting || !first_time(q, trajectory, query, qubit, life)) return pauli;
    atomic_fetch_add_explicit(&q->lives, 1, memory_order_relaxed);
    const uint64_t rounds = brg_loop_rounds(q->model, begin_ps, end_ps);
    atomic_fetch_add_explicit(&q->rounds, rounds, memory_order_relaxed);
    count_slot(q, query, qubit, life, rounds, pauli);
    if (!pauli) return 0;
    atomic_fetch_add_explicit(&q->lives_hit, 1, memory_order_relaxed);
    atomic_store_explicit(&q->hit[trajectory * q->queries + query], 1, memory_order_relaxed);
    return pauli;
}

static int known_rates(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z) {
    const brg_run_qec *q = user;
    return q->model_logical.rates(q->model_logical.user, begin_ps, end_ps, x, z);
}

static int counted_rates(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z) {
    const brg_run_qec *q = user;
    const uint64_t rounds = brg_loop_rounds(q->model, begin_ps, end_ps);
    *x = brg_loop_error_after(q->rate[0], rounds);
    *z = brg_loop_error_after(q->rate[1], rounds);
    return BRG_OK;
}

static brg_loop_decoder decoder_of(brg_qec_decoder_kind kind) {
    switch (kind) {
        case BRG_QEC_DECODER_LOOKUP:
            return BRG_LOOP_LOOKUP;
        case BRG_QEC_DECODER_FIT:
            return BRG_LOOP_FIT;
        case BRG_QEC_DECODER_NONE:
            return BRG_LOOP_NONE;
        case BRG_QEC_DECODER_RTL:
            return BRG_LOOP_RTL;
        case BRG_QEC_DECODER_C:
            break;
    }
    return BRG_LOOP_UNION_FIND;
}

int brg_run_qec_new(brg_run_qec **out, const brg_scenario *s, brg_diag *diag) {
    brg_run_qec *q = calloc(1, sizeof *q);
    *out = NULL;
    if (!q) return BRG_ENOMEM;
    const brg_platform_qec *p = &s->qec;
    brg_loop_config config = {.patch = p->patch,
                              .decoder = decoder_of(p->decoder),
                              .physical_error = brg_loop_effective_error(&p->patch),
                              .round_ps = p->round_ps,
                              .window = p->decoder == BRG_QEC_DECODER_LOOKUP ? 4 : 0};
    q->trajectories = s->trajectories;
    q->queries = s->queries;
    q->qubits = brg_table_width(&s->qram) + s->qram.word_width;
    q->seen = calloc(seen_bytes(q), sizeof *q->seen);
    q->slots = calloc((size_t)q->queries * q->qubits * LIVES, sizeof *q->slots);
    int status = brg_loop_model_new(&q->model, &config, diag);
    config.decoder = BRG_LOOP_PERFECT;
    if (status == BRG_OK) status = brg_loop_model_new(&q->perfect_model, &config, diag);
    if (status == BRG_OK &&
        (!q->slots || !q->seen || !(q->hit = calloc(s->trajectories, s->queries * sizeof *q->hit))))
        status = BRG_ENOMEM;
    if (status) {
        brg_run_qec_destroy(&q);
        return status;
    }
    brg_loop_logical(&q->model_logical, q->model, s->qec_transfer_error);
    q->inner = q->model_logical;
    brg_loop_logical(&q->perfect, q->perfect_model, s->qec_transfer_error);
    q->outer = (brg_logical){.pauli = counted,
                             .rates = q->inner.rates ? known_rates : NULL,
                             .user = q,
                             .transfer_error = s->qec_transfer_error};
    q->counted = q->outer;
    q->counted.rates = counted_rates;
    *out = q;
    return BRG_OK;
}

void brg_run_qec_destroy(brg_run_qec **qec) {
    brg_run_qec *q = *qec;
    if (!q) return;
    brg_loop_model_destroy(&q->model);
    brg_loop_model_destroy(&q->perfect_model);
    free(q->slots);
    free(q->seen);
    free(q->hit);
    free(q);
    *qec = NULL;
}

const brg_logical *brg_run_qec_logical(const brg_run_qec *qec) {
    return &qec->outer;
}

void brg_run_qec_follow(brg_run_qec *qec, const brg_logical *hardware) {
    qec->inner = hardware ? *hardware : qec->model_logical;
}

const brg_logical *brg_run_qec_perfect(const brg_run_qec *qec) {
    return &qec->perfect;
}

void brg_run_qec_count(brg_run_qec *q, bool on) {
    q->counting = on;
    if (!on) return;
    atomic_store(&q->lives, 0);
    atomic_store(&q->lives_hit, 0);
    atomic_store(&q->rounds, 0);
    for (uint64_t i = 0; i < q->trajectories * q->queries; i++) atomic_store(&q->hit[i], 0);
    for (size_t i = 0; i < seen_bytes(q); i++) atomic_store(&q->seen[i], 0);
    for (size_t i = 0; i < (size_t)q->queries * q->qubits * LIVES; i++) {
        slot *s = &q->slots[i];
        atomic_store(&s->lives, 0);
        atomic_store(&s->rounds, 0);
        for (unsigned b = 0; b < BRG_PATCH_BASES; b++) atomic_store(&s->errors[b], 0);
    }
}

/* Errors of one basis that a rate would leave in all lives that were counted. */
static double expected_errors(const brg_run_qec *q, double rate) {
    double sum = 0;
    for (size_t i = 0; i < (size_t)q->queries * q->qubits * LIVES; i++) {
        const uint64_t lives = atomic_load(&q->slots[i].lives);
        if (!lives) continue;
        /* Lockstep trajectories can differ in length: their mean stands for them. */
        const uint64_t rounds = (atomic_load(&q->slots[i].rounds) + lives / 2) / lives;
        sum += (double)lives * brg_loop_error_after(rate, rounds);
    }
    return sum;
}

static double fitted_rate(const brg_run_qec *q, uint64_t errors) {
    double low = 0, high = 0.5;
    if (!errors) return 0;
    for (int step = 0; step < 100; step++) {
        const double middle = (low + high) / 2;
        if (expected_errors(q, middle) < (double)errors)
            low = middle;
        else
            high = middle;
    }
    return high;
}

const brg_logical *brg_run_qec_rates(brg_run_qec *q, double relative[BRG_PATCH_BASES]) {
    for (unsigned b = 0; b < BRG_PATCH_BASES; b++) relative[b] = 0;
    if (q->outer.rates) return &q->outer;
    for (unsigned b = 0; b < BRG_PATCH_BASES; b++) {
        uint64_t errors = 0;
        for (size_t i = 0; i < (size_t)q->queries * q->qubits * LIVES; i++)
            errors += atomic_load(&q->slots[i].errors[b]);
        q->rate[b] = fitted_rate(q, errors);
        relative[b] = errors ? 1 / sqrt((double)errors) : 0;
    }
    return &q->counted;
}

brg_logical_counts brg_run_qec_counts(const brg_run_qec *q) {
    brg_logical_counts c = {.queries = q->trajectories * q->queries,
                            .lives = atomic_load(&q->lives),
                            .lives_hit = atomic_load(&q->lives_hit),
                            .rounds = atomic_load(&q->rounds)};
    for (uint64_t i = 0; i < c.queries; i++) c.queries_hit += atomic_load(&q->hit[i]);
    return c;
}

int brg_run_qec_status(const brg_run_qec *qec) {
    return brg_loop_status(qec->model);
}
