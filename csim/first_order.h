/* SPDX-License-Identifier: Apache-2.0 */
/* First-order infidelity by exact enumeration of every single fault (docs/noise.md):
 * x = sum over Pauli-like faults of rate*(1 - F_fault) + sum over damping sites of
 * gamma*(<n> - F_jump), F_jump that of the unnormalised jumped state. */
#ifndef BRG_CSIM_FIRST_ORDER_H
#define BRG_CSIM_FIRST_ORDER_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_interval_x {
    double wait[BRG_CAUSE_COUNT];  /* the wait before the slice, by cause */
    double gate;                   /* gate errors of the slice */
    double schedule;               /* idling for the slice's duration, or per-slice errors */
} brg_interval_x;

typedef struct brg_first_order {
    double infidelity;          /* mean over the queries of the sum of all intervals */
    double coefficient;         /* per_slice without gate error: infidelity / probability; else NaN */
    size_t slices;
    brg_interval_x *intervals;  /* [slices], in timeline order, not divided by queries; owned */
} brg_first_order;

/* Number of single-fault evolutions times their cost in branch-slices, to decide beforehand. */
double brg_first_order_cost(const brg_timeline *timeline, const brg_run_config *config);
int brg_first_order_run(brg_first_order *out, const brg_timeline *timeline,
                        const brg_run_config *config, const brg_planes *ideal, int jobs,
                        brg_progress progress, void *user);
void brg_first_order_clear(brg_first_order *r);

#ifdef __cplusplus
}
#endif
#endif
