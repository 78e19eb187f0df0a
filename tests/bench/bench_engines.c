/* SPDX-License-Identifier: Apache-2.0 */
/* The branch engines at full scale: time per query or trajectory split into set-up, evolution and
 * fidelity, peak memory, pruned against full, and threads. Each row runs in a process of its own,
 * so that its peak memory is its own. Fails when a row misses its target by more than the slack,
 * or when pruned and full disagree.
 * Usage: bench_engines [--repeat R] [--slack S] [--large] [--only TEXT] [--threads 1,2,4] */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "csim/pruned.h"
#include "csim/trajectory_internal.h"
#include "unit/csim/exact_schedule.h"

typedef struct row {
    const char *name;
    brg_routers routers;
    uint32_t n;
    double errors; /* in the mean, over all tree cells and slices; 0: noiseless */
    brg_branch_engine engine;
    int trajectories;            /* times --repeat */
    double target_ms, target_mb; /* 0: none */
    bool large;
} row;

static const row rows[] = {
    {"full noiseless", BRG_TWO_LEVEL, 16, 0, BRG_BRANCH_FULL, 20, 8, 0, false},
    {"full noiseless", BRG_THREE_LEVEL, 16, 0, BRG_BRANCH_FULL, 20, 8, 0, false},
    {"full noiseless", BRG_TWO_LEVEL, 20, 0, BRG_BRANCH_FULL, 3, 300, 150, false},
    {"full noiseless", BRG_THREE_LEVEL, 20, 0, BRG_BRANCH_FULL, 3, 300, 150, false},
    {"full noiseless", BRG_TWO_LEVEL, 24, 0, BRG_BRANCH_FULL, 1, 0, 0, true},
    {"full noiseless", BRG_THREE_LEVEL, 24, 0, BRG_BRANCH_FULL, 1, 0, 0, true},
    {"full noisy", BRG_TWO_LEVEL, 16, 100, BRG_BRANCH_FULL, 50, 27, 0, false},
    {"full noisy", BRG_THREE_LEVEL, 16, 100, BRG_BRANCH_FULL, 50, 27, 0, false},
    {"pruned noisy", BRG_TWO_LEVEL, 16, 100, BRG_BRANCH_PRUNED, 200, 6, 30, false},
    {"pruned noisy", BRG_THREE_LEVEL, 16, 100, BRG_BRANCH_PRUNED, 200, 6, 30, false},
    {"pruned noisy", BRG_TWO_LEVEL, 18, 390, BRG_BRANCH_PRUNED, 50, 65, 100, false},
    {"pruned noisy", BRG_THREE_LEVEL, 18, 390, BRG_BRANCH_PRUNED, 50, 65, 100, false},
    {"pruned noisy", BRG_TWO_LEVEL, 20, 100, BRG_BRANCH_PRUNED, 200, 20, 0, false},
    {"pruned noisy", BRG_TWO_LEVEL, 20, 200, BRG_BRANCH_PRUNED, 200, 20, 0, false},
    {"pruned noisy", BRG_THREE_LEVEL, 20, 200, BRG_BRANCH_PRUNED, 200, 20, 0, false},
};

typedef struct options {
    int repeat;
    double slack;
    bool large;
    const char *only, *threads;
} options;

/* A query with its noise, ready to run. */
typedef struct scene {
    brg_run_config config;
    brg_planes *memory;
    brg_timeline *timeline;
} scene;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_mb(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss / 1024;
}

static double sites(const brg_qram *q) {
    return (double)brg_tree_cells(q) * exact_slice_count(q);
}

static int scene_new(scene *s, brg_routers routers, uint32_t n, double errors,
                     brg_branch_engine engine) {
    *s = (scene){.config = {.qram = {routers, n, 1}, .input = {true, 0}, .seed = 1}};
    s->config.engine = engine;
    if (errors > 0)
        s->config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE,
                                      .kind = BRG_KIND_DEPOLARIZING,
                                      .probability = errors / sites(&s->config.qram)};
    const int rc = brg_planes_new(&s->memory, n, 1);
    if (rc) return rc;
    exact_parity_image(s->memory);
    return exact_timeline(&s->timeline, &s->config.qram, s->memory, 1, 100, 0, 0);
}

static void scene_end(scene *s) {
    brg_timeline_destroy(&s->timeline);
    brg_planes_destroy(&s->memory);
}

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of set-up, evolution and fidelity with readout. */
typedef struct split {
    double setup, evolve, fidelity;
} split;

