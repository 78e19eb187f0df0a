/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanisms of many detectors, or of both kinds of checks, split into parts that are mechanisms
 * of their own: what a matching decoder can use as edges. */
#include <inttypes.h>
#include <string.h>

#include "model/ecc/dem_private.h"

enum { MOST_DETECTORS = 16, MOST_STEPS = 20000 };

typedef struct split {
    const brg_mechanism *mechanisms;
    size_t count;
    const uint32_t *items, *kinds;
    const brg_mechanism *chosen[MOST_DETECTORS];
    uint32_t chosen_count;
    uint32_t steps;
} split;

static int compare_pair(const split *s, const brg_mechanism *m, const uint32_t *pair,
                        uint32_t count) {
    const uint32_t *own = s->items + m->first;
    for (uint32_t i = 0; i < m->count && i < count; i++)
        if (own[i] != pair[i]) return own[i] < pair[i] ? -1 : 1;
    return (m->count > count) - (m->count < count);
}

/* The first mechanism that flips exactly these detectors; others follow it. */
static size_t find(const split *s, const uint32_t *pair, uint32_t count) {
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_pair(s, &s->mechanisms[middle], pair, count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool cover(split *s, const uint32_t *detectors, uint32_t count, uint64_t observables);

/* Tries each mechanism of exactly one or two detectors, with those left after it. */
static bool try_part(split *s, const uint32_t *part, uint32_t size, const uint32_t *rest,
                     uint32_t rest_count, uint64_t observables) {
    for (size_t i = find(s, part, size);
         i < s->count && compare_pair(s, &s->mechanisms[i], part, size) == 0; i++) {
        s->chosen[s->chosen_count++] = &s->mechanisms[i];
        if (cover(s, rest, rest_count, observables ^ s->mechanisms[i].observables)) return true;
        s->chosen_count--;
    }
    return false;
}

static bool cover(split *s, const uint32_t *detectors, uint32_t count, uint64_t observables) {
    if (count == 0) return observables == 0;
    if (s->steps++ > MOST_STEPS) return false;
    uint32_t rest[MOST_DETECTORS];
    for (uint32_t e = 1; e < count; e++) {
        if (s->kinds[detectors[e]] != s->kinds[detectors[0]]) continue;
        const uint32_t pair[2] = {detectors[0], detectors[e]};
        memcpy(rest, detectors + 1, (e - 1) * sizeof *rest);
        memcpy(rest + e - 1, detectors + e + 1, (count - e - 1) * sizeof *rest);
        if (try_part(s, pair, 2, rest, count - 2, observables)) return true;
    }
    return try_part(s, detectors, 1, detectors + 1, count - 1, observables);
}

static bool is_edge(const split *s, const brg_mechanism *m) {
    const uint32_t *own = s->items + m->first;
    return m->count < 2 || (m->count == 2 && s->kinds[own[0]] == s->kinds[own[1]]);
}

static void emit_part(brg_dem_builder *b, const uint32_t *items, const brg_mechanism *m) {
    brg_dem_builder_part(b, m->observables);
    for (uint32_t i = 0; i < m->count; i++) brg_dem_builder_flip(b, items[m->first + i]);
}

static int refuse(const split *s, const brg_mechanism *m, brg_diag *diag) {
    char list[200] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < m->count && used < sizeof list - 16; i++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, " D%" PRIu32, s->items[m->first + i]);
    brg_diag_add(diag, "", 0, 0, "error",
                 "the mechanism of%s cannot be split into mechanisms of at most two detectors",
                 list);
    return BRG_EINPUT;
}

int brg_dem_decompose(brg_dem_builder *b, const brg_mechanism *mechanisms, size_t count,
                      const uint32_t *items, const uint32_t *kinds, brg_diag *diag) {
    split s = {.mechanisms = mechanisms, .count = count, .items = items, .kinds = kinds};
    for (size_t i = 0; i < count; i++) {
        const brg_mechanism *m = &mechanisms[i];
        brg_dem_builder_error(b, m->probability);
        s.chosen_count = s.steps = 0;
        const bool covered = kinds && !is_edge(&s, m) && m->count <= MOST_DETECTORS &&
                             cover(&s, items + m->first, m->count, m->observables);
        if (covered)
            for (uint32_t k = 0; k < s.chosen_count; k++) emit_part(b, items, s.chosen[k]);
        else if (kinds && m->count > 2)
            return refuse(&s, m, diag);
        else
            emit_part(b, items, m);
    }
    return b->status;
}
