/* SPDX-License-Identifier: Apache-2.0 */
/* Memory experiments of the repetition code and the rotated surface code. The surface code stands
 * on a grid: data qubits at odd x and y, checks at even ones; qubit (x, y) has the number
 * x' + y'/2 * (2d + 1) where y' = y - x % 2 and x' = x. Checks read their four neighbours in four
 * layers whose order keeps the hook errors of a check along its own logical operator. */
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_private.h"

enum { MOST_SURFACE = 31, MOST_REPETITION = 101, MOST_CHECKS = MOST_SURFACE * MOST_SURFACE };

typedef struct qubit_list {
    uint32_t at[2 * MOST_CHECKS];
    uint32_t count;
} qubit_list;

typedef struct check {
    uint32_t x, y, qubit;
    bool measures_x;
    uint32_t neighbour[4]; /* data qubit of each layer, UINT32_MAX when there is none */
    uint32_t record;       /* place among the checks' records of a round */
} check;

typedef struct layout {
    const brg_ecc_task *task;
    brg_circuit_builder build;
    bool surface, keeps_x;
    qubit_list data, x_checks, all_checks;
    check *checks; /* by x, then y */
    uint32_t check_count;
    uint32_t *data_place; /* [qubit] place among the data qubits */
} layout;

static int compare_u32(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void add(layout *g, brg_gate gate, const qubit_list *list) {
    if (list->count) brg_circuit_builder_add(&g->build, gate, NULL, 0, list->at, list->count);
}

static void add_noise(layout *g, brg_gate gate, double probability, const qubit_list *list) {
    if (probability > 0 && list->count)
        brg_circuit_builder_add(&g->build, gate, &probability, 1, list->at, list->count);
}

static void add_tick(layout *g) {
    brg_circuit_builder_add(&g->build, BRG_GATE_TICK, NULL, 0, NULL, 0);
}

static bool circuit_level(const layout *g) {
    return g->task->noise == BRG_ECC_CIRCUIT_LEVEL;
}

static void add_clifford(layout *g, brg_gate gate, const qubit_list *list) {
    add(g, gate, list);
    if (circuit_level(g))
        add_noise(g, gate == BRG_GATE_CX ? BRG_GATE_DEPOLARIZE2 : BRG_GATE_DEPOLARIZE1,
                  g->task->after_clifford_depolarization, list);
}

/* Two resets of equal kind without noise between them are one instruction, as Stim fuses them. */
static void add_resets(layout *g) {
    const double p = circuit_level(g) ? g->task->after_reset_flip : 0;
    if (!g->surface || (!g->keeps_x && !(p > 0))) {
        qubit_list both = g->data;
        memcpy(both.at + both.count, g->all_checks.at, g->all_checks.count * sizeof *both.at);
        both.count += g->all_checks.count;
        if (!g->surface) qsort(both.at, both.count, sizeof *both.at, compare_u32);
        add(g, BRG_GATE_R, &both);
        add_noise(g, BRG_GATE_X_ERROR, p, &both);
        return;
    }
    add(g, g->keeps_x ? BRG_GATE_RX : BRG_GATE_R, &g->data);
    add_noise(g, g->keeps_x ? BRG_GATE_Z_ERROR : BRG_GATE_X_ERROR, p, &g->data);
    add(g, BRG_GATE_R, &g->all_checks);
    add_noise(g, BRG_GATE_X_ERROR, p, &g->all_checks);
}

static void add_cx_layers(layout *g) {
    const uint32_t layers = g->surface ? 4 : 2;
    for (uint32_t k = 0; k < layers; k++) {
        qubit_list pairs = {.count = 0};
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t i = 0; i < g->check_count; i++) {
                const check *c = &g->checks[i];
                if (c->measures_x != (pass == 0) || c->neighbour[k] == UINT32_MAX) continue;
                pairs.at[pairs.count++] = pass == 0 ? c->qubit : c->neighbour[k];
                pairs.at[pairs.count++] = pass == 0 ? c->neighbour[k] : c->qubit;
            }
        add_clifford(g, BRG_GATE_CX, &pairs);
        add_tick(g);
    }
}

static void add_round(layout *g) {
    const brg_ecc_task *t = g->task;
    add_tick(g);
    const brg_gate flip = g->keeps_x ? BRG_GATE_Z_ERROR : BRG_GATE_X_ERROR;
    add_noise(g, circuit_level(g) ? BRG_GATE_DEPOLARIZE1 : flip,
              t->before_round_data_depolarization, &g->data);
    if (g->surface) {
        add_clifford(g, BRG_GATE_H, &g->x_checks);
        add_tick(g);
    }
    add_cx_layers(g);
    if (g->surface) {
        add_clifford(g, BRG_GATE_H, &g->x_checks);
        add_tick(g);
    }
    const double wrong = t->noise == BRG_ECC_PHENOMENOLOGICAL ? t->before_measure_flip : 0;
    if (circuit_level(g)) add_noise(g, BRG_GATE_X_ERROR, t->before_measure_flip, &g->all_checks);
    brg_circuit_builder_add(&g->build, BRG_GATE_MR, &wrong, wrong > 0, g->all_checks.at,
                            g->all_checks.count);
    if (circuit_level(g)) add_noise(g, BRG_GATE_X_ERROR, t->after_reset_flip, &g->all_checks);
}

