// SPDX-License-Identifier: Apache-2.0
// Double-banked page buffer: banks are filled and drained in turn, a word may leave once written.
`default_nettype none

module brg_page_buffer #(
  parameter integer WIDTH      = 512,  // bits of a word, a power of two, 2..512
  parameter integer BANK_WORDS = 512,  // words of a bank, a power of two, 2..65536
  parameter integer META_W     = 11    // bits that travel with a bank
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        clear_i,       // free both banks, start again with bank 0

  // [31] enable [30] bank [24:9] word in bank [8:0] bit: that bit is flipped as it is read.
  input  logic [31:0]                 fault_inject_i,

  output logic                        free_o,        // the bank whose turn it is can be taken
  input  logic                        alloc_i,       // take it; only while free_o
  input  logic [$clog2(BANK_WORDS):0] alloc_words_i, // words it will hold, 1..BANK_WORDS
  input  logic [META_W-1:0]           alloc_meta_i,

  output logic                        write_ready_o, // a taken bank lacks words
  input  logic                        write_i,       // only while write_ready_o
  input  logic [WIDTH-1:0]            write_data_i,
  input  logic                        write_error_i,
  output logic [META_W-1:0]           write_meta_o,  // of the bank being written

  output logic                        read_valid_o,  // a word can be read
  input  logic                        read_i,        // take it; ignored without read_valid_o
  output logic [META_W-1:0]           read_meta_o,   // of the bank being read
  output logic                        read_error_o,  // a word in error was written to that bank
  output logic [WIDTH-1:0]            read_data_o,   // one cycle after read_i

  output logic                        empty_o        // both banks are free
);

  localparam integer ADDR_W = $clog2(BANK_WORDS);
  localparam integer BIT_W  = $clog2(WIDTH);

  generate
    if (BANK_WORDS < 2 || BANK_WORDS > 65536 || (BANK_WORDS & (BANK_WORDS - 1)) != 0 || WIDTH < 2 ||
        WIDTH > 512 || (WIDTH & (WIDTH - 1)) != 0) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_page_buffer_parameter_out_of_range u_error ();
`else
      $error("brg_page_buffer: WIDTH and BANK_WORDS must be powers of two in range");
`endif
    end
  endgenerate

  // A bank is free, open (taken, words still to be written) or closed (all written, some to read).
  // Taking, writing and reading go 0, 1, 0, … alike, so each side needs one bit and a count.
  logic [1:0]        held_q;      // not free
  logic [1:0]        open_q;
  logic [1:0]        error_q;
  logic [ADDR_W:0]   words0_q, words1_q;
  logic [META_W-1:0] meta0_q, meta1_q;
  logic              alloc_bank_q, write_bank_q, read_bank_q;
  logic [ADDR_W-1:0] write_q, read_q;   // words of that bank written, read
  logic              write, read, write_last, read_last;

  assign free_o        = !held_q[alloc_bank_q];
  assign write_ready_o = open_q[write_bank_q];
  assign write_meta_o  = write_bank_q ? meta1_q : meta0_q;
  assign read_meta_o   = read_bank_q ? meta1_q : meta0_q;
  assign read_error_o  = error_q[read_bank_q];
  assign read_valid_o  = held_q[read_bank_q] && (!open_q[read_bank_q] || read_q != write_q);
  assign empty_o       = held_q == 2'b00;

  assign write      = write_i && write_ready_o;
  assign read       = read_i && read_valid_o;
  assign write_last = {1'b0, write_q} + 1'b1 == (write_bank_q ? words1_q : words0_q);
  assign read_last  = {1'b0, read_q} + 1'b1 == (read_bank_q ? words1_q : words0_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q       <= '0;
      open_q       <= '0;
      error_q      <= '0;
      alloc_bank_q <= 1'b0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      write_q      <= '0;
      read_q       <= '0;
    end else if (clear_i) begin
      held_q       <= '0;
      open_q       <= '0;
      error_q      <= '0;
      alloc_bank_q <= 1'b0;
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      write_q      <= '0;
      read_q       <= '0;
    end else begin
      if (write) begin
        write_q <= write_q + 1'b1;
        if (write_error_i) error_q[write_bank_q] <= 1'b1;
        if (write_last) begin
          write_q              <= '0;
          write_bank_q         <= !write_bank_q;
          open_q[write_bank_q] <= 1'b0;
        end
      end
      if (read) begin
        read_q <= read_q + 1'b1;
        if (read_last) begin
          read_q               <= '0;
          read_bank_q          <= !read_bank_q;
          held_q[read_bank_q]  <= 1'b0;
          error_q[read_bank_q] <= 1'b0;
        end
      end
      if (alloc_i && free_o) begin
        held_q[alloc_bank_q] <= 1'b1;
        open_q[alloc_bank_q] <= 1'b1;
        alloc_bank_q         <= !alloc_bank_q;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (alloc_i && free_o && !alloc_bank_q) begin
      words0_q <= alloc_words_i;
      meta0_q  <= alloc_meta_i;
    end
    if (alloc_i && free_o && alloc_bank_q) begin
      words1_q <= alloc_words_i;
      meta1_q  <= alloc_meta_i;
    end
  end

  // One RAM, the bank is its top address bit. A word is counted as written a cycle after its write,
  // so a location is never read in the cycle that writes it.
  logic [WIDTH-1:0]  mem [0:2*BANK_WORDS-1];
  logic [WIDTH-1:0]  ram_q;
  logic              flip_q;
  logic [BIT_W-1:0]  flip_bit_q;

  always_ff @(posedge clk_i) begin
    if (write) mem[{write_bank_q, write_q}] <= write_data_i;
    if (read) begin
      ram_q      <= mem[{read_bank_q, read_q}];
      flip_bit_q <= fault_inject_i[BIT_W-1:0];
      flip_q     <= fault_inject_i[31] && fault_inject_i[30] == read_bank_q &&
                    fault_inject_i[24:9] == 16'(read_q) && 10'(fault_inject_i[8:0]) < 10'(WIDTH);
    end
  end

  always_comb begin
    read_data_o = ram_q;
    if (flip_q) read_data_o[flip_bit_q] = !ram_q[flip_bit_q];
  end

`ifndef FORMAL
  logic unused;
  assign unused = &{1'b0, fault_inject_i[29:25]};
`else
  `include "brg_page_buffer_props.svh"
`endif

endmodule

`default_nettype wire
