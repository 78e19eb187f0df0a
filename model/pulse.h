/* SPDX-License-Identifier: Apache-2.0 */
/* Pulse parameters: the schedule of a program, the tables of the pulse memory, their lossless
 * compression, and what `brg_pulse_unit` must be told (docs/control_memory.md). */
#ifndef BRG_MODEL_PULSE_H
#define BRG_MODEL_PULSE_H

#include "csim/status.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRG_PULSE_ENTRIES = 4096,      /* slices of the schedule store */
    BRG_PULSE_BUFFER_WORDS = 4096, /* words of all buffers, as elaborated by default */
    BRG_PULSE_BEAT_BYTES = 16,     /* what a channel delivers in a cycle at most */
    BRG_PULSE_BEAT_WORDS = 8,      /* words of a beat at most */
    BRG_PULSE_CHANNELS = 8,
    /* Tables: 0..23 route of layer l, 24..47 latch of layer l, 48..51 one to four register swaps,
     * 52 fetch. */
    BRG_PULSE_ROUTE = 0,
    BRG_PULSE_LATCH = 24,
    BRG_PULSE_REGISTER = 48,
    BRG_PULSE_FETCH = 52,
    BRG_PULSE_TABLES = 53,
    /* Buffers: 0..23 layer l (its routes and its latches), 24 leaves, 25 registers. */
    BRG_PULSE_LEAVES = 24,
    BRG_PULSE_REGISTERS = 25,
    BRG_PULSE_BUFFERS = 26,
    BRG_PULSE_KINDS = 4 /* of nominal words: route, latch, registers, fetch */
};

/* Statuses of the unit, its `error_code_o`. */
typedef enum brg_pulse_error {
    BRG_PULSE_OK = 0,
    BRG_PULSE_SCHEDULE_FULL = 1, /* an entry was written beyond the schedule store */
    BRG_PULSE_PAST_END = 2,      /* the program ran past the end of the schedule */
    BRG_PULSE_PARITY = 3,        /* a beat of the pulse memory has wrong parity */
    BRG_PULSE_BUFFER = 4,        /* a slice needs more words than a buffer holds */
    BRG_PULSE_UNDERRUN = 5,      /* a slice fired before its words had come */
    BRG_PULSE_BLOCK = 6,         /* a compressed block that cannot be */
    BRG_PULSE_ENTRY = 7          /* a schedule entry that cannot be */
} brg_pulse_error;
/* A short English sentence for a status; never NULL. */
const char *brg_pulse_error_text(unsigned code);
/* "layer 7", "the leaves", "the registers" for a buffer number into text of `size` bytes. */
void brg_pulse_buffer_name(unsigned buffer, char *text, size_t size);

/* One slice of the schedule, in execution order. */
typedef struct brg_pulse_entry {
    uint32_t route, latch; /* bit l: layer l */
    uint8_t registers;     /* swaps with a register, 0..4 */
    bool fetch;
} brg_pulse_entry;

typedef struct brg_pulse_schedule {
    uint32_t address_width; /* n */
    uint32_t count;
    brg_pulse_entry entries[BRG_PULSE_ENTRIES];
} brg_pulse_schedule;

/* Unrolls jumps and loops from word 0 to the halt. BRG_EINPUT: the program branches on data, does
 * not halt, or has more slices than the store holds (the message names store, use and limit). */
int brg_pulse_schedule_build(brg_pulse_schedule **out, const brg_program *program, brg_diag *diag);
void brg_pulse_schedule_destroy(brg_pulse_schedule **schedule);
/* Makes every slice of the program wait for its pulse words. */
void brg_pulse_wait(brg_program *program);

/* Words of a table: 2^l for layer l, r for r register swaps, 2^(n-1) for a fetch (a word for each
 * router of the lowest layer, which drives both of its leaves). */
