/* SPDX-License-Identifier: Apache-2.0 */
/* Names, indices, slices and aliases to lists of qubits or bits. */
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/run.h"

void qasm_items_free(qasm_items *items) {
    if (items->v && items->v != items->few) free(items->v);
    items->v = NULL;
    items->count = items->room = 0;
}

int qasm_items_add(qasm_run *r, qasm_items *items, uint32_t item, qasm_place at) {
    if (!items->v) {
        items->v = items->few;
        items->room = sizeof items->few / sizeof *items->few;
    }
    if (items->count == QASM_MAX_REGISTER) {
        qasm_error(r->diag, at, "more than %d elements are selected", QASM_MAX_REGISTER);
        return BRG_EINPUT;
    }
    if (items->count == items->room) {
        uint32_t *more = malloc(2 * (size_t)items->room * sizeof *more);
        if (!more) return BRG_ENOMEM;
        memcpy(more, items->v, items->count * sizeof *more);
        if (items->v != items->few) free(items->v);
        items->v = more;
        items->room *= 2;
    }
    items->v[items->count++] = item;
    return BRG_OK;
}

static int add_position(qasm_run *r, qasm_items *out, int64_t i, uint32_t size, qasm_place at) {
    if (i < -(int64_t)size || i >= (int64_t)size) {
        qasm_error(r->diag, at, "index %lld is out of range, accepted: 0..%u", (long long)i,
                   size - 1);
        return BRG_EINPUT;
    }
    return qasm_items_add(r, out, (uint32_t)(i < 0 ? i + (int64_t)size : i), at);
}

int qasm_range(qasm_run *r, const qasm_node *n, int64_t size, int64_t *start, int64_t *step,
               int64_t *count) {
    int64_t stop = size - 1;
    int status = BRG_OK;
    *step = 1;
    if (n->b) status = qasm_eval_integer(r, n->b, step);
    if (!status && *step == 0) {
        qasm_error(r->diag, n->b->at, "the step of the range is 0, accepted: any other integer");
        return BRG_EINPUT;
    }
    *start = *step > 0 ? 0 : size - 1;
    if (*step < 0) stop = 0;
    if (!status && n->a) status = qasm_eval_integer(r, n->a, start);
    if (!status && n->c) status = qasm_eval_integer(r, n->c, &stop);
    if (status) return status;
    if (size > 0 && n->a && *start < 0) *start += size;
    if (size > 0 && n->c && stop < 0) stop += size;
    *count = 0;
    if (*step > 0 ? stop < *start : stop > *start) return BRG_OK;
    const uint64_t distance =
        *step > 0 ? (uint64_t)stop - (uint64_t)*start : (uint64_t)*start - (uint64_t)stop;
    const uint64_t stride = *step > 0 ? (uint64_t)*step : 0 - (uint64_t)*step;
    const uint64_t turns = distance / stride;
    *count = turns >= INT64_MAX ? INT64_MAX : (int64_t)turns + 1;
    return BRG_OK;
}

int qasm_positions(qasm_run *r, const qasm_node *index, uint32_t size, qasm_items *out) {
    const qasm_node *item = index->list;
    int64_t i, start, step, count;
    int status = BRG_OK;
    if (item->kind == Q_RANGE) {
        status = qasm_range(r, item, size, &start, &step, &count);
        for (int64_t k = 0; !status && k < count; k++)
            status = add_position(r, out, start + k * step, size, item->at);
        if (!status && count == 0) {
            qasm_error(r->diag, item->at, "the range is empty");
            status = BRG_EINPUT;
        }
    } else if (item->kind == Q_SET) {
        for (const qasm_node *e = item->list; !status && e; e = e->next)
            if (!(status = qasm_eval_integer(r, e, &i)))
                status = add_position(r, out, i, size, e->at);
    } else {
        out->single = true;
        if (!(status = qasm_eval_integer(r, item, &i)))
            status = add_position(r, out, i, size, item->at);
    }
    return status;
}

static int whole_register(qasm_run *r, const qasm_node *n, qasm_items *out) {
    const qasm_symbol *symbol = n->symbol;
    const uint32_t size = symbol->type.width ? symbol->type.width : 1;
    int status = BRG_OK;
    if (symbol->alias) {
        const qasm_items *items = &r->slots[symbol->id].items;
        for (uint32_t i = 0; !status && i < items->count; i++)
            status = qasm_items_add(r, out, items->v[i], n->at);
        out->single = items->single;
        return status;
    }
    for (uint32_t i = 0; !status && i < size; i++)
        status = qasm_items_add(r, out, symbol->base + i, n->at);
    out->single = symbol->type.width == 0;
    return status;
}

int qasm_operand(qasm_run *r, const qasm_node *n, qasm_items *out) {
    if (n->kind == Q_NAME) return whole_register(r, n, out);
    int status = qasm_step(r, n->at);
    if (n->kind == Q_CONCAT) {
        if (!status) status = qasm_operand(r, n->a, out);
        if (!status) status = qasm_operand(r, n->b, out);
        out->single = false;
        return status;
    }
    qasm_items all = {0}, chosen = {0};
    if (!status) status = whole_register(r, n->a, &all);
    if (!status) status = qasm_positions(r, n->b, all.count, &chosen);
    for (uint32_t i = 0; !status && i < chosen.count; i++)
        status = qasm_items_add(r, out, all.v[chosen.v[i]], n->at);
    out->single = chosen.single;
    qasm_items_free(&all);
    qasm_items_free(&chosen);
    return status;
}
