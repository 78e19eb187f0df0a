/* SPDX-License-Identifier: Apache-2.0 */
/* Attribution: conservation, the sampled weights against the exact ones, and the shares against
 * the path-integrated (Aumann-Shapley) attribution of the density matrix. */
#include <math.h>
#include <string.h>

#include "attribution_cases.h"
#include "csim/attribution.h"
#include "csim/density.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static brg_noise timed(double t1_ns, double tphi_ns, bool registers, double gate) {
    return (brg_noise){.model = BRG_NOISE_TIMED,
                       .t1_ns = t1_ns,
                       .tphi_ns = tphi_ns,
                       .noisy_registers = registers,
                       .gate_error = gate};
}

typedef struct noise_case {
    bool three; /* for which routers, if `only` */
    bool only;
    brg_noise noise;
} noise_case;

/* ---- sampled against exact ---- */

typedef struct scores {
    double squares, most;
    unsigned count, far;
} scores;

/* Each share in units of its standard error; a share without weight must have none in both. */
static void score(scores *s, const brg_attribution *sampled, const brg_attribution *exact) {
    for (unsigned c = 0; c < BRG_SHARE_COUNT; c++) {
        const brg_share *x = &sampled->share[c], *y = &exact->share[c];
        assert_true(x->time_ps == y->time_ps && y->x_stderr == 0.0);
        if (fabs(y->x) <= 1e-15) { /* nothing, or what rounding left of it */
            assert_double_near(x->x, 0.0, 1e-15);
            continue;
        }
        if (x->x_stderr == 0.0) { /* no fault changes a fidelity that is 0 anyway */
            assert_double_near(x->x, y->x, 1e-9 * y->x);
            continue;
        }
        const double z = (x->x - y->x) / x->x_stderr;
        s->squares += z * z;
        s->count++;
        s->far += fabs(z) > 3.0;
        s->most = fmax(s->most, fabs(z));
    }
}

static void compare_case(scores *s, const brg_run_config *config, uint64_t samples,
                         uint64_t *random) {
    const brg_qram *q = &config->qram;
    brg_planes *data = schedule_random(brg_table_width(q), q->word_width, random);
    brg_planes *ideal = schedule_random(brg_table_width(q), q->word_width, random);
    /* One in four queries reads data that are not the ideal ones. */
    const brg_planes *judge = test_random(random) % 4 ? data : ideal;
    brg_timeline *t = cases_timeline(q, data, 2, 100000, 4, 400000, random);
    brg_first_order exact_x;
    assert_int_equal(brg_first_order_run(&exact_x, t, config, judge, 2, NULL, NULL), BRG_OK);
    brg_attribution sampled, exact;
    brg_attribution_options o = {.samples = samples, .jobs = 2};
    assert_int_equal(brg_attribution_run(&sampled, t, config, judge, 0.1, &o), BRG_OK);
    o.exact = &exact_x;
    assert_int_equal(brg_attribution_run(&exact, t, config, judge, 0.1, &o), BRG_OK);
    assert_true(sampled.sampled && !exact.sampled);
    assert_double_near(exact.x, exact_x.infidelity, 1e-12);
    score(s, &sampled, &exact);
    brg_attribution_clear(&sampled);
    brg_attribution_clear(&exact);
    brg_first_order_clear(&exact_x);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&ideal);
    brg_planes_destroy(&data);
}

static brg_noise per_slice(brg_noise_kind kind, double gate) {
    return (brg_noise){
        .model = BRG_NOISE_PER_SLICE, .kind = kind, .probability = 1e-4, .gate_error = gate};
}

