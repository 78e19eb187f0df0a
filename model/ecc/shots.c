/* SPDX-License-Identifier: Apache-2.0 */
/* Result formats 01, b8 and dets. */
#include "model/ecc/shots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[BRG_SHOTS_FORMATS] = {"01", "b8", "dets"};

const char *brg_shots_format_name(brg_shots_format format) {
    return (unsigned)format < BRG_SHOTS_FORMATS ? names[format] : NULL;
}

int brg_shots_format_find(brg_shots_format *out, const char *name) {
    if (!out || !name) return BRG_EINVAL;
    for (int f = 0; f < BRG_SHOTS_FORMATS; f++) {
        if (strcmp(names[f], name) != 0) continue;
        *out = (brg_shots_format)f;
        return BRG_OK;
    }
    return BRG_EINVAL;
}

static uint64_t bits_of(const brg_shots_layout *l) {
    return l->measurements + l->detectors + l->observables;
}

uint64_t brg_shots_bytes(const brg_shots_layout *layout) {
    return (bits_of(layout) + 7) / 8;
}

/* Each number below 2^56, so that sums do not overflow and bytes fit a size_t. */
static bool usable(const brg_shots_layout *l) {
    const uint64_t most = (uint64_t)1 << 56;
    return l && l->measurements < most && l->detectors < most && l->observables < most &&
           bits_of(l) > 0 && brg_shots_bytes(l) < SIZE_MAX / 16;
}

/* The letter of a bit, and its number among those of the letter. */
static char letter_of(const brg_shots_layout *l, uint64_t bit, uint64_t *number) {
    if (bit < l->measurements) {
        *number = bit;
        return 'M';
    }
    bit -= l->measurements;
    *number = bit < l->detectors ? bit : bit - l->detectors;
    return bit < l->detectors ? 'D' : 'L';
}

static void write_dets(FILE *to, const brg_shots_layout *l, const uint8_t *shot) {
    const uint64_t bits = bits_of(l);
    fputs("shot", to);
    for (uint64_t byte = 0; byte < (bits + 7) / 8; byte++)
        for (unsigned rest = shot[byte]; rest; rest &= rest - 1) {
            const uint64_t bit = byte * 8 + (uint64_t)__builtin_ctz(rest);
            uint64_t number;
            const char letter = letter_of(l, bit, &number);
            if (bit < bits) fprintf(to, " %c%" PRIu64, letter, number);
        }
    fputc('\n', to);
}

/* The line of a shot with its newline. */
static void format_01(char *line, const uint8_t *shot, uint64_t bits) {
    for (uint64_t i = 0; i < bits; i++) line[i] = (char)('0' + (shot[i / 8] >> (i % 8) & 1));
    line[bits] = '\n';
}

int brg_shots_write(FILE *to, brg_shots_format format, const brg_shots_layout *layout,
                    const uint8_t *shots, size_t stride, uint64_t count) {
    if (!to || !usable(layout) || (!shots && count) || stride < brg_shots_bytes(layout) ||
        (unsigned)format >= BRG_SHOTS_FORMATS)
        return BRG_EINVAL;
    const uint64_t bits = bits_of(layout);
    const size_t bytes = (size_t)brg_shots_bytes(layout);
    char *line = NULL;
    if (format == BRG_SHOTS_01 && !(line = malloc((size_t)bits + 1))) return BRG_ENOMEM;
    if (format == BRG_SHOTS_B8 && stride == bytes) {
        if (count) fwrite(shots, bytes, (size_t)count, to);
    } else {
        for (uint64_t s = 0; s < count && !ferror(to); s++, shots += stride) {
            if (format == BRG_SHOTS_DETS) {
                write_dets(to, layout, shots);
            } else if (format == BRG_SHOTS_B8) {
                fwrite(shots, bytes, 1, to);
            } else {
                format_01(line, shots, bits);
                fwrite(line, (size_t)bits + 1, 1, to);
            }
        }
    }
    free(line);
    return ferror(to) ? BRG_EIO : BRG_OK;
}

