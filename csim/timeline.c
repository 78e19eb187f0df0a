/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: a checked list of slices and the versions of the leaf data. */
#include "csim/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "csim/slice_ops.h"
#include "csim/timeline_internal.h"

enum { PROGRAM_NAME_MAX = 255, DATA_VERSIONS_MAX = 1 << 20 };

struct brg_timeline {
    char *program;
    brg_qram qram;
    size_t count, capacity;
    brg_slice *slice;
    size_t queries, query_capacity;
    size_t *query_first; /* index of the first slice of each query */
    int32_t versions;
    size_t version_capacity;
    brg_planes **data;
    uint64_t *hash;
    size_t events, event_capacity;
    brg_stall_event *event;
    /* Of the last slice: where its next event may begin, what its events leave of its waits. */
    uint64_t events_end_ps, unexplained_ps[BRG_CAUSE_COUNT];
};

/* One printable line, as it stands in the head of the CSV file. */
static bool good_name(const char *name) {
    const size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] == 0x7f) return false;
    return length > 0 && length <= PROGRAM_NAME_MAX && name[0] != ' ' && name[length - 1] != ' ';
}

int brg_timeline_new(brg_timeline **out, const char *program, const brg_qram *qram) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!program || !good_name(program) || !brg_qram_valid(qram)) return BRG_EINVAL;
    brg_timeline *t = calloc(1, sizeof *t);
    if (!t) return BRG_ENOMEM;
    t->qram = *qram;
    t->program = malloc(strlen(program) + 1);
    if (!t->program) {
        free(t);
        return BRG_ENOMEM;
    }
    strcpy(t->program, program);
    *out = t;
    return BRG_OK;
}

void brg_timeline_destroy(brg_timeline **timeline) {
    if (!timeline || !*timeline) return;
    brg_timeline *t = *timeline;
    for (int32_t v = 0; v < t->versions; v++) brg_planes_destroy(&t->data[v]);
    free(t->data);
    free(t->hash);
    free(t->event);
    free(t->query_first);
    free(t->slice);
    free(t->program);
    free(t);
    *timeline = NULL;
}

uint64_t brg_timeline_end_ps(const brg_timeline *t) {
    if (!t->count) return 0;
    const brg_slice *last = &t->slice[t->count - 1];
    return last->start_ps + last->duration_ps;
}

brg_slice_field brg_timeline_check(const brg_timeline *t, const brg_slice *s) {
    const brg_slice *last = t->count ? &t->slice[t->count - 1] : NULL;
    const bool next_query = last ? s->query == last->query + 1u : s->query == 0;
    const bool same_query = last && s->query == last->query;
    if (!next_query && !same_query) return BRG_FIELD_QUERY;
    if (s->slice != (same_query ? last->slice + 1u : 1u)) return BRG_FIELD_SLICE;
    uint64_t wait = 0;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
        if (s->wait_ps[c] >= BRG_TIMELINE_END_PS - wait) return BRG_FIELD_WAIT;
        wait += s->wait_ps[c];
    }
    if (s->start_ps >= BRG_TIMELINE_END_PS || s->start_ps < brg_timeline_end_ps(t) + wait)
        return BRG_FIELD_START;
    if (s->duration_ps >= BRG_TIMELINE_END_PS - s->start_ps) return BRG_FIELD_DURATION;
    if (s->ops.fetch >= 0 ? s->data_version < 0 || s->data_version >= t->versions
                          : s->data_version != -1)
        return BRG_FIELD_DATA;
    if (brg_slice_ops_touch(&t->qram, &s->ops, NULL)) return BRG_FIELD_OPERATIONS;
    return BRG_FIELD_NONE;
}

