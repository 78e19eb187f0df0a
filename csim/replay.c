/* SPDX-License-Identifier: Apache-2.0 */
/* Many trajectories over one recorded timeline, in parallel. */
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "csim/run_config.h"
#include "csim/threads.h"
#include "csim/trajectory_internal.h"

/* Where the time of a trajectory goes. */
typedef struct phases {
    double setup, evolve, fidelity;
} phases;

/* The parts of a replay that every thread reads, and the little that they write. */
typedef struct job {
    const brg_timeline *timeline;
    const brg_run_config *config;
    const brg_planes *ideal;
    brg_outcome *outcomes;
    uint64_t trajectories;
    uint32_t queries, query;
    const brg_slice *slices; /* of the present query */
    size_t count;
    const brg_trajectory *clean; /* the query without noise, at its end; NULL if not needed */
    const bool *quiet;           /* by trajectory: no error was drawn */
    brg_progress progress;
    void *user;
    atomic_uint_fast64_t done;
    atomic_int status; /* first error, which stops the run */
    phases spent;      /* summed over the threads */
} job;

static int report(const job *j) {
    const uint64_t done = atomic_load(&j->done);
    const bool stops =
        j->progress && j->progress(j->user, done, j->trajectories * (uint64_t)j->queries);
    return stops ? BRG_ESTATE : BRG_OK;
}

/* A trajectory of a large tree can take a minute: it reports on its way as well. */
static int run_slices(brg_trajectory *t, const job *j, bool reports) {
    enum { LARGE = 1 << 16, STEP = 8 };
    const bool parts = reports && brg_threads_branches(&j->config->qram) >= LARGE;
    const size_t step = parts ? STEP : j->count;
    int rc = BRG_OK;
    for (size_t at = 0; at < j->count && !rc; at += step) {
        const size_t left = j->count - at;
        rc = brg_trajectory_run(t, j->timeline, j->slices + at, left < step ? left : step);
        if (!rc && parts) rc = report(j);
    }
    return rc;
}

static int run_query(brg_trajectory *t, const job *j, brg_outcome *out, bool reports,
                     phases *spent) {
    const double start = omp_get_wtime();
    int rc = brg_trajectory_begin(t, j->query);
    const double begun = omp_get_wtime();
    if (!rc) rc = run_slices(t, j, reports);
    const double evolved = omp_get_wtime();
    if (!rc) rc = brg_trajectory_end(t, j->ideal, out);
    spent->setup += begun - start;
    spent->evolve += evolved - begun;
    spent->fidelity += omp_get_wtime() - evolved;
    return rc;
}

static int run_one(brg_trajectory **t, const job *j, uint64_t number, bool reports, phases *spent) {
    brg_outcome *out = &j->outcomes[number * j->queries + j->query];
    if (j->clean && j->quiet[number]) {
        brg_trajectory_readout(j->clean, number, j->ideal, out);
        return BRG_OK;
    }
    if (!*t) {
        const int rc = brg_trajectory_new(t, j->config, number);
        if (rc) return rc;
    }
    brg_trajectory_reset(*t, number);
    return run_query(*t, j, out, reports, spent);
}

static void stop(job *j, int rc) {
    int none = BRG_OK;
    atomic_compare_exchange_strong(&j->status, &none, rc);
}

static void account(job *j, bool reports) {
    atomic_fetch_add(&j->done, 1);
    const int rc = reports ? report(j) : BRG_OK;
    if (rc) stop(j, rc);
}

static void run_all(job *j, int jobs) {
#pragma omp parallel num_threads(jobs) if (jobs > 1)
    {
        brg_trajectory *t = NULL;
        phases spent = {0, 0, 0};
        const bool reports = omp_get_thread_num() == 0;
#pragma omp for schedule(dynamic)
        for (uint64_t number = 0; number < j->trajectories; number++) {
            if (atomic_load(&j->status)) continue;
            const int rc = run_one(&t, j, number, reports, &spent);
            if (rc)
                stop(j, rc);
            else
                account(j, reports);
        }
        brg_trajectory_destroy(&t);
#pragma omp critical(brg_replay_phases)
        {
            j->spent.setup += spent.setup;
            j->spent.evolve += spent.evolve;
            j->spent.fidelity += spent.fidelity;
        }
    }
}

/* Which trajectories drew no error at all: they share one noiseless evolution. */
static bool scan_all(job *j, int jobs, bool *quiet) {
    uint64_t found = 0;
#pragma omp parallel for num_threads(jobs) if (jobs > 1) schedule(dynamic, 16) reduction(+ : found)
    for (uint64_t number = 0; number < j->trajectories; number++) {
        const int rc =
            brg_trajectory_scan(j->config, number, j->query, j->slices, j->count, &quiet[number]);
        if (rc) stop(j, rc);
        found += quiet[number];
    }
    return found > 0;
}

