// SPDX-License-Identifier: Apache-2.0
// Pulse schedule: the store of slices, the table directory, and the table transfers they ask for.
`default_nettype none

module brg_pulse_schedule #(
  parameter integer ENTRIES   = 4096,  // slices of the store, a power of two, 16..4096
  parameter integer LOOKAHEAD = 16     // slices begun and not consumed, a power of two, 2..64
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,        // forget everything and begin again at entry 0
  // Configuration, steady while enable_i is set
  input  logic        enable_i,
  input  logic        wrap_i,         // after the last entry comes the first
  input  logic [12:0] length_i,       // entries in use
  input  logic [4:0]  address_width_i,
  // Writes of the host
  input  logic        entry_write_i,
  input  logic [11:0] entry_address_i,
  input  logic [51:0] entry_data_i,   // fetch, registers[3], latch[24], route[24]
  input  logic        table_write_i,
  input  logic [5:0]  table_address_i,
  input  logic [55:0] table_data_i,   // beats[24], base[32]
  // Table transfers in the order of the schedule
  output logic        job_valid_o,
  input  logic        job_ready_i,
  output logic [5:0]  job_table_o,    // 0..23 route, 24..47 latch, 48..51 registers, 52 fetch
  output logic [4:0]  job_buffer_o,   // 0..23 layer, 24 leaves, 25 registers
  output logic [23:0] job_words_o,
  output logic [31:0] job_base_o,     // first beat in the pulse memory
  output logic [23:0] job_beats_o,    // 0: a slice without pulses
  output logic        job_last_o,     // last of its slice
  // Slices begun and not consumed, the oldest first
  output logic        head_valid_o,
  output logic [51:0] head_entry_o,
  input  logic        consume_i,      // drop the oldest; only while head_valid_o
  // Status
  output logic        bad_entry_o,    // pulse: the entry cannot be; nothing follows it
  output logic        busy_o          // something moves in the next cycle
);

  localparam integer ADDR_W = $clog2(ENTRIES);
  localparam integer JOB_W  = 92;

  generate
    if (ENTRIES < 16 || ENTRIES > 4096 || (ENTRIES & (ENTRIES - 1)) != 0 || LOOKAHEAD < 2 ||
        LOOKAHEAD > 64 || (LOOKAHEAD & (LOOKAHEAD - 1)) != 0) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_pulse_schedule_parameter_out_of_range u_error ();
`else
      $error("brg_pulse_schedule: parameter out of range");
