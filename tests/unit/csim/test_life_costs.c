/* SPDX-License-Identifier: Apache-2.0 */
/* Logical errors with known probabilities: the density matrix against every pattern of Paulis, a
 * closed form and trajectories; their first-order cost against closed forms, the density matrix and
 * the time of each interval. */
#include "attribution_cases.h"
#include "csim/attribution.h"
#include "csim/density.h"
#include "csim/life_costs.h"
#include "register_paulis.h"

enum { SLICE_PS = 100000, STALL_PS = 730000 };

#ifdef __SANITIZE_ADDRESS__
enum { FEWER = 10 };
#else
enum { FEWER = 1 };
#endif

/* X and Z in proportion to the length of the life, on top of a constant. */
typedef struct law {
    double x, z, x_per_ps, z_per_ps;
} law;

static int rates(void *user, uint64_t begin_ps, uint64_t end_ps, double *x, double *z) {
    const law *l = user;
    const double time = (double)(end_ps - begin_ps);
    *x = l->x + l->x_per_ps * time;
    *z = l->z + l->z_per_ps * time;
    return BRG_OK;
}

static double uniform_of(uint64_t trajectory, uint32_t query, uint32_t qubit, uint32_t life,
                         uint64_t which) {
    uint64_t state = trajectory * 0x2545F4914F6CDD1Du + query * 1000003u + qubit * 8191u +
                     life * 131u + which * 7919u;
    test_random(&state);
    return (double)(test_random(&state) >> 11) * 0x1p-53;
}

static unsigned drawn(void *user, uint64_t trajectory, uint32_t query, uint32_t qubit,
                      uint32_t life, uint64_t begin_ps, uint64_t end_ps) {
    double x, z;
    rates(user, begin_ps, end_ps, &x, &z);
    return (uniform_of(trajectory, query, qubit, life, 0) < x ? 1u : 0u) |
           (uniform_of(trajectory, query, qubit, life, 1) < z ? 2u : 0u);
}

static double density_of(const brg_timeline *t, const brg_run_config *c, const brg_planes *memory) {
    double mean = NAN;
    assert_int_equal(brg_density_replay(t, c, memory, &mean, NULL), BRG_OK);
    return mean;
}

static brg_logical logical_of(law *l, double transfer_error) {
    return (brg_logical){
        .pauli = drawn, .rates = rates, .user = l, .transfer_error = transfer_error};
}

/* Noiseless tree: the mixture of all patterns, each by hand. With depolarizing at the transfers a
 * life has the Paulis of both. */
static void check_mixture(brg_qram q, brg_input input, double transfer_error) {
    law l = {.x = 0.07, .z = 0.04};
    const brg_logical logical = logical_of(&l, transfer_error);
    const brg_run_config c = {.qram = q, .input = input, .logical = &logical};
    const uint32_t qubits = qubits_of(&q);
    uint64_t seed = 71;
    brg_planes *memory = schedule_random(brg_table_width(&q), q.word_width, &seed);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    const double life[4] = {(1 - l.x) * (1 - l.z), l.x * (1 - l.z), (1 - l.x) * l.z, l.x * l.z};
    double both[4] = {0}, expected = 0;
    for (unsigned p = 0; p < 4; p++)
        for (unsigned e = 0; e < 4; e++)
            both[p ^ e] += life[p] * (e ? transfer_error / 3 : 1 - transfer_error);
    for (uint64_t p = 0; p < (uint64_t)1 << 4 * qubits; p++) {
        double weight = 1;
        for (uint32_t i = 0; i < 2 * qubits; i++) {
            /* A page qubit does not move and has one life; the pattern's other one is idle. */
            const bool page = i / 2 < q.page_bits;
            const unsigned pauli = (unsigned)(p >> 2 * i) & 3u;
            weight *= !page ? both[pauli] : i % 2 == 0 ? life[pauli] : pauli ? 0 : 1;
        }
        if (weight > 0) expected += weight * reference(&q, &input, memory, p);
    }
    const double f = density_of(t, &c, memory);
    assert_double_near(f, expected, 1e-12);
    assert_true(f < 0.9 && f > 0.2);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_density_against_patterns(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++)
        for (int input = 0; input < 2; input++) {
            const brg_input in = {input == 0, input == 0 ? 0 : 1};
            const brg_routers r = (brg_routers)routers;
            check_mixture((brg_qram){r, 1, 1, 0}, in, 0);
            check_mixture((brg_qram){r, 1, 1, 0}, in, 0.09);
            check_mixture((brg_qram){r, 2, 1, 0}, in, 0.03);
            check_mixture((brg_qram){r, 1, 2, 0}, in, 0.03);
            check_mixture((brg_qram){r, 1, 1, 1}, in, 0.03);
        }
}

