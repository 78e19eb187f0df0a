// SPDX-License-Identifier: Apache-2.0
// Which patch opens and closes with which slice.
#include "testbench/platform_qec.h"

#include "testbench/recorder.h"
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

// Slices that each query runs, 0 when flags decide or it does not halt; last_out: [word_width], the
// last one that takes each bus qubit out.
std::uint64_t slices_of(const brg_program &p, std::vector<std::uint64_t> &last_out) {
    std::uint64_t slices = 0;
    std::uint32_t pc = 0, iteration[4] = {};
    last_out.assign(p.word_width, 0);
    for (std::uint64_t steps = 0; steps < 2u * BRG_MOST_QUERY_SLICES && pc < p.count; steps++) {
        const brg_control_word &w = p.words[pc];
        slices += brg_word_is_slice(&w);
        if (w.ops.d_out >= 0) {
            const std::uint32_t base = w.index_base ? iteration[w.index_base - 1] : 0;
            const std::uint32_t bit = static_cast<std::uint32_t>(w.ops.d_out) + base;
            if (bit < p.word_width) last_out[bit] = slices;
        }
        if (w.next == BRG_NEXT_HALT) return slices;
        if (w.next == BRG_NEXT_BRANCH) return 0;
        bool taken = w.next == BRG_NEXT_JUMP;
        if (w.next == BRG_NEXT_LOOP) {
            std::uint32_t &i = iteration[w.loop & 3u];
            taken = i + 1u < p.loop_count[w.loop & 3u];
            i = taken ? i + 1u : 0u;
        }
        pc = taken ? w.target : pc + 1u;
    }
    return 0;
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
    slices_ = slices_of(p, last_out_);
    khz_ = config.clock_khz;
    setup_.qubits = brg_table_width(&qram_) + qram_.word_width;
    setup_.round_ps = q.round_ps;
    setup_.latency_ps = q.latency_ps;
    setup_.decoders = q.decoders;
    setup_.fifo_depth = q.fifo_depth;
    setup_.decoded = q.decoder != BRG_QEC_DECODER_NONE;
    corrects_ = q.decoder == BRG_QEC_DECODER_RTL;
    logical_ = {pauli, this, 0.0, nullptr};
    if (corrects_) return make_rtl_decoder(decoder_, q, config.diag);
    decoder_ = std::make_unique<QecServiceTime>(q.per_round_ps);
    return BRG_OK;
}

void PlatformQec::start(const Clock *control, std::uint64_t trajectory) {
    control_ = control;
    begun_ = false;
    origin_ = end_ps_ = 0;
    fault_.clear();
    setup_.trajectory = trajectory;
    loop_.start(setup_, decoder_.get());
}

// The life is closed by then: the loop hears of a slice and of the end before the trajectory does.
unsigned PlatformQec::pauli(void *user, std::uint64_t trajectory, std::uint32_t query,
                            std::uint32_t qubit, std::uint32_t life, std::uint64_t begin_ps,
                            std::uint64_t end_ps) {
    PlatformQec &q = *static_cast<PlatformQec *>(user);
    const QecClosed closed = q.loop_.closed(qubit, life);
    const std::uint64_t rounds = end_ps > begin_ps ? (end_ps - begin_ps) / q.setup_.round_ps : 0;
    const bool same = closed.known && closed.rounds == rounds && query == q.loop_.query() &&
                      trajectory == q.setup_.trajectory;
    if (same) return closed.residual;
    if (q.fault_.empty())
        q.fault_ = "a patch beside the hardware is not that of the timeline: trajectory " +
                   std::to_string(trajectory) + ", query " + std::to_string(query) + ", qubit " +
                   std::to_string(qubit) + ", life " + std::to_string(life) + " has " +
                   (closed.known ? std::to_string(closed.rounds) : std::string("no")) +
                   " rounds there and " + std::to_string(rounds) + " here";
    return 0;
}

