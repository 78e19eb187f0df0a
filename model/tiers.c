/* SPDX-License-Identifier: Apache-2.0 */
/* Presets, latency traces, histograms and back-off of the slow memories. */
#include "model/tiers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TYPICAL "typical"
#define S3 "Amazon S3 performance guidelines"

static const brg_memory_preset presets[] = {
    {.name = "on_chip",
     .about = "static memory on the controller's die",
     .latency_low_ns = 1,
     .latency_high_ns = 10,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 64,
     .bandwidth_source = TYPICAL,
     .concurrent = 16,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(8) << 20},
    {.name = "cxl",
     .about = "DRAM behind a CXL 2.0 link of eight lanes",
     .latency_low_ns = 200,
     .latency_high_ns = 400,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 28,
     .bandwidth_source = "32 GT/s x 8 lanes less protocol, typical",
     .concurrent = 128,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(256) << 30},
    {.name = "rdma",
     .about = "memory of a neighbour over RDMA",
     .latency_low_ns = 1e3,
     .latency_high_ns = 5e3,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 12.5,
     .bandwidth_source = "100 Gbit/s line rate",
     .concurrent = 128,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(1) << 40},
    {.name = "nvme",
     .about = "low-latency solid-state disk on PCIe 4.0 x4",
     .latency_low_ns = 10e3,
     .latency_high_ns = 20e3,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 7,
     .bandwidth_source = TYPICAL,
     .requests_per_s = 1e6,
     .concurrent = 256,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(4) << 40},
    {.name = "rack",
     .about = "storage server in the same rack",
     .latency_low_ns = 0.1e6,
     .latency_high_ns = 0.2e6,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 3,
     .bandwidth_source = "25 Gbit/s line rate",
     .concurrent = 128,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(64) << 40},
    {.name = "edge",
     .about = "edge server in the same site",
     .latency_low_ns = 0.3e6,
     .latency_high_ns = 2e6,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 1.25,
     .bandwidth_source = "10 Gbit/s line rate",
     .concurrent = 64,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(64) << 40},
    {.name = "cross_region",
     .about = "server in another region of a cloud",
     .latency_low_ns = 40e6,
     .latency_high_ns = 70e6,
     .latency_source = TYPICAL,
     .bandwidth_gb_per_s = 0.6,
     .bandwidth_source = "5 Gbit/s of one flow, typical",
     .concurrent = 64,
     .limit_source = TYPICAL,
     .capacity_bytes = UINT64_C(1) << 50},
    {.name = "object_store",
     .about = "object storage of a cloud, one prefix",
     .latency_low_ns = 20e6,
     .latency_high_ns = 200e6,
     .latency_source = "20-200 ms to first byte, typical",
     .bandwidth_gb_per_s = 0.09,
     .bandwidth_source = "85-90 MB/s of one connection, " S3,
     .requests_per_s = 5500,
     .concurrent = 1024,
     .limit_source = "5500 reads/s per prefix, " S3,
     .capacity_bytes = UINT64_C(1) << 50},
};

void brg_lognormal_of_range(double low, double high, double *median, double *sigma) {
    const double z95 = 1.6448536269514722; /* 95th percentile of the standard normal */
    *median = sqrt(low * high);
    *sigma = log(high / low) / (2 * z95);
}

bool brg_memory_preset_at(size_t i, brg_memory_preset *out) {
    if (i >= sizeof presets / sizeof presets[0]) return false;
    *out = presets[i];
    brg_lognormal_of_range(out->latency_low_ns, out->latency_high_ns, &out->latency_ns,
                           &out->sigma);
    return true;
}

bool brg_memory_preset_find(const char *name, brg_memory_preset *out) {
    for (size_t i = 0; name != NULL && i < sizeof presets / sizeof presets[0]; i++)
        if (strcmp(presets[i].name, name) == 0) return brg_memory_preset_at(i, out);
    return false;
}

