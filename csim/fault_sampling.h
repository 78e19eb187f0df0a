/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: first-order infidelity from single faults drawn at random, for sizes at which
 * brg_first_order_run would take too long (docs/attribution.md). */
#ifndef BRG_CSIM_FAULT_SAMPLING_H
#define BRG_CSIM_FAULT_SAMPLING_H

#include "csim/attribution.h"

/* Fills *out as brg_first_order_run does (coefficient NaN), each number being an unbiased estimate,
 * and stderr_x[BRG_SHARE_COUNT] with the standard errors of the shares' x, mean over the queries.
 * samples: single faults to draw, at least 16; an odd one is left out. The caller has checked that
 * timeline, config and ideal fit each other. */
int brg_fault_sampling_run(brg_first_order *out, double *stderr_x, const brg_timeline *timeline,
                           const brg_run_config *config, const brg_planes *ideal, uint64_t samples,
                           int jobs, brg_progress progress, void *user);

#endif
