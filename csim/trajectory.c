/* SPDX-License-Identifier: Apache-2.0 */
/* One noise trajectory: draws errors, drives the branch state (docs/noise.md). */
#include "csim/trajectory.h"

#include <math.h>
#include <stdlib.h>

#include "csim/branch_internal.h"
#include "csim/lives.h"
#include "csim/pruned_internal.h"
#include "csim/random.h"
#include "csim/registers.h"
#include "csim/run_config.h"
#include "csim/slice_ops.h"
#include "csim/trajectory_internal.h"

/* An error that was drawn: X^x Z^z, the dephasing flip of the router model, or a Pauli on the qubit
 * {0, 1} that a register cell carries. */
typedef struct cell_error {
    uint32_t cell;
    uint8_t x, z;
    bool flip, logical;
} cell_error;

typedef struct error_list {
    size_t count, capacity;
    cell_error *error;
} error_list;

typedef enum phase { BEFORE_BEGIN, RUNNING, ENDED } phase;

struct brg_trajectory {
    brg_run_config config;
    uint64_t trajectory;
    uint32_t query;
    phase phase;
    brg_branches *state; /* engine full */
    brg_pruned *pruned;  /* engine pruned; one of the two is NULL */
    brg_stream pauli;
    error_list errors;
    bool shortcut;          /* the registers began in `input`, not in given entries */
    brg_lives lives;        /* of encoded register qubits */
    brg_items items;        /* occupied cells of the branch that a damping event is drawn from */
    uint32_t lost;          /* carriers that jumps took since the query began */
    double fidelity, empty; /* of the final state, after the end */
};

/* Drawing errors. */

static int push_error(error_list *list, cell_error error) {
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        cell_error *grown = realloc(list->error, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        list->error = grown;
        list->capacity = capacity;
    }
    list->error[list->count++] = error;
    return BRG_OK;
}

/* The first site at or after *at that errs. No draw is made without a site or with p = 0 or 1. */
static bool next_site(brg_stream *s, double p, uint64_t sites, uint64_t *at) {
    if (!(p > 0) || *at >= sites) return false;
    const uint64_t skipped = p >= 1 ? 0 : brg_stream_geometric(s, p);
    if (skipped >= sites - *at) return false;
    *at += skipped;
    return true;
}

static cell_error draw_kind(brg_stream *s, brg_routers routers, brg_noise_kind kind) {
    const double u = brg_stream_uniform(s);
    cell_error e = {.cell = 0};
    if (routers == BRG_TWO_LEVEL) {
        const unsigned which = (unsigned)(3 * u); /* X, Y, Z */
        e.x = which < 2;
        e.z = which > 0;
    } else if (kind == BRG_KIND_DEPOLARIZING) {
        const unsigned which = 1 + (unsigned)(8 * u);
        e.x = (uint8_t)(which / 3);
        e.z = (uint8_t)(which % 3);
    } else if (kind == BRG_KIND_PHASE) {
        e.z = u < 0.5 ? 1 : 2;
    } else {
        e.x = u < 0.5 ? 1 : 2;
    }
    return e;
}

/* Kinds with one member take no second draw. */
static cell_error draw_error(brg_stream *s, brg_routers routers, brg_noise_kind kind) {
    switch (kind) {
        case BRG_KIND_X:
            return (cell_error){.x = 1};
        case BRG_KIND_Z:
            return (cell_error){.z = 1};
        default:
            return draw_kind(s, routers, kind);
    }
}

/* Cells that idle: the tree, and the registers when they are noisy. */
static uint64_t idle_cells(const brg_run_config *c) {
    return brg_registers_idle(c) ? brg_all_cells(&c->qram) : brg_tree_cells(&c->qram);
}

static int draw_dephasing(brg_stream *s, const brg_run_config *c, double t_ns, error_list *list) {
    const double p = brg_noise_dephasing(&c->noise, t_ns);
    const uint64_t cells = idle_cells(c);
    for (uint64_t at = 0; next_site(s, p, cells, &at); at++) {
        const int rc = push_error(list, (cell_error){.cell = (uint32_t)at, .flip = true});
        if (rc) return rc;
    }
    return BRG_OK;
}

