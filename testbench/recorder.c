/* SPDX-License-Identifier: Apache-2.0 */
/* From plant calls to timeline and trajectory.
 *
 * Leaf data. A page reaches the leaves plane by plane, Fetch(0) may fire while later planes are
 * still under way, and planes of the next page take the place of those that were fetched. So the
 * recorder keeps one table of what is latched now, and beside it one of what the fetches of the
 * current page saw: each fetch copies its plane as it stands. The slices of a query wait in a list
 * until the query ends. When a fetch of another page comes, or one that finds other data in a plane
 * that was fetched before, or when the query ends, the copied planes (those that no fetch used are
 * zero) become a data version, and all fetches since the version before get its number. So a page
 * whose planes stay is one version, and a fetch never gets data that came after it. A trajectory in
 * lockstep needs no version: it takes the table as it stands when the fetch fires. */
#include "testbench/recorder.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "testbench/platform.h"

/* Slice s of one query mostly has the word of slice s of the query before: decoded once, kept. */
enum { DECODED_WORDS = 512 };
typedef struct decoded_word {
    uint32_t lanes[BRG_WORD_LANES];
    bool valid;
    brg_slice_ops ops;
} decoded_word;

struct brg_recorder {
    brg_recorder_run run;
    brg_qram qram;
    int status;
    char error[240];
    uint64_t events;
    uint64_t slices;
    uint64_t query_slices; /* of the running query */

    brg_timeline *timeline;
    brg_slice *pending; /* slices of the running query */
    size_t pending_count, pending_capacity;
    size_t open_from; /* pending slices from here on have no data version yet */

    brg_planes *latched; /* zero after reset; a new page overwrites the old one word by word */
    brg_planes *seen;    /* with a timeline: what the open fetches saw, other planes zero */
    uint64_t fetched;    /* planes of `seen` */
    int32_t seen_page;   /* the hardware's number of their page */

    bool in_query;
    uint32_t query; /* number of the running or next query */
    bool measured;  /* its readout has begun */
    bool read_out;  /* the trajectory of this query has ended */
    brg_outcome outcome;
    uint64_t *query_cycles;
    size_t query_capacity;

    bool have_origin;
    uint64_t origin;      /* plant cycle that is time 0 of the timeline */
    uint64_t begin_clock; /* run.cycles when the first query began */
    uint32_t last_slice;
    uint64_t last_cycle; /* plant cycle of the last slice, and run.cycles at its call */
    uint64_t last_clock;
    uint64_t edge_cycle, edge_ps; /* end of the last slice: mostly the start of the next */
    decoded_word decoded[DECODED_WORDS];
};

uint64_t brg_edge_ps(uint64_t cycle, uint64_t clock_khz) {
    if (cycle <= UINT64_MAX / 1000000000u) return cycle * 1000000000u / clock_khz;
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)cycle * 1000000000u / clock_khz);
}

const char *brg_status_name(uint8_t status) {
    static const char *const names[] = {"ok",       "memory_error",       "parity",
                                        "bad_word", "program_end",        "watchdog",
                                        "aborted",  "control_store_error"};
    return status < sizeof names / sizeof *names ? names[status] : "unknown";
}

__attribute__((format(printf, 3, 4))) static void fail_with(brg_recorder *r, int code,
                                                            const char *format, ...) {
    if (r->status != BRG_OK) return; /* the first error is the one that explains the rest */
    r->status = code;
    va_list args;
    va_start(args, format);
    vsnprintf(r->error, sizeof r->error, format, args);
    va_end(args);
}

static void fail_code(brg_recorder *r, int code, const char *doing) {
    fail_with(r, code, "%s in query %u, slice %u: %s", doing, r->query, r->last_slice,
              brg_strerror(code));
}

/* Cycle of now, counted from time 0 of the timeline. */
static uint64_t now_cycle(const brg_recorder *r) {
    const uint64_t clock = r->run.cycles ? r->run.cycles(r->run.cycles_user) : 0;
    if (!r->have_origin) return clock - r->begin_clock;
    return r->last_cycle + (clock - r->last_clock) - r->origin;
}

/* realloc to at least `need` elements, doubling; NULL and *capacity as it was when out of memory.
 */
