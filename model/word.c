/* SPDX-License-Identifier: Apache-2.0 */
/* Control words: the 192-bit encoding, its parity and the rules that hold for every geometry. */
#include <string.h>

#include "model/program.h"
#include "model/program_private.h"

enum { RESERVED_LSB = 161, RESERVED_WIDTH = 23, PARITY_LSB = 184 };

static void put(uint32_t *lanes, unsigned lsb, unsigned width, uint32_t value) {
    for (unsigned i = 0; i < width; i++) {
        const unsigned bit = lsb + i;
        if ((value >> i) & 1u) lanes[bit / 32] |= 1u << (bit % 32);
    }
}

static uint32_t get(const uint32_t *lanes, unsigned lsb, unsigned width) {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; i++) {
        const unsigned bit = lsb + i;
        value |= ((lanes[bit / 32] >> (bit % 32)) & 1u) << i;
    }
    return value;
}

static void put_index(uint32_t *lanes, unsigned lsb, unsigned width, int16_t index) {
    if (index < 0) return;
    put(lanes, lsb, 1, 1);
    put(lanes, lsb + 1, width, (uint32_t)index);
}

/* An index without its valid bit must be 0, so that each word has one encoding. */
static int16_t get_index(const uint32_t *lanes, unsigned lsb, unsigned width, bool *stray) {
    const uint32_t index = get(lanes, lsb + 1, width);
    if (get(lanes, lsb, 1)) return (int16_t)index;
    if (index != 0) *stray = true;
    return -1;
}

/* Controlled or not holds for both operations of a word, so each page field is used exactly when
 * its operation stands in a controlled word. */
static bool is_controlled(const brg_slice_ops *o) {
    return o->d_in_page >= 0 || o->d_out_page >= 0;
}

static void put_page(uint32_t *lanes, unsigned lsb, int16_t page) {
    if (page >= 0) put(lanes, lsb, 12, (uint32_t)page);
}

static int16_t get_page(const uint32_t *lanes, unsigned lsb, bool used, bool *stray) {
    const uint32_t page = get(lanes, lsb, 12);
    if (used) return (int16_t)page;
    if (page != 0) *stray = true;
    return -1;
}

/* XOR of the 24 bytes of a word: 0 when all eight interleaved lanes have even parity. */
static uint32_t fold(const uint32_t *lanes) {
    uint32_t x = 0;
    for (unsigned i = 0; i < BRG_WORD_LANES; i++) x ^= lanes[i];
    x ^= x >> 16;
    x ^= x >> 8;
    return x & 0xFFu;
}

void brg_word_encode(const brg_control_word *word, uint32_t lanes[BRG_WORD_LANES]) {
    const brg_slice_ops *o = &word->ops;
    memset(lanes, 0, BRG_WORD_LANES * sizeof lanes[0]);
    put(lanes, 0, 24, o->route);
    put(lanes, 24, 24, o->latch);
    put(lanes, 48, 1, o->unlatch);
    put_index(lanes, 49, 5, o->a_in);
    put_index(lanes, 55, 5, o->a_out);
    put_index(lanes, 61, 6, o->d_in);
    put_index(lanes, 68, 6, o->d_out);
    put_index(lanes, 75, 6, o->fetch);
    put(lanes, 82, 1, o->basis_in);
    put(lanes, 83, 1, o->basis_out);
    put(lanes, 84, 1, word->measure);
    put(lanes, 85, 1, word->set_flag);
    put(lanes, 86, 12, word->page);
    put(lanes, 98, 2, word->slot);
    put(lanes, 100, 2, word->index_base);
    put(lanes, 102, 4, word->duration_class);
    put(lanes, 106, 8, word->wait_mask);
    put(lanes, 114, 3, word->next);
    put(lanes, 117, 12, word->target);
    put(lanes, 129, 2, word->loop);
    put(lanes, 131, 2, word->flag_select);
    put(lanes, 133, 1, word->mark);
    put(lanes, 134, 1, is_controlled(o));
    put_page(lanes, 135, o->d_in_page);
    put_page(lanes, 147, o->d_out_page);
    put(lanes, 159, 2, word->page_base);
    put(lanes, PARITY_LSB, 8, fold(lanes));
}

