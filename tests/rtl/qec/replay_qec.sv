// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on brg_qec_decoder and compares
// the outputs of every cycle. Run with +pins=FILE; prints REPLAY PASSED and the number of cycles.
`default_nettype none
`timescale 1ns/1ps

module replay_qec;

  localparam integer BITS = 16;  // 4 layers of 4 checks: distance 3
  logic clk = 1'b0;
  // What is driven, in the order of the file; then what is expected (e_) and seen (s_).
  logic i_rst_n, i_clear, i_start, i_done_ready, i_open;
  logic [2:0] i_layers, i_commit;
  logic [BITS-1:0] i_events;
  logic e_ready, s_ready, e_done, s_done, e_quiet;
  logic [2:0] e_state, s_state;
  logic [15:0] e_tokens, s_tokens, e_growths, s_growths, e_cycles, s_cycles;
  logic [8:0] e_flips, s_flips;
  logic [BITS-1:0] e_residual, s_residual;
  logic [1:0] e_observable, s_observable;
  logic [31:0] quiet;

  brg_qec_decoder #(.DISTANCE(3), .LAYERS(4), .BASIS(1)) u_decoder (
    .clk_i(clk), .rst_ni(i_rst_n), .clear_i(i_clear), .start_valid_i(i_start),
    .start_ready_o(s_ready), .events_i(i_events), .layers_i(i_layers), .commit_i(i_commit),
    .open_i(i_open), .done_valid_o(s_done), .done_ready_i(i_done_ready), .flips_o(s_flips),
    .observable_o(s_observable), .residual_o(s_residual), .cycles_o(s_cycles), .state_o(s_state),
    .tokens_o(s_tokens), .growths_o(s_growths), .quiet_cycles_o(quiet)
  );

  reg [8*1024-1:0] path;
  integer file, got, cycles, bad;

  initial begin
    cycles = 0;
    bad    = 0;
    if (!$value$plusargs("pins=%s", path)) begin
      $display("REPLAY FAILED: no +pins=FILE");
      $finish;
    end
    file = $fopen(path, "r");
    got  = 18;
    while (file != 0 && got == 18 && bad < 5) begin
      got = $fscanf(file, "%h %h %h %h %h %h %h %b %h %h %h %h %h %h %b %b %h %h\n",
        i_rst_n, i_clear, i_start, i_done_ready, i_layers, i_commit, i_open, i_events,
        e_ready, e_done, e_state, e_tokens, e_growths, e_quiet, e_flips, e_residual, e_observable,
        e_cycles);
      if (got == 18) begin
        #2;
        // Compared as four-state: an X that comes out is a failure. Not in reset.
        if (i_rst_n && ({s_ready, s_done, s_state, s_tokens, s_growths, quiet != 32'd0} !==
                        {e_ready, e_done, e_state, e_tokens, e_growths, e_quiet} ||
             (s_done ? {s_flips, s_residual, s_observable, s_cycles} : 43'd0) !==
             {e_flips, e_residual, e_observable, e_cycles})) begin
          $display("cycle %0d differs", cycles);
          bad = bad + 1;
        end
        clk = 1'b1;
        #2;
        clk = 1'b0;
        cycles = cycles + 1;
      end
    end
    if (bad == 0 && cycles > 500) $display("REPLAY PASSED %0d cycles", cycles);
    else $display("REPLAY FAILED after %0d cycles", cycles);
    $finish;
  end

endmodule

`default_nettype wire
