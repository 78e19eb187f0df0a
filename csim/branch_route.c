/* SPDX-License-Identifier: Apache-2.0 */
/* Route: the shared background, the branches that stay on their path, and those that do not.
 *
 * A branch that is off the common story is evolved by its differences alone. A router whose four
 * cells are off the path and as in the background does in this branch what it does in the
 * background, so only routers on the path and next to a difference are looked at, whatever the
 * background holds elsewhere. */
#include <string.h>

#include "csim/branch_internal.h"

enum { FIRED = 0x40 };

/* The background. */

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
static int fire(brg_branches *b, uint32_t node) {
    uint8_t *addr = &b->ground[brg_cell_addr(node)];
    brg_items *list = &b->background;
    if (*addr & FIRED) return BRG_OK;
    const unsigned value = *addr;
    int rc = BRG_OK;
    if (b->planes == 1 || value) {
        const uint32_t side = b->planes == 1 ? value : value - 1u;
        rc = spread(b->ground, list, brg_cell_data(node), brg_cell_data(2 * node + 1 + side));
    }
    /* On the list, so that the mark is found again; a list may name a cell twice. */
    if (!rc) rc = brg_items_push(list, brg_item_make(brg_cell_addr(node), 0));
    if (!rc) *addr |= FIRED;
    return rc;
}

static int route_background(brg_branches *b, uint32_t route) {
    brg_items *list = &b->background;
    const size_t count = list->count;
    int rc = BRG_OK;
    for (size_t i = 0; i < count && !rc; i++) {
        const uint32_t cell = brg_item_cell(list->item[i]);
        if (!(cell & 1u)) continue;
        const uint32_t node = cell >> 1, layer = brg_node_layer(node);
        if (route >> layer & 1u) rc = fire(b, node);
        if (!rc && layer > 0 && (route >> (layer - 1) & 1u)) rc = fire(b, (node - 1) / 2);
    }
    for (size_t i = 0; i < list->count; i++)
        b->ground[brg_item_cell(list->item[i])] &= (uint8_t)~FIRED;
    return rc;
}

int brg_branches_take_background(brg_branches *b) {
    b->before.count = 0;
    for (size_t g = 0; g < b->background.count; g++) {
        const int rc = brg_items_push(&b->before, b->background.item[g]);
        if (rc) return rc;
    }
    return BRG_OK;
}

void brg_branches_settle_background(brg_branches *b) {
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

void brg_branches_sync_background(brg_branches *b) {
    for (size_t g = 0; g < b->before.count; g++) {
        const uint32_t cell = brg_item_cell(b->before.item[g]);
        b->was[cell] = b->ground[cell];
    }
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]);
        b->was[cell] = b->ground[cell];
    }
}

/* The router above a data item that fires, or the item's own; false when neither does. */
static bool firing_node(brg_item item, uint32_t route, uint32_t *node) {
    const uint32_t cell = brg_item_cell(item);
    if (!(cell & 1u)) return false;
    const uint32_t layer = brg_node_layer(cell >> 1);
    *node = cell >> 1;
    if (route >> layer & 1u) return true;
    if (layer == 0 || !(route >> (layer - 1) & 1u)) return false;
    *node = (*node - 1) / 2;
    return true;
}

/* Where the background's router at a node swaps different things: the child that it does not point
 * to. Branches through that child have the other one beside their path, and there they differ from
 * the background from now on. UINT32_MAX when nothing moves. */
static uint32_t parting_child(const brg_branches *b, const uint8_t *cells, uint32_t node) {
    const unsigned value = cells[brg_cell_addr(node)];
    if (b->planes == 2 && !value) return UINT32_MAX;
    const uint32_t side = b->planes == 1 ? value : value - 1u;
    const uint32_t first = 2 * node + 1;
    if (cells[brg_cell_data(node)] == cells[brg_cell_data(first + side)]) return UINT32_MAX;
    return first + 1 - side;
}

/* The branches that the background parts from. Those whose own routers point off their path are
 * found by the loop over path words. */
static int touched_ranges(brg_branches *b, uint32_t route) {
    b->ranges.count = 0;
    for (size_t g = 0; g < b->before.count; g++) {
        uint32_t node;
        if (!firing_node(b->before.item[g], route, &node)) continue;
        const uint32_t child = parting_child(b, b->ground, node);
        if (child == UINT32_MAX) continue;
        size_t first, last;
        brg_branches_through(b, child, &first, &last);
        if (first == last) continue;
        const int rc = brg_ranges_push(&b->ranges, first, last);
        if (rc) return rc;
    }
    brg_ranges_join(&b->ranges);
    return BRG_OK;
}

