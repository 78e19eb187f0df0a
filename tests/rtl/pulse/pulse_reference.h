/* SPDX-License-Identifier: Apache-2.0 */
/* Reference of brg_pulse_unit, cycle by cycle: written from docs/rtl/brg_pulse_unit.md over the
 * list of table transfers of the whole schedule. */
#ifndef BRG_TESTS_PULSE_REFERENCE_H
#define BRG_TESTS_PULSE_REFERENCE_H

#include "model/pulse.h"

enum { REF_LOOKAHEAD = 16, REF_QUEUE = 8 };

typedef struct ref_job {
    uint32_t table, buffer, words, beats, base;
    bool last;
} ref_job;

typedef struct ref_issue {
    uint32_t count, address[8], channel[8];
} ref_issue;

typedef struct pulse_ref {
    const brg_pulse_schedule *schedule;
    const brg_pulse_memory *memory;
    brg_pulse_limits limits;
    /* Schedule side: 0 fetch, 1 load, 2 scan, 3 stopped. */
    int stage;
    uint32_t index, entry, at, tables;
    uint8_t table[BRG_PULSE_TABLES];
    ref_job asked;
    bool has_asked;
    ref_job queue[REF_QUEUE];
    uint32_t queued;
    uint32_t heads[REF_LOOKAHEAD];
    uint32_t head_count;
    /* Transfer */
    ref_job job;
    bool has_job;
    uint32_t job_words_left, job_beats_left;
    uint64_t slice_beats;
    uint32_t channel;
    bool coming, coming_ends_slice;
    uint32_t coming_buffer, coming_count;
    uint32_t come;
    uint32_t done[REF_LOOKAHEAD];
    uint32_t done_count;
    uint64_t tokens;
    uint64_t used[BRG_PULSE_BUFFERS], high[BRG_PULSE_BUFFERS];
    /* Ring: beats reserved and not read out again */
    uint64_t reserved, released, played;
    uint32_t position;
    unsigned error, error_layer;
    uint64_t words, bytes, beats, slices, stalls, transfers, stall[27];
} pulse_ref;

void ref_start(pulse_ref *r, const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
               const brg_pulse_limits *limits);
bool ref_ready(const pulse_ref *r);
unsigned ref_starved(const pulse_ref *r);
/* Beats asked for in this cycle. */
ref_issue ref_issues(const pulse_ref *r);
/* The edge. parity_bad: a beat that came in this cycle has wrong parity; block_bad: one at the
 * generators cannot be taken apart. */
void ref_clock(pulse_ref *r, bool begin, bool waiting, bool slice_valid, bool parity_bad,
               bool block_bad);

#endif
