/* SPDX-License-Identifier: Apache-2.0 */
/* Register states in and out of the branch state. The state of the qubits that take no part rides
 * in the bits of bus plane 0 above the word, which every comparison of strings includes and no map
 * changes. */
#include "csim/registers.h"

#include <stdlib.h>

#include "csim/branch_internal.h"

static int compare_entries(const void *a, const void *b) {
    const brg_register_entry *x = a, *y = b;
    if (x->address != y->address) return x->address < y->address ? -1 : 1;
    if (x->rest != y->rest) return x->rest < y->rest ? -1 : 1;
    return (x->bus > y->bus) - (x->bus < y->bus);
}

static uint64_t bus_mask(const brg_branches *b) {
    return ~(uint64_t)0 >> (64 - b->qram.word_width);
}

static bool in_range(const brg_branches *b, const brg_register_entry *e) {
    const uint32_t k = b->qram.word_width;
    return !(e->address >> b->m) && !(e->bus & ~bus_mask(b)) &&
           (k < 64 ? !(e->rest >> (64 - k)) : !e->rest);
}

int brg_branches_begin_registers(brg_branches *b, const brg_register_entry *entries, size_t count) {
    if (!entries || !count) return BRG_EINVAL;
    for (size_t i = 0; i < count; i++)
        if (!in_range(b, &entries[i])) return BRG_EINVAL;
    brg_register_entry *sorted = malloc(count * sizeof *sorted);
    if (!sorted) return BRG_ENOMEM;
    /* In the order of labels, which stand in the copies where the addresses were. */
    for (size_t i = 0; i < count; i++) {
        sorted[i] = entries[i];
        sorted[i].address = brg_label_of_address(b, entries[i].address);
    }
    qsort(sorted, count, sizeof *sorted, compare_entries);

    const brg_input empty = {.uniform = false, .index = 0};
    const uint32_t k = b->qram.word_width;
    int rc = brg_branches_begin(b, &empty);
    if (!rc) rc = brg_branches_reserve(b, count);
    for (size_t i = 0; i < count && !rc; i++) {
        const brg_register_entry *e = &sorted[i];
        if (i && !compare_entries(e, e - 1)) rc = BRG_EINVAL;
        const uint64_t rest = k < 64 ? e->rest << k : 0;
        brg_branches_set_address(b, i, (uint32_t)e->address);
        b->re[i] = e->re;
        b->im[i] = e->im;
        b->difference[i] = 0;
        for (unsigned p = 0; p < b->planes; p++) b->addr[p][i] = b->data[p][i] = 0;
        if (b->planes == 1) {
            b->bus[0][i] = e->bus | rest;
        } else {
            b->bus[0][i] = (~e->bus & bus_mask(b)) | rest;
            b->bus[1][i] = e->bus;
        }
    }
    b->count = rc ? 0 : count;
    free(sorted);
    return rc;
}

/* Carriers that are present; a two_level qubit always is. */
static bool same_carriers(const brg_branches *b, size_t i, size_t j) {
    if (b->planes == 1) return true;
    return (b->address[0][i] | b->address[1][i]) == (b->address[0][j] | b->address[1][j]) &&
           !(((b->bus[0][i] | b->bus[1][i]) ^ (b->bus[0][j] | b->bus[1][j])) & bus_mask(b));
}

int brg_branches_take_registers(const brg_branches *b, double u, brg_register_entry **entries,
                                size_t *count) {
    *entries = NULL;
    *count = 0;
    if (!b->count) return BRG_ESTATE;
    brg_register_entry *kept = malloc(b->count * sizeof *kept);
    if (!kept) return BRG_ENOMEM;
    const size_t leader = brg_branches_pick(b, u);
    const uint32_t k = b->qram.word_width;
    for (size_t i = 0; i < b->count; i++) {
        if (!same_carriers(b, i, leader) || !brg_branches_same_tree(b, i, leader)) continue;
        kept[*count] = (brg_register_entry){.address = brg_branches_address_bits(b, i),
                                            .bus = brg_branches_bus_bits(b, i) & bus_mask(b),
                                            .rest = k < 64 ? b->bus[0][i] >> k : 0,
                                            .re = b->re[i],
                                            .im = b->im[i]};
        ++*count;
    }
    /* Branches are merged only where a basis change needs it: equal strings add up. */
    qsort(kept, *count, sizeof *kept, compare_entries);
    size_t distinct = 0;
    for (size_t i = 1; i < *count; i++) {
        if (!compare_entries(&kept[distinct], &kept[i])) {
            kept[distinct].re += kept[i].re;
            kept[distinct].im += kept[i].im;
        } else {
            kept[++distinct] = kept[i];
        }
    }
    *count = distinct + 1;
    *entries = kept;
    return BRG_OK;
}
