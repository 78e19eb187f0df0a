/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of a checked program, one after the other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/run.h"

static int execute_one(qasm_run *r, const qasm_node *n, qasm_flow *flow);

static void write_bit(qasm_run *r, uint32_t bit, uint64_t value) {
    r->bits[bit] = value & 1;
    r->deferred[bit] = QASM_NONE;
}

static void set_symbol(qasm_run *r, const qasm_symbol *symbol, qasm_value v) {
    const uint32_t size = symbol->type.width ? symbol->type.width : 1;
    if (symbol->kind != QS_BITS) {
        r->slots[symbol->id].value = qasm_convert(v, symbol->type);
        return;
    }
    v = qasm_convert(v, qasm_simple_type(QT_BIT, size > 64 ? 64 : size));
    for (uint32_t i = 0; i < size; i++) write_bit(r, symbol->base + i, i < 64 ? v.u >> i : 0);
}

static int pair_up(qasm_run *r, const qasm_items *qubits, const qasm_items *bits, qasm_place at) {
    unsigned value;
    int status = BRG_OK;
    if (qubits->count != bits->count) {
        qasm_error(r->diag, at, "%u qubits measured into %u bits, accepted: equal sizes",
                   qubits->count, bits->count);
        return BRG_EINPUT;
    }
    for (uint32_t i = 0; !status && i < qubits->count; i++) {
        status = qasm_step(r, at);
        if (!status) status = qasm_measure(r, qubits->v[i], bits->v[i], &value);
        if (!status && !r->defer) write_bit(r, bits->v[i], value);
    }
    return status;
}

static int measure_to(qasm_run *r, const qasm_node *from, const qasm_node *to, qasm_place at) {
    qasm_items qubits = {0}, bits = {0};
    int status = qasm_operand(r, from, &qubits);
    if (!status) status = qasm_operand(r, to, &bits);
    if (!status) status = pair_up(r, &qubits, &bits, at);
    qasm_items_free(&qubits);
    qasm_items_free(&bits);
    return status;
}

int qasm_measure_value(qasm_run *r, const qasm_node *n, qasm_value *out) {
    qasm_items qubits = {0};
    if (!r->config) {
        qasm_error(r->diag, n->at, "a measurement is not a constant");
        return BRG_EINPUT;
    }
    int status = qasm_operand(r, n->a, &qubits);
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; !status && i < qubits.count; i++) {
        unsigned value;
        status = qasm_measure(r, qubits.v[i], QASM_NONE, &value);
        if (!status && i < 64) out->u |= (uint64_t)value << i;
    }
    out->type = qasm_simple_type(QT_BIT, qubits.single ? 0 : qubits.count);
    qasm_items_free(&qubits);
    return status;
}

static int set_input(qasm_run *r, const qasm_node *n) {
    char type[40];
    for (size_t i = 0; i < r->config->input_count; i++) {
        const brg_qasm_input *input = &r->config->inputs[i];
        qasm_value v;
        if (strcmp(input->name, n->text)) continue;
        if (!qasm_literal(input->value, n->symbol->type, &v)) {
            qasm_error(r->diag, n->at,
                       "the value '%.80s' of the input '%s' does not fit, accepted: "
                       "%s",
                       input->value, n->text, qasm_type_text(n->symbol->type, type, sizeof type));
            return BRG_EINPUT;
        }
        set_symbol(r, n->symbol, v);
        return BRG_OK;
    }
    qasm_error(r->diag, n->at, "the input '%s' has no value, accepted: --input %s=VALUE", n->text,
               n->text);
    return BRG_EINPUT;
}

static int declare(qasm_run *r, const qasm_node *n) {
    const qasm_symbol *symbol = n->symbol;
    qasm_value v = {symbol ? symbol->type : qasm_simple_type(QT_NONE, 0), 0, 0};
    int status = BRG_OK;
    if (!symbol || symbol->kind == QS_QUBITS || symbol->kind == QS_CONST) return BRG_OK;
    if (n->op == QD_INPUT) return set_input(r, n);
    if (n->b && n->b->kind == Q_MEASURE && symbol->kind == QS_BITS) {
        qasm_items qubits = {0}, bits = {0};
        const uint32_t size = symbol->type.width ? symbol->type.width : 1;
        status = qasm_operand(r, n->b->a, &qubits);
        for (uint32_t i = 0; !status && i < size; i++)
            status = qasm_items_add(r, &bits, symbol->base + i, n->at);
        if (!status) status = pair_up(r, &qubits, &bits, n->at);
        qasm_items_free(&qubits);
        qasm_items_free(&bits);
        return status;
    }
    if (n->b) status = qasm_eval(r, n->b, &v);
    if (!status) set_symbol(r, symbol, v);
    return status;
}

