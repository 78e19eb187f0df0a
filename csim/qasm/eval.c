/* SPDX-License-Identifier: Apache-2.0 */
/* Classical values: conversions, operators, functions. Integers wrap as in C; an angle variable is
 * taken modulo 2 pi. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/run.h"

static const double two_pi = 6.28318530717958647693;

static uint32_t width_of(qasm_type t) {
    if (t.kind == QT_BIT) return t.width ? t.width : 1;
    return t.width ? t.width : 64;
}

static uint64_t mask_of(uint32_t width) {
    return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

static bool is_real(qasm_type t) {
    return t.kind == QT_FLOAT || t.kind == QT_ANGLE;
}
static bool is_number(qasm_type t) {
    return t.kind != QT_NONE && t.kind != QT_QUBIT && t.kind != QT_DURATION;
}

static qasm_value integer(int64_t i) {
    const qasm_value v = {{QT_INT, 0}, (uint64_t)i, 0};
    return v;
}

static qasm_value truth(bool b) {
    const qasm_value v = {{QT_BOOL, 0}, b, 0};
    return v;
}

static qasm_value real(double f) {
    const qasm_value v = {{QT_FLOAT, 0}, 0, f};
    return v;
}

double qasm_as_real(const qasm_value *v) {
    if (is_real(v->type) || v->type.kind == QT_DURATION) return v->f;
    return v->type.kind == QT_INT ? (double)(int64_t)v->u : (double)v->u;
}

bool qasm_eval_truth(const qasm_value *v) {
    return is_real(v->type) || v->type.kind == QT_DURATION ? v->f != 0 : v->u != 0;
}

/* Truncates towards 0, saturating, so that no double is undefined. */
static uint64_t whole(double f) {
    if (isnan(f)) return 0;
    if (f < 0) return f <= -9223372036854775808.0 ? (uint64_t)INT64_MIN : (uint64_t)(int64_t)f;
    return f >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)f;
}

static uint64_t wrapped(uint64_t u, qasm_type t) {
    const uint32_t width = width_of(t);
    u &= mask_of(width);
    if (t.kind == QT_INT && width < 64 && u >> (width - 1)) u |= ~mask_of(width);
    return u;
}

qasm_value qasm_convert(qasm_value v, qasm_type type) {
    qasm_value out = {type, 0, 0};
    switch (type.kind) {
        case QT_BOOL:
            out.u = qasm_eval_truth(&v);
            break;
        case QT_INT:
        case QT_UINT:
        case QT_BIT:
            out.u = wrapped(is_real(v.type) ? whole(v.f) : v.u, type);
            break;
        case QT_FLOAT:
            out.f = qasm_as_real(&v);
            if (type.width == 32) out.f = (double)(float)out.f;
            break;
        case QT_ANGLE: {
            /* Bits are the fixed-point digits of an angle. */
            double f = v.type.kind == QT_BIT ? ldexp((double)v.u, -(int)width_of(v.type)) * two_pi
                                             : qasm_as_real(&v);
            f = fmod(f, two_pi);
            if (f < 0) f += two_pi;
            if (type.width && type.width < 53) {
                const double turns = ldexp(1, (int)type.width);
                f = fmod(nearbyint(f / two_pi * turns), turns) / turns * two_pi;
            }
            out.f = isfinite(f) ? f : 0;
            break;
        }
        case QT_DURATION:
            out.f = v.f;
            break;
        case QT_QUBIT:
        case QT_NONE:
            break;
    }
    return out;
}

