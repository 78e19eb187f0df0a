/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios: YAML and overrides to checked values. */
#include "testbench/scenario.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "testbench/scenario_reading.h"
#include "testbench/yaml_tree.h"

typedef brg_reading reading;
typedef brg_origin origin;

static void blame_at(const struct brg_scenario_origins *origins, brg_key_id id, brg_diag *diag,
                     const char *format, va_list args) {
    char text[400];
    vsnprintf(text, sizeof text, format, args);
    const origin *o = &origins->at[id];
    if (o->set)
        brg_diag_add(diag, o->name, o->line, o->column, brg_key_at(id)->path, "%s", text);
    else
        brg_diag_add(diag, origins->file, 0, 0, brg_key_at(id)->path, "%s", text);
}

void brg_reading_blame(const reading *r, brg_key_id id, const char *format, ...) {
    va_list args;
    va_start(args, format);
    blame_at(r->origins, id, r->diag, format, args);
    va_end(args);
}

void brg_scenario_blame(const brg_scenario *s, const char *key, brg_diag *diag, const char *format,
                        ...) {
    const brg_key *k = brg_key_find(key);
    va_list args;
    va_start(args, format);
    if (k) blame_at(s->origins, brg_key_number(k), diag, format, args);
    va_end(args);
}

static void unset_below(reading *r, const brg_key *group) {
    const size_t length = strlen(group->path);
    for (int i = 0; i < BRG_KEY_COUNT; i++) {
        const char *path = brg_key_at((brg_key_id)i)->path;
        if (strncmp(path, group->path, length) == 0 && path[length] == '.')
            r->origins->at[i].set = false;
    }
}

static int store(reading *r, const brg_key *key, const brg_yaml *node) {
    const brg_key_id id = brg_key_number(key);
    char why[120], accepts[200];
    brg_value value = {0, 0};
    if (brg_key_parse(key, node->text, node->plain, &value, why, sizeof why)) {
        brg_key_accepts(key, accepts, sizeof accepts);
        brg_diag_add(r->diag, r->name, node->line, node->column, key->path, "%s, accepted: %s", why,
                     accepts);
        return BRG_OK; /* go on, so that every error is reported */
    }
    char *copy = strdup(node->text);
    if (!copy) return BRG_ENOMEM;
    free(r->texts[id]);
    r->texts[id] = copy;
    r->values[id] = value;
    r->origins->at[id] = (origin){true, r->layer, node->line, node->column, r->name};
    return BRG_OK;
}

/* A sequence becomes the text form, each number checked where it stands. */
static int store_list(reading *r, const brg_key *key, const brg_yaml *list) {
    char text[BRG_MAX_LIST * 24] = "", why[120], accepts[200];
    brg_key_accepts(key, accepts, sizeof accepts);
    size_t count = 0;
    if (!list->child)
        brg_diag_add(r->diag, r->name, list->line, list->column, key->path,
                     "an empty list, accepted: %s", accepts);
    for (const brg_yaml *item = list->child; item; item = item->next) {
        brg_value value = {0, 0};
        const bool scalar = item->kind == BRG_YAML_SCALAR;
        snprintf(why, sizeof why, "a %s in a list",
                 item->kind == BRG_YAML_MAPPING ? "mapping" : "list");
        if (++count > BRG_MAX_LIST) {
            snprintf(why, sizeof why, "more than %d numbers", BRG_MAX_LIST);
        } else if (scalar && !item->plain) {
            snprintf(why, sizeof why, "a quoted text where a number is needed");
        } else if (scalar && strchr(item->text, ',')) {
            snprintf(why, sizeof why, "'%.40s' is not an integer", item->text);
        } else if (scalar &&
                   !brg_key_parse(key, item->text, item->plain, &value, why, sizeof why)) {
            const size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", used ? ", " : "", item->text);
            continue;
        }
        brg_diag_add(r->diag, r->name, item->line, item->column, key->path, "%s, accepted: %s", why,
                     accepts);
        return BRG_OK;
    }
    if (!list->child) return BRG_OK;
    const brg_yaml all = {.kind = BRG_YAML_SCALAR,
                          .line = list->line,
                          .column = list->column,
                          .text = text,
                          .plain = true};
    return store(r, key, &all);
}

