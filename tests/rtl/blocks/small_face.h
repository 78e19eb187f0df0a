/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated small_blocks: the pins of a cycle in, the pins of that cycle out. */
#ifndef BRG_TESTS_SMALL_FACE_H
#define BRG_TESTS_SMALL_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t rst_n, clear, in_valid, out_ready, request_valid, grant_ready;
    uint64_t in_data, request_data;
} small_in;

typedef struct {
    uint8_t in_ready, out_valid, level8, level2;
    uint8_t request_ready, grant_valid, grant_data, grant_index;
    uint64_t out_data;
} small_out;

typedef struct small_model small_model;

small_model *small_model_new(void);
void small_model_cycle(small_model *model, const small_in *in, small_out *out);
void small_model_destroy(small_model **model);

#ifdef __cplusplus
}
#endif

#endif
