/* SPDX-License-Identifier: Apache-2.0 */
/* Stall events: which memory event a waiting time belongs to, below the cause of the wait. */
#ifndef BRG_CSIM_STALL_EVENT_H
#define BRG_CSIM_STALL_EVENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why the controller waited. The numbers are those of the RTL's stall counters (docs/csr.md).
 * A cycle in which several waits are open belongs to the one that clears last; when two clear in
 * the same cycle, to the one with the lower number here. */
typedef enum brg_cause {
    BRG_CAUSE_MEMORY = 0,  /* page data not yet in the page buffer */
    BRG_CAUSE_LATCH = 1,   /* page data in the buffer but not yet in the leaf latches */
    BRG_CAUSE_PULSE = 2,   /* pulse parameters not ready */
    BRG_CAUSE_READOUT = 3, /* a measurement has not returned */
    BRG_CAUSE_DECODER = 4, /* an error-correction frame is not known */
    BRG_CAUSE_HOST = 5,    /* the host holds the controller back */
    BRG_CAUSE_CONTROL = 6, /* control steps between slices, control words not yet in the store */
    BRG_CAUSE_COUNT = 7
} brg_cause;

/* "memory", "latch", ...; NULL out of range. */
const char *brg_cause_name(brg_cause cause);

/* What the oldest thing that a wait depends on was doing. `detail` is what the comment names. */
typedef enum brg_event_kind {
    BRG_EVENT_UNKNOWN = 0,        /* the part that waited does not tell */
    BRG_EVENT_LOAD_ISSUE,         /* the read is not on the bus yet; byte address */
    BRG_EVENT_CDC,                /* between two clock domains; 0 */
    BRG_EVENT_CACHE_LOOKUP,       /* in the pipeline of the cache; byte address of the line */
    BRG_EVENT_CACHE_MISS,         /* line fetched from memory; byte address of the line */
    BRG_EVENT_LATE_PREFETCH,      /* line on its way by a prefetch; byte address of the line */
    BRG_EVENT_CACHE_MSHR_FULL,    /* no miss register free; byte address of the line */
    BRG_EVENT_CACHE_WRITE_BACK,   /* a dirty line is in the way; byte address of the line */
    BRG_EVENT_CACHE_ECC,          /* line fetched again after an error; byte address of the line */
    BRG_EVENT_DRAM_QUEUE,         /* behind other requests; byte address */
    BRG_EVENT_DRAM_ACTIVATE,      /* precharge and activation of a row; byte address */
    BRG_EVENT_DRAM_REFRESH,       /* rank */
    BRG_EVENT_DRAM_BUS,           /* column access and burst; byte address */
    BRG_EVENT_TRANSFER,           /* latency and bandwidth of the one fixed tier; byte address */
    BRG_EVENT_CONTENTION,         /* the channel serves another initiator; byte address */
    BRG_EVENT_TIER_TRANSFER,      /* a page is on its way from a tier; tier */
    BRG_EVENT_TIER_LIMIT,         /* request rate or concurrency limit; tier */
    BRG_EVENT_TIER_OUTAGE,        /* the tier does not answer; tier */
    BRG_EVENT_TIER_RETRY,         /* back-off before another attempt; tier */
    BRG_EVENT_LATCH,              /* words move into the leaf latches; 0 */
    BRG_EVENT_PULSE_BUFFER,       /* pulse parameters missing; layer, 24 leaves, 25 registers */
    BRG_EVENT_READOUT,            /* 0 */
    BRG_EVENT_DECODER,            /* patch: address qubits, then bus qubits */
    BRG_EVENT_HOST,               /* 0 */
    BRG_EVENT_CONTROL_STEP,       /* 0 */
    BRG_EVENT_CONTROL_STORE_MISS, /* program word */
    BRG_EVENT_COUNT
} brg_event_kind;

/* Tiers by number, as the details of TIER_* name them. */
typedef enum brg_tier_id { BRG_TIER_NEAR = 0, BRG_TIER_EDGE = 1, BRG_TIER_CLOUD = 2 } brg_tier_id;
/* "near", "edge", "cloud"; NULL out of range. */
const char *brg_tier_name(uint64_t tier);

/* A part of the wait before one slice. Events of a slice stand in order of time and do not
 * overlap; those of one cause add up to the slice's wait of that cause. */
typedef struct brg_stall_event {
    uint32_t query, slice; /* of the slice that waited */
    brg_cause cause;
    brg_event_kind kind;
    uint64_t detail;
    uint64_t start_ps, duration_ps;
} brg_stall_event;

/* "cache_miss", "dram_refresh", ...; NULL out of range. */
const char *brg_event_name(brg_event_kind kind);
/* A phrase such as `cache miss to line 0x1c0` or `refresh of rank 0`; returns what snprintf does.
 */
int brg_event_describe(char *to, size_t size, brg_event_kind kind, uint64_t detail);

#ifdef __cplusplus
}
#endif
#endif
