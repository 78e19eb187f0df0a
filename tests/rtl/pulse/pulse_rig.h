/* SPDX-License-Identifier: Apache-2.0 */
/* Drives brg_pulse_unit as the sequencer, the pulse memory and the generators do, and holds every
 * cycle against the reference and every word against the calibration. */
#ifndef BRG_TESTS_PULSE_RIG_H
#define BRG_TESTS_PULSE_RIG_H

#include "pulse_face.h"
#include "pulse_reference.h"

enum { RIG_SLICES = 20000 };

typedef struct pulse_rig {
    pulse_model *model;
    pulse_in in;
    pulse_out out;
    const brg_pulse_schedule *schedule;
    const brg_pulse_memory *memory;
    brg_pulse_limits limits;
    pulse_ref ref;
    bool compare;          /* with the reference, every cycle */
    uint64_t *skip_random; /* state of a generator: skip what may be skipped */
    uint64_t cycle, skipped;
    /* What was asked for in the last cycle. */
    uint8_t asked;
    uint32_t address[8];
    uint64_t beats, flip_beat; /* the beat (from 1) that gets wrong parity; 0: none */
    /* Slices that fired and are not played yet. */
    uint32_t fired[64];
    unsigned fired_count;
    unsigned play_table, play_tables;
    uint32_t play_index;
    uint32_t crc;
    bool broken; /* a block could not be taken apart */
    uint32_t position;
    /* Of each slice since the start: cycle in which it fired, CRC-32 of its words. */
    uint32_t slices, played;
    uint64_t start[RIG_SLICES];
    uint32_t crcs[RIG_SLICES];
    FILE *record;
} pulse_rig;

pulse_rig *rig_new(void);
void rig_destroy(pulse_rig **rig);
/* A register access; returns the read data, *error what the unit said. */
uint32_t rig_register(pulse_rig *rig, bool write, uint32_t address, uint32_t data, bool *error);
/* Programs and starts the unit; cycle 0 is the first one in which it is enabled. */
void rig_start(pulse_rig *rig, const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
               const brg_pulse_limits *limits);
/* A cycle: `want` = the sequencer stands at a slice. Returns true when it fired. `steady` = cycles,
 * this one included, for which the caller's inputs stay as they are without an answer. */
bool rig_cycle(pulse_rig *rig, bool begin, bool want, bool ignore_ready, uint32_t steady);
/* A query of `slices` slices of `duration` cycles each, back to back. False: the unit has an error.
 */
bool rig_query(pulse_rig *rig, uint32_t slices, uint32_t duration);
/* Lets the generators finish and checks that every fired slice was played. */
void rig_drain(pulse_rig *rig);
uint64_t rig_counter(pulse_rig *rig, unsigned number);

#endif
