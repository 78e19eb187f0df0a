// SPDX-License-Identifier: Apache-2.0
// The host's run: program the controller, push queries, take results, read the counters.
#include "testbench/host.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace brg {

namespace {

// Byte addresses of rtl/brg_csr.svh.
enum : unsigned {
    csr_control = 0x008,
    csr_geometry = 0x010,
    csr_program = 0x014,
    csr_watchdog = 0x018,
    csr_fault_inject = 0x01C,
    csr_duration = 0x020,
    csr_loop_count = 0x060,
    csr_store_address = 0x080,
    csr_store_data = 0x084,
    csr_store_commit = 0x09C,
    csr_query_base_lo = 0x0C0,
    csr_query_base_hi = 0x0C4,
    csr_query_tag = 0x0C8,
    csr_query_push = 0x0CC,
    csr_result_status = 0x0E0,
    csr_result_lo = 0x0E4,
    csr_result_hi = 0x0E8,
    csr_result_pop = 0x0EC,
    csr_cycles = 0x100,
    csr_slices = 0x108,
    csr_queries = 0x110,
    csr_stall = 0x140,
    csr_pulse_cswap = 0x180,
    csr_pulse_latch = 0x188,
    csr_pulse_register = 0x190,
    csr_pulse_fetch = 0x198,
    csr_read_bursts = 0x1A0,
    csr_read_beats = 0x1A8,
    csr_read_errors = 0x1B0
};
enum : std::uint32_t { control_enable = 1, control_irq_enable = 8, control_clear_counters = 16 };

// Two would keep the page buffer busy; a few more hide the host's own transfers. Less than the
// depth of the query queue and of the result queue, so that the host never blocks itself.
constexpr std::uint32_t window = 4;

}  // namespace

Host::Host(const brg_platform_config &config, bool load_program) : config_(config) {
    plan_setup(load_program);
}

void Host::write(unsigned address, std::uint32_t data) {
    plan_.push_back({true, static_cast<std::uint16_t>(address), data});
}

void Host::read(unsigned address) {
    plan_.push_back({false, static_cast<std::uint16_t>(address), 0});
}

void Host::read64(unsigned address) {
    read(address);  // latches the high half
    read(address + 4);
}

void Host::plan_setup(bool load_program) {
    const brg_program &program = *config_.program;
    if (load_program) {
        std::uint32_t held[BRG_WORD_LANES] = {};
        write(csr_store_address, 0);
        for (std::uint32_t i = 0; i < program.count; i++) {
            std::uint32_t lanes[BRG_WORD_LANES];
            brg_word_encode(&program.words[i], lanes);
            constexpr std::uint32_t word_bits = 32 * BRG_WORD_LANES;
            const std::uint32_t bit = config_.control_store.corrupt_bit - 1;
            if (config_.control_store.corrupt_bit > 0 && bit / word_bits == i)
                lanes[bit % word_bits / 32] ^= UINT32_C(1) << bit % 32;
            for (unsigned lane = 0; lane < BRG_WORD_LANES; lane++) {
                if (i > 0 && lanes[lane] == held[lane]) continue;  // the register keeps its value
                write(csr_store_data + 4 * lane, lanes[lane]);
                held[lane] = lanes[lane];
            }
            write(csr_store_commit, 1);
        }
    }
    write(csr_geometry,
          program.address_width | program.word_width << 8 | ((1u << program.page_bits) - 1u) << 16);
    write(csr_program, program.count << 16);
    write(csr_watchdog, static_cast<std::uint32_t>(config_.watchdog_cycles));
    write(csr_fault_inject, config_.fault_inject);
    for (unsigned c = 0; c < BRG_CLASS_COUNT; c++)
        write(csr_duration + 4 * c, std::max<std::uint32_t>(1, config_.duration_cycles[c]));
    for (unsigned i = 0; i < 4; i++) write(csr_loop_count + 4 * i, program.loop_count[i]);
    write(csr_query_base_lo, static_cast<std::uint32_t>(config_.page_base));
    write(csr_query_base_hi, static_cast<std::uint32_t>(config_.page_base >> 32));
    write(csr_control, control_enable | control_irq_enable | control_clear_counters);
}

// Decides what comes next when the plan is empty; it may leave the plan empty to wait for the irq.
void Host::plan_queries() {
    const auto taken = static_cast<std::uint32_t>(results_.size());
    answers_.clear();
    reading_result_ = false;
    if (irq_ && taken < pushed_) {
        reading_result_ = true;
        read(csr_result_status);
        if (config_.keep_result_bits) {
            read(csr_result_lo);
            read(csr_result_hi);
        }
        write(csr_result_pop, 1);
    } else if (!stopped_ && pushed_ < config_.queries && pushed_ - taken < window) {
        write(csr_query_tag, pushed_ & 0xffffu);
        write(csr_query_push, 1);
        pushed_++;
    } else if (stopped_ || taken == config_.queries) {
        phase_ = Phase::counters;
        plan_counters();
    }
}

