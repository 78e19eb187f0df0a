/* SPDX-License-Identifier: Apache-2.0 */
/* The verilated brg_csr alone, behind a C face: a control store that takes its time. */
#ifndef BRG_TESTS_RTL_CSR_FACE_H
#define BRG_TESTS_RTL_CSR_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csr_in {
    bool rst_n;
    bool awvalid, wvalid, bready, arvalid, rready;
    uint16_t awaddr, araddr;
    uint32_t wdata;
    bool store_valid, store_error, store_ready;
    uint32_t store_data[6];
} csr_in;

typedef struct csr_out {
    bool awready, wready, bvalid, arready, rvalid;
    uint8_t bresp, rresp;
    uint32_t rdata;
    bool store_read, store_write;
    uint16_t store_address;
    uint32_t store_data[6];
    bool quiet;
} csr_out;

typedef struct csr_face csr_face;
csr_face *csr_face_new(void);
void csr_face_destroy(csr_face **face);
/* Outputs before the edge, then the edge. */
void csr_face_cycle(csr_face *face, const csr_in *in, csr_out *out);

#ifdef __cplusplus
}
#endif
#endif
