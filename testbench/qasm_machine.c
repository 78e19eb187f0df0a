/* SPDX-License-Identifier: Apache-2.0 */
/* Register state -> branches -> one query on a measured timeline -> register state. */
#include "testbench/qasm_machine.h"

#include <stdlib.h>
#include <string.h>

#include "csim/registers.h"
#include "testbench/platform.h"

enum { CHUNK = 1 << 12 };

/* What a table's queries run on. */
typedef struct unit {
    const brg_timeline *timeline;
    brg_timeline *measured; /* owned; NULL when the timeline is somebody's else */
    brg_trajectory *trajectory;
} unit;

struct brg_qasm_machine {
    const brg_scenario *scenario;
    unit *units;
    size_t count;
    brg_register_entry *entries; /* scratch */
    size_t capacity;
    char error[256];
};

int brg_qasm_machine_new(brg_qasm_machine **out, const brg_scenario *scenario) {
    *out = calloc(1, sizeof **out);
    if (!*out) return BRG_ENOMEM;
    (*out)->scenario = scenario;
    return BRG_OK;
}

void brg_qasm_machine_destroy(brg_qasm_machine **machine) {
    brg_qasm_machine *m = *machine;
    if (!m) return;
    for (size_t i = 0; i < m->count; i++) {
        brg_timeline_destroy(&m->units[i].measured);
        brg_trajectory_destroy(&m->units[i].trajectory);
    }
    free(m->units);
    free(m->entries);
    free(m);
    *machine = NULL;
}

const char *brg_qasm_machine_error(const brg_qasm_machine *machine) {
    return machine->error;
}

