// SPDX-License-Identifier: Apache-2.0
// Test top: fourteen streams between two clocks, through FIFOs of several sizes and through every
// channel of the AXI4 and the AXI4-Lite crossing. A payload is spread from 64 bits over its width.
`default_nettype none

module cdc_streams (
  input  logic        s_clk_i,
  input  logic        s_rst_ni,
  input  logic        m_clk_i,
  input  logic        m_rst_ni,

  // 0..3 FIFOs, 4..8 AXI4 AW W AR B R, 9..13 AXI4-Lite. Written in s: 0 1 3 4 5 6 9 10 11.
  input  logic [13:0] w_valid_i,
  output logic [13:0] w_ready_o,
  input  logic [63:0] w_data_i [0:13],
  input  logic [13:0] w_late_i,
  output logic [13:0] r_valid_o,
  input  logic [13:0] r_ready_i,
  output logic [63:0] r_data_o [0:13],
  output logic [13:0] r_whole_o,
  input  logic [13:0] r_late_i,

  output logic [4:0]  w_level_o [0:3],
  output logic [4:0]  r_level_o [0:3],
  output logic [7:0]  occupied_o,   // FIFOs, AXI4 request and response, AXI4-Lite the same
  output logic [5:0]  s_quiet_o,    // FIFOs, AXI4, AXI4-Lite
  output logic [5:0]  m_quiet_o
);

  function automatic logic [319:0] spread(input logic [63:0] x);
    spread = {{x[11:0], x[63:12]} ^ 64'h0123456789abcdef,
              {x[24:0], x[63:25]} ^ 64'hfedcba9876543210,
              {x[37:0], x[63:38]} ^ 64'h5555aaaa33330000,
              {x[50:0], x[63:51]} ^ 64'h00ff00ff12345678, x};
  endfunction

  function automatic integer width(input integer i);
    case (i)
      0:       width = 16;
      1:       width = 20;
      2:       width = 64;
      3:       width = 300;
      4, 6:    width = 81;
      5:       width = 289;
      7:       width = 6;
      8:       width = 263;
      9, 11:   width = 12;
      10:      width = 36;
      12:      width = 2;
      default: width = 34;
    endcase
  endfunction

  logic [319:0] w_x [0:13];
  logic [319:0] r_x [0:13];
  genvar i;
  generate
    for (i = 0; i < 14; i = i + 1) begin : g_spread
      localparam integer W = width(i);
      assign w_x[i]       = spread(w_data_i[i]);
      assign r_data_o[i]  = r_x[i][63:0];
      if (W < 320) assign r_x[i][319:W] = '0;
      if (W > 64) assign r_whole_o[i] = r_x[i][W-1:0] == W'(spread(r_x[i][63:0]));
      else assign r_whole_o[i] = 1'b1;
    end

    for (i = 0; i < 4; i = i + 1) begin : g_fifo
      localparam integer D = i == 0 ? 4 : i == 3 ? 16 : 8;
      localparam integer S = i < 2 ? 2 : i + 1;
      localparam integer W = width(i);
      logic [$clog2(D):0] w_level, r_level;
      logic [31:0] w_quiet, r_quiet;
      brg_cdc_fifo #(.WIDTH(W), .DEPTH(D), .SYNC(S)) u_fifo (
        .w_clk_i(i == 2 ? m_clk_i : s_clk_i), .w_rst_ni(i == 2 ? m_rst_ni : s_rst_ni),
        .w_valid_i(w_valid_i[i]), .w_ready_o(w_ready_o[i]), .w_data_i(w_x[i][W-1:0]),
        .w_level_o(w_level), .w_quiet_cycles_o(w_quiet), .w_late_i(w_late_i[i]),
        .r_clk_i(i == 2 ? s_clk_i : m_clk_i), .r_rst_ni(i == 2 ? s_rst_ni : m_rst_ni),
        .r_valid_o(r_valid_o[i]), .r_ready_i(r_ready_i[i]), .r_data_o(r_x[i][W-1:0]),
        .r_level_o(r_level), .r_quiet_cycles_o(r_quiet), .r_late_i(r_late_i[i]),
        .occupied_o(occupied_o[i])
      );
      assign w_level_o[i] = 5'(w_level);
      assign r_level_o[i] = 5'(r_level);
      assign s_quiet_o[i] = i == 2 ? &r_quiet : &w_quiet;
      assign m_quiet_o[i] = i == 2 ? &w_quiet : &r_quiet;
    end
  endgenerate

  logic [31:0] axi_s_quiet, axi_m_quiet, axil_s_quiet, axil_m_quiet;
  assign s_quiet_o[5:4] = {&axil_s_quiet, &axi_s_quiet};
  assign m_quiet_o[5:4] = {&axil_m_quiet, &axi_m_quiet};

  brg_axi_cdc u_axi (
    .s_clk_i(s_clk_i), .s_rst_ni(s_rst_ni),
    .s_axi_awvalid_i(w_valid_i[4]), .s_axi_awready_o(w_ready_o[4]),
    .s_axi_awid_i(w_x[4][80:77]), .s_axi_awaddr_i(w_x[4][63:0]), .s_axi_awlen_i(w_x[4][71:64]),
    .s_axi_awsize_i(w_x[4][74:72]), .s_axi_awburst_i(w_x[4][76:75]),
    .s_axi_wvalid_i(w_valid_i[5]), .s_axi_wready_o(w_ready_o[5]), .s_axi_wdata_i(w_x[5][255:0]),
    .s_axi_wstrb_i(w_x[5][287:256]), .s_axi_wlast_i(w_x[5][288]),
    .s_axi_bvalid_o(r_valid_o[7]), .s_axi_bready_i(r_ready_i[7]), .s_axi_bid_o(r_x[7][3:0]),
    .s_axi_bresp_o(r_x[7][5:4]),
    .s_axi_arvalid_i(w_valid_i[6]), .s_axi_arready_o(w_ready_o[6]),
    .s_axi_arid_i(w_x[6][80:77]), .s_axi_araddr_i(w_x[6][63:0]), .s_axi_arlen_i(w_x[6][71:64]),
    .s_axi_arsize_i(w_x[6][74:72]), .s_axi_arburst_i(w_x[6][76:75]),
    .s_axi_rvalid_o(r_valid_o[8]), .s_axi_rready_i(r_ready_i[8]), .s_axi_rid_o(r_x[8][259:256]),
    .s_axi_rdata_o(r_x[8][255:0]), .s_axi_rresp_o(r_x[8][261:260]), .s_axi_rlast_o(r_x[8][262]),
    .s_quiet_cycles_o(axi_s_quiet),
    .s_late_i({r_late_i[8:7], w_late_i[6], w_late_i[5:4]}),
    .m_clk_i(m_clk_i), .m_rst_ni(m_rst_ni),
    .m_axi_awvalid_o(r_valid_o[4]), .m_axi_awready_i(r_ready_i[4]),
    .m_axi_awid_o(r_x[4][80:77]), .m_axi_awaddr_o(r_x[4][63:0]), .m_axi_awlen_o(r_x[4][71:64]),
    .m_axi_awsize_o(r_x[4][74:72]), .m_axi_awburst_o(r_x[4][76:75]),
    .m_axi_wvalid_o(r_valid_o[5]), .m_axi_wready_i(r_ready_i[5]), .m_axi_wdata_o(r_x[5][255:0]),
    .m_axi_wstrb_o(r_x[5][287:256]), .m_axi_wlast_o(r_x[5][288]),
    .m_axi_bvalid_i(w_valid_i[7]), .m_axi_bready_o(w_ready_o[7]), .m_axi_bid_i(w_x[7][3:0]),
    .m_axi_bresp_i(w_x[7][5:4]),
    .m_axi_arvalid_o(r_valid_o[6]), .m_axi_arready_i(r_ready_i[6]),
    .m_axi_arid_o(r_x[6][80:77]), .m_axi_araddr_o(r_x[6][63:0]), .m_axi_arlen_o(r_x[6][71:64]),
    .m_axi_arsize_o(r_x[6][74:72]), .m_axi_arburst_o(r_x[6][76:75]),
    .m_axi_rvalid_i(w_valid_i[8]), .m_axi_rready_o(w_ready_o[8]), .m_axi_rid_i(w_x[8][259:256]),
    .m_axi_rdata_i(w_x[8][255:0]), .m_axi_rresp_i(w_x[8][261:260]), .m_axi_rlast_i(w_x[8][262]),
    .m_quiet_cycles_o(axi_m_quiet),
    .m_late_i({w_late_i[8:7], r_late_i[6], r_late_i[5:4]}),
    .request_occupied_o(occupied_o[4]), .response_occupied_o(occupied_o[5])
  );

  brg_axil_cdc u_axil (
    .s_clk_i(s_clk_i), .s_rst_ni(s_rst_ni),
    .s_axil_awvalid_i(w_valid_i[9]), .s_axil_awready_o(w_ready_o[9]),
    .s_axil_awaddr_i(w_x[9][11:0]),
    .s_axil_wvalid_i(w_valid_i[10]), .s_axil_wready_o(w_ready_o[10]),
    .s_axil_wdata_i(w_x[10][31:0]), .s_axil_wstrb_i(w_x[10][35:32]),
    .s_axil_bvalid_o(r_valid_o[12]), .s_axil_bready_i(r_ready_i[12]),
    .s_axil_bresp_o(r_x[12][1:0]),
    .s_axil_arvalid_i(w_valid_i[11]), .s_axil_arready_o(w_ready_o[11]),
    .s_axil_araddr_i(w_x[11][11:0]),
    .s_axil_rvalid_o(r_valid_o[13]), .s_axil_rready_i(r_ready_i[13]),
    .s_axil_rdata_o(r_x[13][31:0]), .s_axil_rresp_o(r_x[13][33:32]),
    .s_quiet_cycles_o(axil_s_quiet),
    .s_late_i({r_late_i[13:12], w_late_i[11], w_late_i[10:9]}),
    .m_clk_i(m_clk_i), .m_rst_ni(m_rst_ni),
    .m_axil_awvalid_o(r_valid_o[9]), .m_axil_awready_i(r_ready_i[9]),
    .m_axil_awaddr_o(r_x[9][11:0]),
    .m_axil_wvalid_o(r_valid_o[10]), .m_axil_wready_i(r_ready_i[10]),
    .m_axil_wdata_o(r_x[10][31:0]), .m_axil_wstrb_o(r_x[10][35:32]),
    .m_axil_bvalid_i(w_valid_i[12]), .m_axil_bready_o(w_ready_o[12]),
    .m_axil_bresp_i(w_x[12][1:0]),
    .m_axil_arvalid_o(r_valid_o[11]), .m_axil_arready_i(r_ready_i[11]),
    .m_axil_araddr_o(r_x[11][11:0]),
    .m_axil_rvalid_i(w_valid_i[13]), .m_axil_rready_o(w_ready_o[13]),
    .m_axil_rdata_i(w_x[13][31:0]), .m_axil_rresp_i(w_x[13][33:32]),
    .m_quiet_cycles_o(axil_m_quiet),
    .m_late_i({w_late_i[13:12], r_late_i[11], r_late_i[10:9]}),
    .request_occupied_o(occupied_o[6]), .response_occupied_o(occupied_o[7])
  );

endmodule

`default_nettype wire
