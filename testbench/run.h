/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade run`: a scenario through the platform and the state engines to a result and its files.
 */
#ifndef BRG_TESTBENCH_RUN_H
#define BRG_TESTBENCH_RUN_H

#include "testbench/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Exit codes of the program. */
enum { BRG_EXIT_DONE = 0, BRG_EXIT_INPUT = 2, BRG_EXIT_FAILED = 3 };

typedef struct brg_run_options {
    const char *out_dir;       /* result.json, timeline.csv, report.txt; NULL for none */
    const char *json;          /* a file, or "-" for stdout; NULL for none */
    const char *timeline;      /* NULL for none */
    const char *from_timeline; /* take the timing from there and run no RTL; NULL for none */
    bool waves;                /* waves.fst and save files into out_dir, or ./brigade-out */
    bool quiet;                /* no report on stdout, no progress */
    int jobs;                  /* threads; 0: one per processor */
} brg_run_options;

/* Runs the scenario; messages go to stderr, the report or JSON to stdout. Returns an exit code. */
int brg_run(const brg_scenario *scenario, const brg_run_options *options);

/* Checks before anything starts that the state fits in memory and the outputs can be written.
 * BRG_EINPUT with messages. */
int brg_run_check_memory(const brg_scenario *s, const brg_run_options *o, brg_diag *diag);
/* The controller counts waits in 32 bits: latency and transfer of a page must fit. BRG_EINPUT with
 * a message. */
int brg_run_check_waits(const brg_scenario *s, brg_diag *diag);
/* Branches that each trajectory of the run may have in the memory that is free, at least 1024. */
uint64_t brg_run_most_branches(const brg_scenario *s, const brg_run_options *o);
int brg_run_check_outputs(const brg_run_options *o, brg_diag *diag);
/* The same for one file, NULL or - is none; the option is named in messages. */
int brg_run_check_output(const char *option, const char *path, brg_diag *diag);
/* Whether both lead to one file; NULL and - are no files. */
bool brg_run_same_file(const char *path, const char *other);
/* BRG_EINPUT with a message when `path` of `option` is the same file as `other`, told as `of` ("as
 * --json does"). */
int brg_run_check_apart(const char *option, const char *path, const char *other, const char *of,
                        brg_diag *diag);
/* Creates a folder and those above it. BRG_EIO with errno. */
int brg_make_folder(const char *path);
/* The folder that --waves and --out write to, NULL when neither was given. */
const char *brg_run_folder(const brg_run_options *o);
/* Verilated code and SystemC print to stdout; a reader of our JSON must not find that there. From
 * here on file descriptor 1 is stderr, and the result alone goes to what stdout was: the stream
 * returned, NULL with errno. */
FILE *brg_take_stdout(void);
void brg_give_stdout_back(FILE *out);
/* Threads that run at once. */
int brg_run_jobs(const brg_run_options *o);

#ifdef __cplusplus
}
#endif
#endif
