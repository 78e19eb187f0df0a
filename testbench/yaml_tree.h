/* SPDX-License-Identifier: Apache-2.0 */
/* A small bounded YAML reader over libyaml's events: scalars, mappings and sequences with the
 * place where each begins. Anchors, aliases, tags, merge keys, duplicate keys and further
 * documents are refused, so that what a file says is what is read. */
#ifndef BRG_TESTBENCH_YAML_TREE_H
#define BRG_TESTBENCH_YAML_TREE_H

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRG_YAML_MAX_BYTES = 1 << 18, /* longest text */
    BRG_YAML_MAX_DEPTH = 8,       /* mappings and sequences within each other */
    BRG_YAML_MAX_NODES = 4096
};

typedef enum brg_yaml_kind { BRG_YAML_SCALAR, BRG_YAML_MAPPING, BRG_YAML_SEQUENCE } brg_yaml_kind;

typedef struct brg_yaml {
    brg_yaml_kind kind;
    size_t line, column; /* from 1, in characters */
    char *key;           /* name in the mapping above; NULL elsewhere; owned */
    size_t key_line, key_column;
    char *text;             /* scalar, NUL-terminated, without NUL bytes; owned */
    bool plain;             /* scalar without quotes */
    struct brg_yaml *child; /* first of a mapping or sequence, in the order of the text; owned */
    struct brg_yaml *next;
} brg_yaml;

/* Reads one document. *out is NULL when the text holds none (empty, or comments alone). `name`
 * stands for the file in messages; with places false they carry no line and column. Messages name
 * keys by their dotted path below `key` (may be NULL). BRG_EINPUT after at least one message,
 * BRG_ENOMEM. */
int brg_yaml_parse(brg_yaml **out, const char *text, size_t length, const char *name, bool places,
                   const char *key, brg_diag *diag);
void brg_yaml_destroy(brg_yaml **tree);

#ifdef __cplusplus
}
#endif
#endif
