/* SPDX-License-Identifier: Apache-2.0 */
/* First-order cost of logical errors, life by life. */
#include "csim/life_costs.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "csim/first_order_internal.h"
#include "csim/lives.h"
#include "csim/run_config.h"
#include "csim/threads.h"
#include "csim/trajectory_internal.h"

/* Paulis as in brg_logical: 1 X, 2 Z, 3 Y. */
enum { PAULIS = 4, LIVES = 2 };

/* Which life of which qubit gets which Pauli. */
typedef struct injection {
    uint32_t qubit, life;
    unsigned pauli;
} injection;

static unsigned inject(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                       uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    (void)trajectory, (void)query, (void)begin_ps, (void)end_ps;
    const injection *i = user;
    return qubit == i->qubit && life == i->life ? i->pauli : 0;
}

/* Lives of a query, each with its probabilities and where it stands in the timeline. */
typedef struct life_list {
    uint32_t count;
    brg_life life[LIVES * BRG_LIVES_QUBITS];
    size_t moved_at[LIVES * BRG_LIVES_QUBITS]; /* slice of the transfer */
    double x[LIVES * BRG_LIVES_QUBITS], z[LIVES * BRG_LIVES_QUBITS];
} life_list;

/* 1 - F of a Pauli on a life, for the queries that are alike. */
typedef struct losses {
    bool wanted[BRG_LIVES_QUBITS][LIVES][PAULIS];
    double loss[BRG_LIVES_QUBITS][LIVES][PAULIS];
} losses;

typedef struct costing {
    const brg_timeline *timeline;
    const brg_run_config *config;
    const brg_planes *ideal;
    const brg_logical *rates;
    int jobs;
} costing;

static int list_lives(life_list *list, const costing *a, uint32_t query) {
    const brg_qram *qram = &a->config->qram;
    size_t count = 0, left_at[BRG_LIVES_QUBITS] = {0};
    const size_t first = brg_timeline_query(a->timeline, query, &count);
    const uint32_t m = brg_table_width(qram);
    brg_lives lives;
    list->count = 0;
    brg_lives_begin(&lives);
    for (size_t i = first; i < first + count; i++) {
        const brg_slice *slice = brg_timeline_slice(a->timeline, i);
        const uint32_t ended = brg_lives_follow(&lives, qram, slice, list->life + list->count);
        for (uint32_t e = 0; e < ended; e++) list->moved_at[list->count++] = i;
        if (slice->ops.a_out >= 0) left_at[brg_routed_qubit(qram, slice->ops.a_out)] = i;
        if (slice->ops.d_out >= 0) left_at[m + (uint16_t)slice->ops.d_out] = i;
    }
    const uint32_t last = brg_lives_last(&lives, qram, list->life + list->count);
    for (uint32_t e = 0; e < last; e++, list->count++)
        list->moved_at[list->count] = left_at[list->life[list->count].qubit];
    int rc = BRG_OK;
    for (uint32_t i = 0; i < list->count && !rc; i++) {
        const brg_life *l = &list->life[i];
        list->x[i] = list->z[i] = 0.0;
        if (a->rates)
            rc = a->rates->rates(a->rates->user, l->begin_ps, l->end_ps, &list->x[i], &list->z[i]);
        if (!(list->x[i] >= 0.0 && list->x[i] <= 1.0 && list->z[i] >= 0.0 && list->z[i] <= 1.0))
            rc = rc ? rc : BRG_EINVAL;
    }
    return rc;
}

static void probabilities(const life_list *list, uint32_t i, double p[PAULIS]) {
    const double x = list->x[i], z = list->z[i];
    p[0] = (1.0 - x) * (1.0 - z);
    p[1] = x * (1.0 - z);
    p[2] = z * (1.0 - x);
    p[3] = x * z;
}

