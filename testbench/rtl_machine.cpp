// SPDX-License-Identifier: Apache-2.0
// The verilated brg_machine behind the C face of rtl_machine.h.
#include "testbench/rtl_machine.h"

#include <endian.h>
#include <verilated.h>
#include <verilated_fst_c.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "Vbrg_machine.h"
#include "testbench/rtl_plant.h"

namespace {
constexpr std::uint32_t fst_levels = 99;
constexpr unsigned dram_lanes = 16, beat_lanes = 4;
// Registers of the pulse unit (docs/rtl/brg_pulse_unit.md).
constexpr unsigned pulse_counter = 0x34, pulse_counter_lo = 0x38, pulse_counter_hi = 0x3c;
}  // namespace

struct brg_machine {
    brg_machine_in in{};
    brg_machine_out out{};
    brg_plant_calls calls{};
    brg_machine_memories memories{};
    VerilatedContext context;
    std::unique_ptr<Vbrg_machine> model;
    std::unique_ptr<VerilatedFstC> waves;
    brg_machine_in applied{};  // inputs of the last evaluation with low clocks
    bool low = false;          // the model is evaluated, clocks low, with `applied`
    std::uint64_t cycles = 0;  // control edges since reset
    std::uint64_t violations = 0;
    std::uint64_t dumped_ps = 0;
    std::uint64_t half_ps = 0;  // half way to the last edge that was no skip
    bool any_dump = false;

    ~brg_machine() {
        Verilated::threadContextp(&context);
        if (model) model->final();
        if (waves) waves->close();
        model.reset();
    }

    // The FST wants times that never go back.
    void dump(std::uint64_t time_ps) {
        if (any_dump && time_ps < dumped_ps) time_ps = dumped_ps;
        waves->dump(time_ps);
        dumped_ps = time_ps;
        any_dump = true;
    }
    void eval() {
        Verilated::threadContextp(&context);
        model->eval();
    }
    void read_outputs();
    bool serve_dram();
    void serve_pulse(bool at_control, std::uint8_t asked, const std::uint32_t *addresses);
};

int brg_machine_new(brg_machine **out, const brg_plant_calls *calls,
                    const brg_machine_memories *memories, const char *fst_path) {
    if (!out) return BRG_EINVAL;
    *out = nullptr;
    std::unique_ptr<brg_machine> machine;
    try {
        machine = std::make_unique<brg_machine>();
        if (calls) machine->calls = *calls;
        if (memories) machine->memories = *memories;
        Verilated::threadContextp(&machine->context);
        machine->context.fatalOnError(false);
        machine->context.traceEverOn(fst_path != nullptr);
        // No X in Verilator: what has no reset starts the same in every run.
        machine->context.randReset(0);
        machine->model = std::make_unique<Vbrg_machine>(&machine->context, "TOP");
        const VerilatedScope *const scope = machine->context.scopeFind("TOP.brg_machine.u_plant");
        if (!scope) return BRG_ESTATE;
        brg_rtl_bind_plant(scope, &machine->calls);
        if (fst_path) {
            machine->waves = std::make_unique<VerilatedFstC>();
            machine->model->trace(machine->waves.get(), fst_levels);
            errno = 0;
            machine->waves->open(fst_path);
            if (!machine->waves->isOpen()) return BRG_EIO;
        }
    } catch (const std::bad_alloc &) {
        return BRG_ENOMEM;
    }
    *out = machine.release();
    return BRG_OK;
}

void brg_machine_destroy(brg_machine **machine) {
    if (!machine) return;
    delete *machine;
    *machine = nullptr;
}

void brg_machine_configure(brg_machine *machine, const brg_machine_setup *s) {
    Vbrg_machine &m = *machine->model;
    m.use_host_i = s->use_host;
    m.use_memory_i = s->use_memory;
    m.near_external_i = s->near_external;
    m.store_cached_i = s->store_cached;
    m.store_prefetch_i = s->store_prefetch;
    m.store_lines_log2_i = s->store_lines_log2 & 0xfu;
    m.store_length_i = s->store_length & 0x1fffu;
    m.store_base_i = s->store_base;
    m.cache_enable_i = s->cache_enable;
    m.cache_ways_log2_i = s->cache_ways_log2 & 3u;
    m.cache_sets_log2_i = s->cache_sets_log2 & 0xfu;
    m.cache_line_log2_i = s->cache_line_log2 & 0xfu;
    m.cache_policy_i = s->cache_policy & 3u;
    m.cache_seed_i = s->cache_seed;
    m.cache_ecc_i = s->cache_ecc;
    m.prefetch_kind_i = s->prefetch_kind & 3u;
    m.prefetch_depth_i = s->prefetch_depth;
    for (int i = 0; i < BRG_MACHINE_TIMING_WORDS; i++) m.dram_timing_i[i] = s->dram_timing[i];
    m.dram_policy_i = s->dram_policy;
    m.pulse_enable_i = s->pulse_enable;
    machine->low = false;
}

