/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: tokens, syntax tree, symbols and values of OpenQASM programs. */
#ifndef BRG_CSIM_QASM_AST_H
#define BRG_CSIM_QASM_AST_H

#include "csim/qasm/qasm.h"

enum {
    QASM_MAX_DEPTH = 250,        /* nesting of expressions and statements */
    QASM_MAX_REGISTER = 1 << 16, /* bits of one classical register */
    QASM_MAX_ARGUMENTS = 64,
    QASM_MAX_INCLUDES = 8, /* files inside files */
    QASM_MAX_CALLS = 24    /* gates inside gates, subroutines inside subroutines */
};
#define QASM_NONE UINT32_MAX

/* Memory that lives as long as the program. */
typedef struct qasm_arena {
    struct qasm_chunk *head;
    size_t bytes, limit; /* limit 0: none */
} qasm_arena;

void *qasm_arena_get(qasm_arena *arena, size_t bytes); /* zeroed; NULL without memory */
char *qasm_arena_text(qasm_arena *arena, const char *text, size_t length);
void qasm_arena_free(qasm_arena *arena);

typedef struct qasm_place {
    const char *file;
    uint32_t line, column;
} qasm_place;

typedef enum qasm_kind {
    /* expressions */
    Q_NUMBER,
    Q_NAME,
    Q_INDEX,
    Q_UNARY,
    Q_BINARY,
    Q_CALL,
    Q_CAST,
    Q_MEASURE,
    Q_RANGE,
    Q_SET,
    Q_CONCAT,
    Q_TYPE,
    /* statements */
    Q_INCLUDE,
    Q_PRAGMA,
    Q_DECLARE,
    Q_ALIAS,
    Q_GATE,
    Q_OPAQUE,
    Q_DEF,
    Q_GATE_CALL,
    Q_MODIFIER,
    Q_MEASURE_TO,
    Q_RESET,
    Q_BARRIER,
    Q_DELAY,
    Q_ASSIGN,
    Q_EXPRESSION,
    Q_IF,
    Q_FOR,
    Q_WHILE,
    Q_BREAK,
    Q_CONTINUE,
    Q_RETURN,
    Q_END,
    Q_BLOCK,
    Q_SWITCH,
    Q_CASE,
    Q_PARAMETER
} qasm_kind;

typedef enum qasm_type_kind {
    QT_NONE,
    QT_BOOL,
    QT_INT,
    QT_UINT,
    QT_FLOAT,
    QT_ANGLE,
    QT_DURATION,
    QT_BIT,
    QT_QUBIT
} qasm_type_kind;

/* width: of int, uint, angle; of a bit or qubit register its size, 0 for a single one. */
typedef struct qasm_type {
    qasm_type_kind kind;
    uint32_t width;
} qasm_type;

typedef struct qasm_value {
    qasm_type type;
    uint64_t u; /* bool, int (two's complement), uint, bits */
    double f;   /* float, angle in rad, duration in ns */
} qasm_value;

typedef enum qasm_operator {
    QO_OR = 1,
    QO_AND,
    QO_BIT_OR,
    QO_BIT_XOR,
    QO_BIT_AND,
    QO_EQ,
    QO_NE,
    QO_LT,
    QO_LE,
    QO_GT,
    QO_GE,
    QO_SHIFT_LEFT,
    QO_SHIFT_RIGHT,
    QO_ADD,
    QO_SUBTRACT,
    QO_MULTIPLY,
    QO_DIVIDE,
    QO_MODULO,
    QO_POWER,
    QO_NOT,
    QO_BIT_NOT,
    QO_NEGATE
} qasm_operator;

/* Declarations and modifiers. */
enum { QD_VARIABLE = 1, QD_CONST, QD_INPUT, QD_OUTPUT };
enum { QM_CTRL = 1, QM_NEGCTRL, QM_INV, QM_POW };

typedef struct qasm_symbol qasm_symbol;

/* What a, b, c, d and list mean for each kind is told in grammar.y, where nodes are made. */
typedef struct qasm_node {
    qasm_kind kind;
    int op;
    qasm_place at;
    uint32_t depth, count; /* count: items of `list` */
    struct qasm_node *a, *b, *c, *d;
    struct qasm_node *list;        /* children in a row, linked by next */
    struct qasm_node *next, *last; /* last: of `list`, while it grows */
    const char *text;
    qasm_value value;
    qasm_symbol *symbol;
} qasm_node;

