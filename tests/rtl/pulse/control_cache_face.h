/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_control_cache: settle the pins, look, clock. */
#ifndef BRG_TESTS_CONTROL_CACHE_FACE_H
#define BRG_TESTS_CONTROL_CACHE_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t rst_n, lines_log2, prefetch, invalidate, enable, write;
    uint16_t words, address, write_address;
    uint64_t base;
    uint32_t write_data[6];
    uint8_t arready, rvalid, rid, rresp, rlast, awready, wready, bvalid, bresp, counter_index;
    uint32_t rdata[8];
} cache_in;

typedef struct {
    uint8_t valid, error, ready, error_code, miss;
    uint16_t miss_line;
    uint32_t word[6];
    uint8_t arvalid, arid, arlen, arsize, arburst, rready;
    uint64_t araddr;
    uint8_t awvalid, awlen, awsize, awburst, wvalid, wlast, bready;
    uint64_t awaddr;
    uint32_t wdata[8], wstrb, quiet;
    uint64_t counter;
} cache_out;

typedef struct cache_model cache_model;

/* NULL when memory is short. */
cache_model *cache_model_new(void);
/* The outputs that these inputs give before the clock edge. */
void cache_model_settle(cache_model *model, const cache_in *in, cache_out *out);
/* One clock edge that stands for 1 + skip cycles. */
void cache_model_clock(cache_model *model, uint32_t skip);
void cache_model_destroy(cache_model **model);

#ifdef __cplusplus
}
#endif

#endif
