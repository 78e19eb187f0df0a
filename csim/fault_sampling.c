/* SPDX-License-Identifier: Apache-2.0 */
/* Single faults drawn at random, evolved exactly to the end of their query.
 *
 * A *site* is a set of faults that share their rates: jumps, diagonal errors (flips, Z), or the
 * other errors of one class of cells (addr or data of a layer, one register qubit), at one boundary
 * between slices. Its mass says how many of the draws it gets: the rates times a guess of the sum
 * that is wanted. A wrong guess costs precision and nothing else, because a draw is divided by the
 * probability that it had.
 *
 * Inside a site the cell is drawn by what it can do. A jump or a diagonal error changes only
 * branches that hold a value there, so a branch is drawn by its weight and then one of its N
 * occupied cells: with n_c the weight of the branches that occupy cell c, the mean of N*f(c)/n_c is
 * the sum of f over all cells, and f(c)/n_c is at most 4 however deep the cell lies. Other errors
 * are drawn by node; those of a two_level tree can climb the idle-left spine above their node, so a
 * node counts for as much as the highest one that it can climb to.
 *
 * The masses are laid end to end, neighbours in time side by side, and cut into equal strata with
 * two draws each: their difference gives the variance. */
#include "csim/fault_sampling.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "csim/first_order_internal.h"
#include "csim/pruned_internal.h"
#include "csim/random.h"
#include "csim/run_config.h"
#include "csim/slice_ops.h"
#include "csim/threads.h"

/* log2 of the addresses that a fault may concern and always be evolved. */
enum { JUMP_WIDTH = 9, OTHER_WIDTH = 12 };

static const double pi = 3.14159265358979323846;

typedef enum site_kind { SITE_JUMP, SITE_DIAGONAL, SITE_OTHER } site_kind;

/* Cells of an error that is not diagonal. */
typedef struct cell_class {
    bool tree, data;
    uint32_t index; /* layer, or cell number */
} cell_class;

typedef struct site {
    uint32_t leader, boundary;
    brg_fault_group group;
    site_kind kind;
    uint32_t class;
    double guess; /* of the site's sum at unit rate */
    double mass;
} site;

/* Queries with the same operations and data share their sites. */
typedef struct leader {
    uint32_t query;
    size_t start, slices;
    double (*rate)[BRG_FAULT_GROUPS][BRG_SHARE_COUNT]; /* [slices + 1], summed over its queries */
    double (*sum)[BRG_FAULT_GROUPS];                   /* [slices + 1], per unit of rate */
    double fidelity;                                   /* without a fault */
} leader;

typedef struct sampling {
    const brg_timeline *timeline;
    const brg_run_config *config;
    const brg_planes *ideal;
    unsigned levels;
    bool prunes;
    uint32_t queries;
    leader *leaders;
    uint32_t leader_count;
    uint32_t *leader_of; /* [queries] */
    cell_class *classes;
    uint32_t class_count;
    site *sites;
    size_t site_count, site_capacity;
    double *end; /* [sites], masses summed to the end of each */
    double mass;
} sampling;

/* One state, of either engine. */
typedef struct state {
    brg_branches *full;
    brg_pruned *pruned;
    brg_items items;
} state;

/* ---- states ---- */

static int state_new(state *s, const sampling *a) {
    *s = (state){.full = NULL};
    const int rc = a->prunes ? brg_pruned_new(&s->pruned, &a->config->qram)
                             : brg_branches_new(&s->full, &a->config->qram);
    if (!rc) (s->pruned ? s->pruned->part : s->full)->most = (size_t)a->config->most_branches;
    return rc;
}

static void state_clear(state *s) {
    brg_branches_destroy(&s->full);
    brg_pruned_destroy(&s->pruned);
    free(s->items.item);
}

static int state_slices(state *s, const sampling *a, const leader *l, size_t from, size_t to) {
    int rc = BRG_OK;
    for (size_t i = from; !rc && i < to; i++) {
        const brg_slice *slice = brg_timeline_slice(a->timeline, l->start + i);
        const brg_planes *data = brg_timeline_data(a->timeline, slice->data_version);
        rc = s->pruned ? brg_pruned_apply(s->pruned, &slice->ops, data)
                       : brg_branches_apply(s->full, &slice->ops, data);
    }
    return rc;
}

/* The noiseless state at a boundary. */
static int state_at(state *s, const sampling *a, const leader *l, size_t boundary) {
    const brg_input *input = &a->config->input;
    const int rc =
        s->pruned ? brg_pruned_begin(s->pruned, input) : brg_branches_begin(s->full, input);
    return rc ? rc : state_slices(s, a, l, 0, boundary);
}

