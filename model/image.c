/* SPDX-License-Identifier: Apache-2.0 */
/* Memory images: generated tables and the readers of `raw` and `csv` (docs/images.md). */
#include "model/image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csim/random.h"
#include "model/byte_error.h"

static uint64_t word_mask(uint32_t word_width) {
    return word_width >= 64 ? UINT64_MAX : (1ull << word_width) - 1;
}

static bool size_ok(uint32_t address_width, uint32_t word_width) {
    return address_width >= 1 && address_width <= BRG_MAX_ADDRESS_WIDTH && word_width >= 1 &&
           word_width <= BRG_MAX_WORD_WIDTH;
}

/* Sets the words of up to 64 cells from a multiple of 64 on. */
static void put_block(brg_planes *p, uint64_t cell, const uint64_t *words, size_t count) {
    for (uint32_t j = 0; j < p->word_width; j++) {
        uint64_t plane = 0;
        for (size_t i = 0; i < count; i++) plane |= ((words[i] >> j) & 1u) << i;
        p->bits[j * p->plane_words + cell / 64] = plane;
    }
}

static void put_word(brg_planes *p, uint64_t cell, uint64_t word) {
    for (uint32_t j = 0; j < p->word_width; j++)
        if (((word >> j) & 1u) != 0) brg_planes_set(p, j, cell, true);
}

static size_t block_size(const brg_planes *p, uint64_t cell) {
    const uint64_t left = (1ull << p->address_width) - cell;
    return left < 64 ? (size_t)left : 64;
}

int brg_image_parity(brg_planes **out, uint32_t address_width, uint32_t word_width) {
    if (out == NULL) return BRG_EINVAL;
    *out = NULL;
    const int status = brg_planes_new(out, address_width, word_width);
    if (status != BRG_OK) return status;
    for (uint64_t cell = 0; cell < 1ull << address_width; cell += 64) {
        uint64_t words[64];
        const size_t count = block_size(*out, cell);
        for (size_t i = 0; i < count; i++) words[i] = __builtin_parityll(cell + i) ? UINT64_MAX : 0;
        put_block(*out, cell, words, count);
    }
    return BRG_OK;
}

int brg_image_random(brg_planes **out, uint32_t address_width, uint32_t word_width, uint64_t seed) {
    if (out == NULL) return BRG_EINVAL;
    *out = NULL;
    const int status = brg_planes_new(out, address_width, word_width);
    if (status != BRG_OK) return status;
    const brg_stream stream = brg_stream_make(seed, 0, 0, BRG_PURPOSE_IMAGE, 0);
    for (uint64_t cell = 0; cell < 1ull << address_width; cell += 64) {
        uint64_t words[64];
        const size_t count = block_size(*out, cell);
        for (size_t i = 0; i < count; i++) words[i] = brg_stream_at(&stream, cell + i);
        put_block(*out, cell, words, count);
    }
    return BRG_OK;
}

/* ---- pages ---- */

uint64_t brg_image_page_bytes(uint32_t address_width, uint32_t word_width) {
    if (!size_ok(address_width, word_width)) return 0;
    const uint64_t plane = (1ull << address_width) / 8;
    return word_width * (plane < 64 ? 64 : plane);
}

int brg_image_layout(uint8_t **bytes, uint64_t *length, const brg_planes *table,
                     uint32_t page_bits) {
    if (bytes == NULL || length == NULL) return BRG_EINVAL;
    *bytes = NULL;
    *length = 0;
    if (table == NULL || page_bits > BRG_MAX_PAGE_BITS || page_bits >= table->address_width)
        return BRG_EINVAL;
    const uint32_t n = table->address_width - page_bits, pages = 1u << page_bits;
    const uint64_t page_bytes = brg_image_page_bytes(n, table->word_width);
    uint8_t *image = malloc((size_t)(page_bytes * pages));
    if (image == NULL) return BRG_ENOMEM;
    for (uint32_t p = 0; p < pages; p++) {
        brg_planes *page = NULL;
        const int status = brg_planes_page(&page, table, n, p);
        if (status != BRG_OK) {
            free(image);
            return status;
        }
        uint8_t *at = image + p * page_bytes;
        for (uint64_t i = 0; i < page_bytes; i++)
            at[i] = (uint8_t)(page->bits[i / 8] >> (8 * (i % 8)));
        brg_planes_destroy(&page);
    }
    *bytes = image;
    *length = page_bytes * pages;
    return BRG_OK;
}

/* ---- raw ---- */

