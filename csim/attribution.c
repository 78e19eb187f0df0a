/* SPDX-License-Identifier: Apache-2.0 */
/* The infidelity of a timeline split over the causes of its waits and over single events. */
#include "csim/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/fault_sampling.h"
#include "csim/life_costs.h"
#include "csim/run_config.h"

enum { SAMPLES_MIN = 16 };

const char *brg_share_name(unsigned share) {
    if (share == BRG_SHARE_GATE) return "gate";
    if (share == BRG_SHARE_SCHEDULE) return "schedule";
    return share < BRG_CAUSE_COUNT ? brg_cause_name((brg_cause)share) : NULL;
}

/* One bar for the draws and all replays. */
typedef struct progress_part {
    brg_progress progress;
    void *user;
    uint64_t before, total;
} progress_part;

static int report_part(void *user, uint64_t done, uint64_t total) {
    (void)total;
    const progress_part *p = user;
    return p->progress(p->user, p->before + done, p->total);
}

static bool fits(const brg_timeline *t, const brg_run_config *config, const brg_planes *ideal,
                 const brg_attribution_options *o) {
    if (!t || !config || !ideal || !o || !brg_run_config_valid(config)) return false;
    if (!brg_qram_equal(brg_timeline_qram(t), &config->qram) || !brg_timeline_queries(t))
        return false;
    if (ideal->address_width != brg_table_width(&config->qram) ||
        ideal->word_width != config->qram.word_width)
        return false;
    if (o->exact ? o->exact->slices != brg_timeline_slices(t) || !o->exact->intervals
                 : o->samples < SAMPLES_MIN)
        return false;
    return !o->outcomes || o->trajectories > 0u;
}

/* Times and x of the shares, and the running sum. */
static int add_intervals(brg_attribution *out, const brg_timeline *t, const brg_first_order *x) {
    const double queries = brg_timeline_queries(t);
    out->running = malloc((x->slices ? x->slices : 1u) * sizeof *out->running);
    if (!out->running) return BRG_ENOMEM;
    double running = 0.0;
    for (size_t i = 0; i < x->slices; i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        const brg_interval_x *v = &x->intervals[i];
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
            out->share[c].time_ps += s->wait_ps[c];
            out->share[c].x += (v->wait[c] + v->logical_wait[c]) / queries;
            out->share[c].logical_x += v->logical_wait[c] / queries;
        }
        brg_share *schedule = &out->share[BRG_SHARE_SCHEDULE];
        out->share[BRG_SHARE_GATE].x += (v->gate + v->transfer) / queries;
        schedule->time_ps += s->duration_ps;
        schedule->x += (v->schedule + v->logical) / queries;
        schedule->logical_x += v->logical / queries;
        running = (s->slice == 1u ? 0.0 : running) + brg_interval_total(v);
        out->running[i] = running;
    }
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        out->x += out->share[c].x;
        out->logical_x += out->share[c].logical_x;
    }
    return BRG_OK;
}

/* part_c = total x_c / sum of x, each a whole number of units, so that sums of them are exact in
 * any order; the largest takes what rounding leaves. */
static void divide(double total, double unit, const double x[BRG_SHARE_COUNT],
                   double part[BRG_SHARE_COUNT]) {
    double sum = 0.0, others = 0.0;
    int largest = 0;
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        part[c] = 0.0;
        sum += x[c];
        if (fabs(x[c]) > fabs(x[largest])) largest = c;
    }
    if (!(sum > 0.0) || total == 0.0) {
        part[BRG_SHARE_SCHEDULE] = total;
        return;
    }
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        part[c] = nearbyint(total * (x[c] / sum) / unit) * unit;
        if (c != largest) others += part[c];
    }
    part[largest] = total - others;
}

/* The tree's part by its x, the logical errors' by theirs, in units of the last place of the
 * whole. */
static void split(brg_attribution *out, double infidelity, double logical) {
    double x[BRG_SHARE_COUNT], logical_x[BRG_SHARE_COUNT], tree[BRG_SHARE_COUNT],
        lives[BRG_SHARE_COUNT];
    int exponent = 0;
    frexp(infidelity, &exponent);
    const double unit = ldexp(1.0, exponent - 53);
    out->infidelity = infidelity;
    out->logical = nearbyint(logical / unit) * unit;
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        logical_x[c] = out->share[c].logical_x;
        x[c] = out->share[c].x - logical_x[c];
    }
    divide(infidelity - out->logical, unit, x, tree);
    divide(out->logical, unit, logical_x, lives);
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        out->share[c].infidelity = tree[c] + lives[c];
        out->share[c].logical = lives[c];
    }
}

static int by_cost(const void *left, const void *right) {
    const brg_event_share *p = left, *q = right;
    if (p->infidelity != q->infidelity) return p->infidelity > q->infidelity ? -1 : 1;
    return p->event < q->event ? -1 : p->event > q->event;
}

