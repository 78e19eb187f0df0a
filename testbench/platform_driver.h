// SPDX-License-Identifier: Apache-2.0
// The thread that owns the model: its clocks, its ports, and the idle skip.
#ifndef BRG_TESTBENCH_PLATFORM_DRIVER_H
#define BRG_TESTBENCH_PLATFORM_DRIVER_H

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "testbench/axi_port.h"
#include "testbench/host.h"
#include "testbench/platform.h"
#include "testbench/platform_clock.h"
#include "testbench/platform_helper.h"
#include "testbench/platform_model.h"
#include "testbench/platform_near.h"
#include "testbench/platform_qec.h"
#include "testbench/platform_stall.h"
#include "testbench/recorder.h"

namespace brg {

// Another initiator on the near memory: while it is on, a read at every multiple of the period
// since its start, except while the one before is not answered.
class Background : public sc_core::sc_module {
   public:
    tlm_utils::simple_initiator_socket<Background> socket;

    explicit Background(const sc_core::sc_module_name &name);
    void start(std::uint64_t period_ps, std::uint32_t bytes);
    void stop();  // no read begins from now on; parked() when the last one is back
    bool parked() const { return parked_; }
    const sc_core::sc_event &parked_event() const { return parked_event_; }

   private:
    void thread();

    tlm::tlm_generic_payload trans_;
    unsigned char data_[4096];
    std::uint64_t period_ps_ = 1;
    std::uint32_t bytes_ = 0;
    bool on_ = false, parked_ = false;
    sc_core::sc_event go_, parked_event_;
};

// One run of the model: what goes in and what comes out.
struct Job {
    const brg_platform_config *config;
    Model *model;
    brg_recorder *recorder;
    Host *host;
    StallProbe *probe;           // NULL: nobody wants to know what a cycle waits for
    PlatformQec *qec;            // NULL without error correction
    std::uint64_t trajectory;    // of its syndromes
    bool events;                 // and the probe makes stall events of it
    std::uint64_t dram_tck_ps;   // 0 without a DRAM
    std::uint64_t page_bytes;    // of one page of a query
    std::uint32_t pages;         // of a query
    bool page_hints;             // tell the prefetcher of the pages of each pushed query
    bool tiers;                  // reads go through the tier manager
    bool near_dram;              // transactions from SystemC reach the DRAM
    std::function<void()> stop;  // ends what the tier manager has under way; may be empty
    // Why a read of this address is not answered before the time that is returned, as far as the
    // tiers know today; 0 when they do not.
    std::function<std::uint64_t(std::uint64_t address, std::string &why)> stuck;
    const std::vector<std::uint32_t> *pulse_registers;  // of the pulse unit, in pairs; may be NULL
    bool waves;  // of a model that starts at time 0; else times go on from run to run
    bool finished = false;
    std::uint64_t edges = 0;  // of the control clock
    std::uint64_t evaluations = 0, skipped = 0;
    std::uint64_t first_slice_ps = 0;  // in the waves
    std::uint8_t store_error = 0;      // of the control store, when it failed
    std::string error;
    std::string thrown;
};

class Driver : public sc_core::sc_module {
   public:
    Driver(const sc_core::sc_module_name &name, AxiPort &port, DramPort &near,
           Background &background, Helper &helper);
    // Runs the job to its end; call it from outside the kernel.
    void execute(Job &job);

   private:
    void thread();
    void run(Job &job);
    void reset(Job &job);
    void start_memory(Job &job);
    void load_pulses(Job &job);
    void look_for_errors(Job &job);
    void show_event(const Job &job);
    void show_qec(const Job &job);
    bool skip(Job &job);
    void cycle(Job &job, std::uint64_t time, unsigned mask);
    void first_query(Job &job);
    bool checks(Job &job);
    bool waits_too_long(Job &job);
    // Counts the control cycles for which the sequencer has been waiting.
    void count_wait(std::uint64_t cycles) {
        waited_ = out_->waiting || out_->await_word ? waited_ + cycles : 0;
    }
    void drain(Job &job);
    bool may_skip(const Job &job) const { return !job.config->no_skip && rebased_; }
    void hints(Job &job);
    std::uint64_t patience(const brg_platform_config &c) const;

    // The coming edges: their time and, bit by domain, the clocks that have one then.
    std::uint64_t next_time() const;
    unsigned next_mask(std::uint64_t time) const;
    void plain_edge(Job &job);

    // The model must not be ahead of SystemC: something may still come from there.
    bool tight(const Job &job) const { return port_.unknown() || job.near_dram; }
    // Lets SystemC come to the model's time.
    void sync(std::uint64_t time_ps) {
        if (time_ps <= now_) return;
        sc_core::wait(sc_core::sc_time::from_value(time_ps - now_));
        now_ = time_ps;
    }
    // The same, and lets everything else that happens at this time happen first.
    void sync_last(std::uint64_t time_ps) {
        sync(time_ps);
        AxiPort::quiesce();
    }
    // Sleeps until an answer gets known or the time has come, whichever is first.
    void await_answer(std::uint64_t limit_ps) {
        sc_core::wait(sc_core::sc_time::from_value(limit_ps - now_), port_.answered());
        now_ = sc_core::sc_time_stamp().value();
    }

    AxiPort &port_;
    DramPort &near_;
    Background &background_;
    Helper &helper_;
    Job *job_ = nullptr;
    sc_core::sc_event go_;
    std::uint64_t now_ = 0;  // SystemC time, which the model's time is never behind

    // Of the run.
    brg_rtl_in *in_ = nullptr;  // of its model, as are the next
    const brg_rtl_out *out_ = nullptr;
    brg_machine_in *machine_in_ = nullptr;  // NULL for brg_system
    brg_domain port_domain_ = BRG_DOMAIN_CONTROL, host_domain_ = BRG_DOMAIN_CONTROL;
    Clock clocks_[BRG_DOMAINS];
    unsigned domains_ = 0;
    std::uint64_t shift_ = 0;  // model time = SystemC time - shift, for the waves
    std::uint64_t limit_ = 0;  // patience in control cycles
    std::uint64_t check_ = 0;  // control edges at the next check
    std::uint64_t checked_ = 0, told_ = 0, quiet_ = 0, seen_ = 0;
    std::uint64_t last_edge_ = 0;
    std::uint64_t waited_ = 0;  // control cycles of the wait that is open
    std::uint32_t hinted_ = 0;  // queries whose pages were announced
    std::deque<std::uint64_t> hint_queue_;
    bool rebased_ = false;
    bool failed_ = false;  // a part of the machine reported an error that ends the run
};

}  // namespace brg
#endif
