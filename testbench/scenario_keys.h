/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of scenario keys: type, unit, range, choices, default, shorthand, help. */
#ifndef BRG_TESTBENCH_SCENARIO_KEYS_H
#define BRG_TESTBENCH_SCENARIO_KEYS_H

#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_key_id {
    BRG_KEY_VERSION,
    BRG_KEY_NAME,
    BRG_KEY_SEED,
    BRG_KEY_TECHNOLOGY,
    BRG_KEY_TECHNOLOGY_BASE,
    BRG_KEY_SLICE_NS,
    BRG_KEY_CSWAP_NS,
    BRG_KEY_LATCH_SWAP_NS,
    BRG_KEY_REGISTER_SWAP_NS,
    BRG_KEY_FETCH_NS,
    BRG_KEY_READOUT_NS,
    BRG_KEY_T1_NS,
    BRG_KEY_T2_NS,
    BRG_KEY_TPHI_NS,
    BRG_KEY_CLOCK_MHZ,
    BRG_KEY_QRAM,
    BRG_KEY_PROGRAM,
    BRG_KEY_ROUTERS,
    BRG_KEY_ADDRESS_WIDTH,
    BRG_KEY_WORD_WIDTH,
    BRG_KEY_PAGES,
    BRG_KEY_PAGE_WAIT,
    BRG_KEY_MEMORY,
    BRG_KEY_IMAGE,
    BRG_KEY_IMAGE_KIND,
    BRG_KEY_IMAGE_PATH,
    BRG_KEY_IMAGE_FORMAT,
    BRG_KEY_LATENCY_NS,
    BRG_KEY_BANDWIDTH,
    BRG_KEY_MEMORY_CLOCK,
    BRG_KEY_NEAR,
    BRG_KEY_CACHE,
    BRG_KEY_CACHE_KIND,
    BRG_KEY_CACHE_WAYS,
    BRG_KEY_CACHE_SETS,
    BRG_KEY_CACHE_LINE,
    BRG_KEY_CACHE_POLICY,
    BRG_KEY_CACHE_ECC,
    BRG_KEY_PREFETCH,
    BRG_KEY_PREFETCH_KIND,
    BRG_KEY_PREFETCH_DEPTH,
    BRG_KEY_DRAM,
    BRG_KEY_DRAM_PART,
    BRG_KEY_DRAM_SCHEDULER,
    BRG_KEY_DRAM_PAGE,
    BRG_KEY_DRAM_MAP,
    BRG_KEY_DRAM_RANKS,
    BRG_KEY_DRAM_REFRESH,
    BRG_KEY_DRAM_POSTPONE,
    BRG_KEY_TRAFFIC,
    BRG_KEY_TRAFFIC_PERIOD,
    BRG_KEY_TRAFFIC_BYTES,
    BRG_KEY_TIERS,
    BRG_KEY_TIERS_HOME,
    BRG_KEY_TIERS_PAGE,
    BRG_KEY_TIERS_NEAR_FRAMES,
    BRG_KEY_TIERS_EDGE_FRAMES,
    BRG_KEY_TIERS_INCLUSION,
    BRG_KEY_TIERS_PROMOTE,
    BRG_KEY_TIERS_AHEAD,
    BRG_KEY_TIERS_JOBS,
    BRG_KEY_EDGE,
    BRG_KEY_EDGE_PRESET,
    BRG_KEY_EDGE_LATENCY,
    BRG_KEY_EDGE_LATENCY_NS,
    BRG_KEY_EDGE_SIGMA,
    BRG_KEY_EDGE_TRACE,
    BRG_KEY_EDGE_BANDWIDTH,
    BRG_KEY_EDGE_RATE,
    BRG_KEY_EDGE_CONCURRENT,
    BRG_KEY_EDGE_OUTAGE_START_NS,
    BRG_KEY_EDGE_OUTAGE_NS,
    BRG_KEY_EDGE_OUTAGE_BETWEEN_NS,
    BRG_KEY_EDGE_OUTAGE_MEAN_NS,
    BRG_KEY_EDGE_OUTAGE_ANSWER,
    BRG_KEY_EDGE_ERRORS,
    BRG_KEY_EDGE_TIMEOUT_NS,
    BRG_KEY_EDGE_ON_FAILURE,
    BRG_KEY_EDGE_RETRIES,
    BRG_KEY_EDGE_BACKOFF_NS,
    BRG_KEY_EDGE_BACKOFF,
    BRG_KEY_CLOUD,
    BRG_KEY_CLOUD_PRESET,
    BRG_KEY_CLOUD_LATENCY,
    BRG_KEY_CLOUD_LATENCY_NS,
    BRG_KEY_CLOUD_SIGMA,
    BRG_KEY_CLOUD_TRACE,
    BRG_KEY_CLOUD_BANDWIDTH,
    BRG_KEY_CLOUD_RATE,
    BRG_KEY_CLOUD_CONCURRENT,
    BRG_KEY_CLOUD_OUTAGE_START_NS,
    BRG_KEY_CLOUD_OUTAGE_NS,
    BRG_KEY_CLOUD_OUTAGE_BETWEEN_NS,
    BRG_KEY_CLOUD_OUTAGE_MEAN_NS,
    BRG_KEY_CLOUD_OUTAGE_ANSWER,
    BRG_KEY_CLOUD_ERRORS,
    BRG_KEY_CLOUD_TIMEOUT_NS,
    BRG_KEY_CLOUD_ON_FAILURE,
    BRG_KEY_CLOUD_RETRIES,
    BRG_KEY_CLOUD_BACKOFF_NS,
    BRG_KEY_CLOUD_BACKOFF,
    BRG_KEY_CONTROL,
    BRG_KEY_CONTROL_STORE,
    BRG_KEY_CONTROL_WORDS,
    BRG_KEY_CONTROL_PREFETCH,
    BRG_KEY_PULSE,
    BRG_KEY_PULSE_SOURCE,
    BRG_KEY_PULSE_CHANNELS,
    BRG_KEY_PULSE_BYTES,
    BRG_KEY_PULSE_BANDWIDTH,
    BRG_KEY_PULSE_BUFFER,
    BRG_KEY_PULSE_COMPRESSION,
    BRG_KEY_PULSE_SPREAD,
    BRG_KEY_QEC,
    BRG_KEY_QEC_SCOPE,
    BRG_KEY_QEC_CODE,
    BRG_KEY_QEC_DISTANCE,
    BRG_KEY_QEC_LAYERS,
    BRG_KEY_QEC_P,
    BRG_KEY_QEC_ROUND_NS,
    BRG_KEY_QEC_DECODER,
    BRG_KEY_QEC_DECODER_CLOCK,
    BRG_KEY_QEC_LATENCY_NS,
    BRG_KEY_QEC_PER_ROUND_NS,
    BRG_KEY_QEC_DECODERS,
    BRG_KEY_QEC_FIFO,
    BRG_KEY_QEC_TRANSFER,
    BRG_KEY_HOST,
    BRG_KEY_HOST_CLOCK,
    BRG_KEY_WORKLOAD,
    BRG_KEY_QUERIES,
    BRG_KEY_INPUT,
    BRG_KEY_WORKLOAD_PROGRAM,
    BRG_KEY_NOISE,
    BRG_KEY_MODEL,
    BRG_KEY_NOISE_T1_NS,
    BRG_KEY_NOISE_TPHI_NS,
    BRG_KEY_REGISTERS,
    BRG_KEY_GATE_ERROR,
    BRG_KEY_PER_SLICE,
    BRG_KEY_PER_SLICE_KIND,
    BRG_KEY_PROBABILITY,
    BRG_KEY_METHOD,
    BRG_KEY_ENGINE,
    BRG_KEY_TRAJECTORIES,
    BRG_KEY_LOSS_DETECTION,
    BRG_KEY_ATTRIBUTION,
    BRG_KEY_ATTRIBUTION_METHOD,
    BRG_KEY_ATTRIBUTION_SAMPLES,
    BRG_KEY_ATTRIBUTION_EVENTS,
    BRG_KEY_SIMULATION,
    BRG_KEY_SIMULATION_SKIP,
    BRG_KEY_SIMULATION_QUANTUM,
    BRG_KEY_SIMULATION_MODEL,
    BRG_KEY_COUNT
} brg_key_id;

