/* SPDX-License-Identifier: Apache-2.0 */
/* The sparse density matrix: literal slice operations on basis strings, channels from Kraus lists.
 *
 * The non-zero entries rho[row][col] stand in plain arrays; an open-addressing table of indices
 * finds an entry by its two strings. A basis string packs all cells, cell c in bits [w*c, w*c+w)
 * with w = 1 (two_level) or 2 (three_level). Two kinds of change exist:
 *   - a slice operation permutes basis strings and may change their sign: strings are rewritten in
 *     place and the table is built anew;
 *   - a channel on one cell is a d^2 x d^2 matrix over the (row digit, column digit) pairs: each
 *     entry scatters into `next`, and only pairs that are not diagonal in it need the table.
 * Off-diagonal entries below DROP_BELOW may be dropped while the sum of their moduli stays within
 * DROP_BUDGET per query. That sum bounds the error of the fidelity: the sum of the moduli of a
 * matrix bounds its trace norm, no channel enlarges a trace norm, and F is the trace with a
 * projector. The trace itself is never touched. */
#include "csim/density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csim/density_internal.h"
#include "csim/lives.h"
#include "csim/run_config.h"
#include "csim/trajectory_internal.h"

static const double DROP_BELOW = 1e-17, DROP_BUDGET = 1e-10;

enum { PAIRS = BRG_KRAUS_LEVELS * BRG_KRAUS_LEVELS };

typedef enum channel_kind {
    CHANNEL_IDLE,
    CHANNEL_ENCODED,
    CHANNEL_GATE,
    CHANNEL_PER_SLICE,
    CHANNEL_H,
    CHANNEL_TRANSFER,
    CHANNEL_LOGICAL /* built where it is used: its probabilities differ from life to life */
} channel_kind;

/* A channel as a matrix over pairs 3*row_digit + col_digit, off-diagonal part by columns. */
typedef struct channel {
    channel_kind kind;
    uint64_t time_ps; /* of idling */
    double rate;      /* of an encoded cell, per round */
    double complex keep[PAIRS];
    unsigned char targets[PAIRS];
    unsigned char target[PAIRS][PAIRS];
    double complex factor[PAIRS][PAIRS];
} channel;

struct brg_density {
    brg_run_config config;
    bool begun, ended;    /* ended: with the errors of the last lives in it */
    brg_lives lives;      /* of encoded register qubits */
    uint32_t tree, cells; /* numbers of cells: of the tree, of all */
    unsigned width;       /* bits of a cell */
    uint64_t tree_mask;
    double byte_limit;

    double dropped; /* sum of the moduli of the entries dropped in this query */

    size_t count, capacity;
    uint64_t *row, *col;
    double complex *value, *next;
    uint32_t *slot; /* index + 1 of an entry; 0 = free */
    size_t slots;   /* a power of two, at least twice the capacity */

    channel *channels;
    size_t channel_count, channel_capacity;
};

/* ---- channels ---- */

/* S[(r',c')][(r,c)] = sum over i of K_i[r'][r] conj(K_i[c'][c]). */
static void channel_from_kraus(channel *ch, const brg_kraus *k) {
    for (unsigned from = 0; from < PAIRS; from++) {
        const unsigned r = from / 3u, c = from % 3u;
        ch->targets[from] = 0;
        ch->keep[from] = 0.0;
        if (r >= k->levels || c >= k->levels) continue;
        for (unsigned to = 0; to < PAIRS; to++) {
            const unsigned r2 = to / 3u, c2 = to % 3u;
            if (r2 >= k->levels || c2 >= k->levels) continue;
            double complex s = 0.0;
            double size = 0.0;
            for (unsigned i = 0; i < k->count; i++) {
                const double complex term = k->op[i][r2][r] * conj(k->op[i][c2][c]);
                s += term;
                size += cabs(term);
            }
            if (to == from) {
                ch->keep[from] = s;
            } else if (cabs(s) > 1e-12 * size) {
                /* Phases that cancel (1 + w + w^2) leave only rounding, 1e-16 of their size. */
                ch->target[from][ch->targets[from]] = (unsigned char)to;
                ch->factor[from][ch->targets[from]++] = s;
            }
        }
    }
}

static void channel_hadamard(channel *ch) {
    memset(ch, 0, sizeof *ch);
    ch->kind = CHANNEL_H;
    for (unsigned from = 0; from < 4u; from++) {
        const unsigned r = from >> 1, c = from & 1u, source = 3u * r + c;
        for (unsigned to = 0; to < 4u; to++) {
            const unsigned r2 = to >> 1, c2 = to & 1u;
            const double s = ((r & r2) ^ (c & c2)) ? -0.5 : 0.5;
            if (to == from) {
                ch->keep[source] = s;
            } else {
                ch->target[source][ch->targets[source]] = (unsigned char)(3u * r2 + c2);
                ch->factor[source][ch->targets[source]++] = s;
            }
        }
    }
}

