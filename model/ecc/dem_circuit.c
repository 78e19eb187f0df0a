/* SPDX-License-Identifier: Apache-2.0 */
/* The error model of a circuit by one backward pass. For every qubit it carries the symptoms of an
 * X and of a Z at the present place: the detectors and observables that it would flip. A gate
 * changes these sets as it changes Paulis; a measured qubit gains the symptoms of its record; a
 * noise channel reads its mechanisms off them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_private.h"
#include "model/ecc/dem_private.h"

#define MOST_RECORDS ((uint64_t)1 << 27)
#define MOST_INSTRUCTIONS ((uint64_t)1 << 32)
enum { NO_NODE = 0, PAULIS = 4, PAIR_PAULIS = 15 };

typedef struct symptoms {
    uint32_t *detectors; /* rising */
    uint32_t count, room;
    uint64_t observables;
} symptoms;

/* One detector or observable of a record; lists of them hang on the records. */
typedef struct node {
    uint32_t value, next;
    bool observable;
} node;

typedef struct model {
    const brg_circuit *circuit;
    brg_diag *diag;
    int status;
    symptoms *x, *z; /* [qubits] */
    symptoms record_set, scratch, first[PAULIS], second[PAULIS], mixed;
    uint32_t *heads; /* [records] of the lists */
    node *nodes;
    uint32_t node_count, node_room, free_node;
    uint64_t record, detector; /* one past those still to come */
    brg_mechanism *mechanisms;
    size_t mechanism_count, mechanism_room;
    uint32_t *items;
    size_t item_count, item_room;
    uint32_t *table; /* open addressing; index + 1 of a mechanism */
    size_t table_size;
    uint32_t *kinds; /* union-find over detectors; NULL when nothing is to be split */
} model;

/* ---- Sets ---- */

static bool make_room(model *m, symptoms *s, size_t count) {
    if (count <= s->room) return true;
    size_t room = s->room ? s->room : 8;
    while (room < count) room *= 2;
    uint32_t *grown = room <= UINT32_MAX ? realloc(s->detectors, room * sizeof *grown) : NULL;
    if (!grown) {
        m->status = BRG_ENOMEM;
        return false;
    }
    s->detectors = grown;
    s->room = (uint32_t)room;
    return true;
}

/* out = a ^ b; out is neither of them. */
static void combine(model *m, symptoms *out, const symptoms *a, const symptoms *b) {
    if (!make_room(m, out, (size_t)a->count + b->count)) return;
    uint32_t n = 0, i = 0, j = 0;
    while (i < a->count && j < b->count) {
        const uint32_t p = a->detectors[i], q = b->detectors[j];
        if (p != q) out->detectors[n++] = p < q ? p : q;
        i += p <= q;
        j += q <= p;
    }
    while (i < a->count) out->detectors[n++] = a->detectors[i++];
    while (j < b->count) out->detectors[n++] = b->detectors[j++];
    out->count = n;
    out->observables = a->observables ^ b->observables;
}

static void swap_sets(symptoms *a, symptoms *b) {
    const symptoms kept = *a;
    *a = *b;
    *b = kept;
}

static void add_to(model *m, symptoms *to, const symptoms *other) {
    if (other->count == 0) {
        to->observables ^= other->observables;
        return;
    }
    combine(m, &m->scratch, to, other);
    swap_sets(to, &m->scratch);
}

static void clear(symptoms *s) {
    s->count = 0;
    s->observables = 0;
}

static void copy_set(model *m, symptoms *to, const symptoms *from) {
    if (!make_room(m, to, from->count)) return;
    if (from->count) memcpy(to->detectors, from->detectors, from->count * sizeof *to->detectors);
    to->count = from->count;
    to->observables = from->observables;
}

static bool is_empty(const symptoms *s) {
    return s->count == 0 && s->observables == 0;
}

/* ---- Kinds of detectors ---- */

static uint32_t kind_of(uint32_t *kinds, uint32_t d) {
    while (kinds[d] != d) {
        kinds[d] = kinds[kinds[d]];
        d = kinds[d];
    }
    return d;
}

