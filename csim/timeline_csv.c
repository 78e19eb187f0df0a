/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline as CSV with the leaf data beside it (docs/timeline.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "csim/slice_ops.h"
#include "csim/timeline_internal.h"
#include "csim/timeline_text.h"

#define SCHEMA "brigade.timeline/1"
#define COLUMNS "query,slice,start_ns,duration_ns,wait_ns,cause,data_version,operations"

enum { FIELDS = 8, VERSIONS_MAX = 1 << 20 };

/* Writing. */

/* 2^n words in address order, ceil(k/8) bytes each, low byte first. */
static int write_raw(const brg_planes *data, const char *path) {
    brg_output o;
    const int rc = brg_output_open(&o, path);
    if (rc) return rc;
    const uint32_t bytes = (data->word_width + 7) / 8;
    for (uint64_t i = 0; i < (uint64_t)1 << data->address_width; i++) {
        const uint64_t word = brg_planes_word(data, i);
        for (uint32_t b = 0; b < bytes; b++) putc((int)(word >> (8 * b) & 0xffu), o.file);
    }
    return brg_output_close(&o, BRG_OK);
}

static void write_cause(FILE *f, const brg_slice *s) {
    int causes = 0;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) causes += s->wait_ps[c] != 0;
    const char *separator = "";
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
        if (!s->wait_ps[c]) continue;
        fprintf(f, "%s%s", separator, brg_cause_name((brg_cause)c));
        if (causes > 1) {
            putc(':', f);
            brg_write_ns(f, s->wait_ps[c]);
        }
        separator = "+";
    }
}

static void write_index(FILE *f, const char **separator, const char *word, int index) {
    if (index < 0) return;
    fprintf(f, "%s%s:%d", *separator, word, index);
    *separator = " ";
}

/* A bus operation, with its page where a page controls it: d_in:0@3. */
static void write_bus(FILE *f, const char **separator, const char *word, int index, int page) {
    write_index(f, separator, word, index);
    if (index >= 0 && page >= 0) fprintf(f, "@%d", page);
}

static void write_flag(FILE *f, const char **separator, const char *word, bool on) {
    if (!on) return;
    fprintf(f, "%s%s", *separator, word);
    *separator = " ";
}

static void write_ops(FILE *f, const brg_slice_ops *o) {
    const char *separator = "";
    write_index(f, &separator, "a_in", o->a_in);
    write_flag(f, &separator, "basis_in", o->basis_in);
    write_bus(f, &separator, "d_in", o->d_in, o->d_in_page);
    for (int l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++)
        if (o->route >> l & 1u) write_index(f, &separator, "route", l);
    for (int l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++)
        if (o->latch >> l & 1u) write_index(f, &separator, o->unlatch ? "unlatch" : "latch", l);
    write_index(f, &separator, "fetch", o->fetch);
    write_bus(f, &separator, "d_out", o->d_out, o->d_out_page);
    write_flag(f, &separator, "basis_out", o->basis_out);
    write_index(f, &separator, "a_out", o->a_out);
    write_flag(f, &separator, "idle", *separator == '\0');
}

static void write_slice(FILE *f, const brg_slice *s) {
    fprintf(f, "%" PRIu32 ",%" PRIu32 ",", s->query, s->slice);
    brg_write_ns(f, s->start_ps);
    putc(',', f);
    brg_write_ns(f, s->duration_ps);
    putc(',', f);
    brg_write_ns(f, brg_slice_wait_ps(s));
    putc(',', f);
    write_cause(f, s);
    putc(',', f);
    if (s->data_version >= 0) fprintf(f, "%" PRId32, s->data_version);
    putc(',', f);
    write_ops(f, &s->ops);
    putc('\n', f);
}

