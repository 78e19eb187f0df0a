/* SPDX-License-Identifier: Apache-2.0 */
/* A program in the place of plain queries. */
#include "testbench/workload.h"

#include <stdlib.h>

#include "testbench/json.h"
#include "testbench/qasm_files.h"
#include "testbench/qasm_machine.h"

struct brg_workload {
    const brg_scenario *scenario;
    void *text;
    brg_qasm *program;
};

typedef struct context {
    brg_qasm_machine *machine;
    uint64_t seed;
} context;

static int load_image(void *user, const brg_qasm_table *table, brg_planes **out, brg_diag *diag) {
    const context *c = user;
    return brg_qasm_load_image(table, c->seed, out, diag);
}

static int run_query(void *user, brg_dense *state, const brg_qasm_query *query) {
    const context *c = user;
    return brg_qasm_machine_query(c->machine, state, query);
}

static int check_table(const brg_workload *w, brg_diag *diag) {
    const brg_qram *q = &w->scenario->qram;
    const size_t count = brg_qasm_table_count(w->program);
    if (count != 1) {
        brg_scenario_blame(w->scenario, "workload.program", diag,
                           "the program has %zu tables, accepted: one `pragma brigade qram`",
                           count);
        return BRG_EINPUT;
    }
    const brg_qasm_table *t = brg_qasm_table_at(w->program, 0);
    if (t->address_width == brg_table_width(q) && t->word_width == q->word_width) return BRG_OK;
    brg_diag_add(diag, t->file, t->line, t->column, t->name,
                 "address %u word %u, accepted: those of the scenario, qram.address_width %u and "
                 "qram.word_width %u, times qram.pages %u",
                 t->address_width, t->word_width, q->address_width, q->word_width, brg_pages(q));
    return BRG_EINPUT;
}

int brg_workload_open(brg_workload **out, const brg_scenario *scenario, brg_planes **image,
                      brg_diag *diag) {
    size_t length = 0;
    brg_workload *w = calloc(1, sizeof *w);
    *out = w;
    *image = NULL;
    if (!w) return BRG_ENOMEM;
    w->scenario = scenario;
    const char *path = scenario->workload_program;
    int status = brg_read_file(&w->text, &length, path, BRG_QASM_MOST_BYTES, diag);
    if (status == BRG_EIO) status = BRG_EINPUT;
    if (!status)
        status =
            brg_qasm_parse(&w->program, w->text, length, path, brg_qasm_read_include, NULL, diag);
    if (!status) status = check_table(w, diag);
    if (!status)
        status = brg_qasm_load_image(brg_qasm_table_at(w->program, 0), scenario->seed, image, diag);
    return status;
}

void brg_workload_destroy(brg_workload **workload) {
    brg_workload *w = *workload;
    if (!w) return;
    brg_qasm_destroy(&w->program);
    free(w->text);
    free(w);
    *workload = NULL;
}

/* Gates of the program last as long as the tree's operations on as many qubits, and idle under the
 * same T1 and Tphi; a noise without times leaves them perfect. */
static brg_qasm_noise gate_noise(const brg_scenario *s) {
    brg_qasm_noise noise = {.on = s->noise.model != BRG_NOISE_NONE};
    if (s->noise.model != BRG_NOISE_TIMED) return noise;
    noise.t1_ns = s->noise.t1_ns;
    noise.tphi_ns = s->noise.tphi_ns;
    noise.gate1_ns = s->class_ns[BRG_CLASS_FETCH];
    noise.gate2_ns = s->class_ns[BRG_CLASS_LATCH_SWAP];
    noise.gate3_ns = s->class_ns[BRG_CLASS_CSWAP];
    noise.readout_ns = noise.reset_ns = s->class_ns[BRG_CLASS_READOUT];
    return noise;
}

int brg_workload_run(const brg_workload *w, const brg_timeline *timeline, json_t **counts,
                     brg_diag *diag) {
    const brg_scenario *s = w->scenario;
    context c = {NULL, s->seed};
    brg_qasm_result result = {0};
    brg_qasm_config config = {.shots = s->trajectories,
                              .seed = s->seed,
                              .noise = gate_noise(s),
                              .image = load_image,
                              .query = run_query,
                              .jobs = 1,
                              .user = &c};
    *counts = NULL;
    int status = brg_qasm_machine_new(&c.machine, s);
    if (!status) status = brg_qasm_machine_use(c.machine, 0, timeline);
    if (!status) status = brg_qasm_run(w->program, &config, &result, diag);
    if (!status && !(*counts = json_object())) status = BRG_ENOMEM;
    for (size_t i = 0; !status && i < result.count_entries; i++)
        json_object_set_new(*counts, result.counts[i].bits, brg_json_count(result.counts[i].count));
    brg_qasm_result_free(&result);
    brg_qasm_machine_destroy(&c.machine);
    return status;
}
