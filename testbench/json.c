/* SPDX-License-Identifier: Apache-2.0 */
/* JSON numbers without surprises; files that appear whole or not at all. */
#include "testbench/json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

json_t *brg_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *brg_json_count(uint64_t value) {
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

char *brg_json_text(const json_t *json) {
    char *text = json_dumps(json, JSON_INDENT(2));
    if (!text) return NULL;
    const size_t length = strlen(text);
    char *longer = realloc(text, length + 2);
    if (!longer) {
        free(text);
        return NULL;
    }
    memcpy(longer + length, "\n", 2);
    return longer;
}

/* Where the link at `path` leads, by one step. */
static char *follow(const char *path) {
    char text[PATH_MAX];
    const ssize_t length = readlink(path, text, sizeof text - 1);
    if (length < 0) return NULL;
    text[length] = '\0';
    const char *slash = strrchr(path, '/');
    if (*text == '/' || !slash) return strdup(text);
    const size_t folder = (size_t)(slash - path) + 1, size = folder + (size_t)length + 1;
    char *next = malloc(size);
    if (next) snprintf(next, size, "%.*s%s", (int)folder, path, text);
    return next;
}

char *brg_output_target(const char *path) {
    enum { MOST_LINKS = 40 };
    struct stat info;
    char *at = strdup(path);
    for (int i = 0; at && lstat(at, &info) == 0 && S_ISLNK(info.st_mode); i++) {
        char *next = NULL;
        if (i < MOST_LINKS)
            next = follow(at);
        else
            errno = ELOOP;
        free(at);
        at = next;
    }
    return at;
}

char *brg_output_identity(const char *path) {
    char folder[PATH_MAX];
    char *target = brg_output_target(path);
    if (!target) return NULL;
    char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    if (slash) *slash = '\0';
    /* A folder that is not there yet has no other name. */
    const char *above = slash ? (slash == target ? "/" : target) : ".";
    const char *real = realpath(above, folder) ? folder : above;
    const size_t size = strlen(real) + strlen(name) + 2;
    char *identity = malloc(size);
    if (identity) snprintf(identity, size, "%s/%s", real, name);
    free(target);
    return identity;
}

int brg_write_file(const char *path, const char *text, size_t length) {
    char *target = brg_output_target(path);
    if (!target) return errno == ENOMEM ? BRG_ENOMEM : BRG_EIO;
    const size_t size = strlen(target) + 32;
    char *temporary = malloc(size);
    if (!temporary) {
        free(target);
        return BRG_ENOMEM;
    }
    snprintf(temporary, size, "%s.%ld.tmp", target, (long)getpid());
    FILE *file = fopen(temporary, "wb");
    bool good = file && fwrite(text, 1, length, file) == length;
    int reason = errno;
    if (file && fclose(file)) good = false, reason = errno;
    if (good && rename(temporary, target)) good = false, reason = errno;
    if (file && !good) unlink(temporary);
    free(temporary);
    free(target);
    errno = reason;
    return good ? BRG_OK : BRG_EIO;
}
