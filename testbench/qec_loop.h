// SPDX-License-Identifier: Apache-2.0
// The syndromes of a running query as events: rounds of live patches, one queue, decoders in
// parallel, and when each closed patch is decoded. It knows neither SystemC nor the RTL.
#ifndef BRG_TESTBENCH_QEC_LOOP_H
#define BRG_TESTBENCH_QEC_LOOP_H

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include "testbench/platform.h"

namespace brg {

// What a decoder needs to know of one life of a patch.
struct QecLife {
    std::uint64_t trajectory = 0;
    std::uint32_t query = 0, qubit = 0, life = 0;
};

// The decoder of a patch: how long a layer of detection events takes. Layers of a life come in
// order, one at a time; another life may take the same slot when the one before has closed.
class QecDecoder {
   public:
    virtual ~QecDecoder() = default;
    virtual void restart() {}  // every slot is free
    virtual void open(std::size_t slot, const QecLife &life) = 0;
    // The next layer; last: that of the closing measurement. In ps, without the fixed latency.
    virtual std::uint64_t decode_ps(std::size_t slot, bool last) = 0;
    virtual void statistics(brg_qec_statistics &) const {}
};

// A fixed time for each layer.
class QecServiceTime : public QecDecoder {
   public:
    explicit QecServiceTime(std::uint64_t layer_ps) : layer_ps_(layer_ps) {}
    void open(std::size_t, const QecLife &) override {}
    std::uint64_t decode_ps(std::size_t, bool) override { return layer_ps_; }

   private:
    std::uint64_t layer_ps_;
};

// Times of calls never decrease. Events of one time happen in this order: a correction returns, a
// decoder gets free, patches open, rounds end in the order of their patches.
class QecLoop {
   public:
    struct Setup {
        std::uint32_t qubits = 0;  // address register, then bus
        std::uint64_t round_ps = 1;
        std::uint64_t latency_ps = 0;  // from the end of the decoding to the correction
        std::uint32_t decoders = 1;
        std::uint32_t fifo_depth = 1;  // layers between their end and their correction
        std::uint64_t trajectory = 0;
        bool decoded = true;  // false: nobody decodes, patches only live
    };

    // Forgets everything; the decoder is borrowed, NULL when nobody decodes.
    void start(const Setup &setup, QecDecoder *decoder);
    void begin(std::uint64_t ps);                       // a query: every patch opens
    void enter(std::uint32_t qubit, std::uint64_t ps);  // closes, if it lives
    void leave(std::uint32_t qubit, std::uint64_t ps);  // opens then, unless it lives
    void end(std::uint64_t ps);                         // all close; nobody waits for these
    // Whether every patch that entered the tree is decoded at this time.
    bool ready(std::uint64_t ps);
    // While it is not: when that can change next, at the earliest.
    std::uint64_t change_ps() const;
    // The patch that entered first of those that are not decoded; 0 when there is none.
    std::uint32_t waiting_for() const;
    void statistics(brg_qec_statistics &out);
    std::uint64_t events() const { return events_; }  // so far; a measure of progress

   private:
    static constexpr std::size_t none = SIZE_MAX;
    struct Stream {
        std::uint32_t qubit = 0;
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
        bool operator>(const Work &o) const { return ps != o.ps ? ps > o.ps : number > o.number; }
    };
    using Heap = std::priority_queue<Work, std::vector<Work>, std::greater<Work>>;

    void advance(std::uint64_t ps);
    std::uint64_t next_ps() const;
    void open(std::uint32_t qubit, std::uint64_t ps);
    void close(std::uint32_t qubit, std::uint64_t ps, bool awaited);
    void round(std::uint32_t qubit, std::uint64_t ps);
    void produce(std::size_t slot, bool last);
    void admit(const Layer &layer);
    void dispatch(std::uint64_t ps);
    void correct(const Work &work);
    void decoded(std::size_t slot, std::uint64_t ps);
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
    std::uint32_t free_decoders_ = 0;
    std::uint64_t in_queue_ = 0, number_ = 0, now_ = 0, events_ = 0;
    std::uint32_t query_ = 0;
    bool begun_ = false;
    std::deque<std::size_t> awaited_;  // slots, in the order of their closing
    brg_qec_statistics statistics_{};
    std::vector<std::uint64_t> reactions_ps_;
};

}  // namespace brg
#endif
