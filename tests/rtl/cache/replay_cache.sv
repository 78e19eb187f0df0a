// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on brg_cache and compares the
// outputs of every cycle. Run with +pins=FILE; prints REPLAY PASSED and the number of cycles.
`default_nettype none
`timescale 1ns/1ps

module replay_cache;

  logic clk = 1'b0;
  // What is driven, in the order of the file.
  logic i_rst_n;
  logic i_enable;
  logic [1:0] i_ways_log2;
  logic [3:0] i_sets_log2;
  logic [3:0] i_line_log2;
  logic [1:0] i_policy;
  logic [1:0] i_kind;
  logic [7:0] i_depth;
  logic i_flush;
  logic i_invalidate;
  logic [31:0] i_seed;
  logic i_inject;
  logic [15:0] i_inject_wait;
  logic [1:0] i_inject_word;
  logic [7:0] i_inject_check;
  logic [63:0] i_inject_bits;
  logic i_arvalid;
  logic [3:0] i_arid;
  logic [63:0] i_araddr;
  logic [7:0] i_arlen;
  logic [2:0] i_arsize;
  logic [1:0] i_arburst;
  logic i_awvalid;
  logic [3:0] i_awid;
  logic [63:0] i_awaddr;
  logic [7:0] i_awlen;
  logic [2:0] i_awsize;
  logic [1:0] i_awburst;
  logic i_wvalid;
  logic i_wlast;
  logic [31:0] i_wstrb;
  logic [255:0] i_wdata;
  logic i_rready;
  logic i_bready;
  logic i_m_arready;
  logic i_m_awready;
  logic i_m_wready;
  logic i_m_rvalid;
  logic [3:0] i_m_rid;
  logic [1:0] i_m_rresp;
  logic i_m_rlast;
  logic [255:0] i_m_rdata;
  logic i_m_bvalid;
  logic [3:0] i_m_bid;
  logic [1:0] i_m_bresp;
  // What is expected (e_) and seen (s_); payloads without their valid are 0.
  logic e_arready, s_arready;
  logic e_awready, s_awready;
  logic e_wready, s_wready;
  logic e_rvalid, s_rvalid;
  logic [7:0] e_rmeta, s_rmeta;
  logic [63:0] e_rfold, s_rfold;
  logic e_bvalid, s_bvalid;
  logic [5:0] e_bmeta, s_bmeta;
  logic e_m_arvalid, s_m_arvalid;
  logic [11:0] e_m_armeta, s_m_armeta;
  logic [63:0] e_m_araddr, s_m_araddr;
  logic e_m_awvalid, s_m_awvalid;
  logic [11:0] e_m_awmeta, s_m_awmeta;
  logic [63:0] e_m_awaddr, s_m_awaddr;
  logic e_m_wvalid, s_m_wvalid;
  logic [63:0] e_m_wfold, s_m_wfold;
  logic e_ack, s_ack;
  logic [3:0] e_head, s_head;
  logic [6:0] e_lookmeta, s_lookmeta;
  logic [63:0] e_lookaddr, s_lookaddr;
  logic e_idle, s_idle;
  logic [63:0] e_headline, s_headline;
  logic e_quiet, s_quiet;

  logic [255:0] rdata, m_wdata;
  logic [63:0]  araddr, awaddr, look_addr;
  logic [3:0]   rid, bid, m_arid, m_awid;
  logic [1:0]   rresp, bresp;
  logic [7:0]   arlen, awlen;
  logic [2:0]   look_kind, look_way;
  logic [31:0]  quiet;
  logic         rlast, look_valid;

  brg_cache u_cache (
    .clk_i(clk), .skip_i(32'd0), .ecc_i(1'b1), .hint_valid_i(1'b0), .hint_base_i(64'd0),
    .hint_bytes_i(32'd0), .inject_tag_i(1'b0), .inject_evict_i(1'b0),
    .inject_mask_i({i_inject_check, i_inject_bits}), .stat_index_i(5'd0), .stat_clear_i(1'b0),
    .rst_ni(i_rst_n), .enable_i(i_enable), .ways_log2_i(i_ways_log2), .sets_log2_i(i_sets_log2),
    .line_log2_i(i_line_log2), .policy_i(i_policy), .prefetch_kind_i(i_kind),
    .prefetch_depth_i(i_depth), .flush_i(i_flush), .invalidate_i(i_invalidate), .seed_i(i_seed),
    .inject_data_i(i_inject), .inject_wait_i(i_inject_wait), .inject_word_i(i_inject_word),
    .s_axi_arvalid_i(i_arvalid), .s_axi_arid_i(i_arid), .s_axi_araddr_i(i_araddr),
    .s_axi_arlen_i(i_arlen), .s_axi_arsize_i(i_arsize), .s_axi_arburst_i(i_arburst),
    .s_axi_awvalid_i(i_awvalid), .s_axi_awid_i(i_awid), .s_axi_awaddr_i(i_awaddr),
    .s_axi_awlen_i(i_awlen), .s_axi_awsize_i(i_awsize), .s_axi_awburst_i(i_awburst),
    .s_axi_wvalid_i(i_wvalid), .s_axi_wlast_i(i_wlast), .s_axi_wstrb_i(i_wstrb),
    .s_axi_wdata_i(i_wdata), .s_axi_rready_i(i_rready), .s_axi_bready_i(i_bready),
    .m_axi_arready_i(i_m_arready), .m_axi_awready_i(i_m_awready), .m_axi_wready_i(i_m_wready),
    .m_axi_rvalid_i(i_m_rvalid), .m_axi_rid_i(i_m_rid), .m_axi_rresp_i(i_m_rresp),
    .m_axi_rlast_i(i_m_rlast), .m_axi_rdata_i(i_m_rdata), .m_axi_bvalid_i(i_m_bvalid),
    .m_axi_bid_i(i_m_bid), .m_axi_bresp_i(i_m_bresp), .hint_ready_o(), .inject_armed_o(),
    .flush_ack_o(s_ack), .s_axi_arready_o(s_arready), .s_axi_awready_o(s_awready),
    .s_axi_wready_o(s_wready), .s_axi_rvalid_o(s_rvalid), .s_axi_rid_o(rid), .s_axi_rdata_o(rdata),
    .s_axi_rresp_o(rresp), .s_axi_rlast_o(rlast), .s_axi_bvalid_o(s_bvalid), .s_axi_bid_o(bid),
    .s_axi_bresp_o(bresp), .m_axi_arvalid_o(s_m_arvalid), .m_axi_arid_o(m_arid),
    .m_axi_araddr_o(araddr), .m_axi_arlen_o(arlen), .m_axi_arsize_o(), .m_axi_arburst_o(),
    .m_axi_rready_o(), .m_axi_awvalid_o(s_m_awvalid), .m_axi_awid_o(m_awid),
    .m_axi_awaddr_o(awaddr), .m_axi_awlen_o(awlen), .m_axi_awsize_o(), .m_axi_awburst_o(),
    .m_axi_wvalid_o(s_m_wvalid), .m_axi_wdata_o(m_wdata), .m_axi_wstrb_o(), .m_axi_wlast_o(),
    .m_axi_bready_o(), .head_state_o(s_head), .head_line_o(s_headline), .look_valid_o(look_valid),
    .look_kind_o(look_kind), .look_write_o(), .look_addr_o(look_addr), .look_way_o(look_way),
    .look_dirty_o(), .look_bad_tags_o(), .bad_data_o(), .bad_words_o(), .bad_addr_o(),
    .stat_value_o(), .idle_o(s_idle), .quiet_cycles_o(quiet)
  );

  function automatic [63:0] fold(input [255:0] d);
    fold = d[63:0] ^ d[127:64] ^ d[191:128] ^ d[255:192];
  endfunction

  assign s_rmeta    = s_rvalid ? {rid, 1'b0, rresp, rlast} : 8'd0;
  assign s_rfold    = s_rvalid && !rresp[1] ? fold(rdata) : 64'd0;
  assign s_bmeta    = s_bvalid ? {bid, bresp} : 6'd0;
  assign s_m_armeta = s_m_arvalid ? {m_arid, arlen} : 12'd0;
  assign s_m_araddr = s_m_arvalid ? araddr : 64'd0;
  assign s_m_awmeta = s_m_awvalid ? {m_awid, awlen} : 12'd0;
  assign s_m_awaddr = s_m_awvalid ? awaddr : 64'd0;
  assign s_m_wfold  = s_m_wvalid ? fold(m_wdata) : 64'd0;
  assign s_lookmeta = look_valid ? {look_kind, 1'b0, look_way} : 7'd0;
  assign s_lookaddr = look_valid ? look_addr : 64'd0;
  assign s_quiet    = quiet != 32'd0;

  reg [8*1024-1:0] path;
  integer file, got, cycles, bad;

  initial begin
    cycles = 0;
    bad    = 0;
    if (!$value$plusargs("pins=%s", path)) begin
      $display("REPLAY FAILED: no +pins=FILE");
      $finish;
    end
    file = $fopen(path, "r");
    got  = 68;
    while (file != 0 && got == 68 && bad < 5) begin
      got = $fscanf(file, {{67{"%h "}}, "%h\n"},
        i_rst_n, i_enable, i_ways_log2, i_sets_log2, i_line_log2, i_policy, i_kind, i_depth,
        i_flush, i_invalidate, i_seed, i_inject, i_inject_wait, i_inject_word, i_inject_check,
        i_inject_bits, i_arvalid, i_arid, i_araddr, i_arlen, i_arsize, i_arburst, i_awvalid, i_awid,
        i_awaddr, i_awlen, i_awsize, i_awburst, i_wvalid, i_wlast, i_wstrb, i_wdata, i_rready,
        i_bready, i_m_arready, i_m_awready, i_m_wready, i_m_rvalid, i_m_rid, i_m_rresp, i_m_rlast,
        i_m_rdata, i_m_bvalid, i_m_bid, i_m_bresp, e_arready, e_awready, e_wready, e_rvalid,
        e_rmeta, e_rfold, e_bvalid, e_bmeta, e_m_arvalid, e_m_armeta, e_m_araddr, e_m_awvalid,
        e_m_awmeta, e_m_awaddr, e_m_wvalid, e_m_wfold, e_ack, e_head, e_lookmeta, e_lookaddr,
        e_idle, e_headline, e_quiet);
      if (got == 68) begin
        #2;
        // Compared as four-state: an X that comes out is a failure. Not in reset.
        if (i_rst_n && {s_arready, s_awready, s_wready, s_rvalid, s_rmeta, s_rfold, s_bvalid,
             s_bmeta,
              s_m_arvalid, s_m_armeta, s_m_araddr, s_m_awvalid, s_m_awmeta, s_m_awaddr,
              s_m_wvalid, s_m_wfold, s_ack, s_head, s_lookmeta, s_lookaddr, s_idle, s_headline,
              s_quiet} !==
             {e_arready, e_awready, e_wready, e_rvalid, e_rmeta, e_rfold, e_bvalid, e_bmeta,
              e_m_arvalid, e_m_armeta, e_m_araddr, e_m_awvalid, e_m_awmeta, e_m_awaddr,
              e_m_wvalid, e_m_wfold, e_ack, e_head, e_lookmeta, e_lookaddr, e_idle, e_headline,
              e_quiet}) begin
          $display("cycle %0d differs", cycles);
          bad = bad + 1;
        end
        clk = 1'b1;
        #2;
        clk = 1'b0;
        cycles = cycles + 1;
      end
    end
    if (bad == 0 && cycles > 2000) $display("REPLAY PASSED %0d cycles", cycles);
    else $display("REPLAY FAILED after %0d cycles", cycles);
    $finish;
  end

endmodule

`default_nettype wire
