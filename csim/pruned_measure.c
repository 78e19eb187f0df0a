/* SPDX-License-Identifier: Apache-2.0 */
/* The pruned engine: sums over the plain branches in closed form, and the draws from them. */
#include <math.h>
#include <stdlib.h>

#include "csim/pruned_internal.h"

/* Weights. The weight of plain label a is
 *
 *     base * prod_q ratio[q]^(bit q of a) * prod_j bus[j][F_j(a)]
 *
 * The first product is a table of the upper half of the address bits times one of the lower half,
 * and so is its sum over all labels below one. The second is 1 for all labels but after damping of
 * bus qubits that are back in their registers; then it is summed label by label. */
enum { HALF_BITS = (BRG_MAX_ADDRESS_WIDTH + 1) / 2, HALF = 1 << HALF_BITS };

typedef struct half {
    uint32_t bits;
    double weight[HALF], below[HALF + 1];
} half;

typedef struct weights {
    const brg_pruned *p;
    double base, all;
    half high, low;
    bool even;
    double bus[BRG_MAX_WORD_WIDTH][2]; /* where not even */
} weights;

static double bus_weight(const brg_pruned *p, uint32_t j, unsigned fetched) {
    const brg_complex *a = p->story.amplitude[j][fetched];
    if (p->planes == 2) return brg_complex_weight(a[fetched]);
    return brg_complex_weight(a[0]) + brg_complex_weight(a[1]);
}

static bool is_even(const brg_pruned *p) {
    for (uint32_t j = 0; j < p->k; j++) {
        if (!p->story.fetched[j]) continue;
        const double zero = bus_weight(p, j, 0), one = bus_weight(p, j, 1);
        if (!(fabs(zero - one) <= 1e-14 * zero)) return false;
    }
    return true;
}

/* Address bits first .. first + bits - 1, the first of them being the most significant. */
static void half_begin(const brg_pruned *p, half *h, uint32_t first, uint32_t bits) {
    h->bits = bits;
    h->weight[0] = 1;
    for (uint32_t i = 0; i < bits; i++) { /* from the least significant one */
        const double ratio = brg_complex_weight(p->story.bit[first + bits - 1 - i]);
        for (size_t x = 0; x < (size_t)1 << i; x++)
            h->weight[x | (size_t)1 << i] = h->weight[x] * ratio;
    }
    h->below[0] = 0;
    for (size_t x = 0; x < (size_t)1 << bits; x++) h->below[x + 1] = h->below[x] + h->weight[x];
}

static double address_weight_of(const weights *w, uint64_t label) {
    const uint64_t low = label & (((uint64_t)1 << w->low.bits) - 1);
    return w->high.weight[label >> w->low.bits] * w->low.weight[low];
}

/* Without the factor base. */
static double weight_of(const weights *w, uint32_t label) {
    double product = address_weight_of(w, label);
    for (uint32_t j = 0; !w->even && j < w->p->k; j++)
        product *= w->bus[j][brg_pruned_word_bit(w->p, j, label)];
    return product;
}

/* Sum over the labels below x, 0 <= x <= 2^n, without the factor base. */
static double weight_below(const weights *w, uint64_t x) {
    if (w->even) {
        const uint64_t low = x & (((uint64_t)1 << w->low.bits) - 1), high = x >> w->low.bits;
        const double row = low ? w->high.weight[high] * w->low.below[low] : 0;
        return w->high.below[high] * w->low.below[(size_t)1 << w->low.bits] + row;
    }
    if (x >> w->p->n) return w->all;
    double sum = w->p->below[x >> 6];
    for (uint64_t label = x & ~(uint64_t)63; label < x; label++)
        sum += weight_of(w, (uint32_t)label);
    return sum;
}

/* p->below[i]: the sum over the labels below 64 i. */
static void sum_labels(const weights *w) {
    const uint64_t labels = (uint64_t)1 << w->p->n;
    brg_sum sum = {0, 0};
    for (uint64_t first = 0; first < labels; first += 64) {
        w->p->below[first >> 6] = sum.value;
        double part = 0;
        for (uint64_t label = first; label < first + 64 && label < labels; label++)
            part += weight_of(w, (uint32_t)label);
        brg_sum_add(&sum, part);
    }
    w->p->below[(labels + 63) >> 6] = sum.value;
    if (labels < 64) w->p->below[0] = 0;
}

