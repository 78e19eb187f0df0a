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
  // Error correction
  input  wire          decoder_ready_i,  // all patches that entered the tree are decoded
  input  wire  [607:0] qec_view_i,       // for the waves: brg_qec_view.md
  // Status
  output wire  [5:0]   waiting_o,        // open waits by cause
  output wire          await_word_o,     // brg_controller.md
  output wire  [11:0]  await_page_o,
  output wire  [5:0]   await_plane_o,
  output wire          await_issued_o,
  output wire  [63:0]  probe_o,
  output wire          failed_o,
  // Idle skip
  input  wire  [31:0]  skip_i,           // the coming edge is worth 1 + skip_i cycles
  output wire  [31:0]  quiet_cycles_o    // most that skip_i may be
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
  wire         store_enable, store_write;
  wire [11:0]  store_address, store_write_address;
  wire [191:0] store_word, store_write_data;
  wire [31:0]  controller_quiet, plant_quiet, view_quiet, parts_quiet;

  localparam integer STORE_WORDS  = 1024;
  localparam integer STORE_ADDR_W = $clog2(STORE_WORDS);

  brg_controller #(
    .STORE_WORDS (STORE_WORDS)
  ) u_controller (
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
    // The plain store answers in the next cycle, and keeps its word until it is asked again.
    .store_enable_o   (store_enable),
    .store_address_o  (store_address),
    .store_valid_i    (1'b1),
    .store_error_i    (1'b0),
    .store_word_i     (store_word),
    .store_write_o    (store_write),
    .store_ready_i    (1'b1),
    .store_write_address_o (store_write_address),
    .store_write_data_o (store_write_data),
    // No pulse memory is attached: pulses are always ready.
    .pulse_ready_i    (1'b1),
    .decoder_ready_i  (decoder_ready_i),
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
    .waiting_o        (waiting_o),
    .await_word_o     (await_word_o),
    .await_page_o     (await_page_o),
    .await_plane_o    (await_plane_o),
    .await_issued_o   (await_issued_o),
    .probe_o          (probe_o),
    .skip_i           (skip_i),
    .quiet_cycles_o   (controller_quiet)
  );

  brg_control_store #(
    .STORE_WORDS (STORE_WORDS)
  ) u_store (
    .clk_i           (clk_i),
    .read_enable_i   (store_enable),
    .read_address_i  (store_address[STORE_ADDR_W-1:0]),
    .read_data_o     (store_word),
    .write_enable_i  (store_write),
    .write_address_i (store_write_address[STORE_ADDR_W-1:0]),
    .write_data_i    (store_write_data)
  );

  // A request or a write is made only in a cycle in which the controller is not quiet.
  assign parts_quiet    = (controller_quiet < plant_quiet) ? controller_quiet : plant_quiet;
  assign quiet_cycles_o = parts_quiet & view_quiet;

  logic unused;  // the store is smaller than an address can say
  assign unused = &{1'b0, store_address, store_write_address};

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
    .waiting_i        (waiting_o),
    .failed_o         (failed_o),
    .skip_i           (skip_i),
    .quiet_cycles_o   (plant_quiet)
  );

  brg_qec_view u_qec (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .view_i          (qec_view_i),
    .decoder_ready_i (decoder_ready_i),
    .quiet_cycles_o  (view_quiet)
  );

endmodule

`default_nettype wire