/* X and Z of each cell from `first` on, in turn, all of one rate. */
static int draw_encoded_cells(brg_stream *s, double p, uint32_t first, uint64_t cells,
                              error_list *list) {
    for (uint64_t at = 0; next_site(s, p, 2 * cells, &at); at++) {
        const int rc = push_error(
            list,
            (cell_error){.cell = first + (uint32_t)(at / 2), .x = at % 2 == 0, .z = at % 2 == 1});
        if (rc) return rc;
    }
    return BRG_OK;
}

static int draw_encoded(brg_stream *s, const brg_run_config *c, uint64_t t_ps, error_list *list) {
    const brg_encoded_noise *noise = c->noise.encoded;
    const uint32_t tree = brg_tree_cells(&c->qram);
    int rc = BRG_OK;
    for (uint32_t l = 0; l < c->qram.address_width && !rc; l++)
        rc = draw_encoded_cells(s, brg_noise_encoded(noise, noise->layer_rate[l], t_ps),
                                brg_cell_addr(brg_node(l, 0)), (uint64_t)2 << l, list);
    if (!rc && brg_registers_idle(c))
        rc = draw_encoded_cells(s, brg_noise_encoded(noise, noise->register_rate, t_ps), tree,
                                brg_all_cells(&c->qram) - tree, list);
    return rc;
}

static int draw_per_slice(brg_stream *s, const brg_run_config *c, error_list *list) {
    const uint64_t cells = brg_tree_cells(&c->qram);
    if (c->noise.kind == BRG_KIND_DAMPING) return BRG_OK;
    for (uint64_t at = 0; next_site(s, c->noise.probability, cells, &at); at++) {
        cell_error e = draw_error(s, c->qram.routers, c->noise.kind);
        e.cell = (uint32_t)at;
        const int rc = push_error(list, e);
        if (rc) return rc;
    }
    return BRG_OK;
}

static uint32_t nth_bit(uint64_t set, uint64_t index) {
    for (; index; index--) set &= set - 1;
    return (uint32_t)__builtin_ctzll(set);
}

/* The index-th touched cell in cell order; UINT32_MAX past the last. */
static uint32_t touched_cell(const brg_qram *q, const brg_touched *touched, uint64_t index) {
    for (uint32_t l = 0; l < q->address_width; l++) {
        const bool addr = touched->addr >> l & 1u, data = touched->data >> l & 1u;
        const uint64_t per_node = (uint64_t)addr + (uint64_t)data;
        const uint64_t here = per_node << l;
        if (index >= here) {
            index -= here;
            continue;
        }
        const uint32_t node = brg_node(l, (uint32_t)(index / per_node));
        const bool second = index % per_node == 1;
        return second || !addr ? brg_cell_data(node) : brg_cell_addr(node);
    }
    const uint64_t address = (uint64_t)__builtin_popcount(touched->address_qubits);
    if (index < address) return brg_cell_address_qubit(q, nth_bit(touched->address_qubits, index));
    index -= address;
    const uint64_t bus = (uint64_t)__builtin_popcountll(touched->bus_qubits);
    return index < bus ? brg_cell_bus_qubit(q, nth_bit(touched->bus_qubits, index)) : UINT32_MAX;
}

static uint64_t touched_count(const brg_touched *touched) {
    uint64_t count = (uint64_t)__builtin_popcount(touched->address_qubits) +
                     (uint64_t)__builtin_popcountll(touched->bus_qubits);
    /* Layer l has 2^l nodes, so the masks are the numbers of touched cells. */
    return count + touched->addr + touched->data;
}

