// SPDX-License-Identifier: Apache-2.0
// C face of the verilated ddr4_bench.
#include "ddr4_face.h"

#include <array>
#include <cstring>
#include <new>
#include <unordered_map>

#include "Vddr4_bench.h"
#include "verilated.h"

struct ddr4_model {
    VerilatedContext context;
    Vddr4_bench top{&context};
    std::unordered_map<uint32_t, std::array<uint8_t, 64>> store;
    uint64_t evaluations = 0;
    uint8_t response[64];

    void serve() {
        if (top.store_read_o) {
            const auto line = store.find(top.store_address_o);
            if (line == store.end()) {
                std::memset(&top.store_rdata_i[0], 0, 64);
            } else {
                std::memcpy(&top.store_rdata_i[0], line->second.data(), 64);
            }
        }
        if (top.store_write_o) {
            std::array<uint8_t, 64> &line = store[top.store_address_o];
            const auto *bytes = reinterpret_cast<const uint8_t *>(&top.store_wdata_o[0]);
            for (int i = 0; i < 64; i++)
                if (top.store_wmask_o >> i & 1) line[i] = bytes[i];
        }
    }
    void edge() {
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        evaluations++;
    }
};

ddr4_model *ddr4_model_new(const uint32_t timing[12], uint32_t policy) {
    ddr4_model *model = new (std::nothrow) ddr4_model;
    if (!model) return nullptr;
    Vddr4_bench &top = model->top;
    std::memcpy(&top.timing_i[0], timing, 48);
    top.policy_i = policy;
    top.rst_ni = 0;
    for (int i = 0; i < 2; i++) {
        top.eval();
        model->edge();
    }
    top.rst_ni = 1;
    return model;
}

uint32_t ddr4_model_step(ddr4_model *model, const ddr4_request *request, uint32_t limit,
                         ddr4_pins *pins) {
    Vddr4_bench &top = model->top;
    const bool valid = request && request->valid;
    top.req_valid_i = valid;
    if (valid) {
        top.req_write_i = request->write;
        top.req_addr_i = request->address;
        top.req_tag_i = request->tag;
        if (request->write) {
            top.req_wmask_i = request->mask;
            std::memcpy(&top.req_wdata_i[0], request->data, 64);
        }
    }
    top.skip_i = 0;
    top.eval();
    model->serve();
    pins->ready = top.req_ready_o;
    pins->response = top.resp_valid_o;
    pins->response_write = top.resp_write_o;
    pins->tag = top.resp_tag_o;
    if (top.resp_valid_o && !top.resp_write_o)
        std::memcpy(model->response, &top.resp_rdata_o[0], 64);
    pins->data = model->response;
    pins->command = top.cmd_o;
    pins->bank = top.cmd_bank_o;
    pins->row = top.cmd_row_o;
    pins->column = top.cmd_col_o;
    pins->wr_valid = top.wr_valid_o;
    pins->rd_valid = top.rd_valid_o;
    pins->violation = top.violation_o;
    pins->violation_code = top.violation_code_o;
    pins->violation_mask = top.violation_mask_o;
    pins->head_state = top.head_state_o;
    pins->head_address = top.head_addr_o;
    pins->refresh_rank = top.refresh_rank_o;
    pins->quiet = top.quiet_cycles_o;
    uint32_t skip = limit > 1 ? top.quiet_cycles_o : 0;
    if (skip >= limit) skip = limit - 1;
    top.skip_i = skip;
    model->edge();
    return 1 + skip;
}

uint64_t ddr4_model_statistic(ddr4_model *model, unsigned index) {
    model->top.req_valid_i = 0;
    model->top.stat_index_i = index;
    model->top.eval();
    return model->top.stat_value_o;
}

uint64_t ddr4_model_evaluations(const ddr4_model *model) {
    return model->evaluations;
}

const uint8_t *ddr4_model_line(const ddr4_model *model, uint32_t store_address) {
    const auto line = model->store.find(store_address);
    return line == model->store.end() ? nullptr : line->second.data();
}

void ddr4_model_destroy(ddr4_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
