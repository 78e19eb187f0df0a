/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of a corpus folder, without libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { INPUT_LIMIT = 1 << 20 };

static int replay_file(const char *folder, const char *name) {
    char path[4096];
    static uint8_t buffer[INPUT_LIMIT];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return -1;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return -1;
    const size_t length = fread(buffer, 1, sizeof buffer, file);
    const int bad = ferror(file) || length == sizeof buffer;
    fclose(file);
    if (bad) return -1;
    /* An exact copy on the heap, so that reading past the end is seen by AddressSanitizer. */
    uint8_t *data = malloc(length > 0 ? length : 1);
    if (data == NULL) return -1;
    memcpy(data, buffer, length);
    LLVMFuzzerTestOneInput(data, length);
    free(data);
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 1;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return 1;
    }
    int files = 0, failed = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        if (replay_file(argv[1], entry->d_name) != 0) {
            fprintf(stderr, "%s/%s: cannot be read\n", argv[1], entry->d_name);
            failed++;
        }
        files++;
    }
    closedir(folder);
    printf("%d inputs replayed\n", files);
    if (files == 0) fprintf(stderr, "%s: no inputs\n", argv[1]);
    return failed == 0 && files > 0 ? 0 : 1;
}
