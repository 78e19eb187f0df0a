/* SPDX-License-Identifier: Apache-2.0 */
/* The branch state against the plain reference, string by string. */
#include "csim/branch.h"
#include "csim/branch_internal.h" /* amplitudes */
#include "reference.h"
#include "schedule.h"

static reference_term *snapshot(const brg_branches *b, uint32_t cells) {
    reference_term *t = calloc(brg_branches_count(b) + 1, sizeof *t);
    assert_non_null(t);
    for (size_t i = 0; i < brg_branches_count(b); i++) {
        t[i].amplitude = b->re[i] + b->im[i] * I;
        for (uint32_t c = 0; c < cells; c++) t[i].cell[c] = (uint8_t)brg_branches_value(b, i, c);
    }
    return t;
}

static void compare(const brg_branches *b, reference *r, const brg_input *input,
                    const brg_planes *ideal) {
    const size_t count = brg_branches_count(b);
    assert_int_equal(count, r->count);
    reference_merge(r);
    reference_term *mine = snapshot(b, r->cells);
    double empty = 0, population[8] = {0};
    for (size_t i = 0; i < count; i++) {
        const reference_term *found =
            bsearch(&mine[i], r->term, r->count, sizeof *r->term, reference_compare);
        assert_non_null(found);
        assert_double_near(cabs(mine[i].amplitude - found->amplitude), 0, 1e-12);
        assert_double_near(brg_branches_weight(b, i), pow(cabs(found->amplitude), 2), 1e-12);
        unsigned occupied = 0;
        for (uint32_t node = 0; node < r->cells; node++) {
            if (2 * node + 1 >= brg_tree_cells(&r->qram)) break;
            const unsigned here =
                (found->cell[2 * node] ? 1u : 0u) + (found->cell[2 * node + 1] ? 1u : 0u);
            uint32_t layer = 0;
            while (brg_node(layer + 1, 0) <= node) layer++;
            population[layer] += here * pow(cabs(found->amplitude), 2);
            occupied += here;
        }
        if (!occupied) empty += pow(cabs(found->amplitude), 2);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(reference_compare(&mine[i], &mine[j]), 0);
    double fidelity = -1;
    assert_int_equal(brg_branches_fidelity(b, input, ideal, &fidelity), BRG_OK);
    assert_double_near(fidelity, reference_fidelity(r, input, ideal), 1e-12);
    assert_double_near(brg_branches_norm(b), reference_norm(r), 1e-12);
    assert_double_near(brg_branches_empty_weight(b), empty, 1e-12);
    for (uint32_t l = 0; l < r->qram.address_width; l++)
        assert_double_near(brg_branches_population(b, l), population[l], 1e-12);
    for (uint32_t c = 0; c < r->cells; c++) {
        double held[3] = {0, 0, 0};
        for (size_t i = 0; i < r->count; i++)
            held[r->term[i].cell[c]] += pow(cabs(r->term[i].amplitude), 2);
        assert_double_near(brg_branches_occupation(b, c, 0), held[1] + held[2], 1e-12);
        assert_double_near(brg_branches_occupation(b, c, 1), held[1], 1e-12);
        assert_double_near(brg_branches_occupation(b, c, 2), held[2], 1e-12);
    }
    free(mine);
}

static uint32_t below(uint64_t *state, uint32_t limit) {
    return (uint32_t)(test_random(state) % limit);
}

/* family: errors fall on the cells of this node and its children alone, so that they meet;
 * UINT32_MAX: on all cells. */
static uint32_t random_cell(const reference *r, uint32_t family, uint64_t *state) {
    const uint32_t tree = brg_tree_cells(&r->qram);
    if (family == UINT32_MAX) return below(state, r->cells);
    const uint32_t node[3] = {family, 2 * family + 1, 2 * family + 2};
    const uint32_t cell = 2 * node[below(state, 3)] + below(state, 2);
    return cell < tree ? cell : 2 * family + (cell & 1u);
}

static void random_error(brg_branches *b, reference *r, uint32_t family, bool jumps,
                         uint64_t *state) {
    const bool three = r->qram.routers == BRG_THREE_LEVEL;
    const uint32_t cell = random_cell(r, family, state), levels = three ? 3 : 2;
    switch (below(state, jumps ? 4 : 3)) {
        case 0:
        case 1: {
            const unsigned x = below(state, levels), z = below(state, levels);
            assert_int_equal(brg_branches_pauli(b, cell, x, z), BRG_OK);
            reference_pauli(r, cell, x, z);
            break;
        }
        case 2:
            assert_int_equal(brg_branches_flip(b, cell), BRG_OK);
            reference_flip(r, cell);
            break;
        default: {
            const size_t i = below(state, (uint32_t)r->count);
            /* A jump that leaves something: of a cell that is occupied in some branch. */
            for (uint32_t step = 0; step < r->cells; step++) {
                const uint32_t c = (cell + step) % r->cells;
                const unsigned value = r->term[i].cell[c];
                if (!value) continue;
                assert_int_equal(brg_branches_jump(b, c, value), BRG_OK);
                reference_jump(r, c, value);
                break;
            }
        }
    }
}

static brg_slice_ops random_ops(const brg_qram *q, uint64_t *state) {
    const uint32_t n = q->address_width, k = q->word_width;
    brg_slice_ops o = brg_slice_ops_none();
    switch (below(state, 8)) {
        case 0:
            o.a_in = (int16_t)below(state, n);
            break;
        case 1:
            o.d_in = (int16_t)below(state, k);
            break;
        case 2:
            o.d_out = (int16_t)below(state, k);
            break;
        case 3:
            o.latch = 1u << below(state, n);
            break;
        case 4:
            o.fetch = (int16_t)below(state, k);
            break;
        default:
            if (n > 1) o.route = 1u << below(state, n - 1);
            if (n > 3 && (o.route & 1u)) o.route |= 4u;
            break;
    }
    if (o.d_in >= 0 && below(state, 2)) o.d_in_page = (int16_t)below(state, 1u << q->page_bits);
    if (o.d_out >= 0 && below(state, 2)) o.d_out_page = (int16_t)below(state, 1u << q->page_bits);
    if (q->routers == BRG_TWO_LEVEL) {
        o.basis_in = o.d_in >= 0 && below(state, 2);
        o.basis_out = o.d_out >= 0 && below(state, 2);
    }
    return o;
}

/* Queries of the schedule with errors between the slices, and random operations. */
static void random_runs(brg_routers routers, uint64_t *state, bool scheduled, bool focused,
                        unsigned errors, unsigned rounds) {
    for (unsigned round = 0; round < rounds; round++) {
        const uint32_t n = 1 + below(state, 4), k = 1 + below(state, 3);
        const brg_qram q = {routers, n, k, below(state, 2) && n < 4 ? 1 + below(state, 4 - n) : 0};
        const uint32_t m = n + q.page_bits;
        const brg_input input = {below(state, 4) != 0, below(state, 1u << m)};
        brg_planes *memory = schedule_random(m, k, state), *pages[8] = {NULL};
        for (uint32_t p = 0; p < 1u << q.page_bits; p++)
            assert_int_equal(brg_planes_page(&pages[p], memory, n, p), BRG_OK);
        brg_branches *b = NULL, *copy = NULL;
        reference r;
        assert_int_equal(brg_branches_new(&b, &q), BRG_OK);
        assert_int_equal(brg_branches_new(&copy, &q), BRG_OK);
        assert_int_equal(brg_branches_begin(b, &input), BRG_OK);
        reference_begin(&r, &q, &input);
        const uint32_t slices = schedule_all_slices(&q);
        const uint32_t nodes = brg_tree_cells(&q) / 2;
        const uint32_t family = focused ? below(state, nodes / 2 + 1) : UINT32_MAX;
        unsigned left = errors;
        for (uint32_t s = 1; s <= slices; s++) {
            const brg_slice_ops ops = scheduled ? schedule_ops(&q, s) : random_ops(&q, state);
            const bool paged = scheduled && ops.fetch >= 0;
            const brg_planes *page = pages[paged ? schedule_page(&q, s) : 0];
            assert_int_equal(brg_branches_apply(b, &ops, page), BRG_OK);
            reference_apply(&r, &ops, page);
            const bool together = below(state, 2);
            if (together) brg_branches_begin_errors(b);
            while (left && below(state, slices) < errors) {
                random_error(b, &r, family, !together, state);
                left--;
            }
            if (together) brg_branches_end_errors(b);
            compare(b, &r, &input, memory);
            if (below(state, 16) == 0) { /* a copy goes on like the original */
                brg_branches *keep = b;
                assert_int_equal(brg_branches_copy(copy, b), BRG_OK);
                b = copy;
                copy = keep;
            }
        }
        reference_end(&r);
        brg_branches_destroy(&b);
        brg_branches_destroy(&copy);
        for (uint32_t p = 0; p < 8; p++) brg_planes_destroy(&pages[p]);
        brg_planes_destroy(&memory);
    }
}

static void test_schedule_without_errors(void **unused) {
    (void)unused;
    uint64_t state = test_seed(1);
    random_runs(BRG_TWO_LEVEL, &state, true, false, 0, 20);
    random_runs(BRG_THREE_LEVEL, &state, true, false, 0, 20);
}

static void test_schedule_with_errors(void **unused) {
    (void)unused;
    uint64_t state = test_seed(2);
    for (unsigned errors = 1; errors <= 16; errors *= 2) {
        random_runs(BRG_TWO_LEVEL, &state, true, false, errors, 60);
        random_runs(BRG_THREE_LEVEL, &state, true, false, errors, 60);
    }
}

/* Errors that meet: on one node and its children. */
static void test_focused_errors(void **unused) {
    (void)unused;
    uint64_t state = test_seed(5);
    for (unsigned errors = 4; errors <= 16; errors *= 2) {
        random_runs(BRG_TWO_LEVEL, &state, true, true, errors, 200);
        random_runs(BRG_THREE_LEVEL, &state, true, true, errors, 200);
        random_runs(BRG_TWO_LEVEL, &state, false, true, errors, 100);
        random_runs(BRG_THREE_LEVEL, &state, false, true, errors, 100);
    }
}

static void test_random_operations(void **unused) {
    (void)unused;
    uint64_t state = test_seed(3);
    for (unsigned errors = 0; errors <= 8; errors += 4) {
        random_runs(BRG_TWO_LEVEL, &state, false, false, errors, 60);
        random_runs(BRG_THREE_LEVEL, &state, false, false, errors, 60);
    }
}

/* Noiseless queries: the right word, fidelity 1, nothing left in the tree. */
static void query(const brg_qram *q, const brg_input *input, const brg_planes *memory) {
    brg_branches *b = NULL;
    assert_int_equal(brg_branches_new(&b, q), BRG_OK);
    assert_int_equal(brg_branches_begin(b, input), BRG_OK);
    for (uint32_t s = 1; s <= schedule_slices(q->address_width, q->word_width); s++) {
        const brg_slice_ops ops = schedule_ops(q, s);
        assert_int_equal(brg_branches_apply(b, &ops, memory), BRG_OK);
    }
    double fidelity = 0;
    assert_int_equal(brg_branches_fidelity(b, input, memory, &fidelity), BRG_OK);
    assert_double_near(fidelity, 1, 1e-10);
    assert_double_near(brg_branches_empty_weight(b), 1, 1e-10);
    assert_double_near(brg_branches_norm(b), 1, 1e-10);
    const uint64_t addresses = input->uniform ? (uint64_t)1 << q->address_width : 1;
    assert_int_equal(brg_branches_count(b), addresses);
    const unsigned zero = q->routers == BRG_THREE_LEVEL ? 1 : 0;
    for (size_t i = 0; i < addresses; i++) {
        const uint64_t address = input->uniform ? i : input->index;
        for (uint32_t j = 0; j < q->word_width; j++)
            assert_int_equal(brg_branches_value(b, i, brg_cell_bus_qubit(q, j)),
                             zero + (unsigned)brg_planes_get(memory, j, address));
    }
    brg_branches_destroy(&b);
}

static void test_noiseless(void **unused) {
    (void)unused;
    uint64_t state = test_seed(4);
    for (int model = 0; model < 2; model++) {
        for (uint32_t n = 1; n <= 6; n++) {
            for (int wide = 0; wide < 2; wide++) {
                const brg_qram q = {(brg_routers)model, n, wide ? n + 2 : 1, 0};
                brg_planes *memory = schedule_random(n, q.word_width, &state);
                for (uint64_t a = 0; a < (uint64_t)1 << n; a++)
                    query(&q, &(brg_input){false, a}, memory);
                query(&q, &(brg_input){true, 0}, memory);
                brg_planes_destroy(&memory);
            }
        }
        const brg_qram narrow = {(brg_routers)model, 10, 1, 0};
        const brg_qram wide = {(brg_routers)model, 10, 12, 0};
        brg_planes *memory = schedule_random(10, 1, &state);
        brg_planes *words = schedule_random(10, 12, &state);
        for (int round = 0; round < 20; round++)
            query(&narrow, &(brg_input){false, below(&state, 1024)}, memory);
        query(&narrow, &(brg_input){true, 0}, memory);
        /* 2^10 bus strings for each address: two addresses here, all of them in the bench. */
        for (int round = 0; round < 2; round++)
            query(&wide, &(brg_input){false, below(&state, 1024)}, words);
        if (model == BRG_THREE_LEVEL) query(&wide, &(brg_input){true, 0}, words);
        brg_planes_destroy(&memory);
        brg_planes_destroy(&words);
    }
}

/* After every basis change of a query, branches with equal strings are one branch. */
static void test_merging(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 2, 4, 0};
    brg_planes *memory = schedule_parity(2, 4);
    brg_branches *b = NULL;
    size_t peak = 0;
    assert_int_equal(brg_branches_new(&b, &q), BRG_OK);
    assert_int_equal(brg_branches_begin(b, &(brg_input){true, 0}), BRG_OK);
    for (uint32_t s = 1; s <= schedule_slices(2, 4); s++) {
        const brg_slice_ops ops = schedule_ops(&q, s);
        const size_t before = brg_branches_count(b);
        assert_int_equal(brg_branches_apply(b, &ops, memory), BRG_OK);
        const size_t after = brg_branches_count(b);
        if (ops.basis_in && !ops.basis_out) assert_int_equal(after, 2 * before);
        if (!ops.basis_in && ops.basis_out) assert_int_equal(2 * after, before);
        if (ops.basis_in == ops.basis_out) assert_int_equal(after, before);
        if (after > peak) peak = after;
    }
    assert_int_equal(peak, 16); /* at most n = 2 bits are between their basis changes */
    brg_branches_destroy(&b);
    brg_planes_destroy(&memory);
}

