/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of gates: definitions unfold into operations on the state; inv and pow collect them first.
 * Controls commute with inv and pow, principal powers included, so they are taken out in front. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/run.h"

enum { MOST_POWER_QUBITS = 5, REPEAT_AT_MOST = 16, MOST_RECORDED = 1 << 20, MOST_MODIFIERS = 64 };

/* A call whose arguments, qubits and controls are known. */
typedef struct call {
    const qasm_node *node;
    const qasm_symbol *gate; /* NULL: gphase */
    double parameters[QASM_MAX_ARGUMENTS];
    uint8_t qubits[2 * BRG_QASM_MAX_QUBITS];
    uint32_t count;
} call;

static int statement(qasm_run *r, const qasm_node *n, uint64_t ones, uint64_t zeros);

void qasm_list_free(qasm_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->prims[i].dense);
    free(list->prims);
    memset(list, 0, sizeof *list);
}

/* Takes over p->dense when it records. */
static int record(qasm_run *r, qasm_prim *p, qasm_place at) {
    qasm_list *list = r->record;
    const int status = qasm_step(r, at);
    if (status) return status;
    if (list->count == MOST_RECORDED) {
        qasm_error(r->diag, at, "inv or pow of more than %d operations", MOST_RECORDED);
        return BRG_EINPUT;
    }
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 8;
        qasm_prim *more = realloc(list->prims, room * sizeof *more);
        if (!more) return BRG_ENOMEM;
        list->prims = more;
        list->room = room;
    }
    list->prims[list->count++] = *p;
    p->dense = NULL;
    return BRG_OK;
}

/* Applies or records; p->dense is freed or taken over. */
static int emit(qasm_run *r, qasm_prim *p, uint64_t ones, uint64_t zeros, qasm_place at) {
    int status;
    p->ones |= ones;
    p->zeros |= zeros;
    if (p->kind == QP_QUERY && (p->ones | p->zeros)) {
        qasm_error(r->diag, at, "a query inside a controlled gate, accepted: queries without ctrl");
        status = BRG_EINPUT;
    } else {
        status = r->record ? record(r, p, at) : qasm_apply(r, p, at);
    }
    free(p->dense);
    p->dense = NULL;
    return status;
}

static int native(qasm_run *r, const call *c, const uint8_t *qubits, uint64_t ones,
                  uint64_t zeros) {
    const qasm_native *n = qasm_native_at(c->gate->native);
    qasm_prim p = {.kind = n->swap ? QP_SWAP : QP_MATRIX, .count = n->swap ? 2 : 1};
    for (uint32_t i = 0; i < n->controls; i++) p.ones |= UINT64_C(1) << qubits[i];
    for (uint32_t i = 0; i < p.count; i++) p.qubits[i] = qubits[n->controls + i];
    if (n->matrix) n->matrix(c->parameters, p.m);
    return emit(r, &p, ones, zeros, c->node->at);
}

static int query(qasm_run *r, const call *c, const uint8_t *qubits, uint64_t ones, uint64_t zeros) {
    qasm_prim p = {.kind = QP_QUERY, .table = (uint32_t)c->gate->table, .count = c->gate->operands};
    memcpy(p.qubits, qubits, p.count);
    return emit(r, &p, ones, zeros, c->node->at);
}

/* One application of the bare gate; qubits are those after the controls. */
static int expand(qasm_run *r, const call *c, const uint8_t *qubits, uint64_t ones,
                  uint64_t zeros) {
    if (!c->gate) {
        qasm_prim p = {.kind = QP_PHASE, .m = {cexp(I * c->parameters[0])}};
        return emit(r, &p, ones, zeros, c->node->at);
    }
    if (c->gate->kind == QS_TABLE) return query(r, c, qubits, ones, zeros);
    const qasm_node *definition = c->gate->node;
    if (c->gate->native >= 0 && (!definition || !r->config->plain_gates))
        return native(r, c, qubits, ones, zeros);
    uint32_t i = 0;
    int status = BRG_OK;
    for (const qasm_node *n = definition->a ? definition->a->list : NULL; n; n = n->next) {
        qasm_value *v = &r->slots[n->symbol->id].value;
        v->type = qasm_simple_type(QT_FLOAT, 0);
        v->f = c->parameters[i++];
    }
    i = 0;
    for (const qasm_node *n = definition->b->list; n; n = n->next) {
        qasm_items *items = &r->slots[n->symbol->id].items;
        items->count = 0;
        items->single = true;
        if (!status) status = qasm_items_add(r, items, qubits[i++], n->at);
    }
    for (const qasm_node *n = definition->c->list; n && !status; n = n->next)
        if (n->kind == Q_GATE_CALL) status = statement(r, n, ones, zeros);
    return status;
}

