/* SPDX-License-Identifier: Apache-2.0 */
/* C face of one verilated brg_page_path: the pins of a cycle in, the pins of that cycle out. */
#ifndef BRG_TESTS_PATH_FACE_H
#define BRG_TESTS_PATH_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t rst_n, address_width, word_width;
    uint16_t pages; /* of a load, minus one */
    uint32_t fault_inject;
    uint8_t load_valid, begin, end, flush;
    uint16_t page_current;
    uint64_t planes_fetched;
    uint64_t load_base;
    uint8_t arready, rvalid, rid, rresp, rlast;
    uint64_t rdata[8]; /* beat, low 64 bits first */
} path_in;

typedef struct {
    uint8_t load_ready, idle, page_error, leaf_valid;
    uint16_t page_ready, page_buffered;
    uint8_t planes_ready, planes_buffered, leaf_plane;
    uint32_t version, leaf_version;
    uint16_t leaf_index;
    uint64_t leaf_data[8];
    uint8_t arvalid, arid, arlen, arsize, arburst, rready;
    uint64_t araddr;
    uint8_t burst, beat, error, asked, quiet;
} path_out;

/* Parameters the model was elaborated with. */
typedef struct {
    uint32_t axi_data_w, bank_words, outstanding, max_burst, queue_depth;
} path_parameters;

typedef struct path_model path_model;

extern const path_parameters path_model_parameters;

/* NULL when memory is short. */
path_model *path_model_new(void);
/* Sets the inputs, reads the outputs they give before the clock edge, then clocks once. */
void path_model_cycle(path_model *model, const path_in *in, path_out *out);
void path_model_destroy(path_model **model);

#ifdef __cplusplus
}
#endif

#endif
