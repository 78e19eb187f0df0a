/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder in RTL, rtl/brg_qec_decoder.sv and brg_qec_window.sv, as a model in C that takes the
 * same steps over lists of nodes: every correction, residual event and cycle is that of the
 * hardware (docs/rtl_decoder.md). */
#ifndef BRG_MODEL_ECC_RTL_DECODER_H
#define BRG_MODEL_ECC_RTL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Words of the flips of data qubits: bit a + distance * b is data qubit (a, b). */
enum { BRG_RTL_FLIP_WORDS = 4 };

/* Parameters of the modules. */
typedef struct brg_rtl_decoder_config {
    uint32_t distance; /* odd, 3..15 */
    uint32_t layers;   /* of a window, 2..64 */
    uint32_t basis;    /* 0: Z checks, 1: X checks */
    uint32_t hops; /* edges that activity crosses in a cycle, 1..8; the default hardware has 2 */
} brg_rtl_decoder_config;

typedef struct brg_rtl_decoder brg_rtl_decoder;

/* What one window gives. Lists belong to the decoder and last until its next use. */
typedef struct brg_rtl_correction {
    uint64_t flips[BRG_RTL_FLIP_WORDS]; /* data qubits */
    unsigned observable;                /* parity of flips: bit 0 first row, bit 1 last row */
    uint32_t cycles;                    /* cycles_o: from taking the window to done */
    uint32_t growths;                   /* growths_o */
    const uint32_t *residual;           /* nodes of the events that are left, in no order */
    size_t residual_count;
} brg_rtl_correction;

/* BRG_EINVAL out of range. Memory: about 20 bytes a node, (distance^2 - 1) / 2 * layers nodes. */
int brg_rtl_decoder_new(brg_rtl_decoder **out, const brg_rtl_decoder_config *config);
void brg_rtl_decoder_destroy(brg_rtl_decoder **decoder);
/* One window. events: distinct nodes, layer * (distance^2 - 1) / 2 + check, below `layers`
 * (1..config.layers), in any order. The corrections of the oldest `commit` layers (1..layers) are
 * made; open: more layers follow, and an event may leave by that end. Cost: O(nodes that clusters
 * touch) for each growth and merge; nothing without events. */
void brg_rtl_decoder_decode(brg_rtl_decoder *decoder, const uint32_t *events, size_t count,
                            uint32_t layers, uint32_t commit, bool open, brg_rtl_correction *out);

/* A stream of layers through sliding windows of config.layers that commit `commit`
 * (1..config.layers - 1). */
typedef struct brg_rtl_stream brg_rtl_stream;
typedef struct brg_rtl_update {
    bool update;                        /* a window was decoded; else only frame is set */
    bool last;                          /* the stream ended with it */
    uint32_t cycles;                    /* update_cycles_o */
    uint64_t rounds;                    /* layers committed in this stream */
    uint64_t flips[BRG_RTL_FLIP_WORDS]; /* update_flips_o */
    unsigned observable;                /* update_observable_o: {last, first} row */
    unsigned frame;                     /* frame_observable_o: since the stream began */
} brg_rtl_update;

int brg_rtl_stream_new(brg_rtl_stream **out, const brg_rtl_decoder_config *config, uint32_t commit);
/* That of brg_qec_unit of this distance and basis with its default parameters: windows of 2 *
 * distance layers that commit distance. */
int brg_rtl_stream_of_unit(brg_rtl_stream **out, uint32_t distance, uint32_t basis);
void brg_rtl_stream_destroy(brg_rtl_stream **stream);
/* Forgets the stream in work. */
void brg_rtl_stream_clear(brg_rtl_stream *stream);
/* The next layer: bit c of word c / 64 is a detection event (a change of outcome) of check c; last:
 * that of the data measurement, after which another stream begins. */
void brg_rtl_stream_layer(brg_rtl_stream *stream, const uint64_t events[2], bool last,
                          brg_rtl_update *out);

#ifdef __cplusplus
}
#endif
#endif
