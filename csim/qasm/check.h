/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the checker's state, shared by its expression and statement parts. Functions that give
 * false or QT_NONE have added a message. */
#ifndef BRG_CSIM_QASM_CHECK_H
#define BRG_CSIM_QASM_CHECK_H

#include "csim/qasm/run.h"

enum { QASM_BUCKETS = 512 };

typedef struct qasm_checker {
    brg_qasm *program;
    brg_diag *diag;
    brg_qasm_read read;
    void *user;
    qasm_symbol *buckets[QASM_BUCKETS];
    qasm_symbol **visible; /* in order of declaration */
    size_t visible_count, visible_room;
    uint32_t scope, includes, loops;
    int version;
    bool library, in_gate, in_def, real_division, failed, no_memory;
    bool has_library[2]; /* include files that have been read */
    bool statement;      /* the call that comes next need not have a result */
    qasm_place include_at;
    qasm_type result; /* of the subroutine */
    uint32_t nesting; /* calls below the gate or subroutine that is being checked */
} qasm_checker;

/* check.c */
qasm_symbol *qasm_find(const qasm_checker *c, const char *name);
int qasm_fail(qasm_checker *c);
void qasm_enter(qasm_checker *c);
void qasm_leave(qasm_checker *c);
qasm_symbol *qasm_declare(qasm_checker *c, qasm_symbol_kind kind, const qasm_node *n,
                          const char *name, qasm_type type);
int qasm_constant(qasm_checker *c, const qasm_node *n, qasm_value *out);
bool qasm_constant_size(qasm_checker *c, qasm_node *n, uint32_t most, const char *what,
                        uint32_t *size);
qasm_type qasm_check_type(qasm_checker *c, qasm_node *n);
qasm_symbol *qasm_resolve(qasm_checker *c, qasm_node *n);
qasm_type qasm_check_expression(qasm_checker *c, qasm_node *n);
bool qasm_check_integer(qasm_checker *c, qasm_node *n);
/* size QASM_NONE: not known here. *selected: 0 for one element, QASM_NONE when not known. */
bool qasm_check_index(qasm_checker *c, qasm_node *index, uint32_t size, uint32_t *selected);
bool qasm_check_operand(qasm_checker *c, qasm_node *n, qasm_symbol_kind kind, uint32_t *size);
bool qasm_check_assignable(qasm_checker *c, const qasm_node *n, qasm_type from, qasm_type to);

/* check_statement.c */
qasm_type qasm_check_def_call(qasm_checker *c, qasm_node *n, qasm_symbol *def);

#endif
