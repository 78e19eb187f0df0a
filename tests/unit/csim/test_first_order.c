/* SPDX-License-Identifier: Apache-2.0 */
/* First order: the coefficient table and its closed forms, the density matrix at small rates, and
 * an enumeration without any of the engine's reductions. */
#include <math.h>
#include <string.h>

#include "csim/branch.h"
#include "csim/density.h"
#include "csim/first_order.h"
#include "exact_schedule.h"
#include "test.h"

/* A run over `queries` equal queries; the caller clears *out. */
static void run(brg_first_order *out, const brg_run_config *config, const brg_planes *image,
                uint32_t queries, int stall_slice, double stall_ns, int jobs) {
    brg_timeline *t = NULL;
    assert_int_equal(
        exact_timeline(&t, &config->qram, image, queries, 100.0, stall_slice, stall_ns), BRG_OK);
    assert_int_equal(brg_first_order_run(out, t, config, image, jobs, NULL, NULL), BRG_OK);
    brg_timeline_destroy(&t);
}

static brg_planes *parity(uint32_t n, uint32_t k) {
    brg_planes *p = NULL;
    assert_int_equal(brg_planes_new(&p, n, k), BRG_OK);
    exact_parity_image(p);
    return p;
}

static double coefficient(brg_routers routers, brg_noise_kind kind, uint32_t n) {
    brg_run_config config = {.qram = {routers, n, 1}, .input = {.uniform = true}};
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .kind = kind, .probability = 1e-3};
    brg_planes *image = parity(n, 1);
    brg_first_order r;
    run(&r, &config, image, 1, 0, 0.0, 2);
    const double c = r.coefficient;
    assert_double_near(r.infidelity, 1e-3 * c, 1e-12);
    brg_first_order_clear(&r);
    brg_planes_destroy(&image);
    return c;
}

static void coefficient_table_is_reproduced(void **state) {
    (void)state;
    static const struct {
        brg_routers routers;
        brg_noise_kind kind;
        double c[4];
    } row[] = {
        {BRG_TWO_LEVEL, BRG_KIND_DEPOLARIZING, {6.666667, 29.666667, 77.916667, 158.291667}},
        {BRG_TWO_LEVEL, BRG_KIND_Z, {8, 28, 62, 111}},
        {BRG_TWO_LEVEL, BRG_KIND_X, {4, 26.6875, 80.625, 175.472656}},
        {BRG_THREE_LEVEL, BRG_KIND_DEPOLARIZING, {6.75, 27.9375, 69.09375, 132.234375}},
        {BRG_THREE_LEVEL, BRG_KIND_PHASE, {5.25, 25.875, 66.1875, 128.34375}},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (uint32_t n = 1; n <= 4; n++)
            assert_double_near(coefficient(row[i].routers, row[i].kind, n), row[i].c[n - 1], 1e-6);
}

static void closed_forms_hold(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 6; n++) {
        const double m = n, part = ldexp(1.0, -(int)n);
        assert_double_near(coefficient(BRG_TWO_LEVEL, BRG_KIND_Z, n),
                           8 * m * m - 8 * m + 16 - 16 * part, 1e-9);
        assert_double_near(coefficient(BRG_THREE_LEVEL, BRG_KIND_PHASE, n),
                           12 * m * m - 24 * m + 34.5 - 34.5 * part, 1e-9);
    }
}

/* The stated growth, and Hann's bound 1 - F <= 4 eps T 2n for three_level. */
static void scaling_is_as_stated(void **state) {
    (void)state;
    double two = 0.0, two3 = 0.0, three = 0.0, three3 = 0.0, z = 0.0, z3 = 0.0;
    for (uint32_t n = 3; n <= 7; n += 4) {
        two = coefficient(BRG_TWO_LEVEL, BRG_KIND_DEPOLARIZING, n);
        three = coefficient(BRG_THREE_LEVEL, BRG_KIND_DEPOLARIZING, n);
        z = coefficient(BRG_TWO_LEVEL, BRG_KIND_Z, n);
        assert_true(three <= 4.0 * (6.0 * n + 2.0) * 2.0 * n);
        if (n == 3) {
            two3 = two;
            three3 = three;
            z3 = z;
        }
    }
    const double step = log(7.0 / 3.0);
    assert_double_near(log(two / two3) / step, 2.5, 0.06);
    assert_double_near(log(three / three3) / step, 2.25, 0.06);
    assert_double_near(log(z / z3) / step, 2.05, 0.06);
}

/* ---- against the density matrix ---- */

