// SPDX-License-Identifier: Apache-2.0
// From the AXI4 read channels of the verilated model to TLM-2.0 transactions and back.
#ifndef BRG_TESTBENCH_AXI_PORT_H
#define BRG_TESTBENCH_AXI_PORT_H

#include <array>
#include <cstdint>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>

#include "testbench/memory_tier.h"
#include "testbench/rtl_system.h"

namespace brg {

// Every read that is accepted goes to a worker thread of its own, because a target may call
// wait(); the answers are given to the bus in the order of the requests. All calls but the
// workers' come from the one thread that owns the model, so nothing here needs a lock.
class AxiPort : public sc_core::sc_module {
public:
    static constexpr unsigned slots = 8;  // reads in flight
    tlm_utils::simple_initiator_socket<AxiPort> socket;

    explicit AxiPort(const sc_core::sc_module_name &name);
    ~AxiPort() override;

    bool ready() const { return count_ < slots; }
    bool pending() const { return count_ > 0; }
    // True while the time of an answer is not known; the model must not run ahead then.
    bool unknown() const { return unanswered_ > 0; }
    // Beats and requests so far.
    std::uint64_t events() const { return events_; }

    // Hands the request on the AR channel to a worker at the present SystemC time; the worker
    // runs in the next delta cycle.
    void request(const brg_rtl_out &out);
    // Sets the R channel for the edge at time_ps.
    void drive(std::uint64_t time_ps, brg_rtl_in &in);
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
        std::uint64_t first_ps = 0, span_ps = 0;
        std::uint64_t due_ps = 0;  // of the next beat, once answered
        unsigned beats = 0, beat = 0;
        std::uint8_t id = 0, resp = 0;
        bool answered = false;
    };

    void worker(Slot &slot);
    static void set_due(Slot &slot);

    std::array<Slot, slots> ring_;
    unsigned head_ = 0, count_ = 0, unanswered_ = 0;
    std::uint64_t events_ = 0;
    sc_core::sc_event answer_;
};

}  // namespace brg
#endif