static void *grow(void *array, size_t *capacity, size_t need, size_t size) {
    if (need <= *capacity) return array;
    size_t next = *capacity ? *capacity * 2 : 64;
    while (next < need) next *= 2;
    void *p = realloc(array, next * size);
    if (p) *capacity = next;
    return p;
}

/* Data that the timeline has or gets. Query after query mostly reads the same page, so the newest
 * version is compared first, which is cheaper than having the timeline look for it. */
static int add_data(brg_recorder *r, const brg_planes *data, int32_t *version) {
    const int32_t count = brg_timeline_data_versions(r->timeline);
    if (count > 0) {
        const brg_planes *newest = brg_timeline_data(r->timeline, count - 1);
        if (memcmp(newest->bits, data->bits,
                   data->word_width * data->plane_words * sizeof(uint64_t)) == 0) {
            *version = count - 1;
            return BRG_OK;
        }
    }
    return brg_timeline_add_data(r->timeline, data, version);
}

/* Gives the open fetches their data version, made of the planes they used. */
static void close_version(brg_recorder *r) {
    if (!r->timeline || !r->fetched || r->status == BRG_ENOMEM) return;
    int32_t version = -1;
    const int e = add_data(r, r->seen, &version);
    if (e != BRG_OK) fail_code(r, e, "keeping the leaf data");
    for (size_t i = r->open_from; i < r->pending_count; i++)
        if (r->pending[i].ops.fetch >= 0) r->pending[i].data_version = version;
    r->open_from = r->pending_count;
    const size_t words = r->seen->plane_words;
    for (uint32_t j = 0; j < r->qram.word_width; j++)
        if (r->fetched >> j & 1u) memset(r->seen->bits + j * words, 0, words * sizeof(uint64_t));
    r->fetched = 0;
}

/* A fetch of a plane of the page with the hardware's number `page`, before its slice is listed. */
static void see_plane(brg_recorder *r, uint32_t plane, int32_t page) {
    const size_t words = r->seen->plane_words, bytes = words * sizeof(uint64_t);
    const uint64_t *now = r->latched->bits + plane * words;
    uint64_t *seen = r->seen->bits + plane * words;
    const bool again = r->fetched >> plane & 1u;
    if (r->seen_page != page || (again && memcmp(seen, now, bytes) != 0)) close_version(r);
    r->seen_page = page;
    memcpy(seen, now, bytes);
    r->fetched |= UINT64_C(1) << plane;
}

/* Moves the slices of the query that is over into the timeline. */
static void flush_query(brg_recorder *r) {
    close_version(r);
    for (size_t i = 0; i < r->pending_count && r->timeline; i++) {
        int e = brg_timeline_append(r->timeline, &r->pending[i]);
        if (e == BRG_OK && r->run.appended)
            e = r->run.appended(r->run.appended_user, r->timeline, &r->pending[i]);
        if (e != BRG_OK) {
            fail_with(r, e, "the hardware's slice %u of query %u does not fit the timeline: %s",
                      r->pending[i].slice, r->pending[i].query, brg_strerror(e));
            break;
        }
    }
    r->pending_count = 0;
    r->open_from = 0;
}

static void end_trajectory(brg_recorder *r) {
    if (!r->run.trajectory || r->read_out || r->status != BRG_OK) return;
    const int e = brg_trajectory_end(r->run.trajectory, r->run.ideal, &r->outcome);
    if (e != BRG_OK) {
        fail_code(r, e, "reading out the trajectory");
        return;
    }
    r->read_out = true;
    if (r->run.outcomes && r->query < r->run.queries) r->run.outcomes[r->query] = r->outcome;
}

