/* SPDX-License-Identifier: Apache-2.0 */
/* Error codes and diagnostics shared by every layer. */
#ifndef BRG_CSIM_STATUS_H
#define BRG_CSIM_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every function that can fail returns BRG_OK or one of these negative codes. */
enum {
    BRG_OK = 0,
    BRG_EINVAL = -1,   /* an argument is outside its documented range */
    BRG_ENOMEM = -2,   /* memory ran out, or the estimate says it would */
    BRG_EIO = -3,      /* a file could not be read or written; errno has the reason */
    BRG_EINPUT = -4,   /* the user's input is wrong; a brg_diag says where and why */
    BRG_ESTATE = -5,   /* the call is not allowed in the object's present state */
    BRG_EHARDWARE = -6 /* the simulated hardware ended with an error status */
};

/* A short English sentence for a code; never NULL. */
const char *brg_strerror(int code);

/* Collects messages of the form `file:line:column: key: what is wrong, what is accepted`.
 * line and column count from 1; 0 means unknown and is left out, as is an empty key. */
typedef struct brg_diag brg_diag;

int brg_diag_new(brg_diag **out);
void brg_diag_destroy(brg_diag **diag);

/* Adds one message; the text is formatted as printf does and is kept on one line: control and
 * non-ASCII bytes are shown as \xNN. A NULL diag is allowed and drops the message. After 20
 * messages the rest are only counted. */
void brg_diag_add(brg_diag *diag, const char *file, size_t line, size_t column, const char *key,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

size_t brg_diag_count(const brg_diag *diag);
/* The i-th message without a newline, borrowed; NULL when i is out of range. */
const char *brg_diag_message(const brg_diag *diag, size_t i);
/* Prints all messages, one a line, then `N more errors` when some were only counted. */
void brg_diag_print(const brg_diag *diag, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
