/* SPDX-License-Identifier: Apache-2.0 */
/* Result formats: known texts, round trips over sizes, malformed files. */
#include <string.h>

#include "model/ecc/shots.h"
#include "test.h"

static char *written(brg_shots_format f, const brg_shots_layout *l, const uint8_t *shots,
                     size_t stride, uint64_t count, size_t *length) {
    char *text = NULL;
    FILE *to = open_memstream(&text, length);
    assert_non_null(to);
    assert_int_equal(brg_shots_write(to, f, l, shots, stride, count), BRG_OK);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void known_texts(void **state) {
    (void)state;
    const brg_shots_layout layout = {2, 9, 3};
    /* M0, D0, D8, L2; nothing; all. */
    const uint8_t shots[] = {0x05, 0x24, 0xee, 0x00, 0x00, 0xee, 0xff, 0x3f, 0xee};
    size_t length;
    char *text = written(BRG_SHOTS_01, &layout, shots, 3, 3, &length);
    assert_string_equal(text, "10100000001001\n00000000000000\n11111111111111\n");
    free(text);
    text = written(BRG_SHOTS_DETS, &layout, shots, 3, 3, &length);
    assert_string_equal(text,
                        "shot M0 D0 D8 L2\nshot\n"
                        "shot M0 M1 D0 D1 D2 D3 D4 D5 D6 D7 D8 L0 L1 L2\n");
    free(text);
    text = written(BRG_SHOTS_B8, &layout, shots, 3, 3, &length);
    assert_int_equal(length, 6);
    assert_memory_equal(text, "\x05\x24\x00\x00\xff\x3f", 6);
    free(text);
    for (int f = 0; f < BRG_SHOTS_FORMATS; f++) {
        brg_shots_format found = BRG_SHOTS_FORMATS;
        const char *name = brg_shots_format_name((brg_shots_format)f);
        assert_int_equal(brg_shots_format_find(&found, name), BRG_OK);
        assert_int_equal(found, f);
    }
    brg_shots_format found;
    assert_int_equal(brg_shots_format_find(&found, "r8"), BRG_EINVAL);
    assert_null(brg_shots_format_name(BRG_SHOTS_FORMATS));
}

/* Random shots come back the same in every format, read in pieces, whatever the stride; more bytes
 * than the reader's buffer holds. */
static void round_trips(void **state) {
    (void)state;
    uint64_t random = test_seed(7);
    for (unsigned n = 0; n < 60; n++) {
        const bool large = n % 20 == 0;
        brg_shots_layout l = {test_random(&random) % 20, test_random(&random) % (large ? 3000 : 40),
                              test_random(&random) % 5};
        if (l.measurements + l.detectors + l.observables == 0) l.detectors = 8;
        const uint64_t bits = l.measurements + l.detectors + l.observables;
        const size_t bytes = (size_t)brg_shots_bytes(&l), stride = bytes + n % 3;
        const uint64_t count = large ? 300 : test_random(&random) % 50;
        uint8_t *shots = calloc(count * stride + 1, 1), *back = calloc((count + 1) * stride, 1);
        assert_true(shots && back);
        for (uint64_t s = 0; s < count; s++)
            for (uint64_t i = 0; i < bits; i++)
                if (test_random(&random) % 3 == 0)
                    shots[s * stride + i / 8] =
                        (uint8_t)(shots[s * stride + i / 8] | 1u << (i % 8));
        for (int f = 0; f < BRG_SHOTS_FORMATS; f++) {
            size_t length;
            char *text = written((brg_shots_format)f, &l, shots, stride, count, &length);
            FILE *from = fmemopen(length ? text : (char *)"\n", length ? length : 1, "r");
            assert_non_null(from);
            if (!length) fgetc(from);
            brg_shots_reader *r = NULL;
            assert_int_equal(brg_shots_reader_new(&r, from, (brg_shots_format)f, &l, "f", NULL), 0);
            uint64_t got = 0, part;
            do {
                const uint64_t most = 1 + test_random(&random) % 7;
                const uint64_t room = count + 1 - got < most ? count + 1 - got : most;
                assert_int_equal(brg_shots_read(r, back + got * stride, stride, room, &part),
                                 BRG_OK);
                got += part;
            } while (part);
            assert_int_equal(got, count);
            for (uint64_t s = 0; s < count; s++)
                assert_memory_equal(back + s * stride, shots + s * stride, bytes);
            brg_shots_reader_destroy(&r);
            fclose(from);
            free(text);
        }
        free(shots);
        free(back);
    }
}

/* Reads a text of which `good` shots are right before the message. */
static void refused(brg_shots_format f, const char *text, size_t length, uint64_t good,
                    const char *message) {
    const brg_shots_layout l = {2, 3, 1};
    brg_diag *diag = NULL;
    brg_shots_reader *r = NULL;
    uint8_t shots[8] = {0};
    uint64_t count = 99;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    FILE *from = fmemopen((void *)(uintptr_t)text, length, "r");
    assert_non_null(from);
    assert_int_equal(brg_shots_reader_new(&r, from, f, &l, "s.txt", diag), BRG_OK);
    assert_int_equal(brg_shots_read(r, shots, 1, 8, &count), BRG_EINPUT);
    assert_int_equal(count, good);
    assert_int_equal(brg_diag_count(diag), 1);
    assert_string_equal(brg_diag_message(diag, 0), message);
    /* The error stays and is reported once. */
    assert_int_equal(brg_shots_read(r, shots, 1, 8, &count), BRG_EINPUT);
    assert_int_equal(count, 0);
    assert_int_equal(brg_diag_count(diag), 1);
    brg_shots_reader_destroy(&r);
    brg_diag_destroy(&diag);
    fclose(from);
}

static void malformed_files(void **state) {
    (void)state;
    static const struct {
        brg_shots_format format;
        const char *text;
        uint64_t good;
        const char *message;
    } cases[] = {
        {BRG_SHOTS_01, "010101\n01x101\n", 1,
         "s.txt:2:3: 'x' found, 0 or 1 for bit 2 of 6 expected"},
        {BRG_SHOTS_01, "010101\n0101\n", 1, "s.txt:2:5: line ends, 0 or 1 for bit 4 of 6 expected"},
        {BRG_SHOTS_01, "0101\r\n", 0, "s.txt:1:5: line ends, 0 or 1 for bit 4 of 6 expected"},
        {BRG_SHOTS_01, "0101011\n", 0, "s.txt:1:7: '1' found, end of line after 6 bits expected"},
        {BRG_SHOTS_01, "010101", 0, "s.txt:1:7: file ends, end of line after 6 bits expected"},
        {BRG_SHOTS_01, "010101\n010", 1, "s.txt:2:4: file ends, 0 or 1 for bit 3 of 6 expected"},
        {BRG_SHOTS_01, "010101\n\n", 1, "s.txt:2:1: line ends, 0 or 1 for bit 0 of 6 expected"},
        {BRG_SHOTS_01, "01 101\n", 0, "s.txt:1:3: byte 0x20 found, 0 or 1 for bit 2 of 6 expected"},
        {BRG_SHOTS_01, "010101\rx", 0,
         "s.txt:1:8: 'x' found, end of line after a carriage return expected"},
        {BRG_SHOTS_DETS, "shot\nshut\n", 1, "s.txt:2:3: 'u' found, 'shot' expected"},
        {BRG_SHOTS_DETS, "\n", 0, "s.txt:1:1: line ends, 'shot' expected"},
        {BRG_SHOTS_DETS, "shot D3\n", 0, "s.txt:1:6: D out of range, there are 3"},
        {BRG_SHOTS_DETS, "shot M2\n", 0, "s.txt:1:6: M out of range, there are 2"},
        {BRG_SHOTS_DETS, "shot L99999999999999999999999999\n", 0,
         "s.txt:1:6: L out of range, there are 1"},
        {BRG_SHOTS_DETS, "shot D0 D1 D0\n", 0, "s.txt:1:12: D0 stands twice in a shot"},
        {BRG_SHOTS_DETS, "shot E1\n", 0, "s.txt:1:6: 'E' found, M, D or L expected"},
        {BRG_SHOTS_DETS, "shot D\n", 0, "s.txt:1:7: line ends, number expected"},
        {BRG_SHOTS_DETS, "shot D-1\n", 0, "s.txt:1:7: '-' found, number expected"},
        {BRG_SHOTS_DETS, "shot  D1\n", 0, "s.txt:1:6: byte 0x20 found, M, D or L expected"},
        {BRG_SHOTS_DETS, "shot D1 \n", 0, "s.txt:1:9: line ends, M, D or L expected"},
        {BRG_SHOTS_DETS, "shotD1\n", 0, "s.txt:1:5: 'D' found, blank or end of line expected"},
        {BRG_SHOTS_DETS, "shot D1", 0, "s.txt:1:8: file ends, blank or end of line expected"},
        {BRG_SHOTS_B8, "\x01\x02\x40", 2, "s.txt: byte 2: padding after bit 5 is not 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(cases[i].format, cases[i].text, strlen(cases[i].text), cases[i].good,
                cases[i].message);
    refused(BRG_SHOTS_01, "010101\n\0", 8, 1,
            "s.txt:2:1: byte 0x00 found, 0 or 1 for bit 0 of 6 expected");
}

static void unfinished_b8(void **state) {
    (void)state;
    const brg_shots_layout l = {0, 20, 0};
    brg_diag *diag = NULL;
    brg_shots_reader *r = NULL;
    uint8_t shots[16];
    uint64_t count;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    FILE *from = fmemopen((void *)(uintptr_t) "\1\2\3\4\5\6\7\10", 8, "r");
    assert_non_null(from);
    assert_int_equal(brg_shots_reader_new(&r, from, BRG_SHOTS_B8, &l, "x.b8", diag), BRG_OK);
    assert_int_equal(brg_shots_read(r, shots, 4, 4, &count), BRG_EINPUT);
    assert_int_equal(count, 2);
    assert_memory_equal(shots, "\1\2\3", 3);
    assert_memory_equal(shots + 4, "\4\5\6", 3);
    assert_string_equal(brg_diag_message(diag, 0),
                        "x.b8: byte 8: file ends after 2 of the 3 bytes of a shot");
    brg_shots_reader_destroy(&r);
    brg_diag_destroy(&diag);
    fclose(from);
}

/* Carriage returns are taken, order of dets does not matter. */
static void tolerated(void **state) {
    (void)state;
    const brg_shots_layout l = {2, 3, 1};
    uint8_t shots[4];
    uint64_t count;
    brg_shots_reader *r = NULL;
    static const char text[] = "shot L0 D2 M1\r\nshot\r\n";
    FILE *from = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "r");
    assert_non_null(from);
    assert_int_equal(brg_shots_reader_new(&r, from, BRG_SHOTS_DETS, &l, "x", NULL), BRG_OK);
    assert_int_equal(brg_shots_read(r, shots, 1, 4, &count), BRG_OK);
    assert_int_equal(count, 2);
    assert_memory_equal(shots, "\x32\x00", 2);
    brg_shots_reader_destroy(&r);
    fclose(from);
}

static void bad_arguments(void **state) {
    (void)state;
    const brg_shots_layout l = {0, 9, 0}, none = {0, 0, 0}, vast = {0, UINT64_MAX, 1};
    const uint8_t shot[2] = {1, 1};
    brg_shots_reader *r = NULL;
    uint64_t count;
    assert_int_equal(brg_shots_write(stderr, BRG_SHOTS_01, &l, shot, 1, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_write(stderr, BRG_SHOTS_01, &none, shot, 1, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_write(stderr, BRG_SHOTS_01, &vast, shot, 1, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_write(stderr, BRG_SHOTS_01, NULL, shot, 1, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_write(NULL, BRG_SHOTS_01, &l, shot, 2, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_write(stderr, BRG_SHOTS_FORMATS, &l, shot, 2, 1), BRG_EINVAL);
    assert_int_equal(brg_shots_reader_new(&r, stdin, BRG_SHOTS_B8, &none, "", NULL), BRG_EINVAL);
    assert_int_equal(brg_shots_reader_new(&r, NULL, BRG_SHOTS_B8, &l, "", NULL), BRG_EINVAL);
    assert_int_equal(brg_shots_read(NULL, NULL, 2, 0, &count), BRG_EINVAL);
    /* A full device. */
    FILE *full = fopen("/dev/full", "w");
    if (!full) return print_message("no /dev/full here\n");
    uint8_t *many = calloc(1 << 18, 1);
    assert_non_null(many);
    for (int f = 0; f < BRG_SHOTS_FORMATS; f++)
        assert_int_equal(brg_shots_write(full, (brg_shots_format)f, &l, many, 2, 1 << 17), BRG_EIO);
    free(many);
    fclose(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts),     cmocka_unit_test(round_trips),
        cmocka_unit_test(malformed_files), cmocka_unit_test(unfinished_b8),
        cmocka_unit_test(tolerated),       cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
