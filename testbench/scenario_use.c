/* SPDX-License-Identifier: Apache-2.0 */
/* What a checked scenario leads to: its resolved JSON, the memory image, the program, the run. */
#include <stdlib.h>
#include <string.h>

#include "testbench/json.h"
#include "testbench/scenario.h"
#include "testbench/scenario_keys.h"
#include "testbench/scenario_memory.h"
#include "testbench/scenario_tree.h"

static double effective_ns(const brg_scenario *s, int c) {
    return (double)s->duration_cycles[c] * 1e6 / (double)s->clock_khz;
}

static json_t *technology_json(const brg_scenario *s) {
    json_t *j = json_object();
    json_object_set_new(j, "base", json_string(s->technology->name));
    /* Read back, slice_ns leaves the classes with own keys alone and sets idle slices. */
    json_object_set_new(j, "slice_ns", brg_json_real(effective_ns(s, BRG_CLASS_IDLE)));
    json_object_set_new(j, "cswap_ns", brg_json_real(effective_ns(s, BRG_CLASS_CSWAP)));
    json_object_set_new(j, "latch_swap_ns", brg_json_real(effective_ns(s, BRG_CLASS_LATCH_SWAP)));
    json_object_set_new(j, "register_swap_ns",
                        brg_json_real(effective_ns(s, BRG_CLASS_REGISTER_SWAP)));
    json_object_set_new(j, "fetch_ns", brg_json_real(effective_ns(s, BRG_CLASS_FETCH)));
    json_object_set_new(j, "readout_ns", brg_json_real(effective_ns(s, BRG_CLASS_READOUT)));
    json_object_set_new(j, "t1_ns", brg_json_real(s->technology_t1_ns));
    json_object_set_new(j, "tphi_ns", brg_json_real(s->technology_tphi_ns));
    return j;
}

static json_t *qram_json(const brg_scenario *s) {
    const bool entry = s->page_wait == BRG_PAGE_WAIT_ENTRY;
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "program", s->program, "routers",
                     brg_key_at(BRG_KEY_ROUTERS)->choices[s->qram.routers], "address_width",
                     brg_json_count(s->qram.address_width), "word_width",
                     brg_json_count(s->qram.word_width), "pages",
                     brg_json_count(brg_pages(&s->qram)), "page_wait", entry ? "entry" : "fetch");
}

static json_t *memory_json(const brg_scenario *s) {
    json_t *image = json_object();
    json_object_set_new(image, "kind",
                        json_string(brg_key_at(BRG_KEY_IMAGE_KIND)->choices[s->image_kind]));
    if (s->image_kind == BRG_IMAGE_FILE) {
        json_object_set_new(image, "path", json_string(s->image_path));
        json_object_set_new(image, "format", json_string(s->image_csv ? "csv" : "raw"));
    }
    json_t *j = json_object();
    /* With workload.program the image is that of the program's table. */
    if (s->workload_program)
        json_decref(image);
    else
        json_object_set_new(j, "image", image);
    brg_scenario_memory_json(s, j);
    return j;
}

