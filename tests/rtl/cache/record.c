/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the pins of each cycle as one line, inputs then outputs, for the replay in Icarus. */
#include "cache_bench.h"

static uint64_t fold(const uint64_t *words) {
    return words[0] ^ words[1] ^ words[2] ^ words[3];
}

static void put_words(FILE *f, const uint64_t *w) {
    fprintf(f, "%016llx%016llx%016llx%016llx ", (unsigned long long)w[3], (unsigned long long)w[2],
            (unsigned long long)w[1], (unsigned long long)w[0]);
}

static void put_address(FILE *f, const cache_address *a) {
    fprintf(f, "%x %x %llx %x %x %x ", a->valid, a->id, (unsigned long long)a->addr, a->len,
            a->size, a->burst);
}

/* Payloads that nobody shows are written as 0. The order is that of replay_cache.sv. */
void bench_record(bench *b) {
    FILE *f = b->record;
    const cache_in *i = &b->in;
    const cache_out *o = &b->out;
    fprintf(f, "%x %x %x %x %x %x %x %x %x %x %x ", i->rst_n, i->enable, i->ways_log2, i->sets_log2,
            i->line_log2, i->policy, i->prefetch_kind, i->prefetch_depth, i->flush, i->invalidate,
            i->seed);
    fprintf(f, "%x %x %x %x %llx ", i->inject_data, i->inject_wait, i->inject_word,
            i->inject_check_mask, (unsigned long long)i->inject_mask);
    put_address(f, &i->ar);
    put_address(f, &i->aw);
    fprintf(f, "%x %x %x ", i->w.valid, i->w.last, i->w.strb);
    put_words(f, i->w.data);
    fprintf(f, "%x %x %x %x %x %x %x %x %x ", i->rready, i->bready, i->arready, i->awready,
            i->wready, i->r.valid, i->r.id, i->r.resp, i->r.last);
    put_words(f, i->r.data);
    fprintf(f, "%x %x %x ", i->b.valid, i->b.id, i->b.resp);
    /* outputs */
    fprintf(f, "%x %x %x %x %x %llx ", o->arready, o->awready, o->wready, o->r.valid,
            o->r.valid ? (unsigned)(o->r.id << 4 | o->r.resp << 1 | o->r.last) : 0,
            o->r.valid && !(o->r.resp & 2) ? (unsigned long long)fold(o->r.data) : 0ull);
    fprintf(f, "%x %x ", o->b.valid, o->b.valid ? (unsigned)(o->b.id << 2 | o->b.resp) : 0);
    fprintf(f, "%x %x %llx ", o->ar.valid, o->ar.valid ? (unsigned)(o->ar.id << 8 | o->ar.len) : 0,
            o->ar.valid ? (unsigned long long)o->ar.addr : 0ull);
    fprintf(f, "%x %x %llx ", o->aw.valid, o->aw.valid ? (unsigned)(o->aw.id << 8 | o->aw.len) : 0,
            o->aw.valid ? (unsigned long long)o->aw.addr : 0ull);
    fprintf(f, "%x %llx ", o->w.valid, o->w.valid ? (unsigned long long)fold(o->w.data) : 0ull);
    fprintf(f, "%x %x %x %llx %x %llx %x\n", o->flush_ack, o->head_state,
            o->look_valid ? (unsigned)(o->look_kind << 4 | o->look_way) : 0,
            o->look_valid ? (unsigned long long)o->look_addr : 0ull, o->idle,
            (unsigned long long)o->head_line, o->quiet_cycles != 0);
}
