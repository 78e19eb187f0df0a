/* SPDX-License-Identifier: Apache-2.0 */
/* Names and phrases of stall causes and stall events. */
#include "csim/stall_event.h"

#include <inttypes.h>
#include <stdio.h>

const char *brg_cause_name(brg_cause cause) {
    static const char *const names[BRG_CAUSE_COUNT] = {"memory",  "latch", "pulse",  "readout",
                                                       "decoder", "host",  "control"};
    return (int)cause >= 0 && cause < BRG_CAUSE_COUNT ? names[cause] : NULL;
}

const char *brg_tier_name(uint64_t tier) {
    static const char *const names[] = {"near", "edge", "cloud"};
    return tier < sizeof names / sizeof *names ? names[tier] : NULL;
}

typedef enum detail_kind { NOTHING, NUMBER, ADDRESS, TIER, BUFFER } detail_kind;

typedef struct event_text {
    const char *name, *phrase; /* the detail follows the phrase */
    detail_kind detail;
} event_text;

static const event_text texts[BRG_EVENT_COUNT] = {
    [BRG_EVENT_UNKNOWN] = {"unknown", "unknown", NOTHING},
    [BRG_EVENT_LOAD_ISSUE] = {"load_issue", "read not issued yet, page at", ADDRESS},
    [BRG_EVENT_CDC] = {"cdc", "clock-domain crossing", NOTHING},
    [BRG_EVENT_CACHE_LOOKUP] = {"cache_lookup", "cache lookup of line", ADDRESS},
    [BRG_EVENT_CACHE_MISS] = {"cache_miss", "cache miss to line", ADDRESS},
    [BRG_EVENT_LATE_PREFETCH] = {"late_prefetch", "late prefetch of line", ADDRESS},
    [BRG_EVENT_CACHE_MSHR_FULL] = {"cache_mshr_full", "no miss register free for line", ADDRESS},
    [BRG_EVENT_CACHE_WRITE_BACK] = {"cache_write_back", "write-back in the way of line", ADDRESS},
    [BRG_EVENT_CACHE_ECC] = {"cache_ecc", "memory error, refetch of line", ADDRESS},
    [BRG_EVENT_DRAM_QUEUE] = {"dram_queue", "DRAM queue before", ADDRESS},
    [BRG_EVENT_DRAM_ACTIVATE] = {"dram_activate", "DRAM row activation for", ADDRESS},
    [BRG_EVENT_DRAM_REFRESH] = {"dram_refresh", "refresh of rank", NUMBER},
    [BRG_EVENT_DRAM_BUS] = {"dram_bus", "DRAM column access and burst of", ADDRESS},
    [BRG_EVENT_TRANSFER] = {"transfer", "memory access to", ADDRESS},
    [BRG_EVENT_CONTENTION] = {"contention", "contention with another initiator before", ADDRESS},
    [BRG_EVENT_TIER_TRANSFER] = {"tier_transfer", "page transfer from tier", TIER},
    [BRG_EVENT_TIER_LIMIT] = {"tier_limit", "request limit of tier", TIER},
    [BRG_EVENT_TIER_OUTAGE] = {"tier_outage", "outage of tier", TIER},
    [BRG_EVENT_TIER_RETRY] = {"tier_retry", "back-off before a retry at tier", TIER},
    [BRG_EVENT_LATCH] = {"latch", "words moving into the leaf latches", NOTHING},
    [BRG_EVENT_PULSE_BUFFER] = {"pulse_buffer", "pulse buffer of layer", BUFFER},
    [BRG_EVENT_READOUT] = {"readout", "readout in flight", NOTHING},
    [BRG_EVENT_DECODER] = {"decoder", "decoder late for patch", NUMBER},
    [BRG_EVENT_HOST] = {"host", "host flag", NOTHING},
    [BRG_EVENT_CONTROL_STEP] = {"control_step", "control step", NOTHING},
    [BRG_EVENT_CONTROL_STORE_MISS] = {"control_store_miss", "control store miss at word", NUMBER},
};

const char *brg_event_name(brg_event_kind kind) {
    return (int)kind >= 0 && kind < BRG_EVENT_COUNT ? texts[kind].name : NULL;
}

int brg_event_describe(char *to, size_t size, brg_event_kind kind, uint64_t detail) {
    if ((int)kind < 0 || kind >= BRG_EVENT_COUNT) kind = BRG_EVENT_UNKNOWN;
    const event_text *t = &texts[kind];
    switch (t->detail) {
        case NUMBER:
            return snprintf(to, size, "%s %" PRIu64, t->phrase, detail);
        case ADDRESS:
            return snprintf(to, size, "%s 0x%" PRIx64, t->phrase, detail);
        case TIER:
            if (brg_tier_name(detail))
                return snprintf(to, size, "%s %s", t->phrase, brg_tier_name(detail));
            return snprintf(to, size, "%s %" PRIu64, t->phrase, detail);
        case BUFFER:
            if (detail == 24 || detail == 25)
                return snprintf(to, size, "pulse buffer of the %s",
                                detail == 24 ? "leaves" : "registers");
            return snprintf(to, size, "%s %" PRIu64, t->phrase, detail);
        case NOTHING:
            break;
    }
    return snprintf(to, size, "%s", t->phrase);
}