static void weights_begin(const brg_pruned *p, weights *w) {
    w->p = p;
    w->base = brg_complex_weight(p->story.factor);
    w->even = is_even(p);
    for (uint32_t j = 0; j < p->k; j++) {
        if (w->even) w->base *= bus_weight(p, j, 0);
        for (unsigned f = 0; f < 2; f++)
            w->bus[j][f] = bus_weight(p, j, p->story.fetched[j] ? f : 0);
    }
    half_begin(p, &w->high, 0, p->n / 2);
    half_begin(p, &w->low, p->n / 2, p->n - p->n / 2);
    if (!w->even) sum_labels(w);
    w->all = w->even ? weight_below(w, (uint64_t)1 << p->n)
                     : p->below[(((uint64_t)1 << p->n) + 63) >> 6];
}

/* Sum over the plain labels. */
static double plain_weight(const brg_pruned *p, const weights *w) {
    brg_sum touched = {0, 0};
    for (size_t i = 0; i < p->labels; i++) brg_sum_add(&touched, weight_of(w, p->label[i]));
    const double left = w->all - touched.value;
    return p->labels >> p->n || left < 0 ? 0 : w->base * left;
}

static double norm_of_plain(const brg_pruned *p) {
    if (p->whole) return 0;
    weights w;
    weights_begin(p, &w);
    return plain_weight(p, &w);
}

double brg_pruned_norm(const brg_pruned *p) {
    return brg_branches_norm(p->part) + norm_of_plain(p);
}

/* Draws. */

/* The bus bits of a plain label that the part `goal` of its weight falls on, in the order of its
 * branches. */
static uint64_t pick_bus(const brg_pruned *p, uint32_t label, double goal) {
    uint64_t bus = 0;
    double left = goal; /* in units of what the bus qubits so far leave, 0..1 */
    for (uint32_t at = 0; at < p->k; at++) {
        const uint32_t j = p->story.order[at];
        const unsigned fetched = brg_pruned_word_bit(p, j, label);
        const brg_complex *a = p->story.amplitude[j][fetched];
        unsigned value = fetched;
        if (p->planes == 1) {
            const unsigned first = p->story.flipped[j];
            const double low = brg_complex_weight(a[first]), high = brg_complex_weight(a[!first]);
            const double part = low / (low + high);
            const bool second = !(left < part) && high > 1e-28 * (low + high);
            value = first ^ second;
            left = second ? (left - part) / (1 - part) : left / part;
        }
        bus |= (uint64_t)value << j;
    }
    return bus;
}

/* The label of [from, to), all plain, at which the running sum passes the goal (units of base). */
static brg_picked pick_plain(const brg_pruned *p, const weights *w, uint64_t from, uint64_t to,
                             double goal) {
    const double start = weight_below(w, from);
    uint64_t low = from, high = to - 1;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (weight_below(w, middle + 1) - start > goal)
            high = middle;
        else
            low = middle + 1;
    }
    const uint32_t label = (uint32_t)low;
    const double inside = (goal - (weight_below(w, low) - start)) / weight_of(w, label);
    return (brg_picked){.plain = true, .label = label, .bus = pick_bus(p, label, inside)};
}

brg_picked brg_pruned_pick(const brg_pruned *p, double u) {
    const brg_branches *b = p->part;
    if (p->whole) return (brg_picked){.branch = brg_branches_pick(b, u)};
    weights w;
    weights_begin(p, &w);
    const double goal = u * (brg_branches_norm(b) + plain_weight(p, &w));
    brg_picked last = {.branch = 0}; /* should rounding leave the goal above the sum */
    brg_sum sum = {0, 0};
    double below = 0;
    uint64_t next = 0; /* the first label that is not in the sum */
    size_t branch = 0;
    for (size_t i = 0; i <= p->labels; i++) {
        const uint64_t label = i < p->labels ? p->label[i] : (uint64_t)1 << p->n;
        if (label > next) {
            const double reached = weight_below(&w, label), gap = w.base * (reached - below);
            if (gap > 0 && sum.value + gap > goal)
                return pick_plain(p, &w, next, label, (goal - sum.value) / w.base);
            if (gap > 0)
                last = (brg_picked){.plain = true,
                                    .label = (uint32_t)(label - 1),
                                    .bus = pick_bus(p, (uint32_t)(label - 1), 1)};
            brg_sum_add(&sum, gap);
        }
        if (i == p->labels) break;
        next = label + 1;
        below = weight_below(&w, next);
        for (; branch < b->count && b->label[branch] == label; branch++) {
            const double weight = brg_branches_weight(b, branch);
            if (!(weight > 0)) continue;
            brg_sum_add(&sum, weight);
            last = (brg_picked){.branch = branch};
            if (sum.value > goal) return last;
        }
    }
    return last;
}

