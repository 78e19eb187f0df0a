/* SPDX-License-Identifier: Apache-2.0 */
/* How many threads a piece of work is worth. */
#ifndef BRG_CSIM_THREADS_H
#define BRG_CSIM_THREADS_H

#include "csim/qram.h"

/* Work is counted in branch-slices: one branch through one slice takes some 5 to 20 ns. A thread is
 * worth its start and its barriers from some 5 ms of work on; below that, and the more so when
 * other programs want the processors, waiting at a barrier takes longer than the work itself. The
 * result is from 1 to `most`. */
static inline int brg_threads_worth(int most, double branch_slices) {
    const double grain = 1e6, threads = 1 + branch_slices / grain;
    if (most < 1) return 1;
    return threads < most ? (int)threads : most;
}

/* Branches of a query from all addresses. */
static inline double brg_threads_branches(const brg_qram *q) {
    const uint32_t bits =
        q->address_width + q->page_bits + (q->routers == BRG_TWO_LEVEL ? q->word_width : 0);
    double branches = 1;
    for (uint32_t i = 0; i < bits; i++) branches *= 2;
    return branches;
}

#endif
