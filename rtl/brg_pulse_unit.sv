// SPDX-License-Identifier: Apache-2.0
// Pulse-parameter memory: streams the words of coming slices into buffers before the slices fire.
`default_nettype none

module brg_pulse_unit #(
  parameter integer BUFFER_WORDS = 4096,  // words of all buffers, a power of two, 16..2^23
  parameter integer ENTRIES      = 4096,  // slices of the schedule store, a power of two, 16..4096
  parameter integer LOOKAHEAD    = 16     // slices streamed ahead, a power of two, 2..64
) (
  input  logic          clk_i,
  input  logic          rst_ni,
  input  logic [31:0]   skip_i,            // 0 in synthesis; see docs/rtl/brg_pulse_unit.md
  // Registers: a strobe acts at the edge, the answer stands in the next cycle
  input  logic          reg_valid_i,
  input  logic          reg_write_i,
  input  logic [11:0]   reg_address_i,
  input  logic [31:0]   reg_wdata_i,
  output logic [31:0]   reg_rdata_o,
  output logic          reg_error_o,       // unknown address, read-only, or value out of range
  // Sequencer
  input  logic          begin_i,           // pulse: a query begins
  input  logic          waiting_i,         // the sequencer waits for pulse_ready_o
  input  logic          slice_valid_i,     // pulse: the first cycle of a slice
  output logic          pulse_ready_o,     // every word of the next slice is in the buffers
  output logic [4:0]    starved_layer_o,   // 24 leaves, 25 registers, 26 none asked, 31 ready
  // Pulse memory, a port per channel: data in the cycle after the address
  output logic [7:0]    mem_valid_o,
  output logic [255:0]  mem_address_o,     // 8 x 32, in beats of 16 bytes
  input  logic [1023:0] mem_data_i,        // 8 x 128
  input  logic [7:0]    mem_parity_i,      // with its beat an even number of ones
  // Pulse generators: beats of the slices that fired, by bank, oldest in bank play_start_o
  output logic [7:0]    play_valid_o,
  output logic [2:0]    play_start_o,
  output logic [47:0]   play_table_o,      // 8 x 6
  output logic [7:0]    play_first_o,      // first beat of its table
  output logic [7:0]    play_last_o,       // last beat of its slice
  output logic [31:0]   play_count_o,      // 8 x 4 words
  output logic [8191:0] play_words_o,      // 8 x 8 x 128
  // Status
  output logic [31:0]   quiet_cycles_o,
  output logic          error_o,           // held until restart; the query must be ended
  output logic [3:0]    error_code_o,
  output logic [4:0]    error_layer_o
);

  localparam integer BUFFERS = 26;
  localparam integer PTR_W   = $clog2(BUFFER_WORDS);
  localparam integer ROW_W   = 140;  // first, last, words[4], table[6], beat[128]

  localparam logic [3:0] ERR_NONE     = 4'd0;
  localparam logic [3:0] ERR_FULL     = 4'd1;  // schedule store full
  localparam logic [3:0] ERR_PAST_END = 4'd2;  // the program ran past the end of the schedule
  localparam logic [3:0] ERR_PARITY   = 4'd3;  // beat of the pulse memory with wrong parity
  localparam logic [3:0] ERR_BUFFER   = 4'd4;  // a slice needs more words than a buffer holds
  localparam logic [3:0] ERR_UNDERRUN = 4'd5;  // a slice fired before its words had come
  localparam logic [3:0] ERR_BLOCK    = 4'd6;  // compressed block that cannot be
  localparam logic [3:0] ERR_ENTRY    = 4'd7;  // schedule entry that cannot be

  localparam logic [4:0] STARVED_NONE  = 5'd26;
  localparam logic [4:0] STARVED_READY = 5'd31;

  generate
    if (BUFFER_WORDS < 16 || BUFFER_WORDS > (1 << 23) ||
        (BUFFER_WORDS & (BUFFER_WORDS - 1)) != 0) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_pulse_unit_parameter_out_of_range u_error ();
`else
      $error("brg_pulse_unit: BUFFER_WORDS must be a power of two, 16..2^23");
