/* SPDX-License-Identifier: Apache-2.0 */
/* Host access to a control store that answers late, is not ready, or fails. */
#include <string.h>

#include "csr_face.h"
#include "test.h"

enum { ADDRESS = 0x080, DATA = 0x084, COMMIT = 0x09C, READ = 0x0A0, WORDS = 1024 };

typedef struct bench {
    csr_face *face;
    csr_in in;
    csr_out out;
    uint64_t random;
    uint32_t store[WORDS][6];
    bool fails; /* the next read does */
    uint16_t asked;
    unsigned answer_in;       /* cycles; 0: none on its way */
    uint64_t waited, commits; /* cycles with a write that was held; writes that were taken */
} bench;

static void cycle(bench *b) {
    b->in.store_ready = test_random(&b->random) % 4 == 0;
    if (b->answer_in && --b->answer_in == 0) {
        b->in.store_error = b->fails;
        b->in.store_valid = !b->fails;
        memcpy(b->in.store_data, b->store[b->asked], sizeof b->in.store_data);
    }
    csr_face_cycle(b->face, &b->in, &b->out);
    if (b->out.store_read) {
        assert_false(b->out.quiet);
        b->asked = b->out.store_address;
        b->answer_in = 1 + (unsigned)(test_random(&b->random) % 9);
        b->in.store_valid = b->in.store_error = false;
        memset(b->in.store_data, 0x5a, sizeof b->in.store_data);
    }
    if (b->out.store_write) {
        assert_int_equal(b->out.quiet, !b->in.store_ready);
        b->waited += !b->in.store_ready;
        if (b->in.store_ready) {
            assert_true(b->out.store_address < WORDS);
            memcpy(b->store[b->out.store_address], b->out.store_data, sizeof b->out.store_data);
            b->commits++;
        }
    }
}

static int write_csr(bench *b, uint16_t address, uint32_t data) {
    b->in.awvalid = b->in.wvalid = true;
    b->in.awaddr = address;
    b->in.wdata = data;
    for (int i = 0; i < 300; i++) {
        cycle(b);
        if (b->in.awvalid && b->out.awready) b->in.awvalid = false;
        if (b->in.wvalid && b->out.wready) b->in.wvalid = false;
        if (b->out.bvalid) return b->out.bresp;
    }
    fail_msg("no answer to the write of 0x%03x", address);
    return -1;
}

static uint32_t read_csr(bench *b, uint16_t address) {
    b->in.arvalid = true;
    b->in.araddr = address;
    for (int i = 0; i < 20; i++) {
        cycle(b);
        if (b->in.arvalid && b->out.arready) b->in.arvalid = false;
        if (b->out.rvalid) return b->out.rdata;
    }
    fail_msg("no answer to the read of 0x%03x", address);
    return 0;
}

static void test_slow_store(void **state) {
    (void)state;
    static bench b;
    static uint32_t expected[WORDS][6];
    b.random = test_seed(37);
    b.face = csr_face_new();
    b.in.bready = b.in.rready = true;
    for (int i = 0; i < 3; i++) cycle(&b);
    b.in.rst_n = true;
    unsigned failed = 0;
    for (unsigned round = 0; round < 600; round++) {
        const uint16_t at = (uint16_t)(test_random(&b.random) % WORDS);
        assert_int_equal(write_csr(&b, ADDRESS, at), 0);
        if (test_random(&b.random) % 2) {
            for (uint16_t i = 0; i < 6; i++) {
                expected[at][i] = (uint32_t)test_random(&b.random);
                assert_int_equal(write_csr(&b, (uint16_t)(DATA + 4 * i), expected[at][i]), 0);
            }
            const uint64_t before = b.commits;
            assert_int_equal(write_csr(&b, COMMIT, 1), 0);
            assert_int_equal(b.commits, before + 1);
            assert_int_equal(read_csr(&b, ADDRESS), at + 1);
        } else {
            const uint32_t lane = read_csr(&b, DATA);
            b.fails = test_random(&b.random) % 4 == 0;
            assert_int_equal(write_csr(&b, READ, 1), b.fails ? 2 : 0);
            for (uint16_t i = 0; i < 6 && !b.fails; i++)
                assert_int_equal(read_csr(&b, (uint16_t)(DATA + 4 * i)), expected[at][i]);
            if (b.fails) assert_int_equal(read_csr(&b, DATA), lane); /* nothing changed */
            failed += b.fails;
        }
        assert_memory_equal(b.store, expected, sizeof expected);
    }
    assert_true(b.waited > 300 && failed > 30);
    csr_face_destroy(&b.face);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slow_store)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
