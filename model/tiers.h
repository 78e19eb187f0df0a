/* SPDX-License-Identifier: Apache-2.0 */
/* Slow memories: latency distributions, request limits, outages, retries, byte stores, statistics
 * and the presets of `brigade list memories`. No clock of its own and no SystemC: docs/tiers.md. */
#ifndef BRG_MODEL_TIERS_H
#define BRG_MODEL_TIERS_H

#include <stdbool.h>
#include <stdint.h>

#include "csim/qram.h"
#include "csim/stall_event.h"
#include "csim/status.h"
#include "model/tier_placement.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Latency traces ---- */

/* Measured latencies, played in a loop. Without times, request r takes entry r mod count. With
 * times, a request at time t takes the last entry whose time is not after t; times count from the
 * first entry's, and the loop is as long as the trace plus its last step. */
typedef struct brg_tier_trace {
    size_t count;
    uint64_t *latency_ps;
    uint64_t *time_ps;  /* NULL when the file has one column; else [0] is 0, rising */
    uint64_t period_ps; /* of the loop; 0 without times or with one entry */
} brg_tier_trace;

/* A number in ns per line, or `time_ns,latency_ns` with rising times; `#` comments and blank lines;
 * at most 10^7 entries, each from 0 to 10^15 ns. Errors are BRG_EINPUT with file and line. */
int brg_tier_trace_parse(brg_tier_trace **out, const char *text, size_t length, const char *file,
                         brg_diag *diag);
void brg_tier_trace_destroy(brg_tier_trace **trace);

/* ---- One tier ---- */

typedef enum brg_latency_kind {
    BRG_LATENCY_CONSTANT,  /* latency_ns */
    BRG_LATENCY_LOGNORMAL, /* latency_ns * exp(sigma * z), z standard normal */
    BRG_LATENCY_TRACE
} brg_latency_kind;

/* What a request gets that an outage meets. */
typedef enum brg_outage_answer {
    BRG_OUTAGE_SILENT, /* nothing, ever */
    BRG_OUTAGE_ERROR,  /* an error: after its latency, or when the outage cuts its transfer */
    BRG_OUTAGE_LATE    /* its answer, late: all work pauses during the outage */
} brg_outage_answer;

typedef struct brg_outage {
    uint64_t start_ps, duration_ps;
} brg_outage;

typedef struct brg_tier_config {
    uint64_t seed;
    uint32_t tier;               /* number of the tier among the random streams */
    brg_latency_kind latency;    /* request to first byte */
    double latency_ns;           /* constant, or median of the lognormal; 0 to 10^15 */
    double sigma;                /* of ln(latency), 0 to 10 */
    const brg_tier_trace *trace; /* borrowed */
    double bandwidth_gb_per_s;   /* 10^9 bytes/s of the one channel; 0 = no limit */
    double requests_per_s;       /* token bucket, resolved to 0.001/s; 0 = no limit */
    uint32_t request_burst;      /* depth of the bucket in requests; 0 counts as 1 */
    uint32_t concurrent;         /* requests in service at a time, to 65536; 0 = no limit */
    const brg_outage *outages;   /* by start, not overlapping; copied */
    size_t outage_count;
    double outage_between_ns; /* random outages: mean time from the end of one to the start of
                                 the next, exponential; 0 = none. Not with a list. */
    double outage_mean_ns;    /* their mean duration, exponential */
    brg_outage_answer outage_answer;
    double error_probability; /* of a request that no outage meets, 0 to 1 */
    uint64_t capacity_bytes;  /* a request beyond it is an address error; 0 = no limit */
} brg_tier_config;

typedef enum brg_tier_outcome { BRG_TIER_OK, BRG_TIER_ERROR, BRG_TIER_SILENT } brg_tier_outcome;

/* What a request waits for: of a tier, or of the manager (the last four). */
typedef enum brg_tier_wait {
    BRG_TIER_WAIT_NONE,
    BRG_TIER_WAIT_RATE,  /* limit of requests per second */
    BRG_TIER_WAIT_QUEUE, /* other requests: service slot, channel */
    BRG_TIER_WAIT_OUTAGE,
    BRG_TIER_WAIT_LATENCY, /* first byte */
    BRG_TIER_WAIT_TRANSFER,
    BRG_TIER_WAIT_RETRY,    /* back-off before the next attempt */
    BRG_TIER_WAIT_NEAR,     /* near memory */
    BRG_TIER_WAIT_FRAME,    /* no free frame or staging slot */
    BRG_TIER_WAIT_EVICTION, /* write-back of the page that makes room */
    BRG_TIER_WAIT_COUNT
} brg_tier_wait;
const char *brg_tier_wait_name(brg_tier_wait wait);

