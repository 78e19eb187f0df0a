// SPDX-License-Identifier: Apache-2.0
// The whole path of data pages: load commands, AXI4 reads, double-banked buffer, leaf latches.
`default_nettype none

module brg_page_path #(
  parameter integer AXI_DATA_W  = 256,  // bits of a beat: 64, 128, 256 or 512
  parameter integer AXI_ADDR_W  = 64,   // bits of an address, 13..64
  parameter integer AXI_ID_W    = 4,    // bits of an ID; ID 0 is used
  parameter integer LEAF_W      = 512,  // bits of a leaf word; the memory image has groups of 512
  parameter integer BANK_WORDS  = 512,  // leaf words of each of the two banks, a power of two >= 2
  parameter integer OUTSTANDING = 4,    // bursts in flight, 1..32
  parameter integer MAX_BURST   = 16,   // beats of a burst, 1..256
  parameter integer QUEUE_DEPTH = 8     // load commands that wait, a power of two >= 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic [4:0]            address_width_i,    // n 1..24, taken with each load command
  input  logic [6:0]            word_width_i,       // k 1..64, likewise
  input  logic [11:0]           pages_i,            // pages of a query minus one, likewise
  input  logic [31:0]           fault_inject_i,     // [31] enable [30] bank [24:9] word [8:0] bit

  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  logic [63:0]           load_base_i,        // byte address, 64-byte aligned

  input  logic                  begin_i,            // pulse: a query starts
  input  logic                  end_i,              // pulse: the current query is done
  input  logic                  flush_i,            // level: drop every load and all data
  input  logic [11:0]           page_current_i,     // as in brg_leaf_stage, from here
  input  logic [63:0]           planes_fetched_i,
  output logic                  idle_o,             // nothing queued, in flight or buffered

  output logic [11:0]           page_ready_o,
  output logic [6:0]            planes_ready_o,
  output logic [11:0]           page_buffered_o,
  output logic [6:0]            planes_buffered_o,
  output logic [31:0]           version_o,
  output logic                  page_error_o,       // to here

  output logic                  leaf_valid_o,
  output logic [31:0]           leaf_version_o,
  output logic [5:0]            leaf_plane_o,
  output logic [14:0]           leaf_index_o,
  output logic [LEAF_W-1:0]     leaf_data_o,

  output logic                  m_axi_arvalid_o,
  input  logic                  m_axi_arready_i,
  output logic [AXI_ID_W-1:0]   m_axi_arid_o,
  output logic [AXI_ADDR_W-1:0] m_axi_araddr_o,
  output logic [7:0]            m_axi_arlen_o,
  output logic [2:0]            m_axi_arsize_o,
  output logic [1:0]            m_axi_arburst_o,
  input  logic                  m_axi_rvalid_i,
  output logic                  m_axi_rready_o,
  input  logic [AXI_ID_W-1:0]   m_axi_rid_i,
  input  logic [AXI_DATA_W-1:0] m_axi_rdata_i,
  input  logic [1:0]            m_axi_rresp_i,
  input  logic                  m_axi_rlast_i,

  output logic                  burst_o,            // pulse: an AR was accepted
  output logic                  beat_o,             // pulse: a beat came
  output logic                  error_o,            // pulse: a beat was in error
  output logic                  asked_o,            // the AR of the next beat in order was accepted
  output logic                  quiet_o             // with these inputs nothing here will move
);

  localparam integer BANK_LOG = $clog2(BANK_WORDS);
  localparam integer RATIO    = LEAF_W / AXI_DATA_W;
  localparam integer CHUNK_W  = BANK_LOG + $clog2(RATIO) + 1;
  localparam integer BEATS_W  = CHUNK_W < 10 ? 10 : CHUNK_W;

  generate
    if (LEAF_W != 512 || AXI_DATA_W > LEAF_W) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_page_path_leaf_w_must_be_512 u_error ();
`else
      $error("brg_page_path: LEAF_W must be 512 and AXI_DATA_W at most that");
