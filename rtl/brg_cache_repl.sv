// SPDX-License-Identifier: Apache-2.0
// Replacement policy of a cache set: the way to replace, and the state after a way was used.
`default_nettype none

module brg_cache_repl #(
  parameter integer MAX_WAYS = 8  // 2, 4 or 8
) (
  input  logic [1:0]                             policy_i,     // 0 LRU, 1 tree PLRU, 2 random
  input  logic [1:0]                             ways_log2_i,  // ways in use, 0..log2(MAX_WAYS)
  input  logic [31:0]                            random_i,
  input  logic [MAX_WAYS-1:0]                    valid_i,      // ways that hold a line
  input  logic [MAX_WAYS*$clog2(MAX_WAYS)-1:0]   state_i,      // 0 after an invalidation
  input  logic [$clog2(MAX_WAYS)-1:0]            touch_i,      // the way that is used

  output logic [$clog2(MAX_WAYS)-1:0]            victim_o,
  output logic                                   chosen_o,     // by the policy: no way was free
  output logic [MAX_WAYS*$clog2(MAX_WAYS)-1:0]   state_o       // after touch_i
);

  localparam integer W = $clog2(MAX_WAYS);
  localparam integer NODE_W = $clog2(MAX_WAYS * W);

  generate
    if (MAX_WAYS != 2 && MAX_WAYS != 4 && MAX_WAYS != 8) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cache_repl_max_ways_must_be_2_4_or_8 u_error ();
`else
      $error("brg_cache_repl: MAX_WAYS must be 2, 4 or 8");
`endif
    end
  endgenerate

  logic [W-1:0]          last_way;              // ways in use - 1
  logic [MAX_WAYS*W-1:0] ages, ages_next;       // LRU: 0 is the way used last
  logic [MAX_WAYS*W-1:0] tree_next;             // PLRU: bit n - 1 of node n, 0: the left is older
  logic [W-1:0]          lru, plru, free, touch_age;
  logic                  any_free, side;
  logic [NODE_W-1:0]     node, walk;            // 1 is the root, children 2n and 2n + 1

  assign last_way = W'((32'd1 << ways_log2_i) - 32'd1);

  // The ages are stored as differences from way 0 youngest … way 7 oldest, so that a cleared set
  // is in order. Victim and next state stand in blocks of their own: a miss touches the victim.
  always @* begin
    lru      = '0;
    free     = '0;
    any_free = 1'b0;
    for (int i = MAX_WAYS - 1; i >= 0; i = i - 1) begin
      ages[i*W +: W] = state_i[i*W +: W] ^ W'(i);
      if (ages[i*W +: W] == last_way && W'(i) <= last_way) lru = W'(i);
      if (!valid_i[i] && W'(i) <= last_way) begin
        free     = W'(i);
        any_free = 1'b1;
      end
    end
  end

  always @* begin
    plru = '0;
    node = NODE_W'(1);
    for (int l = 0; l < W; l = l + 1) begin
      if (l < 32'(ways_log2_i)) begin
        plru = W'({plru, state_i[node - 1'b1]});
        node = NODE_W'({node, state_i[node - 1'b1]});
      end
    end
  end

  always @* begin
    victim_o = policy_i[1] ? W'(random_i) & last_way : policy_i[0] ? plru : lru;
    chosen_o = !any_free;
    if (any_free) victim_o = free;
  end

  always @* begin
    touch_age = ages[touch_i*W +: W];
    for (int i = 0; i < MAX_WAYS; i = i + 1) begin
      ages_next[i*W +: W] = ages[i*W +: W] ^ W'(i);
      if (ages[i*W +: W] < touch_age) ages_next[i*W +: W] = (ages[i*W +: W] + 1'b1) ^ W'(i);
      if (W'(i) == touch_i) ages_next[i*W +: W] = W'(i);
    end
    walk      = NODE_W'(1);
    tree_next = state_i;
    side      = 1'b0;
    for (int l = 0; l < W; l = l + 1) begin
      if (l < 32'(ways_log2_i)) begin
        side = 1'(touch_i >> (ways_log2_i - 2'(l) - 1'b1));
        tree_next[walk - 1'b1] = !side;
        walk = NODE_W'({walk, side});
      end
    end
    state_o = policy_i[1] ? state_i : policy_i[0] ? tree_next : ages_next;
  end

  logic unused;
  assign unused = &{1'b0, random_i[31:W]};

endmodule

`default_nettype wire