/* Flat and paged, uniform and a single address, every kind of noise, right and wrong data. */
static void sampled_weights_equal_the_exact_ones(void **state) {
    (void)state;
    uint64_t random = test_seed(11);
    const brg_encoded_noise rates = {
        .layer_rate = {1e-4, 3e-4, 5e-5, 2e-4}, .register_rate = 2e-4, .round_ps = 200000};
    const brg_noise encoded = {.model = BRG_NOISE_ENCODED, .encoded = &rates};
    const brg_noise encoded_all = {
        .model = BRG_NOISE_ENCODED, .encoded = &rates, .noisy_registers = true, .gate_error = 1e-4};
    const noise_case noises[] = {
        {.noise = timed(1e6, 2e6, true, 1e-4)},
        {.noise = timed(1e6, 0.0, false, 0.0)},
        {.noise = timed(0.0, 2e6, false, 1e-4)},
        {.noise = per_slice(BRG_KIND_DEPOLARIZING, 1e-4)},
        {.noise = per_slice(BRG_KIND_DAMPING, 0.0)},
        {false, true, per_slice(BRG_KIND_X, 0.0)},
        {false, true, per_slice(BRG_KIND_Z, 0.0)},
        {false, true, encoded},
        {false, true, encoded_all},
        {true, true, per_slice(BRG_KIND_PHASE, 0.0)},
        {true, true, per_slice(BRG_KIND_SHIFT, 0.0)},
    };
    scores s = {0};
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t n = 1; n <= (SANITIZED ? 3u : 4u); n++) {
            for (size_t i = 0; i < sizeof noises / sizeof *noises; i++) {
                if (noises[i].only && noises[i].three != (routers == BRG_THREE_LEVEL)) continue;
                brg_run_config config = {.input = {.uniform = test_random(&random) % 3 != 0}};
                config.qram = (brg_qram){.routers = (brg_routers)routers,
                                         .address_width = n,
                                         .word_width = n < 3 ? 2u : 1u,
                                         .page_bits = n == 2u ? 1u : 0u};
                config.noise = noises[i].noise;
                config.seed = test_random(&random);
                if (!config.input.uniform)
                    config.input.index =
                        test_random(&random) >> (64 - brg_table_width(&config.qram));
                compare_case(&s, &config, SANITIZED ? 1000 : 6000, &random);
            }
        }
    }
    const double spread = sqrt(s.squares / s.count);
    print_message(
        "%u shares, root mean square %.3f standard errors, %u beyond 3, most "
        "%.2f\n",
        s.count, spread, s.far, s.most);
    assert_true(s.count > 150);
    assert_true(spread > 0.75 && spread < 1.25);
    assert_true(s.far <= 1 + s.count / 100 && s.most < 4.5);
}

/* n = 8 has still an exact answer; the draws near the root are already thinned out by default at
 * n = 10, which first order finds in seconds for three_level without gates. */
static void sampling_holds_in_larger_trees(void **state) {
    (void)state;
    if (SANITIZED) skip();
    scores s = {0};
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        uint64_t random = 3;
        brg_run_config config = {.input = {.uniform = true}, .seed = 7};
        config.qram = (brg_qram){(brg_routers)routers, 7, 1, 0};
        config.noise = timed(1e6, 2e6, false, 1e-5);
        compare_case(&s, &config, 4000, &random);
        config.qram.address_width = 10;
        config.noise.tphi_ns = 0.0;
        config.noise.gate_error = 0.0;
        compare_case(&s, &config, 2000, &random);
    }
    assert_true(sqrt(s.squares / s.count) < 1.4);
    assert_int_equal(s.far, 0);
}

