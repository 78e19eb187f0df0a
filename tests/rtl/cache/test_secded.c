/* SPDX-License-Identifier: Apache-2.0 */
/* brg_secded: every single and every double error of 72 bits, over many words. */
#include "secded_face.h"
#include "test.h"

static void flip(uint64_t *data, uint8_t *check, unsigned bit) {
    if (bit < 64)
        *data ^= 1ull << bit;
    else
        *check ^= (uint8_t)(1u << (bit - 64));
}

static void check_word(secded_face *face, uint64_t word) {
    const uint8_t sent = secded_face_encode(face, word);
    int corrected, uncorrectable;
    assert_int_equal(secded_face_decode(face, word, sent, &corrected, &uncorrectable), word);
    assert_false(corrected || uncorrectable);
    for (unsigned i = 0; i < 72; i++) {
        uint64_t data = word;
        uint8_t check = sent;
        flip(&data, &check, i);
        assert_true(secded_face_decode(face, data, check, &corrected, &uncorrectable) == word);
        assert_true(corrected && !uncorrectable);
        for (unsigned k = i + 1; k < 72; k++) {
            uint64_t data2 = data;
            uint8_t check2 = check;
            flip(&data2, &check2, k);
            assert_true(secded_face_decode(face, data2, check2, &corrected, &uncorrectable) ==
                        data2);
            assert_true(uncorrectable && !corrected);
        }
    }
}

static void test_errors(void **state) {
    (void)state;
    secded_face *face = secded_face_new();
    assert_non_null(face);
    uint64_t random = test_seed(72);
    check_word(face, 0);
    check_word(face, UINT64_MAX);
    for (unsigned bit = 0; bit < 64; bit++) check_word(face, 1ull << bit);
    for (int i = 0; i < 100; i++) check_word(face, test_random(&random));
    /* Linear: the check of a sum is the sum of the checks. */
    for (int i = 0; i < 10000; i++) {
        const uint64_t a = test_random(&random), b = test_random(&random);
        assert_int_equal(secded_face_encode(face, a ^ b),
                         secded_face_encode(face, a) ^ secded_face_encode(face, b));
    }
    secded_face_destroy(&face);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
