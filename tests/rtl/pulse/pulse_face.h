/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_pulse_unit: settle the pins, look, clock. */
#ifndef BRG_TESTS_PULSE_FACE_H
#define BRG_TESTS_PULSE_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t rst_n, reg_valid, reg_write, begin, waiting, slice_valid;
    uint16_t reg_address;
    uint32_t reg_wdata;
    uint8_t mem_data[8][16];
    uint8_t mem_parity; /* bit c: channel c */
} pulse_in;

typedef struct {
    uint32_t reg_rdata, quiet;
    uint8_t reg_error, ready, starved, error, error_code, error_layer;
    uint8_t mem_valid;
    uint32_t mem_address[8];
    uint8_t play_valid, play_start, play_first, play_last;
    uint8_t play_table[8], play_count[8];
    uint8_t play_words[8][8][16];
} pulse_out;

typedef struct pulse_model pulse_model;

/* NULL when memory is short. */
pulse_model *pulse_model_new(void);
/* The outputs that these inputs give before the clock edge. */
void pulse_model_settle(pulse_model *model, const pulse_in *in, pulse_out *out);
/* One clock edge that stands for 1 + skip cycles. */
void pulse_model_clock(pulse_model *model, uint32_t skip);
void pulse_model_destroy(pulse_model **model);

#ifdef __cplusplus
}
#endif

#endif