static void join_kinds(model *m, const symptoms *s) {
    for (uint32_t i = 1; m->kinds && i < s->count; i++) {
        const uint32_t a = kind_of(m->kinds, s->detectors[0]);
        const uint32_t b = kind_of(m->kinds, s->detectors[i]);
        m->kinds[a > b ? a : b] = a > b ? b : a;
    }
}

/* ---- Mechanisms ---- */

static uint64_t hash_set(const symptoms *s) {
    uint64_t h = s->observables * UINT64_C(0x9E3779B97F4A7C15) + s->count;
    for (uint32_t i = 0; i < s->count; i++)
        h = (h ^ s->detectors[i]) * UINT64_C(0xD6E8FEB86659FD93), h ^= h >> 32;
    return h;
}

static bool is_same(const model *m, const brg_mechanism *known, const symptoms *s) {
    if (known->count != s->count || known->observables != s->observables) return false;
    return s->count == 0 ||
           memcmp(m->items + known->first, s->detectors, s->count * sizeof *m->items) == 0;
}

static bool grow_table(model *m) {
    const size_t size = m->table_size ? m->table_size * 2 : 256;
    uint32_t *table = calloc(size, sizeof *table);
    if (!table) return false;
    for (size_t i = 0; i < m->mechanism_count; i++) {
        const brg_mechanism *k = &m->mechanisms[i];
        const symptoms s = {
            .detectors = m->items + k->first, .count = k->count, .observables = k->observables};
        size_t at = hash_set(&s) & (size - 1);
        while (table[at]) at = (at + 1) & (size - 1);
        table[at] = (uint32_t)i + 1;
    }
    free(m->table);
    m->table = table;
    m->table_size = size;
    return true;
}

static bool grow_arrays(model *m, size_t items) {
    if (m->mechanism_count == m->mechanism_room) {
        const size_t room = m->mechanism_room ? m->mechanism_room * 2 : 256;
        brg_mechanism *grown = realloc(m->mechanisms, room * sizeof *grown);
        if (!grown) return false;
        m->mechanisms = grown;
        m->mechanism_room = room;
    }
    if (m->item_count + items > m->item_room) {
        size_t room = m->item_room ? m->item_room * 2 : 1024;
        while (room < m->item_count + items) room *= 2;
        uint32_t *grown = realloc(m->items, room * sizeof *grown);
        if (!grown) return false;
        m->items = grown;
        m->item_room = room;
    }
    return m->item_count + items <= UINT32_MAX;
}

static void add_mechanism(model *m, const symptoms *s, double p) {
    if (m->status || !(p > 0) || is_empty(s)) return;
    if (2 * (m->mechanism_count + 1) > m->table_size && !grow_table(m)) {
        m->status = BRG_ENOMEM;
        return;
    }
    size_t at = hash_set(s) & (m->table_size - 1);
    for (; m->table[at]; at = (at + 1) & (m->table_size - 1)) {
        brg_mechanism *known = &m->mechanisms[m->table[at] - 1];
        if (!is_same(m, known, s)) continue;
        known->probability = known->probability * (1 - p) + p * (1 - known->probability);
        return;
    }
    if (!grow_arrays(m, s->count)) {
        m->status = BRG_ENOMEM;
        return;
    }
    if (s->count) memcpy(m->items + m->item_count, s->detectors, s->count * sizeof *m->items);
    m->mechanisms[m->mechanism_count++] =
        (brg_mechanism){(uint32_t)m->item_count, s->count, s->observables, p};
    m->item_count += s->count;
    m->table[at] = (uint32_t)m->mechanism_count;
}

/* ---- Channels ---- */

/* Whether Paulis of one or two qubits, numbered I, X, Y, Z in base 4, anticommute. */
static bool anticommute(unsigned a, unsigned b) {
    const unsigned p = a % 4, q = b % 4, r = a / 4, s = b / 4;
    return (p && q && p != q) != (r && s && r != s);
}

