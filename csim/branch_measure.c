/* SPDX-License-Identifier: Apache-2.0 */
/* What needs branches to be compared or counted: basis changes with their merging, fidelity,
 * occupations, and the draws of a damping event. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/branch_internal.h"

/* A branch that carries less than this part of the norm after a basis change is dropped: what is
 * left of two amplitudes that cancel is rounding. */
#define DROPPED_PART 1e-28

/* Hashes. */

/* The finalizer of splitmix64. */
uint64_t brg_mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* A tree is the background but for its deviations: cells of the path and cells with a difference
 * that hold something else. Walks through them; start with {0}. */
typedef struct walk {
    bool past_words, past_path;
    unsigned kind;
    uint32_t left; /* layers of the present kind that may deviate */
    uint32_t link;
} walk;

static uint32_t background_layers(const brg_branches *b) {
    uint32_t layers = 0;
    for (size_t g = 0; g < b->background.count; g++)
        layers |= 1u << brg_node_layer(brg_item_cell(b->background.item[g]) >> 1);
    return layers;
}

/* layers: those of the background. */
static bool walk_next(const brg_branches *b, size_t i, uint32_t layers, walk *w, brg_item *out) {
    while (!w->past_path) {
        uint32_t *const *word = w->kind ? b->data : b->addr;
        const uint32_t zero = word[0][i], one = b->planes == 2 ? word[1][i] : 0;
        if (!w->past_words) {
            w->left = zero | one | layers;
            w->past_words = true;
        }
        while (w->left) {
            const uint32_t layer = (uint32_t)__builtin_ctz(w->left);
            const uint32_t cell = 2 * brg_path_node(b->n, brg_branches_leaf(b, i), layer) + w->kind;
            const unsigned value = brg_plane_value(b->planes, zero, one, layer);
            w->left &= w->left - 1;
            if (value == b->ground[cell]) continue;
            *out = brg_item_make(cell, value);
            return true;
        }
        w->past_words = false;
        w->past_path = w->kind++ == 1;
        if (w->past_path) w->link = b->difference[i];
    }
    if (!w->link) return false;
    *out = b->pool[w->link].item;
    w->link = b->pool[w->link].next;
    return true;
}

/* Order-independent hash of the deviations: equal for equal trees. 0 for the background. */
static uint64_t tree_hash(const brg_branches *b, size_t i, uint32_t layers) {
    uint64_t hash = 0;
    walk w = {0};
    brg_item item;
    while (walk_next(b, i, layers, &w, &item)) hash += brg_mix(item);
    return hash;
}

static bool is_background(const brg_branches *b, size_t i, uint32_t layers) {
    walk w = {0};
    brg_item item;
    return !walk_next(b, i, layers, &w, &item);
}

static bool same_words(const brg_branches *b, size_t i, size_t j) {
    bool same = true;
    for (unsigned p = 0; p < b->planes; p++)
        same = same && b->addr[p][i] == b->addr[p][j] && b->data[p][i] == b->data[p][j];
    return same;
}

static bool same_differences(const brg_branches *b, size_t i, size_t j) {
    uint32_t d = b->difference[i], e = b->difference[j];
    while (d && e && b->pool[d].item == b->pool[e].item) {
        d = b->pool[d].next;
        e = b->pool[e].next;
    }
    return !d && !e;
}

static bool path_is_empty(const brg_branches *b, size_t i) {
    uint32_t any = 0;
    for (unsigned p = 0; p < b->planes; p++) any |= b->addr[p][i] | b->data[p][i];
    return !any;
}

/* Every deviation of i is one of j, and j has as many. */
static bool same_deviations(const brg_branches *b, size_t i, size_t j, uint32_t layers) {
    walk w = {0}, v = {0};
    brg_item item, other;
    while (walk_next(b, i, layers, &w, &item)) {
        if (!walk_next(b, j, layers, &v, &other)) return false;
        if (item != other && brg_branches_value(b, j, brg_item_cell(item)) != brg_item_value(item))
            return false;
    }
    return !walk_next(b, j, layers, &v, &other);
}