static int state_end(state *s, const sampling *a, const leader *l, size_t boundary,
                     double *fidelity) {
    const brg_input *input = &a->config->input;
    const int rc = state_slices(s, a, l, boundary, l->slices);
    if (rc) return rc;
    return s->pruned ? brg_pruned_fidelity(s->pruned, input, a->ideal, fidelity)
                     : brg_branches_fidelity(s->full, input, a->ideal, fidelity);
}

/* Occupied cells of the branch that u picks. */
static int state_pick(state *s, const sampling *a, double u, bool registers) {
    if (s->pruned) {
        const brg_picked picked = brg_pruned_pick(s->pruned, u);
        return brg_pruned_items(s->pruned, &picked, registers, &s->items);
    }
    const size_t branch = brg_branches_pick(s->full, u);
    int rc = brg_branches_tree_items(s->full, branch, &s->items);
    const uint32_t first = brg_tree_cells(&a->config->qram);
    const uint32_t last = registers ? brg_all_cells(&a->config->qram) : first;
    for (uint32_t cell = first; cell < last && !rc; cell++) {
        const unsigned value = brg_branches_value(s->full, branch, cell);
        if (value) rc = brg_items_push(&s->items, brg_item_make(cell, value));
    }
    return rc;
}

/* The unnormalised jump and the norm that it leaves, which is the weight of the value. */
static int state_jump(state *s, uint32_t cell, unsigned value, double *weight) {
    const int rc = s->pruned ? brg_pruned_jump(s->pruned, cell, value)
                             : brg_branches_jump(s->full, cell, value);
    *weight = s->pruned ? brg_pruned_norm(s->pruned) : brg_branches_norm(s->full);
    return rc;
}

static void state_scale(state *s, double factor) {
    if (s->pruned)
        brg_pruned_scale(s->pruned, factor);
    else
        brg_branches_scale(s->full, factor);
}

/* Weight of the branches with a value on a cell; the state is at the boundary before and after. */
static int occupation(state *s, const sampling *a, const leader *l, size_t boundary, uint32_t cell,
                      unsigned value, double *weight) {
    if (s->full) {
        *weight = brg_branches_occupation(s->full, cell, value);
        return BRG_OK;
    }
    const int rc = state_jump(s, cell, value, weight);
    return rc ? rc : state_at(s, a, l, boundary);
}

/* ---- sites ---- */

static bool noisy_registers(const sampling *a) {
    return brg_noise_is_timed(&a->config->noise) && brg_registers_idle(a->config);
}

/* Errors X^x Z^z with x = 0 or with x > 0 that the group has, each with the same part of the rate.
 */
static unsigned primitives(const sampling *a, brg_fault_group g, bool diagonal, double *part) {
    const unsigned d = a->levels;
    *part = 1.0;
    if (g == BRG_FAULTS_FLIP) return diagonal ? 1u : 0u;
    if (g == BRG_FAULTS_ENCODED) return 1u; /* Z, or X */
    const brg_noise_kind kind =
        g == BRG_FAULTS_GATE ? BRG_KIND_DEPOLARIZING : a->config->noise.kind;
    *part = kind == BRG_KIND_DEPOLARIZING ? 1.0 / (d * d - 1.0) : 1.0 / (d - 1.0);
    if (kind == BRG_KIND_DEPOLARIZING) return diagonal ? d - 1u : d * (d - 1u);
    const bool shifts = kind == BRG_KIND_X || kind == BRG_KIND_SHIFT;
    return shifts != diagonal ? d - 1u : 0u;
}

static bool touches(const brg_qram *q, const brg_touched *t, const cell_class *c) {
    if (c->tree) return (c->data ? t->data : t->addr) >> c->index & 1u;
    const uint32_t qubit = c->index - brg_tree_cells(q), m = brg_table_width(q);
    return qubit < m ? t->address_qubits >> qubit & 1u : t->bus_qubits >> (qubit - m) & 1u;
}

static cell_class class_of(const brg_qram *q, uint32_t cell) {
    if (cell >= brg_tree_cells(q)) return (cell_class){.index = cell};
    return (cell_class){.tree = true, .data = cell & 1u, .index = brg_node_layer(cell >> 1)};
}

/* How often a cell's errors count at unit rate of the group. */
static double rate_of(const sampling *a, brg_fault_group g, const cell_class *c) {
    if (g != BRG_FAULTS_ENCODED) return 1.0;
    return brg_encoded_rate(a->config->noise.encoded, &a->config->qram,
                            c->tree ? c->index : UINT32_MAX);
}