static void sampling_does_not_depend_on_threads(void **state) {
    (void)state;
    uint64_t random = test_seed(21);
    brg_run_config config = {
        .qram = {BRG_TWO_LEVEL, 4, 1, 0}, .input = {.uniform = true}, .seed = 3};
    config.noise = timed(1e6, 2e6, true, 1e-4);
    brg_planes *data = schedule_random(4, 1, &random);
    brg_timeline *t = cases_timeline(&config.qram, data, 2, 100000, 4, 400000, &random);
    brg_attribution one, many;
    brg_attribution_options o = {.samples = 401, .events = 3, .jobs = 1};
    assert_int_equal(brg_attribution_run(&one, t, &config, data, 0.1, &o), BRG_OK);
    o.jobs = 4;
    assert_int_equal(brg_attribution_run(&many, t, &config, data, 0.1, &o), BRG_OK);
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        assert_memory_equal(&one.share[c].x, &many.share[c].x, sizeof(double));
        assert_memory_equal(&one.share[c].x_stderr, &many.share[c].x_stderr, sizeof(double));
    }
    assert_memory_equal(one.running, many.running, brg_timeline_slices(t) * sizeof(double));
    assert_int_equal(one.top_count, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(one.top[i].event, many.top[i].event);
    brg_attribution_clear(&one);
    brg_attribution_clear(&many);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&data);
}

/* ---- conservation ---- */

static void assert_times(const brg_timeline *t, const brg_attribution *a) {
    uint64_t time[BRG_SHARE_COUNT] = {0}, all = 0, span = 0;
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        const brg_slice *s = brg_timeline_slice(t, i);
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) time[c] += s->wait_ps[c];
        time[BRG_SHARE_SCHEDULE] += s->duration_ps;
        span = s->start_ps + s->duration_ps;
    }
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        assert_true(a->share[c].time_ps == time[c]);
        all += a->share[c].time_ps;
    }
    assert_true(all == span); /* these timelines have no gaps */
}

static void everything_adds_up(void **state) {
    (void)state;
    uint64_t random = test_seed(31);
    for (int round = 0; round < (SANITIZED ? 20 : 60); round++) {
        brg_run_config config = {.input = {.uniform = true}, .seed = test_random(&random)};
        config.qram = (brg_qram){.routers = (brg_routers)(test_random(&random) % 2),
                                 .address_width = 1 + (uint32_t)(test_random(&random) % 3),
                                 .word_width = 1,
                                 .page_bits = (uint32_t)(test_random(&random) % 2)};
        config.noise = timed(1e5, 2e5, round % 2, round % 3 ? 1e-4 : 0.0);
        brg_planes *data = schedule_random(brg_table_width(&config.qram), 1, &random);
        const uint32_t queries = 1 + (uint32_t)(test_random(&random) % 3);
        brg_timeline *t = cases_timeline(&config.qram, data, queries, 100000, 3, 400000, &random);
        brg_first_order x;
        assert_int_equal(brg_first_order_run(&x, t, &config, data, 2, NULL, NULL), BRG_OK);
        const double infidelity = (double)(test_random(&random) >> 11) * 0x1p-53;
        brg_attribution_options o = {
            .exact = round % 2 ? &x : NULL, .samples = 200, .events = SIZE_MAX, .jobs = 1};
        brg_attribution a;
        assert_int_equal(brg_attribution_run(&a, t, &config, data, infidelity, &o), BRG_OK);
        assert_times(t, &a);
        double forward = 0.0, backward = 0.0, weights = 0.0, by_cause[BRG_CAUSE_COUNT] = {0.0};
        for (int c = 0; c < BRG_SHARE_COUNT; c++) {
            forward += a.share[c].infidelity;
            backward += a.share[BRG_SHARE_COUNT - 1 - c].infidelity;
            weights += a.share[c].x;
            assert_double_near(a.share[c].infidelity, infidelity * a.share[c].x / a.x, 1e-14);
            assert_true(isnan(a.share[c].saved_if_removed) && isnan(a.share[c].saved_stderr));
        }
        /* To the last bit, in either order. */
        assert_true(forward == infidelity && backward == infidelity);
        assert_double_near(weights, a.x, 1e-15);
        /* Events: every one is there, the costliest first, and they add up to their causes. */
        assert_int_equal(a.top_count, brg_timeline_events(t));
        for (size_t i = 0; i < a.top_count; i++) {
            assert_true(i == 0 || a.top[i].infidelity <= a.top[i - 1].infidelity);
            by_cause[brg_timeline_event(t, a.top[i].event)->cause] += a.top[i].infidelity;
        }
        for (int c = 0; c < BRG_CAUSE_COUNT; c++)
            assert_double_near(by_cause[c], a.share[c].infidelity, 1e-13);
        /* The running sums end with the queries' own x. */
        double ends = 0.0;
        for (size_t i = 0; i < brg_timeline_slices(t); i++) {
            size_t count;
            const size_t first = brg_timeline_query(t, brg_timeline_slice(t, i)->query, &count);
            if (i + 1 == first + count) ends += a.running[i];
        }
        assert_double_near(ends / queries, a.x, 1e-13);
        brg_attribution_clear(&a);
        brg_first_order_clear(&x);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&data);
    }
}

