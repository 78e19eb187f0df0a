/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what the exact sum over single faults and its sampled estimate have in common. */
#ifndef BRG_CSIM_FIRST_ORDER_INTERNAL_H
#define BRG_CSIM_FIRST_ORDER_INTERNAL_H

#include "csim/first_order.h"

/* Faults that share a rate: damping (jumps), dephasing flips, gate errors, per-slice Pauli errors,
 * logical errors. The rate of these is a number of rounds; what a round gives is that of the cell,
 * brg_encoded_rate. */
typedef enum brg_fault_group {
    BRG_FAULTS_DAMPING,
    BRG_FAULTS_FLIP,
    BRG_FAULTS_GATE,
    BRG_FAULTS_KIND,
    BRG_FAULTS_ENCODED,
    BRG_FAULT_GROUPS
} brg_fault_group;

/* The rates of the faults at the boundary before a slice (its wait) and at the one after it. */
typedef struct brg_fault_rates {
    double wait[BRG_FAULT_GROUPS];     /* of the whole wait */
    double schedule[BRG_FAULT_GROUPS]; /* idling for the duration, or per-slice errors */
    double gate;                       /* of BRG_FAULTS_GATE, at the boundary after the slice */
} brg_fault_rates;

brg_fault_rates brg_fault_rates_of(const brg_noise *noise, const brg_slice *slice);

/* The infidelity of one interval from the sums over faults at unit rate, by group, at the
 * boundaries before and after the slice. The wait is split over its causes in proportion to their
 * times. */
void brg_interval_fill(const brg_noise *noise, const brg_slice *slice,
                       const double before[BRG_FAULT_GROUPS], const double after[BRG_FAULT_GROUPS],
                       brg_interval_x *x);

/* Do two queries consist of the same operations on the same data? Times may differ. */
bool brg_queries_alike(const brg_timeline *t, uint32_t p, uint32_t q);

#endif