void brg_memory_preset_use(const brg_memory_preset *preset, brg_tier_config *out) {
    *out = (brg_tier_config){.latency = BRG_LATENCY_LOGNORMAL,
                             .latency_ns = preset->latency_ns,
                             .sigma = preset->sigma,
                             .bandwidth_gb_per_s = preset->bandwidth_gb_per_s,
                             .requests_per_s = preset->requests_per_s,
                             .concurrent = preset->concurrent,
                             .capacity_bytes = preset->capacity_bytes};
}

const char *brg_tier_wait_name(brg_tier_wait wait) {
    static const char *const names[BRG_TIER_WAIT_COUNT] = {
        "none",     "rate_limit", "queue", "outage", "latency",
        "transfer", "retry",      "near",  "frame",  "eviction"};
    return (unsigned)wait < BRG_TIER_WAIT_COUNT ? names[wait] : "unknown";
}

const char *brg_tier_reason_name(brg_tier_reason reason) {
    static const char *const names[] = {"none", "time_out", "error", "address", "stopped"};
    return (unsigned)reason <= BRG_TIER_REASON_STOPPED ? names[reason] : "unknown";
}

static int refuse(brg_diag *diag, const char *file, size_t line, const char *key, const char *name,
                  const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s%s%s", key, *key ? "." : "", name);
    brg_diag_add(diag, file, line, 0, path, "%s", text);
    return BRG_EINPUT;
}

int brg_tiers_check(const brg_tiers_config *c, const char *file, size_t line, const char *key,
                    brg_diag *diag) {
    int e = BRG_OK;
    if (key == NULL) key = "";
    if ((unsigned)c->home >= BRG_TIER_COUNT)
        return refuse(diag, file, line, key, "home", "not a tier, accepted: near, edge, cloud");
    if (c->home == BRG_TIER_NEAR) return BRG_OK;
    if (c->page_bytes < 64 || c->page_bytes > (1u << 24) || c->page_bytes % 64 != 0)
        return refuse(diag, file, line, key, "page_bytes",
                      "not a page size, accepted: multiples of 64 from 64 to 16777216");
    if (c->table_bytes == 0 || (c->table_bytes - 1) / c->page_bytes >= (UINT64_C(1) << 28))
        e = refuse(diag, file, line, key, "page_bytes", "the table needs 1 to 2^28 pages");
    const brg_placement_config *p = &c->placement;
    if (p->near_frames == 0) e = refuse(diag, file, line, key, "near_frames", "at least 1");
    if (p->edge_frames > 0 && c->home != BRG_TIER_CLOUD)
        e = refuse(diag, file, line, key, "edge_frames", "only with home cloud");
    if (p->edge_frames > 0 && !p->exclusive && p->edge_frames <= p->near_frames)
        e = refuse(diag, file, line, key, "edge_frames", "more than near_frames when inclusive");
    if (p->promote_after == 0) e = refuse(diag, file, line, key, "promote_after", "at least 1");
    if (p->jobs == 0 || p->jobs > BRG_PLACEMENT_MAX_JOBS)
        e = refuse(diag, file, line, key, "jobs", "from 1 to 64");
    if (c->read_ahead > 1024) e = refuse(diag, file, line, key, "read_ahead", "at most 1024");
    if (c->near_burst_bytes % 64 != 0)
        e = refuse(diag, file, line, key, "near_burst_bytes", "a multiple of 64");
    if (c->retry[c->home].time_out_ps == 0 ||
        (p->edge_frames > 0 && c->retry[BRG_TIER_EDGE].time_out_ps == 0))
        e = refuse(diag, file, line, key, "time_out_ns", "more than 0: a tier may stay silent");
    return e;
}

/* ---- Histogram: class 64*o + f holds [2^o * (64 + f), 2^o * (64 + f + 1)), values below 64
 * have a class of their own. ---- */

static size_t class_of(uint64_t v) {
    if (v < 128) return (size_t)v;
    const unsigned octave = 63u - 6u - (unsigned)__builtin_clzll(v);
    return (size_t)octave * 64 + (size_t)(v >> octave);
}

