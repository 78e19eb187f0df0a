/* SPDX-License-Identifier: Apache-2.0 */
/* The maps that act on the branch state: the operations of a slice and the errors of a cell.
 * Each operation has a loop over path words for branches that stay on their path, and a general
 * sparse form for the others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/branch_internal.h"
#include "csim/slice_ops.h"

/* Latch. */

static brg_item latch_item(brg_item item, uint32_t latch) {
    const uint32_t cell = brg_item_cell(item);
    const bool swapped = latch >> brg_node_layer(cell >> 1) & 1u;
    return brg_item_make(swapped ? cell ^ 1u : cell, brg_item_value(item));
}

int brg_branches_latch_differences(brg_branches *b, uint32_t latch, size_t first, size_t last) {
    for (size_t i = brg_branches_next_differing(b, first, last); i < last;
         i = brg_branches_next_differing(b, i + 1, last)) {
        b->off.count = 0;
        for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
            const int rc = brg_items_push(&b->off, latch_item(b->pool[d].item, latch));
            if (rc) return rc;
        }
        const int rc = brg_branches_set_differences(b, i);
        if (rc) return rc;
    }
    return BRG_OK;
}

/* A latch swaps the two cells of whole nodes, so path, background and differences each map onto
 * themselves. */
static int latch_layers(brg_branches *b, uint32_t latch) {
    brg_block_latch(b, latch, 0, b->count);
    const int rc = brg_branches_take_background(b);
    if (rc) return rc;
    brg_items *list = &b->background;
    for (size_t g = 0; g < list->count; g++) b->ground[brg_item_cell(list->item[g])] = 0;
    for (size_t g = 0; g < list->count; g++) {
        list->item[g] = latch_item(list->item[g], latch);
        b->ground[brg_item_cell(list->item[g])] = (uint8_t)brg_item_value(list->item[g]);
    }
    brg_branches_sync_background(b);
    return brg_branches_latch_differences(b, latch, 0, b->count);
}

/* Fetch. */

static uint64_t leaf_of(const brg_branches *b, uint32_t node, unsigned side) {
    return 2u * (uint64_t)(node + 1u - (1u << (b->n - 1))) + side;
}

/* two_level: phase that the background picks up at a node of the last layer. */
static unsigned ground_leaf_phase(const brg_branches *b, uint32_t node, const brg_planes *memory,
                                  uint32_t bit) {
    if (!b->ground[brg_cell_data(node)]) return 0;
    return brg_planes_get(memory, bit, leaf_of(b, node, b->ground[brg_cell_addr(node)]));
}

static bool is_last_data(const brg_branches *b, uint32_t cell) {
    return (cell & 1u) && (cell >> 1) + 1u >= 1u << (b->n - 1);
}

unsigned brg_branches_ground_phase(const brg_branches *b, const brg_planes *memory, uint32_t bit) {
    unsigned parity = 0;
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]);
        if (is_last_data(b, cell)) parity ^= ground_leaf_phase(b, cell >> 1, memory, bit);
    }
    return parity;
}

/* two_level: phase of branch i at a node off its path, apart from the background's. */
static unsigned difference_phase(const brg_branches *b, size_t i, uint32_t node,
                                 const brg_planes *memory, uint32_t bit) {
    unsigned parity = ground_leaf_phase(b, node, memory, bit);
    if (brg_branches_old_value(b, i, brg_cell_data(node)))
        parity ^= brg_planes_get(
            memory, bit, leaf_of(b, node, brg_branches_old_value(b, i, brg_cell_addr(node))));
    return parity;
}

/* three_level: X on {0, 1} of the data cell where the addressed memory bit is 1. */
static unsigned fetched(const brg_branches *b, uint32_t node, unsigned addr, unsigned data,
                        const brg_planes *memory, uint32_t bit) {
    const bool acts = addr && data && brg_planes_get(memory, bit, leaf_of(b, node, addr - 1u));
    return acts ? 3u - data : data;
}

