// SPDX-License-Identifier: Apache-2.0
// Microcoded sequencer: runs a query at a time from the control store, slices back to back.
`default_nettype none

module brg_sequencer #(
  parameter integer STORE_WORDS = 1024  // words of the control store, a power of two, 2..4096
) (
  input  wire                            clk_i,
  input  wire                            rst_ni,
  // Configuration, from the CSRs
  input  wire                            enable_i,
  input  wire                            abort_i,           // pulse
  input  wire                            host_flag_i,
  input  wire  [4:0]                     address_width_i,   // n, 1..24
  input  wire  [6:0]                     word_width_i,      // k, 1..64
  input  wire  [11:0]                    pages_i,           // pages of a query minus one
  input  wire  [11:0]                    entry_i,
  input  wire  [12:0]                    length_i,          // words of the program
  input  wire  [31:0]                    watchdog_i,        // cycles, 0 = none
  input  wire  [511:0]                   durations_i,       // 16 x 32, class 0 low; 0 counts as 1
  input  wire  [63:0]                    loop_counts_i,     // 4 x 16; 0 counts as 1
  // Query queue
  input  wire                            query_valid_i,
  output logic                           query_ready_o,
  input  wire  [15:0]                    query_tag_i,
  // Control store: word_i is the instruction register, and stays while no other word is asked for
  output logic                           store_enable_o,    // ask, also before the last answer came
  output logic [11:0]                    store_address_o,
  input  wire                            store_valid_i,     // word_i is the word asked for last
  input  wire                            store_error_i,     // that word cannot be had
  input  wire  [191:0]                   word_i,
  // Page path
  output logic                           path_begin_o,
  output logic                           path_end_o,
  output wire                            path_flush_o,
  input  wire                            path_idle_i,
  output wire  [11:0]                    page_current_o,    // no fetch of an earlier page will come
  output wire  [63:0]                    planes_fetched_o,  // planes of it whose fetch is over
  input  wire  [11:0]                    page_ready_i,
  input  wire  [6:0]                     planes_ready_i,
  input  wire  [11:0]                    page_buffered_i,
  input  wire  [6:0]                     planes_buffered_i,
  input  wire                            page_error_i,
  // Other conditions that a word can wait for
  input  wire                            pulse_ready_i,
  input  wire                            decoder_ready_i,
  // Plant
  output wire                            begin_o,
  output wire                            end_o,
  output wire  [15:0]                    tag_o,
  output wire  [3:0]                     end_status_o,
  output wire                            slice_valid_o,     // first cycle of a slice
  output wire  [31:0]                    slice_number_o,    // from 1 in each query
  output wire  [223:0]                   slice_waits_o,     // 7 x 32 cycles by cause
  output wire  [191:0]                   slice_word_o,      // index and page bases added
  output wire  [11:0]                    slice_page_o,      // of its fetch, or the current one
  output wire  [31:0]                    slice_duration_o,  // cycles, at least 1
  output wire                            readout_start_o,
  output wire  [31:0]                    readout_cycles_o,
  input  wire                            readout_valid_i,
  input  wire  [63:0]                    readout_bits_i,
  // Results: status, tag, bus bits
  output logic                           result_valid_o,
  input  wire                            result_ready_i,
  output logic [83:0]                    result_data_o,
  // Status
  output wire                            busy_o,            // a query runs, or an abort goes on
  output wire                            starting_o,        // a query starts in this cycle
  output wire                            aborting_o,        // from abort until the path is empty
  output wire  [2:0]                     state_o,
  output wire  [11:0]                    pc_o,
  output wire  [5:0]                     waiting_o,         // open waits by cause, 0..5
  output wire                            await_word_o,      // no word to run: the store is slow
  output wire  [11:0]                    await_page_o,      // with waiting_o[0] or [1]: the page
  output wire  [5:0]                     await_plane_o,     // and its plane that the word needs
  // Idle skip
  input  wire  [31:0]                    skip_i,            // the edge is worth 1 + skip_i cycles
  output logic [31:0]                    quiet_cycles_o     // most that skip_i may be
);

  `include "brg_types.svh"

  typedef enum logic [2:0] {
    S_IDLE  = 3'd0,  // no query
    S_RUN   = 3'd1,  // a word stands in the instruction register
    S_END   = 3'd2,  // the query is over but for a readout in flight; then its result is pushed
    S_DRAIN = 3'd3   // abort: queued queries get their results, the page path empties
  } state_t;

  state_t       state_d, state_q;
  logic [12:0]  pc_d, pc_q;                  // one bit more: past the last word of all
  logic         executing_d, executing_q;    // in a slice, after its first cycle
  logic [31:0]  remaining_d, remaining_q;    // cycles left of that slice, this one included
  logic [31:0]  age_d, age_q;                // cycles since the first word
  logic [31:0]  slice_d, slice_q;            // number of the last slice
  logic [63:0]  iteration_d, iteration_q;    // 4 x 16
  logic [15:0]  tag_d, tag_q;
  logic [3:0]   status_d, status_q;
  logic         abort_d, abort_q;            // an abort waits for the running query to end
  logic         drained_d, drained_q;        // every queued query has got its result
  logic         pending_d, pending_q;        // a readout is in flight
  logic         pending_flag_d, pending_flag_q;
  logic         measured_d, measured_q;
  logic [63:0]  bits_d, bits_q;
  logic [4:0]   seen_d, seen_q;              // conditions of this word already met, by mask bit
  logic         buffered_seen_d, buffered_seen_q;
  logic [31:0]  wait_d, wait_q;              // cycles this word has waited
  logic [31:0]  latch_run_d, latch_run_q;    // of these, cycles since `latch` opened
  logic         latch_last_d, latch_last_q;  // `latch` was open in the last of them
  logic [2:0]   owner_d, owner_q;            // the other wait that cleared last
  logic [223:0] carried_d, carried_q;        // waits of the control steps since the last slice
  logic [11:0]  page_d, page_q;              // highest page that a fetch asked for
  logic [63:0]  fetched_d, fetched_q;        // planes of it whose fetch is over

  // ---- The word and its faults

  brg_word_t word;
  assign word = word_i;

  logic [31:0] fold32;
  logic [7:0]  syndrome;
  assign fold32 = word_i[31:0] ^ word_i[63:32] ^ word_i[95:64] ^ word_i[127:96]
                ^ word_i[159:128] ^ word_i[191:160];
  assign syndrome = fold32[7:0] ^ fold32[15:8] ^ fold32[23:16] ^ fold32[31:24];

  logic [5:0] base;
  // always @* throughout: Icarus 11 can run always_comb blocks that feed each other for ever.
  always @* begin
    case (word.index_base)
      2'd1:    base = iteration_q[5:0];
      2'd2:    base = iteration_q[21:16];
      2'd3:    base = iteration_q[37:32];
      default: base = 6'd0;
    endcase
  end

  logic [11:0] page_base;
  always @* begin
    case (word.page_base)
      2'd1:    page_base = iteration_q[11:0];
      2'd2:    page_base = iteration_q[27:16];
      2'd3:    page_base = iteration_q[43:32];
      default: page_base = 12'd0;
    endcase
  end

  // A page field counts where its operation is there; d_in and d_out have one in a controlled word.
  logic        d_in_paged, d_out_paged;
  logic [11:0] d_in_page, d_out_page, page;
  assign d_in_paged  = word.controlled && word.d_in_valid;
  assign d_out_paged = word.controlled && word.d_out_valid;
  assign d_in_page   = word.d_in_page + (d_in_paged ? page_base : 12'd0);
  assign d_out_page  = word.d_out_page + (d_out_paged ? page_base : 12'd0);
  assign page        = word.page + (word.fetch_valid ? page_base : 12'd0);

  logic [5:0] d_in, d_out, fetch;
  assign d_in  = word.d_in + (word.d_in_valid ? base : 6'd0);
  assign d_out = word.d_out + (word.d_out_valid ? base : 6'd0);
  assign fetch = word.fetch + (word.fetch_valid ? base : 6'd0);

  logic has_operation, is_slice;
  assign has_operation = (word.route != 24'd0) || (word.latch != 24'd0) || word.a_in_valid
                      || word.a_out_valid || word.d_in_valid || word.d_out_valid
                      || word.fetch_valid;
  assign is_slice = word.duration_class != 4'd0;

  logic [24:0] layers;  // 2^n - 1: a bit for each layer
  assign layers = (25'd1 << address_width_i) - 25'd1;

  // Pages come to the latches in turn, each plane once: an earlier page is gone, and so is a plane
  // that was fetched, unless no page follows.
  logic page_passed;
  assign page_passed = (page < page_q)
                    || (page == page_q && page_q != pages_i && fetched_q[fetch]);

  logic bad_word;
  assign bad_word = (has_operation && !is_slice)
                 || (word.reserved != 23'd0)
                 || (word.wait_mask[7:5] != 3'd0)
                 || (word.next > 3'd4)
                 || ((word.route & ~layers[24:1]) != 24'd0)
                 || ((word.latch & ~layers[23:0]) != 24'd0)
                 || (word.a_in_valid && word.a_in >= address_width_i)
                 || (word.a_out_valid && word.a_out >= address_width_i)
                 || (word.d_in_valid && {1'b0, d_in} >= word_width_i)
                 || (word.d_out_valid && {1'b0, d_out} >= word_width_i)
                 || (word.fetch_valid && {1'b0, fetch} >= word_width_i)
                 || (page > pages_i) || (word.slot != 2'd0)
                 || (d_in_page > (d_in_paged ? pages_i : 12'd0))
                 || (d_out_page > (d_out_paged ? pages_i : 12'd0))
                 || (word.controlled && !word.d_in_valid && !word.d_out_valid)
                 || (word.page_base != 2'd0 && !word.controlled && !word.fetch_valid)
                 || (word.fetch_valid && page_passed);

  // ---- What it waits for. A condition once met stays met for this word.

  logic [11:0] page_needed;
  logic [6:0]  planes_needed;
  assign page_needed   = word.fetch_valid ? page : 12'd0;
  assign planes_needed = word.fetch_valid ? {1'b0, fetch} + 7'd1 : word_width_i;

  logic [4:0] met;  // by mask bit: page, pulse, readout, decoder, host
  logic       buffered, measure_blocked;
  assign met[0] = seen_q[0] || (page_ready_i > page_needed)
               || (page_ready_i == page_needed && planes_ready_i >= planes_needed);
  assign met[1] = seen_q[1] || pulse_ready_i;
  assign met[2] = seen_q[2] || !pending_q || readout_valid_i;
  assign met[3] = seen_q[3] || decoder_ready_i;
  assign met[4] = seen_q[4] || host_flag_i;
  assign buffered = buffered_seen_q || (page_buffered_i > page_needed)
                 || (page_buffered_i == page_needed && planes_buffered_i >= planes_needed);
  // One readout at a time: a measure waits for the one in flight as if its mask said so.
  assign measure_blocked = word.measure && !met[2];

  logic [5:0] open;  // by cause
  assign open[CAUSE_MEMORY]  = word.wait_mask[0] && !met[0] && !buffered;
  assign open[CAUSE_LATCH]   = word.wait_mask[0] && !met[0] && buffered;
  assign open[CAUSE_PULSE]   = word.wait_mask[1] && !met[1];
  assign open[CAUSE_READOUT] = (word.wait_mask[2] && !met[2]) || measure_blocked;
  assign open[CAUSE_DECODER] = word.wait_mask[3] && !met[3];
  assign open[CAUSE_HOST]    = word.wait_mask[4] && !met[4];

  // ---- Where the cycles of the wait belong (docs/rtl/brg_sequencer.md)
  // `latch` alone can open later than the rest. If it clears last it owns the cycles since it
  // opened; every other cycle belongs to the other wait that cleared last.

  logic [31:0] latch_share;
  assign latch_share = latch_last_q ? latch_run_q : 32'd0;

  logic [223:0] waits;  // carried + this word's; owner_q is never `latch`
  generate
    for (genvar c = 0; c < CAUSES; c = c + 1) begin : g_cause
      assign waits[32*c +: 32] = carried_q[32*c +: 32]
                               + (c == CAUSE_LATCH ? latch_share
                                  : owner_q == 3'(c) ? wait_q - latch_share : 32'd0);
    end
  endgenerate

  // ---- Decisions of this cycle

  logic running, expired, abort;
  assign running = state_q == S_RUN;
  assign expired = (watchdog_i != 32'd0) && (age_q >= watchdog_i);
  assign abort   = abort_i || abort_q;

  logic past_end;
  assign past_end = (pc_q >= length_i) || (pc_q >= 13'(STORE_WORDS));

  logic       fault;
  logic [3:0] fault_status;
  always @* begin
    fault        = 1'b1;
    fault_status = ST_OK;
    if (abort)                            fault_status = ST_ABORTED;
    else if (expired)                     fault_status = ST_WATCHDOG;
    else if (executing_q)                 fault        = 1'b0;
    else if (past_end)                    fault_status = ST_PROGRAM_END;
    else if (store_error_i)               fault_status = ST_STORE_ERROR;
    else if (!store_valid_i)              fault        = 1'b0;
    else if (syndrome != 8'd0)            fault_status = ST_PARITY;
    else if (bad_word)                    fault_status = ST_BAD_WORD;
    else if ((open[CAUSE_MEMORY] || open[CAUSE_LATCH]) && page_error_i)
                                          fault_status = ST_MEMORY_ERROR;
    else                                  fault        = 1'b0;
  end

  logic starved;    // there is no word yet
  logic proceed;    // the word's first cycle of execution
  logic last;       // and its last
  logic have_word;  // it stands here and is sound
  logic [31:0] duration_field, duration;
  assign duration_field = durations_i[32*word.duration_class +: 32];
  assign duration = (duration_field == 32'd0) ? 32'd1 : duration_field;
  assign have_word = running && !fault && (executing_q || store_valid_i);
  assign starved  = running && !fault && !executing_q && !store_valid_i;
  assign proceed  = running && !fault && !executing_q && store_valid_i && (open == 6'd0);
  assign last     = running && !fault
                 && (executing_q ? remaining_q == 32'd1
                                 : proceed && (!is_slice || duration == 32'd1));

  logic [31:0] readout_field;
  assign readout_field    = durations_i[32*7 +: 32];
  assign readout_start_o  = proceed && word.measure;
  assign readout_cycles_o = (readout_field == 32'd0) ? 32'd1 : readout_field;

  // ---- The next address, in time for the store's read port

  logic [3:0] flags;
  assign flags = {query_valid_i, page_error_i,
                  (readout_valid_i && pending_flag_q) ? readout_bits_i[0] : measured_q,
                  host_flag_i};

  logic [15:0] iteration, loop_count;
  logic        loop_again, taken, halt;
  assign iteration  = iteration_q[16*word.loop +: 16];
  assign loop_count = loop_counts_i[16*word.loop +: 16];
  assign loop_again = ({1'b0, iteration} + 17'd1) < {1'b0, loop_count};
  assign halt       = word.next == 3'd4;
  always @* begin
    case (word.next)
      3'd1:    taken = 1'b1;
      3'd2:    taken = loop_again;
      3'd3:    taken = flags[word.flag_select];
      default: taken = 1'b0;
    endcase
  end

  logic [12:0] pc_next;
  assign pc_next = taken ? {1'b0, word.target} : pc_q + 13'd1;

  logic readout_done;
  assign readout_done = !pending_q || readout_valid_i;

  // ---- State
  // With a skip, nothing but the counters moves in the 1 + skip_i cycles of the edge.

  logic [31:0] step;
  assign step = 32'd1 + skip_i;

  always @* begin
    state_d         = state_q;
    pc_d            = pc_q;
    executing_d     = executing_q;
    remaining_d     = remaining_q;
    age_d           = age_q;
    slice_d         = slice_q;
    iteration_d     = iteration_q;
    tag_d           = tag_q;
    status_d        = status_q;
    abort_d         = abort_q;
    drained_d       = drained_q;
    pending_d       = pending_q;
    pending_flag_d  = pending_flag_q;
    measured_d      = measured_q;
    bits_d          = bits_q;
    seen_d          = seen_q;
    buffered_seen_d = buffered_seen_q;
    wait_d          = wait_q;
    latch_run_d     = latch_run_q;
    latch_last_d    = latch_last_q;
    owner_d         = owner_q;
    carried_d       = carried_q;
    page_d          = page_q;
    fetched_d       = fetched_q;

    store_enable_o  = 1'b0;
    store_address_o = pc_next[11:0];
    query_ready_o   = 1'b0;
    path_begin_o    = 1'b0;
    path_end_o      = 1'b0;
    result_valid_o  = 1'b0;
    result_data_o   = {status_q, tag_q, bits_q};

    // A readout returns in any state in which one can be in flight.
    if (readout_valid_i) begin
      pending_d = 1'b0;
      bits_d    = readout_bits_i;
      if (pending_flag_q) measured_d = readout_bits_i[0];
    end

    case (state_q)
      S_IDLE: begin
        drained_d = 1'b0;
        if (abort_i) begin
          state_d = S_DRAIN;
        end else if (query_valid_i && enable_i && result_ready_i) begin
          state_d         = S_RUN;
          query_ready_o   = 1'b1;
          path_begin_o    = 1'b1;
          store_enable_o  = 1'b1;
          store_address_o = entry_i;
          pc_d            = {1'b0, entry_i};
          executing_d     = 1'b0;
          age_d           = 32'd0;
          slice_d         = 32'd0;
          iteration_d     = 64'd0;
          tag_d           = query_tag_i;
          status_d        = ST_OK;
          pending_d       = 1'b0;
          pending_flag_d  = 1'b0;
          measured_d      = 1'b0;
          bits_d          = 64'd0;
          seen_d          = 5'd0;
          buffered_seen_d = 1'b0;
          wait_d          = 32'd0;
          latch_run_d     = 32'd0;
          latch_last_d    = 1'b0;
          owner_d         = 3'd0;
          carried_d       = 224'd0;
          page_d          = 12'd0;
          fetched_d       = 64'd0;
        end
      end

      S_RUN: begin
        age_d = age_q + step;
        if (fault) begin
          state_d  = S_END;
          status_d = fault_status;
          abort_d  = abort;
        end else if (executing_q) begin
          remaining_d = remaining_q - step;
        end else if (starved) begin
          // What the word will wait for is not known yet, so these cycles stand for themselves.
          carried_d[32*CAUSE_CONTROL +: 32] = carried_q[32*CAUSE_CONTROL +: 32] + step;
        end else if (proceed) begin
          if (is_slice) begin
            slice_d     = slice_q + 32'd1;
            carried_d   = 224'd0;
            executing_d = duration != 32'd1;
            remaining_d = duration - 32'd1;
          end else begin
            carried_d = waits;
            carried_d[32*CAUSE_CONTROL +: 32] = waits[32*CAUSE_CONTROL +: 32] + 32'd1;
          end
          if (word.measure) begin
            pending_d      = 1'b1;
            pending_flag_d = word.set_flag;
          end
          wait_d       = 32'd0;
          latch_run_d  = 32'd0;
          latch_last_d = 1'b0;
          owner_d      = 3'd0;
        end else begin
          wait_d          = wait_q + step;
          latch_run_d     = latch_run_q + (open[CAUSE_LATCH] ? step : 32'd0);
          latch_last_d    = open[CAUSE_LATCH];
          seen_d          = met;
          buffered_seen_d = buffered;
          if (open[CAUSE_MEMORY])       owner_d = 3'd0;
          else if (open[CAUSE_PULSE])   owner_d = 3'd2;
          else if (open[CAUSE_READOUT]) owner_d = 3'd3;
          else if (open[CAUSE_DECODER]) owner_d = 3'd4;
          else if (open[CAUSE_HOST])    owner_d = 3'd5;
        end

        // The latches may be overwritten as the slice of the fetch ends, not as it begins.
        if (have_word && word.fetch_valid && page > page_q) begin
          page_d    = page;
          fetched_d = 64'd0;
        end
        if (last && word.fetch_valid) fetched_d[fetch] = 1'b1;

        if (last) begin
          executing_d     = 1'b0;
          seen_d          = 5'd0;
          buffered_seen_d = 1'b0;
          if (word.next == 3'd2) begin
            iteration_d[16*word.loop +: 16] = loop_again ? iteration + 16'd1 : 16'd0;
          end
          if (halt) begin
            state_d = S_END;
          end else begin
            store_enable_o = 1'b1;
            pc_d           = pc_next;
          end
        end
      end

      S_END: begin
        age_d = age_q + step;
        abort_d = abort;
        drained_d = 1'b0;
        if (status_q != ST_OK || readout_done) begin
          // An abort in this cycle comes too late for this query.
          if (status_q == ST_OK && page_error_i) result_data_o[83:80] = ST_MEMORY_ERROR;
          if (readout_valid_i) result_data_o[63:0] = readout_bits_i;
          result_valid_o = 1'b1;
          path_end_o     = 1'b1;
          pending_d      = 1'b0;
          abort_d        = 1'b0;
          state_d        = S_IDLE;
          if (abort) state_d = S_DRAIN;
        end else if (abort) begin
          status_d = ST_ABORTED;
        end else if (expired) begin
          status_d = ST_WATCHDOG;
        end
      end

      S_DRAIN: begin
        result_data_o  = {ST_ABORTED, query_tag_i, 64'd0};
        result_valid_o = query_valid_i;
        query_ready_o  = result_ready_i;
        if (!query_valid_i) drained_d = 1'b1;
        // The path tells that it is empty only when it is not held in flush.
        if (drained_q && path_idle_i) state_d = S_IDLE;
      end

      default: state_d = S_IDLE;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q         <= S_IDLE;
      pc_q            <= 13'd0;
      executing_q     <= 1'b0;
      remaining_q     <= 32'd0;
      age_q           <= 32'd0;
      slice_q         <= 32'd0;
      iteration_q     <= 64'd0;
      tag_q           <= 16'd0;
      status_q        <= ST_OK;
      abort_q         <= 1'b0;
      drained_q       <= 1'b0;
      pending_q       <= 1'b0;
      pending_flag_q  <= 1'b0;
      measured_q      <= 1'b0;
      bits_q          <= 64'd0;
      seen_q          <= 5'd0;
      buffered_seen_q <= 1'b0;
      wait_q          <= 32'd0;
      latch_run_q     <= 32'd0;
      latch_last_q    <= 1'b0;
      owner_q         <= 3'd0;
      carried_q       <= 224'd0;
      page_q          <= 12'd0;
      fetched_q       <= 64'd0;
    end else begin
      state_q         <= state_d;
      pc_q            <= pc_d;
      executing_q     <= executing_d;
      remaining_q     <= remaining_d;
      age_q           <= age_d;
      slice_q         <= slice_d;
      iteration_q     <= iteration_d;
      tag_q           <= tag_d;
      status_q        <= status_d;
      abort_q         <= abort_d;
      drained_q       <= drained_d;
      pending_q       <= pending_d;
      pending_flag_q  <= pending_flag_d;
      measured_q      <= measured_d;
      bits_q          <= bits_d;
      seen_q          <= seen_d;
      buffered_seen_q <= buffered_seen_d;
      wait_q          <= wait_d;
      latch_run_q     <= latch_run_d;
      latch_last_q    <= latch_last_d;
      owner_q         <= owner_d;
      carried_q       <= carried_d;
      page_q          <= page_d;
      fetched_q       <= fetched_d;
    end
  end

  // ---- Plant and status

  brg_word_t effective;
  always @* begin
    effective            = word;
    effective.d_in       = d_in;
    effective.d_out      = d_out;
    effective.fetch      = fetch;
    effective.d_in_page  = d_in_page;
    effective.d_out_page = d_out_page;
    effective.page       = page;
  end

  assign begin_o          = path_begin_o;
  assign end_o            = path_end_o;
  assign tag_o            = path_begin_o ? query_tag_i : tag_q;
  assign end_status_o     = result_data_o[83:80];
  assign slice_valid_o    = proceed && is_slice;
  assign slice_number_o   = slice_q + 32'd1;
  assign slice_waits_o    = waits;
  assign slice_word_o     = effective;
  assign slice_page_o     = word.fetch_valid ? page : page_q;
  assign slice_duration_o = duration;

  assign path_flush_o = (state_q == S_DRAIN) && !drained_q;
  assign busy_o       = state_q != S_IDLE;
  assign starting_o   = path_begin_o;
  assign aborting_o   = abort || (state_q == S_DRAIN);
  assign state_o      = (state_q == S_RUN && executing_q) ? 3'd4 : state_q;
  assign pc_o         = pc_q[11:0];
  assign waiting_o    = (have_word && !executing_q) ? open : 6'd0;

  assign page_current_o   = page_q;
  assign planes_fetched_o = fetched_q;
  assign await_word_o     = starved;
  assign await_page_o     = page_needed;
  assign await_plane_o    = planes_needed[5:0] - 6'd1;

  // ---- Idle skip: cycles after this one, less the one in which something happens

  logic [31:0] to_expiry, to_last;
  assign to_expiry = (watchdog_i == 32'd0)        ? QUIET_FOREVER
                   : (watchdog_i - age_q > 32'd1) ? watchdog_i - age_q - 32'd1 : 32'd0;
  assign to_last   = (remaining_q > 32'd2) ? remaining_q - 32'd2 : 32'd0;
  always @* begin
    quiet_cycles_o = 32'd0;
    if (!readout_valid_i && !abort) begin
      case (state_q)
        S_IDLE:  if (!path_begin_o) quiet_cycles_o = QUIET_FOREVER;
        S_RUN: begin
          if (fault || proceed || page_d != page_q) quiet_cycles_o = 32'd0;
          else if (!executing_q)                    quiet_cycles_o = to_expiry;
          else quiet_cycles_o = (to_last < to_expiry) ? to_last : to_expiry;
        end
        S_END:   if (!result_valid_o && !expired) quiet_cycles_o = to_expiry;
        default: if (!(drained_q && path_idle_i) && (query_valid_i ? !result_ready_i : drained_q))
                   quiet_cycles_o = QUIET_FOREVER;
      endcase
    end
  end

`ifdef VERILATOR
  // A running query has had its place in the result FIFO since it began.
  always @(posedge clk_i) begin
    if (rst_ni && state_q == S_END) assert (result_ready_i);
    if (rst_ni && readout_valid_i) assert (pending_q);
    if (rst_ni) assert (skip_i <= quiet_cycles_o);
  end
`endif

endmodule

`default_nettype wire
