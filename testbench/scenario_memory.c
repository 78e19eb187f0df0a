/* SPDX-License-Identifier: Apache-2.0 */
/* The memory system of a scenario: clocks, cache, DRAM, tiers, control store and pulse memory. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/bits.h"
#include "testbench/json.h"
#include "testbench/scenario_reading.h"

static uint32_t power(const brg_reading *r, brg_key_id id) {
    const uint64_t value = r->values[id].integer;
    if (!brg_power_of_two(value))
        brg_reading_blame(r, id, "%" PRIu64 " is not a power of two, accepted: 1, 2, 4, ...",
                          value);
    return (uint32_t)value;
}

void brg_reading_refuse_unused(const brg_reading *r, brg_key_id choice, brg_key_id first,
                               brg_key_id last, const char *accepted) {
    const brg_origin *chosen = &r->origins->at[choice];
    for (int id = first; id <= (int)last; id++) {
        const brg_origin *given = &r->origins->at[id];
        if (given->set && !(chosen->set && given->layer < chosen->layer))
            brg_reading_blame(r, (brg_key_id)id, "not used, accepted: with %s", accepted);
    }
}

static void read_clocks(const brg_reading *r, brg_scenario *s) {
    if (brg_reading_set(r, BRG_KEY_MEMORY_CLOCK))
        s->clocks.memory_khz = brg_reading_khz(r, BRG_KEY_MEMORY_CLOCK);
    if (brg_reading_set(r, BRG_KEY_HOST_CLOCK))
        s->clocks.host_khz = brg_reading_khz(r, BRG_KEY_HOST_CLOCK);
}

static void read_cache(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    s->prefetch.kind = (uint32_t)v[BRG_KEY_PREFETCH_KIND].integer;
    if (s->prefetch.kind) s->prefetch.depth = (uint32_t)v[BRG_KEY_PREFETCH_DEPTH].integer;
    if (!v[BRG_KEY_CACHE_KIND].integer) {
        brg_reading_refuse_unused(r, BRG_KEY_CACHE_KIND, BRG_KEY_CACHE_WAYS, BRG_KEY_CACHE_ECC,
                                  "memory.cache.kind: set_associative");
        if (s->prefetch.kind)
            brg_reading_blame(r, BRG_KEY_PREFETCH_KIND,
                              "needs a cache, accepted: none, or memory.cache: set_associative");
        return;
    }
    s->cache = (brg_platform_cache){.enabled = true,
                                    .ways = power(r, BRG_KEY_CACHE_WAYS),
                                    .sets = power(r, BRG_KEY_CACHE_SETS),
                                    .line_bytes = power(r, BRG_KEY_CACHE_LINE),
                                    .policy = (uint32_t)v[BRG_KEY_CACHE_POLICY].integer,
                                    .seed = (uint32_t)s->seed,
                                    .ecc = v[BRG_KEY_CACHE_ECC].integer != 0};
}

static int read_dram(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    if (!v[BRG_KEY_NEAR].integer) {
        brg_reading_refuse_unused(r, BRG_KEY_NEAR, BRG_KEY_DRAM_PART, BRG_KEY_DRAM_POSTPONE,
                                  "memory.near: ddr4");
        return BRG_OK;
    }
    brg_reading_refuse_unused(r, BRG_KEY_NEAR, BRG_KEY_LATENCY_NS, BRG_KEY_BANDWIDTH,
                              "memory.near: fixed");
    const char *name = r->texts[BRG_KEY_DRAM_PART];
    const size_t length = strlen(name);
    const brg_ddr4_part *part = brg_ddr4_part_find(name);
    if (part) {
        s->dram_part = *part;
        s->dram_part_name = strdup(name);
    } else if (length > 4 && strcmp(name + length - 4, ".csv") == 0) {
        s->dram_part_name = brg_reading_path(r, BRG_KEY_DRAM_PART);
        if (s->dram_part_name) {
            const int status = brg_ddr4_part_read(&s->dram_part, s->dram_part_name, r->diag);
            if (status) return status;
        }
    } else {
        brg_reading_blame(r, BRG_KEY_DRAM_PART,
                          "'%.40s' is not known, accepted: DDR4-2400, DDR4-3200 or a .csv file",
                          name);
        return BRG_OK;
    }
    if (!s->dram_part_name) return BRG_ENOMEM;
    s->dram = (brg_platform_dram){.enabled = true,
                                  .part = &s->dram_part,
                                  .scheduler = (uint32_t)v[BRG_KEY_DRAM_SCHEDULER].integer,
                                  .page_policy = (uint32_t)v[BRG_KEY_DRAM_PAGE].integer,
                                  .address_map = (uint32_t)v[BRG_KEY_DRAM_MAP].integer,
                                  .ranks = (uint32_t)v[BRG_KEY_DRAM_RANKS].integer,
                                  .no_refresh = v[BRG_KEY_DRAM_REFRESH].integer == 0,
                                  .postpone = (uint32_t)v[BRG_KEY_DRAM_POSTPONE].integer};
    return BRG_OK;
}

static void read_traffic(const brg_reading *r, brg_scenario *s) {
    s->traffic_period_ps = brg_reading_ps(r->values[BRG_KEY_TRAFFIC_PERIOD].real);
    s->traffic_bytes = (uint32_t)r->values[BRG_KEY_TRAFFIC_BYTES].integer;
    if (s->traffic_bytes % 64)
        brg_reading_blame(r, BRG_KEY_TRAFFIC_BYTES, "%" PRIu32 " bytes, accepted: a multiple of 64",
                          s->traffic_bytes);
    if (!s->traffic_period_ps) s->traffic_bytes = 0;
}

/* The key of a tier at the place that it has in the block of the edge tier. */
static brg_key_id at(brg_key_id first, brg_key_id edge_key) {
    return (brg_key_id)(first + (edge_key - BRG_KEY_EDGE_PRESET));
}