/* Its mean over cells of which each layer has one, as many as a branch occupies. */
static double mean_rate(const sampling *a, brg_fault_group g) {
    if (g != BRG_FAULTS_ENCODED) return 1.0;
    const uint32_t n = a->config->qram.address_width;
    double sum = noisy_registers(a) ? a->config->noise.encoded->register_rate : 0.0;
    for (uint32_t l = 0; l < n; l++) sum += a->config->noise.encoded->layer_rate[l];
    return sum / (n + (noisy_registers(a) ? 1.0 : 0.0));
}

/* Errors at unit rate of all cells that the group acts on at a boundary. */
static double cells_in_scope(const sampling *a, brg_fault_group g, const brg_touched *t) {
    const brg_qram *q = &a->config->qram;
    if (g == BRG_FAULTS_ENCODED) {
        const brg_encoded_noise *e = a->config->noise.encoded;
        double sum = 0.0;
        for (uint32_t l = 0; l < q->address_width; l++) sum += ldexp(e->layer_rate[l], (int)l + 1);
        if (noisy_registers(a)) sum += (brg_table_width(q) + q->word_width) * e->register_rate;
        return 2.0 * sum;
    }
    if (g == BRG_FAULTS_GATE)
        return (double)t->addr + t->data + __builtin_popcount(t->address_qubits) +
               __builtin_popcountll(t->bus_qubits);
    return noisy_registers(a) ? brg_all_cells(q) : brg_tree_cells(q);
}

