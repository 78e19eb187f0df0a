/* SPDX-License-Identifier: Apache-2.0 */
/* Pulse memory: generated calibration, its tables, and the lossless block compression. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csim/random.h"
#include "model/pulse.h"

/* A purpose of its own among the random streams (csim/random.h). */
enum { PURPOSE_PULSE = 0x110 };
enum { BEAT = BRG_PULSE_BEAT_BYTES, LANES = BEAT / 2, HEADER_BITS = 8, BODY_BITS = 120, RAW = 15 };

/* ---- Bits of a block, LSB first */

static void put_bits(uint8_t *block, unsigned at, unsigned width, uint32_t value) {
    for (unsigned i = 0; i < width; i++)
        if (value >> i & 1u)
            block[(at + i) / 8] = (uint8_t)(block[(at + i) / 8] | 1u << ((at + i) % 8));
}

static uint32_t get_bits(const uint8_t *block, unsigned at, unsigned width) {
    uint32_t value = 0;
    for (unsigned i = 0; i < width; i++)
        value |= ((uint32_t)block[(at + i) / 8] >> ((at + i) % 8) & 1u) << i;
    return value;
}

/* Lane j of a word: 16 bits, the last one of an odd number of bytes 8. */
static unsigned lane_bits(uint32_t bytes, unsigned j) {
    return 2u * j + 1u < bytes ? 16u : 8u;
}

static uint32_t lane(const uint8_t *word, uint32_t bytes, unsigned j) {
    return lane_bits(bytes, j) == 16 ? (uint32_t)word[2 * j] | (uint32_t)word[2 * j + 1] << 8
                                     : word[2 * j];
}

/* Bits in which a delta mod 2^size is a sign-extended number; 0 for 0. */
static unsigned delta_width(uint32_t delta, unsigned size) {
    if (delta == 0) return 0;
    for (unsigned w = 1; w < size; w++) {
        const uint32_t low = delta & ((1u << w) - 1u);
        const uint32_t sign = 1u << (w - 1u);
        if ((((low ^ sign) - sign) & ((1u << size) - 1u)) == delta) return w;
    }
    return size;
}

static unsigned code_bits(unsigned code) {
    return code == RAW ? 16u : code;
}

static unsigned stride(unsigned code, uint32_t bytes) {
    const unsigned w = code_bits(code);
    return bytes / 2u * w + (bytes & 1u ? (w < 8u ? w : 8u) : 0u);
}

uint32_t brg_pulse_beat_words(uint32_t bytes) {
    const uint32_t fit = BEAT / bytes;
    return fit < BRG_PULSE_BEAT_WORDS ? fit : BRG_PULSE_BEAT_WORDS;
}

/* The narrowest code that holds every lane of the word. */
static unsigned word_code(const uint8_t *word, uint32_t bytes, const uint8_t *nominal) {
    unsigned code = 0;
    for (unsigned j = 0; j < (bytes + 1u) / 2u; j++) {
        const unsigned size = lane_bits(bytes, j);
        const uint32_t delta =
            (lane(word, bytes, j) - lane(nominal, bytes, j)) & ((1u << size) - 1u);
        unsigned w = delta_width(delta, size);
        /* Width 15 has no code of its own, and an 8-bit lane is whole from width 8 on. */
        if (w > 14) w = RAW;
        if (w > code) code = w;
    }
    return code;
}

uint32_t brg_pulse_compress(const uint8_t (*words)[BEAT], uint32_t count, uint32_t bytes,
                            const uint8_t nominal[BEAT], uint8_t block[BEAT]) {
    memset(block, 0, BEAT);
    unsigned code = 0;
    uint32_t taken = 0;
    while (taken < count && taken < BRG_PULSE_BEAT_WORDS) {
        const unsigned need = word_code(words[taken], bytes, nominal);
        const unsigned wider = need > code ? need : code;
        if ((taken + 1u) * stride(wider, bytes) > BODY_BITS) break;
        code = wider;
        taken++;
    }
    block[0] = (uint8_t)(taken | code << 4);
    unsigned at = HEADER_BITS;
    for (uint32_t i = 0; i < taken; i++) {
        for (unsigned j = 0; j < (bytes + 1u) / 2u; j++) {
            const unsigned size = lane_bits(bytes, j);
            const unsigned w = code_bits(code) < size ? code_bits(code) : size;
            put_bits(block, at, w, lane(words[i], bytes, j) - lane(nominal, bytes, j));
            at += w;
        }
    }
    return taken;
}