static bool same_tree(const brg_branches *b, size_t i, size_t j, uint32_t layers) {
    if (brg_branches_leaf(b, i) == brg_branches_leaf(b, j))
        return same_words(b, i, j) && same_differences(b, i, j);
    return same_deviations(b, i, j, layers);
}

bool brg_branches_same_tree(const brg_branches *b, size_t i, size_t j) {
    return same_tree(b, i, j, background_layers(b));
}

/* Grouping. */

/* A group of equal branches: the first one met, their number and summed amplitude. */
typedef struct group {
    uint64_t hash;
    uint32_t leader; /* branch + 1; 0 = free */
    uint32_t members;
    brg_sum re, im;
} group;

/* Open addressing. */
typedef struct table {
    size_t mask;
    group *slot;
} table;

static int table_new(table *t, size_t count) {
    size_t size = 16;
    while (size < count + count / 2) size *= 2;
    t->mask = size - 1;
    t->slot = calloc(size, sizeof *t->slot);
    return t->slot ? BRG_OK : BRG_ENOMEM;
}

static void table_clear(table *t) {
    free(t->slot);
}

static bool same_string(const brg_branches *b, size_t i, size_t j, uint32_t layers,
                        uint64_t ignored_bus) {
    for (unsigned p = 0; p < b->planes; p++) {
        if (b->address[p][i] != b->address[p][j]) return false;
        if ((b->bus[p][i] ^ b->bus[p][j]) & ~ignored_bus) return false;
    }
    return same_tree(b, i, j, layers);
}

/* The group of branch i: by its tree, and with `strings` by its registers too. */
static group *table_find(table *t, const brg_branches *b, size_t i, uint64_t hash, uint32_t layers,
                         bool strings, uint64_t ignored_bus) {
    for (size_t at = hash & t->mask;; at = (at + 1) & t->mask) {
        group *g = &t->slot[at];
        if (!g->leader) {
            *g = (group){.hash = hash, .leader = (uint32_t)i + 1, .members = 1};
            return g;
        }
        if (g->hash != hash) continue;
        const size_t leader = g->leader - 1u;
        if (strings ? !same_string(b, i, leader, layers, ignored_bus)
                    : !same_tree(b, i, leader, layers))
            continue;
        g->members++;
        return g;
    }
}

static uint64_t string_hash(const brg_branches *b, size_t i, uint32_t layers,
                            uint64_t ignored_bus) {
    uint64_t hash = tree_hash(b, i, layers);
    for (unsigned p = 0; p < b->planes; p++) {
        hash = brg_mix(hash + b->address[p][i]);
        hash = brg_mix(hash + (b->bus[p][i] & ~ignored_bus));
    }
    return hash;
}

/* Basis change. */

static bool uniform_bit(const brg_branches *b, uint64_t bit) {
    uint64_t any = 0, all = bit;
    for (size_t i = 0; i < b->count; i++) {
        any |= b->bus[0][i];
        all &= b->bus[0][i];
    }
    return !(any & bit) || (all & bit);
}

/* Strings of one label that differ in the bit alone. */
static bool is_pair(const brg_branches *b, size_t i, size_t j, uint64_t bit) {
    return b->label[i] == b->label[j] && (b->bus[0][i] ^ b->bus[0][j]) == bit &&
           b->address[0][i] == b->address[0][j] && same_words(b, i, j) && same_differences(b, i, j);
}

/* Is every branch with an even number the partner of the next? So it is with one bus bit in
 * superposition and no error that parted the two. */
static bool all_adjacent(const brg_branches *b, uint64_t bit) {
    if (b->count % 2) return false;
    for (size_t i = 0; i < b->count; i += 2)
        if (!is_pair(b, i, i + 1, bit)) return false;
    return true;
}

/* Pairs within a label. The strings of a label are ordered by bus bits, the bit that was put in
 * superposition first being the most significant, so a partner is half the group away. */
