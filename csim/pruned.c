/* SPDX-License-Identifier: Apache-2.0 */
/* The pruned engine: the story of the plain branches, and how labels leave it. */
#include "csim/pruned.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/pruned_internal.h"
#include "csim/slice_ops.h"
#include "csim/trajectory_internal.h"

static const double root_half = 0.70710678118654752440;

bool brg_pruned_supported(const brg_run_config *config, const char **reason) {
    const char *unused;
    if (!reason) reason = &unused;
    *reason = "the configuration is not valid";
    if (brg_run_config_check(config)) return false;
    const brg_noise *noise = &config->noise;
    *reason = "a single address is one branch per bus string: nothing to prune";
    if (!config->input.uniform) return false;
    *reason = "exact; a paged query parts the branches by page: it evolves all of them";
    if (config->qram.page_bits) return false;
    *reason = brg_noise_is_pauli(noise)
                  ? "exact; an X on the root or on an address register makes it evolve all branches"
                  : "exact; an X or a jump on the root or on a register makes it evolve all "
                    "branches that are left";
    return true;
}

uint64_t brg_pruned_bytes(const brg_qram *q, uint64_t branches) {
    const uint64_t labels = (uint64_t)1 << q->address_width;
    return sizeof(brg_pruned) + brg_branches_bytes(q, branches) + labels / 8 +
           labels * 2 * sizeof(uint32_t) + labels / 8 + 16 + q->word_width * (labels / 8 + 8);
}

int brg_pruned_new(brg_pruned **out, const brg_qram *qram) {
    *out = NULL;
    if (qram->page_bits) return BRG_EINVAL; /* labels of different pages have no common story */
    brg_pruned *p = calloc(1, sizeof *p);
    if (!p) return BRG_ENOMEM;
    p->qram = *qram;
    p->n = qram->address_width;
    p->k = qram->word_width;
    p->planes = qram->routers == BRG_THREE_LEVEL ? 2 : 1;
    p->tree_cells = brg_tree_cells(qram);
    p->words = (((size_t)1 << p->n) + 63) / 64;
    p->touched = calloc(p->words, sizeof *p->touched);
    p->below = calloc(p->words + 1, sizeof *p->below);
    const int rc = p->touched && p->below ? brg_branches_new(&p->part, qram) : BRG_ENOMEM;
    if (rc) {
        brg_pruned_destroy(&p);
        return rc;
    }
    *out = p;
    return BRG_OK;
}

void brg_pruned_destroy(brg_pruned **pruned) {
    if (!pruned || !*pruned) return;
    brg_pruned *p = *pruned;
    brg_branches_destroy(&p->part);
    for (uint32_t j = 0; j < p->k; j++) free(p->word[j]);
    free(p->touched);
    free(p->below);
    free(p->label);
    free(p->ranges.range);
    free(p->fresh);
    free(p);
    *pruned = NULL;
}

int brg_pruned_begin(brg_pruned *p, const brg_input *input) {
    const int rc = brg_branches_begin(p->part, input->uniform ? &(brg_input){false, 0} : input);
    if (rc) return rc;
    p->whole = !input->uniform;
    p->labels = 0;
    if (p->whole) return BRG_OK;
    p->part->count = 0;
    p->part->least_norm = 1;
    memset(p->touched, 0, p->words * sizeof *p->touched);
    p->story = (brg_story){.factor = {1 / sqrt((double)((uint64_t)1 << p->n)), 0}};
    for (uint32_t q = 0; q < p->n; q++) {
        p->story.address[q] = (uint8_t)(BRG_ADDRESS + q);
        p->story.bit[q] = (brg_complex){1, 0};
    }
    for (uint32_t j = 0; j < p->k; j++) {
        p->story.bus[j] = (uint8_t)(BRG_BUS + j);
        p->story.order[j] = (uint8_t)j;
        p->story.amplitude[j][0][0] = p->story.amplitude[j][1][0] = (brg_complex){1, 0};
        /* A three_level bus qubit has the value F: no other entry is looked at. */
        if (p->planes == 2) p->story.amplitude[j][1][1] = (brg_complex){1, 0};
    }
    return BRG_OK;
}

/* Leaving the story. */

/* Where one symbol stands: a bit of a word of the branch. */
typedef struct place {
    uint8_t word, bit, symbol;
} place;
enum { IN_ADDR, IN_DATA, IN_ADDRESS, IN_BUS, WORDS };

