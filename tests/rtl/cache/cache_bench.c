/* SPDX-License-Identifier: Apache-2.0 */
/* Bench of brg_cache: an AXI memory below, an AXI master above, the reference model beside. */
#include "cache_bench.h"

#include <string.h>

#include "test.h"

enum { S_AR, S_AW, S_W, S_R, S_B, M_AR, M_AW, M_W, M_R, M_B };

static uint64_t rnd(bench *b) {
    return test_random(&b->random);
}

static bool stalled(bench *b, int channel) {
    return (rnd(b) & 0xff) < b->stall[channel];
}

static uint64_t place(uint64_t addr) {
    return addr % BENCH_BYTES;
}

static unsigned refused(const bench *b, uint64_t addr) {
    if (!b->faulty) return 0;
    if (place(addr) >= BENCH_BYTES - BENCH_BAD_BYTES) return 3;
    if (place(addr) >= BENCH_BYTES - 2 * BENCH_BAD_BYTES) return 2;
    return 0;
}

static unsigned model_read(void *context, uint64_t addr, uint8_t *data, size_t bytes) {
    bench *b = context;
    memcpy(data, b->shadow + place(addr), bytes);
    return refused(b, addr);
}

static void model_write(void *context, uint64_t addr, const uint8_t *data, size_t bytes,
                        uint32_t words) {
    bench *b = context;
    for (size_t i = 0; i < bytes; i++) {
        if (words >> i / 8 & 1) b->shadow[place(addr) + i] = data[i];
    }
}

bench *bench_new(uint64_t seed) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->random = seed;
    b->face = cache_face_new();
    b->memory = malloc(BENCH_BYTES);
    b->shadow = malloc(BENCH_BYTES);
    assert_non_null(b->face);
    assert_non_null(b->memory);
    assert_non_null(b->shadow);
    for (size_t i = 0; i < BENCH_BYTES; i++) b->memory[i] = (uint8_t)rnd(b);
    memcpy(b->shadow, b->memory, BENCH_BYTES);
    b->latency_min = 1;
    b->latency_max = 20;
    b->in.enable = 1;
    b->in.ecc = 1;
    b->in.prefetch_depth = 4;
    bench_shape(b, 1, 3, 6, 0, 1);
    cache_out out;
    for (int i = 0; i < 2; i++) cache_face_cycle(b->face, &b->in, &out);
    b->in.rst_n = 1;
    return b;
}

void bench_destroy(bench **b) {
    brg_cache_model_destroy(&(*b)->model);
    cache_face_destroy(&(*b)->face);
    free((*b)->memory);
    free((*b)->shadow);
    free(*b);
    *b = NULL;
}

void bench_shape(bench *b, uint32_t ways_log2, uint32_t sets_log2, uint32_t line_log2,
                 uint32_t policy, uint32_t seed) {
    b->in.ways_log2 = (uint8_t)ways_log2;
    b->in.sets_log2 = (uint8_t)sets_log2;
    b->in.line_log2 = (uint8_t)line_log2;
    b->in.policy = (uint8_t)policy;
    b->in.seed = seed;
    brg_cache_model_destroy(&b->model);
    b->shape = (brg_cache_shape){1u << ways_log2, 1u << sets_log2, 1u << line_log2,
                                 (brg_cache_policy)policy, seed};
    const brg_cache_backing backing = {b, model_read, model_write};
    assert_int_equal(brg_cache_model_new(&b->model, &b->shape, &backing, NULL), 0);
}

static uint64_t next_address(uint64_t addr, uint8_t size, uint8_t len, uint8_t burst) {
    const uint64_t step = 1u << size, after = addr / step * step + step;
    const uint64_t total = (len + 1u) * step;
    if (burst == 0) return addr;
    if (burst == 2) return addr / total * total + after % total;
    return after;
}

static uint32_t level(const beat_queue *q) {
    return q->tail - q->head;
}

static bench_beat *push(beat_queue *q) {
    return &q->items[q->tail++ % BENCH_QUEUE];
}