static double damping(const brg_noise *noise, uint64_t time_ps) {
    return noise->t1_ns > 0.0 ? -expm1(-(double)time_ps / (1e3 * noise->t1_ns)) : 0.0;
}

static double dephasing(const brg_noise *noise, uint64_t time_ps) {
    return noise->tphi_ns > 0.0 ? -0.5 * expm1(-(double)time_ps / (1e3 * noise->tphi_ns)) : 0.0;
}

/* Probability of an odd number of errors in t / round rounds. */
static double logical_error(const brg_encoded_noise *noise, double rate, uint64_t time_ps) {
    return 0.5 - 0.5 * pow(1.0 - 2.0 * rate, (double)time_ps / (double)noise->round_ps);
}

/* The channel with this key, built at its first use. *out is valid until the next. */
static int channel_get(brg_density *d, channel_kind kind, uint64_t time_ps, double rate,
                       const channel **out) {
    for (size_t i = 0; i < d->channel_count; i++) {
        const channel *known = &d->channels[i];
        if (known->kind == kind && known->time_ps == time_ps && known->rate == rate) {
            *out = known;
            return BRG_OK;
        }
    }
    if (d->channel_count == d->channel_capacity) {
        const size_t capacity = d->channel_capacity ? 2 * d->channel_capacity : 8;
        channel *grown = realloc(d->channels, capacity * sizeof *grown);
        if (!grown) return BRG_ENOMEM;
        d->channels = grown;
        d->channel_capacity = capacity;
    }
    channel *ch = &d->channels[d->channel_count++];
    memset(ch, 0, sizeof *ch);
    const brg_noise *noise = &d->config.noise;
    const brg_routers routers = d->config.qram.routers;
    brg_kraus k;
    switch (kind) {
        case CHANNEL_IDLE:
            brg_kraus_idle(&k, routers, damping(noise, time_ps), dephasing(noise, time_ps));
            channel_from_kraus(ch, &k);
            break;
        case CHANNEL_ENCODED:
            brg_kraus_encoded(&k, logical_error(noise->encoded, rate, time_ps));
            channel_from_kraus(ch, &k);
            break;
        case CHANNEL_GATE:
            brg_kraus_depolarizing(&k, routers, noise->gate_error);
            channel_from_kraus(ch, &k);
            break;
        case CHANNEL_PER_SLICE:
            brg_kraus_per_slice(&k, routers, noise->kind, noise->probability);
            channel_from_kraus(ch, &k);
            break;
        case CHANNEL_H:
            channel_hadamard(ch);
            break;
        case CHANNEL_TRANSFER:
            brg_kraus_transfer(&k, routers, d->config.logical->transfer_error);
            channel_from_kraus(ch, &k);
            break;
        case CHANNEL_LOGICAL:
            break;
    }
    ch->kind = kind;
    ch->time_ps = time_ps;
    ch->rate = rate;
    *out = ch;
    return BRG_OK;
}

/* ---- entries and their table ---- */

static size_t hash_pair(uint64_t row, uint64_t col) {
    uint64_t h = row * 0x9E3779B97F4A7C15u ^ ((col << 32 | col >> 32) * 0xC2B2AE3D27D4EB4Fu);
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93u;
    return (size_t)(h ^ (h >> 29));
}

static void table_rebuild(brg_density *d) {
    memset(d->slot, 0, d->slots * sizeof *d->slot);
    for (size_t i = 0; i < d->count; i++) {
        size_t h = hash_pair(d->row[i], d->col[i]) & (d->slots - 1);
        while (d->slot[h]) h = (h + 1) & (d->slots - 1);
        d->slot[h] = (uint32_t)(i + 1);
    }
}

/* Bytes per entry while the arrays double: old and new of one array, the others, the table. */
static const double BYTES_PER_ENTRY = 2.0 * (2 * sizeof(uint64_t) + 2 * sizeof(double complex)) +
                                      4.0 * sizeof(uint32_t) + 2.0 * sizeof(double complex);

static int grow_one(void **array, size_t capacity, size_t size) {
    void *grown = realloc(*array, capacity * size);
    if (!grown) return BRG_ENOMEM;
    *array = grown;
    return BRG_OK;
}