static int pick_events(brg_attribution *out, const brg_timeline *t, const brg_first_order *x,
                       size_t most) {
    const size_t events = brg_timeline_events(t);
    if (!events || !most || !(out->x > 0.0)) return BRG_OK;
    brg_event_share *all = malloc(events * sizeof *all);
    if (!all) return BRG_ENOMEM;
    const double queries = brg_timeline_queries(t), tree_x = out->x - out->logical_x;
    const double scale = tree_x > 0.0 ? (out->infidelity - out->logical) / tree_x / queries : 0.0;
    const double logical_scale =
        out->logical_x > 0.0 ? out->logical / out->logical_x / queries : 0.0;
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        const double wait = (double)brg_slice_wait_ps(s);
        if (!(wait > 0.0)) continue;
        size_t count = 0;
        const size_t first = brg_timeline_slice_events(t, i, &count);
        double loss = 0.0, logical = 0.0;
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) {
            loss += x->intervals[i].wait[c];
            logical += x->intervals[i].logical_wait[c];
        }
        for (size_t e = first; e < first + count; e++) {
            const double part = (double)brg_timeline_event(t, e)->duration_ps / wait;
            all[e] = (brg_event_share){e, (scale * loss + logical_scale * logical) * part,
                                       logical_scale * logical * part};
        }
    }
    qsort(all, events, sizeof *all, by_cost);
    out->top_count = events < most ? events : most;
    out->top = all;
    return BRG_OK;
}

/* ---- what the end of a cause would save ---- */

int brg_attribution_without(brg_timeline **out, const brg_timeline *t, unsigned cause) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!t || cause >= BRG_CAUSE_COUNT) return BRG_EINVAL;
    brg_timeline *copy = NULL;
    int rc = brg_timeline_new(&copy, brg_timeline_program(t), brg_timeline_qram(t));
    for (int32_t v = 0; v < brg_timeline_data_versions(t) && !rc; v++) {
        int32_t version = 0;
        rc = brg_timeline_add_data(copy, brg_timeline_data(t, v), &version);
    }
    uint64_t saved = 0;
    for (size_t i = 0; i < brg_timeline_slices(t) && !rc; i++) {
        brg_slice s = *brg_timeline_slice(t, i);
        if (s.wait_ps[cause]) {
            const uint64_t rest = brg_slice_wait_ps(&s) == s.wait_ps[cause] ? 1u : 0u;
            saved += s.wait_ps[cause] - rest;
            s.wait_ps[cause] = rest;
        }
        s.start_ps -= saved;
        rc = brg_timeline_append(copy, &s);
    }
    if (rc) brg_timeline_destroy(&copy);
    *out = copy;
    return rc;
}

static int compare_replays(brg_share *share, const brg_timeline *shorter,
                           const brg_run_config *config, const brg_planes *ideal,
                           const brg_attribution_options *o, progress_part *part) {
    brg_replay_result r;
    int rc = brg_replay(&r, shorter, config, ideal, o->trajectories, o->jobs,
                        o->progress ? report_part : NULL, part);
    if (rc) return rc;
    const size_t count = (size_t)(r.trajectories * r.queries);
    double *saved = malloc(count * sizeof *saved);
    if (saved) {
        for (size_t i = 0; i < count; i++)
            saved[i] = r.outcomes[i].fidelity - o->outcomes[i].fidelity;
        brg_mean_stderr(saved, count, 1, &share->saved_if_removed, &share->saved_stderr);
    } else {
        rc = BRG_ENOMEM;
    }
    free(saved);
    brg_replay_result_clear(&r);
    return rc;
}

/* Idling, or lives of patches. */
static bool knows_time(const brg_run_config *config) {
    return brg_noise_is_timed(&config->noise) || config->logical;
}

/* Does the wait for a cause change anything? */
static bool costs(const brg_attribution *out, const brg_run_config *config, int cause) {
    return out->share[cause].time_ps > 0u && knows_time(config);
}

static int try_without(brg_attribution *out, const brg_timeline *t, const brg_run_config *config,
                       const brg_planes *ideal, const brg_attribution_options *o,
                       progress_part *part) {
    const uint64_t replay = o->trajectories * brg_timeline_queries(t);
    int rc = BRG_OK;
    for (int c = 0; c < BRG_CAUSE_COUNT && !rc; c++) {
        brg_share *share = &out->share[c];
        share->saved_if_removed = share->saved_stderr = 0.0;
        if (!costs(out, config, c)) continue;
        brg_timeline *shorter = NULL;
        rc = brg_attribution_without(&shorter, t, (unsigned)c);
        if (!rc) rc = compare_replays(share, shorter, config, ideal, o, part);
        brg_timeline_destroy(&shorter);
        part->before += replay;
    }
    return rc;
}

