/* SPDX-License-Identifier: Apache-2.0 */
/* brg_pulse_unit against closed forms: periods under starvation, the gain of compression, every
 * named error, the registers. */
#include <string.h>
#include <time.h>

#include "pulse_rig.h"
#include "test.h"

/* From the beat paid for to pulse_ready_o: the data come a cycle later, the slice counts from the
 * next one on. */
enum { READY_AFTER = 2 };

/* Sanitized models run five times slower. */
#if defined(__SANITIZE_ADDRESS__)
enum { MOST_LAYER = 5, MOST_N = 6, MOST_FIGURES = 6 };
#else
enum { MOST_LAYER = 9, MOST_N = 9, MOST_FIGURES = 10 };
#endif

static brg_pulse_schedule *query_schedule(uint32_t n, uint32_t k) {
    const brg_program_config config = {
        .qram = {.routers = BRG_TWO_LEVEL, .address_width = n, .word_width = k}};
    brg_program *program = NULL;
    brg_pulse_schedule *s = NULL;
    assert_int_equal(brg_program_build(&program, "bucket_brigade", &config, NULL), BRG_OK);
    assert_int_equal(brg_pulse_schedule_build(&s, program, NULL), BRG_OK);
    brg_program_destroy(&program);
    return s;
}

static brg_pulse_memory *memory_of(uint32_t n, uint32_t bytes, bool compressed, double spread) {
    const brg_pulse_config config = {
        .address_width = n, .bytes = bytes, .compressed = compressed, .spread = spread, .seed = 3};
    brg_pulse_memory *m = NULL;
    assert_int_equal(brg_pulse_memory_new(&m, &config, NULL), BRG_OK);
    return m;
}

static brg_pulse_limits limits_of(uint32_t channels, uint32_t bandwidth, uint32_t capacity) {
    brg_pulse_limits l = {.channels = channels,
                          .bandwidth = bandwidth,
                          .burst_bytes = 65535,
                          .buffer_words = BRG_PULSE_BUFFER_WORDS};
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++) l.capacity[b] = capacity;
    return l;
}

/* Equal slices that route layer l: one after another they start max(duration, words * bytes /
 * (channels * bandwidth)) apart, every single one in the cycle that the token count gives. */
static void test_period_is_the_closed_form(void **state) {
    (void)state;
    uint64_t r = test_seed(99), starved = 0, fed = 0, checked = 0;
    pulse_rig *rig = rig_new();
    static brg_pulse_schedule s;
    for (uint32_t layer = 1; layer <= MOST_LAYER; layer++) {
        for (uint32_t channels = 1; channels <= 8; channels++) {
            for (uint32_t bytes = 1; bytes <= 16; bytes += 1 + (uint32_t)(test_random(&r) % 5)) {
                const uint64_t slice_bytes = (uint64_t)bytes << layer;
                s.address_width = layer + 1;
                s.count = 12;
                for (uint32_t i = 0; i < s.count; i++) s.entries[i].route = 1u << layer;
                brg_pulse_memory *m = memory_of(layer + 1, bytes, false, 0.01);
                const uint32_t duration = 8 + (uint32_t)(test_random(&r) % 60);
                /* A slice takes from a quarter of its duration to four times of it to stream, and
                 * at least the cycles that asking for it takes. */
                const double cycles = duration * (0.25 + (double)(test_random(&r) % 375) / 100.0);
                const uint32_t beats = m->tables[layer].beats;
                const uint32_t least = (beats + channels - 1) / channels + 4;
                double rate = (double)slice_bytes / cycles / channels;
                if ((double)slice_bytes / (rate * channels) < least)
                    rate = (double)slice_bytes / least / channels;
                const uint32_t bandwidth = (uint32_t)(rate * 65536.0);
                if (bandwidth < 1 || bandwidth > 16u << 16) {
                    brg_pulse_memory_destroy(&m);
                    continue;
                }
                brg_pulse_limits limits = limits_of(channels, bandwidth, 2048);
                limits.capacity[layer] = 16u << layer > 4096 ? 4096 : 16u << layer;
                const bool is_starved = cycles > duration;
                rig->skip_random = test_random(&r) & 1 ? &r : NULL;
                rig_start(rig, &s, m, &limits);
                assert_true(rig_query(rig, s.count, duration));
                uint64_t expected = 0;
                for (uint32_t i = 0; i < s.count; i++) {
                    const uint64_t paid =
                        brg_pulse_paid_cycle((i + 1) * slice_bytes, channels, bandwidth) +
                        READY_AFTER;
                    if (i == 0) {
                        /* The first waits for the schedule to be read, if not for tokens. */
                        expected = rig->start[0];
                        if (paid > 16) assert_int_equal(expected, paid);
                    } else {
                        expected = expected + duration > paid ? expected + duration : paid;
                        assert_int_equal(rig->start[i], expected);
                    }
                    checked++;
                }
                const uint64_t span = rig->start[s.count - 1] - rig->start[1];
                if (is_starved) {
                    const double period =
                        (double)slice_bytes * 65536.0 / ((double)channels * bandwidth);
                    if (period > duration) {
                        assert_double_near((double)span, (s.count - 2) * period, 1.0);
                        starved++;
                    }
                } else if (rig->start[1] == rig->start[0] + duration) {
                    assert_int_equal(span, (s.count - 2) * (uint64_t)duration);
                    fed++;
                }
                brg_pulse_memory_destroy(&m);
            }
        }
    }
    rig_destroy(&rig);
    print_message("%llu slices in their cycle; %llu starved and %llu fed cases\n",
                  (unsigned long long)checked, (unsigned long long)starved,
                  (unsigned long long)fed);
    assert_true(starved > 50 && fed > 10);
}

