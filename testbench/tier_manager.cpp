// SPDX-License-Identifier: Apache-2.0
// The tier manager: the fast side, and the threads that stage pages.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "testbench/tier_manager.h"

#include <algorithm>
#include <new>

#include "testbench/tier_manager_private.h"

namespace brg {

TierManager::TierManager(const sc_core::sc_module_name &name)
    : sc_core::sc_module(name), socket("socket"), near("near"), edge("edge"), cloud("cloud") {
    socket.register_b_transport(this, &TierManager::b_transport);
}

TierManager::~TierManager() {
    brg_placement_destroy(&placement_);
}

int TierManager::configure(const brg_tiers_config &config) {
    if (!idle()) return BRG_ESTATE;
    if (brg_tiers_check(&config, "", 0, "", nullptr) != BRG_OK) return BRG_EINVAL;
    brg_placement *placement = nullptr;
    if (config.home != BRG_TIER_NEAR) {
        brg_placement_config pc = config.placement;
        pc.pages = static_cast<std::uint32_t>((config.table_bytes - 1) / config.page_bytes + 1);
        const int e = brg_placement_new(&placement, &pc);
        if (e != BRG_OK) return e;
    }
    try {
        const std::size_t jobs = placement ? config.placement.jobs : 0;
        while (engines_.size() < jobs) {
            engines_.push_back(std::make_unique<Engine>());
            Engine &e = *engines_.back();
            e.job = static_cast<std::uint32_t>(engines_.size() - 1);
            sc_core::sc_spawn([this, &e] { engine(e); }, sc_core::sc_gen_unique_name("engine"));
            sc_core::sc_spawn([this, &e] { evictor(e); }, sc_core::sc_gen_unique_name("evictor"));
        }
        for (std::size_t i = 0; i < jobs; i++) {
            engines_[i]->page.resize(config.page_bytes);
            engines_[i]->victim.resize(config.page_bytes);
        }
    } catch (const std::bad_alloc &) {
        brg_placement_destroy(&placement);
        return BRG_ENOMEM;
    }
    brg_placement_destroy(&placement_);
    placement_ = placement;
    config_ = config;
    if (config_.near_burst_bytes == 0) config_.near_burst_bytes = 4096;
    generation_++;
    links_ = {};
    histogram_ = {};
    statistics_ = {};
    failure_ = {};
    return BRG_OK;
}

bool TierManager::idle() const {
    return busy_ == 0;
}

void TierManager::drain() {
    stopping_ = true;
    stop_.notify();
    while (!waiting_.empty()) {
        Request &request = *waiting_.front();
        request.failure = {BRG_TIER_REASON_STOPPED, config_.home, 0, request.page, now_ps()};
        waiting_.pop_front();
        request.resolved = true;
        request.event.notify();
    }
    while (busy_ > 0) sc_core::wait(quiet_);
    stopping_ = false;
}

void TierManager::turn(std::uint64_t kind, std::uint64_t address, std::uint64_t bytes) {
    turn_.enter({kind, address, bytes});
}

std::uint64_t TierManager::page_bytes(std::uint32_t page) const {
    const std::uint64_t begin = std::uint64_t{page} * config_.page_bytes;
    return std::min<std::uint64_t>(config_.page_bytes, config_.table_bytes - begin);
}

// ---- The fast side ----

void TierManager::b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    const std::uint64_t address = trans.get_address(), length = trans.get_data_length();
    if (config_.home == BRG_TIER_NEAR) {
        // The table is where it is used: payload, extensions and delay pass as they are.
        trans.set_address(address + config_.near_base);
        near->b_transport(trans, delay);
        trans.set_address(address);
        return;
    }
    if (trans.get_command() == tlm::TLM_IGNORE_COMMAND) {
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    if (length == 0 || trans.get_streaming_width() < length) {
        trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    busy_++;
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    turn(turn_arrival, address, 2 * length + trans.is_write());
    const std::uint64_t begin_ps = now_ps();
    statistics_.requests++;
    brg_tier_failure failure{};
    if (length > config_.table_bytes || address > config_.table_bytes - length)
        failure = {BRG_TIER_REASON_ADDRESS, config_.home, 0, address / config_.page_bytes,
                   begin_ps};
    for (std::uint64_t offset = 0; offset < length && failure.reason == BRG_TIER_REASON_NONE;) {
        const std::uint64_t room = config_.page_bytes - (address + offset) % config_.page_bytes;
        const std::uint64_t bytes = std::min(room, length - offset);
        failure = piece(trans, offset, bytes, bytes == length);
        offset += bytes;
    }
    if (failure.reason == BRG_TIER_REASON_NONE) {
        (trans.is_write() ? statistics_.bytes_written : statistics_.bytes_read) += length;
        brg_latency_add(&histogram_, now_ps() - begin_ps);
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
    } else {
        statistics_.failed++;
        // A read ahead beyond the end says nothing about the run.
        if (failure.reason != BRG_TIER_REASON_ADDRESS || failure_.reason == BRG_TIER_REASON_NONE)
            failure_ = failure;
        TierStatus *status = nullptr;
        trans.get_extension(status);
        if (status) status->failure = failure;
        trans.set_response_status(failure.reason == BRG_TIER_REASON_ADDRESS
                                      ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                      : tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
    if (--busy_ == 0) quiet_.notify();
}

// The part of a request that lies in one page.
brg_tier_failure TierManager::piece(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                                    std::uint64_t bytes, bool whole) {
    const std::uint64_t address = trans.get_address() + offset;
    const std::uint64_t end = trans.get_address() + trans.get_data_length() - 1;
    Request request;
    request.page = static_cast<std::uint32_t>(address / config_.page_bytes);
    request.last_page = static_cast<std::uint32_t>(end / config_.page_bytes);
    request.write = trans.is_write();
    const auto active = active_.insert(active_.end(), &request);
    if (stopping_) {
        request.failure = {BRG_TIER_REASON_STOPPED, config_.home, 0, request.page, now_ps()};
    } else {
        waiting_.push_back(&request);
        pump();
        request.waited = !request.resolved;
        while (!request.resolved) sc_core::wait(request.event);
    }
    brg_tier_failure failure = request.failure;
    if (failure.reason == BRG_TIER_REASON_NONE) {
        const bool hit = request.place.action == BRG_PLACE_HIT;
        (hit && !request.waited ? statistics_.near_hits : statistics_.near_misses)++;
        failure = hit ? use_near(trans, offset, bytes, whole, request.place.frame, request.page)
                      : bypass(trans, offset, bytes, request);
        turn(turn_release, address, bytes);
        brg_placement_release(placement_, request.page);
        pump();
    }
    active_.erase(active);
    return failure;
}

tlm::tlm_response_status TierManager::call_near(tlm::tlm_generic_payload &trans) {
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    near->b_transport(trans, delay);
    // Waited for here, so that a frame stays in use as long whichever style the target has.
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    return trans.get_response_status();
}

brg_tier_failure TierManager::use_near(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                                       std::uint64_t bytes, bool whole, std::uint32_t frame,
                                       std::uint32_t page) {
    tlm::tlm_generic_payload part;
    part.set_command(trans.get_command());
    part.set_address(config_.near_base + std::uint64_t{frame} * config_.page_bytes +
                     (trans.get_address() + offset) % config_.page_bytes);
    part.set_data_ptr(trans.get_data_ptr() + offset);
    part.set_data_length(static_cast<unsigned>(bytes));
    part.set_streaming_width(static_cast<unsigned>(bytes));
    part.set_dmi_allowed(false);
    const std::vector<unsigned char> enables = enables_of(trans, offset, bytes);
    if (!enables.empty()) {
        part.set_byte_enable_ptr(const_cast<unsigned char *>(enables.data()));
        part.set_byte_enable_length(static_cast<unsigned>(bytes));
    }
    // Beat times are those of the whole request only when it is one transfer.
    BeatTiming *timing = nullptr;
    trans.get_extension(timing);
    if (timing && whole) part.set_extension(timing);
    const tlm::tlm_response_status status = call_near(part);
    if (timing && whole) part.clear_extension(timing);
    if (status == tlm::TLM_OK_RESPONSE) return {};
    return {reason_of(status), BRG_TIER_NEAR, 1, page, now_ps()};
}

// Straight to the page's tier: the whole piece, or the runs of its enabled bytes.
brg_tier_failure TierManager::bypass(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                                     std::uint64_t bytes, Request &request) {
    const std::vector<unsigned char> enables = enables_of(trans, offset, bytes);
    const std::uint64_t in_page = (trans.get_address() + offset) % config_.page_bytes;
    brg_tier_failure failure{};
    for (std::uint64_t i = 0; i < bytes && failure.reason == BRG_TIER_REASON_NONE;) {
        std::uint64_t end = bytes;
        if (!enables.empty()) {
            while (i < bytes && enables[i] == TLM_BYTE_DISABLED) i++;
            if (i == bytes) break;
            end = i;
            while (end < bytes && enables[end] != TLM_BYTE_DISABLED) end++;
        }
        Transfer t = page_transfer(request.place.level, request.page, request.place.frame,
                                   trans.is_write(), trans.get_data_ptr() + offset + i);
        t.address += in_page + i;
        t.bytes = end - i;
        request.transfer = &t;
        failure = transfer(t);
        request.transfer = nullptr;
        i = end;
    }
    return failure;
}

// ---- Waiting requests and stagings ----

void TierManager::resolve(Request &request, const brg_place_answer &answer) {
    request.place = answer;
    request.resolved = true;
    request.event.notify();
}

// Lets every request go on that can. First those whose page is there, so that no staging takes the
// page away again; then the others, and once one is blocked no later one may begin a staging.
void TierManager::pump() {
    if (stopping_) return;
    struct From {
        std::uint32_t page, last;
    };
    std::vector<From> from;
    brg_place_answer answer;
    for (const bool first : {true, false}) {
        bool may_stage = !first;
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            Request &request = **it;
            std::uint32_t frame = 0;
            bool dirty = false;
            if (first &&
                brg_placement_where(placement_, request.page, &frame, &dirty) != BRG_PLACE_NEAR) {
                ++it;
                continue;
            }
            brg_placement_access(placement_, request.page, request.write, may_stage, &answer);
            if (answer.action == BRG_PLACE_HIT || answer.action == BRG_PLACE_BYPASS) {
                if (answer.first_use_of_ahead) from.push_back({request.page, request.last_page});
                resolve(request, answer);
                it = waiting_.erase(it);
                continue;
            }
            if (answer.action == BRG_PLACE_STAGED) {
                start(answer.job);
                from.push_back({request.page, request.last_page});
            }
            if (answer.action == BRG_PLACE_BLOCKED && !first) may_stage = false;
            ++it;
        }
        if (!first && !may_stage) return;  // read-ahead takes only what nobody waits for
    }
    for (const From &f : from) ahead(f.page, f.last);
}

void TierManager::ahead(std::uint32_t page, std::uint32_t last) {
    std::uint32_t job = 0;
    const std::uint64_t pages = (config_.table_bytes - 1) / config_.page_bytes + 1;
    const std::uint64_t end = std::min(
        std::max<std::uint64_t>(std::uint64_t{page} + config_.read_ahead, last), pages - 1);
    for (std::uint64_t p = std::uint64_t{page} + 1; p <= end; p++)
        if (brg_placement_ahead(placement_, static_cast<std::uint32_t>(p), &job)) start(job);
}

void TierManager::start(std::uint32_t job) {
    Engine &e = *engines_[job];
    busy_++;
    e.go = true;
    e.start.notify();
}

void TierManager::fail(std::uint32_t page, const brg_tier_failure &failure) {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        Request &request = **it;
        if (request.page != page) {
            ++it;
            continue;
        }
        request.failure = failure;
        request.resolved = true;
        request.event.notify();
        it = waiting_.erase(it);
    }
}

TierManager::Transfer TierManager::page_transfer(brg_place_level level, std::uint32_t page,
                                                 std::uint32_t frame, bool write,
                                                 unsigned char *data) const {
    Transfer t;
    t.write = write;
    t.data = data;
    t.page = page;
    t.bytes = page_bytes(page);
    const std::uint64_t at = std::uint64_t{frame} * config_.page_bytes;
    if (level == BRG_PLACE_NEAR) {
        t.tier = BRG_TIER_NEAR;
        t.address = config_.near_base + at;
    } else if (level == BRG_PLACE_EDGE) {
        t.tier = BRG_TIER_EDGE;
        t.address = config_.edge_base + at;
    } else {
        t.tier = config_.home;
        t.address = std::uint64_t{page} * config_.page_bytes;
    }
    return t;
}

// One staging after the other; the page comes while its victims leave.
void TierManager::engine(Engine &e) {
    for (;;) {
        while (!e.go) sc_core::wait(e.start);
        e.go = false;
        const brg_place_job job = *brg_placement_job(placement_, e.job);
        e.cleaning = job.edge_victim != BRG_NO_PAGE;
        e.evicting = e.cleaning || job.victim != BRG_NO_PAGE;
        e.evict_failure = {};
        e.current = nullptr;
        if (e.evicting) e.evict_start.notify();

        const auto run = [this, &e](Transfer t) {
            e.current = &t;
            const brg_tier_failure f = transfer(t);
            e.current = nullptr;
            return f;
        };
        brg_tier_failure failure =
            run(page_transfer(job.from, job.page, job.from_frame, false, e.page.data()));
        if (failure.reason == BRG_TIER_REASON_NONE && job.edge_frame != BRG_NO_PAGE) {
            while (e.cleaning) sc_core::wait(e.evicted);
            if (e.evict_failure.reason == BRG_TIER_REASON_NONE)
                failure = run(
                    page_transfer(BRG_PLACE_EDGE, job.page, job.edge_frame, true, e.page.data()));
        }
        while (e.evicting) sc_core::wait(e.evicted);
        if (failure.reason == BRG_TIER_REASON_NONE) failure = e.evict_failure;
        if (failure.reason == BRG_TIER_REASON_NONE)
            failure =
                run(page_transfer(BRG_PLACE_NEAR, job.page, job.near_frame, true, e.page.data()));
        turn(turn_finish, job.page);
        const bool ok = failure.reason == BRG_TIER_REASON_NONE;
        brg_placement_finish(placement_, e.job, ok);
        if (ok)
            statistics_.bytes_staged += page_bytes(job.page);
        else
            fail(job.page, failure);
        if (--busy_ == 0) quiet_.notify();
        pump();
    }
}

// Takes the victims of a staging to their new places.
void TierManager::evictor(Engine &e) {
    for (;;) {
        while (!e.evicting) sc_core::wait(e.evict_start);
        const brg_place_job job = *brg_placement_job(placement_, e.job);
        const auto move = [this, &e](Transfer from, Transfer to) {
            e.evict_current = &from;
            brg_tier_failure f = transfer(from);
            e.evict_current = &to;
            if (f.reason == BRG_TIER_REASON_NONE) f = transfer(to);
            e.evict_current = nullptr;
            if (f.reason == BRG_TIER_REASON_NONE) statistics_.bytes_written_back += to.bytes;
            return f;
        };
        unsigned char *const data = e.victim.data();
        if (job.edge_victim != BRG_NO_PAGE) {
            e.evict_failure = move(
                page_transfer(BRG_PLACE_EDGE, job.edge_victim, job.edge_victim_frame, false, data),
                page_transfer(BRG_PLACE_HOME, job.edge_victim, 0, true, data));
            turn(turn_moved, job.edge_victim);
            brg_placement_moved(placement_, e.job, BRG_PLACE_CLEAN,
                                e.evict_failure.reason == BRG_TIER_REASON_NONE);
            e.cleaning = false;
            e.evicted.notify();
            pump();
        }
        if (job.victim != BRG_NO_PAGE) {
            if (e.evict_failure.reason == BRG_TIER_REASON_NONE)
                e.evict_failure =
                    move(page_transfer(BRG_PLACE_NEAR, job.victim, job.near_frame, false, data),
                         page_transfer(job.victim_to, job.victim, job.victim_frame, true, data));
            turn(turn_moved, job.victim);
            brg_placement_moved(placement_, e.job, BRG_PLACE_MOVE,
                                e.evict_failure.reason == BRG_TIER_REASON_NONE);
            pump();
        }
        e.evicting = false;
        e.evicted.notify();
    }
}

// ---- Questions ----

void TierManager::describe(const Transfer &t, TierWaiting &out) const {
    const std::uint64_t now = now_ps();
    out.tier = t.tier;
    if (t.tier == BRG_TIER_NEAR) {
        out.kind = BRG_TIER_WAIT_NEAR;
    } else if (t.attempt == nullptr) {
        out.kind = BRG_TIER_WAIT_RETRY;
        out.until_ps = t.backoff_until_ps;
    } else {
        // Without a report the tier is a black box, and all of the time is its latency.
        out.kind = BRG_TIER_WAIT_LATENCY;
        out.until_ps = t.deadline_ps;
        const TierReport &report = t.attempt->report;
        if (report.known) {
            const brg_tier_answer &a = report.answer;
            const brg_tier_wait kind = brg_tier_waits_for(&a, now);
            if (kind != BRG_TIER_WAIT_NONE) out.kind = kind;
            // A silent tier stays so until the time-out, whatever the outage does.
            const std::uint64_t last =
                a.outcome == BRG_TIER_SILENT ? a.outage_start_ps : UINT64_MAX;
            for (const std::uint64_t ps : {a.rate_ps, a.start_ps, a.outage_start_ps,
                                           a.outage_end_ps, a.ready_ps, a.first_ps, a.done_ps})
                if (ps > now && ps <= last) out.until_ps = std::min(out.until_ps, ps);
        }
    }
}

const TierManager::Request *TierManager::waiting_for(std::uint32_t page) const {
    const auto is_it = [page](const Request *r) { return r->page == page; };
    const auto it = std::find_if(active_.begin(), active_.end(), is_it);
    return it == active_.end() ? nullptr : *it;
}

// NULL when near memory has the request, or nothing yet.
const TierManager::Transfer *TierManager::transfer_of(const Request &request, bool &evicts) const {
    std::uint32_t job = 0;
    evicts = false;
    if (request.resolved) return request.transfer;
    if (!brg_placement_moving(placement_, request.page, &job)) return nullptr;
    const Engine &e = *engines_[job];
    evicts = !e.current && e.evict_current;
    return e.current ? e.current : e.evict_current;
}

bool TierManager::what(std::uint64_t address, TierWaiting &out) const {
    out = TierWaiting{};
    if (placement_ == nullptr || address >= config_.table_bytes) return false;
    const auto page = static_cast<std::uint32_t>(address / config_.page_bytes);
    const Request *const request = waiting_for(page);
    if (!request) return false;
    out.page = page;
    out.kind = BRG_TIER_WAIT_NEAR;
    bool evicts = false;
    std::uint32_t job = 0;
    if (const Transfer *const t = transfer_of(*request, evicts)) {
        describe(*t, out);
        if (evicts) out.kind = BRG_TIER_WAIT_EVICTION;
    } else if (!request->resolved && !brg_placement_moving(placement_, page, &job)) {
        out.kind = BRG_TIER_WAIT_FRAME;
    }
    return true;
}

TierStuck TierManager::stuck(std::uint64_t address) const {
    TierStuck out;
    if (placement_ == nullptr || address >= config_.table_bytes) return out;
    const auto page = static_cast<std::uint32_t>(address / config_.page_bytes);
    const Request *const request = waiting_for(page);
    bool evicts = false;
    const Transfer *const t = request ? transfer_of(*request, evicts) : nullptr;
    if (!t || t->tier == BRG_TIER_NEAR) return out;
    out = {true, t->tier, t->page, t->attempts, 0};
    const brg_retry_policy &policy = config_.retry[t->tier];
    if (t->attempt == nullptr) {
        out.until_ps = t->backoff_until_ps;
    } else if (t->attempt->report.known) {
        const brg_tier_answer &a = t->attempt->report.answer;
        out.until_ps = std::min(a.done_ps, t->deadline_ps);
        // Whatever is tried again during an outage meets the same outage.
        const bool again = a.outcome != BRG_TIER_OK || a.done_ps > t->deadline_ps;
        if (again && !policy.give_up && a.outage_end_ps > 0 && a.outage_start_ps <= out.until_ps)
            out.until_ps = std::max(out.until_ps, a.outage_end_ps);
    }
    return out;
}

void TierManager::statistics(brg_tiers_statistics *out) const {
    *out = statistics_;
    out->latency = brg_latency_summarize(&histogram_);
    for (std::size_t i = 0; i < links_.size(); i++) {
        out->link[i] = links_[i].statistics;
        out->link[i].latency = brg_latency_summarize(&links_[i].histogram);
    }
    if (placement_) brg_placement_statistics_get(placement_, &out->placement);
}

}  // namespace brg
