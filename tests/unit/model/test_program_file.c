/* SPDX-License-Identifier: Apache-2.0 */
/* Binary form of programs: round trip through a file, and damage of every kind. */
#include <string.h>
#include <unistd.h>

#include "model/image.h"
#include "model/program.h"
#include "random_program.h"
#include "test.h"

enum { HEADER = 96, WORD = 24 };

static uint32_t crc32_of(const uint8_t *data, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1u) ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

/* Bytes of a program, by way of a file. */
static uint8_t *bytes_of(const brg_program *p, size_t *length) {
    char path[] = "brigade_program_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(brg_program_write(p, path), BRG_OK);
    void *data = NULL;
    assert_int_equal(brg_read_file(&data, length, path, 1u << 20, NULL), BRG_OK);
    assert_int_equal(unlink(path), 0);
    return data;
}

static void test_round_trip(void **state) {
    (void)state;
    static brg_program p;
    uint64_t seed = test_seed(0xb19a);
    for (int t = 0; t < 100; t++) {
        size_t length = 0;
        random_program(&seed, &p);
        uint8_t *data = bytes_of(&p, &length);
        assert_int_equal(length, HEADER + WORD * p.count + 4);
        brg_program *q = NULL;
        assert_int_equal(brg_program_read(&q, data, length, "p.bqp", NULL), BRG_OK);
        assert_string_equal(p.name, q->name);
        assert_int_equal(p.routers, q->routers);
        assert_int_equal(p.address_width, q->address_width);
        assert_int_equal(p.word_width, q->word_width);
        assert_int_equal(p.count, q->count);
        assert_memory_equal(p.loop_count, q->loop_count, sizeof p.loop_count);
        for (uint32_t i = 0; i < p.count; i++) assert_same_word(&p.words[i], &q->words[i]);
        brg_program_destroy(&q);
        free(data);
    }
}

static brg_program *small(void) {
    const brg_program_config config = {.qram = {BRG_TWO_LEVEL, 2, 1, 0}};
    brg_program *p = NULL;
    assert_int_equal(brg_program_build(&p, "bucket_brigade", &config, NULL), BRG_OK);
    return p;
}

static void expect(const uint8_t *data, size_t length, const char *expected) {
    brg_diag *diag = NULL;
    brg_program *p = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int status = brg_program_read(&p, data, length, "p.bqp", diag);
    const char *message = brg_diag_message(diag, 0);
    if (status != BRG_EINPUT || brg_diag_count(diag) != 1 || strcmp(message, expected) != 0)
        print_error("%zu errors, %s\n  expected %s\n", brg_diag_count(diag),
                    message ? message : "-", expected);
    assert_int_equal(status, BRG_EINPUT);
    assert_null(p);
    assert_int_equal(brg_diag_count(diag), 1);
    assert_string_equal(message, expected);
    brg_diag_destroy(&diag);
}

static void put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (8 * i));
}

typedef struct damage {
    size_t offset;
    uint32_t value;
    const char *message;
} damage;

static void test_damage_has_its_place(void **state) {
    (void)state;
    static const damage cases[] = {
        {0, 0x50475242, "p.bqp: byte 0: no microprogram: the file does not start with BRGP"},
        {4, 2, "p.bqp: byte 4: version 2 is unknown, accepted 1"},
        {8, 2, "p.bqp: byte 8: routers 2 are unknown, accepted 0 (two_level) or 1 (three_level)"},
        {12, 0, "p.bqp: byte 12: address width 0 is out of range, accepted 1..24"},
        {12, 25, "p.bqp: byte 12: address width 25 is out of range, accepted 1..24"},
        {16, 65, "p.bqp: byte 16: word width 65 is out of range, accepted 1..64"},
        {20, 0, "p.bqp: byte 20: 0 control words are out of range, accepted 1..4096"},
        {20, 4097, "p.bqp: byte 20: 4097 control words are out of range, accepted 1..4096"},
        {20, 14, "p.bqp: byte 412: truncated: 14 control words need 436 bytes"},
        {20, 12, "p.bqp: byte 388: 24 bytes too many after the CRC"},
        {32, 0, "p.bqp: byte 32: bad name, accepted 1..63 letters, digits, '_', '-', '.'"},
        {60, 'x', "p.bqp: byte 60: bytes after the name, accepted 0"},
        {408, 0, "p.bqp: byte 408: the CRC-32 does not fit, the file is damaged"},
    };
    brg_program *p = small();
    size_t length = 0;
    uint8_t *data = bytes_of(p, &length);
    assert_int_equal(length, HEADER + 13 * WORD + 4);
    uint8_t *copy = malloc(length);
    assert_non_null(copy);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(copy, data, length);
        put32(copy + cases[i].offset, cases[i].offset == 0 ? 0x51475242 : cases[i].value);
        if (cases[i].offset != length - 4) put32(copy + length - 4, crc32_of(copy, length - 4));
        expect(copy, length, cases[i].message);
    }
    free(copy);
    free(data);
    brg_program_destroy(&p);
}

