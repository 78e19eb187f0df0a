/* SPDX-License-Identifier: Apache-2.0 */
/* Counting a timeline, and the JSON of a result. */
#include "testbench/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "testbench/json.h"
#include "testbench/result_parts.h"

enum { MOST_WORDS = 1024 };

static uint64_t to_cycles(uint64_t ps, uint64_t khz) {
    return (uint64_t)(((unsigned __int128)ps * khz + 500000000u) / 1000000000u);
}

static void add_timing(brg_timing *sum, const brg_timing *t) {
    sum->cycles += t->cycles;
    sum->ideal_cycles += t->ideal_cycles;
    sum->slices += t->slices;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) sum->stall_cycles[c] += t->stall_cycles[c];
}

uint64_t brg_timing_stalls(const brg_timing *t) {
    uint64_t sum = 0;
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) sum += t->stall_cycles[c];
    return sum;
}

int brg_result_count(brg_result *r) {
    const uint64_t khz = r->scenario->clock_khz;
    r->queries = brg_timeline_queries(r->timeline);
    r->query_timing = calloc(r->queries ? r->queries : 1, sizeof *r->query_timing);
    if (!r->query_timing) return BRG_ENOMEM;
    const uint32_t n = brg_timeline_qram(r->timeline)->address_width;
    for (size_t i = 0; i < brg_timeline_slices(r->timeline); i++) {
        const brg_slice *s = brg_timeline_slice(r->timeline, i);
        brg_timing *t = &r->query_timing[s->query];
        const uint64_t duration = to_cycles(s->duration_ps, khz);
        t->slices++;
        t->ideal_cycles += duration;
        t->cycles += duration;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
            const uint64_t wait = to_cycles(s->wait_ps[c], khz);
            t->stall_cycles[c] += wait;
            t->cycles += wait;
        }
        /* Layer l has 2^l nodes, so the mask of layers is the number of nodes that fire. */
        r->pulses.cswap += s->ops.route;
        r->pulses.latch_swap += s->ops.latch;
        r->pulses.register_swap += (unsigned)(s->ops.a_in >= 0) + (unsigned)(s->ops.a_out >= 0) +
                                   (unsigned)(s->ops.d_in >= 0) + (unsigned)(s->ops.d_out >= 0);
        if (s->ops.fetch >= 0) r->pulses.fetch += UINT64_C(1) << n;
    }
    for (uint32_t q = 0; q < r->queries; q++) add_timing(&r->timing, &r->query_timing[q]);
    return BRG_OK;
}

size_t brg_result_longest_wait(const brg_result *r, brg_cause *cause) {
    size_t longest = SIZE_MAX;
    uint64_t most = 0;
    *cause = BRG_CAUSE_MEMORY;
    for (size_t i = 0; i < brg_timeline_slices(r->timeline); i++) {
        const brg_slice *s = brg_timeline_slice(r->timeline, i);
        const uint64_t wait = brg_slice_wait_ps(s);
        if (wait <= most) continue;
        most = wait;
        longest = i;
        *cause = BRG_CAUSE_MEMORY;
        for (int c = 1; c < BRG_CAUSE_COUNT; c++)
            if (s->wait_ps[c] > s->wait_ps[*cause]) *cause = (brg_cause)c;
    }
    return longest;
}

void brg_result_first_order_causes(const brg_result *r, double x[BRG_X_COUNT]) {
    for (int c = 0; c < BRG_X_COUNT; c++) x[c] = 0;
    for (size_t i = 0; i < r->first_order.slices; i++) {
        const brg_interval_x *interval = &r->first_order.intervals[i];
        for (int c = 0; c < BRG_CAUSE_COUNT; c++)
            x[c] += interval->wait[c] + interval->logical_wait[c];
        x[BRG_X_GATE] += interval->gate + interval->transfer;
        x[BRG_X_SCHEDULE] += interval->schedule + interval->logical;
    }
    for (int c = 0; c < BRG_X_COUNT; c++) x[c] /= r->queries ? r->queries : 1;
}

double brg_result_correct(const brg_result *r, uint32_t query) {
    uint64_t correct = 0;
    for (uint64_t t = 0; t < r->fidelity.trajectories; t++)
        correct += r->fidelity.outcomes[t * r->queries + query].word_correct;
    return (double)correct / (double)r->fidelity.trajectories;
}

static json_t *stall_json(const brg_timing *t) {
    json_t *j = json_object();
    json_object_set_new(j, "total", brg_json_count(brg_timing_stalls(t)));
    for (int c = 0; c < BRG_CAUSE_COUNT; c++)
        json_object_set_new(j, brg_cause_name((brg_cause)c), brg_json_count(t->stall_cycles[c]));
    return j;
}