brg_machine_in *brg_machine_inputs(brg_machine *machine) {
    return &machine->in;
}
const brg_machine_out *brg_machine_outputs(const brg_machine *machine) {
    return &machine->out;
}

void brg_machine_show_qec(brg_machine *machine, const brg_rtl_qec_view *view) {
    static_assert(sizeof machine->model->qec_view_i == sizeof *view, "words of brg_qec_view");
    EData *const pins = machine->model->qec_view_i.data();
    if (std::memcmp(pins, view, sizeof *view) == 0) return;
    std::memcpy(pins, view, sizeof *view);
    machine->low = false;
}

void brg_machine::read_outputs() {
    Vbrg_machine &m = *model;
    brg_rtl_out &bus = out.bus;
    bus.awready = m.s_axil_awready_o;
    bus.wready = m.s_axil_wready_o;
    bus.bvalid = m.s_axil_bvalid_o;
    bus.bresp = m.s_axil_bresp_o;
    bus.arready = m.s_axil_arready_o;
    bus.rvalid = m.s_axil_rvalid_o;
    bus.rdata = m.s_axil_rdata_o;
    bus.rresp = m.s_axil_rresp_o;
    bus.m_arvalid = m.m_axi_arvalid_o;
    bus.m_arid = m.m_axi_arid_o;
    bus.m_araddr = m.m_axi_araddr_o;
    bus.m_arlen = m.m_axi_arlen_o;
    bus.m_arsize = m.m_axi_arsize_o;
    bus.m_arburst = m.m_axi_arburst_o;
    bus.m_rready = m.m_axi_rready_o;
    bus.irq = m.irq_o;
    bus.waiting = m.waiting_o;
    bus.await_word = m.await_word_o;
    bus.await_page = m.await_page_o;
    bus.await_plane = m.await_plane_o;
    bus.await_issued = m.await_issued_o;
    bus.probe = m.probe_o;
    // In reset nothing counts, so every edge is its own.
    out.quiet[BRG_DOMAIN_CONTROL] = in.bus.rst_n ? m.quiet_cycles_o : 0;
    out.quiet[BRG_DOMAIN_MEMORY] = in.memory_rst_n ? m.mem_quiet_cycles_o : 0;
    out.quiet[BRG_DOMAIN_DRAM] = in.memory_rst_n ? m.dram_quiet_cycles_o : 0;
    out.quiet[BRG_DOMAIN_HOST] = in.bus.rst_n ? m.host_quiet_cycles_o : 0;
    out.hint_ready = m.hint_ready_o;
    out.s_awready = m.s_axi_awready_o;
    out.s_wready = m.s_axi_wready_o;
    out.s_bvalid = m.s_axi_bvalid_o;
    out.s_bid = m.s_axi_bid_o;
    out.s_bresp = m.s_axi_bresp_o;
    out.s_arready = m.s_axi_arready_o;
    out.s_rvalid = m.s_axi_rvalid_o;
    if (out.s_rvalid) {
        out.s_rid = m.s_axi_rid_o;
        for (int i = 0; i < BRG_RTL_DATA_LANES; i++) out.s_rdata[i] = m.s_axi_rdata_o[i];
        out.s_rresp = m.s_axi_rresp_o;
        out.s_rlast = m.s_axi_rlast_o;
    }
    out.cdc_request = m.cdc_request_o;
    out.cdc_response = m.cdc_response_o;
    out.cache_state = m.cache_state_o;
    out.cache_line = m.cache_line_o;
    out.dram_cdc = m.dram_cdc_o;
    out.dram_state = m.dram_state_o;
    out.dram_address = m.dram_head_o;
    out.dram_refresh_rank = m.dram_rank_o;
    out.dram_violation = m.violation_o;
    out.dram_violation_code = m.violation_code_o;
    out.starved_layer = m.starved_layer_o;
    out.pulse_error = m.pulse_error_o;
    out.pulse_error_code = m.pulse_error_code_o;
    out.pulse_error_layer = m.pulse_error_layer_o;
    out.store_missing = m.store_missing_o;
    out.store_word = m.store_word_o;
    out.store_error = m.store_error_code_o;
}