int brg_branches_fetch_differences(brg_branches *b, const brg_planes *memory, uint32_t bit,
                                   size_t first, size_t last) {
    const uint32_t first_node = (1u << (b->n - 1)) - 1u;
    for (size_t i = brg_branches_next_differing(b, first, last); i < last;
         i = brg_branches_next_differing(b, i + 1, last)) {
        unsigned parity = 0;
        uint32_t done = UINT32_MAX; /* the list is sorted, so a node's cells stand together */
        int rc = BRG_OK;
        b->off.count = 0;
        for (uint32_t d = b->difference[i]; d && !rc; d = b->pool[d].next) {
            const brg_item item = b->pool[d].item;
            const uint32_t node = brg_item_cell(item) >> 1;
            if (node < first_node) {
                rc = brg_branches_put(b, brg_item_cell(item), brg_item_value(item));
                continue;
            }
            if (node == done) continue;
            done = node;
            if (b->planes == 1) {
                parity ^= difference_phase(b, i, node, memory, bit);
                continue;
            }
            const unsigned addr = brg_branches_old_value(b, i, brg_cell_addr(node));
            const unsigned data = brg_branches_old_value(b, i, brg_cell_data(node));
            rc = brg_branches_put(b, brg_cell_addr(node), addr);
            if (!rc)
                rc = brg_branches_put(b, brg_cell_data(node),
                                      fetched(b, node, addr, data, memory, bit));
        }
        if (parity) brg_block_negate(b, i, 1);
        if (!rc && b->planes == 2) rc = brg_branches_set_differences(b, i);
        if (rc) return rc;
    }
    return BRG_OK;
}

static void fetch_ground_two(brg_branches *b, const brg_planes *memory, uint32_t bit) {
    if (!b->background.count) return;
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]);
        if (!is_last_data(b, cell) || !ground_leaf_phase(b, cell >> 1, memory, bit)) continue;
        size_t first, last;
        brg_branches_through(b, cell >> 1, &first, &last);
        brg_block_negate(b, first, last - first); /* undoes what follows */
    }
    if (brg_branches_ground_phase(b, memory, bit)) brg_block_negate(b, 0, b->count);
}

static void fetch_ground_three(brg_branches *b, const brg_planes *memory, uint32_t bit) {
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]), node = cell >> 1;
        if (!is_last_data(b, cell)) continue;
        const unsigned data =
            fetched(b, node, b->ground[brg_cell_addr(node)], b->ground[cell], memory, bit);
        b->ground[cell] = (uint8_t)data;
        b->background.item[g] = brg_item_make(cell, data);
    }
}

static int fetch(brg_branches *b, const brg_planes *memory, uint32_t bit) {
    int rc = brg_branches_take_background(b);
    if (rc) return rc;
    if (b->planes == 1)
        fetch_ground_two(b, memory, bit);
    else
        fetch_ground_three(b, memory, bit);
    brg_block_fetch(b, memory, bit, 0, b->count);
    rc = brg_branches_fetch_differences(b, memory, bit, 0, b->count);
    brg_branches_sync_background(b);
    return rc;
}

int brg_branches_check(const brg_branches *b, const brg_slice_ops *ops, const brg_planes *data) {
    if (ops->fetch >= 0 &&
        (!data || data->address_width != b->n || data->word_width != b->qram.word_width))
        return BRG_EINVAL;
    return brg_slice_ops_touch(&b->qram, ops, NULL);
}

int brg_branches_apply(brg_branches *b, const brg_slice_ops *ops, const brg_planes *data) {
    int rc = brg_branches_check(b, ops, data);
    if (rc) return rc;

    /* The bus bit that leaves merges its branches before the one that enters doubles them. */
    if (ops->d_out >= 0) brg_block_swap_bus(b, (unsigned)ops->d_out, ops->d_out_page, 0, b->count);
    if (ops->basis_out) rc = brg_branches_hadamard(b, (unsigned)ops->d_out);
    if (!rc && ops->basis_in) rc = brg_branches_hadamard(b, (unsigned)ops->d_in);
    if (rc) return rc;
    if (ops->d_in >= 0) brg_block_swap_bus(b, (unsigned)ops->d_in, ops->d_in_page, 0, b->count);
    if (ops->a_in >= 0)
        brg_block_swap_address(b, brg_routed_qubit(&b->qram, ops->a_in), 0, b->count);
    if (ops->a_out >= 0)
        brg_block_swap_address(b, brg_routed_qubit(&b->qram, ops->a_out), 0, b->count);
    if (ops->route) rc = brg_branches_route(b, ops->route);
    if (!rc && ops->latch) rc = latch_layers(b, ops->latch);
    if (!rc && ops->fetch >= 0) rc = fetch(b, data, (uint32_t)ops->fetch);
    return rc;
}

/* Errors of a cell. */