void brg_latency_add(brg_latency_histogram *h, uint64_t latency_ps) {
    h->count++;
    h->sum_ps += (double)latency_ps;
    if (latency_ps > h->max_ps) h->max_ps = latency_ps;
    h->classes[class_of(latency_ps)]++;
}

uint64_t brg_latency_quantile(const brg_latency_histogram *h, double q) {
    if (h->count == 0) return 0;
    const double rank = q * (double)h->count;
    uint64_t below = 0;
    for (size_t i = 0; i < BRG_LATENCY_CLASSES; i++) {
        below += h->classes[i];
        if (below == 0 || (double)below < rank) continue;
        if (i < 128) return i;
        const unsigned octave = (unsigned)(i / 64 - 1);
        const uint64_t low = (uint64_t)(64 + i % 64) << octave;
        const uint64_t middle = low + ((UINT64_C(1) << octave) >> 1);
        return middle < h->max_ps ? middle : h->max_ps;
    }
    return h->max_ps;
}

brg_latency_summary brg_latency_summarize(const brg_latency_histogram *h) {
    brg_latency_summary s = {.count = h->count};
    if (h->count == 0) return s;
    s.mean_ns = h->sum_ps / (double)h->count / 1e3;
    s.p50_ns = (double)brg_latency_quantile(h, 0.50) / 1e3;
    s.p99_ns = (double)brg_latency_quantile(h, 0.99) / 1e3;
    s.max_ns = (double)h->max_ps / 1e3;
    return s;
}

uint64_t brg_retry_backoff_ps(const brg_retry_policy *policy, uint64_t retry) {
    const uint64_t limit = UINT64_C(1000000000000000000);
    const uint64_t top =
        policy->backoff_max_ps && policy->backoff_max_ps < limit ? policy->backoff_max_ps : limit;
    uint64_t wait = policy->backoff_ps;
    if (policy->exponential)
        for (; retry > 0 && wait > 0 && wait < top; retry--) wait *= 2;
    return wait < top ? wait : top;
}

/* ---- Trace files ---- */

#define TRACE_MAX_NS 1e15
#define TRACE_MAX_ENTRIES 10000000u

static bool blank(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r')) p++;
    return p == end;
}

/* A decimal number in [0, 10^15] at *p, which then stands behind it, or else at its start. strtod
 * alone would take `nan`, hexadecimal and a line break. */
static bool number(const char **p, const char *end, double *out) {
    const char *s = *p;
    while (s < end && (*s == ' ' || *s == '\t')) s++;
    char copy[64];
    size_t n = 0;
    while (s + n < end && n < sizeof copy - 1 && s[n] != '\0' &&
           strchr("0123456789.eE+-", s[n]) != NULL) {
        copy[n] = s[n];
        n++;
    }
    copy[n] = '\0';
    *p = s;
    if (n == 0) return false;
    char *stop = NULL;
    errno = 0;
    *out = strtod(copy, &stop);
    if (*stop != '\0' || errno != 0 || !(*out >= 0 && *out <= TRACE_MAX_NS)) return false;
    *p = s + n;
    return true;
}

static bool comma(const char **p, const char *end) {
    const char *s = *p;
    while (s < end && (*s == ' ' || *s == '\t')) s++;
    if (s == end || *s != ',') return false;
    *p = s + 1;
    return true;
}

static int trace_reserve(brg_tier_trace *t, size_t *room, bool timed) {
    if (t->count < *room) return BRG_OK;
    const size_t more = *room ? *room * 2 : 256;
    uint64_t *l = realloc(t->latency_ps, more * sizeof *l);
    if (l == NULL) return BRG_ENOMEM;
    t->latency_ps = l;
    if (timed) {
        uint64_t *w = realloc(t->time_ps, more * sizeof *w);
        if (w == NULL) return BRG_ENOMEM;
        t->time_ps = w;
    }
    *room = more;
    return BRG_OK;
}

