/* SPDX-License-Identifier: Apache-2.0 */
/* Reference model of rtl/brg_cache.sv: contents, decisions and counts, access by access. */
#include "model/cache.h"

#include <stdlib.h>
#include <string.h>

#include "model/bits.h"

typedef struct {
    uint64_t address;
    bool valid, dirty, prefetched;
    unsigned response; /* with which memory refused the line */
    uint32_t poison;   /* bit per 64-bit word */
    uint64_t used;     /* LRU: when it was used last; 0 for a way never used */
    uint8_t data[BRG_CACHE_MAX_LINE_BYTES];
} cache_line;

struct brg_cache_model {
    brg_cache_shape shape;
    brg_cache_backing backing;
    cache_line *lines; /* [set][way] */
    uint8_t *trees;    /* [set]: PLRU, bit n of node n, root 1; 1 means the right half is older */
    uint32_t random;
    uint64_t now;
    brg_cache_counts counts;
};

static void restart(brg_cache_model *m) {
    memset(m->lines, 0, sizeof *m->lines * m->shape.sets * m->shape.ways);
    memset(m->trees, 0, m->shape.sets);
    m->random = m->shape.seed ? m->shape.seed : 1;
}

int brg_cache_model_new(brg_cache_model **out, const brg_cache_shape *shape,
                        const brg_cache_backing *backing, brg_diag *diag) {
    *out = NULL;
    const brg_cache_shape s = *shape;
    if (!brg_power_of_two(s.ways) || s.ways > BRG_CACHE_MAX_WAYS || !brg_power_of_two(s.sets) ||
        s.sets > 32768 || !brg_power_of_two(s.line_bytes) || s.line_bytes < 64 ||
        s.line_bytes > BRG_CACHE_MAX_LINE_BYTES || (unsigned)s.policy > BRG_CACHE_RANDOM) {
        brg_diag_add(
            diag, "cache", 0, 0, "shape",
            "%u ways, %u sets, lines of %u bytes, policy %u: accepted are 1, 2, 4 or 8 "
            "ways, a power of two up to 32768 sets, 64, 128 or 256 bytes, policy 0, 1 or 2",
            s.ways, s.sets, s.line_bytes, (unsigned)s.policy);
        return BRG_EINPUT;
    }
    brg_cache_model *m = calloc(1, sizeof *m);
    if (!m) return BRG_ENOMEM;
    m->shape = s;
    m->backing = *backing;
    m->lines = calloc((size_t)s.sets * s.ways, sizeof *m->lines);
    m->trees = calloc(s.sets, 1);
    if (!m->lines || !m->trees) {
        brg_cache_model_destroy(&m);
        return BRG_ENOMEM;
    }
    restart(m);
    *out = m;
    return 0;
}

void brg_cache_model_destroy(brg_cache_model **model) {
    if (*model) {
        free((*model)->lines);
        free((*model)->trees);
        free(*model);
        *model = NULL;
    }
}

static uint32_t set_of(const brg_cache_model *m, uint64_t address) {
    return (uint32_t)(address / m->shape.line_bytes % m->shape.sets);
}

static cache_line *find(const brg_cache_model *m, uint64_t address) {
    cache_line *set = &m->lines[(size_t)set_of(m, address) * m->shape.ways];
    const uint64_t line = address / m->shape.line_bytes * m->shape.line_bytes;
    for (uint32_t w = 0; w < m->shape.ways; w++) {
        if (set[w].valid && set[w].address == line) return &set[w];
    }
    return NULL;
}

/* The tree as intervals: each node halves the ways below it, and points to the half used longer
 * ago. */
static uint32_t plru_victim(uint8_t tree, uint32_t ways) {
    uint32_t low = 0, node = 1;
    for (uint32_t half = ways / 2; half; half /= 2) {
        const bool right = tree >> node & 1;
        if (right) low += half;
        node = 2 * node + right;
    }
    return low;
}

