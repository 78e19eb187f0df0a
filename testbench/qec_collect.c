/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of shots go to threads; their counts are added in the order of the batches, so that
 * where a run stops does not depend on who finished first. */
#include "testbench/qec_collect.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "testbench/progress.h"
#include "testbench/qec_source.h"

typedef struct worker {
    brg_sampler *sampler;
    brg_decoder *decoder;
    uint8_t *shots;
    uint64_t observed[BRG_SAMPLER_BATCH], decoded[BRG_SAMPLER_BATCH];
} worker;

struct brg_qec_collector {
    const brg_qec_task *task;
    worker *workers;
    int threads;
    size_t stride;
    uint64_t next_shot;
    double batch_s; /* a thread's time for a batch, lately; 0 when not known */
};

/* Text as sinter hashes it: no line end after the last line. */
static char *text_of(const void *thing, int (*write)(const void *, FILE *)) {
    char *text = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&text, &length);
    if (!to) return NULL;
    const int status = write(thing, to);
    if (fclose(to) || status) {
        free(text);
        return NULL;
    }
    while (length && text[length - 1] == '\n') text[--length] = '\0';
    return text;
}

static int write_circuit(const void *circuit, FILE *to) {
    return brg_circuit_write(circuit, to);
}

static int write_model(const void *model, FILE *to) {
    return brg_dem_write(model, to);
}

static int identify(brg_qec_task *t, const brg_dem *dem) {
    char *circuit = text_of(t->circuit, write_circuit), *model = text_of(dem, write_model);
    int status = circuit && model ? BRG_OK : BRG_ENOMEM;
    if (!status) {
        t->circuit_hash = brg_qec_text_hash(circuit);
        status = brg_qec_strong_id(t->strong_id, circuit, brg_decoder_name(t->decoder), model,
                                   t->metadata);
    }
    free(circuit);
    free(model);
    return status;
}

int brg_qec_task_new(brg_qec_task **out, brg_circuit *circuit, brg_decoder_kind decoder,
                     json_t *metadata, const char *file, brg_diag *diag) {
    brg_dem *dem = NULL;
    brg_qec_task *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t) {
        brg_circuit_destroy(&circuit);
        json_decref(metadata);
        return BRG_ENOMEM;
    }
    t->circuit = circuit;
    t->decoder = decoder;
    t->metadata = metadata;
    int status = metadata ? BRG_OK : BRG_ENOMEM;
    if (!status) status = brg_qec_model(&dem, circuit, true, file, diag);
    if (!status) status = brg_qec_graph(&t->graph, dem, file, diag);
    if (!status) status = identify(t, dem);
    brg_dem_destroy(&dem);
    if (status)
        brg_qec_task_destroy(&t);
    else
        *out = t;
    return status;
}

void brg_qec_task_destroy(brg_qec_task **task) {
    if (!*task) return;
    brg_circuit_destroy(&(*task)->circuit);
    brg_graph_destroy(&(*task)->graph);
    json_decref((*task)->metadata);
    free(*task);
    *task = NULL;
}

void brg_qec_collector_destroy(brg_qec_collector **collector) {
    brg_qec_collector *c = *collector;
    if (!c) return;
    for (int i = 0; i < c->threads && c->workers; i++) {
        brg_sampler_destroy(&c->workers[i].sampler);
        brg_decoder_destroy(&c->workers[i].decoder);
        free(c->workers[i].shots);
    }
    free(c->workers);
    free(c);
    *collector = NULL;
}

int brg_qec_collector_new(brg_qec_collector **out, const brg_qec_task *task, int threads,
                          uint64_t seed, uint64_t first_shot, brg_diag *diag) {
    *out = NULL;
    if (threads < 1 || threads > BRG_QEC_MOST_THREADS) return BRG_EINVAL;
    brg_qec_collector *c = calloc(1, sizeof *c);
    if (!c) return BRG_ENOMEM;
    c->task = task;
    c->threads = threads;
    c->next_shot = first_shot;
    c->stride = (size_t)(task->circuit->detectors + 7) / 8;
    c->workers = calloc((size_t)threads, sizeof *c->workers);
    int status = c->workers ? BRG_OK : BRG_ENOMEM;
    for (int i = 0; i < threads && !status; i++) {
        worker *w = &c->workers[i];
        w->shots = malloc(c->stride * BRG_SAMPLER_BATCH);
        if (!w->shots) status = BRG_ENOMEM;
        if (!status)
            status = brg_sampler_new(&w->sampler, task->circuit, seed ^ task->circuit_hash, diag);
        if (!status) status = brg_decoder_new(&w->decoder, task->decoder, task->graph);
        if (status == BRG_EINVAL) {
            brg_diag_add(diag, "--decoder", 0, 0, NULL,
                         "%s cannot take %u detectors, accepted: at most 24, or union_find, exact",
                         brg_decoder_name(task->decoder), task->graph->detectors);
            status = BRG_EINPUT;
        }
    }
    if (status)
        brg_qec_collector_destroy(&c);
    else
        *out = c;
    return status;
}