void brg_machine_settle(brg_machine *machine, uint64_t time_ps) {
    (void)time_ps;
    const brg_machine_in &in = machine->in;
    if (machine->low && std::memcmp(&in, &machine->applied, sizeof in) == 0) return;
    Vbrg_machine &m = *machine->model;
    const brg_rtl_in &bus = in.bus;

    m.clk_i = 0;
    m.mem_clk_i = 0;
    m.dram_clk_i = 0;
    m.host_clk_i = 0;
    m.skip_i = 0;
    m.mem_skip_i = 0;
    m.dram_skip_i = 0;
    m.rst_ni = bus.rst_n;
    m.mem_rst_ni = in.memory_rst_n;
    m.observe_i = bus.observe;
    m.s_axil_awvalid_i = bus.awvalid;
    m.s_axil_awaddr_i = bus.awaddr & 0xfffu;
    m.s_axil_wvalid_i = bus.wvalid;
    m.s_axil_wdata_i = bus.wdata;
    m.s_axil_wstrb_i = bus.wstrb & 0xfu;
    m.s_axil_bready_i = bus.bready;
    m.s_axil_arvalid_i = bus.arvalid;
    m.s_axil_araddr_i = bus.araddr & 0xfffu;
    m.s_axil_rready_i = bus.rready;
    m.m_axi_arready_i = bus.m_arready;
    m.m_axi_rvalid_i = bus.m_rvalid;
    m.m_axi_rid_i = bus.m_rid & 0xfu;
    if (bus.m_rvalid)  // the data mean nothing otherwise
        for (int i = 0; i < BRG_RTL_DATA_LANES; i++) m.m_axi_rdata_i[i] = bus.m_rdata[i];
    m.m_axi_rresp_i = bus.m_rresp & 3u;
    m.m_axi_rlast_i = bus.m_rlast;
    m.decoder_ready_i = !bus.decoder_busy;
    m.hint_valid_i = in.hint_valid;
    m.hint_base_i = in.hint_base;
    m.hint_bytes_i = in.hint_bytes;
    m.pulse_reg_valid_i = in.pulse_write;
    m.pulse_reg_write_i = in.pulse_write;
    m.pulse_reg_address_i = in.pulse_address & 0xfffu;
    m.pulse_reg_wdata_i = in.pulse_data;
    m.s_axi_awvalid_i = in.s_awvalid;
    m.s_axi_awid_i = in.s_awid & 0xfu;
    m.s_axi_awaddr_i = in.s_awaddr;
    m.s_axi_awlen_i = in.s_awlen;
    m.s_axi_awsize_i = 5;
    m.s_axi_awburst_i = 1;
    m.s_axi_wvalid_i = in.s_wvalid;
    if (in.s_wvalid)
        for (int i = 0; i < BRG_RTL_DATA_LANES; i++) m.s_axi_wdata_i[i] = in.s_wdata[i];
    m.s_axi_wstrb_i = in.s_wstrb;
    m.s_axi_wlast_i = in.s_wlast;
    m.s_axi_bready_i = in.s_bready;
    m.s_axi_arvalid_i = in.s_arvalid;
    m.s_axi_arid_i = in.s_arid & 0xfu;
    m.s_axi_araddr_i = in.s_araddr;
    m.s_axi_arlen_i = in.s_arlen;
    m.s_axi_arsize_i = 5;
    m.s_axi_arburst_i = 1;
    m.s_axi_rready_i = in.s_rready;
    m.event_i = in.event & 0x1fu;
    m.event_detail_i = in.event_detail;

    machine->eval();
    std::memcpy(&machine->applied, &in, sizeof in);
    machine->low = true;
    machine->read_outputs();
}

// The DRAM device asks in a cycle and takes the line at the end of it.
bool brg_machine::serve_dram() {
    Vbrg_machine &m = *model;
    std::uint8_t line[64] = {};
    if (m.dram_write_o && memories.dram_write) {
        for (unsigned i = 0; i < dram_lanes; i++) {
            const std::uint32_t lane = htole32(m.dram_wdata_o[i]);
            std::memcpy(line + 4 * i, &lane, sizeof lane);
        }
        memories.dram_write(memories.user, m.dram_address_o, line, m.dram_wmask_o);
    }
    if (!m.dram_read_o) return false;
    std::memset(line, 0, sizeof line);
    if (memories.dram_read) memories.dram_read(memories.user, m.dram_address_o, line);
    for (unsigned i = 0; i < dram_lanes; i++) {
        std::uint32_t lane = 0;
        std::memcpy(&lane, line + 4 * i, sizeof lane);
        m.dram_rdata_i[i] = le32toh(lane);
    }
    return true;
}

// A beat stands in the cycle after its address.
void brg_machine::serve_pulse(bool at_control, std::uint8_t asked, const std::uint32_t *addresses) {
    if (!at_control || asked == 0 || !memories.pulse_read) return;
    Vbrg_machine &m = *model;
    unsigned parities = m.pulse_mem_parity_i;
    for (unsigned c = 0; c < BRG_MACHINE_CHANNELS; c++) {
        if (!(asked >> c & 1u)) continue;
        std::uint8_t beat[16] = {}, parity = 0;
        memories.pulse_read(memories.user, addresses[c], beat, &parity);
        for (unsigned i = 0; i < beat_lanes; i++) {
            std::uint32_t lane = 0;
            std::memcpy(&lane, beat + 4 * i, sizeof lane);
            m.pulse_mem_data_i[beat_lanes * c + i] = le32toh(lane);
        }
        parities = (parities & ~(1u << c)) | (parity & 1u) << c;
    }
    m.pulse_mem_parity_i = static_cast<std::uint8_t>(parities);
}