static void on_begin(void *user, uint32_t tag) {
    brg_recorder *r = user;
    r->events++;
    if (tag != (r->query & 0xffffu)) {
        fail_with(r, BRG_EHARDWARE, "query %u began with tag %u", r->query, tag);
        return;
    }
    if (r->query == 0 && r->run.cycles) r->begin_clock = r->run.cycles(r->run.cycles_user);
    r->in_query = true;
    r->measured = false;
    r->read_out = false;
    r->query_slices = 0;
    r->last_slice = 0;
    memset(&r->outcome, 0, sizeof r->outcome);
    uint64_t *cycles =
        grow(r->query_cycles, &r->query_capacity, (size_t)r->query + 1, sizeof *cycles);
    if (!cycles) {
        fail_code(r, BRG_ENOMEM, "recording");
        return;
    }
    r->query_cycles = cycles;
    r->query_cycles[r->query] = 0;
    if (r->run.trajectory && r->status == BRG_OK) {
        const int e = brg_trajectory_begin(r->run.trajectory, r->query);
        if (e != BRG_OK) fail_code(r, e, "beginning the trajectory");
    }
}

static const brg_slice_ops *decode(brg_recorder *r, uint32_t slice,
                                   const uint32_t lanes[BRG_WORD_LANES]) {
    decoded_word *d = &r->decoded[slice % DECODED_WORDS];
    if (!d->valid || memcmp(d->lanes, lanes, sizeof d->lanes) != 0) {
        brg_control_word word;
        memset(&word, 0, sizeof word);
        (void)brg_word_decode(lanes, &word); /* the index bases are added: its parity is void */
        memcpy(d->lanes, lanes, sizeof d->lanes);
        d->ops = word.ops;
        d->valid = true;
    }
    return &d->ops;
}

static uint64_t edge_at(brg_recorder *r, uint64_t cycle) {
    if (cycle != r->edge_cycle) {
        r->edge_cycle = cycle;
        r->edge_ps = brg_edge_ps(cycle, r->run.clock_khz);
    }
    return r->edge_ps;
}

static void on_slice(void *user, const brg_plant_slice *s) {
    brg_recorder *r = user;
    r->events++;
    r->slices++;
    r->query_slices++;
    if (r->status != BRG_OK) return;
    uint64_t waits = 0;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) waits += s->wait_cycles[c];
    if (!r->in_query || waits > s->cycle || r->query >= r->query_capacity) {
        fail_with(r, BRG_EHARDWARE, "slice %u came outside a query", s->slice);
        return;
    }
    if (!r->have_origin) {
        r->have_origin = true;
        r->origin = s->cycle - waits;
    }
    r->last_slice = s->slice;
    r->last_cycle = s->cycle;
    r->last_clock = r->run.cycles ? r->run.cycles(r->run.cycles_user) : 0;
    r->query_cycles[r->query] += waits + s->duration_cycles;
    if (r->query_slices > BRG_MOST_QUERY_SLICES) {
        const uint64_t cycle = s->cycle - r->origin;
        fail_with(r, BRG_EHARDWARE, "query %u did not end within %d slices, cycle %llu (%.3f us)",
                  r->query, BRG_MOST_QUERY_SLICES, (unsigned long long)cycle,
                  (double)brg_edge_ps(cycle, r->run.clock_khz) * 1e-6);
        return;
    }
    /* The readout ends the state of the query, so there is nothing left that a slice could act on;
     * a timing run says so as well, or its timeline would be one that no lockstep run has. */
    if (r->measured) {
        fail_with(r, BRG_EHARDWARE, "query %u, slice %u: a query cannot go on after the readout",
                  r->query, s->slice);
        return;
    }
    if (!r->timeline && !r->run.trajectory) return;

    const uint64_t first = s->cycle - r->origin;
    brg_slice b;
    b.query = r->query;
    b.slice = s->slice;
    /* Control steps come before the waits of the slice itself. */
    memset(b.wait_ps, 0, sizeof b.wait_ps);
    uint64_t at = first - waits;
    for (int i = 0; i < BRG_CAUSE_COUNT && at != first; i++) {
        const int c = i == 0 ? BRG_CAUSE_CONTROL : i - 1;
        const uint64_t from_ps = edge_at(r, at);
        at += s->wait_cycles[c];
        b.wait_ps[c] = edge_at(r, at) - from_ps;
    }
    b.start_ps = edge_at(r, first);
    b.duration_ps = edge_at(r, first + s->duration_cycles) - b.start_ps;
    b.data_version = -1;
    b.ops = *decode(r, s->slice, s->word);

    const int16_t fetch = b.ops.fetch;
    if (fetch >= 0) {
        if ((uint32_t)fetch >= r->qram.word_width) {
            fail_with(r, BRG_EHARDWARE, "query %u, slice %u fetched bit %d of a %u-bit word",
                      r->query, s->slice, fetch, r->qram.word_width);
            return;
        }
        if (r->timeline) see_plane(r, (uint32_t)fetch, s->version);
    }
    if (r->timeline) {
        brg_slice *pending =
            grow(r->pending, &r->pending_capacity, r->pending_count + 1, sizeof *pending);
        if (!pending) {
            fail_code(r, BRG_ENOMEM, "recording");
            return;
        }
        r->pending = pending;
        r->pending[r->pending_count++] = b;
    }
    if (r->run.trajectory) {
        if (fetch >= 0) b.data_version = s->version;
        const int e = brg_trajectory_slice(r->run.trajectory, &b, fetch >= 0 ? r->latched : NULL);
        if (e != BRG_OK) fail_code(r, e, "evolving the trajectory");
    }
}

