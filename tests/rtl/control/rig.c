/* SPDX-License-Identifier: Apache-2.0 */
/* The test bench of rig.h: one clock per rig_cycle, everything else follows from it. */
#include "rig.h"

#include <string.h>

enum { PERIOD_PS = 4000, LIMIT = 20000 };

uint64_t rig_random(rig *r, uint64_t below) {
    return test_random(&r->random) % below;
}

static bool stalls(rig *r) {
    return r->stall && rig_random(r, 256) < r->stall;
}

/* A ready signal in the next cycle; a lazy one mostly stays. */
static bool ready(rig *r, bool now) {
    if (r->lazy && rig_random(r, 16)) return now;
    return !stalls(r);
}

/* ---- plant */

static rig_event *add(rig *r, char kind) {
    if (r->event_count == r->event_room) {
        r->event_room = r->event_room ? 2 * r->event_room : 1024;
        r->events = realloc(r->events, r->event_room * sizeof *r->events);
        assert_non_null(r->events);
    }
    rig_event *e = &r->events[r->event_count++];
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->cycle = brg_rtl_cycles(r->rtl);
    return e;
}

static void on_begin(void *user, uint32_t tag) {
    rig *r = user;
    add(r, 'B')->tag = tag;
    if (r->calls) fprintf(r->calls, "B %x\n", tag);
}

static void on_slice(void *user, const brg_plant_slice *slice) {
    rig *r = user;
    add(r, 'S')->slice = *slice;
    if (!r->calls) return;
    fprintf(r->calls, "S %x %llx ", slice->slice, (unsigned long long)slice->cycle);
    for (int c = BRG_CAUSE_COUNT - 1; c >= 0; c--)
        fprintf(r->calls, "%08x", (unsigned)slice->wait_cycles[c]);
    fprintf(r->calls, " ");
    for (int i = 5; i >= 0; i--) fprintf(r->calls, "%08x", slice->word[i]);
    fprintf(r->calls, " %llx %x\n", (unsigned long long)slice->duration_cycles,
            (unsigned)slice->version);
}

static void on_leaf(void *user, int32_t version, uint32_t plane, uint32_t index,
                    const uint64_t data[8]) {
    rig *r = user;
    rig_event *e = add(r, 'L');
    e->version = (uint32_t)version;
    e->plane = plane;
    e->index = index;
    memcpy(e->data, data, sizeof e->data);
    if (!r->calls) return;
    fprintf(r->calls, "L %x %x %x ", (unsigned)version, plane, index);
    for (int i = 7; i >= 0; i--) fprintf(r->calls, "%016llx", (unsigned long long)data[i]);
    fprintf(r->calls, "\n");
}

static uint64_t on_readout(void *user) {
    rig *r = user;
    if (r->answers) r->readout_bits = rig_nth(r->answers, 'R', rig_count(r, 'R'))->data[0];
    add(r, 'R')->data[0] = r->readout_bits;
    if (r->calls) fprintf(r->calls, "R %llx\n", (unsigned long long)r->readout_bits);
    return r->readout_bits;
}

static void on_end(void *user, uint32_t tag, uint32_t status) {
    rig *r = user;
    rig_event *e = add(r, 'E');
    e->tag = tag;
    e->status = status;
    if (r->calls) fprintf(r->calls, "E %x %x\n", tag, status);
}

static void on_observe(void *user, double *infidelity, double *norm) {
    rig *r = user;
    add(r, 'O');
    *infidelity = 0.125 * (double)rig_count(r, 'S');
    *norm = 1.0;
}

static double on_population(void *user, uint32_t layer) {
    rig *r = user;
    add(r, 'P')->plane = layer;
    return (double)layer + 0.5;
}

size_t rig_count(const rig *r, char kind) {
    size_t n = 0;
    for (size_t i = 0; i < r->event_count; i++) n += r->events[i].kind == kind;
    return n;
}

const rig_event *rig_nth(const rig *r, char kind, size_t nth) {
    for (size_t i = 0; i < r->event_count; i++)
        if (r->events[i].kind == kind && nth-- == 0) return &r->events[i];
    fail_msg("no such event %c", kind);
    return NULL;
}

void rig_forget(rig *r) {
    r->event_count = 0;
}

/* ---- life */

void rig_open_waves(rig *r, uint64_t seed, const char *fst) {
    memset(r, 0, sizeof *r);
    r->random = seed;
    r->error_beat = -1;
    r->error_resp = SLVERR;
    r->latency = 10;
    const brg_plant_calls calls = {.user = r,
                                   .begin = on_begin,
                                   .slice = on_slice,
                                   .leaf = on_leaf,
                                   .readout = on_readout,
                                   .end = on_end,
                                   .observe = on_observe,
                                   .population = on_population};
    assert_int_equal(brg_rtl_new(&r->rtl, &calls, fst), BRG_OK);
    r->in = brg_rtl_inputs(r->rtl);
    r->out = brg_rtl_outputs(r->rtl);
    rig_reset(r);
}

