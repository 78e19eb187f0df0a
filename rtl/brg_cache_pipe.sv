// SPDX-License-Identifier: Apache-2.0
// Pipeline of brg_cache: choice of the operation, tags and decision, MSHRs, fills, answers.
`default_nettype none

module brg_cache_pipe #(
  parameter integer ADDR_W      = 64,
  parameter integer ID_W        = 4,
  parameter integer MAX_WAYS    = 8,
  parameter integer MAX_SETS    = 1024,
  parameter integer MSHRS       = 8,
  parameter integer TARGETS     = 16,
  parameter integer READS       = 32,
  parameter integer WRITE_BACKS = 4  // all as those of brg_cache
) (
  input  logic                                   clk_i,
  input  logic                                   rst_ni,

  input  logic [2:0]                             last_beat_i,
  input  logic [1:0]                             line_shift_i,
  input  logic [1:0]                             low_keep_i,
  input  logic [$clog2(MAX_SETS)-1:0]            set_mask_i,
  input  logic [2:0]                             control_i,
  input  logic                                   passing_i,
  input  logic                                   walk_drop_i,
  input  logic [$clog2(MAX_SETS)-1:0]            walk_set_i,
  input  logic                                   running_i,
  input  logic                                   r_valid_i,
  input  logic                                   r_last_i,
  input  logic [ID_W-1:0]                        r_id_i,
  input  logic [ADDR_W-1:0]                      r_beat_addr_i,
  input  logic                                   w_valid_i,
  input  logic                                   w_first_i,
  input  logic                                   w_last_i,
  input  logic [ID_W-1:0]                        w_id_i,
  input  logic [ADDR_W-1:0]                      w_beat_addr_i,
  input  logic                                   wd_valid_i,
  input  logic [255:0]                           wd_data_i,
  input  logic [31:0]                            wd_strb_i,
  input  logic                                   adv_i,
  input  logic                                   prefetch_want_i,
  input  logic                                   prefetch_take_i,
  input  logic [(ADDR_W - 6)-1:0]                prefetch_line_i,
  input  logic [31:0]                            random_i,
  input  logic                                   tag_armed_i,
  input  logic                                   s2_valid_i,
  input  logic [1:0]                             s2_kind_i,
  input  logic [1:0]                             s2_resp_i,
  input  logic [4:0]                             s2_slot_i,
  input  logic [2:0]                             s2_beat_i,
  input  logic [(ADDR_W - 6)-1:0]                s2_line_i,
  input  logic [31:0]                            s2_strb_i,
  input  logic [255:0]                           decoded_i,
  input  logic [255:0]                           read_data_i,
  input  logic [3:0]                             broken_i,
  input  logic [3:0]                             lost_i,
  input  logic                                   refetch_issue_i,
  input  logic [1:0]                             ways_log2_i,
  input  logic [1:0]                             policy_i,
  input  logic                                   s_axi_rready_i,
  input  logic                                   s_axi_bready_i,
  input  logic                                   m_axi_arready_i,
  input  logic                                   m_axi_rvalid_i,
  input  logic [ID_W-1:0]                        m_axi_rid_i,
  input  logic [1:0]                             m_axi_rresp_i,
  input  logic                                   m_axi_rlast_i,
  input  logic                                   m_axi_awready_i,
  input  logic                                   m_axi_wready_i,
  input  logic                                   m_axi_bvalid_i,
  input  logic [ID_W-1:0]                        m_axi_bid_i,
  input  logic [1:0]                             m_axi_bresp_i,
  output logic                                   r_beat_o,
  output logic                                   w_beat_o,
  output logic                                   wd_take_o,
  output logic [MSHRS-1:0]                       mshr_o,
  output logic [MSHRS-1:0]                       filled_o,
  output logic [MSHRS-1:0]                       evict_o,
  output logic [MSHRS-1:0]                       late_o,
  output logic                                   mshr_release_o,
  output logic                                   i_valid_o,
  output logic [(ADDR_W - 6)-1:0]                i_line_o,
  output logic                                   s1_valid_o,
  output logic                                   s1_write_o,
  output logic [2:0]                             s1_op_o,
  output logic [2:0]                             s1_beat_o,
  output logic [(ADDR_W - 6)-1:0]                s1_line_o,
  output logic [$clog2(MAX_SETS)-1:0]            s1_set_o,
  output logic [$clog2(MAX_WAYS)-1:0]            s1_way_o,
  output logic [4:0]                             s1_slot_o,
  output logic [ID_W-1:0]                        s1_id_o,
  output logic [255:0]                           s1_data_o,
  output logic [31:0]                            s1_strb_o,
  output logic                                   s1_lookup_o,
  output logic                                   s1_fail_o,
  output logic [1:0]                             fill_state_o,
  output logic [$clog2(MSHRS)-1:0]               fill_o,
  output logic [2:0]                             fill_beat_o,
  output logic [1:0]                             fill_resp_o,
  output logic                                   filled_take_o,
  output logic                                   fill_op_o,
  output logic                                   kill_op_o,
  output logic                                   list_push_o,
  output logic [$clog2(MSHRS)-1:0]               list_push_to_o,
  output logic                                   evict_busy_o,
  output logic                                   buffer_take_o,
  output logic                                   retry_o,
  output logic [$clog2(READS)-1:0]               slot_new_o,
  output logic                                   scan_op_o,
  output logic                                   read_op_o,
  output logic                                   prefetch_flying_o,
  output logic [MAX_WAYS*((ADDR_W - 6) + 4)-1:0] tags_o,
  output logic                                   tag_we_o,
  output logic [MAX_WAYS-1:0]                    way_bad_o,
  output logic [MAX_WAYS-1:0]                    way_dirty_o,
  output logic [MAX_WAYS-1:0]                    way_early_o,
  output logic [$clog2(MAX_WAYS)-1:0]            hit_way_o,
  output logic [$clog2(MAX_WAYS)-1:0]            touch_o,
  output logic                                   hit_o,
  output logic                                   policy_chose_o,
  output logic                                   victim_dirty_o,
  output logic                                   victim_early_o,
  output logic                                   s1_go_o,
  output logic                                   s1_alloc_o,
  output logic                                   s1_hit_o,
  output logic                                   s1_merge_o,
  output logic                                   s1_miss_o,
  output logic                                   s1_prefetch_miss_o,
  output logic                                   scan_found_o,
  output logic [$clog2(MAX_WAYS)-1:0]            dirty_way_o,
  output logic [(ADDR_W - 6)-1:0]                dirty_line_o,
  output logic [3:0]                             early_count_o,
  output logic                                   t_write_o,
  output logic [4:0]                             t_slot_o,
  output logic [2:0]                             t_beat_o,
  output logic [255:0]                           t_data_o,
  output logic [31:0]                            t_strb_o,
  output logic                                   pick_o,
  output logic                                   ring_empty_o,
  output logic                                   ring_moving_o,
  output logic                                   head_done_o,
  output logic [$clog2(READS)-1:0]               head_slot_o,
  output logic [257:0]                           answer_o,
  output logic                                   rvalid_o,
  output logic                                   rlast_o,
  output logic [ID_W-1:0]                        rid_o,
  output logic [2:0]                             b_head_o,
  output logic [3:0]                             b_level_o,
  output logic [8*2-1:0]                         b_resp_o,
  output logic [8*ID_W-1:0]                      b_id_o,
  output logic                                   b_show_o,
  output logic                                   back_empty_o,
  output logic                                   back_step_o,
  output logic                                   back_error_o,
  output logic                                   back_awvalid_o,
  output logic                                   back_wvalid_o,
  output logic                                   back_wlast_o,
  output logic                                   back_bready_o,
  output logic [ID_W-1:0]                        back_awid_o,
  output logic [ADDR_W-1:0]                      back_awaddr_o,
  output logic [7:0]                             back_awlen_o,
  output logic [255:0]                           back_wdata_o,
  output logic [31:0]                            back_wstrb_o,
  output logic                                   ask_valid_o,
  output logic                                   ask_blocked_o,
  output logic                                   ask_issue_o,
  output logic [$clog2(MSHRS)-1:0]               ask_head_o,
  output logic                                   arvalid_o,
  output logic [ID_W-1:0]                        arid_o,
  output logic [(ADDR_W - 6)-1:0]                arline_o,
  output logic                                   came_last_o,
  output logic                                   came_o,
  output logic [$clog2(MSHRS)-1:0]               came_mshr_o,
  output logic [2:0]                             came_beat_o,
  output logic                                   ar_free_o
);

  `include "brg_cache.svh"

  localparam integer WAY_W   = $clog2(MAX_WAYS);
  localparam integer SET_W   = $clog2(MAX_SETS);
  localparam integer MSHR_W  = $clog2(MSHRS);
  localparam integer SLOT_W  = $clog2(READS);
  localparam integer LINE_W  = ADDR_W - 6;
  localparam integer TAG_W   = LINE_W + 4;
  localparam integer STATE_W = MAX_WAYS * WAY_W;
  localparam integer BUF_W   = $clog2(WRITE_BACKS);
  localparam integer B_SLOTS = 8;

  // ---- Lines being fetched (MSHRs) ----
  logic [MSHRS-1:0] early_q;
  logic [MSHRS*LINE_W-1:0] mshr_line_q, mshr_old_q;   // the line, and the dirty one it replaces
  logic [MSHRS*SET_W-1:0]  mshr_set_q;
  logic [MSHRS*WAY_W-1:0]  mshr_way_q;
  logic [MSHRS*3-1:0]      mshr_beat_q;               // beats that came
  logic [MSHRS*2-1:0]      mshr_resp_q;
  logic [MSHR_W-1:0]       mshr_free;
  logic mshr_any, mshr_two;

  always @* begin
    mshr_free = '0;
    for (int i = MSHRS - 1; i >= 0; i = i - 1) if (!mshr_o[i]) mshr_free = MSHR_W'(i);
  end
  assign mshr_any = ~mshr_o != '0;
  assign mshr_two = (~mshr_o & (~mshr_o - 1'b1)) != '0;

  // ---- Stage 0: one operation into the pipeline ----
  logic i_write;
  logic [2:0]         i_op, i_beat;
  logic [SET_W-1:0]   i_set;
  logic [WAY_W-1:0]   i_way;
  logic [4:0]         i_slot;
  logic [ID_W-1:0]    i_id;

  // The fill engine: the beats of a line that came, then its waiting accesses, then the end.
  logic               fill_killed_q;
  logic [SET_W-1:0]   fill_set;
  logic [WAY_W-1:0]   fill_way;
  logic filled_valid, filled_ready;
  logic [MSHR_W-1:0]  filled_head;
  logic replay_op;
  logic [MSHRS-1:0]   list_empty;
  logic list_full;

  // The evict engine: the beats of a dirty line into a write-back buffer.
  logic evict_walk_q;
  logic [MSHR_W-1:0]  evict_mshr_q;
  logic [SET_W-1:0]   evict_set_q;
  logic [WAY_W-1:0]   evict_way_q;
  logic [BUF_W-1:0]   evict_buffer_q;
  logic [2:0]         evict_beat_q;
  logic               evict_valid, evict_take, evict_ready, evict_op, evict_last;
  logic [MSHR_W-1:0]  evict_head;
  logic buffer_ready;
  logic [BUF_W-1:0]   buffer_index;
  logic [LINE_W-1:0]  buffer_line;

  // An access that could not go on waits here, before all others, until something was freed.
  logic retry_ready_q, freed;
  logic               retry_write_q;
  logic [2:0]         retry_beat_q;
  logic [LINE_W-1:0]  retry_line_q;
  logic [4:0]         retry_slot_q;
  logic [ID_W-1:0]    retry_id_q;
  logic [255:0]       retry_data_q;
  logic [31:0]        retry_strb_q;

  logic               slot_ready, b_ready;
  logic [2:0]         b_tail_q, b_slot;
  logic retry_op, write_op, prefetch_op;
  logic               lookups, can_read, can_write, write_turn_q, prefetch_turn_q;
  logic prefetch_wait_q;

  assign fill_op_o   = adv_i && fill_state_o == F_FILL;
  assign replay_op = adv_i && fill_state_o == F_REPLAY && !list_empty[fill_o];
  assign kill_op_o   = adv_i && fill_state_o == F_KILL;
  assign evict_op  = adv_i && evict_busy_o && !fill_op_o && !replay_op && !kill_op_o;
  assign scan_op_o   = adv_i && control_i == C_SCAN && buffer_ready;

  assign lookups     = adv_i && (running_i || control_i == C_DRAIN) && !fill_op_o && !replay_op &&
                       !kill_op_o && !evict_op && !s1_fail_o;
  assign retry_op    = lookups && retry_o && retry_ready_q;
  assign prefetch_op = lookups && running_i && !retry_o && prefetch_want_i && !prefetch_flying_o &&
                       !prefetch_wait_q && (prefetch_turn_q || !(can_read || can_write));
  // A disabled or flushed cache finishes the bursts it took before (C_DRAIN); a flush alone may
  // split a burst.
  assign can_read  = r_valid_i && slot_ready && running_i;
  assign can_write = w_valid_i && wd_valid_i && running_i && (!w_first_i || b_ready);
  assign read_op_o   = lookups && !retry_o && !prefetch_op && can_read &&
                       !(can_write && write_turn_q);
  assign write_op  = lookups && !retry_o && !prefetch_op && can_write && !read_op_o;

  assign r_beat_o  = read_op_o;
  assign w_beat_o  = write_op;
  assign wd_take_o = write_op || (passing_i && m_axi_wready_i);
  assign b_slot  = w_first_i ? b_tail_q : b_tail_q - 1'b1;

  always @* begin
    i_valid_o = 1'b1;
    i_op    = OP_LOOKUP;
    i_write = 1'b0;
    i_line_o  = r_beat_addr_i[ADDR_W-1:6];
    i_beat  = r_beat_addr_i[7:5];
    i_slot  = 5'(slot_new_o);
    i_id    = r_id_i;
    i_way   = fill_way;
    if (fill_op_o || replay_op || kill_op_o) begin
      i_op   = fill_op_o ? OP_FILL : replay_op ? OP_REPLAY : OP_KILL;
      i_line_o = mshr_line_q[fill_o*LINE_W +: LINE_W];
      i_beat = fill_beat_o;
    end else if (evict_op) begin
      i_op   = OP_EVICT;
      i_beat = evict_beat_q;
      i_way  = evict_way_q;
    end else if (scan_op_o) begin
      i_op = OP_SCAN;
    end else if (retry_op) begin
      i_write = retry_write_q;
      i_line_o  = retry_line_q;
      i_beat  = retry_beat_q;
      i_slot  = retry_slot_q;
      i_id    = retry_id_q;
    end else if (prefetch_op) begin
      i_op   = OP_PREFETCH;
      i_line_o = prefetch_line_i;
    end else if (write_op) begin
      i_write = 1'b1;
      i_line_o  = w_beat_addr_i[ADDR_W-1:6];
      i_beat  = w_beat_addr_i[7:5];
      i_slot  = 5'(b_slot);
      i_id    = w_id_i;
    end else begin
      i_valid_o = read_op_o;
    end
    if (i_op == OP_LOOKUP || i_op == OP_PREFETCH) begin
      if (!retry_op) i_beat = i_beat & last_beat_i;
      i_line_o[1:0] = i_line_o[1:0] & low_keep_i;
    end
    i_set = SET_W'(i_line_o >> line_shift_i) & set_mask_i;
    if (evict_op) i_set = evict_set_q;
    if (scan_op_o) i_set = walk_set_i;
    if (fill_op_o || replay_op || kill_op_o) i_set = fill_set;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_o      <= 1'b0;
      write_turn_q    <= 1'b0;
      prefetch_turn_q <= 1'b0;
    end else if (adv_i) begin
      s1_valid_o <= i_valid_o;
      if (read_op_o) write_turn_q <= 1'b1;
      if (write_op) write_turn_q <= 1'b0;
      if (read_op_o || write_op) prefetch_turn_q <= 1'b1;
      if (prefetch_op) prefetch_turn_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (adv_i && i_valid_o) begin
      s1_op_o    <= i_op;
      s1_write_o <= i_write;
      s1_line_o  <= i_line_o;
      s1_set_o   <= i_set;
      s1_beat_o  <= i_beat;
      s1_way_o   <= i_way;
      s1_slot_o  <= i_slot;
      s1_id_o    <= i_id;
      if (i_write) begin
        s1_data_o <= retry_op ? retry_data_q : wd_data_i;
        s1_strb_o <= retry_op ? retry_strb_q : wd_strb_i;
      end
    end
  end

  // ---- Tags: one word per set, rewritten whole; a write in the cycle of the read goes round ----
  logic [MAX_WAYS*TAG_W-1:0] tag_mem [0:MAX_SETS-1];
  logic [STATE_W-1:0]        state_mem [0:MAX_SETS-1];
  logic [MAX_WAYS*TAG_W-1:0] tag_ram_q, tag_round_q, tags_new, tag_write;
  logic [STATE_W-1:0]        state_ram_q, state_round_q, state, state_new, state_write;
  logic round_q;
  logic [SET_W-1:0]          tag_set;

  assign tags_o  = round_q ? tag_round_q : tag_ram_q;
  assign state = round_q ? state_round_q : state_ram_q;

  always_ff @(posedge clk_i) begin
    if (tag_we_o) begin
      tag_mem[tag_set]   <= tag_write;
      state_mem[tag_set] <= state_write;
    end
    if (adv_i && i_valid_o) begin
      tag_ram_q   <= tag_mem[i_set];
      state_ram_q <= state_mem[i_set];
      round_q     <= tag_we_o && tag_set == i_set;
      if (tag_we_o && tag_set == i_set) begin
        tag_round_q   <= tag_write;
        state_round_q <= state_write;
      end
    end
  end

  // ---- Stage 1: the decision. Every access is decided here, in order, and at once for good ----
  logic [MAX_WAYS-1:0] way_match, way_valid, way_tag_flip;
  logic [WAY_W-1:0] victim;
  logic pending, victim_pending;
  logic [MSHR_W-1:0]   pending_mshr;
  logic [LINE_W-1:0]   victim_line;
  logic [STATE_W-1:0]  state_touched;

  assign s1_lookup_o = s1_valid_o && s1_op_o == OP_LOOKUP;

  always @* begin
    way_tag_flip = '0;
    if (tag_armed_i && (s1_lookup_o || s1_op_o == OP_PREFETCH)) way_tag_flip[0] = 1'b1;
    hit_way_o     = '0;
    dirty_way_o   = '0;
    dirty_line_o  = '0;
    early_count_o = '0;
    for (int i = 0; i < MAX_WAYS; i = i + 1) begin
      // Bits of a way, from the top: line, prefetched, dirty, parity, valid.
      way_bad_o[i]   = tags_o[i*TAG_W] && ((^tags_o[i*TAG_W +: TAG_W]) ^ way_tag_flip[i]);
      way_valid[i] = tags_o[i*TAG_W] && !way_bad_o[i];
      way_dirty_o[i] = tags_o[i*TAG_W + 2] && way_valid[i];
      way_early_o[i] = tags_o[i*TAG_W + 3] && way_valid[i];
      way_match[i] = way_valid[i] && tags_o[i*TAG_W + 4 +: LINE_W] == s1_line_o;
      if (way_match[i]) hit_way_o = hit_way_o | WAY_W'(i);
      early_count_o = early_count_o + 4'(way_early_o[i]);
    end
    for (int i = MAX_WAYS - 1; i >= 0; i = i - 1) begin
      if (way_dirty_o[i]) begin
        dirty_way_o  = WAY_W'(i);
        dirty_line_o = tags_o[i*TAG_W + 4 +: LINE_W];
      end
    end
  end
  assign hit_o          = way_match != '0;
  assign victim_dirty_o = way_dirty_o[victim];
  assign victim_early_o = way_early_o[victim];
  assign victim_line  = tags_o[victim*TAG_W + 4 +: LINE_W];

  always @* begin
    pending        = 1'b0;
    victim_pending = 1'b0;
    pending_mshr   = '0;
    for (int i = 0; i < MSHRS; i = i + 1) begin
      if (mshr_o[i] && mshr_set_q[i*SET_W +: SET_W] == s1_set_o) begin
        if (hit_o && mshr_way_q[i*WAY_W +: WAY_W] == hit_way_o) begin
          pending      = 1'b1;
          pending_mshr = MSHR_W'(i);
        end
        if (mshr_way_q[i*WAY_W +: WAY_W] == victim) victim_pending = 1'b1;
      end
    end
  end

  assign touch_o = hit_o ? hit_way_o : victim;

  brg_cache_repl #(.MAX_WAYS(MAX_WAYS)) u_policy (
    .policy_i(policy_i), .ways_log2_i(ways_log2_i), .random_i(random_i), .valid_i(way_valid),
    .state_i(state), .touch_i(touch_o), .victim_o(victim), .chosen_o(policy_chose_o),
    .state_o(state_touched)
  );

  // A victim that is itself being fetched is waited for, never passed over: which line goes depends
  // on the order of the accesses alone, not on the memory's speed.
  always @* begin
    s1_fail_o          = 1'b0;
    s1_hit_o           = 1'b0;
    s1_merge_o         = 1'b0;
    s1_miss_o          = 1'b0;
    s1_prefetch_miss_o = 1'b0;
    if (s1_lookup_o) begin
      if (hit_o && !pending) s1_hit_o = 1'b1;
      else if (hit_o) begin
        s1_merge_o = !list_full;
        s1_fail_o  = list_full;
      end else begin
        s1_miss_o = mshr_any && !list_full && !victim_pending;
        s1_fail_o = !s1_miss_o;
      end
    end else if (s1_valid_o && s1_op_o == OP_PREFETCH) begin
      s1_prefetch_miss_o = !hit_o && mshr_two && !victim_pending;
    end
  end
  assign s1_go_o        = adv_i && (s1_hit_o || s1_merge_o || s1_miss_o);
  assign s1_alloc_o     = adv_i && (s1_miss_o || s1_prefetch_miss_o);
  assign list_push_o    = adv_i && (s1_merge_o || s1_miss_o);
  assign list_push_to_o = s1_merge_o ? pending_mshr : mshr_free;
  assign scan_found_o   = way_dirty_o != '0;

  always @* begin
    tags_new  = tags_o;
    state_new = state;
    for (int i = 0; i < MAX_WAYS; i = i + 1) if (way_bad_o[i]) tags_new[i*TAG_W +: TAG_W] = '0;
    if (s1_op_o == OP_KILL) begin
      if (way_match[s1_way_o]) tags_new[s1_way_o*TAG_W +: TAG_W] = '0;
    end else if (s1_op_o == OP_SCAN) begin
      if (scan_found_o) begin
        tags_new[dirty_way_o*TAG_W + 1] = !tags_o[dirty_way_o*TAG_W + 1];
        tags_new[dirty_way_o*TAG_W + 2] = 1'b0;
      end else if (walk_drop_i) begin
        tags_new  = '0;
        state_new = '0;
      end
    end else if (s1_hit_o || s1_merge_o) begin
      state_new = state_touched;
      tags_new[touch_o*TAG_W + 3] = 1'b0;
      if (s1_write_o) tags_new[touch_o*TAG_W + 2] = 1'b1;
      tags_new[touch_o*TAG_W + 1] = tags_o[touch_o*TAG_W + 1] ^ tags_o[touch_o*TAG_W + 3] ^
                                  (s1_write_o && !tags_o[touch_o*TAG_W + 2]);
    end else if (s1_miss_o || s1_prefetch_miss_o) begin
      state_new = state_touched;
      tags_new[touch_o*TAG_W +: TAG_W] =
          {s1_line_o, s1_prefetch_miss_o, s1_write_o && s1_miss_o,
           (^s1_line_o) ^ s1_prefetch_miss_o ^ (s1_write_o && s1_miss_o) ^ 1'b1, 1'b1};
    end
  end

  assign tag_we_o      = control_i == C_CLEAR || (adv_i && s1_valid_o && (s1_go_o || s1_alloc_o ||
                       s1_op_o == OP_KILL || s1_op_o == OP_SCAN));
  assign tag_set     = control_i == C_CLEAR ? walk_set_i : s1_set_o;
  assign tag_write   = control_i == C_CLEAR ? '0 : tags_new;
  assign state_write = control_i == C_CLEAR ? '0 : state_new;

  // ---- Waiting accesses ----
  localparam integer TARGET_W = 256 + 32 + 1 + 5 + 3;

  brg_cache_targets #(.WIDTH(TARGET_W), .DEPTH(TARGETS), .LISTS(MSHRS)) u_targets (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .push_i(list_push_o), .push_list_i(list_push_to_o),
    .push_data_i({s1_write_o, s1_slot_o, s1_beat_o, s1_strb_o, s1_data_o}), .full_o(list_full),
    .pop_i(replay_op), .pop_list_i(fill_o),
    .pop_data_o({t_write_o, t_slot_o, t_beat_o, t_strb_o, t_data_o}), .empty_o(list_empty)
  );

  // ---- Answers: reads through the reorder ring, writes in the order of their bursts ----
  logic [1:0]        s2_answer;
  logic              read_done, write_done;
  logic pick_valid;
  logic [SLOT_W-1:0] pick_slot;
  logic [ID_W-1:0]   pick_id;
  logic [257:0]      answer_mem [0:READS-1];
  logic [READS-1:0]  slot_last_q;

  always @* begin
    s2_answer = s2_resp_i;
    if (s2_kind_i == D_READ && !s2_resp_i[1] && lost_i != '0) s2_answer = 2'b10;
    for (int i = 0; i < 4; i = i + 1) begin
      if (s2_kind_i == D_WRITE && !s2_resp_i[1] && lost_i[i] && s2_strb_i[i*8 +: 8] != '0) begin
        s2_answer = 2'b10;
      end
    end
  end
  assign read_done  = adv_i && s2_valid_i && s2_kind_i == D_READ;
  assign write_done = adv_i && s2_valid_i && s2_kind_i == D_WRITE;
  assign pick_o       = pick_valid && (!rvalid_o || s_axi_rready_i);

  brg_cache_order #(.DEPTH(READS), .ID_W(ID_W)) u_order (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .alloc_ready_o(slot_ready), .alloc_i(read_op_o), .alloc_id_i(r_id_i), .alloc_slot_o(slot_new_o),
    .done_i(read_done), .done_slot_i(SLOT_W'(s2_slot_i)),
    .pick_valid_o(pick_valid), .pick_slot_o(pick_slot), .pick_id_o(pick_id), .pick_i(pick_o),
    .empty_o(ring_empty_o), .moving_o(ring_moving_o), .head_slot_o(head_slot_o),
    .head_done_o(head_done_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rvalid_o <= 1'b0;
    else if (pick_o) rvalid_o <= 1'b1;
    else if (s_axi_rready_i) rvalid_o <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (read_op_o) slot_last_q[slot_new_o] <= r_last_i;
    if (read_done) answer_mem[SLOT_W'(s2_slot_i)] <= {s2_answer, read_data_i};
    if (pick_o) begin
      answer_o <= answer_mem[pick_slot];
      rid_o    <= pick_id;
      rlast_o  <= slot_last_q[pick_slot];
    end
  end

  logic [B_SLOTS*9-1:0] b_count_q;            // beats of the burst decided and not done
  logic [B_SLOTS-1:0]   b_closed_q;
  logic b_open, b_take;

  assign b_ready = b_level_o != 4'(B_SLOTS);
  assign b_open  = write_op && w_first_i;
  assign b_show_o  = b_level_o != '0 && b_closed_q[b_head_o] && b_count_q[b_head_o*9 +: 9] == '0;
  assign b_take  = b_show_o && s_axi_bready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      b_head_o   <= '0;
      b_tail_q   <= '0;
      b_level_o  <= '0;
      b_count_q  <= '0;
      b_closed_q <= '0;
      b_resp_o   <= '0;
    end else begin
      b_level_o <= b_level_o + 4'(b_open) - 4'(b_take);
      if (b_take) begin
        b_head_o                <= b_head_o + 1'b1;
        b_closed_q[b_head_o]    <= 1'b0;
        b_resp_o[b_head_o*2 +: 2] <= 2'b00;
      end
      if (b_open) b_tail_q <= b_tail_q + 1'b1;
      if (write_op && w_last_i) b_closed_q[b_slot] <= 1'b1;
      if (write_done && s2_answer > b_resp_o[s2_slot_i[2:0]*2 +: 2]) begin
        b_resp_o[s2_slot_i[2:0]*2 +: 2] <= s2_answer;
      end
      for (int i = 0; i < B_SLOTS; i = i + 1) begin
        b_count_q[i*9 +: 9] <= b_count_q[i*9 +: 9] + 9'(write_op && b_slot == 3'(i)) -
                               9'(write_done && s2_slot_i[2:0] == 3'(i));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (b_open) b_id_o[b_slot*ID_W +: ID_W] <= w_id_i;
  end

  // ---- Write-back buffers ----
  logic back_match;
  logic [BUF_W-1:0]  s1_buffer_q, s2_buffer_q;
  logic [LINE_W-1:0] ask_line;

  always_ff @(posedge clk_i) begin
    if (adv_i) begin
      if (evict_op) s1_buffer_q <= evict_buffer_q;
      s2_buffer_q <= s1_buffer_q;
    end
  end

  brg_cache_writeback #(.ADDR_W(ADDR_W), .ID_W(ID_W), .BUFFERS(WRITE_BACKS)) u_back (
    .clk_i(clk_i), .rst_ni(rst_ni), .last_beat_i(last_beat_i),
    .alloc_ready_o(buffer_ready), .alloc_i(buffer_take_o), .alloc_line_i(buffer_line),
    .alloc_index_o(buffer_index),
    .write_i(adv_i && s2_valid_i && s2_kind_i == D_EVICT), .write_index_i(s2_buffer_q),
    .write_beat_i(s2_beat_i), .write_data_i(decoded_i), .write_words_i(~broken_i),
    .match_line_i(ask_line), .match_o(back_match),
    .m_axi_awvalid_o(back_awvalid_o), .m_axi_awready_i(m_axi_awready_i && !passing_i),
    .m_axi_awid_o(back_awid_o), .m_axi_awaddr_o(back_awaddr_o), .m_axi_awlen_o(back_awlen_o),
    .m_axi_wvalid_o(back_wvalid_o), .m_axi_wready_i(m_axi_wready_i && !passing_i),
    .m_axi_wdata_o(back_wdata_o), .m_axi_wstrb_o(back_wstrb_o), .m_axi_wlast_o(back_wlast_o),
    .m_axi_bvalid_i(m_axi_bvalid_i && !passing_i), .m_axi_bready_o(back_bready_o),
    .m_axi_bid_i(m_axi_bid_i), .m_axi_bresp_i(m_axi_bresp_i),
    .empty_o(back_empty_o), .step_o(back_step_o), .error_o(back_error_o)
  );

  // ---- Requests to memory, in the order of the misses; R beats are always taken ----
  logic ask_ready, ask_take;
  logic [MSHR_W:0]   ask_level, filled_level, evict_level;

  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_ask (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(s1_alloc_o), .in_ready_o(ask_ready), .in_data_i(mshr_free),
    .out_valid_o(ask_valid_o), .out_ready_i(ask_take), .out_data_o(ask_head_o), .level_o(ask_level)
  );
  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_filled (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(came_last_o), .in_ready_o(filled_ready), .in_data_i(came_mshr_o),
    .out_valid_o(filled_valid), .out_ready_i(filled_take_o), .out_data_o(filled_head),
    .level_o(filled_level)
  );
  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_evict (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(s1_alloc_o && victim_dirty_o), .in_ready_o(evict_ready), .in_data_i(mshr_free),
    .out_valid_o(evict_valid), .out_ready_i(evict_take), .out_data_o(evict_head),
    .level_o(evict_level)
  );

  // A line still on its way out is fetched again only after memory has it.
  assign ask_line = mshr_line_q[ask_head_o*LINE_W +: LINE_W];
  always @* begin
    ask_blocked_o = back_match;
    for (int i = 0; i < MSHRS; i = i + 1) begin
      if (evict_o[i] && mshr_old_q[i*LINE_W +: LINE_W] == ask_line) ask_blocked_o = 1'b1;
    end
  end
  assign ar_free_o   = !arvalid_o || m_axi_arready_i;
  assign ask_issue_o = ask_valid_o && !ask_blocked_o && ar_free_o && !refetch_issue_i && !passing_i;
  assign ask_take  = ask_issue_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) arvalid_o <= 1'b0;
    else if (ask_issue_o || refetch_issue_i) arvalid_o <= 1'b1;
    else if (m_axi_arready_i && !passing_i) arvalid_o <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (refetch_issue_i) begin
      arid_o   <= ID_W'(MSHRS);
      arline_o <= s2_line_i;
    end else if (ask_issue_o) begin
      arid_o   <= ID_W'(ask_head_o);
      arline_o <= ask_line;
    end
  end

  assign came_mshr_o = m_axi_rid_i[MSHR_W-1:0];
  assign came_beat_o = mshr_beat_q[came_mshr_o*3 +: 3];
  assign came_o      = m_axi_rvalid_i && !passing_i && m_axi_rid_i < ID_W'(MSHRS) &&
                     mshr_o[came_mshr_o] && !filled_o[came_mshr_o];
  assign came_last_o = came_o && (m_axi_rlast_i || came_beat_o == last_beat_i);

  // ---- Engines ----
  assign fill_set  = mshr_set_q[fill_o*SET_W +: SET_W];
  assign fill_way  = mshr_way_q[fill_o*WAY_W +: WAY_W];
  assign fill_resp_o = mshr_resp_q[fill_o*2 +: 2];
  assign filled_take_o  = adv_i && fill_state_o == F_IDLE && filled_valid && !evict_o[filled_head];
  // No access can join in the cycle that frees the line: one that is decided then is counted.
  assign mshr_release_o = adv_i && fill_state_o == F_REPLAY && list_empty[fill_o] &&
                        !(list_push_o && list_push_to_o == fill_o) &&
                        (!fill_resp_o[1] || fill_killed_q);
  assign freed = mshr_release_o || replay_op;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fill_state_o  <= F_IDLE;
      fill_o        <= '0;
      fill_beat_o   <= '0;
      fill_killed_q <= 1'b0;
    end else if (adv_i) begin
      case (fill_state_o)
        F_IDLE: if (filled_take_o) begin
          fill_o        <= filled_head;
          fill_beat_o   <= '0;
          fill_killed_q <= 1'b0;
          fill_state_o  <= mshr_resp_q[filled_head*2 + 1] ? F_REPLAY : F_FILL;
        end
        F_FILL: begin
          fill_beat_o <= fill_beat_o + 1'b1;
          if (fill_beat_o == last_beat_i) fill_state_o <= F_REPLAY;
        end
        F_REPLAY: if (mshr_release_o) fill_state_o <= F_IDLE;
          else if (list_empty[fill_o] && !(list_push_o && list_push_to_o == fill_o)) begin
            fill_state_o <= F_KILL;
          end
        default: begin
          fill_killed_q <= 1'b1;
          fill_state_o  <= F_REPLAY;
        end
      endcase
    end
  end

  // The walk of a flush hands its dirty lines to the same engine, one at a time.
  logic walk_evict;
  assign walk_evict  = adv_i && control_i == C_LOOK && scan_found_o;
  assign evict_take  = evict_valid && !evict_busy_o && buffer_ready && control_i != C_SCAN &&
                       control_i != C_LOOK;
  assign buffer_take_o = evict_take || walk_evict;
  assign buffer_line = walk_evict ? dirty_line_o : mshr_old_q[evict_head*LINE_W +: LINE_W];
  assign evict_last  = evict_op && evict_beat_q == last_beat_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      evict_busy_o   <= 1'b0;
      evict_walk_q   <= 1'b0;
      evict_mshr_q   <= '0;
      evict_set_q    <= '0;
      evict_way_q    <= '0;
      evict_buffer_q <= '0;
      evict_beat_q   <= '0;
    end else begin
      if (buffer_take_o) begin
        evict_busy_o   <= 1'b1;
        evict_walk_q   <= walk_evict;
        evict_mshr_q   <= evict_head;
        evict_set_q    <= walk_evict ? s1_set_o : mshr_set_q[evict_head*SET_W +: SET_W];
        evict_way_q    <= walk_evict ? dirty_way_o : mshr_way_q[evict_head*WAY_W +: WAY_W];
        evict_buffer_q <= buffer_index;
        evict_beat_q   <= '0;
      end else if (evict_op) begin
        evict_beat_q <= evict_beat_q + 1'b1;
        if (evict_last) evict_busy_o <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mshr_o      <= '0;
      filled_o    <= '0;
      evict_o     <= '0;
      early_q     <= '0;
      late_o      <= '0;
      mshr_beat_q <= '0;
      mshr_resp_q <= '0;
    end else begin
      if (came_o) begin
        mshr_beat_q[came_mshr_o*3 +: 3] <= came_beat_o + 1'b1;
        if (m_axi_rresp_i > mshr_resp_q[came_mshr_o*2 +: 2]) begin
          mshr_resp_q[came_mshr_o*2 +: 2] <= m_axi_rresp_i;
        end
        // A burst that ends too early, or not, is an error; nothing is waited for twice.
        if (m_axi_rlast_i != (came_beat_o == last_beat_i)) mshr_resp_q[came_mshr_o*2 +: 2] <= 2'b10;
        if (came_last_o) filled_o[came_mshr_o] <= 1'b1;
      end
      if (evict_last && !evict_walk_q) evict_o[evict_mshr_q] <= 1'b0;
      if (mshr_release_o) mshr_o[fill_o] <= 1'b0;
      if (adv_i && s1_merge_o) begin
        if (early_q[pending_mshr]) late_o[pending_mshr] <= 1'b1;
        early_q[pending_mshr] <= 1'b0;
      end
      if (s1_alloc_o) begin
        mshr_o[mshr_free]              <= 1'b1;
        filled_o[mshr_free]            <= 1'b0;
        evict_o[mshr_free]             <= victim_dirty_o;
        early_q[mshr_free]             <= s1_prefetch_miss_o;
        late_o[mshr_free]              <= 1'b0;
        mshr_beat_q[mshr_free*3 +: 3]  <= 3'd0;
        mshr_resp_q[mshr_free*2 +: 2]  <= 2'b00;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (s1_alloc_o) begin
      mshr_line_q[mshr_free*LINE_W +: LINE_W] <= s1_line_o;
      mshr_old_q[mshr_free*LINE_W +: LINE_W]  <= victim_line;
      mshr_set_q[mshr_free*SET_W +: SET_W]    <= s1_set_o;
      mshr_way_q[mshr_free*WAY_W +: WAY_W]    <= victim;
    end
    if (adv_i && s1_fail_o) begin
      retry_write_q <= s1_write_o;
      retry_beat_q  <= s1_beat_o;
      retry_line_q  <= s1_line_o;
      retry_slot_q  <= s1_slot_o;
      retry_id_q    <= s1_id_o;
      if (s1_write_o) begin
        retry_data_q <= s1_data_o;
        retry_strb_q <= s1_strb_o;
      end
    end
  end

  // A retry waits for something to be freed; what is freed in the cycle of the failure counts.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      retry_o           <= 1'b0;
      retry_ready_q     <= 1'b0;
      prefetch_flying_o <= 1'b0;
      prefetch_wait_q   <= 1'b0;
    end else if (adv_i) begin
      if (s1_fail_o) begin
        retry_o       <= 1'b1;
        retry_ready_q <= freed;
      end else if (retry_op) begin
        retry_o <= 1'b0;
      end else if (freed) begin
        retry_ready_q <= 1'b1;
      end
      prefetch_flying_o <= prefetch_op;
      if (mshr_release_o) prefetch_wait_q <= 1'b0;
      else if (prefetch_flying_o && !prefetch_take_i) prefetch_wait_q <= 1'b1;
    end
  end

  logic unused;
  assign unused = &{1'b0, ask_ready, filled_ready, evict_ready, ask_level, filled_level,
                    evict_level, r_beat_addr_i[4:0], w_beat_addr_i[4:0], s2_slot_i};

endmodule

`default_nettype wire
