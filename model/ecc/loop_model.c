/* SPDX-License-Identifier: Apache-2.0 */
/* Logical errors of register qubits: lives of patches run on demand, one object per thread at
 * work. */
#include "model/ecc/loop_model.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "csim/random.h"
#include "model/ecc/rtl_decoder.h"
#include "model/ecc/rtl_tables.h"

/* A life that waits for its next use, with its decoders. */
typedef struct pooled {
    struct pooled *next;
    brg_patch_life *life;
    brg_rtl_stream *stream[BRG_PATCH_BASES]; /* only of BRG_LOOP_RTL */
} pooled;

struct brg_loop_model {
    brg_loop_config config;
    brg_patch_model *patch;
    double rate;          /* of the fit, per round and basis */
    pthread_mutex_t lock; /* guards the pool */
    pooled *pool;
    atomic_int status;
};

const char *brg_loop_decoder_name(brg_loop_decoder decoder) {
    static const char *const name[BRG_LOOP_DECODERS] = {"union_find", "lookup", "exact",  "rtl",
                                                        "fit",        "none",   "perfect"};
    return (unsigned)decoder < BRG_LOOP_DECODERS ? name[decoder] : NULL;
}

double brg_loop_fit_rate(uint32_t distance, double physical_error) {
    const double rate = 0.0274 * pow(physical_error / BRG_LOOP_FIT_THRESHOLD, (distance + 1) / 2.0);
    return rate < 0.5 ? rate : 0.5;
}

double brg_loop_effective_error(const brg_patch_config *r) {
    return 0.69 * r->after_clifford_depolarization + 0.04 * r->before_measure_flip +
           0.04 * r->after_reset_flip + 0.23 * r->before_round_data_depolarization;
}

double brg_loop_error_after(double rate, uint64_t rounds) {
    if (!(rate > 0) || !rounds) return 0;
    if (rate >= 0.5) return 0.5;
    return -expm1((double)rounds * log1p(-2 * rate)) / 2;
}

static int refuse(brg_diag *diag, const char *key, const char *what) {
    brg_diag_add(diag, "", 0, 0, key, "%s", what);
    return BRG_EINPUT;
}

static int check(const brg_loop_config *c, brg_diag *diag) {
    if ((unsigned)c->decoder >= BRG_LOOP_DECODERS)
        return refuse(diag, "decoder", "unknown decoder");
    if (!c->round_ps) return refuse(diag, "round", "a round must take some time");
    if (c->window == 1)
        return refuse(diag, "window", "one layer is no window, accepted: 0 or at least 2");
    if (c->decoder == BRG_LOOP_LOOKUP && (c->patch.distance != 3 || c->window < 2 || c->window > 4))
        return refuse(diag, "decoder", "lookup needs distance 3 and a window of 2 to 4 layers");
    if (c->decoder == BRG_LOOP_RTL && c->window && c->window != 2 * c->patch.distance)
        return refuse(diag, "window", "the decoder in RTL has windows of twice the distance");
    if (c->decoder == BRG_LOOP_FIT && !(c->physical_error >= 0 && c->physical_error <= 1))
        return refuse(diag, "physical_error", "accepted: 0 to 1");
    return BRG_OK;
}

int brg_loop_model_new(brg_loop_model **out, const brg_loop_config *config, brg_diag *diag) {
    if (!out || !config) return BRG_EINVAL;
    *out = NULL;
    int rc = check(config, diag);
    if (rc) return rc;
    brg_loop_model *m = calloc(1, sizeof *m);
    if (!m) return BRG_ENOMEM;
    m->config = *config;
    if (pthread_mutex_init(&m->lock, NULL)) {
        free(m);
        return BRG_ENOMEM;
    }
    /* Made for every decoder, so that a bad patch is refused under all of them. */
    rc = brg_patch_model_new(&m->patch, &config->patch, diag);
    if (rc) {
        brg_loop_model_destroy(&m);
        return rc;
    }
    m->rate = brg_loop_fit_rate(config->patch.distance, config->physical_error);
    *out = m;
    return BRG_OK;
}

static void free_pooled(pooled *p) {
    if (!p) return;
    brg_patch_life_destroy(&p->life);
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) brg_rtl_stream_destroy(&p->stream[b]);
    free(p);
}

void brg_loop_model_destroy(brg_loop_model **model) {
    if (!model || !*model) return;
    brg_loop_model *m = *model;
    while (m->pool) {
        pooled *p = m->pool;
        m->pool = p->next;
        free_pooled(p);
    }
    brg_patch_model_destroy(&m->patch);
    pthread_mutex_destroy(&m->lock);
    free(m);
    *model = NULL;
}

void brg_loop_logical(brg_logical *out, brg_loop_model *model, double transfer_error) {
    const brg_loop_decoder decoder = model->config.decoder;
    const bool known = decoder == BRG_LOOP_FIT || decoder == BRG_LOOP_PERFECT;
    *out = (brg_logical){.pauli = brg_loop_pauli,
                         .rates = known ? brg_loop_rates : NULL,
                         .user = model,
                         .transfer_error = transfer_error};
}

