// SPDX-License-Identifier: Apache-2.0
// Properties of brg_ddr4_queue, included by the module under FORMAL: nothing lost, made up or
// changed, and age keeps its order. One arbitrary push is followed until it leaves; induction 2.
// Of a place one bit each of rank, bank, row and column is free, the others are 0: slices are alike.

  localparam logic [27:0] F_FREE = 28'h880_0081;  // rank, lowest bank, row and column bit

  logic              f_started = 1'b0;
  (* anyconst *) logic [3:0] f_number;    // which push is followed
  logic [3:0]        f_pushes = 4'd0;
  logic              f_held = 1'b0;
  logic [BITS-1:0]   f_value;
  logic [DEPTH-1:0]  f_at;                // where it is, one-hot
  logic              f_blocked;

  always @* begin
    if (!f_started) assume (!rst_ni);
    assume ((push_place_i & ~F_FREE) == 0);
    assume ((match_place_i & ~F_FREE) == 0);
    assume ((served_place_i & ~F_FREE) == 0);
    assume ((open_row_i & ~F_FREE[27:7]) == 0);
    assume ((close_bank_i & ~F_FREE[27:23]) == 0);
    // The contract of the controller.
    if (count_o == DEPTH) assume (!push_i);
    assume ((select_i & (select_i - 1'b1)) == 0);
    assume ((select_i & ~valid_o) == 0);
    if (remove_i) assume (select_i != 0);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) begin
      f_pushes <= 4'd0;
      f_held   <= 1'b0;
    end else begin
      if (push_i && f_pushes != 4'hf) f_pushes <= f_pushes + 1'b1;
      if (f_held) begin
        if (remove_i && select_i == f_at) f_held <= 1'b0;
        // It moves down by one when an older one leaves.
        else if (remove_i && select_i < f_at) f_at <= f_at >> 1;
        if (unblock_i && served_i && served_place_i == f_value[BITS-1 -: 28]) f_blocked <= 1'b0;
      end
      if (push_i && f_pushes == f_number && f_pushes != 4'hf) begin
        f_held    <= 1'b1;
        f_value   <= pushed;
        f_at      <= DEPTH'(1) << (count_o - remove_i);
        f_blocked <= push_blocked_i;
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (count_o <= DEPTH);
      // Valid entries stand without a gap, as many as counted.
      assert (valid_o == ((DEPTH + 1)'(1) << count_o) - 1'b1);
      assert ((blocked_o & ~valid_o) == 0 && (hit_o & ~valid_o) == 0);
      for (int i = 0; i < BITS; i++) assert ((slice_q[i*DEPTH +: DEPTH] & ~valid_o) == 0);
      for (int i = 0; i < 28; i++) begin
        if (!F_FREE[i]) assert (slice_q[(META_W + i)*DEPTH +: DEPTH] == 0);
      end
      if (f_held) begin
        assert (f_pushes > f_number);
        assert ((f_value[BITS-1 -: 28] & ~F_FREE) == 0);
        assert (f_at != 0 && (f_at & (f_at - 1'b1)) == 0 && (f_at & valid_o) != 0);
        for (int i = 0; i < BITS; i++) assert (|(slice_q[i*DEPTH +: DEPTH] & f_at) == f_value[i]);
        assert (|(blocked_o & f_at) == f_blocked);
        if (select_i == f_at) begin
          assert (select_place_o == f_value[BITS-1 -: 28] && select_meta_o == f_value[META_W-1:0]);
        end
        if (f_at[0]) assert (head_place_o == f_value[BITS-1 -: 28]);
        if (match_i) assert (|(match_o & f_at) == (match_place_i == f_value[BITS-1 -: 28]));
        if (served_i) assert (|(served_o & f_at) == (served_place_i == f_value[BITS-1 -: 28]));
      end
      if (f_started && $past(rst_ni)) begin
        assert (count_o == $past(count_o) + $past(push_i) - $past(remove_i));
        // A PRE leaves no hit of its bank, an ACT makes hits of every entry of the row.
        if (f_held && $past(f_held) && $past(open_i) && !$past(close_i)
            && $past(open_row_i) == f_value[BITS-1 -: 21]) assert (|(hit_o & f_at));
        if (f_held && $past(f_held) && $past(close_i)
            && $past(close_bank_i) == f_value[BITS-1 -: 5]) assert (!(|(hit_o & f_at)));
      end
    end
    cover (rst_ni && f_held && f_at == 1 && f_number == 2 && count_o == DEPTH);
    cover (rst_ni && f_held && remove_i && select_i == f_at && !f_at[0] && push_i);
    cover (rst_ni && f_held && !f_blocked && $past(f_blocked) && $past(f_held) && $past(rst_ni));
  end
