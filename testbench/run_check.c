/* SPDX-License-Identifier: Apache-2.0 */
/* What can be known before a run starts: memory at hand, outputs that cannot be written. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csim/density.h"
#include "testbench/json.h"
#include "testbench/run.h"

const char *brg_run_folder(const brg_run_options *o) {
    if (o->out_dir) return o->out_dir;
    return o->waves ? "brigade-out" : NULL;
}

int brg_run_jobs(const brg_run_options *o) {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->jobs > 0) return o->jobs;
    return processors > 0 ? (int)processors : 1;
}

/* Bytes that can be used without swapping; MemAvailable counts what the page cache can give back.
 */
static double available_bytes(void) {
    char line[128];
    double kib = 0;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1) break;
    if (file) fclose(file);
    if (kib > 0) return kib * 1024;
    return (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

int brg_run_check_memory(const brg_scenario *s, const brg_run_options *o, brg_diag *diag) {
    const double have = available_bytes(), gib = 1024.0 * 1024 * 1024;
    brg_run_config config;
    brg_scenario_run_config(s, &config);
    if (s->engine == BRG_ENGINE_DENSITY) {
        const double need = brg_density_bytes(&config);
        if (!(need <= have)) {
            brg_scenario_blame(s, "noise.engine", diag,
                               "the density matrix needs about %.3g GiB and %.3g GiB are free, "
                               "accepted: a smaller tree, or engine full",
                               need / gib, have / gib);
            return BRG_EINPUT;
        }
        const unsigned bits = s->qram.routers == BRG_TWO_LEVEL ? 1 : 2;
        if (brg_all_cells(&s->qram) * bits > 64) {
            brg_scenario_blame(s, "noise.engine", diag,
                               "the density matrix would have %" PRIu32
                               " cells, accepted: up to %u of %s, or engine full",
                               brg_all_cells(&s->qram), 64 / bits,
                               bits == 1 ? "two_level" : "three_level");
            return BRG_EINPUT;
        }
        if (!o->waves) return BRG_OK;
    }
    uint64_t jobs = (uint64_t)brg_run_jobs(o), trajectories = s->trajectories;
    if (s->engine == BRG_ENGINE_DENSITY) trajectories = 1; /* the one in the waves */
    if (s->method == BRG_METHOD_FIRST_ORDER) trajectories = jobs;
    if (jobs > trajectories) jobs = trajectories;
    if (s->method == BRG_METHOD_LOCKSTEP) jobs = 1;
    const double one = (double)brg_trajectory_bytes(&config);
    const double outcomes = (double)trajectories * s->queries * sizeof(brg_outcome);
    const double need = one * (double)jobs + 2 * outcomes;
    if (need <= have) return BRG_OK;
    brg_scenario_blame(s, "qram.address_width", diag,
                       "the state needs about %.3g GiB (%.3g GiB each for %" PRIu64
                       " at once, %.3g GiB of outcomes) and %.3g GiB are free, "
                       "accepted: a smaller tree or word, fewer trajectories or --jobs",
                       need / gib, one / gib, jobs, 2 * outcomes / gib, have / gib);
    return BRG_EINPUT;
}

uint64_t brg_run_most_branches(const brg_scenario *s, const brg_run_options *o) {
    uint64_t jobs = (uint64_t)brg_run_jobs(o);
    if (jobs > s->trajectories) jobs = s->trajectories;
    if (s->method == BRG_METHOD_LOCKSTEP) jobs = 1;
    /* One more for the state that trajectories without errors share, and room to grow arrays. */
    const double each = available_bytes() * 0.8 / ((double)jobs + 1);
    const uint64_t branches =
        each < 1e18 ? brg_trajectory_branches_in(&s->qram, (uint64_t)each) : UINT32_MAX;
    return branches < 1024 ? 1024 : branches;
}

int brg_run_check_waits(const brg_scenario *s, brg_diag *diag) {
    const uint32_t n = s->qram.address_width;
    const double plane = n > 9 ? (double)(UINT64_C(1) << (n - 3)) : 64;
    const double bytes = plane * s->qram.word_width;
    const double transfer_ns = bytes / s->memory_bandwidth_gb_per_s;
    const double cycles = ceil((s->memory_latency_ns + transfer_ns) * (double)s->clock_khz * 1e-6);
    if (cycles < 4294967296.0) return BRG_OK;
    brg_scenario_blame(s, "memory.latency_ns", diag,
                       "%.10g ns and %.10g ns for a page of %.0f bytes are %.0f cycles, "
                       "accepted: together below 4294967296",
                       s->memory_latency_ns, transfer_ns, bytes, cycles);
    return BRG_EINPUT;
}

static int blame_output(brg_diag *diag, const char *option, const char *path, const char *what) {
    char name[400];
    snprintf(name, sizeof name, "%s %s", option, path);
    brg_diag_add(diag, name, 0, 0, NULL, "cannot be written: %s", what);
    return BRG_EINPUT;
}

static void parent_of(const char *path, char *to, size_t size) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(to, size, ".");
    else
        snprintf(to, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static bool has_control(const char *path) {
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) return true;
    return false;
}

int brg_run_check_output(const char *option, const char *path, brg_diag *diag) {
    struct stat info;
    char folder[4096];
    if (!path || strcmp(path, "-") == 0) return BRG_OK;
    if (!*path) return blame_output(diag, option, path, "no name");
    /* The name of a timeline stands in its data lines, that of any file in messages. */
    if (has_control(path))
        return blame_output(diag, option, path, "a control character in the name");
    if (strlen(path) >= sizeof folder)
        return blame_output(diag, option, path, strerror(ENAMETOOLONG));
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return blame_output(diag, option, path, strerror(EISDIR));
    /* The file is renamed into place, which would put a plain file where /dev/null was. */
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return blame_output(diag, option, path, "not a plain file");
    char *target = brg_output_target(path);
    if (!target) return blame_output(diag, option, path, strerror(errno));
    const bool named = !has_control(target) && strlen(target) < sizeof folder;
    parent_of(target, folder, sizeof folder);
    free(target);
    if (!named) return blame_output(diag, option, path, "the link leads to no usable name");
    if (stat(folder, &info)) return blame_output(diag, option, path, strerror(errno));
    if (!S_ISDIR(info.st_mode)) return blame_output(diag, option, path, strerror(ENOTDIR));
    if (access(folder, W_OK)) return blame_output(diag, option, path, strerror(errno));
    return BRG_OK;
}

bool brg_run_same_file(const char *path, const char *other) {
    if (!path || !other || strcmp(path, "-") == 0 || strcmp(other, "-") == 0) return false;
    char *a = brg_output_identity(path), *b = brg_output_identity(other);
    const bool same = a && b && strcmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

int brg_run_check_apart(const char *option, const char *path, const char *other, const char *of,
                        brg_diag *diag) {
    if (!brg_run_same_file(path, other)) return BRG_OK;
    brg_diag_add(diag, option, 0, 0, NULL, "would write %s, %s, accepted: a file for each", path,
                 of);
    return BRG_EINPUT;
}

static int check_folder(const char *option, const char *path, brg_diag *diag) {
    struct stat info;
    char above[4096];
    if (!*path) return blame_output(diag, option, path, "no name");
    if (has_control(path))
        return blame_output(diag, option, path, "a control character in the name");
    if (strlen(path) >= sizeof above)
        return blame_output(diag, option, path, strerror(ENAMETOOLONG));
    /* What is not there yet is made; the nearest folder above must allow it. */
    snprintf(above, sizeof above, "%s", path);
    while (stat(above, &info)) {
        if (errno != ENOENT) return blame_output(diag, option, path, strerror(errno));
        char next[4096];
        parent_of(above, next, sizeof next);
        if (strcmp(next, above) == 0) return blame_output(diag, option, path, strerror(ENOENT));
        memcpy(above, next, sizeof above);
    }
    if (!S_ISDIR(info.st_mode)) return blame_output(diag, option, path, strerror(ENOTDIR));
    if (access(above, W_OK)) return blame_output(diag, option, path, strerror(errno));
    return BRG_OK;
}

/* Every two files that a run would write must be two. */
static int check_twice(const brg_run_options *o, brg_diag *diag) {
    enum { MOST = 6 };
    static const char *const inside[] = {"result.json", "timeline.csv", "report.txt", "waves.fst"};
    const char *options[MOST], *folder = brg_run_folder(o);
    char *files[MOST], path[5000];
    int count = 0, status = BRG_OK;
    if (o->json && strcmp(o->json, "-")) {
        options[count] = "--json";
        files[count++] = brg_output_identity(o->json);
    }
    if (o->timeline) {
        options[count] = "--timeline";
        files[count++] = brg_output_identity(o->timeline);
    }
    for (int i = 0; i < 4 && folder; i++) {
        if (i < 3 ? !o->out_dir : !o->waves) continue;
        snprintf(path, sizeof path, "%s/%s", folder, inside[i]);
        options[count] = o->out_dir ? "--out" : "--waves";
        files[count++] = brg_output_identity(path);
    }
    for (int i = 0; i < count && status == BRG_OK; i++) {
        for (int j = 0; j < i && status == BRG_OK; j++) {
            if (!files[i] || !files[j] || strcmp(files[i], files[j])) continue;
            brg_diag_add(diag, options[i], 0, 0, NULL,
                         "would write %s, as %s does, accepted: a file for each", files[i],
                         options[j]);
            status = BRG_EINPUT;
        }
    }
    for (int i = 0; i < count; i++) free(files[i]);
    return status;
}

int brg_run_check_outputs(const brg_run_options *o, brg_diag *diag) {
    int status = brg_run_check_output("--json", o->json, diag);
    if (brg_run_check_output("--timeline", o->timeline, diag)) status = BRG_EINPUT;
    const char *folder = brg_run_folder(o);
    if (folder && check_folder(o->out_dir ? "--out" : "--waves", folder, diag)) status = BRG_EINPUT;
    return status ? status : check_twice(o, diag);
}

int brg_make_folder(const char *path) {
    char part[4096];
    if (strlen(path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return BRG_EIO;
    }
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        if (mkdir(part, 0777) && errno != EEXIST) return BRG_EIO;
        *p = '/';
    }
    return mkdir(part, 0777) && errno != EEXIST ? BRG_EIO : BRG_OK;
}