static void put_timing(const brg_result *r, const brg_timing *t, json_t *j) {
    const double cycle_ns = 1e6 / (double)r->scenario->clock_khz;
    json_object_set_new(j, "cycles", brg_json_count(t->cycles));
    json_object_set_new(j, "latency_ns", brg_json_real((double)t->cycles * cycle_ns));
    json_object_set_new(j, "ideal_cycles", brg_json_count(t->ideal_cycles));
    json_object_set_new(j, "ideal_latency_ns", brg_json_real((double)t->ideal_cycles * cycle_ns));
    json_object_set_new(j, "slices", brg_json_count(t->slices));
    json_object_set_new(j, "stall_cycles", stall_json(t));
}

static json_t *timing_json(const brg_result *r) {
    json_t *j = json_object();
    json_object_set_new(j, "clock_mhz", brg_json_real(r->scenario->clock_mhz));
    put_timing(r, &r->timing, j);
    if (r->queries < 2) return j;
    json_t *list = json_array();
    for (uint32_t q = 0; q < r->queries; q++) {
        json_t *one = json_object();
        json_object_set_new(one, "query", brg_json_count(q));
        put_timing(r, &r->query_timing[q], one);
        json_array_append_new(list, one);
    }
    json_object_set_new(j, "queries", list);
    return j;
}

static json_t *mean_json(const brg_replay_result *f, bool have) {
    json_t *j = json_object();
    json_object_set_new(j, "mean", have ? brg_json_real(f->mean) : json_null());
    json_object_set_new(j, "stderr", have ? brg_json_real(f->stderr_mean) : json_null());
    return j;
}

static json_t *fidelity_json(const brg_result *r, const brg_replay_result *f) {
    json_t *j = mean_json(f, r->have_fidelity);
    if (f == &r->fidelity)
        json_object_set_new(j, "trajectories",
                            brg_json_count(r->have_outcomes ? f->trajectories : 0));
    if (!r->have_fidelity || r->queries < 2) return j;
    json_t *list = json_array();
    for (uint32_t q = 0; q < r->queries; q++) {
        json_t *one = json_object();
        json_object_set_new(one, "query", brg_json_count(q));
        json_object_set_new(one, "mean", brg_json_real(f->query_mean[q]));
        json_object_set_new(one, "stderr", brg_json_real(f->query_stderr[q]));
        json_array_append_new(list, one);
    }
    json_object_set_new(j, "queries", list);
    return j;
}

