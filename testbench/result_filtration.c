/* SPDX-License-Identifier: Apache-2.0 */
/* Post-selection in the JSON and in the report. */
#include <math.h>
#include <stdlib.h>

#include "testbench/json.h"
#include "testbench/report.h"
#include "testbench/result_parts.h"

static json_t *mean_json(double mean, double stderr_mean) {
    return json_pack("{s:o, s:o}", "mean", brg_json_real(mean), "stderr",
                     brg_json_real(stderr_mean));
}

static void put_kept(json_t *j, const brg_filtration *f) {
    json_object_set_new(j, "success", mean_json(f->success, f->success_stderr));
    json_object_set_new(j, "fidelity", mean_json(f->fidelity, f->fidelity_stderr));
    json_object_set_new(j, "lost_mean", brg_json_real(f->lost));
    json_object_set_new(j, "lost_stderr", brg_json_real(f->lost_stderr));
}

static json_t *kept_json(const brg_filtration *f) {
    json_t *j = json_object();
    put_kept(j, f);
    return j;
}

static double latency_ns(const brg_result *r, const brg_timing *t) {
    return (double)t->cycles * 1e6 / (double)r->scenario->clock_khz;
}

/* Runs until one is kept, and the time that they take; null when none is. */
static void put_cost(json_t *j, const brg_filtration *f, double query_ns) {
    json_object_set_new(j, "repetitions", brg_json_real(1 / f->success));
    json_object_set_new(j, "latency_per_kept_ns", brg_json_real(query_ns / f->success));
}

json_t *brg_result_filtration_json(const brg_result *r) {
    const brg_filtration_result *f = &r->filtration;
    json_t *j = json_pack("{s:o}", "detection", brg_json_real(r->scenario->loss_detection));
    put_kept(j, &f->all);
    put_cost(j, &f->all, latency_ns(r, &r->timing) / r->queries);
    json_object_set_new(j, "without_stalls", kept_json(&f->all_without_stalls));
    json_t *causes = json_object();
    for (int c = 0; c < BRG_CAUSE_COUNT; c++)
        json_object_set_new(
            causes, brg_cause_name((brg_cause)c),
            json_pack("{s:o, s:o, s:o}", "cycles", brg_json_count(r->timing.stall_cycles[c]),
                      "saved_if_removed", brg_json_real(f->saved[c]), "saved_stderr",
                      brg_json_real(f->saved_stderr[c])));
    json_object_set_new(j, "success_by_cause", causes);
    if (r->queries < 2) return j;
    json_t *list = json_array();
    for (uint32_t q = 0; q < r->queries; q++) {
        json_t *one = json_pack("{s:o}", "query", brg_json_count(q));
        put_kept(one, &f->query[q]);
        put_cost(one, &f->query[q], latency_ns(r, &r->query_timing[q]));
        json_object_set_new(one, "without_stalls", kept_json(&f->query_without_stalls[q]));
        json_array_append_new(list, one);
    }
    json_object_set_new(j, "queries", list);
    return j;
}

static void print_mean(const char *name, double mean, double stderr_mean, FILE *to) {
    fprintf(to, "  %-22s %12.6f +- %.6f\n", name, mean, stderr_mean);
}

void brg_report_filtration(const brg_result *r, FILE *to) {
    const brg_filtration_result *f = &r->filtration;
    char time[32];
    print_mean("kept queries", f->all.success, f->all.success_stderr, to);
    if (f->all.success > 0) {
        print_mean("  their fidelity", f->all.fidelity, f->all.fidelity_stderr, to);
        const double kept_ns = latency_ns(r, &r->timing) / r->queries / f->all.success;
        fprintf(to, "  %-22s %12.4g runs, %s\n", "  each of them takes", 1 / f->all.success,
                brg_time_text(kept_ns, time, sizeof time));
    }
    print_mean("  without the stalls", f->all_without_stalls.success,
               f->all_without_stalls.success_stderr, to);
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
        char name[32];
        if (!r->timing.stall_cycles[c]) continue;
        snprintf(name, sizeof name, "  %s costs", brg_cause_name((brg_cause)c));
        print_mean(name, f->saved[c], f->saved_stderr[c], to);
    }
    print_mean("  lost carriers", f->all.lost, f->all.lost_stderr, to);
}

void brg_filtration_result_clear(brg_filtration_result *f) {
    free(f->query);
    free(f->query_without_stalls);
    *f = (brg_filtration_result){0};
}
