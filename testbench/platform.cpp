// SPDX-License-Identifier: Apache-2.0
// The SystemC platform: one thread owns the verilated model, workers carry its reads to the memory
// tier, and a C face runs the whole as often as it is asked.
#include "testbench/platform.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <systemc>

#include "testbench/axi_port.h"
#include "testbench/host.h"
#include "testbench/memory_tier.h"
#include "testbench/recorder.h"
#include "testbench/rtl_system.h"

// libsystemc carries a main() of its own that refers to this; the program has its own main().
extern "C" int sc_main(int, char *[]) {
    return 0;
}

struct brg_platform {
    brg_platform_config config;
    std::string error;
    brg_recorder *recorder = nullptr;
    brg_rtl *rtl = nullptr;       // the model of runs without waves
    bool program_loaded = false;  // into that model's control store
    std::size_t recorded_slices = 0;
    bool dead = false;  // a memory model never answered: its worker cannot be used again
};

namespace brg {
namespace {

std::uint64_t to_ps(double ns) {
    return static_cast<std::uint64_t>(std::llround(ns * 1000.0));
}

// The rising edges of one clock: edge c at base + floor(c * 10^9 / khz) ps. The sum is carried as
// quotient and remainder, which gives the same numbers as the division without dividing.
class Clock {
   public:
    Clock(std::uint64_t khz, std::uint64_t base)
        : khz_(khz), step_(1000000000u / khz), rest_(1000000000u % khz), time_(base) {}
    std::uint64_t time() const { return time_; }
    std::uint64_t edges() const { return edges_; }
    void advance() {
        edges_++;
        time_ += step_;
        carry_ += rest_;
        if (carry_ >= khz_) {
            carry_ -= khz_;
            time_++;
        }
    }
    // The present edge becomes edge 0.
    void rebase() { carry_ = 0; }

   private:
    std::uint64_t khz_, step_, rest_, time_;
    std::uint64_t carry_ = 0, edges_ = 0;
};

// Another initiator on the memory channel: while it is on, a read at every multiple of the period
// since its start, except while the one before is not answered.
class Background : public sc_core::sc_module {
   public:
    tlm_utils::simple_initiator_socket<Background> socket;

    explicit Background(const sc_core::sc_module_name &name)
        : sc_core::sc_module(name), socket("socket") {
        SC_HAS_PROCESS(Background);
        SC_THREAD(thread);
    }
    void start(std::uint64_t period_ps, std::uint32_t bytes) {
        period_ps_ = period_ps;
        bytes_ = bytes;
        on_ = true;
        go_.notify();
    }
    void stop() {
        on_ = false;
        while (!parked_) sc_core::wait(parked_event_);
    }

   private:
    void thread() {
        for (;;) {
            parked_ = true;
            parked_event_.notify();
            sc_core::wait(go_);
            parked_ = false;
            const std::uint64_t began = sc_core::sc_time_stamp().value();
            while (on_) {
                const std::uint64_t elapsed = sc_core::sc_time_stamp().value() - began;
                sc_core::wait(sc_core::sc_time::from_value(period_ps_ - elapsed % period_ps_));
                if (!on_) break;
                sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
                trans_.set_command(tlm::TLM_READ_COMMAND);
                trans_.set_address(0);
                trans_.set_data_ptr(data_);
                trans_.set_data_length(bytes_);
                trans_.set_streaming_width(bytes_);
                trans_.set_byte_enable_ptr(nullptr);
                trans_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
                socket->b_transport(trans_, delay);
                if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
            }
        }
    }

    tlm::tlm_generic_payload trans_;
    unsigned char data_[4096];
    std::uint64_t period_ps_ = 1;
    std::uint32_t bytes_ = 0;
    bool on_ = false, parked_ = false;
    sc_core::sc_event go_, parked_event_;
};

// One run of the model: what goes in and what comes out.
struct Job {
    const brg_platform_config *config;
    brg_rtl *rtl;
    brg_recorder *recorder;
    Host *host;
    bool waves;  // of a model that starts at time 0; else times go on from run to run
    bool finished = false;
    std::uint64_t edges = 0;
    std::uint64_t first_slice_ps = 0;  // in the waves
    std::string error;
    std::string thrown;
};

// The thread that owns the model.
class Driver : public sc_core::sc_module {
   public:
    Driver(const sc_core::sc_module_name &name, AxiPort &port, Background &background)
        : sc_core::sc_module(name), port_(port), background_(background) {
        SC_HAS_PROCESS(Driver);
        SC_THREAD(thread);
        // The plant's calls evolve a trajectory on this stack.
        set_stack_size(4u << 20);
    }
    // Runs the job to its end; call it from outside the kernel.
    void execute(Job &job) {
        job_ = &job;
        go_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();  // returns when no event is left
        job_ = nullptr;
    }

