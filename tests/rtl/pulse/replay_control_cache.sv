// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on brg_control_cache and compares
// every output of every cycle. Run with +pins=FILE; prints REPLAY PASSED and the number of cycles.
`default_nettype none
`timescale 1ns/1ps

module replay_control_cache;

  logic         clk = 1'b0;
  logic         rst_n, prefetch, invalidate, enable, write, arready, rvalid, rlast;
  logic [3:0]   lines_log2, arid, awid;
  logic [12:0]  words;
  logic [11:0]  address, write_address;
  logic [191:0] write_data, word;
  logic [1:0]   rresp, write_ready;
  logic [2:0]   b, error_code, arsize, awsize;
  logic [255:0] rdata, wdata;
  logic         valid, err, ready, arvalid, rready, awvalid, wvalid, wlast, bready, miss;
  logic [63:0]  araddr, awaddr, counter;
  logic [7:0]   arlen, awlen;
  logic [1:0]   arburst, awburst;
  logic [31:0]  wstrb, quiet;
  logic [9:0]   miss_line;

  brg_control_cache u_cache (
    .clk_i(clk), .rst_ni(rst_n), .skip_i(32'd0), .base_i(64'h123456780), .words_i(words),
    .lines_log2_i(lines_log2), .prefetch_i(prefetch), .invalidate_i(invalidate),
    .store_enable_i(enable), .store_address_i(address), .store_valid_o(valid),
    .store_error_o(err), .store_word_o(word), .store_write_i(write), .store_ready_o(ready),
    .store_write_address_i(write_address), .store_write_data_i(write_data),
    .m_axi_arvalid_o(arvalid), .m_axi_arready_i(arready), .m_axi_arid_o(arid),
    .m_axi_araddr_o(araddr), .m_axi_arlen_o(arlen), .m_axi_arsize_o(arsize),
    .m_axi_arburst_o(arburst), .m_axi_rvalid_i(rvalid), .m_axi_rready_o(rready),
    .m_axi_rid_i(4'd0), .m_axi_rdata_i(rdata), .m_axi_rresp_i(rresp), .m_axi_rlast_i(rlast),
    .m_axi_awvalid_o(awvalid), .m_axi_awready_i(write_ready[0]), .m_axi_awid_o(awid),
    .m_axi_awaddr_o(awaddr), .m_axi_awlen_o(awlen), .m_axi_awsize_o(awsize),
    .m_axi_awburst_o(awburst), .m_axi_wvalid_o(wvalid), .m_axi_wready_i(write_ready[1]),
    .m_axi_wdata_o(wdata), .m_axi_wstrb_o(wstrb), .m_axi_wlast_o(wlast), .m_axi_bvalid_i(b[0]),
    .m_axi_bready_o(bready), .m_axi_bresp_i(b[2:1]), .error_code_o(error_code), .miss_o(miss),
    .miss_line_o(miss_line), .counter_index_i(4'd0), .counter_o(counter), .quiet_cycles_o(quiet)
  );

  // What the recorder writes: outputs that carry nothing without their valid are written as 0.
  logic [31:0] word_fold, data_fold;
  always @* begin
    word_fold = 32'd0;
    data_fold = 32'd0;
    for (int i = 0; i < 6; i = i + 1) begin
      if (valid === 1'b1) word_fold = word_fold ^ (word[32*i +: 32] << i);
      if (wvalid === 1'b1) data_fold = data_fold ^ (wdata[32*i +: 32] << i);
    end
  end

  logic        e_valid, e_arvalid, e_miss;
  logic [2:0]  e_code, e_write;
  logic [31:0] e_word, e_data, e_quiet;
  logic [63:0] e_araddr;
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
    got  = 26;
    while (file != 0 && got == 26 && bad < 5) begin
      got = $fscanf(file, {{25{"%h "}}, "%h\n"},
        rst_n, lines_log2, prefetch, invalidate, enable, write, words, address, write_address,
        write_data, arready, rvalid, rresp, rlast, rdata, write_ready, b,
        e_valid, e_code, e_word, e_arvalid, e_araddr, e_write, e_data, e_miss, e_quiet);
      if (got == 26) begin
        // The recording begins after a reset; the first cycle makes one.
        if (cycles == 0) begin
          rst_n = 1'b0;
          #1 rst_n = 1'b1;
        end
        #2;
        // Compared as four-state: the RAM starts unknown, and an X that comes out is a failure.
        if ({valid, error_code, word_fold, arvalid, arvalid ? araddr : 64'd0,
             ready, wvalid, awvalid, data_fold, miss, quiet} !==
            {e_valid, e_code, e_word, e_arvalid, e_araddr, e_write, e_data, e_miss, e_quiet}) begin
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