static int draw_gate(brg_stream *s, const brg_run_config *c, const brg_slice_ops *ops,
                     error_list *list) {
    if (!(c->noise.gate_error > 0)) return BRG_OK;
    brg_touched touched;
    int rc = brg_run_config_touch(c, ops, &touched);
    if (rc) return rc;
    const uint64_t cells = touched_count(&touched);
    for (uint64_t at = 0; next_site(s, c->noise.gate_error, cells, &at); at++) {
        cell_error e = draw_kind(s, c->qram.routers, BRG_KIND_DEPOLARIZING);
        e.cell = touched_cell(&c->qram, &touched, at);
        rc = push_error(list, e);
        if (rc) return rc;
    }
    return BRG_OK;
}

static double ns(uint64_t ps) {
    return (double)ps / 1000;
}

/* The three sets of errors of a slice, in the order of the stream. */
static int draw_wait(brg_stream *s, const brg_run_config *c, const brg_slice *slice,
                     error_list *list) {
    const uint64_t wait = brg_slice_wait_ps(slice);
    if (!wait) return BRG_OK;
    if (c->noise.model == BRG_NOISE_ENCODED) return draw_encoded(s, c, wait, list);
    return c->noise.model == BRG_NOISE_TIMED ? draw_dephasing(s, c, ns(wait), list) : BRG_OK;
}

static int draw_operations(brg_stream *s, const brg_run_config *c, const brg_slice *slice,
                           error_list *list) {
    if (c->noise.model == BRG_NOISE_NONE) return BRG_OK;
    return draw_gate(s, c, &slice->ops, list);
}

static int draw_idle(brg_stream *s, const brg_run_config *c, const brg_slice *slice,
                     error_list *list) {
    switch (c->noise.model) {
        case BRG_NOISE_TIMED:
            return draw_dephasing(s, c, ns(slice->duration_ps), list);
        case BRG_NOISE_PER_SLICE:
            return draw_per_slice(s, c, list);
        case BRG_NOISE_ENCODED:
            return draw_encoded(s, c, slice->duration_ps, list);
        default:
            return BRG_OK;
    }
}

/* Configuration. */

static bool is_probability(double p) {
    return p >= 0 && p <= 1;
}
static bool is_time(double t) {
    return t >= 0 && isfinite(t);
}

int brg_run_config_check(const brg_run_config *c) {
    if (!c || !brg_qram_valid(&c->qram)) return BRG_EINVAL;
    if (!c->input.uniform && c->input.index >> brg_table_width(&c->qram)) return BRG_EINVAL;
    if (c->logical && (!c->logical->pauli || !is_probability(c->logical->transfer_error)))
        return BRG_EINVAL;
    const brg_noise *noise = &c->noise;
    const bool two = c->qram.routers == BRG_TWO_LEVEL;
    switch (noise->model) {
        case BRG_NOISE_NONE:
            return BRG_OK;
        case BRG_NOISE_TIMED:
            if (!is_time(noise->t1_ns) || !is_time(noise->tphi_ns)) return BRG_EINVAL;
            break;
        case BRG_NOISE_PER_SLICE:
            if (!is_probability(noise->probability)) return BRG_EINVAL;
            if ((noise->kind == BRG_KIND_X || noise->kind == BRG_KIND_Z) && !two) return BRG_EINVAL;
            if ((noise->kind == BRG_KIND_PHASE || noise->kind == BRG_KIND_SHIFT) && two)
                return BRG_EINVAL;
            if ((int)noise->kind < 0 || noise->kind > BRG_KIND_DAMPING) return BRG_EINVAL;
            break;
        case BRG_NOISE_ENCODED:
            if (!brg_encoded_valid(noise->encoded, &c->qram)) return BRG_EINVAL;
            break;
        default:
            return BRG_EINVAL;
    }
    return is_probability(noise->gate_error) ? BRG_OK : BRG_EINVAL;
}

/* A paged query parts the branches by page at its first controlled swap, so that there is nothing
 * to be pruned: all of them are evolved, by the engine that is made for that. */
static bool prunes(const brg_run_config *config) {
    return config->engine == BRG_BRANCH_PRUNED && !config->qram.page_bits;
}

