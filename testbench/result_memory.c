/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the memory system measured, as JSON. */
#include <math.h>

#include "model/pulse.h"
#include "testbench/json.h"
#include "testbench/result.h"
#include "testbench/result_parts.h"

enum { BEAT_BYTES = 32 /* AXI data bus of the controller */ };

typedef struct field {
    const char *name;
    uint64_t value;
} field;

static json_t *counts(const field *fields, size_t count) {
    json_t *j = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(j, fields[i].name, brg_json_count(fields[i].value));
    return j;
}

#define COUNTS(...) \
    counts((const field[]){__VA_ARGS__}, sizeof(const field[]){__VA_ARGS__} / sizeof(field))

static json_t *ratio(uint64_t part, uint64_t whole) {
    return whole ? brg_json_real((double)part / (double)whole) : json_null();
}

static json_t *cache_json(const brg_result *r) {
    const brg_cache_statistics *c = &r->counters.cache;
    json_t *j =
        COUNTS({"accesses", c->accesses}, {"hits", c->hits}, {"misses", c->misses},
               {"merges", c->merges}, {"fills", c->fills}, {"write_backs", c->write_backs},
               {"stall_cycles", c->stall_cycles}, {"ecc_corrected", c->ecc_corrected},
               {"ecc_uncorrectable", c->ecc_uncorrectable}, {"ecc_refetches", c->ecc_refetches});
    json_object_set_new(j, "hit_rate", ratio(c->hits, c->accesses));
    if (!r->scenario->prefetch.kind) return j;
    json_t *p = COUNTS({"issued", c->prefetch_issued}, {"useful", c->prefetch_useful},
                       {"useless", c->prefetch_useless}, {"late", c->prefetch_late});
    json_object_set_new(p, "accuracy", ratio(c->prefetch_useful, c->prefetch_issued));
    json_object_set_new(p, "coverage", ratio(c->prefetch_useful, c->prefetch_useful + c->misses));
    json_object_set_new(j, "prefetch", p);
    return j;
}

static json_t *dram_json(const brg_result *r) {
    const brg_dram_statistics *d = &r->counters.dram;
    const double tck_ns = (double)r->scenario->dram_part.tck_ps / 1000;
    const brg_ddr4_energy e = brg_ddr4_energy_of(&r->scenario->dram_part);
    json_t *j = COUNTS({"reads", d->reads}, {"writes", d->writes}, {"row_hits", d->row_hits},
                       {"row_misses", d->row_misses}, {"row_conflicts", d->row_conflicts},
                       {"activates", d->activates}, {"precharges", d->precharges},
                       {"refreshes", d->refreshes}, {"timing_violations", d->violations});
    const struct {
        const char *name;
        uint64_t clocks;
    } parts[] = {{"queue_ns", d->queue_clocks},
                 {"activate_ns", d->activate_clocks},
                 {"refresh_ns", d->refresh_clocks},
                 {"bus_ns", d->bus_clocks}};
    json_t *split = json_object();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_object_set_new(split, parts[i].name,
                            d->reads
                                ? brg_json_real((double)parts[i].clocks * tck_ns / (double)d->reads)
                                : json_null());
    json_object_set_new(j, "read_latency_mean", split);
    json_object_set_new(j, "bus_busy_ns", brg_json_real((double)d->busy_clocks * tck_ns));
    json_object_set_new(
        j, "dynamic_energy_nj",
        brg_json_real(((double)d->activates * e.activate_pj + (double)d->reads * e.read_pj +
                       (double)d->writes * e.write_pj + (double)d->refreshes * e.refresh_pj) /
                      1000));
    return j;
}

static json_t *latency_json(const brg_latency_summary *l) {
    return json_pack("{s:o, s:o, s:o, s:o}", "mean", brg_json_real(l->mean_ns), "p50",
                     brg_json_real(l->p50_ns), "p99", brg_json_real(l->p99_ns), "max",
                     brg_json_real(l->max_ns));
}

