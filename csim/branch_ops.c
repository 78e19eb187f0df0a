/* SPDX-License-Identifier: Apache-2.0 */
/* The maps that act on the branch state: the operations of a slice and the errors of a cell.
 * Each operation has a loop over path words for branches that stay on their path, and a general
 * sparse form for the others. */
#include <math.h>
#include <string.h>

#include "csim/branch_internal.h"
#include "csim/slice_ops.h"

enum { BLOCK = 1024, FIRED = 0x40 };

/* Registers. */

static void swap_address(brg_branches *b, unsigned qubit) {
    for (unsigned p = 0; p < b->planes; p++) {
        uint32_t *restrict address = b->address[p], *restrict data = b->data[p];
        for (size_t i = 0; i < b->count; i++) {
            const uint32_t t = ((address[i] >> qubit) ^ data[i]) & 1u;
            address[i] ^= t << qubit;
            data[i] ^= t;
        }
    }
}

static void swap_bus(brg_branches *b, unsigned qubit) {
    for (unsigned p = 0; p < b->planes; p++) {
        uint64_t *restrict bus = b->bus[p];
        uint32_t *restrict data = b->data[p];
        for (size_t i = 0; i < b->count; i++) {
            const uint64_t t = ((bus[i] >> qubit) ^ data[i]) & 1u;
            bus[i] ^= t << qubit;
            data[i] ^= (uint32_t)t;
        }
    }
}

/* Sparse form: cell values in `cells`, the cells that may be occupied in `list`. */

static int spread(uint8_t *cells, brg_items *list, uint32_t from, uint32_t to) {
    const uint8_t moved = cells[to];
    if (cells[from] && !moved) {
        const int rc = brg_items_push(list, brg_item_make(to, 0));
        if (rc) return rc;
    }
    if (moved && !cells[from]) {
        const int rc = brg_items_push(list, brg_item_make(from, 0));
        if (rc) return rc;
    }
    cells[to] = cells[from];
    cells[from] = moved;
    return BRG_OK;
}

/* Fires one router once; a mark on its addr cell keeps it from firing again in this slice. */
static int fire(const brg_branches *b, uint8_t *cells, brg_items *list, uint32_t node) {
    uint8_t *addr = &cells[brg_cell_addr(node)];
    if (*addr & FIRED) return BRG_OK;
    const unsigned value = *addr;
    int rc = BRG_OK;
    if (b->planes == 1 || value) {
        const uint32_t side = b->planes == 1 ? value : value - 1u;
        rc = spread(cells, list, brg_cell_data(node), brg_cell_data(2 * node + 1 + side));
    }
    /* On the list, so that the mark is found again; a list may name a cell twice. */
    if (!rc) rc = brg_items_push(list, brg_item_make(brg_cell_addr(node), 0));
    if (!rc) *addr |= FIRED;
    return rc;
}

static int sparse_route(const brg_branches *b, uint8_t *cells, brg_items *list, uint32_t route) {
    const size_t count = list->count;
    int rc = BRG_OK;
    for (size_t i = 0; i < count && !rc; i++) {
        const uint32_t cell = brg_item_cell(list->item[i]);
        if (!(cell & 1u)) continue;
        const uint32_t node = cell >> 1, layer = brg_node_layer(node);
        if (route >> layer & 1u) rc = fire(b, cells, list, node);
        if (!rc && layer > 0 && (route >> (layer - 1) & 1u))
            rc = fire(b, cells, list, (node - 1) / 2);
    }
    for (size_t i = 0; i < list->count; i++) cells[brg_item_cell(list->item[i])] &= (uint8_t)~FIRED;
    return rc;
}

/* three_level Fetch: X on {0, 1} of the data cell where the addressed memory bit is 1. */
static void sparse_fetch(const brg_branches *b, uint8_t *cells, const brg_items *list,
                         const brg_planes *memory, uint32_t bit) {
    for (size_t i = 0; i < list->count; i++) {
        const uint32_t cell = brg_item_cell(list->item[i]), node = cell >> 1;
        if (!(cell & 1u) || brg_node_layer(node) + 1 != b->n) continue;
        const unsigned addr = cells[brg_cell_addr(node)];
        if ((cells[cell] & FIRED) || !addr || !cells[cell]) continue;
        const uint64_t leaf = 2u * (uint64_t)(node + 1u - (1u << (b->n - 1))) + (addr - 1u);
        if (brg_planes_get(memory, bit, leaf)) cells[cell] = (uint8_t)(3u - cells[cell]);
        cells[cell] |= FIRED;
    }
    for (size_t i = 0; i < list->count; i++) cells[brg_item_cell(list->item[i])] &= (uint8_t)~FIRED;
}

