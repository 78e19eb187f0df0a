/* SPDX-License-Identifier: Apache-2.0 */
/* Clock crossings against reference queues: real clock ratios, late pointer bits, stalls, resets in
 * traffic, idle skip, and their throughput and latency. With an argument the pins of one FIFO are
 * written to that file for the replay in Icarus. */
#include <stdbool.h>
#include <string.h>

#include "cdc_face.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__)
enum { EVENTS = 20000 };
#else
enum { EVENTS = 60000 };
#endif

static const char *record_path;

static const uint32_t clocks_khz[][2] = {
    {300000, 100000},  {100000, 300000}, {1250000, 1000000}, {250000, 1200000},
    {1200000, 250000}, {250000, 250000}, {250000, 8000},
};
enum { RATIOS = sizeof clocks_khz / sizeof clocks_khz[0] };

static const uint8_t width[CDC_STREAMS] = {16, 20, 64, 64, 64, 64, 64, 6, 64, 12, 36, 12, 2, 34};
static const uint8_t depth[CDC_STREAMS] = {4, 8, 8, 16, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4};

static bool written_in_m(int stream) {
    return 0x3184 >> stream & 1; /* 2, 7, 8, 12, 13 */
}

typedef struct {
    uint64_t next[2], number[2], phase[2];
    const uint32_t *khz;
} clock_pair;

static void clock_start(clock_pair *clocks, const uint32_t khz[2], uint64_t *random) {
    clocks->khz = khz;
    for (int d = 0; d < 2; d++) {
        clocks->number[d] = 0;
        clocks->phase[d] = clocks->next[d] = test_random(random) % (1000000000u / khz[d] + 1);
    }
}

/* The clocks that rise at the next moment at which one does. */
static unsigned clock_next(clock_pair *clocks) {
    const uint64_t now = clocks->next[0] < clocks->next[1] ? clocks->next[0] : clocks->next[1];
    unsigned edges = 0;
    for (int d = 0; d < 2; d++) {
        if (clocks->next[d] != now) continue;
        edges |= 1u << d;
        clocks->number[d]++;
        clocks->next[d] = clocks->phase[d] + clocks->number[d] * 1000000000u / clocks->khz[d];
    }
    return edges;
}

typedef struct {
    uint64_t items[32], head, count;
    bool shown;
} queue;

/* What bit `group` of the occupied output must say. */
static bool occupied_group(const queue *queues, int group) {
    if (group < CDC_FIFOS) return queues[group].count > 0;
    const int first = (group < 6 ? 4 : 9) + (group & 1 ? 3 : 0), count = group & 1 ? 2 : 3;
    for (int i = first; i < first + count; i++)
        if (queues[i].count) return true;
    return false;
}

static void record(FILE *file, unsigned edges, const cdc_in *in, const cdc_out *out) {
    if (!file) return;
    const bool valid = out->r_valid >> 1 & 1;
    fprintf(file, "%u %u %u %u %u %u %u %u %llx %u %u %llx %x %x %u %u %u\n", edges & 1, edges >> 1,
            in->rst_n[0], in->rst_n[1], in->w_valid >> 1 & 1, in->r_ready >> 1 & 1,
            in->w_late >> 1 & 1, in->r_late >> 1 & 1, (unsigned long long)(in->w_data[1] & 0xfffff),
            out->w_ready >> 1 & 1, valid, (unsigned long long)(valid ? out->r_data[1] : 0),
            out->w_level[1], out->r_level[1], out->quiet[0] >> 1 & 1, out->quiet[1] >> 1 & 1,
            out->occupied >> 1 & 1);
}

/* Random traffic on all streams at one clock ratio. A second model is not clocked while the first
 * says that both sides are quiet, and must not be told from it. */
