/* SPDX-License-Identifier: Apache-2.0 */
/* A test bench around brg_system in C: host on the AXI4-Lite side, memory on the AXI4 side, a plant
 * that records every call, with random stalls on every channel and protocol checks. */
#ifndef BRG_TESTS_RTL_RIG_H
#define BRG_TESTS_RTL_RIG_H

#include "test.h"
#include "testbench/rtl_system.h"
#include "words.h"

enum {
    R_ID = 0x000,
    R_VERSION = 0x004,
    R_CONTROL = 0x008,
    R_STATUS = 0x00C,
    R_GEOMETRY = 0x010,
    R_PROGRAM = 0x014,
    R_WATCHDOG = 0x018,
    R_FAULT_INJECT = 0x01C,
    R_DURATION = 0x020,
    R_LOOP_COUNT = 0x060,
    R_STORE_ADDRESS = 0x080,
    R_STORE_DATA = 0x084,
    R_STORE_COMMIT = 0x09C,
    R_STORE_READ = 0x0A0,
    R_BASE_LO = 0x0C0,
    R_BASE_HI = 0x0C4,
    R_TAG = 0x0C8,
    R_PUSH = 0x0CC,
    R_RESULT_STATUS = 0x0E0,
    R_RESULT_LO = 0x0E4,
    R_RESULT_HI = 0x0E8,
    R_RESULT_POP = 0x0EC,
    R_CYCLES = 0x100,
    R_SLICES = 0x108,
    R_QUERIES = 0x110,
    R_STALL = 0x140,
    R_CSWAP = 0x180,
    R_LATCH = 0x188,
    R_REGISTER = 0x190,
    R_FETCH = 0x198,
    R_BURSTS = 0x1A0,
    R_BEATS = 0x1A8,
    R_ERRORS = 0x1B0
};
enum {
    CONTROL_ENABLE = 1,
    CONTROL_ABORT = 2,
    CONTROL_HOST = 4,
    CONTROL_IRQ = 8,
    CONTROL_CLEAR = 16
};
enum {
    Q_OK = 0,
    Q_MEMORY_ERROR = 1,
    Q_PARITY = 2,
    Q_BAD_WORD = 3,
    Q_PROGRAM_END = 4,
    Q_WATCHDOG = 5,
    Q_ABORTED = 6,
    Q_STORE_ERROR = 7
};
enum { OKAY = 0, SLVERR = 2, TIMEOUT = -1 };

typedef struct rig_event {
    char kind;                      /* B, L, S, R, E; O and P: observables asked for */
    uint64_t cycle;                 /* clocks since reset when the call was made */
    uint32_t tag, status;           /* B, E */
    brg_plant_slice slice;          /* S */
    uint32_t version, plane, index; /* L; P: plane is the layer */
    uint64_t data[8];               /* L; R: data[0] is the answer */
} rig_event;

typedef struct rig_burst {
    uint64_t address, due;
    unsigned beats, done;
    uint8_t id;
} rig_burst;

enum { RIG_BURSTS = 64 };

/* Inputs and outputs of every cycle, to run them again. */
typedef struct rig_logged {
    brg_rtl_in in;
    brg_rtl_out out;
} rig_logged;

typedef struct rig_log {
    rig_logged *cycles;
    size_t count, room;
} rig_log;

typedef struct rig {
    brg_rtl *rtl;
    brg_rtl_in *in;
    const brg_rtl_out *out;
    uint64_t random;       /* state of the generator */
    unsigned stall;        /* 0..255: chance in 256 that a channel stalls in a cycle */
    bool fast;             /* leave out the cycles in which nothing happens; only with stall 0 */
    bool lazy;             /* ready signals change seldom, so that cycles can be skipped */
    uint64_t clocks;       /* all edges */
    unsigned latency;      /* of the memory, cycles */
    const uint8_t *memory; /* borrowed; addresses beyond it read 0 */
    size_t memory_bytes;
    int64_t error_beat; /* this beat since reset answers error_resp; -1 none */
    uint8_t error_resp;
    uint64_t beats;
    rig_burst bursts[RIG_BURSTS]; /* in order, front first */
    unsigned burst_count;
    bool hold_r;               /* no beat is offered while set */
    rig_log *log;              /* where to put the cycles, NULL for nowhere */
    const struct rig *answers; /* readouts answer what they answered there; NULL: readout_bits */
    /* the host's write and read under way */
    bool write_active, aw_done, w_done;
    unsigned aw_delay, w_delay;
    uint16_t write_address;
    uint32_t write_data;
    uint8_t write_strobe;
    int write_response; /* OKAY or SLVERR when the write is over */
    bool read_active, ar_done;
    unsigned ar_delay;
    uint16_t read_address;
    uint32_t read_data;
    int read_response;
    /* what the plant saw */
    rig_event *events;
    size_t event_count, event_room;
    uint64_t readout_bits; /* answer of the next readout */
    unsigned protocol_errors;
    bool ar_waiting, b_waiting, r_waiting;
    brg_rtl_out last;              /* outputs of the cycle before, for the stability checks */
    FILE *calls, *stimuli, *trace; /* recordings for Icarus, NULL for none */
} rig;

/* After this the reset is over. seed: of the stalls. */
void rig_open(rig *r, uint64_t seed);
void rig_open_waves(rig *r, uint64_t seed, const char *fst);
void rig_close(rig *r);
/* Reset for some cycles; what the host had under way is forgotten, as are the bursts. */
void rig_reset(rig *r);
void rig_cycle(rig *r);
void rig_cycles(rig *r, unsigned n);

/* Starts a write and returns; rig_cycle works it off. */
void rig_write_start(rig *r, uint16_t address, uint32_t data, uint8_t strobe);
/* A whole write: OKAY, SLVERR or TIMEOUT after 20000 cycles. */
int rig_write_strobe(rig *r, uint16_t address, uint32_t data, uint8_t strobe);
int rig_write_any(rig *r, uint16_t address, uint32_t data);
void rig_write(rig *r, uint16_t address, uint32_t data); /* fails the test unless OKAY */
int rig_read_any(rig *r, uint16_t address, uint32_t *data);
uint32_t rig_read(rig *r, uint16_t address);
uint64_t rig_read64(rig *r, uint16_t address);

void rig_store(rig *r, unsigned address, const word *words, unsigned count);
/* Geometry, durations of all classes, program. */
void rig_program(rig *r, unsigned n, unsigned k, uint32_t duration, const word *words,
                 unsigned count);
void rig_push(rig *r, uint64_t base, uint16_t tag);
/* Waits for the next result and pops it; fails after `limit` cycles. */
uint32_t rig_result(rig *r, unsigned limit, uint16_t *tag, uint64_t *bits);

/* Events of one kind: their number, and the i-th. */
size_t rig_count(const rig *r, char kind);
const rig_event *rig_nth(const rig *r, char kind, size_t i);
void rig_forget(rig *r);

/* Runs the logged cycles again from the same state, leaving out random numbers of quiet ones; every
 * cycle that is evaluated must have the outputs it had. answers: the rig that was logged. Returns
 * the evaluations. */
uint64_t rig_replay(rig *r, const rig_log *log, const rig *answers);
void rig_log_free(rig_log *log);

uint64_t rig_random(rig *r, uint64_t below);

#endif
