/* SPDX-License-Identifier: Apache-2.0 */
/* Reference model of the sequencer, written from docs/rtl/brg_sequencer.md: plain, slow, with the
 * open waits of every cycle written down and their owners decided afterwards. */
#ifndef BRG_TESTS_RTL_SEQUENCER_MODEL_H
#define BRG_TESTS_RTL_SEQUENCER_MODEL_H

#include "sequencer_face.h"
#include "words.h"

#ifndef MODEL_STORE_WORDS /* the build says for how many words the sequencer was elaborated */
#define MODEL_STORE_WORDS 1024
#endif
enum { MODEL_MAX_WAIT = 16384 };

typedef enum model_phase { M_IDLE, M_WORD, M_SLICE, M_ENDING, M_DRAIN } model_phase;

typedef struct seq_model {
    const word *program; /* MODEL_STORE_WORDS words, borrowed */
    model_phase phase;
    unsigned pc;
    uint64_t age;
    uint32_t slices;
    uint32_t iterations[4];
    uint16_t tag;
    uint8_t status;
    bool abort_later;
    bool flying, flying_flag; /* a readout; whether its bit 0 becomes the flag */
    bool measured;
    uint64_t bits;
    uint64_t left; /* cycles of the slice still to come */
    uint64_t carried[7];
    bool met[5], buffered; /* conditions of this word already met */
    unsigned page;         /* highest page that a fetch asked for, */
    uint64_t fetched;      /* and its planes whose fetch is over */
    unsigned waited;
    uint8_t open[MODEL_MAX_WAIT];
    bool all_results; /* drain: every queued query has its result */
    /* what the test has covered */
    uint64_t words, slice_count, loops_taken, branches_taken, waits_of_three, late_latch;
    uint64_t starved, turned_pages, passed_pages;
    uint64_t statuses[8];
} seq_model;

void seq_model_reset(seq_model *m);
/* Predicts the outputs of this cycle and moves to the next one. */
void seq_model_cycle(seq_model *m, const seq_in *in, seq_out *out);

#endif