static void find_near_partners(const brg_branches *b, uint64_t bit, uint32_t *partner) {
    for (size_t first = 0, last; first < b->count; first = last) {
        last = first + 1;
        while (last < b->count && b->label[last] == b->label[first]) last++;
        const size_t half = (last - first) / 2;
        for (size_t i = first; half && i + half < last; i++) {
            if (partner[i] != UINT32_MAX || partner[i + half] != UINT32_MAX) continue;
            if (is_pair(b, i, i + half, bit)) partner[i] = partner[i + half] = (uint32_t)(i + half);
        }
    }
}

/* partner[i]: the other branch of a pair that differs in the bit alone, for its first member;
 * i itself for the second; UINT32_MAX without a pair. A string has one partner at most, so those
 * that have found theirs need not be looked at again. */
static int find_partners(const brg_branches *b, uint64_t bit, uint32_t *partner) {
    memset(partner, 0xff, b->count * sizeof *partner);
    if (uniform_bit(b, bit)) return BRG_OK;
    find_near_partners(b, bit, partner);
    size_t single = 0;
    for (size_t i = 0; i < b->count; i++) single += partner[i] == UINT32_MAX;
    if (!single) return BRG_OK;
    table t;
    const int rc = table_new(&t, single);
    if (rc) return rc;
    const uint32_t layers = background_layers(b);
    for (size_t i = 0; i < b->count; i++) {
        if (partner[i] != UINT32_MAX) continue;
        const uint64_t hash = string_hash(b, i, layers, bit);
        const group *g = table_find(&t, b, i, hash, layers, true, bit);
        if (g->members == 1) continue;
        partner[g->leader - 1u] = (uint32_t)i;
        partner[i] = (uint32_t)i;
    }
    table_clear(&t);
    return BRG_OK;
}

/* Step 1: one record per pair, in place, with the amplitude of bit 0 in re, im and that of bit 1
 * in second; amplitudes below `least` become 0. Returns the number of amplitudes that are left,
 * and of records in b->count. */
static size_t combine(brg_branches *b, unsigned j, const uint32_t *partner, double (*second)[2],
                      double least) {
    const double root = 0.70710678118654752440;
    size_t records = 0, outputs = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (partner[i] == i) {
            brg_branches_drop_differences(b, i);
            continue;
        }
        const bool high = b->bus[0][i] >> j & 1u;
        double zero[2] = {0, 0}, one[2] = {0, 0};
        double *own = high ? one : zero, *other = high ? zero : one;
        own[0] = b->re[i];
        own[1] = b->im[i];
        if (partner[i] != UINT32_MAX) {
            other[0] = b->re[partner[i]];
            other[1] = b->im[partner[i]];
        }
        double sum[2], difference[2];
        for (int c = 0; c < 2; c++) {
            sum[c] = (zero[c] + one[c]) * root;
            difference[c] = (zero[c] - one[c]) * root;
        }
        const bool keep_sum = sum[0] * sum[0] + sum[1] * sum[1] > least;
        const bool keep_difference =
            difference[0] * difference[0] + difference[1] * difference[1] > least;
        if (!keep_sum && !keep_difference) {
            brg_branches_drop_differences(b, i);
            continue;
        }
        if (records != i) {
            brg_branches_move(b, records, i);
            b->difference[records] = b->difference[i];
            b->difference[i] = 0;
        }
        b->bus[0][records] &= ~((uint64_t)1 << j);
        b->re[records] = keep_sum ? sum[0] : 0;
        b->im[records] = keep_sum ? sum[1] : 0;
        second[records][0] = keep_difference ? difference[0] : 0;
        second[records][1] = keep_difference ? difference[1] : 0;
        outputs += (size_t)keep_sum + (size_t)keep_difference;
        records++;
    }
    b->count = records;
    return outputs;
}

/* Step 2: a branch for each amplitude, bus bit 0 first, from the last record backwards, so that
 * no record is overwritten before it is read. */
