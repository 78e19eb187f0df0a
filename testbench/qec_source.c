/* SPDX-License-Identifier: Apache-2.0 */
/* Circuits from files or generators, numbers of options, output files. */
#include "testbench/qec_source.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/image.h"
#include "testbench/json.h"
#include "testbench/qec_collect.h"
#include "testbench/run.h"

void brg_qec_free_texts(char **texts) {
    for (char **text = texts; text && *text; text++) free(*text);
    free(texts);
}

void brg_qec_source_clear(brg_qec_source *s) {
    brg_qec_free_texts(s->files);
    brg_qec_free_texts(s->distance);
    brg_qec_free_texts(s->p);
    free(s->code);
    free(s->task);
    free(s->noise);
    free(s->rounds);
    free(s->after_clifford);
    free(s->before_measure);
    free(s->after_reset);
    free(s->before_round);
    *s = (brg_qec_source){0};
}

bool brg_qec_source_generates(const brg_qec_source *s) {
    return s->code || s->task || s->noise || s->rounds || s->distance || s->p ||
           s->after_clifford || s->before_measure || s->after_reset || s->before_round;
}

int brg_qec_number(double *to, const char *option, const char *text, double low, double high,
                   brg_diag *diag) {
    char *end;
    /* strtod would take hexadecimal, infinity and leading blanks as well. */
    const bool plain = *text && strspn(text, "0123456789+-.eE") == strlen(text);
    const double value = strtod(text, &end);
    if (plain && !*end && value >= low && value <= high) {
        *to = value;
        return BRG_OK;
    }
    brg_diag_add(diag, option, 0, 0, NULL, "%s is %s, accepted: a number %g..%g", text,
                 plain && !*end ? "out of range" : "not a number", low, high);
    return BRG_EINPUT;
}

int brg_qec_integer(uint64_t *to, const char *option, const char *text, uint64_t low, uint64_t high,
                    brg_diag *diag) {
    const bool plain = *text && strspn(text, "0123456789") == strlen(text);
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (plain && !errno && value >= low && value <= high) {
        *to = value;
        return BRG_OK;
    }
    brg_diag_add(diag, option, 0, 0, NULL, "%s is %s, accepted: an integer %" PRIu64 "..%" PRIu64,
                 text, plain ? "out of range" : "not an integer", low, high);
    return BRG_EINPUT;
}

/* Calls `take` with each text between commas of each element. */
static int each_text(char **texts, const char *option,
                     int (*take)(brg_qec_source *, const char *, brg_diag *), brg_qec_source *s,
                     brg_diag *diag) {
    int status = BRG_OK;
    for (char **text = texts; text && *text; text++) {
        const char *p = *text;
        do {
            char one[64];
            const size_t length = strcspn(p, ",");
            if (length >= sizeof one) {
                brg_diag_add(diag, option, 0, 0, NULL, "%s is not a number", p);
                return BRG_EINPUT;
            }
            snprintf(one, sizeof one, "%.*s", (int)length, p);
            if (take(s, one, diag)) status = BRG_EINPUT;
            p += length;
        } while (*p++ == ',');
    }
    return status;
}

static int too_many(const char *option, brg_diag *diag) {
    brg_diag_add(diag, option, 0, 0, NULL, "too many values, accepted: at most %d", BRG_QEC_LIST);
    return BRG_EINPUT;
}

static int take_distance(brg_qec_source *s, const char *text, brg_diag *diag) {
    uint64_t value;
    const uint64_t most = s->base.code == BRG_CODE_REPETITION ? 101 : 31;
    if (s->distance_count == BRG_QEC_LIST) return too_many("--distance", diag);
    if (brg_qec_integer(&value, "--distance", text, 2, most, diag)) return BRG_EINPUT;
    s->distances[s->distance_count++] = (uint32_t)value;
    return BRG_OK;
}

static int take_rate(brg_qec_source *s, const char *text, brg_diag *diag) {
    if (s->rate_count == BRG_QEC_LIST) return too_many("--p", diag);
    if (brg_qec_number(&s->rates[s->rate_count], "--p", text, 0, 1, diag)) return BRG_EINPUT;
    s->rate_count++;
    return BRG_OK;
}

