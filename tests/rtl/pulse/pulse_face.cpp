// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_pulse_unit.
#include "pulse_face.h"

#include <cstring>
#include <new>

#include "Vbrg_pulse_unit.h"
#include "verilated.h"

struct pulse_model {
    VerilatedContext context;
    Vbrg_pulse_unit top{&context};
};

pulse_model *pulse_model_new(void) {
    return new (std::nothrow) pulse_model;
}

void pulse_model_settle(pulse_model *model, const pulse_in *in, pulse_out *out) {
    Vbrg_pulse_unit &top = model->top;
    top.rst_ni = in->rst_n;
    top.reg_valid_i = in->reg_valid;
    top.reg_write_i = in->reg_write;
    top.reg_address_i = in->reg_address;
    top.reg_wdata_i = in->reg_wdata;
    top.begin_i = in->begin;
    top.waiting_i = in->waiting;
    top.slice_valid_i = in->slice_valid;
    top.mem_parity_i = in->mem_parity;
    for (unsigned i = 0; i < 32; i++)
        std::memcpy(&top.mem_data_i[i], &in->mem_data[i / 4][i % 4 * 4], 4);
    top.skip_i = 0;
    top.clk_i = 0;
    top.eval();
    out->reg_rdata = top.reg_rdata_o;
    out->reg_error = top.reg_error_o;
    out->quiet = top.quiet_cycles_o;
    out->ready = top.pulse_ready_o;
    out->starved = top.starved_layer_o;
    out->error = top.error_o;
    out->error_code = top.error_code_o;
    out->error_layer = top.error_layer_o;
    out->mem_valid = top.mem_valid_o;
    for (unsigned i = 0; i < 8; i++) out->mem_address[i] = top.mem_address_o[i];
    out->play_valid = top.play_valid_o;
    out->play_start = top.play_start_o;
    out->play_first = top.play_first_o;
    out->play_last = top.play_last_o;
    for (unsigned b = 0; b < 8; b++) {
        out->play_table[b] = static_cast<uint8_t>(top.play_table_o >> (6 * b) & 63u);
        out->play_count[b] = static_cast<uint8_t>(top.play_count_o >> (4 * b) & 15u);
        if (!(top.play_valid_o >> b & 1u)) continue;
        for (unsigned i = 0; i < 32; i++)
            std::memcpy(&out->play_words[b][i / 4][i % 4 * 4], &top.play_words_o[32 * b + i], 4);
    }
}

void pulse_model_clock(pulse_model *model, uint32_t skip) {
    model->top.skip_i = skip;
    model->top.clk_i = 1;
    model->top.eval();
}

void pulse_model_destroy(pulse_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
