/* SPDX-License-Identifier: Apache-2.0 */
/* The memory system of a resolved scenario as JSON: the parts in use, every key of theirs. */
#include "testbench/json.h"
#include "testbench/scenario_keys.h"
#include "testbench/scenario_memory.h"

static json_t *choice(brg_key_id id, uint64_t number) {
    return json_string(brg_key_at(id)->choices[number]);
}

static json_t *on_off(bool on) {
    return json_string(on ? "on" : "off");
}

static json_t *ns(uint64_t ps) {
    return brg_json_real((double)ps / 1000);
}

static json_t *cache_json(const brg_platform_cache *c) {
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "kind", "set_associative", "ways",
                     brg_json_count(c->ways), "sets", brg_json_count(c->sets), "line_bytes",
                     brg_json_count(c->line_bytes), "policy",
                     choice(BRG_KEY_CACHE_POLICY, c->policy), "ecc", c->ecc ? "secded" : "none");
}

static json_t *dram_json(const brg_scenario *s) {
    const brg_platform_dram *d = &s->dram;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "part", s->dram_part_name, "scheduler",
                     choice(BRG_KEY_DRAM_SCHEDULER, d->scheduler), "page",
                     choice(BRG_KEY_DRAM_PAGE, d->page_policy), "address_map",
                     choice(BRG_KEY_DRAM_MAP, d->address_map), "ranks", brg_json_count(d->ranks),
                     "refresh", on_off(!d->no_refresh), "postpone", brg_json_count(d->postpone));
}

static json_t *tiers_json(const brg_scenario *s) {
    const brg_placement_config *p = &s->tiers.placement;
    json_t *j = json_pack("{s:o, s:o, s:o}", "home", choice(BRG_KEY_TIERS_HOME, s->tiers.home),
                          "page_bytes", brg_json_count(s->tiers.page_bytes), "near_frames",
                          brg_json_count(p->near_frames));
    if (s->tiers.home == BRG_TIER_CLOUD)
        json_object_set_new(j, "edge_frames", brg_json_count(p->edge_frames));
    json_object_set_new(j, "inclusion", choice(BRG_KEY_TIERS_INCLUSION, p->exclusive));
    json_object_set_new(j, "promote_after", brg_json_count(p->promote_after));
    json_object_set_new(j, "read_ahead", brg_json_count(s->tiers.read_ahead));
    json_object_set_new(j, "jobs", brg_json_count(p->jobs));
    return j;
}

static json_t *tier_json(const brg_scenario *s, brg_tier_id tier) {
    const brg_scenario_tier *t = &s->tier[tier];
    const brg_tier_config *c = &s->tiers.tier[tier];
    const brg_retry_policy *p = &s->tiers.retry[tier];
    json_t *j = json_pack("{s:s, s:o}", "preset", t->preset.name, "latency",
                          choice(BRG_KEY_EDGE_LATENCY, c->latency));
    if (t->trace_path) json_object_set_new(j, "trace", json_string(t->trace_path));
    json_object_set_new(j, "latency_ns", brg_json_real(c->latency_ns));
    json_object_set_new(j, "sigma", brg_json_real(c->sigma));
    json_object_set_new(j, "bandwidth_gb_per_s", brg_json_real(c->bandwidth_gb_per_s));
    json_object_set_new(j, "requests_per_s", brg_json_real(c->requests_per_s));
    json_object_set_new(j, "concurrent", brg_json_count(c->concurrent));
    json_object_set_new(j, "outage_start_ns", ns(t->outage.start_ps));
    json_object_set_new(j, "outage_ns", ns(t->outage.duration_ps));
    json_object_set_new(j, "outage_between_ns", brg_json_real(c->outage_between_ns));
    json_object_set_new(j, "outage_mean_ns", brg_json_real(c->outage_mean_ns));
    json_object_set_new(j, "outage_answer", choice(BRG_KEY_EDGE_OUTAGE_ANSWER, c->outage_answer));
    json_object_set_new(j, "error_probability", brg_json_real(c->error_probability));
    json_object_set_new(j, "time_out_ns", ns(p->time_out_ps));
    json_object_set_new(j, "on_failure", choice(BRG_KEY_EDGE_ON_FAILURE, p->give_up));
    json_object_set_new(j, "retries", brg_json_count(p->retries));
    json_object_set_new(j, "backoff_ns", ns(p->backoff_ps));
    json_object_set_new(j, "backoff", choice(BRG_KEY_EDGE_BACKOFF, !p->exponential));
    return j;
}