static int add_site(sampling *a, site s) {
    if (!(s.guess > 0.0)) return BRG_OK;
    if (a->site_count == a->site_capacity) {
        const size_t capacity = a->site_capacity ? 2u * a->site_capacity : 256u;
        site *grown = realloc(a->sites, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        a->sites = grown;
        a->site_capacity = capacity;
    }
    a->sites[a->site_count++] = s;
    return BRG_OK;
}

static bool acts(const leader *l, size_t boundary, brg_fault_group g) {
    for (int c = 0; c < BRG_SHARE_COUNT; c++)
        if (l->rate[boundary][g][c] > 0.0) return true;
    return false;
}

/* Cells that hold a qubit at a boundary, with `inside` of them in the tree. */
static double carried(const sampling *a, int64_t inside) {
    const brg_qram *q = &a->config->qram;
    const double most = q->address_width + q->word_width;
    if (noisy_registers(a)) return brg_table_width(q) + q->word_width;
    return inside < 0 ? 0.0 : (double)inside > most ? most : (double)inside;
}

static int touched_at(const sampling *a, const leader *l, size_t boundary, brg_touched *t) {
    memset(t, 0, sizeof *t);
    if (boundary == 0u) return BRG_OK;
    return brg_run_config_touch(a->config,
                                &brg_timeline_slice(a->timeline, l->start + boundary - 1u)->ops, t);
}

/* The sites of one group and kind at all boundaries of a leader, in order of time. */
static int add_sites(sampling *a, uint32_t number, brg_fault_group g, site_kind kind,
                     uint32_t class) {
    leader *l = &a->leaders[number];
    double part = 1.0;
    const unsigned errors = kind == SITE_JUMP ? 1u : primitives(a, g, kind == SITE_DIAGONAL, &part);
    int rc = BRG_OK;
    int64_t inside = 0; /* from what went in and out */
    for (size_t b = 0; b <= l->slices && !rc && errors; b++) {
        if (b > 0u) {
            const brg_slice_ops *o = &brg_timeline_slice(a->timeline, l->start + b - 1u)->ops;
            inside += (o->a_in >= 0) + (o->d_in >= 0) - (o->a_out >= 0) - (o->d_out >= 0);
        }
        if (!acts(l, b, g)) continue;
        brg_touched t;
        rc = touched_at(a, l, b, &t);
        const cell_class *c = &a->classes[class];
        double guess = errors * part;
        if (kind == SITE_OTHER) {
            if (g == BRG_FAULTS_GATE && !touches(&a->config->qram, &t, c)) continue;
            if (g == BRG_FAULTS_KIND && !c->tree) continue;
            if (g == BRG_FAULTS_ENCODED && !c->tree && !noisy_registers(a)) continue;
            guess *= rate_of(a, g, c);
            if (a->levels == 2u && c->tree) guess *= 1.0 + 0.25 * c->index;
        } else {
            /* Half a carrier more, for programs that use the tree in another way. */
            guess *= (carried(a, inside) + 0.5) * (kind == SITE_JUMP ? 0.5 : 1.0);
            guess *= mean_rate(a, g);
        }
        if (!rc)
            rc = add_site(a, (site){.leader = number,
                                    .boundary = (uint32_t)b,
                                    .group = g,
                                    .kind = kind,
                                    .class = class,
                                    .guess = guess});
    }
    return rc;
}

static int make_sites(sampling *a) {
    int rc = BRG_OK;
    for (uint32_t l = 0; l < a->leader_count && !rc; l++) {
        rc = add_sites(a, l, BRG_FAULTS_DAMPING, SITE_JUMP, 0);
        for (int g = BRG_FAULTS_FLIP; g < BRG_FAULT_GROUPS && !rc; g++) {
            rc = add_sites(a, l, (brg_fault_group)g, SITE_DIAGONAL, 0);
            for (uint32_t c = 0; c < a->class_count && !rc; c++)
                rc = add_sites(a, l, (brg_fault_group)g, SITE_OTHER, c);
        }
    }
    return rc;
}

/* Masses: each share of x gets draws in proportion to the root of its guess, so that a cause that
 * costs little is not lost among the others. */
static int make_masses(sampling *a) {
    double guess[BRG_SHARE_COUNT] = {0.0};
    a->end = malloc((a->site_count ? a->site_count : 1u) * sizeof *a->end);
    if (!a->end) return BRG_ENOMEM;
    for (size_t i = 0; i < a->site_count; i++) {
        const site *s = &a->sites[i];
        for (int c = 0; c < BRG_SHARE_COUNT; c++)
            guess[c] += s->guess * a->leaders[s->leader].rate[s->boundary][s->group][c];
    }
    for (size_t i = 0; i < a->site_count; i++) {
        site *s = &a->sites[i];
        for (int c = 0; c < BRG_SHARE_COUNT; c++)
            if (guess[c] > 0.0)
                s->mass += s->guess * a->leaders[s->leader].rate[s->boundary][s->group][c] /
                           sqrt(guess[c]);
        a->mass += s->mass;
        a->end[i] = a->mass;
    }
    return BRG_OK;
}

/* ---- setting up ---- */

static void add_rates(const sampling *a, leader *l, uint32_t query) {
    const size_t start = brg_timeline_query(a->timeline, query, NULL);
    for (size_t s = 1; s <= l->slices; s++) {
        const brg_slice *slice = brg_timeline_slice(a->timeline, start + s - 1u);
        const brg_fault_rates r = brg_fault_rates_of(&a->config->noise, slice);
        const uint64_t wait_ps = brg_slice_wait_ps(slice);
        for (int g = 0; g < BRG_FAULT_GROUPS; g++) {
            l->rate[s][g][BRG_SHARE_SCHEDULE] += r.schedule[g];
            for (int c = 0; wait_ps && c < BRG_CAUSE_COUNT; c++)
                l->rate[s - 1u][g][c] += r.wait[g] * (double)slice->wait_ps[c] / (double)wait_ps;
        }
        l->rate[s][BRG_FAULTS_GATE][BRG_SHARE_GATE] += r.gate;
    }
}

static int make_leaders(sampling *a) {
    a->queries = brg_timeline_queries(a->timeline);
    a->leaders = calloc(a->queries, sizeof *a->leaders);
    a->leader_of = calloc(a->queries, sizeof *a->leader_of);
    if (!a->leaders || !a->leader_of) return BRG_ENOMEM;
    for (uint32_t q = 0; q < a->queries; q++) {
        uint32_t l = 0;
        while (l < a->leader_count && !brg_queries_alike(a->timeline, a->leaders[l].query, q)) l++;
        leader *to = &a->leaders[l];
        if (l == a->leader_count) {
            a->leader_count++;
            to->query = q;
            to->start = brg_timeline_query(a->timeline, q, &to->slices);
            to->rate = calloc(to->slices + 1u, sizeof *to->rate);
            to->sum = calloc(to->slices + 1u, sizeof *to->sum);
            if (!to->rate || !to->sum) return BRG_ENOMEM;
        }
        a->leader_of[q] = l;
        add_rates(a, to, q);
    }
    return BRG_OK;
}

static int make_classes(sampling *a) {
    const brg_qram *q = &a->config->qram;
    const uint32_t registers = brg_table_width(q) + q->word_width;
    a->classes = calloc(2u * q->address_width + registers, sizeof *a->classes);
    if (!a->classes) return BRG_ENOMEM;
    for (uint32_t l = 0; l < q->address_width; l++)
        for (unsigned data = 0; data < 2u; data++)
            a->classes[a->class_count++] =
                (cell_class){.tree = true, .data = data != 0u, .index = l};
    for (uint32_t i = 0; i < registers; i++)
        a->classes[a->class_count++] = (cell_class){.index = brg_tree_cells(q) + i};
    return BRG_OK;
}

/* The fidelity without a fault, and what it takes from every fault that changes nothing. */
static int run_clean(sampling *a) {
    state s;
    int rc = state_new(&s, a);
    for (uint32_t i = 0; i < a->leader_count && !rc; i++) {
        leader *l = &a->leaders[i];
        rc = state_at(&s, a, l, 0);
        if (!rc) rc = state_end(&s, a, l, 0, &l->fidelity);
        double loss = 1.0 - l->fidelity;
        if (!(loss > 1e-12)) loss = 0.0; /* rounding, which millions of cells would add up */
        for (size_t b = 0; b <= l->slices && !rc; b++) {
            brg_touched t;
            rc = touched_at(a, l, b, &t);
            for (int g = BRG_FAULTS_FLIP; g < BRG_FAULT_GROUPS && !rc; g++)
                if (acts(l, b, (brg_fault_group)g))
                    l->sum[b][g] = loss * cells_in_scope(a, (brg_fault_group)g, &t);
        }
    }
    state_clear(&s);
    return rc;
}

static void sampling_clear(sampling *a) {
    for (uint32_t l = 0; a->leaders && l < a->queries; l++) {
        free(a->leaders[l].rate);
        free(a->leaders[l].sum);
    }
    free(a->leaders);
    free(a->leader_of);
    free(a->classes);
    free(a->sites);
    free(a->end);
}

/* ---- drawing a fault ---- */

static unsigned draw_below(brg_stream *s, size_t count) {
    const size_t at = (size_t)(brg_stream_uniform(s) * (double)count);
    return (unsigned)(at < count ? at : count - 1u);
}

/* Layer of a cell's node; 0 for a register, which every branch holds as well. */
static uint32_t layer_of(const sampling *a, uint32_t cell) {
    return cell < brg_tree_cells(&a->config->qram) ? brg_node_layer(cell >> 1) : 0u;
}

/* Probability to evolve a fault at all, the result then counting for that much more: a fault of a
 * cell near the root concerns so many branches that most of the time would go there. After a jump
 * little depends on the result; of other errors it is all that is known, so they get the root. */
static double chance_of(const sampling *a, uint32_t cell, site_kind kind) {
    const int free_width = kind == SITE_JUMP ? JUMP_WIDTH : OTHER_WIDTH;
    const int width = (int)(brg_table_width(&a->config->qram) - layer_of(a, cell));
    if (!a->config->input.uniform || width <= free_width) return 1.0;
    return exp2((free_width - width) * (kind == SITE_JUMP ? 0.75 : 0.5));
}

/* The sum of (1 - F) over the N occupied cells i of a branch, F of the normalised jumped state, as
 * N - F_i / q_i. What is left after a jump has at most the overlap n_i with what was there before,
 * so the deeper a cell the less depends on it. */
static int draw_jump(const sampling *a, state *s, const site *at, brg_stream *random,
                     double *value) {
    const leader *l = &a->leaders[at->leader];
    const double u = brg_stream_uniform(random);
    int rc = state_pick(s, a, u, noisy_registers(a));
    *value = (double)s->items.count;
    if (rc || !s->items.count) return rc;
    const double root = a->config->input.uniform ? sqrt(0.5) : 1.0;
    double all = 0.0;
    for (size_t i = 0; i < s->items.count; i++)
        all += pow(root, layer_of(a, brg_item_cell(s->items.item[i])));
    double goal = brg_stream_uniform(random) * all, part = 0.0;
    brg_item item = 0;
    for (size_t i = 0; i < s->items.count && goal >= 0.0; i++) {
        item = s->items.item[i];
        part = pow(root, layer_of(a, brg_item_cell(item)));
        goal -= part;
    }
    const double chance = chance_of(a, brg_item_cell(item), SITE_JUMP);
    if (brg_stream_uniform(random) >= chance) return BRG_OK;
    double weight = 0.0, fidelity = 0.0;
    rc = state_jump(s, brg_item_cell(item), brg_item_value(item), &weight);
    if (rc) return rc;
    state_scale(s, 1.0 / sqrt(weight));
    rc = state_end(s, a, l, at->boundary, &fidelity);
    *value -= fidelity * all / part / chance;
    return rc;
}

/* Keeps the items that the site's errors act on. */
static int keep_items(const sampling *a, state *s, const site *at, unsigned low) {
    const brg_qram *q = &a->config->qram;
    brg_touched t;
    const int rc = touched_at(a, &a->leaders[at->leader], at->boundary, &t);
    size_t kept = 0;
    for (size_t i = 0; i < s->items.count; i++) {
        const brg_item item = s->items.item[i];
        const cell_class c = class_of(q, brg_item_cell(item));
        if (brg_item_value(item) < low) continue;
        if (at->group == BRG_FAULTS_GATE && !touches(q, &t, &c)) continue;
        s->items.item[kept++] = item;
    }
    s->items.count = kept;
    return rc;
}

/* An item with a probability in proportion to its cell's rate, and the sum of these. */
static uint32_t draw_item(const sampling *a, const state *s, brg_fault_group g, brg_stream *random,
                          double *sum) {
    const size_t count = s->items.count;
    *sum = (double)count;
    if (g != BRG_FAULTS_ENCODED) return brg_item_cell(s->items.item[draw_below(random, count)]);
    *sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const cell_class c = class_of(&a->config->qram, brg_item_cell(s->items.item[i]));
        *sum += rate_of(a, g, &c);
    }
    double goal = brg_stream_uniform(random) * *sum;
    uint32_t cell = 0;
    for (size_t i = 0; i < count && goal >= 0.0; i++) {
        const cell_class c = class_of(&a->config->qram, brg_item_cell(s->items.item[i]));
        const double rate = rate_of(a, g, &c);
        if (rate > 0.0) cell = brg_item_cell(s->items.item[i]);
        goal -= rate;
    }
    return cell;
}

