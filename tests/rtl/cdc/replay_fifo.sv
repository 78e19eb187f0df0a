// SPDX-License-Identifier: Apache-2.0
// Icarus bench: replays the pins that the Verilator test recorded on a brg_cdc_fifo and compares
// every output before every edge. Run with +pins=FILE; prints REPLAY PASSED or REPLAY FAILED.
`default_nettype none
`timescale 1ns/1ps

module replay_fifo;

  logic        w_clk = 1'b0, r_clk = 1'b0;
  logic        w_edge, r_edge, w_rst_n, r_rst_n, w_valid, r_ready, w_late, r_late;
  logic [19:0] w_data;

  logic        w_ready, r_valid, occupied;
  logic [19:0] r_data, seen;
  logic [3:0]  w_level, r_level;
  logic [31:0] w_quiet, r_quiet;

  brg_cdc_fifo #(.WIDTH(20), .DEPTH(8), .SYNC(2)) u_fifo (
    .w_clk_i(w_clk), .w_rst_ni(w_rst_n), .w_valid_i(w_valid), .w_ready_o(w_ready),
    .w_data_i(w_data), .w_level_o(w_level), .w_quiet_cycles_o(w_quiet), .w_late_i(w_late),
    .r_clk_i(r_clk), .r_rst_ni(r_rst_n), .r_valid_o(r_valid), .r_ready_i(r_ready),
    .r_data_o(r_data), .r_level_o(r_level), .r_quiet_cycles_o(r_quiet), .r_late_i(r_late),
    .occupied_o(occupied)
  );

  logic        e_w_ready, e_r_valid, e_w_quiet, e_r_quiet, e_occupied;
  logic [19:0] e_data;
  logic [3:0]  e_w_level, e_r_level;
  reg [8*1024-1:0] path;
  integer file, got, edges, bad;

  initial begin
    edges = 0;
    bad   = 0;
    if (!$value$plusargs("pins=%s", path)) begin
      $display("REPLAY FAILED: no +pins=FILE");
      $finish;
    end
    file = $fopen(path, "r");
    got  = 17;
    while (file != 0 && got == 17 && bad < 5) begin
      got = $fscanf(file, {{16{"%h "}}, "%h\n"}, w_edge, r_edge, w_rst_n, r_rst_n, w_valid, r_ready,
                    w_late, r_late, w_data, e_w_ready, e_r_valid, e_data, e_w_level, e_r_level,
                    e_w_quiet, e_r_quiet, e_occupied);
      if (got == 17) begin
        #2;
        seen = r_valid === 1'b0 ? 20'd0 : r_data;
        // Four-state: an unknown that comes out is a failure.
        if ({w_ready, r_valid, seen, w_level, r_level, &w_quiet, &r_quiet, occupied} !==
            {e_w_ready, e_r_valid, e_data, e_w_level, e_r_level, e_w_quiet, e_r_quiet,
             e_occupied}) begin
          $display("edge %0d: got %b %b %h %h %h %b %b %b", edges, w_ready, r_valid, seen, w_level,
                   r_level, &w_quiet, &r_quiet, occupied);
          bad = bad + 1;
        end
        w_clk = w_edge;
        r_clk = r_edge;
        #2;
        w_clk = 1'b0;
        r_clk = 1'b0;
        edges = edges + 1;
      end
    end
    if (bad == 0 && edges > 1000) $display("REPLAY PASSED: %0d edges", edges);
    else $display("REPLAY FAILED: %0d edges, %0d differ", edges, bad);
    $finish;
  end

endmodule

`default_nettype wire
