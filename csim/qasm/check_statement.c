/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: declarations into symbols, gates and subroutines, includes, and whether each part
 * fits the others. */
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/check.h"

static void check_block(qasm_checker *c, qasm_node *block);
static void check_statements(qasm_checker *c, qasm_node *block);

static bool only_global(qasm_checker *c, const qasm_node *n, const char *what) {
    if (c->scope == 0) return true;
    qasm_error(c->diag, n->at, "%s inside a block, accepted: in the global scope", what);
    c->failed = true;
    return false;
}

static void declare_qubits(qasm_checker *c, qasm_node *n, qasm_type type) {
    brg_qasm *p = c->program;
    const uint32_t size = type.width ? type.width : 1;
    if (!only_global(c, n, "a qubit is declared")) return;
    if (p->qubits + size > BRG_QASM_MAX_QUBITS) {
        qasm_error(c->diag, n->at, "%u qubits in all, accepted: at most %d", p->qubits + size,
                   BRG_QASM_MAX_QUBITS);
        c->failed = true;
        return;
    }
    qasm_symbol *symbol = qasm_declare(c, QS_QUBITS, n, n->text, type);
    if (!symbol) return;
    symbol->base = p->qubits;
    p->qubits += size;
    n->symbol = symbol;
}

static bool take_bits(qasm_checker *c, const qasm_node *n, qasm_symbol *symbol) {
    brg_qasm *p = c->program;
    const uint32_t size = symbol->type.width ? symbol->type.width : 1;
    if (p->bits + size > 1u << 20) {
        qasm_error(c->diag, n->at, "more than %u classical bits", 1u << 20);
        c->failed = true;
        return false;
    }
    symbol->base = p->bits;
    p->bits += size;
    return true;
}

static void add_output(qasm_checker *c, const qasm_symbol *symbol) {
    brg_qasm *p = c->program;
    qasm_output *o = qasm_arena_get(&p->arena, sizeof *o);
    if (!o) {
        c->no_memory = true;
        return;
    }
    o->base = symbol->base;
    o->single = symbol->type.width == 0;
    o->size = o->single ? 1 : symbol->type.width;
    p->global_bits += o->size;
    if (p->last_output)
        p->last_output->next = o;
    else
        p->outputs = o;
    p->last_output = o;
}

static void declare(qasm_checker *c, qasm_node *n) {
    const qasm_type type = qasm_check_type(c, n->a);
    if (n->b) {
        const qasm_type from = qasm_check_expression(c, n->b);
        if (type.kind == QT_NONE || !qasm_check_assignable(c, n->b, from, type)) return;
    }
    if (type.kind == QT_NONE) return;
    if (type.kind == QT_QUBIT) {
        declare_qubits(c, n, type);
        return;
    }
    if (n->op == QD_INPUT && !only_global(c, n, "an input")) return;
    if (n->op == QD_CONST) {
        qasm_value v;
        if (type.kind == QT_BIT && type.width > 64) {
            qasm_error(c->diag, n->at, "a constant of %u bits, accepted: up to 64", type.width);
            c->failed = true;
            return;
        }
        if (qasm_constant(c, n->b, &v)) return;
        qasm_symbol *symbol = qasm_declare(c, QS_CONST, n, n->text, type);
        if (symbol) symbol->value = qasm_convert(v, type);
        n->symbol = symbol;
        return;
    }
    qasm_symbol *symbol =
        qasm_declare(c, type.kind == QT_BIT ? QS_BITS : QS_VARIABLE, n, n->text, type);
    if (!symbol) return;
    n->symbol = symbol;
    symbol->input = n->op == QD_INPUT;
    if (type.kind == QT_BIT && take_bits(c, n, symbol) && c->scope == 0 && !symbol->input)
        add_output(c, symbol);
}

