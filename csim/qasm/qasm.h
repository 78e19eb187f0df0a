/* SPDX-License-Identifier: Apache-2.0 */
/* OpenQASM 2.0 and the useful part of 3 on the dense engine: read, check, run. The language that is
 * accepted is in docs/openqasm.md. */
#ifndef BRG_CSIM_QASM_QASM_H
#define BRG_CSIM_QASM_QASM_H

#include "csim/dense.h"
#include "csim/qram.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BRG_QASM_MAX_QUBITS = 40 };

/* A checked program; read-only, so that it can be run many times. */
typedef struct brg_qasm brg_qasm;

/* `pragma brigade qram NAME address N word K image KIND [file "PATH"]`. Text is borrowed from the
 * program. */
typedef struct brg_qasm_table {
    const char *name;
    uint32_t address_width; /* 1..24 */
    uint32_t word_width;    /* 1..64 */
    const char *image;      /* KIND: parity, random, zero, file */
    const char *path;       /* of kind file, resolved as `include` does; else NULL */
    const char *file;       /* where the pragma stands */
    size_t line, column;
} brg_qasm_table;

/* One call of a table's gate: |a>|b> -> |a>|b xor d_a>. */
typedef struct brg_qasm_query {
    const brg_qasm_table *table;
    size_t table_index;       /* number of the table in the program */
    const brg_planes *planes; /* its words */
    const uint32_t *address;  /* N qubits of the dense state; address bit 0 (first) is the MSB */
    const uint32_t *bus;      /* K qubits; bus[j] takes bit j of the word */
    uint64_t seed, shot; /* streams of the callback: brg_stream_make(seed, number, shot, ...) */
    uint64_t number;     /* queries of this shot before this one */
    double *duration_ns; /* set by the callback; starts at 0; used when noise is asked for */
} brg_qasm_query;

/* Reads a file that a program names; *data malloc'ed. The path is as the program resolved it. */
typedef int (*brg_qasm_read)(void *user, const char *path, void **data, size_t *length);
/* Makes the words of a table, owned by the run afterwards. On failure a negative code, and a
 * message in diag. */
typedef int (*brg_qasm_image)(void *user, const brg_qasm_table *table, brg_planes **out,
                              brg_diag *diag);
typedef int (*brg_qasm_query_call)(void *user, brg_dense *state, const brg_qasm_query *query);

/* Reads and checks a program. `file` names it in messages and is where relative includes start.
 * read NULL: no include files but the built-in ones. BRG_EINPUT with messages in diag. */
int brg_qasm_parse(brg_qasm **out, const char *text, size_t length, const char *file,
                   brg_qasm_read read, void *user, brg_diag *diag);
void brg_qasm_destroy(brg_qasm **program);

uint32_t brg_qasm_qubits(const brg_qasm *p);
uint32_t brg_qasm_bits(const brg_qasm *p); /* classical bits of the global scope */
size_t brg_qasm_table_count(const brg_qasm *p);
const brg_qasm_table *brg_qasm_table_at(const brg_qasm *p, size_t i);

/* T1/T2 noise by quantum jumps and the times that drive it, all in ns. Amplitude damping over t is
 * gamma = 1 - exp(-t/T1), dephasing a Z with probability (1 - exp(-t/Tphi))/2; 0 means none. A
 * qubit idles while it waits for the others of its next gate, and for the gate's length. */
typedef struct brg_qasm_noise {
    bool on;
    double t1_ns, tphi_ns;
    double gate1_ns, gate2_ns, gate3_ns; /* gates on one, two, and three or more qubits */
    double readout_ns, reset_ns;
} brg_qasm_noise;

typedef struct brg_qasm_input {
    const char *name, *value; /* value: a literal as in the program */
} brg_qasm_input;

typedef struct brg_qasm_config {
    uint64_t shots; /* 0..10^9; 0: no counts */
    uint64_t seed;
    bool probabilities; /* of the qubits, final measurements ignored */
    bool statevector;   /* keep the state of a program without mid-circuit measurement */
    uint64_t max_steps; /* statements, gates and loop turns per shot; 0: 10^8 */
    bool plain_gates;   /* run the library gates by their definitions, not natively */
    brg_precision precision;
    int jobs; /* threads of the dense engine, <= 0 for all */
    brg_qasm_noise noise;
    const brg_qasm_input *inputs;
    size_t input_count;
    brg_qasm_image image;      /* NULL: only `zero` and `parity` images */
    brg_qasm_query_call query; /* NULL: brg_qasm_query_exact */
    void *user;                /* of image and query */
} brg_qasm_config;

typedef struct brg_qasm_entry {
    char *bits;         /* highest index leftmost; a space between classical registers */
    uint64_t count;     /* of counts */
    double probability; /* of probabilities */
} brg_qasm_entry;

typedef struct brg_qasm_result {
    uint32_t qubits;
    brg_qasm_entry *counts; /* sorted by bits */
    size_t count_entries;
    brg_qasm_entry *probabilities; /* those of at least 1e-12, sorted by bits */
    size_t probability_entries;
    brg_dense *state; /* with statevector; else NULL */
    bool sampled;     /* one run, then samples; else one run per shot */
} brg_qasm_result;

/* Runs. A program without mid-circuit measurement, feedback and noise runs once and is sampled;
 * any other runs once per shot. The same seed gives the same counts. Errors in the program that
 * only running shows are messages in diag and BRG_EINPUT. Free the result also after errors. */
int brg_qasm_run(const brg_qasm *p, const brg_qasm_config *config, brg_qasm_result *result,
                 brg_diag *diag);
void brg_qasm_result_free(brg_qasm_result *result);

/* The noiseless query: exchanges amplitudes exactly, one pass. user is not used. */
int brg_qasm_query_exact(void *user, brg_dense *state, const brg_qasm_query *query);

#ifdef __cplusplus
}
#endif
#endif
