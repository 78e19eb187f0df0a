/* SPDX-License-Identifier: Apache-2.0 */
/* Detection samples per second to b8 on one thread, rotated_memory_z with rounds = d, beside a
 * plain loop that carries one frame at a time and asks each place of noise. Ends with 1 when the
 * frame sampler misses its floor divided by --slack. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/ecc/frame.h"

static double cpu_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t next(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* One shot at a time; only what generated circuits contain. */
typedef struct plain {
    const brg_circuit *circuit;
    uint64_t random;
    uint8_t *x, *z, *records, *shot;
    uint64_t record, detector;
} plain;

static void plain_pauli(plain *s, uint32_t q, unsigned pauli) {
    s->x[q] ^= pauli == 1 || pauli == 2;
    s->z[q] ^= pauli >= 2;
}

static void plain_op(plain *s, const brg_circuit_op *op) {
    const brg_circuit *c = s->circuit;
    const uint32_t *t = c->targets + op->first_target;
    const double p = op->arg_count ? c->args[op->first_arg] : 0;
    const uint64_t limit = p < 1 ? (uint64_t)(p * 0x1p64) : UINT64_MAX;
    const uint32_t n = op->target_count;
    uint8_t parity = 0;
    switch (op->gate) {
        case BRG_GATE_H:
            for (uint32_t k = 0; k < n; k++) {
                const uint8_t x = s->x[t[k]];
                s->x[t[k]] = s->z[t[k]];
                s->z[t[k]] = x;
            }
            break;
        case BRG_GATE_CX:
            for (uint32_t k = 0; k < n; k += 2) {
                s->x[t[k + 1]] ^= s->x[t[k]];
                s->z[t[k]] ^= s->z[t[k + 1]];
            }
            break;
        case BRG_GATE_R:
            for (uint32_t k = 0; k < n; k++) s->x[t[k]] = s->z[t[k]] = 0;
            break;
        case BRG_GATE_M:
        case BRG_GATE_MR:
            for (uint32_t k = 0; k < n; k++) {
                s->records[s->record++] = s->x[t[k]];
                if (op->gate == BRG_GATE_MR) s->x[t[k]] = s->z[t[k]] = 0;
            }
            break;
        case BRG_GATE_X_ERROR:
            for (uint32_t k = 0; k < n; k++)
                if (next(&s->random) < limit) plain_pauli(s, t[k], 1);
            break;
        case BRG_GATE_DEPOLARIZE1:
            for (uint32_t k = 0; k < n; k++)
                if (next(&s->random) < limit)
                    plain_pauli(s, t[k], 1 + (unsigned)(next(&s->random) % 3));
            break;
        case BRG_GATE_DEPOLARIZE2:
            for (uint32_t k = 0; k < n; k += 2)
                if (next(&s->random) < limit) {
                    const unsigned which = 1 + (unsigned)(next(&s->random) % 15);
                    plain_pauli(s, t[k], which / 4);
                    plain_pauli(s, t[k + 1], which % 4);
                }
            break;
        case BRG_GATE_DETECTOR:
        case BRG_GATE_OBSERVABLE_INCLUDE:
            for (uint32_t k = 0; k < n; k++)
                parity ^= s->records[s->record - (t[k] & BRG_TARGET_VALUE)];
            /* These circuits have one observable, after the last detector. */
            s->shot[s->detector / 8] =
                (uint8_t)(s->shot[s->detector / 8] | parity << (s->detector % 8));
            s->detector += op->gate == BRG_GATE_DETECTOR;
            break;
        default:
            break;
    }
}

static void plain_block(plain *s, uint32_t block) {
    for (uint32_t i = 0; i < s->circuit->blocks[block].count; i++) {
        const brg_circuit_op *op = &s->circuit->blocks[block].ops[i];
        if (op->gate == BRG_GATE_REPEAT)
            for (uint64_t r = 0; r < op->repeats; r++) plain_block(s, op->block);
        else
            plain_op(s, op);
    }
}

