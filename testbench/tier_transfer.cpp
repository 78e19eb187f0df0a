// SPDX-License-Identifier: Apache-2.0
// Transfers of the tier manager: attempts, time-outs, back-off, and near memory in bursts.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <algorithm>
#include <cstring>

#include "testbench/tier_manager_private.h"

namespace brg {

namespace {
// A tier that never answers must not keep a run busy for ever, whatever the policy.
constexpr std::uint64_t most_attempts = 10000;

// The longest wait that cannot wrap the kernel's time.
sc_core::sc_time wait_time(std::uint64_t ps) {
    const std::uint64_t left = UINT64_MAX / 2 - std::min(now_ps(), UINT64_MAX / 2);
    return sc_core::sc_time::from_value(std::min(ps, left));
}
}  // namespace

brg_tier_failure TierManager::transfer(Transfer &t) {
    return t.tier == BRG_TIER_NEAR ? transfer_near(t) : transfer_far(t);
}

brg_tier_failure TierManager::transfer_near(Transfer &t) {
    Link &link = links_[BRG_TIER_NEAR];
    const std::uint64_t begin_ps = now_ps();
    link.statistics.requests++;
    for (std::uint64_t i = 0; i < t.bytes;) {
        const std::uint64_t at = t.address + i, burst = config_.near_burst_bytes;
        const std::uint64_t n = std::min(t.bytes - i, burst - at % burst);
        tlm::tlm_generic_payload part;
        part.set_command(t.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        part.set_address(at);
        part.set_data_ptr(t.data + i);
        part.set_data_length(static_cast<unsigned>(n));
        part.set_streaming_width(static_cast<unsigned>(n));
        part.set_dmi_allowed(false);
        link.statistics.attempts++;
        const tlm::tlm_response_status status = call_near(part);
        if (status != tlm::TLM_OK_RESPONSE) {
            link.statistics.errors++;
            link.statistics.failures++;
            return {reason_of(status), BRG_TIER_NEAR, 1, t.page, now_ps()};
        }
        i += n;
    }
    (t.write ? link.statistics.bytes_written : link.statistics.bytes_read) += t.bytes;
    brg_latency_add(&link.histogram, now_ps() - begin_ps);
    return {};
}

brg_tier_failure TierManager::transfer_far(Transfer &t) {
    Link &link = links_[t.tier];
    const brg_retry_policy &policy = config_.retry[t.tier];
    const std::uint64_t begin_ps = now_ps();
    link.statistics.requests++;
    for (std::uint64_t retry = 0;; retry++) {
        const brg_tier_reason reason = attempt_once(t);
        if (reason == BRG_TIER_REASON_NONE) {
            (t.write ? link.statistics.bytes_written : link.statistics.bytes_read) += t.bytes;
            brg_latency_add(&link.histogram, now_ps() - begin_ps);
            return {};
        }
        const bool final = reason == BRG_TIER_REASON_ADDRESS || reason == BRG_TIER_REASON_STOPPED;
        const std::uint64_t retries = policy.give_up ? policy.retries : most_attempts - 1;
        if (final || retry >= retries) {
            link.statistics.failures++;
            return {reason, t.tier, t.attempts, t.page, now_ps()};
        }
        const std::uint64_t backoff = brg_retry_backoff_ps(&policy, retry);
        link.statistics.retries++;
        link.statistics.backoff_ps += backoff;
        t.backoff_until_ps = now_ps() + backoff;
        if (backoff > 0) sc_core::wait(wait_time(backoff), stop_);
        turn(turn_answer, t.address, t.bytes);
    }
}

// One attempt, its end in the turn of its address. An answer at the very time of the time-out
// counts.
brg_tier_reason TierManager::attempt_once(Transfer &t) {
    if (stopping_) return BRG_TIER_REASON_STOPPED;
    Link &link = links_[t.tier];
    const std::uint64_t time_out = config_.retry[t.tier].time_out_ps;
    Attempt &a = free_attempt();
    a.tier = t.tier;
    a.generation = generation_;
    a.finished = a.silent = false;
    a.report.known = false;
    a.data.resize(t.bytes);
    if (t.write) std::memcpy(a.data.data(), t.data, t.bytes);
    a.trans.set_command(t.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    a.trans.set_address(t.address);
    a.trans.set_data_ptr(a.data.data());
    a.trans.set_data_length(static_cast<unsigned>(t.bytes));
    a.trans.set_streaming_width(static_cast<unsigned>(t.bytes));
    a.trans.set_byte_enable_ptr(nullptr);
    a.trans.set_dmi_allowed(false);
    a.trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    a.owned = a.running = a.go = true;
    a.start.notify();
    t.attempt = &a;
    t.attempts++;
    t.deadline_ps = now_ps() + std::min(time_out, UINT64_MAX / 4);
    link.statistics.attempts++;
    sc_core::wait(wait_time(time_out), a.done | stop_);
    turn(turn_answer, t.address, t.bytes);
    t.attempt = nullptr;
    a.owned = false;
    if (a.report.known && a.report.answer.outage_end_ps > 0) {
        const std::uint64_t begin = a.report.answer.outage_start_ps;
        const std::uint64_t end = std::min(a.report.answer.outage_end_ps, now_ps());
        if (end > begin) link.statistics.outage_ps += end - begin;
    }
    if (!a.finished) {
        if (stopping_) return BRG_TIER_REASON_STOPPED;
        link.statistics.time_outs++;
        return BRG_TIER_REASON_TIME_OUT;
    }
    const brg_tier_reason reason = reason_of(a.trans.get_response_status());
    if (reason != BRG_TIER_REASON_NONE)
        link.statistics.errors++;
    else if (!t.write)
        std::memcpy(t.data, a.data.data(), t.bytes);
    return reason;
}

TierManager::Attempt &TierManager::free_attempt() {
    for (const std::unique_ptr<Attempt> &a : attempts_)
        if (!a->owned && !a->running) return *a;
    attempts_.push_back(std::make_unique<Attempt>());
    Attempt &a = *attempts_.back();
    sc_core::sc_spawn([this, &a] { worker(a); }, sc_core::sc_gen_unique_name("attempt"));
    return a;
}

void TierManager::worker(Attempt &a) {
    for (;;) {
        while (!a.go) sc_core::wait(a.start);
        a.go = false;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        if (a.tier == BRG_TIER_EDGE)
            edge->b_transport(a.trans, delay);
        else
            cloud->b_transport(a.trans, delay);
        if (a.trans.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE) {
            a.silent = true;
        } else {
            if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
            a.finished = true;
            if (a.owned)
                a.done.notify();
            else if (a.generation == generation_)
                links_[a.tier].statistics.late_answers++;
        }
        a.running = false;
    }
}

}  // namespace brg
