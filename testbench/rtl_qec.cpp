// SPDX-License-Identifier: Apache-2.0
// Sampled syndromes through the verilated units, layer by layer.
#include "testbench/rtl_qec.h"

#include <verilated.h>

#include <algorithm>
#include <deque>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "Vbrg_qec_unit_d3_b0.h"
#include "Vbrg_qec_unit_d3_b1.h"
#include "Vbrg_qec_unit_d5_b0.h"
#include "Vbrg_qec_unit_d5_b1.h"
#include "Vbrg_qec_unit_d7_b0.h"
#include "Vbrg_qec_unit_d7_b1.h"
#include "model/ecc/rtl_decoder.h"
#include "model/ecc/rtl_tables.h"

namespace brg {

namespace {

constexpr std::uint32_t quiet_forever = UINT32_MAX;
// A window is decoded in fewer cycles than this; beyond it the unit hangs.
constexpr std::uint64_t most_cycles = 100000;

// States of a decoder, one after the other, each with the cycle in which it begins.
using Trace = std::vector<std::pair<std::uint64_t, unsigned>>;

// What a unit does with one layer.
struct Layer {
    std::uint64_t cycles = 0;         // until the next layer can come; most_cycles: it hangs
    bool update = false;              // a window was decoded
    std::uint64_t decode_cycles = 0;  // of that decode, as the hardware counts them
    unsigned frame = 0;               // frame_observable_o of the life so far: {last, first} row
    Trace trace;                      // only with an update
};

class Unit {
   public:
    virtual ~Unit() = default;
    virtual void clear() = 0;
    // A layer of raw outcomes.
    virtual Layer layer(std::uint64_t outcomes, bool last) = 0;
};

template <typename Model>
class VerilatedUnit : public Unit {
   public:
    VerilatedUnit() {
        Verilated::threadContextp(&context_);
        context_.fatalOnError(false);
        context_.randReset(0);
        top_ = std::make_unique<Model>(&context_, "TOP");
        top_->rst_ni = 0;
        top_->depth_i = depth;
        top_->back_pressure_i = 1;
        top_->update_ready_i = 1;
        cycle();
        cycle();
        top_->rst_ni = 1;
    }
    ~VerilatedUnit() override {
        Verilated::threadContextp(&context_);
        top_->final();
    }
    void clear() override {
        Verilated::threadContextp(&context_);
        top_->clear_i = 1;
        top_->in_valid_i = 0;
        cycle();
        top_->clear_i = 0;
    }
    Layer layer(std::uint64_t outcomes, bool last) override {
        Verilated::threadContextp(&context_);
        Model &m = *top_;
        using Syndrome = std::remove_reference_t<decltype(m.in_syndrome_i)>;
        Layer done;
        m.in_valid_i = 1;
        m.in_last_i = last;
        m.in_syndrome_i = static_cast<Syndrome>(outcomes);
        for (; done.cycles < most_cycles; done.cycles++) {
            settle();
            if (!m.in_valid_i && m.quiet_cycles_o == quiet_forever) break;
            const unsigned state = m.decoder_state_o;
            if (state != (done.trace.empty() ? 0u : done.trace.back().second))
                done.trace.emplace_back(done.cycles, state);
            if (m.update_valid_o) {
                done.update = true;
                done.decode_cycles = m.update_cycles_o;
                done.frame = m.frame_observable_o;
            }
            const bool taken = m.in_valid_i && m.in_ready_o;
            edge();
            if (taken) m.in_valid_i = 0;
        }
        return done;
    }