/* The fate of one request; times are absolute, in ps, each not before the one above it. */
typedef struct brg_tier_answer {
    brg_tier_outcome outcome;
    uint64_t arrival_ps;
    uint64_t rate_ps;  /* the rate limit lets it go */
    uint64_t start_ps; /* a service slot is free */
    uint64_t ready_ps; /* first byte at the source */
    uint64_t first_ps; /* the channel takes its first byte */
    uint64_t done_ps;  /* last byte or error; UINT64_MAX when silent */
    uint64_t bytes;    /* that moved before the end: all, or part when an outage cut in */
    uint64_t outage_start_ps, outage_end_ps; /* the first outage that met it; 0, 0: none */
} brg_tier_answer;

/* What the request waits for at this time; NONE outside [arrival, done). */
brg_tier_wait brg_tier_waits_for(const brg_tier_answer *answer, uint64_t time_ps);

/* Latencies in classes of 1/64 octave: quantiles are exact to 1.1 %. */
enum { BRG_LATENCY_CLASSES = 64 * 59 };
typedef struct brg_latency_histogram {
    uint64_t count, max_ps;
    double sum_ps;
    uint64_t classes[BRG_LATENCY_CLASSES];
} brg_latency_histogram;
void brg_latency_add(brg_latency_histogram *h, uint64_t latency_ps);
/* The middle of the class that holds quantile q in [0, 1], at most the maximum; 0 when empty. */
uint64_t brg_latency_quantile(const brg_latency_histogram *h, double q);

/* Latency columns of a statistics struct; 0 when nothing was counted. */
typedef struct brg_latency_summary {
    uint64_t count;
    double mean_ns, p50_ns, p99_ns, max_ns;
} brg_latency_summary;
brg_latency_summary brg_latency_summarize(const brg_latency_histogram *h);

/* As the tier itself sees it. */
typedef struct brg_tier_statistics {
    uint64_t requests, answers, errors, silent, paused; /* paused: answered late by an outage */
    uint64_t bytes_read, bytes_written;
    uint64_t rate_wait_ps, queue_wait_ps; /* summed over requests */
    uint64_t outages, outage_ps;          /* begun, and their part before the last request */
    brg_latency_summary latency;          /* arrival to last byte, answers only */
} brg_tier_statistics;

/* The service of one tier: requests are given in the order of their arrival. Random draws depend
 * on (seed, tier, number of the request) only. Copies the outages; the trace stays borrowed. */
typedef struct brg_tier_server brg_tier_server;
int brg_tier_server_new(brg_tier_server **out, const brg_tier_config *config);
void brg_tier_server_destroy(brg_tier_server **server);
/* Checks ranges; adds one message per error with `key` in front of the field's name. */
int brg_tier_check(const brg_tier_config *config, const char *file, size_t line, const char *key,
                   brg_diag *diag);
/* BRG_EINVAL when arrival_ps is before the last request's. Cost: O(log slots + transfers under
 * way). */
int brg_tier_serve(brg_tier_server *server, uint64_t arrival_ps, uint64_t bytes, bool write,
                   brg_tier_answer *answer);
void brg_tier_server_statistics(const brg_tier_server *server, brg_tier_statistics *out);
/* Latency in ps of request number `request` of this configuration at this time, as the server
 * draws it. */
uint64_t brg_tier_latency_ps(const brg_tier_config *config, uint64_t request, uint64_t time_ps);

/* ---- Retries ---- */

typedef struct brg_retry_policy {
    uint64_t time_out_ps;    /* of one attempt, 1 or more: a silent tier must not hang a run */
    uint32_t retries;        /* after the first attempt, when give_up */
    bool exponential;        /* double the back-off each time */
    uint64_t backoff_ps;     /* before the first retry */
    uint64_t backoff_max_ps; /* bound of the doubling; 0 = none */
    bool give_up;            /* policy `fail`; false is `wait`: see docs/tiers.md */
} brg_retry_policy;

/* Back-off before retry number `retry` (from 0); saturates at 10^18 ps. */
uint64_t brg_retry_backoff_ps(const brg_retry_policy *policy, uint64_t retry);

/* ---- All tiers of a table ---- */

enum { BRG_TIER_COUNT = BRG_TIER_CLOUD + 1 }; /* arrays by brg_tier_id */

/* A table at home in one tier and staged from there to near memory, page by page. With home cloud
 * and placement.edge_frames the edge tier is a level between them. */
