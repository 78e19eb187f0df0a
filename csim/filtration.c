/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted means of outcomes under post-selection. */
#include "csim/filtration.h"

#include <math.h>

/* Outcome i of group g is first[g * stride + i]; groups do not depend on each other. */
typedef struct sample {
    const brg_outcome *first;
    size_t groups, size, stride;
} sample;

static double weight_of(const brg_outcome *o, double detection) {
    return pow(1 - detection, o->lost);
}

/* Sums over one group. */
typedef struct sums {
    double kept, fidelity, lost;
} sums;

static sums add_group(const sample *s, size_t group, double detection) {
    sums sum = {0, 0, 0};
    for (size_t i = 0; i < s->size; i++) {
        const brg_outcome *o = &s->first[group * s->stride + i];
        const double weight = weight_of(o, detection);
        sum.kept += weight;
        sum.fidelity += weight * o->fidelity;
        sum.lost += o->lost;
    }
    return sum;
}

static double stderr_of(double squares, double groups, double size) {
    return groups > 1 ? sqrt(squares / (groups - 1) / groups) / size : 0;
}

static void measure(brg_filtration *out, const sample *s, double detection) {
    sums all = {0, 0, 0};
    for (size_t g = 0; g < s->groups; g++) {
        const sums one = add_group(s, g, detection);
        all.kept += one.kept;
        all.fidelity += one.fidelity;
        all.lost += one.lost;
    }
    const double groups = (double)s->groups, size = (double)s->size, count = groups * size;
    const double fidelity = all.kept > 0 ? all.fidelity / all.kept : NAN;
    sums squares = {0, 0, 0};
    for (size_t g = 0; g < s->groups; g++) {
        const sums one = add_group(s, g, detection);
        const double kept = one.kept - all.kept / groups, lost = one.lost - all.lost / groups;
        /* Of a ratio, to first order in its two sums. */
        const double ratio = one.fidelity - one.kept * fidelity;
        squares.kept += kept * kept;
        squares.lost += lost * lost;
        squares.fidelity += ratio * ratio;
    }
    *out = (brg_filtration){
        .success = all.kept / count,
        .success_stderr = stderr_of(squares.kept, groups, size),
        .fidelity = fidelity,
        .fidelity_stderr = stderr_of(squares.fidelity, groups, size) / (all.kept / count),
        .lost = all.lost / count,
        .lost_stderr = stderr_of(squares.lost, groups, size)};
    if (!(all.kept > 0)) out->fidelity_stderr = NAN;
}

static bool in_range(double detection) {
    return detection >= 0 && detection <= 1;
}

int brg_filtration_of(brg_filtration *out, const brg_outcome *outcomes, size_t count,
                      double detection) {
    if (!out || !outcomes || !count || !in_range(detection)) return BRG_EINVAL;
    measure(out, &(sample){outcomes, count, 1, 1}, detection);
    return BRG_OK;
}

static bool has_outcomes(const brg_replay_result *r) {
    return r && r->outcomes && r->trajectories && r->queries;
}

int brg_filtration_replay(brg_filtration *out, const brg_replay_result *replay, uint32_t query,
                          double detection) {
    if (!out || !has_outcomes(replay) || !in_range(detection)) return BRG_EINVAL;
    if (query >= replay->queries && query != BRG_FILTRATION_ALL) return BRG_EINVAL;
    const bool all = query == BRG_FILTRATION_ALL;
    const sample s = {all ? replay->outcomes : replay->outcomes + query,
                      (size_t)replay->trajectories, all ? replay->queries : 1, replay->queries};
    measure(out, &s, detection);
    return BRG_OK;
}

static double saved_by(const brg_replay_result *with, const brg_replay_result *without, size_t t,
                       double detection) {
    double sum = 0;
    for (size_t i = t * with->queries; i < (t + 1) * with->queries; i++)
        sum +=
            weight_of(&without->outcomes[i], detection) - weight_of(&with->outcomes[i], detection);
    return sum;
}

int brg_filtration_saved(double *mean, double *stderr_mean, const brg_replay_result *with,
                         const brg_replay_result *without, double detection) {
    if (!mean || !stderr_mean || !has_outcomes(with) || !has_outcomes(without)) return BRG_EINVAL;
    if (with->trajectories != without->trajectories || with->queries != without->queries ||
        !in_range(detection))
        return BRG_EINVAL;
    const size_t trajectories = (size_t)with->trajectories;
    const double groups = (double)trajectories, size = with->queries;
    double sum = 0, squares = 0;
    for (size_t t = 0; t < trajectories; t++) sum += saved_by(with, without, t, detection);
    for (size_t t = 0; t < trajectories; t++) {
        const double d = saved_by(with, without, t, detection) - sum / groups;
        squares += d * d;
    }
    *mean = sum / groups / size;
    *stderr_mean = stderr_of(squares, groups, size);
    return BRG_OK;
}