/* A detector of a check over some records, newest first; time: the last coordinate. */
static void add_detector(layout *g, const check *c, double time, const uint32_t *lookbacks,
                         uint32_t count) {
    double place[3] = {c->x, c->y, time};
    if (!g->surface) place[1] = time;
    uint32_t targets[8];
    for (uint32_t i = 0; i < count; i++) targets[i] = BRG_TARGET_RECORD | lookbacks[i];
    brg_circuit_builder_add(&g->build, BRG_GATE_DETECTOR, place, g->surface ? 3 : 2, targets,
                            count);
}

static const check *check_of_record(const layout *g, uint32_t record) {
    for (uint32_t i = 0; i < g->check_count; i++)
        if (g->checks[i].record == record) return &g->checks[i];
    return NULL;
}

static void add_first_detectors(layout *g) {
    for (uint32_t i = 0; i < g->check_count; i++) {
        const check *c = &g->checks[i];
        const uint32_t back = g->check_count - c->record;
        if (c->measures_x == g->keeps_x) add_detector(g, c, 0, &back, 1);
    }
}

static void add_later_rounds(layout *g, uint64_t rounds) {
    if (rounds == 0) return;
    if (rounds > 1) brg_circuit_builder_open(&g->build, rounds);
    add_round(g);
    const double shift[3] = {0, g->surface ? 0 : 1, 1};
    brg_circuit_builder_add(&g->build, BRG_GATE_SHIFT_COORDS, shift, g->surface ? 3 : 2, NULL, 0);
    for (uint32_t r = 0; r < g->check_count; r++) {
        const uint32_t back[2] = {g->check_count - r, 2 * g->check_count - r};
        add_detector(g, check_of_record(g, r), 0, back, 2);
    }
    if (rounds > 1 && !brg_circuit_builder_close(&g->build)) g->build.status = BRG_EINVAL;
}

/* Data qubits are measured; their parities close each check, one line of them is the observable. */
static void add_end(layout *g) {
    const uint32_t n = g->data.count;
    if (circuit_level(g))
        add_noise(g, g->keeps_x ? BRG_GATE_Z_ERROR : BRG_GATE_X_ERROR, g->task->before_measure_flip,
                  &g->data);
    add(g, g->keeps_x ? BRG_GATE_MX : BRG_GATE_M, &g->data);
    for (uint32_t i = 0; i < g->check_count; i++) {
        const check *c = &g->checks[i];
        if (c->measures_x != g->keeps_x) continue;
        uint32_t back[5], count = 0;
        for (int k = 0; k < 4; k++)
            if (c->neighbour[k] != UINT32_MAX) back[count++] = n - g->data_place[c->neighbour[k]];
        qsort(back, count, sizeof *back, compare_u32);
        back[count++] = n + g->check_count - c->record;
        add_detector(g, c, 1, back, count);
    }
    const uint32_t d = g->task->distance;
    uint32_t targets[MOST_SURFACE] = {BRG_TARGET_RECORD | 1};
    for (uint32_t i = 0; g->surface && i < d; i++) {
        const uint32_t place = g->keeps_x ? (d - 1 - i) * d : d - 1 - i;
        targets[i] = BRG_TARGET_RECORD | (n - place);
    }
    const double index = 0;
    brg_circuit_builder_add(&g->build, BRG_GATE_OBSERVABLE_INCLUDE, &index, 1, targets,
                            g->surface ? d : 1);
}

static void lay_out_repetition(layout *g) {
    const uint32_t d = g->task->distance;
    for (uint32_t i = 0; i < d; i++) {
        g->data_place[2 * i] = i;
        g->data.at[g->data.count++] = 2 * i;
    }
    for (uint32_t i = 0; i + 1 < d; i++) {
        g->all_checks.at[g->all_checks.count++] = 2 * i + 1;
        g->checks[g->check_count++] =
            (check){.x = 2 * i + 1,
                    .qubit = 2 * i + 1,
                    .neighbour = {2 * i, 2 * i + 2, UINT32_MAX, UINT32_MAX},
                    .record = i};
    }
}

static uint32_t grid_qubit(uint32_t d, uint32_t x, uint32_t y) {
    return x + (y - x % 2) / 2 * (2 * d + 1);
}

/* The data qubit beside a check; UINT32_MAX outside the patch. */
static uint32_t grid_neighbour(uint32_t d, uint32_t x, uint32_t y, int dx, int dy) {
    const int64_t nx = (int64_t)x + dx, ny = (int64_t)y + dy;
    if (nx < 0 || ny < 0 || nx > 2 * (int64_t)d || ny > 2 * (int64_t)d) return UINT32_MAX;
    return grid_qubit(d, (uint32_t)nx, (uint32_t)ny);
}