`endif
    end
  endgenerate

  typedef enum logic [1:0] {
    D_FETCH = 2'd0,  // read the next entry when there is one and room for it
    D_LOAD  = 2'd1,  // it stands at the RAM's output
    D_SCAN  = 2'd2,  // a table transfer per cycle
    D_BAD   = 2'd3   // stopped by an entry that cannot be
  } state_t;

  // ---- RAMs
  logic [51:0] entries [0:ENTRIES-1];
  logic [55:0] tables [0:63];
  logic [51:0] entry_q;
  logic [55:0] table_q;
  logic        entry_read, table_read;
  logic [5:0]  table_number;

  state_t      state_d, state_q;
  logic [12:0] index_d, index_q;
  logic [49:0] pending_d, pending_q;      // fetch, registers, latch[24], route[24]
  logic [2:0]  registers_d, registers_q;  // how many register swaps
  logic        asked_d, asked_q;          // a directory entry stands at the RAM's output
  logic [5:0]  asked_table_d, asked_table_q;
  logic        asked_last_d, asked_last_q;
  logic        asked_empty_d, asked_empty_q;

  always_ff @(posedge clk_i) begin
    if (entry_write_i) entries[entry_address_i[ADDR_W-1:0]] <= entry_data_i;
    if (entry_read) entry_q <= entries[index_q[ADDR_W-1:0]];
  end

  always_ff @(posedge clk_i) begin
    if (table_write_i) tables[table_address_i] <= table_data_i;
    if (table_read) table_q <= tables[table_number];
  end

  // ---- The entry just read
  logic [23:0] layers, entry_used;
  logic        bad;
  assign layers     = 24'((25'd1 << address_width_i) - 25'd1);
  assign entry_used = entry_q[23:0] | entry_q[47:24];
  assign bad        = (entry_q[23:0] & entry_q[47:24]) != 24'd0 || (entry_used & ~layers) != 24'd0
                   || entry_q[50:48] > 3'd4;

  // ---- The lowest pending transfer
  logic [5:0]  pick;
  logic [49:0] left;
  always @* begin
    pick = 6'd63;
    for (int i = 49; i >= 0; i = i - 1) begin
      if (pending_q[i]) pick = 6'(i);
    end
    left = pending_q & (pending_q - 50'd1);
    table_number = pick;
    if (pick == 6'd48) table_number = 6'd47 + 6'(registers_q);
    else if (pick == 6'd49) table_number = 6'd52;
  end

  logic       queue_room, head_room;
  logic [3:0] queue_level;
  assign queue_room = queue_level + 4'(asked_q) < 4'd8;

  logic start;
  assign start = enable_i && index_q < length_i && head_room;

  always @* begin
    state_d       = state_q;
    index_d       = index_q;
    pending_d     = pending_q;
    registers_d   = registers_q;
    asked_d       = 1'b0;
    asked_table_d = asked_table_q;
    asked_last_d  = asked_last_q;
    asked_empty_d = asked_empty_q;
    entry_read    = 1'b0;
    table_read    = 1'b0;
    bad_entry_o   = 1'b0;
    case (state_q)
      D_FETCH: begin
        if (start) begin
          entry_read = 1'b1;
          state_d    = D_LOAD;
        end
      end
      D_LOAD: begin
        pending_d   = {entry_q[51], entry_q[50:48] != 3'd0, entry_q[47:0]};
        registers_d = entry_q[50:48];
        bad_entry_o = bad;
        if (bad) state_d = D_BAD;
        else state_d = D_SCAN;
      end
      D_SCAN: begin
        if (queue_room) begin
          table_read    = 1'b1;
          asked_d       = 1'b1;
          asked_table_d = table_number;
          asked_last_d  = left == 50'd0;
          asked_empty_d = pending_q == 50'd0;
          pending_d     = left;
          if (left == 50'd0) begin
            state_d = D_FETCH;
            index_d = index_q + 13'd1 == length_i && wrap_i ? 13'd0 : index_q + 13'd1;
          end
        end
      end
      default: state_d = D_BAD;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= D_FETCH;
      index_q       <= 13'd0;
      pending_q     <= 50'd0;
      registers_q   <= 3'd0;
      asked_q       <= 1'b0;
      asked_table_q <= 6'd0;
      asked_last_q  <= 1'b0;
      asked_empty_q <= 1'b0;
    end else if (clear_i) begin
      state_q       <= D_FETCH;
      index_q       <= 13'd0;
      pending_q     <= 50'd0;
      registers_q   <= 3'd0;
      asked_q       <= 1'b0;
      asked_table_q <= 6'd0;
      asked_last_q  <= 1'b0;
      asked_empty_q <= 1'b0;
    end else begin
      state_q       <= state_d;
      index_q       <= index_d;
      pending_q     <= pending_d;
      registers_q   <= registers_d;
      asked_q       <= asked_d;
      asked_table_q <= asked_table_d;
      asked_last_q  <= asked_last_d;
      asked_empty_q <= asked_empty_d;
    end
  end

  // ---- What the directory entry stands for
  logic [4:0]  buffer;
  logic [23:0] words;
  logic [5:0]  layer, swaps;
  always @* begin
    swaps  = asked_table_q - 6'd47;
    layer  = asked_table_q >= 6'd24 ? asked_table_q - 6'd24 : asked_table_q;
    buffer = layer[4:0];
    words  = 24'd1 << layer[4:0];
    if (asked_table_q == 6'd52) begin
      buffer = 5'd24;
      words  = 24'd1 << (address_width_i - 5'd1);
    end else if (asked_table_q >= 6'd48) begin
      buffer = 5'd25;
      words  = {21'd0, swaps[2:0]};
    end
    if (asked_empty_q) begin
      buffer = 5'd26;
      words  = 24'd0;
    end
  end

  logic             queue_ready;
  logic [JOB_W-1:0] job;
  brg_fifo #(
    .WIDTH (JOB_W),
    .DEPTH (8)
  ) u_jobs (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (clear_i),
    .in_valid_i  (asked_q),
    .in_ready_o  (queue_ready),
    .in_data_i   ({asked_table_q, buffer, words, table_q[31:0],
                   asked_empty_q ? 24'd0 : table_q[55:32], asked_last_q}),
    .out_valid_o (job_valid_o),
    .out_ready_i (job_ready_i),
    .out_data_o  (job),
    .level_o     (queue_level)
  );
  assign {job_table_o, job_buffer_o, job_words_o, job_base_o, job_beats_o, job_last_o} = job;

  logic [$clog2(LOOKAHEAD):0] head_level;
  brg_fifo #(
    .WIDTH (52),
    .DEPTH (LOOKAHEAD)
  ) u_heads (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .clear_i     (clear_i),
    .in_valid_i  (state_q == D_LOAD && !bad),
    .in_ready_o  (head_room),
    .in_data_i   (entry_q),
    .out_valid_o (head_valid_o),
    .out_ready_i (consume_i),
    .out_data_o  (head_entry_o),
    .level_o     (head_level)
  );

  assign busy_o = (state_q == D_FETCH && start) || state_q == D_LOAD
               || (state_q == D_SCAN && queue_room) || asked_q;

  logic unused;
  assign unused = &{1'b0, queue_ready, head_level, layer[5], swaps[5:3],
                    entry_address_i};

endmodule

`default_nettype wire