static unsigned symbol_bit(const brg_pruned *p, const brg_picked *picked, uint8_t symbol) {
    return symbol >= BRG_BUS
               ? (unsigned)(picked->bus >> (symbol - BRG_BUS)) & 1u
               : brg_pruned_address_bit(p, symbol - (uint32_t)BRG_ADDRESS, picked->label);
}

/* Value of a cell that holds a symbol, as csim/branch.h numbers it. */
static unsigned symbol_value(const brg_pruned *p, const brg_picked *picked, uint8_t symbol) {
    return symbol == BRG_NOTHING ? 0 : symbol_bit(p, picked, symbol) + p->planes - 1;
}

static int push_cell(brg_items *out, uint32_t cell, unsigned value) {
    return value ? brg_items_push(out, brg_item_make(cell, value)) : BRG_OK;
}

static int plain_items(const brg_pruned *p, const brg_picked *picked, bool registers,
                       brg_items *out) {
    const brg_story *s = &p->story;
    int rc = BRG_OK;
    out->count = 0;
    for (uint32_t l = 0; l < p->n && !rc; l++) {
        const uint32_t node = brg_path_node(p->n, picked->label, l);
        rc = push_cell(out, brg_cell_addr(node), symbol_value(p, picked, s->addr[l]));
        if (!rc) rc = push_cell(out, brg_cell_data(node), symbol_value(p, picked, s->data[l]));
    }
    for (size_t g = 0; g < p->part->background.count && !rc; g++)
        rc = brg_items_push(out, p->part->background.item[g]);
    for (uint32_t q = 0; registers && q < p->n && !rc; q++)
        rc = push_cell(out, brg_cell_address_qubit(&p->qram, q),
                       symbol_value(p, picked, s->address[q]));
    for (uint32_t j = 0; registers && j < p->k && !rc; j++)
        rc = push_cell(out, brg_cell_bus_qubit(&p->qram, j), symbol_value(p, picked, s->bus[j]));
    return rc;
}

int brg_pruned_items(const brg_pruned *p, const brg_picked *picked, bool registers,
                     brg_items *out) {
    if (picked->plain) return plain_items(p, picked, registers, out);
    int rc = brg_branches_tree_items(p->part, picked->branch, out);
    const uint32_t last = registers ? brg_all_cells(&p->qram) : p->tree_cells;
    for (uint32_t cell = p->tree_cells; cell < last && !rc; cell++)
        rc = push_cell(out, cell, brg_branches_value(p->part, picked->branch, cell));
    return rc;
}

uint64_t brg_pruned_bus_bits(const brg_pruned *p, const brg_picked *picked) {
    if (!picked->plain) return brg_branches_bus_bits(p->part, picked->branch);
    uint64_t bits = 0;
    for (uint32_t j = 0; j < p->k; j++)
        if (p->story.bus[j] != BRG_NOTHING)
            bits |= (uint64_t)symbol_bit(p, picked, p->story.bus[j]) << j;
    return bits;
}

uint64_t brg_pruned_address_bits(const brg_pruned *p, const brg_picked *picked) {
    if (!picked->plain) return brg_branches_address_bits(p->part, picked->branch);
    uint64_t bits = 0;
    for (uint32_t q = 0; q < p->n; q++)
        if (p->story.address[q] != BRG_NOTHING)
            bits |= (uint64_t)symbol_bit(p, picked, p->story.address[q]) << (p->n - 1 - q);
    return bits;
}

/* Fidelity. */

static bool path_is_empty(const brg_pruned *p) {
    for (uint32_t l = 0; l < p->n; l++)
        if (p->story.addr[l] || p->story.data[l]) return false;
    return true;
}

/* Everything is back in its own register. */
static bool story_is_over(const brg_pruned *p) {
    for (uint32_t q = 0; q < p->n; q++)
        if (p->story.address[q] != BRG_ADDRESS + q) return false;
    for (uint32_t j = 0; j < p->k; j++)
        if (p->story.bus[j] != BRG_BUS + j) return false;
    return path_is_empty(p);
}

