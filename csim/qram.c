/* SPDX-License-Identifier: Apache-2.0 */
/* Leaf data as bit planes, and the cells that a slice's operations touch. */
#include "csim/qram.h"

#include <stdlib.h>
#include <string.h>

#include "csim/slice_ops.h"
#include "csim/status.h"

bool brg_qram_valid(const brg_qram *q) {
    return q && (q->routers == BRG_TWO_LEVEL || q->routers == BRG_THREE_LEVEL) &&
           q->address_width >= 1 && q->address_width <= BRG_MAX_ADDRESS_WIDTH &&
           q->word_width >= 1 && q->word_width <= BRG_MAX_WORD_WIDTH &&
           q->page_bits <= BRG_MAX_PAGE_BITS && brg_table_width(q) <= BRG_MAX_ADDRESS_WIDTH;
}

int brg_planes_new(brg_planes **out, uint32_t address_width, uint32_t word_width) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (address_width < 1 || address_width > BRG_MAX_ADDRESS_WIDTH || word_width < 1 ||
        word_width > BRG_MAX_WORD_WIDTH)
        return BRG_EINVAL;
    brg_planes *p = calloc(1, sizeof *p);
    if (!p) return BRG_ENOMEM;
    p->address_width = address_width;
    p->word_width = word_width;
    p->plane_words = ((size_t)1 << address_width) / 64;
    if (p->plane_words < 8) p->plane_words = 8;
    p->bits = calloc(p->plane_words * word_width, sizeof *p->bits);
    if (!p->bits) {
        free(p);
        return BRG_ENOMEM;
    }
    *out = p;
    return BRG_OK;
}

void brg_planes_destroy(brg_planes **planes) {
    if (!planes || !*planes) return;
    free((*planes)->bits);
    free(*planes);
    *planes = NULL;
}

void brg_planes_set(brg_planes *p, uint32_t bit, uint64_t cell, bool value) {
    uint64_t *word = &p->bits[bit * p->plane_words + (cell >> 6)];
    const uint64_t mask = (uint64_t)1 << (cell & 63u);
    *word = value ? *word | mask : *word & ~mask;
}

uint64_t brg_planes_word(const brg_planes *p, uint64_t cell) {
    uint64_t word = 0;
    for (uint32_t j = 0; j < p->word_width; j++) word |= (uint64_t)brg_planes_get(p, j, cell) << j;
    return word;
}

int brg_planes_page(brg_planes **out, const brg_planes *table, uint32_t address_width,
                    uint32_t page) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!table || address_width < 1 || address_width > table->address_width ||
        page >> (table->address_width - address_width))
        return BRG_EINVAL;
    const int rc = brg_planes_new(out, address_width, table->word_width);
    if (rc) return rc;
    const uint64_t cells = (uint64_t)1 << address_width, first = page * cells;
    for (uint32_t j = 0; j < table->word_width; j++) {
        uint64_t *to = (*out)->bits + j * (*out)->plane_words;
        const uint64_t *from = table->bits + j * table->plane_words + (first >> 6);
        if (cells >= 64)
            memcpy(to, from, (size_t)(cells / 64) * sizeof *to);
        else /* a page is aligned to its size, so it does not cross a word */
            *to = *from >> (first & 63u) & (((uint64_t)1 << cells) - 1);
    }
    return BRG_OK;
}

static uint64_t fnv_word(uint64_t hash, uint64_t word, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) {
        hash ^= (word >> (8 * i)) & 0xffu;
        hash *= 0x100000001b3u;
    }
    return hash;
}

/* The widths enter as 32-bit and the plane words as 64-bit little-endian numbers, whatever the
 * byte order of the machine. */
uint64_t brg_planes_hash(const brg_planes *p) {
    uint64_t hash = 0xcbf29ce484222325u;
    hash = fnv_word(hash, p->address_width, 4);
    hash = fnv_word(hash, p->word_width, 4);
    for (size_t i = 0; i < p->plane_words * p->word_width; i++)
        hash = fnv_word(hash, p->bits[i], 8);
    return hash;
}

/* Adds bits to a set; false when one of them is in it already. */
static bool claim(uint64_t *set, uint64_t bits) {
    const bool is_free = (*set & bits) == 0;
    *set |= bits;
    return is_free;
}

/* A page stands with its operation only, and must exist. */
static bool page_fits(int16_t operation, int16_t page, int pages) {
    return page == -1 || (operation >= 0 && page >= 0 && page < pages);
}

int brg_slice_ops_touch(const brg_qram *q, const brg_slice_ops *ops, brg_touched *out) {
    const int n = (int)q->address_width, k = (int)q->word_width;
    const uint32_t layers = (1u << n) - 1u;
    const uint64_t routed = (uint64_t)1 << q->page_bits; /* the qubit of routed bit 0 */
    uint64_t addr = 0, data = 0, address_qubits = 0, bus_qubits = 0;
    bool good = true;

    good = good && (ops->route & ~(layers >> 1)) == 0 && (ops->latch & ~layers) == 0;
    good = good && ops->a_in >= -1 && ops->a_in < n && ops->a_out >= -1 && ops->a_out < n;
    good = good && ops->d_in >= -1 && ops->d_in < k && ops->d_out >= -1 && ops->d_out < k;
    good = good && ops->fetch >= -1 && ops->fetch < k;
    const int pages = (int)brg_pages(q);
    good = good && page_fits(ops->d_in, ops->d_in_page, pages) &&
           page_fits(ops->d_out, ops->d_out_page, pages);
    if (!good) return BRG_EINVAL;

    good = good && claim(&addr, ops->route) && claim(&data, ops->route) &&
           claim(&data, (uint64_t)ops->route << 1);
    good = good && claim(&addr, ops->latch) && claim(&data, ops->latch);
    if (ops->fetch >= 0) {
        const uint64_t last = (uint64_t)1 << (n - 1);
        good = good && claim(&addr, last) && claim(&data, last);
    }
    if (ops->a_in >= 0)
        good = good && claim(&data, 1) && claim(&address_qubits, routed << ops->a_in);
    if (ops->a_out >= 0)
        good = good && claim(&data, 1) && claim(&address_qubits, routed << ops->a_out);
    if (ops->d_in >= 0 || ops->d_out >= 0) good = good && claim(&data, 1);
    if (ops->d_in >= 0) good = good && claim(&bus_qubits, (uint64_t)1 << ops->d_in);
    /* One bus qubit may leave for a page while it enters for another one. */
    if (ops->d_out >= 0)
        good =
            (claim(&bus_qubits, (uint64_t)1 << ops->d_out) ||
             (ops->d_in_page >= 0 && ops->d_out_page >= 0 && ops->d_in_page != ops->d_out_page)) &&
            good;
    if (ops->d_in_page >= 0 || ops->d_out_page >= 0) address_qubits |= routed - 1;
    good = good && (!ops->basis_in || ops->d_in >= 0) && (!ops->basis_out || ops->d_out >= 0);
    good = good && (q->routers == BRG_TWO_LEVEL || (!ops->basis_in && !ops->basis_out));
    if (!good) return BRG_EINVAL;

    if (out) {
        out->addr = (uint32_t)addr;
        out->data = (uint32_t)data;
        out->address_qubits = (uint32_t)address_qubits;
        out->bus_qubits = bus_qubits;
    }
    return BRG_OK;
}
