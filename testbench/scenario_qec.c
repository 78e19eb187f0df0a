/* SPDX-License-Identifier: Apache-2.0 */
/* Error correction of a scenario: the checked keys of `qec`, rates from the technology, the JSON.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/ecc/loop_model.h"
#include "testbench/json.h"
#include "testbench/scenario_memory.h"
#include "testbench/scenario_reading.h"
#include "testbench/scenario_tree.h"

/* Beyond this a rate is no error of a working device, and the error model has no use for it. */
static const double MOST_RATE = 0.25;
/* Two-qubit gates of a check qubit in a round. */
enum { GATES = 4 };
/* Of patches whose syndromes are drawn. */
enum { MOST_DISTANCE = 15 };

static double gate_ns(const brg_scenario *s) {
    return s->class_ns[BRG_CLASS_REGISTER_SWAP];
}

/* Total probability of the Pauli twirl of damping and dephasing over a time; 0 stands for none:
 * p_X = p_Y = (1 - e^(-t/T1)) / 4, p_Z = (1 - e^(-t/T2)) / 2 - p_X. */
static double idle_error(double t_ns, double t1_ns, double tphi_ns) {
    const double damping = t1_ns > 0 ? 1 / t1_ns : 0;
    const double dephasing = damping / 2 + (tphi_ns > 0 ? 1 / tphi_ns : 0);
    return -expm1(-t_ns * damping) / 4 - expm1(-t_ns * dephasing) / 2;
}

static void derive_rates(const brg_reading *r, brg_scenario *s) {
    const brg_technology *t = s->technology;
    const double round_ns = (double)s->qec.round_ps / 1000;
    const double idle_ns = fmax(round_ns - GATES * gate_ns(s), 0);
    brg_patch_config *p = &s->qec.patch;
    p->after_clifford_depolarization = t->gate_error_2q.value;
    p->before_measure_flip = t->readout_error.value;
    p->after_reset_flip = t->readout_error.value;
    p->before_round_data_depolarization =
        idle_error(idle_ns, s->technology_t1_ns, s->technology_tphi_ns);
    const struct {
        const char *name;
        double rate;
    } rates[] = {{"two-qubit gates", p->after_clifford_depolarization},
                 {"readout", p->before_measure_flip},
                 {"data qubits in a round", p->before_round_data_depolarization}};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (!(rates[i].rate <= MOST_RATE))
            brg_reading_blame(r, BRG_KEY_QEC_SCOPE,
                              "the error rate %.3g of %s of technology %s is above %g, accepted: a "
                              "shorter qec.round_ns, or qec.p",
                              rates[i].rate, rates[i].name, t->name, MOST_RATE);
}

static void read_rates(const brg_reading *r, brg_scenario *s) {
    if (!brg_reading_set(r, BRG_KEY_QEC_P)) {
        derive_rates(r, s);
        return;
    }
    const double p = r->values[BRG_KEY_QEC_P].real;
    s->qec_p = p;
    s->qec.patch.after_clifford_depolarization = p;
    s->qec.patch.before_measure_flip = p;
    s->qec.patch.after_reset_flip = p;
    s->qec.patch.before_round_data_depolarization = p;
}

static void read_decoder(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    brg_platform_qec *q = &s->qec;
    const uint32_t distance = q->patch.distance;
    q->decoder = (brg_qec_decoder_kind)v[BRG_KEY_QEC_DECODER].integer;
    if (q->decoder == BRG_QEC_DECODER_RTL) {
        if (distance % 2 && distance > 7 && distance <= MOST_DISTANCE)
            brg_reading_blame(r, BRG_KEY_QEC_DISTANCE,
                              "%" PRIu32
                              " with decoder rtl, accepted: 3, 5, 7, or another qec.decoder",
                              distance);
        q->decoder_khz = brg_reading_set(r, BRG_KEY_QEC_DECODER_CLOCK)
                             ? brg_reading_khz(r, BRG_KEY_QEC_DECODER_CLOCK)
                             : s->clock_khz;
        brg_reading_refuse_unused(r, BRG_KEY_QEC_DECODER, BRG_KEY_QEC_PER_ROUND_NS,
                                  BRG_KEY_QEC_PER_ROUND_NS, "qec.decoder: c, lookup or fit");
    } else {
        brg_reading_refuse_unused(r, BRG_KEY_QEC_DECODER, BRG_KEY_QEC_DECODER_CLOCK,
                                  BRG_KEY_QEC_DECODER_CLOCK, "qec.decoder: rtl");
    }
    if (q->decoder == BRG_QEC_DECODER_LOOKUP && distance != 3 && distance <= MOST_DISTANCE)
        brg_reading_blame(r, BRG_KEY_QEC_DISTANCE,
                          "%" PRIu32 " with decoder lookup, accepted: 3, or another qec.decoder",
                          distance);
    if (q->decoder == BRG_QEC_DECODER_NONE)
        brg_reading_refuse_unused(r, BRG_KEY_QEC_DECODER, BRG_KEY_QEC_LATENCY_NS, BRG_KEY_QEC_FIFO,
                                  "a qec.decoder other than none");
}