int brg_timeline_write_csv(const brg_timeline *t, const char *path) {
    if (!t || !path || !*brg_text_base_name(path)) return BRG_EINVAL;
    int rc = BRG_OK;
    for (int32_t v = 0; v < brg_timeline_data_versions(t) && !rc; v++) {
        char *name = brg_text_new("%s.data%" PRId32 ".raw", path, v);
        rc = name ? write_raw(brg_timeline_data(t, v), name) : BRG_ENOMEM;
        free(name);
    }
    if (!rc) rc = brg_events_write(t, path);
    if (rc) return rc;
    brg_output o;
    rc = brg_output_open(&o, path);
    if (rc) return rc;
    const brg_qram *q = brg_timeline_qram(t);
    fprintf(o.file, "# schema: %s\n# program: %s\n# routers: %s\n", SCHEMA, brg_timeline_program(t),
            q->routers == BRG_TWO_LEVEL ? "two_level" : "three_level");
    fprintf(o.file, "# address_width: %" PRIu32 "\n# word_width: %" PRIu32 "\n", q->address_width,
            q->word_width);
    if (q->page_bits) fprintf(o.file, "# page_bits: %" PRIu32 "\n", q->page_bits);
    for (int32_t v = 0; v < brg_timeline_data_versions(t); v++)
        fprintf(o.file, "# data: %" PRId32 " fnv1a:%016" PRIx64 " %s.data%" PRId32 ".raw\n", v,
                brg_planes_hash(brg_timeline_data(t, v)), brg_text_base_name(path), v);
    fprintf(o.file, "%s\n", COLUMNS);
    for (size_t i = 0; i < brg_timeline_slices(t); i++)
        write_slice(o.file, brg_timeline_slice(t, i));
    return brg_output_close(&o, BRG_OK);
}

/* Reading. */

/* `# key: value`; the value in *value. */
static int head_line(brg_csv_reader *r, const char *key, brg_piece *value) {
    char expected[64];
    if (!brg_next_line(r))
        return brg_wrong(r, r->line, "", "the file ends here, expected `# %s: ...`", key);
    const size_t length = (size_t)snprintf(expected, sizeof expected, "# %s: ", key);
    if (brg_piece_length(r->line) <= length || memcmp(r->line.at, expected, length) != 0)
        return brg_wrong(r, r->line, "", "expected the line `# %s: ...`", key);
    *value = (brg_piece){r->line.at + length, r->line.end};
    return BRG_OK;
}

static int head_number(brg_csv_reader *r, const char *key, uint64_t most, uint32_t *out) {
    brg_piece value;
    uint64_t number = 0;
    const int rc = head_line(r, key, &value);
    if (rc) return rc;
    if (!brg_parse_count(value, most, &number) || number < 1)
        return brg_wrong(r, value, key, "`%.*s` is not a whole number from 1 to %" PRIu64,
                         brg_piece_shown(value), value.at, most);
    *out = (uint32_t)number;
    return BRG_OK;
}

/* Does the next line, not yet read, begin so? */
static bool starts_with(const brg_csv_reader *r, const char *text) {
    const size_t length = strlen(text);
    return (size_t)(r->end - r->at) >= length && memcmp(r->at, text, length) == 0;
}

static int read_head(brg_csv_reader *r) {
    brg_piece value, program;
    brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    int rc = head_line(r, "schema", &value);
    if (rc) return rc;
    if (!brg_piece_is(value, SCHEMA))
        return brg_wrong(r, value, "schema", "`%.*s` is not known, accepted is %s",
                         brg_piece_shown(value), value.at, SCHEMA);
    rc = head_line(r, "program", &program);
    if (rc) return rc;
    char name[256] = "";
    if (brg_piece_length(program) >= sizeof name ||
        memchr(program.at, '\0', brg_piece_length(program)))
        return brg_wrong(r, program, "program", "the name is not a text of at most 255 bytes");
    memcpy(name, program.at, brg_piece_length(program));
    const brg_piece program_line = r->line;
    const size_t program_number = r->line_number;

    rc = head_line(r, "routers", &value);
    if (rc) return rc;
    if (brg_piece_is(value, "three_level"))
        q.routers = BRG_THREE_LEVEL;
    else if (!brg_piece_is(value, "two_level"))
        return brg_wrong(r, value, "routers",
                         "`%.*s` is not known, accepted are two_level, three_level",
                         brg_piece_shown(value), value.at);
    rc = head_number(r, "address_width", BRG_MAX_ADDRESS_WIDTH, &q.address_width);
    if (!rc) rc = head_number(r, "word_width", BRG_MAX_WORD_WIDTH, &q.word_width);
    if (!rc && starts_with(r, "# page_bits: ")) {
        rc = head_number(r, "page_bits", BRG_MAX_PAGE_BITS, &q.page_bits);
        if (!rc && brg_table_width(&q) > BRG_MAX_ADDRESS_WIDTH)
            rc = brg_wrong(r, r->line, "page_bits", "with address_width more than %d address bits",
                           BRG_MAX_ADDRESS_WIDTH);
    }
    if (rc) return rc;
    rc = brg_timeline_new(&r->timeline, name, &q);
    if (rc == BRG_EINVAL) {
        r->line = program_line;
        r->line_number = program_number;
        return brg_wrong(r, program, "program", "the name has control characters or outer blanks");
    }
    return rc;
}

