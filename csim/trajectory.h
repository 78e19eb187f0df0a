/* SPDX-License-Identifier: Apache-2.0 */
/* One noise trajectory of the branch engine, fed slice by slice: by the RTL as it runs (lockstep)
 * or from a recorded timeline (replay). The same seed gives the same trajectory either way. */
#ifndef BRG_CSIM_TRAJECTORY_H
#define BRG_CSIM_TRAJECTORY_H

#include "csim/logical.h"
#include "csim/noise.h"
#include "csim/timeline.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which branches are evolved; the outcomes are the same (docs/engines.md). */
typedef enum brg_branch_engine {
    BRG_BRANCH_FULL = 0,  /* all of them */
    BRG_BRANCH_PRUNED = 1 /* those that an error could reach; csim/pruned.h */
} brg_branch_engine;

typedef struct brg_run_config {
    brg_qram qram;
    brg_input input;
    brg_noise noise;
    uint64_t seed;
    brg_branch_engine engine;
    uint64_t most_branches; /* of one trajectory, beyond it BRG_ENOMEM; 0: no bound */
    /* Register qubits are encoded: they take no noise of their own (no idling, no gate errors), and
     * these errors instead. NULL: bare qubits. Borrowed. */
    const brg_logical *logical;
} brg_run_config;

typedef struct brg_outcome {
    double fidelity;          /* <psi|Tr_tree(rho)|psi>, 0..1 */
    double empty_probability; /* weight of branches whose tree is empty */
    uint64_t readout;  /* bus bits, drawn from the measurement stream; lost carriers read 0 */
    bool word_correct; /* the readout equals the memory word of the address drawn with it */
    uint32_t lost;     /* three_level: carriers that damping took (csim/filtration.h) */
    uint64_t address;  /* address drawn with the readout; lost carriers read 0 */
} brg_outcome;

typedef struct brg_trajectory brg_trajectory;

/* Bytes that one trajectory may need at most without errors (peak branches times their size). A
 * pruned one needs that much only where an error reaches every branch. */
uint64_t brg_trajectory_bytes(const brg_run_config *config);

/* Branches whose storage fits into so many bytes, differences not counted. Noise can need more than
 * brg_trajectory_bytes tells: damping leaves bus bits in superposition, up to 2^(n + k) branches.
 */
uint64_t brg_trajectory_branches_in(const brg_qram *qram, uint64_t bytes);

int brg_trajectory_new(brg_trajectory **out, const brg_run_config *config, uint64_t trajectory);
void brg_trajectory_destroy(brg_trajectory **t);
/* Re-targets the object to another trajectory number, keeping its memory. */
void brg_trajectory_reset(brg_trajectory *t, uint64_t trajectory);

/* Starts a query: `input` in the registers, tree empty. */
int brg_trajectory_begin(brg_trajectory *t, uint32_t query);
/* The wait before the slice, its operations, gate errors, then idling for its duration. data: the
 * leaf data of the slice's fetch; may be NULL without one. */
int brg_trajectory_slice(brg_trajectory *t, const brg_slice *slice, const brg_planes *data);
/* Fidelity against the ideal answer with `ideal` as the memory, then the readout draw. */
int brg_trajectory_end(brg_trajectory *t, const brg_planes *ideal, brg_outcome *out);

/* Observables of the state as it stands. */
double brg_trajectory_norm(const brg_trajectory *t);
/* Expected number of excited cells (two_level: 1; three_level: not W) in a layer of the tree. */
double brg_trajectory_population(const brg_trajectory *t, uint32_t layer);
/* Branches that are evolved at present. */
size_t brg_trajectory_branches(const brg_trajectory *t);

/* Replay of a timeline, parallel over trajectories (OpenMP); the result does not depend on jobs. */
typedef struct brg_replay_result {
    uint64_t trajectories;
    uint32_t queries;
    double mean, stderr_mean; /* fidelity over all queries and trajectories */
    double *query_mean;       /* [queries], owned */
    double *query_stderr;
    brg_outcome *outcomes;                /* [trajectories * queries], trajectory-major, owned */
    double setup_s, evolve_s, fidelity_s; /* time of the trajectories, summed over the threads */
} brg_replay_result;

/* Called from one thread now and then; may be NULL. A non-zero return stops the run (BRG_ESTATE).
 */
typedef int (*brg_progress)(void *user, uint64_t done, uint64_t total);

int brg_replay(brg_replay_result *out, const brg_timeline *timeline, const brg_run_config *config,
               const brg_planes *ideal, uint64_t trajectories, int jobs, brg_progress progress,
               void *user);
void brg_replay_result_clear(brg_replay_result *r);

/* Mean and standard error (sample standard deviation / sqrt(count); 0 for one sample), summed in
 * index order. Used for lockstep outcomes too, so that both methods print the same bytes. */
void brg_mean_stderr(const double *x, size_t count, size_t stride, double *mean,
                     double *stderr_mean);
/* Fills the means from r->outcomes. */
int brg_replay_summarize(brg_replay_result *r);

#ifdef __cplusplus
}
#endif
#endif
