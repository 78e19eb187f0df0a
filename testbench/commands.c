/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade run`, `asm`, `disasm` and `waves`. */
#include "testbench/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "testbench/json.h"
#include "testbench/options.h"
#include "testbench/run.h"
#include "testbench/share.h"
#include "testbench/waves.h"

enum { MOST_JOBS = 1024 };

static size_t count_texts(const char *const *texts) {
    size_t count = 0;
    while (texts && texts[count]) count++;
    return count;
}

static void free_texts(char **texts) {
    for (char **text = texts; text && *text; text++) free(*text);
    free(texts);
}

/* Messages so far, then the exit code that goes with the status. */
static int end_with(brg_diag *diag, const char *what, int status) {
    brg_diag_print(diag, stderr);
    if (status == BRG_OK) return BRG_EXIT_DONE;
    if (status == BRG_EINPUT || brg_diag_count(diag)) return BRG_EXIT_INPUT;
    fprintf(stderr, "brigade: %s: %s\n", what,
            status == BRG_EIO ? strerror(errno) : brg_strerror(status));
    return BRG_EXIT_FAILED;
}

static int load_and_run(const char *name, char **sets, const brg_run_options *o) {
    char path[4096];
    brg_scenario *scenario = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return end_with(NULL, name, BRG_ENOMEM);
    brg_share_scenario(name, path, sizeof path);
    const char *const *overrides = (const char *const *)sets;
    const int status = brg_scenario_load(&scenario, path, overrides, count_texts(overrides), diag);
    int code = end_with(diag, path, status);
    brg_diag_destroy(&diag);
    if (status == BRG_OK) code = brg_run(scenario, o);
    brg_scenario_destroy(&scenario);
    return code;
}

int brg_command_run(int argc, const char **argv) {
    char **sets = NULL, *out = NULL, *json = NULL, *timeline = NULL, *from = NULL, *name = NULL;
    int waves = 0, quiet = 0, jobs = 0;
    const struct poptOption table[] = {
        {"set", 0, POPT_ARG_ARGV, &sets, 0, "set a scenario key, e.g. memory.latency_ns=500",
         "KEY=VALUE"},
        {"out", 'o', POPT_ARG_STRING, &out, 0, "write result.json, timeline.csv, report.txt there",
         "DIR"},
        {"json", 0, POPT_ARG_STRING, &json, 0, "write the result there, - for stdout", "FILE"},
        {"timeline", 0, POPT_ARG_STRING, &timeline, 0, "write the timeline as CSV", "FILE"},
        {"from-timeline", 0, POPT_ARG_STRING, &from, 0,
         "take the timing from there instead of running the RTL", "FILE"},
        {"waves", 0, POPT_ARG_NONE, &waves, 0,
         "write waves.fst and GTKWave save files to DIR, or to ./brigade-out", NULL},
        {"jobs", 'j', POPT_ARG_INT, &jobs, 0, "threads, 0 for one per processor", "N"},
        {"quiet", 'q', POPT_ARG_NONE, &quiet, 0, "no report and no progress bar", NULL},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "SCENARIO [OPTION...]", 1, &name);
    if (code < 0 && (jobs < 0 || jobs > MOST_JOBS)) {
        fprintf(stderr, "brigade run: --jobs %d: out of range, accepted: 0..%d\n", jobs, MOST_JOBS);
        code = BRG_EXIT_INPUT;
    }
    if (code < 0) {
        const brg_run_options options = {out, json, timeline, from, waves != 0, quiet != 0, jobs};
        code = load_and_run(name, sets, &options);
    }
    free_texts(sets);
    free(out);
    free(json);
    free(timeline);
    free(from);
    free(name);
    return code;
}

/* FILE.bqp beside FILE.bqa. */
static char *binary_name(const char *path) {
    const size_t length = strlen(path);
    const size_t stem = length > 4 && strcmp(path + length - 4, ".bqa") == 0 ? length - 4 : length;
    char *name = malloc(stem + 5);
    if (name) snprintf(name, stem + 5, "%.*s.bqp", (int)stem, path);
    return name;
}

int brg_command_asm(int argc, const char **argv) {
    char *out = NULL, *path = NULL;
    const struct poptOption table[] = {
        {"output", 'o', POPT_ARG_STRING, &out, 0, "binary program, default FILE.bqp", "OUT"},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "FILE [-o OUT]", 1, &path);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_program *program = NULL;
        int status = brg_diag_new(&diag);
        if (status == BRG_OK && !out && !(out = binary_name(path))) status = BRG_ENOMEM;
        char *in_file = brg_output_identity(path),
             *out_file = out ? brg_output_identity(out) : NULL;
        const bool same = in_file && out_file && strcmp(in_file, out_file) == 0;
        free(in_file);
        free(out_file);
        if (status == BRG_OK && same) {
            brg_diag_add(diag, path, 0, 0, NULL, "would be overwritten, accepted: -o OUT");
            status = BRG_EINPUT;
        }
        const brg_run_options outputs = {.json = out};
        if (status == BRG_OK && brg_run_check_outputs(&outputs, NULL)) {
            brg_diag_add(diag, out, 0, 0, NULL,
                         "cannot be written, accepted: a file in a folder "
                         "that can be written");
            status = BRG_EINPUT;
        }
        if (status == BRG_OK) status = brg_program_load(&program, path, diag);
        if (status == BRG_OK) {
            char *target = brg_output_target(out);
            status = target ? brg_program_write(program, target) : BRG_EIO;
            free(target);
        }
        code = end_with(diag, out ? out : path, status);
        brg_program_destroy(&program);
        brg_diag_destroy(&diag);
    }
    free(out);
    free(path);
    return code;
}

int brg_command_disasm(int argc, const char **argv) {
    char *path = NULL;
    const struct poptOption table[] = {POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "FILE", 1, &path);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_program *program = NULL;
        int status = brg_diag_new(&diag);
        if (status == BRG_OK) status = brg_program_load(&program, path, diag);
        if (status == BRG_OK) status = brg_program_disassemble(program, stdout);
        if (status == BRG_OK && fflush(stdout)) status = BRG_EIO;
        code = end_with(diag, path, status);
        brg_program_destroy(&program);
        brg_diag_destroy(&diag);
    }
    free(path);
    return code;
}

int brg_command_waves(int argc, const char **argv) {
    char *folder = NULL;
    const struct poptOption table[] = {POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "DIR", 1, &folder);
    if (code < 0) code = brg_waves_open(folder);
    free(folder);
    return code;
}
