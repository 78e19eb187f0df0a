/* SPDX-License-Identifier: Apache-2.0 */
/* What the patches, their queue and their decoder did, as JSON. */
#include <math.h>

#include "testbench/json.h"
#include "testbench/result_parts.h"

static json_t *ratio(uint64_t part, uint64_t whole) {
    return whole ? brg_json_real((double)part / (double)whole) : json_null();
}

json_t *brg_result_qec_json(const brg_result *r) {
    const brg_qec_statistics *q = &r->counters.qec;
    const brg_logical_counts *l = &r->logical;
    json_t *j = json_object();
    json_object_set_new(j, "scope", json_string("registers"));
    json_object_set_new(j, "distance", brg_json_count(r->scenario->qec.patch.distance));
    if (r->have_logical) {
        json_object_set_new(j, "logical_error_per_query", ratio(l->queries_hit, l->queries));
        json_object_set_new(j, "logical_error_per_life", ratio(l->lives_hit, l->lives));
        json_object_set_new(j, "logical_error_per_round", ratio(l->lives_hit, l->rounds));
        json_object_set_new(j, "rounds_per_life", ratio(l->rounds, l->lives));
    }
    if (r->have_fidelity)
        json_object_set_new(
            j, "infidelity",
            brg_json_real(r->have_attribution ? r->logical_infidelity : (double)NAN));
    if (!r->have_memory) return j;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"lives", q->lives},           {"rounds", q->rounds},
                  {"rounds_max", q->rounds_max}, {"fifo_high_water", q->fifo_high_water},
                  {"overflows", q->overflows},   {"backlog_rounds_max", q->backlog_rounds_max}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        json_object_set_new(j, counts[i].name, brg_json_count(counts[i].value));
    const bool rtl = r->scenario->qec.decoder == BRG_QEC_DECODER_RTL;
    json_object_set_new(j, "decodes", rtl ? brg_json_count(q->decodes) : json_null());
    json_object_set_new(
        j, "reaction_ns",
        r->scenario->qec.decoder == BRG_QEC_DECODER_NONE
            ? json_null()
            : json_pack("{s:o, s:o, s:o}", "mean", brg_json_real(q->reaction_mean_ns), "p99",
                        brg_json_real(q->reaction_p99_ns), "max",
                        brg_json_real(q->reaction_max_ns)));
    json_object_set_new(j, "decode_cycles",
                        rtl ? json_pack("{s:o, s:o}", "mean", ratio(q->decode_cycles, q->decodes),
                                        "max", brg_json_count(q->decode_cycles_max))
                            : json_null());
    return j;
}
