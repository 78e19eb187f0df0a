/* SPDX-License-Identifier: Apache-2.0 */
/* Qubit technologies: times and errors, each value with its source. */
#ifndef BRG_MODEL_TECHNOLOGY_H
#define BRG_MODEL_TECHNOLOGY_H

#include "csim/noise.h"
#include "csim/qram.h"
#include "model/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number and where it comes from: a publication, or "typical" when there is none. */
typedef struct brg_sourced {
    double value;
    const char *source;
} brg_sourced;

typedef struct brg_technology {
    const char *name;
    const char *about;
    /* Lengths in ns of the slice classes and of a readout. */
    brg_sourced cswap_ns, latch_swap_ns, register_swap_ns, fetch_ns, readout_ns;
    brg_sourced t1_ns, t2_ns; /* 0: not known or none */
    brg_sourced tphi_ns;      /* pure dephasing; two_level presets derive it from T1 and T2 */
    brg_sourced gate_error_1q, gate_error_2q, readout_error;
} brg_technology;

/* The presets in the order of docs/technologies.md; NULL ends. */
const brg_technology *brg_technology_at(size_t i);
const brg_technology *brg_technology_find(const char *name);

/* 1/Tphi = 1/T2 - 1/(2*T1); 0 (none) when T2 >= 2*T1 within rounding or t2_ns is 0. */
double brg_tphi_ns(double t1_ns, double t2_ns);
/* Length in ns of each duration class, BRG_CLASS_STEP and user classes 0. */
void brg_technology_classes(const brg_technology *t, double class_ns[BRG_CLASS_COUNT]);

#ifdef __cplusplus
}
#endif
#endif
