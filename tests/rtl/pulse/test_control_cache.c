/* SPDX-License-Identifier: Apache-2.0 */
/* brg_control_cache against a backing memory: every word and error of random requests with stalls
 * on all channels, hits and misses against a tag model, prefetch, writes, idle skip. With an
 * argument the pins of the first cycles are recorded for Icarus. */
#include <stdbool.h>
#include <string.h>

#include "control_cache_face.h"
#include "test.h"

enum { WORDS = 4096, BUS = 1, PARITY = 2, WRITE_FAILED = 3, BEYOND = 4 };
enum { C_ACCESSES, C_HITS, C_MISSES, C_PREFETCHES, C_USEFUL, C_LATE, C_STALLS, C_ERRORS };

static const char *record_path;

typedef struct rig {
    cache_model *model;
    cache_in in;
    cache_out out;
    uint32_t store[WORDS][6];
    bool bus_error[WORDS], parity_error[WORDS];
    /* Bursts taken and not ended. */
    struct {
        uint32_t word, beats;
    } burst[4];
    unsigned bursts;
    uint32_t beat, wait;
    bool show; /* an R beat is on the bus */
    bool aw_taken, w_taken, fail_write;
    uint64_t *random;
    unsigned stall;   /* in 256: how often each channel holds back */
    uint32_t latency; /* cycles before the first beat of a burst */
    bool skip;
    uint64_t cycle, reads, writes, skipped;
    uint32_t recorded;
    FILE *record;
    /* Lines that the cache must have: by index, line + 1, and whether every word of it was good. */
    uint32_t have[1024];
    bool line_good;
    int64_t filling; /* line whose burst is on its way; -1 */
} rig;

static uint8_t fold(const uint32_t *w) {
    uint32_t x = w[0] ^ w[1] ^ w[2] ^ w[3] ^ w[4] ^ w[5];
    x ^= x >> 16;
    return (uint8_t)(x ^ x >> 8);
}

static void good_word(uint64_t *r, uint32_t *w) {
    for (unsigned i = 0; i < 6; i++) w[i] = (uint32_t)test_random(r);
    w[5] ^= (uint32_t)fold(w) << 24;
    assert_int_equal(fold(w), 0);
}

static rig *rig_new(uint64_t *random) {
    rig *g = calloc(1, sizeof *g);
    assert_non_null(g);
    assert_non_null(g->model = cache_model_new());
    g->random = random;
    g->filling = -1;
    for (unsigned i = 0; i < WORDS; i++) good_word(random, g->store[i]);
    g->in.words = WORDS;
    g->in.lines_log2 = 8;
    g->in.base = 0x123456780u & ~0x7Full;
    for (unsigned i = 0; i < 3; i++) {
        g->in.rst_n = i >= 2;
        cache_model_settle(g->model, &g->in, &g->out);
        cache_model_clock(g->model, 0);
    }
    return g;
}

static void rig_destroy(rig **g) {
    cache_model_destroy(&(*g)->model);
    free(*g);
    *g = NULL;
}

static bool held(rig *g) {
    return (test_random(g->random) & 255u) < g->stall;
}

static void record(const rig *g) {
    const cache_in *i = &g->in;
    const cache_out *o = &g->out;
    fprintf(g->record, "%x %x %x %x %x %x %x %x ", i->rst_n, i->lines_log2, i->prefetch,
            i->invalidate, i->enable, i->write, i->words, i->address);
    fprintf(g->record, "%x ", i->write_address);
    for (unsigned k = 6; k-- > 0;) fprintf(g->record, "%08x", i->write_data[k]);
    fprintf(g->record, " %x %x %x %x ", i->arready, i->rvalid, i->rresp, i->rlast);
    for (unsigned k = 8; k-- > 0;) fprintf(g->record, "%08x", i->rdata[k]);
    fprintf(g->record, " %x %x ", i->awready | i->wready << 1, i->bvalid | i->bresp << 1);
    uint32_t word = 0, data = 0;
    for (unsigned k = 0; k < 6; k++) {
        if (o->valid) word ^= o->word[k] << k;
        if (o->wvalid) data ^= o->wdata[k] << k;
    }
    fprintf(g->record, "%x %x %x %x %llx %x %x %x %x\n", o->valid, o->error_code, word, o->arvalid,
            o->arvalid ? (unsigned long long)o->araddr : 0ull,
            o->awvalid | o->wvalid << 1 | o->ready << 2, data, o->miss, o->quiet);
}

