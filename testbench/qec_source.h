/* SPDX-License-Identifier: Apache-2.0 */
/* Where a qec command takes its circuits from, files or generators, and where its output goes. */
#ifndef BRG_TESTBENCH_QEC_SOURCE_H
#define BRG_TESTBENCH_QEC_SOURCE_H

#include <jansson.h>
#include <popt.h>

#include "model/ecc/circuit.h"
#include "model/ecc/decoder.h"
#include "model/ecc/dem.h"
#include "model/ecc/sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_QEC_MOST_BYTES = 1 << 30 /* of a circuit or error model in text */, BRG_QEC_LIST = 256 };

typedef struct brg_qec_source {
    /* As popt leaves them, owned: */
    char **files;
    char *code, *task, *noise, *rounds;
    char **distance, **p;
    char *after_clifford, *before_measure, *after_reset, *before_round;
    /* By brg_qec_source_check: */
    brg_ecc_task base;
    uint32_t distances[BRG_QEC_LIST];
    double rates[BRG_QEC_LIST];                    /* of --p */
    size_t file_count, distance_count, rate_count; /* rate_count: at least 1 with a generator */
} brg_qec_source;

/* Entries of an option table for a generator, into the source `s`. */
/* clang-format off */
#define BRG_QEC_GENERATOR_OPTIONS(s)                                                              \
    {"code", 0, POPT_ARG_STRING, &(s).code, 0, "surface_code or repetition_code", "CODE"},        \
    {"task", 0, POPT_ARG_STRING, &(s).task, 0,                                                    \
     "rotated_memory_z, rotated_memory_x, or memory of repetition_code", "TASK"},                 \
    {"distance", 0, POPT_ARG_ARGV, &(s).distance, 0,                                              \
     "code distance; collect and threshold take several", "D"},                                   \
    {"rounds", 0, POPT_ARG_STRING, &(s).rounds, 0, "rounds of checks, default the distance", "R"},\
    {"noise", 0, POPT_ARG_STRING, &(s).noise, 0,                                                  \
     "circuit (default), phenomenological or code_capacity", "KIND"},                             \
    {"p", 0, POPT_ARG_ARGV, &(s).p, 0, "sets the four probabilities below; likewise several",     \
     "P"},                                                                                        \
    {"after_clifford_depolarization", 0, POPT_ARG_STRING, &(s).after_clifford, 0,                 \
     "depolarizing noise after each gate", "P"},                                                  \
    {"before_measure_flip_probability", 0, POPT_ARG_STRING, &(s).before_measure, 0,               \
     "wrong measurement", "P"},                                                                   \
    {"after_reset_flip_probability", 0, POPT_ARG_STRING, &(s).after_reset, 0, "wrong reset", "P"},\
    {"before_round_data_depolarization", 0, POPT_ARG_STRING, &(s).before_round, 0,                \
     "noise of data qubits before each round", "P"}
/* clang-format on */

/* Whether any generator option was given. */
bool brg_qec_source_generates(const brg_qec_source *s);
/* Reads and checks the texts; many: lists of distances and rates are allowed. `option` names the
 * one that takes files, NULL for none. BRG_EINPUT with messages. */
int brg_qec_source_check(brg_qec_source *s, const char *option, bool many, brg_diag *diag);
/* Number of circuits: the files first, then for each distance each rate. */
size_t brg_qec_source_count(const brg_qec_source *s);
/* Circuit i, and what is known of it as JSON {"path"} or {"code", "d", "noise", "p", "r", "task"};
 * metadata and name (borrowed) may be NULL. */
int brg_qec_source_get(brg_circuit **out, json_t **metadata, const char **name,
                       const brg_qec_source *s, size_t i, brg_diag *diag);
void brg_qec_source_clear(brg_qec_source *s);

/* A circuit of a file; - is stdin. */
int brg_qec_read_circuit(brg_circuit **out, const char *path, brg_diag *diag);

/* As brg_dem_from_circuit, as brg_sampler_new, and as brg_graph_from_dem of a model that has
 * detectors and observables; messages name the file that circuit or model came from. */
int brg_qec_model(brg_dem **out, const brg_circuit *circuit, bool decompose, const char *file,
                  brg_diag *diag);
int brg_qec_sampler(brg_sampler **out, const brg_circuit *circuit, uint64_t seed, const char *file,
                    brg_diag *diag);
int brg_qec_graph(brg_graph **out, const brg_dem *dem, const char *file, brg_diag *diag);

/* Frees the texts of a list. */
void brg_qec_free_texts(char **texts);
/* A decimal number from low to high; BRG_EINPUT with a message that names the option. */
int brg_qec_number(double *to, const char *option, const char *text, double low, double high,
                   brg_diag *diag);
int brg_qec_integer(uint64_t *to, const char *option, const char *text, uint64_t low, uint64_t high,
                    brg_diag *diag);

/* A file that is written under a temporary name and renamed when it is complete. What is there
 * already and is no plain file (a pipe, /dev/null) is written directly; NULL and - are stdout. */
typedef struct brg_qec_output {
    FILE *to;
    char *target, *temporary; /* NULL when written directly */
} brg_qec_output;

/* Whether an output can be written at all. BRG_EINPUT with a message. */
int brg_qec_output_check(const char *option, const char *path, brg_diag *diag);
/* BRG_EIO with errno. */
int brg_qec_output_open(brg_qec_output *out, const char *path);
/* keep: flush and rename; else what was written is dropped. BRG_EIO with errno. */
int brg_qec_output_close(brg_qec_output *out, bool keep);

#ifdef __cplusplus
}
#endif
#endif
