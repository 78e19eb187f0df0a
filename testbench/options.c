/* SPDX-License-Identifier: Apache-2.0 */
/* popt with our exit codes: wrong options end with 2, help with 0. */
#include "testbench/options.h"

#include <stdlib.h>
#include <string.h>

#include "testbench/run.h"

/* popt tells `TEXT`, or `--option=TEXT` as it was given; people look for the option. */
static void blame_number(const char *name, int result, const char *bad, int argc,
                         const char **argv) {
    const char *option = "option", *text = bad;
    if (bad[0] == '-' && strchr(bad, '=')) {
        option = bad;
        text = strchr(bad, '=') + 1;
    }
    for (int i = 1; i + 1 < argc && text == bad; i++)
        if (argv[i][0] == '-' && strcmp(argv[i + 1], bad) == 0) option = argv[i];
    fprintf(stderr, "%s: %.*s: %s is %s, accepted: an integer\n", name, (int)strcspn(option, "="),
            option, text, result == POPT_ERROR_OVERFLOW ? "out of range" : "not an integer");
}

static void blame(const char *name, int result, const char *bad, int argc, const char **argv) {
    if (result == POPT_ERROR_BADNUMBER || result == POPT_ERROR_OVERFLOW)
        blame_number(name, result, bad, argc, argv);
    else if (result == POPT_ERROR_BADOPT)
        fprintf(stderr, "%s: %s: unknown option, accepted: those of `%s --help`\n", name, bad,
                name);
    else
        fprintf(stderr, "%s: %s: %s\n", name, bad, poptStrerror(result));
}

int brg_options_read(int argc, const char **argv, const struct poptOption *table, const char *usage,
                     int count, char **args) {
    int help = 0, code = -1;
    struct poptOption options[] = {
        {NULL, 0, POPT_ARG_INCLUDE_TABLE, (void *)table, 0, "Options:", NULL},
        {"help", 'h', POPT_ARG_NONE, &help, 0, "show this and end", NULL},
        POPT_TABLEEND};
    char name[64];
    snprintf(name, sizeof name, "brigade %s", argv[0]);
    for (int i = 0; i < count; i++) args[i] = NULL;
    argv[0] = name;
    poptContext context = poptGetContext(name, argc, argv, options, 0);
    poptSetOtherOptionHelp(context, usage);
    const int result = poptGetNextOpt(context);
    if (result < -1) {
        blame(name, result, poptBadOption(context, POPT_BADOPTION_NOALIAS), argc, argv);
        code = BRG_EXIT_INPUT;
    } else if (help) {
        poptPrintHelp(context, stdout, 0);
        code = BRG_EXIT_DONE;
    }
    int given = 0;
    const char *arg;
    while (code < 0 && (arg = poptGetArg(context))) {
        if (given < count) args[given] = strdup(arg);
        if (given == count) {
            fprintf(stderr, "%s: %s: one argument too many, accepted: %s %s\n", name, arg, name,
                    usage);
            code = BRG_EXIT_INPUT;
        }
        given++;
    }
    if (code < 0 && given != count) {
        fprintf(stderr, "%s: %d arguments, accepted: %s %s\n", name, given, name, usage);
        code = BRG_EXIT_INPUT;
    }
    poptFreeContext(context);
    if (code >= 0)
        for (int i = 0; i < count; i++) free(args[i]), args[i] = NULL;
    return code;
}