uint32_t bench_outstanding(const bench *b) {
    uint32_t n = b->burst_tail - b->burst_head + level(&b->read_beats);
    for (int i = 0; i < 16; i++) n += b->expect[i].tail - b->expect[i].head;
    return n;
}

bool bench_read(bench *b, uint8_t id, uint64_t addr, uint8_t len, uint8_t size, uint8_t burst) {
    if (b->in.ar.valid || bench_outstanding(b) > 200) return false;
    b->in.ar = (cache_address){1, id, len, size, burst, addr};
    const bool passing = !b->in.enable;
    for (uint32_t i = 0; i <= len; i++) {
        if (passing) {
            bench_expect *e = &b->expect[id].items[b->expect[id].tail++ % BENCH_QUEUE];
            *e = (bench_expect){.addr = addr, .id = id, .last = i == len, .decided = true};
            e->resp = (uint8_t)refused(b, addr);
            memcpy(e->data, b->shadow + place(addr) / 32 * 32, 32);
        } else {
            *push(&b->read_beats) = (bench_beat){.addr = addr, .id = id, .last = i == len};
        }
        addr = next_address(addr, size, len, burst);
    }
    return true;
}

bool bench_write(bench *b, uint8_t id, uint64_t addr, uint8_t len, uint8_t size, uint8_t burst,
                 bool whole) {
    if (b->in.aw.valid || bench_outstanding(b) > 200) return false;
    b->in.aw = (cache_address){1, id, len, size, burst, addr};
    const bool passing = !b->in.enable;
    bench_burst *record = &b->bursts[b->burst_tail++ % BENCH_QUEUE];
    *record = (bench_burst){id, 0, passing ? 0 : (uint8_t)(len + 1)};
    for (uint32_t i = 0; i <= len; i++) {
        bench_beat beat = {.addr = addr, .id = id, .last = i == len};
        /* Only the lanes of the beat's size may be written. */
        const uint64_t first = addr % 32,
                       end = addr / (1u << size) * (1u << size) % 32 + (1u << size);
        for (uint64_t lane = first; lane < end; lane++) {
            if (whole || rnd(b) % 4) beat.strb |= 1u << lane;
        }
        for (int w = 0; w < 4; w++) beat.data[w] = rnd(b);
        *push(&b->w_feed) = beat;
        if (passing) {
            const unsigned resp = refused(b, addr);
            if (resp > record->resp) record->resp = (uint8_t)resp;
            for (uint32_t k = 0; k < 32 && !resp; k++) {
                if (beat.strb >> k & 1) {
                    b->shadow[place(addr) / 32 * 32 + k] = (uint8_t)(beat.data[k / 8] >> k % 8 * 8);
                }
            }
        } else {
            *push(&b->write_beats) = beat;
        }
        addr = next_address(addr, size, len, burst);
    }
    return true;
}

/* ---- Memory ---- */

static void sample(bench *b, memory_read *r) {
    uint64_t addr = r->addr;
    for (uint32_t i = 0; i <= r->len; i++) {
        memcpy(r->bytes + 32 * i, b->memory + place(addr) / 32 * 32, 32);
        addr = next_address(addr, r->size, r->len, r->burst);
    }
    r->sampled = true;
}

static void apply(bench *b, memory_write *w) {
    uint64_t addr = w->addr;
    w->resp = 0;
    for (uint32_t i = 0; i <= w->len; i++) {
        const unsigned resp = refused(b, addr);
        if (resp > w->resp) w->resp = (uint8_t)resp;
        for (uint32_t k = 0; k < 32 && !resp; k++) {
            if (w->strb[i] >> k & 1) {
                b->memory[place(addr) / 32 * 32 + k] = (uint8_t)(w->data[i][k / 8] >> k % 8 * 8);
            }
        }
        addr = next_address(addr, w->size, w->len, w->burst);
    }
    w->applied = true;
}

