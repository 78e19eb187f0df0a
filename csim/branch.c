/* SPDX-License-Identifier: Apache-2.0 */
/* Storage of the branch state: arrays, lists of differences, the shared background. */
#include "csim/branch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/branch_internal.h"
#include "csim/slice_ops.h"

enum { SMALL_LIST = 16 };

int brg_items_grow(brg_items *list) {
    const size_t capacity = list->capacity ? 2 * list->capacity : SMALL_LIST;
    brg_item *grown = realloc(list->item, capacity * sizeof *grown);
    if (!grown) return BRG_ENOMEM;
    list->item = grown;
    list->capacity = capacity;
    return BRG_OK;
}

/* Insertion sort: the lists are short and nearly sorted. */
void brg_items_sort(brg_items *list) {
    for (size_t i = 1; i < list->count; i++) {
        const brg_item moving = list->item[i];
        size_t j = i;
        for (; j > 0 && list->item[j - 1] > moving; j--) list->item[j] = list->item[j - 1];
        list->item[j] = moving;
    }
}

int brg_ranges_push(brg_ranges *list, size_t first, size_t last) {
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : SMALL_LIST;
        brg_range *grown = realloc(list->range, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        list->range = grown;
        list->capacity = capacity;
    }
    list->range[list->count++] = (brg_range){first, last};
    return BRG_OK;
}

static int compare_ranges(const void *a, const void *b) {
    const size_t x = ((const brg_range *)a)->first, y = ((const brg_range *)b)->first;
    return (x > y) - (x < y);
}

void brg_ranges_join(brg_ranges *list) {
    if (list->count < 2) return;
    qsort(list->range, list->count, sizeof *list->range, compare_ranges);
    size_t kept = 0;
    for (size_t i = 1; i < list->count; i++) {
        brg_range *last = &list->range[kept];
        const brg_range next = list->range[i];
        if (next.first > last->last)
            list->range[++kept] = next;
        else if (next.last > last->last)
            last->last = next.last;
    }
    list->count = kept + 1;
}

size_t brg_branches_next_differing(const brg_branches *b, size_t i, size_t last) {
    enum { STEP = 64 };
    if (!b->differing) return last;
    while (i + STEP <= last) {
        uint32_t any = 0;
        for (size_t j = 0; j < STEP; j++) any |= b->difference[i + j];
        if (any) break;
        i += STEP;
    }
    while (i < last && !b->difference[i]) i++;
    return i;
}

static int items_copy(brg_items *to, const brg_items *from) {
    to->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        const int rc = brg_items_push(to, from->item[i]);
        if (rc) return rc;
    }
    return BRG_OK;
}

/* array: address of a pointer to elements of `size` bytes. Copied bytewise, because a uint32_t *
 * may not be accessed as a void *. */
static bool grow(void *array, size_t count, size_t size) {
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, count * size);
    if (grown) memcpy(array, &grown, sizeof grown);
    return grown != NULL;
}

int brg_branches_reserve(brg_branches *b, size_t count) {
    if (count <= b->capacity) return BRG_OK;
    if (count > UINT32_MAX / 2 || (b->most && count > b->most)) return BRG_ENOMEM;
    bool good = grow(&b->label, count, sizeof *b->label) &&
                grow(&b->turns, count, sizeof *b->turns) && grow(&b->re, count, sizeof *b->re) &&
                grow(&b->im, count, sizeof *b->im) &&
                grow(&b->difference, count, sizeof *b->difference);
    for (unsigned p = 0; p < b->planes; p++)
        good = good && grow(&b->addr[p], count, sizeof *b->addr[p]) &&
               grow(&b->data[p], count, sizeof *b->data[p]) &&
               grow(&b->address[p], count, sizeof *b->address[p]) &&
               grow(&b->bus[p], count, sizeof *b->bus[p]);
    if (!good) return BRG_ENOMEM;
    b->capacity = count;
    return BRG_OK;
}

uint64_t brg_branches_bytes(const brg_qram *q, uint64_t branches) {
    const uint64_t planes = q->routers == BRG_THREE_LEVEL ? 2 : 1;
    const uint64_t record = 3 * sizeof(uint32_t) + 2 * sizeof(double) +
                            planes * (3 * sizeof(uint32_t) + sizeof(uint64_t));
    /* A basis change needs besides: hash 8, table up to 12, partner 4, second amplitude 16. */
    const uint64_t scratch = 40;
    return sizeof(struct brg_branches) + 3 * (uint64_t)brg_tree_cells(q) +
           branches * (record + scratch);
}

