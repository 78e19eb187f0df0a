/* SPDX-License-Identifier: Apache-2.0 */
/* Built-in microprograms: `bucket_brigade`, unrolled from the schedule of docs/schedule.md. */
#include "model/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/program_private.h"

typedef struct builtin {
    const char *name, *about;
} builtin;

static const builtin builtins[] = {
    {"bucket_brigade",
     "one query of 2^n cells, 6n+2k-1 slices, the address routed in and out bit by bit"},
};

const char *brg_program_name(size_t i) {
    return i < sizeof builtins / sizeof builtins[0] ? builtins[i].name : NULL;
}

const char *brg_program_about(size_t i) {
    return i < sizeof builtins / sizeof builtins[0] ? builtins[i].about : NULL;
}

void brg_program_destroy(brg_program **program) {
    if (program == NULL) return;
    free(*program);
    *program = NULL;
}

/* Index i of an operation that fires at first, first+2, ..., first+2*(count-1); -1 elsewhere. */
static int16_t every_other(uint32_t s, uint32_t first, uint32_t count) {
    if (s < first || (s - first) % 2 != 0 || (s - first) / 2 >= count) return -1;
    return (int16_t)((s - first) / 2);
}

/* Bit l for the layer with s = 3l+2, 0 when there is none. */
static uint32_t latch_layer(uint32_t s, uint32_t n) {
    if (s % 3 != 2 || (s - 2) / 3 >= n) return 0;
    return 1u << ((s - 2) / 3);
}

/* Layers that route in slice s. In the exclusion window the bus bits are below the layer, so that
 * its routers would only swap empty cells. */
static uint32_t route_layers(uint32_t s, uint32_t n, uint32_t k) {
    const uint32_t out = 6 * n + 2 * k - s;
    uint32_t layers = 0;
    for (uint32_t l = 0; l + 1 < n; l++) {
        const uint32_t first = 3 * l + 4, below = 2 * n + 2 * k + l + 1;
        const bool travelling = s % 2 == l % 2 && s >= first && out >= first;
        const bool excluded = s >= below && out >= below;
        if (travelling && !excluded) layers |= 1u << l;
    }
    return layers;
}

static brg_slice_ops slice_ops(uint32_t s, const brg_qram *q) {
    const uint32_t n = q->address_width, k = q->word_width, out = 6 * n + 2 * k - s;
    brg_slice_ops o = brg_slice_ops_none();
    const uint32_t unlatch = latch_layer(out, n);
    o.route = route_layers(s, n, k);
    o.latch = latch_layer(s, n) | unlatch;
    o.unlatch = unlatch != 0;
    o.a_in = every_other(s, 1, n);
    o.a_out = every_other(out, 1, n);
    o.d_in = every_other(s, 2 * n + 1, k);
    o.fetch = every_other(s, 3 * n + 1, k);
    o.d_out = every_other(s, 4 * n + 1, k);
    o.basis_in = q->routers == BRG_TWO_LEVEL && o.d_in >= 0;
    o.basis_out = q->routers == BRG_TWO_LEVEL && o.d_out >= 0;
    return o;
}

uint8_t brg_ops_class(const brg_slice_ops *o, const double *class_length) {
    static const uint8_t order[] = {BRG_CLASS_CSWAP, BRG_CLASS_FETCH, BRG_CLASS_LATCH_SWAP,
                                    BRG_CLASS_REGISTER_SWAP};
    const bool fires[] = {o->route != 0, o->fetch >= 0, o->latch != 0,
                          o->a_in >= 0 || o->a_out >= 0 || o->d_in >= 0 || o->d_out >= 0};
    int best = -1;
    for (int i = 0; i < 4; i++) {
        if (!fires[i]) continue;
        if (best < 0 ||
            (class_length != NULL && class_length[order[i]] > class_length[order[best]]))
            best = i;
    }
    return best < 0 ? (uint8_t)BRG_CLASS_IDLE : order[best];
}

