/* SPDX-License-Identifier: Apache-2.0 */
/* Samples detection events of one basis of a surface-code memory from its detector error model. */
#ifndef BRG_TESTS_QEC_NOISE_H
#define BRG_TESTS_QEC_NOISE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct qec_noise qec_noise;
/* rounds of the memory: events come in rounds + 1 layers of (distance^2 - 1)/2, as the RTL orders
 * them. NULL when the model cannot be made. */
qec_noise *qec_noise_new(int distance, int rounds, bool measures_x, double p);
/* events: a byte a node. Returns whether the observable flipped. */
int qec_noise_sample(const qec_noise *noise, uint64_t *random, uint8_t *events);
void qec_noise_destroy(qec_noise **noise);

#endif
