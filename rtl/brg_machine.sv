// SPDX-License-Identifier: Apache-2.0
// Controller, plant and their memory system, each part in its clock: what the platform verilates
// when a scenario uses more than brg_system; a device model, not synthesized.
`default_nettype none

module brg_machine (
  // Clocks: a part that is not in use may be without one
  input  wire          clk_i,               // control
  input  wire          mem_clk_i,           // cache
  input  wire          dram_clk_i,
  input  wire          host_clk_i,
  input  wire          rst_ni,              // of control and host
  input  wire          mem_rst_ni,          // of cache and DRAM
  // For the waves
  input  wire          observe_i,
  input  wire    [4:0] event_i,             // csim/stall_event.h: what a wait depends on
  input  wire   [63:0] event_detail_i,
  // Static configuration
  input  wire          use_host_i,          // the host has a clock of its own
  input  wire          use_memory_i,        // reads pass the memory clock
  input  wire          near_external_i,     // and end at m_axi, not at the DRAM
  input  wire          store_cached_i,      // control store with a cache
  input  wire          store_prefetch_i,
  input  wire   [12:0] store_length_i,      // words of the program
  input  wire    [3:0] store_lines_log2_i,  // lines of four words that it holds
  input  wire   [63:0] store_base_i,        // of the program in memory
  input  wire          pulse_enable_i,      // else pulses are always there
  input  wire          cache_enable_i,
  input  wire    [1:0] cache_ways_log2_i,
  input  wire    [3:0] cache_sets_log2_i,
  input  wire    [3:0] cache_line_log2_i,
  input  wire    [1:0] cache_policy_i,
  input  wire   [31:0] cache_seed_i,
  input  wire          cache_ecc_i,
  input  wire    [1:0] prefetch_kind_i,
  input  wire    [7:0] prefetch_depth_i,
  input  wire  [383:0] dram_timing_i,       // brg_ddr4.svh
  input  wire   [31:0] dram_policy_i,
  // AXI4-Lite slave, host clock
  input  wire          s_axil_awvalid_i,
  output wire          s_axil_awready_o,
  input  wire   [11:0] s_axil_awaddr_i,
  input  wire          s_axil_wvalid_i,
  output wire          s_axil_wready_o,
  input  wire   [31:0] s_axil_wdata_i,
  input  wire    [3:0] s_axil_wstrb_i,
  output wire          s_axil_bvalid_o,
  input  wire          s_axil_bready_i,
  output wire    [1:0] s_axil_bresp_o,
  input  wire          s_axil_arvalid_i,
  output wire          s_axil_arready_o,
  input  wire   [11:0] s_axil_araddr_i,
  output wire          s_axil_rvalid_o,
  input  wire          s_axil_rready_i,
  output wire   [31:0] s_axil_rdata_o,
  output wire    [1:0] s_axil_rresp_o,
  output wire          irq_o,
  // Pages that come next and registers of the pulse unit, control clock
  input  wire          hint_valid_i,
  output wire          hint_ready_o,
  input  wire   [63:0] hint_base_i,
  input  wire   [31:0] hint_bytes_i,
  input  wire          pulse_reg_valid_i,
  input  wire          pulse_reg_write_i,
  input  wire   [11:0] pulse_reg_address_i,
  input  wire   [31:0] pulse_reg_wdata_i,
  output wire   [31:0] pulse_reg_rdata_o,
  output wire          pulse_reg_error_o,
  // AXI4 read master: memory clock, or control clock without use_memory_i
  output wire          m_axi_arvalid_o,
  input  wire          m_axi_arready_i,
  output wire    [3:0] m_axi_arid_o,
  output wire   [63:0] m_axi_araddr_o,
  output wire    [7:0] m_axi_arlen_o,
  output wire    [2:0] m_axi_arsize_o,
  output wire    [1:0] m_axi_arburst_o,
  input  wire          m_axi_rvalid_i,
  output wire          m_axi_rready_o,
  input  wire    [3:0] m_axi_rid_i,
  input  wire  [255:0] m_axi_rdata_i,
  input  wire    [1:0] m_axi_rresp_i,
  input  wire          m_axi_rlast_i,
  // AXI4 slave: the second port of the DRAM, in its clock
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
  input  wire          s_axi_awvalid_i,
  output wire          s_axi_awready_o,
  input  wire    [3:0] s_axi_awid_i,
  input  wire   [63:0] s_axi_awaddr_i,
  input  wire    [7:0] s_axi_awlen_i,
  input  wire    [2:0] s_axi_awsize_i,
  input  wire    [1:0] s_axi_awburst_i,
  input  wire          s_axi_wvalid_i,
  output wire          s_axi_wready_o,
  input  wire  [255:0] s_axi_wdata_i,
  input  wire   [31:0] s_axi_wstrb_i,
  input  wire          s_axi_wlast_i,
  output wire          s_axi_bvalid_o,
  input  wire          s_axi_bready_i,
  output wire    [3:0] s_axi_bid_o,
  output wire    [1:0] s_axi_bresp_o,
  // Pulse memory, control clock
  output wire    [7:0] pulse_mem_valid_o,
  output wire  [255:0] pulse_mem_address_o,
  input  wire [1023:0] pulse_mem_data_i,
  input  wire    [7:0] pulse_mem_parity_i,
  // Bytes of the DRAM, in its clock
  output wire          dram_read_o,
  output wire          dram_write_o,
  output wire   [27:0] dram_address_o,
  input  wire  [511:0] dram_rdata_i,
  output wire  [511:0] dram_wdata_o,
  output wire   [63:0] dram_wmask_o,
  // Error correction, control clock
  input  wire          decoder_ready_i,     // all patches that entered the tree are decoded
  input  wire  [607:0] qec_view_i,          // for the waves: brg_qec_view.md
  // Status
  output wire    [5:0] waiting_o,           // brg_controller.md
  output wire          await_word_o,
  output wire   [11:0] await_page_o,
  output wire    [5:0] await_plane_o,
  output wire          await_issued_o,
  output wire   [63:0] probe_o,
  output wire          failed_o,
  output wire          cdc_request_o,
  output wire          cdc_response_o,
  output wire    [3:0] cache_state_o,
  output wire   [63:0] cache_line_o,
  output wire          dram_cdc_o,
  output wire    [3:0] dram_state_o,
  output wire   [39:0] dram_head_o,
  output wire          dram_rank_o,
  output wire          violation_o,
  output wire    [4:0] violation_code_o,
  output wire    [4:0] starved_layer_o,
  output wire          pulse_error_o,
  output wire    [3:0] pulse_error_code_o,
  output wire    [4:0] pulse_error_layer_o,
  output wire          store_missing_o,
  output wire   [11:0] store_word_o,        // that is missing
  output wire    [2:0] store_error_code_o,
  input  wire    [4:0] stat_index_i,        // of all three below
  output wire   [63:0] cache_stat_o,
  output wire   [63:0] dram_stat_o,
  output wire   [63:0] store_stat_o,
  // Idle skip, by clock: control, memory, DRAM, host
  input  wire   [31:0] skip_i,
  input  wire   [31:0] mem_skip_i,
  input  wire   [31:0] dram_skip_i,
  output wire   [31:0] quiet_cycles_o,
  output wire   [31:0] mem_quiet_cycles_o,
  output wire   [31:0] dram_quiet_cycles_o,
  output wire   [31:0] host_quiet_cycles_o
);

  localparam logic [31:0] QUIET_FOREVER = 32'hffffffff;

  function automatic [31:0] least(input [31:0] a, input [31:0] b);
    least = a < b ? a : b;
  endfunction

  wire         begin_pulse, end_pulse, slice_valid, leaf_valid, readout_start, readout_valid;
  wire [15:0]  tag;
  wire [3:0]   end_status;
  wire [31:0]  slice_number, slice_duration, page_version, leaf_version, readout_cycles;
  wire [223:0] slice_waits;
  wire [191:0] slice_word;
  wire [5:0]   leaf_plane;
  wire [14:0]  leaf_index;
  wire [511:0] leaf_data;
  wire [63:0]  readout_bits;
  wire [4:0]   address_width;
  wire [2:0]   state;
  wire         store_enable, store_write, store_valid, store_error;
  wire [11:0]  store_address, store_write_address;
  wire [191:0] store_word, store_write_data;
  wire         pulse_ready;
  wire [31:0]  controller_quiet, plant_quiet, pulse_quiet, store_quiet, mux_quiet;
  wire [31:0]  view_quiet;
  wire [31:0]  memory_quiet, host_s_quiet, host_m_quiet;

  // ---- Host

  wire        h_awvalid, h_awready, h_wvalid, h_wready, h_bvalid, h_bready, h_arvalid, h_arready,
              h_rvalid, h_rready;
  wire  [1:0] h_bresp, h_rresp;
  wire  [3:0] h_wstrb;
  wire [11:0] h_awaddr, h_araddr;
  wire [31:0] h_wdata, h_rdata;
  wire        far_awready;
  wire        far_wready;
  wire        far_bvalid;
  wire  [1:0] far_bresp;
  wire        far_arready;
  wire        far_rvalid;
  wire [31:0] far_rdata;
  wire  [1:0] far_rresp;
  wire        x_awvalid;
  wire [11:0] x_awaddr;
  wire        x_wvalid;
  wire [31:0] x_wdata;
  wire  [3:0] x_wstrb;
  wire        x_bready;
  wire        x_arvalid;
  wire [11:0] x_araddr;
  wire        x_rready;
  wire        irq, irq_far;
  wire [2:0]  irq_taps;

  brg_axil_cdc u_host (
    .s_clk_i             (host_clk_i),
    .s_rst_ni            (rst_ni),
    .s_axil_awvalid_i    (use_host_i && s_axil_awvalid_i),
    .s_axil_awready_o    (far_awready),
    .s_axil_awaddr_i     (s_axil_awaddr_i),
    .s_axil_wvalid_i     (use_host_i && s_axil_wvalid_i),
    .s_axil_wready_o     (far_wready),
    .s_axil_wdata_i      (s_axil_wdata_i),
    .s_axil_wstrb_i      (s_axil_wstrb_i),
    .s_axil_bvalid_o     (far_bvalid),
    .s_axil_bready_i     (s_axil_bready_i),
    .s_axil_bresp_o      (far_bresp),
    .s_axil_arvalid_i    (use_host_i && s_axil_arvalid_i),
    .s_axil_arready_o    (far_arready),
    .s_axil_araddr_i     (s_axil_araddr_i),
    .s_axil_rvalid_o     (far_rvalid),
    .s_axil_rready_i     (s_axil_rready_i),
    .s_axil_rdata_o      (far_rdata),
    .s_axil_rresp_o      (far_rresp),
    .s_quiet_cycles_o    (host_s_quiet),
    .s_late_i            (5'd0),
    .m_clk_i             (clk_i),
    .m_rst_ni            (rst_ni),
    .m_axil_awvalid_o    (x_awvalid),
    .m_axil_awready_i    (use_host_i && h_awready),
    .m_axil_awaddr_o     (x_awaddr),
    .m_axil_wvalid_o     (x_wvalid),
    .m_axil_wready_i     (use_host_i && h_wready),
    .m_axil_wdata_o      (x_wdata),
    .m_axil_wstrb_o      (x_wstrb),
    .m_axil_bvalid_i     (use_host_i && h_bvalid),
    .m_axil_bready_o     (x_bready),
    .m_axil_bresp_i      (h_bresp),
    .m_axil_arvalid_o    (x_arvalid),
    .m_axil_arready_i    (use_host_i && h_arready),
    .m_axil_araddr_o     (x_araddr),
    .m_axil_rvalid_i     (use_host_i && h_rvalid),
    .m_axil_rready_o     (x_rready),
    .m_axil_rdata_i      (h_rdata),
    .m_axil_rresp_i      (h_rresp),
    .m_quiet_cycles_o    (host_m_quiet),
    .m_late_i            (5'd0),
    .request_occupied_o  (),
    .response_occupied_o ()
  );

  assign h_awvalid = use_host_i ? x_awvalid : s_axil_awvalid_i;
  assign h_awaddr = use_host_i ? x_awaddr : s_axil_awaddr_i;
  assign h_wvalid = use_host_i ? x_wvalid : s_axil_wvalid_i;
  assign h_wdata = use_host_i ? x_wdata : s_axil_wdata_i;
  assign h_wstrb = use_host_i ? x_wstrb : s_axil_wstrb_i;
  assign h_bready = use_host_i ? x_bready : s_axil_bready_i;
  assign h_arvalid = use_host_i ? x_arvalid : s_axil_arvalid_i;
  assign h_araddr = use_host_i ? x_araddr : s_axil_araddr_i;
  assign h_rready = use_host_i ? x_rready : s_axil_rready_i;
  assign s_axil_awready_o = use_host_i ? far_awready : h_awready;
  assign s_axil_wready_o = use_host_i ? far_wready : h_wready;
  assign s_axil_bvalid_o = use_host_i ? far_bvalid : h_bvalid;
  assign s_axil_bresp_o = use_host_i ? far_bresp : h_bresp;
  assign s_axil_arready_o = use_host_i ? far_arready : h_arready;
  assign s_axil_rvalid_o = use_host_i ? far_rvalid : h_rvalid;
  assign s_axil_rdata_o = use_host_i ? far_rdata : h_rdata;
  assign s_axil_rresp_o = use_host_i ? far_rresp : h_rresp;

  brg_cdc_sync u_irq (
    .clk_i  (host_clk_i),
    .rst_ni (rst_ni),
    .d_i    (irq),
    .late_i (1'b0),
    .q_o    (irq_far),
    .taps_o (irq_taps)
  );
  assign irq_o = use_host_i ? irq_far : irq;
  assign host_quiet_cycles_o = irq_taps == {3{irq}} ? host_s_quiet : 32'd0;

  // ---- Control

  wire          p_arvalid, p_arready, p_rvalid, p_rready, p_rlast;
  wire    [1:0] p_arburst, p_rresp;
  wire    [2:0] p_arsize;
  wire    [3:0] p_arid, p_rid;
  wire    [7:0] p_arlen;
  wire   [63:0] p_araddr;
  wire  [255:0] p_rdata;
  wire          u_arvalid, u_arready, u_rvalid, u_rready, u_rlast;
  wire    [1:0] u_arburst, u_rresp;
  wire    [2:0] u_arsize;
  wire    [3:0] u_arid, u_rid;
  wire    [7:0] u_arlen;
  wire   [63:0] u_araddr;
  wire  [255:0] u_rdata;

  brg_controller #(
    .STORE_WORDS (4096)
  ) u_controller (
    .clk_i                 (clk_i),
    .rst_ni                (rst_ni),
    .s_axil_awvalid_i      (h_awvalid),
    .s_axil_awready_o      (h_awready),
    .s_axil_awaddr_i       (h_awaddr),
    .s_axil_wvalid_i       (h_wvalid),
    .s_axil_wready_o       (h_wready),
    .s_axil_wdata_i        (h_wdata),
    .s_axil_wstrb_i        (h_wstrb),
    .s_axil_bvalid_o       (h_bvalid),
    .s_axil_bready_i       (h_bready),
    .s_axil_bresp_o        (h_bresp),
    .s_axil_arvalid_i      (h_arvalid),
    .s_axil_arready_o      (h_arready),
    .s_axil_araddr_i       (h_araddr),
    .s_axil_rvalid_o       (h_rvalid),
    .s_axil_rready_i       (h_rready),
    .s_axil_rdata_o        (h_rdata),
    .s_axil_rresp_o        (h_rresp),
    .irq_o                 (irq),
    .m_axi_arvalid_o       (p_arvalid),
    .m_axi_arready_i       (p_arready),
    .m_axi_arid_o          (p_arid),
    .m_axi_araddr_o        (p_araddr),
    .m_axi_arlen_o         (p_arlen),
    .m_axi_arsize_o        (p_arsize),
    .m_axi_arburst_o       (p_arburst),
    .m_axi_rvalid_i        (p_rvalid),
    .m_axi_rready_o        (p_rready),
    .m_axi_rid_i           (p_rid),
    .m_axi_rdata_i         (p_rdata),
    .m_axi_rresp_i         (p_rresp),
    .m_axi_rlast_i         (p_rlast),
    .store_enable_o        (store_enable),
    .store_address_o       (store_address),
    .store_valid_i         (store_valid),
    .store_error_i         (store_error),
    .store_word_i          (store_word),
    .store_write_o         (store_write),
    .store_ready_i         (1'b1),
    .store_write_address_o (store_write_address),
    .store_write_data_o    (store_write_data),
    .pulse_ready_i         (pulse_ready || !pulse_enable_i),
    .decoder_ready_i       (decoder_ready_i),
    .begin_o               (begin_pulse),
    .end_o                 (end_pulse),
    .tag_o                 (tag),
    .end_status_o          (end_status),
    .slice_valid_o         (slice_valid),
    .slice_number_o        (slice_number),
    .slice_waits_o         (slice_waits),
    .slice_word_o          (slice_word),
    .slice_duration_o      (slice_duration),
    .page_version_o        (page_version),
    .leaf_valid_o          (leaf_valid),
    .leaf_version_o        (leaf_version),
    .leaf_plane_o          (leaf_plane),
    .leaf_index_o          (leaf_index),
    .leaf_data_o           (leaf_data),
    .readout_start_o       (readout_start),
    .readout_cycles_o      (readout_cycles),
    .readout_valid_i       (readout_valid),
    .readout_bits_i        (readout_bits),
    .address_width_o       (address_width),
    .state_o               (state),
    .waiting_o             (waiting_o),
    .await_word_o          (await_word_o),
    .await_page_o          (await_page_o),
    .await_plane_o         (await_plane_o),
    .await_issued_o        (await_issued_o),
    .probe_o               (probe_o),
    .skip_i                (skip_i),
    .quiet_cycles_o        (controller_quiet)
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

  // What this cycle waits for, seen from outside; all ones while nothing waits.
  wire        waits        = state == 3'd1 && !slice_valid;
  wire [4:0]  stall_event  = waits ? event_i : 5'h1f;
  wire [63:0] stall_detail = waits ? event_detail_i : 64'd0;
  wire [2:0]  stall_tier   = stall_event >= 5'd15 && stall_event <= 5'd18 ? stall_detail[2:0] : 3'd7;

  // The program: all of it on chip, or in memory behind a cache.
  wire [191:0] chip_word;
  brg_control_store #(
    .STORE_WORDS (4096)
  ) u_store (
    .clk_i           (clk_i),
    .read_enable_i   (store_enable),
    .read_address_i  (store_address),
    .read_data_o     (chip_word),
    .write_enable_i  (store_write && !store_cached_i),
    .write_address_i (store_write_address),
    .write_data_i    (store_write_data)
  );
  wire          q_arvalid, q_arready, q_rvalid, q_rready, q_rlast;
  wire    [1:0] q_arburst, q_rresp;
  wire    [2:0] q_arsize;
  wire    [3:0] q_arid, q_rid;
  wire    [7:0] q_arlen;
  wire   [63:0] q_araddr;
  wire  [255:0] q_rdata;
  wire [191:0] cached_word;
  wire         cached_valid, cached_error;
  wire [9:0]   miss_line;
  wire [31:0]  cached_quiet;

  brg_control_cache u_store_cache (
    .clk_i                 (clk_i),
    .rst_ni                (rst_ni),
    .skip_i                (skip_i),
    .base_i                (store_base_i),
    .words_i               (store_length_i),
    .lines_log2_i          (store_lines_log2_i),
    .prefetch_i            (store_prefetch_i),
    .invalidate_i          (1'b0),
    .store_enable_i        (store_enable && store_cached_i),
    .store_address_i       (store_address),
    .store_valid_o         (cached_valid),
    .store_error_o         (cached_error),
    .store_word_o          (cached_word),
    .store_write_i         (1'b0),
    .store_ready_o         (),
    .store_write_address_i (12'd0),
    .store_write_data_i    (192'd0),
    .m_axi_arvalid_o       (q_arvalid),
    .m_axi_arready_i       (q_arready),
    .m_axi_arid_o          (q_arid),
    .m_axi_araddr_o        (q_araddr),
    .m_axi_arlen_o         (q_arlen),
    .m_axi_arsize_o        (q_arsize),
    .m_axi_arburst_o       (q_arburst),
    .m_axi_rvalid_i        (q_rvalid),
    .m_axi_rready_o        (q_rready),
    .m_axi_rid_i           (q_rid),
    .m_axi_rdata_i         (q_rdata),
    .m_axi_rresp_i         (q_rresp),
    .m_axi_rlast_i         (q_rlast),
    .m_axi_awvalid_o       (),
    .m_axi_awready_i       (1'd0),
    .m_axi_awid_o          (),
    .m_axi_awaddr_o        (),
    .m_axi_awlen_o         (),
    .m_axi_awsize_o        (),
    .m_axi_awburst_o       (),
    .m_axi_wvalid_o        (),
    .m_axi_wready_i        (1'd0),
    .m_axi_wdata_o         (),
    .m_axi_wstrb_o         (),
    .m_axi_wlast_o         (),
    .m_axi_bvalid_i        (1'd0),
    .m_axi_bready_o        (),
    .m_axi_bresp_i         (2'd0),
    .error_code_o          (store_error_code_o),
    .miss_o                (store_missing_o),
    .miss_line_o           (miss_line),
    .counter_index_i       (stat_index_i[3:0]),
    .counter_o             (store_stat_o),
    .quiet_cycles_o        (cached_quiet)
  );

  assign store_word_o = {miss_line, 2'd0};
  assign store_valid  = !store_cached_i || cached_valid;
  assign store_error  = store_cached_i && cached_error;
  assign store_word   = store_cached_i ? cached_word : chip_word;
  assign store_quiet  = store_cached_i ? cached_quiet : QUIET_FOREVER;

  // Pages and program share the way to memory only if the program is there.
  wire          x3_arvalid, x3_arready, x3_rvalid, x3_rready, x3_rlast;
  wire    [1:0] x3_arburst, x3_rresp;
  wire    [2:0] x3_arsize;
  wire    [3:0] x3_arid, x3_rid;
  wire    [7:0] x3_arlen;
  wire   [63:0] x3_araddr;
  wire  [255:0] x3_rdata;
  wire         mq_arready, mp_arready;
  wire         mq_rvalid, mp_rvalid;
  wire   [2:0] mq_rid, mp_rid;
  wire [255:0] mq_rdata, mp_rdata;
  wire   [1:0] mq_rresp, mp_rresp;
  wire         mq_rlast, mp_rlast;

  brg_axi_mux #(
    .N    (2),
    .ID_W (3)
  ) u_mux (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .s_axi_awvalid_i (2'd0),
    .s_axi_awready_o (),
    .s_axi_awid_i    (6'd0),
    .s_axi_awaddr_i  (128'd0),
    .s_axi_awlen_i   (16'd0),
    .s_axi_awsize_i  (6'd0),
    .s_axi_awburst_i (4'd0),
    .s_axi_wvalid_i  (2'd0),
    .s_axi_wready_o  (),
    .s_axi_wdata_i   (512'd0),
    .s_axi_wstrb_i   (64'd0),
    .s_axi_wlast_i   (2'd0),
    .s_axi_bvalid_o  (),
    .s_axi_bready_i  (2'd0),
    .s_axi_bid_o     (),
    .s_axi_bresp_o   (),
    .s_axi_arvalid_i ({q_arvalid, p_arvalid} & {2{store_cached_i}}),
    .s_axi_arready_o ({mq_arready, mp_arready}),
    .s_axi_arid_i    ({q_arid[2:0], p_arid[2:0]}),
    .s_axi_araddr_i  ({q_araddr, p_araddr}),
    .s_axi_arlen_i   ({q_arlen, p_arlen}),
    .s_axi_arsize_i  ({q_arsize, p_arsize}),
    .s_axi_arburst_i ({q_arburst, p_arburst}),
    .s_axi_rvalid_o  ({mq_rvalid, mp_rvalid}),
    .s_axi_rready_i  ({q_rready, p_rready} & {2{store_cached_i}}),
    .s_axi_rid_o     ({mq_rid, mp_rid}),
    .s_axi_rdata_o   ({mq_rdata, mp_rdata}),
    .s_axi_rresp_o   ({mq_rresp, mp_rresp}),
    .s_axi_rlast_o   ({mq_rlast, mp_rlast}),
    .m_axi_awvalid_o (),
    .m_axi_awready_i (1'd0),
    .m_axi_awid_o    (),
    .m_axi_awaddr_o  (),
    .m_axi_awlen_o   (),
    .m_axi_awsize_o  (),
    .m_axi_awburst_o (),
    .m_axi_wvalid_o  (),
    .m_axi_wready_i  (1'd0),
    .m_axi_wdata_o   (),
    .m_axi_wstrb_o   (),
    .m_axi_wlast_o   (),
    .m_axi_bvalid_i  (1'd0),
    .m_axi_bready_o  (),
    .m_axi_bid_i     (4'd0),
    .m_axi_bresp_i   (2'd0),
    .m_axi_arvalid_o (x3_arvalid),
    .m_axi_arready_i (x3_arready),
    .m_axi_arid_o    (x3_arid),
    .m_axi_araddr_o  (x3_araddr),
    .m_axi_arlen_o   (x3_arlen),
    .m_axi_arsize_o  (x3_arsize),
    .m_axi_arburst_o (x3_arburst),
    .m_axi_rvalid_i  (x3_rvalid),
    .m_axi_rready_o  (x3_rready),
    .m_axi_rid_i     (x3_rid),
    .m_axi_rdata_i   (x3_rdata),
    .m_axi_rresp_i   (x3_rresp),
    .m_axi_rlast_i   (x3_rlast),
    .stray_o         (),
    .quiet_cycles_o  (mux_quiet)
  );

  assign u_arvalid = store_cached_i ? x3_arvalid : p_arvalid;
  assign u_arid = store_cached_i ? x3_arid : p_arid;
  assign u_araddr = store_cached_i ? x3_araddr : p_araddr;
  assign u_arlen = store_cached_i ? x3_arlen : p_arlen;
  assign u_arsize = store_cached_i ? x3_arsize : p_arsize;
  assign u_arburst = store_cached_i ? x3_arburst : p_arburst;
  assign u_rready = store_cached_i ? x3_rready : p_rready;
  assign x3_arready = u_arready && store_cached_i;
  assign p_arready = store_cached_i ? mp_arready : u_arready;
  assign q_arready = mq_arready;
  assign x3_rvalid = u_rvalid && store_cached_i;
  assign p_rvalid = store_cached_i ? mp_rvalid : u_rvalid;
  assign q_rvalid = mq_rvalid;
  assign x3_rid = u_rid;
  assign p_rid = store_cached_i ? {1'b0, mp_rid} : u_rid;
  assign q_rid = {1'b0, mq_rid};
  assign x3_rdata = u_rdata;
  assign p_rdata = store_cached_i ? mp_rdata : u_rdata;
  assign q_rdata = mq_rdata;
  assign x3_rresp = u_rresp;
  assign p_rresp = store_cached_i ? mp_rresp : u_rresp;
  assign q_rresp = mq_rresp;
  assign x3_rlast = u_rlast;
  assign p_rlast = store_cached_i ? mp_rlast : u_rlast;
  assign q_rlast = mq_rlast;

  // ---- Pulses

  brg_pulse_unit u_pulse (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .skip_i          (skip_i),
    .reg_valid_i     (pulse_reg_valid_i),
    .reg_write_i     (pulse_reg_write_i),
    .reg_address_i   (pulse_reg_address_i),
    .reg_wdata_i     (pulse_reg_wdata_i),
    .reg_rdata_o     (pulse_reg_rdata_o),
    .reg_error_o     (pulse_reg_error_o),
    .begin_i         (begin_pulse),
    .waiting_i       (waiting_o[2]),
    .slice_valid_i   (slice_valid),
    .pulse_ready_o   (pulse_ready),
    .starved_layer_o (starved_layer_o),
    .mem_valid_o     (pulse_mem_valid_o),
    .mem_address_o   (pulse_mem_address_o),
    .mem_data_i      (pulse_mem_data_i),
    .mem_parity_i    (pulse_mem_parity_i),
    .play_valid_o    (),
    .play_start_o    (),
    .play_table_o    (),
    .play_first_o    (),
    .play_last_o     (),
    .play_count_o    (),
    .play_words_o    (),
    .quiet_cycles_o  (pulse_quiet),
    .error_o         (pulse_error_o),
    .error_code_o    (pulse_error_code_o),
    .error_layer_o   (pulse_error_layer_o)
  );

  // ---- Memory

  wire          c_arvalid, c_arready, c_rvalid, c_rready, c_rlast;
  wire    [1:0] c_arburst, c_rresp;
  wire    [2:0] c_arsize;
  wire    [3:0] c_arid, c_rid;
  wire    [7:0] c_arlen;
  wire   [63:0] c_araddr;
  wire  [255:0] c_rdata;
  wire          n_arvalid, n_arready, n_rvalid, n_rready, n_rlast;
  wire    [1:0] n_arburst, n_rresp;
  wire    [2:0] n_arsize;
  wire    [3:0] n_arid, n_rid;
  wire    [7:0] n_arlen;
  wire   [63:0] n_araddr;
  wire  [255:0] n_rdata;

  assign c_arvalid = use_memory_i && u_arvalid;
  assign c_arid = u_arid;
  assign c_araddr = u_araddr;
  assign c_arlen = u_arlen;
  assign c_arsize = u_arsize;
  assign c_arburst = u_arburst;
  assign c_rready = use_memory_i && u_rready;
  assign u_arready = use_memory_i ? c_arready : m_axi_arready_i;
  assign u_rvalid = use_memory_i ? c_rvalid : m_axi_rvalid_i;
  assign u_rid = use_memory_i ? c_rid : m_axi_rid_i;
  assign u_rdata = use_memory_i ? c_rdata : m_axi_rdata_i;
  assign u_rresp = use_memory_i ? c_rresp : m_axi_rresp_i;
  assign u_rlast = use_memory_i ? c_rlast : m_axi_rlast_i;

  wire [31:0] cache_quiet, near_quiet;
  wire        hint_ready;
  assign hint_ready_o = hint_ready || !use_memory_i;

  brg_machine_memory u_memory (
    .clk_i              (clk_i),
    .rst_ni             (rst_ni),
    .mem_clk_i          (mem_clk_i),
    .mem_rst_ni         (mem_rst_ni),
    .mem_skip_i         (mem_skip_i),
    .cache_enable_i     (cache_enable_i),
    .cache_ways_log2_i  (cache_ways_log2_i),
    .cache_sets_log2_i  (cache_sets_log2_i),
    .cache_line_log2_i  (cache_line_log2_i),
    .cache_policy_i     (cache_policy_i),
    .cache_seed_i       (cache_seed_i),
    .cache_ecc_i        (cache_ecc_i),
    .prefetch_kind_i    (prefetch_kind_i),
    .prefetch_depth_i   (prefetch_depth_i),
    .s_axi_arvalid_i    (c_arvalid),
    .s_axi_arready_o    (c_arready),
    .s_axi_arid_i       (c_arid),
    .s_axi_araddr_i     (c_araddr),
    .s_axi_arlen_i      (c_arlen),
    .s_axi_arsize_i     (c_arsize),
    .s_axi_arburst_i    (c_arburst),
    .s_axi_rvalid_o     (c_rvalid),
    .s_axi_rready_i     (c_rready),
    .s_axi_rid_o        (c_rid),
    .s_axi_rdata_o      (c_rdata),
    .s_axi_rresp_o      (c_rresp),
    .s_axi_rlast_o      (c_rlast),
    .hint_valid_i       (hint_valid_i && use_memory_i),
    .hint_ready_o       (hint_ready),
    .hint_base_i        (hint_base_i),
    .hint_bytes_i       (hint_bytes_i),
    .m_axi_arvalid_o    (n_arvalid),
    .m_axi_arready_i    (n_arready),
    .m_axi_arid_o       (n_arid),
    .m_axi_araddr_o     (n_araddr),
    .m_axi_arlen_o      (n_arlen),
    .m_axi_arsize_o     (n_arsize),
    .m_axi_arburst_o    (n_arburst),
    .m_axi_rvalid_i     (n_rvalid),
    .m_axi_rready_o     (n_rready),
    .m_axi_rid_i        (n_rid),
    .m_axi_rdata_i      (n_rdata),
    .m_axi_rresp_i      (n_rresp),
    .m_axi_rlast_i      (n_rlast),
    .cdc_request_o      (cdc_request_o),
    .cdc_response_o     (cdc_response_o),
    .head_state_o       (cache_state_o),
    .head_line_o        (cache_line_o),
    .stat_index_i       (stat_index_i),
    .stat_value_o       (cache_stat_o),
    .quiet_cycles_o     (memory_quiet),
    .mem_quiet_cycles_o (cache_quiet)
  );

  wire          d_arvalid, d_arready, d_rvalid, d_rready, d_rlast;
  wire    [1:0] d_arburst, d_rresp;
  wire    [2:0] d_arsize;
  wire    [3:0] d_arid, d_rid;
  wire    [7:0] d_arlen;
  wire   [63:0] d_araddr;
  wire  [255:0] d_rdata;
  assign d_arvalid = n_arvalid && !near_external_i;
  assign m_axi_arvalid_o = use_memory_i ? n_arvalid && near_external_i : u_arvalid;
  assign d_arid = n_arid;
  assign m_axi_arid_o = use_memory_i ? n_arid : u_arid;
  assign d_araddr = n_araddr;
  assign m_axi_araddr_o = use_memory_i ? n_araddr : u_araddr;
  assign d_arlen = n_arlen;
  assign m_axi_arlen_o = use_memory_i ? n_arlen : u_arlen;
  assign d_arsize = n_arsize;
  assign m_axi_arsize_o = use_memory_i ? n_arsize : u_arsize;
  assign d_arburst = n_arburst;
  assign m_axi_arburst_o = use_memory_i ? n_arburst : u_arburst;
  assign d_rready = n_rready && !near_external_i;
  assign m_axi_rready_o = use_memory_i ? n_rready && near_external_i : u_rready;
  assign n_arready = near_external_i ? m_axi_arready_i : d_arready;
  assign n_rvalid = near_external_i ? m_axi_rvalid_i : d_rvalid;
  assign n_rid = near_external_i ? m_axi_rid_i : d_rid;
  assign n_rdata = near_external_i ? m_axi_rdata_i : d_rdata;
  assign n_rresp = near_external_i ? m_axi_rresp_i : d_rresp;
  assign n_rlast = near_external_i ? m_axi_rlast_i : d_rlast;

  brg_machine_dram u_dram (
    .mem_clk_i           (mem_clk_i),
    .dram_clk_i          (dram_clk_i),
    .mem_rst_ni          (mem_rst_ni),
    .dram_skip_i         (dram_skip_i),
    .dram_timing_i       (dram_timing_i),
    .dram_policy_i       (dram_policy_i),
    .s_axi_arvalid_i     (d_arvalid),
    .s_axi_arready_o     (d_arready),
    .s_axi_arid_i        (d_arid),
    .s_axi_araddr_i      (d_araddr),
    .s_axi_arlen_i       (d_arlen),
    .s_axi_arsize_i      (d_arsize),
    .s_axi_arburst_i     (d_arburst),
    .s_axi_rvalid_o      (d_rvalid),
    .s_axi_rready_i      (d_rready),
    .s_axi_rid_o         (d_rid),
    .s_axi_rdata_o       (d_rdata),
    .s_axi_rresp_o       (d_rresp),
    .s_axi_rlast_o       (d_rlast),
    .b_axi_arvalid_i     (s_axi_arvalid_i),
    .b_axi_arready_o     (s_axi_arready_o),
    .b_axi_arid_i        (s_axi_arid_i),
    .b_axi_araddr_i      (s_axi_araddr_i),
    .b_axi_arlen_i       (s_axi_arlen_i),
    .b_axi_arsize_i      (s_axi_arsize_i),
    .b_axi_arburst_i     (s_axi_arburst_i),
    .b_axi_rvalid_o      (s_axi_rvalid_o),
    .b_axi_rready_i      (s_axi_rready_i),
    .b_axi_rid_o         (s_axi_rid_o),
    .b_axi_rdata_o       (s_axi_rdata_o),
    .b_axi_rresp_o       (s_axi_rresp_o),
    .b_axi_rlast_o       (s_axi_rlast_o),
    .b_axi_awvalid_i     (s_axi_awvalid_i),
    .b_axi_awready_o     (s_axi_awready_o),
    .b_axi_awid_i        (s_axi_awid_i),
    .b_axi_awaddr_i      (s_axi_awaddr_i),
    .b_axi_awlen_i       (s_axi_awlen_i),
    .b_axi_awsize_i      (s_axi_awsize_i),
    .b_axi_awburst_i     (s_axi_awburst_i),
    .b_axi_wvalid_i      (s_axi_wvalid_i),
    .b_axi_wready_o      (s_axi_wready_o),
    .b_axi_wdata_i       (s_axi_wdata_i),
    .b_axi_wstrb_i       (s_axi_wstrb_i),
    .b_axi_wlast_i       (s_axi_wlast_i),
    .b_axi_bvalid_o      (s_axi_bvalid_o),
    .b_axi_bready_i      (s_axi_bready_i),
    .b_axi_bid_o         (s_axi_bid_o),
    .b_axi_bresp_o       (s_axi_bresp_o),
    .dram_read_o         (dram_read_o),
    .dram_write_o        (dram_write_o),
    .dram_address_o      (dram_address_o),
    .dram_rdata_i        (dram_rdata_i),
    .dram_wdata_o        (dram_wdata_o),
    .dram_wmask_o        (dram_wmask_o),
    .cdc_o               (dram_cdc_o),
    .head_state_o        (dram_state_o),
    .head_addr_o         (dram_head_o),
    .refresh_rank_o      (dram_rank_o),
    .violation_o         (violation_o),
    .violation_code_o    (violation_code_o),
    .stat_index_i        (stat_index_i[3:0]),
    .stat_value_o        (dram_stat_o),
    .mem_quiet_cycles_o  (near_quiet),
    .dram_quiet_cycles_o (dram_quiet_cycles_o)
  );

  assign quiet_cycles_o = least(least(least(controller_quiet, plant_quiet & view_quiet),
                                      least(pulse_enable_i ? pulse_quiet : QUIET_FOREVER,
                                            store_quiet)),
                                least(store_cached_i ? mux_quiet : QUIET_FOREVER,
                                      (use_memory_i ? memory_quiet : QUIET_FOREVER)
                                      & (use_host_i ? host_m_quiet : QUIET_FOREVER)));
  assign mem_quiet_cycles_o = least(cache_quiet, near_external_i ? QUIET_FOREVER : near_quiet);

endmodule

`default_nettype wire