static bool is_engine(brg_branch_engine engine) {
    return engine == BRG_BRANCH_FULL || engine == BRG_BRANCH_PRUNED;
}

bool brg_noise_is_pauli(const brg_noise *noise) {
    if (noise->model == BRG_NOISE_TIMED) return !(noise->t1_ns > 0);
    if (noise->model == BRG_NOISE_PER_SLICE)
        return noise->kind != BRG_KIND_DAMPING || !(noise->probability > 0);
    return true;
}

/* Bits that can be between their two basis changes at once: bus bit j enters in slice 2n+2j+1 and
 * leaves in slice 4n+2j+1, the slice in which bit j+n enters; out comes first, so min(k, n). With
 * pages all k stay so from the first page to the last. */
uint64_t brg_trajectory_bytes(const brg_run_config *config) {
    const brg_qram *q = &config->qram;
    uint32_t exponent = config->input.uniform ? brg_table_width(q) : 0;
    if (q->routers == BRG_TWO_LEVEL)
        exponent +=
            q->word_width < q->address_width || q->page_bits ? q->word_width : q->address_width;
    const uint64_t branches = exponent < 56 ? (uint64_t)1 << exponent : UINT64_MAX / 256;
    return prunes(config) ? brg_pruned_bytes(q, branches) : brg_branches_bytes(q, branches);
}

uint64_t brg_trajectory_branches_in(const brg_qram *qram, uint64_t bytes) {
    const uint64_t none = brg_branches_bytes(qram, 0);
    const uint64_t one = brg_branches_bytes(qram, 1) - none;
    return bytes > none ? (bytes - none) / one : 0;
}

int brg_trajectory_new(brg_trajectory **out, const brg_run_config *config, uint64_t trajectory) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    int rc = brg_run_config_check(config);
    if (!rc && !is_engine(config->engine)) rc = BRG_EINVAL;
    if (rc) return rc;
    brg_trajectory *t = calloc(1, sizeof *t);
    if (!t) return BRG_ENOMEM;
    t->config = *config;
    t->trajectory = trajectory;
    rc = prunes(config) ? brg_pruned_new(&t->pruned, &config->qram)
                        : brg_branches_new(&t->state, &config->qram);
    if (rc) {
        brg_trajectory_destroy(&t);
        return rc;
    }
    (t->pruned ? t->pruned->part : t->state)->most = (size_t)config->most_branches;
    *out = t;
    return BRG_OK;
}

void brg_trajectory_destroy(brg_trajectory **trajectory) {
    if (!trajectory || !*trajectory) return;
    brg_branches_destroy(&(*trajectory)->state);
    brg_pruned_destroy(&(*trajectory)->pruned);
    free((*trajectory)->errors.error);
    free((*trajectory)->items.item);
    free(*trajectory);
    *trajectory = NULL;
}

void brg_trajectory_reset(brg_trajectory *t, uint64_t trajectory) {
    t->trajectory = trajectory;
    t->phase = BEFORE_BEGIN;
}

int brg_trajectory_begin(brg_trajectory *t, uint32_t query) {
    if (!t) return BRG_EINVAL;
    const int rc = t->pruned ? brg_pruned_begin(t->pruned, &t->config.input)
                             : brg_branches_begin(t->state, &t->config.input);
    if (rc) return rc;
    t->shortcut = true;
    t->lost = 0;
    brg_lives_begin(&t->lives);
    t->query = query;
    t->pauli = brg_stream_make(t->config.seed, query, t->trajectory, BRG_PURPOSE_PAULI, 0);
    t->phase = RUNNING;
    return BRG_OK;
}

int brg_trajectory_begin_registers(brg_trajectory *t, uint32_t query,
                                   const brg_register_entry *entries, size_t count) {
    if (!t || t->pruned) return BRG_EINVAL;
    const int rc = brg_branches_begin_registers(t->state, entries, count);
    if (rc) return rc;
    t->shortcut = false;
    t->lost = 0;
    brg_lives_begin(&t->lives);
    t->query = query;
    t->pauli = brg_stream_make(t->config.seed, query, t->trajectory, BRG_PURPOSE_PAULI, 0);
    t->phase = RUNNING;
    return BRG_OK;
}