/* Values that bus qubit j can have: bit 0 = value 0, bit 1 = value 1. */
static unsigned possible(const brg_pruned *p, uint32_t j, unsigned fetched) {
    if (p->planes == 2) return 1u << fetched;
    const brg_complex *a = p->story.amplitude[j][fetched];
    const double low = brg_complex_weight(a[0]), high = brg_complex_weight(a[1]);
    const double least = 1e-28 * (low + high);
    return (low > least ? 1u : 0u) | (high > least ? 2u : 0u);
}

typedef struct writer {
    place place[BRG_MAX_ADDRESS_WIDTH + BRG_MAX_WORD_WIDTH];
    size_t places;
    uint32_t own[WORDS]; /* address bits that stand in the place of their own number */
    unsigned possible[BRG_MAX_WORD_WIDTH][2];
} writer;

static void note(writer *w, unsigned word, uint32_t bit, uint8_t symbol) {
    if (symbol == BRG_NOTHING) return;
    if (symbol == BRG_ADDRESS + bit && word != IN_BUS)
        w->own[word] |= 1u << bit;
    else
        w->place[w->places++] = (place){(uint8_t)word, (uint8_t)bit, symbol};
}

static void writer_begin(const brg_pruned *p, writer *w) {
    *w = (writer){.places = 0};
    for (uint32_t l = 0; l < p->n; l++) {
        note(w, IN_ADDR, l, p->story.addr[l]);
        note(w, IN_DATA, l, p->story.data[l]);
        note(w, IN_ADDRESS, l, p->story.address[l]);
    }
    for (uint32_t j = 0; j < p->k; j++) {
        note(w, IN_BUS, j, p->story.bus[j]);
        for (unsigned f = 0; f < 2; f++) w->possible[j][f] = possible(p, j, f);
    }
}

/* Bus qubits of a label that have both values, in the order of the branches: most significant
 * first. `bus` gets the values of the others. */
static unsigned superposed(const brg_pruned *p, const writer *w, uint32_t label, uint8_t *qubit,
                           uint64_t *bus) {
    unsigned count = 0;
    *bus = 0;
    for (uint32_t at = 0; at < p->k; at++) {
        const uint32_t j = p->story.order[at];
        const unsigned can = w->possible[j][brg_pruned_word_bit(p, j, label)];
        if (can == 3u)
            qubit[count++] = (uint8_t)j;
        else if (can == 2u)
            *bus |= (uint64_t)1 << j;
    }
    return count;
}

static void write_string(brg_pruned *p, const writer *w, size_t at, uint32_t label, uint32_t turns,
                         brg_complex factor, uint64_t bus) {
    brg_branches *b = p->part;
    uint64_t zero[WORDS] = {0}, one[WORDS] = {0};
    for (unsigned word = 0; word < WORDS; word++) {
        one[word] = w->own[word] & turns;
        zero[word] = w->own[word] & ~turns;
    }
    for (size_t i = 0; i < w->places; i++) {
        const place s = w->place[i];
        const uint64_t bit = (uint64_t)1 << s.bit;
        const bool on = s.symbol >= BRG_BUS ? bus >> (s.symbol - BRG_BUS) & 1u
                                            : turns >> (s.symbol - BRG_ADDRESS) & 1u;
        if (on)
            one[s.word] |= bit;
        else
            zero[s.word] |= bit;
    }
    const unsigned top = p->planes - 1;
    for (unsigned plane = 0; plane < p->planes; plane++) {
        const uint64_t *from = plane == top ? one : zero;
        b->addr[plane][at] = (uint32_t)from[IN_ADDR];
        b->data[plane][at] = (uint32_t)from[IN_DATA];
        b->address[plane][at] = (uint32_t)from[IN_ADDRESS];
        b->bus[plane][at] = from[IN_BUS];
    }
    for (uint32_t j = 0; j < p->k; j++)
        factor = brg_complex_times(
            factor, p->story.amplitude[j][brg_pruned_word_bit(p, j, label)][bus >> j & 1u]);
    b->label[at] = label;
    b->turns[at] = turns;
    b->re[at] = factor.re;
    b->im[at] = factor.im;
    b->difference[at] = 0;
}

