// SPDX-License-Identifier: Apache-2.0
// The two verilated tops behind one interface of the platform.
#ifndef BRG_TESTBENCH_PLATFORM_MODEL_H
#define BRG_TESTBENCH_PLATFORM_MODEL_H

#include <cstdint>

#include "testbench/rtl_machine.h"
#include "testbench/rtl_system.h"

namespace brg {

// A model has up to four clocks, numbered as brg_domain; brg_system has the control clock alone.
class Model {
   public:
    virtual ~Model() = default;
    virtual brg_rtl_in *in() = 0;
    virtual const brg_rtl_out *out() const = 0;
    // NULL without the parts that need them.
    virtual brg_machine_in *machine_in() { return nullptr; }
    virtual const brg_machine_out *machine_out() const { return nullptr; }
    // Clocks that run, bit by domain, and which of them the host and the read port belong to.
    virtual unsigned domains() const = 0;
    virtual brg_domain host_domain() const = 0;
    virtual brg_domain port_domain() const = 0;

    // For the waves: shown from the next settle on.
    virtual void show(const brg_rtl_qec_view &view) = 0;
    // Inputs take effect, all clocks low: outputs are then those just before the coming edges.
    virtual void settle(std::uint64_t time_ps) = 0;
    // Rising edges of the clocks in `mask`, each of which advances by 1 + skip[domain] cycles.
    virtual void edge(unsigned mask, const std::uint32_t skip[BRG_DOMAINS],
                      std::uint64_t time_ps) = 0;
    // As settled: cycles of a domain in which nothing but counters would move.
    virtual std::uint32_t quiet(brg_domain domain) const = 0;
    virtual std::uint64_t cycles() const = 0;  // of the control clock since reset
    virtual bool failed() const = 0;           // an assertion of the RTL
};

class SystemModel : public Model {
   public:
    explicit SystemModel(brg_rtl *rtl) : rtl_(rtl) {}
    ~SystemModel() override { brg_rtl_destroy(&rtl_); }
    brg_rtl_in *in() override { return brg_rtl_inputs(rtl_); }
    const brg_rtl_out *out() const override { return brg_rtl_outputs(rtl_); }
    unsigned domains() const override { return 1u << BRG_DOMAIN_CONTROL; }
    brg_domain host_domain() const override { return BRG_DOMAIN_CONTROL; }
    brg_domain port_domain() const override { return BRG_DOMAIN_CONTROL; }
    void show(const brg_rtl_qec_view &view) override { brg_rtl_show_qec(rtl_, &view); }
    void settle(std::uint64_t time_ps) override { brg_rtl_settle(rtl_, time_ps); }
    void edge(unsigned, const std::uint32_t skip[BRG_DOMAINS], std::uint64_t time_ps) override {
        brg_rtl_edge_skip(rtl_, time_ps, skip[BRG_DOMAIN_CONTROL]);
    }
    std::uint32_t quiet(brg_domain) const override { return brg_rtl_quiet(rtl_); }
    std::uint64_t cycles() const override { return brg_rtl_cycles(rtl_); }
    bool failed() const override { return brg_rtl_failed(rtl_); }

   private:
    brg_rtl *rtl_;
};

class MachineModel : public Model {
   public:
    MachineModel(brg_machine *machine, const brg_machine_setup &setup);
    ~MachineModel() override { brg_machine_destroy(&machine_); }
    brg_machine *machine() const { return machine_; }
    brg_rtl_in *in() override { return &brg_machine_inputs(machine_)->bus; }
    const brg_rtl_out *out() const override { return &brg_machine_outputs(machine_)->bus; }
    brg_machine_in *machine_in() override { return brg_machine_inputs(machine_); }
    const brg_machine_out *machine_out() const override { return brg_machine_outputs(machine_); }
    unsigned domains() const override { return domains_; }
    brg_domain host_domain() const override { return host_; }
    brg_domain port_domain() const override { return port_; }
    void show(const brg_rtl_qec_view &view) override { brg_machine_show_qec(machine_, &view); }
    void settle(std::uint64_t time_ps) override { brg_machine_settle(machine_, time_ps); }
    void edge(unsigned mask, const std::uint32_t skip[BRG_DOMAINS],
              std::uint64_t time_ps) override {
        brg_machine_edge(machine_, mask, skip, time_ps);
    }
    std::uint32_t quiet(brg_domain domain) const override {
        return brg_machine_outputs(machine_)->quiet[domain];
    }
    std::uint64_t cycles() const override { return brg_machine_cycles(machine_); }
    bool failed() const override { return brg_machine_failed(machine_); }

   private:
    brg_machine *machine_;
    unsigned domains_;
    brg_domain host_, port_;
};

}  // namespace brg
#endif