int brg_branches_disturbed(const brg_branches *b, uint32_t route, brg_ranges *out) {
    for (size_t g = 0; g < b->background.count; g++) {
        uint32_t node;
        if (!firing_node(b->background.item[g], route, &node)) continue;
        const uint32_t child = parting_child(b, b->ground, node);
        if (child == UINT32_MAX) continue;
        const uint32_t layer = brg_node_layer(child), below = b->m - layer;
        const size_t index = child + 1u - (1u << layer);
        const int rc = brg_ranges_push(out, index << below, (index + 1) << below);
        if (rc) return rc;
    }
    return BRG_OK;
}

/* Layers in which the background holds data, before or after the operation. */
static uint32_t data_layers(const brg_items *items) {
    uint32_t layers = 0;
    for (size_t g = 0; g < items->count; g++) {
        const uint32_t cell = brg_item_cell(items->item[g]);
        if (cell & 1u) layers |= 1u << brg_node_layer(cell >> 1);
    }
    return layers;
}

/* One branch off the common story. */

/* Value before the operation of an off-path cell. filter: bit cell % 64 of every difference; most
 * cells that are asked for have none. */
static unsigned old_value(const brg_branches *b, size_t i, uint64_t filter, uint32_t cell) {
    return filter >> (cell & 63u) & 1u ? brg_branches_old_value(b, i, cell) : b->was[cell];
}

/* A router off the path, all four cells given by differences and background. */
static int fire_off_path(brg_branches *b, size_t i, uint64_t filter, uint32_t node) {
    const uint32_t child[2] = {brg_cell_data(2 * node + 1), brg_cell_data(2 * node + 2)};
    const unsigned addr = old_value(b, i, filter, brg_cell_addr(node));
    unsigned data = old_value(b, i, filter, brg_cell_data(node));
    unsigned below[2] = {old_value(b, i, filter, child[0]), old_value(b, i, filter, child[1])};
    if (b->planes == 1 || addr) {
        const uint32_t side = b->planes == 1 ? addr : addr - 1u;
        const unsigned moved = below[side];
        below[side] = data;
        data = moved;
    }
    int rc = brg_branches_put(b, brg_cell_addr(node), addr);
    if (!rc) rc = brg_branches_put(b, brg_cell_data(node), data);
    if (!rc) rc = brg_branches_put(b, child[0], below[0]);
    return rc ? rc : brg_branches_put(b, child[1], below[1]);
}

/* Routers next to the differences of branch i. */
static int route_differences(brg_branches *b, size_t i, uint64_t filter, uint32_t route) {
    const uint32_t label = brg_branches_leaf(b, i);
    int rc = BRG_OK;
    b->list.count = 0; /* nodes that have fired */
    for (uint32_t d = b->difference[i]; d && !rc; d = b->pool[d].next) {
        const brg_item item = b->pool[d].item;
        const uint32_t cell = brg_item_cell(item), layer = brg_node_layer(cell >> 1);
        uint32_t node = cell >> 1;
        if (!(route >> layer & 1u)) {
            if (!(cell & 1u) || !(route >> (layer - 1) & 1u)) {
                rc = brg_branches_put(b, cell, brg_item_value(item));
                continue;
            }
            node = (node - 1) / 2;
            if (brg_on_path(b->n, label, node, layer - 1)) continue; /* the path has fired it */
        }
        size_t seen = 0;
        while (seen < b->list.count && b->list.item[seen] != node) seen++;
        if (seen < b->list.count) continue;
        rc = brg_items_push(&b->list, node);
        if (!rc) rc = fire_off_path(b, i, filter, node);
    }
    return rc;
}

