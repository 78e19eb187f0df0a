/* SPDX-License-Identifier: Apache-2.0 */
/* The program `brigade`: picks the command. */
#include <stdio.h>
#include <string.h>

#include "testbench/commands.h"
#include "testbench/run.h"

static const brg_command commands[] = {
    {"run", "run a scenario: RTL, noise, result", brg_command_run},
    {"list", "list technologies, programs, memories or scenarios", brg_command_list},
    {"table", "measure a table of memory architectures", brg_command_table},
    {"asm", "assemble a microprogram", brg_command_asm},
    {"disasm", "print a microprogram as text", brg_command_disasm},
    {"waves", "open GTKWave on the waves of a run", brg_command_waves},
    {"qasm", "run an OpenQASM program", brg_command_qasm},
    {"qec", "error correction: circuits, sampling, decoding, thresholds", brg_command_qec}};

static void print_help(FILE *to) {
    fprintf(to,
            "Usage: brigade COMMAND [ARGUMENT...]\n\n"
            "Co-simulation of a QRAM controller (Verilog) and its quantum state.\n\nCommands:\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].about);
    fprintf(to,
            "\n`brigade COMMAND --help` tells the options of a command.\n"
            "Exit codes: 0 done, 2 wrong input, 3 the run failed.\n");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return BRG_EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return BRG_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("brigade %s\n", BRG_VERSION);
        return BRG_EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, (const char **)argv + 1);
    fprintf(stderr,
            "brigade: %s: not a command, accepted: run, list, table, asm, disasm, waves, "
            "qasm, qec, --version, --help\n",
            argv[1]);
    return BRG_EXIT_INPUT;
}
