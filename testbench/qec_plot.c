/* SPDX-License-Identifier: Apache-2.0 */
/* A script for gnuplot with the data in it; the picture comes back through a temporary file. */
#include "testbench/qec_plot.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/image.h"
#include "testbench/json.h"

static const char *temporary_folder(void) {
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

int brg_qec_plot_check(const char *option, brg_diag *diag) {
    const char *path = getenv("PATH"), *folder = temporary_folder();
    struct stat info;
    errno = ENOTDIR;
    if (stat(folder, &info) || !S_ISDIR(info.st_mode) || access(folder, W_OK | X_OK)) {
        brg_diag_add(
            diag, option, 0, 0, NULL,
            "no temporary file can be written in %s: %s, accepted: TMPDIR=FOLDER, else /tmp",
            folder, strerror(errno));
        return BRG_EINPUT;
    }
    while (path && *path) {
        char file[4096];
        const size_t length = strcspn(path, ":");
        snprintf(file, sizeof file, "%.*s/gnuplot", (int)length, path);
        if (length && access(file, X_OK) == 0) return BRG_OK;
        path += length + (path[length] == ':');
    }
    brg_diag_add(diag, option, 0, 0, NULL,
                 "gnuplot is not in the PATH, accepted: a machine with Debian's gnuplot-nox");
    return BRG_EINPUT;
}

/* Text inside double quotes of gnuplot; only printable ASCII, nothing that it would interpret. */
static void quoted(FILE *to, const char *text) {
    putc('"', to);
    for (; *text; text++)
        putc(*text >= ' ' && *text < 127 && !strchr("\"\\`", *text) ? *text : '_', to);
    putc('"', to);
}

/* A logarithmic axis just around the data: left alone it would begin and end at powers of ten, and
 * the points near a threshold, which lie close together, would fill a corner. */
static void write_axis(FILE *to, char axis, double low, double high) {
    if (!(low > 0) || !(high >= low)) return;
    low /= 1.1;
    high *= 1.1;
    const bool narrow = high / low<10, wide = high / low> 1e3;
    fprintf(to, "set %crange [%.17g:%.17g]\nset %ctics (", axis, low, high, axis);
    const char *separator = "";
    if (high / low < 3) { /* even steps, four to eight of them */
        const double tenth = pow(10, floor(log10(high - low))), width = (high - low) / tenth;
        const double step = tenth * (width < 2 ? 0.25 : width < 4 ? 0.5 : width < 8 ? 1 : 2);
        for (double k = ceil(low / step); k * step <= high; k++) {
            fprintf(to, "%s%.9g", separator, k * step);
            separator = ", ";
        }
        fprintf(to, ")\n");
        return;
    }
    for (int decade = (int)floor(log10(low)); decade <= (int)ceil(log10(high)); decade++)
        for (int digit = 1; digit <= 9; digit++) {
            const double at = digit * pow(10, decade);
            const bool named = digit == 1 || (!wide && (digit == 2 || digit == 5)) ||
                               (narrow && (digit < 5 || digit == 7));
            if (at < low || at > high) continue;
            fprintf(to, named ? "%s%.9g" : "%s\"\" %.9g 1", separator, at);
            separator = ", ";
        }
    fprintf(to, ")\n");
}

static void write_axes(FILE *to, const brg_qec_curve *curves, size_t count) {
    double p_low = INFINITY, p_high = 0, rate_low = INFINITY, rate_high = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < curves[i].count; j++) {
            const brg_qec_point *p = &curves[i].points[j];
            double low, high;
            brg_qec_interval(&low, &high, p->shots, p->errors);
            p_low = fmin(p_low, p->p);
            p_high = fmax(p_high, p->p);
            rate_low = fmin(rate_low, p->errors && low > 0 ? low : high);
            rate_high = fmax(rate_high, high);
        }
    write_axis(to, 'x', p_low, p_high);
    write_axis(to, 'y', rate_low, rate_high);
}

