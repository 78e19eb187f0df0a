/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for every program that a reader accepted. */
#ifndef BRG_TESTS_PROGRAM_PROPERTIES_H
#define BRG_TESTS_PROGRAM_PROPERTIES_H

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/program.h"

static inline void check_same_program(const brg_program *a, const brg_program *b) {
    FUZZ_CHECK(strcmp(a->name, b->name) == 0 && a->routers == b->routers);
    FUZZ_CHECK(a->address_width == b->address_width && a->word_width == b->word_width);
    FUZZ_CHECK(a->count == b->count);
    FUZZ_CHECK(memcmp(a->loop_count, b->loop_count, sizeof a->loop_count) == 0);
    for (uint32_t i = 0; i < a->count; i++) {
        uint32_t x[BRG_WORD_LANES], y[BRG_WORD_LANES];
        brg_word_encode(&a->words[i], x);
        brg_word_encode(&b->words[i], y);
        FUZZ_CHECK(memcmp(x, y, sizeof x) == 0);
    }
}

/* It passes the check, its words decode without fault, and its text form gives it back. */
static inline void check_program(const brg_program *p) {
    FUZZ_CHECK(brg_program_check(p, "accepted", NULL) == BRG_OK);
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t lanes[BRG_WORD_LANES];
        brg_control_word word;
        brg_word_encode(&p->words[i], lanes);
        FUZZ_CHECK(brg_word_decode(lanes, &word) == BRG_WORD_GOOD);
    }
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) return;
    FUZZ_CHECK(brg_program_disassemble(p, stream) == BRG_OK);
    fclose(stream);
    brg_program *again = NULL;
    FUZZ_CHECK(brg_program_assemble(&again, text, length, "again", NULL) == BRG_OK);
    check_same_program(p, again);
    brg_program_destroy(&again);
    free(text);
}

#endif