int brg_image_parse_raw(brg_planes **out, uint32_t address_width, uint32_t word_width,
                        const void *data, size_t length, const char *file, brg_diag *diag) {
    if (out == NULL || (data == NULL && length > 0)) return BRG_EINVAL;
    *out = NULL;
    if (!size_ok(address_width, word_width)) return BRG_EINVAL;
    const uint8_t *bytes = data;
    const size_t cells = (size_t)1 << address_width, word_bytes = (word_width + 7) / 8;
    const size_t expected = cells * word_bytes;
    if (length < expected)
        return brg_byte_error(diag, file, length,
                              "truncated: %zu cells of %zu bytes each need %zu bytes", cells,
                              word_bytes, expected);
    if (length > expected)
        return brg_byte_error(diag, file, expected,
                              "%zu bytes too many: %zu cells of %zu bytes each need %zu bytes",
                              length - expected, cells, word_bytes, expected);
    brg_planes *p = NULL;
    int status = brg_planes_new(&p, address_width, word_width);
    if (status != BRG_OK) return status;
    for (uint64_t cell = 0; cell < cells; cell += 64) {
        uint64_t words[64];
        const size_t count = block_size(p, cell);
        for (size_t i = 0; i < count; i++) {
            const uint64_t at = (cell + i) * word_bytes;
            words[i] = 0;
            for (size_t b = 0; b < word_bytes; b++) words[i] |= (uint64_t)bytes[at + b] << (8 * b);
            if ((words[i] & ~word_mask(word_width)) != 0)
                status = brg_byte_error(diag, file, at + word_bytes - 1,
                                        "cell %llu has a bit above its %u bits, which must be 0",
                                        (unsigned long long)(cell + i), word_width);
        }
        put_block(p, cell, words, count);
    }
    if (status == BRG_OK)
        *out = p;
    else
        brg_planes_destroy(&p);
    return status;
}

/* ---- csv ---- */

typedef enum csv_form { CSV_UNKNOWN, CSV_VALUES, CSV_INDEXED } csv_form;

typedef struct csv {
    brg_planes *p;
    const char *file;
    brg_diag *diag;
    size_t errors;
    csv_form form;
    bool started;          /* a header or a cell has been read */
    uint64_t cells, given; /* given: cells read so far */
    uint64_t *seen;        /* bit per cell */
    const char *line;      /* the line without comment, end and blanks at its end */
    size_t length, number, at;
} csv;