/* A whole query, every slice: bytes of all slices so far, paid from the first cycle on. */
static void test_starved_query_follows_its_bytes(void **state) {
    (void)state;
    pulse_rig *rig = rig_new();
    for (uint32_t n = 1; n <= MOST_N; n++) {
        for (uint32_t channels = 1; channels <= 8; channels += 3) {
            for (unsigned compressed = 0; compressed < 2; compressed++) {
                brg_pulse_schedule *s = query_schedule(n, 2);
                brg_pulse_memory *m = memory_of(n, 8, compressed, 0.01);
                /* A word takes at least 10 cycles. */
                const uint32_t bandwidth = (8u << 16) / 10 / channels + n;
                const brg_pulse_limits limits = limits_of(channels, bandwidth, 1024);
                uint64_t draws = n;
                rig->skip_random = &draws;
                rig_start(rig, s, m, &limits);
                assert_true(rig_query(rig, s->count, 5));
                uint64_t bytes = 0, expected = 0;
                for (uint32_t i = 0; i < s->count; i++) {
                    bytes += brg_pulse_entry_bytes(m, &s->entries[i]);
                    const uint64_t paid =
                        brg_pulse_paid_cycle(bytes, channels, bandwidth) + READY_AFTER;
                    expected = i > 0 && expected + 5 > paid ? expected + 5 : paid;
                    assert_int_equal(rig->start[i], expected);
                }
                rig_drain(rig);
                brg_pulse_memory_destroy(&m);
                brg_pulse_schedule_destroy(&s);
            }
        }
    }
    rig_destroy(&rig);
}

/* The same query from plain and from compressed tables: the same words in every slice, less stall.
 */
static void test_compressed_pulses_are_the_same(void **state) {
    (void)state;
    pulse_rig *rig = rig_new();
    const uint32_t n = 8, duration = 25;
    brg_pulse_schedule *s = query_schedule(n, 1);
    static uint32_t plain[RIG_SLICES];
    static const double spreads[] = {0.0, 0.001, 0.01, 0.05};
    for (unsigned i = 0; i < 4; i++) {
        uint64_t stalls[2], bytes[2];
        for (unsigned compressed = 0; compressed < 2; compressed++) {
            brg_pulse_memory *m = memory_of(n, 8, compressed, spreads[i]);
            /* Two channels of 1 GB/s at 250 MHz. */
            const brg_pulse_limits limits = limits_of(2, brg_pulse_bandwidth(1.0, 250000), 512);
            rig->skip_random = NULL;
            rig_start(rig, s, m, &limits);
            assert_true(rig_query(rig, s->count, duration));
            rig_drain(rig);
            assert_int_equal(rig->played, s->count);
            if (compressed)
                assert_memory_equal(plain, rig->crcs, s->count * sizeof plain[0]);
            else
                memcpy(plain, rig->crcs, s->count * sizeof plain[0]);
            stalls[compressed] = rig->ref.stalls;
            rig->compare = false;
            assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_STALLS), stalls[compressed]);
            bytes[compressed] = rig_counter(rig, BRG_PULSE_COUNT_BYTES);
            assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_WORDS),
                             (3u * 256 - 20) + 2 * 255 + 18 + 128);
            brg_pulse_memory_destroy(&m);
        }
        print_message("spread %g: bytes %llu -> %llu, stall cycles %llu -> %llu\n", spreads[i],
                      (unsigned long long)bytes[0], (unsigned long long)bytes[1],
                      (unsigned long long)stalls[0], (unsigned long long)stalls[1]);
        assert_true(stalls[0] > 100);
        /* Where the spread is too large to compress, the blocks' headers cost instead. */
        assert_true((stalls[1] < stalls[0]) == (bytes[1] < bytes[0]));
        assert_true(bytes[1] < bytes[0] || spreads[i] > 0.01);
    }
    /* Distinct slices have distinct words, so that equal CRCs say something. */
    assert_true(plain[0] != plain[3] && plain[3] != plain[4]);
    brg_pulse_schedule_destroy(&s);
    rig_destroy(&rig);
}

