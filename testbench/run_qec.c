/* SPDX-License-Identifier: Apache-2.0 */
/* The logical Paulis of model/ecc/loop_model.h with counters around them. */
#include "testbench/run_qec.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "model/ecc/loop_model.h"

struct brg_run_qec {
    brg_loop_model *model;
    brg_logical model_logical, inner, outer, perfect;
    uint64_t trajectories;
    uint32_t queries;
    bool counting;
    atomic_uint_fast64_t lives, lives_hit, rounds;
    atomic_uchar *hit; /* [trajectories * queries] */
};

static unsigned counted(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                        uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    brg_run_qec *q = user;
    const unsigned pauli =
        q->inner.pauli(q->inner.user, trajectory, query, qubit, life, begin_ps, end_ps);
    if (!q->counting) return pauli;
    atomic_fetch_add_explicit(&q->lives, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&q->rounds, brg_loop_rounds(q->model, begin_ps, end_ps),
                              memory_order_relaxed);
    if (!pauli) return 0;
    atomic_fetch_add_explicit(&q->lives_hit, 1, memory_order_relaxed);
    if (trajectory < q->trajectories && query < q->queries)
        atomic_store_explicit(&q->hit[trajectory * q->queries + query], 1, memory_order_relaxed);
    return pauli;
}

static unsigned no_error(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                         uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    (void)user, (void)trajectory, (void)query, (void)qubit, (void)life, (void)begin_ps,
        (void)end_ps;
    return 0;
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
    const brg_loop_config config = {.patch = p->patch,
                                    .decoder = decoder_of(p->decoder),
                                    .physical_error = brg_loop_effective_error(&p->patch),
                                    .round_ps = p->round_ps,
                                    .window = p->decoder == BRG_QEC_DECODER_LOOKUP ? 4 : 0};
    q->trajectories = s->trajectories;
    q->queries = s->queries;
    int status = brg_loop_model_new(&q->model, &config, diag);
    if (status == BRG_OK && !(q->hit = calloc(s->trajectories, s->queries * sizeof *q->hit)))
        status = BRG_ENOMEM;
    if (status) {
        brg_run_qec_destroy(&q);
        return status;
    }
    brg_loop_logical(&q->model_logical, q->model, s->qec_transfer_error);
    q->inner = q->model_logical;
    q->outer = (brg_logical){counted, q, s->qec_transfer_error};
    q->perfect = (brg_logical){no_error, NULL, s->qec_transfer_error};
    *out = q;
    return BRG_OK;
}

void brg_run_qec_destroy(brg_run_qec **qec) {
    brg_run_qec *q = *qec;
    if (!q) return;
    brg_loop_model_destroy(&q->model);
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
