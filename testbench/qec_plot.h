/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of logical error rates, drawn by gnuplot. */
#ifndef BRG_TESTBENCH_QEC_PLOT_H
#define BRG_TESTBENCH_QEC_PLOT_H

#include "csim/status.h"
#include "testbench/qec_fit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_qec_curve {
    const char *name;            /* borrowed, as are the points */
    const brg_qec_point *points; /* rising p */
    size_t count;
} brg_qec_curve;

typedef struct brg_qec_marker {
    const char *name;
    double p;
} brg_qec_marker;

/* Whether gnuplot is in the PATH and TMPDIR (/tmp) a folder that can be written. BRG_EINPUT with a
 * message that names the option. */
int brg_qec_plot_check(const char *option, brg_diag *diag);
/* Logical error rate per shot against p, both logarithmic, with 95 % intervals, as SVG. Points
 * without errors show the upper end of their interval only. Works in a folder of its own under
 * TMPDIR. BRG_EIO with errno; BRG_ESTATE when gnuplot failed. */
int brg_qec_plot_write(const char *path, const char *title, const brg_qec_curve *curves,
                       size_t count, const brg_qec_marker *markers, size_t marker_count);

#ifdef __cplusplus
}
#endif
#endif
