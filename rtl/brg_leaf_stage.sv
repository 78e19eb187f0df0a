// SPDX-License-Identifier: Apache-2.0
// Second stage of the page path: matches pages to queries, moves words to the leaf latches.
`default_nettype none

module brg_leaf_stage (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        begin_i,            // pulse: a query starts, the next page is its own
  input  logic        end_i,              // pulse: it is over
  input  logic        flush_i,            // level: pages that are on their way are lost

  input  logic        write_i,            // a word enters the page buffer
  input  logic [10:0] write_meta_i,       // [10:7] log2 of words per plane, [6:0] planes

  input  logic        read_valid_i,       // the page buffer has a word
  input  logic [10:0] read_meta_i,
  input  logic        read_error_i,
  output logic        read_o,             // its data come in the next cycle

  output logic [6:0]  planes_ready_o,     // planes of the current page wholly in the latches
  output logic [6:0]  planes_buffered_o,  // planes of it wholly in the page buffer or past it
  output logic [31:0] page_version_o,     // begin_i pulses minus one
  output logic        page_error_o,

  output logic        leaf_valid_o,
  output logic [31:0] leaf_version_o,
  output logic [5:0]  leaf_plane_o,
  output logic [14:0] leaf_index_o
);

  localparam integer PAGE_W = 16;

  // Pages and queries are numbered alike, in order. begun_q: queries begun, the current query is
  // begun_q - 1 while active_q. drained_q, written_q: pages wholly out of, wholly into the buffer.
  // So the page at the head of the buffer is drained_q: not yet wanted when that equals begun_q,
  // live when its query runs, and left over from an ended query otherwise.
  logic              active_q, lost_q, error_q, started_q;
  logic [31:0]       version_q;
  logic [PAGE_W-1:0] begun_q, drained_q, written_q;
  logic [PAGE_W-1:0] begun_next, current, ahead;
  logic              behind, live, left_over, read_live;

  assign begun_next = begin_i ? begun_q + 1'b1 : begun_q;
  assign current    = begun_q - 1'b1;
  assign live       = active_q && drained_q == current;
  assign left_over  = drained_q != begun_q && !live;
  assign read_live  = read_valid_i && live && !begin_i && !end_i && !flush_i;
  assign read_o     = read_live || (read_valid_i && left_over && !flush_i);

  // ---- words out: position of the head word in its page ----
  logic [6:0]  read_plane_q;
  logic [14:0] read_index_q;
  logic        read_plane_last, read_page_last;

  assign read_plane_last = read_index_q == 15'((16'd1 << read_meta_i[10:7]) - 16'd1);
  assign read_page_last  = read_plane_last && read_plane_q + 1'b1 == read_meta_i[6:0];

  // ---- words in ----
  logic [6:0]  write_plane_q;
  logic [14:0] write_index_q;
  logic        write_plane_last, write_page_last;
  logic [27:0] planes_q;  // planes of the last four pages written: at most two are ahead of a query
  logic [6:0]  current_planes;

  assign write_plane_last = write_index_q == 15'((16'd1 << write_meta_i[10:7]) - 16'd1);
  assign write_page_last  = write_plane_last && write_plane_q + 1'b1 == write_meta_i[6:0];

  logic        leaf_valid_q, leaf_last_q;
  logic [5:0]  leaf_plane_q;
  logic [14:0] leaf_index_q;
  logic [31:0] leaf_version_q;
  logic [6:0]  ready_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q      <= 1'b0;
      lost_q        <= 1'b0;
      error_q       <= 1'b0;
      started_q     <= 1'b0;
      version_q     <= '0;
      begun_q       <= '0;
      drained_q     <= '0;
      written_q     <= '0;
      read_plane_q  <= '0;
      read_index_q  <= '0;
      write_plane_q <= '0;
      write_index_q <= '0;
      leaf_valid_q  <= 1'b0;
      ready_q       <= '0;
    end else begin
      begun_q <= begun_next;
      if (begin_i) begin
        active_q  <= 1'b1;
        started_q <= 1'b1;
        version_q <= started_q ? version_q + 1'b1 : 32'd0;
      end else if (end_i) begin
        active_q <= 1'b0;
      end

      if (read_o) begin
        read_index_q <= read_plane_last ? 15'd0 : read_index_q + 1'b1;
        if (read_page_last) read_plane_q <= '0;
        else if (read_plane_last) read_plane_q <= read_plane_q + 1'b1;
        if (read_page_last) drained_q <= drained_q + 1'b1;
      end
      if (write_i) begin
        write_index_q <= write_plane_last ? 15'd0 : write_index_q + 1'b1;
        if (write_page_last) write_plane_q <= '0;
        else if (write_plane_last) write_plane_q <= write_plane_q + 1'b1;
        if (write_page_last) written_q <= written_q + 1'b1;
      end

      leaf_valid_q <= read_live;
      if (begin_i || end_i || flush_i) ready_q <= '0;
      else if (leaf_valid_q && leaf_last_q) ready_q <= {1'b0, leaf_plane_q} + 1'b1;

      if (begin_i || end_i) error_q <= 1'b0;
      else if (live && read_error_i) error_q <= 1'b1;

      // A flush takes the pages of all queries begun so far; the next load belongs to the next one.
      if (flush_i) begin
        drained_q     <= begun_next;
        written_q     <= begun_next;
        read_plane_q  <= '0;
        read_index_q  <= '0;
        write_plane_q <= '0;
        write_index_q <= '0;
        lost_q        <= 1'b1;
      end else if (begin_i) begin
        lost_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    leaf_plane_q   <= read_plane_q[5:0];
    leaf_index_q   <= read_index_q;
    leaf_last_q    <= read_plane_last;
    leaf_version_q <= version_q;
    for (int i = 0; i < 4; i = i + 1) begin
      if (write_i && write_page_last && written_q[1:0] == 2'(i)) begin
        planes_q[i*7 +: 7] <= write_meta_i[6:0];
      end
    end
  end

  assign leaf_valid_o   = leaf_valid_q;
  assign leaf_version_o = leaf_version_q;
  assign leaf_plane_o   = leaf_plane_q;
  assign leaf_index_o   = leaf_index_q;
  assign page_version_o = version_q;
  assign planes_ready_o = ready_q;
  assign page_error_o   = error_q || (live && read_error_i);

  // written_q may lie behind the current page while an ended query's page is still coming in.
  assign ahead  = written_q - current;
  assign current_planes = planes_q[current[1:0]*7 +: 7];
  assign behind = ahead[PAGE_W-1];
  always_comb begin
    planes_buffered_o = '0;
    if (active_q && !lost_q) begin
      if (ahead == '0) planes_buffered_o = write_plane_q;
      else if (!behind) planes_buffered_o = current_planes;
    end
  end

endmodule

`default_nettype wire
