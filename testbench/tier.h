// SPDX-License-Identifier: Apache-2.0
// One slow memory as a TLM-2.0 target: the service of model/tiers.h over a byte store.
#ifndef BRG_TESTBENCH_TIER_H
#define BRG_TESTBENCH_TIER_H

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "model/tiers.h"
#include "testbench/memory_tier.h"

namespace brg {

// What became of a request to a tier, with the times of its stages. The tier fills it in when it
// takes the request, so that an initiator can look at it while the transaction waits.
struct TierReport : tlm::tlm_extension<TierReport> {
    bool known = false;
    brg_tier_answer answer{};
    tlm::tlm_extension_base *clone() const override { return new TierReport(*this); }
    void copy_from(const tlm::tlm_extension_base &other) override {
        *this = static_cast<const TierReport &>(other);
    }
};

// Puts what happens at one time in an order that does not depend on the kernel's queues: threads
// that enter at the same time go on by rising key, after everything else that is due at that time
// (or after `patience` delta cycles, if others wait for the same thing).
class Turnstile {
   public:
    struct Key {
        std::uint64_t kind, address, bytes;
    };
    explicit Turnstile(const char *name);
    Turnstile(const Turnstile &) = delete;
    Turnstile &operator=(const Turnstile &) = delete;
    void enter(const Key &key);

   private:
    static constexpr int patience = 16;
    struct Ticket {
        Key key;
        sc_core::sc_event go;
    };
    void run();
    std::vector<Ticket *> waiting_, batch_;
    sc_core::sc_event arrived_;
};

// Responses: OK; ADDRESS_ERROR beyond the capacity or the store; GENERIC_ERROR when the tier
// answers with an error (the data are then undefined: a part may have moved); INCOMPLETE, at once,
// when no answer will ever come. The delay up to the answer is annotated, or waited for in
// b_transport. Requests take effect on the bytes in the order of their arrival.
class Tier : public sc_core::sc_module {
   public:
    tlm_utils::simple_target_socket<Tier> socket;

    explicit Tier(const sc_core::sc_module_name &name);
    ~Tier() override;
    // New parameters, time 0 of outages and traces at this moment, no requests. The store and the
    // trace are borrowed. BRG_EINVAL, BRG_ENOMEM.
    int configure(const brg_tier_config &config, const brg_store &store, bool blocks = false);
    void statistics(brg_tier_statistics *out) const;

   private:
    void b_transport(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay);
    tlm::tlm_response_status move(tlm::tlm_generic_payload &trans, const brg_tier_answer &answer);

    Turnstile turn_{"turnstile"};
    brg_tier_server *server_ = nullptr;
    brg_store store_{};
    std::uint64_t origin_ps_ = 0, capacity_ = 0;
    bool blocks_ = false;
};

}  // namespace brg
#endif
