/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the timeline reader. The input is the CSV file; beside it stands `d0.raw`, the
 * words 0 and 1 of a memory with n = 1, k = 1. An accepted timeline written again is read back
 * and then written to the same bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/timeline.h"
#include "fuzz.h"

enum { PATH_BYTES = 256, VERSIONS = 4 };

static int put(const char *path, const void *data, size_t size) {
    FILE *f = fopen(path, "wb");
    if (f == NULL) return -1;
    const size_t written = fwrite(data, 1, size, f);
    return fclose(f) == 0 && written == size ? 0 : -1;
}

static char *get(const char *path, size_t *length) {
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    *length = 0;
    if (f == NULL) return NULL;
    if (fseek(f, 0, SEEK_END) == 0) {
        const long size = ftell(f);
        rewind(f);
        text = size >= 0 ? malloc((size_t)size + 1) : NULL;
        if (text != NULL) *length = fread(text, 1, (size_t)size, f);
    }
    fclose(f);
    return text;
}

static void remove_all(const char *path) {
    char name[2 * PATH_BYTES];
    remove(path);
    for (int v = 0; v < VERSIONS; v++) {
        snprintf(name, sizeof name, "%s.data%d.raw", path, v);
        remove(name);
    }
}

/* Written, read and written again to one name: the same bytes. */
static void check_again(const brg_timeline *t, const char *path) {
    brg_timeline *again = NULL;
    size_t first_length = 0, second_length = 0;
    if (brg_timeline_write_csv(t, path) != BRG_OK) return;
    char *first = get(path, &first_length);
    FUZZ_CHECK(brg_timeline_read_csv(&again, path, NULL) == BRG_OK);
    FUZZ_CHECK(brg_timeline_slices(again) == brg_timeline_slices(t));
    FUZZ_CHECK(brg_timeline_write_csv(again, path) == BRG_OK);
    char *second = get(path, &second_length);
    FUZZ_CHECK(first != NULL && second != NULL && first_length == second_length);
    FUZZ_CHECK(memcmp(first, second, first_length) == 0);
    free(first);
    free(second);
    brg_timeline_destroy(&again);
    remove_all(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char words[2] = {0, 1};
    char folder[] = "/tmp/brigade_fuzz_XXXXXX", path[PATH_BYTES], raw[PATH_BYTES], out[PATH_BYTES];
    if (mkdtemp(folder) == NULL) return 0;
    snprintf(path, sizeof path, "%s/in.csv", folder);
    snprintf(raw, sizeof raw, "%s/d0.raw", folder);
    snprintf(out, sizeof out, "%s/out.csv", folder);
    brg_timeline *t = NULL;
    brg_diag *diag = NULL;
    if (put(path, data, size) == 0 && put(raw, words, sizeof words) == 0 &&
        brg_diag_new(&diag) == BRG_OK) {
        const int status = brg_timeline_read_csv(&t, path, diag);
        FUZZ_CHECK(status == BRG_OK || status == BRG_EINPUT || status == BRG_ENOMEM);
        FUZZ_CHECK((status == BRG_OK) == (t != NULL));
        FUZZ_CHECK((status == BRG_EINPUT) == (brg_diag_count(diag) > 0));
        if (t != NULL) check_again(t, out);
    }
    brg_timeline_destroy(&t);
    brg_diag_destroy(&diag);
    remove(path);
    remove(raw);
    rmdir(folder);
    return 0;
}
