// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on brg_page_path and compares
// every output of every cycle. Run with +pins=FILE; prints REPLAY PASSED and the number of cycles.
`default_nettype none
`timescale 1ns/1ps

module replay_path;

  logic         clk = 1'b0;
  logic         rst_n, load_valid, begin_p, end_p, flush, arready, rvalid, rlast;
  logic [4:0]   address_width;
  logic [6:0]   word_width;
  logic [31:0]  fault;
  logic [63:0]  base, rdata;
  logic [3:0]   rid;
  logic [1:0]   rresp;

  logic         load_ready, idle, page_error, leaf_valid, arvalid, rready, burst, beat, err;
  logic [6:0]   ready, buffered;
  logic [11:0]  pages, page_current, page_ready, page_buffered;
  logic [63:0]  planes_fetched;
  logic         asked, quiet;
  logic [31:0]  version, leaf_version;
  logic [5:0]   plane;
  logic [14:0]  index;
  logic [511:0] data;
  logic [3:0]   arid;
  logic [63:0]  araddr;
  logic [7:0]   arlen;
  logic [2:0]   arsize;
  logic [1:0]   arburst;

  brg_page_path #(
    .AXI_DATA_W(64), .BANK_WORDS(16), .OUTSTANDING(3), .MAX_BURST(8), .QUEUE_DEPTH(4)
  ) u_path (
    .clk_i(clk), .rst_ni(rst_n), .address_width_i(address_width), .word_width_i(word_width),
    .pages_i(pages), .page_current_i(page_current), .planes_fetched_i(planes_fetched),
    .page_ready_o(page_ready), .page_buffered_o(page_buffered), .asked_o(asked), .quiet_o(quiet),
    .fault_inject_i(fault), .load_valid_i(load_valid), .load_ready_o(load_ready),
    .load_base_i(base), .begin_i(begin_p), .end_i(end_p), .flush_i(flush), .idle_o(idle),
    .planes_ready_o(ready), .planes_buffered_o(buffered), .version_o(version),
    .page_error_o(page_error), .leaf_valid_o(leaf_valid), .leaf_version_o(leaf_version),
    .leaf_plane_o(plane), .leaf_index_o(index), .leaf_data_o(data), .m_axi_arvalid_o(arvalid),
    .m_axi_arready_i(arready), .m_axi_arid_o(arid), .m_axi_araddr_o(araddr),
    .m_axi_arlen_o(arlen), .m_axi_arsize_o(arsize), .m_axi_arburst_o(arburst),
    .m_axi_rvalid_i(rvalid), .m_axi_rready_o(rready), .m_axi_rid_i(rid), .m_axi_rdata_i(rdata),
    .m_axi_rresp_i(rresp), .m_axi_rlast_i(rlast), .burst_o(burst), .beat_o(beat), .error_o(err)
  );

  // What the recorder writes: outputs that carry nothing without their valid are written as 0.
  logic [63:0] folded, seen_addr;
  logic [7:0]  seen_len;
  logic [31:0] seen_place;
  always_comb begin
    folded     = '0;
    seen_addr  = '0;
    seen_len   = '0;
    seen_place = '0;
    if (leaf_valid) begin
      for (int i = 0; i < 8; i = i + 1) folded = folded ^ data[i*64 +: 64];
      seen_place = {10'd0, plane, 1'b0, index};
    end
    if (arvalid) begin
      seen_addr = araddr;
      seen_len  = arlen;
    end
  end

  logic        e_load_ready, e_idle, e_page_error, e_leaf_valid, e_arvalid, e_rready, e_burst;
  logic        e_beat, e_err;
  logic [6:0]  e_ready, e_buffered;
  logic [11:0] e_page_ready, e_page_buffered;
  logic        e_asked, e_quiet;
  logic [31:0] e_version, e_place;
  logic [63:0] e_addr, e_leaf;
  logic [7:0]  e_len;
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
    got  = 38;
    while (file != 0 && got == 38 && bad < 5) begin
      got = $fscanf(file, {{37{"%h "}}, "%h\n"},
        pages, page_current, e_asked, planes_fetched, e_page_ready, e_page_buffered, e_quiet,
        rst_n, address_width, word_width, fault, load_valid, base, begin_p, end_p, flush, arready,
        rvalid, rid, rresp, rlast, rdata,
        e_load_ready, e_idle, e_ready, e_buffered, e_version, e_page_error, e_leaf_valid, e_arvalid,
        e_rready, e_burst, e_beat, e_err, e_addr, e_len, e_place, e_leaf);
      if (got == 38) begin
        #2;
        // Compared as four-state: the RAMs start unknown, and an X that comes out is a failure.
        if ({page_ready, page_buffered, asked, quiet,
             load_ready, idle, ready, buffered, version, page_error, leaf_valid, arvalid,
             rready, burst, beat, err, seen_addr, seen_len, seen_place, folded} !==
            {e_page_ready, e_page_buffered, e_asked, e_quiet,
             e_load_ready, e_idle, e_ready, e_buffered, e_version, e_page_error,
             e_leaf_valid, e_arvalid, e_rready, e_burst, e_beat, e_err, e_addr, e_len, e_place, e_leaf}) begin
          $display("cycle %0d differs", cycles);
          bad = bad + 1;
        end
        clk = 1'b1;
        #2;
        clk = 1'b0;
        cycles = cycles + 1;
      end
    end
    if (bad == 0 && cycles > 1000) $display("REPLAY PASSED %0d cycles", cycles);
    else $display("REPLAY FAILED after %0d cycles", cycles);
    $finish;
  end

endmodule

`default_nettype wire