/* N (F_clean - F) / n_c of a flip or Z^z on an occupied cell. */
static int draw_diagonal(const sampling *a, state *s, const site *at, brg_stream *random,
                         double *value) {
    const leader *l = &a->leaders[at->leader];
    const bool flip = at->group == BRG_FAULTS_FLIP;
    double part;
    const unsigned errors = primitives(a, at->group, true, &part);
    const unsigned high = a->levels - 1u, low = flip ? high : 1u;
    const bool registers = at->group == BRG_FAULTS_GATE || noisy_registers(a);
    const double u = brg_stream_uniform(random);
    *value = 0.0;
    int rc = state_pick(s, a, u, registers);
    if (!rc) rc = keep_items(a, s, at, low);
    if (rc || !s->items.count) return rc;
    double number;
    const uint32_t cell = draw_item(a, s, at->group, random, &number);
    const unsigned z = 1u + draw_below(random, errors);
    if (!(number > 0.0)) return rc;
    double weight[3] = {0.0}, fidelity = 0.0, all = 0.0;
    for (unsigned v = low; v <= high && !rc; v++) {
        rc = occupation(s, a, l, at->boundary, cell, v, &weight[v]);
        all += weight[v];
    }
    if (rc) return rc;
    if (l->fidelity > 1.0 - 1e-9) {
        /* Strings stay what they were, so the tree is left empty and the overlap with the right
         * answer is the error's mean in the present state. */
        const double angle = flip || a->levels == 2u ? pi : 2.0 * pi / 3.0 * z;
        double re = 1.0 - all, im = 0.0;
        for (unsigned v = low; v <= high; v++) {
            const double turn = flip || a->levels == 2u ? angle : angle * v;
            re += weight[v] * cos(turn);
            im += weight[v] * sin(turn);
        }
        fidelity = l->fidelity * (re * re + im * im);
    } else {
        if (s->pruned)
            rc = flip ? brg_pruned_flip(s->pruned, cell) : brg_pruned_pauli(s->pruned, cell, 0, z);
        else
            rc = flip ? brg_branches_flip(s->full, cell) : brg_branches_pauli(s->full, cell, 0, z);
        if (!rc) rc = state_end(s, a, l, at->boundary, &fidelity);
    }
    *value = errors * part * number * (l->fidelity - fidelity) / all;
    return rc;
}

