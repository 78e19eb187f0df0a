/* SPDX-License-Identifier: Apache-2.0 */
/* The service of one slow memory in closed form: when each request is let in, served, transferred,
 * and what an outage makes of it.
 *
 *     arrival -> rate limit -> service slot -> latency -> channel -> done
 *
 * Requests enter the first two stages in the order of arrival. The channel takes each transfer at
 * the first gap that holds it from the moment its data are ready: a slow request does not hold up
 * the transfer of a fast one behind it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/random.h"
#include "model/tiers.h"

__extension__ typedef unsigned __int128 wide;

/* Streams of the tiers, apart from every purpose of csim/random.h. */
enum { PURPOSE_REQUEST = 0x100, PURPOSE_OUTAGE = 0x101 };
enum { DRAW_RADIUS, DRAW_ANGLE, DRAW_ERROR };

#define PS_PER_S 1000000000000u
#define FAR_PS UINT64_C(4000000000000000000) /* beyond it times would wrap */

static const brg_outage never = {UINT64_MAX, 0};

typedef struct outage_cursor {
    uint64_t index;
    brg_outage now; /* start UINT64_MAX: none left */
} outage_cursor;

typedef struct transfer {
    uint64_t first_ps, done_ps;
} transfer;

struct brg_tier_server {
    brg_tier_config config;
    brg_outage *outages;
    uint64_t bytes_per_s;
    wide rate_step, rate_next; /* in ps * rate_milli; GCRA's theoretical arrival time */
    uint64_t rate_milli;       /* requests per 1000 s */
    uint64_t *slots;           /* binary heap of the times at which the slots get free */
    transfer *transfers;       /* on the channel, by time */
    size_t transfer_count, transfer_room;
    outage_cursor outage;     /* the first that is not over at the last arrival */
    uint64_t outages_counted; /* cursor index of the last outage in the statistics */
    uint64_t last_ps;
    brg_tier_statistics statistics;
    brg_latency_histogram histogram;
};

static uint64_t add(uint64_t a, uint64_t b) {
    return a > FAR_PS || b > FAR_PS - a ? FAR_PS : a + b;
}

static uint64_t to_ps(double ns) {
    const double ps = ns * 1e3;
    return ps >= 1e18 ? UINT64_C(1000000000000000000) : (uint64_t)llround(ps);
}