/* Reads exactly `size` bytes and no more; BRG_EINPUT with a message when the file is not so. */
static int read_exactly(brg_csv_reader *r, brg_piece where, const char *path, unsigned char *to,
                        uint64_t size) {
    FILE *f = fopen(path, "rb");
    if (!f) return brg_wrong(r, where, "data", "cannot read %s: %s", path, strerror(errno));
    const size_t got = fread(to, 1, (size_t)size, f);
    const bool more = got == size && getc(f) != EOF;
    fclose(f);
    if (got != size || more)
        return brg_wrong(r, where, "data", "%s has %s than the %" PRIu64 " bytes of 2^n words",
                         path, more ? "more" : "less", size);
    return BRG_OK;
}

static int read_raw(brg_csv_reader *r, brg_piece where, const char *path, brg_planes *data) {
    const uint32_t bytes = (data->word_width + 7) / 8;
    const uint64_t cells = (uint64_t)1 << data->address_width;
    unsigned char *raw = malloc((size_t)(cells * bytes));
    if (!raw) return BRG_ENOMEM;
    int rc = read_exactly(r, where, path, raw, cells * bytes);
    for (uint64_t i = 0; i < cells && !rc; i++) {
        uint64_t word = 0;
        for (uint32_t b = 0; b < bytes; b++) word |= (uint64_t)raw[i * bytes + b] << (8 * b);
        if (data->word_width < 64 && word >> data->word_width)
            rc =
                brg_wrong(r, where, "data", "word %" PRIu64 " of %s has more than %" PRIu32 " bits",
                          i, path, data->word_width);
        for (uint32_t j = 0; j < data->word_width && !rc; j++)
            if (word >> j & 1u) brg_planes_set(data, j, i, true);
    }
    free(raw);
    return rc;
}

