// SPDX-License-Identifier: Apache-2.0
// Control store: the microprogram of the sequencer, one read and one write port, both synchronous.
`default_nettype none

module brg_control_store #(
  parameter integer STORE_WORDS = 1024  // words, a power of two, 2..4096
) (
  input  wire                            clk_i,
  // Read: the word stands at read_data_o from the cycle after read_enable_i until the next read.
  input  wire                            read_enable_i,
  input  wire  [$clog2(STORE_WORDS)-1:0] read_address_i,
  output wire  [191:0]                   read_data_o,
  // Write: seen by a read of the next cycle.
  input  wire                            write_enable_i,
  input  wire  [$clog2(STORE_WORDS)-1:0] write_address_i,
  input  wire  [191:0]                   write_data_i
);

  logic [191:0] words [0:STORE_WORDS-1];
  logic [191:0] read_data_q;

  // No reset: a block RAM has none, and the program length guards words never written.
  always_ff @(posedge clk_i) begin
    if (write_enable_i) words[write_address_i] <= write_data_i;
  end

  always_ff @(posedge clk_i) begin
    if (read_enable_i) read_data_q <= words[read_address_i];
  end

  assign read_data_o = read_data_q;

endmodule

`default_nettype wire