static int expand(brg_branches *b, unsigned j, const double (*second)[2], size_t outputs) {
    const size_t records = b->count;
    int rc = brg_branches_reserve(b, outputs);
    if (rc) return rc;
    for (size_t i = records; i < outputs; i++) b->difference[i] = 0;
    b->count = outputs;
    size_t at = outputs;
    for (size_t r = records; r-- > 0;) {
        const double re = b->re[r], im = b->im[r];
        const bool low = re != 0 || im != 0;
        const bool high = second[r][0] != 0 || second[r][1] != 0;
        const uint32_t list = b->difference[r];
        b->difference[r] = 0;
        if (high) {
            at--;
            brg_branches_move(b, at, r);
            b->bus[0][at] |= (uint64_t)1 << j;
            b->re[at] = second[r][0];
            b->im[at] = second[r][1];
            b->difference[at] = list;
        }
        if (low) {
            const size_t upper = at--;
            brg_branches_move(b, at, r);
            b->bus[0][at] &= ~((uint64_t)1 << j);
            b->re[at] = re;
            b->im[at] = im;
            b->difference[at] = list;
            if (high && list) {
                rc = brg_branches_clone_differences(b, at, upper);
                if (rc) return rc;
            }
        }
    }
    return BRG_OK;
}

static void double32(uint32_t *x, size_t count) {
    for (size_t i = count; i-- > 0;) x[2 * i] = x[2 * i + 1] = x[i];
}

/* Every branch to two, in place. */
static int split_all(brg_branches *b, unsigned j) {
    const double root = 0.70710678118654752440;
    const size_t count = b->count;
    const double sign = b->bus[0][0] >> j & 1u ? -root : root;
    int rc = brg_branches_reserve(b, 2 * count);
    if (rc) return rc;
    double32(b->label, count);
    double32(b->turns, count);
    double32(b->addr[0], count);
    double32(b->data[0], count);
    double32(b->address[0], count);
    double32(b->difference, count);
    for (size_t i = count; i-- > 0;) {
        const double re = b->re[i], im = b->im[i];
        const uint64_t bus = b->bus[0][i] & ~((uint64_t)1 << j);
        b->bus[0][2 * i] = bus;
        b->bus[0][2 * i + 1] = bus | (uint64_t)1 << j;
        b->re[2 * i] = re * root;
        b->im[2 * i] = im * root;
        b->re[2 * i + 1] = re * sign;
        b->im[2 * i + 1] = im * sign;
    }
    b->count = 2 * count;
    for (size_t i = brg_branches_next_differing(b, 0, b->count); i < b->count && !rc;
         i = brg_branches_next_differing(b, i + 2, b->count))
        rc = brg_branches_clone_differences(b, i + 1, i);
    return rc;
}

/* The pairs (i, i + 1), in place: what they leave is never more than them. */
static void combine_adjacent(brg_branches *b, unsigned j, double least) {
    const double root = 0.70710678118654752440;
    const uint64_t bit = (uint64_t)1 << j;
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i += 2) {
        const size_t zero = b->bus[0][i] & bit ? i + 1 : i, one = zero ^ 1u;
        const double re[2] = {(b->re[zero] + b->re[one]) * root, (b->re[zero] - b->re[one]) * root};
        const double im[2] = {(b->im[zero] + b->im[one]) * root, (b->im[zero] - b->im[one]) * root};
        uint32_t list[2] = {b->difference[i], b->difference[i + 1]};
        for (unsigned value = 0; value < 2; value++) {
            if (!(re[value] * re[value] + im[value] * im[value] > least)) continue;
            if (kept != i) brg_branches_move(b, kept, i);
            b->bus[0][kept] = (b->bus[0][kept] & ~bit) | (uint64_t)value << j;
            b->re[kept] = re[value];
            b->im[kept] = im[value];
            b->difference[kept] = list[0];
            list[0] = list[1];
            list[1] = 0;
            kept++;
        }
        /* kept <= i + 2, so these are lists that no branch has taken. */
        for (unsigned l = 0; l < 2; l++) brg_branches_free_list(b, list[l]);
    }
    b->count = kept;
}

