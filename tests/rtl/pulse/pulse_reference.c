/* SPDX-License-Identifier: Apache-2.0 */
/* Reference of brg_pulse_unit, cycle by cycle. */
#include "pulse_reference.h"

#include <string.h>

void ref_start(pulse_ref *r, const brg_pulse_schedule *schedule, const brg_pulse_memory *memory,
               const brg_pulse_limits *limits) {
    memset(r, 0, sizeof *r);
    r->schedule = schedule;
    r->memory = memory;
    r->limits = *limits;
}

static bool past(const pulse_ref *r) {
    return r->position == r->schedule->count;
}

bool ref_ready(const pulse_ref *r) {
    return !r->error && r->done_count > 0 && !past(r);
}

unsigned ref_starved(const pulse_ref *r) {
    if (ref_ready(r)) return 31;
    if (past(r)) return 26;
    if (r->coming) return r->coming_buffer;
    if (r->has_job) return r->job.buffer;
    return r->queued ? r->queue[0].buffer : 26;
}

static uint32_t beat_cost(const pulse_ref *r, uint32_t beat) {
    if (r->memory->config.compressed) return BRG_PULSE_BEAT_BYTES;
    const uint32_t per_beat = brg_pulse_beat_words(r->memory->config.bytes);
    const uint32_t before = beat * per_beat;
    uint32_t words = r->job_words_left > before ? r->job_words_left - before : 0;
    if (words > per_beat) words = per_beat;
    return words * r->memory->config.bytes;
}

static uint64_t room(const pulse_ref *r) {
    return r->limits.buffer_words - (r->reserved - r->played);
}

ref_issue ref_issues(const pulse_ref *r) {
    ref_issue issue = {0};
    uint64_t cost = 0;
    if (!r->has_job || r->error) return issue;
    while (issue.count < r->limits.channels && issue.count < r->job_beats_left &&
           issue.count < room(r)) {
        cost += beat_cost(r, issue.count);
        if (cost << 16 > r->tokens) break;
        issue.address[issue.count] = r->job.base + (r->job.beats - r->job_beats_left) + issue.count;
        issue.channel[issue.count] = (r->channel + issue.count) % r->limits.channels;
        issue.count++;
    }
    return issue;
}

static void flush(pulse_ref *r) {
    r->stage = 0;
    r->index = 0;
    r->has_asked = r->has_job = r->coming = false;
    r->queued = r->head_count = r->done_count = r->come = 0;
    r->slice_beats = 0;
    r->channel = 0;
    r->reserved = r->released = r->played = 0;
    memset(r->used, 0, sizeof r->used);
}

/* The schedule side: what it does in this cycle, seen from the next one on. */
static void schedule_step(pulse_ref *r, uint32_t queued, uint32_t heads, bool *bad) {
    const brg_pulse_schedule *s = r->schedule;
    const uint32_t n = s->address_width;
    const bool push = r->has_asked;
    const ref_job pushed = r->asked;
    r->has_asked = false;
    switch (r->stage) {
        case 0:
            if (!r->error && r->index < s->count && heads < REF_LOOKAHEAD) r->stage = 1;
            break;
        case 1: {
            const brg_pulse_entry *e = &s->entries[r->index];
            if (e->route & e->latch || (e->route | e->latch) >> n || e->registers > 4) {
                *bad = true;
                r->stage = 3;
                break;
            }
            r->entry = r->index;
            r->tables = brg_pulse_entry_tables(e, r->table);
            r->at = 0;
            r->heads[r->head_count++] = r->index;
            r->stage = 2;
            break;
        }
        case 2:
            if (queued + push >= REF_QUEUE) break;
            memset(&r->asked, 0, sizeof r->asked);
            r->asked.buffer = 26;
            if (r->tables) {
                const unsigned t = r->table[r->at++];
                r->asked.table = t;
                r->asked.buffer = brg_pulse_table_buffer(t);
                r->asked.words = brg_pulse_table_words(n, t);
                r->asked.beats = r->memory->tables[t].beats;
                r->asked.base = r->memory->tables[t].base;
            }
            r->asked.last = r->at == r->tables;
            r->has_asked = true;
            if (r->asked.last) {
                r->index++;
                if (r->index == s->count && r->limits.wrap) r->index = 0;
                r->stage = 0;
            }
            break;
        default:
            break;
    }
    if (push) r->queue[r->queued++] = pushed;
}

static void fail(pulse_ref *r, unsigned error, unsigned layer) {
    if (r->error) return;
    r->error = error;
    r->error_layer = layer;
}