   private:
    static constexpr unsigned depth = 2;
    void settle() {
        top_->clk_i = 0;
        top_->eval();
    }
    void edge() {
        top_->clk_i = 1;
        top_->eval();
    }
    void cycle() {
        settle();
        edge();
    }
    VerilatedContext context_;
    std::unique_ptr<Model> top_;
};

std::unique_ptr<Unit> make_unit(std::uint32_t distance, unsigned basis) {
    switch (distance * 2 + basis) {
        case 6:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d3_b0>>();
        case 7:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d3_b1>>();
        case 10:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d5_b0>>();
        case 11:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d5_b1>>();
        case 14:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d7_b0>>();
        case 15:
            return std::make_unique<VerilatedUnit<Vbrg_qec_unit_d7_b1>>();
        default:
            return nullptr;
    }
}

struct DestroyModel {
    void operator()(brg_patch_model *m) const { brg_patch_model_destroy(&m); }
};
struct DestroyStream {
    void operator()(brg_rtl_stream *s) const { brg_rtl_stream_destroy(&s); }
};
struct DestroyLife {
    void operator()(brg_patch_life *l) const { brg_patch_life_destroy(&l); }
};

class RtlDecoder : public QecDecoder {
   public:
    RtlDecoder(const brg_platform_qec &config, brg_patch_model *model)
        : distance_(config.patch.distance),
          khz_(config.decoder_khz),
          corrupt_layer_(config.corrupt_layer),
          model_(model) {}

    void restart() override {
        count_ = {};
        fault_.clear();
    }
    void open(std::size_t slot, const QecLife &life) override {
        if (slot >= slots_.size()) slots_.resize(slot + 1);
        Slot &s = slots_[slot];
        if (!s.life) {
            brg_patch_life *made = nullptr;
            if (brg_patch_life_new(&made, model_.get()) != BRG_OK) throw std::bad_alloc();
            s.life.reset(made);
            for (unsigned b = 0; b < BRG_PATCH_BASES; b++) {
                brg_rtl_stream *stream = nullptr;
                if (brg_rtl_stream_of_unit(&stream, distance_, b) != BRG_OK) throw std::bad_alloc();
                s.stream[b].reset(stream);
                s.unit[b] = make_unit(distance_, b);
            }
        }
        s.key = life;
        s.layers = 0;
        s.flips = s.frame = 0;
        s.decoded.clear();
        s.work = {};
        const brg_patch_key key = {life.trajectory, life.query, life.qubit, life.life};
        brg_patch_open(s.life.get(), &key);
        for (unsigned b = 0; b < BRG_PATCH_BASES; b++) {
            s.unit[b]->clear();
            brg_rtl_stream_clear(s.stream[b].get());
            s.outcomes[b] = 0;
        }
    }
    void layer(std::size_t slot, bool last) override {
        Slot &s = slots_[slot];
        std::uint64_t events[BRG_PATCH_BASES][2] = {};
        const int status = last ? brg_patch_close(s.life.get(), events, &s.flips)
                                : brg_patch_round(s.life.get(), events);
        if (status != BRG_OK) throw std::runtime_error(brg_strerror(status));
        Decoded all;
        for (unsigned b = 0; b < BRG_PATCH_BASES; b++) {
            // The unit takes outcomes, of which the events are the differences.
            s.outcomes[b] ^= events[b][0];
            const std::uint64_t wrong = s.layers + 1 == corrupt_layer_ ? 1 : 0;
            Layer one = s.unit[b]->layer(s.outcomes[b] ^ wrong, last);
            compare(s, b, one, events[b], last);
            if (one.update) {
                count_.decodes++;
                count_.decode_cycles += one.decode_cycles;
                count_.decode_cycles_max = std::max(count_.decode_cycles_max, one.decode_cycles);
                s.frame = (s.frame & ~(1u << b)) | logical_of(one.frame, b) << b;
                all.update = true;
            }
            if (b == 0 || one.cycles > all.cycles) {
                all.cycles = one.cycles;
                all.trace = std::move(one.trace);
            }
        }
        all.frame = s.frame;
        s.layers++;
        s.decoded.push_back(std::move(all));
    }
    QecDecoding decode(std::size_t slot) override {
        Slot &s = slots_[slot];
        s.work = std::move(s.decoded.front());
        s.decoded.pop_front();
        const wide ps = static_cast<wide>(s.work.cycles) * 1000000000u / khz_;
        return {static_cast<std::uint64_t>(ps), s.work.frame, s.work.update};
    }
    unsigned residual(std::size_t slot) const override {
        return slots_[slot].flips ^ slots_[slot].frame;
    }
    unsigned state(std::size_t slot, std::uint64_t since_ps) const override {
        const auto cycle =
            static_cast<std::uint64_t>(static_cast<wide>(since_ps) * khz_ / 1000000000u);
        unsigned now = 0;
        for (const auto &[begin, state] : slots_[slot].work.trace)
            if (begin <= cycle) now = state;
        return now;
    }
    std::uint64_t state_change_ps(std::size_t slot, std::uint64_t since_ps) const override {
        for (const auto &[begin, state] : slots_[slot].work.trace) {
            const wide ps = (static_cast<wide>(begin) * 1000000000u + khz_ - 1) / khz_;
            if (ps > since_ps) return static_cast<std::uint64_t>(ps);
        }
        return UINT64_MAX;
    }
    std::string fault() const override { return fault_; }
    void statistics(brg_qec_statistics &out) const override {
        out.decodes = count_.decodes;
        out.decode_cycles = count_.decode_cycles;
        out.decode_cycles_max = count_.decode_cycles_max;
    }

