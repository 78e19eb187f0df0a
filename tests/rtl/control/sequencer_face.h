/* SPDX-License-Identifier: Apache-2.0 */
/* The verilated brg_sequencer alone, behind a C face: every input can be driven each cycle. */
#ifndef BRG_TESTS_RTL_SEQUENCER_FACE_H
#define BRG_TESTS_RTL_SEQUENCER_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct seq_in {
    bool rst_n, enable, abort, host_flag;
    uint8_t n, k;
    uint16_t pages; /* minus one */
    uint16_t entry, length;
    uint32_t watchdog;
    uint32_t durations[16];
    uint16_t loop_counts[4];
    bool query_valid;
    uint16_t query_tag;
    bool store_valid, store_error;
    uint32_t word[6]; /* what stands in the instruction register */
    bool path_idle;
    uint16_t page_ready, page_buffered;
    uint8_t planes_ready, planes_buffered;
    bool page_error, pulse_ready, decoder_ready;
    bool readout_valid;
    uint64_t readout_bits;
    bool result_ready;
} seq_in;

/* All that leaves the sequencer in a cycle; fields that a valid bit guards are 0 without it. */
typedef struct seq_out {
    bool query_ready, store_enable;
    uint16_t store_address;
    bool path_begin, path_end, path_flush;
    uint16_t tag; /* with begin or end */
    uint8_t end_status;
    bool slice;
    uint32_t slice_number;
    uint32_t waits[7];
    uint32_t word[6];
    uint16_t page;
    uint32_t duration;
    bool readout_start;
    uint32_t readout_cycles;
    bool result;
    uint8_t result_status;
    uint16_t result_tag;
    uint64_t result_bits;
    bool busy, aborting;
    uint16_t page_current;
    uint64_t planes_fetched;
    uint8_t waiting; /* open waits by cause */
    bool await_word;
    uint16_t await_page; /* with waiting & 3 */
    uint8_t await_plane;
} seq_out;

typedef struct seq_face seq_face;
seq_face *seq_face_new(void);
void seq_face_destroy(seq_face **face);
void seq_face_settle(seq_face *face, const seq_in *in, seq_out *out);
/* Answer to the last settle: cycles that may be left out. */
uint32_t seq_face_quiet(const seq_face *face);
void seq_face_edge(seq_face *face, uint32_t skip);
bool seq_face_failed(const seq_face *face);

#ifdef __cplusplus
}
#endif
#endif