static int compare_words(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Counts of each word in rising order; beyond MOST_WORDS words the rest goes to "other". */
static json_t *counts_json(const brg_result *r, uint32_t query, int digits) {
    const size_t count = (size_t)r->fidelity.trajectories;
    uint64_t *words = malloc(count * sizeof *words);
    if (!words) return NULL;
    for (size_t t = 0; t < count; t++)
        words[t] = r->fidelity.outcomes[t * r->queries + query].readout;
    qsort(words, count, sizeof *words, compare_words);
    json_t *j = json_object();
    size_t different = 0;
    for (size_t t = 0; t < count;) {
        size_t end = t + 1;
        char name[24];
        while (end < count && words[end] == words[t]) end++;
        if (different++ == MOST_WORDS) {
            json_object_set_new(j, "other", brg_json_count(count - t));
            break;
        }
        snprintf(name, sizeof name, "%0*llx", digits, (unsigned long long)words[t]);
        json_object_set_new(j, name, brg_json_count(end - t));
        t = end;
    }
    free(words);
    return j;
}

static json_t *readout_json(const brg_result *r) {
    json_t *list = json_array();
    const int digits = (int)(r->scenario->qram.word_width + 3) / 4;
    for (uint32_t q = 0; r->have_outcomes && q < r->queries; q++) {
        json_t *one = json_object();
        char word[24];
        const brg_input *input = &r->scenario->input;
        json_object_set_new(one, "query", brg_json_count(q));
        if (!input->uniform)
            snprintf(word, sizeof word, "%0*llx", digits,
                     (unsigned long long)brg_planes_word(r->ideal, input->index));
        json_object_set_new(one, "expected", input->uniform ? json_null() : json_string(word));
        json_object_set_new(one, "counts", counts_json(r, q, digits));
        json_object_set_new(one, "correct", brg_json_real(brg_result_correct(r, q)));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *first_order_json(const brg_result *r) {
    json_t *j = json_object();
    const bool have = r->have_first_order;
    json_object_set_new(j, "coefficient",
                        brg_json_real(have ? r->first_order.coefficient : (double)NAN));
    json_object_set_new(j, "infidelity",
                        brg_json_real(have ? r->first_order.infidelity : (double)NAN));
    if (r->scenario->qec.enabled)
        json_object_set_new(j, "logical",
                            brg_json_real(have ? r->first_order.logical : (double)NAN));
    if (!have) {
        json_object_set_new(j, "by_cause", json_null());
        return j;
    }
    double x[BRG_X_COUNT];
    brg_result_first_order_causes(r, x);
    json_t *causes = json_object();
    for (int c = 0; c < BRG_CAUSE_COUNT; c++)
        json_object_set_new(causes, brg_cause_name((brg_cause)c), brg_json_real(x[c]));
    json_object_set_new(causes, "gate", brg_json_real(x[BRG_X_GATE]));
    json_object_set_new(causes, "schedule", brg_json_real(x[BRG_X_SCHEDULE]));
    json_object_set_new(j, "by_cause", causes);
    return j;
}

static json_t *quantum_json(const brg_result *r) {
    json_t *j = json_object();
    json_object_set_new(j, "fidelity", fidelity_json(r, &r->fidelity));
    json_object_set_new(j, "fidelity_without_stalls", fidelity_json(r, &r->without_stalls));
    if (r->have_filtration) json_object_set_new(j, "filtration", brg_result_filtration_json(r));
    json_object_set_new(j, "readout", readout_json(r));
    json_object_set_new(j, "first_order", first_order_json(r));
    json_object_set_new(j, "attribution", brg_result_attribution_json(r));
    if (r->program_counts)
        json_object_set_new(
            j, "program",
            json_pack("{s:s, s:o, s:O, s:O}", "file", r->scenario->workload_program, "shots",
                      brg_json_count(r->scenario->trajectories), "counts", r->program_counts,
                      "counts_without_stalls", r->program_counts_without_stalls));
    return j;
}

static json_t *performance_json(const brg_result *r) {
    struct rusage usage;
    const double mib = getrusage(RUSAGE_SELF, &usage) ? NAN : (double)usage.ru_maxrss / 1024;
    json_t *wall = json_object(), *j = json_object();
    json_object_set_new(wall, "setup", brg_json_real(r->setup_s));
    json_object_set_new(wall, "rtl", brg_json_real(r->rtl_s));
    json_object_set_new(wall, "quantum", brg_json_real(r->quantum_s));
    json_object_set_new(wall, "quantum_without_stalls", brg_json_real(r->without_stalls_s));
    json_object_set_new(wall, "filtration", brg_json_real(r->filtration_s));
    json_object_set_new(wall, "first_order", brg_json_real(r->first_order_s));
    json_object_set_new(wall, "attribution", brg_json_real(r->attribution_s));
    json_object_set_new(wall, "program", brg_json_real(r->program_s));
    json_object_set_new(j, "wall_s", wall);
    /* Of the replay, summed over the threads. */
    json_object_set_new(j, "trajectories_s",
                        json_pack("{s:o, s:o, s:o}", "setup", brg_json_real(r->fidelity.setup_s),
                                  "evolve", brg_json_real(r->fidelity.evolve_s), "fidelity",
                                  brg_json_real(r->fidelity.fidelity_s)));
    json_object_set_new(j, "thread_mib", brg_json_real(r->thread_mib));
    json_object_set_new(j, "peak_rss_mib", brg_json_real(mib));
    json_object_set_new(j, "rtl_cycles_per_s", brg_json_real(r->rtl_cycles_per_s));
    json_object_set_new(j, "rtl_evaluations",
                        r->have_memory ? brg_json_count(r->counters.evaluations) : json_null());
    json_object_set_new(j, "skipped_cycles",
                        r->have_memory ? brg_json_count(r->counters.skipped_cycles) : json_null());
    return j;
}

json_t *brg_result_json(const brg_result *r) {
    json_t *pulses = json_object(), *j = json_object();
    json_object_set_new(pulses, "cswap", brg_json_count(r->pulses.cswap));
    json_object_set_new(pulses, "latch_swap", brg_json_count(r->pulses.latch_swap));
    json_object_set_new(pulses, "register_swap", brg_json_count(r->pulses.register_swap));
    json_object_set_new(pulses, "fetch", brg_json_count(r->pulses.fetch));
    json_object_set_new(j, "schema", json_string("brigade.result/1"));
    json_object_set_new(j, "name", json_string(r->scenario->name));
    json_object_set_new(j, "seed", brg_json_count(r->scenario->seed));
    json_object_set_new(j, "scenario", brg_scenario_json(r->scenario));
    json_object_set_new(j, "timing", timing_json(r));
    json_object_set_new(j, "pulses", pulses);
    json_object_set_new(j, "quantum", quantum_json(r));
    json_object_set_new(j, "memory", brg_result_memory_json(r));
    if (r->scenario->qec.enabled) json_object_set_new(j, "qec", brg_result_qec_json(r));
    if (r->scenario->tree.enabled) json_object_set_new(j, "qec", brg_result_tree_json(r));
    json_object_set_new(j, "performance", performance_json(r));
    return j;
}

void brg_result_clear(brg_result *r) {
    brg_replay_result_clear(&r->fidelity);
    brg_replay_result_clear(&r->without_stalls);
    brg_filtration_result_clear(&r->filtration);
    brg_first_order_clear(&r->first_order);
    brg_attribution_clear(&r->attribution);
    free(r->query_timing);
    json_decref(r->program_counts);
    json_decref(r->program_counts_without_stalls);
    *r = (brg_result){0};
}