   private:
    void thread() {
        for (;;) {
            sc_core::wait(go_);
            try {
                run(*job_);
            } catch (const sc_core::sc_unwind_exception &) {
                throw;  // the kernel ends the thread
            } catch (const std::exception &e) {
                job_->thrown = e.what();
            }
        }
    }

    void run(Job &job);
    std::uint64_t patience(const brg_platform_config &c) const;

    // Lets SystemC come to the model's time.
    void sync(std::uint64_t time_ps) {
        if (time_ps <= now_) return;
        sc_core::wait(sc_core::sc_time::from_value(time_ps - now_));
        now_ = time_ps;
    }
    // The same, and lets everything else that happens at this time happen first.
    void sync_last(std::uint64_t time_ps) {
        sync(time_ps);
        AxiPort::quiesce();
    }
    // Sleeps until an answer gets known or the time has come, whichever is first.
    void await_answer(std::uint64_t limit_ps) {
        sc_core::wait(sc_core::sc_time::from_value(limit_ps - now_), port_.answered());
        now_ = sc_core::sc_time_stamp().value();
    }

    AxiPort &port_;
    Background &background_;
    Job *job_ = nullptr;
    sc_core::sc_event go_;
    std::uint64_t now_ = 0;  // SystemC time, which the model's time is never behind
};

// Cycles without any event after which the run is given up: the longest slice and the slowest
// answer fit twice.
std::uint64_t Driver::patience(const brg_platform_config &c) const {
    std::uint64_t longest = 0;
    for (const std::uint32_t cycles : c.duration_cycles)
        longest = cycles > longest ? cycles : longest;
    const double burst_ns = 8192.0 * AxiPort::slots / c.memory_bandwidth_gb_per_s;
    const double cycles_per_ns = static_cast<double>(c.clock_khz) * 1e-6;
    const double answer = (c.memory_latency_ns + burst_ns) * cycles_per_ns;
    return 100000 + 2 * longest + 2 * static_cast<std::uint64_t>(answer);
}

void Driver::run(Job &job) {
    constexpr unsigned reset_edges = 4;
    constexpr std::uint64_t check_edges = 4096;
    const brg_platform_config &config = *job.config;
    brg_rtl *const rtl = job.rtl;
    Host &host = *job.host;
    brg_rtl_in *const in = brg_rtl_inputs(rtl);
    const brg_rtl_out *const out = brg_rtl_outputs(rtl);

    now_ = sc_core::sc_time_stamp().value();
    Clock clock(config.clock_khz, now_);
    // The waves begin half a cycle before the first edge, at time 0 or later.
    const std::uint64_t shift = job.waves ? now_ - brg_edge_ps(1, config.clock_khz) : 0;
    const auto edge = [&] {
        brg_rtl_settle(rtl, clock.time() - shift);
        brg_rtl_edge(rtl, clock.time() - shift);
        clock.advance();
    };

    std::memset(in, 0, sizeof *in);
    in->observe = job.waves;
    for (unsigned i = 0; i < reset_edges; i++) edge();
    in->rst_n = true;
    edge();
    host.begin(*in);

    const std::uint64_t limit = patience(config);
    std::uint64_t check = check_edges, quiet = 0, seen = 0;
    std::uint64_t last_edge = 0;
    bool rebased = false;
    while (!host.done() && host.error().empty()) {
        const std::uint64_t time = clock.time();
        if (port_.unknown())
            sync_last(time);
        else if (time - now_ > config.quantum_ps)
            sync(time);

        if (time >= port_.due_ps()) port_.drive(*in);
        if (in->m_arready != port_.ready()) in->m_arready = port_.ready();
        brg_rtl_settle(rtl, time - shift);
        const bool request = in->m_arready && out->m_arvalid;
        const bool beat = in->m_rvalid && out->m_rready;
        const bool transfer = host.sample(*in, *out);
        if (request) port_.request(*out, time);
        brg_rtl_edge(rtl, time - shift);
        // The plant tells of a slice at the edge that ends its first cycle.
        if (job.waves && job.first_slice_ps == 0 && brg_recorder_slices(job.recorder) > 0)
            job.first_slice_ps = last_edge;
        last_edge = time - shift;
        clock.advance();
        // A target that annotates its delay answers at the time of the request, before the next
        // edge; one that calls wait() leaves the answer unknown, and the edges go step by step.
        if (request) await_answer(clock.time());
        if (beat) port_.accepted(*in);
        if (transfer) {
            host.step(*in);
            if (!rebased && host.programmed()) {
                // Time restarts with the first query, so that what the run measures does not
                // depend on how long programming took.
                rebased = true;
                clock.rebase();
                if (config.background_period_ps > 0) {
                    sync_last(clock.time());
                    background_.start(config.background_period_ps, config.background_bytes);
                }
            }
        }
        if (--check == 0) {
            check = check_edges;
            if (config.progress && clock.edges() % BRG_PROGRESS_CYCLES < check_edges)
                config.progress(config.progress_user, clock.edges(),
                                static_cast<std::uint32_t>(host.results().size()));
            const std::uint64_t events =
                host.events() + port_.events() + brg_recorder_events(job.recorder);
            // A known answer that is still to come is progress, however far away it is.
            if (events != seen || (port_.pending() && !port_.unknown()))
                quiet = 0;
            else
                quiet += check_edges;
            seen = events;
            const int status = brg_recorder_status(job.recorder);
            // A query that failed ends, and the host reads what was counted up to there; only one
            // that never ends has to be cut off.
            if (status != BRG_OK && status != BRG_EHARDWARE) break;
            if (brg_recorder_endless(job.recorder)) break;
            if (brg_rtl_failed(rtl)) {
                job.error = "an assertion of the RTL failed";
                break;
            }
            if (quiet > limit) {
                job.error = "the simulation made no progress for " + std::to_string(quiet) +
                            " cycles while the host waited for " + host.waiting_for();
                break;
            }
        }
    }
    if (brg_rtl_failed(rtl) && job.error.empty()) job.error = "an assertion of the RTL failed";
    job.edges = clock.edges();
    sync(clock.time());
    if (config.background_period_ps > 0 && rebased) background_.stop();
    port_.drain();
    // Nothing of this run is left in the kernel when the next one begins.
    now_ = sc_core::sc_time_stamp().value();
    job.finished = true;
}

// All modules of the process. SystemC allows one elaboration, so they are made once and kept; what
// differs from platform to platform is configured.
struct Elaboration {
    MemoryTier tier{"tier"};
    AxiPort port{"port"};
    Background background{"background"};
    Driver driver{"driver", port, background};
    bool in_use = false;