static void test_bad_arguments(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 3, 2, 0}, three = {BRG_THREE_LEVEL, 3, 2, 0};
    const brg_qram wide = {BRG_TWO_LEVEL, 25, 1, 0}, none = {BRG_TWO_LEVEL, 3, 0, 0};
    brg_branches *b = NULL, *t = NULL;
    assert_int_equal(brg_branches_new(&b, &wide), BRG_EINVAL);
    assert_int_equal(brg_branches_new(&b, &none), BRG_EINVAL);
    assert_int_equal(brg_branches_new(&b, &q), BRG_OK);
    assert_int_equal(brg_branches_new(&t, &three), BRG_OK);
    assert_int_equal(brg_branches_begin(b, &(brg_input){false, 8}), BRG_EINVAL);
    assert_int_equal(brg_branches_begin(b, &(brg_input){true, 0}), BRG_OK);
    assert_int_equal(brg_branches_begin(t, &(brg_input){true, 0}), BRG_OK);
    assert_int_equal(brg_branches_copy(b, t), BRG_EINVAL);
    brg_slice_ops o = brg_slice_ops_none();
    o.route = 4; /* the last layer has no children */
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o = brg_slice_ops_none();
    o.route = 3; /* both use the data cells of layer 1 */
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o = brg_slice_ops_none();
    o.a_in = 3;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o = brg_slice_ops_none();
    o.a_in = 1;
    o.d_in = 1;
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o = brg_slice_ops_none();
    o.fetch = 0; /* no data */
    assert_int_equal(brg_branches_apply(b, &o, NULL), BRG_EINVAL);
    o = brg_slice_ops_none();
    o.d_in = 0;
    o.basis_in = true;
    assert_int_equal(brg_branches_apply(t, &o, NULL), BRG_EINVAL);
    assert_int_equal(brg_branches_pauli(b, 0, 2, 0), BRG_EINVAL);
    assert_int_equal(brg_branches_pauli(b, brg_all_cells(&q), 1, 0), BRG_EINVAL);
    assert_int_equal(brg_branches_jump(b, 0, 0), BRG_EINVAL);
    assert_int_equal(brg_branches_jump(b, 0, 2), BRG_EINVAL);
    assert_int_equal(brg_branches_count(b), 8);
    brg_branches_destroy(&b);
    brg_branches_destroy(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule_without_errors),
        cmocka_unit_test(test_schedule_with_errors),
        cmocka_unit_test(test_focused_errors),
        cmocka_unit_test(test_random_operations),
        cmocka_unit_test(test_noiseless),
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
