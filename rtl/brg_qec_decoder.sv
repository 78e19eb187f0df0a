// SPDX-License-Identifier: Apache-2.0
// Union-find decoder of one basis of a rotated surface code: every node of the window in parallel.
`default_nettype none

// docs/rtl_decoder.md explains the lattice, the algorithm and why it is built from shifted vectors.
module brg_qec_decoder #(
  parameter integer DISTANCE = 5,             // code distance, odd, 3..15
  parameter integer LAYERS   = DISTANCE + 1,  // layers of detection events in a window, 2..64
  parameter integer BASIS    = 0,             // 0: Z checks, 1: X checks (exchanges two weights)
  parameter integer HOPS     = 2              // edges that activity crosses in a cycle, 1..8
) (
  input  logic                                    clk_i,
  input  logic                                    rst_ni,
  input  logic                                    clear_i,     // forget the window in work

  // A window. Check c of layer t is bit t * (DISTANCE^2 - 1) / 2 + c.
  input  logic                                    start_valid_i,
  output logic                                    start_ready_o,
  input  logic [LAYERS*(DISTANCE*DISTANCE-1)/2-1:0] events_i,
  input  logic [$clog2(LAYERS+1)-1:0]             layers_i,    // layers in use, 1..LAYERS
  input  logic [$clog2(LAYERS+1)-1:0]             commit_i,    // the oldest layers, 1..layers_i
  input  logic                                    open_i,      // more layers will follow the newest

  // What is committed, and the events that it leaves in the other layers.
  output logic                                    done_valid_o,
  input  logic                                    done_ready_i,
  output logic [DISTANCE*DISTANCE-1:0]            flips_o,       // data qubit (a, b): a + DISTANCE * b
  output logic [1:0]                              observable_o,  // parity of flips: {last, first} row
  output logic [LAYERS*(DISTANCE*DISTANCE-1)/2-1:0] residual_o,
  output logic [15:0]                             cycles_o,      // from taking the window to done

  output logic [2:0]                              state_o,
  output logic [15:0]                             tokens_o,      // events that are not explained yet
  output logic [15:0]                             growths_o,     // growth steps of this window
  output logic [31:0]                             quiet_cycles_o
);

  localparam integer D      = DISTANCE;
  localparam integer CHECKS = (D * D - 1) / 2;
  localparam integer SITES  = (D - 2) * (D + 3) / 2 + 1;  // places of a layer, some empty
  localparam integer NODES  = SITES * LAYERS;
  localparam integer N      = (NODES + 31) / 32 * 32;  // whole words simulate faster; the rest is 0
  localparam integer LABEL_W = $clog2(NODES + 1);
  localparam integer GROW_W = 4;
  localparam integer COUNT_W = $clog2(LAYERS + 1);

  // Half edges are in units of about ln 2 / 2 at p = 0.005: ln((1 - p_edge) / p_edge) / 0.7.
  localparam integer WEIGHT_TIME     = 6;
  localparam integer WEIGHT_BOUNDARY = 6;
  localparam integer WEIGHT_RISING   = BASIS == 0 ? 7 : 6;
  localparam integer WEIGHT_FALLING  = BASIS == 0 ? 6 : 7;
  localparam integer WEIGHT_DIAGONAL = 8;
  localparam integer WEIGHT_MOST     = 8;
  localparam integer GROW_START      = 3;  // half of the lightest: no edge completes before

  generate
    if (D < 3 || D > 15 || D % 2 == 0 || LAYERS < 2 || LAYERS > 64 || BASIS < 0 || BASIS > 1 ||
        HOPS < 1 || HOPS > 8) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_qec_decoder_parameter_out_of_range u_error ();
`else
      $error("brg_qec_decoder: parameter out of range");
