/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about binary files, which have byte offsets instead of lines. */
#ifndef BRG_MODEL_BYTE_ERROR_H
#define BRG_MODEL_BYTE_ERROR_H

#include "csim/status.h"

/* Adds `file: byte OFFSET: text`, offset from 0, and returns BRG_EINPUT. */
int brg_byte_error(brg_diag *diag, const char *file, unsigned long long offset, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

#endif
