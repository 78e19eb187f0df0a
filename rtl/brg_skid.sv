// SPDX-License-Identifier: Apache-2.0
// Two-entry skid buffer: cuts valid, data and ready with registers at full throughput.
`default_nettype none

module brg_skid #(
  parameter integer WIDTH = 8  // bits of the payload, >= 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             in_valid_i,
  output logic             in_ready_o,   // a register: no path from out_ready_i
  input  logic [WIDTH-1:0] in_data_i,

  output logic             out_valid_o,
  input  logic             out_ready_i,
  output logic [WIDTH-1:0] out_data_o
);

  logic             ready_q, valid_q;
  logic [WIDTH-1:0] out_q, spare_q;
  logic             take;

  assign in_ready_o  = ready_q;
  assign out_valid_o = valid_q;
  assign out_data_o  = out_q;
  assign take        = in_valid_i && ready_q;

  // ready_q low means that spare_q holds a payload that came while the output was blocked.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ready_q <= 1'b1;
      valid_q <= 1'b0;
    end else if (out_ready_i || !valid_q) begin
      ready_q <= 1'b1;
      valid_q <= take || !ready_q;
    end else if (take) begin
      ready_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (out_ready_i || !valid_q) out_q <= ready_q ? in_data_i : spare_q;
    if (take) spare_q <= in_data_i;
  end

`ifdef FORMAL
  `include "brg_skid_props.svh"
`endif

endmodule

`default_nettype wire
