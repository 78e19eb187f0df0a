/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing, runs and results. A run first puts measurements off to the end; when the program turns
 * out to use an outcome, or a measured qubit again, it starts over with a run per shot. */
#include "csim/qasm/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PATHS = 1 << 14, CHUNK = 1 << 12 };
static const double least_shown = 1e-12;
static const uint64_t default_steps = 100000000, most_shots = 100000000, most_shown = 1 << 22;

int brg_qasm_parse(brg_qasm **out, const char *text, size_t length, const char *file,
                   brg_qasm_read read, void *user, brg_diag *diag) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!text || !file) return BRG_EINVAL;
    brg_qasm *p = calloc(1, sizeof *p);
    if (!p) return BRG_ENOMEM;
    p->file = qasm_arena_text(&p->arena, file, strlen(file));
    qasm_source s = {.program = p, .diag = diag, .file = p->file};
    int status = p->file ? qasm_scan(&s, text, length) : BRG_ENOMEM;
    if (!status) status = qasm_parse_source(&s);
    qasm_source_free(&s);
    p->version = s.version;
    p->body = s.body;
    if (!status) status = qasm_check(p, s.body, read, user, diag);
    /* What a table's file is relative to is known only here. */
    for (qasm_table_node *t = p->tables; !status && t; t = t->next) {
        const char *slash =
            t->table.path && t->table.path[0] != '/' ? strrchr(t->table.file, '/') : NULL;
        if (!slash) continue;
        const size_t folder = (size_t)(slash - t->table.file) + 1, name = strlen(t->table.path);
        char *path = qasm_arena_get(&p->arena, folder + name + 1);
        if (!path)
            status = BRG_ENOMEM;
        else
            memcpy(path, t->table.file, folder), memcpy(path + folder, t->table.path, name);
        t->table.path = path;
    }
    if (status) brg_qasm_destroy(&p);
    *out = p;
    return status;
}

void brg_qasm_destroy(brg_qasm **program) {
    if (!program || !*program) return;
    qasm_arena_free(&(*program)->arena);
    free(*program);
    *program = NULL;
}

uint32_t brg_qasm_qubits(const brg_qasm *p) {
    return p->qubits;
}
uint32_t brg_qasm_bits(const brg_qasm *p) {
    return p->global_bits;
}
size_t brg_qasm_table_count(const brg_qasm *p) {
    return p->table_count;
}

const brg_qasm_table *brg_qasm_table_at(const brg_qasm *p, size_t i) {
    const qasm_table_node *t = p->tables;
    while (t && i--) t = t->next;
    return t ? &t->table : NULL;
}

/* Counts by bit string: open addressing, keys owned. */
typedef struct tally {
    brg_qasm_entry *entries;
    size_t count, room; /* room: a power of two */
} tally;

static brg_qasm_entry *place_of(tally *t, const char *bits) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *c = bits; *c; c++) h = (h ^ (unsigned char)*c) * UINT64_C(1099511628211);
    h ^= h >> 29;
    for (size_t i = (size_t)h & (t->room - 1);; i = (i + 1) & (t->room - 1))
        if (!t->entries[i].bits || strcmp(t->entries[i].bits, bits) == 0) return &t->entries[i];
}

static int tally_add(tally *t, const char *bits, uint64_t count, double probability) {
    if (2 * (t->count + 1) > t->room) {
        tally more = {NULL, t->count, t->room ? 2 * t->room : 64};
        more.entries = calloc(more.room, sizeof *more.entries);
        if (!more.entries) return BRG_ENOMEM;
        for (size_t i = 0; i < t->room; i++)
            if (t->entries[i].bits) *place_of(&more, t->entries[i].bits) = t->entries[i];
        free(t->entries);
        *t = more;
    }
    brg_qasm_entry *e = place_of(t, bits);
    if (!e->bits) {
        if (!(e->bits = strdup(bits))) return BRG_ENOMEM;
        t->count++;
    }
    e->count += count;
    e->probability += probability;
    return BRG_OK;
}

static int by_bits(const void *a, const void *b) {
    return strcmp(((const brg_qasm_entry *)a)->bits, ((const brg_qasm_entry *)b)->bits);
}

/* Packs and sorts the entries and hands them over; those below `least` are left out. */
static void tally_take(tally *t, double least, brg_qasm_entry **entries, size_t *count) {
    size_t kept = 0;
    for (size_t i = 0; i < t->room; i++) {
        if (!t->entries[i].bits) continue;
        if (t->entries[i].probability < least) {
            free(t->entries[i].bits);
            continue;
        }
        t->entries[kept++] = t->entries[i];
    }
    if (kept) qsort(t->entries, kept, sizeof *t->entries, by_bits);
    *entries = t->entries;
    *count = kept;
    memset(t, 0, sizeof *t);
}

