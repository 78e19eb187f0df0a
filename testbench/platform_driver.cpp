// SPDX-License-Identifier: Apache-2.0
// The loop over the edges of all clocks, in step with SystemC where it has to be.
#include "testbench/platform_driver.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "model/pulse.h"

namespace brg {

namespace {
constexpr std::uint64_t never = UINT64_MAX;
constexpr std::uint32_t no_skip[BRG_DOMAINS] = {};
constexpr std::uint64_t check_edges = 4096;
// A skip is counted in 32 bits by the RTL.
constexpr std::uint64_t longest_skip = UINT64_C(1) << 31;
// Edges that a cache may take to clear its tags after a reset.
constexpr unsigned most_clearing = 8192;
// The RTL counts a wait in 32 bits.
constexpr std::uint64_t longest_wait = UINT32_MAX;
constexpr std::uint64_t hour_ps = UINT64_C(3600000000000000);
}  // namespace

Background::Background(const sc_core::sc_module_name &name)
    : sc_core::sc_module(name), socket("socket") {
    SC_HAS_PROCESS(Background);
    SC_THREAD(thread);
}

void Background::start(std::uint64_t period_ps, std::uint32_t bytes) {
    period_ps_ = period_ps;
    bytes_ = bytes;
    on_ = true;
    go_.notify();
}

void Background::stop() {
    on_ = false;
}

void Background::thread() {
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

Driver::Driver(const sc_core::sc_module_name &name, AxiPort &port, DramPort &near,
               Background &background, Helper &helper)
    : sc_core::sc_module(name), port_(port), near_(near), background_(background), helper_(helper) {
    SC_HAS_PROCESS(Driver);
    SC_THREAD(thread);
    // The plant's calls evolve a trajectory on this stack.
    set_stack_size(4u << 20);
}

void Driver::execute(Job &job) {
    job_ = &job;
    go_.notify(sc_core::SC_ZERO_TIME);
    sc_core::sc_start();  // returns when no event is left
    job_ = nullptr;
}

void Driver::thread() {
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

std::uint64_t Driver::next_time() const {
    if (domains_ == 1u << BRG_DOMAIN_CONTROL) return clocks_[BRG_DOMAIN_CONTROL].time();
    std::uint64_t time = never;
    for (unsigned d = 0; d < BRG_DOMAINS; d++)
        if (domains_ >> d & 1u) time = std::min(time, clocks_[d].time());
    return time;
}

unsigned Driver::next_mask(std::uint64_t time) const {
    if (domains_ == 1u << BRG_DOMAIN_CONTROL) return domains_;
    unsigned mask = 0;
    for (unsigned d = 0; d < BRG_DOMAINS; d++)
        if ((domains_ >> d & 1u) && clocks_[d].time() == time) mask |= 1u << d;
    return mask;
}

// An edge in which nothing outside moves.
void Driver::plain_edge(Job &job) {
    const std::uint64_t time = next_time();
    const unsigned mask = next_mask(time);
    job.model->settle(time - shift_);
    job.model->edge(mask, no_skip, time - shift_);
    job.evaluations++;
    for (unsigned d = 0; d < BRG_DOMAINS; d++)
        if (mask >> d & 1u) clocks_[d].advance();
}

void Driver::reset(Job &job) {
    constexpr unsigned reset_edges = 4;
    const brg_platform_config &config = *job.config;
    brg_rtl_in *const in = job.model->in();
    now_ = sc_core::sc_time_stamp().value();
    domains_ = job.model->domains() & (1u << BRG_DOMAIN_CONTROL | 1u << BRG_DOMAIN_HOST);
    const auto khz = [&](std::uint64_t own) {
        return Clock(1000000000u, own ? own : config.clock_khz, now_);
    };
    clocks_[BRG_DOMAIN_CONTROL] = khz(0);
    clocks_[BRG_DOMAIN_MEMORY] = khz(config.clocks.memory_khz);
    clocks_[BRG_DOMAIN_HOST] = khz(config.clocks.host_khz);
    clocks_[BRG_DOMAIN_DRAM] = Clock(job.dram_tck_ps ? job.dram_tck_ps : 1, 1, now_);
    // The waves begin half a cycle before the first edge, at time 0 or later.
    shift_ = job.waves ? now_ - brg_edge_ps(1, config.clock_khz) : 0;

    if (brg_machine_in *const machine = job.model->machine_in())
        std::memset(machine, 0, sizeof *machine);
    else
        std::memset(in, 0, sizeof *in);
    in->observe = job.waves;
    const Clock &control = clocks_[BRG_DOMAIN_CONTROL];
    while (control.edges() < reset_edges) plain_edge(job);
    in->rst_n = true;
    while (control.edges() < reset_edges + 1) plain_edge(job);
    // Both ends of the host's crossing leave reset before it starts.
    if (job.model->host_domain() != BRG_DOMAIN_CONTROL)
        for (unsigned i = 0; i < 16; i++) plain_edge(job);
}

// Everything but the last register, which enables the unit: that is written with the first query.
void Driver::load_pulses(Job &job) {
    if (!job.pulse_registers) return;
    const std::vector<std::uint32_t> &r = *job.pulse_registers;
    brg_machine_in *const in = job.model->machine_in();
    for (std::size_t i = 0; i + 3 < r.size(); i += 2) {
        in->pulse_write = true;
        in->pulse_address = static_cast<std::uint16_t>(r[i]);
        in->pulse_data = r[i + 1];
        const std::uint64_t edges = clocks_[BRG_DOMAIN_CONTROL].edges();
        while (clocks_[BRG_DOMAIN_CONTROL].edges() == edges) plain_edge(job);
    }
    in->pulse_write = false;
}

// A part that cannot go on ends the run.
void Driver::look_for_errors(Job &job) {
    const brg_machine_out &out = *job.model->machine_out();
    if (out.store_error != 0) job.store_error = out.store_error;
    if (!out.pulse_error || failed_ || !rebased_) return;
    failed_ = true;
    char buffer[32];
    brg_pulse_buffer_name(out.pulse_error_layer, buffer, sizeof buffer);
    job.error = "query " + std::to_string(job.host->results().size()) +
                ": the pulse memory failed (" + brg_pulse_error_text(out.pulse_error_code) + ", " +
                buffer + ") at cycle " + std::to_string(job.model->cycles());
}

// The memory side starts with the first query, so that what the run measures does not depend on how
// long programming took: it leaves reset, gets the time to clear its tags, and then all clocks are
// in phase.
void Driver::start_memory(Job &job) {
    const unsigned all = job.model->domains();
    const unsigned memory = all & (1u << BRG_DOMAIN_MEMORY | 1u << BRG_DOMAIN_DRAM);
    const auto align = [&] {
        std::uint64_t time = 0;
        for (unsigned d = 0; d < BRG_DOMAINS; d++)
            if (all >> d & 1u) time = std::max(time, clocks_[d].time());
        for (unsigned d = 0; d < BRG_DOMAINS; d++)
            if (all >> d & 1u) clocks_[d].rebase(time);
    };
    align();
    if (memory) {
        domains_ = memory;
        for (unsigned i = 0; i < 8; i++) plain_edge(job);
        job.model->machine_in()->memory_rst_n = true;
        for (unsigned i = 0; i < 64; i++) plain_edge(job);
        for (unsigned i = 0; i < most_clearing && (all >> BRG_DOMAIN_MEMORY & 1u); i++) {
            job.model->settle(next_time() - shift_);
            if (job.model->quiet(BRG_DOMAIN_MEMORY) > 0) break;
            plain_edge(job);
        }
        align();
    }
    domains_ = all;
}

// Time restarts with the first query.
void Driver::first_query(Job &job) {
    rebased_ = true;
    start_memory(job);
    if (job.pulse_registers) {
        const std::vector<std::uint32_t> &r = *job.pulse_registers;
        brg_machine_in *const in = job.model->machine_in();
        in->pulse_write = true;
        in->pulse_address = static_cast<std::uint16_t>(r[r.size() - 2]);
        in->pulse_data = r[r.size() - 1];
    }
    if (job.config->background_period_ps > 0) {
        sync_last(clocks_[BRG_DOMAIN_CONTROL].time());
        background_.start(job.config->background_period_ps, job.config->background_bytes);
    }
}

// The pages of a query that was pushed, one after another.
void Driver::hints(Job &job) {
    for (; hinted_ < job.host->pushed(); hinted_++)
        for (std::uint32_t page = 0; page < job.pages; page++)
            hint_queue_.push_back(job.config->page_base + page * job.page_bytes);
    brg_machine_in *const in = job.model->machine_in();
    in->hint_valid = !hint_queue_.empty();
    if (!in->hint_valid) return;
    in->hint_base = hint_queue_.front();
    in->hint_bytes = static_cast<std::uint32_t>(job.page_bytes);
}

// Tells the waves what the cycle that was looked at waits for.
void Driver::show_event(const Job &job) {
    if (!job.waves || !machine_in_) return;
    const Reason reason = job.probe->shown();
    // A wait that begins shows nothing until it is looked at, half a cycle later.
    constexpr std::uint8_t nothing = 31;
    machine_in_->event = job.probe->waits() ? static_cast<std::uint8_t>(reason.kind) : nothing;
    machine_in_->event_detail = reason.detail;
}

// Tells the waves of the error correction at the beginning of the cycle that is looked at.
void Driver::show_qec(const Job &job) {
    if (job.waves && job.qec) job.model->show(job.qec->shown());
}

// Leaves out the edges before the next thing that happens. False: something happens now.
bool Driver::skip(Job &job) {
    Model &model = *job.model;
    const brg_rtl_in &in = *in_;
    const std::uint64_t time = next_time();
    if (job.host->busy() || in.m_rvalid || near_.driving() || time >= port_.due_ps()) return false;
    in_->m_arready = port_.ready();
    if (job.qec) in_->decoder_busy = !job.qec->ready();
    show_qec(job);
    model.settle(time - shift_);
    if (out_->irq) return false;
    if (machine_in_ && (machine_in_->hint_valid || machine_in_->pulse_write)) return false;
    std::uint64_t until = port_.due_ps();
    for (unsigned d = 0; d < BRG_DOMAINS; d++) {
        if (!(domains_ >> d & 1u)) continue;
        const std::uint64_t cycles = model.quiet(static_cast<brg_domain>(d));
        if (cycles <= 1) return false;
        if (cycles == UINT32_MAX) continue;
        until = std::min(until, clocks_[d].time_after(cycles));
    }
    const Clock &control = clocks_[BRG_DOMAIN_CONTROL];
    const bool known = port_.pending() && !port_.unknown();
    if (!known && !job.tiers)
        until = std::min(until, control.time_after(std::max<std::uint64_t>(limit_ / 2, 1)));
    if (job.qec)
        until = std::min(until, job.waves ? job.qec->shown_change_ps() : job.qec->change_ps());
    if (job.config->progress)
        until = std::min(
            until, control.time_after(BRG_PROGRESS_CYCLES - control.edges() % BRG_PROGRESS_CYCLES));
    for (unsigned d = 0; d < BRG_DOMAINS; d++)
        if (domains_ >> d & 1u) until = std::min(until, clocks_[d].time_after(longest_skip));
    if (job.probe) {
        until = std::min(until, job.probe->change_ps(time));
        job.probe->look(*model.out(), model.machine_out(), time);
        show_event(job);
    }
    if (until <= time) return false;

    if (tight(job)) {
        // What SystemC does until then ends the skip.
        AxiPort::quiesce();
        if (!tight(job) || near_.driving() || port_.due_ps() < until) return true;
        if (until > now_) {
            sc_core::wait(sc_core::sc_time::from_value(until - now_),
                          port_.answered() | near_.arrived());
            now_ = sc_core::sc_time_stamp().value();
            AxiPort::quiesce();
        }
        until = std::min(until, std::max(now_, time));
    }

    std::uint32_t skips[BRG_DOMAINS] = {};
    unsigned mask = 0;
    std::uint64_t last = 0;
    for (unsigned d = 0; d < BRG_DOMAINS; d++) {
        if (!(domains_ >> d & 1u)) continue;
        const std::uint64_t n = clocks_[d].edges_before(until);
        if (n == 0) continue;
        mask |= 1u << d;
        skips[d] = static_cast<std::uint32_t>(n - 1);
        last = std::max(last, clocks_[d].time_after(n - 1));
    }
    if (mask == 0) return tight(job);
    if (mask >> BRG_DOMAIN_CONTROL & 1u) {
        const std::uint64_t n = std::uint64_t{skips[BRG_DOMAIN_CONTROL]} + 1;
        if (job.probe) job.probe->count(n);
        count_wait(n);
        job.skipped += n - 1;
    }
    model.edge(mask, skips, last - shift_);
    job.evaluations++;
    for (unsigned d = 0; d < BRG_DOMAINS; d++)
        if (mask >> d & 1u) clocks_[d].advance(std::uint64_t{skips[d]} + 1);
    last_edge_ = last - shift_;
    return true;
}

void Driver::cycle(Job &job, std::uint64_t time, unsigned mask) {
    Model &model = *job.model;
    Host &host = *job.host;
    brg_rtl_in *const in = in_;
    const brg_rtl_out *const out = out_;
    brg_machine_in *const machine_in = machine_in_;
    const bool at_control = mask >> BRG_DOMAIN_CONTROL & 1u;
    const bool at_port = mask >> port_domain_ & 1u;
    const bool at_host = mask >> host_domain_ & 1u;
    const bool at_dram = machine_in && (mask >> BRG_DOMAIN_DRAM & 1u);

    if (at_port) {
        if (time >= port_.due_ps()) port_.drive(*in);
        if (in->m_arready != port_.ready()) in->m_arready = port_.ready();
    }
    if (at_dram) near_.drive(*machine_in);
    if (job.qec) in->decoder_busy = !job.qec->ready();
    show_qec(job);
    model.settle(time - shift_);
    const bool request = at_port && in->m_arready && out->m_arvalid;
    const bool beat = at_port && in->m_rvalid && out->m_rready;
    const bool transfer = at_host && host.sample(*in, *out);
    const bool hinted =
        at_control && machine_in && machine_in->hint_valid && model.machine_out()->hint_ready;
    if (at_dram) near_.sample(*machine_in, *model.machine_out());
    if (at_control && job.probe) {
        job.probe->look(*out, model.machine_out(), time);
        job.probe->count(1);
        show_event(job);
    }
    if (at_control) count_wait(1);
    if (request) port_.request(*out, time);
    model.edge(mask, no_skip, time - shift_);
    job.evaluations++;
    if (at_control) {
        // The plant tells of a slice at the edge that ends its first cycle.
        if (job.waves && job.first_slice_ps == 0 && brg_recorder_slices(job.recorder) > 0)
            job.first_slice_ps = last_edge_;
        last_edge_ = time - shift_;
    }
    if (at_control) clocks_[BRG_DOMAIN_CONTROL].advance();
    if (mask != 1u << BRG_DOMAIN_CONTROL)
        for (unsigned d = BRG_DOMAIN_MEMORY; d < BRG_DOMAINS; d++)
            if (mask >> d & 1u) clocks_[d].advance();
    // A target that annotates its delay answers at the time of the request, before the next edge;
    // one that calls wait() leaves the answer unknown, and the edges go step by step.
    if (request) await_answer(next_time());
    if (beat) port_.accepted(*in);
    if (at_dram) near_.step(*machine_in);
    if (at_control && machine_in) {
        machine_in->pulse_write = false;
        look_for_errors(job);
    }
    if (hinted) {
        hint_queue_.pop_front();
        machine_in->hint_valid = false;
    }
    if (transfer) {
        host.step(*in);
        if (!rebased_ && host.programmed()) first_query(job);
    }
    if (at_control && job.page_hints) hints(job);
}

// Everything that is under way comes to its end, for which the DRAM may have to run on.
void Driver::drain(Job &job) {
    if (job.stop) helper_.run(job.stop);
    while (job.near_dram &&
           (!near_.idle() || !background_.parked() || port_.unknown() || !helper_.done())) {
        const std::uint64_t time = next_time();
        if (!may_skip(job) || !skip(job)) {
            sync_last(time);
            cycle(job, time, next_mask(time));
        }
    }
    if (job.config->background_period_ps > 0 && rebased_)
        while (!background_.parked()) sc_core::wait(background_.parked_event());
    while (!helper_.done()) sc_core::wait(helper_.ended());
    port_.drain();
}

// A wait that outlasts the RTL's counters ends the run, and as soon as the tiers know that it will:
// an outage of hours need not be lived through.
bool Driver::waits_too_long(Job &job) {
    if (waited_ == 0) return false;
    std::uint64_t cycles = waited_;
    std::string why;
    const std::uint64_t now = next_time();
    const AxiPort::Status read = port_.status(now);
    if (job.stuck && read.waiting) {
        const std::uint64_t until = job.stuck(read.address, why);
        if (until > now) cycles += (until - now) / 1000000 * job.config->clock_khz / 1000;
    }
    if (cycles <= longest_wait) return false;
    if (why.empty() && job.qec && job.qec->will_be_ready())
        why = "the decoder is late for patch " + std::to_string(job.qec->waiting_for());
    job.error = "query " + std::to_string(job.host->results().size()) +
                " waits longer than the controller can count (" + std::to_string(longest_wait) +
                " cycles) at cycle " + std::to_string(job.model->cycles()) +
                (why.empty() ? "" : "; " + why);
    return true;
}

// Looks now and then whether the run should go on.
bool Driver::checks(Job &job) {
    const Clock &control = clocks_[BRG_DOMAIN_CONTROL];
    const brg_platform_config &config = *job.config;
    const std::uint64_t edges = control.edges();
    if (edges < check_) return true;
    check_ = edges / check_edges * check_edges + check_edges;
    if (config.progress && edges / BRG_PROGRESS_CYCLES > told_) {
        told_ = edges / BRG_PROGRESS_CYCLES;
        config.progress(config.progress_user, edges,
                        static_cast<std::uint32_t>(job.host->results().size()));
    }
    const std::uint64_t events = job.host->events() + port_.events() + near_.events() +
                                 brg_recorder_events(job.recorder) +
                                 (job.qec ? job.qec->events() : 0);
    // A known answer or correction that is still to come is progress, however far away it is;
    // tiers have time-outs of their own.
    if (events != seen_ || (port_.pending() && !port_.unknown()) ||
        (job.qec && job.qec->will_be_ready()))
        quiet_ = 0;
    else
        quiet_ += edges - checked_;
    checked_ = edges;
    seen_ = events;
    const int status = brg_recorder_status(job.recorder);
    // A query that failed ends, and the host reads what was counted up to there; only one that
    // never ends has to be cut off.
    if (status != BRG_OK && status != BRG_EHARDWARE) return false;
    if (brg_recorder_endless(job.recorder)) return false;
    if (job.qec && job.qec->failed()) return false;
    if (job.model->failed()) {
        job.error = "an assertion of the RTL failed";
        return false;
    }
    if (waits_too_long(job)) return false;
    const std::uint64_t limit = job.tiers && port_.unknown()
                                    ? std::max(limit_, hour_ps / 1000000 * config.clock_khz / 1000)
                                    : limit_;
    if (quiet_ > limit) {
        job.error = "the simulation made no progress for " + std::to_string(quiet_) +
                    " cycles while the host waited for " + job.host->waiting_for();
        return false;
    }
    return true;
}

void Driver::run(Job &job) {
    const brg_platform_config &config = *job.config;
    Host &host = *job.host;
    check_ = check_edges;
    checked_ = told_ = quiet_ = seen_ = last_edge_ = waited_ = 0;
    hinted_ = 0;
    hint_queue_.clear();
    rebased_ = false;
    in_ = job.model->in();
    out_ = job.model->out();
    machine_in_ = job.model->machine_in();
    port_domain_ = job.model->port_domain();
    host_domain_ = job.model->host_domain();
    near_.reset();
    limit_ = patience(config);
    failed_ = false;
    reset(job);
    if (job.qec) job.qec->start(&clocks_[BRG_DOMAIN_CONTROL], job.trajectory);
    load_pulses(job);
    host.begin(*job.model->in());

    while (!host.done() && host.error().empty() && !failed_) {
        const std::uint64_t time = next_time();
        const bool skipped = may_skip(job) && skip(job);
        if (!skipped) {
            if (tight(job))
                sync_last(time);
            else if (time - now_ > config.quantum_ps)
                sync(time);
            cycle(job, time, next_mask(time));
        }
        if (!checks(job)) break;
    }
    if (job.model->failed() && job.error.empty()) job.error = "an assertion of the RTL failed";
    job.edges = clocks_[BRG_DOMAIN_CONTROL].edges();
    sync(next_time());
    if (config.background_period_ps > 0 && rebased_) background_.stop();
    drain(job);
    // Nothing of this run is left in the kernel when the next one begins.
    now_ = sc_core::sc_time_stamp().value();
    job.finished = true;
}

}  // namespace brg