static void alias(qasm_checker *c, qasm_node *n) {
    const qasm_node *first = n->a;
    uint32_t size;
    while (first->kind == Q_CONCAT) first = first->a;
    if (first->kind == Q_INDEX) first = first->a;
    const qasm_symbol *symbol = qasm_find(c, first->text);
    const qasm_symbol_kind kind = symbol && symbol->kind == QS_BITS ? QS_BITS : QS_QUBITS;
    if (!qasm_check_operand(c, n->a, kind, &size)) return;
    qasm_symbol *made = qasm_declare(c, kind, n, n->text,
                                     qasm_simple_type(kind == QS_BITS ? QT_BIT : QT_QUBIT, size));
    if (made) made->alias = true;
    n->symbol = made;
}

static void declare_names(qasm_checker *c, qasm_node *names, qasm_symbol_kind kind) {
    const qasm_type type = {kind == QS_QUBITS ? QT_QUBIT : QT_FLOAT, 0};
    for (qasm_node *name = names ? names->list : NULL; name; name = name->next) {
        qasm_symbol *symbol = qasm_declare(c, kind, name, name->text, type);
        if (symbol) symbol->alias = kind == QS_QUBITS;
        name->symbol = symbol;
    }
}

static bool too_nested(qasm_checker *c, const qasm_node *n) {
    if (c->nesting < QASM_MAX_CALLS) return false;
    qasm_error(c->diag, n->at, "more than %d gates or subroutines inside each other",
               QASM_MAX_CALLS);
    c->failed = true;
    return true;
}

static void define_gate(qasm_checker *c, qasm_node *n) {
    if (!only_global(c, n, "a gate is defined")) return;
    const uint32_t parameters = n->a ? n->a->count : 0, operands = n->b->count;
    if (operands > BRG_QASM_MAX_QUBITS || parameters > QASM_MAX_ARGUMENTS) {
        qasm_error(c->diag, n->at, "too many parameters or qubits, accepted: at most %d and %d",
                   QASM_MAX_ARGUMENTS, BRG_QASM_MAX_QUBITS);
        c->failed = true;
        return;
    }
    c->nesting = 0;
    if (n->kind == Q_GATE) {
        qasm_enter(c);
        c->in_gate = true;
        declare_names(c, n->a, QS_VARIABLE);
        declare_names(c, n->b, QS_QUBITS);
        check_statements(c, n->c);
        c->in_gate = false;
        qasm_leave(c);
    }
    if (too_nested(c, n)) return;
    qasm_symbol *symbol = qasm_declare(c, n->kind == Q_GATE ? QS_GATE : QS_OPAQUE, n, n->text,
                                       qasm_simple_type(QT_NONE, 0));
    if (!symbol) return;
    symbol->parameters = parameters;
    symbol->operands = operands;
    symbol->nesting = c->nesting + 1;
    if (c->library) symbol->native = qasm_native_find(n->text, parameters, operands);
}

static void define_subroutine(qasm_checker *c, qasm_node *n) {
    if (!only_global(c, n, "a subroutine is defined")) return;
    const qasm_type none = {QT_NONE, 0};
    const uint32_t loops = c->loops;
    qasm_type result = none;
    if (n->b && (result = qasm_check_type(c, n->b)).kind == QT_NONE) return;
    if (result.kind == QT_BIT && result.width > 64) {
        qasm_error(c->diag, n->b->at, "a result of %u bits, accepted: up to 64", result.width);
        c->failed = true;
        return;
    }
    if (n->a && n->a->count > QASM_MAX_ARGUMENTS) {
        qasm_error(c->diag, n->at, "too many parameters, accepted: at most %d", QASM_MAX_ARGUMENTS);
        c->failed = true;
        return;
    }
    qasm_enter(c);
    for (qasm_node *a = n->a ? n->a->list : NULL; a; a = a->next) {
        const qasm_type type = qasm_check_type(c, a->a);
        if (type.kind == QT_NONE) continue;
        const qasm_symbol_kind kind = type.kind == QT_QUBIT ? QS_QUBITS
                                      : type.kind == QT_BIT ? QS_BITS
                                                            : QS_VARIABLE;
        if (type.kind == QT_BIT && type.width > 64) {
            qasm_error(c->diag, a->at, "a parameter of %u bits, accepted: up to 64", type.width);
            c->failed = true;
        }
        qasm_symbol *symbol = qasm_declare(c, kind, a, a->text, type);
        if (symbol && kind == QS_BITS) take_bits(c, a, symbol);
        if (symbol) symbol->alias = kind == QS_QUBITS;
        a->symbol = symbol;
    }
    c->in_def = true;
    c->loops = 0;
    c->nesting = 0;
    c->result = result;
    check_statements(c, n->c);
    c->in_def = false;
    c->loops = loops;
    qasm_leave(c);
    if (too_nested(c, n)) return;
    qasm_symbol *symbol = qasm_declare(c, QS_DEF, n, n->text, result);
    if (!symbol) return;
    symbol->parameters = n->a ? n->a->count : 0;
    symbol->nesting = c->nesting + 1;
}