/* How the node of an error is drawn: uniformly, on the path of a single input address, by climbing
 * down a left spine from a random node, or down the spine beside that path. Sums to 1. */
typedef struct node_mixture {
    double uniform, path, climb, beside;
} node_mixture;

static node_mixture mixture_of(const sampling *a, uint32_t layer) {
    const bool climbs = a->levels == 2u && layer > 0u;
    if (a->config->input.uniform)
        return climbs ? (node_mixture){.uniform = 0.5, .climb = 0.5}
                      : (node_mixture){.uniform = 1.0};
    return layer > 0u ? (node_mixture){.uniform = 0.25, .path = 0.5, .beside = 0.25}
                      : (node_mixture){.uniform = 1.0};
}

static uint32_t path_index(const sampling *a, uint32_t layer) {
    const uint32_t n = a->config->qram.address_width;
    return (uint32_t)(a->config->input.index & (((uint64_t)1 << n) - 1u)) >> (n - layer);
}

/* Left spine, down to `layer`, of the node beside the path in layer j + 1. */
static uint32_t beside_index(const sampling *a, uint32_t layer, uint32_t j) {
    return (path_index(a, j + 1u) ^ 1u) << (layer - j - 1u);
}

static uint32_t draw_node(const sampling *a, uint32_t layer, brg_stream *random) {
    const node_mixture m = mixture_of(a, layer);
    const size_t nodes = (size_t)1 << layer;
    double u = brg_stream_uniform(random);
    if (u < m.uniform) return draw_below(random, nodes);
    u -= m.uniform;
    if (u < m.path) return path_index(a, layer);
    if (m.beside > 0.0) return beside_index(a, layer, draw_below(random, layer));
    const unsigned down = draw_below(random, layer + 1u);
    return draw_below(random, nodes >> down) << down;
}

