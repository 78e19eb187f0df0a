// SPDX-License-Identifier: Apache-2.0
// Syndrome queue: run-time depth, high-water mark, and an overflow that is counted, never silent.
`default_nettype none

// Entries are raw check outcomes, not differences: when a round finds the queue full it replaces the
// newest entry, so the lost round's events appear one round later and the stream stays consistent.
module brg_qec_fifo #(
  parameter integer WIDTH     = 12,  // bits of a round, >= 1
  parameter integer DEPTH_MAX = 64   // entries, a power of two >= 2
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       clear_i,          // drop every entry and clear the counters
  input  logic [$clog2(DEPTH_MAX):0] depth_i,          // entries in use, 2..DEPTH_MAX; steady
  input  logic                       back_pressure_i,  // 1: a full queue makes the source wait

  input  logic                       in_valid_i,
  output logic                       in_ready_o,
  input  logic [WIDTH-1:0]           in_data_i,
  input  logic                       in_last_i,        // the round closes its stream

  output logic                       out_valid_o,
  input  logic                       out_ready_i,
  output logic [WIDTH-1:0]           out_data_o,
  output logic                       out_last_o,

  output logic                       overflow_o,       // a round replaces the newest entry now
  output logic [31:0]                lost_o,           // rounds lost so far; stays at the maximum
  output logic [$clog2(DEPTH_MAX):0] level_o,          // entries held, 0..depth_i
  output logic [$clog2(DEPTH_MAX):0] high_water_o      // the most entries held since clear
);

  localparam integer PTR_W = $clog2(DEPTH_MAX);

  generate
    if (DEPTH_MAX < 2 || (DEPTH_MAX & (DEPTH_MAX - 1)) != 0 || WIDTH < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_qec_fifo_depth_must_be_a_power_of_two u_error ();
`else
      $error("brg_qec_fifo: DEPTH_MAX must be a power of two >= 2 and WIDTH >= 1");
`endif
    end
  endgenerate

  logic [WIDTH:0]   mem [0:DEPTH_MAX-1];
  logic [PTR_W:0]   write_q, read_q;      // one bit more than an address: full and empty differ
  logic [PTR_W:0]   high_q;
  logic [31:0]      lost_q;
  logic [WIDTH:0]   ram_q, bypass_q;
  logic             bypassed_q, closed_q; // closed: the newest entry closes its stream
  logic             full, taken, push, replace, pop;
  logic [PTR_W:0]   read_next, place;

  // The end of a stream is never replaced: the next stream's first round waits for room.
  assign level_o      = write_q - read_q;
  assign full         = level_o >= depth_i;
  assign in_ready_o   = !full || (!back_pressure_i && !closed_q);
  assign out_valid_o  = level_o != '0;
  assign taken        = in_valid_i && in_ready_o;
  assign push         = taken && !full;
  assign replace      = taken && full;
  assign pop          = out_valid_o && out_ready_i;
  assign read_next    = pop ? read_q + 1'b1 : read_q;
  assign place        = replace ? write_q - 1'b1 : write_q;
  assign overflow_o   = replace && !clear_i;
  assign lost_o       = lost_q;
  assign high_water_o = high_q;

  // Read one cycle ahead; an entry written in the cycle in which it becomes the head is bypassed.
  assign {out_last_o, out_data_o} = bypassed_q ? bypass_q : ram_q;

  always_ff @(posedge clk_i) begin
    if (taken) mem[place[PTR_W-1:0]] <= {in_last_i, in_data_i};
    ram_q      <= mem[read_next[PTR_W-1:0]];
    bypass_q   <= {in_last_i, in_data_i};
    bypassed_q <= taken && place == read_next;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q  <= '0;
      read_q   <= '0;
      high_q   <= '0;
      lost_q   <= '0;
      closed_q <= 1'b0;
    end else if (clear_i) begin
      write_q  <= '0;
      read_q   <= '0;
      high_q   <= '0;
      lost_q   <= '0;
      closed_q <= 1'b0;
    end else begin
      if (push) write_q <= write_q + 1'b1;
      if (taken) closed_q <= in_last_i;
      read_q <= read_next;
      if (push && !pop && level_o + 1'b1 > high_q) high_q <= level_o + 1'b1;
      if (push && pop && level_o > high_q) high_q <= level_o;
      if (replace && lost_q != 32'hffffffff) lost_q <= lost_q + 1'b1;
    end
  end

`ifdef FORMAL
  `include "brg_qec_fifo_props.svh"
`endif

endmodule

`default_nettype wire
