// SPDX-License-Identifier: Apache-2.0
// Checker of a DDR4 command bus: every timing parameter and protocol error, with bookkeeping of its
// own. For simulation; it shares nothing with the controller but the table of timings.
`default_nettype none

module brg_ddr4_checker (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [383:0] timing_i,
  input  logic         refresh_i,        // REF is expected every tREFI
  input  logic [3:0]   postpone_i,       // REF that may be put off, 0..8
  input  logic         two_ranks_i,

  input  logic [3:0]   cmd_i,
  input  logic [4:0]   bank_i,           // {rank, bank group, bank}
  input  logic [15:0]  row_i,            // RD and WR: the row that is meant
  input  logic         wr_valid_i,       // last clock of a write burst
  input  logic         rd_valid_i,       // last clock of a read burst

  output logic         violation_o,      // pulse, one clock after
  output logic [4:0]   violation_code_o, // the lowest of the mask
  output logic [29:0]  violation_mask_o, // bit per code of brg_ddr4.svh; holds its last value

  output logic [31:0]  quiet_cycles_o,
  input  logic [31:0]  skip_i
);

  `include "brg_ddr4.svh"

  localparam logic [31:0] NEVER = 32'h7fff_ffff;

  logic [47:0] now_q;
  logic        rank;
  logic [2:0]  group;
  logic [47:0] cl, cwl, burst;

  assign rank  = bank_i[4];
  assign group = bank_i[4:2];
  assign cl    = {32'd0, timing_i[16*T_CL +: 16]};
  assign cwl   = {32'd0, timing_i[16*T_CWL +: 16]};
  assign burst = {32'd0, timing_i[16*T_BURST +: 16]};

  // When the last command of a kind came: 0 means never, and time begins late enough for that to
  // be long ago.
  localparam logic [47:0] START = 48'd1 << 20;
  (* mem2reg *) logic [47:0] act_bank [0:31];
  (* mem2reg *) logic [47:0] pre_bank [0:31];
  (* mem2reg *) logic [47:0] read_bank [0:31];
  (* mem2reg *) logic [47:0] write_bank [0:31];
  (* mem2reg *) logic [15:0] row_bank [0:31];
  (* mem2reg *) logic [47:0] act_group [0:7];
  (* mem2reg *) logic [47:0] read_group [0:7];
  (* mem2reg *) logic [47:0] write_group [0:7];
  logic [31:0]  seen_act_q, seen_pre_q, seen_read_q, seen_write_q, open_q;
  logic [7:0]   group_act_q, group_read_q, group_write_q;
  // By rank: newest ACT, then the three before it; newest RD, WR, PRE, REF; power changes.
  logic [2*192-1:0] acts_q;
  logic [2*48-1:0]  read_q, write_q, pre_q, ref_q, down_q, up_q, sref_q;
  logic [2*2-1:0]   act_in_q, read_in_q, write_in_q;   // bank group of the newest
  logic [1:0]       powered_down_q, self_refresh_q;
  logic [47:0]      bus_free_q;     // first clock after the last burst
  logic             bus_rank_q;

  function automatic logic early(input logic [47:0] since, input logic [47:0] t,
                                 input logic [15:0] least);
    early = t < since + {32'd0, least};
  endfunction

  logic [47:0] act_b, pre_b, read_b, write_b, act_g, read_g, write_g, act_r, read_r, write_r;
  logic [47:0] pre_r, ref_r, written_b, written_r, written_g, start;
  logic [15:0] open_row;

  assign act_b    = seen_act_q[bank_i] ? act_bank[bank_i] : 48'd0;
  assign pre_b    = seen_pre_q[bank_i] ? pre_bank[bank_i] : 48'd0;
  assign read_b   = seen_read_q[bank_i] ? read_bank[bank_i] : 48'd0;
  assign write_b  = seen_write_q[bank_i] ? write_bank[bank_i] : 48'd0;
  assign open_row = row_bank[bank_i];
  assign act_g    = group_act_q[group] ? act_group[group] : 48'd0;
  assign read_g   = group_read_q[group] ? read_group[group] : 48'd0;
  assign write_g  = group_write_q[group] ? write_group[group] : 48'd0;
  assign act_r    = acts_q[rank*192 +: 48];
  assign read_r   = read_q[rank*48 +: 48];
  assign write_r  = write_q[rank*48 +: 48];
  assign pre_r    = pre_q[rank*48 +: 48];
  assign ref_r    = ref_q[rank*48 +: 48];
  assign start    = now_q + (cmd_i == CMD_RD ? cl : cwl);
  // tWTR and tWR count from the end of the burst.
  assign written_b = write_b == 48'd0 ? 48'd0 : write_b + cwl + burst;
  assign written_g = write_g == 48'd0 ? 48'd0 : write_g + cwl + burst;
  assign written_r = write_r == 48'd0 ? 48'd0 : write_r + cwl + burst;

  logic [29:0] fault, data_fault;
  logic        is_cas;

  assign is_cas = cmd_i == CMD_RD || cmd_i == CMD_WR;

  always @* begin
    fault = '0;
    if (cmd_i != CMD_NOP) begin
      fault[T_RFC] = early(ref_r, now_q, timing_i[16*T_RFC +: 16]);
      fault[T_XP]  = early(up_q[rank*48 +: 48], now_q, timing_i[16*T_XP +: 16])
          && cmd_i != CMD_PDE;
      fault[T_XS]  = early(sref_q[rank*48 +: 48], now_q, timing_i[16*T_XS +: 16]);
      fault[E_POWER] = (powered_down_q[rank] != (cmd_i == CMD_PDX))
          || (self_refresh_q[rank] != (cmd_i == CMD_SRX));
      case (cmd_i)
        CMD_ACT: begin
          fault[E_OPEN]  = open_q[bank_i];
          fault[T_RC]    = early(act_b, now_q, timing_i[16*T_RC +: 16]);
          fault[T_RP]    = early(pre_b, now_q, timing_i[16*T_RP +: 16]);
          fault[T_RRD_L] = early(act_g, now_q, timing_i[16*T_RRD_L +: 16]);
          fault[T_RRD_S] = act_in_q[rank*2 +: 2] != bank_i[3:2]
              && early(act_r, now_q, timing_i[16*T_RRD_S +: 16]);
          fault[T_FAW]   = early(acts_q[rank*192 + 144 +: 48], now_q, timing_i[16*T_FAW +: 16]);
        end
        CMD_RD, CMD_WR: begin
          fault[E_CLOSED] = !open_q[bank_i];
          fault[E_ROW]    = open_q[bank_i] && open_row != row_i;
          fault[T_RCD]    = early(act_b, now_q, timing_i[16*T_RCD +: 16]);
          fault[E_BUS]    = start < bus_free_q;
          fault[T_RTRS]   = start >= bus_free_q && bus_rank_q != rank
              && early(bus_free_q, start, timing_i[16*T_RTRS +: 16]);
          if (cmd_i == CMD_RD) begin
            fault[T_CCD_L] = early(read_g, now_q, timing_i[16*T_CCD_L +: 16]);
            fault[T_CCD_S] = read_in_q[rank*2 +: 2] != bank_i[3:2]
                && early(read_r, now_q, timing_i[16*T_CCD_S +: 16]);
            fault[T_WTR_L] = early(written_g, now_q, timing_i[16*T_WTR_L +: 16]);
            fault[T_WTR_S] = write_in_q[rank*2 +: 2] != bank_i[3:2]
                && early(written_r, now_q, timing_i[16*T_WTR_S +: 16]);
          end else begin
            fault[T_CCD_L] = early(write_g, now_q, timing_i[16*T_CCD_L +: 16]);
            fault[T_CCD_S] = write_in_q[rank*2 +: 2] != bank_i[3:2]
                && early(write_r, now_q, timing_i[16*T_CCD_S +: 16]);
            fault[T_RTW]   = early(read_r, now_q, timing_i[16*T_RTW +: 16]);
          end
        end
        CMD_PRE: begin
          if (open_q[bank_i]) begin
            fault[T_RAS] = early(act_b, now_q, timing_i[16*T_RAS +: 16]);
            fault[T_RTP] = early(read_b, now_q, timing_i[16*T_RTP +: 16]);
            fault[T_WR]  = early(written_b, now_q, timing_i[16*T_WR +: 16]);
          end
        end
        CMD_PREA: begin
          // A row that was closed since then was closed late enough, or that was reported.
          fault[T_RAS] = early(act_r, now_q, timing_i[16*T_RAS +: 16]);
          fault[T_RTP] = early(read_r, now_q, timing_i[16*T_RTP +: 16]);
          fault[T_WR]  = early(written_r, now_q, timing_i[16*T_WR +: 16]);
        end
        CMD_REF, CMD_SRE: begin
          fault[E_REF_OPEN] = open_q[rank*16 +: 16] != '0;
          fault[T_RP]       = early(pre_r, now_q, timing_i[16*T_RP +: 16]);
          fault[T_RC]       = early(act_r, now_q, timing_i[16*T_RC +: 16]);
        end
        CMD_PDE: fault[T_CKE] = early(up_q[rank*48 +: 48], now_q, timing_i[16*T_CKE +: 16]);
        CMD_PDX, CMD_SRX: begin
          fault[T_CKE] = early(down_q[rank*48 +: 48], now_q, timing_i[16*T_CKE +: 16]);
          fault[T_RFC] = 1'b0;
        end
        default: fault[E_COMMAND] = 1'b1;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (cmd_i == CMD_ACT) begin
      act_bank[bank_i] <= now_q;
      act_group[group] <= now_q;
      row_bank[bank_i] <= row_i;
    end
    if (cmd_i == CMD_RD) begin
      read_bank[bank_i] <= now_q;
      read_group[group] <= now_q;
    end
    if (cmd_i == CMD_WR) begin
      write_bank[bank_i] <= now_q;
      write_group[group] <= now_q;
    end
    if (cmd_i == CMD_PRE) pre_bank[bank_i] <= now_q;
    if (cmd_i == CMD_PREA) begin
      for (int b = 0; b < 32; b++) begin
        if (b / 16 == {31'd0, rank} && open_q[b]) pre_bank[b] <= now_q;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_act_q     <= '0;
      seen_pre_q     <= '0;
      seen_read_q    <= '0;
      seen_write_q   <= '0;
      open_q         <= '0;
      group_act_q    <= '0;
      group_read_q   <= '0;
      group_write_q  <= '0;
      acts_q         <= '0;
      read_q         <= '0;
      write_q        <= '0;
      pre_q          <= '0;
      ref_q          <= '0;
      down_q         <= '0;
      up_q           <= '0;
      sref_q         <= '0;
      act_in_q       <= '0;
      read_in_q      <= '0;
      write_in_q     <= '0;
      powered_down_q <= '0;
      self_refresh_q <= '0;
      bus_free_q     <= '0;
      bus_rank_q     <= 1'b0;
    end else begin
      if (is_cas) begin
        bus_free_q <= start + burst;
        bus_rank_q <= rank;
      end
      case (cmd_i)
        CMD_ACT: begin
          seen_act_q[bank_i]      <= 1'b1;
          group_act_q[group]      <= 1'b1;
          open_q[bank_i]          <= 1'b1;
          acts_q[rank*192 +: 192] <= {acts_q[rank*192 +: 144], now_q};
          act_in_q[rank*2 +: 2]   <= bank_i[3:2];
        end
        CMD_RD: begin
          seen_read_q[bank_i]    <= 1'b1;
          group_read_q[group]    <= 1'b1;
          read_q[rank*48 +: 48]  <= now_q;
          read_in_q[rank*2 +: 2] <= bank_i[3:2];
        end
        CMD_WR: begin
          seen_write_q[bank_i]    <= 1'b1;
          group_write_q[group]    <= 1'b1;
          write_q[rank*48 +: 48]  <= now_q;
          write_in_q[rank*2 +: 2] <= bank_i[3:2];
        end
        CMD_PRE: begin
          seen_pre_q[bank_i]   <= 1'b1;
          open_q[bank_i]       <= 1'b0;
          pre_q[rank*48 +: 48] <= now_q;
        end
        CMD_PREA: begin
          if (rank) seen_pre_q[31:16] <= seen_pre_q[31:16] | open_q[31:16];
          else      seen_pre_q[15:0]  <= seen_pre_q[15:0] | open_q[15:0];
          open_q[rank*16 +: 16] <= '0;
          pre_q[rank*48 +: 48]  <= now_q;
        end
        CMD_REF: ref_q[rank*48 +: 48] <= now_q;
        CMD_PDE: begin
          powered_down_q[rank]  <= 1'b1;
          down_q[rank*48 +: 48] <= now_q;
        end
        CMD_PDX: begin
          powered_down_q[rank] <= 1'b0;
          up_q[rank*48 +: 48]  <= now_q;
        end
        CMD_SRE: begin
          self_refresh_q[rank]  <= 1'b1;
          down_q[rank*48 +: 48] <= now_q;
        end
        CMD_SRX: begin
          self_refresh_q[rank]  <= 1'b0;
          sref_q[rank*48 +: 48] <= now_q;
        end
        default: ;
      endcase
    end
  end

  // ---- REF on average every tREFI: what is owed, by rank
  logic [1:0]     expect_on, due;
  logic [2*48-1:0] due_at_q;
  logic [1:0]     counting_q;
  logic [11:0]    owed_q;        // two signed numbers: REF may also come early
  logic [5:0]     most;
  logic [1:0]     owed_fault;

  assign expect_on = {refresh_i && two_ranks_i, refresh_i};
  assign most      = postpone_i >= 4'd7 ? 6'd8 : {2'd0, postpone_i} + 6'd1;

  always_comb begin
    for (int r = 0; r < 2; r++) begin
      due[r] = counting_q[r] && now_q >= due_at_q[r*48 +: 48] && !self_refresh_q[r];
      owed_fault[r] = due[r] && $signed(owed_q[r*6 +: 6]) >= $signed(most);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      counting_q <= '0;
      due_at_q   <= '0;
      owed_q     <= '0;
    end else begin
      counting_q <= expect_on;
      for (int r = 0; r < 2; r++) begin
        if (!counting_q[r]) begin
          due_at_q[r*48 +: 48] <= now_q + {32'd0, timing_i[16*T_REFI +: 16]};
          owed_q[r*6 +: 6]     <= '0;
        end else begin
          if (due[r]) begin
            due_at_q[r*48 +: 48] <= due_at_q[r*48 +: 48] + {32'd0, timing_i[16*T_REFI +: 16]};
          end
          // Reported once, then counted from the limit again.
          if (due[r] && !owed_fault[r] && !(cmd_i == CMD_REF && {31'd0, rank} == r)) begin
            owed_q[r*6 +: 6] <= owed_q[r*6 +: 6] + 6'd1;
          end else if (!due[r] && cmd_i == CMD_REF && {31'd0, rank} == r
              && $signed(owed_q[r*6 +: 6]) > -6'sd8) begin
            owed_q[r*6 +: 6] <= owed_q[r*6 +: 6] - 6'd1;
          end
        end
      end
    end
  end

  // ---- the data come when they should
  localparam integer BURSTS = 32;
  (* mem2reg *) logic [47:0] read_due [0:BURSTS-1];
  (* mem2reg *) logic [47:0] write_due [0:BURSTS-1];
  logic [5:0]  read_in_flight_q, read_done_q, write_in_flight_q, write_done_q;
  logic        read_any, write_any, read_now, write_now;
  logic [47:0] read_next, write_next;

  assign read_any   = read_in_flight_q != read_done_q;
  assign write_any  = write_in_flight_q != write_done_q;
  assign read_next  = read_due[read_done_q[4:0]];
  assign write_next = write_due[write_done_q[4:0]];
  assign read_now   = read_any && now_q == read_next;
  assign write_now  = write_any && now_q == write_next;

  always_comb begin
    data_fault         = '0;
    data_fault[T_CL]   = rd_valid_i != read_now;
    data_fault[T_CWL]  = wr_valid_i != write_now;
    data_fault[T_REFI] = owed_fault != '0;
  end

  always_ff @(posedge clk_i) begin
    if (cmd_i == CMD_RD) read_due[read_in_flight_q[4:0]] <= now_q + cl + burst - 48'd1;
    if (cmd_i == CMD_WR) write_due[write_in_flight_q[4:0]] <= now_q + cwl + burst - 48'd1;
  end

  logic [29:0] all;

  assign all = fault | data_fault;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q             <= START;
      read_in_flight_q  <= '0;
      read_done_q       <= '0;
      write_in_flight_q <= '0;
      write_done_q      <= '0;
      violation_o       <= 1'b0;
      violation_mask_o  <= '0;
    end else begin
      now_q       <= now_q + 48'd1 + {16'd0, skip_i};
      violation_o <= all != '0;
      if (all != '0) violation_mask_o <= all;
      if (cmd_i == CMD_RD) read_in_flight_q <= read_in_flight_q + 1'b1;
      if (cmd_i == CMD_WR) write_in_flight_q <= write_in_flight_q + 1'b1;
      if (read_now) read_done_q <= read_done_q + 1'b1;
      if (write_now) write_done_q <= write_done_q + 1'b1;
    end
  end

  always_comb begin
    violation_code_o = '0;
    for (int i = 29; i >= 0; i--) if (violation_mask_o[i]) violation_code_o = 5'(i);
  end

  // ---- quiet cycles
  logic [47:0] left;
  logic [31:0] wake;

  always_comb begin
    wake = NEVER;
    left = '0;
    for (int r = 0; r < 2; r++) begin
      left = due_at_q[r*48 +: 48] - now_q;
      if (counting_q[r] && !self_refresh_q[r] && left < {16'd0, wake}) wake = left[31:0];
    end
    left = read_next - now_q;
    if (read_any && left < {16'd0, wake}) wake = left[31:0];
    left = write_next - now_q;
    if (write_any && left < {16'd0, wake}) wake = left[31:0];
    quiet_cycles_o = cmd_i != CMD_NOP || rd_valid_i || wr_valid_i || due != '0 || violation_o
        || expect_on != counting_q || wake == '0 ? '0
        : wake == NEVER ? 32'hffff_ffff : wake - 32'd1;
  end

endmodule

`default_nettype wire
