/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the state of the pruned engine (docs/engines.md).
 *
 * A branch is *plain* as long as nothing that happened differs for it from what happens to its
 * sisters: its routers have pointed along its path, and off its path its tree is the shared
 * background. All plain branches then have one story, in which each place of the path and each
 * register holds a symbol (nothing, the content of address qubit q, the content of bus qubit j),
 * and the amplitude of address a is
 *
 *     factor * prod_q bit[q]^(bit q of a) * prod_j bus[j][F_j(a)][b_j]
 *
 * with F_j(a) the memory bits fetched by bus qubit j, and b_j its value. A label leaves the plain
 * ones before the operation or error that could part it from them; its branches are then made
 * explicit in `part`, an ordinary branch state that holds some labels only. */
#ifndef BRG_CSIM_PRUNED_INTERNAL_H
#define BRG_CSIM_PRUNED_INTERNAL_H

#include "csim/branch_internal.h"

typedef struct brg_complex {
    double re, im;
} brg_complex;

static inline brg_complex brg_complex_times(brg_complex a, brg_complex b) {
    return (brg_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
static inline double brg_complex_weight(brg_complex a) {
    return a.re * a.re + a.im * a.im;
}

/* Symbols. */
enum { BRG_NOTHING = 0, BRG_ADDRESS = 1, BRG_BUS = 64 };

typedef struct brg_story {
    uint8_t addr[BRG_MAX_ADDRESS_WIDTH], data[BRG_MAX_ADDRESS_WIDTH]; /* by layer */
    uint8_t address[BRG_MAX_ADDRESS_WIDTH], bus[BRG_MAX_WORD_WIDTH];  /* registers */
    brg_complex factor;
    brg_complex bit[BRG_MAX_ADDRESS_WIDTH];
    brg_complex amplitude[BRG_MAX_WORD_WIDTH][2][2]; /* [bus qubit][F][value] */
    bool fetched[BRG_MAX_WORD_WIDTH];                /* F is not 0 everywhere */
    uint8_t order[BRG_MAX_WORD_WIDTH]; /* bus qubits, the one with the latest H last */
    bool flipped[BRG_MAX_WORD_WIDTH];  /* an X since then: value 1 stands before value 0 */
} brg_story;

typedef struct brg_pruned {
    brg_qram qram;
    uint32_t n, k;
    unsigned planes;
    uint32_t tree_cells;
    brg_branches *part;
    bool whole; /* no plain branch is left */
    brg_story story;
    uint64_t *word[BRG_MAX_WORD_WIDTH]; /* F_j, one bit per label; valid where fetched */
    size_t words;                       /* 64-bit words of such a plane */
    uint64_t *touched;                  /* bit per label: not plain */
    uint32_t *label;                    /* the labels that are not plain, sorted */
    size_t labels, label_capacity;
    double *below;     /* scratch of sums over labels: [words + 1] */
    brg_ranges ranges; /* labels about to leave */
    uint32_t *fresh;
    size_t fresh_count, fresh_capacity;
} brg_pruned;

/* BRG_EINVAL for a paged query, which trajectory.c runs with every branch. */
int brg_pruned_new(brg_pruned **out, const brg_qram *qram);
void brg_pruned_destroy(brg_pruned **p);
int brg_pruned_begin(brg_pruned *p, const brg_input *input);
/* The same maps as those of csim/branch.h. */
int brg_pruned_apply(brg_pruned *p, const brg_slice_ops *ops, const brg_planes *data);
int brg_pruned_pauli(brg_pruned *p, uint32_t cell, unsigned x, unsigned z);
int brg_pruned_flip(brg_pruned *p, uint32_t cell);
int brg_pruned_exchange(brg_pruned *p, uint32_t cell);
/* Tells of errors that follow at once, so that the labels that they part leave together. */
int brg_pruned_expect(brg_pruned *p, uint32_t cell);
int brg_pruned_leave(brg_pruned *p);
int brg_pruned_jump(brg_pruned *p, uint32_t cell, unsigned value);
void brg_pruned_no_jump(brg_pruned *p, double gamma, bool registers);
void brg_pruned_scale(brg_pruned *p, double factor);
/* Makes every plain branch explicit. */
int brg_pruned_make_whole(brg_pruned *p);

/* Branch strings of a plain label that have weight. */
static inline unsigned brg_pruned_word_bit(const brg_pruned *p, uint32_t j, uint32_t label) {
    return p->story.fetched[j] ? (unsigned)(p->word[j][label >> 6] >> (label & 63u)) & 1u : 0;
}
/* Address bit q of a label; q = 0 is the MSB. */
static inline unsigned brg_pruned_address_bit(const brg_pruned *p, uint32_t q, uint32_t label) {
    return label >> (p->n - 1 - q) & 1u;
}

/* A branch that was picked: explicit, or plain with its bus bits. */
typedef struct brg_picked {
    bool plain;
    size_t branch;
    uint32_t label;
    uint64_t bus;
} brg_picked;

double brg_pruned_norm(const brg_pruned *p);
brg_picked brg_pruned_pick(const brg_pruned *p, double u);
/* Occupied cells of a picked branch, those of registers included when asked for. */
int brg_pruned_items(const brg_pruned *p, const brg_picked *picked, bool registers, brg_items *out);
uint64_t brg_pruned_bus_bits(const brg_pruned *p, const brg_picked *picked);
uint64_t brg_pruned_address_bits(const brg_pruned *p, const brg_picked *picked);
/* May make every branch explicit, when the query has not brought the story to its end. */
int brg_pruned_fidelity(brg_pruned *p, const brg_input *input, const brg_planes *ideal,
                        double *fidelity);
double brg_pruned_empty_weight(const brg_pruned *p);
double brg_pruned_population(const brg_pruned *p, uint32_t layer);
uint64_t brg_pruned_bytes(const brg_qram *q, uint64_t branches);

#endif
