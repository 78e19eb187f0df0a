/* SPDX-License-Identifier: Apache-2.0 */
/* The result as a table for people: what it took, what it cost, where to look. */
#include "testbench/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "testbench/result_parts.h"

static double cycle_ns(const brg_result *r) {
    return 1e6 / (double)r->scenario->clock_khz;
}

const char *brg_time_text(double ns, char *to, size_t size) {
    static const char *const units[] = {"ns", "us", "ms", "s"};
    int unit = 0;
    if (!isfinite(ns)) return "no limit";
    while (unit < 3 && ns >= 1000) ns /= 1000, unit++;
    snprintf(to, size, "%.4g %s", ns, units[unit]);
    return to;
}

static void print_cycles(const char *name, uint64_t cycles, const brg_result *r, FILE *to) {
    char time[32];
    const double share = r->timing.cycles ? 100.0 * (double)cycles / (double)r->timing.cycles : 0.0;
    fprintf(to, "  %-22s %12" PRIu64 " cycles  %10s  %5.1f %%\n", name, cycles,
            brg_time_text((double)cycles * cycle_ns(r), time, sizeof time), share);
}

static void print_timing(const brg_result *r, FILE *to) {
    const uint64_t stalls = brg_timing_stalls(&r->timing);
    fprintf(to, "\nTiming%s\n", r->queries > 1 ? " (all queries)" : "");
    print_cycles("latency", r->timing.cycles, r, to);
    print_cycles("ideal schedule", r->timing.ideal_cycles, r, to);
    print_cycles("stalls", stalls, r, to);
    for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
        char name[32];
        if (!r->timing.stall_cycles[c]) continue;
        snprintf(name, sizeof name, "  %s", brg_cause_name((brg_cause)c));
        print_cycles(name, r->timing.stall_cycles[c], r, to);
    }
    fprintf(to, "  %-22s %12" PRIu64 "\n", "slices", r->timing.slices);
    fprintf(to,
            "  %-22s cswap %" PRIu64 ", latch swap %" PRIu64 ", register swap %" PRIu64
            ", fetch %" PRIu64 "\n",
            "pulses", r->pulses.cswap, r->pulses.latch_swap, r->pulses.register_swap,
            r->pulses.fetch);
    if (r->have_memory)
        fprintf(to, "  %-22s %12" PRIu64 " bytes, bursts: %" PRIu64 "\n", "memory reads",
                r->counters.read_beats * 32, r->counters.read_bursts);
}

static void print_mean(const char *name, const brg_replay_result *f, bool sampled, FILE *to) {
    fprintf(to, "  %-22s %12.6f", name, f->mean);
    if (sampled)
        fprintf(to, " +- %.6f", f->stderr_mean);
    else
        fprintf(to, " (exact)");
    fputc('\n', to);
}

static void print_first_order(const brg_result *r, FILE *to) {
    double x[BRG_X_COUNT];
    const double total = r->first_order.infidelity;
    brg_result_first_order_causes(r, x);
    fprintf(to, "  %-22s %12.6g", "first-order 1 - F", total);
    if (isfinite(r->first_order.coefficient))
        fprintf(to, "  = %.6f * probability", r->first_order.coefficient);
    fputc('\n', to);
    for (int c = 0; c < BRG_X_COUNT; c++) {
        char name[32];
        if (!(x[c] > 1e-9 * total)) continue; /* rounding of a cause that cannot harm */
        snprintf(name, sizeof name, "  %s",
                 c < BRG_CAUSE_COUNT ? brg_cause_name((brg_cause)c)
                                     : (c == BRG_X_GATE ? "gate" : "schedule"));
        fprintf(to, "  %-22s %12.6g  %5.1f %%\n", name, x[c], total > 0 ? 100 * x[c] / total : 0);
    }
    if (r->scenario->qec.enabled && !isfinite(r->first_order.logical))
        fprintf(to, "  %-22s %s\n", "",
                "(without logical errors: qec.decoder fit has their probabilities)");
    if (total > 0.05)
        fprintf(to, "  %-22s %s\n", "", "(above 0.05 the first order is only a guide)");
}