/* From branch to sparse form and back. */

/* Branch i over the background items `ground`: values into b->work, cells into b->list. */
static int load_branch(brg_branches *b, size_t i, const brg_items *ground) {
    const uint32_t label = b->label[i];
    int rc = BRG_OK;
    b->list.count = 0;
    for (size_t g = 0; g < ground->count && !rc; g++) {
        const uint32_t cell = brg_item_cell(ground->item[g]), node = cell >> 1;
        if (brg_on_path(b->n, label, node, brg_node_layer(node))) continue;
        rc = brg_items_push(&b->list, brg_item_make(cell, 0));
        if (!rc) b->work[cell] = (uint8_t)brg_item_value(ground->item[g]);
    }
    for (uint32_t d = b->difference[i]; d && !rc; d = b->pool[d].next) {
        const uint32_t cell = brg_item_cell(b->pool[d].item);
        rc = brg_items_push(&b->list, brg_item_make(cell, 0));
        if (!rc) b->work[cell] = (uint8_t)brg_item_value(b->pool[d].item);
    }
    for (unsigned kind = 0; kind < 2; kind++) {
        uint32_t *const *word = kind ? b->data : b->addr;
        const uint32_t zero = word[0][i], one = b->planes == 2 ? word[1][i] : 0;
        for (uint32_t left = zero | one; left && !rc; left &= left - 1) {
            const uint32_t layer = (uint32_t)__builtin_ctz(left);
            const uint32_t cell = 2 * brg_path_node(b->n, label, layer) + kind;
            rc = brg_items_push(&b->list, brg_item_make(cell, 0));
            if (!rc) b->work[cell] = (uint8_t)brg_plane_value(b->planes, zero, one, layer);
        }
    }
    return rc;
}

/* The inverse over the present background; leaves b->work zero. */
static int store_branch(brg_branches *b, size_t i) {
    const uint32_t label = b->label[i];
    int rc = BRG_OK;
    b->off.count = 0;
    for (unsigned p = 0; p < b->planes; p++) b->addr[p][i] = b->data[p][i] = 0;
    for (size_t j = 0; j < b->list.count && !rc; j++) {
        const uint32_t cell = brg_item_cell(b->list.item[j]), node = cell >> 1;
        const unsigned value = b->work[cell];
        if (!value || (value & FIRED)) continue;
        const uint32_t layer = brg_node_layer(node);
        if (brg_on_path(b->n, label, node, layer))
            brg_branches_set_path(b, i, layer, cell & 1u, value);
        else if (b->ground[cell] != value)
            rc = brg_items_push(&b->off, brg_item_make(cell, value));
        b->work[cell] |= FIRED; /* seen */
    }
    for (size_t g = 0; g < b->background.count && !rc; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]), node = cell >> 1;
        if (!b->work[cell] && !brg_on_path(b->n, label, node, brg_node_layer(node)))
            rc = brg_items_push(&b->off, brg_item_make(cell, 0));
    }
    for (size_t j = 0; j < b->list.count; j++) b->work[brg_item_cell(b->list.item[j])] = 0;
    return rc ? rc : brg_branches_set_differences(b, i);
}

/* Takes the background out into b->before; its cells stay in b->ground for evolution. */
static int take_background(brg_branches *b) {
    b->before.count = 0;
    for (size_t g = 0; g < b->background.count; g++) {
        const int rc = brg_items_push(&b->before, b->background.item[g]);
        if (rc) return rc;
    }
    return BRG_OK;
}

/* Makes the list of background items fit b->ground again: the items of the list with their new
 * values, each once, without the root, which lies on every path. */
static void settle_background(brg_branches *b) {
    brg_items *list = &b->background;
    size_t kept = 0;
    for (size_t g = 0; g < list->count; g++) {
        const uint32_t cell = brg_item_cell(list->item[g]);
        const unsigned value = b->ground[cell];
        if (cell < 2) {
            b->ground[cell] = 0;
        } else if (value && !(value & FIRED)) {
            list->item[kept++] = brg_item_make(cell, value);
            b->ground[cell] |= FIRED;
        }
    }
    list->count = kept;
    for (size_t g = 0; g < kept; g++) b->ground[brg_item_cell(list->item[g])] &= (uint8_t)~FIRED;
}

/* Route. */

