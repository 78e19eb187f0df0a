// SPDX-License-Identifier: Apache-2.0
// Control store of up to 4096 words in backing memory behind a direct-mapped cache of 4-word lines.
`default_nettype none

module brg_control_cache #(
  parameter integer LINES  = 256,  // lines of 4 words, a power of two, 2..1024
  parameter integer ADDR_W = 64,   // bits of an AXI address, 13..64
  parameter integer ID_W   = 4     // bits of an AXI ID; ID 0 is used
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic [31:0]       skip_i,            // 0 in synthesis; see docs/rtl/brg_control_cache.md
  // Configuration, steady while anything is asked for
  input  logic [ADDR_W-1:0] base_i,            // of word 0, a multiple of 128 bytes
  input  logic [12:0]       words_i,           // words of the store in backing memory, 1..4096
  input  logic [3:0]        lines_log2_i,      // lines in use, at most $clog2(LINES)
  input  logic              prefetch_i,        // fetch the line after the one asked for
  input  logic              invalidate_i,      // pulse: forget every line and a failed write
  // Sequencer and host: as brg_controller asks
  input  logic              store_enable_i,
  input  logic [11:0]       store_address_i,
  output logic              store_valid_o,     // store_word_o is the word asked for last
  output logic              store_error_o,     // or it cannot be had, error_code_o says why
  output logic [191:0]      store_word_o,
  input  logic              store_write_i,     // held until store_ready_o
  output logic              store_ready_o,
  input  logic [11:0]       store_write_address_i,
  input  logic [191:0]      store_write_data_i,
  // AXI4 master, 256 bits
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
  input  logic [1:0]        m_axi_bresp_i,
  // Status
  output logic [2:0]        error_code_o,      // 1 bus, 2 parity, 3 a write failed, 4 past end
  output logic              miss_o,            // a word was asked for and has not come
  output logic [9:0]        miss_line_o,       // its line
  input  logic [3:0]        counter_index_i,
  output logic [63:0]       counter_o,
  output logic [31:0]       quiet_cycles_o
);

  localparam integer INDEX_W = $clog2(LINES);

  localparam logic [2:0] ERR_NONE   = 3'd0;
  localparam logic [2:0] ERR_BUS    = 3'd1;
  localparam logic [2:0] ERR_PARITY = 3'd2;
  localparam logic [2:0] ERR_WRITE  = 3'd3;
  localparam logic [2:0] ERR_BEYOND = 3'd4;

  generate
    if (LINES < 2 || LINES > 1024 || (LINES & (LINES - 1)) != 0 || ADDR_W < 13 || ADDR_W > 64)
    begin : g_bad_parameter
`ifdef __ICARUS__
      brg_control_cache_parameter_out_of_range u_error ();
