/* SPDX-License-Identifier: Apache-2.0 */
/* DDR4 behind AXI4: random bursts with narrow strobes and stalls on all channels against a plain
 * memory, order by ID, refused bursts, and the same with idle skip. */
#include <stdlib.h>
#include <string.h>

#include "axi_face.h"
#include "model/ddr4.h"
#include "test.h"

enum { REGIONS = 48, REGION = 16384, IDS = 16, BURSTS = 32 };

/* A burst in flight; its region is nobody else's until it is answered. */
typedef struct {
    uint64_t address, base;
    uint32_t region, beats, done;
    uint8_t id, error;
    bool write;
} burst;

typedef struct {
    burst of[BURSTS];
    unsigned head, tail;
} queue;

typedef struct {
    axi_model *model;
    axi_in in;
    axi_out out;
    uint64_t random, cycle, hash;
    uint8_t *memory;
    bool busy[REGIONS];
    queue reads, writes; /* both are answered in the order of their addresses */
    uint64_t started, finished, beats, refused;
    unsigned sending; /* writes whose data are complete */
    unsigned stall;   /* of 256 */
    bool skip;
} bench;

static uint64_t chance(bench *b, uint64_t of) {
    return test_random(&b->random) % of;
}

static uint64_t region_base(uint32_t region) {
    /* Far apart: banks and rows differ. */
    return (uint64_t)region * 0x0A6B4000u;
}

static void fill(bench *b, burst *u, bool write) {
    do u->region = (uint32_t)chance(b, REGIONS);
    while (b->busy[u->region]);
    u->base = region_base(u->region);
    u->beats = chance(b, 4) ? 1 + (uint32_t)chance(b, 16) : 1 + (uint32_t)chance(b, 256);
    const uint64_t room = REGION - 32 * u->beats;
    u->address = u->base + chance(b, room / 32 + 1) * 32;
    if (chance(b, 4) == 0) u->address += chance(b, 32);
    u->id = (uint8_t)chance(b, IDS);
    u->write = write;
    u->done = 0;
    u->error = 0;
    b->busy[u->region] = true;
}

/* AXI4 fields of an address channel; sometimes ones that must be refused. */
static void address_fields(bench *b, burst *u, uint8_t *size, uint8_t *kind, uint64_t *address) {
    *size = 5;
    *kind = 1;
    *address = u->address;
    if (chance(b, 24)) return;
    switch (chance(b, 3)) {
        case 0:
            *address |= UINT64_C(1) << (34 + chance(b, 30));
            u->error = 3;
            break;
        case 1:
            *kind = 2;
            u->error = u->beats > 1 ? 2 : 0;
            break;
        default:
            *size = 3;
            u->error = u->beats > 1 ? 2 : 0;
            break;
    }
}

static void start(bench *b, uint64_t limit) {
    if (!b->in.arvalid && b->started < limit && b->reads.head - b->reads.tail < BURSTS - 1 &&
        b->reads.head - b->reads.tail + b->writes.head - b->writes.tail < REGIONS - 8 &&
        chance(b, 256) >= b->stall) {
        burst *u = &b->reads.of[b->reads.head % BURSTS];
        fill(b, u, false);
        b->in.arvalid = true;
        b->in.arid = u->id;
        b->in.arlen = (uint8_t)(u->beats - 1);
        address_fields(b, u, &b->in.arsize, &b->in.arburst, &b->in.araddr);
        b->started++;
    }
    if (!b->in.awvalid && b->started < limit && b->writes.head - b->writes.tail < BURSTS - 1 &&
        b->reads.head - b->reads.tail + b->writes.head - b->writes.tail < REGIONS - 8 &&
        chance(b, 256) >= b->stall) {
        burst *u = &b->writes.of[b->writes.head % BURSTS];
        fill(b, u, true);
        b->in.awvalid = true;
        b->in.awid = u->id;
        b->in.awlen = (uint8_t)(u->beats - 1);
        address_fields(b, u, &b->in.awsize, &b->in.awburst, &b->in.awaddr);
        b->started++;
    }
    /* Data of the oldest accepted burst that still lacks some. */
    if (!b->in.wvalid && b->sending != b->writes.head && chance(b, 256) >= b->stall) {
        const burst *u = &b->writes.of[b->sending % BURSTS];
        b->in.wvalid = true;
        b->in.wlast = u->done + 1 == u->beats;
        b->in.wstrb = chance(b, 3) ? UINT32_MAX : (uint32_t)test_random(&b->random);
        for (int i = 0; i < 32; i += 8) {
            const uint64_t word = test_random(&b->random);
            memcpy(b->in.wdata + i, &word, 8);
        }
    }
}

static uint8_t *bytes_of(bench *b, const burst *u, uint32_t beat) {
    const uint64_t at = ((u->address & ~UINT64_C(31)) + 32 * (uint64_t)beat) - u->base;
    return b->memory + (uint64_t)u->region * REGION + at;
}

