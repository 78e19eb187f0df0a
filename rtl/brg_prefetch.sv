// SPDX-License-Identifier: Apache-2.0
// Prefetcher of the cache: next-line, stride per ID, or page-ahead from the controller's hints.
`default_nettype none

module brg_prefetch #(
  parameter integer ADDR_W = 64,  // bits of an address
  parameter integer ID_W   = 4,   // bits of an ID, 1..4; one stream per ID
  parameter integer HINTS  = 4    // hints that can wait, a power of two >= 2
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic [1:0]        kind_i,          // 0 none, 1 next-line, 2 stride, 3 page-ahead
  input  logic [7:0]        depth_i,         // lines ahead; kind 3: lines not used yet, 0 no limit
  input  logic [1:0]        line_log2_i,     // log2(line bytes) - 6
  input  logic              clear_i,         // forget streams and hints

  input  logic              train_i,         // an access of the slave port
  input  logic [ADDR_W-7:0] train_line_i,    // its line, in units of 64 bytes
  input  logic [ID_W-1:0]   train_id_i,
  input  logic              unused_full_i,   // kind 3: as many prefetched lines unused as allowed

  input  logic              hint_valid_i,
  output logic              hint_ready_o,
  input  logic [63:0]       hint_base_i,
  input  logic [31:0]       hint_bytes_i,

  output logic              want_o,          // a line to fetch
  output logic [ADDR_W-7:0] want_line_o,     // in units of 64 bytes
  input  logic              take_i,          // it was looked up: go on

  output logic              step_o           // the next edge changes something by itself
);

  localparam integer LINE_W = ADDR_W - 6;
  localparam integer IDS    = 1 << ID_W;

  // ---- Streams: what was last, and the window of lines that still have to be asked for ----
  logic [IDS*LINE_W-1:0] last_q, stride_q, next_q;   // line numbers
  logic [IDS*8-1:0]      left_q;
  logic [IDS-1:0]        seen_q, sure_q, running_q, want_q;
  logic [LINE_W-1:0]     number, delta, last, stride;
  logic [7:0]            left;
  logic                  moved, same, active, onward;
  logic [ID_W-1:0]       turn_q, pick;
  logic [IDS-1:0]        above;

  assign number = train_line_i >> line_log2_i;
  assign last   = last_q[train_id_i*LINE_W +: LINE_W];
  assign stride = kind_i == 2'd1 ? LINE_W'(1) : stride_q[train_id_i*LINE_W +: LINE_W];
  assign delta  = number - last;
  assign moved  = train_i && (kind_i == 2'd1 || kind_i == 2'd2) && !clear_i &&
                  !(seen_q[train_id_i] && delta == '0);
  assign same   = seen_q[train_id_i] && delta == stride;
  // A stride counts when three steps in a row were equal.
  assign active = moved && depth_i != '0 &&
                  (kind_i == 2'd1 || (same && sure_q[train_id_i]));
  assign onward = active && same && running_q[train_id_i];
  assign left   = left_q[train_id_i*8 +: 8];

  assign above = want_q & ~((IDS'(1) << turn_q) - IDS'(1));

  always @* begin
    pick = '0;
    for (int i = IDS - 1; i >= 0; i = i - 1) begin
      if (want_q[i] && above == '0) pick = ID_W'(i);
      if (above[i]) pick = ID_W'(i);
    end
  end

  // ---- Page-ahead: the hint in work ----
  logic              hint_valid, hint_take, page_q;
  logic [63:0]       hint_base;
  logic [31:0]       hint_bytes;
  logic [LINE_W-1:0] page_next_q, page_last_q;
  logic [ADDR_W-1:0] hint_end;
  logic              hint_ready;
  logic [$clog2(HINTS):0] hint_level;

  brg_fifo #(.WIDTH(96), .DEPTH(HINTS)) u_hints (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i || kind_i != 2'd3),
    .in_valid_i(hint_valid_i && kind_i == 2'd3), .in_ready_o(hint_ready),
    .in_data_i({hint_base_i, hint_bytes_i}),
    .out_valid_o(hint_valid), .out_ready_i(hint_take), .out_data_o({hint_base, hint_bytes}),
    .level_o(hint_level)
  );

  // Hints are taken and dropped unless they are of use.
  assign hint_ready_o = kind_i != 2'd3 || hint_ready;
  assign hint_take    = hint_valid && !page_q;
  assign hint_end     = hint_base[ADDR_W-1:0] + ADDR_W'(hint_bytes) - 1'b1;

  // ---- The request shown, held until it is taken ----
  logic              want_valid_q;
  logic [LINE_W-1:0] want_line_q;
  logic              free, from_page, from_stream;
  logic [LINE_W-1:0] pick_next, pick_stride;

  assign free        = !want_valid_q || take_i;
  assign from_page   = free && page_q && !unused_full_i;
  assign from_stream = free && want_q != '0 && !moved;
  assign pick_next   = next_q[pick*LINE_W +: LINE_W];
  assign pick_stride = kind_i == 2'd1 ? LINE_W'(1) : stride_q[pick*LINE_W +: LINE_W];
  assign want_o      = want_valid_q;
  assign want_line_o = want_line_q;
  assign step_o      = hint_take || from_page || (free && want_q != '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_q       <= '0;
      sure_q       <= '0;
      running_q    <= '0;
      want_q       <= '0;
      turn_q       <= '0;
      page_q       <= 1'b0;
      want_valid_q <= 1'b0;
    end else if (clear_i) begin
      seen_q       <= '0;
      sure_q       <= '0;
      running_q    <= '0;
      want_q       <= '0;
      page_q       <= 1'b0;
      want_valid_q <= 1'b0;
    end else begin
      if (take_i) want_valid_q <= 1'b0;
      if (from_stream) begin
        want_valid_q <= 1'b1;
        turn_q       <= pick + 1'b1;
        if (left_q[pick*8 +: 8] == 8'd1) want_q[pick] <= 1'b0;
      end
      if (from_page) begin
        want_valid_q <= 1'b1;
        if (page_next_q == page_last_q) page_q <= 1'b0;
      end
      if (hint_take && hint_bytes != '0) page_q <= 1'b1;
      if (moved) begin
        seen_q[train_id_i]    <= 1'b1;
        sure_q[train_id_i]    <= same;
        running_q[train_id_i] <= active;
        want_q[train_id_i]    <= active;
      end
    end
  end

  // A stream that goes on keeps its place and gains one line at the far end; when none of its lines
  // was asked for yet, the nearest is no longer ahead and falls out.
  always_ff @(posedge clk_i) begin
    if (from_stream) begin
      want_line_q <= pick_next << line_log2_i;
      next_q[pick*LINE_W +: LINE_W] <= pick_next + pick_stride;
      left_q[pick*8 +: 8]           <= left_q[pick*8 +: 8] - 1'b1;
    end
    if (from_page) begin
      want_line_q <= page_next_q << line_log2_i;
      page_next_q <= page_next_q + 1'b1;
    end
    if (hint_take) begin
      page_next_q <= hint_base[ADDR_W-1:6] >> line_log2_i;
      page_last_q <= hint_end[ADDR_W-1:6] >> line_log2_i;
    end
    if (moved) begin
      last_q[train_id_i*LINE_W +: LINE_W]   <= number;
      stride_q[train_id_i*LINE_W +: LINE_W] <= seen_q[train_id_i] ? delta : '0;
      if (onward && want_q[train_id_i] && left != depth_i) begin
        left_q[train_id_i*8 +: 8] <= left + 1'b1;
      end else if (onward && !want_q[train_id_i]) begin
        left_q[train_id_i*8 +: 8] <= 8'd1;
      end else if (active) begin
        next_q[train_id_i*LINE_W +: LINE_W] <= number + stride;
        left_q[train_id_i*8 +: 8]           <= depth_i;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, hint_base, hint_end[5:0], hint_level};

endmodule

`default_nettype wire