static bool csv_error(csv *c, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a message at an offset of the present line; always false. */
static bool csv_error(csv *c, size_t offset, const char *format, ...) {
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    brg_diag_add(c->diag, c->file, c->number, offset + 1, "", "%s", text);
    c->errors++;
    return false;
}

static void skip_blanks(csv *c) {
    while (c->at < c->length && (c->line[c->at] == ' ' || c->line[c->at] == '\t')) c->at++;
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

/* A decimal or 0x number up to `most`, then blanks. */
static bool csv_number(csv *c, const char *what, uint64_t most, uint64_t *out) {
    skip_blanks(c);
    const size_t from = c->at;
    while (c->at < c->length && c->line[c->at] != ',' && c->line[c->at] != ' ' &&
           c->line[c->at] != '\t')
        c->at++;
    const char *token = c->line + from;
    const size_t length = c->at - from, shown = length < 40 ? length : 40;
    const bool hex = length > 2 && token[0] == '0' && (token[1] == 'x' || token[1] == 'X');
    const uint64_t base = hex ? 16 : 10;
    uint64_t value = 0;
    bool fits = true;
    if (length == 0) return csv_error(c, from, "%s expected", what);
    for (size_t i = hex ? 2 : 0; i < length; i++) {
        const uint64_t digit = (uint64_t)digit_of(token[i]);
        if (digit >= base)
            return csv_error(c, from, "%s '%.*s' is no number, accepted decimal or 0x hexadecimal",
                             what, (int)shown, token);
        fits = fits && value <= (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    if (!fits || value > most)
        return csv_error(c, from, "%s %.*s is out of range, accepted 0..%llu", what, (int)shown,
                         token, (unsigned long long)most);
    skip_blanks(c);
    *out = value;
    return true;
}

static bool csv_is(const csv *c, size_t from, size_t to, const char *word) {
    while (from < to && (c->line[from] == ' ' || c->line[from] == '\t')) from++;
    while (to > from && (c->line[to - 1] == ' ' || c->line[to - 1] == '\t')) to--;
    return to - from == strlen(word) && memcmp(c->line + from, word, to - from) == 0;
}

/* True when the line is one of the two header lines. */
static bool csv_header(csv *c) {
    const char *comma = memchr(c->line, ',', c->length);
    if (comma == NULL) {
        if (!csv_is(c, 0, c->length, "value")) return false;
        c->form = CSV_VALUES;
        return true;
    }
    const size_t at = (size_t)(comma - c->line);
    if (!csv_is(c, 0, at, "index") || !csv_is(c, at + 1, c->length, "value")) return false;
    c->form = CSV_INDEXED;
    return true;
}

static bool csv_index(csv *c, uint64_t *cell) {
    const size_t from = c->at;
    if (!csv_number(c, "index", c->cells - 1, cell)) return false;
    if (c->at >= c->length)
        return csv_error(c, c->at, "',' and a value expected, as the lines before have an index");
    if (c->line[c->at] != ',') return csv_error(c, c->at, "',' expected");
    c->at++;
    if (((c->seen[*cell / 64] >> (*cell % 64)) & 1u) != 0)
        return csv_error(c, from, "cell %llu given twice", (unsigned long long)*cell);
    c->seen[*cell / 64] |= 1ull << (*cell % 64);
    return true;
}

static void csv_line(csv *c) {
    uint64_t cell = c->given, value = 0;
    if (!c->started && csv_header(c)) {
        c->started = true;
        return;
    }
    c->started = true;
    if (c->form == CSV_UNKNOWN)
        c->form = memchr(c->line, ',', c->length) != NULL ? CSV_INDEXED : CSV_VALUES;
    const size_t first = c->at;
    if (c->form == CSV_INDEXED && !csv_index(c, &cell)) return;
    /* A bad value still takes its cell, so that the cells after it are not reported as well. */
    c->given++;
    if (cell >= c->cells) {
        csv_error(c, first, "a value too many, the memory has %llu cells",
                  (unsigned long long)c->cells);
        return;
    }
    if (!csv_number(c, "value", word_mask(c->p->word_width), &value)) return;
    if (c->at < c->length) {
        csv_error(c, c->at, "unexpected text after the value");
        return;
    }
    put_word(c->p, cell, value);
}

static void csv_missing(csv *c) {
    if (c->errors > 0 || c->given >= c->cells) return;
    uint64_t first = c->given;
    if (c->form == CSV_INDEXED)
        for (first = 0; ((c->seen[first / 64] >> (first % 64)) & 1u) != 0;) first++;
    csv_error(c, c->at, "%llu of %llu cells have no value, the first is cell %llu",
              (unsigned long long)(c->cells - c->given), (unsigned long long)c->cells,
              (unsigned long long)first);
}

static void csv_lines(csv *c, const char *text, size_t length) {
    size_t from = 0;
    for (c->number = 1;; c->number++) {
        const char *end = memchr(text + from, '\n', length - from);
        const size_t whole = end ? (size_t)(end - text) - from : length - from;
        const char *comment = memchr(text + from, '#', whole);
        c->line = text + from;
        c->length = comment ? (size_t)(comment - c->line) : whole;
        if (c->length == whole && whole > 0 && c->line[whole - 1] == '\r') c->length--;
        c->at = 0;
        skip_blanks(c);
        /* One value too many is said once. */
        if (c->at < c->length && c->given <= c->cells) csv_line(c);
        c->at = whole;
        if (end == NULL) break;
        from = (size_t)(end - text) + 1;
    }
}

int brg_image_parse_csv(brg_planes **out, uint32_t address_width, uint32_t word_width,
                        const char *text, size_t length, const char *file, brg_diag *diag) {
    if (out == NULL || (text == NULL && length > 0)) return BRG_EINVAL;
    *out = NULL;
    if (!size_ok(address_width, word_width)) return BRG_EINVAL;
    csv c = {.file = file, .diag = diag, .cells = 1ull << address_width};
    int status = brg_planes_new(&c.p, address_width, word_width);
    if (status != BRG_OK) return status;
    c.seen = calloc((size_t)(c.cells + 63) / 64, sizeof *c.seen);
    if (c.seen == NULL) {
        status = BRG_ENOMEM;
        goto out;
    }
    csv_lines(&c, length > 0 ? text : "", length);
    csv_missing(&c);
    if (c.errors > 0) status = BRG_EINPUT;
out:
    free(c.seen);
    if (status == BRG_OK)
        *out = c.p;
    else
        brg_planes_destroy(&c.p);
    return status;
}

/* ---- files ---- */

static int file_error(const char *path, brg_diag *diag, int reason) {
    brg_diag_add(diag, path, 0, 0, "", "cannot be read: %s", strerror(reason));
    errno = reason;
    return BRG_EIO;
}

int brg_read_file(void **data, size_t *length, const char *path, size_t limit, brg_diag *diag) {
    if (data == NULL || length == NULL || path == NULL || limit > SIZE_MAX / 4) return BRG_EINVAL;
    *data = NULL;
    *length = 0;
    int status = BRG_OK;
    size_t size = 0, capacity = 0;
    char *buffer = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return file_error(path, diag, errno);
    for (;;) {
        if (size + 1 >= capacity) {
            /* Two bytes above the limit: one to see that the file is longer, one for the 0. */
            const size_t wanted = capacity < 4096 ? 4096 : 2 * capacity;
            capacity = wanted < limit + 2 ? wanted : limit + 2;
            char *bigger = realloc(buffer, capacity);
            if (bigger == NULL) {
                status = BRG_ENOMEM;
                break;
            }
            buffer = bigger;
        }
        const size_t got = fread(buffer + size, 1, capacity - size - 1, file);
        size += got;
        if (ferror(file)) {
            status = file_error(path, diag, errno);
            break;
        }
        if (size > limit) {
            brg_diag_add(diag, path, 0, 0, "", "longer than the %zu bytes that can be read", limit);
            status = BRG_EINPUT;
            break;
        }
        if (got == 0) break;
    }
    fclose(file);
    if (status != BRG_OK) {
        free(buffer);
        return status;
    }
    buffer[size] = '\0';
    *data = buffer;
    *length = size;
    return BRG_OK;
}