static int apply(reading *r, const char *path, const brg_yaml *node);

static int apply_children(reading *r, const char *path, const brg_yaml *mapping) {
    char below[400];
    for (const brg_yaml *child = mapping->child; child; child = child->next) {
        snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", child->key);
        const int status = apply(r, below, child);
        if (status) return status;
    }
    return BRG_OK;
}

static void complain_unknown(const reading *r, const char *path, const brg_yaml *node) {
    char nearest[80], names[400], group[128] = "";
    const char *dot = strrchr(path, '.');
    if (dot && (size_t)(dot - path) < sizeof group)
        snprintf(group, sizeof group, "%.*s", (int)(dot - path), path);
    const size_t line = node->key ? node->key_line : node->line;
    const size_t column = node->key ? node->key_column : node->column;
    brg_key_suggest(path, nearest, sizeof nearest);
    const brg_key *above = brg_key_find(group);
    if (above && above->type != BRG_TYPE_GROUP) group[0] = '\0';
    brg_key_list(group, names, sizeof names);
    if (*nearest)
        brg_diag_add(r->diag, r->name, line, column, path, "unknown key, did you mean %s?",
                     nearest);
    else
        brg_diag_add(r->diag, r->name, line, column, path, "unknown key, accepted%s%s: %s",
                     *group ? " in " : "", group, *names ? names : "a key of the guide");
}

static int apply(reading *r, const char *path, const brg_yaml *node) {
    char accepts[240];
    const brg_key *key = brg_key_find(path);
    if (!key) {
        complain_unknown(r, path, node);
        return BRG_OK;
    }
    brg_key_accepts(key, accepts, sizeof accepts);
    const bool group = key->type == BRG_TYPE_GROUP;
    if (node->kind == BRG_YAML_SEQUENCE && key->type == BRG_TYPE_LIST)
        return store_list(r, key, node);
    if (node->kind == BRG_YAML_SEQUENCE || (node->kind == BRG_YAML_MAPPING && !group)) {
        brg_diag_add(r->diag, r->name, node->line, node->column, path,
                     "a %s where %s is needed, accepted: %s",
                     node->kind == BRG_YAML_SEQUENCE ? "list" : "mapping",
                     group ? "a mapping" : "a value", accepts);
        return BRG_OK;
    }
    if (node->kind == BRG_YAML_MAPPING) return apply_children(r, path, node);
    if (!group) return store(r, key, node);
    if (!key->shorthand || (node->plain && !*node->text)) {
        brg_diag_add(r->diag, r->name, node->line, node->column, path,
                     "a value where a mapping is needed, accepted: %s", accepts);
        return BRG_OK;
    }
    /* A plain value for a group stands for the whole mapping: what earlier layers said goes. */
    snprintf(accepts, sizeof accepts, "%s.%s", path, key->shorthand);
    unset_below(r, key);
    return store(r, brg_key_find(accepts), node);
}

static int apply_file(reading *r, const char *text, size_t length) {
    brg_yaml *tree = NULL;
    int status = brg_yaml_parse(&tree, text, length, r->name, true, NULL, r->diag);
    if (status == BRG_OK && tree && tree->kind != BRG_YAML_MAPPING) {
        char names[200];
        brg_key_list("", names, sizeof names);
        brg_diag_add(r->diag, r->name, tree->line, tree->column, NULL,
                     "not a mapping, accepted: a mapping of %s", names);
        status = BRG_EINPUT;
    }
    if (status == BRG_OK && tree) status = apply_children(r, "", tree);
    brg_yaml_destroy(&tree);
    return status;
}

