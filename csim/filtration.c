/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted means of outcomes under post-selection. */
#include "csim/filtration.h"

#include <math.h>

int brg_filtration_of(brg_filtration *out, const brg_outcome *outcomes, size_t count,
                      double detection) {
    if (!out || !outcomes || !count || !(detection >= 0 && detection <= 1)) return BRG_EINVAL;
    double kept = 0, kept_squares = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double weight = pow(1 - detection, outcomes[i].lost);
        kept += weight;
        kept_squares += weight * weight;
        sum += weight * outcomes[i].fidelity;
    }
    const double n = (double)count, mean = kept / n, fidelity = kept > 0 ? sum / kept : NAN;
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        const double d = pow(1 - detection, outcomes[i].lost) * (outcomes[i].fidelity - fidelity);
        squares += d * d;
    }
    const double variance = kept_squares / n - mean * mean;
    *out = (brg_filtration){
        .success = mean,
        .success_stderr = count > 1 && variance > 0 ? sqrt(variance / (n - 1)) : 0,
        .fidelity = fidelity,
        .fidelity_stderr = count > 1 ? sqrt(squares) / kept * sqrt(n / (n - 1)) : 0};
    if (!(kept > 0)) out->fidelity_stderr = NAN;
    return BRG_OK;
}