/* The strings of a label into the places before `end`; returns their number. */
static size_t write_label(brg_pruned *p, const writer *w, size_t end, uint32_t label) {
    uint8_t qubit[BRG_MAX_WORD_WIDTH];
    uint64_t fixed;
    const unsigned count = superposed(p, w, label, qubit, &fixed);
    const size_t strings = (size_t)1 << count;
    uint32_t turns = 0;
    brg_complex factor = p->story.factor;
    for (uint32_t q = 0; q < p->n; q++) {
        if (!brg_pruned_address_bit(p, q, label)) continue;
        turns |= 1u << q;
        factor = brg_complex_times(factor, p->story.bit[q]);
    }
    for (size_t s = 0; s < strings; s++) {
        uint64_t bus = fixed;
        for (unsigned i = 0; i < count; i++) {
            const unsigned j = qubit[i];
            const uint64_t second = s >> (count - 1 - i) & 1u;
            bus |= (second ^ (p->story.flipped[j] ? 1u : 0u)) << j;
        }
        write_string(p, w, end - strings + s, label, turns, factor, bus);
    }
    return strings;
}

static int grow_labels(uint32_t **array, size_t *capacity, size_t count) {
    if (count <= *capacity) return BRG_OK;
    const size_t wanted = count + count / 2 + 64;
    uint32_t *grown = realloc(*array, wanted * sizeof *grown);
    if (!grown) return BRG_ENOMEM;
    *array = grown;
    *capacity = wanted;
    return BRG_OK;
}

/* Collects the plain labels of p->ranges in p->fresh and marks them. */
static int take_fresh(brg_pruned *p) {
    p->fresh_count = 0;
    brg_ranges_join(&p->ranges);
    for (size_t r = 0; r < p->ranges.count; r++) {
        const brg_range range = p->ranges.range[r];
        const int rc =
            grow_labels(&p->fresh, &p->fresh_capacity, p->fresh_count + (range.last - range.first));
        if (rc) return rc;
        for (size_t label = range.first; label < range.last; label++) {
            uint64_t *word = &p->touched[label >> 6];
            const uint64_t bit = (uint64_t)1 << (label & 63u);
            if (*word & bit) continue;
            *word |= bit;
            p->fresh[p->fresh_count++] = (uint32_t)label;
        }
    }
    return BRG_OK;
}

static void move_branch(brg_branches *b, size_t to, size_t from) {
    brg_branches_move(b, to, from);
    b->re[to] = b->re[from];
    b->im[to] = b->im[from];
    b->difference[to] = b->difference[from];
}

/* Room for that many strings, with some to spare because more labels follow. */
static int reserve_part(brg_pruned *p, size_t count) {
    if (count <= p->part->capacity) return BRG_OK;
    const size_t most = (size_t)1 << p->n;
    const size_t spare = count < most ? count / 2 + 64 : 0;
    return brg_branches_reserve(p->part, count + spare);
}

/* Makes the labels of p->ranges explicit. */
static int leave(brg_pruned *p) {
    if (!p->ranges.count) return BRG_OK;
    int rc = take_fresh(p);
    p->ranges.count = 0;
    if (rc || !p->fresh_count) return rc;
    brg_branches *b = p->part;
    writer w;
    writer_begin(p, &w);
    size_t strings = 0;
    for (size_t f = 0; f < p->fresh_count; f++) {
        uint8_t qubit[BRG_MAX_WORD_WIDTH];
        uint64_t bus;
        const unsigned count = superposed(p, &w, p->fresh[f], qubit, &bus);
        if (count >= 31) return BRG_ENOMEM;
        strings += (size_t)1 << count;
    }
    rc = reserve_part(p, b->count + strings);
    if (!rc) rc = grow_labels(&p->label, &p->label_capacity, p->labels + p->fresh_count);
    if (rc) return rc;

    /* Merges from behind, so that nothing is overwritten before it has moved. */
    size_t old = b->count, at = b->count + strings;
    b->count = at;
    size_t known = p->labels, label_at = p->labels + p->fresh_count;
    p->labels = label_at;
    for (size_t f = p->fresh_count; f-- > 0;) {
        const uint32_t label = p->fresh[f];
        while (old > 0 && b->label[old - 1] > label) move_branch(b, --at, --old);
        at -= write_label(p, &w, at, label);
        while (known > 0 && p->label[known - 1] > label) p->label[--label_at] = p->label[--known];
        p->label[--label_at] = label;
    }
    return BRG_OK;
}

static int leave_through(brg_pruned *p, uint32_t node) {
    const uint32_t layer = brg_node_layer(node), below = p->n - layer;
    const size_t index = node + 1u - (1u << layer);
    const int rc = brg_ranges_push(&p->ranges, index << below, (index + 1) << below);
    return rc ? rc : leave(p);
}

