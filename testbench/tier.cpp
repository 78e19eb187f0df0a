// SPDX-License-Identifier: Apache-2.0
// The slow memory and the order of what happens at equal times.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "testbench/tier.h"

#include <algorithm>
#include <tuple>

namespace brg {

namespace {
std::uint64_t now_ps() {
    return sc_core::sc_time_stamp().value();
}
std::uint64_t shifted(std::uint64_t ps, std::uint64_t by) {
    return ps > UINT64_MAX - by ? UINT64_MAX : ps + by;
}
}  // namespace

Turnstile::Turnstile(const char *name) {
    sc_core::sc_spawn([this] { run(); }, sc_core::sc_gen_unique_name(name));
}

void Turnstile::enter(const Key &key) {
    Ticket ticket{key, {}};
    waiting_.push_back(&ticket);
    arrived_.notify();
    sc_core::wait(ticket.go);
}

void Turnstile::run() {
    const auto by_key = [](const Ticket *a, const Ticket *b) {
        return std::tie(a->key.kind, a->key.address, a->key.bytes) <
               std::tie(b->key.kind, b->key.address, b->key.bytes);
    };
    for (;;) {
        if (waiting_.empty()) sc_core::wait(arrived_);
        for (int i = 0; i < patience && sc_core::sc_pending_activity_at_current_time(); i++)
            sc_core::wait(sc_core::SC_ZERO_TIME);
        batch_.swap(waiting_);
        std::stable_sort(batch_.begin(), batch_.end(), by_key);
        for (Ticket *ticket : batch_) ticket->go.notify();
        batch_.clear();
    }
}

Tier::Tier(const sc_core::sc_module_name &name) : sc_core::sc_module(name), socket("socket") {
    socket.register_b_transport(this, &Tier::b_transport);
}

Tier::~Tier() {
    brg_tier_server_destroy(&server_);
}

int Tier::configure(const brg_tier_config &config, const brg_store &store, bool blocks) {
    brg_tier_server *server = nullptr;
    const int e = brg_tier_server_new(&server, &config);
    if (e != BRG_OK) return e;
    brg_tier_server_destroy(&server_);
    server_ = server;
    store_ = store;
    capacity_ = config.capacity_bytes;
    origin_ps_ = now_ps();
    blocks_ = blocks;
    return BRG_OK;
}

void Tier::statistics(brg_tier_statistics *out) const {
    *out = brg_tier_statistics{};
    if (server_) brg_tier_server_statistics(server_, out);
}

// Moves the bytes that go through before the answer; the rest of a read is left as it was.
tlm::tlm_response_status Tier::move(tlm::tlm_generic_payload &trans,
                                    const brg_tier_answer &answer) {
    const std::uint64_t address = trans.get_address(), length = trans.get_data_length();
    if (capacity_ != 0 && (length > capacity_ || address > capacity_ - length))
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    const int e = trans.is_read()
                      ? store_.read(store_.context, address, trans.get_data_ptr(), answer.bytes)
                      : store_.write(store_.context, address, trans.get_data_ptr(), answer.bytes);
    if (e == BRG_EINVAL) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (e != BRG_OK || answer.outcome == BRG_TIER_ERROR) return tlm::TLM_GENERIC_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

void Tier::b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    if (trans.get_command() == tlm::TLM_IGNORE_COMMAND || server_ == nullptr) {
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    if (trans.get_byte_enable_ptr() != nullptr) {
        trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    // Requests of several initiators are served in the order of time, so a delay is waited for.
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    turn_.enter({trans.is_write(), trans.get_address(), trans.get_data_length()});

    const std::uint64_t now = now_ps();
    brg_tier_answer answer{};
    if (brg_tier_serve(server_, now - origin_ps_, trans.get_data_length(), trans.is_write(),
                       &answer) != BRG_OK) {
        trans.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    const tlm::tlm_response_status status = move(trans, answer);
    const bool paused = answer.outage_end_ps > answer.first_ps;
    for (std::uint64_t *t : {&answer.arrival_ps, &answer.rate_ps, &answer.start_ps,
                             &answer.ready_ps, &answer.first_ps, &answer.done_ps})
        *t = shifted(*t, origin_ps_);
    if (answer.outage_end_ps > 0) {
        answer.outage_start_ps = shifted(answer.outage_start_ps, origin_ps_);
        answer.outage_end_ps = shifted(answer.outage_end_ps, origin_ps_);
    }
    TierReport *report = nullptr;
    trans.get_extension(report);
    if (report) {
        report->known = true;
        report->answer = answer;
    }
    if (answer.outcome == BRG_TIER_SILENT) {
        trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        return;
    }
    std::uint64_t done = answer.done_ps;
    BeatTiming *timing = nullptr;
    trans.get_extension(timing);
    // Beats come evenly only when no outage stops them on the way.
    if (timing && answer.outcome == BRG_TIER_OK && !paused) {
        timing->known = true;
        timing->first_ps = answer.first_ps;
        timing->span_ps = answer.done_ps - answer.first_ps;
        done = answer.first_ps;
    }
    if (blocks_)
        sc_core::wait(sc_core::sc_time::from_value(done - now));
    else
        delay = sc_core::sc_time::from_value(done - now);
    trans.set_response_status(status);
}

}  // namespace brg