static void plru_use(uint8_t *tree, uint32_t ways, uint32_t way) {
    uint32_t low = 0, node = 1;
    for (uint32_t half = ways / 2; half; half /= 2) {
        const bool right = way >= low + half;
        if (right) {
            low += half;
            *tree &= (uint8_t) ~(1u << node);
        } else {
            *tree |= (uint8_t)(1u << node);
        }
        node = 2 * node + right;
    }
}

static uint32_t next_random(uint32_t x) {
    x ^= x << 13;
    x ^= x >> 17;
    return x ^ x << 5;
}

/* A free way, or the policy's. Ways that were never used since the invalidation are free: LRU need
 * not order them, but a dropped line keeps its place in the order of uses. */
static uint32_t victim(brg_cache_model *m, uint32_t set) {
    const cache_line *lines = &m->lines[(size_t)set * m->shape.ways];
    for (uint32_t w = 0; w < m->shape.ways; w++) {
        if (!lines[w].valid) return w;
    }
    if (m->shape.policy == BRG_CACHE_TREE_PLRU) return plru_victim(m->trees[set], m->shape.ways);
    if (m->shape.policy == BRG_CACHE_RANDOM) {
        const uint32_t way = m->random & (m->shape.ways - 1);
        m->random = next_random(m->random);
        return way;
    }
    uint32_t oldest = 0;
    for (uint32_t w = 1; w < m->shape.ways; w++) {
        if (lines[w].used < lines[oldest].used) oldest = w;
    }
    return oldest;
}

static void use(brg_cache_model *m, cache_line *line) {
    const size_t index = (size_t)(line - m->lines);
    line->used = ++m->now;
    plru_use(&m->trees[index / m->shape.ways], m->shape.ways, (uint32_t)(index % m->shape.ways));
}

static uint32_t all_words(const brg_cache_model *m) {
    return m->shape.line_bytes == 256 ? UINT32_MAX : (1u << m->shape.line_bytes / 8) - 1;
}

static void write_back(brg_cache_model *m, cache_line *line) {
    m->backing.write(m->backing.context, line->address, line->data, m->shape.line_bytes,
                     all_words(m) & ~line->poison);
    for (uint32_t bits = line->poison; bits; bits &= bits - 1) m->counts.lost_words++;
    m->counts.write_backs++;
    line->dirty = false;
}

static cache_line *fetch(brg_cache_model *m, uint64_t address, brg_cache_outcome *out) {
    const uint32_t set = set_of(m, address);
    const uint32_t way = victim(m, set);
    cache_line *line = &m->lines[(size_t)set * m->shape.ways + way];
    if (line->valid) {
        out->replaced = true;
        out->replaced_dirty = line->dirty;
        out->replaced_address = line->address;
        if (line->dirty) write_back(m, line);
        if (line->prefetched) m->counts.useless++;
    }
    line->valid = true;
    line->dirty = line->prefetched = false;
    line->poison = 0;
    line->address = address / m->shape.line_bytes * m->shape.line_bytes;
    line->response =
        m->backing.read(m->backing.context, line->address, line->data, m->shape.line_bytes);
    use(m, line);
    return line;
}

static uint32_t way_of(const brg_cache_model *m, const cache_line *line) {
    return (uint32_t)((size_t)(line - m->lines) % m->shape.ways);
}

static void write_beat(cache_line *line, size_t offset, const uint8_t *data, uint32_t strobes,
                       brg_cache_outcome *out) {
    for (size_t word = 0; word < 4; word++) {
        const uint32_t bytes = strobes >> 8 * word & 0xff;
        const uint32_t bit = 1u << (offset / 8 + word);
        if (bytes == 0xff) line->poison &= ~bit;
        if (bytes && line->poison & bit) out->response = 2;
    }
    for (size_t i = 0; i < BRG_CACHE_BEAT_BYTES; i++) {
        if (strobes >> i & 1) line->data[offset + i] = data[i];
    }
}

/* A lost word that an access needs is fetched again, with its whole line, once the line is clean:
 * its write-back left memory's own value there. */
