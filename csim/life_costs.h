/* SPDX-License-Identifier: Apache-2.0 */
/* What the logical errors of encoded registers cost to first order, by intervals of the timeline:
 *
 *     x = sum over lives, and over the Paulis P of a life, of Pr(P)·(1 - F_P)
 *
 * Pr(X) = x(1 - z), Pr(Y) = xz, Pr(Z) = z(1 - x) with the probabilities x, z of that life. F_P is
 * exact: the noiseless query with P where the life ends, and nothing else. A life errs more the
 * longer it lasts, so its x is shared by the waits and slices in it in proportion to their time. */
#ifndef BRG_CSIM_LIFE_COSTS_H
#define BRG_CSIM_LIFE_COSTS_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one slice and the wait before it; not divided by the queries. */
typedef struct brg_life_cost {
    double wait, slice; /* logical errors of the time in the wait and in the slice */
    double transfer;    /* transfer errors of the qubits that the slice moves in or out */
} brg_life_cost;

typedef struct brg_life_costs {
    size_t slices;
    brg_life_cost *cost;      /* [slices], in timeline order; owned */
    double logical, transfer; /* sums over all slices, mean over the queries */
    double by_pauli[2]; /* of `logical`, the parts in proportion to x and to z; a Y counts half */
} brg_life_costs;

/* config->logical must be set; its transfer_error counts. rates: brg_logical.rates and its user,
 * NULL for transfer errors alone. Cost: up to six noiseless trajectories for each register qubit
 * and each kind of query, and only those whose Pauli has a probability; jobs <= 0: all threads. The
 * result does not depend on jobs. BRG_EINVAL when sizes do not fit. */
int brg_life_costs_run(brg_life_costs *out, const brg_timeline *timeline,
                       const brg_run_config *config, const brg_planes *ideal,
                       const brg_logical *rates, int jobs);
void brg_life_costs_clear(brg_life_costs *c);

#ifdef __cplusplus
}
#endif
#endif
