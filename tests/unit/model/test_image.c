/* SPDX-License-Identifier: Apache-2.0 */
/* Memory images: generators, both readers, and the place of every error. */
#include <string.h>
#include <unistd.h>

#include "model/image.h"
#include "test.h"

static void assert_padding_is_zero(const brg_planes *p) {
    const uint64_t cells = 1ull << p->address_width;
    for (uint32_t j = 0; j < p->word_width; j++)
        for (uint64_t i = cells; i < p->plane_words * 64; i++)
            assert_false(brg_planes_get(p, j, i));
}

static void test_parity(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 11; n++) {
        brg_planes *p = NULL;
        assert_int_equal(brg_image_parity(&p, n, 3), BRG_OK);
        for (uint64_t i = 0; i < 1u << n; i++) {
            unsigned ones = 0;
            for (uint64_t x = i; x != 0; x >>= 1) ones += x & 1u;
            assert_int_equal(brg_planes_word(p, i), ones % 2 ? 7 : 0);
        }
        assert_padding_is_zero(p);
        brg_planes_destroy(&p);
    }
    brg_planes *p = NULL;
    assert_int_equal(brg_image_parity(&p, 0, 1), BRG_EINVAL);
    assert_int_equal(brg_image_parity(&p, 1, 65), BRG_EINVAL);
    assert_null(p);
}

static void test_random_depends_on_seed_and_cell_alone(void **state) {
    (void)state;
    brg_planes *a = NULL, *b = NULL, *c = NULL, *small = NULL;
    assert_int_equal(brg_image_random(&a, 10, 64, 7), BRG_OK);
    assert_int_equal(brg_image_random(&b, 10, 64, 7), BRG_OK);
    assert_int_equal(brg_image_random(&c, 10, 64, 8), BRG_OK);
    assert_int_equal(brg_image_random(&small, 4, 5, 7), BRG_OK);
    assert_true(brg_planes_hash(a) == brg_planes_hash(b));
    assert_true(brg_planes_hash(a) != brg_planes_hash(c));
    unsigned ones = 0;
    for (uint64_t i = 0; i < 1024; i++)
        ones += (unsigned)__builtin_popcountll(brg_planes_word(a, i));
    assert_true(ones > 32768 - 600 && ones < 32768 + 600); /* 4.7 standard deviations */
    for (uint64_t i = 0; i < 16; i++)
        assert_int_equal(brg_planes_word(small, i), brg_planes_word(a, i) & 31u);
    assert_padding_is_zero(small);
    brg_planes_destroy(&a);
    brg_planes_destroy(&b);
    brg_planes_destroy(&c);
    brg_planes_destroy(&small);
}

static void test_both_readers_give_back_random_words(void **state) {
    (void)state;
    static const uint32_t widths[] = {1, 7, 8, 9, 16, 33, 63, 64};
    uint64_t seed = test_seed(0x1a9e);
    for (uint32_t n = 1; n <= 9; n += 2)
        for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
            const uint32_t k = widths[w];
            const size_t cells = (size_t)1 << n, bytes = (k + 7) / 8;
            const uint64_t mask = k == 64 ? UINT64_MAX : (1ull << k) - 1;
            uint64_t *words = malloc(cells * sizeof *words);
            uint8_t *raw = malloc(cells * bytes);
            char *text = NULL, *indexed = NULL;
            size_t text_length = 0, indexed_length = 0;
            FILE *values = open_memstream(&text, &text_length);
            FILE *pairs = open_memstream(&indexed, &indexed_length);
            assert_true(words && raw && values && pairs);
            for (size_t i = 0; i < cells; i++) {
                words[i] = test_random(&seed) & mask;
                for (size_t b = 0; b < bytes; b++)
                    raw[i * bytes + b] = (uint8_t)(words[i] >> (8 * b));
                fprintf(values, i % 2 ? "%llu\n" : " 0x%llX # hex\r\n",
                        (unsigned long long)words[i]);
            }
            fprintf(pairs, "# cells in another order\nindex , value\n\n");
            for (size_t i = 0; i < cells; i++) {
                const size_t cell = (i * 5 + 3) % cells;
                fprintf(pairs, "%zu ,\t%llu\n", cell, (unsigned long long)words[cell]);
            }
            fclose(values);
            fclose(pairs);
            brg_planes *p[3] = {NULL, NULL, NULL};
            assert_int_equal(brg_image_parse_raw(&p[0], n, k, raw, cells * bytes, "r", NULL),
                             BRG_OK);
            assert_int_equal(brg_image_parse_csv(&p[1], n, k, text, text_length, "v", NULL),
                             BRG_OK);
            assert_int_equal(brg_image_parse_csv(&p[2], n, k, indexed, indexed_length, "i", NULL),
                             BRG_OK);
            for (int f = 0; f < 3; f++) {
                for (size_t i = 0; i < cells; i++)
                    assert_true(brg_planes_word(p[f], i) == words[i]);
                assert_padding_is_zero(p[f]);
                brg_planes_destroy(&p[f]);
            }
            free(indexed);
            free(text);
            free(raw);
            free(words);
        }
}