static int blame(brg_diag *diag, const char *option, const char *value, const char *accepted) {
    if (value)
        brg_diag_add(diag, option, 0, 0, NULL, "%s is not known, accepted: %s", value, accepted);
    else
        brg_diag_add(diag, option, 0, 0, NULL, "is missing, accepted: %s", accepted);
    return BRG_EINPUT;
}

static int take_code(brg_qec_source *s, brg_diag *diag) {
    const bool surface = s->code && strcmp(s->code, "surface_code") == 0;
    const bool repetition = s->code && strcmp(s->code, "repetition_code") == 0;
    if (!surface && !repetition)
        return blame(diag, "--code", s->code, "surface_code, repetition_code");
    if (surface && s->task && strcmp(s->task, "rotated_memory_z") == 0)
        s->base.code = BRG_CODE_SURFACE_ROTATED_Z;
    else if (surface && s->task && strcmp(s->task, "rotated_memory_x") == 0)
        s->base.code = BRG_CODE_SURFACE_ROTATED_X;
    else if (repetition && s->task && strcmp(s->task, "memory") == 0)
        s->base.code = BRG_CODE_REPETITION;
    else
        return blame(diag, "--task", s->task,
                     surface ? "rotated_memory_z, rotated_memory_x" : "memory");
    return BRG_OK;
}

static const char *const noises[] = {"circuit", "phenomenological", "code_capacity"};

static int take_noise(brg_qec_source *s, brg_diag *diag) {
    for (int i = 0; i < 3; i++) {
        if (s->noise && strcmp(s->noise, noises[i])) continue;
        s->base.noise = (brg_ecc_noise)i;
        return BRG_OK;
    }
    return blame(diag, "--noise", s->noise, "circuit, phenomenological, code_capacity");
}

static int take_place(double *to, const char *option, const char *text, brg_diag *diag) {
    *to = -1;
    return text ? brg_qec_number(to, option, text, 0, 1, diag) : BRG_OK;
}

static int check_generator(brg_qec_source *s, bool many, brg_diag *diag) {
    brg_ecc_task *t = &s->base;
    int status = take_code(s, diag);
    if (take_noise(s, diag)) status = BRG_EINPUT;
    if (!s->distance) status = blame(diag, "--distance", NULL, "an integer from 2");
    if (each_text(s->distance, "--distance", take_distance, s, diag)) status = BRG_EINPUT;
    if (each_text(s->p, "--p", take_rate, s, diag)) status = BRG_EINPUT;
    if (s->rounds && brg_qec_integer(&t->rounds, "--rounds", s->rounds, 1, UINT64_C(1) << 40, diag))
        status = BRG_EINPUT;
    if (take_place(&t->after_clifford_depolarization, "--after_clifford_depolarization",
                   s->after_clifford, diag) |
        take_place(&t->before_measure_flip, "--before_measure_flip_probability", s->before_measure,
                   diag) |
        take_place(&t->after_reset_flip, "--after_reset_flip_probability", s->after_reset, diag) |
        take_place(&t->before_round_data_depolarization, "--before_round_data_depolarization",
                   s->before_round, diag))
        status = BRG_EINPUT;
    if (!many && !status && (s->distance_count > 1 || s->rate_count > 1)) {
        const char *option = s->distance_count > 1 ? "--distance" : "--p";
        brg_diag_add(diag, option, 0, 0, NULL, "several values, accepted: one");
        status = BRG_EINPUT;
    }
    if (!status && !s->rate_count) s->rates[s->rate_count++] = 0;
    return status;
}

