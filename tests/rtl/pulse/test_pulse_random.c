/* SPDX-License-Identifier: Apache-2.0 */
/* brg_pulse_unit against its reference, every cycle, on random schedules, limits and stalls; with
 * an argument the pins of the first runs are recorded for Icarus. */
#include <string.h>

#include "pulse_rig.h"
#include "test.h"

static const char *record_path;

static brg_pulse_schedule *random_schedule(uint64_t *r, uint32_t n, bool bad_entry) {
    brg_pulse_schedule *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->address_width = n;
    s->count = 1 + (uint32_t)(test_random(r) % 40);
    const uint32_t layers = (1u << n) - 1u;
    for (uint32_t i = 0; i < s->count; i++) {
        brg_pulse_entry *e = &s->entries[i];
        const uint64_t kind = test_random(r) % 10;
        if (kind == 0) continue;
        const uint32_t all = (uint32_t)test_random(r) & (uint32_t)test_random(r) & layers;
        e->latch = all & (uint32_t)test_random(r);
        e->route = all & ~e->latch;
        e->registers = (uint8_t)(test_random(r) % 5);
        e->fetch = test_random(r) % 4 == 0;
    }
    if (bad_entry) {
        brg_pulse_entry *e = &s->entries[test_random(r) % s->count];
        switch (test_random(r) % 3) {
            case 0:
                e->route |= 1;
                e->latch |= 1;
                break;
            case 1:
                e->latch |= 1u << n;
                break;
            default:
                e->registers = 5;
                break;
        }
    }
    return s;
}

static uint32_t need(const brg_pulse_schedule *s, unsigned buffer) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const uint64_t words = brg_pulse_buffer_words(s->address_width, &s->entries[i], buffer);
        if (words > most) most = words;
    }
    return (uint32_t)most;
}

typedef struct figures {
    uint64_t runs, cycles, skipped, slices, flushes, words;
    uint64_t error[8];
} figures;

