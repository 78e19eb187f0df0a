/* SPDX-License-Identifier: Apache-2.0 */
/* AXI4 multiplexer against reference queues: random bursts of every master, a slave that answers
 * out of order and interleaves reads, stalls on every channel, resets, answers for nobody, and a
 * second model that is not clocked while the first says that it is quiet. */
#include <stdbool.h>
#include <string.h>

#include "mux_face.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__)
enum { CYCLES = 20000 };
#else
enum { CYCLES = 200000 };
#endif
enum { N = MUX_MASTERS, ROOM = 512, PENDING = 8 };

typedef struct {
    mux_channel items[ROOM];
    unsigned head, count;
} queue;

static void push(queue *q, const mux_channel *item) {
    assert_true(q->count < ROOM);
    q->items[(q->head + q->count++) % ROOM] = *item;
}

static mux_channel pop(queue *q) {
    assert_true(q->count > 0);
    q->count--;
    return q->items[q->head++ % ROOM];
}

typedef struct {
    queue aw[N], ar[N], w[N]; /* what a master will still hand over, W in the order of AW */
    queue aw_out[N], ar_out[N], w_out[N];        /* taken from the master, due at the slave */
    queue b[N], r[N];                            /* sent by the slave, due at the master */
    queue order;                                 /* addresses at the slave whose data are due */
    queue beats;                                 /* data at the slave whose address is due */
    mux_channel writes[PENDING], reads[PENDING]; /* at the slave, to be answered */
    unsigned write_count, read_count;
    uint64_t bursts, words_read, words_written, strays, strays_sent;
} reference;

static unsigned beats_of(const mux_channel *address) {
    return (address->shape >> 5) + 1u;
}

static void new_bursts(reference *ref, int master, uint64_t *random) {
    if (ref->aw[master].count < 2 && ref->w[master].count + ref->w_out[master].count < ROOM / 2) {
        const mux_channel aw = {.addr = test_random(random),
                                .id = test_random(random) & 15,
                                .shape = (uint16_t)(test_random(random) & 0xff)};
        push(&ref->aw[master], &aw);
        for (unsigned i = beats_of(&aw); i > 0; i--) {
            const mux_channel w = {
                .data = test_random(random), .last = i == 1, .strb = (uint32_t)test_random(random)};
            push(&ref->w[master], &w);
        }
    }
    if (ref->ar[master].count < 2) {
        const mux_channel ar = {.addr = test_random(random),
                                .id = test_random(random) & 15,
                                .shape = (uint16_t)(test_random(random) & 0xff)};
        push(&ref->ar[master], &ar);
    }
}

/* A master or slave shows the head of its queue, and holds it. */
static void show(mux_channel *channel, const queue *q, bool willing) {
    if (channel->valid || !q->count || !willing) return;
    const bool ready = channel->ready;
    *channel = q->items[q->head % ROOM];
    channel->ready = ready;
    channel->valid = true;
}

static void same_address(const mux_channel *got, queue *q) {
    const mux_channel due = pop(q);
    assert_true(got->addr == due.addr);
    assert_int_equal(got->id & 15, due.id);
    assert_int_equal(got->shape, due.shape);
}

static void slave_side(reference *ref, const mux_bus *slave) {
    if (slave->aw.valid && slave->aw.ready) {
        const int who = slave->aw.id >> 4;
        assert_true(who < N);
        same_address(&slave->aw, &ref->aw_out[who]);
        push(&ref->order, &slave->aw);
    }
    if (slave->w.valid && slave->w.ready) {
        assert_true(slave->w.whole);
        push(&ref->beats, &slave->w);
    }
    while (ref->order.count && ref->beats.count && ref->write_count < PENDING) {
        const mux_channel address = ref->order.items[ref->order.head % ROOM];
        if (ref->beats.count < beats_of(&address)) break;
        for (unsigned i = beats_of(&address); i > 0; i--) {
            const mux_channel beat = pop(&ref->beats), due = pop(&ref->w_out[address.id >> 4]);
            assert_true(beat.data == due.data && beat.strb == due.strb);
            assert_int_equal(beat.last, due.last);
            assert_int_equal(beat.last, i == 1);
            ref->words_written++;
        }
        ref->writes[ref->write_count++] = pop(&ref->order);
    }
    if (slave->ar.valid && slave->ar.ready) {
        const int who = slave->ar.id >> 4;
        assert_true(who < N);
        same_address(&slave->ar, &ref->ar_out[who]);
        ref->reads[ref->read_count] = slave->ar;
        ref->reads[ref->read_count++].strb = beats_of(&slave->ar);
    }
    if (slave->b.valid && slave->b.ready && slave->b.id >> 4 < N)
        push(&ref->b[slave->b.id >> 4], &slave->b);
    if (slave->r.valid && slave->r.ready) push(&ref->r[slave->r.id >> 4], &slave->r);
}