static void build_bucket_brigade(brg_program *p, const brg_program_config *config) {
    const uint32_t slices = 6 * p->address_width + 2 * p->word_width - 1;
    for (uint32_t s = 1; s <= slices; s++) {
        brg_control_word *w = &p->words[p->count++];
        w->ops = slice_ops(s, &config->qram);
        w->duration_class = brg_ops_class(&w->ops, config->class_length);
        if (w->ops.fetch >= 0 && config->page_wait == BRG_PAGE_WAIT_FETCH)
            w->wait_mask = BRG_WAIT_PAGE;
        w->mark = w->ops.fetch == 0;
    }
    if (config->page_wait == BRG_PAGE_WAIT_ENTRY) p->words[0].wait_mask = BRG_WAIT_PAGE;
    if (config->readout) {
        p->words[p->count++].measure = true;
        p->words[p->count++].wait_mask = BRG_WAIT_READOUT;
    }
    p->words[p->count - 1].next = BRG_NEXT_HALT;
}

static int check_config(const brg_program_config *c, brg_diag *diag) {
    const brg_qram *q = &c->qram;
    if (c->page_wait != BRG_PAGE_WAIT_FETCH && c->page_wait != BRG_PAGE_WAIT_ENTRY)
        return BRG_EINVAL;
    if (q->routers != BRG_TWO_LEVEL && q->routers != BRG_THREE_LEVEL) return BRG_EINVAL;
    if (c->class_length != NULL)
        for (int i = 0; i < BRG_CLASS_COUNT; i++)
            if (!isfinite(c->class_length[i]) || c->class_length[i] < 0) return BRG_EINVAL;
    int status = BRG_OK;
    if (q->address_width < 1 || q->address_width > BRG_MAX_ADDRESS_WIDTH) {
        brg_diag_add(diag, NULL, 0, 0, "address_width", "%u is out of range, accepted 1..%d",
                     q->address_width, BRG_MAX_ADDRESS_WIDTH);
        status = BRG_EINPUT;
    }
    if (q->word_width < 1 || q->word_width > BRG_MAX_WORD_WIDTH) {
        brg_diag_add(diag, NULL, 0, 0, "word_width", "%u is out of range, accepted 1..%d",
                     q->word_width, BRG_MAX_WORD_WIDTH);
        status = BRG_EINPUT;
    }
    if (status != BRG_OK) return status;
    const uint32_t words = 6 * q->address_width + 2 * q->word_width - 1 + (c->readout ? 2u : 0u);
    if (words > BRG_STORE_WORDS) {
        brg_diag_add(diag, NULL, 0, 0, "control store",
                     "n = %u and k = %u need %u control words, the control store holds %d",
                     q->address_width, q->word_width, words, BRG_STORE_WORDS);
        return BRG_EINPUT;
    }
    return BRG_OK;
}

int brg_program_new(brg_program **out) {
    brg_program *p = calloc(1, sizeof *p);
    if (p == NULL) return BRG_ENOMEM;
    for (size_t i = 0; i < BRG_STORE_WORDS; i++) p->words[i].ops = brg_slice_ops_none();
    *out = p;
    return BRG_OK;
}

int brg_program_build(brg_program **out, const char *name, const brg_program_config *config,
                      brg_diag *diag) {
    if (out == NULL || name == NULL || config == NULL) return BRG_EINVAL;
    *out = NULL;
    if (strcmp(name, builtins[0].name) != 0) {
        brg_diag_add(diag, NULL, 0, 0, "program", "no program is called '%s', accepted: %s", name,
                     builtins[0].name);
        return BRG_EINPUT;
    }
    int status = check_config(config, diag);
    if (status != BRG_OK) return status;
    brg_program *p = NULL;
    status = brg_program_new(&p);
    if (status != BRG_OK) return status;
    memcpy(p->name, builtins[0].name, strlen(builtins[0].name) + 1);
    p->routers = config->qram.routers;
    p->address_width = config->qram.address_width;
    p->word_width = config->qram.word_width;
    build_bucket_brigade(p, config);
    *out = p;
    return BRG_OK;
}
