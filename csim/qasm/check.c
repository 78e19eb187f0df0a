/* SPDX-License-Identifier: Apache-2.0 */
/* Names, types and constants of a program: what can be known before it runs. */
#include "csim/qasm/check.h"

#include <stdlib.h>
#include <string.h>

static uint32_t bucket_of(const char *name) {
    uint32_t h = 2166136261u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 16777619u;
    return h % QASM_BUCKETS;
}

qasm_symbol *qasm_find(const qasm_checker *c, const char *name) {
    qasm_symbol *symbol = c->buckets[bucket_of(name)];
    while (symbol && strcmp(symbol->name, name)) symbol = symbol->shadow;
    return symbol;
}

int qasm_fail(qasm_checker *c) {
    c->failed = true;
    return BRG_EINPUT;
}

void qasm_enter(qasm_checker *c) {
    c->scope++;
}

void qasm_leave(qasm_checker *c) {
    while (c->visible_count && c->visible[c->visible_count - 1]->scope == c->scope) {
        qasm_symbol *symbol = c->visible[--c->visible_count];
        c->buckets[bucket_of(symbol->name)] = symbol->shadow;
    }
    c->scope--;
}

static bool grow(void **array, size_t count, size_t *room, size_t size) {
    if (count < *room) return true;
    const size_t more = *room ? 2 * *room : 64;
    void *p = realloc(*array, more * size);
    if (!p) return false;
    *array = p;
    *room = more;
    return true;
}

qasm_symbol *qasm_declare(qasm_checker *c, qasm_symbol_kind kind, const qasm_node *n,
                          const char *name, qasm_type type) {
    brg_qasm *p = c->program;
    const qasm_symbol *old = qasm_find(c, name);
    if (old && old->scope == c->scope) {
        if (c->library)
            qasm_error(c->diag, c->include_at,
                       "the included file defines '%s', which is declared "
                       "already",
                       name);
        else if (old->library || !old->node)
            qasm_error(c->diag, n->at,
                       "'%s' is a gate of the library already, accepted: another "
                       "name",
                       name);
        else
            qasm_error(c->diag, n->at,
                       "'%s' is declared already in line %u, accepted: another name", name,
                       old->node->at.line);
        c->failed = true;
        return NULL;
    }
    qasm_symbol *symbol = qasm_arena_get(&p->arena, sizeof *symbol);
    if (!symbol ||
        !grow((void **)&c->visible, c->visible_count, &c->visible_room, sizeof *c->visible)) {
        c->no_memory = true;
        return NULL;
    }
    const uint32_t bucket = bucket_of(name);
    *symbol = (qasm_symbol){.kind = kind,
                            .name = name,
                            .node = n,
                            .type = type,
                            .native = -1,
                            .id = p->slots++,
                            .scope = c->scope,
                            .library = c->library,
                            .local = c->scope > 0,
                            .shadow = c->buckets[bucket]};
    c->buckets[bucket] = symbol;
    c->visible[c->visible_count++] = symbol;
    return symbol;
}

int qasm_constant(qasm_checker *c, const qasm_node *n, qasm_value *out) {
    qasm_run run = {.program = c->program,
                    .diag = c->diag,
                    .max_steps = 1000000,
                    .real_division = c->version == 2};
    const int status = qasm_eval(&run, n, out);
    if (status == BRG_EINPUT) c->failed = true;
    return status;
}

bool qasm_constant_size(qasm_checker *c, qasm_node *n, uint32_t most, const char *what,
                        uint32_t *size) {
    qasm_value v;
    const qasm_type t = qasm_check_expression(c, n);
    if (t.kind == QT_NONE || qasm_constant(c, n, &v)) return false;
    const bool integral = v.type.kind == QT_INT || v.type.kind == QT_UINT;
    if (!integral || v.u < 1 || v.u > most) {
        qasm_error(c->diag, n->at, "the %s is out of range, accepted: an integer 1..%u", what,
                   most);
        c->failed = true;
        return false;
    }
    *size = (uint32_t)v.u;
    return true;
}