uint32_t brg_pulse_table_words(uint32_t address_width, unsigned table);
unsigned brg_pulse_table_buffer(unsigned table);
/* Words of an entry; those in one buffer. */
uint64_t brg_pulse_entry_words(uint32_t address_width, const brg_pulse_entry *entry);
uint64_t brg_pulse_buffer_words(uint32_t address_width, const brg_pulse_entry *entry,
                                unsigned buffer);
/* Tables of an entry in the order of transfer; returns how many, at most BRG_PULSE_TABLES. */
unsigned brg_pulse_entry_tables(const brg_pulse_entry *entry, uint8_t tables[BRG_PULSE_TABLES]);

/* ---- Pulse memory */

typedef struct brg_pulse_config {
    uint32_t address_width; /* n, 1..24 */
    uint32_t bytes;         /* of a word, 1..16; at most 15 compressed */
    bool compressed;
    double spread; /* standard deviation of each 16-bit field over its nominal, 0..1 */
    uint64_t seed;
} brg_pulse_config;

typedef struct brg_pulse_table {
    uint32_t base, beats, words;
} brg_pulse_table;

typedef struct brg_pulse_memory {
    brg_pulse_config config;
    uint8_t nominal[BRG_PULSE_KINDS][BRG_PULSE_BEAT_BYTES];
    brg_pulse_table tables[BRG_PULSE_TABLES];
    uint32_t beats;                        /* of all tables */
    uint8_t (*data)[BRG_PULSE_BEAT_BYTES]; /* owned */
    uint8_t *parity;                       /* a byte of 0 or 1 per beat, owned */
} brg_pulse_memory;

/* Generates the calibration and lays out its tables, layer-major: words of a field are its nominal
 * plus a Gaussian of `spread`, drawn from the stream (seed, table, word). Costs about 2.5 * 2^n
 * words. BRG_EINPUT: a value is out of range. */
int brg_pulse_memory_new(brg_pulse_memory **out, const brg_pulse_config *config, brg_diag *diag);
void brg_pulse_memory_destroy(brg_pulse_memory **memory);
/* The calibrated word, bytes above config.bytes 0. */
void brg_pulse_word(const brg_pulse_memory *memory, unsigned table, uint32_t index,
                    uint8_t word[BRG_PULSE_BEAT_BYTES]);
/* A beat as the unit's memory port gives it: zeros with good parity outside of the tables. */
void brg_pulse_read(const brg_pulse_memory *memory, uint32_t address,
                    uint8_t beat[BRG_PULSE_BEAT_BYTES], uint8_t *parity);

/* ---- Compression */

/* Words of a full plain beat: min(8, floor(16 / bytes)). */
uint32_t brg_pulse_beat_words(uint32_t bytes);
/* Packs as many words (1..8) as fit into a block and returns how many. `words` has `count` words of
 * 16 bytes each, of which `bytes` (1..15) count. Never 0 for count > 0. */
uint32_t brg_pulse_compress(const uint8_t (*words)[BRG_PULSE_BEAT_BYTES], uint32_t count,
                            uint32_t bytes, const uint8_t nominal[BRG_PULSE_BEAT_BYTES],
                            uint8_t block[BRG_PULSE_BEAT_BYTES]);
/* Takes a block apart; returns its words, or 0 for a block that cannot be. */
uint32_t brg_pulse_decompress(const uint8_t block[BRG_PULSE_BEAT_BYTES], uint32_t bytes,
                              const uint8_t nominal[BRG_PULSE_BEAT_BYTES],
                              uint8_t words[BRG_PULSE_BEAT_WORDS][BRG_PULSE_BEAT_BYTES]);

/* ---- Limits, closed forms, programming */

typedef struct brg_pulse_limits {
    uint32_t channels;                    /* 1..8 */
    uint32_t bandwidth;                   /* bytes per cycle and channel, 16.16, 1..16 << 16 */
    uint32_t burst_bytes;                 /* of the token bucket, 16..65535 */
    uint32_t capacity[BRG_PULSE_BUFFERS]; /* words of each buffer */
    uint32_t buffer_words;                /* of all buffers, as elaborated */
    bool wrap;                            /* stream on into the next query */
} brg_pulse_limits;

