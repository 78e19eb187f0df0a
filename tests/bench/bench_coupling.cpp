// SPDX-License-Identifier: Apache-2.0
// What the coupling costs: cycles per second of the platform (SystemC, host, memory tier, recorder)
// against the bare verilated model on the same cycles.
//
// One run of the platform is recorded at the pins of the model, and a loop of nothing but the model
// with the recorded inputs must give the recorded outputs in every cycle. Then platform (without
// the recording) and loop take turns, each with a new model; each keeps its best time, in CPU
// seconds, so that a busy machine changes little. The bare loop does what any test bench must do:
// two evaluations a cycle, inputs written when they change; its plant is there but does nothing.
//
//   bench_coupling [REPEATS]     exit 1 when a ratio is below its floor: 0.8 where slices last at
//                                least 40 ns, 0.7 for the extreme of 20 ns and a bus half full
#include <verilated.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "Vbrg_system.h"
#include "model/image.h"
#include "model/program.h"
#include "testbench/platform.h"
#include "testbench/rtl_system.h"

namespace {

struct Change {
    std::uint64_t edge;
    brg_rtl_in in;
};

struct Recording {
    std::vector<Change> changes;
    std::uint64_t edges = 0;
    std::uint64_t digest = 0;  // of the outputs just before every edge
};

std::uint64_t mix(std::uint64_t digest, std::uint64_t value) {
    return (digest ^ value) * 0x9E3779B97F4A7C15u + 1u;
}

Recording *recording = nullptr;  // where __wrap_brg_rtl_edge_skip writes; null while timing

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

void apply(Vbrg_system &m, const brg_rtl_in &in) {
    m.rst_ni = in.rst_n;
    m.observe_i = in.observe;
    m.s_axil_awvalid_i = in.awvalid;
    m.s_axil_awaddr_i = in.awaddr;
    m.s_axil_wvalid_i = in.wvalid;
    m.s_axil_wdata_i = in.wdata;
    m.s_axil_wstrb_i = in.wstrb;
    m.s_axil_bready_i = in.bready;
    m.s_axil_arvalid_i = in.arvalid;
    m.s_axil_araddr_i = in.araddr;
    m.s_axil_rready_i = in.rready;
    m.m_axi_arready_i = in.m_arready;
    m.m_axi_rvalid_i = in.m_rvalid;
    m.m_axi_rid_i = in.m_rid;
    for (int i = 0; i < BRG_RTL_DATA_LANES; i++) m.m_axi_rdata_i[i] = in.m_rdata[i];
    m.m_axi_rresp_i = in.m_rresp;
    m.m_axi_rlast_i = in.m_rlast;
    m.decoder_ready_i = !in.decoder_busy;
}

std::uint64_t mix_outputs(std::uint64_t d, const Vbrg_system &m) {
    d = mix(d, m.m_axi_arvalid_o | m.irq_o << 1 | m.s_axil_bvalid_o << 2 | m.s_axil_rvalid_o << 3 |
                   m.m_axi_rready_o << 4);
    return mix(mix(d, m.m_axi_araddr_o), m.s_axil_rdata_o);
}

std::uint64_t mix_outputs(std::uint64_t d, const brg_rtl_out &o) {
    d = mix(d, static_cast<std::uint64_t>(o.m_arvalid | o.irq << 1 | o.bvalid << 2 | o.rvalid << 3 |
                                          o.m_rready << 4));
    return mix(mix(d, o.m_araddr), o.rdata);
}

// CPU seconds of the bare model on the recorded inputs. With a digest nothing but the outputs
// matters; without one nothing but the time.
template <bool with_digest>
double run_bare(const Recording &r, std::uint64_t *digest) {
    VerilatedContext context;
    Verilated::threadContextp(&context);
    context.randReset(0);
    const double began = cpu_seconds();
    const auto model = std::make_unique<Vbrg_system>(&context, "TOP");
    std::size_t next = 0;
    for (std::uint64_t edge = 0; edge < r.edges; edge++) {
        if (next < r.changes.size() && r.changes[next].edge == edge)
            apply(*model, r.changes[next++].in);
        model->clk_i = 0;
        model->eval();
        if (with_digest) *digest = mix_outputs(*digest, *model);
        model->clk_i = 1;
        model->eval();
    }
    const double took = cpu_seconds() - began;
    model->final();
    return took;
}

struct Load {
    const char *name;
    std::uint32_t n, k, cycles_per_slice, queries;
    double floor;
};

// The ratio, or a negative number when something failed.
double run_load(const Load &load, int repeats) {
    brg_program_config pc{};
    pc.qram = {BRG_TWO_LEVEL, load.n, load.k};
    pc.readout = true;
    brg_program *program = nullptr;
    brg_planes *image = nullptr;
    if (brg_program_build(&program, "bucket_brigade", &pc, nullptr) != BRG_OK ||
        brg_image_random(&image, load.n, load.k, 1) != BRG_OK)
        return -1.0;
    brg_platform_config config{};
    config.clock_khz = 250000;
    config.program = program;
    config.image = image;
    for (int c = 1; c <= BRG_CLASS_READOUT; c++) config.duration_cycles[c] = load.cycles_per_slice;
    config.memory_latency_ns = 80;
    config.memory_bandwidth_gb_per_s = 8;
    config.queries = load.queries;
    config.quantum_ps = 1000000;
    config.keep_result_bits = true;
    config.no_skip = true;  // the bare model evaluates every cycle too

    double ratio = -1.0, bare_best = 0.0, platform_best = 0.0;
    brg_platform_counters counters{};
    Recording record;
    const auto run = [&] {
        brg_platform *platform = nullptr;
        brg_timeline *timeline = nullptr;
        if (brg_platform_new(&platform, &config) != BRG_OK) return -1.0;
        const double began = cpu_seconds();
        const int e = brg_platform_run(platform, &timeline, nullptr, 0, nullptr, nullptr, nullptr,
                                       &counters, nullptr, nullptr);
        const double took = cpu_seconds() - began;
        brg_timeline_destroy(&timeline);
        if (e != BRG_OK) std::fprintf(stderr, "%s\n", brg_platform_error(platform));
        brg_platform_destroy(&platform);
        return e == BRG_OK ? took : -1.0;
    };
    recording = &record;
    bool good = run() >= 0.0;
    recording = nullptr;
    std::uint64_t digest = 0;
    run_bare<true>(record, &digest);
    good = good && digest == record.digest;
    for (int i = 0; good && i < repeats; i++) {
        const double bare = run_bare<false>(record, nullptr);
        const double coupled = run();
        good = coupled > 0.0 && counters.rtl_cycles == record.edges;
        if (i == 0 || bare < bare_best) bare_best = bare;
        if (i == 0 || coupled < platform_best) platform_best = coupled;
    }
    if (good) {
        const auto edges = static_cast<double>(record.edges);
        ratio = bare_best / platform_best;
        std::printf(
            "%-37s %9.0f cycles, %6llu beats: bare %6.3f Mcycle/s, coupled %6.3f Mcycle/s, "
            "ratio %.3f\n",
            load.name, edges, static_cast<unsigned long long>(counters.read_beats),
            edges / bare_best * 1e-6, edges / platform_best * 1e-6, ratio);
    } else {
        std::fprintf(stderr, "%s: the runs failed or differ\n", load.name);
    }
    brg_program_destroy(&program);
    brg_planes_destroy(&image);
    return ratio;
}

}  // namespace