qasm_type qasm_binary_type(int op, qasm_type a, qasm_type b, bool real_division) {
    const qasm_type none = {QT_NONE, 0}, boolean = {QT_BOOL, 0}, floating = {QT_FLOAT, 0};
    if (a.kind == QT_DURATION || b.kind == QT_DURATION) {
        const bool both = a.kind == b.kind;
        if (op >= QO_EQ && op <= QO_GE) return both ? boolean : none;
        if (op == QO_ADD || op == QO_SUBTRACT) return both ? a : none;
        if (op == QO_DIVIDE && both) return floating;
        if (op == QO_DIVIDE && a.kind == QT_DURATION && is_number(b)) return a;
        if (op == QO_MULTIPLY && !both && is_number(a.kind == QT_DURATION ? b : a))
            return a.kind == QT_DURATION ? a : b;
        return none;
    }
    if (!is_number(a) || !is_number(b)) return none;
    if (op == QO_AND || op == QO_OR || (op >= QO_EQ && op <= QO_GE)) return boolean;
    const bool bits = op == QO_BIT_AND || op == QO_BIT_OR || op == QO_BIT_XOR;
    const bool shift = op == QO_SHIFT_LEFT || op == QO_SHIFT_RIGHT;
    if (bits || shift) {
        if (is_real(a) || is_real(b)) return none;
        if (shift) return a.kind == QT_BOOL ? qasm_simple_type(QT_INT, 0) : a;
        if (a.kind == QT_BIT && b.kind == QT_BIT) return width_of(a) >= width_of(b) ? a : b;
        if (a.kind == QT_BOOL && b.kind == QT_BOOL) return boolean;
    }
    if (is_real(a) || is_real(b)) {
        if (a.kind == QT_FLOAT || b.kind == QT_FLOAT || op == QO_POWER) return floating;
        return a.kind == QT_ANGLE ? a : b;
    }
    if (real_division && (op == QO_DIVIDE || op == QO_POWER)) return floating;
    /* As in C: the wider one; unsigned when the unsigned one is at least as wide. */
    const uint32_t wa = a.kind == QT_INT || a.kind == QT_UINT ? width_of(a) : 0;
    const uint32_t wb = b.kind == QT_INT || b.kind == QT_UINT ? width_of(b) : 0;
    const uint32_t width = wa > wb ? wa : wb;
    const bool uns = (a.kind == QT_UINT && wa == width) || (b.kind == QT_UINT && wb == width);
    return qasm_simple_type(uns ? QT_UINT : QT_INT, width == 64 ? 0 : width);
}

static uint64_t integer_power(uint64_t base, uint64_t exponent) {
    uint64_t result = 1;
    for (; exponent; exponent >>= 1, base *= base)
        if (exponent & 1) result *= base;
    return result;
}

static bool compare(int op, double order) {
    switch (op) {
        case QO_EQ:
            return order == 0;
        case QO_NE:
            return order != 0;
        case QO_LT:
            return order < 0;
        case QO_LE:
            return order <= 0;
        case QO_GT:
            return order > 0;
        default:
            return order >= 0;
    }
}

static double order_of(const qasm_value *a, const qasm_value *b) {
    if (is_real(a->type) || is_real(b->type) || a->type.kind == QT_DURATION) {
        const double x = qasm_as_real(a), y = qasm_as_real(b);
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : (double)NAN;
    }
    const qasm_type t = qasm_binary_type(QO_ADD, a->type, b->type, false);
    if (t.kind == QT_UINT || a->type.kind == QT_BIT || b->type.kind == QT_BIT)
        return a->u < b->u ? -1 : a->u > b->u;
    return (int64_t)a->u < (int64_t)b->u ? -1 : (int64_t)a->u > (int64_t)b->u;
}

static int wrong_value(qasm_run *r, qasm_place at, const char *what) {
    qasm_error(r->diag, at, "%s", what);
    return BRG_EINPUT;
}

static int real_operation(int op, double x, double y, double *out) {
    switch (op) {
        case QO_ADD:
            *out = x + y;
            return 0;
        case QO_SUBTRACT:
            *out = x - y;
            return 0;
        case QO_MULTIPLY:
            *out = x * y;
            return 0;
        case QO_DIVIDE:
            *out = x / y;
            return y == 0;
        case QO_MODULO:
            *out = fmod(x, y);
            return y == 0;
        default:
            *out = pow(x, y);
            return 0;
    }
}

static int integer_operation(int op, qasm_type t, uint64_t x, uint64_t y, uint64_t *out) {
    const bool sign = t.kind == QT_INT;
    const int64_t sx = (int64_t)x, sy = (int64_t)y;
    switch (op) {
        case QO_ADD:
            *out = x + y;
            return 0;
        case QO_SUBTRACT:
            *out = x - y;
            return 0;
        case QO_MULTIPLY:
            *out = x * y;
            return 0;
        case QO_DIVIDE:
        case QO_MODULO:
            if (y == 0) return 1;
            if (!sign)
                *out = op == QO_DIVIDE ? x / y : x % y;
            else if (sy == -1)
                *out = op == QO_DIVIDE ? 0 - x : 0;
            else
                *out = (uint64_t)(op == QO_DIVIDE ? sx / sy : sx % sy);
            return 0;
        case QO_POWER:
            if (sign && sy < 0) return 2;
            *out = integer_power(x, y);
            return 0;
        case QO_BIT_AND:
            *out = x & y;
            return 0;
        case QO_BIT_OR:
            *out = x | y;
            return 0;
        case QO_BIT_XOR:
            *out = x ^ y;
            return 0;
        case QO_SHIFT_LEFT:
            *out = y > 63 ? 0 : x << y;
            return 0;
        default:
            if (sign && sx < 0)
                *out = y > 63 ? UINT64_MAX : ~(~x >> y);
            else
                *out = y > 63 ? 0 : x >> y;
            return 0;
    }
}

