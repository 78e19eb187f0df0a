// SPDX-License-Identifier: Apache-2.0
// One memory tier as a TLM-2.0 target: a latency, a bandwidth and one channel that serves bursts in
// the order of their arrival.
#ifndef BRG_TESTBENCH_MEMORY_TIER_H
#define BRG_TESTBENCH_MEMORY_TIER_H

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "csim/qram.h"

namespace brg {

// When the data of a read arrive: byte i of N at first_ps + floor(i * span_ps / N), absolute
// SystemC time. A target that does not know it leaves it alone: then all data are there when the
// transaction ends.
struct BeatTiming : tlm::tlm_extension<BeatTiming> {
    bool known = false;
    std::uint64_t first_ps = 0;
    std::uint64_t span_ps = 0;
    tlm::tlm_extension_base *clone() const override { return new BeatTiming(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const BeatTiming &>(other);
    }
};

struct MemoryTierConfig {
    const brg_planes *image = nullptr;  // at address 0, little-endian, borrowed
    std::uint64_t latency_ps = 0;       // request to first beat
    std::uint64_t bytes_per_s = 1;
    bool blocks = false;  // wait() inside b_transport instead of annotating the delay
};

class MemoryTier : public sc_core::sc_module {
   public:
    // Two ports of one channel; a burst of `background` takes its turn and its time.
    tlm_utils::simple_target_socket<MemoryTier> socket;
    tlm_utils::simple_target_socket<MemoryTier> background;

    explicit MemoryTier(const sc_core::sc_module_name &name);
    // New parameters and an idle channel.
    void configure(const MemoryTierConfig &config);

   private:
    void b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
    bool read(std::uint64_t address, unsigned char *to, std::uint64_t bytes) const;

    MemoryTierConfig config_;
    std::uint64_t busy_until_ps_ = 0;
};

}  // namespace brg
#endif
