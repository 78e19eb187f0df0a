// SPDX-License-Identifier: Apache-2.0
// Properties of brg_cache_order, included by the module under FORMAL: a slot is answered once, after
// it is done, never before an older one of its ID, and the head is the oldest. Two arbitrary
// allocations are followed, one older than the other. The user answers only slots that are open and
// not done. Bounded proof.

  logic              f_started = 1'b0;
  logic              f_a = 1'b0, f_b = 1'b0;             // the two are inside
  logic              f_a_done = 1'b0, f_b_done = 1'b0;
  logic [IDX_W-1:0]  f_a_slot, f_b_slot;
  logic [ID_W-1:0]   f_a_id, f_b_id;
  logic              f_overtook = 1'b0;
  (* anyseq *) logic f_follow_a, f_follow_b;

  always @* begin
    if (!f_started) assume (!rst_ni);
    if (done_i) assume (used_q[done_slot_i] && !done_q[done_slot_i]);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) begin
      f_a        <= 1'b0;
      f_b        <= 1'b0;
      f_overtook <= 1'b0;
    end else begin
      if (pick && f_a && pick_slot_o == f_a_slot) f_a <= 1'b0;
      if (pick && f_b && pick_slot_o == f_b_slot) begin
        f_b        <= 1'b0;
        f_overtook <= f_a;
      end
      if (done_i && f_a && done_slot_i == f_a_slot) f_a_done <= 1'b1;
      if (done_i && f_b && done_slot_i == f_b_slot) f_b_done <= 1'b1;
      if (alloc && f_follow_a && !f_a && !f_b) begin
        f_a      <= 1'b1;
        f_a_slot <= alloc_slot_o;
        f_a_id   <= alloc_id_i;
        f_a_done <= 1'b0;
      end else if (alloc && f_follow_b && f_a && !f_b) begin
        f_b      <= 1'b1;
        f_b_slot <= alloc_slot_o;
        f_b_id   <= alloc_id_i;
        f_b_done <= 1'b0;
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert ((IDX_W + 1)'(tail_q - head_q) <= DEPTH);
      if (f_a) assert (used_q[f_a_slot] && done_q[f_a_slot] == f_a_done);
      if (f_b) assert (used_q[f_b_slot] && done_q[f_b_slot] == f_b_done);
      if (f_a && f_b) assert (f_a_slot != f_b_slot);
      if (pick) assert (used_q[pick_slot_o] && done_q[pick_slot_o]);
      if (pick && f_a && pick_slot_o == f_a_slot) begin
        assert (f_a_done);
        assert (pick_id_o == f_a_id);
      end
      if (pick && f_b && pick_slot_o == f_b_slot) begin
        assert (f_b_done);
        assert (pick_id_o == f_b_id);
        assert (!(f_a && f_a_id == f_b_id));
      end
      if (f_a && !moving_o && head_slot_o == f_b_slot && f_b) assert (1'b0);
      // The only slot inside can be answered as soon as it is done.
      if (f_a && f_a_done && (IDX_W + 1)'(tail_q - head_q) == 1) assert (pick_valid_o);
      if (alloc) assert (!used_q[alloc_slot_o]);
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && f_overtook);
    cover (rst_ni && f_a && f_b && f_a_id == f_b_id && f_b_done && !f_a_done);
    cover (rst_ni && !alloc_ready_o);
  end
