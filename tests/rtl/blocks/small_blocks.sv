// SPDX-License-Identifier: Apache-2.0
// Test top: two FIFOs, a skid buffer and an arbiter side by side, all pins out.
`default_nettype none

module small_blocks (
  input  logic        clk_i,
  input  logic        rst_ni,

  // Streams 0: FIFO of 8, 1: FIFO of 2, 2: skid buffer.
  input  logic        clear_i,
  input  logic [2:0]  in_valid_i,
  output logic [2:0]  in_ready_o,
  input  logic [47:0] in_data_i,
  output logic [2:0]  out_valid_o,
  input  logic [2:0]  out_ready_i,
  output logic [47:0] out_data_o,
  output logic [3:0]  level8_o,
  output logic [1:0]  level2_o,

  input  logic [4:0]  request_valid_i,
  output logic [4:0]  request_ready_o,
  input  logic [39:0] request_data_i,
  output logic        grant_valid_o,
  input  logic        grant_ready_i,
  output logic [7:0]  grant_data_o,
  output logic [2:0]  grant_index_o
);

  brg_fifo #(.WIDTH(16), .DEPTH(8)) u_fifo8 (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i),
    .in_valid_i(in_valid_i[0]), .in_ready_o(in_ready_o[0]), .in_data_i(in_data_i[15:0]),
    .out_valid_o(out_valid_o[0]), .out_ready_i(out_ready_i[0]), .out_data_o(out_data_o[15:0]),
    .level_o(level8_o)
  );

  brg_fifo #(.WIDTH(16), .DEPTH(2)) u_fifo2 (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i),
    .in_valid_i(in_valid_i[1]), .in_ready_o(in_ready_o[1]), .in_data_i(in_data_i[31:16]),
    .out_valid_o(out_valid_o[1]), .out_ready_i(out_ready_i[1]), .out_data_o(out_data_o[31:16]),
    .level_o(level2_o)
  );

  brg_skid #(.WIDTH(16)) u_skid (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(in_valid_i[2]), .in_ready_o(in_ready_o[2]), .in_data_i(in_data_i[47:32]),
    .out_valid_o(out_valid_o[2]), .out_ready_i(out_ready_i[2]), .out_data_o(out_data_o[47:32])
  );

  brg_arbiter #(.N(5), .WIDTH(8)) u_arbiter (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(request_valid_i), .in_ready_o(request_ready_o), .in_data_i(request_data_i),
    .out_valid_o(grant_valid_o), .out_ready_i(grant_ready_i), .out_data_o(grant_data_o),
    .out_index_o(grant_index_o)
  );

endmodule

`default_nettype wire
