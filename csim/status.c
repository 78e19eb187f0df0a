/* SPDX-License-Identifier: Apache-2.0 */
/* Error sentences and the list of diagnostics. */
#include "csim/status.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MESSAGES = 20, MESSAGE_BYTES = 1024 };

struct brg_diag {
    size_t count;
    char *message[KEPT_MESSAGES];
};

const char *brg_strerror(int code) {
    switch (code) {
        case BRG_OK:
            return "no error";
        case BRG_EINVAL:
            return "an argument is outside its documented range";
        case BRG_ENOMEM:
            return "not enough memory";
        case BRG_EIO:
            return "a file could not be read or written";
        case BRG_EINPUT:
            return "the input is wrong";
        case BRG_ESTATE:
            return "the call is not allowed in the present state";
        case BRG_EHARDWARE:
            return "the simulated hardware ended with an error";
        default:
            return "unknown error code";
    }
}

int brg_diag_new(brg_diag **out) {
    if (!out) return BRG_EINVAL;
    *out = calloc(1, sizeof **out);
    return *out ? BRG_OK : BRG_ENOMEM;
}

void brg_diag_destroy(brg_diag **diag) {
    if (!diag || !*diag) return;
    for (size_t i = 0; i < KEPT_MESSAGES; i++) free((*diag)->message[i]);
    free(*diag);
    *diag = NULL;
}

/* Appends text with every control and non-ASCII byte as \xNN; always leaves a terminator. */
static size_t append_shown(char *to, size_t used, size_t size, const char *text) {
    static const char hex[] = "0123456789abcdef";
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        const bool plain = *c >= 0x20 && *c < 0x7f;
        if (used + (plain ? 1u : 4u) >= size) break;
        if (plain) {
            to[used++] = (char)*c;
        } else {
            to[used++] = '\\';
            to[used++] = 'x';
            to[used++] = hex[*c >> 4];
            to[used++] = hex[*c & 15];
        }
    }
    to[used] = '\0';
    return used;
}

void brg_diag_add(brg_diag *diag, const char *file, size_t line, size_t column, const char *key,
                  const char *format, ...) {
    if (!diag) return;
    if (diag->count >= KEPT_MESSAGES) {
        diag->count++;
        return;
    }
    char text[MESSAGE_BYTES], shown[MESSAGE_BYTES], number[32];
    size_t used = 0;
    shown[0] = '\0';
    if (file && *file) {
        used = append_shown(shown, used, sizeof shown, file);
        if (line) {
            snprintf(number, sizeof number, ":%zu", line);
            used = append_shown(shown, used, sizeof shown, number);
        }
        if (line && column) {
            snprintf(number, sizeof number, ":%zu", column);
            used = append_shown(shown, used, sizeof shown, number);
        }
        used = append_shown(shown, used, sizeof shown, ": ");
    }
    if (key && *key) {
        used = append_shown(shown, used, sizeof shown, key);
        used = append_shown(shown, used, sizeof shown, ": ");
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    used = append_shown(shown, used, sizeof shown, text);

    char *copy = malloc(used + 1);
    if (copy) memcpy(copy, shown, used + 1);
    diag->message[diag->count++] = copy;
}

size_t brg_diag_count(const brg_diag *diag) {
    return diag ? diag->count : 0;
}

const char *brg_diag_message(const brg_diag *diag, size_t i) {
    if (!diag || i >= diag->count || i >= KEPT_MESSAGES) return NULL;
    return diag->message[i] ? diag->message[i] : "out of memory while writing a message";
}

void brg_diag_print(const brg_diag *diag, FILE *to) {
    if (!diag || !to) return;
    for (size_t i = 0; i < diag->count && i < KEPT_MESSAGES; i++)
        fprintf(to, "%s\n", brg_diag_message(diag, i));
    if (diag->count > KEPT_MESSAGES) fprintf(to, "%zu more errors\n", diag->count - KEPT_MESSAGES);
}
