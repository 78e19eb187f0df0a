/* SPDX-License-Identifier: Apache-2.0 */
/* Error filtration: queries in which the loss of a carrier was seen are thrown away
 * (docs/filtration.md). */
#ifndef BRG_CSIM_FILTRATION_H
#define BRG_CSIM_FILTRATION_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_filtration {
    double success, success_stderr;   /* probability that no loss is seen */
    double fidelity, fidelity_stderr; /* of the queries that are kept; NaN when none is */
    double lost, lost_stderr;         /* carriers lost in a query, seen or not */
} brg_filtration;

/* Post-selection on `lost` of three_level outcomes, as dual-rail carriers herald it: each loss is
 * seen with probability `detection` (0..1, every one apart). The mean over what could be seen is
 * taken exactly: an outcome weighs (1 - detection)^lost, success is the mean weight, and the
 * fidelity the weighted mean (standard error: that of a ratio). BRG_EINVAL without outcomes or out
 * of range. Damping in the trajectories is the only loss. */
int brg_filtration_of(brg_filtration *out, const brg_outcome *outcomes, size_t count,
                      double detection);

#define BRG_FILTRATION_ALL UINT32_MAX

/* The same of one query of a replay, or of BRG_FILTRATION_ALL: each query is kept or thrown away by
 * itself, and what is kept is pooled. Standard errors are those over trajectories, so that queries
 * of one trajectory may depend on each other, and queries that differ add no spread. */
int brg_filtration_replay(brg_filtration *out, const brg_replay_result *replay, uint32_t query,
                          double detection);

/* Success of `without` less that of `with`, mean over queries, and its standard error, both from
 * differences by trajectory: replays of one seed over timelines that differ in their waits. 0 for
 * the error of one trajectory. BRG_EINVAL out of range or when their sizes differ. */
int brg_filtration_saved(double *mean, double *stderr_mean, const brg_replay_result *with,
                         const brg_replay_result *without, double detection);

#ifdef __cplusplus
}
#endif
#endif
