/* SPDX-License-Identifier: Apache-2.0 */
/* Pauli-frame sampling: the handle, random words, choice of the kernels. */
#include "model/ecc/frame.h"

#include <Random123/philox.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE_FRAME = 1002 };

struct brg_sampler {
    const brg_circuit *circuit; /* borrowed */
    brg_frame_program program;
    const brg_frame_kernels *kernels;
    brg_frame_run run;
    void *memory;
    uint8_t *reference; /* made when records are first asked for */
    bool random_observables;
};

void brg_frame_random(uint64_t *out, const brg_frame_run *run, brg_frame_purpose purpose,
                      uint64_t first, size_t blocks) {
    const philox4x64_key_t key = {{run->seed, PURPOSE_FRAME}};
    for (size_t i = 0; i < blocks; i++) {
        const philox4x64_ctr_t counter = {
            {first + i, run->execution, run->batch, (uint64_t)purpose}};
        const philox4x64_ctr_t block = philox4x64(counter, key);
        memcpy(out + 4 * i, block.v, sizeof block.v);
    }
}

static const brg_frame_kernels *usable(const char *name) {
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2");
    const bool avx512 =
        avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
    if (avx512 && (!name || strcmp(name, "avx512") == 0)) return &brg_frame_avx512;
    if (avx2 && (!name || strcmp(name, "avx2") == 0)) return &brg_frame_avx2;
#endif
    return !name || strcmp(name, "base") == 0 ? &brg_frame_base : NULL;
}

int brg_sampler_use_kernels(brg_sampler *sampler, const char *name) {
    if (!sampler || !name) return BRG_EINVAL;
    const brg_frame_kernels *kernels = usable(name);
    if (!kernels) return BRG_EINVAL;
    sampler->kernels = kernels;
    return BRG_OK;
}

const char *brg_sampler_kernels(const brg_sampler *sampler) {
    return sampler->kernels->name;
}

/* One block of memory for all rows of a batch. */
static int allocate(brg_sampler *s) {
    const size_t rows = (size_t)s->program.qubits * 2 + s->program.ring;
    const size_t words = rows * BRG_FRAME_WORDS + (BRG_FRAME_GROUPS + 1) * BRG_FRAME_GROUP_WORDS;
    s->memory = aligned_alloc(64, words * sizeof(uint64_t));
    if (!s->memory) return BRG_ENOMEM;
    s->run.frame = s->memory;
    s->run.records = s->run.frame + (size_t)s->program.qubits * 2 * BRG_FRAME_WORDS;
    s->run.output = s->run.records + (size_t)s->program.ring * BRG_FRAME_WORDS;
    s->run.observables = s->run.output + BRG_FRAME_GROUPS * BRG_FRAME_GROUP_WORDS;
    return BRG_OK;
}

/* Frames that start from every Pauli a state does not feel, without noise, move exactly the
 * records that are random; 1024 shots miss one with probability 2^-1024. */
static int check_detectors(brg_sampler *s, brg_diag *diag) {
    brg_frame_run *r = &s->run;
    r->gauge = true;
    s->kernels->run(r);
    r->gauge = false;
    if (r->first_nonzero < s->program.detectors) {
        brg_diag_add(diag, "", 0, 0, "DETECTOR",
                     "detector %" PRIu64 " is not deterministic without noise", r->first_nonzero);
        return BRG_EINPUT;
    }
    s->random_observables = r->first_nonzero != UINT64_MAX;
    return BRG_OK;
}

int brg_sampler_new(brg_sampler **out, const brg_circuit *circuit, uint64_t seed, brg_diag *diag) {
    if (!out || !circuit) return BRG_EINVAL;
    *out = NULL;
    brg_sampler *s = calloc(1, sizeof *s);
    if (!s) return BRG_ENOMEM;
    s->circuit = circuit;
    s->kernels = usable(NULL);
    s->run.program = &s->program;
    s->run.seed = seed;
    int status = brg_frame_compile(&s->program, circuit, diag);
    if (!status) status = allocate(s);
    if (!status) status = check_detectors(s, diag);
    if (status)
        brg_sampler_destroy(&s);
    else
        *out = s;
    return status;
}

void brg_sampler_destroy(brg_sampler **sampler) {
    if (!sampler || !*sampler) return;
    brg_frame_program_free(&(*sampler)->program);
    free((*sampler)->memory);
    free((*sampler)->reference);
    free(*sampler);
    *sampler = NULL;
}

int brg_sampler_detections(brg_sampler *sampler, uint64_t batch, uint8_t *shots, size_t stride,
                           bool append_observables, uint64_t *observables) {
    if (!sampler) return BRG_EINVAL;
    const uint64_t bits =
        sampler->program.detectors + (append_observables ? sampler->program.observables : 0);
    if (!shots || stride < (bits + 7) / 8) return BRG_EINVAL;
    brg_frame_run *r = &sampler->run;
    r->batch = batch;
    r->noise = true;
    r->gauge = sampler->random_observables;
    r->reference = NULL;
    r->shots = shots;
    r->stride = stride;
    r->append_observables = append_observables;
    r->shot_observables = append_observables ? NULL : observables;
    sampler->kernels->run(r);
    return BRG_OK;
}

static int make_reference(brg_sampler *s) {
    if (s->reference) return BRG_OK;
    if (s->program.measurements > SIZE_MAX - 1) return BRG_ENOMEM;
    s->reference = malloc((size_t)s->program.measurements + 1);
    if (!s->reference) return BRG_ENOMEM;
    const int status = brg_tableau_sample(s->reference, s->circuit, 0, 0, true);
    if (!status) return BRG_OK;
    free(s->reference);
    s->reference = NULL;
    return status;
}

int brg_sampler_records(brg_sampler *sampler, uint64_t batch, uint8_t *shots, size_t stride) {
    if (!sampler || !shots || stride < (sampler->program.measurements + 7) / 8) return BRG_EINVAL;
    const int status = make_reference(sampler);
    if (status) return status;
    brg_frame_run *r = &sampler->run;
    r->batch = batch;
    r->noise = true;
    r->gauge = true;
    r->reference = sampler->reference;
    r->shots = shots;
    r->stride = stride;
    r->append_observables = false;
    r->shot_observables = NULL;
    sampler->kernels->run(r);
    return BRG_OK;
}
