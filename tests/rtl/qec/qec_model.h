/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder in RTL is judged by: its model in model/ecc/rtl_decoder.h, and an ordinary
 * sequential union-find with peeling that grows the same clusters on a list of edges of its own. */
#ifndef BRG_TESTS_QEC_MODEL_H
#define BRG_TESTS_QEC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ecc/rtl_decoder.h"

enum { QEC_NODES = 1024, QEC_DATA = 81 };

typedef struct {
    int from, to; /* node; to == -1: first row's boundary, -2: last row's, -3: the open end */
    int weight;
    int data[2]; /* data qubits it flips, -1: none */
} qec_edge;

/* Node t * checks + c is check c of layer t. */
typedef struct {
    int distance, layers, checks, nodes;
    int edge_count;
    qec_edge edges[8 * QEC_NODES];
    int degree[QEC_NODES];
    int incident[QEC_NODES][14]; /* its edges, -1 none */
} qec_lattice;

typedef struct {
    uint8_t flips[QEC_DATA];
    uint8_t residual[QEC_NODES];
    int first, last; /* parity of flips in the first and in the last row */
    int cycles, growths;
    bool bridged; /* a cluster reached two of the boundaries: its class is a matter of tie-breaks */
} qec_result;

void qec_lattice_build(qec_lattice *g, int distance, int layers, int basis);
/* events: a byte (0 or 1) a node. layers, commit, open: as the ports of brg_qec_decoder. The
 * decoder's distance and layers are those of the lattice. */
void qec_decode_steps(brg_rtl_decoder *decoder, const qec_lattice *g, const uint8_t *events,
                      int layers, int commit, bool open, qec_result *result);
void qec_decode_sequential(const qec_lattice *g, const uint8_t *events, int layers, int commit,
                           bool open, qec_result *result);

#endif
