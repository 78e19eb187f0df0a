// SPDX-License-Identifier: Apache-2.0
// From the configuration of a platform to its memory system.
#include "testbench/platform_memory.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "model/bits.h"

namespace brg {

namespace {

bool power_within(std::uint32_t value, std::uint32_t low, std::uint32_t high) {
    return brg_power_of_two(value) && value >= low && value <= high;
}

std::uint8_t log2_of(std::uint32_t power) {
    std::uint8_t log = 0;
    while (power >> (log + 1)) log++;
    return log;
}

// The program as it stands in memory: 32 bytes a word, of which 24 are used.
std::vector<std::uint32_t> program_words(const brg_program &program, std::uint32_t corrupt_bit) {
    constexpr std::size_t stored_lanes = 8;
    std::vector<std::uint32_t> words;
    words.reserve(program.count * stored_lanes);
    for (std::uint32_t i = 0; i < program.count; i++) {
        std::uint32_t lanes[stored_lanes] = {};
        brg_word_encode(&program.words[i], lanes);
        words.insert(words.end(), lanes, lanes + stored_lanes);
    }
    constexpr std::uint32_t word_bits = 32 * BRG_WORD_LANES;
    const std::uint32_t bit = corrupt_bit - 1, lane = bit / word_bits * stored_lanes;
    if (corrupt_bit > 0 && lane < words.size())
        words[lane + bit % word_bits / 32] ^= UINT32_C(1) << bit % 32;
    return words;
}

// Whoever reads memory by lines reads the last one whole: the cache and the DRAM.
std::uint64_t most_line_bytes(const brg_platform_config &c) {
    std::uint64_t bytes = 1;
    if (c.dram.enabled) bytes = 64;
    if (c.cache.enabled) bytes = std::max<std::uint64_t>(bytes, c.cache.line_bytes);
    return bytes;
}

}  // namespace

int PlatformMemory::create(const brg_platform_config &config) {
    config_ = config;
    const brg_platform_config &c = config_;
    machine_ = brg_platform_is_machine(&c);
    program_ = c.program;
    const brg_program &program = *c.program;
    const brg_qram qram = {program.routers, program.address_width, program.word_width,
                           program.page_bits};
    pages_ = brg_pages(&qram);
    plane_bytes_ = std::max<std::uint64_t>(64, (UINT64_C(1) << program.address_width) / 8);
    page_bytes_ = program.word_width * plane_bytes_;
    int e = set_pulse();
    if (e != BRG_OK) return e;
    image_ = std::make_unique<MemoryImage>(
        c.image, qram,
        c.control_store.cached ? program_words(*program_, c.control_store.corrupt_bit)
                               : std::vector<std::uint32_t>(),
        most_line_bytes(c));
    e = set_up();
    if (e == BRG_OK) e = set_dram();
    if (e == BRG_OK) e = set_tiers();
    return e;
}

int PlatformMemory::set_up() {
    const brg_platform_config &c = config_;
    if (c.clocks.memory_khz > 10000000u || c.clocks.host_khz > 10000000u) return BRG_EINVAL;
    setup_.use_host = c.clocks.host_khz != 0;
    setup_.use_memory =
        c.cache.enabled || c.clocks.memory_khz != 0 || (c.dram.enabled && !c.tiers.config);
    setup_.use_dram = c.dram.enabled;
    setup_.near_external = !c.dram.enabled || c.tiers.config != nullptr;
    setup_.cache_line_log2 = 6;
    if (c.cache.enabled) {
        if (!power_within(c.cache.ways, 1, 8) || !power_within(c.cache.sets, 1, 1024) ||
            !power_within(c.cache.line_bytes, 64, 256) || c.cache.policy > 2)
            return BRG_EINVAL;
        setup_.cache_enable = true;
        setup_.cache_ecc = c.cache.ecc;
        setup_.cache_ways_log2 = log2_of(c.cache.ways);
        setup_.cache_sets_log2 = log2_of(c.cache.sets);
        setup_.cache_line_log2 = log2_of(c.cache.line_bytes);
        setup_.cache_policy = static_cast<std::uint8_t>(c.cache.policy);
        setup_.cache_seed = c.cache.seed;
    }
    if (c.prefetch.kind > 3 || c.prefetch.depth > 255) return BRG_EINVAL;
    if (c.prefetch.kind != 0 && !c.cache.enabled) return BRG_EINVAL;
    setup_.prefetch_kind = static_cast<std::uint8_t>(c.prefetch.kind);
    setup_.prefetch_depth = static_cast<std::uint8_t>(c.prefetch.depth);
    if (c.control_store.cached) {
        if (!power_within(c.control_store.capacity_words, 8, 1024)) return BRG_EINVAL;
        setup_.store_cached = true;
        setup_.store_prefetch = c.control_store.prefetch;
        setup_.store_lines_log2 = log2_of(c.control_store.capacity_words / 4);
        setup_.store_length = static_cast<std::uint16_t>(c.program->count);
        setup_.store_base = image_->behind();
    }
    memories_ = {this, dram_read, dram_write, pulse_read};
    return BRG_OK;
}

int PlatformMemory::set_dram() {
    const brg_platform_dram &d = config_.dram;
    if (!d.enabled) return BRG_OK;
    if (!d.part || d.ranks < 1 || d.ranks > 2 || d.address_map >= BRG_DDR4_MAPS || d.postpone > 8 ||
        d.scheduler > 1 || d.page_policy > 1)
        return BRG_EINVAL;
    const int checked = brg_ddr4_part_check(d.part, d.part->name, config_.diag);
    if (checked != BRG_OK) return checked;
    brg_ddr4_policy policy = brg_ddr4_policy_default();
    policy.in_order = d.scheduler == 1;
    policy.closed_page = d.page_policy == 1;
    policy.map = static_cast<brg_ddr4_map>(d.address_map);
    policy.refresh = !d.no_refresh;
    policy.postpone = static_cast<std::uint8_t>(d.postpone);
    policy.ranks = static_cast<std::uint8_t>(d.ranks);
    const int e = brg_ddr4_policy_pack(&setup_.dram_policy, &policy);
    if (e != BRG_OK) return e;
    if (near_capacity() > brg_ddr4_capacity_bytes(policy.ranks)) {
        if (config_.diag)
            brg_diag_add(config_.diag, d.part->name, 0, 0, "memory",
                         "the DRAM holds %llu bytes, the table and its frames need %llu",
                         static_cast<unsigned long long>(brg_ddr4_capacity_bytes(policy.ranks)),
                         static_cast<unsigned long long>(near_capacity()));
        return BRG_EINPUT;
    }
    return brg_ddr4_timing_pack(setup_.dram_timing, d.part, 1);
}

int PlatformMemory::set_tiers() {
    if (!config_.tiers.config) return BRG_OK;
    tiers_ = *config_.tiers.config;
    tiers_.table_bytes = image_->bytes();
    for (unsigned t = 0; t < BRG_TIER_COUNT; t++) {
        brg_tier_config &tier = tiers_.tier[t];
        outages_[t].assign(tier.outages, tier.outages + tier.outage_count);
        tier.outages = outages_[t].data();
    }
    return brg_tiers_check(&tiers_, "memory", 0, "tiers", config_.diag);
}

int PlatformMemory::set_pulse() {
    const brg_platform_pulse &p = config_.pulse;
    if (!p.enabled) return BRG_OK;
    if (!(p.channel_bandwidth_gb_per_s > 0)) return BRG_EINVAL;
    own_program_ = std::make_unique<brg_program>(*config_.program);
    brg_pulse_wait(own_program_.get());
    program_ = own_program_.get();

    brg_pulse_schedule *built = nullptr;
    int e = brg_pulse_schedule_build(&built, program_, config_.diag);
    const std::unique_ptr<brg_pulse_schedule,
                          Destroy<brg_pulse_schedule, brg_pulse_schedule_destroy>>
        schedule(built);
    if (e != BRG_OK) return e;
    const brg_pulse_config pc = {program_->address_width, p.bytes_per_pulse, p.compressed, p.spread,
                                 p.seed};
    brg_pulse_memory *memory = nullptr;
    e = brg_pulse_memory_new(&memory, &pc, config_.diag);
    pulses_.reset(memory);
    if (e != BRG_OK) return e;
    brg_pulse_limits limits{};
    limits.channels = p.channels;
    limits.bandwidth = brg_pulse_bandwidth(p.channel_bandwidth_gb_per_s, config_.clock_khz);
    limits.burst_bytes = 256;
    limits.buffer_words = BRG_PULSE_BUFFER_WORDS;
    for (std::uint32_t &capacity : limits.capacity)
        capacity = std::min<std::uint32_t>(p.buffer_words, BRG_PULSE_BUFFER_WORDS);
    limits.wrap = true;
    e = brg_pulse_check(schedule.get(), memory, &limits, config_.diag);
    if (e != BRG_OK) return e;
    const auto keep = [](void *context, std::uint32_t address, std::uint32_t data) {
        auto &registers = *static_cast<std::vector<std::uint32_t> *>(context);
        registers.push_back(address);
        registers.push_back(data);
        return int{BRG_OK};
    };
    setup_.pulse_enable = true;
    return brg_pulse_load(schedule.get(), memory, &limits, keep, &pulse_registers_);
}

const MemoryImage *PlatformMemory::near_image() const {
    return tiers() && tiers_.home != BRG_TIER_NEAR ? nullptr : image_.get();
}

std::uint64_t PlatformMemory::near_capacity() const {
    const brg_tiers_config *const t = config_.tiers.config;
    const std::uint64_t frames =
        t ? t->near_base + std::uint64_t{t->placement.near_frames} * t->page_bytes : 0;
    return near_image() ? std::max(image_->bytes(), frames) : frames;
}

int PlatformMemory::make_stores() {
    if (!tiers()) return BRG_OK;
    for (const brg_tier_id tier : {BRG_TIER_EDGE, BRG_TIER_CLOUD}) {
        const std::uint64_t frames =
            tier == BRG_TIER_EDGE
                ? tiers_.edge_base + std::uint64_t{tiers_.placement.edge_frames} * tiers_.page_bytes
                : 0;
        const bool home = tiers_.home == tier;
        const std::uint64_t table = home ? image_->bytes() : 0;
        brg_image_store *made = nullptr;
        const int e = brg_image_store_new(&made, home ? image_->words() : nullptr,
                                          std::max<std::uint64_t>({table, frames, 64}));
        if (e != BRG_OK) return e;
        stores_[tier].reset(made);
    }
    return BRG_OK;
}

brg_store PlatformMemory::store(brg_tier_id tier) const {
    return brg_image_store_face(stores_[tier].get());
}

std::uint64_t PlatformMemory::dram_address(std::uint32_t place) const {
    return brg_ddr4_encode(static_cast<brg_ddr4_map>(config_.dram.address_map),
                           static_cast<std::uint8_t>(config_.dram.ranks),
                           brg_ddr4_store_place(place));
}

// The DRAM begins with the near image; lines that were written replace it.
void PlatformMemory::dram_read(void *user, std::uint32_t place, std::uint8_t line[64]) {
    const PlatformMemory &m = *static_cast<const PlatformMemory *>(user);
    const std::uint64_t address = m.dram_address(place);
    const auto found = m.dram_.find(address);
    if (found != m.dram_.end()) {
        std::memcpy(line, found->second.data(), 64);
        return;
    }
    const MemoryImage *const image = m.near_image();
    const std::uint64_t bytes = image ? image->bytes() : 0;
    if (address < bytes) image->read(address, line, std::min<std::uint64_t>(64, bytes - address));
}

void PlatformMemory::dram_write(void *user, std::uint32_t place, const std::uint8_t line[64],
                                std::uint64_t enables) {
    PlatformMemory &m = *static_cast<PlatformMemory *>(user);
    std::array<std::uint8_t, 64> content{};
    dram_read(user, place, content.data());
    for (unsigned i = 0; i < 64; i++)
        if (enables >> i & 1u) content[i] = line[i];
    m.dram_[m.dram_address(place)] = content;
}

void PlatformMemory::pulse_read(void *user, std::uint32_t address, std::uint8_t beat[16],
                                std::uint8_t *parity) {
    const PlatformMemory &m = *static_cast<const PlatformMemory *>(user);
    if (!m.pulses_) return;
    brg_pulse_read(m.pulses_.get(), address, beat, parity);
    if (m.config_.pulse.corrupt_beat == address + 1) *parity ^= 1;
}

void PlatformMemory::counters(brg_machine *machine, brg_platform_counters &out) const {
    const auto cache = [&](unsigned i) {
        return brg_machine_counter(machine, BRG_MACHINE_CACHE, i);
    };
    const auto dram = [&](unsigned i) { return brg_machine_counter(machine, BRG_MACHINE_DRAM, i); };
    const auto store = [&](unsigned i) {
        return brg_machine_counter(machine, BRG_MACHINE_STORE, i);
    };
    const auto pulse = [&](unsigned i) {
        return brg_machine_counter(machine, BRG_MACHINE_PULSE, i);
    };
    // The numbers are those of rtl/brg_cache.svh and rtl/brg_ddr4.svh.
    if (setup_.cache_enable) {
        brg_cache_statistics &c = out.cache;
        c.accesses = cache(0) + cache(1);
        c.hits = cache(2);
        c.misses = cache(3);
        c.merges = cache(4);
        c.fills = cache(5);
        c.write_backs = cache(6);
        c.stall_cycles = cache(7);
        c.prefetch_issued = cache(9);
        c.prefetch_useful = cache(10);
        c.prefetch_useless = cache(11);
        c.prefetch_late = cache(12);
        c.ecc_corrected = cache(14);
        c.ecc_uncorrectable = cache(15);
        c.ecc_refetches = cache(16);
    }
    if (setup_.use_dram) {
        brg_dram_statistics &d = out.dram;
        d.reads = dram(0);
        d.writes = dram(1);
        d.row_hits = dram(2);
        d.row_misses = dram(3);
        d.row_conflicts = dram(4);
        d.activates = dram(5);
        d.precharges = dram(6);
        d.refreshes = dram(7);
        d.queue_clocks = dram(8);
        d.activate_clocks = dram(9);
        d.refresh_clocks = dram(10);
        d.bus_clocks = dram(11);
        d.busy_clocks = dram(12);
        d.clocks = dram(14);
        d.violations = brg_machine_violations(machine);
    }
    if (setup_.store_cached) {
        brg_control_store_statistics &s = out.control_store;
        s.accesses = store(0);
        s.hits = store(1);
        s.misses = store(2);
        s.prefetches = store(3);
        s.prefetch_hits = store(4);
        s.stall_cycles = store(6);
    }
    if (setup_.pulse_enable) {
        brg_pulse_statistics &p = out.pulse;
        p.words = pulse(BRG_PULSE_COUNT_WORDS);
        p.bytes = pulse(BRG_PULSE_COUNT_BYTES);
        p.stall_cycles = pulse(BRG_PULSE_COUNT_STALLS);
        for (unsigned i = 0; i < BRG_PULSE_BUFFERS; i++) {
            p.buffer_stall_cycles[i] = pulse(BRG_PULSE_COUNT_STALL + i);
            p.high_water_words[i] = pulse(BRG_PULSE_COUNT_HIGH + i);
        }
    }
}

}  // namespace brg