int brg_branches_new(brg_branches **out, const brg_qram *qram) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!brg_qram_valid(qram)) return BRG_EINVAL;
    brg_branches *b = calloc(1, sizeof *b);
    if (!b) return BRG_ENOMEM;
    b->qram = *qram;
    b->n = qram->address_width;
    b->h = qram->page_bits;
    b->m = brg_table_width(qram);
    b->planes = qram->routers == BRG_THREE_LEVEL ? 2 : 1;
    b->tree_cells = brg_tree_cells(qram);
    b->pool_used = 1; /* index 0 ends a list */
    b->ground = calloc(b->tree_cells, 1);
    b->was = calloc(b->tree_cells, 1);
    b->marked = calloc(b->tree_cells, 1);
    if (!b->ground || !b->was || !b->marked) {
        brg_branches_destroy(&b);
        return BRG_ENOMEM;
    }
    *out = b;
    return BRG_OK;
}

void brg_branches_destroy(brg_branches **branches) {
    if (!branches || !*branches) return;
    brg_branches *b = *branches;
    free(b->label);
    free(b->turns);
    free(b->re);
    free(b->im);
    free(b->difference);
    for (unsigned p = 0; p < 2; p++) {
        free(b->addr[p]);
        free(b->data[p]);
        free(b->address[p]);
        free(b->bus[p]);
    }
    free(b->pool);
    free(b->background.item);
    free(b->ground);
    free(b->was);
    free(b->marked);
    free(b->before.item);
    free(b->list.item);
    free(b->off.item);
    free(b->ranges.range);
    free(b->late);
    free(b);
    *branches = NULL;
}

/* The lowest `width` bits of x in reverse order. */
static uint32_t reversed(uint32_t width, uint32_t x) {
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return width ? __builtin_bswap32(x) >> (32 - width) : 0;
}

void brg_branches_set_address(brg_branches *b, size_t i, uint32_t label) {
    const uint32_t turns = reversed(b->n, label >> b->h);
    const uint32_t ones = turns << b->h | reversed(b->h, label & ((1u << b->h) - 1u));
    b->label[i] = label;
    b->turns[i] = turns;
    b->address[b->planes - 1][i] = ones;
    if (b->planes == 2) b->address[0][i] = ~ones & ((1u << b->m) - 1u);
}

int brg_branches_begin(brg_branches *b, const brg_input *input) {
    const uint64_t cells = (uint64_t)1 << b->m;
    if (!input || (!input->uniform && input->index >= cells)) return BRG_EINVAL;
    memset(b->ground, 0, b->tree_cells);
    memset(b->was, 0, b->tree_cells);
    memset(b->marked, 0, b->tree_cells);
    b->background.count = 0;
    b->late_count = 0;
    b->gathers = false;
    b->pool_used = 1;
    b->pool_free = 0;
    b->differing = 0;
    b->least_norm = 0;
    b->count = 0;
    const size_t count = input->uniform ? (size_t)cells : 1;
    const int rc = brg_branches_reserve(b, count);
    if (rc) return rc;

    const uint64_t bus_mask = ~(uint64_t)0 >> (64 - b->qram.word_width);
    const double amplitude = 1 / sqrt((double)count);
    for (size_t i = 0; i < count; i++) {
        brg_branches_set_address(
            b, i, input->uniform ? (uint32_t)i : brg_label_of_address(b, input->index));
        b->re[i] = amplitude;
        b->im[i] = 0;
        b->difference[i] = 0;
        for (unsigned p = 0; p < b->planes; p++) b->addr[p][i] = b->data[p][i] = 0;
        b->bus[0][i] = b->planes == 1 ? 0 : bus_mask;
        if (b->planes == 2) b->bus[1][i] = 0;
    }
    b->count = count;
    return BRG_OK;
}

