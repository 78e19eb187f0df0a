/* SPDX-License-Identifier: Apache-2.0 */
/* A user's DDR4 table: reading, and the ranges the controller can take. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ddr4.h"
#include "model/image.h"

typedef enum { CLOCKS, PICOSECONDS, REAL } kind;

typedef struct {
    const char *name;
    kind kind;
    size_t offset;
    double low, high; /* in the unit of the file */
} parameter;

#define FIELD(name, field, low, high) \
    { name, CLOCKS, offsetof(brg_ddr4_part, timing) + sizeof(uint16_t) * (field), low, high }
#define OWN(name, kind, member, low, high) \
    { name, kind, offsetof(brg_ddr4_part, member), low, high }

static const parameter parameters[] = {
    OWN("tCK", PICOSECONDS, tck_ps, 0.1, 100), /* ns */
    FIELD("CL", BRG_DDR4_CL, 2, 60),           FIELD("CWL", BRG_DDR4_CWL, 2, 60),
    FIELD("tRCD", BRG_DDR4_RCD, 1, 200),       FIELD("tRP", BRG_DDR4_RP, 1, 200),
    FIELD("tRAS", BRG_DDR4_RAS, 1, 500),       FIELD("tRC", BRG_DDR4_RC, 1, 700),
    FIELD("tCCD_S", BRG_DDR4_CCD_S, 4, 60),    FIELD("tCCD_L", BRG_DDR4_CCD_L, 4, 60),
    FIELD("tRRD_S", BRG_DDR4_RRD_S, 1, 60),    FIELD("tRRD_L", BRG_DDR4_RRD_L, 1, 60),
    FIELD("tFAW", BRG_DDR4_FAW, 1, 240),       FIELD("tWTR_S", BRG_DDR4_WTR_S, 1, 60),
    FIELD("tWTR_L", BRG_DDR4_WTR_L, 1, 60),    FIELD("tWR", BRG_DDR4_WR, 1, 200),
    FIELD("tRTP", BRG_DDR4_RTP, 1, 60),        FIELD("tRTW", BRG_DDR4_RTW, 1, 60),
    FIELD("tRFC1", BRG_DDR4_RFC, 1, 8000),     OWN("tRFC2", CLOCKS, rfc2, 1, 8000),
    OWN("tRFC4", CLOCKS, rfc4, 1, 8000),       FIELD("tREFI", BRG_DDR4_REFI, 512, 65535),
    FIELD("tXP", BRG_DDR4_XP, 1, 200),         FIELD("tCKE", BRG_DDR4_CKE, 1, 200),
    FIELD("tXS", BRG_DDR4_XS, 1, 9000),        FIELD("tRTRS", BRG_DDR4_RTRS, 0, 16),
    OWN("VDD", REAL, vdd_v, 0.5, 2.5),         OWN("IDD0", REAL, idd0_ma, 0, 2000),
    OWN("IDD2N", REAL, idd2n_ma, 0, 2000),     OWN("IDD3N", REAL, idd3n_ma, 0, 2000),
    OWN("IDD4R", REAL, idd4r_ma, 0, 2000),     OWN("IDD4W", REAL, idd4w_ma, 0, 2000),
    OWN("IDD5AB", REAL, idd5ab_ma, 0, 2000),   OWN("IDD2P", REAL, idd2p_ma, 0, 2000),
};

enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };

static int parameter_find(const char *name) {
    for (int i = 0; i < PARAMETERS; i++)
        if (strcmp(parameters[i].name, name) == 0) return i;
    return -1;
}

/* Sets one parameter from its text; the reason of a refusal is in diag. */
static int parameter_set(brg_ddr4_part *part, const parameter *p, const char *text,
                         const char *file, size_t line, size_t column, brg_diag *diag) {
    char *end;
    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || *end != 0 || errno != 0 || !isfinite(value)) {
        brg_diag_add(diag, file, line, column, p->name, "\"%s\" is not a number", text);
        return BRG_EINPUT;
    }
    if (value < p->low || value > p->high) {
        brg_diag_add(diag, file, line, column, p->name, "%s is not within %g to %g", text, p->low,
                     p->high);
        return BRG_EINPUT;
    }
    if (p->kind == CLOCKS && value != floor(value)) {
        brg_diag_add(diag, file, line, column, p->name, "%s is not a whole number of clocks", text);
        return BRG_EINPUT;
    }
    char *at = (char *)part + p->offset;
    if (p->kind == CLOCKS) {
        const uint16_t clocks = (uint16_t)value;
        memcpy(at, &clocks, sizeof clocks);
    } else if (p->kind == PICOSECONDS) {
        const uint32_t ps = (uint32_t)lround(value * 1000);
        memcpy(at, &ps, sizeof ps);
    } else {
        memcpy(at, &value, sizeof value);
    }
    return BRG_OK;
}

