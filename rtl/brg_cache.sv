// SPDX-License-Identifier: Apache-2.0
// Set-associative, non-blocking, write-back cache with ECC and prefetch, AXI4 on both sides.
`default_nettype none

module brg_cache #(
  parameter integer ADDR_W      = 64,    // bits of an address, 32..64
  parameter integer ID_W        = 4,     // bits of an ID, 4
  parameter integer MAX_WAYS    = 8,     // 2, 4 or 8
  parameter integer MAX_SETS    = 1024,  // a power of two, 2..32768
  parameter integer MSHRS       = 8,     // lines being fetched, 2, 4 or 8
  parameter integer TARGETS     = 16,    // beats that wait for those lines, a power of two >= 2
  parameter integer READS       = 32,    // read beats accepted and not answered, a power of two, 4..32
  parameter integer WRITE_BACKS = 4      // lines on their way to memory, a power of two, 2..16
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [31:0]       skip_i,            // more cycles that this edge stands for

  // All but enable_i and ecc_i may change only after an invalidation and before the next access.
  input  logic              enable_i,          // off: empties itself, then passes accesses through
  input  logic [1:0]        ways_log2_i,       // 0..log2(MAX_WAYS)
  input  logic [3:0]        sets_log2_i,       // 0..log2(MAX_SETS)
  input  logic [3:0]        line_log2_i,       // 6, 7 or 8
  input  logic [1:0]        policy_i,          // 0 LRU, 1 tree PLRU, 2 random
  input  logic [31:0]       seed_i,            // of the random policy, taken at an invalidation
  input  logic              ecc_i,             // correct and report; off: data as the RAM gives them
  input  logic [1:0]        prefetch_kind_i,   // 0 none, 1 next-line, 2 stride, 3 page-ahead
  input  logic [7:0]        prefetch_depth_i,  // lines

  // Flush writes every dirty line back; invalidate also drops all lines. Hold until the ack.
  input  logic              flush_i,
  input  logic              invalidate_i,
  output logic              flush_ack_o,       // one cycle; of invalidate too

  input  logic              hint_valid_i,
  output logic              hint_ready_o,
  input  logic [63:0]       hint_base_i,
  input  logic [31:0]       hint_bytes_i,

  // Faults: after inject_wait_i beats, the next beat read from the data RAM (of a hit, or of a
  // write-back) comes with the bits of the mask turned; or the next lookup with a wrong tag parity.
  input  logic              inject_data_i,     // pulse: arm
  input  logic              inject_tag_i,      // pulse: arm
  input  logic              inject_evict_i,    // write-backs, not hits
  input  logic [15:0]       inject_wait_i,
  input  logic [1:0]        inject_word_i,     // 64-bit word of the beat
  input  logic [71:0]       inject_mask_i,     // {check bits, data bits}
  output logic              inject_armed_o,

  input  logic              s_axi_arvalid_i,
  output logic              s_axi_arready_o,
  input  logic [ID_W-1:0]   s_axi_arid_i,
  input  logic [ADDR_W-1:0] s_axi_araddr_i,
  input  logic [7:0]        s_axi_arlen_i,
  input  logic [2:0]        s_axi_arsize_i,
  input  logic [1:0]        s_axi_arburst_i,
  output logic              s_axi_rvalid_o,
  input  logic              s_axi_rready_i,
  output logic [ID_W-1:0]   s_axi_rid_o,
  output logic [255:0]      s_axi_rdata_o,
  output logic [1:0]        s_axi_rresp_o,
  output logic              s_axi_rlast_o,
  input  logic              s_axi_awvalid_i,
  output logic              s_axi_awready_o,
  input  logic [ID_W-1:0]   s_axi_awid_i,
  input  logic [ADDR_W-1:0] s_axi_awaddr_i,
  input  logic [7:0]        s_axi_awlen_i,
  input  logic [2:0]        s_axi_awsize_i,
  input  logic [1:0]        s_axi_awburst_i,
  input  logic              s_axi_wvalid_i,
  output logic              s_axi_wready_o,
  input  logic [255:0]      s_axi_wdata_i,
  input  logic [31:0]       s_axi_wstrb_i,
  input  logic              s_axi_wlast_i,
  output logic              s_axi_bvalid_o,
  input  logic              s_axi_bready_i,
  output logic [ID_W-1:0]   s_axi_bid_o,
  output logic [1:0]        s_axi_bresp_o,

  output logic              m_axi_arvalid_o,
  input  logic              m_axi_arready_i,
  output logic [ID_W-1:0]   m_axi_arid_o,
  output logic [ADDR_W-1:0] m_axi_araddr_o,
  output logic [7:0]        m_axi_arlen_o,
  output logic [2:0]        m_axi_arsize_o,
  output logic [1:0]        m_axi_arburst_o,
  input  logic              m_axi_rvalid_i,
  output logic              m_axi_rready_o,
  input  logic [ID_W-1:0]   m_axi_rid_i,
  input  logic [255:0]      m_axi_rdata_i,
  input  logic [1:0]        m_axi_rresp_i,
  input  logic              m_axi_rlast_i,
  output logic              m_axi_awvalid_o,
  input  logic              m_axi_awready_i,
  output logic [ID_W-1:0]   m_axi_awid_o,
  output logic [ADDR_W-1:0] m_axi_awaddr_o,
  output logic [7:0]        m_axi_awlen_o,
  output logic [2:0]        m_axi_awsize_o,
  output logic [1:0]        m_axi_awburst_o,
  output logic              m_axi_wvalid_o,
  input  logic              m_axi_wready_i,
  output logic [255:0]      m_axi_wdata_o,
  output logic [31:0]       m_axi_wstrb_o,
  output logic              m_axi_wlast_o,
  input  logic              m_axi_bvalid_i,
  output logic              m_axi_bready_o,
  input  logic [ID_W-1:0]   m_axi_bid_i,
  input  logic [1:0]        m_axi_bresp_i,

  // The oldest read that is not answered, and what it waits for.
  output logic [3:0]        head_state_o,
  output logic [63:0]       head_line_o,       // byte address of its line

  // One pulse per access, in the order in which the cache takes them: what became of it.
  output logic              look_valid_o,
  output logic [2:0]        look_kind_o,
  output logic              look_write_o,
  output logic [63:0]       look_addr_o,
  output logic [2:0]        look_way_o,
  output logic              look_dirty_o,      // of a miss: the victim was dirty
  output logic [7:0]        look_bad_tags_o,   // ways dropped for their tag parity
  output logic              bad_data_o,        // pulse: an uncorrectable word met dirty data
  output logic [3:0]        bad_words_o,
  output logic [63:0]       bad_addr_o,        // beat of a hit; 0 for a write-back

  input  logic [4:0]        stat_index_i,
  output logic [63:0]       stat_value_o,
  input  logic              stat_clear_i,

  output logic              idle_o,            // nothing accepted, nothing in flight
  output logic [31:0]       quiet_cycles_o
);

  `include "brg_cache.svh"

  localparam integer WAY_W   = $clog2(MAX_WAYS);
  localparam integer SET_W   = $clog2(MAX_SETS);
  localparam integer MSHR_W  = $clog2(MSHRS);
  localparam integer SLOT_W  = $clog2(READS);
  localparam integer LINE_W  = ADDR_W - 6;
  localparam integer TAG_W   = LINE_W + 4;               // line, dirty, prefetched, valid, parity
  localparam integer STATE_W = MAX_WAYS * WAY_W;
  localparam integer BUF_W   = $clog2(WRITE_BACKS);
  localparam integer DATA_AW = SET_W + WAY_W + 3;
  localparam integer B_SLOTS = 8;                        // write bursts accepted and not answered

  generate
    if (ADDR_W < 32 || ADDR_W > 64 || ID_W != 4 || MAX_SETS < 2 || MAX_SETS > 32768 ||
        (MAX_SETS & (MAX_SETS - 1)) != 0 || (MSHRS != 2 && MSHRS != 4 && MSHRS != 8) ||
        WRITE_BACKS > 16 || READS > 32) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_cache_parameter_out_of_range u_error ();
