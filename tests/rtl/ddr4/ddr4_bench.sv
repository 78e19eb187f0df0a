// SPDX-License-Identifier: Apache-2.0
// The DDR4 controller with its device, on native ports, for the tests and the bench.
`default_nettype none

module ddr4_bench (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [383:0] timing_i,
  input  logic [31:0]  policy_i,

  input  logic         req_valid_i,
  output logic         req_ready_o,
  input  logic         req_write_i,
  input  logic [39:0]  req_addr_i,
  input  logic [7:0]   req_tag_i,
  input  logic [511:0] req_wdata_i,
  input  logic [63:0]  req_wmask_i,

  output logic         resp_valid_o,
  output logic         resp_write_o,
  output logic [7:0]   resp_tag_o,
  output logic [511:0] resp_rdata_o,

  output logic [3:0]   cmd_o,
  output logic [4:0]   cmd_bank_o,
  output logic [15:0]  cmd_row_o,
  output logic [6:0]   cmd_col_o,
  output logic         wr_valid_o,
  output logic         rd_valid_o,

  output logic         store_read_o,
  output logic         store_write_o,
  output logic [27:0]  store_address_o,
  input  logic [511:0] store_rdata_i,
  output logic [511:0] store_wdata_o,
  output logic [63:0]  store_wmask_o,

  output logic         violation_o,
  output logic [4:0]   violation_code_o,
  output logic [29:0]  violation_mask_o,

  output logic [3:0]   head_state_o,
  output logic [39:0]  head_addr_o,
  output logic         refresh_rank_o,
  input  logic [3:0]   stat_index_i,
  output logic [63:0]  stat_value_o,
  output logic [31:0]  quiet_cycles_o,
  input  logic [31:0]  skip_i
);

  logic [511:0] wr_data, rd_data;
  logic [63:0]  wr_mask;
  logic [31:0]  controller_quiet, device_quiet;

  brg_ddr4_controller u_controller (
    .clk_i, .rst_ni, .timing_i, .policy_i,
    .req_valid_i, .req_ready_o, .req_write_i, .req_addr_i, .req_tag_i, .req_wdata_i, .req_wmask_i,
    .resp_valid_o, .resp_write_o, .resp_tag_o, .resp_rdata_o,
    .cmd_o, .cmd_bank_o, .cmd_row_o, .cmd_col_o,
    .wr_valid_o, .wr_data_o(wr_data), .wr_mask_o(wr_mask),
    .rd_valid_i(rd_valid_o), .rd_data_i(rd_data),
    .head_state_o, .head_addr_o, .refresh_rank_o, .stat_index_i, .stat_value_o,
    .quiet_cycles_o(controller_quiet), .skip_i
  );

  brg_ddr4_device u_device (
    .clk_i, .rst_ni, .timing_i, .policy_i,
    .cmd_i(cmd_o), .cmd_bank_i(cmd_bank_o), .cmd_row_i(cmd_row_o), .cmd_col_i(cmd_col_o),
    .wr_valid_i(wr_valid_o), .wr_data_i(wr_data), .wr_mask_i(wr_mask),
    .rd_valid_o, .rd_data_o(rd_data),
    .store_read_o, .store_write_o, .store_address_o, .store_rdata_i, .store_wdata_o, .store_wmask_o,
    .violation_o, .violation_code_o, .violation_mask_o,
    .quiet_cycles_o(device_quiet), .skip_i
  );

  assign quiet_cycles_o = controller_quiet < device_quiet ? controller_quiet : device_quiet;

endmodule

`default_nettype wire