void rig_open(rig *r, uint64_t seed) {
    rig_open_waves(r, seed, NULL);
}

void rig_close(rig *r) {
    assert_int_equal(r->protocol_errors, 0);
    assert_false(brg_rtl_failed(r->rtl));
    brg_rtl_destroy(&r->rtl);
    assert_null(r->rtl);
    free(r->events);
    r->events = NULL;
}

void rig_reset(rig *r) {
    r->write_active = r->read_active = false;
    r->burst_count = 0;
    r->beats = 0;
    r->ar_waiting = r->b_waiting = r->r_waiting = false;
    r->in->m_rvalid = false;
    r->in->rst_n = false;
    rig_cycles(r, 3);
    r->in->rst_n = true;
    rig_cycle(r);
}

/* ---- one clock */

static void drive_host(rig *r) {
    brg_rtl_in *in = r->in;
    const bool aw = r->write_active && !r->aw_done && r->aw_delay == 0;
    const bool w = r->write_active && !r->w_done && r->w_delay == 0;
    if (r->aw_delay) r->aw_delay--;
    if (r->w_delay) r->w_delay--;
    in->awvalid = aw;
    in->awaddr = aw ? r->write_address : 0;
    in->wvalid = w;
    in->wdata = w ? r->write_data : 0;
    in->wstrb = w ? r->write_strobe : 0;
    in->bready = ready(r, in->bready);
    const bool ar = r->read_active && !r->ar_done && r->ar_delay == 0;
    if (r->ar_delay) r->ar_delay--;
    in->arvalid = ar;
    in->araddr = ar ? r->read_address : 0;
    in->rready = ready(r, in->rready);
}

static void drive_memory(rig *r) {
    brg_rtl_in *in = r->in;
    in->m_arready = r->burst_count < RIG_BURSTS && ready(r, in->m_arready);
    if (in->m_rvalid) return; /* held until it is taken */
    if (r->burst_count == 0 || r->bursts[0].due > r->clocks || r->hold_r || stalls(r)) return;
    const rig_burst *b = &r->bursts[0];
    in->m_rvalid = true;
    in->m_rid = b->id;
    in->m_rlast = b->done + 1 == b->beats;
    in->m_rresp = r->error_beat >= 0 && (uint64_t)r->error_beat == r->beats ? r->error_resp : OKAY;
    const uint64_t address = b->address + 32u * b->done;
    for (unsigned lane = 0; lane < BRG_RTL_DATA_LANES; lane++) {
        uint32_t v = 0;
        for (unsigned byte = 0; byte < 4; byte++) {
            const uint64_t a = address + 4u * lane + byte;
            if (a < r->memory_bytes) v |= (uint32_t)r->memory[a] << (8 * byte);
        }
        in->m_rdata[lane] = v;
    }
}

/* What a valid signal offers must stay until it is taken. */
static void check_protocol(rig *r) {
    const brg_rtl_out *o = r->out, *l = &r->last;
    if (r->ar_waiting && (!o->m_arvalid || o->m_araddr != l->m_araddr || o->m_arlen != l->m_arlen))
        r->protocol_errors++;
    if (r->b_waiting && (!o->bvalid || o->bresp != l->bresp)) r->protocol_errors++;
    if (r->r_waiting && (!o->rvalid || o->rdata != l->rdata || o->rresp != l->rresp))
        r->protocol_errors++;
    if (o->m_arvalid) {
        const uint64_t end = o->m_araddr + 32u * o->m_arlen + 31u;
        if (o->m_araddr / 4096 != end / 4096 || o->m_arsize != 5 || o->m_arburst != 1)
            r->protocol_errors++;
    }
    r->ar_waiting = o->m_arvalid && !r->in->m_arready;
    r->b_waiting = o->bvalid && !r->in->bready;
    r->r_waiting = o->rvalid && !r->in->rready;
    r->last = *o;
}

static void sample_host(rig *r) {
    const brg_rtl_in *in = r->in;
    const brg_rtl_out *o = r->out;
    if (in->awvalid && o->awready) r->aw_done = true;
    if (in->wvalid && o->wready) r->w_done = true;
    if (o->bvalid && in->bready) {
        if (!r->write_active || !r->aw_done || !r->w_done) r->protocol_errors++;
        r->write_active = false;
        r->write_response = o->bresp;
    }
    if (in->arvalid && o->arready) r->ar_done = true;
    if (o->rvalid && in->rready) {
        if (!r->read_active || !r->ar_done) r->protocol_errors++;
        r->read_active = false;
        r->read_response = o->rresp;
        r->read_data = o->rdata;
    }
}

