// SPDX-License-Identifier: Apache-2.0
// C face of the verilated cdc_streams.
#include "cdc_face.h"

#include <new>

#include "Vcdc_streams.h"
#include "verilated.h"

struct cdc_model {
    VerilatedContext context;
    Vcdc_streams top{&context};
};

cdc_model *cdc_model_new(void) {
    return new (std::nothrow) cdc_model;
}

void cdc_model_eval(cdc_model *model, const cdc_in *in, cdc_out *out) {
    Vcdc_streams &top = model->top;
    top.s_rst_ni = in->rst_n[0];
    top.m_rst_ni = in->rst_n[1];
    top.w_valid_i = in->w_valid;
    top.w_late_i = in->w_late;
    top.r_ready_i = in->r_ready;
    top.r_late_i = in->r_late;
    for (int i = 0; i < CDC_STREAMS; i++) top.w_data_i[i] = in->w_data[i];
    top.eval();
    out->w_ready = top.w_ready_o;
    out->r_valid = top.r_valid_o;
    out->r_whole = top.r_whole_o;
    out->occupied = top.occupied_o;
    out->quiet[0] = top.s_quiet_o;
    out->quiet[1] = top.m_quiet_o;
    for (int i = 0; i < CDC_FIFOS; i++) {
        out->w_level[i] = top.w_level_o[i];
        out->r_level[i] = top.r_level_o[i];
    }
    for (int i = 0; i < CDC_STREAMS; i++) out->r_data[i] = top.r_data_o[i];
}

void cdc_model_edge(cdc_model *model, unsigned clocks) {
    Vcdc_streams &top = model->top;
    top.s_clk_i = clocks & 1;
    top.m_clk_i = clocks >> 1 & 1;
    top.eval();
    top.s_clk_i = 0;
    top.m_clk_i = 0;
    top.eval();
}

void cdc_model_destroy(cdc_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