`else
      $error("brg_control_cache: parameter out of range");
`endif
    end
  endgenerate

  typedef enum logic [1:0] {
    F_IDLE    = 2'd0,  // no line on its way
    F_COMMAND = 2'd1,  // its burst waits to be taken by the reader
    F_DATA    = 2'd2   // beats come
  } fill_t;
  typedef enum logic [1:0] {
    W_IDLE = 2'd0,
    W_SEND = 2'd1,     // address and data are shown
    W_WAIT = 2'd2,     // for the response
    W_DONE = 2'd3      // the host may go on
  } write_t;

  // ---- Lines: tags and flags are registers, so that a request knows its fate at once
  logic [LINES-1:0]    valid_q;
  logic [LINES-1:0]    fresh_q;        // prefetched and not asked for yet
  logic [LINES*10-1:0] tags_q;
  logic [INDEX_W-1:0]  index_mask;
  assign index_mask = INDEX_W'((32'd1 << lines_log2_i) - 32'd1);

  fill_t       fill_q;
  logic [9:0]  fill_line_q;
  logic [2:0]  fill_beats_q;           // of the burst, 1..4
  logic [2:0]  come_q;                 // of these
  logic        fill_bad_q, fill_drop_q;
  write_t      write_q;
  logic        aw_q, w_q, write_failed_q;
  logic [63:0] accesses_q, hits_q, misses_q, prefetches_q, useful_q, late_q, stalls_q, errors_q;
  logic        pending_q;              // the last request has no answer
  logic [11:0] address_q;              // of the last request
  logic        answered_q, bypassed_q;
  logic [2:0]  code_q;                 // of an answer that does not come from the RAM
  logic        next_q;                 // a line to prefetch
  logic [9:0]  next_line_q;

  // ---- The request of this cycle
  logic [9:0]         line;
  logic [INDEX_W-1:0] index;
  logic               in_fill, here, beyond;
  logic               beat_valid, beat_error, beat_hits;
  logic [255:0]       beat_data;
  logic [2:0]         beat_code;
  logic [9:0]         last_line;
  logic [7:0]         beat_fold;
  logic [31:0]        fold32;
  assign line    = store_address_i[11:2];
  assign index   = line[INDEX_W-1:0] & index_mask;
  assign in_fill = fill_q == F_DATA && fill_line_q == line;
  assign here    = (valid_q[index] && tags_q[10*index +: 10] == line)
                || (in_fill && {1'b0, store_address_i[1:0]} < come_q);
  assign beyond  = {1'b0, store_address_i} >= words_i || write_failed_q;
  assign last_line = 10'((words_i - 13'd1) >> 2);

  // Word that comes in this cycle, and whether it is the one asked for.
  logic [11:0] wanted;
  assign wanted    = store_enable_i ? store_address_i : address_q;
  assign beat_hits = beat_valid && wanted == {fill_line_q, come_q[1:0]}
                  && (store_enable_i ? !beyond && !here : pending_q);
  assign fold32    = beat_data[31:0] ^ beat_data[63:32] ^ beat_data[95:64] ^ beat_data[127:96]
                   ^ beat_data[159:128] ^ beat_data[191:160];
  assign beat_fold = fold32[7:0] ^ fold32[15:8] ^ fold32[23:16] ^ fold32[31:24];
  assign beat_code = beat_error ? ERR_BUS : beat_fold != 8'd0 ? ERR_PARITY : ERR_NONE;

  // ---- Fills: the pending line first, then the next one
  logic               idle, fill_demand, fill_next, fill_end;
  logic [9:0]         start_line;
  logic [INDEX_W-1:0] start_index, fill_index, next_index;
  logic [12:0]        left_words;
  logic               next_here;
  assign idle        = fill_q == F_IDLE && write_q == W_IDLE && !invalidate_i;
  assign fill_demand = idle && pending_q && !store_enable_i;
  assign next_index  = next_line_q[INDEX_W-1:0] & index_mask;
  assign next_here   = valid_q[next_index] && tags_q[10*next_index +: 10] == next_line_q;
  assign fill_next   = idle && !pending_q && !store_enable_i && !store_write_i && next_q;
  assign start_line  = fill_demand ? address_q[11:2] : next_line_q;
  assign start_index = start_line[INDEX_W-1:0] & index_mask;
  assign left_words  = words_i - {1'b0, fill_line_q, 2'd0};
  assign fill_index  = fill_line_q[INDEX_W-1:0] & index_mask;
  assign fill_end    = beat_valid && come_q + 3'd1 == fill_beats_q;

  logic        command_ready, reader_idle, reader_quiet, reader_asked;
  logic        burst_pulse, beat_pulse, error_pulse;
  logic [2:0]  command_beats;
  assign command_beats = left_words < 13'd4 ? left_words[2:0] : 3'd4;

  brg_axi_reader #(
    .ADDR_W      (ADDR_W),
    .DATA_W      (256),
    .ID_W        (ID_W),
    .OUTSTANDING (2),
    .MAX_BURST   (4),
    .BEATS_W     (10)
  ) u_reader (
    .clk_i           (clk_i),
    .rst_ni          (rst_ni),
    .cancel_i        (1'b0),
    .cmd_valid_i     (fill_q == F_COMMAND),
    .cmd_ready_o     (command_ready),
    .cmd_addr_i      (base_i + ADDR_W'({fill_line_q, 7'd0})),
    .cmd_beats_i     (10'(command_beats)),
    .beat_valid_o    (beat_valid),
    .beat_ready_i    (1'b1),
    .beat_data_o     (beat_data),
    .beat_error_o    (beat_error),
    .m_axi_arvalid_o (m_axi_arvalid_o),
    .m_axi_arready_i (m_axi_arready_i),
    .m_axi_arid_o    (m_axi_arid_o),
    .m_axi_araddr_o  (m_axi_araddr_o),
    .m_axi_arlen_o   (m_axi_arlen_o),
    .m_axi_arsize_o  (m_axi_arsize_o),
    .m_axi_arburst_o (m_axi_arburst_o),
    .m_axi_rvalid_i  (m_axi_rvalid_i),
    .m_axi_rready_o  (m_axi_rready_o),
    .m_axi_rid_i     (m_axi_rid_i),
    .m_axi_rdata_i   (m_axi_rdata_i),
    .m_axi_rresp_i   (m_axi_rresp_i),
    .m_axi_rlast_i   (m_axi_rlast_i),
    .idle_o          (reader_idle),
    .burst_o         (burst_pulse),
    .beat_o          (beat_pulse),
    .error_o         (error_pulse),
    .asked_o         (reader_asked),
    .quiet_o         (reader_quiet)
  );

  // ---- Words, each with the error it came with
  logic [194:0] words [0:LINES*4-1];
  logic [194:0] ram_q;
  logic [191:0] bypass_q;
  always_ff @(posedge clk_i) begin
    if (beat_valid) words[{fill_index, come_q[1:0]}] <= {beat_code, beat_data[191:0]};
  end
  always_ff @(posedge clk_i) begin
    if (store_enable_i) ram_q <= words[{index, store_address_i[1:0]}];
  end
  always_ff @(posedge clk_i) begin
    if (beat_hits) bypass_q <= beat_data[191:0];
  end

  assign error_code_o  = !answered_q ? ERR_NONE : bypassed_q ? code_q : ram_q[194:192];
  assign store_error_o = error_code_o != ERR_NONE;
  assign store_valid_o = answered_q && error_code_o == ERR_NONE;
  assign store_word_o  = bypassed_q ? bypass_q : ram_q[191:0];
  assign miss_o        = pending_q;
  assign miss_line_o   = address_q[11:2];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      fresh_q      <= '0;
      fill_q       <= F_IDLE;
      fill_line_q  <= 10'd0;
      fill_beats_q <= 3'd0;
      come_q       <= 3'd0;
      fill_bad_q   <= 1'b0;
      fill_drop_q  <= 1'b0;
      pending_q    <= 1'b0;
      address_q    <= 12'd0;
      answered_q   <= 1'b0;
      bypassed_q   <= 1'b0;
      code_q       <= ERR_NONE;
      next_q       <= 1'b0;
      next_line_q  <= 10'd0;
    end else begin
      // Fill
      if (fill_demand || (fill_next && !next_here)) begin
        fill_q               <= F_COMMAND;
        fill_line_q          <= start_line;
        come_q               <= 3'd0;
        fill_bad_q           <= 1'b0;
        fill_drop_q          <= 1'b0;
        valid_q[start_index] <= 1'b0;
        fresh_q[start_index] <= !fill_demand;
      end
      if (fill_next) next_q <= 1'b0;
      if (fill_q == F_COMMAND && command_ready) begin
        fill_q       <= F_DATA;
        fill_beats_q <= command_beats;
      end
      if (beat_valid) begin
        come_q     <= come_q + 3'd1;
        fill_bad_q <= fill_bad_q || beat_code != ERR_NONE;
      end
      if (fill_end) begin
        fill_q              <= F_IDLE;
        valid_q[fill_index] <= !fill_bad_q && beat_code == ERR_NONE && !fill_drop_q;
      end
      // A host's write makes its line stale.
      if (write_q == W_DONE) valid_q[store_write_address_i[2 +: INDEX_W] & index_mask] <= 1'b0;
      // Request
      if (store_enable_i) begin
        address_q  <= store_address_i;
        answered_q <= beyond || here || beat_hits;
        pending_q  <= !(beyond || here || beat_hits);
        bypassed_q <= beyond || beat_hits;
        code_q     <= write_failed_q ? ERR_WRITE : beyond ? ERR_BEYOND : beat_code;
        if (!beyond) begin
          next_q         <= prefetch_i && line < last_line && lines_log2_i != 4'd0;
          next_line_q    <= line + 10'd1;
          if (fill_q != F_IDLE && fill_line_q == line) fresh_q[fill_index] <= 1'b0;
          else if (here) fresh_q[index] <= 1'b0;
        end
      end else if (beat_hits) begin
        answered_q <= 1'b1;
        pending_q  <= 1'b0;
        bypassed_q <= 1'b1;
        code_q     <= beat_code;
      end
      if (invalidate_i) begin
        valid_q     <= '0;
        fresh_q     <= '0;
        next_q      <= 1'b0;
        fill_drop_q <= fill_q != F_IDLE;
      end
    end
  end

  // Guarded by valid_q, so they need no reset.
  always_ff @(posedge clk_i) begin
    if (fill_end) tags_q[10*fill_index +: 10] <= fill_line_q;
  end

  // ---- Writes of the host, a word at a time, to the backing memory
  assign m_axi_awvalid_o = aw_q;
  assign m_axi_awid_o    = '0;
  assign m_axi_awaddr_o  = base_i + ADDR_W'({store_write_address_i, 5'd0});
  assign m_axi_awlen_o   = 8'd0;
  assign m_axi_awsize_o  = 3'd5;
  assign m_axi_awburst_o = 2'd1;
  assign m_axi_wvalid_o  = w_q;
  assign m_axi_wdata_o   = {64'd0, store_write_data_i};
  assign m_axi_wstrb_o   = 32'hffff_ffff;
  assign m_axi_wlast_o   = 1'b1;
  assign m_axi_bready_o  = write_q == W_WAIT;
  assign store_ready_o   = write_q == W_DONE;

  logic write_start;
  assign write_start = write_q == W_IDLE && store_write_i && fill_q == F_IDLE && !pending_q
                    && !store_enable_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q        <= W_IDLE;
      aw_q           <= 1'b0;
      w_q            <= 1'b0;
      write_failed_q <= 1'b0;
    end else begin
      if (write_start) begin
        write_q <= W_SEND;
        aw_q    <= 1'b1;
        w_q     <= 1'b1;
      end
      if (aw_q && m_axi_awready_i) aw_q <= 1'b0;
      if (w_q && m_axi_wready_i) w_q <= 1'b0;
      if (write_q == W_SEND && !(aw_q && !m_axi_awready_i) && !(w_q && !m_axi_wready_i))
        write_q <= W_WAIT;
      if (write_q == W_WAIT && m_axi_bvalid_i) begin
        write_q <= W_DONE;
        if (m_axi_bresp_i[1]) write_failed_q <= 1'b1;
      end
      if (write_q == W_DONE) write_q <= W_IDLE;
      if (invalidate_i) write_failed_q <= 1'b0;
    end
  end

  // ---- Counters
  logic ask, late;
  assign ask  = store_enable_i && !beyond;
  assign late = ask && !here && fill_q != F_IDLE && fill_line_q == line;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      accesses_q   <= 64'd0;
      hits_q       <= 64'd0;
      misses_q     <= 64'd0;
      prefetches_q <= 64'd0;
      useful_q     <= 64'd0;
      late_q       <= 64'd0;
      stalls_q     <= 64'd0;
      errors_q     <= 64'd0;
    end else begin
      if (store_enable_i) accesses_q <= accesses_q + 64'd1;
      if (ask && here) hits_q <= hits_q + 64'd1;
      if (ask && !here) misses_q <= misses_q + 64'd1;
      if (fill_next && !next_here) prefetches_q <= prefetches_q + 64'd1;
      if (ask && (fill_q != F_IDLE && fill_line_q == line ? fresh_q[fill_index]
                                                          : here && fresh_q[index]))
        useful_q <= useful_q + 64'd1;
      if (late && fresh_q[fill_index]) late_q <= late_q + 64'd1;
      if (pending_q) stalls_q <= stalls_q + 64'd1 + 64'(skip_i);
      if (store_enable_i ? beyond || (beat_hits && beat_code != ERR_NONE)
                         : beat_hits && beat_code != ERR_NONE)
        errors_q <= errors_q + 64'd1;
    end
  end

  always @* begin
    if (counter_index_i == 4'd0)      counter_o = accesses_q;
    else if (counter_index_i == 4'd1) counter_o = hits_q;
    else if (counter_index_i == 4'd2) counter_o = misses_q;
    else if (counter_index_i == 4'd3) counter_o = prefetches_q;
    else if (counter_index_i == 4'd4) counter_o = useful_q;
    else if (counter_index_i == 4'd5) counter_o = late_q;
    else if (counter_index_i == 4'd6) counter_o = stalls_q;
    else if (counter_index_i == 4'd7) counter_o = errors_q;
    else                              counter_o = 64'd0;
  end

  // ---- Quiet: waiting for the bus is quiet as long as the bus is
  logic write_moves;
  assign write_moves = write_start || write_q == W_DONE || (aw_q && m_axi_awready_i)
                    || (w_q && m_axi_wready_i) || (write_q == W_SEND && !aw_q && !w_q)
                    || (write_q == W_WAIT && m_axi_bvalid_i);
  assign quiet_cycles_o = !store_enable_i && !invalidate_i && reader_quiet && !fill_demand
                       && !fill_next && !write_moves ? 32'hffff_ffff : 32'd0;

  logic unused;
  assign unused = &{1'b0, reader_idle, reader_asked, burst_pulse, beat_pulse, error_pulse,
                    m_axi_bresp_i[0], left_words[12:3], beat_data[255:192]};

endmodule

`default_nettype wire