static int apply_override(reading *r, const char *text) {
    char key[128];
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || (size_t)(equals - text) >= sizeof key) {
        brg_diag_add(r->diag, r->name, 0, 0, NULL, "not understood, accepted: KEY=VALUE");
        return BRG_OK;
    }
    snprintf(key, sizeof key, "%.*s", (int)(equals - text), text);
    brg_yaml *tree = NULL;
    int status =
        brg_yaml_parse(&tree, equals + 1, strlen(equals + 1), r->name, false, key, r->diag);
    if (status == BRG_OK && !tree) {
        const brg_yaml nothing = {.kind = BRG_YAML_SCALAR, .text = (char[]){""}, .plain = true};
        status = apply(r, key, &nothing);
    } else if (status == BRG_OK) {
        status = apply(r, key, tree);
    }
    brg_yaml_destroy(&tree);
    return status == BRG_EINPUT ? BRG_OK : status;
}

/* --- from the values to the scenario --- */

static int fill_defaults(reading *r) {
    for (int i = 0; i < BRG_KEY_COUNT; i++) {
        const brg_key *key = brg_key_at((brg_key_id)i);
        if (brg_reading_set(r, (brg_key_id)i)) continue;
        free(r->texts[i]);
        r->texts[i] = NULL;
        r->values[i] = (brg_value){0, 0};
        if (!key->standard) continue;
        char why[120];
        if (!(r->texts[i] = strdup(key->standard))) return BRG_ENOMEM;
        if (brg_key_parse(key, key->standard, true, &r->values[i], why, sizeof why))
            return BRG_EINVAL;
    }
    return BRG_OK;
}

static double pick(const reading *r, brg_key_id id, double otherwise) {
    return brg_reading_set(r, id) ? r->values[id].real : otherwise;
}

/* A class length: its own key, unless slice_ns was given by a later layer. */
static double pick_class(const reading *r, brg_key_id id, double otherwise) {
    const origin *own = &r->origins->at[id], *slice = &r->origins->at[BRG_KEY_SLICE_NS];
    if (own->set && (!slice->set || own->layer >= slice->layer)) return r->values[id].real;
    return slice->set ? r->values[BRG_KEY_SLICE_NS].real : otherwise;
}

static const char *join_technologies(char *to, size_t size) {
    to[0] = '\0';
    for (size_t i = 0; brg_technology_at(i); i++) {
        const size_t length = strlen(to);
        snprintf(to + length, size - length, "%s%s", i ? ", " : "", brg_technology_at(i)->name);
    }
    return to;
}

static void resolve_classes(const reading *r, brg_scenario *s) {
    brg_technology t = *s->technology;
    t.cswap_ns.value = pick_class(r, BRG_KEY_CSWAP_NS, t.cswap_ns.value);
    t.latch_swap_ns.value = pick_class(r, BRG_KEY_LATCH_SWAP_NS, t.latch_swap_ns.value);
    t.register_swap_ns.value = pick_class(r, BRG_KEY_REGISTER_SWAP_NS, t.register_swap_ns.value);
    t.fetch_ns.value = pick_class(r, BRG_KEY_FETCH_NS, t.fetch_ns.value);
    t.readout_ns.value = pick(r, BRG_KEY_READOUT_NS, t.readout_ns.value);
    brg_technology_classes(&t, s->class_ns);
    for (int c = BRG_CLASS_USER; c < BRG_CLASS_COUNT; c++) s->class_ns[c] = t.cswap_ns.value;
    if (!brg_reading_set(r, BRG_KEY_SLICE_NS)) return;
    s->class_ns[BRG_CLASS_IDLE] = r->values[BRG_KEY_SLICE_NS].real;
    s->class_ns[BRG_CLASS_CONTROLLED_SWAP] = t.cswap_ns.value;
}