extern "C" void __real_brg_rtl_edge_skip(brg_rtl *rtl, std::uint64_t time_ps, std::uint32_t skip);

extern "C" void __wrap_brg_rtl_edge_skip(brg_rtl *rtl, std::uint64_t time_ps, std::uint32_t skip) {
    if (recording) {
        const brg_rtl_in &in = *brg_rtl_inputs(rtl);
        std::vector<Change> &changes = recording->changes;
        if (changes.empty() || std::memcmp(&changes.back().in, &in, sizeof in) != 0)
            changes.push_back({recording->edges, in});
        recording->edges++;
        recording->digest = mix_outputs(recording->digest, *brg_rtl_outputs(rtl));
    }
    __real_brg_rtl_edge_skip(rtl, time_ps, skip);
}

int main(int argc, char **argv) {
    const int repeats = argc > 1 ? std::atoi(argv[1]) : 5;
    const Load loads[] = {
        {"long slices: n=12 k=1, 80 us each", 12, 1, 20000, 1, 0.8},
        {"usual: n=12 k=1, 100 ns", 12, 1, 25, 300, 0.8},
        {"short, busy memory: n=12 k=16, 40 ns", 12, 16, 10, 300, 0.8},
        {"extreme: n=12 k=16, 20 ns", 12, 16, 5, 300, 0.7},
    };
    bool good = repeats > 0;
    for (const Load &load : loads) {
        const double ratio = run_load(load, repeats);
        if (ratio >= load.floor) continue;
        std::fprintf(stderr, "bench_coupling: %s: %.3f is below %.1f\n", load.name, ratio,
                     load.floor);
        good = false;
    }
    return good ? 0 : 1;
}
