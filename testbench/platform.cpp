// SPDX-License-Identifier: Apache-2.0
// The SystemC platform: one thread owns the verilated model, workers carry its reads to the memory
// tier, and a C face runs the whole as often as it is asked.
#include "testbench/platform.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <systemc>
#include <vector>

#include "testbench/axi_port.h"
#include "testbench/host.h"
#include "testbench/memory_tier.h"
#include "testbench/platform_driver.h"
#include "testbench/platform_memory.h"
#include "testbench/platform_model.h"
#include "testbench/platform_near.h"
#include "testbench/platform_qec.h"
#include "testbench/platform_router.h"
#include "testbench/platform_stall.h"
#include "testbench/recorder.h"
#include "testbench/tier.h"
#include "testbench/tier_manager.h"

// libsystemc carries a main() of its own that refers to this; the program has its own main().
extern "C" int sc_main(int, char *[]) {
    return 0;
}

namespace brg {
namespace {

// The plant's calls go to the recorder, and those that the stall events need to the probe as well.
struct Calls {
    brg_plant_calls recorder;
    StallProbe *probe;  // NULL while nobody wants events
    PlatformQec *qec;   // NULL without error correction
};

brg_plant_calls plant_calls(Calls &calls) {
    brg_plant_calls c{};
    c.user = &calls;
    c.begin = [](void *user, std::uint32_t tag) {
        const Calls &to = *static_cast<const Calls *>(user);
        if (to.probe) to.probe->begin();
        if (to.qec) to.qec->begin();
        to.recorder.begin(to.recorder.user, tag);
    };
    c.slice = [](void *user, const brg_plant_slice *slice) {
        const Calls &to = *static_cast<const Calls *>(user);
        if (to.probe) to.probe->slice(*slice);
        if (to.qec) to.qec->slice(*slice);
        to.recorder.slice(to.recorder.user, slice);
    };
    c.leaf = [](void *user, std::int32_t version, std::uint32_t plane, std::uint32_t index,
                const std::uint64_t data[8]) {
        const Calls &to = *static_cast<const Calls *>(user);
        to.recorder.leaf(to.recorder.user, version, plane, index, data);
    };
    c.readout = [](void *user) {
        const Calls &to = *static_cast<const Calls *>(user);
        if (to.qec) to.qec->readout();
        return to.recorder.readout(to.recorder.user);
    };
    c.end = [](void *user, std::uint32_t tag, std::uint32_t status) {
        const Calls &to = *static_cast<const Calls *>(user);
        if (to.qec) to.qec->end();
        to.recorder.end(to.recorder.user, tag, status);
        if (to.probe) to.probe->end();
    };
    c.observe = [](void *user, double *infidelity, double *norm) {
        const Calls &to = *static_cast<const Calls *>(user);
        to.recorder.observe(to.recorder.user, infidelity, norm);
    };
    c.population = [](void *user, std::uint32_t layer) {
        const Calls &to = *static_cast<const Calls *>(user);
        return to.recorder.population(to.recorder.user, layer);
    };
    return c;
}

}  // namespace
}  // namespace brg

struct brg_platform {
    brg_platform_config config;
    std::string error;
    brg_recorder *recorder = nullptr;
    brg::StallProbe probe;
    brg::Calls calls{};  // of every model of this platform
    brg::PlatformMemory memory;
    brg::PlatformQec qec;
    brg_tier_failure failure{};         // of a tier in the last run
    std::unique_ptr<brg::Model> model;  // of runs without waves
    bool program_loaded = false;        // into that model's control store
    std::size_t recorded_slices = 0;
    bool dead = false;  // a memory model never answered: its worker cannot be used again

    ~brg_platform() { brg_recorder_destroy(&recorder); }
};

namespace brg {
namespace {

std::uint64_t to_ps(double ns) {
    return static_cast<std::uint64_t>(std::llround(ns * 1000.0));
}

// All modules of the process. SystemC allows one elaboration, so they are made once and kept; what
// differs from platform to platform is configured.
struct Elaboration {
    MemoryTier tier{"tier"};
    DramPort dram{"dram"};
    Router router{"router"};
    AxiPort port{"port"};
    Tier edge{"edge"};
    Tier cloud{"cloud"};
    TierManager manager{"manager"};
    Background background{"background"};
    Helper helper{"helper"};
    Driver driver{"driver", port, dram, background, helper};
    bool in_use = false;