/* n = 2, so four cells. */
static const struct {
    uint32_t k;
    const char *text, *message;
} wrong_csv[] = {
    {4, "1\n2\n3\n", "t.csv:4:1: 1 of 4 cells have no value, the first is cell 3"},
    {4, "1\n2\n3", "t.csv:3:2: 1 of 4 cells have no value, the first is cell 3"},
    {4, "", "t.csv:1:1: 4 of 4 cells have no value, the first is cell 0"},
    {4, "value\n", "t.csv:2:1: 4 of 4 cells have no value, the first is cell 0"},
    {4, "1\n2\n3\n4\n5\n6\n", "t.csv:5:1: a value too many, the memory has 4 cells"},
    {4, "1\n2\n  16\n4\n", "t.csv:3:3: value 16 is out of range, accepted 0..15"},
    {1, "1\n0\n2\n1\n", "t.csv:3:1: value 2 is out of range, accepted 0..1"},
    {4, "1\n2\n-3\n4\n", "t.csv:3:1: value '-3' is no number, accepted decimal or 0x hexadecimal"},
    {4, "1\n2\n3.0\n4\n",
     "t.csv:3:1: value '3.0' is no number, accepted decimal or 0x hexadecimal"},
    {4, "1\n2\n0x\n4\n", "t.csv:3:1: value '0x' is no number, accepted decimal or 0x hexadecimal"},
    {4, "1\n2\nf\n4\n", "t.csv:3:1: value 'f' is no number, accepted decimal or 0x hexadecimal"},
    {4, "1\n2\n3 4\n4\n", "t.csv:3:3: unexpected text after the value"},
    {4, "1\n2\n3,4\n4\n", "t.csv:3:2: unexpected text after the value"},
    {4, "1\nvalue\n3\n4\n",
     "t.csv:2:1: value 'value' is no number, accepted decimal or 0x hexadecimal"},
    {64, "1\n2\n18446744073709551616\n4\n",
     "t.csv:3:1: value 18446744073709551616 is out of range, accepted 0..18446744073709551615"},
    {64, "1\n2\n0x10000000000000000\n4\n",
     "t.csv:3:1: value 0x10000000000000000 is out of range, accepted 0..18446744073709551615"},
    {4, "0,1\n1,2\n2,3\n", "t.csv:4:1: 1 of 4 cells have no value, the first is cell 3"},
    {4, "3,1\n1,2\n2,3\n", "t.csv:4:1: 1 of 4 cells have no value, the first is cell 0"},
    {4, "0,1\n1,2\n 1,3\n3,4\n", "t.csv:3:2: cell 1 given twice"},
    {4, "0,1\n1,2\n4,3\n3,4\n", "t.csv:3:1: index 4 is out of range, accepted 0..3"},
    {4, "0,1\n1\n2,3\n3,4\n",
     "t.csv:2:2: ',' and a value expected, as the lines before have an index"},
    {4, "0,1\n1,\n2,3\n3,4\n", "t.csv:2:3: value expected"},
    {4, "0,1\n,1\n2,3\n3,4\n", "t.csv:2:1: index expected"},
    {4, "0,1\n1;2,1\n2,3\n3,4\n",
     "t.csv:2:1: index '1;2' is no number, accepted decimal or 0x hexadecimal"},
    {4, "0,1\n1 2,1\n2,3\n3,4\n", "t.csv:2:3: ',' expected"},
    {4, "0,1,2\n1,1\n2,3\n3,4\n", "t.csv:1:4: unexpected text after the value"},
    {4, "cell,word\n1,1\n2,3\n3,4\n0,1",
     "t.csv:1:1: index 'cell' is no number, accepted decimal or 0x hexadecimal"},
    {4,
     "\xef\xbb\xbf"
     "1\n2\n3\n4\n",
     "t.csv:1:1: value '\\xef\\xbb\\xbf1' is no number, accepted decimal or 0x hexadecimal"},
};

