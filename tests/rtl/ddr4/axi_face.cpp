// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_ddr4_memory.
#include "axi_face.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <unordered_map>

#include "Vbrg_ddr4_memory.h"
#include "verilated.h"

struct axi_model {
    VerilatedContext context;
    Vbrg_ddr4_memory top{&context};
    std::unordered_map<uint32_t, std::array<uint8_t, 64>> store;
};

axi_model *axi_model_new(const uint32_t timing[12], uint32_t policy) {
    axi_model *model = new (std::nothrow) axi_model;
    if (!model) return nullptr;
    std::memcpy(&model->top.timing_i[0], timing, 48);
    model->top.policy_i = policy;
    model->top.rst_ni = 0;
    for (int i = 0; i < 4; i++) {
        model->top.clk_i = i % 2;
        model->top.eval();
    }
    model->top.rst_ni = 1;
    return model;
}

uint32_t axi_model_step(axi_model *model, const axi_in *in, uint32_t skip, axi_out *out) {
    Vbrg_ddr4_memory &top = model->top;
    top.s_axi_awvalid_i = in->awvalid;
    top.s_axi_awid_i = in->awid;
    top.s_axi_awaddr_i = in->awaddr;
    top.s_axi_awlen_i = in->awlen;
    top.s_axi_awsize_i = in->awsize;
    top.s_axi_awburst_i = in->awburst;
    top.s_axi_wvalid_i = in->wvalid;
    top.s_axi_wlast_i = in->wlast;
    top.s_axi_wstrb_i = in->wstrb;
    std::memcpy(&top.s_axi_wdata_i[0], in->wdata, 32);
    top.s_axi_bready_i = in->bready;
    top.s_axi_arvalid_i = in->arvalid;
    top.s_axi_arid_i = in->arid;
    top.s_axi_araddr_i = in->araddr;
    top.s_axi_arlen_i = in->arlen;
    top.s_axi_arsize_i = in->arsize;
    top.s_axi_arburst_i = in->arburst;
    top.s_axi_rready_i = in->rready;
    top.skip_i = 0;
    top.clk_i = 0;
    top.eval();
    if (top.store_read_o) {
        const auto line = model->store.find(top.store_address_o);
        if (line == model->store.end()) {
            std::memset(&top.store_rdata_i[0], 0, 64);
        } else {
            std::memcpy(&top.store_rdata_i[0], line->second.data(), 64);
        }
    }
    if (top.store_write_o) {
        std::array<uint8_t, 64> &line = model->store[top.store_address_o];
        const auto *bytes = reinterpret_cast<const uint8_t *>(&top.store_wdata_o[0]);
        for (int i = 0; i < 64; i++)
            if (top.store_wmask_o >> i & 1) line[i] = bytes[i];
    }
    out->awready = top.s_axi_awready_o;
    out->wready = top.s_axi_wready_o;
    out->bvalid = top.s_axi_bvalid_o;
    out->bid = top.s_axi_bid_o;
    out->bresp = top.s_axi_bresp_o;
    out->arready = top.s_axi_arready_o;
    out->rvalid = top.s_axi_rvalid_o;
    out->rlast = top.s_axi_rlast_o;
    out->rid = top.s_axi_rid_o;
    out->rresp = top.s_axi_rresp_o;
    std::memcpy(out->rdata, &top.s_axi_rdata_o[0], 32);
    out->violation = top.violation_o;
    out->head_state = top.head_state_o;
    out->quiet = top.quiet_cycles_o;
    const uint32_t skipped = std::min(skip, top.quiet_cycles_o + 0u);
    top.skip_i = skipped;
    top.clk_i = 1;
    top.eval();
    return 1 + skipped;
}

void axi_model_destroy(axi_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
