/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of waves: save files beside the FST, and GTKWave over them. */
#ifndef BRG_TESTBENCH_WAVES_H
#define BRG_TESTBENCH_WAVES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What GTKWave shows first. Times are those of the waves, in ps. */
typedef struct brg_waves_view {
    uint32_t layers;         /* of the tree; signals of deeper ones are left out */
    uint64_t first_ps;       /* first slice of the first query, or the wait before it: marker A */
    uint64_t last_ps;        /* end of the last slice: marker D */
    uint64_t wait_begin_ps;  /* the longest wait, markers B and C; equal when nothing waited */
    uint64_t wait_end_ps;
} brg_waves_view;

/* Writes the shipped .gtkw files, adapted to the view, and their filters into a folder. BRG_EIO
 * with errno; having none shipped is no error. */
int brg_waves_write_saves(const char *folder, const brg_waves_view *view);
/* Replaces the process by GTKWave with the folder's waves and save file. Returns an exit code with
 * a message on stderr when that cannot be. */
int brg_waves_open(const char *folder);

#ifdef __cplusplus
}
#endif
#endif
