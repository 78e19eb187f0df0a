/* SPDX-License-Identifier: Apache-2.0 */
/* A progress bar on stderr. */
#include "testbench/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 30 };

double brg_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void brg_bar_start(brg_bar *bar, const char *what, bool quiet) {
    *bar = (brg_bar){what, !quiet && isatty(STDERR_FILENO), false, brg_seconds(), 0};
}

/* Whether the bar is to be drawn now. */
static bool is_due(brg_bar *bar, double now) {
    if (!bar->enabled || now - bar->start_s < 2 || now - bar->last_s < 0.1) return false;
    bar->last_s = now;
    bar->drawn = true;
    return true;
}

void brg_bar_cycles(brg_bar *bar, uint64_t cycles, uint32_t query, uint32_t queries) {
    if (!is_due(bar, brg_seconds())) return;
    fprintf(stderr, "\r%-22s %.1f million cycles, query %u of %u \033[K", bar->what,
            (double)cycles * 1e-6, query, queries);
}

int brg_bar_update(void *user, uint64_t done, uint64_t total) {
    brg_bar *bar = user;
    const double now = brg_seconds();
    if (total == 0 || !is_due(bar, now)) return 0;
    const double share = (double)done / (double)total;
    const double spent = now - bar->start_s;
    const double time = done ? spent * (1 - share) / share : spent;
    char cells[BAR_CELLS + 1];
    for (int i = 0; i < BAR_CELLS; i++) cells[i] = i < share * BAR_CELLS ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    fprintf(stderr, "\r%-22s [%s] %3.0f %%  %.0f s %s \033[K", bar->what, cells, 100 * share, time,
            done ? "left" : "so far");
    return 0;
}

void brg_bar_end(brg_bar *bar) {
    if (bar->drawn) fprintf(stderr, "\r\033[K");
    bar->drawn = false;
}
