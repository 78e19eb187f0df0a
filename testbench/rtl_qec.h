// SPDX-License-Identifier: Apache-2.0
// The verilated decoder of a patch, fed with sampled syndromes: how many cycles each layer takes.
#ifndef BRG_TESTBENCH_RTL_QEC_H
#define BRG_TESTBENCH_RTL_QEC_H

#include <memory>

#include "testbench/qec_loop.h"

namespace brg {

// A pair of rtl/brg_qec_unit.sv, one for each basis, for the patches that it serves: each life has
// a context of its own. A layer takes the cycles until the slower unit asks for the next one, those
// of a window's decode included. BRG_EINVAL: no model of this distance (3, 5, 7); BRG_EINPUT: the
// error model is refused, with messages in diag.
int make_rtl_decoder(std::unique_ptr<QecDecoder> &out, const brg_platform_qec &config,
                     brg_diag *diag);

}  // namespace brg
#endif