static void print_attribution(const brg_result *r, FILE *to) {
    const brg_attribution *a = &r->attribution;
    const bool qec = r->scenario->qec.enabled;
    const double cycles_per_ps = (double)r->scenario->clock_khz * 1e-9;
    fprintf(to, "\nWhat the infidelity of %.6g belongs to%s\n", a->infidelity,
            a->sampled ? " (sampled first-order weights)" : "");
    fprintf(to, "  %-22s %12s %12s %9s%s %16s\n", "cause", "cycles", "infidelity", "share",
            qec ? " of it logical" : "", "saved if removed");
    for (unsigned i = 0; i < BRG_SHARE_COUNT; i++) {
        const brg_share *s = &a->share[i];
        if (!(s->infidelity > 1e-9 * a->infidelity) && !s->time_ps) continue;
        /* Rounding of a wait that harms nothing. */
        const double part = fabs(s->infidelity) > 1e-12 * a->infidelity ? s->infidelity : 0;
        fprintf(to, "  %-22s %12.0f %12.6g %7.1f %%", brg_share_name(i),
                (double)s->time_ps * cycles_per_ps, part, 100 * part / a->infidelity);
        if (qec) fprintf(to, " %13.6g", fabs(s->logical) > 1e-12 * a->infidelity ? s->logical : 0);
        if (isfinite(s->saved_if_removed))
            fprintf(to, " %12.6f +- %.6f", s->saved_if_removed, s->saved_stderr);
        fputc('\n', to);
    }
    if (a->top_count) fprintf(to, "  costliest events\n");
    for (size_t i = 0; i < a->top_count; i++) {
        const brg_stall_event *e = brg_timeline_event(r->timeline, a->top[i].event);
        char what[120], time[32];
        if (!(a->top[i].infidelity > 1e-12 * a->infidelity)) continue;
        brg_event_describe(what, sizeof what, e->kind, e->detail);
        fprintf(to, "  %12.6g  %10s from cycle %-10.0f slice %u: %s\n", a->top[i].infidelity,
                brg_time_text((double)e->duration_ps / 1e3, time, sizeof time),
                (double)e->start_ps * cycles_per_ps, e->slice, what);
    }
}

static void print_quantum(const brg_result *r, FILE *to) {
    fprintf(to, "\nQuantum\n");
    if (r->have_fidelity) {
        print_mean("fidelity", &r->fidelity, r->have_outcomes, to);
        print_mean("without the stalls", &r->without_stalls, r->have_outcomes, to);
        fprintf(to, "  %-22s %12.6f\n", "the stalls cost",
                r->without_stalls.mean - r->fidelity.mean);
    }
    if (r->have_filtration) brg_report_filtration(r, to);
    if (r->have_first_order)
        print_first_order(r, to);
    else
        fprintf(to, "  %-22s not computed: too many faults (noise.method: first_order does)\n",
                "first-order 1 - F");
    for (uint32_t q = 0; r->have_outcomes && q < r->queries; q++) {
        if (q == 4 && r->queries > 5) {
            fprintf(to, "  %-22s see the JSON for %" PRIu32 " more queries\n", "readout",
                    r->queries - q);
            break;
        }
        char name[32] = "readout";
        if (r->queries > 1) snprintf(name, sizeof name, "readout of query %" PRIu32, q);
        fprintf(to, "  %-22s %12.2f %% of %" PRIu64 " words right\n", name,
                100 * brg_result_correct(r, q), r->fidelity.trajectories);
    }
}

static void print_qec(const brg_result *r, FILE *to) {
    const brg_logical_counts *l = &r->logical;
    const brg_qec_statistics *q = &r->counters.qec;
    char mean[32], max[32];
    fprintf(to, "\nError correction, distance %" PRIu32 "\n", r->scenario->qec.patch.distance);
    if (r->have_logical && l->queries)
        fprintf(to, "  %-22s %12.6f of the queries, %.3g a round of a patch\n", "logical errors",
                (double)l->queries_hit / (double)l->queries,
                l->rounds ? (double)l->lives_hit / (double)l->rounds : 0);
    if (r->have_attribution)
        fprintf(to, "  %-22s %12.6f of the fidelity\n",
                r->have_logical ? "  cost" : "logical errors cost", r->logical_infidelity);
    if (!r->have_memory) return;
    fprintf(to, "  %-22s %12" PRIu64 " in %" PRIu64 " lives, the longest %" PRIu64 "\n", "rounds",
            q->rounds, q->lives, q->rounds_max);
    if (r->scenario->qec.decoder == BRG_QEC_DECODER_NONE) return;
    fprintf(to, "  %-22s %12s mean, %s at most\n", "reaction",
            brg_time_text(q->reaction_mean_ns, mean, sizeof mean),
            brg_time_text(q->reaction_max_ns, max, sizeof max));
    fprintf(to, "  %-22s %12" PRIu64 " at most, %" PRIu64 " overflows\n", "rounds in the queue",
            q->fifo_high_water, q->overflows);
}