static json_t *noise_json(const brg_scenario *s) {
    static const char *const models[] = {[BRG_NOISE_NONE] = "none",
                                         [BRG_NOISE_TIMED] = "timed",
                                         [BRG_NOISE_PER_SLICE] = "per_slice",
                                         [BRG_NOISE_ENCODED] = "timed"};
    static const char *const kinds[] = {[BRG_KIND_DEPOLARIZING] = "depolarizing",
                                        [BRG_KIND_X] = "x",
                                        [BRG_KIND_Z] = "z",
                                        [BRG_KIND_PHASE] = "phase",
                                        [BRG_KIND_SHIFT] = "shift",
                                        [BRG_KIND_DAMPING] = "damping"};
    const brg_noise *n = &s->noise;
    json_t *j = json_object();
    json_object_set_new(j, "model", json_string(models[n->model]));
    if (!s->tree.enabled) {
        json_object_set_new(j, "t1_ns", brg_json_real(n->t1_ns));
        json_object_set_new(j, "tphi_ns", brg_json_real(n->tphi_ns));
    }
    json_object_set_new(j, "registers", json_string(n->noisy_registers ? "noisy" : "ideal"));
    json_object_set_new(j, "gate_error", brg_json_real(n->gate_error));
    if (!s->tree.enabled)
        json_object_set_new(j, "per_slice",
                            json_pack("{s:s, s:o}", "kind", kinds[n->kind], "probability",
                                      brg_json_real(n->probability)));
    json_object_set_new(j, "method", json_string(brg_key_at(BRG_KEY_METHOD)->choices[s->method]));
    static const char *const engines[] = {[BRG_ENGINE_FULL] = "full",
                                          [BRG_ENGINE_PRUNED] = "pruned",
                                          [BRG_ENGINE_DENSITY] = "density"};
    json_object_set_new(j, "engine", json_string(engines[s->engine]));
    json_object_set_new(j, "trajectories", brg_json_count(s->trajectories));
    json_object_set_new(j, "loss_detection", brg_json_real(s->loss_detection));
    return j;
}

json_t *brg_scenario_json(const brg_scenario *s) {
    char input[40] = "uniform";
    if (!s->input.uniform)
        snprintf(input, sizeof input, "basis:%llu", (unsigned long long)s->input.index);
    json_t *j = json_object();
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "name", json_string(s->name));
    json_object_set_new(j, "seed", brg_json_count(s->seed));
    json_object_set_new(j, "technology", technology_json(s));
    json_object_set_new(j, "clock_mhz", brg_json_real(s->clock_mhz));
    json_object_set_new(j, "qram", qram_json(s));
    json_object_set_new(j, "memory", memory_json(s));
    json_t *workload =
        json_pack("{s:o, s:s}", "queries", brg_json_count(s->queries), "input", input);
    if (s->workload_program)
        json_object_set_new(workload, "program", json_string(s->workload_program));
    json_object_set_new(j, "workload", workload);
    json_object_set_new(j, "noise", noise_json(s));
    brg_scenario_parts_json(s, j);
    brg_scenario_qec_json(s, j);
    return j;
}

int brg_scenario_image(brg_planes **out, const brg_scenario *s, brg_diag *diag) {
    const uint32_t n = brg_table_width(&s->qram), k = s->qram.word_width;
    /* 24 digits, sign, comma and the index of a CSV line stay below 64 bytes. */
    const size_t limit = ((size_t)1 << n) * (s->image_csv ? 64 : (k + 7) / 8) + 65536;
    void *data = NULL;
    size_t length = 0;
    *out = NULL;
    switch (s->image_kind) {
        case BRG_IMAGE_PARITY:
            return brg_image_parity(out, n, k);
        case BRG_IMAGE_RANDOM:
            return brg_image_random(out, n, k, s->seed);
        case BRG_IMAGE_ZERO:
            return brg_planes_new(out, n, k);
        case BRG_IMAGE_FILE:
            break;
    }
    int status = brg_read_file(&data, &length, s->image_path, limit, diag);
    if (status == BRG_OK && s->image_csv)
        status = brg_image_parse_csv(out, n, k, data, length, s->image_path, diag);
    else if (status == BRG_OK)
        status = brg_image_parse_raw(out, n, k, data, length, s->image_path, diag);
    free(data);
    return status;
}

static int check_shape(const brg_program *p, const brg_scenario *s, brg_diag *diag) {
    static const char *const names[] = {"two_level", "three_level"};
    if (p->address_width == s->qram.address_width && p->word_width == s->qram.word_width &&
        p->page_bits == s->qram.page_bits && p->routers == s->qram.routers)
        return BRG_OK;
    brg_scenario_blame(s, "qram.program", diag,
                       "the program is for %s, address_width %u, word_width %u, pages %u, "
                       "the scenario has %s, %u, %u, %u",
                       names[p->routers != 0], p->address_width, p->word_width, 1u << p->page_bits,
                       names[s->qram.routers], s->qram.address_width, s->qram.word_width,
                       brg_pages(&s->qram));
    return BRG_EINPUT;
}