static void calls(qasm_checker *c, const qasm_symbol *symbol) {
    if (symbol->nesting > c->nesting) c->nesting = symbol->nesting;
}

static uint32_t register_size(uint32_t width) {
    return width ? width : 1;
}

qasm_type qasm_check_def_call(qasm_checker *c, qasm_node *n, qasm_symbol *def) {
    const uint32_t count = n->a ? n->a->count : 0;
    const qasm_type none = {QT_NONE, 0};
    const bool statement = c->statement;
    c->statement = false;
    if (c->in_gate) {
        qasm_error(c->diag, n->at, "a subroutine is not accepted in a gate");
        c->failed = true;
        return none;
    }
    if (count != def->parameters) {
        qasm_error(c->diag, n->at, "%u arguments of '%s', accepted: %u", count, n->text,
                   def->parameters);
        c->failed = true;
        return none;
    }
    n->symbol = def;
    calls(c, def);
    const qasm_node *p = count ? def->node->a->list : NULL;
    bool good = true;
    for (qasm_node *a = count ? n->a->list : NULL; a; a = a->next, p = p->next) {
        const qasm_type type = p->a->value.type;
        uint32_t size;
        if (type.kind != QT_QUBIT) {
            if (!qasm_check_assignable(c, a, qasm_check_expression(c, a), type)) good = false;
        } else if (!qasm_check_operand(c, a, QS_QUBITS, &size)) {
            good = false;
        } else if (size != QASM_NONE && register_size(size) != register_size(type.width)) {
            qasm_error(c->diag, a->at, "%u qubits, accepted: %u", register_size(size),
                       register_size(type.width));
            c->failed = true;
            good = false;
        }
    }
    if (good && !statement && def->type.kind == QT_NONE) {
        qasm_error(c->diag, n->at, "'%s' has no result, accepted: as a statement", n->text);
        c->failed = true;
    }
    return good ? def->type : none;
}

static void expression_statement(qasm_checker *c, qasm_node *n) {
    qasm_node *e = n->a;
    if (e->kind == Q_CALL && !qasm_find(c, e->text)) {
        qasm_error(c->diag, e->at,
                   "'%s' is not declared, accepted: a subroutine, or a gate with its "
                   "qubits",
                   e->text);
        c->failed = true;
        return;
    }
    if (e->kind == Q_CALL && qasm_find(c, e->text)->kind != QS_DEF) {
        qasm_error(c->diag, e->at, "'%s' needs qubits, accepted: %s(...) q;", e->text, e->text);
        c->failed = true;
        return;
    }
    c->statement = e->kind == Q_CALL;
    qasm_check_expression(c, e);
    c->statement = false;
}