static bool is_whole(double x) {
    return x == nearbyint(x) && fabs(x) <= 1e9;
}

static void adjoint(qasm_prim *p) {
    if (p->kind == QP_PHASE) p->m[0] = conj(p->m[0]);
    if (p->kind == QP_MATRIX) {
        const brg_complex upper = p->m[1];
        p->m[0] = conj(p->m[0]);
        p->m[1] = conj(p->m[2]);
        p->m[2] = conj(upper);
        p->m[3] = conj(p->m[3]);
    }
    if (p->kind == QP_DENSE) {
        const uint32_t size = 1u << p->count;
        for (uint32_t i = 0; i < size; i++) {
            p->dense[i * size + i] = conj(p->dense[i * size + i]);
            for (uint32_t k = i + 1; k < size; k++) {
                const brg_complex kept = p->dense[i * size + k];
                p->dense[i * size + k] = conj(p->dense[k * size + i]);
                p->dense[k * size + i] = conj(kept);
            }
        }
    }
}

/* Powers right to left, each a principal one. */
static int power_matrix(qasm_run *r, brg_complex *m, uint32_t size, const double *powers,
                        uint32_t count, qasm_place at) {
    for (uint32_t i = count; i-- > 0;) {
        const int status = qasm_matrix_power(m, size, powers[i]);
        if (status == BRG_EINVAL)
            qasm_error(r->diag, at, "the power of this gate could not be computed");
        if (status) return status == BRG_EINVAL ? BRG_EINPUT : status;
    }
    return BRG_OK;
}

static int copy_dense(qasm_prim *to, const qasm_prim *from) {
    *to = *from;
    if (!from->dense) return BRG_OK;
    const size_t bytes = ((size_t)1 << (2 * from->count)) * sizeof *to->dense;
    to->dense = malloc(bytes);
    if (!to->dense) return BRG_ENOMEM;
    memcpy(to->dense, from->dense, bytes);
    return BRG_OK;
}

/* The matrix of the recorded operations: the identity over (row, column) qubits, then the
 * operations on the row qubits. */
static int matrix_of(const qasm_list *list, const uint8_t *qubits, uint32_t count,
                     brg_complex *matrix) {
    const uint32_t size = 1u << count;
    uint8_t local[64] = {0};
    brg_dense *state = NULL;
    brg_complex *a = calloc((size_t)size * size, sizeof *a);
    int status = a ? brg_dense_new(&state, 2 * count, BRG_DOUBLE, 1) : BRG_ENOMEM;
    for (uint32_t i = 0; i < count; i++) local[qubits[i]] = (uint8_t)i;
    for (uint32_t i = 0; !status && i < size; i++) a[i + i * size] = 1;
    if (!status) status = brg_dense_set(state, 0, (uint64_t)size * size, a);
    for (size_t k = 0; !status && k < list->count; k++) {
        qasm_prim p = list->prims[k];
        const uint64_t ones = p.ones, zeros = p.zeros;
        p.ones = p.zeros = 0;
        for (uint32_t i = 0; i < count; i++) {
            p.ones |= (ones >> qubits[i] & 1) << i;
            p.zeros |= (zeros >> qubits[i] & 1) << i;
        }
        for (uint32_t i = 0; i < p.count; i++) p.qubits[i] = local[p.qubits[i]];
        status = qasm_apply_to(state, &p);
    }
    if (!status) status = brg_dense_get(state, 0, (uint64_t)size * size, a);
    for (uint32_t i = 0; !status && i < size; i++)
        for (uint32_t k = 0; k < size; k++) matrix[i * size + k] = a[i + k * size];
    brg_dense_destroy(&state);
    free(a);
    return status;
}

static bool has_query(const qasm_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (list->prims[i].kind == QP_QUERY) return true;
    return false;
}

