/* SPDX-License-Identifier: Apache-2.0 */
/* Pulse schedules against the closed forms, calibration tables, compression, limits. */
#include <math.h>
#include <string.h>

#include "model/pulse.h"
#include "test.h"

static brg_program *build(uint32_t n, uint32_t k) {
    brg_program_config config = {0};
    config.qram.routers = BRG_TWO_LEVEL;
    config.qram.address_width = n;
    config.qram.word_width = k;
    config.readout = true;
    brg_program *program = NULL;
    assert_int_equal(brg_program_build(&program, "bucket_brigade", &config, NULL), BRG_OK);
    return program;
}

/* Words of a whole query by kind: route, latch, register, fetch. */
static void totals(const brg_pulse_schedule *s, uint64_t words[4]) {
    memset(words, 0, 4 * sizeof words[0]);
    for (uint32_t i = 0; i < s->count; i++) {
        uint8_t tables[BRG_PULSE_TABLES];
        const unsigned count = brg_pulse_entry_tables(&s->entries[i], tables);
        uint64_t sum = 0;
        for (unsigned t = 0; t < count; t++) {
            const uint64_t w = brg_pulse_table_words(s->address_width, tables[t]);
            words[tables[t] < 24 ? 0 : tables[t] < 48 ? 1 : tables[t] < 52 ? 2 : 3] += w;
            sum += w;
        }
        assert_int_equal(sum, brg_pulse_entry_words(s->address_width, &s->entries[i]));
    }
}

static void test_words_follow_the_pulse_counters(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= 20; n++) {
        brg_program *program = build(n, 1);
        brg_pulse_schedule *s = NULL;
        assert_int_equal(brg_pulse_schedule_build(&s, program, NULL), BRG_OK);
        assert_int_equal(s->count, 6 * n + 1);
        uint64_t words[4];
        totals(s, words);
        assert_int_equal(words[0], (3ull << n) - 2 * n - 4);
        assert_int_equal(words[1], 2 * ((1ull << n) - 1));
        assert_int_equal(words[2], 2 * n + 2);
        assert_int_equal(words[3], 1ull << (n - 1));
        if (n == 20) {
            const uint64_t all = words[0] + words[1] + words[2] + words[3];
            print_message("n = 20: %llu words a query\n", (unsigned long long)all);
            assert_int_equal(all, 5767164);
        }
        brg_pulse_schedule_destroy(&s);
        assert_null(s);
        brg_program_destroy(&program);
    }
    for (uint32_t k = 2; k <= 8; k += 3) {
        brg_program *program = build(4, k);
        brg_pulse_schedule *s = NULL;
        assert_int_equal(brg_pulse_schedule_build(&s, program, NULL), BRG_OK);
        uint64_t words[4];
        totals(s, words);
        assert_int_equal(words[2], 2 * 4 + 2 * k);
        assert_int_equal(words[3], 8ull * k);
        brg_pulse_schedule_destroy(&s);
        brg_program_destroy(&program);
    }
}

static void refused(const brg_program *program, const char *part) {
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    brg_pulse_schedule *s = NULL;
    assert_int_equal(brg_pulse_schedule_build(&s, program, diag), BRG_EINPUT);
    assert_null(s);
    assert_int_equal(brg_diag_count(diag), 1);
    if (!strstr(brg_diag_message(diag, 0), part)) fail_msg("%s", brg_diag_message(diag, 0));
    brg_diag_destroy(&diag);
}

