// SPDX-License-Identifier: Apache-2.0
// Reorder ring of read beats: slots are given in order, answers leave in order within each ID.
`default_nettype none

module brg_cache_order #(
  parameter integer DEPTH = 32,  // slots, a power of two >= 4
  parameter integer ID_W  = 4    // bits of an ID, 1..4
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  output logic                     alloc_ready_o,
  input  logic                     alloc_i,         // ignored without alloc_ready_o
  input  logic [ID_W-1:0]          alloc_id_i,
  output logic [$clog2(DEPTH)-1:0] alloc_slot_o,

  input  logic                     done_i,          // the answer of a slot is there
  input  logic [$clog2(DEPTH)-1:0] done_slot_i,

  output logic                     pick_valid_o,    // oldest slot that may be answered now
  output logic [$clog2(DEPTH)-1:0] pick_slot_o,
  output logic [ID_W-1:0]          pick_id_o,
  input  logic                     pick_i,          // answer it and free the slot

  output logic                     empty_o,
  output logic                     moving_o,        // the next edge frees slots already answered
  output logic [$clog2(DEPTH)-1:0] head_slot_o,     // oldest slot not answered, unless moving_o
  output logic                     head_done_o
);

  localparam integer IDX_W = $clog2(DEPTH);
  localparam integer IDS   = 1 << ID_W;

  generate
    if (DEPTH < 4 || (DEPTH & (DEPTH - 1)) != 0 || ID_W < 1 || ID_W > 4) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cache_order_parameter_out_of_range u_error ();
`else
      $error("brg_cache_order: DEPTH must be a power of two >= 4 and ID_W 1..4");
`endif
    end
  endgenerate

  logic [IDX_W:0]         head_q, tail_q;
  logic [DEPTH-1:0]       used_q, done_q, blocked_q;   // blocked: an older one of its ID is unsent
  logic [DEPTH-1:0]       followed_q;                  // a younger one of its ID stands in next_q
  logic [DEPTH*IDX_W-1:0] next_q;
  logic [DEPTH*ID_W-1:0]  id_q;
  logic [IDS-1:0]         open_q;                      // that ID has an unsent slot, the last is
  logic [IDS*IDX_W-1:0]   last_q;
  logic [DEPTH-1:0]       ready, old, first;
  logic [IDX_W-1:0]       pick_slot, last_slot;
  logic                   alloc, pick, joins, pick_last;

  assign alloc_ready_o = tail_q - head_q != (IDX_W + 1)'(DEPTH);
  assign alloc         = alloc_i && alloc_ready_o;
  assign alloc_slot_o  = tail_q[IDX_W-1:0];
  assign empty_o       = tail_q == head_q;
  assign moving_o      = !empty_o && !used_q[head_q[IDX_W-1:0]];
  assign head_slot_o   = head_q[IDX_W-1:0];
  assign head_done_o   = done_q[head_q[IDX_W-1:0]];

  // The oldest is the first at or above the head's place, or else the first from place 0.
  assign ready = used_q & done_q & ~blocked_q;
  assign old   = ready & ~((DEPTH'(1) << head_q[IDX_W-1:0]) - DEPTH'(1));
  assign first = old != '0 ? old & (~old + 1'b1) : ready & (~ready + 1'b1);

  always @* begin
    pick_slot = '0;
    for (int i = 0; i < DEPTH; i = i + 1) begin
      if (first[i]) pick_slot = pick_slot | IDX_W'(i);
    end
  end

  assign pick_valid_o = ready != '0;
  assign pick_slot_o  = pick_slot;
  assign pick_id_o    = id_q[pick_slot*ID_W +: ID_W];
  assign pick         = pick_i && pick_valid_o;
  assign pick_last    = last_q[pick_id_o*IDX_W +: IDX_W] == pick_slot;
  assign last_slot    = last_q[alloc_id_i*IDX_W +: IDX_W];
  assign joins        = open_q[alloc_id_i] && !(pick && last_slot == pick_slot);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q     <= '0;
      tail_q     <= '0;
      used_q     <= '0;
      done_q     <= '0;
      blocked_q  <= '0;
      followed_q <= '0;
      open_q     <= '0;
    end else begin
      if (moving_o) head_q <= head_q + 1'b1;
      if (done_i) done_q[done_slot_i] <= 1'b1;
      if (pick) begin
        used_q[pick_slot] <= 1'b0;
        if (followed_q[pick_slot]) blocked_q[next_q[pick_slot*IDX_W +: IDX_W]] <= 1'b0;
        if (pick_last) open_q[pick_id_o] <= 1'b0;
      end
      if (alloc) begin
        tail_q                   <= tail_q + 1'b1;
        used_q[alloc_slot_o]     <= 1'b1;
        done_q[alloc_slot_o]     <= 1'b0;
        followed_q[alloc_slot_o] <= 1'b0;
        blocked_q[alloc_slot_o]  <= joins;
        open_q[alloc_id_i]       <= 1'b1;
        if (joins) followed_q[last_slot] <= 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (alloc) begin
      id_q[alloc_slot_o*ID_W +: ID_W]    <= alloc_id_i;
      last_q[alloc_id_i*IDX_W +: IDX_W]  <= alloc_slot_o;
      if (joins) next_q[last_slot*IDX_W +: IDX_W] <= alloc_slot_o;
    end
  end

`ifdef FORMAL
  `include "brg_cache_order_props.svh"
`endif

endmodule

`default_nettype wire
