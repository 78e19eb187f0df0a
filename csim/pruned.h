/* SPDX-License-Identifier: Apache-2.0 */
/* The pruned branch engine: evolves only the branches that an error could reach and knows the
 * others in closed form. It is used through csim/trajectory.h, engine BRG_BRANCH_PRUNED. */
#ifndef BRG_CSIM_PRUNED_H
#define BRG_CSIM_PRUNED_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Does pruning hold from the first slice to the last for this configuration? Results are exact
 * either way: where it does not hold, the engine goes on with every branch, as `full` does, from
 * the slice in which the closed form ends. *reason (may be NULL) gets a sentence that says why, or
 * what can still end it; static text, never NULL. */
bool brg_pruned_supported(const brg_run_config *config, const char **reason);

#ifdef __cplusplus
}
#endif
#endif