static int read_trace(const brg_reading *r, brg_key_id first, brg_scenario_tier *t,
                      brg_tier_config *c) {
    const brg_key_id kind = at(first, BRG_KEY_EDGE_LATENCY), path = at(first, BRG_KEY_EDGE_TRACE);
    if (c->latency != BRG_LATENCY_TRACE) {
        if (brg_reading_set(r, path))
            brg_reading_blame(r, path, "not used, accepted: with latency: trace");
        return BRG_OK;
    }
    if (!brg_reading_set(r, path)) {
        brg_reading_blame(r, kind, "trace without a file, accepted: trace with %s",
                          brg_key_at(path)->path);
        return BRG_OK;
    }
    void *text = NULL;
    size_t length = 0;
    if (!(t->trace_path = brg_reading_path(r, path))) return BRG_ENOMEM;
    int status = brg_read_file(&text, &length, t->trace_path, (size_t)1 << 28, r->diag);
    if (status == BRG_OK)
        status = brg_tier_trace_parse(&t->trace, text, length, t->trace_path, r->diag);
    free(text);
    c->trace = t->trace;
    return status;
}

static void read_outages(const brg_reading *r, brg_key_id first, brg_scenario_tier *t,
                         brg_tier_config *c) {
    const brg_value *v = r->values;
    const brg_key_id between = at(first, BRG_KEY_EDGE_OUTAGE_BETWEEN_NS);
    t->outage = (brg_outage){brg_reading_ps(v[at(first, BRG_KEY_EDGE_OUTAGE_START_NS)].real),
                             brg_reading_ps(v[at(first, BRG_KEY_EDGE_OUTAGE_NS)].real)};
    c->outage_between_ns = v[between].real;
    c->outage_mean_ns = v[at(first, BRG_KEY_EDGE_OUTAGE_MEAN_NS)].real;
    c->outage_answer = (brg_outage_answer)v[at(first, BRG_KEY_EDGE_OUTAGE_ANSWER)].integer;
    if (t->outage.duration_ps) {
        c->outages = &t->outage;
        c->outage_count = 1;
        if (c->outage_between_ns > 0)
            brg_reading_blame(r, between, "given beside outage_ns, accepted: one of the two");
    }
    if ((c->outage_between_ns > 0) != (c->outage_mean_ns > 0))
        brg_reading_blame(r, between,
                          "without a mean length, accepted: outage_between_ns with "
                          "outage_mean_ns, or neither");
}

static const char *join_presets(char *to, size_t size) {
    brg_memory_preset preset;
    to[0] = '\0';
    for (size_t i = 0; brg_memory_preset_at(i, &preset); i++) {
        const size_t length = strlen(to);
        snprintf(to + length, size - length, "%s%s", i ? ", " : "", preset.name);
    }
    return to;
}

/* The shortest time to the first byte that this tier ever draws, in ns; of a lognormal six standard
 * deviations below its median, which one request in 10^9 goes below. */
static double least_latency_ns(const brg_tier_config *c) {
    if (c->latency == BRG_LATENCY_LOGNORMAL) return c->latency_ns * exp(-6 * c->sigma);
    if (c->latency == BRG_LATENCY_CONSTANT) return c->latency_ns;
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < c->trace->count; i++)
        if (c->trace->latency_ps[i] < least) least = c->trace->latency_ps[i];
    return (double)least / 1000;
}

