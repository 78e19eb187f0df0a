// SPDX-License-Identifier: Apache-2.0
// Properties of brg_qec_fifo, included by the module under FORMAL: order, level, an overflow only
// ever replaces the newest entry and is counted, the end of a stream is never lost. One arbitrary
// place of the ring is followed; a pair of counters ties rounds in to rounds out and lost.

  logic             f_started = 1'b0;  // a clock edge has passed
  logic             f_held    = 1'b0;  // the followed entry is inside
  logic [WIDTH:0]   f_value;
  (* anyconst *) logic [PTR_W:0] f_slot;
  (* anyconst *) logic [PTR_W:0] f_depth;
  logic [PTR_W:0]   f_distance;
  logic [5:0]       f_in, f_out;       // rounds taken and shown, modulo 64

  assign f_distance = f_slot - read_q;

  always @* begin
    if (!f_started) assume (!rst_ni);
    assume (f_depth >= 2 && f_depth <= DEPTH_MAX);
    assume (depth_i == f_depth);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni || clear_i) begin
      f_held <= 1'b0;
      f_in   <= '0;
      f_out  <= '0;
    end else begin
      f_in  <= f_in + (in_valid_i && in_ready_o);
      f_out <= f_out + (out_valid_o && out_ready_i);
      if (pop && read_q == f_slot) f_held <= 1'b0;
      if (push && write_q == f_slot) f_held <= 1'b1;
      if ((push && write_q == f_slot) || (in_valid_i && in_ready_o && f_held &&
          level_o == f_depth && f_distance == level_o - 1'b1)) begin
        f_value <= {in_last_i, in_data_i};
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (level_o <= f_depth);
      assert (level_o <= high_water_o && high_water_o <= f_depth);
      assert (out_valid_o == (level_o != 0));
      assert (f_held == (f_distance < level_o));
      if (f_held && read_q == f_slot) assert ({out_last_o, out_data_o} == f_value);
      if (f_held) assert (mem[f_slot[PTR_W-1:0]] == f_value);
      if (f_held && f_distance == level_o - 1'b1) assert (closed_q == f_value[WIDTH]);
      // Every round taken was shown, is inside, or is counted.
      if (lost_o != 32'hffffffff) assert (f_in == 6'(f_out + 6'(level_o) + lost_o[5:0]));
      // Room means ready; without back pressure only a closed stream makes the next one wait.
      if (level_o < f_depth) assert (in_ready_o);
      if (level_o == f_depth) assert (in_ready_o == (!back_pressure_i && !closed_q));
      if (overflow_o) assert (in_valid_i && in_ready_o && level_o == f_depth);
      if (f_started && $past(rst_ni) && !$past(clear_i)) begin
        assert (lost_o == $past(lost_o) + $past(overflow_o) || lost_o == 32'hffffffff);
        // The end of a stream stays until it is shown.
        if ($past(f_held) && $past(f_value[WIDTH]) && $past(read_q) != f_slot) begin
          assert (f_held && f_value == $past(f_value));
        end
        if ($past(out_valid_o) && !$past(out_ready_i)) begin
          assert (out_valid_o && {out_last_o, out_data_o} == $past({out_last_o, out_data_o}));
        end
      end
      if (f_started && $past(clear_i)) assert (level_o == 0 && lost_o == 0 && high_water_o == 0);
    end
  end

  logic f_was_full = 1'b0;
  always @(posedge clk_i) begin
    if (!rst_ni || clear_i) f_was_full <= 1'b0;
    else if (lost_o == 2) f_was_full <= 1'b1;
    cover (rst_ni && f_was_full && level_o == 0 && high_water_o == DEPTH_MAX);
    cover (rst_ni && replace && pop && f_depth == 2);
    cover (rst_ni && in_valid_i && !in_ready_o && !back_pressure_i);
  end