static int replay_query(job *j, int jobs, bool *quiet) {
    brg_trajectory *clean = NULL;
    j->clean = NULL;
    j->quiet = quiet;
    if (brg_noise_is_pauli(&j->config->noise) && scan_all(j, jobs, quiet)) {
        brg_run_config noiseless = *j->config;
        noiseless.noise.model = BRG_NOISE_NONE;
        noiseless.logical = NULL;
        brg_outcome unused;
        int rc = brg_trajectory_new(&clean, &noiseless, 0);
        if (!rc) rc = run_query(clean, j, &unused, false, &j->spent);
        if (rc) stop(j, rc);
        j->clean = clean;
    }
    if (!atomic_load(&j->status)) run_all(j, jobs);
    brg_trajectory_destroy(&clean);
    return atomic_load(&j->status);
}

void brg_mean_stderr(const double *x, size_t count, size_t stride, double *mean,
                     double *stderr_mean) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) sum += x[i * stride];
    const double average = count ? sum / (double)count : NAN;
    for (size_t i = 0; i < count; i++) {
        const double d = x[i * stride] - average;
        squares += d * d;
    }
    if (mean) *mean = average;
    if (stderr_mean)
        *stderr_mean = count > 1 ? sqrt(squares / ((double)count - 1) / (double)count) : 0;
}

int brg_replay_summarize(brg_replay_result *r) {
    const uint64_t samples = r->trajectories * r->queries;
    double *fidelity = malloc((samples ? samples : 1) * sizeof *fidelity);
    double *mean = malloc((r->queries ? r->queries : 1) * sizeof *mean);
    double *error = malloc((r->queries ? r->queries : 1) * sizeof *error);
    if (!fidelity || !mean || !error) {
        free(fidelity);
        free(mean);
        free(error);
        return BRG_ENOMEM;
    }
    for (uint64_t i = 0; i < samples; i++) fidelity[i] = r->outcomes[i].fidelity;
    brg_mean_stderr(fidelity, samples, 1, &r->mean, &r->stderr_mean);
    for (uint32_t q = 0; q < r->queries; q++)
        brg_mean_stderr(fidelity + q, r->trajectories, r->queries, &mean[q], &error[q]);
    free(fidelity);
    free(r->query_mean);
    free(r->query_stderr);
    r->query_mean = mean;
    r->query_stderr = error;
    return BRG_OK;
}

void brg_replay_result_clear(brg_replay_result *r) {
    if (!r) return;
    free(r->query_mean);
    free(r->query_stderr);
    free(r->outcomes);
    *r = (brg_replay_result){0};
}

int brg_replay(brg_replay_result *out, const brg_timeline *timeline, const brg_run_config *config,
               const brg_planes *ideal, uint64_t trajectories, int jobs, brg_progress progress,
               void *user) {
    if (!out) return BRG_EINVAL;
    *out = (brg_replay_result){0};
    if (!timeline || !ideal || !trajectories || brg_run_config_check(config)) return BRG_EINVAL;
    const brg_qram *q = brg_timeline_qram(timeline);
    const uint32_t queries = brg_timeline_queries(timeline);
    if (!brg_qram_equal(q, &config->qram) || ideal->address_width != brg_table_width(q) ||
        ideal->word_width != q->word_width || !queries)
        return BRG_EINVAL;
    if (trajectories > SIZE_MAX / sizeof(brg_outcome) / queries) return BRG_ENOMEM;
    if (jobs <= 0) jobs = omp_get_max_threads();
    if ((uint64_t)jobs > trajectories) jobs = (int)trajectories;

    int rc = BRG_ENOMEM;
    bool *quiet = calloc(trajectories, sizeof *quiet);
    out->outcomes = calloc(trajectories * queries, sizeof *out->outcomes);
    out->trajectories = trajectories;
    out->queries = queries;
    if (!quiet || !out->outcomes) goto out;
    job j = {.timeline = timeline,
             .config = config,
             .ideal = ideal,
             .outcomes = out->outcomes,
             .trajectories = trajectories,
             .queries = queries,
             .progress = progress,
             .user = user};
    rc = BRG_OK;
    for (j.query = 0; j.query < queries && !rc; j.query++) {
        const size_t first = brg_timeline_query(timeline, j.query, &j.count);
        const double work =
            (double)trajectories * (double)j.count * brg_threads_branches(&config->qram);
        j.slices = brg_timeline_slice(timeline, first);
        rc = replay_query(&j, brg_threads_worth(jobs, work), quiet);
    }
    out->setup_s = j.spent.setup;
    out->evolve_s = j.spent.evolve;
    out->fidelity_s = j.spent.fidelity;
    if (!rc) rc = brg_replay_summarize(out);
out:
    free(quiet);
    if (rc) brg_replay_result_clear(out);
    return rc;
}
