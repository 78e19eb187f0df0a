/* SPDX-License-Identifier: Apache-2.0 */
/* Pulse schedules of programs, limits and closed forms of the pulse unit, and its programming. */
#include "model/pulse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Slices beyond the store that are still counted, so that the message says how many are needed. */
enum { UNROLL_LIMIT = 1 << 22 };

const char *brg_pulse_error_text(unsigned code) {
    switch (code) {
        case BRG_PULSE_OK:
            return "ok";
        case BRG_PULSE_SCHEDULE_FULL:
            return "pulse schedule store: full";
        case BRG_PULSE_PAST_END:
            return "pulse schedule store: the program ran past its end";
        case BRG_PULSE_PARITY:
            return "pulse memory: a word with wrong parity";
        case BRG_PULSE_BUFFER:
            return "pulse buffer: a slice needs more words than it holds";
        case BRG_PULSE_UNDERRUN:
            return "pulse buffer: a slice fired before its words had come";
        case BRG_PULSE_BLOCK:
            return "pulse memory: a compressed block that cannot be";
        case BRG_PULSE_ENTRY:
            return "pulse schedule store: an entry that cannot be";
        default:
            return "unknown pulse status";
    }
}

void brg_pulse_buffer_name(unsigned buffer, char *text, size_t size) {
    if (buffer < BRG_PULSE_LEAVES)
        (void)snprintf(text, size, "layer %u", buffer);
    else if (buffer == BRG_PULSE_LEAVES)
        (void)snprintf(text, size, "the leaves");
    else if (buffer == BRG_PULSE_REGISTERS)
        (void)snprintf(text, size, "the registers");
    else
        (void)snprintf(text, size, "no layer");
}

/* ---- Schedule */

static brg_pulse_entry entry_of(const brg_slice_ops *o) {
    const brg_pulse_entry e = {
        .route = o->route,
        .latch = o->latch,
        .registers = (uint8_t)((o->a_in >= 0) + (o->a_out >= 0) + (o->d_in >= 0) + (o->d_out >= 0)),
        .fetch = o->fetch >= 0,
    };
    return e;
}

int brg_pulse_schedule_build(brg_pulse_schedule **out, const brg_program *program, brg_diag *diag) {
    if (!out || !program || program->address_width < 1 ||
        program->address_width > BRG_MAX_ADDRESS_WIDTH)
        return BRG_EINVAL;
    *out = NULL;
    brg_pulse_schedule *s = calloc(1, sizeof *s);
    if (!s) return BRG_ENOMEM;
    s->address_width = program->address_width;
    uint32_t iteration[4] = {0};
    uint32_t pc = 0, slices = 0;
    int rc = BRG_OK;
    for (uint64_t steps = 0;; steps++) {
        if (pc >= program->count) {
            brg_diag_add(diag, program->name, 0, 0, "pulse",
                         "the program runs past its %u words, a pulse schedule needs a halt",
                         program->count);
            rc = BRG_EINPUT;
            break;
        }
        if (steps >= UNROLL_LIMIT) {
            brg_diag_add(diag, program->name, 0, 0, "pulse",
                         "the program does not halt within %d words, a pulse schedule needs a halt",
                         (int)UNROLL_LIMIT);
            rc = BRG_EINPUT;
            break;
        }
        const brg_control_word *w = &program->words[pc];
        if (brg_word_is_slice(w)) {
            if (slices < BRG_PULSE_ENTRIES) s->entries[slices] = entry_of(&w->ops);
            slices++;
        }
        if (w->next == BRG_NEXT_HALT) break;
        if (w->next == BRG_NEXT_BRANCH) {
            brg_diag_add(
                diag, program->name, 0, 0, "pulse",
                "word %u branches on a flag: a pulse schedule is fixed before the run, use "
                "a program of steps, jumps and loops",
                pc);
            rc = BRG_EINPUT;
            break;
        }
        bool taken = w->next == BRG_NEXT_JUMP;
        if (w->next == BRG_NEXT_LOOP) {
            uint32_t *i = &iteration[w->loop & 3u];
            taken = *i + 1u < program->loop_count[w->loop & 3u];
            *i = taken ? *i + 1u : 0u;
        }
        pc = taken ? w->target : pc + 1u;
    }
    if (rc == BRG_OK && slices > BRG_PULSE_ENTRIES) {
        brg_diag_add(diag, program->name, 0, 0, "pulse",
                     "pulse schedule store: the program has %u slices, the store holds %d", slices,
                     (int)BRG_PULSE_ENTRIES);
        rc = BRG_EINPUT;
    }
    s->count = slices;
    if (rc == BRG_OK)
        *out = s;
    else
        free(s);
    return rc;
}

