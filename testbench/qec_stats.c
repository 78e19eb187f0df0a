/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of logical error statistics in sinter's CSV. */
#include "testbench/qec_stats.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "model/image.h"

enum { MOST_FIELDS = 64, MOST_CSV_BYTES = 1 << 30 };

/* Counts stay exact in JSON readers and far from overflow when files are added up. */
static const uint64_t most_count = INT64_MAX;

void brg_qec_row_clear(brg_qec_row *row) {
    free(row->decoder);
    free(row->strong_id);
    json_decref(row->metadata);
    json_decref(row->custom_counts);
    *row = (brg_qec_row){0};
}

void brg_qec_table_clear(brg_qec_table *table) {
    for (size_t i = 0; i < table->count; i++) brg_qec_row_clear(&table->rows[i]);
    free(table->rows);
    *table = (brg_qec_table){0};
}

brg_qec_row *brg_qec_table_find(const brg_qec_table *table, const char *strong_id) {
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].strong_id, strong_id) == 0) return &table->rows[i];
    return NULL;
}

static int add_custom(brg_qec_row *to, const brg_qec_row *from) {
    const char *key;
    json_t *value;
    if (!from->custom_counts) return BRG_OK;
    if (!to->custom_counts && !(to->custom_counts = json_object())) return BRG_ENOMEM;
    json_object_foreach(from->custom_counts, key, value) {
        const json_int_t have = json_integer_value(json_object_get(to->custom_counts, key));
        const json_int_t more = json_integer_value(value);
        if (more < 0 || have > INT64_MAX - more) return BRG_EINPUT;
        if (json_object_set_new(to->custom_counts, key, json_integer(have + more)))
            return BRG_ENOMEM;
    }
    return BRG_OK;
}

int brg_qec_table_add(brg_qec_table *table, const brg_qec_row *row) {
    brg_qec_row *to = brg_qec_table_find(table, row->strong_id);
    if (!to) {
        if (table->count == table->room) {
            const size_t room = table->room ? 2 * table->room : 16;
            brg_qec_row *rows = realloc(table->rows, room * sizeof *rows);
            if (!rows) return BRG_ENOMEM;
            table->rows = rows;
            table->room = room;
        }
        brg_qec_row copy = {.decoder = strdup(row->decoder),
                            .strong_id = strdup(row->strong_id),
                            .metadata = json_deep_copy(row->metadata)};
        if (!copy.decoder || !copy.strong_id || !copy.metadata) {
            brg_qec_row_clear(&copy);
            return BRG_ENOMEM;
        }
        to = &table->rows[table->count++];
        *to = copy;
    }
    if (row->shots > most_count - to->shots || row->errors > most_count - to->errors ||
        row->discards > most_count - to->discards)
        return BRG_EINPUT;
    to->shots += row->shots;
    to->errors += row->errors;
    to->discards += row->discards;
    to->seconds += row->seconds;
    return add_custom(to, row);
}

/* A field of the text with quotes taken off, and where it stood. */
typedef struct field {
    char *text;
    size_t line, column;
} field;

typedef struct reader {
    const char *at, *end, *line_start;
    size_t line;
    const char *file;
    brg_diag *diag;
    field fields[MOST_FIELDS];
    size_t count;
} reader;

static void drop_fields(reader *r) {
    for (size_t i = 0; i < r->count; i++) free(r->fields[i].text);
    r->count = 0;
}

static int blame(reader *r, size_t line, size_t column, const char *key, const char *what) {
    brg_diag_add(r->diag, r->file, line, column, key, "%s", what);
    return BRG_EINPUT;
}

static size_t column_of(const reader *r) {
    return (size_t)(r->at - r->line_start) + 1;
}

/* Length that a field's text has at most: up to the next comma or line end outside quotes. */
static size_t field_bound(const reader *r) {
    const char *p = r->at;
    bool quoted = false;
    for (; p < r->end && (quoted || (*p != ',' && *p != '\n')); p++)
        if (*p == '"') quoted = !quoted;
    return (size_t)(p - r->at);
}

static int read_field(reader *r) {
    const size_t line = r->line, column = column_of(r);
    if (r->count == MOST_FIELDS)
        return blame(r, line, column, NULL, "too many columns, accepted: at most 64");
    char *text = malloc(field_bound(r) + 1);
    if (!text) return BRG_ENOMEM;
    size_t length = 0;
    r->fields[r->count++] = (field){text, line, column};
    while (r->at < r->end && *r->at == ' ') r->at++;
    const bool quoted = r->at < r->end && *r->at == '"';
    bool open = quoted;
    if (quoted) r->at++;
    for (; r->at < r->end; r->at++) {
        if (open && *r->at == '"') {
            if (r->at + 1 == r->end || r->at[1] != '"') {
                r->at++;
                open = false;
                break;
            }
            r->at++;
        } else if (!quoted && (*r->at == ',' || *r->at == '\n' || *r->at == '\r')) {
            break;
        } else if (*r->at == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        }
        if (*r->at == '\0') return blame(r, r->line, column_of(r), NULL, "a zero byte");
        text[length++] = *r->at;
    }
    while (!quoted && length && text[length - 1] == ' ') length--;
    text[length] = '\0';
    if (open) return blame(r, line, column, NULL, "a quoted field that does not end");
    while (r->at < r->end && *r->at == ' ') r->at++;
    if (r->at < r->end && *r->at != ',' && *r->at != '\n' && *r->at != '\r')
        return blame(r, r->line, column_of(r), NULL,
                     "text after a quoted field, accepted: a comma");
    return BRG_OK;
}