static int grow(brg_density *d) {
    const size_t capacity = d->capacity ? 2 * d->capacity : 1024;
    if (capacity > UINT32_MAX / 4u) return BRG_ENOMEM;
    if ((double)capacity * BYTES_PER_ENTRY / 2.0 > d->byte_limit) return BRG_ENOMEM;
    void *row = d->row, *col = d->col, *value = d->value, *next = d->next;
    int rc = grow_one(&row, capacity, sizeof *d->row);
    d->row = row;
    if (!rc) rc = grow_one(&col, capacity, sizeof *d->col);
    d->col = col;
    if (!rc) rc = grow_one(&value, capacity, sizeof *d->value);
    d->value = value;
    if (!rc) rc = grow_one(&next, capacity, sizeof *d->next);
    d->next = next;
    if (rc) return rc;
    free(d->slot);
    d->slots = 0;
    d->slot = malloc(2 * capacity * sizeof *d->slot);
    if (!d->slot) return BRG_ENOMEM;
    d->slots = 2 * capacity;
    d->capacity = capacity;
    table_rebuild(d);
    return BRG_OK;
}

/* Index of the entry (row, col), appended with value 0 when it is new. */
static int entry_index(brg_density *d, uint64_t row, uint64_t col, size_t *index) {
    if (d->count == d->capacity) {
        const int rc = grow(d);
        if (rc) return rc;
    }
    size_t h = hash_pair(row, col) & (d->slots - 1);
    while (d->slot[h]) {
        const size_t i = d->slot[h] - 1u;
        if (d->row[i] == row && d->col[i] == col) {
            *index = i;
            return BRG_OK;
        }
        h = (h + 1) & (d->slots - 1);
    }
    const size_t i = d->count++;
    d->slot[h] = (uint32_t)(i + 1);
    d->row[i] = row;
    d->col[i] = col;
    d->value[i] = 0.0;
    d->next[i] = 0.0;
    *index = i;
    return BRG_OK;
}

/* Removes zeros and, within the budget, negligible entries; then the table is built anew. */
static void drop_small(brg_density *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->value[i] == 0.0) continue;
        if (d->row[i] != d->col[i]) {
            const double size = cabs(d->value[i]);
            if (size < DROP_BELOW && d->dropped + size < DROP_BUDGET) {
                d->dropped += size;
                continue;
            }
        }
        d->row[kept] = d->row[i];
        d->col[kept] = d->col[i];
        d->value[kept++] = d->value[i];
    }
    if (kept == d->count) return;
    d->count = kept;
    table_rebuild(d);
}

/* ---- cells of a basis string ---- */

static inline unsigned cell_get(const brg_density *d, uint64_t string, uint32_t cell) {
    return (unsigned)(string >> (cell * d->width)) & ((1u << d->width) - 1u);
}

static inline uint64_t cell_put(const brg_density *d, uint64_t string, uint32_t cell, unsigned v) {
    const unsigned shift = cell * d->width;
    const uint64_t mask = (((uint64_t)1 << d->width) - 1u) << shift;
    return (string & ~mask) | ((uint64_t)v << shift);
}

static inline uint64_t cell_swap(const brg_density *d, uint64_t string, uint32_t a, uint32_t b) {
    const unsigned va = cell_get(d, string, a), vb = cell_get(d, string, b);
    return cell_put(d, cell_put(d, string, a, vb), b, va);
}

static int channel_apply(brg_density *d, uint32_t cell, const channel *ch) {
    const size_t count = d->count;
    memset(d->next, 0, count * sizeof *d->next);
    bool scattered = false;
    for (size_t i = 0; i < count; i++) {
        const unsigned pair = 3u * cell_get(d, d->row[i], cell) + cell_get(d, d->col[i], cell);
        const double complex v = d->value[i];
        d->next[i] += ch->keep[pair] * v;
        for (unsigned t = 0; t < ch->targets[pair]; t++) {
            const unsigned to = ch->target[pair][t];
            size_t j;
            const int rc = entry_index(d, cell_put(d, d->row[i], cell, to / 3u),
                                       cell_put(d, d->col[i], cell, to % 3u), &j);
            if (rc) return rc;
            d->next[j] += ch->factor[pair][t] * v;
            scattered = true;
        }
    }
    double complex *old = d->value;
    d->value = d->next;
    d->next = old;
    if (scattered) drop_small(d);
    return BRG_OK;
}

static int channel_of_rate(brg_density *d, uint64_t cells, channel_kind kind, uint64_t time_ps,
                           double rate) {
    const channel *ch;
    int rc = channel_get(d, kind, time_ps, rate, &ch);
    for (uint32_t c = 0; !rc && c < d->cells; c++)
        if (cells >> c & 1u) rc = channel_apply(d, c, ch);
    return rc;
}

static int channel_on_cells(brg_density *d, uint64_t cells, channel_kind kind, uint64_t time_ps) {
    return channel_of_rate(d, cells, kind, time_ps, 0.0);
}

/* ---- the operations of a slice ---- */