static void traffic(const uint32_t khz[2], uint64_t *random, FILE *file,
                    uint64_t most[CDC_STREAMS]) {
    cdc_model *model = cdc_model_new(), *skipping = cdc_model_new();
    assert_non_null(model);
    assert_non_null(skipping);
    clock_pair clocks;
    clock_start(&clocks, khz, random);
    cdc_in in = {0};
    cdc_out out, other;
    queue queues[CDC_STREAMS] = {0};
    uint64_t moved[CDC_STREAMS] = {0}, skipped = 0, resets = 0;
    uint32_t offer[CDC_STREAMS] = {0}, accept[CDC_STREAMS] = {0}, reset_left[2] = {5, 9};
    const int drain = EVENTS - EVENTS / 10;
    for (int event = 0; event < EVENTS; event++) {
        const unsigned edges = clock_next(&clocks);
        if (event % 200 == 0 || event == drain) {
            const bool idle = test_random(random) % 4 == 0;
            for (int i = 0; i < CDC_STREAMS; i++) {
                offer[i] = idle || event >= drain ? 0 : (uint32_t)(test_random(random) % 9);
                accept[i] = event >= drain ? 8 : (uint32_t)(test_random(random) % 9);
            }
        }
        for (int d = 0; d < 2; d++) {
            if (reset_left[d])
                reset_left[d]--;
            else if (event < drain && test_random(random) % 1500 == 0)
                reset_left[d] = 1 + (uint32_t)(test_random(random) % 20), resets++;
            in.rst_n[d] = reset_left[d] == 0;
        }
        const bool reset = !in.rst_n[0] || !in.rst_n[1];
        for (int i = 0; i < CDC_STREAMS; i++) {
            const unsigned bit = 1u << i, writer = written_in_m(i);
            if (reset) in.w_valid &= (uint16_t)~bit;
            if ((edges >> writer & 1) && !(in.w_valid & bit) && !reset &&
                test_random(random) % 8 < offer[i]) {
                in.w_valid |= (uint16_t)bit;
                in.w_data[i] = test_random(random);
            }
            if (edges >> !writer & 1) {
                in.r_ready &= (uint16_t)~bit;
                if (test_random(random) % 8 < accept[i]) in.r_ready |= (uint16_t)bit;
            }
        }
        in.w_late = (uint16_t)test_random(random);
        in.r_late = (uint16_t)test_random(random);
        cdc_model_eval(model, &in, &out);
        cdc_model_eval(skipping, &in, &other);
        record(file, edges, &in, &out);

        assert_int_equal(other.w_ready, out.w_ready);
        assert_int_equal(other.r_valid, out.r_valid);
        assert_memory_equal(other.quiet, out.quiet, sizeof out.quiet);
        assert_memory_equal(other.w_level, out.w_level, sizeof out.w_level);
        assert_memory_equal(other.r_level, out.r_level, sizeof out.r_level);
        if (reset) {
            assert_int_equal(out.w_ready, 0);
            assert_int_equal(out.r_valid, 0);
            assert_int_equal(out.occupied, 0);
            memset(queues, 0, sizeof queues);
        }
        for (int i = 0; i < 8; i++)
            assert_int_equal(out.occupied >> i & 1, occupied_group(queues, i));
        for (int i = 0; i < CDC_STREAMS; i++) {
            queue *q = &queues[i];
            const unsigned writer = written_in_m(i);
            const uint64_t mask = width[i] == 64 ? UINT64_MAX : (UINT64_C(1) << width[i]) - 1;
            const bool valid = out.r_valid >> i & 1, ready = out.w_ready >> i & 1;
            if (i < CDC_FIFOS) {
                assert_true(out.r_level[i] <= q->count);
                assert_true(out.w_level[i] + valid >= (int)q->count);
            }
            assert_true(valid || !q->shown); /* what is shown stays */
            q->shown = valid;
            if (valid) {
                assert_true(q->count > 0);
                assert_true(out.r_data[i] == (q->items[q->head % 32] & mask));
                assert_true(out.r_whole >> i & 1);
                assert_true(other.r_data[i] == out.r_data[i]);
            }
            if ((edges >> !writer & 1) && valid && (in.r_ready >> i & 1)) {
                q->head++;
                q->count--;
                q->shown = false;
                moved[i]++;
            }
            if ((edges >> writer & 1) && ready && (in.w_valid >> i & 1)) {
                q->items[(q->head + q->count) % 32] = in.w_data[i];
                q->count++;
                assert_true(q->count <= depth[i] + 1u);
                if (q->count > most[i]) most[i] = q->count;
            }
        }
        const bool quiet = out.quiet[0] == 0x3f && out.quiet[1] == 0x3f;
        cdc_model_edge(model, edges);
        if (quiet)
            skipped++;
        else
            cdc_model_edge(skipping, edges);
        for (int i = 0; i < CDC_STREAMS; i++) { /* payloads that were taken */
            if ((edges >> (unsigned)written_in_m(i) & 1) && (out.w_ready >> i & 1))
                in.w_valid &= (uint16_t) ~(1u << i);
        }
    }
    const bool far_apart = khz[0] / khz[1] > 10;
    for (int i = 0; i < CDC_STREAMS; i++) {
        assert_int_equal(queues[i].count, 0); /* drained: nothing is lost */
        assert_true(moved[i] > EVENTS / (far_apart ? 1000 : 100));
    }
    assert_true(resets > 1);
    if (!far_apart) assert_true(skipped > EVENTS / 100);
    print_message("%8u/%-8u kHz: %llu words of stream 1, %llu of %d events skipped, %llu resets\n",
                  khz[0], khz[1], (unsigned long long)moved[1], (unsigned long long)skipped, EVENTS,
                  (unsigned long long)resets);
    cdc_model_destroy(&skipping);
    cdc_model_destroy(&model);
}

