/* SPDX-License-Identifier: Apache-2.0 */
/* Counter-based random streams over Philox4x64-10 of Random123: key = (seed, purpose), counter =
 * (block, interval, trajectory, query). A draw depends only on these numbers, never on the engine,
 * the thread or how many branches were evolved. */
#ifndef BRG_CSIM_RANDOM_H
#define BRG_CSIM_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_purpose {
    BRG_PURPOSE_PAULI = 1,   /* Pauli-like and gate errors, sequential */
    BRG_PURPOSE_JUMP = 2,    /* damping: draw 0 picks the branch, draw 1+cell the jump; keyed */
    BRG_PURPOSE_MEASURE = 3, /* readout */
    BRG_PURPOSE_IMAGE = 4,   /* random memory images */
    BRG_PURPOSE_FAULT = 5,   /* sampling of single faults */
    BRG_PURPOSE_PATCH = 6,   /* errors of the rounds of a patch, sequential by life and basis */
    BRG_PURPOSE_LOGICAL = 7, /* logical errors drawn without syndromes; interval = the life */
    BRG_PURPOSE_TRANSFER = 8 /* transfer of patches; draw 2 * qubit + life */
} brg_purpose;

typedef struct brg_stream {
    uint64_t seed, purpose;
    uint64_t interval, trajectory, query;
    uint64_t next; /* index of the next sequential draw */
} brg_stream;

brg_stream brg_stream_make(uint64_t seed, uint64_t query, uint64_t trajectory, brg_purpose purpose,
                           uint64_t interval);
/* The draw with this index: 64 uniform bits. */
uint64_t brg_stream_at(const brg_stream *s, uint64_t index);
/* The same as a double in [0, 1) with 53 bits. */
double brg_stream_uniform_at(const brg_stream *s, uint64_t index);
/* Sequential draws. */
uint64_t brg_stream_next(brg_stream *s);
double brg_stream_uniform(brg_stream *s);
/* Number of failures before the next success of probability p in (0, 1): floor(ln(1-u)/ln(1-p)),
 * UINT64_MAX when it would not fit. One draw. */
uint64_t brg_stream_geometric(brg_stream *s, double p);

#ifdef __cplusplus
}
#endif
#endif
