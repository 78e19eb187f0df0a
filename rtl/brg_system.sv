// SPDX-License-Identifier: Apache-2.0
// Controller and plant together: what the testbench verilates; a device model, not synthesized.
`default_nettype none

module brg_system (
  input  wire          clk_i,
  input  wire          rst_ni,
  input  wire          observe_i,
  // AXI4-Lite slave
  input  wire          s_axil_awvalid_i,
  output wire          s_axil_awready_o,
  input  wire  [11:0]  s_axil_awaddr_i,
  input  wire          s_axil_wvalid_i,
  output wire          s_axil_wready_o,
  input  wire  [31:0]  s_axil_wdata_i,
  input  wire  [3:0]   s_axil_wstrb_i,
  output wire          s_axil_bvalid_o,
  input  wire          s_axil_bready_i,
  output wire  [1:0]   s_axil_bresp_o,
  input  wire          s_axil_arvalid_i,
  output wire          s_axil_arready_o,
  input  wire  [11:0]  s_axil_araddr_i,
  output wire          s_axil_rvalid_o,
  input  wire          s_axil_rready_i,
  output wire  [31:0]  s_axil_rdata_o,
  output wire  [1:0]   s_axil_rresp_o,
  output wire          irq_o,
  // AXI4 read master
  output wire          m_axi_arvalid_o,
  input  wire          m_axi_arready_i,
  output wire  [3:0]   m_axi_arid_o,
  output wire  [63:0]  m_axi_araddr_o,
  output wire  [7:0]   m_axi_arlen_o,
  output wire  [2:0]   m_axi_arsize_o,
  output wire  [1:0]   m_axi_arburst_o,
  input  wire          m_axi_rvalid_i,
  output wire          m_axi_rready_o,
  input  wire  [3:0]   m_axi_rid_i,
  input  wire  [255:0] m_axi_rdata_i,
  input  wire  [1:0]   m_axi_rresp_i,
  input  wire          m_axi_rlast_i,
  // Status
  output wire  [63:0]  probe_o,
  output wire          failed_o
);

  wire         begin_pulse, end_pulse;
  wire [15:0]  tag;
  wire [3:0]   end_status;
  wire         slice_valid;
  wire [31:0]  slice_number, slice_duration;
  wire [223:0] slice_waits;
  wire [191:0] slice_word;
  wire [31:0]  page_version;
  wire         leaf_valid;
  wire [31:0]  leaf_version;
  wire [5:0]   leaf_plane;
  wire [14:0]  leaf_index;
  wire [511:0] leaf_data;
  wire         readout_start, readout_valid;
  wire [31:0]  readout_cycles;
  wire [63:0]  readout_bits;
  wire [4:0]   address_width;
  wire [2:0]   state;
  wire [5:0]   waiting;

  brg_controller u_controller (
    .clk_i            (clk_i),
    .rst_ni           (rst_ni),
    .s_axil_awvalid_i (s_axil_awvalid_i),
    .s_axil_awready_o (s_axil_awready_o),
    .s_axil_awaddr_i  (s_axil_awaddr_i),
    .s_axil_wvalid_i  (s_axil_wvalid_i),
    .s_axil_wready_o  (s_axil_wready_o),
    .s_axil_wdata_i   (s_axil_wdata_i),
    .s_axil_wstrb_i   (s_axil_wstrb_i),
    .s_axil_bvalid_o  (s_axil_bvalid_o),
    .s_axil_bready_i  (s_axil_bready_i),
    .s_axil_bresp_o   (s_axil_bresp_o),
    .s_axil_arvalid_i (s_axil_arvalid_i),
    .s_axil_arready_o (s_axil_arready_o),
    .s_axil_araddr_i  (s_axil_araddr_i),
    .s_axil_rvalid_o  (s_axil_rvalid_o),
    .s_axil_rready_i  (s_axil_rready_i),
    .s_axil_rdata_o   (s_axil_rdata_o),
    .s_axil_rresp_o   (s_axil_rresp_o),
    .irq_o            (irq_o),
    .m_axi_arvalid_o  (m_axi_arvalid_o),
    .m_axi_arready_i  (m_axi_arready_i),
    .m_axi_arid_o     (m_axi_arid_o),
    .m_axi_araddr_o   (m_axi_araddr_o),
    .m_axi_arlen_o    (m_axi_arlen_o),
    .m_axi_arsize_o   (m_axi_arsize_o),
    .m_axi_arburst_o  (m_axi_arburst_o),
    .m_axi_rvalid_i   (m_axi_rvalid_i),
    .m_axi_rready_o   (m_axi_rready_o),
    .m_axi_rid_i      (m_axi_rid_i),
    .m_axi_rdata_i    (m_axi_rdata_i),
    .m_axi_rresp_i    (m_axi_rresp_i),
    .m_axi_rlast_i    (m_axi_rlast_i),
    // Neither a pulse memory nor a decoder is attached: both are always ready.
    .pulse_ready_i    (1'b1),
    .decoder_ready_i  (1'b1),
    .begin_o          (begin_pulse),
    .end_o            (end_pulse),
    .tag_o            (tag),
    .end_status_o     (end_status),
    .slice_valid_o    (slice_valid),
    .slice_number_o   (slice_number),
    .slice_waits_o    (slice_waits),
    .slice_word_o     (slice_word),
    .slice_duration_o (slice_duration),
    .page_version_o   (page_version),
    .leaf_valid_o     (leaf_valid),
    .leaf_version_o   (leaf_version),
    .leaf_plane_o     (leaf_plane),
    .leaf_index_o     (leaf_index),
    .leaf_data_o      (leaf_data),
    .readout_start_o  (readout_start),
    .readout_cycles_o (readout_cycles),
    .readout_valid_i  (readout_valid),
    .readout_bits_i   (readout_bits),
    .address_width_o  (address_width),
    .state_o          (state),
    .waiting_o        (waiting),
    .probe_o          (probe_o)
  );

  brg_plant u_plant (
    .clk_i            (clk_i),
    .rst_ni           (rst_ni),
    .observe_i        (observe_i),
    .begin_i          (begin_pulse),
    .end_i            (end_pulse),
    .tag_i            (tag),
    .end_status_i     (end_status),
    .slice_valid_i    (slice_valid),
    .slice_number_i   (slice_number),
    .slice_waits_i    (slice_waits),
    .slice_word_i     (slice_word),
    .slice_duration_i (slice_duration),
    .page_version_i   (page_version),
    .leaf_valid_i     (leaf_valid),
    .leaf_version_i   (leaf_version),
    .leaf_plane_i     (leaf_plane),
    .leaf_index_i     (leaf_index),
    .leaf_data_i      (leaf_data),
    .readout_start_i  (readout_start),
    .readout_cycles_i (readout_cycles),
    .readout_valid_o  (readout_valid),
    .readout_bits_o   (readout_bits),
    .address_width_i  (address_width),
    .state_i          (state),
    .waiting_i        (waiting),
    .failed_o         (failed_o)
  );

endmodule

`default_nettype wire