qasm_type qasm_check_type(qasm_checker *c, qasm_node *n) {
    const qasm_type none = {QT_NONE, 0};
    qasm_type t = {(qasm_type_kind)n->op, 0};
    if (n->a) {
        const bool reg = t.kind == QT_BIT || t.kind == QT_QUBIT;
        const uint32_t most = t.kind == QT_QUBIT ? BRG_QASM_MAX_QUBITS
                              : t.kind == QT_BIT ? QASM_MAX_REGISTER
                                                 : 64;
        if (!qasm_constant_size(c, n->a, most, reg ? "size" : "width", &t.width)) return none;
        if (t.kind == QT_FLOAT && t.width != 32 && t.width != 64) {
            qasm_error(c->diag, n->a->at,
                       "float[%u] is not supported, accepted: float[32], float[64]", t.width);
            c->failed = true;
            return none;
        }
    }
    n->value.type = t;
    return t;
}

static qasm_type none_type(void) {
    return qasm_simple_type(QT_NONE, 0);
}

qasm_symbol *qasm_resolve(qasm_checker *c, qasm_node *n) {
    qasm_symbol *symbol = qasm_find(c, n->text);
    if (!symbol) {
        qasm_error(c->diag, n->at, "'%s' is not declared", n->text);
        c->failed = true;
        return NULL;
    }
    if (c->in_gate && symbol->scope == 0 &&
        (symbol->kind == QS_VARIABLE || symbol->kind == QS_BITS || symbol->kind == QS_QUBITS)) {
        qasm_error(c->diag, n->at,
                   "'%s' is not visible in a gate, accepted: its parameters, its "
                   "qubits, constants",
                   n->text);
        c->failed = true;
        return NULL;
    }
    n->symbol = symbol;
    return symbol;
}

static qasm_type value_type(qasm_checker *c, qasm_node *n) {
    const qasm_symbol *symbol = qasm_resolve(c, n);
    if (!symbol) return none_type();
    switch (symbol->kind) {
        case QS_CONST:
        case QS_VARIABLE:
            return symbol->type;
        case QS_BITS:
            return symbol->alias ? qasm_simple_type(QT_BIT, QASM_NONE) : symbol->type;
        case QS_QUBITS:
            qasm_error(c->diag, n->at, "'%s' is a qubit and has no value, accepted: measure %s",
                       n->text, n->text);
            break;
        default:
            qasm_error(c->diag, n->at, "'%s' has no value, accepted: a variable or a constant",
                       n->text);
            break;
    }
    c->failed = true;
    return none_type();
}

static bool integral(qasm_type t) {
    return t.kind == QT_INT || t.kind == QT_UINT || t.kind == QT_BIT || t.kind == QT_BOOL;
}

bool qasm_check_integer(qasm_checker *c, qasm_node *n) {
    char text[40];
    const qasm_type t = qasm_check_expression(c, n);
    if (t.kind == QT_NONE) return false;
    if (integral(t)) return true;
    qasm_error(c->diag, n->at, "a value of type %s, accepted: an integer",
               qasm_type_text(t, text, sizeof text));
    c->failed = true;
    return false;
}

bool qasm_check_index(qasm_checker *c, qasm_node *index, uint32_t size, uint32_t *selected) {
    qasm_node *item = index->list;
    *selected = QASM_NONE;
    if (index->count != 1) {
        qasm_error(c->diag, item->next->at, "more than one index, accepted: one, a range or a set");
        c->failed = true;
        return false;
    }
    if (item->kind == Q_RANGE)
        return (!item->a || qasm_check_integer(c, item->a)) &&
               (!item->b || qasm_check_integer(c, item->b)) &&
               (!item->c || qasm_check_integer(c, item->c));
    if (item->kind == Q_SET) {
        for (qasm_node *e = item->list; e; e = e->next)
            if (!qasm_check_integer(c, e)) return false;
        *selected = item->count;
        return true;
    }
    *selected = 0;
    if (!qasm_check_integer(c, item)) return false;
    if (item->kind == Q_NUMBER && size != QASM_NONE && item->value.u >= size) {
        qasm_error(c->diag, item->at, "index %llu is out of range, accepted: 0..%u",
                   (unsigned long long)item->value.u, size - 1);
        c->failed = true;
        return false;
    }
    return true;
}