static void turn(brg_branches *b, size_t i, const brg_cell_map *m, unsigned value) {
    const double re = b->re[i], im = b->im[i];
    b->re[i] = re * m->re[value] - im * m->im[value];
    b->im[i] = re * m->im[value] + im * m->re[value];
}

/* Undoes turn: the phases have modulus 1. */
static void turn_back(brg_branches *b, size_t i, const brg_cell_map *m, unsigned value) {
    const double re = b->re[i], im = b->im[i];
    b->re[i] = re * m->re[value] + im * m->im[value];
    b->im[i] = im * m->re[value] - re * m->im[value];
}

/* The map on branches [first, last), for which the cell is a register or on the path. */
static void map_plain(brg_branches *b, uint32_t cell, const brg_cell_map *m, size_t first,
                      size_t last) {
    const bool in_tree = cell < b->tree_cells;
    const uint32_t layer = in_tree ? brg_node_layer(cell >> 1) : 0;
    for (size_t i = first; i < last; i++) {
        const unsigned value = brg_branches_value(b, i, cell);
        if (m->turns) turn(b, i, m, value);
        if (!m->moves) continue;
        if (in_tree)
            brg_branches_set_path(b, i, layer, cell & 1u, m->to[value]);
        else
            brg_branches_set_register(b, i, cell, m->to[value]);
    }
}

static bool turns_ground(const brg_cell_map *m, unsigned ground) {
    return m->re[ground] != 1 || m->im[ground] != 0;
}

/* By cell, and for one cell in the order of time. */
static int compare_late(const void *x, const void *y) {
    const brg_late_error *a = x, *b = y;
    if (a->cell != b->cell) return a->cell > b->cell ? 1 : -1;
    return a->order > b->order ? 1 : -1;
}

static size_t find_late(const brg_branches *b, uint32_t cell) {
    size_t low = 0, high = b->late_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->late[middle].cell < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A difference stays one, because every map is a bijection. */
static void map_difference(brg_branches *b, size_t i, brg_link *link) {
    const uint32_t cell = brg_item_cell(link->item);
    unsigned value = brg_item_value(link->item);
    for (size_t e = find_late(b, cell); e < b->late_count && b->late[e].cell == cell; e++) {
        const brg_late_error *late = &b->late[e];
        if (turns_ground(&late->map, late->ground)) turn_back(b, i, &late->map, late->ground);
        if (late->map.turns) turn(b, i, &late->map, value);
        value = late->map.to[value];
    }
    link->item = brg_item_make(cell, value);
}

/* The errors of b->late on the branches whose lists of differences name their cells. */
static void map_differences(brg_branches *b) {
    enum { LATE = 2 };
    uint64_t filter = 0; /* most cells have no error: bit cell % 64 of those that have */
    if (!b->late_count) return;
    if (b->late_count > 1) qsort(b->late, b->late_count, sizeof *b->late, compare_late);
    for (size_t e = 0; e < b->late_count; e++) {
        b->marked[b->late[e].cell] |= LATE;
        filter |= (uint64_t)1 << (b->late[e].cell & 63u);
    }
    for (size_t i = brg_branches_next_differing(b, 0, b->count); i < b->count;
         i = brg_branches_next_differing(b, i + 1, b->count)) {
        for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
            const uint32_t cell = brg_item_cell(b->pool[d].item);
            if (filter >> (cell & 63u) & 1u && b->marked[cell] & LATE)
                map_difference(b, i, &b->pool[d]);
        }
    }
    for (size_t e = 0; e < b->late_count; e++) b->marked[b->late[e].cell] &= (uint8_t)~LATE;
    b->late_count = 0;
}

void brg_branches_begin_errors(brg_branches *b) {
    b->gathers = true;
}

void brg_branches_end_errors(brg_branches *b) {
    b->gathers = false;
    map_differences(b);
}