static void test_loops_are_unrolled_and_branches_refused(void **state) {
    (void)state;
    static brg_program p;
    memset(&p, 0, sizeof p);
    (void)snprintf(p.name, sizeof p.name, "by_hand");
    p.address_width = 3;
    p.word_width = 1;
    p.count = 4;
    for (unsigned i = 0; i < 4; i++) {
        p.words[i].ops = brg_slice_ops_none();
        p.words[i].duration_class = BRG_CLASS_CSWAP;
        p.loop_count[i] = 1;
    }
    /* word 0; then (1, 2) three times inside of a loop of two over word 0; then halt. */
    p.words[0].ops.route = 1;
    p.words[1].ops.latch = 2;
    p.words[2].ops.a_in = 1;
    p.words[2].ops.d_out = 0;
    p.words[2].next = BRG_NEXT_LOOP;
    p.words[2].loop = 1;
    p.words[2].target = 1;
    p.loop_count[1] = 3;
    p.words[3].ops.fetch = 0;
    p.words[3].next = BRG_NEXT_LOOP;
    p.words[3].loop = 2;
    p.loop_count[2] = 2;
    p.words[3].target = 0;
    p.words[4].ops = brg_slice_ops_none();
    p.words[4].next = BRG_NEXT_HALT;
    p.count = 5;
    brg_pulse_schedule *s = NULL;
    assert_int_equal(brg_pulse_schedule_build(&s, &p, NULL), BRG_OK);
    assert_int_equal(s->count, 2 * (1 + 3 * 2 + 1));
    for (uint32_t turn = 0; turn < 2; turn++) {
        const brg_pulse_entry *e = &s->entries[8 * turn];
        assert_int_equal(e[0].route, 1);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(e[1 + 2 * i].latch, 2);
            assert_int_equal(e[2 + 2 * i].registers, 2);
        }
        assert_true(e[7].fetch);
    }
    brg_pulse_schedule_destroy(&s);

    brg_pulse_wait(&p);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(p.words[i].wait_mask, i < 4 ? BRG_WAIT_PULSE : 0);

    p.words[4].next = BRG_NEXT_BRANCH;
    refused(&p, "word 4 branches on a flag");
    p.words[4].next = BRG_NEXT_STEP;
    refused(&p, "runs past its 5 words");
    p.words[4].next = BRG_NEXT_JUMP;
    p.words[4].target = 4;
    refused(&p, "does not halt");
    p.words[4].next = BRG_NEXT_HALT;
    p.loop_count[1] = 5000;
    refused(&p, "pulse schedule store: the program has 20004 slices, the store holds 4096");
}

static void test_compression_is_lossless(void **state) {
    (void)state;
    uint64_t seed = test_seed(20261), r = seed;
    uint64_t blocks = 0, raw = 0;
    for (unsigned round = 0; round < 20000; round++) {
        const uint32_t bytes = 1 + (uint32_t)(test_random(&r) % 15);
        const uint32_t count = 1 + (uint32_t)(test_random(&r) % 8);
        /* From equal words to random ones. */
        const uint32_t width = (uint32_t)(test_random(&r) % 17);
        uint8_t nominal[16] = {0}, words[8][16], back[8][16], block[16];
        for (unsigned i = 0; i < bytes; i++) nominal[i] = (uint8_t)test_random(&r);
        memset(words, 0, sizeof words);
        for (uint32_t i = 0; i < count; i++) {
            for (unsigned j = 0; j < bytes; j += 2) {
                uint32_t v = nominal[j] + (j + 1 < bytes ? (uint32_t)nominal[j + 1] << 8 : 0u);
                const uint32_t noise = (uint32_t)test_random(&r) & ((1u << width) - 1u);
                v = test_random(&r) & 1 ? v + noise : v - noise;
                words[i][j] = (uint8_t)v;
                if (j + 1 < bytes) words[i][j + 1] = (uint8_t)(v >> 8);
            }
        }
        const uint32_t taken =
            brg_pulse_compress((const uint8_t(*)[16])words, count, bytes, nominal, block);
        assert_true(taken >= 1 && taken <= count);
        assert_int_equal(brg_pulse_decompress(block, bytes, nominal, back), taken);
        assert_memory_equal(words, back, taken * 16);
        blocks++;
        raw += block[0] >> 4 == 15;
    }
    assert_true(raw > blocks / 100);
    uint8_t words[8][16], block[16] = {0}, nominal[16] = {0};
    assert_int_equal(brg_pulse_decompress(block, 8, nominal, words), 0);
    block[0] = 9;
    assert_int_equal(brg_pulse_decompress(block, 8, nominal, words), 0);
    block[0] = 0xF2; /* two words of 8 raw bytes are more than 120 bits */
    assert_int_equal(brg_pulse_decompress(block, 8, nominal, words), 0);
}