static double density_infidelity(const brg_run_config *config, const brg_planes *image,
                                 int stall_slice, double stall_ns) {
    brg_density *d = NULL;
    double f = NAN;
    assert_int_equal(brg_density_new(&d, config), BRG_OK);
    assert_int_equal(brg_density_begin(d), BRG_OK);
    for (int s = 1; s <= exact_slice_count(&config->qram); s++) {
        const brg_slice slice = exact_slice(&config->qram, s, 100.0, stall_slice, stall_ns);
        assert_int_equal(brg_density_slice(d, &slice, image), BRG_OK);
    }
    assert_int_equal(brg_density_fidelity(d, image, &f), BRG_OK);
    brg_density_destroy(&d);
    return 1.0 - f;
}

static brg_noise scaled(const brg_noise *noise, double by) {
    brg_noise out = *noise;
    out.t1_ns /= by;
    out.tphi_ns /= by;
    out.gate_error *= by;
    out.probability *= by;
    return out;
}

/* x/by against (1 - F)/by at by -> 0, by two-point extrapolation; both functions of the same
 * exact rates, so what is left is of second order in by. */
static void compare_with_density(const brg_run_config *config, const brg_planes *image,
                                 int stall_slice, double stall_ns) {
    const double by[2] = {1e-3, 5e-4};
    double ratio[2];
    for (int i = 0; i < 2; i++) {
        brg_run_config small = *config;
        small.noise = scaled(&config->noise, by[i]);
        brg_first_order r;
        run(&r, &small, image, 1, stall_slice, stall_ns, 2);
        ratio[i] = density_infidelity(&small, image, stall_slice, stall_ns) / r.infidelity;
        brg_first_order_clear(&r);
    }
    assert_double_near(2.0 * ratio[1] - ratio[0], 1.0, 2e-6);
}

static void small_rates_equal_the_density_matrix(void **state) {
    (void)state;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= 2; n++) {
            /* k = 2 exceeds n at n = 1, so that D-out and D-in meet; a wait at every place. */
            for (uint32_t k = 1; k <= (n == 1 ? 2u : 1u); k++) {
                brg_planes *image = parity(n, k);
                brg_run_config config = {.qram = {(brg_routers)routers, n, k},
                                         .input = {.uniform = true}};
                for (int registers = 0; registers <= 1; registers++) {
                    config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                               .t1_ns = 1e4,
                                               .tphi_ns = 2e4,
                                               .noisy_registers = registers != 0};
                    const int last = exact_slice_count(&config.qram);
                    for (int s = 1; s <= last; s += 3)
                        compare_with_density(&config, image, s, 1300.0);
                    config.noise.t1_ns = 0.0;
                    compare_with_density(&config, image, 0, 0.0);
                    config.noise.t1_ns = 1e4;
                    config.noise.tphi_ns = 0.0;
                    compare_with_density(&config, image, 0, 0.0);
                }
                config.noise.gate_error = 2e-2;
                compare_with_density(&config, image, 3 * (int)n + 1, 500.0);
                for (int kind = BRG_KIND_DEPOLARIZING; kind <= BRG_KIND_DAMPING; kind++) {
                    const bool two = kind == BRG_KIND_X || kind == BRG_KIND_Z;
                    const bool three = kind == BRG_KIND_PHASE || kind == BRG_KIND_SHIFT;
                    if ((two && routers == BRG_THREE_LEVEL) || (three && routers == BRG_TWO_LEVEL))
                        continue;
                    if (kind == BRG_KIND_SHIFT && n == 2) continue; /* minutes: 4 million entries */
                    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE,
                                               .kind = (brg_noise_kind)kind,
                                               .probability = 0.05};
                    compare_with_density(&config, image, 0, 0.0);
                }
                brg_planes_destroy(&image);
            }
        }
    }
}

/* ---- against the enumeration without reductions ---- */

typedef struct plain {
    const brg_run_config *config;
    const brg_timeline *timeline;
    const brg_planes *ideal;
    size_t start, count;
    brg_branches *base, *fault;
} plain;

static void plain_apply(const plain *p, brg_branches *b, size_t s) {
    const brg_slice *slice = brg_timeline_slice(p->timeline, p->start + s - 1);
    const brg_planes *data =
        slice->data_version < 0 ? NULL : brg_timeline_data(p->timeline, slice->data_version);
    assert_int_equal(brg_branches_apply(b, &slice->ops, data), BRG_OK);
}

static double plain_end(plain *p, size_t boundary) {
    double f = NAN;
    for (size_t s = boundary + 1; s <= p->count; s++) plain_apply(p, p->fault, s);
    assert_int_equal(brg_branches_fidelity(p->fault, &p->config->input, p->ideal, &f), BRG_OK);
    return f;
}

