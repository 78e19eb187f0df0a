/* SPDX-License-Identifier: Apache-2.0 */
/* The commands below `brigade qec`: argv[0] is the command's name. Each returns an exit code. */
#ifndef BRG_TESTBENCH_COMMAND_QEC_H
#define BRG_TESTBENCH_COMMAND_QEC_H

#include "model/ecc/decoder.h"

#ifdef __cplusplus
extern "C" {
#endif

int brg_qec_gen(int argc, const char **argv);
int brg_qec_sample(int argc, const char **argv); /* detect as well */
int brg_qec_decode(int argc, const char **argv);
int brg_qec_analyze_errors(int argc, const char **argv);
int brg_qec_collect(int argc, const char **argv);
int brg_qec_combine(int argc, const char **argv);
int brg_qec_plot(int argc, const char **argv);
int brg_qec_threshold(int argc, const char **argv);

/* Prints the messages, and the reason of a failure; returns the exit code. */
int brg_qec_end(brg_diag *diag, const char *command, const char *what, int status);
/* BRG_EINPUT with a message for an unknown name. */
int brg_qec_find_decoder(brg_decoder_kind *out, const char *name, brg_diag *diag);
/* argv with `--list A B C` spelled `--list A --list B --list C` for the options of `lists`, which
 * ends with NULL, as Python's argparse reads them. malloc'ed, its texts borrowed; NULL without
 * memory. */
const char **brg_qec_expand(int *count, int argc, const char **argv, const char *const *lists);

#ifdef __cplusplus
}
#endif
#endif
