/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that drives the DDR4 controller. */
#include "ddr4_rig.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

enum { TAGS = 256, BINS = 1 << 16 };

typedef struct {
    bool busy, write;
    uint64_t accepted;
    uint8_t expected[64];
} flight;

static uint32_t percentile(const uint64_t *bins, uint64_t total, double p) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < BINS; i++) {
        sum += bins[i];
        if (bins[i] && (double)sum >= p * (double)total) return i;
    }
    return 0;
}

static uint64_t mix(uint64_t hash, uint64_t value) {
    return (hash ^ value) * 0x9E3779B97F4A7C15u + (hash >> 29);
}

/* The next request of the pattern. */
static void next_request(ddr4_request *r, const ddr4_load *load, uint64_t index, uint64_t *random,
                         const uint64_t *table, uint8_t *memory, uint64_t capacity) {
    r->valid = true;
    r->write = test_random(random) % 256 < load->writes_256;
    uint64_t line = 0;
    if (load->pattern == PATTERN_LIST) {
        r->address = load->list[index];
    } else if (load->lines) {
        line = load->pattern == PATTERN_RANDOM ? test_random(random) % load->lines
                                               : index % load->lines;
        r->address = table[line];
    } else {
        r->address = (load->pattern == PATTERN_RANDOM ? test_random(random) << 6 : index << 6) &
                     (capacity - 1);
    }
    if (!r->write) return;
    r->mask = test_random(random);
    if (test_random(random) % 2) r->mask = UINT64_MAX;
    for (int i = 0; i < 64; i += 8) {
        const uint64_t word = test_random(random);
        memcpy(r->data + i, &word, 8);
    }
    (void)memory;
}

ddr4_result ddr4_drive(const brg_ddr4_part *part, const brg_ddr4_policy *policy,
                       const ddr4_load *load, ddr4_event *events, size_t max_events,
                       size_t *event_count) {
    ddr4_result result = {.minimum = UINT32_MAX};
    uint32_t timing[BRG_DDR4_TIMING_WORDS], word;
    assert_int_equal(brg_ddr4_timing_pack(timing, part, 1), BRG_OK);
    assert_int_equal(brg_ddr4_policy_pack(&word, policy), BRG_OK);
    ddr4_model *model = ddr4_model_new(timing, word);
    assert_non_null(model);
    const uint64_t capacity = brg_ddr4_capacity_bytes(policy->ranks);
    uint64_t random = load->seed;
    uint64_t *table = calloc(load->lines ? load->lines : 1, sizeof *table);
    uint32_t *owner = calloc(TAGS, sizeof *owner);
    uint8_t *memory = calloc(load->lines ? load->lines : 1, 64);
    uint64_t *bins = calloc(BINS, sizeof *bins);
    flight *flights = calloc(TAGS, sizeof *flights);
    assert_true(table && owner && memory && bins && flights);
    for (uint32_t i = 0; i < load->lines; i++) {
        /* Neighbours, so that rows are hit, and places far away. */
        table[i] = i % 4 && i ? table[i - 1] + 64 : (test_random(&random) << 6);
        table[i] &= capacity - 1;
    }

    uint64_t cycle = 0, issued = 0, answered = 0, sum = 0, quiet_until = 0, last_answer = 0;
    uint64_t next_at = 0;
    ddr4_request request = {0};
    ddr4_pins pins;
    size_t count = 0;
    uint8_t tag = 0;
    while (answered < load->requests) {
        if (cycle - last_answer > 200000) {
            result.stalled = load->requests - answered;
            break;
        }
        if (!request.valid && issued < load->requests && cycle >= next_at &&
            (!load->idle || issued == answered) && !flights[tag].busy) {
            const bool stall = load->stall_256 && test_random(&random) % 256 < load->stall_256;
            if (stall) {
                next_at = cycle + 1 + test_random(&random) % 8;
            } else {
                next_request(&request, load, issued, &random, table, memory, capacity);
                request.tag = tag;
            }
        }
        uint32_t limit = load->no_skip ? 1 : UINT32_MAX;
        if (!request.valid && issued < load->requests && (!load->idle || issued == answered))
            limit = next_at > cycle ? (uint32_t)(next_at - cycle) : 1;
        (void)quiet_until;
        if (load->no_skip) limit = 1;
        const uint32_t steps = ddr4_model_step(model, &request, limit, &pins);
        if (pins.head_state < 5) result.head_state[pins.head_state] += steps;
        if (pins.violation) {
            if (!result.violations) result.first_code = pins.violation_code;
            result.violations++;
        }
        if (events && count < max_events && (pins.command || pins.wr_valid || pins.rd_valid)) {
            events[count++] = (ddr4_event){pins.command,  pins.bank,     pins.column, pins.row,
                                           pins.wr_valid, pins.rd_valid, cycle};
        }
        if (request.valid && pins.ready) {
            flight *f = &flights[tag];
            f->busy = true;
            f->write = request.write;
            f->accepted = cycle;
            if (load->lines) {
                uint64_t line = 0;
                /* The reference memory is found by address: the table may hold one twice. */
                for (line = 0; table[line] != request.address; line++) {
                }
                uint8_t *bytes = memory + 64 * line;
                if (request.write) {
                    for (int i = 0; i < 64; i++)
                        if (request.mask >> i & 1) bytes[i] = request.data[i];
                } else {
                    memcpy(f->expected, bytes, 64);
                }
            }
            request.valid = false;
            issued++;
            tag++;
            if (load->interval) next_at += load->interval;
        }
        if (pins.response) {
            flight *f = &flights[pins.tag];
            if (!f->busy || f->write != pins.response_write) {
                result.wrong_data++;
            } else if (!f->write) {
                const uint64_t latency = cycle - f->accepted;
                sum += latency;
                bins[latency < BINS ? latency : BINS - 1]++;
                if (latency < result.minimum) result.minimum = (uint32_t)latency;
                if (latency > result.maximum) result.maximum = (uint32_t)latency;
                if (load->lines && memcmp(f->expected, pins.data, 64) != 0) result.wrong_data++;
                result.reads++;
            } else {
                result.writes++;
            }
            result.hash = mix(mix(result.hash, cycle), pins.tag);
            f->busy = false;
            answered++;
            last_answer = cycle;
        }
        cycle += steps;
        if (answered == issued && last_answer + steps < cycle) last_answer = cycle;
    }
    result.cycles = cycle;
    result.evaluations = ddr4_model_evaluations(model);
    if (result.reads) result.average = (double)sum / (double)result.reads;
    result.median = percentile(bins, result.reads, 0.5);
    result.p99 = percentile(bins, result.reads, 0.99);
    result.bandwidth =
        (double)(result.reads + result.writes) * part->timing[BRG_DDR4_BURST] / (double)cycle;
    for (unsigned i = 0; i < 16; i++) result.statistic[i] = ddr4_model_statistic(model, i);
    if (event_count) *event_count = count;
    ddr4_model_destroy(&model);
    free(table);
    free(owner);
    free(memory);
    free(bins);
    free(flights);
    return result;
}