static void test_every_csv_error_has_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrong_csv / sizeof wrong_csv[0]; i++) {
        brg_diag *diag = NULL;
        brg_planes *p = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        const int status = brg_image_parse_csv(&p, 2, wrong_csv[i].k, wrong_csv[i].text,
                                               strlen(wrong_csv[i].text), "t.csv", diag);
        const char *message = brg_diag_message(diag, 0);
        if (message == NULL || strcmp(message, wrong_csv[i].message) != 0)
            print_error("%s\n  %s\n  expected %s\n", wrong_csv[i].text, message ? message : "-",
                        wrong_csv[i].message);
        assert_int_equal(status, BRG_EINPUT);
        assert_null(p);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(message, wrong_csv[i].message);
        brg_diag_destroy(&diag);
    }
}

static void test_a_nul_byte_is_no_number(void **state) {
    (void)state;
    brg_diag *diag = NULL;
    brg_planes *p = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_image_parse_csv(&p, 1, 4, "1\n\0002\n", 5, "t.csv", diag), BRG_EINPUT);
    assert_memory_equal(brg_diag_message(diag, 0), "t.csv:2:1: ", 11);
    brg_diag_destroy(&diag);
}

static void test_every_raw_error_has_its_place(void **state) {
    (void)state;
    static const struct {
        uint32_t k;
        uint8_t data[10];
        size_t length;
        const char *message;
    } cases[] = {
        {4, {1, 2, 3}, 3, "t.raw: byte 3: truncated: 4 cells of 1 bytes each need 4 bytes"},
        {4, {0}, 0, "t.raw: byte 0: truncated: 4 cells of 1 bytes each need 4 bytes"},
        {4,
         {1, 2, 3, 4, 5, 6},
         6,
         "t.raw: byte 4: 2 bytes too many: 4 cells of 1 bytes each need 4 bytes"},
        {4, {1, 2, 16, 4}, 4, "t.raw: byte 2: cell 2 has a bit above its 4 bits, which must be 0"},
        {9,
         {0, 1, 0, 0, 0, 0, 0, 2},
         8,
         "t.raw: byte 7: cell 3 has a bit above its 9 bits, which must be 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        brg_diag *diag = NULL;
        brg_planes *p = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(
            brg_image_parse_raw(&p, 2, cases[i].k, cases[i].data, cases[i].length, "t.raw", diag),
            BRG_EINPUT);
        assert_null(p);
        assert_int_equal(brg_diag_count(diag), 1);
        assert_string_equal(brg_diag_message(diag, 0), cases[i].message);
        brg_diag_destroy(&diag);
    }
}

static void test_reading_files(void **state) {
    (void)state;
    char path[] = "brigade_image_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    char content[10000];
    memset(content, 'x', sizeof content);
    assert_int_equal(write(fd, content, sizeof content), sizeof content);
    close(fd);
    brg_diag *diag = NULL;
    void *data = NULL;
    size_t length = 1;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_read_file(&data, &length, path, 10000, diag), BRG_OK);
    assert_int_equal(length, 10000);
    assert_memory_equal(data, content, 10000);
    assert_int_equal(((char *)data)[10000], 0);
    free(data);
    assert_int_equal(brg_read_file(&data, &length, path, 9999, diag), BRG_EINPUT);
    assert_null(data);
    assert_int_equal(length, 0);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(brg_read_file(&data, &length, path, 0, diag), BRG_OK);
    assert_int_equal(length, 0);
    assert_int_equal(((char *)data)[0], 0);
    free(data);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(brg_read_file(&data, &length, "no-such-file.raw", 10, diag), BRG_EIO);
    assert_int_equal(brg_read_file(&data, &length, ".", 10, diag), BRG_EIO);
    assert_int_equal(brg_diag_count(diag), 3);
    assert_string_equal(brg_diag_message(diag, 1),
                        "no-such-file.raw: cannot be read: No such file or directory");
    assert_string_equal(brg_diag_message(diag, 2), ".: cannot be read: Is a directory");
    brg_diag_destroy(&diag);
}

