// SPDX-License-Identifier: Apache-2.0
// Properties of brg_axi_mux, included by the module under FORMAL: one arbitrary master is followed
// through every channel, and one arbitrary write from its address to its last beat. Depth 3.

  logic f_started = 1'b0;
  (* anyconst *) logic [IDX_W-1:0] f_who;
  (* anyconst *) logic [5:0]       f_nth;   // number of the followed write

  always @* begin
    assume (f_who < N);
    if (!f_started) assume (!rst_ni);
  end

  // ---- what the masters and the slave must do: hold a payload that is shown ----
  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (f_started && rst_ni && $past(rst_ni)) begin
      for (int i = 0; i < N; i = i + 1) begin
        if ($past(s_axi_awvalid_i[i] && !s_axi_awready_o[i])) begin
          assume (s_axi_awvalid_i[i]);
          assume (aw_in[i*A_BITS +: A_BITS] == $past(aw_in[i*A_BITS +: A_BITS]));
        end
        if ($past(s_axi_arvalid_i[i] && !s_axi_arready_o[i])) begin
          assume (s_axi_arvalid_i[i]);
          assume (ar_in[i*A_BITS +: A_BITS] == $past(ar_in[i*A_BITS +: A_BITS]));
        end
      end
    end
  end

  // ---- AW, AR, W: what the followed master handed over is what the slave is shown ----
  logic [A_BITS-1:0] f_aw, f_ar;
  logic [DATA_W+STRB_W:0] f_w;
  logic [3:0] f_aw_in, f_aw_out, f_ar_in, f_ar_out, f_w_in, f_w_out;
  logic       f_w_mine;     // the beat in the W register is the followed master's
  logic       f_aw_got, f_ar_got, f_w_got, f_w_any;
  logic [IDX_W-1:0] f_w_from;

  assign f_aw_got = s_axi_awvalid_i[f_who] && s_axi_awready_o[f_who];
  assign f_ar_got = s_axi_arvalid_i[f_who] && s_axi_arready_o[f_who];
  assign f_w_got  = s_axi_wvalid_i[f_who] && s_axi_wready_o[f_who];
  assign f_w_any  = (s_axi_wvalid_i & s_axi_wready_o) != '0;

  always_comb begin
    f_w_from = '0;
    for (int i = 0; i < N; i = i + 1) begin
      if (s_axi_wvalid_i[i] && s_axi_wready_o[i]) f_w_from = IDX_W'(i);
    end
  end

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_aw_in  <= '0;
      f_aw_out <= '0;
      f_ar_in  <= '0;
      f_ar_out <= '0;
      f_w_in   <= '0;
      f_w_out  <= '0;
      f_w_mine <= 1'b0;
    end else begin
      f_aw_in  <= f_aw_in + f_aw_got;
      f_ar_in  <= f_ar_in + f_ar_got;
      f_w_in   <= f_w_in + f_w_got;
      f_aw_out <= f_aw_out + (m_axi_awvalid_o && m_axi_awready_i &&
                              m_axi_awid_o[M_ID_W-1:ID_W] == f_who);
      f_ar_out <= f_ar_out + (m_axi_arvalid_o && m_axi_arready_i &&
                              m_axi_arid_o[M_ID_W-1:ID_W] == f_who);
      f_w_out  <= f_w_out + (m_axi_wvalid_o && m_axi_wready_i && f_w_mine);
      if (f_w_any) f_w_mine <= f_w_got;
    end
    if (f_aw_got) f_aw <= aw_in[f_who*A_BITS +: A_BITS];
    if (f_ar_got) f_ar <= ar_in[f_who*A_BITS +: A_BITS];
    if (f_w_got) begin
      f_w <= {s_axi_wdata_i[f_who*DATA_W +: DATA_W], s_axi_wstrb_i[f_who*STRB_W +: STRB_W],
              s_axi_wlast_i[f_who]};
    end
  end

  // ---- writes: number of addresses and of finished bursts, on both sides of the registers ----
  logic [5:0]       f_aw_taken, f_aw_sent, f_w_taken, f_w_sent;
  logic [IDX_W-1:0] f_owner;        // of write f_nth
  logic [IDX_W-1:0] f_w_reg_from;   // of the beat in the W register
  logic [5:0]       f_place;

  assign f_place = f_nth - f_w_taken;

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_aw_taken <= '0;
      f_aw_sent  <= '0;
      f_w_taken  <= '0;
      f_w_sent   <= '0;
    end else begin
      f_aw_taken <= f_aw_taken + ((s_axi_awvalid_i & s_axi_awready_o) != '0);
      f_aw_sent  <= f_aw_sent + (m_axi_awvalid_o && m_axi_awready_i);
      f_w_taken  <= f_w_taken + (f_w_any && s_axi_wlast_i[f_w_from]);
      f_w_sent   <= f_w_sent + (m_axi_wvalid_o && m_axi_wready_i && m_axi_wlast_o);
    end
    if (f_aw_taken == f_nth) begin
      for (int i = 0; i < N; i = i + 1) begin
        if (s_axi_awvalid_i[i] && s_axi_awready_o[i]) f_owner <= IDX_W'(i);
      end
    end
    if (f_w_any) f_w_reg_from <= f_w_from;
  end

  // ---- B and R ----
  logic [3:0] f_b_in, f_b_out, f_r_in, f_r_out;
  logic [M_ID_W+1:0] f_b;
  logic [M_ID_W+DATA_W+2:0] f_r;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_b_in  <= '0;
      f_b_out <= '0;
      f_r_in  <= '0;
      f_r_out <= '0;
    end else begin
      f_b_in  <= f_b_in + (m_axi_bvalid_i && m_axi_bready_o && m_axi_bid_i[M_ID_W-1:ID_W] == f_who);
      f_r_in  <= f_r_in + (m_axi_rvalid_i && m_axi_rready_o && m_axi_rid_i[M_ID_W-1:ID_W] == f_who);
      f_b_out <= f_b_out + (s_axi_bvalid_o[f_who] && s_axi_bready_i[f_who]);
      f_r_out <= f_r_out + (s_axi_rvalid_o[f_who] && s_axi_rready_i[f_who]);
    end
    if (m_axi_bvalid_i && m_axi_bready_o) f_b <= {m_axi_bid_i, m_axi_bresp_i};
    if (m_axi_rvalid_i && m_axi_rready_o) begin
      f_r <= {m_axi_rid_i, m_axi_rdata_i, m_axi_rresp_i, m_axi_rlast_i};
    end
  end

  always @(posedge clk_i) begin
    if (f_started && rst_ni) begin
      // Nothing lost, doubled or altered on the way to the slave.
      assert (f_aw_in - f_aw_out == 4'(aw_valid_q && aw_who_q == f_who));
      assert (f_ar_in - f_ar_out == 4'(ar_valid_q && ar_who_q == f_who));
      assert (f_w_in - f_w_out == 4'(w_valid_q && f_w_mine));
      if (m_axi_awvalid_o && m_axi_awid_o[M_ID_W-1:ID_W] == f_who) begin
        assert ({m_axi_awid_o[ID_W-1:0], m_axi_awaddr_o, m_axi_awlen_o, m_axi_awsize_o,
                 m_axi_awburst_o} == f_aw);
      end
      if (m_axi_arvalid_o && m_axi_arid_o[M_ID_W-1:ID_W] == f_who) begin
        assert ({m_axi_arid_o[ID_W-1:0], m_axi_araddr_o, m_axi_arlen_o, m_axi_arsize_o,
                 m_axi_arburst_o} == f_ar);
      end
      if (m_axi_wvalid_o && f_w_mine) assert ({m_axi_wdata_o, m_axi_wstrb_o, m_axi_wlast_o} == f_w);
      if (m_axi_awvalid_o) assert (aw_who_q < N);
      if (m_axi_arvalid_o) assert (ar_who_q < N);
      assert ((s_axi_wready_o & (s_axi_wready_o - 1'b1)) == '0);

      // The data of write f_nth are whole and of one master, and so is its address.
      assert (f_aw_taken - f_w_taken == 6'(level_q));
      assert (level_q <= WRITES);
      assert (f_aw_sent == f_aw_taken - 6'(aw_valid_q));
      assert (f_w_sent == f_w_taken - 6'(w_valid_q && w_last_q));
      for (int i = 0; i < WRITES; i = i + 1) begin
        if (level_q > LEVEL_W'(i)) assert (order_q[i*IDX_W +: IDX_W] < N);
        if (f_place == 6'(i) && level_q > LEVEL_W'(i)) begin
          assert (order_q[i*IDX_W +: IDX_W] == f_owner);
        end
      end
      if (f_w_any && f_w_taken == f_nth) assert (f_w_from == f_owner);
      if (m_axi_wvalid_o && f_w_sent == f_nth) assert (f_w_reg_from == f_owner);
      if (m_axi_awvalid_o && f_aw_sent == f_nth) begin
        assert (m_axi_awid_o[M_ID_W-1:ID_W] == f_owner);
      end
      if (w_valid_q && !w_last_q) assert (level_q != 0);
      if (w_valid_q) assert (f_w_mine == (f_w_reg_from == f_who));

      // Every answer goes to the master that its ID names, as it came.
      assert (f_b_in - f_b_out == 4'(b_valid_q && b_who == f_who));
      assert (f_r_in - f_r_out == 4'(r_valid_q && r_who == f_who));
      if (s_axi_bvalid_o[f_who]) begin
        assert (f_b == {f_who, s_axi_bid_o[f_who*ID_W +: ID_W], s_axi_bresp_o[f_who*2 +: 2]});
      end
      if (s_axi_rvalid_o[f_who]) begin
        assert (f_r == {f_who, s_axi_rid_o[f_who*ID_W +: ID_W],
                        s_axi_rdata_o[f_who*DATA_W +: DATA_W], s_axi_rresp_o[f_who*2 +: 2],
                        s_axi_rlast_o[f_who]});
      end
      if (b_valid_q) assert (f_b == {b_id_q, b_resp_q});
      if (r_valid_q) assert (f_r == {r_id_q, r_data_q, r_resp_q, r_last_q});
      if (stray_o) assert ((b_valid_q && b_who >= N) || (r_valid_q && r_who >= N));

      // A payload that is shown stays.
      if ($past(rst_ni)) begin
        if ($past(m_axi_awvalid_o && !m_axi_awready_i)) begin
          assert (m_axi_awvalid_o && aw_who_q == $past(aw_who_q) && aw_q == $past(aw_q));
        end
        if ($past(m_axi_arvalid_o && !m_axi_arready_i)) begin
          assert (m_axi_arvalid_o && ar_who_q == $past(ar_who_q) && ar_q == $past(ar_q));
        end
        if ($past(m_axi_wvalid_o && !m_axi_wready_i)) begin
          assert (m_axi_wvalid_o && w_data_q == $past(w_data_q) && w_strb_q == $past(w_strb_q) &&
                  w_last_q == $past(w_last_q));
        end
        if ($past(s_axi_bvalid_o[f_who] && !s_axi_bready_i[f_who])) begin
          assert (s_axi_bvalid_o[f_who] && b_id_q == $past(b_id_q) && b_resp_q == $past(b_resp_q));
        end
        if ($past(s_axi_rvalid_o[f_who] && !s_axi_rready_i[f_who])) begin
          assert (s_axi_rvalid_o[f_who] && r_id_q == $past(r_id_q) && r_data_q == $past(r_data_q));
        end
        if ($past(quiet_cycles_o) != '0) begin
          assert (order_q == $past(order_q) && level_q == $past(level_q));
          assert ({aw_valid_q, w_valid_q, b_valid_q, ar_valid_q, r_valid_q} ==
                  $past({aw_valid_q, w_valid_q, b_valid_q, ar_valid_q, r_valid_q}));
          // The same requests find the same grants, so the arbiters did not move either.
          if (s_axi_awvalid_i == $past(s_axi_awvalid_i) && s_axi_awvalid_i != '0) begin
            assert (aw_who == $past(aw_who));
          end
          if (s_axi_arvalid_i == $past(s_axi_arvalid_i) && s_axi_arvalid_i != '0) begin
            assert (ar_who == $past(ar_who));
          end
        end
      end
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && level_q == WRITES && order_q[IDX_W-1:0] != order_q[IDX_W +: IDX_W] && w_end);
    cover (rst_ni && f_b_out == 2 && f_r_out == 2 && f_aw_out == 2);
    cover (rst_ni && quiet_cycles_o != '0 && s_axi_awvalid_i == '1);
    cover (rst_ni && w_take && !w_end && $past(w_take && !w_end));
  end