std::string PlatformQec::fault() const {
    if (!fault_.empty() || !decoder_) return fault_;
    if (loop_.hopeless())
        return "the decoder cannot keep up: more than " + std::to_string(setup_.most_layers) +
               " rounds wait for it in query " + std::to_string(loop_.query()) +
               "; less time in the decoder, more qec.decoders, a larger qec.fifo_depth or a longer "
               "qec.round_ns help";
    return decoder_->fault();
}

std::uint64_t PlatformQec::time_of(std::uint64_t cycle) const {
    return begun_ && cycle > origin_ ? brg_edge_ps(cycle - origin_, khz_) : 0;
}

std::uint64_t PlatformQec::platform_ps(std::uint64_t change) const {
    if (change == UINT64_MAX) return change;
    __extension__ using wide = unsigned __int128;
    // The first cycle that begins at that time or later begins with the edge before it.
    const wide cycles = (static_cast<wide>(change) * khz_ + 999999999u) / 1000000000u;
    const std::uint64_t edge = origin_ + static_cast<std::uint64_t>(cycles) - 1;
    return edge > control_->edges() ? control_->time_after(edge - control_->edges())
                                    : control_->time();
}

brg_rtl_qec_view PlatformQec::shown() {
    const QecView &v = view();
    const std::uint32_t bus = brg_table_width(&qram_);
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto split = [&](const QecMask &mask, std::uint32_t &address, std::uint32_t to[2]) {
        const std::uint64_t bits = mask[0] >> bus | mask[1] << (64 - bus);
        address = low(mask[0] & ((UINT64_C(1) << bus) - 1));
        to[0] = low(bits);
        to[1] = low(bits >> 32);
    };
    brg_rtl_qec_view out{};
    split(v.live, out.live_address, out.live_bus);
    split(v.awaited, out.awaited_address, out.awaited_bus);
    split(v.frame_x, out.frame_x_address, out.frame_x_bus);
    split(v.frame_z, out.frame_z_address, out.frame_z_bus);
    out.fifo_level = low(v.fifo_level);
    out.held = low(v.held);
    out.decoders_busy = v.decoding;
    out.patch = v.patch;
    out.decoder_state = v.state;
    out.updates = low(v.updates);
    out.overflows = low(v.overflows);
    return out;
}

// The cycle after the call is the first that the query counts.
void PlatformQec::begin() {
    const std::uint64_t cycle = control_->edges() + 1;
    if (!begun_) origin_ = cycle;
    begun_ = true;
    loop_.begin(time_of(cycle));
}

void PlatformQec::slice(const brg_plant_slice &slice) {
    brg_control_word word{};
    (void)brg_word_decode(slice.word, &word);  // the index bases are added: its parity is void
    const brg_slice_ops &o = word.ops;
    const std::uint32_t bus = brg_table_width(&qram_);
    const std::uint64_t cycle = control_->edges(), start_ps = time_of(cycle);
    end_ps_ = time_of(cycle + slice.duration_cycles);
    if (o.a_in >= 0) loop_.enter(brg_routed_qubit(&qram_, o.a_in), start_ps);
    if (o.d_in >= 0) loop_.enter(bus + static_cast<std::uint32_t>(o.d_in), start_ps);
    if (o.a_out >= 0) loop_.leave(brg_routed_qubit(&qram_, o.a_out), end_ps_);
    // A bus qubit whose swaps are controlled on the page entered with its first one and has left
    // when the last page went out.
    if (o.d_out >= 0) {
        const auto bit = static_cast<std::uint32_t>(o.d_out);
        const auto page = static_cast<std::uint32_t>(o.d_out_page);
        if (o.d_out_page < 0 ||
            (slices_ ? slice.slice == last_out_[bit] : page + 1 == brg_pages(&qram_)))
            loop_.leave(bus + bit, end_ps_);
    }
    // Patches end with the last slice, even when the readout follows some cycles later.
    if (slice.slice == slices_) loop_.end_at(end_ps_);
}

void PlatformQec::readout() {
    loop_.end(end_ps_);
}

void PlatformQec::end() {
    loop_.end(end_ps_);
}

}  // namespace brg
