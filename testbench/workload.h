/* SPDX-License-Identifier: Apache-2.0 */
/* `workload.program`: an OpenQASM program whose table queries run on the scenario's timeline. */
#ifndef BRG_TESTBENCH_WORKLOAD_H
#define BRG_TESTBENCH_WORKLOAD_H

#include "testbench/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_workload brg_workload;

/* Reads the program of the scenario and the image of its table, which takes the place of
 * memory.image. The program must have one table, of the scenario's address and word width.
 * BRG_EINPUT with messages. */
int brg_workload_open(brg_workload **out, const brg_scenario *scenario, brg_planes **image,
                      brg_diag *diag);
void brg_workload_destroy(brg_workload **workload);
/* Runs the program noise.trajectories times, each query on the timeline's first query, gates with
 * the noise of the scenario's technology. *counts: {bits: count}, a new reference. */
int brg_workload_run(const brg_workload *workload, const brg_timeline *timeline, json_t **counts,
                     brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