void brg_machine_edge(brg_machine *machine, unsigned mask, const uint32_t skip[BRG_DOMAINS],
                      uint64_t time_ps) {
    Vbrg_machine &m = *machine->model;
    brg_machine_settle(machine, time_ps);
    const bool at_control = mask >> BRG_DOMAIN_CONTROL & 1u;
    const bool at_dram = mask >> BRG_DOMAIN_DRAM & 1u;
    std::uint32_t skips[BRG_DOMAINS] = {};
    bool skipping = false;
    for (unsigned d = 0; skip && d < BRG_DOMAINS; d++) {
        if (!(mask >> d & 1u)) continue;
        skips[d] = std::min(skip[d], machine->out.quiet[d]);
        skipping = skipping || skips[d] != 0;
    }
    // What lies between the edges shows half way, before a skip as early as before a usual edge.
    if (machine->waves) {
        const std::uint64_t last = machine->any_dump ? machine->dumped_ps : 0;
        std::uint64_t half = time_ps > last ? (time_ps - last) / 2 : 0;
        if (!skipping)
            machine->half_ps = half;
        else if (machine->half_ps != 0)
            half = std::min(half, machine->half_ps);
        if (half > 0 || !machine->any_dump) machine->dump(last + half);
    }
    // What is taken at the edge must have settled before it.
    bool again = skipping;
    if (skipping) {
        m.skip_i = skips[BRG_DOMAIN_CONTROL];
        m.mem_skip_i = skips[BRG_DOMAIN_MEMORY];
        m.dram_skip_i = skips[BRG_DOMAIN_DRAM];
    }
    if (at_dram) {
        again = machine->serve_dram() || again;
        if (m.violation_o && machine->in.memory_rst_n) machine->violations++;
    }
    if (again) machine->eval();
    const std::uint8_t asked = m.pulse_mem_valid_o;
    std::uint32_t addresses[BRG_MACHINE_CHANNELS];
    for (unsigned c = 0; c < BRG_MACHINE_CHANNELS; c++) addresses[c] = m.pulse_mem_address_o[c];
    if (at_control) m.clk_i = 1;
    if (mask >> BRG_DOMAIN_MEMORY & 1u) m.mem_clk_i = 1;
    if (at_dram) m.dram_clk_i = 1;
    if (mask >> BRG_DOMAIN_HOST & 1u) m.host_clk_i = 1;
    machine->eval();
    machine->serve_pulse(at_control, asked, addresses);
    machine->low = false;
    if (at_control)
        machine->cycles =
            machine->applied.bus.rst_n ? machine->cycles + 1 + skips[BRG_DOMAIN_CONTROL] : 0;
    if (machine->waves) machine->dump(time_ps);
}

uint64_t brg_machine_counter(brg_machine *machine, brg_machine_part part, unsigned index) {
    Vbrg_machine &m = *machine->model;
    if (part != BRG_MACHINE_PULSE) {
        m.stat_index_i = index & 31u;
        machine->low = false;
        brg_machine_settle(machine, machine->dumped_ps);
        switch (part) {
            case BRG_MACHINE_CACHE:
                return m.cache_stat_o;
            case BRG_MACHINE_DRAM:
                return m.dram_stat_o;
            default:
                return m.store_stat_o;
        }
    }
    const auto access = [&](bool write, unsigned address, std::uint32_t data) {
        machine->low = false;
        brg_machine_settle(machine, machine->dumped_ps);
        m.pulse_reg_valid_i = 1;
        m.pulse_reg_write_i = write;
        m.pulse_reg_address_i = address & 0xfffu;
        m.pulse_reg_wdata_i = data;
        machine->eval();
        m.clk_i = 1;
        machine->eval();
        machine->low = false;
        machine->cycles++;
        brg_machine_settle(machine, machine->dumped_ps);
        return std::uint64_t{m.pulse_reg_rdata_o};
    };
    access(true, pulse_counter, index);
    const std::uint64_t low = access(false, pulse_counter_lo, 0);
    return low | access(false, pulse_counter_hi, 0) << 32;
}

uint64_t brg_machine_violations(const brg_machine *machine) {
    return machine->violations;
}
uint64_t brg_machine_cycles(const brg_machine *machine) {
    return machine->cycles;
}
bool brg_machine_failed(const brg_machine *machine) {
    return machine->context.gotError();
}
