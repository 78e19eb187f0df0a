/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the scenario: the memory system in the resolved scenario's JSON. */
#ifndef BRG_TESTBENCH_SCENARIO_MEMORY_H
#define BRG_TESTBENCH_SCENARIO_MEMORY_H

#include "testbench/scenario.h"

/* Adds what stands below `memory:` to that object. */
void brg_scenario_memory_json(const brg_scenario *s, json_t *memory);
/* Adds control, pulse, host, attribution and simulation to the top object. */
void brg_scenario_parts_json(const brg_scenario *s, json_t *top);
/* Adds qec, when it is in use. */
void brg_scenario_qec_json(const brg_scenario *s, json_t *top);

#endif
