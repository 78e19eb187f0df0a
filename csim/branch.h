/* SPDX-License-Identifier: Apache-2.0 */
/* The branch state: a set of basis strings with complex amplitudes, and the maps that act on it.
 * It knows no noise model and draws no random numbers; trajectory.c and first_order.c drive it. */
#ifndef BRG_CSIM_BRANCH_H
#define BRG_CSIM_BRANCH_H

#include "csim/qram.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_branches brg_branches;

int brg_branches_new(brg_branches **out, const brg_qram *qram);
void brg_branches_destroy(brg_branches **b);
/* `input` in the registers, bus |0>, tree empty. */
int brg_branches_begin(brg_branches *b, const brg_input *input);
/* Makes *to equal to *from (same qram), reusing its memory. */
int brg_branches_copy(brg_branches *to, const brg_branches *from);

/* The operations of one slice without noise. data: leaf data of the fetch. */
int brg_branches_apply(brg_branches *b, const brg_slice_ops *ops, const brg_planes *data);

/* Pauli-like error on a cell: two_level X^x Z^z (x, z in 0..1), three_level X^x Z^z (0..2),
 * X|j> = |j+1 mod 3>, Z = diag(1, w, w^2), order W, 0, 1. */
int brg_branches_pauli(brg_branches *b, uint32_t cell, unsigned x, unsigned z);
/* three_level dephasing flip diag(+1, +1, -1) over (W, 0, 1); two_level Z. */
int brg_branches_flip(brg_branches *b, uint32_t cell);
/* Exchanges the two values of a qubit: X on two_level, X on {0, 1} of three_level with W kept. */
int brg_branches_exchange(brg_branches *b, uint32_t cell);
/* Value of a cell in branch i: two_level 0, 1; three_level 0 = W, 1 = |0>, 2 = |1>. */
unsigned brg_branches_value(const brg_branches *b, size_t i, uint32_t cell);
/* The unnormalised jump |empty><value| on a cell: branches with another value vanish. */
int brg_branches_jump(brg_branches *b, uint32_t cell, unsigned value);

/* Every branch, in address order. */
size_t brg_branches_count(const brg_branches *b);
double brg_branches_weight(const brg_branches *b, size_t i); /* |amplitude|^2 */
double brg_branches_norm(const brg_branches *b);             /* sum of the weights */
void brg_branches_scale(brg_branches *b, double factor);
/* Sum over groups of branches with equal trees of |<psi|group>|^2, psi the ideal answer.
 * O(branches). Not divided by the norm. */
int brg_branches_fidelity(const brg_branches *b, const brg_input *input, const brg_planes *ideal,
                          double *fidelity);
double brg_branches_empty_weight(const brg_branches *b);
double brg_branches_population(const brg_branches *b, uint32_t layer);
/* Weight of the branches in which a cell holds this value (1, or 1 and 2); value 0: in which it is
 * occupied at all (not 0 / not W). Not divided by the norm. */
double brg_branches_occupation(const brg_branches *b, uint32_t cell, unsigned value);

#ifdef __cplusplus
}
#endif
#endif
