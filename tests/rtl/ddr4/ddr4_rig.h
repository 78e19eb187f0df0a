/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the DDR4 controller with patterns of requests, compares every byte with a reference
 * memory in the order of acceptance, and measures latencies. */
#ifndef BRG_TESTS_DDR4_RIG_H
#define BRG_TESTS_DDR4_RIG_H

#include "ddr4_face.h"
#include "model/ddr4.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { PATTERN_RANDOM, PATTERN_STREAM, PATTERN_LIST } ddr4_pattern;

typedef struct {
    ddr4_pattern pattern;
    uint64_t requests;
    bool idle;            /* one at a time: the next in the cycle after the answer */
    uint32_t interval;    /* else one every so many cycles; 0: whenever there is room */
    uint32_t writes_256;  /* share of writes in 1/256 */
    uint32_t lines;       /* 0: all addresses; else that many lines picked at random, with data
                             that are compared */
    uint32_t stall_256;   /* share of cycles without a request */
    const uint64_t *list; /* PATTERN_LIST: the addresses */
    uint64_t seed;
    bool no_skip;
} ddr4_load;

typedef struct {
    uint8_t command, bank, column;
    uint16_t row;
    bool wr_valid, rd_valid;
    uint64_t cycle;
} ddr4_event;

typedef struct {
    uint64_t cycles, reads, writes, evaluations;
    double average; /* clocks from acceptance to the last data, of reads */
    uint32_t minimum, median, p99, maximum;
    uint64_t violations, wrong_data, head_state[5];
    uint64_t stalled; /* no answer came any more */
    uint8_t first_code;
    uint64_t statistic[16];
    double bandwidth; /* share of the cycles with data on the bus */
    uint64_t hash;    /* of every answer with its cycle */
} ddr4_result;

/* events: NULL or room for max_events commands, *event_count are written. */
ddr4_result ddr4_drive(const brg_ddr4_part *part, const brg_ddr4_policy *policy,
                       const ddr4_load *load, ddr4_event *events, size_t max_events,
                       size_t *event_count);

#ifdef __cplusplus
}
#endif

#endif
