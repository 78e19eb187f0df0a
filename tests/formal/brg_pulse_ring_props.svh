// SPDX-License-Identifier: Apache-2.0
// Properties of brg_pulse_ring, included by the module under FORMAL: order, room, nothing lost or
// made up. One arbitrary place of the ring is followed from its reservation until it is played.

  logic             f_started = 1'b0;  // a clock edge has passed
  logic             f_held    = 1'b0;  // the followed beat was written and not read out
  logic [WIDTH-1:0] f_value;
  (* anyconst *) logic [PTR_W:0] f_place;
  logic             f_shown   = 1'b0;  // it stands at the output
  logic [PTR_W:0]   f_reserved, f_written, f_released, f_from_write, f_from_play;
  logic [LANE_W-1:0] f_bank;

  assign f_reserved   = reserve_q - play_q;
  assign f_written    = write_q - play_q;
  assign f_released   = target_q - play_q;
  assign f_from_write = f_place - write_q;
  assign f_from_play  = f_place - play_q;
  assign f_bank       = f_place[LANE_W-1:0];

  // What the caller promises.
  always @* begin
    if (!f_started) assume (!rst_ni);
    assume (reserve_count_i <= LANES && reserve_count_i <= room_o);
    assume (write_count_i <= LANES && write_count_i <= f_reserved - f_written);
    assume (release_count_i <= f_written - f_released);
  end

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    f_shown   <= 1'b0;
    if (!rst_ni || clear_i) f_held <= 1'b0;
    else begin
      if (f_held && f_from_play < play_count) begin
        f_held  <= 1'b0;
        f_shown <= 1'b1;
      end
      if (f_from_write < write_count_i) begin
        f_held  <= 1'b1;
        f_value <= write_data_i[f_from_write[LANE_W-1:0]*WIDTH +: WIDTH];
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      // reserved >= written >= released, all within the ring.
      assert (f_reserved <= BEATS);
      assert (f_written <= f_reserved);
      assert (f_released <= f_written);
      assert (room_o == BEATS - f_reserved);
      assert (f_held == (f_from_play < f_written));
      if (f_started && $past(rst_ni) && !$past(clear_i)) begin
        assert (f_reserved == $past(f_reserved) + $past(reserve_count_i) - $past(play_count));
      end
      if (f_started && $past(clear_i)) assert (room_o == BEATS && !playing_o);
    end
  end

  // What was written at the followed place is what is played there, once.
  always @(posedge clk_i) begin
    if (rst_ni && f_started && $past(rst_ni) && !$past(clear_i)) begin
      if (f_shown) begin
        assert (play_valid_o[f_bank]);
        assert (play_data_o[f_bank*WIDTH +: WIDTH] == $past(f_value));
        assert ($past(f_from_play) < $past(f_released));
      end
      if (play_valid_o != 0) assert (play_start_o == $past(play_q[LANE_W-1:0]));
    end
  end

  logic f_was_full = 1'b0;
  always @(posedge clk_i) begin
    if (!rst_ni || clear_i) f_was_full <= 1'b0;
    else if (room_o == 0) f_was_full <= 1'b1;
    cover (rst_ni && f_was_full && room_o == BEATS && f_started);
    cover (rst_ni && play_valid_o == {LANES{1'b1}} && play_start_o != 0);
    cover (rst_ni && f_shown && write_count_i == LANES && reserve_count_i == LANES);
  end
