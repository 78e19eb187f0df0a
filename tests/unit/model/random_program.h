/* SPDX-License-Identifier: Apache-2.0 */
/* Random words and random valid programs for property tests. */
#ifndef BRG_TESTS_RANDOM_PROGRAM_H
#define BRG_TESTS_RANDOM_PROGRAM_H

#include <string.h>

#include "model/program.h"
#include "test.h"

static inline uint32_t random_below(uint64_t *state, uint32_t limit) {
    return (uint32_t)(test_random(state) % limit);
}

static inline int16_t random_index(uint64_t *state, uint32_t limit, uint32_t one_in) {
    return random_below(state, one_in) == 0 ? (int16_t)random_below(state, limit) : (int16_t)-1;
}

static inline int16_t random_page(uint64_t *state, bool used, uint32_t pages) {
    return used ? (int16_t)random_below(state, pages) : (int16_t)-1;
}

/* Any values that fit the fields, legal together or not. */
static inline brg_control_word random_word(uint64_t *state) {
    brg_control_word w;
    memset(&w, 0, sizeof w);
    w.ops.route = (uint32_t)test_random(state) & 0xFFFFFFu;
    w.ops.latch = (uint32_t)test_random(state) & 0xFFFFFFu;
    w.ops.unlatch = random_below(state, 2);
    w.ops.a_in = random_index(state, 32, 2);
    w.ops.a_out = random_index(state, 32, 2);
    w.ops.d_in = random_index(state, 64, 2);
    w.ops.d_out = random_index(state, 64, 2);
    w.ops.fetch = random_index(state, 64, 2);
    w.ops.basis_in = random_below(state, 2);
    w.ops.basis_out = random_below(state, 2);
    const bool controlled = random_below(state, 2);
    w.ops.d_in_page = random_page(state, controlled && w.ops.d_in >= 0, 4096);
    w.ops.d_out_page = random_page(state, controlled && w.ops.d_out >= 0, 4096);
    w.page_base = (uint8_t)random_below(state, 4);
    w.measure = random_below(state, 2);
    w.set_flag = random_below(state, 2);
    w.page = (uint16_t)random_below(state, 4096);
    w.slot = (uint8_t)random_below(state, 4);
    w.index_base = (uint8_t)random_below(state, 4);
    w.duration_class = (uint8_t)random_below(state, 16);
    w.wait_mask = (uint8_t)random_below(state, 256);
    w.next = (uint8_t)random_below(state, 8);
    w.target = (uint16_t)random_below(state, 4096);
    w.loop = (uint8_t)random_below(state, 4);
    w.flag_select = (uint8_t)random_below(state, 4);
    w.mark = random_below(state, 2);
    return w;
}

static inline void assert_same_word(const brg_control_word *a, const brg_control_word *b) {
    uint32_t x[BRG_WORD_LANES], y[BRG_WORD_LANES];
    brg_word_encode(a, x);
    brg_word_encode(b, y);
    assert_memory_equal(x, y, sizeof x);
}

