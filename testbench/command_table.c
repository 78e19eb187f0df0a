/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade table memories`: memory architectures side by side, every number measured by running a
 * query on each of them. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "testbench/commands.h"
#include "testbench/json.h"
#include "testbench/options.h"
#include "testbench/report.h"
#include "testbench/run.h"
#include "testbench/scenario.h"
#include "testbench/share.h"

enum { ALL_CAUSES = (1 << BRG_CAUSE_COUNT) - 1, MOST_SETS = 64 };

/* What a row is: a memory in front of which a query waits, or the tree itself. */
typedef struct architecture {
    const char *name, *about;
    const char *sets[4]; /* over the scenario; NULL ends */
    uint32_t query;      /* which of the queries is looked at: a later one finds a warm cache */
    bool tree;           /* the tree itself: no waits */
} architecture;

static const architecture architectures[] = {
    {"classical RAM", "DDR4 controller and device", {"memory.near=ddr4"}, 0, false},
    {"QRAM", "the tree itself, its table at hand", {NULL}, 0, true},
    {"hybrid cache buffers",
     "set-associative cache before DDR4, second query",
     {"memory.near=ddr4", "memory.cache=set_associative"},
     1,
     false},
    {"edge memory",
     "pages staged from an edge server",
     {"memory.near=ddr4", "memory.tiers=edge"},
     0,
     false},
    {"cloud storage",
     "pages staged from an object store",
     {"memory.near=ddr4", "memory.tiers=cloud"},
     0,
     false}};
enum { ROWS = sizeof architectures / sizeof *architectures };

typedef struct row {
    double capacity_bytes;
    double latency_ns;   /* from the start of the query to its data, or of the query itself */
    double coherence_ns; /* T1 and Tphi together; of the qubits that wait */
    double fidelity;     /* the wait inside the tree, page_wait: fetch */
    double at_entry;     /* the wait before the tree, page_wait: entry */
    double without;      /* no wait */
} row;

/* Encoded cells keep the fraction (1 - 2 rate)^(t / round) of a coherence; of the weakest layer. */
static double encoded_coherence_ns(const brg_scenario *s) {
    double rate = 0;
    for (uint32_t l = 0; l < s->qram.address_width; l++)
        rate = fmax(rate, s->noise.encoded->layer_rate[l]);
    return -(double)s->noise.encoded->round_ps / 1000 / log1p(-2 * rate);
}

/* 1/T2 = 1/(2 T1) + 1/Tphi; infinite without either. */
static double coherence_ns(const brg_scenario *s) {
    if (s->noise.model == BRG_NOISE_ENCODED) return encoded_coherence_ns(s);
    const double t1 = s->noise.t1_ns, tphi = s->noise.tphi_ns;
    const double rate = (t1 > 0 ? 0.5 / t1 : 0) + (tphi > 0 ? 1 / tphi : 0);
    return rate > 0 ? 1 / rate : INFINITY;
}

static double capacity_bytes(const brg_scenario *s, const architecture *a) {
    const double table = ldexp((double)s->qram.word_width / 8, (int)brg_table_width(&s->qram));
    if (a->tree) return table;
    if (s->cache.enabled) return (double)s->cache.ways * s->cache.sets * s->cache.line_bytes;
    if (s->tiers.home != BRG_TIER_NEAR) return (double)s->tier[s->tiers.home].preset.capacity_bytes;
    return (double)brg_ddr4_capacity_bytes((uint8_t)s->dram.ranks);
}

/* The part of a query in which it waits for its data. */
static double waited_ns(const brg_timeline *t, uint32_t query) {
    size_t count = 0;
    const size_t first = brg_timeline_query(t, query, &count);
    uint64_t sum = 0;
    for (size_t i = first; i < first + count; i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        sum += s->wait_ps[BRG_CAUSE_MEMORY] + s->wait_ps[BRG_CAUSE_LATCH];
    }
    return (double)sum / 1000;
}

static double length_ns(const brg_timeline *t, uint32_t query) {
    size_t count = 0;
    const size_t first = brg_timeline_query(t, query, &count);
    uint64_t sum = 0;
    for (size_t i = first; i < first + count; i++) sum += brg_timeline_slice(t, i)->duration_ps;
    return (double)sum / 1000;
}

/* Runs the hardware once: the timeline with the waits where `page_wait` puts them. */
static int time_query(brg_timeline **out, const brg_scenario *s, uint32_t queries, char *why,
                      size_t size, brg_diag *diag) {
    brg_program *program = NULL;
    brg_planes *image = NULL;
    brg_platform *platform = NULL;
    brg_platform_config config;
    brg_platform_counters counters;
    *out = NULL;
    int status = brg_scenario_image(&image, s, diag);
    if (!status) status = brg_scenario_program(&program, s, diag);
    if (!status) {
        brg_scenario_platform(s, &config);
        config.program = program;
        config.image = image;
        config.queries = queries;
        config.diag = diag;
        status = brg_platform_new(&platform, &config);
    }
    if (!status)
        status = brg_platform_run(platform, out, NULL, 0, image, NULL, NULL, &counters, NULL, NULL);
    if (status && platform) snprintf(why, size, "%s", brg_platform_error(platform));
    brg_platform_destroy(&platform);
    brg_program_destroy(&program);
    brg_planes_destroy(&image);
    return status;
}

static int fidelity_of(double *mean, const brg_scenario *s, const brg_timeline *t, uint32_t query,
                       int jobs) {
    brg_run_config config;
    brg_planes *image = NULL;
    brg_replay_result result = {0};
    brg_scenario_run_config(s, &config);
    int status = brg_scenario_image(&image, s, NULL);
    if (!status) status = brg_replay(&result, t, &config, image, s->trajectories, jobs, NULL, NULL);
    if (!status) *mean = result.query_mean[query];
    brg_replay_result_clear(&result);
    brg_planes_destroy(&image);
    return status;
}

typedef struct request {
    const char *path;
    char **sets; /* NULL ends; or NULL */
    int jobs;
    char why[400];
} request;

static int load(brg_scenario **out, const request *q, const architecture *a, const char *page_wait,
                brg_diag *diag) {
    const char *sets[MOST_SETS];
    size_t count = 0;
    for (char **set = q->sets; set && *set; set++) {
        if (count + 6 > MOST_SETS) {
            brg_diag_add(diag, "--set", 0, 0, NULL, "given too often, accepted: at most %d times",
                         MOST_SETS - 6);
            return BRG_EINPUT;
        }
        sets[count++] = *set;
    }
    for (size_t i = 0; i < 4 && a->sets[i]; i++) sets[count++] = a->sets[i];
    sets[count++] = page_wait;
    return brg_scenario_load(out, q->path, sets, count, diag);
}

static int measure(row *r, request *q, const architecture *a, brg_diag *diag) {
    static const char *const waits[] = {"qram.page_wait=fetch", "qram.page_wait=entry"};
    int status = BRG_OK;
    for (int i = 0; i < 2 && !status; i++) {
        brg_scenario *s = NULL;
        brg_timeline *t = NULL, *without = NULL;
        status = load(&s, q, a, waits[i], diag);
        if (!status) status = time_query(&t, s, a->query + 1, q->why, sizeof q->why, diag);
        if (!status) status = brg_timeline_without(&without, t, ALL_CAUSES);
        const brg_timeline *seen = a->tree ? without : t;
        if (!status)
            status = fidelity_of(i ? &r->at_entry : &r->fidelity, s, seen, a->query, q->jobs);
        if (!status && i == 0) {
            status = fidelity_of(&r->without, s, without, a->query, q->jobs);
            r->capacity_bytes = capacity_bytes(s, a);
            r->coherence_ns = coherence_ns(s);
        }
        /* Before slice 1 nothing of the query hides the wait: this is the whole latency. */
        if (!status && i == 1)
            r->latency_ns = a->tree ? length_ns(t, a->query) : waited_ns(t, a->query);
        brg_timeline_destroy(&without);
        brg_timeline_destroy(&t);
        brg_scenario_destroy(&s);
    }
    return status;
}

/* What the measured cost allows: 1 % of fidelity is small beside the schedule's own errors. */
static const char *suitability(const row *r, const architecture *a) {
    if (a->tree) return "the query itself";
    if (r->without - r->fidelity < 0.01) return "feeds the tree in mid-query";
    if (r->without - r->at_entry < 0.01) return "wait at entry, qubits outside the tree";
    if (r->without - r->at_entry < 0.1) return "wait at entry, at a cost";
    return "stage ahead of the query";
}

static const char *bytes_text(double bytes, char *to, size_t size) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = 0;
    while (unit < 6 && bytes >= 1024) bytes /= 1024, unit++;
    snprintf(to, size, "%.3g %s", bytes, units[unit]);
    return to;
}

static void print_table(const row *rows, FILE *to) {
    fprintf(to,
            "| architecture | capacity | latency | coherence time | fidelity, waits in the tree "
            "| waits at entry | without | suitability |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (int i = 0; i < ROWS; i++) {
        char capacity[32], latency[32], coherence[32];
        const row *r = &rows[i];
        fprintf(to, "| %s (%s) | %s | %s | %s | %.4f | %.4f | %.4f | %s |\n", architectures[i].name,
                architectures[i].about, bytes_text(r->capacity_bytes, capacity, sizeof capacity),
                brg_time_text(r->latency_ns, latency, sizeof latency),
                brg_time_text(r->coherence_ns, coherence, sizeof coherence), r->fidelity,
                r->at_entry, r->without, suitability(r, &architectures[i]));
    }
}

static json_t *table_json(const row *rows, const char *scenario) {
    json_t *list = json_array();
    for (int i = 0; i < ROWS; i++) {
        const row *r = &rows[i];
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "architecture",
                      architectures[i].name, "about", architectures[i].about, "capacity_bytes",
                      brg_json_real(r->capacity_bytes), "latency_ns", brg_json_real(r->latency_ns),
                      "coherence_ns", brg_json_real(r->coherence_ns), "fidelity_waits_at_fetch",
                      brg_json_real(r->fidelity), "fidelity_waits_at_entry",
                      brg_json_real(r->at_entry), "fidelity_without_waits",
                      brg_json_real(r->without), "suitability", suitability(r, &architectures[i])));
    }
    return json_pack("{s:s, s:s, s:o}", "schema", "brigade.memories/1", "scenario", scenario,
                     "memories", list);
}

static int write_table(const row *rows, const char *scenario, const char *json, FILE *out) {
    if (!json || strcmp(json, "-")) print_table(rows, out);
    if (!json) return BRG_EXIT_DONE;
    json_t *j = table_json(rows, scenario);
    char *text = brg_json_text(j);
    json_decref(j);
    int code = BRG_EXIT_DONE;
    if (!text) {
        code = BRG_EXIT_FAILED;
    } else if (strcmp(json, "-") == 0) {
        fputs(text, out);
    } else if (brg_write_file(json, text, strlen(text))) {
        fprintf(stderr, "brigade table: %s cannot be written: %s\n", json, strerror(errno));
        code = BRG_EXIT_FAILED;
    }
    free(text);
    return code;
}

static int make_table(request *q, const char *json, FILE *out) {
    row rows[ROWS] = {{0}};
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag)) return BRG_EXIT_FAILED;
    int code = BRG_EXIT_DONE;
    if (brg_run_check_output("--json", json, diag)) code = BRG_EXIT_INPUT;
    for (int i = 0; i < ROWS && code == BRG_EXIT_DONE; i++) {
        const int status = measure(&rows[i], q, &architectures[i], diag);
        if (!status) continue;
        if (brg_diag_count(diag)) {
            code = BRG_EXIT_INPUT;
        } else {
            fprintf(stderr, "brigade table: %s failed: %s\n", architectures[i].name,
                    *q->why ? q->why : brg_strerror(status));
            code = BRG_EXIT_FAILED;
        }
    }
    brg_diag_print(diag, stderr);
    brg_diag_destroy(&diag);
    return code == BRG_EXIT_DONE ? write_table(rows, q->path, json, out) : code;
}

int brg_command_table(int argc, const char **argv) {
    char *what = NULL, *scenario = NULL, *json = NULL, **sets = NULL;
    int jobs = 0;
    const struct poptOption table[] = {
        {"scenario", 's', POPT_ARG_STRING, &scenario, 0, "what is run on each, default memories",
         "SCENARIO"},
        {"set", 0, POPT_ARG_ARGV, &sets, 0, "set a key of that scenario", "KEY=VALUE"},
        {"json", 0, POPT_ARG_STRING, &json, 0, "write the table there, - for stdout alone", "FILE"},
        {"jobs", 'j', POPT_ARG_INT, &jobs, 0, "threads, 0 for one per processor", "N"},
        POPT_TABLEEND};
    int code = brg_options_read(argc, argv, table, "memories [OPTION...]", 1, &what);
    if (code < 0 && strcmp(what, "memories")) {
        fprintf(stderr, "brigade table: %s: not known, accepted: memories\n", what);
        code = BRG_EXIT_INPUT;
    }
    if (code < 0) {
        char path[4096];
        const brg_run_options options = {.jobs = jobs};
        brg_share_scenario(scenario ? scenario : "memories", path, sizeof path);
        request q = {.path = path, .sets = sets, .jobs = brg_run_jobs(&options)};
        FILE *out = brg_take_stdout();
        code = out ? make_table(&q, json, out) : BRG_EXIT_FAILED;
        if (out) brg_give_stdout_back(out);
    }
    for (char **set = sets; set && *set; set++) free(*set);
    free(sets);
    free(scenario);
    free(json);
    free(what);
    return code;
}