void brg_pulse_schedule_destroy(brg_pulse_schedule **schedule) {
    if (!schedule) return;
    free(*schedule);
    *schedule = NULL;
}

void brg_pulse_wait(brg_program *program) {
    for (uint32_t i = 0; i < program->count; i++) {
        brg_control_word *w = &program->words[i];
        if (brg_word_is_slice(w)) w->wait_mask = (uint8_t)(w->wait_mask | BRG_WAIT_PULSE);
    }
}

/* ---- Words */

uint32_t brg_pulse_table_words(uint32_t address_width, unsigned table) {
    if (table < BRG_PULSE_LATCH) return 1u << table;
    if (table < BRG_PULSE_REGISTER) return 1u << (table - BRG_PULSE_LATCH);
    if (table < BRG_PULSE_FETCH) return table - BRG_PULSE_REGISTER + 1u;
    return 1u << (address_width - 1u);
}

unsigned brg_pulse_table_buffer(unsigned table) {
    if (table < BRG_PULSE_LATCH) return table;
    if (table < BRG_PULSE_REGISTER) return table - BRG_PULSE_LATCH;
    return table < BRG_PULSE_FETCH ? BRG_PULSE_REGISTERS : BRG_PULSE_LEAVES;
}

unsigned brg_pulse_entry_tables(const brg_pulse_entry *entry, uint8_t tables[BRG_PULSE_TABLES]) {
    unsigned count = 0;
    for (unsigned l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++)
        if (entry->route >> l & 1u) tables[count++] = (uint8_t)(BRG_PULSE_ROUTE + l);
    for (unsigned l = 0; l < BRG_MAX_ADDRESS_WIDTH; l++)
        if (entry->latch >> l & 1u) tables[count++] = (uint8_t)(BRG_PULSE_LATCH + l);
    if (entry->registers) tables[count++] = (uint8_t)(BRG_PULSE_REGISTER + entry->registers - 1u);
    if (entry->fetch) tables[count++] = BRG_PULSE_FETCH;
    return count;
}

uint64_t brg_pulse_entry_words(uint32_t address_width, const brg_pulse_entry *entry) {
    uint8_t tables[BRG_PULSE_TABLES];
    const unsigned count = brg_pulse_entry_tables(entry, tables);
    uint64_t words = 0;
    for (unsigned i = 0; i < count; i++) words += brg_pulse_table_words(address_width, tables[i]);
    return words;
}

uint64_t brg_pulse_buffer_words(uint32_t address_width, const brg_pulse_entry *entry,
                                unsigned buffer) {
    uint8_t tables[BRG_PULSE_TABLES];
    const unsigned count = brg_pulse_entry_tables(entry, tables);
    uint64_t words = 0;
    for (unsigned i = 0; i < count; i++)
        if (brg_pulse_table_buffer(tables[i]) == buffer)
            words += brg_pulse_table_words(address_width, tables[i]);
    return words;
}

/* ---- Limits */

uint32_t brg_pulse_bandwidth(double gb_per_s, uint64_t clock_khz) {
    if (!(gb_per_s > 0) || clock_khz == 0) return 0;
    const double fixed = gb_per_s * 1e6 / (double)clock_khz * 65536.0;
    if (fixed >= 16.0 * 65536.0) return 16u << 16;
    return (uint32_t)floor(fixed + 0.5);
}

static bool limits_valid(const brg_pulse_limits *l) {
    return l->channels >= 1 && l->channels <= BRG_PULSE_CHANNELS && l->bandwidth >= 1 &&
           l->bandwidth <= 16u << 16 && l->burst_bytes >= 16 && l->burst_bytes <= 0xFFFF;
}

int brg_pulse_check(const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
                    const brg_pulse_limits *limits, brg_diag *diag) {
    if (!schedule || !memory || !limits || !limits_valid(limits) ||
        schedule->address_width != memory->config.address_width)
        return BRG_EINVAL;
    uint64_t most[BRG_PULSE_BUFFERS] = {0}, most_beats = 0;
    uint32_t where[BRG_PULSE_BUFFERS] = {0}, where_beats = 0;
    for (uint32_t i = 0; i < schedule->count; i++) {
        const brg_pulse_entry *e = &schedule->entries[i];
        uint8_t tables[BRG_PULSE_TABLES];
        const unsigned count = brg_pulse_entry_tables(e, tables);
        uint64_t beats = 0;
        for (unsigned t = 0; t < count; t++) {
            const unsigned b = brg_pulse_table_buffer(tables[t]);
            const uint64_t words = brg_pulse_buffer_words(schedule->address_width, e, b);
            if (words > most[b]) {
                most[b] = words;
                where[b] = i + 1;
            }
            beats += memory->tables[tables[t]].beats;
        }
        if (beats > most_beats) {
            most_beats = beats;
            where_beats = i + 1;
        }
    }
    int rc = BRG_OK;
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++) {
        if (most[b] <= limits->capacity[b]) continue;
        char name[32];
        brg_pulse_buffer_name(b, name, sizeof name);
        brg_diag_add(diag, NULL, 0, 0, "pulse",
                     "pulse buffer of %s: slice %u needs %llu words, the buffer holds %u", name,
                     where[b], (unsigned long long)most[b], limits->capacity[b]);
        rc = BRG_EINPUT;
    }
    if (most_beats > limits->buffer_words) {
        brg_diag_add(diag, NULL, 0, 0, "pulse",
                     "pulse buffers: slice %u needs %llu beats, all of them hold %u", where_beats,
                     (unsigned long long)most_beats, limits->buffer_words);
        rc = BRG_EINPUT;
    }
    return rc;
}

