/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade qec threshold`: sweeps distances and rates, fits the threshold, tells how fast larger
 * codes win below it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testbench/command_qec.h"
#include "testbench/json.h"
#include "testbench/options.h"
#include "testbench/qec_campaign.h"
#include "testbench/qec_plot.h"
#include "testbench/qec_source.h"
#include "testbench/run.h"

enum {
    MOST_DECODERS = 3,
    WINDOW_POINTS = 9,
    SCAN_SHOTS = 4096,
    FIT_RATES = 6,
    MOST_WINDOWS = 3 /* a window that the threshold lies at the edge of is moved this often */
};
static const double window = 0.1, /* half width of the grid, relative */
    fit_window = 0.12;            /* points farther from the crossing are not fitted */

typedef struct result {
    brg_decoder_kind decoder;
    brg_qec_point
        *points; /* owned; every d and p that was collected to the end, rising d, then p */
    size_t count, room;
    bool fitted, refitted;
    brg_qec_fit fit, without_smallest;
} result;

typedef struct search {
    brg_qec_source source;
    char **decoders;
    char *max_shots, *max_errors, *processes, *save, *json, *plot;
    long long seed;
    int quiet;
    result results[MOST_DECODERS];
    size_t result_count;
    brg_qec_campaign campaign;
} search;

static int give(char **text, const char *fallback) {
    if (*text) return BRG_OK;
    *text = strdup(fallback);
    return *text ? BRG_OK : BRG_ENOMEM;
}

static int give_list(char ***list, const char *fallback) {
    if (*list) return BRG_OK;
    *list = calloc(2, sizeof **list);
    if (!*list) return BRG_ENOMEM;
    return give(&(*list)[0], fallback);
}

/* What is not said. */
static int fill(search *s) {
    int status = give(&s->source.code, "surface_code");
    const bool surface = !status && strcmp(s->source.code, "surface_code") == 0;
    if (!status) status = give(&s->source.task, surface ? "rotated_memory_z" : "memory");
    /* One round is cheap, and its curves move longer with the distance before they meet. */
    const bool cheap = !status && s->source.noise && strcmp(s->source.noise, "code_capacity") == 0;
    if (!status) status = give_list(&s->source.distance, cheap ? "9,13,17,21" : "5,7,9,11");
    if (!status) status = give(&s->max_shots, "100000");
    if (!status) status = give(&s->max_errors, "10000");
    if (!status) status = give_list(&s->decoders, "exact,union_find");
    return status;
}

static int take_decoders(search *s, brg_diag *diag) {
    int status = BRG_OK;
    for (char **text = s->decoders; *text; text++) {
        const char *p = *text;
        do {
            char name[32];
            brg_decoder_kind kind;
            bool twice = false;
            const size_t length = strcspn(p, ",");
            snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), p);
            if (brg_qec_find_decoder(&kind, name, diag)) {
                status = BRG_EINPUT;
            } else {
                for (size_t i = 0; i < s->result_count; i++)
                    twice = twice || s->results[i].decoder == kind;
                if (!twice) s->results[s->result_count++].decoder = kind;
            }
            p += length;
        } while (*p++ == ',');
    }
    return status;
}

static int compare_distance(const void *x, const void *y) {
    const uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

static int check(search *s, brg_diag *diag) {
    brg_qec_source *source = &s->source;
    brg_qec_campaign *c = &s->campaign;
    uint64_t threads = 0;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int status = brg_qec_source_check(source, NULL, true, diag);
    if (take_decoders(s, diag)) status = BRG_EINPUT;
    if (brg_qec_integer(&c->max_shots, "--max_shots", s->max_shots, 1, INT64_MAX, diag) |
        brg_qec_integer(&c->max_errors, "--max_errors", s->max_errors, 1, INT64_MAX, diag))
        status = BRG_EINPUT;
    if (s->seed < 0) {
        brg_diag_add(diag, "--seed", 0, 0, NULL,
                     "%lld is out of range, accepted: 0..9223372036854775807", s->seed);
        status = BRG_EINPUT;
    }
    if (s->processes && strcmp(s->processes, "auto")) {
        if (brg_qec_integer(&threads, "--processes", s->processes, 1, BRG_QEC_MOST_THREADS, diag))
            status = BRG_EINPUT;
    } else {
        threads = processors < 1 ? 1 : (uint64_t)processors;
    }
    if (source->after_clifford || source->before_measure || source->after_reset ||
        source->before_round) {
        brg_diag_add(diag, "--p", 0, 0, NULL,
                     "probabilities of single places are given, accepted: --p, which sets all");
        status = BRG_EINPUT;
    }
    c->threads = (int)threads;
    c->seed = (uint64_t)s->seed;
    c->quiet = s->quiet != 0;
    c->save = s->save;
    if (s->save && brg_run_check_output("--save_resume_filepath", s->save, diag))
        status = BRG_EINPUT;
    if (s->json && brg_run_check_output("--json", s->json, diag)) status = BRG_EINPUT;
    if (s->plot &&
        (brg_run_check_output("--plot", s->plot, diag) || brg_qec_plot_check("--plot", diag)))
        status = BRG_EINPUT;
    if (brg_run_check_apart("--plot", s->plot, s->json, "as --json does", diag) |
        brg_run_check_apart("--plot", s->plot, s->save, "as --save_resume_filepath does", diag) |
        brg_run_check_apart("--json", s->json, s->save, "as --save_resume_filepath does", diag))
        status = BRG_EINPUT;
    if (status) return status;
    qsort(source->distances, source->distance_count, sizeof *source->distances, compare_distance);
    size_t kept = 1;
    for (size_t i = 1; i < source->distance_count; i++)
        if (source->distances[i] != source->distances[kept - 1])
            source->distances[kept++] = source->distances[i];
    source->distance_count = kept;
    if (kept < 2) {
        brg_diag_add(diag, "--distance", 0, 0, NULL, "one distance, accepted: at least two");
        return BRG_EINPUT;
    }
    for (size_t i = 0; i < source->rate_count && source->p; i++) {
        if (source->rates[i] > 0 && source->rates[i] < 0.5) continue;
        brg_diag_add(diag, "--p", 0, 0, NULL, "%g is out of range, accepted: above 0, below 0.5",
                     source->rates[i]);
        return BRG_EINPUT;
    }
    return BRG_OK;
}

/* Collects one point with the decoder of a result. */
static int measure(brg_qec_point *to, search *s, const result *r, uint32_t distance, double p,
                   size_t share, size_t shares, brg_diag *diag) {
    brg_qec_source one = s->source;
    char given[] = "", *rate[] = {given, NULL}; /* only that --p was given matters from here on */
    brg_circuit *circuit = NULL;
    brg_qec_task *task = NULL;
    json_t *metadata = NULL;
    one.p = rate;
    one.distances[0] = distance;
    one.rates[0] = p;
    one.distance_count = one.rate_count = 1;
    int status = brg_qec_source_get(&circuit, &metadata, NULL, &one, 0, diag);
    const json_int_t rounds = json_integer_value(json_object_get(metadata, "r"));
    if (!status) status = brg_qec_task_new(&task, circuit, r->decoder, metadata, "--code", diag);
    if (!status) status = brg_qec_campaign_run(&s->campaign, task, NULL, share, shares, diag);
    if (!status) {
        const brg_qec_row *row = brg_qec_table_find(&s->campaign.have, task->strong_id);
        *to = (brg_qec_point){distance, (uint64_t)rounds, p, row ? row->shots : 0,
                              row ? row->errors : 0};
    }
    brg_qec_task_destroy(&task);
    return status;
}

static int compare_point(const void *x, const void *y) {
    const brg_qec_point *a = x, *b = y;
    if (a->distance != b->distance) return a->distance < b->distance ? -1 : 1;
    return (a->p > b->p) - (a->p < b->p);
}

static const brg_qec_point *find(const result *r, uint32_t distance, double p) {
    for (size_t i = 0; i < r->count; i++)
        if (r->points[i].distance == distance && r->points[i].p == p) return &r->points[i];
    return NULL;
}

/* Every distance at the given rates, those that are there already left alone. */
static int sweep(search *s, result *r, const double *rates, size_t count, brg_diag *diag) {
    const size_t all = count * s->source.distance_count, had = r->count;
    int status = BRG_OK;
    if (r->count + all > r->room) {
        brg_qec_point *points = realloc(r->points, (r->count + all) * sizeof *points);
        if (!points) return BRG_ENOMEM;
        r->points = points;
        r->room = r->count + all;
    }
    for (size_t i = 0; i < all && !status; i++) {
        const uint32_t distance = s->source.distances[i / count];
        if (find(r, distance, rates[i % count])) continue;
        status = measure(&r->points[r->count], s, r, distance, rates[i % count], i, all, diag);
        if (!status) r->count++;
    }
    if (r->count > had) qsort(r->points, r->count, sizeof *r->points, compare_point);
    return status;
}

/* Three digits are enough for a grid, and read well. */
static double rounded(double p) {
    const double unit = pow(10, floor(log10(p)) - 3);
    return round(p / unit) * unit;
}

/* Whether the largest code is a worse one than the smallest at p: quick, by a few shots. */
static int is_above(bool *above, search *s, result *r, double p, brg_diag *diag) {
    const uint64_t shots = s->campaign.max_shots;
    const size_t last = s->source.distance_count - 1;
    brg_qec_point a, b;
    if (s->campaign.max_shots > SCAN_SHOTS) s->campaign.max_shots = SCAN_SHOTS;
    int status = measure(&a, s, r, s->source.distances[0], p, 0, 2, diag);
    if (!status) status = measure(&b, s, r, s->source.distances[last], p, 1, 2, diag);
    s->campaign.max_shots = shots;
    if (status) return status;
    const brg_qec_value low = brg_qec_rate(&a), high = brg_qec_rate(&b);
    /* Far below the threshold both are a few errors in either order. */
    *above = high.value - low.value > 2 * hypot(low.error, high.error);
    return BRG_OK;
}

/* The rate where the smallest and the largest code meet, to about 5 %: up by doubling, so that the
 * decoder never sees far more events than at the threshold, then down by bisection. 0: none below
 * 0.4. */
static int bracket(double *centre, search *s, result *r, brg_diag *diag) {
    double low = 0.0004, high = low;
    bool above = false;
    int status = BRG_OK;
    while (!status && !above && high < 0.4) {
        low = high;
        high = fmin(2 * high, 0.4);
        status = is_above(&above, s, r, rounded(high), diag);
    }
    *centre = 0;
    if (status || !above) return status;
    for (int i = 0; i < 4 && !status; i++) {
        const double middle = rounded(sqrt(low * high));
        status = is_above(&above, s, r, middle, diag);
        if (above)
            high = middle;
        else
            low = middle;
    }
    *centre = sqrt(low * high);
    return status;
}

/* Distinct rates of a result, rising; the next after `after`, or infinity. */
static double next_rate(const result *r, double after) {
    double best = INFINITY;
    for (size_t i = 0; i < r->count; i++)
        if (r->points[i].p > after && r->points[i].p < best) best = r->points[i].p;
    return best;
}

/* How far the largest code is the worse one at a rate, in standard errors; 0 when unknown. */
static double order_at(const search *s, const result *r, double p) {
    const brg_qec_point *low = find(r, s->source.distances[0], p);
    const brg_qec_point *high = find(r, s->source.distances[s->source.distance_count - 1], p);
    if (!low || !high) return 0;
    const brg_qec_value a = brg_qec_rate(low), b = brg_qec_rate(high);
    return (b.value - a.value) / hypot(a.error, b.error);
}

/* Between which rates the curves of the smallest and the largest distance change order: the split
 * that the most standard errors speak for, so that a point in the wrong order does not decide.
 * 0: found, -1: the larger code is better everywhere, 1: worse everywhere. */
static int first_crossing(double *at, const search *s, const result *r) {
    double below = 0, best = 0, left = 0;
    int where = 1;
    for (double p = next_rate(r, 0); isfinite(p); p = next_rate(r, p)) {
        below -= 2 * order_at(s, r, p);
        if (below <= best) continue;
        best = below;
        left = p;
        where = isfinite(next_rate(r, p)) ? 0 : -1;
    }
    if (where == 0) *at = (left + next_rate(r, left)) / 2;
    return where;
}

/* Half width around a crossing that points are fitted in: wider where the grid is so coarse that
 * few rates would be left. */
static double fit_width(const result *r, double centre) {
    double width = fit_window;
    for (int round = 0; round < 4; round++, width *= 1.3) {
        int rates = 0;
        for (double p = next_rate(r, 0); isfinite(p); p = next_rate(r, p))
            rates += fabs(p / centre - 1) <= width;
        if (rates >= FIT_RATES) break;
    }
    return width;
}

static int fit(const search *s, result *r) {
    double start;
    r->fitted = r->refitted = false;
    if (first_crossing(&start, s, r)) return BRG_OK;
    brg_qec_point *near = calloc(r->count, sizeof *near);
    size_t count = 0, larger = 0;
    if (!near) return BRG_ENOMEM;
    const double width = fit_width(r, start);
    for (size_t i = 0; i < r->count; i++)
        if (fabs(r->points[i].p / start - 1) <= width) near[count++] = r->points[i];
    r->fitted = brg_qec_fit_threshold(&r->fit, near, count, start);
    while (larger < count && near[larger].distance == s->source.distances[0]) larger++;
    if (r->fitted)
        r->refitted = brg_qec_fit_threshold(&r->without_smallest, near + larger, count - larger,
                                            r->fit.threshold.value);
    free(near);
    return BRG_OK;
}

static int find_threshold(search *s, result *r, brg_diag *diag) {
    if (s->source.p) {
        const int status = sweep(s, r, s->source.rates, s->source.rate_count, diag);
        return status ? status : fit(s, r);
    }
    double centre = 0;
    int status = bracket(&centre, s, r, diag);
    for (int i = 0; i < MOST_WINDOWS && !status && centre > 0; i++) {
        double rates[WINDOW_POINTS];
        for (int k = 0; k < WINDOW_POINTS; k++)
            rates[k] = rounded(centre * (1 + window * (2.0 * k / (WINDOW_POINTS - 1) - 1)));
        status = sweep(s, r, rates, WINDOW_POINTS, diag);
        if (!status) status = fit(s, r);
        double at = 0;
        const int where = first_crossing(&at, s, r);
        if (r->fitted) at = r->fit.threshold.value;
        if (!r->fitted && where) at = centre * (1 - 1.5 * window * where);
        if (fabs(at / centre - 1) <= window / 2) break;
        centre = at;
    }
    return status;
}

static json_t *value_json(brg_qec_value v) {
    return json_pack("{s:o, s:o}", "value", brg_json_real(v.value), "stderr",
                     brg_json_real(v.error));
}

static json_t *fit_json(const brg_qec_fit *f) {
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:o}", "threshold", value_json(f->threshold), "nu",
        value_json(f->nu), "chi2", brg_json_real(f->chi2), "points", (json_int_t)f->points,
        "degrees_of_freedom", (json_int_t)f->freedom, "terms",
        json_pack("[o, o, o, o]", brg_json_real(f->terms[0]), brg_json_real(f->terms[1]),
                  brg_json_real(f->terms[2]), brg_json_real(f->terms[3])));
}

static bool is_below(const result *r, double p) {
    return !r->fitted || p < r->fit.threshold.value;
}

static json_t *result_json(const search *s, const result *r) {
    json_t *points = json_array(), *crossings = json_array(), *lambdas = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const brg_qec_point *p = &r->points[i];
        double low, high;
        brg_qec_interval(&low, &high, p->shots, p->errors);
        json_array_append_new(
            points,
            json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "d", (json_int_t)p->distance,
                      "rounds", (json_int_t)p->rounds, "p", brg_json_real(p->p), "shots",
                      brg_json_count(p->shots), "errors", brg_json_count(p->errors), "rate",
                      value_json(brg_qec_rate(p)), "interval_95",
                      json_pack("[o, o]", brg_json_real(low), brg_json_real(high)),
                      "rate_per_round", value_json(brg_qec_rate_per_round(p))));
    }
    for (size_t i = 0; i + 1 < s->source.distance_count; i++) {
        const uint32_t a = s->source.distances[i], b = s->source.distances[i + 1];
        brg_qec_value at;
        if (brg_qec_crossing(&at, r->points, r->count, a, b))
            json_array_append_new(crossings, json_pack("{s:[I, I], s:o}", "d", (json_int_t)a,
                                                       (json_int_t)b, "p", value_json(at)));
    }
    for (double p = next_rate(r, 0); isfinite(p) && is_below(r, p); p = next_rate(r, p)) {
        brg_qec_value lambda;
        if (brg_qec_lambda(&lambda, r->points, r->count, p))
            json_array_append_new(lambdas, json_pack("{s:o, s:o}", "p", brg_json_real(p), "lambda",
                                                     value_json(lambda)));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "decoder", brg_decoder_name(r->decoder),
                     "fit", r->fitted ? fit_json(&r->fit) : json_null(), "fit_without_smallest",
                     r->refitted ? fit_json(&r->without_smallest) : json_null(), "crossings",
                     crossings, "lambda", lambdas, "points", points);
}

static int write_json(const search *s) {
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:[]}", "schema", "brigade.qec_threshold/1",
                          "code", s->source.code, "task", s->source.task, "noise",
                          s->source.noise ? s->source.noise : "circuit", "seed",
                          (json_int_t)s->seed, "results");
    for (size_t i = 0; i < s->result_count; i++)
        json_array_append_new(json_object_get(j, "results"), result_json(s, &s->results[i]));
    char *text = j ? brg_json_text(j) : NULL;
    json_decref(j);
    if (!text) return BRG_ENOMEM;
    int status = BRG_OK;
    if (strcmp(s->json, "-") == 0)
        status = fputs(text, stdout) < 0 || fflush(stdout) ? BRG_EIO : BRG_OK;
    else
        status = brg_write_file(s->json, text, strlen(text));
    free(text);
    return status;
}

static void print_result(const search *s, const result *r) {
    const uint32_t *d = s->source.distances;
    printf("\n%s\n", brg_decoder_name(r->decoder));
    if (r->fitted) {
        printf("  threshold      %.4f %% +- %.4f %%   nu %.2f +- %.2f   chi2 %.1f for %zu\n",
               100 * r->fit.threshold.value, 100 * r->fit.threshold.error, r->fit.nu.value,
               r->fit.nu.error, r->fit.chi2, r->fit.freedom);
        if (r->refitted)
            printf("  without d = %-2u %.4f %% +- %.4f %%\n", d[0],
                   100 * r->without_smallest.threshold.value,
                   100 * r->without_smallest.threshold.error);
    } else if (r->count) {
        printf("  no threshold: no fit between p = %g and %g\n", next_rate(r, 0),
               r->points[r->count - 1].p);
    } else {
        printf("  no threshold below p = 0.4\n");
    }
    for (size_t i = 0; i + 1 < s->source.distance_count; i++) {
        brg_qec_value at;
        if (brg_qec_crossing(&at, r->points, r->count, d[i], d[i + 1]))
            printf("  d = %2u and %2u   %.4f %% +- %.4f %%\n", d[i], d[i + 1], 100 * at.value,
                   100 * at.error);
    }
    printf("  %-10s %-16s", "p", "lambda");
    for (size_t i = 0; i < s->source.distance_count; i++) printf(" d = %-9u", d[i]);
    printf("(errors per round)\n");
    for (double p = next_rate(r, 0); isfinite(p); p = next_rate(r, p)) {
        brg_qec_value lambda;
        char text[40] = "-";
        if (is_below(r, p) && brg_qec_lambda(&lambda, r->points, r->count, p))
            snprintf(text, sizeof text, "%.3f +- %.3f", lambda.value, lambda.error);
        printf("  %-10g %-16s", p, text);
        for (size_t i = 0; i < s->source.distance_count; i++) {
            const brg_qec_point *point = find(r, d[i], p);
            if (point)
                printf(" %-13.4g", brg_qec_rate_per_round(point).value);
            else
                printf(" %-13s", "-");
        }
        printf("\n");
    }
}

static int write_plot(const search *s) {
    enum { MOST = MOST_DECODERS * BRG_QEC_LIST };
    brg_qec_curve *curves = calloc(MOST, sizeof *curves);
    char(*names)[48] = calloc(MOST + MOST_DECODERS, sizeof *names);
    brg_qec_marker markers[MOST_DECODERS];
    size_t count = 0, marker_count = 0;
    if (!curves || !names) {
        free(curves);
        free(names);
        return BRG_ENOMEM;
    }
    for (size_t i = 0; i < s->result_count; i++) {
        const result *r = &s->results[i];
        const char *decoder = brg_decoder_name(r->decoder);
        for (size_t k = 0; k < r->count; k++) {
            if (!k || r->points[k].distance != r->points[k - 1].distance) {
                snprintf(names[count], sizeof *names, "%s d = %u", decoder, r->points[k].distance);
                curves[count] = (brg_qec_curve){names[count], &r->points[k], 0};
                count++;
            }
            curves[count - 1].count++;
        }
        if (r->fitted) {
            char *name = names[MOST + i];
            snprintf(name, sizeof *names, "%s %.3f %%", decoder, 100 * r->fit.threshold.value);
            markers[marker_count++] = (brg_qec_marker){name, r->fit.threshold.value};
        }
    }
    char title[200];
    snprintf(title, sizeof title, "%s %s, %s noise", s->source.code, s->source.task,
             s->source.noise ? s->source.noise : "circuit");
    const int status =
        count ? brg_qec_plot_write(s->plot, title, curves, count, markers, marker_count) : BRG_OK;
    free(curves);
    free(names);
    return status;
}

static void clear(search *s) {
    brg_qec_campaign_close(&s->campaign);
    for (size_t i = 0; i < s->result_count; i++) free(s->results[i].points);
    brg_qec_source_clear(&s->source);
    brg_qec_free_texts(s->decoders);
    free(s->max_shots);
    free(s->max_errors);
    free(s->processes);
    free(s->save);
    free(s->json);
    free(s->plot);
}

static int run(search *s, brg_diag *diag) {
    int status = BRG_OK;
    for (size_t i = 0; i < s->result_count && !status; i++)
        status = find_threshold(s, &s->results[i], diag);
    if (status) return status;
    if (!s->json || strcmp(s->json, "-")) {
        printf("%s %s, %s noise\n", s->source.code, s->source.task,
               s->source.noise ? s->source.noise : "circuit");
        for (size_t i = 0; i < s->result_count; i++) print_result(s, &s->results[i]);
        if (fflush(stdout)) return BRG_EIO;
    }
    if (s->json) status = write_json(s);
    if (!status && s->plot) status = write_plot(s);
    return status;
}

int brg_qec_threshold(int argc, const char **argv) {
    static const char *const lists[] = {"--decoders", "--distance", "--p", NULL};
    search s = {.seed = 1};
    const struct poptOption table[] = {
        BRG_QEC_GENERATOR_OPTIONS(s.source),
        {"decoders", 0, POPT_ARG_ARGV, &s.decoders, 0,
         "union_find, lookup, exact; default exact and union_find", "NAME..."},
        {"decoder", 0, POPT_ARG_ARGV, &s.decoders, 0, "the same", "NAME"},
        {"max_shots", 0, POPT_ARG_STRING, &s.max_shots, 0, "shots of a point, default 100000", "N"},
        {"max_errors", 0, POPT_ARG_STRING, &s.max_errors, 0, "errors of a point, default 10000",
         "N"},
        {"processes", 0, POPT_ARG_STRING, &s.processes, 0, "threads, or auto (default)", "N"},
        {"seed", 0, POPT_ARG_LONGLONG, &s.seed, 0, "seed of every draw, default 1", "S"},
        {"save_resume_filepath", 0, POPT_ARG_STRING, &s.save, 0,
         "add rows to this CSV; what it holds counts", "FILE"},
        {"json", 0, POPT_ARG_STRING, &s.json, 0, "write the result there, - for stdout", "FILE"},
        {"plot", 0, POPT_ARG_STRING, &s.plot, 0, "draw the points with error bars", "FILE.svg"},
        {"quiet", 'q', POPT_ARG_NONE, &s.quiet, 0, "no progress bar", NULL},
        POPT_TABLEEND};
    int count = 0;
    const char **args = brg_qec_expand(&count, argc, argv, lists);
    if (!args) return brg_qec_end(NULL, "qec threshold", "options", BRG_ENOMEM);
    int code = brg_options_read(count, args, table, "[OPTION...]", 0, NULL);
    if (code < 0) {
        brg_diag *diag = NULL;
        int status = brg_diag_new(&diag);
        if (!status) status = fill(&s);
        if (!status) status = check(&s, diag);
        if (!status) status = brg_qec_campaign_open(&s.campaign, NULL, diag);
        if (!status) status = run(&s, diag);
        code = brg_qec_end(diag, "qec threshold", "sweep", status);
        brg_diag_destroy(&diag);
    }
    clear(&s);
    free(args);
    return code;
}