static void plain_copy(plain *p) {
    assert_int_equal(brg_branches_copy(p->fault, p->base), BRG_OK);
}

static double plain_pauli(plain *p, size_t boundary, uint32_t cell, unsigned x, unsigned z) {
    plain_copy(p);
    assert_int_equal(brg_branches_pauli(p->fault, cell, x, z), BRG_OK);
    return 1.0 - plain_end(p, boundary);
}

static double plain_depolarizing(plain *p, size_t boundary, uint32_t cell) {
    const unsigned d = p->config->qram.routers == BRG_TWO_LEVEL ? 2 : 3;
    double sum = 0.0;
    for (unsigned e = 1; e < d * d; e++) sum += plain_pauli(p, boundary, cell, e / d, e % d);
    return sum / (d * d - 1.0);
}

static double plain_damping(plain *p, size_t boundary, uint32_t cell) {
    const unsigned top = p->config->qram.routers == BRG_TWO_LEVEL ? 1 : 2;
    double sum = 0.0;
    for (unsigned v = 1; v <= top; v++) {
        sum += brg_branches_occupation(p->base, cell, v);
        plain_copy(p);
        assert_int_equal(brg_branches_jump(p->fault, cell, v), BRG_OK);
        sum -= plain_end(p, boundary);
    }
    return sum;
}

/* First-order loss of an idle of t_ns at the boundary, over the cells that idle. */
static double plain_idle(plain *p, size_t boundary, double t_ns) {
    const brg_noise *noise = &p->config->noise;
    const brg_qram *q = &p->config->qram;
    const double gamma = 1.0 - exp(-t_ns / noise->t1_ns);
    const double flip = (1.0 - exp(-t_ns / noise->tphi_ns)) / 2.0;
    double sum = 0.0;
    const uint32_t cells = noise->noisy_registers ? brg_all_cells(q) : brg_tree_cells(q);
    for (uint32_t c = 0; c < cells; c++) {
        sum += gamma * plain_damping(p, boundary, c);
        plain_copy(p);
        assert_int_equal(brg_branches_flip(p->fault, c), BRG_OK);
        sum += flip * (1.0 - plain_end(p, boundary));
    }
    return sum;
}

static bool plain_touched(const brg_qram *q, const brg_slice_ops *o, uint32_t cell) {
    const uint32_t tree = brg_tree_cells(q), n = q->address_width;
    if (cell >= tree + n)
        return o->d_in == (int)(cell - tree - n) || o->d_out == (int)(cell - tree - n);
    if (cell >= tree) return o->a_in == (int)(cell - tree) || o->a_out == (int)(cell - tree);
    const bool data = cell % 2u == 1u;
    uint32_t layer = 0;
    while (cell / 2u >= (1u << (layer + 1u)) - 1u) layer++;
    const bool swaps = o->a_in >= 0 || o->a_out >= 0 || o->d_in >= 0 || o->d_out >= 0;
    return (o->latch >> layer & 1u) || (o->route >> layer & 1u) ||
           (data && layer > 0 && (o->route >> (layer - 1u) & 1u)) ||
           (o->fetch >= 0 && layer + 1u == n) || (data && layer == 0 && swaps);
}

static void compare_with_plain(const brg_run_config *config, const brg_timeline *t,
                               const brg_planes *ideal, const brg_first_order *r) {
    plain p = {.config = config, .timeline = t, .ideal = ideal};
    assert_int_equal(brg_branches_new(&p.base, &config->qram), BRG_OK);
    assert_int_equal(brg_branches_new(&p.fault, &config->qram), BRG_OK);
    double total = 0.0;
    for (uint32_t query = 0; query < brg_timeline_queries(t); query++) {
        p.start = brg_timeline_query(t, query, &p.count);
        assert_int_equal(brg_branches_begin(p.base, &config->input), BRG_OK);
        for (size_t s = 1; s <= p.count; s++) {
            const brg_slice *slice = brg_timeline_slice(t, p.start + s - 1);
            const brg_interval_x *x = &r->intervals[p.start + s - 1];
            const uint64_t wait_ps = brg_slice_wait_ps(slice);
            const double wait = wait_ps ? plain_idle(&p, s - 1, 1e-3 * (double)wait_ps) : 0.0;
            for (int c = 0; c < BRG_CAUSE_COUNT; c++)
                assert_double_near(
                    x->wait[c], wait_ps ? wait * (double)slice->wait_ps[c] / (double)wait_ps : 0.0,
                    1e-12);
            plain_apply(&p, p.base, s);
            double gate = 0.0;
            for (uint32_t c = 0; c < brg_all_cells(&config->qram); c++)
                if (plain_touched(&config->qram, &slice->ops, c))
                    gate += config->noise.gate_error * plain_depolarizing(&p, s, c);
            assert_double_near(x->gate, gate, 1e-12);
            const double idle = plain_idle(&p, s, 1e-3 * (double)slice->duration_ps);
            assert_double_near(x->schedule, idle, 1e-12);
            total += wait + gate + idle;
        }
    }
    assert_double_near(r->infidelity, total / brg_timeline_queries(t), 1e-11);
    brg_branches_destroy(&p.fault);
    brg_branches_destroy(&p.base);
}