static void tally_free(tally *t) {
    for (size_t i = 0; i < t->room; i++)
        if (t->entries[i].bits) free(t->entries[i].bits);
    free(t->entries);
    memset(t, 0, sizeof *t);
}

/* Characters of a result: every bit, a space between registers. Single bits side by side have none
 * between them, as they belong to no register. */
static size_t text_size(const brg_qasm *p) {
    size_t size = 1;
    for (const qasm_output *o = p->outputs; o; o = o->next)
        size += o->size + (o->next && !(o->single && o->next->single));
    return size;
}

static void write_bits(const qasm_run *r, uint64_t index, char *text, size_t size) {
    size_t at = size - 1;
    text[at] = '\0';
    for (const qasm_output *o = r->program->outputs; o; o = o->next) {
        for (uint32_t i = 0; i < o->size; i++) {
            const uint32_t bit = o->base + i, q = r->deferred[bit];
            text[--at] = (char)('0' + (q == QASM_NONE ? r->bits[bit] : (index >> q & 1)));
        }
        if (o->next && !(o->single && o->next->single)) text[--at] = ' ';
    }
}

static int start_shot(qasm_run *r, uint64_t shot) {
    const brg_qasm_config *c = r->config;
    r->shot = shot;
    r->steps = 0;
    r->queries = 0;
    r->measured = r->touched = 0;
    r->draws = 0;
    r->path_probability = 1;
    r->needs_shots = false;
    r->real_division = r->program->version == 2;
    r->measure = brg_stream_make(c->seed, 0, shot, BRG_PURPOSE_MEASURE, 0);
    r->jump = brg_stream_make(c->seed, 0, shot, BRG_PURPOSE_JUMP, 0);
    r->pauli = brg_stream_make(c->seed, 0, shot, BRG_PURPOSE_PAULI, 0);
    for (int q = 0; q < BRG_QASM_MAX_QUBITS; q++) r->clock_ns[q] = 0;
    for (uint32_t b = 0; b < r->program->bits; b++) r->bits[b] = 0, r->deferred[b] = QASM_NONE;
    return brg_dense_set_basis(r->state, 0);
}

