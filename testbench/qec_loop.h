// SPDX-License-Identifier: Apache-2.0
// The syndromes of a running query as events: rounds of live patches, one queue, decoders in
// parallel, and when each closed patch is decoded. It knows neither SystemC nor the RTL.
#ifndef BRG_TESTBENCH_QEC_LOOP_H
#define BRG_TESTBENCH_QEC_LOOP_H

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "testbench/platform.h"

namespace brg {

// What a decoder needs to know of one life of a patch.
struct QecLife {
    std::uint64_t trajectory = 0;
    std::uint32_t query = 0, qubit = 0, life = 0;
};

// What a decoder says of one layer.
struct QecDecoding {
    std::uint64_t ps = 0;  // that it took, without the fixed latency
    unsigned frame = 0;    // logical correction of the life so far: bit 0 X_L, bit 1 Z_L
    bool update = false;   // a window was committed with this layer
};

// The decoder of a patch. Layers of detection events of a life come in order, each when it ends;
// what they cost is asked later, when the hardware takes them up, in the same order. Another life
// may take the same slot when the one before is corrected.
class QecDecoder {
   public:
    virtual ~QecDecoder() = default;
    virtual void restart() {}  // every slot is free
    virtual void open(std::size_t slot, const QecLife &life) = 0;
    // A layer ends; last: that of the closing measurement.
    virtual void layer(std::size_t slot, bool last) = 0;
    // The oldest layer that was not yet taken up.
    virtual QecDecoding decode(std::size_t slot) = 0;
    // Of a closed life: its raw logical flips XOR its correction, bit 0 X_L, bit 1 Z_L; 0 where the
    // decoder knows none.
    virtual unsigned residual(std::size_t) const { return 0; }
    // brg_qec_decoder.state_o of the slower basis, so long after the layer in work was taken up;
    // 0: idle, or no such thing.
    virtual unsigned state(std::size_t, std::uint64_t) const { return 0; }
    // When that changes next, in the same time, later than the time given; UINT64_MAX: not again.
    virtual std::uint64_t state_change_ps(std::size_t, std::uint64_t) const { return UINT64_MAX; }
    virtual void statistics(brg_qec_statistics &) const {}
    // One sentence when the decoder failed since the restart, else empty.
    virtual std::string fault() const { return {}; }
};

// A fixed time for each layer.
class QecServiceTime : public QecDecoder {
   public:
    explicit QecServiceTime(std::uint64_t layer_ps) : layer_ps_(layer_ps) {}
    void open(std::size_t, const QecLife &) override {}
    void layer(std::size_t, bool) override {}
    QecDecoding decode(std::size_t) override { return {layer_ps_, 0, false}; }

   private:
    std::uint64_t layer_ps_;
};

// A bit for each register qubit: qubit q is bit q % 64 of word q / 64.
using QecMask = std::array<std::uint64_t, 2>;

// The loop at one time, as waves show it.
struct QecView {
    QecMask live{}, awaited{};     // patches that live; that entered and are not decoded
    QecMask frame_x{}, frame_z{};  // correction returned so far of each qubit's latest life
    std::uint64_t fifo_level = 0;  // layers between their end and their correction
    std::uint64_t held = 0;        // layers that found the queue full and wait at their patch
    std::uint32_t decoding = 0;    // decoders at work
    std::uint32_t patch = 0;       // that the busy decoder of the lowest number works on, or 0
    std::uint32_t state = 0;       // brg_qec_decoder.state_o of that decoder, or 0
    std::uint64_t updates = 0;     // frame updates returned so far
    std::uint64_t overflows = 0;   // layers that found the queue full so far
};

// A closed life of the running query.
struct QecClosed {
    bool known = false;  // closed, in this query
    std::uint64_t rounds = 0;
    unsigned residual = 0;  // as QecDecoder::residual
};

// Times of calls never decrease. Events of one time happen in this order: a correction returns, a
// decoder gets free, patches open, rounds end in the order of their patches, the query ends.
class QecLoop {
   public:
    struct Setup {
        std::uint32_t qubits = 0;  // address register, then bus
        std::uint64_t round_ps = 1;
        std::uint64_t latency_ps = 0;  // from the end of the decoding to the correction
        std::uint32_t decoders = 1;
        std::uint32_t fifo_depth = 1;  // layers between their end and their correction
        std::uint64_t most_layers = UINT64_C(1) << 23;  // between their end and their correction
        std::uint64_t trajectory = 0;
        bool decoded = true;  // false: nobody decodes, patches only live
    };

