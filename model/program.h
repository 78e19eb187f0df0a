/* SPDX-License-Identifier: Apache-2.0 */
/* Microprograms of the sequencer: control words, their 192-bit encoding, the builder of
 * `bucket_brigade`, the assembler and the disassembler. */
#ifndef BRG_MODEL_PROGRAM_H
#define BRG_MODEL_PROGRAM_H

#include "csim/qram.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BRG_STORE_WORDS = 1024,   /* of the on-chip control store */
    BRG_PROGRAM_WORDS = 4096, /* of a program; more than the store holds comes through a cache */
    BRG_WORD_BITS = 192,
    BRG_WORD_LANES = 6 /* 32-bit lanes, low first */
};

/* Duration classes; their lengths in cycles sit in the CSRs DURATION[0..15]. Class 0 marks a
 * control step: a word without operations that is not a slice and takes one cycle. */
typedef enum brg_duration_class {
    BRG_CLASS_STEP = 0,
    BRG_CLASS_CSWAP = 1,
    BRG_CLASS_LATCH_SWAP = 2,
    BRG_CLASS_REGISTER_SWAP = 3,
    BRG_CLASS_FETCH = 4,
    BRG_CLASS_CONTROLLED_SWAP = 5,
    BRG_CLASS_IDLE = 6,    /* a slice without operations */
    BRG_CLASS_READOUT = 7, /* length of a readout; not the class of a slice */
    BRG_CLASS_USER = 8,    /* 8..15 free for hand-written programs */
    BRG_CLASS_COUNT = 16
} brg_duration_class;

typedef enum brg_next_op {
    BRG_NEXT_STEP = 0,   /* pc + 1 */
    BRG_NEXT_JUMP = 1,   /* target */
    BRG_NEXT_LOOP = 2,   /* target until the loop has run LOOP_COUNT[loop] times, then pc + 1 */
    BRG_NEXT_BRANCH = 3, /* target when flag[flag_select] is set, else pc + 1 */
    BRG_NEXT_HALT = 4    /* the query ends */
} brg_next_op;

/* Bits of the wait mask. */
enum {
    BRG_WAIT_PAGE = 1, /* with a fetch: its plane latched; without: the whole page latched */
    BRG_WAIT_PULSE = 2,
    BRG_WAIT_READOUT = 4,
    BRG_WAIT_DECODER = 8,
    BRG_WAIT_HOST = 16 /* CONTROL.host_flag set */
};

/* Flags that a branch can test. */
typedef enum brg_flag {
    BRG_FLAG_HOST = 0,     /* CONTROL.host_flag */
    BRG_FLAG_MEASURED = 1, /* bus bit 0 of the last readout with `set_flag` */
    BRG_FLAG_MEMORY_ERROR = 2,
    BRG_FLAG_QUEUE = 3 /* another query is waiting */
} brg_flag;

typedef struct brg_control_word {
    brg_slice_ops ops;
    bool measure;       /* start the readout of all bus qubits */
    bool set_flag;      /* with measure: its bus bit 0 goes to BRG_FLAG_MEASURED */
    uint16_t page;      /* 0..4095: data page of the fetch */
    uint8_t page_base;  /* 0: pages as given; 1..3: iteration of loop 0..2 is added to page and to
                           the pages of d_in and d_out */
    uint8_t slot;       /* 0..3: leaf-latch slot of that page; 0 until more exist */
    uint8_t index_base; /* 0: indices as given; 1..3: iteration of loop 0..2 is added to d_in,
                           d_out and fetch */
    uint8_t duration_class;
    uint8_t wait_mask;
    uint8_t next;        /* brg_next_op */
    uint16_t target;     /* 0..4095 */
    uint8_t loop;        /* 0..3 */
    uint8_t flag_select; /* 0..3 */
    bool mark;           /* a marker in the waves */
} brg_control_word;

/* Encoding (docs/control_word.md), LSB first:
 *   [23:0] route  [47:24] latch  [48] unlatch
 *   [49] a_in valid  [54:50] index     [55] a_out valid  [60:56] index
 *   [61] d_in valid  [67:62] index     [68] d_out valid  [74:69] index
 *   [75] fetch valid [81:76] index     [82] basis_in  [83] basis_out  [84] measure  [85] set_flag
 *   [97:86] page  [99:98] slot  [101:100] index_base  [105:102] duration class  [113:106] wait mask
 *   [116:114] next  [128:117] target  [130:129] loop  [132:131] flag_select  [133] mark
 *   [134] controlled: d_in and d_out act on one page each  [146:135] d_in_page
 *   [158:147] d_out_page  [160:159] page_base  [183:161] reserved, must be 0
 *   [191:184] parity: bit 184+i makes the XOR of bits i, i+8, ..., i+184 zero (even parity over
 *   eight interleaved lanes). */
void brg_word_encode(const brg_control_word *word, uint32_t lanes[BRG_WORD_LANES]);

typedef enum brg_word_fault {
    BRG_WORD_GOOD = 0,
    BRG_WORD_PARITY,   /* the parity byte does not fit */
    BRG_WORD_RESERVED, /* a reserved bit is set */
    BRG_WORD_ILLEGAL   /* a field or a combination of fields is not allowed */
} brg_word_fault;
/* Decodes; the fields are filled even when a fault is returned. */
brg_word_fault brg_word_decode(const uint32_t lanes[BRG_WORD_LANES], brg_control_word *word);
/* True when the word has tree operations or an idle class: it is a slice. */
bool brg_word_is_slice(const brg_control_word *word);

typedef struct brg_program {
    char name[64];
    uint32_t address_width, word_width;
    uint32_t page_bits; /* of brg_qram: K = 2^page_bits pages */
    brg_routers routers;
    uint32_t count;         /* words used */
    uint16_t loop_count[4]; /* LOOP_COUNT CSRs */
    brg_control_word words[BRG_PROGRAM_WORDS];
} brg_program;

typedef enum brg_page_wait { BRG_PAGE_WAIT_FETCH = 0, BRG_PAGE_WAIT_ENTRY = 1 } brg_page_wait;

typedef struct brg_program_config {
    brg_qram qram;
    brg_page_wait page_wait;
    bool readout; /* append a measure step and wait for it before the halt */
    /* Length of each class, any unit, to choose the longest operation of a slice; NULL: the order
     * controlled_swap > cswap > fetch > latch_swap > register_swap. */
    const double *class_length;
    /* Otherwise a paged query of more than BRG_STORE_WORDS words runs its periodic part as loop 0.
     */
    bool unroll;
} brg_program_config;

/* Names of programs that brg_program_build knows: "bucket_brigade". NULL ends. */
const char *brg_program_name(size_t i);
const char *brg_program_about(size_t i);
int brg_program_build(brg_program **out, const char *name, const brg_program_config *config,
                      brg_diag *diag);
void brg_program_destroy(brg_program **program);
/* Checks every word: field ranges for n and k, disjoint cells, targets, reachable halt. */
int brg_program_check(const brg_program *program, const char *file, brg_diag *diag);

/* Text form (docs/control_word.md). Assembling what was disassembled gives the same words. The
 * assembler reports every error of the text with line and column. */
int brg_program_assemble(brg_program **out, const char *text, size_t length, const char *file,
                         brg_diag *diag);
int brg_program_disassemble(const brg_program *program, FILE *to);

/* Binary form of `brigade asm`: magic "BRGP", version, header and words, little-endian
 * (docs/control_word.md). */
int brg_program_write(const brg_program *program, const char *path);
int brg_program_read(brg_program **out, const void *data, size_t length, const char *file,
                     brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