static void on_leaf(void *user, int32_t version, uint32_t plane, uint32_t index,
                    const uint64_t data[8]) {
    brg_recorder *r = user;
    (void)version; /* the page that a fetch sees is told with its slice */
    r->events++;
    if (!r->latched || r->status != BRG_OK) return;
    if (plane >= r->qram.word_width || ((size_t)index + 1) * 8 > r->latched->plane_words) {
        fail_with(r, BRG_EHARDWARE, "leaf word %u of plane %u is outside the page", index, plane);
        return;
    }
    uint64_t words[8];
    memcpy(words, data, sizeof words);
    /* Cells beyond 2^n do not exist: the padding of a short plane stays zero. */
    const uint64_t cells = UINT64_C(1) << r->qram.address_width;
    for (uint64_t w = 0; w < 8 && cells < 512; w++) {
        if (w * 64 >= cells)
            words[w] = 0;
        else if (cells - w * 64 < 64)
            words[w] &= (UINT64_C(1) << (cells - w * 64)) - 1;
    }
    uint64_t *to = r->latched->bits + plane * r->latched->plane_words + (size_t)index * 8;
    memcpy(to, words, sizeof words);
}

static uint64_t on_readout(void *user) {
    brg_recorder *r = user;
    r->events++;
    r->measured = true;
    end_trajectory(r);
    return r->run.trajectory ? r->outcome.readout : 0;
}

static void on_end(void *user, uint32_t tag, uint32_t status) {
    brg_recorder *r = user;
    r->events++;
    if (!r->in_query) return; /* a queued query that was dropped never began */
    if (status == 0) end_trajectory(r);
    if (tag != (r->query & 0xffffu))
        fail_with(r, BRG_EHARDWARE, "query %u ended with tag %u", r->query, tag);
    if (status != 0) {
        const uint64_t cycle = now_cycle(r);
        char where[32] = "before slice 1";
        if (r->last_slice) snprintf(where, sizeof where, "slice %u", r->last_slice);
        fail_with(r, BRG_EHARDWARE, "query %u ended with %s at cycle %llu (%.3f us), %s", r->query,
                  brg_status_name(status <= 255 ? (uint8_t)status : 255), (unsigned long long)cycle,
                  (double)brg_edge_ps(cycle, r->run.clock_khz) * 1e-6, where);
    }
    flush_query(r);
    r->in_query = false;
    r->query++;
}

static void on_observe(void *user, double *infidelity, double *norm) {
    const brg_recorder *r = user;
    *infidelity = 0.0;
    if (r->run.running && r->run.running_count && r->slices) {
        const uint64_t last = r->run.running_count;
        *infidelity = r->run.running[(r->slices < last ? r->slices : last) - 1];
    }
    *norm = r->run.trajectory ? brg_trajectory_norm(r->run.trajectory) : 1.0;
}

static double on_population(void *user, uint32_t layer) {
    const brg_recorder *r = user;
    if (!r->run.trajectory || layer >= r->qram.address_width) return 0.0;
    return brg_trajectory_population(r->run.trajectory, layer);
}

int brg_recorder_new(brg_recorder **out) {
    *out = calloc(1, sizeof **out);
    if (!*out) return BRG_ENOMEM;
    return BRG_OK;
}