/* One batch, from its shot `first` on. */
static int run_batch(worker *w, const brg_qec_collector *c, uint64_t batch, size_t first,
                     size_t count, brg_qec_counts *counts) {
    const double start = brg_seconds();
    int status = brg_sampler_detections(w->sampler, batch, w->shots, c->stride, false, w->observed);
    if (status) return status;
    const uint8_t *shots = w->shots + first * c->stride;
    brg_decoder_decode_batch(w->decoder, shots, c->stride, count, w->decoded);
    status = brg_decoder_status(w->decoder);
    counts->shots = count;
    for (size_t i = 0; i < count; i++) counts->errors += w->decoded[i] != w->observed[first + i];
    for (size_t i = 0; i < count * c->stride; i++)
        counts->events += (uint64_t)__builtin_popcount(shots[i]);
    counts->seconds = brg_seconds() - start;
    return status;
}

/* How many batches to take together: not far beyond the end, and each thread has work. Results do
 * not depend on it. */
static size_t plan(const brg_qec_collector *c, uint64_t shots, uint64_t errors, double wall_s,
                   const brg_qec_counts *so_far) {
    const double threads = c->threads;
    double batches = (double)(shots / BRG_SAMPLER_BATCH + 2);
    const double known = c->batch_s > 0 ? wall_s * threads / c->batch_s : 4 * threads;
    if (batches > known) batches = known;
    if (so_far->errors) {
        const double each = (double)so_far->errors / (double)so_far->shots * BRG_SAMPLER_BATCH;
        const double need = (double)errors / each + 1;
        if (batches > need) batches = need;
    }
    if (batches < threads) batches = threads;
    if (batches > 65536) batches = 65536;
    return (size_t)batches;
}

static int run_batches(brg_qec_collector *c, uint64_t shots, size_t batches, brg_qec_counts *each) {
    const uint64_t from = c->next_shot, to = from + shots;
    const uint64_t first_batch = from / BRG_SAMPLER_BATCH;
    int failed = BRG_OK;
#pragma omp parallel for num_threads(c->threads) schedule(dynamic, 1)
    for (size_t i = 0; i < batches; i++) {
        const uint64_t start = (first_batch + i) * BRG_SAMPLER_BATCH;
        const uint64_t low = start < from ? from : start;
        const uint64_t end = start + BRG_SAMPLER_BATCH;
        const uint64_t high = end > to ? to : end;
        if (low >= high) continue;
        const int status = run_batch(&c->workers[omp_get_thread_num()], c, first_batch + i,
                                     (size_t)(low - start), (size_t)(high - low), &each[i]);
        if (status) {
#pragma omp atomic write
            failed = status;
        }
    }
    return failed;
}

int brg_qec_collector_step(brg_qec_collector *c, uint64_t shots, uint64_t errors, double wall_s,
                           brg_qec_counts *counts) {
    const double start = brg_seconds();
    brg_qec_counts sum = {0};
    int status = BRG_OK;
    while (!status && sum.shots < shots && sum.errors < errors) {
        const double left = wall_s - (brg_seconds() - start);
        if (sum.shots && left <= 0) break;
        const size_t batches = plan(c, shots - sum.shots, errors - sum.errors, left, &sum);
        brg_qec_counts *each = calloc(batches, sizeof *each);
        if (!each) return BRG_ENOMEM;
        status = run_batches(c, shots - sum.shots, batches, each);
        double seconds = 0;
        size_t used = 0;
        for (size_t i = 0; i < batches && !status; i++) {
            if (!each[i].shots || sum.errors >= errors) break;
            sum.shots += each[i].shots;
            sum.errors += each[i].errors;
            sum.events += each[i].events;
            seconds += each[i].seconds;
            c->next_shot += each[i].shots;
            used++;
        }
        sum.seconds += seconds;
        if (used) c->batch_s = seconds / (double)used;
        free(each);
    }
    counts->shots += sum.shots;
    counts->errors += sum.errors;
    counts->events += sum.events;
    counts->seconds += sum.seconds;
    return status;
}
