/* SPDX-License-Identifier: Apache-2.0 */
/* A whole small two_level tree with its registers as a dense state, one qubit per cell: after every
 * slice it holds the same basis states with the same weights as the branch engine, and in the end
 * the same fidelity, with and without errors on the way. Signs show in the fidelity and, as the
 * data travel as phases, in the bus. */
#include "csim/branch.h"
#include "csim/dense.h"
#include "dense_reference.h"
#include "schedule.h"

static uint64_t seed;

static const brg_complex h[4] = {0.70710678118654752440, 0.70710678118654752440,
                                 0.70710678118654752440, -0.70710678118654752440};

static uint64_t bit(uint32_t q) {
    return (uint64_t)1 << q;
}

static void ok(int code) {
    assert_int_equal(code, BRG_OK);
}

static void route(brg_dense *d, uint32_t layer) {
    for (uint32_t i = 0; i < 1u << layer; i++) {
        const uint32_t node = brg_node(layer, i), addr = brg_cell_addr(node);
        const uint32_t data = brg_cell_data(node);
        ok(brg_dense_swap(d, bit(addr), data, brg_cell_data(brg_node(layer + 1, 2 * i + 1))));
        ok(brg_dense_x(d, 0, addr));
        ok(brg_dense_swap(d, bit(addr), data, brg_cell_data(brg_node(layer + 1, 2 * i))));
        ok(brg_dense_x(d, 0, addr));
    }
}

static void fetch(brg_dense *d, const brg_qram *q, const brg_planes *image, uint32_t plane) {
    const uint32_t last = q->address_width - 1u;
    for (uint32_t i = 0; i < 1u << last; i++) {
        const uint32_t addr = brg_cell_addr(brg_node(last, i));
        const uint32_t data = brg_cell_data(brg_node(last, i));
        const bool left = brg_planes_get(image, plane, 2u * i);
        const bool right = brg_planes_get(image, plane, 2u * i + 1u);
        if (left) ok(brg_dense_phase(d, bit(data), -1.0));
        if (left != right) ok(brg_dense_phase(d, bit(data) | bit(addr), -1.0));
    }
}

static void slice(brg_dense *d, const brg_qram *q, const brg_slice_ops *o,
                  const brg_planes *image) {
    const uint32_t root = brg_cell_data(0);
    if (o->d_out >= 0) {
        const uint32_t bus = brg_cell_bus_qubit(q, (uint32_t)o->d_out);
        ok(brg_dense_swap(d, 0, root, bus));
        if (o->basis_out) ok(brg_dense_gate1(d, 0, bus, h));
    }
    if (o->d_in >= 0) {
        const uint32_t bus = brg_cell_bus_qubit(q, (uint32_t)o->d_in);
        if (o->basis_in) ok(brg_dense_gate1(d, 0, bus, h));
        ok(brg_dense_swap(d, 0, root, bus));
    }
    const int16_t address = o->a_in >= 0 ? o->a_in : o->a_out;
    if (address >= 0) ok(brg_dense_swap(d, 0, root, brg_cell_address_qubit(q, (uint32_t)address)));
    for (uint32_t l = 0; l < q->address_width; l++) {
        if (o->route >> l & 1u) route(d, l);
        if (o->latch >> l & 1u)
            for (uint32_t i = 0; i < 1u << l; i++)
                ok(brg_dense_swap(d, 0, brg_cell_addr(brg_node(l, i)),
                                  brg_cell_data(brg_node(l, i))));
    }
    if (o->fetch >= 0) fetch(d, q, image, (uint32_t)o->fetch);
}

/* Every branch is a basis state of that weight, and there is no other. */
static void compare(brg_dense *d, const brg_branches *b, const brg_qram *q, double tolerance) {
    double total = 0.0;
    for (size_t i = 0; i < brg_branches_count(b); i++) {
        uint64_t index = 0;
        brg_complex a = 0.0;
        for (uint32_t c = 0; c < brg_all_cells(q); c++)
            if (brg_branches_value(b, i, c)) index |= bit(c);
        ok(brg_dense_get(d, index, 1, &a));
        assert_double_near(creal(a * conj(a)), brg_branches_weight(b, i), tolerance);
        total += brg_branches_weight(b, i);
    }
    assert_double_near(brg_dense_norm(d), total, tolerance);
}

