// SPDX-License-Identifier: Apache-2.0
// AXI4 read channels to TLM-2.0: workers and the order of the answers.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "testbench/axi_port.h"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace brg {

namespace {
constexpr unsigned beat_bytes = BRG_RTL_DATA_LANES * 4;
constexpr std::uint8_t full_width_size = 5;  // AxSIZE of 32 bytes
constexpr std::uint8_t burst_incr = 1;
constexpr std::uint8_t resp_okay = 0, resp_slverr = 2, resp_decerr = 3;
static_assert(beat_bytes == 1u << full_width_size, "AxSIZE and the data bus disagree");
}  // namespace

AxiPort::AxiPort(const sc_core::sc_module_name &name) : sc_core::sc_module(name), socket("socket") {
    for (unsigned i = 0; i < slots; i++) {
        Slot &slot = ring_[i];
        slot.trans.set_extension(&slot.timing);
        const std::string label = "worker_" + std::to_string(i);
        sc_core::sc_spawn([this, &slot] { worker(slot); }, label.c_str());
    }
}

AxiPort::~AxiPort() {
    // The extensions are members, not objects that the payload may free.
    for (Slot &slot : ring_) slot.trans.clear_extension(&slot.timing);
}

void AxiPort::worker(Slot &slot) {
    for (;;) {
        sc_core::wait(slot.start);
        quiesce();
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        slot.timing.known = false;
        slot.timing.contended_ps = UINT64_MAX;
        if (slot.resp == resp_okay) {
            socket->b_transport(slot.trans, delay);
            switch (slot.trans.get_response_status()) {
                case tlm::TLM_OK_RESPONSE:
                    break;
                case tlm::TLM_ADDRESS_ERROR_RESPONSE:
                    slot.resp = resp_decerr;
                    break;
                default:
                    slot.resp = resp_slverr;
                    break;
            }
        }
        if (slot.timing.known) {
            slot.first_ps = slot.timing.first_ps;
            slot.span_ps = slot.timing.span_ps;
            slot.contended_ps = std::min(slot.timing.contended_ps, slot.first_ps);
        } else {
            slot.first_ps = sc_core::sc_time_stamp().value() + delay.value();
            slot.span_ps = 0;
            slot.contended_ps = slot.first_ps;
        }
        slot.answered = true;
        if (&slot == &ring_[head_]) first_due(slot);
        unanswered_--;
        answer_.notify();
    }
}

AxiPort::Status AxiPort::status(std::uint64_t time_ps) const {
    Status s{count_ > 0, false, false, 0, UINT64_MAX};
    if (!s.waiting) return s;
    const Slot &slot = ring_[head_];
    s.address = slot.trans.get_address();
    s.known = slot.answered;
    if (!s.known) return s;
    s.contended = time_ps >= slot.contended_ps && time_ps < slot.first_ps;
    if (time_ps < slot.contended_ps)
        s.until_ps = slot.contended_ps;
    else if (time_ps < slot.first_ps)
        s.until_ps = slot.first_ps;
    return s;
}

// Beat i comes at first + floor(i * span / beats); the sum of quotient and remainder gives the
// same.
void AxiPort::first_due(const Slot &slot) {
    due_ps_ = slot.first_ps;
    due_step_ = slot.span_ps / slot.beats;
    due_rest_ = slot.span_ps % slot.beats;
    due_carry_ = 0;
}

void AxiPort::request(const brg_rtl_out &out, std::uint64_t time_ps) {
    Slot &slot = ring_[(head_ + count_) % slots];
    count_++;
    unanswered_++;
    events_++;
    slot.answered = false;
    slot.beats = out.m_arlen + 1u;
    slot.beat = 0;
    slot.id = out.m_arid;
    // The controller reads whole beats only; any other kind of burst is refused, not guessed at.
    const bool supported = out.m_arsize == full_width_size && out.m_arburst == burst_incr &&
                           out.m_araddr % beat_bytes == 0;
    slot.resp = supported ? resp_okay : resp_slverr;
    slot.trans.set_command(tlm::TLM_READ_COMMAND);
    slot.trans.set_address(out.m_araddr);
    slot.trans.set_data_ptr(slot.data.data());
    slot.trans.set_data_length(slot.beats * beat_bytes);
    slot.trans.set_streaming_width(slot.beats * beat_bytes);
    slot.trans.set_byte_enable_ptr(nullptr);
    slot.trans.set_dmi_allowed(false);
    slot.trans.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    const std::uint64_t ahead = time_ps - sc_core::sc_time_stamp().value();
    slot.start.notify(sc_core::sc_time::from_value(ahead));
}

void AxiPort::drive(brg_rtl_in &in) const {
    if (in.m_rvalid) return;  // a beat stays until it is taken
    const Slot &slot = ring_[head_];
    in.m_rvalid = true;
    in.m_rid = slot.id;
    in.m_rresp = slot.resp;
    in.m_rlast = slot.beat + 1 == slot.beats;
    if (slot.resp == resp_okay) {
        std::memcpy(in.m_rdata, slot.data.data() + std::size_t{slot.beat} * beat_bytes, beat_bytes);
        for (std::uint32_t &lane : in.m_rdata) lane = le32toh(lane);
    } else {
        std::memset(in.m_rdata, 0, sizeof in.m_rdata);
    }
}

void AxiPort::accepted(brg_rtl_in &in) {
    in.m_rvalid = false;
    events_++;
    Slot &slot = ring_[head_];
    if (++slot.beat < slot.beats) {
        due_ps_ += due_step_;
        due_carry_ += due_rest_;
        if (due_carry_ >= slot.beats) {
            due_carry_ -= slot.beats;
            due_ps_++;
        }
        return;
    }
    head_ = (head_ + 1) % slots;
    count_--;
    due_ps_ = UINT64_MAX;
    if (count_ > 0 && ring_[head_].answered) first_due(ring_[head_]);
}

void AxiPort::drain() {
    while (unanswered_ > 0) sc_core::wait(answer_);
    count_ = 0;
    due_ps_ = UINT64_MAX;
}

}  // namespace brg
