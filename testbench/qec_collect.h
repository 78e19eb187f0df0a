/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling and decoding of a memory experiment over threads until enough shots or errors are
 * seen. */
#ifndef BRG_TESTBENCH_QEC_COLLECT_H
#define BRG_TESTBENCH_QEC_COLLECT_H

#include "model/ecc/decoder.h"
#include "model/ecc/sampler.h"
#include "testbench/qec_stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Weight of the least likely edge. Fine enough that rounding does not show in error rates. */
enum { BRG_QEC_MAX_WEIGHT = 1023, BRG_QEC_MOST_THREADS = 1024 };

/* A circuit, its error model and graph, and the decoder: what a row of statistics is about. */
typedef struct brg_qec_task {
    brg_circuit *circuit; /* owned, as are those below */
    brg_graph *graph;
    json_t *metadata;
    brg_decoder_kind decoder;
    char strong_id[BRG_QEC_ID_SIZE];
    uint64_t circuit_hash; /* mixed into the seed */
} brg_qec_task;

/* Takes over the circuit and the metadata, also when it fails. BRG_EINPUT with messages under the
 * name `file` when the circuit cannot be decoded by matching. */
int brg_qec_task_new(brg_qec_task **out, brg_circuit *circuit, brg_decoder_kind decoder,
                     json_t *metadata, const char *file, brg_diag *diag);
void brg_qec_task_destroy(brg_qec_task **task);

typedef struct brg_qec_counts {
    uint64_t shots, errors;
    uint64_t events; /* detectors that fired */
    double seconds;  /* of all threads together */
} brg_qec_counts;

/* Shots are numbered; shot i is the same for a seed and a circuit whatever the decoder, the number
 * of threads, or the steps in which it was reached. */
typedef struct brg_qec_collector brg_qec_collector;
/* Starts at a shot number. The task is borrowed. */
int brg_qec_collector_new(brg_qec_collector **out, const brg_qec_task *task, int threads,
                          uint64_t seed, uint64_t first_shot, brg_diag *diag);
void brg_qec_collector_destroy(brg_qec_collector **collector);
/* Goes on for about wall_s seconds, or until `shots` more were taken, or at the end of the batch
 * of 1024 shots in which the errors of this call reach `errors`. Adds to *counts. */
int brg_qec_collector_step(brg_qec_collector *collector, uint64_t shots, uint64_t errors,
                           double wall_s, brg_qec_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
