// SPDX-License-Identifier: Apache-2.0
// DDR4 controller: queues of reads and writes of 64 bytes, scheduling, refresh, statistics.
`default_nettype none

module brg_ddr4_controller #(
  parameter integer TAG_W       = 8,   // bits of a request's tag, >= 1
  parameter integer READ_DEPTH  = 32,  // reads waiting for their RD, 2..32
  parameter integer WRITE_DEPTH = 32,  // writes waiting for their WR, a power of two 4..32
  parameter integer DRAIN_HIGH  = 24,  // writes that start a drain, 2..WRITE_DEPTH
  parameter integer DRAIN_LOW   = 8    // writes that end it, below DRAIN_HIGH
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  // Configuration (brg_ddr4.svh), one clock before it counts; still while requests are in flight.
  input  logic [383:0]     timing_i,
  input  logic [31:0]      policy_i,

  // Requests of 64 bytes.
  input  logic             req_valid_i,
  output logic             req_ready_o,    // a register
  input  logic             req_write_i,
  input  logic [39:0]      req_addr_i,     // bits above the capacity and below 64 are ignored
  input  logic [TAG_W-1:0] req_tag_i,
  input  logic [511:0]     req_wdata_i,
  input  logic [63:0]      req_wmask_i,    // byte enables

  // Responses in the cycle of the last data on the bus; always accepted.
  output logic             resp_valid_o,
  output logic             resp_write_o,
  output logic [TAG_W-1:0] resp_tag_o,
  output logic [511:0]     resp_rdata_o,

  // Device.
  output logic [3:0]       cmd_o,
  output logic [4:0]       cmd_bank_o,     // {rank, bank group, bank}
  output logic [15:0]      cmd_row_o,      // RD and WR: the row that is meant
  output logic [6:0]       cmd_col_o,
  output logic             wr_valid_o,     // last clock of a write burst
  output logic [511:0]     wr_data_o,
  output logic [63:0]      wr_mask_o,
  input  logic             rd_valid_i,     // last clock of a read burst
  input  logic [511:0]     rd_data_i,

  // What the oldest outstanding read waits for.
  output logic [3:0]       head_state_o,
  output logic [39:0]      head_addr_o,
  output logic             refresh_rank_o, // with HEAD_REFRESH: the rank

  input  logic [3:0]       stat_index_i,
  output logic [63:0]      stat_value_o,

  output logic [31:0]      quiet_cycles_o,
  input  logic [31:0]      skip_i
);

  `include "brg_ddr4.svh"

  localparam integer RD   = READ_DEPTH;
  localparam integer WD   = WRITE_DEPTH;
  localparam integer MAX  = RD > WD ? RD : WD;
  localparam integer SLOT = $clog2(WD) + 1;    // write data: twice the queue
  localparam logic [31:0] NEVER = 32'h7fff_ffff;

  generate
    if (TAG_W < 1 || RD < 2 || RD > 32 || WD < 4 || WD > 32 || (WD & (WD - 1)) != 0
        || DRAIN_HIGH > WD || DRAIN_HIGH < 2 || DRAIN_LOW >= DRAIN_HIGH) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_ddr4_controller_parameter_out_of_range u_error ();