static int run_one(brg_trajectory *t, const scene *s, uint64_t number, split *sum,
                   brg_outcome *out) {
    const double a = now();
    brg_trajectory_reset(t, number);
    int rc = brg_trajectory_begin(t, 0);
    const double b = now();
    size_t count = 0;
    const size_t first = brg_timeline_query(s->timeline, 0, &count);
    if (!rc) rc = brg_trajectory_run(t, s->timeline, brg_timeline_slice(s->timeline, first), count);
    const double c = now();
    if (!rc) rc = brg_trajectory_end(t, s->memory, out);
    sum->setup += b - a;
    sum->evolve += c - b;
    sum->fidelity += now() - c;
    return rc;
}

/* Runs the row; 0 = within the target. */
static int measure(const row *r, const options *o) {
    scene s;
    if (scene_new(&s, r->routers, r->n, r->errors, r->engine)) return 1;
    const int count = r->trajectories * o->repeat;
    double *ms = malloc((size_t)count * sizeof *ms);
    brg_trajectory *t = NULL;
    split sum = {0, 0, 0};
    const double start = now();
    int rc = ms ? brg_trajectory_new(&t, &s.config, 0) : BRG_ENOMEM;
    sum.setup = now() - start;
    double total = 0;
    for (int i = 0; i < count && !rc; i++) {
        brg_outcome out;
        const double before = now();
        rc = run_one(t, &s, (uint64_t)i, &sum, &out);
        ms[i] = 1e3 * (now() - before);
        total += ms[i];
        if (!rc && !(r->errors > 0) && !(fabs(out.fidelity - 1) <= 1e-9)) rc = BRG_ESTATE;
    }
    const double mean = total / count, mb = peak_mb();
    bool good = !rc;
    if (r->target_ms > 0) good = good && mean <= r->target_ms * o->slack;
    if (r->target_mb > 0) good = good && mb <= r->target_mb * o->slack;
    if (!rc) {
        qsort(ms, (size_t)count, sizeof *ms, compare_doubles);
        const double each = 1e3 / count;
        printf(
            "%-14s %-11s n %2u errors %3.0f  mean %8.2f ms (median %.2f, 90%% %.2f, max %.1f) "
            "= %.2f set-up + %.2f evolve + %.2f fidelity  peak %.0f MB  target",
            r->name, r->routers == BRG_TWO_LEVEL ? "two_level" : "three_level", r->n, r->errors,
            mean, ms[count / 2], ms[count * 9 / 10], ms[count - 1], each * sum.setup,
            each * sum.evolve, each * sum.fidelity, mb);
        if (r->target_ms > 0) printf(" %.0f ms", r->target_ms);
        if (r->target_mb > 0) printf(" %.0f MB", r->target_mb);
        printf("%s\n", !(r->target_ms > 0) ? " none" : good ? "" : "  MISSED");
    } else {
        printf("%s n %u: error %d\n", r->name, r->n, rc);
    }
    brg_trajectory_destroy(&t);
    scene_end(&s);
    free(ms);
    return good ? 0 : 1;
}

/* The same trajectories by both engines. */
static int compare_engines(brg_routers routers, uint32_t n, double errors, int count) {
    double seconds[2] = {0, 0}, worst = 0;
    brg_outcome *out[2] = {NULL, NULL};
    int rc = 0;
    for (int e = 0; e < 2 && !rc; e++) {
        scene s;
        brg_trajectory *t = NULL;
        split sum = {0, 0, 0};
        rc = scene_new(&s, routers, n, errors, (brg_branch_engine)e);
        out[e] = calloc((size_t)count, sizeof *out[e]);
        if (!out[e]) rc = BRG_ENOMEM;
        if (!rc) rc = brg_trajectory_new(&t, &s.config, 0);
        const double start = now();
        for (int i = 0; i < count && !rc; i++) rc = run_one(t, &s, (uint64_t)i, &sum, &out[e][i]);
        seconds[e] = now() - start;
        brg_trajectory_destroy(&t);
        scene_end(&s);
    }
    bool same = !rc;
    for (int i = 0; i < count && !rc; i++) {
        const double apart = fabs(out[0][i].fidelity - out[1][i].fidelity);
        if (apart > worst) worst = apart;
        same = same && apart <= 1e-12 && out[0][i].readout == out[1][i].readout &&
               out[0][i].address == out[1][i].address;
    }
    printf(
        "full / pruned  %-11s n %2u errors %3.0f  %.2f ms / %.2f ms = %.1f  largest difference "
        "of fidelity %.1e%s\n",
        routers == BRG_TWO_LEVEL ? "two_level" : "three_level", n, errors, 1e3 * seconds[0] / count,
        1e3 * seconds[1] / count, seconds[0] / seconds[1], worst, same ? "" : "  DIFFERENT");
    free(out[0]);
    free(out[1]);
    return same ? 0 : 1;
}