typedef enum brg_key_type {
    BRG_TYPE_GROUP, /* a mapping of keys */
    BRG_TYPE_INTEGER,
    BRG_TYPE_REAL,
    BRG_TYPE_CHOICE,
    BRG_TYPE_TEXT,
    BRG_TYPE_LIST /* of integers: a YAML sequence, or `9, 7, 5` */
} brg_key_type;

enum { BRG_MAX_CHOICES = 8, BRG_MAX_LIST = 24 };

typedef struct brg_key {
    const char *path; /* dotted */
    brg_key_type type;
    const char *unit;   /* NULL without one */
    double least, most; /* of numbers, both included */
    const char *choices[BRG_MAX_CHOICES + 1];
    const char *standard;  /* default as it would stand in YAML; NULL: worked out, see help */
    const char *shorthand; /* group: the key below it that a plain value stands for */
    const char *help;
} brg_key;

typedef struct brg_value {
    uint64_t integer; /* BRG_TYPE_INTEGER, the number of a BRG_TYPE_CHOICE, the length of a LIST */
    double real;
} brg_value;

/* Keys in the order of docs/scenario.md; id < BRG_KEY_COUNT. */
const brg_key *brg_key_at(brg_key_id id);
/* The key of a dotted path, or NULL. */
const brg_key *brg_key_find(const char *path);
static inline brg_key_id brg_key_number(const brg_key *key) {
    return (brg_key_id)(key - brg_key_at((brg_key_id)0));
}
/* What a key accepts, e.g. `an integer 1..24`. */
void brg_key_accepts(const brg_key *key, char *to, size_t size);
/* Reads a value strictly: no octal, no surrounding text, no NaN or infinity, no 4.5 for integers.
 * Returns BRG_EINPUT and a sentence in `why` without the accepted part. Texts are not looked at; a
 * list's numbers are checked, and brg_key_parse_list gives them. */
int brg_key_parse(const brg_key *key, const char *text, bool plain, brg_value *out, char *why,
                  size_t why_size);
/* The numbers of a BRG_TYPE_LIST in its text form, at most BRG_MAX_LIST of them; messages as above.
 */
int brg_key_parse_list(const brg_key *key, const char *text, uint64_t out[BRG_MAX_LIST],
                       size_t *count, char *why, size_t why_size);
/* Names the nearest known key for an unknown path in `to`: a sibling that differs by little, or a
 * key of that name elsewhere; "" when there is none. */
void brg_key_suggest(const char *path, char *to, size_t size);
/* Names below a group, `a, b, c`; group "" is the top. */
void brg_key_list(const char *group, char *to, size_t size);
/* Decimal digits only, no leading zero; *overflow when larger than uint64. */
bool brg_parse_integer(const char *text, uint64_t *out, bool *overflow);
/* A decimal number; an infinity beyond the range of a double, NaN when too near to 0 for one. */
bool brg_parse_real(const char *text, double *out);

#ifdef __cplusplus
}
#endif
#endif