uint32_t brg_pulse_decompress(const uint8_t block[BEAT], uint32_t bytes,
                              const uint8_t nominal[BEAT],
                              uint8_t words[BRG_PULSE_BEAT_WORDS][BEAT]) {
    const uint32_t count = block[0] & 15u;
    const unsigned code = block[0] >> 4;
    if (count == 0 || count > BRG_PULSE_BEAT_WORDS || count * stride(code, bytes) > BODY_BITS)
        return 0;
    memset(words, 0, (size_t)count * BEAT);
    unsigned at = HEADER_BITS;
    for (uint32_t i = 0; i < count; i++) {
        for (unsigned j = 0; j < (bytes + 1u) / 2u; j++) {
            const unsigned size = lane_bits(bytes, j);
            const unsigned w = code_bits(code) < size ? code_bits(code) : size;
            uint32_t delta = get_bits(block, at, w);
            if (w > 0 && delta >> (w - 1u) & 1u) delta |= ~0u << w % 32u;
            const uint32_t value = lane(nominal, bytes, j) + delta;
            words[i][2 * j] = (uint8_t)value;
            if (size == 16) words[i][2 * j + 1] = (uint8_t)(value >> 8);
            at += w;
        }
    }
    return count;
}

/* ---- Calibration */

static unsigned table_kind(unsigned table) {
    if (table < BRG_PULSE_LATCH) return 0;
    if (table < BRG_PULSE_REGISTER) return 1;
    return table < BRG_PULSE_FETCH ? 2 : 3;
}

/* Nominal fields of a pulse: amplitude, phase, detuning, drag, and again for a second tone; the
 * kinds differ in amplitude and detuning. */
static void fill_nominal(brg_pulse_memory *m) {
    static const uint16_t fields[BRG_PULSE_KINDS][LANES] = {
        {0x6200, 0x2000, 0x1480, 0x0C40, 0x5100, 0x2800, 0x1900, 0x0A00},
        {0x4A00, 0x3000, 0x1280, 0x0B00, 0x3C00, 0x3400, 0x1500, 0x0900},
        {0x4400, 0x1800, 0x1180, 0x0A80, 0x3800, 0x1C00, 0x1300, 0x0880},
        {0x5600, 0x2400, 0x1380, 0x0BC0, 0x4600, 0x2600, 0x1700, 0x0980},
    };
    for (unsigned k = 0; k < BRG_PULSE_KINDS; k++) {
        for (unsigned i = 0; i < m->config.bytes; i++) {
            /* An odd last byte is a field of its own and takes the high half of its lane. */
            const bool alone = i + 1u == m->config.bytes && i % 2u == 0u;
            const unsigned shift = alone || i % 2u ? 8u : 0u;
            m->nominal[k][i] = (uint8_t)(fields[k][i / 2u] >> shift);
        }
    }
}

/* Box-Muller from two draws of the word's stream. */
static double gaussian(const brg_stream *s, unsigned field) {
    const double u = brg_stream_uniform_at(s, 2u * field);
    const double v = brg_stream_uniform_at(s, 2u * field + 1u);
    return sqrt(-2.0 * log1p(-u)) * cos(6.283185307179586477 * v);
}

void brg_pulse_word(const brg_pulse_memory *memory, unsigned table, uint32_t index,
                    uint8_t word[BEAT]) {
    const brg_pulse_config *c = &memory->config;
    /* The words of r register swaps are the first r of the same four. */
    const unsigned source = table >= BRG_PULSE_REGISTER && table < BRG_PULSE_FETCH
                                ? (unsigned)BRG_PULSE_REGISTER
                                : table;
    const uint8_t *nominal = memory->nominal[table_kind(table)];
    const brg_stream s = brg_stream_make(c->seed, source, index, (brg_purpose)PURPOSE_PULSE, 0);
    memset(word, 0, BEAT);
    for (unsigned j = 0; j < (c->bytes + 1u) / 2u; j++) {
        const unsigned size = lane_bits(c->bytes, j);
        const double mean = lane(nominal, c->bytes, j);
        const double most = size == 16 ? 65535.0 : 255.0;
        double value = floor(mean * (1.0 + c->spread * gaussian(&s, j)) + 0.5);
        value = value < 0 ? 0 : value > most ? most : value;
        const uint32_t bits = (uint32_t)value;
        word[2 * j] = (uint8_t)bits;
        if (size == 16) word[2 * j + 1] = (uint8_t)(bits >> 8);
    }
}