    Elaboration() {
        port.socket.bind(router.front);
        background.socket.bind(router.background);
        router.to_manager.bind(manager.socket);
        manager.near.bind(router.near);
        manager.edge.bind(edge.socket);
        manager.cloud.bind(cloud.socket);
        router.to_tier.bind(tier.socket);
        router.to_tier_background.bind(tier.background);
        router.to_dram.bind(dram.socket);
        router.to_dram_background.bind(dram.background);
        // Lets every thread reach its first wait.
        sc_core::sc_start(sc_core::SC_ZERO_TIME);
    }
};

// Kept to the end of the process like the SystemC kernel itself, which is one per process too.
Elaboration &elaboration() {
    static Elaboration *const one = new Elaboration;
    return *one;
}

bool valid(const brg_platform_config &c) {
    if (!c.program || !c.image) return false;
    const brg_program &p = *c.program;
    if (c.clock_khz < 1 || c.clock_khz > 10000000u) return false;
    if (p.address_width < 1 || p.address_width > BRG_MAX_ADDRESS_WIDTH || p.word_width < 1 ||
        p.word_width > BRG_MAX_WORD_WIDTH || p.count < 1 ||
        p.count > (c.control_store.cached ? BRG_PROGRAM_WORDS : BRG_STORE_WORDS))
        return false;
    if (p.page_bits > BRG_MAX_PAGE_BITS || p.address_width + p.page_bits > BRG_MAX_ADDRESS_WIDTH)
        return false;
    if (c.image->address_width != p.address_width + p.page_bits ||
        c.image->word_width != p.word_width)
        return false;
    for (std::uint32_t i = 0; i < p.count; i++) {
        const unsigned used = p.words[i].duration_class;
        if (used >= BRG_CLASS_COUNT) return false;
        if (used != BRG_CLASS_STEP && c.duration_cycles[used] == 0) return false;
        if (p.words[i].measure && c.duration_cycles[BRG_CLASS_READOUT] == 0) return false;
    }
    if (!(c.memory_latency_ns >= 0 && c.memory_latency_ns <= 1e13)) return false;
    if (!(c.memory_bandwidth_gb_per_s >= 1e-6 && c.memory_bandwidth_gb_per_s <= 1e6)) return false;
    if (c.queries < 1 || c.queries > 1u << 31) return false;
    if (c.watchdog_cycles > UINT32_MAX || c.quantum_ps > 1000000000000000u) return false;
    if (c.page_base % 64 != 0) return false;
    return c.background_period_ps == 0 || (c.background_bytes >= 1 && c.background_bytes <= 4096);
}

std::uint64_t clocks(void *model) {
    return static_cast<const Model *>(model)->cycles();
}

int make_model(brg_platform &p, std::unique_ptr<Model> &model, const char *fst_path) {
    const brg_plant_calls calls = plant_calls(p.calls);
    if (p.memory.machine()) {
        brg_machine *machine = nullptr;
        const int e = brg_machine_new(&machine, &calls, &p.memory.memories(), fst_path);
        if (e == BRG_OK) model = std::make_unique<MachineModel>(machine, p.memory.setup());
        return e;
    }
    brg_rtl *rtl = nullptr;
    const int e = brg_rtl_new(&rtl, &calls, fst_path);
    if (e == BRG_OK) model = std::make_unique<SystemModel>(rtl);
    return e;
}

// What the tier manager says of a read that waits; false when it knows nothing or near memory has
// the request.
bool tier_reason(const TierManager &manager, std::uint64_t address, Reason &reason,
                 std::uint64_t &until_ps) {
    TierWaiting waiting;
    if (!manager.what(address, waiting)) return false;
    until_ps = waiting.until_ps;
    reason.detail = waiting.tier;
    switch (waiting.kind) {
        case BRG_TIER_WAIT_RATE:
        case BRG_TIER_WAIT_QUEUE:
        case BRG_TIER_WAIT_FRAME:
            reason.kind = BRG_EVENT_TIER_LIMIT;
            return true;
        case BRG_TIER_WAIT_OUTAGE:
            reason.kind = BRG_EVENT_TIER_OUTAGE;
            return true;
        case BRG_TIER_WAIT_RETRY:
            reason.kind = BRG_EVENT_TIER_RETRY;
            return true;
        case BRG_TIER_WAIT_LATENCY:
        case BRG_TIER_WAIT_TRANSFER:
        case BRG_TIER_WAIT_EVICTION:
            reason.kind = BRG_EVENT_TIER_TRANSFER;
            return true;
        default:
            return false;
    }
}

// Sets the memory system of the run.
int configure(brg_platform &p, Elaboration &sim, Job &job) {
    const brg_platform_config &c = p.config;
    PlatformMemory &memory = p.memory;
    memory.restart();
    MemoryTierConfig tier;
    tier.image = memory.near_image();
    tier.capacity = memory.tiers() ? memory.near_capacity() : 0;
    tier.latency_ps = to_ps(c.memory_latency_ns);
    tier.bytes_per_s = static_cast<std::uint64_t>(std::llround(c.memory_bandwidth_gb_per_s * 1e9));
    tier.blocks = c.memory_blocks;
    sim.tier.configure(tier);
    job.tiers = memory.tiers();
    if (job.tiers) {
        int e = memory.make_stores();
        const brg_tiers_config &tiers = memory.tiers_config();
        if (e == BRG_OK)
            e = sim.edge.configure(tiers.tier[BRG_TIER_EDGE], memory.store(BRG_TIER_EDGE));
        if (e == BRG_OK)
            e = sim.cloud.configure(tiers.tier[BRG_TIER_CLOUD], memory.store(BRG_TIER_CLOUD));
        if (e == BRG_OK) e = sim.manager.configure(tiers);
        if (e != BRG_OK) {
            p.error = std::string("cannot set the memory tiers: ") + brg_strerror(e);
            return e;
        }
        p.failure = {};
        job.stop = [&p, &sim] {
            p.failure = sim.manager.failure();  // those that the end of the run causes do not count
            sim.manager.drain();
        };
        job.stuck = [&sim](std::uint64_t address, std::string &why) {
            const TierStuck stuck = sim.manager.stuck(address);
            if (!stuck.known) return std::uint64_t{0};
            why = std::string("tier ") + brg_tier_name(stuck.tier) + ": no answer after " +
                  std::to_string(stuck.attempts) +
                  (stuck.attempts == 1 ? " attempt" : " attempts") + ", page " +
                  std::to_string(stuck.page);
            return stuck.until_ps;
        };
    }
    job.pages = memory.pages();
    job.page_bytes = memory.page_bytes();
    job.page_hints = memory.setup().cache_enable && c.prefetch.kind == 3;
    job.pulse_registers = memory.setup().pulse_enable ? &memory.pulse_registers() : nullptr;
    job.dram_tck_ps = c.dram.enabled ? c.dram.part->tck_ps : 0;
    job.near_dram = c.dram.enabled && (job.tiers || c.background_period_ps > 0);
    sim.router.configure(job.tiers, c.dram.enabled);
    if (!job.probe) return BRG_OK;
    StallProbe::Setup probe;
    probe.clock_khz = c.clock_khz;
    probe.page_base = c.page_base;
    probe.page_bytes = job.page_bytes;
    probe.plane_bytes = memory.plane_bytes();
    probe.memory_side = memory.setup().use_memory;
    probe.cache = c.cache.enabled;
    probe.dram = c.dram.enabled;
    probe.events = job.events;
    probe.port = &sim.port;
    if (job.qec) probe.patch = [&p] { return p.qec.waiting_for(); };
    if (job.tiers)
        probe.tier = [&sim](std::uint64_t address, Reason &reason, std::uint64_t &until_ps) {
            return tier_reason(sim.manager, address, reason, until_ps);
        };
    job.probe->start(probe);
    return BRG_OK;
}

int run_job(brg_platform &p, Elaboration &sim, Job &job) {
    const int e = configure(p, sim, job);
    if (e != BRG_OK) return e;
    sim.driver.execute(job);
    if (!job.thrown.empty()) {
        p.error = job.thrown;
        p.dead = true;
        return BRG_ESTATE;
    }
    if (!job.finished) {
        // Every thread sleeps: a worker is in a transaction that never returns.
        p.dead = true;
        if (job.error.empty()) job.error = "the memory model never answered a read";
    }
    return BRG_OK;
}

void statistics(const brg_platform &p, Elaboration &sim, Model *model, brg_platform_counters &out) {
    if (p.memory.machine()) p.memory.counters(static_cast<MachineModel *>(model)->machine(), out);
    if (!p.memory.tiers()) return;
    sim.manager.statistics(&out.tiers);
    sim.edge.statistics(&out.tier[BRG_TIER_EDGE]);
    sim.cloud.statistics(&out.tier[BRG_TIER_CLOUD]);
}

// Which part is to blame for a query that failed, "" when it speaks for itself.
std::string part(const brg_platform &p, const Job &job) {
    static const char *const store_errors[] = {"", "the bus answered with an error",
                                               "a word has wrong parity", "a write failed",
                                               "a word beyond the end of the program"};
    std::string text;
    if (job.store_error != 0)
        text = std::string("; control store: ") +
               (job.store_error < 5 ? store_errors[job.store_error] : "unknown error");
    if (!p.memory.tiers()) return text;
    const brg_tier_failure &f = p.failure;
    if (f.reason == BRG_TIER_REASON_NONE || f.reason == BRG_TIER_REASON_STOPPED) return text;
    return text + "; tier " + brg_tier_name(f.tier) + ": " + brg_tier_reason_name(f.reason) +
           " after " + std::to_string(f.attempts) + (f.attempts == 1 ? " attempt" : " attempts") +
           ", page " + std::to_string(f.page);
}

// What the run as a whole returns, the most telling cause first.
int verdict(brg_platform &p, const Job &job, const Host &host) {
    const int recorded = brg_recorder_status(p.recorder);
    if (recorded != BRG_OK) {
        p.error = brg_recorder_error(p.recorder) + part(p, job);
        return recorded;
    }
    p.error = p.calls.qec ? p.qec.fault() : std::string();
    if (!p.error.empty()) return BRG_EHARDWARE;
    p.error = !host.error().empty() ? host.error() : job.error;
    if (!p.error.empty()) return BRG_EHARDWARE;
    for (std::size_t q = 0; q < host.results().size(); q++) {
        const std::uint8_t status = host.results()[q].status;
        if (status == 0) continue;
        p.error =
            "query " + std::to_string(q) + " ended with " + brg_status_name(status) + part(p, job);
        return BRG_EHARDWARE;
    }
    return BRG_OK;
}

}  // namespace
}  // namespace brg