static void memory_drive(bench *b) {
    b->in.arready = b->read_count < MEMORY_READS && !stalled(b, M_AR);
    b->in.awready = b->write_count < MEMORY_WRITES && !stalled(b, M_AW);
    /* W is taken only for an address that was: the cache must not depend on more. */
    b->in.wready = 0;
    for (uint32_t i = 0; i < b->write_count; i++) {
        if (b->writes[i].got <= b->writes[i].len && !stalled(b, M_W)) b->in.wready = 1;
    }
    if (!b->in.r.valid && b->read_count && !stalled(b, M_R)) {
        uint32_t pick = b->in_order ? 0 : (uint32_t)(rnd(b) % b->read_count);
        for (uint32_t i = 0; i < pick; i++) {
            if (b->reads[i].id == b->reads[pick].id) pick = i; /* in order within an ID */
        }
        memory_read *r = &b->reads[pick];
        if (r->due <= b->cycle) {
            if (!r->sampled) sample(b, r);
            b->r_shown_slot = (uint8_t)pick;
            uint64_t addr = r->addr;
            for (uint32_t i = 0; i < r->sent; i++) {
                addr = next_address(addr, r->size, r->len, r->burst);
            }
            b->in.r.valid = 1;
            b->in.r.id = r->id;
            b->in.r.resp = (uint8_t)refused(b, addr);
            b->in.r.last = r->sent == r->len;
            memcpy(b->in.r.data, r->bytes + 32 * r->sent, 32);
        }
    }
    if (!b->in.b.valid && b->write_count && !stalled(b, M_B)) {
        uint32_t pick = (uint32_t)(rnd(b) % b->write_count);
        for (uint32_t i = 0; i < pick; i++) {
            if (b->writes[i].id == b->writes[pick].id) pick = i;
        }
        memory_write *w = &b->writes[pick];
        if (w->got > w->len && w->due <= b->cycle) {
            if (!w->applied) apply(b, w);
            b->in.b = (cache_done){1, w->id, w->resp};
            memmove(w, w + 1, (b->write_count - pick - 1) * sizeof *w);
            b->write_count--;
        }
    }
}

static void memory_take(bench *b) {
    const cache_out *o = &b->out;
    const uint32_t spread = b->latency_max - b->latency_min + 1;
    if (b->in.r.valid && o->rready) {
        memory_read *r = &b->reads[b->r_shown_slot];
        b->in.r.valid = 0;
        if (r->sent++ == r->len) {
            memmove(r, r + 1, (b->read_count - b->r_shown_slot - 1u) * sizeof *r);
            b->read_count--;
        }
    }
    if (b->in.b.valid && o->bready) b->in.b.valid = 0;
    if (o->w.valid && b->in.wready) {
        memory_write *w = b->writes;
        while (w->got > w->len) w++;
        assert_int_equal(o->w.last, w->got == w->len);
        memcpy(w->data[w->got], o->w.data, 32);
        w->strb[w->got++] = o->w.strb;
        if (w->got > w->len && rnd(b) % 2) apply(b, w);
    }
    if (o->ar.valid && b->in.arready) {
        memory_read *r = &b->reads[b->read_count++];
        r->id = o->ar.id;
        r->len = o->ar.len;
        r->size = o->ar.size;
        r->burst = o->ar.burst;
        r->addr = o->ar.addr;
        r->sent = 0;
        r->sampled = false;
        r->due = b->cycle + b->latency_min + rnd(b) % spread;
        if (rnd(b) % 2) sample(b, r);
    }
    if (o->aw.valid && b->in.awready) {
        memory_write *w = &b->writes[b->write_count++];
        w->id = o->aw.id;
        w->len = o->aw.len;
        w->size = o->aw.size;
        w->burst = o->aw.burst;
        w->addr = o->aw.addr;
        w->got = 0;
        w->applied = false;
        w->due = b->cycle + b->latency_min + rnd(b) % spread;
    }
}

/* ---- Checks ---- */

