/* SPDX-License-Identifier: Apache-2.0 */
/* Codes inside the tree of a scenario: distances of the layers, what becomes of noise and times,
 * the classes of slices. */
#include "testbench/scenario_tree.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/ecc/loop_model.h"
#include "testbench/json.h"
#include "testbench/scenario_reading.h"

/* Classes that a slice with a CSWAP can have, besides those of its other operations. */
static bool is_cswap_class(int class) {
    return class == BRG_CLASS_CSWAP || class == BRG_CLASS_CONTROLLED_SWAP ||
           class >= BRG_CLASS_USER;
}

static void read_distances(const brg_reading *r, brg_tree_code *code) {
    const uint32_t n = code->address_width;
    uint64_t list[BRG_MAX_LIST];
    size_t count = 0;
    char why[120];
    code->register_distance = (uint32_t)r->values[BRG_KEY_QEC_DISTANCE].integer;
    if (code->register_distance % 2 == 0)
        brg_reading_blame(r, BRG_KEY_QEC_DISTANCE, "%" PRIu32 " is even, accepted: 3, 5, 7 to 31",
                          code->register_distance);
    for (uint32_t l = 0; l < n; l++) code->distance[l] = code->register_distance;
    if (!brg_reading_set(r, BRG_KEY_QEC_LAYERS)) return;
    if (brg_key_parse_list(brg_key_at(BRG_KEY_QEC_LAYERS), r->texts[BRG_KEY_QEC_LAYERS], list,
                           &count, why, sizeof why))
        return; /* checked when it was read */
    if (count > n)
        brg_reading_blame(r, BRG_KEY_QEC_LAYERS,
                          "%zu distances for %" PRIu32
                          " layers, accepted: as many as qram.address_width, or fewer",
                          count, n);
    for (uint32_t l = 0; l < n; l++) {
        code->distance[l] = (uint32_t)list[l < count ? l : count - 1];
        if (l < count && code->distance[l] % 2 == 0)
            brg_reading_blame(r, BRG_KEY_QEC_LAYERS,
                              "%" PRIu32 " of layer %" PRIu32 " is even, accepted: 3, 5, 7 to 31",
                              code->distance[l], l);
    }
}

static void check_rate(const brg_reading *r, const brg_scenario *s, double p) {
    if (p < BRG_LOOP_FIT_THRESHOLD) return;
    if (brg_reading_set(r, BRG_KEY_QEC_P))
        brg_reading_blame(r, BRG_KEY_QEC_P,
                          "%.6g with scope tree, accepted: below %g, the threshold of the fit", p,
                          BRG_LOOP_FIT_THRESHOLD);
    else
        brg_reading_blame(r, BRG_KEY_QEC_SCOPE,
                          "the error rate of technology %s in rounds of %.6g ns is %.3g, at or "
                          "above %g, the threshold of the fit, accepted: a shorter qec.round_ns, "
                          "or qec.p",
                          s->technology->name, (double)s->tree.code.round_ps / 1000, p,
                          BRG_LOOP_FIT_THRESHOLD);
}

/* What says nothing of an encoded cell would be dropped silently. */
static void check_others(const brg_reading *r, const brg_scenario *s) {
    const char *const accepted = "qec.scope: registers or none";
    if (s->qram.routers != BRG_TWO_LEVEL)
        brg_reading_blame(r, BRG_KEY_QEC_SCOPE,
                          "tree with three_level routers, accepted: two_level, because a surface "
                          "code protects qubits");
    if (s->noise.model == BRG_NOISE_PER_SLICE)
        brg_reading_blame(r, BRG_KEY_MODEL, "per_slice with qec.scope tree, accepted: timed, none");
    brg_reading_refuse_unused(r, BRG_KEY_QEC_SCOPE, BRG_KEY_NOISE_T1_NS, BRG_KEY_NOISE_TPHI_NS,
                              accepted);
    brg_reading_refuse_unused(r, BRG_KEY_QEC_SCOPE, BRG_KEY_PER_SLICE_KIND, BRG_KEY_PROBABILITY,
                              accepted);
    if (s->workload_program)
        brg_reading_blame(r, BRG_KEY_WORKLOAD_PROGRAM,
                          "does not go with qec.scope tree, accepted: one of the two");
}

static double longer_ns(uint64_t ps, double base_ns) {
    const double ns = (double)ps / 1000;
    return ns > base_ns ? ns : base_ns;
}

static bool count_cycles(const brg_reading *r, brg_scenario *s, int class) {
    const double ns = s->tree.class_ns[class], cycles = ns * (double)s->clock_khz / 1e6;
    const double up = ceil(cycles - 1e-9 * (cycles > 1 ? cycles : 1));
    if (up > UINT32_MAX) {
        brg_reading_blame(r, BRG_KEY_QEC_ROUND_NS,
                          "a CSWAP of %.6g ns is %.6g cycles, accepted: at most 4294967295", ns,
                          cycles);
        return false;
    }
    s->tree.duration_cycles[class] = up < 1 ? 1 : (uint32_t)up;
    return true;
}