int brg_branches_hadamard(brg_branches *b, unsigned j) {
    if (b->planes != 1) return BRG_EINVAL;
    if (!b->count) return BRG_OK;
    const uint64_t bit = (uint64_t)1 << j;
    if (uniform_bit(b, bit)) return split_all(b, j);
    const double least = DROPPED_PART * (b->least_norm > 0 ? b->least_norm : brg_branches_norm(b));
    if (all_adjacent(b, bit)) {
        combine_adjacent(b, j, least);
        return BRG_OK;
    }
    uint32_t *partner = malloc(b->count * sizeof *partner);
    double(*second)[2] = NULL;
    int rc = partner ? find_partners(b, bit, partner) : BRG_ENOMEM;
    if (rc) goto out;
    size_t records = 0;
    for (size_t i = 0; i < b->count; i++) records += partner[i] != i;
    second = malloc(records * sizeof *second);
    if (!second) {
        rc = BRG_ENOMEM;
        goto out;
    }
    const size_t outputs = combine(b, j, partner, second, least);
    free(partner);
    partner = NULL;
    rc = expand(b, j, (const double(*)[2])second, outputs);
out:
    free(partner);
    free(second);
    return rc;
}

/* Fidelity. */

uint64_t brg_branches_bus_bits(const brg_branches *b, size_t i) {
    return b->planes == 1 ? b->bus[0][i] : b->bus[1][i];
}

uint64_t brg_branches_address_bits(const brg_branches *b, size_t i) {
    const uint32_t ones = b->planes == 1 ? b->address[0][i] : b->address[1][i];
    uint64_t address = 0;
    for (uint32_t q = 0; q < b->m; q++) address |= (uint64_t)(ones >> q & 1u) << (b->m - 1 - q);
    return address;
}

/* Is the register state of branch i one of the ideal answer's, and all its carriers present? */
static bool is_ideal(const brg_branches *b, size_t i, const brg_input *input,
                     const brg_planes *ideal) {
    if (b->planes == 2) {
        const uint32_t address_mask = (1u << b->m) - 1u;
        const uint64_t bus_mask = ~(uint64_t)0 >> (64 - b->qram.word_width);
        if ((b->address[0][i] | b->address[1][i]) != address_mask) return false;
        if ((b->bus[0][i] | b->bus[1][i]) != bus_mask) return false;
    }
    const uint32_t ones = b->address[b->planes - 1][i];
    const uint64_t address =
        !b->h && ones == b->turns[i] ? b->label[i] : brg_branches_address_bits(b, i);
    if (!input->uniform && address != input->index) return false;
    return brg_branches_bus_bits(b, i) == brg_planes_word(ideal, address);
}

/* Marks what may end in another tree than the background's: paths that meet an item of the
 * background, that hold something, or that have differences. Returns how many. */
static size_t mark_special(const brg_branches *b, uint8_t *special) {
    for (size_t g = 0; g < b->background.count; g++) {
        size_t first, last;
        brg_branches_through(b, brg_item_cell(b->background.item[g]) >> 1, &first, &last);
        memset(special + first, 1, last - first);
    }
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->difference[i] || !path_is_empty(b, i)) special[i] = 1;
        count += special[i];
    }
    return count;
}

int brg_branches_overlap(const brg_branches *b, const brg_input *input, const brg_planes *ideal,
                         const double extra[2], double *sum) {
    *sum = 0;
    brg_sum plain[2] = {{extra[0], 0}, {extra[1], 0}};
    table t = {0, NULL};
    uint8_t *special = calloc(b->count ? b->count : 1, 1);
    if (!special) return BRG_ENOMEM;
    const int rc = table_new(&t, mark_special(b, special));
    if (rc) {
        free(special);
        return rc;
    }
    const uint32_t layers = background_layers(b);
    for (size_t i = 0; i < b->count; i++) {
        if (!is_ideal(b, i, input, ideal)) continue;
        brg_sum *re = &plain[0], *im = &plain[1];
        if (special[i] && !is_background(b, i, layers)) {
            group *g = table_find(&t, b, i, tree_hash(b, i, layers), layers, false, 0);
            re = &g->re;
            im = &g->im;
        }
        brg_sum_add(re, b->re[i]);
        brg_sum_add(im, b->im[i]);
    }
    double total = plain[0].value * plain[0].value + plain[1].value * plain[1].value;
    for (size_t at = 0; at <= t.mask; at++) {
        const double x = t.slot[at].re.value, y = t.slot[at].im.value;
        total += x * x + y * y;
    }
    *sum = total;
    table_clear(&t);
    free(special);
    return BRG_OK;
}

