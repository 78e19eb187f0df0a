// SPDX-License-Identifier: Apache-2.0
// Properties of brg_arbiter, included by the module under FORMAL: one grant, payload of the
// granted, held until accepted, and no requester waits for more than N - 1 grants of others. Depth
// 3.

  logic             f_started = 1'b0;
  (* anyconst *) logic [IDX_W-1:0] f_who;
  logic [5:0]       f_others = 6'd0;   // grants of others while f_who waits
  logic [5:0]       f_distance;        // requesters that may still come before f_who
  logic             f_waiting;

  assign f_waiting  = in_valid_i[f_who];
  assign f_distance = f_who > last_q ? 6'(f_who) - 6'(last_q) - 6'd1
                                     : 6'(f_who) + 6'(N) - 6'(last_q) - 6'd1;

  always @* begin
    assume (f_who < N);
    if (!f_started) assume (!rst_ni);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni || !f_waiting || in_ready_o[f_who]) f_others <= 6'd0;
    else if (out_valid_o && out_ready_i) f_others <= f_others + 1'b1;
    // What a requester must do: hold valid and payload until it is taken.
    if (f_started && rst_ni && $past(rst_ni)) begin
      for (int i = 0; i < N; i = i + 1) begin
        if ($past(in_valid_i[i]) && !$past(in_ready_o[i])) begin
          assume (in_valid_i[i]);
          assume (in_data_i[i*WIDTH +: WIDTH] == $past(in_data_i[i*WIDTH +: WIDTH]));
        end
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (last_q < N);
      assert ((in_ready_o & (in_ready_o - 1'b1)) == 0);
      assert ((in_ready_o & ~in_valid_i) == 0);
      assert (out_valid_o == (in_valid_i != 0));
      assert ((in_ready_o != 0) == (out_valid_o && out_ready_i));
      if (in_ready_o[f_who]) begin
        assert (out_index_o == f_who);
        assert (out_data_o == in_data_i[f_who*WIDTH +: WIDTH]);
      end
      if (f_started && $past(rst_ni)) begin
        assert (held_q == ($past(out_valid_o) && !$past(out_ready_i)));
        if ($past(out_valid_o) && !$past(out_ready_i)) begin
          assert (out_valid_o);
          assert (out_index_o == $past(out_index_o));
          assert (out_data_o == $past(out_data_o));
        end
      end
      assert (f_others <= N - 1);
      if (!f_waiting) assert (f_others == 0 || !in_valid_i[f_who]);
      if (f_others != 0 && !held_q) assert (f_others + f_distance <= N - 1);
      if (f_others != 0 && held_q && last_q != f_who) assert (f_others + f_distance + 1 <= N - 1);
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && f_others == N - 1 && in_ready_o[f_who]);
    cover (rst_ni && held_q && out_ready_i && $past(held_q) && in_valid_i == {N{1'b1}});
  end
