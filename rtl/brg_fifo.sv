// SPDX-License-Identifier: Apache-2.0
// First-in first-out queue: valid/ready on both sides, level output, RAM with a registered read.
`default_nettype none

module brg_fifo #(
  parameter integer WIDTH = 8,  // bits of an entry, >= 1
  parameter integer DEPTH = 4   // entries, a power of two >= 2
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,
  input  logic                     clear_i,     // drop every entry; wins over a push

  input  logic                     in_valid_i,
  output logic                     in_ready_o,
  input  logic [WIDTH-1:0]         in_data_i,

  output logic                     out_valid_o,
  input  logic                     out_ready_i,
  output logic [WIDTH-1:0]         out_data_o,

  output logic [$clog2(DEPTH):0]   level_o      // entries held, 0..DEPTH
);

  localparam integer PTR_W = $clog2(DEPTH);

  generate
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0 || WIDTH < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_fifo_depth_must_be_a_power_of_two u_error ();
`else
      $error("brg_fifo: DEPTH must be a power of two >= 2 and WIDTH >= 1");
`endif
    end
  endgenerate

  logic [WIDTH-1:0] mem [0:DEPTH-1];
  logic [PTR_W:0]   write_q, read_q;   // one bit more than an address: full and empty differ
  logic [WIDTH-1:0] ram_q, bypass_q;
  logic             bypassed_q;
  logic             push, pop;
  logic [PTR_W:0]   read_next;

  assign level_o     = write_q - read_q;
  assign in_ready_o  = level_o != (PTR_W + 1)'(DEPTH);
  assign out_valid_o = level_o != '0;
  assign push        = in_valid_i && in_ready_o;
  assign pop         = out_valid_o && out_ready_i;
  assign read_next   = pop ? read_q + 1'b1 : read_q;

  // The RAM is read one cycle ahead at the address that will be the head. Only an entry that is
  // written in this very cycle and becomes the head is not in the RAM yet: it takes the bypass.
  assign out_data_o = bypassed_q ? bypass_q : ram_q;

  always_ff @(posedge clk_i) begin
    if (push) mem[write_q[PTR_W-1:0]] <= in_data_i;
    ram_q      <= mem[read_next[PTR_W-1:0]];
    bypass_q   <= in_data_i;
    bypassed_q <= push && write_q == read_next;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
    end else if (clear_i) begin
      write_q <= '0;
      read_q  <= '0;
    end else begin
      if (push) write_q <= write_q + 1'b1;
      read_q <= read_next;
    end
  end

`ifdef FORMAL
  `include "brg_fifo_props.svh"
`endif

endmodule

`default_nettype wire
