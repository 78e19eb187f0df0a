/* SPDX-License-Identifier: Apache-2.0 */
/* Assembler: the text form of microprograms (docs/control_word.md), read line by line. An error
 * skips to the next item, so that one run reports all errors of a text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/program.h"
#include "model/program_private.h"

enum { MAX_TEXT = 1 << 20, MAX_LABEL = 63, MAX_LABELS = BRG_PROGRAM_WORDS };

typedef struct span {
    const char *text;
    size_t length;
} span;

typedef struct label {
    span name;
    uint32_t word;
} label;

typedef struct assembler {
    brg_program *p;
    const char *file;
    brg_diag *diag;
    size_t errors;
    span line;         /* the line without its end */
    size_t number, at; /* line number from 1, offset of the next character */
    bool seen_name, seen_routers, seen_address_width, seen_word_width, seen_page_bits, header_done,
        header_good;
    bool full;           /* the control store is full; said once */
    bool seen_items[32]; /* items of the present word, by number in `items` */
    bool seen_next;
    uint32_t labels;
    label label[MAX_LABELS];
    brg_location where[BRG_PROGRAM_WORDS];
    span target[BRG_PROGRAM_WORDS]; /* label to resolve; empty when there is none */
    brg_location target_at[BRG_PROGRAM_WORDS];
} assembler;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool same(span s, const char *name) {
    return strlen(name) == s.length && memcmp(s.text, name, s.length) == 0;
}

static int find(const char *const *names, span s) {
    for (int i = 0; names[i] != NULL; i++)
        if (same(s, names[i])) return i;
    return -1;
}

static bool at_end(const assembler *a) {
    return a->at >= a->line.length || a->line.text[a->at] == '#';
}

static char peek(const assembler *a) {
    return at_end(a) ? '\0' : a->line.text[a->at];
}

static void skip_blanks(assembler *a) {
    while (a->at < a->line.length && is_blank(a->line.text[a->at])) a->at++;
}

/* Adds a message at an offset of the present line; always false. */
static bool __attribute__((format(printf, 4, 5)))
fail(assembler *a, size_t offset, const char *key, const char *format, ...) {
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    brg_diag_add(a->diag, a->file, a->number, offset + 1, key, "%s", text);
    a->errors++;
    return false;
}

/* The next identifier; empty when there is none. */
static span identifier(assembler *a) {
    skip_blanks(a);
    const size_t from = a->at;
    if (is_start(peek(a)))
        while (is_start(peek(a)) || is_digit(peek(a))) a->at++;
    return (span){a->line.text + from, a->at - from};
}

/* A decimal number in lo..hi. */
static bool number(assembler *a, const char *key, uint32_t lo, uint32_t hi, uint32_t *out) {
    skip_blanks(a);
    const size_t from = a->at;
    uint64_t value = 0;
    while (is_digit(peek(a))) {
        if (value < 10000000000u) value = value * 10 + (uint64_t)(peek(a) - '0');
        a->at++;
    }
    const size_t length = a->at - from;
    if (length == 0) return fail(a, from, key, "number expected, accepted %u..%u", lo, hi);
    if (length > 1 && a->line.text[from] == '0')
        return fail(a, from, key, "leading zero; numbers are decimal");
    if (is_start(peek(a))) return fail(a, a->at, key, "letter in a number");
    if (value < lo || value > hi) {
        if (length > 10) return fail(a, from, key, "out of range, accepted %u..%u", lo, hi);
        return fail(a, from, key, "%llu is out of range, accepted %u..%u",
                    (unsigned long long)value, lo, hi);
    }
    *out = (uint32_t)value;
    return true;
}