static int unit_at(brg_qasm_machine *m, size_t table, unit **out) {
    if (table >= m->count) {
        unit *grown = realloc(m->units, (table + 1) * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        memset(grown + m->count, 0, (table + 1 - m->count) * sizeof *grown);
        m->units = grown;
        m->count = table + 1;
    }
    *out = &m->units[table];
    return BRG_OK;
}

int brg_qasm_machine_use(brg_qasm_machine *machine, size_t table, const brg_timeline *timeline) {
    unit *u = NULL;
    const int status = unit_at(machine, table, &u);
    if (status) return status;
    brg_timeline_destroy(&u->measured);
    brg_trajectory_destroy(&u->trajectory);
    u->timeline = timeline;
    return BRG_OK;
}

/* Runs the RTL over the table's image, for one query. */
static int measure(brg_qasm_machine *m, unit *u, const brg_qasm_query *query) {
    const brg_scenario *s = m->scenario;
    const brg_program_config shape = {.qram = {.routers = s->qram.routers,
                                               .address_width = query->table->address_width,
                                               .word_width = query->table->word_width},
                                      .page_wait = s->page_wait,
                                      .class_length = s->class_ns};
    brg_program *program = NULL;
    brg_platform *platform = NULL;
    brg_diag *diag = NULL;
    int status = brg_diag_new(&diag);
    if (!status) status = brg_program_build(&program, "bucket_brigade", &shape, diag);
    if (status) {
        snprintf(m->error, sizeof m->error, "the program of table '%s': %s", query->table->name,
                 brg_diag_count(diag) ? brg_diag_message(diag, 0) : brg_strerror(status));
    } else {
        brg_platform_config config;
        brg_scenario_platform(s, &config);
        config.program = program;
        config.image = query->planes;
        config.queries = 1;
        status = brg_platform_new(&platform, &config);
        if (!status)
            status = brg_platform_run(platform, &u->measured, NULL, 0, query->planes, NULL, NULL,
                                      NULL, NULL, NULL);
        if (status)
            snprintf(m->error, sizeof m->error, "the query of table '%s': %s", query->table->name,
                     platform && *brg_platform_error(platform) ? brg_platform_error(platform)
                                                               : brg_strerror(status));
        u->timeline = u->measured;
    }
    brg_platform_destroy(&platform);
    brg_program_destroy(&program);
    brg_diag_destroy(&diag);
    return status;
}

static int prepare(brg_qasm_machine *m, unit *u, const brg_qasm_query *query) {
    int status = BRG_OK;
    if (!u->timeline) status = measure(m, u, query);
    if (!status && !u->trajectory) {
        const brg_qram *q = brg_timeline_qram(u->timeline);
        if (brg_table_width(q) != query->table->address_width ||
            q->word_width != query->table->word_width)
            return BRG_EINVAL;
        brg_run_config config = {.qram = *q, .noise = m->scenario->noise, .seed = query->seed};
        status = brg_trajectory_new(&u->trajectory, &config, query->shot);
    }
    return status;
}

/* The bits of a basis index that stand at the given qubits, first qubit most significant or not. */
static uint64_t gather(uint64_t index, const uint32_t *qubits, uint32_t count, bool msb_first) {
    uint64_t bits = 0;
    for (uint32_t i = 0; i < count; i++)
        bits |= (index >> qubits[i] & 1u) << (msb_first ? count - 1 - i : i);
    return bits;
}

static uint64_t scatter(uint64_t bits, const uint32_t *qubits, uint32_t count, bool msb_first) {
    uint64_t index = 0;
    for (uint32_t i = 0; i < count; i++)
        index |= (bits >> (msb_first ? count - 1 - i : i) & 1u) << qubits[i];
    return index;
}

static int push(brg_qasm_machine *m, size_t at, brg_register_entry entry) {
    if (at >= m->capacity) {
        const size_t capacity = m->capacity ? 2 * m->capacity : 256;
        brg_register_entry *grown = realloc(m->entries, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        m->entries = grown;
        m->capacity = capacity;
    }
    m->entries[at] = entry;
    return BRG_OK;
}

/* The qubits that take no part, in ascending order. */
static uint32_t others(const brg_dense *state, const brg_qasm_query *q, uint32_t *out) {
    uint64_t used = 0;
    for (uint32_t i = 0; i < q->table->address_width; i++) used |= UINT64_C(1) << q->address[i];
    for (uint32_t i = 0; i < q->table->word_width; i++) used |= UINT64_C(1) << q->bus[i];
    uint32_t count = 0;
    for (uint32_t i = 0; i < brg_dense_qubits(state); i++)
        if (!(used >> i & 1u)) out[count++] = i;
    return count;
}

static int take_in(brg_qasm_machine *m, brg_dense *state, const brg_qasm_query *q,
                   const uint32_t *rest, uint32_t rest_count, size_t *count) {
    const uint64_t size = UINT64_C(1) << brg_dense_qubits(state);
    brg_complex *a = malloc(CHUNK * sizeof *a);
    int status = a ? BRG_OK : BRG_ENOMEM;
    *count = 0;
    for (uint64_t first = 0; first < size && !status; first += CHUNK) {
        const uint64_t part = size - first < CHUNK ? size - first : CHUNK;
        status = brg_dense_get(state, first, part, a);
        for (uint64_t i = 0; i < part && !status; i++) {
            const double re = creal(a[i]), im = cimag(a[i]);
            if (re * re + im * im < 1e-30) continue;
            const uint64_t index = first + i;
            status = push(m, *count,
                          (brg_register_entry){
                              .address = gather(index, q->address, q->table->address_width, true),
                              .bus = gather(index, q->bus, q->table->word_width, false),
                              .rest = gather(index, rest, rest_count, false),
                              .re = re,
                              .im = im});
            ++*count;
        }
    }
    free(a);
    return status;
}

static int put_back(brg_dense *state, const brg_qasm_query *q, const uint32_t *rest,
                    uint32_t rest_count, const brg_register_entry *entries, size_t count) {
    const brg_complex zero = 0;
    int status = brg_dense_set_basis(state, 0);
    if (!status) status = brg_dense_set(state, 0, 1, &zero);
    for (size_t i = 0; i < count && !status; i++) {
        const brg_register_entry *e = &entries[i];
        const uint64_t index = scatter(e->address, q->address, q->table->address_width, true) |
                               scatter(e->bus, q->bus, q->table->word_width, false) |
                               scatter(e->rest, rest, rest_count, false);
        const brg_complex amplitude = CMPLX(e->re, e->im);
        status = brg_dense_set(state, index, 1, &amplitude);
    }
    return status;
}

int brg_qasm_machine_query(brg_qasm_machine *m, brg_dense *state, const brg_qasm_query *query) {
    uint32_t rest[BRG_QASM_MAX_QUBITS];
    unit *u = NULL;
    size_t count = 0;
    m->error[0] = '\0';
    int status = unit_at(m, query->table_index, &u);
    if (!status) status = prepare(m, u, query);
    if (status) return status;
    const uint32_t rest_count = others(state, query, rest);
    /* Query 0 of a shot's streams belongs to the gates of the program. */
    const uint32_t number = (uint32_t)query->number + 1;
    brg_trajectory_reset(u->trajectory, query->shot);
    status = take_in(m, state, query, rest, rest_count, &count);
    if (!status) status = brg_trajectory_begin_registers(u->trajectory, number, m->entries, count);
    size_t slices = 0;
    const size_t first = brg_timeline_query(u->timeline, 0, &slices);
    uint64_t end_ps = 0;
    for (size_t i = 0; i < slices && !status; i++) {
        const brg_slice *slice = brg_timeline_slice(u->timeline, first + i);
        status = brg_trajectory_slice(u->trajectory, slice,
                                      brg_timeline_data(u->timeline, slice->data_version));
        end_ps = slice->start_ps + slice->duration_ps;
    }
    brg_register_entry *out = NULL;
    size_t kept = 0;
    if (!status) status = brg_trajectory_end_registers(u->trajectory, &out, &kept);
    if (!status) status = put_back(state, query, rest, rest_count, out, kept);
    free(out);
    *query->duration_ns = (double)end_ps / 1000;
    return status;
}