static void test_tables_hold_the_calibration(void **state) {
    (void)state;
    for (uint32_t bytes = 1; bytes <= 16; bytes++) {
        for (unsigned compressed = 0; compressed <= (bytes < 16); compressed++) {
            const brg_pulse_config config = {.address_width = 6,
                                             .bytes = bytes,
                                             .compressed = compressed,
                                             .spread = 0.01,
                                             .seed = 5};
            brg_pulse_memory *m = NULL;
            assert_int_equal(brg_pulse_memory_new(&m, &config, NULL), BRG_OK);
            uint32_t next = 0;
            for (unsigned t = 0; t < BRG_PULSE_TABLES; t++) {
                if (m->tables[t].beats == 0) continue;
                assert_int_equal(m->tables[t].base, next);
                next += m->tables[t].beats;
                const unsigned kind = t < 24 ? 0 : t < 48 ? 1 : t < 52 ? 2 : 3;
                uint32_t index = 0;
                for (uint32_t b = 0; b < m->tables[t].beats; b++) {
                    uint8_t beat[16], parity, words[8][16] = {{0}}, expected[16];
                    brg_pulse_read(m, m->tables[t].base + b, beat, &parity);
                    unsigned ones = parity;
                    for (unsigned i = 0; i < 16; i++) ones += (unsigned)__builtin_popcount(beat[i]);
                    assert_int_equal(ones % 2, 0);
                    uint32_t count = brg_pulse_beat_words(bytes);
                    if (compressed) {
                        count = brg_pulse_decompress(beat, bytes, m->nominal[kind], words);
                    } else {
                        if (count > m->tables[t].words - index) count = m->tables[t].words - index;
                        for (uint32_t i = 0; i < count; i++)
                            memcpy(words[i], &beat[i * bytes], bytes);
                    }
                    for (uint32_t i = 0; i < count; i++) {
                        brg_pulse_word(m, t, index++, expected);
                        assert_memory_equal(words[i], expected, 16);
                    }
                }
                assert_int_equal(index, m->tables[t].words);
            }
            assert_int_equal(next, m->beats);
            brg_pulse_memory_destroy(&m);
        }
    }
}

/* The spread of the generated words, and what it costs: the figures of docs/control_memory.md. */
static void test_ratio_follows_the_spread(void **state) {
    (void)state;
    static const double spreads[] = {0.0, 0.0001, 0.001, 0.01, 0.1};
    double last = 1e9;
    for (unsigned i = 0; i < 5; i++) {
        brg_pulse_config config = {
            .address_width = 10, .bytes = 8, .compressed = true, .spread = spreads[i], .seed = 1};
        brg_pulse_memory *m = NULL, *plain = NULL;
        assert_int_equal(brg_pulse_memory_new(&m, &config, NULL), BRG_OK);
        config.compressed = false;
        assert_int_equal(brg_pulse_memory_new(&plain, &config, NULL), BRG_OK);
        double sum = 0, squares = 0;
        const uint32_t count = m->tables[9].words;
        for (uint32_t w = 0; w < count; w++) {
            uint8_t word[16];
            brg_pulse_word(m, 9, w, word);
            const double nominal = m->nominal[0][0] + 256.0 * m->nominal[0][1];
            const double x = (word[0] + 256.0 * word[1]) / nominal - 1.0;
            sum += x;
            squares += x * x;
        }
        const double sigma = sqrt(squares / count);
        assert_double_near(sum / count, 0.0, 5 * spreads[i] / sqrt(count) + 3e-5);
        assert_double_near(sigma, spreads[i], 0.15 * spreads[i] + 3e-5);
        const double ratio =
            (double)plain->tables[9].words * config.bytes / (16.0 * m->tables[9].beats);
        print_message("spread %g: %.3f of the plain bytes, ratio %.3f\n", spreads[i], 1 / ratio,
                      ratio);
        assert_true(ratio <= last);
        last = ratio;
        brg_pulse_memory_destroy(&m);
        brg_pulse_memory_destroy(&plain);
    }
}