static brg_key_id class_key(const reading *r, int c) {
    static const brg_key_id own[] = {
        BRG_KEY_SLICE_NS, BRG_KEY_CSWAP_NS, BRG_KEY_LATCH_SWAP_NS, BRG_KEY_REGISTER_SWAP_NS,
        BRG_KEY_FETCH_NS, BRG_KEY_CSWAP_NS, BRG_KEY_SLICE_NS,      BRG_KEY_READOUT_NS};
    const brg_key_id id = c < BRG_CLASS_USER ? own[c] : BRG_KEY_SLICE_NS;
    return brg_reading_set(r, id) || !brg_reading_set(r, BRG_KEY_SLICE_NS) ? id : BRG_KEY_SLICE_NS;
}

uint64_t brg_reading_khz(const reading *r, brg_key_id id) {
    const double khz = r->values[id].real * 1e3, whole = round(khz);
    if (fabs(khz - whole) <= 1e-9 * whole) return (uint64_t)whole;
    brg_reading_blame(r, id, "%s is not a multiple of 1 kHz, accepted: up to three decimals",
                      r->texts[id]);
    return 0;
}

static void resolve_clock(const reading *r, brg_scenario *s) {
    s->clock_mhz = r->values[BRG_KEY_CLOCK_MHZ].real;
    s->clock_khz = brg_reading_khz(r, BRG_KEY_CLOCK_MHZ);
    if (!s->clock_khz) return;
    const double whole = (double)s->clock_khz;
    for (int c = 0; c < BRG_CLASS_COUNT; c++) {
        /* The small allowance keeps a length that is whole but for rounding from growing. */
        const double cycles = s->class_ns[c] * whole / 1e6;
        const double up = ceil(cycles - 1e-9 * (cycles > 1 ? cycles : 1));
        if (up > 4294967295.0) {
            brg_reading_blame(r, class_key(r, c),
                              "%.10g ns are %.0f cycles, accepted: at most 4294967295",
                              s->class_ns[c], up);
            return;
        }
        s->duration_cycles[c] = up < 1 ? 1 : (uint32_t)up;
    }
}

static void resolve_coherence(const reading *r, brg_scenario *s) {
    const brg_technology *t = s->technology;
    const double t1 = pick(r, BRG_KEY_T1_NS, t->t1_ns.value);
    const double t2 = pick(r, BRG_KEY_T2_NS, t->t2_ns.value);
    double tphi = t->tphi_ns.value;
    if (brg_reading_set(r, BRG_KEY_TPHI_NS)) {
        tphi = r->values[BRG_KEY_TPHI_NS].real;
        if (brg_reading_set(r, BRG_KEY_T2_NS))
            brg_reading_blame(r, BRG_KEY_T2_NS, "given beside tphi_ns, accepted: one of the two");
    } else if (s->qram.routers == BRG_THREE_LEVEL) {
        if (brg_reading_set(r, BRG_KEY_T2_NS))
            brg_reading_blame(r, BRG_KEY_T2_NS,
                              "not used by three_level routers, accepted: tphi_ns");
    } else if (brg_reading_set(r, BRG_KEY_T2_NS) || (brg_reading_set(r, BRG_KEY_T1_NS) && t2 > 0)) {
        /* A preset without T2 gives its dephasing directly, whatever T1 is. */
        const brg_key_id id = brg_reading_set(r, BRG_KEY_T2_NS) ? BRG_KEY_T2_NS : BRG_KEY_T1_NS;
        if (t1 > 0 && t2 > 2 * t1 * (1 + 1e-9))
            brg_reading_blame(
                r, id,
                "T2 %.10g ns is above 2*T1 = %.10g ns, accepted: T2 at most 2*T1, or tphi_ns", t2,
                2 * t1);
        /* Without T1 all loss of coherence is pure dephasing. */
        tphi = t1 > 0 ? brg_tphi_ns(t1, t2) : t2;
    }
    s->technology_t1_ns = t1;
    s->technology_t2_ns = t2;
    s->technology_tphi_ns = tphi;
    s->noise.t1_ns = pick(r, BRG_KEY_NOISE_T1_NS, t1);
    s->noise.tphi_ns = pick(r, BRG_KEY_NOISE_TPHI_NS, tphi);
}

