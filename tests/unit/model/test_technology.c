/* SPDX-License-Identifier: Apache-2.0 */
/* Presets: every number is there with a source, consistent, and equal to the published table. */
#include <string.h>

#include "model/image.h"
#include "model/technology.h"
#include "test.h"

static void assert_sourced(const brg_technology *t, const brg_sourced *v, const char *what) {
    if (v->source == NULL || v->source[0] == '\0' || !(v->value >= 0))
        print_error("%s: %s\n", t->name, what);
    assert_non_null(v->source);
    assert_true(strlen(v->source) > 0);
    assert_true(v->value >= 0);
}

static void test_every_preset_can_run(void **state) {
    (void)state;
    size_t count = 0;
    for (const brg_technology *t; (t = brg_technology_at(count)) != NULL; count++) {
        const struct {
            const brg_sourced *v;
            const char *what;
            bool positive, probability;
        } all[] = {{&t->cswap_ns, "cswap_ns", true, false},
                   {&t->latch_swap_ns, "latch_swap_ns", true, false},
                   {&t->register_swap_ns, "register_swap_ns", true, false},
                   {&t->fetch_ns, "fetch_ns", true, false},
                   {&t->readout_ns, "readout_ns", true, false},
                   {&t->t1_ns, "t1_ns", true, false},
                   {&t->t2_ns, "t2_ns", false, false},
                   {&t->tphi_ns, "tphi_ns", true, false},
                   {&t->gate_error_1q, "gate_error_1q", true, true},
                   {&t->gate_error_2q, "gate_error_2q", true, true},
                   {&t->readout_error, "readout_error", true, true}};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            assert_sourced(t, all[i].v, all[i].what);
            if (all[i].positive) assert_true(all[i].v->value > 0);
            if (all[i].probability) assert_true(all[i].v->value < 1);
        }
        assert_true(strlen(t->about) > 10);
        assert_ptr_equal(brg_technology_find(t->name), t);
        /* A slice is far shorter than the time in which a cell decays. */
        assert_true(t->cswap_ns.value * 10 < t->tphi_ns.value);
        if (t->t2_ns.value > 0) {
            assert_true(t->t2_ns.value <= 2 * t->t1_ns.value);
            const double tphi = brg_tphi_ns(t->t1_ns.value, t->t2_ns.value);
            assert_double_near(t->tphi_ns.value / tphi, 1.0, 1e-9);
        }
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(brg_technology_at(i)->name, t->name);
    }
    assert_int_equal(count, 9);
    assert_null(brg_technology_find("abacus"));
    assert_null(brg_technology_find(NULL));
}

static double value(const char *name, const char *what) {
    const brg_technology *t = brg_technology_find(name);
    assert_non_null(t);
    if (!strcmp(what, "cswap")) return t->cswap_ns.value;
    if (!strcmp(what, "t1")) return t->t1_ns.value;
    if (!strcmp(what, "t2")) return t->t2_ns.value;
    if (!strcmp(what, "tphi")) return t->tphi_ns.value;
    if (!strcmp(what, "1q")) return t->gate_error_1q.value;
    if (!strcmp(what, "2q")) return t->gate_error_2q.value;
    if (!strcmp(what, "readout")) return t->readout_ns.value;
    assert_string_equal(what, "readout_error");
    return t->readout_error.value;
}

static void test_published_values(void **state) {
    (void)state;
    static const struct {
        const char *name, *what;
        double value;
    } published[] = {
        {"transmon", "cswap", 100},
        {"transmon", "t1", 122e3},
        {"transmon", "t2", 118e3},
        {"transmon", "2q", 1.7e-3},
        {"transmon", "readout", 517},
        {"transmon", "readout_error", 1e-3},
        {"transmon_best", "t1", 425e3},
        {"transmon_best", "t2", 541e3},
        {"cavity3d", "cswap", 1e3},
        {"cavity3d", "t1", 25e6},
        {"cavity3d", "t2", 34e6},
        {"cavity3d", "readout_error", 0.01},
        {"cavity3d_near", "t1", 0.6e6},
        {"cavity3d_near", "tphi", 5e6},
        {"dual_rail_cavity", "t1", 500e3},
        {"dual_rail_cavity", "tphi", 1500e3},
        {"dual_rail_cavity", "readout_error", 1e-4},
        {"ion", "2q", 7.9e-4},
        {"ion", "1q", 2.5e-5},
        {"ion", "readout", 150e3},
        {"ion", "readout_error", 3.3e-4},
        {"neutral_atom", "t2", 12.6e9},
        {"neutral_atom", "2q", 5e-3},
        {"spin_silicon", "readout_error", 1e-3},
        {"topological", "t1", 12.4e6},
        {"topological", "t2", 14.5e3},
        {"topological", "readout_error", 5e-3},
    };
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
        assert_double_near(value(published[i].name, published[i].what) / published[i].value, 1.0,
                           1e-12);
    /* 0.2 % erasure per us, and phase flips, (1 - exp(-t/Tphi))/2 per t, six times rarer. */
    assert_double_near(1e3 / value("dual_rail_cavity", "t1"), 0.002, 1e-12);
    assert_double_near(1e3 / (2 * value("dual_rail_cavity", "tphi")), 0.002 / 6, 1e-12);
}

