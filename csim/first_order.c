/* SPDX-License-Identifier: Apache-2.0 */
/* Every single fault of a query, evolved exactly to its end.
 *
 * Boundary b = 0..S of a query lies after slice b and before slice b+1. The noise of the slice, its
 * gate errors and the wait that follows act at one boundary each, so a fault is (boundary, cell,
 * primitive) and the rates come in only when the sums over cells are known. Cells of one *class*
 * (addr or data of one layer, or one register qubit) meet the same operations and the same rates.
 *
 * Three reductions, each exact:
 *   - a fault commutes with a slice that does not affect its cell, so all boundaries between two
 *     affecting slices share one evaluation, at the last of them; a diagonal fault on an addr cell
 *     also commutes with routing and fetching, which only read that cell;
 *   - where the cell has one value in every branch, a diagonal fault is a global phase, and
 *     X^x Z^z acts as X^x;
 *   - a jump from a value that no branch holds gives nothing.
 * Queries with the same operations and data share one set of sums. */
#include "csim/first_order.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "csim/branch.h"
#include "csim/first_order_internal.h"
#include "csim/life_costs.h"
#include "csim/run_config.h"
#include "csim/threads.h"

/* Primitive faults: X^x Z^z at x*levels + z, then the three-level flip, then the jumps. */
enum { FLIP3 = 9, JUMP2 = 4, JUMP3 = 10, PRIMITIVES = 12 };

/* Cells first, first + step, ... (count of them) with the same operations and rates. */
typedef struct cell_class {
    uint32_t first, step, count;
    bool tree, data;
    uint32_t index; /* layer, or number of the address or bus qubit */
    bool bus;
} cell_class;

/* One query: its slices, and per boundary what acts there and the sums found. */
typedef struct query {
    const brg_timeline *timeline;
    size_t start, slices;
    uint32_t leader;                 /* the first query with the same operations and data */
    bool (*acts)[BRG_FAULT_GROUPS];  /* [slices + 1], of all queries that follow this leader */
    double (*sum)[BRG_FAULT_GROUPS]; /* [slices + 1], per unit of rate */
} query;

typedef struct evaluation {
    uint32_t cell;
    unsigned primitive;
    double loss; /* 1 - F, or <n> - F of a jump */
} evaluation;

typedef struct analysis {
    const brg_run_config *config;
    const brg_planes *ideal;
    unsigned levels;
    cell_class *classes;
    size_t class_count;
    query *queries;
    uint32_t query_count;

    int jobs;
    brg_branches *base;
    brg_branches **scratch; /* [jobs] */
    double clean_loss;      /* 1 - F without a fault */

    evaluation *evaluations; /* of one boundary and class */
    size_t evaluation_count, evaluation_capacity;
    double done, total; /* faults, for the progress */
    brg_progress progress;
    void *user;
} analysis;

/* ---- what a slice does to a class of cells ---- */

static const brg_slice *slice_at(const query *q, size_t s) {
    return brg_timeline_slice(q->timeline, q->start + s - 1);
}

/* How an operation meets a class: only as a control, or in a way that no fault commutes with. */
typedef enum meeting { MEETS_NOT, MEETS_DIAGONALLY, MEETS } meeting;

static meeting meets(const analysis *a, const cell_class *c, const brg_slice_ops *ops) {
    const brg_qram *q = &a->config->qram;
    if (!c->tree) {
        const int index = (int)c->index, routed = index - (int)q->page_bits;
        if (!c->bus && routed < 0) /* a page qubit is the control of the controlled SWAPs */
            return ops->d_in_page >= 0 || ops->d_out_page >= 0 ? MEETS_DIAGONALLY : MEETS_NOT;
        const bool used = c->bus ? ops->d_in == index || ops->d_out == index
                                 : ops->a_in == routed || ops->a_out == routed;
        return used ? MEETS : MEETS_NOT;
    }
    const uint32_t l = c->index;
    const bool fetched = ops->fetch >= 0 && l + 1u == q->address_width;
    if (ops->latch >> l & 1u) return MEETS;
    if (!c->data) return (ops->route >> l & 1u) || fetched ? MEETS_DIAGONALLY : MEETS_NOT;
    const bool routed = (ops->route >> l & 1u) || (l > 0u && (ops->route >> (l - 1u) & 1u));
    const bool register_swap =
        l == 0u && (ops->a_in >= 0 || ops->a_out >= 0 || ops->d_in >= 0 || ops->d_out >= 0);
    if (routed || register_swap) return MEETS;
    if (!fetched) return MEETS_NOT;
    return q->routers == BRG_TWO_LEVEL ? MEETS_DIAGONALLY : MEETS;
}