int brg_branches_fidelity(const brg_branches *b, const brg_input *input, const brg_planes *ideal,
                          double *fidelity) {
    if (!input || !ideal || !fidelity || ideal->address_width != b->m ||
        ideal->word_width != b->qram.word_width)
        return BRG_EINVAL;
    const double nothing[2] = {0, 0};
    double total = 0;
    const int rc = brg_branches_overlap(b, input, ideal, nothing, &total);
    const double addresses = input->uniform ? (double)((uint64_t)1 << b->m) : 1;
    *fidelity = total / addresses;
    return rc;
}

/* Occupations. */

static inline unsigned bits32(uint32_t x) {
    x -= x >> 1 & 0x55555555u;
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0fu;
    return x * 0x01010101u >> 24;
}

static inline unsigned bits64(uint64_t x) {
    return bits32((uint32_t)x) + bits32((uint32_t)(x >> 32));
}

/* Occupied off-path cells in the layers of the mask. */
static unsigned off_path_count(const brg_branches *b, size_t i, uint32_t layers) {
    int count = 0;
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t node = brg_item_cell(b->background.item[g]) >> 1;
        const uint32_t layer = brg_node_layer(node);
        count += (layers >> layer & 1u) && !brg_on_path(b->n, brg_branches_leaf(b, i), node, layer);
    }
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next) {
        const uint32_t cell = brg_item_cell(b->pool[d].item);
        if (!(layers >> brg_node_layer(cell >> 1) & 1u)) continue;
        count += (brg_item_value(b->pool[d].item) != 0) - (b->ground[cell] != 0);
    }
    return (unsigned)count;
}

static unsigned tree_count(const brg_branches *b, size_t i, uint32_t layers) {
    uint32_t addr = b->addr[0][i], data = b->data[0][i];
    if (b->planes == 2) {
        addr |= b->addr[1][i];
        data |= b->data[1][i];
    }
    unsigned count = bits32(addr & layers) + bits32(data & layers);
    if (b->background.count || b->difference[i]) count += off_path_count(b, i, layers);
    return count;
}

unsigned brg_branches_occupied(const brg_branches *b, size_t i, bool registers) {
    unsigned count = tree_count(b, i, UINT32_MAX);
    if (registers) {
        uint32_t address = b->address[0][i];
        uint64_t bus = b->bus[0][i];
        if (b->planes == 2) {
            address |= b->address[1][i];
            bus |= b->bus[1][i];
        }
        /* What stands above the word is not of this register (csim/registers.c). */
        bus &= ~(uint64_t)0 >> (64 - b->qram.word_width);
        count += bits32(address) + bits64(bus);
    }
    return count;
}

/* Only when nothing of the branch's own stands off its path, and path and differences are long
 * enough to cover the background: a look at the list alone, where the background is long. */
static bool can_be_empty(const brg_branches *b, size_t i) {
    size_t covered = 2 * (size_t)b->n;
    for (uint32_t d = b->difference[i]; d; d = b->pool[d].next, covered++)
        if (brg_item_value(b->pool[d].item)) return false;
    return b->background.count <= covered;
}

/* Without differences the tree is empty only if the path meets every item of the background. */
static bool is_empty(const brg_branches *b, size_t i) {
    if (!path_is_empty(b, i)) return false;
    if (b->difference[i]) return can_be_empty(b, i) && !tree_count(b, i, UINT32_MAX);
    for (size_t g = 0; g < b->background.count; g++) {
        const uint32_t node = brg_item_cell(b->background.item[g]) >> 1;
        if (!brg_on_path(b->n, brg_branches_leaf(b, i), node, brg_node_layer(node))) return false;
    }
    return true;
}

