// SPDX-License-Identifier: Apache-2.0
// Properties of brg_axi_reader, included by the module under FORMAL: the AXI rules on AR, the
// bound on bursts in flight, and that each command yields exactly its beats whatever RLAST, RID
// and RRESP do. All invariants are one-step inductive, so induction is of depth 3.

  logic        f_started    = 1'b0;
  logic        f_cancelling = 1'b0;  // cancel_i came and the reader is not idle yet
  logic [5:0]  f_flight     = 6'd0;  // bursts accepted on AR and not ended on R
  logic [15:0] f_owed       = 16'd0; // beats commanded and not delivered
  logic [15:0] f_in_flight_beats;
  logic [ADDR_W-1:SIZE] f_end;       // beat address at which the command ends
  logic [ADDR_W-1:SIZE] f_sum;       // the same, from the state (wraps at the top of memory)
  logic        f_cmd;

  assign f_sum = addr_q + (ADDR_W - SIZE)'(left_q);
  assign f_cmd = cmd_valid_i && cmd_ready_o;

  always_comb begin
    f_in_flight_beats = '0;
    for (int i = 0; i < OUTSTANDING; i = i + 1) begin
      if (level_q > LEVEL_W'(i)) begin
        f_in_flight_beats = f_in_flight_beats + 16'(lens_q[i*8 +: 8]) + 16'd1;
      end
    end
  end

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) begin
      f_cancelling <= 1'b0;
      f_flight     <= 6'd0;
      f_owed       <= 16'd0;
    end else begin
      f_cancelling <= (cancel_i || f_cancelling) && !idle_o;
      f_flight     <= f_flight + burst_o - burst_end;
      if (cancel_i) f_owed <= 16'd0;
      else f_owed <= f_owed + (f_cmd ? 16'(cmd_beats_i) : 16'd0) - (beat_valid_o && beat_ready_i);
    end
    if (f_cmd) f_end <= cmd_addr_i[ADDR_W-1:SIZE] + (ADDR_W - SIZE)'(cmd_beats_i);
    // What the user must do: keep cancel_i up until the reader is idle.
    if (f_started && rst_ni && f_cancelling) assume (cancel_i);
    // What the memory must do: no data for a burst whose address it has not accepted.
    if (rst_ni && f_flight == 0) assume (!m_axi_rvalid_i);
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (asked_o == (f_flight != 0));
      if (m_axi_arvalid_o) begin
        assert (16'(m_axi_araddr_o[11:0]) + ((16'(m_axi_arlen_o) + 16'd1) << SIZE) <= 16'd4096);
        assert (m_axi_arlen_o < MAX_BURST);
        assert (m_axi_arburst_o == 2'b01);
        assert (m_axi_arsize_o == SIZE);
        assert (m_axi_araddr_o[SIZE-1:0] == 0);
      end
      if (f_started && $past(rst_ni) && $past(m_axi_arvalid_o) && !$past(m_axi_arready_i)) begin
        assert (m_axi_arvalid_o);
        assert (m_axi_araddr_o == $past(m_axi_araddr_o));
        assert (m_axi_arlen_o == $past(m_axi_arlen_o));
        assert (m_axi_arid_o == $past(m_axi_arid_o));
      end
      if (f_started && $past(rst_ni) && $past(cancel_i)) begin
        assert (!m_axi_arvalid_o || ($past(m_axi_arvalid_o) && !$past(m_axi_arready_i)));
      end
      assert (f_flight + m_axi_arvalid_o <= OUTSTANDING);
      assert (f_flight + m_axi_arvalid_o == level_q);
      // Beats: what is owed is what is not issued, in flight, or to be made up.
      if (level_q == 0) assert (beat_q == 0);
      else assert (beat_q <= lens_q[7:0]);
      if (!f_cancelling && !cancel_i) begin
        assert (f_owed == 16'(left_q) + f_in_flight_beats - 16'(beat_q) + 16'(pad_q));
      end
      if (f_owed == 0) assert (!beat_valid_o || cancel_i || f_cancelling);
      if (idle_o && !cancel_i && !f_cancelling) assert (f_owed == 0);
      if (f_cancelling) assert (left_q == 0 && pad_q == 0);
      if (left_q != 0) assert (f_sum == f_end);
      if (cancel_i) assert (!beat_valid_o && !cmd_ready_o);
      if (padding) assert (!m_axi_rready_o && (cancel_i || (beat_valid_o && beat_error_o)));
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && f_flight == OUTSTANDING && m_axi_rvalid_i);
    cover (rst_ni && m_axi_arvalid_o && 16'(m_axi_araddr_o[11:0]) +
           ((16'(m_axi_arlen_o) + 16'd1) << SIZE) == 16'd4096 && left_q != 0);
    cover (rst_ni && pad_q == 2 && beat_ready_i);
    cover (rst_ni && take && at_last && !m_axi_rlast_i);
    cover (rst_ni && $past(rst_ni) && f_owed == 0 && $past(f_owed) == 1 && !$past(cancel_i));
    cover (rst_ni && f_cancelling && idle_o);
  end
