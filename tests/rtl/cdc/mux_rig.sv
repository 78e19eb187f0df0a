// SPDX-License-Identifier: Apache-2.0
// Test top: brg_axi_mux with a port for each master, data spread from 64 bits over the beat.
`default_nettype none

module mux_rig #(
  parameter integer N = 2
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [N-1:0] aw_valid_i, ar_valid_i, w_valid_i, w_last_i, b_ready_i, r_ready_i,
  output logic [N-1:0] aw_ready_o, ar_ready_o, w_ready_o, b_valid_o, r_valid_o, r_last_o, r_whole_o,
  input  logic [3:0]   aw_id_i [0:N-1],
  input  logic [63:0]  aw_addr_i [0:N-1],
  input  logic [12:0]  aw_shape_i [0:N-1],   // len, size, burst
  input  logic [3:0]   ar_id_i [0:N-1],
  input  logic [63:0]  ar_addr_i [0:N-1],
  input  logic [12:0]  ar_shape_i [0:N-1],
  input  logic [63:0]  w_data_i [0:N-1],
  input  logic [31:0]  w_strb_i [0:N-1],
  output logic [3:0]   b_id_o [0:N-1],
  output logic [1:0]   b_resp_o [0:N-1],
  output logic [3:0]   r_id_o [0:N-1],
  output logic [63:0]  r_data_o [0:N-1],
  output logic [1:0]   r_resp_o [0:N-1],

  output logic         m_aw_valid_o, m_w_valid_o, m_w_last_o, m_w_whole_o, m_b_ready_o,
  output logic         m_ar_valid_o, m_r_ready_o,
  input  logic         m_aw_ready_i, m_w_ready_i, m_b_valid_i, m_ar_ready_i,
  input  logic         m_r_valid_i, m_r_last_i,
  output logic [7:0]   m_aw_id_o, m_ar_id_o,
  output logic [63:0]  m_aw_addr_o, m_ar_addr_o, m_w_data_o,
  output logic [12:0]  m_aw_shape_o, m_ar_shape_o,
  output logic [31:0]  m_w_strb_o,
  input  logic [3+$clog2(N):0] m_b_id_i, m_r_id_i,
  input  logic [1:0]   m_b_resp_i, m_r_resp_i,
  input  logic [63:0]  m_r_data_i,

  output logic         stray_o,
  output logic         quiet_o
);

  localparam integer I = 4 + $clog2(N);

  function automatic logic [255:0] spread(input logic [63:0] x);
    spread = {{x[24:0], x[63:25]} ^ 64'hfedcba9876543210,
              {x[37:0], x[63:38]} ^ 64'h5555aaaa33330000,
              {x[50:0], x[63:51]} ^ 64'h00ff00ff12345678, x};
  endfunction

  logic [N*4-1:0]   aw_id, ar_id, b_id, r_id;
  logic [N*64-1:0]  aw_addr, ar_addr;
  logic [N*8-1:0]   aw_len, ar_len;
  logic [N*3-1:0]   aw_size, ar_size;
  logic [N*2-1:0]   aw_burst, ar_burst, b_resp, r_resp;
  logic [N*256-1:0] w_data, r_data;
  logic [N*32-1:0]  w_strb;
  logic [255:0]     m_w_data;
  logic [31:0]      quiet;
  logic [I-1:0]     m_aw_id, m_ar_id;

  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : g_master
      assign aw_id[i*4 +: 4]       = aw_id_i[i];
      assign ar_id[i*4 +: 4]       = ar_id_i[i];
      assign aw_addr[i*64 +: 64]   = aw_addr_i[i];
      assign ar_addr[i*64 +: 64]   = ar_addr_i[i];
      assign {aw_len[i*8 +: 8], aw_size[i*3 +: 3], aw_burst[i*2 +: 2]} = aw_shape_i[i];
      assign {ar_len[i*8 +: 8], ar_size[i*3 +: 3], ar_burst[i*2 +: 2]} = ar_shape_i[i];
      assign w_data[i*256 +: 256]  = spread(w_data_i[i]);
      assign w_strb[i*32 +: 32]    = w_strb_i[i];
      assign b_id_o[i]             = b_id[i*4 +: 4];
      assign b_resp_o[i]           = b_resp[i*2 +: 2];
      assign r_id_o[i]             = r_id[i*4 +: 4];
      assign r_resp_o[i]           = r_resp[i*2 +: 2];
      assign r_data_o[i]           = r_data[i*256 +: 64];
      assign r_whole_o[i]          = r_data[i*256 +: 256] == spread(r_data[i*256 +: 64]);
    end
  endgenerate

  assign m_w_data_o  = m_w_data[63:0];
  assign m_w_whole_o = m_w_data == spread(m_w_data[63:0]);
  assign m_aw_id_o   = 8'(m_aw_id);
  assign m_ar_id_o   = 8'(m_ar_id);
  assign quiet_o     = &quiet;

  brg_axi_mux #(.N(N)) u_mux (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .s_axi_awvalid_i(aw_valid_i), .s_axi_awready_o(aw_ready_o), .s_axi_awid_i(aw_id),
    .s_axi_awaddr_i(aw_addr), .s_axi_awlen_i(aw_len), .s_axi_awsize_i(aw_size),
    .s_axi_awburst_i(aw_burst),
    .s_axi_wvalid_i(w_valid_i), .s_axi_wready_o(w_ready_o), .s_axi_wdata_i(w_data),
    .s_axi_wstrb_i(w_strb), .s_axi_wlast_i(w_last_i),
    .s_axi_bvalid_o(b_valid_o), .s_axi_bready_i(b_ready_i), .s_axi_bid_o(b_id),
    .s_axi_bresp_o(b_resp),
    .s_axi_arvalid_i(ar_valid_i), .s_axi_arready_o(ar_ready_o), .s_axi_arid_i(ar_id),
    .s_axi_araddr_i(ar_addr), .s_axi_arlen_i(ar_len), .s_axi_arsize_i(ar_size),
    .s_axi_arburst_i(ar_burst),
    .s_axi_rvalid_o(r_valid_o), .s_axi_rready_i(r_ready_i), .s_axi_rid_o(r_id),
    .s_axi_rdata_o(r_data), .s_axi_rresp_o(r_resp), .s_axi_rlast_o(r_last_o),
    .m_axi_awvalid_o(m_aw_valid_o), .m_axi_awready_i(m_aw_ready_i), .m_axi_awid_o(m_aw_id),
    .m_axi_awaddr_o(m_aw_addr_o), .m_axi_awlen_o(m_aw_shape_o[12:5]),
    .m_axi_awsize_o(m_aw_shape_o[4:2]), .m_axi_awburst_o(m_aw_shape_o[1:0]),
    .m_axi_wvalid_o(m_w_valid_o), .m_axi_wready_i(m_w_ready_i), .m_axi_wdata_o(m_w_data),
    .m_axi_wstrb_o(m_w_strb_o), .m_axi_wlast_o(m_w_last_o),
    .m_axi_bvalid_i(m_b_valid_i), .m_axi_bready_o(m_b_ready_o), .m_axi_bid_i(m_b_id_i),
    .m_axi_bresp_i(m_b_resp_i),
    .m_axi_arvalid_o(m_ar_valid_o), .m_axi_arready_i(m_ar_ready_i), .m_axi_arid_o(m_ar_id),
    .m_axi_araddr_o(m_ar_addr_o), .m_axi_arlen_o(m_ar_shape_o[12:5]),
    .m_axi_arsize_o(m_ar_shape_o[4:2]), .m_axi_arburst_o(m_ar_shape_o[1:0]),
    .m_axi_rvalid_i(m_r_valid_i), .m_axi_rready_o(m_r_ready_o), .m_axi_rid_i(m_r_id_i),
    .m_axi_rdata_i(spread(m_r_data_i)), .m_axi_rresp_i(m_r_resp_i), .m_axi_rlast_i(m_r_last_i),
    .stray_o(stray_o), .quiet_cycles_o(quiet)
  );

endmodule

`default_nettype wire
