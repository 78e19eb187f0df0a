/* SPDX-License-Identifier: Apache-2.0 */
/* The text layer that circuits and error models share: lines of NAME(arguments) targets, blocks in
 * braces, comments. docs/qec_formats.md has the grammar. */
#ifndef BRG_MODEL_ECC_CIRCUIT_LEXER_H
#define BRG_MODEL_ECC_CIRCUIT_LEXER_H

#include <stdint.h>

#include "csim/status.h"

typedef struct brg_lexer {
    const char *text;
    size_t length, at;
    size_t line, line_start; /* line from 1; offset of its first character */
    const char *file;
    brg_diag *diag;
    bool failed;
    /* The present instruction. */
    size_t name_at, name_length;
} brg_lexer;

typedef enum brg_lexer_line {
    BRG_LINE_END,
    BRG_LINE_NAME,
    BRG_LINE_CLOSE,
    BRG_LINE_BAD
} brg_lexer_line;

void brg_lexer_start(brg_lexer *l, const char *text, size_t length, const char *file,
                     brg_diag *diag);
/* Adds a message at an offset of the text, with the instruction's name as key; always false. */
bool brg_lexer_fail(brg_lexer *l, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The next line that is not blank: an instruction, whose name is read, or a `}`. After BAD the
 * message is out; go on with skip_line. */
brg_lexer_line brg_lexer_next(brg_lexer *l);
void brg_lexer_skip_line(brg_lexer *l);
/* Reads `(a, b)` when it is there. args_at: offsets of the arguments. */
bool brg_lexer_args(brg_lexer *l, double *args, size_t *args_at, uint32_t room, uint32_t *count);
/* Moves to the next target; false at the end of the line, at a comment and before `{`. */
bool brg_lexer_more(brg_lexer *l);
/* The character here, 0 at the end of the text. */
char brg_lexer_peek(const brg_lexer *l);
/* A decimal number of at most `most`. what: named in messages. */
bool brg_lexer_number(brg_lexer *l, const char *what, uint64_t most, uint64_t *value);
/* The word that starts at an offset, for messages: at most 24 characters of it. */
int brg_lexer_word(const brg_lexer *l, size_t at);
/* The end of a line; `{` is taken and demanded when block is set. */
bool brg_lexer_finish(brg_lexer *l, bool block);

#endif