static int eval_binary(qasm_run *r, const qasm_node *n, qasm_value *out) {
    qasm_value a, b;
    int status = qasm_eval(r, n->a, &a);
    if (status) return status;
    if (n->op == QO_AND || n->op == QO_OR) {
        if (qasm_eval_truth(&a) == (n->op == QO_OR)) {
            *out = truth(n->op == QO_OR);
            return BRG_OK;
        }
        if ((status = qasm_eval(r, n->b, &b))) return status;
        *out = truth(qasm_eval_truth(&b));
        return BRG_OK;
    }
    if ((status = qasm_eval(r, n->b, &b))) return status;
    if (n->op >= QO_EQ && n->op <= QO_GE) {
        *out = truth(compare(n->op, order_of(&a, &b)));
        return BRG_OK;
    }
    const qasm_type t = qasm_binary_type(n->op, a.type, b.type, r->real_division);
    memset(out, 0, sizeof *out);
    out->type = t;
    int wrong;
    if (is_real(t) || t.kind == QT_DURATION) {
        wrong = real_operation(n->op, qasm_as_real(&a), qasm_as_real(&b), &out->f);
    } else {
        if (n->op == QO_POWER && b.type.kind == QT_INT && (int64_t)b.u < 0)
            wrong = 2;
        else
            wrong = integer_operation(n->op, t, a.u, b.u, &out->u);
        out->u = t.kind == QT_BOOL ? out->u & 1 : wrapped(out->u, t);
    }
    if (wrong == 1) return wrong_value(r, n->at, "division by zero");
    if (wrong == 2)
        return wrong_value(r, n->at,
                           "an integer to a negative power, accepted: "
                           "float(...) of the base");
    return BRG_OK;
}

static int eval_unary(qasm_run *r, const qasm_node *n, qasm_value *out) {
    const int status = qasm_eval(r, n->a, out);
    if (status) return status;
    if (n->op == QO_NOT)
        *out = truth(!qasm_eval_truth(out));
    else if (n->op == QO_BIT_NOT)
        out->u = wrapped(~out->u, out->type);
    else if (is_real(out->type) || out->type.kind == QT_DURATION)
        out->f = -out->f;
    else if (out->type.kind == QT_UINT && out->type.width)
        out->u = wrapped(0 - out->u, out->type);
    else
        *out = integer((int64_t)(0 - out->u));
    return BRG_OK;
}

typedef struct function {
    const char *name;
    double (*real)(double);
    uint32_t least, most;
} function;

static const function functions[] = {
    {"sin", sin, 1, 1},     {"cos", cos, 1, 1},      {"tan", tan, 1, 1},
    {"arcsin", asin, 1, 1}, {"arccos", acos, 1, 1},  {"arctan", atan, 1, 1},
    {"asin", asin, 1, 1},   {"acos", acos, 1, 1},    {"atan", atan, 1, 1},
    {"exp", exp, 1, 1},     {"log", log, 1, 1},      {"ln", log, 1, 1},
    {"sqrt", sqrt, 1, 1},   {"ceiling", ceil, 1, 1}, {"floor", floor, 1, 1},
    {"mod", NULL, 2, 2},    {"pow", NULL, 2, 2},     {"popcount", NULL, 1, 1},
    {"rotl", NULL, 2, 2},   {"rotr", NULL, 2, 2}};

static const function *find_function(const char *name) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) return &functions[i];
    return NULL;
}

bool qasm_is_function(const char *name, uint32_t *least, uint32_t *most) {
    const function *f = find_function(name);
    if (!f) return false;
    *least = f->least;
    *most = f->most;
    return true;
}

qasm_type qasm_function_type(const char *name, const qasm_type *t, uint32_t count) {
    const qasm_type none = {QT_NONE, 0}, floating = {QT_FLOAT, 0};
    const function *f = find_function(name);
    for (uint32_t i = 0; i < count; i++)
        if (!is_number(t[i])) return none;
    if (f->real) return floating;
    if (name[0] == 'r') return is_real(t[0]) || is_real(t[1]) ? none : t[0];
    if (strcmp(name, "popcount") == 0) return is_real(t[0]) ? none : qasm_simple_type(QT_UINT, 0);
    return qasm_binary_type(name[0] == 'm' ? QO_MODULO : QO_POWER, t[0], t[1], false);
}