static int power_by_matrix(qasm_run *r, const call *c, const qasm_list *list, const uint8_t *qubits,
                           uint32_t count, const double *powers, uint32_t power_count,
                           uint64_t ones, uint64_t zeros) {
    const qasm_place at = c->node->at;
    if (has_query(list)) {
        qasm_error(r->diag, at, "a query to a fractional power, accepted: inv @, pow(integer) @");
        return BRG_EINPUT;
    }
    if (count > MOST_POWER_QUBITS) {
        qasm_error(r->diag, at,
                   "pow of a gate on %u qubits, accepted: at most %d qubits, or an "
                   "integer power",
                   count, MOST_POWER_QUBITS);
        return BRG_EINPUT;
    }
    const uint32_t size = 1u << count;
    qasm_prim p = {.kind = QP_DENSE, .count = count};
    memcpy(p.qubits, qubits, count);
    p.dense = malloc((size_t)size * size * sizeof *p.dense);
    int status = p.dense ? matrix_of(list, qubits, count, p.dense) : BRG_ENOMEM;
    if (!status) status = power_matrix(r, p.dense, size, powers, power_count, at);
    if (!status && count == 0) {
        p.kind = QP_PHASE;
        p.m[0] = p.dense[0];
        free(p.dense);
        p.dense = NULL;
    }
    if (!status) return emit(r, &p, ones, zeros, at);
    free(p.dense);
    return status;
}

/* A single operation on one qubit or none keeps its own controls. */
static int power_of_one(qasm_run *r, const call *c, const qasm_prim *from, const double *powers,
                        uint32_t count, uint64_t ones, uint64_t zeros) {
    qasm_prim p = *from;
    int status;
    if (p.kind == QP_PHASE)
        status = power_matrix(r, p.m, 1, powers, count, c->node->at);
    else
        status = power_matrix(r, p.m, 2, powers, count, c->node->at);
    return status ? status : emit(r, &p, ones, zeros, c->node->at);
}

static int repeat(qasm_run *r, const call *c, qasm_list *list, double power, uint64_t ones,
                  uint64_t zeros) {
    int status = BRG_OK;
    if (power < 0) {
        for (size_t i = 0; i < list->count; i++) adjoint(&list->prims[i]);
        for (size_t i = 0; i < list->count / 2; i++) {
            const qasm_prim kept = list->prims[i];
            list->prims[i] = list->prims[list->count - 1 - i];
            list->prims[list->count - 1 - i] = kept;
        }
    }
    for (double turn = 0; !status && turn < fabs(power); turn++) {
        status = qasm_step(r, c->node->at);
        for (size_t i = 0; !status && i < list->count; i++) {
            qasm_prim p;
            status = copy_dense(&p, &list->prims[i]);
            if (!status) status = emit(r, &p, ones, zeros, c->node->at);
        }
    }
    return status;
}

static int with_powers(qasm_run *r, const call *c, const uint8_t *qubits, uint32_t count,
                       const double *powers, uint32_t power_count, uint64_t ones, uint64_t zeros) {
    qasm_list list = {0}, *const outer = r->record;
    double product = 1;
    bool whole = true;
    for (uint32_t i = 0; i < power_count; i++) {
        whole = whole && is_whole(powers[i]);
        product *= powers[i];
    }
    whole = whole && is_whole(product);
    r->record = &list;
    int status = expand(r, c, qubits, 0, 0);
    r->record = outer;
    const qasm_prim *first = list.count == 1 ? &list.prims[0] : NULL;
    const bool small = first && (first->kind == QP_MATRIX || first->kind == QP_PHASE);
    if (status) {
    } else if (whole && fabs(product) <= 1) {
        status = repeat(r, c, &list, product, ones, zeros);
    } else if (first && first->kind == QP_QUERY && whole) {
        status = repeat(r, c, &list, fmod(fabs(product), 2), ones, zeros);
    } else if (small) {
        status = power_of_one(r, c, first, powers, power_count, ones, zeros);
    } else if (whole &&
               (fabs(product) <= REPEAT_AT_MOST || count > MOST_POWER_QUBITS || has_query(&list))) {
        status = repeat(r, c, &list, product, ones, zeros);
    } else {
        status = power_by_matrix(r, c, &list, qubits, count, powers, power_count, ones, zeros);
    }
    qasm_list_free(&list);
    return status;
}