typedef struct trace_reader {
    brg_tier_trace *trace;
    size_t room, columns;
    uint64_t first_ps;
    const char *file;
    brg_diag *diag;
} trace_reader;

static int trace_line(trace_reader *r, const char *p, const char *end, size_t line) {
    double a = 0, b = 0;
    const char *const begin = p;
    if (!number(&p, end, &a)) {
        brg_diag_add(r->diag, r->file, line, (size_t)(p - begin) + 1, "",
                     "not a number of ns from 0 to 1e15");
        return BRG_EINPUT;
    }
    const bool two = comma(&p, end);
    if (two && !number(&p, end, &b)) {
        brg_diag_add(r->diag, r->file, line, (size_t)(p - begin) + 1, "",
                     "not a latency in ns from 0 to 1e15");
        return BRG_EINPUT;
    }
    if (!blank(p, end)) {
        brg_diag_add(r->diag, r->file, line, (size_t)(p - begin) + 1, "",
                     "expected `latency_ns` or `time_ns,latency_ns` and nothing else");
        return BRG_EINPUT;
    }
    const size_t columns = two ? 2 : 1;
    if (r->columns != 0 && r->columns != columns) {
        brg_diag_add(r->diag, r->file, line, 1, "", "%zu columns, but the lines above have %zu",
                     columns, r->columns);
        return BRG_EINPUT;
    }
    r->columns = columns;
    brg_tier_trace *t = r->trace;
    if (t->count == TRACE_MAX_ENTRIES) {
        brg_diag_add(r->diag, r->file, line, 1, "", "more than %u entries", TRACE_MAX_ENTRIES);
        return BRG_EINPUT;
    }
    const int e = trace_reserve(t, &r->room, two);
    if (e != BRG_OK) return e;
    t->latency_ps[t->count] = (uint64_t)llround((two ? b : a) * 1e3);
    if (two) {
        const uint64_t at = (uint64_t)llround(a * 1e3);
        if (t->count == 0) r->first_ps = at;
        if (at < r->first_ps || (t->count > 0 && at - r->first_ps <= t->time_ps[t->count - 1])) {
            brg_diag_add(r->diag, r->file, line, 1, "",
                         "time %.15g ns is not after the time of the entry above", a);
            return BRG_EINPUT;
        }
        t->time_ps[t->count] = at - r->first_ps;
    }
    t->count++;
    return BRG_OK;
}

int brg_tier_trace_parse(brg_tier_trace **out, const char *text, size_t length, const char *file,
                         brg_diag *diag) {
    *out = NULL;
    brg_tier_trace *t = calloc(1, sizeof *t);
    if (t == NULL) return BRG_ENOMEM;
    trace_reader r = {.trace = t, .file = file, .diag = diag};
    int e = BRG_OK;
    const char *p = text, *const stop = text + length;
    for (size_t line = 1; p < stop && e == BRG_OK; line++) {
        const char *newline = memchr(p, '\n', (size_t)(stop - p));
        const char *const next = newline ? newline + 1 : stop;
        const char *end = newline ? newline : stop;
        const char *hash = memchr(p, '#', (size_t)(end - p));
        if (hash != NULL) end = hash;
        if (!blank(p, end)) e = trace_line(&r, p, end, line);
        p = next;
    }
    if (e == BRG_OK && t->count == 0) {
        brg_diag_add(diag, file, 0, 0, "", "no latency in the file, at least one is needed");
        e = BRG_EINPUT;
    }
    if (e != BRG_OK) {
        brg_tier_trace_destroy(&t);
        return e;
    }
    if (t->time_ps != NULL && t->count > 1)
        t->period_ps = 2 * t->time_ps[t->count - 1] - t->time_ps[t->count - 2];
    *out = t;
    return BRG_OK;
}

void brg_tier_trace_destroy(brg_tier_trace **trace) {
    if (trace == NULL || *trace == NULL) return;
    free((*trace)->latency_ps);
    free((*trace)->time_ps);
    free(*trace);
    *trace = NULL;
}
