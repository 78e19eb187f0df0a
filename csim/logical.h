/* SPDX-License-Identifier: Apache-2.0 */
/* Register qubits inside an error-correcting code: they do not idle (docs/qec_loop.md), and a
 * logical Pauli may be left on one when it enters the tree and at the end of its query. Which one
 * is not the state engines' business: a function tells. */
#ifndef BRG_CSIM_LOGICAL_H
#define BRG_CSIM_LOGICAL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* life 0: from the start of the query to the a_in or d_in of the qubit; life 1: from its a_out or
 * d_out to the end of the query. qubit: address qubits (page bits included), then bus qubits. A
 * qubit that never enters the tree (a page bit) has one life, 0, to the end of the query. A bus
 * qubit of a paged query enters at its first d_in and leaves at its last d_out.
 * begin_ps, end_ps: of that life on the timeline: from the wait before the query's first slice to
 * the start of the entering slice; from the end of the leaving slice to the end of the last slice.
 * Returns the Pauli: bit 0 X, bit 1 Z. Called in any order, from any thread; the answer must depend
 * on the arguments only. */
typedef struct brg_logical {
    unsigned (*pauli)(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                      uint32_t life, uint64_t begin_ps, uint64_t end_ps);
    void *user;
    double transfer_error; /* depolarizing, on the qubit at each entry and exit; 0..1 */
    /* Where the errors have known probabilities, the same for every trajectory: those of an X and
     * of a Z (0..1/2), independent of each other and of all other lives. Needed by the density
     * engine and by first order; NULL: not known. Returns 0 or a negative BRG_E code. */
    int (*rates)(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z);
} brg_logical;

#ifdef __cplusplus
}
#endif
#endif