static void heal(brg_cache_model *m, cache_line *line, size_t offset, uint32_t strobes) {
    uint32_t needed = 0;
    for (uint32_t word = 0; word < 4; word++) {
        if ((strobes >> 8 * word & 0xff) != 0xff) needed |= 1u << word;
    }
    if (line->dirty || line->response || !(line->poison >> offset / 8 & needed)) return;
    m->backing.read(m->backing.context, line->address, line->data, m->shape.line_bytes);
    line->poison = 0;
}

void brg_cache_model_access(brg_cache_model *m, uint64_t address, bool write, const uint8_t *data,
                            uint32_t strobes, brg_cache_outcome *out) {
    *out = (brg_cache_outcome){0};
    cache_line *line = find(m, address);
    if (write)
        m->counts.writes++;
    else
        m->counts.reads++;
    if (line) {
        out->hit = true;
        m->counts.hits++;
        if (line->prefetched) {
            out->prefetched = true;
            m->counts.useful++;
            line->prefetched = false;
        }
        use(m, line);
    } else {
        m->counts.misses++;
        line = fetch(m, address, out);
    }
    out->way = way_of(m, line);
    out->response = line->response;
    const size_t offset =
        address % m->shape.line_bytes / BRG_CACHE_BEAT_BYTES * BRG_CACHE_BEAT_BYTES;
    heal(m, line, offset, write ? strobes : 0);
    if (write) {
        line->dirty = true;
        if (!line->response) write_beat(line, offset, data, strobes, out);
    } else if (!line->response) {
        memcpy(out->data, line->data + offset, BRG_CACHE_BEAT_BYTES);
        if (line->poison >> offset / 8 & 0xf) out->response = 2;
    }
}

void brg_cache_model_prefetch(brg_cache_model *m, uint64_t address, brg_cache_outcome *out) {
    *out = (brg_cache_outcome){0};
    cache_line *line = find(m, address);
    out->hit = line != NULL;
    if (line) {
        m->counts.redundant++;
    } else {
        m->counts.prefetches++;
        line = fetch(m, address, out);
        line->prefetched = true;
    }
    out->way = way_of(m, line);
}

/* The place in the order of uses stays: the RTL clears the way only. */
bool brg_cache_model_drop(brg_cache_model *m, uint64_t address) {
    cache_line *line = find(m, address);
    if (!line) return false;
    if (line->prefetched) m->counts.useless++;
    line->valid = line->dirty = line->prefetched = false;
    return true;
}

bool brg_cache_model_clean(brg_cache_model *m, uint64_t address) {
    cache_line *line = find(m, address);
    if (!line || !line->dirty) return false;
    write_back(m, line);
    return true;
}

bool brg_cache_model_empty_set(brg_cache_model *m, uint32_t set) {
    bool clean = true;
    for (uint32_t w = 0; w < m->shape.ways; w++) {
        cache_line *line = &m->lines[(size_t)set * m->shape.ways + w];
        if (line->dirty) clean = false;
        if (line->prefetched) m->counts.useless++;
        memset(line, 0, sizeof *line);
    }
    m->trees[set] = 0;
    return clean;
}

uint64_t brg_cache_model_flush(brg_cache_model *m, bool drop) {
    const uint64_t before = m->counts.write_backs;
    for (size_t i = 0; i < (size_t)m->shape.sets * m->shape.ways; i++) {
        cache_line *line = &m->lines[i];
        if (line->valid && line->dirty) write_back(m, line);
        if (drop && line->valid && line->prefetched) m->counts.useless++;
    }
    if (drop) restart(m);
    return m->counts.write_backs - before;
}

void brg_cache_model_poison(brg_cache_model *m, uint64_t address, uint32_t words) {
    cache_line *line = find(m, address);
    if (line) {
        line->poison |= words << address % m->shape.line_bytes / BRG_CACHE_BEAT_BYTES * 4;
    }
}

bool brg_cache_model_holds(const brg_cache_model *m, uint64_t address, bool *dirty) {
    const cache_line *line = find(m, address);
    if (dirty) *dirty = line && line->dirty;
    return line != NULL;
}

void brg_cache_model_counts(const brg_cache_model *m, brg_cache_counts *out) {
    *out = m->counts;
}