void Host::take_result() {
    if (answers_.empty() || !(answers_[0] >> 31))
        return;  // the irq was that of a result just popped
    HostResult result{};
    result.tag = static_cast<std::uint16_t>(answers_[0]);
    result.status = static_cast<std::uint8_t>(answers_[0] >> 16 & 15u);
    if (answers_.size() >= 3) result.bits = answers_[1] | std::uint64_t{answers_[2]} << 32;
    results_.push_back(result);
    if (result.status != 0) stopped_ = true;
    // A query must come back under its own name, or results would be handed to the wrong one.
    if (result.tag != ((results_.size() - 1) & 0xffffu)) {
        char text[96];
        std::snprintf(text, sizeof text, "host: result %zu has tag %u", results_.size() - 1,
                      static_cast<unsigned>(result.tag));
        error_ = text;
    }
}

void Host::plan_counters() {
    answers_.clear();
    for (unsigned address : {csr_cycles, csr_slices, csr_queries}) read64(address);
    for (unsigned c = 0; c < BRG_CAUSE_COUNT; c++) read64(csr_stall + 8 * c);
    for (unsigned address : {csr_pulse_cswap, csr_pulse_latch, csr_pulse_register, csr_pulse_fetch,
                             csr_read_bursts, csr_read_beats, csr_read_errors})
        read64(address);
}

void Host::take_counters() {
    std::size_t at = 0;
    const auto next = [&] {
        const std::uint64_t value = answers_[at] | std::uint64_t{answers_[at + 1]} << 32;
        at += 2;
        return value;
    };
    brg_platform_counters &c = counters_;
    c.cycles = next();
    c.slices = next();
    c.queries = next();
    for (std::uint64_t &stall : c.stall_cycles) stall = next();
    c.pulse_cswap = next();
    c.pulse_latch_swap = next();
    c.pulse_register_swap = next();
    c.pulse_fetch = next();
    c.read_bursts = next();
    c.read_beats = next();
    c.read_errors = next();
}

bool Host::sample(const brg_rtl_in &in, const brg_rtl_out &out) {
    irq_ = out.irq;
    if (!busy_) return irq_;  // waits for a result
    took_aw_ = in.awvalid && out.awready;
    took_w_ = in.wvalid && out.wready;
    took_ar_ = in.arvalid && out.arready;
    took_b_ = out.bvalid && in.bready;
    took_r_ = out.rvalid && in.rready;
    if (took_r_) answers_.push_back(out.rdata);
    const unsigned resp = took_b_ ? out.bresp : took_r_ ? out.rresp : 0u;
    if (resp != 0) {
        char text[96];
        std::snprintf(text, sizeof text, "host: %s of CSR 0x%03x answered with error %u",
                      took_b_ ? "write" : "read", static_cast<unsigned>(plan_.front().address),
                      resp);
        error_ = text;
    }
    return took_aw_ || took_w_ || took_ar_ || took_b_ || took_r_;
}

void Host::issue(brg_rtl_in &in) {
    const Transfer &t = plan_.front();
    busy_ = true;
    in.bready = true;
    in.rready = true;
    if (t.write) {
        in.awvalid = in.wvalid = true;
        in.awaddr = t.address;
        in.wdata = t.data;
        in.wstrb = 15;
    } else {
        in.arvalid = true;
        in.araddr = t.address;
    }
}

void Host::step(brg_rtl_in &in) {
    if (busy_) {
        if (took_aw_) in.awvalid = false;
        if (took_w_) in.wvalid = false;
        if (took_ar_) in.arvalid = false;
        events_ += took_aw_ || took_w_ || took_ar_;
        if (!took_b_ && !took_r_) return;
        events_++;
        busy_ = false;
        plan_.pop_front();
    }
    if (plan_.empty()) {
        switch (phase_) {
            case Phase::setup:
                phase_ = Phase::queries;
                plan_queries();
                break;
            case Phase::queries:
                if (reading_result_) take_result();
                plan_queries();
                break;
            case Phase::counters:
                take_counters();
                phase_ = Phase::done;
                break;
            case Phase::done:
                break;
        }
    }
    if (!plan_.empty()) issue(in);
}

std::string Host::waiting_for() const {
    char text[96];
    if (busy_)
        std::snprintf(text, sizeof text, "an answer from CSR 0x%03x",
                      static_cast<unsigned>(plan_.front().address));
    else
        std::snprintf(text, sizeof text, "the result of query %zu", results_.size());
    return text;
}

}  // namespace brg