/* CSWAP on every node of a layer: addr 0 swaps data with the left child's, 1 with the right's. */
static uint64_t route_layer(const brg_density *d, uint64_t x, uint32_t layer) {
    const bool three = d->config.qram.routers == BRG_THREE_LEVEL;
    for (uint32_t i = 0; i < 1u << layer; i++) {
        const uint32_t node = brg_node(layer, i);
        unsigned side = cell_get(d, x, brg_cell_addr(node));
        if (three && side == 0u) continue;
        if (three) side--;
        const uint32_t child = brg_node(layer + 1u, 2u * i + side);
        x = cell_swap(d, x, brg_cell_data(node), brg_cell_data(child));
    }
    return x;
}

static uint64_t latch_layer(const brg_density *d, uint64_t x, uint32_t layer) {
    for (uint32_t i = 0; i < 1u << layer; i++) {
        const uint32_t node = brg_node(layer, i);
        x = cell_swap(d, x, brg_cell_addr(node), brg_cell_data(node));
    }
    return x;
}

/* two_level: Z^bit on the data cell; three_level: X^bit on its {0,1}; *sign takes the phase. */
static uint64_t fetch_plane(const brg_density *d, uint64_t x, uint32_t bit, const brg_planes *data,
                            int *sign) {
    const bool three = d->config.qram.routers == BRG_THREE_LEVEL;
    const uint32_t last = d->config.qram.address_width - 1u;
    for (uint32_t i = 0; i < 1u << last; i++) {
        const uint32_t node = brg_node(last, i);
        const unsigned side = cell_get(d, x, brg_cell_addr(node));
        const unsigned carried = cell_get(d, x, brg_cell_data(node));
        if (carried == 0u || (three && side == 0u)) continue;
        const uint64_t leaf = 2u * (uint64_t)i + (three ? side - 1u : side);
        if (!brg_planes_get(data, bit, leaf)) continue;
        if (three)
            x = cell_put(d, x, brg_cell_data(node), 3u - carried);
        else
            *sign = -*sign;
    }
    return x;
}

static uint32_t routed_cell(const brg_qram *q, int16_t bit) {
    return brg_cell_address_qubit(q, brg_routed_qubit(q, bit));
}

/* Do the page qubits of a string hold this page? A lost carrier holds none; page -1 is any. */
static bool on_page(const brg_density *d, uint64_t x, int16_t page) {
    const brg_qram *q = &d->config.qram;
    const unsigned carrier = q->routers == BRG_THREE_LEVEL ? 1u : 0u; /* level of |0> */
    for (uint32_t i = 0; page >= 0 && i < q->page_bits; i++) {
        const unsigned bit = (unsigned)page >> (q->page_bits - 1u - i) & 1u;
        if (cell_get(d, x, brg_cell_address_qubit(q, i)) != carrier + bit) return false;
    }
    return true;
}

/* Everything up to and including d_out (out), or d_in and a_in (in): out precedes in. */
static uint64_t move_string(const brg_density *d, const brg_slice_ops *ops, const brg_planes *data,
                            bool in, uint64_t x, int *sign) {
    const brg_qram *q = &d->config.qram;
    const uint32_t root = brg_cell_data(0);
    if (in) {
        if (ops->d_in >= 0 && on_page(d, x, ops->d_in_page))
            x = cell_swap(d, x, root, brg_cell_bus_qubit(q, (uint32_t)ops->d_in));
        if (ops->a_in >= 0) x = cell_swap(d, x, root, routed_cell(q, ops->a_in));
        return x;
    }
    for (uint32_t l = 0; l < q->address_width; l++) {
        if (ops->route >> l & 1u) x = route_layer(d, x, l);
        if (ops->latch >> l & 1u) x = latch_layer(d, x, l);
    }
    if (ops->fetch >= 0) x = fetch_plane(d, x, (uint32_t)ops->fetch, data, sign);
    if (ops->a_out >= 0) x = cell_swap(d, x, root, routed_cell(q, ops->a_out));
    if (ops->d_out >= 0 && on_page(d, x, ops->d_out_page))
        x = cell_swap(d, x, root, brg_cell_bus_qubit(q, (uint32_t)ops->d_out));
    return x;
}

static void move_all(brg_density *d, const brg_slice_ops *ops, const brg_planes *data, bool in) {
    for (size_t i = 0; i < d->count; i++) {
        int sign = 1;
        d->row[i] = move_string(d, ops, data, in, d->row[i], &sign);
        d->col[i] = move_string(d, ops, data, in, d->col[i], &sign);
        if (sign < 0) d->value[i] = -d->value[i];
    }
    table_rebuild(d);
}

static uint64_t cell_bit(uint32_t cell) {
    return (uint64_t)1 << cell;
}

