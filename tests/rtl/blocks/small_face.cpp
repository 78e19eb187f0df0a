// SPDX-License-Identifier: Apache-2.0
// C face of the verilated small_blocks.
#include "small_face.h"

#include <new>

#include "Vsmall_blocks.h"
#include "verilated.h"

struct small_model {
    VerilatedContext context;
    Vsmall_blocks top{&context};
};

small_model *small_model_new(void) {
    return new (std::nothrow) small_model;
}

void small_model_cycle(small_model *model, const small_in *in, small_out *out) {
    Vsmall_blocks &top = model->top;
    top.rst_ni = in->rst_n;
    top.clear_i = in->clear;
    top.in_valid_i = in->in_valid;
    top.out_ready_i = in->out_ready;
    top.in_data_i = in->in_data;
    top.request_valid_i = in->request_valid;
    top.request_data_i = in->request_data;
    top.grant_ready_i = in->grant_ready;
    top.clk_i = 0;
    top.eval();
    out->in_ready = top.in_ready_o;
    out->out_valid = top.out_valid_o;
    out->out_data = top.out_data_o;
    out->level8 = top.level8_o;
    out->level2 = top.level2_o;
    out->request_ready = top.request_ready_o;
    out->grant_valid = top.grant_valid_o;
    out->grant_data = top.grant_data_o;
    out->grant_index = top.grant_index_o;
    top.clk_i = 1;
    top.eval();
}

void small_model_destroy(small_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
