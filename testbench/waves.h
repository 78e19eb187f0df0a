/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of waves: save files beside the FST, and GTKWave over them. */
#ifndef BRG_TESTBENCH_WAVES_H
#define BRG_TESTBENCH_WAVES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shipped save files, by what a scenario is about. */
typedef enum brg_waves_kind {
    BRG_WAVES_QUERY, /* controller and one fixed memory, brg_system */
    BRG_WAVES_CACHE, /* the others show brg_machine */
    BRG_WAVES_DRAM,
    BRG_WAVES_PAGED,
    BRG_WAVES_TIERS,
    BRG_WAVES_PULSE,
    BRG_WAVES_QEC, /* the error-correction loop, over either top */
    BRG_WAVES_KINDS
} brg_waves_kind;
/* "query", "cache", ...: the name of the save file without its ending; NULL out of range. */
const char *brg_waves_kind_name(brg_waves_kind kind);

enum { BRG_WAVES_EVENTS = 6 };
/* A stall event worth a marker. */
typedef struct brg_waves_event {
    uint64_t start_ps;
    char what[96]; /* one line */
} brg_waves_event;

/* What GTKWave shows first. Times are those of the waves, in ps. */
typedef struct brg_waves_view {
    brg_waves_kind kind;
    bool machine;           /* the waves are of brg_machine, not of brg_system */
    uint32_t layers;        /* of the tree; signals of deeper ones are left out */
    uint64_t first_ps;      /* first slice of the first query, or the wait before it: marker A */
    uint64_t last_ps;       /* end of the last slice: marker D */
    uint64_t wait_begin_ps; /* the longest wait, markers B and C; equal when nothing waited */
    uint64_t wait_end_ps;
    uint64_t show_begin_ps; /* the part that is seen at first */
    uint64_t show_end_ps;
    brg_waves_event events[BRG_WAVES_EVENTS]; /* the costliest first: markers E, F, ... */
    uint32_t event_count;
} brg_waves_view;

/* Writes the shipped .gtkw file of the view's kind, adapted to the view, and the filters into a
 * folder; a save file that another kind of run left there goes. BRG_EIO with errno; having none
 * shipped is no error. */
int brg_waves_write_saves(const char *folder, const brg_waves_view *view);
/* Replaces the process by GTKWave with the folder's waves and save file. Returns an exit code with
 * a message on stderr when that cannot be. */
int brg_waves_open(const char *folder);

#ifdef __cplusplus
}
#endif
#endif