static void test_bad_words(void **state) {
    (void)state;
    static const struct {
        unsigned bit;
        bool mend_parity;
        const char *message;
    } cases[] = {
        {0, false, "p.bqp: byte 96: word 0: parity error"},
        {170, true, "p.bqp: byte 96: word 0: a reserved bit is set"},
        {48, true, "p.bqp: byte 96: word 0: unlatch without a layer"},
        {85, true, "p.bqp: byte 96: word 0: set_flag without measure"},
        {62, true, "p.bqp: byte 96: word 0: an index or a page is given without its valid bit"},
        {50, true, NULL}, /* a_in 1: good */
        {51, true, "p.bqp: word 0: address qubit 2 is out of range, accepted 0..1"},
        {86, true, "p.bqp: word 0: a page without fetch or wait page"},
        {134, true, "p.bqp: byte 96: word 0: an index or a page is given without its valid bit"},
        {147, true, "p.bqp: byte 96: word 0: an index or a page is given without its valid bit"},
        {159, true, "p.bqp: word 0: page base without fetch, wait page, d_in_page or d_out_page"},
        {98, true, "p.bqp: word 0: the controller has one leaf-latch slot, accepted slot 0"},
        {100, true, "p.bqp: word 0: index base without d_in, d_out or fetch"},
        {117, true, "p.bqp: word 0: a target without jump, loop or branch"},
        {129, true, "p.bqp: word 0: a loop number without loop"},
        {131, true, "p.bqp: word 0: a flag without branch"},
        {25, true, NULL}, /* latch 1 beside a_in 0: good */
        {26, true, "p.bqp: word 0: layer out of range, accepted route 0..0 and latch 0..1"},
        {111, true, "p.bqp: byte 96: word 0: unknown bit in the wait mask"},
    };
    brg_program *p = small(), *good = NULL;
    size_t length = 0;
    uint8_t *data = bytes_of(p, &length), *copy = malloc(length);
    assert_non_null(copy);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(copy, data, length);
        copy[HEADER + cases[i].bit / 8] ^= (uint8_t)(1u << (cases[i].bit % 8));
        if (cases[i].mend_parity) copy[HEADER + WORD - 1] ^= (uint8_t)(1u << (cases[i].bit % 8));
        put32(copy + length - 4, crc32_of(copy, length - 4));
        if (cases[i].message != NULL) {
            expect(copy, length, cases[i].message);
        } else {
            assert_int_equal(brg_program_read(&good, copy, length, "p.bqp", NULL), BRG_OK);
            brg_program_destroy(&good);
        }
    }
    free(copy);
    free(data);
    brg_program_destroy(&p);
}

static void test_every_truncation_and_every_flip_is_seen(void **state) {
    (void)state;
    brg_program *p = small(), *q = NULL;
    size_t length = 0;
    uint8_t *data = bytes_of(p, &length);
    for (size_t cut = 0; cut < length; cut++) {
        char expected[120];
        uint8_t *part = malloc(cut > 0 ? cut : 1);
        assert_non_null(part);
        memcpy(part, data, cut);
        if (cut < 4)
            snprintf(expected, sizeof expected,
                     "p.bqp: byte 0: no microprogram: the file does not start with BRGP");
        else if (cut < HEADER)
            snprintf(expected, sizeof expected,
                     "p.bqp: byte %zu: truncated in the header, which has 96 bytes", cut);
        else
            snprintf(expected, sizeof expected,
                     "p.bqp: byte %zu: truncated: 13 control words need 412 bytes", cut);
        expect(part, cut, expected);
        free(part);
    }
    for (size_t bit = 0; bit < 8 * length; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(brg_program_read(&q, data, length, "p.bqp", NULL), BRG_EINPUT);
        assert_null(q);
        data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    free(data);
    brg_program_destroy(&p);
}

static void test_write_reports_what_it_cannot_do(void **state) {
    (void)state;
    brg_program *p = small();
    assert_int_equal(brg_program_write(p, "no-such-folder/p.bqp"), BRG_EIO);
    p->words[0].ops.a_in = 9;
    assert_int_equal(brg_program_write(p, "unused.bqp"), BRG_EINVAL);
    brg_program_destroy(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage_has_its_place),
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_every_truncation_and_every_flip_is_seen),
        cmocka_unit_test(test_write_reports_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
