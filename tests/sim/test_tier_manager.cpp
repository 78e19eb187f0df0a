// SPDX-License-Identifier: Apache-2.0
// Tiers and their manager under SystemC: bytes against a shadow through outages, errors and late
// answers; exact times; the same results for every style of target and every quantum.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "testbench/tier_manager.h"

extern "C" {
#include "model/image.h"
#include "test.h"
}

// The test has its own main; libsystemc refers to this one.
int sc_main(int, char *[]) {
    return 1;
}

namespace {

using sc_core::sc_time;
constexpr std::uint64_t NS = 1000, US = 1000 * NS, MS = 1000 * US;
constexpr unsigned initiators = 3;
constexpr std::uint64_t line = 64;

std::uint64_t now_ps() {
    return sc_core::sc_time_stamp().value();
}
void wait_ps(std::uint64_t ps) {
    if (ps > 0) sc_core::wait(sc_time::from_value(ps));
}

// Near memory: one channel, a latency, 16 bytes a ns.
struct Near : sc_core::sc_module {
    tlm_utils::simple_target_socket<Near> socket{"socket"};
    std::vector<unsigned char> bytes;
    std::uint64_t latency_ps = 20 * NS, busy_ps = 0;
    bool blocks = false, beats = false;

    explicit Near(const sc_core::sc_module_name &name) : sc_core::sc_module(name) {
        socket.register_b_transport(this, &Near::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload &trans, sc_time &delay) {
        const std::uint64_t address = trans.get_address(), n = trans.get_data_length();
        if (address + n > bytes.size()) {
            trans.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        for (std::uint64_t i = 0; i < n; i++) {
            if (trans.get_byte_enable_ptr() && trans.get_byte_enable_ptr()[i] == TLM_BYTE_DISABLED)
                continue;
            if (trans.is_read())
                trans.get_data_ptr()[i] = bytes[address + i];
            else
                bytes[address + i] = trans.get_data_ptr()[i];
        }
        const std::uint64_t first =
            std::max<std::uint64_t>(now_ps() + delay.value() + latency_ps, busy_ps);
        busy_ps = first + n * NS / 16;
        brg::BeatTiming *timing = nullptr;
        trans.get_extension(timing);
        if (timing && beats) {
            timing->known = true;
            timing->first_ps = first;
            timing->span_ps = busy_ps - first;
        }
        const std::uint64_t left = (timing && beats ? first : busy_ps) - now_ps();
        trans.set_response_status(tlm::TLM_OK_RESPONSE);
        if (blocks)
            wait_ps(left);
        else
            delay = sc_time::from_value(left);
    }
};

// Stands before the cloud and keeps every n-th request for ever, as a broken model might.
struct Hole : sc_core::sc_module {
    tlm_utils::simple_target_socket<Hole> socket{"socket"};
    tlm_utils::simple_initiator_socket<Hole> out{"out"};
    unsigned every = 0, count = 0;
    sc_core::sc_event never;
    explicit Hole(const sc_core::sc_module_name &name) : sc_core::sc_module(name) {
        socket.register_b_transport(this, &Hole::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload &trans, sc_time &delay) {
        if (every && ++count % every == 0) sc_core::wait(never);
        out->b_transport(trans, delay);
    }
};

struct Rig : sc_core::sc_module {
    brg::TierManager manager{"manager"};
    Near near{"near"};
    Hole hole{"hole"};
    brg::Tier edge{"edge"}, cloud{"cloud"};
    tlm_utils::simple_initiator_socket<Rig> socket{"socket"};

    explicit Rig(const sc_core::sc_module_name &name) : sc_core::sc_module(name) {
        socket.bind(manager.socket);
        manager.near.bind(near.socket);
        manager.edge.bind(edge.socket);
        manager.cloud.bind(hole.socket);
        hole.out.bind(cloud.socket);
    }
};

// One elaboration per process.
Rig &rig() {
    static Rig the_rig("rig");
    return the_rig;
}

// The first thing that went wrong: an assertion must not jump out of a coroutine.
std::string problem;
void expect(bool ok, const std::string &what) {
    if (!ok && problem.empty()) problem = what + " at " + std::to_string(now_ps()) + " ps";
}

// Runs each body in a thread of its own until nothing is left to happen.
void run(const std::vector<std::function<void()>> &bodies) {
    unsigned done = 0;
    problem.clear();
    for (const auto &body : bodies)
        sc_core::sc_spawn([&body, &done] {
            body();
            done++;
        });
    sc_core::sc_start();
    if (!problem.empty()) {
        print_error("%s\n", problem.c_str());
        fail();
    }
    assert_int_equal(done, bodies.size());
    assert_true(rig().manager.idle());
}

// The stores of a table at home in the cloud or at the edge, and the shadow of its bytes.
struct Table {
    brg_planes *image = nullptr;
    brg_image_store *home = nullptr, *middle = nullptr;
    std::vector<unsigned char> shadow;

    Table(std::uint64_t bytes, std::uint64_t edge_bytes, std::uint64_t seed) {
        assert_int_equal(brg_image_random(&image, 12, 8, seed), BRG_OK);
        assert_int_equal(brg_image_store_new(&home, image, std::max<std::uint64_t>(bytes, 4096)),
                         BRG_OK);
        assert_int_equal(
            brg_image_store_new(&middle, nullptr, std::max<std::uint64_t>(edge_bytes, 1)), BRG_OK);
        shadow.resize(bytes);
        const brg_store face = brg_image_store_face(home);
        assert_int_equal(face.read(face.context, 0, shadow.data(), bytes), BRG_OK);
    }
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;
    ~Table() {
        brg_image_store_destroy(&home);
        brg_image_store_destroy(&middle);
        brg_planes_destroy(&image);
    }
};

struct Style {
    bool near_blocks = false, edge_blocks = false, cloud_blocks = false;
    std::uint64_t quantum_ps = 0;
};

void configure(const brg_tiers_config &c, const Table &table, const Style &style,
               unsigned hole = 0) {
    Rig &r = rig();
    r.near.bytes.assign(c.near_base + std::uint64_t{c.placement.near_frames} * c.page_bytes, 0xee);
    r.near.blocks = style.near_blocks;
    r.near.beats = false;
    r.near.busy_ps = 0;
    r.hole.every = hole;
    r.hole.count = 0;
    const bool at_edge = c.home == BRG_TIER_EDGE;
    assert_int_equal(r.edge.configure(c.tier[BRG_TIER_EDGE],
                                      brg_image_store_face(at_edge ? table.home : table.middle),
                                      style.edge_blocks),
                     BRG_OK);
    assert_int_equal(r.cloud.configure(c.tier[BRG_TIER_CLOUD], brg_image_store_face(table.home),
                                       style.cloud_blocks),
                     BRG_OK);
    assert_int_equal(r.manager.configure(c), BRG_OK);
}

tlm::tlm_response_status transport(bool write, std::uint64_t address, unsigned char *data,
                                   std::uint64_t bytes, std::uint64_t local_ps = 0,
                                   unsigned char *enables = nullptr,
                                   brg::TierStatus *status = nullptr,
                                   brg::BeatTiming *timing = nullptr) {
    tlm::tlm_generic_payload trans;
    trans.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    trans.set_address(address);
    trans.set_data_ptr(data);
    trans.set_data_length(static_cast<unsigned>(bytes));
    trans.set_streaming_width(static_cast<unsigned>(bytes));
    if (enables) {
        trans.set_byte_enable_ptr(enables);
        trans.set_byte_enable_length(static_cast<unsigned>(bytes));
    }
    if (status) trans.set_extension(status);
    if (timing) trans.set_extension(timing);
    sc_time delay = sc_time::from_value(local_ps);
    rig().socket->b_transport(trans, delay);
    if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
    if (status) trans.clear_extension(status);
    if (timing) trans.clear_extension(timing);
    return trans.get_response_status();
}

// Requests of one initiator. Line i of the table is written by initiator i mod 3 alone, so each
// knows what its own lines hold, while all of them share the pages.
struct Load {
    unsigned id;
    std::uint64_t seed, requests, quantum_ps;
    std::uint64_t log = 1469598103934665603u, failed = 0;
};

void note(Load &load, std::uint64_t v) {
    load.log = (load.log ^ v) * 1099511628211u;
}

void play(Load &load, Table &table) {
    std::uint64_t random = load.seed * initiators + load.id, local = 0;
    const std::uint64_t size = table.shadow.size(), begin_ps = now_ps();
    std::vector<unsigned char> data(8192), enables(8192);
    for (std::uint64_t r = 0; r < load.requests; r++) {
        if (test_random(&random) % 4 != 0) local += test_random(&random) % (2 * US);
        if (local > load.quantum_ps) {
            wait_ps(local);
            local = 0;
        }
        std::uint64_t address = test_random(&random) % size;
        if (test_random(&random) % 3 != 0) address = size / 4 + address % (size / 4);
        std::uint64_t bytes = 1 + test_random(&random) % (r % 8 == 0 ? 8192 : 200);
        bytes = std::min(bytes, size - address);
        const bool write = test_random(&random) % 100 < 40;
        for (std::uint64_t i = 0; i < bytes; i++) {
            const bool own = (address + i) / line % initiators == load.id;
            enables[i] = own && write ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
            if (own && write) table.shadow[address + i] = static_cast<unsigned char>(r * 7 + i);
            data[i] = write ? static_cast<unsigned char>(r * 7 + i) : 0x55;
        }
        tlm::tlm_response_status status;
        // A write that failed may have reached a part of its bytes: it is sent until it succeeds.
        do {
            status = transport(write, address, data.data(), bytes, local,
                               write ? enables.data() : nullptr);
            local = 0;
            note(load, now_ps() - begin_ps);
            note(load, static_cast<std::uint64_t>(status == tlm::TLM_OK_RESPONSE));
            load.failed += status != tlm::TLM_OK_RESPONSE;
        } while (write && status != tlm::TLM_OK_RESPONSE);
        if (write || status != tlm::TLM_OK_RESPONSE) continue;
        for (std::uint64_t i = 0; i < bytes; i++) {
            const std::uint64_t at = address + i;
            if (at / line % initiators == load.id && data[i] != table.shadow[at]) {
                expect(false, "byte " + std::to_string(at) + " of initiator " +
                                  std::to_string(load.id) + " is stale in request " +
                                  std::to_string(r));
                return;
            }
        }
    }
}

struct Outcome {
    std::uint64_t log = 0, failed = 0;
    brg_tiers_statistics manager{};
    brg_tier_statistics edge{}, cloud{};
};

// A random run, then a reading of the whole table.
Outcome play_all(const brg_tiers_config &c, const Style &style, std::uint64_t seed,
                 std::uint64_t requests, unsigned hole = 0) {
    Table table(c.table_bytes, std::uint64_t{c.placement.edge_frames} * c.page_bytes, seed);
    configure(c, table, style, hole);
    std::vector<Load> loads;
    for (unsigned i = 0; i < initiators; i++) {
        loads.push_back(Load{i, seed, requests / initiators, style.quantum_ps});
    }
    std::vector<std::function<void()>> bodies;
    for (Load &load : loads) bodies.push_back([&load, &table] { play(load, table); });
    run(bodies);
    Outcome o;
    for (const Load &load : loads) {
        o.log = o.log * 31 + load.log;
        o.failed += load.failed;
    }
    rig().manager.statistics(&o.manager);
    rig().edge.statistics(&o.edge);
    rig().cloud.statistics(&o.cloud);
    run({[&] {
        std::vector<unsigned char> data(c.table_bytes);
        for (std::uint64_t at = 0; at < c.table_bytes; at += 1024) {
            const std::uint64_t n = std::min<std::uint64_t>(1024, c.table_bytes - at);
            while (transport(false, at, data.data() + at, n) != tlm::TLM_OK_RESPONSE) {
            }
        }
        expect(data == table.shadow, "the table differs from its shadow");
    }});
    return o;
}

brg_tiers_config base_config(brg_tier_id home) {
    brg_tiers_config c{};
    c.home = home;
    c.page_bytes = 1024;
    c.table_bytes = 64 * 1024 + 192;
    c.near_base = 4096;
    c.placement.near_frames = 12;
    c.placement.promote_after = 1;
    c.placement.jobs = 6;
    c.read_ahead = 2;
    brg_tier_config &edge = c.tier[BRG_TIER_EDGE], &cloud = c.tier[BRG_TIER_CLOUD];
    edge.seed = cloud.seed = 99;
    edge.tier = BRG_TIER_EDGE;
    edge.latency = cloud.latency = BRG_LATENCY_LOGNORMAL;
    edge.latency_ns = 2000;
    edge.sigma = 0.3;
    edge.bandwidth_gb_per_s = 4;
    cloud.tier = BRG_TIER_CLOUD;
    cloud.latency_ns = 20000;
    cloud.sigma = 0.6;
    cloud.bandwidth_gb_per_s = 1;
    cloud.requests_per_s = 1e6;
    cloud.request_burst = 4;
    cloud.concurrent = 8;
    for (const int t : {BRG_TIER_EDGE, BRG_TIER_CLOUD}) {
        c.retry[t].time_out_ps = t == BRG_TIER_EDGE ? 10 * US : 80 * US;
        c.retry[t].backoff_ps = 5 * US;
    }
    return c;
}

struct Case {
    const char *name;
    brg_tiers_config config;
    unsigned hole;
};

std::vector<Case> cases() {
    std::vector<Case> all;
    const auto outages = [](brg_tier_config &t, brg_outage_answer answer) {
        t.outage_between_ns = 600e3;
        t.outage_mean_ns = 200e3;
        t.outage_answer = answer;
    };
    brg_tiers_config c = base_config(BRG_TIER_CLOUD);
    all.push_back({"cloud", c, 0});
    outages(c.tier[BRG_TIER_CLOUD], BRG_OUTAGE_SILENT);
    c.tier[BRG_TIER_CLOUD].error_probability = 0.05;
    all.push_back({"cloud, silent in outages, errors", c, 0});

    c = base_config(BRG_TIER_CLOUD);
    c.placement.edge_frames = 24;
    outages(c.tier[BRG_TIER_CLOUD], BRG_OUTAGE_LATE);
    outages(c.tier[BRG_TIER_EDGE], BRG_OUTAGE_ERROR);
    c.retry[BRG_TIER_CLOUD].exponential = true;
    all.push_back({"inclusive, late in outages", c, 0});
    c.placement.exclusive = true;
    c.placement.promote_after = 3;
    all.push_back({"exclusive, promotion at the third access", c, 0});

    c = base_config(BRG_TIER_EDGE);
    c.tier[BRG_TIER_EDGE].sigma = 1.2; /* many answers come after their time-out */
    c.retry[BRG_TIER_EDGE].time_out_ps = 4 * US;
    c.placement.near_frames = 2;
    c.placement.promote_after = 2;
    all.push_back({"edge, late answers, two frames", c, 0});

    c = base_config(BRG_TIER_CLOUD);
    c.placement.edge_frames = 5;
    c.placement.near_frames = 4;
    c.placement.promote_after = 2;
    c.near_burst_bytes = 256;
    all.push_back({"small levels, requests that never return", c, 40});

    c = base_config(BRG_TIER_CLOUD);
    c.placement.edge_frames = 3;
    c.placement.exclusive = true;
    outages(c.tier[BRG_TIER_CLOUD], BRG_OUTAGE_ERROR);
    outages(c.tier[BRG_TIER_EDGE], BRG_OUTAGE_SILENT);
    for (const int t : {BRG_TIER_EDGE, BRG_TIER_CLOUD}) {
        c.tier[t].error_probability = 0.1;
        c.retry[t].give_up = true;
        c.retry[t].retries = 1;
    }
    all.push_back({"giving up", c, 0});
    return all;
}

// An eighth of the requests where sanitizers make each several times slower.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t scale = 8;
#else
constexpr std::uint64_t scale = 1;
#endif

void test_contents(void **) {
    const std::uint64_t seed = test_seed(4711);
    std::uint64_t requests = 0, time_outs = 0, late = 0, errors = 0;
    for (const Case &k : cases()) {
        const Outcome o = play_all(k.config, Style{}, seed, 15000 / scale, k.hole);
        const brg_tiers_statistics &m = o.manager;
        requests += m.requests;
        for (const brg_tier_link_statistics &link : m.link) {
            time_outs += link.time_outs;
            late += link.late_answers;
            errors += link.errors;
            assert_true(link.attempts >= link.requests);
        }
        assert_int_equal(m.failed, o.failed);
        assert_true((o.failed > 0) == k.config.retry[k.config.home].give_up);
        assert_true(m.placement.write_backs > 0 && m.placement.ahead_used > 0);
        assert_true(m.near_hits > 0 && m.near_misses > 0);
        // Both ends of a link count the same attempts, but those that a hole keeps.
        assert_int_equal(m.link[BRG_TIER_EDGE].attempts, o.edge.requests);
        if (k.hole == 0) assert_int_equal(m.link[BRG_TIER_CLOUD].attempts, o.cloud.requests);
        print_message("%-42s %6llu requests, %4.1f %% hits, %5llu retries, %4llu late answers\n",
                      k.name, static_cast<unsigned long long>(m.requests),
                      100.0 * static_cast<double>(m.near_hits) /
                          static_cast<double>(m.near_hits + m.near_misses),
                      static_cast<unsigned long long>(m.link[BRG_TIER_EDGE].retries +
                                                      m.link[BRG_TIER_CLOUD].retries),
                      static_cast<unsigned long long>(m.link[BRG_TIER_EDGE].late_answers +
                                                      m.link[BRG_TIER_CLOUD].late_answers));
    }
    assert_true(requests >= 100000 / scale);
    assert_true(time_outs > 100 && late > 100 && errors > 100);
}

// The same run with every style of target and every quantum.
void test_same_results(void **) {
    const std::uint64_t seed = test_seed(4712);
    static const Style styles[] = {{true, true, true, 0},          {true, false, true, 0},
                                   {false, false, false, 10 * NS}, {false, true, false, US},
                                   {true, true, true, MS},         {false, false, false, MS}};
    for (const Case &k : cases()) {
        const Outcome first = play_all(k.config, Style{}, seed, 600, k.hole);
        for (const Style &style : styles) {
            const Outcome o = play_all(k.config, style, seed, 600, k.hole);
            if (o.log != first.log) print_error("%s\n", k.name);
            assert_true(o.log == first.log);
            assert_memory_equal(&o.manager, &first.manager, sizeof o.manager);
            assert_memory_equal(&o.edge, &first.edge, sizeof o.edge);
            assert_memory_equal(&o.cloud, &first.cloud, sizeof o.cloud);
        }
    }
}

// Six requests at one time, time-outs and retries at one time: who comes first does not depend on
// the order in which the kernel wakes the threads, nor on other threads beside them.
void test_equal_times(void **) {
    constexpr unsigned count = 6;
    brg_tiers_config c = base_config(BRG_TIER_CLOUD);
    const brg_outage outage[] = {{0, 100 * US}};
    brg_tier_config &cloud = c.tier[BRG_TIER_CLOUD];
    cloud.outages = outage;
    cloud.outage_count = 1;
    cloud.outage_answer = BRG_OUTAGE_SILENT;
    c.read_ahead = 0;
    std::array<std::uint64_t, count> first{};
    std::uint64_t random = test_seed(4713);
    for (unsigned trial = 0; trial < 40; trial++) {
        Table table(c.table_bytes, 0, 5);
        configure(c, table, Style{});
        const std::uint64_t begin = now_ps();
        std::array<std::uint64_t, count> took{};
        std::vector<std::function<void()>> bodies;
        for (unsigned i = 0; i < count; i++) {
            const bool annotates = trial > 0 && test_random(&random) % 2;
            bodies.push_back([&took, i, begin, annotates] {
                unsigned char data[64];
                if (!annotates) wait_ps(US);
                transport(false, i * 1024, data, 64, annotates ? US : 0);
                took[i] = now_ps() - begin;
            });
        }
        for (unsigned i = 0; trial > 0 && i < 8; i++)
            bodies.push_back([at = test_random(&random) % (100 * US)] {
                wait_ps(at);
                wait_ps(100 * US);
            });
        for (std::size_t i = bodies.size(); i > 1; i--)
            if (trial > 0) std::swap(bodies[i - 1], bodies[test_random(&random) % i]);
        run(bodies);
        if (trial == 0) first = took;
        for (unsigned i = 0; i < count; i++) assert_true(took[i] == first[i]);
    }
    // They are not all the same: the order matters.
    assert_true(first[0] != first[1] && first[1] != first[2] && first[4] != first[5]);
}

// A tier with constant latency L and bandwidth, and no queues: all times in closed form.
brg_tiers_config plain_config() {
    brg_tiers_config c = base_config(BRG_TIER_CLOUD);
    c.tier[BRG_TIER_CLOUD] = brg_tier_config{};
    c.tier[BRG_TIER_CLOUD].latency_ns = 50000;
    c.tier[BRG_TIER_CLOUD].bandwidth_gb_per_s = 1;
    c.read_ahead = 0;
    return c;
}

constexpr std::uint64_t page_ps = 50 * US + 1024 * NS;     // cloud: latency and transfer
constexpr std::uint64_t near_page_ps = 20 * NS + 64 * NS;  // near: a page of 1024 bytes
constexpr std::uint64_t near_line_ps = 20 * NS + 4 * NS;   // near: 64 bytes

void test_exact_times(void **) {
    const brg_tiers_config c = plain_config();
    Table table(c.table_bytes, 0, 1);
    for (const bool blocks : {false, true}) {
        configure(c, table, Style{blocks, blocks, blocks, 0});
        rig().near.beats = true;
        run({[&] {
            unsigned char data[64];
            std::uint64_t t = now_ps();
            const auto took = [&t] {
                const std::uint64_t d = now_ps() - t;
                t = now_ps();
                return d;
            };
            expect(transport(false, 2048, data, 64) == tlm::TLM_OK_RESPONSE, "read");
            expect(took() == page_ps + near_page_ps + near_line_ps, "a miss");
            expect(std::memcmp(data, table.shadow.data() + 2048, 64) == 0, "bytes");
            expect(transport(false, 2112, data, 64) == tlm::TLM_OK_RESPONSE, "read");
            expect(took() == near_line_ps, "a hit");
            // Beat times of near memory pass through; the call ends with the first beat.
            brg::BeatTiming timing;
            transport(false, 2048, data, 64, 0, nullptr, nullptr, &timing);
            expect(timing.known && timing.first_ps == t + 20 * NS && timing.span_ps == 4 * NS,
                   "beat times");
            expect(took() == 20 * NS, "the first beat");
            timing.known = false;
            wait_ps(US);
            t = now_ps();
            // A write, and its page on its way back when the frames are needed.
            expect(transport(true, 2048, data, 64) == tlm::TLM_OK_RESPONSE, "write");
            expect(took() == near_line_ps, "a write");
            for (unsigned i = 0; i < 11; i++) transport(false, (10 + i) * 1024, data, 64);
            t = now_ps();
            transport(false, 30 * 1024, data, 64);
            // Read and write-back share the channel: the write starts when the near read is over,
            // so its transfer follows that of the read.
            expect(took() == page_ps + 1024 * NS + near_page_ps + near_line_ps, "a dirty victim");
        }});
    }
}

// An answer at the very time of the time-out counts; a picosecond later it is late.
void test_time_out(void **) {
    for (const bool blocks : {false, true})
        for (const std::uint64_t early : {0, 1}) {
            brg_tiers_config c = plain_config();
            c.retry[BRG_TIER_CLOUD].time_out_ps = page_ps - early;
            c.retry[BRG_TIER_CLOUD].give_up = true;
            Table table(c.table_bytes, 0, 6);
            configure(c, table, Style{blocks, blocks, blocks, 0});
            run({[&] {
                unsigned char data[64];
                const bool ok = transport(false, 0, data, 64) == tlm::TLM_OK_RESPONSE;
                expect(ok == (early == 0), "in time");
            }});
            brg_tiers_statistics s;
            rig().manager.statistics(&s);
            assert_int_equal(s.link[BRG_TIER_CLOUD].time_outs, early);
            assert_int_equal(s.link[BRG_TIER_CLOUD].late_answers, early);
        }
}

void test_reasons(void **) {
    brg_tiers_config c = plain_config();
    const brg_outage outage[] = {{20 * US, 100 * US}};
    c.tier[BRG_TIER_CLOUD].outages = outage;
    c.tier[BRG_TIER_CLOUD].outage_count = 1;
    c.tier[BRG_TIER_CLOUD].outage_answer = BRG_OUTAGE_SILENT;
    c.placement.near_frames = 1;
    Table table(c.table_bytes, 0, 2);
    configure(c, table, Style{});
    const std::uint64_t begin = now_ps();
    // One read at 0 is cut at 20 us and times out at 80; a second attempt at 85 falls into the
    // outage, times out at 165, and the third at 170 us gets its answer. A read of another page
    // waits for the only frame.
    static const struct {
        std::uint64_t at_ps, until_ps;
        brg_tier_wait kind, other;
    } expected[] = {
        {10 * US, 20 * US, BRG_TIER_WAIT_LATENCY, BRG_TIER_WAIT_FRAME},
        {30 * US, 80 * US, BRG_TIER_WAIT_OUTAGE, BRG_TIER_WAIT_FRAME},
        {82 * US, 85 * US, BRG_TIER_WAIT_RETRY, BRG_TIER_WAIT_FRAME},
        {100 * US, 165 * US, BRG_TIER_WAIT_OUTAGE, BRG_TIER_WAIT_FRAME},
        {175 * US, 220 * US, BRG_TIER_WAIT_LATENCY, BRG_TIER_WAIT_FRAME},
        {220 * US + 1000, 221 * US + 24000, BRG_TIER_WAIT_TRANSFER, BRG_TIER_WAIT_FRAME},
        {221 * US + 30000, UINT64_MAX, BRG_TIER_WAIT_NEAR, BRG_TIER_WAIT_FRAME},
        {221 * US + 110000, UINT64_MAX, BRG_TIER_WAIT_NEAR, BRG_TIER_WAIT_FRAME},
        {240 * US, 271 * US + 132000, BRG_TIER_WAIT_NONE, BRG_TIER_WAIT_LATENCY},
    };
    run({[&] {
             unsigned char data[64];
             expect(transport(false, 0, data, 64) == tlm::TLM_OK_RESPONSE, "first read");
             expect(now_ps() - begin == 170 * US + page_ps + near_page_ps + near_line_ps, "time");
         },
         [&] {
             unsigned char data[64];
             wait_ps(US);
             expect(transport(false, 1024, data, 64) == tlm::TLM_OK_RESPONSE, "second read");
         },
         [&] {
             for (const auto &e : expected) {
                 wait_ps(begin + e.at_ps - now_ps());
                 brg::TierWaiting w, other;
                 rig().manager.what(0, w);
                 expect(rig().manager.what(1030, other), "the second read waits");
                 expect(w.kind == e.kind, std::string("waits for ") + brg_tier_wait_name(w.kind));
                 expect(other.kind == e.other,
                        std::string("other waits for ") + brg_tier_wait_name(other.kind));
                 const bool far = w.kind != BRG_TIER_WAIT_NEAR && w.kind != BRG_TIER_WAIT_NONE;
                 if (far) expect(w.tier == BRG_TIER_CLOUD && w.page == 0, "tier and page");
                 if (far)
                     expect(w.until_ps == begin + e.until_ps,
                            "until " + std::to_string(w.until_ps - begin));
             }
         }});
    brg_tiers_statistics s;
    rig().manager.statistics(&s);
    const brg_tier_link_statistics &cloud = s.link[BRG_TIER_CLOUD];
    assert_true(cloud.requests == 2 && cloud.attempts == 4 && cloud.time_outs == 2);
    assert_true(cloud.retries == 2 && cloud.failures == 0 && cloud.backoff_ps == 10 * US);
    assert_true(cloud.outage_ps == 60 * US + 35 * US);
    const std::uint64_t each = page_ps + near_page_ps + near_line_ps;
    assert_double_near(s.latency.max_ns, static_cast<double>(169 * US + 2 * each) / 1e3, 1e-3);
}

void test_rate_reason(void **) {
    brg_tiers_config c = plain_config();
    c.tier[BRG_TIER_CLOUD].requests_per_s = 10000; /* one each 100 us */
    c.retry[BRG_TIER_CLOUD].time_out_ps = MS;
    Table table(c.table_bytes, 0, 3);
    configure(c, table, Style{});
    const std::uint64_t begin = now_ps();
    run({[] {
             unsigned char data[64];
             transport(false, 0, data, 64);
         },
         [&] {
             unsigned char data[64];
             wait_ps(US);
             transport(false, 1024, data, 64);
             expect(now_ps() - begin == 100 * US + page_ps + near_page_ps + near_line_ps, "time");
         },
         [&] {
             wait_ps(60 * US);
             brg::TierWaiting w;
             expect(rig().manager.what(1024, w) && w.kind == BRG_TIER_WAIT_RATE, "rate limit");
             expect(w.until_ps == begin + 100 * US, "until the token comes");
             expect(!rig().manager.what(0, w), "the first read is over");
         }});
}

// A dead tier under policy `fail`: an error in closed-form time that says which tier and why, and
// all is well when the tier is back. Under `wait`, drain() ends what would go on for ever.
void test_failures(void **) {
    brg_tiers_config c = plain_config();
    const brg_outage outage[] = {{0, 1000 * MS}};
    c.tier[BRG_TIER_CLOUD].outages = outage;
    c.tier[BRG_TIER_CLOUD].outage_count = 1;
    brg_retry_policy &retry = c.retry[BRG_TIER_CLOUD];
    retry.exponential = true;
    retry.retries = 3;
    retry.give_up = true;
    Table table(c.table_bytes, 0, 4);
    configure(c, table, Style{});
    run({[&] {
        unsigned char data[64];
        brg::TierStatus status;
        const std::uint64_t begin = now_ps();
        expect(transport(false, 3000, data, 64, 0, nullptr, &status) ==
                   tlm::TLM_GENERIC_ERROR_RESPONSE,
               "an error");
        expect(now_ps() - begin == 4 * 80 * US + (5 + 10 + 20) * US, "time of giving up");
        const brg_tier_failure &f = status.failure;
        expect(f.reason == BRG_TIER_REASON_TIME_OUT && f.tier == BRG_TIER_CLOUD, "reason");
        expect(f.attempts == 4 && f.page == 2 && f.time_ps == now_ps(), "attempts, page");
        expect(rig().manager.failure().reason == BRG_TIER_REASON_TIME_OUT, "last failure");
        wait_ps(1000 * MS);
        expect(transport(false, 3000, data, 64) == tlm::TLM_OK_RESPONSE, "after the outage");
        expect(std::memcmp(data, table.shadow.data() + 3000, 64) == 0, "bytes");
        // Beyond the table; and a table that its tier does not have: final, never retried.
        status.failure = {};
        expect(transport(false, c.table_bytes - 10, data, 64, 0, nullptr, &status) ==
                   tlm::TLM_ADDRESS_ERROR_RESPONSE,
               "beyond the table");
        expect(status.failure.reason == BRG_TIER_REASON_ADDRESS, "address");
    }});
    c.tier[BRG_TIER_CLOUD].outage_answer = BRG_OUTAGE_ERROR;
    configure(c, table, Style{});
    run({[&] {
        unsigned char data[64];
        brg::TierStatus status;
        const std::uint64_t begin = now_ps();
        transport(false, 0, data, 64, 0, nullptr, &status);
        expect(now_ps() - begin == 4 * 50 * US + 35 * US, "errors come after the latency");
        expect(status.failure.reason == BRG_TIER_REASON_ERROR, "an error, not a time-out");
    }});
    c.tier[BRG_TIER_CLOUD].outage_count = 0;
    c.tier[BRG_TIER_CLOUD].capacity_bytes = 2048;
    configure(c, table, Style{});
    run({[&] {
        unsigned char data[64];
        brg::TierStatus status;
        expect(transport(false, 2040, data, 64, 0, nullptr, &status) ==
                   tlm::TLM_ADDRESS_ERROR_RESPONSE,
               "beyond the capacity");
        expect(status.failure.tier == BRG_TIER_CLOUD && status.failure.attempts == 1, "once");
    }});
    c.tier[BRG_TIER_CLOUD].capacity_bytes = 0;
    c.tier[BRG_TIER_CLOUD].outage_count = 1;
    c.tier[BRG_TIER_CLOUD].outage_answer = BRG_OUTAGE_SILENT;
    retry.give_up = false;
    configure(c, table, Style{});
    run({[&] {
             unsigned char data[64];
             brg::TierStatus status;
             transport(false, 0, data, 64, 0, nullptr, &status);
             expect(status.failure.reason == BRG_TIER_REASON_STOPPED, "stopped");
         },
         [&] {
             wait_ps(10 * MS);
             expect(!rig().manager.idle(), "still waiting");
             expect(rig().manager.configure(c) == BRG_ESTATE, "not now");
             rig().manager.drain();
             expect(rig().manager.idle(), "drained");
             expect(rig().manager.configure(c) == BRG_OK, "a new table");
         }});
}

// Near memory as the home: nothing but an offset.
void test_home_near(void **) {
    brg_tiers_config c{};
    c.near_base = 256;
    assert_int_equal(rig().manager.configure(c), BRG_OK);
    rig().near.bytes.assign(4096, 1);
    rig().near.bytes[300] = 77;
    run({[] {
        unsigned char data[8];
        const std::uint64_t begin = now_ps();
        expect(transport(false, 44, data, 8) == tlm::TLM_OK_RESPONSE && data[0] == 77, "read");
        expect(now_ps() - begin == 20 * NS + 500, "time");
        brg::TierWaiting w;
        expect(!rig().manager.what(44, w), "nothing waits");
    }});
}

void test_bad_configurations(void **) {
    const auto refused = [](const std::function<void(brg_tiers_config &)> &spoil,
                            const char *message) {
        brg_tiers_config c = base_config(BRG_TIER_CLOUD);
        spoil(c);
        brg_diag *diag = nullptr;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        assert_int_equal(brg_tiers_check(&c, "f", 3, "memory.tiers", diag), BRG_EINPUT);
        assert_string_equal(brg_diag_message(diag, 0), message);
        brg_diag_destroy(&diag);
        assert_int_equal(rig().manager.configure(c), BRG_EINVAL);
    };
    refused([](brg_tiers_config &c) { c.page_bytes = 100; },
            "f:3: memory.tiers.page_bytes: not a page size, accepted: multiples of 64 from 64 to "
            "16777216");
    refused([](brg_tiers_config &c) { c.table_bytes = 0; },
            "f:3: memory.tiers.page_bytes: the table needs 1 to 2^28 pages");
    refused([](brg_tiers_config &c) { c.placement.edge_frames = 12; },
            "f:3: memory.tiers.edge_frames: more than near_frames when inclusive");
    refused([](brg_tiers_config &c) { c.placement.jobs = 65; },
            "f:3: memory.tiers.jobs: from 1 to 64");
    refused([](brg_tiers_config &c) { c.retry[BRG_TIER_CLOUD].time_out_ps = 0; },
            "f:3: memory.tiers.time_out_ns: more than 0: a tier may stay silent");
}

}  // namespace

int main() {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_times),  cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_time_out),     cmocka_unit_test(test_rate_reason),
        cmocka_unit_test(test_failures),     cmocka_unit_test(test_contents),
        cmocka_unit_test(test_same_results), cmocka_unit_test(test_home_near),
        cmocka_unit_test(test_equal_times),  cmocka_unit_test(test_bad_configurations),
    };
    rig();
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
