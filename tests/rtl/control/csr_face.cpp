// SPDX-License-Identifier: Apache-2.0
// The C face of csr_face.h over Verilator's model.
#include "csr_face.h"

#include <verilated.h>

#include <memory>

#include "Vbrg_csr.h"

struct csr_face {
    VerilatedContext context;
    std::unique_ptr<Vbrg_csr> model;
};

extern "C" {

csr_face *csr_face_new(void) {
    auto face = std::make_unique<csr_face>();
    face->model = std::make_unique<Vbrg_csr>(&face->context, "TOP");
    return face.release();
}

void csr_face_destroy(csr_face **face) {
    delete *face;
    *face = nullptr;
}

void csr_face_cycle(csr_face *face, const csr_in *in, csr_out *out) {
    Vbrg_csr &m = *face->model;
    m.clk_i = 0;
    m.rst_ni = in->rst_n;
    m.s_axil_awvalid_i = in->awvalid;
    m.s_axil_awaddr_i = in->awaddr;
    m.s_axil_wvalid_i = in->wvalid;
    m.s_axil_wdata_i = in->wdata;
    m.s_axil_wstrb_i = 0xf;
    m.s_axil_bready_i = in->bready;
    m.s_axil_arvalid_i = in->arvalid;
    m.s_axil_araddr_i = in->araddr;
    m.s_axil_rready_i = in->rready;
    m.store_valid_i = in->store_valid;
    m.store_error_i = in->store_error;
    m.store_ready_i = in->store_ready;
    for (int i = 0; i < 6; i++) m.store_data_i[i] = in->store_data[i];
    m.queue_empty_i = 1;
    m.push_ready_i = 1;
    m.eval();
    out->awready = m.s_axil_awready_o;
    out->wready = m.s_axil_wready_o;
    out->bvalid = m.s_axil_bvalid_o;
    out->bresp = m.s_axil_bresp_o;
    out->arready = m.s_axil_arready_o;
    out->rvalid = m.s_axil_rvalid_o;
    out->rresp = m.s_axil_rresp_o;
    out->rdata = m.s_axil_rdata_o;
    out->store_read = m.store_read_o;
    out->store_write = m.store_write_o;
    out->store_address = m.store_address_o;
    for (int i = 0; i < 6; i++) out->store_data[i] = m.store_data_o[i];
    out->quiet = m.quiet_o;
    m.clk_i = 1;
    m.eval();
}

}  // extern "C"