typedef struct range {
    size_t first, last;
} range;

/* Branches whose path meets a router that moves the background. */
static size_t touched_ranges(const brg_branches *b, uint32_t route, const brg_items *items,
                             range *ranges, size_t limit) {
    size_t count = 0;
    for (size_t g = 0; g < items->count; g++) {
        const uint32_t cell = brg_item_cell(items->item[g]);
        if (!(cell & 1u)) continue;
        const uint32_t node = cell >> 1, layer = brg_node_layer(node);
        uint32_t highest = node;
        if (layer > 0 && (route >> (layer - 1) & 1u))
            highest = (node - 1) / 2;
        else if (!(route >> layer & 1u))
            continue;
        if (count == limit) { /* too many to keep apart: every branch */
            ranges[0] = (range){0, b->count};
            return 1;
        }
        brg_branches_through(b, highest, &ranges[count].first, &ranges[count].last);
        count++;
    }
    return count;
}

/* Moves path data of the branches [first, last) whose routers point along the path; sets slow[i]
 * where that is not the whole story. Returns whether any is set. */
static unsigned route_block_two(brg_branches *b, uint32_t route, size_t first, size_t count,
                                uint8_t *restrict slow) {
    const uint32_t *restrict addr = b->addr[0] + first;
    const uint32_t *restrict turns = b->turns + first;
    const uint32_t *restrict difference = b->difference + first;
    uint32_t *restrict data = b->data[0] + first;
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t astray = addr[i] ^ turns[i];
        const uint32_t bad = (route & astray & data[i]) | difference[i] | slow[i];
        const uint32_t gate = bad ? 0 : route & ~astray;
        const uint32_t t = (data[i] ^ (data[i] >> 1)) & gate;
        data[i] ^= t | (t << 1);
        slow[i] = bad ? 1 : 0;
        any |= bad;
    }
    return any != 0;
}

static unsigned route_block_three(brg_branches *b, uint32_t route, size_t first, size_t count,
                                  uint8_t *restrict slow) {
    const uint32_t *restrict zero = b->addr[0] + first, *restrict one = b->addr[1] + first;
    const uint32_t *restrict turns = b->turns + first;
    const uint32_t *restrict difference = b->difference + first;
    uint32_t *restrict data0 = b->data[0] + first, *restrict data1 = b->data[1] + first;
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t along = (zero[i] & ~turns[i]) | (one[i] & turns[i]);
        const uint32_t astray = (zero[i] & turns[i]) | (one[i] & ~turns[i]);
        const uint32_t bad = (route & astray & (data0[i] | data1[i])) | difference[i] | slow[i];
        const uint32_t gate = bad ? 0 : route & along;
        const uint32_t t0 = (data0[i] ^ (data0[i] >> 1)) & gate;
        const uint32_t t1 = (data1[i] ^ (data1[i] >> 1)) & gate;
        data0[i] ^= t0 | (t0 << 1);
        data1[i] ^= t1 | (t1 << 1);
        slow[i] = bad ? 1 : 0;
        any |= bad;
    }
    return any != 0;
}

static int route_layers(brg_branches *b, uint32_t route) {
    enum { RANGES = 64 };
    range ranges[RANGES];
    size_t range_count = 0;
    int rc = take_background(b);
    if (rc) return rc;
    if (b->before.count) {
        range_count = touched_ranges(b, route, &b->before, ranges, RANGES);
        rc = sparse_route(b, b->ground, &b->background, route);
        settle_background(b);
        if (rc) return rc;
    }
    uint8_t slow[BLOCK];
    for (size_t first = 0; first < b->count; first += BLOCK) {
        const size_t count = b->count - first < BLOCK ? b->count - first : BLOCK;
        memset(slow, 0, count);
        for (size_t r = 0; r < range_count; r++) {
            const size_t low = ranges[r].first > first ? ranges[r].first - first : 0;
            size_t high = ranges[r].last > first ? ranges[r].last - first : 0;
            if (high > count) high = count;
            if (low < high) memset(slow + low, 1, high - low);
        }
        const unsigned any = b->planes == 1 ? route_block_two(b, route, first, count, slow)
                                            : route_block_three(b, route, first, count, slow);
        if (!any) continue;
        for (size_t i = 0; i < count && !rc; i++) {
            if (!slow[i]) continue;
            rc = load_branch(b, first + i, &b->before);
            if (!rc) rc = sparse_route(b, b->work, &b->list, route);
            if (!rc) rc = store_branch(b, first + i);
        }
        if (rc) return rc;
    }
    return BRG_OK;
}