/* Amplitude with which bus qubit j has the ideal value, by F_j and by whether the ideal is not
 * F_j. */
static brg_complex overlap_of(const brg_pruned *p, uint32_t j, unsigned fetched, unsigned other) {
    if (p->planes == 2)
        return other ? (brg_complex){0, 0} : p->story.amplitude[j][fetched][fetched];
    return p->story.amplitude[j][fetched][fetched ^ other];
}

/* One number for all labels: the ideal answer is what was fetched, and the overlap does not depend
 * on it. */
static bool common_overlap(const brg_pruned *p, const brg_planes *ideal, brg_complex *out) {
    const uint64_t mask = p->n < 6 ? ((uint64_t)1 << ((uint64_t)1 << p->n)) - 1 : ~(uint64_t)0;
    *out = (brg_complex){1, 0};
    for (uint32_t j = 0; j < p->k; j++) {
        const uint64_t *plane = ideal->bits + (size_t)j * ideal->plane_words;
        uint64_t other = 0;
        for (size_t i = 0; i < p->words; i++)
            other |= (plane[i] ^ (p->story.fetched[j] ? p->word[j][i] : 0)) & mask;
        if (other) return false;
        const brg_complex zero = overlap_of(p, j, 0, 0);
        if (p->story.fetched[j]) {
            const brg_complex one = overlap_of(p, j, 1, 0);
            const double apart = fabs(zero.re - one.re) + fabs(zero.im - one.im);
            if (!(apart <= 1e-15)) return false;
        }
        *out = brg_complex_times(*out, zero);
    }
    return true;
}

static brg_complex plus(brg_complex a, brg_complex b) {
    return (brg_complex){a.re + b.re, a.im + b.im};
}

/* prod_q bit[q]^(bit q of the label). */
static brg_complex address_factor(const brg_pruned *p, uint32_t label) {
    brg_complex product = {1, 0};
    for (uint32_t q = 0; q < p->n; q++)
        if (brg_pruned_address_bit(p, q, label))
            product = brg_complex_times(product, p->story.bit[q]);
    return product;
}

static brg_complex closed_sum(const brg_pruned *p) {
    brg_complex all = {1, 0};
    for (uint32_t q = 0; q < p->n; q++)
        all = brg_complex_times(all, plus((brg_complex){1, 0}, p->story.bit[q]));
    brg_sum re = {0, 0}, im = {0, 0};
    for (size_t i = 0; i < p->labels; i++) {
        const brg_complex touched = address_factor(p, p->label[i]);
        brg_sum_add(&re, touched.re);
        brg_sum_add(&im, touched.im);
    }
    return (brg_complex){all.re - re.value, all.im - im.value};
}

static brg_complex label_overlap(const brg_pruned *p, const brg_planes *ideal, uint32_t label) {
    brg_complex product = {1, 0};
    for (uint32_t j = 0; j < p->k; j++) {
        const unsigned fetched = brg_pruned_word_bit(p, j, label);
        const unsigned other = fetched ^ (unsigned)brg_planes_get(ideal, j, label);
        product = brg_complex_times(product, overlap_of(p, j, fetched, other));
    }
    return product;
}

/* Label by label, where the overlap depends on the memory. The labels of a run share the upper
 * address bits. */
static brg_complex long_sum(const brg_pruned *p, const brg_planes *ideal) {
    enum { RUN_BITS = 8 };
    const uint32_t bits = p->n < RUN_BITS ? p->n : RUN_BITS;
    const size_t run = (size_t)1 << bits, labels = (size_t)1 << p->n;
    brg_complex low[1 << RUN_BITS];
    for (size_t i = 0; i < run; i++) low[i] = address_factor(p, (uint32_t)i);
    brg_sum re = {0, 0}, im = {0, 0};
    for (size_t first = 0; first < labels; first += run) {
        brg_complex part = {0, 0};
        for (size_t i = 0; i < run; i++) {
            const size_t label = first + i;
            if (p->touched[label >> 6] >> (label & 63u) & 1u) continue;
            part = plus(part, brg_complex_times(low[i], label_overlap(p, ideal, (uint32_t)label)));
        }
        part = brg_complex_times(part, address_factor(p, (uint32_t)first));
        brg_sum_add(&re, part.re);
        brg_sum_add(&im, part.im);
    }
    return (brg_complex){re.value, im.value};
}