/* The classes of CSWAPs last as long as the longest in them; each length of a layer that is shorter
 * gets a free class, the longest first when there are too few. */
static void stretch(const brg_reading *r, brg_scenario *s) {
    brg_scenario_tree *t = &s->tree;
    const double base_ns = s->class_ns[BRG_CLASS_CSWAP];
    memcpy(t->class_ns, s->class_ns, sizeof t->class_ns);
    t->class_ns[BRG_CLASS_CSWAP] = longer_ns(brg_tree_code_cswap_ps(&t->code, 0), base_ns);
    t->class_ns[BRG_CLASS_CONTROLLED_SWAP] = longer_ns(
        brg_tree_code_controlled_swap_ps(&t->code, 0), s->class_ns[BRG_CLASS_CONTROLLED_SWAP]);
    double below = t->class_ns[BRG_CLASS_CSWAP];
    for (int c = BRG_CLASS_USER; c < BRG_CLASS_COUNT; c++) {
        double next = 0;
        for (uint32_t l = 0; l + 1 < t->code.address_width; l++) {
            const uint64_t ps = brg_tree_code_cswap_rounds(&t->code, l) * t->code.round_ps;
            const double ns = longer_ns(ps, base_ns);
            if (ns < below && ns > next) next = ns;
        }
        t->class_ns[c] = next > 0 ? next : t->class_ns[BRG_CLASS_CSWAP];
        if (next > 0) below = next;
    }
    memcpy(t->duration_cycles, s->duration_cycles, sizeof t->duration_cycles);
    for (int c = 0; c < BRG_CLASS_COUNT; c++)
        if (is_cswap_class(c) && !count_cycles(r, s, c)) return;
}

void brg_reading_tree(const brg_reading *r, brg_scenario *s, double p, uint64_t round_ps) {
    brg_scenario_tree *t = &s->tree;
    const size_t before = brg_diag_count(r->diag);
    t->code = (brg_tree_code){.address_width = s->qram.address_width,
                              .page_bits = s->qram.page_bits,
                              .word_width = s->qram.word_width,
                              .physical_error = p,
                              .round_ps = round_ps};
    read_distances(r, &t->code);
    check_rate(r, s, p);
    check_others(r, s);
    if (brg_diag_count(r->diag) > before || brg_tree_code_check(&t->code, r->diag)) return;
    t->enabled = true;
    stretch(r, s);
    const brg_noise given = s->noise;
    if (brg_tree_code_noise(&s->noise, &t->rates, &t->code)) return;
    s->noise.noisy_registers = given.noisy_registers;
    s->noise.gate_error = given.gate_error;
    if (given.model == BRG_NOISE_NONE) s->noise.model = BRG_NOISE_NONE;
}

void brg_scenario_tree_classes(const brg_scenario *s, brg_program *program) {
    const brg_scenario_tree *t = &s->tree;
    for (uint32_t i = 0; i < program->count; i++) {
        brg_control_word *w = &program->words[i];
        const bool controlled = w->ops.d_in_page >= 0 || w->ops.d_out_page >= 0;
        if (!w->ops.route && !controlled) continue;
        /* The builder chose the class of the operation that is the longest without a code. */
        const double base_ns = s->class_ns[w->duration_class];
        const double need_ns = longer_ns(brg_tree_code_slice_ps(&t->code, &w->ops, 0), base_ns);
        for (int c = 0; c < BRG_CLASS_COUNT; c++) {
            const double ns = t->class_ns[c];
            const double now_ns = t->class_ns[w->duration_class];
            if (is_cswap_class(c) && ns >= need_ns && (now_ns < need_ns || ns < now_ns))
                w->duration_class = (uint8_t)c;
        }
    }
}

void brg_scenario_tree_json(const brg_scenario *s, json_t *top) {
    const brg_tree_code *code = &s->tree.code;
    json_t *layers = json_array();
    for (uint32_t l = 0; l < code->address_width; l++)
        json_array_append_new(layers, brg_json_count(code->distance[l]));
    json_t *j = json_pack("{s:s, s:s, s:o, s:o, s:o}", "scope", "tree", "code", "surface_rotated",
                          "distance", brg_json_count(code->register_distance), "layers", layers,
                          "round_ns", brg_json_real((double)code->round_ps / 1000));
    /* Without p the rates follow from the technology, when this is read back as well. */
    if (!isnan(s->qec_p)) json_object_set_new(j, "p", brg_json_real(s->qec_p));
    json_object_set_new(top, "qec", j);
}
