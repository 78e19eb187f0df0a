/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of noise that grows with time. */
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

static bool is_rate(double rate) {
    return rate >= 0 && rate <= 0.5;
}

bool brg_encoded_valid(const brg_encoded_noise *noise, const brg_qram *qram) {
    if (!noise || !noise->round_ps || qram->routers != BRG_TWO_LEVEL) return false;
    for (uint32_t l = 0; l < qram->address_width; l++)
        if (!is_rate(noise->layer_rate[l])) return false;
    return is_rate(noise->register_rate);
}

double brg_encoded_rate(const brg_encoded_noise *noise, const brg_qram *qram, uint32_t layer) {
    return layer < qram->address_width ? noise->layer_rate[layer] : noise->register_rate;
}

bool brg_noise_is_timed(const brg_noise *noise) {
    return noise->model == BRG_NOISE_TIMED || noise->model == BRG_NOISE_ENCODED;
}
