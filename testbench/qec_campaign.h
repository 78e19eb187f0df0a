/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting statistics of many tasks into one CSV file, on top of what the file holds already. */
#ifndef BRG_TESTBENCH_QEC_CAMPAIGN_H
#define BRG_TESTBENCH_QEC_CAMPAIGN_H

#include "testbench/qec_collect.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_qec_campaign {
    uint64_t max_shots, max_errors; /* UINT64_MAX for no limit */
    uint64_t seed;
    int threads;
    bool count_events, quiet;
    const char *save;   /* borrowed; NULL for none */
    brg_qec_table have; /* what counts: existing files and this run */
    char *text;         /* of the file to save, owned */
    double saved_s;
} brg_qec_campaign;

/* Reads what is there: the file to save, if it exists, and other files (NULL ends; or NULL). The
 * settings are the caller's. BRG_EINPUT with messages. */
int brg_qec_campaign_open(brg_qec_campaign *c, char **existing, brg_diag *diag);
void brg_qec_campaign_close(brg_qec_campaign *c);
/* Collects for a task until, with what is there, a limit is reached. The file is brought up to date
 * every ten seconds and at the end. fresh, when not NULL, gets the counts of this call. `share` of
 * `shares` tasks were done before, for the progress bar. */
int brg_qec_campaign_run(brg_qec_campaign *c, const brg_qec_task *task, brg_qec_counts *fresh,
                         size_t share, size_t shares, brg_diag *diag);
/* A row about a task from counts; clear with brg_qec_row_clear. */
int brg_qec_campaign_row(brg_qec_row *row, const brg_qec_campaign *c, const brg_qec_task *task,
                         const brg_qec_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
