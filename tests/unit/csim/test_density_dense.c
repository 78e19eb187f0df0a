/* SPDX-License-Identifier: Apache-2.0 */
/* The sparse density engine against a plain dense matrix: every entry stored, basis strings as
 * arrays of digits, Kraus operators written out here and applied from both sides. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "csim/density.h"
#include "exact_schedule.h"
#include "test.h"

enum { MAX_CELLS = 6, MAX_OPS = 9 };

typedef struct dense {
    brg_run_config config;
    unsigned d, cells;
    size_t dim;
    double complex *rho, *other, *sum;
} dense;

typedef struct kraus_set {
    unsigned count;
    double complex op[MAX_OPS][3][3];
} kraus_set;

static void digits_of(const dense *r, size_t index, unsigned *digit) {
    for (unsigned c = 0; c < r->cells; c++, index /= r->d) digit[c] = (unsigned)(index % r->d);
}

static size_t index_of(const dense *r, const unsigned *digit) {
    size_t index = 0;
    for (unsigned c = r->cells; c-- > 0;) index = index * r->d + digit[c];
    return index;
}

static size_t stride_of(const dense *r, unsigned cell) {
    size_t stride = 1;
    for (unsigned c = 0; c < cell; c++) stride *= r->d;
    return stride;
}

/* to = (K on the cell, rows) * from * (K on the cell, columns)^dagger, added to r->sum. */
static void add_conjugated(dense *r, unsigned cell, double complex op[3][3]) {
    const size_t stride = stride_of(r, cell);
    memset(r->other, 0, r->dim * r->dim * sizeof *r->other);
    for (size_t row = 0; row < r->dim; row++) {
        const unsigned v = (unsigned)(row / stride % r->d);
        for (unsigned w = 0; w < r->d; w++) {
            if (op[w][v] == 0.0) continue;
            const size_t to = row + w * stride - v * stride;
            for (size_t col = 0; col < r->dim; col++)
                r->other[to * r->dim + col] += op[w][v] * r->rho[row * r->dim + col];
        }
    }
    for (size_t col = 0; col < r->dim; col++) {
        const unsigned v = (unsigned)(col / stride % r->d);
        for (unsigned w = 0; w < r->d; w++) {
            if (op[w][v] == 0.0) continue;
            const size_t to = col + w * stride - v * stride;
            for (size_t row = 0; row < r->dim; row++)
                r->sum[row * r->dim + to] += conj(op[w][v]) * r->other[row * r->dim + col];
        }
    }
}

static void apply_kraus(dense *r, unsigned cell, kraus_set *k) {
    memset(r->sum, 0, r->dim * r->dim * sizeof *r->sum);
    for (unsigned i = 0; i < k->count; i++) add_conjugated(r, cell, k->op[i]);
    double complex *old = r->rho;
    r->rho = r->sum;
    r->sum = old;
}

static void add_shift_clock(kraus_set *k, unsigned d, unsigned x, unsigned z, double p) {
    const double complex w = cexp(2.0 * I * acos(-1.0) / d);
    for (unsigned j = 0; j < d; j++)
        k->op[k->count][(j + x) % d][j] = sqrt(p) * cpow(w, (double)(z * j));
    k->count++;
}

static void depolarize(dense *r, unsigned cell, double p) {
    kraus_set k = {0};
    const double share = p / (r->d * r->d - 1.0);
    for (unsigned x = 0; x < r->d; x++)
        for (unsigned z = 0; z < r->d; z++)
            add_shift_clock(&k, r->d, x, z, x || z ? share : 1.0 - p);
    apply_kraus(r, cell, &k);
}

static void damp(dense *r, unsigned cell, double gamma) {
    kraus_set k = {.count = 1};
    k.op[0][0][0] = 1.0;
    for (unsigned v = 1; v < r->d; v++) {
        k.op[0][v][v] = sqrt(1.0 - gamma);
        k.op[k.count++][0][v] = sqrt(gamma);
    }
    apply_kraus(r, cell, &k);
}

static void flip(dense *r, unsigned cell, double p) {
    kraus_set k = {.count = 2};
    for (unsigned v = 0; v < r->d; v++) {
        k.op[0][v][v] = sqrt(1.0 - p);
        k.op[1][v][v] = sqrt(p) * (v == r->d - 1u ? -1.0 : 1.0);
    }
    apply_kraus(r, cell, &k);
}

static void hadamard(dense *r, unsigned cell) {
    kraus_set k = {.count = 1};
    const double h = sqrt(0.5);
    k.op[0][0][0] = k.op[0][0][1] = k.op[0][1][0] = h;
    k.op[0][1][1] = -h;
    apply_kraus(r, cell, &k);
}

static void swap_digits(unsigned *digit, unsigned a, unsigned b) {
    const unsigned keep = digit[a];
    digit[a] = digit[b];
    digit[b] = keep;
}

/* A tree of one node: cell 0 addr, 1 data, then the address qubit and the bus qubits. No routing;
 * latch, fetch and the swaps with registers are all there is at n = 1. */
