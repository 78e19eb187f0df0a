// SPDX-License-Identifier: Apache-2.0
// Properties of brg_leaf_stage, included by the module under FORMAL: in a query every plane comes
// to the latches once a page, page after page, and never before the fetch of the page before is over;
// and when it says that it is quiet, nothing moves. Shown for any one plane (f_plane). The
// invariants are one-step inductive, so induction is of depth 3.

  (* anyconst *) logic [6:0]  f_planes;  // of every page
  (* anyconst *) logic [3:0]  f_groups;  // log2 of words per plane
  (* anyconst *) logic [11:0] f_last;    // last page of every load
  (* anyconst *) logic [6:0]  f_plane;

  logic        f_started = 1'b0;
  logic [12:0] f_done    = 13'd0;  // times that f_plane went to the latches in this query
  logic [11:0] f_page    = 12'd0;  // page_current_i a cycle ago
  logic        f_over    = 1'b0;   // fetch of f_plane of that page over a cycle ago

  always @* begin
    assume (f_planes != 0 && f_planes <= 7'd64 && f_plane < f_planes);
    if (!f_started) assume (!rst_ni);
    // The loader gives every word the geometry, and marks the last page.
    if (read_valid_i) assume (read_meta_i == {read_page_q == f_last, f_groups, f_planes});
    if (write_i) assume (write_meta_i == {write_page_q == f_last, f_groups, f_planes});
    // Loads that no query has begun to wait for are not many.
    assume (LOAD_W'(begun_q - drained_q) < 16'd1000);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    f_page    <= page_current_i;
    f_over    <= planes_fetched_i[f_plane[5:0]];
    if (!rst_ni || begin_i) f_done <= 13'd0;
    else if (read_live && read_plane_q == f_plane && read_plane_last) f_done <= f_done + 13'd1;
  end

  always @(posedge clk_i) begin
    if (rst_ni && f_started) begin
      assert (read_plane_q < f_planes);
      assert (read_page_q <= f_last);
      assert (read_index_q <= 15'((16'd1 << f_groups) - 16'd1));
      if (drained_q == begun_q) assert (read_page_q == 0 && read_plane_q == 0 && read_index_q == 0);
      if (live) assert (f_done == 13'(read_page_q) + (read_plane_q > f_plane));
      if (active_q && left_over) assert (f_done == 0);
      // Page after page, none left out, none twice.
      if (read_live && read_plane_q == f_plane) assert (f_done == 13'(read_page_q));
      // The plane of the page before is not needed any more.
      if (leaf_valid_o && leaf_plane_q == f_plane[5:0]) begin
        assert (leaf_page_q <= f_page || (leaf_page_q == f_page + 12'd1 && f_over));
      end
      if ($past(rst_ni) && $past(quiet_o)) begin
        assert (active_q == $past(active_q) && lost_q == $past(lost_q));
        assert (error_q == $past(error_q) && version_q == $past(version_q));
        assert (next_version_q == $past(next_version_q) && begun_q == $past(begun_q));
        assert (drained_q == $past(drained_q) && written_q == $past(written_q));
        assert (read_page_q == $past(read_page_q) && read_plane_q == $past(read_plane_q));
        assert (read_index_q == $past(read_index_q) && write_index_q == $past(write_index_q));
        assert (write_page_q == $past(write_page_q) && write_plane_q == $past(write_plane_q));
        assert (!leaf_valid_q && ready_q == $past(ready_q) && page_ready_q == $past(page_ready_q));
      end
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && f_done == 2 && f_planes == 2 && leaf_valid_o);
    cover (rst_ni && read_valid_i && live && !room);
    cover (rst_ni && leaf_valid_o && leaf_page_q == f_page + 12'd1 && leaf_page_q == 2);
    cover (rst_ni && f_started && $past(active_q) && left_over && read_o);
  end