typedef struct brg_tiers_config {
    brg_tier_id home;
    uint64_t table_bytes;                   /* the last page may be short */
    uint32_t page_bytes;                    /* 64 to 2^24 */
    uint32_t read_ahead;                    /* pages staged after one that was asked for, to 1024 */
    brg_placement_config placement;         /* pages is ignored: it follows from the table */
    uint64_t near_base, edge_base;          /* addresses of frame 0 */
    uint32_t near_burst_bytes;              /* longest transfer to near memory; 0 = 4096 */
    brg_tier_config tier[BRG_TIER_COUNT];   /* edge and cloud, where used */
    brg_retry_policy retry[BRG_TIER_COUNT]; /* the same */
} brg_tiers_config;

typedef enum brg_tier_reason {
    BRG_TIER_REASON_NONE,
    BRG_TIER_REASON_TIME_OUT, /* no answer in time, retries used up */
    BRG_TIER_REASON_ERROR,    /* answers with an error, retries used up */
    BRG_TIER_REASON_ADDRESS,  /* the tier does not have the address: never retried */
    BRG_TIER_REASON_STOPPED   /* the run has ended */
} brg_tier_reason;
const char *brg_tier_reason_name(brg_tier_reason reason);

/* Why a request failed. */
typedef struct brg_tier_failure {
    brg_tier_reason reason;
    brg_tier_id tier;
    uint32_t attempts;
    uint64_t page, time_ps;
} brg_tier_failure;

/* What the side that asks a tier sees. */
typedef struct brg_tier_link_statistics {
    uint64_t requests, attempts, retries, time_outs, errors;
    uint64_t late_answers; /* came after their time-out and were dropped */
    uint64_t failures;     /* given up */
    uint64_t bytes_read, bytes_written;
    uint64_t backoff_ps, outage_ps; /* waited, summed over requests; outage as the tier tells it */
    brg_latency_summary latency;    /* first attempt to the answer that counts */
} brg_tier_link_statistics;

typedef struct brg_tiers_statistics {
    uint64_t requests, failed, bytes_read, bytes_written; /* of the fast side */
    uint64_t near_hits, near_misses;                      /* page accesses; misses had to wait */
    uint64_t bytes_staged, bytes_written_back;
    brg_placement_statistics placement;
    brg_tier_link_statistics link[BRG_TIER_COUNT];
    brg_latency_summary latency; /* of the fast side's requests */
} brg_tiers_statistics;

/* Checks home, sizes and retries with one message per error, under `key`. */
int brg_tiers_check(const brg_tiers_config *config, const char *file, size_t line, const char *key,
                    brg_diag *diag);

/* ---- Bytes ---- */

/* Where a tier's bytes are. read and write give BRG_OK, BRG_EINVAL (outside) or BRG_ENOMEM. */
typedef struct brg_store {
    void *context;
    int (*read)(void *context, uint64_t address, void *to, size_t bytes);
    int (*write)(void *context, uint64_t address, const void *from, size_t bytes);
} brg_store;

/* A store over an image (at address 0, little-endian planes, borrowed, never changed; NULL for
 * none) followed by zeros up to capacity_bytes. A 4 KiB page is copied when it is first written. */
typedef struct brg_image_store brg_image_store;
int brg_image_store_new(brg_image_store **out, const brg_planes *image, uint64_t capacity_bytes);
void brg_image_store_destroy(brg_image_store **store);
/* The interface; its context is the store. */
brg_store brg_image_store_face(brg_image_store *store);
/* Pages written so far. */
size_t brg_image_store_pages(const brg_image_store *store);

/* ---- Presets ---- */

typedef struct brg_memory_preset {
    const char *name, *about;
    double latency_low_ns, latency_high_ns; /* the usual range, read as p5 to p95 */
    double latency_ns, sigma;               /* lognormal with that range */
    const char *latency_source;
    double bandwidth_gb_per_s;
    const char *bandwidth_source;
    double requests_per_s; /* 0 = no limit */
    uint32_t concurrent;
    const char *limit_source;
    uint64_t capacity_bytes; /* of a usual part; "typical" all of them */
} brg_memory_preset;

/* The presets from the fastest to the slowest; false when i is out of range. */
bool brg_memory_preset_at(size_t i, brg_memory_preset *out);
bool brg_memory_preset_find(const char *name, brg_memory_preset *out);
/* Median and sigma of the lognormal whose 5th and 95th percentiles are low and high. */
void brg_lognormal_of_range(double low, double high, double *median, double *sigma);
/* A configuration with the preset's values: no outages, no errors, seed and tier 0. */
void brg_memory_preset_use(const brg_memory_preset *preset, brg_tier_config *out);

#ifdef __cplusplus
}
#endif
#endif