static void want(losses *l, const life_list *list, double transfer_error) {
    for (uint32_t i = 0; i < list->count; i++) {
        const brg_life *life = &list->life[i];
        double p[PAULIS];
        probabilities(list, i, p);
        for (unsigned pauli = 1; pauli < PAULIS; pauli++)
            if (p[pauli] > 0.0 || (life->transfer && transfer_error > 0.0))
                l->wanted[life->qubit][life->life][pauli] = true;
    }
}

static int run_injected(const costing *a, uint32_t query, injection *what, double *loss) {
    brg_logical logical = {.pauli = inject, .user = what};
    brg_run_config config = *a->config;
    brg_trajectory *t = NULL;
    brg_outcome outcome;
    size_t count = 0;
    const size_t first = brg_timeline_query(a->timeline, query, &count);
    config.noise = (brg_noise){.model = BRG_NOISE_NONE};
    config.logical = &logical;
    int rc = brg_trajectory_new(&t, &config, 0);
    if (!rc) rc = brg_trajectory_begin(t, query);
    if (!rc) rc = brg_trajectory_run(t, a->timeline, brg_timeline_slice(a->timeline, first), count);
    if (!rc) rc = brg_trajectory_end(t, a->ideal, &outcome);
    brg_trajectory_destroy(&t);
    if (!rc) *loss = 1.0 - outcome.fidelity;
    return rc;
}

static int find_losses(losses *l, const costing *a, uint32_t query) {
    injection list[BRG_LIVES_QUBITS * LIVES * PAULIS];
    int failed = BRG_OK, count = 0;
    size_t slices = 0;
    brg_timeline_query(a->timeline, query, &slices);
    for (uint32_t q = 0; q < BRG_LIVES_QUBITS; q++)
        for (uint32_t life = 0; life < LIVES; life++)
            for (unsigned p = 1; p < PAULIS; p++)
                if (l->wanted[q][life][p]) list[count++] = (injection){q, life, p};
    const int threads =
        brg_threads_worth(count > 0 && count < a->jobs ? count : a->jobs,
                          (double)count * (double)slices * brg_threads_branches(&a->config->qram));
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(dynamic)
    for (int i = 0; i < count; i++) {
        int rc;
#pragma omp atomic read
        rc = failed;
        if (rc) continue;
        rc = run_injected(a, query, &list[i], &l->loss[list[i].qubit][list[i].life][list[i].pauli]);
        if (rc) {
#pragma omp atomic write
            failed = rc;
        }
    }
    return failed;
}

/* Time of a life in the wait before a slice and in the slice. */
static double wait_in(const brg_life *life, const brg_slice *s) {
    const uint64_t wait = brg_slice_wait_ps(s), begin = s->start_ps - wait;
    return begin >= life->begin_ps && s->start_ps <= life->end_ps ? (double)wait : 0.0;
}

static double slice_in(const brg_life *life, const brg_slice *s) {
    const uint64_t end = s->start_ps + s->duration_ps;
    return s->start_ps >= life->begin_ps && end <= life->end_ps ? (double)s->duration_ps : 0.0;
}

/* A life that takes no time and errs nevertheless does so where its qubit moves. */
static void spread(brg_life_costs *out, const costing *a, uint32_t query, const brg_life *life,
                   size_t moved_at, double x) {
    size_t count = 0;
    const size_t first = brg_timeline_query(a->timeline, query, &count);
    double time = 0.0;
    for (size_t i = first; i < first + count; i++) {
        const brg_slice *s = brg_timeline_slice(a->timeline, i);
        time += wait_in(life, s) + slice_in(life, s);
    }
    if (!(time > 0.0)) {
        out->cost[moved_at].slice += x;
        return;
    }
    for (size_t i = first; i < first + count; i++) {
        const brg_slice *s = brg_timeline_slice(a->timeline, i);
        out->cost[i].wait += x * (wait_in(life, s) / time);
        out->cost[i].slice += x * (slice_in(life, s) / time);
    }
}