`endif
    end
  endgenerate

  // ---- Registers
  logic         enable_q, wrap_q, compressed_q;
  logic [4:0]   address_width_q;
  logic [3:0]   channels_q;
  logic [4:0]   bytes_q;
  logic [20:0]  bandwidth_q;     // 16.16 bytes per cycle and channel, up to 16
  logic [15:0]  burst_q;         // bytes the token bucket holds
  logic [12:0]  length_q;
  logic [12:0]  entry_address_q;
  logic [23:0]  entry_route_q;
  logic [5:0]   table_address_q;
  logic [31:0]  table_base_q;
  logic [6:0]   counter_q;
  logic [BUFFERS*24-1:0] capacity_q;
  logic [511:0] nominal_q;       // by kind: route, latch, registers, fetch
  logic         restart, clear_counters, entry_write, entry_full, table_write;

  logic [3:0]  error_q;
  logic [4:0]  error_layer_q;
  logic        run, flush;
  assign run = enable_q && error_q == ERR_NONE;

  logic [9:0] place;
  logic       writes;
  assign place  = reg_address_i[11:2];
  assign writes = reg_valid_i && reg_write_i && reg_address_i[1:0] == 2'd0;

  assign restart        = writes && place == 10'd0 && reg_wdata_i[8];
  assign clear_counters = writes && place == 10'd0 && reg_wdata_i[9];
  assign entry_write    = writes && place == 10'd9 && entry_address_q < 13'(ENTRIES);
  assign entry_full     = writes && place == 10'd9 && entry_address_q >= 13'(ENTRIES);
  assign table_write    = writes && place == 10'd12;

  // ---- Schedule
  logic        job_valid, job_ready, job_last, head_valid, consume, bad_entry, schedule_busy;
  logic [5:0]  job_table;
  logic [4:0]  job_buffer;
  logic [23:0] job_words, job_beats;
  logic [31:0] job_base;
  logic [51:0] head_entry;

  brg_pulse_schedule #(
    .ENTRIES   (ENTRIES),
    .LOOKAHEAD (LOOKAHEAD)
  ) u_schedule (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .clear_i         (flush),
    .enable_i        (run),
    .wrap_i          (wrap_q),
    .length_i        (length_q),
    .address_width_i (address_width_q),
    .entry_write_i   (entry_write),
    .entry_address_i (entry_address_q[11:0]),
    .entry_data_i    ({reg_wdata_i[27:0], entry_route_q}),
    .table_write_i   (table_write),
    .table_address_i (table_address_q),
    .table_data_i    ({reg_wdata_i[23:0], table_base_q}),
    .job_valid_o     (job_valid),
    .job_ready_i     (job_ready),
    .job_table_o     (job_table),
    .job_buffer_o    (job_buffer),
    .job_words_o     (job_words),
    .job_base_o      (job_base),
    .job_beats_o     (job_beats),
    .job_last_o      (job_last),
    .head_valid_o    (head_valid),
    .head_entry_o    (head_entry),
    .consume_i       (consume),
    .bad_entry_o     (bad_entry),
    .busy_o          (schedule_busy)
  );

  // ---- The table in transfer
  logic        cur_q, cur_last_q, cur_first_q;
  logic [5:0]  cur_table_q;
  logic [4:0]  cur_buffer_q;
  logic [23:0] cur_words_q, cur_left_q;   // words and beats still to ask for
  logic [31:0] cur_address_q;

  logic [3:0] beat_words;  // words of a full plain beat
  always @* begin
    if (bytes_q <= 5'd2)      beat_words = 4'd8;
    else if (bytes_q == 5'd3) beat_words = 4'd5;
    else if (bytes_q == 5'd4) beat_words = 4'd4;
    else if (bytes_q == 5'd5) beat_words = 4'd3;
    else if (bytes_q <= 5'd8) beat_words = 4'd2;
    else                      beat_words = 4'd1;
  end

  // ---- Issue: as many beats of the table as channels, tokens and room allow
  logic [31:0]  tokens_q;       // 16.16 bytes, what all channels together may deliver
  logic [PTR_W:0] room;
  logic [3:0]   issue_count;
  logic [7:0]   issue_bytes;    // up to 128
  logic [6:0]   issue_words;
  logic [3:0]   last_words;     // words of the last beat issued
  logic         issue_go;
  logic [23:0]  words_before, words_here;
  logic [7:0]   cost, first_cost;
  always @* begin
    issue_count  = 4'd0;
    issue_bytes  = 8'd0;
    issue_words  = 7'd0;
    last_words   = 4'd0;
    words_before = 24'd0;
    words_here   = 24'd0;
    cost         = 8'd0;
    first_cost   = 8'd0;
    issue_go     = cur_q && run;
    if (issue_go) begin
      for (int i = 0; i < 8; i = i + 1) begin
        words_before = 24'(i) * 24'(beat_words);
        words_here   = cur_words_q > words_before ? cur_words_q - words_before : 24'd0;
        if (words_here > 24'(beat_words)) words_here = 24'(beat_words);
        cost = compressed_q ? 8'd16 : 8'(words_here[3:0]) * 8'(bytes_q);
        if (i == 0) first_cost = cost;
        if (issue_go && 4'(i) < channels_q && 24'(i) < cur_left_q && (PTR_W + 1)'(i) < room &&
            16'(issue_bytes) + 16'(cost) <= tokens_q[31:16]) begin
          issue_count = 4'(i + 1);
          issue_bytes = issue_bytes + cost;
          issue_words = issue_words + 7'(words_here[3:0]);
          last_words  = words_here[3:0];
        end else begin
          issue_go = 1'b0;
        end
      end
    end
  end

  logic table_end;  // the table's last beat is asked for in this cycle, or it has none
  assign table_end = cur_q && run && cur_left_q == 24'(issue_count);

  // ---- Reservation: the next table begins when its buffer has room for all of it
  logic [BUFFERS*24-1:0] used_d, used_q, high_d, high_q;
  logic [24:0]           slice_beats_asked_q;   // of the slice in transfer
  logic [23:0] job_capacity, job_used;
  logic        job_fits, job_never, job_place;
  assign job_place    = job_valid && run && (!cur_q || table_end);
  assign job_capacity = job_buffer < 5'(BUFFERS) ? capacity_q[24*job_buffer +: 24] : 24'd0;
  assign job_used     = job_buffer < 5'(BUFFERS) ? used_q[24*job_buffer +: 24] : 24'd0;
  assign job_fits     = 25'(job_used) + 25'(job_words) <= 25'(job_capacity);
  assign job_never    = job_words > job_capacity
                     || slice_beats_asked_q + 25'(job_beats) > 25'(BUFFER_WORDS);
  assign job_ready    = job_place && job_fits && !job_never;

  // ---- The beats that come in this cycle
  logic       resp_q, resp_first_q, resp_end_q, resp_last_q;
  logic [3:0] resp_count_q, resp_full_q, resp_last_words_q;
  logic [2:0] resp_channel_q;
  logic [5:0] resp_table_q;
  logic [4:0] resp_buffer_q;
  logic [2:0] channel_q;      // channel of the next beat

  // Channel c carries the i-th beat of the cycle when around(channel_q, i) = c.
  logic [4:0] turn;
  always @* begin
    mem_valid_o   = 8'd0;
    mem_address_o = 256'd0;
    turn          = 5'd0;
    if (issue_count != 4'd0) begin
      for (int c = 0; c < 8; c = c + 1) begin
        turn = 5'(c) - 5'(channel_q);
        if (3'(c) < channel_q) turn = turn + 5'(channels_q);
        if (4'(c) < channels_q && turn < 5'(issue_count)) begin
          mem_valid_o[c] = 1'b1;
          mem_address_o[32*c +: 32] = cur_address_q + 32'(turn);
        end
      end
    end
  end

  // Channel of the i-th beat: they go around, so that each carries the same share.
  function automatic logic [2:0] around(input logic [2:0] first, input logic [2:0] i,
                                        input logic [3:0] channels);
    logic [3:0] sum;
    begin
      sum    = {1'b0, first} + {1'b0, i};
      around = sum >= channels ? 3'(sum - channels) : sum[2:0];
    end
  endfunction

  logic [8*ROW_W-1:0] rows;
  logic               parity_bad;
  logic [127:0]       beat;
  logic [2:0]         from;
  always @* begin
    rows       = '0;
    parity_bad = 1'b0;
    beat       = 128'd0;
    from       = 3'd0;
    if (resp_q) begin
      for (int i = 0; i < 8; i = i + 1) begin
        if (4'(i) < resp_count_q) begin
          from = around(resp_channel_q, 3'(i), channels_q);
          beat = mem_data_i[128*from +: 128];
          if ((^beat) != mem_parity_i[from]) parity_bad = 1'b1;
          rows[ROW_W*i +: ROW_W] = {
            resp_first_q && i == 0,
            resp_end_q && resp_last_q && 4'(i + 1) == resp_count_q,
            resp_end_q && 4'(i + 1) == resp_count_q ? resp_last_words_q : resp_full_q,
            resp_table_q, beat};
        end
      end
    end
  end

  // ---- Whole slices
  logic [PTR_W:0] come_q, come;     // beats of the slice in transfer that have come
  logic           slice_done, done_ready, done_valid;
  logic [PTR_W:0] done_beats;
  assign come       = come_q + (PTR_W + 1)'(resp_count_q);
  assign slice_done = resp_q && resp_end_q && resp_last_q && !parity_bad;

  logic [$clog2(LOOKAHEAD):0] done_level;
  brg_fifo #(
    .WIDTH (PTR_W + 1),
    .DEPTH (LOOKAHEAD)
  ) u_done (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (flush),
    .in_valid_i  (slice_done),
    .in_ready_o  (done_ready),
    .in_data_i   (come),
    .out_valid_o (done_valid),
    .out_ready_i (consume),
    .out_data_o  (done_beats),
    .level_o     (done_level)
  );

  logic [12:0] position_q;  // slices of this query that fired
  logic        past;        // all of the schedule's
  logic        ready;
  assign past    = position_q == length_q;
  assign ready   = run && done_valid && !past;
  assign consume = ready && slice_valid_i;
  assign pulse_ready_o = ready || !enable_q;

  always @* begin
    if (ready || !enable_q)  starved_layer_o = STARVED_READY;
    else if (past)           starved_layer_o = STARVED_NONE;
    else if (resp_q)         starved_layer_o = resp_buffer_q;
    else if (cur_q)          starved_layer_o = cur_buffer_q;
    else if (job_valid)      starved_layer_o = job_buffer;
    else                     starved_layer_o = STARVED_NONE;
  end

  // A query begins at entry 0. What was streamed ahead stays, unless the one before ended early.
  assign flush = restart || (begin_i && enable_q && position_q != 13'd0 && !(past && wrap_q));

  // ---- Ring and generators
  logic [7:0]         ring_valid;
  logic [8*ROW_W-1:0] ring_rows;
  logic               playing;
  logic [7:0]         block_bad;
  brg_pulse_ring #(
    .WIDTH (ROW_W),
    .LANES (8),
    .BEATS (BUFFER_WORDS)
  ) u_ring (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .clear_i         (flush),
    .reserve_count_i (issue_count),
    .room_o          (room),
    .write_count_i   (resp_q ? resp_count_q : 4'd0),
    .write_data_i    (rows),
    .release_count_i (consume ? done_beats : '0),
    .play_valid_o    (ring_valid),
    .play_start_o    (play_start_o),
    .play_data_o     (ring_rows),
    .playing_o       (playing)
  );
  assign play_valid_o = ring_valid;

  generate
    for (genvar b = 0; b < 8; b = b + 1) begin : g_lane
      logic [ROW_W-1:0] row;
      logic [5:0]       number;
      logic [127:0]     nominal;
      assign row    = ring_rows[ROW_W*b +: ROW_W];
      assign number = row[133:128];
      always @* begin
        if (number < 6'd24)       nominal = nominal_q[127:0];
        else if (number < 6'd48)  nominal = nominal_q[255:128];
        else if (number != 6'd52) nominal = nominal_q[383:256];
        else                      nominal = nominal_q[511:384];
      end
      brg_pulse_decompress u_decompress (
        .valid_i      (ring_valid[b]),
        .compressed_i (compressed_q),
        .bytes_i      (bytes_q),
        .count_i      (row[137:134]),
        .nominal_i    (nominal),
        .block_i      (row[127:0]),
        .count_o      (play_count_o[4*b +: 4]),
        .words_o      (play_words_o[1024*b +: 1024]),
        .bad_o        (block_bad[b])
      );
      assign play_table_o[6*b +: 6] = ring_valid[b] ? number : 6'd0;
      assign play_last_o[b]  = ring_valid[b] && row[138];
      assign play_first_o[b] = ring_valid[b] && row[139];
    end
  endgenerate

  // ---- Errors: the first one stays
  logic [3:0] error;
  logic [4:0] error_layer;
  always @* begin
    error       = ERR_NONE;
    error_layer = STARVED_READY;
    if (entry_full) error = ERR_FULL;
    else if (enable_q && past && (slice_valid_i || waiting_i)) error = ERR_PAST_END;
    else if (enable_q && slice_valid_i && !ready) begin
      error       = ERR_UNDERRUN;
      error_layer = starved_layer_o;
    end else if (parity_bad) begin
      error       = ERR_PARITY;
      error_layer = resp_buffer_q;
    end else if (block_bad != 8'd0) error = ERR_BLOCK;
    else if (job_place && job_never) begin
      error       = ERR_BUFFER;
      error_layer = job_buffer;
    end else if (bad_entry) error = ERR_ENTRY;
  end
  assign error_o       = error_q != ERR_NONE;
  assign error_code_o  = error_q;
  assign error_layer_o = error_layer_q;

  // ---- Tokens
  logic [23:0] rate;       // 16.16 bytes per cycle of all channels
  logic [31:0] steps;      // cycles that pass at this edge, less one
  logic [57:0] tokens_sum;
  logic [31:0] tokens_cap;
  assign rate       = 24'(bandwidth_q) * 24'(channels_q);
  assign steps      = skip_i;
  assign tokens_sum = 58'(tokens_q) - {34'd0, issue_bytes, 16'd0}
                    + 58'(rate) * (58'(steps) + 58'd1);
  assign tokens_cap = {burst_q < 16'd16 ? 16'd16 : burst_q, 16'd0};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) tokens_q <= 32'd0;
    else if (restart || !enable_q) tokens_q <= 32'd0;
    else if (tokens_sum > 58'(tokens_cap)) tokens_q <= tokens_cap;
    else tokens_q <= tokens_sum[31:0];
  end

  // ---- Transfer state
  logic [4:0] channel_sum;
  assign channel_sum = 5'(channel_q) + 5'(issue_count);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cur_q               <= 1'b0;
      cur_last_q          <= 1'b0;
      cur_first_q         <= 1'b0;
      cur_table_q         <= 6'd0;
      cur_buffer_q        <= 5'd0;
      cur_words_q         <= 24'd0;
      cur_left_q          <= 24'd0;
      cur_address_q       <= 32'd0;
      slice_beats_asked_q <= 25'd0;
      resp_q              <= 1'b0;
      resp_first_q        <= 1'b0;
      resp_end_q          <= 1'b0;
      resp_last_q         <= 1'b0;
      resp_count_q        <= 4'd0;
      resp_full_q         <= 4'd0;
      resp_last_words_q   <= 4'd0;
      resp_channel_q      <= 3'd0;
      resp_table_q        <= 6'd0;
      resp_buffer_q       <= 5'd0;
      channel_q           <= 3'd0;
      come_q              <= '0;
      position_q          <= 13'd0;
      error_q             <= ERR_NONE;
      error_layer_q       <= 5'd0;
    end else begin
      resp_q <= issue_count != 4'd0 || table_end;
      if (issue_count != 4'd0 || table_end) begin
        resp_first_q      <= cur_first_q;
        resp_end_q        <= table_end;
        resp_last_q       <= cur_last_q;
        resp_count_q      <= issue_count;
        resp_full_q       <= beat_words;
        resp_last_words_q <= last_words;
        resp_channel_q    <= channel_q;
        resp_table_q      <= cur_table_q;
        resp_buffer_q     <= cur_buffer_q;
      end
      if (issue_count != 4'd0) begin
        channel_q     <= channel_sum >= 5'(channels_q) ? 3'(channel_sum - 5'(channels_q))
                                                       : channel_sum[2:0];
        cur_first_q   <= 1'b0;
        cur_words_q   <= cur_words_q > 24'(issue_words) ? cur_words_q - 24'(issue_words) : 24'd0;
        cur_left_q    <= cur_left_q - 24'(issue_count);
        cur_address_q <= cur_address_q + 32'(issue_count);
      end
      if (table_end) cur_q <= 1'b0;
      if (job_ready) begin
        cur_q               <= 1'b1;
        cur_last_q          <= job_last;
        cur_first_q         <= 1'b1;
        cur_table_q         <= job_table;
        cur_buffer_q        <= job_buffer;
        cur_words_q         <= job_words;
        cur_left_q          <= job_beats;
        cur_address_q       <= job_base;
        slice_beats_asked_q <= job_last ? 25'd0 : slice_beats_asked_q + 25'(job_beats);
      end
      if (resp_q) come_q <= resp_end_q && resp_last_q ? '0 : come;
      if (consume) position_q <= position_q + 13'd1;
      if (begin_i && enable_q) position_q <= 13'd0;
      if (error_q == ERR_NONE && error != ERR_NONE) begin
        error_q       <= error;
        error_layer_q <= error_layer;
      end
      if (flush) begin
        cur_q               <= 1'b0;
        resp_q              <= 1'b0;
        come_q              <= '0;
        slice_beats_asked_q <= 25'd0;
        channel_q           <= 3'd0;
      end
      if (restart) begin
        position_q    <= 13'd0;
        error_q       <= ERR_NONE;
        error_layer_q <= 5'd0;
      end
    end
  end

  // ---- Words in each buffer, and counters
  logic [27*48-1:0]      stall_q;
  logic [63:0]           words_q, bytes_total_q, beats_q, slices_q, stalls_q, tables_q;
  logic [23:0]           level;

  // What the head slice gives back to buffer b.
  function automatic logic [23:0] given(input logic [51:0] entry, input logic [4:0] b,
                                        input logic [4:0] n);
    begin
      given = 24'd0;
      if (b < 5'd24) begin
        if (entry[6'(b)] || entry[6'd24 + 6'(b)]) given = 24'd1 << b;
      end else if (b == 5'd24) begin
        if (entry[51]) given = 24'd1 << (n - 5'd1);
      end else given = {21'd0, entry[50:48]};
    end
  endfunction

  always @* begin
    used_d = used_q;
    high_d = high_q;
    level  = 24'd0;
    if (consume || job_ready) begin
      for (int b = 0; b < BUFFERS; b = b + 1) begin
        level = used_q[24*b +: 24];
        if (consume) level = level - given(head_entry, 5'(b), address_width_q);
        if (job_ready && job_buffer == 5'(b)) level = level + job_words;
        used_d[24*b +: 24] = level;
        if (level > high_q[24*b +: 24]) high_d[24*b +: 24] = level;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      used_q <= '0;
      high_q <= '0;
    end else begin
      used_q <= flush ? '0 : used_d;
      high_q <= clear_counters ? '0 : high_d;
    end
  end

  logic stalled;
  assign stalled = waiting_i && !pulse_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stall_q       <= '0;
      words_q       <= 64'd0;
      bytes_total_q <= 64'd0;
      beats_q       <= 64'd0;
      slices_q      <= 64'd0;
      stalls_q      <= 64'd0;
      tables_q      <= 64'd0;
    end else if (clear_counters) begin
      stall_q       <= '0;
      words_q       <= 64'd0;
      bytes_total_q <= 64'd0;
      beats_q       <= 64'd0;
      slices_q      <= 64'd0;
      stalls_q      <= 64'd0;
      tables_q      <= 64'd0;
    end else begin
      if (stalled) begin
        stalls_q <= stalls_q + 64'(steps) + 64'd1;
        for (int b = 0; b < 27; b = b + 1) begin
          if (starved_layer_o == 5'(b))
            stall_q[48*b +: 48] <= stall_q[48*b +: 48] + 48'(steps) + 48'd1;
        end
      end
      if (issue_count != 4'd0) begin
        bytes_total_q <= bytes_total_q + 64'(issue_bytes);
        beats_q       <= beats_q + 64'(issue_count);
      end
      if (job_ready) begin
        words_q  <= words_q + 64'(job_words);
        tables_q <= tables_q + 64'(job_beats != 24'd0);
      end
      if (consume) slices_q <= slices_q + 64'd1;
    end
  end

  logic [63:0] counter;
  logic [5:0]  counter_place;
  always @* begin
    counter       = 64'd0;
    counter_place = {1'b0, counter_q[4:0]};
    if (counter_q[6:5] == 2'd0) begin
      case (counter_q[4:0])
        5'd0:    counter = words_q;
        5'd1:    counter = bytes_total_q;
        5'd2:    counter = beats_q;
        5'd3:    counter = slices_q;
        5'd4:    counter = stalls_q;
        5'd5:    counter = tables_q;
        default: counter = 64'd0;
      endcase
    end else if (counter_q[6:5] == 2'd1) begin
      if (counter_place < 6'd27) counter = {16'd0, stall_q[48*counter_place[4:0] +: 48]};
    end else if (counter_q[6:5] == 2'd2) begin
      if (counter_place < 6'd26) counter = {40'd0, high_q[24*counter_place[4:0] +: 24]};
    end
  end

  // ---- Register access
  logic [31:0] rdata;
  logic        known, writable, in_range;
  always @* begin
    rdata    = 32'd0;
    known    = 1'b1;
    writable = 1'b1;
    in_range = 1'b1;
    if (place < 10'd32) begin
      case (place[4:0])
        5'd0: rdata = {29'd0, compressed_q, wrap_q, enable_q};
        5'd1: begin
          rdata    = {14'd0, past, ready, 3'd0, error_layer_q, 3'd0, error_o, error_q};
          writable = 1'b0;
        end
        5'd2: begin
          rdata    = {27'd0, address_width_q};
          in_range = reg_wdata_i >= 32'd1 && reg_wdata_i <= 32'd24;
        end
        5'd3: begin
          rdata    = {19'd0, bytes_q, 4'd0, channels_q};
          in_range = reg_wdata_i[3:0] >= 4'd1 && reg_wdata_i[3:0] <= 4'd8 &&
                     reg_wdata_i[12:8] >= 5'd1 && reg_wdata_i[12:8] <= 5'd16;
        end
        5'd4: begin
          rdata    = {11'd0, bandwidth_q};
          in_range = reg_wdata_i >= 32'd1 && reg_wdata_i <= 32'h0010_0000;
        end
        5'd5: begin
          rdata    = {16'd0, burst_q};
          in_range = reg_wdata_i >= 32'd16 && reg_wdata_i <= 32'hffff;
        end
        5'd6: begin
          rdata    = {19'd0, length_q};
          in_range = reg_wdata_i <= 32'(ENTRIES);
        end
        5'd7:    rdata = {19'd0, entry_address_q};
        5'd8:    rdata = {8'd0, entry_route_q};
        5'd9:    in_range = entry_address_q < 13'(ENTRIES);
        5'd10:   begin
          rdata    = {26'd0, table_address_q};
          in_range = reg_wdata_i <= 32'd52;
        end
        5'd11:   rdata = table_base_q;
        5'd12:   rdata = 32'd0;
        5'd13:   rdata = {25'd0, counter_q};
        5'd14: begin
          rdata    = counter[31:0];
          writable = 1'b0;
        end
        5'd15: begin
          rdata    = counter[63:32];
          writable = 1'b0;
        end
        5'd16: begin
          rdata    = 32'(BUFFER_WORDS);
          writable = 1'b0;
        end
        default: known = 1'b0;
      endcase
    end else if (place < 10'd58) begin
      rdata    = {8'd0, capacity_q[24*(place - 10'd32) +: 24]};
      in_range = reg_wdata_i <= 32'(BUFFER_WORDS);
    end else if (place >= 10'd64 && place < 10'd80) begin
      rdata = nominal_q[32*(place - 10'd64) +: 32];
    end else begin
      known = 1'b0;
    end
    if (reg_address_i[1:0] != 2'd0) known = 1'b0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reg_rdata_o     <= 32'd0;
      reg_error_o     <= 1'b0;
      enable_q        <= 1'b0;
      wrap_q          <= 1'b0;
      compressed_q    <= 1'b0;
      address_width_q <= 5'd1;
      channels_q      <= 4'd1;
      bytes_q         <= 5'd8;
      bandwidth_q     <= 21'h10000;
      burst_q         <= 16'd256;
      length_q        <= 13'd0;
      entry_address_q <= 13'd0;
      entry_route_q   <= 24'd0;
      table_address_q <= 6'd0;
      table_base_q    <= 32'd0;
      counter_q       <= 7'd0;
      capacity_q      <= '0;
      nominal_q       <= '0;
    end else begin
      reg_error_o <= 1'b0;
      if (reg_valid_i) begin
        reg_rdata_o <= rdata;
        reg_error_o <= !known || (reg_write_i && (!writable || !in_range));
      end
      if (reg_valid_i && reg_write_i && known && writable && in_range) begin
        if (place < 10'd32) begin
          case (place[4:0])
            5'd0:    {compressed_q, wrap_q, enable_q} <= reg_wdata_i[2:0];
            5'd2:    address_width_q <= reg_wdata_i[4:0];
            5'd3:    {bytes_q, channels_q} <= {reg_wdata_i[12:8], reg_wdata_i[3:0]};
            5'd4:    bandwidth_q     <= reg_wdata_i[20:0];
            5'd5:    burst_q         <= reg_wdata_i[15:0];
            5'd6:    length_q        <= reg_wdata_i[12:0];
            5'd7:    entry_address_q <= reg_wdata_i[12:0];
            5'd8:    entry_route_q   <= reg_wdata_i[23:0];
            5'd9:    entry_address_q <= entry_address_q + 13'd1;
            5'd10:   table_address_q <= reg_wdata_i[5:0];
            5'd11:   table_base_q    <= reg_wdata_i;
            5'd12:   table_address_q <= table_address_q + 6'd1;
            5'd13:   counter_q       <= reg_wdata_i[6:0];
            default: ;
          endcase
        end else if (place < 10'd58) begin
          capacity_q[24*(place - 10'd32) +: 24] <= reg_wdata_i[23:0];
        end else begin
          nominal_q[32*(place - 10'd64) +: 32] <= reg_wdata_i;
        end
      end
    end
  end

  // ---- Quiet: a lower bound by powers of two spares a divider
  logic        blocked, moves;
  logic [31:0] token_cycles;
  assign blocked = cur_q && cur_left_q != 24'd0 && room == '0;
  assign moves   = reg_valid_i || begin_i || (slice_valid_i && enable_q) || resp_q || playing
                || (waiting_i && enable_q && past && !error_o)
                || (run && (schedule_busy || job_ready || (job_place && job_never)
                            || (cur_q && cur_left_q == 24'd0) || issue_count != 4'd0));
  always @* begin
    token_cycles = 32'd0;
    if (cur_q) begin
      for (int j = 0; j < 21; j = j + 1) begin
        if (58'(tokens_q) + (58'(rate) << j) < {34'd0, first_cost, 16'd0})
          token_cycles = 32'd1 << j;
      end
    end
  end
  always @* begin
    if (moves) quiet_cycles_o = 32'd0;
    else if (run && cur_q && !blocked) quiet_cycles_o = token_cycles;
    else quiet_cycles_o = 32'hffff_ffff;
  end

  logic unused;
  assign unused = &{1'b0, done_ready, done_level, head_valid, issue_go, words_before};

  // ---- For the waves

  generate
    for (genvar b = 0; b < BUFFERS; b = b + 1) begin : g_buffer
      wire [23:0] words = used_q[24*b +: 24];  // places taken, those of words on their way included
    end
  endgenerate

endmodule

`default_nettype wire