/* Latch. */

static brg_item latch_item(brg_item item, uint32_t latch) {
    const uint32_t cell = brg_item_cell(item);
    const bool swapped = latch >> brg_node_layer(cell >> 1) & 1u;
    return brg_item_make(swapped ? cell ^ 1u : cell, brg_item_value(item));
}

/* A latch swaps the two cells of whole nodes, so path, background and differences each map onto
 * themselves. */
static int latch_layers(brg_branches *b, uint32_t latch) {
    for (unsigned p = 0; p < b->planes; p++) {
        uint32_t *restrict addr = b->addr[p], *restrict data = b->data[p];
        for (size_t i = 0; i < b->count; i++) {
            const uint32_t t = (addr[i] ^ data[i]) & latch;
            addr[i] ^= t;
            data[i] ^= t;
        }
    }
    brg_items *list = &b->background;
    for (size_t g = 0; g < list->count; g++) b->ground[brg_item_cell(list->item[g])] = 0;
    for (size_t g = 0; g < list->count; g++) {
        list->item[g] = latch_item(list->item[g], latch);
        b->ground[brg_item_cell(list->item[g])] = (uint8_t)brg_item_value(list->item[g]);
    }
    for (size_t i = 0; b->differing && i < b->count; i++) {
        if (!b->difference[i]) continue;
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

/* Fetch. */

/* Parity of the leaf phases that branch i picks up off its path (two_level). */
static unsigned off_path_phase(const brg_branches *b, size_t i, const brg_planes *memory,
                               uint32_t bit) {
    const uint32_t first_node = (1u << (b->n - 1)) - 1u;
    unsigned parity = 0;
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]), node = cell >> 1;
        if (!(cell & 1u) || node < first_node) continue;
        if (brg_on_path(b->n, b->label[i], node, b->n - 1)) continue;
        if (!brg_branches_value(b, i, cell)) continue;
        const uint64_t leaf =
            2u * (uint64_t)(node - first_node) + brg_branches_value(b, i, brg_cell_addr(node));
        parity ^= brg_planes_get(memory, bit, leaf);
    }
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
        const uint32_t cell = brg_item_cell(b->pool[d].item), node = cell >> 1;
        if (!(cell & 1u) || node < first_node || !brg_item_value(b->pool[d].item)) continue;
        const uint64_t leaf =
            2u * (uint64_t)(node - first_node) + brg_branches_value(b, i, brg_cell_addr(node));
        parity ^= brg_planes_get(memory, bit, leaf);
    }
    return parity;
}

static void fetch_two(brg_branches *b, const brg_planes *memory, uint32_t bit) {
    const uint32_t last = b->n - 1;
    const bool off = b->background.count || b->differing;
    for (size_t i = 0; i < b->count; i++) {
        unsigned parity = 0;
        if (b->data[0][i] >> last & 1u) {
            const uint32_t leaf = (b->label[i] & ~1u) | (b->addr[0][i] >> last & 1u);
            parity = brg_planes_get(memory, bit, leaf);
        }
        if (off) parity ^= off_path_phase(b, i, memory, bit);
        if (parity) {
            b->re[i] = -b->re[i];
            b->im[i] = -b->im[i];
        }
    }
}

static int fetch_three(brg_branches *b, const brg_planes *memory, uint32_t bit) {
    const uint32_t last = b->n - 1;
    int rc = take_background(b);
    if (rc) return rc;
    if (b->before.count) {
        sparse_fetch(b, b->ground, &b->background, memory, bit);
        settle_background(b);
    }
    for (size_t i = 0; i < b->count; i++) {
        if (b->difference[i]) {
            rc = load_branch(b, i, &b->before);
            if (rc) return rc;
            sparse_fetch(b, b->work, &b->list, memory, bit);
            rc = store_branch(b, i);
            if (rc) return rc;
            continue;
        }
        const uint32_t one = b->addr[1][i] >> last & 1u;
        const uint32_t routed = (b->addr[0][i] >> last & 1u) | one;
        const uint32_t occupied = (b->data[0][i] | b->data[1][i]) >> last & 1u;
        if (!(routed & occupied)) continue;
        const uint32_t leaf = (b->label[i] & ~1u) | one;
        const uint32_t flip = (uint32_t)brg_planes_get(memory, bit, leaf) << last;
        b->data[0][i] ^= flip;
        b->data[1][i] ^= flip;
    }
    return BRG_OK;
}