/* An uncorrectable word met dirty data: what the access in the data stage must answer. */
static void check_bad_data(bench *b) {
    if (!b->out.bad_data || b->no_model || !b->out.bad_addr) return; /* 0: of a write-back */
    b->lost_events++;
    assert_true(b->last_hit);
    if (!b->last_was_write) {
        assert_int_equal(b->last_beat.addr / 32, b->out.bad_addr / 32);
        b->last_read->resp = 2;
        return;
    }
    uint32_t words = 0;
    for (int w = 0; w < 4; w++) {
        const uint32_t bytes = b->last_beat.strb >> 8 * w & 0xff;
        if (!(b->out.bad_words >> w & 1) || bytes == 0xff) continue;
        words |= 1u << w;
        if (bytes) b->last_burst->resp = 2;
    }
    b->poisoned = b->poisoned || words;
    brg_cache_model_poison(b->model, b->out.bad_addr, words);
}

static void check_access(bench *b) {
    const cache_out *o = &b->out;
    beat_queue *q = o->look_write ? &b->write_beats : &b->read_beats;
    assert_true(level(q) > 0);
    const bench_beat beat = q->items[q->head++ % BENCH_QUEUE];
    uint64_t mask = b->shape.line_bytes - 1;
    assert_int_equal(o->look_addr & ~mask, beat.addr & ~mask);
    brg_cache_outcome want;
    brg_cache_model_access(b->model, beat.addr, o->look_write, (const uint8_t *)beat.data,
                           beat.strb, &want);
    if (want.hit != (o->look_kind != 2) || want.way != o->look_way ||
        want.replaced_dirty != o->look_dirty) {
        fail_msg("cycle %llu address %llx: hit %d kind %d, way %u and %u, dirty %d and %d",
                 (unsigned long long)b->cycle, (unsigned long long)beat.addr, want.hit,
                 o->look_kind, want.way, o->look_way, want.replaced_dirty, o->look_dirty);
    }
    b->last_beat = beat;
    b->last_was_write = o->look_write;
    b->last_hit = o->look_kind == 0;
    if (o->look_write) {
        bench_burst *burst = &b->bursts[b->burst_decide % BENCH_QUEUE];
        if (want.response > burst->resp) burst->resp = (uint8_t)want.response;
        b->last_burst = burst;
        if (--burst->left == 0) b->burst_decide++;
    } else {
        bench_expect *e = &b->expect[beat.id].items[b->expect[beat.id].tail++ % BENCH_QUEUE];
        *e = (bench_expect){.addr = beat.addr, .id = beat.id, .last = beat.last, .decided = true};
        e->resp = (uint8_t)want.response;
        memcpy(e->data, want.data, 32);
        b->last_read = e;
    }
}

static void check_look(bench *b) {
    const cache_out *o = &b->out;
    if (!o->look_valid || b->no_model) return;
    brg_cache_outcome want;
    b->look_counts[o->look_kind]++;
    switch (o->look_kind) {
        case 0:
        case 1:
        case 2:
            check_access(b);
            break;
        case 3:
            brg_cache_model_prefetch(b->model, o->look_addr, &want);
            assert_false(want.hit);
            assert_int_equal(want.way, o->look_way);
            assert_int_equal(want.replaced_dirty, o->look_dirty);
            break;
        case 4:
            assert_int_not_equal(refused(b, o->look_addr), 0);
            assert_true(brg_cache_model_drop(b->model, o->look_addr));
            break;
        case 5:
            assert_true(brg_cache_model_clean(b->model, o->look_addr));
            break;
        default:
            assert_true(brg_cache_model_empty_set(b->model, (uint32_t)o->look_addr));
            break;
    }
}