/* Checks at even coordinates: weight four inside, weight two of X on the rows y = 0 and y = 2d, of
 * Z on the columns x = 0 and x = 2d. */
static bool grid_check(uint32_t d, uint32_t i, uint32_t j, bool *measures_x) {
    *measures_x = i % 2 != j % 2;
    if ((i == 0 || i == d) && *measures_x) return false;
    return !((j == 0 || j == d) && !*measures_x);
}

static void lay_out_surface(layout *g) {
    static const int x_order[4][2] = {{1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
    static const int z_order[4][2] = {{1, 1}, {1, -1}, {-1, 1}, {-1, -1}};
    const uint32_t d = g->task->distance;
    for (uint32_t y = 1; y < 2 * d; y += 2)
        for (uint32_t x = 1; x < 2 * d; x += 2) {
            const uint32_t qubit = grid_qubit(d, x, y);
            g->data_place[qubit] = g->data.count;
            g->data.at[g->data.count++] = qubit;
        }
    for (uint32_t i = 0; i <= d; i++)
        for (uint32_t j = 0; j <= d; j++) {
            check c = {.x = 2 * i, .y = 2 * j, .qubit = grid_qubit(d, 2 * i, 2 * j)};
            if (!grid_check(d, i, j, &c.measures_x)) continue;
            for (int k = 0; k < 4; k++) {
                const int *step = c.measures_x ? x_order[k] : z_order[k];
                c.neighbour[k] = grid_neighbour(d, c.x, c.y, step[0], step[1]);
            }
            g->checks[g->check_count++] = c;
            g->all_checks.at[g->all_checks.count++] = c.qubit;
            if (c.measures_x) g->x_checks.at[g->x_checks.count++] = c.qubit;
        }
    qsort(g->all_checks.at, g->all_checks.count, sizeof(uint32_t), compare_u32);
    qsort(g->x_checks.at, g->x_checks.count, sizeof(uint32_t), compare_u32);
    for (uint32_t i = 0; i < g->check_count; i++)
        while (g->all_checks.at[g->checks[i].record] != g->checks[i].qubit) g->checks[i].record++;
}

/* By rising qubit number: a row of numbers holds checks at y = 2r and data qubits at y = 2r + 1. */
static void add_coordinates(layout *g) {
    const uint32_t d = g->task->distance;
    for (uint32_t r = 0; g->surface && r <= d; r++)
        for (uint32_t x = 0; x <= 2 * d; x++) {
            const uint32_t y = 2 * r + x % 2;
            bool measures_x;
            if (x % 2 ? y > 2 * d : !grid_check(d, x / 2, r, &measures_x)) continue;
            const double place[2] = {x, y};
            const uint32_t qubit = grid_qubit(d, x, y);
            brg_circuit_builder_add(&g->build, BRG_GATE_QUBIT_COORDS, place, 2, &qubit, 1);
        }
}

static bool probability(double p) {
    return p >= 0 && p <= 1;
}

static bool in_range(const brg_ecc_task *t) {
    const uint32_t most = t->code == BRG_CODE_REPETITION ? MOST_REPETITION : MOST_SURFACE;
    return (unsigned)t->code <= BRG_CODE_SURFACE_ROTATED_X &&
           (unsigned)t->noise <= BRG_ECC_CODE_CAPACITY && t->distance >= 2 && t->distance <= most &&
           t->rounds >= 1 && t->rounds <= BRG_CIRCUIT_RECORDS &&
           probability(t->after_clifford_depolarization) && probability(t->before_measure_flip) &&
           probability(t->after_reset_flip) && probability(t->before_round_data_depolarization);
}

int brg_circuit_generate(brg_circuit **out, const brg_ecc_task *task) {
    if (!out || !task || !in_range(task)) return BRG_EINVAL;
    *out = NULL;
    layout *g = calloc(1, sizeof *g);
    if (!g) return BRG_ENOMEM;
    const uint32_t d = task->distance;
    g->task = task;
    g->surface = task->code != BRG_CODE_REPETITION;
    g->keeps_x = task->code == BRG_CODE_SURFACE_ROTATED_X;
    g->checks = calloc((size_t)d * d + MOST_REPETITION, sizeof *g->checks);
    g->data_place = calloc((size_t)(2 * d + 1) * (d + 1), sizeof *g->data_place);
    int status = brg_circuit_builder_start(&g->build);
    if (!g->checks || !g->data_place) g->build.status = BRG_ENOMEM;
    if (!g->build.status) {
        if (g->surface)
            lay_out_surface(g);
        else
            lay_out_repetition(g);
        add_coordinates(g);
        add_resets(g);
        add_round(g);
        add_first_detectors(g);
        add_later_rounds(g, task->noise == BRG_ECC_CODE_CAPACITY ? 0 : task->rounds - 1);
        add_end(g);
    }
    status = brg_circuit_builder_end(&g->build, out);
    free(g->checks);
    free(g->data_place);
    free(g);
    return status;
}