brg_word_fault brg_word_decode(const uint32_t lanes[BRG_WORD_LANES], brg_control_word *word) {
    bool stray = false;
    brg_slice_ops *o = &word->ops;
    memset(word, 0, sizeof *word);
    o->route = get(lanes, 0, 24);
    o->latch = get(lanes, 24, 24);
    o->unlatch = get(lanes, 48, 1);
    o->a_in = get_index(lanes, 49, 5, &stray);
    o->a_out = get_index(lanes, 55, 5, &stray);
    o->d_in = get_index(lanes, 61, 6, &stray);
    o->d_out = get_index(lanes, 68, 6, &stray);
    o->fetch = get_index(lanes, 75, 6, &stray);
    o->basis_in = get(lanes, 82, 1);
    o->basis_out = get(lanes, 83, 1);
    word->measure = get(lanes, 84, 1);
    word->set_flag = get(lanes, 85, 1);
    word->page = (uint16_t)get(lanes, 86, 12);
    word->slot = (uint8_t)get(lanes, 98, 2);
    word->index_base = (uint8_t)get(lanes, 100, 2);
    word->duration_class = (uint8_t)get(lanes, 102, 4);
    word->wait_mask = (uint8_t)get(lanes, 106, 8);
    word->next = (uint8_t)get(lanes, 114, 3);
    word->target = (uint16_t)get(lanes, 117, 12);
    word->loop = (uint8_t)get(lanes, 129, 2);
    word->flag_select = (uint8_t)get(lanes, 131, 2);
    word->mark = get(lanes, 133, 1);
    const bool controlled = get(lanes, 134, 1);
    o->d_in_page = get_page(lanes, 135, controlled && o->d_in >= 0, &stray);
    o->d_out_page = get_page(lanes, 147, controlled && o->d_out >= 0, &stray);
    if (controlled && o->d_in < 0 && o->d_out < 0) stray = true;
    word->page_base = (uint8_t)get(lanes, 159, 2);
    if (fold(lanes) != 0) return BRG_WORD_PARITY;
    if (get(lanes, RESERVED_LSB, RESERVED_WIDTH) != 0) return BRG_WORD_RESERVED;
    if (stray || brg_word_rule(word) != NULL) return BRG_WORD_ILLEGAL;
    return BRG_WORD_GOOD;
}

bool brg_ops_any(const brg_slice_ops *o) {
    return o->route != 0 || o->latch != 0 || o->a_in >= 0 || o->a_out >= 0 || o->d_in >= 0 ||
           o->d_out >= 0 || o->fetch >= 0;
}

bool brg_word_is_slice(const brg_control_word *word) {
    return brg_ops_any(&word->ops) || word->duration_class == BRG_CLASS_IDLE ||
           word->duration_class >= BRG_CLASS_USER;
}

static const char *ops_rule(const brg_slice_ops *o) {
    const int root_users = (o->a_in >= 0) + (o->a_out >= 0) + (o->d_in >= 0 || o->d_out >= 0) +
                           (int)(o->route & 1u) + (int)(o->latch & 1u);
    if ((o->route >> (BRG_MAX_ADDRESS_WIDTH - 1)) != 0 || (o->latch >> BRG_MAX_ADDRESS_WIDTH) != 0)
        return "layer out of range, accepted route 0..22 and latch 0..23";
    if (o->a_in >= BRG_MAX_ADDRESS_WIDTH || o->a_out >= BRG_MAX_ADDRESS_WIDTH)
        return "address qubit out of range, accepted 0..23";
    if (o->d_in >= BRG_MAX_WORD_WIDTH || o->d_out >= BRG_MAX_WORD_WIDTH ||
        o->fetch >= BRG_MAX_WORD_WIDTH)
        return "bus bit out of range, accepted 0..63";
    if (root_users > 1)
        return "root.data is used by more than one of a_in, a_out, d_in/d_out, route 0 and latch 0";
    if ((o->route & (o->route >> 1)) != 0)
        return "two neighbouring layers route in one slice; they share data cells";
    if ((o->latch & o->route) != 0 || (o->latch & (o->route << 1)) != 0)
        return "a layer latches while it or the layer above routes; they share cells";
    if (o->unlatch && o->latch == 0) return "unlatch without a layer";
    if (o->basis_in && o->d_in < 0) return "basis_in without d_in";
    if (o->basis_out && o->d_out < 0) return "basis_out without d_out";
    if ((o->d_in_page >= 0 && o->d_in < 0) || (o->d_out_page >= 0 && o->d_out < 0))
        return "a page without its d_in or d_out";
    if (is_controlled(o) &&
        ((o->d_in >= 0 && o->d_in_page < 0) || (o->d_out >= 0 && o->d_out_page < 0)))
        return "d_in and d_out of one word are both controlled by a page or none is";
    return NULL;
}

/* Rules that need neither n nor k. The controller checks ranges but not that cells are disjoint. */
const char *brg_word_rule(const brg_control_word *w) {
    const char *fault = ops_rule(&w->ops);
    if (fault != NULL) return fault;
    if (w->set_flag && !w->measure) return "set_flag without measure";
    if (w->next > BRG_NEXT_HALT) return "next is none of step, jump, loop, branch, halt";
    if ((w->wait_mask & ~BRG_WAIT_ALL) != 0) return "unknown bit in the wait mask";
    if (w->duration_class == BRG_CLASS_READOUT || w->duration_class >= BRG_CLASS_COUNT)
        return "the duration class cannot be that of a slice";
    if (w->duration_class < BRG_CLASS_USER) {
        const bool idle =
            w->duration_class == BRG_CLASS_STEP || w->duration_class == BRG_CLASS_IDLE;
        if (idle && brg_ops_any(&w->ops)) return "operations in a word of class step or idle";
        if (!idle && !brg_ops_any(&w->ops))
            return "no operation in a word whose class is that of an operation";
    }
    return NULL;
}
