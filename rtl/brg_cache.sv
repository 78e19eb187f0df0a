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
  parameter integer READS       = 32,    // read beats taken and not answered, a power of two, 4..32
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
  input  logic              ecc_i,             // correct and report; off: data as they are stored
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

  // ---- Between the stages ----
  logic adv, ar_free, arvalid_q, ask_blocked, ask_issue, ask_valid, b_show, back_awvalid;
  logic back_bready, back_empty, back_error, back_step, back_wlast, back_wvalid, buffer_take;
  logic came, came_last, data_armed_q, evict_busy_q, fill_op, filled_take, head_done, hit;
  logic i_valid, kill_op, list_push, mshr_release, pick, policy_chose, prefetch_flying_q;
  logic prefetch_take, prefetch_want, read_op, refetch_issue, retry_q, ring_empty, ring_moving;
  logic rlast_q, rvalid_q, s1_alloc, s1_fail, s1_go, s1_hit, s1_lookup, s1_merge, s1_miss;
  logic s1_prefetch_miss, s1_valid_q, s1_write_q, s2_hit_q, s2_valid_q, scan_found, scan_op;
  logic t_write, tag_armed_q, tag_we, victim_dirty, victim_early;
  logic [257:0] answer_q;
  logic [ID_W-1:0] arid_q, back_awid, rid_q, s1_id_q;
  logic [LINE_W-1:0] arline_q, dirty_line, i_line, prefetch_line, s1_line_q, s2_line_q;
  logic [MSHR_W-1:0] ask_head, came_mshr, fill_q, list_push_to;
  logic [2:0] b_head_q, came_beat, fill_beat_q, s1_beat_q, s1_op_q, s2_beat_q, t_beat;
  logic [B_SLOTS*ID_W-1:0] b_id_q;
  logic [3:0] b_level_q, broken, early_count, fixed, lost;
  logic [B_SLOTS*2-1:0] b_resp_q;
  logic [ADDR_W-1:0] back_awaddr;
  logic [7:0] back_awlen;
  logic [255:0] back_wdata, decoded, read_data, s1_data_q, t_data;
  logic [31:0] back_wstrb, random_q, s1_strb_q, s2_strb_q, t_strb;
  logic [WAY_W-1:0] dirty_way, hit_way, s1_way_q, touch;
  logic [MSHRS-1:0] evict_q, filled_q, late_q, mshr_q;
  logic [1:0] fill_resp, fill_state_q, s2_kind_q, s2_resp_q;
  logic [SLOT_W-1:0] head_slot, slot_new;
  logic [15:0] inject_wait_q;
  logic [SET_W-1:0] s1_set_q;
  logic [4:0] s1_slot_q, s2_slot_q, t_slot;
  logic [MAX_WAYS*TAG_W-1:0] tags;
  logic [MAX_WAYS-1:0] way_bad, way_dirty, way_early;

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

  // ---- Pipeline: decisions and lines; data stage: RAM, codes, refetch ----
  brg_cache_pipe #(
    .ADDR_W(ADDR_W), .ID_W(ID_W), .MAX_WAYS(MAX_WAYS), .MAX_SETS(MAX_SETS), .MSHRS(MSHRS),
    .TARGETS(TARGETS), .READS(READS), .WRITE_BACKS(WRITE_BACKS)
  ) u_pipe (
    .clk_i(clk_i), .rst_ni(rst_ni), .last_beat_i(last_beat), .line_shift_i(line_shift),
    .low_keep_i(low_keep), .set_mask_i(set_mask), .control_i(control_q), .passing_i(passing),
    .walk_drop_i(walk_drop_q), .walk_set_i(walk_set_q), .running_i(running), .r_valid_i(r_valid),
    .r_last_i(r_last), .r_id_i(r_id), .r_beat_addr_i(r_beat_addr), .w_valid_i(w_valid),
    .w_first_i(w_first), .w_last_i(w_last), .w_id_i(w_id), .w_beat_addr_i(w_beat_addr),
    .wd_valid_i(wd_valid), .wd_data_i(wd_data), .wd_strb_i(wd_strb), .adv_i(adv),
    .prefetch_want_i(prefetch_want), .prefetch_take_i(prefetch_take),
    .prefetch_line_i(prefetch_line), .random_i(random_q), .tag_armed_i(tag_armed_q),
    .s2_valid_i(s2_valid_q), .s2_kind_i(s2_kind_q), .s2_resp_i(s2_resp_q), .s2_slot_i(s2_slot_q),
    .s2_beat_i(s2_beat_q), .s2_line_i(s2_line_q), .s2_strb_i(s2_strb_q), .decoded_i(decoded),
    .read_data_i(read_data), .broken_i(broken), .lost_i(lost), .refetch_issue_i(refetch_issue),
    .ways_log2_i(ways_log2_i), .policy_i(policy_i), .s_axi_rready_i(s_axi_rready_i),
    .s_axi_bready_i(s_axi_bready_i), .m_axi_arready_i(m_axi_arready_i),
    .m_axi_rvalid_i(m_axi_rvalid_i), .m_axi_rid_i(m_axi_rid_i), .m_axi_rresp_i(m_axi_rresp_i),
    .m_axi_rlast_i(m_axi_rlast_i), .m_axi_awready_i(m_axi_awready_i),
    .m_axi_wready_i(m_axi_wready_i), .m_axi_bvalid_i(m_axi_bvalid_i), .m_axi_bid_i(m_axi_bid_i),
    .m_axi_bresp_i(m_axi_bresp_i), .r_beat_o(r_beat), .w_beat_o(w_beat), .wd_take_o(wd_take),
    .mshr_o(mshr_q), .filled_o(filled_q), .evict_o(evict_q), .late_o(late_q),
    .mshr_release_o(mshr_release), .i_valid_o(i_valid), .i_line_o(i_line), .s1_valid_o(s1_valid_q),
    .s1_write_o(s1_write_q), .s1_op_o(s1_op_q), .s1_beat_o(s1_beat_q), .s1_line_o(s1_line_q),
    .s1_set_o(s1_set_q), .s1_way_o(s1_way_q), .s1_slot_o(s1_slot_q), .s1_id_o(s1_id_q),
    .s1_data_o(s1_data_q), .s1_strb_o(s1_strb_q), .s1_lookup_o(s1_lookup), .s1_fail_o(s1_fail),
    .fill_state_o(fill_state_q), .fill_o(fill_q), .fill_beat_o(fill_beat_q),
    .fill_resp_o(fill_resp), .filled_take_o(filled_take), .fill_op_o(fill_op), .kill_op_o(kill_op),
    .list_push_o(list_push), .list_push_to_o(list_push_to), .evict_busy_o(evict_busy_q),
    .buffer_take_o(buffer_take), .retry_o(retry_q), .slot_new_o(slot_new), .scan_op_o(scan_op),
    .read_op_o(read_op), .prefetch_flying_o(prefetch_flying_q), .tags_o(tags), .tag_we_o(tag_we),
    .way_bad_o(way_bad), .way_dirty_o(way_dirty), .way_early_o(way_early), .hit_way_o(hit_way),
    .touch_o(touch), .hit_o(hit), .policy_chose_o(policy_chose), .victim_dirty_o(victim_dirty),
    .victim_early_o(victim_early), .s1_go_o(s1_go), .s1_alloc_o(s1_alloc), .s1_hit_o(s1_hit),
    .s1_merge_o(s1_merge), .s1_miss_o(s1_miss), .s1_prefetch_miss_o(s1_prefetch_miss),
    .scan_found_o(scan_found), .dirty_way_o(dirty_way), .dirty_line_o(dirty_line),
    .early_count_o(early_count), .t_write_o(t_write), .t_slot_o(t_slot), .t_beat_o(t_beat),
    .t_data_o(t_data), .t_strb_o(t_strb), .pick_o(pick), .ring_empty_o(ring_empty),
    .ring_moving_o(ring_moving), .head_done_o(head_done), .head_slot_o(head_slot),
    .answer_o(answer_q), .rvalid_o(rvalid_q), .rlast_o(rlast_q), .rid_o(rid_q), .b_head_o(b_head_q),
    .b_level_o(b_level_q), .b_resp_o(b_resp_q), .b_id_o(b_id_q), .b_show_o(b_show),
    .back_empty_o(back_empty), .back_step_o(back_step), .back_error_o(back_error),
    .back_awvalid_o(back_awvalid), .back_wvalid_o(back_wvalid), .back_wlast_o(back_wlast),
    .back_bready_o(back_bready), .back_awid_o(back_awid), .back_awaddr_o(back_awaddr),
    .back_awlen_o(back_awlen), .back_wdata_o(back_wdata), .back_wstrb_o(back_wstrb),
    .ask_valid_o(ask_valid), .ask_blocked_o(ask_blocked), .ask_issue_o(ask_issue),
    .ask_head_o(ask_head), .arvalid_o(arvalid_q), .arid_o(arid_q), .arline_o(arline_q),
    .came_last_o(came_last), .came_o(came), .came_mshr_o(came_mshr), .came_beat_o(came_beat),
    .ar_free_o(ar_free)
  );

  brg_cache_data #(
    .ADDR_W(ADDR_W), .ID_W(ID_W), .MAX_WAYS(MAX_WAYS), .MAX_SETS(MAX_SETS), .MSHRS(MSHRS)
  ) u_data (
    .clk_i(clk_i), .rst_ni(rst_ni), .last_beat_i(last_beat), .passing_i(passing),
    .s1_valid_i(s1_valid_q), .s1_write_i(s1_write_q), .s1_op_i(s1_op_q), .s1_beat_i(s1_beat_q),
    .s1_line_i(s1_line_q), .s1_set_i(s1_set_q), .s1_way_i(s1_way_q), .s1_slot_i(s1_slot_q),
    .s1_data_i(s1_data_q), .s1_strb_i(s1_strb_q), .fill_i(fill_q), .fill_beat_i(fill_beat_q),
    .fill_resp_i(fill_resp), .fill_op_i(fill_op), .way_dirty_i(way_dirty), .hit_way_i(hit_way),
    .s1_hit_i(s1_hit), .t_write_i(t_write), .t_slot_i(t_slot), .t_beat_i(t_beat), .t_data_i(t_data),
    .t_strb_i(t_strb), .came_i(came), .came_mshr_i(came_mshr), .came_beat_i(came_beat),
    .data_armed_i(data_armed_q), .inject_wait_i(inject_wait_q), .ar_free_i(ar_free), .ecc_i(ecc_i),
    .inject_evict_i(inject_evict_i), .inject_word_i(inject_word_i), .inject_mask_i(inject_mask_i),
    .m_axi_rvalid_i(m_axi_rvalid_i), .m_axi_rready_i(m_axi_rready_o), .m_axi_rid_i(m_axi_rid_i),
    .m_axi_rdata_i(m_axi_rdata_i), .m_axi_rresp_i(m_axi_rresp_i), .adv_o(adv),
    .s2_valid_o(s2_valid_q), .s2_hit_o(s2_hit_q), .s2_kind_o(s2_kind_q), .s2_resp_o(s2_resp_q),
    .s2_slot_o(s2_slot_q), .s2_beat_o(s2_beat_q), .s2_line_o(s2_line_q), .s2_strb_o(s2_strb_q),
    .decoded_o(decoded), .read_data_o(read_data), .fixed_o(fixed), .broken_o(broken), .lost_o(lost),
    .refetch_issue_o(refetch_issue)
  );

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
      if (pass_head_q != pass_tail_q && !pass_open_q[pass_head_q]) begin
        pass_head_q <= pass_head_q + 1'b1;
      end
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
  assign look_addr_o     = s1_op_q == OP_SCAN
                           ? (scan_found ? 64'({dirty_line, 6'd0}) : 64'(s1_set_q))
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
                      (hint_valid_i && hint_ready_o) || inject_data_i || inject_tag_i ||
                      stat_clear_i;
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
  assign unused = &{1'b0, last_way, r_first, s2_slot_q};

endmodule

`default_nettype wire