/* One of a list of names; the message lists what is accepted. */
static bool choice(assembler *a, const char *key, const char *const *names, uint32_t *out) {
    const span s = identifier(a);
    const int i = s.length > 0 ? find(names, s) : -1;
    if (i >= 0) {
        *out = (uint32_t)i;
        return true;
    }
    char list[200] = "";
    size_t used = 0;
    for (size_t n = 0; names[n] != NULL && used < sizeof list; n++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", n ? ", " : "", names[n]);
    const size_t offset = (size_t)(s.text - a->line.text);
    if (s.length == 0) return fail(a, offset, key, "name expected, accepted %s", list);
    return fail(a, offset, key, "'%.*s' is unknown, accepted %s",
                (int)(s.length < 40 ? s.length : 40), s.text, list);
}

static const brg_slice_ops *ops_of(const assembler *a) {
    return &a->p->words[a->p->count].ops;
}
static brg_control_word *word_of(assembler *a) {
    return &a->p->words[a->p->count];
}

/* ---- header ---- */

static bool once(assembler *a, size_t offset, const char *key, bool *seen) {
    if (*seen) return fail(a, offset, key, "given twice");
    *seen = true;
    return true;
}

static bool directive_program(assembler *a) {
    skip_blanks(a);
    const size_t from = a->at;
    while (!at_end(a) && !is_blank(peek(a))) a->at++;
    const size_t length = a->at - from;
    if (!brg_program_name_ok(a->line.text + from, length))
        return fail(a, from, ".program", "bad name, accepted 1..63 letters, digits, '_', '-', '.'");
    memcpy(a->p->name, a->line.text + from, length);
    return true;
}

static bool directive_loop(assembler *a) {
    uint32_t loop, count;
    skip_blanks(a);
    const size_t from = a->at;
    if (!number(a, ".loop", 0, BRG_LOOPS - 1, &loop)) return false;
    if (a->p->loop_count[loop] != 0) return fail(a, from, ".loop", "loop %u given twice", loop);
    if (!number(a, ".loop", 1, UINT16_MAX, &count)) return false;
    a->p->loop_count[loop] = (uint16_t)count;
    return true;
}

static bool directive(assembler *a) {
    const size_t from = a->at++;
    const span name = identifier(a);
    uint32_t value = 0;
    bool good;
    if (a->header_done)
        return fail(a, from, "", "header lines must stand before the first control word");
    if (same(name, "program")) {
        good = once(a, from, ".program", &a->seen_name) && directive_program(a);
    } else if (same(name, "routers")) {
        good = once(a, from, ".routers", &a->seen_routers) &&
               choice(a, ".routers", brg_router_names, &value);
        if (good) a->p->routers = (brg_routers)value;
    } else if (same(name, "address_width")) {
        good = once(a, from, ".address_width", &a->seen_address_width) &&
               number(a, ".address_width", 1, BRG_MAX_ADDRESS_WIDTH, &a->p->address_width);
    } else if (same(name, "word_width")) {
        good = once(a, from, ".word_width", &a->seen_word_width) &&
               number(a, ".word_width", 1, BRG_MAX_WORD_WIDTH, &a->p->word_width);
    } else if (same(name, "page_bits")) {
        good = once(a, from, ".page_bits", &a->seen_page_bits) &&
               number(a, ".page_bits", 0, BRG_MAX_PAGE_BITS, &a->p->page_bits);
    } else if (same(name, "loop")) {
        good = directive_loop(a);
    } else {
        return fail(a, from, "",
                    "unknown header line, accepted .program, .routers, "
                    ".address_width, .word_width, .page_bits, .loop");
    }
    skip_blanks(a);
    if (good && !at_end(a)) return fail(a, a->at, "", "unexpected text at the end of the line");
    return good;
}

/* Called at the first word, or at the end of a text without words. */
static void finish_header(assembler *a, size_t line, size_t column) {
    static const char *const keys[] = {".program", ".routers", ".address_width", ".word_width"};
    const bool seen[] = {a->seen_name, a->seen_routers, a->seen_address_width, a->seen_word_width};
    if (a->header_done) return;
    a->header_done = true;
    for (int i = 0; i < 4; i++) {
        if (seen[i]) continue;
        a->errors++;
        brg_diag_add(a->diag, a->file, line, column, keys[i],
                     "missing; it must stand before the first control word");
    }
    if (a->p->address_width + a->p->page_bits > BRG_MAX_ADDRESS_WIDTH) {
        a->errors++;
        brg_diag_add(a->diag, a->file, line, column, ".page_bits",
                     "%u and .address_width %u are more than %d address bits", a->p->page_bits,
                     a->p->address_width, BRG_MAX_ADDRESS_WIDTH);
    }
    a->header_good = a->errors == 0;
}

/* ---- items of a word ---- */

typedef struct item {
    const char *name;
    bool (*parse)(assembler *a, const char *name);
} item;

/* Range of address qubits, layers and bus bits: that of the header, or the widest without one. */
static uint32_t last_address(const assembler *a) {
    return (a->p->address_width ? a->p->address_width : BRG_MAX_ADDRESS_WIDTH) - 1;
}
static uint32_t last_bit(const assembler *a) {
    return (a->p->word_width ? a->p->word_width : BRG_MAX_WORD_WIDTH) - 1;
}

static bool item_index(assembler *a, const char *name) {
    brg_slice_ops *o = &word_of(a)->ops;
    uint32_t value;
    const bool address = name[0] == 'a';
    if (!number(a, name, 0, address ? last_address(a) : last_bit(a), &value)) return false;
    if (strcmp(name, "a_in") == 0) o->a_in = (int16_t)value;
    if (strcmp(name, "a_out") == 0) o->a_out = (int16_t)value;
    if (strcmp(name, "d_in") == 0) o->d_in = (int16_t)value;
    if (strcmp(name, "d_out") == 0) o->d_out = (int16_t)value;
    if (strcmp(name, "fetch") == 0) o->fetch = (int16_t)value;
    return true;
}

static bool layers(assembler *a, const char *name, uint32_t last, uint32_t *mask) {
    for (;;) {
        uint32_t layer;
        skip_blanks(a);
        const size_t from = a->at;
        if (!number(a, name, 0, last, &layer)) return false;
        if (((*mask >> layer) & 1u) != 0) return fail(a, from, name, "layer %u given twice", layer);
        *mask |= 1u << layer;
        skip_blanks(a);
        if (peek(a) != ',') return true;
        a->at++;
    }
}

static bool item_route(assembler *a, const char *name) {
    const uint32_t last = last_address(a);
    if (last == 0) return fail(a, a->at - strlen(name), name, "a tree of one layer does not route");
    return layers(a, name, last - 1, &word_of(a)->ops.route);
}

static bool item_latch(assembler *a, const char *name) {
    brg_slice_ops *o = &word_of(a)->ops;
    const size_t from = a->at - strlen(name);
    if (o->latch != 0) return fail(a, from, name, "a word either latches or unlatches");
    o->unlatch = name[0] == 'u';
    return layers(a, name, last_address(a), &o->latch);
}

static bool item_mark(assembler *a, const char *name) {
    (void)name;
    word_of(a)->mark = true;
    return true;
}
static bool item_basis_in(assembler *a, const char *name) {
    (void)name;
    word_of(a)->ops.basis_in = true;
    return true;
}
static bool item_basis_out(assembler *a, const char *name) {
    (void)name;
    word_of(a)->ops.basis_out = true;
    return true;
}
static bool item_measure(assembler *a, const char *name) {
    (void)name;
    word_of(a)->measure = true;
    return true;
}
static bool item_set_flag(assembler *a, const char *name) {
    (void)name;
    word_of(a)->set_flag = true;
    return true;
}

static bool item_class(assembler *a, const char *name) {
    uint32_t value;
    if (!choice(a, name, brg_class_names, &value)) return false;
    word_of(a)->duration_class = (uint8_t)value;
    return true;
}

static bool item_wait(assembler *a, const char *name) {
    brg_control_word *w = word_of(a);
    for (;;) {
        uint32_t bit;
        skip_blanks(a);
        const size_t from = a->at;
        if (!choice(a, name, brg_wait_names, &bit)) return false;
        if ((w->wait_mask & (1u << bit)) != 0)
            return fail(a, from, name, "%s given twice", brg_wait_names[bit]);
        w->wait_mask = (uint8_t)(w->wait_mask | 1u << bit);
        skip_blanks(a);
        if (peek(a) != ',') return true;
        a->at++;
    }
}

static bool item_page(assembler *a, const char *name) {
    uint32_t value;
    if (!number(a, name, 0, (1u << a->p->page_bits) - 1u, &value)) return false;
    if (strcmp(name, "d_in_page") == 0)
        word_of(a)->ops.d_in_page = (int16_t)value;
    else if (strcmp(name, "d_out_page") == 0)
        word_of(a)->ops.d_out_page = (int16_t)value;
    else
        word_of(a)->page = (uint16_t)value;
    return true;
}

static bool item_slot(assembler *a, const char *name) {
    uint32_t value;
    if (!number(a, name, 0, 0, &value)) return false;
    word_of(a)->slot = (uint8_t)value;
    return true;
}

static bool item_base(assembler *a, const char *name) {
    static const char *const loop[] = {"loop", NULL};
    uint32_t value;
    if (!choice(a, name, loop, &value) || !number(a, name, 0, BRG_LOOPS - 2, &value)) return false;
    if (name[0] == 'i')
        word_of(a)->index_base = (uint8_t)(value + 1);
    else
        word_of(a)->page_base = (uint8_t)(value + 1);
    return true;
}

/* A label, kept for the end of the text. */
static bool target(assembler *a, const char *name) {
    const span s = identifier(a);
    const size_t offset = (size_t)(s.text - a->line.text);
    if (s.length == 0) return fail(a, offset, name, "label expected");
    if (s.length > MAX_LABEL)
        return fail(a, offset, name, "label of more than %d characters", MAX_LABEL);
    a->target[a->p->count] = s;
    a->target_at[a->p->count] = (brg_location){a->number, offset + 1};
    return true;
}

static bool start_next(assembler *a, const char *name, brg_next_op next) {
    const size_t from = a->at - strlen(name);
    if (a->seen_next) return fail(a, from, name, "a word has one of jump, loop, branch and halt");
    a->seen_next = true;
    word_of(a)->next = (uint8_t)next;
    return true;
}

static bool item_jump(assembler *a, const char *name) {
    return start_next(a, name, BRG_NEXT_JUMP) && target(a, name);
}
static bool item_loop(assembler *a, const char *name) {
    uint32_t loop;
    if (!start_next(a, name, BRG_NEXT_LOOP) || !number(a, name, 0, BRG_LOOPS - 1, &loop))
        return false;
    word_of(a)->loop = (uint8_t)loop;
    return target(a, name);
}
static bool item_branch(assembler *a, const char *name) {
    uint32_t flag;
    if (!start_next(a, name, BRG_NEXT_BRANCH) || !choice(a, name, brg_flag_names, &flag))
        return false;
    word_of(a)->flag_select = (uint8_t)flag;
    return target(a, name);
}
static bool item_halt(assembler *a, const char *name) {
    return start_next(a, name, BRG_NEXT_HALT);
}

static const item items[] = {
    {"a_in", item_index},          {"a_out", item_index},     {"d_in", item_index},
    {"d_out", item_index},         {"fetch", item_index},     {"route", item_route},
    {"latch", item_latch},         {"unlatch", item_latch},   {"basis_in", item_basis_in},
    {"basis_out", item_basis_out}, {"measure", item_measure}, {"set_flag", item_set_flag},
    {"page", item_page},           {"slot", item_slot},       {"index_base", item_base},
    {"class", item_class},         {"wait", item_wait},       {"jump", item_jump},
    {"loop", item_loop},           {"branch", item_branch},   {"halt", item_halt},
    {"mark", item_mark},           {"d_in_page", item_page},  {"d_out_page", item_page},
    {"page_base", item_base},
};
enum { ITEMS = sizeof items / sizeof items[0], ITEM_CLASS = 15 };

static bool one_item(assembler *a) {
    const span s = identifier(a);
    const size_t from = (size_t)(s.text - a->line.text);
    if (s.length == 0) return fail(a, from, "", "operation expected");
    for (size_t i = 0; i < ITEMS; i++) {
        if (!same(s, items[i].name)) continue;
        if (!once(a, from, items[i].name, &a->seen_items[i])) return false;
        if (!items[i].parse(a, items[i].name)) return false;
        skip_blanks(a);
        if (at_end(a) || peek(a) == ';' || peek(a) == '|') return true;
        return fail(a, a->at, items[i].name, "';', '|' or the end of the line expected");
    }
    return fail(a, from, "", "'%.*s' is no operation of a control word",
                (int)(s.length < 40 ? s.length : 40), s.text);
}

static bool add_label(assembler *a, span name) {
    const size_t offset = (size_t)(name.text - a->line.text);
    if (name.length > MAX_LABEL)
        return fail(a, offset, "", "label of more than %d characters", MAX_LABEL);
    for (uint32_t i = 0; i < a->labels; i++)
        if (a->label[i].name.length == name.length &&
            memcmp(a->label[i].name.text, name.text, name.length) == 0)
            return fail(a, offset, "", "label '%.*s' given twice", (int)name.length, name.text);
    if (a->labels == MAX_LABELS) return fail(a, offset, "", "more than %d labels", MAX_LABELS);
    a->label[a->labels++] = (label){name, a->p->count};
    return true;
}

static void word_line(assembler *a) {
    const size_t start = a->at;
    finish_header(a, a->number, start + 1);
    const span first = identifier(a);
    if (first.length > 0 && peek(a) == ':') {
        a->at++;
        add_label(a, first);
        skip_blanks(a);
        if (at_end(a)) return;
    } else {
        a->at = start;
    }
    if (a->p->count == BRG_PROGRAM_WORDS) {
        if (!a->full)
            fail(a, a->at, "",
                 "the control store and its backing memory hold %d words, this is one more",
                 BRG_PROGRAM_WORDS);
        a->full = true;
        return;
    }
    a->where[a->p->count] = (brg_location){a->number, a->at + 1};
    memset(a->seen_items, 0, sizeof a->seen_items);
    a->seen_next = false;
    const size_t before = a->errors;
    for (;;) {
        if (!one_item(a))
            while (!at_end(a) && peek(a) != ';' && peek(a) != '|') a->at++;
        if (at_end(a)) break;
        a->at++;
    }
    brg_control_word *w = word_of(a);
    if (!a->seen_items[ITEM_CLASS] && brg_ops_any(ops_of(a)))
        w->duration_class = brg_ops_class(&w->ops, NULL);
    if (a->errors == before && a->header_good &&
        !brg_program_check_word(a->p, a->p->count, a->file, a->where[a->p->count], a->diag))
        a->errors++;
    a->p->count++;
}

static void resolve(assembler *a) {
    for (uint32_t i = 0; i < a->p->count; i++) {
        const span s = a->target[i];
        if (s.length == 0) continue;
        uint32_t l = 0;
        while (l < a->labels && !(a->label[l].name.length == s.length &&
                                  memcmp(a->label[l].name.text, s.text, s.length) == 0))
            l++;
        if (l < a->labels) {
            a->p->words[i].target = (uint16_t)a->label[l].word;
            continue;
        }
        a->errors++;
        brg_diag_add(a->diag, a->file, a->target_at[i].line, a->target_at[i].column, "",
                     "no label '%.*s'", (int)s.length, s.text);
    }
}

static void read_lines(assembler *a, const char *text, size_t length) {
    size_t from = 0;
    a->number = 1;
    for (;;) {
        const char *end = memchr(text + from, '\n', length - from);
        size_t line = end ? (size_t)(end - text) - from : length - from;
        if (end && line > 0 && text[from + line - 1] == '\r') line--;
        a->line = (span){text + from, line};
        a->at = 0;
        skip_blanks(a);
        if (!at_end(a)) {
            if (peek(a) == '.')
                directive(a);
            else
                word_line(a);
        }
        if (!end) break;
        from = (size_t)(end - text) + 1;
        a->number++;
    }
    finish_header(a, a->number, a->line.length + 1);
    if (a->p->count == 0) fail(a, a->line.length, "", "the program has no control words");
}

int brg_program_assemble(brg_program **out, const char *text, size_t length, const char *file,
                         brg_diag *diag) {
    if (out == NULL || (text == NULL && length > 0)) return BRG_EINVAL;
    *out = NULL;
    if (length > MAX_TEXT) {
        brg_diag_add(diag, file, 0, 0, "",
                     "%zu bytes are too long for a program, accepted up to %d", length, MAX_TEXT);
        return BRG_EINPUT;
    }
    brg_program *p = NULL;
    assembler *a = calloc(1, sizeof *a);
    int status = a == NULL ? BRG_ENOMEM : brg_program_new(&p);
    if (status != BRG_OK) goto out;
    a->p = p;
    a->file = file;
    a->diag = diag;
    read_lines(a, length > 0 ? text : "", length);
    resolve(a);
    if (a->errors == 0) a->errors = brg_program_check_flow(p, file, a->where, diag);
    status = a->errors == 0 ? BRG_OK : BRG_EINPUT;
out:
    free(a);
    if (status == BRG_OK)
        *out = p;
    else
        brg_program_destroy(&p);
    return status;
}
