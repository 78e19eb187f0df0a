/* SPDX-License-Identifier: Apache-2.0 */
/* The logical errors of a run: the model behind the state engines, and what it left. */
#ifndef BRG_TESTBENCH_RUN_QEC_H
#define BRG_TESTBENCH_RUN_QEC_H

#include "testbench/result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_run_qec brg_run_qec;

/* The model of a scenario with error correction; then *logical is for brg_run_config.logical and
 * lives as long as the object. *out is NULL without error correction. BRG_EINPUT with messages. */
int brg_run_qec_new(brg_run_qec **out, const brg_scenario *s, const brg_logical **logical,
                    brg_diag *diag);
void brg_run_qec_destroy(brg_run_qec **qec);
/* Counts what the engines ask for from now on, or no longer. Not while they run. */
void brg_run_qec_count(brg_run_qec *qec, bool on);
/* What was counted; BRG_OK, or why the model failed meanwhile. */
int brg_run_qec_result(const brg_run_qec *qec, brg_qec_errors *out);

#ifdef __cplusplus
}
#endif
#endif