/* Replay on some threads, the least time of three. */
static int time_replay(const scene *s, uint64_t trajectories, int jobs, double *seconds) {
    *seconds = HUGE_VAL;
    for (int i = 0; i < 3; i++) {
        brg_replay_result r;
        const double start = now();
        const int rc =
            brg_replay(&r, s->timeline, &s->config, s->memory, trajectories, jobs, NULL, NULL);
        if (rc) return rc;
        if (now() - start < *seconds) *seconds = now() - start;
        brg_replay_result_clear(&r);
    }
    return BRG_OK;
}

static int scale(const char *name, brg_branch_engine engine, uint32_t n, const options *o) {
    scene s;
    int rc = scene_new(&s, BRG_TWO_LEVEL, n, 100, engine);
    double one = 0;
    bool good = true;
    const uint64_t trajectories = 400 * (uint64_t)o->repeat;
    for (const char *at = o->threads; !rc && at && *at;) {
        const int jobs = atoi(at);
        double seconds = 0;
        if (jobs < 1) break;
        rc = time_replay(&s, trajectories, jobs, &seconds);
        if (jobs == 1) one = seconds;
        const double ratio = one > 0 ? one / seconds : 0;
        const double target = jobs == 2 ? 1.8 : jobs == 4 ? 3.4 : 0;
        const bool met = !(one > 0) || ratio * o->slack >= target;
        good = good && met;
        printf(
            "replay %s n %2u  %d threads  %.3f s  %.0f trajectories/s  ratio %.2f  at most %.0f MB "
            "per thread before errors%s\n",
            name, n, jobs, seconds, (double)trajectories / seconds, ratio,
            (double)brg_trajectory_bytes(&s.config) / 1048576, met ? "" : "  MISSED");
        at = strchr(at, ',');
        if (at) at++;
    }
    scene_end(&s);
    return rc || !good ? 1 : 0;
}

typedef enum task { TASK_ROW, TASK_COMPARE, TASK_SCALE } task;

static int run_task(task what, size_t index, const options *o) {
    switch (what) {
        case TASK_ROW:
            return measure(&rows[index], o);
        case TASK_COMPARE:
            return compare_engines(index ? BRG_THREE_LEVEL : BRG_TWO_LEVEL, 16, 100,
                                   30 * o->repeat);
        default:
            return index ? scale("full  ", BRG_BRANCH_FULL, 14, o)
                         : scale("pruned", BRG_BRANCH_PRUNED, 16, o);
    }
}

/* In a process of its own; the parent never enters a parallel region. */
static int apart(task what, size_t index, const options *o) {
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
        const int rc = run_task(what, index, o);
        fflush(stdout);
        _exit(rc);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static bool read_options(options *o, int count, char **text) {
    *o = (options){.repeat = 1, .slack = 1, .threads = "1,2,4"};
    for (int i = 1; i < count; i++) {
        const bool more = i + 1 < count;
        if (!strcmp(text[i], "--large"))
            o->large = true;
        else if (!strcmp(text[i], "--repeat") && more)
            o->repeat = atoi(text[++i]);
        else if (!strcmp(text[i], "--slack") && more)
            o->slack = atof(text[++i]);
        else if (!strcmp(text[i], "--only") && more)
            o->only = text[++i];
        else if (!strcmp(text[i], "--threads") && more)
            o->threads = text[++i];
        else
            return false;
    }
    return o->repeat >= 1 && o->slack >= 1;
}

static bool wanted(const options *o, const char *name) {
    return !o->only || strstr(name, o->only);
}

int main(int count, char **text) {
    options o;
    if (!read_options(&o, count, text)) {
        fprintf(stderr,
                "usage: %s [--repeat R] [--slack S] [--large] [--only TEXT] "
                "[--threads 1,2,4]\n",
                text[0]);
        return 2;
    }
    int failed = 0;
    printf("seed 1, k = 1, uniform input, depolarizing per slice\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (wanted(&o, rows[i].name) && (o.large || !rows[i].large))
            failed += apart(TASK_ROW, i, &o);
    for (size_t i = 0; i < 2; i++) {
        if (wanted(&o, "compare")) failed += apart(TASK_COMPARE, i, &o);
    }
    for (size_t i = 0; i < 2; i++)
        if (wanted(&o, "replay")) failed += apart(TASK_SCALE, i, &o);
    if (failed) printf("%d rows missed\n", failed);
    return failed ? 1 : 0;
}