`endif
    end
  endgenerate

  // A flush lasts until the bus owes nothing, even if flush_i is a single pulse.
  logic flushing_q, drop;
  logic reader_idle, loader_idle, buffer_empty;
  logic reader_quiet, loader_quiet, leaf_quiet;

  assign drop = flush_i || flushing_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) flushing_q <= 1'b0;
    else if (flush_i) flushing_q <= 1'b1;
    else if (reader_idle) flushing_q <= 1'b0;
  end

  logic                  queue_ready;
  logic                  bank_free, alloc;
  logic [BANK_LOG:0]     alloc_words;
  logic [11:0]           alloc_meta, write_meta, read_meta;
  logic                  cmd_valid, cmd_ready;
  logic [AXI_ADDR_W-1:0] cmd_addr;
  logic [BEATS_W-1:0]    cmd_beats;
  logic                  beat_valid, beat_error;
  logic [AXI_DATA_W-1:0] beat_data;
  logic                  word_valid, word_error;
  logic [LEAF_W-1:0]     word_data;
  logic                  write_ready, read_valid, read_error, read;

  assign load_ready_o = queue_ready && !drop;

  brg_page_loader #(
    .ADDR_W      (AXI_ADDR_W),
    .DATA_W      (AXI_DATA_W),
    .LEAF_W      (LEAF_W),
    .BANK_WORDS  (BANK_WORDS),
    .QUEUE_DEPTH (QUEUE_DEPTH),
    .BEATS_W     (BEATS_W)
  ) u_loader (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .clear_i         (drop),
    .address_width_i (address_width_i),
    .word_width_i    (word_width_i),
    .pages_i         (pages_i),
    .load_valid_i    (load_valid_i && !drop),
    .load_ready_o    (queue_ready),
    .load_base_i     (load_base_i),
    .bank_free_i     (bank_free),
    .alloc_o         (alloc),
    .alloc_words_o   (alloc_words),
    .alloc_meta_o    (alloc_meta),
    .cmd_valid_o     (cmd_valid),
    .cmd_ready_i     (cmd_ready),
    .cmd_addr_o      (cmd_addr),
    .cmd_beats_o     (cmd_beats),
    .beat_valid_i    (beat_valid),
    .beat_data_i     (beat_data),
    .beat_error_i    (beat_error),
    .word_valid_o    (word_valid),
    .word_data_o     (word_data),
    .word_error_o    (word_error),
    .idle_o          (loader_idle),
    .quiet_o         (loader_quiet)
  );

  // A read is commanded only for a bank that is reserved, so the bus is never held up.
  brg_axi_reader #(
    .ADDR_W      (AXI_ADDR_W),
    .DATA_W      (AXI_DATA_W),
    .ID_W        (AXI_ID_W),
    .OUTSTANDING (OUTSTANDING),
    .MAX_BURST   (MAX_BURST),
    .BEATS_W     (BEATS_W)
  ) u_reader (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .cancel_i        (drop),
    .cmd_valid_i     (cmd_valid),
    .cmd_ready_o     (cmd_ready),
    .cmd_addr_i      (cmd_addr),
    .cmd_beats_i     (cmd_beats),
    .beat_valid_o    (beat_valid),
    .beat_ready_i    (1'b1),
    .beat_data_o     (beat_data),
    .beat_error_o    (beat_error),
    .m_axi_arvalid_o (m_axi_arvalid_o),
    .m_axi_arready_i (m_axi_arready_i),
    .m_axi_arid_o    (m_axi_arid_o),
    .m_axi_araddr_o  (m_axi_araddr_o),
    .m_axi_arlen_o   (m_axi_arlen_o),
    .m_axi_arsize_o  (m_axi_arsize_o),
    .m_axi_arburst_o (m_axi_arburst_o),
    .m_axi_rvalid_i  (m_axi_rvalid_i),
    .m_axi_rready_o  (m_axi_rready_o),
    .m_axi_rid_i     (m_axi_rid_i),
    .m_axi_rdata_i   (m_axi_rdata_i),
    .m_axi_rresp_i   (m_axi_rresp_i),
    .m_axi_rlast_i   (m_axi_rlast_i),
    .idle_o          (reader_idle),
    .burst_o         (burst_o),
    .beat_o          (beat_o),
    .error_o         (error_o),
    .asked_o         (asked_o),
    .quiet_o         (reader_quiet)
  );

  brg_page_buffer #(
    .WIDTH      (LEAF_W),
    .BANK_WORDS (BANK_WORDS),
    .META_W     (12)
  ) u_buffer (
    .clk_i          (clk_i),
    .rst_ni         (rst_ni),
    .clear_i        (drop),
    .fault_inject_i (fault_inject_i),
    .free_o         (bank_free),
    .alloc_i        (alloc),
    .alloc_words_i  (alloc_words),
    .alloc_meta_i   (alloc_meta),
    .write_ready_o  (write_ready),
    .write_i        (word_valid),
    .write_data_i   (word_data),
    .write_error_i  (word_error),
    .write_meta_o   (write_meta),
    .read_valid_o   (read_valid),
    .read_i         (read),
    .read_meta_o    (read_meta),
    .read_error_o   (read_error),
    .read_data_o    (leaf_data_o),
    .empty_o        (buffer_empty)
  );

  brg_leaf_stage u_leaf (
    .clk_i             (clk_i),
    .rst_ni            (rst_ni),
    .pages_i           (pages_i),
    .begin_i           (begin_i),
    .end_i             (end_i),
    .flush_i           (flush_i),
    .page_current_i    (page_current_i),
    .planes_fetched_i  (planes_fetched_i),
    .write_i           (word_valid && write_ready),
    .write_meta_i      (write_meta),
    .read_valid_i      (read_valid),
    .read_meta_i       (read_meta),
    .read_error_i      (read_error),
    .read_o            (read),
    .page_ready_o      (page_ready_o),
    .planes_ready_o    (planes_ready_o),
    .page_buffered_o   (page_buffered_o),
    .planes_buffered_o (planes_buffered_o),
    .version_o         (version_o),
    .page_error_o      (page_error_o),
    .leaf_valid_o      (leaf_valid_o),
    .leaf_version_o    (leaf_version_o),
    .leaf_plane_o      (leaf_plane_o),
    .leaf_index_o      (leaf_index_o),
    .quiet_o           (leaf_quiet)
  );

  assign quiet_o = reader_quiet && loader_quiet && leaf_quiet && !(flush_i && !flushing_q) &&
                   !(flushing_q && !flush_i && reader_idle);

  assign idle_o = loader_idle && reader_idle && buffer_empty && !leaf_valid_o && !drop;

endmodule

`default_nettype wire