static void add_query(brg_life_costs *out, const costing *a, uint32_t query, const life_list *list,
                      const losses *l) {
    const double queries = brg_timeline_queries(a->timeline);
    for (uint32_t i = 0; i < list->count; i++) {
        const brg_life *life = &list->life[i];
        const double *loss = l->loss[life->qubit][life->life];
        double p[PAULIS];
        probabilities(list, i, p);
        const double x = p[1] * loss[1] + 0.5 * p[3] * loss[3],
                     z = p[2] * loss[2] + 0.5 * p[3] * loss[3];
        if (x + z != 0.0) spread(out, a, query, life, list->moved_at[i], x + z);
        out->logical += (x + z) / queries;
        out->by_pauli[0] += x / queries;
        out->by_pauli[1] += z / queries;
        if (!life->transfer) continue;
        const double transfer =
            a->config->logical->transfer_error / 3.0 * (loss[1] + loss[2] + loss[3]);
        out->cost[list->moved_at[i]].transfer += transfer;
        out->transfer += transfer / queries;
    }
}

/* The first query that is made like this one. */
static uint32_t leader_of(const brg_timeline *t, uint32_t query) {
    uint32_t leader = 0;
    while (leader < query && !brg_queries_alike(t, leader, query)) leader++;
    return leader;
}

/* A leader and the queries that are like it: the faults of all are those of the leader. */
static int add_alike(brg_life_costs *out, const costing *a, uint32_t leader,
                     const uint32_t *leaders, losses *l, life_list *list) {
    const uint32_t queries = brg_timeline_queries(a->timeline);
    int rc = BRG_OK;
    memset(l, 0, sizeof *l);
    for (uint32_t q = leader; q < queries && !rc; q++) {
        if (leaders[q] != leader) continue;
        rc = list_lives(list, a, q);
        if (!rc) want(l, list, a->config->logical->transfer_error);
    }
    if (!rc) rc = find_losses(l, a, leader);
    for (uint32_t q = leader; q < queries && !rc; q++) {
        if (leaders[q] != leader) continue;
        rc = list_lives(list, a, q);
        if (!rc) add_query(out, a, q, list, l);
    }
    return rc;
}

int brg_life_costs_run(brg_life_costs *out, const brg_timeline *timeline,
                       const brg_run_config *config, const brg_planes *ideal,
                       const brg_logical *rates, int jobs) {
    if (!out) return BRG_EINVAL;
    memset(out, 0, sizeof *out);
    if (!timeline || !config || !ideal || !config->logical || brg_run_config_check(config) ||
        (rates && !rates->rates) || !brg_qram_equal(brg_timeline_qram(timeline), &config->qram) ||
        !brg_timeline_queries(timeline) || ideal->address_width != brg_table_width(&config->qram) ||
        ideal->word_width != config->qram.word_width)
        return BRG_EINVAL;
    const uint32_t queries = brg_timeline_queries(timeline);
    const costing a = {timeline, config, ideal, rates, jobs > 0 ? jobs : omp_get_max_threads()};
    losses *l = malloc(sizeof *l);
    life_list *list = malloc(sizeof *list);
    uint32_t *leaders = malloc(queries * sizeof *leaders);
    int rc = l && list && leaders ? BRG_OK : BRG_ENOMEM;
    out->slices = brg_timeline_slices(timeline);
    out->cost = calloc(out->slices ? out->slices : 1u, sizeof *out->cost);
    if (!out->cost) rc = BRG_ENOMEM;
    for (uint32_t q = 0; q < queries && !rc; q++) leaders[q] = leader_of(timeline, q);
    for (uint32_t q = 0; q < queries && !rc; q++)
        if (leaders[q] == q) rc = add_alike(out, &a, q, leaders, l, list);
    free(leaders);
    free(list);
    free(l);
    if (rc) brg_life_costs_clear(out);
    return rc;
}

void brg_life_costs_clear(brg_life_costs *c) {
    if (!c) return;
    free(c->cost);
    memset(c, 0, sizeof *c);
}