static int move(const dense *r, const brg_slice_ops *ops, const brg_planes *data, bool in,
                unsigned *digit) {
    int sign = 1;
    if (in) {
        if (ops->d_in >= 0) swap_digits(digit, 1, 3u + (unsigned)ops->d_in);
        if (ops->a_in >= 0) swap_digits(digit, 1, 2);
        return sign;
    }
    if (ops->latch) swap_digits(digit, 0, 1);
    if (ops->fetch >= 0) {
        const bool three = r->d == 3u;
        const unsigned side = three ? digit[0] - 1u : digit[0];
        const bool routes = !three || digit[0] > 0u;
        const bool bit = routes && brg_planes_get(data, (uint32_t)ops->fetch, side);
        if (bit && three && digit[1] > 0u)
            digit[1] = 3u - digit[1];
        else if (bit && !three && digit[1] == 1u)
            sign = -1;
    }
    if (ops->a_out >= 0) swap_digits(digit, 1, 2);
    if (ops->d_out >= 0) swap_digits(digit, 1, 3u + (unsigned)ops->d_out);
    return sign;
}

static void permute(dense *r, const brg_slice_ops *ops, const brg_planes *data, bool in) {
    for (size_t row = 0; row < r->dim; row++) {
        unsigned digit[MAX_CELLS];
        digits_of(r, row, digit);
        const int row_sign = move(r, ops, data, in, digit);
        const size_t to_row = index_of(r, digit);
        for (size_t col = 0; col < r->dim; col++) {
            digits_of(r, col, digit);
            const int sign = row_sign * move(r, ops, data, in, digit);
            r->other[to_row * r->dim + index_of(r, digit)] = sign * r->rho[row * r->dim + col];
        }
    }
    double complex *old = r->rho;
    r->rho = r->other;
    r->other = old;
}

static void idle(dense *r, double t_ns) {
    const brg_noise *noise = &r->config.noise;
    if (noise->model != BRG_NOISE_TIMED) return;
    for (unsigned c = 0; c < (noise->noisy_registers ? r->cells : 2u); c++) {
        if (noise->t1_ns > 0.0) damp(r, c, 1.0 - exp(-t_ns / noise->t1_ns));
        if (noise->tphi_ns > 0.0) flip(r, c, (1.0 - exp(-t_ns / noise->tphi_ns)) / 2.0);
    }
}

static void per_slice(dense *r) {
    const brg_noise *noise = &r->config.noise;
    const double p = noise->probability;
    for (unsigned c = 0; c < 2u; c++) {
        kraus_set k = {0};
        switch (noise->kind) {
            case BRG_KIND_DEPOLARIZING:
                depolarize(r, c, p);
                break;
            case BRG_KIND_DAMPING:
                damp(r, c, p);
                break;
            case BRG_KIND_X:
            case BRG_KIND_SHIFT:
            case BRG_KIND_Z:
            case BRG_KIND_PHASE:
                add_shift_clock(&k, r->d, 0, 0, 1.0 - p);
                for (unsigned e = 1; e < r->d; e++) {
                    const bool x = noise->kind == BRG_KIND_X || noise->kind == BRG_KIND_SHIFT;
                    add_shift_clock(&k, r->d, x ? e : 0, x ? 0 : e, p / (r->d - 1.0));
                }
                apply_kraus(r, c, &k);
                break;
        }
    }
}

static void dense_slice(dense *r, const brg_slice *s, const brg_planes *data) {
    const brg_slice_ops *ops = &s->ops;
    idle(r, 1e-3 * (double)brg_slice_wait_ps(s));
    permute(r, ops, data, false);
    if (ops->basis_out) hadamard(r, 3u + (unsigned)ops->d_out);
    if (ops->basis_in) hadamard(r, 3u + (unsigned)ops->d_in);
    permute(r, ops, data, true);
    if (r->config.noise.gate_error > 0.0) {
        const bool root = ops->a_in >= 0 || ops->a_out >= 0 || ops->d_in >= 0 || ops->d_out >= 0;
        const bool node = ops->latch || ops->fetch >= 0;
        bool touched[MAX_CELLS] = {node, node || root, ops->a_in >= 0 || ops->a_out >= 0};
        if (ops->d_in >= 0) touched[3 + ops->d_in] = true;
        if (ops->d_out >= 0) touched[3 + ops->d_out] = true;
        for (unsigned c = 0; c < r->cells; c++)
            if (touched[c]) depolarize(r, c, r->config.noise.gate_error);
    }
    idle(r, 1e-3 * (double)s->duration_ps);
    if (r->config.noise.model == BRG_NOISE_PER_SLICE) per_slice(r);
}

static size_t register_index(const dense *r, uint64_t address, uint64_t word) {
    unsigned digit[MAX_CELLS] = {0};
    digit[2] = r->d - 2u + (unsigned)address;
    for (unsigned j = 0; j + 3u < r->cells; j++)
        digit[3u + j] = r->d - 2u + ((unsigned)(word >> j) & 1u);
    return index_of(r, digit);
}