char *brg_reading_path(const reading *r, brg_key_id id) {
    const char *path = r->texts[id], *file = r->origins->file;
    const char *slash = strrchr(file, '/');
    if (*path == '/' || !slash || r->origins->at[id].layer > 0) return strdup(path);
    const size_t folder = (size_t)(slash - file) + 1, length = folder + strlen(path) + 1;
    char *full = malloc(length);
    if (full) snprintf(full, length, "%.*s%s", (int)folder, file, path);
    return full;
}

static bool ends_with(const char *text, const char *ending) {
    const size_t m = strlen(text), n = strlen(ending);
    return m >= n && strcmp(text + m - n, ending) == 0;
}

static bool known_program(const char *name) {
    for (size_t i = 0; brg_program_name(i); i++)
        if (strcmp(brg_program_name(i), name) == 0) return true;
    return false;
}

static int resolve_texts(const reading *r, brg_scenario *s) {
    const char *name = r->texts[BRG_KEY_NAME];
    bool printable = *name && strlen(name) <= 64;
    for (const char *p = name; *p; p++) printable = printable && (unsigned char)*p >= 0x20;
    if (!printable)
        brg_reading_blame(r, BRG_KEY_NAME, "not a name, accepted: 1..64 bytes on one line");
    if (!(s->name = strdup(name))) return BRG_ENOMEM;

    const char *program = r->texts[BRG_KEY_PROGRAM];
    if (known_program(program)) {
        s->program = strdup(program);
    } else {
        if (!ends_with(program, ".bqa") && !ends_with(program, ".bqp"))
            brg_reading_blame(
                r, BRG_KEY_PROGRAM,
                "'%.40s' is not known, accepted: bucket_brigade or a .bqa or .bqp file", program);
        s->program = brg_reading_path(r, BRG_KEY_PROGRAM);
    }
    if (!s->program) return BRG_ENOMEM;

    s->image_kind = (brg_image_kind)r->values[BRG_KEY_IMAGE_KIND].integer;
    const bool path = brg_reading_set(r, BRG_KEY_IMAGE_PATH);
    if (s->image_kind == BRG_IMAGE_FILE && !path)
        brg_reading_blame(r, BRG_KEY_IMAGE_KIND,
                          "file without a path, accepted: file with memory.image.path");
    for (int i = BRG_KEY_IMAGE_PATH; i <= BRG_KEY_IMAGE_FORMAT; i++)
        if (s->image_kind != BRG_IMAGE_FILE && brg_reading_set(r, (brg_key_id)i))
            brg_reading_blame(r, (brg_key_id)i, "not used by this kind, accepted: with kind: file");
    if (s->image_kind != BRG_IMAGE_FILE || !path) return BRG_OK;
    if (!(s->image_path = brg_reading_path(r, BRG_KEY_IMAGE_PATH))) return BRG_ENOMEM;
    if (!*r->texts[BRG_KEY_IMAGE_PATH])
        brg_reading_blame(r, BRG_KEY_IMAGE_PATH, "empty, accepted: path of a file");
    s->image_csv = brg_reading_set(r, BRG_KEY_IMAGE_FORMAT)
                       ? r->values[BRG_KEY_IMAGE_FORMAT].integer == 1
                       : ends_with(s->image_path, ".csv");
    return BRG_OK;
}

