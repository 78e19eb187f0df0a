/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what replay needs of a trajectory beyond csim/trajectory.h. */
#ifndef BRG_CSIM_TRAJECTORY_INTERNAL_H
#define BRG_CSIM_TRAJECTORY_INTERNAL_H

#include "csim/trajectory.h"

/* True when the noise can only end in discrete errors drawn beforehand: no damping anywhere. */
bool brg_noise_is_pauli(const brg_noise *noise);

/* Draws the errors of one query without evolving anything: is there none at all? */
int brg_trajectory_scan(const brg_run_config *config, uint64_t trajectory, uint32_t query,
                        const brg_slice *slices, size_t count, bool *quiet);

/* Slices in a row, each with its leaf data from the timeline; the same as one by one, but slices
 * without an error are run together. */
int brg_trajectory_run(brg_trajectory *t, const brg_timeline *timeline, const brg_slice *slices,
                       size_t count);

/* The readout that trajectory number `trajectory` draws from this trajectory's final state. Only
 * reads the state, so that threads can share it. */
void brg_trajectory_readout(const brg_trajectory *t, uint64_t trajectory, const brg_planes *ideal,
                            brg_outcome *out);

/* BRG_EINVAL when a number is out of range or the noise does not fit the routers. */
int brg_run_config_check(const brg_run_config *config);

#endif