static bool check_modifiers(qasm_checker *c, qasm_node *modifiers, const qasm_symbol *gate,
                            uint32_t *controls) {
    for (qasm_node *m = modifiers ? modifiers->list : NULL; m; m = m->next) {
        if (m->op == QM_CTRL || m->op == QM_NEGCTRL) {
            uint32_t count = 1;
            if (m->a &&
                !qasm_constant_size(c, m->a, BRG_QASM_MAX_QUBITS, "number of controls", &count))
                return false;
            m->value.u = count;
            *controls += count;
            if (gate && gate->kind == QS_TABLE) {
                qasm_error(c->diag, m->at,
                           "the query '%s' cannot be controlled, accepted: inv @, "
                           "pow(integer) @",
                           gate->name);
                c->failed = true;
                return false;
            }
            if (*controls > BRG_QASM_MAX_QUBITS) {
                qasm_error(c->diag, m->at, "more than %d controls", BRG_QASM_MAX_QUBITS);
                c->failed = true;
                return false;
            }
        } else if (m->op == QM_POW) {
            const bool before = c->real_division;
            c->real_division = true;
            const qasm_type t = qasm_check_expression(c, m->a);
            c->real_division = before;
            if (t.kind == QT_NONE) return false;
            if (t.kind == QT_DURATION) {
                qasm_error(c->diag, m->a->at, "a duration, accepted: a number");
                c->failed = true;
                return false;
            }
        }
    }
    return true;
}

static bool check_arguments(qasm_checker *c, qasm_node *n, const char *name, uint32_t accepted) {
    const uint32_t count = n->b ? n->b->count : 0;
    const bool before = c->real_division;
    bool good = true;
    c->real_division = true;
    for (qasm_node *a = n->b ? n->b->list : NULL; a; a = a->next) {
        const qasm_type t = qasm_check_expression(c, a);
        if (t.kind == QT_DURATION) {
            qasm_error(c->diag, a->at, "a duration, accepted: a number");
            c->failed = true;
        }
        good = good && t.kind != QT_NONE && t.kind != QT_DURATION;
    }
    c->real_division = before;
    if (count == accepted) return good;
    qasm_error(c->diag, n->at, "%u parameters of the gate '%s', accepted: %u", count, name,
               accepted);
    c->failed = true;
    return false;
}

static void gate_call(qasm_checker *c, qasm_node *n) {
    uint32_t controls = 0, count = n->c ? n->c->count : 0, size = 0;
    const bool phase = n->op == 1;
    qasm_symbol *gate = phase ? NULL : qasm_find(c, n->text);
    if (!phase && (!gate || gate->kind == QS_VARIABLE || gate->kind == QS_BITS ||
                   gate->kind == QS_QUBITS || gate->kind == QS_CONST || gate->kind == QS_DEF)) {
        const char *what = gate ? "'%s' is not a gate"
                           : c->has_library[0] || c->has_library[1]
                               ? "the gate '%s' is not declared"
                               : "the gate '%s' is not declared, accepted: after include "
                                 "\"stdgates.inc\" or \"qelib1.inc\"";
        qasm_error(c->diag, n->at, what, n->text);
        qasm_fail(c);
        return;
    }
    if (gate && gate->kind == QS_OPAQUE) {
        qasm_error(c->diag, n->at,
                   "the opaque gate '%s' has no definition, so it cannot be run, "
                   "accepted: a gate with a body",
                   n->text);
        qasm_fail(c);
        return;
    }
    n->symbol = gate;
    if (gate) calls(c, gate);
    if (!check_modifiers(c, n->a, gate, &controls)) return;
    const bool arguments = check_arguments(c, n, n->text, gate ? gate->parameters : 1);
    bool good = arguments;
    for (qasm_node *a = n->c ? n->c->list : NULL; a; a = a->next) {
        uint32_t selected;
        if (!qasm_check_operand(c, a, QS_QUBITS, &selected))
            good = false;
        else if (selected == 0 || selected == QASM_NONE)
            continue;
        else if (size && size != selected) {
            qasm_error(c->diag, a->at,
                       "a register of %u qubits beside one of %u, accepted: equal "
                       "sizes or single qubits",
                       selected, size);
            good = false;
            qasm_fail(c);
        } else {
            size = selected;
        }
    }
    if (!good) return;
    /* A query takes its qubits in a row, so its registers need not have equal sizes. */
    const uint32_t accepted = controls + (gate ? gate->operands : 0);
    if (count != accepted) {
        qasm_error(c->diag, n->at, "%u qubits of '%s', accepted: %u", count, n->text, accepted);
        qasm_fail(c);
    }
}

