/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios: YAML in, checked and resolved values out. Keys, units, ranges and defaults stand in
 * one table in scenario_keys.c; docs/scenario.md is written from it. */
#ifndef BRG_TESTBENCH_SCENARIO_H
#define BRG_TESTBENCH_SCENARIO_H

#include <jansson.h>

#include "csim/trajectory.h"
#include "model/ddr4.h"
#include "model/ecc/tree_code.h"
#include "model/image.h"
#include "model/program.h"
#include "model/technology.h"
#include "model/tiers.h"
#include "testbench/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_method {
    BRG_METHOD_REPLAY,
    BRG_METHOD_LOCKSTEP,
    BRG_METHOD_FIRST_ORDER
} brg_method;
typedef enum brg_engine { BRG_ENGINE_FULL, BRG_ENGINE_PRUNED, BRG_ENGINE_DENSITY } brg_engine;
typedef enum brg_image_kind {
    BRG_IMAGE_PARITY,
    BRG_IMAGE_RANDOM,
    BRG_IMAGE_ZERO,
    BRG_IMAGE_FILE
} brg_image_kind;

typedef enum brg_attribution_method {
    BRG_ATTRIBUTION_AUTO,
    BRG_ATTRIBUTION_EXACT,
    BRG_ATTRIBUTION_SAMPLED,
    BRG_ATTRIBUTION_NONE
} brg_attribution_method;

/* What the configuration of a slow tier points to. */
typedef struct brg_scenario_tier {
    bool used;
    brg_memory_preset preset;
    char *trace_path; /* NULL without one; owned, as is the trace */
    brg_tier_trace *trace;
    brg_outage outage;
} brg_scenario_tier;

/* Codes inside the tree. */
typedef struct brg_scenario_tree {
    bool enabled;
    brg_tree_code code;
    brg_encoded_noise rates;                   /* of the noise; borrowed by it */
    double class_ns[BRG_CLASS_COUNT];          /* lengths with the rounds that a CSWAP takes; the */
    uint32_t duration_cycles[BRG_CLASS_COUNT]; /* free classes are those of layers of their own */
} brg_scenario_tree;

typedef struct brg_scenario {
    char *name; /* owned */
    uint64_t seed;
    const brg_technology *technology; /* the base preset */
    double class_ns[BRG_CLASS_COUNT]; /* with the scenario's overrides */
    double clock_mhz;
    uint64_t clock_khz;
    uint32_t duration_cycles[BRG_CLASS_COUNT]; /* class_ns rounded up to whole cycles, at least 1 */
    char *program; /* name of a built-in program, or path of a .bqa/.bqp file; owned */
    brg_qram qram;
    brg_page_wait page_wait;
    brg_image_kind image_kind;
    char *image_path; /* NULL unless kind is file; owned */
    bool image_csv;
    double memory_latency_ns;
    double memory_bandwidth_gb_per_s;
    brg_platform_clocks clocks; /* 0: the control clock itself */
    brg_platform_cache cache;
    brg_platform_prefetch prefetch;
    brg_platform_dram dram;
    char *dram_part_name; /* as given; owned */
    brg_ddr4_part dram_part;
    uint64_t traffic_period_ps; /* 0: no other initiator */
    uint32_t traffic_bytes;
    brg_tiers_config tiers;
    brg_scenario_tier tier[BRG_TIER_COUNT];
    brg_platform_control_store control_store;
    brg_platform_pulse pulse;
    brg_platform_qec qec;
    double qec_p; /* NaN: the rates of qec.patch come from the technology */
    brg_scenario_tree tree;
    double qec_transfer_error;
    bool idle_skip, machine;
    uint64_t quantum_ps;
    brg_attribution_method attribution;
    uint64_t attribution_samples;
    uint32_t attribution_events;
    uint32_t queries;
    brg_input input;
    char *workload_program; /* OpenQASM file, NULL for none; owned */
    brg_noise noise;
    brg_method method;
    brg_engine engine;
    uint64_t trajectories;
    double loss_detection; /* 0: no post-selection */
    double technology_t1_ns, technology_t2_ns,
        technology_tphi_ns;               /* with the overrides; 0 = none */
    struct brg_scenario_origins *origins; /* where each value was given; owned by scenario.c */
} brg_scenario;

/* Reads the file, then applies overrides ("KEY=VALUE") in order. Every error found is added to
 * diag; BRG_EINPUT when there is any. Relative paths in the file are taken from its folder. */
int brg_scenario_load(brg_scenario **out, const char *path, const char *const *overrides,
                      size_t override_count, brg_diag *diag);
/* The same from memory; `name` stands for the file in messages. */
int brg_scenario_parse(brg_scenario **out, const char *text, size_t length, const char *name,
                       const char *const *overrides, size_t override_count, brg_diag *diag);
void brg_scenario_destroy(brg_scenario **scenario);
/* The resolved scenario: every key with its effective value. New reference. */
json_t *brg_scenario_json(const brg_scenario *scenario);

/* Image and program that the scenario names. */
int brg_scenario_image(brg_planes **out, const brg_scenario *s, brg_diag *diag);
int brg_scenario_program(brg_program **out, const brg_scenario *s, brg_diag *diag);
/* Reads a program file, text or binary by its first bytes, and checks it. */
int brg_program_load(brg_program **out, const char *path, brg_diag *diag);
/* Adds a message at the place where `key` was given, for checks that need more than the scenario.
 */
void brg_scenario_blame(const brg_scenario *s, const char *key, brg_diag *diag, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));
/* Everything of the platform but program, image, queries and progress; borrows from s. */
void brg_scenario_platform(const brg_scenario *s, brg_platform_config *out);
void brg_scenario_run_config(const brg_scenario *s, brg_run_config *out);

#ifdef __cplusplus
}
#endif
#endif