/* Adds cells that one operation uses; *clash is set when another one uses them already. */
static void touch(uint64_t *touched, uint64_t cells, bool *clash) {
    if (*touched & cells) *clash = true;
    *touched |= cells;
}

/* Bit c of *touched: cell c is touched by an operation of the slice. d_out and d_in may meet at
 * root.data, which then counts once; any other meeting is an error. */
static int touched_cells(const brg_qram *q, const brg_slice_ops *ops, uint64_t *touched) {
    bool clash = false;
    *touched = 0;
    for (uint32_t l = 0; l < q->address_width; l++) {
        const bool last = l + 1u == q->address_width;
        for (uint32_t i = 0; i < 1u << l; i++) {
            const uint32_t node = brg_node(l, i);
            const uint64_t both = cell_bit(brg_cell_addr(node)) | cell_bit(brg_cell_data(node));
            if (ops->latch >> l & 1u) touch(touched, both, &clash);
            if (last && ops->fetch >= 0) touch(touched, both, &clash);
            if (!last && (ops->route >> l & 1u)) {
                touch(touched, both, &clash);
                touch(touched, cell_bit(brg_cell_data(brg_node(l + 1u, 2u * i))), &clash);
                touch(touched, cell_bit(brg_cell_data(brg_node(l + 1u, 2u * i + 1u))), &clash);
            }
        }
    }
    const uint64_t root = cell_bit(brg_cell_data(0));
    if (ops->a_in >= 0) touch(touched, root | cell_bit(routed_cell(q, ops->a_in)), &clash);
    if (ops->a_out >= 0) touch(touched, root | cell_bit(routed_cell(q, ops->a_out)), &clash);
    if (ops->d_out >= 0)
        touch(touched, root | cell_bit(brg_cell_bus_qubit(q, (uint32_t)ops->d_out)), &clash);
    if (ops->d_in >= 0) {
        /* For two pages, in and out may use one bus qubit. */
        const bool pages = ops->d_in == ops->d_out && ops->d_in_page != ops->d_out_page;
        const uint64_t shared = ops->d_out >= 0 ? 0u : root;
        const uint64_t bus = cell_bit(brg_cell_bus_qubit(q, (uint32_t)ops->d_in));
        touch(touched, shared | (pages ? 0u : bus), &clash);
    }
    for (uint32_t i = 0; (ops->d_in_page >= 0 || ops->d_out_page >= 0) && i < q->page_bits; i++)
        touch(touched, cell_bit(brg_cell_address_qubit(q, i)), &clash);
    return clash ? BRG_EINVAL : BRG_OK;
}

static bool in_range(int16_t index, uint32_t count) {
    return index >= -1 && index < (int32_t)count;
}

static bool ops_valid(const brg_qram *q, const brg_slice_ops *ops, const brg_planes *data) {
    const uint32_t n = q->address_width, k = q->word_width;
    if (ops->route >> (n - 1u) || ops->latch >> n) return false;
    if (!in_range(ops->a_in, n) || !in_range(ops->a_out, n) || !in_range(ops->d_in, k) ||
        !in_range(ops->d_out, k) || !in_range(ops->fetch, k))
        return false;
    const int16_t page[2] = {ops->d_in_page, ops->d_out_page};
    for (int i = 0; i < 2; i++) {
        if (!in_range(page[i], brg_pages(q))) return false;
        if (page[i] >= 0 && (i ? ops->d_out : ops->d_in) < 0) return false;
    }
    if (ops->d_in >= 0 && ops->d_in == ops->d_out && (page[0] < 0 || page[1] < 0)) return false;
    if ((ops->basis_in && ops->d_in < 0) || (ops->basis_out && ops->d_out < 0)) return false;
    if ((ops->basis_in || ops->basis_out) && q->routers != BRG_TWO_LEVEL) return false;
    return ops->fetch < 0 || (data && data->address_width == n && data->word_width == k);
}

static int apply_operations(brg_density *d, const brg_slice_ops *ops, const brg_planes *data) {
    const brg_qram *q = &d->config.qram;
    int rc = BRG_OK;
    move_all(d, ops, data, false);
    if (ops->basis_out)
        rc = channel_on_cells(d, cell_bit(brg_cell_bus_qubit(q, (uint32_t)ops->d_out)), CHANNEL_H,
                              0);
    if (!rc && ops->basis_in)
        rc =
            channel_on_cells(d, cell_bit(brg_cell_bus_qubit(q, (uint32_t)ops->d_in)), CHANNEL_H, 0);
    if (!rc && (ops->d_in >= 0 || ops->a_in >= 0)) move_all(d, ops, data, true);
    return rc;
}

