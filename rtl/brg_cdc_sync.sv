// SPDX-License-Identifier: Apache-2.0
// Synchroniser of single bits or Gray code into a clock domain, with a model of metastability.
`default_nettype none

module brg_cdc_sync #(
  parameter integer WIDTH  = 1,  // bits, >= 1; more than one only if one bit changes at a time
  parameter integer STAGES = 2   // flip-flops in a row, 2..4
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic [WIDTH-1:0]              d_i,     // from another clock domain, out of flip-flops
  input  logic [WIDTH-1:0]              late_i,  // simulation: a bit that changed is seen as before
  output logic [WIDTH-1:0]              q_o,

  // What is inside, newest first: d_i at the last edge, then the stages. For quiet and proofs.
  output logic [(STAGES+1)*WIDTH-1:0]   taps_o
);

  generate
    if (WIDTH < 1 || STAGES < 2 || STAGES > 4) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cdc_sync_stages_must_be_2_to_4 u_error ();
`else
      $error("brg_cdc_sync: WIDTH must be >= 1 and STAGES 2..4");
`endif
    end
  endgenerate

  // A flip-flop that samples a moving bit settles to the value before or after the move. The value
  // before is that of the last edge, so with late_i tied to 0 seen_q has no reader and goes away.
  logic [WIDTH-1:0] seen_q;
  (* async_reg = "true" *) logic [STAGES*WIDTH-1:0] stage_q;

  assign q_o    = stage_q[(STAGES-1)*WIDTH +: WIDTH];
  assign taps_o = {stage_q, seen_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_q  <= '0;
      stage_q <= '0;
    end else begin
      seen_q  <= d_i;
      stage_q <= {stage_q[(STAGES-1)*WIDTH-1:0], (d_i & ~late_i) | (seen_q & late_i)};
    end
  end

`ifdef FORMAL
  `include "brg_cdc_sync_props.svh"
`endif

endmodule

`default_nettype wire