int brg_pruned_expect(brg_pruned *p, uint32_t cell) {
    if (p->whole || cell < 2 || cell >= p->tree_cells) return BRG_OK;
    const uint32_t layer = brg_node_layer(cell >> 1), below = p->n - layer;
    const size_t index = (cell >> 1) + 1u - (1u << layer);
    return brg_ranges_push(&p->ranges, index << below, (index + 1) << below);
}

int brg_pruned_leave(brg_pruned *p) {
    return p->whole ? BRG_OK : leave(p);
}

int brg_pruned_make_whole(brg_pruned *p) {
    if (p->whole) return BRG_OK;
    p->ranges.count = 0;
    int rc = leave_through(p, 0);
    if (!rc) p->whole = true;
    return rc;
}

/* Operations on the story. They return false where it ends: the plain branches would no longer
 * have one story. */

static void swap_symbols(uint8_t *a, uint8_t *b) {
    const uint8_t keep = *a;
    *a = *b;
    *b = keep;
}

static bool story_hadamard(const brg_pruned *p, brg_story *s, uint32_t qubit) {
    if (s->bus[qubit] < BRG_BUS) return false;
    const uint32_t j = s->bus[qubit] - (uint32_t)BRG_BUS;
    for (unsigned f = 0; f < 2; f++) {
        const brg_complex zero = s->amplitude[j][f][0], one = s->amplitude[j][f][1];
        s->amplitude[j][f][0] =
            (brg_complex){(zero.re + one.re) * root_half, (zero.im + one.im) * root_half};
        s->amplitude[j][f][1] =
            (brg_complex){(zero.re - one.re) * root_half, (zero.im - one.im) * root_half};
    }
    uint32_t at = 0;
    while (s->order[at] != j) at++;
    for (; at + 1 < p->k; at++) s->order[at] = s->order[at + 1];
    s->order[at] = (uint8_t)j;
    s->flipped[j] = false;
    return true;
}

static bool story_route(const brg_pruned *p, brg_story *s, uint32_t route) {
    for (uint32_t left = route; left; left &= left - 1) {
        const uint32_t l = (uint32_t)__builtin_ctz(left);
        if (s->addr[l] == BRG_ADDRESS + l) {
            swap_symbols(&s->data[l], &s->data[l + 1]);
            continue;
        }
        if (s->addr[l] != BRG_NOTHING) return false;
        /* An idle router: three_level does nothing, two_level would send half of them left. */
        if (p->planes == 1 && (s->data[l] || s->data[l + 1])) return false;
    }
    return true;
}

static bool same_complex(brg_complex a, brg_complex b) {
    return a.re == b.re && a.im == b.im;
}
static brg_complex negative(brg_complex a) {
    return (brg_complex){-a.re, -a.im};
}

/* Can F_j become F_j xor the memory bit? It must have been 0, or its two rows be what a fetch
 * makes of each other. *qubit gets j, BRG_MAX_WORD_WIDTH when nothing is there to be fetched. */
static bool story_fetch(const brg_pruned *p, brg_story *s, uint32_t *qubit) {
    const uint8_t carrier = s->data[p->n - 1];
    *qubit = BRG_MAX_WORD_WIDTH;
    if (carrier == BRG_NOTHING) return true;
    if (carrier < BRG_BUS || s->addr[p->n - 1] != BRG_ADDRESS + p->n - 1) return false;
    const uint32_t j = carrier - (uint32_t)BRG_BUS;
    brg_complex(*a)[2] = s->amplitude[j];
    if (p->planes == 1) {
        const brg_complex row[2] = {a[0][0], negative(a[0][1])};
        if (s->fetched[j] && !(same_complex(a[1][0], row[0]) && same_complex(a[1][1], row[1])))
            return false;
        a[1][0] = row[0];
        a[1][1] = row[1];
    } else {
        if (s->fetched[j] && !same_complex(a[0][0], a[1][1])) return false;
        a[1][1] = a[0][0];
    }
    *qubit = j;
    return true;
}