static bool is_jump(const analysis *a, unsigned primitive) {
    return a->levels == 2u ? primitive == JUMP2 : primitive >= JUMP3;
}

static bool is_diagonal(const analysis *a, unsigned primitive) {
    return primitive == FLIP3 || (!is_jump(a, primitive) && primitive < a->levels);
}

static bool exists(const analysis *a, unsigned primitive) {
    return primitive > 0u && (a->levels == 3u || primitive <= JUMP2);
}

/* Does the fault stay the same when it is moved from before slice s to after it? */
static bool commutes(const analysis *a, const query *q, const cell_class *c, size_t s,
                     unsigned primitive) {
    const meeting m = meets(a, c, &slice_at(q, s)->ops);
    return m == MEETS_NOT || (m == MEETS_DIAGONALLY && is_diagonal(a, primitive));
}

/* Part of the group's unit rate that falls on the primitive at boundary b; 0 = it does not act. */
static double weight(const analysis *a, const query *q, const cell_class *c, size_t b,
                     unsigned primitive, brg_fault_group g) {
    if (!q->acts[b][g]) return 0.0;
    const brg_noise *noise = &a->config->noise;
    const bool pauli = !is_jump(a, primitive) && primitive != FLIP3;
    const bool idles = c->tree || (brg_noise_is_timed(noise) && brg_registers_idle(a->config));
    const unsigned d = a->levels;
    const unsigned x = primitive / d, z = primitive % d;
    switch (g) {
        case BRG_FAULTS_DAMPING:
            return idles && is_jump(a, primitive) ? 1.0 : 0.0;
        case BRG_FAULTS_FLIP:
            return idles && primitive == (d == 2u ? 1u : FLIP3) ? 1.0 : 0.0;
        case BRG_FAULTS_GATE:
            if (!c->tree && a->config->logical) return 0.0;
            return pauli && meets(a, c, &slice_at(q, b)->ops) != MEETS_NOT ? 1.0 / (d * d - 1.0)
                                                                           : 0.0;
        case BRG_FAULTS_KIND:
            if (!pauli || !idles) return 0.0;
            if (noise->kind == BRG_KIND_DEPOLARIZING) return 1.0 / (d * d - 1.0);
            if (noise->kind == BRG_KIND_X || noise->kind == BRG_KIND_SHIFT)
                return z == 0u ? 1.0 / (d - 1.0) : 0.0;
            return x == 0u ? 1.0 / (d - 1.0) : 0.0;
        case BRG_FAULTS_ENCODED:
            if (!pauli || !idles || x + z != 1u) return 0.0;
            return brg_encoded_rate(noise->encoded, &a->config->qram,
                                    c->tree ? c->index : UINT32_MAX);
        case BRG_FAULT_GROUPS:
            break;
    }
    return 0.0;
}

static bool acts_at(const analysis *a, const query *q, const cell_class *c, size_t b,
                    unsigned primitive) {
    for (int g = 0; g < BRG_FAULT_GROUPS; g++)
        if (weight(a, q, c, b, primitive, (brg_fault_group)g) > 0.0) return true;
    return false;
}

/* Boundaries *first..b that share the fault evaluated at b; false when b is not the last of them
 * or no noise acts at any. */
static bool shared_range(const analysis *a, const query *q, const cell_class *c, size_t b,
                         unsigned primitive, size_t *first) {
    if (b < q->slices && commutes(a, q, c, b + 1u, primitive)) return false;
    bool any = acts_at(a, q, c, b, primitive);
    *first = b;
    while (*first > 0u && commutes(a, q, c, *first, primitive)) {
        (*first)--;
        any = any || acts_at(a, q, c, *first, primitive);
    }
    return any;
}

/* ---- setting up ---- */

