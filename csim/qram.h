/* SPDX-License-Identifier: Apache-2.0 */
/* The QRAM tree: its shape, its cells, its classical data and the operations of one slice. */
#ifndef BRG_CSIM_QRAM_H
#define BRG_CSIM_QRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRG_MAX_ADDRESS_WIDTH = 24, /* of the tree, and of the table */
    BRG_MAX_WORD_WIDTH = 64,
    BRG_MAX_PAGE_BITS = 12
};

typedef enum brg_routers { BRG_TWO_LEVEL = 0, BRG_THREE_LEVEL = 1 } brg_routers;

/* n = address_width (1..24), k = word_width (1..64). Layer l = 0..n-1 has 2^l nodes.
 *
 * A paged query reads a table of 2^m cells, m = n + page_bits <= 24, through a tree of 2^n leaves:
 * the low n address bits are routed once, and the K = 2^page_bits pages come to the leaves one
 * after another. The address register has m qubits, qubit 0 the most significant bit; qubits
 * 0..page_bits-1 select the page and stay outside the tree, and routed bit i is qubit
 * page_bits + i. page_bits = 0: an ordinary query, m = n. */
typedef struct brg_qram {
    brg_routers routers;
    uint32_t address_width;
    uint32_t word_width;
    uint32_t page_bits; /* 0..12 */
} brg_qram;

/* m, the address bits of the table and qubits of the address register. */
static inline uint32_t brg_table_width(const brg_qram *q) {
    return q->address_width + q->page_bits;
}
/* K, the pages of the table. */
static inline uint32_t brg_pages(const brg_qram *q) {
    return 1u << q->page_bits;
}
/* Slices of a bucket-brigade query, 6n + 2kK - 1 (docs/schedule.md). */
static inline uint32_t brg_query_slices(const brg_qram *q) {
    return 6u * q->address_width + 2u * q->word_width * brg_pages(q) - 1u;
}

/* What the address register holds when a query starts; the bus starts in |0>. */
typedef struct brg_input {
    bool uniform;   /* equal superposition of all 2^m addresses */
    uint64_t index; /* the address when not uniform; address bit 0 is the MSB */
} brg_input;

/* Node i (0..2^l-1) of layer l in heap order; its children are (l+1, 2i) and (l+1, 2i+1). */
static inline uint32_t brg_node(uint32_t layer, uint32_t i) {
    return ((1u << layer) - 1u) + i;
}

/* Cell numbers: tree cells first (addr = 2*node, data = 2*node+1), then the address qubits
 * 0..m-1, then the bus qubits 0..k-1. A (slice, cell) order of draws means this order. */
static inline uint32_t brg_cell_addr(uint32_t node) {
    return 2u * node;
}
static inline uint32_t brg_cell_data(uint32_t node) {
    return 2u * node + 1u;
}
static inline uint32_t brg_tree_cells(const brg_qram *q) {
    return 2u * ((1u << q->address_width) - 1u);
}
/* i = 0..m-1 counts the register's qubits, not the routed bits. */
static inline uint32_t brg_cell_address_qubit(const brg_qram *q, uint32_t i) {
    return brg_tree_cells(q) + i;
}
/* Qubit of the address register that routed bit 0..n-1 is. */
static inline uint32_t brg_routed_qubit(const brg_qram *q, int16_t bit) {
    return q->page_bits + (uint16_t)bit;
}
static inline uint32_t brg_cell_bus_qubit(const brg_qram *q, uint32_t j) {
    return brg_tree_cells(q) + brg_table_width(q) + j;
}
static inline uint32_t brg_all_cells(const brg_qram *q) {
    return brg_tree_cells(q) + brg_table_width(q) + q->word_width;
}

/* The operations that fire in one slice (physics: docs/schedule.md). They touch disjoint cells,
 * but for d_out and d_in, which may both use root.data: out first, then in. */
typedef struct brg_slice_ops {
    uint32_t route; /* bit l: CSWAP on every node of layer l */
    uint32_t latch; /* bit l: SWAP data with addr on every node of layer l */
    bool unlatch;   /* the latch swaps uncompute; same action, other name */
    bool basis_in;  /* two_level: H on the bus qubit of d_in, before its swap */
    bool basis_out; /* two_level: H on the bus qubit of d_out, after its swap */
    int16_t a_in;   /* SWAP address qubit of this routed bit with root.data; -1 = none, as below */
    int16_t a_out;
    int16_t d_in; /* SWAP bus qubit with root.data */
    int16_t d_out;
    int16_t fetch; /* leaf operation with this bit of every memory word */
    /* The SWAP of d_in, d_out acts only where the page qubits hold this page; -1: everywhere. */
    int16_t d_in_page;
    int16_t d_out_page;
} brg_slice_ops;

static inline brg_slice_ops brg_slice_ops_none(void) {
    brg_slice_ops o = {0, 0, false, false, false, -1, -1, -1, -1, -1, -1, -1};
    return o;
}

/* Classical data at the leaves, bit-plane major: plane j holds bit j of every memory word, cell i
 * in bit i%64 of 64-bit word i/64. Each plane is padded with zeros to a multiple of 512 bits, so
 * that the same bytes are the page image that the RTL loads (little-endian). */
typedef struct brg_planes {
    uint32_t address_width;
    uint32_t word_width;
    size_t plane_words; /* 64-bit words per plane: max(8, 2^n / 64) */
    uint64_t *bits;     /* word_width * plane_words, owned */
} brg_planes;

int brg_planes_new(brg_planes **out, uint32_t address_width, uint32_t word_width); /* all zero */
void brg_planes_destroy(brg_planes **planes);
static inline bool brg_planes_get(const brg_planes *p, uint32_t bit, uint64_t cell) {
    return (p->bits[bit * p->plane_words + (cell >> 6)] >> (cell & 63u)) & 1u;
}
void brg_planes_set(brg_planes *p, uint32_t bit, uint64_t cell, bool value);
/* The k-bit word of a cell; bit j of the result is bus bit j. */
uint64_t brg_planes_word(const brg_planes *p, uint64_t cell);
/* Page `page` of a table: its cells page * 2^n .. page * 2^n + 2^n - 1 as planes of n address bits.
 * BRG_EINVAL when the table does not have that page. */
int brg_planes_page(brg_planes **out, const brg_planes *table, uint32_t address_width,
                    uint32_t page);
/* 64-bit FNV-1a over n, k and the plane bytes. */
uint64_t brg_planes_hash(const brg_planes *p);

#ifdef __cplusplus
}
#endif
#endif