static qasm_type index_type(qasm_checker *c, qasm_node *n) {
    const qasm_type base = value_type(c, n->a);
    uint32_t selected;
    if (base.kind == QT_NONE) return base;
    if (!integral(base) || base.kind == QT_BOOL) {
        char text[40];
        qasm_error(c->diag, n->at, "a value of type %s has no index, accepted: bit, int, uint",
                   qasm_type_text(base, text, sizeof text));
        c->failed = true;
        return none_type();
    }
    const uint32_t size = base.width == QASM_NONE ? QASM_NONE
                          : base.kind == QT_BIT   ? (base.width ? base.width : 1)
                                                  : (base.width ? base.width : 64);
    if (!qasm_check_index(c, n->b, size, &selected)) return none_type();
    return qasm_simple_type(QT_BIT, selected);
}

static qasm_type wrong_types(qasm_checker *c, const qasm_node *n, qasm_type a, const char *what) {
    char text[40];
    qasm_error(c->diag, n->at, "%s has no meaning for a value of type %s", what,
               qasm_type_text(a, text, sizeof text));
    c->failed = true;
    return none_type();
}

static qasm_type unary_type(qasm_checker *c, qasm_node *n) {
    const qasm_type t = qasm_check_expression(c, n->a);
    if (t.kind == QT_NONE) return t;
    if (n->op == QO_NOT && t.kind != QT_DURATION) return qasm_simple_type(QT_BOOL, 0);
    if (n->op == QO_BIT_NOT && integral(t) && t.kind != QT_BOOL) return t;
    if (n->op == QO_NEGATE)
        return integral(t) && !(t.kind == QT_UINT && t.width) ? qasm_simple_type(QT_INT, 0) : t;
    return wrong_types(c, n, t, n->op == QO_NOT ? "!" : "~");
}

static qasm_type binary_type(qasm_checker *c, qasm_node *n) {
    char x[40], y[40];
    const qasm_type a = qasm_check_expression(c, n->a), b = qasm_check_expression(c, n->b);
    if (a.kind == QT_NONE || b.kind == QT_NONE) return none_type();
    const qasm_type t = qasm_binary_type(n->op, a, b, c->real_division);
    if (t.kind != QT_NONE) return t;
    qasm_error(c->diag, n->at, "the operator has no meaning for values of type %s and %s",
               qasm_type_text(a, x, sizeof x), qasm_type_text(b, y, sizeof y));
    c->failed = true;
    return t;
}

static qasm_type call_type(qasm_checker *c, qasm_node *n) {
    uint32_t least, most;
    const uint32_t count = n->a ? n->a->count : 0;
    qasm_symbol *def = qasm_find(c, n->text);
    if (def && def->kind == QS_DEF) return qasm_check_def_call(c, n, def);
    if (!qasm_is_function(n->text, &least, &most)) {
        qasm_error(c->diag, n->at,
                   def ? "'%s' is not a function" : "the function '%s' is not declared", n->text);
        c->failed = true;
        return none_type();
    }
    if (count < least || count > most) {
        qasm_error(c->diag, n->at, "%u arguments of '%s', accepted: %u", count, n->text, least);
        c->failed = true;
        return none_type();
    }
    qasm_type types[2] = {{QT_NONE, 0}, {QT_NONE, 0}};
    uint32_t i = 0;
    for (qasm_node *a = n->a->list; a; a = a->next, i++) {
        types[i] = qasm_check_expression(c, a);
        if (types[i].kind == QT_NONE) return none_type();
    }
    const qasm_type t = qasm_function_type(n->text, types, count);
    return t.kind == QT_NONE ? wrong_types(c, n, types[0], "the function") : t;
}

