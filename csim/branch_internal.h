/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: how the branch state is stored (docs/engines.md), and what the trajectory needs of it
 * beyond csim/branch.h. */
#ifndef BRG_CSIM_BRANCH_INTERNAL_H
#define BRG_CSIM_BRANCH_INTERNAL_H

#include "csim/branch.h"

struct brg_register_entry;

/* A sum that keeps what rounding would lose (Kahan): an error that does not grow with its length.
 */
typedef struct brg_sum {
    double value, lost;
} brg_sum;

static inline void brg_sum_add(brg_sum *s, double x) {
    const double y = x - s->lost, t = s->value + y;
    s->lost = (t - s->value) - y;
    s->value = t;
}

/* A cell with its value: cell << 2 | value. */
typedef uint32_t brg_item;

static inline brg_item brg_item_make(uint32_t cell, unsigned value) {
    return cell << 2 | value;
}
static inline uint32_t brg_item_cell(brg_item item) {
    return item >> 2;
}
static inline unsigned brg_item_value(brg_item item) {
    return item & 3u;
}

typedef struct brg_items {
    size_t count, capacity;
    brg_item *item;
} brg_items;

/* Element of a singly linked list in a pool; index 0 is the end of every list. */
typedef struct brg_link {
    brg_item item;
    uint32_t next;
} brg_link;

/* Branches [first, last). */
typedef struct brg_range {
    size_t first, last;
} brg_range;

typedef struct brg_ranges {
    size_t count, capacity;
    brg_range *range;
} brg_ranges;

/* What an error does to one cell. */
typedef struct brg_cell_map {
    unsigned to[3];      /* new value */
    double re[3], im[3]; /* phase, by the old value */
    bool moves, turns;   /* is any value changed, is any phase not 1 */
} brg_cell_map;

/* An error that the lists of differences have not taken yet, and what the background held. */
typedef struct brg_late_error {
    uint32_t cell, order;
    unsigned ground;
    brg_cell_map map;
} brg_late_error;

/* One branch is a basis string. Its tree is stored in three parts:
 *   path words   the cells on the path to the leaf `label`: bit l of addr[p][i] and data[p][i] is
 *                bit plane p of the path's cell in layer l. two_level has plane 0 (the value);
 *                three_level has plane 0 for |0>, plane 1 for |1>, neither for W.
 *   background   one sparse set of (cell, value) shared by all branches: what a cell off the path
 *                holds unless the branch says otherwise. It is empty until an error creates an
 *                excitation off somebody's path. It never holds a cell of the root.
 *   differences  a list per branch, sorted by cell, of off-path cells that hold something else
 *                than the background (value 0 included).
 * The three parts determine the string and, for a given background and label, are determined by
 * it. Branches are sorted by label: the routed address bits on top, which are the path to a leaf,
 * the page below them, so that the branches through a node stand together. Registers are planes
 * like the path words: bit i of address[p][b] is qubit i of the address register. */
struct brg_branches {
    brg_qram qram;
    uint32_t n;      /* routed address bits */
    uint32_t h, m;   /* address bits of the page; of the table, n + h */
    unsigned planes; /* 1 two_level, 2 three_level */
    uint32_t tree_cells;
    size_t count, capacity;
    size_t most; /* branches that may be; 0: as many as memory holds */
    uint32_t *label;
    uint32_t *turns; /* bit l < n: the side on which the path leaves layer l */
    double *re, *im;
    double least_norm; /* norm of the whole state if these are a part of it; 0: they are all */
    uint32_t *addr[2], *data[2], *address[2];
    uint64_t *bus[2];
    uint32_t *difference; /* head of the list, 0 = empty */
    size_t differing;     /* branches with a list */

    brg_link *pool;
    uint32_t pool_used, pool_capacity, pool_free;

    brg_items background;
    uint8_t *ground; /* [tree_cells] the background by cell */
    /* Scratch of one operation. */
    uint8_t *was; /* [tree_cells] the background before the operation, equal to it between them */
    uint8_t *marked; /* [tree_cells] has a list of differences ever named the cell? */
    brg_items before, list, off;
    brg_ranges ranges;
    /* Errors since brg_branches_begin_errors. */
    bool gathers;
    size_t late_count, late_capacity;
    brg_late_error *late;
};