static void master_side(reference *ref, const mux_bus *master, int who) {
    if (master->aw.valid && master->aw.ready) {
        const mux_channel sent = pop(&ref->aw[who]);
        push(&ref->aw_out[who], &sent);
    }
    if (master->w.valid && master->w.ready) {
        const mux_channel sent = pop(&ref->w[who]);
        push(&ref->w_out[who], &sent);
    }
    if (master->ar.valid && master->ar.ready) {
        const mux_channel sent = pop(&ref->ar[who]);
        push(&ref->ar_out[who], &sent);
    }
    if (master->b.valid) {
        assert_true(ref->b[who].count > 0);
        const mux_channel *due = &ref->b[who].items[ref->b[who].head % ROOM];
        assert_int_equal(master->b.id, due->id & 15);
        assert_int_equal(master->b.resp, due->resp);
        if (master->b.ready) pop(&ref->b[who]), ref->bursts++;
    }
    if (master->r.valid) {
        assert_true(ref->r[who].count > 0);
        const mux_channel *due = &ref->r[who].items[ref->r[who].head % ROOM];
        assert_int_equal(master->r.id, due->id & 15);
        assert_int_equal(master->r.resp, due->resp);
        assert_int_equal(master->r.last, due->last);
        assert_true(master->r.whole && master->r.data == due->data);
        if (master->r.ready) {
            ref->words_read++;
            ref->bursts += due->last;
            pop(&ref->r[who]);
        }
    }
}

/* The slave picks any waiting write, and a beat of any waiting read. */
static void slave_answers(reference *ref, mux_bus *slave, bool b, bool r, bool stray,
                          uint64_t *random) {
    if (!slave->b.valid && b && stray && N == 3) {
        slave->b = (mux_channel){.valid = true, .ready = slave->b.ready, .id = 0x35};
        ref->strays_sent++;
    } else if (!slave->b.valid && b && ref->write_count) {
        const unsigned i = (unsigned)(test_random(random) % ref->write_count);
        slave->b = (mux_channel){.valid = true,
                                 .ready = slave->b.ready,
                                 .id = ref->writes[i].id,
                                 .resp = test_random(random) & 3};
        ref->writes[i] = ref->writes[--ref->write_count];
    }
    if (!slave->r.valid && r && ref->read_count) {
        const unsigned i = (unsigned)(test_random(random) % ref->read_count);
        mux_channel *read = &ref->reads[i];
        slave->r = (mux_channel){.valid = true,
                                 .ready = slave->r.ready,
                                 .id = read->id,
                                 .data = test_random(random),
                                 .last = --read->strb == 0,
                                 .resp = test_random(random) & 3};
        if (slave->r.last) *read = ref->reads[--ref->read_count];
    }
}

static void must_hold(const mux_channel *was, const mux_channel *is) {
    if (!was->valid || was->ready) return;
    assert_true(is->valid && is->addr == was->addr && is->data == was->data);
    assert_true(is->id == was->id && is->shape == was->shape && is->strb == was->strb);
    assert_true(is->resp == was->resp && is->last == was->last);
}

static void reset(reference *ref, mux_pins *pins) {
    const uint64_t bursts = ref->bursts, read = ref->words_read, written = ref->words_written;
    memset(ref, 0, sizeof *ref);
    memset(pins, 0, sizeof *pins);
    ref->bursts = bursts;
    ref->words_read = read;
    ref->words_written = written;
}

