// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_control_cache.
#include "control_cache_face.h"

#include <new>

#include "Vbrg_control_cache.h"
#include "verilated.h"

struct cache_model {
    VerilatedContext context;
    Vbrg_control_cache top{&context};
};

cache_model *cache_model_new(void) {
    return new (std::nothrow) cache_model;
}

void cache_model_settle(cache_model *model, const cache_in *in, cache_out *out) {
    Vbrg_control_cache &top = model->top;
    top.rst_ni = in->rst_n;
    top.skip_i = 0;
    top.base_i = in->base;
    top.words_i = in->words;
    top.lines_log2_i = in->lines_log2;
    top.prefetch_i = in->prefetch;
    top.invalidate_i = in->invalidate;
    top.store_enable_i = in->enable;
    top.store_address_i = in->address;
    top.store_write_i = in->write;
    top.store_write_address_i = in->write_address;
    for (unsigned i = 0; i < 6; i++) top.store_write_data_i[i] = in->write_data[i];
    top.m_axi_arready_i = in->arready;
    top.m_axi_rvalid_i = in->rvalid;
    top.m_axi_rid_i = in->rid;
    top.m_axi_rresp_i = in->rresp;
    top.m_axi_rlast_i = in->rlast;
    for (unsigned i = 0; i < 8; i++) top.m_axi_rdata_i[i] = in->rdata[i];
    top.m_axi_awready_i = in->awready;
    top.m_axi_wready_i = in->wready;
    top.m_axi_bvalid_i = in->bvalid;
    top.m_axi_bresp_i = in->bresp;
    top.counter_index_i = in->counter_index;
    top.clk_i = 0;
    top.eval();
    out->valid = top.store_valid_o;
    out->error = top.store_error_o;
    out->ready = top.store_ready_o;
    out->error_code = top.error_code_o;
    out->miss = top.miss_o;
    out->miss_line = top.miss_line_o;
    for (unsigned i = 0; i < 6; i++) out->word[i] = top.store_word_o[i];
    out->arvalid = top.m_axi_arvalid_o;
    out->arid = top.m_axi_arid_o;
    out->arlen = top.m_axi_arlen_o;
    out->arsize = top.m_axi_arsize_o;
    out->arburst = top.m_axi_arburst_o;
    out->araddr = top.m_axi_araddr_o;
    out->rready = top.m_axi_rready_o;
    out->awvalid = top.m_axi_awvalid_o;
    out->awlen = top.m_axi_awlen_o;
    out->awsize = top.m_axi_awsize_o;
    out->awburst = top.m_axi_awburst_o;
    out->awaddr = top.m_axi_awaddr_o;
    out->wvalid = top.m_axi_wvalid_o;
    out->wlast = top.m_axi_wlast_o;
    out->wstrb = top.m_axi_wstrb_o;
    for (unsigned i = 0; i < 8; i++) out->wdata[i] = top.m_axi_wdata_o[i];
    out->bready = top.m_axi_bready_o;
    out->quiet = top.quiet_cycles_o;
    out->counter = top.counter_o;
}

void cache_model_clock(cache_model *model, uint32_t skip) {
    model->top.skip_i = skip;
    model->top.clk_i = 1;
    model->top.eval();
}

void cache_model_destroy(cache_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
