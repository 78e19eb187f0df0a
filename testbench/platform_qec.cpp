// SPDX-License-Identifier: Apache-2.0
// Which patch opens and closes with which slice.
#include "testbench/platform_qec.h"

#include "testbench/rtl_qec.h"

namespace brg {

namespace {

bool valid(const brg_platform_qec &q) {
    if (q.decoder < BRG_QEC_DECODER_RTL || q.decoder > BRG_QEC_DECODER_NONE) return false;
    if (q.round_ps < 1 || q.round_ps > 1000000000000000u) return false;
    if (q.latency_ps > 1000000000000000u || q.per_round_ps > 1000000000000000u) return false;
    if (q.decoders < 1 || q.decoders > 1024) return false;
    if (q.fifo_depth < 1 || q.fifo_depth > 1u << 20) return false;
    return q.decoder != BRG_QEC_DECODER_RTL || (q.decoder_khz >= 1 && q.decoder_khz <= 10000000u);
}

}  // namespace

int PlatformQec::create(const brg_platform_config &config) {
    const brg_platform_qec &q = config.qec;
    enabled_ = q.enabled;
    if (!enabled_) return BRG_OK;
    if (!valid(q)) return BRG_EINVAL;
    program_ = std::make_unique<brg_program>(*config.program);
    const brg_program &p = *program_;
    qram_ = {p.routers, p.address_width, p.word_width, p.page_bits};
    // A slice waits for every patch that is closed and not decoded. That is the wait for the qubits
    // that it works on: the slice after an entry always touches what entered (docs/qec_loop.md).
    for (std::uint32_t i = 0; i < p.count; i++)
        program_->words[i].wait_mask |= static_cast<std::uint8_t>(BRG_WAIT_DECODER);
    setup_.qubits = brg_table_width(&qram_) + qram_.word_width;
    setup_.round_ps = q.round_ps;
    setup_.latency_ps = q.latency_ps;
    setup_.decoders = q.decoders;
    setup_.fifo_depth = q.fifo_depth;
    setup_.decoded = q.decoder != BRG_QEC_DECODER_NONE;
    if (q.decoder == BRG_QEC_DECODER_RTL) return make_rtl_decoder(decoder_, q, config.diag);
    decoder_ = std::make_unique<QecServiceTime>(q.per_round_ps);
    return BRG_OK;
}

void PlatformQec::start(const Clock *control, std::uint64_t trajectory) {
    control_ = control;
    cycle_ps_ = 0;
    setup_.trajectory = trajectory;
    loop_.start(setup_, decoder_.get());
}

// The cycle after the call is the first that the query counts.
void PlatformQec::begin() {
    loop_.begin(control_->time());
}

void PlatformQec::slice(const brg_plant_slice &slice) {
    brg_control_word word{};
    (void)brg_word_decode(slice.word, &word);  // the index bases are added: its parity is void
    const brg_slice_ops &o = word.ops;
    const std::uint32_t bus = brg_table_width(&qram_);
    const std::uint64_t end_ps = control_->time_after(slice.duration_cycles - 1);
    if (o.a_in >= 0) loop_.enter(brg_routed_qubit(&qram_, o.a_in), cycle_ps_);
    // A bus qubit whose swaps are controlled on the page enters with its first one and has left
    // when the last page went out.
    if (o.d_in >= 0) loop_.enter(bus + static_cast<std::uint32_t>(o.d_in), cycle_ps_);
    if (o.a_out >= 0) loop_.leave(brg_routed_qubit(&qram_, o.a_out), end_ps);
    if (o.d_out >= 0 &&
        (o.d_out_page < 0 || static_cast<std::uint32_t>(o.d_out_page) + 1 == brg_pages(&qram_)))
        loop_.leave(bus + static_cast<std::uint32_t>(o.d_out), end_ps);
}

// The measurement of the bus ends the query; without one, its end does.
void PlatformQec::readout() {
    loop_.end(cycle_ps_);
}

void PlatformQec::end() {
    loop_.end(cycle_ps_);
}

}  // namespace brg
