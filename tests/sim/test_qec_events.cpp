// SPDX-License-Identifier: Apache-2.0
// The event model of the error correction on its own: backlog, queue, decoders, order of events.
#include <algorithm>
#include <cmath>
#include <vector>

#include "testbench/qec_loop.h"

extern "C" {
#include "test.h"
}

namespace {

using brg::QecLoop;
using brg::QecServiceTime;

constexpr std::uint64_t us = 1000000;  // ps
#ifdef __SANITIZE_ADDRESS__
constexpr int points = 62, queues = 60;
#else
constexpr int points = 80, queues = 300;
#endif

QecLoop::Setup setup_of(std::uint32_t qubits, std::uint64_t round_ps) {
    QecLoop::Setup s;
    s.qubits = qubits;
    s.round_ps = round_ps;
    s.fifo_depth = 1u << 20;
    return s;
}

// The time at which a closed patch is known, found as the platform does: from event to event.
std::uint64_t wait_for(QecLoop &loop, std::uint64_t ps) {
    while (!loop.ready(ps)) ps = loop.change_ps();
    return ps;
}

brg_qec_statistics statistics(QecLoop &loop) {
    brg_qec_statistics s{};
    loop.statistics(s);
    return s;
}

// 63 us of latency and rounds of 1.1 us (arXiv:2408.13687): 57.3 rounds are under way.
void rounds_in_flight(void **) {
    QecServiceTime decoder(0);
    QecLoop loop;
    QecLoop::Setup setup = setup_of(1, 1100000);
    setup.latency_ps = 63 * us;
    loop.start(setup, &decoder);
    loop.begin(0);
    assert_true(loop.ready(2000 * us));
    loop.enter(0, 2000 * us);
    const std::uint64_t known = wait_for(loop, 2000 * us);
    assert_int_equal(known, 2063 * us);
    const brg_qec_statistics s = statistics(loop);
    assert_int_equal(s.rounds, 1818);
    assert_int_equal(s.layers, 1819);
    assert_true(s.fifo_high_water >= 57 && s.fifo_high_water <= 59);
    assert_int_equal(s.backlog_rounds_max, s.fifo_high_water);
    assert_int_equal(s.overflows, 0);
    assert_double_near(s.reaction_max_ns, 63000, 0);
}

// Waits at the branch points of qubit 0 while `others` patches live: it enters, everything waits
// until it is decoded, and it comes out again for one round.
std::vector<double> branch_waits(double rate, int count, std::uint64_t latency_ps) {
    constexpr std::uint32_t others = 10;
    const std::uint64_t round_ps = us;
    const auto service = static_cast<std::uint64_t>(rate * static_cast<double>(round_ps) / others);
    QecServiceTime decoder(service);
    QecLoop loop;
    QecLoop::Setup setup = setup_of(others + 1, round_ps);
    setup.latency_ps = latency_ps;
    loop.start(setup, &decoder);
    loop.begin(0);
    std::uint64_t at = 2 * round_ps;
    std::vector<double> waits;
    for (int i = 0; i < count; i++) {
        loop.enter(0, at);
        const std::uint64_t known = wait_for(loop, at);
        waits.push_back(static_cast<double>(known - at));
        loop.leave(0, known + 1000);
        at = known + 1000 + round_ps;
    }
    return waits;
}

// Least squares of log(wait) over the last half.
double slope_of(const std::vector<double> &waits) {
    const std::size_t first = waits.size() / 2;
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (std::size_t i = first; i < waits.size(); i++) {
        const double a = static_cast<double>(i), b = std::log(waits[i]);
        n++, x += a, y += b, xx += a * a, xy += a * b;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

void slow_decoder_diverges(void **) {
    for (const std::uint64_t latency : {UINT64_C(0), 5 * us}) {
        const std::vector<double> waits = branch_waits(1.1, points, latency);
        const double slope = slope_of(waits);
        print_message("slope / log 1.1 = %.4f, last wait %.0f us\n", slope / std::log(1.1),
                      waits.back() / us);
        assert_double_near(slope / std::log(1.1), 1.0, 0.1);
    }
}

// The wait of which f waits is the next one: w = f (w + round), plus what the closing adds.
void fast_decoder_is_bounded(void **) {
    const std::vector<double> waits = branch_waits(0.9, points, 0);
    const std::size_t half = waits.size() / 2;
    const double early = *std::max_element(waits.begin(), waits.begin() + static_cast<long>(half));
    const double late = *std::max_element(waits.begin() + static_cast<long>(half), waits.end());
    print_message("waits up to %.1f us, in the last half %.1f us\n", early / us, late / us);
    assert_true(late < 1.3 * early);
    assert_true(late < 20.0 * us);
}

// No layer is lost when the queue is short: those that find it full wait at their patch.
void overflow_keeps_everything(void **) {
    QecServiceTime decoder(10);
    brg_qec_statistics wide{}, narrow{};
    std::uint64_t known[2];
    for (int i = 0; i < 2; i++) {
        QecLoop loop;
        QecLoop::Setup setup = setup_of(3, us);
        setup.latency_ps = 10 * us;
        if (i == 1) setup.fifo_depth = 8;
        loop.start(setup, &decoder);
        loop.begin(0);
        loop.enter(1, 100 * us);
        known[i] = wait_for(loop, 100 * us);
        loop.end(400 * us);
        (i ? narrow : wide) = statistics(loop);
    }
    assert_int_equal(wide.overflows, 0);
    assert_true(narrow.overflows > 100);
    assert_int_equal(narrow.fifo_high_water, 8);
    assert_int_equal(narrow.rounds, wide.rounds);
    assert_int_equal(narrow.layers, wide.layers);
    assert_int_equal(narrow.reactions, 3);
    // Eight layers in ten microseconds is less than the thirty that come.
    assert_true(known[1] > known[0] + 100 * us);
}

void short_life_needs_no_decoder(void **) {
    QecServiceTime decoder(us);
    QecLoop loop;
    loop.start(setup_of(2, us), &decoder);
    loop.begin(0);
    loop.enter(0, us - 1);
    assert_true(loop.ready(us - 1));
    loop.enter(1, us);  // a round that ends with the life belongs to it
    assert_false(loop.ready(us));
    assert_int_equal(loop.waiting_for(), 1);
    assert_int_equal(wait_for(loop, us), 3 * us);
    const brg_qec_statistics s = statistics(loop);
    assert_int_equal(s.lives, 2);
    assert_int_equal(s.rounds, 1);
    assert_int_equal(s.layers, 2);
}

// Nothing waits for what ends with a query, but its layers still take the decoder's time.
void end_of_query_is_not_awaited(void **) {
    QecServiceTime decoder(2 * us);
    QecLoop loop;
    loop.start(setup_of(1, us), &decoder);
    loop.begin(0);
    loop.end(10 * us);
    assert_true(loop.ready(10 * us));
    loop.begin(10 * us);
    loop.enter(0, 11 * us);
    // 11 layers of the first query and 2 of the second, from 1 us on.
    assert_int_equal(wait_for(loop, 11 * us), us + 13 * 2 * us);
}

void more_decoders(void **) {
    for (std::uint32_t decoders = 1; decoders <= 4; decoders++) {
        QecServiceTime decoder(us);
        QecLoop loop;
        QecLoop::Setup setup = setup_of(4, 1000 * us);
        setup.decoders = decoders;
        loop.start(setup, &decoder);
        loop.begin(0);
        for (std::uint32_t q = 0; q < 4; q++) loop.enter(q, 1000 * us);
        // Eight layers; a patch is with one decoder at a time.
        const std::uint64_t times[] = {8, 4, 3, 2};
        assert_int_equal(wait_for(loop, 1000 * us), 1000 * us + times[decoders - 1] * us);
    }
}

// Nobody decodes: patches live, nothing waits.
void without_decoder(void **) {
    QecLoop loop;
    QecLoop::Setup setup = setup_of(2, us);
    setup.decoded = false;
    loop.start(setup, nullptr);
    loop.begin(0);
    loop.enter(0, 50 * us);
    assert_true(loop.ready(50 * us));
    loop.end(60 * us);
    const brg_qec_statistics s = statistics(loop);
    assert_int_equal(s.rounds, 110);
    assert_int_equal(s.reactions, 0);
}

// Every second layer commits a window; the frame says which layers came so far.
class Windows : public QecServiceTime {
   public:
    using QecServiceTime::QecServiceTime;
    void open(std::size_t, const brg::QecLife &) override { layers_ = 0; }
    void layer(std::size_t, bool) override { fed_++; }
    brg::QecDecoding decode(std::size_t slot) override {
        brg::QecDecoding d = QecServiceTime::decode(slot);
        layers_++;
        d.update = layers_ % 2 == 0;
        d.frame = d.update ? layers_ / 2 & 3u : 0;
        return d;
    }
    unsigned residual(std::size_t) const override { return 2; }
    unsigned state(std::size_t, std::uint64_t since_ps) const override {
        return since_ps < us ? 1 : 2;
    }
    std::uint64_t state_change_ps(std::size_t, std::uint64_t since_ps) const override {
        return since_ps < us ? us : UINT64_MAX;
    }
    unsigned fed() const { return fed_; }

   private:
    unsigned layers_ = 0, fed_ = 0;
};

// What is seen of a loop at chosen times: one patch of two lives, rounds of 1 us, two microseconds
// for a layer, five more for the correction to return, a query that ends in its fourth round.
void view_at_times(void **) {
    Windows decoder(2 * us);
    QecLoop loop;
    QecLoop::Setup setup = setup_of(66, us);
    setup.latency_ps = 5 * us;
    setup.fifo_depth = 2;
    loop.start(setup, &decoder);
    loop.begin(0);
    for (std::uint32_t q = 0; q < 66; q++)
        if (q != 65) loop.enter(q, 0);
    const brg::QecView *v = &loop.view(us / 2);
    assert_true(v->live[0] == 0 && v->live[1] == 2);
    assert_int_equal(v->fifo_level, 0);
    v = &loop.view(us);  // the first layer ended
    assert_int_equal(decoder.fed(), 1);
    assert_int_equal(v->fifo_level, 1);
    assert_int_equal(v->decoding, 1);
    assert_int_equal(v->patch, 65);
    assert_int_equal(v->state, 1);
    v = &loop.view(2 * us);
    assert_int_equal(v->state, 2);
    loop.end_at(3 * us + us / 2);
    // At 4 us the life is over: three rounds and its end, of which two found no room.
    v = &loop.view(4 * us);
    assert_true(v->live[1] == 0 && v->awaited[1] == 0);
    assert_int_equal(decoder.fed(), 4);
    assert_int_equal(v->fifo_level, 2);
    assert_int_equal(v->held, 2);
    assert_int_equal(v->overflows, 2);
    assert_int_equal(loop.closed(65, 0).rounds, 3);
    assert_int_equal(loop.closed(65, 0).residual, 2);
    assert_false(loop.closed(65, 1).known);
    assert_int_equal(loop.closed(0, 0).rounds, 0);
    // Layers are decoded from 1, 3, 8 (the first correction made room) and 10 us on; the second and
    // the fourth bring a frame, five microseconds after their end.
    v = &loop.view(9 * us);
    assert_int_equal(v->updates, 0);
    v = &loop.view(10 * us);
    assert_int_equal(v->updates, 1);
    assert_true(v->frame_x[1] == 2 && v->frame_z[1] == 0);
    loop.end(9 * us);  // the query had ended; nothing happens
    v = &loop.view(17 * us);
    assert_int_equal(v->updates, 2);
    assert_true(v->frame_x[1] == 0 && v->frame_z[1] == 2);
    assert_int_equal(v->fifo_level, 0);
    assert_int_equal(v->decoding, 0);
    // Another life: its frame is not known yet.
    loop.begin(20 * us);
    v = &loop.view(20 * us);
    assert_true(v->live[0] == UINT64_MAX && v->live[1] == 3 && v->frame_z[1] == 0);
    assert_int_equal(statistics(loop).lives, 66);
}

bool same(const brg::QecView &a, const brg::QecView &b) {
    return a.live == b.live && a.awaited == b.awaited && a.frame_x == b.frame_x &&
           a.frame_z == b.frame_z && a.fifo_level == b.fifo_level && a.held == b.held &&
           a.decoding == b.decoding && a.patch == b.patch && a.state == b.state &&
           a.updates == b.updates && a.overflows == b.overflows;
}

// Looking only when something can change shows what looking all the time shows.
void view_changes_when_told(void **) {
    constexpr std::uint64_t step = us / 10, end = 200 * us;
    for (std::uint32_t decoders = 1; decoders <= 3; decoders++) {
        Windows decoder[2] = {Windows(2 * us + 3 * step), Windows(2 * us + 3 * step)};
        QecLoop loop[2];
        QecLoop::Setup setup = setup_of(4, us);
        setup.latency_ps = 5 * us + step;
        setup.decoders = decoders;
        setup.fifo_depth = 4;
        for (int i = 0; i < 2; i++) {
            loop[i].start(setup, &decoder[i]);
            loop[i].begin(0);
        }
        brg::QecView seen = loop[0].view(0);
        std::uint64_t told = loop[0].view_change_ps(), changes = 0, looks = 0;
        for (std::uint64_t now = 0; now < end; now += step) {
            for (QecLoop &l : loop) {
                if (now == 3 * us + 2 * step) l.enter(1, now);
                if (now == 4 * us) l.enter(0, now);
                if (now == 9 * us) l.leave(1, now + 7 * step);
                if (now == 12 * us) l.end_at(now + us + step);
            }
            // What is called may change the view as well as time does.
            const bool called =
                now == 3 * us + 2 * step || now == 4 * us || now == 9 * us || now == 12 * us;
            if (now >= told || called) {
                seen = loop[0].view(now);
                told = loop[0].view_change_ps();
                assert_true(told > now);
                looks++;
            }
            const brg::QecView &all = loop[1].view(now);
            if (!same(seen, all)) print_error("at %.1f us\n", static_cast<double>(now) / us);
            assert_true(same(seen, all));
            changes += all.state != 0;
        }
        assert_true(changes > 50 && looks < 400);
        assert_int_equal(told, UINT64_MAX);  // all is decoded
        assert_true(seen.updates > 3 && seen.fifo_level == 0 && seen.overflows > 0);
    }
}

struct Arrival {
    std::uint64_t ps, qubit;
    bool last;
};

// One decoder, an endless queue and fixed times need no event model: layers are served in the order
// in which they end. The loop asked at random times must say the same.
void agrees_with_a_queue(void **) {
    std::uint64_t seed = test_seed(20);
    for (int i = 0; i < queues; i++) {
        const std::uint32_t qubits = 1 + static_cast<std::uint32_t>(test_random(&seed) % 6);
        const std::uint64_t round_ps = 500 + test_random(&seed) % 1000;
        const std::uint64_t service = test_random(&seed) % 600;
        const std::uint64_t latency = test_random(&seed) % 5000;
        std::vector<Arrival> arrivals;
        std::vector<std::uint64_t> closing(qubits);
        std::uint64_t at = 0;
        for (std::uint32_t q = 0; q < qubits; q++) {
            at += test_random(&seed) % 20000;
            closing[q] = at;
            const std::uint64_t rounds = at / round_ps;
            for (std::uint64_t r = 1; r <= rounds; r++)
                arrivals.push_back({r * round_ps, q, false});
            if (rounds > 0) arrivals.push_back({at, q, true});
        }
        std::stable_sort(arrivals.begin(), arrivals.end(), [](const Arrival &a, const Arrival &b) {
            return a.ps != b.ps ? a.ps < b.ps : a.last != b.last ? b.last : a.qubit < b.qubit;
        });
        std::vector<std::uint64_t> known = closing;
        std::uint64_t free = 0;
        double sum = 0;
        std::uint64_t closed = 0;
        for (const Arrival &a : arrivals) {
            free = std::max(free, a.ps) + service;
            if (!a.last) continue;
            known[a.qubit] = free + latency;
            sum += static_cast<double>(known[a.qubit] - a.ps) / 1000;
            closed++;
        }

        QecServiceTime decoder(service);
        QecLoop loop;
        QecLoop::Setup setup = setup_of(qubits, round_ps);
        setup.latency_ps = latency;
        loop.start(setup, &decoder);
        loop.begin(0);
        std::uint64_t now = 0, all = 0;
        for (std::uint32_t q = 0; q < qubits; q++) {
            while (test_random(&seed) % 4 != 0) {
                now += test_random(&seed) % (closing[q] - now + 1);
                assert_true(loop.ready(now) == (all <= now));
            }
            now = closing[q];
            loop.enter(q, now);
            all = std::max(all, known[q]);
            assert_true(loop.ready(now) == (all <= now));
        }
        assert_int_equal(wait_for(loop, now), std::max(all, now));
        const brg_qec_statistics s = statistics(loop);
        assert_int_equal(s.reactions, closed);
        assert_int_equal(s.layers, arrivals.size());
        if (closed > 0)
            assert_double_near(s.reaction_mean_ns, sum / static_cast<double>(closed), 1e-9 * sum);
    }
}

// Decoders that do not keep up fill no memory: beyond a bound no round is made any more.
void hopeless_is_bounded(void **) {
    for (const std::uint64_t rounds : {99u, 100000000u}) {
        QecServiceTime decoder(1000 * us);
        QecLoop loop;
        QecLoop::Setup setup = setup_of(1, us);
        setup.fifo_depth = 4;
        setup.most_layers = 100;
        loop.start(setup, &decoder);
        loop.begin(0);
        loop.enter(0, rounds * us);
        assert_int_equal(loop.hopeless(), rounds > 99);
        wait_for(loop, rounds * us);
        const brg_qec_statistics s = statistics(loop);
        assert_true(s.layers <= 102);
        assert_int_equal(s.reactions, 1);
        loop.start(setup, &decoder);
        assert_false(loop.hopeless());
    }
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(rounds_in_flight),
        cmocka_unit_test(slow_decoder_diverges),
        cmocka_unit_test(fast_decoder_is_bounded),
        cmocka_unit_test(overflow_keeps_everything),
        cmocka_unit_test(short_life_needs_no_decoder),
        cmocka_unit_test(end_of_query_is_not_awaited),
        cmocka_unit_test(more_decoders),
        cmocka_unit_test(without_decoder),
        cmocka_unit_test(view_at_times),
        cmocka_unit_test(view_changes_when_told),
        cmocka_unit_test(agrees_with_a_queue),
        cmocka_unit_test(hopeless_is_bounded),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
