/* SPDX-License-Identifier: Apache-2.0 */
/* Post-selection of a run's queries on lost carriers. */
#include "testbench/run_filtration.h"

#include <stdlib.h>

/* One bar for the replays of all causes. */
typedef struct watched {
    brg_progress progress;
    void *user;
    uint64_t before, total;
} watched;

static int report(void *user, uint64_t done, uint64_t total) {
    (void)total;
    const watched *w = user;
    return w->progress ? w->progress(w->user, w->before + done, w->total) : 0;
}

static int by_query(const brg_result *r, const brg_replay_result *replay, brg_filtration *all,
                    brg_filtration **queries) {
    const double detection = r->scenario->loss_detection;
    int rc = brg_filtration_replay(all, replay, BRG_FILTRATION_ALL, detection);
    *queries = calloc(replay->queries, sizeof **queries);
    if (!rc && !*queries) rc = BRG_ENOMEM;
    for (uint32_t q = 0; q < replay->queries && !rc; q++)
        rc = brg_filtration_replay(&(*queries)[q], replay, q, detection);
    return rc;
}

static int without_cause(brg_result *r, const brg_run_config *config, unsigned cause, int jobs,
                         watched *w) {
    brg_filtration_result *f = &r->filtration;
    brg_replay_result shorter = {0};
    brg_timeline *timeline = NULL;
    int rc = brg_attribution_without(&timeline, r->timeline, cause);
    if (!rc)
        rc = brg_replay(&shorter, timeline, config, r->ideal, r->fidelity.trajectories, jobs,
                        report, w);
    if (!rc)
        rc = brg_filtration_saved(&f->saved[cause], &f->saved_stderr[cause], &r->fidelity, &shorter,
                                  r->scenario->loss_detection);
    brg_replay_result_clear(&shorter);
    brg_timeline_destroy(&timeline);
    return rc;
}

int brg_run_filtration(brg_result *r, const brg_run_config *config, int jobs, brg_progress progress,
                       void *user) {
    brg_filtration_result *f = &r->filtration;
    const uint64_t replay = r->fidelity.trajectories * r->fidelity.queries;
    const bool timeless = config->noise.model != BRG_NOISE_TIMED && !config->logical;
    watched w = {progress, user, 0, 0};
    int rc = by_query(r, &r->fidelity, &f->all, &f->query);
    if (!rc) rc = by_query(r, &r->without_stalls, &f->all_without_stalls, &f->query_without_stalls);
    for (unsigned c = 0; c < BRG_CAUSE_COUNT; c++)
        if (r->timing.stall_cycles[c]) w.total += replay;
    for (unsigned c = 0; c < BRG_CAUSE_COUNT && !rc && !timeless; c++) {
        if (!r->timing.stall_cycles[c]) continue;
        rc = without_cause(r, config, c, jobs, &w);
        w.before += replay;
    }
    r->have_filtration = rc == BRG_OK;
    return rc;
}