extern "C" bool brg_platform_is_machine(const brg_platform_config *config) {
    const brg_platform_config &c = *config;
    return c.machine || c.clocks.memory_khz || c.clocks.host_khz || c.cache.enabled ||
           c.dram.enabled || c.control_store.cached || c.pulse.enabled;
}

extern "C" int brg_platform_new(brg_platform **out, const brg_platform_config *config) {
    *out = nullptr;
    if (!brg::valid(*config)) return BRG_EINVAL;
    try {
        brg::Elaboration &sim = brg::elaboration();
        if (sim.in_use) return BRG_ESTATE;
        auto p = std::make_unique<brg_platform>();
        p->config = *config;
        int e = p->qec.create(*config);
        if (e != BRG_OK) return e;
        if (p->qec.enabled()) {
            p->config.program = p->qec.program();
            p->calls.qec = &p->qec;
        }
        e = p->memory.create(p->config);
        if (e != BRG_OK) return e;
        p->config.program = p->memory.program();
        e = brg_recorder_new(&p->recorder);
        if (e != BRG_OK) return e;
        p->calls.recorder = brg_recorder_calls(p->recorder);
        sim.in_use = true;
        *out = p.release();
        return BRG_OK;
    } catch (const std::bad_alloc &) {
        return BRG_ENOMEM;
    } catch (const std::exception &) {
        return BRG_ESTATE;
    }
}

