/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qasm run FILE`: an OpenQASM program on the dense engine, its tables from memory images.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/qasm/qasm.h"
#include "model/image.h"
#include "model/technology.h"
#include "testbench/commands.h"
#include "testbench/json.h"
#include "testbench/options.h"
#include "testbench/qasm_files.h"
#include "testbench/qasm_machine.h"
#include "testbench/run.h"

enum { STATE_CHUNK = 1 << 12 };
static const long long most_shots = 100000000;

typedef struct options {
    char *file, *json, *statevector, *technology, **inputs;
    int probabilities;
    long long shots, seed;
} options;

/* What the callbacks need. */
typedef struct context {
    brg_diag *diag;
    uint64_t seed;
    brg_qasm_machine *machine;
} context;

static int load_image(void *user, const brg_qasm_table *t, brg_planes **out, brg_diag *diag) {
    const context *c = user;
    return brg_qasm_load_image(t, c->seed, out, diag);
}

/* Queries run on the controller; a failure of the hardware is a message. */
static int run_query(void *user, brg_dense *state, const brg_qasm_query *query) {
    const context *c = user;
    const int status = brg_qasm_machine_query(c->machine, state, query);
    if (status && *brg_qasm_machine_error(c->machine)) {
        const brg_qasm_table *t = query->table;
        brg_diag_add(c->diag, t->file, t->line, t->column, NULL, "%s",
                     brg_qasm_machine_error(c->machine));
    }
    return status;
}

/* The machine around the program: every default of a scenario, the technology when one is named. */
static int make_machine(const char *technology, brg_scenario **scenario, brg_qasm_machine **machine,
                        brg_diag *diag) {
    static const char text[] = "version: 1\n";
    char named[200];
    const char *overrides[2] = {"noise.model=none", named};
    snprintf(named, sizeof named, "technology=%.150s", technology ? technology : "transmon");
    if (technology) overrides[0] = "noise.model=timed";
    const int status = brg_scenario_parse(scenario, text, sizeof text - 1, "the default scenario",
                                          overrides, 2, diag);
    return status ? status : brg_qasm_machine_new(machine, *scenario);
}

/* Gates on one qubit last as long as a leaf operation, on two as a latch swap, on more as a CSWAP:
 * the presets have no other lengths. */
static int take_technology(const char *name, brg_qasm_noise *noise, brg_diag *diag) {
    const brg_technology *t = brg_technology_find(name);
    if (!t) {
        char source[200];
        snprintf(source, sizeof source, "--technology %.150s", name);
        brg_diag_add(diag, source, 0, 0, NULL,
                     "not a technology, accepted: see brigade list technologies");
        return BRG_EINPUT;
    }
    *noise = (brg_qasm_noise){.on = true,
                              .t1_ns = t->t1_ns.value,
                              .tphi_ns = t->tphi_ns.value,
                              .gate1_ns = t->fetch_ns.value,
                              .gate2_ns = t->latch_swap_ns.value,
                              .gate3_ns = t->cswap_ns.value,
                              .readout_ns = t->readout_ns.value,
                              .reset_ns = t->readout_ns.value};
    return BRG_OK;
}

/* NAME=VALUE texts become pairs; the texts are cut in place. */
static int take_inputs(char **texts, brg_qasm_input **inputs, size_t *count, brg_diag *diag) {
    size_t n = 0;
    while (texts && texts[n]) n++;
    *count = n;
    *inputs = calloc(n ? n : 1, sizeof **inputs);
    if (!*inputs) return BRG_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        char *equals = strchr(texts[i], '=');
        if (!equals || equals == texts[i]) {
            char source[200];
            snprintf(source, sizeof source, "--input %.150s", texts[i]);
            brg_diag_add(diag, source, 0, 0, NULL, "not an input, accepted: NAME=VALUE");
            return BRG_EINPUT;
        }
        *equals = '\0';
        (*inputs)[i] = (brg_qasm_input){texts[i], equals + 1};
    }
    return BRG_OK;
}

/* Without classical bits there is nothing to count. */
static json_t *to_json(const brg_qasm_result *r, const brg_qasm_config *config, uint32_t bits) {
    json_t *counts = json_object(), *probabilities = json_object();
    for (size_t i = 0; bits && i < r->count_entries; i++)
        json_object_set_new(counts, r->counts[i].bits, brg_json_count(r->counts[i].count));
    for (size_t i = 0; i < r->probability_entries; i++)
        json_object_set_new(probabilities, r->probabilities[i].bits,
                            brg_json_real(r->probabilities[i].probability));
    json_t *json = json_pack("{s:s, s:i, s:o}", "schema", "brigade.qasm/1", "qubits",
                             (int)r->qubits, "counts", counts);
    if (json && config->probabilities)
        json_object_set_new(json, "probabilities", probabilities);
    else
        json_decref(probabilities);
    return json;
}

static int write_json(const brg_qasm_result *r, const brg_qasm_config *config, uint32_t bits,
                      const char *path) {
    json_t *json = to_json(r, config, bits);
    char *text = json ? brg_json_text(json) : NULL;
    int status = text ? BRG_OK : BRG_ENOMEM;
    if (text && strcmp(path, "-") == 0)
        status = fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? BRG_OK : BRG_EIO;
    else if (text)
        status = brg_write_file(path, text, strlen(text));
    free(text);
    json_decref(json);
    return status;
}

/* Little-endian complex128 in chunks, under another name until it is whole. */
static int write_state(brg_dense *state, uint32_t qubits, const char *path) {
    const uint64_t size = UINT64_C(1) << qubits;
    char *target = brg_output_target(path);
    if (!target) return BRG_EIO;
    const size_t name = strlen(target) + 32;
    char *temporary = malloc(name);
    brg_complex *a = malloc(STATE_CHUNK * sizeof *a);
    unsigned char *bytes = malloc(STATE_CHUNK * 16);
    int status = temporary && a && bytes ? BRG_OK : BRG_ENOMEM, reason = 0;
    if (temporary) snprintf(temporary, name, "%s.%ld.tmp", target, (long)getpid());
    FILE *file = status ? NULL : fopen(temporary, "wb");
    if (!status && !file) status = BRG_EIO, reason = errno;
    for (uint64_t first = 0; !status && first < size; first += STATE_CHUNK) {
        const uint64_t count = size - first < STATE_CHUNK ? size - first : STATE_CHUNK;
        status = brg_dense_get(state, first, count, a);
        for (uint64_t i = 0; i < 2 * count; i++) {
            uint64_t word;
            memcpy(&word, (const double *)a + i, sizeof word);
            for (int b = 0; b < 8; b++) bytes[8 * i + (uint64_t)b] = (unsigned char)(word >> 8 * b);
        }
        if (!status && fwrite(bytes, 16, count, file) != count) status = BRG_EIO, reason = errno;
    }
    if (file && fclose(file) && !status) status = BRG_EIO, reason = errno;
    if (!status && rename(temporary, target)) status = BRG_EIO, reason = errno;
    if (file && status) unlink(temporary);
    free(temporary);
    free(target);
    free(a);
    free(bytes);
    errno = reason;
    return status;
}

static void print_entries(const char *title, const brg_qasm_entry *e, size_t count,
                          uint64_t shots) {
    int width = 4;
    for (size_t i = 0; i < count; i++)
        if ((int)strlen(e[i].bits) > width) width = (int)strlen(e[i].bits);
    printf("%-*s  %s\n", width, "bits", title);
    for (size_t i = 0; i < count; i++) {
        if (shots)
            printf("%-*s  %10" PRIu64 "  %8.4f\n", width, e[i].bits, e[i].count,
                   (double)e[i].count / (double)shots);
        else
            printf("%-*s  %.10g\n", width, e[i].bits, e[i].probability);
    }
}

static void print_result(const brg_qasm_result *r, const brg_qasm_config *config, uint32_t bits) {
    if (config->probabilities)
        print_entries("probability of the qubits", r->probabilities, r->probability_entries, 0);
    if (config->shots && bits)
        print_entries("     count     share", r->counts, r->count_entries, config->shots);
    if (!config->probabilities && !bits)
        printf("%u qubits, no classical bits: --probabilities and --statevector show the state\n",
               r->qubits);
}

/* Each output must be a file that can be written, and one of its own. */
static int check_outputs(const options *o, brg_diag *diag) {
    int status = brg_run_check_output("--json", o->json, diag);
    if (o->statevector && strcmp(o->statevector, "-") == 0) {
        brg_diag_add(diag, "--statevector -", 0, 0, NULL, "accepted: a file");
        status = BRG_EINPUT;
    } else if (brg_run_check_output("--statevector", o->statevector, diag)) {
        status = BRG_EINPUT;
    }
    if (!status)
        status =
            brg_run_check_apart("--statevector", o->statevector, o->json, "as --json does", diag);
    if (!status) status = brg_run_check_apart("--json", o->json, o->file, "the program", diag);
    if (!status)
        status = brg_run_check_apart("--statevector", o->statevector, o->file, "the program", diag);
    return status;
}

static int check_numbers(const options *o, brg_diag *diag) {
    int status = BRG_OK;
    if (o->shots < 0 || o->shots > most_shots) {
        brg_diag_add(diag, "--shots", 0, 0, NULL, "%lld is out of range, accepted: 0..%lld",
                     o->shots, most_shots);
        status = BRG_EINPUT;
    }
    if (o->seed < 0) {
        brg_diag_add(diag, "--seed", 0, 0, NULL,
                     "%lld is out of range, accepted: 0..9223372036854775807", o->seed);
        status = BRG_EINPUT;
    }
    return status;
}

static int run_program(const options *o, brg_diag *diag) {
    void *text = NULL;
    size_t length = 0;
    brg_qasm *program = NULL;
    brg_qasm_input *inputs = NULL;
    brg_qasm_result result = {0};
    brg_scenario *scenario = NULL;
    context c = {diag, (uint64_t)o->seed, NULL};
    brg_qasm_config config = {.shots = (uint64_t)o->shots,
                              .seed = (uint64_t)o->seed,
                              .probabilities = o->probabilities != 0,
                              .statevector = o->statevector != NULL,
                              .image = load_image,
                              .query = run_query,
                              .user = &c};
    int status = take_inputs(o->inputs, &inputs, &config.input_count, diag);
    if (!status && o->technology) status = take_technology(o->technology, &config.noise, diag);
    config.inputs = inputs;
    if (!status) status = make_machine(o->technology, &scenario, &c.machine, diag);
    if (!status) {
        status = brg_read_file(&text, &length, o->file, BRG_QASM_MOST_BYTES, diag);
        if (status == BRG_EIO) status = BRG_EINPUT;
    }
    if (!status)
        status = brg_qasm_parse(&program, text, length, o->file, brg_qasm_read_include, NULL, diag);
    if (!status) status = brg_qasm_run(program, &config, &result, diag);
    if (!status && o->statevector)
        status = write_state(result.state, brg_qasm_qubits(program), o->statevector);
    if (!status && o->json)
        status = write_json(&result, &config, brg_qasm_bits(program), o->json);
    else if (!status)
        print_result(&result, &config, brg_qasm_bits(program));
    brg_qasm_result_free(&result);
    brg_qasm_destroy(&program);
    brg_qasm_machine_destroy(&c.machine);
    brg_scenario_destroy(&scenario);
    free(inputs);
    free(text);
    return status;
}

static int end_with(brg_diag *diag, const char *file, int status) {
    brg_diag_print(diag, stderr);
    if (status == BRG_OK) return BRG_EXIT_DONE;
    if (status == BRG_EINPUT || brg_diag_count(diag)) return BRG_EXIT_INPUT;
    fprintf(stderr, "brigade qasm: %s: %s\n", file,
            status == BRG_EIO ? strerror(errno) : brg_strerror(status));
    return BRG_EXIT_FAILED;
}

int brg_command_qasm(int argc, const char **argv) {
    options o = {.shots = 1024, .seed = 1};
    char *args[2] = {NULL, NULL};
    const struct poptOption table[] = {
        {"shots", 0, POPT_ARG_LONGLONG, &o.shots, 0, "runs to count, default 1024", "N"},
        {"probabilities", 0, POPT_ARG_NONE, &o.probabilities, 0,
         "exact probabilities of the qubits, final measurements ignored", NULL},
        {"statevector", 0, POPT_ARG_STRING, &o.statevector, 0,
         "write 2^n little-endian complex128 amplitudes", "OUT"},
        {"seed", 0, POPT_ARG_LONGLONG, &o.seed, 0, "seed of every draw, default 1", "S"},
        {"json", 0, POPT_ARG_STRING, &o.json, 0, "write the result there, - for stdout", "FILE"},
        {"input", 0, POPT_ARG_ARGV, &o.inputs, 0, "value of an input of the program", "NAME=VALUE"},
        {"technology", 0, POPT_ARG_STRING, &o.technology, 0,
         "add the T1/T2 noise of this technology", "NAME"},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "run FILE [OPTION...]", 2, args);
    if (code < 0 && strcmp(args[0], "run")) {
        fprintf(stderr, "brigade qasm: %s: not a command, accepted: run\n", args[0]);
        code = BRG_EXIT_INPUT;
    }
    if (code < 0) {
        brg_diag *diag = NULL;
        o.file = args[1];
        int status = brg_diag_new(&diag);
        if (!status) {
            status = check_numbers(&o, diag);
            if (check_outputs(&o, diag)) status = BRG_EINPUT;
        }
        if (!status) status = run_program(&o, diag);
        code = end_with(diag, o.file, status);
        brg_diag_destroy(&diag);
    }
    for (char **text = o.inputs; text && *text; text++) free(*text);
    free(o.inputs);
    free(o.json);
    free(o.statevector);
    free(o.technology);
    free(args[0]);
    free(args[1]);
    return code;
}