static int read_line(reader *r) {
    int status;
    drop_fields(r);
    while (!(status = read_field(r)) && r->at < r->end && *r->at == ',') r->at++;
    if (status) return status;
    if (r->at < r->end && *r->at == '\r') r->at++;
    if (r->at < r->end) {
        if (*r->at != '\n')
            return blame(r, r->line, column_of(r), NULL, "a carriage return inside a line");
        r->at++;
        r->line++;
        r->line_start = r->at;
    }
    return BRG_OK;
}

typedef enum column {
    SHOTS,
    ERRORS,
    DISCARDS,
    SECONDS,
    DECODER,
    STRONG_ID,
    METADATA,
    CUSTOM,
    COLUMNS
} column;

static const char *const column_names[COLUMNS] = {"shots",         "errors",       "discards",
                                                  "seconds",       "decoder",      "strong_id",
                                                  "json_metadata", "custom_counts"};

static int take_count(uint64_t *to, reader *r, const field *f, const char *name) {
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(f->text, &end, 10);
    if (errno || end == f->text || *end || f->text[0] == '-' || f->text[0] == '+' ||
        value > most_count)
        return blame(r, f->line, f->column, name, "not a count, accepted: an integer from 0");
    *to = value;
    return BRG_OK;
}

static int take_json(json_t **to, reader *r, const field *f, const char *name) {
    json_error_t error;
    *to = json_loads(f->text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (*to) return BRG_OK;
    brg_diag_add(r->diag, r->file, f->line, f->column, name, "not JSON: %s", error.text);
    return BRG_EINPUT;
}

static int take_custom(json_t **to, reader *r, const field *f) {
    const char *key;
    json_t *value;
    if (!*f->text) return BRG_OK;
    const int status = take_json(to, r, f, column_names[CUSTOM]);
    if (status) return status;
    bool good = json_is_object(*to);
    json_object_foreach(*to, key, value) {
        good = good && json_is_integer(value) && json_integer_value(value) >= 0;
    }
    return good ? BRG_OK
                : blame(r, f->line, f->column, column_names[CUSTOM],
                        "accepted: nothing, or a JSON object of counts");
}

static int take_row(brg_qec_table *table, reader *r, const int *where) {
    brg_qec_row row = {0};
    const field *f[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) f[i] = where[i] < 0 ? NULL : &r->fields[where[i]];
    int status = take_count(&row.shots, r, f[SHOTS], "shots");
    if (!status) status = take_count(&row.errors, r, f[ERRORS], "errors");
    if (!status) status = take_count(&row.discards, r, f[DISCARDS], "discards");
    char *end;
    row.seconds = strtod(f[SECONDS]->text, &end);
    if (!status && (end == f[SECONDS]->text || *end || !(row.seconds >= 0) || isinf(row.seconds)))
        status = blame(r, f[SECONDS]->line, f[SECONDS]->column, "seconds",
                       "not a time, accepted: a number from 0");
    if (!status && (row.errors > row.shots || row.discards > row.shots - row.errors))
        status = blame(r, f[ERRORS]->line, f[ERRORS]->column, "errors",
                       "errors and discards are more than the shots");
    if (!status && !*f[STRONG_ID]->text)
        status = blame(r, f[STRONG_ID]->line, f[STRONG_ID]->column, "strong_id", "empty");
    if (!status) status = take_json(&row.metadata, r, f[METADATA], "json_metadata");
    if (!status && f[CUSTOM]) status = take_custom(&row.custom_counts, r, f[CUSTOM]);
    row.decoder = f[DECODER]->text;
    row.strong_id = f[STRONG_ID]->text;
    if (!status) {
        status = brg_qec_table_add(table, &row);
        if (status == BRG_EINPUT)
            blame(r, f[SHOTS]->line, f[SHOTS]->column, NULL,
                  "the counts of this task add up to more than 9223372036854775807");
    }
    json_decref(row.metadata);
    json_decref(row.custom_counts);
    return status;
}

static int take_head(int *where, reader *r) {
    for (int i = 0; i < COLUMNS; i++) {
        where[i] = -1;
        for (size_t j = 0; j < r->count; j++)
            if (strcmp(r->fields[j].text, column_names[i]) == 0) where[i] = (int)j;
        if (where[i] < 0 && i != CUSTOM) {
            brg_diag_add(r->diag, r->file, 1, 1, NULL,
                         "no column %s, accepted: a head line shots,errors,discards,seconds,"
                         "decoder,strong_id,json_metadata,custom_counts",
                         column_names[i]);
            return BRG_EINPUT;
        }
    }
    return BRG_OK;
}

int brg_qec_table_parse(brg_qec_table *table, const char *text, size_t length, const char *file,
                        brg_diag *diag) {
    reader r = {.at = text,
                .end = text + length,
                .line_start = text,
                .line = 1,
                .file = file,
                .diag = diag};
    int where[COLUMNS];
    int status = read_line(&r);
    const size_t columns = r.count;
    if (!status) status = take_head(where, &r);
    while (!status && r.at < r.end) {
        const size_t line = r.line;
        status = read_line(&r);
        if (status || (r.count == 1 && !*r.fields[0].text)) continue;
        if (r.count != columns) {
            brg_diag_add(diag, file, line, 1, NULL,
                         "%zu columns, accepted: %zu as in the head line", r.count, columns);
            status = BRG_EINPUT;
        } else {
            status = take_row(table, &r, where);
        }
    }
    drop_fields(&r);
    return status;
}

int brg_qec_table_read(brg_qec_table *table, const char *path, char **text, brg_diag *diag) {
    void *data = NULL;
    size_t length = 0;
    int status = brg_read_file(&data, &length, path, MOST_CSV_BYTES, diag);
    if (status == BRG_EIO) status = BRG_EINPUT;
    if (!status) status = brg_qec_table_parse(table, data, length, path, diag);
    if (!status && text) {
        *text = malloc(length + 1);
        if (*text) {
            memcpy(*text, data, length);
            (*text)[length] = '\0';
        } else {
            status = BRG_ENOMEM;
        }
    }
    free(data);
    return status;
}

int brg_qec_write_head(FILE *to) {
    return fprintf(to, "%10s,%10s,%10s,%8s,decoder,strong_id,json_metadata,custom_counts\n",
                   "shots", "errors", "discards", "seconds") < 0
               ? BRG_EIO
               : BRG_OK;
}

/* Quotes only what needs them, as Python's csv module does. */
static void write_field(FILE *to, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    for (const char *p = text; *p; p++) {
        if (*p == '"') putc('"', to);
        putc(*p, to);
    }
    putc('"', to);
}

static const size_t compact =
    JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);