/* The outcomes of the program, the most frequent first. */
static void print_program(const brg_result *r, FILE *to) {
    enum { SHOWN = 8 };
    const double shots = (double)r->scenario->trajectories;
    const size_t kinds = json_object_size(r->program_counts);
    bool *shown = calloc(kinds ? kinds : 1, sizeof *shown);
    if (!shown) return;
    fprintf(to, "\nProgram %s, %" PRIu64 " shots\n", r->scenario->workload_program,
            r->scenario->trajectories);
    for (size_t row = 0; row < SHOWN && row < kinds; row++) {
        const char *bits, *best_bits = NULL;
        json_t *count;
        json_int_t best = -1;
        size_t at = 0, best_at = 0;
        json_object_foreach(r->program_counts, bits, count) {
            if (!shown[at] && json_integer_value(count) > best) {
                best = json_integer_value(count);
                best_bits = bits;
                best_at = at;
            }
            at++;
        }
        shown[best_at] = true;
        const json_int_t without =
            json_integer_value(json_object_get(r->program_counts_without_stalls, best_bits));
        fprintf(to, "  %-22s %12.2f %%, without the stalls %.2f %%\n", best_bits,
                100 * (double)best / shots, 100 * (double)without / shots);
    }
    if (kinds > SHOWN) fprintf(to, "  and %zu more outcomes, see the JSON\n", kinds - SHOWN);
    free(shown);
}

static void print_operations(const brg_slice_ops *o, FILE *to) {
    const struct {
        const char *name;
        int16_t index;
    } single[] = {{"a_in", o->a_in},
                  {"d_out", o->d_out},
                  {"d_in", o->d_in},
                  {"a_out", o->a_out},
                  {"fetch", o->fetch}};
    const char *gap = "";
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (single[i].index < 0) continue;
        fprintf(to, "%s%s:%d", gap, single[i].name, single[i].index);
        gap = " ";
    }
    for (unsigned l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++) {
        if (o->route >> l & 1) fprintf(to, "%sroute:%u", gap, l), gap = " ";
        if (o->latch >> l & 1)
            fprintf(to, "%s%s:%u", gap, o->unlatch ? "unlatch" : "latch", l), gap = " ";
    }
    if (!*gap) fputs("nothing", to);
}

static void print_where(const brg_result *r, const char *const *files, FILE *to) {
    brg_cause cause;
    char wait[32], start[32];
    const size_t i = brg_result_longest_wait(r, &cause);
    fprintf(to, "\nWhere to look\n");
    if (i == SIZE_MAX) {
        fprintf(to, "  Nothing waited: the schedule ran without a stall.\n");
    } else {
        const brg_slice *s = brg_timeline_slice(r->timeline, i);
        const double begin = (double)(s->start_ps - brg_slice_wait_ps(s)) / 1e3;
        fprintf(to, "  longest wait           %s before slice %u of query %u, mostly %s\n",
                brg_time_text((double)brg_slice_wait_ps(s) / 1e3, wait, sizeof wait), s->slice,
                s->query, brg_cause_name(cause));
        fprintf(to, "  from                   cycle %.0f, %s\n", begin / cycle_ns(r),
                brg_time_text(begin, start, sizeof start));
        fprintf(to, "  what waited            ");
        print_operations(&s->ops, to);
        fputc('\n', to);
    }
    for (size_t f = 0; files && files[f]; f++)
        fprintf(to, "  %-22s %s\n", f ? "" : "files", files[f]);
}

void brg_report_print(const brg_result *r, const char *const *files, FILE *to) {
    const brg_scenario *s = r->scenario;
    fprintf(to, "%s: %s, %s, n = %u, k = %u, %s, %g MHz, seed %" PRIu64 "\n", s->name,
            brg_timeline_program(r->timeline),
            s->qram.routers == BRG_THREE_LEVEL ? "three_level" : "two_level", s->qram.address_width,
            s->qram.word_width, s->technology->name, s->clock_mhz, s->seed);
    print_timing(r, to);
    print_quantum(r, to);
    if (r->have_attribution) print_attribution(r, to);
    if (s->qec.enabled) print_qec(r, to);
    if (s->tree.enabled) brg_result_tree_print(r, to);
    if (r->program_counts) print_program(r, to);
    print_where(r, files, to);
}