/* Registers given to a query stand for their qubits one after the other. */
static void query_call(qasm_checker *c, qasm_node *n, qasm_symbol *gate) {
    uint32_t controls = 0, count = 0;
    bool known = true;
    n->symbol = gate;
    if (!check_modifiers(c, n->a, gate, &controls) || !check_arguments(c, n, n->text, 0)) return;
    for (qasm_node *a = n->c ? n->c->list : NULL; a; a = a->next) {
        uint32_t size;
        if (!qasm_check_operand(c, a, QS_QUBITS, &size)) return;
        known = known && size != QASM_NONE;
        count += size == QASM_NONE ? 0 : register_size(size);
    }
    if (!known || count == gate->operands) return;
    qasm_error(c->diag, n->at, "%u qubits of '%s', accepted: %u, address qubits first", count,
               n->text, gate->operands);
    qasm_fail(c);
}

static void measure_to(qasm_checker *c, qasm_node *n) {
    uint32_t q, b;
    if (!qasm_check_operand(c, n->a, QS_QUBITS, &q)) return;
    if (!qasm_check_operand(c, n->b, QS_BITS, &b)) return;
    if (q == QASM_NONE || b == QASM_NONE || register_size(q) == register_size(b)) return;
    qasm_error(c->diag, n->at, "%u qubits measured into %u bits, accepted: equal sizes",
               register_size(q), register_size(b));
    qasm_fail(c);
}

static void assign(qasm_checker *c, qasm_node *n) {
    qasm_node *name = n->a->kind == Q_INDEX ? n->a->a : n->a;
    uint32_t selected = 0;
    const qasm_symbol *symbol = qasm_resolve(c, name);
    if (!symbol) return;
    if (symbol->kind == QS_CONST || symbol->input) {
        qasm_error(c->diag, name->at, "'%s' is %s and cannot be assigned", name->text,
                   symbol->input ? "an input" : "a constant");
        qasm_fail(c);
        return;
    }
    if (symbol->kind != QS_VARIABLE && symbol->kind != QS_BITS) {
        qasm_error(c->diag, name->at, "'%s' cannot be assigned, accepted: a variable", name->text);
        qasm_fail(c);
        return;
    }
    qasm_type to = symbol->type;
    if (n->a->kind == Q_INDEX) {
        const qasm_type t = qasm_check_expression(c, n->a);
        if (t.kind == QT_NONE) return;
        selected = t.width;
        to = qasm_simple_type(QT_BIT, selected);
    }
    qasm_type from = qasm_check_expression(c, n->b);
    if (n->op && from.kind != QT_NONE) {
        const qasm_type result = qasm_binary_type(n->op, to, from, c->real_division);
        char x[40], y[40];
        if (result.kind == QT_NONE) {
            qasm_error(c->diag, n->b->at,
                       "the operator has no meaning for values of type %s and %s",
                       qasm_type_text(to, x, sizeof x), qasm_type_text(from, y, sizeof y));
            qasm_fail(c);
            return;
        }
        from = result;
    }
    qasm_check_assignable(c, n->b, from, to);
}

static void condition(qasm_checker *c, qasm_node *n) {
    if (c->version == 2) {
        const bool good = n->kind == Q_BINARY && n->op == QO_EQ && n->a->kind == Q_NAME &&
                          n->b->kind == Q_NUMBER && n->b->value.type.kind != QT_FLOAT;
        if (!good) {
            qasm_error(c->diag, n->at,
                       "the condition is not accepted in version 2, accepted: "
                       "register == integer");
            qasm_fail(c);
            return;
        }
    }
    const qasm_type t = qasm_check_expression(c, n);
    if (t.kind != QT_DURATION) return;
    qasm_error(c->diag, n->at, "a duration, accepted: a condition");
    qasm_fail(c);
}