/* Bytes per cycle in 16.16, rounded to nearest: GB/s (10^9 bytes) at a clock in kHz. 0: below
 * 2^-17 bytes a cycle; clipped at 16 bytes a cycle. */
uint32_t brg_pulse_bandwidth(double gb_per_s, uint64_t clock_khz);
/* BRG_EINPUT: a slice needs more words than a buffer, or more beats than all of them, can hold;
 * the message names the store, its use and its limit. BRG_EINVAL: a limit is out of range. */
int brg_pulse_check(const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
                    const brg_pulse_limits *limits, brg_diag *diag);
/* Bytes that the channels deliver for an entry. */
uint64_t brg_pulse_entry_bytes(const brg_pulse_memory *memory, const brg_pulse_entry *entry);
/* Cycle, from the first with the unit enabled, in which the bucket has paid for `bytes`:
 * ceil(2^16 bytes / (channels * bandwidth)). */
uint64_t brg_pulse_paid_cycle(uint64_t bytes, uint32_t channels, uint32_t bandwidth);

/* Byte addresses of the unit's registers (docs/rtl/brg_pulse_unit.md). */
enum {
    BRG_PULSE_REG_CONTROL = 0x00, /* [0] enable [1] wrap [2] compressed [8] restart [9] clear */
    BRG_PULSE_REG_STATUS =
        0x04, /* [3:0] error [4] any [12:8] its buffer [16] ready [17] past end */
    BRG_PULSE_REG_GEOMETRY = 0x08,
    BRG_PULSE_REG_CHANNELS = 0x0C,
    BRG_PULSE_REG_BANDWIDTH = 0x10,
    BRG_PULSE_REG_BURST = 0x14,
    BRG_PULSE_REG_LENGTH = 0x18,
    BRG_PULSE_REG_ENTRY_ADDRESS = 0x1C,
    BRG_PULSE_REG_ENTRY_ROUTE = 0x20,
    BRG_PULSE_REG_ENTRY_COMMIT = 0x24, /* [23:0] latch [26:24] registers [27] fetch */
    BRG_PULSE_REG_TABLE_ADDRESS = 0x28,
    BRG_PULSE_REG_TABLE_BASE = 0x2C,
    BRG_PULSE_REG_TABLE_COMMIT = 0x30, /* beats */
    BRG_PULSE_REG_COUNTER = 0x34,
    BRG_PULSE_REG_COUNTER_LO = 0x38,
    BRG_PULSE_REG_COUNTER_HI = 0x3C,
    BRG_PULSE_REG_BUFFER_WORDS = 0x40,
    BRG_PULSE_REG_CAPACITY = 0x80, /* + 4 buffer */
    BRG_PULSE_REG_NOMINAL = 0x100  /* + 16 kind + 4 lane */
};
/* Counter numbers of BRG_PULSE_REG_COUNTER. */
enum {
    BRG_PULSE_COUNT_WORDS = 0,
    BRG_PULSE_COUNT_BYTES = 1,
    BRG_PULSE_COUNT_BEATS = 2,
    BRG_PULSE_COUNT_SLICES = 3,
    BRG_PULSE_COUNT_STALLS = 4,
    BRG_PULSE_COUNT_TABLES = 5,
    BRG_PULSE_COUNT_STALL = 32, /* + buffer; + 26: before anything was asked for */
    BRG_PULSE_COUNT_HIGH = 64   /* + buffer: most words reserved at once */
};
/* Writes everything the unit needs and enables it, by one call of `write` per register. Stops at
 * the first call that does not return BRG_OK and returns what it returned. */
int brg_pulse_load(const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
                   const brg_pulse_limits *limits,
                   int (*write)(void *context, uint32_t address, uint32_t data), void *context);

#ifdef __cplusplus
}
#endif
#endif
