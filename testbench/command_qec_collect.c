/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qec collect`, `combine` and `plot`: statistics of logical errors. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testbench/command_qec.h"
#include "testbench/options.h"
#include "testbench/qec_campaign.h"
#include "testbench/qec_plot.h"
#include "testbench/qec_source.h"
#include "testbench/run.h"

enum { MOST_DECODERS = 3 };

typedef struct collecting {
    brg_qec_source source;
    char **decoders, **existing;
    char *max_shots, *max_errors, *processes, *save, *out;
    long long seed;
    int count_events, also_print, quiet;
    brg_decoder_kind kinds[MOST_DECODERS];
    size_t kind_count;
    brg_qec_campaign campaign;
} collecting;

/* Threads of --processes. */
static int take_processes(int *to, const char *text, brg_diag *diag) {
    uint64_t value = 0;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    *to = processors < 1                      ? 1
          : processors > BRG_QEC_MOST_THREADS ? BRG_QEC_MOST_THREADS
                                              : (int)processors;
    if (!text || strcmp(text, "auto") == 0) return BRG_OK;
    if (brg_qec_integer(&value, "--processes", text, 1, BRG_QEC_MOST_THREADS, diag))
        return BRG_EINPUT;
    *to = (int)value;
    return BRG_OK;
}

/* Decoders of a list, each of which may be separated by commas once more; each once. */
static int take_decoders(collecting *o, const char *fallback, brg_diag *diag) {
    const char *const standard[] = {fallback, NULL};
    const char *const *texts = o->decoders ? (const char *const *)o->decoders : standard;
    int status = BRG_OK;
    for (; *texts; texts++) {
        const char *p = *texts;
        do {
            char name[32];
            brg_decoder_kind kind;
            bool twice = false;
            const size_t length = strcspn(p, ",");
            snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), p);
            if (brg_qec_find_decoder(&kind, name, diag)) {
                status = BRG_EINPUT;
            } else {
                for (size_t i = 0; i < o->kind_count; i++) twice = twice || o->kinds[i] == kind;
                if (!twice) o->kinds[o->kind_count++] = kind;
            }
            p += length;
        } while (*p++ == ',');
    }
    return status;
}

static int take_limits(collecting *o, brg_diag *diag) {
    brg_qec_campaign *c = &o->campaign;
    int status = BRG_OK;
    c->max_shots = c->max_errors = UINT64_MAX;
    if (o->max_shots)
        status = brg_qec_integer(&c->max_shots, "--max_shots", o->max_shots, 1, INT64_MAX, diag);
    if (o->max_errors &&
        brg_qec_integer(&c->max_errors, "--max_errors", o->max_errors, 1, INT64_MAX, diag))
        status = BRG_EINPUT;
    if (!o->max_shots && !o->max_errors) {
        brg_diag_add(diag, "--max_shots", 0, 0, NULL,
                     "is missing, accepted: --max_shots N, --max_errors N, or both");
        status = BRG_EINPUT;
    }
    if (o->seed < 0) {
        brg_diag_add(diag, "--seed", 0, 0, NULL,
                     "%lld is out of range, accepted: 0..9223372036854775807", o->seed);
        status = BRG_EINPUT;
    }
    if (take_processes(&c->threads, o->processes, diag)) status = BRG_EINPUT;
    c->seed = (uint64_t)o->seed;
    c->count_events = o->count_events != 0;
    c->quiet = o->quiet != 0;
    c->save = o->save;
    return status;
}

/* A file that counted twice would double its errors and skip as many shots. */
static int check_existing(const collecting *o, brg_diag *diag) {
    for (char **path = o->existing; path && *path; path++) {
        bool twice = brg_run_same_file(*path, o->save);
        for (char **other = o->existing; other < path; other++)
            twice = twice || brg_run_same_file(*path, *other);
        if (!twice) continue;
        brg_diag_add(diag, "--existing_data_filepaths", 0, 0, NULL,
                     "%s would count twice, accepted: each file once, and not that of "
                     "--save_resume_filepath",
                     *path);
        return BRG_EINPUT;
    }
    return BRG_OK;
}

static int check(collecting *o, brg_diag *diag) {
    int status = brg_qec_source_check(&o->source, "--circuits", true, diag);
    if (take_decoders(o, "union_find", diag)) status = BRG_EINPUT;
    if (take_limits(o, diag)) status = BRG_EINPUT;
    if (brg_qec_output_check("--out", o->out, diag)) status = BRG_EINPUT;
    if (o->save && brg_run_check_output("--save_resume_filepath", o->save, diag))
        status = BRG_EINPUT;
    if (brg_run_check_apart("--out", o->out, o->save, "as --save_resume_filepath does", diag))
        status = BRG_EINPUT;
    if (check_existing(o, diag)) status = BRG_EINPUT;
    /* A circuit that cannot be read or looked up would otherwise be found after hours. */
    for (size_t i = 0; i < brg_qec_source_count(&o->source) && !status; i++) {
        brg_circuit *circuit = NULL;
        status = brg_qec_source_get(&circuit, NULL, NULL, &o->source, i, diag);
        for (size_t k = 0; k < o->kind_count && !status; k++)
            if (o->kinds[k] == BRG_DECODER_LOOKUP && circuit->detectors > BRG_LOOKUP_DETECTORS) {
                brg_diag_add(diag, "--decoder", 0, 0, NULL,
                             "lookup cannot take %llu detectors, accepted: at most %d, or "
                             "union_find, exact",
                             (unsigned long long)circuit->detectors, BRG_LOOKUP_DETECTORS);
                status = BRG_EINPUT;
            }
        brg_circuit_destroy(&circuit);
    }
    return status;
}

/* With a file: what it now holds of the task. Without: what this run collected. */
static int print_row(FILE *to, const collecting *o, const brg_qec_task *task,
                     const brg_qec_counts *fresh) {
    brg_qec_row row = {0};
    if (o->save) {
        const brg_qec_row *total = brg_qec_table_find(&o->campaign.have, task->strong_id);
        return total ? brg_qec_write_row(to, total) : BRG_OK;
    }
    if (!fresh->shots) return BRG_OK;
    int status = brg_qec_campaign_row(&row, &o->campaign, task, fresh);
    if (!status) status = brg_qec_write_row(to, &row);
    brg_qec_row_clear(&row);
    return status;
}

static int collect(collecting *o, FILE *to, brg_diag *diag) {
    const size_t circuits = brg_qec_source_count(&o->source), all = circuits * o->kind_count;
    int status = BRG_OK;
    for (size_t i = 0; i < all && !status; i++) {
        brg_circuit *circuit = NULL;
        brg_qec_task *task = NULL;
        brg_qec_counts fresh = {0};
        json_t *metadata = NULL;
        const char *name = NULL;
        status =
            brg_qec_source_get(&circuit, &metadata, &name, &o->source, i / o->kind_count, diag);
        if (!status)
            status =
                brg_qec_task_new(&task, circuit, o->kinds[i % o->kind_count], metadata, name, diag);
        if (!status) status = brg_qec_campaign_run(&o->campaign, task, &fresh, i, all, diag);
        if (!status && i == 0) status = brg_qec_write_head(to);
        if (!status) status = print_row(to, o, task, &fresh);
        if (!status && fflush(to)) status = BRG_EIO;
        brg_qec_task_destroy(&task);
    }
    return status;
}

static void clear(collecting *o) {
    brg_qec_campaign_close(&o->campaign);
    brg_qec_source_clear(&o->source);
    brg_qec_free_texts(o->decoders);
    brg_qec_free_texts(o->existing);
    free(o->max_shots);
    free(o->max_errors);
    free(o->processes);
    free(o->save);
    free(o->out);
}

int brg_qec_collect(int argc, const char **argv) {
    static const char *const lists[] = {
        "--circuits", "--decoders", "--distance", "--p", "--existing_data_filepaths", NULL};
    collecting o = {.seed = 1};
    const struct poptOption table[] = {
        {"circuits", 0, POPT_ARG_ARGV, &o.source.files, 0, "circuit files", "FILE..."},
        BRG_QEC_GENERATOR_OPTIONS(o.source),
        {"decoders", 0, POPT_ARG_ARGV, &o.decoders, 0, "union_find (default), lookup, exact",
         "NAME..."},
        {"decoder", 0, POPT_ARG_ARGV, &o.decoders, 0, "the same", "NAME"},
        {"max_shots", 0, POPT_ARG_STRING, &o.max_shots, 0, "stop a task after N shots", "N"},
        {"max_errors", 0, POPT_ARG_STRING, &o.max_errors, 0, "stop a task after N errors", "N"},
        {"processes", 0, POPT_ARG_STRING, &o.processes, 0, "threads, or auto (default)", "N"},
        {"seed", 0, POPT_ARG_LONGLONG, &o.seed, 0, "seed of every draw, default 1", "S"},
        {"save_resume_filepath", 0, POPT_ARG_STRING, &o.save, 0,
         "add rows to this CSV; what it holds counts", "FILE"},
        {"existing_data_filepaths", 0, POPT_ARG_ARGV, &o.existing, 0,
         "what these CSVs hold counts as well", "FILE..."},
        {"count_detection_events", 0, POPT_ARG_NONE, &o.count_events, 0,
         "count detection events in custom_counts", NULL},
        {"also_print_results_to_stdout", 0, POPT_ARG_NONE, &o.also_print, 0,
         "for sinter's sake: rows go to stdout anyway", NULL},
        {"out", 0, POPT_ARG_STRING, &o.out, 0, "rows go there instead of stdout", "FILE"},
        {"quiet", 'q', POPT_ARG_NONE, &o.quiet, 0, "no progress bar", NULL},
        POPT_TABLEEND};
    int count = 0;
    const char **args = brg_qec_expand(&count, argc, argv, lists);
    if (!args) return brg_qec_end(NULL, "qec collect", "options", BRG_ENOMEM);
    int code = brg_options_read(count, args, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_qec_output output = {0};
        int status = brg_diag_new(&diag);
        if (!status) status = check(&o, diag);
        if (!status) status = brg_qec_campaign_open(&o.campaign, o.existing, diag);
        if (!status) status = brg_qec_output_open(&output, o.out);
        if (!status) status = collect(&o, output.to, diag);
        const int closed = brg_qec_output_close(&output, !status);
        code = brg_qec_end(diag, "qec collect", o.save ? o.save : "collecting",
                           status ? status : closed);
        brg_diag_destroy(&diag);
    }
    clear(&o);
    free(args);
    return code;
}

/* Rows of several files together. */
static int read_all(brg_qec_table *rows, char **files, brg_diag *diag) {
    int status = BRG_OK;
    if (!files) {
        brg_diag_add(diag, "--in", 0, 0, NULL, "is missing, accepted: CSV files of collect");
        return BRG_EINPUT;
    }
    for (; *files && !status; files++)
        status = brg_qec_table_read(rows, strcmp(*files, "-") ? *files : "/dev/stdin", NULL, diag);
    return status;
}

int brg_qec_combine(int argc, const char **argv) {
    static const char *const lists[] = {"--in", NULL};
    char **in = NULL, *out = NULL;
    const struct poptOption table[] = {
        {"in", 0, POPT_ARG_ARGV, &in, 0, "CSV files of collect", "FILE..."},
        {"out", 0, POPT_ARG_STRING, &out, 0, "rows of the same id added up, default stdout",
         "FILE"},
        POPT_TABLEEND};
    int count = 0;
    const char **named = calloc((size_t)argc + 2, sizeof *named);
    if (!named) return brg_qec_end(NULL, "qec combine", "options", BRG_ENOMEM);
    /* `combine A B`, as sinter has it, is `combine --in A B`. */
    const bool bare = argc > 1 && strncmp(argv[1], "-", 1) != 0;
    named[0] = argv[0];
    if (bare) named[1] = lists[0];
    memcpy(named + 1 + bare, argv + 1, (size_t)(argc - 1) * sizeof *argv);
    const char **args = brg_qec_expand(&count, argc + bare, named, lists);
    free(named);
    if (!args) return brg_qec_end(NULL, "qec combine", "options", BRG_ENOMEM);
    int code = brg_options_read(count, args, table, "[--in] FILE... [--out FILE]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_qec_table rows = {0};
        brg_qec_output output = {0};
        int status = brg_diag_new(&diag);
        if (!status) status = brg_qec_output_check("--out", out, diag);
        if (!status) status = read_all(&rows, in, diag);
        if (!status) status = brg_qec_output_open(&output, out);
        if (!status) status = brg_qec_write_head(output.to);
        for (size_t i = 0; i < rows.count && !status; i++)
            status = brg_qec_write_row(output.to, &rows.rows[i]);
        const int closed = brg_qec_output_close(&output, !status);
        code = brg_qec_end(diag, "qec combine", out ? out : "stdout", status ? status : closed);
        brg_qec_table_clear(&rows);
        brg_diag_destroy(&diag);
    }
    brg_qec_free_texts(in);
    free(out);
    free(args);
    return code;
}

/* A row that can be drawn: metadata with p and d. */
typedef struct drawn {
    const brg_qec_row *row;
    char name[80];
    brg_qec_point point;
} drawn;

static bool is_drawn(drawn *to, const brg_qec_row *row) {
    const json_t *p = json_object_get(row->metadata, "p"), *d = json_object_get(row->metadata, "d");
    const json_t *r = json_object_get(row->metadata, "r");
    const json_t *noise = json_object_get(row->metadata, "noise");
    const json_int_t distance = json_integer_value(d);
    if (!json_is_number(p) || !(json_number_value(p) > 0) || distance < 1 || distance > 10000 ||
        !row->shots)
        return false;
    to->row = row;
    to->point = (brg_qec_point){(uint32_t)distance, (uint64_t)json_integer_value(r),
                                json_number_value(p), row->shots, row->errors};
    snprintf(to->name, sizeof to->name, "%s%s%.20s d = %u", row->decoder, noise ? " " : "",
             noise ? json_string_value(noise) : "", (unsigned)distance);
    return true;
}

static int compare(const void *x, const void *y) {
    const drawn *a = x, *b = y;
    const json_t *na = json_object_get(a->row->metadata, "noise");
    const json_t *nb = json_object_get(b->row->metadata, "noise");
    int order = strcmp(na ? json_string_value(na) : "", nb ? json_string_value(nb) : "");
    if (!order) order = strcmp(a->row->decoder, b->row->decoder);
    if (!order)
        order = (a->point.distance > b->point.distance) - (a->point.distance < b->point.distance);
    if (!order) order = strcmp(a->name, b->name);
    return order ? order : (a->point.p > b->point.p) - (a->point.p < b->point.p);
}

static int draw(const brg_qec_table *rows, const char *out, brg_diag *diag) {
    drawn *list = calloc(rows->count ? rows->count : 1, sizeof *list);
    brg_qec_point *points = calloc(rows->count ? rows->count : 1, sizeof *points);
    brg_qec_curve *curves = calloc(rows->count ? rows->count : 1, sizeof *curves);
    size_t count = 0, curve_count = 0;
    int status = list && points && curves ? BRG_OK : BRG_ENOMEM;
    for (size_t i = 0; i < rows->count && !status; i++)
        count += is_drawn(&list[count], &rows->rows[i]);
    if (!status && !count) {
        brg_diag_add(diag, "--in", 0, 0, NULL,
                     "no row can be drawn, accepted: rows whose json_metadata has p and d");
        status = BRG_EINPUT;
    }
    if (!status) qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; i < count && !status; i++) {
        points[i] = list[i].point;
        if (!i || strcmp(list[i].name, list[i - 1].name))
            curves[curve_count++] = (brg_qec_curve){list[i].name, &points[i], 0};
        curves[curve_count - 1].count++;
    }
    if (!status) status = brg_qec_plot_write(out, "logical errors", curves, curve_count, NULL, 0);
    free(list);
    free(points);
    free(curves);
    return status;
}

int brg_qec_plot(int argc, const char **argv) {
    static const char *const lists[] = {"--in", NULL};
    char **in = NULL, *out = NULL;
    const struct poptOption table[] = {
        {"in", 0, POPT_ARG_ARGV, &in, 0, "CSV files of collect or threshold", "FILE..."},
        {"out", 0, POPT_ARG_STRING, &out, 0, "the picture, SVG", "FILE"},
        POPT_TABLEEND};
    int count = 0;
    const char **args = brg_qec_expand(&count, argc, argv, lists);
    if (!args) return brg_qec_end(NULL, "qec plot", "options", BRG_ENOMEM);
    int code = brg_options_read(count, args, table, "--in FILE... --out FILE.svg", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_qec_table rows = {0};
        int status = brg_diag_new(&diag);
        if (!status && !out) {
            brg_diag_add(diag, "--out", 0, 0, NULL, "is missing, accepted: a file for the SVG");
            status = BRG_EINPUT;
        }
        if (!status) status = brg_run_check_output("--out", out, diag);
        if (!status) status = brg_qec_plot_check("qec plot", diag);
        if (!status) status = read_all(&rows, in, diag);
        if (!status) status = draw(&rows, out, diag);
        code = brg_qec_end(diag, "qec plot", out ? out : "gnuplot", status);
        brg_qec_table_clear(&rows);
        brg_diag_destroy(&diag);
    }
    brg_qec_free_texts(in);
    free(out);
    free(args);
    return code;
}