/* Exclusive probabilities to independent ones by the eigenvalues of the channel: with
 * lambda_P = 1 - 2 sum over Q anticommuting with P of p_Q, the independent q_Q obey
 * ln(1 - 2 q_Q) = -(2/N) sum over P of (+-1) ln(lambda_P), N = 4 or 16, + where P and Q commute.
 * Where a q would be negative the exclusive probabilities stand in, which is right to first
 * order. False when a lambda is not positive: no independent form is near then. */
static bool make_independent(double *q, const double *p, unsigned kinds) {
    double logs[PAIR_PAULIS + 1] = {0};
    unsigned possible = 0;
    for (unsigned a = 0; a < kinds; a++) possible += p[a] > 0;
    bool ok = possible > 1;
    for (unsigned a = 1; ok && a <= kinds; a++) {
        double sum = 0;
        for (unsigned b = 1; b <= kinds; b++)
            if (anticommute(a, b)) sum += p[b - 1];
        if (2 * sum >= 1) return false;
        logs[a] = log1p(-2 * sum);
    }
    for (unsigned a = 1; ok && a <= kinds; a++) {
        double sum = 0;
        for (unsigned b = 1; b <= kinds; b++) sum += anticommute(a, b) ? -logs[b] : logs[b];
        q[a - 1] = -expm1(-2 * sum / (kinds + 1)) / 2;
        if (q[a - 1] < -1e-12) ok = false;
        if (q[a - 1] < 1e-15) q[a - 1] = 0;
    }
    if (!ok) memcpy(q, p, kinds * sizeof *q);
    return true;
}

static int refuse_depolarizing(model *m, const char *name, double p, double most) {
    brg_diag_add(m->diag, "", 0, 0, name,
                 "probability %g mixes more than completely, an error model needs at most %g", p,
                 most);
    return BRG_EINPUT;
}

static void general_channel(model *m, const brg_circuit_op *op, double *q, unsigned kinds) {
    if (make_independent(q, m->circuit->args + op->first_arg, kinds)) return;
    brg_diag_add(m->diag, "", 0, 0, brg_gate_get(op->gate)->name,
                 "the channel mixes completely or more, no independent mechanisms are like it");
    m->status = BRG_EINPUT;
}

/* Independent probabilities of the 3 or 15 Paulis of a channel. */
static void channel(model *m, const brg_circuit_op *op, double *q) {
    const double *args = m->circuit->args + op->first_arg;
    memset(q, 0, PAIR_PAULIS * sizeof *q);
    switch (op->gate) {
        case BRG_GATE_X_ERROR:
        case BRG_GATE_Y_ERROR:
        case BRG_GATE_Z_ERROR:
            q[op->gate - BRG_GATE_X_ERROR] = args[0];
            break;
        case BRG_GATE_DEPOLARIZE1: /* (1 - 2q)^2 = 1 - 4p/3 */
            if (args[0] > 0.75)
                m->status = refuse_depolarizing(m, "DEPOLARIZE1", args[0], 0.75);
            else
                for (int i = 0; i < 3; i++) q[i] = -expm1(log1p(-args[0] * 4 / 3) / 2) / 2;
            break;
        case BRG_GATE_DEPOLARIZE2: /* (1 - 2q)^8 = 1 - 16p/15 */
            if (args[0] > 0.9375)
                m->status = refuse_depolarizing(m, "DEPOLARIZE2", args[0], 0.9375);
            else
                for (int i = 0; i < 15; i++) q[i] = -expm1(log1p(-args[0] * 16 / 15) / 8) / 2;
            break;
        case BRG_GATE_PAULI_CHANNEL_1:
            general_channel(m, op, q, 3);
            break;
        default:
            general_channel(m, op, q, PAIR_PAULIS);
    }
}

/* Symptoms of I, X, Y, Z on a qubit. */
static void read_paulis(model *m, symptoms out[PAULIS], uint32_t q) {
    clear(&out[0]);
    copy_set(m, &out[1], &m->x[q]);
    copy_set(m, &out[3], &m->z[q]);
    combine(m, &out[2], &m->x[q], &m->z[q]);
}