static uint64_t max2(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* ---- Configuration ---- */

typedef struct checker {
    const char *file, *key;
    size_t line;
    brg_diag *diag;
    bool bad;
} checker;

static void range(checker *c, const char *name, double v, double low, double high) {
    if (v >= low && v <= high) return;
    char key[128];
    snprintf(key, sizeof key, "%s%s%s", c->key, *c->key ? "." : "", name);
    brg_diag_add(c->diag, c->file, c->line, 0, key, "%.15g is not allowed, from %.15g to %.15g", v,
                 low, high);
    c->bad = true;
}

static void wrong(checker *c, const char *name, const char *text) {
    char key[128];
    snprintf(key, sizeof key, "%s%s%s", c->key, *c->key ? "." : "", name);
    brg_diag_add(c->diag, c->file, c->line, 0, key, "%s", text);
    c->bad = true;
}

int brg_tier_check(const brg_tier_config *config, const char *file, size_t line, const char *key,
                   brg_diag *diag) {
    checker c = {.file = file, .line = line, .key = key ? key : "", .diag = diag};
    range(&c, "latency_ns", config->latency_ns, 0, 1e15);
    range(&c, "sigma", config->sigma, 0, 10);
    range(&c, "bandwidth_gb_per_s", config->bandwidth_gb_per_s, 0, 1e6);
    range(&c, "requests_per_s", config->requests_per_s, 0, 1e12);
    range(&c, "request_burst", config->request_burst, 0, 1e6);
    range(&c, "concurrent", config->concurrent, 0, 65536);
    range(&c, "outage_between_ns", config->outage_between_ns, 0, 1e15);
    range(&c, "outage_mean_ns", config->outage_mean_ns, 0, 1e15);
    range(&c, "error_probability", config->error_probability, 0, 1);
    if (config->bandwidth_gb_per_s > 0)
        range(&c, "bandwidth_gb_per_s", config->bandwidth_gb_per_s, 1e-6, 1e6);
    if (config->requests_per_s > 0) range(&c, "requests_per_s", config->requests_per_s, 1e-3, 1e12);
    if ((unsigned)config->latency > BRG_LATENCY_TRACE)
        wrong(&c, "latency", "not a latency, accepted: constant, lognormal, trace");
    if (config->latency == BRG_LATENCY_TRACE && config->trace == NULL)
        wrong(&c, "latency", "a trace needs a trace file");
    if ((unsigned)config->outage_answer > BRG_OUTAGE_LATE)
        wrong(&c, "outage_answer", "not an answer, accepted: silent, error, late");
    if (config->outage_between_ns > 0 && config->outage_count > 0)
        wrong(&c, "outages", "a list of outages or random ones, not both");
    if (config->outage_between_ns > 0 && !(config->outage_mean_ns > 0))
        wrong(&c, "outage_mean_ns", "random outages need a mean duration above 0");
    uint64_t end = 0;
    for (size_t i = 0; i < config->outage_count && !c.bad; i++) {
        const brg_outage *o = &config->outages[i];
        if (o->duration_ps == 0 || o->start_ps > FAR_PS || o->duration_ps > FAR_PS - o->start_ps)
            wrong(&c, "outages", "a duration is 0 or an outage ends after 4e15 ns");
        else if (i > 0 && o->start_ps < end)
            wrong(&c, "outages", "an outage starts before the one above it has ended");
        end = o->start_ps + o->duration_ps;
    }
    return c.bad ? BRG_EINPUT : BRG_OK;
}

static double exponential(const brg_stream *s, uint64_t index, double mean) {
    return -log1p(-brg_stream_uniform_at(s, index)) * mean;
}

/* Steps to the next outage; a random one lies behind the end of the one before. */
static void outage_step(const brg_tier_server *s, outage_cursor *c, uint64_t end_ps) {
    const brg_tier_config *k = &s->config;
    if (k->outage_between_ns > 0) {
        const brg_stream r = brg_stream_make(k->seed, k->tier, 0, (brg_purpose)PURPOSE_OUTAGE, 0);
        const uint64_t i = 2 * c->index;
        c->now.start_ps = add(end_ps, 1 + to_ps(exponential(&r, i, k->outage_between_ns)));
        c->now.duration_ps = 1 + to_ps(exponential(&r, i + 1, k->outage_mean_ns));
        c->index++;
        if (c->now.start_ps >= FAR_PS) c->now = never;
    } else {
        c->now = c->index < k->outage_count ? s->outages[c->index] : never;
        c->index++;
    }
}

static uint64_t outage_end(const brg_outage *o) {
    return o->start_ps == UINT64_MAX ? UINT64_MAX : add(o->start_ps, o->duration_ps);
}

/* The first outage at or after the cursor's that is not over at t. */
static outage_cursor outage_from(const brg_tier_server *s, outage_cursor c, uint64_t t) {
    while (outage_end(&c.now) <= t) outage_step(s, &c, outage_end(&c.now));
    return c;
}

int brg_tier_server_new(brg_tier_server **out, const brg_tier_config *config) {
    *out = NULL;
    if (brg_tier_check(config, "", 0, "", NULL) != BRG_OK) return BRG_EINVAL;
    brg_tier_server *s = calloc(1, sizeof *s);
    if (s == NULL) return BRG_ENOMEM;
    s->config = *config;
    s->config.outages = NULL;
    if (config->outage_count > 0) {
        s->outages = malloc(config->outage_count * sizeof *s->outages);
        if (s->outages == NULL) goto no_memory;
        memcpy(s->outages, config->outages, config->outage_count * sizeof *s->outages);
    }
    if (config->concurrent > 0) {
        s->slots = calloc(config->concurrent, sizeof *s->slots);
        if (s->slots == NULL) goto no_memory;
    }
    s->bytes_per_s = (uint64_t)llround(config->bandwidth_gb_per_s * 1e9);
    s->rate_milli = (uint64_t)llround(config->requests_per_s * 1e3);
    s->rate_step = (wide)PS_PER_S * 1000u;
    outage_step(s, &s->outage, 0);
    *out = s;
    return BRG_OK;
no_memory:
    brg_tier_server_destroy(&s);
    return BRG_ENOMEM;
}

void brg_tier_server_destroy(brg_tier_server **server) {
    if (server == NULL || *server == NULL) return;
    free((*server)->outages);
    free((*server)->slots);
    free((*server)->transfers);
    free(*server);
    *server = NULL;
}

/* ---- Latency ---- */

static uint64_t trace_latency(const brg_tier_trace *t, uint64_t request, uint64_t time_ps) {
    if (t->time_ps == NULL) return t->latency_ps[request % t->count];
    if (t->period_ps == 0) return t->latency_ps[0];
    const uint64_t at = time_ps % t->period_ps;
    size_t low = 0, high = t->count; /* time[low] <= at < time[high] */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (t->time_ps[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return t->latency_ps[low];
}

uint64_t brg_tier_latency_ps(const brg_tier_config *k, uint64_t request, uint64_t time_ps) {
    if (k->latency == BRG_LATENCY_TRACE) return trace_latency(k->trace, request, time_ps);
    if (k->latency == BRG_LATENCY_CONSTANT || k->sigma == 0) return to_ps(k->latency_ns);
    const brg_stream r =
        brg_stream_make(k->seed, k->tier, request, (brg_purpose)PURPOSE_REQUEST, 0);
    const double radius = sqrt(-2 * log1p(-brg_stream_uniform_at(&r, DRAW_RADIUS)));
    const double angle = 2 * 3.14159265358979323846 * brg_stream_uniform_at(&r, DRAW_ANGLE);
    return to_ps(k->latency_ns * exp(k->sigma * radius * cos(angle)));
}

/* ---- Stages ---- */

/* Lets a request in that could start at t, and takes its token. The bucket is GCRA in units of
 * 1/rate_milli ps, so that rates that do not divide a second do not drift. */
static uint64_t rate_limit(brg_tier_server *s, uint64_t t) {
    if (s->rate_milli == 0) return t;
    const uint64_t depth = s->config.request_burst ? s->config.request_burst : 1;
    const wide slack = s->rate_step * (depth - 1);
    wide at = (wide)t * s->rate_milli;
    if (s->rate_next > slack && s->rate_next - slack > at) at = s->rate_next - slack;
    s->rate_next = (s->rate_next > at ? s->rate_next : at) + s->rate_step;
    const wide ps = (at + s->rate_milli - 1) / s->rate_milli;
    return ps > FAR_PS ? FAR_PS : (uint64_t)ps;
}

/* Gives the slot that gets free first until done_ps. */
static void slot_take(brg_tier_server *s, uint64_t done_ps) {
    const size_t n = s->config.concurrent;
    if (n == 0) return;
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && s->slots[child + 1] < s->slots[child]) child++;
        if (s->slots[child] >= done_ps) break;
        s->slots[i] = s->slots[child];
        i = child;
    }
    s->slots[i] = done_ps;
}

/* End of `work` ps begun at t when outages pause it. */
static uint64_t work_until(const brg_tier_server *s, uint64_t t, uint64_t work) {
    if (s->config.outage_answer != BRG_OUTAGE_LATE) return add(t, work);
    for (outage_cursor c = outage_from(s, s->outage, t);; outage_step(s, &c, t)) {
        if (c.now.start_ps > t) {
            const uint64_t free = c.now.start_ps - t;
            if (work <= free) return add(t, work);
            work -= free;
        }
        t = outage_end(&c.now);
    }
}

/* Finds the first gap of the channel from ready_ps; *at is where the transfer belongs. */
static transfer channel_find(const brg_tier_server *s, uint64_t ready_ps, uint64_t span,
                             size_t *at) {
    transfer t = {ready_ps, work_until(s, ready_ps, span)};
    size_t i = 0;
    for (; i < s->transfer_count && span > 0; i++) {
        if (s->transfers[i].done_ps <= t.first_ps) continue;
        if (s->transfers[i].first_ps >= t.done_ps) break;
        t.first_ps = s->transfers[i].done_ps;
        t.done_ps = work_until(s, t.first_ps, span);
    }
    *at = i;
    return t;
}

static int channel_take(brg_tier_server *s, size_t at, transfer t) {
    if (t.done_ps == t.first_ps) return BRG_OK;
    if (s->transfer_count == s->transfer_room) {
        const size_t room = s->transfer_room ? s->transfer_room * 2 : 16;
        transfer *more = realloc(s->transfers, room * sizeof *more);
        if (more == NULL) return BRG_ENOMEM;
        s->transfers = more;
        s->transfer_room = room;
    }
    memmove(s->transfers + at + 1, s->transfers + at,
            (s->transfer_count - at) * sizeof *s->transfers);
    s->transfers[at] = t;
    s->transfer_count++;
    return BRG_OK;
}

/* Forgets what is over at the new arrival, and counts the outages up to it. */
static void arrive(brg_tier_server *s, uint64_t t) {
    size_t gone = 0;
    while (gone < s->transfer_count && s->transfers[gone].done_ps <= t) gone++;
    if (gone > 0) {
        s->transfer_count -= gone;
        memmove(s->transfers, s->transfers + gone, s->transfer_count * sizeof *s->transfers);
    }
    for (;;) {
        const uint64_t start = s->outage.now.start_ps, end = outage_end(&s->outage.now);
        if (start > t) break;
        if (s->outage.index > s->outages_counted) {
            s->outages_counted = s->outage.index;
            s->statistics.outages++;
        }
        s->statistics.outage_ps += (end < t ? end : t) - max2(start, s->last_ps);
        if (end > t) break;
        outage_step(s, &s->outage, end);
    }
    s->last_ps = t;
}

static bool draws_error(const brg_tier_config *k, uint64_t request) {
    if (!(k->error_probability > 0)) return false;
    const brg_stream r =
        brg_stream_make(k->seed, k->tier, request, (brg_purpose)PURPOSE_REQUEST, 0);
    return brg_stream_uniform_at(&r, DRAW_ERROR) < k->error_probability;
}

static void fail_answer(const brg_tier_server *s, brg_tier_answer *a, uint64_t at_ps) {
    if (s->config.outage_answer == BRG_OUTAGE_SILENT) {
        a->outcome = BRG_TIER_SILENT;
        a->done_ps = UINT64_MAX;
    } else {
        a->outcome = BRG_TIER_ERROR;
        a->done_ps = at_ps;
    }
    if (a->ready_ps > a->done_ps) a->ready_ps = a->done_ps;
    if (a->first_ps > a->done_ps) a->first_ps = a->done_ps;
}

int brg_tier_serve(brg_tier_server *s, uint64_t arrival_ps, uint64_t bytes, bool write,
                   brg_tier_answer *answer) {
    const brg_tier_config *k = &s->config;
    if (arrival_ps < s->last_ps || arrival_ps > FAR_PS) return BRG_EINVAL;
    arrive(s, arrival_ps);
    const uint64_t request = s->statistics.requests++;
    brg_tier_answer a = {.outcome = BRG_TIER_OK, .arrival_ps = arrival_ps, .bytes = bytes};
    const uint64_t slot = k->concurrent > 0 ? s->slots[0] : 0;
    a.start_ps = rate_limit(s, max2(arrival_ps, slot));
    /* What the rate limit adds to the wait for a slot is the rate limit's. */
    a.rate_ps = a.start_ps > max2(arrival_ps, slot) ? a.start_ps : arrival_ps;
    s->statistics.rate_wait_ps += a.rate_ps - arrival_ps;
    s->statistics.queue_wait_ps += a.start_ps - a.rate_ps;

    const uint64_t latency = brg_tier_latency_ps(k, request, a.start_ps);
    const uint64_t span = s->bytes_per_s ? (uint64_t)((wide)bytes * PS_PER_S / s->bytes_per_s) : 0;
    const outage_cursor met = outage_from(s, s->outage, a.start_ps);
    a.ready_ps = work_until(s, a.start_ps, latency);
    size_t at = 0;
    transfer t = channel_find(s, a.ready_ps, span, &at);
    a.first_ps = t.first_ps;
    a.done_ps = t.done_ps;
    int e = BRG_OK;
    if (met.now.start_ps < a.done_ps || met.now.start_ps <= a.start_ps) {
        a.outage_start_ps = max2(met.now.start_ps, a.start_ps);
        a.outage_end_ps = outage_end(&met.now);
    }
    if (a.outage_end_ps > 0 && k->outage_answer != BRG_OUTAGE_LATE) {
        const bool refused = met.now.start_ps <= a.start_ps;
        a.bytes = 0;
        if (!refused && a.outage_start_ps > t.first_ps) {
            /* Cut in the middle of its transfer: a part has gone through. */
            t.done_ps = a.outage_start_ps;
            a.bytes = span ? (uint64_t)((wide)bytes * (t.done_ps - t.first_ps) / span) : 0;
            e = channel_take(s, at, t);
        }
        fail_answer(s, &a, refused ? a.ready_ps : a.outage_start_ps);
    } else if (draws_error(k, request)) {
        a.outcome = BRG_TIER_ERROR;
        a.bytes = 0;
        a.first_ps = a.done_ps = a.ready_ps;
    } else {
        e = channel_take(s, at, t);
    }
    if (e != BRG_OK) return e;
    /* A silent request holds no slot: the connection is gone. */
    if (a.outcome != BRG_TIER_SILENT) slot_take(s, a.done_ps);

    brg_tier_statistics *c = &s->statistics;
    c->answers += a.outcome == BRG_TIER_OK;
    c->errors += a.outcome == BRG_TIER_ERROR;
    c->silent += a.outcome == BRG_TIER_SILENT;
    c->paused += a.outcome == BRG_TIER_OK && a.outage_end_ps > 0;
    *(write ? &c->bytes_written : &c->bytes_read) += a.bytes;
    if (a.outcome == BRG_TIER_OK) brg_latency_add(&s->histogram, a.done_ps - arrival_ps);
    *answer = a;
    return BRG_OK;
}

void brg_tier_server_statistics(const brg_tier_server *server, brg_tier_statistics *out) {
    *out = server->statistics;
    out->latency = brg_latency_summarize(&server->histogram);
}

brg_tier_wait brg_tier_waits_for(const brg_tier_answer *a, uint64_t t) {
    if (t < a->arrival_ps || t >= a->done_ps) return BRG_TIER_WAIT_NONE;
    if (t < a->rate_ps) return BRG_TIER_WAIT_RATE;
    if (t < a->start_ps) return BRG_TIER_WAIT_QUEUE;
    /* A silent tier says nothing any more, however long its outage lasts. */
    if (a->outcome == BRG_TIER_SILENT && t >= a->outage_start_ps) return BRG_TIER_WAIT_OUTAGE;
    if (t >= a->outage_start_ps && t < a->outage_end_ps) return BRG_TIER_WAIT_OUTAGE;
    if (t < a->ready_ps) return BRG_TIER_WAIT_LATENCY;
    if (t < a->first_ps) return BRG_TIER_WAIT_QUEUE;
    return BRG_TIER_WAIT_TRANSFER;
}