/* ---- against the path-integrated attribution ---- */

/* The timeline with the waits of one share, or the slices for `schedule`, longer by a factor. */
static brg_timeline *stretched(const brg_timeline *t, int share, double by) {
    brg_timeline *out = NULL;
    int32_t version;
    uint64_t now = 0;
    assert_int_equal(brg_timeline_new(&out, "p", brg_timeline_qram(t)), BRG_OK);
    for (int32_t v = 0; v < brg_timeline_data_versions(t); v++)
        assert_int_equal(brg_timeline_add_data(out, brg_timeline_data(t, v), &version), BRG_OK);
    for (size_t i = 0; i < brg_timeline_slices(t); i++) {
        brg_slice s = *brg_timeline_slice(t, i);
        if (share == BRG_SHARE_SCHEDULE)
            s.duration_ps = (uint64_t)llround((double)s.duration_ps * by);
        else if (share < BRG_CAUSE_COUNT)
            s.wait_ps[share] = (uint64_t)llround((double)s.wait_ps[share] * by);
        s.start_ps = now + brg_slice_wait_ps(&s);
        now = s.start_ps + s.duration_ps;
        assert_int_equal(brg_timeline_append(out, &s), BRG_OK);
    }
    return out;
}

/* 1 - F of the density matrix with all rates times lambda and those of one share times `by`. */
static double density_loss(const brg_timeline *t, const brg_run_config *config,
                           const brg_planes *ideal, double lambda, int share, double by) {
    brg_run_config c = *config;
    double mean = NAN;
    c.noise.t1_ns /= lambda;
    c.noise.tphi_ns /= lambda;
    c.noise.gate_error *= lambda * (share == BRG_SHARE_GATE ? by : 1.0);
    brg_timeline *longer = stretched(t, share, by);
    assert_int_equal(brg_density_replay(longer, &c, ideal, &mean, NULL), BRG_OK);
    brg_timeline_destroy(&longer);
    return 1.0 - mean;
}

/* A_c = integral over lambda of the loss's derivative by c's rates, times these rates: Gauss and
 * Legendre with three points, central differences of a tenth. */
static void path_integral(const brg_timeline *t, const brg_run_config *config,
                          const brg_planes *ideal, const brg_attribution *a, double *out) {
    static const double node[3] = {0.112701665379258, 0.5, 0.887298334620742};
    static const double weight[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18};
    const double h = 0.1;
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        out[c] = 0.0;
        for (int i = 0; a->share[c].x > 1e-6 * a->x && i < 3; i++) {
            const double up = density_loss(t, config, ideal, node[i], c, 1.0 + h);
            const double down = density_loss(t, config, ideal, node[i], c, 1.0 - h);
            out[c] += weight[i] * (up - down) / (2.0 * h) / node[i];
        }
    }
}

/* One query with a long wait for memory and latches before the fetch, one for pulses before a
 * route, one for the host before anything is in the tree. */
