/* SPDX-License-Identifier: Apache-2.0 */
/* Logical errors of a run with error correction: what the state engines ask for, counted. */
#ifndef BRG_TESTBENCH_RUN_QEC_H
#define BRG_TESTBENCH_RUN_QEC_H

#include "csim/trajectory.h"
#include "testbench/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the queries of the measured trajectories. */
typedef struct brg_logical_counts {
    uint64_t queries;     /* trajectories times queries */
    uint64_t queries_hit; /* those with a residual Pauli on any qubit */
    uint64_t lives, lives_hit, rounds;
} brg_logical_counts;

typedef struct brg_run_qec brg_run_qec;

/* The scenario's qec is enabled. BRG_EINPUT with messages. */
int brg_run_qec_new(brg_run_qec **out, const brg_scenario *scenario, brg_diag *diag);
void brg_run_qec_destroy(brg_run_qec **qec);
/* For brg_run_config.logical; valid as long as the object. */
const brg_logical *brg_run_qec_logical(const brg_run_qec *qec);
/* From here on the Paulis of `hardware` (brg_platform_logical) under the same transfer errors;
 * NULL: those of the model again. */
void brg_run_qec_follow(brg_run_qec *qec, const brg_logical *hardware);
/* The same patches without any logical error. */
const brg_logical *brg_run_qec_perfect(const brg_run_qec *qec);
/* Counts from here on, or no longer; forgets what was counted when it begins. */
void brg_run_qec_count(brg_run_qec *qec, bool on);
brg_logical_counts brg_run_qec_counts(const brg_run_qec *qec);
/* Probabilities of the lives (brg_logical.rates), for the attribution: in closed form where the
 * decoder has one; else from what was counted, a rate of X and one of Z for all rounds, such that
 * as many errors are expected as there were; relative: 1 / sqrt(their number), 0 when exact or when
 * there was none. Valid as long as the object. */
const brg_logical *brg_run_qec_rates(brg_run_qec *qec, double relative[2]);
/* BRG_OK, or the first failure of a decoder. */
int brg_run_qec_status(const brg_run_qec *qec);

#ifdef __cplusplus
}
#endif
#endif
