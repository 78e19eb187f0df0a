/* SPDX-License-Identifier: Apache-2.0 */
/* Reference model of rtl/brg_cache.sv: contents, decisions and counts, access by access. */
#ifndef BRG_MODEL_CACHE_H
#define BRG_MODEL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_CACHE_BEAT_BYTES = 32, BRG_CACHE_MAX_WAYS = 8, BRG_CACHE_MAX_LINE_BYTES = 256 };

typedef enum brg_cache_policy {
    BRG_CACHE_LRU = 0,
    BRG_CACHE_TREE_PLRU = 1,
    BRG_CACHE_RANDOM = 2
} brg_cache_policy;

typedef struct brg_cache_shape {
    uint32_t ways;       /* 1, 2, 4 or 8 */
    uint32_t sets;       /* a power of two, 1..32768 */
    uint32_t line_bytes; /* 64, 128 or 256 */
    brg_cache_policy policy;
    uint32_t seed; /* of BRG_CACHE_RANDOM; 0 counts as 1 */
} brg_cache_shape;

/* What stands behind the cache. Both are called with whole, aligned lines; `words` has a bit per
 * 64-bit word of the line that is to be written. `read` returns 0, or the AXI response 2 (SLVERR)
 * or 3 (DECERR) with which memory refuses the line. */
typedef struct brg_cache_backing {
    void *context;
    unsigned (*read)(void *context, uint64_t address, uint8_t *data, size_t bytes);
    void (*write)(void *context, uint64_t address, const uint8_t *data, size_t bytes,
                  uint32_t words);
} brg_cache_backing;

/* What became of an access or prefetch. */
typedef struct brg_cache_outcome {
    bool hit;        /* the line is there or, in the RTL, on its way */
    bool prefetched; /* hit: the first use of a prefetched line */
    uint32_t way;    /* that holds the line now */
    bool replaced;   /* miss: a valid line went */
    bool replaced_dirty;
    uint64_t replaced_address;
    unsigned response;                  /* 0, 2 or 3, as the AXI answer */
    uint8_t data[BRG_CACHE_BEAT_BYTES]; /* of a read with response 0 */
} brg_cache_outcome;

typedef struct brg_cache_counts {
    uint64_t reads, writes, hits, misses, write_backs, prefetches, useful, useless, redundant;
    uint64_t lost_words;
} brg_cache_counts;

typedef struct brg_cache_model brg_cache_model;

/* BRG_EINPUT with a message for a shape out of range, BRG_ENOMEM. Memory: sets × ways × line. */
int brg_cache_model_new(brg_cache_model **out, const brg_cache_shape *shape,
                        const brg_cache_backing *backing, brg_diag *diag);
void brg_cache_model_destroy(brg_cache_model **model);

/* One beat (32 bytes at address & ~31), in the order in which the RTL decides accesses. A write
 * changes the bytes whose strobe bit is set; `data` may be NULL for a read. A miss fetches the line
 * (write-allocate); a line that memory refused stays until brg_cache_model_drop, answers every
 * access with the response and takes no data. */
void brg_cache_model_access(brg_cache_model *model, uint64_t address, bool write,
                            const uint8_t *data, uint32_t strobes, brg_cache_outcome *out);
/* Fetches a line unless it is there; counts as use for the replacement only when it fetches. */
void brg_cache_model_prefetch(brg_cache_model *model, uint64_t address, brg_cache_outcome *out);
/* Forgets a line without a write-back. False: it was not there. */
bool brg_cache_model_drop(brg_cache_model *model, uint64_t address);
/* Writes a dirty line back and keeps it. False: it was not there or not dirty. */
bool brg_cache_model_clean(brg_cache_model *model, uint64_t address);
/* Drops all lines of a set. False: one was dirty. */
bool brg_cache_model_empty_set(brg_cache_model *model, uint32_t set);
/* Writes back all dirty lines; with drop forgets all lines and restarts the policy, as an
 * invalidation of the RTL does at its end. Returns the number of lines written back. */
uint64_t brg_cache_model_flush(brg_cache_model *model, bool drop);
/* Marks 64-bit words (bit 0..3) of a beat as lost to an uncorrectable error: reads answer SLVERR,
 * a write of part of the word too, a write of all of it heals, and no write-back takes them. A
 * clean line with lost words, after a flush, is fetched again by the next access that needs one. */
void brg_cache_model_poison(brg_cache_model *model, uint64_t address, uint32_t words);

bool brg_cache_model_holds(const brg_cache_model *model, uint64_t address, bool *dirty);
void brg_cache_model_counts(const brg_cache_model *model, brg_cache_counts *out);

#ifdef __cplusplus
}
#endif
#endif
