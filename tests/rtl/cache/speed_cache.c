/* SPDX-License-Identifier: Apache-2.0 */
/* Speed of the verilated brg_cache for docs/cache.md: reads that hit, and reads that all miss. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cache_face.h"

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* An ideal memory: each AR is answered at once, beat after beat. */
static void run(const char *name, uint64_t span, uint8_t burst_beats, unsigned cycles) {
    cache_face *face = cache_face_new();
    cache_in in;
    cache_out out;
    memset(&in, 0, sizeof in);
    in.enable = in.ecc = in.rready = in.bready = in.arready = in.awready = in.wready = 1;
    in.ways_log2 = 3;
    in.sets_log2 = 10;
    in.line_log2 = 6;
    for (int i = 0; i < 1100; i++) {
        in.rst_n = i > 2;
        cache_face_cycle(face, &in, &out);
    }
    struct {
        uint8_t id, left;
    } queue[16];
    unsigned head = 0, tail = 0;
    uint64_t beats = 0, next = 0;
    const double start = seconds();
    for (unsigned c = 0; c < cycles; c++) {
        in.ar = (cache_address){burst_beats != 0, 1, (uint8_t)(burst_beats - 1), 5, 1, next};
        in.r.valid = head != tail;
        if (head != tail) {
            in.r.id = queue[head % 16].id;
            in.r.last = queue[head % 16].left == 1;
            in.r.data[0] = c * 0x9E3779B97F4A7C15u;
        }
        cache_face_cycle(face, &in, &out);
        if (in.ar.valid && out.arready) next = (next + 32u * burst_beats) % span;
        if (in.r.valid && --queue[head % 16].left == 0) head++;
        if (out.ar.valid) {
            queue[tail % 16].id = out.ar.id;
            queue[tail++ % 16].left = (uint8_t)(out.ar.len + 1);
        }
        beats += out.r.valid;
    }
    const double took = seconds() - start;
    printf("%-22s %6.2f Mcycle/s, %.2f beats per cycle\n", name, cycles / took * 1e-6,
           (double)beats / cycles);
    cache_face_destroy(&face);
}

int main(void) {
    run("idle", 4096, 0, 4000000);
    run("hits, bursts of 8", 1 << 16, 8, 2000000);
    run("misses, bursts of 2", 1ull << 40, 2, 1000000);
    return 0;
}
