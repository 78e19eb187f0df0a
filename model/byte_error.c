/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about binary files, which have byte offsets instead of lines. */
#include "model/byte_error.h"

#include <stdarg.h>

int brg_byte_error(brg_diag *diag, const char *file, unsigned long long offset, const char *format,
                   ...) {
    char key[40], text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(key, sizeof key, "byte %llu", offset);
    brg_diag_add(diag, file, 0, 0, key, "%s", text);
    return BRG_EINPUT;
}
