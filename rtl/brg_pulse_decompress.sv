// SPDX-License-Identifier: Apache-2.0
// Takes a 16-byte pulse block apart, plain or compressed (docs/control_memory.md): up to 8 words.
`default_nettype none

module brg_pulse_decompress (
  input  wire           valid_i,
  input  wire           compressed_i,
  input  wire  [4:0]    bytes_i,   // bytes of a word: 1..16 plain, 1..15 compressed
  input  wire  [3:0]    count_i,   // words of a plain block, 1..8
  input  wire  [127:0]  nominal_i, // what the deltas of a compressed block are added to
  input  wire  [127:0]  block_i,
  output logic [3:0]    count_o,   // words of the block; 0 without valid_i or when bad
  output logic [1023:0] words_o,   // word i in bits [128i +: 128], bytes above its own are 0
  output logic          bad_o      // a compressed block that cannot be
);

  // A plain block is a compressed one of 16-bit deltas to 0, without a header.
  logic [4:0]   delta_bits;   // of a 16-bit lane
  logic [3:0]   odd_bits;     // of the 8-bit lane that ends a word of an odd number of bytes
  logic [7:0]   stride;       // bits of a word in the block
  logic [11:0]  used;
  logic [3:0]   count;
  logic [127:0] body;

  always @* begin
    delta_bits = 5'd16;
    count      = count_i;
    body       = block_i;
    if (compressed_i) begin
      delta_bits = block_i[7:4] == 4'd15 ? 5'd16 : {1'b0, block_i[7:4]};
      count      = block_i[3:0];
      body       = {8'd0, block_i[127:8]};
    end
    odd_bits = !bytes_i[0] ? 4'd0 : delta_bits > 5'd8 ? 4'd8 : delta_bits[3:0];
    stride   = 8'(bytes_i[4:1]) * 8'(delta_bits) + 8'(odd_bits);
    used     = 12'(count) * 12'(stride);
    bad_o    = valid_i && (count == 4'd0 || count > 4'd8 ||
                           used > (compressed_i ? 12'd120 : 12'd128));
    count_o  = valid_i && !bad_o ? count : 4'd0;
  end

  // Sign extension of a delta of b bits: (d ^ s) - s with s = 2^(b-1); nothing for b = 0.
  logic [15:0] mask, sign;
  logic [15:0] odd_mask, odd_sign;
  assign mask     = delta_bits[4] ? 16'hffff : (16'd1 << delta_bits) - 16'd1;
  assign sign     = mask ^ (mask >> 1);
  assign odd_mask = (16'd1 << odd_bits) - 16'd1;
  assign odd_sign = odd_mask ^ (odd_mask >> 1);

  // Lane j of a word begins delta_bits * j above the word, word i stride * i above the body.
  logic [127:0] rest;
  logic [15:0]  delta, value;
  always @* begin
    words_o = '0;
    rest    = body;
    delta   = '0;
    value   = '0;
    if (valid_i) begin
      for (int i = 0; i < 8; i = i + 1) begin
        if (4'(i) < count_o) begin
          for (int j = 0; j < 8; j = j + 1) begin
            delta = rest[7'(j) * 7'(delta_bits) +: 16];
            if (4'(j) < bytes_i[4:1]) begin
              delta = delta & mask;
              value = (compressed_i ? nominal_i[16*j +: 16] : 16'd0) + ((delta ^ sign) - sign);
              words_o[128*i + 16*j +: 16] = value;
            end else if (4'(j) == bytes_i[4:1] && bytes_i[0]) begin
              delta = delta & odd_mask;
              value = (compressed_i ? nominal_i[16*j +: 16] : 16'd0)
                    + ((delta ^ odd_sign) - odd_sign);
              words_o[128*i + 16*j +: 16] = {8'd0, value[7:0]};
            end
          end
          rest = rest >> stride;
        end
      end
    end
  end

endmodule

`default_nettype wire
