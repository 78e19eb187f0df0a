// SPDX-License-Identifier: Apache-2.0
// AXI4 between two clock domains: one asynchronous FIFO per channel.
`default_nettype none

module brg_axi_cdc #(
  parameter integer ADDR_W     = 64,   // bits of an address
  parameter integer DATA_W     = 256,  // bits of a beat, a multiple of 8
  parameter integer ID_W       = 4,    // bits of an ID
  parameter integer DEPTH      = 8,    // entries of AW, AR and B, a power of two >= 4
  parameter integer DATA_DEPTH = 8,    // entries of W and R, a power of two >= 4
  parameter integer SYNC       = 2     // flip-flops of a synchroniser, 2..4
) (
  // The side of the master, in its clock.
  input  logic                s_clk_i,
  input  logic                s_rst_ni,              // either reset clears both sides, at once
  input  logic                s_axi_awvalid_i,
  output logic                s_axi_awready_o,
  input  logic [ID_W-1:0]     s_axi_awid_i,
  input  logic [ADDR_W-1:0]   s_axi_awaddr_i,
  input  logic [7:0]          s_axi_awlen_i,
  input  logic [2:0]          s_axi_awsize_i,
  input  logic [1:0]          s_axi_awburst_i,
  input  logic                s_axi_wvalid_i,
  output logic                s_axi_wready_o,
  input  logic [DATA_W-1:0]   s_axi_wdata_i,
  input  logic [DATA_W/8-1:0] s_axi_wstrb_i,
  input  logic                s_axi_wlast_i,
  output logic                s_axi_bvalid_o,
  input  logic                s_axi_bready_i,
  output logic [ID_W-1:0]     s_axi_bid_o,
  output logic [1:0]          s_axi_bresp_o,
  input  logic                s_axi_arvalid_i,
  output logic                s_axi_arready_o,
  input  logic [ID_W-1:0]     s_axi_arid_i,
  input  logic [ADDR_W-1:0]   s_axi_araddr_i,
  input  logic [7:0]          s_axi_arlen_i,
  input  logic [2:0]          s_axi_arsize_i,
  input  logic [1:0]          s_axi_arburst_i,
  output logic                s_axi_rvalid_o,
  input  logic                s_axi_rready_i,
  output logic [ID_W-1:0]     s_axi_rid_o,
  output logic [DATA_W-1:0]   s_axi_rdata_o,
  output logic [1:0]          s_axi_rresp_o,
  output logic                s_axi_rlast_o,
  output logic [31:0]         s_quiet_cycles_o,
  input  logic [4:0]          s_late_i,              // simulation, bit 0 AW, W, AR, B, R; else 0

  // The side of the slave, in its clock.
  input  logic                m_clk_i,
  input  logic                m_rst_ni,
  output logic                m_axi_awvalid_o,
  input  logic                m_axi_awready_i,
  output logic [ID_W-1:0]     m_axi_awid_o,
  output logic [ADDR_W-1:0]   m_axi_awaddr_o,
  output logic [7:0]          m_axi_awlen_o,
  output logic [2:0]          m_axi_awsize_o,
  output logic [1:0]          m_axi_awburst_o,
  output logic                m_axi_wvalid_o,
  input  logic                m_axi_wready_i,
  output logic [DATA_W-1:0]   m_axi_wdata_o,
  output logic [DATA_W/8-1:0] m_axi_wstrb_o,
  output logic                m_axi_wlast_o,
  input  logic                m_axi_bvalid_i,
  output logic                m_axi_bready_o,
  input  logic [ID_W-1:0]     m_axi_bid_i,
  input  logic [1:0]          m_axi_bresp_i,
  output logic                m_axi_arvalid_o,
  input  logic                m_axi_arready_i,
  output logic [ID_W-1:0]     m_axi_arid_o,
  output logic [ADDR_W-1:0]   m_axi_araddr_o,
  output logic [7:0]          m_axi_arlen_o,
  output logic [2:0]          m_axi_arsize_o,
  output logic [1:0]          m_axi_arburst_o,
  input  logic                m_axi_rvalid_i,
  output logic                m_axi_rready_o,
  input  logic [ID_W-1:0]     m_axi_rid_i,
  input  logic [DATA_W-1:0]   m_axi_rdata_i,
  input  logic [1:0]          m_axi_rresp_i,
  input  logic                m_axi_rlast_i,
  output logic [31:0]         m_quiet_cycles_o,
  input  logic [4:0]          m_late_i,

  // Exact, of both domains: not synchronised.
  output logic                request_occupied_o,    // AW, W or AR inside
  output logic                response_occupied_o    // B or R inside
);

  localparam integer A_BITS = ID_W + ADDR_W + 13;
  localparam integer W_BITS = DATA_W + DATA_W / 8 + 1;
  localparam integer B_BITS = ID_W + 2;
  localparam integer R_BITS = ID_W + DATA_W + 3;

  logic [4:0]  occupied;
  logic [31:0] s_quiet_aw, s_quiet_w, s_quiet_ar, s_quiet_b, s_quiet_r;
  logic [31:0] m_quiet_aw, m_quiet_w, m_quiet_ar, m_quiet_b, m_quiet_r;

  // Each is all ones or 0, so that the minimum is the conjunction.
  assign s_quiet_cycles_o = s_quiet_aw & s_quiet_w & s_quiet_ar & s_quiet_b & s_quiet_r;
  assign m_quiet_cycles_o = m_quiet_aw & m_quiet_w & m_quiet_ar & m_quiet_b & m_quiet_r;
  assign request_occupied_o  = |occupied[2:0];
  assign response_occupied_o = |occupied[4:3];

  brg_cdc_fifo #(.WIDTH(A_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_aw (
    .w_clk_i(s_clk_i), .w_rst_ni(s_rst_ni),
    .w_valid_i(s_axi_awvalid_i), .w_ready_o(s_axi_awready_o),
    .w_data_i({s_axi_awid_i, s_axi_awaddr_i, s_axi_awlen_i, s_axi_awsize_i, s_axi_awburst_i}),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_aw), .w_late_i(s_late_i[0]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axi_awvalid_o), .r_ready_i(m_axi_awready_i),
    .r_data_o({m_axi_awid_o, m_axi_awaddr_o, m_axi_awlen_o, m_axi_awsize_o, m_axi_awburst_o}),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_aw), .r_late_i(m_late_i[0]),
    .occupied_o(occupied[0])
  );

  brg_cdc_fifo #(.WIDTH(W_BITS), .DEPTH(DATA_DEPTH), .SYNC(SYNC)) u_w (
    .w_clk_i(s_clk_i), .w_rst_ni(s_rst_ni),
    .w_valid_i(s_axi_wvalid_i), .w_ready_o(s_axi_wready_o),
    .w_data_i({s_axi_wdata_i, s_axi_wstrb_i, s_axi_wlast_i}),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_w), .w_late_i(s_late_i[1]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axi_wvalid_o), .r_ready_i(m_axi_wready_i),
    .r_data_o({m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o}),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_w), .r_late_i(m_late_i[1]),
    .occupied_o(occupied[1])
  );

  brg_cdc_fifo #(.WIDTH(A_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_ar (
    .w_clk_i(s_clk_i), .w_rst_ni(s_rst_ni),
    .w_valid_i(s_axi_arvalid_i), .w_ready_o(s_axi_arready_o),
    .w_data_i({s_axi_arid_i, s_axi_araddr_i, s_axi_arlen_i, s_axi_arsize_i, s_axi_arburst_i}),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_ar), .w_late_i(s_late_i[2]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axi_arvalid_o), .r_ready_i(m_axi_arready_i),
    .r_data_o({m_axi_arid_o, m_axi_araddr_o, m_axi_arlen_o, m_axi_arsize_o, m_axi_arburst_o}),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_ar), .r_late_i(m_late_i[2]),
    .occupied_o(occupied[2])
  );

  brg_cdc_fifo #(.WIDTH(B_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_b (
    .w_clk_i(m_clk_i), .w_rst_ni(m_rst_ni),
    .w_valid_i(m_axi_bvalid_i), .w_ready_o(m_axi_bready_o),
    .w_data_i({m_axi_bid_i, m_axi_bresp_i}),
    .w_level_o(), .w_quiet_cycles_o(m_quiet_b), .w_late_i(m_late_i[3]),
    .r_clk_i(s_clk_i), .r_rst_ni(s_rst_ni),
    .r_valid_o(s_axi_bvalid_o), .r_ready_i(s_axi_bready_i),
    .r_data_o({s_axi_bid_o, s_axi_bresp_o}),
    .r_level_o(), .r_quiet_cycles_o(s_quiet_b), .r_late_i(s_late_i[3]),
    .occupied_o(occupied[3])
  );

  brg_cdc_fifo #(.WIDTH(R_BITS), .DEPTH(DATA_DEPTH), .SYNC(SYNC)) u_r (
    .w_clk_i(m_clk_i), .w_rst_ni(m_rst_ni),
    .w_valid_i(m_axi_rvalid_i), .w_ready_o(m_axi_rready_o),
    .w_data_i({m_axi_rid_i, m_axi_rdata_i, m_axi_rresp_i, m_axi_rlast_i}),
    .w_level_o(), .w_quiet_cycles_o(m_quiet_r), .w_late_i(m_late_i[4]),
    .r_clk_i(s_clk_i), .r_rst_ni(s_rst_ni),
    .r_valid_o(s_axi_rvalid_o), .r_ready_i(s_axi_rready_i),
    .r_data_o({s_axi_rid_o, s_axi_rdata_o, s_axi_rresp_o, s_axi_rlast_o}),
    .r_level_o(), .r_quiet_cycles_o(s_quiet_r), .r_late_i(s_late_i[4]),
    .occupied_o(occupied[4])
  );

endmodule

`default_nettype wire
