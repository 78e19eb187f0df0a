// SPDX-License-Identifier: Apache-2.0
// From samples of a wait to stall events that add up to the wait, cause by cause.
#include "testbench/platform_stall.h"

#include <algorithm>

#include "testbench/recorder.h"

namespace brg {

namespace {

constexpr unsigned run_state = 1;  // S_RUN of the sequencer, no slice executing

// cache_state and dram_state of the machine.
enum : unsigned {
    cache_none,
    cache_lookup,
    cache_miss,
    cache_late_prefetch,
    cache_mshr_full,
    cache_write_back,
    cache_ecc,
    cache_returning
};
enum : unsigned { dram_none, dram_queue, dram_activate, dram_refresh, dram_bus };

// What is worth naming below a cache miss: ordinary service is part of the miss itself.
bool extraordinary(brg_event_kind kind) {
    switch (kind) {
        case BRG_EVENT_DRAM_QUEUE:
        case BRG_EVENT_DRAM_REFRESH:
        case BRG_EVENT_CONTENTION:
        case BRG_EVENT_TIER_TRANSFER:
        case BRG_EVENT_TIER_LIMIT:
        case BRG_EVENT_TIER_OUTAGE:
        case BRG_EVENT_TIER_RETRY:
            return true;
        default:
            return false;
    }
}

}  // namespace

void StallProbe::start(const Setup &setup) {
    setup_ = setup;
    samples_.clear();
    pending_.clear();
    next_ = 0;
    query_ = 0;
    in_query_ = false;
    have_origin_ = false;
    origin_ = 0;
    mismatches_ = 0;
}

std::uint64_t StallProbe::edge_ps(std::uint64_t cycle) const {
    return brg_edge_ps(cycle, setup_.clock_khz);
}

Reason StallProbe::far_reason(const brg_machine_out *machine, std::uint64_t time_ps) const {
    const AxiPort::Status read = setup_.port->status(time_ps);
    Reason reason;
    std::uint64_t until = UINT64_MAX;
    if (read.waiting && setup_.tier && setup_.tier(read.address, reason, until)) return reason;
    if (machine && setup_.dram && (!setup_.tier || read.waiting)) {
        switch (machine->dram_state) {
            case dram_queue:
                return {BRG_EVENT_DRAM_QUEUE, machine->dram_address};
            case dram_activate:
                return {BRG_EVENT_DRAM_ACTIVATE, machine->dram_address};
            case dram_refresh:
                return {BRG_EVENT_DRAM_REFRESH, machine->dram_refresh_rank};
            case dram_bus:
                return {BRG_EVENT_DRAM_BUS, machine->dram_address};
            default:
                break;
        }
        if (machine->dram_cdc) return {BRG_EVENT_CDC, 0};
    }
    if (!read.waiting) return {};
    return {read.contended ? BRG_EVENT_CONTENTION : BRG_EVENT_TRANSFER, read.address};
}

Reason StallProbe::memory_reason(const brg_rtl_out &out, const brg_machine_out *machine,
                                 std::uint64_t time_ps) const {
    if (!out.await_issued)
        return {BRG_EVENT_LOAD_ISSUE, setup_.page_base + out.await_page * setup_.page_bytes +
                                          out.await_plane * setup_.plane_bytes};
    if (!machine || !setup_.memory_side) return far_reason(machine, time_ps);
    // What crosses back is older than all that is still to come.
    if (machine->cdc_response) return {BRG_EVENT_CDC, 0};
    const Reason far = far_reason(machine, time_ps);
    switch (machine->cache_state) {
        case cache_none:
            break;
        case cache_miss:
            if (setup_.cache && !extraordinary(far.kind))
                return {BRG_EVENT_CACHE_MISS, machine->cache_line};
            break;
        case cache_late_prefetch:
            if (extraordinary(far.kind)) return far;
            return {BRG_EVENT_LATE_PREFETCH, machine->cache_line};
        case cache_mshr_full:
            return {BRG_EVENT_CACHE_MSHR_FULL, machine->cache_line};
        case cache_write_back:
            return {BRG_EVENT_CACHE_WRITE_BACK, machine->cache_line};
        case cache_ecc:
            return {BRG_EVENT_CACHE_ECC, machine->cache_line};
        default:
            return {BRG_EVENT_CACHE_LOOKUP, machine->cache_line};
    }
    if (far.kind == BRG_EVENT_UNKNOWN && machine->cdc_request) return {BRG_EVENT_CDC, 0};
    return far;
}

void StallProbe::look(const brg_rtl_out &out, const brg_machine_out *machine,
                      std::uint64_t time_ps) {
    waits_ = in_query_ && out.probe >> 61 == run_state;
    if (!waits_) return;
    seen_ = Sample{};
    Sample &s = seen_;
    s.open = out.waiting;
    s.step = !out.await_word && out.waiting == 0;
    const unsigned memory = 1u << BRG_CAUSE_MEMORY;
    if (s.open & memory) {
        s.memory = memory_reason(out, machine, time_ps);
        // Between two parts that both say nothing, the part before keeps the cycles.
        if (s.memory.kind == BRG_EVENT_UNKNOWN && !samples_.empty() &&
            (samples_.back().open & memory))
            s.memory = samples_.back().memory;
    }
    if (s.open & 1u << BRG_CAUSE_PULSE)
        s.pulse = {BRG_EVENT_PULSE_BUFFER, machine ? machine->starved_layer : 0u};
    if (s.open & 1u << BRG_CAUSE_DECODER)
        s.decoder = {BRG_EVENT_DECODER, setup_.patch ? setup_.patch() : 0u};
    if (out.await_word) {
        s.control = machine && machine->store_missing
                        ? Reason{BRG_EVENT_CONTROL_STORE_MISS, machine->store_word}
                        : Reason{BRG_EVENT_CONTROL_STEP, 0};
    } else if (s.step) {
        s.control = {BRG_EVENT_CONTROL_STEP, 0};
    }
}

void StallProbe::count(std::uint64_t cycles) {
    if (!waits_ || cycles == 0 || !setup_.events) return;
    if (!samples_.empty() && !seen_.step) {
        Sample &last = samples_.back();
        if (!last.step && last.open == seen_.open && last.memory == seen_.memory &&
            last.pulse == seen_.pulse && last.decoder == seen_.decoder &&
            last.control == seen_.control) {
            last.cycles += cycles;
            return;
        }
    }
    seen_.cycles = cycles;
    samples_.push_back(seen_);
}

Reason StallProbe::shown() const {
    if (!waits_) return {};
    if (seen_.open & 1u << BRG_CAUSE_MEMORY) return seen_.memory;
    if (seen_.open & 1u << BRG_CAUSE_LATCH) return {BRG_EVENT_LATCH, 0};
    if (seen_.open & 1u << BRG_CAUSE_PULSE) return seen_.pulse;
    if (seen_.open & 1u << BRG_CAUSE_READOUT) return {BRG_EVENT_READOUT, 0};
    if (seen_.open & 1u << BRG_CAUSE_DECODER) return seen_.decoder;
    if (seen_.open & 1u << BRG_CAUSE_HOST) return {BRG_EVENT_HOST, 0};
    return seen_.control;
}

std::uint64_t StallProbe::change_ps(std::uint64_t time_ps) const {
    const AxiPort::Status read = setup_.port->status(time_ps);
    std::uint64_t until = UINT64_MAX;
    Reason reason;
    if (read.waiting && setup_.tier) setup_.tier(read.address, reason, until);
    return std::min(until > time_ps ? until : UINT64_MAX, read.until_ps);
}

void StallProbe::begin() {
    samples_.clear();
    in_query_ = true;
}

void StallProbe::end() {
    samples_.clear();
    if (in_query_) query_++;
    in_query_ = false;
}

// The samples [from, to) are the wait of one word. As in the sequencer: `latch`, when it is the
// last wait that is open, owns the cycles in which it was; every other cycle belongs to the other
// wait that cleared last, the lowest cause among equals.
void StallProbe::split_word(std::size_t from, std::size_t to, std::vector<Part> &parts) const {
    const unsigned latch = 1u << BRG_CAUSE_LATCH;
    unsigned owner = BRG_CAUSE_MEMORY;
    bool latch_last = false;
    for (std::size_t i = from; i < to; i++) {
        const unsigned open = samples_[i].open;
        if (open == 0) continue;
        latch_last = (open & latch) != 0;
        for (unsigned c = 0; c < BRG_CAUSE_CONTROL; c++) {
            if (c == BRG_CAUSE_LATCH || !(open >> c & 1u)) continue;
            owner = c;
            break;
        }
    }
    Reason memory;  // what the memory did last, for cycles in which it was not the open wait
    for (std::size_t i = from; i < to; i++) {
        const Sample &s = samples_[i];
        if (s.open & 1u << BRG_CAUSE_MEMORY) memory = s.memory;
        Part part{owner, {}, s.cycles};
        if (s.open == 0)
            part.cause = BRG_CAUSE_CONTROL;
        else if (latch_last && (s.open & latch))
            part.cause = BRG_CAUSE_LATCH;
        switch (part.cause) {
            case BRG_CAUSE_MEMORY:
                part.reason = memory;
                break;
            case BRG_CAUSE_LATCH:
                part.reason = {BRG_EVENT_LATCH, 0};
                break;
            case BRG_CAUSE_PULSE:
                part.reason = s.pulse;
                break;
            case BRG_CAUSE_READOUT:
                part.reason = {BRG_EVENT_READOUT, 0};
                break;
            case BRG_CAUSE_DECODER:
                part.reason = s.decoder;
                break;
            case BRG_CAUSE_HOST:
                part.reason = {BRG_EVENT_HOST, 0};
                break;
            default:
                part.reason = s.control;
                break;
        }
        parts.push_back(part);
    }
}

void StallProbe::slice(const brg_plant_slice &slice) {
    if (!setup_.events) return;
    std::uint64_t waits = 0;
    for (const std::uint64_t w : slice.wait_cycles) waits += w;
    if (!have_origin_) {
        have_origin_ = true;
        origin_ = slice.cycle - waits;
    }
    // The last sample is the first cycle of the slice itself.
    if (!samples_.empty() && samples_.back().step) samples_.pop_back();
    if (waits == 0) {
        if (!samples_.empty()) mismatches_++;
        samples_.clear();
        return;
    }
    parts_.clear();
    std::size_t word = 0;
    for (std::size_t i = 0; i <= samples_.size(); i++) {
        if (i < samples_.size() && !samples_[i].step) continue;
        split_word(word, i, parts_);
        if (i < samples_.size())
            parts_.push_back({BRG_CAUSE_CONTROL, samples_[i].control, samples_[i].cycles});
        word = i + 1;
    }
    samples_.clear();

    // In the order of the timeline: control steps, then the causes by number. The RTL's count
    // decides; what the samples do not account for is an event of its own.
    std::uint64_t at = slice.cycle - origin_ - waits;
    bool exact = true;
    for (unsigned i = 0; i < BRG_CAUSE_COUNT; i++) {
        const unsigned cause = i == 0 ? unsigned{BRG_CAUSE_CONTROL} : i - 1;
        std::uint64_t left = slice.wait_cycles[cause];
        Reason reason;
        std::uint64_t cycles = 0;
        const auto emit = [&] {
            if (cycles == 0) return;
            brg_stall_event e{};
            e.query = query_;
            e.slice = slice.slice;
            e.cause = static_cast<brg_cause>(cause);
            e.kind = reason.kind;
            e.detail = reason.detail;
            e.start_ps = edge_ps(at);
            at += cycles;
            e.duration_ps = edge_ps(at) - e.start_ps;
            pending_.push_back(e);
            cycles = 0;
        };
        for (const Part &part : parts_) {
            if (part.cause != cause) continue;
            const std::uint64_t take = std::min(part.cycles, left);
            exact = exact && take == part.cycles;
            if (take == 0) continue;
            if (!(part.reason == reason)) emit();
            reason = part.reason;
            cycles += take;
            left -= take;
        }
        emit();
        if (left > 0) {
            exact = false;
            reason = {};
            cycles = left;
            emit();
        }
    }
    if (!exact) mismatches_++;
}

int StallProbe::appended(brg_timeline *timeline, const brg_slice &slice) {
    while (next_ < pending_.size()) {
        const brg_stall_event &e = pending_[next_];
        if (e.query > slice.query || (e.query == slice.query && e.slice > slice.slice)) break;
        if (e.query == slice.query && e.slice == slice.slice) {
            const int status = brg_timeline_add_event(timeline, &e);
            if (status != BRG_OK) return status;
        }
        next_++;
    }
    if (next_ == pending_.size()) {
        pending_.clear();
        next_ = 0;
    }
    return BRG_OK;
}

}  // namespace brg