int brg_ddr4_part_check(const brg_ddr4_part *part, const char *file, brg_diag *diag) {
    const uint16_t *t = part->timing;
    const struct {
        bool ok;
        const char *key, *what;
    } rules[] = {
        {t[BRG_DDR4_BURST] == 4, "BL", "only bursts of 8 (4 clocks) are supported"},
        {t[BRG_DDR4_CCD_S] >= t[BRG_DDR4_BURST], "tCCD_S", "is shorter than a burst of 4 clocks"},
        {t[BRG_DDR4_CCD_L] >= t[BRG_DDR4_CCD_S], "tCCD_L", "is shorter than tCCD_S"},
        {t[BRG_DDR4_RRD_L] >= t[BRG_DDR4_RRD_S], "tRRD_L", "is shorter than tRRD_S"},
        {t[BRG_DDR4_WTR_L] >= t[BRG_DDR4_WTR_S], "tWTR_L", "is shorter than tWTR_S"},
        {t[BRG_DDR4_RTW] + t[BRG_DDR4_CWL] >= t[BRG_DDR4_CL] + t[BRG_DDR4_BURST], "tRTW",
         "lets write data meet read data: needs CL + 4 - CWL or more"},
        {t[BRG_DDR4_RC] >= t[BRG_DDR4_RAS], "tRC", "is shorter than tRAS"},
        {t[BRG_DDR4_RAS] >= t[BRG_DDR4_RCD], "tRAS", "is shorter than tRCD"},
        {t[BRG_DDR4_REFI] >= 2 * t[BRG_DDR4_RFC], "tREFI", "is shorter than twice tRFC1"},
        {part->rfc2 <= t[BRG_DDR4_RFC] && part->rfc4 <= part->rfc2, "tRFC2",
         "tRFC1, tRFC2 and tRFC4 must not grow"},
        {t[BRG_DDR4_REFI] / 4 >= 2 * part->rfc4, "tRFC4", "is longer than an eighth of tREFI"},
        {t[BRG_DDR4_CL] <= t[BRG_DDR4_CWL] + 8 * t[BRG_DDR4_BURST], "CL",
         "is more than 32 clocks above CWL"},
    };
    int status = BRG_OK;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].ok) continue;
        brg_diag_add(diag, file, 0, 0, rules[i].key, "%s", rules[i].what);
        status = BRG_EINVAL;
    }
    return status;
}

/* Removes blanks at both ends in place. */
static char *trim(char *text) {
    while (*text == ' ' || *text == '\t') text++;
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t' || text[n - 1] == '\r')) n--;
    text[n] = 0;
    return text;
}

static int parse_line(brg_ddr4_part *part, char *text, const char *file, size_t line,
                      bool seen[PARAMETERS], bool *based, size_t *rows, brg_diag *diag) {
    char *hash = strchr(text, '#');
    if (hash) *hash = 0;
    char *name = trim(text);
    if (*name == 0) return BRG_OK;
    char *comma = strchr(name, ',');
    if (comma == NULL || strchr(comma + 1, ',') != NULL) {
        brg_diag_add(diag, file, line, 1, "", "a line is `param,value`");
        return BRG_EINPUT;
    }
    *comma = 0;
    const size_t column = (size_t)(comma + 1 - text) + 1;
    char *value = trim(comma + 1);
    name = trim(name);
    const size_t row = (*rows)++;
    if (row == 0 && strcmp(name, "param") == 0 && strcmp(value, "value") == 0) {
        *rows = 0;
        return BRG_OK;
    }
    if (strcmp(name, "base") == 0) {
        const brg_ddr4_part *base = brg_ddr4_part_find(value);
        if (row != 0) {
            brg_diag_add(diag, file, line, 1, "base", "must be the first parameter");
            return BRG_EINPUT;
        }
        if (base == NULL) {
            brg_diag_add(diag, file, line, column, "base",
                         "no part \"%s\", there are DDR4-2400 and DDR4-3200", value);
            return BRG_EINPUT;
        }
        *part = *base;
        *based = true;
        return BRG_OK;
    }
    const int i = parameter_find(name);
    if (i < 0) {
        brg_diag_add(diag, file, line, 1, name, "no such parameter");
        return BRG_EINPUT;
    }
    if (seen[i]) {
        brg_diag_add(diag, file, line, 1, name, "is given twice");
        return BRG_EINPUT;
    }
    seen[i] = true;
    return parameter_set(part, &parameters[i], value, file, line, column, diag);
}

int brg_ddr4_part_parse(brg_ddr4_part *out, const char *text, size_t length, const char *file,
                        brg_diag *diag) {
    if (out == NULL || text == NULL) return BRG_EINVAL;
    brg_ddr4_part part = {0};
    bool seen[PARAMETERS] = {false}, based = false;
    size_t rows = 0, line = 0;
    int status = BRG_OK;
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) stop = end;
        char copy[256];
        const size_t n = (size_t)(stop - at);
        line++;
        if (n >= sizeof copy || memchr(at, 0, n) != NULL) {
            brg_diag_add(diag, file, line, 1, "", "a line is text of at most 255 bytes");
            status = BRG_EINPUT;
        } else {
            memcpy(copy, at, n);
            copy[n] = 0;
            const int s = parse_line(&part, copy, file, line, seen, &based, &rows, diag);
            if (s != BRG_OK) status = s;
        }
        at = stop + 1;
    }
    for (int i = 0; !based && i < PARAMETERS; i++) {
        if (seen[i]) continue;
        brg_diag_add(diag, file, 0, 0, parameters[i].name,
                     "is missing, and no `base` gives its value");
        status = BRG_EINPUT;
    }
    part.timing[BRG_DDR4_BURST] = 4;
    if (status == BRG_OK && brg_ddr4_part_check(&part, file, diag) != BRG_OK) status = BRG_EINPUT;
    if (status != BRG_OK) return status;
    snprintf(part.name, sizeof part.name, "user");
    *out = part;
    return BRG_OK;
}

int brg_ddr4_part_read(brg_ddr4_part *out, const char *path, brg_diag *diag) {
    void *text;
    size_t length;
    int status = brg_read_file(&text, &length, path, 1u << 16, diag);
    if (status != BRG_OK) return status;
    status = brg_ddr4_part_parse(out, text, length, path, diag);
    free(text);
    return status;
}
