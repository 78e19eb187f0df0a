// SPDX-License-Identifier: Apache-2.0
// QRAM controller, synthesizable: CSRs, control store, sequencer, counters, queues, page path.
`default_nettype none

module brg_controller #(
  parameter integer STORE_WORDS  = 1024,  // words of the control store, a power of two, 2..4096
  parameter integer AXI_DATA_W   = 256,   // bits of the read data bus: 64, 128, 256 or 512
  parameter integer AXI_ADDR_W   = 64,    // bits of its addresses, 13..64
  parameter integer AXI_ID_W     = 4,     // bits of its IDs
  parameter integer LEAF_W       = 512,   // bits of a leaf word
  parameter integer BANK_WORDS   = 512,   // leaf words of each bank of the page buffer
  parameter integer OUTSTANDING  = 4,     // bursts in flight, 1..32
  parameter integer MAX_BURST    = 16,    // beats of a burst, 1..256
  parameter integer QUEUE_DEPTH  = 8,     // queries that wait, a power of two, 2..128
  parameter integer RESULT_DEPTH = 16     // results that wait, a power of two, 2..128
) (
  input  wire                   clk_i,
  input  wire                   rst_ni,
  // AXI4-Lite slave
  input  wire                   s_axil_awvalid_i,
  output wire                   s_axil_awready_o,
  input  wire  [11:0]           s_axil_awaddr_i,
  input  wire                   s_axil_wvalid_i,
  output wire                   s_axil_wready_o,
  input  wire  [31:0]           s_axil_wdata_i,
  input  wire  [3:0]            s_axil_wstrb_i,
  output wire                   s_axil_bvalid_o,
  input  wire                   s_axil_bready_i,
  output wire  [1:0]            s_axil_bresp_o,
  input  wire                   s_axil_arvalid_i,
  output wire                   s_axil_arready_o,
  input  wire  [11:0]           s_axil_araddr_i,
  output wire                   s_axil_rvalid_o,
  input  wire                   s_axil_rready_i,
  output wire  [31:0]           s_axil_rdata_o,
  output wire  [1:0]            s_axil_rresp_o,
  output wire                   irq_o,
  // AXI4 read master
  output wire                   m_axi_arvalid_o,
  input  wire                   m_axi_arready_i,
  output wire  [AXI_ID_W-1:0]   m_axi_arid_o,
  output wire  [AXI_ADDR_W-1:0] m_axi_araddr_o,
  output wire  [7:0]            m_axi_arlen_o,
  output wire  [2:0]            m_axi_arsize_o,
  output wire  [1:0]            m_axi_arburst_o,
  input  wire                   m_axi_rvalid_i,
  output wire                   m_axi_rready_o,
  input  wire  [AXI_ID_W-1:0]   m_axi_rid_i,
  input  wire  [AXI_DATA_W-1:0] m_axi_rdata_i,
  input  wire  [1:0]            m_axi_rresp_i,
  input  wire                   m_axi_rlast_i,
  // Control store: a word is asked for in the cycle of store_enable_o. From a later cycle on,
  // until the next store_enable_o, store_valid_i says that store_word_i is that word, or
  // store_error_i that it cannot be had. A second request replaces one without an answer.
  output wire                   store_enable_o,
  output wire  [11:0]           store_address_o,
  input  wire                   store_valid_i,
  input  wire                   store_error_i,
  input  wire  [191:0]          store_word_i,
  output wire                   store_write_o,      // by the host; held until store_ready_i
  input  wire                   store_ready_i,
  output wire  [11:0]           store_write_address_o,
  output wire  [191:0]          store_write_data_o,
  // Conditions from parts outside
  input  wire                   pulse_ready_i,
  input  wire                   decoder_ready_i,
  // Plant
  output wire                   begin_o,            // pulse: a query begins
  output wire                   end_o,              // pulse: it ends
  output wire  [15:0]           tag_o,
  output wire  [3:0]            end_status_o,
  output wire                   slice_valid_o,      // first cycle of a slice
  output wire  [31:0]           slice_number_o,
  output wire  [223:0]          slice_waits_o,
  output wire  [191:0]          slice_word_o,
  output wire  [31:0]           slice_duration_o,
  output wire  [31:0]           page_version_o,     // data version of the slice's fetch
  output wire                   leaf_valid_o,
  output wire  [31:0]           leaf_version_o,
  output wire  [5:0]            leaf_plane_o,
  output wire  [14:0]           leaf_index_o,
  output wire  [LEAF_W-1:0]     leaf_data_o,
  output wire                   readout_start_o,
  output wire  [31:0]           readout_cycles_o,
  input  wire                   readout_valid_i,
  input  wire  [63:0]           readout_bits_i,
  // Status for waves and tests
  output wire  [4:0]            address_width_o,
  output wire  [2:0]            state_o,
  output wire  [5:0]            waiting_o,          // open waits by cause
  output wire                   await_word_o,       // no word to run: the control store is slow
  output wire  [11:0]           await_page_o,       // with waiting_o[0] or [1]: the page
  output wire  [5:0]            await_plane_o,      // and its plane that the word needs
  output wire                   await_issued_o,     // the next beat of pages was asked for
  output wire  [63:0]           probe_o,            // docs/rtl/brg_controller.md
  // Idle skip: nothing but counters moves in the next 1 + quiet_cycles_o cycles if the inputs stay
  input  wire  [31:0]           skip_i,             // the coming edge is worth 1 + skip_i cycles
  output wire  [31:0]           quiet_cycles_o
);

  wire                    enable, abort, host_flag, clear_counters;
  wire [6:0]              word_width;
  wire [11:0]             pages;
  wire [11:0]             entry, pc;
  wire [12:0]             length;
  wire [31:0]             watchdog, fault_inject;
  wire [511:0]            durations;
  wire [63:0]             loop_counts;
  wire                    host_store_read, sequencer_store_read;
  wire [11:0]             host_store_address, sequencer_store_address;
  wire                    push_valid, push_ready, queue_ready, load_ready;
  wire [63:0]             push_base;
  wire [15:0]             push_tag, query_tag;
  wire                    query_valid, query_ready;
  wire [$clog2(QUEUE_DEPTH):0]  queue_level;
  wire [$clog2(RESULT_DEPTH):0] result_level;
  wire                    result_push, result_room, result_valid, result_pop;
  wire [83:0]             result_push_data, result_data;
  wire [4:0]              counter_index;
  wire [63:0]             counter_data;
  wire                    counter_known;
  wire                    busy, starting, aborting;
  wire                    path_begin, path_end, path_flush, path_idle, page_error;
  wire [6:0]              planes_ready, planes_buffered;
  wire [11:0]             page_current, page_ready, page_buffered, slice_page;
  wire [63:0]             planes_fetched;
  wire [31:0]             path_version, sequencer_quiet;
  wire                    csr_quiet, path_quiet;
  wire                    burst, beat, read_error;

  brg_csr #(
    .STORE_WORDS (STORE_WORDS)
  ) u_csr (
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
    .enable_o         (enable),
    .abort_o          (abort),
    .host_flag_o      (host_flag),
    .clear_counters_o (clear_counters),
    .address_width_o  (address_width_o),
    .word_width_o     (word_width),
    .pages_o          (pages),
    .entry_o          (entry),
    .length_o         (length),
    .watchdog_o       (watchdog),
    .fault_inject_o   (fault_inject),
    .durations_o      (durations),
    .loop_counts_o    (loop_counts),
    .store_read_o     (host_store_read),
    .store_valid_i    (store_valid_i),
    .store_error_i    (store_error_i),
    .store_write_o    (store_write_o),
    .store_ready_i    (store_ready_i),
    .store_address_o  (host_store_address),
    .store_data_o     (store_write_data_o),
    .store_data_i     (store_word_i),
    .push_valid_o     (push_valid),
    .push_ready_i     (push_ready),
    .push_base_o      (push_base),
    .push_tag_o       (push_tag),
    .result_valid_i   (result_valid),
    .result_ready_o   (result_pop),
    .result_data_i    (result_data),
    .counter_index_o  (counter_index),
    .counter_data_i   (counter_data),
    .counter_known_i  (counter_known),
    .busy_i           (busy || starting),
    .aborting_i       (aborting),
    .stuck_i          (!queue_ready && !busy && !(enable && result_room)),
    .query_end_i      (result_push && result_room),
    .query_status_i   (result_push_data[83:80]),
    .queue_full_i     (!queue_ready),
    .queue_empty_i    (!query_valid),
    .queue_level_i    (8'(queue_level)),
    .result_level_i   (8'(result_level)),
    .quiet_o          (csr_quiet)
  );

  // The host reads the store only while no query runs or starts, so the port is free then.
  assign store_enable_o        = sequencer_store_read || host_store_read;
  assign store_address_o       = host_store_read ? host_store_address : sequencer_store_address;
  assign store_write_address_o = host_store_address;

  // A query enters its queue and the page path in the same cycle, or neither.
  assign push_ready = queue_ready && load_ready;

  brg_fifo #(
    .WIDTH (16),
    .DEPTH (QUEUE_DEPTH)
  ) u_queries (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (1'b0),
    .in_valid_i  (push_valid && load_ready),
    .in_ready_o  (queue_ready),
    .in_data_i   (push_tag),
    .out_valid_o (query_valid),
    .out_ready_i (query_ready),
    .out_data_o  (query_tag),
    .level_o     (queue_level)
  );

  brg_fifo #(
    .WIDTH (84),
    .DEPTH (RESULT_DEPTH)
  ) u_results (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (1'b0),
    .in_valid_i  (result_push),
    .in_ready_o  (result_room),
    .in_data_i   (result_push_data),
    .out_valid_o (result_valid),
    .out_ready_i (result_pop),
    .out_data_o  (result_data),
    .level_o     (result_level)
  );

  brg_sequencer #(
    .STORE_WORDS (STORE_WORDS)
  ) u_sequencer (
    .clk_i             (clk_i),
    .rst_ni            (rst_ni),
    .enable_i          (enable),
    .abort_i           (abort),
    .host_flag_i       (host_flag),
    .address_width_i   (address_width_o),
    .word_width_i      (word_width),
    .pages_i           (pages),
    .entry_i           (entry),
    .length_i          (length),
    .watchdog_i        (watchdog),
    .durations_i       (durations),
    .loop_counts_i     (loop_counts),
    .query_valid_i     (query_valid),
    .query_ready_o     (query_ready),
    .query_tag_i       (query_tag),
    .store_enable_o    (sequencer_store_read),
    .store_address_o   (sequencer_store_address),
    .store_valid_i     (store_valid_i),
    .store_error_i     (store_error_i),
    .word_i            (store_word_i),
    .path_begin_o      (path_begin),
    .path_end_o        (path_end),
    .path_flush_o      (path_flush),
    .path_idle_i       (path_idle),
    .page_current_o    (page_current),
    .planes_fetched_o  (planes_fetched),
    .page_ready_i      (page_ready),
    .planes_ready_i    (planes_ready),
    .page_buffered_i   (page_buffered),
    .planes_buffered_i (planes_buffered),
    .page_error_i      (page_error),
    .pulse_ready_i     (pulse_ready_i),
    .decoder_ready_i   (decoder_ready_i),
    .begin_o           (begin_o),
    .end_o             (end_o),
    .tag_o             (tag_o),
    .end_status_o      (end_status_o),
    .slice_valid_o     (slice_valid_o),
    .slice_number_o    (slice_number_o),
    .slice_waits_o     (slice_waits_o),
    .slice_word_o      (slice_word_o),
    .slice_page_o      (slice_page),
    .slice_duration_o  (slice_duration_o),
    .readout_start_o   (readout_start_o),
    .readout_cycles_o  (readout_cycles_o),
    .readout_valid_i   (readout_valid_i),
    .readout_bits_i    (readout_bits_i),
    .result_valid_o    (result_push),
    .result_ready_i    (result_room),
    .result_data_o     (result_push_data),
    .busy_o            (busy),
    .starting_o        (starting),
    .aborting_o        (aborting),
    .state_o           (state_o),
    .pc_o              (pc),
    .waiting_o         (waiting_o),
    .await_word_o      (await_word_o),
    .await_page_o      (await_page_o),
    .await_plane_o     (await_plane_o),
    .skip_i            (skip_i),
    .quiet_cycles_o    (sequencer_quiet)
  );

  brg_page_path #(
    .AXI_DATA_W  (AXI_DATA_W),
    .AXI_ADDR_W  (AXI_ADDR_W),
    .AXI_ID_W    (AXI_ID_W),
    .LEAF_W      (LEAF_W),
    .BANK_WORDS  (BANK_WORDS),
    .OUTSTANDING (OUTSTANDING),
    .MAX_BURST   (MAX_BURST),
    .QUEUE_DEPTH (QUEUE_DEPTH)
  ) u_path (
    .clk_i             (clk_i),
    .rst_ni            (rst_ni),
    .address_width_i   (address_width_o),
    .word_width_i      (word_width),
    .pages_i           (pages),
    .fault_inject_i    (fault_inject),
    .load_valid_i      (push_valid && queue_ready),
    .load_ready_o      (load_ready),
    .load_base_i       (push_base),
    .begin_i           (path_begin),
    .end_i             (path_end),
    .flush_i           (path_flush),
    .page_current_i    (page_current),
    .planes_fetched_i  (planes_fetched),
    .idle_o            (path_idle),
    .page_ready_o      (page_ready),
    .planes_ready_o    (planes_ready),
    .page_buffered_o   (page_buffered),
    .planes_buffered_o (planes_buffered),
    .version_o         (path_version),
    .page_error_o      (page_error),
    .leaf_valid_o      (leaf_valid_o),
    .leaf_version_o    (leaf_version_o),
    .leaf_plane_o      (leaf_plane_o),
    .leaf_index_o      (leaf_index_o),
    .leaf_data_o       (leaf_data_o),
    .m_axi_arvalid_o   (m_axi_arvalid_o),
    .m_axi_arready_i   (m_axi_arready_i),
    .m_axi_arid_o      (m_axi_arid_o),
    .m_axi_araddr_o    (m_axi_araddr_o),
    .m_axi_arlen_o     (m_axi_arlen_o),
    .m_axi_arsize_o    (m_axi_arsize_o),
    .m_axi_arburst_o   (m_axi_arburst_o),
    .m_axi_rvalid_i    (m_axi_rvalid_i),
    .m_axi_rready_o    (m_axi_rready_o),
    .m_axi_rid_i       (m_axi_rid_i),
    .m_axi_rdata_i     (m_axi_rdata_i),
    .m_axi_rresp_i     (m_axi_rresp_i),
    .m_axi_rlast_i     (m_axi_rlast_i),
    .burst_o           (burst),
    .beat_o            (beat),
    .error_o           (read_error),
    .asked_o           (await_issued_o),
    .quiet_o           (path_quiet)
  );

  brg_counters u_counters (
    .clk_i            (clk_i),
    .rst_ni           (rst_ni),
    .clear_i          (clear_counters),
    .slice_valid_i    (slice_valid_o),
    .slice_waits_i    (slice_waits_o),
    .slice_duration_i (slice_duration_o),
    .slice_word_i     (slice_word_o),
    .address_width_i  (address_width_o),
    .query_end_i      (result_push && result_room),
    .burst_i          (burst),
    .beat_i           (beat),
    .error_i          (read_error),
    .index_i          (counter_index),
    .data_o           (counter_data),
    .known_o          (counter_known)
  );

  assign page_version_o = path_version + {20'd0, slice_page};
  assign quiet_cycles_o = (csr_quiet && path_quiet) ? sequencer_quiet : 32'd0;

  assign probe_o = {state_o, busy, aborting, path_flush, path_idle, page_error,  // [63:56]
                    planes_buffered, planes_ready, waiting_o,                    // [55:36]
                    pc,                                                          // [35:24]
                    slice_number_o[7:0],                                         // [23:16]
                    8'(queue_level), 8'(result_level)};                          // [15:0]

endmodule

`default_nettype wire