static void run(pulse_rig *rig, uint64_t *r, bool skip, figures *f) {
    const uint32_t n = 1 + (uint32_t)(test_random(r) % 8);
    const uint64_t odd = test_random(r) % 32; /* few runs get an error */
    brg_pulse_schedule *s = random_schedule(r, n, odd == 0);
    brg_pulse_config config = {.address_width = n,
                               .bytes = 1 + (uint32_t)(test_random(r) % 15),
                               .compressed = test_random(r) % 2,
                               .spread = (double)(test_random(r) % 200) / 1000.0,
                               .seed = test_random(r)};
    if (!config.compressed && test_random(r) % 8 == 0) config.bytes = 16;
    brg_pulse_memory *m = NULL;
    assert_int_equal(brg_pulse_memory_new(&m, &config, NULL), BRG_OK);
    brg_pulse_limits limits = {.channels = 1 + (uint32_t)(test_random(r) % 8),
                               .burst_bytes = 16 + (uint32_t)(test_random(r) % 500),
                               .buffer_words = BRG_PULSE_BUFFER_WORDS,
                               .wrap = test_random(r) % 2};
    /* Down to 2^-10 of a byte a cycle where most of the cycles can be skipped. */
    const unsigned slowest = skip && odd > 28 ? 8 : 14;
    const unsigned width = slowest + (unsigned)(test_random(r) % (20 - slowest));
    limits.bandwidth = (1u << width) + (uint32_t)(test_random(r) % (1u << width));
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++)
        limits.capacity[b] =
            need(s, b) * (1 + (uint32_t)(test_random(r) % 4)) + (uint32_t)(test_random(r) % 3);
    if (odd == 1) {
        const unsigned b = (unsigned)(test_random(r) % n);
        limits.capacity[b] = need(s, b) / 2;
    }
    if (odd == 2 && config.compressed) {
        uint8_t *block = m->data[test_random(r) % m->beats];
        const uint8_t was = block[0];
        block[0] = (uint8_t)(was & 0xF0);
        m->parity[block == m->data[0] ? 0 : (uint32_t)((uint8_t(*)[16])block - m->data)] ^=
            (uint8_t)(__builtin_popcount(was & 15u) & 1);
    }
    rig->skip_random = skip ? r : NULL;
    rig->flip_beat = odd == 3 ? 1 + test_random(r) % 100 : 0;
    rig_start(rig, s, m, &limits);
    bool ok = true;
    const unsigned queries = 1 + (unsigned)(test_random(r) % 4);
    const uint32_t longest = 1u << test_random(r) % 8;
    for (unsigned q = 0; q < queries && ok; q++) {
        uint32_t slices = s->count;
        if (test_random(r) % 4 == 0) slices = (uint32_t)(test_random(r) % (s->count + 1));
        if (odd == 4) slices = s->count + 1;
        (void)rig_cycle(rig, true, false, false, 1);
        f->flushes += slices != s->count && slices != 0;
        for (uint32_t i = 0; i < slices && ok; i++) {
            const bool rush = odd == 5 && test_random(r) % 64 == 0;
            while (ok && !rig_cycle(rig, false, true, rush, 1u << 16)) ok = !rig->out.error;
            const uint32_t gap = (uint32_t)(test_random(r) % longest);
            for (uint64_t end = rig->cycle + gap; ok && rig->cycle < end;)
                (void)rig_cycle(rig, false, false, false, (uint32_t)(end - rig->cycle));
            ok = ok && !rig->out.error;
        }
    }
    for (unsigned i = 0; i < 20; i++) (void)rig_cycle(rig, false, false, false, 1);
    if (!rig->out.error) rig_drain(rig);
    f->error[rig->out.error_code]++;
    f->cycles += rig->cycle;
    f->skipped += rig->skipped;
    f->slices += rig->slices;
    f->runs++;
    f->words += rig->ref.words;

    const pulse_ref *ref = &rig->ref;
    rig->compare = false;
    assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_SLICES), ref->slices);
    assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_STALLS), ref->stalls);
    for (unsigned b = 0; b < 27; b++)
        assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_STALL + b), ref->stall[b]);
    /* The rest may still move while it is read, unless the unit has stopped. */
    if (rig->out.error) {
        assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_WORDS), ref->words);
        assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_BYTES), ref->bytes);
        assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_BEATS), ref->beats);
        assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_TABLES), ref->transfers);
        for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++)
            assert_int_equal(rig_counter(rig, BRG_PULSE_COUNT_HIGH + b), ref->high[b]);
    }
    brg_pulse_memory_destroy(&m);
    free(s);
}

#if defined(__SANITIZE_ADDRESS__)
enum { RUNS = 40 };
#else
enum { RUNS = 300 };
#endif

static void test_random_schedules(void **state) {
    (void)state;
    uint64_t r = test_seed(4711);
    figures f = {0};
    pulse_rig *rig = rig_new();
    if (record_path) assert_non_null(rig->record = fopen(record_path, "w"));
    for (unsigned i = 0; i < RUNS; i++) {
        if (rig->record && f.cycles > 1500) {
            assert_int_equal(fclose(rig->record), 0);
            rig->record = NULL;
        }
        run(rig, &r, i % 2 == 1 && !rig->record, &f);
    }
    rig_destroy(&rig);
    print_message(
        "%llu runs, %llu cycles (%llu skipped), %llu slices, %llu words, %llu early ends\n",
        (unsigned long long)f.runs, (unsigned long long)f.cycles, (unsigned long long)f.skipped,
        (unsigned long long)f.slices, (unsigned long long)f.words, (unsigned long long)f.flushes);
    for (unsigned e = 0; e < 8; e++)
        print_message("  %-60s %llu\n", brg_pulse_error_text(e), (unsigned long long)f.error[e]);
    assert_true(f.skipped > 0 && f.flushes > 0);
#if !defined(__SANITIZE_ADDRESS__)
    for (unsigned e = BRG_PULSE_PAST_END; e <= BRG_PULSE_ENTRY; e++) assert_true(f.error[e] > 0);
#endif
}

int main(int argc, char **argv) {
    record_path = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_schedules)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
