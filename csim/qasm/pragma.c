/* SPDX-License-Identifier: Apache-2.0 */
/* The pragma that declares a memory table as a gate. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "csim/qasm/ast.h"

enum { MOST_WORD = 256 };

typedef struct words {
    const char *at;
    uint32_t column; /* of `at` */
    qasm_place word; /* place of the word taken last */
    char text[MOST_WORD];
    bool quoted;
} words;

static void step(words *w) {
    w->at++;
    if (((unsigned char)*w->at & 0xC0) != 0x80) w->column++;
}

/* The next word, or what stands between double quotes; false at the end. */
static bool take(words *w) {
    size_t used = 0;
    while (isspace((unsigned char)*w->at)) step(w);
    w->word.column = w->column;
    w->quoted = *w->at == '"';
    if (w->quoted) step(w);
    while (*w->at && (w->quoted ? *w->at != '"' : !isspace((unsigned char)*w->at))) {
        if (used + 1 < sizeof w->text) w->text[used++] = *w->at;
        step(w);
    }
    w->text[used] = '\0';
    if (w->quoted && *w->at == '"') step(w);
    return used > 0 || w->quoted;
}

static int wrong(qasm_source *s, const words *w, const char *accepted) {
    qasm_error(s->diag, w->word, "unexpected '%.100s' in the pragma, accepted: %s",
               w->text[0] ? w->text : "end of line", accepted);
    return BRG_EINPUT;
}

static int keyword(qasm_source *s, words *w, const char *word) {
    char quoted[40];
    take(w);
    if (!w->quoted && strcmp(w->text, word) == 0) return BRG_OK;
    snprintf(quoted, sizeof quoted, "%s", word);
    return wrong(s, w, quoted);
}

static int width(qasm_source *s, words *w, const char *word, uint32_t most, uint32_t *to) {
    char accepted[40];
    const int status = keyword(s, w, word);
    if (status) return status;
    take(w);
    char *end;
    const unsigned long value = strtoul(w->text, &end, 10);
    snprintf(accepted, sizeof accepted, "an integer 1..%u", most);
    if (!isdigit((unsigned char)w->text[0]) || *end || value < 1 || value > most)
        return wrong(s, w, accepted);
    *to = (uint32_t)value;
    return BRG_OK;
}

static bool is_name(const char *text) {
    if (isdigit((unsigned char)text[0]) || !text[0]) return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_' && !((unsigned char)*text & 0x80))
            return false;
    return true;
}

static const char *keep(qasm_source *s, const char *text) {
    return qasm_arena_text(&s->program->arena, text, strlen(text));
}

int qasm_read_pragma(qasm_source *s, const qasm_node *node, qasm_table_node **table) {
    words w = {.at = node->text, .column = node->at.column, .word = node->at};
    uint32_t n = 0, k = 0;
    *table = NULL;
    take(&w); /* pragma */
    if (!take(&w) || strcmp(w.text, "brigade")) return BRG_OK;
    int status = keyword(s, &w, "qram");
    if (status) return status;
    if (!take(&w) || w.quoted || !is_name(w.text)) return wrong(s, &w, "the name of a gate");
    qasm_table_node *t = qasm_arena_get(&s->program->arena, sizeof *t);
    if (!t || !(t->table.name = keep(s, w.text))) return BRG_ENOMEM;
    t->table.file = w.word.file;
    t->table.line = w.word.line;
    t->table.column = w.word.column;
    if ((status = width(s, &w, "address", BRG_MAX_ADDRESS_WIDTH, &n))) return status;
    if ((status = width(s, &w, "word", BRG_MAX_WORD_WIDTH, &k))) return status;
    t->table.address_width = n;
    t->table.word_width = k;
    if ((status = keyword(s, &w, "image"))) return status;
    take(&w);
    if (strcmp(w.text, "parity") && strcmp(w.text, "random") && strcmp(w.text, "zero") &&
        strcmp(w.text, "file"))
        return wrong(s, &w, "parity, random, zero, file");
    if (!(t->table.image = keep(s, w.text))) return BRG_ENOMEM;
    if (strcmp(w.text, "file") == 0) {
        /* `image file "PATH"`, or in full `image file file "PATH"`. */
        if (take(&w) && !w.quoted && strcmp(w.text, "file") == 0) take(&w);
        if (!w.quoted || !w.text[0]) return wrong(s, &w, "\"PATH\" after file");
        if (!(t->table.path = keep(s, w.text))) return BRG_ENOMEM;
    }
    if (take(&w)) return wrong(s, &w, "end of line");
    *table = t;
    return BRG_OK;
}
