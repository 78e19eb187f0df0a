// SPDX-License-Identifier: Apache-2.0
// Ring of beats over LANES banks: room is reserved, filled in order, released and played in order.
`default_nettype none

module brg_pulse_ring #(
  parameter integer WIDTH = 140,  // bits of a beat, >= 1
  parameter integer LANES = 8,    // beats that move in a cycle, a power of two >= 2
  parameter integer BEATS = 4096  // beats held, a power of two >= 2 * LANES
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,
  input  logic                       clear_i,          // drop everything; wins over all else

  input  logic [$clog2(LANES):0]     reserve_count_i,  // 0..LANES, never more than room_o
  output logic [$clog2(BEATS):0]     room_o,           // beats that can be reserved

  input  logic [$clog2(LANES):0]     write_count_i,    // 0..LANES, never more than was reserved
  input  logic [LANES*WIDTH-1:0]     write_data_i,     // the oldest beat in the low bits

  input  logic [$clog2(BEATS):0]     release_count_i,  // beats to play; never more than was written

  // The beats played, by bank: the oldest stands in bank play_start_o, the next in the one after.
  output logic [LANES-1:0]           play_valid_o,
  output logic [$clog2(LANES)-1:0]   play_start_o,
  output logic [LANES*WIDTH-1:0]     play_data_o,

  output logic                       playing_o         // released beats are left, or at the output
);

  localparam integer LANE_W = $clog2(LANES);
  localparam integer PTR_W  = $clog2(BEATS);
  localparam integer ROWS   = BEATS / LANES;
  localparam integer ROW_W  = $clog2(ROWS);

  generate
    if (LANES < 2 || (LANES & (LANES - 1)) != 0 || (BEATS & (BEATS - 1)) != 0 ||
        BEATS < 2 * LANES || WIDTH < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_pulse_ring_parameter_out_of_range u_error ();
`else
      $error("brg_pulse_ring: parameter out of range");
`endif
    end
  endgenerate

  // One bit more than an address, so that full and empty differ.
  logic [PTR_W:0]    reserve_q, write_q, target_q, play_q;
  logic [PTR_W:0]    play_left;
  logic [LANE_W:0]   play_count;
  logic [LANES-1:0]  valid_q;
  logic [LANE_W-1:0] start_q;

  assign room_o     = (PTR_W + 1)'(BEATS) - (reserve_q - play_q);
  assign play_left  = target_q - play_q;
  assign play_count = play_left > (PTR_W + 1)'(LANES) ? (LANE_W + 1)'(LANES)
                                                      : play_left[LANE_W:0];

`ifdef FORMAL
  `include "brg_pulse_ring_props.svh"
`endif

  logic [LANES-1:0] reads;

  generate
    for (genvar b = 0; b < LANES; b = b + 1) begin : g_bank
      logic [LANE_W-1:0] write_lane, read_lane;
      logic [PTR_W:0]    write_place, read_place;
      logic              write_here, read_here;
      logic [WIDTH-1:0]  data;
      assign write_lane  = LANE_W'(b) - write_q[LANE_W-1:0];
      assign read_lane   = LANE_W'(b) - play_q[LANE_W-1:0];
      assign write_place = write_q + (PTR_W + 1)'(write_lane);
      assign read_place  = play_q + (PTR_W + 1)'(read_lane);
      assign write_here  = {1'b0, write_lane} < write_count_i;
      assign read_here   = {1'b0, read_lane} < play_count;
      assign data        = write_data_i[32'(write_lane)*WIDTH +: WIDTH];
      assign reads[b]    = read_here;

      // A bank: one write port, one registered read port, no reset.
      logic [WIDTH-1:0] rows [0:ROWS-1];
      logic [WIDTH-1:0] read_q;
      always_ff @(posedge clk_i) begin
        if (write_here) rows[write_place[LANE_W +: ROW_W]] <= data;
      end
      always_ff @(posedge clk_i) begin
        if (read_here) read_q <= rows[read_place[LANE_W +: ROW_W]];
      end
      assign play_data_o[b*WIDTH +: WIDTH] = read_q;

`ifdef FORMAL
      always @(posedge clk_i) begin
        if (rst_ni && f_held && f_bank == b) begin
          assert (rows[f_place[LANE_W +: ROW_W]] == f_value);
        end
      end
`endif

      logic unused;
      assign unused = &{1'b0, write_place[PTR_W], write_place[LANE_W-1:0], read_place[PTR_W],
                        read_place[LANE_W-1:0]};
    end
  endgenerate

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reserve_q <= '0;
      write_q   <= '0;
      target_q  <= '0;
      play_q    <= '0;
      valid_q   <= '0;
      start_q   <= '0;
    end else if (clear_i) begin
      reserve_q <= '0;
      write_q   <= '0;
      target_q  <= '0;
      play_q    <= '0;
      valid_q   <= '0;
      start_q   <= '0;
    end else begin
      reserve_q <= reserve_q + (PTR_W + 1)'(reserve_count_i);
      write_q   <= write_q + (PTR_W + 1)'(write_count_i);
      target_q  <= target_q + release_count_i;
      play_q    <= play_q + (PTR_W + 1)'(play_count);
      valid_q   <= reads;
      start_q   <= play_q[LANE_W-1:0];
    end
  end

  assign play_valid_o = valid_q;
  assign play_start_o = start_q;
  assign playing_o    = play_left != '0 || valid_q != '0;

endmodule

`default_nettype wire