static void join_channel(model *m, const symptoms paulis[PAULIS], const double *q, unsigned step) {
    /* X counts when some Pauli with an X part can happen, Z likewise. */
    const bool pair = step == 0;
    const bool x = pair || q[0] > 0 || q[1] > 0, z = pair || q[2] > 0 || q[1] > 0;
    if (x) join_kinds(m, &paulis[1]);
    if (z) join_kinds(m, &paulis[3]);
}

static void single_noise(model *m, const brg_circuit_op *op) {
    double q[PAIR_PAULIS];
    channel(m, op, q);
    for (uint32_t i = op->target_count; i-- > 0 && !m->status;) {
        read_paulis(m, m->first, m->circuit->targets[op->first_target + i]);
        if (m->status) return;
        join_channel(m, m->first, q, 1);
        for (int p = 1; p < PAULIS; p++) add_mechanism(m, &m->first[p], q[p - 1]);
    }
}

static void pair_noise(model *m, const brg_circuit_op *op) {
    double q[PAIR_PAULIS];
    channel(m, op, q);
    for (uint32_t i = op->target_count; i >= 2 && !m->status; i -= 2) {
        const uint32_t *pair = m->circuit->targets + op->first_target + i - 2;
        read_paulis(m, m->first, pair[0]);
        read_paulis(m, m->second, pair[1]);
        if (m->status) return;
        join_channel(m, m->first, q, 0);
        join_channel(m, m->second, q, 0);
        for (int p = 1; p <= PAIR_PAULIS && !m->status; p++) {
            combine(m, &m->mixed, &m->first[p / 4], &m->second[p % 4]);
            add_mechanism(m, &m->mixed, q[p - 1]);
        }
    }
}

/* ---- Gates, backwards: the symptoms of P before a gate U are those of U P U^-1 after it. ---- */

static void single_gate(model *m, brg_gate gate, uint32_t q) {
    if (gate == BRG_GATE_H) swap_sets(&m->x[q], &m->z[q]);
    if (gate == BRG_GATE_S || gate == BRG_GATE_S_DAG) add_to(m, &m->x[q], &m->z[q]);
}

static void pair_gate(model *m, brg_gate gate, uint32_t c, uint32_t t) {
    switch (gate) {
        case BRG_GATE_CX: /* Xc -> Xc Xt, Zt -> Zc Zt */
            add_to(m, &m->x[c], &m->x[t]);
            add_to(m, &m->z[t], &m->z[c]);
            break;
        case BRG_GATE_CY: /* Xc -> Xc Yt, Xt -> Zc Xt, Zt -> Zc Zt */
            add_to(m, &m->x[c], &m->x[t]);
            add_to(m, &m->x[c], &m->z[t]);
            add_to(m, &m->x[t], &m->z[c]);
            add_to(m, &m->z[t], &m->z[c]);
            break;
        case BRG_GATE_CZ: /* Xc -> Xc Zt, Xt -> Zc Xt */
            add_to(m, &m->x[c], &m->z[t]);
            add_to(m, &m->x[t], &m->z[c]);
            break;
        default: /* SWAP */
            swap_sets(&m->x[c], &m->x[t]);
            swap_sets(&m->z[c], &m->z[t]);
    }
}

/* A detector that feels the back-action of a measurement or reset has a random value. */
static void demand_empty(model *m, const symptoms *s, const char *name, uint32_t qubit) {
    if (is_empty(s) || m->status) return;
    const bool detector = s->count > 0;
    const uint32_t number = detector ? s->detectors[0] : (uint32_t)__builtin_ctzll(s->observables);
    brg_diag_add(m->diag, "", 0, 0, name,
                 "%c%" PRIu32 " is random without noise: it anticommutes with %s on qubit %" PRIu32,
                 detector ? 'D' : 'L', number, name, qubit);
    m->status = BRG_EINPUT;
}

/* The symptoms that must be empty after a measurement or reset in this basis. */
static void demand_determined(model *m, const char *name, char basis, uint32_t q) {
    if (basis == 'Y') {
        combine(m, &m->mixed, &m->x[q], &m->z[q]);
        if (!m->status) demand_empty(m, &m->mixed, name, q);
    } else {
        demand_empty(m, basis == 'Z' ? &m->z[q] : &m->x[q], name, q);
    }
}

