/* SPDX-License-Identifier: Apache-2.0 */
/* FIFO, skid buffer and arbiter against plain queues and a plain round robin, random stalls. */
#include <stdbool.h>

#include "small_face.h"
#include "test.h"

enum { CYCLES = 60000, STREAMS = 3, REQUESTERS = 5 };

typedef struct {
    uint16_t items[64];
    uint32_t head, count, capacity;
} queue;

static small_model *start(small_in *in) {
    small_model *model = small_model_new();
    assert_non_null(model);
    small_out out;
    *in = (small_in){0};
    for (int i = 0; i < 2; i++) small_model_cycle(model, in, &out);
    in->rst_n = 1;
    return model;
}

static void test_streams(void **state) {
    (void)state;
    uint64_t random = test_seed(71);
    queue queues[STREAMS] = {{.capacity = 8}, {.capacity = 2}, {.capacity = 2}};
    uint64_t moved[STREAMS] = {0}, filled[STREAMS] = {0};
    small_in in;
    small_out out;
    small_model *model = start(&in);
    uint32_t in_bias = 0, out_bias = 0;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        if (cycle % 64 == 0) {
            in_bias = (uint32_t)(test_random(&random) % 5);
            out_bias = (uint32_t)(test_random(&random) % 5);
        }
        in.in_valid = in.out_ready = 0;
        for (int s = 0; s < STREAMS; s++) {
            in.in_valid |= (uint8_t)((test_random(&random) % 4 < in_bias) << s);
            in.out_ready |= (uint8_t)((test_random(&random) % 4 < out_bias) << s);
        }
        in.in_data = test_random(&random) & 0xffffffffffffu;
        in.clear = test_random(&random) % 300 == 0;
        in.rst_n = test_random(&random) % 2000 != 0;
        small_model_cycle(model, &in, &out);
        if (!in.rst_n) {
            for (int s = 0; s < STREAMS; s++) queues[s].count = 0;
            continue;
        }
        assert_int_equal(out.level8, queues[0].count);
        assert_int_equal(out.level2, queues[1].count);
        for (int s = 0; s < STREAMS; s++) {
            queue *q = &queues[s];
            assert_int_equal(out.out_valid >> s & 1, q->count > 0);
            assert_int_equal(out.in_ready >> s & 1, q->count < q->capacity);
            const uint32_t before = q->count;
            if (q->count && (in.out_ready >> s & 1)) {
                assert_int_equal(out.out_data >> (16 * s) & 0xffff, q->items[q->head % 64]);
                q->head++;
                q->count--;
                moved[s]++;
            } else if (q->count) { /* the head is shown before it is taken */
                assert_int_equal(out.out_data >> (16 * s) & 0xffff, q->items[q->head % 64]);
            }
            if (before < q->capacity && (in.in_valid >> s & 1)) {
                q->items[(q->head + q->count) % 64] = (uint16_t)(in.in_data >> (16 * s));
                q->count++;
            }
            filled[s] += q->count == q->capacity;
            if (in.clear && s < 2) q->count = 0;
        }
    }
    for (int s = 0; s < STREAMS; s++) {
        assert_true(moved[s] > CYCLES / 5);
        assert_true(filled[s] > 100);
    }
    small_model_destroy(&model);
}

static void test_arbiter(void **state) {
    (void)state;
    uint64_t random = test_seed(72);
    small_in in;
    small_out out;
    small_model *model = start(&in);
    uint32_t last = REQUESTERS - 1, waited[REQUESTERS] = {0}, worst = 0;
    int shown = -1;
    uint64_t served[REQUESTERS] = {0};
    uint32_t bias = 1, ready = 1;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        if (cycle % 100 == 0) {
            bias = 1 + (uint32_t)(test_random(&random) % 6);
            ready = 1 + (uint32_t)(test_random(&random) % 4);
        }
        for (uint32_t i = 0; i < REQUESTERS; i++) {
            if (in.request_valid >> i & 1) continue; /* valid and payload hold */
            if (test_random(&random) % 6 >= bias) continue;
            in.request_valid |= (uint8_t)(1u << i);
            in.request_data &= ~(UINT64_C(0xff) << 8 * i);
            in.request_data |= (test_random(&random) & 0xff) << 8 * i;
        }
        in.grant_ready = test_random(&random) % 4 < ready;
        small_model_cycle(model, &in, &out);
        assert_int_equal(out.grant_valid, in.request_valid != 0);
        if (!in.request_valid) {
            assert_int_equal(out.request_ready, 0);
            continue;
        }
        uint32_t expected = last;
        if (shown >= 0) {
            expected = (uint32_t)shown;
        } else {
            do expected = (expected + 1) % REQUESTERS;
            while (!(in.request_valid >> expected & 1));
        }
        assert_int_equal(out.grant_index, expected);
        assert_int_equal(out.grant_data, in.request_data >> 8 * expected & 0xff);
        assert_int_equal(out.request_ready, in.grant_ready ? 1u << expected : 0);
        shown = in.grant_ready ? -1 : (int)expected;
        if (!in.grant_ready) continue;
        last = expected;
        served[expected]++;
        for (uint32_t i = 0; i < REQUESTERS; i++) {
            if (i == expected || !(in.request_valid >> i & 1))
                waited[i] = 0;
            else if (++waited[i] > worst)
                worst = waited[i];
        }
        in.request_valid &= (uint8_t) ~(1u << expected);
    }
    assert_int_equal(worst, REQUESTERS - 1);
    for (int i = 0; i < REQUESTERS; i++) assert_true(served[i] > CYCLES / 20);
    small_model_destroy(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_arbiter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