enum { BUFFER_BYTES = 1 << 16 };

struct brg_shots_reader {
    FILE *from;
    brg_shots_format format;
    brg_shots_layout layout;
    char *file;
    brg_diag *diag;
    int status;
    uint64_t line, column; /* of the next character, from 1 */
    uint64_t offset;       /* of the next shot, b8 */
    size_t at, filled;
    char buffer[BUFFER_BYTES];
};

int brg_shots_reader_new(brg_shots_reader **out, FILE *from, brg_shots_format format,
                         const brg_shots_layout *layout, const char *file, brg_diag *diag) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!from || !usable(layout) || (unsigned)format >= BRG_SHOTS_FORMATS) return BRG_EINVAL;
    brg_shots_reader *r = calloc(1, sizeof *r);
    char *name = calloc(strlen(file ? file : "") + 1, 1);
    if (!r || !name) {
        free(r);
        free(name);
        return BRG_ENOMEM;
    }
    strcpy(name, file ? file : "");
    r->from = from;
    r->format = format;
    r->layout = *layout;
    r->file = name;
    r->diag = diag;
    r->line = r->column = 1;
    *out = r;
    return BRG_OK;
}

void brg_shots_reader_destroy(brg_shots_reader **reader) {
    if (!reader || !*reader) return;
    free((*reader)->file);
    free(*reader);
    *reader = NULL;
}

/* The next character without taking it, EOF at the end. */
static int peek(brg_shots_reader *r) {
    if (r->at == r->filled) {
        r->at = 0;
        r->filled = fread(r->buffer, 1, sizeof r->buffer, r->from);
        if (r->filled == 0) {
            if (ferror(r->from)) r->status = BRG_EIO;
            return EOF;
        }
    }
    return (unsigned char)r->buffer[r->at];
}

static void take(brg_shots_reader *r) {
    r->at++;
    r->column++;
}

/* Reports at a column of the present line, unless the stream failed. */
static bool fail_at(brg_shots_reader *r, uint64_t column, const char *text) {
    if (r->status) return false;
    brg_diag_add(r->diag, r->file, (size_t)r->line, (size_t)column, "", "%s", text);
    r->status = BRG_EINPUT;
    return false;
}

static bool fail_found(brg_shots_reader *r, int found, const char *expected) {
    char text[120];
    if (found == EOF)
        snprintf(text, sizeof text, "file ends, %s expected", expected);
    else if (found == '\n')
        snprintf(text, sizeof text, "line ends, %s expected", expected);
    else if (found > 0x20 && found < 0x7f)
        snprintf(text, sizeof text, "'%c' found, %s expected", found, expected);
    else
        snprintf(text, sizeof text, "byte 0x%02x found, %s expected", (unsigned)found, expected);
    return fail_at(r, r->column, text);
}

static bool end_line(brg_shots_reader *r, const char *expected) {
    if (peek(r) == '\r') {
        take(r);
        if (peek(r) != '\n') return fail_found(r, peek(r), "end of line after a carriage return");
    }
    if (peek(r) != '\n') return fail_found(r, peek(r), expected);
    take(r);
    r->line++;
    r->column = 1;
    return true;
}

static bool read_01(brg_shots_reader *r, uint8_t *shot) {
    const uint64_t bits = bits_of(&r->layout);
    char expected[64];
    for (uint64_t i = 0; i < bits; i++) {
        const int c = peek(r);
        if (c != '0' && c != '1') {
            snprintf(expected, sizeof expected, "0 or 1 for bit %" PRIu64 " of %" PRIu64, i, bits);
            return fail_found(r, c == '\r' ? '\n' : c, expected);
        }
        shot[i / 8] = (uint8_t)(shot[i / 8] | (c - '0') << (i % 8));
        take(r);
    }
    snprintf(expected, sizeof expected, "end of line after %" PRIu64 " bits", bits);
    return end_line(r, expected);
}