/* Cells first to last - 1. */
static uint64_t cells_between(uint32_t first, uint32_t last) {
    const uint64_t below = last == 64u ? UINT64_MAX : cell_bit(last) - 1u;
    return below & ~(cell_bit(first) - 1u);
}

static int apply_encoded(brg_density *d, uint64_t time_ps) {
    const brg_noise *noise = &d->config.noise;
    int rc = BRG_OK;
    for (uint32_t l = 0; !rc && l < d->config.qram.address_width; l++) {
        const double rate = noise->encoded->layer_rate[l];
        const uint64_t layer = cells_between(2u * brg_node(l, 0), 2u * brg_node(l + 1u, 0));
        if (rate > 0.0) rc = channel_of_rate(d, layer, CHANNEL_ENCODED, time_ps, rate);
    }
    const double rate = noise->encoded->register_rate;
    if (!rc && brg_registers_idle(&d->config) && rate > 0.0)
        rc = channel_of_rate(d, cells_between(d->tree, d->cells), CHANNEL_ENCODED, time_ps, rate);
    return rc;
}

static int apply_idle(brg_density *d, uint64_t time_ps) {
    const brg_noise *noise = &d->config.noise;
    if (noise->model == BRG_NOISE_ENCODED && time_ps > 0) return apply_encoded(d, time_ps);
    if (noise->model != BRG_NOISE_TIMED || time_ps == 0) return BRG_OK;
    if (!(noise->t1_ns > 0.0) && !(noise->tphi_ns > 0.0)) return BRG_OK;
    const uint32_t cells = brg_registers_idle(&d->config) ? d->cells : d->tree;
    return channel_on_cells(d, cells_between(0, cells), CHANNEL_IDLE, time_ps);
}

/* What befell a qubit of the registers in a life that has ended. */
static int apply_life(brg_density *d, const brg_life *life) {
    const brg_logical *logical = d->config.logical;
    const uint32_t cell = d->tree + life->qubit;
    double x = 0.0, z = 0.0;
    int rc = logical->rates(logical->user, life->begin_ps, life->end_ps, &x, &z);
    if (!rc && !(x >= 0.0 && x <= 1.0 && z >= 0.0 && z <= 1.0)) rc = BRG_EINVAL;
    if (!rc && (x > 0.0 || z > 0.0)) {
        brg_kraus k;
        channel ch;
        memset(&ch, 0, sizeof ch);
        ch.kind = CHANNEL_LOGICAL;
        brg_kraus_logical(&k, d->config.qram.routers, x, z);
        channel_from_kraus(&ch, &k);
        rc = channel_apply(d, cell, &ch);
    }
    if (!rc && life->transfer && logical->transfer_error > 0.0)
        rc = channel_on_cells(d, cell_bit(cell), CHANNEL_TRANSFER, 0);
    return rc;
}

static int apply_lives(brg_density *d, const brg_life *life, uint32_t count) {
    int rc = BRG_OK;
    for (uint32_t i = 0; !rc && i < count; i++) rc = apply_life(d, &life[i]);
    return rc;
}

static int apply_entries(brg_density *d, const brg_slice *slice) {
    brg_life life[2];
    if (!d->config.logical) return BRG_OK;
    return apply_lives(d, life, brg_lives_follow(&d->lives, &d->config.qram, slice, life));
}

int brg_density_end(brg_density *d) {
    brg_life life[BRG_LIVES_QUBITS];
    if (!d) return BRG_EINVAL;
    if (!d->begun || d->ended) return BRG_ESTATE;
    d->ended = true;
    if (!d->config.logical) return BRG_OK;
    const int rc = apply_lives(d, life, brg_lives_last(&d->lives, &d->config.qram, life));
    if (rc) d->begun = false;
    return rc;
}

int brg_density_slice(brg_density *d, const brg_slice *slice, const brg_planes *data) {
    if (!d || !slice || !ops_valid(&d->config.qram, &slice->ops, data)) return BRG_EINVAL;
    if (!d->begun || d->ended) return BRG_ESTATE;
    const brg_noise *noise = &d->config.noise;
    uint64_t touched;
    int rc = touched_cells(&d->config.qram, &slice->ops, &touched);
    if (rc) return rc;
    if (d->config.logical) touched &= cell_bit(d->tree) - 1u;
    rc = apply_idle(d, brg_slice_wait_ps(slice));
    if (!rc) rc = apply_entries(d, slice);
    if (!rc) rc = apply_operations(d, &slice->ops, data);
    if (!rc && noise->model != BRG_NOISE_NONE && noise->gate_error > 0.0)
        rc = channel_on_cells(d, touched, CHANNEL_GATE, 0);
    if (!rc) rc = apply_idle(d, slice->duration_ps);
    if (!rc && noise->model == BRG_NOISE_PER_SLICE && noise->probability > 0.0)
        rc = channel_on_cells(d, cell_bit(d->tree) - 1u, CHANNEL_PER_SLICE, 0);
    if (rc) d->begun = false; /* a half-done slice is no state to go on from */
    return rc;
}

