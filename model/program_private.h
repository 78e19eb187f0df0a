/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the sources of the microprogram part: word rules, names of the text form, locations. */
#ifndef BRG_MODEL_PROGRAM_PRIVATE_H
#define BRG_MODEL_PROGRAM_PRIVATE_H

#include "model/program.h"

enum {
    BRG_WAIT_ALL =
        BRG_WAIT_PAGE | BRG_WAIT_PULSE | BRG_WAIT_READOUT | BRG_WAIT_DECODER | BRG_WAIT_HOST,
    BRG_LOOPS = 4,
    BRG_FLAGS = 4
};

bool brg_ops_any(const brg_slice_ops *ops);
/* Class of the longest operation of a slice, BRG_CLASS_IDLE without one; class_length may be NULL,
 * as in brg_program_config. */
uint8_t brg_ops_class(const brg_slice_ops *ops, const double *class_length);

/* An empty program: no words, every word of the store a step. */
int brg_program_new(brg_program **out);

/* NULL, or the sentence that says which rule of docs/control_word.md the word breaks. */
const char *brg_word_rule(const brg_control_word *word);

/* Where a word stands in a text; line 0: the word is named by its number instead. */
typedef struct brg_location {
    size_t line, column;
} brg_location;

/* Checks one word of a program against n, k, routers and loop counts (rules that follow the word
 * alone). True when it is good; else one message was added. */
bool brg_program_check_word(const brg_program *p, uint32_t index, const char *file,
                            brg_location where, brg_diag *diag);
/* Checks targets and that every reachable word can reach a halt; where: [count] or NULL. Returns
 * the number of errors. */
size_t brg_program_check_flow(const brg_program *p, const char *file, const brg_location *where,
                              brg_diag *diag);
/* Checks name, n, k, routers and count. Returns the number of errors. */
size_t brg_program_check_header(const brg_program *p, const char *file, brg_diag *diag);

/* True for 1..63 characters out of letters, digits, `_`, `-` and `.`. */
bool brg_program_name_ok(const char *name, size_t length);

/* Names of the text form, by number; NULL ends. */
extern const char *const brg_class_names[];  /* BRG_CLASS_COUNT of them */
extern const char *const brg_wait_names[];   /* by bit number of the wait mask */
extern const char *const brg_flag_names[];   /* brg_flag */
extern const char *const brg_router_names[]; /* brg_routers */

#endif