int brg_timeline_append(brg_timeline *t, const brg_slice *slice) {
    if (!t || !slice || brg_timeline_check(t, slice) != BRG_FIELD_NONE) return BRG_EINVAL;
    if (t->count == t->capacity) {
        const size_t capacity = t->capacity ? 2 * t->capacity : 256;
        brg_slice *grown = realloc(t->slice, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        t->slice = grown;
        t->capacity = capacity;
    }
    if (slice->slice == 1) {
        if (t->queries == t->query_capacity) {
            const size_t capacity = t->query_capacity ? 2 * t->query_capacity : 16;
            size_t *grown = realloc(t->query_first, capacity * sizeof *grown);
            if (!grown) return BRG_ENOMEM;
            t->query_first = grown;
            t->query_capacity = capacity;
        }
        t->query_first[t->queries++] = t->count;
    }
    t->slice[t->count++] = *slice;
    t->events_end_ps = slice->start_ps - brg_slice_wait_ps(slice);
    memcpy(t->unexplained_ps, slice->wait_ps, sizeof t->unexplained_ps);
    return BRG_OK;
}

static bool event_fits(const brg_timeline *t, const brg_stall_event *e) {
    if (!t->count || (int)e->cause < 0 || e->cause >= BRG_CAUSE_COUNT || (int)e->kind < 0 ||
        e->kind >= BRG_EVENT_COUNT || e->duration_ps == 0)
        return false;
    const brg_slice *s = &t->slice[t->count - 1];
    return e->query == s->query && e->slice == s->slice && e->start_ps >= t->events_end_ps &&
           e->start_ps <= s->start_ps && e->duration_ps <= s->start_ps - e->start_ps &&
           e->duration_ps <= t->unexplained_ps[e->cause];
}

int brg_timeline_add_event(brg_timeline *t, const brg_stall_event *event) {
    if (!t || !event || !event_fits(t, event)) return BRG_EINVAL;
    if (t->events == t->event_capacity) {
        const size_t capacity = t->event_capacity ? 2 * t->event_capacity : 64;
        brg_stall_event *grown = realloc(t->event, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        t->event = grown;
        t->event_capacity = capacity;
    }
    t->event[t->events++] = *event;
    t->events_end_ps = event->start_ps + event->duration_ps;
    t->unexplained_ps[event->cause] -= event->duration_ps;
    return BRG_OK;
}

size_t brg_timeline_events(const brg_timeline *t) {
    return t->events;
}

const brg_stall_event *brg_timeline_event(const brg_timeline *t, size_t i) {
    return i < t->events ? &t->event[i] : NULL;
}

static bool event_before(const brg_stall_event *e, const brg_slice *s) {
    return e->query != s->query ? e->query < s->query : e->slice < s->slice;
}

size_t brg_timeline_slice_events(const brg_timeline *t, size_t i, size_t *count) {
    const brg_slice *s = &t->slice[i];
    size_t low = 0, high = t->events;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (event_before(&t->event[middle], s))
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < t->events && t->event[end].query == s->query && t->event[end].slice == s->slice)
        end++;
    if (count) *count = end - low;
    return low;
}

int brg_timeline_check_events(const brg_timeline *t, size_t *slice) {
    size_t at = 0;
    for (size_t i = 0; i < t->count; i++) {
        const brg_slice *s = &t->slice[i];
        uint64_t sum[BRG_CAUSE_COUNT] = {0};
        for (; at < t->events && t->event[at].query == s->query && t->event[at].slice == s->slice;
             at++)
            sum[t->event[at].cause] += t->event[at].duration_ps;
        if (memcmp(sum, s->wait_ps, sizeof sum) == 0) continue;
        if (slice) *slice = i;
        return BRG_ESTATE;
    }
    return BRG_OK;
}

static bool same_planes(const brg_planes *a, const brg_planes *b) {
    return memcmp(a->bits, b->bits, a->plane_words * a->word_width * sizeof *a->bits) == 0;
}

int brg_timeline_add_data(brg_timeline *t, const brg_planes *data, int32_t *version) {
    if (!t || !data || !version || data->address_width != t->qram.address_width ||
        data->word_width != t->qram.word_width)
        return BRG_EINVAL;
    const uint64_t hash = brg_planes_hash(data);
    for (int32_t v = 0; v < t->versions; v++) {
        if (t->hash[v] == hash && same_planes(t->data[v], data)) {
            *version = v;
            return BRG_OK;
        }
    }
    if (t->versions >= DATA_VERSIONS_MAX) return BRG_EINVAL;
    if ((size_t)t->versions == t->version_capacity) {
        const size_t capacity = t->version_capacity ? 2 * t->version_capacity : 4;
        brg_planes **planes = realloc(t->data, capacity * sizeof(brg_planes *));
        if (!planes) return BRG_ENOMEM;
        t->data = planes;
        uint64_t *hashes = realloc(t->hash, capacity * sizeof *hashes);
        if (!hashes) return BRG_ENOMEM;
        t->hash = hashes;
        t->version_capacity = capacity;
    }
    brg_planes *copy = NULL;
    const int rc = brg_planes_new(&copy, data->address_width, data->word_width);
    if (rc) return rc;
    memcpy(copy->bits, data->bits, data->plane_words * data->word_width * sizeof *data->bits);
    t->data[t->versions] = copy;
    t->hash[t->versions] = hash;
    *version = t->versions++;
    return BRG_OK;
}

const char *brg_timeline_program(const brg_timeline *t) {
    return t->program;
}

const brg_qram *brg_timeline_qram(const brg_timeline *t) {
    return &t->qram;
}

size_t brg_timeline_slices(const brg_timeline *t) {
    return t->count;
}

const brg_slice *brg_timeline_slice(const brg_timeline *t, size_t i) {
    return i < t->count ? &t->slice[i] : NULL;
}

uint32_t brg_timeline_queries(const brg_timeline *t) {
    return (uint32_t)t->queries;
}

size_t brg_timeline_query(const brg_timeline *t, uint32_t query, size_t *count) {
    if (query >= t->queries) {
        if (count) *count = 0;
        return t->count;
    }
    const size_t first = t->query_first[query];
    const size_t end = query + 1u < t->queries ? t->query_first[query + 1] : t->count;
    if (count) *count = end - first;
    return first;
}

int32_t brg_timeline_data_versions(const brg_timeline *t) {
    return t->versions;
}

const brg_planes *brg_timeline_data(const brg_timeline *t, int32_t version) {
    return version >= 0 && version < t->versions ? t->data[version] : NULL;
}

int brg_timeline_without(brg_timeline **out, const brg_timeline *t, uint32_t cause_mask) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!t) return BRG_EINVAL;
    brg_timeline *copy = NULL;
    int rc = brg_timeline_new(&copy, t->program, &t->qram);
    for (int32_t v = 0; v < t->versions && !rc; v++) {
        int32_t version = 0;
        rc = brg_timeline_add_data(copy, t->data[v], &version);
    }
    uint64_t saved = 0;
    size_t at = 0;
    for (size_t i = 0; i < t->count && !rc; i++) {
        brg_slice s = t->slice[i];
        uint64_t next = s.start_ps - brg_slice_wait_ps(&s) - saved;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
            if (!(cause_mask >> c & 1u)) continue;
            saved += s.wait_ps[c];
            s.wait_ps[c] = 0;
        }
        s.start_ps -= saved;
        rc = brg_timeline_append(copy, &s);
        for (; at < t->events && !rc && t->event[at].query == s.query &&
               t->event[at].slice == s.slice;
             at++) {
            brg_stall_event e = t->event[at];
            if (cause_mask >> e.cause & 1u) continue;
            e.start_ps = next;
            next += e.duration_ps;
            rc = brg_timeline_add_event(copy, &e);
        }
    }
    if (rc) {
        brg_timeline_destroy(&copy);
        return rc;
    }
    *out = copy;
    return BRG_OK;
}
