// SPDX-License-Identifier: Apache-2.0
// Which clocks the machine needs for its configuration.
#include "testbench/platform_model.h"

namespace brg {

MachineModel::MachineModel(brg_machine *machine, const brg_machine_setup &setup)
    : machine_(machine),
      domains_(1u << BRG_DOMAIN_CONTROL),
      host_(setup.use_host ? BRG_DOMAIN_HOST : BRG_DOMAIN_CONTROL),
      port_(setup.use_memory ? BRG_DOMAIN_MEMORY : BRG_DOMAIN_CONTROL) {
    if (setup.use_memory) domains_ |= 1u << BRG_DOMAIN_MEMORY;
    if (setup.use_dram) domains_ |= 1u << BRG_DOMAIN_DRAM;
    if (setup.use_host) domains_ |= 1u << BRG_DOMAIN_HOST;
    brg_machine_configure(machine_, &setup);
}

}  // namespace brg
