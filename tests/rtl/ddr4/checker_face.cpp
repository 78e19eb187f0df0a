// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_ddr4_checker.
#include "checker_face.h"

#include <algorithm>
#include <cstring>

#include "Vbrg_ddr4_checker.h"
#include "verilated.h"

size_t checker_play(const uint32_t timing[12], bool refresh, uint8_t postpone, bool two_ranks,
                    const ddr4_event *events, size_t count, uint64_t end, checker_report *reports,
                    size_t max) {
    VerilatedContext context;
    Vbrg_ddr4_checker top{&context};
    std::memcpy(&top.timing_i[0], timing, 48);
    top.refresh_i = refresh;
    top.postpone_i = postpone;
    top.two_ranks_i = two_ranks;
    top.rst_ni = 0;
    for (int i = 0; i < 4; i++) {
        top.clk_i = i % 2;
        top.eval();
    }
    top.rst_ni = 1;
    size_t found = 0, next = 0;
    for (uint64_t cycle = 0; cycle < end;) {
        const bool now = next < count && events[next].cycle == cycle;
        const ddr4_event none = {};
        const ddr4_event &e = now ? events[next] : none;
        top.cmd_i = e.command;
        top.bank_i = e.bank;
        top.row_i = e.row;
        top.wr_valid_i = e.wr_valid;
        top.rd_valid_i = e.rd_valid;
        if (now) next++;
        const uint64_t limit = next < count ? events[next].cycle : end;
        top.clk_i = 0;
        top.skip_i = 0;
        top.eval();
        const uint64_t skip =
            limit > cycle ? std::min<uint64_t>(top.quiet_cycles_o, limit - cycle - 1) : 0;
        top.skip_i = static_cast<uint32_t>(skip);
        top.clk_i = 1;
        top.eval();
        if (top.violation_o) {
            if (found < max) reports[found] = {cycle, top.violation_mask_o};
            found++;
        }
        cycle += 1 + skip;
    }
    top.final();
    return found;
}
