// SPDX-License-Identifier: Apache-2.0
// Bank states and timing of the DDR4 controller: which queued requests may get a command now, and
// when the next one may.
`default_nettype none

module brg_ddr4_timing #(
  parameter integer DEPTH = 32  // entries of a queue, 2..32
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [383:0]       timing_i,
  input  logic               two_ranks_i,
  input  logic               closed_page_i,

  // The queue that is served: one bit per entry, banks bit-sliced.
  input  logic               write_i,         // its entries need WR, else RD
  input  logic [DEPTH-1:0]   valid_i,
  input  logic [DEPTH-1:0]   eligible_i,      // a subset: those that may be served
  input  logic [DEPTH-1:0]   hit_i,
  input  logic [5*DEPTH-1:0] bank_i,
  input  logic [1:0]         hold_i,          // ranks that take no ACT, RD, WR or PRE now

  output logic [DEPTH-1:0]   cas_o,           // entries that may get RD or WR in this cycle
  output logic [DEPTH-1:0]   act_o,           // ACT
  output logic [DEPTH-1:0]   pre_o,           // PRE
  output logic               close_o,         // an open row that nobody wants may be closed
  output logic [4:0]         close_bank_o,
  output logic [DEPTH-1:0]   opening_o,       // entries whose bank is between PRE and its RD or WR
  output logic [1:0]         rank_open_o,     // a row of the rank is open
  output logic [1:0]         prea_ok_o,
  output logic [1:0]         ref_ok_o,        // counts only while no row of the rank is open
  output logic [1:0]         refreshing_o,    // within tRFC
  output logic [31:0]        wake_o,          // clocks until more may be allowed; 2^31-1: never

  // The command of this cycle, and what it is for.
  input  logic [3:0]         cmd_i,
  input  logic [4:0]         cmd_bank_i,
  input  logic [15:0]        cmd_row_i,
  input  logic               cmd_wanted_i,    // PRE: to open another row
  output logic               first_o,         // RD, WR: the first of an opened row
  output logic               conflict_o,      // and another row was closed for it

  // Whether a row would be open after this command.
  input  logic [20:0]        look_i,          // {bank, row}
  output logic               look_hit_o,

  input  logic [31:0]        skip_i
);

  `include "brg_ddr4.svh"

  localparam logic [31:0] NEVER = 32'h7fff_ffff;

  // Stamps are absolute clocks modulo 2^32: a bank may be used when its stamp has passed. Every
  // 2^30 clocks the sweep moves stamps that have passed to the present, before they look as if
  // they lay ahead.
  logic [31:0]        now_q;
  (* mem2reg *) logic [31:0] ready_at [0:31];  // closed bank: ACT; open bank: RD, WR
  (* mem2reg *) logic [31:0] pre_at [0:31];
  logic [32*32-1:0]   ready_at_q, pre_at_q;      // the same as vectors
  logic [31:0]        ready_set_q, pre_set_q;    // else it passed long ago
  logic [8*32-1:0]    act_at_q;    // by bank group: tRRD, tFAW, PREA, REF
  logic [8*32-1:0]    read_at_q;   // tCCD, tWTR, data bus
  logic [8*32-1:0]    write_at_q;  // tCCD, tRTW, data bus
  logic [6*32-1:0]    window_q;    // the last three ACT of each rank, newest first
  logic [2*32-1:0]    prea_at_q, ref_at_q, refreshed_at_q;
  logic [31:0]        open_q, opening_q, first_q, conflict_q;
  (* mem2reg *) logic [15:0] row [0:31];
  logic [15:0]        look_row;
  logic [1:0]         refreshing_q;
  logic               sweep;

  logic [31:0] t_cl, t_cwl, t_rcd, t_rp, t_ras, t_burst, t_rrd_s, t_rrd_l, t_faw;
  logic [31:0] t_ccd_s, t_ccd_l, t_wtr_s, t_wtr_l, t_rtw, t_rtrs, t_rtp, t_wr, t_rfc;

  assign t_cl    = {16'd0, timing_i[16*T_CL    +: 16]};
  assign t_cwl   = {16'd0, timing_i[16*T_CWL   +: 16]};
  assign t_rcd   = {16'd0, timing_i[16*T_RCD   +: 16]};
  assign t_rp    = {16'd0, timing_i[16*T_RP    +: 16]};
  assign t_burst = {16'd0, timing_i[16*T_BURST +: 16]};
  assign t_ccd_s = {16'd0, timing_i[16*T_CCD_S +: 16]};
  assign t_ccd_l = {16'd0, timing_i[16*T_CCD_L +: 16]};
  assign t_rrd_s = {16'd0, timing_i[16*T_RRD_S +: 16]};
  assign t_rrd_l = {16'd0, timing_i[16*T_RRD_L +: 16]};
  assign t_faw   = {16'd0, timing_i[16*T_FAW   +: 16]};
  assign t_wtr_s = {16'd0, timing_i[16*T_WTR_S +: 16]};
  assign t_wtr_l = {16'd0, timing_i[16*T_WTR_L +: 16]};
  assign t_wr    = {16'd0, timing_i[16*T_WR    +: 16]};
  assign t_rtp   = {16'd0, timing_i[16*T_RTP   +: 16]};
  assign t_rtw   = {16'd0, timing_i[16*T_RTW   +: 16]};
  assign t_rfc   = {16'd0, timing_i[16*T_RFC   +: 16]};
  assign t_rtrs  = {16'd0, timing_i[16*T_RTRS  +: 16]};
  // A PRE is also held until the ACT tRP later keeps tRC.
  assign t_ras   = timing_i[16*T_RAS +: 16] + timing_i[16*T_RP +: 16] >= timing_i[16*T_RC +: 16]
      ? {16'd0, timing_i[16*T_RAS +: 16]} : {16'd0, timing_i[16*T_RC +: 16]} - t_rp;

  // The later of two stamps, both within 2^31 of now.
  function automatic logic [31:0] later(input logic [31:0] a, input logic [31:0] b);
    later = a - b >= 32'h8000_0000 ? b : a;
  endfunction

  // A stamp that has passed becomes the present.
  function automatic logic [31:0] fresh(input logic [31:0] stamp, input logic [31:0] present);
    fresh = later(stamp, present);
  endfunction

  assign sweep = now_q[29:0] == '0;

  // One pass over the banks.
  logic [4*DEPTH-1:0] by_group, by_bank;  // entries by bank group and by bank in it
  logic [DEPTH-1:0]   of_rank, of_group, mine, wanted, ready_hits;
  logic [31:0]        left, group_left;
  logic               passed;

  always_comb begin
    for (int i = 0; i < 4; i++) begin
      by_group[i*DEPTH +: DEPTH] =
          (i >= 2 ? bank_i[3*DEPTH +: DEPTH] : ~bank_i[3*DEPTH +: DEPTH])
          & (i % 2 == 1 ? bank_i[2*DEPTH +: DEPTH] : ~bank_i[2*DEPTH +: DEPTH]);
      by_bank[i*DEPTH +: DEPTH] =
          (i >= 2 ? bank_i[DEPTH +: DEPTH] : ~bank_i[DEPTH +: DEPTH])
          & (i % 2 == 1 ? bank_i[0 +: DEPTH] : ~bank_i[0 +: DEPTH]);
    end
  end

  always @* begin
    cas_o        = '0;
    act_o        = '0;
    pre_o        = '0;
    opening_o    = '0;
    close_o      = 1'b0;
    close_bank_o = '0;
    wake_o       = NEVER;
    left         = '0;
    group_left   = '0;
    mine         = '0;
    wanted       = '0;
    ready_hits   = '0;
    of_rank      = '0;
    of_group     = '0;
    passed       = 1'b0;
    for (int r = 0; r < 2; r++) begin
      if (r == 0 || two_ranks_i) begin
        of_rank = bank_i[4*DEPTH +: DEPTH] ^ {DEPTH{r == 0}};
        for (int g = 0; g < 4; g++) begin
          of_group = by_group[g*DEPTH +: DEPTH] & of_rank & valid_i;
          if (of_group != '0 || closed_page_i) begin
            for (int b = 16*r + 4*g; b < 16*r + 4*g + 4; b++) begin
              mine = of_group & by_bank[(b%4)*DEPTH +: DEPTH];
              if (opening_q[b]) opening_o = opening_o | mine;
              wanted = mine & eligible_i;
              if (!hold_i[r]
                  && (wanted != '0 || (closed_page_i && open_q[b] && !first_q[b]))) begin
                ready_hits = wanted & hit_i;
                if (!open_q[b]) begin
                  left       = ready_set_q[b] ? ready_at_q[b*32 +: 32] - now_q : '0;
                  group_left = act_at_q[(b/4)*32 +: 32] - now_q;
                end else if (ready_hits != '0) begin
                  left       = ready_set_q[b] ? ready_at_q[b*32 +: 32] - now_q : '0;
                  group_left = (write_i ? write_at_q[(b/4)*32 +: 32]
                                        : read_at_q[(b/4)*32 +: 32]) - now_q;
                end else begin
                  left       = pre_set_q[b] ? pre_at_q[b*32 +: 32] - now_q : '0;
                  group_left = left;
                end
                if ($signed(group_left) > $signed(left)) left = group_left;
                passed = left[31] || left == '0;
                if (!passed) begin
                  if (left < wake_o) wake_o = left;
                end else if (!open_q[b]) act_o = act_o | wanted;
                else if (ready_hits != '0) cas_o = cas_o | ready_hits;
                else if (wanted != '0) pre_o = pre_o | wanted;
                else begin
                  close_o      = 1'b1;
                  close_bank_o = 5'(b);
                end
              end
            end
          end
        end
        left = prea_at_q[r*32 +: 32] - now_q;
        prea_ok_o[r] = left[31] || left == '0;
        if (hold_i[r] && !prea_ok_o[r] && left < wake_o) wake_o = left;
        left = ref_at_q[r*32 +: 32] - now_q;
        ref_ok_o[r] = left[31] || left == '0;
        if (hold_i[r] && !ref_ok_o[r] && left < wake_o) wake_o = left;
      end else begin
        prea_ok_o[r] = 1'b0;
        ref_ok_o[r]  = 1'b0;
      end
    end
    left = {2'b00, 30'd0 - now_q[29:0]};
    if (left != '0 && left < wake_o) wake_o = left;
    if (sweep) wake_o = 32'd1;
  end

  assign rank_open_o  = {|open_q[31:16], |open_q[15:0]};
  assign refreshing_o = refreshing_q;
  assign first_o      = first_q[cmd_bank_i];
  assign conflict_o   = conflict_q[cmd_bank_i];

  always_comb begin
    look_hit_o = open_q[look_i[20:16]] && look_row == look_i[15:0];
    if (cmd_bank_i == look_i[20:16]) begin
      if (cmd_i == CMD_ACT) look_hit_o = cmd_row_i == look_i[15:0];
      else if (cmd_i == CMD_PRE) look_hit_o = 1'b0;
    end
    if (cmd_i == CMD_PREA && cmd_bank_i[4] == look_i[20]) look_hit_o = 1'b0;
  end

  // What the command forbids from now on.
  logic        rank;
  logic [31:0] written;  // when the data of a WR are in the bank

  assign rank    = cmd_bank_i[4];
  assign written = now_q + t_cwl + t_burst + t_wr;

  // The stamps of a bank, one at a time: arrays, which a simulator need not copy.
  generate
    for (genvar b = 0; b < 32; b++) begin : g_bank
      assign ready_at_q[b*32 +: 32] = ready_at[b];
      assign pre_at_q[b*32 +: 32]   = pre_at[b];
    end
  endgenerate

  logic [31:0] pre_now, pre_least;

  assign pre_least = cmd_i == CMD_ACT ? now_q + t_ras : cmd_i == CMD_RD ? now_q + t_rtp : written;
  assign pre_now   = pre_at[cmd_bank_i];
  assign look_row  = row[look_i[20:16]];

  always_ff @(posedge clk_i) begin
    if (cmd_i == CMD_ACT) row[cmd_bank_i] <= cmd_row_i;
    if (cmd_i == CMD_ACT || cmd_i == CMD_PRE) begin
      ready_at[cmd_bank_i] <= now_q + (cmd_i == CMD_ACT ? t_rcd : t_rp);
    end
    if (cmd_i == CMD_ACT || cmd_i == CMD_RD || cmd_i == CMD_WR) begin
      pre_at[cmd_bank_i] <= cmd_i != CMD_ACT && pre_set_q[cmd_bank_i]
          ? later(pre_now, pre_least) : pre_least;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q          <= 32'd1;
      ready_set_q    <= '0;
      pre_set_q      <= '0;
      act_at_q       <= '0;
      read_at_q      <= '0;
      write_at_q     <= '0;
      window_q       <= {6{32'he000_0000}};
      prea_at_q      <= '0;
      ref_at_q       <= '0;
      refreshed_at_q <= '0;
      open_q         <= '0;
      opening_q      <= '0;
      first_q        <= '0;
      conflict_q     <= '0;
      refreshing_q   <= '0;
    end else begin
      now_q <= now_q + 32'd1 + skip_i;
      for (int r = 0; r < 2; r++) begin
        if (refreshing_q[r]) begin
          if (refreshed_at_q[r*32 +: 32] - now_q <= 32'd1 + skip_i) refreshing_q[r] <= 1'b0;
        end
      end
      if (sweep) begin
        for (int b = 0; b < 32; b++) begin
          if (now_q - ready_at_q[b*32 +: 32] < 32'h8000_0000) ready_set_q[b] <= 1'b0;
          if (now_q - pre_at_q[b*32 +: 32] < 32'h8000_0000) pre_set_q[b] <= 1'b0;
        end
        for (int g = 0; g < 8; g++) begin
          act_at_q[g*32 +: 32]   <= fresh(act_at_q[g*32 +: 32], now_q);
          read_at_q[g*32 +: 32]  <= fresh(read_at_q[g*32 +: 32], now_q);
          write_at_q[g*32 +: 32] <= fresh(write_at_q[g*32 +: 32], now_q);
        end
        for (int w = 0; w < 6; w++) begin
          // A window entry is compared after tFAW was added.
          window_q[w*32 +: 32] <= fresh(window_q[w*32 +: 32], now_q - t_faw);
        end
        for (int r = 0; r < 2; r++) begin
          prea_at_q[r*32 +: 32] <= fresh(prea_at_q[r*32 +: 32], now_q);
          ref_at_q[r*32 +: 32]  <= fresh(ref_at_q[r*32 +: 32], now_q);
        end
      end
      case (cmd_i)
        CMD_ACT: begin
          open_q[cmd_bank_i]          <= 1'b1;
          opening_q[cmd_bank_i]       <= 1'b1;
          first_q[cmd_bank_i]         <= 1'b1;
          ready_set_q[cmd_bank_i] <= 1'b1;
          pre_set_q[cmd_bank_i]   <= 1'b1;
          prea_at_q[rank*32 +: 32] <= later(prea_at_q[rank*32 +: 32], now_q + t_ras);
          for (int g = 0; g < 8; g++) begin
            if (g / 4 == {31'd0, rank}) begin
              act_at_q[g*32 +: 32] <= later(act_at_q[g*32 +: 32],
                  later(now_q + (cmd_bank_i[3:2] == 2'(g) ? t_rrd_l : t_rrd_s),
                        window_q[(3*(g/4) + 2)*32 +: 32] + t_faw));
            end
          end
          window_q[rank*96 +: 96] <= {window_q[rank*96 +: 64], now_q};
        end
        CMD_RD: begin
          opening_q[cmd_bank_i] <= 1'b0;
          first_q[cmd_bank_i]   <= 1'b0;
          pre_set_q[cmd_bank_i] <= 1'b1;
          prea_at_q[rank*32 +: 32] <= later(prea_at_q[rank*32 +: 32], now_q + t_rtp);
          for (int g = 0; g < 8; g++) begin
            read_at_q[g*32 +: 32] <= later(read_at_q[g*32 +: 32],
                now_q + (cmd_bank_i[4:2] == 3'(g) ? t_ccd_l
                    : g / 4 == {31'd0, rank} ? t_ccd_s : t_burst + t_rtrs));
            write_at_q[g*32 +: 32] <= later(write_at_q[g*32 +: 32],
                now_q + (g / 4 == {31'd0, rank} ? t_rtw : t_cl + t_burst + t_rtrs - t_cwl));
          end
        end
        CMD_WR: begin
          opening_q[cmd_bank_i] <= 1'b0;
          first_q[cmd_bank_i]   <= 1'b0;
          pre_set_q[cmd_bank_i] <= 1'b1;
          prea_at_q[rank*32 +: 32] <= later(prea_at_q[rank*32 +: 32], written);
          for (int g = 0; g < 8; g++) begin
            write_at_q[g*32 +: 32] <= later(write_at_q[g*32 +: 32],
                now_q + (cmd_bank_i[4:2] == 3'(g) ? t_ccd_l
                    : g / 4 == {31'd0, rank} ? t_ccd_s : t_burst + t_rtrs));
            read_at_q[g*32 +: 32] <= later(read_at_q[g*32 +: 32],
                now_q + t_cwl + t_burst + (g / 4 != {31'd0, rank} ? t_rtrs - t_cl
                    : cmd_bank_i[3:2] == 2'(g) ? t_wtr_l : t_wtr_s));
          end
        end
        CMD_PRE: begin
          open_q[cmd_bank_i]     <= 1'b0;
          opening_q[cmd_bank_i]  <= cmd_wanted_i;
          conflict_q[cmd_bank_i] <= cmd_wanted_i;
          ready_set_q[cmd_bank_i] <= 1'b1;
          ref_at_q[rank*32 +: 32] <= later(ref_at_q[rank*32 +: 32], now_q + t_rp);
        end
        CMD_PREA: begin
          open_q[rank*16 +: 16]     <= '0;
          opening_q[rank*16 +: 16]  <= '0;
          conflict_q[rank*16 +: 16] <= '0;
          ref_at_q[rank*32 +: 32]   <= later(ref_at_q[rank*32 +: 32], now_q + t_rp);
          for (int g = 0; g < 8; g++) begin
            if (g / 4 == {31'd0, rank}) begin
              act_at_q[g*32 +: 32] <= later(act_at_q[g*32 +: 32], now_q + t_rp);
            end
          end
        end
        CMD_REF: begin
          refreshing_q[rank]            <= 1'b1;
          refreshed_at_q[rank*32 +: 32] <= now_q + t_rfc;
          ref_at_q[rank*32 +: 32]       <= now_q + t_rfc;
          opening_q[rank*16 +: 16]      <= '0;
          conflict_q[rank*16 +: 16]     <= '0;
          for (int g = 0; g < 8; g++) begin
            if (g / 4 == {31'd0, rank}) act_at_q[g*32 +: 32] <= now_q + t_rfc;
          end
        end
        default: ;
      endcase
    end
  end

endmodule

`default_nettype wire