int brg_pruned_fidelity(brg_pruned *p, const brg_input *input, const brg_planes *ideal,
                        double *fidelity) {
    if (ideal->address_width != p->n || ideal->word_width != p->k) return BRG_EINVAL;
    if (!p->whole && !story_is_over(p)) {
        const int rc = brg_pruned_make_whole(p);
        if (rc) return rc;
    }
    if (p->whole) return brg_branches_fidelity(p->part, input, ideal, fidelity);
    brg_complex common, sum = {0, 0};
    if (!common_overlap(p, ideal, &common))
        sum = long_sum(p, ideal);
    else if (common.re != 0 || common.im != 0)
        sum = brg_complex_times(common, closed_sum(p));
    sum = brg_complex_times(sum, p->story.factor);
    const double extra[2] = {sum.re, sum.im};
    double total = 0;
    const int rc = brg_branches_overlap(p->part, input, ideal, extra, &total);
    *fidelity = total / (double)((uint64_t)1 << p->n);
    return rc;
}

/* Observables. */

double brg_pruned_empty_weight(const brg_pruned *p) {
    double sum = brg_branches_empty_weight(p->part);
    if (!p->whole && !p->part->background.count && path_is_empty(p)) sum += norm_of_plain(p);
    return sum;
}

/* Sum over the plain labels of weight times chance[value], value being address bit q of the label
 * or, with q = n + j, the bit fetched by bus qubit j. */
static double sum_by_bit(const brg_pruned *p, const weights *w, uint32_t q,
                         const double chance[2]) {
    const size_t labels = (size_t)1 << p->n;
    brg_sum sum = {0, 0};
    for (size_t label = 0; label < labels; label++) {
        if (p->touched[label >> 6] >> (label & 63u) & 1u) continue;
        const unsigned value = q < p->n ? brg_pruned_address_bit(p, q, (uint32_t)label)
                                        : brg_pruned_word_bit(p, q - p->n, (uint32_t)label);
        if (chance[value] > 0) brg_sum_add(&sum, chance[value] * weight_of(w, (uint32_t)label));
    }
    return w->base * sum.value;
}

/* Weight of the plain branches in which address bit q is 1. */
static double address_weight(const brg_pruned *p, const weights *w, uint32_t q) {
    static const double one[2] = {0, 1};
    if (!w->even) return sum_by_bit(p, w, q, one);
    double touched = 0;
    for (size_t i = 0; i < p->labels; i++)
        if (brg_pruned_address_bit(p, q, p->label[i])) touched += weight_of(w, p->label[i]);
    const double ratio = brg_complex_weight(p->story.bit[q]);
    return w->base * (w->all * ratio / (1 + ratio) - touched);
}

/* Weight of the plain branches in which bus qubit j is 1. */
static double bus_one_weight(const brg_pruned *p, const weights *w, uint32_t j) {
    double part[2];
    for (unsigned f = 0; f < 2; f++)
        part[f] = brg_complex_weight(p->story.amplitude[j][f][1]) / bus_weight(p, j, f);
    if (!p->story.fetched[j] || part[0] == part[1]) return part[0] * plain_weight(p, w);
    return sum_by_bit(p, w, p->n + j, part);
}

double brg_pruned_population(const brg_pruned *p, uint32_t layer) {
    double sum = brg_branches_population(p->part, layer);
    if (p->whole || layer >= p->n) return sum;
    weights w;
    weights_begin(p, &w);
    const double plain = plain_weight(p, &w);
    const uint8_t symbol[2] = {p->story.addr[layer], p->story.data[layer]};
    for (unsigned i = 0; i < 2; i++) {
        if (symbol[i] == BRG_NOTHING) continue;
        if (p->planes == 2)
            sum += plain;
        else if (symbol[i] < BRG_BUS)
            sum += address_weight(p, &w, symbol[i] - (uint32_t)BRG_ADDRESS);
        else
            sum += bus_one_weight(p, &w, symbol[i] - (uint32_t)BRG_BUS);
    }
    for (size_t g = 0; g < p->part->background.count; g++)
        if (brg_node_layer(brg_item_cell(p->part->background.item[g]) >> 1) == layer) sum += plain;
    return sum;
}
