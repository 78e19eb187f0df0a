// SPDX-License-Identifier: Apache-2.0
// First-in first-out lists in one shared pool: the accesses that wait for each line being fetched.
`default_nettype none

module brg_cache_targets #(
  parameter integer WIDTH = 8,   // bits of an entry, >= 1
  parameter integer DEPTH = 16,  // entries of the pool, a power of two >= 2
  parameter integer LISTS = 8    // lists, a power of two >= 2
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     push_i,        // ignored when full
  input  logic [$clog2(LISTS)-1:0] push_list_i,
  input  logic [WIDTH-1:0]         push_data_i,
  output logic                     full_o,

  input  logic                     pop_i,         // ignored when that list is empty
  input  logic [$clog2(LISTS)-1:0] pop_list_i,
  output logic [WIDTH-1:0]         pop_data_o,    // one cycle after pop_i, held until the next
  output logic [LISTS-1:0]         empty_o
);

  localparam integer IDX_W = $clog2(DEPTH);

  generate
    if (DEPTH < 2 || (DEPTH & (DEPTH - 1)) != 0 || LISTS < 2 || (LISTS & (LISTS - 1)) != 0 ||
        WIDTH < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cache_targets_parameter_out_of_range u_error ();
`else
      $error("brg_cache_targets: DEPTH and LISTS must be powers of two >= 2 and WIDTH >= 1");
`endif
    end
  endgenerate

  logic [WIDTH-1:0]       mem [0:DEPTH-1];
  logic [DEPTH-1:0]       used_q;
  logic [DEPTH*IDX_W-1:0] next_q;           // of an entry: the one behind it in its list
  logic [LISTS*IDX_W-1:0] head_q, tail_q;   // of a list, when it is not empty
  logic [LISTS-1:0]       empty_q;
  logic [IDX_W-1:0]       slot, head, tail, behind;
  logic                   push, pop, last;

  assign full_o  = &used_q;
  assign empty_o = empty_q;
  assign push    = push_i && !full_o;
  assign pop     = pop_i && !empty_q[pop_list_i];
  assign head    = head_q[pop_list_i*IDX_W +: IDX_W];
  assign tail    = tail_q[push_list_i*IDX_W +: IDX_W];
  assign behind  = next_q[head*IDX_W +: IDX_W];
  assign last    = head == tail_q[pop_list_i*IDX_W +: IDX_W];

  always @* begin
    slot = '0;
    for (int i = DEPTH - 1; i >= 0; i = i - 1) begin
      if (!used_q[i]) slot = IDX_W'(i);
    end
  end

  // A push to the list whose last entry leaves in this cycle starts the list anew.
  logic joins;
  assign joins = !empty_q[push_list_i] && !(pop && last && push_list_i == pop_list_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q  <= '0;
      empty_q <= '1;
    end else begin
      if (pop) begin
        used_q[head] <= 1'b0;
        if (last) empty_q[pop_list_i] <= 1'b1;
      end
      if (push) begin
        used_q[slot]         <= 1'b1;
        empty_q[push_list_i] <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (pop) begin
      head_q[pop_list_i*IDX_W +: IDX_W] <= behind;
      pop_data_o <= mem[head];
    end
    if (push) begin
      mem[slot] <= push_data_i;
      tail_q[push_list_i*IDX_W +: IDX_W] <= slot;
      if (joins) next_q[tail*IDX_W +: IDX_W] <= slot;
      else head_q[push_list_i*IDX_W +: IDX_W] <= slot;
    end
  end

`ifdef FORMAL
  `include "brg_cache_targets_props.svh"
`endif

endmodule

`default_nettype wire