int brg_qec_source_check(brg_qec_source *s, const char *option, bool many, brg_diag *diag) {
    s->file_count = s->distance_count = s->rate_count = 0;
    while (s->files && s->files[s->file_count]) s->file_count++;
    if (brg_qec_source_generates(s)) {
        if (s->file_count && !many) {
            brg_diag_add(diag, option, 0, 0, NULL,
                         "given with --code and its like, accepted: a file or a generator");
            return BRG_EINPUT;
        }
        return check_generator(s, many, diag);
    }
    if (s->file_count > 1 && !many) {
        brg_diag_add(diag, option, 0, 0, NULL, "several files, accepted: one");
        return BRG_EINPUT;
    }
    if (s->file_count) return BRG_OK;
    brg_diag_add(
        diag, option ? option : "--code", 0, 0, NULL, "is missing, accepted: %s",
        option ? "files, or --code, --task, --distance, --p" : "surface_code, repetition_code");
    return BRG_EINPUT;
}

size_t brg_qec_source_count(const brg_qec_source *s) {
    return s->file_count + s->distance_count * s->rate_count;
}

int brg_qec_read_circuit(brg_circuit **out, const char *path, brg_diag *diag) {
    void *text = NULL;
    size_t length = 0;
    const bool standard = strcmp(path, "-") == 0;
    int status =
        brg_read_file(&text, &length, standard ? "/dev/stdin" : path, BRG_QEC_MOST_BYTES, diag);
    if (status == BRG_EIO) status = BRG_EINPUT;
    if (!status) status = brg_circuit_parse(out, text, length, standard ? "stdin" : path, diag);
    free(text);
    return status;
}

/* Adds messages about what a file means to those about how it reads, under the name of the file. */
static void take_messages(brg_diag *to, const char *file, const brg_diag *from) {
    for (size_t i = 0; i < brg_diag_count(from); i++)
        brg_diag_add(to, file, 0, 0, NULL, "%s", brg_diag_message(from, i));
}

int brg_qec_model(brg_dem **out, const brg_circuit *circuit, bool decompose, const char *file,
                  brg_diag *diag) {
    brg_diag *found = NULL;
    int status = brg_diag_new(&found);
    if (!status) status = brg_dem_from_circuit(out, circuit, decompose, found);
    if (found) take_messages(diag, file, found);
    brg_diag_destroy(&found);
    return status;
}

int brg_qec_sampler(brg_sampler **out, const brg_circuit *circuit, uint64_t seed, const char *file,
                    brg_diag *diag) {
    brg_diag *found = NULL;
    int status = brg_diag_new(&found);
    if (!status) status = brg_sampler_new(out, circuit, seed, found);
    if (found) take_messages(diag, file, found);
    brg_diag_destroy(&found);
    return status;
}

int brg_qec_graph(brg_graph **out, const brg_dem *dem, const char *file, brg_diag *diag) {
    brg_diag *found = NULL;
    int status = brg_diag_new(&found);
    if (!status && (!dem->detectors || !dem->observables)) {
        brg_diag_add(found, NULL, 0, 0, NULL,
                     "no %s, accepted: a model with detectors and observables",
                     dem->detectors ? "observables" : "detectors");
        status = BRG_EINPUT;
    }
    if (!status) status = brg_graph_from_dem(out, dem, BRG_QEC_MAX_WEIGHT, found);
    if (found) take_messages(diag, file, found);
    brg_diag_destroy(&found);
    return status;
}

/* Keys in order, so that the strong id is that of a Python dictionary written in this order. */
static json_t *describe(const brg_qec_source *s, const brg_ecc_task *t, double p) {
    json_t *j = json_object();
    int bad = !j || json_object_set_new(j, "code", json_string(s->code)) ||
              json_object_set_new(j, "d", json_integer((json_int_t)t->distance)) ||
              json_object_set_new(j, "noise", json_string(noises[t->noise]));
    if (s->p) bad = bad || json_object_set_new(j, "p", json_real(p));
    bad = bad || json_object_set_new(j, "r", json_integer((json_int_t)t->rounds)) ||
          json_object_set_new(j, "task", json_string(s->task));
    const struct {
        const char *text, *key;
        double value;
    } places[] = {
        {s->after_clifford, "after_clifford_depolarization", t->after_clifford_depolarization},
        {s->before_measure, "before_measure_flip_probability", t->before_measure_flip},
        {s->after_reset, "after_reset_flip_probability", t->after_reset_flip},
        {s->before_round, "before_round_data_depolarization", t->before_round_data_depolarization}};
    for (int i = 0; i < 4 && !bad; i++)
        if (places[i].text) bad = json_object_set_new(j, places[i].key, json_real(places[i].value));
    if (!bad) return j;
    json_decref(j);
    return NULL;
}