static void write_script(FILE *to, const char *title, const brg_qec_curve *curves, size_t count,
                         const brg_qec_marker *markers, size_t marker_count) {
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "$c%zu << EOD\n", i);
        for (size_t j = 0; j < curves[i].count; j++) {
            const brg_qec_point *p = &curves[i].points[j];
            double low, high;
            brg_qec_interval(&low, &high, p->shots, p->errors);
            const double rate = brg_qec_rate(p).value;
            if (rate > 0)
                fprintf(to, "%.17g %.17g %.17g %.17g\n", p->p, rate, low, high);
            else
                fprintf(to, "%.17g %.17g %.17g %.17g\n", p->p, high, high, high);
        }
        fprintf(to, "EOD\n");
    }
    fprintf(to,
            "set terminal svg size 800,560 noenhanced font 'sans,14' background '#ffffff'\n"
            "set logscale xy\nset grid\n"
            "set key outside right top\nset xlabel 'physical error rate p'\n"
            "set ylabel 'logical error rate per shot'\nset format '%%g'\nset title ");
    quoted(to, title);
    fprintf(to, "\n");
    write_axes(to, curves, count);
    for (size_t i = 0; i < marker_count; i++) {
        fprintf(to,
                "set arrow from first %.17g, graph 0 to first %.17g, graph 1 nohead dt 2 "
                "lc rgb '#808080'\nset label ",
                markers[i].p, markers[i].p);
        quoted(to, markers[i].name);
        fprintf(to, " at first %.17g, graph %.2f font ',11'\n", markers[i].p,
                0.04 + 0.05 * (double)(i % 8));
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "%s$c%zu using 1:2:3:4 with yerrorlines pt %zu ps 0.6 title ",
                i ? ", " : "plot ", i, 4 + i % 10);
        quoted(to, curves[i].name);
    }
    fprintf(to, "\n");
}

extern char **environ;

/* gnuplot over the script, its output to the picture. Without a shell: no name needs quotes. */
static int draw(const char *script, const char *picture) {
    char *arguments[] = {(char[]){"gnuplot"}, (char *)script, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;
    int result;
    if ((errno = posix_spawn_file_actions_init(&actions))) return BRG_EIO;
    errno = posix_spawn_file_actions_addopen(&actions, 1, picture, O_WRONLY | O_CREAT, 0600);
    if (!errno) errno = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (!errno) errno = posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ);
    const int reason = errno;
    posix_spawn_file_actions_destroy(&actions);
    errno = reason;
    if (errno) return BRG_EIO;
    while (waitpid(child, &result, 0) == -1)
        if (errno != EINTR) return BRG_EIO;
    return WIFEXITED(result) && WEXITSTATUS(result) == 0 ? BRG_OK : BRG_ESTATE;
}

int brg_qec_plot_write(const char *path, const char *title, const brg_qec_curve *curves,
                       size_t count, const brg_qec_marker *markers, size_t marker_count) {
    char folder[4096], script[4110], picture[4110];
    void *svg = NULL;
    size_t length = 0;
    if (count == 0) return BRG_EINVAL;
    if (snprintf(folder, sizeof folder, "%s/brigade_plot_XXXXXX", temporary_folder()) >=
        (int)sizeof folder) {
        errno = ENAMETOOLONG;
        return BRG_EIO;
    }
    if (!mkdtemp(folder)) return BRG_EIO;
    snprintf(script, sizeof script, "%s/script", folder);
    snprintf(picture, sizeof picture, "%s/picture", folder);
    FILE *to = fopen(script, "w");
    int status = to ? BRG_OK : BRG_EIO;
    if (to) {
        write_script(to, title, curves, count, markers, marker_count);
        if (fclose(to)) status = BRG_EIO;
    }
    if (!status) status = draw(script, picture);
    if (!status) status = brg_read_file(&svg, &length, picture, (size_t)1 << 30, NULL);
    if (!status && length == 0) status = BRG_ESTATE;
    if (!status) status = brg_write_file(path, svg, length);
    const int reason = errno;
    free(svg);
    unlink(script);
    unlink(picture);
    rmdir(folder);
    errno = reason;
    return status;
}
