// SPDX-License-Identifier: Apache-2.0
// What the two source files of the tier manager share.
#ifndef BRG_TESTBENCH_TIER_MANAGER_PRIVATE_H
#define BRG_TESTBENCH_TIER_MANAGER_PRIVATE_H

#include "testbench/tier_manager.h"

namespace brg {

// What happens at one time happens in this order: what gives something back comes first.
constexpr std::uint64_t turn_answer = 0, turn_moved = 1, turn_finish = 2, turn_release = 3,
                        turn_arrival = 4;

inline std::uint64_t now_ps() {
    return sc_core::sc_time_stamp().value();
}

inline brg_tier_reason reason_of(tlm::tlm_response_status status) {
    switch (status) {
        case tlm::TLM_OK_RESPONSE:
            return BRG_TIER_REASON_NONE;
        case tlm::TLM_GENERIC_ERROR_RESPONSE:
            return BRG_TIER_REASON_ERROR;
        case tlm::TLM_INCOMPLETE_RESPONSE:
            return BRG_TIER_REASON_TIME_OUT;
        default:
            return BRG_TIER_REASON_ADDRESS;
    }
}

// The byte enables of a part of a request, one for each byte; empty when there are none.
inline std::vector<unsigned char> enables_of(const tlm::tlm_generic_payload &trans,
                                             std::uint64_t offset, std::uint64_t bytes) {
    std::vector<unsigned char> all;
    const unsigned char *const from = trans.get_byte_enable_ptr();
    const unsigned length = trans.get_byte_enable_length();
    if (from == nullptr || length == 0) return all;
    all.resize(bytes);
    for (std::uint64_t i = 0; i < bytes; i++) all[i] = from[(offset + i) % length];
    return all;
}

// One call of a tier, in a thread of its own, because the tier may answer late or never. The data
// are the attempt's own: what a late answer brings is in nobody's way.
struct TierManager::Attempt {
    sc_core::sc_event start, done;
    bool go = false;
    bool owned = false;    // a transfer waits for it
    bool running = false;  // the tier has it
    bool finished = false, silent = false;
    brg_tier_id tier = BRG_TIER_EDGE;
    std::uint64_t generation = 0;
    tlm::tlm_generic_payload trans;
    TierReport report;
    std::vector<unsigned char> data;

    Attempt() { trans.set_extension(&report); }
    // The extension is a member, not an object that the payload may free.
    ~Attempt() { trans.clear_extension(&report); }
};

// The two threads and the buffers of one staging.
struct TierManager::Engine {
    std::uint32_t job = 0;
    bool go = false, cleaning = false, evicting = false;
    sc_core::sc_event start, evict_start, evicted;
    std::vector<unsigned char> page, victim;
    const Transfer *current = nullptr, *evict_current = nullptr;
    brg_tier_failure evict_failure{};
};

}  // namespace brg
#endif