/* Takes the list of the next record, backwards, into record_set. */
static void take_record(model *m) {
    clear(&m->record_set);
    m->record--;
    for (uint32_t at = m->heads[m->record], next; at != NO_NODE && !m->status; at = next) {
        next = m->nodes[at].next;
        symptoms *s = &m->record_set;
        const uint32_t value = m->nodes[at].value;
        if (m->nodes[at].observable)
            s->observables ^= UINT64_C(1) << value;
        else if (s->count && s->detectors[s->count - 1] == value)
            s->count--; /* the same record twice in a detector */
        else if (make_room(m, s, (size_t)s->count + 1))
            s->detectors[s->count++] = value;
        m->nodes[at].next = m->free_node;
        m->free_node = at;
    }
    m->heads[m->record] = NO_NODE;
}

static void collapse(model *m, const brg_circuit_op *op, uint32_t target, char basis, bool measures,
                     bool resets) {
    const uint32_t q = target & BRG_TARGET_VALUE;
    demand_determined(m, brg_gate_get(op->gate)->name, basis, q);
    if (resets) {
        clear(&m->x[q]);
        clear(&m->z[q]);
    }
    if (!measures || m->status) return;
    take_record(m);
    if (op->arg_count) {
        join_kinds(m, &m->record_set);
        add_mechanism(m, &m->record_set, m->circuit->args[op->first_arg]);
    }
    if (basis != 'X') add_to(m, &m->x[q], &m->record_set);
    if (basis != 'Z') add_to(m, &m->z[q], &m->record_set);
}

/* ---- Annotations ---- */

/* Detectors come with falling numbers, so that every list rises from its head. */
static void hang(model *m, uint64_t record, uint32_t value, bool observable) {
    uint32_t at = m->free_node;
    if (at != NO_NODE) {
        m->free_node = m->nodes[at].next;
    } else {
        if (m->node_count == m->node_room) {
            const size_t room = m->node_room ? (size_t)m->node_room * 2 : 1024;
            node *grown = room <= UINT32_MAX ? realloc(m->nodes, room * sizeof *grown) : NULL;
            if (!grown) {
                m->status = BRG_ENOMEM;
                return;
            }
            m->nodes = grown;
            m->node_room = (uint32_t)room;
        }
        at = m->node_count++;
    }
    m->nodes[at] = (node){value, m->heads[record], observable};
    m->heads[record] = at;
}

static void annotate(model *m, const brg_circuit_op *op) {
    const bool observable = op->gate == BRG_GATE_OBSERVABLE_INCLUDE;
    if (!observable) m->detector--;
    const uint32_t value =
        observable ? (uint32_t)m->circuit->args[op->first_arg] : (uint32_t)m->detector;
    for (uint32_t i = 0; i < op->target_count && !m->status; i++)
        hang(m, m->record - (m->circuit->targets[op->first_target + i] & BRG_TARGET_VALUE), value,
             observable);
}

/* ---- The pass ---- */

static void run_op(model *m, const brg_circuit_op *op);

static void run_block(model *m, uint32_t block) {
    const brg_circuit_block *b = &m->circuit->blocks[block];
    for (uint32_t i = b->count; i-- > 0 && !m->status;) run_op(m, &b->ops[i]);
}

static void run_targets(model *m, const brg_circuit_op *op) {
    const uint32_t *targets = m->circuit->targets + op->first_target;
    const brg_gate g = op->gate;
    if (brg_gate_get(g)->targets == BRG_TARGETS_PAIRS) {
        for (uint32_t i = op->target_count; i >= 2 && !m->status; i -= 2)
            pair_gate(m, g, targets[i - 2], targets[i - 1]);
        return;
    }
    for (uint32_t i = op->target_count; i-- > 0 && !m->status;) {
        if (g >= BRG_GATE_R && g <= BRG_GATE_RY)
            collapse(m, op, targets[i], "ZXY"[g - BRG_GATE_R], false, true);
        else if (g >= BRG_GATE_M && g <= BRG_GATE_MY)
            collapse(m, op, targets[i], "ZXY"[g - BRG_GATE_M], true, false);
        else if (g >= BRG_GATE_MR && g <= BRG_GATE_MRY)
            collapse(m, op, targets[i], "ZXY"[g - BRG_GATE_MR], true, true);
        else
            single_gate(m, g, targets[i]);
    }
}