/* One slice or step that is legal for the program's n and k, its next being step. */
static inline brg_control_word random_legal_word(uint64_t *state, const brg_program *p) {
    static brg_program probe;
    const uint32_t n = p->address_width, k = p->word_width;
    memcpy(&probe, p, offsetof(brg_program, words));
    probe.count = 1;
    for (;;) {
        brg_control_word w;
        memset(&w, 0, sizeof w);
        w.ops = brg_slice_ops_none();
        const uint32_t layers = (1u << n) - 1u;
        if (random_below(state, 2))
            w.ops.route = (uint32_t)test_random(state) & (layers >> 1) & 0x555555u;
        if (random_below(state, 2) && n > 1) w.ops.route = (w.ops.route << 1) & (layers >> 1);
        if (random_below(state, 3) == 0) w.ops.latch = 1u << random_below(state, n);
        w.ops.unlatch = w.ops.latch != 0 && random_below(state, 2);
        w.ops.a_in = random_index(state, n, 6);
        w.ops.a_out = random_index(state, n, 6);
        w.ops.d_in = random_index(state, k, 6);
        w.ops.d_out = random_index(state, k, 6);
        w.ops.fetch = random_index(state, k, 4);
        if (p->routers == BRG_TWO_LEVEL) {
            w.ops.basis_in = w.ops.d_in >= 0 && random_below(state, 2);
            w.ops.basis_out = w.ops.d_out >= 0 && random_below(state, 2);
        }
        const bool controlled = p->page_bits > 0 && random_below(state, 3) > 0;
        w.ops.d_in_page = random_page(state, controlled && w.ops.d_in >= 0, 1u << p->page_bits);
        w.ops.d_out_page = random_page(state, controlled && w.ops.d_out >= 0, 1u << p->page_bits);
        if (p->page_bits > 0 && w.ops.fetch >= 0)
            w.page = (uint16_t)random_below(state, 1u << p->page_bits);
        if (p->page_bits > 0 && random_below(state, 3) == 0)
            w.page_base = (uint8_t)random_below(state, 4);
        w.measure = random_below(state, 8) == 0;
        w.set_flag = w.measure && random_below(state, 2);
        w.index_base = (uint8_t)(random_below(state, 4) == 0 ? random_below(state, 4) : 0);
        w.duration_class = (uint8_t)random_below(state, 16);
        w.wait_mask = (uint8_t)random_below(state, 32);
        w.mark = random_below(state, 2);
        w.next = BRG_NEXT_HALT;
        probe.words[0] = w;
        if (brg_program_check(&probe, NULL, NULL) != BRG_OK) continue;
        w.next = BRG_NEXT_STEP;
        return w;
    }
}

/* A valid program: loops and branches go anywhere, jumps only forward, so that the halt in the
 * last word can always be reached. */
static inline void random_program(uint64_t *state, brg_program *p) {
    memset(p, 0, sizeof *p);
    snprintf(p->name, sizeof p->name, "random-%u.x_Y", random_below(state, 1000));
    p->routers = (brg_routers)random_below(state, 2);
    p->address_width = 1 + random_below(state, BRG_MAX_ADDRESS_WIDTH);
    p->word_width = 1 + random_below(state, BRG_MAX_WORD_WIDTH);
    const uint32_t page_limit = BRG_MAX_ADDRESS_WIDTH - p->address_width;
    if (random_below(state, 2))
        p->page_bits = random_below(state, 1 + (page_limit < 12 ? page_limit : 12));
    for (int l = 0; l < 4; l++)
        p->loop_count[l] = (uint16_t)random_below(state, l == 3 ? 65536 : 1 + p->word_width);
    const uint32_t count = 1 + random_below(state, random_below(state, 8) == 0 ? 1024 : 40);
    for (uint32_t i = 0; i < count; i++) {
        brg_control_word w = random_legal_word(state, p);
        const uint32_t kind = random_below(state, 8);
        if (kind == 0 && i + 1 < count) {
            w.next = BRG_NEXT_JUMP;
            w.target = (uint16_t)(i + 1 + random_below(state, count - i - 1));
        } else if (kind == 1) {
            w.loop = (uint8_t)random_below(state, 4);
            w.next = p->loop_count[w.loop] > 0 ? BRG_NEXT_LOOP : BRG_NEXT_HALT;
            if (w.next == BRG_NEXT_HALT) w.loop = 0;
            if (w.next == BRG_NEXT_LOOP) w.target = (uint16_t)random_below(state, count);
        } else if (kind == 2) {
            w.next = BRG_NEXT_BRANCH;
            w.flag_select = (uint8_t)random_below(state, 4);
            w.target = (uint16_t)random_below(state, count);
        }
        if (i + 1 == count) {
            w.next = BRG_NEXT_HALT;
            w.target = 0;
            w.loop = w.flag_select = 0;
        }
        p->words[p->count++] = w;
    }
    for (uint32_t i = count; i < BRG_PROGRAM_WORDS; i++) p->words[i].ops = brg_slice_ops_none();
}

#endif