static inline uint32_t brg_node_layer(uint32_t node) {
    return 31u - (uint32_t)__builtin_clz(node + 1u);
}
/* Is the node, in the given layer, on the path to the leaf? */
static inline bool brg_on_path(uint32_t n, uint32_t label, uint32_t node, uint32_t layer) {
    return node + 1u == ((1u << n) | label) >> (n - layer);
}
/* Leaf that the path of branch i leads to. */
static inline uint32_t brg_branches_leaf(const brg_branches *b, size_t i) {
    return b->label[i] >> b->h;
}
static inline uint32_t brg_label_of_address(const brg_branches *b, uint64_t address) {
    const uint64_t leaf = address & (((uint64_t)1 << b->n) - 1);
    return (uint32_t)(leaf << b->h | address >> b->n);
}
static inline uint64_t brg_address_of_label(const brg_branches *b, uint32_t label) {
    return (uint64_t)(label & ((1u << b->h) - 1u)) << b->n | label >> b->h;
}
static inline uint32_t brg_path_node(uint32_t n, uint32_t label, uint32_t layer) {
    return (((1u << n) | label) >> (n - layer)) - 1u;
}
/* Value of bit position `bit` of two planes, as csim/branch.h numbers it. */
static inline unsigned brg_plane_value(unsigned planes, uint64_t zero, uint64_t one, unsigned bit) {
    const unsigned low = (unsigned)(zero >> bit) & 1u;
    return planes == 1 ? low : low | ((unsigned)(one >> bit) & 1u) << 1;
}

int brg_items_grow(brg_items *list);
static inline int brg_items_push(brg_items *list, brg_item item) {
    if (list->count == list->capacity) {
        const int rc = brg_items_grow(list);
        if (rc) return rc;
    }
    list->item[list->count++] = item;
    return BRG_OK;
}
int brg_ranges_push(brg_ranges *list, size_t first, size_t last);
/* Sorts and joins them, so that they are disjoint. */
void brg_ranges_join(brg_ranges *list);
void brg_items_sort(brg_items *list);

/* Room for `count` branches. */
int brg_branches_reserve(brg_branches *b, size_t count);
/* Copies every field of a branch but its amplitude and its list of differences. */
void brg_branches_move(brg_branches *b, size_t to, size_t from);
/* Fills label, turns and address register of branch i. */
void brg_branches_set_address(brg_branches *b, size_t i, uint32_t label);
/* First branch whose label is not below `label`. */
size_t brg_branches_find(const brg_branches *b, uint64_t label);
/* Branches whose path passes through the node: [*first, *last). */
void brg_branches_through(const brg_branches *b, uint32_t node, size_t *first, size_t *last);
void brg_branches_set_path(brg_branches *b, size_t i, uint32_t layer, bool data, unsigned value);
void brg_branches_set_register(brg_branches *b, size_t i, uint32_t cell, unsigned value);
/* Replaces the branch's list of differences by b->off, which is sorted here. */
int brg_branches_set_differences(brg_branches *b, size_t i);
void brg_branches_drop_differences(brg_branches *b, size_t i);
/* Gives back a list that is no longer in b->difference; 0 is allowed. */
void brg_branches_free_list(brg_branches *b, uint32_t head);
/* A copy of branch i's list for branch `to`, whose field is overwritten. */
int brg_branches_clone_differences(brg_branches *b, size_t to, size_t from);
/* Sets one cell of the background, list and array. */
int brg_branches_set_ground(brg_branches *b, uint32_t cell, unsigned value);

/* Occupied tree cells of branch i into *out (cleared first), in no particular order. */
int brg_branches_tree_items(const brg_branches *b, size_t i, brg_items *out);
/* Number of occupied cells of branch i: two_level 1, three_level not W. */
unsigned brg_branches_occupied(const brg_branches *b, size_t i, bool registers);
uint64_t brg_mix(uint64_t x);

/* The first branch of [i, last) that has a list of differences; last if there is none. */
size_t brg_branches_next_differing(const brg_branches *b, size_t i, size_t last);

/* Value before the operation of an off-path cell of branch i. */
static inline unsigned brg_branches_old_value(const brg_branches *b, size_t i, uint32_t cell) {
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next)
        if (brg_item_cell(b->pool[d].item) == cell) return brg_item_value(b->pool[d].item);
    return b->was[cell];
}
/* Notes in b->off that the off-path cell now holds the value, unless the background does too. */
static inline int brg_branches_put(brg_branches *b, uint32_t cell, unsigned value) {
    return value == b->ground[cell] ? BRG_OK : brg_items_push(&b->off, brg_item_make(cell, value));
}

/* The parts of an operation that act on the shared background (branch_route.c). take: notes the
 * present items in b->before. settle: after b->ground was changed at cells of b->background's
 * items, makes the list fit again, without the root, which lies on every path. sync: the operation
 * is over. */
