/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_ddr4_memory: the AXI4 pins of a cycle in, those of that cycle out. */
#ifndef BRG_TESTS_DDR4_AXI_FACE_H
#define BRG_TESTS_DDR4_AXI_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bool awvalid, wvalid, wlast, bready, arvalid, rready;
    uint8_t awid, awlen, awsize, awburst, arid, arlen, arsize, arburst;
    uint64_t awaddr, araddr;
    uint32_t wstrb;
    uint8_t wdata[32];
} axi_in;

typedef struct {
    bool awready, wready, bvalid, arready, rvalid, rlast, violation;
    uint8_t bid, bresp, rid, rresp, head_state;
    uint8_t rdata[32];
    uint32_t quiet;
} axi_out;

typedef struct axi_model axi_model;

axi_model *axi_model_new(const uint32_t timing[12], uint32_t policy);
/* One clock edge; with skip the cycles that are quiet, at most `skip` of them. Returns cycles. */
uint32_t axi_model_step(axi_model *model, const axi_in *in, uint32_t skip, axi_out *out);
void axi_model_destroy(axi_model **model);

#ifdef __cplusplus
}
#endif

#endif
