// SPDX-License-Identifier: Apache-2.0
// Device model of the quantum side: hands each event to C by DPI, or replays recorded calls.
`default_nettype none

module brg_plant #(
  parameter integer LEAF_W = 512  // bits of a leaf word
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  input  wire               observe_i,         // ask for observables after each slice
  // Events, each for the edge that ends this cycle
  input  wire               begin_i,
  input  wire               end_i,
  input  wire  [15:0]       tag_i,
  input  wire  [3:0]        end_status_i,
  input  wire               slice_valid_i,
  input  wire  [31:0]       slice_number_i,
  input  wire  [223:0]      slice_waits_i,
  input  wire  [191:0]      slice_word_i,
  input  wire  [31:0]       slice_duration_i,
  input  wire  [31:0]       page_version_i,
  input  wire               leaf_valid_i,
  input  wire  [31:0]       leaf_version_i,
  input  wire  [5:0]        leaf_plane_i,
  input  wire  [14:0]       leaf_index_i,
  input  wire  [LEAF_W-1:0] leaf_data_i,
  // Readout: the bits come readout_cycles_i cycles after the start
  input  wire               readout_start_i,
  input  wire  [31:0]       readout_cycles_i,
  output wire               readout_valid_o,
  output wire  [63:0]       readout_bits_o,
  // For the waves
  input  wire  [4:0]        address_width_i,
  input  wire  [2:0]        state_i,
  input  wire  [5:0]        waiting_i,
  output wire               failed_o,          // a replayed call was not the recorded one
  // Idle skip
  input  wire  [31:0]       skip_i,            // the edge is worth 1 + skip_i cycles
  output logic [31:0]       quiet_cycles_o     // most that skip_i may be
);

  `include "brg_types.svh"

  logic [63:0] cycle_q;    // clocks since reset
  logic [31:0] timer_q;    // cycles until the readout returns; 0 = none
  logic [63:0] bits_q;
  logic        failed_q;

  assign readout_valid_o = timer_q == 32'd1;
  assign readout_bits_o  = bits_q;
  assign failed_o        = failed_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycle_q <= 64'd0;
      timer_q <= 32'd0;
    end else begin
      cycle_q <= cycle_q + 64'd1 + {32'd0, skip_i};
      if (end_i)                   timer_q <= 32'd0;  // a query that failed takes its readout along
      else if (readout_start_i)    timer_q <= readout_cycles_i;
      else if (timer_q != 32'd0)   timer_q <= timer_q - 32'd1 - skip_i;
    end
  end

  // always @* throughout: Icarus 11 can run always_comb blocks that feed each other for ever.
  always @* begin
    quiet_cycles_o = (timer_q == 32'd0) ? QUIET_FOREVER
                   : (timer_q > 32'd2)  ? timer_q - 32'd2 : 32'd0;
    if (begin_i || end_i || slice_valid_i || leaf_valid_i || readout_start_i) begin
      quiet_cycles_o = 32'd0;
    end
  end

`ifdef VERILATOR

  // ---- Calls into C

  `include "brg_dpi.svh"

  bit  [63:0] answer;
  real        infidelity, norm;          // as last observed
  bit  [64*24-1:0] populations;

  always @(posedge clk_i) begin
    if (rst_ni) begin
      if (leaf_valid_i) begin
        brg_dpi_leaf(int'(leaf_version_i), int'(leaf_plane_i), int'(leaf_index_i), leaf_data_i);
      end
      if (begin_i) brg_dpi_begin(int'(tag_i));
      if (slice_valid_i) begin
        brg_dpi_slice(int'(slice_number_i), longint'(cycle_q), slice_waits_i, slice_word_i,
                      longint'(slice_duration_i), int'(page_version_i));
      end
      if (readout_start_i) begin
        brg_dpi_readout(answer);
        bits_q <= answer;
      end
      if (end_i) brg_dpi_end(int'(tag_i), int'(end_status_i));
      if (slice_valid_i && observe_i) begin
        brg_dpi_observe(infidelity, norm);
        for (int l = 0; l < 24; l++) begin
          if (5'(l) < address_width_i) begin
            populations[64*l +: 64] <= $realtobits(brg_dpi_population(l));
          end
        end
      end
    end
  end

  assign failed_q = 1'b0;

  generate
    for (genvar l = 0; l < 24; l = l + 1) begin : g_layer
      real population;   // excited cells of this layer
      assign population = $bitstoreal(populations[64*l +: 64]);
    end
  endgenerate

`elsif YOSYS

  // ---- No quantum side in synthesis

  assign failed_q = 1'b0;
  assign bits_q   = 64'd0;

`else

  // ---- Replay: each event must be the next line of the file that +calls=FILE names.
  // Lines: B tag | L version plane index data | S slice cycle waits word duration version |
  // R bits | E tag status; numbers hexadecimal.

  integer       file;
  reg [8*255:1] path;
  reg [7:0]     kind;
  reg [511:0]   f0, f1, f2, f3, f4, f5;
  integer       got;

  initial begin
    file     = 0;
    failed_q = 1'b0;
    bits_q   = 64'd0;
    if ($value$plusargs("calls=%s", path)) begin
      file = $fopen(path, "r");
      if (file == 0) begin
        $display("brg_plant: cannot open the recorded calls");
        failed_q = 1'b1;
      end
    end
  end

  task expect_kind(input [7:0] wanted);
    begin
      kind = 8'd0;
      got  = $fscanf(file, " %c", kind);
      if (kind != wanted) begin
        $display("brg_plant: cycle %0d: call %c, recorded %c", cycle_q, wanted, kind);
        failed_q = 1'b1;
      end
    end
  endtask

  task expect_field(input [511:0] value, input [511:0] recorded);
    begin
      if (value !== recorded) begin
        $display("brg_plant: cycle %0d: call %c has %h, recorded %h", cycle_q, kind, value,
                 recorded);
        failed_q = 1'b1;
      end
    end
  endtask

  always @(posedge clk_i) begin
    if (rst_ni && file != 0) begin
      if (leaf_valid_i) begin
        expect_kind("L");
        got = $fscanf(file, " %h %h %h %h", f0, f1, f2, f3);
        expect_field({480'd0, leaf_version_i}, f0);
        expect_field({506'd0, leaf_plane_i}, f1);
        expect_field({497'd0, leaf_index_i}, f2);
        expect_field({{(512 - LEAF_W){1'b0}}, leaf_data_i}, f3);
      end
      if (begin_i) begin
        expect_kind("B");
        got = $fscanf(file, " %h", f0);
        expect_field({496'd0, tag_i}, f0);
      end
      if (slice_valid_i) begin
        expect_kind("S");
        got = $fscanf(file, " %h %h %h %h %h %h", f0, f1, f2, f3, f4, f5);
        expect_field({480'd0, slice_number_i}, f0);
        expect_field({448'd0, cycle_q}, f1);
        expect_field({288'd0, slice_waits_i}, f2);
        expect_field({320'd0, slice_word_i}, f3);
        expect_field({480'd0, slice_duration_i}, f4);
        expect_field({480'd0, page_version_i}, f5);
      end
      if (readout_start_i) begin
        expect_kind("R");
        got    = $fscanf(file, " %h", f0);
        bits_q <= f0[63:0];
      end
      if (end_i) begin
        expect_kind("E");
        got = $fscanf(file, " %h %h", f0, f1);
        expect_field({496'd0, tag_i}, f0);
        expect_field({508'd0, end_status_i}, f1);
      end
    end
  end

`endif

  // ---- Names for the waves

  typedef enum logic [3:0] {
    OP_WAIT = 4'd0, OP_IDLE = 4'd1, OP_ROUTE = 4'd2, OP_LATCH = 4'd3, OP_UNLATCH = 4'd4,
    OP_A_IN = 4'd5, OP_A_OUT = 4'd6, OP_D_IN = 4'd7, OP_D_OUT = 4'd8, OP_FETCH = 4'd9,
    OP_READOUT = 4'd10
  } operation_t;

  typedef enum logic [3:0] {
    STALL_NONE = 4'd0, STALL_MEMORY = 4'd1, STALL_LATCH = 4'd2, STALL_PULSE = 4'd3,
    STALL_READOUT = 4'd4, STALL_DECODER = 4'd5, STALL_HOST = 4'd6, STALL_CONTROL = 4'd7
  } stall_t;

  typedef enum logic [2:0] {
    SEQ_IDLE = 3'd0, SEQ_WORD = 3'd1, SEQ_END = 3'd2, SEQ_DRAIN = 3'd3, SEQ_SLICE = 3'd4
  } sequencer_t;

  brg_word_t word;
  assign word = slice_word_i;

  operation_t operation;        // the rarest operation of the slice that runs; all are in `word`
  logic [31:0] slice;           // the slice that runs, or ran last
  logic [31:0] slice_q;
  stall_t     stall;            // why no slice runs: the open wait of the lowest cause
  sequencer_t sequencer;
  logic       in_slice;

  assign in_slice = slice_valid_i || state_i == 3'd4;
  assign slice    = slice_valid_i ? slice_number_i : slice_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)            slice_q <= 32'd0;
    else if (begin_i)       slice_q <= 32'd0;
    else if (slice_valid_i) slice_q <= slice_number_i;
  end

  always @* begin
    operation = OP_WAIT;
    if (in_slice) begin
      operation = OP_IDLE;
      if (word.route != 24'd0)                  operation = OP_ROUTE;
      if (word.latch != 24'd0 && !word.unlatch) operation = OP_LATCH;
      if (word.latch != 24'd0 && word.unlatch)  operation = OP_UNLATCH;
      if (word.a_in_valid)                      operation = OP_A_IN;
      if (word.a_out_valid)                     operation = OP_A_OUT;
      if (word.d_in_valid)                      operation = OP_D_IN;
      if (word.d_out_valid)                     operation = OP_D_OUT;
      if (word.fetch_valid)                     operation = OP_FETCH;
    end else if (timer_q != 32'd0 || readout_start_i) begin
      operation = OP_READOUT;
    end
  end

  always @* begin
    stall = STALL_NONE;
    if (state_i == 3'd1 && !slice_valid_i) begin
      stall = STALL_CONTROL;
      if (waiting_i[5]) stall = STALL_HOST;
      if (waiting_i[4]) stall = STALL_DECODER;
      if (waiting_i[3]) stall = STALL_READOUT;
      if (waiting_i[2]) stall = STALL_PULSE;
      if (waiting_i[1]) stall = STALL_LATCH;
      if (waiting_i[0]) stall = STALL_MEMORY;
    end
  end

  always @* begin
    case (state_i)
      3'd1:    sequencer = SEQ_WORD;
      3'd2:    sequencer = SEQ_END;
      3'd3:    sequencer = SEQ_DRAIN;
      3'd4:    sequencer = SEQ_SLICE;
      default: sequencer = SEQ_IDLE;
    endcase
  end

endmodule

`default_nettype wire