static uint64_t rotate(uint64_t u, uint32_t width, int64_t by) {
    int64_t left = by % (int64_t)width;
    if (left < 0) left += width;
    if (left == 0) return u;
    u &= mask_of(width);
    return (u << left | u >> ((int64_t)width - left)) & mask_of(width);
}

static int eval_call(qasm_run *r, const qasm_node *n, qasm_value *out) {
    if (n->symbol) return qasm_call_def(r, n, out);
    const function *f = find_function(n->text);
    qasm_value v[2] = {{{QT_NONE, 0}, 0, 0}, {{QT_NONE, 0}, 0, 0}};
    qasm_type types[2] = {{QT_NONE, 0}, {QT_NONE, 0}};
    uint32_t count = 0;
    for (const qasm_node *a = n->a ? n->a->list : NULL; a && count < 2; a = a->next, count++) {
        const int status = qasm_eval(r, a, &v[count]);
        if (status) return status;
        types[count] = v[count].type;
    }
    const qasm_type type = qasm_function_type(n->text, types, count);
    memset(out, 0, sizeof *out);
    if (f->real) {
        *out = real(f->real(qasm_as_real(&v[0])));
        if (isnan(out->f)) return wrong_value(r, n->at, "the function has no real value here");
    } else if (n->text[0] == 'r') {
        const int64_t by = (int64_t)v[1].u;
        out->type = type;
        const int64_t width = width_of(type);
        out->u =
            wrapped(rotate(v[0].u, (uint32_t)width, n->text[3] == 'l' ? by : -(by % width)), type);
    } else if (strcmp(n->text, "popcount") == 0) {
        out->type = type;
        out->u = (uint64_t)__builtin_popcountll(v[0].u & mask_of(width_of(v[0].type)));
    } else if (is_real(type)) {
        const int op = n->text[0] == 'm' ? QO_MODULO : QO_POWER;
        out->type = type;
        if (real_operation(op, qasm_as_real(&v[0]), qasm_as_real(&v[1]), &out->f))
            return wrong_value(r, n->at, "division by zero");
    } else {
        out->type = type;
        const int wrong = integer_operation(n->text[0] == 'm' ? QO_MODULO : QO_POWER, type, v[0].u,
                                            v[1].u, &out->u);
        if (wrong)
            return wrong_value(r, n->at,
                               wrong == 1
                                   ? "division by zero"
                                   : "an integer to a negative power, accepted: float(...) of "
                                     "the base");
        out->u = wrapped(out->u, type);
    }
    return BRG_OK;
}

/* Bits of a register as a number; a bit whose measurement was put off cannot be read yet. */
static int read_bits(qasm_run *r, const qasm_items *items, qasm_place at, qasm_value *out) {
    if (items->count > 64) {
        qasm_error(r->diag, at,
                   "a register of %u bits is used as a number, accepted: up to 64 bits",
                   items->count);
        return BRG_EINPUT;
    }
    out->type = qasm_simple_type(QT_BIT, items->single ? 0 : items->count);
    out->u = 0;
    out->f = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        if (r->defer && r->deferred[items->v[i]] != QASM_NONE) {
            r->needs_shots = true;
            return BRG_ESTATE;
        }
        out->u |= (uint64_t)r->bits[items->v[i]] << i;
    }
    return BRG_OK;
}

static int eval_name(qasm_run *r, const qasm_node *n, qasm_value *out) {
    const qasm_symbol *symbol = n->symbol;
    if (symbol->kind == QS_CONST) {
        *out = symbol->value;
        return BRG_OK;
    }
    if (!r->config) {
        qasm_error(r->diag, n->at, "'%s' is not a constant", n->text);
        return BRG_EINPUT;
    }
    if (symbol->kind == QS_BITS) {
        qasm_items items = {0};
        int status = qasm_operand(r, n, &items);
        if (!status) status = read_bits(r, &items, n->at, out);
        qasm_items_free(&items);
        return status;
    }
    *out = r->slots[symbol->id].value;
    return BRG_OK;
}

