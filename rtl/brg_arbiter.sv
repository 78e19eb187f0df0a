// SPDX-License-Identifier: Apache-2.0
// Round-robin arbiter of N valid/ready streams into one, which holds a grant until it is accepted.
`default_nettype none

module brg_arbiter #(
  parameter integer N     = 4,  // requesters, 2..32
  parameter integer WIDTH = 8   // bits of a payload, >= 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic [N-1:0]           in_valid_i,
  output logic [N-1:0]           in_ready_o,
  input  logic [N*WIDTH-1:0]     in_data_i,    // requester i at [i*WIDTH +: WIDTH]

  output logic                   out_valid_o,
  input  logic                   out_ready_i,
  output logic [WIDTH-1:0]       out_data_o,
  output logic [$clog2(N)-1:0]   out_index_o   // whose payload it is
);

  localparam integer IDX_W = $clog2(N);

  generate
    if (N < 2 || N > 32 || WIDTH < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_arbiter_n_must_be_2_to_32 u_error ();
`else
      $error("brg_arbiter: N must be 2..32 and WIDTH >= 1");
`endif
    end
  endgenerate

  logic             held_q;   // the grant was shown and not accepted yet
  logic [IDX_W-1:0] last_q;   // shown grant while held_q, otherwise the one served last
  logic [IDX_W-1:0] after, first, pick;
  logic             any_after;

  // The lowest valid requester above last_q, otherwise the lowest of all.
  always_comb begin
    after     = '0;
    first     = '0;
    any_after = 1'b0;
    for (int i = N - 1; i >= 0; i = i - 1) begin
      if (in_valid_i[i]) begin
        first = IDX_W'(i);
        if (IDX_W'(i) > last_q) begin
          after     = IDX_W'(i);
          any_after = 1'b1;
        end
      end
    end
  end

  assign pick        = held_q ? last_q : any_after ? after : first;
  assign out_valid_o = in_valid_i[pick];
  assign out_data_o  = in_data_i[pick*WIDTH +: WIDTH];
  assign out_index_o = pick;

  always_comb begin
    in_ready_o       = '0;
    in_ready_o[pick] = out_ready_i && out_valid_o;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q <= 1'b0;
      last_q <= IDX_W'(N - 1);
    end else begin
      held_q <= out_valid_o && !out_ready_i;
      if (out_valid_o) last_q <= pick;
    end
  end

`ifdef FORMAL
  `include "brg_arbiter_props.svh"
`endif

endmodule

`default_nettype wire