/* ---- the whole ---- */

/* The weights of the lives, and what their probabilities lack in precision: the relative error of
 * their sum is taken for every share. */
static int add_lives(brg_first_order *x, const brg_timeline *t, const brg_run_config *config,
                     const brg_planes *ideal, const brg_attribution_options *o, double *relative) {
    const brg_logical *rates = o->rates ? o->rates : config->logical;
    brg_life_costs costs;
    *relative = 0.0;
    if (!config->logical) return BRG_OK;
    int rc = brg_life_costs_run(&costs, t, config, ideal, rates->rates ? rates : NULL, o->jobs);
    if (!rc) rc = brg_first_order_add_lives(x, t, &costs);
    if (!rc && costs.logical > 0.0)
        *relative =
            hypot(costs.by_pauli[0] * o->rate_stderr[0], costs.by_pauli[1] * o->rate_stderr[1]) /
            costs.logical;
    brg_life_costs_clear(&costs);
    return rc;
}

/* The weights of the tree alone. */
static int copy_tree(brg_first_order *to, const brg_first_order *from) {
    *to = (brg_first_order){.slices = from->slices};
    to->intervals = malloc((from->slices ? from->slices : 1u) * sizeof *to->intervals);
    if (!to->intervals) return BRG_ENOMEM;
    for (size_t i = 0; i < from->slices; i++) {
        brg_interval_x *x = &to->intervals[i];
        *x = from->intervals[i];
        memset(x->logical_wait, 0, sizeof x->logical_wait);
        x->logical = x->transfer = 0.0;
    }
    return BRG_OK;
}

/* All weights, in *x too. */
static int find_x(brg_attribution *out, brg_first_order *x, const brg_timeline *t,
                  const brg_run_config *config, const brg_planes *ideal,
                  const brg_attribution_options *o, progress_part *part) {
    double stderr_x[BRG_SHARE_COUNT] = {0.0}, relative = 0.0;
    out->sampled = !o->exact;
    int rc = out->sampled ? brg_fault_sampling_run(x, stderr_x, t, config, ideal, o->samples,
                                                   o->jobs, o->progress ? report_part : NULL, part)
                          : copy_tree(x, o->exact);
    if (!rc) rc = add_lives(x, t, config, ideal, o, &relative);
    if (!rc) rc = add_intervals(out, t, x);
    for (int c = 0; c < BRG_SHARE_COUNT; c++)
        out->share[c].x_stderr = hypot(stderr_x[c], relative * out->share[c].logical_x);
    return rc;
}

/* Work of all parts, for the progress; the times of the causes decide which are replayed. */
static uint64_t total_work(const brg_timeline *t, const brg_run_config *config,
                           const brg_attribution_options *o) {
    uint64_t wait[BRG_CAUSE_COUNT] = {0};
    uint64_t work = o->exact ? 0u : o->samples / 2u * 2u;
    for (size_t i = 0; i < brg_timeline_slices(t); i++)
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) wait[c] |= brg_timeline_slice(t, i)->wait_ps[c];
    for (int c = 0; c < BRG_CAUSE_COUNT; c++)
        if (wait[c] && o->outcomes && knows_time(config))
            work += o->trajectories * brg_timeline_queries(t);
    return work;
}

int brg_attribution_run(brg_attribution *out, const brg_timeline *timeline,
                        const brg_run_config *config, const brg_planes *ideal, double infidelity,
                        const brg_attribution_options *options) {
    if (!out) return BRG_EINVAL;
    memset(out, 0, sizeof *out);
    if (!fits(timeline, config, ideal, options) || !isfinite(infidelity) ||
        !isfinite(options->logical_infidelity))
        return BRG_EINVAL;
    for (int c = 0; c < BRG_SHARE_COUNT; c++)
        out->share[c].saved_if_removed = out->share[c].saved_stderr = NAN;
    progress_part part = {options->progress, options->user, 0,
                          total_work(timeline, config, options)};
    brg_first_order x = {.slices = 0};
    int rc = find_x(out, &x, timeline, config, ideal, options, &part);
    part.before = options->exact ? 0u : options->samples / 2u * 2u;
    if (!rc) {
        split(out, infidelity, options->logical_infidelity);
        rc = pick_events(out, timeline, &x, options->events);
    }
    if (!rc && options->outcomes) rc = try_without(out, timeline, config, ideal, options, &part);
    brg_first_order_clear(&x);
    if (rc) brg_attribution_clear(out);
    return rc;
}

void brg_attribution_clear(brg_attribution *a) {
    if (!a) return;
    free(a->top);
    free(a->running);
    memset(a, 0, sizeof *a);
}