/* Takes the controls off the front of the qubits and the powers into a list. */
static int modified(qasm_run *r, const call *c, uint64_t ones, uint64_t zeros) {
    double powers[MOST_MODIFIERS];
    uint32_t used = 0, power_count = 0;
    const qasm_node *modifiers = c->node->a;
    for (const qasm_node *m = modifiers ? modifiers->list : NULL; m; m = m->next) {
        if (m->op == QM_CTRL || m->op == QM_NEGCTRL) {
            for (uint64_t i = 0; i < m->value.u; i++) {
                uint64_t *mask = m->op == QM_CTRL ? &ones : &zeros;
                *mask |= UINT64_C(1) << c->qubits[used++];
            }
            continue;
        }
        if (power_count == MOST_MODIFIERS) {
            qasm_error(r->diag, m->at, "more than %d modifiers", MOST_MODIFIERS);
            return BRG_EINPUT;
        }
        double x = -1;
        if (m->op == QM_POW) {
            const bool before = r->real_division;
            r->real_division = true;
            const int status = qasm_eval_real(r, m->a, &x);
            r->real_division = before;
            if (status) return status;
            if (fabs(x) > 1e9) {
                qasm_error(r->diag, m->a->at, "the power is too large, accepted: -1e9..1e9");
                return BRG_EINPUT;
            }
        }
        powers[power_count++] = x;
    }
    const uint8_t *qubits = c->qubits + used;
    if (power_count == 0) return expand(r, c, qubits, ones, zeros);
    return with_powers(r, c, qubits, c->count - used, powers, power_count, ones, zeros);
}

static int choose(qasm_run *r, call *c, const qasm_items *items, const uint32_t *starts,
                  uint32_t operands, uint32_t turn) {
    uint64_t seen = 0;
    for (uint32_t i = 0; i < operands; i++) {
        const uint32_t size = starts[i + 1] - starts[i];
        const uint32_t q = items->v[starts[i] + (size == 1 ? 0 : turn)];
        if (seen >> q & 1) {
            qasm_error(r->diag, c->node->at,
                       "qubit %u is used twice in one gate, accepted: "
                       "different qubits",
                       q);
            return BRG_EINPUT;
        }
        seen |= UINT64_C(1) << q;
        c->qubits[i] = (uint8_t)q;
    }
    c->count = operands;
    return BRG_OK;
}

static int flatten(qasm_run *r, call *c, const qasm_items *items) {
    uint32_t starts[BRG_QASM_MAX_QUBITS + 1];
    if (items->count != c->gate->operands) {
        qasm_error(r->diag, c->node->at, "%u qubits of '%s', accepted: %u, address qubits first",
                   items->count, c->gate->name, c->gate->operands);
        return BRG_EINPUT;
    }
    for (uint32_t i = 0; i <= items->count; i++) starts[i] = i;
    return choose(r, c, items, starts, items->count, 0);
}

static int statement(qasm_run *r, const qasm_node *n, uint64_t ones, uint64_t zeros) {
    uint32_t starts[2 * BRG_QASM_MAX_QUBITS + 1] = {0}, operands = 0, turns = 1;
    qasm_items items = {0};
    call *c = malloc(sizeof *c);
    int status = c ? qasm_step(r, n->at) : BRG_ENOMEM;
    const bool before = r->real_division;
    if (status) goto out;
    memset(c, 0, sizeof *c);
    c->node = n;
    c->gate = n->symbol;
    uint32_t parameters = 0;
    r->real_division = true;
    for (const qasm_node *a = n->b ? n->b->list : NULL; a && !status; a = a->next)
        status = qasm_eval_real(r, a, &c->parameters[parameters++]);
    r->real_division = before;
    for (const qasm_node *a = n->c ? n->c->list : NULL; a && !status; a = a->next) {
        status = qasm_operand(r, a, &items);
        if (status || (c->gate && c->gate->kind == QS_TABLE)) continue;
        starts[++operands] = items.count;
        const uint32_t size = items.count - starts[operands - 1];
        if (size > 1 && turns > 1 && size != turns) {
            qasm_error(r->diag, a->at,
                       "a register of %u qubits beside one of %u, accepted: equal "
                       "sizes or single qubits",
                       size, turns);
            status = BRG_EINPUT;
        }
        if (size > 1) turns = size;
    }
    if (status) goto out;
    if (c->gate && c->gate->kind == QS_TABLE) {
        if (!(status = flatten(r, c, &items))) status = modified(r, c, ones, zeros);
        goto out;
    }
    for (uint32_t turn = 0; turn < turns && !status; turn++) {
        status = choose(r, c, &items, starts, operands, turn);
        if (!status) status = modified(r, c, ones, zeros);
    }
out:
    qasm_items_free(&items);
    free(c);
    return status;
}

int qasm_gate_call(qasm_run *r, const qasm_node *n) {
    return statement(r, n, 0, 0);
}