/* Z alone and a zero memory: an address qubit is left right by an even number of them. */
static void test_density_closed_form(void **unused) {
    (void)unused;
    for (uint32_t n = 1; n <= 3; n++)
        for (int routers = 0; routers < 2; routers++) {
            const brg_qram q = {(brg_routers)routers, n, 1, 0};
            law l = {.z = 0.05};
            const brg_logical logical = logical_of(&l, 0);
            const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
            brg_planes *memory = NULL;
            assert_int_equal(brg_planes_new(&memory, n, 1), BRG_OK);
            brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
            assert_double_near(density_of(t, &c, memory), pow(1 - 2 * l.z * (1 - l.z), n), 1e-12);
            brg_timeline_destroy(&t);
            brg_planes_destroy(&memory);
        }
}

/* Everything at once: a noisy tree with gate errors, lives that grow with the stall, transfers. */
static void test_density_against_replay(void **unused) {
    (void)unused;
    enum { TRAJECTORIES = 20000 / FEWER };
    for (int routers = 0; routers < 2; routers++) {
        const brg_qram q = {(brg_routers)routers, 2, 1, 0};
        law l = {.x_per_ps = 2e-8, .z_per_ps = 1e-8};
        const brg_logical logical = logical_of(&l, 0.01);
        brg_run_config c = {.qram = q,
                            .input = {true, 0},
                            .seed = test_seed(72),
                            .engine = BRG_BRANCH_PRUNED,
                            .logical = &logical};
        c.noise = (brg_noise){.model = BRG_NOISE_TIMED,
                              .t1_ns = 4e4,
                              .tphi_ns = 6e4,
                              .noisy_registers = true,
                              .gate_error = routers ? 0 : 1e-3};
        uint64_t seed = 73;
        brg_planes *memory = schedule_random(2, 1, &seed);
        brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
        brg_replay_result r;
        const uint64_t count = routers ? TRAJECTORIES / 2u : TRAJECTORIES;
        const double exact = density_of(t, &c, memory);
        assert_int_equal(brg_replay(&r, t, &c, memory, count, 2, NULL, NULL), BRG_OK);
        print_message("density %.6f, replay %.6f +- %.6f\n", exact, r.mean, r.stderr_mean);
        assert_double_near(r.mean, exact, 3.5 * r.stderr_mean);
        brg_replay_result_clear(&r);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

static void test_density_states(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    law l = {.x = 0.01};
    const brg_logical logical = logical_of(&l, 0);
    const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
    brg_planes *memory = schedule_parity(1, 1);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
    brg_density *d = NULL;
    double f;
    assert_int_equal(brg_density_new(&d, &c), BRG_OK);
    assert_int_equal(brg_density_end(d), BRG_ESTATE);
    assert_int_equal(brg_density_begin(d), BRG_OK);
    assert_int_equal(brg_density_fidelity(d, memory, &f), BRG_ESTATE);
    assert_int_equal(brg_density_end(d), BRG_OK);
    assert_int_equal(brg_density_end(d), BRG_ESTATE);
    assert_int_equal(brg_density_slice(d, brg_timeline_slice(t, 0), NULL), BRG_ESTATE);
    brg_density_destroy(&d);
    l.x = 1.5;
    double mean;
    assert_int_equal(brg_density_replay(t, &c, memory, &mean, NULL), BRG_EINVAL);
    brg_life_costs costs;
    assert_int_equal(brg_life_costs_run(&costs, t, &c, memory, &logical, 1), BRG_EINVAL);
    const brg_run_config bare = {.qram = q, .input = {true, 0}};
    assert_int_equal(brg_life_costs_run(&costs, t, &bare, memory, &logical, 1), BRG_EINVAL);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

/* First order in closed form. A zero memory leaves |+> on the addresses and |0> on the bus: only X
 * on the bus and Z on an address harm, and these cost all. */
static void test_cost_closed_form(void **unused) {
    (void)unused;
    const double x = 1e-3, z = 2e-3, transfer = 3e-3;
    for (int routers = 0; routers < 2; routers++)
        for (uint32_t n = 1; n <= 3; n++) {
            const brg_qram q = {(brg_routers)routers, n, 2, 0};
            law l = {.x = x, .z = z};
            const brg_logical logical = logical_of(&l, transfer);
            const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
            brg_planes *memory = NULL;
            assert_int_equal(brg_planes_new(&memory, n, 2), BRG_OK);
            brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
            brg_life_costs costs;
            assert_int_equal(brg_life_costs_run(&costs, t, &c, memory, &logical, 2), BRG_OK);
            /* A Z or a Y of an address, an X or a Y of the bus; two lives each. */
            assert_double_near(costs.logical, 2 * (n * z + 2 * x), 1e-14);
            assert_double_near(costs.by_pauli[0],
                               2 * (n * x * z / 2 + 2 * (x * (1 - z) + x * z / 2)), 1e-14);
            assert_double_near(costs.by_pauli[0] + costs.by_pauli[1], costs.logical, 1e-14);
            assert_double_near(costs.transfer, 2 * (n + 2) * 2 * transfer / 3, 1e-14);
            brg_life_costs_clear(&costs);
            brg_timeline_destroy(&t);
            brg_planes_destroy(&memory);
        }
    /* One address: an X moves it, an X on the bus changes the word, a Z does nothing. */
    const brg_qram q = {BRG_TWO_LEVEL, 2, 1, 0};
    law l = {.x = x, .z = z};
    const brg_logical logical = logical_of(&l, 0);
    const brg_run_config c = {.qram = q, .input = {false, 2}, .logical = &logical};
    brg_planes *memory = schedule_parity(2, 1);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, 0, BRG_CAUSE_MEMORY);
    brg_life_costs costs;
    assert_int_equal(brg_life_costs_run(&costs, t, &c, memory, &logical, 2), BRG_OK);
    assert_double_near(costs.logical, 2 * 3 * x, 1e-14);
    brg_life_costs_clear(&costs);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

/* Time of each interval: x of a qubit is spread over its lives and nothing else. */
static void test_cost_by_interval(void **unused) {
    (void)unused;
    for (uint32_t page_bits = 0; page_bits < 2; page_bits++) {
        const brg_qram q = {BRG_TWO_LEVEL, 2, 1, page_bits};
        const uint32_t n = 2, m = brg_table_width(&q), queries = 2;
        law l = {.z_per_ps = 1e-9, .x_per_ps = 5e-10};
        const brg_logical logical = logical_of(&l, 1e-3);
        const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &logical};
        uint64_t seed = 74, random = 75;
        brg_planes *memory = schedule_random(m, 1, &seed);
        brg_timeline *t = cases_timeline(&q, memory, queries, SLICE_PS, 2, STALL_PS, &random);
        brg_life_costs costs, threads;
        assert_int_equal(brg_life_costs_run(&costs, t, &c, memory, &logical, 1), BRG_OK);
        assert_int_equal(brg_life_costs_run(&threads, t, &c, memory, &logical, 3), BRG_OK);
        assert_memory_equal(costs.cost, threads.cost, costs.slices * sizeof *costs.cost);
        double sum = 0, transfer = 0;
        for (size_t i = 0; i < costs.slices; i++) {
            const brg_slice *s = brg_timeline_slice(t, i);
            /* Per time, every life costs by itself: what an interval costs is the sum over the
             * lives that it lies in, and no longer life makes it more. Second order is p*p. */
            double per_ps = 0;
            const uint32_t out = schedule_all_slices(&q) + 1;
            for (uint32_t x = 0; x < m; x++) {
                const bool page = x < page_bits;
                const uint32_t in = 2 * (x - page_bits) + 1;
                if (page || s->slice < in || s->slice > out - in) per_ps += l.z_per_ps;
            }
            const uint32_t first = 2 * n + 1, last = 4 * n + 2 * (brg_pages(&q) - 1) + 1;
            const double bus[2] = {s->slice<first, s->slice> last};
            const uint64_t ones = (uint64_t)__builtin_popcountll(memory->bits[0]),
                           cells = (uint64_t)1 << m;
            const double mean = 1 - 2 * (double)ones / (double)cells;
            per_ps += bus[0] * l.x_per_ps;
            per_ps += bus[1] * (l.x_per_ps + l.z_per_ps * (1 - mean * mean));
            /* X on an address that leaves harms where two words differ. */
            double changed = 0;
            for (uint32_t x = 0; x < m; x++) {
                const bool page = x < page_bits;
                const uint32_t in = 2 * (x - page_bits) + 1;
                double same = 0;
                for (uint64_t a = 0; a < cells; a++)
                    same += (double)(brg_planes_word(memory, a) ==
                                     brg_planes_word(memory, a ^ (cells >> (x + 1)))) /
                            (double)cells;
                if (page || s->slice > out - in) changed += l.x_per_ps * (1 - same * same);
            }
            per_ps += changed;
            const double expected = per_ps * (double)s->duration_ps;
            assert_double_near(costs.cost[i].slice, expected, 4e-3 * expected + 1e-15);
            sum += costs.cost[i].wait + costs.cost[i].slice;
            transfer += costs.cost[i].transfer;
            /* In the tree without a page qubit nothing of a patch is alive. */
            if (!page_bits && s->slice > 2 * n && s->slice < 4 * n)
                assert_true(costs.cost[i].slice == 0 || s->slice < first);
        }
        assert_double_near(sum / queries, costs.logical, 1e-15);
        assert_double_near(transfer / queries, costs.transfer, 1e-15);
        assert_true(costs.logical > 0 && costs.transfer > 0);
        brg_life_costs_clear(&costs);
        brg_life_costs_clear(&threads);
        brg_timeline_destroy(&t);
        brg_planes_destroy(&memory);
    }
}

/* Small rates of tree and patches together: (1 - F) / x goes to 1, and the rest falls with the
 * rate. */
static void test_first_order_against_density(void **unused) {
    (void)unused;
    for (int routers = 0; routers < 2; routers++)
        for (int input = 0; input < 2; input++) {
            const brg_qram q = {(brg_routers)routers, 2, 1, 0};
            uint64_t seed = 76, random = 77;
            brg_planes *memory = schedule_random(2, 1, &seed);
            brg_timeline *t = cases_timeline(&q, memory, 1, SLICE_PS, 2, STALL_PS, &random);
            double away[2];
            for (int small = 0; small < 2; small++) {
                const double scale = small ? 1e-2 : 1e-1;
                law l = {.x_per_ps = 1e-8 * scale, .z_per_ps = 2e-8 * scale};
                const brg_logical logical = logical_of(&l, 1e-2 * scale);
                brg_run_config c = {.qram = q, .input = {input == 0, 1}, .logical = &logical};
                c.noise = (brg_noise){
                    .model = BRG_NOISE_TIMED, .t1_ns = 1e5 / scale, .tphi_ns = 2e5 / scale};
                brg_first_order x;
                assert_int_equal(brg_first_order_run(&x, t, &c, memory, 2, NULL, NULL), BRG_OK);
                const double exact = 1 - density_of(t, &c, memory);
                assert_true(x.logical > 0.1 * x.infidelity && x.logical < 0.9 * x.infidelity);
                assert_true(isnan(x.coefficient));
                double sum = 0;
                for (size_t i = 0; i < x.slices; i++) sum += brg_interval_total(&x.intervals[i]);
                assert_double_near(sum, x.infidelity, 1e-15);
                away[small] = fabs(exact / x.infidelity - 1);
                print_message("1 - F %.6g, x %.6g of which patches %.6g\n", exact, x.infidelity,
                              x.logical);
                assert_true(away[small] < 2 * x.infidelity);
                brg_first_order_clear(&x);
            }
            assert_true(away[1] < 0.2 * away[0] + 1e-7);
            brg_timeline_destroy(&t);
            brg_planes_destroy(&memory);
        }
}

/* The whole is shared out to the last bit, the part by logical errors too; what the end of a cause
 * would save is that of the density matrix with logical errors in it. */
static void check_attribution(brg_qram q, brg_noise noise, bool sampled, uint64_t seed) {
    enum { TRAJECTORIES = 3000 / (FEWER > 1 ? 4 : 1), QUERIES = 2 };
    law l = {.x_per_ps = 1.5e-8, .z_per_ps = 1e-8}, never = {0};
    const brg_logical logical = logical_of(&l, 2e-3), perfect = logical_of(&never, 2e-3);
    brg_run_config c = {.qram = q,
                        .input = {true, 0},
                        .seed = test_seed(78),
                        .noise = noise,
                        .engine = BRG_BRANCH_PRUNED,
                        .logical = &logical};
    brg_planes *memory = schedule_random(brg_table_width(&q), q.word_width, &seed);
    brg_timeline *t = cases_timeline(&q, memory, QUERIES, SLICE_PS, 3, STALL_PS, &seed);
    const double f = density_of(t, &c, memory);
    c.logical = &perfect;
    const double tree = density_of(t, &c, memory), infidelity = 1 - f;
    c.logical = &logical;
    brg_replay_result r;
    assert_int_equal(brg_replay(&r, t, &c, memory, TRAJECTORIES, 2, NULL, NULL), BRG_OK);
    brg_first_order x;
    assert_int_equal(brg_first_order_run(&x, t, &c, memory, 2, NULL, NULL), BRG_OK);
    const brg_attribution_options o = {.exact = sampled ? NULL : &x,
                                       .samples = 4000,
                                       .events = SIZE_MAX,
                                       .outcomes = r.outcomes,
                                       .trajectories = TRAJECTORIES,
                                       .jobs = 2,
                                       .logical_infidelity = tree - f};
    brg_attribution a;
    assert_int_equal(brg_attribution_run(&a, t, &c, memory, infidelity, &o), BRG_OK);
    double forward = 0, backward = 0, parts = 0, weights = 0, by_cause[BRG_CAUSE_COUNT] = {0};
    for (unsigned i = 0; i < BRG_SHARE_COUNT; i++) {
        const brg_share *s = &a.share[i];
        forward += s->infidelity;
        backward += a.share[BRG_SHARE_COUNT - 1 - i].infidelity;
        parts += s->logical;
        weights += s->logical_x;
        assert_true(s->logical >= 0 && s->logical <= s->infidelity);
        assert_double_near(s->logical, (tree - f) * s->logical_x / a.logical_x, 1e-14);
    }
    assert_true(forward == infidelity && backward == infidelity && parts == a.logical);
    assert_double_near(a.logical, tree - f, 1e-15);
    assert_double_near(weights, x.logical, 1e-14);
    if (!sampled) assert_double_near(a.x, x.infidelity, 1e-14);
    assert_true(a.share[BRG_SHARE_GATE].logical == 0 && a.share[BRG_SHARE_GATE].x > 0);
    for (size_t i = 0; i < a.top_count; i++) {
        assert_true(a.top[i].logical <= a.top[i].infidelity);
        by_cause[brg_timeline_event(t, a.top[i].event)->cause] += a.top[i].infidelity;
    }
    for (int cause = 0; cause < BRG_CAUSE_COUNT; cause++) {
        const brg_share *s = &a.share[cause];
        assert_double_near(by_cause[cause], s->infidelity, 1e-13);
        if (!s->time_ps) continue;
        brg_timeline *shorter = NULL;
        assert_int_equal(brg_timeline_without(&shorter, t, 1u << cause), BRG_OK);
        const double saved = density_of(shorter, &c, memory) - f;
        print_message("%s: share %.5f (patches %.5f), saved %.5f +- %.5f, density %.5f\n",
                      brg_share_name((unsigned)cause), s->infidelity, s->logical,
                      s->saved_if_removed, s->saved_stderr, saved);
        /* An error that a few trajectories in all would have can be in none. */
        assert_double_near(s->saved_if_removed, saved, 4 * s->saved_stderr + 2.0 / TRAJECTORIES);
        brg_timeline_destroy(&shorter);
    }
    brg_attribution_clear(&a);
    brg_first_order_clear(&x);
    brg_replay_result_clear(&r);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

static void test_attribution(void **unused) {
    (void)unused;
    const brg_noise timed = {.model = BRG_NOISE_TIMED, .t1_ns = 3e5, .tphi_ns = 5e5};
    const brg_noise none = {.model = BRG_NOISE_NONE};
    for (int sampled = 0; sampled < 2; sampled++) {
        check_attribution((brg_qram){BRG_TWO_LEVEL, 2, 1, 0}, timed, sampled, 79);
        check_attribution((brg_qram){BRG_THREE_LEVEL, 1, 1, 0}, timed, sampled, 80);
        check_attribution((brg_qram){BRG_TWO_LEVEL, 1, 1, 1}, none, sampled, 81);
    }
}

/* Counted rates: their standard errors reach the weights. */
static void test_counted(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    law l = {.x = 1e-3, .z = 2e-3};
    const brg_logical known = logical_of(&l, 0), unknown = {.pauli = drawn, .user = &l};
    const brg_run_config c = {.qram = q, .input = {true, 0}, .logical = &unknown};
    brg_planes *memory = NULL;
    assert_int_equal(brg_planes_new(&memory, 1, 1), BRG_OK);
    brg_timeline *t = schedule_timeline(&q, memory, 1, SLICE_PS, STALL_PS, BRG_CAUSE_MEMORY);
    brg_first_order x;
    assert_int_equal(brg_first_order_run(&x, t, &c, memory, 1, NULL, NULL), BRG_OK);
    assert_true(isnan(x.logical) && x.infidelity == 0);
    brg_attribution_options o = {
        .exact = &x, .jobs = 1, .logical_infidelity = 0.01, .rate_stderr = {0.3, 0.4}};
    brg_attribution a;
    /* Not known: nothing to go by but the schedule. */
    assert_int_equal(brg_attribution_run(&a, t, &c, memory, 0.01, &o), BRG_OK);
    assert_true(a.logical_x == 0 && a.share[BRG_SHARE_SCHEDULE].logical == 0.01);
    brg_attribution_clear(&a);
    o.rates = &known;
    assert_int_equal(brg_attribution_run(&a, t, &c, memory, 0.01, &o), BRG_OK);
    /* Two lives of the bus with X and Y, two of the address with Z and Y; a Y counts half to x and
     * half to z, which cancels. */
    const double x_part = 2 * l.x, z_part = 2 * l.z;
    assert_double_near(a.logical_x, x_part + z_part, 1e-14);
    assert_double_near(
        a.share[BRG_SHARE_SCHEDULE].x_stderr,
        hypot(0.3 * x_part, 0.4 * z_part) * a.share[BRG_SHARE_SCHEDULE].logical_x / a.logical_x,
        1e-14);
    brg_attribution_clear(&a);
    brg_first_order_clear(&x);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_density_against_patterns),
        cmocka_unit_test(test_density_closed_form),
        cmocka_unit_test(test_density_against_replay),
        cmocka_unit_test(test_density_states),
        cmocka_unit_test(test_cost_closed_form),
        cmocka_unit_test(test_cost_by_interval),
        cmocka_unit_test(test_first_order_against_density),
        cmocka_unit_test(test_attribution),
        cmocka_unit_test(test_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
