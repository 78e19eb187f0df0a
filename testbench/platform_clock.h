// SPDX-License-Identifier: Apache-2.0
// The rising edges of one clock, exact to the picosecond.
#ifndef BRG_TESTBENCH_PLATFORM_CLOCK_H
#define BRG_TESTBENCH_PLATFORM_CLOCK_H

#include <cstdint>

namespace brg {

// Edge c at base + floor(c * numerator / denominator) ps. A frequency in kHz is 10^9 / khz, a
// period in ps is period / 1. The sum is carried as quotient and remainder, which gives the same
// numbers as the division without dividing.
class Clock {
   public:
    Clock() = default;
    Clock(std::uint64_t numerator, std::uint64_t denominator, std::uint64_t base)
        : numerator_(numerator),
          denominator_(denominator),
          step_(numerator / denominator),
          rest_(numerator % denominator),
          base_(base),
          time_(base) {}

    std::uint64_t time() const { return time_; }    // of the next edge
    std::uint64_t edges() const { return edges_; }  // so far, of all bases
    void advance() {
        edges_++;
        count_++;
        time_ += step_;
        carry_ += rest_;
        if (carry_ >= denominator_) {
            carry_ -= denominator_;
            time_++;
        }
    }
    void advance(std::uint64_t n) {
        edges_ += n;
        count_ += n;
        const wide product = wide{count_} * numerator_;
        time_ = base_ + static_cast<std::uint64_t>(product / denominator_);
        carry_ = static_cast<std::uint64_t>(product % denominator_);
    }
    // Time of the edge n edges after the next one.
    std::uint64_t time_after(std::uint64_t n) const {
        return base_ + static_cast<std::uint64_t>(wide{count_ + n} * numerator_ / denominator_);
    }
    // How many of the coming edges stand before the time t.
    std::uint64_t edges_before(std::uint64_t t) const {
        if (t <= time_) return 0;
        const wide scaled = wide{t - base_} * denominator_ + numerator_ - 1;
        return static_cast<std::uint64_t>(scaled / numerator_) - count_;
    }
    // The next edge is edge 0 and stands at t, which is not before it stood until now.
    void rebase(std::uint64_t t) {
        base_ = t;
        time_ = t;
        count_ = 0;
        carry_ = 0;
    }

   private:
    __extension__ using wide = unsigned __int128;
    std::uint64_t numerator_ = 1, denominator_ = 1, step_ = 1, rest_ = 0;
    std::uint64_t base_ = 0, time_ = 0, count_ = 0, carry_ = 0, edges_ = 0;
};

}  // namespace brg
#endif
