// SPDX-License-Identifier: Apache-2.0
// Properties of brg_fifo, included by the module under FORMAL: order, level, nothing lost or made
// up. One arbitrary position of the stream is followed from push to pop; induction is of depth 3.

  logic             f_started = 1'b0;  // a clock edge has passed
  logic             f_held    = 1'b0;  // the followed entry is inside
  logic [WIDTH-1:0] f_value;
  (* anyconst *) logic [PTR_W:0] f_slot;
  logic [PTR_W:0]   f_distance;

  assign f_distance = f_slot - read_q;

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni || clear_i) f_held <= 1'b0;
    else begin
      if (pop && read_q == f_slot) f_held <= 1'b0;
      if (push && write_q == f_slot) begin
        f_held  <= 1'b1;
        f_value <= in_data_i;
      end
    end
  end

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (level_o <= DEPTH);
      assert (in_ready_o == (level_o != DEPTH));
      assert (out_valid_o == (level_o != 0));
      assert (f_held == (f_distance < level_o));
      if (f_held && read_q == f_slot) assert (out_data_o == f_value);
      if (f_held) assert (mem[f_slot[PTR_W-1:0]] == f_value);
      if (f_started && $past(rst_ni) && !$past(clear_i)) begin
        assert (level_o == $past(level_o) + $past(push) - $past(pop));
        if ($past(out_valid_o) && !$past(out_ready_i)) begin
          assert (out_valid_o && out_data_o == $past(out_data_o));
        end
      end
      if (f_started && $past(clear_i)) assert (level_o == 0);
    end
  end

  logic f_was_full = 1'b0;
  always @(posedge clk_i) begin
    if (!rst_ni) f_was_full <= 1'b0;
    else if (level_o == DEPTH) f_was_full <= 1'b1;
    cover (rst_ni && f_was_full && level_o == 0 && !$past(clear_i));
    cover (rst_ni && bypassed_q && pop && push);
    cover (rst_ni && f_held && level_o == DEPTH);
  end
