// SPDX-License-Identifier: Apache-2.0
// DDR4 address maps: the address of 64 bytes to rank, bank, row and column, and back.
`default_nettype none

module brg_ddr4_map (
  input  logic [2:0]  map_i,
  input  logic        two_ranks_i,

  input  logic [27:0] line_i,   // byte address / 64; bit 27 counts with two ranks only
  output logic [4:0]  bank_o,   // {rank, bank group, bank}
  output logic [15:0] row_o,
  output logic [6:0]  col_o,

  input  logic [4:0]  bank_i,
  input  logic [15:0] row_i,
  input  logic [6:0]  col_i,
  output logic [27:0] line_o
);

  `include "brg_ddr4.svh"

  // The XOR of MOP4CLXOR spreads the column over rank, bank group, bank and row in this order; it
  // leaves the column alone and is its own inverse.
  logic [7:0]  mix, unmix;  // {row[2:0], bank, bank group, rank}
  logic        rank;
  logic [1:0]  group, bank;
  logic [15:0] row;
  logic [6:0]  col;

  assign mix   = two_ranks_i ? {1'b0, col} : {col, 1'b0};
  assign unmix = two_ranks_i ? {1'b0, col_i} : {col_i, 1'b0};

  always_comb begin
    case (map_i)
      MAP_ROCHRABACOBG: begin
        group = line_i[1:0];
        col   = line_i[8:2];
        bank  = line_i[10:9];
        rank  = two_ranks_i && line_i[11];
        row   = two_ranks_i ? line_i[27:12] : line_i[26:11];
      end
      MAP_ROBARACOCH: begin
        col            = line_i[6:0];
        rank           = two_ranks_i && line_i[7];
        {bank, group}  = two_ranks_i ? line_i[11:8] : line_i[10:7];
        row            = two_ranks_i ? line_i[27:12] : line_i[26:11];
      end
      MAP_MOP4CLXOR: begin
        rank          = two_ranks_i && line_i[2];
        {bank, group} = two_ranks_i ? line_i[6:3] : line_i[5:2];
        col           = {two_ranks_i ? line_i[11:7] : line_i[10:6], line_i[1:0]};
        row           = two_ranks_i ? line_i[27:12] : line_i[26:11];
      end
      default: begin
        col   = line_i[6:0];
        group = line_i[8:7];
        bank  = line_i[10:9];
        rank  = two_ranks_i && line_i[11];
        row   = two_ranks_i ? line_i[27:12] : line_i[26:11];
      end
    endcase
  end

  assign bank_o = map_i == MAP_MOP4CLXOR
      ? {rank ^ mix[0], group ^ mix[2:1], bank ^ mix[4:3]} : {rank, group, bank};
  assign row_o  = map_i == MAP_MOP4CLXOR ? row ^ {13'd0, mix[7:5]} : row;
  assign col_o  = col;

  logic [4:0]  b;
  logic [15:0] r;

  assign b = map_i == MAP_MOP4CLXOR
      ? bank_i ^ {unmix[0], unmix[2:1], unmix[4:3]} : bank_i;
  assign r = map_i == MAP_MOP4CLXOR ? row_i ^ {13'd0, unmix[7:5]} : row_i;

  always_comb begin
    if (two_ranks_i) begin
      case (map_i)
        MAP_ROCHRABACOBG: line_o = {r, b[4], b[1:0], col_i, b[3:2]};
        MAP_ROBARACOCH:   line_o = {r, b[1:0], b[3:2], b[4], col_i};
        MAP_MOP4CLXOR:    line_o = {r, col_i[6:2], b[1:0], b[3:2], b[4], col_i[1:0]};
        default:          line_o = {r, b[4], b[1:0], b[3:2], col_i};
      endcase
    end else begin
      case (map_i)
        MAP_ROCHRABACOBG: line_o = {1'b0, r, b[1:0], col_i, b[3:2]};
        MAP_MOP4CLXOR:    line_o = {1'b0, r, col_i[6:2], b[1:0], b[3:2], col_i[1:0]};
        default:          line_o = {1'b0, r, b[1:0], b[3:2], col_i};
      endcase
    end
  end

endmodule

`default_nettype wire