static int alias(qasm_run *r, const qasm_node *n) {
    qasm_items items = {0};
    qasm_items *to = &r->slots[n->symbol->id].items;
    int status = qasm_operand(r, n->a, &items);
    to->count = 0;
    for (uint32_t i = 0; !status && i < items.count; i++)
        status = qasm_items_add(r, to, items.v[i], n->at);
    to->single = items.single;
    qasm_items_free(&items);
    return status;
}

/* Bits of an integer that an index selects. */
static int store_in_integer(qasm_run *r, const qasm_node *target, qasm_value v) {
    const qasm_symbol *symbol = target->a->symbol;
    qasm_value *to = &r->slots[symbol->id].value;
    qasm_items items = {0};
    int status = qasm_positions(r, target->b, symbol->type.width ? symbol->type.width : 64, &items);
    for (uint32_t i = 0; !status && i < items.count && i < 64; i++) {
        to->u &= ~(UINT64_C(1) << items.v[i]);
        to->u |= (v.u >> i & 1) << items.v[i];
    }
    if (!status) *to = qasm_convert(*to, symbol->type);
    qasm_items_free(&items);
    return status;
}

int qasm_store(qasm_run *r, const qasm_node *target, qasm_value v) {
    const qasm_node *name = target->kind == Q_INDEX ? target->a : target;
    const qasm_symbol *symbol = name->symbol;
    if (symbol->kind == QS_VARIABLE && target->kind == Q_INDEX)
        return store_in_integer(r, target, v);
    if (symbol->kind == QS_VARIABLE) {
        set_symbol(r, symbol, v);
        return BRG_OK;
    }
    qasm_items bits = {0};
    int status = qasm_operand(r, target, &bits);
    if (!status && v.type.kind == QT_BIT && (v.type.width ? v.type.width : 1) != bits.count) {
        qasm_error(r->diag, target->at, "%u bits for %u bits, accepted: equal sizes",
                   v.type.width ? v.type.width : 1, bits.count);
        status = BRG_EINPUT;
    }
    if (!status && v.type.kind != QT_BIT)
        v = qasm_convert(v, qasm_simple_type(QT_BIT, bits.count > 64 ? 64 : bits.count));
    for (uint32_t i = 0; !status && i < bits.count; i++)
        write_bit(r, bits.v[i], i < 64 ? v.u >> i : 0);
    qasm_items_free(&bits);
    return status;
}

static int assign(qasm_run *r, const qasm_node *n) {
    const qasm_node *name = n->a->kind == Q_INDEX ? n->a->a : n->a;
    qasm_value v;
    if (!n->op && n->b->kind == Q_MEASURE && name->symbol->kind == QS_BITS)
        return measure_to(r, n->b->a, n->a, n->at);
    int status;
    if (n->op) {
        const qasm_node sum = {.kind = Q_BINARY, .op = n->op, .at = n->at, .a = n->a, .b = n->b};
        status = qasm_eval(r, &sum, &v);
    } else {
        status = qasm_eval(r, n->b, &v);
    }
    return status ? status : qasm_store(r, n->a, v);
}

static int each_qubit(qasm_run *r, const qasm_node *operand, double ns, bool reset) {
    qasm_items qubits = {0};
    int status = qasm_operand(r, operand, &qubits);
    for (uint32_t i = 0; !status && i < qubits.count; i++) {
        status = qasm_step(r, operand->at);
        if (!status)
            status = reset ? qasm_reset_qubit(r, qubits.v[i]) : qasm_delay(r, qubits.v[i], ns);
    }
    qasm_items_free(&qubits);
    return status;
}

static int delay(qasm_run *r, const qasm_node *n) {
    qasm_value v;
    int status = qasm_eval(r, n->b, &v);
    if (status) return status;
    if (!(v.f >= 0 && v.f <= 1e18)) {
        qasm_error(r->diag, n->b->at, "a delay of %g ns, accepted: 0..1e18 ns", v.f);
        return BRG_EINPUT;
    }
    if (!n->a)
        for (uint32_t q = 0; !status && q < r->program->qubits; q++) status = qasm_delay(r, q, v.f);
    for (const qasm_node *a = n->a ? n->a->list : NULL; a && !status; a = a->next)
        status = each_qubit(r, a, v.f, false);
    return status;
}