/* Evolution. */

static int apply_logical(brg_trajectory *t, const cell_error *e) {
    int rc = BRG_OK;
    if (e->x)
        rc = t->pruned ? brg_pruned_exchange(t->pruned, e->cell)
                       : brg_branches_exchange(t->state, e->cell);
    if (!rc && e->z)
        rc = t->pruned ? brg_pruned_flip(t->pruned, e->cell) : brg_branches_flip(t->state, e->cell);
    return rc;
}

static int apply_error(brg_trajectory *t, const cell_error *e) {
    if (e->logical) return apply_logical(t, e);
    if (t->pruned)
        return e->flip ? brg_pruned_flip(t->pruned, e->cell)
                       : brg_pruned_pauli(t->pruned, e->cell, e->x, e->z);
    return e->flip ? brg_branches_flip(t->state, e->cell)
                   : brg_branches_pauli(t->state, e->cell, e->x, e->z);
}

/* The labels that a set of errors touches, all at once. */
static int announce_errors(brg_trajectory *t) {
    for (size_t i = 0; i < t->errors.count; i++) {
        const int rc = brg_pruned_expect(t->pruned, t->errors.error[i].cell);
        if (rc) return rc;
    }
    return brg_pruned_leave(t->pruned);
}

static int apply_errors(brg_trajectory *t) {
    if (t->pruned && t->errors.count > 1) {
        const int rc = announce_errors(t);
        if (rc) return rc;
    }
    brg_branches *branches = t->pruned ? t->pruned->part : t->state;
    int rc = BRG_OK;
    brg_branches_begin_errors(branches);
    for (size_t i = 0; i < t->errors.count && !rc; i++) rc = apply_error(t, &t->errors.error[i]);
    brg_branches_end_errors(branches);
    t->errors.count = 0;
    return rc;
}

/* An address qubit that has not been in the tree is still |+> apart from everything else, encoded
 * as it is: X does nothing to it, and no engine need spoil its branches for it. */
static int push_logical(brg_trajectory *t, brg_logical_error error, bool plus) {
    const bool address = error.qubit < brg_table_width(&t->config.qram);
    const bool harmless = plus && t->shortcut && t->config.input.uniform && address;
    const cell_error e = {.cell = brg_tree_cells(&t->config.qram) + error.qubit,
                          .x = (error.pauli & 1u) && !harmless,
                          .z = (uint8_t)(error.pauli >> 1),
                          .logical = true};
    return e.x || e.z ? push_error(&t->errors, e) : BRG_OK;
}

/* Logical errors of the qubits that this slice takes into the tree. */
static int draw_entries(brg_trajectory *t, const brg_slice *slice) {
    if (!t->config.logical) return BRG_OK;
    brg_logical_error error[2];
    const uint32_t count =
        brg_lives_slice(&t->lives, &t->config, t->trajectory, t->query, slice, error);
    int rc = BRG_OK;
    for (uint32_t i = 0; i < count && !rc; i++) rc = push_logical(t, error[i], true);
    return rc;
}

/* Logical errors of the qubits that are outside at the end. */
static int end_lives(brg_trajectory *t) {
    if (!t->config.logical) return BRG_OK;
    brg_logical_error error[BRG_LIVES_QUBITS];
    const uint32_t count = brg_lives_end(&t->lives, &t->config, t->trajectory, t->query, error);
    int rc = BRG_OK;
    t->errors.count = 0;
    for (uint32_t i = 0; i < count && !rc; i++) rc = push_logical(t, error[i], false);
    return rc ? rc : apply_errors(t);
}

static int apply_operations(brg_trajectory *t, const brg_slice *slice, const brg_planes *data) {
    return t->pruned ? brg_pruned_apply(t->pruned, &slice->ops, data)
                     : brg_branches_apply(t->state, &slice->ops, data);
}