static int make_classes(analysis *a) {
    const brg_qram *q = &a->config->qram;
    const uint32_t n = q->address_width, m = brg_table_width(q), k = q->word_width;
    a->classes = calloc(2u * n + m + k, sizeof *a->classes);
    if (!a->classes) return BRG_ENOMEM;
    for (uint32_t l = 0; l < n; l++) {
        for (unsigned data = 0; data < 2u; data++) {
            a->classes[a->class_count++] = (cell_class){.first = 2u * brg_node(l, 0) + data,
                                                        .step = 2,
                                                        .count = 1u << l,
                                                        .tree = true,
                                                        .data = data != 0u,
                                                        .index = l};
        }
    }
    for (uint32_t i = 0; i < m; i++)
        a->classes[a->class_count++] =
            (cell_class){.first = brg_cell_address_qubit(q, i), .count = 1, .index = i};
    for (uint32_t j = 0; j < k; j++)
        a->classes[a->class_count++] =
            (cell_class){.first = brg_cell_bus_qubit(q, j), .count = 1, .index = j, .bus = true};
    return BRG_OK;
}

static bool same_ops(const brg_slice_ops *x, const brg_slice_ops *y) {
    return x->route == y->route && x->latch == y->latch && x->basis_in == y->basis_in &&
           x->basis_out == y->basis_out && x->a_in == y->a_in && x->a_out == y->a_out &&
           x->d_in == y->d_in && x->d_out == y->d_out && x->fetch == y->fetch &&
           x->d_in_page == y->d_in_page && x->d_out_page == y->d_out_page;
}

bool brg_queries_alike(const brg_timeline *t, uint32_t p, uint32_t q) {
    size_t count = 0, other = 0;
    const size_t first = brg_timeline_query(t, p, &count),
                 second = brg_timeline_query(t, q, &other);
    if (count != other) return false;
    for (size_t s = 0; s < count; s++) {
        const brg_slice *x = brg_timeline_slice(t, first + s);
        const brg_slice *y = brg_timeline_slice(t, second + s);
        if (!same_ops(&x->ops, &y->ops) || x->data_version != y->data_version) return false;
    }
    return true;
}

/* Marks in the leader what acts at each boundary of q. */
static void mark_noise(const analysis *a, const query *q, query *leader) {
    const brg_noise *noise = &a->config->noise;
    if (noise->model == BRG_NOISE_NONE) return;
    for (size_t b = 0; b <= q->slices; b++) {
        bool *acts = leader->acts[b];
        if (b > 0u && noise->gate_error > 0.0) acts[BRG_FAULTS_GATE] = true;
        if (brg_noise_is_timed(noise)) {
            const bool timed = noise->model == BRG_NOISE_TIMED;
            const bool idle = (b > 0u && slice_at(q, b)->duration_ps > 0u) ||
                              (b < q->slices && brg_slice_wait_ps(slice_at(q, b + 1u)) > 0u);
            if (idle && timed && noise->t1_ns > 0.0) acts[BRG_FAULTS_DAMPING] = true;
            if (idle && timed && noise->tphi_ns > 0.0) acts[BRG_FAULTS_FLIP] = true;
            if (idle && !timed) acts[BRG_FAULTS_ENCODED] = true;
        } else if (b > 0u) {
            acts[noise->kind == BRG_KIND_DAMPING ? BRG_FAULTS_DAMPING : BRG_FAULTS_KIND] = true;
        }
    }
}

static int make_queries(analysis *a, const brg_timeline *timeline) {
    a->query_count = brg_timeline_queries(timeline);
    if (a->query_count == 0u) return BRG_EINVAL;
    a->queries = calloc(a->query_count, sizeof *a->queries);
    if (!a->queries) return BRG_ENOMEM;
    for (uint32_t i = 0; i < a->query_count; i++) {
        query *q = &a->queries[i];
        q->timeline = timeline;
        q->start = brg_timeline_query(timeline, i, &q->slices);
        q->leader = i;
        for (uint32_t p = 0; p < i && q->leader == i; p++)
            if (a->queries[p].leader == p && brg_queries_alike(timeline, p, i)) q->leader = p;
        query *leader = &a->queries[q->leader];
        if (leader == q) {
            q->acts = calloc(q->slices + 1u, sizeof *q->acts);
            q->sum = calloc(q->slices + 1u, sizeof *q->sum);
            if (!q->acts || !q->sum) return BRG_ENOMEM;
        }
        mark_noise(a, q, leader);
    }
    return BRG_OK;
}