/* A letter with its number, sets the bit. */
static bool read_name(brg_shots_reader *r, uint8_t *shot) {
    const brg_shots_layout *l = &r->layout;
    const uint64_t column = r->column;
    const int letter = peek(r);
    uint64_t first = 0, count = l->measurements;
    if (letter == 'D') {
        first = l->measurements;
        count = l->detectors;
    } else if (letter == 'L') {
        first = l->measurements + l->detectors;
        count = l->observables;
    } else if (letter != 'M') {
        return fail_found(r, letter, "M, D or L");
    }
    take(r);
    int c = peek(r);
    if (c < '0' || c > '9') return fail_found(r, c, "number");
    uint64_t number = 0;
    for (; c >= '0' && c <= '9'; c = peek(r)) {
        number = number < count ? number * 10 + (uint64_t)(c - '0') : count;
        take(r);
    }
    char text[120];
    if (number >= count) {
        snprintf(text, sizeof text, "%c out of range, there are %" PRIu64, letter, count);
        return fail_at(r, column, text);
    }
    const uint64_t bit = first + number;
    if (shot[bit / 8] >> (bit % 8) & 1) {
        snprintf(text, sizeof text, "%c%" PRIu64 " stands twice in a shot", letter, number);
        return fail_at(r, column, text);
    }
    shot[bit / 8] = (uint8_t)(shot[bit / 8] | 1u << (bit % 8));
    return true;
}

static bool read_dets(brg_shots_reader *r, uint8_t *shot) {
    static const char word[] = "shot";
    for (int i = 0; i < 4; i++) {
        if (peek(r) != word[i]) return fail_found(r, peek(r), "'shot'");
        take(r);
    }
    while (peek(r) == ' ') {
        take(r);
        if (!read_name(r, shot)) return false;
    }
    return end_line(r, "blank or end of line");
}

static bool fail_byte(brg_shots_reader *r, uint64_t offset, const char *text) {
    char key[40];
    snprintf(key, sizeof key, "byte %" PRIu64, offset);
    brg_diag_add(r->diag, r->file, 0, 0, key, "%s", text);
    r->status = BRG_EINPUT;
    return false;
}

static bool read_b8(brg_shots_reader *r, uint8_t *shot) {
    const size_t bytes = (size_t)brg_shots_bytes(&r->layout);
    const unsigned used = (unsigned)(bits_of(&r->layout) % 8);
    char text[120];
    for (size_t got = 0; got < bytes;) {
        if (peek(r) == EOF) {
            if (r->status) return false;
            snprintf(text, sizeof text, "file ends after %zu of the %zu bytes of a shot", got,
                     bytes);
            return fail_byte(r, r->offset + got, text);
        }
        const size_t there = r->filled - r->at;
        const size_t part = there < bytes - got ? there : bytes - got;
        memcpy(shot + got, r->buffer + r->at, part);
        r->at += part;
        got += part;
    }
    if (used && shot[bytes - 1] >> used) {
        snprintf(text, sizeof text, "padding after bit %" PRIu64 " is not 0",
                 bits_of(&r->layout) - 1);
        return fail_byte(r, r->offset + bytes - 1, text);
    }
    r->offset += bytes;
    return true;
}

int brg_shots_read(brg_shots_reader *reader, uint8_t *shots, size_t stride, uint64_t most,
                   uint64_t *count) {
    if (!reader || !count || (!shots && most)) return BRG_EINVAL;
    *count = 0;
    const size_t bytes = (size_t)brg_shots_bytes(&reader->layout);
    if (stride < bytes) return BRG_EINVAL;
    while (!reader->status && *count < most && peek(reader) != EOF) {
        uint8_t *shot = shots + *count * stride;
        memset(shot, 0, bytes);
        const bool good = reader->format == BRG_SHOTS_01   ? read_01(reader, shot)
                          : reader->format == BRG_SHOTS_B8 ? read_b8(reader, shot)
                                                           : read_dets(reader, shot);
        if (good) ++*count;
    }
    return reader->status;
}