`else
      $error("brg_ddr4_controller: a parameter is out of range");
`endif
    end
  endgenerate

  logic        in_order, closed_page, two_ranks;
  logic [2:0]  map;
  logic [31:0] bound;
  logic [31:0] now_q;
  logic [31:0] t_cl, t_cwl, t_burst;
  logic [383:0] timing_q;
  logic [31:0]  policy_q;

  // Registered, so that in simulation only the request path follows the inputs.
  always_ff @(posedge clk_i) begin
    timing_q <= timing_i;
    policy_q <= policy_i;
  end

  assign in_order    = policy_q[P_IN_ORDER];
  assign closed_page = policy_q[P_CLOSED];
  assign two_ranks   = policy_q[P_TWO_RANKS];
  assign map         = policy_q[P_MAP +: 3];
  assign bound       = {16'd0, policy_q[P_STARVATION +: 16]};
  assign t_cl        = {16'd0, timing_q[16*T_CL +: 16]};
  assign t_cwl       = {16'd0, timing_q[16*T_CWL +: 16]};
  assign t_burst     = {16'd0, timing_q[16*T_BURST +: 16]};

  // ---- a request comes in; one that finds no room or must wait for an older one is parked
  logic             parked_q, parked_write_q;
  logic [27:0]      parked_place_q;
  logic [TAG_W-1:0] parked_tag_q;
  logic [511:0]     parked_data_q;
  logic [63:0]      parked_mask_q;
  logic             take, candidate, is_write, room, chain, push_read, push_write, blocked;
  logic [27:0]      line_place, place;
  logic [TAG_W-1:0] tag;
  logic             look_hit;
  logic [31:0]      read_count, write_count;

  logic [4:0]       map_bank;
  logic [15:0]      map_row;
  logic [6:0]       map_col;
  logic [27:0]      head_place, head_line;

  brg_ddr4_map u_map (
    .map_i(map), .two_ranks_i(two_ranks),
    .line_i(req_addr_i[33:6]), .bank_o(map_bank), .row_o(map_row), .col_o(map_col),
    .bank_i(head_place[27:23]), .row_i(head_place[22:7]), .col_i(head_place[6:0]),
    .line_o(head_line)
  );

  assign line_place  = {map_bank, map_row, map_col};
  assign req_ready_o = !parked_q;
  assign take        = req_valid_i && !parked_q;
  assign candidate   = take || parked_q;
  assign is_write    = parked_q ? parked_write_q : req_write_i;
  assign place       = parked_q ? parked_place_q : line_place;
  assign tag         = parked_q ? parked_tag_q : req_tag_i;

  // ---- queues
  logic [RD-1:0]   r_valid, r_hit, r_blocked, r_match, r_served, r_pick;
  logic [WD-1:0]   w_valid, w_hit, w_blocked, w_match, w_served, w_pick;
  logic [5*RD-1:0] r_bank;
  logic [5*WD-1:0] w_bank;
  logic [27:0]     r_place, w_place, r_head;
  logic [27:0]     w_head;
  logic [TAG_W-1:0] r_tag;
  logic [SLOT+TAG_W-1:0] w_meta;
  logic [5:0]      r_count, w_count;
  logic            r_remove, w_remove, r_unblock, w_unblock;
  logic            opens, closes;
  logic [SLOT-1:0] slot_q;
  logic [2*WD-1:0] used_q;

  assign read_count  = {26'd0, r_count};
  assign write_count = {26'd0, w_count};

  // A request with the place of waiting ones of the other kind waits for them, unless those
  // already wait themselves: then it stays outside. So no chain is longer than one.
  assign chain = is_write ? |(r_match & r_blocked) : |(w_match & w_blocked);
  assign blocked = is_write ? |(r_match & ~(r_remove ? r_pick : '0))
                            : |(w_match & ~(w_remove ? w_pick : '0));
  assign room = is_write ? write_count != WD && !used_q[slot_q] : read_count != RD;
  assign push_read  = candidate && !is_write && room && !chain;
  assign push_write = candidate && is_write && room && !chain;

  brg_ddr4_queue #(.DEPTH(RD), .META_W(TAG_W)) u_reads (
    .clk_i, .rst_ni,
    .push_i(push_read), .push_place_i(place), .push_meta_i(tag), .push_hit_i(look_hit),
    .push_blocked_i(blocked),
    .select_i(r_pick), .remove_i(r_remove), .select_place_o(r_place), .select_meta_o(r_tag),
    .valid_o(r_valid), .hit_o(r_hit), .blocked_o(r_blocked), .bank_o(r_bank),
    .head_place_o(r_head),
    .open_i(opens), .open_row_i({cmd_bank_o, cmd_row_o}),
    .close_i(closes), .close_rank_i(cmd_o == CMD_PREA), .close_bank_i(cmd_bank_o),
    .match_i(candidate && is_write), .match_place_i(place), .match_o(r_match),
    .served_i((r_remove && w_blocked != '0) || (w_remove && r_blocked != '0)),
    .served_place_i(w_remove ? w_place : r_place), .served_o(r_served),
    .unblock_i(r_unblock), .count_o(r_count)
  );

  brg_ddr4_queue #(.DEPTH(WD), .META_W(SLOT + TAG_W)) u_writes (
    .clk_i, .rst_ni,
    .push_i(push_write), .push_place_i(place), .push_meta_i({slot_q, tag}),
    .push_hit_i(look_hit), .push_blocked_i(blocked),
    .select_i(w_pick), .remove_i(w_remove), .select_place_o(w_place), .select_meta_o(w_meta),
    .valid_o(w_valid), .hit_o(w_hit), .blocked_o(w_blocked), .bank_o(w_bank),
    .head_place_o(w_head),
    .open_i(opens), .open_row_i({cmd_bank_o, cmd_row_o}),
    .close_i(closes), .close_rank_i(cmd_o == CMD_PREA), .close_bank_i(cmd_bank_o),
    .match_i(candidate && !is_write), .match_place_i(place), .match_o(w_match),
    .served_i((r_remove && w_blocked != '0) || (w_remove && r_blocked != '0)),
    .served_place_i(w_remove ? w_place : r_place), .served_o(w_served),
    .unblock_i(w_unblock), .count_o(w_count)
  );

  // The last of those that others wait for leaves.
  assign r_unblock = w_remove && r_blocked != '0 && (w_served & ~w_pick) == '0;
  assign w_unblock = r_remove && w_blocked != '0 && (r_served & ~r_pick) == '0;

  // ---- which queue is served, and which of its entries
  logic          serve_writes, drain_q, drain;
  logic          r_starved, w_starved;
  logic [RD-1:0] r_eligible;
  logic [WD-1:0] w_eligible;
  logic [63:0]   kind_q;              // in order: 1 = write, bit 0 the oldest request
  logic [6:0]    kinds_q;
  logic [31:0]   r_since_q, w_since_q; // since when entry 0 has been the oldest
  logic [MAX-1:0]   eligible, hit;
  logic [5*MAX-1:0] bank;

  assign r_starved = bound != '0 && r_valid[0] && now_q - r_since_q >= bound;
  assign w_starved = bound != '0 && w_valid[0] && now_q - w_since_q >= bound;

  always_comb begin
    r_eligible = r_valid & ~r_blocked;
    w_eligible = w_valid & ~w_blocked;
    if (in_order) begin
      serve_writes = kind_q[0];
      r_eligible   = r_eligible & RD'(1);
      w_eligible   = w_eligible & WD'(1);
    end else begin
      serve_writes = w_eligible != '0
          && (drain_q || r_eligible == '0 || r_blocked[0] || (w_starved && !w_blocked[0]));
      if (r_starved && !r_blocked[0]) r_eligible = RD'(1);
      if (w_starved && !w_blocked[0]) w_eligible = WD'(1);
    end
  end

  assign drain = (write_count >= DRAIN_HIGH || drain_q) && write_count > DRAIN_LOW;
  assign eligible = serve_writes ? MAX'(w_eligible) : MAX'(r_eligible);
  assign hit      = serve_writes ? MAX'(w_hit) : MAX'(r_hit);

  always_comb begin
    for (int i = 0; i < 5; i++) begin
      bank[i*MAX +: MAX] = serve_writes ? MAX'(w_bank[i*WD +: WD]) : MAX'(r_bank[i*RD +: RD]);
    end
  end

  logic [MAX-1:0] cas, act, pre, opening, pick;
  logic           close, first, conflict, cas_free;
  logic [4:0]     close_bank;
  logic [1:0]     stop, rank_open, prea_ok, ref_ok, refreshing;
  logic [31:0]    bank_wake;
  logic           wanted;

  brg_ddr4_timing #(.DEPTH(MAX)) u_timing (
    .clk_i, .rst_ni,
    .timing_i(timing_q), .two_ranks_i(two_ranks), .closed_page_i(closed_page),
    .write_i(serve_writes), .valid_i(serve_writes ? MAX'(w_valid) : MAX'(r_valid)),
    .eligible_i(eligible), .hit_i(hit), .bank_i(bank), .hold_i(stop),
    .cas_o(cas), .act_o(act), .pre_o(pre), .close_o(close), .close_bank_o(close_bank),
    .opening_o(opening), .rank_open_o(rank_open), .prea_ok_o(prea_ok), .ref_ok_o(ref_ok),
    .refreshing_o(refreshing), .wake_o(bank_wake),
    .cmd_i(cmd_o), .cmd_bank_i(cmd_bank_o), .cmd_row_i(cmd_row_o), .cmd_wanted_i(wanted),
    .first_o(first), .conflict_o(conflict),
    .look_i(place[27:7]), .look_hit_o(look_hit),
    .skip_i
  );

  // ---- refresh
  logic [1:0]  ref_done, ref_busy;
  logic [3:0]  owed0, owed1;
  logic [31:0] ref_wake0, ref_wake1;
  logic        any1, any0;

  assign any1 = |(r_bank[4*RD +: RD] & r_valid) || |(w_bank[4*WD +: WD] & w_valid);
  assign any0 = |(~r_bank[4*RD +: RD] & r_valid) || |(~w_bank[4*WD +: WD] & w_valid);

  brg_ddr4_refresh u_refresh0 (
    .clk_i, .rst_ni, .timing_i(timing_q), .enable_i(policy_q[P_REFRESH]),
    .postpone_i(policy_q[P_POSTPONE +: 4]), .idle_i(!any0 && !parked_q), .done_i(ref_done[0]),
    .stop_o(stop[0]), .owed_o(owed0), .busy_o(ref_busy[0]), .wake_o(ref_wake0), .skip_i
  );
  brg_ddr4_refresh #(.OFFSET_DIV(2)) u_refresh1 (
    .clk_i, .rst_ni, .timing_i(timing_q), .enable_i(policy_q[P_REFRESH] && two_ranks),
    .postpone_i(policy_q[P_POSTPONE +: 4]), .idle_i(!any1 && !parked_q), .done_i(ref_done[1]),
    .stop_o(stop[1]), .owed_o(owed1), .busy_o(ref_busy[1]), .wake_o(ref_wake1), .skip_i
  );

  // ---- the command
  logic [27:0]      picked;
  logic [3:0]       pick_cmd;
  logic             flight_full;

  assign pick     = cas != '0 && cas_free ? cas & (~cas + 1'b1)
                                          : (act | pre) & (~(act | pre) + 1'b1);
  assign cas_free = serve_writes || !flight_full;
  assign r_pick   = serve_writes ? '0 : pick[RD-1:0];
  assign w_pick   = serve_writes ? pick[WD-1:0] : '0;
  assign picked   = serve_writes ? w_place : r_place;
  assign pick_cmd = cas != '0 && cas_free ? (serve_writes ? CMD_WR : CMD_RD)
                  : |(pick & act) ? CMD_ACT : pick != '0 ? CMD_PRE : CMD_NOP;

  always_comb begin
    cmd_o      = pick_cmd;
    cmd_bank_o = picked[27:23];
    wanted     = 1'b1;
    ref_done   = 2'b00;
    if (stop[0] && rank_open[0] && prea_ok[0]) begin
      cmd_o      = CMD_PREA;
      cmd_bank_o = 5'd0;
    end else if (stop[1] && rank_open[1] && prea_ok[1]) begin
      cmd_o      = CMD_PREA;
      cmd_bank_o = 5'd16;
    end else if (stop[0] && !rank_open[0] && ref_ok[0]) begin
      cmd_o       = CMD_REF;
      cmd_bank_o  = 5'd0;
      ref_done[0] = 1'b1;
    end else if (stop[1] && !rank_open[1] && ref_ok[1]) begin
      cmd_o       = CMD_REF;
      cmd_bank_o  = 5'd16;
      ref_done[1] = 1'b1;
    end else if (pick_cmd == CMD_NOP && close) begin
      cmd_o      = CMD_PRE;
      cmd_bank_o = close_bank;
      wanted     = 1'b0;
    end
  end

  assign cmd_row_o = picked[22:7];
  assign cmd_col_o = picked[6:0];
  assign r_remove  = cmd_o == CMD_RD;
  assign w_remove  = cmd_o == CMD_WR;
  assign opens     = cmd_o == CMD_ACT;
  assign closes    = cmd_o == CMD_PRE || cmd_o == CMD_PREA;

  // ---- reads in flight, in the order of their RD
  localparam integer FLIGHT = 16;
  (* mem2reg *) logic [TAG_W-1:0] flight_tag [0:FLIGHT-1];
  (* mem2reg *) logic [27:0]      flight_place [0:FLIGHT-1];
  logic [FLIGHT-1:0]       flight_head_q;  // was the oldest waiting read when its RD was issued
  logic [4:0]              flight_in_q, flight_out_q;
  logic [4:0]              flight_count;
  logic                    flight_oldest;

  assign flight_count  = flight_in_q - flight_out_q;
  assign flight_full   = flight_count == 5'(FLIGHT);
  // A younger read that overtook stays in front of the last of those it overtook, so an oldest
  // read in flight shows as a head in flight.
  assign flight_oldest = flight_head_q != '0;

  // ---- write data: a RAM of slots, and the bursts that are due
  logic [575:0]     data [0:2*WD-1];
  logic [575:0]     data_q;
  (* mem2reg *) logic [SLOT+TAG_W-1:0] due_meta [0:FLIGHT-1];
  (* mem2reg *) logic [31:0]           due_at [0:FLIGHT-1];
  logic [4:0]       due_in_q, due_out_q;
  logic             due_any, due_load, due_now;
  logic [31:0]      due_left;
  logic [SLOT-1:0]  due_slot;
  logic [TAG_W-1:0] due_tag;

  assign due_any  = due_in_q != due_out_q;
  assign due_left = due_at[due_out_q[3:0]] - now_q;
  assign due_load = due_any && due_left == 32'd1;
  assign due_now  = due_any && due_left == 32'd0;
  assign {due_slot, due_tag} = due_meta[due_out_q[3:0]];

  assign wr_valid_o = due_now;
  assign {wr_mask_o, wr_data_o} = data_q;

  always_ff @(posedge clk_i) begin
    if (push_write) begin
      data[slot_q] <= parked_q ? {parked_mask_q, parked_data_q} : {req_wmask_i, req_wdata_i};
    end
    if (due_load) data_q <= data[due_slot];
    if (w_remove) begin
      due_meta[due_in_q[3:0]] <= w_meta;
      due_at[due_in_q[3:0]]   <= now_q + t_cwl + t_burst - 32'd1;
    end
    if (r_remove) begin
      flight_tag[flight_in_q[3:0]]   <= r_tag;
      flight_place[flight_in_q[3:0]] <= r_place;
    end
    if (take && !push_read && !push_write) begin
      parked_write_q <= req_write_i;
      parked_place_q <= line_place;
      parked_tag_q   <= req_tag_i;
      parked_mask_q  <= req_wmask_i;
      parked_data_q  <= req_wdata_i;
    end
  end

  assign resp_valid_o = rd_valid_i || due_now;
  assign resp_write_o = due_now;
  assign resp_tag_o   = due_now ? due_tag : flight_tag[flight_out_q[3:0]];
  assign resp_rdata_o = rd_data_i;

  // ---- registers of all this
  logic served;

  assign served = r_remove || w_remove;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q          <= '0;
      parked_q       <= 1'b0;
      slot_q         <= '0;
      used_q         <= '0;
      drain_q        <= 1'b0;
      kind_q         <= '0;
      kinds_q        <= '0;
      r_since_q      <= '0;
      w_since_q      <= '0;
      flight_head_q  <= '0;
      flight_in_q    <= '0;
      flight_out_q   <= '0;
      due_in_q       <= '0;
      due_out_q      <= '0;
    end else begin
      now_q    <= now_q + 32'd1 + skip_i;
      parked_q <= candidate && !push_read && !push_write;
      drain_q  <= drain;
      if (r_pick[0] && r_remove || r_count == '0) r_since_q <= now_q;
      if (w_pick[0] && w_remove || w_count == '0) w_since_q <= now_q;
      if (push_write) begin
        slot_q         <= slot_q + 1'b1;
        used_q[slot_q] <= 1'b1;
      end
      if (due_now) begin
        used_q[due_slot] <= 1'b0;
        due_out_q        <= due_out_q + 1'b1;
      end
      if (w_remove) begin
        due_in_q <= due_in_q + 1'b1;
      end
      if (r_remove) begin
        flight_head_q[flight_in_q[3:0]]               <= r_pick[0];
        flight_in_q <= flight_in_q + 1'b1;
      end
      if (rd_valid_i) begin
        flight_head_q[flight_out_q[3:0]] <= 1'b0;
        flight_out_q <= flight_out_q + 1'b1;
      end
      if (in_order) begin
        if (push_read || push_write || served) begin
          kinds_q <= kinds_q + {6'd0, push_read || push_write} - {6'd0, served};
          kind_q  <= (served ? kind_q >> 1 : kind_q)
              | (push_write ? 64'd1 << (kinds_q - {6'd0, served}) : 64'd0);
        end
      end
    end
  end

  // ---- what the oldest read waits for
  logic [RD-1:0] r_held, r_opening;
  logic          head_held;
  logic [1:0]    rank_held;

  assign rank_held = stop | refreshing;
  assign r_held    = r_valid & ((rank_held[1] ? r_bank[4*RD +: RD] : '0)
                              | (rank_held[0] ? ~r_bank[4*RD +: RD] : '0));
  assign r_opening = serve_writes ? '0 : r_valid & opening[RD-1:0] & ~r_held;
  assign head_held = r_held[0];
  assign head_place     = flight_oldest ? flight_place[flight_out_q[3:0]]
                        : r_valid[0] ? r_head : parked_place_q;
  assign head_addr_o    = head_state_o == HEAD_NONE ? '0 : {6'd0, head_line, 6'd0};
  assign head_state_o   = flight_oldest ? HEAD_BUS
      : r_valid[0] ? (head_held ? HEAD_REFRESH : r_opening[0] ? HEAD_ACTIVATE : HEAD_QUEUE)
      : parked_q && !parked_write_q ? HEAD_QUEUE
      : flight_count != '0 ? HEAD_BUS : HEAD_NONE;
  assign refresh_rank_o = head_place[27];

  // ---- statistics
  function automatic logic [63:0] ones(input logic [31:0] v);
    logic [31:0] x;
    begin
      x = v - ((v >> 1) & 32'h5555_5555);
      x = (x & 32'h3333_3333) + ((x >> 2) & 32'h3333_3333);
      x = (x + (x >> 4)) & 32'h0f0f_0f0f;
      x = x + (x >> 8);
      x = x + (x >> 16);
      ones = {58'd0, x[5:0]};
    end
  endfunction

  logic [63:0]      n_reads_q, n_writes_q, n_row_hits_q, n_row_misses_q;
  logic [63:0]      n_row_conflicts_q, n_activates_q, n_precharges_q, n_refreshes_q;
  logic [63:0]      n_read_queue_q, n_read_activate_q, n_read_refresh_q, n_read_bus_q;
  logic [63:0]      n_bus_busy_q, n_turnarounds_q, n_cycles_q, n_postponed_q;
  logic [RD-1:0]    r_stay, held_stay, opening_stay;  // those not issued in this cycle
  logic [63:0]      cycles, waiting, held, open_wait;
  logic             last_write_q;
  logic [3:0]       owed;

  assign cycles    = 64'd1 + {32'd0, skip_i};
  assign r_stay       = ~(r_remove ? r_pick : '0);
  assign held_stay    = r_held & r_stay;
  assign opening_stay = r_opening & r_stay;
  assign held      = held_stay == '0 ? '0 : ones(32'(held_stay));
  assign open_wait = opening_stay == '0 ? '0 : ones(32'(opening_stay));
  assign waiting   = {58'd0, r_count} + {63'd0, parked_q && !parked_write_q}
                   - {63'd0, r_remove} - held - open_wait;
  assign owed      = owed0 > owed1 ? owed0 : owed1;
  always_comb begin
    case ({28'd0, stat_index_i})
      S_READS: stat_value_o = n_reads_q;
      S_WRITES: stat_value_o = n_writes_q;
      S_ROW_HITS: stat_value_o = n_row_hits_q;
      S_ROW_MISSES: stat_value_o = n_row_misses_q;
      S_ROW_CONFLICTS: stat_value_o = n_row_conflicts_q;
      S_ACTIVATES: stat_value_o = n_activates_q;
      S_PRECHARGES: stat_value_o = n_precharges_q;
      S_REFRESHES: stat_value_o = n_refreshes_q;
      S_READ_QUEUE: stat_value_o = n_read_queue_q;
      S_READ_ACTIVATE: stat_value_o = n_read_activate_q;
      S_READ_REFRESH: stat_value_o = n_read_refresh_q;
      S_READ_BUS: stat_value_o = n_read_bus_q;
      S_BUS_BUSY: stat_value_o = n_bus_busy_q;
      S_TURNAROUNDS: stat_value_o = n_turnarounds_q;
      S_CYCLES: stat_value_o = n_cycles_q;
      default: stat_value_o = n_postponed_q;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      n_reads_q <= '0;
      n_writes_q <= '0;
      n_row_hits_q <= '0;
      n_row_misses_q <= '0;
      n_row_conflicts_q <= '0;
      n_activates_q <= '0;
      n_precharges_q <= '0;
      n_refreshes_q <= '0;
      n_read_queue_q <= '0;
      n_read_activate_q <= '0;
      n_read_refresh_q <= '0;
      n_read_bus_q <= '0;
      n_bus_busy_q <= '0;
      n_turnarounds_q <= '0;
      n_cycles_q <= '0;
      n_postponed_q <= '0;
      last_write_q <= 1'b0;
    end else begin
      n_cycles_q <= n_cycles_q + cycles;
      if (served) begin
        last_write_q <= w_remove;
        if (last_write_q != w_remove) begin
          n_turnarounds_q <= n_turnarounds_q + 64'd1;
        end
        n_bus_busy_q <= n_bus_busy_q + {32'd0, t_burst};
        if (!first) n_row_hits_q <= n_row_hits_q + 64'd1;
        else if (conflict) begin
          n_row_conflicts_q <= n_row_conflicts_q + 64'd1;
        end else n_row_misses_q <= n_row_misses_q + 64'd1;
      end
      if (r_remove) begin
        n_reads_q    <= n_reads_q + 64'd1;
        n_read_bus_q <= n_read_bus_q + {32'd0, t_cl + t_burst};
      end
      if (w_remove) n_writes_q <= n_writes_q + 64'd1;
      if (opens) n_activates_q <= n_activates_q + 64'd1;
      if (closes) n_precharges_q <= n_precharges_q + 64'd1;
      if (ref_done != '0) n_refreshes_q <= n_refreshes_q + 64'd1;
      if (r_count != '0 || parked_q) begin
        n_read_queue_q    <= n_read_queue_q + waiting * cycles;
        n_read_activate_q <= n_read_activate_q + open_wait * cycles;
        n_read_refresh_q  <= n_read_refresh_q + held * cycles;
      end
      if ({60'd0, owed} > n_postponed_q) begin
        n_postponed_q <= {60'd0, owed};
      end
    end
  end

  // ---- quiet cycles
  logic        busy;
  logic [31:0] wake;

  assign busy = push_read || push_write || take || cmd_o != CMD_NOP || rd_valid_i || due_now
      || due_load || drain != drain_q || ref_busy != '0;

  always_comb begin
    wake = bank_wake < ref_wake0 ? bank_wake : ref_wake0;
    if (ref_wake1 < wake) wake = ref_wake1;
    if (due_any && due_left - 32'd1 < wake) wake = due_left - 32'd1;
    if (bound != '0) begin
      if (r_valid[0] && !r_starved && bound + r_since_q - now_q < wake) begin
        wake = bound + r_since_q - now_q;
      end
      if (w_valid[0] && !w_starved && bound + w_since_q - now_q < wake) begin
        wake = bound + w_since_q - now_q;
      end
    end
    quiet_cycles_o = busy || wake == '0 ? '0 : wake == NEVER ? 32'hffff_ffff : wake - 32'd1;
  end

endmodule

`default_nettype wire
