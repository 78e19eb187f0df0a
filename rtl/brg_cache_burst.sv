// SPDX-License-Identifier: Apache-2.0
// AXI4 address channel into accesses of one beat, or out again whole when the cache is off.
`default_nettype none

module brg_cache_burst #(
  parameter integer ADDR_W = 64,  // bits of an address
  parameter integer ID_W   = 4    // bits of an ID
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              open_i,        // take new bursts; what was taken goes on

  input  logic              s_valid_i,
  output logic              s_ready_o,
  input  logic [ID_W-1:0]   s_id_i,
  input  logic [ADDR_W-1:0] s_addr_i,
  input  logic [7:0]        s_len_i,
  input  logic [2:0]        s_size_i,
  input  logic [1:0]        s_burst_i,     // FIXED, INCR or WRAP

  output logic              valid_o,       // a burst is there
  output logic [ID_W-1:0]   id_o,
  output logic [ADDR_W-1:0] addr_o,        // as it came
  output logic [7:0]        len_o,
  output logic [2:0]        size_o,
  output logic [1:0]        burst_o,
  output logic [ADDR_W-1:0] beat_addr_o,   // byte address of the next beat
  output logic              beat_first_o,
  output logic              beat_last_o,
  input  logic              beat_i,        // take a beat; the last one ends the burst
  input  logic              whole_i        // take the whole burst
);

  localparam integer WIDTH = ID_W + ADDR_W + 13;

  logic [WIDTH-1:0]  packed_o;
  logic              ready;
  logic [7:0]        count_q;
  logic [ADDR_W-1:0] addr_q, step, after, wrap;

  brg_skid #(.WIDTH(WIDTH)) u_skid (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(s_valid_i && open_i), .in_ready_o(ready),
    .in_data_i({s_id_i, s_addr_i, s_len_i, s_size_i, s_burst_i}),
    .out_valid_o(valid_o), .out_ready_i(whole_i || (beat_i && beat_last_o)),
    .out_data_o(packed_o)
  );

  assign s_ready_o = ready && open_i;
  assign {id_o, addr_o, len_o, size_o, burst_o} = packed_o;

  assign beat_first_o = count_q == '0;
  assign beat_last_o  = count_q == len_o;
  assign beat_addr_o  = beat_first_o ? addr_o : addr_q;

  // The next beat stands at the next multiple of the size; WRAP turns round inside len + 1 beats.
  assign step  = ADDR_W'(1) << size_o;
  assign after = (beat_addr_o & ~(step - 1'b1)) + step;
  assign wrap  = ((ADDR_W'(len_o) + 1'b1) << size_o) - 1'b1;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else if (beat_i) count_q <= beat_last_o ? 8'd0 : count_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (beat_i) begin
      case (burst_o)
        2'b00:   addr_q <= beat_addr_o;
        2'b10:   addr_q <= (beat_addr_o & ~wrap) | (after & wrap);
        default: addr_q <= after;
      endcase
    end
  end

endmodule

`default_nettype wire
