/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: when each register qubit of a query is outside the tree, and the logical errors that
 * fall on it then (csim/logical.h). */
#ifndef BRG_CSIM_LIVES_H
#define BRG_CSIM_LIVES_H

#include "csim/trajectory.h"

enum { BRG_LIVES_QUBITS = BRG_MAX_ADDRESS_WIDTH + BRG_MAX_WORD_WIDTH };

/* Follows one query slice by slice. */
typedef struct brg_lives {
    bool begun;
    uint64_t begin_ps, end_ps;         /* of the query as far as it is known */
    uint8_t stage[BRG_LIVES_QUBITS];   /* brg_life_stage */
    uint64_t out_ps[BRG_LIVES_QUBITS]; /* end of the latest slice that took the qubit out */
} brg_lives;

typedef enum brg_life_stage { BRG_LIFE_WAITS, BRG_LIFE_INSIDE, BRG_LIFE_OUT } brg_life_stage;

/* One life that has ended. */
typedef struct brg_life {
    uint32_t qubit; /* address qubits, page bits included, then bus qubits */
    uint32_t life;  /* 0 or 1, as in csim/logical.h */
    uint64_t begin_ps, end_ps;
    bool transfer; /* its qubit moved into the tree at the end of it, or out at its beginning */
} brg_life;

typedef struct brg_logical_error {
    uint32_t qubit; /* as above */
    unsigned pauli; /* bit 0 X, bit 1 Z; not 0 */
} brg_logical_error;

void brg_lives_begin(brg_lives *l);
/* Follows a slice; the lives that it ends, because a qubit enters the tree for the first time. What
 * befell these acts before the slice's operations. Returns how many, at most 2. */
uint32_t brg_lives_follow(brg_lives *l, const brg_qram *qram, const brg_slice *slice,
                          brg_life out[2]);
/* The lives that end with the query; what befell them acts at its end. */
uint32_t brg_lives_last(const brg_lives *l, const brg_qram *qram, brg_life out[BRG_LIVES_QUBITS]);

/* The same as errors of a trajectory: of the lives that a slice ends, and of the last ones. */
uint32_t brg_lives_slice(brg_lives *l, const brg_run_config *config, uint64_t trajectory,
                         uint32_t query, const brg_slice *slice, brg_logical_error out[2]);
uint32_t brg_lives_end(const brg_lives *l, const brg_run_config *config, uint64_t trajectory,
                       uint32_t query, brg_logical_error out[BRG_LIVES_QUBITS]);

#endif
