/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling of stabilizer circuits: Pauli frames over many shots at once, and a tableau simulation
 * of single shots as reference. */
#ifndef BRG_MODEL_ECC_SAMPLER_H
#define BRG_MODEL_ECC_SAMPLER_H

#include "model/ecc/circuit.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One shot by stabilizer tableau, noise included: records, one byte (0 or 1) each, of
 * circuit->measurements. Cost O(qubits) per gate, O(qubits^2) per random measurement. noiseless:
 * error channels and record errors are left out, and random outcomes are 0 (the reference sample
 * of the frame sampler). */
int brg_tableau_sample(uint8_t *records, const brg_circuit *circuit, uint64_t seed, uint64_t shot,
                       bool noiseless);
/* Detectors and observables that records give: parities of the circuit's annotations. */
int brg_records_to_detections(uint8_t *detectors, uint8_t *observables, const uint8_t *records,
                              const brg_circuit *circuit);

/* Pauli frames. Shots are numbered from 0; a shot depends on (seed, its number) only through the
 * batch of BRG_SAMPLER_BATCH shots it lies in, so any range of whole batches can be made anywhere.
 */
enum { BRG_SAMPLER_BATCH = 1024 };

typedef struct brg_sampler brg_sampler;
/* circuit: borrowed for the sampler's life. BRG_EINPUT when a detector is not deterministic
 * without noise. */
int brg_sampler_new(brg_sampler **out, const brg_circuit *circuit, uint64_t seed, brg_diag *diag);
void brg_sampler_destroy(brg_sampler **sampler);
/* Detection events of batch number b: shot s of it in shots + s * stride, detector i in bit i % 8
 * of byte i / 8, then, from the next bit on, the observables when append_observables is set (the
 * b8 format of `--append_observables`); else these go to observables[s] as bits (may be NULL).
 * stride: at least the bytes needed. Padding bits are 0. */
int brg_sampler_detections(brg_sampler *sampler, uint64_t batch, uint8_t *shots, size_t stride,
                           bool append_observables, uint64_t *observables);
/* Measurement records of a batch in the same layout. */
int brg_sampler_records(brg_sampler *sampler, uint64_t batch, uint8_t *shots, size_t stride);

#ifdef __cplusplus
}
#endif
#endif