    Elaboration() {
        port.socket.bind(tier.socket);
        background.socket.bind(tier.background);
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
        p.word_width > BRG_MAX_WORD_WIDTH || p.count < 1 || p.count > BRG_STORE_WORDS)
        return false;
    if (c.image->address_width != p.address_width || c.image->word_width != p.word_width)
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

std::uint64_t clocks(void *rtl) {
    return brg_rtl_cycles(static_cast<const brg_rtl *>(rtl));
}

int run_job(brg_platform &p, Elaboration &sim, Job &job) {
    MemoryTierConfig tier;
    tier.image = p.config.image;
    tier.latency_ps = to_ps(p.config.memory_latency_ns);
    tier.bytes_per_s =
        static_cast<std::uint64_t>(std::llround(p.config.memory_bandwidth_gb_per_s * 1e9));
    tier.blocks = p.config.memory_blocks;
    sim.tier.configure(tier);
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

// What the run as a whole returns, the most telling cause first.
int verdict(brg_platform &p, const Job &job, const Host &host) {
    const int recorded = brg_recorder_status(p.recorder);
    if (recorded != BRG_OK) {
        p.error = brg_recorder_error(p.recorder);
        return recorded;
    }
    p.error = !host.error().empty() ? host.error() : job.error;
    if (!p.error.empty()) return BRG_EHARDWARE;
    for (std::size_t q = 0; q < host.results().size(); q++) {
        const std::uint8_t status = host.results()[q].status;
        if (status == 0) continue;
        p.error = "query " + std::to_string(q) + " ended with " + brg_status_name(status);
        return BRG_EHARDWARE;
    }
    return BRG_OK;
}

}  // namespace
}  // namespace brg

extern "C" int brg_platform_new(brg_platform **out, const brg_platform_config *config) {
    *out = nullptr;
    if (!brg::valid(*config)) return BRG_EINVAL;
    try {
        brg::Elaboration &sim = brg::elaboration();
        if (sim.in_use) return BRG_ESTATE;
        auto p = std::make_unique<brg_platform>();
        p->config = *config;
        const int e = brg_recorder_new(&p->recorder);
        if (e != BRG_OK) return e;
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
    brg_rtl_destroy(&p->rtl);
    brg_recorder_destroy(&p->recorder);
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
    brg_rtl *waves = nullptr;
    int e = BRG_OK;
    try {
        const brg_plant_calls calls = brg_recorder_calls(p->recorder);
        if (fst_path) {
            e = brg_rtl_new(&waves, &calls, fst_path);
        } else if (!p->rtl) {
            e = brg_rtl_new(&p->rtl, &calls, nullptr);
            p->program_loaded = false;
        }
        brg_rtl *const rtl = fst_path ? waves : p->rtl;
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
        run.cycles_user = rtl;
        e = brg_recorder_start(p->recorder, &run);
        if (e == BRG_OK) {
            if (trajectory) brg_trajectory_reset(trajectory, trajectory_number);
            brg::Host host(p->config, fst_path != nullptr || !p->program_loaded);
            brg::Job job{};
            job.config = &p->config;
            job.rtl = rtl;
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
    brg_rtl_destroy(&waves);
    return e;
}

extern "C" const char *brg_platform_error(const brg_platform *p) {
    return p->error.c_str();
}