int brg_branches_copy(brg_branches *to, const brg_branches *from) {
    if (!to || !from || to->qram.routers != from->qram.routers || to->n != from->n ||
        to->h != from->h || to->qram.word_width != from->qram.word_width)
        return BRG_EINVAL;
    if (to == from) return BRG_OK;
    int rc = brg_branches_reserve(to, from->count);
    if (rc) return rc;
    if (to->pool_capacity < from->pool_used) {
        if (!grow(&to->pool, from->pool_used, sizeof *to->pool)) return BRG_ENOMEM;
        to->pool_capacity = from->pool_used;
    }
    const size_t count = from->count;
    to->count = count;
    if (count) {
        memcpy(to->label, from->label, count * sizeof *to->label);
        memcpy(to->turns, from->turns, count * sizeof *to->turns);
        memcpy(to->re, from->re, count * sizeof *to->re);
        memcpy(to->im, from->im, count * sizeof *to->im);
        memcpy(to->difference, from->difference, count * sizeof *to->difference);
        for (unsigned p = 0; p < to->planes; p++) {
            memcpy(to->addr[p], from->addr[p], count * sizeof *to->addr[p]);
            memcpy(to->data[p], from->data[p], count * sizeof *to->data[p]);
            memcpy(to->address[p], from->address[p], count * sizeof *to->address[p]);
            memcpy(to->bus[p], from->bus[p], count * sizeof *to->bus[p]);
        }
    }
    if (from->pool_used > 1) memcpy(to->pool, from->pool, from->pool_used * sizeof *to->pool);
    to->pool_used = from->pool_used;
    to->pool_free = from->pool_free;
    to->differing = from->differing;
    memcpy(to->ground, from->ground, to->tree_cells);
    memcpy(to->was, from->ground, to->tree_cells);
    memcpy(to->marked, from->marked, to->tree_cells);
    return items_copy(&to->background, &from->background);
}

void brg_branches_move(brg_branches *b, size_t to, size_t from) {
    b->label[to] = b->label[from];
    b->turns[to] = b->turns[from];
    for (unsigned p = 0; p < b->planes; p++) {
        b->addr[p][to] = b->addr[p][from];
        b->data[p][to] = b->data[p][from];
        b->address[p][to] = b->address[p][from];
        b->bus[p][to] = b->bus[p][from];
    }
}

