// SPDX-License-Identifier: Apache-2.0
// AXI4 read channels to TLM-2.0: workers and the order of the answers.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include "testbench/axi_port.h"

#include <cstring>
#include <string>

#include <endian.h>

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
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        slot.timing.known = false;
        if (slot.resp == resp_okay) {
            socket->b_transport(slot.trans, delay);
            switch (slot.trans.get_response_status()) {
            case tlm::TLM_OK_RESPONSE: break;
            case tlm::TLM_ADDRESS_ERROR_RESPONSE: slot.resp = resp_decerr; break;
            default: slot.resp = resp_slverr; break;
            }
        }
        if (slot.timing.known) {
            slot.first_ps = slot.timing.first_ps;
            slot.span_ps = slot.timing.span_ps;
        } else {
            slot.first_ps = sc_core::sc_time_stamp().value() + delay.value();
            slot.span_ps = 0;
        }
        set_due(slot);
        slot.answered = true;
        unanswered_--;
        answer_.notify();
    }
}

// Beat i comes i / beats of the span after the first one.
void AxiPort::set_due(Slot &slot) {
    std::uint64_t offset = 0;
    if (slot.span_ps <= UINT64_MAX / 256) {
        offset = slot.beat * slot.span_ps / slot.beats;
    } else {
        __extension__ using wide = unsigned __int128;
        offset = static_cast<std::uint64_t>(wide{slot.beat} * slot.span_ps / slot.beats);
    }
    slot.due_ps = slot.first_ps + offset;
}

void AxiPort::request(const brg_rtl_out &out) {
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
    slot.start.notify(sc_core::SC_ZERO_TIME);
}

void AxiPort::drive(std::uint64_t time_ps, brg_rtl_in &in) {
    if (in.m_rvalid || count_ == 0) return;  // a beat stays until it is taken
    const Slot &slot = ring_[head_];
    if (!slot.answered) return;
    if (time_ps < slot.due_ps) return;
    in.m_rvalid = true;
    in.m_rid = slot.id;
    in.m_rresp = slot.resp;
    in.m_rlast = slot.beat + 1 == slot.beats;
    std::memset(in.m_rdata, 0, sizeof in.m_rdata);
    if (slot.resp == resp_okay) {
        std::memcpy(in.m_rdata, slot.data.data() + std::size_t{slot.beat} * beat_bytes, beat_bytes);
        for (std::uint32_t &lane : in.m_rdata) lane = le32toh(lane);
    }
}

void AxiPort::accepted(brg_rtl_in &in) {
    in.m_rvalid = false;
    events_++;
    Slot &slot = ring_[head_];
    if (++slot.beat < slot.beats) {
        set_due(slot);
        return;
    }
    head_ = (head_ + 1) % slots;
    count_--;
}

void AxiPort::drain() {
    while (unanswered_ > 0) sc_core::wait(answer_);
    count_ = 0;
}

}  // namespace brg
