// SPDX-License-Identifier: Apache-2.0
// The memory tier: when a burst is served, and the bytes it gets.
#include "testbench/memory_tier.h"

#include <endian.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace brg {

namespace {
constexpr std::uint64_t alignment = 4096;
constexpr std::uint64_t line_bytes = 64;
}  // namespace

MemoryImage::MemoryImage(const brg_planes *table, const brg_qram &qram,
                         const std::vector<std::uint32_t> &behind, std::uint64_t granule)
    : face_(*table) {
    const auto padded = [granule](std::uint64_t bytes) {
        return (bytes + granule - 1) / granule * granule;
    };
    const std::uint64_t words = std::uint64_t{table->word_width} * table->plane_words;
    behind_ = (words * 8 + alignment - 1) / alignment * alignment;
    bytes_ = padded(words * 8);
    if (qram.page_bits == 0 && behind.empty()) return;
    owned_.reserve(behind_ / 8 + behind.size() / 2);
    if (qram.page_bits == 0) owned_.assign(table->bits, table->bits + words);
    for (std::uint32_t page = 0; qram.page_bits > 0 && page < brg_pages(&qram); page++) {
        brg_planes *cut = nullptr;
        if (brg_planes_page(&cut, table, qram.address_width, page) != BRG_OK)
            throw std::bad_alloc();
        owned_.insert(owned_.end(), cut->bits, cut->bits + cut->word_width * cut->plane_words);
        brg_planes_destroy(&cut);
    }
    behind_ = (owned_.size() * 8 + alignment - 1) / alignment * alignment;
    if (!behind.empty()) owned_.resize(behind_ / 8);
    for (std::size_t i = 0; i < behind.size(); i += 2)
        owned_.push_back(behind[i] |
                         (i + 1 < behind.size() ? std::uint64_t{behind[i + 1]} << 32 : 0));
    face_.bits = owned_.data();
    face_.word_width = 1;
    face_.plane_words = owned_.size();
    bytes_ = padded(owned_.size() * 8);
}

bool MemoryImage::read(std::uint64_t address, unsigned char *to, std::uint64_t bytes) const {
    if (bytes > bytes_ || address > bytes_ - bytes) return false;
    const std::uint64_t filled = std::uint64_t{face_.word_width} * face_.plane_words * 8;
    const std::uint64_t content = address < filled ? std::min(bytes, filled - address) : 0;
    std::memset(to + content, 0, bytes - content);
    bytes = content;
    if (bytes == 0) return true;
#if __BYTE_ORDER == __LITTLE_ENDIAN
    std::memcpy(to, reinterpret_cast<const unsigned char *>(face_.bits) + address, bytes);
#else
    for (std::uint64_t i = 0; i < bytes; i++, address++)
        to[i] = static_cast<unsigned char>(face_.bits[address / 8] >> (8 * (address % 8)));
#endif
    return true;
}

MemoryTier::MemoryTier(const sc_core::sc_module_name &name)
    : sc_core::sc_module(name), socket("socket"), background("background") {
    socket.register_b_transport(this, &MemoryTier::b_transport);
    background.register_b_transport(this, &MemoryTier::read_background);
}

void MemoryTier::configure(const MemoryTierConfig &config) {
    config_ = config;
    busy_until_ps_ = 0;
    other_from_ps_ = 0;
    other_last_ = false;
    written_.clear();
}

void MemoryTier::b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    serve(trans, delay, false);
}

void MemoryTier::read_background(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
    serve(trans, delay, true);
}

bool MemoryTier::access(tlm::tlm_generic_payload &trans) {
    const std::uint64_t address = trans.get_address(), bytes = trans.get_data_length();
    const std::uint64_t image = config_.image ? config_.image->bytes() : 0;
    const std::uint64_t capacity = std::max(config_.capacity, image);
    if (bytes > capacity || address > capacity - bytes) return false;
    unsigned char *const data = trans.get_data_ptr();
    if (trans.is_read() && written_.empty() && address + bytes <= image)
        return config_.image->read(address, data, bytes);
    const unsigned char *const enables = trans.get_byte_enable_ptr();
    const std::uint64_t first = address / line_bytes, last = (address + bytes - 1) / line_bytes;
    for (std::uint64_t line = first; bytes > 0 && line <= last; line++) {
        const auto found = written_.find(line);
        std::array<unsigned char, line_bytes> content{};
        const std::uint64_t base = line * line_bytes;
        if (found != written_.end())
            content = found->second;
        else if (base < image)
            config_.image->read(base, content.data(), std::min(line_bytes, image - base));
        const std::uint64_t from = std::max(base, address);
        const std::uint64_t to = std::min(base + line_bytes, address + bytes);
        if (trans.is_read()) {
            std::memcpy(data + (from - address), content.data() + (from - base), to - from);
            continue;
        }
        for (std::uint64_t a = from; a < to; a++) {
            const std::uint64_t offset = a - address;
            if (enables && enables[offset % trans.get_byte_enable_length()] == TLM_BYTE_DISABLED)
                continue;
            content[a - base] = data[offset];
        }
        written_[line] = content;
    }
    return true;
}

void MemoryTier::serve(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay, bool other) {
    if (!trans.is_read() && !trans.is_write()) {
        trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
        return;
    }
    __extension__ using wide = unsigned __int128;
    const std::uint64_t bytes = trans.get_data_length();
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    const std::uint64_t arrival = now + delay.value();
    const std::uint64_t free = arrival + config_.latency_ps;
    const std::uint64_t first = std::max(free, busy_until_ps_);
    const auto span =
        static_cast<std::uint64_t>(wide{bytes} * 1000000000000u / config_.bytes_per_s);
    const std::uint64_t contended =
        !other && other_last_ && first > free ? std::max(free, other_from_ps_) : first;
    if (other && !(other_last_ && first == busy_until_ps_)) other_from_ps_ = first;
    other_last_ = other;
    busy_until_ps_ = first + span;

    // A burst that leaves the memory takes its time too: the error comes back as an answer does.
    const bool inside = access(trans);
    trans.set_response_status(inside ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
    BeatTiming *timing = nullptr;
    trans.get_extension(timing);
    if (timing) {
        timing->known = true;
        timing->first_ps = first;
        timing->span_ps = span;
        timing->contended_ps = contended;
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