static int eval_index(qasm_run *r, const qasm_node *n, qasm_value *out) {
    qasm_items items = {0};
    int status;
    if (n->a->symbol->kind == QS_BITS) {
        if (!r->config) return eval_name(r, n->a, out);
        status = qasm_operand(r, n, &items);
        if (!status) status = read_bits(r, &items, n->at, out);
    } else {
        qasm_value v;
        status = eval_name(r, n->a, &v);
        if (!status) status = qasm_positions(r, n->b, width_of(v.type), &items);
        if (!status && items.count > 64)
            status = wrong_value(r, n->at, "too many bits, accepted: up to 64");
        if (!status) {
            out->type = qasm_simple_type(QT_BIT, items.single ? 0 : items.count);
            out->u = 0;
            out->f = 0;
            for (uint32_t i = 0; i < items.count; i++) out->u |= (v.u >> items.v[i] & 1) << i;
        }
    }
    qasm_items_free(&items);
    return status;
}

int qasm_eval(qasm_run *r, const qasm_node *n, qasm_value *out) {
    int status = qasm_step(r, n->at);
    if (status) return status;
    switch (n->kind) {
        case Q_NUMBER:
            *out = n->value;
            return BRG_OK;
        case Q_NAME:
            return eval_name(r, n, out);
        case Q_INDEX:
            return eval_index(r, n, out);
        case Q_UNARY:
            return eval_unary(r, n, out);
        case Q_BINARY:
            return eval_binary(r, n, out);
        case Q_CALL:
            return eval_call(r, n, out);
        case Q_CAST:
            status = qasm_eval(r, n->b, out);
            if (!status) *out = qasm_convert(*out, n->a->value.type);
            return status;
        case Q_MEASURE:
            return qasm_measure_value(r, n, out);
        default:
            return BRG_EINVAL;
    }
}

int qasm_eval_integer(qasm_run *r, const qasm_node *n, int64_t *out) {
    qasm_value v;
    const int status = qasm_eval(r, n, &v);
    if (!status) *out = (int64_t)v.u;
    if (!status && v.type.kind != QT_INT && v.u > INT64_MAX)
        return wrong_value(r, n->at, "the integer is too large, accepted: below 2^63");
    return status;
}

int qasm_eval_real(qasm_run *r, const qasm_node *n, double *out) {
    qasm_value v;
    const int status = qasm_eval(r, n, &v);
    if (status) return status;
    *out = qasm_as_real(&v);
    if (!isfinite(*out)) return wrong_value(r, n->at, "the value is not finite");
    return BRG_OK;
}

int qasm_step(qasm_run *r, qasm_place at) {
    if (++r->steps <= r->max_steps) return BRG_OK;
    qasm_error(r->diag, at, "the program has not ended after %llu steps",
               (unsigned long long)r->max_steps);
    return BRG_EINPUT;
}

bool qasm_literal(const char *text, qasm_type type, qasm_value *out) {
    char *end;
    qasm_value v = {{QT_FLOAT, 0}, 0, 0};
    if (!*text) return false;
    errno = 0;
    if (type.kind == QT_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        v = truth(text[0] == 't');
    } else if (type.kind == QT_BIT) {
        const size_t length = strlen(text);
        if (length != width_of(type) || length > 64) return false;
        v.type = type;
        for (size_t i = 0; i < length; i++) {
            if (text[i] != '0' && text[i] != '1') return false;
            v.u = v.u << 1 | (uint64_t)(text[i] - '0');
        }
    } else if (type.kind == QT_FLOAT || type.kind == QT_ANGLE || type.kind == QT_DURATION) {
        v.f = strtod(text, &end);
        if (end == text || !isfinite(v.f)) return false;
        if (type.kind == QT_DURATION) {
            const double scale = strcmp(end, "ns") == 0   ? 1
                                 : strcmp(end, "us") == 0 ? 1e3
                                 : strcmp(end, "ms") == 0 ? 1e6
                                 : strcmp(end, "s") == 0  ? 1e9
                                                          : 0;
            v.type.kind = QT_DURATION;
            v.f *= scale;
            if (scale == 0) return false;
        } else if (*end) {
            return false;
        }
    } else {
        v = integer(0);
        v.u = text[0] == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
        if (end == text || *end || errno) return false;
        const bool negative = text[0] == '-';
        if (type.kind == QT_UINT ? negative : type.kind != QT_BOOL && !negative && v.u > INT64_MAX)
            return false;
        if (qasm_convert(v, type).u != v.u) return false;
    }
    *out = qasm_convert(v, type);
    return true;
}
