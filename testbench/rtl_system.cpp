// SPDX-License-Identifier: Apache-2.0
// The verilated brg_system behind the C face of rtl_system.h, and the C side of the DPI imports.
#include "testbench/rtl_system.h"

#include <verilated.h>
#include <verilated_fst_c.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "Vbrg_system.h"
#include "Vbrg_system__Dpi.h"
#include "testbench/rtl_plant.h"

namespace {

// The address of this marks our entry among a scope's user data.
const char user_key = 0;
char *key() {
    return const_cast<char *>(&user_key);
}

constexpr std::uint32_t fst_levels = 99;

}  // namespace

struct brg_rtl {
    brg_rtl_in in{};
    brg_rtl_out out{};
    brg_plant_calls calls{};
    VerilatedContext context;
    std::unique_ptr<Vbrg_system> model;
    std::unique_ptr<VerilatedFstC> waves;
    brg_rtl_in applied{};      // inputs of the last evaluation with a low clock
    bool low = false;          // the model is evaluated, clock low, with `applied`
    std::uint32_t quiet = 0;   // its answer there
    std::uint64_t cycles = 0;  // edges since reset, skipped ones too
    std::uint64_t dumped_ps = 0;
    std::uint64_t half_ps = 0;  // half way to the last edge that was no skip
    bool any_dump = false;