void brg_recorder_destroy(brg_recorder **recorder) {
    brg_recorder *r = *recorder;
    if (!r) return;
    brg_timeline_destroy(&r->timeline);
    brg_planes_destroy(&r->latched);
    brg_planes_destroy(&r->seen);
    free(r->pending);
    free(r->query_cycles);
    free(r);
    *recorder = NULL;
}

brg_plant_calls brg_recorder_calls(brg_recorder *recorder) {
    const brg_plant_calls calls = {.user = recorder,
                                   .begin = on_begin,
                                   .slice = on_slice,
                                   .leaf = on_leaf,
                                   .readout = on_readout,
                                   .end = on_end,
                                   .observe = on_observe,
                                   .population = on_population};
    return calls;
}

/* Makes *planes zero and of the right size, or destroys them. */
static int need_planes(brg_recorder *r, brg_planes **planes, bool needed) {
    const uint32_t n = r->qram.address_width, k = r->qram.word_width;
    brg_planes *p = *planes;
    if (p && (!needed || p->address_width != n || p->word_width != k)) brg_planes_destroy(planes);
    if (!needed) return BRG_OK;
    if (!*planes) return brg_planes_new(planes, n, k);
    memset(p->bits, 0, k * p->plane_words * sizeof(uint64_t));
    return BRG_OK;
}

int brg_recorder_start(brg_recorder *r, const brg_recorder_run *run) {
    if (!run->program || run->clock_khz == 0 || (run->trajectory && !run->ideal)) return BRG_EINVAL;
    const brg_program *p = run->program;
    if (p->address_width < 1 || p->address_width > BRG_MAX_ADDRESS_WIDTH || p->word_width < 1 ||
        p->word_width > BRG_MAX_WORD_WIDTH)
        return BRG_EINVAL;
    brg_timeline_destroy(&r->timeline);
    r->run = *run;
    r->qram.routers = p->routers;
    r->qram.address_width = p->address_width;
    r->qram.word_width = p->word_width;
    r->qram.page_bits = p->page_bits;
    r->status = BRG_OK;
    r->error[0] = '\0';
    r->events = 0;
    r->slices = 0;
    r->query_slices = 0;
    r->pending_count = 0;
    r->open_from = 0;
    r->fetched = 0;
    r->seen_page = 0;
    r->in_query = false;
    r->query = 0;
    r->measured = false;
    r->read_out = false;
    r->have_origin = false;
    r->begin_clock = 0;
    r->last_slice = 0;
    r->edge_cycle = 0;
    r->edge_ps = 0;
    memset(&r->outcome, 0, sizeof r->outcome);
    if (r->query_cycles) memset(r->query_cycles, 0, r->query_capacity * sizeof *r->query_cycles);
    if (run->trajectory && run->outcomes)
        memset(run->outcomes, 0, run->queries * sizeof *run->outcomes);

    /* A run that nobody looks at needs no leaf data. */
    int e = need_planes(r, &r->latched, run->timeline || run->trajectory);
    if (e == BRG_OK) e = need_planes(r, &r->seen, run->timeline);
    if (e == BRG_OK && run->timeline) e = brg_timeline_new(&r->timeline, p->name, &r->qram);
    return e;
}

int brg_recorder_finish(brg_recorder *r, brg_timeline **timeline) {
    flush_query(r); /* a query that never ended still leaves its slices */
    if (timeline) {
        *timeline = r->timeline;
        r->timeline = NULL;
    }
    brg_timeline_destroy(&r->timeline);
    return r->status;
}

int brg_recorder_status(const brg_recorder *r) {
    return r->status;
}
const char *brg_recorder_error(const brg_recorder *r) {
    return r->error;
}
uint64_t brg_recorder_events(const brg_recorder *r) {
    return r->events;
}
uint64_t brg_recorder_slices(const brg_recorder *r) {
    return r->slices;
}

bool brg_recorder_endless(const brg_recorder *r) {
    return r->in_query && r->query_slices > BRG_MOST_QUERY_SLICES;
}

uint64_t brg_recorder_query_cycles(const brg_recorder *r, uint32_t q) {
    return q < r->query || (q == r->query && r->in_query) ? r->query_cycles[q] : 0;
}
