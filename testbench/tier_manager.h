// SPDX-License-Identifier: Apache-2.0
// Stages the pages of a table from the tier where it lives to near memory, and serves the fast side
// from there: one path cloud -> edge -> near memory. What to move is decided by the state machine
// of model/tier_placement.h; here are bytes, time and retries (docs/tiers.md).
#ifndef BRG_TESTBENCH_TIER_MANAGER_H
#define BRG_TESTBENCH_TIER_MANAGER_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/tier_placement.h"
#include "model/tiers.h"
#include "testbench/tier.h"

namespace brg {

// Why a request of the fast side failed, for an initiator that attaches it.
struct TierStatus : tlm::tlm_extension<TierStatus> {
    brg_tier_failure failure{};
    tlm::tlm_extension_base *clone() const override { return new TierStatus(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const TierStatus &>(other);
    }
};

// What a request waits for.
struct TierWaiting {
    brg_tier_wait kind = BRG_TIER_WAIT_NONE;
    brg_tier_id tier = BRG_TIER_NEAR;
    std::uint64_t page = 0;
    std::uint64_t until_ps = UINT64_MAX;  // when that changes at the latest, as far as is known
};

// A request that a tier keeps waiting.
struct TierStuck {
    bool known = false;
    brg_tier_id tier = BRG_TIER_NEAR;
    std::uint64_t page = 0;
    std::uint32_t attempts = 0;
    std::uint64_t until_ps = 0;  // it is not answered before this time
};

class TierManager : public sc_core::sc_module {
   public:
    // The fast side. Reads and writes of any length; byte enables are honoured. May call wait().
    tlm_utils::simple_target_socket<TierManager> socket;
    // Near memory (no time-out), and the tiers, which may stay unbound when they are not used. A
    // target may annotate its delay or wait(); results are the same. INCOMPLETE or no return at all
    // is no answer; address, command and burst errors are final; other errors are retried.
    tlm_utils::simple_initiator_socket<TierManager> near;
    tlm_utils::simple_initiator_socket_optional<TierManager> edge, cloud;

    explicit TierManager(const sc_core::sc_module_name &name);
    ~TierManager() override;

    // A new table: nothing staged, statistics 0. BRG_ESTATE while something is under way (drain()
    // first), BRG_EINVAL for values that brg_tiers_check() refuses, BRG_ENOMEM. What was
    // written and is only in near memory or at the edge is forgotten with the table.
    int configure(const brg_tiers_config &config);
    // From a thread, without new requests: ends all stagings, retries for ever included, and fails
    // the requests that wait; returns when near memory is quiet. Late answers still to come are
    // dropped.
    void drain();
    bool idle() const;

    // What the request of the fast side waits for that covers this address; false when none does.
    bool what(std::uint64_t address, TierWaiting &out) const;
    // The same request: how long it waits at least. known is false when no slow tier has it.
    TierStuck stuck(std::uint64_t address) const;
    void statistics(brg_tiers_statistics *out) const;
    // The last failure of a request, reason NONE when there was none.
    const brg_tier_failure &failure() const { return failure_; }

   private:
    struct Attempt;
    struct Engine;
    // One transfer with its retries, on the stack of the thread that makes it.
    struct Transfer {
        brg_tier_id tier = BRG_TIER_NEAR;
        bool write = false;
        std::uint64_t address = 0, page = 0;
        unsigned char *data = nullptr;
        std::uint64_t bytes = 0;
        const Attempt *attempt = nullptr;  // under way
        std::uint64_t backoff_until_ps = 0, deadline_ps = 0;
        std::uint32_t attempts = 0;
    };
    // One page of a request of the fast side.
    struct Request {
        std::uint32_t page = 0, last_page = 0;
        bool write = false, resolved = false, waited = false;
        brg_place_answer place{};
        brg_tier_failure failure{};
        const Transfer *transfer = nullptr;  // when it goes to the page's tier directly
        sc_core::sc_event event;
    };
    // A short name for the links of the three tiers.
    struct Link {
        brg_tier_link_statistics statistics{};
        brg_latency_histogram histogram{};
    };

    void b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
    brg_tier_failure piece(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                           std::uint64_t bytes, bool whole);
    brg_tier_failure use_near(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                              std::uint64_t bytes, bool whole, std::uint32_t frame,
                              std::uint32_t page);
    brg_tier_failure bypass(tlm::tlm_generic_payload &trans, std::uint64_t offset,
                            std::uint64_t bytes, Request &request);

    brg_tier_failure transfer(Transfer &t);
    brg_tier_failure transfer_near(Transfer &t);
    brg_tier_failure transfer_far(Transfer &t);
    brg_tier_reason attempt_once(Transfer &t);
    Attempt &free_attempt();
    void worker(Attempt &attempt);
    tlm::tlm_response_status call_near(tlm::tlm_generic_payload &trans);

    void engine(Engine &e);
    void evictor(Engine &e);
    void start(std::uint32_t job);
    void pump();
    void resolve(Request &request, const brg_place_answer &answer);
    void ahead(std::uint32_t page, std::uint32_t last);
    void fail(std::uint32_t page, const brg_tier_failure &failure);

    Transfer page_transfer(brg_place_level level, std::uint32_t page, std::uint32_t frame,
                           bool write, unsigned char *data) const;
    std::uint64_t page_bytes(std::uint32_t page) const;
    void describe(const Transfer &t, TierWaiting &out) const;
    // What is under way for the first request of the fast side that covers this page.
    const Request *waiting_for(std::uint32_t page) const;
    const Transfer *transfer_of(const Request &request, bool &evicts) const;
    void turn(std::uint64_t kind, std::uint64_t address, std::uint64_t bytes = 0);

    brg_tiers_config config_{};
    brg_placement *placement_ = nullptr;
    Turnstile turn_{"turnstile"};
    std::vector<std::unique_ptr<Engine>> engines_;
    std::vector<std::unique_ptr<Attempt>> attempts_;
    std::list<Request *> waiting_;       // in the order of their arrival
    std::list<const Request *> active_;  // all of the fast side
    std::uint64_t generation_ = 0;
    unsigned busy_ = 0;  // engines and requests under way
    bool stopping_ = false;
    sc_core::sc_event stop_, quiet_;
    std::array<Link, BRG_TIER_COUNT> links_{};
    brg_latency_histogram histogram_{};
    brg_tiers_statistics statistics_{};
    brg_tier_failure failure_{};
};

}  // namespace brg
#endif