typedef enum qasm_symbol_kind {
    QS_CONST,
    QS_VARIABLE,
    QS_BITS,
    QS_QUBITS,
    QS_GATE,
    QS_OPAQUE,
    QS_TABLE,
    QS_DEF
} qasm_symbol_kind;

struct qasm_symbol {
    qasm_symbol_kind kind;
    const char *name;
    const qasm_node *node;
    qasm_type type;
    qasm_value value; /* of a constant */
    uint32_t id;      /* slot of the run's storage */
    uint32_t base;    /* first bit or qubit, when not an alias */
    bool alias, local, input, loop;
    uint32_t parameters, operands; /* of gates */
    int native;                    /* number of the library gate, -1 none */
    size_t table;
    bool library;
    uint32_t nesting;    /* calls below this gate or def */
    qasm_symbol *shadow; /* the next of the same hash bucket */
    uint32_t scope;
};

typedef struct qasm_table_node {
    brg_qasm_table table;
    struct qasm_table_node *next;
} qasm_table_node;

/* A classical register of the global scope, for the result. */
typedef struct qasm_output {
    uint32_t base, size;
    bool single;
    struct qasm_output *next;
} qasm_output;

struct brg_qasm {
    qasm_arena arena;
    qasm_node *body; /* a block */
    qasm_symbol **symbols;
    size_t symbol_count, symbol_room;
    uint32_t qubits, bits, global_bits, slots;
    qasm_output *outputs, *last_output;
    qasm_table_node *tables, *last_table;
    size_t table_count;
    int version;
    const char *file;
};

typedef struct qasm_token {
    int kind;
    qasm_place at;
    const char *text;
    size_t length;
    qasm_value value;
} qasm_token;

/* One file while it is read. */
typedef struct qasm_source {
    brg_qasm *program;
    brg_diag *diag;
    const char *file;
    int version;
    qasm_token *tokens;
    size_t token_count, token_room, next;
    qasm_node *body;
    bool failed, no_memory;
} qasm_source;

qasm_type qasm_simple_type(qasm_type_kind kind, uint32_t width);
/* "int[8]", "qubit register of 3": for messages. Returns `to`. */
const char *qasm_type_text(qasm_type type, char *to, size_t size);

qasm_node *qasm_node_new(qasm_source *s, qasm_kind kind, qasm_place at);
/* Sets the children and the depth; too deep is an error of the source. */
qasm_node *qasm_node_set(qasm_source *s, qasm_node *n, qasm_node *a, qasm_node *b, qasm_node *c);
qasm_node *qasm_node_append(qasm_source *s, qasm_node *list, qasm_node *item);
/* Adds an error that stands at a place. */
void qasm_error(brg_diag *diag, qasm_place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tokens of a text into the source (lexer.l), then its tree (grammar.y). BRG_EINPUT with messages.
 */
int qasm_scan(qasm_source *s, const char *text, size_t length);
int qasm_parse_source(qasm_source *s);
void qasm_source_free(qasm_source *s);
/* Words after `pragma` (pragma.c); *table NULL when the pragma is not ours. */
int qasm_read_pragma(qasm_source *s, const qasm_node *node, qasm_table_node **table);

/* Names and types, constants, includes. BRG_EINPUT with messages. */
int qasm_check(brg_qasm *p, qasm_node *body, brg_qasm_read read, void *user, brg_diag *diag);

/* Library gates that run natively (native.c): a one-qubit matrix below `controls` controls, or a
 * swap. */
typedef struct qasm_native {
    const char *name;
    uint32_t parameters, controls;
    bool swap;
    void (*matrix)(const double *parameters, brg_complex m[4]);
} qasm_native;
int qasm_native_find(const char *name, uint32_t parameters, uint32_t operands);
const qasm_native *qasm_native_at(int number);
void qasm_matrix_u(double theta, double phi, double lambda, brg_complex m[4]);

/* V^exponent of a unitary V of size <= 32, principal: eigenphases in (-pi, pi]. In place. */
int qasm_matrix_power(brg_complex *matrix, uint32_t size, double exponent);

/* The text of a built-in include file, NULL when there is none of that name. */
const char *qasm_library(const char *name);

#endif
