/* SPDX-License-Identifier: Apache-2.0 */
/* The file is written whole each time, under another name and renamed, so that a run that is killed
 * leaves a file that the next one can go on from. */
#include "testbench/qec_campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testbench/json.h"
#include "testbench/progress.h"

static const double save_every_s = 10, show_every_s = 0.5;

/* The text that rows are appended to: what the file holds when it has our columns, or the same rows
 * in ours. */
static int start_text(brg_qec_campaign *c, const char *found, const brg_qec_table *rows) {
    char *text = NULL;
    size_t length = 0, head;
    FILE *to = open_memstream(&text, &length);
    if (!to) return BRG_ENOMEM;
    int status = brg_qec_write_head(to);
    fflush(to);
    head = length;
    if (found && strncmp(found, text, head) == 0) {
        fputs(found + head, to);
        if (found[strlen(found) - 1] != '\n') putc('\n', to);
    } else {
        for (size_t i = 0; i < rows->count && !status; i++)
            status = brg_qec_write_row(to, &rows->rows[i]);
    }
    if (fclose(to) && !status) status = BRG_ENOMEM;
    c->text = text;
    return status;
}

int brg_qec_campaign_open(brg_qec_campaign *c, char **existing, brg_diag *diag) {
    brg_qec_table rows = {0};
    char *found = NULL;
    int status = BRG_OK;
    c->have = (brg_qec_table){0};
    c->text = NULL;
    c->saved_s = brg_seconds();
    if (c->save && access(c->save, F_OK) == 0)
        status = brg_qec_table_read(&rows, c->save, &found, diag);
    if (!status && c->save) status = start_text(c, found, &rows);
    for (size_t i = 0; i < rows.count && !status; i++)
        status = brg_qec_table_add(&c->have, &rows.rows[i]);
    for (char **path = existing; path && *path && !status; path++)
        status = brg_qec_table_read(&c->have, *path, NULL, diag);
    brg_qec_table_clear(&rows);
    free(found);
    return status;
}

void brg_qec_campaign_close(brg_qec_campaign *c) {
    brg_qec_table_clear(&c->have);
    free(c->text);
    c->text = NULL;
}

int brg_qec_campaign_row(brg_qec_row *row, const brg_qec_campaign *c, const brg_qec_task *task,
                         const brg_qec_counts *counts) {
    *row = (brg_qec_row){.shots = counts->shots,
                         .errors = counts->errors,
                         .seconds = counts->seconds,
                         .decoder = strdup(brg_decoder_name(task->decoder)),
                         .strong_id = strdup(task->strong_id),
                         .metadata = json_incref(task->metadata)};
    if (c->count_events)
        row->custom_counts =
            json_pack("{s:I, s:I}", "detection_events", (json_int_t)counts->events,
                      "detectors_checked", (json_int_t)(counts->shots * task->circuit->detectors));
    if (row->decoder && row->strong_id && (!c->count_events || row->custom_counts)) return BRG_OK;
    brg_qec_row_clear(row);
    return BRG_ENOMEM;
}

/* Adds counts to what is there and to the file. */
static int save(brg_qec_campaign *c, const brg_qec_task *task, brg_qec_counts *counts) {
    brg_qec_row row = {0};
    if (!counts->shots) return BRG_OK;
    int status = brg_qec_campaign_row(&row, c, task, counts);
    if (!status) status = brg_qec_table_add(&c->have, &row);
    if (!status && c->save) {
        char *line = NULL;
        size_t length = 0;
        FILE *to = open_memstream(&line, &length);
        status = to ? brg_qec_write_row(to, &row) : BRG_ENOMEM;
        if (to && fclose(to) && !status) status = BRG_ENOMEM;
        const size_t size = strlen(c->text);
        char *text = status ? NULL : realloc(c->text, size + length + 1);
        if (text) {
            memcpy(text + size, line, length + 1);
            c->text = text;
            status = brg_write_file(c->save, text, size + length);
        } else if (!status) {
            status = BRG_ENOMEM;
        }
        const int reason = errno;
        free(line);
        errno = reason;
    }
    brg_qec_row_clear(&row);
    *counts = (brg_qec_counts){0};
    c->saved_s = brg_seconds();
    return status;
}

/* How far a task is, 0..1. */
static double progress(const brg_qec_campaign *c, uint64_t shots, uint64_t errors) {
    const double a = (double)shots / (double)c->max_shots;
    const double b = (double)errors / (double)c->max_errors;
    return a > b ? a : b;
}

int brg_qec_campaign_run(brg_qec_campaign *c, const brg_qec_task *task, brg_qec_counts *fresh,
                         size_t share, size_t shares, brg_diag *diag) {
    const brg_qec_row *row = brg_qec_table_find(&c->have, task->strong_id);
    uint64_t shots = row ? row->shots : 0, errors = row ? row->errors : 0;
    brg_qec_counts pending = {0}, sum = {0};
    brg_qec_collector *collector = NULL;
    brg_bar bar;
    int status = BRG_OK;
    if (fresh) *fresh = sum;
    if (shots >= c->max_shots || errors >= c->max_errors) return BRG_OK;
    status = brg_qec_collector_new(&collector, task, c->threads, c->seed, shots, diag);
    brg_bar_start(&bar, "collecting", c->quiet);
    while (!status && shots < c->max_shots && errors < c->max_errors) {
        brg_qec_counts step = {0};
        status = brg_qec_collector_step(collector, c->max_shots - shots, c->max_errors - errors,
                                        show_every_s, &step);
        brg_qec_counts *const add[] = {&pending, &sum};
        for (int i = 0; i < 2; i++) {
            add[i]->shots += step.shots;
            add[i]->errors += step.errors;
            add[i]->events += step.events;
            add[i]->seconds += step.seconds;
        }
        shots += step.shots;
        errors += step.errors;
        const double part = ((double)share + progress(c, shots, errors)) / (double)shares;
        brg_bar_update(&bar, (uint64_t)(part * 1e6), 1000000);
        if (!status && brg_seconds() - c->saved_s > save_every_s) status = save(c, task, &pending);
    }
    const int saved = save(c, task, &pending);
    brg_bar_end(&bar);
    brg_qec_collector_destroy(&collector);
    if (fresh) *fresh = sum;
    return status ? status : saved;
}
