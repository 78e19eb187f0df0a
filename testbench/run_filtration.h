/* SPDX-License-Identifier: Apache-2.0 */
/* Post-selection of a run's queries on lost carriers: what is kept, and what each wait costs it. */
#ifndef BRG_TESTBENCH_RUN_FILTRATION_H
#define BRG_TESTBENCH_RUN_FILTRATION_H

#include "testbench/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills result->filtration from the outcomes of the run and of that without stalls, at the
 * scenario's loss_detection. For each cause that waited, one more replay of result->timeline
 * without these waits (same draws), unless waiting changes nothing. Does not depend on jobs. */
int brg_run_filtration(brg_result *result, const brg_run_config *config, int jobs,
                       brg_progress progress, void *user);

#ifdef __cplusplus
}
#endif
#endif