static int push_register(const brg_trajectory *t, brg_items *items, size_t branch, uint32_t cell) {
    const unsigned value = brg_branches_value(t->state, branch, cell);
    return value ? brg_items_push(items, brg_item_make(cell, value)) : BRG_OK;
}

/* Occupied cells of the branch that the number u in [0, 1) picks. */
static int pick_items(brg_trajectory *t, double u, bool registers) {
    if (t->pruned) {
        const brg_picked picked = brg_pruned_pick(t->pruned, u);
        return brg_pruned_items(t->pruned, &picked, registers, &t->items);
    }
    const size_t branch = brg_branches_pick(t->state, u);
    int rc = brg_branches_tree_items(t->state, branch, &t->items);
    const uint32_t first = brg_tree_cells(&t->config.qram);
    const uint32_t last = registers ? brg_all_cells(&t->config.qram) : first;
    for (uint32_t cell = first; cell < last && !rc; cell++)
        rc = push_register(t, &t->items, branch, cell);
    return rc;
}

static double norm_of(const brg_trajectory *t) {
    return t->pruned ? brg_pruned_norm(t->pruned) : brg_branches_norm(t->state);
}

/* One joint draw of the jumps of all cells over an interval. Every no-jump operator is diagonal,
 * so the pattern has the distribution that the branch drawn by its weight would give it alone. */
static int damp(brg_trajectory *t, double gamma, bool registers, uint64_t interval) {
    if (!(gamma > 0)) return BRG_OK;
    const brg_stream s =
        brg_stream_make(t->config.seed, t->query, t->trajectory, BRG_PURPOSE_JUMP, interval);
    int rc = pick_items(t, brg_stream_uniform_at(&s, 0), registers);
    for (size_t i = 0; i < t->items.count && !rc; i++) {
        const uint32_t cell = brg_item_cell(t->items.item[i]);
        const unsigned value = brg_item_value(t->items.item[i]);
        if (!(brg_stream_uniform_at(&s, 1 + (uint64_t)cell) < gamma)) continue;
        rc = t->pruned ? brg_pruned_jump(t->pruned, cell, value)
                       : brg_branches_jump(t->state, cell, value);
        t->lost += t->config.qram.routers == BRG_THREE_LEVEL;
    }
    if (rc) return rc;
    if (t->pruned)
        brg_pruned_no_jump(t->pruned, gamma, registers);
    else
        brg_branches_no_jump(t->state, gamma, registers);
    const double factor = 1 / sqrt(norm_of(t));
    if (t->pruned)
        brg_pruned_scale(t->pruned, factor);
    else
        brg_branches_scale(t->state, factor);
    return BRG_OK;
}

int brg_trajectory_slice(brg_trajectory *t, const brg_slice *slice, const brg_planes *data) {
    if (!t || !slice) return BRG_EINVAL;
    if (t->phase != RUNNING) return BRG_ESTATE;
    const brg_run_config *c = &t->config;
    const brg_noise *noise = &c->noise;
    const bool timed = noise->model == BRG_NOISE_TIMED, registers = brg_registers_idle(c);
    const uint64_t wait = brg_slice_wait_ps(slice);
    t->errors.count = 0;

    int rc = draw_wait(&t->pauli, c, slice, &t->errors);
    if (!rc) rc = apply_errors(t);
    if (!rc && timed && wait)
        rc = damp(t, brg_noise_damping(noise, ns(wait)), registers, 2 * (uint64_t)slice->slice);
    if (!rc) rc = draw_entries(t, slice);
    if (!rc) rc = apply_errors(t);
    if (!rc) rc = apply_operations(t, slice, data);
    if (!rc) rc = draw_operations(&t->pauli, c, slice, &t->errors);
    if (!rc) rc = draw_idle(&t->pauli, c, slice, &t->errors);
    if (!rc) rc = apply_errors(t);
    if (rc) return rc;
    if (timed)
        return damp(t, brg_noise_damping(noise, ns(slice->duration_ps)), registers,
                    2 * (uint64_t)slice->slice + 1);
    if (noise->model == BRG_NOISE_PER_SLICE && noise->kind == BRG_KIND_DAMPING)
        return damp(t, noise->probability, false, 2 * (uint64_t)slice->slice + 1);
    return BRG_OK;
}

