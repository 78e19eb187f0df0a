/* SPDX-License-Identifier: Apache-2.0 */
/* A query on any register state: address and bus qubits that belong to a larger register, in any
 * superposition and entangled with the rest of it. Used where a query is one step of a program. */
#ifndef BRG_CSIM_REGISTERS_H
#define BRG_CSIM_REGISTERS_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One basis state of the whole register with its amplitude. */
typedef struct brg_register_entry {
    uint64_t address; /* 0..2^m - 1, address bit 0 is the MSB */
    uint64_t bus;     /* 0..2^k - 1, bit j is bus qubit j */
    uint64_t rest;    /* state of the qubits that take no part, below 2^(64 - k) */
    double re, im;
} brg_register_entry;

/* Like brg_trajectory_begin, but with these entries in the registers; the tree is empty. Entries
 * must differ; they need not be sorted or normalised. Engine BRG_BRANCH_FULL only. `input` of the
 * configuration is not used. */
int brg_trajectory_begin_registers(brg_trajectory *t, uint32_t query,
                                   const brg_register_entry *entries, size_t count);

/* Ends the query: the tree is measured out, that is, one group of branches with equal trees is kept
 * with the probability of its weight, drawn from the measurement stream, and becomes the register
 * state, normalised. A lost carrier (three_level) is part of what is measured, and is replaced by a
 * fresh qubit in |0>. *entries is malloc'ed, sorted by address, rest and bus, without equal states.
 */
int brg_trajectory_end_registers(brg_trajectory *t, brg_register_entry **entries, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