/* Queries with random waits, durations and causes; the third sees other data. */
static brg_timeline *random_timeline(const brg_qram *q, const brg_planes *image,
                                     const brg_planes *other, uint64_t *random) {
    brg_timeline *t = NULL;
    int32_t version[2];
    assert_int_equal(brg_timeline_new(&t, "bucket_brigade", q), BRG_OK);
    assert_int_equal(brg_timeline_add_data(t, image, &version[0]), BRG_OK);
    assert_int_equal(brg_timeline_add_data(t, other, &version[1]), BRG_OK);
    uint64_t now = 0;
    for (uint32_t query = 0; query < 3; query++) {
        for (int s = 1; s <= exact_slice_count(q); s++) {
            brg_slice slice = exact_slice(q, s, 0.0, 0, 0.0);
            slice.query = query;
            slice.duration_ps = 10000 + test_random(random) % 300000;
            for (int c = 0; c < BRG_CAUSE_COUNT; c++)
                if (test_random(random) % 8 == 0) slice.wait_ps[c] = test_random(random) % 900000;
            slice.start_ps = now + brg_slice_wait_ps(&slice);
            now = slice.start_ps + slice.duration_ps;
            if (slice.data_version >= 0) slice.data_version = version[query == 2];
            assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
        }
    }
    return t;
}

static void every_interval_equals_the_plain_enumeration(void **state) {
    (void)state;
    uint64_t random = test_seed(99);
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= 3; n++) {
            const uint32_t k = n == 1 ? 3u : n == 2 ? 2u : 1u;
            brg_run_config config = {.qram = {(brg_routers)routers, n, k},
                                     .input = {.uniform = n != 2, .index = 2}};
            config.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                                       .t1_ns = 3e4,
                                       .tphi_ns = 5e4,
                                       .noisy_registers = n != 1,
                                       .gate_error = 1e-3};
            brg_planes *image = parity(n, k), *other = parity(n, k);
            brg_planes_set(other, 0, 0, !brg_planes_get(other, 0, 0));
            brg_timeline *t = random_timeline(&config.qram, image, other, &random);
            brg_first_order r;
            assert_int_equal(brg_first_order_run(&r, t, &config, image, 2, NULL, NULL), BRG_OK);
            assert_int_equal(r.slices, brg_timeline_slices(t));
            assert_true(isnan(r.coefficient));
            compare_with_plain(&config, t, image, &r);
            brg_first_order_clear(&r);
            brg_timeline_destroy(&t);
            brg_planes_destroy(&other);
            brg_planes_destroy(&image);
        }
    }
}

/* ---- the rest of the contract ---- */

/* n = 7 has rounds that are worth a second thread; smaller trees have not. */
static void results_do_not_depend_on_threads(void **state) {
    (void)state;
    brg_run_config config = {.qram = {BRG_THREE_LEVEL, 7, 1}, .input = {.uniform = true}};
    config.noise =
        (brg_noise){.model = BRG_NOISE_TIMED, .t1_ns = 1e5, .tphi_ns = 2e5, .gate_error = 1e-4};
    brg_planes *image = parity(7, 1);
    brg_first_order one, many;
    run(&one, &config, image, 2, 13, 700.0, 1);
    for (int jobs = 2; jobs <= 4; jobs += 2) {
        run(&many, &config, image, 2, 13, 700.0, jobs);
        assert_memory_equal(&one.infidelity, &many.infidelity, sizeof one.infidelity);
        assert_int_equal(one.slices, many.slices);
        assert_memory_equal(one.intervals, many.intervals, one.slices * sizeof *one.intervals);
        brg_first_order_clear(&many);
    }
    brg_first_order_clear(&one);
    brg_planes_destroy(&image);
}

