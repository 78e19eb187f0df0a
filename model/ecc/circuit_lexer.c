/* SPDX-License-Identifier: Apache-2.0 */
/* Lexer of circuits and error models. */
#include "model/ecc/circuit_lexer.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_LENGTH = 63, NAME_SHOWN = 24 };

void brg_lexer_start(brg_lexer *l, const char *text, size_t length, const char *file,
                     brg_diag *diag) {
    *l = (brg_lexer){.text = text, .length = length, .line = 1, .file = file, .diag = diag};
}

bool brg_lexer_fail(brg_lexer *l, size_t at, const char *format, ...) {
    char text[700], key[NAME_SHOWN + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const size_t shown = l->name_length < NAME_SHOWN ? l->name_length : NAME_SHOWN;
    if (shown) memcpy(key, l->text + l->name_at, shown);
    key[shown] = '\0';
    brg_diag_add(l->diag, l->file, l->line, at - l->line_start + 1, key, "%s", text);
    l->failed = true;
    return false;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_word(char c) {
    return is_digit(c) || is_letter(c) || c == '_';
}

char brg_lexer_peek(const brg_lexer *l) {
    return l->at < l->length ? l->text[l->at] : '\0';
}

static bool at_line_end(const brg_lexer *l) {
    if (l->at >= l->length) return true;
    const char c = l->text[l->at];
    return c == '\n' || c == '#' ||
           (c == '\r' && l->at + 1 < l->length && l->text[l->at + 1] == '\n');
}

static void skip_blanks(brg_lexer *l) {
    while (l->at < l->length && (l->text[l->at] == ' ' || l->text[l->at] == '\t')) l->at++;
}

void brg_lexer_skip_line(brg_lexer *l) {
    const char *end = l->at < l->length ? memchr(l->text + l->at, '\n', l->length - l->at) : NULL;
    l->at = end ? (size_t)(end - l->text) + 1 : l->length;
    if (end) l->line++;
    l->line_start = l->at;
}

int brg_lexer_word(const brg_lexer *l, size_t at) {
    int length = 0;
    while (at < l->length && length < NAME_SHOWN && strchr(" \t\r\n#", l->text[at]) == NULL &&
           l->text[at] != '\0')
        at++, length++;
    return length;
}

brg_lexer_line brg_lexer_next(brg_lexer *l) {
    l->name_length = 0;
    for (;;) {
        skip_blanks(l);
        if (!at_line_end(l)) break;
        if (l->at >= l->length) return BRG_LINE_END;
        brg_lexer_skip_line(l);
    }
    const size_t from = l->at;
    if (l->text[from] == '}') {
        l->at++;
        return BRG_LINE_CLOSE;
    }
    if (!is_letter(l->text[from])) {
        brg_lexer_fail(l, from,
                       "'%c' cannot start a line, accepted an instruction, '}' or a comment",
                       l->text[from] ? l->text[from] : ' ');
        return BRG_LINE_BAD;
    }
    while (l->at < l->length && is_word(l->text[l->at])) l->at++;
    l->name_at = from;
    l->name_length = l->at - from;
    return BRG_LINE_NAME;
}

static bool read_double(brg_lexer *l, double *value) {
    const size_t from = l->at;
    size_t at = from;
    const char *t = l->text;
    if (at < l->length && (t[at] == '-' || t[at] == '+')) at++;
    size_t digits = 0;
    while (at < l->length && is_digit(t[at])) at++, digits++;
    if (at < l->length && t[at] == '.') {
        at++;
        while (at < l->length && is_digit(t[at])) at++, digits++;
    }
    if (digits == 0)
        return brg_lexer_fail(l, from, "number expected, found '%.*s'", brg_lexer_word(l, from),
                              t + from);
    if (at < l->length && (t[at] == 'e' || t[at] == 'E')) {
        at++;
        if (at < l->length && (t[at] == '-' || t[at] == '+')) at++;
        const size_t exponent = at;
        while (at < l->length && is_digit(t[at])) at++;
        if (at == exponent) return brg_lexer_fail(l, at, "digits of the exponent expected");
    }
    if (at < l->length && is_word(t[at])) return brg_lexer_fail(l, at, "letter in a number");
    if (at - from > NUMBER_LENGTH)
        return brg_lexer_fail(l, from, "number of more than %d characters", NUMBER_LENGTH);
    char copy[NUMBER_LENGTH + 1];
    memcpy(copy, t + from, at - from);
    copy[at - from] = '\0';
    *value = strtod(copy, NULL) + 0.0;
    if (!isfinite(*value)) return brg_lexer_fail(l, from, "%s is too large", copy);
    if (*value == 0) *value = 0; /* no negative zero, it would not be written as it was read */
    l->at = at;
    return true;
}

bool brg_lexer_args(brg_lexer *l, double *args, size_t *args_at, uint32_t room, uint32_t *count) {
    *count = 0;
    if (brg_lexer_peek(l) == '[')
        return brg_lexer_fail(l, l->at, "tags in brackets are not supported");
    if (brg_lexer_peek(l) != '(') return true;
    l->at++;
    for (;;) {
        skip_blanks(l);
        if (*count == room)
            return brg_lexer_fail(l, l->at, "more than %u arguments", (unsigned)room);
        args_at[*count] = l->at;
        if (!read_double(l, &args[*count])) return false;
        ++*count;
        skip_blanks(l);
        if (brg_lexer_peek(l) == ')') break;
        if (brg_lexer_peek(l) != ',') return brg_lexer_fail(l, l->at, "',' or ')' expected");
        l->at++;
    }
    l->at++;
    return true;
}

bool brg_lexer_more(brg_lexer *l) {
    skip_blanks(l);
    return !at_line_end(l) && l->text[l->at] != '{';
}

bool brg_lexer_number(brg_lexer *l, const char *what, uint64_t most, uint64_t *value) {
    const size_t from = l->at;
    uint64_t v = 0;
    bool large = false;
    while (l->at < l->length && is_digit(l->text[l->at])) {
        const uint64_t digit = (uint64_t)(l->text[l->at++] - '0');
        large = large || v > (most - (digit < most ? digit : most)) / 10 || digit > most;
        if (!large) v = v * 10 + digit;
    }
    if (l->at == from)
        return brg_lexer_fail(l, from, "%s expected, found '%.*s'", what, brg_lexer_word(l, from),
                              l->text + from);
    if (large)
        return brg_lexer_fail(l, from, "%s is too large, accepted 0..%llu", what,
                              (unsigned long long)most);
    *value = v;
    return true;
}

bool brg_lexer_finish(brg_lexer *l, bool block) {
    skip_blanks(l);
    if (block) {
        if (brg_lexer_peek(l) != '{') return brg_lexer_fail(l, l->at, "'{' expected");
        l->at++;
        skip_blanks(l);
    }
    if (!at_line_end(l))
        return brg_lexer_fail(l, l->at, "end of line expected, found '%.*s'",
                              brg_lexer_word(l, l->at), l->text + l->at);
    return true;
}