/* A tier that can never answer, and is asked again for ever. */
static void refuse_hopeless(const brg_reading *r, brg_key_id first, const brg_scenario *s,
                            brg_tier_id tier) {
    const brg_tier_config *c = &s->tiers.tier[tier];
    const brg_retry_policy *retry = &s->tiers.retry[tier];
    if (retry->give_up || (c->latency == BRG_LATENCY_TRACE && !c->trace)) return;
    if (c->error_probability >= 1)
        brg_reading_blame(r, at(first, BRG_KEY_EDGE_ERRORS),
                          "1 with on_failure: wait never ends, accepted: below 1, or on_failure: "
                          "fail");
    /* Accesses before promote_after are shorter than a page. */
    uint64_t bytes = s->tiers.placement.promote_after > 1 ? 64 : s->tiers.page_bytes;
    if (bytes > s->tiers.table_bytes) bytes = s->tiers.table_bytes;
    const double transfer_ns =
        c->bandwidth_gb_per_s > 0 ? (double)bytes / c->bandwidth_gb_per_s : 0;
    const double time_out_ns = (double)retry->time_out_ps / 1000;
    const double least_ns = least_latency_ns(c) + transfer_ns;
    if (least_ns <= time_out_ns) return;
    brg_reading_blame(r, at(first, BRG_KEY_EDGE_TIMEOUT_NS),
                      "%.10g ns are over before any answer (latency and transfer of %" PRIu64
                      " bytes: %.10g ns) and on_failure: wait never ends, accepted: more, or "
                      "on_failure: fail",
                      time_out_ns, bytes, least_ns);
}

static int read_tier(const brg_reading *r, brg_key_id first, brg_tier_id tier, brg_scenario *s) {
    const brg_value *v = r->values;
    brg_scenario_tier *t = &s->tier[tier];
    brg_tier_config *c = &s->tiers.tier[tier];
    char names[200];
    if (!brg_memory_preset_find(r->texts[first], &t->preset)) {
        brg_reading_blame(r, first, "'%.40s' is not known, accepted: %s", r->texts[first],
                          join_presets(names, sizeof names));
        return BRG_OK;
    }
    t->used = true;
    brg_memory_preset_use(&t->preset, c);
    c->seed = s->seed;
    c->tier = (uint32_t)tier;
    c->latency = (brg_latency_kind)v[at(first, BRG_KEY_EDGE_LATENCY)].integer;
    const struct {
        brg_key_id key;
        double *value;
    } reals[] = {{BRG_KEY_EDGE_LATENCY_NS, &c->latency_ns},
                 {BRG_KEY_EDGE_SIGMA, &c->sigma},
                 {BRG_KEY_EDGE_BANDWIDTH, &c->bandwidth_gb_per_s},
                 {BRG_KEY_EDGE_RATE, &c->requests_per_s}};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (brg_reading_set(r, at(first, reals[i].key)))
            *reals[i].value = v[at(first, reals[i].key)].real;
    if (brg_reading_set(r, at(first, BRG_KEY_EDGE_CONCURRENT)))
        c->concurrent = (uint32_t)v[at(first, BRG_KEY_EDGE_CONCURRENT)].integer;
    c->error_probability = v[at(first, BRG_KEY_EDGE_ERRORS)].real;
    read_outages(r, first, t, c);
    s->tiers.retry[tier] = (brg_retry_policy){
        .time_out_ps = brg_reading_ps(v[at(first, BRG_KEY_EDGE_TIMEOUT_NS)].real),
        .retries = (uint32_t)v[at(first, BRG_KEY_EDGE_RETRIES)].integer,
        .exponential = v[at(first, BRG_KEY_EDGE_BACKOFF)].integer == 0,
        .backoff_ps = brg_reading_ps(v[at(first, BRG_KEY_EDGE_BACKOFF_NS)].real),
        .give_up = v[at(first, BRG_KEY_EDGE_ON_FAILURE)].integer == 1};
    const int status = read_trace(r, first, t, c);
    if (status == BRG_OK) refuse_hopeless(r, first, s, tier);
    return status;
}

