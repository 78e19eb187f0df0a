// SPDX-License-Identifier: Apache-2.0
// From the AXI4 read channels of the verilated model to TLM-2.0 transactions and back.
#ifndef BRG_TESTBENCH_AXI_PORT_H
#define BRG_TESTBENCH_AXI_PORT_H

#include <tlm_utils/simple_initiator_socket.h>

#include <array>
#include <cstdint>
#include <systemc>
#include <tlm>

#include "testbench/memory_tier.h"
#include "testbench/rtl_system.h"

namespace brg {

// Every read that is accepted goes to a worker thread of its own, because a target may call
// wait(); the answers are given to the bus in the order of the requests. All calls but the
// workers' come from the one thread that owns the model, so nothing here needs a lock.
class AxiPort : public sc_core::sc_module {
   public:
    static constexpr unsigned slots = 16;  // reads in flight
    tlm_utils::simple_initiator_socket<AxiPort> socket;

    explicit AxiPort(const sc_core::sc_module_name &name);
    ~AxiPort() override;

    bool ready() const { return count_ < slots; }
    bool pending() const { return count_ > 0; }
    // True while the time of an answer is not known; the model must not run ahead then.
    bool unknown() const { return unanswered_ > 0; }
    // Beats and requests so far.
    std::uint64_t events() const { return events_; }

    // Hands the request on the AR channel to a worker, which begins the transaction at time_ps
    // and after everything else that happens at that time, so that the order of requests at equal
    // times does not depend on how far the model had run ahead.
    void request(const brg_rtl_out &out, std::uint64_t time_ps);
    // Triggered when an answer gets known.
    const sc_core::sc_event &answered() const { return answer_; }
    // Lets everything else that is due at this time happen first.
    static void quiesce() {
        while (sc_core::sc_pending_activity_at_current_time()) sc_core::wait(sc_core::SC_ZERO_TIME);
    }
    // When the next beat is to be on the R channel: at the first edge at or after this time.
    std::uint64_t due_ps() const { return due_ps_; }
    // Of the oldest read that is on its way at time_ps: address, and what its target does. Without
    // a read `waiting` is false.
    struct Status {
        bool waiting;
        bool known;      // the target has told when its data come
        bool contended;  // and serves another initiator meanwhile
        std::uint64_t address;
        std::uint64_t until_ps;  // when this changes; UINT64_MAX if that is not known
    };
    Status status(std::uint64_t time_ps) const;
    // Sets the R channel for an edge that is not before due_ps().
    void drive(brg_rtl_in &in) const;
    // The beat on the R channel was taken at the edge.
    void accepted(brg_rtl_in &in);
    // Blocks the calling thread until every worker is back, then forgets all reads.
    void drain();

   private:
    struct Slot {
        sc_core::sc_event start;
        tlm::tlm_generic_payload trans;
        BeatTiming timing;
        std::array<unsigned char, 256 * BRG_RTL_DATA_LANES * 4> data;
        std::uint64_t first_ps = 0, span_ps = 0, contended_ps = 0;
        unsigned beats = 0, beat = 0;
        std::uint8_t id = 0, resp = 0;
        bool answered = false;
    };

    void worker(Slot &slot);
    void first_due(const Slot &slot);

    std::array<Slot, slots> ring_;
    unsigned head_ = 0, count_ = 0, unanswered_ = 0;
    // Of the oldest read: the time of its next beat and the rest of the division that gives it.
    std::uint64_t due_ps_ = UINT64_MAX, due_step_ = 0, due_rest_ = 0, due_carry_ = 0;
    std::uint64_t events_ = 0;
    sc_core::sc_event answer_;
};

}  // namespace brg
#endif