static brg_timeline *three_waits(const brg_qram *q, const brg_planes *data, double slice_ns) {
    brg_timeline *t = NULL;
    int32_t version;
    uint64_t now = 0;
    const uint32_t n = q->address_width;
    assert_int_equal(brg_timeline_new(&t, "p", q), BRG_OK);
    assert_int_equal(brg_timeline_add_data(t, data, &version), BRG_OK);
    for (uint32_t s = 1; s <= schedule_all_slices(q); s++) {
        brg_slice slice = {.slice = s, .data_version = -1, .ops = schedule_ops(q, s)};
        slice.duration_ps = (uint64_t)(1000.0 * slice_ns);
        if (slice.ops.fetch >= 0) slice.data_version = 0;
        if (slice.ops.fetch == 0) {
            slice.wait_ps[BRG_CAUSE_MEMORY] = 5 * slice.duration_ps;
            slice.wait_ps[BRG_CAUSE_LATCH] = slice.duration_ps;
        }
        if (s == 2 * n) slice.wait_ps[BRG_CAUSE_PULSE] = 2 * slice.duration_ps;
        if (s == 4 * n) slice.wait_ps[BRG_CAUSE_PULSE] = slice.duration_ps;
        if (s == 1) slice.wait_ps[BRG_CAUSE_HOST] = 3 * slice.duration_ps;
        slice.start_ps = now + brg_slice_wait_ps(&slice);
        now = slice.start_ps + slice.duration_ps;
        assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
    }
    return t;
}

static void compare_path(brg_routers routers, uint32_t n, double t1_ns, double gate,
                         double *worst) {
    brg_run_config config = {.qram = {routers, n, 1, 0}, .input = {.uniform = true}};
    config.noise = timed(t1_ns, 2.0 * t1_ns, true, gate);
    if (n == 3) config.noise.noisy_registers = false;
    brg_planes *data = schedule_parity(n, 1);
    brg_timeline *t = three_waits(&config.qram, data, 100.0);
    brg_first_order x;
    assert_int_equal(brg_first_order_run(&x, t, &config, data, 2, NULL, NULL), BRG_OK);
    const double loss = density_loss(t, &config, data, 1.0, BRG_SHARE_COUNT, 1.0);
    brg_attribution a;
    const brg_attribution_options o = {.exact = &x, .jobs = 1};
    assert_int_equal(brg_attribution_run(&a, t, &config, data, loss, &o), BRG_OK);
    double path[BRG_SHARE_COUNT], sum = 0.0;
    path_integral(t, &config, data, &a, path);
    for (int c = 0; c < BRG_SHARE_COUNT; c++) sum += path[c];
    print_message("%s n=%u 1-F %.4f x %.4f path sum %.6f:", routers ? "three" : "two", n, loss, a.x,
                  sum);
    for (int c = 0; c < BRG_SHARE_COUNT; c++) {
        if (!(a.share[c].x > 1e-6 * a.x)) continue;
        const double off = a.share[c].infidelity / path[c] - 1.0;
        print_message(" %s %+.2f%%", brg_share_name((unsigned)c), 100.0 * off);
        *worst = fmax(*worst, fabs(off));
    }
    print_message("\n");
    /* The integral is complete: it adds up to the loss. */
    assert_double_near(sum / loss, 1.0, 2e-3);
    brg_attribution_clear(&a);
    brg_first_order_clear(&x);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&data);
}

static void shares_follow_the_path_integral(void **state) {
    (void)state;
    double worst = 0.0;
    compare_path(BRG_TWO_LEVEL, 1, 1e4, 0.0, &worst);
    compare_path(BRG_TWO_LEVEL, 1, 4e4, 1e-3, &worst);
    compare_path(BRG_THREE_LEVEL, 1, 1e4, 0.0, &worst);
    compare_path(BRG_THREE_LEVEL, 1, 4e4, 1e-3, &worst);
    compare_path(BRG_TWO_LEVEL, 2, 4e4, 0.0, &worst);
    compare_path(BRG_TWO_LEVEL, 2, 1e5, 1e-3, &worst);
    if (!SANITIZED) compare_path(BRG_THREE_LEVEL, 2, 1e5, 0.0, &worst);
    compare_path(BRG_TWO_LEVEL, 3, 1e5, 0.0, &worst);
    if (!SANITIZED) compare_path(BRG_THREE_LEVEL, 3, 1e5, 0.0, &worst);
    assert_true(worst <= 0.05);
}

