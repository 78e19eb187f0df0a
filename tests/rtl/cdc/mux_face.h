/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated mux_rig: the pins of a cycle in, the pins of that cycle out. */
#ifndef BRG_TESTS_MUX_FACE_H
#define BRG_TESTS_MUX_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t addr, data; /* address of AW and AR, low bits of the data of W and R */
    uint32_t strb;
    uint16_t shape; /* len, size, burst */
    uint8_t id, resp;
    bool valid, last, ready; /* the side that the model does not drive is meaningless */
    bool whole;              /* all lanes of the data are what the low bits say */
} mux_channel;

typedef struct {
    mux_channel aw, w, b, ar, r;
} mux_bus;

typedef struct {
    mux_bus master[MUX_MASTERS], slave;
    bool rst_n, stray, quiet;
} mux_pins;

typedef struct mux_model mux_model;

mux_model *mux_model_new(void);
/* Writes what the multiplexer drives for what the others drive, without a clock edge. */
void mux_model_eval(mux_model *model, mux_pins *pins);
void mux_model_edge(mux_model *model);
void mux_model_destroy(mux_model **model);

#ifdef __cplusplus
}
#endif

#endif