static bool story_step(const brg_pruned *p, brg_story *s, const brg_slice_ops *ops,
                       uint32_t *fetching) {
    *fetching = BRG_MAX_WORD_WIDTH;
    if (ops->d_out >= 0) swap_symbols(&s->bus[ops->d_out], &s->data[0]);
    if (ops->basis_out && !story_hadamard(p, s, (uint32_t)ops->d_out)) return false;
    if (ops->basis_in && !story_hadamard(p, s, (uint32_t)ops->d_in)) return false;
    if (ops->d_in >= 0) swap_symbols(&s->bus[ops->d_in], &s->data[0]);
    if (ops->a_in >= 0) swap_symbols(&s->address[ops->a_in], &s->data[0]);
    if (ops->a_out >= 0) swap_symbols(&s->address[ops->a_out], &s->data[0]);
    if (!story_route(p, s, ops->route)) return false;
    for (uint32_t left = ops->latch; left; left &= left - 1) {
        const uint32_t l = (uint32_t)__builtin_ctz(left);
        swap_symbols(&s->addr[l], &s->data[l]);
    }
    return ops->fetch < 0 || story_fetch(p, s, fetching);
}

/* F_j ^= plane. */
static int fetch_plane(brg_pruned *p, uint32_t j, const brg_planes *memory, uint32_t bit) {
    const uint64_t *plane = memory->bits + (size_t)bit * memory->plane_words;
    if (!p->word[j]) {
        p->word[j] = malloc(p->words * sizeof **p->word);
        if (!p->word[j]) return BRG_ENOMEM;
    }
    if (p->story.fetched[j])
        for (size_t i = 0; i < p->words; i++) p->word[j][i] ^= plane[i];
    else
        memcpy(p->word[j], plane, p->words * sizeof *plane);
    p->story.fetched[j] = true;
    return BRG_OK;
}

int brg_pruned_apply(brg_pruned *p, const brg_slice_ops *ops, const brg_planes *data) {
    if (p->whole) return brg_branches_apply(p->part, ops, data);
    int rc = brg_branches_check(p->part, ops, data);
    if (rc) return rc;
    brg_story next = p->story;
    uint32_t fetching;
    if (!story_step(p, &next, ops, &fetching)) {
        rc = brg_pruned_make_whole(p);
        return rc ? rc : brg_branches_apply(p->part, ops, data);
    }
    p->ranges.count = 0;
    if (ops->route) rc = brg_branches_disturbed(p->part, ops->route, &p->ranges);
    if (!rc) rc = leave(p);
    if (!rc) rc = brg_branches_apply(p->part, ops, data);
    if (rc) return rc;
    p->story = next;
    if (ops->fetch < 0) return BRG_OK;
    const uint32_t bit = (uint32_t)ops->fetch;
    if (p->planes == 1 && brg_branches_ground_phase(p->part, data, bit))
        p->story.factor = negative(p->story.factor);
    return fetching < p->k ? fetch_plane(p, fetching, data, bit) : BRG_OK;
}

/* Errors. */

static const uint8_t *symbol_of(const brg_pruned *p, uint32_t cell) {
    if (cell < 2) return cell ? &p->story.data[0] : &p->story.addr[0];
    const uint32_t qubit = cell - p->tree_cells;
    return qubit < p->n ? &p->story.address[qubit] : &p->story.bus[qubit - p->n];
}

/* An error of a cell that lies on every path: phase by old value, then value + x. False where the
 * story cannot take it. */
static bool story_error(brg_pruned *p, uint8_t symbol, unsigned x, const brg_complex phase[3]) {
    brg_story *s = &p->story;
    const unsigned zero = p->planes - 1;
    if (x) {
        if (p->planes == 2 || symbol < BRG_BUS) return false;
        brg_complex(*a)[2] = s->amplitude[symbol - BRG_BUS];
        for (unsigned f = 0; f < 2; f++) {
            const brg_complex low = brg_complex_times(a[f][0], phase[0]);
            a[f][0] = brg_complex_times(a[f][1], phase[1]);
            a[f][1] = low;
        }
        s->flipped[symbol - BRG_BUS] = !s->flipped[symbol - BRG_BUS];
    } else if (symbol == BRG_NOTHING) {
        s->factor = brg_complex_times(s->factor, phase[0]);
    } else if (symbol < BRG_BUS) {
        const brg_complex back = {phase[zero].re, -phase[zero].im};
        brg_complex *bit = &s->bit[symbol - BRG_ADDRESS];
        s->factor = brg_complex_times(s->factor, phase[zero]);
        *bit = brg_complex_times(*bit, brg_complex_times(phase[zero + 1], back));
    } else {
        brg_complex(*a)[2] = s->amplitude[symbol - BRG_BUS];
        for (unsigned f = 0; f < 2; f++)
            for (unsigned value = 0; value < 2; value++)
                a[f][value] = brg_complex_times(a[f][value], phase[zero + value]);
    }
    return true;
}