size_t brg_branches_find(const brg_branches *b, uint64_t label) {
    size_t low = 0, high = b->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->label[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void brg_branches_through(const brg_branches *b, uint32_t node, size_t *first, size_t *last) {
    const uint32_t layer = brg_node_layer(node);
    const uint64_t index = node + 1u - (1u << layer);
    *first = brg_branches_find(b, index << (b->m - layer));
    *last = brg_branches_find(b, (index + 1) << (b->m - layer));
}

static void set_bit32(uint32_t *word, unsigned bit, bool on) {
    *word = (*word & ~(1u << bit)) | (uint32_t)on << bit;
}

static void set_bit64(uint64_t *word, unsigned bit, bool on) {
    *word = (*word & ~((uint64_t)1 << bit)) | (uint64_t)on << bit;
}

void brg_branches_set_path(brg_branches *b, size_t i, uint32_t layer, bool data, unsigned value) {
    uint32_t **word = data ? b->data : b->addr;
    for (unsigned p = 0; p < b->planes; p++) set_bit32(&word[p][i], layer, (value >> p) & 1u);
}

void brg_branches_set_register(brg_branches *b, size_t i, uint32_t cell, unsigned value) {
    const uint32_t qubit = cell - b->tree_cells;
    for (unsigned p = 0; p < b->planes; p++) {
        const bool on = (value >> p) & 1u;
        if (qubit < b->m)
            set_bit32(&b->address[p][i], qubit, on);
        else
            set_bit64(&b->bus[p][i], qubit - b->m, on);
    }
}

void brg_branches_free_list(brg_branches *b, uint32_t head) {
    if (!head) return;
    uint32_t last = head;
    while (b->pool[last].next) last = b->pool[last].next;
    b->pool[last].next = b->pool_free;
    b->pool_free = head;
    b->differing--;
}

void brg_branches_drop_differences(brg_branches *b, size_t i) {
    brg_branches_free_list(b, b->difference[i]);
    b->difference[i] = 0;
}

static int new_link(brg_branches *b, uint32_t *out) {
    if (b->pool_free) {
        *out = b->pool_free;
        b->pool_free = b->pool[*out].next;
        return BRG_OK;
    }
    if (b->pool_used >= b->pool_capacity) {
        const uint32_t capacity = b->pool_capacity ? 2 * b->pool_capacity : 64;
        if (capacity < b->pool_capacity || !grow(&b->pool, capacity, sizeof *b->pool))
            return BRG_ENOMEM;
        b->pool_capacity = capacity;
    }
    *out = b->pool_used++;
    return BRG_OK;
}

int brg_branches_set_differences(brg_branches *b, size_t i) {
    if (!b->off.count) {
        brg_branches_drop_differences(b, i);
        return BRG_OK;
    }
    brg_items_sort(&b->off);
    /* Over the links that the branch has, as far as they go. */
    const bool fresh = !b->difference[i];
    uint32_t before = 0, link = b->difference[i];
    for (size_t j = 0; j < b->off.count; j++) {
        if (!link) {
            const int rc = new_link(b, &link);
            if (rc) return rc;
            b->pool[link].next = 0;
            if (before)
                b->pool[before].next = link;
            else
                b->difference[i] = link;
        }
        b->pool[link].item = b->off.item[j];
        b->marked[brg_item_cell(b->off.item[j])] = 1;
        before = link;
        link = b->pool[link].next;
    }
    b->pool[before].next = 0;
    if (fresh) b->differing++;
    if (link) {
        b->differing++; /* a list is given back that was only a part of one */
        brg_branches_free_list(b, link);
    }
    return BRG_OK;
}

int brg_branches_clone_differences(brg_branches *b, size_t to, size_t from) {
    b->difference[to] = 0;
    if (!b->difference[from]) return BRG_OK;
    b->off.count = 0;
    for (uint32_t d = b->difference[from]; d; d = b->pool[d].next) {
        const int rc = brg_items_push(&b->off, b->pool[d].item);
        if (rc) return rc;
    }
    return brg_branches_set_differences(b, to);
}

int brg_branches_set_ground(brg_branches *b, uint32_t cell, unsigned value) {
    if (b->ground[cell] == value) return BRG_OK;
    brg_items *list = &b->background;
    if (!b->ground[cell]) {
        const int rc = brg_items_push(list, brg_item_make(cell, value));
        if (rc) return rc;
    } else {
        size_t i = 0;
        while (brg_item_cell(list->item[i]) != cell) i++;
        if (value)
            list->item[i] = brg_item_make(cell, value);
        else
            list->item[i] = list->item[--list->count];
    }
    b->ground[cell] = b->was[cell] = (uint8_t)value;
    return BRG_OK;
}

unsigned brg_branches_value(const brg_branches *b, size_t i, uint32_t cell) {
    if (cell >= b->tree_cells) {
        const uint32_t qubit = cell - b->tree_cells;
        if (qubit < b->m)
            return brg_plane_value(b->planes, b->address[0][i],
                                   b->planes == 2 ? b->address[1][i] : 0, qubit);
        return brg_plane_value(b->planes, b->bus[0][i], b->planes == 2 ? b->bus[1][i] : 0,
                               qubit - b->m);
    }
    const uint32_t node = cell >> 1, layer = brg_node_layer(node);
    if (brg_on_path(b->n, brg_branches_leaf(b, i), node, layer)) {
        uint32_t *const *word = cell & 1u ? b->data : b->addr;
        return brg_plane_value(b->planes, word[0][i], b->planes == 2 ? word[1][i] : 0, layer);
    }
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next)
        if (brg_item_cell(b->pool[d].item) == cell) return brg_item_value(b->pool[d].item);
    return b->ground[cell];
}

size_t brg_branches_count(const brg_branches *b) {
    return b->count;
}

double brg_branches_weight(const brg_branches *b, size_t i) {
    return b->re[i] * b->re[i] + b->im[i] * b->im[i];
}

/* In blocks, so that rounding does not grow with the number of branches. */
double brg_branches_norm(const brg_branches *b) {
    double norm = 0;
    for (size_t first = 0; first < b->count; first += BRG_BLOCK) {
        const size_t last = b->count - first < BRG_BLOCK ? b->count : first + BRG_BLOCK;
        double part = 0;
        for (size_t i = first; i < last; i++) part += b->re[i] * b->re[i] + b->im[i] * b->im[i];
        norm += part;
    }
    return norm;
}

void brg_branches_scale(brg_branches *b, double factor) {
    for (size_t i = 0; i < b->count; i++) {
        b->re[i] *= factor;
        b->im[i] *= factor;
    }
}
