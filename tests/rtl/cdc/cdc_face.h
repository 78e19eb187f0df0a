/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated cdc_streams: pins in, pins out, and the edges of the two clocks. */
#ifndef BRG_TESTS_CDC_FACE_H
#define BRG_TESTS_CDC_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CDC_STREAMS = 14, CDC_FIFOS = 4 };

typedef struct {
    uint8_t rst_n[2]; /* s, m */
    uint16_t w_valid, w_late, r_ready, r_late;
    uint64_t w_data[CDC_STREAMS];
} cdc_in;

typedef struct {
    uint16_t w_ready, r_valid, r_whole;
    uint8_t occupied, quiet[2], w_level[CDC_FIFOS], r_level[CDC_FIFOS];
    uint64_t r_data[CDC_STREAMS];
} cdc_out;

typedef struct cdc_model cdc_model;

cdc_model *cdc_model_new(void);
/* The outputs for these inputs, no clock edge. */
void cdc_model_eval(cdc_model *model, const cdc_in *in, cdc_out *out);
/* A rising edge of clock s (bit 0), m (bit 1), or both at once. */
void cdc_model_edge(cdc_model *model, unsigned clocks);
void cdc_model_destroy(cdc_model **model);

#ifdef __cplusplus
}
#endif

#endif
