/* SPDX-License-Identifier: Apache-2.0 */
/* Counter-based random streams over Philox4x64-10. */
#include "csim/random.h"

#include <Random123/philox.h>
#include <math.h>

brg_stream brg_stream_make(uint64_t seed, uint64_t query, uint64_t trajectory, brg_purpose purpose,
                           uint64_t interval) {
    const brg_stream s = {.seed = seed,
                          .purpose = (uint64_t)purpose,
                          .interval = interval,
                          .trajectory = trajectory,
                          .query = query,
                          .next = 0};
    return s;
}

uint64_t brg_stream_at(const brg_stream *s, uint64_t index) {
    const philox4x64_key_t key = {{s->seed, s->purpose}};
    const philox4x64_ctr_t counter = {{index >> 2, s->interval, s->trajectory, s->query}};
    const philox4x64_ctr_t block = philox4x64(counter, key);
    return block.v[index & 3u];
}

static double to_unit(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

double brg_stream_uniform_at(const brg_stream *s, uint64_t index) {
    return to_unit(brg_stream_at(s, index));
}

uint64_t brg_stream_next(brg_stream *s) {
    return brg_stream_at(s, s->next++);
}

double brg_stream_uniform(brg_stream *s) {
    return to_unit(brg_stream_next(s));
}

uint64_t brg_stream_geometric(brg_stream *s, double p) {
    const double u = brg_stream_uniform(s);
    const double failures = floor(log1p(-u) / log1p(-p));
    /* 2^63 is exact as a double; every larger result is clipped, as is NaN. */
    if (!(failures < 0x1p63)) return UINT64_MAX;
    return failures > 0 ? (uint64_t)failures : 0;
}