static void test_limits_name_the_store(void **state) {
    (void)state;
    brg_program *program = build(8, 1);
    brg_pulse_schedule *s = NULL;
    assert_int_equal(brg_pulse_schedule_build(&s, program, NULL), BRG_OK);
    const brg_pulse_config config = {.address_width = 8, .bytes = 8, .spread = 0.01, .seed = 1};
    brg_pulse_memory *m = NULL;
    assert_int_equal(brg_pulse_memory_new(&m, &config, NULL), BRG_OK);
    brg_pulse_limits limits = {
        .channels = 2, .bandwidth = 65536, .burst_bytes = 256, .buffer_words = 4096};
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++) limits.capacity[b] = 256;
    assert_int_equal(brg_pulse_check(s, m, &limits, NULL), BRG_OK);
    limits.capacity[7] = 127;
    limits.capacity[BRG_PULSE_LEAVES] = 100;
    brg_diag *diag = NULL;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_pulse_check(s, m, &limits, diag), BRG_EINPUT);
    assert_int_equal(brg_diag_count(diag), 2);
    assert_string_equal(brg_diag_message(diag, 0),
                        "pulse: pulse buffer of layer 7: slice 23 needs "
                        "128 words, the buffer holds 127");
    assert_non_null(strstr(brg_diag_message(diag, 1), "pulse buffer of the leaves"));
    brg_diag_destroy(&diag);
    limits.capacity[7] = limits.capacity[BRG_PULSE_LEAVES] = 128;
    limits.buffer_words = 32;
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    assert_int_equal(brg_pulse_check(s, m, &limits, diag), BRG_EINPUT);
    assert_non_null(strstr(brg_diag_message(diag, 0), "beats, all of them hold 32"));
    brg_diag_destroy(&diag);
    limits.channels = 9;
    assert_int_equal(brg_pulse_check(s, m, &limits, NULL), BRG_EINVAL);
    brg_pulse_memory_destroy(&m);
    brg_pulse_schedule_destroy(&s);
    brg_program_destroy(&program);

    brg_pulse_config bad = config;
    bad.bytes = 16;
    bad.compressed = true;
    assert_int_equal(brg_pulse_memory_new(&m, &bad, NULL), BRG_EINPUT);
    bad.bytes = 0;
    assert_int_equal(brg_pulse_memory_new(&m, &bad, NULL), BRG_EINPUT);
    bad = config;
    bad.spread = NAN;
    assert_int_equal(brg_pulse_memory_new(&m, &bad, NULL), BRG_EINPUT);
    bad = config;
    bad.address_width = 25;
    assert_int_equal(brg_pulse_memory_new(&m, &bad, NULL), BRG_EINVAL);
    assert_null(m);

    assert_int_equal(brg_pulse_bandwidth(4.0, 250000), 16u << 16);
    assert_int_equal(brg_pulse_bandwidth(1.0, 250000), 4u << 16);
    assert_int_equal(brg_pulse_bandwidth(99.0, 250000), 16u << 16);
    assert_int_equal(brg_pulse_bandwidth(1e-3, 250000), 262);
    assert_int_equal(brg_pulse_bandwidth(0.0, 250000), 0);
    assert_int_equal(brg_pulse_paid_cycle(0, 1, 1), 0);
    assert_int_equal(brg_pulse_paid_cycle(1, 1, 65536), 1);
    assert_int_equal(brg_pulse_paid_cycle(7, 3, 65536), 3);
    assert_int_equal(brg_pulse_paid_cycle(1, 1, 65535), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_follow_the_pulse_counters),
        cmocka_unit_test(test_loops_are_unrolled_and_branches_refused),
        cmocka_unit_test(test_compression_is_lossless),
        cmocka_unit_test(test_tables_hold_the_calibration),
        cmocka_unit_test(test_ratio_follows_the_spread),
        cmocka_unit_test(test_limits_name_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
