// SPDX-License-Identifier: Apache-2.0
// Properties of brg_cdc_sync, included by the module under FORMAL: a bit comes out after STAGES
// edges, or one later if late_i said so, and one-bit steps never make up a value. Depth 2.

  logic                          f_started = 1'b0;
  logic [(STAGES+2)*WIDTH-1:0]   f_past    = '0;   // d_i at the last edges, newest first
  logic [STAGES+1:0]             f_step    = '0;   // d_i moved by one bit at most, newest first
  logic [STAGES+1:0]             f_kept    = '0;   // late_i was 0 everywhere, newest first
  logic [WIDTH-1:0]              f_change;

  logic [(STAGES+1)*WIDTH-1:0]   f_move;

  assign f_move   = f_past[(STAGES+1)*WIDTH-1:0] ^ f_past[(STAGES+2)*WIDTH-1:WIDTH];
  assign f_change = d_i ^ f_past[WIDTH-1:0];

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) begin
      f_past <= '0;
      f_step <= '1;
      f_kept <= '1;
    end else begin
      f_past <= {f_past[(STAGES+1)*WIDTH-1:0], d_i};
      f_step <= {f_step[STAGES:0], (f_change & (f_change - 1'b1)) == '0};
      f_kept <= {f_kept[STAGES:0], late_i == '0};
    end
  end

  always @(posedge clk_i) begin
    if (f_started && rst_ni) begin
      assert (taps_o[WIDTH-1:0] == f_past[WIDTH-1:0]);
      for (int s = 0; s < STAGES; s = s + 1) begin
        // Bit by bit the value of its edge or of the edge before.
        assert (((taps_o[(s+1)*WIDTH +: WIDTH] ^ f_past[s*WIDTH +: WIDTH]) &
                 (taps_o[(s+1)*WIDTH +: WIDTH] ^ f_past[(s+1)*WIDTH +: WIDTH])) == '0);
        assert (f_step[s] == ((f_move[s*WIDTH +: WIDTH] & (f_move[s*WIDTH +: WIDTH] - 1'b1)) == '0));
        if (f_kept[s]) assert (taps_o[(s+1)*WIDTH +: WIDTH] == f_past[s*WIDTH +: WIDTH]);
      end
      if (f_kept[STAGES-1]) assert (q_o == f_past[(STAGES-1)*WIDTH +: WIDTH]);
      if (f_step[STAGES-1]) begin
        assert (q_o == f_past[(STAGES-1)*WIDTH +: WIDTH] || q_o == f_past[STAGES*WIDTH +: WIDTH]);
      end
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && q_o == '1 && f_past[(STAGES-1)*WIDTH +: WIDTH] == '0);
    cover (rst_ni && q_o != '0 && f_past[(STAGES-1)*WIDTH +: WIDTH] != q_o && f_step == '1);
  end