uint64_t brg_loop_rounds(const brg_loop_model *model, uint64_t begin_ps, uint64_t end_ps) {
    return end_ps > begin_ps ? (end_ps - begin_ps) / model->config.round_ps : 0;
}

int brg_loop_rates(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z) {
    const brg_loop_model *m = user;
    const bool fit = m->config.decoder == BRG_LOOP_FIT;
    if (!fit && m->config.decoder != BRG_LOOP_PERFECT) return BRG_EINVAL;
    *x = *z = fit ? brg_loop_error_after(m->rate, brg_loop_rounds(m, begin_ps, end_ps)) : 0;
    return BRG_OK;
}

int brg_loop_status(const brg_loop_model *model) {
    return atomic_load(&model->status);
}

static void fail(brg_loop_model *m, int rc) {
    int none = BRG_OK;
    atomic_compare_exchange_strong(&m->status, &none, rc);
}

static pooled *make_pooled(const brg_loop_model *m) {
    pooled *p = calloc(1, sizeof *p);
    int rc = p ? brg_patch_life_new(&p->life, m->patch) : BRG_ENOMEM;
    for (uint32_t b = 0; b < BRG_PATCH_BASES && !rc && m->config.decoder == BRG_LOOP_RTL; b++)
        rc = brg_rtl_stream_of_unit(&p->stream[b], m->config.patch.distance, b);
    if (!rc) return p;
    free_pooled(p);
    return NULL;
}

static pooled *take(brg_loop_model *m) {
    pthread_mutex_lock(&m->lock);
    pooled *p = m->pool;
    if (p) m->pool = p->next;
    pthread_mutex_unlock(&m->lock);
    return p ? p : make_pooled(m);
}

static void give_back(brg_loop_model *m, pooled *p) {
    pthread_mutex_lock(&m->lock);
    p->next = m->pool;
    m->pool = p;
    pthread_mutex_unlock(&m->lock);
}

static unsigned draw_fit(const brg_loop_model *m, const brg_patch_key *key, uint64_t rounds) {
    const double odd = brg_loop_error_after(m->rate, rounds);
    const brg_stream s =
        brg_stream_make(m->config.patch.seed, key->query, key->trajectory, BRG_PURPOSE_LOGICAL,
                        (uint64_t)key->qubit << 32 | key->life);
    unsigned pauli = 0;
    for (unsigned b = 0; b < BRG_PATCH_BASES; b++)
        pauli |= (unsigned)(brg_stream_uniform_at(&s, b) < odd) << b;
    return pauli;
}

/* The correction so far, one more layer included. */
static unsigned correct(pooled *p, uint64_t events[BRG_PATCH_BASES][2], bool last) {
    unsigned frame = 0;
    for (uint32_t b = 0; b < BRG_PATCH_BASES; b++) {
        brg_rtl_update u;
        brg_rtl_stream_layer(p->stream[b], events[b], last, &u);
        frame |= (u.frame >> brg_qec_rtl_observable(b == 1) & 1u) << b;
    }
    return frame;
}

static int run_life(const brg_loop_model *m, pooled *p, const brg_patch_key *key, uint64_t rounds,
                    unsigned *pauli) {
    static const brg_decoder_kind kind[] = {[BRG_LOOP_UNION_FIND] = BRG_DECODER_UNION_FIND,
                                            [BRG_LOOP_LOOKUP] = BRG_DECODER_LOOKUP,
                                            [BRG_LOOP_EXACT] = BRG_DECODER_EXACT};
    const bool rtl = m->config.decoder == BRG_LOOP_RTL;
    brg_patch_life *life = p->life;
    uint64_t events[BRG_PATCH_BASES][2];
    int rc = BRG_OK;
    brg_patch_open(life, key);
    for (uint32_t b = 0; b < BRG_PATCH_BASES && rtl; b++) brg_rtl_stream_clear(p->stream[b]);
    for (uint64_t r = 0; r < rounds && !rc; r++) {
        rc = brg_patch_round(life, events);
        if (rtl && !rc) correct(p, events, false);
    }
    if (!rc) rc = brg_patch_close(life, events, pauli);
    if (rc || m->config.decoder == BRG_LOOP_NONE) return rc;
    if (rtl) {
        *pauli ^= correct(p, events, true);
        return BRG_OK;
    }
    return brg_patch_residual(life, kind[m->config.decoder], m->config.window, pauli);
}

unsigned brg_loop_pauli(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                        uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    brg_loop_model *m = user;
    const uint64_t rounds = brg_loop_rounds(m, begin_ps, end_ps);
    const brg_patch_key key = {trajectory, query, qubit, life};
    if (!rounds || m->config.decoder == BRG_LOOP_PERFECT) return 0;
    if (m->config.decoder == BRG_LOOP_FIT) return draw_fit(m, &key, rounds);
    pooled *p = take(m);
    if (!p) {
        fail(m, BRG_ENOMEM);
        return 0;
    }
    unsigned pauli = 0;
    const int rc = run_life(m, p, &key, rounds, &pauli);
    give_back(m, p);
    if (rc) fail(m, rc);
    return rc ? 0 : pauli;
}