/* Slices that wait to be run together. */
typedef struct batch {
    size_t count;
    const brg_slice_ops *ops[64];
    const brg_planes *data[64];
} batch;

static int run_batch(brg_trajectory *t, batch *b) {
    const int rc = b->count ? brg_branches_run(t->state, b->ops, b->data, b->count) : BRG_OK;
    b->count = 0;
    return rc;
}

/* Slices of a noise without damping: runs of slices in which the state is still simple and no
 * error falls go through the state together. */
static int run_batched(brg_trajectory *t, const brg_timeline *timeline, const brg_slice *slices,
                       size_t count) {
    const brg_run_config *c = &t->config;
    batch b = {.count = 0};
    int rc = BRG_OK;
    for (size_t i = 0; i < count && !rc; i++) {
        const brg_slice *slice = &slices[i];
        const brg_planes *data = brg_timeline_data(timeline, slice->data_version);
        t->errors.count = 0;
        rc = draw_wait(&t->pauli, c, slice, &t->errors);
        if (!rc) rc = draw_entries(t, slice);
        if (!rc && t->errors.count) rc = run_batch(t, &b);
        if (!rc) rc = apply_errors(t);
        if (!rc) rc = brg_branches_check(t->state, &slice->ops, data);
        if (rc) break;
        if (slice->ops.basis_in || slice->ops.basis_out || !brg_branches_can_run(t->state)) {
            rc = run_batch(t, &b);
            if (!rc) rc = brg_branches_apply(t->state, &slice->ops, data);
        } else {
            b.ops[b.count] = &slice->ops;
            b.data[b.count++] = data;
        }
        if (!rc) rc = draw_operations(&t->pauli, c, slice, &t->errors);
        if (!rc) rc = draw_idle(&t->pauli, c, slice, &t->errors);
        if (!rc && (t->errors.count || b.count == sizeof b.ops / sizeof *b.ops))
            rc = run_batch(t, &b);
        if (!rc) rc = apply_errors(t);
    }
    return rc ? rc : run_batch(t, &b);
}

int brg_trajectory_run(brg_trajectory *t, const brg_timeline *timeline, const brg_slice *slices,
                       size_t count) {
    if (t->phase == RUNNING && t->state && brg_noise_is_pauli(&t->config.noise))
        return run_batched(t, timeline, slices, count);
    int rc = BRG_OK;
    for (size_t i = 0; i < count && !rc; i++)
        rc = brg_trajectory_slice(t, &slices[i],
                                  brg_timeline_data(timeline, slices[i].data_version));
    return rc;
}

void brg_trajectory_readout(const brg_trajectory *t, uint64_t trajectory, const brg_planes *ideal,
                            brg_outcome *out) {
    brg_stream s = brg_stream_make(t->config.seed, t->query, trajectory, BRG_PURPOSE_MEASURE, 0);
    const double u = brg_stream_uniform(&s);
    out->fidelity = t->fidelity;
    out->empty_probability = t->empty;
    out->lost = t->lost;
    if (t->pruned) {
        const brg_picked picked = brg_pruned_pick(t->pruned, u);
        out->readout = brg_pruned_bus_bits(t->pruned, &picked);
        out->address = brg_pruned_address_bits(t->pruned, &picked);
    } else {
        const size_t branch = brg_branches_pick(t->state, u);
        out->readout = brg_branches_bus_bits(t->state, branch);
        out->address = brg_branches_address_bits(t->state, branch);
    }
    out->word_correct = out->readout == brg_planes_word(ideal, out->address);
}

