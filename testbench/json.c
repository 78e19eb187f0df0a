/* SPDX-License-Identifier: Apache-2.0 */
/* JSON numbers without surprises; files that appear whole or not at all. */
#include "testbench/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
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

int brg_write_file(const char *path, const char *text, size_t length) {
    const size_t size = strlen(path) + 32;
    char *temporary = malloc(size);
    if (!temporary) return BRG_ENOMEM;
    snprintf(temporary, size, "%s.%ld.tmp", path, (long)getpid());
    FILE *file = fopen(temporary, "wb");
    bool good = file && fwrite(text, 1, length, file) == length;
    int reason = errno;
    if (file && fclose(file)) good = false, reason = errno;
    if (good && rename(temporary, path)) good = false, reason = errno;
    if (file && !good) unlink(temporary);
    free(temporary);
    errno = reason;
    return good ? BRG_OK : BRG_EIO;
}
