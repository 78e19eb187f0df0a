// SPDX-License-Identifier: Apache-2.0
// The memory tier: when a burst is served, and the bytes it gets.
#include "testbench/memory_tier.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

namespace brg {

MemoryTier::MemoryTier(const sc_core::sc_module_name &name)
    : sc_core::sc_module(name), socket("socket"), background("background") {
    socket.register_b_transport(this, &MemoryTier::b_transport);
    background.register_b_transport(this, &MemoryTier::b_transport);
}

void MemoryTier::configure(const MemoryTierConfig &config) {
    config_ = config;
    busy_until_ps_ = 0;
}

bool MemoryTier::read(std::uint64_t address, unsigned char *to, std::uint64_t bytes) const {
    const brg_planes *p = config_.image;
    const std::uint64_t size = p ? std::uint64_t{p->word_width} * p->plane_words * 8 : 0;
    if (bytes > size || address > size - bytes) return false;
#if __BYTE_ORDER == __LITTLE_ENDIAN
    std::memcpy(to, reinterpret_cast<const unsigned char *>(p->bits) + address, bytes);
#else
    for (std::uint64_t i = 0; i < bytes; i++, address++)
        to[i] = static_cast<unsigned char>(p->bits[address / 8] >> (8 * (address % 8)));
#endif
    return true;
}

void MemoryTier::b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    if (!trans.is_read()) {
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    __extension__ using wide = unsigned __int128;
    const std::uint64_t bytes = trans.get_data_length();
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    const std::uint64_t arrival = now + delay.value();
    const std::uint64_t first = std::max(arrival + config_.latency_ps, busy_until_ps_);
    const auto span =
        static_cast<std::uint64_t>(wide{bytes} * 1000000000000u / config_.bytes_per_s);
    busy_until_ps_ = first + span;

    // A read that leaves the image takes its time too: the error comes back as an answer does.
    const bool inside = read(trans.get_address(), trans.get_data_ptr(), bytes);
    trans.set_response_status(inside ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    BeatTiming *timing = nullptr;
    trans.get_extension(timing);
    if (timing) {
        timing->known = true;
        timing->first_ps = first;
        timing->span_ps = span;
    }
    // Without the extension the caller can use the data only when the last byte is there.
    const std::uint64_t done = timing ? first : first + span;
    if (config_.blocks) {
        sc_core::wait(sc_core::sc_time::from_value(done - now));
        delay = sc_core::SC_ZERO_TIME;
    } else {
        delay = sc_core::sc_time::from_value(done - now);
    }
}

}  // namespace brg