static void run_op(model *m, const brg_circuit_op *op) {
    switch (op->gate) {
        case BRG_GATE_REPEAT:
            for (uint64_t r = 0; r < op->repeats && !m->status; r++) run_block(m, op->block);
            break;
        case BRG_GATE_DETECTOR:
        case BRG_GATE_OBSERVABLE_INCLUDE:
            annotate(m, op);
            break;
        case BRG_GATE_X_ERROR:
        case BRG_GATE_Y_ERROR:
        case BRG_GATE_Z_ERROR:
        case BRG_GATE_DEPOLARIZE1:
        case BRG_GATE_PAULI_CHANNEL_1:
            single_noise(m, op);
            break;
        case BRG_GATE_DEPOLARIZE2:
        case BRG_GATE_PAULI_CHANNEL_2:
            pair_noise(m, op);
            break;
        case BRG_GATE_QUBIT_COORDS:
        case BRG_GATE_SHIFT_COORDS:
        case BRG_GATE_TICK:
            break;
        default:
            run_targets(m, op);
    }
}

/* ---- Coordinates, forwards ---- */

typedef struct places {
    const brg_circuit *circuit;
    brg_dem_builder *build;
    uint32_t detector;
    double shift[BRG_CIRCUIT_ARGS];
} places;

static void place_block(places *p, uint32_t block) {
    const brg_circuit *c = p->circuit;
    for (uint32_t i = 0; i < c->blocks[block].count; i++) {
        const brg_circuit_op *op = &c->blocks[block].ops[i];
        const double *args = c->args + op->first_arg;
        double at[BRG_CIRCUIT_ARGS];
        if (op->gate == BRG_GATE_REPEAT)
            for (uint64_t r = 0; r < op->repeats; r++) place_block(p, op->block);
        for (uint32_t k = 0; op->gate == BRG_GATE_SHIFT_COORDS && k < op->arg_count; k++)
            p->shift[k] += args[k];
        if (op->gate != BRG_GATE_DETECTOR) continue;
        for (uint32_t k = 0; k < op->arg_count; k++) at[k] = args[k] + p->shift[k];
        brg_dem_builder_detector(p->build, p->detector++, at, op->arg_count);
    }
}

/* ---- The model ---- */

static int compare_mechanisms(const brg_mechanism *a, const brg_mechanism *b,
                              const uint32_t *items) {
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        const uint32_t p = items[a->first + i], q = items[b->first + i];
        if (p != q) return p < q ? -1 : 1;
    }
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    return (a->observables > b->observables) - (a->observables < b->observables);
}

/* Heap sort: the order needs the items, which qsort cannot pass along. */
static void sift(brg_mechanism *h, size_t root, size_t count, const uint32_t *items) {
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare_mechanisms(&h[child], &h[child + 1], items) < 0) child++;
        if (compare_mechanisms(&h[root], &h[child], items) >= 0) return;
        const brg_mechanism kept = h[root];
        h[root] = h[child];
        h[child] = kept;
    }
}

static void sort_mechanisms(brg_mechanism *h, size_t count, const uint32_t *items) {
    for (size_t i = count / 2; i-- > 0;) sift(h, i, count, items);
    for (size_t end = count; end-- > 1;) {
        const brg_mechanism kept = h[0];
        h[0] = h[end];
        h[end] = kept;
        sift(h, 0, end, items);
    }
}