static int resolve_workload(const reading *r, brg_scenario *s) {
    if (!brg_reading_set(r, BRG_KEY_WORKLOAD_PROGRAM)) return BRG_OK;
    if (!(s->workload_program = brg_reading_path(r, BRG_KEY_WORKLOAD_PROGRAM))) return BRG_ENOMEM;
    if (!*r->texts[BRG_KEY_WORKLOAD_PROGRAM])
        brg_reading_blame(r, BRG_KEY_WORKLOAD_PROGRAM, "empty, accepted: path of an OpenQASM file");
    if (brg_reading_set(r, BRG_KEY_IMAGE_KIND))
        brg_reading_blame(r, BRG_KEY_IMAGE_KIND,
                          "not used with workload.program, accepted: the image of the "
                          "program's table alone");
    return BRG_OK;
}

static void resolve_input(const reading *r, brg_scenario *s) {
    const char *text = r->texts[BRG_KEY_INPUT];
    const uint64_t cells = UINT64_C(1) << brg_table_width(&s->qram);
    bool overflow = false;
    s->input = (brg_input){true, 0};
    if (strcmp(text, "uniform") == 0) return;
    if (strncmp(text, "basis:", 6) || !brg_parse_integer(text + 6, &s->input.index, &overflow)) {
        brg_reading_blame(r, BRG_KEY_INPUT,
                          "'%.40s' is not known, accepted: uniform or basis:INDEX", text);
    } else if (overflow || s->input.index >= cells) {
        brg_reading_blame(r, BRG_KEY_INPUT,
                          "index %.40s is out of range, accepted: basis:0 to basis:%llu", text + 6,
                          (unsigned long long)cells - 1);
    }
    s->input.uniform = false;
}

static void resolve_noise(const reading *r, brg_scenario *s) {
    static const brg_noise_model models[] = {BRG_NOISE_TIMED, BRG_NOISE_PER_SLICE, BRG_NOISE_NONE};
    static const brg_noise_kind kinds[] = {BRG_KIND_DEPOLARIZING, BRG_KIND_X,     BRG_KIND_Z,
                                           BRG_KIND_PHASE,        BRG_KIND_SHIFT, BRG_KIND_DAMPING};
    const brg_value *v = r->values;
    s->noise.model = models[v[BRG_KEY_MODEL].integer];
    s->noise.noisy_registers = v[BRG_KEY_REGISTERS].integer == 0;
    s->noise.gate_error = v[BRG_KEY_GATE_ERROR].real;
    s->noise.kind = kinds[v[BRG_KEY_PER_SLICE_KIND].integer];
    s->noise.probability = v[BRG_KEY_PROBABILITY].real;
    s->method = (brg_method)v[BRG_KEY_METHOD].integer;
    s->trajectories = v[BRG_KEY_TRAJECTORIES].integer;

    const bool two_level = s->qram.routers == BRG_TWO_LEVEL;
    const char *kind = r->texts[BRG_KEY_PER_SLICE_KIND];
    if (two_level && (s->noise.kind == BRG_KIND_PHASE || s->noise.kind == BRG_KIND_SHIFT))
        brg_reading_blame(
            r, BRG_KEY_PER_SLICE_KIND,
            "%s needs three_level routers, accepted with two_level: depolarizing, x, z, damping",
            kind);
    if (!two_level && (s->noise.kind == BRG_KIND_X || s->noise.kind == BRG_KIND_Z))
        brg_reading_blame(
            r, BRG_KEY_PER_SLICE_KIND,
            "%s needs two_level routers, accepted with three_level: depolarizing, phase, shift, "
            "damping",
            kind);
    const char *engine = r->texts[BRG_KEY_ENGINE];
    if (strcmp(engine, "dense") == 0)
        brg_reading_blame(r, BRG_KEY_ENGINE, "%s is not built yet, accepted: full, pruned, density",
                          engine);
    s->engine = strcmp(engine, "density") == 0  ? BRG_ENGINE_DENSITY
                : strcmp(engine, "pruned") == 0 ? BRG_ENGINE_PRUNED
                                                : BRG_ENGINE_FULL;
    if (s->engine == BRG_ENGINE_DENSITY && s->method != BRG_METHOD_REPLAY)
        brg_reading_blame(r, BRG_KEY_ENGINE,
                          "density does not go with method %s, accepted: method: replay",
                          r->texts[BRG_KEY_METHOD]);
}

