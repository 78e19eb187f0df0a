/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files that come with the program are: scenarios and GTKWave save files. */
#ifndef BRG_TESTBENCH_SHARE_H
#define BRG_TESTBENCH_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Path of the folder `part` (`scenarios` or `waves`): $BRIGADE_SHARE/part when that is set, else
 * below the source or the installed folder. False when there is none. */
bool brg_share_folder(const char *part, char *to, size_t size);
/* Scenario file of a name: the shipped scenario of that name when it has no '/' and there is one,
 * else the path itself. */
void brg_share_scenario(const char *name, char *to, size_t size);
/* Names in a folder that end in `ending`, sorted, malloc'ed as are the names; NULL ends. */
char **brg_share_list(const char *folder, const char *ending);
void brg_share_list_free(char **names);

#ifdef __cplusplus
}
#endif
#endif
