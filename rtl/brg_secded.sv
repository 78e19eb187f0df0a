// SPDX-License-Identifier: Apache-2.0
// (72,64) Hsiao code: encodes a word; decodes one with single errors corrected, double detected.
`default_nettype none

module brg_secded #(
  parameter integer WORDS = 1  // 64-bit words side by side, each with its own check, >= 1
) (
  input  logic [WORDS*64-1:0] enc_data_i,
  output logic [WORDS*8-1:0]  enc_check_o,

  input  logic [WORDS*64-1:0] dec_data_i,
  input  logic [WORDS*8-1:0]  dec_check_i,
  output logic [WORDS*64-1:0] dec_data_o,           // corrected; as it came when it cannot be
  output logic [WORDS-1:0]    dec_corrected_o,      // one bit was wrong, of data or check
  output logic [WORDS-1:0]    dec_uncorrectable_o   // two were wrong (or a detected larger error)
);

  // Row r of the parity-check matrix over the data bits. Its columns are the 56 words of weight 3 and
  // the 8 rotations of 00011111, all odd, so the sum of two columns is even and never a column.
  // Each row has 26 ones.
  localparam logic [63:0] ROW0 = 64'hf1000000001fffff;
  localparam logic [63:0] ROW1 = 64'he300000fffe0003f;
  localparam logic [63:0] ROW2 = 64'hc7003ff003e007c1;
  localparam logic [63:0] ROW3 = 64'h8f0fc0f03c207842;
  localparam logic [63:0] ROW4 = 64'h1f71c711c4438884;
  localparam logic [63:0] ROW5 = 64'h3eb65926488c9108;
  localparam logic [63:0] ROW6 = 64'h7cdaaa4a91152210;
  localparam logic [63:0] ROW7 = 64'hf8ed348d221a4420;

  generate
    for (genvar g = 0; g < WORDS; g = g + 1) begin : g_word
      logic [63:0] sent, came, flip;
      logic [7:0]  syndrome;
      logic        is_check;

      assign sent = enc_data_i[g*64 +: 64];
      assign came = dec_data_i[g*64 +: 64];
      assign enc_check_o[g*8 +: 8] = {^(sent & ROW7), ^(sent & ROW6), ^(sent & ROW5),
                                      ^(sent & ROW4), ^(sent & ROW3), ^(sent & ROW2),
                                      ^(sent & ROW1), ^(sent & ROW0)};
      assign syndrome = {^(came & ROW7), ^(came & ROW6), ^(came & ROW5), ^(came & ROW4),
                         ^(came & ROW3), ^(came & ROW2), ^(came & ROW1), ^(came & ROW0)} ^
                        dec_check_i[g*8 +: 8];

      // Bit i is turned when the syndrome is column i: all 64 columns compared row by row.
      assign flip = (syndrome[0] ? ROW0 : ~ROW0) & (syndrome[1] ? ROW1 : ~ROW1) &
                    (syndrome[2] ? ROW2 : ~ROW2) & (syndrome[3] ? ROW3 : ~ROW3) &
                    (syndrome[4] ? ROW4 : ~ROW4) & (syndrome[5] ? ROW5 : ~ROW5) &
                    (syndrome[6] ? ROW6 : ~ROW6) & (syndrome[7] ? ROW7 : ~ROW7);
      assign is_check = syndrome != '0 && (syndrome & (syndrome - 1'b1)) == '0;

      assign dec_data_o[g*64 +: 64] = came ^ flip;
      assign dec_corrected_o[g]     = flip != '0 || is_check;
      assign dec_uncorrectable_o[g] = syndrome != '0 && !dec_corrected_o[g];
    end
  endgenerate

`ifdef FORMAL
  `include "brg_secded_props.svh"
`endif

endmodule

`default_nettype wire