/* Returns whether a beat was taken. */
static bool sample_memory(rig *r) {
    const brg_rtl_out *o = r->out;
    if (o->m_arvalid && r->in->m_arready) {
        rig_burst *b = &r->bursts[r->burst_count++];
        *b = (rig_burst){.address = o->m_araddr,
                         .beats = o->m_arlen + 1u,
                         .id = o->m_arid,
                         .due = r->clocks + r->latency};
    }
    if (!(r->in->m_rvalid && o->m_rready)) return false;
    r->beats++;
    if (++r->bursts[0].done == r->bursts[0].beats)
        memmove(&r->bursts[0], &r->bursts[1], --r->burst_count * sizeof r->bursts[0]);
    return true;
}

static void record(rig *r, uint32_t skip) {
    const brg_rtl_in *in = r->in;
    const brg_rtl_out *o = r->out;
    if (r->stimuli) {
        fprintf(r->stimuli, "%x %x %x %x %x %x %x %x %x %x %x %x %x %x ", in->rst_n, in->awvalid,
                in->awaddr, in->wvalid, in->wdata, in->wstrb, in->bready, in->arvalid, in->araddr,
                in->rready, in->m_arready, in->m_rvalid, in->m_rid, in->m_rresp);
        fprintf(r->stimuli, "%x ", in->m_rlast);
        for (int i = BRG_RTL_DATA_LANES - 1; i >= 0; i--)
            fprintf(r->stimuli, "%08x", in->m_rdata[i]);
        fprintf(r->stimuli, " %x\n", (unsigned)skip);
    }
    if (r->trace) {
        fprintf(r->trace, "%x%x%x%x%x%x %08x %x %x %x %016llx %02x %x %x %x %x %016llx", o->awready,
                o->wready, o->bvalid, o->arready, o->rvalid, o->irq, o->rvalid ? o->rdata : 0,
                o->bvalid ? o->bresp : 0, o->rvalid ? o->rresp : 0, o->m_arvalid,
                o->m_arvalid ? (unsigned long long)o->m_araddr : 0, o->m_arvalid ? o->m_arlen : 0,
                o->m_arid, o->m_arsize, o->m_arburst, o->m_rready, (unsigned long long)o->probe);
        const bool page = o->waiting & 3;
        fprintf(r->trace, " %08x %02x %x%x %03x %02x\n", (unsigned)brg_rtl_quiet(r->rtl),
                o->waiting, o->await_word, o->await_issued, page ? o->await_page : 0u,
                page ? o->await_plane : 0u);
    }
}

static void log_cycle(rig *r) {
    rig_log *l = r->log;
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 4096;
        l->cycles = realloc(l->cycles, l->room * sizeof *l->cycles);
        assert_non_null(l->cycles);
    }
    rig_logged *c = &l->cycles[l->count++];
    memset(c, 0, sizeof *c); /* so that cycles can be compared as bytes */
    memcpy(&c->in, r->in, sizeof c->in);
    memcpy(&c->out, r->out, sizeof c->out);
    if (!c->in.m_rvalid) memset(c->in.m_rdata, 0, sizeof c->in.m_rdata);
}

void rig_log_free(rig_log *log) {
    free(log->cycles);
    *log = (rig_log){0};
}

uint64_t rig_replay(rig *r, const rig_log *log, const rig *answers) {
    uint64_t evaluations = 0;
    r->answers = answers;
    for (size_t i = 0; i < log->count; evaluations++) {
        const rig_logged *c = &log->cycles[i];
        memcpy(r->in, &c->in, sizeof *r->in);
        brg_rtl_settle(r->rtl, (r->clocks + 1) * PERIOD_PS);
        if (memcmp(r->out, &c->out, sizeof *r->out) != 0)
            fail_msg("cycle %zu: outputs differ with skips", i);
        /* At most as long as the inputs stay, and often exactly so. */
        const uint64_t quiet = brg_rtl_quiet(r->rtl);
        uint64_t most = 0;
        while (most < quiet && i + most + 1 < log->count &&
               memcmp(&c->in, &c[most + 1].in, sizeof c->in) == 0)
            most++;
        const uint64_t skip = most && rig_random(r, 4) ? rig_random(r, most + 1) : most;
        record(r, (uint32_t)skip);
        brg_rtl_edge_skip(r->rtl, (r->clocks + 1 + skip) * PERIOD_PS, (uint32_t)skip);
        r->clocks += 1 + skip;
        i += 1 + skip;
    }
    r->answers = NULL;
    return evaluations;
}