static void expect_error(pulse_rig *rig, brg_pulse_error error, unsigned layer) {
    assert_true(rig->out.error);
    assert_int_equal(rig->out.error_code, error);
    if (layer < 26) assert_int_equal(rig->out.error_layer, layer);
    rig->compare = false;
    const uint32_t status = rig_register(rig, false, BRG_PULSE_REG_STATUS, 0, NULL);
    assert_int_equal(status & 0x1F, 0x10u | error);
    assert_int_equal(status >> 16 & 1u, 0);
    /* It stays stopped, and quiet for ever. */
    for (unsigned i = 0; i < 300; i++) (void)rig_cycle(rig, false, true, false, 1);
    assert_int_equal(rig->out.ready, 0);
    assert_int_equal(rig->out.error_code, error);
    (void)rig_cycle(rig, false, false, false, 1);
    assert_int_equal(rig->out.quiet, UINT32_MAX);
}

static void test_errors_are_named(void **state) {
    (void)state;
    pulse_rig *rig = rig_new();
    const uint32_t n = 5;
    brg_pulse_schedule *s = query_schedule(n, 1);
    brg_pulse_memory *m = memory_of(n, 8, false, 0.01);
    const brg_pulse_limits good = limits_of(4, 4u << 16, 64);

    rig_start(rig, s, m, &good);
    assert_true(rig_query(rig, s->count, 10));
    (void)rig_cycle(rig, false, true, false, 1);
    (void)rig_cycle(rig, false, false, false, 1);
    expect_error(rig, BRG_PULSE_PAST_END, 31);

    /* The 3rd slice is the first with more than a word: its words are at the 3rd beat. */
    rig_start(rig, s, m, &good);
    rig->flip_beat = 3;
    assert_false(rig_query(rig, s->count, 10));
    expect_error(rig, BRG_PULSE_PARITY, BRG_PULSE_REGISTERS);
    rig->flip_beat = 0;

    brg_pulse_limits small = good;
    small.capacity[3] = 7;
    rig_start(rig, s, m, &small);
    assert_false(rig_query(rig, s->count, 10));
    expect_error(rig, BRG_PULSE_BUFFER, 3);
    assert_int_equal(brg_pulse_check(s, m, &small, NULL), BRG_EINPUT);
    small.capacity[3] = 8;
    assert_int_equal(brg_pulse_check(s, m, &small, NULL), BRG_OK);
    rig_start(rig, s, m, &small);
    assert_true(rig_query(rig, s->count, 10));

    rig_start(rig, s, m, &good);
    (void)rig_cycle(rig, true, false, false, 1);
    (void)rig_cycle(rig, false, true, true, 1);
    (void)rig_cycle(rig, false, false, false, 1);
    expect_error(rig, BRG_PULSE_UNDERRUN, 31);

    s->entries[2].latch = s->entries[2].route = 1;
    rig_start(rig, s, m, &good);
    assert_false(rig_query(rig, s->count, 10));
    expect_error(rig, BRG_PULSE_ENTRY, 31);

    /* One entry more than the store holds. */
    rig->compare = false;
    bool error;
    (void)rig_register(rig, true, BRG_PULSE_REG_CONTROL, 0x100, NULL);
    (void)rig_register(rig, true, BRG_PULSE_REG_ENTRY_ADDRESS, BRG_PULSE_ENTRIES - 1, NULL);
    (void)rig_register(rig, true, BRG_PULSE_REG_ENTRY_COMMIT, 0, NULL);
    assert_int_equal(rig_register(rig, false, BRG_PULSE_REG_STATUS, 0, NULL) & 0x1F, 0);
    (void)rig_register(rig, true, BRG_PULSE_REG_ENTRY_COMMIT, 0, &error);
    assert_true(error);
    assert_int_equal(rig_register(rig, false, BRG_PULSE_REG_STATUS, 0, NULL) & 0x1F,
                     0x10 | BRG_PULSE_SCHEDULE_FULL);
    /* Restart forgets it. */
    (void)rig_register(rig, true, BRG_PULSE_REG_CONTROL, 0x100, NULL);
    assert_int_equal(rig_register(rig, false, BRG_PULSE_REG_STATUS, 0, NULL) & 0x1F, 0);
    for (unsigned e = 0; e < 9; e++) assert_non_null(brg_pulse_error_text(e));
    brg_pulse_memory_destroy(&m);
    brg_pulse_schedule_destroy(&s);
    rig_destroy(&rig);
}

