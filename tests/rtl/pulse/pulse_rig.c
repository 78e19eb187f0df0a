/* SPDX-License-Identifier: Apache-2.0 */
/* Drives brg_pulse_unit and checks it. */
#include "pulse_rig.h"

#include <string.h>

#include "test.h"

pulse_rig *rig_new(void) {
    pulse_rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->model = pulse_model_new();
    assert_non_null(rig->model);
    for (unsigned i = 0; i < 4; i++) {
        rig->in.rst_n = i >= 2;
        pulse_model_settle(rig->model, &rig->in, &rig->out);
        pulse_model_clock(rig->model, 0);
    }
    return rig;
}

void rig_destroy(pulse_rig **rig) {
    pulse_model_destroy(&(*rig)->model);
    free(*rig);
    *rig = NULL;
}

static uint32_t crc32_of(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (unsigned b = 0; b < 8; b++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return crc;
}

/* The next words at the generators must be the next of the slices that fired, in order. */
static bool check_play(pulse_rig *rig) {
    const pulse_out *o = &rig->out;
    const uint32_t bytes = rig->memory->config.bytes;
    bool bad = false;
    for (unsigned i = 0; i < 8; i++) {
        const unsigned b = (o->play_start + i) % 8;
        if (!(o->play_valid >> b & 1u)) {
            assert_int_equal(o->play_count[b], 0);
            continue;
        }
        if (o->play_count[b] == 0) {
            bad = rig->broken = true;
            continue;
        }
        /* What a slice holds after a block that cannot be taken apart is not known. */
        if (rig->broken) continue;
        uint8_t tables[BRG_PULSE_TABLES];
        unsigned count = 0;
        for (;;) {
            /* A slice without pulses shows nothing at the generators. */
            assert_true(rig->fired_count > 0);
            count = brg_pulse_entry_tables(&rig->schedule->entries[rig->fired[0]], tables);
            if (count) break;
            rig->crcs[rig->played++] = 0;
            rig->fired_count--;
            memmove(rig->fired, rig->fired + 1, sizeof rig->fired - sizeof rig->fired[0]);
        }
        const unsigned table = tables[rig->play_table];
        assert_int_equal(o->play_table[b], table);
        assert_int_equal(o->play_first >> b & 1u, rig->play_index == 0);
        for (unsigned w = 0; w < o->play_count[b]; w++) {
            uint8_t word[16];
            brg_pulse_word(rig->memory, table, rig->play_index++, word);
            assert_memory_equal(o->play_words[b][w], word, 16);
            rig->crc = crc32_of(rig->crc, o->play_words[b][w], bytes);
        }
        const uint32_t words = brg_pulse_table_words(rig->schedule->address_width, table);
        assert_true(rig->play_index <= words);
        bool last = false;
        if (rig->play_index == words) {
            rig->play_index = 0;
            last = ++rig->play_table == count;
        }
        assert_int_equal(o->play_last >> b & 1u, last);
        if (last) {
            rig->crcs[rig->played++] = ~rig->crc;
            rig->crc = ~0u;
            rig->play_table = 0;
            rig->fired_count--;
            memmove(rig->fired, rig->fired + 1, sizeof rig->fired - sizeof rig->fired[0]);
        }
    }
    return bad;
}

/* The pins of a cycle for the Icarus bench: what carries nothing is written as 0. */
static void record(const pulse_rig *rig) {
    const pulse_in *i = &rig->in;
    const pulse_out *o = &rig->out;
    FILE *f = rig->record;
    fprintf(f, "%x %x %x %x %x %x %x %x %x ", i->rst_n, i->reg_valid, i->reg_write, i->reg_address,
            i->reg_wdata, i->begin, i->waiting, i->slice_valid, i->mem_parity);
    for (unsigned c = 8; c-- > 0;)
        for (unsigned b = 16; b-- > 0;) fprintf(f, "%02x", i->mem_data[c][b]);
    uint32_t addresses = 0, words = 0, counts = 0;
    for (unsigned c = 0; c < 8; c++)
        if (o->mem_valid >> c & 1u) addresses ^= o->mem_address[c] << c;
    for (unsigned b = 0; b < 8; b++) {
        if (!(o->play_valid >> b & 1u)) continue;
        counts += (uint32_t)o->play_count[b] << b;
        for (unsigned w = 0; w < 8; w++) {
            uint32_t lane;
            for (unsigned k = 0; k < 4; k++) {
                memcpy(&lane, &o->play_words[b][w][4 * k], 4);
                words = (words << 1 | words >> 31) ^ lane;
            }
        }
    }
    fprintf(f, " %x %x %x %x %x %x %x %x %x %x %x\n", o->ready, o->starved, o->mem_valid, addresses,
            o->play_valid, counts, words, o->error_code, o->error ? o->error_layer : 0u, o->quiet,
            o->reg_error);
}

static void memory_answers(pulse_rig *rig) {
    rig->in.mem_parity = 0;
    for (unsigned i = 0; i < 8; i++) {
        /* Channels that were not asked give noise. */
        memset(rig->in.mem_data[i], (int)(rig->cycle + i) & 0xFF, 16);
        if (!(rig->asked & 1u << i)) continue;
        uint8_t parity;
        brg_pulse_read(rig->memory, rig->address[i], rig->in.mem_data[i], &parity);
        if (++rig->beats == rig->flip_beat) parity ^= 1;
        rig->in.mem_parity |= (uint8_t)(parity << i);
    }
}

static void clock_edge(pulse_rig *rig, uint32_t skip) {
    if (rig->record) record(rig);
    pulse_model_clock(rig->model, skip);
    rig->asked = rig->out.mem_valid;
    memcpy(rig->address, rig->out.mem_address, sizeof rig->address);
}

uint32_t rig_register(pulse_rig *rig, bool write, uint32_t address, uint32_t data, bool *error) {
    rig->in.reg_valid = 1;
    rig->in.reg_write = write;
    rig->in.reg_address = (uint16_t)address;
    rig->in.reg_wdata = data;
    rig->in.begin = rig->in.waiting = rig->in.slice_valid = 0;
    pulse_model_settle(rig->model, &rig->in, &rig->out);
    assert_int_equal(rig->out.quiet, 0);
    clock_edge(rig, 0);
    rig->in.reg_valid = 0;
    pulse_model_settle(rig->model, &rig->in, &rig->out);
    if (error)
        *error = rig->out.reg_error;
    else
        assert_false(rig->out.reg_error);
    return rig->out.reg_rdata;
}

static int load_write(void *context, uint32_t address, uint32_t data) {
    (void)rig_register(context, true, address, data, NULL);
    return BRG_OK;
}

void rig_start(pulse_rig *rig, const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
               const brg_pulse_limits *limits) {
    rig->schedule = schedule;
    rig->memory = memory;
    rig->limits = *limits;
    ref_start(&rig->ref, schedule, memory, limits);
    assert_int_equal(brg_pulse_load(schedule, memory, limits, load_write, rig), BRG_OK);
    rig->compare = true;
    rig->cycle = rig->beats = rig->skipped = 0;
    rig->asked = 0;
    rig->fired_count = rig->play_table = rig->play_index = rig->position = 0;
    rig->slices = rig->played = 0;
    rig->crc = ~0u;
    rig->broken = false;
}

bool rig_cycle(pulse_rig *rig, bool begin, bool want, bool ignore_ready, uint32_t steady) {
    memory_answers(rig);
    rig->in.begin = begin;
    rig->in.waiting = rig->in.slice_valid = 0;
    pulse_model_settle(rig->model, &rig->in, &rig->out);
    const bool ready = rig->out.ready;
    const bool fire = want && (ready || ignore_ready);
    if (want) {
        rig->in.waiting = !fire;
        rig->in.slice_valid = fire;
        pulse_model_settle(rig->model, &rig->in, &rig->out);
    }
    const pulse_out *o = &rig->out;
    const bool block_bad = check_play(rig);
    bool parity_bad = false;
    for (unsigned i = 0; i < 8; i++) {
        if (!(rig->asked & 1u << i)) continue;
        unsigned ones = (unsigned)rig->in.mem_parity >> i & 1u;
        for (unsigned b = 0; b < 16; b++)
            ones += (unsigned)__builtin_popcount(rig->in.mem_data[i][b]);
        parity_bad |= ones & 1u;
    }
    uint32_t skip = 0;
    if (rig->skip_random && o->quiet && steady > 1) {
        const uint32_t most = o->quiet < steady - 1 ? o->quiet : steady - 1;
        const uint64_t draw = test_random(rig->skip_random);
        skip = draw & 1 ? most : (uint32_t)((draw >> 1) % ((uint64_t)most + 1));
    }
    for (uint64_t i = 0; rig->compare && i <= skip; i++) {
        const ref_issue issue = ref_issues(&rig->ref);
        assert_int_equal(o->ready, ref_ready(&rig->ref));
        assert_int_equal(o->starved, ref_starved(&rig->ref));
        assert_int_equal(o->error_code, rig->ref.error);
        if (rig->ref.error) assert_int_equal(o->error_layer, rig->ref.error_layer);
        uint8_t valid = 0;
        for (uint32_t k = 0; k < issue.count; k++) {
            valid = (uint8_t)(valid | 1u << issue.channel[k]);
            assert_int_equal(o->mem_address[issue.channel[k]], issue.address[k]);
        }
        assert_int_equal(o->mem_valid, valid);
        ref_clock(&rig->ref, begin, rig->in.waiting, rig->in.slice_valid, parity_bad, block_bad);
    }
    if (fire && ready) {
        assert_true(rig->fired_count < 64 && rig->slices < RIG_SLICES);
        rig->fired[rig->fired_count++] = rig->position;
        rig->start[rig->slices++] = rig->cycle;
        rig->position++;
    }
    clock_edge(rig, skip);
    if (begin) {
        /* After an early end the ring is empty again, and nothing of it is played. */
        if (rig->position != 0 && !(rig->limits.wrap && rig->position == rig->schedule->count)) {
            rig->fired_count = rig->play_table = rig->play_index = 0;
            rig->crc = ~0u;
            rig->played = rig->slices;
            rig->asked = 0;
        }
        rig->position = 0;
    }
    rig->cycle += 1u + skip;
    rig->skipped += skip;
    return fire;
}

bool rig_query(pulse_rig *rig, uint32_t slices, uint32_t duration) {
    (void)rig_cycle(rig, true, false, false, 1);
    for (uint32_t s = 0; s < slices; s++) {
        while (!rig_cycle(rig, false, true, false, 1u << 20))
            if (rig->out.error) return false;
        for (uint64_t end = rig->start[rig->slices - 1] + duration; rig->cycle < end;)
            (void)rig_cycle(rig, false, false, false, (uint32_t)(end - rig->cycle));
    }
    return true;
}

void rig_drain(pulse_rig *rig) {
    for (unsigned i = 0; i < 3000; i++) (void)rig_cycle(rig, false, false, false, 1);
    while (rig->fired_count > 0) {
        assert_int_equal(brg_pulse_entry_words(rig->schedule->address_width,
                                               &rig->schedule->entries[rig->fired[0]]),
                         0);
        rig->crcs[rig->played++] = 0;
        rig->fired_count--;
        memmove(rig->fired, rig->fired + 1, sizeof rig->fired - sizeof rig->fired[0]);
    }
    assert_int_equal(rig->play_index, 0);
    assert_int_equal(rig->played, rig->slices);
}

uint64_t rig_counter(pulse_rig *rig, unsigned number) {
    (void)rig_register(rig, true, BRG_PULSE_REG_COUNTER, number, NULL);
    const uint64_t low = rig_register(rig, false, BRG_PULSE_REG_COUNTER_LO, 0, NULL);
    return low | (uint64_t)rig_register(rig, false, BRG_PULSE_REG_COUNTER_HI, 0, NULL) << 32;
}
