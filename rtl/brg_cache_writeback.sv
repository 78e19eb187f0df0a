// SPDX-License-Identifier: Apache-2.0
// Write-back buffers of the cache: lines on their way to memory, until memory has answered.
`default_nettype none

module brg_cache_writeback #(
  parameter integer ADDR_W  = 64,  // bits of an address
  parameter integer ID_W    = 4,   // bits of an ID, at least log2(BUFFERS)
  parameter integer BUFFERS = 4    // lines, a power of two >= 2
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic [2:0]                 last_beat_i,    // beats of a line - 1: 1, 3 or 7

  output logic                       alloc_ready_o,
  input  logic                       alloc_i,
  input  logic [ADDR_W-7:0]          alloc_line_i,   // address in units of 64 bytes
  output logic [$clog2(BUFFERS)-1:0] alloc_index_o,

  input  logic                       write_i,        // a beat of an allocated buffer, in order
  input  logic [$clog2(BUFFERS)-1:0] write_index_i,
  input  logic [2:0]                 write_beat_i,
  input  logic [255:0]               write_data_i,
  input  logic [3:0]                 write_words_i,  // 64-bit words that are good

  input  logic [ADDR_W-7:0]          match_line_i,
  output logic                       match_o,        // that line has not reached memory

  output logic                       m_axi_awvalid_o,
  input  logic                       m_axi_awready_i,
  output logic [ID_W-1:0]            m_axi_awid_o,
  output logic [ADDR_W-1:0]          m_axi_awaddr_o,
  output logic [7:0]                 m_axi_awlen_o,
  output logic                       m_axi_wvalid_o,
  input  logic                       m_axi_wready_i,
  output logic [255:0]               m_axi_wdata_o,
  output logic [31:0]                m_axi_wstrb_o,
  output logic                       m_axi_wlast_o,
  input  logic                       m_axi_bvalid_i,
  output logic                       m_axi_bready_o,
  input  logic [ID_W-1:0]            m_axi_bid_i,
  input  logic [1:0]                 m_axi_bresp_i,

  output logic                       empty_o,
  output logic                       step_o,         // the next edge changes something by itself
  output logic                       error_o         // pulse: memory refused a line
);

  localparam integer IDX_W  = $clog2(BUFFERS);
  localparam integer LINE_W = ADDR_W - 6;

  generate
    if (BUFFERS < 2 || (BUFFERS & (BUFFERS - 1)) != 0 ||
        ID_W < $clog2(BUFFERS)) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cache_writeback_parameter_out_of_range u_error ();
`else
      $error("brg_cache_writeback: BUFFERS must be a power of two >= 2 with ID_W bits or fewer");
`endif
    end
  endgenerate

  logic [BUFFERS-1:0]        used_q, full_q;
  logic [BUFFERS*LINE_W-1:0] line_q;
  logic [IDX_W-1:0]          alloc_q, send_q;   // buffers are taken and sent round robin
  logic [259:0]              mem [0:BUFFERS*8-1];
  logic [259:0]              ram_q;
  logic                      aw_q, w_q, sending_q;
  logic [2:0]                beat_q;
  logic                      start, read, w_take, finish;
  logic [2:0]                read_beat;
  logic [IDX_W-1:0]          b_index;

  assign alloc_ready_o = !used_q[alloc_q];
  assign alloc_index_o = alloc_q;
  assign empty_o       = used_q == '0;
  assign b_index       = m_axi_bid_i[IDX_W-1:0];

  always @* begin
    match_o = 1'b0;
    for (int i = 0; i < BUFFERS; i = i + 1) begin
      if (used_q[i] && line_q[i*LINE_W +: LINE_W] == match_line_i) match_o = 1'b1;
    end
  end

  // One line at a time: AW and W side by side, the W beats out of the RAM's read register.
  assign start     = !sending_q && full_q[send_q];
  assign w_take    = w_q && m_axi_wready_i;
  assign read      = start || (w_take && beat_q != last_beat_i);
  assign read_beat = start ? 3'd0 : beat_q + 1'b1;
  assign finish    = sending_q && (!aw_q || m_axi_awready_i) &&
                     (!w_q || (w_take && beat_q == last_beat_i));
  assign step_o    = start || finish;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q    <= '0;
      full_q    <= '0;
      alloc_q   <= '0;
      send_q    <= '0;
      aw_q      <= 1'b0;
      w_q       <= 1'b0;
      sending_q <= 1'b0;
      beat_q    <= '0;
    end else begin
      if (m_axi_bvalid_i) used_q[b_index] <= 1'b0;
      if (alloc_i && alloc_ready_o) begin
        used_q[alloc_q] <= 1'b1;
        alloc_q         <= alloc_q + 1'b1;
      end
      if (write_i && write_beat_i == last_beat_i) full_q[write_index_i] <= 1'b1;
      if (m_axi_awready_i) aw_q <= 1'b0;
      if (w_take) begin
        beat_q <= beat_q + 1'b1;
        if (beat_q == last_beat_i) w_q <= 1'b0;
      end
      if (finish) begin
        sending_q <= 1'b0;
        send_q    <= send_q + 1'b1;
      end
      if (start) begin
        sending_q      <= 1'b1;
        full_q[send_q] <= 1'b0;
        aw_q           <= 1'b1;
        w_q            <= 1'b1;
        beat_q         <= '0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (alloc_i && alloc_ready_o) line_q[alloc_q*LINE_W +: LINE_W] <= alloc_line_i;
    if (write_i) mem[{write_index_i, write_beat_i}] <= {write_words_i, write_data_i};
    if (read) ram_q <= mem[{send_q, read_beat}];
  end

  assign m_axi_awvalid_o = aw_q;
  assign m_axi_awid_o    = ID_W'(send_q);
  assign m_axi_awaddr_o  = {line_q[send_q*LINE_W +: LINE_W], 6'd0};
  assign m_axi_awlen_o   = {5'd0, last_beat_i};
  assign m_axi_wvalid_o  = w_q;
  assign m_axi_wdata_o   = ram_q[255:0];
  assign m_axi_wstrb_o   = {{8{ram_q[259]}}, {8{ram_q[258]}}, {8{ram_q[257]}}, {8{ram_q[256]}}};
  assign m_axi_wlast_o   = beat_q == last_beat_i;
  assign m_axi_bready_o  = 1'b1;
  assign error_o         = m_axi_bvalid_i && m_axi_bresp_i[1];

`ifdef FORMAL
  `include "brg_cache_writeback_props.svh"
`endif

  logic unused;
  assign unused = &{1'b0, m_axi_bid_i, m_axi_bresp_i[0]};

endmodule

`default_nettype wire
