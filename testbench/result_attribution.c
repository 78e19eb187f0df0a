/* SPDX-License-Identifier: Apache-2.0 */
/* What each stall cost, as JSON. */
#include <math.h>

#include "testbench/json.h"
#include "testbench/result_parts.h"

static json_t *event_json(const brg_result *r, const brg_event_share *share) {
    const brg_stall_event *e = brg_timeline_event(r->timeline, share->event);
    const double cycles_per_ps = (double)r->scenario->clock_khz * 1e-9;
    char what[120];
    brg_event_describe(what, sizeof what, e->kind, e->detail);
    json_t *j = json_pack("{s:o, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "query",
                          brg_json_count(e->query), "slice", brg_json_count(e->slice), "cause",
                          brg_cause_name(e->cause), "kind", brg_event_name(e->kind), "detail",
                          brg_json_count(e->detail), "what", what, "cycle",
                          brg_json_count((uint64_t)llround((double)e->start_ps * cycles_per_ps)),
                          "start_ns", brg_json_real((double)e->start_ps / 1000), "duration_ns",
                          brg_json_real((double)e->duration_ps / 1000), "infidelity",
                          brg_json_real(share->infidelity));
    if (r->scenario->qec.enabled) json_object_set_new(j, "logical", brg_json_real(share->logical));
    return j;
}

json_t *brg_result_attribution_json(const brg_result *r) {
    const brg_attribution *a = &r->attribution;
    if (!r->have_attribution) return json_null();
    const bool qec = r->scenario->qec.enabled;
    json_t *causes = json_object(), *events = json_array();
    for (unsigned i = 0; i < BRG_SHARE_COUNT; i++) {
        const brg_share *s = &a->share[i];
        const bool wait = i < BRG_CAUSE_COUNT;
        json_t *cause = json_pack(
            "{s:o, s:o, s:o, s:o, s:o, s:o}", "cycles",
            wait                      ? brg_json_count(r->timing.stall_cycles[i])
            : i == BRG_SHARE_SCHEDULE ? brg_json_count(r->timing.ideal_cycles)
                                      : json_null(),
            "first_order", brg_json_real(s->x), "first_order_stderr", brg_json_real(s->x_stderr),
            "infidelity", brg_json_real(s->infidelity), "saved_if_removed",
            brg_json_real(s->saved_if_removed), "saved_stderr", brg_json_real(s->saved_stderr));
        if (qec) json_object_set_new(cause, "logical", brg_json_real(s->logical));
        json_object_set_new(causes, brg_share_name(i), cause);
    }
    for (size_t i = 0; i < a->top_count; i++)
        json_array_append_new(events, event_json(r, &a->top[i]));
    json_t *j = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o}", "method", a->sampled ? "sampled" : "exact", "infidelity",
        brg_json_real(a->infidelity), "first_order", brg_json_real(a->x), "causes", causes,
        "event_count", brg_json_count(brg_timeline_events(r->timeline)), "events", events);
    if (!qec) return j;
    json_object_set_new(j, "logical", brg_json_real(a->logical));
    json_object_set_new(j, "logical_first_order", brg_json_real(a->logical_x));
    json_object_set_new(
        j, "logical_rates",
        json_string(r->scenario->qec.decoder == BRG_QEC_DECODER_FIT ? "exact" : "counted"));
    return j;
}
