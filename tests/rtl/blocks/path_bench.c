/* SPDX-License-Identifier: Apache-2.0 */
/* Bench around one brg_page_path: memory with stalls and faults, and the reference it is held to.
 */
#include "path_bench.h"

#include <inttypes.h>
#include <string.h>

#include "test.h"

#define CHECK(bench, condition)                                                 \
    do {                                                                        \
        if (!(condition)) {                                                     \
            print_error("cycle %" PRIu64 ": %s\n", (bench)->cycle, #condition); \
            fail();                                                             \
        }                                                                       \
    } while (0)

uint64_t bench_memory(uint64_t address) {
    uint64_t state = address ^ 0x5bd1e995a3c7u;
    return test_random(&state);
}

uint64_t bench_random(path_bench *bench, uint64_t below) {
    return test_random(&bench->random) % below;
}

static uint32_t beat_bytes(void) {
    return path_model_parameters.axi_data_w / 8;
}
static uint32_t beats_per_word(void) {
    return 512 / path_model_parameters.axi_data_w;
}

static uint64_t load_beats(const bench_load *load) {
    return (uint64_t)load->groups * load->planes * load->pages * beats_per_word();
}

static void check_address(path_bench *b) {
    const path_out *o = &b->out;
    if (b->have_previous && b->previous.arvalid && !b->previous_arready) {
        CHECK(b, o->arvalid && o->araddr == b->previous.araddr && o->arlen == b->previous.arlen);
    }
    if (!o->arvalid) return;
    /* After a flush only the address that was already shown may still go out. */
    if (b->dropping) CHECK(b, b->have_previous && b->previous.arvalid && !b->previous_arready);
    const uint32_t bytes = (o->arlen + 1u) * beat_bytes();
    CHECK(b, o->arid == 0 && o->arburst == 1 && (1u << o->arsize) == beat_bytes());
    CHECK(b, o->arlen < path_model_parameters.max_burst);
    CHECK(b, o->araddr % beat_bytes() == 0 && o->araddr % 4096 + bytes <= 4096);
    if (!b->in.arready) return;
    CHECK(b, o->burst);
    b->accepted_bursts++;
    bench_burst *burst = &b->bursts[(b->burst_head + b->burst_count) % BENCH_BURSTS];
    CHECK(b, b->burst_count < path_model_parameters.outstanding || b->fault == FAULT_EARLY_RLAST);
    CHECK(b, b->burst_count < BENCH_BURSTS);
    *burst = (bench_burst){.address = o->araddr, .beats = o->arlen + 1u, .load = UINT32_MAX};
    b->burst_accepted[(b->burst_head + b->burst_count) % BENCH_BURSTS] = b->cycle;
    b->burst_count++;
    if (b->dropping) return;
    CHECK(b, b->ar_load < b->load_count);
    bench_load *load = &b->loads[b->ar_load];
    burst->load = b->ar_load;
    burst->load_beat = b->ar_beat;
    CHECK(b, o->araddr == load->base + b->ar_beat * beat_bytes());
    b->ar_beat += burst->beats;
    CHECK(b, b->ar_beat <= load_beats(load));
    if (b->ar_beat == load_beats(load)) {
        b->ar_load++;
        b->ar_beat = 0;
    }
}

/* Puts the next beat on the R pins; a beat that is shown stays until it is taken. */
static void drive_data(path_bench *b) {
    if (b->in.rvalid) return;
    if (b->burst_count == 0 || bench_random(b, 256) < b->r_stall) return;
    if (b->cycle < b->burst_accepted[b->burst_head] + b->r_latency) return;
    const bench_burst *burst = &b->bursts[b->burst_head];
    const uint64_t address = burst->address + (uint64_t)burst->sent * beat_bytes();
    for (uint32_t i = 0; i < beat_bytes() / 8; i++) b->in.rdata[i] = bench_memory(address + 8 * i);
    b->in.rvalid = 1;
    b->in.rid = 0;
    b->in.rresp = 0;
    b->in.rlast = burst->sent + 1 == burst->beats;
    if (b->fault == FAULT_NONE || b->fault_done || burst->load != b->fault_load) return;
    if (burst->load_beat + burst->sent < b->fault_beat) return;
    switch (b->fault) {
        case FAULT_SLVERR:
            b->in.rresp = 2;
            break;
        case FAULT_DECERR:
            b->in.rresp = 3;
            break;
        case FAULT_WRONG_ID:
            b->in.rid = 5;
            break;
        case FAULT_NO_RLAST:
            if (!b->in.rlast) return;
            b->in.rlast = 0;
            break;
        default:
            if (b->in.rlast) return;
            b->in.rlast = 1;
            break;
    }
    b->fault_done = true;
    b->loads[burst->load].in_error = true;
    if (b->fault >= FAULT_SHORT && b->fault != FAULT_NO_RLAST) {
        /* Data of the rest are unknown; when all beats come, those of later loads are as well. */
        for (uint32_t i = burst->load; i < BENCH_LOADS; i++) {
            b->loads[i].data_unknown = i == burst->load || b->fault == FAULT_EARLY_RLAST;
        }
    }
}

static void take_data(path_bench *b) {
    if (!(b->in.rvalid && b->out.rready)) return;
    b->in.rvalid = 0;
    bench_burst *burst = &b->bursts[b->burst_head];
    CHECK(b, b->out.beat || b->fault == FAULT_EARLY_RLAST);
    b->beats++;
    burst->sent++;
    if (burst->load != UINT32_MAX && !b->dropping) {
        bench_load *load = &b->loads[burst->load];
        load->beats_in++;
        load->words_in = load->beats_in / beats_per_word();
    }
    const bool cut = b->fault == FAULT_SHORT && b->in.rlast;
    if (burst->sent == burst->beats || cut) {
        b->burst_head = (b->burst_head + 1) % BENCH_BURSTS;
        b->burst_count--;
    }
}

/* Chunks, one bank each, of so many words. */
static uint64_t chunks_of(uint64_t words) {
    return (words - 1) / path_model_parameters.bank_words + 1;
}

static void check_leaf(path_bench *b) {
    const path_out *o = &b->out;
    if (!o->leaf_valid) return;
    CHECK(b, b->active && !b->lost && b->query_load < b->load_count);
    const bench_load *load = &b->loads[b->query_load];
    /* The rule of the latches, with what was known a cycle ago, when the word left the buffer. */
    const path_in *then = &b->last_in;
    CHECK(b, b->leaf_page <= then->page_current || (b->leaf_page == then->page_current + 1u &&
                                                    (then->planes_fetched >> b->leaf_plane & 1)));
    b->overlapped += b->leaf_page > then->page_current;
    CHECK(b, o->leaf_version == b->version + b->leaf_page);
    CHECK(b, o->leaf_plane == b->leaf_plane && o->leaf_index == b->leaf_index);
    CHECK(b, b->leaf_plane < load->planes);
    const uint64_t page_words = (uint64_t)load->planes * load->groups;
    const uint64_t in_page = (uint64_t)b->leaf_plane * load->groups + b->leaf_index;
    const uint64_t word = b->leaf_page * page_words + in_page;
    const uint32_t banks = path_model_parameters.bank_words;
    const uint32_t chunk =
        load->first_chunk + (uint32_t)(b->leaf_page * chunks_of(page_words) + in_page / banks);
    const uint32_t fault = b->in.fault_inject;
    for (uint32_t i = 0; i < 8 && !load->data_unknown; i++) {
        uint64_t expected = bench_memory(load->base + 64 * word + 8 * i);
        if (b->flip_expected && (fault >> 30 & 1) == chunk % 2 && (fault & 511) / 64 == i &&
            (fault >> 9 & 0xffff) == in_page % banks) {
            expected ^= UINT64_C(1) << (fault & 63);
            b->flips++;
        }
        CHECK(b, o->leaf_data[i] == expected);
    }
    b->leaf_words++;
    b->leaf_index++;
    if (b->leaf_index == load->groups) {
        b->leaf_index = 0;
        b->leaf_plane++;
        b->ready = b->leaf_plane;
        b->ready_page = b->leaf_page;
        if (b->leaf_plane == load->planes && b->leaf_page + 1 < load->pages) {
            b->leaf_plane = 0;
            b->leaf_page++;
        }
    }
}

bool bench_complete(const path_bench *b) {
    if (!b->active || b->query_load >= b->load_count) return false;
    const bench_load *load = &b->loads[b->query_load];
    return b->ready_page + 1 == load->pages && b->ready == load->planes;
}

/* What the sequencer would do: fetch planes that are ready, in order, turn to the next page when
 * all are fetched, or before. */
static void fetch_planes(path_bench *b) {
    b->next_current = b->in.page_current;
    b->next_fetched = b->in.planes_fetched;
    if (!b->active || b->query_load >= b->load_count) return;
    const bench_load *load = &b->loads[b->query_load];
    if (b->next_current + 1u >= load->pages || bench_random(b, 256) < b->hold_fetches) return;
    uint32_t next = 0;
    while (next < load->planes && (b->next_fetched >> next & 1)) next++;
    const bool turn = next == load->planes || (b->may_skip_planes && bench_random(b, 16) == 0);
    if (turn) {
        b->next_current++;
        b->next_fetched = 0;
    } else if (b->ready_page > b->next_current ||
               (b->ready_page == b->next_current && b->ready > next)) {
        b->next_fetched |= UINT64_C(1) << next;
    }
}

static void check_quiet(path_bench *b) {
    if (!b->have_previous || !b->previous.quiet) return;
    if (memcmp(&b->in, &b->last_in, sizeof b->in) != 0) return;
    path_out now = b->out, before = b->previous;
    path_out *const outs[] = {&now, &before};
    for (int i = 0; i < 2; i++) { /* what no valid guards means nothing */
        path_out *o = outs[i];
        if (!o->leaf_valid) {
            o->leaf_version = 0;
            o->leaf_plane = 0;
            o->leaf_index = 0;
            memset(o->leaf_data, 0, sizeof o->leaf_data);
        }
        if (!o->arvalid) {
            o->araddr = 0;
            o->arlen = 0;
        }
    }
    CHECK(b, memcmp(&now, &before, sizeof now) == 0);
    b->quiet_pairs++;
}

static void check_status(path_bench *b) {
    const path_out *o = &b->out;
    CHECK(b, o->planes_ready == b->ready && o->page_ready == b->ready_page);
    CHECK(b, o->version == b->version);
    if (b->fault == FAULT_NONE) CHECK(b, o->asked == (b->burst_count > 0));
    if (o->idle && b->fault != FAULT_EARLY_RLAST)
        CHECK(b, b->burst_count == 0 && !o->arvalid && !o->leaf_valid);
    if (!b->active || b->lost || b->query_load >= b->load_count) {
        CHECK(b, o->planes_buffered == 0 && o->page_buffered == 0);
        return;
    }
    const bench_load *load = &b->loads[b->query_load];
    if (!load->data_unknown) {
        const uint64_t page_words = (uint64_t)load->planes * load->groups;
        const uint64_t page = load->words_in / page_words;
        const bool all = page == load->pages;
        CHECK(b, o->page_buffered == (all ? page - 1 : page));
        CHECK(b, o->planes_buffered ==
                     (all ? load->planes : load->words_in % page_words / load->groups));
    }
    CHECK(b, o->page_buffered > o->page_ready ||
                 (o->page_buffered == o->page_ready && o->planes_buffered >= o->planes_ready));
    if (o->page_error) CHECK(b, load->in_error || load->data_unknown);
    if (bench_complete(b)) CHECK(b, o->page_error || !load->in_error);
}

static void record_cycle(path_bench *b) {
    const path_in *i = &b->in;
    const path_out *o = &b->out;
    uint64_t leaf = 0;
    for (uint32_t j = 0; j < 8 && o->leaf_valid; j++) leaf ^= o->leaf_data[j];
    fprintf(b->record, "%x %x %x %" PRIx64 " ", i->pages, i->page_current, o->asked,
            i->planes_fetched);
    fprintf(b->record, "%x %x %x ", o->page_ready, o->page_buffered, o->quiet);
    fprintf(b->record, "%x %x %x %x %x %" PRIx64 " %x %x %x %x %x %x %x %x %" PRIx64, i->rst_n,
            i->address_width, i->word_width, i->fault_inject, i->load_valid, i->load_base, i->begin,
            i->end, i->flush, i->arready, i->rvalid, i->rid, i->rresp, i->rlast, i->rdata[0]);
    fprintf(b->record, " %x %x %x %x %x %x %x %x %x %x %x %x %" PRIx64 " %x %x %" PRIx64 "\n",
            o->load_ready, o->idle, o->planes_ready, o->planes_buffered, o->version, o->page_error,
            o->leaf_valid, o->arvalid, o->rready, o->burst, o->beat, o->error,
            o->arvalid ? o->araddr : 0, o->arvalid ? o->arlen : 0,
            o->leaf_valid ? (unsigned)o->leaf_plane << 16 | o->leaf_index : 0, leaf);
}

void bench_tick(path_bench *b) {
    b->in.arready = bench_random(b, 256) >= b->ar_stall;
    drive_data(b);
    path_model_cycle(b->dut, &b->in, &b->out);
    if (b->record) record_cycle(b);
    check_quiet(b);
    check_status(b);
    check_address(b);
    check_leaf(b);
    fetch_planes(b);
    take_data(b);
    b->error_beats += b->out.error;

    if (b->in.load_valid && b->out.load_ready) {
        CHECK(b, b->load_count < BENCH_LOADS);
        bench_load *load = &b->loads[b->load_count++];
        const uint32_t n = b->in.address_width > 24 ? 24 : b->in.address_width;
        const uint32_t k = b->in.word_width > 64 ? 64 : b->in.word_width;
        load->base = b->in.load_base;
        load->groups = n > 9 ? 1u << (n - 9) : 1;
        load->planes = k ? k : 1;
        load->pages = b->in.pages + 1u;
        load->first_chunk = b->chunk_count;
        b->chunk_count +=
            (uint32_t)(load->pages * chunks_of((uint64_t)load->groups * load->planes));
    }
    if (b->in.end || b->in.begin) b->active = false;
    if (b->in.begin) {
        b->active = true;
        b->lost = false;
        b->version = b->next_version;
        b->next_version += b->in.pages + 1u;
        b->begun++;
        b->query_load = b->next_load++;
    }
    if (b->in.flush) {
        CHECK(b, !(b->in.load_valid && b->out.load_ready));
        b->lost = true;
        b->dropping = true;
        b->ar_load = b->next_load = b->load_count;
        b->ar_beat = 0;
        b->chunk_count = 0;
    } else if (b->dropping && b->out.load_ready) {
        /* The path takes loads again only when the bus owes nothing. */
        CHECK(b, b->burst_count == 0);
        b->dropping = false;
    }
    if (b->in.begin || b->in.end || b->in.flush) {
        b->ready = b->ready_page = b->leaf_page = b->leaf_plane = b->leaf_index = 0;
        b->next_current = 0;
        b->next_fetched = 0;
    }
    b->last_in = b->in;
    b->in.page_current = b->next_current;
    b->in.planes_fetched = b->next_fetched;
    b->previous = b->out;
    b->previous_arready = b->in.arready;
    b->have_previous = true;
    b->in.load_valid = b->in.begin = b->in.end = 0;
    b->cycle++;
}

void bench_reset(path_bench *b) {
    b->in = (path_in){.address_width = 4, .word_width = 1};
    for (int i = 0; i < 3; i++) {
        path_model_cycle(b->dut, &b->in, &b->out);
        if (b->record) record_cycle(b);
    }
    CHECK(b, b->out.idle && !b->out.arvalid && !b->out.leaf_valid && !b->out.planes_ready);
    b->in.rst_n = 1;
    b->have_previous = false;
    memset(b->loads, 0, sizeof b->loads);
    b->load_count = b->chunk_count = b->ar_load = 0;
    b->ar_beat = 0;
    b->burst_count = 0;
    b->dropping = b->active = b->lost = b->fault_done = false;
    b->begun = b->query_load = b->next_load = 0;
    b->leaf_page = b->leaf_plane = b->leaf_index = b->ready = b->ready_page = 0;
    b->version = b->next_version = 0;
    b->fault = FAULT_NONE;
}

void bench_open(path_bench *b, uint64_t seed) {
    FILE *const record = b->record;
    memset(b, 0, sizeof *b);
    b->record = record;
    b->random = seed;
    b->dut = path_model_new();
    assert_non_null(b->dut);
    bench_reset(b);
}

void bench_close(path_bench *b) {
    path_model_destroy(&b->dut);
}

void bench_load_page(path_bench *b, uint64_t base, uint32_t n, uint32_t k) {
    const uint32_t before = b->load_count;
    for (int i = 0; b->load_count == before; i++) {
        CHECK(b, i < 2000000);
        b->in.load_valid = 1;
        b->in.load_base = base;
        b->in.address_width = (uint8_t)n;
        b->in.word_width = (uint8_t)k;
        bench_tick(b);
    }
}

void bench_begin(path_bench *b) {
    b->in.begin = 1;
    bench_tick(b);
}

void bench_end(path_bench *b) {
    b->in.end = 1;
    bench_tick(b);
}

void bench_wait_ready(path_bench *b, uint64_t limit) {
    CHECK(b, b->active && b->query_load < b->load_count);
    const uint64_t start = b->cycle;
    while (!bench_complete(b)) {
        CHECK(b, b->cycle - start < limit);
        bench_tick(b);
    }
    bench_tick(b); /* the count is checked in the cycle after the last leaf word */
}

void bench_wait_idle(path_bench *b, uint64_t limit) {
    const uint64_t start = b->cycle;
    do {
        CHECK(b, b->cycle - start < limit);
        bench_tick(b);
    } while (!b->out.idle);
}