/* A cycle. The memory answers; requests and writes are the caller's inputs. */
static void cycle(rig *g) {
    cache_in *i = &g->in;
    cache_out *o = &g->out;
    i->arready = g->bursts < 4 && !held(g);
    i->awready = !held(g);
    i->wready = !held(g);
    i->bvalid = g->aw_taken && g->w_taken && !held(g);
    i->bresp = g->fail_write ? 2 : 0;
    /* R: once shown, a beat stays until it is taken. */
    if (!g->show && g->bursts > 0 && g->wait == 0) g->show = !held(g);
    i->rvalid = g->show;
    i->rid = 0;
    i->rresp = i->rlast = 0;
    memset(i->rdata, 0xA5, sizeof i->rdata);
    if (g->show) {
        const uint32_t w = g->burst[0].word + g->beat;
        assert_true(w < WORDS);
        memcpy(i->rdata, g->store[w], sizeof g->store[w]);
        if (g->parity_error[w]) i->rdata[w % 6] ^= 1u << w % 32;
        i->rresp = g->bus_error[w] ? 2 : 0;
        i->rlast = g->beat + 1 == g->burst[0].beats;
    }
    cache_model_settle(g->model, i, o);
    uint32_t skip = 0;
    if (g->skip && o->quiet && !i->bvalid && g->bursts > 0 && g->wait > 1 && !i->arready) {
        skip = (uint32_t)(test_random(g->random) % g->wait);
        if (skip > o->quiet) skip = o->quiet;
    }
    if (g->record) {
        record(g);
        if (++g->recorded == 3000) {
            assert_int_equal(fclose(g->record), 0);
            g->record = NULL;
        }
    }
    if (g->wait) g->wait -= skip + 1 < g->wait ? skip + 1 : g->wait;
    if (i->rvalid && o->rready) {
        g->show = false;
        const uint32_t w = g->burst[0].word + g->beat;
        g->line_good = g->line_good && !g->bus_error[w] && !g->parity_error[w];
        if (++g->beat == g->burst[0].beats) {
            if (g->line_good && !i->invalidate)
                g->have[g->filling & ((1 << i->lines_log2) - 1)] = (uint32_t)g->filling + 1;
            g->filling = -1;
            g->beat = 0;
            g->bursts--;
            memmove(g->burst, g->burst + 1, sizeof g->burst - sizeof g->burst[0]);
            g->wait = g->latency;
        }
    }
    if (o->arvalid && i->arready) {
        const uint64_t offset = o->araddr - i->base;
        assert_int_equal(offset % 128, 0);
        const uint32_t line = (uint32_t)(offset / 128);
        assert_int_equal(o->arsize, 5);
        assert_int_equal(o->arburst, 1);
        assert_true(line * 4 < i->words);
        const uint32_t left = i->words - line * 4;
        assert_int_equal(o->arlen + 1, left < 4 ? left : 4);
        /* One line at a time, and never one that is there. */
        assert_int_equal(g->filling, -1);
        assert_int_not_equal(g->have[line & ((1u << i->lines_log2) - 1)], line + 1);
        g->have[line & ((1u << i->lines_log2) - 1)] = 0;
        g->filling = line;
        g->line_good = true;
        if (g->bursts == 0) g->wait = g->latency;
        g->burst[g->bursts].word = line * 4;
        g->burst[g->bursts++].beats = o->arlen + 1u;
        g->reads++;
    }
    if (o->awvalid && i->awready) {
        assert_false(g->aw_taken);
        assert_int_equal(o->awaddr, i->base + 32ull * i->write_address);
        assert_int_equal(o->awlen, 0);
        assert_int_equal(o->awsize, 5);
        g->aw_taken = true;
    }
    if (o->wvalid && i->wready) {
        assert_false(g->w_taken);
        assert_int_equal(o->wstrb, UINT32_MAX);
        assert_true(o->wlast);
        assert_memory_equal(o->wdata, i->write_data, sizeof i->write_data);
        g->w_taken = true;
    }
    if (i->bvalid && o->bready) {
        g->aw_taken = g->w_taken = false;
        g->writes++;
        if (!g->fail_write) {
            memcpy(g->store[i->write_address], i->write_data, sizeof i->write_data);
            g->bus_error[i->write_address] = g->parity_error[i->write_address] = false;
        }
    }
    cache_model_clock(g->model, skip);
    g->cycle += 1 + skip;
    g->skipped += skip;
}

