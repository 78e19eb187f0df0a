/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated ddr4_bench: requests in, responses and commands out, a cycle at a time,
 * with the bytes of the device in a table of 64-byte lines. */
#ifndef BRG_TESTS_DDR4_FACE_H
#define BRG_TESTS_DDR4_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bool valid, write;
    uint64_t address;
    uint8_t tag;
    uint64_t mask;
    uint8_t data[64];
} ddr4_request;

/* Pins of one cycle. */
typedef struct {
    bool ready; /* the request was taken, when it was valid */
    bool response, response_write;
    uint8_t tag;
    const uint8_t *data; /* 64 bytes of a read response, until the next cycle */
    uint8_t command, bank, column;
    uint16_t row;
    bool wr_valid, rd_valid;
    bool violation;
    uint8_t violation_code;
    uint32_t violation_mask;
    uint8_t head_state;
    uint64_t head_address;
    uint8_t refresh_rank;
    uint32_t quiet;
} ddr4_pins;

typedef struct ddr4_model ddr4_model;

ddr4_model *ddr4_model_new(const uint32_t timing[12], uint32_t policy);
/* One clock edge with this request on the pins (NULL: none); advances 1 + skip cycles when the
 * block is quiet for that long, at most limit cycles in all. Returns the cycles. */
uint32_t ddr4_model_step(ddr4_model *model, const ddr4_request *request, uint32_t limit,
                         ddr4_pins *pins);
uint64_t ddr4_model_statistic(ddr4_model *model, unsigned index);
uint64_t ddr4_model_evaluations(const ddr4_model *model);
/* A line of the device by its store address; NULL when it was never written. */
const uint8_t *ddr4_model_line(const ddr4_model *model, uint32_t store_address);
void ddr4_model_destroy(ddr4_model **model);

#ifdef __cplusplus
}
#endif

#endif