static void test_registers(void **state) {
    (void)state;
    static const struct {
        uint32_t address, good, low, high;
    } fields[] = {
        {BRG_PULSE_REG_GEOMETRY, 7, 0, 25},
        {BRG_PULSE_REG_CHANNELS, 8 | 16 << 8, 0 | 8 << 8, 9 | 8 << 8},
        {BRG_PULSE_REG_CHANNELS, 1 | 1 << 8, 1, 1 | 17 << 8},
        {BRG_PULSE_REG_BANDWIDTH, 16 << 16, 0, (16 << 16) + 1},
        {BRG_PULSE_REG_BURST, 65535, 15, 65536},
        {BRG_PULSE_REG_CAPACITY + 4 * 25, 4096, 4097, 1 << 24},
        {BRG_PULSE_REG_LENGTH, 4096, 4097, 1u << 31},
        {BRG_PULSE_REG_TABLE_ADDRESS, 52, 53, 64},
    };
    pulse_rig *rig = rig_new();
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool error;
        (void)rig_register(rig, true, fields[i].address, fields[i].good, NULL);
        (void)rig_register(rig, true, fields[i].address, fields[i].low, &error);
        assert_true(error);
        (void)rig_register(rig, true, fields[i].address, fields[i].high, &error);
        assert_true(error);
        assert_int_equal(rig_register(rig, false, fields[i].address, 0, NULL), fields[i].good);
    }
    assert_int_equal(rig_register(rig, false, BRG_PULSE_REG_BUFFER_WORDS, 0, NULL), 4096);
    bool error;
    (void)rig_register(rig, true, BRG_PULSE_REG_STATUS, 0, &error);
    assert_true(error);
    (void)rig_register(rig, true, BRG_PULSE_REG_BUFFER_WORDS, 0, &error);
    assert_true(error);
    static const uint16_t unknown[] = {0x44, 0x7C, 0xE8, 0xFC, 0x140, 0xFFC, 0x01, 0x82};
    for (unsigned i = 0; i < 8; i++) {
        (void)rig_register(rig, false, unknown[i], 0, &error);
        assert_true(error);
        (void)rig_register(rig, true, unknown[i], 0, &error);
        assert_true(error);
    }
    for (unsigned k = 0; k < 16; k++)
        (void)rig_register(rig, true, BRG_PULSE_REG_NOMINAL + 4 * k, 0x01010101u * k, NULL);
    for (unsigned k = 0; k < 16; k++)
        assert_int_equal(rig_register(rig, false, BRG_PULSE_REG_NOMINAL + 4 * k, 0, NULL),
                         0x01010101u * k);
    /* A unit that is not enabled never holds a slice up. */
    assert_int_equal(rig->out.ready, 1);
    rig_destroy(&rig);
}

/* What the documentation says of sizes and speed. */
static void test_figures(void **state) {
    (void)state;
    pulse_rig *rig = rig_new();
    for (uint32_t n = 2; n <= MOST_FIGURES; n += 2) {
        brg_pulse_schedule *s = query_schedule(n, 1);
        brg_pulse_memory *m = memory_of(n, 8, false, 0.01);
        const brg_pulse_limits limits = limits_of(8, brg_pulse_bandwidth(4.0, 250000), 1024);
        rig->skip_random = NULL;
        rig_start(rig, s, m, &limits);
        const clock_t begin = clock();
        assert_true(rig_query(rig, s->count, 25));
        const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        uint64_t words = 0;
        for (uint32_t i = 0; i < s->count; i++) words += brg_pulse_entry_words(n, &s->entries[i]);
        print_message(
            "n %u: %llu words, 8 channels of 4 GB/s: %llu cycles, %llu stalled; %.0f words "
            "a second\n",
            n, (unsigned long long)words, (unsigned long long)rig->cycle,
            (unsigned long long)rig->ref.stalls, (double)words / (seconds + 1e-9));
        assert_int_equal(rig->ref.words, words);
        brg_pulse_memory_destroy(&m);
        brg_pulse_schedule_destroy(&s);
    }
    rig_destroy(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_period_is_the_closed_form),
        cmocka_unit_test(test_starved_query_follows_its_bytes),
        cmocka_unit_test(test_compressed_pulses_are_the_same),
        cmocka_unit_test(test_errors_are_named),
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
