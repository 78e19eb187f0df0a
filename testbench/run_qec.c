/* SPDX-License-Identifier: Apache-2.0 */
/* Logical errors of a run, counted as the state engines ask for them. */
#include "testbench/run_qec.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "model/ecc/loop_model.h"

struct brg_run_qec {
    brg_loop_model *model;
    brg_logical logical;
    bool counting;
    uint64_t trajectories;
    uint32_t queries;
    atomic_uint_fast64_t lives, rounds, errors;
    /* Bit of each (trajectory, query) in which a life ended with a residual. */
    atomic_uint_fast64_t *any;
    size_t any_words;
};

/* Threads ask at the same time; sums and bits do not depend on their order. */
static unsigned counted_pauli(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                              uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    brg_run_qec *q = user;
    const unsigned pauli =
        brg_loop_pauli(q->model, trajectory, query, qubit, life, begin_ps, end_ps);
    if (!q->counting) return pauli;
    atomic_fetch_add_explicit(&q->lives, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&q->rounds, brg_loop_rounds(q->model, begin_ps, end_ps),
                              memory_order_relaxed);
    if (!pauli) return pauli;
    atomic_fetch_add_explicit(&q->errors, 1, memory_order_relaxed);
    const uint64_t bit = trajectory * q->queries + query;
    if (trajectory < q->trajectories && query < q->queries)
        atomic_fetch_or_explicit(&q->any[bit / 64], UINT64_C(1) << bit % 64, memory_order_relaxed);
    return pauli;
}

/* The decoder in RTL slides a window of 2d layers that commits d; in C the same windows keep the
 * memory of a long life small. A table has four layers at most. */
static brg_loop_config loop_config(const brg_scenario *s) {
    static const brg_loop_decoder decoders[] = {
        [BRG_QEC_DECODER_RTL] = BRG_LOOP_UNION_FIND, [BRG_QEC_DECODER_C] = BRG_LOOP_UNION_FIND,
        [BRG_QEC_DECODER_LOOKUP] = BRG_LOOP_LOOKUP,  [BRG_QEC_DECODER_FIT] = BRG_LOOP_FIT,
        [BRG_QEC_DECODER_NONE] = BRG_LOOP_NONE};
    const brg_patch_config *p = &s->qec.patch;
    const double mean = (p->after_clifford_depolarization + p->before_measure_flip +
                         p->after_reset_flip + p->before_round_data_depolarization) /
                        4;
    return (brg_loop_config){
        .patch = *p,
        .decoder = decoders[s->qec.decoder],
        .physical_error = isnan(s->qec_p) ? mean : s->qec_p,
        .round_ps = s->qec.round_ps,
        .window = s->qec.decoder == BRG_QEC_DECODER_LOOKUP ? 4 : 2 * p->distance};
}

int brg_run_qec_new(brg_run_qec **out, const brg_scenario *s, const brg_logical **logical,
                    brg_diag *diag) {
    *out = NULL;
    *logical = NULL;
    if (!s->qec.enabled) return BRG_OK;
    brg_run_qec *q = calloc(1, sizeof *q);
    if (!q) return BRG_ENOMEM;
    const brg_loop_config config = loop_config(s);
    q->trajectories = s->trajectories;
    q->queries = s->queries;
    q->any_words = (size_t)((s->trajectories * s->queries + 63) / 64);
    q->any = calloc(q->any_words, sizeof *q->any);
    int status = q->any ? brg_loop_model_new(&q->model, &config, diag) : BRG_ENOMEM;
    if (status) {
        brg_run_qec_destroy(&q);
        return status;
    }
    q->logical = (brg_logical){counted_pauli, q, s->qec_transfer_error};
    *logical = &q->logical;
    *out = q;
    return BRG_OK;
}

void brg_run_qec_destroy(brg_run_qec **qec) {
    brg_run_qec *q = *qec;
    *qec = NULL;
    if (!q) return;
    brg_loop_model_destroy(&q->model);
    free(q->any);
    free(q);
}

void brg_run_qec_count(brg_run_qec *qec, bool on) {
    if (qec) qec->counting = on;
}

int brg_run_qec_result(const brg_run_qec *qec, brg_qec_errors *out) {
    *out = (brg_qec_errors){.trajectories = qec->trajectories,
                            .queries = qec->queries,
                            .lives = atomic_load(&qec->lives),
                            .rounds = atomic_load(&qec->rounds),
                            .errors = atomic_load(&qec->errors)};
    for (size_t i = 0; i < qec->any_words; i++)
        out->queries_with_error += (uint64_t)__builtin_popcountll(atomic_load(&qec->any[i]));
    return brg_loop_status(qec->model);
}