int brg_branches_apply(brg_branches *b, const brg_slice_ops *ops, const brg_planes *data) {
    int rc = brg_slice_ops_touch(&b->qram, ops, NULL);
    if (rc) return rc;
    if (ops->fetch >= 0 &&
        (!data || data->address_width != b->n || data->word_width != b->qram.word_width))
        return BRG_EINVAL;

    /* The bus bit that leaves merges its branches before the one that enters doubles them. */
    if (ops->d_out >= 0) swap_bus(b, (unsigned)ops->d_out);
    if (ops->basis_out) rc = brg_branches_hadamard(b, (unsigned)ops->d_out);
    if (!rc && ops->basis_in) rc = brg_branches_hadamard(b, (unsigned)ops->d_in);
    if (rc) return rc;
    if (ops->d_in >= 0) swap_bus(b, (unsigned)ops->d_in);
    if (ops->a_in >= 0) swap_address(b, (unsigned)ops->a_in);
    if (ops->a_out >= 0) swap_address(b, (unsigned)ops->a_out);
    if (ops->route) rc = route_layers(b, ops->route);
    if (!rc && ops->latch) rc = latch_layers(b, ops->latch);
    if (!rc && ops->fetch >= 0) {
        if (b->planes == 1)
            fetch_two(b, data, (uint32_t)ops->fetch);
        else
            rc = fetch_three(b, data, (uint32_t)ops->fetch);
    }
    return rc;
}

/* Errors of a cell. */

typedef struct cell_map {
    unsigned to[3];      /* new value */
    double re[3], im[3]; /* phase, by the old value */
    bool moves, turns;   /* is any value changed, is any phase not 1 */
} cell_map;

static void turn(brg_branches *b, size_t i, const cell_map *m, unsigned value) {
    const double re = b->re[i], im = b->im[i];
    b->re[i] = re * m->re[value] - im * m->im[value];
    b->im[i] = re * m->im[value] + im * m->re[value];
}

/* The map on branches [first, last), for which the cell is a register or on the path. */
static void map_plain(brg_branches *b, uint32_t cell, const cell_map *m, size_t first,
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

static int map_cell(brg_branches *b, uint32_t cell, const cell_map *m) {
    if (cell >= brg_all_cells(&b->qram)) return BRG_EINVAL;
    if (cell >= b->tree_cells) {
        map_plain(b, cell, m, 0, b->count);
        return BRG_OK;
    }
    size_t first, last;
    brg_branches_through(b, cell >> 1, &first, &last);
    map_plain(b, cell, m, first, last);
    if (cell < 2) return BRG_OK;

    /* Off the path. A difference stays one, because the map is a bijection. */
    const unsigned ground = b->ground[cell];
    const bool ground_turns = m->re[ground] != 1 || m->im[ground] != 0;
    if (ground_turns || b->differing) {
        for (size_t i = 0; i < b->count; i++) {
            if (i == first) i = last;
            if (i >= b->count) break;
            uint32_t d = b->difference[i];
            while (d && brg_item_cell(b->pool[d].item) != cell) d = b->pool[d].next;
            const unsigned value = d ? brg_item_value(b->pool[d].item) : ground;
            if (m->turns) turn(b, i, m, value);
            if (d) b->pool[d].item = brg_item_make(cell, m->to[value]);
        }
    }
    return brg_branches_set_ground(b, cell, m->to[ground]);
}

int brg_branches_pauli(brg_branches *b, uint32_t cell, unsigned x, unsigned z) {
    static const double third_re[3] = {1, -0.5, -0.5};
    static const double third_im[3] = {0, 0.86602540378443864676, -0.86602540378443864676};
    const unsigned levels = b->planes + 1;
    if (x >= levels || z >= levels) return BRG_EINVAL;
    cell_map m = {.moves = x != 0, .turns = z != 0};
    for (unsigned value = 0; value < levels; value++) {
        const unsigned power = z * value % levels;
        m.to[value] = (value + x) % levels;
        m.re[value] = levels == 2 ? 1 - 2.0 * power : third_re[power];
        m.im[value] = levels == 2 ? 0 : third_im[power];
    }
    return map_cell(b, cell, &m);
}

int brg_branches_flip(brg_branches *b, uint32_t cell) {
    cell_map m = {.to = {0, 1, 2}, .re = {1, 1, 1}, .turns = true};
    m.re[b->planes] = -1; /* two_level |1>, three_level |1> */
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
        else if (brg_on_path(b->n, b->label[kept], node, layer))
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