double brg_branches_empty_weight(const brg_branches *b) {
    brg_sum sum = {0, 0};
    for (size_t i = 0; i < b->count; i++)
        if (is_empty(b, i)) brg_sum_add(&sum, brg_branches_weight(b, i));
    return sum.value;
}

double brg_branches_population(const brg_branches *b, uint32_t layer) {
    double sum = 0;
    if (layer >= b->n) return 0;
    for (size_t i = 0; i < b->count; i++)
        sum += brg_branches_weight(b, i) * tree_count(b, i, 1u << layer);
    return sum;
}

double brg_branches_occupation(const brg_branches *b, uint32_t cell, unsigned value) {
    if (cell >= brg_all_cells(&b->qram)) return 0;
    size_t first = 0, last = b->count;
    /* Off the path of every branch but these the cell is empty, most of the time. */
    if (cell < b->tree_cells && !b->ground[cell] && !b->differing)
        brg_branches_through(b, cell >> 1, &first, &last);
    double sum = 0;
    for (size_t i = first; i < last; i++) {
        const unsigned held = brg_branches_value(b, i, cell);
        if (held && (held == value || !value)) sum += brg_branches_weight(b, i);
    }
    return sum;
}

int brg_branches_tree_items(const brg_branches *b, size_t i, brg_items *out) {
    const uint32_t label = brg_branches_leaf(b, i);
    int rc = BRG_OK;
    out->count = 0;
    for (unsigned kind = 0; kind < 2; kind++) {
        uint32_t *const *word = kind ? b->data : b->addr;
        const uint32_t zero = word[0][i], one = b->planes == 2 ? word[1][i] : 0;
        for (uint32_t left = zero | one; left && !rc; left &= left - 1) {
            const uint32_t layer = (uint32_t)__builtin_ctz(left);
            rc = brg_items_push(out, brg_item_make(2 * brg_path_node(b->n, label, layer) + kind,
                                                   brg_plane_value(b->planes, zero, one, layer)));
        }
    }
    for (size_t g = 0; g < b->background.count && !rc; g++) {
        const uint32_t cell = brg_item_cell(b->background.item[g]), node = cell >> 1;
        if (brg_on_path(b->n, label, node, brg_node_layer(node))) continue;
        const unsigned value = brg_branches_value(b, i, cell);
        if (value) rc = brg_items_push(out, brg_item_make(cell, value));
    }
    for (uint32_t d = b->difference[i]; d && !rc; d = b->pool[d].next) {
        const brg_item item = b->pool[d].item;
        if (brg_item_value(item) && !b->ground[brg_item_cell(item)]) rc = brg_items_push(out, item);
    }
    return rc;
}

/* Damping. */

size_t brg_branches_pick(const brg_branches *b, double u) {
    const double goal = u * brg_branches_norm(b);
    brg_sum sum = {0, 0};
    size_t last = 0; /* the last branch with weight, should rounding leave the goal above the sum */
    for (size_t i = 0; i < b->count; i++) {
        const double weight = brg_branches_weight(b, i);
        if (!(weight > 0)) continue;
        brg_sum_add(&sum, weight);
        last = i;
        if (sum.value > goal) return i;
    }
    return last;
}

void brg_branches_no_jump(brg_branches *b, double gamma, bool registers) {
    enum { TABLE = 256 };
    double factor[TABLE];
    const double keep = sqrt(1 - gamma);
    factor[0] = 1;
    for (unsigned c = 1; c < TABLE; c++) factor[c] = factor[c - 1] * keep;
    for (size_t i = 0; i < b->count; i++) {
        const unsigned count = brg_branches_occupied(b, i, registers);
        const double f = count < TABLE ? factor[count] : pow(keep, count);
        b->re[i] *= f;
        b->im[i] *= f;
    }
}