void ref_clock(pulse_ref *r, bool begin, bool waiting, bool slice_valid, bool parity_bad,
               bool block_bad) {
    const bool ready = ref_ready(r);
    const unsigned starved = ref_starved(r);
    const ref_issue issue = ref_issues(r);
    const bool run = !r->error;
    const bool consume = ready && slice_valid;
    const uint32_t queued = r->queued, heads = r->head_count;
    const bool was_past = past(r);
    const uint32_t position = r->position;
    const uint64_t play_left = r->released - r->played;

    if (waiting && !ready) {
        r->stalls++;
        r->stall[starved]++;
    }

    uint64_t cost = 0;
    for (uint32_t i = 0; i < issue.count; i++) cost += beat_cost(r, i);
    const bool table_end = r->has_job && run && r->job_beats_left == issue.count;

    /* Does the next table fit? By the levels at the beginning of the cycle. */
    const bool place = queued > 0 && run && (!r->has_job || table_end);
    const ref_job next = r->queue[0];
    bool never = false, taken = false;
    if (place) {
        const uint64_t capacity =
            next.buffer < BRG_PULSE_BUFFERS ? r->limits.capacity[next.buffer] : 0;
        const uint64_t used = next.buffer < BRG_PULSE_BUFFERS ? r->used[next.buffer] : 0;
        never = next.words > capacity || r->slice_beats + next.beats > r->limits.buffer_words;
        taken = !never && used + next.words <= capacity;
    }

    /* What came in this cycle. */
    bool slice_done = false;
    uint32_t slice_come = 0;
    if (r->coming) {
        slice_come = r->come + r->coming_count;
        slice_done = r->coming_ends_slice && !parity_bad;
        r->come = r->coming_ends_slice ? 0 : slice_come;
    }
    const unsigned coming_buffer = r->coming_buffer;

    r->coming = issue.count > 0 || table_end;
    if (r->coming) {
        r->coming_count = issue.count;
        r->coming_buffer = r->job.buffer;
        r->coming_ends_slice = table_end && r->job.last;
    }
    const uint32_t per_beat = brg_pulse_beat_words(r->memory->config.bytes);
    r->job_words_left -=
        issue.count * per_beat < r->job_words_left ? issue.count * per_beat : r->job_words_left;
    r->job_beats_left -= issue.count;
    r->channel = (r->channel + issue.count) % r->limits.channels;
    r->reserved += issue.count;
    r->bytes += cost;
    r->beats += issue.count;
    if (table_end) r->has_job = false;

    bool bad = false;
    schedule_step(r, queued, heads, &bad);

    if (consume) {
        const brg_pulse_entry *e = &r->schedule->entries[r->heads[0]];
        for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++)
            r->used[b] -= brg_pulse_buffer_words(r->schedule->address_width, e, b);
        r->released += r->done[0];
        memmove(r->heads, r->heads + 1, sizeof r->heads - sizeof r->heads[0]);
        memmove(r->done, r->done + 1, sizeof r->done - sizeof r->done[0]);
        r->head_count--;
        r->done_count--;
        r->position++;
        r->slices++;
    }
    if (taken) {
        memmove(r->queue, r->queue + 1, sizeof r->queue - sizeof r->queue[0]);
        r->queued--;
        r->job = next;
        r->has_job = true;
        r->job_words_left = next.words;
        r->job_beats_left = next.beats;
        r->slice_beats = next.last ? 0 : r->slice_beats + next.beats;
        if (next.buffer < BRG_PULSE_BUFFERS) r->used[next.buffer] += next.words;
        r->words += next.words;
        r->transfers += next.beats > 0;
    }
    for (unsigned b = 0; b < BRG_PULSE_BUFFERS; b++)
        if ((consume || taken) && r->used[b] > r->high[b]) r->high[b] = r->used[b];
    if (slice_done) r->done[r->done_count++] = slice_come;
    r->played += play_left < 8 ? play_left : 8;

    r->tokens += (uint64_t)r->limits.bandwidth * r->limits.channels;
    r->tokens -= cost << 16;
    const uint64_t cap = (uint64_t)r->limits.burst_bytes << 16;
    if (r->tokens > cap) r->tokens = cap;

    if (was_past && (slice_valid || waiting))
        fail(r, BRG_PULSE_PAST_END, 31);
    else if (slice_valid && !ready)
        fail(r, BRG_PULSE_UNDERRUN, starved);
    else if (parity_bad)
        fail(r, BRG_PULSE_PARITY, coming_buffer);
    else if (block_bad)
        fail(r, BRG_PULSE_BLOCK, 31);
    else if (never)
        fail(r, BRG_PULSE_BUFFER, next.buffer);
    else if (bad)
        fail(r, BRG_PULSE_ENTRY, 31);

    if (begin) {
        if (position != 0 && !(was_past && r->limits.wrap)) flush(r);
        r->position = 0;
    }
}
