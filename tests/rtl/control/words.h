/* SPDX-License-Identifier: Apache-2.0 */
/* Control words for the tests, packed straight from the bit positions of docs/control_word.md, and
 * query programs from the slice table of docs/schedule.md. Shares no code with model/program. */
#ifndef BRG_TESTS_RTL_WORDS_H
#define BRG_TESTS_RTL_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct word {
    uint32_t lane[6];
} word;

enum { OP_STEP = 0, OP_JUMP = 1, OP_LOOP = 2, OP_BRANCH = 3, OP_HALT = 4 };
enum { WAIT_PAGE = 1, WAIT_PULSE = 2, WAIT_READOUT = 4, WAIT_DECODER = 8, WAIT_HOST = 16 };

/* Low bit and width of each field. */
#define W_ROUTE 0, 24
#define W_LATCH 24, 24
#define W_UNLATCH 48, 1
#define W_A_IN_VALID 49, 1
#define W_A_IN 50, 5
#define W_A_OUT_VALID 55, 1
#define W_A_OUT 56, 5
#define W_D_IN_VALID 61, 1
#define W_D_IN 62, 6
#define W_D_OUT_VALID 68, 1
#define W_D_OUT 69, 6
#define W_FETCH_VALID 75, 1
#define W_FETCH 76, 6
#define W_BASIS_IN 82, 1
#define W_BASIS_OUT 83, 1
#define W_MEASURE 84, 1
#define W_SET_FLAG 85, 1
#define W_PAGE 86, 12
#define W_SLOT 98, 2
#define W_INDEX_BASE 100, 2
#define W_CLASS 102, 4
#define W_WAIT 106, 8
#define W_NEXT 114, 3
#define W_TARGET 117, 12
#define W_LOOP 129, 2
#define W_FLAG 131, 2
#define W_MARK 133, 1
#define W_CONTROLLED 134, 1
#define W_D_IN_PAGE 135, 12
#define W_D_OUT_PAGE 147, 12
#define W_PAGE_BASE 159, 2
#define W_RESERVED 161, 23

static inline uint32_t word_bit(const word *w, unsigned i) {
    return (w->lane[i / 32] >> (i % 32)) & 1u;
}

static inline void word_flip(word *w, unsigned i) {
    w->lane[i / 32] ^= 1u << (i % 32);
}

static inline uint64_t word_get(const word *w, unsigned low, unsigned width) {
    uint64_t v = 0;
    for (unsigned i = 0; i < width; i++) v |= (uint64_t)word_bit(w, low + i) << i;
    return v;
}

static inline void word_put(word *w, unsigned low, unsigned width, uint64_t value) {
    for (unsigned i = 0; i < width; i++)
        if (word_bit(w, low + i) != ((value >> i) & 1u)) word_flip(w, low + i);
}

static inline void word_seal(word *w) {
    for (unsigned i = 0; i < 8; i++) {
        uint32_t x = 0;
        for (unsigned b = i; b < 184; b += 8) x ^= word_bit(w, b);
        word_put(w, 184 + i, 1, x);
    }
}

static inline bool word_equal(const word *a, const word *b) {
    return memcmp(a->lane, b->lane, sizeof a->lane) == 0;
}

/* The operations of slice s (1 .. 6n+2k-1) by the table: each row asked in turn. With several pages
 * it is the table of a word of k * pages bits, of which bit j of page p is number p * k + j. */
static inline word paged_word(unsigned n, unsigned k_page, unsigned pages, unsigned s) {
    const unsigned k = k_page * pages;
    const unsigned t = 6 * n + 2 * k;
    const unsigned out = t - s; /* the mirror slice */
    word w = {{0}};
    for (unsigned i = 0; i < n; i++) {
        if (s == 2 * i + 1) word_put(&w, W_A_IN_VALID, 1), word_put(&w, W_A_IN, i);
        if (out == 2 * i + 1) word_put(&w, W_A_OUT_VALID, 1), word_put(&w, W_A_OUT, i);
        if (s == 3 * i + 2) word_put(&w, W_LATCH, word_get(&w, W_LATCH) | 1u << i);
        if (out == 3 * i + 2) {
            word_put(&w, W_LATCH, word_get(&w, W_LATCH) | 1u << i);
            word_put(&w, W_UNLATCH, 1);
        }
        if (i + 1 < n && s % 2 == i % 2 && s >= 3 * i + 4 && s <= t - (3 * i + 4) &&
            !(s >= 2 * n + 2 * k + i + 1 && s <= t - (2 * n + 2 * k + i + 1)))
            word_put(&w, W_ROUTE, word_get(&w, W_ROUTE) | 1u << i);
    }
    for (unsigned j = 0; j < k; j++) {
        const unsigned bit = j % k_page, page = j / k_page;
        const bool controlled = pages > 1;
        if (s == 2 * n + 2 * j + 1) {
            word_put(&w, W_D_IN_VALID, 1), word_put(&w, W_D_IN, bit);
            if (controlled) word_put(&w, W_CONTROLLED, 1), word_put(&w, W_D_IN_PAGE, page);
        }
        if (s == 3 * n + 2 * j + 1) {
            word_put(&w, W_FETCH_VALID, 1), word_put(&w, W_FETCH, bit);
            word_put(&w, W_PAGE, page);
        }
        if (s == 4 * n + 2 * j + 1) {
            word_put(&w, W_D_OUT_VALID, 1), word_put(&w, W_D_OUT, bit);
            if (controlled) word_put(&w, W_CONTROLLED, 1), word_put(&w, W_D_OUT_PAGE, page);
        }
    }
    word_put(&w, W_CLASS, 1 + s % 4);
    return w;
}

static inline word table_word(unsigned n, unsigned k, unsigned s) {
    return paged_word(n, k, 1, s);
}

/* The query of the table: 6n+2k-1 slices (k * pages for k with several pages), each fetch waiting
 * for its plane; the last one halts. program has room for them. Returns the number of words. */
static inline unsigned paged_program(unsigned n, unsigned k, unsigned pages, word *program) {
    const unsigned slices = 6 * n + 2 * k * pages - 1;
    for (unsigned s = 1; s <= slices; s++) {
        word w = paged_word(n, k, pages, s);
        if (word_get(&w, W_FETCH_VALID)) word_put(&w, W_WAIT, WAIT_PAGE);
        word_put(&w, W_NEXT, s == slices ? OP_HALT : OP_STEP);
        word_seal(&w);
        program[s - 1] = w;
    }
    return slices;
}

static inline unsigned table_program(unsigned n, unsigned k, word *program) {
    return paged_program(n, k, 1, program);
}

#endif