/* Shots per second of the plain loop and the mean of its detection bits. */
static double run_plain(const brg_circuit *c, uint64_t shots, double *mean) {
    const size_t bytes = (size_t)(c->detectors + c->observables + 7) / 8;
    uint8_t *memory = calloc(2 * (size_t)c->qubits + (size_t)c->measurements + bytes, 1);
    if (!memory) return 0;
    plain s = {.circuit = c, .random = 1, .x = memory};
    s.z = s.x + c->qubits;
    s.records = s.z + c->qubits;
    s.shot = s.records + c->measurements;
    uint64_t ones = 0;
    const double start = cpu_s();
    for (uint64_t i = 0; i < shots; i++) {
        s.record = s.detector = 0;
        memset(s.x, 0, 2 * (size_t)c->qubits);
        memset(s.shot, 0, bytes);
        plain_block(&s, 0);
        for (size_t k = 0; k < bytes; k++) ones += (uint64_t)__builtin_popcount(s.shot[k]);
    }
    const double seconds = cpu_s() - start;
    *mean = (double)ones / (double)shots;
    free(memory);
    return (double)shots / seconds;
}

/* Best of several parts, since other work on the machine only ever slows one down. */
static double run_frames(brg_sampler *sampler, const brg_circuit *c, uint64_t batches,
                         double *mean) {
    const size_t bytes = (size_t)(c->detectors + c->observables + 7) / 8;
    uint8_t *shots = malloc(bytes * BRG_SAMPLER_BATCH);
    if (!shots) return 0;
    double best = 0;
    uint64_t ones = 0;
    for (uint64_t part = 0; part < 5; part++) {
        const double start = cpu_s();
        for (uint64_t b = 0; b < batches; b++)
            brg_sampler_detections(sampler, part * batches + b, shots, bytes, true, NULL);
        const double rate = (double)(batches * BRG_SAMPLER_BATCH) / (cpu_s() - start);
        if (rate > best) best = rate;
        for (size_t k = 0; k < bytes * BRG_SAMPLER_BATCH; k++)
            ones += (uint64_t)__builtin_popcount(shots[k]);
    }
    free(shots);
    *mean = (double)ones / (5.0 * BRG_SAMPLER_BATCH);
    return best;
}

int main(int argc, char **argv) {
    static const struct {
        uint32_t distance;
        double floor; /* million shots per second at p = 0.001 */
    } cases[] = {{5, 12.8}, {7, 6.4}, {11, 2.1}};
    static const char *const kernels[] = {"base", "avx2", "avx512"};
    const double slack = argc == 3 && strcmp(argv[1], "--slack") == 0 ? atof(argv[2]) : 1;
    int status = 0;
    for (unsigned k = 0; k < 3; k++) {
        const double p = 0.001;
        const uint32_t d = cases[k].distance;
        const brg_ecc_task task = {
            BRG_CODE_SURFACE_ROTATED_Z, BRG_ECC_CIRCUIT_LEVEL, d, d, p, p, p, p};
        brg_circuit *c = NULL;
        brg_sampler *sampler = NULL;
        if (brg_circuit_generate(&c, &task) || brg_sampler_new(&sampler, c, 1, NULL)) return 1;
        double plain_mean = 0, mean = 0;
        const double plain_rate = run_plain(c, 4000000 / (d * d * d), &plain_mean);
        double best = 0;
        for (unsigned v = 0; v < 3; v++) {
            if (brg_sampler_use_kernels(sampler, kernels[v])) {
                printf("d=%u %s: this machine has none\n", d, kernels[v]);
                continue;
            }
            const double rate = run_frames(sampler, c, 100000 / (d * d * d), &mean);
            if (rate > best) best = rate;
            printf(
                "d=%-2u p=%g %-6s %6.2f M shots/s, plain loop %.4f, ratio %.0f; ones per shot "
                "%.3f, plain %.3f\n",
                d, p, kernels[v], rate * 1e-6, plain_rate * 1e-6, rate / plain_rate, mean,
                plain_mean);
        }
        printf("d=%-2u best %.2f M shots/s (floor %.1f, slack %g)\n", d, best * 1e-6,
               cases[k].floor, slack);
        if (!(best * 1e-6 * slack >= cases[k].floor)) status = 1;
        brg_sampler_destroy(&sampler);
        brg_circuit_destroy(&c);
    }
    return status;
}