    // Forgets everything; the decoder is borrowed, NULL when nobody decodes.
    void start(const Setup &setup, QecDecoder *decoder);
    void begin(std::uint64_t ps);                       // a query: every patch opens
    void enter(std::uint32_t qubit, std::uint64_t ps);  // closes, if it lives
    void leave(std::uint32_t qubit, std::uint64_t ps);  // opens then, unless it lives
    void end(std::uint64_t ps);                         // all close; nobody waits for these
    // The query will end then: what comes later in time finds it ended.
    void end_at(std::uint64_t ps) { ending_ps_ = ps; }
    // Whether every patch that entered the tree is decoded at this time.
    bool ready(std::uint64_t ps);
    // While it is not: when that can change next, at the earliest.
    std::uint64_t change_ps() const;
    // The patch that entered first of those that are not decoded; 0 when there is none.
    std::uint32_t waiting_for() const;
    // The loop at this time, which no later call may precede. Valid until the next call.
    const QecView &view(std::uint64_t ps);
    // When that can change next, at the earliest, unless something is called.
    std::uint64_t view_change_ps() const;
    // Life 0 of a qubit: up to its first entry, or to the end; 1: the latest one after that.
    QecClosed closed(std::uint32_t qubit, std::uint32_t life) const;
    std::uint32_t query() const { return query_; }
    // Whether more than Setup::most_layers wait for their correction: the decoders do not keep up,
    // and as waits make more rounds it only gets worse. No more rounds are made then.
    bool hopeless() const { return hopeless_; }
    void statistics(brg_qec_statistics &out);
    std::uint64_t events() const { return events_; }  // so far; a measure of progress

   private:
    static constexpr std::size_t none = SIZE_MAX;
    struct Stream {
        std::uint32_t qubit = 0, life = 0;
        std::uint64_t serial = 0;  // number of this life in the run
        bool closed = false, awaited = false, busy = false;
        std::uint64_t rounds = 0, layers = 0, returned = 0;
        std::uint64_t closed_ps = 0;
        std::deque<std::pair<std::uint64_t, bool>> queued;  // number and `last` of layers that wait
    };
    struct Layer {
        std::size_t slot;
        bool last;
    };
    struct Work {
        std::uint64_t ps, number;
        std::size_t slot;
        bool last;
        QecDecoding decoding;
        std::uint32_t worker;
        bool operator>(const Work &o) const { return ps != o.ps ? ps > o.ps : number > o.number; }
    };
    struct Worker {
        bool busy = false;
        std::size_t slot = 0;
        std::uint64_t since_ps = 0;
    };
    using Heap = std::priority_queue<Work, std::vector<Work>, std::greater<Work>>;

    void advance(std::uint64_t ps);
    std::uint64_t next_ps() const;
    const Worker *shown() const;
    void open(std::uint32_t qubit, std::uint64_t ps);
    void close(std::uint32_t qubit, std::uint64_t ps, bool awaited);
    void close_all(std::uint64_t ps);
    void round(std::uint32_t qubit, std::uint64_t ps);
    void produce(std::size_t slot, bool last);
    void admit(const Layer &layer);
    void dispatch(std::uint64_t ps);
    void correct(const Work &work);
    void decoded(const Work &work, std::uint64_t ps);
    std::size_t take_slot();

    Setup setup_;
    QecDecoder *decoder_ = nullptr;
    std::vector<Stream> streams_;
    std::vector<std::size_t> free_slots_;
    std::vector<std::size_t> live_;                            // slot of each qubit's life, or none
    std::vector<std::uint32_t> lives_;                         // of each qubit in this query
    std::set<std::pair<std::uint64_t, std::uint32_t>> ticks_;  // end of the next round, qubit
    std::deque<std::pair<std::uint64_t, std::uint32_t>> opening_;
    std::deque<Layer> held_;                                     // the queue had no room for them
    std::set<std::pair<std::uint64_t, std::size_t>> startable_;  // oldest layer of idle streams
    Heap decoding_, returning_;
    std::vector<Worker> workers_;            // busy or not
    std::set<std::uint32_t> free_decoders_;  // their numbers
    std::uint64_t in_queue_ = 0, number_ = 0, now_ = 0, events_ = 0;
    std::uint32_t query_ = 0;
    bool begun_ = false, hopeless_ = false;
    std::uint64_t ending_ps_ = UINT64_MAX;          // of the running query, once it is known
    std::vector<std::array<QecClosed, 2>> closed_;  // by qubit
    std::vector<std::uint64_t> latest_;             // serial of each qubit's latest life
    std::uint64_t serial_ = 0;
    QecView view_;
    std::deque<std::size_t> awaited_;  // slots, in the order of their closing
    brg_qec_statistics statistics_{};
    std::vector<std::uint64_t> reactions_ps_;
};

}  // namespace brg
#endif
