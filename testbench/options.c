/* SPDX-License-Identifier: Apache-2.0 */
/* popt with our exit codes: wrong options end with 2, help with 0. */
#include "testbench/options.h"

#include <stdlib.h>
#include <string.h>

#include "testbench/run.h"

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
        fprintf(stderr, "%s: %s: %s\n", name, poptBadOption(context, POPT_BADOPTION_NOALIAS),
                poptStrerror(result));
        code = BRG_EXIT_INPUT;
    } else if (help) {
        poptPrintHelp(context, stdout, 0);
        code = BRG_EXIT_DONE;
    }
    int given = 0;
    const char *arg;
    while (code < 0 && (arg = poptGetArg(context))) {
        if (given < count) args[given] = strdup(arg);
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