static int push_late(brg_branches *b, uint32_t cell, unsigned ground, const brg_cell_map *m) {
    if (b->late_count == b->late_capacity) {
        const size_t capacity = b->late_capacity ? 2 * b->late_capacity : 16;
        brg_late_error *grown = realloc(b->late, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        b->late = grown;
        b->late_capacity = capacity;
    }
    b->late[b->late_count] = (brg_late_error){
        .cell = cell, .order = (uint32_t)b->late_count, .ground = ground, .map = *m};
    b->late_count++;
    return BRG_OK;
}

static int map_cell(brg_branches *b, uint32_t cell, const brg_cell_map *m) {
    if (cell >= brg_all_cells(&b->qram)) return BRG_EINVAL;
    if (cell >= b->tree_cells) {
        map_plain(b, cell, m, 0, b->count);
        return BRG_OK;
    }
    size_t first, last;
    brg_branches_through(b, cell >> 1, &first, &last);
    map_plain(b, cell, m, first, last);
    if (cell < 2) return BRG_OK;

    /* Off the path: as in the background, then those that differ from it. */
    const unsigned ground = b->ground[cell];
    if (turns_ground(m, ground)) {
        for (size_t i = 0; i < first; i++) turn(b, i, m, ground);
        for (size_t i = last; i < b->count; i++) turn(b, i, m, ground);
    }
    if (b->marked[cell]) {
        const int rc = push_late(b, cell, ground, m);
        if (rc) return rc;
        if (!b->gathers) map_differences(b);
    }
    return brg_branches_set_ground(b, cell, m->to[ground]);
}

int brg_branches_pauli(brg_branches *b, uint32_t cell, unsigned x, unsigned z) {
    static const double third_re[3] = {1, -0.5, -0.5};
    static const double third_im[3] = {0, 0.86602540378443864676, -0.86602540378443864676};
    const unsigned levels = b->planes + 1;
    if (x >= levels || z >= levels) return BRG_EINVAL;
    brg_cell_map m = {.moves = x != 0, .turns = z != 0};
    for (unsigned value = 0; value < levels; value++) {
        const unsigned power = z * value % levels;
        m.to[value] = (value + x) % levels;
        m.re[value] = levels == 2 ? 1 - 2.0 * power : third_re[power];
        m.im[value] = levels == 2 ? 0 : third_im[power];
    }
    return map_cell(b, cell, &m);
}

int brg_branches_flip(brg_branches *b, uint32_t cell) {
    brg_cell_map m = {.to = {0, 1, 2}, .re = {1, 1, 1}, .turns = true};
    m.re[b->planes] = -1; /* two_level |1>, three_level |1> */
    return map_cell(b, cell, &m);
}

int brg_branches_exchange(brg_branches *b, uint32_t cell) {
    const unsigned low = b->planes - 1, high = b->planes;
    brg_cell_map m = {.to = {0, 1, 2}, .re = {1, 1, 1}, .moves = true};
    m.to[low] = high;
    m.to[high] = low;
    return map_cell(b, cell, &m);
}

/* Takes cell `cell` of an off-path branch from `value` to empty, the background being what it
 * will be. */
static int empty_off_path(brg_branches *b, size_t i, uint32_t cell) {
    b->off.count = 0;
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
        if (brg_item_cell(b->pool[d].item) == cell) continue;
        const int rc = brg_items_push(&b->off, b->pool[d].item);
        if (rc) return rc;
    }
    if (b->ground[cell]) {
        const int rc = brg_items_push(&b->off, brg_item_make(cell, 0));
        if (rc) return rc;
    }
    return brg_branches_set_differences(b, i);
}

int brg_branches_jump(brg_branches *b, uint32_t cell, unsigned value) {
    if (cell >= brg_all_cells(&b->qram) || value < 1 || value > b->planes) return BRG_EINVAL;
    const bool in_tree = cell < b->tree_cells;
    const uint32_t node = cell >> 1, layer = in_tree ? brg_node_layer(node) : 0;
    const bool ground_jumps = in_tree && b->ground[cell] == value;
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (brg_branches_value(b, i, cell) != value) {
            brg_branches_drop_differences(b, i);
            continue;
        }
        if (kept != i) {
            brg_branches_move(b, kept, i);
            b->re[kept] = b->re[i];
            b->im[kept] = b->im[i];
            b->difference[kept] = b->difference[i];
            b->difference[i] = 0;
        }
        if (!in_tree)
            brg_branches_set_register(b, kept, cell, 0);
        else if (brg_on_path(b->n, brg_branches_leaf(b, kept), node, layer))
            brg_branches_set_path(b, kept, layer, cell & 1u, 0);
        else if (!ground_jumps) {
            const int rc = empty_off_path(b, kept, cell);
            if (rc) return rc;
        }
        kept++;
    }
    b->count = kept;
    return ground_jumps ? brg_branches_set_ground(b, cell, 0) : BRG_OK;
}
