/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_ddr4_checker: a trace of commands in, violations out. */
#ifndef BRG_TESTS_CHECKER_FACE_H
#define BRG_TESTS_CHECKER_FACE_H

#include "ddr4_rig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t cycle; /* of the command, or of the tREFI that passed */
    uint32_t mask;  /* by violation code */
} checker_report;

/* Plays events in order of their cycles until the cycle `end`; returns the number of reports, of
 * which at most max are stored. */
size_t checker_play(const uint32_t timing[12], bool refresh, uint8_t postpone, bool two_ranks,
                    const ddr4_event *events, size_t count, uint64_t end, checker_report *reports,
                    size_t max);

#ifdef __cplusplus
}
#endif

#endif
