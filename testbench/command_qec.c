/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qec`: picks the command, and those that work shot by shot on files. */
#include "testbench/command_qec.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/ecc/sampler.h"
#include "model/ecc/shots.h"
#include "model/image.h"
#include "testbench/commands.h"
#include "testbench/options.h"
#include "testbench/progress.h"
#include "testbench/qec_collect.h"
#include "testbench/qec_source.h"
#include "testbench/run.h"

static const brg_command commands[] = {
    {"gen", "generate the circuit of a memory experiment", brg_qec_gen},
    {"sample", "sample detection events, or measurements, of a circuit", brg_qec_sample},
    {"detect", "the same", brg_qec_sample},
    {"analyze_errors", "detector error model of a circuit", brg_qec_analyze_errors},
    {"dem", "the same", brg_qec_analyze_errors},
    {"decode", "predict observables from detection events", brg_qec_decode},
    {"collect", "sample and decode until enough errors are seen", brg_qec_collect},
    {"combine", "add up statistics of several files", brg_qec_combine},
    {"plot", "draw logical error against physical error", brg_qec_plot},
    {"threshold", "find where larger codes stop to help", brg_qec_threshold}};

static void print_help(FILE *to) {
    fprintf(to, "Usage: brigade qec COMMAND [OPTION...]\n\nError correction.\n\nCommands:\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-15s %s\n", commands[i].name, commands[i].about);
    fprintf(to, "\n`brigade qec COMMAND --help` tells the options of a command.\n");
}

int brg_command_qec(int argc, const char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return BRG_EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return BRG_EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, argv[1])) continue;
        char name[32];
        snprintf(name, sizeof name, "qec %s", argv[1]);
        argv[1] = name;
        return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "brigade qec: %s: not a command, accepted:", argv[1]);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stderr, "%s %s", i ? "," : "", commands[i].name);
    fprintf(stderr, "\n");
    return BRG_EXIT_INPUT;
}

int brg_qec_end(brg_diag *diag, const char *command, const char *what, int status) {
    const int reason = errno;
    brg_diag_print(diag, stderr);
    if (status == BRG_OK) return BRG_EXIT_DONE;
    if (status == BRG_EINPUT || brg_diag_count(diag)) return BRG_EXIT_INPUT;
    fprintf(stderr, "brigade %s: %s: %s\n", command, what,
            status == BRG_EIO ? strerror(reason) : brg_strerror(status));
    return BRG_EXIT_FAILED;
}

int brg_qec_find_decoder(brg_decoder_kind *out, const char *name, brg_diag *diag) {
    const char *known;
    for (int i = 0; (known = brg_decoder_name((brg_decoder_kind)i)) != NULL; i++) {
        if (strcmp(known, name)) continue;
        *out = (brg_decoder_kind)i;
        return BRG_OK;
    }
    brg_diag_add(diag, "--decoder", 0, 0, NULL,
                 "%s is not known, accepted: union_find, lookup, exact", name);
    return BRG_EINPUT;
}

/* -5 and -.5 are numbers, - is stdin. */
static bool is_option(const char *text) {
    return text[0] == '-' && (text[1] == '-' || isalpha((unsigned char)text[1]));
}

const char **brg_qec_expand(int *count, int argc, const char **argv, const char *const *lists) {
    const char **out = malloc((2 * (size_t)argc + 1) * sizeof *out);
    if (!out) return NULL;
    const char *list = NULL, *empty = NULL;
    int n = 0;
    bool first = false;
    for (int i = 0; i < argc; i++) {
        if (i && is_option(argv[i])) {
            list = NULL;
            for (const char *const *l = lists; *l && !list; l++)
                if (strcmp(argv[i], *l) == 0) list = *l;
            first = list != NULL;
            if (first && i + 1 < argc && is_option(argv[i + 1])) {
                empty = list;
                continue;
            }
        } else if (list) {
            if (!first) out[n++] = list;
            first = false;
        }
        out[n++] = argv[i];
    }
    /* At the end popt sees that it has no argument, and does not take the next option for one. */
    if (empty) out[n++] = empty;
    out[n] = NULL;
    *count = n;
    return out;
}

static int check_format(brg_shots_format *to, const char *option, const char *name,
                        brg_diag *diag) {
    *to = BRG_SHOTS_01;
    if (!name || brg_shots_format_find(to, name) == BRG_OK) return BRG_OK;
    brg_diag_add(diag, option, 0, 0, NULL, "%s is not known, accepted: 01, b8, dets", name);
    return BRG_EINPUT;
}

static int check_number(const char *option, long long value, brg_diag *diag) {
    if (value >= 0) return BRG_OK;
    brg_diag_add(diag, option, 0, 0, NULL, "%lld is out of range, accepted: 0..9223372036854775807",
                 value);
    return BRG_EINPUT;
}

/* The one circuit of --in (stdin when nothing is said) or of a generator. */
static int one_circuit(brg_circuit **out, brg_qec_source *s, char *in, const char **name,
                       brg_diag *diag) {
    char standard[] = "-";
    char *files[] = {in ? in : standard, NULL};
    const bool wanted = in || !brg_qec_source_generates(s);
    s->files = wanted ? files : NULL;
    int status = brg_qec_source_check(s, "--in", false, diag);
    if (!status) status = brg_qec_source_get(out, NULL, name, s, 0, diag);
    s->files = NULL;
    if (wanted) *name = in && strcmp(in, "-") ? in : "stdin";
    return status;
}

int brg_qec_gen(int argc, const char **argv) {
    brg_qec_source s = {0};
    char *out = NULL;
    const struct poptOption table[] = {
        BRG_QEC_GENERATOR_OPTIONS(s),
        {"out", 0, POPT_ARG_STRING, &out, 0, "the circuit, default stdout", "FILE"},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_circuit *circuit = NULL;
        brg_qec_output output = {0};
        int status = brg_diag_new(&diag);
        if (!status) status = brg_qec_source_check(&s, NULL, false, diag);
        if (brg_qec_output_check("--out", out, diag)) status = BRG_EINPUT;
        if (!status) status = brg_qec_source_get(&circuit, NULL, NULL, &s, 0, diag);
        if (!status) status = brg_qec_output_open(&output, out);
        if (!status) status = brg_circuit_write(circuit, output.to);
        const int closed = brg_qec_output_close(&output, !status);
        code = brg_qec_end(diag, "qec gen", out ? out : "stdout", status ? status : closed);
        brg_circuit_destroy(&circuit);
        brg_diag_destroy(&diag);
    }
    brg_qec_source_clear(&s);
    free(out);
    return code;
}

typedef struct sampling {
    char *in, *out, *out_format, *obs_out, *obs_out_format;
    long long shots, seed;
    int append, measurements, quiet;
    brg_shots_format format, obs_format;
} sampling;

/* Batches to the outputs. */
static int write_samples(const sampling *o, const brg_circuit *c, FILE *to, FILE *obs_to,
                         brg_diag *diag) {
    brg_sampler *sampler = NULL;
    brg_shots_layout layout = {0}, obs_layout = {.observables = c->observables};
    const bool append = o->append || (o->format == BRG_SHOTS_DETS && !o->measurements);
    if (o->measurements)
        layout.measurements = c->measurements;
    else
        layout = (brg_shots_layout){0, c->detectors, append ? c->observables : 0};
    const size_t stride = (size_t)brg_shots_bytes(&layout);
    uint64_t *observed = calloc(BRG_SAMPLER_BATCH, sizeof *observed);
    uint8_t *shots = malloc(stride ? stride * BRG_SAMPLER_BATCH : 1);
    const uint64_t all = (uint64_t)o->shots;
    int status = observed && shots ? BRG_OK : BRG_ENOMEM;
    if (!status && (stride == 0 || (obs_to && !c->observables))) {
        brg_diag_add(diag, o->in ? o->in : "stdin", 0, 0, NULL,
                     "no %s, so there is nothing to write",
                     stride            ? "observables"
                     : o->measurements ? "measurements"
                                       : "detectors");
        status = BRG_EINPUT;
    }
    if (!status)
        status = brg_qec_sampler(&sampler, c, (uint64_t)o->seed, o->in ? o->in : "stdin", diag);
    brg_bar bar;
    brg_bar_start(&bar, "sampling", o->quiet != 0);
    for (uint64_t done = 0; done < all && !status; done += BRG_SAMPLER_BATCH) {
        const uint64_t batch = done / BRG_SAMPLER_BATCH;
        const uint64_t count = all - done < BRG_SAMPLER_BATCH ? all - done : BRG_SAMPLER_BATCH;
        if (o->measurements)
            status = brg_sampler_records(sampler, batch, shots, stride);
        else
            status = brg_sampler_detections(sampler, batch, shots, stride, append,
                                            append ? NULL : observed);
        if (!status) status = brg_shots_write(to, o->format, &layout, shots, stride, count);
        if (!status && obs_to) {
            for (size_t s = 0; s < count && append; s++) {
                observed[s] = 0;
                for (uint32_t i = 0; i < c->observables; i++) {
                    const uint64_t bit = c->detectors + i;
                    const uint8_t byte = shots[s * stride + (size_t)(bit / 8)];
                    observed[s] |= (uint64_t)(byte >> (bit % 8) & 1) << i;
                }
            }
            for (size_t s = 0; s < count; s++) observed[s] = htole64(observed[s]);
            status = brg_shots_write(obs_to, o->obs_format, &obs_layout, (const uint8_t *)observed,
                                     sizeof *observed, count);
        }
        brg_bar_update(&bar, done + count, all);
    }
    brg_bar_end(&bar);
    brg_sampler_destroy(&sampler);
    free(observed);
    free(shots);
    return status;
}

/* Two outputs in one file, or on stdout, would overwrite or mix each other. */
static int check_apart(const char *out, const char *obs_out, brg_diag *diag) {
    if (!obs_out || strcmp(obs_out, "/dev/null") == 0) return BRG_OK;
    if (strcmp(obs_out, "-") || (out && strcmp(out, "-")))
        return brg_run_check_apart("--obs_out", obs_out, out, "as --out does", diag);
    brg_diag_add(diag, "--obs_out", 0, 0, NULL, "stdout is also --out, accepted: a file for each");
    return BRG_EINPUT;
}

static int sample(sampling *o, brg_qec_source *s, const char **name, brg_diag *diag) {
    brg_circuit *circuit = NULL;
    brg_qec_output output = {0}, observables = {0};
    int status = check_number("--shots", o->shots, diag) | check_number("--seed", o->seed, diag) |
                 check_format(&o->format, "--out_format", o->out_format, diag) |
                 check_format(&o->obs_format, "--obs_out_format", o->obs_out_format, diag) |
                 brg_qec_output_check("--out", o->out, diag) |
                 brg_qec_output_check("--obs_out", o->obs_out, diag) |
                 check_apart(o->out, o->obs_out, diag);
    if (o->measurements && (o->append || o->obs_out)) {
        brg_diag_add(diag, "--measurements", 0, 0, NULL,
                     "given with %s, accepted: measurements or detection events",
                     o->append ? "--append_observables" : "--obs_out");
        status = BRG_EINPUT;
    }
    if (status) return BRG_EINPUT;
    status = one_circuit(&circuit, s, o->in, name, diag);
    if (!status) {
        *name = o->out ? o->out : "stdout";
        status = brg_qec_output_open(&output, o->out);
    }
    if (!status && o->obs_out) {
        *name = o->obs_out;
        status = brg_qec_output_open(&observables, o->obs_out);
    }
    if (!status) status = write_samples(o, circuit, output.to, observables.to, diag);
    const int first = brg_qec_output_close(&output, !status);
    const int second = brg_qec_output_close(&observables, !status && !first);
    brg_circuit_destroy(&circuit);
    return status ? status : first ? first : second;
}

int brg_qec_sample(int argc, const char **argv) {
    brg_qec_source s = {0};
    sampling o = {.shots = 1, .seed = 1};
    const struct poptOption table[] = {
        {"in", 0, POPT_ARG_STRING, &o.in, 0, "circuit, default stdin", "FILE"},
        BRG_QEC_GENERATOR_OPTIONS(s),
        {"shots", 0, POPT_ARG_LONGLONG, &o.shots, 0, "number of shots, default 1", "N"},
        {"seed", 0, POPT_ARG_LONGLONG, &o.seed, 0, "seed of every draw, default 1", "S"},
        {"out", 0, POPT_ARG_STRING, &o.out, 0, "the shots, default stdout", "FILE"},
        {"out_format", 0, POPT_ARG_STRING, &o.out_format, 0, "01 (default), b8 or dets", "FORMAT"},
        {"append_observables", 0, POPT_ARG_NONE, &o.append, 0,
         "write the observables after the detectors", NULL},
        {"obs_out", 0, POPT_ARG_STRING, &o.obs_out, 0, "write the observables there", "FILE"},
        {"obs_out_format", 0, POPT_ARG_STRING, &o.obs_out_format, 0, "01 (default), b8 or dets",
         "FORMAT"},
        {"measurements", 0, POPT_ARG_NONE, &o.measurements, 0,
         "write measurement records, as `stim sample` does, not detection events", NULL},
        {"quiet", 'q', POPT_ARG_NONE, &o.quiet, 0, "no progress bar", NULL},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        const char *name = "stdin";
        int status = brg_diag_new(&diag);
        if (!status) status = sample(&o, &s, &name, diag);
        code = brg_qec_end(diag, "qec sample", name, status);
        brg_diag_destroy(&diag);
    }
    brg_qec_source_clear(&s);
    free(o.in);
    free(o.out);
    free(o.out_format);
    free(o.obs_out);
    free(o.obs_out_format);
    return code;
}

int brg_qec_analyze_errors(int argc, const char **argv) {
    brg_qec_source s = {0};
    char *in = NULL, *out = NULL;
    int decompose = 0;
    const struct poptOption table[] = {
        {"in", 0, POPT_ARG_STRING, &in, 0, "circuit, default stdin", "FILE"},
        BRG_QEC_GENERATOR_OPTIONS(s),
        {"decompose_errors", 0, POPT_ARG_NONE, &decompose, 0,
         "split errors into parts of at most two detectors, as decoders need them", NULL},
        {"out", 0, POPT_ARG_STRING, &out, 0, "the error model, default stdout", "FILE"},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        brg_circuit *circuit = NULL;
        brg_dem *dem = NULL;
        brg_qec_output output = {0};
        const char *name = "stdin";
        int status = brg_diag_new(&diag);
        if (!status) status = brg_qec_output_check("--out", out, diag);
        if (!status) status = one_circuit(&circuit, &s, in, &name, diag);
        if (!status) status = brg_qec_model(&dem, circuit, decompose != 0, name, diag);
        if (!status) {
            name = out ? out : "stdout";
            status = brg_qec_output_open(&output, out);
        }
        if (!status) status = brg_dem_write(dem, output.to);
        const int closed = brg_qec_output_close(&output, !status);
        code = brg_qec_end(diag, "qec analyze_errors", name, status ? status : closed);
        brg_dem_destroy(&dem);
        brg_circuit_destroy(&circuit);
        brg_diag_destroy(&diag);
    }
    brg_qec_source_clear(&s);
    free(in);
    free(out);
    return code;
}

typedef struct decoding {
    char *in, *in_format, *out, *out_format, *dem, *circuit, *decoder;
    int append, quiet;
    brg_shots_format read, write;
    brg_decoder_kind kind;
} decoding;

/* The graph of --dem, of --circuit or of a generator. */
static int take_graph(brg_graph **out, const decoding *o, brg_qec_source *s, brg_diag *diag) {
    brg_dem *dem = NULL;
    brg_circuit *circuit = NULL;
    const char *name = NULL;
    int status;
    if (!o->dem + !o->circuit + !brg_qec_source_generates(s) != 2) {
        brg_diag_add(diag, "--dem", 0, 0, NULL,
                     "one error model is needed, accepted: --dem FILE, or --circuit FILE, or "
                     "--code and its like");
        return BRG_EINPUT;
    }
    if (o->dem) {
        void *text = NULL;
        size_t length = 0;
        status = brg_read_file(&text, &length, o->dem, BRG_QEC_MOST_BYTES, diag);
        if (status == BRG_EIO) status = BRG_EINPUT;
        if (!status) status = brg_dem_parse(&dem, text, length, o->dem, diag);
        free(text);
    } else {
        status = one_circuit(&circuit, s, o->circuit, &name, diag);
        if (!status) status = brg_qec_model(&dem, circuit, true, name, diag);
    }
    if (!status) status = brg_qec_graph(out, dem, o->dem ? o->dem : name, diag);
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&circuit);
    return status;
}

static int decode_shots(const decoding *o, const brg_graph *graph, brg_decoder *decoder, FILE *from,
                        FILE *to, brg_diag *diag) {
    const bool observed = o->append || o->read == BRG_SHOTS_DETS;
    const brg_shots_layout layout = {0, graph->detectors, observed ? graph->observables : 0};
    const brg_shots_layout out_layout = {.observables = graph->observables};
    const size_t stride = (size_t)brg_shots_bytes(&layout);
    uint64_t decoded[BRG_SAMPLER_BATCH], count = BRG_SAMPLER_BATCH, shots = 0, errors = 0;
    uint8_t *data = malloc(stride * BRG_SAMPLER_BATCH);
    brg_shots_reader *reader = NULL;
    int status = data ? BRG_OK : BRG_ENOMEM;
    if (!status)
        status =
            brg_shots_reader_new(&reader, from, o->read, &layout, o->in ? o->in : "stdin", diag);
    while (!status && count == BRG_SAMPLER_BATCH) {
        status = brg_shots_read(reader, data, stride, BRG_SAMPLER_BATCH, &count);
        if (status) break;
        brg_decoder_decode_batch(decoder, data, stride, (size_t)count, decoded);
        status = brg_decoder_status(decoder);
        for (size_t s = 0; s < count && o->append; s++) {
            uint64_t truth = 0;
            for (uint32_t i = 0; i < graph->observables; i++) {
                const size_t bit = (size_t)graph->detectors + i;
                truth |= (uint64_t)(data[s * stride + bit / 8] >> (bit % 8) & 1) << i;
            }
            errors += truth != decoded[s];
        }
        for (size_t s = 0; s < count; s++) decoded[s] = htole64(decoded[s]);
        if (!status)
            status = brg_shots_write(to, o->write, &out_layout, (const uint8_t *)decoded,
                                     sizeof *decoded, count);
        shots += count;
    }
    brg_shots_reader_destroy(&reader);
    free(data);
    if (!status && o->append && !o->quiet)
        fprintf(stderr, "%" PRIu64 " shots, %" PRIu64 " logical errors\n", shots, errors);
    return status;
}

static int decode(decoding *o, brg_qec_source *s, const char **name, brg_diag *diag) {
    brg_graph *graph = NULL;
    brg_decoder *decoder = NULL;
    brg_qec_output output = {0};
    FILE *from = stdin;
    const bool standard = !o->in || strcmp(o->in, "-") == 0;
    int status = check_format(&o->read, "--in_format", o->in_format, diag) |
                 check_format(&o->write, "--out_format", o->out_format, diag) |
                 brg_qec_find_decoder(&o->kind, o->decoder ? o->decoder : "union_find", diag) |
                 brg_qec_output_check("--out", o->out, diag);
    struct stat info;
    if (standard && o->circuit && strcmp(o->circuit, "-") == 0) {
        brg_diag_add(diag, "--circuit", 0, 0, NULL,
                     "stdin is also --in, accepted: a file for one of them");
        status = BRG_EINPUT;
    }
    if (!standard && stat(o->in, &info) == 0 && S_ISDIR(info.st_mode)) {
        brg_diag_add(diag, o->in, 0, 0, NULL, "cannot be read: %s", strerror(EISDIR));
        status = BRG_EINPUT;
        from = NULL;
    } else if (!standard && !(from = fopen(o->in, "rb"))) {
        brg_diag_add(diag, o->in, 0, 0, NULL, "cannot be read: %s", strerror(errno));
        status = BRG_EINPUT;
    }
    if (status) status = BRG_EINPUT;
    if (!status) status = take_graph(&graph, o, s, diag);
    if (!status) {
        status = brg_decoder_new(&decoder, o->kind, graph);
        if (status == BRG_EINVAL) {
            brg_diag_add(diag, "--decoder", 0, 0, NULL,
                         "lookup cannot take %u detectors, accepted: at most 24, or union_find, "
                         "exact",
                         graph->detectors);
            status = BRG_EINPUT;
        }
    }
    if (!status) {
        *name = o->out ? o->out : "stdout";
        status = brg_qec_output_open(&output, o->out);
    }
    if (!status) status = decode_shots(o, graph, decoder, from, output.to, diag);
    const int closed = brg_qec_output_close(&output, !status);
    brg_decoder_destroy(&decoder);
    brg_graph_destroy(&graph);
    if (from && !standard) fclose(from);
    return status ? status : closed;
}

int brg_qec_decode(int argc, const char **argv) {
    brg_qec_source s = {0};
    decoding o = {0};
    const struct poptOption table[] = {
        {"in", 0, POPT_ARG_STRING, &o.in, 0, "detection events, default stdin", "FILE"},
        {"dets", 0, POPT_ARG_STRING, &o.in, 0, "the same", "FILE"},
        {"in_format", 0, POPT_ARG_STRING, &o.in_format, 0, "01 (default), b8 or dets", "FORMAT"},
        {"dets_format", 0, POPT_ARG_STRING, &o.in_format, 0, "the same", "FORMAT"},
        {"append_observables", 0, POPT_ARG_NONE, &o.append, 0,
         "the observables follow the detectors: count the errors", NULL},
        {"dem", 0, POPT_ARG_STRING, &o.dem, 0, "error model", "FILE"},
        {"circuit", 0, POPT_ARG_STRING, &o.circuit, 0, "circuit, instead of its error model",
         "FILE"},
        BRG_QEC_GENERATOR_OPTIONS(s),
        {"decoder", 0, POPT_ARG_STRING, &o.decoder, 0, "union_find (default), lookup or exact",
         "NAME"},
        {"out", 0, POPT_ARG_STRING, &o.out, 0, "predicted observables, default stdout", "FILE"},
        {"obs_out", 0, POPT_ARG_STRING, &o.out, 0, "the same", "FILE"},
        {"out_format", 0, POPT_ARG_STRING, &o.out_format, 0, "01 (default), b8 or dets", "FORMAT"},
        {"obs_out_format", 0, POPT_ARG_STRING, &o.out_format, 0, "the same", "FORMAT"},
        {"quiet", 'q', POPT_ARG_NONE, &o.quiet, 0, "do not print the number of errors", NULL},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        const char *name = "stdin";
        int status = brg_diag_new(&diag);
        if (!status) status = decode(&o, &s, &name, diag);
        code = brg_qec_end(diag, "qec decode", name, status);
        brg_diag_destroy(&diag);
    }
    brg_qec_source_clear(&s);
    free(o.in);
    free(o.in_format);
    free(o.out);
    free(o.out_format);
    free(o.dem);
    free(o.circuit);
    free(o.decoder);
    return code;
}