static double density_of(const sampling *a, uint32_t layer, uint32_t index) {
    const node_mixture m = mixture_of(a, layer);
    double density = m.uniform * ldexp(1.0, -(int)layer);
    if (m.path > 0.0 && index == path_index(a, layer)) density += m.path;
    for (uint32_t j = 0; m.beside > 0.0 && j < layer; j++)
        if (index == beside_index(a, layer, j)) density += m.beside / layer;
    for (uint32_t down = 0; m.climb > 0.0 && down <= layer; down++)
        if (index >> down << down == index)
            density += m.climb / (layer + 1.0) * ldexp(1.0, (int)down - (int)layer);
    return density;
}

/* (F_clean - F) / density of X^x Z^z, x > 0, on a cell of the site's class. */
static int draw_other(const sampling *a, state *s, const site *at, brg_stream *random,
                      double *value) {
    const leader *l = &a->leaders[at->leader];
    const cell_class *c = &a->classes[at->class];
    double part, density = 1.0, fidelity = 0.0;
    const unsigned errors = primitives(a, at->group, false, &part);
    const unsigned which = draw_below(random, errors);
    /* All of x = 1..d-1 with all z, or with z = 0 only. */
    const unsigned x = 1u + which % (a->levels - 1u), z = which / (a->levels - 1u);
    uint32_t cell = c->index;
    if (c->tree) {
        const uint32_t index = draw_node(a, c->index, random);
        const uint32_t node = brg_node(c->index, index);
        density = density_of(a, c->index, index);
        cell = c->data ? brg_cell_data(node) : brg_cell_addr(node);
    }
    const double chance = chance_of(a, cell, SITE_OTHER);
    int rc = BRG_OK;
    if (brg_stream_uniform(random) < chance) {
        rc = s->pruned ? brg_pruned_pauli(s->pruned, cell, x, z)
                       : brg_branches_pauli(s->full, cell, x, z);
        if (!rc) rc = state_end(s, a, l, at->boundary, &fidelity);
    }
    *value = errors * part * rate_of(a, at->group, c) * (l->fidelity - fidelity / chance) / density;
    return rc;
}

/* One draw: the site, and the estimate of its sum divided by the site's part of all mass. */
typedef struct draw {
    size_t site;
    double value;
} draw;

static int draw_fault(const sampling *a, state *s, uint64_t number, uint64_t strata, draw *out) {
    brg_stream random = brg_stream_make(a->config->seed, 0, number, BRG_PURPOSE_FAULT, 0);
    const double u = brg_stream_uniform(&random);
    const double goal = ((double)(number / 2u) + u) / (double)strata * a->mass;
    size_t low = 0, high = a->site_count - 1u;
    while (low < high) {
        const size_t middle = low + (high - low) / 2u;
        if (a->end[middle] > goal)
            high = middle;
        else
            low = middle + 1u;
    }
    const site *at = &a->sites[low];
    out->site = low;
    int rc = state_at(s, a, &a->leaders[at->leader], at->boundary);
    if (rc) return rc;
    if (at->kind == SITE_JUMP)
        rc = draw_jump(a, s, at, &random, &out->value);
    else if (at->kind == SITE_DIAGONAL)
        rc = draw_diagonal(a, s, at, &random, &out->value);
    else
        rc = draw_other(a, s, at, &random, &out->value);
    out->value *= a->mass / (2.0 * (double)strata) / at->mass;
    return rc;
}

