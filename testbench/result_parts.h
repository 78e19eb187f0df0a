/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to results: blocks of the JSON. */
#ifndef BRG_TESTBENCH_RESULT_PARTS_H
#define BRG_TESTBENCH_RESULT_PARTS_H

#include "testbench/result.h"

/* `memory`, and `quantum.attribution` (null when there is none). New references. */
json_t *brg_result_memory_json(const brg_result *r);
/* `qec`: what the patches, their queue and their decoder did. New reference. */
json_t *brg_result_qec_json(const brg_result *r);
/* `qec` of codes inside the tree, and their table in the report. */
json_t *brg_result_tree_json(const brg_result *r);
void brg_result_tree_print(const brg_result *r, FILE *to);
json_t *brg_result_attribution_json(const brg_result *r);
/* `quantum.filtration`: of have_filtration only. New reference. */
json_t *brg_result_filtration_json(const brg_result *r);

#endif
