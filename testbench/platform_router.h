// SPDX-License-Identifier: Apache-2.0
// Where the transactions of a run go: sockets are bound once per process, routes are set per run.
#ifndef BRG_TESTBENCH_PLATFORM_ROUTER_H
#define BRG_TESTBENCH_PLATFORM_ROUTER_H

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

namespace brg {

// Reads of the model go through the tier manager or straight to near memory; near memory is the
// fixed tier or the DRAM. Payload, extensions and delay pass unchanged.
class Router : public sc_core::sc_module {
   public:
    tlm_utils::simple_target_socket<Router> front;       // from the model
    tlm_utils::simple_target_socket<Router> near;        // from the tier manager
    tlm_utils::simple_target_socket<Router> background;  // from another initiator
    tlm_utils::simple_initiator_socket<Router> to_manager, to_tier, to_tier_background, to_dram,
        to_dram_background;

    explicit Router(const sc_core::sc_module_name &name)
        : sc_core::sc_module(name),
          front("front"),
          near("near"),
          background("background"),
          to_manager("to_manager"),
          to_tier("to_tier"),
          to_tier_background("to_tier_background"),
          to_dram("to_dram"),
          to_dram_background("to_dram_background") {
        front.register_b_transport(this, &Router::from_front);
        near.register_b_transport(this, &Router::from_near);
        background.register_b_transport(this, &Router::from_background);
    }
    void configure(bool manager, bool dram) {
        manager_ = manager;
        dram_ = dram;
    }

   private:
    void from_front(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
        if (manager_)
            to_manager->b_transport(trans, delay);
        else
            from_near(trans, delay);
    }
    void from_near(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
        if (dram_)
            to_dram->b_transport(trans, delay);
        else
            to_tier->b_transport(trans, delay);
    }
    void from_background(tlm::tlm_generic_payload &trans, sc_core::sc_time &delay) {
        if (dram_)
            to_dram_background->b_transport(trans, delay);
        else
            to_tier_background->b_transport(trans, delay);
    }

    bool manager_ = false, dram_ = false;
};

}  // namespace brg
#endif
