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
    double wait[BRG_CAUSE_COUNT]; /* the wait before the slice, by cause */
    double gate;                  /* gate errors of the slice */
    double schedule;              /* idling for the slice's duration, or per-slice errors */
    /* Of encoded registers, beside the above: logical errors of the time in the wait and in the
     * slice, errors of the transfers of the slice (csim/life_costs.h). */
    double logical_wait[BRG_CAUSE_COUNT], logical, transfer;
} brg_interval_x;

typedef struct brg_first_order {
    double infidelity;  /* mean over the queries of the sum of all intervals */
    double coefficient; /* per_slice without gate error: infidelity / probability; else NaN */
    double logical;     /* part of infidelity by logical errors; NaN when they are left out:
                           encoded registers without brg_logical.rates */
    size_t slices;
    brg_interval_x *intervals; /* [slices], in timeline order, not divided by queries; owned */
} brg_first_order;

/* All of it: of the tree and of encoded registers. */
double brg_interval_total(const brg_interval_x *x);
/* Adds what lives cost to intervals and to the totals; sizes must agree. */
struct brg_life_costs;
int brg_first_order_add_lives(brg_first_order *r, const brg_timeline *timeline,
                              const struct brg_life_costs *costs);
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
