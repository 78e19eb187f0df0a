// SPDX-License-Identifier: Apache-2.0
// DDR4 device model: bursts at CL and CWL, with the checker; the bytes are kept outside.
`default_nettype none

module brg_ddr4_device (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [383:0] timing_i,
  input  logic [31:0]  policy_i,         // what the checker expects of refresh

  input  logic [3:0]   cmd_i,
  input  logic [4:0]   cmd_bank_i,
  input  logic [15:0]  cmd_row_i,
  input  logic [6:0]   cmd_col_i,
  input  logic         wr_valid_i,       // last clock of a write burst
  input  logic [511:0] wr_data_i,
  input  logic [63:0]  wr_mask_i,
  output logic         rd_valid_o,       // last clock of a read burst
  output logic [511:0] rd_data_o,

  // Storage of 2^28 words of 64 bytes at {rank, bank group, bank, row, column}.
  output logic         store_read_o,     // store_rdata_i is taken at the end of this cycle
  output logic         store_write_o,    // written at the end of this cycle
  output logic [27:0]  store_address_o,
  input  logic [511:0] store_rdata_i,
  output logic [511:0] store_wdata_o,
  output logic [63:0]  store_wmask_o,    // byte enables

  output logic         violation_o,
  output logic [4:0]   violation_code_o,
  output logic [29:0]  violation_mask_o,

  output logic [31:0]  quiet_cycles_o,
  input  logic [31:0]  skip_i
);

  `include "brg_ddr4.svh"

  localparam logic [31:0] NEVER = 32'h7fff_ffff;
  localparam integer BURSTS = 32;

  logic [31:0]  now_q, policy_q;
  logic [383:0] timing_q;
  logic         rd_valid_q;

  always_ff @(posedge clk_i) begin
    timing_q <= timing_i;
    policy_q <= policy_i;
  end

  // The row that is open in the bank is the one that is read, whatever was meant.
  (* mem2reg *) logic [15:0] row [0:31];
  (* mem2reg *) logic [27:0] read_place [0:BURSTS-1];
  (* mem2reg *) logic [31:0] read_due [0:BURSTS-1];   // the cycle before the last data
  (* mem2reg *) logic [27:0] write_place [0:BURSTS-1];
  logic [5:0]  read_in_q, read_out_q, write_in_q, write_out_q;
  logic        read_any;
  logic [31:0] read_left;
  logic [27:0] place;

  assign place     = {cmd_bank_i, row[cmd_bank_i], cmd_col_i};
  assign read_any  = read_in_q != read_out_q;
  assign read_left = read_due[read_out_q[4:0]] - now_q;

  assign store_read_o    = read_any && read_left == '0;
  assign store_write_o   = wr_valid_i;
  assign store_address_o = wr_valid_i ? write_place[write_out_q[4:0]]
                                      : read_place[read_out_q[4:0]];
  assign store_wdata_o   = wr_data_i;
  assign store_wmask_o   = wr_mask_i;
  assign rd_valid_o      = rd_valid_q;

  always_ff @(posedge clk_i) begin
    if (cmd_i == CMD_ACT) row[cmd_bank_i] <= cmd_row_i;
    if (cmd_i == CMD_RD) begin
      read_place[read_in_q[4:0]] <= place;
      read_due[read_in_q[4:0]]   <= now_q + {16'd0, timing_q[16*T_CL +: 16]}
          + {16'd0, timing_q[16*T_BURST +: 16]} - 32'd2;
    end
    if (cmd_i == CMD_WR) write_place[write_in_q[4:0]] <= place;
    if (store_read_o) rd_data_o <= store_rdata_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q       <= '0;
      rd_valid_q  <= 1'b0;
      read_in_q   <= '0;
      read_out_q  <= '0;
      write_in_q  <= '0;
      write_out_q <= '0;
    end else begin
      now_q      <= now_q + 32'd1 + skip_i;
      rd_valid_q <= store_read_o;
      if (cmd_i == CMD_RD) read_in_q <= read_in_q + 1'b1;
      if (cmd_i == CMD_WR) write_in_q <= write_in_q + 1'b1;
      if (store_read_o) read_out_q <= read_out_q + 1'b1;
      if (wr_valid_i && write_in_q != write_out_q) write_out_q <= write_out_q + 1'b1;
    end
  end

  logic [31:0] checker_quiet, own_quiet;

  brg_ddr4_checker u_checker (
    .clk_i, .rst_ni, .timing_i(timing_q),
    .refresh_i(policy_q[P_REFRESH]), .postpone_i(policy_q[P_POSTPONE +: 4]),
    .two_ranks_i(policy_q[P_TWO_RANKS]),
    .cmd_i, .bank_i(cmd_bank_i), .row_i(cmd_row_i), .wr_valid_i, .rd_valid_i(rd_valid_q),
    .violation_o, .violation_code_o, .violation_mask_o,
    .quiet_cycles_o(checker_quiet), .skip_i
  );

  assign own_quiet = cmd_i != CMD_NOP || wr_valid_i || rd_valid_q || store_read_o ? '0
                   : read_any && read_left < NEVER ? read_left - 32'd1 : 32'hffff_ffff;
  assign quiet_cycles_o = own_quiet < checker_quiet ? own_quiet : checker_quiet;

endmodule

`default_nettype wire
