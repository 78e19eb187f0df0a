/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of logical errors as rows of sinter's CSV: reading, adding up, writing, and the
 * strong id that says which rows are about the same task. Layout: docs/qec.md. */
#ifndef BRG_TESTBENCH_QEC_STATS_H
#define BRG_TESTBENCH_QEC_STATS_H

#include <jansson.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hexadecimal SHA-256 and its end. */
enum { BRG_QEC_ID_SIZE = 65 };

typedef struct brg_qec_row {
    uint64_t shots, errors, discards;
    double seconds; /* of processor time, sampling and decoding */
    char *decoder;  /* owned, as are those below */
    char *strong_id;
    json_t *metadata;      /* any JSON */
    json_t *custom_counts; /* an object of integers; NULL for none */
} brg_qec_row;

typedef struct brg_qec_table {
    brg_qec_row *rows; /* owned; each strong id once */
    size_t count, room;
} brg_qec_table;

void brg_qec_row_clear(brg_qec_row *row);
void brg_qec_table_clear(brg_qec_table *table);
/* The row of an id, borrowed until the next one is added; NULL when there is none. */
brg_qec_row *brg_qec_table_find(const brg_qec_table *table, const char *strong_id);
/* Adds the counts to the row of the same id, or appends a copy. BRG_EINPUT without a message when
 * a sum would not fit. */
int brg_qec_table_add(brg_qec_table *table, const brg_qec_row *row);
/* Adds the rows of a CSV text; columns in any order, unknown ones are left out, custom_counts may
 * be missing. BRG_EINPUT with line and column. */
int brg_qec_table_parse(brg_qec_table *table, const char *text, size_t length, const char *file,
                        brg_diag *diag);
/* The same from a file; BRG_EINPUT with a message also when it cannot be read. text, when not NULL,
 * gets what the file holds, malloc'ed. */
int brg_qec_table_read(brg_qec_table *table, const char *path, char **text, brg_diag *diag);

/* The head line, and a row as sinter writes it: numbers padded to columns, metadata as compact JSON
 * with sorted keys, quoted. BRG_EIO when the stream fails. */
int brg_qec_write_head(FILE *to);
int brg_qec_write_row(FILE *to, const brg_qec_row *row);

/* SHA-256 of the JSON text {"circuit": ..., "decoder": ..., "decoder_error_model": ...,
 * "postselection_mask": null, "json_metadata": ...}: sinter's recipe. */
int brg_qec_strong_id(char id[BRG_QEC_ID_SIZE], const char *circuit, const char *decoder,
                      const char *error_model, json_t *metadata);
/* First 8 bytes of the SHA-256 of a text as a number: different streams for different circuits. */
uint64_t brg_qec_text_hash(const char *text);

#ifdef __cplusplus
}
#endif
#endif
