/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_secded. */
#ifndef BRG_TESTS_SECDED_FACE_H
#define BRG_TESTS_SECDED_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct secded_face secded_face;

secded_face *secded_face_new(void);
uint8_t secded_face_encode(secded_face *face, uint64_t data);
/* Returns the data; *corrected and *uncorrectable as the pins say. */
uint64_t secded_face_decode(secded_face *face, uint64_t data, uint8_t check, int *corrected,
                            int *uncorrectable);
void secded_face_destroy(secded_face **face);

#ifdef __cplusplus
}
#endif

#endif
