// SPDX-License-Identifier: Apache-2.0
// Properties of brg_cdc_fifo, included by the module under FORMAL: order, nothing lost or doubled,
// no over- or underflow, Gray steps, and that two quiet sides do not move. Both clocks and both
// resets are free: any phase, any ratio, any jitter. A step of the proof is a moment at which each
// clock may or may not turn. Invariants are one-step inductive; induction is of depth 3.

  (* gclk *) logic f_step;
  logic f_started = 1'b0;
  always @(posedge f_step) f_started <= 1'b1;
  always @* if (!f_started) assume (!w_rst_ni && !r_rst_ni);

  // Number of handshakes at the ports, and the payload of one arbitrary number.
  logic [PTR_W-1:0] f_pushed, f_popped;
  logic [WIDTH-1:0] f_value;
  (* anyconst *) logic [PTR_W-1:0] f_slot;

  always @(posedge w_clk_i or negedge rst_n) begin
    if (!rst_n) f_pushed <= '0;
    else if (w_valid_i && w_ready_o) f_pushed <= f_pushed + 1'b1;
  end
  always @(posedge w_clk_i) begin
    if (w_valid_i && w_ready_o && f_pushed == f_slot) f_value <= w_data_i;
  end
  always @(posedge r_clk_i or negedge rst_n) begin
    if (!rst_n) f_popped <= '0;
    else if (r_valid_o && r_ready_i) f_popped <= f_popped + 1'b1;
  end

  // What each tap of the synchronisers says, as numbers.
  logic [(SYNC+1)*PTR_W-1:0] f_at_r, f_at_w;
  always_comb begin
    for (int k = 0; k <= SYNC; k = k + 1) begin
      for (int i = 0; i < PTR_W; i = i + 1) begin
        f_at_r[k*PTR_W + i] = ^(r_taps[k*PTR_W +: PTR_W] >> i);
        f_at_w[k*PTR_W + i] = ^(w_taps[k*PTR_W +: PTR_W] >> i);
      end
    end
  end

  logic [PTR_W-1:0] f_inside, f_distance;
  assign f_inside   = w_ptr_q - r_ptr_q;
  assign f_distance = f_slot - r_ptr_q;

  // At the ports.
  always @* begin
    if (f_started) begin
      assert (f_pushed - f_popped <= PTR_W'(DEPTH + 1));
      if (r_valid_o) assert (f_pushed != f_popped);
      if (r_valid_o && f_popped == f_slot) assert (r_data_o == f_value);
      assert (w_level_o >= f_inside && w_level_o <= PTR_W'(DEPTH));
      assert (r_level_o <= f_pushed - f_popped);
      assert (occupied_o == (f_pushed != f_popped));
      if (!w_rst_ni || !r_rst_ni) assert (!w_ready_o && !r_valid_o && !occupied_o);
    end
  end

  // Inside.
  always @* begin
    if (f_started) begin
      assert (f_pushed == w_ptr_q);
      assert (f_popped == r_ptr_q - PTR_W'(r_valid_q));
      assert (f_inside <= PTR_W'(DEPTH));
      if (f_distance < f_inside) assert (mem[f_slot[PTR_W-2:0]] == f_value);
      assert (w_gray_q == (w_ptr_q ^ (w_ptr_q >> 1)));
      assert (r_gray_q == (r_ptr_q ^ (r_ptr_q >> 1)));
      assert (((w_gray_q ^ w_before_q) & ((w_gray_q ^ w_before_q) - 1'b1)) == '0);
      assert (((r_gray_q ^ r_before_q) & ((r_gray_q ^ r_before_q) - 1'b1)) == '0);
      assert (w_before_q == w_gray_q ||
              w_before_q == ((w_ptr_q - 1'b1) ^ ((w_ptr_q - 1'b1) >> 1)));
      assert (r_before_q == r_gray_q ||
              r_before_q == ((r_ptr_q - 1'b1) ^ ((r_ptr_q - 1'b1) >> 1)));
      // Pointers arrive in order: no tap is ahead of the one before it.
      assert (f_at_r[PTR_W-1:0] - r_ptr_q <= f_inside);
      assert (w_ptr_q - f_at_w[PTR_W-1:0] >= f_inside);
      assert (w_ptr_q - f_at_w[SYNC*PTR_W +: PTR_W] <= PTR_W'(DEPTH));
      for (int k = 0; k < SYNC; k = k + 1) begin
        assert (f_at_r[(k+1)*PTR_W +: PTR_W] - r_ptr_q <= f_at_r[k*PTR_W +: PTR_W] - r_ptr_q);
        assert (w_ptr_q - f_at_w[(k+1)*PTR_W +: PTR_W] >= w_ptr_q - f_at_w[k*PTR_W +: PTR_W]);
      end
    end
  end

  // From one moment to the next.
  logic [2*(SYNC+1)*PTR_W + 6*PTR_W + WIDTH + 2:0] f_state, f_state_past;
  logic [PTR_W-1:0] f_w_gray_past, f_r_gray_past;
  logic             f_quiet_past = 1'b0, f_shown_past = 1'b0, f_full_past = 1'b0;
  logic [WIDTH-1:0] f_data_past;
  assign f_state = {w_taps, r_taps, w_ptr_q, w_gray_q, w_before_q, r_ptr_q, r_gray_q, r_before_q,
                    r_data_q, r_valid_q, w_live_q};

  logic [PTR_W-1:0] f_popped_past;
  always @(posedge f_step) begin
    f_state_past  <= f_state;
    f_w_gray_past <= w_gray_q;
    f_r_gray_past <= r_gray_q;
    f_quiet_past  <= f_started && rst_n && (w_quiet_cycles_o & r_quiet_cycles_o) == '1;
    f_shown_past  <= f_started && rst_n && r_valid_o;
    f_popped_past <= f_popped;
    f_data_past   <= r_data_o;
    f_full_past   <= rst_n && (f_full_past || f_inside == PTR_W'(DEPTH));
  end

  always @* begin
    if (f_started && rst_n) begin
      if (f_quiet_past) assert (f_state == f_state_past);
      if (f_shown_past && f_popped == f_popped_past) begin
        assert (r_valid_o && r_data_o == f_data_past);
      end
      assert (((w_gray_q ^ f_w_gray_past) & ((w_gray_q ^ f_w_gray_past) - 1'b1)) == '0 ||
              w_gray_q == '0);
      assert (((r_gray_q ^ f_r_gray_past) & ((r_gray_q ^ f_r_gray_past) - 1'b1)) == '0 ||
              r_gray_q == '0);
    end
  end

  always @* begin
    cover (f_started && f_full_past && !occupied_o && rst_n);
    cover (f_started && f_pushed == PTR_W'(DEPTH + 1));
    cover (f_started && rst_n && w_quiet && r_quiet && occupied_o);
    cover (f_started && rst_n && r_late_i && r_taps[PTR_W-1:0] != r_taps[2*PTR_W-1:PTR_W] &&
           r_taps[PTR_W-1:0] == w_gray_q && r_clk_i);
  end
