// SPDX-License-Identifier: Apache-2.0
// The DRAM clock: two ways into one DDR4 controller, and its device; a device model.
`default_nettype none

module brg_machine_dram (
  // Clocks
  input  wire          mem_clk_i,
  input  wire          dram_clk_i,
  input  wire          mem_rst_ni,          // of both
  input  wire   [31:0] dram_skip_i,         // as in brg_ddr4_controller
  // Static configuration, brg_ddr4.svh
  input  wire  [383:0] dram_timing_i,
  input  wire   [31:0] dram_policy_i,
  // AXI4 read slave, memory clock
  input  wire          s_axi_arvalid_i,
  output wire          s_axi_arready_o,
  input  wire    [3:0] s_axi_arid_i,
  input  wire   [63:0] s_axi_araddr_i,
  input  wire    [7:0] s_axi_arlen_i,
  input  wire    [2:0] s_axi_arsize_i,
  input  wire    [1:0] s_axi_arburst_i,
  output wire          s_axi_rvalid_o,
  input  wire          s_axi_rready_i,
  output wire    [3:0] s_axi_rid_o,
  output wire  [255:0] s_axi_rdata_o,
  output wire    [1:0] s_axi_rresp_o,
  output wire          s_axi_rlast_o,
  // AXI4 slave, DRAM clock
  input  wire          b_axi_arvalid_i,
  output wire          b_axi_arready_o,
  input  wire    [3:0] b_axi_arid_i,
  input  wire   [63:0] b_axi_araddr_i,
  input  wire    [7:0] b_axi_arlen_i,
  input  wire    [2:0] b_axi_arsize_i,
  input  wire    [1:0] b_axi_arburst_i,
  output wire          b_axi_rvalid_o,
  input  wire          b_axi_rready_i,
  output wire    [3:0] b_axi_rid_o,
  output wire  [255:0] b_axi_rdata_o,
  output wire    [1:0] b_axi_rresp_o,
  output wire          b_axi_rlast_o,
  input  wire          b_axi_awvalid_i,
  output wire          b_axi_awready_o,
  input  wire    [3:0] b_axi_awid_i,
  input  wire   [63:0] b_axi_awaddr_i,
  input  wire    [7:0] b_axi_awlen_i,
  input  wire    [2:0] b_axi_awsize_i,
  input  wire    [1:0] b_axi_awburst_i,
  input  wire          b_axi_wvalid_i,
  output wire          b_axi_wready_o,
  input  wire  [255:0] b_axi_wdata_i,
  input  wire   [31:0] b_axi_wstrb_i,
  input  wire          b_axi_wlast_i,
  output wire          b_axi_bvalid_o,
  input  wire          b_axi_bready_i,
  output wire    [3:0] b_axi_bid_o,
  output wire    [1:0] b_axi_bresp_o,
  // Bytes, as in brg_ddr4_device
  output wire          dram_read_o,
  output wire          dram_write_o,
  output wire   [27:0] dram_address_o,
  input  wire  [511:0] dram_rdata_i,
  output wire  [511:0] dram_wdata_o,
  output wire   [63:0] dram_wmask_o,
  // Status
  output wire          cdc_o,               // something is between the clocks
  output wire    [3:0] head_state_o,        // as in brg_ddr4_controller
  output wire   [39:0] head_addr_o,
  output wire          refresh_rank_o,
  output wire          violation_o,
  output wire    [4:0] violation_code_o,
  input  wire    [3:0] stat_index_i,
  output wire   [63:0] stat_value_o,
  // Idle skip
  output wire   [31:0] mem_quiet_cycles_o,  // the crossing
  output wire   [31:0] dram_quiet_cycles_o
);

  `include "brg_ddr4.svh"

  function automatic [31:0] least(input [31:0] a, input [31:0] b);
    least = a < b ? a : b;
  endfunction

  wire          a_arvalid, a_arready, a_rvalid, a_rready, a_rlast;
  wire    [1:0] a_arburst, a_rresp;
  wire    [2:0] a_arsize;
  wire    [3:0] a_arid, a_rid;
  wire    [7:0] a_arlen;
  wire   [63:0] a_araddr;
  wire  [255:0] a_rdata;
  // The way from the memory side reads only.
  wire          a_awready;
  wire          a_wready;
  wire          a_bvalid;
  wire    [3:0] a_bid;
  wire    [1:0] a_bresp;
  wire          x_arvalid, x_arready, x_rvalid, x_rready, x_rlast, x_awvalid, x_awready,
                x_wvalid, x_wready, x_wlast, x_bvalid, x_bready;
  wire    [1:0] x_arburst, x_rresp, x_awburst, x_bresp;
  wire    [2:0] x_arsize, x_awsize;
  wire    [4:0] x_arid, x_rid, x_awid, x_bid;
  wire    [7:0] x_arlen, x_awlen;
  wire   [31:0] x_wstrb;
  wire   [63:0] x_araddr, x_awaddr;
  wire  [255:0] x_rdata, x_wdata;
  wire         request_inside, response_inside;
  wire         req_valid, req_ready, req_write, resp_valid, resp_write;
  wire [39:0]  req_addr;
  wire [7:0]   req_tag, resp_tag;
  wire [511:0] req_wdata, resp_rdata, wr_data, rd_data;
  wire [63:0]  req_wmask, wr_mask;
  wire [3:0]   cmd;
  wire [4:0]   cmd_bank;
  wire [15:0]  cmd_row;
  wire [6:0]   cmd_col;
  wire         wr_valid, rd_valid;
  wire [31:0]  cdc_quiet, mux_quiet, axi_quiet, controller_quiet, device_quiet;

  brg_axi_cdc u_cdc (
    .s_clk_i             (mem_clk_i),
    .s_rst_ni            (mem_rst_ni),
    .s_axi_awvalid_i     (1'd0),
    .s_axi_awready_o     (),
    .s_axi_awid_i        (4'd0),
    .s_axi_awaddr_i      (64'd0),
    .s_axi_awlen_i       (8'd0),
    .s_axi_awsize_i      (3'd0),
    .s_axi_awburst_i     (2'd0),
    .s_axi_wvalid_i      (1'd0),
    .s_axi_wready_o      (),
    .s_axi_wdata_i       (256'd0),
    .s_axi_wstrb_i       (32'd0),
    .s_axi_wlast_i       (1'd0),
    .s_axi_bvalid_o      (),
    .s_axi_bready_i      (1'd0),
    .s_axi_bid_o         (),
    .s_axi_bresp_o       (),
    .s_axi_arvalid_i     (s_axi_arvalid_i),
    .s_axi_arready_o     (s_axi_arready_o),
    .s_axi_arid_i        (s_axi_arid_i),
    .s_axi_araddr_i      (s_axi_araddr_i),
    .s_axi_arlen_i       (s_axi_arlen_i),
    .s_axi_arsize_i      (s_axi_arsize_i),
    .s_axi_arburst_i     (s_axi_arburst_i),
    .s_axi_rvalid_o      (s_axi_rvalid_o),
    .s_axi_rready_i      (s_axi_rready_i),
    .s_axi_rid_o         (s_axi_rid_o),
    .s_axi_rdata_o       (s_axi_rdata_o),
    .s_axi_rresp_o       (s_axi_rresp_o),
    .s_axi_rlast_o       (s_axi_rlast_o),
    .s_quiet_cycles_o    (mem_quiet_cycles_o),
    .s_late_i            (5'd0),
    .m_clk_i             (dram_clk_i),
    .m_rst_ni            (mem_rst_ni),
    .m_axi_awvalid_o     (),
    .m_axi_awready_i     (1'd0),
    .m_axi_awid_o        (),
    .m_axi_awaddr_o      (),
    .m_axi_awlen_o       (),
    .m_axi_awsize_o      (),
    .m_axi_awburst_o     (),
    .m_axi_wvalid_o      (),
    .m_axi_wready_i      (1'd0),
    .m_axi_wdata_o       (),
    .m_axi_wstrb_o       (),
    .m_axi_wlast_o       (),
    .m_axi_bvalid_i      (1'd0),
    .m_axi_bready_o      (),
    .m_axi_bid_i         (4'd0),
    .m_axi_bresp_i       (2'd0),
    .m_axi_arvalid_o     (a_arvalid),
    .m_axi_arready_i     (a_arready),
    .m_axi_arid_o        (a_arid),
    .m_axi_araddr_o      (a_araddr),
    .m_axi_arlen_o       (a_arlen),
    .m_axi_arsize_o      (a_arsize),
    .m_axi_arburst_o     (a_arburst),
    .m_axi_rvalid_i      (a_rvalid),
    .m_axi_rready_o      (a_rready),
    .m_axi_rid_i         (a_rid),
    .m_axi_rdata_i       (a_rdata),
    .m_axi_rresp_i       (a_rresp),
    .m_axi_rlast_i       (a_rlast),
    .m_quiet_cycles_o    (cdc_quiet),
    .m_late_i            (5'd0),
    .request_occupied_o  (request_inside),
    .response_occupied_o (response_inside)
  );

  assign cdc_o = request_inside || response_inside;

  brg_axi_mux #(
    .N    (2),
    .ID_W (4)
  ) u_mux (
    .clk_i           (dram_clk_i),
    .rst_ni          (mem_rst_ni),
    .s_axi_arvalid_i ({b_axi_arvalid_i, a_arvalid}),
    .s_axi_arready_o ({b_axi_arready_o, a_arready}),
    .s_axi_arid_i    ({b_axi_arid_i, a_arid}),
    .s_axi_araddr_i  ({b_axi_araddr_i, a_araddr}),
    .s_axi_arlen_i   ({b_axi_arlen_i, a_arlen}),
    .s_axi_arsize_i  ({b_axi_arsize_i, a_arsize}),
    .s_axi_arburst_i ({b_axi_arburst_i, a_arburst}),
    .s_axi_rvalid_o  ({b_axi_rvalid_o, a_rvalid}),
    .s_axi_rready_i  ({b_axi_rready_i, a_rready}),
    .s_axi_rid_o     ({b_axi_rid_o, a_rid}),
    .s_axi_rdata_o   ({b_axi_rdata_o, a_rdata}),
    .s_axi_rresp_o   ({b_axi_rresp_o, a_rresp}),
    .s_axi_rlast_o   ({b_axi_rlast_o, a_rlast}),
    .s_axi_awvalid_i ({b_axi_awvalid_i, 1'd0}),
    .s_axi_awready_o ({b_axi_awready_o, a_awready}),
    .s_axi_awid_i    ({b_axi_awid_i, 4'd0}),
    .s_axi_awaddr_i  ({b_axi_awaddr_i, 64'd0}),
    .s_axi_awlen_i   ({b_axi_awlen_i, 8'd0}),
    .s_axi_awsize_i  ({b_axi_awsize_i, 3'd0}),
    .s_axi_awburst_i ({b_axi_awburst_i, 2'd0}),
    .s_axi_wvalid_i  ({b_axi_wvalid_i, 1'd0}),
    .s_axi_wready_o  ({b_axi_wready_o, a_wready}),
    .s_axi_wdata_i   ({b_axi_wdata_i, 256'd0}),
    .s_axi_wstrb_i   ({b_axi_wstrb_i, 32'd0}),
    .s_axi_wlast_i   ({b_axi_wlast_i, 1'd0}),
    .s_axi_bvalid_o  ({b_axi_bvalid_o, a_bvalid}),
    .s_axi_bready_i  ({b_axi_bready_i, 1'd0}),
    .s_axi_bid_o     ({b_axi_bid_o, a_bid}),
    .s_axi_bresp_o   ({b_axi_bresp_o, a_bresp}),
    .m_axi_arvalid_o (x_arvalid),
    .m_axi_arready_i (x_arready),
    .m_axi_arid_o    (x_arid),
    .m_axi_araddr_o  (x_araddr),
    .m_axi_arlen_o   (x_arlen),
    .m_axi_arsize_o  (x_arsize),
    .m_axi_arburst_o (x_arburst),
    .m_axi_rvalid_i  (x_rvalid),
    .m_axi_rready_o  (x_rready),
    .m_axi_rid_i     (x_rid),
    .m_axi_rdata_i   (x_rdata),
    .m_axi_rresp_i   (x_rresp),
    .m_axi_rlast_i   (x_rlast),
    .m_axi_awvalid_o (x_awvalid),
    .m_axi_awready_i (x_awready),
    .m_axi_awid_o    (x_awid),
    .m_axi_awaddr_o  (x_awaddr),
    .m_axi_awlen_o   (x_awlen),
    .m_axi_awsize_o  (x_awsize),
    .m_axi_awburst_o (x_awburst),
    .m_axi_wvalid_o  (x_wvalid),
    .m_axi_wready_i  (x_wready),
    .m_axi_wdata_o   (x_wdata),
    .m_axi_wstrb_o   (x_wstrb),
    .m_axi_wlast_o   (x_wlast),
    .m_axi_bvalid_i  (x_bvalid),
    .m_axi_bready_o  (x_bready),
    .m_axi_bid_i     (x_bid),
    .m_axi_bresp_i   (x_bresp),
    .stray_o         (),
    .quiet_cycles_o  (mux_quiet)
  );

  brg_ddr4_axi #(
    .ID_W (5)
  ) u_axi (
    .clk_i           (dram_clk_i),
    .rst_ni          (mem_rst_ni),
    .two_ranks_i     (dram_policy_i[P_TWO_RANKS]),
    .s_axi_arvalid_i (x_arvalid),
    .s_axi_arready_o (x_arready),
    .s_axi_arid_i    (x_arid),
    .s_axi_araddr_i  (x_araddr),
    .s_axi_arlen_i   (x_arlen),
    .s_axi_arsize_i  (x_arsize),
    .s_axi_arburst_i (x_arburst),
    .s_axi_rvalid_o  (x_rvalid),
    .s_axi_rready_i  (x_rready),
    .s_axi_rid_o     (x_rid),
    .s_axi_rdata_o   (x_rdata),
    .s_axi_rresp_o   (x_rresp),
    .s_axi_rlast_o   (x_rlast),
    .s_axi_awvalid_i (x_awvalid),
    .s_axi_awready_o (x_awready),
    .s_axi_awid_i    (x_awid),
    .s_axi_awaddr_i  (x_awaddr),
    .s_axi_awlen_i   (x_awlen),
    .s_axi_awsize_i  (x_awsize),
    .s_axi_awburst_i (x_awburst),
    .s_axi_wvalid_i  (x_wvalid),
    .s_axi_wready_o  (x_wready),
    .s_axi_wdata_i   (x_wdata),
    .s_axi_wstrb_i   (x_wstrb),
    .s_axi_wlast_i   (x_wlast),
    .s_axi_bvalid_o  (x_bvalid),
    .s_axi_bready_i  (x_bready),
    .s_axi_bid_o     (x_bid),
    .s_axi_bresp_o   (x_bresp),
    .req_valid_o     (req_valid),
    .req_ready_i     (req_ready),
    .req_write_o     (req_write),
    .req_addr_o      (req_addr),
    .req_tag_o       (req_tag),
    .req_wdata_o     (req_wdata),
    .req_wmask_o     (req_wmask),
    .resp_valid_i    (resp_valid),
    .resp_write_i    (resp_write),
    .resp_tag_i      (resp_tag),
    .resp_rdata_i    (resp_rdata),
    .quiet_cycles_o  (axi_quiet)
  );

  brg_ddr4_controller u_controller (
    .clk_i          (dram_clk_i),
    .rst_ni         (mem_rst_ni),
    .timing_i       (dram_timing_i),
    .policy_i       (dram_policy_i),
    .req_valid_i    (req_valid),
    .req_ready_o    (req_ready),
    .req_write_i    (req_write),
    .req_addr_i     (req_addr),
    .req_tag_i      (req_tag),
    .req_wdata_i    (req_wdata),
    .req_wmask_i    (req_wmask),
    .resp_valid_o   (resp_valid),
    .resp_write_o   (resp_write),
    .resp_tag_o     (resp_tag),
    .resp_rdata_o   (resp_rdata),
    .cmd_o          (cmd),
    .cmd_bank_o     (cmd_bank),
    .cmd_row_o      (cmd_row),
    .cmd_col_o      (cmd_col),
    .wr_valid_o     (wr_valid),
    .wr_data_o      (wr_data),
    .wr_mask_o      (wr_mask),
    .rd_valid_i     (rd_valid),
    .rd_data_i      (rd_data),
    .head_state_o   (head_state_o),
    .head_addr_o    (head_addr_o),
    .refresh_rank_o (refresh_rank_o),
    .stat_index_i   (stat_index_i),
    .stat_value_o   (stat_value_o),
    .quiet_cycles_o (controller_quiet),
    .skip_i         (dram_skip_i)
  );

  brg_ddr4_device u_device (
    .clk_i            (dram_clk_i),
    .rst_ni           (mem_rst_ni),
    .timing_i         (dram_timing_i),
    .policy_i         (dram_policy_i),
    .cmd_i            (cmd),
    .cmd_bank_i       (cmd_bank),
    .cmd_row_i        (cmd_row),
    .cmd_col_i        (cmd_col),
    .wr_valid_i       (wr_valid),
    .wr_data_i        (wr_data),
    .wr_mask_i        (wr_mask),
    .rd_valid_o       (rd_valid),
    .rd_data_o        (rd_data),
    .store_read_o     (dram_read_o),
    .store_write_o    (dram_write_o),
    .store_address_o  (dram_address_o),
    .store_rdata_i    (dram_rdata_i),
    .store_wdata_o    (dram_wdata_o),
    .store_wmask_o    (dram_wmask_o),
    .violation_o      (violation_o),
    .violation_code_o (violation_code_o),
    .violation_mask_o (),
    .quiet_cycles_o   (device_quiet),
    .skip_i           (dram_skip_i)
  );

  assign dram_quiet_cycles_o = least(least(cdc_quiet, mux_quiet),
                                     least(axi_quiet, least(controller_quiet, device_quiet)));

endmodule

`default_nettype wire