static void loop(qasm_checker *c, qasm_node *n) {
    const qasm_type type = qasm_check_type(c, n->a);
    qasm_node *set = n->b;
    bool good = type.kind != QT_NONE;
    if (set->kind == Q_RANGE) {
        qasm_node *parts[3] = {set->a, set->b, set->c};
        if (!set->a || !set->c) {
            qasm_error(c->diag, set->at,
                       "a range without an end, accepted: [start:stop], "
                       "[start:step:stop]");
            good = false;
            qasm_fail(c);
        }
        for (int i = 0; i < 3; i++)
            if (parts[i] && !qasm_check_integer(c, parts[i])) good = false;
    } else if (set->kind == Q_SET) {
        for (qasm_node *e = set->list; e; e = e->next)
            if (!qasm_check_assignable(c, e, qasm_check_expression(c, e), type)) good = false;
    } else {
        const qasm_type t = qasm_check_expression(c, set);
        if (t.kind != QT_NONE && t.kind != QT_BIT) {
            char text[40];
            qasm_error(c->diag, set->at,
                       "a value of type %s, accepted: a range, a set or a bit "
                       "register",
                       qasm_type_text(t, text, sizeof text));
            qasm_fail(c);
            good = false;
        }
        good = good && t.kind != QT_NONE;
    }
    if (!good) return;
    if (type.kind == QT_BIT && type.width > 1) {
        qasm_error(c->diag, n->at, "a loop over bit registers, accepted: bit, int, uint, float");
        qasm_fail(c);
        return;
    }
    qasm_enter(c);
    qasm_symbol *symbol =
        qasm_declare(c, type.kind == QT_BIT ? QS_BITS : QS_VARIABLE, n, n->text, type);
    if (symbol && type.kind == QT_BIT) take_bits(c, n, symbol);
    n->symbol = symbol;
    c->loops++;
    check_block(c, n->c);
    c->loops--;
    qasm_leave(c);
}

static void switch_of(qasm_checker *c, qasm_node *n) {
    bool has_default = false;
    qasm_check_integer(c, n->a);
    for (qasm_node *k = n->b->list; k; k = k->next) {
        if (has_default) {
            qasm_error(c->diag, k->at, "a case after default, accepted: default last");
            qasm_fail(c);
        }
        if (!k->a) has_default = true;
        for (qasm_node *e = k->a ? k->a->list : NULL; e; e = e->next) {
            if (!qasm_check_integer(c, e)) continue;
            qasm_constant(c, e, &e->value);
        }
        check_block(c, k->b);
    }
}

static void return_of(qasm_checker *c, qasm_node *n) {
    if (!c->in_def) {
        qasm_error(c->diag, n->at, "return outside a subroutine");
        qasm_fail(c);
    } else if (n->a && c->result.kind == QT_NONE) {
        qasm_error(c->diag, n->a->at,
                   "a value is returned, accepted: none, the subroutine has no "
                   "result type");
        qasm_fail(c);
    } else if (!n->a && c->result.kind != QT_NONE) {
        qasm_error(c->diag, n->at, "no value is returned, accepted: a value of the result type");
        qasm_fail(c);
    } else if (n->a) {
        qasm_check_assignable(c, n->a, qasm_check_expression(c, n->a), c->result);
    }
}

static void operands(qasm_checker *c, qasm_node *list) {
    uint32_t size;
    for (qasm_node *a = list ? list->list : NULL; a; a = a->next)
        qasm_check_operand(c, a, QS_QUBITS, &size);
}

static void delay(qasm_checker *c, qasm_node *n) {
    const qasm_type t = qasm_check_expression(c, n->b);
    if (t.kind != QT_DURATION && t.kind != QT_NONE) {
        char text[40];
        qasm_error(c->diag, n->b->at, "a value of type %s, accepted: a duration such as 100ns",
                   qasm_type_text(t, text, sizeof text));
        qasm_fail(c);
    }
    operands(c, n->a);
}

