// SPDX-License-Identifier: Apache-2.0
// Rounds, queue, decoders and corrections, one event after the other.
#include "testbench/qec_loop.h"

#include <algorithm>

namespace brg {

namespace {
constexpr std::uint64_t never = UINT64_MAX;

void mark(QecMask &mask, std::uint32_t qubit, bool on) {
    const std::uint64_t bit = UINT64_C(1) << qubit % 64;
    mask[qubit / 64] = on ? mask[qubit / 64] | bit : mask[qubit / 64] & ~bit;
}

double to_ns(std::uint64_t ps) {
    return static_cast<double>(ps) / 1000.0;
}
}  // namespace

void QecLoop::start(const Setup &setup, QecDecoder *decoder) {
    setup_ = setup;
    decoder_ = setup.decoded ? decoder : nullptr;
    if (decoder_) decoder_->restart();
    streams_.clear();
    free_slots_.clear();
    live_.assign(setup.qubits, none);
    lives_.assign(setup.qubits, 0);
    ticks_.clear();
    opening_.clear();
    held_.clear();
    startable_.clear();
    decoding_ = Heap();
    returning_ = Heap();
    workers_.assign(setup.decoders, Worker());
    free_decoders_.clear();
    for (std::uint32_t w = 0; w < setup.decoders; w++) free_decoders_.insert(w);
    in_queue_ = number_ = now_ = events_ = 0;
    query_ = 0;
    begun_ = hopeless_ = false;
    ending_ps_ = never;
    closed_.assign(setup.qubits, {});
    latest_.assign(setup.qubits, 0);
    serial_ = 0;
    view_ = {};
    awaited_.clear();
    statistics_ = {};
    reactions_ps_.clear();
}

std::size_t QecLoop::take_slot() {
    if (free_slots_.empty()) {
        streams_.emplace_back();
        return streams_.size() - 1;
    }
    const std::size_t slot = free_slots_.back();
    free_slots_.pop_back();
    streams_[slot] = Stream();
    return slot;
}

void QecLoop::open(std::uint32_t qubit, std::uint64_t ps) {
    if (live_[qubit] != none) return;
    const std::size_t slot = take_slot();
    Stream &s = streams_[slot];
    s.qubit = qubit;
    s.serial = latest_[qubit] = ++serial_;
    // The state engines know the life up to the first entry and the one at the end of the query.
    s.life = lives_[qubit] == 0 ? 0 : 1;
    live_[qubit] = slot;
    ticks_.insert({ps + setup_.round_ps, qubit});
    mark(view_.frame_x, qubit, false);
    mark(view_.frame_z, qubit, false);
    if (decoder_) decoder_->open(slot, {setup_.trajectory, query_, qubit, s.life});
    lives_[qubit]++;
}

void QecLoop::begin(std::uint64_t ps) {
    advance(ps);
    if (begun_) query_++;
    begun_ = true;
    std::fill(lives_.begin(), lives_.end(), 0u);
    std::fill(closed_.begin(), closed_.end(), std::array<QecClosed, 2>{});
    for (std::uint32_t q = 0; q < setup_.qubits; q++) open(q, ps);
    events_++;
}

void QecLoop::enter(std::uint32_t qubit, std::uint64_t ps) {
    advance(ps);
    if (qubit < setup_.qubits) close(qubit, ps, true);
}

void QecLoop::leave(std::uint32_t qubit, std::uint64_t ps) {
    if (qubit < setup_.qubits) opening_.push_back({ps, qubit});
}

void QecLoop::end(std::uint64_t ps) {
    advance(ps);
    close_all(std::max(ps, now_));
}

void QecLoop::close_all(std::uint64_t ps) {
    ending_ps_ = never;
    opening_.clear();
    for (std::uint32_t q = 0; q < setup_.qubits; q++) close(q, ps, false);
}

// A life without a round has no syndromes, so there is nothing to decode.
void QecLoop::close(std::uint32_t qubit, std::uint64_t ps, bool awaited) {
    const std::size_t slot = live_[qubit];
    if (slot == none) return;
    live_[qubit] = none;
    for (auto t = ticks_.begin(); t != ticks_.end(); ++t)
        if (t->second == qubit) {
            ticks_.erase(t);
            break;
        }
    Stream &s = streams_[slot];
    s.closed = true;
    s.closed_ps = ps;
    statistics_.lives++;
    statistics_.rounds += s.rounds;
    statistics_.rounds_max = std::max(statistics_.rounds_max, s.rounds);
    events_++;
    QecClosed &record = closed_[qubit][s.life];
    record = {true, s.rounds, 0};
    if (s.rounds == 0 || !decoder_) {
        free_slots_.push_back(slot);
        return;
    }
    s.awaited = awaited;
    if (awaited) awaited_.push_back(slot);
    produce(slot, true);
    record.residual = decoder_->residual(slot);
    dispatch(ps);
}

void QecLoop::round(std::uint32_t qubit, std::uint64_t ps) {
    const std::size_t slot = live_[qubit];
    streams_[slot].rounds++;
    ticks_.insert({ps + setup_.round_ps, qubit});
    events_++;
    if (!decoder_) return;
    produce(slot, false);
    dispatch(ps);
}

// Without room the patch keeps the layer and sends it again, in the order of its end.
void QecLoop::produce(std::size_t slot, bool last) {
    Stream &s = streams_[slot];
    decoder_->layer(slot, last);
    s.layers++;
    statistics_.layers++;
    statistics_.backlog_rounds_max =
        std::max(statistics_.backlog_rounds_max, s.layers - s.returned);
    if (in_queue_ >= setup_.fifo_depth) {
        statistics_.overflows++;
        held_.push_back({slot, last});
        if (in_queue_ + held_.size() > setup_.most_layers) hopeless_ = true;
    } else {
        admit({slot, last});
    }
}

void QecLoop::admit(const Layer &layer) {
    Stream &s = streams_[layer.slot];
    in_queue_++;
    statistics_.fifo_high_water = std::max(statistics_.fifo_high_water, in_queue_);
    if (s.queued.empty() && !s.busy) startable_.insert({number_, layer.slot});
    s.queued.push_back({number_++, layer.last});
}

// The oldest layer of a patch that no decoder is busy with goes first.
void QecLoop::dispatch(std::uint64_t ps) {
    while (!free_decoders_.empty() && !startable_.empty()) {
        const auto [number, slot] = *startable_.begin();
        startable_.erase(startable_.begin());
        Stream &s = streams_[slot];
        const bool last = s.queued.front().second;
        s.queued.pop_front();
        s.busy = true;
        const std::uint32_t worker = *free_decoders_.begin();
        free_decoders_.erase(free_decoders_.begin());
        workers_[worker] = {true, slot, ps};
        const QecDecoding decoding = decoder_->decode(slot);
        decoding_.push({ps + decoding.ps, number, slot, last, decoding, worker});
    }
}

void QecLoop::decoded(const Work &work, std::uint64_t ps) {
    Stream &s = streams_[work.slot];
    s.busy = false;
    workers_[work.worker].busy = false;
    free_decoders_.insert(work.worker);
    if (!s.queued.empty()) startable_.insert({s.queued.front().first, work.slot});
    dispatch(ps);
}

void QecLoop::correct(const Work &work) {
    Stream &s = streams_[work.slot];
    s.returned++;
    in_queue_--;
    if (work.decoding.update) {
        view_.updates++;
        // The patch may live again: then this is a correction of what it was before.
        if (latest_[s.qubit] == s.serial) {
            mark(view_.frame_x, s.qubit, work.decoding.frame & 1u);
            mark(view_.frame_z, s.qubit, work.decoding.frame >> 1 & 1u);
        }
    }
    if (work.last) {
        reactions_ps_.push_back(work.ps - s.closed_ps);
        if (s.awaited) awaited_.erase(std::find(awaited_.begin(), awaited_.end(), work.slot));
        free_slots_.push_back(work.slot);
    }
    if (!held_.empty()) {
        const Layer layer = held_.front();
        held_.pop_front();
        admit(layer);
        dispatch(work.ps);
    }
}

std::uint64_t QecLoop::next_ps() const {
    std::uint64_t next = never;
    if (!returning_.empty()) next = std::min(next, returning_.top().ps);
    if (!decoding_.empty()) next = std::min(next, decoding_.top().ps);
    if (!opening_.empty()) next = std::min(next, opening_.front().first);
    if (!ticks_.empty() && !hopeless_) next = std::min(next, ticks_.begin()->first);
    return std::min(next, ending_ps_);
}

void QecLoop::advance(std::uint64_t ps) {
    for (;;) {
        const std::uint64_t at = next_ps();
        if (at > ps || at == never) break;
        if (!returning_.empty() && returning_.top().ps == at) {
            const Work work = returning_.top();
            returning_.pop();
            events_++;
            correct(work);
        } else if (!decoding_.empty() && decoding_.top().ps == at) {
            Work work = decoding_.top();
            decoding_.pop();
            events_++;
            work.ps = at + setup_.latency_ps;
            returning_.push(work);
            decoded(work, at);
        } else if (!opening_.empty() && opening_.front().first == at) {
            const std::uint32_t qubit = opening_.front().second;
            opening_.pop_front();
            open(qubit, at);
        } else if (!ticks_.empty() && !hopeless_ && ticks_.begin()->first == at) {
            const std::uint32_t qubit = ticks_.begin()->second;
            ticks_.erase(ticks_.begin());
            round(qubit, at);
        } else {
            close_all(at);
        }
    }
    now_ = std::max(now_, ps);
}

bool QecLoop::ready(std::uint64_t ps) {
    if (awaited_.empty()) return true;
    advance(ps);
    return awaited_.empty();
}

std::uint64_t QecLoop::change_ps() const {
    return awaited_.empty() ? never : next_ps();
}

std::uint32_t QecLoop::waiting_for() const {
    return awaited_.empty() ? 0 : streams_[awaited_.front()].qubit;
}

// The busy decoder of the lowest number.
const QecLoop::Worker *QecLoop::shown() const {
    for (const Worker &w : workers_)
        if (w.busy) return &w;
    return nullptr;
}

std::uint64_t QecLoop::view_change_ps() const {
    const Worker *const w = shown();
    const std::uint64_t event = next_ps();
    if (!w) return event;
    const std::uint64_t state = decoder_->state_change_ps(w->slot, now_ - w->since_ps);
    return state == never ? event : std::min(event, w->since_ps + state);
}

const QecView &QecLoop::view(std::uint64_t ps) {
    advance(ps);
    QecView &v = view_;
    v.live = v.awaited = {};
    for (std::uint32_t q = 0; q < setup_.qubits; q++)
        if (live_[q] != none) mark(v.live, q, true);
    for (const std::size_t slot : awaited_) mark(v.awaited, streams_[slot].qubit, true);
    v.fifo_level = in_queue_;
    v.held = held_.size();
    v.decoding = setup_.decoders - static_cast<std::uint32_t>(free_decoders_.size());
    v.patch = v.state = 0;
    if (const Worker *const w = shown()) {
        v.patch = streams_[w->slot].qubit;
        v.state = decoder_->state(w->slot, now_ - w->since_ps);
    }
    v.overflows = statistics_.overflows;
    return v;
}

QecClosed QecLoop::closed(std::uint32_t qubit, std::uint32_t life) const {
    return qubit < closed_.size() && life < 2 ? closed_[qubit][life] : QecClosed{};
}

void QecLoop::statistics(brg_qec_statistics &out) {
    // What is still on its way is decoded too: its reaction counts like any other. Nothing new
    // comes after the run.
    ticks_.clear();
    opening_.clear();
    ending_ps_ = never;
    while (!decoding_.empty() || !returning_.empty()) advance(next_ps());
    statistics_.reactions = reactions_ps_.size();
    if (!reactions_ps_.empty()) {
        double sum = 0;
        for (const std::uint64_t r : reactions_ps_) sum += to_ns(r);
        statistics_.reaction_mean_ns = sum / static_cast<double>(reactions_ps_.size());
        std::sort(reactions_ps_.begin(), reactions_ps_.end());
        // The least value that 99 % do not exceed.
        const std::size_t rank = (reactions_ps_.size() * 99 + 99) / 100;
        statistics_.reaction_p99_ns = to_ns(reactions_ps_[rank - 1]);
        statistics_.reaction_max_ns = to_ns(reactions_ps_.back());
    }
    out = statistics_;
    if (decoder_) decoder_->statistics(out);
}

}  // namespace brg
