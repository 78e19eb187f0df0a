/* SPDX-License-Identifier: Apache-2.0 */
/* Error filtration: queries in which the loss of a carrier was seen are thrown away. */
#ifndef BRG_CSIM_FILTRATION_H
#define BRG_CSIM_FILTRATION_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_filtration {
    double success, success_stderr;   /* probability that no loss is seen */
    double fidelity, fidelity_stderr; /* of the queries that are kept; NaN when none is */
} brg_filtration;

/* Post-selection on `lost` of three_level outcomes, as dual-rail carriers herald it: each loss is
 * seen with probability `detection` (0..1, every one apart). The mean over what could be seen is
 * taken exactly: an outcome weighs (1 - detection)^lost, success is the mean weight, and the
 * fidelity the weighted mean (standard error: that of a ratio). BRG_EINVAL without outcomes or out
 * of range. Damping in the trajectories is the only loss. */
int brg_filtration_of(brg_filtration *out, const brg_outcome *outcomes, size_t count,
                      double detection);

#ifdef __cplusplus
}
#endif
#endif