    ~brg_rtl() {
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
};

// ---- C side of rtl/brg_dpi.svh

namespace {

const brg_plant_calls *plant_calls() {
    return static_cast<const brg_plant_calls *>(svGetUserData(svGetScope(), key()));
}

}  // namespace

void brg_rtl_bind_plant(const VerilatedScope *scope, const brg_plant_calls *calls) {
    svPutUserData(const_cast<VerilatedScope *>(scope), key(), const_cast<brg_plant_calls *>(calls));
}

extern "C" {

void brg_dpi_begin(int tag) {
    const brg_plant_calls *const c = plant_calls();
    if (c && c->begin) c->begin(c->user, static_cast<std::uint32_t>(tag));
}

void brg_dpi_slice(int slice, long long cycle, const svBitVecVal *waits, const svBitVecVal *word,
                   long long duration, int version) {
    const brg_plant_calls *const c = plant_calls();
    if (!c || !c->slice) return;
    brg_plant_slice s{};
    s.slice = static_cast<std::uint32_t>(slice);
    s.cycle = static_cast<std::uint64_t>(cycle);
    for (int i = 0; i < BRG_CAUSE_COUNT; i++) s.wait_cycles[i] = waits[i];
    for (int i = 0; i < 6; i++) s.word[i] = word[i];
    s.duration_cycles = static_cast<std::uint64_t>(duration);
    s.version = version;
    c->slice(c->user, &s);
}

void brg_dpi_leaf(int version, int plane, int index, const svBitVecVal *data) {
    const brg_plant_calls *const c = plant_calls();
    if (!c || !c->leaf) return;
    std::uint64_t words[8];
    for (int i = 0; i < 8; i++)
        words[i] = data[2 * i] | static_cast<std::uint64_t>(data[2 * i + 1]) << 32;
    c->leaf(c->user, version, static_cast<std::uint32_t>(plane), static_cast<std::uint32_t>(index),
            words);
}

void brg_dpi_readout(svBitVecVal *bits) {
    const brg_plant_calls *const c = plant_calls();
    const std::uint64_t answer = c && c->readout ? c->readout(c->user) : 0;
    bits[0] = static_cast<svBitVecVal>(answer);
    bits[1] = static_cast<svBitVecVal>(answer >> 32);
}

void brg_dpi_end(int tag, int status) {
    const brg_plant_calls *const c = plant_calls();
    if (c && c->end)
        c->end(c->user, static_cast<std::uint32_t>(tag), static_cast<std::uint32_t>(status));
}

void brg_dpi_observe(double *infidelity, double *norm) {
    const brg_plant_calls *const c = plant_calls();
    *infidelity = 0.0;
    *norm = 0.0;
    if (c && c->observe) c->observe(c->user, infidelity, norm);
}

double brg_dpi_population(int layer) {
    const brg_plant_calls *const c = plant_calls();
    return c && c->population ? c->population(c->user, static_cast<std::uint32_t>(layer)) : 0.0;
}

}  // extern "C"

// ---- The C face

int brg_rtl_new(brg_rtl **out, const brg_plant_calls *calls, const char *fst_path) {
    if (!out) return BRG_EINVAL;
    *out = nullptr;
    std::unique_ptr<brg_rtl> rtl;
    try {
        rtl = std::make_unique<brg_rtl>();
        if (calls) rtl->calls = *calls;
        Verilated::threadContextp(&rtl->context);
        rtl->context.fatalOnError(false);
        rtl->context.traceEverOn(fst_path != nullptr);
        // No X in Verilator: what has no reset starts the same in every run.
        rtl->context.randReset(0);
        rtl->model = std::make_unique<Vbrg_system>(&rtl->context, "TOP");
        const VerilatedScope *const scope = rtl->context.scopeFind("TOP.brg_system.u_plant");
        if (!scope) return BRG_ESTATE;
        brg_rtl_bind_plant(scope, &rtl->calls);
        if (fst_path) {
            rtl->waves = std::make_unique<VerilatedFstC>();
            rtl->model->trace(rtl->waves.get(), fst_levels);
            errno = 0;
            rtl->waves->open(fst_path);
            if (!rtl->waves->isOpen()) return BRG_EIO;
        }
    } catch (const std::bad_alloc &) {
        return BRG_ENOMEM;
    }
    *out = rtl.release();
    return BRG_OK;
}

void brg_rtl_destroy(brg_rtl **rtl) {
    if (!rtl) return;
    delete *rtl;
    *rtl = nullptr;
}

brg_rtl_in *brg_rtl_inputs(brg_rtl *rtl) {
    return &rtl->in;
}
const brg_rtl_out *brg_rtl_outputs(const brg_rtl *rtl) {
    return &rtl->out;
}

void brg_rtl_show_qec(brg_rtl *rtl, const brg_rtl_qec_view *view) {
    static_assert(sizeof rtl->model->qec_view_i == sizeof *view, "words of brg_qec_view");
    EData *const pins = rtl->model->qec_view_i.data();
    if (std::memcmp(pins, view, sizeof *view) == 0) return;
    std::memcpy(pins, view, sizeof *view);
    rtl->low = false;
}

// The model is a function of its inputs and its state, and its state changes at a rising edge or by
// a reset, which is an input. So when the clock is low and no input differs from those of the last
// evaluation, another one would give the same outputs. The times only matter to the waves: all that
// changes between two edges is shown half-way, where the clock falls.
void brg_rtl_settle(brg_rtl *rtl, uint64_t time_ps) {
    (void)time_ps;
    if (rtl->low && std::memcmp(&rtl->in, &rtl->applied, sizeof rtl->in) == 0) return;
    Vbrg_system &m = *rtl->model;
    const brg_rtl_in &in = rtl->in;
    brg_rtl_out &out = rtl->out;

    m.clk_i = 0;
    m.skip_i = 0;
    m.rst_ni = in.rst_n;
    m.observe_i = in.observe;
    m.s_axil_awvalid_i = in.awvalid;
    m.s_axil_awaddr_i = in.awaddr & 0xfffu;
    m.s_axil_wvalid_i = in.wvalid;
    m.s_axil_wdata_i = in.wdata;
    m.s_axil_wstrb_i = in.wstrb & 0xfu;
    m.s_axil_bready_i = in.bready;
    m.s_axil_arvalid_i = in.arvalid;
    m.s_axil_araddr_i = in.araddr & 0xfffu;
    m.s_axil_rready_i = in.rready;
    m.m_axi_arready_i = in.m_arready;
    m.m_axi_rvalid_i = in.m_rvalid;
    m.m_axi_rid_i = in.m_rid & 0xfu;
    if (in.m_rvalid)  // the data mean nothing otherwise
        for (int i = 0; i < BRG_RTL_DATA_LANES; i++) m.m_axi_rdata_i[i] = in.m_rdata[i];
    m.m_axi_rresp_i = in.m_rresp & 3u;
    m.m_axi_rlast_i = in.m_rlast;
    m.decoder_ready_i = !in.decoder_busy;

    Verilated::threadContextp(&rtl->context);
    m.eval();
    std::memcpy(&rtl->applied, &in, sizeof in);
    rtl->low = true;

    out.awready = m.s_axil_awready_o;
    out.wready = m.s_axil_wready_o;
    out.bvalid = m.s_axil_bvalid_o;
    out.bresp = m.s_axil_bresp_o;
    out.arready = m.s_axil_arready_o;
    out.rvalid = m.s_axil_rvalid_o;
    out.rdata = m.s_axil_rdata_o;
    out.rresp = m.s_axil_rresp_o;
    out.m_arvalid = m.m_axi_arvalid_o;
    out.m_arid = m.m_axi_arid_o;
    out.m_araddr = m.m_axi_araddr_o;
    out.m_arlen = m.m_axi_arlen_o;
    out.m_arsize = m.m_axi_arsize_o;
    out.m_arburst = m.m_axi_arburst_o;
    out.m_rready = m.m_axi_rready_o;
    out.irq = m.irq_o;
    out.waiting = m.waiting_o;
    out.await_word = m.await_word_o;
    out.await_page = m.await_page_o;
    out.await_plane = m.await_plane_o;
    out.await_issued = m.await_issued_o;
    out.probe = m.probe_o;
    // In reset nothing counts, so every edge is its own.
    rtl->quiet = in.rst_n ? m.quiet_cycles_o : 0;
}

uint32_t brg_rtl_quiet(const brg_rtl *rtl) {
    return rtl->quiet;
}

void brg_rtl_edge(brg_rtl *rtl, uint64_t time_ps) {
    brg_rtl_edge_skip(rtl, time_ps, 0);
}

void brg_rtl_edge_skip(brg_rtl *rtl, uint64_t time_ps, uint32_t skip) {
    Vbrg_system &m = *rtl->model;
    if (!rtl->low) brg_rtl_settle(rtl, time_ps);
    if (skip > rtl->quiet) skip = rtl->quiet;
    // What lies between the edges shows half way, before a skip as early as before a usual edge.
    if (rtl->waves) {
        const std::uint64_t last = rtl->any_dump ? rtl->dumped_ps : 0;
        std::uint64_t half = time_ps > last ? (time_ps - last) / 2 : 0;
        if (skip == 0)
            rtl->half_ps = half;
        else if (rtl->half_ps != 0)
            half = std::min(half, rtl->half_ps);
        rtl->dump(last + half);
    }
    Verilated::threadContextp(&rtl->context);
    if (skip != 0) {  // what is added at the edge must have settled before it
        m.skip_i = skip;
        m.eval();
    }
    m.clk_i = 1;
    m.eval();
    rtl->low = false;
    rtl->cycles = rtl->applied.rst_n ? rtl->cycles + 1 + skip : 0;
    if (rtl->waves) rtl->dump(time_ps);
}

uint64_t brg_rtl_cycles(const brg_rtl *rtl) {
    return rtl->cycles;
}
bool brg_rtl_failed(const brg_rtl *rtl) {
    return rtl->context.gotError();
}
