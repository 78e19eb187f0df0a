// SPDX-License-Identifier: Apache-2.0
// The DPI imports of every verilated top have one C side: a plant finds its calls by its scope.
#ifndef BRG_TESTBENCH_RTL_PLANT_H
#define BRG_TESTBENCH_RTL_PLANT_H

#include "testbench/rtl_system.h"

class VerilatedScope;

// The plant in this scope makes these calls from now on; both are borrowed.
void brg_rtl_bind_plant(const VerilatedScope *scope, const brg_plant_calls *calls);

#endif