static void test_dephasing_time(void **state) {
    (void)state;
    assert_double_near(brg_tphi_ns(10e3, 10e3), 20e3, 1e-9);
    assert_double_near(brg_tphi_ns(0, 7e3), 7e3, 1e-9); /* no damping */
    assert_double_near(brg_tphi_ns(10e3, 20e3), 0, 0);  /* T2 = 2 T1 */
    assert_double_near(brg_tphi_ns(10e3, 25e3), 0, 0);
    assert_double_near(brg_tphi_ns(0.1 * 3, 0.6), 0, 0); /* within rounding of 2 T1 */
    assert_double_near(brg_tphi_ns(10e3, 0), 0, 0);
    assert_double_near(brg_tphi_ns(122e3, 118e3), 122e3 * 2 * 118e3 / (2 * 122e3 - 118e3), 1e-6);
}

static void test_classes(void **state) {
    (void)state;
    const brg_technology *t = brg_technology_find("transmon");
    double c[BRG_CLASS_COUNT];
    brg_technology_classes(t, c);
    assert_double_near(c[BRG_CLASS_STEP], 0, 0);
    assert_double_near(c[BRG_CLASS_CSWAP], t->cswap_ns.value, 0);
    assert_double_near(c[BRG_CLASS_LATCH_SWAP], t->latch_swap_ns.value, 0);
    assert_double_near(c[BRG_CLASS_REGISTER_SWAP], t->register_swap_ns.value, 0);
    assert_double_near(c[BRG_CLASS_FETCH], t->fetch_ns.value, 0);
    assert_double_near(c[BRG_CLASS_CONTROLLED_SWAP], t->cswap_ns.value, 0);
    assert_double_near(c[BRG_CLASS_IDLE], t->cswap_ns.value, 0);
    assert_double_near(c[BRG_CLASS_READOUT], t->readout_ns.value, 0);
    for (int i = BRG_CLASS_USER; i < BRG_CLASS_COUNT; i++) assert_double_near(c[i], 0, 0);
}

/* The tables of the page are those of the presets. */
static void test_page_shows_the_presets(void **state) {
    (void)state;
    const char *data = getenv("BRIGADE_TEST_DATA");
    if (data == NULL) {
        print_message("BRIGADE_TEST_DATA is not set, the page is not compared\n");
        skip();
    }
    char path[4096], line[512];
    void *page = NULL;
    size_t length = 0;
    assert_true(snprintf(path, sizeof path, "%s/../../docs/technologies.md", data) <
                (int)sizeof path);
    assert_int_equal(brg_read_file(&page, &length, path, 1u << 20, NULL), BRG_OK);
    const brg_technology *t;
    for (size_t i = 0; (t = brg_technology_at(i)) != NULL; i++) {
        const brg_sourced v[] = {t->cswap_ns,      t->latch_swap_ns, t->register_swap_ns,
                                 t->fetch_ns,      t->readout_ns,    t->t1_ns,
                                 t->t2_ns,         t->tphi_ns,       t->gate_error_1q,
                                 t->gate_error_2q, t->readout_error};
        int used = snprintf(line, sizeof line, "| `%s` |", t->name);
        for (size_t j = 0; j < sizeof v / sizeof v[0]; j++)
            used += snprintf(line + used, sizeof line - (size_t)used, " %.6g |", v[j].value);
        if (strstr(page, line) == NULL) print_error("docs/technologies.md lacks %s\n", line);
        assert_non_null(strstr(page, line));
        const char *section = strstr(strstr(page, "## Every value"), t->name);
        assert_non_null(section);
        for (size_t j = 0; j < sizeof v / sizeof v[0]; j++) {
            snprintf(line, sizeof line, " %.6g | %s |", v[j].value, v[j].source);
            section = strstr(section, line);
            if (section == NULL) print_error("docs/technologies.md, %s lacks%s\n", t->name, line);
            assert_non_null(section);
        }
    }
    free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_preset_can_run),   cmocka_unit_test(test_published_values),
        cmocka_unit_test(test_dephasing_time),         cmocka_unit_test(test_classes),
        cmocka_unit_test(test_page_shows_the_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
