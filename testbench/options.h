/* SPDX-License-Identifier: Apache-2.0 */
/* Options of one command through popt, with the program's exit codes. */
#ifndef BRG_TESTBENCH_OPTIONS_H
#define BRG_TESTBENCH_OPTIONS_H

#include <popt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads options into `table` (which need not list --help) and exactly `count` arguments into
 * args, malloc'ed. Returns -1 to go on, or an exit code: help was printed, or a message. */
int brg_options_read(int argc, const char **argv, const struct poptOption *table, const char *usage,
                     int count, char **args);

#ifdef __cplusplus
}
#endif
#endif
