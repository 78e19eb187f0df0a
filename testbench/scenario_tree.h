/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to scenarios: codes inside the tree, `qec.scope: tree`. */
#ifndef BRG_TESTBENCH_SCENARIO_TREE_H
#define BRG_TESTBENCH_SCENARIO_TREE_H

#include "testbench/scenario.h"

/* Gives each slice of a built-in program the shortest class of s->tree that its operations fit
 * into: a free class where only layers of smaller distance route. */
void brg_scenario_tree_classes(const brg_scenario *s, brg_program *program);
/* Adds `qec` of the resolved scenario. */
void brg_scenario_tree_json(const brg_scenario *s, json_t *top);

#endif