/* Asks for a word and waits for it; returns the cycles after the one of the request. */
static uint32_t request(rig *g, uint32_t address, unsigned expected_error) {
    g->in.enable = 1;
    g->in.address = (uint16_t)address;
    cycle(g);
    g->in.enable = 0;
    const uint64_t asked = g->cycle;
    for (unsigned i = 0;; i++) {
        cache_model_settle(g->model, &g->in, &g->out);
        if (g->out.valid || g->out.error) break;
        assert_int_equal(g->out.miss, 1);
        assert_int_equal(g->out.miss_line, address / 4);
        assert_true(i < 100000);
        cycle(g);
    }
    assert_int_equal(g->out.miss, 0);
    assert_int_equal(g->out.error_code, expected_error);
    assert_int_equal(g->out.valid, expected_error == 0);
    if (!expected_error) assert_memory_equal(g->out.word, g->store[address], sizeof g->store[0]);
    return (uint32_t)(g->cycle - asked) + 1;
}

static void write_word(rig *g, uint32_t address, const uint32_t *word) {
    g->in.write = 1;
    g->in.write_address = (uint16_t)address;
    memcpy(g->in.write_data, word, sizeof g->in.write_data);
    for (unsigned i = 0;; i++) {
        assert_true(i < 100000);
        cycle(g);
        if (g->out.ready) break;
    }
    g->in.write = 0;
    g->have[address / 4 & ((1u << g->in.lines_log2) - 1)] = 0;
}

static void settle(rig *g) {
    g->stall = 0;
    for (unsigned i = 0; i < 200 + 2 * g->latency; i++) cycle(g);
    assert_int_equal(g->bursts, 0);
    assert_int_equal(g->out.quiet, UINT32_MAX);
}

static void invalidate(rig *g) {
    g->in.invalidate = 1;
    cycle(g);
    g->in.invalidate = 0;
    memset(g->have, 0, sizeof g->have);
}

static uint64_t counter(rig *g, unsigned index) {
    g->in.counter_index = (uint8_t)index;
    cache_model_settle(g->model, &g->in, &g->out);
    return g->out.counter;
}

#if defined(__SANITIZE_ADDRESS__)
enum { REQUESTS = 20000 };
#else
enum { REQUESTS = 400000 };
#endif