static uint8_t parity_of(const uint8_t *beat) {
    unsigned x = 0;
    for (unsigned i = 0; i < BEAT; i++) x ^= beat[i];
    return (uint8_t)__builtin_parity(x);
}

/* Fills a table at data (NULL: only counts) and returns its beats. */
static uint32_t fill_table(const brg_pulse_memory *m, unsigned table, uint8_t (*data)[BEAT]) {
    const brg_pulse_config *c = &m->config;
    const uint32_t words = brg_pulse_table_words(c->address_width, table);
    const uint32_t per_beat = brg_pulse_beat_words(c->bytes);
    if (!c->compressed && !data) return (words + per_beat - 1u) / per_beat;
    uint8_t window[BRG_PULSE_BEAT_WORDS][BEAT], block[BEAT];
    uint32_t beats = 0, done = 0, have = 0;
    while (done < words) {
        while (have < BRG_PULSE_BEAT_WORDS && done + have < words) {
            brg_pulse_word(m, table, done + have, window[have]);
            have++;
        }
        uint32_t taken;
        if (c->compressed) {
            taken = brg_pulse_compress((const uint8_t(*)[BEAT])window, have, c->bytes,
                                       m->nominal[table_kind(table)], block);
        } else {
            taken = have < per_beat ? have : per_beat;
            memset(block, 0, BEAT);
            for (uint32_t i = 0; i < taken; i++) memcpy(&block[i * c->bytes], window[i], c->bytes);
        }
        if (data) memcpy(data[beats], block, BEAT);
        beats++;
        done += taken;
        have -= taken;
        memmove(window[0], window[taken], (size_t)have * BEAT);
    }
    return beats;
}

static bool table_used(uint32_t address_width, unsigned table) {
    return table >= BRG_PULSE_REGISTER || table % BRG_PULSE_LATCH < address_width;
}

int brg_pulse_memory_new(brg_pulse_memory **out, const brg_pulse_config *config, brg_diag *diag) {
    if (!out || !config) return BRG_EINVAL;
    *out = NULL;
    if (config->address_width < 1 || config->address_width > BRG_MAX_ADDRESS_WIDTH)
        return BRG_EINVAL;
    int rc = BRG_OK;
    if (config->bytes < 1 || config->bytes > BEAT ||
        (config->compressed && config->bytes == BEAT)) {
        brg_diag_add(diag, NULL, 0, 0, "pulse", "%u bytes per pulse%s, accepted are 1 to %d",
                     config->bytes, config->compressed ? " compressed" : "",
                     config->compressed ? BEAT - 1 : BEAT);
        rc = BRG_EINPUT;
    }
    if (!(config->spread >= 0.0 && config->spread <= 1.0)) {
        brg_diag_add(diag, NULL, 0, 0, "pulse", "a spread of %g, accepted are 0 to 1",
                     config->spread);
        rc = BRG_EINPUT;
    }
    if (rc != BRG_OK) return rc;
    brg_pulse_memory *m = calloc(1, sizeof *m);
    if (!m) return BRG_ENOMEM;
    m->config = *config;
    fill_nominal(m);
    for (unsigned t = 0; t < BRG_PULSE_TABLES; t++) {
        if (!table_used(config->address_width, t)) continue;
        m->tables[t].base = m->beats;
        m->tables[t].words = brg_pulse_table_words(config->address_width, t);
        m->tables[t].beats = fill_table(m, t, NULL);
        m->beats += m->tables[t].beats;
    }
    m->data = calloc(m->beats, sizeof *m->data);
    m->parity = calloc(m->beats, 1);
    if (!m->data || !m->parity) {
        brg_pulse_memory_destroy(&m);
        return BRG_ENOMEM;
    }
    for (unsigned t = 0; t < BRG_PULSE_TABLES; t++)
        if (m->tables[t].beats) (void)fill_table(m, t, &m->data[m->tables[t].base]);
    for (uint32_t i = 0; i < m->beats; i++) m->parity[i] = parity_of(m->data[i]);
    *out = m;
    return BRG_OK;
}

void brg_pulse_memory_destroy(brg_pulse_memory **memory) {
    if (!memory || !*memory) return;
    free((*memory)->data);
    free((*memory)->parity);
    free(*memory);
    *memory = NULL;
}

void brg_pulse_read(const brg_pulse_memory *memory, uint32_t address, uint8_t beat[BEAT],
                    uint8_t *parity) {
    if (address < memory->beats) {
        memcpy(beat, memory->data[address], BEAT);
        *parity = memory->parity[address];
    } else {
        memset(beat, 0, BEAT);
        *parity = 0;
    }
}