/* Post-selection needs carriers that can be lost, and trajectories that count them. */
static void resolve_loss_detection(const reading *r, brg_scenario *s) {
    const brg_noise *noise = &s->noise;
    const brg_key_id id = BRG_KEY_LOSS_DETECTION;
    const bool lossy = noise->model == BRG_NOISE_TIMED
                           ? noise->t1_ns > 0
                           : noise->model == BRG_NOISE_PER_SLICE &&
                                 noise->kind == BRG_KIND_DAMPING && noise->probability > 0;
    s->loss_detection = r->values[id].real;
    if (!(s->loss_detection > 0)) return;
    if (s->qram.routers != BRG_THREE_LEVEL)
        brg_reading_blame(r, id,
                          "two_level routers herald no loss, accepted: 0, or "
                          "qram.routers: three_level");
    else if (s->engine == BRG_ENGINE_DENSITY)
        brg_reading_blame(r, id,
                          "does not go with engine density, which counts no losses, "
                          "accepted: 0, or noise.engine: full, pruned");
    else if (s->method == BRG_METHOD_FIRST_ORDER)
        brg_reading_blame(r, id,
                          "does not go with method first_order, which counts no losses, "
                          "accepted: 0, or noise.method: replay, lockstep");
    else if (!lossy)
        brg_reading_blame(r, id,
                          "no carrier is lost in this noise, accepted: 0, or noise.model: "
                          "timed with T1, or per_slice with kind damping");
    else if (s->workload_program)
        brg_reading_blame(r, id,
                          "does not go with workload.program, whose shots are not "
                          "post-selected, accepted: 0");
}

static void resolve_pages(const reading *r, brg_scenario *s) {
    const uint64_t pages = r->values[BRG_KEY_PAGES].integer;
    if (pages & (pages - 1))
        brg_reading_blame(r, BRG_KEY_PAGES, "%s is not a power of two, accepted: 1, 2, 4 to 4096",
                          r->texts[BRG_KEY_PAGES]);
    while (pages >> (s->qram.page_bits + 1)) s->qram.page_bits++;
    if (s->qram.address_width + s->qram.page_bits > BRG_MAX_ADDRESS_WIDTH)
        brg_reading_blame(r, BRG_KEY_PAGES,
                          "%" PRIu64 " pages of 2^%" PRIu32
                          " cells, accepted: tables of at most 2^%d cells",
                          pages, s->qram.address_width, BRG_MAX_ADDRESS_WIDTH);
}

static int resolve(reading *r, brg_scenario *s) {
    int status = fill_defaults(r);
    if (status) return status;
    const brg_value *v = r->values;
    char names[400];
    s->seed = v[BRG_KEY_SEED].integer;
    s->qram = (brg_qram){.routers = v[BRG_KEY_ROUTERS].integer ? BRG_THREE_LEVEL : BRG_TWO_LEVEL,
                         .address_width = (uint32_t)v[BRG_KEY_ADDRESS_WIDTH].integer,
                         .word_width = (uint32_t)v[BRG_KEY_WORD_WIDTH].integer};
    resolve_pages(r, s);
    s->page_wait = v[BRG_KEY_PAGE_WAIT].integer ? BRG_PAGE_WAIT_ENTRY : BRG_PAGE_WAIT_FETCH;
    s->memory_latency_ns = v[BRG_KEY_LATENCY_NS].real;
    s->memory_bandwidth_gb_per_s = v[BRG_KEY_BANDWIDTH].real;
    s->queries = (uint32_t)v[BRG_KEY_QUERIES].integer;
    if ((status = resolve_texts(r, s))) return status;
    if ((status = resolve_workload(r, s))) return status;
    resolve_input(r, s);
    resolve_noise(r, s);
    s->technology = brg_technology_find(r->texts[BRG_KEY_TECHNOLOGY_BASE]);
    if (!s->technology) {
        brg_reading_blame(r, BRG_KEY_TECHNOLOGY_BASE, "'%.40s' is not known, accepted: %s",
                          r->texts[BRG_KEY_TECHNOLOGY_BASE],
                          join_technologies(names, sizeof names));
        return BRG_EINPUT;
    }
    resolve_classes(r, s);
    resolve_clock(r, s);
    resolve_coherence(r, s);
    resolve_loss_detection(r, s);
    if ((status = brg_reading_memory(r, s))) return status;
    brg_reading_qec(r, s);
    return BRG_OK;
}