static int check_store(brg_program **program, const brg_scenario *s, brg_diag *diag) {
    const uint32_t words = (*program)->count;
    if (s->control_store.cached || words <= BRG_STORE_WORDS) return BRG_OK;
    brg_scenario_blame(s, "control.store", diag,
                       "the control store is full: the program has %u words and the store on chip "
                       "holds %d, accepted: cached, or fewer pages or a narrower word",
                       words, BRG_STORE_WORDS);
    brg_program_destroy(program);
    return BRG_EINPUT;
}

int brg_program_load(brg_program **out, const char *path, brg_diag *diag) {
    enum { MAX_PROGRAM_BYTES = 1 << 20 };
    void *data = NULL;
    size_t length = 0;
    *out = NULL;
    int status = brg_read_file(&data, &length, path, MAX_PROGRAM_BYTES, diag);
    if (status) return status;
    /* The magic decides, so that a renamed file is still read for what it is; a .bqp without it
     * is a damaged program, not a text. */
    const size_t path_length = strlen(path);
    if ((length >= 4 && memcmp(data, "BRGP", 4) == 0) ||
        (path_length > 4 && strcmp(path + path_length - 4, ".bqp") == 0))
        status = brg_program_read(out, data, length, path, diag);
    else
        status = brg_program_assemble(out, data, length, path, diag);
    free(data);
    if (status == BRG_OK && (status = brg_program_check(*out, path, diag)))
        brg_program_destroy(out);
    return status;
}

int brg_scenario_program(brg_program **out, const brg_scenario *s, brg_diag *diag) {
    const brg_program_config config = {
        .qram = s->qram, .page_wait = s->page_wait, .readout = true, .class_length = s->class_ns};
    *out = NULL;
    for (size_t i = 0; brg_program_name(i); i++) {
        if (strcmp(brg_program_name(i), s->program)) continue;
        const int status = brg_program_build(out, s->program, &config, diag);
        if (!status && s->tree.enabled) brg_scenario_tree_classes(s, *out);
        return status ? status : check_store(out, s, diag);
    }
    int status = brg_program_load(out, s->program, diag);
    if (status == BRG_OK && s->page_wait == BRG_PAGE_WAIT_ENTRY) {
        brg_scenario_blame(s, "qram.page_wait", diag,
                           "entry is for built-in programs, a program file has its own waits, "
                           "accepted: fetch");
        brg_program_destroy(out);
        return BRG_EINPUT;
    }
    if (status == BRG_OK && (status = check_shape(*out, s, diag))) brg_program_destroy(out);
    return status ? status : check_store(out, s, diag);
}

void brg_scenario_platform(const brg_scenario *s, brg_platform_config *out) {
    *out = (brg_platform_config){.clock_khz = s->clock_khz,
                                 .memory_latency_ns = s->memory_latency_ns,
                                 .memory_bandwidth_gb_per_s = s->memory_bandwidth_gb_per_s,
                                 .quantum_ps = s->quantum_ps,
                                 .background_period_ps = s->traffic_period_ps,
                                 .background_bytes = s->traffic_bytes,
                                 .clocks = s->clocks,
                                 .cache = s->cache,
                                 .prefetch = s->prefetch,
                                 .dram = s->dram,
                                 .control_store = s->control_store,
                                 .pulse = s->pulse,
                                 .qec = s->qec,
                                 .no_skip = !s->idle_skip,
                                 .events = true,
                                 .machine = s->machine};
    memcpy(out->duration_cycles, s->tree.enabled ? s->tree.duration_cycles : s->duration_cycles,
           sizeof out->duration_cycles);
    if (s->tiers.home != BRG_TIER_NEAR) out->tiers.config = &s->tiers;
}

void brg_scenario_run_config(const brg_scenario *s, brg_run_config *out) {
    *out = (brg_run_config){.qram = s->qram, .input = s->input, .noise = s->noise, .seed = s->seed};
    if (s->engine == BRG_ENGINE_PRUNED) out->engine = BRG_BRANCH_PRUNED;
}
