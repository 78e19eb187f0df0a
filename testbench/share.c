/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the files that come with the program. */
#include "testbench/share.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool brg_share_folder(const char *part, char *to, size_t size) {
    const char *share = getenv("BRIGADE_SHARE");
    if (share) {
        snprintf(to, size, "%s/%s", share, part);
        return is_folder(to);
    }
    const bool scenarios = strcmp(part, "scenarios") == 0;
    snprintf(to, size, "%s/%s%s", BRG_SOURCE_FOLDER, scenarios ? "testbench/" : "", part);
    if (is_folder(to)) return true;
    snprintf(to, size, "%s/%s", BRG_INSTALL_SHARE, part);
    return is_folder(to);
}

void brg_share_scenario(const char *name, char *to, size_t size) {
    struct stat info;
    char folder[4096];
    /* A file that happens to lie in the current folder must not change what a name means. */
    if (!strchr(name, '/') && brg_share_folder("scenarios", folder, sizeof folder)) {
        snprintf(to, size, "%s/%s.yaml", folder, name);
        if (stat(to, &info) == 0) return;
    }
    snprintf(to, size, "%s", name);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **brg_share_list(const char *folder, const char *ending) {
    size_t count = 0, room = 16;
    char **names = calloc(room, sizeof *names);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (names && dir && (entry = readdir(dir))) {
        const size_t length = strlen(entry->d_name), tail = strlen(ending);
        if (length <= tail || strcmp(entry->d_name + length - tail, ending)) continue;
        if (entry->d_name[0] == '.') continue;
        if (count + 1 == room) {
            char **more = realloc(names, 2 * room * sizeof *names);
            if (!more) break;
            names = more;
            room *= 2;
        }
        if (!(names[count] = strdup(entry->d_name))) break;
        names[++count] = NULL;
    }
    if (dir) closedir(dir);
    if (names) qsort(names, count, sizeof *names, compare_names);
    return names;
}

void brg_share_list_free(char **names) {
    for (char **name = names; name && *name; name++) free(*name);
    free(names);
}
