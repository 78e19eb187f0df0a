/* SPDX-License-Identifier: Apache-2.0 */
/* The density matrix of up to 16 qubits, every entry stored: exact noise for programs. rho is kept
 * as a dense state vector of 2n qubits: entry (row, column) is amplitude row + 2^n * column, so a
 * gate is U on the row qubits and its conjugate on the column qubits, two passes, and a channel on
 * one qubit is one pass with its 4 x 4 superoperator. */
#ifndef BRG_CSIM_DENSITY_DENSE_H
#define BRG_CSIM_DENSITY_DENSE_H

#include "csim/dense.h"

enum { BRG_DENSITY_DENSE_MAX_QUBITS = 16, BRG_DENSITY_DENSE_MAX_KRAUS = 16 };

typedef struct brg_density_dense brg_density_dense;

/* Bytes of rho: 16 * 4^qubits, half of it in single precision; UINT64_MAX beyond the maximum. */
uint64_t brg_density_dense_bytes(uint32_t qubits, brg_precision precision);
/* |0...0><0...0|. jobs: threads, <= 0 for all. BRG_ENOMEM when it would not fit. */
int brg_density_dense_new(brg_density_dense **out, uint32_t qubits, brg_precision precision,
                          int jobs);
void brg_density_dense_destroy(brg_density_dense **r);
uint32_t brg_density_dense_qubits(const brg_density_dense *r);
int brg_density_dense_set_basis(brg_density_dense *r, uint64_t index);
/* rho = |psi><psi|, psi with 2^qubits amplitudes, not normalised here. */
int brg_density_dense_set_pure(brg_density_dense *r, const brg_complex *psi);
int brg_density_dense_copy(brg_density_dense *to, const brg_density_dense *from);
/* rho(row, column). */
int brg_density_dense_entry(const brg_density_dense *r, uint64_t row, uint64_t column,
                            brg_complex *out);

/* Gates as in dense.h. A matrix that is not unitary acts as one Kraus operator:
 * rho -> K rho K^dag. */
int brg_density_dense_gate1(brg_density_dense *r, uint64_t controls, uint32_t target,
                            const brg_complex m[4]);
int brg_density_dense_x(brg_density_dense *r, uint64_t controls, uint32_t target);
int brg_density_dense_phase(brg_density_dense *r, uint64_t mask, brg_complex phase);
int brg_density_dense_diagonal1(brg_density_dense *r, uint64_t controls, uint32_t target,
                                brg_complex d0, brg_complex d1);
int brg_density_dense_swap(brg_density_dense *r, uint64_t controls, uint32_t a, uint32_t b);
int brg_density_dense_gate2(brg_density_dense *r, uint64_t controls, uint32_t q0, uint32_t q1,
                            const brg_complex m[16]);

/* Channels: rho -> sum of K_i rho K_i^dag. BRG_EINVAL when the sum of K_i^dag K_i is off the
 * identity by more than 1e-9 in an entry, when count is not 1..16, or a qubit is out of range. */
int brg_density_dense_kraus1(brg_density_dense *r, uint32_t target, uint32_t count,
                             const brg_complex k[][4]);
int brg_density_dense_kraus2(brg_density_dense *r, uint32_t q0, uint32_t q1, uint32_t count,
                             const brg_complex k[][16]);
/* |1> decays with probability gamma. */
int brg_density_dense_damping(brg_density_dense *r, uint32_t target, double gamma);
/* Z with probability p. */
int brg_density_dense_dephasing(brg_density_dense *r, uint32_t target, double p);
/* X, Y, Z each with probability p/3. */
int brg_density_dense_depolarizing(brg_density_dense *r, uint32_t target, double p);
/* One of the 15 other two-qubit Paulis, each with probability p/15. */
int brg_density_dense_depolarizing2(brg_density_dense *r, uint32_t q0, uint32_t q1, double p);
/* The qubit is measured and put to |0>, the outcome forgotten. */
int brg_density_dense_reset(brg_density_dense *r, uint32_t target);

double brg_density_dense_trace(brg_density_dense *r);
/* Trace of rho^2. */
double brg_density_dense_purity(brg_density_dense *r);
/* Weight of |1>, not divided by the trace; NAN when out of range. */
double brg_density_dense_probability(brg_density_dense *r, uint32_t qubit);
/* The diagonal: out[2^qubits]. */
int brg_density_dense_probabilities(brg_density_dense *r, double *out);
/* <psi|rho|psi>, psi with 2^qubits amplitudes. */
int brg_density_dense_fidelity(brg_density_dense *r, const brg_complex *psi, double *out);
/* Keeps the part with qubit = bit and divides by its probability, which goes to *probability (may
 * be NULL). BRG_ESTATE when it is 0: rho is then unchanged. */
int brg_density_dense_project(brg_density_dense *r, uint32_t qubit, unsigned bit,
                              double *probability);

#endif
