/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on stderr for what takes longer than two seconds. */
#ifndef BRG_TESTBENCH_PROGRESS_H
#define BRG_TESTBENCH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct brg_bar {
    const char *what; /* borrowed */
    bool enabled;     /* stderr is a terminal and the user did not ask for quiet */
    bool drawn;
    double start_s, last_s;
} brg_bar;

/* Seconds of a clock that only goes forward. */
double brg_seconds(void);
void brg_bar_start(brg_bar *bar, const char *what, bool quiet);
/* A brg_progress callback; user is the bar. Never stops the run. */
int brg_bar_update(void *user, uint64_t done, uint64_t total);
/* What is known of a run whose length is not: cycles so far, and which query runs, from 1. */
void brg_bar_cycles(brg_bar *bar, uint64_t cycles, uint32_t query, uint32_t queries);
/* Wipes the bar when it was drawn. */
void brg_bar_end(brg_bar *bar);

#endif