static void check_answers(bench *b) {
    const cache_out *o = &b->out;
    if (o->r.valid && b->in.rready) {
        assert_true(b->expect[o->r.id].tail != b->expect[o->r.id].head);
        const bench_expect *e = &b->expect[o->r.id].items[b->expect[o->r.id].head % BENCH_QUEUE];
        if (e->resp != o->r.resp || e->last != o->r.last ||
            (!e->resp && memcmp(e->data, o->r.data, 32) != 0)) {
            fail_msg(
                "cycle %llu read of %llx id %d: resp %d want %d, last %d want %d, data %llx %llx",
                (unsigned long long)b->cycle, (unsigned long long)e->addr, e->id, o->r.resp,
                e->resp, o->r.last, e->last, (unsigned long long)o->r.data[0],
                (unsigned long long)*(const uint64_t *)(const void *)e->data);
        }
        b->expect[o->r.id].head++;
        b->requests_done++;
    }
    if (o->b.valid && b->in.bready) {
        assert_true(b->burst_head != b->burst_tail);
        bench_burst *burst = &b->bursts[b->burst_head % BENCH_QUEUE];
        if (!b->in.enable) { /* passing: in order within an ID only */
            uint32_t k = b->burst_head;
            while (b->bursts[k % BENCH_QUEUE].id != o->b.id) {
                assert_true(++k != b->burst_tail);
            }
            const bench_burst found = b->bursts[k % BENCH_QUEUE];
            for (; k != b->burst_head; k--) {
                b->bursts[k % BENCH_QUEUE] = b->bursts[(k - 1) % BENCH_QUEUE];
            }
            *burst = found;
            b->burst_decide++;
        }
        assert_int_equal(burst->left, 0);
        assert_int_equal(burst->id, o->b.id);
        assert_int_equal(burst->resp, o->b.resp);
        b->burst_head++;
        b->requests_done++;
    }
}

static void master_take(bench *b) {
    if (b->in.ar.valid && b->out.arready) b->in.ar.valid = 0;
    if (b->in.aw.valid && b->out.awready) b->in.aw.valid = 0;
    if (b->in.w.valid && b->out.wready) b->in.w.valid = 0;
    if (b->in.hint_valid && b->out.hint_ready) b->in.hint_valid = 0;
}

void bench_cycle(bench *b) {
    memory_drive(b);
    b->in.rready = !stalled(b, S_R);
    b->in.bready = !stalled(b, S_B);
    if (!b->in.w.valid && level(&b->w_feed) && !stalled(b, S_W)) {
        const bench_beat beat = b->w_feed.items[b->w_feed.head++ % BENCH_QUEUE];
        b->in.w = (cache_write){1, beat.last, beat.strb, {0}};
        memcpy(b->in.w.data, beat.data, 32);
    }
    cache_face_cycle(b->face, &b->in, &b->out);
    if (b->record) bench_record(b);
    check_bad_data(b);
    check_look(b);
    check_answers(b);
    memory_take(b);
    master_take(b);
    b->in.inject_data = b->in.inject_tag = b->in.stat_clear = 0;
    b->cycle++;
}

void bench_drain(bench *b) {
    uint64_t limit = b->cycle + 1000000;
    for (int i = 0; i < 3; i++) bench_cycle(b);
    while (bench_outstanding(b) || level(&b->w_feed) || b->in.ar.valid || b->in.aw.valid ||
           b->in.w.valid || b->in.b.valid || !b->out.idle || b->read_count || b->write_count) {
        bench_cycle(b);
        if (b->cycle >= limit) {
            fail_msg("not idle at cycle %llu: %u outstanding, head state %d at %llx",
                     (unsigned long long)b->cycle, bench_outstanding(b), b->out.head_state,
                     (unsigned long long)b->out.head_line);
        }
    }
}

void bench_flush(bench *b, bool drop) {
    if (drop)
        b->in.invalidate = 1;
    else
        b->in.flush = 1;
    const uint64_t limit = b->cycle + 1000000;
    do {
        bench_cycle(b);
        assert_true(b->cycle < limit);
    } while (!b->out.flush_ack);
    b->in.flush = b->in.invalidate = 0;
    if (drop) b->poisoned = false;
    if (b->in.enable) {
        assert_int_equal(brg_cache_model_flush(b->model, drop), 0);
        assert_memory_equal(b->memory, b->shadow, BENCH_BYTES);
    }
}

uint64_t bench_stat(bench *b, uint8_t index) {
    b->in.stat_index = index;
    bench_cycle(b);
    return b->out.stat_value;
}
