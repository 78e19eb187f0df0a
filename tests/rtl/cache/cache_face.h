/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_cache: the pins of a cycle in, the pins of that cycle out. */
#ifndef BRG_TESTS_CACHE_FACE_H
#define BRG_TESTS_CACHE_FACE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t valid, id, len, size, burst;
    uint64_t addr;
} cache_address;

typedef struct {
    uint8_t valid, last;
    uint32_t strb;
    uint64_t data[4];
} cache_write;

typedef struct {
    uint8_t valid, id, resp, last;
    uint64_t data[4];
} cache_read;

typedef struct {
    uint8_t valid, id, resp;
} cache_done;

typedef struct {
    uint8_t rst_n, enable, ways_log2, sets_log2, line_log2, policy, ecc;
    uint8_t prefetch_kind, prefetch_depth, flush, invalidate;
    uint8_t hint_valid, inject_data, inject_tag, inject_evict, inject_word;
    uint8_t stat_index, stat_clear, inject_check_mask;
    uint16_t inject_wait;
    uint32_t seed, skip, hint_bytes;
    uint64_t hint_base, inject_mask;
    /* slave side */
    cache_address ar, aw;
    cache_write w;
    uint8_t rready, bready;
    /* master side */
    uint8_t arready, awready, wready;
    cache_read r;
    cache_done b;
} cache_in;

typedef struct {
    uint8_t arready, awready, wready;
    cache_read r;
    cache_done b;
    cache_address ar, aw;
    cache_write w;
    uint8_t rready, bready;
    uint8_t flush_ack, hint_ready, inject_armed, head_state;
    uint8_t look_valid, look_kind, look_write, look_way, look_dirty, look_bad_tags;
    uint8_t bad_data, bad_words, idle;
    uint32_t quiet_cycles;
    uint64_t head_line, look_addr, bad_addr, stat_value;
} cache_out;

typedef struct cache_face cache_face;

cache_face *cache_face_new(void);
/* Drives the pins, reads the answers of the same cycle, and gives the clock edge. */
void cache_face_cycle(cache_face *face, const cache_in *in, cache_out *out);
void cache_face_destroy(cache_face **face);

#ifdef __cplusplus
}
#endif

#endif