static double saved_by_density(const brg_timeline *t, const brg_run_config *config,
                               const brg_planes *ideal, int cause) {
    double before = NAN, after = NAN;
    brg_timeline *shorter = NULL;
    assert_int_equal(brg_timeline_without(&shorter, t, 1u << cause), BRG_OK);
    assert_int_equal(brg_density_replay(t, config, ideal, &before, NULL), BRG_OK);
    assert_int_equal(brg_density_replay(shorter, config, ideal, &after, NULL), BRG_OK);
    brg_timeline_destroy(&shorter);
    return after - before;
}

/* Where x <= 0.05: by replay, by the density matrix and x_c F. */
static void savings_agree_with_the_weights(void **state) {
    (void)state;
    const uint64_t trajectories = SANITIZED ? 2000 : 20000;
    for (int routers = BRG_TWO_LEVEL; routers <= BRG_THREE_LEVEL; routers++) {
        for (uint32_t page_bits = 0; page_bits < 2; page_bits++) {
            brg_run_config config = {.input = {.uniform = true}, .seed = 5};
            config.qram = (brg_qram){(brg_routers)routers, page_bits ? 1u : 2u, 1, page_bits};
            config.noise = timed(2e5, 4e5, false, 0.0);
            brg_planes *data = schedule_parity(2, 1);
            brg_timeline *t = schedule_timeline(&config.qram, data, 2, 100000, 700000,
                                                page_bits ? BRG_CAUSE_PULSE : BRG_CAUSE_MEMORY);
            const int cause = page_bits ? BRG_CAUSE_PULSE : BRG_CAUSE_MEMORY;
            brg_replay_result r;
            brg_first_order x;
            brg_attribution a;
            assert_int_equal(brg_replay(&r, t, &config, data, trajectories, 2, NULL, NULL), BRG_OK);
            assert_int_equal(brg_first_order_run(&x, t, &config, data, 2, NULL, NULL), BRG_OK);
            const brg_attribution_options o = {
                .exact = &x, .outcomes = r.outcomes, .trajectories = trajectories, .jobs = 2};
            assert_int_equal(brg_attribution_run(&a, t, &config, data, 1.0 - r.mean, &o), BRG_OK);
            const brg_share *s = &a.share[cause];
            const double exact = saved_by_density(t, &config, data, cause);
            print_message(
                "%s pages %u: x %.4f, saved %.6f +- %.6f, density %.6f, x_c F %.6f, "
                "unpaired %.6f\n",
                routers ? "three" : "two", 1u << page_bits, a.x, s->saved_if_removed,
                s->saved_stderr, exact, s->x * r.mean, r.stderr_mean * sqrt(2.0));
            assert_true(a.x <= 0.05);
            assert_double_near(s->x * r.mean / exact, 1.0, 0.02);
            assert_true(s->saved_stderr > 0.0);
            assert_double_near(s->saved_if_removed, exact, 3.5 * s->saved_stderr);
            /* The pairing is worth something. */
            assert_true(s->saved_stderr < 0.8 * r.stderr_mean * sqrt(2.0));
            for (int c = 0; c < BRG_CAUSE_COUNT; c++)
                if (c != cause)
                    assert_true(a.share[c].saved_if_removed == 0.0 &&
                                a.share[c].saved_stderr == 0.0);
            assert_true(isnan(a.share[BRG_SHARE_GATE].saved_if_removed));
            assert_true(isnan(a.share[BRG_SHARE_SCHEDULE].saved_if_removed));
            brg_attribution_clear(&a);
            brg_first_order_clear(&x);
            brg_replay_result_clear(&r);
            brg_timeline_destroy(&t);
            brg_planes_destroy(&data);
        }
    }
}