/* <psi|Tr_tree rho|psi>, psi the ideal answer. */
static double fidelity(const brg_dense *d, const brg_qram *q, const brg_input *input,
                       const brg_planes *image) {
    const uint32_t n = q->address_width, tree = brg_tree_cells(q);
    const uint64_t addresses = (uint64_t)1 << n, trees = (uint64_t)1 << tree;
    double sum = 0.0;
    for (uint64_t t = 0; t < trees; t++) {
        brg_complex overlap = 0.0;
        for (uint64_t i = 0; i < addresses; i++) {
            if (!input->uniform && i != input->index) continue;
            uint64_t index = t;
            brg_complex a = 0.0;
            for (uint32_t k = 0; k < n; k++)
                if (i >> (n - 1u - k) & 1u) index |= bit(brg_cell_address_qubit(q, k));
            index |= brg_planes_word(image, i) << brg_cell_bus_qubit(q, 0);
            ok(brg_dense_get(d, index, 1, &a));
            overlap += a;
        }
        sum += creal(overlap * conj(overlap));
    }
    return sum / (input->uniform ? (double)addresses : 1.0);
}

typedef enum errors { NONE, PAULI, JUMP } errors;

static void err(brg_dense *d, brg_branches *b, const brg_qram *q, errors kind, uint64_t *state) {
    const uint32_t cell = (uint32_t)(test_random(state) % brg_tree_cells(q));
    if (kind == PAULI) {
        const unsigned x = (unsigned)(test_random(state) & 1u);
        const unsigned z = (unsigned)(test_random(state) & 1u);
        ok(brg_branches_pauli(b, cell, x, z));
        if (z) ok(brg_dense_phase(d, bit(cell), -1.0));
        if (x) ok(brg_dense_x(d, 0, cell));
        return;
    }
    const double weight = brg_branches_occupation(b, cell, 1);
    if (weight < 1e-3) return;
    const brg_complex k[4] = {0.0, 1.0, 0.0, 0.0};
    ok(brg_branches_jump(b, cell, 1));
    ok(brg_dense_gate1(d, 0, cell, k));
}

static void query(uint32_t n, uint32_t k, brg_precision precision, errors kind, bool fused,
                  uint64_t *state) {
    const brg_qram q = {BRG_TWO_LEVEL, n, k, 0};
    const brg_input input = {.uniform = test_random(state) & 1u,
                             .index = test_random(state) % ((uint64_t)1 << n)};
    const double tolerance = precision == BRG_DOUBLE ? 1e-12 : 1e-5;
    brg_planes *image = schedule_random(n, k, state);
    brg_branches *b = NULL;
    brg_dense *d = NULL;
    ok(brg_branches_new(&b, &q));
    ok(brg_branches_begin(b, &input));
    ok(brg_dense_new(&d, brg_all_cells(&q), precision, 2));
    ok(brg_dense_fusion(d, fused));
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t qubit = brg_cell_address_qubit(&q, i);
        if (input.uniform)
            ok(brg_dense_gate1(d, 0, qubit, h));
        else if (input.index >> (n - 1u - i) & 1u)
            ok(brg_dense_x(d, 0, qubit));
    }
    const uint32_t slices = schedule_slices(n, k);
    for (uint32_t s = 1; s <= slices; s++) {
        const brg_slice_ops ops = schedule_ops(&q, s);
        ok(brg_branches_apply(b, &ops, image));
        slice(d, &q, &ops, image);
        compare(d, b, &q, tolerance);
        if (kind != NONE && test_random(state) % 5 == 0) {
            err(d, b, &q, kind, state);
            compare(d, b, &q, tolerance);
        }
    }
    double expected = 0.0;
    ok(brg_branches_fidelity(b, &input, image, &expected));
    assert_double_near(fidelity(d, &q, &input, image), expected, 10.0 * tolerance);
    if (kind == NONE) assert_double_near(expected, 1.0, tolerance);
    brg_planes_destroy(&image);
    brg_branches_destroy(&b);
    brg_dense_destroy(&d);
}

static void test_query(void **unused) {
    (void)unused;
    uint64_t state = seed;
    for (uint32_t n = 1; n <= 2; n++)
        for (uint32_t k = 1; k <= 3; k++)
            for (int i = 0; i < 4; i++) {
                query(n, k, BRG_DOUBLE, NONE, i & 1, &state);
                query(n, k, BRG_SINGLE, NONE, i & 1, &state);
            }
    query(3, 1, BRG_DOUBLE, NONE, true, &state);
}

static void test_errors(void **unused) {
    (void)unused;
    uint64_t state = seed + 1;
    for (uint32_t n = 1; n <= 2; n++)
        for (uint32_t k = 1; k <= 2; k++)
            for (int i = 0; i < 20; i++) {
                query(n, k, BRG_DOUBLE, PAULI, i & 1, &state);
                query(n, k, BRG_DOUBLE, JUMP, i & 1, &state);
            }
    query(3, 1, BRG_DOUBLE, PAULI, false, &state);
}

int main(void) {
    seed = test_seed(4711);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_query), cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