   private:
    __extension__ using wide = unsigned __int128;
    struct Decoded {
        std::uint64_t cycles = 0;  // of the slower basis, and its trace
        Trace trace;
        unsigned frame = 0;
        bool update = false;
    };
    struct Slot {
        QecLife key;
        std::unique_ptr<brg_patch_life, DestroyLife> life;
        std::unique_ptr<Unit> unit[BRG_PATCH_BASES];
        std::uint64_t outcomes[BRG_PATCH_BASES] = {};
        std::unique_ptr<brg_rtl_stream, DestroyStream> stream[BRG_PATCH_BASES];  // the model in C
        std::uint64_t layers = 0;                                                // so far
        unsigned flips = 0, frame = 0;  // raw logical flips and correction: bit 0 X_L, bit 1 Z_L
        std::deque<Decoded> decoded;    // layers that were not taken up
        Decoded work;                   // that which was taken up last
    };
    // Each basis protects the logical operator along one row of its data.
    static unsigned logical_of(unsigned rows, unsigned basis) {
        return rows >> brg_qec_rtl_observable(basis == 1) & 1u;
    }
    // The hardware against its model in C: windows, corrections and cycles.
    void compare(const Slot &s, unsigned basis, const Layer &rtl, const std::uint64_t events[2],
                 bool last) {
        brg_rtl_update model;
        brg_rtl_stream_layer(s.stream[basis].get(), events, last, &model);
        if (rtl.cycles >= most_cycles) {
            fail(s, "did not end");
        } else if (rtl.update != model.update ||
                   (rtl.update &&
                    (rtl.frame != model.frame || rtl.decode_cycles != model.cycles))) {
            const auto say = [&](bool update, std::uint64_t cycles, unsigned frame) {
                return update ? "correction " + std::to_string(logical_of(frame, basis)) + " in " +
                                    std::to_string(cycles) + " cycles"
                              : std::string("no correction");
            };
            fail(s, "does not agree with its model in C in layer " + std::to_string(s.layers) +
                        " of the " + (basis == 0 ? "Z" : "X") + " checks (" +
                        say(rtl.update, rtl.decode_cycles, rtl.frame) + ", expected " +
                        say(model.update, model.cycles, model.frame) + ")");
        }
    }
    // The first fault is the one that is told.
    void fail(const Slot &s, const std::string &what) {
        if (!fault_.empty()) return;
        fault_ = "the decoder in RTL " + what + ": trajectory " + std::to_string(s.key.trajectory) +
                 ", query " + std::to_string(s.key.query) + ", qubit " +
                 std::to_string(s.key.qubit) + ", life " + std::to_string(s.key.life);
    }
    std::uint32_t distance_;
    std::uint64_t khz_, corrupt_layer_;
    // Lives refer to the model, so they go first.
    std::unique_ptr<brg_patch_model, DestroyModel> model_;
    std::vector<Slot> slots_;
    brg_qec_statistics count_{};
    std::string fault_;
};

}  // namespace

int make_rtl_decoder(std::unique_ptr<QecDecoder> &out, const brg_platform_qec &config,
                     brg_diag *diag) {
    const std::uint32_t d = config.patch.distance;
    if (d != 3 && d != 5 && d != 7) return BRG_EINVAL;
    brg_patch_model *model = nullptr;
    const int e = brg_patch_model_new(&model, &config.patch, diag);
    if (e == BRG_OK) out = std::make_unique<RtlDecoder>(config, model);
    return e;
}

}  // namespace brg
