/* SPDX-License-Identifier: Apache-2.0 */
/* QRAM queries of an OpenQASM program on the real controller: the RTL runs once for each table and
 * gives the timeline; each call of the table's gate takes the register state through that timeline
 * as one trajectory of the branch engine, with its noise, and back. */
#ifndef BRG_TESTBENCH_QASM_MACHINE_H
#define BRG_TESTBENCH_QASM_MACHINE_H

#include "csim/qasm/qasm.h"
#include "testbench/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_qasm_machine brg_qasm_machine;

/* scenario: borrowed; gives clock, technology, routers, page_wait, memory, noise and program. Its
 * address and word width are not used: those of the tables are. */
int brg_qasm_machine_new(brg_qasm_machine **out, const brg_scenario *scenario);
void brg_qasm_machine_destroy(brg_qasm_machine **machine);

/* Takes this timeline for a table instead of measuring one; borrowed. Its shape must be the
 * table's (BRG_EINVAL). */
int brg_qasm_machine_use(brg_qasm_machine *machine, size_t table, const brg_timeline *timeline);

/* One query; a brg_qasm_query_call but for the type of `machine`. The first call of a table runs
 * the RTL, which needs the process's one platform (testbench/platform.h). */
int brg_qasm_machine_query(brg_qasm_machine *machine, brg_dense *state,
                           const brg_qasm_query *query);
/* Why the last query failed, "" when it did not. */
const char *brg_qasm_machine_error(const brg_qasm_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