/* Bit j of cell i of the table, found in the bytes by the rule of docs/images.md. */
static void test_pages_lie_one_after_another(void **state) {
    (void)state;
    uint64_t seed = test_seed(0x9a6e);
    for (uint32_t m = 2; m <= 14; m++)
        for (uint32_t h = 0; h < m && h <= 12; h += 1 + h / 3) {
            const uint32_t n = m - h, k = 1 + (uint32_t)(test_random(&seed) % 9);
            brg_planes *table = NULL, *page = NULL;
            uint8_t *bytes = NULL;
            uint64_t length = 0;
            assert_int_equal(brg_image_random(&table, m, k, test_random(&seed)), BRG_OK);
            assert_int_equal(brg_image_layout(&bytes, &length, table, h), BRG_OK);
            const uint64_t plane = (1u << n) < 512 ? 64 : (1u << n) / 8, whole = k * plane;
            assert_int_equal(brg_image_page_bytes(n, k), whole);
            assert_int_equal(length, whole << h);
            uint64_t ones = 0, found = 0;
            for (uint64_t cell = 0; cell < 1u << m; cell++)
                for (uint32_t j = 0; j < k; j++) {
                    const uint64_t p = cell >> n, i = cell & ((1u << n) - 1u);
                    const uint8_t byte = bytes[p * whole + j * plane + i / 8];
                    assert_int_equal((byte >> (i % 8)) & 1u, brg_planes_get(table, j, cell));
                    ones += (byte >> (i % 8)) & 1u;
                }
            for (uint64_t i = 0; i < length; i++) found += (uint64_t)__builtin_popcount(bytes[i]);
            assert_int_equal(found, ones); /* nothing but the cells is set */
            const uint32_t p = (uint32_t)(test_random(&seed) % (1u << h));
            assert_int_equal(brg_planes_page(&page, table, n, p), BRG_OK);
            for (uint64_t i = 0; i < 1u << n; i++)
                assert_int_equal(brg_planes_word(page, i),
                                 brg_planes_word(table, ((uint64_t)p << n) + i));
            assert_padding_is_zero(page);
            brg_planes_destroy(&page);
            assert_int_equal(brg_planes_page(&page, table, n, 1u << h), BRG_EINVAL);
            assert_int_equal(brg_planes_page(&page, table, m + 1, 0), BRG_EINVAL);
            assert_int_equal(brg_planes_page(&page, table, 0, 0), BRG_EINVAL);
            free(bytes);
            assert_int_equal(brg_image_layout(&bytes, &length, table, m), BRG_EINVAL);
            assert_null(bytes);
            brg_planes_destroy(&table);
        }
    assert_int_equal(brg_image_page_bytes(0, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_random_depends_on_seed_and_cell_alone),
        cmocka_unit_test(test_both_readers_give_back_random_words),
        cmocka_unit_test(test_every_csv_error_has_its_place),
        cmocka_unit_test(test_a_nul_byte_is_no_number),
        cmocka_unit_test(test_every_raw_error_has_its_place),
        cmocka_unit_test(test_reading_files),
        cmocka_unit_test(test_pages_lie_one_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
