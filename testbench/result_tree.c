/* SPDX-License-Identifier: Apache-2.0 */
/* Codes inside the tree in the result and in the report: what they cost and what they leave. */
#include <inttypes.h>
#include <math.h>

#include "testbench/json.h"
#include "testbench/report.h"
#include "testbench/result_parts.h"

static uint32_t most_rounds(const brg_tree_code *code) {
    uint32_t most = 0;
    for (uint32_t l = 0; l < code->address_width; l++) {
        const uint32_t rounds = brg_tree_code_cswap_rounds(code, l);
        if (rounds > most) most = rounds;
    }
    return most;
}

static json_t *part_json(uint32_t distance, uint64_t patches, uint64_t qubits, double rate) {
    json_t *j = json_object();
    json_object_set_new(j, "distance", brg_json_count(distance));
    json_object_set_new(j, "patches", brg_json_count(patches));
    json_object_set_new(j, "qubits", brg_json_count(qubits));
    json_object_set_new(j, "logical_error_per_round", brg_json_real(rate));
    return j;
}

json_t *brg_result_tree_json(const brg_result *r) {
    const brg_scenario_tree *t = &r->scenario->tree;
    const brg_tree_code *code = &t->code;
    brg_tree_resources cost;
    if (brg_tree_code_resources(&cost, code)) return json_null();
    json_t *layers = json_array();
    for (uint32_t l = 0; l < code->address_width; l++) {
        json_t *one = json_object();
        json_t *part = part_json(code->distance[l], cost.layer_patches[l], cost.layer_qubits[l],
                                 t->rates.layer_rate[l]);
        json_object_set_new(one, "layer", brg_json_count(l));
        json_object_update(one, part);
        json_decref(part);
        json_object_set_new(one, "cswap_rounds",
                            brg_json_count(brg_tree_code_cswap_rounds(code, l)));
        json_array_append_new(layers, one);
    }
    json_t *j = json_object();
    json_object_set_new(j, "scope", json_string("tree"));
    json_object_set_new(j, "distance", brg_json_count(code->register_distance));
    json_object_set_new(j, "p", brg_json_real(code->physical_error));
    json_object_set_new(j, "round_ns", brg_json_real((double)code->round_ps / 1000));
    json_object_set_new(j, "cswap_rounds", brg_json_count(most_rounds(code)));
    json_object_set_new(j, "layers", layers);
    json_object_set_new(j, "registers",
                        part_json(code->register_distance, cost.register_patches,
                                  cost.register_qubits, t->rates.register_rate));
    json_object_set_new(j, "resources",
                        json_pack("{s:o, s:o}", "patches", brg_json_count(cost.patches), "qubits",
                                  brg_json_count(cost.qubits)));
    return j;
}

static void print_row(FILE *to, const char *name, uint32_t distance, uint64_t patches,
                      uint64_t qubits, double rate) {
    fprintf(to, "  %-22s %8" PRIu32 " %10" PRIu64 " %12" PRIu64 " %16.3g", name, distance, patches,
            qubits, rate);
}

void brg_result_tree_print(const brg_result *r, FILE *to) {
    const brg_scenario_tree *t = &r->scenario->tree;
    const brg_tree_code *code = &t->code;
    brg_tree_resources cost;
    char time[32];
    if (brg_tree_code_resources(&cost, code)) return;
    fprintf(to, "\nCodes in the tree, p = %.4g, rounds of %s\n", code->physical_error,
            brg_time_text((double)code->round_ps / 1000, time, sizeof time));
    fprintf(to, "  %-22s %8s %10s %12s %16s %14s\n", "", "distance", "patches", "qubits",
            "error in a round", "CSWAP rounds");
    for (uint32_t l = 0; l < code->address_width; l++) {
        char name[32];
        const uint32_t rounds = brg_tree_code_cswap_rounds(code, l);
        snprintf(name, sizeof name, "layer %" PRIu32, l);
        print_row(to, name, code->distance[l], cost.layer_patches[l], cost.layer_qubits[l],
                  t->rates.layer_rate[l]);
        if (rounds) fprintf(to, " %14" PRIu32, rounds);
        fputc('\n', to);
    }
    print_row(to, "registers", code->register_distance, cost.register_patches, cost.register_qubits,
              t->rates.register_rate);
    fprintf(to, "\n  %-22s %8s %10" PRIu64 " %12" PRIu64 "\n", "all", "", cost.patches,
            cost.qubits);
}