int brg_qec_write_row(FILE *to, const brg_qec_row *row) {
    char seconds[32];
    const int digits = row->seconds < 1 ? 3 : row->seconds < 10 ? 2 : 1;
    snprintf(seconds, sizeof seconds, "%.*f", digits, row->seconds);
    char *metadata = json_dumps(row->metadata, compact);
    char *custom =
        json_object_size(row->custom_counts) ? json_dumps(row->custom_counts, compact) : strdup("");
    int status = metadata && custom ? BRG_OK : BRG_ENOMEM;
    if (!status) {
        fprintf(to, "%10" PRIu64 ",%10" PRIu64 ",%10" PRIu64 ",%8s,", row->shots, row->errors,
                row->discards, seconds);
        write_field(to, row->decoder);
        putc(',', to);
        write_field(to, row->strong_id);
        putc(',', to);
        write_field(to, metadata);
        putc(',', to);
        write_field(to, custom);
        putc('\n', to);
        if (ferror(to)) status = BRG_EIO;
    }
    free(metadata);
    free(custom);
    return status;
}

static void hash_text(uint8_t digest[SHA256_DIGEST_SIZE], const char *text) {
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, strlen(text), (const uint8_t *)text);
    sha256_digest(&context, SHA256_DIGEST_SIZE, digest);
}

int brg_qec_strong_id(char id[BRG_QEC_ID_SIZE], const char *circuit, const char *decoder,
                      const char *error_model, json_t *metadata) {
    json_t *value = json_pack("{s:s, s:s, s:s, s:n, s:O}", "circuit", circuit, "decoder", decoder,
                              "decoder_error_model", error_model, "postselection_mask",
                              "json_metadata", metadata);
    char *text = value ? json_dumps(value, JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(value);
    if (!text) return BRG_ENOMEM;
    uint8_t digest[SHA256_DIGEST_SIZE];
    hash_text(digest, text);
    free(text);
    for (int i = 0; i < SHA256_DIGEST_SIZE; i++) snprintf(id + 2 * i, 3, "%02x", digest[i]);
    return BRG_OK;
}

uint64_t brg_qec_text_hash(const char *text) {
    uint8_t digest[SHA256_DIGEST_SIZE];
    hash_text(digest, text);
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | digest[i];
    return value;
}