static int read_tiers(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    brg_tiers_config *t = &s->tiers;
    t->home = (brg_tier_id)v[BRG_KEY_TIERS_HOME].integer;
    if (t->home == BRG_TIER_NEAR) {
        brg_reading_refuse_unused(r, BRG_KEY_TIERS_HOME, BRG_KEY_TIERS_PAGE, BRG_KEY_CLOUD_BACKOFF,
                                  "memory.tiers.home: edge or cloud");
        return BRG_OK;
    }
    t->table_bytes =
        brg_pages(&s->qram) * brg_image_page_bytes(s->qram.address_width, s->qram.word_width);
    t->page_bytes = power(r, BRG_KEY_TIERS_PAGE);
    t->read_ahead = (uint32_t)v[BRG_KEY_TIERS_AHEAD].integer;
    t->placement =
        (brg_placement_config){.near_frames = (uint32_t)v[BRG_KEY_TIERS_NEAR_FRAMES].integer,
                               .edge_frames = (uint32_t)v[BRG_KEY_TIERS_EDGE_FRAMES].integer,
                               .exclusive = v[BRG_KEY_TIERS_INCLUSION].integer == 1,
                               .promote_after = (uint32_t)v[BRG_KEY_TIERS_PROMOTE].integer,
                               .jobs = (uint32_t)v[BRG_KEY_TIERS_JOBS].integer};
    const bool middle = t->placement.edge_frames > 0;
    int status = BRG_OK;
    if (t->home == BRG_TIER_EDGE) {
        if (middle)
            brg_reading_blame(r, BRG_KEY_TIERS_EDGE_FRAMES,
                              "not used, accepted: with memory.tiers.home: cloud");
        brg_reading_refuse_unused(r, BRG_KEY_TIERS_HOME, BRG_KEY_CLOUD_PRESET,
                                  BRG_KEY_CLOUD_BACKOFF, "memory.tiers.home: cloud");
    } else {
        if (!middle)
            brg_reading_refuse_unused(r, BRG_KEY_TIERS_HOME, BRG_KEY_EDGE_PRESET,
                                      BRG_KEY_EDGE_BACKOFF,
                                      "memory.tiers.home: edge, or memory.tiers.edge_frames");
        else if (!t->placement.exclusive && t->placement.edge_frames <= t->placement.near_frames)
            brg_reading_blame(r, BRG_KEY_TIERS_EDGE_FRAMES,
                              "%" PRIu32 " frames, accepted: more than near_frames %" PRIu32
                              " when inclusive, or inclusion: exclusive",
                              t->placement.edge_frames, t->placement.near_frames);
        status = read_tier(r, BRG_KEY_CLOUD_PRESET, BRG_TIER_CLOUD, s);
    }
    if (status == BRG_OK && (t->home == BRG_TIER_EDGE || middle))
        status = read_tier(r, BRG_KEY_EDGE_PRESET, BRG_TIER_EDGE, s);
    return status;
}

static void read_control(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    if (v[BRG_KEY_CONTROL_STORE].integer)
        s->control_store =
            (brg_platform_control_store){.cached = true,
                                         .capacity_words = power(r, BRG_KEY_CONTROL_WORDS),
                                         .prefetch = v[BRG_KEY_CONTROL_PREFETCH].integer != 0};
    else
        brg_reading_refuse_unused(r, BRG_KEY_CONTROL_STORE, BRG_KEY_CONTROL_WORDS,
                                  BRG_KEY_CONTROL_PREFETCH, "control.store: cached");
    if (v[BRG_KEY_PULSE_SOURCE].integer)
        s->pulse =
            (brg_platform_pulse){.enabled = true,
                                 .channels = (uint32_t)v[BRG_KEY_PULSE_CHANNELS].integer,
                                 .bytes_per_pulse = (uint32_t)v[BRG_KEY_PULSE_BYTES].integer,
                                 .channel_bandwidth_gb_per_s = v[BRG_KEY_PULSE_BANDWIDTH].real,
                                 .buffer_words = (uint32_t)v[BRG_KEY_PULSE_BUFFER].integer,
                                 .compressed = v[BRG_KEY_PULSE_COMPRESSION].integer != 0,
                                 .spread = v[BRG_KEY_PULSE_SPREAD].real,
                                 .seed = s->seed};
    else
        brg_reading_refuse_unused(r, BRG_KEY_PULSE_SOURCE, BRG_KEY_PULSE_CHANNELS,
                                  BRG_KEY_PULSE_SPREAD, "pulse.source: memory");
}

int brg_reading_memory(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    read_clocks(r, s);
    read_cache(r, s);
    int status = read_dram(r, s);
    if (status == BRG_OK) status = read_tiers(r, s);
    if (status) return status;
    read_traffic(r, s);
    read_control(r, s);
    s->idle_skip = v[BRG_KEY_SIMULATION_SKIP].integer != 0;
    s->quantum_ps = brg_reading_ps(v[BRG_KEY_SIMULATION_QUANTUM].real);
    s->machine = v[BRG_KEY_SIMULATION_MODEL].integer != 0;
    s->attribution = (brg_attribution_method)v[BRG_KEY_ATTRIBUTION_METHOD].integer;
    s->attribution_samples = v[BRG_KEY_ATTRIBUTION_SAMPLES].integer;
    s->attribution_events = (uint32_t)v[BRG_KEY_ATTRIBUTION_EVENTS].integer;
    return BRG_OK;
}