void rig_cycle(rig *r) {
    const uint64_t time = (r->clocks + 1) * PERIOD_PS;
    drive_host(r);
    drive_memory(r);
    brg_rtl_settle(r->rtl, time);
    bool beat = false;
    if (r->in->rst_n) {
        check_protocol(r);
        sample_host(r);
        beat = sample_memory(r);
    }
    /* The next change of an input is the next beat of the memory. */
    uint64_t skip = 0;
    if (r->fast && r->in->rst_n) {
        const uint64_t due = r->burst_count ? r->bursts[0].due : UINT64_MAX;
        skip = due > r->clocks + 1 ? due - r->clocks - 1 : 0;
        if (skip > brg_rtl_quiet(r->rtl)) skip = brg_rtl_quiet(r->rtl);
    }
    record(r, (uint32_t)skip);
    if (r->log) log_cycle(r);
    brg_rtl_edge_skip(r->rtl, time + skip * PERIOD_PS, (uint32_t)skip);
    r->clocks += 1 + skip;
    if (beat) r->in->m_rvalid = false;
}

void rig_cycles(rig *r, unsigned n) {
    while (n--) rig_cycle(r);
}

/* ---- host */

void rig_write_start(rig *r, uint16_t address, uint32_t data, uint8_t strobe) {
    assert_false(r->write_active);
    r->write_active = true;
    r->aw_done = r->w_done = false;
    r->aw_delay = r->stall ? (unsigned)rig_random(r, 4) : 0;
    r->w_delay = r->stall ? (unsigned)rig_random(r, 4) : 0;
    r->write_address = address;
    r->write_data = data;
    r->write_strobe = strobe;
}

int rig_write_strobe(rig *r, uint16_t address, uint32_t data, uint8_t strobe) {
    rig_write_start(r, address, data, strobe);
    for (unsigned i = 0; r->write_active; i++) {
        if (i == LIMIT) return TIMEOUT;
        rig_cycle(r);
    }
    return r->write_response;
}

int rig_write_any(rig *r, uint16_t address, uint32_t data) {
    return rig_write_strobe(r, address, data, 0xf);
}

void rig_write(rig *r, uint16_t address, uint32_t data) {
    const int response = rig_write_any(r, address, data);
    if (response != OKAY) fail_msg("write of 0x%x to 0x%03x answers %d", data, address, response);
}

int rig_read_any(rig *r, uint16_t address, uint32_t *data) {
    assert_false(r->read_active);
    r->read_active = true;
    r->ar_done = false;
    r->ar_delay = r->stall ? (unsigned)rig_random(r, 4) : 0;
    r->read_address = address;
    for (unsigned i = 0; r->read_active; i++) {
        if (i == LIMIT) return TIMEOUT;
        rig_cycle(r);
    }
    *data = r->read_data;
    return r->read_response;
}

uint32_t rig_read(rig *r, uint16_t address) {
    uint32_t data = 0;
    const int response = rig_read_any(r, address, &data);
    if (response != OKAY) fail_msg("read of 0x%03x answers %d", address, response);
    return data;
}

uint64_t rig_read64(rig *r, uint16_t address) {
    const uint64_t low = rig_read(r, address);
    return low | (uint64_t)rig_read(r, (uint16_t)(address + 4)) << 32;
}

void rig_store(rig *r, unsigned address, const word *words, unsigned count) {
    rig_write(r, R_STORE_ADDRESS, address);
    for (unsigned i = 0; i < count; i++) {
        for (unsigned lane = 0; lane < 6; lane++)
            rig_write(r, (uint16_t)(R_STORE_DATA + 4 * lane), words[i].lane[lane]);
        rig_write(r, R_STORE_COMMIT, 1);
    }
}

void rig_program(rig *r, unsigned n, unsigned k, uint32_t duration, const word *words,
                 unsigned count) {
    rig_write(r, R_GEOMETRY, n | k << 8);
    for (unsigned c = 0; c < 16; c++) rig_write(r, (uint16_t)(R_DURATION + 4 * c), duration);
    rig_store(r, 0, words, count);
    rig_write(r, R_PROGRAM, count << 16);
}

void rig_push(rig *r, uint64_t base, uint16_t tag) {
    rig_write(r, R_BASE_LO, (uint32_t)base);
    rig_write(r, R_BASE_HI, (uint32_t)(base >> 32));
    rig_write(r, R_TAG, tag);
    rig_write(r, R_PUSH, 1);
}

uint32_t rig_result(rig *r, unsigned limit, uint16_t *tag, uint64_t *bits) {
    const uint64_t start = r->clocks;
    uint32_t status;
    while (!((status = rig_read(r, R_RESULT_STATUS)) >> 31)) {
        if (r->clocks - start > limit) fail_msg("no result within %u cycles", limit);
        rig_cycles(r, 16);
    }
    if (tag) *tag = (uint16_t)status;
    if (bits) {
        *bits = rig_read(r, R_RESULT_LO);
        *bits |= (uint64_t)rig_read(r, R_RESULT_HI) << 32;
    }
    rig_write(r, R_RESULT_POP, 1);
    return status >> 16 & 0xf;
}
