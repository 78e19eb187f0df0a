/* SPDX-License-Identifier: Apache-2.0 */
/* The loops over path words: one operation on a block of branches. Each is compiled for several
 * vector lengths and picked at run time. */
#include <string.h>

#include "csim/branch_internal.h"

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define WIDE __attribute__((optimize("O3"), target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

WIDE static uint32_t route_two(uint32_t route, uint32_t beside, const uint32_t *restrict addr,
                               const uint32_t *restrict turns, const uint32_t *restrict difference,
                               uint32_t *restrict data, uint8_t *restrict slow, size_t count) {
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t astray = addr[i] ^ turns[i];
        const uint32_t bad = (route & astray & (data[i] | beside)) | difference[i];
        const uint32_t gate = bad ? 0 : route & ~astray;
        const uint32_t t = (data[i] ^ (data[i] >> 1)) & gate;
        data[i] ^= t | (t << 1);
        slow[i] = bad ? 1 : 0;
        any |= bad;
    }
    return any;
}

WIDE static uint32_t route_three(uint32_t route, uint32_t beside, const uint32_t *restrict zero,
                                 const uint32_t *restrict one, const uint32_t *restrict turns,
                                 const uint32_t *restrict difference, uint32_t *restrict data0,
                                 uint32_t *restrict data1, uint8_t *restrict slow, size_t count) {
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t along = (zero[i] & ~turns[i]) | (one[i] & turns[i]);
        const uint32_t astray = (zero[i] & turns[i]) | (one[i] & ~turns[i]);
        const uint32_t bad = (route & astray & (data0[i] | data1[i] | beside)) | difference[i];
        const uint32_t gate = bad ? 0 : route & along;
        const uint32_t t0 = (data0[i] ^ (data0[i] >> 1)) & gate;
        const uint32_t t1 = (data1[i] ^ (data1[i] >> 1)) & gate;
        data0[i] ^= t0 | (t0 << 1);
        data1[i] ^= t1 | (t1 << 1);
        slow[i] = bad ? 1 : 0;
        any |= bad;
    }
    return any;
}

bool brg_block_route(brg_branches *b, uint32_t route, uint32_t beside, size_t first, size_t count,
                     uint8_t *slow) {
    if (b->planes == 1)
        return route_two(route, beside, b->addr[0] + first, b->turns + first, b->difference + first,
                         b->data[0] + first, slow, count) != 0;
    return route_three(route, beside, b->addr[0] + first, b->addr[1] + first, b->turns + first,
                       b->difference + first, b->data[0] + first, b->data[1] + first, slow,
                       count) != 0;
}

WIDE static void swap_bits(uint32_t *restrict x, uint32_t *restrict y, uint32_t mask,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t t = (x[i] ^ y[i]) & mask;
        x[i] ^= t;
        y[i] ^= t;
    }
}

void brg_block_latch(brg_branches *b, uint32_t latch, size_t first, size_t count) {
    for (unsigned p = 0; p < b->planes; p++)
        swap_bits(b->addr[p] + first, b->data[p] + first, latch, count);
}

WIDE static void swap_root32(uint32_t *restrict address, uint32_t *restrict data, unsigned qubit,
                             size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t t = ((address[i] >> qubit) ^ data[i]) & 1u;
        address[i] ^= t << qubit;
        data[i] ^= t;
    }
}

/* The same for branches whose address bits in the mask are as in `ones` and, in plane 0 of a
 * three_level register, as in `zeros`. */
WIDE static void swap_root64_page(uint64_t *restrict bus, uint32_t *restrict data,
                                  const uint32_t *restrict one, const uint32_t *restrict zero,
                                  uint32_t mask, uint32_t ones, uint32_t zeros, unsigned qubit,
                                  size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint32_t other = ((one[i] ^ ones) | (zero[i] ^ zeros)) & mask;
        const uint64_t t = other ? 0 : ((bus[i] >> qubit) ^ data[i]) & 1u;
        bus[i] ^= t << qubit;
        data[i] ^= (uint32_t)t;
    }
}

WIDE static void swap_root64(uint64_t *restrict bus, uint32_t *restrict data, unsigned qubit,
                             size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t t = ((bus[i] >> qubit) ^ data[i]) & 1u;
        bus[i] ^= t << qubit;
        data[i] ^= (uint32_t)t;
    }
}

void brg_block_swap_address(brg_branches *b, unsigned qubit, size_t first, size_t count) {
    for (unsigned p = 0; p < b->planes; p++)
        swap_root32(b->address[p] + first, b->data[p] + first, qubit, count);
}

void brg_block_swap_bus(brg_branches *b, unsigned qubit, int page, size_t first, size_t count) {
    if (page >= 0) {
        const unsigned top = b->planes - 1;
        const uint32_t mask = (1u << b->h) - 1u;
        uint32_t ones = 0;
        for (uint32_t q = 0; q < b->h; q++) ones |= ((uint32_t)page >> (b->h - 1 - q) & 1u) << q;
        for (unsigned p = 0; p < b->planes; p++)
            swap_root64_page(b->bus[p] + first, b->data[p] + first, b->address[top] + first,
                             b->address[0] + first, mask, ones, top ? ~ones : ones, qubit, count);
        return;
    }
    for (unsigned p = 0; p < b->planes; p++)
        swap_root64(b->bus[p] + first, b->data[p] + first, qubit, count);
}

/* Path part of a Fetch: two_level a sign, three_level a swap of |0> and |1>. */
static void fetch_two(brg_branches *b, const uint64_t *plane, size_t first, size_t count) {
    const uint32_t last = b->n - 1;
    const uint32_t *restrict label = b->label + first, *restrict addr = b->addr[0] + first;
    const uint32_t page_bits = b->h;
    const uint32_t *restrict data = b->data[0] + first;
    double *restrict re = b->re + first, *restrict im = b->im + first;
    for (size_t i = 0; i < count; i++) {
        const uint32_t leaf = (label[i] >> page_bits & ~1u) | (addr[i] >> last & 1u);
        const uint64_t odd = (plane[leaf >> 6] >> (leaf & 63u)) & (data[i] >> last) & 1u;
        const double sign = odd ? -1.0 : 1.0;
        re[i] *= sign;
        im[i] *= sign;
    }
}

static void fetch_three(brg_branches *b, const uint64_t *plane, size_t first, size_t count) {
    const uint32_t last = b->n - 1, page_bits = b->h;
    const uint32_t *restrict label = b->label + first;
    const uint32_t *restrict zero = b->addr[0] + first, *restrict one = b->addr[1] + first;
    uint32_t *restrict data0 = b->data[0] + first, *restrict data1 = b->data[1] + first;
    for (size_t i = 0; i < count; i++) {
        const uint32_t side = one[i] >> last & 1u;
        const uint32_t acts = (zero[i] | one[i]) & (data0[i] | data1[i]) & (1u << last);
        const uint32_t leaf = (label[i] >> page_bits & ~1u) | side;
        const uint32_t flip = (uint32_t)(plane[leaf >> 6] >> (leaf & 63u) & 1u) << last & acts;
        data0[i] ^= flip;
        data1[i] ^= flip;
    }
}

void brg_block_fetch(brg_branches *b, const brg_planes *memory, uint32_t bit, size_t first,
                     size_t count) {
    const uint64_t *plane = memory->bits + (size_t)bit * memory->plane_words;
    if (b->planes == 1)
        fetch_two(b, plane, first, count);
    else
        fetch_three(b, plane, first, count);
}

void brg_block_negate(brg_branches *b, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++) {
        b->re[i] = -b->re[i];
        b->im[i] = -b->im[i];
    }
}
