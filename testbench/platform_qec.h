// SPDX-License-Identifier: Apache-2.0
// Error correction in the platform: from the plant's calls to the events of the loop, and the pin
// that makes the sequencer wait.
#ifndef BRG_TESTBENCH_PLATFORM_QEC_H
#define BRG_TESTBENCH_PLATFORM_QEC_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

    // A run: the clock of the control domain, whose next edge ends the cycle of a call. The loop
    // has the time of the timeline, which begins with the first query and is rounded to ps there.
    void start(const Clock *control, std::uint64_t trajectory);
    // Whether a word may go in the control cycle that the next edge ends.
    bool ready() { return loop_.ready(now_ps()); }
    // While it may not: when that can change, at the earliest, in the time of the platform.
    std::uint64_t change_ps() const { return platform_ps(loop_.change_ps()); }
    // What is to be seen of the loop in that cycle.
    const QecView &view() { return loop_.view(now_ps()); }
    // The same for the waves, and when that can change, as above.
    brg_rtl_qec_view shown();
    std::uint64_t shown_change_ps() const { return platform_ps(loop_.view_change_ps()); }
    std::uint32_t waiting_for() const { return loop_.waiting_for(); }
    // Whether a word may not go in that cycle, but will in another, however far away it is.
    bool will_be_ready() { return !ready() && loop_.change_ps() != UINT64_MAX; }
    std::uint64_t events() const { return loop_.events(); }

    // The plant's calls, made at the edge that ends the cycle they tell of.
    void begin();
    void slice(const brg_plant_slice &slice);
    void readout();
    void end();

    void statistics(brg_qec_statistics &out) { loop_.statistics(out); }
    // The Paulis that the corrections leave on the lives of the running query; NULL when the
    // decoder has none.
    const brg_logical *logical() const { return corrects_ ? &logical_ : nullptr; }
    // One sentence when the decoder failed in this run, or a life is not that of the timeline.
    std::string fault() const;
    bool failed() const { return !fault().empty(); }

   private:
    static unsigned pauli(void *user, std::uint64_t trajectory, std::uint32_t query,
                          std::uint32_t qubit, std::uint32_t life, std::uint64_t begin_ps,
                          std::uint64_t end_ps);
    std::uint64_t time_of(std::uint64_t cycle) const;
    std::uint64_t platform_ps(std::uint64_t loop_ps) const;
    std::uint64_t now_ps() const { return time_of(control_->edges()); }

    bool enabled_ = false;
    std::unique_ptr<brg_program> program_;
    std::unique_ptr<QecDecoder> decoder_;
    QecLoop::Setup setup_;
    QecLoop loop_;
    brg_qram qram_{};
    const Clock *control_ = nullptr;
    std::uint64_t khz_ = 1;
    std::uint64_t slices_ = 0;             // of each query, 0 when flags decide
    std::vector<std::uint64_t> last_out_;  // then: slice in which each bus qubit leaves for good
    bool corrects_ = false;
    brg_logical logical_{};
    std::string fault_;
    // The cycle that ends with edge number c, of all, is cycle c; this one is time 0.
    std::uint64_t origin_ = 0;
    bool begun_ = false;
    std::uint64_t end_ps_ = 0;  // of the latest slice
};

}  // namespace brg
#endif
