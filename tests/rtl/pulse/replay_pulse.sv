// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on brg_pulse_unit and compares
// every output of every cycle. Run with +pins=FILE; prints REPLAY PASSED and the number of cycles.
`default_nettype none
`timescale 1ns/1ps

module replay_pulse;

  logic          clk = 1'b0;
  logic          rst_n, reg_valid, reg_write, begin_p, waiting, slice_valid;
  logic [11:0]   reg_address;
  logic [31:0]   reg_wdata, reg_rdata, quiet;
  logic          reg_error, ready, err;
  logic [4:0]    starved, err_layer;
  logic [3:0]    err_code;
  logic [7:0]    mem_valid, mem_parity, play_valid, play_first, play_last;
  logic [255:0]  mem_address;
  logic [1023:0] mem_data;
  logic [2:0]    play_start;
  logic [47:0]   play_table;
  logic [31:0]   play_count;
  logic [8191:0] play_words;

  brg_pulse_unit u_unit (
    .clk_i(clk), .rst_ni(rst_n), .skip_i(32'd0), .reg_valid_i(reg_valid), .reg_write_i(reg_write),
    .reg_address_i(reg_address), .reg_wdata_i(reg_wdata), .reg_rdata_o(reg_rdata),
    .reg_error_o(reg_error), .begin_i(begin_p), .waiting_i(waiting), .slice_valid_i(slice_valid),
    .pulse_ready_o(ready), .starved_layer_o(starved), .mem_valid_o(mem_valid),
    .mem_address_o(mem_address), .mem_data_i(mem_data), .mem_parity_i(mem_parity),
    .play_valid_o(play_valid), .play_start_o(play_start), .play_table_o(play_table),
    .play_first_o(play_first), .play_last_o(play_last), .play_count_o(play_count),
    .play_words_o(play_words), .quiet_cycles_o(quiet), .error_o(err), .error_code_o(err_code),
    .error_layer_o(err_layer)
  );

  // What the recorder writes: outputs that carry nothing without their valid are written as 0.
  logic [31:0] addresses, words, counts;
  always @* begin
    addresses = 32'd0;
    words     = 32'd0;
    counts    = 32'd0;
    for (int c = 0; c < 8; c = c + 1) begin
      if (mem_valid[c] === 1'b1) addresses = addresses ^ (mem_address[32*c +: 32] << c);
    end
    for (int b = 0; b < 8; b = b + 1) begin
      if (play_valid[b] === 1'b1) begin
        counts = counts + ({28'd0, play_count[4*b +: 4]} << b);
        for (int w = 0; w < 32; w = w + 1) begin
          words = {words[30:0], words[31]} ^ play_words[1024*b + 32*w +: 32];
        end
      end
    end
  end

  logic        e_ready, e_reg_error;
  logic [4:0]  e_starved, e_layer;
  logic [3:0]  e_code;
  logic [7:0]  e_mem_valid, e_play_valid;
  logic [31:0] e_addresses, e_counts, e_words, e_quiet;
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
    got  = 21;
    while (file != 0 && got == 21 && bad < 5) begin
      got = $fscanf(file, {{20{"%h "}}, "%h\n"},
        rst_n, reg_valid, reg_write, reg_address, reg_wdata, begin_p, waiting, slice_valid,
        mem_parity, mem_data,
        e_ready, e_starved, e_mem_valid, e_addresses, e_play_valid, e_counts, e_words, e_code,
        e_layer, e_quiet, e_reg_error);
      if (got == 21) begin
        // The recording begins after a reset; the first cycle makes one.
        if (cycles == 0) begin
          rst_n = 1'b0;
          #1 rst_n = 1'b1;
        end
        #2;
        // Compared as four-state: the RAMs start unknown, and an X that comes out is a failure.
        if ({ready, starved, mem_valid, addresses, play_valid, counts, words, err_code,
             err ? err_layer : 5'd0, quiet, reg_error} !==
            {e_ready, e_starved, e_mem_valid, e_addresses, e_play_valid, e_counts, e_words, e_code,
             e_layer, e_quiet, e_reg_error}) begin
          $display("cycle %0d differs", cycles);
          bad = bad + 1;
        end
        clk = 1'b1;
        #2;
        clk = 1'b0;
        cycles = cycles + 1;
      end
    end
    if (bad == 0 && cycles > 1000) $display("REPLAY PASSED %0d cycles", cycles);
    else $display("REPLAY FAILED after %0d cycles", cycles);
    $finish;
  end

endmodule

`default_nettype wire