uint64_t brg_pulse_entry_bytes(const brg_pulse_memory *memory, const brg_pulse_entry *entry) {
    if (!memory->config.compressed)
        return brg_pulse_entry_words(memory->config.address_width, entry) * memory->config.bytes;
    uint8_t tables[BRG_PULSE_TABLES];
    const unsigned count = brg_pulse_entry_tables(entry, tables);
    uint64_t beats = 0;
    for (unsigned i = 0; i < count; i++) beats += memory->tables[tables[i]].beats;
    return beats * BRG_PULSE_BEAT_BYTES;
}

uint64_t brg_pulse_paid_cycle(uint64_t bytes, uint32_t channels, uint32_t bandwidth) {
    const uint64_t rate = (uint64_t)channels * bandwidth;
    return rate ? (uint64_t)((((unsigned __int128)bytes << 16) + rate - 1u) / rate) : UINT64_MAX;
}

/* ---- Programming */

typedef struct loader {
    int (*write)(void *context, uint32_t address, uint32_t data);
    void *context;
    int rc;
} loader;

static void put(loader *l, uint32_t address, uint32_t data) {
    if (l->rc == BRG_OK) l->rc = l->write(l->context, address, data);
}

int brg_pulse_load(const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
                   const brg_pulse_limits *limits,
                   int (*write)(void *context, uint32_t address, uint32_t data), void *context) {
    if (!schedule || !memory || !limits || !write || !limits_valid(limits)) return BRG_EINVAL;
    loader l = {write, context, BRG_OK};
    put(&l, BRG_PULSE_REG_CONTROL, 0x300);
    put(&l, BRG_PULSE_REG_GEOMETRY, schedule->address_width);
    put(&l, BRG_PULSE_REG_CHANNELS, limits->channels | memory->config.bytes << 8);
    put(&l, BRG_PULSE_REG_BANDWIDTH, limits->bandwidth);
    put(&l, BRG_PULSE_REG_BURST, limits->burst_bytes);
    put(&l, BRG_PULSE_REG_LENGTH, schedule->count);
    put(&l, BRG_PULSE_REG_ENTRY_ADDRESS, 0);
    for (uint32_t i = 0; i < schedule->count; i++) {
        const brg_pulse_entry *e = &schedule->entries[i];
        put(&l, BRG_PULSE_REG_ENTRY_ROUTE, e->route);
        put(&l, BRG_PULSE_REG_ENTRY_COMMIT,
            e->latch | (uint32_t)e->registers << 24 | (uint32_t)e->fetch << 27);
    }
    put(&l, BRG_PULSE_REG_TABLE_ADDRESS, 0);
    for (unsigned t = 0; t < BRG_PULSE_TABLES; t++) {
        put(&l, BRG_PULSE_REG_TABLE_BASE, memory->tables[t].base);
        put(&l, BRG_PULSE_REG_TABLE_COMMIT, memory->tables[t].beats);
    }
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++) {
        const uint32_t words =
            limits->capacity[b] < limits->buffer_words ? limits->capacity[b] : limits->buffer_words;
        put(&l, BRG_PULSE_REG_CAPACITY + 4u * b, words);
    }
    for (unsigned k = 0; k < BRG_PULSE_KINDS; k++) {
        for (unsigned lane = 0; lane < 4; lane++) {
            const uint8_t *p = &memory->nominal[k][4u * lane];
            put(&l, BRG_PULSE_REG_NOMINAL + 16u * k + 4u * lane,
                (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        }
    }
    put(&l, BRG_PULSE_REG_CONTROL,
        1u | (uint32_t)limits->wrap << 1 | (uint32_t)memory->config.compressed << 2);
    return l.rc;
}
