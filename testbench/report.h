/* SPDX-License-Identifier: Apache-2.0 */
/* The result as a table for people. */
#ifndef BRG_TESTBENCH_REPORT_H
#define BRG_TESTBENCH_REPORT_H

#include "testbench/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A time with a unit that leaves one to three digits before the point; `no limit` when infinite. */
const char *brg_time_text(double ns, char *to, size_t size);
/* Prints the table. files: what was written, NULL-terminated, may be NULL. */
void brg_report_print(const brg_result *r, const char *const *files, FILE *to);
/* The lines of post-selection; only with have_filtration. */
void brg_report_filtration(const brg_result *r, FILE *to);

#ifdef __cplusplus
}
#endif
#endif