static void test_traffic(void **state) {
    (void)state;
    uint64_t random = test_seed(41), most[CDC_STREAMS] = {0};
    for (int i = 0; i < RATIOS; i++) {
        FILE *file = NULL;
        if (record_path && i == 3) {
            file = fopen(record_path, "w");
            assert_non_null(file);
        }
        traffic(clocks_khz[i], &random, file, most);
        if (file) assert_int_equal(fclose(file), 0);
    }
    for (int i = 0; i < CDC_STREAMS; i++) assert_int_equal(most[i], depth[i] + 1);
}

/* Words in one cycle of the slower clock with both ends always willing, and the time of one word
 * through an empty queue in cycles of the reading clock, least and most over the phases. */
static void test_throughput(void **state) {
    (void)state;
    enum { SLOW_CYCLES = 1000 };
    static const int shown[] = {0, 1, 2, 3, 5, 8};
    static const char *const names[] = {"depth 4 sync 2",  "depth 8 sync 2", "depth 8 sync 3 back",
                                        "depth 16 sync 4", "AXI4 W",         "AXI4 R"};
    uint64_t random = test_seed(42);
    for (int ratio = 0; ratio + 1 < RATIOS; ratio++) {
        const uint32_t *khz = clocks_khz[ratio];
        const int slow = khz[1] < khz[0];
        cdc_model *model = cdc_model_new();
        assert_non_null(model);
        clock_pair clocks;
        clock_start(&clocks, khz, &random);
        cdc_in in = {.w_valid = 0x3fff, .r_ready = 0x3fff, .rst_n = {1, 1}};
        cdc_out out;
        uint64_t words[CDC_STREAMS] = {0}, start = 0;
        for (uint64_t cycle = 0; cycle < SLOW_CYCLES + 50;) {
            const unsigned edges = clock_next(&clocks);
            cdc_model_eval(model, &in, &out);
            if (edges >> slow & 1) cycle++;
            if (cycle >= 50 && !start) start = cycle;
            for (int i = 0; i < CDC_STREAMS; i++)
                if (start && (edges >> !written_in_m(i) & 1)) words[i] += out.r_valid >> i & 1;
            cdc_model_edge(model, edges);
        }
        cdc_model_destroy(&model);
        print_message("%u/%u kHz, words in a slow cycle:", khz[0], khz[1]);
        for (int k = 0; k < 6; k++) {
            const int i = shown[k];
            const double rate = (double)words[i] / SLOW_CYCLES;
            print_message(" %s %.3f;", names[k], rate);
            /* 8 slots hide the way there and back at every ratio with 2 flip-flops, and at equal
             * clocks 16 slots with 4. */
            assert_true(rate <= 1.01);
            if (i == 1 || i == 3 || i == 5 || i == 8) assert_true(rate > 0.99);
            if (i == 0) assert_true(rate > 0.6);
        }
        print_message("\n");

        uint64_t least = UINT64_MAX, most = 0;
        for (int trial = 0; trial < 200; trial++) {
            model = cdc_model_new();
            assert_non_null(model);
            clock_start(&clocks, khz, &random);
            in.w_valid = 0;
            uint64_t reads = 0, pushed_at = 0;
            for (int event = 0;; event++) {
                assert_true(event < 400);
                const unsigned edges = clock_next(&clocks);
                if (event == 60) in.w_valid = 2;
                cdc_model_eval(model, &in, &out);
                if ((out.r_valid & 2) && (edges & 2)) break;
                if (pushed_at && (edges & 2)) reads++;
                if (in.w_valid && (edges & 1)) {
                    in.w_valid = 0;
                    pushed_at = 1;
                    cdc_model_edge(model, edges);
                    continue;
                }
                cdc_model_edge(model, edges);
            }
            if (reads < least) least = reads;
            if (reads > most) most = reads;
            cdc_model_destroy(&model);
        }
        print_message("  one word, depth 8 sync 2: shown after edge %llu to %llu of the reader\n",
                      (unsigned long long)least, (unsigned long long)most);
        assert_int_equal(least, 3);
        assert_int_equal(most, 3);
    }
}

int main(int argc, char **argv) {
    record_path = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_throughput),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
