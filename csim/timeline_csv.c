/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline as CSV with the leaf data beside it (docs/timeline.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/slice_ops.h"
#include "csim/timeline_internal.h"

#define SCHEMA "brigade.timeline/1"
#define COLUMNS "query,slice,start_ns,duration_ns,wait_ns,cause,data_version,operations"

enum { FIELDS = 8, VERSIONS_MAX = 1 << 20 };
#define FILE_MAX ((size_t)1 << 30)

/* Writing. */

/* A formatted string in fresh memory; NULL when memory ran out. */
static char *text_new(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text_new(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (!text) return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A file under a temporary name in the same folder, to be renamed when it is complete. */
typedef struct output {
    FILE *file;
    const char *path;
    char *temporary;
} output;

static int output_open(output *o, const char *path) {
    o->path = path;
    o->file = NULL;
    o->temporary = text_new("%s.tmp%ld", path, (long)getpid());
    if (!o->temporary) return BRG_ENOMEM;
    o->file = fopen(o->temporary, "wb");
    if (o->file) return BRG_OK;
    free(o->temporary);
    return BRG_EIO;
}

static int output_close(output *o, int rc) {
    if (ferror(o->file)) rc = rc ? rc : BRG_EIO;
    if (fclose(o->file) != 0) rc = rc ? rc : BRG_EIO;
    if (!rc && rename(o->temporary, o->path) != 0) rc = BRG_EIO;
    if (rc) {
        const int reason = errno;
        remove(o->temporary);
        errno = reason;
    }
    free(o->temporary);
    return rc;
}

/* 2^n words in address order, ceil(k/8) bytes each, low byte first. */
static int write_raw(const brg_planes *data, const char *path) {
    output o;
    const int rc = output_open(&o, path);
    if (rc) return rc;
    const uint32_t bytes = (data->word_width + 7) / 8;
    for (uint64_t i = 0; i < (uint64_t)1 << data->address_width; i++) {
        const uint64_t word = brg_planes_word(data, i);
        for (uint32_t b = 0; b < bytes; b++) putc((int)(word >> (8 * b) & 0xffu), o.file);
    }
    return output_close(&o, BRG_OK);
}

/* Picoseconds as nanoseconds, exact, without trailing zeros. */
static void write_ns(FILE *f, uint64_t ps) {
    const unsigned rest = (unsigned)(ps % 1000);
    fprintf(f, "%" PRIu64, ps / 1000);
    if (!rest) return;
    if (rest % 100 == 0)
        fprintf(f, ".%u", rest / 100);
    else if (rest % 10 == 0)
        fprintf(f, ".%02u", rest / 10);
    else
        fprintf(f, ".%03u", rest);
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
            write_ns(f, s->wait_ps[c]);
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
    write_ns(f, s->start_ps);
    putc(',', f);
    write_ns(f, s->duration_ps);
    putc(',', f);
    write_ns(f, brg_slice_wait_ps(s));
    putc(',', f);
    write_cause(f, s);
    putc(',', f);
    if (s->data_version >= 0) fprintf(f, "%" PRId32, s->data_version);
    putc(',', f);
    write_ops(f, &s->ops);
    putc('\n', f);
}

int brg_timeline_write_csv(const brg_timeline *t, const char *path) {
    if (!t || !path || !*base_name(path)) return BRG_EINVAL;
    int rc = BRG_OK;
    for (int32_t v = 0; v < brg_timeline_data_versions(t) && !rc; v++) {
        char *name = text_new("%s.data%" PRId32 ".raw", path, v);
        rc = name ? write_raw(brg_timeline_data(t, v), name) : BRG_ENOMEM;
        free(name);
    }
    if (rc) return rc;
    output o;
    rc = output_open(&o, path);
    if (rc) return rc;
    const brg_qram *q = brg_timeline_qram(t);
    fprintf(o.file, "# schema: %s\n# program: %s\n# routers: %s\n", SCHEMA, brg_timeline_program(t),
            q->routers == BRG_TWO_LEVEL ? "two_level" : "three_level");
    fprintf(o.file, "# address_width: %" PRIu32 "\n# word_width: %" PRIu32 "\n", q->address_width,
            q->word_width);
    if (q->page_bits) fprintf(o.file, "# page_bits: %" PRIu32 "\n", q->page_bits);
    for (int32_t v = 0; v < brg_timeline_data_versions(t); v++)
        fprintf(o.file, "# data: %" PRId32 " fnv1a:%016" PRIx64 " %s.data%" PRId32 ".raw\n", v,
                brg_planes_hash(brg_timeline_data(t, v)), base_name(path), v);
    fprintf(o.file, "%s\n", COLUMNS);
    for (size_t i = 0; i < brg_timeline_slices(t); i++)
        write_slice(o.file, brg_timeline_slice(t, i));
    return output_close(&o, BRG_OK);
}

/* Reading. */

/* A piece of a line that is being read. */
typedef struct piece {
    const char *at, *end;
} piece;

typedef struct reader {
    const char *path;
    brg_diag *diag;
    const char *at, *end; /* what is left of the file */
    piece line;
    size_t line_number;
    brg_timeline *timeline;
} reader;

static size_t piece_length(piece p) {
    return (size_t)(p.end - p.at);
}

static bool piece_is(piece p, const char *word) {
    return piece_length(p) == strlen(word) && memcmp(p.at, word, strlen(word)) == 0;
}

/* At most 40 bytes of a piece, for messages. */
static int shown(piece p) {
    return piece_length(p) > 40 ? 40 : (int)piece_length(p);
}

/* One message at the place of `where` in the present line. */
static int wrong(reader *r, piece where, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int wrong(reader *r, piece where, const char *key, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    brg_diag_add(r->diag, r->path, r->line_number, (size_t)(where.at - r->line.at) + 1, key, "%s",
                 text);
    return BRG_EINPUT;
}

static bool next_line(reader *r) {
    if (r->at == r->end) {
        r->line.at = r->line.end = r->end;
        r->line_number++;
        return false;
    }
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    r->line.at = r->at;
    r->line.end = stop ? stop : r->end;
    r->at = stop ? stop + 1 : r->end;
    r->line_number++;
    return true;
}

/* The part of *rest before the separator; *rest goes behind it, or becomes empty. */
static piece cut(piece *rest, char separator) {
    const char *stop =
        piece_length(*rest) ? memchr(rest->at, separator, piece_length(*rest)) : NULL;
    const piece first = {rest->at, stop ? stop : rest->end};
    rest->at = stop ? stop + 1 : rest->end;
    return first;
}

/* Plain decimal without sign or leading zeros, at most `most`. */
static bool parse_count(piece p, uint64_t most, uint64_t *out) {
    uint64_t value = 0;
    if (!piece_length(p) || piece_length(p) > 19 || (*p.at == '0' && piece_length(p) > 1))
        return false;
    for (const char *c = p.at; c < p.end; c++) {
        if (*c < '0' || *c > '9') return false;
        value = 10 * value + (uint64_t)(*c - '0');
    }
    *out = value;
    return value <= most;
}

/* Nanoseconds with up to three decimals, as picoseconds below 2^62. */
static bool parse_ns(piece p, uint64_t *out) {
    piece rest = p;
    const piece whole = cut(&rest, '.');
    uint64_t ns = 0, ps = 0;
    if (!parse_count(whole, (BRG_TIMELINE_END_PS - 1) / 1000, &ns)) return false;
    if (whole.end != p.end) {
        if (!piece_length(rest) || piece_length(rest) > 3) return false;
        for (int digit = 0; digit < 3; digit++) {
            const bool given = rest.at + digit < rest.end;
            if (given && (rest.at[digit] < '0' || rest.at[digit] > '9')) return false;
            ps = 10 * ps + (given ? (uint64_t)(rest.at[digit] - '0') : 0);
        }
    }
    *out = 1000 * ns + ps;
    return *out < BRG_TIMELINE_END_PS;
}

/* `# key: value`; the value in *value. */
static int head_line(reader *r, const char *key, piece *value) {
    char expected[64];
    if (!next_line(r))
        return wrong(r, r->line, "", "the file ends here, expected `# %s: ...`", key);
    const size_t length = (size_t)snprintf(expected, sizeof expected, "# %s: ", key);
    if (piece_length(r->line) <= length || memcmp(r->line.at, expected, length) != 0)
        return wrong(r, r->line, "", "expected the line `# %s: ...`", key);
    *value = (piece){r->line.at + length, r->line.end};
    return BRG_OK;
}

static int head_number(reader *r, const char *key, uint64_t most, uint32_t *out) {
    piece value;
    uint64_t number = 0;
    const int rc = head_line(r, key, &value);
    if (rc) return rc;
    if (!parse_count(value, most, &number) || number < 1)
        return wrong(r, value, key, "`%.*s` is not a whole number from 1 to %" PRIu64, shown(value),
                     value.at, most);
    *out = (uint32_t)number;
    return BRG_OK;
}

/* Does the next line, not yet read, begin so? */
static bool starts_with(const reader *r, const char *text) {
    const size_t length = strlen(text);
    return (size_t)(r->end - r->at) >= length && memcmp(r->at, text, length) == 0;
}

static int read_head(reader *r) {
    piece value, program;
    brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    int rc = head_line(r, "schema", &value);
    if (rc) return rc;
    if (!piece_is(value, SCHEMA))
        return wrong(r, value, "schema", "`%.*s` is not known, accepted is %s", shown(value),
                     value.at, SCHEMA);
    rc = head_line(r, "program", &program);
    if (rc) return rc;
    char name[256] = "";
    if (piece_length(program) >= sizeof name || memchr(program.at, '\0', piece_length(program)))
        return wrong(r, program, "program", "the name is not a text of at most 255 bytes");
    memcpy(name, program.at, piece_length(program));
    const piece program_line = r->line;
    const size_t program_number = r->line_number;

    rc = head_line(r, "routers", &value);
    if (rc) return rc;
    if (piece_is(value, "three_level"))
        q.routers = BRG_THREE_LEVEL;
    else if (!piece_is(value, "two_level"))
        return wrong(r, value, "routers",
                     "`%.*s` is not known, accepted are two_level, three_level", shown(value),
                     value.at);
    rc = head_number(r, "address_width", BRG_MAX_ADDRESS_WIDTH, &q.address_width);
    if (!rc) rc = head_number(r, "word_width", BRG_MAX_WORD_WIDTH, &q.word_width);
    if (!rc && starts_with(r, "# page_bits: ")) {
        rc = head_number(r, "page_bits", BRG_MAX_PAGE_BITS, &q.page_bits);
        if (!rc && brg_table_width(&q) > BRG_MAX_ADDRESS_WIDTH)
            rc = wrong(r, r->line, "page_bits", "with address_width more than %d address bits",
                       BRG_MAX_ADDRESS_WIDTH);
    }
    if (rc) return rc;
    rc = brg_timeline_new(&r->timeline, name, &q);
    if (rc == BRG_EINVAL) {
        r->line = program_line;
        r->line_number = program_number;
        return wrong(r, program, "program", "the name has control characters or outer blanks");
    }
    return rc;
}

/* Reads exactly `size` bytes and no more; BRG_EINPUT with a message when the file is not so. */
static int read_exactly(reader *r, piece where, const char *path, unsigned char *to,
                        uint64_t size) {
    FILE *f = fopen(path, "rb");
    if (!f) return wrong(r, where, "data", "cannot read %s: %s", path, strerror(errno));
    const size_t got = fread(to, 1, (size_t)size, f);
    const bool more = got == size && getc(f) != EOF;
    fclose(f);
    if (got != size || more)
        return wrong(r, where, "data", "%s has %s than the %" PRIu64 " bytes of 2^n words", path,
                     more ? "more" : "less", size);
    return BRG_OK;
}

static int read_raw(reader *r, piece where, const char *path, brg_planes *data) {
    const uint32_t bytes = (data->word_width + 7) / 8;
    const uint64_t cells = (uint64_t)1 << data->address_width;
    unsigned char *raw = malloc((size_t)(cells * bytes));
    if (!raw) return BRG_ENOMEM;
    int rc = read_exactly(r, where, path, raw, cells * bytes);
    for (uint64_t i = 0; i < cells && !rc; i++) {
        uint64_t word = 0;
        for (uint32_t b = 0; b < bytes; b++) word |= (uint64_t)raw[i * bytes + b] << (8 * b);
        if (data->word_width < 64 && word >> data->word_width)
            rc = wrong(r, where, "data", "word %" PRIu64 " of %s has more than %" PRIu32 " bits", i,
                       path, data->word_width);
        for (uint32_t j = 0; j < data->word_width && !rc; j++)
            if (word >> j & 1u) brg_planes_set(data, j, i, true);
    }
    free(raw);
    return rc;
}

static bool parse_hash(piece p, uint64_t *out) {
    static const char prefix[] = "fnv1a:";
    const size_t skip = sizeof prefix - 1;
    if (piece_length(p) != skip + 16 || memcmp(p.at, prefix, skip) != 0) return false;
    *out = 0;
    for (const char *c = p.at + skip; c < p.end; c++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, *c);
        if (!*c || !digit) return false;
        *out = *out << 4 | (uint64_t)(digit - digits);
    }
    return true;
}

/* `# data: VERSION fnv1a:HASH FILE` */
static int read_data_line(reader *r, piece rest) {
    const piece number = cut(&rest, ' ');
    uint64_t version = 0, hash = 0;
    if (!parse_count(number, VERSIONS_MAX - 1, &version) ||
        version != (uint64_t)brg_timeline_data_versions(r->timeline))
        return wrong(r, number, "data", "`%.*s` is not the next version, expected %" PRId32,
                     shown(number), number.at, brg_timeline_data_versions(r->timeline));
    const piece sum = cut(&rest, ' ');
    if (!parse_hash(sum, &hash))
        return wrong(r, sum, "data", "`%.*s` is not fnv1a: with 16 lower-case hexadecimal digits",
                     shown(sum), sum.at);
    if (!piece_length(rest) || piece_length(rest) > 1024 ||
        memchr(rest.at, '/', piece_length(rest)) || memchr(rest.at, '\0', piece_length(rest)))
        return wrong(r, rest, "data", "expected the plain name of a file in the same folder");

    const brg_qram *q = brg_timeline_qram(r->timeline);
    const int folder = (int)(base_name(r->path) - r->path);
    char *path = text_new("%.*s%.*s", folder, r->path, (int)piece_length(rest), rest.at);
    brg_planes *data = NULL;
    int rc = path ? brg_planes_new(&data, q->address_width, q->word_width) : BRG_ENOMEM;
    if (!rc) rc = read_raw(r, rest, path, data);
    if (!rc && brg_planes_hash(data) != hash)
        rc = wrong(r, sum, "data", "%s does not have this hash but fnv1a:%016" PRIx64, path,
                   brg_planes_hash(data));
    int32_t got = 0;
    if (!rc) rc = brg_timeline_add_data(r->timeline, data, &got);
    if (!rc && got != (int32_t)version)
        rc = wrong(r, number, "data", "the data are those of version %" PRId32 " again", got);
    brg_planes_destroy(&data);
    free(path);
    return rc;
}

/* cause column: nothing, `memory`, or `memory:592+latch:8`; the times add up to `total`. */
static int read_cause(reader *r, piece field, uint64_t total, brg_slice *s) {
    if (!piece_length(field)) {
        if (total) return wrong(r, field, "cause", "missing, because wait_ns is not 0");
        return BRG_OK;
    }
    if (!total) return wrong(r, field, "cause", "a cause without a wait, wait_ns is 0");
    const bool single = !memchr(field.at, '+', piece_length(field));
    uint64_t sum = 0;
    int previous = -1;
    piece rest = field;
    while (rest.at < rest.end) {
        piece part = cut(&rest, '+');
        const piece whole = part, word = cut(&part, ':');
        const bool timed = word.end != whole.end;
        int c = 0;
        while (c < BRG_CAUSE_COUNT && !piece_is(word, brg_cause_name((brg_cause)c))) c++;
        if (c == BRG_CAUSE_COUNT)
            return wrong(
                r, word, "cause",
                "`%.*s` is not known, accepted are memory, latch, pulse, readout, decoder, "
                "host, control",
                shown(word), word.at);
        if (c <= previous)
            return wrong(r, word, "cause",
                         "causes stand once each in the order of docs/timeline.md");
        if (single && !timed) {
            s->wait_ps[c] = total;
        } else if (!timed || !parse_ns(part, &s->wait_ps[c]) || !s->wait_ps[c]) {
            return wrong(r, whole, "cause", "expected CAUSE:NS with a time above 0");
        }
        if (s->wait_ps[c] > total - sum) break;
        sum += s->wait_ps[c];
        previous = c;
    }
    if (sum != total || field.end[-1] == '+')
        return wrong(r, field, "cause", "the causes do not add up to wait_ns");
    return BRG_OK;
}

typedef struct operation_word {
    const char *word;
    bool indexed;
} operation_word;

static int read_ops(reader *r, piece field, brg_slice_ops *o) {
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
    if (!piece_length(field))
        return wrong(r, field, "operations", "missing, `idle` stands for none");
    int last = -1;
    uint64_t last_index = 0;
    piece rest = field;
    while (rest.at < rest.end) {
        piece part = cut(&rest, ' ');
        const piece whole = part, word = cut(&part, ':');
        const bool indexed = word.end != whole.end;
        const piece number = cut(&part, '@');
        const bool paged = indexed && number.end != whole.end;
        uint64_t page = 0;
        int w = 0;
        while (w < WORDS && !piece_is(word, words[w].word)) w++;
        if (w == WORDS)
            return wrong(r, word, "operations",
                         "`%.*s` is not known, accepted are a_in, basis_in, d_in, route, latch, "
                         "unlatch, fetch, d_out, basis_out, a_out, idle",
                         shown(word), word.at);
        uint64_t index = 0;
        if (indexed != words[w].indexed || (indexed && !parse_count(number, 63, &index)) ||
            (w >= ROUTE && w <= UNLATCH && index >= BRG_MAX_ADDRESS_WIDTH))
            return wrong(r, whole, "operations", "expected %s%s", words[w].word,
                         words[w].indexed ? ":INDEX with an index in range" : " without an index");
        if (paged &&
            ((w != D_IN && w != D_OUT) || !parse_count(part, (1u << BRG_MAX_PAGE_BITS) - 1, &page)))
            return wrong(r, whole, "operations",
                         "only d_in and d_out have a page, INDEX@PAGE, accepted 0..%u",
                         (1u << BRG_MAX_PAGE_BITS) - 1);
        const bool repeats = w >= ROUTE && w <= UNLATCH && w == last && index > last_index;
        if (w <= last && !repeats)
            return wrong(r, whole, "operations",
                         "operations stand once each in the order of docs/timeline.md");
        if (w == IDLE && last >= 0) return wrong(r, whole, "operations", "idle stands alone");
        if ((w == UNLATCH && o->latch && !o->unlatch))
            return wrong(r, whole, "operations", "latch and unlatch do not go together");
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
    if (field.end[-1] == ' ') return wrong(r, field, "operations", "ends with a blank");
    return BRG_OK;
}

static int refuse(reader *r, const piece *field, brg_slice_field what) {
    switch (what) {
        case BRG_FIELD_QUERY:
            return wrong(r, field[0], "query",
                         "is neither the query of the line before nor the next");
        case BRG_FIELD_SLICE:
            return wrong(r, field[1], "slice",
                         "is not one more than in the line before (1 begins a query)");
        case BRG_FIELD_START:
            return wrong(r, field[2], "start_ns",
                         "is before the end of the slice before plus wait_ns");
        case BRG_FIELD_DURATION:
            return wrong(r, field[3], "duration_ns", "the slice ends later than 2^62 ps");
        case BRG_FIELD_WAIT:
            return wrong(r, field[4], "wait_ns", "is longer than 2^62 ps");
        case BRG_FIELD_DATA:
            return wrong(r, field[6], "data_version",
                         "must name a version of the head with a fetch, and be empty without");
        default:
            return wrong(r, field[7], "operations",
                         "do not go together, or an index is out of range for this tree");
    }
}

static int read_slice(reader *r) {
    static const char *const names[FIELDS] = {"query",   "slice", "start_ns",     "duration_ns",
                                              "wait_ns", "cause", "data_version", "operations"};
    piece field[FIELDS], rest = r->line;
    for (int i = 0; i < FIELDS; i++) {
        field[i] = i + 1 < FIELDS ? cut(&rest, ',') : rest;
        if (i + 1 < FIELDS && field[i].end == r->line.end)
            return wrong(r, field[i], "", "the line has %d of 8 fields", i + 1);
    }
    brg_slice s = {.data_version = -1};
    uint64_t query = 0, slice = 0, wait = 0, version = 0;
    uint64_t *const time[3] = {&s.start_ps, &s.duration_ps, &wait};
    if (!parse_count(field[0], UINT32_MAX, &query))
        return wrong(r, field[0], names[0], "`%.*s` is not a whole number from 0", shown(field[0]),
                     field[0].at);
    if (!parse_count(field[1], UINT32_MAX, &slice))
        return wrong(r, field[1], names[1], "`%.*s` is not a whole number from 1", shown(field[1]),
                     field[1].at);
    for (int i = 0; i < 3; i++)
        if (!parse_ns(field[2 + i], time[i]))
            return wrong(r, field[2 + i], names[2 + i],
                         "`%.*s` is not a time in ns with at most 3 decimals", shown(field[2 + i]),
                         field[2 + i].at);
    int rc = read_cause(r, field[5], wait, &s);
    if (rc) return rc;
    if (piece_length(field[6])) {
        if (!parse_count(field[6], VERSIONS_MAX - 1, &version))
            return wrong(r, field[6], names[6], "`%.*s` is not a whole number from 0",
                         shown(field[6]), field[6].at);
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

static int read_all(reader *r) {
    static const char data_key[] = "# data: ";
    const size_t key_length = sizeof data_key - 1;
    int rc = read_head(r);
    if (rc) return rc;
    bool more = next_line(r);
    while (!rc && more && piece_length(r->line) > key_length &&
           memcmp(r->line.at, data_key, key_length) == 0) {
        rc = read_data_line(r, (piece){r->line.at + key_length, r->line.end});
        if (!rc) more = next_line(r);
    }
    if (rc) return rc;
    if (!more || !piece_is(r->line, COLUMNS))
        return wrong(r, r->line, "", "expected `# data: ...` or the line %s", COLUMNS);
    while (!rc && next_line(r)) rc = read_slice(r);
    return rc;
}

/* The whole file in fresh memory with a 0 byte after its end. */
static int load(const char *path, char **out, size_t *length, brg_diag *diag) {
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    size_t used = 0, size = 1 << 16;
    int rc = BRG_OK;
    if (!f) {
        brg_diag_add(diag, path, 0, 0, "", "cannot be read: %s", strerror(errno));
        return BRG_EINPUT;
    }
    for (;;) {
        char *grown = realloc(data, size + 1);
        if (!grown) {
            rc = BRG_ENOMEM;
            break;
        }
        data = grown;
        used += fread(data + used, 1, size - used, f);
        if (used < size) break;
        if (size >= FILE_MAX) {
            brg_diag_add(diag, path, 0, 0, "", "is larger than %zu bytes", FILE_MAX);
            rc = BRG_EINPUT;
            break;
        }
        size *= 2;
    }
    if (!rc && ferror(f)) {
        brg_diag_add(diag, path, 0, 0, "", "cannot be read: %s", strerror(errno));
        rc = BRG_EINPUT;
    }
    fclose(f);
    if (rc) {
        free(data);
        return rc;
    }
    data[used] = '\0';
    *out = data;
    *length = used;
    return BRG_OK;
}

int brg_timeline_read_csv(brg_timeline **out, const char *path, brg_diag *diag) {
    if (!out || !path) return BRG_EINVAL;
    *out = NULL;
    char *text = NULL;
    size_t length = 0;
    int rc = load(path, &text, &length, diag);
    if (rc) return rc;
    reader r = {.path = path, .diag = diag, .at = text, .end = text + length};
    rc = read_all(&r);
    free(text);
    if (rc) {
        brg_timeline_destroy(&r.timeline);
        return rc;
    }
    *out = r.timeline;
    return BRG_OK;
}