static json_t *tiers_json(const brg_result *r) {
    const brg_tiers_statistics *t = &r->counters.tiers;
    json_t *j = COUNTS(
        {"requests", t->requests}, {"failed", t->failed}, {"near_hits", t->near_hits},
        {"near_misses", t->near_misses}, {"bytes_staged", t->bytes_staged},
        {"bytes_written_back", t->bytes_written_back}, {"evictions", t->placement.evictions},
        {"read_ahead_staged", t->placement.ahead}, {"read_ahead_used", t->placement.ahead_used});
    for (int i = BRG_TIER_EDGE; i < BRG_TIER_COUNT; i++) {
        const brg_tier_link_statistics *l = &t->link[i];
        if (!r->scenario->tier[i].used) continue;
        json_t *one =
            COUNTS({"requests", l->requests}, {"attempts", l->attempts}, {"retries", l->retries},
                   {"time_outs", l->time_outs}, {"errors", l->errors},
                   {"late_answers", l->late_answers}, {"failures", l->failures},
                   {"bytes_read", l->bytes_read}, {"bytes_written", l->bytes_written});
        json_object_set_new(one, "outage_ns", brg_json_real((double)l->outage_ps / 1000));
        json_object_set_new(one, "backoff_ns", brg_json_real((double)l->backoff_ps / 1000));
        json_object_set_new(one, "latency_ns", latency_json(&l->latency));
        json_object_set_new(j, brg_tier_name((uint64_t)i), one);
    }
    return j;
}

static json_t *pulse_json(const brg_result *r) {
    const brg_pulse_statistics *p = &r->counters.pulse;
    json_t *buffers = json_array(),
           *j = COUNTS({"words", p->words}, {"bytes", p->bytes}, {"stall_cycles", p->stall_cycles});
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++) {
        if (b < BRG_MAX_ADDRESS_WIDTH && b >= r->scenario->qram.address_width) continue;
        json_t *one = COUNTS({"stall_cycles", p->buffer_stall_cycles[b]},
                             {"high_water_words", p->high_water_words[b]});
        char name[40];
        brg_pulse_buffer_name(b, name, sizeof name);
        json_object_set_new(one, "buffer", json_string(name));
        json_array_append_new(buffers, one);
    }
    json_object_set_new(j, "buffers", buffers);
    return j;
}

json_t *brg_result_memory_json(const brg_result *r) {
    const brg_scenario *s = r->scenario;
    const brg_platform_counters *c = &r->counters;
    const double ns = (double)r->timing.cycles * 1e6 / (double)s->clock_khz;
    const uint64_t bytes = c->read_beats * BEAT_BYTES;
    json_t *j = json_object();
    if (!r->have_memory) {
        static const char *const names[] = {"read_bytes", "read_bursts", "read_beats",
                                            "read_errors", "read_gb_per_s"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            json_object_set_new(j, names[i], json_null());
        return j;
    }
    json_object_set_new(j, "read_bytes", brg_json_count(bytes));
    json_object_set_new(j, "read_bursts", brg_json_count(c->read_bursts));
    json_object_set_new(j, "read_beats", brg_json_count(c->read_beats));
    json_object_set_new(j, "read_errors", brg_json_count(c->read_errors));
    /* bytes per ns are GB/s */
    json_object_set_new(j, "read_gb_per_s", brg_json_real((double)bytes / ns));
    if (s->cache.enabled) json_object_set_new(j, "cache", cache_json(r));
    if (s->dram.enabled) json_object_set_new(j, "dram", dram_json(r));
    if (s->tiers.home != BRG_TIER_NEAR) json_object_set_new(j, "tiers", tiers_json(r));
    if (s->control_store.cached)
        json_object_set_new(
            j, "control_store",
            COUNTS({"hits", c->control_store.hits}, {"misses", c->control_store.misses},
                   {"prefetch_hits", c->control_store.prefetch_hits},
                   {"stall_cycles", c->control_store.stall_cycles}));
    if (s->pulse.enabled) json_object_set_new(j, "pulse", pulse_json(r));
    return j;
}