static int name_layers(struct brg_scenario_origins *o, const char *name,
                       const char *const *overrides, size_t count) {
    if (!(o->file = strdup(name))) return BRG_ENOMEM;
    if (!(o->overrides = calloc(count + 1, sizeof *o->overrides))) return BRG_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const size_t size = strlen(overrides[i]) + 8;
        char *text = malloc(size);
        if (!text) return BRG_ENOMEM;
        snprintf(text, size, "--set %s", overrides[i]);
        o->overrides[o->override_count++] = text;
    }
    return BRG_OK;
}

int brg_scenario_parse(brg_scenario **out, const char *text, size_t length, const char *name,
                       const char *const *overrides, size_t override_count, brg_diag *diag) {
    int status = BRG_ENOMEM;
    const size_t before = brg_diag_count(diag);
    *out = NULL;
    reading *r = calloc(1, sizeof *r);
    brg_scenario *s = calloc(1, sizeof *s);
    if (!r || !s || !(s->origins = calloc(1, sizeof *s->origins))) goto out;
    r->origins = s->origins;
    r->diag = diag;
    if ((status = name_layers(s->origins, name, overrides, override_count))) goto out;

    r->name = s->origins->file;
    status = apply_file(r, text, length);
    for (size_t i = 0; i < override_count && status == BRG_OK; i++) {
        r->layer = i + 1;
        r->name = s->origins->overrides[i];
        status = apply_override(r, overrides[i]);
    }
    if (status == BRG_OK && brg_diag_count(diag) > before) status = BRG_EINPUT;
    /* Checks across keys would only repeat what a value already refused has caused. */
    if (status == BRG_OK) status = resolve(r, s);
    if (status == BRG_OK && brg_diag_count(diag) > before) status = BRG_EINPUT;
out:
    if (r)
        for (int i = 0; i < BRG_KEY_COUNT; i++) free(r->texts[i]);
    free(r);
    if (status) brg_scenario_destroy(&s);
    *out = s;
    return status;
}

int brg_scenario_load(brg_scenario **out, const char *path, const char *const *overrides,
                      size_t override_count, brg_diag *diag) {
    void *data = NULL;
    size_t length = 0;
    *out = NULL;
    int status = brg_read_file(&data, &length, path, BRG_YAML_MAX_BYTES, diag);
    if (status == BRG_OK)
        status = brg_scenario_parse(out, data, length, path, overrides, override_count, diag);
    free(data);
    return status;
}

void brg_scenario_destroy(brg_scenario **scenario) {
    brg_scenario *s = *scenario;
    *scenario = NULL;
    if (!s) return;
    if (s->origins) {
        for (size_t i = 0; i < s->origins->override_count; i++) free(s->origins->overrides[i]);
        free(s->origins->overrides);
        free(s->origins->file);
    }
    free(s->origins);
    free(s->name);
    free(s->program);
    free(s->image_path);
    free(s->workload_program);
    free(s->dram_part_name);
    for (int t = 0; t < BRG_TIER_COUNT; t++) {
        free(s->tier[t].trace_path);
        brg_tier_trace_destroy(&s->tier[t].trace);
    }
    free(s);
}
