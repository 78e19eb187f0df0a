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
     "one query of 2^n cells, 6n+2k-1 slices (K pages: 6n+2kK-1), the address routed in and out "
     "bit by bit"},
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

/* One operation of the bus by the number of its bit, which counts page after page: bit j of page p
 * is number p*k + j. Alone in its page or one of many, a bit takes the same way through the tree.
 */
static void bus_operation(int16_t number, const brg_qram *q, int16_t *bit, int16_t *page) {
    *bit = *page = -1;
    if (number < 0) return;
    *bit = (int16_t)((uint32_t)number % q->word_width);
    *page = (int16_t)((uint32_t)number / q->word_width);
}

/* page: that of the fetch. */
static brg_slice_ops slice_ops(uint32_t s, const brg_qram *q, uint16_t *page) {
    const uint32_t n = q->address_width, k = q->word_width * brg_pages(q);
    const uint32_t out = brg_query_slices(q) + 1 - s;
    const bool two = q->routers == BRG_TWO_LEVEL;
    int16_t fetched;
    brg_slice_ops o = brg_slice_ops_none();
    const uint32_t unlatch = latch_layer(out, n);
    o.route = route_layers(s, n, k);
    o.latch = latch_layer(s, n) | unlatch;
    o.unlatch = unlatch != 0;
    o.a_in = every_other(s, 1, n);
    o.a_out = every_other(out, 1, n);
    bus_operation(every_other(s, 2 * n + 1, k), q, &o.d_in, &o.d_in_page);
    bus_operation(every_other(s, 3 * n + 1, k), q, &o.fetch, &fetched);
    bus_operation(every_other(s, 4 * n + 1, k), q, &o.d_out, &o.d_out_page);
    *page = fetched > 0 ? (uint16_t)fetched : 0;
    /* In the other basis from a bit's first possible entry to its last possible exit. */
    o.basis_in = two && o.d_in_page == 0;
    o.basis_out = two && o.d_out_page == (int16_t)(brg_pages(q) - 1);
    if (q->page_bits == 0) o.d_in_page = o.d_out_page = -1;
    return o;
}

uint8_t brg_ops_class(const brg_slice_ops *o, const double *class_length) {
    static const uint8_t order[] = {BRG_CLASS_CONTROLLED_SWAP, BRG_CLASS_CSWAP, BRG_CLASS_FETCH,
                                    BRG_CLASS_LATCH_SWAP, BRG_CLASS_REGISTER_SWAP};
    const bool controlled = o->d_in_page >= 0 || o->d_out_page >= 0;
    const bool fires[] = {
        controlled, o->route != 0, o->fetch >= 0, o->latch != 0,
        o->a_in >= 0 || o->a_out >= 0 || (!controlled && (o->d_in >= 0 || o->d_out >= 0))};
    int best = -1;
    for (int i = 0; i < 5; i++) {
        if (!fires[i]) continue;
        if (best < 0 ||
            (class_length != NULL && class_length[order[i]] > class_length[order[best]]))
            best = i;
    }
    return best < 0 ? (uint8_t)BRG_CLASS_IDLE : order[best];
}

/* How a query is laid out: slices 1..before one word each, then a body of `period` words that runs
 * `turns` times, then the rest one word each. turns = 0: no loop. */
typedef struct layout {
    uint32_t before, period, turns, words;
} layout;

/* Once the first bit of the query is back and until its last bit has entered, slice s + 2k is slice
 * s one page later. The first page's basis_in and the last page's basis_out stay outside. */
static layout lay_out(const brg_program_config *config) {
    const brg_qram *q = &config->qram;
    const uint32_t n = q->address_width, period = 2 * q->word_width, pages = brg_pages(q);
    const uint32_t slices = brg_query_slices(q), steps = config->readout ? 2 : 0;
    layout l = {.before = slices, .period = period, .words = slices + steps};
    if (config->unroll || l.words <= BRG_STORE_WORDS) return l;
    const uint32_t first = 2 * n + (2 * n > period ? 2 * n : period);
    const uint32_t in_last = 2 * n + period * pages, out_last = 4 * n + period * (pages - 1);
    const uint32_t last = in_last < out_last ? in_last : out_last;
    const uint32_t turns = last > first ? (last - first) / period : 0;
    if (turns < 2) return l;
    l.before = first;
    l.turns = turns;
    l.words = slices - (turns - 1) * period + steps;
    return l;
}

static void put_slice(brg_program *p, const brg_program_config *config, uint32_t s, bool looped) {
    brg_control_word *w = &p->words[p->count++];
    w->ops = slice_ops(s, &config->qram, &w->page);
    w->page_base = looped && (w->ops.fetch >= 0 || w->ops.d_in >= 0 || w->ops.d_out >= 0);
    w->duration_class = brg_ops_class(&w->ops, config->class_length);
    /* The first page may be awaited before the query; the later ones load while it runs. */
    if (w->ops.fetch >= 0 && (config->page_wait == BRG_PAGE_WAIT_FETCH || w->page > 0 || looped))
        w->wait_mask = BRG_WAIT_PAGE;
    w->mark = w->ops.fetch == 0;
}

static void build_bucket_brigade(brg_program *p, const brg_program_config *config) {
    const layout l = lay_out(config);
    const uint32_t slices = brg_query_slices(&config->qram);
    uint32_t s = 1;
    while (s <= l.before) put_slice(p, config, s++, false);
    if (l.turns > 0) {
        const uint32_t body = p->count;
        while (s <= l.before + l.period) put_slice(p, config, s++, true);
        brg_control_word *last = &p->words[p->count - 1];
        last->next = BRG_NEXT_LOOP;
        last->target = (uint16_t)body;
        p->loop_count[0] = (uint16_t)l.turns;
        s += (l.turns - 1) * l.period;
    }
    while (s <= slices) put_slice(p, config, s++, false);
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
    if (q->page_bits > BRG_MAX_PAGE_BITS) {
        brg_diag_add(diag, NULL, 0, 0, "page_bits", "%u is out of range, accepted 0..%d",
                     q->page_bits, BRG_MAX_PAGE_BITS);
        status = BRG_EINPUT;
    } else if (status == BRG_OK && brg_table_width(q) > BRG_MAX_ADDRESS_WIDTH) {
        brg_diag_add(diag, NULL, 0, 0, "page_bits",
                     "%u page bits and %u address bits make a table of 2^%u cells, accepted up to "
                     "2^%d",
                     q->page_bits, q->address_width, brg_table_width(q), BRG_MAX_ADDRESS_WIDTH);
        status = BRG_EINPUT;
    }
    if (status != BRG_OK) return status;
    const uint32_t words = lay_out(c).words;
    if (words > BRG_PROGRAM_WORDS) {
        brg_diag_add(diag, NULL, 0, 0, "control store",
                     "n = %u, k = %u and %u pages need %u control words, the control store and its "
                     "backing memory hold %d",
                     q->address_width, q->word_width, brg_pages(q), words, BRG_PROGRAM_WORDS);
        return BRG_EINPUT;
    }
    return BRG_OK;
}

int brg_program_new(brg_program **out) {
    brg_program *p = calloc(1, sizeof *p);
    if (p == NULL) return BRG_ENOMEM;
    for (size_t i = 0; i < BRG_PROGRAM_WORDS; i++) p->words[i].ops = brg_slice_ops_none();
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
    p->page_bits = config->qram.page_bits;
    build_bucket_brigade(p, config);
    *out = p;
    return BRG_OK;
}