int brg_branches_take_background(brg_branches *b);
void brg_branches_settle_background(brg_branches *b);
void brg_branches_sync_background(brg_branches *b);

int brg_branches_route(brg_branches *b, uint32_t route);
/* Adds to *out, as ranges of labels, the branches that a route would send off the common story
 * although nothing has happened on their own path: those whose routers part from the background's
 * because an item of the background climbs into their path. */
int brg_branches_disturbed(const brg_branches *b, uint32_t route, brg_ranges *out);
/* The parts of a latch and of a Fetch that concern differences of the branches [first, last); in a
 * three_level Fetch the background has been evolved and b->was is what it held before. */
int brg_branches_latch_differences(brg_branches *b, uint32_t latch, size_t first, size_t last);
int brg_branches_fetch_differences(brg_branches *b, const brg_planes *memory, uint32_t bit,
                                   size_t first, size_t last);
/* Parity of the phases that the background picks up in a two_level Fetch. */
unsigned brg_branches_ground_phase(const brg_branches *b, const brg_planes *memory, uint32_t bit);

/* Loops over path words of the branches [first, first + count) (branch_block.c). route: moves data
 * of branches whose routers point along the path and sets slow[i] for those with differences, or
 * with a router that points off the path while there is something to swap: data, or, in the layers
 * `beside`, perhaps something next to the path. True if any. */
enum { BRG_BLOCK = 1024 };
bool brg_block_route(brg_branches *b, uint32_t route, uint32_t beside, size_t first, size_t count,
                     uint8_t *slow);
void brg_block_latch(brg_branches *b, uint32_t latch, size_t first, size_t count);
void brg_block_swap_address(brg_branches *b, unsigned qubit, size_t first, size_t count);
/* page -1: all branches; else those whose page qubits hold it (and, three_level, are all there). */
void brg_block_swap_bus(brg_branches *b, unsigned qubit, int page, size_t first, size_t count);
void brg_block_fetch(brg_branches *b, const brg_planes *memory, uint32_t bit, size_t first,
                     size_t count);
void brg_block_negate(brg_branches *b, size_t first, size_t count);

/* Errors of cells between these two walk through the lists of differences once, at the end, instead
 * of once for each error; until then only other errors may act on the branches. Same result. */
void brg_branches_begin_errors(brg_branches *b);
void brg_branches_end_errors(brg_branches *b);

/* BRG_EINVAL when the operations do not go together or lack their data. */
int brg_branches_check(const brg_branches *b, const brg_slice_ops *ops, const brg_planes *data);
/* Several slices in a row, none with a basis change, while the background is empty and no branch
 * has differences: block by block, so that a block stays in the cache. data[s] as in apply; all
 * have passed brg_branches_check. */
int brg_branches_run(brg_branches *b, const brg_slice_ops *const *ops,
                     const brg_planes *const *data, size_t slices);
bool brg_branches_can_run(const brg_branches *b);

/* H on bus qubit j (two_level). */
int brg_branches_hadamard(brg_branches *b, unsigned j);

/* Sum over trees of |summed amplitude of the branches that agree with the ideal answer|^2, extra
 * (re, im) being added to those whose tree is the background. */
int brg_branches_overlap(const brg_branches *b, const brg_input *input, const brg_planes *ideal,
                         const double extra[2], double *sum);

/* Used by trajectory.c. */

bool brg_branches_same_tree(const brg_branches *b, size_t i, size_t j);
/* Register states in and out (csim/registers.h): entries differ and may come in any order; the
 * group of equal trees that u in [0, 1) picks goes out, with its weight as the norm. */
int brg_branches_begin_registers(brg_branches *b, const struct brg_register_entry *entries,
                                 size_t count);
int brg_branches_take_registers(const brg_branches *b, double u,
                                struct brg_register_entry **entries, size_t *count);
/* The branch that the uniform number u in [0, 1) picks, by weight in address order. */
size_t brg_branches_pick(const brg_branches *b, double u);
/* Multiplies every amplitude by sqrt(1 - gamma)^(number of its occupied cells). */
void brg_branches_no_jump(brg_branches *b, double gamma, bool registers);
/* The bits of a branch's registers; W reads 0. address: address bit 0 is the MSB. */
uint64_t brg_branches_bus_bits(const brg_branches *b, size_t i);
uint64_t brg_branches_address_bits(const brg_branches *b, size_t i);
/* Bytes per branch and fixed bytes, for estimates. */
uint64_t brg_branches_bytes(const brg_qram *q, uint64_t branches);

#endif