static void analysis_clear(analysis *a) {
    for (uint32_t i = 0; a->queries && i < a->query_count; i++) {
        free(a->queries[i].acts);
        free(a->queries[i].sum);
    }
    free(a->queries);
    free(a->classes);
    for (int j = 0; a->scratch && j < a->jobs; j++) brg_branches_destroy(&a->scratch[j]);
    free(a->scratch);
    brg_branches_destroy(&a->base);
    free(a->evaluations);
}

static int analysis_begin(analysis *a, const brg_timeline *timeline, const brg_run_config *config) {
    memset(a, 0, sizeof *a);
    if (!timeline || !config || !brg_run_config_valid(config)) return BRG_EINVAL;
    if (!brg_qram_equal(brg_timeline_qram(timeline), &config->qram)) return BRG_EINVAL;
    a->config = config;
    a->levels = config->qram.routers == BRG_TWO_LEVEL ? 2u : 3u;
    const int rc = make_classes(a);
    return rc ? rc : make_queries(a, timeline);
}

/* ---- evolving faults ---- */

static int apply_slice(brg_branches *b, const query *q, size_t s) {
    const brg_slice *slice = slice_at(q, s);
    const brg_planes *data =
        slice->data_version < 0 ? NULL : brg_timeline_data(q->timeline, slice->data_version);
    return brg_branches_apply(b, &slice->ops, data);
}

static int inject(const analysis *a, brg_branches *b, const evaluation *e, double *expected) {
    *expected = 1.0;
    if (is_jump(a, e->primitive)) {
        const unsigned value = a->levels == 2u ? 1u : e->primitive - JUMP3 + 1u;
        *expected = brg_branches_occupation(b, e->cell, value);
        return brg_branches_jump(b, e->cell, value);
    }
    if (e->primitive == FLIP3) return brg_branches_flip(b, e->cell);
    return brg_branches_pauli(b, e->cell, e->primitive / a->levels, e->primitive % a->levels);
}

static int evaluate(const analysis *a, const query *q, size_t boundary, brg_branches *scratch,
                    evaluation *e) {
    int rc = brg_branches_copy(scratch, a->base);
    double expected = 1.0, fidelity = 0.0;
    if (!rc) rc = inject(a, scratch, e, &expected);
    for (size_t s = boundary + 1u; !rc && s <= q->slices; s++) rc = apply_slice(scratch, q, s);
    if (!rc) rc = brg_branches_fidelity(scratch, &a->config->input, a->ideal, &fidelity);
    e->loss = expected - fidelity;
    return rc;
}

/* Values that the branches hold on a cell, as bits. */
static unsigned values_held(const brg_branches *b, uint32_t cell) {
    unsigned held = 0;
    const size_t count = brg_branches_count(b);
    for (size_t i = 0; i < count && held != 7u; i++) held |= 1u << brg_branches_value(b, i, cell);
    return held;
}

