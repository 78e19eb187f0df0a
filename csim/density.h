/* SPDX-License-Identifier: Apache-2.0 */
/* The density matrix of tree and registers, sparse: exact, small, the judge of the other engines.
 * Shares no evolution code with them. */
#ifndef BRG_CSIM_DENSITY_H
#define BRG_CSIM_DENSITY_H

#include "csim/trajectory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_density brg_density;

/* Rough upper estimate of the bytes needed; compare with the memory at hand before running. */
double brg_density_bytes(const brg_run_config *config);

/* BRG_EINVAL out of range, and for encoded registers (config->logical) whose errors have no known
 * probabilities (brg_logical.rates). */
int brg_density_new(brg_density **out, const brg_run_config *config);
void brg_density_destroy(brg_density **d);
int brg_density_begin(brg_density *d);
int brg_density_slice(brg_density *d, const brg_slice *slice, const brg_planes *data);
/* After the last slice: the logical errors of encoded registers that are outside then. Needed
 * before the fidelity when registers are encoded; no slice can follow. BRG_ESTATE a second time. */
int brg_density_end(brg_density *d);
int brg_density_fidelity(const brg_density *d, const brg_planes *ideal, double *out);
double brg_density_trace(const brg_density *d);
double brg_density_population(const brg_density *d, uint32_t layer);
size_t brg_density_entries(const brg_density *d);

/* Fidelity of each query of a timeline; *mean over them. fidelity may be NULL. */
int brg_density_replay(const brg_timeline *timeline, const brg_run_config *config,
                       const brg_planes *ideal, double *mean, double *fidelity);
/* The same; progress (may be NULL) is called after each slice, with the slices of the timeline as
 * the total. When it returns nonzero the run stops with BRG_ESTATE. */
int brg_density_replay_watched(const brg_timeline *timeline, const brg_run_config *config,
                               const brg_planes *ideal, double *mean, double *fidelity,
                               brg_progress progress, void *user);

#ifdef __cplusplus
}
#endif
#endif
