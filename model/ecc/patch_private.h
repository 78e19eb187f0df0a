/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the error model of a patch by rounds, shared by the sampling and the decoding of its
 * lives (docs/qec_loop.md). */
#ifndef BRG_MODEL_ECC_PATCH_PRIVATE_H
#define BRG_MODEL_ECC_PATCH_PRIVATE_H

#include "csim/random.h"
#include "model/ecc/patch.h"

/* Mechanisms by the layer of their earliest detector: layer 0, a layer between, the layer of the
 * closing data measurement. */
typedef enum brg_patch_part {
    BRG_PATCH_FIRST,
    BRG_PATCH_BULK,
    BRG_PATCH_LAST,
    BRG_PATCH_PARTS
} brg_patch_part;

/* A detector as layer offset * checks + check, offset 0 or 1. */
#define BRG_PATCH_NO_DETECTOR UINT16_MAX

typedef struct brg_patch_mechanism {
    double probability; /* in (0, 1] */
    uint16_t a, b;      /* a < b; b may be none, and then the other end is the boundary */
    bool flips;         /* the logical operator that the basis protects */
} brg_patch_mechanism;

/* Mechanisms in falling order of probability; a bucket is a run of them whose probabilities are
 * close, so that one geometric skip at the largest serves all (thinned by p / largest). */
typedef struct brg_patch_bucket {
    uint32_t first, count;
    double largest;
} brg_patch_bucket;

enum { BRG_PATCH_BUCKETS = 24 };

typedef struct brg_patch_set {
    brg_patch_mechanism *mechanism; /* owned */
    uint32_t count;
    brg_patch_bucket bucket[BRG_PATCH_BUCKETS];
    uint32_t buckets;
} brg_patch_set;

struct brg_patch_model {
    brg_patch_config config;
    uint32_t checks;
    brg_patch_set set[BRG_PATCH_BASES][BRG_PATCH_PARTS];
};

/* Decoders of one basis for the windows that a life meets: which layers are open below or above. */
typedef enum brg_patch_window_kind {
    BRG_WINDOW_WHOLE,  /* from layer 0 to the closing layer */
    BRG_WINDOW_FIRST,  /* from layer 0, more layers follow */
    BRG_WINDOW_MIDDLE, /* layers before and after */
    BRG_WINDOW_FINAL,  /* to the closing layer */
    BRG_WINDOW_KINDS
} brg_patch_window_kind;

typedef struct brg_patch_window {
    bool used;
    brg_patch_window_kind kind;
    uint32_t layers, commit; /* commit: of a lookup decoder, which has it in its table; else 0 */
    brg_graph *graph;
    brg_decoder *decoder;
} brg_patch_window;

/* The whole-life decoders are kept for the lengths met last: those of one query come again in
 * every trajectory. */
enum { BRG_PATCH_WINDOWS = 24 };

typedef struct brg_patch_events {
    uint32_t *number; /* layer * checks + check, rising; owned */
    size_t count, capacity;
} brg_patch_events;

/* State of one basis of a life. */
typedef struct brg_patch_basis {
    brg_stream stream;
    uint64_t skip[BRG_PATCH_BUCKETS]; /* sites until the next error, in the set in use */
    uint64_t layer[2][2];             /* events of the layer to come and of the one after it */
    bool flipped;
    brg_patch_events events;
    brg_patch_window window[BRG_PATCH_WINDOWS];
    uint32_t next_window; /* replaced next */
} brg_patch_basis;

struct brg_patch_life {
    const brg_patch_model *model;
    bool open, closed;
    int status; /* BRG_ENOMEM once an event list could not grow */
    uint64_t rounds;
    brg_patch_basis basis[BRG_PATCH_BASES];
    brg_decoder_kind kind; /* of the kept decoders */
    uint32_t length;       /* layers of a window of them */
    uint32_t *scratch;     /* events of a window; edges of its correction */
    uint32_t *edges;
    size_t scratch_capacity, edge_capacity;
};

/* Sets of one basis out of the circuit of that many rounds (at least 1); [BRG_PATCH_BULK] is left
 * empty when rounds < 2. For the comparison of lengths in tests. */
int brg_patch_sets_build(brg_patch_set sets[BRG_PATCH_PARTS], const brg_patch_config *config,
                         uint32_t basis, uint64_t rounds, brg_diag *diag);
void brg_patch_sets_clear(brg_patch_set sets[BRG_PATCH_PARTS]);

/* The error model of a window, as a list of mechanisms; detector = layer * checks + check. */
int brg_patch_window_dem(brg_dem **out, const brg_patch_model *model, uint32_t basis,
                         brg_patch_window_kind kind, uint32_t layers, uint32_t commit);
void brg_patch_windows_clear(brg_patch_basis *basis);

#endif
