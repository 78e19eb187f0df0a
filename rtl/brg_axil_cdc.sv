// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite between two clock domains: one asynchronous FIFO per channel.
`default_nettype none

module brg_axil_cdc #(
  parameter integer ADDR_W = 12,  // bits of an address
  parameter integer DEPTH  = 4,   // entries of a channel, a power of two >= 4
  parameter integer SYNC   = 2    // flip-flops of a synchroniser, 2..4
) (
  // The side of the master, in its clock.
  input  logic                s_clk_i,
  input  logic                s_rst_ni,              // either reset clears both sides, at once
  input  logic                s_axil_awvalid_i,
  output logic                s_axil_awready_o,
  input  logic [ADDR_W-1:0]   s_axil_awaddr_i,
  input  logic                s_axil_wvalid_i,
  output logic                s_axil_wready_o,
  input  logic [31:0]         s_axil_wdata_i,
  input  logic [3:0]          s_axil_wstrb_i,
  output logic                s_axil_bvalid_o,
  input  logic                s_axil_bready_i,
  output logic [1:0]          s_axil_bresp_o,
  input  logic                s_axil_arvalid_i,
  output logic                s_axil_arready_o,
  input  logic [ADDR_W-1:0]   s_axil_araddr_i,
  output logic                s_axil_rvalid_o,
  input  logic                s_axil_rready_i,
  output logic [31:0]         s_axil_rdata_o,
  output logic [1:0]          s_axil_rresp_o,
  output logic [31:0]         s_quiet_cycles_o,
  input  logic [4:0]          s_late_i,              // simulation, bit 0 AW, W, AR, B, R; else 0

  // The side of the slave, in its clock.
  input  logic                m_clk_i,
  input  logic                m_rst_ni,
  output logic                m_axil_awvalid_o,
  input  logic                m_axil_awready_i,
  output logic [ADDR_W-1:0]   m_axil_awaddr_o,
  output logic                m_axil_wvalid_o,
  input  logic                m_axil_wready_i,
  output logic [31:0]         m_axil_wdata_o,
  output logic [3:0]          m_axil_wstrb_o,
  input  logic                m_axil_bvalid_i,
  output logic                m_axil_bready_o,
  input  logic [1:0]          m_axil_bresp_i,
  output logic                m_axil_arvalid_o,
  input  logic                m_axil_arready_i,
  output logic [ADDR_W-1:0]   m_axil_araddr_o,
  input  logic                m_axil_rvalid_i,
  output logic                m_axil_rready_o,
  input  logic [31:0]         m_axil_rdata_i,
  input  logic [1:0]          m_axil_rresp_i,
  output logic [31:0]         m_quiet_cycles_o,
  input  logic [4:0]          m_late_i,

  // Exact, of both domains: not synchronised.
  output logic                request_occupied_o,    // AW, W or AR inside
  output logic                response_occupied_o    // B or R inside
);

  localparam integer A_BITS = ADDR_W;
  localparam integer W_BITS = 36;
  localparam integer B_BITS = 2;
  localparam integer R_BITS = 34;

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
    .w_valid_i(s_axil_awvalid_i), .w_ready_o(s_axil_awready_o),
    .w_data_i(s_axil_awaddr_i),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_aw), .w_late_i(s_late_i[0]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axil_awvalid_o), .r_ready_i(m_axil_awready_i),
    .r_data_o(m_axil_awaddr_o),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_aw), .r_late_i(m_late_i[0]),
    .occupied_o(occupied[0])
  );

  brg_cdc_fifo #(.WIDTH(W_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_w (
    .w_clk_i(s_clk_i), .w_rst_ni(s_rst_ni),
    .w_valid_i(s_axil_wvalid_i), .w_ready_o(s_axil_wready_o),
    .w_data_i({s_axil_wdata_i, s_axil_wstrb_i}),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_w), .w_late_i(s_late_i[1]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axil_wvalid_o), .r_ready_i(m_axil_wready_i),
    .r_data_o({m_axil_wdata_o, m_axil_wstrb_o}),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_w), .r_late_i(m_late_i[1]),
    .occupied_o(occupied[1])
  );

  brg_cdc_fifo #(.WIDTH(A_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_ar (
    .w_clk_i(s_clk_i), .w_rst_ni(s_rst_ni),
    .w_valid_i(s_axil_arvalid_i), .w_ready_o(s_axil_arready_o),
    .w_data_i(s_axil_araddr_i),
    .w_level_o(), .w_quiet_cycles_o(s_quiet_ar), .w_late_i(s_late_i[2]),
    .r_clk_i(m_clk_i), .r_rst_ni(m_rst_ni),
    .r_valid_o(m_axil_arvalid_o), .r_ready_i(m_axil_arready_i),
    .r_data_o(m_axil_araddr_o),
    .r_level_o(), .r_quiet_cycles_o(m_quiet_ar), .r_late_i(m_late_i[2]),
    .occupied_o(occupied[2])
  );

  brg_cdc_fifo #(.WIDTH(B_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_b (
    .w_clk_i(m_clk_i), .w_rst_ni(m_rst_ni),
    .w_valid_i(m_axil_bvalid_i), .w_ready_o(m_axil_bready_o),
    .w_data_i(m_axil_bresp_i),
    .w_level_o(), .w_quiet_cycles_o(m_quiet_b), .w_late_i(m_late_i[3]),
    .r_clk_i(s_clk_i), .r_rst_ni(s_rst_ni),
    .r_valid_o(s_axil_bvalid_o), .r_ready_i(s_axil_bready_i),
    .r_data_o(s_axil_bresp_o),
    .r_level_o(), .r_quiet_cycles_o(s_quiet_b), .r_late_i(s_late_i[3]),
    .occupied_o(occupied[3])
  );

  brg_cdc_fifo #(.WIDTH(R_BITS), .DEPTH(DEPTH), .SYNC(SYNC)) u_r (
    .w_clk_i(m_clk_i), .w_rst_ni(m_rst_ni),
    .w_valid_i(m_axil_rvalid_i), .w_ready_o(m_axil_rready_o),
    .w_data_i({m_axil_rdata_i, m_axil_rresp_i}),
    .w_level_o(), .w_quiet_cycles_o(m_quiet_r), .w_late_i(m_late_i[4]),
    .r_clk_i(s_clk_i), .r_rst_ni(s_rst_ni),
    .r_valid_o(s_axil_rvalid_o), .r_ready_i(s_axil_rready_i),
    .r_data_o({s_axil_rdata_o, s_axil_rresp_o}),
    .r_level_o(), .r_quiet_cycles_o(s_quiet_r), .r_late_i(s_late_i[4]),
    .occupied_o(occupied[4])
  );

endmodule

`default_nettype wire
