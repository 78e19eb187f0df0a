/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of waves: save files beside the FST, and GTKWave over them. */
#ifndef BRG_TESTBENCH_WAVES_H
#define BRG_TESTBENCH_WAVES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Copies the shipped .gtkw files and their filters into a folder. BRG_EIO with errno; having none
 * shipped is no error. */
int brg_waves_copy_saves(const char *folder);
/* Replaces the process by GTKWave with the folder's waves and save file. Returns an exit code with
 * a message on stderr when that cannot be. */
int brg_waves_open(const char *folder);

#ifdef __cplusplus
}
#endif
#endif