static void add_table(qasm_checker *c, qasm_node *n) {
    brg_qasm *p = c->program;
    qasm_source source = {.program = p, .diag = c->diag};
    qasm_table_node *t = NULL;
    const int status = qasm_read_pragma(&source, n, &t);
    if (status == BRG_ENOMEM) c->no_memory = true;
    if (status) c->failed = true;
    if (!t || status || !only_global(c, n, "a memory table is declared")) return;
    const uint32_t qubits = t->table.address_width + t->table.word_width;
    if (qubits > BRG_QASM_MAX_QUBITS) {
        qasm_error(c->diag, n->at, "a table of %u address and word bits, accepted: at most %d",
                   qubits, BRG_QASM_MAX_QUBITS);
        qasm_fail(c);
        return;
    }
    qasm_node *named = qasm_node_new(&source, Q_PRAGMA, n->at);
    if (!named) {
        c->no_memory = true;
        return;
    }
    qasm_symbol *symbol =
        qasm_declare(c, QS_TABLE, named, t->table.name, qasm_simple_type(QT_NONE, 0));
    if (!symbol) return;
    symbol->operands = t->table.address_width + t->table.word_width;
    symbol->table = p->table_count++;
    symbol->nesting = 1;
    if (p->last_table)
        p->last_table->next = t;
    else
        p->tables = t;
    p->last_table = t;
}

/* A path beside the file that names it. */
static const char *beside(qasm_checker *c, const char *file, const char *name) {
    const char *slash = name[0] == '/' || !file ? NULL : strrchr(file, '/');
    const size_t folder = slash ? (size_t)(slash - file) + 1 : 0, length = strlen(name);
    char *path = qasm_arena_get(&c->program->arena, folder + length + 1);
    if (!path) return NULL;
    if (folder) memcpy(path, file, folder);
    memcpy(path + folder, name, length + 1);
    return path;
}

static void read_source(qasm_checker *c, const qasm_node *n, const char *text, size_t length,
                        const char *file, bool library) {
    const qasm_place at = c->include_at;
    const int version = c->version;
    const bool before = c->library;
    qasm_source s = {
        .program = c->program, .diag = c->diag, .file = file, .version = library ? 3 : version};
    int status = qasm_scan(&s, text, length);
    if (!status) status = qasm_parse_source(&s);
    qasm_source_free(&s);
    if (status == BRG_ENOMEM) c->no_memory = true;
    if (status) c->failed = true;
    if (status) return;
    c->library = library;
    c->include_at = n->at;
    c->includes++;
    check_statements(c, s.body);
    ((qasm_node *)n)->a = s.body;
    c->includes--;
    c->library = before;
    c->include_at = at;
}

static void include(qasm_checker *c, qasm_node *n) {
    const size_t length = strlen(n->text);
    char *name = qasm_arena_text(&c->program->arena, n->text + 1, length - 2);
    if (!name) {
        c->no_memory = true;
        return;
    }
    if (!only_global(c, n, "a file is included")) return;
    const char *library = qasm_library(name);
    if (library) {
        bool *had = &c->has_library[name[0] == 'q'];
        if (!*had) read_source(c, n, library, strlen(library), name, true);
        *had = true;
        return;
    }
    if (c->includes == QASM_MAX_INCLUDES) {
        qasm_error(c->diag, n->at, "more than %d files inside each other", QASM_MAX_INCLUDES);
        qasm_fail(c);
        return;
    }
    const char *path = beside(c, n->at.file, name);
    void *text = NULL;
    size_t bytes = 0;
    if (!path)
        c->no_memory = true;
    else if (!c->read || c->read(c->user, path, &text, &bytes)) {
        qasm_error(c->diag, n->at,
                   "the file \"%s\" cannot be read, accepted: \"stdgates.inc\", "
                   "\"qelib1.inc\" or a file",
                   name);
        qasm_fail(c);
    } else {
        read_source(c, n, text, bytes, path, false);
    }
    free(text);
}

