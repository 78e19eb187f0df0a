// SPDX-License-Identifier: Apache-2.0
// Request queue of the DDR4 controller: entries in order of age, removed from any place.
`default_nettype none

module brg_ddr4_queue #(
  parameter integer DEPTH  = 32,  // entries, 2..32
  parameter integer META_W = 8    // bits that travel with an entry, >= 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               push_i,          // not while full
  input  logic [27:0]        push_place_i,    // {bank, row, column}
  input  logic [META_W-1:0]  push_meta_i,
  input  logic               push_hit_i,      // the row is open after this cycle's command
  input  logic               push_blocked_i,  // waits for the other queue

  // One bit per entry; entry 0 is the oldest.
  input  logic [DEPTH-1:0]   select_i,        // one-hot or 0: what the select outputs show
  input  logic               remove_i,        // the selected entry leaves
  output logic [27:0]        select_place_o,
  output logic [META_W-1:0]  select_meta_o,
  output logic [DEPTH-1:0]   valid_o,
  output logic [DEPTH-1:0]   hit_o,
  output logic [DEPTH-1:0]   blocked_o,
  output logic [5*DEPTH-1:0] bank_o,          // bit-sliced: bank bit i of all entries
  output logic [27:0]        head_place_o,    // of entry 0

  // Commands that open and close rows.
  input  logic               open_i,
  input  logic [20:0]        open_row_i,      // {bank, row}
  input  logic               close_i,
  input  logic               close_rank_i,    // the whole rank of close_bank_i
  input  logic [4:0]         close_bank_i,

  // Entries with the same place: of a new request, and of one that is being served.
  input  logic               match_i,
  input  logic [27:0]        match_place_i,
  output logic [DEPTH-1:0]   match_o,
  input  logic               served_i,
  input  logic [27:0]        served_place_i,
  output logic [DEPTH-1:0]   served_o,
  input  logic               unblock_i,       // the entries of served_o no longer wait

  output logic [5:0]         count_o
);

  generate
    if (DEPTH < 2 || DEPTH > 32 || META_W < 1) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_ddr4_queue_depth_must_be_2_to_32 u_error ();
`else
      $error("brg_ddr4_queue: DEPTH must be 2..32 and META_W >= 1");
`endif
    end
  endgenerate

  localparam integer BITS = 28 + META_W;

  // Bit-sliced: slice i holds bit i of every entry, so that comparing all entries with one place,
  // and closing the gap of one that leaves, are a few operations on whole slices.
  logic [BITS*DEPTH-1:0] slice_q;  // of registers that each change as a whole
  logic [DEPTH-1:0]      valid_q, hit_q, blocked_q;
  logic [5:0]            count_q;

  logic [BITS-1:0]       selected, pushed;
  logic [DEPTH-1:0]      keep;       // younger entries move down by one, older ones stay
  logic [DEPTH-1:0]      valid_kept, slot;
  logic [DEPTH-1:0]      opened, closed, hit_now, blocked_now;
  logic                  change;

  assign valid_o   = valid_q;
  assign hit_o     = hit_q;
  assign blocked_o = blocked_q;
  assign count_o   = count_q;
  assign bank_o    = slice_q[BITS*DEPTH-1 -: 5*DEPTH];
  assign pushed    = {push_place_i, push_meta_i};
  assign change    = push_i || remove_i;

  always_comb begin
    selected     = '0;
    head_place_o = '0;
    if (select_i != '0) begin
      for (int i = 0; i < BITS; i++) selected[i] = |(slice_q[i*DEPTH +: DEPTH] & select_i);
    end
    if (valid_q[0]) begin
      for (int i = 0; i < 28; i++) head_place_o[i] = slice_q[(META_W + i) * DEPTH];
    end
  end
  assign select_place_o = selected[BITS-1 -: 28];
  assign select_meta_o  = selected[META_W-1:0];

  always_comb begin
    match_o  = '0;
    served_o = '0;
    if (match_i) begin
      match_o = valid_q;
      for (int i = 0; i < 28; i++) begin
        match_o = match_o & ~(slice_q[(META_W + i) * DEPTH +: DEPTH] ^ {DEPTH{match_place_i[i]}});
      end
    end
    if (served_i) begin
      served_o = valid_q;
      for (int i = 0; i < 28; i++) begin
        served_o = served_o
            & ~(slice_q[(META_W + i) * DEPTH +: DEPTH] ^ {DEPTH{served_place_i[i]}});
      end
    end
  end

  always_comb begin
    opened = '0;
    closed = '0;
    if (open_i) begin
      opened = valid_q;
      for (int i = 0; i < 21; i++) begin
        opened = opened
            & ~(slice_q[(META_W + 7 + i) * DEPTH +: DEPTH] ^ {DEPTH{open_row_i[i]}});
      end
    end
    if (close_i) begin
      closed = ~(slice_q[(BITS - 1) * DEPTH +: DEPTH] ^ {DEPTH{close_bank_i[4]}});
      if (!close_rank_i) begin
        for (int i = 0; i < 4; i++) begin
          closed = closed
              & ~(slice_q[(BITS - 5 + i) * DEPTH +: DEPTH] ^ {DEPTH{close_bank_i[i]}});
        end
      end
    end
  end

  assign hit_now     = (hit_q | opened) & ~closed;
  assign blocked_now = unblock_i ? blocked_q & ~served_o : blocked_q;
  assign keep        = remove_i ? select_i - 1'b1 : '1;
  assign valid_kept  = (valid_q & keep) | ((valid_q >> 1) & ~keep);
  // Valid entries stand without a gap: one more is the first free place.
  assign slot        = push_i ? valid_kept + 1'b1 : '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q   <= '0;
      hit_q     <= '0;
      blocked_q <= '0;
      count_q   <= '0;
    end else begin
      hit_q     <= (hit_now & keep) | ((hit_now >> 1) & ~keep) | (push_hit_i ? slot : '0);
      blocked_q <= (blocked_now & keep) | ((blocked_now >> 1) & ~keep)
          | (push_blocked_i ? slot : '0);
      if (change) begin
        valid_q <= valid_kept | slot;
        count_q <= count_q + {5'd0, push_i} - {5'd0, remove_i};
      end
    end
  end

  generate
    for (genvar i = 0; i < BITS; i++) begin : g_slice
      logic [DEPTH-1:0] bit_q;

      assign slice_q[i*DEPTH +: DEPTH] = bit_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) bit_q <= '0;
        else if (change) begin
          bit_q <= (bit_q & keep) | ((bit_q >> 1) & ~keep) | (pushed[i] ? slot : '0);
        end
      end
    end
  endgenerate

`ifdef FORMAL
  `include "brg_ddr4_queue_props.svh"
`endif

endmodule

`default_nettype wire
