/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the program: argv[0] is the command's name. Each returns an exit code. */
#ifndef BRG_TESTBENCH_COMMANDS_H
#define BRG_TESTBENCH_COMMANDS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_command {
    const char *name;
    const char *about;
    int (*run)(int argc, const char **argv);
} brg_command;

int brg_command_run(int argc, const char **argv);
int brg_command_list(int argc, const char **argv);
int brg_command_table(int argc, const char **argv);
int brg_command_asm(int argc, const char **argv);
int brg_command_disasm(int argc, const char **argv);
int brg_command_waves(int argc, const char **argv);
int brg_command_qasm(int argc, const char **argv);
int brg_command_qec(int argc, const char **argv);

#ifdef __cplusplus
}
#endif
#endif