static bool fits_gate(qasm_checker *c, const qasm_node *n) {
    if (n->kind == Q_GATE_CALL || n->kind == Q_BARRIER) return true;
    qasm_error(c->diag, n->at, "not accepted in a gate, accepted: gates, gphase, barrier");
    qasm_fail(c);
    return false;
}

static void check_one(qasm_checker *c, qasm_node *n) {
    qasm_symbol *gate;
    if (c->in_gate && !fits_gate(c, n)) return;
    switch (n->kind) {
        case Q_INCLUDE:
            include(c, n);
            break;
        case Q_PRAGMA:
            add_table(c, n);
            break;
        case Q_DECLARE:
            declare(c, n);
            break;
        case Q_ALIAS:
            alias(c, n);
            break;
        case Q_GATE:
        case Q_OPAQUE:
            define_gate(c, n);
            break;
        case Q_DEF:
            define_subroutine(c, n);
            break;
        case Q_GATE_CALL:
            gate = n->op == 1 ? NULL : qasm_find(c, n->text);
            if (gate && gate->kind == QS_TABLE)
                query_call(c, n, gate);
            else
                gate_call(c, n);
            break;
        case Q_MEASURE_TO:
            measure_to(c, n);
            break;
        case Q_RESET: {
            uint32_t size;
            qasm_check_operand(c, n->a, QS_QUBITS, &size);
            break;
        }
        case Q_BARRIER:
            operands(c, n->a);
            break;
        case Q_DELAY:
            delay(c, n);
            break;
        case Q_ASSIGN:
            assign(c, n);
            break;
        case Q_EXPRESSION:
            expression_statement(c, n);
            break;
        case Q_IF:
            condition(c, n->a);
            check_block(c, n->b);
            if (n->c) check_block(c, n->c);
            break;
        case Q_FOR:
            loop(c, n);
            break;
        case Q_WHILE:
            condition(c, n->a);
            c->loops++;
            check_block(c, n->b);
            c->loops--;
            break;
        case Q_BREAK:
        case Q_CONTINUE:
            if (c->loops) break;
            qasm_error(c->diag, n->at, "%s outside a loop",
                       n->kind == Q_BREAK ? "break" : "continue");
            qasm_fail(c);
            break;
        case Q_RETURN:
            return_of(c, n);
            break;
        case Q_BLOCK:
            check_block(c, n);
            break;
        case Q_SWITCH:
            switch_of(c, n);
            break;
        default:
            break;
    }
}

static void check_statements(qasm_checker *c, qasm_node *block) {
    for (qasm_node *n = block->list; n && !c->no_memory; n = n->next) check_one(c, n);
}

static void check_block(qasm_checker *c, qasm_node *block) {
    qasm_enter(c);
    check_statements(c, block);
    qasm_leave(c);
}

/* U, and CX in version 2, exist without any include. */
static void declare_builtin(qasm_checker *c, const char *name, uint32_t parameters,
                            uint32_t count) {
    qasm_symbol *symbol = qasm_declare(c, QS_GATE, NULL, name, qasm_simple_type(QT_NONE, 0));
    if (!symbol) return;
    symbol->parameters = parameters;
    symbol->operands = count;
    symbol->library = true;
    symbol->native = qasm_native_find(name, parameters, count);
}

int qasm_check(brg_qasm *p, qasm_node *body, brg_qasm_read read, void *user, brg_diag *diag) {
    qasm_checker *c = calloc(1, sizeof *c);
    if (!c) return BRG_ENOMEM;
    c->program = p;
    c->diag = diag;
    c->read = read;
    c->user = user;
    c->version = p->version;
    declare_builtin(c, "U", 3, 1);
    if (p->version == 2) declare_builtin(c, "CX", 0, 2);
    check_statements(c, body);
    const int status = c->no_memory ? BRG_ENOMEM : c->failed ? BRG_EINPUT : BRG_OK;
    free(c->visible);
    free(c);
    return status;
}
