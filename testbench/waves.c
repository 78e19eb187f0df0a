/* SPDX-License-Identifier: Apache-2.0 */
/* Adapting save files to a run, and starting GTKWave. */
#include "testbench/waves.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
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

const char *brg_waves_kind_name(brg_waves_kind kind) {
    static const char *const names[BRG_WAVES_KINDS] = {"query", "cache", "dram", "paged",
                                                       "tiers", "pulse", "qec"};
    return kind >= 0 && kind < BRG_WAVES_KINDS ? names[kind] : NULL;
}

/* GTKWave's zoom z shows 2^-z time units in 200 pixels; the wave area of a usual window has 1190.
 * A view beyond the end of the waves would start at 0. */
static double zoom(const brg_waves_view *view) {
    const double span = (double)(view->show_end_ps - view->show_begin_ps);
    return span > 0 ? -log2(span * 200.0 / 1190.0) : 0.0;
}

/* The line of zoom and markers: zoom, primary marker, then markers A to Z, -1 for none. */
static void print_markers(FILE *to, const brg_waves_view *view) {
    const bool waited = view->wait_end_ps > view->wait_begin_ps;
    fprintf(to, "*%f %" PRIu64 " %" PRIu64, zoom(view),
            waited ? view->wait_begin_ps : view->first_ps, view->first_ps);
    if (waited)
        fprintf(to, " %" PRIu64 " %" PRIu64, view->wait_begin_ps, view->wait_end_ps);
    else
        fprintf(to, " -1 -1");
    fprintf(to, " %" PRIu64, view->last_ps);
    uint32_t event = 0;
    for (char marker = 'E'; marker <= 'Z'; marker++, event++)
        if (event < view->event_count)
            fprintf(to, " %" PRIu64, view->events[event].start_ps);
        else
            fprintf(to, " -1");
    fputc('\n', to);
}

/* What the markers from E on mark, as lines among the signals. */
static void print_events(FILE *to, const brg_waves_view *view) {
    static const char title[] = "Costliest events";
    if (view->event_count == 0) return;
    fprintf(to, "@800200\n-%s\n@200\n", title);
    for (uint32_t i = 0; i < view->event_count; i++)
        fprintf(to, "-%c %s\n", (char)('E' + i), view->events[i].what);
    fprintf(to, "@1000200\n-%s\n", title);
}

/* Where `mark` stands in the line, NULL when it does not. */
static const char *within(const char *line, size_t length, const char *mark) {
    const char *at = strstr(line, mark);
    return at && at + strlen(mark) <= line + length ? at : NULL;
}

/* Whether the line names a layer that the tree does not have. Pulse buffers have an index of their
 * own beyond the deepest layer. */
static bool deep(const char *line, size_t length, const brg_waves_view *view) {
    static const char *const marks[] = {".g_layer[", ".g_buffer["};
    enum { DEEPEST = 24 };
    for (int i = 0; i < 2; i++) {
        const char *mark = within(line, length, marks[i]);
        if (!mark) continue;
        const unsigned long layer = strtoul(mark + strlen(marks[i]), NULL, 10);
        return layer >= view->layers && layer < DEEPEST;
    }
    return false;
}

/* A line with a signal of the top that the waves are of. A file over either top has the names of
 * brg_system; those of brg_machine are its own and show there alone. */
static void print_line(FILE *to, const char *line, size_t length, const brg_waves_view *view) {
    static const char system[] = "TOP.brg_system.", machine[] = "TOP.brg_machine.";
    const char *at = view->machine ? within(line, length, system) : NULL;
    if (!view->machine && within(line, length, machine)) return;
    if (at) {
        fprintf(to, "%.*s%s", (int)(at - line), line, machine);
        length -= (size_t)(at - line) + strlen(system);
        line = at + strlen(system);
    }
    fprintf(to, "%.*s\n", (int)length, line);
}

/* Copies a save file line by line, with the view's times in it and without the layers that the tree
 * does not have: their signal line and the blank rows under it. */
static void adapt_save(FILE *to, const char *text, const brg_waves_view *view) {
    bool dropping = false, told = false;
    while (*text) {
        const size_t length = strcspn(text, "\n");
        if (deep(text, length, view))
            dropping = true;
        else if (dropping)
            dropping = strncmp(text, "@20000\n", 7) == 0 || strncmp(text, "-\n", 2) == 0;
        if (dropping) {
        } else if (text[0] == '*') {
            print_markers(to, view);
        } else if (strncmp(text, "[timestart]", 11) == 0) {
            fprintf(to, "[timestart] %" PRIu64 "\n", view->show_begin_ps);
        } else {
            if (!told && text[0] == '@') {
                print_events(to, view);
                told = true;
            }
            print_line(to, text, length, view);
        }
        text += length + (text[length] == '\n');
    }
}

/* view: NULL copies the bytes of all files; else the one file of its kind is adapted and the others
 * do not stay. */
static int copy_files(const char *from, const char *ending, const char *to,
                      const brg_waves_view *view) {
    int status = BRG_OK;
    char wanted[32] = "";
    if (view) snprintf(wanted, sizeof wanted, "%s%s", brg_waves_kind_name(view->kind), ending);
    char **names = brg_share_list(from, ending);
    for (char **name = names; name && *name && status == BRG_OK; name++) {
        char source[PATH_BYTES + 300], target[PATH_BYTES + 300];
        void *data = NULL;
        size_t length = 0;
        snprintf(source, sizeof source, "%s/%s", from, *name);
        snprintf(target, sizeof target, "%s/%s", to, *name);
        if (view && strcmp(*name, wanted)) {
            if (remove(target) && errno != ENOENT) status = BRG_EIO;
            continue;
        }
        status = brg_read_file(&data, &length, source, MAX_SAVE_BYTES, NULL);
        if (status == BRG_OK && view) {
            char *adapted = NULL;
            size_t size = 0;
            FILE *stream = open_memstream(&adapted, &size);
            status = stream ? BRG_OK : BRG_ENOMEM;
            if (stream) {
                adapt_save(stream, data, view);
                if (fclose(stream)) status = BRG_ENOMEM;
            }
            free(data);
            data = adapted;
            length = size;
        }
        if (status == BRG_OK) status = brg_write_file(target, data, length);
        free(data);
    }
    brg_share_list_free(names);
    return status;
}

int brg_waves_write_saves(const char *folder, const brg_waves_view *view) {
    char share[PATH_BYTES], from[PATH_BYTES + 16], to[PATH_BYTES + 16];
    if (!brg_share_folder("waves", share, sizeof share)) return BRG_OK;
    int status = copy_files(share, ".gtkw", folder, view);
    snprintf(from, sizeof from, "%s/filters", share);
    snprintf(to, sizeof to, "%.4000s/filters", folder);
    if (status == BRG_OK) status = brg_make_folder(to);
    if (status == BRG_OK) status = copy_files(from, ".txt", to, NULL);
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