/* below: layers of b->was and b->ground that are not empty of data. */
static int route_branch(brg_branches *b, size_t i, uint32_t route, uint32_t below) {
    const bool two = b->planes == 1, differs = b->difference[i] != 0;
    const uint32_t leaf = (1u << b->n) | brg_branches_leaf(b, i), turns = b->turns[i];
    const uint32_t zero = b->addr[0][i], one = two ? 0 : b->addr[1][i];
    const uint32_t acting = two ? UINT32_MAX : zero | one;
    const uint32_t astray = (two ? zero : one) ^ turns;
    uint32_t data[2] = {b->data[0][i], two ? 0 : b->data[1][i]};
    int rc = BRG_OK;

    b->off.count = 0;
    const uint32_t along = route & acting & ~astray;
    for (unsigned p = 0; p < b->planes; p++) {
        const uint32_t t = (data[p] ^ (data[p] >> 1)) & along;
        data[p] ^= t | (t << 1);
    }
    uint64_t filter = 0;
    uint32_t moved = 0; /* do differences stand at routers that fire? */
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
        const uint32_t cell = brg_item_cell(b->pool[d].item);
        const uint32_t layer = 1u << brg_node_layer(cell >> 1), data_layer = cell & 1u ? layer : 0;
        below |= data_layer;
        filter |= (uint64_t)1 << (cell & 63u);
        moved |= (layer | data_layer >> 1) & route;
    }
    /* A router that points along the path next to an empty cell leaves it as in the background. */
    const uint32_t beside = route & ((acting & astray) | below >> 1);
    if (!beside && !moved) {
        for (unsigned p = 0; p < b->planes; p++) b->data[p][i] = data[p];
        return BRG_OK;
    }
    for (uint32_t left = beside; left && !rc; left &= left - 1) {
        const uint32_t layer = (uint32_t)__builtin_ctz(left);
        const uint32_t sibling = ((leaf >> (b->n - layer - 1)) ^ 1u) - 1u;
        const uint32_t cell = brg_cell_data(sibling);
        unsigned value = old_value(b, i, filter, cell);
        if (acting & astray & (1u << layer)) {
            const unsigned carried = brg_plane_value(b->planes, data[0], data[1], layer);
            for (unsigned p = 0; p < b->planes; p++)
                data[p] = (data[p] & ~(1u << layer)) | (value >> p & 1u) << layer;
            value = carried;
        }
        rc = brg_branches_put(b, cell, value);
    }
    if (!rc && differs) rc = route_differences(b, i, filter, route);
    for (unsigned p = 0; p < b->planes; p++) b->data[p][i] = data[p];
    if (!rc && (b->off.count || differs)) rc = brg_branches_set_differences(b, i);
    return rc;
}

/* All branches. */

static int route_plain(brg_branches *b, uint32_t route, size_t first, size_t last, uint32_t below) {
    uint8_t slow[BRG_BLOCK];
    for (; first < last; first += BRG_BLOCK) {
        const size_t count = last - first < BRG_BLOCK ? last - first : BRG_BLOCK;
        if (!brg_block_route(b, route, below >> 1, first, count, slow)) continue;
        for (size_t i = 0; i < count; i++) {
            if (!slow[i]) continue;
            const int rc = route_branch(b, first + i, route, below);
            if (rc) return rc;
        }
    }
    return BRG_OK;
}

int brg_branches_route(brg_branches *b, uint32_t route) {
    int rc = brg_branches_take_background(b);
    if (rc) return rc;
    b->ranges.count = 0;
    uint32_t below = 0;
    if (b->before.count) {
        rc = touched_ranges(b, route);
        if (!rc) rc = route_background(b, route);
        brg_branches_settle_background(b);
        below = data_layers(&b->before) | data_layers(&b->background);
    }
    size_t at = 0;
    for (size_t r = 0; r < b->ranges.count && !rc; r++) {
        const brg_range range = b->ranges.range[r];
        rc = route_plain(b, route, at, range.first, below);
        for (size_t i = range.first; i < range.last && !rc; i++)
            rc = route_branch(b, i, route, below);
        at = range.last;
    }
    if (!rc) rc = route_plain(b, route, at, b->count, below);
    brg_branches_sync_background(b);
    return rc;
}

bool brg_branches_can_run(const brg_branches *b) {
    return !b->background.count && !b->differing;
}

static int run_block(brg_branches *b, const brg_slice_ops *ops, const brg_planes *data,
                     size_t first, size_t count) {
    if (ops->d_out >= 0) brg_block_swap_bus(b, (unsigned)ops->d_out, ops->d_out_page, first, count);
    if (ops->d_in >= 0) brg_block_swap_bus(b, (unsigned)ops->d_in, ops->d_in_page, first, count);
    if (ops->a_in >= 0)
        brg_block_swap_address(b, brg_routed_qubit(&b->qram, ops->a_in), first, count);
    if (ops->a_out >= 0)
        brg_block_swap_address(b, brg_routed_qubit(&b->qram, ops->a_out), first, count);
    int rc = ops->route ? route_plain(b, ops->route, first, first + count, 0) : BRG_OK;
    if (ops->latch) brg_block_latch(b, ops->latch, first, count);
    if (ops->fetch >= 0) brg_block_fetch(b, data, (uint32_t)ops->fetch, first, count);
    if (rc || !b->differing) return rc;
    if (ops->latch) rc = brg_branches_latch_differences(b, ops->latch, first, first + count);
    if (!rc && ops->fetch >= 0)
        rc = brg_branches_fetch_differences(b, data, (uint32_t)ops->fetch, first, first + count);
    return rc;
}

int brg_branches_run(brg_branches *b, const brg_slice_ops *const *ops,
                     const brg_planes *const *data, size_t slices) {
    for (size_t first = 0; first < b->count; first += BRG_BLOCK) {
        const size_t count = b->count - first < BRG_BLOCK ? b->count - first : BRG_BLOCK;
        for (size_t s = 0; s < slices; s++) {
            const int rc = run_block(b, ops[s], data[s], first, count);
            if (rc) return rc;
        }
    }
    return BRG_OK;
}
