// SPDX-License-Identifier: Apache-2.0
// Drives brg_system with recorded inputs and writes its outputs cycle by cycle (test_icarus.c).
`timescale 1ns/1ps
`default_nettype none

module brg_replay;

  reg          clk, rst_n;
  reg          awvalid, wvalid, bready, arvalid, rready;
  reg  [11:0]  awaddr, araddr;
  reg  [31:0]  wdata;
  reg  [3:0]   wstrb;
  reg          m_arready, m_rvalid, m_rlast;
  reg  [3:0]   m_rid;
  reg  [1:0]   m_rresp;
  reg  [255:0] m_rdata;

  wire         awready, wready, bvalid, arready, rvalid, irq;
  wire [1:0]   bresp, rresp;
  wire [31:0]  rdata;
  wire         m_arvalid, m_rready;
  wire [3:0]   m_arid;
  wire [63:0]  m_araddr, probe;
  wire [7:0]   m_arlen;
  wire [2:0]   m_arsize;
  wire [1:0]   m_arburst;
  wire         failed;
  reg  [31:0]  skip;
  wire [31:0]  quiet;
  wire         await_word, await_issued;
  wire [11:0]  await_page;
  wire [5:0]   await_plane, waiting;

  brg_system dut (
    .clk_i            (clk),
    .rst_ni           (rst_n),
    .observe_i        (1'b0),
    .s_axil_awvalid_i (awvalid),
    .s_axil_awready_o (awready),
    .s_axil_awaddr_i  (awaddr),
    .s_axil_wvalid_i  (wvalid),
    .s_axil_wready_o  (wready),
    .s_axil_wdata_i   (wdata),
    .s_axil_wstrb_i   (wstrb),
    .s_axil_bvalid_o  (bvalid),
    .s_axil_bready_i  (bready),
    .s_axil_bresp_o   (bresp),
    .s_axil_arvalid_i (arvalid),
    .s_axil_arready_o (arready),
    .s_axil_araddr_i  (araddr),
    .s_axil_rvalid_o  (rvalid),
    .s_axil_rready_i  (rready),
    .s_axil_rdata_o   (rdata),
    .s_axil_rresp_o   (rresp),
    .irq_o            (irq),
    .m_axi_arvalid_o  (m_arvalid),
    .m_axi_arready_i  (m_arready),
    .m_axi_arid_o     (m_arid),
    .m_axi_araddr_o   (m_araddr),
    .m_axi_arlen_o    (m_arlen),
    .m_axi_arsize_o   (m_arsize),
    .m_axi_arburst_o  (m_arburst),
    .m_axi_rvalid_i   (m_rvalid),
    .m_axi_rready_o   (m_rready),
    .m_axi_rid_i      (m_rid),
    .m_axi_rdata_i    (m_rdata),
    .m_axi_rresp_i    (m_rresp),
    .m_axi_rlast_i    (m_rlast),
    .decoder_ready_i  (1'b1),
    .qec_view_i       (608'd0),
    .waiting_o        (waiting),
    .await_word_o     (await_word),
    .await_page_o     (await_page),
    .await_plane_o    (await_plane),
    .await_issued_o   (await_issued),
    .probe_o          (probe),
    .failed_o         (failed),
    .skip_i           (skip),
    .quiet_cycles_o   (quiet)
  );

  reg [8*255:1] path;
  integer       stimuli, trace, got, cycles;

  initial begin
    clk     = 1'b0;
    cycles  = 0;
    got     = $value$plusargs("stimuli=%s", path);
    stimuli = $fopen(path, "r");
    got     = $value$plusargs("trace=%s", path);
    trace   = $fopen(path, "w");
    got     = 17;
    while (got == 17) begin
      got = $fscanf(stimuli, " %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h %h", rst_n, awvalid,
                    awaddr, wvalid, wdata, wstrb, bready, arvalid, araddr, rready, m_arready,
                    m_rvalid, m_rid, m_rresp, m_rlast, m_rdata, skip);
      if (got == 17) begin
        #1;
        $fwrite(trace, "%b%b%b%b%b%b %h %h %h %b %h %h %h %h %h %b %h %h %h %b%b %h %h\n",
                awready, wready, bvalid, arready, rvalid, irq, rvalid ? rdata : 32'd0, bvalid ? bresp : 2'd0,
                rvalid ? rresp : 2'd0, m_arvalid, m_arvalid ? m_araddr : 64'd0,
                m_arvalid ? m_arlen : 8'd0, m_arid, m_arsize, m_arburst, m_rready, probe,
                rst_n ? quiet : 32'd0, waiting, await_word, await_issued,
                waiting[1:0] != 0 ? await_page : 12'd0, waiting[1:0] != 0 ? await_plane : 6'd0);
        #1 clk = 1'b1;
        #1 clk = 1'b0;
        cycles = cycles + 1;
      end
    end
    $fclose(trace);
    $display("%0d cycles %0s", cycles, failed ? "FAILED" : "passed");
    $finish;
  end

endmodule

`default_nettype wire