static int add_evaluation(analysis *a, uint32_t cell, unsigned primitive, size_t *index) {
    if (a->evaluation_count == a->evaluation_capacity) {
        const size_t capacity = a->evaluation_capacity ? 2u * a->evaluation_capacity : 64u;
        evaluation *grown = realloc(a->evaluations, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        a->evaluations = grown;
        a->evaluation_capacity = capacity;
    }
    *index = a->evaluation_count;
    a->evaluations[a->evaluation_count++] = (evaluation){.cell = cell, .primitive = primitive};
    return BRG_OK;
}

/* Where the loss of (cell, primitive) comes from: a known value, or an evaluation. */
typedef struct source {
    double known;
    size_t index; /* SIZE_MAX = known */
} source;

/* The cell's sources for the wanted primitives, adding the evaluations that they need. */
static int plan_cell(analysis *a, uint32_t cell, const bool *wanted, source *sources) {
    const unsigned held = values_held(a->base, cell);
    const bool uniform = (held & (held - 1u)) == 0u;
    size_t made[PRIMITIVES];
    for (unsigned p = 0; p < PRIMITIVES; p++) made[p] = SIZE_MAX;
    for (unsigned p = 0; p < PRIMITIVES; p++) {
        sources[p] = (source){0.0, SIZE_MAX};
        if (!wanted[p]) continue;
        if (is_jump(a, p)) {
            const unsigned value = a->levels == 2u ? 1u : p - JUMP3 + 1u;
            if (!(held >> value & 1u)) continue;
        } else if (uniform && is_diagonal(a, p)) {
            sources[p].known = a->clean_loss;
            continue;
        }
        const bool shift = !is_jump(a, p) && !is_diagonal(a, p);
        const unsigned same = uniform && shift ? p - p % a->levels : p;
        if (made[same] == SIZE_MAX) {
            const int rc = add_evaluation(a, cell, same, &made[same]);
            if (rc) return rc;
        }
        sources[p].index = made[same];
    }
    return BRG_OK;
}

static int evaluate_all(analysis *a, const query *q, size_t boundary) {
    const size_t count = a->evaluation_count;
    int failed = BRG_OK;
    const double work =
        (double)count * (double)(q->slices - boundary) * (double)brg_branches_count(a->base);
    const int most = count < (size_t)a->jobs ? (int)(count ? count : 1u) : a->jobs;
    const int threads = brg_threads_worth(most, work);
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(dynamic, 4)
    for (size_t i = 0; i < count; i++) {
        int rc;
#pragma omp atomic read
        rc = failed;
        if (rc) continue;
        rc = evaluate(a, q, boundary, a->scratch[omp_get_thread_num()], &a->evaluations[i]);
        if (rc) {
#pragma omp atomic write
            failed = rc;
        }
    }
    return failed;
}

/* Faults that one round of threads may hold at a time, and after which progress is reported. */
enum { ROUND = 4096 };

/* All faults of a class that are to be evaluated at boundary b. */
static int run_class(analysis *a, query *q, const cell_class *c, size_t b) {
    bool wanted[PRIMITIVES] = {false};
    size_t first[PRIMITIVES] = {0};
    bool any = false;
    unsigned kinds = 0;
    for (unsigned p = 0; p < PRIMITIVES; p++) {
        wanted[p] = exists(a, p) && shared_range(a, q, c, b, p, &first[p]);
        any = any || wanted[p];
        kinds += wanted[p];
    }
    if (!any) return BRG_OK;
    double total[PRIMITIVES] = {0.0};
    source(*sources)[PRIMITIVES] = malloc((c->count < ROUND ? c->count : ROUND) * sizeof *sources);
    if (!sources) return BRG_ENOMEM;
    int rc = BRG_OK;
    for (uint32_t from = 0; !rc && from < c->count; from += ROUND) {
        const uint32_t round = c->count - from < ROUND ? c->count - from : ROUND;
        a->evaluation_count = 0;
        for (uint32_t i = 0; !rc && i < round; i++)
            rc = plan_cell(a, c->first + (from + i) * c->step, wanted, sources[i]);
        if (!rc) rc = evaluate_all(a, q, b);
        for (uint32_t i = 0; !rc && i < round; i++)
            for (unsigned p = 0; p < PRIMITIVES; p++)
                total[p] += sources[i][p].index == SIZE_MAX
                                ? sources[i][p].known
                                : a->evaluations[sources[i][p].index].loss;
        a->done += (double)round * kinds;
        if (!rc && a->progress && a->progress(a->user, (uint64_t)a->done, (uint64_t)a->total))
            rc = BRG_ESTATE;
    }
    free(sources);
    for (unsigned p = 0; !rc && p < PRIMITIVES; p++) {
        if (!wanted[p]) continue;
        for (size_t at = first[p]; at <= b; at++)
            for (int g = 0; g < BRG_FAULT_GROUPS; g++)
                q->sum[at][g] += weight(a, q, c, at, p, (brg_fault_group)g) * total[p];
    }
    return rc;
}

static int run_query(analysis *a, query *q) {
    double fidelity = 0.0;
    int rc = brg_branches_begin(a->base, &a->config->input);
    for (size_t s = 1; !rc && s <= q->slices; s++) rc = apply_slice(a->base, q, s);
    if (!rc) rc = brg_branches_fidelity(a->base, &a->config->input, a->ideal, &fidelity);
    a->clean_loss = 1.0 - fidelity;
    if (!rc) rc = brg_branches_begin(a->base, &a->config->input);
    for (size_t b = 0; !rc && b <= q->slices; b++) {
        if (b > 0u) rc = apply_slice(a->base, q, b);
        for (size_t c = 0; !rc && c < a->class_count; c++) rc = run_class(a, q, &a->classes[c], b);
    }
    return rc;
}

/* Number of faults (before the reductions that look at the state), and the branch-slices that
 * their evolutions take. */
static void count_work(const analysis *a, double *faults, double *branch_slices) {
    const brg_qram *qram = &a->config->qram;
    const uint32_t n = qram->address_width, k = qram->word_width;
    double branches = a->config->input.uniform ? ldexp(1.0, (int)brg_table_width(qram)) : 1.0;
    if (qram->routers == BRG_TWO_LEVEL)
        branches = ldexp(branches, (int)(k < n + 1u || qram->page_bits ? k : n + 1u));
    *faults = 0.0;
    *branch_slices = 0.0;
    for (uint32_t i = 0; i < a->query_count; i++) {
        const query *q = &a->queries[i];
        if (q->leader != i) continue;
        for (size_t b = 0; b <= q->slices; b++) {
            for (size_t c = 0; c < a->class_count; c++) {
                for (unsigned p = 0; p < PRIMITIVES; p++) {
                    size_t first;
                    if (!exists(a, p) || !shared_range(a, q, &a->classes[c], b, p, &first))
                        continue;
                    const double count = a->classes[c].count;
                    *faults += count;
                    *branch_slices += count * (double)(q->slices - b) * branches;
                }
            }
        }
    }
}

double brg_first_order_cost(const brg_timeline *timeline, const brg_run_config *config) {
    analysis a;
    double faults = 0.0, branch_slices = 0.0;
    if (analysis_begin(&a, timeline, config) == BRG_OK) count_work(&a, &faults, &branch_slices);
    analysis_clear(&a);
    return branch_slices;
}

/* ---- rates ---- */

brg_fault_rates brg_fault_rates_of(const brg_noise *noise, const brg_slice *slice) {
    brg_fault_rates r = {.gate = 0.0};
    if (noise->model == BRG_NOISE_NONE) return r;
    r.gate = noise->gate_error;
    if (noise->model == BRG_NOISE_PER_SLICE) {
        r.schedule[noise->kind == BRG_KIND_DAMPING ? BRG_FAULTS_DAMPING : BRG_FAULTS_KIND] =
            noise->probability;
        return r;
    }
    if (noise->model == BRG_NOISE_ENCODED) {
        const double round_ps = (double)noise->encoded->round_ps;
        r.schedule[BRG_FAULTS_ENCODED] = (double)slice->duration_ps / round_ps;
        r.wait[BRG_FAULTS_ENCODED] = (double)brg_slice_wait_ps(slice) / round_ps;
        return r;
    }
    const double idle_ns = 1e-3 * (double)slice->duration_ps;
    const double wait_ns = 1e-3 * (double)brg_slice_wait_ps(slice);
    r.schedule[BRG_FAULTS_DAMPING] = brg_noise_damping(noise, idle_ns);
    r.schedule[BRG_FAULTS_FLIP] = brg_noise_dephasing(noise, idle_ns);
    r.wait[BRG_FAULTS_DAMPING] = brg_noise_damping(noise, wait_ns);
    r.wait[BRG_FAULTS_FLIP] = brg_noise_dephasing(noise, wait_ns);
    return r;
}

void brg_interval_fill(const brg_noise *noise, const brg_slice *slice,
                       const double before[BRG_FAULT_GROUPS], const double after[BRG_FAULT_GROUPS],
                       brg_interval_x *x) {
    const brg_fault_rates r = brg_fault_rates_of(noise, slice);
    const uint64_t wait_ps = brg_slice_wait_ps(slice);
    double loss = 0.0;
    memset(x, 0, sizeof *x);
    x->gate = r.gate * after[BRG_FAULTS_GATE];
    for (int g = 0; g < BRG_FAULT_GROUPS; g++) {
        x->schedule += r.schedule[g] * after[g];
        loss += r.wait[g] * before[g];
    }
    if (wait_ps == 0u) return;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++)
        x->wait[c] = loss * (double)slice->wait_ps[c] / (double)wait_ps;
}