static int barrier(qasm_run *r, const qasm_node *n) {
    uint64_t mask = n->a ? 0 : (UINT64_C(1) << r->program->qubits) - 1;
    int status = BRG_OK;
    for (const qasm_node *a = n->a ? n->a->list : NULL; a && !status; a = a->next) {
        qasm_items qubits = {0};
        status = qasm_operand(r, a, &qubits);
        for (uint32_t i = 0; i < qubits.count; i++) mask |= UINT64_C(1) << qubits.v[i];
        qasm_items_free(&qubits);
    }
    return status ? status : qasm_barrier(r, mask);
}

/* After a turn: whether the loop goes on. */
static bool goes_on(qasm_flow *flow) {
    if (*flow == QF_BREAK) {
        *flow = QF_NEXT;
        return false;
    }
    if (*flow == QF_CONTINUE) *flow = QF_NEXT;
    return *flow == QF_NEXT;
}

static int turn(qasm_run *r, const qasm_node *n, qasm_value v, qasm_flow *flow) {
    const int status = qasm_step(r, n->at);
    if (status) return status;
    set_symbol(r, n->symbol, v);
    return qasm_execute(r, n->c, flow);
}

static int loop(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    qasm_value v = {{QT_INT, 0}, 0, 0};
    int64_t start, step, count;
    int status;
    if (n->b->kind == Q_SET) {
        for (const qasm_node *e = n->b->list; e; e = e->next) {
            if ((status = qasm_eval(r, e, &v)) || (status = turn(r, n, v, flow))) return status;
            if (!goes_on(flow)) break;
        }
        return BRG_OK;
    }
    if (n->b->kind == Q_RANGE) {
        if ((status = qasm_range(r, n->b, 0, &start, &step, &count))) return status;
        for (int64_t i = 0; i < count; i++) {
            v.u = (uint64_t)start + (uint64_t)i * (uint64_t)step;
            if ((status = turn(r, n, v, flow))) return status;
            if (!goes_on(flow)) break;
        }
        return BRG_OK;
    }
    qasm_value bits;
    if ((status = qasm_eval(r, n->b, &bits))) return status;
    const uint32_t size = bits.type.width ? bits.type.width : 1;
    for (uint32_t i = 0; i < size; i++) {
        v.type = qasm_simple_type(QT_BIT, 0);
        v.u = bits.u >> i & 1;
        if ((status = turn(r, n, v, flow))) return status;
        if (!goes_on(flow)) break;
    }
    return BRG_OK;
}

static int branch(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    qasm_value v;
    const int status = qasm_eval(r, n->a, &v);
    if (status) return status;
    const qasm_node *taken = qasm_eval_truth(&v) ? n->b : n->c;
    return taken ? qasm_execute(r, taken, flow) : BRG_OK;
}

static int repeat(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    for (;;) {
        qasm_value v;
        int status = qasm_step(r, n->at);
        if (!status) status = qasm_eval(r, n->a, &v);
        if (status || !qasm_eval_truth(&v)) return status;
        if ((status = qasm_execute(r, n->b, flow))) return status;
        if (!goes_on(flow)) return BRG_OK;
    }
}

static int choose(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    int64_t value;
    const int status = qasm_eval_integer(r, n->a, &value);
    if (status) return status;
    for (const qasm_node *k = n->b->list; k; k = k->next) {
        if (!k->a) return qasm_execute(r, k->b, flow);
        for (const qasm_node *e = k->a->list; e; e = e->next)
            if ((int64_t)e->value.u == value) return qasm_execute(r, k->b, flow);
    }
    return BRG_OK;
}

static int return_of(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    /* The value may come from another call, which uses r->returned itself. */
    qasm_value v = {{QT_NONE, 0}, 0, 0};
    const int status = n->a ? qasm_eval(r, n->a, &v) : BRG_OK;
    *flow = QF_RETURN;
    r->has_returned = n->a != NULL;
    r->returned = v;
    return status;
}

