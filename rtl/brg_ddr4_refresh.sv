// SPDX-License-Identifier: Apache-2.0
// Refresh of one rank of the DDR4 controller: what is owed, and when the rank must stop for it.
`default_nettype none

module brg_ddr4_refresh #(
  parameter integer OFFSET_DIV = 1  // first tREFI is divided by this: ranks take turns; 1 or 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [383:0] timing_i,
  input  logic         enable_i,
  input  logic [3:0]   postpone_i,     // 0..8
  input  logic         idle_i,         // no request for this rank
  input  logic         done_i,         // REF is issued in this cycle

  output logic         stop_o,         // close all rows, then REF
  output logic [3:0]   owed_o,
  output logic         busy_o,         // more than counters move at the next edge
  output logic [31:0]  wake_o,         // clocks until that may be so; 2^31-1: never

  input  logic [31:0]  skip_i
);

  `include "brg_ddr4.svh"

  localparam logic [31:0] NEVER = 32'h7fff_ffff;

  logic        started_q, stop_q, wanted;
  logic [3:0]  owed_q;
  logic [31:0] left_q, interval, last_call;
  logic        tick, started;

  assign interval = {16'd0, timing_i[16*T_REFI +: 16]};
  // The eighth postponed one is begun early enough to be done within its interval.
  assign last_call = {16'd0, timing_i[16*T_RFC +: 16]};
  assign started  = started_q && enable_i;
  assign tick     = started && left_q <= 32'd1;
  assign wanted   = started && !done_i
      && (owed_q > postpone_i || (owed_q >= 4'd8 && left_q < last_call)
          || (owed_q != '0 && idle_i) || stop_q);

  assign stop_o = stop_q;
  assign owed_o = owed_q;
  assign busy_o = enable_i != started_q || tick || wanted != stop_q || done_i;

  always_comb begin
    wake_o = NEVER;
    if (started) begin
      wake_o = left_q - 32'd1;
      if (owed_q >= 4'd8 && left_q >= last_call) wake_o = left_q - last_call + 32'd1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      started_q <= 1'b0;
      stop_q    <= 1'b0;
      owed_q    <= '0;
      left_q    <= '0;
    end else begin
      started_q <= enable_i;
      stop_q    <= wanted;
      if (!started) begin
        owed_q <= '0;
        left_q <= OFFSET_DIV == 2 ? interval >> 1 : interval;
      end else begin
        left_q <= tick ? interval : left_q - 32'd1 - skip_i;
        owed_q <= owed_q + {3'd0, tick && owed_q != 4'd15} - {3'd0, done_i};
      end
    end
  end

endmodule

`default_nettype wire