static int run_once(qasm_run *r, uint64_t shot) {
    qasm_flow flow = QF_NEXT;
    int status = start_shot(r, shot);
    if (!status) status = qasm_execute(r, r->program->body, &flow);
    return status == BRG_QASM_ENDED ? BRG_OK : status;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Draws all shots at once: sorted uniform numbers against the running sum of probabilities. */
static int sample(qasm_run *r, tally *counts, char *text, size_t size) {
    const uint64_t shots = r->config->shots, states = UINT64_C(1) << r->program->qubits;
    if (shots == 0) return BRG_OK;
    if (!r->measured) {
        write_bits(r, 0, text, size);
        return tally_add(counts, text, shots, 0);
    }
    double *u = malloc(shots * sizeof *u);
    brg_complex *a = malloc(CHUNK * sizeof *a);
    int status = u && a ? BRG_OK : BRG_ENOMEM;
    const double norm = status ? 1 : brg_dense_norm(r->state);
    for (uint64_t i = 0; !status && i < shots; i++) {
        const brg_stream s = brg_stream_make(r->config->seed, 0, i, BRG_PURPOSE_MEASURE, 0);
        u[i] = brg_stream_uniform_at(&s, 0) * norm;
    }
    if (!status) qsort(u, shots, sizeof *u, by_value);
    double sum = 0;
    uint64_t done = 0, last = 0;
    for (uint64_t first = 0; !status && first < states && done < shots; first += CHUNK) {
        const uint64_t count = states - first < CHUNK ? states - first : CHUNK;
        status = brg_dense_get(r->state, first, count, a);
        for (uint64_t i = 0; !status && i < count; i++) {
            const double x = ((const double *)&a[i])[0], y = ((const double *)&a[i])[1];
            if (x * x + y * y == 0) continue;
            sum += x * x + y * y;
            last = first + i;
            const uint64_t before = done;
            while (done < shots && u[done] < sum) done++;
            if (done == before) continue;
            write_bits(r, last, text, size);
            status = tally_add(counts, text, done - before, 0);
        }
    }
    if (!status && done < shots) {
        write_bits(r, last, text, size);
        status = tally_add(counts, text, shots - done, 0);
    }
    free(u);
    free(a);
    return status;
}

static int add_probabilities(qasm_run *r, tally *t, double weight) {
    const uint32_t n = r->program->qubits;
    const uint64_t states = UINT64_C(1) << n;
    char text[BRG_QASM_MAX_QUBITS + 1];
    brg_complex *a = malloc(CHUNK * sizeof *a);
    int status = a ? BRG_OK : BRG_ENOMEM;
    const double norm = status ? 1 : brg_dense_norm(r->state);
    for (uint64_t first = 0; !status && first < states; first += CHUNK) {
        const uint64_t count = states - first < CHUNK ? states - first : CHUNK;
        status = brg_dense_get(r->state, first, count, a);
        for (uint64_t i = 0; !status && i < count; i++) {
            const double x = ((const double *)&a[i])[0], y = ((const double *)&a[i])[1];
            const double p = (x * x + y * y) / norm * weight;
            if (p < least_shown / 16) continue;
            for (uint32_t q = 0; q < n; q++) text[n - 1 - q] = (char)('0' + ((first + i) >> q & 1));
            text[n] = '\0';
            if (t->count > most_shown) {
                qasm_error(r->diag, (qasm_place){r->program->file, 0, 0},
                           "more than %" PRIu64
                           " probabilities, accepted: counts or the state "
                           "vector",
                           most_shown);
                status = BRG_EINPUT;
            } else {
                status = tally_add(t, text, 0, p);
            }
        }
    }
    free(a);
    return status;
}

/* Every path of outcomes, depth first, each run anew with its outcomes given. */
static int enumerate_paths(qasm_run *r, tally *t) {
    int status = BRG_OK;
    r->enumerate = true;
    r->forced = 0;
    for (uint32_t paths = 0; !status; paths++) {
        if (paths == MOST_PATHS) {
            qasm_error(r->diag, (qasm_place){r->program->file, 0, 0},
                       "more than %d paths of outcomes: the exact probabilities are too many, "
                       "accepted: counts",
                       MOST_PATHS);
            status = BRG_EINPUT;
            break;
        }
        status = run_once(r, 0);
        if (!status) status = add_probabilities(r, t, r->path_probability);
        uint32_t last = r->draws;
        while (last && r->path[last - 1] == 1) last--;
        if (!last) break;
        r->path[last - 1] = 1;
        r->forced = last;
    }
    r->enumerate = false;
    return status;
}

/* The state of a noisy shot before its final measurements: the shot anew with them put off. Where
 * the program uses an outcome, its measurements are not final, and the state is the one at its end.
 */
static int add_shot(qasm_run *r, uint64_t shot, tally *probabilities, double weight) {
    r->defer = true;
    int status = run_once(r, shot);
    r->defer = false;
    if (status == BRG_ESTATE && r->needs_shots) status = run_once(r, shot);
    return status ? status : add_probabilities(r, probabilities, weight);
}

static int run_shots(qasm_run *r, tally *counts, tally *probabilities, char *text, size_t size) {
    const brg_qasm_config *c = r->config;
    int status = BRG_OK;
    r->defer = false;
    if (c->probabilities && !c->noise.on) status = enumerate_paths(r, probabilities);
    const bool average = c->probabilities && c->noise.on;
    const uint64_t shots = average && c->shots == 0 ? 1 : c->shots;
    for (uint64_t shot = 0; !status && shot < shots; shot++) {
        if (average) status = add_shot(r, shot, probabilities, 1 / (double)shots);
        if (status || !c->shots) continue;
        status = run_once(r, shot);
        if (status) break;
        write_bits(r, 0, text, size);
        status = tally_add(counts, text, 1, 0);
    }
    return status;
}

static int plain_image(const brg_qasm_table *t, brg_planes **out, brg_diag *diag) {
    if (strcmp(t->image, "zero") && strcmp(t->image, "parity")) {
        brg_diag_add(diag, t->file, t->line, t->column, NULL,
                     "no image of kind %s here, accepted: zero, parity", t->image);
        return BRG_EINPUT;
    }
    const int status = brg_planes_new(out, t->address_width, t->word_width);
    for (uint64_t i = 0; !status && t->image[0] == 'p' && i >> t->address_width == 0; i++)
        for (uint32_t j = 0; j < t->word_width; j++)
            brg_planes_set(*out, j, i, __builtin_popcountll(i) & 1);
    return status;
}

static int load_tables(qasm_run *r) {
    int status = BRG_OK;
    size_t i = 0;
    r->planes = calloc(r->program->table_count + 1, sizeof *r->planes);
    if (!r->planes) return BRG_ENOMEM;
    for (const qasm_table_node *t = r->program->tables; t && !status; t = t->next, i++)
        status = r->config->image
                     ? r->config->image(r->config->user, &t->table, &r->planes[i], r->diag)
                     : plain_image(&t->table, &r->planes[i], r->diag);
    return status;
}

static bool is_input(const qasm_node *block, const char *name) {
    for (const qasm_node *n = block->list; n; n = n->next) {
        if (n->kind == Q_DECLARE && n->op == QD_INPUT && strcmp(n->text, name) == 0) return true;
        if (n->kind == Q_INCLUDE && n->a && is_input(n->a, name)) return true;
    }
    return false;
}

static int check_config(const brg_qasm *p, const brg_qasm_config *c, brg_diag *diag) {
    int status = c->shots <= most_shots ? BRG_OK : BRG_EINVAL;
    for (size_t i = 0; i < c->input_count; i++) {
        if (is_input(p->body, c->inputs[i].name)) continue;
        brg_diag_add(diag, p->file, 0, 0, NULL, "the program has no input '%s'", c->inputs[i].name);
        status = BRG_EINPUT;
    }
    return status;
}

static int execute_program(qasm_run *r, brg_qasm_result *result, tally *counts,
                           tally *probabilities) {
    const brg_qasm_config *c = r->config;
    const size_t size = text_size(r->program);
    char *text = malloc(size);
    if (!text) return BRG_ENOMEM;
    r->defer = !c->noise.on;
    int status = r->defer ? run_once(r, 0) : BRG_ESTATE;
    result->sampled = !status;
    if (status == BRG_ESTATE && c->statevector) {
        brg_diag_add(r->diag, r->program->file, 0, 0, NULL,
                     r->defer ? "no single state vector: the program measures in its course, "
                                "accepted: measurements at the end"
                              : "no single state vector with noise, accepted: a run without noise");
        status = BRG_EINPUT;
    } else if (status == BRG_ESTATE && (r->needs_shots || !r->defer)) {
        status = run_shots(r, counts, probabilities, text, size);
    } else if (!status) {
        if (c->probabilities) status = add_probabilities(r, probabilities, 1);
        if (!status) status = sample(r, counts, text, size);
    }
    free(text);
    return status;
}

int brg_qasm_run(const brg_qasm *p, const brg_qasm_config *config, brg_qasm_result *result,
                 brg_diag *diag) {
    if (!result) return BRG_EINVAL;
    memset(result, 0, sizeof *result);
    if (!p || !config) return BRG_EINVAL;
    tally counts = {0}, probabilities = {0};
    qasm_run r = {.program = p,
                  .config = config,
                  .diag = diag,
                  .max_steps = config->max_steps ? config->max_steps : default_steps};
    result->qubits = p->qubits;
    r.slots = calloc((size_t)p->slots + 1, sizeof *r.slots);
    r.bits = calloc((size_t)p->bits + 1, 1);
    r.deferred = calloc((size_t)p->bits + 1, sizeof *r.deferred);
    int status = r.slots && r.bits && r.deferred ? check_config(p, config, diag) : BRG_ENOMEM;
    if (!status) status = load_tables(&r);
    if (!status) {
        status =
            brg_dense_new(&r.state, p->qubits ? p->qubits : 1, config->precision, config->jobs);
        if (status == BRG_ENOMEM)
            brg_diag_add(diag, p->file, 0, 0, NULL,
                         "a state of %u qubits needs %" PRIu64
                         " bytes, more than are free, accepted: fewer qubits",
                         p->qubits, brg_dense_bytes(p->qubits, config->precision));
    }
    if (!status) status = brg_dense_fusion(r.state, true);
    if (!status) status = execute_program(&r, result, &counts, &probabilities);
    if (!status) {
        tally_take(&counts, 0, &result->counts, &result->count_entries);
        tally_take(&probabilities, least_shown, &result->probabilities,
                   &result->probability_entries);
        if (config->statevector) {
            result->state = r.state;
            r.state = NULL;
        }
    }
    tally_free(&counts);
    tally_free(&probabilities);
    brg_dense_destroy(&r.state);
    for (size_t i = 0; r.planes && i < p->table_count; i++) brg_planes_destroy(&r.planes[i]);
    for (uint32_t i = 0; r.slots && i < p->slots; i++) qasm_items_free(&r.slots[i].items);
    free(r.planes);
    free(r.slots);
    free(r.bits);
    free(r.deferred);
    return status;
}

void brg_qasm_result_free(brg_qasm_result *result) {
    if (!result) return;
    for (size_t i = 0; i < result->count_entries; i++) free(result->counts[i].bits);
    for (size_t i = 0; i < result->probability_entries; i++) free(result->probabilities[i].bits);
    free(result->counts);
    free(result->probabilities);
    brg_dense_destroy(&result->state);
    memset(result, 0, sizeof *result);
}
