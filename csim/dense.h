/* SPDX-License-Identifier: Apache-2.0 */
/* The ordinary state vector of up to 40 qubits: programs on the register qubits, small trees, and a
 * reference for the other engines. Qubit q is bit q of the index of an amplitude. Matrices are
 * row-major. Every gate costs one pass, or less, over the amplitudes that it can change. */
#ifndef BRG_CSIM_DENSE_H
#define BRG_CSIM_DENSE_H

#include <complex.h>
#include <stdint.h>

#include "csim/status.h"

typedef double _Complex brg_complex;

typedef enum brg_precision { BRG_DOUBLE = 0, BRG_SINGLE = 1 } brg_precision;

typedef struct brg_dense brg_dense;

/* Bytes of the amplitudes: 16 * 2^qubits, half of it in single precision. */
uint64_t brg_dense_bytes(uint32_t qubits, brg_precision precision);
/* |0...0>. jobs: threads of each kernel, <= 0 for all. BRG_ENOMEM when it would not fit into the
 * memory that is free. */
int brg_dense_new(brg_dense **out, uint32_t qubits, brg_precision precision, int jobs);
void brg_dense_destroy(brg_dense **d);
uint32_t brg_dense_qubits(const brg_dense *d);
int brg_dense_set_basis(brg_dense *d, uint64_t index);
int brg_dense_copy(brg_dense *to, const brg_dense *from);
/* Copies amplitudes [first, first + count) out or in, as complex128 whatever the precision. */
int brg_dense_get(const brg_dense *d, uint64_t first, uint64_t count, brg_complex *out);
int brg_dense_set(brg_dense *d, uint64_t first, uint64_t count, const brg_complex *in);

/* Gates. controls: bit mask of qubits that must all be 1; 0 for none. BRG_EINVAL when qubits
 * coincide or are out of range. Matrices need not be unitary (Kraus operators). */
int brg_dense_gate1(brg_dense *d, uint64_t controls, uint32_t target, const brg_complex m[4]);
int brg_dense_x(brg_dense *d, uint64_t controls, uint32_t target);
/* Multiplies by phase where all qubits of the mask are 1: Z, CZ, CCZ, S, T, global phase (mask 0).
 */
int brg_dense_phase(brg_dense *d, uint64_t mask, brg_complex phase);
int brg_dense_diagonal1(brg_dense *d, uint64_t controls, uint32_t target, brg_complex d0,
                        brg_complex d1);
int brg_dense_swap(brg_dense *d, uint64_t controls, uint32_t a, uint32_t b);
/* m is 4 x 4 over the index 2*bit(q1) + bit(q0). */
int brg_dense_gate2(brg_dense *d, uint64_t controls, uint32_t q0, uint32_t q1,
                    const brg_complex m[16]);

/* Gate fusion: between begin and flush the gates above are collected and applied in groups that
 * touch memory once; flush is implied by every call that looks at the state. Same result to
 * rounding. */
int brg_dense_fusion(brg_dense *d, bool on);
int brg_dense_flush(brg_dense *d);

double brg_dense_norm(brg_dense *d);                        /* sum of |a|^2 */
double brg_dense_probability(brg_dense *d, uint32_t qubit); /* of |1>, not divided by the norm */
/* Draws with u in [0, 1), collapses and normalises. */
int brg_dense_measure(brg_dense *d, uint32_t qubit, double u, unsigned *bit);
int brg_dense_reset(brg_dense *d, uint32_t qubit, double u);
/* One basis index drawn in proportion to |a|^2; the state stays. */
int brg_dense_sample(brg_dense *d, double u, uint64_t *index);
/* Quantum-jump step of amplitude damping: jump with probability gamma*P(1), else no-jump;
 * normalises. *jumped may be NULL. */
int brg_dense_damp(brg_dense *d, uint32_t qubit, double gamma, double u, bool *jumped);

#endif
