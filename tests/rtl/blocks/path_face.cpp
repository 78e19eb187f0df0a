// SPDX-License-Identifier: Apache-2.0
// C face of one verilated brg_page_path; the build gives the parameters it was elaborated with.
#include "path_face.h"

#include <new>

#include "Vbrg_page_path.h"
#include "verilated.h"

struct path_model {
    VerilatedContext context;
    Vbrg_page_path top{&context};
};

const path_parameters path_model_parameters = {PATH_AXI_DATA_W, PATH_BANK_WORDS, PATH_OUTSTANDING,
                                               PATH_MAX_BURST, PATH_QUEUE_DEPTH};

namespace {

void put(QData &pin, const uint64_t *words) {
    pin = words[0];
}

template <std::size_t N>
void put(VlWide<N> &pin, const uint64_t *words) {
    for (std::size_t i = 0; i < N; i++) {
        pin[i] = static_cast<uint32_t>(words[i / 2] >> (i % 2 * 32));
    }
}

}  // namespace

path_model *path_model_new(void) {
    return new (std::nothrow) path_model;
}

void path_model_cycle(path_model *model, const path_in *in, path_out *out) {
    Vbrg_page_path &top = model->top;
    top.rst_ni = in->rst_n;
    top.address_width_i = in->address_width;
    top.word_width_i = in->word_width;
    top.pages_i = in->pages;
    top.fault_inject_i = in->fault_inject;
    top.load_valid_i = in->load_valid;
    top.load_base_i = in->load_base;
    top.begin_i = in->begin;
    top.end_i = in->end;
    top.flush_i = in->flush;
    top.page_current_i = in->page_current;
    top.planes_fetched_i = in->planes_fetched;
    top.m_axi_arready_i = in->arready;
    top.m_axi_rvalid_i = in->rvalid;
    top.m_axi_rid_i = in->rid;
    top.m_axi_rresp_i = in->rresp;
    top.m_axi_rlast_i = in->rlast;
    put(top.m_axi_rdata_i, in->rdata);
    top.clk_i = 0;
    top.eval();
    out->load_ready = top.load_ready_o;
    out->idle = top.idle_o;
    out->page_error = top.page_error_o;
    out->leaf_valid = top.leaf_valid_o;
    out->page_ready = top.page_ready_o;
    out->page_buffered = top.page_buffered_o;
    out->planes_ready = top.planes_ready_o;
    out->planes_buffered = top.planes_buffered_o;
    out->leaf_plane = top.leaf_plane_o;
    out->version = top.version_o;
    out->leaf_version = top.leaf_version_o;
    out->leaf_index = top.leaf_index_o;
    for (std::size_t i = 0; i < 8; i++) {
        out->leaf_data[i] = static_cast<uint64_t>(top.leaf_data_o[2 * i]) |
                            static_cast<uint64_t>(top.leaf_data_o[2 * i + 1]) << 32;
    }
    out->arvalid = top.m_axi_arvalid_o;
    out->arid = top.m_axi_arid_o;
    out->arlen = top.m_axi_arlen_o;
    out->arsize = top.m_axi_arsize_o;
    out->arburst = top.m_axi_arburst_o;
    out->araddr = top.m_axi_araddr_o;
    out->rready = top.m_axi_rready_o;
    out->burst = top.burst_o;
    out->beat = top.beat_o;
    out->error = top.error_o;
    out->asked = top.asked_o;
    out->quiet = top.quiet_o;
    top.clk_i = 1;
    top.eval();
}

void path_model_destroy(path_model **model) {
    if (*model) {
        (*model)->top.final();
        delete *model;
        *model = nullptr;
    }
}