/* ---- life of the object ---- */

/* Errors that shift levels spread over a fixed share of the dense matrix, the others only lose
 * carriers or phases of the branches there are. The shares are those of docs/density.md. */
double brg_density_bytes(const brg_run_config *config) {
    if (!config || !brg_run_config_valid(config)) return 0.0;
    const brg_qram *q = &config->qram;
    const brg_noise *noise = &config->noise;
    const bool two = q->routers == BRG_TWO_LEVEL, some = noise->model != BRG_NOISE_NONE;
    const bool per_slice = noise->model == BRG_NOISE_PER_SLICE && noise->probability > 0.0;
    const bool shift = per_slice && (noise->kind == BRG_KIND_X || noise->kind == BRG_KIND_SHIFT);
    const bool mixing = (per_slice && noise->kind == BRG_KIND_DEPOLARIZING) ||
                        (some && noise->gate_error > 0.0) || noise->model == BRG_NOISE_ENCODED;
    const double n = brg_table_width(q), k = q->word_width;
    const double dense = pow(two ? 4.0 : 9.0, (double)brg_all_cells(q));
    double entries = two ? pow(4.0, 2.0 * n + k) : pow(4.0, n) * pow(3.0, n + k);
    if (shift || mixing) entries = dense / (two ? 4.0 : shift ? 11.0 : 27.0);
    /* An X moves an entry to another address or bus word, on both sides at once. */
    if (config->logical) entries *= pow(2.0, n + k);
    if (entries > dense) entries = dense;
    return (entries + 1024.0) * BYTES_PER_ENTRY;
}

int brg_density_new(brg_density **out, const brg_run_config *config) {
    if (!out) return BRG_EINVAL;
    *out = NULL;
    if (!config || !brg_run_config_valid(config)) return BRG_EINVAL;
    /* An error that depends on the trajectory leaves no mixture to evolve. */
    if (config->logical && (!config->logical->rates || brg_run_config_check(config)))
        return BRG_EINVAL;
    const unsigned width = config->qram.routers == BRG_TWO_LEVEL ? 1u : 2u;
    if (brg_all_cells(&config->qram) * width > 64u) return BRG_ENOMEM;
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const double limit = pages > 0 && page > 0 ? (double)pages * (double)page : HUGE_VAL;
    if (brg_density_bytes(config) > limit) return BRG_ENOMEM;
    brg_density *d = calloc(1, sizeof *d);
    if (!d) return BRG_ENOMEM;
    d->config = *config;
    d->tree = brg_tree_cells(&config->qram);
    d->cells = brg_all_cells(&config->qram);
    d->width = width;
    d->tree_mask = ((uint64_t)1 << (d->tree * width)) - 1u;
    d->byte_limit = limit;
    *out = d;
    return BRG_OK;
}

void brg_density_destroy(brg_density **d) {
    if (!d || !*d) return;
    brg_density *x = *d;
    free(x->row);
    free(x->col);
    free(x->value);
    free(x->next);
    free(x->slot);
    free(x->channels);
    free(x);
    *d = NULL;
}

/* The basis string of an address in the registers with a bus word, tree empty. */
static uint64_t register_string(const brg_density *d, uint64_t address, uint64_t word) {
    const brg_qram *q = &d->config.qram;
    const unsigned carrier = q->routers == BRG_THREE_LEVEL ? 1u : 0u; /* level of |0> */
    uint64_t x = 0;
    const uint32_t m = brg_table_width(q);
    for (uint32_t i = 0; i < m; i++) {
        const unsigned bit = (unsigned)(address >> (m - 1u - i)) & 1u;
        x = cell_put(d, x, brg_cell_address_qubit(q, i), carrier + bit);
    }
    for (uint32_t j = 0; j < q->word_width; j++)
        x = cell_put(d, x, brg_cell_bus_qubit(q, j), carrier + ((unsigned)(word >> j) & 1u));
    return x;
}

/* Addresses that the input holds: first, and how many from there on. */
static uint64_t input_addresses(const brg_density *d, uint64_t *first) {
    *first = d->config.input.uniform ? 0 : d->config.input.index;
    return d->config.input.uniform ? (uint64_t)1 << brg_table_width(&d->config.qram) : 1u;
}