/* The plain branches' part of an error; those that it parts from the others leave. */
static int error_of_plain(brg_pruned *p, uint32_t cell, unsigned x, const brg_complex phase[3]) {
    if (p->whole) return BRG_OK;
    if (cell >= 2 && cell < p->tree_cells) {
        const int rc = leave_through(p, cell >> 1);
        if (rc) return rc;
        p->story.factor = brg_complex_times(p->story.factor, phase[p->part->ground[cell]]);
        return BRG_OK;
    }
    return story_error(p, *symbol_of(p, cell), x, phase) ? BRG_OK : brg_pruned_make_whole(p);
}

int brg_pruned_pauli(brg_pruned *p, uint32_t cell, unsigned x, unsigned z) {
    static const brg_complex third[3] = {
        {1, 0}, {-0.5, 0.86602540378443864676}, {-0.5, -0.86602540378443864676}};
    const unsigned levels = p->planes + 1;
    if (cell >= brg_all_cells(&p->qram) || x >= levels || z >= levels) return BRG_EINVAL;
    brg_complex phase[3] = {{1, 0}, {1, 0}, {1, 0}};
    for (unsigned value = 0; value < levels; value++) {
        const unsigned power = z * value % levels;
        phase[value] = levels == 3 ? third[power] : (brg_complex){power ? -1 : 1, 0};
    }
    const int rc = error_of_plain(p, cell, x, phase);
    return rc ? rc : brg_branches_pauli(p->part, cell, x, z);
}

int brg_pruned_flip(brg_pruned *p, uint32_t cell) {
    if (cell >= brg_all_cells(&p->qram)) return BRG_EINVAL;
    brg_complex phase[3] = {{1, 0}, {1, 0}, {1, 0}};
    phase[p->planes] = (brg_complex){-1, 0};
    const int rc = error_of_plain(p, cell, 0, phase);
    return rc ? rc : brg_branches_flip(p->part, cell);
}

int brg_pruned_exchange(brg_pruned *p, uint32_t cell) {
    const brg_complex phase[3] = {{1, 0}, {1, 0}, {1, 0}};
    if (cell >= brg_all_cells(&p->qram)) return BRG_EINVAL;
    const int rc = error_of_plain(p, cell, 1, phase);
    return rc ? rc : brg_branches_exchange(p->part, cell);
}

int brg_pruned_jump(brg_pruned *p, uint32_t cell, unsigned value) {
    if (!p->whole) {
        int rc;
        if (cell >= 2 && cell < p->tree_cells) {
            rc = leave_through(p, cell >> 1);
            /* The others hold the background there. */
            if (!rc && p->part->ground[cell] != value) p->whole = true;
        } else {
            rc = brg_pruned_make_whole(p);
        }
        if (rc) return rc;
    }
    return brg_branches_jump(p->part, cell, value);
}

/* A symbol that idles under damping: sqrt(1 - gamma) where the cell is occupied. */
static void damp_symbol(const brg_pruned *p, brg_story *s, uint8_t symbol, double keep) {
    const brg_complex factor = {keep, 0};
    if (symbol == BRG_NOTHING) return;
    if (p->planes == 2) {
        s->factor = brg_complex_times(s->factor, factor);
    } else if (symbol < BRG_BUS) {
        s->bit[symbol - BRG_ADDRESS] = brg_complex_times(s->bit[symbol - BRG_ADDRESS], factor);
    } else {
        brg_complex(*a)[2] = s->amplitude[symbol - BRG_BUS];
        for (unsigned f = 0; f < 2; f++) a[f][1] = brg_complex_times(a[f][1], factor);
    }
}

void brg_pruned_no_jump(brg_pruned *p, double gamma, bool registers) {
    brg_branches_no_jump(p->part, gamma, registers);
    if (p->whole) return;
    const double keep = sqrt(1 - gamma);
    brg_story *s = &p->story;
    for (uint32_t l = 0; l < p->n; l++) {
        damp_symbol(p, s, s->addr[l], keep);
        damp_symbol(p, s, s->data[l], keep);
        if (registers) damp_symbol(p, s, s->address[l], keep);
    }
    for (uint32_t j = 0; registers && j < p->k; j++) damp_symbol(p, s, s->bus[j], keep);
    const double ground = pow(keep, (double)p->part->background.count);
    s->factor = brg_complex_times(s->factor, (brg_complex){ground, 0});
}

void brg_pruned_scale(brg_pruned *p, double factor) {
    brg_branches_scale(p->part, factor);
    if (!p->whole) p->story.factor = brg_complex_times(p->story.factor, (brg_complex){factor, 0});
}
