/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values that cannot go wrong silently, and writing of whole files. */
#ifndef BRG_TESTBENCH_JSON_H
#define BRG_TESTBENCH_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* jansson refuses NaN and prints large unsigned numbers as negative ones: a number that is not
 * finite becomes null, a counter above 2^63-1 becomes 2^63-1. New references. */
json_t *brg_json_real(double value);
json_t *brg_json_count(uint64_t value);

/* The text of a document: keys in order, indented, newline at the end. malloc'ed; NULL without
 * memory. */
char *brg_json_text(const json_t *json);

/* The file that writing to `path` changes: where its symbolic links lead, whether that is there or
 * not, so that a rename into place keeps the link. malloc'ed; NULL with errno. */
char *brg_output_target(const char *path);
/* The same with its folder's real name: equal texts are the same file. malloc'ed; NULL with errno.
 */
char *brg_output_identity(const char *path);
/* Writes text under a temporary name beside the target of `path`, then renames it. BRG_EIO with
 * errno. */
int brg_write_file(const char *path, const char *text, size_t length);

#ifdef __cplusplus
}
#endif
#endif