static double read_round_ns(const brg_reading *r, const brg_scenario *s) {
    if (brg_reading_set(r, BRG_KEY_QEC_ROUND_NS)) return r->values[BRG_KEY_QEC_ROUND_NS].real;
    return GATES * gate_ns(s) + s->class_ns[BRG_CLASS_READOUT];
}

void brg_reading_qec(const brg_reading *r, brg_scenario *s) {
    const brg_value *v = r->values;
    brg_platform_qec *q = &s->qec;
    enum { SCOPE_NONE, SCOPE_REGISTERS, SCOPE_TREE };
    const uint64_t scope = v[BRG_KEY_QEC_SCOPE].integer;
    s->qec_p = NAN;
    if (scope != SCOPE_TREE)
        brg_reading_refuse_unused(r, BRG_KEY_QEC_SCOPE, BRG_KEY_QEC_LAYERS, BRG_KEY_QEC_LAYERS,
                                  "qec.scope: tree");
    if (scope != SCOPE_REGISTERS)
        brg_reading_refuse_unused(r, BRG_KEY_QEC_SCOPE, BRG_KEY_QEC_DECODER, BRG_KEY_QEC_TRANSFER,
                                  "qec.scope: registers");
    if (scope == SCOPE_NONE) {
        static const brg_key_id both[] = {BRG_KEY_QEC_CODE, BRG_KEY_QEC_DISTANCE, BRG_KEY_QEC_P,
                                          BRG_KEY_QEC_ROUND_NS};
        for (size_t i = 0; i < sizeof both / sizeof *both; i++)
            brg_reading_refuse_unused(r, BRG_KEY_QEC_SCOPE, both[i], both[i],
                                      "qec.scope: registers or tree");
        return;
    }
    if (scope == SCOPE_TREE) {
        q->round_ps = brg_reading_ps(read_round_ns(r, s));
        read_rates(r, s);
        brg_reading_tree(r, s, isnan(s->qec_p) ? brg_loop_effective_error(&q->patch) : s->qec_p,
                         q->round_ps);
        return;
    }
    q->enabled = true;
    q->patch.distance = (uint32_t)v[BRG_KEY_QEC_DISTANCE].integer;
    q->patch.seed = s->seed;
    if (q->patch.distance % 2 == 0)
        brg_reading_blame(r, BRG_KEY_QEC_DISTANCE, "%" PRIu32 " is even, accepted: 3, 5, 7 to 15",
                          q->patch.distance);
    else if (q->patch.distance > MOST_DISTANCE)
        brg_reading_blame(r, BRG_KEY_QEC_DISTANCE,
                          "%" PRIu32 " with scope registers, accepted: 3, 5, 7 to %d",
                          q->patch.distance, (int)MOST_DISTANCE);
    q->round_ps = brg_reading_ps(read_round_ns(r, s));
    q->latency_ps = brg_reading_ps(v[BRG_KEY_QEC_LATENCY_NS].real);
    q->per_round_ps = brg_reading_ps(v[BRG_KEY_QEC_PER_ROUND_NS].real);
    q->decoders = (uint32_t)v[BRG_KEY_QEC_DECODERS].integer;
    q->fifo_depth = (uint32_t)v[BRG_KEY_QEC_FIFO].integer;
    s->qec_transfer_error = v[BRG_KEY_QEC_TRANSFER].real;
    read_decoder(r, s);
    read_rates(r, s);
}

void brg_scenario_qec_json(const brg_scenario *s, json_t *top) {
    const brg_platform_qec *q = &s->qec;
    if (s->tree.enabled) brg_scenario_tree_json(s, top);
    if (!q->enabled) return;
    const char *const *decoders = brg_key_at(BRG_KEY_QEC_DECODER)->choices;
    json_t *j =
        json_pack("{s:s, s:s, s:o, s:o, s:s}", "scope", "registers", "code", "surface_rotated",
                  "distance", brg_json_count(q->patch.distance), "round_ns",
                  brg_json_real((double)q->round_ps / 1000), "decoder", decoders[q->decoder]);
    /* Without p the rates follow from the technology, when this is read back as well. */
    if (!isnan(s->qec_p)) json_object_set_new(j, "p", brg_json_real(s->qec_p));
    if (q->decoder == BRG_QEC_DECODER_RTL)
        json_object_set_new(j, "decoder_clock_mhz", brg_json_real((double)q->decoder_khz / 1000));
    else if (q->decoder != BRG_QEC_DECODER_NONE)
        json_object_set_new(j, "per_round_ns", brg_json_real((double)q->per_round_ps / 1000));
    if (q->decoder != BRG_QEC_DECODER_NONE) {
        json_object_set_new(j, "latency_ns", brg_json_real((double)q->latency_ps / 1000));
        json_object_set_new(j, "decoders", brg_json_count(q->decoders));
        json_object_set_new(j, "fifo_depth", brg_json_count(q->fifo_depth));
    }
    json_object_set_new(j, "transfer_error", brg_json_real(s->qec_transfer_error));
    json_object_set_new(top, "qec", j);
}
