// SPDX-License-Identifier: Apache-2.0
// One bank of the pulse ring: a RAM with one write port and one registered read port.
`default_nettype none

module brg_pulse_bank #(
  parameter integer WIDTH = 140,  // bits of a row, >= 1
  parameter integer ROWS  = 512   // rows, a power of two >= 2
) (
  input  wire                     clk_i,
  input  wire                     write_i,
  input  wire  [$clog2(ROWS)-1:0] write_row_i,
  input  wire  [WIDTH-1:0]        write_data_i,
  input  wire                     read_i,
  input  wire  [$clog2(ROWS)-1:0] read_row_i,
  output wire  [WIDTH-1:0]        read_data_o   // from the cycle after read_i
);

  logic [WIDTH-1:0] rows [0:ROWS-1];
  logic [WIDTH-1:0] read_q;

  always_ff @(posedge clk_i) begin
    if (write_i) rows[write_row_i] <= write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_i) read_q <= rows[read_row_i];
  end

  assign read_data_o = read_q;

endmodule

`default_nettype wire