extern "C" void brg_platform_destroy(brg_platform **platform) {
    brg_platform *p = *platform;
    if (!p) return;
    if (!p->dead) brg::elaboration().in_use = false;
    delete p;
    *platform = nullptr;
}

extern "C" int brg_platform_run(brg_platform *p, brg_timeline **timeline,
                                brg_trajectory *trajectory, uint64_t trajectory_number,
                                const brg_planes *ideal, brg_outcome *outcomes,
                                brg_platform_result *results, brg_platform_counters *counters,
                                const char *fst_path, const double *first_order_running) {
    if (timeline) *timeline = nullptr;
    p->error.clear();
    if (p->dead) {
        p->error = "an earlier run left the simulation in a state that cannot go on";
        return BRG_ESTATE;
    }
    if (trajectory && (!ideal || !outcomes)) return BRG_EINVAL;
    std::unique_ptr<brg::Model> waves;
    int e = BRG_OK;
    try {
        if (fst_path) {
            e = brg::make_model(*p, waves, fst_path);
        } else if (!p->model) {
            e = brg::make_model(*p, p->model, nullptr);
            p->program_loaded = false;
        }
        brg::Model *const model = fst_path ? waves.get() : p->model.get();
        if (e != BRG_OK) {
            p->error = fst_path ? std::string("cannot write the waves to ") + fst_path
                                : std::string("cannot make the model: ") + brg_strerror(e);
            return e;
        }

        brg_recorder_run run{};
        run.program = p->config.program;
        run.clock_khz = p->config.clock_khz;
        run.queries = p->config.queries;
        run.timeline = timeline != nullptr;
        run.trajectory = trajectory;
        run.ideal = ideal;
        run.outcomes = outcomes;
        run.running = first_order_running;
        run.running_count = p->recorded_slices;
        run.cycles = brg::clocks;
        run.cycles_user = model;
        const bool events = timeline && p->config.events;
        // Waves of the machine show what each cycle waits for.
        p->calls.probe = events || (fst_path && p->memory.machine()) ? &p->probe : nullptr;
        if (events) {
            run.appended = [](void *probe, brg_timeline *t, const brg_slice *slice) {
                return static_cast<brg::StallProbe *>(probe)->appended(t, *slice);
            };
            run.appended_user = &p->probe;
        }
        e = brg_recorder_start(p->recorder, &run);
        if (e == BRG_OK) {
            if (trajectory) brg_trajectory_reset(trajectory, trajectory_number);
            const bool load = fst_path != nullptr || !p->program_loaded;
            brg::Host host(p->config, load && !p->config.control_store.cached);
            brg::Job job{};
            job.config = &p->config;
            job.model = model;
            job.probe = p->calls.probe;
            job.events = events;
            job.qec = p->calls.qec;
            job.trajectory = trajectory ? trajectory_number : 0;
            job.recorder = p->recorder;
            job.host = &host;
            job.waves = fst_path != nullptr;
            const auto began = std::chrono::steady_clock::now();
            e = brg::run_job(*p, brg::elaboration(), job);
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
            if (!fst_path && host.programmed()) p->program_loaded = true;
            brg_timeline *recorded = nullptr;
            const int kept = brg_recorder_finish(p->recorder, timeline ? &recorded : nullptr);
            if (timeline) {
                *timeline = recorded;
                p->recorded_slices = recorded ? brg_timeline_slices(recorded) : 0;
            }
            if (e == BRG_OK) e = brg::verdict(*p, job, host);
            if (e == BRG_OK) e = kept;
            if (counters) {
                *counters = host.counters();
                counters->rtl_cycles = job.edges;
                counters->rtl_wall_s = took.count();
                counters->first_slice_ps = job.first_slice_ps;
                counters->events_inexact = events ? p->probe.mismatches() : 0;
                brg::statistics(*p, brg::elaboration(), model, *counters);
                if (p->calls.qec) p->qec.statistics(counters->qec);
                counters->evaluations = job.evaluations;
                counters->skipped_cycles = job.skipped;
            }
            for (std::uint32_t q = 0; results && q < p->config.queries; q++) {
                results[q] = brg_platform_result{};
                if (q >= host.results().size()) continue;
                const brg::HostResult &r = host.results()[q];
                results[q].tag = r.tag;
                results[q].status = r.status;
                results[q].bits = r.bits;
                // The next query may already run when the host reads CYCLES, so the share of one
                // query is counted at the plant; the sum is that of the register.
                results[q].cycles = brg_recorder_query_cycles(p->recorder, q);
            }
        } else {
            p->error = std::string("cannot record the run: ") + brg_strerror(e);
        }
    } catch (const std::bad_alloc &) {
        e = BRG_ENOMEM;
        p->error = brg_strerror(e);
        p->dead = true;
    } catch (const std::exception &ex) {
        e = BRG_ESTATE;
        p->error = ex.what();
        p->dead = true;
    }
    return e;
}

extern "C" const char *brg_platform_error(const brg_platform *p) {
    return p->error.c_str();
}

extern "C" const brg_logical *brg_platform_logical(const brg_platform *p) {
    return p->qec.logical();
}
