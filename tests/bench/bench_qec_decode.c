/* SPDX-License-Identifier: Apache-2.0 */
/* Time of decoding one shot of a rotated surface-code memory (rounds = d, circuit-level noise), and
 * of a window of the C model of the decoder in RTL beside union-find in the same windows, on lives
 * of 100 rounds; one thread. `needed`: brg_decoder_decode_batch, which leaves out checks that
 * cannot change the logical outcome; `all`: X and Z checks both. Fails when a target is missed by
 * more than the slack. Usage: bench_qec_decode [--slack S] [--exact] [--lives N] */
#include <string.h>
#include <time.h>

#include "model/ecc/decoder_private.h"
#include "model/ecc/loop_model.h"
#include "model/ecc/rtl_decoder.h"
#include "unit/ecc/decoder_cases.h"

typedef struct row {
    uint32_t distance;
    double p;
    size_t shots;
    double target_us; /* of `all`; 0: none */
} row;

static const row rows[] = {
    {3, 0.001, 1000000, 0}, {5, 0.001, 1000000, 0.40}, {7, 0.001, 400000, 1.3},
    {9, 0.001, 200000, 0},  {11, 0.001, 100000, 5.0},  {13, 0.001, 50000, 0},
    {17, 0.001, 20000, 0},  {5, 0.005, 200000, 0},     {7, 0.005, 100000, 0},
    {11, 0.005, 20000, 0},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct shots {
    uint8_t *bits;
    uint64_t *truth, *answer;
    size_t count, stride;
} shots;

/* Best of three passes, in microseconds a shot. */
static double time_batch(brg_decoder *d, shots *s) {
    double best = INFINITY;
    for (int pass = 0; pass < 3; ++pass) {
        const double start = now();
        brg_decoder_decode_batch(d, s->bits, s->stride, s->count, s->answer);
        best = fmin(best, now() - start);
    }
    return 1e6 * best / (double)s->count;
}

static size_t list_events(uint32_t *events, const uint8_t *bits, size_t stride) {
    size_t count = 0;
    for (size_t at = 0; at < stride; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bits + at, stride - at < 8 ? stride - at : 8);
        for (; word; word &= word - 1)
            events[count++] = (uint32_t)(8 * at) + (uint32_t)__builtin_ctzll(word);
    }
    return count;
}

static double time_all(const brg_graph *g, shots *s, size_t *events_seen) {
    brg_union_find *uf = NULL;
    uint32_t *events = malloc(((size_t)g->detectors + 64) * sizeof *events);
    if (!events || brg_union_find_new(&uf, g) != BRG_OK) exit(1);
    double best = INFINITY;
    for (int pass = 0; pass < 3; ++pass) {
        const double start = now();
        *events_seen = 0;
        for (size_t i = 0; i < s->count; ++i) {
            const size_t n = list_events(events, s->bits + i * s->stride, s->stride);
            *events_seen += n;
            s->answer[i] = brg_union_find_decode(uf, events, n);
        }
        best = fmin(best, now() - start);
    }
    free(events);
    brg_union_find_destroy(&uf);
    return 1e6 * best / (double)s->count;
}

static size_t failures(const shots *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->count; ++i) n += s->answer[i] != s->truth[i];
    return n;
}

static bool run(const row *r, double slack, bool exact) {
    const brg_ecc_task task = {BRG_CODE_SURFACE_ROTATED_Z,
                               BRG_ECC_CIRCUIT_LEVEL,
                               r->distance,
                               r->distance,
                               r->p,
                               r->p,
                               r->p,
                               r->p};
    brg_circuit *circuit = NULL;
    brg_dem *dem = NULL;
    brg_graph *g = NULL;
    brg_decoder *d = NULL, *slow = NULL;
    if (brg_circuit_generate(&circuit, &task) != BRG_OK ||
        brg_dem_from_circuit(&dem, circuit, true, NULL) != BRG_OK ||
        brg_graph_from_dem(&g, dem, 255, NULL) != BRG_OK ||
        brg_decoder_new(&d, BRG_DECODER_UNION_FIND, g) != BRG_OK ||
        brg_decoder_new(&slow, BRG_DECODER_EXACT, g) != BRG_OK)
        exit(1);
    shots s = {.count = r->shots, .stride = ((size_t)g->detectors + 7) / 8};
    s.bits = malloc(s.count * s.stride);
    s.truth = malloc(s.count * sizeof *s.truth);
    s.answer = malloc(s.count * sizeof *s.answer);
    if (!s.bits || !s.truth || !s.answer) exit(1);
    uint64_t seed = 61;
    sample_dem(dem, s.count, s.bits, s.stride, s.truth, &seed);
    size_t events = 0;
    const double all = time_all(g, &s, &events);
    const size_t failed = failures(&s);
    const double needed = time_batch(d, &s);
    bool ok = failures(&s) == failed;
    if (!ok) printf("the two ways disagree\n");
    printf("d %2u p %g: %6.2f events a shot, needed %8.3f us, all %8.3f us", r->distance, r->p,
           (double)events / (double)s.count, needed, all);
    if (r->target_us > 0) {
        ok &= all <= r->target_us * slack;
        printf(", target %.2f%s", r->target_us, all <= r->target_us ? "" : " MISSED");
    }
    if (exact) printf(", exact %8.3f us", time_batch(slow, &s));
    printf("\n");
    free(s.bits);
    free(s.truth);
    free(s.answer);
    brg_decoder_destroy(&d);
    brg_decoder_destroy(&slow);
    brg_graph_destroy(&g);
    brg_dem_destroy(&dem);
    brg_circuit_destroy(&circuit);
    return ok;
}

