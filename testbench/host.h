// SPDX-License-Identifier: Apache-2.0
// The host: a small state machine that drives the AXI4-Lite port of the controller through a whole
// run. It lives inside the thread that owns the model and has no signals.
#ifndef BRG_TESTBENCH_HOST_H
#define BRG_TESTBENCH_HOST_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "testbench/platform.h"
#include "testbench/rtl_system.h"

namespace brg {

struct HostResult {
    std::uint16_t tag;
    std::uint8_t status;
    std::uint64_t bits;
};

class Host {
   public:
    // load_program: false when the control store of this model already holds the program.
    Host(const brg_platform_config &config, bool load_program);

    // The first transfer; call once after reset.
    void begin(brg_rtl_in &in) { step(in); }
    // Looks at the handshakes of the coming edge; true when step() has something to do after it.
    bool sample(const brg_rtl_in &in, const brg_rtl_out &out);
    // Sets the inputs for the next edge.
    void step(brg_rtl_in &in);

    // A transfer is open; otherwise the host waits for the interrupt.
    bool busy() const { return busy_ || !plan_.empty(); }
    std::uint32_t pushed() const { return pushed_; }  // queries so far
    bool programmed() const { return phase_ > Phase::setup; }
    bool done() const { return phase_ == Phase::done; }
    // Transfers so far.
    std::uint64_t events() const { return events_; }
    // Why the host gave up; empty while all is well.
    const std::string &error() const { return error_; }
    const std::vector<HostResult> &results() const { return results_; }
    const brg_platform_counters &counters() const { return counters_; }
    // What the host is waiting for, for the message of a time-out.
    std::string waiting_for() const;

   private:
    enum class Phase { setup, queries, counters, done };
    struct Transfer {
        bool write;
        std::uint16_t address;
        std::uint32_t data;
    };

    void write(unsigned address, std::uint32_t data);
    void read(unsigned address);
    void read64(unsigned address);
    void plan_setup(bool load_program);
    void plan_queries();
    void plan_counters();
    void take_result();
    void take_counters();
    void issue(brg_rtl_in &in);

    const brg_platform_config &config_;
    Phase phase_ = Phase::setup;
    std::deque<Transfer> plan_;
    std::vector<std::uint32_t> answers_;  // of the reads of the plan
    std::vector<HostResult> results_;
    brg_platform_counters counters_{};
    std::string error_;
    std::uint64_t events_ = 0;
    std::uint32_t pushed_ = 0;
    bool stopped_ = false;         // a query failed: no more are pushed
    bool reading_result_ = false;  // the plan in hand is that of a result
    bool busy_ = false;            // a transfer is open
    bool took_aw_ = false, took_w_ = false, took_b_ = false, took_ar_ = false, took_r_ = false;
    bool irq_ = false;
};

}  // namespace brg
#endif