typedef struct progress_log {
    uint64_t calls, last, total, stop_at;
} progress_log;

static int on_progress(void *user, uint64_t done, uint64_t total) {
    progress_log *log = user;
    assert_true(done >= log->last && done <= total);
    log->calls++;
    log->last = done;
    log->total = total;
    return log->stop_at && log->calls >= log->stop_at;
}

static void progress_is_told_and_can_stop(void **state) {
    (void)state;
    brg_run_config config = {.qram = {BRG_TWO_LEVEL, 3, 1}, .input = {.uniform = true}};
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .probability = 1e-3};
    brg_planes *image = parity(3, 1);
    brg_timeline *t = NULL;
    brg_first_order r;
    progress_log log = {0};
    assert_int_equal(exact_timeline(&t, &config.qram, image, 2, 100.0, 0, 0.0), BRG_OK);
    assert_int_equal(brg_first_order_run(&r, t, &config, image, 2, on_progress, &log), BRG_OK);
    assert_true(log.calls > 0);
    assert_int_equal(log.last, log.total);
    brg_first_order_clear(&r);
    log = (progress_log){.stop_at = 3};
    assert_int_equal(brg_first_order_run(&r, t, &config, image, 2, on_progress, &log), BRG_ESTATE);
    assert_int_equal(log.calls, 3);
    assert_null(r.intervals);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&image);
}

static void misuse_is_refused(void **state) {
    (void)state;
    brg_run_config config = {.qram = {BRG_TWO_LEVEL, 2, 1}, .input = {.uniform = true}};
    brg_planes *image = parity(2, 1), *wide = parity(2, 2);
    brg_timeline *t = NULL;
    brg_first_order r;
    assert_int_equal(exact_timeline(&t, &config.qram, image, 1, 100.0, 0, 0.0), BRG_OK);
    assert_int_equal(brg_first_order_run(NULL, t, &config, image, 1, NULL, NULL), BRG_EINVAL);
    assert_int_equal(brg_first_order_run(&r, NULL, &config, image, 1, NULL, NULL), BRG_EINVAL);
    assert_int_equal(brg_first_order_run(&r, t, NULL, image, 1, NULL, NULL), BRG_EINVAL);
    assert_int_equal(brg_first_order_run(&r, t, &config, NULL, 1, NULL, NULL), BRG_EINVAL);
    assert_int_equal(brg_first_order_run(&r, t, &config, wide, 1, NULL, NULL), BRG_EINVAL);
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_PHASE};
    assert_int_equal(brg_first_order_run(&r, t, &config, image, 1, NULL, NULL), BRG_EINVAL);
    config.noise.kind = BRG_KIND_Z;
    config.noise.gate_error = 0.1;
    assert_int_equal(brg_first_order_run(&r, t, &config, image, 0, NULL, NULL), BRG_OK);
    assert_true(isnan(r.coefficient) && r.infidelity > 0.0);
    brg_first_order_clear(&r);
    config.noise = (brg_noise){.model = BRG_NOISE_NONE, .gate_error = 0.1};
    assert_int_equal(brg_first_order_run(&r, t, &config, image, 1, NULL, NULL), BRG_OK);
    assert_double_near(r.infidelity, 0.0, 0.0);
    assert_int_equal(r.slices, 13);
    brg_first_order_clear(&r);
    brg_first_order_clear(&r);
    brg_first_order_clear(NULL);
    assert_double_near(brg_first_order_cost(NULL, &config), 0.0, 0.0);
    assert_double_near(brg_first_order_cost(t, &config), 0.0, 0.0);
    config.noise = (brg_noise){.model = BRG_NOISE_PER_SLICE, .kind = BRG_KIND_Z};
    const double z = brg_first_order_cost(t, &config);
    config.noise.kind = BRG_KIND_DEPOLARIZING;
    const double depolarizing = brg_first_order_cost(t, &config);
    config.input.uniform = false;
    assert_true(z > 0.0 && depolarizing > 2.0 * z);
    assert_double_near(brg_first_order_cost(t, &config), depolarizing / 4.0, 1e-6);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&wide);
    brg_planes_destroy(&image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficient_table_is_reproduced),
        cmocka_unit_test(closed_forms_hold),
        cmocka_unit_test(scaling_is_as_stated),
        cmocka_unit_test(small_rates_equal_the_density_matrix),
        cmocka_unit_test(every_interval_equals_the_plain_enumeration),
        cmocka_unit_test(results_do_not_depend_on_threads),
        cmocka_unit_test(progress_is_told_and_can_stop),
        cmocka_unit_test(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
