/* SPDX-License-Identifier: Apache-2.0 */
/* Copying save files and starting GTKWave. */
#include "testbench/waves.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/image.h"
#include "testbench/json.h"
#include "testbench/run.h"
#include "testbench/share.h"

enum { MAX_SAVE_BYTES = 1 << 20, PATH_BYTES = 4096 };

static int copy_files(const char *from, const char *ending, const char *to) {
    int status = BRG_OK;
    char **names = brg_share_list(from, ending);
    for (char **name = names; name && *name && status == BRG_OK; name++) {
        char source[PATH_BYTES + 300], target[PATH_BYTES + 300];
        void *data = NULL;
        size_t length = 0;
        snprintf(source, sizeof source, "%s/%s", from, *name);
        snprintf(target, sizeof target, "%s/%s", to, *name);
        status = brg_read_file(&data, &length, source, MAX_SAVE_BYTES, NULL);
        if (status == BRG_OK) status = brg_write_file(target, data, length);
        free(data);
    }
    brg_share_list_free(names);
    return status;
}

int brg_waves_copy_saves(const char *folder) {
    char share[PATH_BYTES], from[PATH_BYTES + 16], to[PATH_BYTES + 16];
    if (!brg_share_folder("waves", share, sizeof share)) return BRG_OK;
    int status = copy_files(share, ".gtkw", folder);
    snprintf(from, sizeof from, "%s/filters", share);
    snprintf(to, sizeof to, "%.4000s/filters", folder);
    if (status == BRG_OK) status = brg_make_folder(to);
    if (status == BRG_OK) status = copy_files(from, ".txt", to);
    return status;
}

int brg_waves_open(const char *folder) {
    struct stat info;
    if (stat(folder, &info) == 0 && !S_ISDIR(info.st_mode)) {
        fprintf(stderr, "%s: %s, accepted: a folder that `brigade run --waves` wrote\n", folder,
                strerror(ENOTDIR));
        return BRG_EXIT_INPUT;
    }
    if (chdir(folder)) {
        fprintf(stderr, "%s: cannot be opened: %s\n", folder, strerror(errno));
        return BRG_EXIT_INPUT;
    }
    if (stat("waves.fst", &info)) {
        fprintf(stderr, "%s: no waves.fst, accepted: a folder that `brigade run --waves` wrote\n",
                folder);
        return BRG_EXIT_INPUT;
    }
    char **saves = brg_share_list(".", ".gtkw");
    const char *save = saves ? saves[0] : NULL;
    execlp("gtkwave", "gtkwave", "waves.fst", save, (char *)NULL);
    fprintf(stderr, "brigade: gtkwave cannot be started: %s\n", strerror(errno));
    brg_share_list_free(saves);
    return BRG_EXIT_FAILED;
}
