/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of the timed noise. */
#include "csim/noise.h"

#include <math.h>

double brg_noise_damping(const brg_noise *noise, double t_ns) {
    return noise->t1_ns > 0 ? -expm1(-t_ns / noise->t1_ns) : 0;
}

double brg_noise_encoded(const brg_encoded_noise *noise, double rate, uint64_t t_ps) {
    if (!(rate > 0) || !t_ps) return 0;
    if (rate >= 0.5) return 0.5;
    return -expm1((double)t_ps / (double)noise->round_ps * log1p(-2 * rate)) / 2;
}

double brg_noise_dephasing(const brg_noise *noise, double t_ns) {
    return noise->tphi_ns > 0 ? -expm1(-t_ns / noise->tphi_ns) / 2 : 0;
}