/* ---- the rest of the contract ---- */

typedef struct progress_log {
    uint64_t calls, last, total, stop_at;
} progress_log;

static int on_progress(void *user, uint64_t done, uint64_t total) {
    progress_log *log = user;
    assert_true(done > log->last && done <= total && (!log->total || log->total == total));
    log->calls++;
    log->last = done;
    log->total = total;
    return log->stop_at && log->calls >= log->stop_at;
}

static void misuse_is_refused_and_progress_told(void **state) {
    (void)state;
    brg_run_config config = {.qram = {BRG_TWO_LEVEL, 2, 1, 0}, .input = {.uniform = true}};
    config.noise = timed(1e5, 2e5, true, 1e-4);
    brg_planes *data = schedule_parity(2, 1), *wide = schedule_parity(2, 2);
    brg_timeline *t = schedule_timeline(&config.qram, data, 1, 100000, 700000, BRG_CAUSE_MEMORY);
    brg_attribution a;
    brg_first_order other = {.slices = 3};
    brg_replay_result r;
    progress_log log = {0};
    brg_attribution_options o = {.samples = 16, .jobs = 1};
    assert_int_equal(brg_attribution_run(NULL, t, &config, data, 0.1, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, NULL, &config, data, 0.1, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, t, NULL, data, 0.1, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, t, &config, NULL, 0.1, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, t, &config, wide, 0.1, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, t, &config, data, NAN, &o), BRG_EINVAL);
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, NULL), BRG_EINVAL);
    o.samples = 15;
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_EINVAL);
    o.exact = &other;
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_EINVAL);
    o.exact = NULL;
    o.samples = 16;
    assert_int_equal(brg_replay(&r, t, &config, data, 20, 1, NULL, NULL), BRG_OK);
    o.outcomes = r.outcomes;
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_EINVAL);
    o.trajectories = 20;
    o.progress = on_progress;
    o.user = &log;
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_OK);
    assert_int_equal(log.total, 36);
    assert_int_equal(log.last, 36);
    assert_int_equal(a.top_count, 0);
    brg_attribution_clear(&a);
    log = (progress_log){.stop_at = 5};
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_ESTATE);
    assert_int_equal(log.calls, 5);
    assert_null(a.running);
    log = (progress_log){.stop_at = 20};
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.1, &o), BRG_ESTATE);

    /* Without noise nothing has a weight; what is wrong nevertheless counts as schedule. */
    log = (progress_log){0};
    config.noise.model = BRG_NOISE_NONE;
    assert_int_equal(brg_attribution_run(&a, t, &config, data, 0.25, &o), BRG_OK);
    assert_true(a.x == 0.0 && a.share[BRG_SHARE_SCHEDULE].infidelity == 0.25);
    assert_true(a.share[BRG_CAUSE_MEMORY].saved_if_removed == 0.0);
    brg_attribution_clear(&a);
    brg_attribution_clear(&a);
    brg_attribution_clear(NULL);

    assert_string_equal(brg_share_name(BRG_CAUSE_MEMORY), "memory");
    assert_string_equal(brg_share_name(BRG_SHARE_GATE), "gate");
    assert_string_equal(brg_share_name(BRG_SHARE_SCHEDULE), "schedule");
    assert_null(brg_share_name(BRG_SHARE_COUNT));
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&wide);
    brg_planes_destroy(&data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampled_weights_equal_the_exact_ones),
        cmocka_unit_test(sampling_holds_in_larger_trees),
        cmocka_unit_test(sampling_does_not_depend_on_threads),
        cmocka_unit_test(everything_adds_up),
        cmocka_unit_test(shares_follow_the_path_integral),
        cmocka_unit_test(savings_agree_with_the_weights),
        cmocka_unit_test(misuse_is_refused_and_progress_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
