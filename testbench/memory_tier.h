// SPDX-License-Identifier: Apache-2.0
// One memory tier as a TLM-2.0 target: a latency, a bandwidth and one channel that serves bursts in
// the order of their arrival.
#ifndef BRG_TESTBENCH_MEMORY_TIER_H
#define BRG_TESTBENCH_MEMORY_TIER_H

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

#include "csim/qram.h"
#include "csim/status.h"

namespace brg {

// When the data of a read arrive: byte i of N at first_ps + floor(i * span_ps / N), absolute
// SystemC time. A target that does not know it leaves it alone: then all data are there when the
// transaction ends.
struct BeatTiming : tlm::tlm_extension<BeatTiming> {
    bool known = false;
    std::uint64_t first_ps = 0;
    std::uint64_t span_ps = 0;
    // From here to first_ps the channel served another initiator; at or after first_ps when it did
    // not.
    std::uint64_t contended_ps = UINT64_MAX;
    tlm::tlm_extension_base *clone() const override { return new BeatTiming(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const BeatTiming &>(other);
    }
};

// The bytes of the memory: the table at address 0, page after page, each page bit-plane major and
// little-endian (docs/images.md), and what stands behind it.
class MemoryImage {
   public:
    // Borrows the table. `behind` begins at the first multiple of 4096 at or after its end. The
    // memory ends at a multiple of `granule` bytes, with zeros: whoever reads it by lines may read
    // the whole last line. Throws std::bad_alloc.
    MemoryImage(const brg_planes *table, const brg_qram &qram,
                const std::vector<std::uint32_t> &behind, std::uint64_t granule = 1);
    MemoryImage(const MemoryImage &) = delete;
    MemoryImage &operator=(const MemoryImage &) = delete;

    std::uint64_t behind() const { return behind_; }  // address of what stands behind
    std::uint64_t bytes() const { return bytes_; }    // up to the last byte
    // All of it as planes: only their words count, in this order.
    const brg_planes *words() const { return &face_; }
    // False when the range leaves the memory.
    bool read(std::uint64_t address, unsigned char *to, std::uint64_t bytes) const;

   private:
    brg_planes face_{};
    std::uint64_t behind_ = 0, bytes_ = 0;
    std::vector<std::uint64_t> owned_;
};

struct MemoryTierConfig {
    const MemoryImage *image = nullptr;  // borrowed
    std::uint64_t latency_ps = 0;        // request to first beat
    std::uint64_t bytes_per_s = 1;
    std::uint64_t capacity = 0;  // bytes that can be addressed; 0 = those of the image
    bool blocks = false;         // wait() inside b_transport instead of annotating the delay
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
    void read_background(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
    void serve(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay, bool other);
    // Reads or writes the bytes; false when they leave the memory.
    bool access(tlm::tlm_generic_payload &trans);

    MemoryTierConfig config_;
    std::uint64_t busy_until_ps_ = 0;
    std::uint64_t other_from_ps_ = 0;  // the channel serves other initiators from here to the end
    bool other_last_ = false;          // of busy_until_ps_, if the last burst was theirs
    // Bytes that were written, by address of their 64-byte line.
    std::unordered_map<std::uint64_t, std::array<unsigned char, 64>> written_;
};

}  // namespace brg
#endif
