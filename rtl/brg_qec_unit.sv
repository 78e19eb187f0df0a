// SPDX-License-Identifier: Apache-2.0
// Error correction of one basis of one patch: syndrome queue and sliding-window decoder together.
`default_nettype none

module brg_qec_unit #(
  parameter integer DISTANCE  = 5,             // code distance, odd, 3..15
  parameter integer LAYERS    = 2 * DISTANCE,  // rounds in a window, 2..64
  parameter integer COMMIT    = DISTANCE,      // rounds that an open window commits, 1..LAYERS-1
  parameter integer BASIS     = 0,             // 0: Z checks, 1: X checks
  parameter integer HOPS      = 2,             // as brg_qec_decoder
  parameter integer DEPTH_MAX = 256            // rounds queued, a power of two >= 2
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,          // forget all, counters included
  input  logic [31:0]                         skip_i,           // 0 in synthesis; idle cycles to skip

  input  logic [$clog2(DEPTH_MAX):0]          depth_i,          // rounds queued at most, 2..DEPTH_MAX
  input  logic                                back_pressure_i,  // 1: a full queue makes the source wait

  input  logic                                in_valid_i,
  output logic                                in_ready_o,
  input  logic [(DISTANCE*DISTANCE-1)/2-1:0]  in_syndrome_i,    // raw outcomes of a round
  input  logic                                in_last_i,        // from the data measurement

  output logic                                update_valid_o,
  input  logic                                update_ready_i,
  output logic [DISTANCE*DISTANCE-1:0]        update_flips_o,
  output logic [1:0]                          update_observable_o,
  output logic                                update_last_o,
  output logic [31:0]                         update_rounds_o,
  output logic [15:0]                         update_cycles_o,
  output logic [DISTANCE*DISTANCE-1:0]        frame_flips_o,
  output logic [1:0]                          frame_observable_o,

  output logic                                overflow_o,       // a round is lost now
  output logic [31:0]                         lost_o,           // rounds lost so far
  output logic [$clog2(DEPTH_MAX):0]          level_o,
  output logic [$clog2(DEPTH_MAX):0]          high_water_o,
  output logic [31:0]                         held_cycles_o,    // cycles the source waited
  output logic [31:0]                         busy_cycles_o,    // cycles a round or a decode was in work
  output logic [2:0]                          decoder_state_o,
  output logic [15:0]                         tokens_o,
  output logic [15:0]                         growths_o,
  output logic [$clog2(LAYERS+1)-1:0]         held_rounds_o,
  output logic                                idle_o,           // no round anywhere, none coming
  output logic [31:0]                         quiet_cycles_o
);

  localparam integer CHECKS = (DISTANCE * DISTANCE - 1) / 2;

  logic              round_valid, round_ready, round_last;
  logic [CHECKS-1:0] round;
  logic [31:0]       window_quiet, held_q, busy_q, step;

  brg_qec_fifo #(.WIDTH(CHECKS), .DEPTH_MAX(DEPTH_MAX)) u_fifo (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i), .depth_i(depth_i),
    .back_pressure_i(back_pressure_i), .in_valid_i(in_valid_i), .in_ready_o(in_ready_o),
    .in_data_i(in_syndrome_i), .in_last_i(in_last_i), .out_valid_o(round_valid),
    .out_ready_i(round_ready), .out_data_o(round), .out_last_o(round_last),
    .overflow_o(overflow_o), .lost_o(lost_o), .level_o(level_o), .high_water_o(high_water_o)
  );

  brg_qec_window #(
    .DISTANCE(DISTANCE), .LAYERS(LAYERS), .COMMIT(COMMIT), .BASIS(BASIS), .HOPS(HOPS)
  ) u_window (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i), .in_valid_i(round_valid),
    .in_ready_o(round_ready), .in_syndrome_i(round), .in_last_i(round_last),
    .update_valid_o(update_valid_o), .update_ready_i(update_ready_i),
    .update_flips_o(update_flips_o), .update_observable_o(update_observable_o),
    .update_last_o(update_last_o), .update_rounds_o(update_rounds_o),
    .update_cycles_o(update_cycles_o), .frame_flips_o(frame_flips_o),
    .frame_observable_o(frame_observable_o), .decoder_state_o(decoder_state_o),
    .tokens_o(tokens_o), .growths_o(growths_o), .held_rounds_o(held_rounds_o),
    .quiet_cycles_o(window_quiet)
  );

  assign step = skip_i + 32'd1;
  assign idle_o = !in_valid_i && !round_valid && held_rounds_o == '0 && !update_valid_o;

  // Only these two count while nothing else moves.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= '0;
      busy_q <= '0;
    end else if (clear_i) begin
      held_q <= '0;
      busy_q <= '0;
    end else begin
      if (in_valid_i && !in_ready_o) held_q <= held_q + step;
      if (round_valid || decoder_state_o != '0) busy_q <= busy_q + step;
    end
  end

  assign held_cycles_o  = held_q;
  assign busy_cycles_o  = busy_q;
  assign quiet_cycles_o = clear_i || (in_valid_i && in_ready_o) ? 32'd0 : window_quiet;

endmodule

`default_nettype wire