static void finish(bench *b, burst *u) {
    b->busy[u->region] = false;
    b->finished++;
    if (u->error) b->refused++;
}

static void tick(bench *b, uint64_t limit) {
    start(b, limit);
    const bool waiting = b->started == limit && !b->in.arvalid && !b->in.awvalid && !b->in.wvalid;
    /* No draw while waiting, so that skipping cycles does not shift the random numbers. */
    b->in.bready = waiting || chance(b, 256) >= b->stall;
    b->in.rready = waiting || chance(b, 256) >= b->stall;
    b->cycle += axi_model_step(b->model, &b->in, waiting && b->skip ? UINT32_MAX : 0, &b->out);
    const axi_out *o = &b->out;
    assert_false(o->violation);
    if (b->in.arvalid && o->arready) {
        b->reads.head++;
        b->in.arvalid = false;
    }
    if (b->in.wvalid && o->wready) {
        burst *u = &b->writes.of[b->sending % BURSTS];
        uint8_t *to = bytes_of(b, u, u->done);
        for (int i = 0; i < 32 && !u->error; i++)
            if (b->in.wstrb >> i & 1) to[i] = b->in.wdata[i];
        if (++u->done == u->beats) b->sending++;
        b->in.wvalid = false;
    }
    if (b->in.awvalid && o->awready) {
        b->writes.head++;
        b->in.awvalid = false;
    }
    if (o->rvalid && b->in.rready) {
        assert_true(b->reads.tail != b->reads.head);
        burst *u = &b->reads.of[b->reads.tail % BURSTS];
        assert_int_equal(o->rid, u->id);
        assert_int_equal(o->rresp, u->error);
        if (!u->error) assert_memory_equal(o->rdata, bytes_of(b, u, u->done), 32);
        assert_int_equal(o->rlast, u->done + 1 == u->beats);
        b->hash = (b->hash ^ b->cycle) * 0x9E3779B97F4A7C15u;
        b->beats++;
        if (++u->done == u->beats) {
            finish(b, u);
            b->reads.tail++;
        }
    }
    if (o->bvalid && b->in.bready) {
        assert_true(b->writes.tail != b->sending);
        burst *u = &b->writes.of[b->writes.tail % BURSTS];
        assert_int_equal(o->bid, u->id);
        assert_int_equal(o->bresp, u->error);
        b->hash = (b->hash ^ b->cycle) * 0x9E3779B97F4A7C15u;
        finish(b, u);
        b->writes.tail++;
    }
}

static void open_bench(bench *b, uint64_t seed, const brg_ddr4_policy *policy) {
    uint32_t timing[BRG_DDR4_TIMING_WORDS], word;
    memset(b, 0, sizeof *b);
    assert_int_equal(brg_ddr4_timing_pack(timing, brg_ddr4_part_at(0), 1), BRG_OK);
    assert_int_equal(brg_ddr4_policy_pack(&word, policy), BRG_OK);
    b->model = axi_model_new(timing, word);
    b->memory = calloc(REGIONS, REGION);
    assert_true(b->model && b->memory);
    b->random = seed;
}

static void close_bench(bench *b) {
    axi_model_destroy(&b->model);
    free(b->memory);
}

static void run(bench *b, uint64_t bursts) {
    const uint64_t goal = b->finished + bursts;
    const uint64_t stop = b->cycle + 4000 * bursts + 100000;
    while (b->finished < goal) {
        tick(b, goal);
        assert_true(b->cycle < stop);
    }
}

static uint64_t seed;

static void test_bursts(void **state) {
    (void)state;
    static const unsigned stalls[] = {0, 60, 200, 240};
    for (unsigned i = 0; i < 4; i++) {
        bench b;
        brg_ddr4_policy policy = brg_ddr4_policy_default();
        policy.map = (brg_ddr4_map)i;
        policy.ranks = i % 2 ? 2 : 1;
        open_bench(&b, seed + i, &policy);
        b.stall = stalls[i];
        run(&b, 700);
        assert_true(b.refused > 5);
        print_message("%llu read beats in %llu cycles, %llu bursts refused\n",
                      (unsigned long long)b.beats, (unsigned long long)b.cycle,
                      (unsigned long long)b.refused);
        close_bench(&b);
    }
}

/* Bursts one after the other, with the waiting skipped or not: the same cycles. */
static void test_skip(void **state) {
    (void)state;
    uint64_t hash[2], cycles[2];
    for (unsigned skip = 0; skip < 2; skip++) {
        bench b;
        const brg_ddr4_policy policy = brg_ddr4_policy_default();
        open_bench(&b, seed + 9, &policy);
        b.skip = skip;
        for (unsigned i = 0; i < 150; i++) run(&b, 2);
        hash[skip] = b.hash;
        cycles[skip] = b.cycle;
        close_bench(&b);
    }
    assert_int_equal(cycles[0], cycles[1]);
    assert_true(hash[0] == hash[1]);
}

int main(void) {
    seed = test_seed(0xA71);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bursts),
        cmocka_unit_test(test_skip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