double brg_interval_total(const brg_interval_x *x) {
    double sum = x->gate + x->schedule + x->logical + x->transfer;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) sum += x->wait[c] + x->logical_wait[c];
    return sum;
}

int brg_first_order_add_lives(brg_first_order *r, const brg_timeline *timeline,
                              const brg_life_costs *costs) {
    if (!r || !timeline || !costs || r->slices != costs->slices) return BRG_EINVAL;
    for (size_t i = 0; i < r->slices; i++) {
        const brg_slice *s = brg_timeline_slice(timeline, i);
        const uint64_t wait = brg_slice_wait_ps(s);
        brg_interval_x *x = &r->intervals[i];
        for (int c = 0; wait && c < BRG_CAUSE_COUNT; c++)
            x->logical_wait[c] += costs->cost[i].wait * (double)s->wait_ps[c] / (double)wait;
        x->logical += costs->cost[i].slice;
        x->transfer += costs->cost[i].transfer;
    }
    r->logical += costs->logical;
    r->infidelity += costs->logical + costs->transfer;
    /* No longer a multiple of one probability. */
    if (costs->logical + costs->transfer > 0.0) r->coefficient = NAN;
    return BRG_OK;
}

/* Of encoded registers: the lives when their probabilities are known, the transfers in any case. */
static int add_lives(brg_first_order *out, const brg_timeline *timeline,
                     const brg_run_config *config, const brg_planes *ideal, int jobs) {
    brg_life_costs costs;
    const brg_logical *logical = config->logical;
    if (!logical) return BRG_OK;
    int rc =
        brg_life_costs_run(&costs, timeline, config, ideal, logical->rates ? logical : NULL, jobs);
    if (!rc) rc = brg_first_order_add_lives(out, timeline, &costs);
    if (!rc && !logical->rates) out->logical = NAN;
    brg_life_costs_clear(&costs);
    return rc;
}