static int draw_all(const sampling *a, draw *draws, uint64_t count, int jobs, brg_progress progress,
                    void *user) {
    atomic_int failed = BRG_OK;
    atomic_uint_fast64_t done = 0;
    if ((uint64_t)jobs > count) jobs = (int)count;
    size_t slices = 0;
    brg_timeline_query(a->timeline, 0, &slices);
    jobs = brg_threads_worth(
        jobs, (double)count * (double)slices * brg_threads_branches(&a->config->qram));
#pragma omp parallel num_threads(jobs) if (jobs > 1)
    {
        state s;
        int rc = state_new(&s, a);
#pragma omp for schedule(dynamic)
        for (uint64_t i = 0; i < count; i++) {
            if (!rc && !atomic_load(&failed)) rc = draw_fault(a, &s, i, count / 2u, &draws[i]);
            const uint64_t so_far = atomic_fetch_add(&done, 1) + 1u;
            if (!rc && omp_get_thread_num() == 0 && progress && progress(user, so_far, count))
                rc = BRG_ESTATE;
            int none = BRG_OK;
            if (rc) atomic_compare_exchange_strong(&failed, &none, rc);
        }
        state_clear(&s);
    }
    return atomic_load(&failed);
}

/* ---- sums ---- */

/* In the order of the draws, so that the result does not depend on the threads. */
static void add_draws(sampling *a, const draw *draws, uint64_t count, double *stderr_x) {
    double variance[BRG_SHARE_COUNT] = {0.0}, largest[BRG_SHARE_COUNT] = {0.0};
    for (uint64_t i = 0; i + 1u < count; i += 2u) {
        double apart[BRG_SHARE_COUNT] = {0.0};
        for (unsigned of_two = 0; of_two < 2u; of_two++) {
            const draw *d = &draws[i + of_two];
            const site *at = &a->sites[d->site];
            leader *l = &a->leaders[at->leader];
            l->sum[at->boundary][at->group] += d->value;
            for (int c = 0; c < BRG_SHARE_COUNT; c++) {
                const double part = d->value * l->rate[at->boundary][at->group][c];
                apart[c] += of_two ? -part : part;
                largest[c] = fmax(largest[c], fabs(part));
            }
        }
        for (int c = 0; c < BRG_SHARE_COUNT; c++) variance[c] += apart[c] * apart[c];
    }
    /* Where all draws of a site are equal, what is left to chance is whether it gets one more: a
     * difference that the few strata across its ends may miss. */
    for (int c = 0; c < BRG_SHARE_COUNT; c++)
        stderr_x[c] = sqrt(variance[c] + 0.5 * largest[c] * largest[c]) / a->queries;
}

static int fill_result(const sampling *a, brg_first_order *out) {
    out->slices = brg_timeline_slices(a->timeline);
    out->coefficient = NAN;
    out->intervals = calloc(out->slices ? out->slices : 1u, sizeof *out->intervals);
    if (!out->intervals) return BRG_ENOMEM;
    double total = 0.0;
    for (uint32_t q = 0; q < a->queries; q++) {
        size_t slices = 0;
        const size_t start = brg_timeline_query(a->timeline, q, &slices);
        const leader *l = &a->leaders[a->leader_of[q]];
        for (size_t s = 1; s <= slices; s++) {
            brg_interval_x *x = &out->intervals[start + s - 1u];
            brg_interval_fill(&a->config->noise, brg_timeline_slice(a->timeline, start + s - 1u),
                              l->sum[s - 1u], l->sum[s], x);
            total += x->gate + x->schedule;
            for (int c = 0; c < BRG_CAUSE_COUNT; c++) total += x->wait[c];
        }
    }
    out->infidelity = total / a->queries;
    return BRG_OK;
}

int brg_fault_sampling_run(brg_first_order *out, double *stderr_x, const brg_timeline *timeline,
                           const brg_run_config *config, const brg_planes *ideal, uint64_t samples,
                           int jobs, brg_progress progress, void *user) {
    memset(out, 0, sizeof *out);
    sampling a = {.timeline = timeline,
                  .config = config,
                  .ideal = ideal,
                  .levels = config->qram.routers == BRG_TWO_LEVEL ? 2u : 3u,
                  .prunes = config->input.uniform && !config->qram.page_bits};
    const uint64_t count = samples / 2u * 2u;
    draw *draws = NULL;
    int rc = make_leaders(&a);
    if (!rc) rc = make_classes(&a);
    if (!rc) rc = make_sites(&a);
    if (!rc) rc = make_masses(&a);
    if (!rc) rc = run_clean(&a);
    if (!rc && count > SIZE_MAX / sizeof *draws) rc = BRG_ENOMEM;
    if (!rc && !(draws = calloc(count, sizeof *draws))) rc = BRG_ENOMEM;
    const bool any = a.mass > 0.0;
    if (!rc && any)
        rc = draw_all(&a, draws, count, jobs > 0 ? jobs : omp_get_max_threads(), progress, user);
    if (!rc) add_draws(&a, draws, any ? count : 0u, stderr_x);
    if (!rc) rc = fill_result(&a, out);
    free(draws);
    sampling_clear(&a);
    if (rc) brg_first_order_clear(out);
    return rc;
}