static qasm_type cast_type(qasm_checker *c, qasm_node *n) {
    const qasm_type to = qasm_check_type(c, n->a), from = qasm_check_expression(c, n->b);
    if (to.kind == QT_NONE || from.kind == QT_NONE) return none_type();
    if ((to.kind == QT_DURATION) != (from.kind == QT_DURATION))
        return wrong_types(c, n, from, "the conversion");
    if (to.kind == QT_BIT && to.width > 64) return wrong_types(c, n, to, "the conversion");
    return to;
}

qasm_type qasm_check_expression(qasm_checker *c, qasm_node *n) {
    if (c->no_memory) return none_type();
    switch (n->kind) {
        case Q_NUMBER:
            return n->value.type;
        case Q_NAME:
            return value_type(c, n);
        case Q_INDEX:
            return index_type(c, n);
        case Q_UNARY:
            return unary_type(c, n);
        case Q_BINARY:
            return binary_type(c, n);
        case Q_CALL:
            return call_type(c, n);
        case Q_CAST:
            return cast_type(c, n);
        case Q_MEASURE: {
            uint32_t size;
            if (c->in_gate) {
                qasm_error(c->diag, n->at, "measure is not accepted in a gate");
                c->failed = true;
                return none_type();
            }
            if (!qasm_check_operand(c, n->a, QS_QUBITS, &size)) return none_type();
            return qasm_simple_type(QT_BIT, size);
        }
        default:
            return none_type();
    }
}

bool qasm_check_operand(qasm_checker *c, qasm_node *n, qasm_symbol_kind kind, uint32_t *size) {
    if (n->kind == Q_CONCAT) {
        uint32_t a, b;
        if (!qasm_check_operand(c, n->a, kind, &a) || !qasm_check_operand(c, n->b, kind, &b))
            return false;
        *size = a == QASM_NONE || b == QASM_NONE ? QASM_NONE : (a ? a : 1) + (b ? b : 1);
        n->symbol = n->a->symbol;
        return true;
    }
    if (n->kind != Q_NAME && n->kind != Q_INDEX) {
        qasm_error(c->diag, n->at, "an expression, accepted: a %s",
                   kind == QS_BITS ? "bit" : "qubit");
        c->failed = true;
        return false;
    }
    qasm_node *name = n->kind == Q_INDEX ? n->a : n;
    const qasm_symbol *symbol = qasm_resolve(c, name);
    if (!symbol) return false;
    if (symbol->kind != kind) {
        qasm_error(c->diag, name->at, "'%s' is not a %s, accepted: a declared %s", name->text,
                   kind == QS_BITS ? "bit" : "qubit", kind == QS_BITS ? "bit" : "qubit");
        c->failed = true;
        return false;
    }
    *size = symbol->type.width;
    n->symbol = (qasm_symbol *)symbol;
    if (n->kind == Q_NAME) return true;
    if (c->in_gate) {
        qasm_error(c->diag, n->at,
                   "'%s' has an index, accepted in a gate: the name of a qubit alone", name->text);
        c->failed = true;
        return false;
    }
    return qasm_check_index(c, n->b, *size == 0 ? 1 : *size, size);
}

bool qasm_check_assignable(qasm_checker *c, const qasm_node *n, qasm_type from, qasm_type to) {
    char x[40], y[40];
    const bool real = from.kind == QT_FLOAT || from.kind == QT_ANGLE;
    bool good = from.kind != QT_NONE;
    if ((from.kind == QT_DURATION) != (to.kind == QT_DURATION)) good = false;
    if (real && (to.kind == QT_INT || to.kind == QT_UINT || to.kind == QT_BIT)) good = false;
    if (to.kind == QT_BIT && from.kind == QT_BIT && from.width != QASM_NONE &&
        to.width != QASM_NONE && (from.width ? from.width : 1) != (to.width ? to.width : 1))
        good = false;
    if (good || from.kind == QT_NONE) return good;
    qasm_error(c->diag, n->at, "a value of type %s, accepted: %s",
               qasm_type_text(from, x, sizeof x), qasm_type_text(to, y, sizeof y));
    c->failed = true;
    return false;
}