static void test_random_requests(void **state) {
    (void)state;
    uint64_t r = test_seed(77);
    rig *g = rig_new(&r);
    if (record_path) assert_non_null(g->record = fopen(record_path, "w"));
    uint64_t accesses = 0, hits = 0, misses = 0, stalls = 0, errors = 0, must_hit = 0;
    uint32_t address = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
        if (i % 2000 == 0) {
            settle(g);
            g->in.lines_log2 = (uint8_t)(test_random(&r) % 9);
            g->in.prefetch = test_random(&r) & 1;
            g->in.words = (uint16_t)(1 + test_random(&r) % WORDS);
            invalidate(g);
            g->stall = (unsigned)(test_random(&r) % 200);
            g->latency = (uint32_t)(test_random(&r) % 4 * (test_random(&r) % 50));
            g->skip = test_random(&r) & 1;
            memset(g->bus_error, 0, sizeof g->bus_error);
            memset(g->parity_error, 0, sizeof g->parity_error);
            for (unsigned k = 0; k < i / 2000 % 3 * 4; k++) {
                g->bus_error[test_random(&r) % WORDS] = true;
                g->parity_error[test_random(&r) % WORDS] = true;
            }
        }
        if (test_random(&r) % 300 == 0) {
            uint32_t word[6];
            good_word(&r, word);
            write_word(g, (uint32_t)(test_random(&r) % g->in.words), word);
        }
        /* Programs: mostly the next word, sometimes a jump, near or far. */
        const uint64_t draw = test_random(&r);
        if (draw % 16 == 0)
            address = (uint32_t)(draw >> 8) % (g->in.words + 2u);
        else if (draw % 16 < 3)
            address -= address < 40 ? address : (uint32_t)(draw >> 8) % 40;
        else
            address++;
        address %= WORDS;
        unsigned expected = 0;
        if (address >= g->in.words)
            expected = BEYOND;
        else if (g->bus_error[address])
            expected = BUS;
        else if (g->parity_error[address])
            expected = PARITY;
        /* A line that is there, and nothing is or will be on its way to its place, must hit. */
        const uint32_t mask = (1u << g->in.lines_log2) - 1u, line = address / 4;
        const bool safe = g->have[line & mask] == line + 1 && !g->in.prefetch;
        const uint32_t cycles = request(g, address, expected);
        accesses++;
        if (safe) {
            assert_int_equal(cycles, 1);
            must_hit++;
        }
        if (expected != BEYOND) {
            if (!g->in.prefetch) {
                hits += safe;
                misses += !safe;
            }
        }
        stalls += cycles - 1;
        errors += expected != 0;
        /* A slice: the sequencer is busy for a while. */
        for (uint64_t k = test_random(&r) % 8; k > 0; k--) cycle(g);
        if (i % 2000 == 1999) {
            settle(g);
            assert_int_equal(counter(g, C_ACCESSES), accesses);
            assert_int_equal(counter(g, C_STALLS), stalls);
        }
    }
    assert_int_equal(counter(g, C_ACCESSES), accesses);
    assert_int_equal(counter(g, C_STALLS), stalls);
    assert_true(counter(g, C_HITS) > hits && counter(g, C_MISSES) > misses);
    assert_true(counter(g, C_ERRORS) > 0 && counter(g, C_ERRORS) <= errors);
    assert_true(counter(g, C_LATE) > 0 && counter(g, C_USEFUL) <= counter(g, C_PREFETCHES));
    assert_true(g->skipped > 0 && must_hit > REQUESTS / 8 && g->writes > 10);
    print_message(
        "%u requests: %llu hits, %llu misses, %llu of %llu prefetches useful (%llu late), "
        "%llu stall cycles (%llu skipped), %llu writes\n",
        REQUESTS, (unsigned long long)counter(g, C_HITS), (unsigned long long)counter(g, C_MISSES),
        (unsigned long long)counter(g, C_USEFUL), (unsigned long long)counter(g, C_PREFETCHES),
        (unsigned long long)counter(g, C_LATE), (unsigned long long)counter(g, C_STALLS),
        (unsigned long long)g->skipped, (unsigned long long)g->writes);
    rig_destroy(&g);
}