void brg_scenario_memory_json(const brg_scenario *s, json_t *memory) {
    json_object_set_new(memory, "near", choice(BRG_KEY_NEAR, s->dram.enabled));
    if (s->dram.enabled) {
        json_object_set_new(memory, "dram", dram_json(s));
    } else {
        json_object_set_new(memory, "latency_ns", brg_json_real(s->memory_latency_ns));
        json_object_set_new(memory, "bandwidth_gb_per_s",
                            brg_json_real(s->memory_bandwidth_gb_per_s));
    }
    if (s->clocks.memory_khz)
        json_object_set_new(memory, "clock_mhz",
                            brg_json_real((double)s->clocks.memory_khz / 1000));
    if (s->cache.enabled) json_object_set_new(memory, "cache", cache_json(&s->cache));
    if (s->prefetch.kind)
        json_object_set_new(
            memory, "prefetch",
            json_pack("{s:o, s:o}", "kind", choice(BRG_KEY_PREFETCH_KIND, s->prefetch.kind),
                      "depth", brg_json_count(s->prefetch.depth)));
    if (s->traffic_period_ps)
        json_object_set_new(memory, "traffic",
                            json_pack("{s:o, s:o}", "period_ns", ns(s->traffic_period_ps), "bytes",
                                      brg_json_count(s->traffic_bytes)));
    if (s->tiers.home != BRG_TIER_NEAR) json_object_set_new(memory, "tiers", tiers_json(s));
    for (int t = BRG_TIER_EDGE; t < BRG_TIER_COUNT; t++)
        if (s->tier[t].used)
            json_object_set_new(memory, brg_tier_name((uint64_t)t), tier_json(s, (brg_tier_id)t));
}

void brg_scenario_parts_json(const brg_scenario *s, json_t *j) {
    const brg_platform_control_store *c = &s->control_store;
    const brg_platform_pulse *p = &s->pulse;
    if (c->cached)
        json_object_set_new(
            j, "control",
            json_pack("{s:s, s:o, s:o}", "store", "cached", "capacity_words",
                      brg_json_count(c->capacity_words), "prefetch", on_off(c->prefetch)));
    if (p->enabled)
        json_object_set_new(j, "pulse",
                            json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "source", "memory",
                                      "channels", brg_json_count(p->channels), "bytes_per_pulse",
                                      brg_json_count(p->bytes_per_pulse), "channel_gb_per_s",
                                      brg_json_real(p->channel_bandwidth_gb_per_s), "buffer_words",
                                      brg_json_count(p->buffer_words), "compression",
                                      choice(BRG_KEY_PULSE_COMPRESSION, p->compressed), "spread",
                                      brg_json_real(p->spread)));
    if (s->clocks.host_khz)
        json_object_set_new(
            j, "host",
            json_pack("{s:o}", "clock_mhz", brg_json_real((double)s->clocks.host_khz / 1000)));
    json_object_set_new(
        j, "attribution",
        json_pack("{s:o, s:o, s:o}", "method", choice(BRG_KEY_ATTRIBUTION_METHOD, s->attribution),
                  "samples", brg_json_count(s->attribution_samples), "events",
                  brg_json_count(s->attribution_events)));
    /* How it is simulated must not show in a result, but for the one that has to read back. */
    if (s->machine) json_object_set_new(j, "simulation", json_pack("{s:s}", "model", "machine"));
}