/* Instructions that a block runs, repetitions unrolled, up to a limit. */
static uint64_t count_instructions(const brg_circuit *c, uint32_t block) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < c->blocks[block].count && total <= MOST_INSTRUCTIONS; i++) {
        const brg_circuit_op *op = &c->blocks[block].ops[i];
        const uint64_t body =
            op->gate == BRG_GATE_REPEAT ? count_instructions(c, op->block) + 1 : 1;
        if (op->repeats > MOST_INSTRUCTIONS / body) return MOST_INSTRUCTIONS + 1;
        total += body * op->repeats;
    }
    return total;
}

static int start(model *m, bool decompose) {
    const brg_circuit *c = m->circuit;
    if (count_instructions(c, 0) > MOST_INSTRUCTIONS) {
        brg_diag_add(
            m->diag, "", 0, 0, "circuit",
            "more than 2^32 instructions after repetition are too many for an error model");
        return BRG_EINPUT;
    }
    if (c->detectors > BRG_DEM_DETECTORS || c->measurements > MOST_RECORDS) {
        brg_diag_add(m->diag, "", 0, 0, "circuit",
                     "%" PRIu64 " detectors and %" PRIu64
                     " records are too many for an error model, accepted at most 2^26 and 2^27",
                     c->detectors, c->measurements);
        return BRG_EINPUT;
    }
    m->x = calloc((size_t)c->qubits + 1, sizeof *m->x);
    m->z = calloc((size_t)c->qubits + 1, sizeof *m->z);
    m->heads = calloc(c->measurements + 1, sizeof *m->heads);
    m->node_count = 1; /* 0 ends a list */
    if (decompose) m->kinds = calloc(c->detectors + 1, sizeof *m->kinds);
    if (!m->x || !m->z || !m->heads || (decompose && !m->kinds)) return BRG_ENOMEM;
    for (uint32_t d = 0; m->kinds && d < c->detectors; d++) m->kinds[d] = d;
    m->nodes = malloc(1024 * sizeof *m->nodes);
    m->items = malloc(1024 * sizeof *m->items);
    if (!m->nodes || !m->items) return BRG_ENOMEM;
    m->node_room = 1024;
    m->item_room = 1024;
    m->record = c->measurements;
    m->detector = c->detectors;
    return BRG_OK;
}

static int build(model *m, brg_dem **out) {
    const brg_circuit *c = m->circuit;
    brg_dem_builder b;
    if (brg_dem_builder_start(&b)) return b.status;
    sort_mechanisms(m->mechanisms, m->mechanism_count, m->items);
    for (uint32_t d = 0; m->kinds && d < c->detectors; d++) m->kinds[d] = kind_of(m->kinds, d);
    const int status =
        brg_dem_decompose(&b, m->mechanisms, m->mechanism_count, m->items, m->kinds, m->diag);
    if (status && !b.status) b.status = status;
    places p = {.circuit = c, .build = &b};
    if (!b.status) place_block(&p, 0);
    if (c->observables) brg_dem_builder_observable(&b, c->observables - 1);
    return brg_dem_builder_end(&b, out);
}

int brg_dem_from_circuit(brg_dem **out, const brg_circuit *circuit, bool decompose,
                         brg_diag *diag) {
    if (!out || !circuit) return BRG_EINVAL;
    *out = NULL;
    model m = {.circuit = circuit, .diag = diag};
    m.status = start(&m, decompose);
    if (!m.status) run_block(&m, 0);
    for (uint32_t q = 0; q < circuit->qubits && !m.status; q++)
        demand_empty(&m, &m.z[q], "R", q); /* qubits start in |0> */
    if (!m.status) m.status = build(&m, out);
    for (uint32_t q = 0; q < circuit->qubits && m.x && m.z; q++) {
        free(m.x[q].detectors);
        free(m.z[q].detectors);
    }
    for (int i = 0; i < PAULIS; i++) {
        free(m.first[i].detectors);
        free(m.second[i].detectors);
    }
    free(m.x);
    free(m.z);
    free(m.record_set.detectors);
    free(m.scratch.detectors);
    free(m.mixed.detectors);
    free(m.heads);
    free(m.nodes);
    free(m.mechanisms);
    free(m.items);
    free(m.table);
    free(m.kinds);
    return m.status;
}
