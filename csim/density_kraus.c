/* SPDX-License-Identifier: Apache-2.0 */
/* Kraus lists of the one-cell channels of the density engine. */
#include <math.h>
#include <string.h>

#include "csim/density_internal.h"

static void kraus_begin(brg_kraus *k, brg_routers routers) {
    memset(k, 0, sizeof *k);
    k->levels = routers == BRG_TWO_LEVEL ? 2u : 3u;
}

/* Adds amplitude * X^x Z^z of the generalised Pauli group. */
static void kraus_add_pauli(brg_kraus *k, unsigned x, unsigned z, double probability) {
    const double amplitude = sqrt(probability);
    const double angle = 2.0 * acos(-1.0) / k->levels;
    double complex(*op)[BRG_KRAUS_LEVELS] = k->op[k->count++];
    for (unsigned j = 0; j < k->levels; j++) {
        const unsigned power = (z * j) % k->levels;
        const double complex phase =
            k->levels == 2u ? (power ? -1.0 : 1.0) : cos(angle * power) + I * sin(angle * power);
        op[(j + x) % k->levels][j] = amplitude * phase;
    }
}

void brg_kraus_depolarizing(brg_kraus *k, brg_routers routers, double p) {
    kraus_begin(k, routers);
    const unsigned errors = k->levels * k->levels - 1u;
    for (unsigned x = 0; x < k->levels; x++)
        for (unsigned z = 0; z < k->levels; z++)
            kraus_add_pauli(k, x, z, x + z == 0u ? 1.0 - p : p / errors);
}

void brg_kraus_idle(brg_kraus *k, brg_routers routers, double gamma, double p) {
    kraus_begin(k, routers);
    const unsigned top = k->levels - 1u;
    for (unsigned flip = 0; flip < 2u; flip++) {
        const double weight = sqrt(flip ? p : 1.0 - p);
        /* The flip follows the loss, so it sees W after a jump and keeps its sign. */
        for (unsigned from = 0; from <= top; from++) {
            double complex(*op)[BRG_KRAUS_LEVELS] = k->op[k->count++];
            if (from > 0u) {
                op[0][from] = weight * sqrt(gamma);
                continue;
            }
            op[0][0] = weight;
            for (unsigned j = 1; j <= top; j++)
                op[j][j] = weight * sqrt(1.0 - gamma) * (flip && j == top ? -1.0 : 1.0);
        }
    }
}

/* The Pauli of a qubit on the levels |0> and |1> of a carrier; W stays as it is. */
static void kraus_add_logical(brg_kraus *k, bool x, bool z, double probability) {
    const unsigned zero = k->levels - 2u, one = zero + 1u;
    const double amplitude = sqrt(probability);
    double complex(*op)[BRG_KRAUS_LEVELS] = k->op[k->count++];
    if (zero > 0u) op[0][0] = amplitude;
    op[x ? one : zero][zero] = amplitude;
    op[x ? zero : one][one] = z ? -amplitude : amplitude;
}

void brg_kraus_logical(brg_kraus *k, brg_routers routers, double x, double z) {
    kraus_begin(k, routers);
    kraus_add_logical(k, false, false, (1.0 - x) * (1.0 - z));
    kraus_add_logical(k, true, false, x * (1.0 - z));
    kraus_add_logical(k, true, true, x * z);
    kraus_add_logical(k, false, true, (1.0 - x) * z);
}

void brg_kraus_transfer(brg_kraus *k, brg_routers routers, double p) {
    kraus_begin(k, routers);
    kraus_add_logical(k, false, false, 1.0 - p);
    kraus_add_logical(k, true, false, p / 3.0);
    kraus_add_logical(k, true, true, p / 3.0);
    kraus_add_logical(k, false, true, p / 3.0);
}

void brg_kraus_per_slice(brg_kraus *k, brg_routers routers, brg_noise_kind kind, double p) {
    if (kind == BRG_KIND_DEPOLARIZING) {
        brg_kraus_depolarizing(k, routers, p);
        return;
    }
    if (kind == BRG_KIND_DAMPING) {
        brg_kraus_idle(k, routers, p, 0.0);
        return;
    }
    kraus_begin(k, routers);
    const bool shifts = kind == BRG_KIND_X || kind == BRG_KIND_SHIFT;
    const unsigned errors = k->levels - 1u;
    kraus_add_pauli(k, 0, 0, 1.0 - p);
    for (unsigned e = 1; e <= errors; e++)
        kraus_add_pauli(k, shifts ? e : 0u, shifts ? 0u : e, p / errors);
}

void brg_kraus_encoded(brg_kraus *k, double p) {
    kraus_begin(k, BRG_TWO_LEVEL);
    for (unsigned x = 0; x < 2u; x++)
        for (unsigned z = 0; z < 2u; z++)
            kraus_add_pauli(k, x, z, (x ? p : 1.0 - p) * (z ? p : 1.0 - p));
}
