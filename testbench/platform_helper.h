// SPDX-License-Identifier: Apache-2.0
// A thread for what blocks, so that the thread of the model can go on meanwhile.
#ifndef BRG_TESTBENCH_PLATFORM_HELPER_H
#define BRG_TESTBENCH_PLATFORM_HELPER_H

#include <functional>
#include <systemc>
#include <utility>

namespace brg {

class Helper : public sc_core::sc_module {
   public:
    explicit Helper(const sc_core::sc_module_name &name) : sc_core::sc_module(name) {
        SC_HAS_PROCESS(Helper);
        SC_THREAD(thread);
    }
    // Runs the task in this module's thread; one at a time.
    void run(std::function<void()> task) {
        task_ = std::move(task);
        done_ = false;
        go_.notify();
    }
    bool done() const { return done_; }
    const sc_core::sc_event &ended() const { return ended_; }

   private:
    void thread() {
        for (;;) {
            sc_core::wait(go_);
            task_();
            done_ = true;
            ended_.notify();
        }
    }

    std::function<void()> task_;
    bool done_ = true;
    sc_core::sc_event go_, ended_;
};

}  // namespace brg
#endif