int brg_density_begin(brg_density *d) {
    if (!d) return BRG_EINVAL;
    d->count = 0;
    d->begun = d->ended = false;
    brg_lives_begin(&d->lives);
    d->dropped = 0.0;
    if (d->slot) table_rebuild(d);
    uint64_t first;
    const uint64_t addresses = input_addresses(d, &first);
    for (uint64_t a = 0; a < addresses; a++) {
        for (uint64_t b = 0; b < addresses; b++) {
            size_t i;
            const int rc = entry_index(d, register_string(d, first + a, 0),
                                       register_string(d, first + b, 0), &i);
            if (rc) return rc;
            d->value[i] = 1.0 / (double)addresses;
        }
    }
    d->begun = true;
    return BRG_OK;
}

/* ---- observables ---- */

int brg_density_fidelity(const brg_density *d, const brg_planes *ideal, double *out) {
    if (!d || !ideal || !out) return BRG_EINVAL;
    const brg_qram *q = &d->config.qram;
    if (ideal->address_width != brg_table_width(q) || ideal->word_width != q->word_width)
        return BRG_EINVAL;
    if (!d->begun || (d->config.logical && !d->ended)) return BRG_ESTATE;
    uint64_t first;
    const uint64_t addresses = input_addresses(d, &first);
    uint64_t *answer = malloc((size_t)addresses * sizeof *answer);
    if (!answer) return BRG_ENOMEM;
    for (uint64_t a = 0; a < addresses; a++)
        answer[a] = register_string(d, first + a, brg_planes_word(ideal, first + a));
    /* Every amplitude of psi is 1/sqrt(addresses), so F is a plain sum over pairs of answers. */
    double sum = 0.0, lost = 0.0; /* Kahan */
    for (size_t i = 0; i < d->count; i++) {
        if ((d->row[i] ^ d->col[i]) & d->tree_mask) continue;
        bool row = false, col = false;
        for (uint64_t a = 0; a < addresses; a++) {
            row = row || answer[a] == (d->row[i] & ~d->tree_mask);
            col = col || answer[a] == (d->col[i] & ~d->tree_mask);
        }
        if (!row || !col) continue;
        const double term = creal(d->value[i]) - lost, total = sum + term;
        lost = (total - sum) - term;
        sum = total;
    }
    free(answer);
    *out = sum / (double)addresses;
    return BRG_OK;
}

double brg_density_trace(const brg_density *d) {
    double sum = 0.0;
    for (size_t i = 0; d && i < d->count; i++)
        if (d->row[i] == d->col[i]) sum += creal(d->value[i]);
    return sum;
}

double brg_density_population(const brg_density *d, uint32_t layer) {
    if (!d || layer >= d->config.qram.address_width) return 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->row[i] != d->col[i]) continue;
        unsigned excited = 0;
        const uint32_t end = 2u * brg_node(layer + 1u, 0);
        for (uint32_t c = 2u * brg_node(layer, 0); c < end; c++)
            excited += cell_get(d, d->row[i], c) != 0u;
        sum += excited * creal(d->value[i]);
    }
    return sum;
}

size_t brg_density_entries(const brg_density *d) {
    return d ? d->count : 0;
}

int brg_density_replay(const brg_timeline *timeline, const brg_run_config *config,
                       const brg_planes *ideal, double *mean, double *fidelity) {
    return brg_density_replay_watched(timeline, config, ideal, mean, fidelity, NULL, NULL);
}

int brg_density_replay_watched(const brg_timeline *timeline, const brg_run_config *config,
                               const brg_planes *ideal, double *mean, double *fidelity,
                               brg_progress progress, void *user) {
    if (!timeline || !config || !ideal || !mean) return BRG_EINVAL;
    const brg_qram *q = brg_timeline_qram(timeline);
    if (!brg_qram_equal(q, &config->qram)) return BRG_EINVAL;
    const uint32_t queries = brg_timeline_queries(timeline);
    if (queries == 0) return BRG_EINVAL;
    brg_density *d = NULL;
    int rc = brg_density_new(&d, config);
    double sum = 0.0;
    for (uint32_t query = 0; !rc && query < queries; query++) {
        size_t count;
        const size_t start = brg_timeline_query(timeline, query, &count);
        rc = brg_density_begin(d);
        for (size_t i = start; !rc && i < start + count; i++) {
            const brg_slice *slice = brg_timeline_slice(timeline, i);
            const brg_planes *data =
                slice->data_version < 0 ? NULL : brg_timeline_data(timeline, slice->data_version);
            rc = brg_density_slice(d, slice, data);
            if (!rc && progress && progress(user, i + 1, brg_timeline_slices(timeline)))
                rc = BRG_ESTATE;
        }
        double f = 0.0;
        if (!rc) rc = brg_density_end(d);
        if (!rc) rc = brg_density_fidelity(d, ideal, &f);
        if (fidelity && !rc) fidelity[query] = f;
        sum += f;
    }
    brg_density_destroy(&d);
    if (!rc) *mean = sum / queries;
    return rc;
}