`endif
    end
  endgenerate

  // Check (i, j) of a layer, i = 0..D, j = 1..D-1, i + j even. Neighbours are at constant offsets.
  function automatic integer site_of(input integer i, input integer j);
    site_of = (i + (D + 2) * j) / 2 - (D + 3) / 2;
  endfunction

  // Directions 0..5 and their reverses 6..11: rising, falling, time, three of space and time.
  function automatic integer step_i(input integer k);
    case (k)
      0: step_i = 1;
      1: step_i = -1;
      2: step_i = 0;
      5: step_i = -2;
      default: step_i = -1;
    endcase
  endfunction

  function automatic integer step_j(input integer k);
    case (k)
      0, 1, 4: step_j = 1;
      3: step_j = -1;
      default: step_j = 0;
    endcase
  endfunction

  function automatic integer shift_of(input integer k);
    shift_of = (step_i(k) + (D + 2) * step_j(k)) / 2 + (k >= 2 ? SITES : 0);
  endfunction

  function automatic integer weight_of(input integer k);
    case (k)
      0: weight_of = WEIGHT_RISING;
      1: weight_of = WEIGHT_FALLING;
      2: weight_of = WEIGHT_TIME;
      default: weight_of = WEIGHT_DIAGONAL;
    endcase
  endfunction

  // Sites with a neighbour in direction 0..5; 6: all; 7: in the first row; 8: in the last row.
  function automatic [SITES-1:0] sites_with(input integer kind);
    integer i, j, ni, nj;
    sites_with = '0;
    for (j = 1; j < D; j = j + 1) begin
      for (i = j % 2; i <= D; i = i + 2) begin
        ni = i + (kind < 6 ? step_i(kind) : 0);
        nj = j + (kind < 6 ? step_j(kind) : 0);
        if (ni >= 0 && ni <= D && nj >= 1 && nj < D && (kind != 7 || j == 1) &&
            (kind != 8 || j == D - 1)) begin
          sites_with[site_of(i, j)] = 1'b1;
        end
      end
    end
  endfunction

  localparam [6*16-1:0] SHIFTS = {16'(shift_of(5)), 16'(shift_of(4)), 16'(shift_of(3)),
                                  16'(shift_of(2)), 16'(shift_of(1)), 16'(shift_of(0))};
  // A shift is a part of a padded vector: Verilator turns that into plain word operations.
  localparam integer PAD = (shift_of(4) + 31) / 32 * 32;
  localparam integer WIDE = N + 2 * PAD;
  localparam [N-1:0] ALL       = N'({LAYERS{sites_with(6)}});
  localparam [N-1:0] FIRST_ROW = N'({LAYERS{sites_with(7)}});
  localparam [N-1:0] LAST_ROW  = N'({LAYERS{sites_with(8)}});

  localparam logic [2:0] IDLE = 3'd0, MERGE = 3'd1, SPREAD = 3'd2, FOLD = 3'd3, DONE = 3'd4;

  // A bit a node in each plane of N bits.
  logic [2:0]            state_q;
  logic [LAYERS-1:0]     layer_on_q, commit_on_q;
  logic                  open_q, stale_q;
  logic [N-1:0]          event_q, token_q, active_q;
  logic [GROW_W*N-1:0]   grow_q;
  logic [LABEL_W*N-1:0]  label_q;
  logic [6*N-1:0]        ahead_q;    // the parent lies in direction 0..5,
  logic [6*N-1:0]        behind_q;   // or in the reverse of one,
  logic [N-1:0]          aside_q;    // or is the boundary at the sides,
  logic [N-1:0]          beyond_q;   // or the open end
  logic [8*N-1:0]        edge_q;     // correction, at the lower end; 6: first row, 7: last row
  logic [15:0]           cycles_q, growths_q;

  logic [N-1:0]          events, enabled, newest, kept;
  logic [LAYERS-1:0]     layer_on, commit_on;

  generate
    for (genvar t = 0; t < LAYERS; t = t + 1) begin : g_layer
      assign layer_on[t]  = COUNT_W'(t) < layers_i;
      assign commit_on[t] = COUNT_W'(t) < commit_i;
      assign enabled[t*SITES +: SITES] = {SITES{layer_on_q[t]}} & sites_with(6);
      assign kept[t*SITES +: SITES]    = {SITES{commit_on_q[t]}};
    end
  endgenerate
  generate
    if (N > NODES) begin : g_rest
      assign enabled[N-1:NODES] = '0;
      assign kept[N-1:NODES]    = '0;
    end
  endgenerate
  assign newest = open_q ? enabled & ~(enabled >> SITES) : '0;

  always @* begin
    events = '0;
    for (int t = 0; t < LAYERS; t = t + 1) begin
      for (int j = 1; j < D; j = j + 1) begin
        for (int c = 0; c < (D + 1) / 2; c = c + 1) begin
          events[t*SITES + (2*c + j%2 + (D+2)*j)/2 - (D+3)/2] =
              events_i[t*CHECKS + (j-1)*(D+1)/2 + c] && layer_on[t];
        end
      end
    end
  end

  // ---- edges that the balls around their two ends cover: seen from the lower and the upper end.
  // No vector is wider than 64 words at d = 7: Verilator handles wider ones by slow calls.
  logic [6*N-1:0] complete, complete_back;
  logic [N-1:0]   side, upper, covered;

  always @* begin
    covered = {N{1'b1}};
    for (int p = 0; p < GROW_W; p = p + 1) begin
      if (((WEIGHT_BOUNDARY >> p) & 1) != 0) covered = covered & grow_q[p*N +: N];
      else covered = covered | grow_q[p*N +: N];
    end
    side  = covered & enabled & (FIRST_ROW | LAST_ROW);
    upper = covered & newest;
  end

  generate
    for (genvar k = 0; k < 6; k = k + 1) begin : g_direction
      localparam integer SHIFT  = shift_of(k);
      localparam integer WEIGHT = weight_of(k);
      localparam [SITES-1:0] HERE = sites_with(k);

      logic [WIDE-1:0] wide;
      logic [N-1:0] both, back, carry, sum, met, mine, theirs;
      always @* begin
        carry = '0;
        met   = {N{1'b1}};
        sum    = '0;
        mine   = '0;
        wide   = '0;
        theirs = '0;
        for (int p = 0; p < GROW_W; p = p + 1) begin
          mine   = grow_q[p*N +: N];
          wide   = {{PAD{1'b0}}, mine, {PAD{1'b0}}};
          theirs = wide[PAD + SHIFT +: N];
          sum    = mine ^ theirs ^ carry;
          carry  = (mine & theirs) | (carry & (mine ^ theirs));
          if (((WEIGHT >> p) & 1) != 0) met = met & sum;
          else met = met | sum;
        end
        met = met | carry;  // at most 2 * WEIGHT_MOST: the carry alone is 16
        both = met & N'({LAYERS{HERE}}) & enabled & (enabled >> SHIFT);
        wide = {{PAD{1'b0}}, both, {PAD{1'b0}}};
        back = wide[PAD - SHIFT +: N];
      end
      assign complete[k*N +: N]      = both;
      assign complete_back[k*N +: N] = back;
    end
  endgenerate

  // ---- labels: each node takes the least label over complete edges, the boundary's 0 before all
  logic [6*N-1:0]       least, least_back, ahead_d, behind_d;
  logic [LABEL_W*N-1:0] least_label, label_d;
  logic [N-1:0]         aside_d, beyond_d;
  logic [WIDE-1:0]      wide;
  logic [N-1:0]         plane, zero, below, equal, labelled, bounded, improved, taken;

  always @* begin
    least       = complete;
    least_back  = complete_back;
    least_label = '0;
    label_d     = label_q;
    ahead_d     = ahead_q;
    behind_d    = behind_q;
    aside_d     = aside_q;
    beyond_d    = beyond_q;
    plane       = '0;
    wide        = '0;
    zero        = '0;
    below       = '0;
    equal       = {N{1'b1}};
    labelled    = '0;
    bounded     = '0;
    improved    = '0;
    taken       = '0;
    if (state_q == MERGE) begin
      for (int p = LABEL_W - 1; p >= 0; p = p - 1) begin
        plane = label_q[p*N +: N];
        wide  = {{PAD{1'b0}}, plane, {PAD{1'b0}}};
        zero  = '0;
        for (int k = 0; k < 6; k = k + 1) begin
          zero = zero | (least[k*N +: N] & ~wide[PAD + 32'(SHIFTS[k*16 +: 16]) +: N]) |
                        (least_back[k*N +: N] & ~wide[PAD - 32'(SHIFTS[k*16 +: 16]) +: N]);
        end
        for (int k = 0; k < 6; k = k + 1) begin
          least[k*N +: N]      = least[k*N +: N] & ~(zero & wide[PAD + 32'(SHIFTS[k*16 +: 16]) +: N]);
          least_back[k*N +: N] = least_back[k*N +: N] & ~(zero & wide[PAD - 32'(SHIFTS[k*16 +: 16]) +: N]);
        end
        least_label[p*N +: N] = ~zero;
        below    = below | (equal & zero & plane);
        equal    = equal & ~(zero ^ ~plane);
        labelled = labelled | plane;
      end
      bounded  = (side | upper) & labelled;
      improved = bounded | (below & enabled);
      taken    = bounded;
      for (int p = 0; p < LABEL_W; p = p + 1) begin
        label_d[p*N +: N] = (label_q[p*N +: N] & ~improved) |
                            (least_label[p*N +: N] & improved & ~bounded);
      end
      for (int k = 0; k < 6; k = k + 1) begin
        ahead_d[k*N +: N] = (ahead_q[k*N +: N] & ~improved) |
                            (least[k*N +: N] & improved & ~taken);
        taken = taken | least[k*N +: N];
      end
      for (int k = 0; k < 6; k = k + 1) begin
        behind_d[k*N +: N] = (behind_q[k*N +: N] & ~improved) |
                             (least_back[k*N +: N] & improved & ~taken);
        taken = taken | least_back[k*N +: N];
      end
      aside_d  = (aside_q & ~improved) | (bounded & side);
      beyond_d = (beyond_q & ~improved) | (bounded & ~side);
    end
  end

  // ---- tokens: an event walks to the root of its cluster; two that meet annihilate
  logic [WIDE-1:0] step_wide;
  logic [N-1:0]   moved, step, step_back, token_d, stepped;
  logic [8*N-1:0] edge_d;

  always @* begin
    moved     = aside_q | beyond_q;
    step      = '0;
    step_back = '0;
    step_wide = '0;
    token_d   = '0;
    edge_d    = edge_q;
    for (int k = 0; k < 6; k = k + 1) begin
      step      = token_q & ahead_q[k*N +: N];
      step_wide = {{PAD{1'b0}}, token_q & behind_q[k*N +: N], {PAD{1'b0}}};
      step_back = step_wide[PAD + 32'(SHIFTS[k*16 +: 16]) +: N];
      step_wide = {{PAD{1'b0}}, step, {PAD{1'b0}}};
      moved     = moved | ahead_q[k*N +: N] | behind_q[k*N +: N];
      token_d   = token_d ^ step_wide[PAD - 32'(SHIFTS[k*16 +: 16]) +: N] ^ step_back;
      edge_d[k*N +: N] = edge_q[k*N +: N] ^ step ^ step_back;
    end
    stepped = token_q & moved;
    token_d = token_d ^ (token_q & ~moved);
    edge_d[6*N +: N] = edge_q[6*N +: N] ^ (token_q & aside_q & FIRST_ROW);
    edge_d[7*N +: N] = edge_q[7*N +: N] ^ (token_q & aside_q & LAST_ROW);
  end

  // ---- activity: the nodes that complete edges connect to a token
  logic [N-1:0]    reach;
  logic [WIDE-1:0] from;

  always @* begin
    reach = active_q;
    from  = '0;
    if (state_q == MERGE || state_q == SPREAD) begin
      if (state_q == MERGE) reach = token_q;
      for (int h = 0; h < HOPS; h = h + 1) begin
        from = {{PAD{1'b0}}, reach, {PAD{1'b0}}};
        for (int k = 0; k < 6; k = k + 1) begin
          reach = reach | (complete[k*N +: N] & from[PAD + 32'(SHIFTS[k*16 +: 16]) +: N]) |
                          (complete_back[k*N +: N] & from[PAD - 32'(SHIFTS[k*16 +: 16]) +: N]);
        end
      end
    end
  end

  logic [GROW_W*N-1:0] grow_d;
  logic [N-1:0]        full, ripple;
  always @* begin
    full = {N{1'b1}};
    for (int p = 0; p < GROW_W; p = p + 1) begin
      full = full & (((WEIGHT_MOST >> p) & 1) != 0 ? grow_q[p*N +: N] : ~grow_q[p*N +: N]);
    end
    ripple = active_q & ~full;
    grow_d = grow_q;
    for (int p = 0; p < GROW_W; p = p + 1) begin
      grow_d[p*N +: N] = grow_q[p*N +: N] ^ ripple;
      ripple = ripple & grow_q[p*N +: N];
    end
  end

  // ---- what the committed edges flip
  logic [8*N-1:0]           commit_edge;
  logic [8*SITES-1:0]       folded;
  logic [D*D-1:0]           flips;
  logic [N-1:0]             ends, left;
  logic [LAYERS*CHECKS-1:0] residual;

  assign commit_edge = state_q == FOLD ? edge_q & {8{kept}} : '0;

  always @* begin
    ends = commit_edge[6*N +: N] | commit_edge[7*N +: N];
    for (int k = 0; k < 6; k = k + 1) begin
      ends = ends ^ commit_edge[k*N +: N] ^ (commit_edge[k*N +: N] << SHIFTS[k*16 +: 16]);
    end
    left     = event_q ^ ends;
    residual = '0;
    folded   = '0;
    flips    = '0;
    if (state_q == FOLD) begin
      for (int t = 0; t < LAYERS; t = t + 1) begin
        for (int k = 0; k < 8; k = k + 1) begin
          folded[k*SITES +: SITES] = folded[k*SITES +: SITES] ^
                                     commit_edge[k*N + t*SITES +: SITES];
        end
        for (int j = 1; j < D; j = j + 1) begin
          for (int c = 0; c < (D + 1) / 2; c = c + 1) begin
            residual[t*CHECKS + (j-1)*(D+1)/2 + c] =
                left[t*SITES + (2*c + j%2 + (D+2)*j)/2 - (D+3)/2];
          end
        end
      end
      // Check (i, j) stands between the data qubits (i-1, j-1), (i, j-1), (i-1, j), (i, j).
      for (int j = 1; j < D; j = j + 1) begin
        for (int i = j % 2; i <= D; i = i + 2) begin
          if (i < D) begin
            flips[i + D*j] = flips[i + D*j] ^ folded[0*SITES + (i + (D+2)*j)/2 - (D+3)/2];
          end
          if (i > 0) begin
            flips[i-1 + D*j] = flips[i-1 + D*j] ^ folded[1*SITES + (i + (D+2)*j)/2 - (D+3)/2] ^
                folded[4*SITES + (i + (D+2)*j)/2 - (D+3)/2] ^
                folded[5*SITES + (i + (D+2)*j)/2 - (D+3)/2];
            flips[i-1 + D*(j-1)] = flips[i-1 + D*(j-1)] ^
                folded[3*SITES + (i + (D+2)*j)/2 - (D+3)/2];
          end
          if (i > 1) begin
            flips[i-2 + D*j] = flips[i-2 + D*j] ^ folded[5*SITES + (i + (D+2)*j)/2 - (D+3)/2];
          end
          if (j == 1) begin
            flips[i-1] = flips[i-1] ^ folded[6*SITES + (i + (D+2)*j)/2 - (D+3)/2];
          end
          if (j == D - 1) begin
            flips[i + D*j] = flips[i + D*j] ^ folded[7*SITES + (i + (D+2)*j)/2 - (D+3)/2];
          end
        end
      end
    end
  end

  // ---- control
  logic settled, grows, spread;
  assign settled = improved == '0 && stepped == '0;
  assign spread  = state_q == SPREAD && reach == active_q;
  assign grows   = (state_q == MERGE && settled && !stale_q) || spread;

  logic [D*D-1:0]           flips_q;
  logic [1:0]               observable_q;
  logic [LAYERS*CHECKS-1:0] residual_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= IDLE;
      cycles_q  <= '0;
      growths_q <= '0;
      token_q   <= '0;
    end else if (clear_i) begin
      state_q   <= IDLE;
      cycles_q  <= '0;
      growths_q <= '0;
      token_q   <= '0;
    end else begin
      case (state_q)
        IDLE: if (start_valid_i) begin
          token_q   <= events;
          cycles_q  <= 16'd1;
          growths_q <= '0;
          state_q   <= events == '0 ? DONE : MERGE;
        end
        MERGE: begin
          token_q  <= token_d;
          cycles_q <= cycles_q + 1'b1;
          if (token_d == '0) state_q <= FOLD;
          else if (settled && stale_q) state_q <= SPREAD;
        end
        SPREAD: begin
          cycles_q <= cycles_q + 1'b1;
          if (spread) state_q <= MERGE;
        end
        FOLD: begin
          cycles_q <= cycles_q + 1'b1;
          state_q  <= DONE;
        end
        default: if (done_ready_i) state_q <= IDLE;
      endcase
      if (grows) growths_q <= growths_q + 1'b1;
    end
  end

  // No reset: all of it is written when a window is taken.
  always_ff @(posedge clk_i) begin
    if (state_q == IDLE && start_valid_i) begin
      layer_on_q   <= layer_on;
      commit_on_q  <= commit_on;
      open_q       <= open_i;
      stale_q      <= 1'b0;
      event_q      <= events;
      active_q     <= events;
      ahead_q      <= '0;
      behind_q     <= '0;
      aside_q      <= '0;
      beyond_q     <= '0;
      edge_q       <= '0;
      flips_q      <= '0;
      observable_q <= '0;
      residual_q   <= '0;
      for (int p = 0; p < GROW_W; p = p + 1) begin
        grow_q[p*N +: N] <= ((GROW_START >> p) & 1) != 0 ? events : '0;
      end
      for (int n = 0; n < N; n = n + 1) begin
        for (int p = 0; p < LABEL_W; p = p + 1) begin
          label_q[p*N + n] <= n < NODES && (((n + 1) >> p) & 1) != 0;
        end
      end
    end
    if (state_q == MERGE) begin
      label_q  <= label_d;
      ahead_q  <= ahead_d;
      behind_q <= behind_d;
      aside_q  <= aside_d;
      beyond_q <= beyond_d;
      edge_q   <= edge_d;
      if (!settled) stale_q <= 1'b1;
      else if (stale_q) active_q <= reach;
    end
    if (state_q == SPREAD) begin
      active_q <= reach;
      if (spread) stale_q <= 1'b0;
    end
    if (grows) grow_q <= grow_d;
    if (state_q == FOLD) begin
      flips_q      <= flips;
      observable_q <= {^commit_edge[7*N +: N], ^commit_edge[6*N +: N]};
      residual_q   <= residual;
    end
  end

  logic [15:0] tokens;
  always @* begin
    tokens = '0;
    for (int n = 0; n < N; n = n + 1) begin
      if (ALL[n]) tokens = tokens + 16'(token_q[n]);
    end
  end

  assign start_ready_o  = state_q == IDLE;
  assign done_valid_o   = state_q == DONE;
  assign flips_o        = flips_q;
  assign observable_o   = observable_q;
  assign residual_o     = residual_q;
  assign cycles_o       = cycles_q;
  assign growths_o      = growths_q;
  assign tokens_o       = tokens;
  assign state_o        = state_q;
  assign quiet_cycles_o = ((state_q == IDLE && !start_valid_i) ||
                           (state_q == DONE && !done_ready_i)) && !clear_i ? 32'hffffffff : 32'd0;

endmodule

`default_nettype wire
