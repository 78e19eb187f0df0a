// SPDX-License-Identifier: Apache-2.0
// Splits queued page loads into bank-sized reads and packs the beats of the answers into words.
`default_nettype none

module brg_page_loader #(
  parameter integer ADDR_W      = 64,   // bits of an address
  parameter integer DATA_W      = 256,  // bits of an AXI beat, at most LEAF_W
  parameter integer LEAF_W      = 512,  // bits of a leaf word
  parameter integer BANK_WORDS  = 512,  // leaf words of a bank, a power of two
  parameter integer QUEUE_DEPTH = 8,    // load commands that wait, a power of two >= 2
  parameter integer BEATS_W     = 16    // bits of a read command's beat count
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      clear_i,         // drop every load and the word in the making

  input  logic [4:0]                address_width_i, // n, taken with the load; at most 24
  input  logic [6:0]                word_width_i,    // k, likewise; 0 counts as 1, above 64 as 64
  input  logic [11:0]               pages_i,         // pages of the load minus one, likewise

  input  logic                      load_valid_i,
  output logic                      load_ready_o,
  input  logic [63:0]               load_base_i,     // byte address, 64-byte aligned

  input  logic                      bank_free_i,
  output logic                      alloc_o,         // pulse: takes the free bank
  output logic [$clog2(BANK_WORDS):0] alloc_words_o,
  output logic [11:0]               alloc_meta_o,    // [11] last page of its load [10:7] log2 of
                                                     // words per plane [6:0] k

  output logic                      cmd_valid_o,
  input  logic                      cmd_ready_i,
  output logic [ADDR_W-1:0]         cmd_addr_o,
  output logic [BEATS_W-1:0]        cmd_beats_o,

  input  logic                      beat_valid_i,    // a bank is reserved: never refused
  input  logic [DATA_W-1:0]         beat_data_i,
  input  logic                      beat_error_i,

  output logic                      word_valid_o,
  output logic [LEAF_W-1:0]         word_data_o,
  output logic                      word_error_o,

  output logic                      idle_o,          // no load waits or is being split
  output logic                      quiet_o          // with these inputs nothing here will move
);

  localparam integer RATIO     = LEAF_W / DATA_W;
  localparam integer RATIO_LOG = $clog2(RATIO);
  localparam integer LEAF_LOG  = $clog2(LEAF_W);
  localparam integer WORD_LOG  = $clog2(LEAF_W / 8);
  localparam integer COUNT_W   = 22;                    // up to 64 planes of 2^15 words
  localparam integer BANK_LOG  = $clog2(BANK_WORDS);

  // ---- queue of loads, each with the geometry it was made for ----
  logic [3:0]  in_group_log;
  logic [6:0]  in_width;
  logic        queue_valid, queue_pop;
  logic [86-WORD_LOG:0] queue_data;
  logic [$clog2(QUEUE_DEPTH):0] queue_level;

  always_comb begin
    if (address_width_i > 5'd24) in_group_log = 4'(24 - LEAF_LOG);
    else if (address_width_i > 5'(LEAF_LOG)) in_group_log = 4'(address_width_i - 5'(LEAF_LOG));
    else in_group_log = '0;
    if (word_width_i > 7'd64) in_width = 7'd64;
    else if (word_width_i == '0) in_width = 7'd1;
    else in_width = word_width_i;
  end

  brg_fifo #(.WIDTH(87 - WORD_LOG), .DEPTH(QUEUE_DEPTH)) u_queue (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (clear_i),
    .in_valid_i  (load_valid_i),
    .in_ready_o  (load_ready_o),
    .in_data_i   ({pages_i, in_group_log, in_width, load_base_i[63:WORD_LOG]}),
    .out_valid_o (queue_valid),
    .out_ready_i (queue_pop),
    .out_data_o  (queue_data),
    .level_o     (queue_level)
  );

  // ---- the load being split: page after page, one bank and one read command per chunk ----
  // The pages of a load follow each other in memory, so the address just runs on.
  logic [COUNT_W-1:0]       left_q;      // words of the page without a bank
  logic [11:0]              pages_q;     // pages of the load after this one
  logic [ADDR_W-1:WORD_LOG] addr_q;
  logic [10:0]              meta_q;
  logic [COUNT_W-1:0]       chunk, page_words;
  logic                     page_done;

  assign queue_pop     = left_q == '0 && !clear_i;
  assign chunk         = left_q < COUNT_W'(BANK_WORDS) ? left_q : COUNT_W'(BANK_WORDS);
  assign cmd_valid_o   = left_q != '0 && bank_free_i;
  assign cmd_addr_o    = {addr_q, WORD_LOG'(0)};
  assign cmd_beats_o   = BEATS_W'(chunk) << RATIO_LOG;
  assign alloc_o       = cmd_valid_o && cmd_ready_i;
  assign alloc_words_o = chunk[BANK_LOG:0];
  assign alloc_meta_o  = {pages_q == '0, meta_q};
  assign page_words    = COUNT_W'(meta_q[6:0]) << meta_q[10:7];
  assign page_done     = left_q == chunk;
  assign idle_o        = left_q == '0 && queue_level == '0;
  assign quiet_o       = !(queue_pop && queue_valid) && !alloc_o && !beat_valid_i &&
                         !(load_valid_i && load_ready_o) && !(clear_i && !idle_o);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= '0;
    else if (clear_i) left_q <= '0;
    else if (queue_pop) begin
      if (queue_valid) begin
        left_q <= COUNT_W'(queue_data[70-WORD_LOG:64-WORD_LOG]) <<
                  queue_data[74-WORD_LOG:71-WORD_LOG];
      end
    end else if (alloc_o) begin
      left_q <= page_done && pages_q != '0 ? page_words : left_q - chunk;
    end
  end

  always_ff @(posedge clk_i) begin
    if (queue_pop) begin
      addr_q  <= queue_data[ADDR_W-WORD_LOG-1:0];
      meta_q  <= queue_data[74-WORD_LOG:64-WORD_LOG];
      pages_q <= queue_data[86-WORD_LOG:75-WORD_LOG];
    end else if (alloc_o) begin
      addr_q <= addr_q + (ADDR_W - WORD_LOG)'(chunk);
      if (page_done && pages_q != '0) pages_q <= pages_q - 1'b1;
    end
  end

  // ---- beats to leaf words: the first beat is the low lane ----
  generate
    if (RATIO == 1) begin : g_straight
      assign word_valid_o = beat_valid_i;
      assign word_data_o  = beat_data_i;
      assign word_error_o = beat_error_i;
    end else begin : g_pack
      logic [RATIO_LOG-1:0]     lane_q;
      logic [LEAF_W-DATA_W-1:0] low_q;    // the lanes before this beat, newest on top
      logic                     error_q;  // one of them was in error

      assign word_valid_o = beat_valid_i && lane_q == RATIO_LOG'(RATIO - 1);
      assign word_data_o  = {beat_data_i, low_q};
      assign word_error_o = beat_error_i || error_q;

      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          lane_q  <= '0;
          error_q <= 1'b0;
        end else if (clear_i) begin
          lane_q  <= '0;
          error_q <= 1'b0;
        end else if (beat_valid_i) begin
          lane_q  <= lane_q + 1'b1;
          error_q <= !word_valid_o && word_error_o;
        end
      end

      always_ff @(posedge clk_i) begin
        if (beat_valid_i) low_q <= (LEAF_W - DATA_W)'({beat_data_i, low_q} >> DATA_W);
      end
    end
  endgenerate

  logic unused;
  assign unused = &{1'b0, load_base_i[WORD_LOG-1:0], queue_data, chunk};

endmodule

`default_nettype wire