enum { LIFE_ROUNDS = 100 };

/* Logical errors of both bases and the time of a life. */
static double time_lives(const brg_patch_config *patch, brg_loop_decoder decoder, size_t lives,
                         size_t *errors) {
    const brg_loop_config config = {
        .patch = *patch, .decoder = decoder, .round_ps = 1, .window = 2 * patch->distance};
    brg_loop_model *m = NULL;
    if (brg_loop_model_new(&m, &config, NULL) != BRG_OK) exit(1);
    *errors = 0;
    const double start = now();
    for (size_t i = 0; i < lives; ++i) {
        const unsigned pauli = brg_loop_pauli(m, i, 0, 0, 0, 0, LIFE_ROUNDS);
        *errors += (pauli & 1u) + (pauli >> 1);
    }
    const double took = now() - start;
    brg_loop_model_destroy(&m);
    return 1e6 * took / (double)lives;
}

/* A window of the model of the RTL, drawing left out. */
static double time_windows(const brg_patch_config *patch, double *cycles) {
    enum { LIVES = 400, PASSES = 5 };
    typedef uint64_t layer[BRG_PATCH_BASES][2];
    brg_patch_model *m = NULL;
    brg_patch_life *life = NULL;
    brg_rtl_stream *stream[BRG_PATCH_BASES] = {NULL};
    layer *events = malloc(sizeof *events * LIVES * (LIFE_ROUNDS + 1));
    int rc = events ? brg_patch_model_new(&m, patch, NULL) : BRG_ENOMEM;
    if (!rc) rc = brg_patch_life_new(&life, m);
    for (uint32_t b = 0; b < BRG_PATCH_BASES && !rc; ++b)
        rc = brg_rtl_stream_of_unit(&stream[b], patch->distance, b);
    for (uint32_t i = 0; i < LIVES && !rc; ++i) {
        const brg_patch_key key = {i, 0, 0, 0};
        layer *to = events + (size_t)i * (LIFE_ROUNDS + 1);
        unsigned flips;
        brg_patch_open(life, &key);
        for (int t = 0; t < LIFE_ROUNDS && !rc; ++t) rc = brg_patch_round(life, *to++);
        if (!rc) rc = brg_patch_close(life, *to, &flips);
    }
    if (rc) exit(1);
    size_t windows = 0;
    *cycles = 0;
    const double start = now();
    for (int pass = 0; pass < PASSES; ++pass)
        for (size_t i = 0; i < LIVES * (size_t)(LIFE_ROUNDS + 1); ++i)
            for (uint32_t b = 0; b < BRG_PATCH_BASES; ++b) {
                brg_rtl_update u;
                brg_rtl_stream_layer(stream[b], events[i][b], i % (LIFE_ROUNDS + 1) == LIFE_ROUNDS,
                                     &u);
                windows += u.update;
                *cycles += u.cycles;
            }
    const double took = now() - start;
    *cycles /= (double)windows;
    for (uint32_t b = 0; b < BRG_PATCH_BASES; ++b) brg_rtl_stream_destroy(&stream[b]);
    brg_patch_life_destroy(&life);
    brg_patch_model_destroy(&m);
    free(events);
    return 1e6 * took / (double)windows;
}

static bool run_lives(uint32_t distance, double p, size_t lives, double slack) {
    const double target_us = 10;
    const brg_patch_config patch = {distance, p, p, p, p, 9};
    double cycles;
    size_t rtl, windows;
    const double window_us = time_windows(&patch, &cycles);
    const double rtl_us = time_lives(&patch, BRG_LOOP_RTL, lives, &rtl);
    const double windows_us = time_lives(&patch, BRG_LOOP_UNION_FIND, lives, &windows);
    printf(
        "d %2u p %g: rtl %5.2f cycles and %.3f us a window, %zu errors and %.1f us a life; "
        "union_find %zu errors and %.1f us a life, of %zu\n",
        distance, p, cycles, window_us, rtl, rtl_us, windows, windows_us, 2 * lives);
    return window_us <= target_us * slack;
}

int main(int argc, char **argv) {
    double slack = 1;
    size_t lives = 1000;
    bool exact = false;
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--exact") == 0) {
            exact = true;
        } else if (strcmp(argv[i], "--slack") == 0 && i + 1 < argc) {
            slack = atof(argv[++i]);
        } else if (strcmp(argv[i], "--lives") == 0 && i + 1 < argc) {
            lives = strtoul(argv[++i], NULL, 10);
        } else {
            fprintf(stderr, "usage: bench_qec_decode [--slack S] [--exact] [--lives N]\n");
            return 2;
        }
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) ok &= run(&rows[i], slack, exact);
    for (uint32_t d = 3; d <= 7 && lives; d += 2)
        for (int i = 0; i < 3; ++i) ok &= run_lives(d, 0.001 + 0.002 * i, lives, slack);
    return ok ? 0 : 1;
}
