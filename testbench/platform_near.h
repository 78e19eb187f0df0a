// SPDX-License-Identifier: Apache-2.0
// TLM-2.0 in front of the DRAM of the machine: transactions become AXI4 bursts on its second port.
#ifndef BRG_TESTBENCH_PLATFORM_NEAR_H
#define BRG_TESTBENCH_PLATFORM_NEAR_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "testbench/rtl_machine.h"

namespace brg {

// A target that calls wait(): a transaction returns when its last beat, or its last write answer,
// was taken at an edge of the DRAM clock. Several may be under way; those of one kind are served in
// the order of their arrival. The thread that owns the model drives the bus between drive() and
// step(); the transactions come from other threads, so the model must not run ahead of SystemC.
class DramPort : public sc_core::sc_module {
   public:
    tlm_utils::simple_target_socket<DramPort> socket;
    tlm_utils::simple_target_socket<DramPort> background;

    explicit DramPort(const sc_core::sc_module_name &name);

    // Triggered when a transaction arrives.
    const sc_core::sc_event &arrived() const { return arrived_; }
    // Something is to be put on the bus at the next edge, or taken from it.
    bool driving() const { return !reads_.empty() || !writes_.empty() || !write_data_.empty(); }
    // No transaction is under way.
    bool idle() const { return active_ == 0; }
    std::uint64_t events() const { return events_; }

    // Sets the inputs for the coming edge of the DRAM clock.
    void drive(brg_machine_in &in) const;
    // The handshakes of the edge, looked at before it; step() acts on them after it.
    void sample(const brg_machine_in &in, const brg_machine_out &out);
    void step(brg_machine_in &in);
    // Forgets everything; call it when idle.
    void reset();

   private:
    // One TLM transaction, on the stack of the thread that made it.
    struct Job {
        unsigned char *data = nullptr;  // what is read or written
        const unsigned char *enables = nullptr;
        std::uint64_t address = 0, bytes = 0;
        std::uint64_t taken = 0;  // beats read so far
        unsigned open = 0;        // bursts without their last answer
        bool error = false;
        sc_core::sc_event done;
    };
    struct Burst {
        Job *job;
        std::uint64_t address;  // of its first beat
        unsigned beats;
        unsigned id;
    };
    struct Write {
        std::array<std::uint32_t, BRG_RTL_DATA_LANES> data;
        std::uint32_t strobes;
        bool last;
    };

    void transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
    void enqueue(Job &job, bool write);
    void take_beat(Burst &burst, const std::array<std::uint32_t, BRG_RTL_DATA_LANES> &lanes);

    std::deque<Burst> reads_, writes_;  // addresses that wait for their handshake
    std::deque<Write> write_data_;
    // Bursts in flight by ID, in order; `beat` of a read is counted in its job.
    static constexpr unsigned ids = 4;
    std::array<std::deque<Burst>, ids> reading_, writing_;
    std::array<unsigned, ids> beat_{};
    unsigned next_id_ = 0, active_ = 0;
    std::uint64_t events_ = 0;
    sc_core::sc_event arrived_;
    // What sample() saw.
    bool took_ar_ = false, took_aw_ = false, took_w_ = false, took_r_ = false, took_b_ = false;
    bool r_last_ = false, r_error_ = false, b_error_ = false;
    unsigned r_id_ = 0, b_id_ = 0;
    std::array<std::uint32_t, BRG_RTL_DATA_LANES> r_data_{};
};

}  // namespace brg
#endif