static int fill_result(const analysis *a, brg_first_order *out, size_t slices) {
    out->slices = slices;
    out->intervals = calloc(slices ? slices : 1u, sizeof *out->intervals);
    if (!out->intervals) return BRG_ENOMEM;
    const brg_noise *noise = &a->config->noise;
    double total = 0.0, unit = 0.0;
    for (uint32_t i = 0; i < a->query_count; i++) {
        const query *q = &a->queries[i], *leader = &a->queries[q->leader];
        for (size_t s = 1; s <= q->slices; s++) {
            brg_interval_x *x = &out->intervals[q->start + s - 1u];
            const double(*sum)[BRG_FAULT_GROUPS] = (const double(*)[BRG_FAULT_GROUPS])leader->sum;
            brg_interval_fill(noise, slice_at(q, s), sum[s - 1u], sum[s], x);
            total += x->gate + x->schedule;
            for (int c = 0; c < BRG_CAUSE_COUNT; c++) total += x->wait[c];
            unit += leader->sum[s][BRG_FAULTS_DAMPING] + leader->sum[s][BRG_FAULTS_KIND];
        }
    }
    out->infidelity = total / a->query_count;
    const bool linear = noise->model == BRG_NOISE_PER_SLICE && !(noise->gate_error > 0.0);
    out->coefficient = linear ? unit / a->query_count : NAN;
    return BRG_OK;
}

int brg_first_order_run(brg_first_order *out, const brg_timeline *timeline,
                        const brg_run_config *config, const brg_planes *ideal, int jobs,
                        brg_progress progress, void *user) {
    if (!out) return BRG_EINVAL;
    memset(out, 0, sizeof *out);
    analysis a;
    int rc = analysis_begin(&a, timeline, config);
    if (!rc && (!ideal || ideal->address_width != brg_table_width(&config->qram) ||
                ideal->word_width != config->qram.word_width))
        rc = BRG_EINVAL;
    if (rc) goto out;
    a.ideal = ideal;
    a.progress = progress;
    a.user = user;
    double branch_slices;
    count_work(&a, &a.total, &branch_slices);
    rc = brg_branches_new(&a.base, &config->qram);
    if (rc) goto out;
    a.jobs = jobs > 0 ? jobs : omp_get_max_threads();
    a.scratch = calloc((size_t)a.jobs, sizeof *a.scratch);
    if (!a.scratch) {
        rc = BRG_ENOMEM;
        goto out;
    }
    for (int j = 0; !rc && j < a.jobs; j++) rc = brg_branches_new(&a.scratch[j], &config->qram);
    for (uint32_t i = 0; !rc && i < a.query_count; i++)
        if (a.queries[i].leader == i) rc = run_query(&a, &a.queries[i]);
    if (!rc) rc = fill_result(&a, out, brg_timeline_slices(timeline));
    if (!rc) rc = add_lives(out, timeline, config, ideal, jobs);
out:
    analysis_clear(&a);
    if (rc) brg_first_order_clear(out);
    return rc;
}

void brg_first_order_clear(brg_first_order *r) {
    if (!r) return;
    free(r->intervals);
    memset(r, 0, sizeof *r);
}