`else
      $error("brg_cache: parameter out of range");
`endif
    end
  endgenerate

  // ---- Geometry ----
  logic [2:0]         last_beat;      // beats of a line - 1
  logic [1:0]         line_shift;
  logic [1:0]         low_keep;       // bits of a line number below 256 bytes that count
  logic [SET_W-1:0]   set_mask;
  logic [WAY_W-1:0]   last_way;

  always @* begin
    case (line_log2_i)
      4'd7: begin
        last_beat  = 3'd3;
        line_shift = 2'd1;
        low_keep   = 2'b10;
      end
      4'd8: begin
        last_beat  = 3'd7;
        line_shift = 2'd2;
        low_keep   = 2'b00;
      end
      default: begin
        last_beat  = 3'd1;
        line_shift = 2'd0;
        low_keep   = 2'b11;
      end
    endcase
  end
  assign set_mask = SET_W'((32'd1 << sets_log2_i) - 32'd1);
  assign last_way = WAY_W'((32'd1 << ways_log2_i) - 32'd1);

  // ---- Control: start, run, drain for a flush, pass through when off ----
  localparam logic [2:0] C_CLEAR = 3'd0, C_RUN = 3'd1, C_DRAIN = 3'd2, C_SCAN = 3'd3,
                         C_LOOK = 3'd4, C_EVICT = 3'd5, C_LAST = 3'd6, C_PASS = 3'd7;
  logic [2:0]         control_q;
  logic               passing;        // the slave side is wired to the master side
  logic               walk_drop_q;    // the walk drops the lines too
  logic               walk_off_q;     // and the cache is switched off after it
  logic [SET_W-1:0]   walk_set_q;
  logic               running, take_new;
  logic               inner_idle, front_idle, pass_idle;

  assign passing = control_q == C_PASS;
  assign running = control_q == C_RUN;

  // ---- Front: bursts in, beats to the pipeline ----
  logic              r_valid, r_first, r_last, r_beat, r_whole, r_open;
  logic [ID_W-1:0]   r_id;
  logic [ADDR_W-1:0] r_addr, r_beat_addr;
  logic [7:0]        r_len;
  logic [2:0]        r_size;
  logic [1:0]        r_burst;
  logic              w_valid, w_first, w_last, w_beat, w_whole;
  logic [ID_W-1:0]   w_id;
  logic [ADDR_W-1:0] w_addr, w_beat_addr;
  logic [7:0]        w_len;
  logic [2:0]        w_size;
  logic [1:0]        w_burst;
  logic              pass_room;

  // The front is open while the mode is the one asked for, so that the other can be reached idle.
  assign take_new = passing ? !enable_i && pass_room : running && enable_i;
  assign r_open   = take_new;

  brg_cache_burst #(.ADDR_W(ADDR_W), .ID_W(ID_W)) u_reads (
    .clk_i(clk_i), .rst_ni(rst_ni), .open_i(r_open),
    .s_valid_i(s_axi_arvalid_i), .s_ready_o(s_axi_arready_o), .s_id_i(s_axi_arid_i),
    .s_addr_i(s_axi_araddr_i), .s_len_i(s_axi_arlen_i), .s_size_i(s_axi_arsize_i),
    .s_burst_i(s_axi_arburst_i),
    .valid_o(r_valid), .id_o(r_id), .addr_o(r_addr), .len_o(r_len), .size_o(r_size),
    .burst_o(r_burst), .beat_addr_o(r_beat_addr), .beat_first_o(r_first), .beat_last_o(r_last),
    .beat_i(r_beat), .whole_i(r_whole)
  );

  brg_cache_burst #(.ADDR_W(ADDR_W), .ID_W(ID_W)) u_writes (
    .clk_i(clk_i), .rst_ni(rst_ni), .open_i(take_new),
    .s_valid_i(s_axi_awvalid_i), .s_ready_o(s_axi_awready_o), .s_id_i(s_axi_awid_i),
    .s_addr_i(s_axi_awaddr_i), .s_len_i(s_axi_awlen_i), .s_size_i(s_axi_awsize_i),
    .s_burst_i(s_axi_awburst_i),
    .valid_o(w_valid), .id_o(w_id), .addr_o(w_addr), .len_o(w_len), .size_o(w_size),
    .burst_o(w_burst), .beat_addr_o(w_beat_addr), .beat_first_o(w_first), .beat_last_o(w_last),
    .beat_i(w_beat), .whole_i(w_whole)
  );

  // Write data is taken only for bursts whose address was taken, so that idle means idle.
  logic         wd_valid, wd_take, wd_ready, wd_last;
  logic [255:0] wd_data;
  logic [31:0]  wd_strb;
  logic [3:0]   owed_q;   // bursts taken whose last data were not
  logic         aw_in, wlast_in, wd_in;

  assign wd_in = s_axi_wvalid_i && owed_q != '0;

  brg_skid #(.WIDTH(289)) u_write_data (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(wd_in), .in_ready_o(wd_ready),
    .in_data_i({s_axi_wlast_i, s_axi_wstrb_i, s_axi_wdata_i}),
    .out_valid_o(wd_valid), .out_ready_i(wd_take), .out_data_o({wd_last, wd_strb, wd_data})
  );
  assign s_axi_wready_o = wd_ready && owed_q != '0;
  assign aw_in    = s_axi_awvalid_i && s_axi_awready_o;
  assign wlast_in = s_axi_wvalid_i && s_axi_wready_o && s_axi_wlast_i;

  // ---- Lines being fetched (MSHRs) ----
  logic [MSHRS-1:0]        mshr_q, filled_q, evict_q, early_q, late_q;
  logic [MSHRS*LINE_W-1:0] mshr_line_q, mshr_old_q;   // the line, and the dirty one it replaces
  logic [MSHRS*SET_W-1:0]  mshr_set_q;
  logic [MSHRS*WAY_W-1:0]  mshr_way_q;
  logic [MSHRS*3-1:0]      mshr_beat_q;               // beats that came
  logic [MSHRS*2-1:0]      mshr_resp_q;
  logic [MSHR_W-1:0]       mshr_free;
  logic                    mshr_any, mshr_two, mshr_release;

  always @* begin
    mshr_free = '0;
    for (int i = MSHRS - 1; i >= 0; i = i - 1) if (!mshr_q[i]) mshr_free = MSHR_W'(i);
  end
  assign mshr_any = ~mshr_q != '0;
  assign mshr_two = (~mshr_q & (~mshr_q - 1'b1)) != '0;

  // ---- Stage 0: one operation into the pipeline ----
  localparam logic [2:0] OP_LOOKUP = 3'd0, OP_PREFETCH = 3'd1, OP_FILL = 3'd2, OP_REPLAY = 3'd3,
                         OP_EVICT = 3'd4, OP_KILL = 3'd5, OP_SCAN = 3'd6;
  logic               adv;            // the pipeline moves; it stands still during an ECC refetch
  logic               i_valid, i_write;
  logic [2:0]         i_op, i_beat;
  logic [LINE_W-1:0]  i_line;
  logic [SET_W-1:0]   i_set;
  logic [WAY_W-1:0]   i_way;
  logic [4:0]         i_slot;
  logic [ID_W-1:0]    i_id;
  logic               s1_valid_q, s1_write_q;
  logic [2:0]         s1_op_q, s1_beat_q;
  logic [LINE_W-1:0]  s1_line_q;
  logic [SET_W-1:0]   s1_set_q;
  logic [WAY_W-1:0]   s1_way_q;
  logic [4:0]         s1_slot_q;
  logic [ID_W-1:0]    s1_id_q;
  logic [255:0]       s1_data_q;
  logic [31:0]        s1_strb_q;
  logic               s1_lookup, s1_fail;

  // The fill engine: the beats of a line that came, then its waiting accesses, then its MSHR is free.
  localparam logic [1:0] F_IDLE = 2'd0, F_FILL = 2'd1, F_REPLAY = 2'd2, F_KILL = 2'd3;
  logic [1:0]         fill_state_q;
  logic [MSHR_W-1:0]  fill_q;
  logic [2:0]         fill_beat_q;
  logic               fill_killed_q;
  logic [1:0]         fill_resp;
  logic [SET_W-1:0]   fill_set;
  logic [WAY_W-1:0]   fill_way;
  logic               filled_valid, filled_take, filled_ready;
  logic [MSHR_W-1:0]  filled_head;
  logic               fill_op, replay_op, kill_op;
  logic [MSHRS-1:0]   list_empty;
  logic               list_full, list_push;
  logic [MSHR_W-1:0]  list_push_to;

  // The evict engine: the beats of a dirty line into a write-back buffer.
  logic               evict_busy_q, evict_walk_q;
  logic [MSHR_W-1:0]  evict_mshr_q;
  logic [SET_W-1:0]   evict_set_q;
  logic [WAY_W-1:0]   evict_way_q;
  logic [BUF_W-1:0]   evict_buffer_q;
  logic [2:0]         evict_beat_q;
  logic               evict_valid, evict_take, evict_ready, evict_op, evict_last;
  logic [MSHR_W-1:0]  evict_head;
  logic               buffer_ready, buffer_take;
  logic [BUF_W-1:0]   buffer_index;
  logic [LINE_W-1:0]  buffer_line;

  // An access that could not go on waits here, before all others, until something was freed.
  logic               retry_q, retry_ready_q, freed;
  logic               retry_write_q;
  logic [2:0]         retry_beat_q;
  logic [LINE_W-1:0]  retry_line_q;
  logic [4:0]         retry_slot_q;
  logic [ID_W-1:0]    retry_id_q;
  logic [255:0]       retry_data_q;
  logic [31:0]        retry_strb_q;

  logic               slot_ready, b_ready;
  logic [SLOT_W-1:0]  slot_new;
  logic [2:0]         b_tail_q, b_slot;
  logic               scan_op, retry_op, read_op, write_op, prefetch_op;
  logic               lookups, can_read, can_write, write_turn_q, prefetch_turn_q;
  logic               prefetch_want, prefetch_take, prefetch_flying_q, prefetch_wait_q;
  logic [LINE_W-1:0]  prefetch_line;

  assign fill_op   = adv && fill_state_q == F_FILL;
  assign replay_op = adv && fill_state_q == F_REPLAY && !list_empty[fill_q];
  assign kill_op   = adv && fill_state_q == F_KILL;
  assign evict_op  = adv && evict_busy_q && !fill_op && !replay_op && !kill_op;
  assign scan_op   = adv && control_q == C_SCAN && buffer_ready;

  assign lookups     = adv && (running || control_q == C_DRAIN) && !fill_op && !replay_op &&
                       !kill_op && !evict_op && !s1_fail;
  assign retry_op    = lookups && retry_q && retry_ready_q;
  assign prefetch_op = lookups && running && !retry_q && prefetch_want && !prefetch_flying_q &&
                       !prefetch_wait_q && (prefetch_turn_q || !(can_read || can_write));
  // A disabled or flushed cache finishes the bursts it took before (C_DRAIN); a flush alone may
  // split a burst.
  assign can_read  = r_valid && slot_ready && running;
  assign can_write = w_valid && wd_valid && running && (!w_first || b_ready);
  assign read_op   = lookups && !retry_q && !prefetch_op && can_read && !(can_write && write_turn_q);
  assign write_op  = lookups && !retry_q && !prefetch_op && can_write && !read_op;

  assign r_beat  = read_op;
  assign w_beat  = write_op;
  assign wd_take = write_op || (passing && m_axi_wready_i);
  assign b_slot  = w_first ? b_tail_q : b_tail_q - 1'b1;

  always @* begin
    i_valid = 1'b1;
    i_op    = OP_LOOKUP;
    i_write = 1'b0;
    i_line  = r_beat_addr[ADDR_W-1:6];
    i_beat  = r_beat_addr[7:5];
    i_slot  = 5'(slot_new);
    i_id    = r_id;
    i_way   = fill_way;
    if (fill_op || replay_op || kill_op) begin
      i_op   = fill_op ? OP_FILL : replay_op ? OP_REPLAY : OP_KILL;
      i_line = mshr_line_q[fill_q*LINE_W +: LINE_W];
      i_beat = fill_beat_q;
    end else if (evict_op) begin
      i_op   = OP_EVICT;
      i_beat = evict_beat_q;
      i_way  = evict_way_q;
    end else if (scan_op) begin
      i_op = OP_SCAN;
    end else if (retry_op) begin
      i_write = retry_write_q;
      i_line  = retry_line_q;
      i_beat  = retry_beat_q;
      i_slot  = retry_slot_q;
      i_id    = retry_id_q;
    end else if (prefetch_op) begin
      i_op   = OP_PREFETCH;
      i_line = prefetch_line;
    end else if (write_op) begin
      i_write = 1'b1;
      i_line  = w_beat_addr[ADDR_W-1:6];
      i_beat  = w_beat_addr[7:5];
      i_slot  = 5'(b_slot);
      i_id    = w_id;
    end else begin
      i_valid = read_op;
    end
    if (i_op == OP_LOOKUP || i_op == OP_PREFETCH) begin
      if (!retry_op) i_beat = i_beat & last_beat;
      i_line[1:0] = i_line[1:0] & low_keep;
    end
    i_set = SET_W'(i_line >> line_shift) & set_mask;
    if (evict_op) i_set = evict_set_q;
    if (scan_op) i_set = walk_set_q;
    if (fill_op || replay_op || kill_op) i_set = fill_set;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_q      <= 1'b0;
      write_turn_q    <= 1'b0;
      prefetch_turn_q <= 1'b0;
    end else if (adv) begin
      s1_valid_q <= i_valid;
      if (read_op) write_turn_q <= 1'b1;
      if (write_op) write_turn_q <= 1'b0;
      if (read_op || write_op) prefetch_turn_q <= 1'b1;
      if (prefetch_op) prefetch_turn_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (adv && i_valid) begin
      s1_op_q    <= i_op;
      s1_write_q <= i_write;
      s1_line_q  <= i_line;
      s1_set_q   <= i_set;
      s1_beat_q  <= i_beat;
      s1_way_q   <= i_way;
      s1_slot_q  <= i_slot;
      s1_id_q    <= i_id;
      if (i_write) begin
        s1_data_q <= retry_op ? retry_data_q : wd_data;
        s1_strb_q <= retry_op ? retry_strb_q : wd_strb;
      end
    end
  end

  // ---- Tags: one word per set, rewritten whole; a write in the cycle of the read goes round ----
  logic [MAX_WAYS*TAG_W-1:0] tag_mem [0:MAX_SETS-1];
  logic [STATE_W-1:0]        state_mem [0:MAX_SETS-1];
  logic [MAX_WAYS*TAG_W-1:0] tag_ram_q, tag_round_q, tags, tags_new, tag_write;
  logic [STATE_W-1:0]        state_ram_q, state_round_q, state, state_new, state_write;
  logic                      round_q, tag_we;
  logic [SET_W-1:0]          tag_set;

  assign tags  = round_q ? tag_round_q : tag_ram_q;
  assign state = round_q ? state_round_q : state_ram_q;

  always_ff @(posedge clk_i) begin
    if (tag_we) begin
      tag_mem[tag_set]   <= tag_write;
      state_mem[tag_set] <= state_write;
    end
    if (adv && i_valid) begin
      tag_ram_q   <= tag_mem[i_set];
      state_ram_q <= state_mem[i_set];
      round_q     <= tag_we && tag_set == i_set;
      if (tag_we && tag_set == i_set) begin
        tag_round_q   <= tag_write;
        state_round_q <= state_write;
      end
    end
  end

  // ---- Stage 1: the decision. Every access is decided here, in order, and at once for good ----
  logic [MAX_WAYS-1:0] way_match, way_valid, way_bad, way_dirty, way_early, way_tag_flip;
  logic [WAY_W-1:0]    hit_way, victim, touch;
  logic                hit, pending, victim_pending, policy_chose, victim_dirty, victim_early;
  logic [MSHR_W-1:0]   pending_mshr;
  logic [LINE_W-1:0]   victim_line;
  logic [STATE_W-1:0]  state_touched;
  logic [31:0]         random_q;
  logic                s1_go, s1_alloc, s1_hit, s1_merge, s1_miss, s1_prefetch_miss;
  logic                scan_found, tag_armed_q;
  logic [WAY_W-1:0]    dirty_way;
  logic [LINE_W-1:0]   dirty_line;
  logic [3:0]          early_count;

  assign s1_lookup = s1_valid_q && s1_op_q == OP_LOOKUP;

  always @* begin
    way_tag_flip = '0;
    if (tag_armed_q && (s1_lookup || s1_op_q == OP_PREFETCH)) way_tag_flip[0] = 1'b1;
    hit_way     = '0;
    dirty_way   = '0;
    dirty_line  = '0;
    early_count = '0;
    for (int i = 0; i < MAX_WAYS; i = i + 1) begin
      // Bits of a way, from the top: line, prefetched, dirty, parity, valid.
      way_bad[i]   = tags[i*TAG_W] && ((^tags[i*TAG_W +: TAG_W]) ^ way_tag_flip[i]);
      way_valid[i] = tags[i*TAG_W] && !way_bad[i];
      way_dirty[i] = tags[i*TAG_W + 2] && way_valid[i];
      way_early[i] = tags[i*TAG_W + 3] && way_valid[i];
      way_match[i] = way_valid[i] && tags[i*TAG_W + 4 +: LINE_W] == s1_line_q;
      if (way_match[i]) hit_way = hit_way | WAY_W'(i);
      early_count = early_count + 4'(way_early[i]);
    end
    for (int i = MAX_WAYS - 1; i >= 0; i = i - 1) begin
      if (way_dirty[i]) begin
        dirty_way  = WAY_W'(i);
        dirty_line = tags[i*TAG_W + 4 +: LINE_W];
      end
    end
  end
  assign hit          = way_match != '0;
  assign victim_dirty = way_dirty[victim];
  assign victim_early = way_early[victim];
  assign victim_line  = tags[victim*TAG_W + 4 +: LINE_W];

  always @* begin
    pending        = 1'b0;
    victim_pending = 1'b0;
    pending_mshr   = '0;
    for (int i = 0; i < MSHRS; i = i + 1) begin
      if (mshr_q[i] && mshr_set_q[i*SET_W +: SET_W] == s1_set_q) begin
        if (hit && mshr_way_q[i*WAY_W +: WAY_W] == hit_way) begin
          pending      = 1'b1;
          pending_mshr = MSHR_W'(i);
        end
        if (mshr_way_q[i*WAY_W +: WAY_W] == victim) victim_pending = 1'b1;
      end
    end
  end

  assign touch = hit ? hit_way : victim;

  brg_cache_repl #(.MAX_WAYS(MAX_WAYS)) u_policy (
    .policy_i(policy_i), .ways_log2_i(ways_log2_i), .random_i(random_q), .valid_i(way_valid),
    .state_i(state), .touch_i(touch), .victim_o(victim), .chosen_o(policy_chose),
    .state_o(state_touched)
  );

  // A victim that is itself being fetched is waited for, never passed over: which line goes depends
  // on the order of the accesses alone, not on the memory's speed.
  always @* begin
    s1_fail          = 1'b0;
    s1_hit           = 1'b0;
    s1_merge         = 1'b0;
    s1_miss          = 1'b0;
    s1_prefetch_miss = 1'b0;
    if (s1_lookup) begin
      if (hit && !pending) s1_hit = 1'b1;
      else if (hit) begin
        s1_merge = !list_full;
        s1_fail  = list_full;
      end else begin
        s1_miss = mshr_any && !list_full && !victim_pending;
        s1_fail = !s1_miss;
      end
    end else if (s1_valid_q && s1_op_q == OP_PREFETCH) begin
      s1_prefetch_miss = !hit && mshr_two && !victim_pending;
    end
  end
  assign s1_go        = adv && (s1_hit || s1_merge || s1_miss);
  assign s1_alloc     = adv && (s1_miss || s1_prefetch_miss);
  assign list_push    = adv && (s1_merge || s1_miss);
  assign list_push_to = s1_merge ? pending_mshr : mshr_free;
  assign scan_found   = way_dirty != '0;

  always @* begin
    tags_new  = tags;
    state_new = state;
    for (int i = 0; i < MAX_WAYS; i = i + 1) if (way_bad[i]) tags_new[i*TAG_W +: TAG_W] = '0;
    if (s1_op_q == OP_KILL) begin
      if (way_match[s1_way_q]) tags_new[s1_way_q*TAG_W +: TAG_W] = '0;
    end else if (s1_op_q == OP_SCAN) begin
      if (scan_found) begin
        tags_new[dirty_way*TAG_W + 1] = !tags[dirty_way*TAG_W + 1];
        tags_new[dirty_way*TAG_W + 2] = 1'b0;
      end else if (walk_drop_q) begin
        tags_new  = '0;
        state_new = '0;
      end
    end else if (s1_hit || s1_merge) begin
      state_new = state_touched;
      tags_new[touch*TAG_W + 3] = 1'b0;
      if (s1_write_q) tags_new[touch*TAG_W + 2] = 1'b1;
      tags_new[touch*TAG_W + 1] = tags[touch*TAG_W + 1] ^ tags[touch*TAG_W + 3] ^
                                  (s1_write_q && !tags[touch*TAG_W + 2]);
    end else if (s1_miss || s1_prefetch_miss) begin
      state_new = state_touched;
      tags_new[touch*TAG_W +: TAG_W] =
          {s1_line_q, s1_prefetch_miss, s1_write_q && s1_miss,
           (^s1_line_q) ^ s1_prefetch_miss ^ (s1_write_q && s1_miss) ^ 1'b1, 1'b1};
    end
  end

  assign tag_we      = control_q == C_CLEAR || (adv && s1_valid_q && (s1_go || s1_alloc ||
                       s1_op_q == OP_KILL || s1_op_q == OP_SCAN));
  assign tag_set     = control_q == C_CLEAR ? walk_set_q : s1_set_q;
  assign tag_write   = control_q == C_CLEAR ? '0 : tags_new;
  assign state_write = control_q == C_CLEAR ? '0 : state_new;

  // ---- Waiting accesses ----
  localparam integer TARGET_W = 256 + 32 + 1 + 5 + 3;
  logic                t_write;
  logic [4:0]          t_slot;
  logic [2:0]          t_beat;
  logic [255:0]        t_data;
  logic [31:0]         t_strb;

  brg_cache_targets #(.WIDTH(TARGET_W), .DEPTH(TARGETS), .LISTS(MSHRS)) u_targets (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .push_i(list_push), .push_list_i(list_push_to),
    .push_data_i({s1_write_q, s1_slot_q, s1_beat_q, s1_strb_q, s1_data_q}), .full_o(list_full),
    .pop_i(replay_op), .pop_list_i(fill_q),
    .pop_data_o({t_write, t_slot, t_beat, t_strb, t_data}), .empty_o(list_empty)
  );

  // ---- Data RAM, and the lines that came from memory until they are written to it ----
  logic [287:0]         data_mem [0:(1<<DATA_AW)-1];
  logic [287:0]         data_ram_q, data_round_q, data_write;
  logic                 data_round, data_re, data_we;
  logic [DATA_AW-1:0]   data_raddr, data_waddr;
  logic [255:0]         line_mem [0:MSHRS*8-1];
  logic [255:0]         line_ram_q;
  logic                 came;          // a beat for an MSHR
  logic [MSHR_W-1:0]    came_mshr;
  logic [2:0]           came_beat;

  logic                 s1_read_data;
  logic [WAY_W-1:0]     s1_data_way;
  logic [2:0]           s1_data_beat;

  assign s1_data_way  = s1_op_q == OP_LOOKUP ? hit_way : s1_way_q;
  assign s1_data_beat = s1_op_q == OP_REPLAY ? t_beat : s1_beat_q;
  assign s1_read_data = s1_valid_q && (s1_hit || s1_op_q == OP_REPLAY || s1_op_q == OP_EVICT);
  assign data_raddr   = {s1_set_q, s1_data_way, s1_data_beat};
  assign data_re      = adv && s1_read_data;

  always_ff @(posedge clk_i) begin
    if (data_we) data_mem[data_waddr] <= data_write;
    if (data_re) begin
      data_ram_q <= data_mem[data_raddr];
      data_round <= data_we && data_waddr == data_raddr;
      if (data_we) data_round_q <= data_write;
    end
    if (came) line_mem[{came_mshr, came_beat}] <= m_axi_rdata_i;
    if (fill_op) line_ram_q <= line_mem[{fill_q, fill_beat_q}];
  end

  // ---- Stage 2: the data ----
  localparam logic [1:0] D_READ = 2'd0, D_WRITE = 2'd1, D_FILL = 2'd2, D_EVICT = 2'd3;
  logic                 s2_valid_q, s2_dirty_q, s2_hit_q;
  logic [1:0]           s2_kind_q, s2_resp_q;
  logic [4:0]           s2_slot_q;
  logic [2:0]           s2_beat_q;
  logic [LINE_W-1:0]    s2_line_q;
  logic [DATA_AW-1:0]   s2_addr_q;
  logic [255:0]         s2_data_q;
  logic [31:0]          s2_strb_q;
  logic                 s1_to_s2;

  assign s1_to_s2 = s1_valid_q && (s1_hit || s1_op_q == OP_FILL || s1_op_q == OP_REPLAY ||
                                   s1_op_q == OP_EVICT);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) s2_valid_q <= 1'b0;
    else if (adv) s2_valid_q <= s1_to_s2;
  end

  always_ff @(posedge clk_i) begin
    if (adv && s1_to_s2) begin
      s2_hit_q   <= s1_op_q == OP_LOOKUP;
      s2_addr_q  <= data_raddr;
      s2_line_q  <= s1_line_q;
      s2_beat_q  <= s1_data_beat;
      s2_dirty_q <= way_dirty[s1_data_way];
      s2_resp_q  <= s1_op_q == OP_REPLAY ? fill_resp : 2'b00;
      s2_slot_q  <= s1_op_q == OP_REPLAY ? t_slot : s1_slot_q;
      if (s1_op_q == OP_FILL) begin
        s2_kind_q <= D_FILL;
        s2_data_q <= line_ram_q;
        s2_strb_q <= '1;
      end else if (s1_op_q == OP_EVICT) begin
        s2_kind_q <= D_EVICT;
        s2_strb_q <= '0;
      end else if (s1_op_q == OP_REPLAY) begin
        s2_kind_q <= t_write ? D_WRITE : D_READ;
        s2_data_q <= t_data;
        s2_strb_q <= t_write ? t_strb : '0;
      end else begin
        s2_kind_q <= s1_write_q ? D_WRITE : D_READ;
        s2_data_q <= s1_data_q;
        s2_strb_q <= s1_write_q ? s1_strb_q : '0;
      end
    end
  end

  logic [287:0] code;
  logic [255:0] decoded, read_data, merged, encode_in;
  logic [31:0]  checks;
  logic [3:0]   fixed, broken, covered, lost, poison;
  logic         inject_now, data_armed_q;
  logic [15:0]  inject_wait_q;
  logic         refetch_need, refetch_done_q;
  logic [255:0] refetch_data_q;
  logic         refetch_bad_q;
  logic         refetch_write;

  assign inject_now = data_armed_q && inject_wait_q == '0 && s2_valid_q && !refetch_done_q &&
                      (inject_evict_i ? s2_kind_q == D_EVICT : s2_hit_q && s2_kind_q != D_EVICT &&
                                                               s2_kind_q != D_FILL);

  logic [255:0] code_data, words;
  logic [31:0]  code_check;
  logic [3:0]   corrected, uncorrectable;

  brg_secded #(.WORDS(4)) u_ecc (
    .enc_data_i(encode_in), .enc_check_o(checks), .dec_data_i(code_data),
    .dec_check_i(code_check), .dec_data_o(words), .dec_corrected_o(corrected),
    .dec_uncorrectable_o(uncorrectable)
  );
  assign decoded = ecc_i ? words : code_data;
  assign fixed   = ecc_i ? corrected : 4'd0;
  assign broken  = ecc_i ? uncorrectable : 4'd0;

  // A word that stays uncorrectable is stored so that every later read sees it: with a check that
  // is wrong in two bits.
  generate
    for (genvar g = 0; g < 4; g = g + 1) begin : g_word
      assign code[g*72 +: 72] = (data_round ? data_round_q[g*72 +: 72] : data_ram_q[g*72 +: 72]) ^
                                (inject_now && inject_word_i == 2'(g) ? inject_mask_i : 72'd0);
      assign code_data[g*64 +: 64]  = code[g*72 +: 64];
      assign code_check[g*8 +: 8]   = code[g*72 + 64 +: 8];
      assign covered[g]             = &s2_strb_q[g*8 +: 8];
      assign data_write[g*72 +: 72] = {checks[g*8 +: 8] ^ (poison[g] ? 8'h03 : 8'h00),
                                       encode_in[g*64 +: 64]};
    end
  endgenerate

  assign lost         = refetch_done_q ? {4{refetch_bad_q}} & ~covered : broken & ~covered;
  assign refetch_need = s2_valid_q && (s2_kind_q == D_READ || s2_kind_q == D_WRITE) &&
                        !s2_dirty_q && !s2_resp_q[1] && (broken & ~covered) != '0 &&
                        !refetch_done_q;
  assign adv          = !refetch_need;
  assign read_data    = refetch_done_q ? refetch_data_q : decoded;
  assign poison       = refetch_write || s2_kind_q == D_FILL ? 4'd0 : lost;

  always @* begin
    for (int i = 0; i < 32; i = i + 1) begin
      merged[i*8 +: 8] = s2_strb_q[i] ? s2_data_q[i*8 +: 8] : read_data[i*8 +: 8];
    end
  end
  assign encode_in  = refetch_write ? m_axi_rdata_i : merged;
  assign data_we    = refetch_write || (adv && s2_valid_q && (s2_kind_q == D_FILL ||
                      (s2_kind_q == D_WRITE && !s2_resp_q[1])));

  // ---- ECC refetch: the clean line once more from memory, while the pipeline stands still ----
  logic       refetch_sent_q;
  logic [2:0] refetch_beat_q;
  logic       refetch_came, ar_free, refetch_issue;

  assign refetch_came  = m_axi_rvalid_i && m_axi_rready_o && !passing &&
                         m_axi_rid_i == ID_W'(MSHRS) && refetch_sent_q;
  assign refetch_issue = refetch_need && !refetch_sent_q && ar_free;
  // Only sound beats are written: a refused one leaves the RAM as it is.
  assign refetch_write = refetch_came && !m_axi_rresp_i[1];
  assign data_waddr    = refetch_write ? {s2_addr_q[DATA_AW-1:3], refetch_beat_q} : s2_addr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      refetch_sent_q <= 1'b0;
      refetch_done_q <= 1'b0;
      refetch_beat_q <= '0;
    end else begin
      if (adv) refetch_done_q <= 1'b0;
      if (refetch_issue) begin
        refetch_sent_q <= 1'b1;
        refetch_beat_q <= '0;
      end
      if (refetch_came) begin
        refetch_beat_q <= refetch_beat_q + 1'b1;
        if (refetch_beat_q == last_beat) begin
          refetch_sent_q <= 1'b0;
          refetch_done_q <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (refetch_came && refetch_beat_q == s2_beat_q) begin
      refetch_data_q <= m_axi_rdata_i;
      refetch_bad_q  <= m_axi_rresp_i[1];
    end
  end

  // ---- Answers: reads through the reorder ring, writes in the order of their bursts ----
  logic [1:0]        s2_answer;
  logic              read_done, write_done;
  logic              pick_valid, pick, ring_empty, ring_moving, head_done;
  logic [SLOT_W-1:0] pick_slot, head_slot;
  logic [ID_W-1:0]   pick_id;
  logic [257:0]      answer_mem [0:READS-1];
  logic [257:0]      answer_q;
  logic [READS-1:0]  slot_last_q;
  logic              rvalid_q, rlast_q;
  logic [ID_W-1:0]   rid_q;

  always @* begin
    s2_answer = s2_resp_q;
    if (s2_kind_q == D_READ && !s2_resp_q[1] && lost != '0) s2_answer = 2'b10;
    for (int i = 0; i < 4; i = i + 1) begin
      if (s2_kind_q == D_WRITE && !s2_resp_q[1] && lost[i] && s2_strb_q[i*8 +: 8] != '0) begin
        s2_answer = 2'b10;
      end
    end
  end
  assign read_done  = adv && s2_valid_q && s2_kind_q == D_READ;
  assign write_done = adv && s2_valid_q && s2_kind_q == D_WRITE;
  assign pick       = pick_valid && (!rvalid_q || s_axi_rready_i);

  brg_cache_order #(.DEPTH(READS), .ID_W(ID_W)) u_order (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .alloc_ready_o(slot_ready), .alloc_i(read_op), .alloc_id_i(r_id), .alloc_slot_o(slot_new),
    .done_i(read_done), .done_slot_i(SLOT_W'(s2_slot_q)),
    .pick_valid_o(pick_valid), .pick_slot_o(pick_slot), .pick_id_o(pick_id), .pick_i(pick),
    .empty_o(ring_empty), .moving_o(ring_moving), .head_slot_o(head_slot), .head_done_o(head_done)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rvalid_q <= 1'b0;
    else if (pick) rvalid_q <= 1'b1;
    else if (s_axi_rready_i) rvalid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (read_op) slot_last_q[slot_new] <= r_last;
    if (read_done) answer_mem[SLOT_W'(s2_slot_q)] <= {s2_answer, read_data};
    if (pick) begin
      answer_q <= answer_mem[pick_slot];
      rid_q    <= pick_id;
      rlast_q  <= slot_last_q[pick_slot];
    end
  end

  logic [2:0]           b_head_q;
  logic [3:0]           b_level_q;
  logic [B_SLOTS*9-1:0] b_count_q;            // beats of the burst decided and not done
  logic [B_SLOTS-1:0]   b_closed_q;
  logic [B_SLOTS*2-1:0] b_resp_q;
  logic [B_SLOTS*ID_W-1:0] b_id_q;
  logic                 b_open, b_show, b_take;

  assign b_ready = b_level_q != 4'(B_SLOTS);
  assign b_open  = write_op && w_first;
  assign b_show  = b_level_q != '0 && b_closed_q[b_head_q] && b_count_q[b_head_q*9 +: 9] == '0;
  assign b_take  = b_show && s_axi_bready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      b_head_q   <= '0;
      b_tail_q   <= '0;
      b_level_q  <= '0;
      b_count_q  <= '0;
      b_closed_q <= '0;
      b_resp_q   <= '0;
    end else begin
      b_level_q <= b_level_q + 4'(b_open) - 4'(b_take);
      if (b_take) begin
        b_head_q                <= b_head_q + 1'b1;
        b_closed_q[b_head_q]    <= 1'b0;
        b_resp_q[b_head_q*2 +: 2] <= 2'b00;
      end
      if (b_open) b_tail_q <= b_tail_q + 1'b1;
      if (write_op && w_last) b_closed_q[b_slot] <= 1'b1;
      if (write_done && s2_answer > b_resp_q[s2_slot_q[2:0]*2 +: 2]) begin
        b_resp_q[s2_slot_q[2:0]*2 +: 2] <= s2_answer;
      end
      for (int i = 0; i < B_SLOTS; i = i + 1) begin
        b_count_q[i*9 +: 9] <= b_count_q[i*9 +: 9] + 9'(write_op && b_slot == 3'(i)) -
                               9'(write_done && s2_slot_q[2:0] == 3'(i));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (b_open) b_id_q[b_slot*ID_W +: ID_W] <= w_id;
  end

  // ---- Write-back buffers ----
  logic              back_match, back_empty, back_step, back_error;
  logic [BUF_W-1:0]  s1_buffer_q, s2_buffer_q;
  logic              back_awvalid, back_wvalid, back_wlast, back_bready;
  logic [ID_W-1:0]   back_awid;
  logic [ADDR_W-1:0] back_awaddr;
  logic [7:0]        back_awlen;
  logic [255:0]      back_wdata;
  logic [31:0]       back_wstrb;
  logic [LINE_W-1:0] ask_line;

  always_ff @(posedge clk_i) begin
    if (adv) begin
      if (evict_op) s1_buffer_q <= evict_buffer_q;
      s2_buffer_q <= s1_buffer_q;
    end
  end

  brg_cache_writeback #(.ADDR_W(ADDR_W), .ID_W(ID_W), .BUFFERS(WRITE_BACKS)) u_back (
    .clk_i(clk_i), .rst_ni(rst_ni), .last_beat_i(last_beat),
    .alloc_ready_o(buffer_ready), .alloc_i(buffer_take), .alloc_line_i(buffer_line),
    .alloc_index_o(buffer_index),
    .write_i(adv && s2_valid_q && s2_kind_q == D_EVICT), .write_index_i(s2_buffer_q),
    .write_beat_i(s2_beat_q), .write_data_i(decoded), .write_words_i(~broken),
    .match_line_i(ask_line), .match_o(back_match),
    .m_axi_awvalid_o(back_awvalid), .m_axi_awready_i(m_axi_awready_i && !passing),
    .m_axi_awid_o(back_awid), .m_axi_awaddr_o(back_awaddr), .m_axi_awlen_o(back_awlen),
    .m_axi_wvalid_o(back_wvalid), .m_axi_wready_i(m_axi_wready_i && !passing),
    .m_axi_wdata_o(back_wdata), .m_axi_wstrb_o(back_wstrb), .m_axi_wlast_o(back_wlast),
    .m_axi_bvalid_i(m_axi_bvalid_i && !passing), .m_axi_bready_o(back_bready),
    .m_axi_bid_i(m_axi_bid_i), .m_axi_bresp_i(m_axi_bresp_i),
    .empty_o(back_empty), .step_o(back_step), .error_o(back_error)
  );

  // ---- Requests to memory, in the order of the misses; R beats are always taken ----
  logic              ask_valid, ask_ready, ask_take, ask_blocked, ask_issue;
  logic [MSHR_W-1:0] ask_head;
  logic              arvalid_q;
  logic [ID_W-1:0]   arid_q;
  logic [LINE_W-1:0] arline_q;
  logic [MSHR_W:0]   ask_level, filled_level, evict_level;
  logic              came_last;

  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_ask (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(s1_alloc), .in_ready_o(ask_ready), .in_data_i(mshr_free),
    .out_valid_o(ask_valid), .out_ready_i(ask_take), .out_data_o(ask_head), .level_o(ask_level)
  );
  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_filled (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(came_last), .in_ready_o(filled_ready), .in_data_i(came_mshr),
    .out_valid_o(filled_valid), .out_ready_i(filled_take), .out_data_o(filled_head),
    .level_o(filled_level)
  );
  brg_fifo #(.WIDTH(MSHR_W), .DEPTH(MSHRS)) u_evict (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(1'b0),
    .in_valid_i(s1_alloc && victim_dirty), .in_ready_o(evict_ready), .in_data_i(mshr_free),
    .out_valid_o(evict_valid), .out_ready_i(evict_take), .out_data_o(evict_head),
    .level_o(evict_level)
  );

  // A line still on its way out is fetched again only after memory has it.
  assign ask_line = mshr_line_q[ask_head*LINE_W +: LINE_W];
  always @* begin
    ask_blocked = back_match;
    for (int i = 0; i < MSHRS; i = i + 1) begin
      if (evict_q[i] && mshr_old_q[i*LINE_W +: LINE_W] == ask_line) ask_blocked = 1'b1;
    end
  end
  assign ar_free   = !arvalid_q || m_axi_arready_i;
  assign ask_issue = ask_valid && !ask_blocked && ar_free && !refetch_issue && !passing;
  assign ask_take  = ask_issue;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) arvalid_q <= 1'b0;
    else if (ask_issue || refetch_issue) arvalid_q <= 1'b1;
    else if (m_axi_arready_i && !passing) arvalid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (refetch_issue) begin
      arid_q   <= ID_W'(MSHRS);
      arline_q <= s2_line_q;
    end else if (ask_issue) begin
      arid_q   <= ID_W'(ask_head);
      arline_q <= ask_line;
    end
  end

  assign came_mshr = m_axi_rid_i[MSHR_W-1:0];
  assign came_beat = mshr_beat_q[came_mshr*3 +: 3];
  assign came      = m_axi_rvalid_i && !passing && m_axi_rid_i < ID_W'(MSHRS) &&
                     mshr_q[came_mshr] && !filled_q[came_mshr];
  assign came_last = came && (m_axi_rlast_i || came_beat == last_beat);

  // ---- Engines ----
  assign fill_set  = mshr_set_q[fill_q*SET_W +: SET_W];
  assign fill_way  = mshr_way_q[fill_q*WAY_W +: WAY_W];
  assign fill_resp = mshr_resp_q[fill_q*2 +: 2];
  assign filled_take  = adv && fill_state_q == F_IDLE && filled_valid && !evict_q[filled_head];
  // No access can join in the cycle that frees the line: one that is decided then is counted.
  assign mshr_release = adv && fill_state_q == F_REPLAY && list_empty[fill_q] &&
                        !(list_push && list_push_to == fill_q) &&
                        (!fill_resp[1] || fill_killed_q);
  assign freed = mshr_release || replay_op;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fill_state_q  <= F_IDLE;
      fill_q        <= '0;
      fill_beat_q   <= '0;
      fill_killed_q <= 1'b0;
    end else if (adv) begin
      case (fill_state_q)
        F_IDLE: if (filled_take) begin
          fill_q        <= filled_head;
          fill_beat_q   <= '0;
          fill_killed_q <= 1'b0;
          fill_state_q  <= mshr_resp_q[filled_head*2 + 1] ? F_REPLAY : F_FILL;
        end
        F_FILL: begin
          fill_beat_q <= fill_beat_q + 1'b1;
          if (fill_beat_q == last_beat) fill_state_q <= F_REPLAY;
        end
        F_REPLAY: if (mshr_release) fill_state_q <= F_IDLE;
          else if (list_empty[fill_q] && !(list_push && list_push_to == fill_q)) begin
            fill_state_q <= F_KILL;
          end
        default: begin
          fill_killed_q <= 1'b1;
          fill_state_q  <= F_REPLAY;
        end
      endcase
    end
  end

  // The walk of a flush hands its dirty lines to the same engine, one at a time.
  logic walk_evict;
  assign walk_evict  = adv && control_q == C_LOOK && scan_found;
  assign evict_take  = evict_valid && !evict_busy_q && buffer_ready && control_q != C_SCAN &&
                       control_q != C_LOOK;
  assign buffer_take = evict_take || walk_evict;
  assign buffer_line = walk_evict ? dirty_line : mshr_old_q[evict_head*LINE_W +: LINE_W];
  assign evict_last  = evict_op && evict_beat_q == last_beat;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      evict_busy_q   <= 1'b0;
      evict_walk_q   <= 1'b0;
      evict_mshr_q   <= '0;
      evict_set_q    <= '0;
      evict_way_q    <= '0;
      evict_buffer_q <= '0;
      evict_beat_q   <= '0;
    end else begin
      if (buffer_take) begin
        evict_busy_q   <= 1'b1;
        evict_walk_q   <= walk_evict;
        evict_mshr_q   <= evict_head;
        evict_set_q    <= walk_evict ? s1_set_q : mshr_set_q[evict_head*SET_W +: SET_W];
        evict_way_q    <= walk_evict ? dirty_way : mshr_way_q[evict_head*WAY_W +: WAY_W];
        evict_buffer_q <= buffer_index;
        evict_beat_q   <= '0;
      end else if (evict_op) begin
        evict_beat_q <= evict_beat_q + 1'b1;
        if (evict_last) evict_busy_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mshr_q      <= '0;
      filled_q    <= '0;
      evict_q     <= '0;
      early_q     <= '0;
      late_q      <= '0;
      mshr_beat_q <= '0;
      mshr_resp_q <= '0;
    end else begin
      if (came) begin
        mshr_beat_q[came_mshr*3 +: 3] <= came_beat + 1'b1;
        if (m_axi_rresp_i > mshr_resp_q[came_mshr*2 +: 2]) begin
          mshr_resp_q[came_mshr*2 +: 2] <= m_axi_rresp_i;
        end
        // A burst that ends too early, or not, is an error; nothing is waited for twice.
        if (m_axi_rlast_i != (came_beat == last_beat)) mshr_resp_q[came_mshr*2 +: 2] <= 2'b10;
        if (came_last) filled_q[came_mshr] <= 1'b1;
      end
      if (evict_last && !evict_walk_q) evict_q[evict_mshr_q] <= 1'b0;
      if (mshr_release) mshr_q[fill_q] <= 1'b0;
      if (adv && s1_merge) begin
        if (early_q[pending_mshr]) late_q[pending_mshr] <= 1'b1;
        early_q[pending_mshr] <= 1'b0;
      end
      if (s1_alloc) begin
        mshr_q[mshr_free]              <= 1'b1;
        filled_q[mshr_free]            <= 1'b0;
        evict_q[mshr_free]             <= victim_dirty;
        early_q[mshr_free]             <= s1_prefetch_miss;
        late_q[mshr_free]              <= 1'b0;
        mshr_beat_q[mshr_free*3 +: 3]  <= 3'd0;
        mshr_resp_q[mshr_free*2 +: 2]  <= 2'b00;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (s1_alloc) begin
      mshr_line_q[mshr_free*LINE_W +: LINE_W] <= s1_line_q;
      mshr_old_q[mshr_free*LINE_W +: LINE_W]  <= victim_line;
      mshr_set_q[mshr_free*SET_W +: SET_W]    <= s1_set_q;
      mshr_way_q[mshr_free*WAY_W +: WAY_W]    <= victim;
    end
    if (adv && s1_fail) begin
      retry_write_q <= s1_write_q;
      retry_beat_q  <= s1_beat_q;
      retry_line_q  <= s1_line_q;
      retry_slot_q  <= s1_slot_q;
      retry_id_q    <= s1_id_q;
      if (s1_write_q) begin
        retry_data_q <= s1_data_q;
        retry_strb_q <= s1_strb_q;
      end
    end
  end

  // A retry waits for something to be freed; what is freed in the cycle of the failure counts.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      retry_q           <= 1'b0;
      retry_ready_q     <= 1'b0;
      prefetch_flying_q <= 1'b0;
      prefetch_wait_q   <= 1'b0;
    end else if (adv) begin
      if (s1_fail) begin
        retry_q       <= 1'b1;
        retry_ready_q <= freed;
      end else if (retry_op) begin
        retry_q <= 1'b0;
      end else if (freed) begin
        retry_ready_q <= 1'b1;
      end
      prefetch_flying_q <= prefetch_op;
      if (mshr_release) prefetch_wait_q <= 1'b0;
      else if (prefetch_flying_q && !prefetch_take) prefetch_wait_q <= 1'b1;
    end
  end

  // ---- Prefetcher ----
  logic        prefetch_step, unused_full;
  logic [15:0] unused_q;   // prefetched lines that nobody used yet
  logic        early_used, early_lost, prefetch_clear;
  logic [3:0]  early_dropped;

  assign prefetch_take  = adv && s1_valid_q && s1_op_q == OP_PREFETCH && prefetch_flying_q &&
                          (hit || s1_prefetch_miss);
  assign prefetch_clear = !running || prefetch_kind_i == 2'd0;
  assign unused_full    = prefetch_depth_i != '0 && unused_q >= 16'(prefetch_depth_i);

  brg_prefetch #(.ADDR_W(ADDR_W), .ID_W(ID_W)) u_prefetch (
    .clk_i(clk_i), .rst_ni(rst_ni), .kind_i(prefetch_kind_i), .depth_i(prefetch_depth_i),
    .line_log2_i(line_shift), .clear_i(prefetch_clear),
    .train_i(s1_go), .train_line_i(s1_line_q), .train_id_i(s1_id_q),
    .unused_full_i(unused_full || prefetch_want),
    .hint_valid_i(hint_valid_i && !prefetch_clear), .hint_ready_o(hint_ready_o),
    .hint_base_i(hint_base_i), .hint_bytes_i(hint_bytes_i),
    .want_o(prefetch_want), .want_line_o(prefetch_line), .take_i(prefetch_take),
    .step_o(prefetch_step)
  );

  assign early_used = s1_go && (s1_hit || s1_merge) && way_early[hit_way];
  assign early_lost = s1_alloc && victim_early;
  assign early_dropped = adv && s1_valid_q && s1_op_q == OP_SCAN && !scan_found && walk_drop_q
                         ? early_count : 4'(adv && s1_valid_q && s1_op_q == OP_KILL &&
                                            way_early[s1_way_q]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) unused_q <= '0;
    else unused_q <= unused_q + 16'(adv && s1_prefetch_miss) - 16'(early_used) - 16'(early_lost) -
                     16'(early_dropped) - (tag_we ? 16'(bad_early_count) : 16'd0);
  end

  // ---- Control ----
  logic drained, walk_end, pass_read, pass_read_end;
  logic [4:0] pass_reads_q, pass_writes_q;

  assign front_idle = !r_valid && !w_valid && owed_q == '0 && !wd_valid;
  assign drained    = !retry_q && !s1_valid_q && !s2_valid_q && mshr_q == '0 && !evict_busy_q &&
                      fill_state_q == F_IDLE;
  assign inner_idle = drained && back_empty && ring_empty && b_level_q == '0 && !rvalid_q &&
                      !arvalid_q;
  assign pass_idle  = pass_reads_q == '0 && pass_writes_q == '0;
  assign pass_room  = pass_reads_q < 5'd15 && pass_writes_q < 5'd15;
  assign walk_end   = control_q == C_LAST && back_empty && !s1_valid_q && !s2_valid_q;
  assign flush_ack_o = (walk_end && !walk_off_q) || (passing && (flush_i || invalidate_i));
  assign idle_o      = front_idle && inner_idle && (passing ? pass_idle : running) &&
                       !prefetch_want && !prefetch_step && !s_axi_bvalid_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      control_q   <= C_CLEAR;
      walk_set_q  <= '0;
      walk_drop_q <= 1'b1;
      walk_off_q  <= 1'b0;
      random_q    <= 32'd1;
    end else begin
      case (control_q)
        C_CLEAR: begin
          walk_set_q <= walk_set_q + 1'b1;
          if (walk_set_q == SET_W'(MAX_SETS - 1)) control_q <= enable_i ? C_RUN : C_PASS;
        end
        C_RUN: if (!enable_i) begin
          if (front_idle && inner_idle && !prefetch_want) begin
            walk_drop_q <= 1'b1;
            walk_off_q  <= 1'b1;
            walk_set_q  <= '0;
            control_q   <= C_DRAIN;
          end
        end else if (flush_i || invalidate_i) begin
          walk_drop_q <= invalidate_i;
          walk_off_q  <= 1'b0;
          walk_set_q  <= '0;
          control_q   <= C_DRAIN;
        end
        C_DRAIN: if (drained) control_q <= C_SCAN;
        C_SCAN: if (scan_op) control_q <= C_LOOK;
        C_LOOK: if (scan_found) begin
          control_q <= C_EVICT;
        end else begin
          walk_set_q <= walk_set_q + 1'b1;
          control_q  <= walk_set_q == set_mask ? C_LAST : C_SCAN;
        end
        C_EVICT: if (!evict_busy_q) control_q <= C_SCAN;
        C_LAST: if (walk_end) control_q <= walk_off_q ? C_PASS : C_RUN;
        default: if (enable_i && front_idle && pass_idle) control_q <= C_RUN;
      endcase
      if (control_q == C_CLEAR || (walk_end && walk_drop_q)) begin
        random_q <= seed_i == '0 ? 32'd1 : seed_i;
      end else if (s1_alloc && policy_chose && policy_i[1]) begin
        random_q <= random_3;
      end
    end
  end

  // xorshift32, a linear feedback generator of period 2^32 - 1.
  logic [31:0] random_1, random_2, random_3;
  assign random_1 = random_q ^ (random_q << 13);
  assign random_2 = random_1 ^ (random_1 >> 17);
  assign random_3 = random_2 ^ (random_2 << 5);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) owed_q <= '0;
    else owed_q <= owed_q + 4'(aw_in) - 4'(wlast_in);
  end

  // ---- Off: the two sides are wired together ----
  logic [15:0]       pass_open_q;     // reads passed and not ended, in their order from pass_head_q
  logic [16*ID_W-1:0] pass_id_q;
  logic [16*LINE_W-1:0] pass_line_q;
  logic [3:0]        pass_head_q, pass_tail_q, pass_found, pass_place;
  logic              pass_any;

  assign r_whole       = passing && m_axi_arready_i;
  assign w_whole       = passing && m_axi_awready_i;
  assign pass_read     = passing && s_axi_arvalid_i && s_axi_arready_o;
  assign pass_read_end = passing && s_axi_rvalid_o && s_axi_rready_i && s_axi_rlast_o;

  always @* begin
    pass_found = '0;
    pass_place = '0;
    for (int i = 15; i >= 0; i = i - 1) begin
      pass_place = pass_head_q + 4'(i);
      if (pass_open_q[pass_place] && pass_id_q[pass_place*ID_W +: ID_W] == m_axi_rid_i) begin
        pass_found = pass_place;
      end
    end
  end
  assign pass_any = pass_open_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      pass_reads_q  <= '0;
      pass_writes_q <= '0;
      pass_open_q   <= '0;
      pass_head_q   <= '0;
      pass_tail_q   <= '0;
    end else if (passing) begin
      pass_reads_q  <= pass_reads_q + 5'(pass_read) - 5'(pass_read_end);
      pass_writes_q <= pass_writes_q + 5'(aw_in) - 5'(s_axi_bvalid_o && s_axi_bready_i);
      if (pass_read_end) pass_open_q[pass_found] <= 1'b0;
      if (pass_head_q != pass_tail_q && !pass_open_q[pass_head_q]) pass_head_q <= pass_head_q + 1'b1;
      if (pass_read) begin
        pass_open_q[pass_tail_q] <= 1'b1;
        pass_tail_q              <= pass_tail_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (pass_read) begin
      pass_id_q[pass_tail_q*ID_W +: ID_W]       <= s_axi_arid_i;
      pass_line_q[pass_tail_q*LINE_W +: LINE_W] <= s_axi_araddr_i[ADDR_W-1:6];
    end
  end

  assign m_axi_arvalid_o = passing ? r_valid : arvalid_q;
  assign m_axi_arid_o    = passing ? r_id : arid_q;
  assign m_axi_araddr_o  = passing ? r_addr : {arline_q, 6'd0};
  assign m_axi_arlen_o   = passing ? r_len : {5'd0, last_beat};
  assign m_axi_arsize_o  = passing ? r_size : 3'd5;
  assign m_axi_arburst_o = passing ? r_burst : 2'b01;
  assign m_axi_rready_o  = passing ? s_axi_rready_i : 1'b1;
  assign m_axi_awvalid_o = passing ? w_valid : back_awvalid;
  assign m_axi_awid_o    = passing ? w_id : back_awid;
  assign m_axi_awaddr_o  = passing ? w_addr : back_awaddr;
  assign m_axi_awlen_o   = passing ? w_len : back_awlen;
  assign m_axi_awsize_o  = passing ? w_size : 3'd5;
  assign m_axi_awburst_o = passing ? w_burst : 2'b01;
  assign m_axi_wvalid_o  = passing ? wd_valid : back_wvalid;
  assign m_axi_wdata_o   = passing ? wd_data : back_wdata;
  assign m_axi_wstrb_o   = passing ? wd_strb : back_wstrb;
  assign m_axi_wlast_o   = passing ? wd_last : back_wlast;
  assign m_axi_bready_o  = passing ? s_axi_bready_i : back_bready;

  assign s_axi_rvalid_o = passing ? m_axi_rvalid_i : rvalid_q;
  assign s_axi_rid_o    = passing ? m_axi_rid_i : rid_q;
  assign s_axi_rdata_o  = passing ? m_axi_rdata_i : answer_q[255:0];
  assign s_axi_rresp_o  = passing ? m_axi_rresp_i : answer_q[257:256];
  assign s_axi_rlast_o  = passing ? m_axi_rlast_i : rlast_q;
  assign s_axi_bvalid_o = passing ? m_axi_bvalid_i : b_show;
  assign s_axi_bid_o    = passing ? m_axi_bid_i : b_id_q[b_head_q*ID_W +: ID_W];
  assign s_axi_bresp_o  = passing ? m_axi_bresp_i : b_resp_q[b_head_q*2 +: 2];

  // ---- Fault injection ----
  assign inject_armed_o = data_armed_q || tag_armed_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      data_armed_q  <= 1'b0;
      tag_armed_q   <= 1'b0;
      inject_wait_q <= '0;
    end else begin
      if (inject_data_i) begin
        data_armed_q  <= 1'b1;
        inject_wait_q <= inject_wait_i;
      end else if (adv && s2_valid_q && (inject_evict_i ? s2_kind_q == D_EVICT
                                         : s2_hit_q && s2_kind_q[1] == 1'b0)) begin
        if (inject_wait_q == '0) data_armed_q <= 1'b0;
        else inject_wait_q <= inject_wait_q - 1'b1;
      end
      if (inject_tag_i) tag_armed_q <= 1'b1;
      else if (s1_go || s1_alloc) tag_armed_q <= 1'b0;
    end
  end

  // ---- What became of each access ----
  logic [3:0] bad_count, bad_dirty_count, bad_early_count;
  always @* begin
    look_kind_o = LOOK_HIT;
    if (s1_merge) look_kind_o = LOOK_MERGE;
    if (s1_miss) look_kind_o = LOOK_MISS;
    if (s1_prefetch_miss) look_kind_o = LOOK_PREFETCH;
    if (s1_op_q == OP_KILL) look_kind_o = LOOK_DROP;
    if (s1_op_q == OP_SCAN) look_kind_o = scan_found ? LOOK_CLEAN : LOOK_EMPTY;
    bad_count       = '0;
    bad_dirty_count = '0;
    bad_early_count = '0;
    for (int i = 0; i < MAX_WAYS; i = i + 1) begin
      bad_count       = bad_count + 4'(way_bad[i]);
      bad_dirty_count = bad_dirty_count + 4'(way_bad[i] && tags[i*TAG_W + 2]);
      bad_early_count = bad_early_count + 4'(way_bad[i] && tags[i*TAG_W + 3]);
    end
  end
  assign look_valid_o = s1_go || s1_alloc || (adv && s1_valid_q && (s1_op_q == OP_KILL ||
                        (s1_op_q == OP_SCAN && (scan_found || walk_drop_q))));
  assign look_write_o    = s1_write_q && s1_lookup;
  assign look_addr_o     = s1_op_q == OP_SCAN ? (scan_found ? 64'({dirty_line, 6'd0}) : 64'(s1_set_q))
                                              : 64'({s1_line_q, 6'd0}) | 64'({s1_beat_q, 5'd0});
  assign look_way_o      = s1_op_q == OP_KILL ? 3'(s1_way_q) : s1_op_q == OP_SCAN ? 3'(dirty_way)
                                                             : 3'(touch);
  assign look_dirty_o    = s1_alloc && victim_dirty;
  assign look_bad_tags_o = 8'(way_bad);

  assign bad_words_o = broken;
  assign bad_data_o  = adv && s2_valid_q && lost != '0 && s2_kind_q != D_FILL && !s2_resp_q[1];
  assign bad_addr_o  = s2_kind_q == D_EVICT ? 64'd0
                                            : 64'({s2_line_q, 6'd0}) | 64'({s2_beat_q, 5'd0});

  // ---- Counters ----
  logic [STATS*4-1:0]  step;
  logic [STATS*64-1:0] stat_q;
  always @* begin
    step = '0;
    step[STAT_READS*4 +: 4]     = 4'(s1_go && !s1_write_q);
    step[STAT_WRITES*4 +: 4]    = 4'(s1_go && s1_write_q);
    step[STAT_HITS*4 +: 4]      = 4'(s1_go && s1_hit);
    step[STAT_MISSES*4 +: 4]    = 4'(s1_go && s1_miss);
    step[STAT_MERGES*4 +: 4]    = 4'(s1_go && s1_merge);
    step[STAT_FILLS*4 +: 4]     = 4'(came_last);
    step[STAT_BACKS*4 +: 4]     = 4'(buffer_take);
    step[STAT_STALLS*4 +: 4]    = 4'(adv && s1_fail && !retry_q);
    step[STAT_ISSUED*4 +: 4]    = 4'(adv && s1_prefetch_miss);
    step[STAT_USEFUL*4 +: 4]    = 4'(early_used);
    step[STAT_USELESS*4 +: 4]   = 4'(early_lost) + early_dropped +
                                  (tag_we ? bad_early_count : 4'd0);
    step[STAT_LATE*4 +: 4]      = 4'(early_used && s1_merge);
    step[STAT_REDUNDANT*4 +: 4] = 4'(prefetch_take && !s1_prefetch_miss);
    if (adv && s2_valid_q && s2_kind_q != D_FILL && !s2_resp_q[1]) begin
      for (int i = 0; i < 4; i = i + 1) begin
        step[STAT_CORRECTED*4 +: 4] = step[STAT_CORRECTED*4 +: 4] + 4'(fixed[i]);
        step[STAT_UNCORRECTABLE*4 +: 4] = step[STAT_UNCORRECTABLE*4 +: 4] + 4'(broken[i]);
        step[STAT_LOST*4 +: 4] = step[STAT_LOST*4 +: 4] + 4'(s2_kind_q == D_EVICT && broken[i]);
      end
    end
    if (refetch_issue) begin
      for (int i = 0; i < 4; i = i + 1) begin
        step[STAT_UNCORRECTABLE*4 +: 4] = step[STAT_UNCORRECTABLE*4 +: 4] + 4'(broken[i]);
      end
    end
    step[STAT_REFETCHES*4 +: 4]    = 4'(refetch_issue);
    step[STAT_BAD_TAGS*4 +: 4]     = tag_we && control_q != C_CLEAR ? bad_count : 4'd0;
    step[STAT_LOST_LINES*4 +: 4]   = tag_we && control_q != C_CLEAR ? bad_dirty_count : 4'd0;
    step[STAT_READ_ERRORS*4 +: 4]  = 4'(kill_op);
    step[STAT_WRITE_ERRORS*4 +: 4] = 4'(back_error);
    step[STAT_PASSED*4 +: 4]       = 4'(pass_read) + 4'(passing && aw_in);
    step[STAT_FLUSHES*4 +: 4]      = 4'(walk_end);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) stat_q <= '0;
    else if (stat_clear_i) stat_q <= '0;
    else begin
      for (int i = 0; i < STATS; i = i + 1) begin
        if (step[i*4 +: 4] != '0) stat_q[i*64 +: 64] <= stat_q[i*64 +: 64] + 64'(step[i*4 +: 4]);
      end
      if (retry_q) begin
        stat_q[STAT_STALL_CYCLES*64 +: 64] <= stat_q[STAT_STALL_CYCLES*64 +: 64] + 64'd1 +
                                              64'(skip_i);
      end
    end
  end
  assign stat_value_o = stat_index_i < 5'(STATS) ? stat_q[stat_index_i*64 +: 64] : 64'd0;

  // ---- The oldest read ----
  logic [READS-1:0]        slot_wait_q;   // it waits for a line
  logic [READS*MSHR_W-1:0] slot_mshr_q;
  logic [READS*LINE_W-1:0] slot_line_q;
  logic [MSHR_W-1:0]       head_mshr;
  logic [LINE_W-1:0]       head_line;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) slot_wait_q <= '0;
    else begin
      if (read_op) slot_wait_q[slot_new] <= 1'b0;
      if (list_push && !s1_write_q) slot_wait_q[SLOT_W'(s1_slot_q)] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (read_op) slot_line_q[slot_new*LINE_W +: LINE_W] <= {i_line[LINE_W-1:2], i_line[1:0]};
    if (list_push && !s1_write_q) slot_mshr_q[SLOT_W'(s1_slot_q)*MSHR_W +: MSHR_W] <= list_push_to;
  end

  assign head_mshr = slot_mshr_q[head_slot*MSHR_W +: MSHR_W];
  always @* begin
    head_state_o = HEAD_LOOKUP;
    head_line    = slot_line_q[head_slot*LINE_W +: LINE_W];
    if (passing) begin
      head_state_o = !pass_any ? HEAD_NONE : m_axi_rvalid_i ? HEAD_RETURN : HEAD_MEMORY;
      head_line    = pass_line_q[pass_head_q*LINE_W +: LINE_W];
    end else if (ring_empty) begin
      head_line = r_addr[ADDR_W-1:6];
      if (rvalid_q) head_state_o = HEAD_RETURN;
      else if (!r_valid) head_state_o = HEAD_NONE;
      else if (retry_q) head_state_o = HEAD_NO_MSHR;
    end else if (head_done || ring_moving) begin
      head_state_o = HEAD_RETURN;
    end else if (slot_wait_q[head_slot]) begin
      if (filled_q[head_mshr]) head_state_o = evict_q[head_mshr] ? HEAD_BACK : HEAD_LOOKUP;
      else if (ask_valid && ask_head == head_mshr && ask_blocked) head_state_o = HEAD_BACK;
      else head_state_o = late_q[head_mshr] ? HEAD_LATE : HEAD_MEMORY;
    end else if (!adv) begin
      head_state_o = HEAD_REFETCH;
    end else if (retry_q) begin
      head_state_o = HEAD_NO_MSHR;
    end
    if (head_state_o == HEAD_NONE) head_line = '0;
  end
  assign head_line_o = 64'({head_line[LINE_W-1:2], head_line[1:0] & low_keep, 6'd0});

  // ---- Quiet: with these inputs the next edge moves nothing but STAT_STALL_CYCLES ----
  logic busy_front, busy_core, busy_control;
  assign busy_front = (s_axi_arvalid_i && s_axi_arready_o) || aw_in ||
                      (s_axi_wvalid_i && s_axi_wready_o) || (s_axi_rvalid_o && s_axi_rready_i) ||
                      (s_axi_bvalid_o && s_axi_bready_i) || (m_axi_arvalid_o && m_axi_arready_i) ||
                      (m_axi_awvalid_o && m_axi_awready_i) || (m_axi_wvalid_o && m_axi_wready_i) ||
                      (m_axi_rvalid_i && m_axi_rready_o) || (m_axi_bvalid_i && m_axi_bready_o) ||
                      (hint_valid_i && hint_ready_o) || inject_data_i || inject_tag_i || stat_clear_i;
  assign busy_core = (adv && (i_valid || s1_valid_q || s2_valid_q)) || pick || ring_moving ||
                     ask_issue || refetch_issue || back_step || buffer_take || filled_take ||
                     mshr_release || (adv && fill_state_q[0]) || prefetch_step ||
                     (passing && pass_head_q != pass_tail_q && !pass_open_q[pass_head_q]) ||
                     (adv && fill_state_q == F_REPLAY);
  always @* begin
    busy_control = 1'b0;
    case (control_q)
      C_CLEAR, C_LOOK: busy_control = 1'b1;
      C_RUN: busy_control = enable_i ? flush_i || invalidate_i : front_idle && inner_idle;
      C_DRAIN: busy_control = drained;
      C_EVICT: busy_control = !evict_busy_q;
      C_LAST: busy_control = walk_end;
      C_PASS: busy_control = flush_ack_o || (enable_i && front_idle && pass_idle);
      default: busy_control = 1'b0;
    endcase
  end
  assign quiet_cycles_o = busy_front || busy_core || busy_control ? 32'd0 : 32'hffffffff;

  logic unused;
  assign unused = &{1'b0, ask_ready, filled_ready, evict_ready, ask_level, filled_level, evict_level,
                    last_way, s2_slot_q, r_first, r_beat_addr[4:0], w_beat_addr[4:0]};

endmodule

`default_nettype wire
