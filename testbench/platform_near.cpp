// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 to AXI4 bursts of the DRAM's second port, and the answers back.
#include "testbench/platform_near.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

namespace brg {

namespace {
constexpr std::uint64_t beat_bytes = BRG_RTL_DATA_LANES * 4;
constexpr std::uint64_t boundary = 4096;  // no AXI burst crosses it
}  // namespace

DramPort::DramPort(const sc_core::sc_module_name &name)
    : sc_core::sc_module(name), socket("socket"), background("background") {
    socket.register_b_transport(this, &DramPort::transport);
    background.register_b_transport(this, &DramPort::transport);
}

void DramPort::reset() {
    reads_.clear();
    writes_.clear();
    write_data_.clear();
    for (unsigned i = 0; i < ids; i++) {
        reading_[i].clear();
        writing_[i].clear();
        beat_[i] = 0;
    }
    next_id_ = 0;
    active_ = 0;
    took_ar_ = took_aw_ = took_w_ = took_r_ = took_b_ = false;
}

void DramPort::transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    const bool enables = trans.get_byte_enable_ptr() != nullptr;
    if (trans.get_command() == tlm::TLM_IGNORE_COMMAND || trans.get_data_length() == 0 ||
        (enables && trans.get_byte_enable_length() < trans.get_data_length())) {
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    Job job;
    job.data = trans.get_data_ptr();
    job.enables = trans.get_byte_enable_ptr();
    job.address = trans.get_address();
    job.bytes = trans.get_data_length();
    active_++;
    enqueue(job, trans.is_write());
    arrived_.notify();
    while (job.open > 0) sc_core::wait(job.done);
    active_--;
    trans.set_response_status(job.error ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

// Cuts the transaction into bursts. All of one ID: their answers come in order, and another
// transaction gets the next ID.
void DramPort::enqueue(Job &job, bool write) {
    const unsigned id = next_id_;
    next_id_ = (next_id_ + 1) % ids;
    const std::uint64_t end = job.address + job.bytes;
    std::uint64_t at = job.address / beat_bytes * beat_bytes;
    while (at < end) {
        const std::uint64_t stop = std::min((at / boundary + 1) * boundary,
                                            (end + beat_bytes - 1) / beat_bytes * beat_bytes);
        const Burst burst{&job, at, static_cast<unsigned>((stop - at) / beat_bytes), id};
        job.open++;
        if (!write) {
            reads_.push_back(burst);
            at = stop;
            continue;
        }
        writes_.push_back(burst);
        for (; at < stop; at += beat_bytes) {
            unsigned char bytes[beat_bytes] = {};
            Write w{};
            for (unsigned i = 0; i < beat_bytes; i++) {
                const std::uint64_t a = at + i;
                if (a < job.address || a >= end) continue;
                const std::uint64_t offset = a - job.address;
                if (job.enables && job.enables[offset] == TLM_BYTE_DISABLED) continue;
                bytes[i] = job.data[offset];
                w.strobes |= UINT32_C(1) << i;
            }
            std::memcpy(w.data.data(), bytes, beat_bytes);
            for (std::uint32_t &lane : w.data) lane = le32toh(lane);
            w.last = at + beat_bytes == stop;
            write_data_.push_back(w);
        }
    }
}

void DramPort::drive(brg_machine_in &in) const {
    in.s_arvalid = !reads_.empty();
    if (in.s_arvalid) {
        in.s_arid = static_cast<std::uint8_t>(reads_.front().id);
        in.s_araddr = reads_.front().address;
        in.s_arlen = static_cast<std::uint8_t>(reads_.front().beats - 1);
    }
    in.s_awvalid = !writes_.empty();
    if (in.s_awvalid) {
        in.s_awid = static_cast<std::uint8_t>(writes_.front().id);
        in.s_awaddr = writes_.front().address;
        in.s_awlen = static_cast<std::uint8_t>(writes_.front().beats - 1);
    }
    in.s_wvalid = !write_data_.empty();
    if (in.s_wvalid) {
        std::copy(write_data_.front().data.begin(), write_data_.front().data.end(), in.s_wdata);
        in.s_wstrb = write_data_.front().strobes;
        in.s_wlast = write_data_.front().last;
    }
    in.s_rready = true;
    in.s_bready = true;
}

void DramPort::sample(const brg_machine_in &in, const brg_machine_out &out) {
    took_ar_ = in.s_arvalid && out.s_arready;
    took_aw_ = in.s_awvalid && out.s_awready;
    took_w_ = in.s_wvalid && out.s_wready;
    took_r_ = out.s_rvalid && in.s_rready;
    took_b_ = out.s_bvalid && in.s_bready;
    if (took_r_) {
        r_id_ = out.s_rid % ids;
        r_last_ = out.s_rlast;
        r_error_ = out.s_rresp >= 2;
        std::copy(out.s_rdata, out.s_rdata + BRG_RTL_DATA_LANES, r_data_.begin());
    }
    if (took_b_) {
        b_id_ = out.s_bid % ids;
        b_error_ = out.s_bresp >= 2;
    }
}

void DramPort::take_beat(Burst &burst, const std::array<std::uint32_t, BRG_RTL_DATA_LANES> &lanes) {
    Job &job = *burst.job;
    std::array<std::uint32_t, BRG_RTL_DATA_LANES> little = lanes;
    for (std::uint32_t &lane : little) lane = htole32(lane);
    const std::uint64_t at = burst.address + beat_[burst.id] * beat_bytes;
    const std::uint64_t from = std::max(at, job.address);
    const std::uint64_t to = std::min(at + beat_bytes, job.address + job.bytes);
    if (!job.error && from < to)
        std::memcpy(job.data + (from - job.address),
                    reinterpret_cast<const unsigned char *>(little.data()) + (from - at),
                    to - from);
    beat_[burst.id]++;
}

void DramPort::step(brg_machine_in &in) {
    events_ += took_ar_ + took_aw_ + took_w_ + took_r_ + took_b_;
    if (took_ar_) {
        reading_[reads_.front().id].push_back(reads_.front());
        reads_.pop_front();
    }
    if (took_aw_) {
        writing_[writes_.front().id].push_back(writes_.front());
        writes_.pop_front();
    }
    if (took_w_) write_data_.pop_front();
    if (took_r_ && !reading_[r_id_].empty()) {
        Burst &burst = reading_[r_id_].front();
        burst.job->error |= r_error_;
        take_beat(burst, r_data_);
        if (r_last_) {
            Job &job = *burst.job;
            job.error |= beat_[r_id_] != burst.beats;
            beat_[r_id_] = 0;
            reading_[r_id_].pop_front();
            if (--job.open == 0) job.done.notify();
        }
    }
    if (took_b_ && !writing_[b_id_].empty()) {
        Job &job = *writing_[b_id_].front().job;
        job.error |= b_error_;
        writing_[b_id_].pop_front();
        if (--job.open == 0) job.done.notify();
    }
    took_ar_ = took_aw_ = took_w_ = took_r_ = took_b_ = false;
    drive(in);
}

}  // namespace brg
