// SPDX-License-Identifier: Apache-2.0
// Why the sequencer waits: samples of the whole chain while it does, made into stall events.
#ifndef BRG_TESTBENCH_PLATFORM_STALL_H
#define BRG_TESTBENCH_PLATFORM_STALL_H

#include <cstdint>
#include <functional>
#include <vector>

#include "csim/timeline.h"
#include "testbench/axi_port.h"
#include "testbench/rtl_machine.h"

namespace brg {

// What a wait of one kind was doing in a run of cycles.
struct Reason {
    brg_event_kind kind = BRG_EVENT_UNKNOWN;
    std::uint64_t detail = 0;
    bool operator==(const Reason &o) const { return kind == o.kind && detail == o.detail; }
};

// The samples of the cycles since the last slice, run-length coded, and the events of all slices
// so far. The plant's call for a slice says how many cycles each cause has; the probe says of each
// cycle what the part behind each open wait was doing.
class StallProbe {
   public:
    // Where the parts of the machine stand: set once per run.
    struct Setup {
        std::uint64_t clock_khz = 1;
        std::uint64_t page_base = 0, page_bytes = 0, plane_bytes = 0;
        bool memory_side = false;  // reads cross to the memory clock
        bool cache = false;        // and the cache is on
        bool dram = false;         // behind it stands the DRAM
        bool events = true;        // wanted; else the probe only shows each cycle
        const AxiPort *port = nullptr;
        // Tier manager: what the read of this address waits for; false when it knows nothing;
        // and when that changes, as far as is known.
        std::function<bool(std::uint64_t address, Reason &, std::uint64_t &until_ps)> tier;
        std::function<std::uint32_t()> patch;  // that is waited for
    };

    void start(const Setup &setup);
    // What everything is doing in the cycle at time_ps; then so many control cycles of that.
    void look(const brg_rtl_out &out, const brg_machine_out *machine, std::uint64_t time_ps);
    void count(std::uint64_t cycles);
    // What the cycle last looked at waits for: of several open waits that of the lowest cause, as
    // in the names of brg_plant.
    Reason shown() const;
    bool waits() const { return waits_; }  // that cycle waits at all
    // When what a sample says changes by itself; a skip must not go past it.
    std::uint64_t change_ps(std::uint64_t time_ps) const;
    // The plant's calls.
    void begin();
    void slice(const brg_plant_slice &slice);
    void end();
    // The slice was appended to the timeline: its events follow it.
    int appended(brg_timeline *timeline, const brg_slice &slice);
    // Slices whose samples did not account for the cycles that the RTL counted.
    std::uint64_t mismatches() const { return mismatches_; }

   private:
    struct Sample {
        std::uint64_t cycles;
        unsigned open;  // bit by cause
        Reason memory, pulse, decoder, control;
        bool step;  // the cycle in which a word goes: a control step, or the slice itself
    };
    Reason memory_reason(const brg_rtl_out &out, const brg_machine_out *machine,
                         std::uint64_t time_ps) const;
    Reason far_reason(const brg_machine_out *machine, std::uint64_t time_ps) const;
    // Appends the cycles of cause c to `parts`, in order of time.
    struct Part {
        unsigned cause;
        Reason reason;
        std::uint64_t cycles;
    };
    void split_word(std::size_t from, std::size_t to, std::vector<Part> &parts) const;
    std::uint64_t edge_ps(std::uint64_t cycle) const;

    Setup setup_;
    Sample seen_{};
    bool waits_ = false;  // the last look found a wait
    std::vector<Sample> samples_;
    std::vector<brg_stall_event> pending_;  // not yet in the timeline
    std::size_t next_ = 0;                  // pending event that the timeline takes next
    std::vector<Part> parts_;
    std::uint32_t query_ = 0;
    bool in_query_ = false;
    bool have_origin_ = false;
    std::uint64_t origin_ = 0;
    std::uint64_t mismatches_ = 0;
};

}  // namespace brg
#endif