static void test_traffic(void **state) {
    (void)state;
    uint64_t random = test_seed(43);
    mux_model *model = mux_model_new(), *skipping = mux_model_new();
    assert_non_null(model);
    assert_non_null(skipping);
    reference *ref = calloc(1, sizeof *ref);
    assert_non_null(ref);
    mux_pins pins = {0}, before = {0}, other;
    uint32_t rate[10] = {0};
    uint64_t skipped = 0, strays = 0;
    const int drain = CYCLES - CYCLES / 10;
    for (int cycle = 0; cycle < CYCLES; cycle++) {
        if (cycle % 250 == 0)
            for (int i = 0; i < 10; i++) rate[i] = (uint32_t)(test_random(&random) % 9);
        const bool draining = cycle >= drain;
        pins.rst_n = cycle > 3 && (draining || test_random(&random) % 5000 != 0);
        if (!pins.rst_n) {
            reset(ref, &pins);
            before = pins;
        }
#define WILLING(i) (draining || test_random(&random) % 8 < rate[i])
        for (int m = 0; m < N && pins.rst_n; m++) {
            if (!draining && WILLING(9)) new_bursts(ref, m, &random);
            show(&pins.master[m].aw, &ref->aw[m], WILLING(0));
            show(&pins.master[m].w, &ref->w[m], WILLING(1));
            show(&pins.master[m].ar, &ref->ar[m], WILLING(2));
            pins.master[m].b.ready = WILLING(3);
            pins.master[m].r.ready = WILLING(4);
        }
        pins.slave.aw.ready = WILLING(5);
        pins.slave.w.ready = WILLING(6) && ref->beats.count < ROOM / 2;
        pins.slave.ar.ready = WILLING(7) && ref->read_count < PENDING;
        if (pins.rst_n) {
            const bool b = WILLING(8), r = WILLING(8);
            slave_answers(ref, &pins.slave, b, r, test_random(&random) % 64 == 0, &random);
        }
        other = pins;
        mux_model_eval(model, &pins);
        mux_model_eval(skipping, &other);
        assert_int_equal(other.quiet, pins.quiet);
        assert_int_equal(other.slave.aw.valid, pins.slave.aw.valid);
        assert_int_equal(other.slave.ar.valid, pins.slave.ar.valid);
        assert_int_equal(other.slave.w.valid, pins.slave.w.valid);
        for (int m = 0; m < N; m++) {
            assert_int_equal(other.master[m].aw.ready, pins.master[m].aw.ready);
            assert_int_equal(other.master[m].ar.ready, pins.master[m].ar.ready);
            assert_int_equal(other.master[m].w.ready, pins.master[m].w.ready);
            must_hold(&before.master[m].b, &pins.master[m].b);
            must_hold(&before.master[m].r, &pins.master[m].r);
        }
        must_hold(&before.slave.aw, &pins.slave.aw);
        must_hold(&before.slave.ar, &pins.slave.ar);
        must_hold(&before.slave.w, &pins.slave.w);
        if (pins.rst_n) {
            slave_side(ref, &pins.slave);
            for (int m = 0; m < N; m++) master_side(ref, &pins.master[m], m);
            strays += pins.stray;
            ref->strays += pins.stray;
        }
        before = pins;
        mux_model_edge(model);
        if (pins.quiet)
            skipped++;
        else
            mux_model_edge(skipping);
        for (int m = 0; m < N; m++) {
            mux_bus *bus = &pins.master[m];
            bus->aw.valid = bus->aw.valid && !bus->aw.ready;
            bus->ar.valid = bus->ar.valid && !bus->ar.ready;
            bus->w.valid = bus->w.valid && !bus->w.ready;
        }
        pins.slave.b.valid = pins.slave.b.valid && !pins.slave.b.ready;
        pins.slave.r.valid = pins.slave.r.valid && !pins.slave.r.ready;
    }
    for (int m = 0; m < N; m++) { /* drained: nothing is lost */
        assert_int_equal(ref->aw[m].count + ref->w[m].count + ref->ar[m].count, 0);
        assert_int_equal(ref->aw_out[m].count + ref->w_out[m].count + ref->ar_out[m].count, 0);
        assert_int_equal(ref->b[m].count + ref->r[m].count, 0);
    }
    assert_int_equal(ref->order.count + ref->beats.count + ref->write_count + ref->read_count, 0);
    assert_int_equal(ref->strays, ref->strays_sent);
    assert_true(N == 3 ? strays > 10 : strays == 0);
    assert_true(ref->bursts > CYCLES / 50);
    assert_true(skipped > CYCLES / 200);
    print_message(
        "%d masters, %d cycles: %llu bursts, words %llu read, %llu written, "
        "%llu cycles skipped\n",
        N, CYCLES, (unsigned long long)ref->bursts, (unsigned long long)ref->words_read,
        (unsigned long long)ref->words_written, (unsigned long long)skipped);
    free(ref);
    mux_model_destroy(&skipping);
    mux_model_destroy(&model);
}

/* Everybody always willing: a word a cycle and an even share, whatever the length of a burst. */
static void test_throughput(void **state) {
    (void)state;
    enum { RUN = 4000 };
    static const unsigned lengths[] = {1, 4, 16};
    for (int k = 0; k < 3; k++) {
        mux_model *model = mux_model_new();
        assert_non_null(model);
        mux_pins pins = {0};
        uint64_t words[N] = {0}, addresses[N] = {0}, all_words = 0, least = UINT64_MAX, most = 0;
        unsigned beat[N] = {0};
        for (int cycle = 0; cycle < RUN; cycle++) {
            pins.rst_n = cycle > 2;
            pins.slave.aw.ready = pins.slave.w.ready = pins.slave.ar.ready = true;
            for (int m = 0; m < N; m++) {
                pins.master[m].aw.valid = pins.master[m].ar.valid = pins.rst_n;
                pins.master[m].w.valid = pins.rst_n;
                pins.master[m].aw.shape = (uint16_t)((lengths[k] - 1) << 5);
                pins.master[m].w.last = beat[m] == lengths[k] - 1;
            }
            mux_model_eval(model, &pins);
            for (int m = 0; m < N && pins.rst_n; m++) {
                if (pins.master[m].w.ready) {
                    beat[m] = (beat[m] + 1) % lengths[k];
                    words[m]++;
                }
                addresses[m] += pins.master[m].ar.ready;
            }
            all_words += pins.slave.w.valid;
            mux_model_edge(model);
        }
        for (int m = 0; m < N; m++) {
            if (words[m] < least) least = words[m];
            if (words[m] > most) most = words[m];
            assert_true(addresses[m] >= (RUN - 10) / N);
        }
        print_message("%d masters, bursts of %u: %.3f words a cycle, %llu to %llu a master\n", N,
                      lengths[k], (double)all_words / RUN, (unsigned long long)least,
                      (unsigned long long)most);
        assert_true(all_words > RUN - 10);
        assert_true(most - least <= lengths[k]);
        mux_model_destroy(&model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_throughput),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
