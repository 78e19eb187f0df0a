/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the state of a run, and the parts that evaluate, expand gates and act on the state. */
#ifndef BRG_CSIM_QASM_RUN_H
#define BRG_CSIM_QASM_RUN_H

#include "csim/qasm/ast.h"
#include "csim/random.h"

enum {
    QASM_MAX_PATH = 24,
    BRG_QASM_ENDED = 1 /* `end` inside a subroutine: not an error, stops the shot */
};

/* What an operand stands for: qubits of the state or classical bits. */
typedef struct qasm_items {
    uint32_t *v, count, room;
    bool single; /* a single one, not a register of one */
    uint32_t few[16];
} qasm_items;

typedef struct qasm_slot {
    qasm_value value;
    qasm_items items; /* of aliases and of register parameters */
} qasm_slot;

typedef enum qasm_prim_kind { QP_MATRIX, QP_PHASE, QP_SWAP, QP_DENSE, QP_QUERY } qasm_prim_kind;

/* One operation on the state: a matrix, a phase where all controls hold, a swap, a matrix on up to
 * five qubits (owned), a query. */
typedef struct qasm_prim {
    qasm_prim_kind kind;
    uint64_t ones, zeros; /* qubits that must be 1, 0 */
    brg_complex m[4];     /* QP_PHASE: m[0] */
    brg_complex *dense;
    uint32_t table;
    uint32_t count;
    uint8_t qubits[BRG_QASM_MAX_QUBITS];
} qasm_prim;

typedef struct qasm_list {
    qasm_prim *prims;
    size_t count, room;
} qasm_list;

typedef enum qasm_flow { QF_NEXT, QF_BREAK, QF_CONTINUE, QF_RETURN, QF_END } qasm_flow;

typedef struct qasm_run {
    const brg_qasm *program;
    const brg_qasm_config *config; /* NULL while constants are evaluated */
    brg_diag *diag;
    bool real_division; /* arguments of gates: 1/2 is one half */
    uint64_t steps, max_steps;
    qasm_slot *slots;
    uint8_t *bits;
    uint32_t *deferred; /* per bit: the qubit it will be sampled from, or QASM_NONE */
    brg_dense *state;
    brg_planes **planes;
    bool defer;                 /* measurements are put off to the end */
    bool needs_shots;           /* set when they cannot be */
    uint64_t measured, touched; /* qubits that a put-off measurement, any gate has met */
    bool enumerate;             /* follow one path of outcomes instead of drawing */
    uint32_t forced, draws;     /* outcomes that path[] gives; those met so far */
    double path_probability;
    uint8_t path[QASM_MAX_PATH]; /* only where both outcomes can come */
    uint64_t shot, queries;
    brg_stream measure, jump, pauli;
    double clock_ns[BRG_QASM_MAX_QUBITS];
    qasm_list *record; /* gates are collected here instead of applied */
    qasm_value returned;
    bool has_returned;
} qasm_run;

/* eval.c: values. Errors are messages and BRG_EINPUT. */
int qasm_eval(qasm_run *r, const qasm_node *n, qasm_value *out);
int qasm_eval_integer(qasm_run *r, const qasm_node *n, int64_t *out);
int qasm_eval_real(qasm_run *r, const qasm_node *n, double *out);
bool qasm_eval_truth(const qasm_value *v);
qasm_value qasm_convert(qasm_value v, qasm_type type);
double qasm_as_real(const qasm_value *v);
/* Result type of an operator and of a function; kind QT_NONE when it has none for these. */
qasm_type qasm_binary_type(int op, qasm_type a, qasm_type b, bool real_division);
qasm_type qasm_function_type(const char *name, const qasm_type *types, uint32_t count);
bool qasm_is_function(const char *name, uint32_t *least, uint32_t *most);
int qasm_step(qasm_run *r, qasm_place at);

/* operand.c */
void qasm_items_free(qasm_items *items);
int qasm_items_add(qasm_run *r, qasm_items *items, uint32_t item, qasm_place at);
/* What a name, index or concatenation stands for. Starts with qasm_items = {0}. */
int qasm_operand(qasm_run *r, const qasm_node *n, qasm_items *out);
/* Positions that the index items select from `size`. */
int qasm_positions(qasm_run *r, const qasm_node *index, uint32_t size, qasm_items *out);
/* Elements of a range, set or register, for loops; *count turns, value i. */
int qasm_range(qasm_run *r, const qasm_node *range, int64_t size, int64_t *start, int64_t *step,
               int64_t *count);

/* gate.c */
int qasm_gate_call(qasm_run *r, const qasm_node *call);
void qasm_list_free(qasm_list *list);

/* apply.c: on the state. */
int qasm_apply(qasm_run *r, const qasm_prim *prim, qasm_place at);
/* Without noise, on any state; no query. */
int qasm_apply_to(brg_dense *state, const qasm_prim *prim);
int qasm_dense_matrix(brg_dense *state, const brg_complex *m, const uint8_t *qubits, uint32_t count,
                      uint64_t ones, uint64_t zeros);
int qasm_measure(qasm_run *r, uint32_t qubit, uint32_t bit, unsigned *value);
int qasm_reset_qubit(qasm_run *r, uint32_t qubit);
int qasm_delay(qasm_run *r, uint32_t qubit, double ns);
int qasm_barrier(qasm_run *r, uint64_t qubits);

/* execute.c */
int qasm_execute(qasm_run *r, const qasm_node *block, qasm_flow *flow);
int qasm_call_def(qasm_run *r, const qasm_node *call, qasm_value *out);
int qasm_store(qasm_run *r, const qasm_node *target, qasm_value value);
int qasm_measure_value(qasm_run *r, const qasm_node *measure, qasm_value *out);

/* literal of an input: "3", "0.5", "true", "101" for bits. False when it does not fit the type. */
bool qasm_literal(const char *text, qasm_type type, qasm_value *out);

#endif
