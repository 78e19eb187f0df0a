/* SPDX-License-Identifier: Apache-2.0 */
/* Arena, nodes and messages of OpenQASM programs. */
#include "csim/qasm/ast.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 15 };

struct qasm_chunk {
    struct qasm_chunk *next;
    size_t used, size;
    max_align_t data[];
};

void *qasm_arena_get(qasm_arena *arena, size_t bytes) {
    const size_t unit = sizeof(max_align_t);
    if (bytes > SIZE_MAX / 4) return NULL;
    bytes = (bytes + unit - 1) / unit * unit;
    if (arena->limit && arena->bytes + bytes > arena->limit) return NULL;
    if (!arena->head || arena->head->size - arena->head->used < bytes) {
        const size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        struct qasm_chunk *chunk = calloc(1, sizeof *chunk + size);
        if (!chunk) return NULL;
        chunk->size = size;
        chunk->next = arena->head;
        arena->head = chunk;
    }
    void *memory = (char *)arena->head->data + arena->head->used;
    arena->head->used += bytes;
    arena->bytes += bytes;
    return memory;
}

char *qasm_arena_text(qasm_arena *arena, const char *text, size_t length) {
    char *copy = qasm_arena_get(arena, length + 1);
    if (copy) memcpy(copy, text, length);
    return copy;
}

void qasm_arena_free(qasm_arena *arena) {
    while (arena->head) {
        struct qasm_chunk *next = arena->head->next;
        free(arena->head);
        arena->head = next;
    }
}

qasm_type qasm_simple_type(qasm_type_kind kind, uint32_t width) {
    const qasm_type type = {kind, width};
    return type;
}

const char *qasm_type_text(qasm_type type, char *to, size_t size) {
    static const char *const names[] = {"nothing", "bool",     "int", "uint", "float",
                                        "angle",   "duration", "bit", "qubit"};
    if (type.width)
        snprintf(to, size, "%s[%u]", names[type.kind], type.width);
    else
        snprintf(to, size, "%s", names[type.kind]);
    return to;
}

void qasm_error(brg_diag *diag, qasm_place at, const char *format, ...) {
    char text[800];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    brg_diag_add(diag, at.file, at.line, at.column, NULL, "%s", text);
}

qasm_node *qasm_node_new(qasm_source *s, qasm_kind kind, qasm_place at) {
    qasm_node *n = qasm_arena_get(&s->program->arena, sizeof *n);
    if (!n) {
        s->no_memory = true;
        return NULL;
    }
    n->kind = kind;
    n->at = at;
    n->depth = 1;
    return n;
}

static void take_depth(qasm_source *s, qasm_node *n, const qasm_node *child) {
    if (!child || child->depth < n->depth) return;
    n->depth = child->depth + 1;
    if (n->depth == QASM_MAX_DEPTH) {
        qasm_error(s->diag, n->at, "nested too deeply, accepted: at most %d levels",
                   QASM_MAX_DEPTH - 1);
        s->failed = true;
    }
}

qasm_node *qasm_node_set(qasm_source *s, qasm_node *n, qasm_node *a, qasm_node *b, qasm_node *c) {
    if (!n) return NULL;
    n->a = a;
    n->b = b;
    n->c = c;
    take_depth(s, n, a);
    take_depth(s, n, b);
    take_depth(s, n, c);
    return n;
}

qasm_node *qasm_node_append(qasm_source *s, qasm_node *list, qasm_node *item) {
    if (!list || !item) return list;
    if (list->last)
        list->last->next = item;
    else
        list->list = item;
    list->last = item;
    list->count++;
    take_depth(s, list, item);
    return list;
}

void qasm_source_free(qasm_source *s) {
    free(s->tokens);
    s->tokens = NULL;
    s->token_count = s->token_room = 0;
}
