/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the checks of a slice, shared by append and by the CSV reader. */
#ifndef BRG_CSIM_TIMELINE_INTERNAL_H
#define BRG_CSIM_TIMELINE_INTERNAL_H

#include "csim/timeline.h"

/* Times end below 2^62 ps (53 days), so that no sum of three overflows. */
#define BRG_TIMELINE_END_PS ((uint64_t)1 << 62)

typedef enum brg_slice_field {
    BRG_FIELD_NONE, /* the slice can be appended */
    BRG_FIELD_QUERY,
    BRG_FIELD_SLICE,
    BRG_FIELD_START,
    BRG_FIELD_DURATION,
    BRG_FIELD_WAIT,
    BRG_FIELD_DATA,
    BRG_FIELD_OPERATIONS
} brg_slice_field;

/* The first field that forbids to append the slice. */
brg_slice_field brg_timeline_check(const brg_timeline *t, const brg_slice *slice);

/* Start of the next slice if nothing waits. */
uint64_t brg_timeline_end_ps(const brg_timeline *t);

#endif
