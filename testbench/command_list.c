/* SPDX-License-Identifier: Apache-2.0 */
/* `brigade list`: what a scenario can name. */
#include <stdlib.h>
#include <string.h>

#include "testbench/commands.h"
#include "testbench/options.h"
#include "testbench/run.h"
#include "testbench/scenario_keys.h"
#include "testbench/share.h"

static int list_technologies(void) {
    printf("%-18s %10s %12s %12s %12s  %s\n", "technology", "cswap_ns", "t1_ns", "t2_ns", "tphi_ns",
           "about");
    for (size_t i = 0; brg_technology_at(i); i++) {
        const brg_technology *t = brg_technology_at(i);
        printf("%-18s %10g %12g %12g %12g  %s\n", t->name, t->cswap_ns.value, t->t1_ns.value,
               t->t2_ns.value, t->tphi_ns.value, t->about);
    }
    return BRG_EXIT_DONE;
}

static int list_programs(void) {
    for (size_t i = 0; brg_program_name(i); i++)
        printf("%-18s %s\n", brg_program_name(i), brg_program_about(i));
    return BRG_EXIT_DONE;
}

/* Presets of memory.edge and memory.cloud (docs/tiers.md), and of memory.dram. */
static int list_memories(void) {
    const brg_key *kind = brg_key_at(BRG_KEY_IMAGE_KIND);
    printf("%-18s", "memory.image.kind");
    for (size_t i = 0; kind->choices[i]; i++) printf(" %s", kind->choices[i]);
    printf("\n\n%-14s %24s %10s %8s  %s\n", "tier preset", "latency_ns, p5..p95", "GB/s", "req/s",
           "about");
    brg_memory_preset p;
    for (size_t i = 0; brg_memory_preset_at(i, &p); i++) {
        char range[64];
        snprintf(range, sizeof range, "%.10g..%.10g", p.latency_low_ns, p.latency_high_ns);
        printf("%-14s %24s %10g %8g  %s\n", p.name, range, p.bandwidth_gb_per_s, p.requests_per_s,
               p.about);
    }
    printf("\n%-14s %24s %10s %8s\n", "DRAM part", "row hit..conflict, ns", "GB/s", "tCK ps");
    for (size_t i = 0; brg_ddr4_part_at(i); i++) {
        const brg_ddr4_part *part = brg_ddr4_part_at(i);
        const double tck_ns = (double)part->tck_ps / 1000;
        char range[64];
        snprintf(range, sizeof range, "%.4g..%.4g",
                 brg_ddr4_idle_latency(part, BRG_DDR4_HIT) * tck_ns,
                 brg_ddr4_idle_latency(part, BRG_DDR4_CONFLICT) * tck_ns);
        printf("%-14s %24s %10.4g %8u\n", part->name, range, brg_ddr4_stream_limit(part) / 1e9,
               part->tck_ps);
    }
    return BRG_EXIT_DONE;
}

/* The first comment line of a scenario says what it shows. */
static void print_about(const char *folder, const char *file) {
    char path[4400], line[200] = "";
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof line, in))
        if (line[0] == '#' && !strstr(line, "SPDX")) break;
    if (in) fclose(in);
    line[strcspn(line, "\n")] = '\0';
    printf("%-18.*s %s\n", (int)strlen(file) - 5, file, line[0] == '#' ? line + 2 : "");
}

static int list_scenarios(void) {
    char folder[4096];
    if (!brg_share_folder("scenarios", folder, sizeof folder)) {
        fprintf(stderr, "brigade list: no folder of scenarios (BRIGADE_SHARE names its parent)\n");
        return BRG_EXIT_FAILED;
    }
    char **names = brg_share_list(folder, ".yaml");
    for (char **name = names; name && *name; name++) print_about(folder, *name);
    brg_share_list_free(names);
    return BRG_EXIT_DONE;
}

int brg_command_list(int argc, const char **argv) {
    static const struct {
        const char *name;
        int (*list)(void);
    } lists[] = {{"technologies", list_technologies},
                 {"programs", list_programs},
                 {"memories", list_memories},
                 {"scenarios", list_scenarios}};
    const struct poptOption table[] = {POPT_TABLEEND};
    char *what = NULL;
    int code =
        brg_options_read(argc, argv, table, "technologies|programs|memories|scenarios", 1, &what);
    if (code >= 0) return code;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(lists[i].name, what) == 0) code = lists[i].list();
    if (code < 0) {
        fprintf(stderr,
                "brigade list: %s: not known, accepted: technologies, programs, memories, "
                "scenarios\n",
                what);
        code = BRG_EXIT_INPUT;
    }
    free(what);
    return code;
}
