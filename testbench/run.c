/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade run`: one timing run of the RTL, then noise over its timeline, then the files. */
#include "testbench/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/density.h"
#include "testbench/json.h"
#include "testbench/platform.h"
#include "testbench/progress.h"
#include "testbench/report.h"
#include "testbench/run_filtration.h"
#include "testbench/run_qec.h"
#include "testbench/waves.h"
#include "testbench/workload.h"

enum { ALL_CAUSES = (1 << BRG_CAUSE_COUNT) - 1, MOST_FILES = 8 };

/* Enumerating faults beyond this many branch-slices takes longer than most runs. */
static const double FIRST_ORDER_COST = 2e9;

typedef struct session {
    const brg_scenario *s;
    const brg_run_options *o;
    brg_diag *diag;
    brg_run_config config;
    brg_program *program;
    brg_planes *image;
    brg_workload *workload; /* NULL without workload.program */
    brg_run_qec *qec;       /* NULL without error correction */
    brg_platform *platform;
    brg_timeline *timeline;
    brg_result result;
    brg_bar rtl_bar;             /* on only in runs of the RTL that have no bar of their own */
    FILE *out;                   /* where the report or the JSON goes */
    char *files[MOST_FILES + 1]; /* written, owned */
    size_t file_count;
} session;

static int fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("brigade: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

static int fail_status(const char *what, int status) {
    return fail(BRG_EXIT_FAILED, "%s failed: %s", what,
                status == BRG_EIO ? strerror(errno) : brg_strerror(status));
}

/* BRG_EINPUT has its messages in the diag; anything else is a failure of the run. */
static int input_status(const session *x, const char *what, int status) {
    if (status != BRG_EINPUT && brg_diag_count(x->diag) == 0) return fail_status(what, status);
    brg_diag_print(x->diag, stderr);
    return BRG_EXIT_INPUT;
}

static char *in_folder(const char *folder, const char *name) {
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* Takes the path over. */
static void note_file(session *x, char *path) {
    if (path && x->file_count < MOST_FILES)
        x->files[x->file_count++] = path;
    else
        free(path);
}

/* --- before the run --- */

static int read_timeline(session *x) {
    const brg_scenario *s = x->s;
    /* The data of a timeline stand beside the file itself, not beside a link to it. */
    char *path = brg_output_target(x->o->from_timeline);
    int status = brg_timeline_read_csv(&x->timeline, path ? path : x->o->from_timeline, x->diag);
    free(path);
    if (status) return status;
    const brg_qram *q = brg_timeline_qram(x->timeline);
    const uint32_t queries = brg_timeline_queries(x->timeline);
    if (q->routers != s->qram.routers || q->address_width != s->qram.address_width ||
        q->word_width != s->qram.word_width || q->page_bits != s->qram.page_bits)
        brg_diag_add(x->diag, x->o->from_timeline, 0, 0, NULL,
                     "made for %s, n %u, k %u, pages %u, the scenario has %s, n %u, k %u, pages %u",
                     q->routers == BRG_THREE_LEVEL ? "three_level" : "two_level", q->address_width,
                     q->word_width, brg_pages(q),
                     s->qram.routers == BRG_THREE_LEVEL ? "three_level" : "two_level",
                     s->qram.address_width, s->qram.word_width, brg_pages(&s->qram));
    else if (queries != s->queries)
        brg_diag_add(x->diag, x->o->from_timeline, 0, 0, NULL,
                     "has %u queries, the scenario %u, accepted: the same number", queries,
                     s->queries);
    return brg_diag_count(x->diag) ? BRG_EINPUT : BRG_OK;
}

/* Planes that the fetches of a data version used. */
static uint64_t used_planes(const brg_timeline *timeline, int32_t version) {
    uint64_t used = 0;
    for (size_t i = 0; i < brg_timeline_slices(timeline); i++) {
        const brg_slice *slice = brg_timeline_slice(timeline, i);
        if (slice->ops.fetch >= 0 && slice->data_version == version)
            used |= UINT64_C(1) << slice->ops.fetch;
    }
    return used;
}

/* True when these planes of the leaf data are those of a page of n address bits. */
static bool same_planes(const brg_planes *seen, const brg_planes *page, uint64_t used) {
    const size_t size = page->plane_words * sizeof *page->bits;
    for (uint32_t j = 0; j < page->word_width; j++) {
        const size_t at = j * page->plane_words;
        if ((used >> j & 1u) && memcmp(seen->bits + at, page->bits + at, size)) return false;
    }
    return true;
}

/* True when leaf data version v is a page of the image; which one is for the program to say. */
static int is_a_page(const session *x, int32_t v, bool *is) {
    const uint32_t n = x->s->qram.address_width;
    const uint64_t used = used_planes(x->timeline, v);
    *is = false;
    for (uint32_t page = 0; page < brg_pages(&x->s->qram) && !*is; page++) {
        brg_planes *cut = NULL;
        const int status = brg_planes_page(&cut, x->image, n, page);
        if (status) return status;
        *is = same_planes(brg_timeline_data(x->timeline, v), cut, used);
        brg_planes_destroy(&cut);
    }
    return BRG_OK;
}

/* A timeline of a corrupted buffer differs from the image and is to run; one of another image is
 * mostly a slip. Only the user can tell, so say it. */
static int warn_of_data(const session *x) {
    for (int32_t v = 0; v < brg_timeline_data_versions(x->timeline); v++) {
        bool same = false;
        const int status = is_a_page(x, v, &same);
        if (status) return status;
        if (same) continue;
        fprintf(stderr,
                "%s: warning: leaf data version %" PRId32
                " differs from memory.image; fidelity is against memory.image\n",
                x->o->from_timeline, v);
        return BRG_OK;
    }
    return BRG_OK;
}

static int prepare(session *x) {
    const brg_scenario *s = x->s;
    if (x->o->from_timeline && s->method == BRG_METHOD_LOCKSTEP)
        brg_scenario_blame(s, "noise.method", x->diag,
                           "lockstep needs the RTL, accepted with --from-timeline: replay, "
                           "first_order");
    if (x->o->from_timeline && x->o->waves)
        brg_diag_add(x->diag, "--waves", 0, 0, NULL,
                     "needs the RTL, accepted: without --from-timeline");
    brg_run_check_outputs(x->o, x->diag);
    if (!x->o->from_timeline) brg_run_check_waits(s, x->diag);
    if (brg_diag_count(x->diag) == 0) brg_run_check_memory(s, x->o, x->diag);
    if (brg_diag_count(x->diag)) return input_status(x, "the check", BRG_EINPUT);

    brg_scenario_run_config(s, &x->config);
    x->config.most_branches = brg_run_most_branches(s, x->o);
    if (s->qec.enabled) {
        if (s->engine == BRG_ENGINE_DENSITY && s->qec.decoder != BRG_QEC_DECODER_FIT)
            brg_scenario_blame(s, "noise.engine", x->diag,
                               "density needs the probabilities of logical errors, accepted with "
                               "it: qec.decoder fit; with this decoder: full, pruned");
        if (s->workload_program)
            brg_scenario_blame(s, "workload.program", x->diag,
                               "does not go with qec, whose patches end with the query");
        int failed = brg_diag_count(x->diag) ? BRG_EINPUT : brg_run_qec_new(&x->qec, s, x->diag);
        if (failed) return input_status(x, "error correction", failed);
        x->config.logical = brg_run_qec_logical(x->qec);
    }
    int status = s->workload_program ? brg_workload_open(&x->workload, s, &x->image, x->diag)
                                     : brg_scenario_image(&x->image, s, x->diag);
    if (status) return input_status(x, "reading the memory image", status);
    status = x->o->from_timeline ? read_timeline(x) : brg_scenario_program(&x->program, s, x->diag);
    if (status)
        return input_status(x, x->o->from_timeline ? "reading the timeline" : "the program",
                            status);
    if (x->o->from_timeline && (status = warn_of_data(x)))
        return fail_status("comparing the timeline's data", status);
    x->result.scenario = s;
    x->result.ideal = x->image;
    x->result.rtl_cycles_per_s = NAN;
    x->result.thread_mib = s->engine == BRG_ENGINE_DENSITY
                               ? brg_density_bytes(&x->config) / 1048576
                               : (double)brg_trajectory_bytes(&x->config) / 1048576;
    return BRG_EXIT_DONE;
}

/* --- the RTL --- */

static int write_timeline(session *x) {
    const char *folder = x->o->out_dir;
    char *paths[2] = {x->o->timeline ? strdup(x->o->timeline) : NULL,
                      folder ? in_folder(folder, "timeline.csv") : NULL};
    int code = BRG_EXIT_DONE;
    for (int i = 0; i < 2; i++) {
        if (!paths[i]) continue;
        char *target = brg_output_target(paths[i]);
        const int status = target ? brg_timeline_write_csv(x->timeline, target) : BRG_EIO;
        free(target);
        if (status) {
            code = fail(BRG_EXIT_FAILED, "%s cannot be written: %s", paths[i],
                        status == BRG_EIO ? strerror(errno) : brg_strerror(status));
            free(paths[i]);
        } else {
            note_file(x, paths[i]);
        }
    }
    return code;
}

static int hardware_failed(session *x) {
    const bool kept =
        x->timeline && (x->o->timeline || x->o->out_dir) && write_timeline(x) == BRG_EXIT_DONE;
    fail(BRG_EXIT_FAILED, "the run failed: %s", brg_platform_error(x->platform));
    if (kept)
        fail(BRG_EXIT_FAILED, "kept: the timeline up to there, %s", x->files[0]);
    else
        fail(BRG_EXIT_FAILED, "kept: nothing (--timeline FILE keeps the slices up to there)");
    return BRG_EXIT_FAILED;
}

/* The plant's view and the performance counters are two ways through the RTL; they must agree. */
static int compare_counters(const session *x, const brg_platform_counters *c) {
    const brg_result *r = &x->result;
    bool same = c->cycles == r->timing.cycles && c->slices == r->timing.slices &&
                c->pulse_cswap == r->pulses.cswap && c->pulse_fetch == r->pulses.fetch &&
                c->pulse_latch_swap == r->pulses.latch_swap &&
                c->pulse_register_swap == r->pulses.register_swap;
    for (int i = 0; i < BRG_CAUSE_COUNT; i++)
        same = same && c->stall_cycles[i] == r->timing.stall_cycles[i];
    if (same) return BRG_EXIT_DONE;
    return fail(BRG_EXIT_FAILED,
                "the run failed: the counters of the RTL (%" PRIu64 " cycles, %" PRIu64
                " slices) do not agree with the timeline (%" PRIu64 ", %" PRIu64 ")",
                c->cycles, c->slices, r->timing.cycles, r->timing.slices);
}

static void rtl_progress(void *user, uint64_t cycles, uint32_t queries) {
    session *x = user;
    const uint32_t all = x->s->queries;
    brg_bar_cycles(&x->rtl_bar, cycles, queries < all ? queries + 1 : all, all);
}

static void end_rtl_bar(session *x) {
    brg_bar_end(&x->rtl_bar);
    x->rtl_bar.enabled = false;
}

static int run_rtl(session *x) {
    const brg_scenario *s = x->s;
    brg_platform_config config;
    brg_scenario_platform(s, &config);
    config.program = x->program;
    config.image = x->image;
    config.queries = s->queries;
    config.progress = rtl_progress;
    config.progress_user = x;
    config.diag = x->diag;
    int status = brg_platform_new(&x->platform, &config);
    if (status) return input_status(x, "building the platform", status);
    brg_platform_counters counters = {0};
    const double start = brg_seconds();
    brg_bar_start(&x->rtl_bar, "timing run", x->o->quiet);
    status = brg_platform_run(x->platform, &x->timeline, NULL, 0, x->image, NULL, NULL, &counters,
                              NULL, NULL);
    end_rtl_bar(x);
    x->result.rtl_s = brg_seconds() - start;
    if (status == BRG_EHARDWARE) return hardware_failed(x);
    if (status) return fail_status("the RTL run", status);
    if (counters.rtl_wall_s > 0)
        x->result.rtl_cycles_per_s = (double)counters.rtl_cycles / counters.rtl_wall_s;
    x->result.have_memory = true;
    x->result.counters = counters;
    x->result.timeline = x->timeline;
    if ((status = brg_result_count(&x->result))) return fail_status("counting", status);
    if (x->result.timing.slices == 0)
        return fail(BRG_EXIT_FAILED, "the run failed: the program ended without a slice");
    return compare_counters(x, &counters);
}

/* --- the quantum side --- */

static int run_density(session *x, const brg_timeline *timeline, const char *what,
                       brg_replay_result *out) {
    out->queries = brg_timeline_queries(timeline);
    out->query_mean = calloc(out->queries, sizeof *out->query_mean);
    out->query_stderr = calloc(out->queries, sizeof *out->query_stderr);
    if (!out->query_mean || !out->query_stderr) return BRG_ENOMEM;
    brg_bar bar;
    brg_bar_start(&bar, what, x->o->quiet);
    const int status = brg_density_replay_watched(timeline, &x->config, x->image, &out->mean,
                                                  out->query_mean, brg_bar_update, &bar);
    brg_bar_end(&bar);
    return status;
}

static int run_replay(session *x, const brg_timeline *timeline, const char *what,
                      brg_replay_result *out) {
    brg_bar bar;
    brg_bar_start(&bar, what, x->o->quiet);
    const int status = brg_replay(out, timeline, &x->config, x->image, x->s->trajectories,
                                  brg_run_jobs(x->o), brg_bar_update, &bar);
    brg_bar_end(&bar);
    return status;
}

static int run_lockstep(session *x, brg_replay_result *out) {
    const brg_scenario *s = x->s;
    brg_trajectory *trajectory = NULL;
    brg_bar bar;
    int status = brg_trajectory_new(&trajectory, &x->config, 0);
    if (status) return status;
    out->trajectories = s->trajectories;
    out->queries = s->queries;
    out->outcomes = calloc((size_t)s->trajectories * s->queries, sizeof *out->outcomes);
    if (!out->outcomes) status = BRG_ENOMEM;
    if (x->qec) brg_run_qec_follow(x->qec, brg_platform_logical(x->platform));
    brg_bar_start(&bar, "lockstep", x->o->quiet);
    for (uint64_t i = 0; i < s->trajectories && status == BRG_OK; i++) {
        brg_platform_counters counters;
        brg_trajectory_reset(trajectory, i);
        status = brg_platform_run(x->platform, NULL, trajectory, i, x->image,
                                  out->outcomes + i * s->queries, NULL, &counters, NULL, NULL);
        brg_bar_update(&bar, i + 1, s->trajectories);
    }
    brg_bar_end(&bar);
    if (x->qec) brg_run_qec_follow(x->qec, NULL);
    brg_trajectory_destroy(&trajectory);
    return status ? status : brg_replay_summarize(out);
}

/* Waits that cost no time, or a noise that does not know time: the same outcomes. */
static int copy_outcomes(const brg_replay_result *from, brg_replay_result *to) {
    const size_t count = (size_t)from->trajectories * from->queries;
    to->trajectories = from->trajectories;
    to->queries = from->queries;
    to->outcomes = malloc(count * sizeof *to->outcomes);
    if (!to->outcomes) return BRG_ENOMEM;
    memcpy(to->outcomes, from->outcomes, count * sizeof *to->outcomes);
    return brg_replay_summarize(to);
}

static int run_without_stalls(session *x) {
    brg_timeline *without = NULL;
    brg_result *r = &x->result;
    /* The lives of patches depend on time under any noise. */
    const bool timeless = !brg_noise_is_timed(&x->config.noise) && !x->config.logical;
    const bool same = timeless || brg_timing_stalls(&r->timing) == 0;
    if (same && r->fidelity.outcomes) return copy_outcomes(&r->fidelity, &r->without_stalls);
    int status = brg_timeline_without(&without, x->timeline, ALL_CAUSES);
    if (status == BRG_OK && x->s->engine == BRG_ENGINE_DENSITY)
        status = run_density(x, without, "density without stalls", &r->without_stalls);
    else if (status == BRG_OK)
        status = run_replay(x, without, "replay without stalls", &r->without_stalls);
    brg_timeline_destroy(&without);
    return status;
}

static int run_filtration(session *x) {
    brg_bar bar;
    if (!(x->s->loss_detection > 0)) return BRG_OK;
    brg_bar_start(&bar, "post-selection", x->o->quiet);
    const int status =
        brg_run_filtration(&x->result, &x->config, brg_run_jobs(x->o), brg_bar_update, &bar);
    brg_bar_end(&bar);
    return status;
}

static int run_first_order(session *x) {
    brg_bar bar;
    brg_result *r = &x->result;
    if (x->s->method != BRG_METHOD_FIRST_ORDER && x->s->attribution != BRG_ATTRIBUTION_EXACT &&
        !(brg_first_order_cost(x->timeline, &x->config) < FIRST_ORDER_COST))
        return BRG_OK;
    brg_bar_start(&bar, "first order", x->o->quiet);
    const int status = brg_first_order_run(&r->first_order, x->timeline, &x->config, x->image,
                                           brg_run_jobs(x->o), brg_bar_update, &bar);
    brg_bar_end(&bar);
    r->have_first_order = status == BRG_OK;
    return status;
}

/* Logical errors are no noise of the tree: what they cost is what the same run with perfect patches
 * does not lose. Trajectories in lockstep differ in time when their decoders do, so that a replay
 * stands for both sides. */
static int find_logical_cost(session *x) {
    brg_result *r = &x->result;
    brg_replay_result real = {0}, perfect = {0};
    const brg_logical *logical = x->config.logical;
    const bool lockstep = x->s->method == BRG_METHOD_LOCKSTEP;
    int status = lockstep ? run_replay(x, x->timeline, "replay", &real) : BRG_OK;
    x->config.logical = brg_run_qec_perfect(x->qec);
    if (!status)
        status = x->s->engine == BRG_ENGINE_DENSITY
                     ? run_density(x, x->timeline, "density, perfect patches", &perfect)
                     : run_replay(x, x->timeline, "replay, perfect patches", &perfect);
    x->config.logical = logical;
    r->logical_infidelity = perfect.mean - (lockstep ? real.mean : r->fidelity.mean);
    brg_replay_result_clear(&real);
    brg_replay_result_clear(&perfect);
    return status;
}

/* The costs of single stalls. A measured infidelity at or below 0 has nothing to share out. */
static int run_attribution(session *x) {
    brg_bar bar;
    brg_result *r = &x->result;
    const brg_scenario *s = x->s;
    const double infidelity = 1 - r->fidelity.mean;
    if (!r->have_fidelity || s->attribution == BRG_ATTRIBUTION_NONE || !(infidelity > 0))
        return BRG_OK;
    if (s->attribution == BRG_ATTRIBUTION_EXACT && !r->have_first_order) return BRG_OK;
    const bool exact = r->have_first_order && s->attribution != BRG_ATTRIBUTION_SAMPLED;
    brg_attribution_options options = {
        .exact = exact ? &r->first_order : NULL,
        .samples = s->attribution_samples,
        .events = s->attribution_events,
        .outcomes = s->method == BRG_METHOD_REPLAY ? r->fidelity.outcomes : NULL,
        .trajectories = r->fidelity.trajectories,
        .jobs = brg_run_jobs(x->o),
        .progress = brg_bar_update,
        .user = &bar};
    int status = BRG_OK;
    if (x->qec) {
        status = find_logical_cost(x);
        options.rates = brg_run_qec_rates(x->qec, options.rate_stderr);
        options.logical_infidelity = r->logical_infidelity;
    }
    if (status) return status;
    brg_bar_start(&bar, "attribution", x->o->quiet);
    status = brg_attribution_run(&r->attribution, x->timeline, &x->config, x->image, infidelity,
                                 &options);
    brg_bar_end(&bar);
    r->have_attribution = status == BRG_OK;
    return status;
}

static int run_program(session *x) {
    brg_timeline *without = NULL;
    brg_result *r = &x->result;
    int status = brg_timeline_without(&without, x->timeline, ALL_CAUSES);
    if (!status) status = brg_workload_run(x->workload, x->timeline, &r->program_counts, x->diag);
    if (!status)
        status = brg_workload_run(x->workload, without, &r->program_counts_without_stalls, x->diag);
    brg_timeline_destroy(&without);
    return status;
}

static int run_quantum(session *x) {
    brg_result *r = &x->result;
    const double start = brg_seconds();
    int status = BRG_OK;
    if (x->qec) brg_run_qec_count(x->qec, true);
    if (x->s->engine == BRG_ENGINE_DENSITY) {
        status = run_density(x, x->timeline, "density", &r->fidelity);
    } else if (x->s->method == BRG_METHOD_REPLAY) {
        status = run_replay(x, x->timeline, "replay", &r->fidelity);
    } else if (x->s->method == BRG_METHOD_LOCKSTEP) {
        status = run_lockstep(x, &r->fidelity);
    }
    if (x->qec) {
        brg_run_qec_count(x->qec, false);
        r->logical = brg_run_qec_counts(x->qec);
        r->have_logical =
            x->s->method != BRG_METHOD_FIRST_ORDER && x->s->engine != BRG_ENGINE_DENSITY;
        if (!status) status = brg_run_qec_status(x->qec);
    }
    if (status == BRG_EHARDWARE) return hardware_failed(x);
    if (status && x->platform && *brg_platform_error(x->platform))
        return fail(BRG_EXIT_FAILED, "the run failed: %s", brg_platform_error(x->platform));
    if (status == BRG_ENOMEM)
        return fail(BRG_EXIT_FAILED,
                    "the state engine failed: a trajectory needs more than %" PRIu64
                    " branches, which is what fits into the free memory: noise keeps bus bits in "
                    "superposition; kept: nothing; try a smaller word_width or address_width, "
                    "three_level routers or fewer --jobs",
                    x->config.most_branches);
    if (status) return fail_status("the state engine", status);
    r->quantum_s = brg_seconds() - start;
    r->have_fidelity = x->s->method != BRG_METHOD_FIRST_ORDER;
    r->have_outcomes = r->have_fidelity && x->s->engine != BRG_ENGINE_DENSITY;
    double mark = brg_seconds();
    if (r->have_fidelity && (status = run_without_stalls(x)))
        return fail_status("the run without stalls", status);
    r->without_stalls_s = brg_seconds() - mark;
    mark = brg_seconds();
    if ((status = run_filtration(x))) return fail_status("the post-selection", status);
    r->filtration_s = brg_seconds() - mark;
    mark = brg_seconds();
    if ((status = run_first_order(x))) return fail_status("the first order", status);
    r->first_order_s = brg_seconds() - mark;
    if (x->s->method == BRG_METHOD_FIRST_ORDER) r->quantum_s = r->first_order_s;
    mark = brg_seconds();
    if ((status = run_attribution(x))) return fail_status("the attribution", status);
    r->attribution_s = brg_seconds() - mark;
    mark = brg_seconds();
    if (x->workload && (status = run_program(x))) return input_status(x, "the program", status);
    r->program_s = brg_seconds() - mark;
    return BRG_EXIT_DONE;
}

/* --- waves --- */

/* Expected infidelity after each slice, from 0 at the start of each query; NULL when the run found
 * none. */
static double *running_infidelity(const session *x) {
    const brg_first_order *f = &x->result.first_order;
    const brg_attribution *a = &x->result.attribution;
    if (!x->result.have_first_order) {
        const size_t bytes = brg_timeline_slices(x->timeline) * sizeof *a->running;
        double *copy = x->result.have_attribution && a->running ? malloc(bytes) : NULL;
        if (copy) memcpy(copy, a->running, bytes);
        return copy;
    }
    double *running = calloc(f->slices ? f->slices : 1, sizeof *running);
    double sum = 0;
    for (size_t i = 0; running && i < f->slices; i++) {
        if (brg_timeline_slice(x->timeline, i)->slice == 1) sum = 0;
        sum += brg_interval_total(&f->intervals[i]);
        running[i] = sum;
    }
    return running;
}

/* The part that a scenario adds to the plain controller decides, the rarest first. */
static brg_waves_kind waves_kind(const session *x, bool *machine) {
    brg_platform_config config;
    brg_scenario_platform(x->s, &config);
    *machine = brg_platform_is_machine(&config);
    if (config.qec.enabled) return BRG_WAVES_QEC;
    if (config.tiers.config) return BRG_WAVES_TIERS;
    if (config.pulse.enabled) return BRG_WAVES_PULSE;
    if (!*machine) return BRG_WAVES_QUERY;
    if (brg_pages(&x->s->qram) > 1) return BRG_WAVES_PAGED;
    return config.dram.enabled && !config.cache.enabled ? BRG_WAVES_DRAM : BRG_WAVES_CACHE;
}

/* The query of the costliest event, or the first one; for what goes on in single clocks of the
 * memory, the surroundings of that event's wait. */
static void choose_window(const session *x, uint64_t origin, brg_waves_view *view) {
    const brg_attribution *costs = &x->result.attribution;
    const brg_stall_event *event =
        costs->top_count ? brg_timeline_event(x->timeline, costs->top[0].event) : NULL;
    size_t count = 0;
    const size_t first = brg_timeline_query(x->timeline, event ? event->query : 0, &count);
    const brg_slice *begin = brg_timeline_slice(x->timeline, first);
    const brg_slice *end = brg_timeline_slice(x->timeline, first + count - 1);
    uint64_t from = origin + begin->start_ps - brg_slice_wait_ps(begin);
    view->show_end_ps = origin + end->start_ps + end->duration_ps;
    if (event && (view->kind == BRG_WAVES_CACHE || view->kind == BRG_WAVES_DRAM)) {
        const brg_slice *slice = brg_timeline_slice(x->timeline, first + event->slice - 1);
        const uint64_t wait = brg_slice_wait_ps(slice), start = origin + slice->start_ps;
        if (start - wait > from + wait / 2) from = start - wait - wait / 2;
        if (start + wait < view->show_end_ps) view->show_end_ps = start + wait;
    }
    const uint64_t margin = (view->show_end_ps - from) / 32;
    view->show_begin_ps = from > margin ? from - margin : 0;
}

/* Where the waves are worth looking at, from the timeline of the run without waves. */
static brg_waves_view view_of(const session *x, uint64_t first_slice_ps) {
    const size_t count = brg_timeline_slices(x->timeline);
    const brg_attribution *costs = &x->result.attribution;
    brg_waves_view view = {.layers = x->config.qram.address_width};
    view.kind = waves_kind(x, &view.machine);
    uint64_t longest = 0;
    if (!count) return view;
    /* Wave time less timeline time; every slice starts at or after its waits. */
    const brg_slice *first = brg_timeline_slice(x->timeline, 0);
    const uint64_t origin = first_slice_ps - first->start_ps;
    view.first_ps = view.wait_begin_ps = view.wait_end_ps =
        origin + first->start_ps - brg_slice_wait_ps(first);
    for (size_t i = 0; i < count; i++) {
        const brg_slice *slice = brg_timeline_slice(x->timeline, i);
        const uint64_t wait = brg_slice_wait_ps(slice);
        if (wait > longest) {
            longest = wait;
            view.wait_end_ps = origin + slice->start_ps;
            view.wait_begin_ps = view.wait_end_ps - wait;
        }
        view.last_ps = origin + slice->start_ps + slice->duration_ps;
    }
    for (size_t i = 0; i < costs->top_count && i < BRG_WAVES_EVENTS; i++) {
        const brg_stall_event *event = brg_timeline_event(x->timeline, costs->top[i].event);
        brg_waves_event *marked = &view.events[view.event_count++];
        char what[64];
        marked->start_ps = origin + event->start_ps;
        brg_event_describe(what, sizeof what, event->kind, event->detail);
        snprintf(marked->what, sizeof marked->what, "%.2g %s", costs->top[i].infidelity, what);
    }
    choose_window(x, origin, &view);
    return view;
}

static char *beside(const char *path) {
    const size_t size = strlen(path) + 5;
    char *temporary = malloc(size);
    if (temporary) snprintf(temporary, size, "%s.tmp", path);
    return temporary;
}

static int write_waves(session *x) {
    const char *folder = brg_run_folder(x->o);
    brg_trajectory *trajectory = NULL;
    brg_platform_counters counters;
    char *path = in_folder(folder, "waves.fst");
    char *target = path ? brg_output_target(path) : NULL,
         *temporary = target ? beside(target) : NULL;
    double *running = running_infidelity(x);
    brg_outcome *outcomes = calloc(x->s->queries, sizeof *outcomes);
    int status = target && temporary && outcomes ? BRG_OK : BRG_ENOMEM;
    if (status == BRG_OK) status = brg_trajectory_new(&trajectory, &x->config, 0);
    if (x->qec) brg_run_qec_follow(x->qec, brg_platform_logical(x->platform));
    brg_bar_start(&x->rtl_bar, "waves", x->o->quiet);
    if (status == BRG_OK)
        status = brg_platform_run(x->platform, NULL, trajectory, 0, x->image, outcomes, NULL,
                                  &counters, temporary, running);
    end_rtl_bar(x);
    if (x->qec) brg_run_qec_follow(x->qec, NULL);
    if (status == BRG_OK && rename(temporary, target)) status = BRG_EIO;
    if (status) remove(temporary ? temporary : "");
    free(target);
    brg_trajectory_destroy(&trajectory);
    free(outcomes);
    free(running);
    free(temporary);
    if (status == BRG_EHARDWARE) {
        free(path);
        return hardware_failed(x);
    }
    if (status == BRG_OK) {
        const brg_waves_view view = view_of(x, counters.first_slice_ps);
        status = brg_waves_write_saves(folder, &view);
    }
    if (status) {
        free(path);
        return fail_status("writing the waves", status);
    }
    note_file(x, path);
    return BRG_EXIT_DONE;
}

/* --- results --- */

static int write_text(session *x, char *path, const char *text) {
    if (!path || !text) {
        free(path);
        return fail_status("writing", BRG_ENOMEM);
    }
    const int status = brg_write_file(path, text, strlen(text));
    if (status) {
        fail(BRG_EXIT_FAILED, "%s cannot be written: %s", path, strerror(errno));
        free(path);
        return BRG_EXIT_FAILED;
    }
    note_file(x, path);
    return BRG_EXIT_DONE;
}

static int write_json(session *x) {
    const brg_run_options *o = x->o;
    int code = BRG_EXIT_DONE;
    if (!o->json && !o->out_dir) return code;
    json_t *json = brg_result_json(&x->result);
    char *text = json ? brg_json_text(json) : NULL;
    json_decref(json);
    if (!text) return fail_status("writing the JSON", BRG_ENOMEM);
    if (o->out_dir) code = write_text(x, in_folder(o->out_dir, "result.json"), text);
    if (code == BRG_EXIT_DONE && o->json && strcmp(o->json, "-"))
        code = write_text(x, strdup(o->json), text);
    if (code == BRG_EXIT_DONE && o->json && strcmp(o->json, "-") == 0)
        if (fputs(text, x->out) < 0 || fflush(x->out))
            code = fail(BRG_EXIT_FAILED, "stdout cannot be written: %s", strerror(errno));
    free(text);
    return code;
}

static int write_report(session *x) {
    const brg_run_options *o = x->o;
    char *text = NULL;
    size_t length = 0;
    int code = BRG_EXIT_DONE;
    if (o->out_dir) note_file(x, in_folder(o->out_dir, "report.txt"));
    FILE *memory = open_memstream(&text, &length);
    if (memory) brg_report_print(&x->result, (const char *const *)x->files, memory);
    if (!memory || fclose(memory)) return fail_status("the report", BRG_ENOMEM);
    if (o->out_dir) {
        char *path = x->files[--x->file_count];
        x->files[x->file_count] = NULL;
        code = write_text(x, path, text);
    }
    if (code == BRG_EXIT_DONE && !o->quiet && !(o->json && strcmp(o->json, "-") == 0))
        if (fputs(text, x->out) < 0 || fflush(x->out))
            code = fail(BRG_EXIT_FAILED, "stdout cannot be written: %s", strerror(errno));
    free(text);
    return code;
}

static int run_all(session *x) {
    const double start = brg_seconds();
    int code = prepare(x);
    if (code) return code;
    const char *folder = brg_run_folder(x->o);
    if (folder && brg_make_folder(folder))
        return fail(BRG_EXIT_FAILED, "%s cannot be made: %s", folder, strerror(errno));
    x->result.setup_s = brg_seconds() - start;
    if (x->o->from_timeline) {
        x->result.timeline = x->timeline;
        const int status = brg_result_count(&x->result);
        if (status) return fail_status("counting", status);
    } else if ((code = run_rtl(x))) {
        return code;
    }
    if ((code = run_quantum(x))) return code;
    if (x->o->waves && (code = write_waves(x))) return code;
    if ((code = write_timeline(x))) return code;
    if ((code = write_json(x))) return code;
    return write_report(x);
}

FILE *brg_take_stdout(void) {
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    if (kept < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return NULL;
    return fdopen(kept, "w");
}

void brg_give_stdout_back(FILE *out) {
    fflush(stdout);
    dup2(fileno(out), STDOUT_FILENO);
    fclose(out);
}

int brg_run(const brg_scenario *scenario, const brg_run_options *options) {
    session x = {.s = scenario, .o = options};
    if (brg_diag_new(&x.diag)) return fail_status("the run", BRG_ENOMEM);
    if (!(x.out = brg_take_stdout())) {
        brg_diag_destroy(&x.diag);
        return fail_status("opening stdout", BRG_EIO);
    }
    const int code = run_all(&x);
    brg_give_stdout_back(x.out);
    brg_platform_destroy(&x.platform);
    brg_result_clear(&x.result);
    brg_timeline_destroy(&x.timeline);
    brg_program_destroy(&x.program);
    brg_workload_destroy(&x.workload);
    brg_run_qec_destroy(&x.qec);
    brg_planes_destroy(&x.image);
    brg_diag_destroy(&x.diag);
    for (size_t i = 0; i < x.file_count; i++) free(x.files[i]);
    return code;
}
