// SPDX-License-Identifier: Apache-2.0
// DDR4 behind AXI4: front, controller and device model; the bytes are kept outside.
`default_nettype none

module brg_ddr4_memory #(
  parameter integer ID_W        = 4,   // bits of an ID, >= 1
  parameter integer READ_DEPTH  = 32,  // see brg_ddr4_controller
  parameter integer WRITE_DEPTH = 32,
  parameter integer DRAIN_HIGH  = 24,
  parameter integer DRAIN_LOW   = 8
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic [383:0]    timing_i,        // brg_ddr4.svh
  input  logic [31:0]     policy_i,

  input  logic            s_axi_awvalid_i,
  output logic            s_axi_awready_o,
  input  logic [ID_W-1:0] s_axi_awid_i,
  input  logic [63:0]     s_axi_awaddr_i,
  input  logic [7:0]      s_axi_awlen_i,
  input  logic [2:0]      s_axi_awsize_i,
  input  logic [1:0]      s_axi_awburst_i,
  input  logic            s_axi_wvalid_i,
  output logic            s_axi_wready_o,
  input  logic [255:0]    s_axi_wdata_i,
  input  logic [31:0]     s_axi_wstrb_i,
  input  logic            s_axi_wlast_i,
  output logic            s_axi_bvalid_o,
  input  logic            s_axi_bready_i,
  output logic [ID_W-1:0] s_axi_bid_o,
  output logic [1:0]      s_axi_bresp_o,
  input  logic            s_axi_arvalid_i,
  output logic            s_axi_arready_o,
  input  logic [ID_W-1:0] s_axi_arid_i,
  input  logic [63:0]     s_axi_araddr_i,
  input  logic [7:0]      s_axi_arlen_i,
  input  logic [2:0]      s_axi_arsize_i,
  input  logic [1:0]      s_axi_arburst_i,
  output logic            s_axi_rvalid_o,
  input  logic            s_axi_rready_i,
  output logic [ID_W-1:0] s_axi_rid_o,
  output logic [255:0]    s_axi_rdata_o,
  output logic [1:0]      s_axi_rresp_o,
  output logic            s_axi_rlast_o,

  // Storage of 64-byte words at {rank, bank group, bank, row, column}, see brg_ddr4_device.
  output logic            store_read_o,
  output logic            store_write_o,
  output logic [27:0]     store_address_o,
  input  logic [511:0]    store_rdata_i,
  output logic [511:0]    store_wdata_o,
  output logic [63:0]     store_wmask_o,

  output logic            violation_o,
  output logic [4:0]      violation_code_o,
  output logic [29:0]     violation_mask_o,

  output logic [3:0]      head_state_o,
  output logic [39:0]     head_addr_o,
  output logic            refresh_rank_o,

  input  logic [3:0]      stat_index_i,
  output logic [63:0]     stat_value_o,

  output logic [31:0]     quiet_cycles_o,
  input  logic [31:0]     skip_i
);

  `include "brg_ddr4.svh"

  logic         req_valid, req_ready, req_write, resp_valid, resp_write;
  logic [39:0]  req_addr;
  logic [7:0]   req_tag, resp_tag;
  logic [511:0] req_wdata, resp_rdata, wr_data, rd_data;
  logic [63:0]  req_wmask, wr_mask;
  logic [3:0]   cmd;
  logic [4:0]   cmd_bank;
  logic [15:0]  cmd_row;
  logic [6:0]   cmd_col;
  logic         wr_valid, rd_valid;
  logic [31:0]  front_quiet, controller_quiet, device_quiet, both;

  brg_ddr4_axi #(.ID_W(ID_W)) u_front (
    .clk_i, .rst_ni, .two_ranks_i(policy_i[P_TWO_RANKS]),
    .s_axi_awvalid_i, .s_axi_awready_o, .s_axi_awid_i, .s_axi_awaddr_i, .s_axi_awlen_i,
    .s_axi_awsize_i, .s_axi_awburst_i, .s_axi_wvalid_i, .s_axi_wready_o, .s_axi_wdata_i,
    .s_axi_wstrb_i, .s_axi_wlast_i, .s_axi_bvalid_o, .s_axi_bready_i, .s_axi_bid_o,
    .s_axi_bresp_o, .s_axi_arvalid_i, .s_axi_arready_o, .s_axi_arid_i, .s_axi_araddr_i,
    .s_axi_arlen_i, .s_axi_arsize_i, .s_axi_arburst_i, .s_axi_rvalid_o, .s_axi_rready_i,
    .s_axi_rid_o, .s_axi_rdata_o, .s_axi_rresp_o, .s_axi_rlast_o,
    .req_valid_o(req_valid), .req_ready_i(req_ready), .req_write_o(req_write),
    .req_addr_o(req_addr), .req_tag_o(req_tag), .req_wdata_o(req_wdata), .req_wmask_o(req_wmask),
    .resp_valid_i(resp_valid), .resp_write_i(resp_write), .resp_tag_i(resp_tag),
    .resp_rdata_i(resp_rdata), .quiet_cycles_o(front_quiet)
  );

  brg_ddr4_controller #(
    .TAG_W(8), .READ_DEPTH(READ_DEPTH), .WRITE_DEPTH(WRITE_DEPTH), .DRAIN_HIGH(DRAIN_HIGH),
    .DRAIN_LOW(DRAIN_LOW)
  ) u_controller (
    .clk_i, .rst_ni, .timing_i, .policy_i,
    .req_valid_i(req_valid), .req_ready_o(req_ready), .req_write_i(req_write),
    .req_addr_i(req_addr), .req_tag_i(req_tag), .req_wdata_i(req_wdata), .req_wmask_i(req_wmask),
    .resp_valid_o(resp_valid), .resp_write_o(resp_write), .resp_tag_o(resp_tag),
    .resp_rdata_o(resp_rdata),
    .cmd_o(cmd), .cmd_bank_o(cmd_bank), .cmd_row_o(cmd_row), .cmd_col_o(cmd_col),
    .wr_valid_o(wr_valid), .wr_data_o(wr_data), .wr_mask_o(wr_mask),
    .rd_valid_i(rd_valid), .rd_data_i(rd_data),
    .head_state_o, .head_addr_o, .refresh_rank_o, .stat_index_i, .stat_value_o,
    .quiet_cycles_o(controller_quiet), .skip_i
  );

  brg_ddr4_device u_device (
    .clk_i, .rst_ni, .timing_i, .policy_i,
    .cmd_i(cmd), .cmd_bank_i(cmd_bank), .cmd_row_i(cmd_row), .cmd_col_i(cmd_col),
    .wr_valid_i(wr_valid), .wr_data_i(wr_data), .wr_mask_i(wr_mask),
    .rd_valid_o(rd_valid), .rd_data_o(rd_data),
    .store_read_o, .store_write_o, .store_address_o, .store_rdata_i, .store_wdata_o, .store_wmask_o,
    .violation_o, .violation_code_o, .violation_mask_o,
    .quiet_cycles_o(device_quiet), .skip_i
  );

  assign both           = controller_quiet < device_quiet ? controller_quiet : device_quiet;
  assign quiet_cycles_o = front_quiet < both ? front_quiet : both;

endmodule

`default_nettype wire
