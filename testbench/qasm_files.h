/* SPDX-License-Identifier: Apache-2.0 */
/* Files that an OpenQASM program names: includes and table images. */
#ifndef BRG_TESTBENCH_QASM_FILES_H
#define BRG_TESTBENCH_QASM_FILES_H

#include "csim/qasm/qasm.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_QASM_MOST_BYTES = 16 << 20 /* of a program or an include */ };

/* A brg_qasm_read; user is not used. */
int brg_qasm_read_include(void *user, const char *path, void **data, size_t *length);
/* The words of a table; random images follow the seed. BRG_EINPUT with messages. */
int brg_qasm_load_image(const brg_qasm_table *table, uint64_t seed, brg_planes **out,
                        brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
