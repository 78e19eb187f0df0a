/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: strict reading and safe writing of the text files of a timeline. */
#ifndef BRG_CSIM_TIMELINE_TEXT_H
#define BRG_CSIM_TIMELINE_TEXT_H

#include <stdio.h>

#include "csim/timeline.h"

/* Writing. */

/* A formatted string in fresh memory; NULL when memory ran out. */
char *brg_text_new(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What stands behind the last slash. */
const char *brg_text_base_name(const char *path);

/* A file under a temporary name in the same folder, to be renamed when it is complete. */
typedef struct brg_output {
    FILE *file;
    const char *path;
    char *temporary;
} brg_output;

int brg_output_open(brg_output *o, const char *path);
/* Renames the file, or removes it when rc or the writing was an error, which is returned. */
int brg_output_close(brg_output *o, int rc);

/* Picoseconds as nanoseconds, exact, without trailing zeros. */
void brg_write_ns(FILE *f, uint64_t ps);

/* Reading. */

/* A piece of a line that is being read. */
typedef struct brg_piece {
    const char *at, *end;
} brg_piece;

typedef struct brg_csv_reader {
    const char *path;
    brg_diag *diag;
    const char *at, *end; /* what is left of the file */
    brg_piece line;
    size_t line_number;
    brg_timeline *timeline;
} brg_csv_reader;

static inline size_t brg_piece_length(brg_piece p) {
    return (size_t)(p.end - p.at);
}
bool brg_piece_is(brg_piece p, const char *word);
/* At most 40 bytes of a piece, for messages. */
int brg_piece_shown(brg_piece p);
/* One message at the place of `where` in the present line; returns BRG_EINPUT. */
int brg_wrong(brg_csv_reader *r, brg_piece where, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* False at the end of the file, with an empty line behind the last. */
bool brg_next_line(brg_csv_reader *r);
/* The part of *rest before the separator; *rest goes behind it, or becomes empty. */
brg_piece brg_cut(brg_piece *rest, char separator);
/* Plain decimal without sign or leading zeros, at most `most`. */
bool brg_parse_count(brg_piece p, uint64_t most, uint64_t *out);
/* Nanoseconds with up to three decimals, as picoseconds below 2^62. */
bool brg_parse_ns(brg_piece p, uint64_t *out);
/* The whole file in fresh memory with a 0 byte after its end. */
int brg_text_load(const char *path, char **out, size_t *length, brg_diag *diag);

/* The stall events beside a timeline (timeline_events.c). */

/* Writes PATH.events.csv, or removes an old one when the timeline has no events. */
int brg_events_write(const brg_timeline *t, const char *path);
/* Opens the events of the timeline file `path`; *text (owned by the caller) is what r reads, NULL
 * when there is no such file. *name: its path, owned by the caller. */
int brg_events_open(brg_csv_reader *r, const char *path, char **name, char **text, brg_diag *diag);
/* Adds the events of the slice appended last. */
int brg_events_of_slice(brg_csv_reader *r, brg_timeline *t);
/* BRG_EINPUT when an event is left that no slice took. */
int brg_events_end(brg_csv_reader *r);

#endif