int brg_qec_source_get(brg_circuit **out, json_t **metadata, const char **name,
                       const brg_qec_source *s, size_t i, brg_diag *diag) {
    *out = NULL;
    if (metadata) *metadata = NULL;
    int status;
    if (i < s->file_count) {
        if (name) *name = s->files[i];
        if (metadata && !(*metadata = json_pack("{s:s}", "path", s->files[i]))) {
            brg_diag_add(diag, s->files[i], 0, 0, NULL, "the name is not UTF-8");
            return BRG_EINPUT;
        }
        status = brg_qec_read_circuit(out, s->files[i], diag);
    } else {
        const double p = s->rates[(i - s->file_count) % s->rate_count];
        brg_ecc_task t = s->base;
        if (name) *name = s->code;
        t.distance = s->distances[(i - s->file_count) / s->rate_count];
        if (!s->rounds) t.rounds = t.distance;
        if (t.after_clifford_depolarization < 0) t.after_clifford_depolarization = p;
        if (t.before_measure_flip < 0) t.before_measure_flip = p;
        if (t.after_reset_flip < 0) t.after_reset_flip = p;
        if (t.before_round_data_depolarization < 0) t.before_round_data_depolarization = p;
        if (t.noise == BRG_ECC_CODE_CAPACITY) t.rounds = 1;
        if (metadata && !(*metadata = describe(s, &t, p))) return BRG_ENOMEM;
        status = brg_circuit_generate(out, &t);
        if (status == BRG_EINVAL) {
            brg_diag_add(diag, "--rounds", 0, 0, NULL,
                         "%" PRIu64 " rounds of distance %" PRIu32
                         " are more than 2^40 records, accepted: fewer rounds",
                         t.rounds, t.distance);
            status = BRG_EINPUT;
        }
    }
    if (status && metadata) {
        json_decref(*metadata);
        *metadata = NULL;
    }
    return status;
}

static bool is_special(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

int brg_qec_output_check(const char *option, const char *path, brg_diag *diag) {
    if (!path || strcmp(path, "-") == 0 || is_special(path)) return BRG_OK;
    return brg_run_check_output(option, path, diag);
}

int brg_qec_output_open(brg_qec_output *out, const char *path) {
    *out = (brg_qec_output){0};
    if (!path || strcmp(path, "-") == 0) {
        out->to = stdout;
        return BRG_OK;
    }
    if (is_special(path)) {
        out->to = fopen(path, "wb");
        return out->to ? BRG_OK : BRG_EIO;
    }
    out->target = brg_output_target(path);
    if (!out->target) return BRG_EIO;
    const size_t size = strlen(out->target) + 32;
    out->temporary = malloc(size);
    if (out->temporary) {
        snprintf(out->temporary, size, "%s.%ld.tmp", out->target, (long)getpid());
        out->to = fopen(out->temporary, "wb");
    }
    if (out->to) return BRG_OK;
    const int reason = errno;
    free(out->target);
    free(out->temporary);
    *out = (brg_qec_output){0};
    errno = reason;
    return BRG_EIO;
}

int brg_qec_output_close(brg_qec_output *out, bool keep) {
    if (!out->to) return BRG_OK;
    int status = fflush(out->to) || ferror(out->to) ? BRG_EIO : BRG_OK;
    int reason = errno;
    if (out->to != stdout && fclose(out->to) && !status) status = BRG_EIO, reason = errno;
    if (out->temporary && keep && !status && rename(out->temporary, out->target))
        status = BRG_EIO, reason = errno;
    if (out->temporary && (!keep || status)) unlink(out->temporary);
    free(out->target);
    free(out->temporary);
    *out = (brg_qec_output){0};
    errno = reason;
    return status;
}