static bool parse_hash(brg_piece p, uint64_t *out) {
    static const char prefix[] = "fnv1a:";
    const size_t skip = sizeof prefix - 1;
    if (brg_piece_length(p) != skip + 16 || memcmp(p.at, prefix, skip) != 0) return false;
    *out = 0;
    for (const char *c = p.at + skip; c < p.end; c++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, *c);
        if (!*c || !digit) return false;
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

/* `# data: VERSION fnv1a:HASH FILE` */
static int read_data_line(brg_csv_reader *r, brg_piece rest) {
    const brg_piece number = brg_cut(&rest, ' ');
    uint64_t version = 0, hash = 0;
    if (!brg_parse_count(number, VERSIONS_MAX - 1, &version) ||
        version != (uint64_t)brg_timeline_data_versions(r->timeline))
        return brg_wrong(r, number, "data", "`%.*s` is not the next version, expected %" PRId32,
                         brg_piece_shown(number), number.at,
                         brg_timeline_data_versions(r->timeline));
    const brg_piece sum = brg_cut(&rest, ' ');
    if (!parse_hash(sum, &hash))
        return brg_wrong(r, sum, "data",
                         "`%.*s` is not fnv1a: with 16 lower-case hexadecimal digits",
                         brg_piece_shown(sum), sum.at);
    if (!brg_piece_length(rest) || brg_piece_length(rest) > 1024 ||
        memchr(rest.at, '/', brg_piece_length(rest)) ||
        memchr(rest.at, '\0', brg_piece_length(rest)))
        return brg_wrong(r, rest, "data", "expected the plain name of a file in the same folder");

    const brg_qram *q = brg_timeline_qram(r->timeline);
    const int folder = (int)(brg_text_base_name(r->path) - r->path);
    char *path = brg_text_new("%.*s%.*s", folder, r->path, (int)brg_piece_length(rest), rest.at);
    brg_planes *data = NULL;
    int rc = path ? brg_planes_new(&data, q->address_width, q->word_width) : BRG_ENOMEM;
    if (!rc) rc = read_raw(r, rest, path, data);
    if (!rc && brg_planes_hash(data) != hash)
        rc = brg_wrong(r, sum, "data", "%s does not have this hash but fnv1a:%016" PRIx64, path,
                       brg_planes_hash(data));
    int32_t got = 0;
    if (!rc) rc = brg_timeline_add_data(r->timeline, data, &got);
    if (!rc && got != (int32_t)version)
        rc = brg_wrong(r, number, "data", "the data are those of version %" PRId32 " again", got);
    brg_planes_destroy(&data);
    free(path);
    return rc;
}

/* cause column: nothing, `memory`, or `memory:592+latch:8`; the times add up to `total`. */
static int read_cause(brg_csv_reader *r, brg_piece field, uint64_t total, brg_slice *s) {
    if (!brg_piece_length(field)) {
        if (total) return brg_wrong(r, field, "cause", "missing, because wait_ns is not 0");
        return BRG_OK;
    }
    if (!total) return brg_wrong(r, field, "cause", "a cause without a wait, wait_ns is 0");
    const bool single = !memchr(field.at, '+', brg_piece_length(field));
    uint64_t sum = 0;
    int previous = -1;
    brg_piece rest = field;
    while (rest.at < rest.end) {
        brg_piece part = brg_cut(&rest, '+');
        const brg_piece whole = part, word = brg_cut(&part, ':');
        const bool timed = word.end != whole.end;
        int c = 0;
        while (c < BRG_CAUSE_COUNT && !brg_piece_is(word, brg_cause_name((brg_cause)c))) c++;
        if (c == BRG_CAUSE_COUNT)
            return brg_wrong(
                r, word, "cause",
                "`%.*s` is not known, accepted are memory, latch, pulse, readout, decoder, "
                "host, control",
                brg_piece_shown(word), word.at);
        if (c <= previous)
            return brg_wrong(r, word, "cause",
                             "causes stand once each in the order of docs/timeline.md");
        if (single && !timed) {
            s->wait_ps[c] = total;
        } else if (!timed || !brg_parse_ns(part, &s->wait_ps[c]) || !s->wait_ps[c]) {
            return brg_wrong(r, whole, "cause", "expected CAUSE:NS with a time above 0");
        }
        if (s->wait_ps[c] > total - sum) break;
        sum += s->wait_ps[c];
        previous = c;
    }
    if (sum != total || field.end[-1] == '+')
        return brg_wrong(r, field, "cause", "the causes do not add up to wait_ns");
    return BRG_OK;
}

typedef struct operation_word {
    const char *word;
    bool indexed;
} operation_word;

static int read_ops(brg_csv_reader *r, brg_piece field, brg_slice_ops *o) {
    enum {
        A_IN,
        BASIS_IN,
        D_IN,
        ROUTE,
        LATCH,
        UNLATCH,
        FETCH,
        D_OUT,
        BASIS_OUT,
        A_OUT,
        IDLE,
        WORDS
    };
    static const operation_word words[WORDS] = {[A_IN] = {"a_in", true},
                                                [BASIS_IN] = {"basis_in", false},
                                                [D_IN] = {"d_in", true},
                                                [ROUTE] = {"route", true},
                                                [LATCH] = {"latch", true},
                                                [UNLATCH] = {"unlatch", true},
                                                [FETCH] = {"fetch", true},
                                                [D_OUT] = {"d_out", true},
                                                [BASIS_OUT] = {"basis_out", false},
                                                [A_OUT] = {"a_out", true},
                                                [IDLE] = {"idle", false}};
    *o = brg_slice_ops_none();
    if (!brg_piece_length(field))
        return brg_wrong(r, field, "operations", "missing, `idle` stands for none");
    int last = -1;
    uint64_t last_index = 0;
    brg_piece rest = field;
    while (rest.at < rest.end) {
        brg_piece part = brg_cut(&rest, ' ');
        const brg_piece whole = part, word = brg_cut(&part, ':');
        const bool indexed = word.end != whole.end;
        const brg_piece number = brg_cut(&part, '@');
        const bool paged = indexed && number.end != whole.end;
        uint64_t page = 0;
        int w = 0;
        while (w < WORDS && !brg_piece_is(word, words[w].word)) w++;
        if (w == WORDS)
            return brg_wrong(
                r, word, "operations",
                "`%.*s` is not known, accepted are a_in, basis_in, d_in, route, latch, "
                "unlatch, fetch, d_out, basis_out, a_out, idle",
                brg_piece_shown(word), word.at);
        uint64_t index = 0;
        if (indexed != words[w].indexed || (indexed && !brg_parse_count(number, 63, &index)) ||
            (w >= ROUTE && w <= UNLATCH && index >= BRG_MAX_ADDRESS_WIDTH))
            return brg_wrong(
                r, whole, "operations", "expected %s%s", words[w].word,
                words[w].indexed ? ":INDEX with an index in range" : " without an index");
        if (paged && ((w != D_IN && w != D_OUT) ||
                      !brg_parse_count(part, (1u << BRG_MAX_PAGE_BITS) - 1, &page)))
            return brg_wrong(r, whole, "operations",
                             "only d_in and d_out have a page, INDEX@PAGE, accepted 0..%u",
                             (1u << BRG_MAX_PAGE_BITS) - 1);
        const bool repeats = w >= ROUTE && w <= UNLATCH && w == last && index > last_index;
        if (w <= last && !repeats)
            return brg_wrong(r, whole, "operations",
                             "operations stand once each in the order of docs/timeline.md");
        if (w == IDLE && last >= 0) return brg_wrong(r, whole, "operations", "idle stands alone");
        if ((w == UNLATCH && o->latch && !o->unlatch))
            return brg_wrong(r, whole, "operations", "latch and unlatch do not go together");
        switch (w) {
            case A_IN:
                o->a_in = (int16_t)index;
                break;
            case BASIS_IN:
                o->basis_in = true;
                break;
            case D_IN:
                o->d_in = (int16_t)index;
                if (paged) o->d_in_page = (int16_t)page;
                break;
            case ROUTE:
                o->route |= 1u << index;
                break;
            case UNLATCH:
                o->unlatch = true;
                o->latch |= 1u << index;
                break;
            case LATCH:
                o->latch |= 1u << index;
                break;
            case FETCH:
                o->fetch = (int16_t)index;
                break;
            case D_OUT:
                o->d_out = (int16_t)index;
                if (paged) o->d_out_page = (int16_t)page;
                break;
            case BASIS_OUT:
                o->basis_out = true;
                break;
            case A_OUT:
                o->a_out = (int16_t)index;
                break;
            default:
                break;
        }
        last = w;
        last_index = index;
    }
    if (field.end[-1] == ' ') return brg_wrong(r, field, "operations", "ends with a blank");
    return BRG_OK;
}

static int refuse(brg_csv_reader *r, const brg_piece *field, brg_slice_field what) {
    switch (what) {
        case BRG_FIELD_QUERY:
            return brg_wrong(r, field[0], "query",
                             "is neither the query of the line before nor the next");
        case BRG_FIELD_SLICE:
            return brg_wrong(r, field[1], "slice",
                             "is not one more than in the line before (1 begins a query)");
        case BRG_FIELD_START:
            return brg_wrong(r, field[2], "start_ns",
                             "is before the end of the slice before plus wait_ns");
        case BRG_FIELD_DURATION:
            return brg_wrong(r, field[3], "duration_ns", "the slice ends later than 2^62 ps");
        case BRG_FIELD_WAIT:
            return brg_wrong(r, field[4], "wait_ns", "is longer than 2^62 ps");
        case BRG_FIELD_DATA:
            return brg_wrong(r, field[6], "data_version",
                             "must name a version of the head with a fetch, and be empty without");
        default:
            return brg_wrong(r, field[7], "operations",
                             "do not go together, or an index is out of range for this tree");
    }
}

static int read_slice(brg_csv_reader *r) {
    static const char *const names[FIELDS] = {"query",   "slice", "start_ns",     "duration_ns",
                                              "wait_ns", "cause", "data_version", "operations"};
    brg_piece field[FIELDS], rest = r->line;
    for (int i = 0; i < FIELDS; i++) {
        field[i] = i + 1 < FIELDS ? brg_cut(&rest, ',') : rest;
        if (i + 1 < FIELDS && field[i].end == r->line.end)
            return brg_wrong(r, field[i], "", "the line has %d of 8 fields", i + 1);
    }
    brg_slice s = {.data_version = -1};
    uint64_t query = 0, slice = 0, wait = 0, version = 0;
    uint64_t *const time[3] = {&s.start_ps, &s.duration_ps, &wait};
    if (!brg_parse_count(field[0], UINT32_MAX, &query))
        return brg_wrong(r, field[0], names[0], "`%.*s` is not a whole number from 0",
                         brg_piece_shown(field[0]), field[0].at);
    if (!brg_parse_count(field[1], UINT32_MAX, &slice))
        return brg_wrong(r, field[1], names[1], "`%.*s` is not a whole number from 1",
                         brg_piece_shown(field[1]), field[1].at);
    for (int i = 0; i < 3; i++)
        if (!brg_parse_ns(field[2 + i], time[i]))
            return brg_wrong(r, field[2 + i], names[2 + i],
                             "`%.*s` is not a time in ns with at most 3 decimals",
                             brg_piece_shown(field[2 + i]), field[2 + i].at);
    int rc = read_cause(r, field[5], wait, &s);
    if (rc) return rc;
    if (brg_piece_length(field[6])) {
        if (!brg_parse_count(field[6], VERSIONS_MAX - 1, &version))
            return brg_wrong(r, field[6], names[6], "`%.*s` is not a whole number from 0",
                             brg_piece_shown(field[6]), field[6].at);
        s.data_version = (int32_t)version;
    }
    rc = read_ops(r, field[7], &s.ops);
    if (rc) return rc;
    s.query = (uint32_t)query;
    s.slice = (uint32_t)slice;
    const brg_slice_field what = brg_timeline_check(r->timeline, &s);
    if (what != BRG_FIELD_NONE) return refuse(r, field, what);
    return brg_timeline_append(r->timeline, &s);
}

static int read_all(brg_csv_reader *r, brg_csv_reader *events) {
    static const char data_key[] = "# data: ";
    const size_t key_length = sizeof data_key - 1;
    int rc = read_head(r);
    if (rc) return rc;
    bool more = brg_next_line(r);
    while (!rc && more && brg_piece_length(r->line) > key_length &&
           memcmp(r->line.at, data_key, key_length) == 0) {
        rc = read_data_line(r, (brg_piece){r->line.at + key_length, r->line.end});
        if (!rc) more = brg_next_line(r);
    }
    if (rc) return rc;
    if (!more || !brg_piece_is(r->line, COLUMNS))
        return brg_wrong(r, r->line, "", "expected `# data: ...` or the line %s", COLUMNS);
    while (!rc && brg_next_line(r)) {
        rc = read_slice(r);
        if (!rc) rc = brg_events_of_slice(events, r->timeline);
    }
    return rc ? rc : brg_events_end(events);
}

int brg_timeline_read_csv(brg_timeline **out, const char *path, brg_diag *diag) {
    if (!out || !path) return BRG_EINVAL;
    *out = NULL;
    char *text = NULL, *events_name = NULL, *events_text = NULL;
    size_t length = 0;
    brg_csv_reader events;
    int rc = brg_text_load(path, &text, &length, diag);
    if (rc) return rc;
    brg_csv_reader r = {.path = path, .diag = diag, .at = text, .end = text + length};
    rc = brg_events_open(&events, path, &events_name, &events_text, diag);
    if (!rc) rc = read_all(&r, &events);
    free(text);
    free(events_name);
    free(events_text);
    if (rc) {
        brg_timeline_destroy(&r.timeline);
        return rc;
    }
    *out = r.timeline;
    return BRG_OK;
}
