// SPDX-License-Identifier: Apache-2.0
// Second stage of the page path: matches pages to queries, moves words to the leaf latches.
`default_nettype none

module brg_leaf_stage (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [11:0] pages_i,            // pages of a query minus one, for the numbers of versions

  input  logic        begin_i,            // pulse: a query starts, the next load is its own
  input  logic        end_i,              // pulse: it is over
  input  logic        flush_i,            // level: pages that are on their way are lost
  input  logic [11:0] page_current_i,     // no fetch of an earlier page will come
  input  logic [63:0] planes_fetched_i,   // planes of that page whose fetch is over

  input  logic        write_i,            // a word enters the page buffer
  input  logic [11:0] write_meta_i,       // [11] last page of its load [10:7] log2 of words per
                                          // plane [6:0] planes

  input  logic        read_valid_i,       // the page buffer has a word
  input  logic [11:0] read_meta_i,
  input  logic        read_error_i,
  output logic        read_o,             // its data come in the next cycle

  output logic [11:0] page_ready_o,       // the page that comes, or came last, to the latches
  output logic [6:0]  planes_ready_o,     // planes of it wholly in the latches
  output logic [11:0] page_buffered_o,    // the page that comes, or came last, to the page buffer
  output logic [6:0]  planes_buffered_o,  // planes of it wholly in the page buffer or past it
  output logic [31:0] version_o,          // data version of the query's page 0
  output logic        page_error_o,

  output logic        leaf_valid_o,
  output logic [31:0] leaf_version_o,
  output logic [5:0]  leaf_plane_o,
  output logic [14:0] leaf_index_o,
  output logic        quiet_o             // with these inputs nothing here will move
);

  localparam integer LOAD_W = 16;

  // Loads and queries are numbered alike, in order. begun_q: queries begun, the current query is
  // begun_q - 1 while active_q. drained_q, written_q: loads wholly out of, wholly into the buffer.
  // So the load at the head of the buffer is drained_q: not yet wanted when that equals begun_q,
  // live when its query runs, and left over from an ended query otherwise.
  logic              active_q, lost_q, error_q;
  logic [31:0]       version_q, next_version_q;
  logic [LOAD_W-1:0] begun_q, drained_q, written_q;
  logic [LOAD_W-1:0] begun_next, current, ahead;
  logic              behind, live, left_over, read_live;

  assign begun_next = begin_i ? begun_q + 1'b1 : begun_q;
  assign current    = begun_q - 1'b1;
  assign live       = active_q && drained_q == current;
  assign left_over  = drained_q != begun_q && !live;

  // ---- words out: position of the head word in its load ----
  logic [11:0] read_page_q, page_before;
  logic [6:0]  read_plane_q;
  logic [14:0] read_index_q;
  logic        read_plane_last, read_page_last, room;

  assign read_plane_last = read_index_q == 15'((16'd1 << read_meta_i[10:7]) - 16'd1);
  assign read_page_last  = read_plane_last && read_plane_q + 1'b1 == read_meta_i[6:0];

  // The latches hold one page. A plane of the next page takes the place of the same plane once that
  // one is not read any more: its fetch is over, or all fetches of its page are.
  assign page_before = read_page_q - 1'b1;
  assign room        = read_page_q <= page_current_i ||
                       (page_before == page_current_i && planes_fetched_i[read_plane_q[5:0]]);
  assign read_live   = read_valid_i && live && room && !begin_i && !end_i && !flush_i;
  assign read_o      = read_live || (read_valid_i && left_over && !flush_i);

  // ---- words in ----
  logic [11:0] write_page_q;
  logic [6:0]  write_plane_q;
  logic [14:0] write_index_q;
  logic        write_plane_last, write_page_last;
  logic [27:0] planes_q;  // planes of the last four loads written: at most two are ahead of a query
  logic [47:0] pages_q;   // and their last pages
  logic [6:0]  current_planes;
  logic [11:0] current_page;

  assign write_plane_last = write_index_q == 15'((16'd1 << write_meta_i[10:7]) - 16'd1);
  assign write_page_last  = write_plane_last && write_plane_q + 1'b1 == write_meta_i[6:0];

  logic        leaf_valid_q, leaf_last_q;
  logic [5:0]  leaf_plane_q;
  logic [14:0] leaf_index_q;
  logic [11:0] leaf_page_q;
  logic [31:0] leaf_version_q;
  logic [6:0]  ready_q;
  logic [11:0] page_ready_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q       <= 1'b0;
      lost_q         <= 1'b0;
      error_q        <= 1'b0;
      version_q      <= '0;
      next_version_q <= '0;
      begun_q        <= '0;
      drained_q      <= '0;
      written_q      <= '0;
      read_page_q    <= '0;
      read_plane_q   <= '0;
      read_index_q   <= '0;
      write_page_q   <= '0;
      write_plane_q  <= '0;
      write_index_q  <= '0;
      leaf_valid_q   <= 1'b0;
      ready_q        <= '0;
      page_ready_q   <= '0;
    end else begin
      begun_q <= begun_next;
      if (begin_i) begin
        active_q       <= 1'b1;
        version_q      <= next_version_q;
        next_version_q <= next_version_q + {20'd0, pages_i} + 32'd1;
      end else if (end_i) begin
        active_q <= 1'b0;
      end

      if (read_o) begin
        read_index_q <= read_plane_last ? 15'd0 : read_index_q + 1'b1;
        if (read_page_last) read_plane_q <= '0;
        else if (read_plane_last) read_plane_q <= read_plane_q + 1'b1;
        if (read_page_last) begin
          read_page_q <= read_meta_i[11] ? 12'd0 : read_page_q + 1'b1;
          if (read_meta_i[11]) drained_q <= drained_q + 1'b1;
        end
      end
      if (write_i) begin
        write_index_q <= write_plane_last ? 15'd0 : write_index_q + 1'b1;
        if (write_page_last) write_plane_q <= '0;
        else if (write_plane_last) write_plane_q <= write_plane_q + 1'b1;
        if (write_page_last) begin
          write_page_q <= write_meta_i[11] ? 12'd0 : write_page_q + 1'b1;
          if (write_meta_i[11]) written_q <= written_q + 1'b1;
        end
      end

      leaf_valid_q <= read_live;
      if (begin_i || end_i || flush_i) begin
        ready_q      <= '0;
        page_ready_q <= '0;
      end else if (leaf_valid_q && leaf_last_q) begin
        ready_q      <= {1'b0, leaf_plane_q} + 1'b1;
        page_ready_q <= leaf_page_q;
      end

      if (begin_i || end_i) error_q <= 1'b0;
      else if (live && read_error_i) error_q <= 1'b1;

      // A flush takes the loads of all queries begun so far; the next one belongs to the next.
      if (flush_i) begin
        drained_q     <= begun_next;
        written_q     <= begun_next;
        read_page_q   <= '0;
        read_plane_q  <= '0;
        read_index_q  <= '0;
        write_page_q  <= '0;
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
    leaf_page_q    <= read_page_q;
    leaf_last_q    <= read_plane_last;
    leaf_version_q <= version_q + {20'd0, read_page_q};
    for (int i = 0; i < 4; i = i + 1) begin
      if (write_i && write_page_last && write_meta_i[11] && written_q[1:0] == 2'(i)) begin
        planes_q[i*7 +: 7]  <= write_meta_i[6:0];
        pages_q[i*12 +: 12] <= write_page_q;
      end
    end
  end

  assign leaf_valid_o   = leaf_valid_q;
  assign leaf_version_o = leaf_version_q;
  assign leaf_plane_o   = leaf_plane_q;
  assign leaf_index_o   = leaf_index_q;
  assign version_o      = version_q;
  assign page_ready_o   = page_ready_q;
  assign planes_ready_o = ready_q;
  assign page_error_o   = error_q || (live && read_error_i);

  // written_q may lie behind the current load while an ended query's load is still coming in.
  assign ahead  = written_q - current;
  assign current_planes = planes_q[current[1:0]*7 +: 7];
  assign current_page   = pages_q[current[1:0]*12 +: 12];
  assign behind = ahead[LOAD_W-1];
  always_comb begin
    page_buffered_o   = '0;
    planes_buffered_o = '0;
    if (active_q && !lost_q) begin
      if (ahead == '0) begin
        page_buffered_o   = write_page_q;
        planes_buffered_o = write_plane_q;
      end else if (!behind) begin
        page_buffered_o   = current_page;
        planes_buffered_o = current_planes;
      end
    end
  end

  assign quiet_o = !read_o && !write_i && !leaf_valid_q && !begin_i && !end_i && !flush_i &&
                   !(live && read_error_i && !error_q);

`ifdef FORMAL
  `include "brg_leaf_stage_props.svh"
`endif

endmodule

`default_nettype wire