/* Rounding can leave a quotient just above 1. */
static double clip(double x) {
    return x > 1 ? 1 : x;
}

int brg_trajectory_end(brg_trajectory *t, const brg_planes *ideal, brg_outcome *out) {
    if (!t || !ideal || !out) return BRG_EINVAL;
    if (t->phase != RUNNING) return BRG_ESTATE;
    double fidelity = 0;
    const brg_input *input = &t->config.input;
    int rc = end_lives(t);
    if (rc) return rc;
    rc = t->pruned ? brg_pruned_fidelity(t->pruned, input, ideal, &fidelity)
                   : brg_branches_fidelity(t->state, input, ideal, &fidelity);
    if (rc) return rc;
    const double norm = norm_of(t);
    const double empty =
        t->pruned ? brg_pruned_empty_weight(t->pruned) : brg_branches_empty_weight(t->state);
    t->fidelity = clip(fidelity / norm);
    t->empty = clip(empty / norm);
    t->phase = ENDED;
    brg_trajectory_readout(t, t->trajectory, ideal, out);
    return BRG_OK;
}

int brg_trajectory_end_registers(brg_trajectory *t, brg_register_entry **entries, size_t *count) {
    if (!t || t->pruned || !entries || !count) return BRG_EINVAL;
    if (t->phase != RUNNING) return BRG_ESTATE;
    int rc = end_lives(t);
    if (rc) return rc;
    brg_stream s = brg_stream_make(t->config.seed, t->query, t->trajectory, BRG_PURPOSE_MEASURE, 0);
    rc = brg_branches_take_registers(t->state, brg_stream_uniform(&s), entries, count);
    if (rc) return rc;
    double norm = 0;
    for (size_t i = 0; i < *count; i++)
        norm += (*entries)[i].re * (*entries)[i].re + (*entries)[i].im * (*entries)[i].im;
    const double factor = 1 / sqrt(norm);
    for (size_t i = 0; i < *count; i++) {
        (*entries)[i].re *= factor;
        (*entries)[i].im *= factor;
    }
    t->phase = ENDED;
    return BRG_OK;
}

double brg_trajectory_norm(const brg_trajectory *t) {
    return norm_of(t);
}

double brg_trajectory_population(const brg_trajectory *t, uint32_t layer) {
    const double norm = norm_of(t);
    const double sum = t->pruned ? brg_pruned_population(t->pruned, layer)
                                 : brg_branches_population(t->state, layer);
    return norm > 0 ? sum / norm : 0;
}

size_t brg_trajectory_branches(const brg_trajectory *t) {
    return brg_branches_count(t->pruned ? t->pruned->part : t->state);
}

static bool no_logical_errors(const brg_run_config *config, uint64_t trajectory, uint32_t query,
                              const brg_slice *slices, size_t count) {
    brg_lives lives;
    brg_logical_error error[BRG_LIVES_QUBITS];
    brg_lives_begin(&lives);
    for (size_t i = 0; i < count; i++)
        if (brg_lives_slice(&lives, config, trajectory, query, &slices[i], error)) return false;
    return !brg_lives_end(&lives, config, trajectory, query, error);
}

int brg_trajectory_scan(const brg_run_config *config, uint64_t trajectory, uint32_t query,
                        const brg_slice *slices, size_t count, bool *quiet) {
    brg_stream s = brg_stream_make(config->seed, query, trajectory, BRG_PURPOSE_PAULI, 0);
    error_list list = {0, 0, NULL};
    int rc = BRG_OK;
    for (size_t i = 0; i < count && !rc && !list.count; i++) {
        rc = draw_wait(&s, config, &slices[i], &list);
        if (!rc) rc = draw_operations(&s, config, &slices[i], &list);
        if (!rc) rc = draw_idle(&s, config, &slices[i], &list);
    }
    *quiet = !list.count;
    free(list.error);
    if (!rc && *quiet && config->logical)
        *quiet = no_logical_errors(config, trajectory, query, slices, count);
    return rc;
}
