/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the scenario reader: the values as they were read and where each was given. */
#ifndef BRG_TESTBENCH_SCENARIO_READING_H
#define BRG_TESTBENCH_SCENARIO_READING_H

#include <math.h>

#include "testbench/scenario.h"
#include "testbench/scenario_keys.h"

/* Where the value of a key was given: the file (layer 0) or an override (layer 1, 2, ...). */
typedef struct brg_origin {
    bool set;
    size_t layer, line, column;
    const char *name; /* file, or `--set KEY=VALUE`; borrowed from brg_scenario_origins */
} brg_origin;

struct brg_scenario_origins {
    char *file;
    char **overrides; /* names of the layers above the file */
    size_t override_count;
    brg_origin at[BRG_KEY_COUNT];
};

typedef struct brg_reading {
    struct brg_scenario_origins *origins;
    brg_value values[BRG_KEY_COUNT];
    char *texts[BRG_KEY_COUNT]; /* as written; owned */
    size_t layer;
    const char *name; /* of the layer */
    brg_diag *diag;
} brg_reading;

/* Adds a message at the place where the key was given. */
void brg_reading_blame(const brg_reading *r, brg_key_id id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline bool brg_reading_set(const brg_reading *r, brg_key_id id) {
    return r->origins->at[id].set;
}
/* Whole picoseconds of a time in ns below 10^15. */
static inline uint64_t brg_reading_ps(double ns) {
    return (uint64_t)llround(ns * 1000);
}
/* The path of a file: one in the scenario is taken from its folder, one of an override from the
 * current one. NULL without memory. */
char *brg_reading_path(const brg_reading *r, brg_key_id id);
/* A clock in kHz; 0 and a message when it is not a whole number of them. */
uint64_t brg_reading_khz(const brg_reading *r, brg_key_id id);

/* The memory system around the controller: clocks, cache, DRAM, tiers, control store, pulses. */
int brg_reading_memory(const brg_reading *r, brg_scenario *s);
/* Error correction of the register qubits. */
void brg_reading_qec(const brg_reading *r, brg_scenario *s);
/* Codes inside the tree; p: the error rate of the fit, round_ps > 0. */
void brg_reading_tree(const brg_reading *r, brg_scenario *s, double p, uint64_t round_ps);
/* Keys that only count beside another choice would be dropped silently, so they are refused; only
 * an override of `choice` may leave behind what an earlier layer said. */
void brg_reading_refuse_unused(const brg_reading *r, brg_key_id choice, brg_key_id first,
                               brg_key_id last, const char *accepted);

#endif