/* A second request replaces one without an answer. */
static void test_last_request_wins(void **state) {
    (void)state;
    uint64_t r = test_seed(5);
    rig *g = rig_new(&r);
    for (unsigned i = 0; i < 3000; i++) {
        g->latency = (uint32_t)(test_random(&r) % 20);
        g->stall = (unsigned)(test_random(&r) % 128);
        g->in.prefetch = test_random(&r) & 1;
        g->in.enable = 1;
        g->in.address = (uint16_t)(test_random(&r) % WORDS);
        cycle(g);
        g->in.enable = 0;
        for (uint64_t k = test_random(&r) % 24; k > 0; k--) cycle(g);
        (void)request(g, (uint32_t)(test_random(&r) % WORDS), 0);
    }
    rig_destroy(&g);
}

/* Slices of 10 cycles over 4096 words: cold and warm, with and without the next line. */
static void test_figures(void **state) {
    (void)state;
    uint64_t r = test_seed(6);
    static const uint32_t latencies[] = {5, 30, 100};
    for (unsigned p = 0; p < 2; p++) {
        for (unsigned l = 0; l < 3; l++) {
            rig *g = rig_new(&r);
            g->in.prefetch = (uint8_t)p;
            g->in.words = 1024;
            g->latency = latencies[l];
            uint64_t turns[2];
            for (unsigned turn = 0; turn < 2; turn++) {
                const uint64_t before = counter(g, C_STALLS);
                for (uint32_t a = 0; a < 1024; a++) {
                    (void)request(g, a, 0);
                    for (unsigned k = 0; k < 9; k++) cycle(g);
                }
                turns[turn] = counter(g, C_STALLS) - before;
            }
            print_message("prefetch %u, latency %u: %llu stall cycles cold, %llu warm\n", p,
                          latencies[l], (unsigned long long)turns[0], (unsigned long long)turns[1]);
            assert_int_equal(turns[1], 0);
            assert_int_equal(g->reads, 256);
            assert_int_equal(counter(g, C_HITS) + counter(g, C_MISSES), 2048);
            if (p && l == 0) assert_int_equal(counter(g, C_LATE), 0);
            /* Without prefetch each line waits for its first word: fill, AR, latency, beat. */
            if (!p) assert_int_equal(turns[0], 256u * (latencies[l] + 5u));
            if (p) assert_int_equal(counter(g, C_PREFETCHES), 255);
            rig_destroy(&g);
        }
    }
}

static void test_errors_stay_until_mended(void **state) {
    (void)state;
    uint64_t r = test_seed(8);
    rig *g = rig_new(&r);
    g->in.words = 102;
    (void)request(g, 101, 0);
    (void)request(g, 102, BEYOND);
    (void)request(g, 4095, BEYOND);
    g->bus_error[9] = g->parity_error[14] = true;
    (void)request(g, 8, 0);
    (void)request(g, 9, BUS);
    (void)request(g, 13, 0);
    (void)request(g, 14, PARITY);
    /* Lines with an error are asked for again, so a memory that recovers is seen. */
    settle(g);
    const uint64_t reads = g->reads;
    (void)request(g, 9, BUS);
    settle(g);
    assert_int_equal(g->reads, reads + 1);
    g->bus_error[9] = false;
    (void)request(g, 9, 0);
    uint32_t word[6];
    good_word(&r, word);
    write_word(g, 14, word);
    (void)request(g, 14, 0);
    /* A write over a line that is cached is seen. */
    (void)request(g, 40, 0);
    write_word(g, 41, word);
    (void)request(g, 41, 0);
    assert_memory_equal(g->out.word, word, sizeof word);
    /* A write that failed makes the store useless until it is forgotten. */
    settle(g);
    g->fail_write = true;
    write_word(g, 50, word);
    (void)request(g, 50, WRITE_FAILED);
    (void)request(g, 8, WRITE_FAILED);
    g->fail_write = false;
    invalidate(g);
    (void)request(g, 50, 0);
    rig_destroy(&g);
}

int main(int argc, char **argv) {
    record_path = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_requests),
        cmocka_unit_test(test_last_request_wins),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_errors_stay_until_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