int qasm_call_def(qasm_run *r, const qasm_node *n, qasm_value *out) {
    const qasm_symbol *def = n->symbol;
    if (!r->config) {
        qasm_error(r->diag, n->at, "the result of '%s' is not a constant", n->text);
        return BRG_EINPUT;
    }
    const uint32_t count = def->parameters;
    qasm_value *values = calloc(count ? count : 1, sizeof *values);
    const qasm_node *p = count ? def->node->a->list : NULL;
    int status = values ? BRG_OK : BRG_ENOMEM;
    uint32_t i = 0;
    /* All arguments before any parameter: an argument may call the same subroutine. */
    for (const qasm_node *a = count ? n->a->list : NULL; a && !status;
         a = a->next, p = p->next, i++)
        if (p->symbol->kind != QS_QUBITS) status = qasm_eval(r, a, &values[i]);
    p = count ? def->node->a->list : NULL;
    i = 0;
    for (const qasm_node *a = count ? n->a->list : NULL; a && !status;
         a = a->next, p = p->next, i++) {
        const qasm_symbol *symbol = p->symbol;
        if (symbol->kind != QS_QUBITS) {
            set_symbol(r, symbol, values[i]);
            continue;
        }
        qasm_items items = {0};
        qasm_items *to = &r->slots[symbol->id].items;
        status = qasm_operand(r, a, &items);
        const uint32_t size = symbol->type.width ? symbol->type.width : 1;
        if (!status && items.count != size) {
            qasm_error(r->diag, a->at, "%u qubits, accepted: %u", items.count, size);
            status = BRG_EINPUT;
        }
        to->count = 0;
        for (uint32_t k = 0; !status && k < items.count; k++)
            status = qasm_items_add(r, to, items.v[k], a->at);
        to->single = symbol->type.width == 0;
        qasm_items_free(&items);
    }
    free(values);
    qasm_flow flow = QF_NEXT;
    const bool division = r->real_division;
    r->has_returned = false;
    r->real_division = r->program->version == 2;
    if (!status) status = qasm_execute(r, def->node->c, &flow);
    r->real_division = division;
    if (status) return status;
    if (flow == QF_END) return BRG_QASM_ENDED;
    memset(out, 0, sizeof *out);
    if (def->type.kind == QT_NONE) return BRG_OK;
    if (!r->has_returned) {
        qasm_error(r->diag, n->at, "'%s' ended without a return", n->text);
        return BRG_EINPUT;
    }
    *out = qasm_convert(r->returned, def->type);
    return BRG_OK;
}

static int execute_one(qasm_run *r, const qasm_node *n, qasm_flow *flow) {
    qasm_value v;
    switch (n->kind) {
        case Q_INCLUDE:
            return n->a ? qasm_execute(r, n->a, flow) : BRG_OK;
        case Q_DECLARE:
            return declare(r, n);
        case Q_ALIAS:
            return alias(r, n);
        case Q_GATE_CALL:
            return qasm_gate_call(r, n);
        case Q_MEASURE_TO:
            return measure_to(r, n->a, n->b, n->at);
        case Q_RESET:
            return each_qubit(r, n->a, 0, true);
        case Q_BARRIER:
            return barrier(r, n);
        case Q_DELAY:
            return delay(r, n);
        case Q_ASSIGN:
            return assign(r, n);
        case Q_EXPRESSION:
            /* A measurement whose outcome nobody takes still collapses the state. */
            return qasm_eval(r, n->a, &v);
        case Q_IF:
            return branch(r, n, flow);
        case Q_FOR:
            return loop(r, n, flow);
        case Q_WHILE:
            return repeat(r, n, flow);
        case Q_BREAK:
            *flow = QF_BREAK;
            return BRG_OK;
        case Q_CONTINUE:
            *flow = QF_CONTINUE;
            return BRG_OK;
        case Q_END:
            *flow = QF_END;
            return BRG_OK;
        case Q_RETURN:
            return return_of(r, n, flow);
        case Q_BLOCK:
            return qasm_execute(r, n, flow);
        case Q_SWITCH:
            return choose(r, n, flow);
        default:
            return BRG_OK;
    }
}

int qasm_execute(qasm_run *r, const qasm_node *block, qasm_flow *flow) {
    for (const qasm_node *n = block->list; n && *flow == QF_NEXT; n = n->next) {
        int status = qasm_step(r, n->at);
        if (!status) status = execute_one(r, n, flow);
        if (status) return status;
    }
    return BRG_OK;
}
