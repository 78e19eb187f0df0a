// SPDX-License-Identifier: Apache-2.0
// The memory system of one platform: what its parts are told, the bytes behind them, their counts.
#ifndef BRG_TESTBENCH_PLATFORM_MEMORY_H
#define BRG_TESTBENCH_PLATFORM_MEMORY_H

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/pulse.h"
#include "testbench/memory_tier.h"
#include "testbench/platform.h"
#include "testbench/rtl_machine.h"

namespace brg {

template <typename T, void (*destroy)(T **)>
struct Destroy {
    void operator()(T *object) const { destroy(&object); }
};

class PlatformMemory {
   public:
    // Checks the memory system of the configuration and makes what it needs. BRG_EINVAL: a value is
    // out of range; BRG_EINPUT: a part cannot hold what it is asked to, see config.diag.
    // Throws std::bad_alloc.
    int create(const brg_platform_config &config);

    bool machine() const { return machine_; }
    const brg_machine_setup &setup() const { return setup_; }
    const brg_machine_memories &memories() const { return memories_; }
    const MemoryImage &image() const { return *image_; }
    // The program of the run: with pulse memory every slice waits for its pulses.
    const brg_program *program() const { return program_; }
    const std::vector<std::uint32_t> &pulse_registers() const { return pulse_registers_; }
    std::uint64_t page_bytes() const { return page_bytes_; }
    std::uint64_t plane_bytes() const { return plane_bytes_; }
    std::uint32_t pages() const { return pages_; }

    bool tiers() const { return config_.tiers.config != nullptr; }
    const brg_tiers_config &tiers_config() const { return tiers_; }
    // Bytes of edge (with_table: it is the home) and cloud; made anew for each run.
    int make_stores();
    brg_store store(brg_tier_id tier) const;
    // Near memory begins with the table, or empty when the table lives elsewhere.
    const MemoryImage *near_image() const;
    std::uint64_t near_capacity() const;

    // Forgets what a run wrote.
    void restart() { dram_.clear(); }
    void counters(brg_machine *machine, brg_platform_counters &out) const;

   private:
    using Line = std::vector<std::uint8_t>;

    int set_up();
    int set_dram();
    int set_tiers();
    int set_pulse();
    std::uint64_t dram_address(std::uint32_t place) const;
    static void dram_read(void *user, std::uint32_t place, std::uint8_t line[64]);
    static void dram_write(void *user, std::uint32_t place, const std::uint8_t line[64],
                           std::uint64_t enables);
    static void pulse_read(void *user, std::uint32_t address, std::uint8_t beat[16],
                           std::uint8_t *parity);

    brg_platform_config config_{};
    bool machine_ = false;
    brg_machine_setup setup_{};
    brg_machine_memories memories_{};
    std::unique_ptr<MemoryImage> image_;
    const brg_program *program_ = nullptr;
    std::unique_ptr<brg_program> own_program_;
    brg_tiers_config tiers_{};
    std::vector<brg_outage> outages_[BRG_TIER_COUNT];
    std::unique_ptr<brg_pulse_memory, Destroy<brg_pulse_memory, brg_pulse_memory_destroy>> pulses_;
    std::vector<std::uint32_t> pulse_registers_;  // pairs of address and data
    std::unordered_map<std::uint64_t, std::array<std::uint8_t, 64>> dram_;
    std::unique_ptr<brg_image_store, Destroy<brg_image_store, brg_image_store_destroy>>
        stores_[BRG_TIER_COUNT];
    std::uint64_t page_bytes_ = 0, plane_bytes_ = 0;
    std::uint32_t pages_ = 1;
};

}  // namespace brg
#endif
