// SPDX-License-Identifier: Apache-2.0
// Error correction in the platform: from the plant's calls to the events of the loop, and the pin
// that makes the sequencer wait.
#ifndef BRG_TESTBENCH_PLATFORM_QEC_H
#define BRG_TESTBENCH_PLATFORM_QEC_H

#include <cstdint>
#include <memory>

#include "testbench/platform_clock.h"
#include "testbench/qec_loop.h"
#include "testbench/rtl_system.h"

namespace brg {

class PlatformQec {
   public:
    // BRG_EINVAL when a value is out of range, BRG_EINPUT when the error model is refused (see
    // config.diag). Throws std::bad_alloc.
    int create(const brg_platform_config &config);
    bool enabled() const { return enabled_; }
    // The program of the run, every word of which waits for the decoder: made of config.program.
    const brg_program *program() const { return program_.get(); }

    // A run: the clock of the control domain, whose next edge ends the cycle of a call.
    void start(const Clock *control, std::uint64_t trajectory);
    // The control cycle that begins at this time is looked at; whether a word may go in it.
    bool ready(std::uint64_t cycle_ps) {
        cycle_ps_ = cycle_ps;
        return loop_.ready(cycle_ps);
    }
    // While it may not: when that can change, at the earliest.
    std::uint64_t change_ps() const { return loop_.change_ps(); }
    std::uint32_t waiting_for() const { return loop_.waiting_for(); }
    std::uint64_t events() const { return loop_.events(); }

    // The plant's calls, made at the edge that ends the cycle they tell of.
    void begin();
    void slice(const brg_plant_slice &slice);
    void readout();
    void end();

    void statistics(brg_qec_statistics &out) { loop_.statistics(out); }
    // Of the decoder, BRG_OK while it works.
    int status() const { return decoder_status_; }

   private:
    bool enabled_ = false;
    std::unique_ptr<brg_program> program_;
    std::unique_ptr<QecDecoder> decoder_;
    QecLoop::Setup setup_;
    QecLoop loop_;
    brg_qram qram_{};
    const Clock *control_ = nullptr;
    std::uint64_t cycle_ps_ = 0;  // start of the cycle that the next edge ends
    int decoder_status_ = 0;
};

}  // namespace brg
#endif