static void dense_begin(dense *r, const brg_run_config *config) {
    r->config = *config;
    r->d = config->qram.routers == BRG_TWO_LEVEL ? 2u : 3u;
    r->cells = brg_all_cells(&config->qram);
    assert_true(config->qram.address_width == 1 && r->cells <= MAX_CELLS);
    r->dim = stride_of(r, r->cells);
    r->rho = calloc(r->dim * r->dim, sizeof *r->rho);
    r->other = calloc(r->dim * r->dim, sizeof *r->other);
    r->sum = calloc(r->dim * r->dim, sizeof *r->sum);
    assert_true(r->rho && r->other && r->sum);
    for (uint64_t a = 0; a < 2; a++)
        for (uint64_t b = 0; b < 2; b++)
            r->rho[register_index(r, a, 0) * r->dim + register_index(r, b, 0)] = 0.5;
}

static double dense_fidelity(const dense *r, const brg_planes *ideal) {
    const size_t tree = r->d * r->d;
    double complex f = 0.0;
    for (uint64_t a = 0; a < 2; a++)
        for (uint64_t b = 0; b < 2; b++)
            for (size_t t = 0; t < tree; t++) {
                const size_t row = register_index(r, a, brg_planes_word(ideal, a)) + t;
                const size_t col = register_index(r, b, brg_planes_word(ideal, b)) + t;
                f += 0.5 * r->rho[row * r->dim + col];
            }
    return creal(f);
}

static void compare(const brg_run_config *config, uint64_t *random) {
    brg_planes *image = NULL;
    brg_density *d = NULL;
    dense r = {0};
    double f = NAN;
    assert_int_equal(brg_planes_new(&image, 1, config->qram.word_width), BRG_OK);
    for (uint32_t j = 0; j < config->qram.word_width; j++)
        for (uint64_t c = 0; c < 2; c++) brg_planes_set(image, j, c, test_random(random) >> 63);
    assert_int_equal(brg_density_new(&d, config), BRG_OK);
    assert_int_equal(brg_density_begin(d), BRG_OK);
    dense_begin(&r, config);
    for (int s = 1; s <= exact_slice_count(&config->qram); s++) {
        brg_slice slice = exact_slice(&config->qram, s, 100.0, 0, 0.0);
        slice.duration_ps = test_random(random) % 400000u;
        slice.wait_ps[BRG_CAUSE_MEMORY] =
            test_random(random) % 2u ? test_random(random) % 500000u : 0u;
        slice.wait_ps[BRG_CAUSE_CONTROL] = test_random(random) % 100000u;
        assert_int_equal(brg_density_slice(d, &slice, image), BRG_OK);
        dense_slice(&r, &slice, image);
        assert_int_equal(brg_density_fidelity(d, image, &f), BRG_OK);
        assert_double_near(f, dense_fidelity(&r, image), 1e-11);
        double excited = 0.0;
        for (size_t i = 0; i < r.dim; i++) {
            unsigned digit[MAX_CELLS];
            digits_of(&r, i, digit);
            excited += ((digit[0] > 0u) + (digit[1] > 0u)) * creal(r.rho[i * r.dim + i]);
        }
        assert_double_near(brg_density_population(d, 0), excited, 1e-11);
    }
    free(r.rho);
    free(r.other);
    free(r.sum);
    brg_density_destroy(&d);
    brg_planes_destroy(&image);
}

static double unit(uint64_t *random) {
    return (double)(test_random(random) >> 11) * 0x1p-53;
}

static void sparse_equals_dense(void **state) {
    (void)state;
    uint64_t random = test_seed(41);
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        /* k = 1, 2 (k = n + 1: out and in meet at root.data) and, where cheap, 3. */
        for (uint32_t k = 1; k <= (routers == BRG_TWO_LEVEL ? 3u : 2u); k++) {
            brg_run_config config = {.qram = {(brg_routers)routers, 1, k},
                                     .input = {.uniform = true}};
            for (int registers = 0; registers <= 1; registers++) {
                config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                           .t1_ns = 500.0 + 5e3 * unit(&random),
                                           .tphi_ns = 500.0 + 5e3 * unit(&random),
                                           .noisy_registers = registers != 0,
                                           .gate_error = 0.1 * unit(&random)};
                compare(&config, &random);
            }
            config.noise.gate_error = 0.0;
            config.noise.tphi_ns = 0.0;
            compare(&config, &random);
            for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                const bool two = kind == BRG_KIND_X || kind == BRG_KIND_Z;
                const bool three = kind == BRG_KIND_PHASE || kind == BRG_KIND_SHIFT;
                if ((two && routers == BRG_THREE_LEVEL) || (three && routers == BRG_TWO_LEVEL))
                    continue;
                if (k == 2u && routers == BRG_THREE_LEVEL && kind != BRG_KIND_SHIFT) continue;
                config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE,
                                           .gate_error = k == 1u ? 0.02 : 0.0,
                                           .kind = (brg_noise_kind)kind,
                                           .probability = 0.2 * unit(&random)};
                compare(&config, &random);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sparse_equals_dense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
