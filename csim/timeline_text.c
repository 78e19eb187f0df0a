/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading and safe writing of the text files of a timeline. */
#include "csim/timeline_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/timeline_internal.h"

#define FILE_MAX ((size_t)1 << 30)

char *brg_text_new(const char *format, ...) {
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

const char *brg_text_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int brg_output_open(brg_output *o, const char *path) {
    o->path = path;
    o->file = NULL;
    o->temporary = brg_text_new("%s.tmp%ld", path, (long)getpid());
    if (!o->temporary) return BRG_ENOMEM;
    o->file = fopen(o->temporary, "wb");
    if (o->file) return BRG_OK;
    free(o->temporary);
    return BRG_EIO;
}

int brg_output_close(brg_output *o, int rc) {
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

void brg_write_ns(FILE *f, uint64_t ps) {
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

bool brg_piece_is(brg_piece p, const char *word) {
    return brg_piece_length(p) == strlen(word) && memcmp(p.at, word, strlen(word)) == 0;
}

int brg_piece_shown(brg_piece p) {
    return brg_piece_length(p) > 40 ? 40 : (int)brg_piece_length(p);
}

int brg_wrong(brg_csv_reader *r, brg_piece where, const char *key, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    brg_diag_add(r->diag, r->path, r->line_number, (size_t)(where.at - r->line.at) + 1, key, "%s",
                 text);
    return BRG_EINPUT;
}

bool brg_next_line(brg_csv_reader *r) {
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

brg_piece brg_cut(brg_piece *rest, char separator) {
    const char *stop =
        brg_piece_length(*rest) ? memchr(rest->at, separator, brg_piece_length(*rest)) : NULL;
    const brg_piece first = {rest->at, stop ? stop : rest->end};
    rest->at = stop ? stop + 1 : rest->end;
    return first;
}

bool brg_parse_count(brg_piece p, uint64_t most, uint64_t *out) {
    uint64_t value = 0;
    if (!brg_piece_length(p) || brg_piece_length(p) > 19 ||
        (*p.at == '0' && brg_piece_length(p) > 1))
        return false;
    for (const char *c = p.at; c < p.end; c++) {
        if (*c < '0' || *c > '9') return false;
        value = 10 * value + (uint64_t)(*c - '0');
    }
    *out = value;
    return value <= most;
}

bool brg_parse_ns(brg_piece p, uint64_t *out) {
    brg_piece rest = p;
    const brg_piece whole = brg_cut(&rest, '.');
    uint64_t ns = 0, ps = 0;
    if (!brg_parse_count(whole, (BRG_TIMELINE_END_PS - 1) / 1000, &ns)) return false;
    if (whole.end != p.end) {
        if (!brg_piece_length(rest) || brg_piece_length(rest) > 3) return false;
        for (int digit = 0; digit < 3; digit++) {
            const bool given = rest.at + digit < rest.end;
            if (given && (rest.at[digit] < '0' || rest.at[digit] > '9')) return false;
            ps = 10 * ps + (given ? (uint64_t)(rest.at[digit] - '0') : 0);
        }
    }
    *out = 1000 * ns + ps;
    return *out < BRG_TIMELINE_END_PS;
}

int brg_text_load(const char *path, char **out, size_t *length, brg_diag *diag) {
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
