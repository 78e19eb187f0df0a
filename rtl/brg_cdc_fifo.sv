// SPDX-License-Identifier: Apache-2.0
// Asynchronous queue between two clocks: Gray pointers, the first word falls through.
`default_nettype none

module brg_cdc_fifo #(
  parameter integer WIDTH = 8,  // bits of an entry, >= 1
  parameter integer DEPTH = 8,  // entries of the RAM, a power of two >= 4
  parameter integer SYNC  = 2   // flip-flops of each pointer's synchroniser, 2..4
) (
  // Writing domain.
  input  logic                    w_clk_i,
  input  logic                    w_rst_ni,        // either reset clears both sides, at once
  input  logic                    w_valid_i,
  output logic                    w_ready_o,
  input  logic [WIDTH-1:0]        w_data_i,
  output logic [$clog2(DEPTH):0]  w_level_o,       // slots not known to be free, 0..DEPTH
  output logic [31:0]             w_quiet_cycles_o,
  input  logic                    w_late_i,        // simulation: see brg_cdc_sync; 0 in synthesis

  // Reading domain.
  input  logic                    r_clk_i,
  input  logic                    r_rst_ni,
  output logic                    r_valid_o,
  input  logic                    r_ready_i,
  output logic [WIDTH-1:0]        r_data_o,
  output logic [$clog2(DEPTH):0]  r_level_o,       // entries known, the one shown too, 0..DEPTH+1
  output logic [31:0]             r_quiet_cycles_o,
  input  logic                    r_late_i,

  output logic                    occupied_o       // exact, of both domains: not synchronised
);

  localparam integer PTR_W = $clog2(DEPTH) + 1;  // one bit more than an address: full, not empty

  generate
    if (WIDTH < 1 || DEPTH < 4 || (DEPTH & (DEPTH - 1)) != 0) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cdc_fifo_depth_must_be_a_power_of_two u_error ();
`else
      $error("brg_cdc_fifo: DEPTH must be a power of two >= 4 and WIDTH >= 1");
`endif
    end
  endgenerate

  // Both sides leave reset with equal pointers, whatever is reset when. Writing starts two edges
  // later, so that no pointer moves while a reset is being released.
  logic       rst_n;
  logic [1:0] w_live_q;
  assign rst_n = w_rst_ni && r_rst_ni;

  logic [WIDTH-1:0]            mem [0:DEPTH-1];
  logic [PTR_W-1:0]            w_ptr_q, w_gray_q, w_before_q, w_next, w_far_gray, w_far;
  logic [PTR_W-1:0]            r_ptr_q, r_gray_q, r_before_q, r_next, r_far_gray, r_far;
  logic [(SYNC+1)*PTR_W-1:0]   w_taps, r_taps;
  logic [WIDTH-1:0]            r_data_q;
  logic                        r_valid_q;
  logic                        push, take;

  // ---- writing domain ----
  assign w_next    = w_ptr_q + 1'b1;
  assign w_level_o = w_ptr_q - w_far;
  assign w_ready_o = w_live_q[1] && w_level_o != PTR_W'(DEPTH);
  assign push      = w_valid_i && w_ready_o;

  always_ff @(posedge w_clk_i) begin
    if (push) mem[w_ptr_q[PTR_W-2:0]] <= w_data_i;
  end

  always_ff @(posedge w_clk_i or negedge rst_n) begin
    if (!rst_n) begin
      w_live_q   <= 2'b00;
      w_ptr_q    <= '0;
      w_gray_q   <= '0;
      w_before_q <= '0;
    end else begin
      w_live_q   <= {w_live_q[0], 1'b1};
      w_before_q <= w_gray_q;
      if (push) begin
        w_ptr_q  <= w_next;
        w_gray_q <= w_next ^ (w_next >> 1);
      end
    end
  end

  // Only the bit that moved at the other clock's last edge can be caught moving.
  brg_cdc_sync #(.WIDTH(PTR_W), .STAGES(SYNC)) u_to_w (
    .clk_i(w_clk_i), .rst_ni(rst_n), .d_i(r_gray_q),
    .late_i({PTR_W{w_late_i}} & (r_gray_q ^ r_before_q)), .q_o(w_far_gray), .taps_o(w_taps)
  );

  always_comb begin
    for (int i = 0; i < PTR_W; i = i + 1) w_far[i] = ^(w_far_gray >> i);
  end

  // ---- reading domain: the head moves into a register, which is what the reader sees ----
  assign r_next    = r_ptr_q + 1'b1;
  assign take      = r_far != r_ptr_q && (!r_valid_q || r_ready_i);
  assign r_valid_o = r_valid_q;
  assign r_data_o  = r_data_q;
  assign r_level_o = r_far - r_ptr_q + PTR_W'(r_valid_q);

  always_ff @(posedge r_clk_i) begin
    if (take) r_data_q <= mem[r_ptr_q[PTR_W-2:0]];
  end

  always_ff @(posedge r_clk_i or negedge rst_n) begin
    if (!rst_n) begin
      r_valid_q  <= 1'b0;
      r_ptr_q    <= '0;
      r_gray_q   <= '0;
      r_before_q <= '0;
    end else begin
      r_before_q <= r_gray_q;
      if (take) begin
        r_valid_q <= 1'b1;
        r_ptr_q   <= r_next;
        r_gray_q  <= r_next ^ (r_next >> 1);
      end else if (r_ready_i) begin
        r_valid_q <= 1'b0;
      end
    end
  end

  brg_cdc_sync #(.WIDTH(PTR_W), .STAGES(SYNC)) u_to_r (
    .clk_i(r_clk_i), .rst_ni(rst_n), .d_i(w_gray_q),
    .late_i({PTR_W{r_late_i}} & (w_gray_q ^ w_before_q)), .q_o(r_far_gray), .taps_o(r_taps)
  );

  always_comb begin
    for (int i = 0; i < PTR_W; i = i + 1) r_far[i] = ^(r_far_gray >> i);
  end

  // ---- status of the simulation; reads the other domain's pointers as they are ----
  logic w_quiet, r_quiet;
  assign w_quiet = rst_n && (&w_live_q) && !push && w_before_q == w_gray_q &&
                   w_taps == {(SYNC+1){r_gray_q}};
  assign r_quiet = rst_n && !take && !(r_valid_q && r_ready_i) && r_before_q == r_gray_q &&
                   r_taps == {(SYNC+1){w_gray_q}};
  assign w_quiet_cycles_o = {32{w_quiet}};
  assign r_quiet_cycles_o = {32{r_quiet}};
  assign occupied_o       = w_gray_q != r_gray_q || r_valid_q;

`ifdef FORMAL
  `include "brg_cdc_fifo_props.svh"
`endif

endmodule

`default_nettype wire
