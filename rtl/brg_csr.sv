// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite slave with the control and status registers of docs/csr.md.
`default_nettype none

module brg_csr #(
  parameter integer STORE_WORDS = 1024  // words of the control store, a power of two, 2..4096
) (
  input  wire          clk_i,
  input  wire          rst_ni,
  // AXI4-Lite slave
  input  wire          s_axil_awvalid_i,
  output wire          s_axil_awready_o,
  input  wire  [11:0]  s_axil_awaddr_i,
  input  wire          s_axil_wvalid_i,
  output wire          s_axil_wready_o,
  input  wire  [31:0]  s_axil_wdata_i,
  input  wire  [3:0]   s_axil_wstrb_i,
  output wire          s_axil_bvalid_o,
  input  wire          s_axil_bready_i,
  output wire  [1:0]   s_axil_bresp_o,
  input  wire          s_axil_arvalid_i,
  output wire          s_axil_arready_o,
  input  wire  [11:0]  s_axil_araddr_i,
  output wire          s_axil_rvalid_o,
  input  wire          s_axil_rready_i,
  output wire  [31:0]  s_axil_rdata_o,
  output wire  [1:0]   s_axil_rresp_o,
  output wire          irq_o,
  // Configuration
  output wire          enable_o,
  output wire          abort_o,          // pulse
  output wire          host_flag_o,
  output wire          clear_counters_o, // pulse
  output wire  [4:0]   address_width_o,
  output wire  [6:0]   word_width_o,
  output wire  [11:0]  pages_o,          // pages of a query minus one
  output wire  [11:0]  entry_o,
  output wire  [12:0]  length_o,
  output wire  [31:0]  watchdog_o,
  output wire  [31:0]  fault_inject_o,
  output wire  [511:0] durations_o,
  output wire  [63:0]  loop_counts_o,
  // Control store
  output wire          store_read_o,     // pulse
  input  wire          store_valid_i,    // after it: store_data_i is the word
  input  wire          store_error_i,    // or it cannot be had
  output wire          store_write_o,    // held until store_ready_i
  input  wire          store_ready_i,
  output wire  [11:0]  store_address_o,
  output wire  [191:0] store_data_o,
  input  wire  [191:0] store_data_i,
  // Query and result queues
  output wire          push_valid_o,
  input  wire          push_ready_i,
  output wire  [63:0]  push_base_o,
  output wire  [15:0]  push_tag_o,
  input  wire          result_valid_i,
  output wire          result_ready_o,
  input  wire  [83:0]  result_data_i,    // status, tag, bus bits
  // Counters
  output wire  [4:0]   counter_index_o,
  input  wire  [63:0]  counter_data_i,
  input  wire          counter_known_i,
  // Status
  input  wire          busy_i,           // a query runs or starts: the store is taken
  input  wire          aborting_i,
  input  wire          stuck_i,          // nothing will make room in the query queue
  input  wire          query_end_i,      // a result is pushed
  input  wire  [3:0]   query_status_i,
  input  wire          queue_full_i,
  input  wire          queue_empty_i,
  input  wire  [7:0]   queue_level_i,
  input  wire  [7:0]   result_level_i,
  output wire          quiet_o           // with these inputs nothing here will move
);

  `include "brg_types.svh"
  `include "brg_csr.svh"

  localparam logic [1:0] RESP_OKAY   = 2'b00;
  localparam logic [1:0] RESP_SLVERR = 2'b10;

  // ---- Registers

  logic         enable_d, enable_q;
  logic         host_flag_d, host_flag_q;
  logic         irq_enable_d, irq_enable_q;
  logic [4:0]   address_width_d, address_width_q;
  logic [6:0]   word_width_d, word_width_q;
  logic [11:0]  pages_d, pages_q;
  logic [11:0]  entry_d, entry_q;
  logic [12:0]  length_d, length_q;
  logic [31:0]  watchdog_d, watchdog_q;
  logic [31:0]  fault_inject_d, fault_inject_q;
  logic [511:0]   durations_q;
  logic [63:0]    loop_counts_q;
  logic [11:0]  store_address_d, store_address_q;
  logic [191:0]   store_data_q;
  logic [63:0]  base_d, base_q;
  logic [15:0]  query_tag_d, query_tag_q;
  logic [3:0]   last_error_d, last_error_q;

  // ---- Write channels: address and data are taken independently, then the write is worked off

  logic        aw_full_d, aw_full_q;
  logic        w_full_d, w_full_q;
  logic [11:0] aw_addr_q;
  logic [31:0] w_data_q;
  logic [3:0]  w_strb_q;
  logic        b_valid_d, b_valid_q;
  logic [1:0]  b_resp_d, b_resp_q;
  logic        loading_d, loading_q;  // STORE_READ: the word comes in this cycle

  assign s_axil_awready_o = !aw_full_q;
  assign s_axil_wready_o  = !w_full_q;
  assign s_axil_bvalid_o  = b_valid_q;
  assign s_axil_bresp_o   = b_resp_q;

  logic write;       // a whole write stands here and its answer has a place
  logic write_done;
  logic write_error;
  assign write = aw_full_q && w_full_q && !b_valid_q && !loading_q;

  // Only the answer to a write that is present can leave, so the work depends on registers alone.
  logic [31:0] strobe;
  assign strobe = {{8{w_strb_q[3]}}, {8{w_strb_q[2]}}, {8{w_strb_q[1]}}, {8{w_strb_q[0]}}};
  logic any_strobe;
  assign any_strobe = w_strb_q != 4'd0;

  logic [31:0] read_value;      // of the register that is read
  logic        read_known;
  logic [31:0] write_old;       // of the register that is written
  logic [31:0] write_new;
  assign write_new = (write_old & ~strobe) | (w_data_q & strobe);

  logic [3:0] write_class;
  logic [1:0] write_loop;
  logic [2:0] write_lane;
  assign write_class = aw_addr_q[5:2] - CSR_DURATION[5:2];
  assign write_loop  = aw_addr_q[3:2];
  assign write_lane  = aw_addr_q[4:2] - CSR_STORE_DATA[4:2];

  logic write_is_duration, write_is_loop, write_is_store_data;
  assign write_is_duration   = aw_addr_q >= CSR_DURATION && aw_addr_q < CSR_LOOP_COUNT
                            && aw_addr_q[1:0] == 2'd0;
  assign write_is_loop       = aw_addr_q >= CSR_LOOP_COUNT && aw_addr_q < CSR_LOOP_COUNT + 12'd16
                            && aw_addr_q[1:0] == 2'd0;
  assign write_is_store_data = aw_addr_q >= CSR_STORE_DATA && aw_addr_q < CSR_STORE_COMMIT
                            && aw_addr_q[1:0] == 2'd0;

  // The value that byte strobes leave alone.
  // always @* throughout: Icarus 11 can run always_comb blocks that feed each other for ever.
  always @* begin
    write_old = 32'd0;
    if (write_is_duration)        write_old = durations_q[32*write_class +: 32];
    else if (write_is_loop)       write_old = {16'd0, loop_counts_q[16*write_loop +: 16]};
    else if (write_is_store_data) write_old = store_data_q[32*write_lane +: 32];
    else begin
      case (aw_addr_q)
        CSR_CONTROL:       write_old = {28'd0, irq_enable_q, host_flag_q, 1'b0, enable_q};
        CSR_GEOMETRY:      write_old = {4'd0, pages_q, 1'b0, word_width_q, 3'd0, address_width_q};
        CSR_PROGRAM:       write_old = {3'd0, length_q, 4'd0, entry_q};
        CSR_WATCHDOG:      write_old = watchdog_q;
        CSR_FAULT_INJECT:  write_old = fault_inject_q;
        CSR_STORE_ADDRESS: write_old = {20'd0, store_address_q};
        CSR_QUERY_BASE_LO: write_old = base_q[31:0];
        CSR_QUERY_BASE_HI: write_old = base_q[63:32];
        CSR_QUERY_TAG:     write_old = {16'd0, query_tag_q};
        default:           write_old = 32'd0;
      endcase
    end
  end

  logic store_in_range;
  assign store_in_range = {1'b0, store_address_q} < 13'(STORE_WORDS);

  logic geometry_good;
  assign geometry_good = write_new[4:0] >= 5'd1 && write_new[4:0] <= 5'd24
                      && write_new[14:8] >= 7'd1 && write_new[14:8] <= 7'd64;

  logic abort, clear_counters, store_read, store_write, push, pop;
  always @* begin
    enable_d        = enable_q;
    host_flag_d     = host_flag_q;
    irq_enable_d    = irq_enable_q;
    address_width_d = address_width_q;
    word_width_d    = word_width_q;
    pages_d         = pages_q;
    entry_d         = entry_q;
    length_d        = length_q;
    watchdog_d      = watchdog_q;
    fault_inject_d  = fault_inject_q;
    store_address_d = store_address_q;
    base_d          = base_q;
    query_tag_d     = query_tag_q;
    abort           = 1'b0;
    clear_counters  = 1'b0;
    store_read      = 1'b0;
    store_write     = 1'b0;
    push            = 1'b0;
    pop             = 1'b0;
    write_done      = write;
    write_error     = 1'b0;

    if (write) begin
      if (!write_is_duration && !write_is_loop && !write_is_store_data) begin
        case (aw_addr_q)
          CSR_CONTROL: begin
            enable_d       = write_new[0];
            host_flag_d    = write_new[2];
            irq_enable_d   = write_new[3];
            abort          = write_new[1];
            clear_counters = write_new[4];
          end
          CSR_GEOMETRY: begin
            // Pages are loaded as soon as a query is queued, with this geometry.
            if (!any_strobe) begin
            end else if (busy_i || aborting_i || !queue_empty_i || !geometry_good) begin
              write_error = 1'b1;
            end else begin
              address_width_d = write_new[4:0];
              word_width_d    = write_new[14:8];
              pages_d         = write_new[27:16];
            end
          end
          CSR_PROGRAM: begin
            entry_d  = write_new[11:0];
            length_d = write_new[28:16];
          end
          CSR_WATCHDOG:      watchdog_d = write_new;
          CSR_FAULT_INJECT:  fault_inject_d = write_new;
          CSR_STORE_ADDRESS: store_address_d = write_new[11:0];
          CSR_STORE_COMMIT: begin
            if (!any_strobe) begin
            end else if (busy_i || !store_in_range) begin
              write_error = 1'b1;
            end else begin
              store_write = 1'b1;
              write_done  = store_ready_i;
              if (store_ready_i) store_address_d = store_address_q + 12'd1;
            end
          end
          CSR_STORE_READ: begin
            if (!any_strobe) begin
            end else if (busy_i || !store_in_range) begin
              write_error = 1'b1;
            end else begin
              store_read = 1'b1;
              write_done = 1'b0;  // when the word has come
            end
          end
          CSR_QUERY_BASE_LO: base_d[31:0] = {write_new[31:6], 6'd0};
          CSR_QUERY_BASE_HI: base_d[63:32] = write_new;
          CSR_QUERY_TAG:     query_tag_d = write_new[15:0];
          CSR_QUERY_PUSH: begin
            if (!any_strobe) begin
            end else if (aborting_i || stuck_i) begin
              write_error = 1'b1;
            end else begin
              push       = 1'b1;
              write_done = push_ready_i;
            end
          end
          CSR_RESULT_POP: begin
            pop         = any_strobe && result_valid_i;
            write_error = any_strobe && !result_valid_i;
          end
          default: write_error = 1'b1;
        endcase
      end
    end

    loading_d = store_read;
    if (loading_q) begin
      write_done  = store_valid_i || store_error_i;
      write_error = store_error_i;
      loading_d   = !write_done;
    end
  end

  always @* begin
    aw_full_d = aw_full_q;
    w_full_d  = w_full_q;
    b_valid_d = b_valid_q;
    b_resp_d  = b_resp_q;
    if (s_axil_awvalid_i && !aw_full_q) aw_full_d = 1'b1;
    if (s_axil_wvalid_i && !w_full_q)   w_full_d  = 1'b1;
    if (b_valid_q && s_axil_bready_i)   b_valid_d = 1'b0;
    if (write_done) begin
      aw_full_d = 1'b0;
      w_full_d  = 1'b0;
      b_valid_d = 1'b1;
      b_resp_d  = write_error ? RESP_SLVERR : RESP_OKAY;
    end
  end

  // Payloads need no reset: the full bits guard them.
  always_ff @(posedge clk_i) begin
    if (s_axil_awvalid_i && !aw_full_q) aw_addr_q <= s_axil_awaddr_i;
    if (s_axil_wvalid_i && !w_full_q) begin
      w_data_q <= s_axil_wdata_i;
      w_strb_q <= s_axil_wstrb_i;
    end
  end

  // ---- Read channel

  logic        r_valid_q;
  logic [31:0] r_data_q;
  logic [1:0]  r_resp_q;
  logic [31:0] high_q;       // high half of the counter whose low half was read last
  logic        read;
  logic        is_counter;

  assign s_axil_arready_o = !r_valid_q;
  assign s_axil_rvalid_o  = r_valid_q;
  assign s_axil_rdata_o   = r_data_q;
  assign s_axil_rresp_o   = r_resp_q;
  assign read             = s_axil_arvalid_i && !r_valid_q;
  assign counter_index_o  = s_axil_araddr_i[7:3];
  assign is_counter       = s_axil_araddr_i[11:8] == CSR_CYCLES[11:8] && counter_known_i
                         && s_axil_araddr_i[1:0] == 2'd0;

  logic [3:0] read_class;
  logic [1:0] read_loop;
  logic [2:0] read_lane;
  assign read_class = s_axil_araddr_i[5:2] - CSR_DURATION[5:2];
  assign read_loop  = s_axil_araddr_i[3:2];
  assign read_lane  = s_axil_araddr_i[4:2] - CSR_STORE_DATA[4:2];

  always @* begin
    read_known = 1'b1;
    read_value = 32'd0;
    if (s_axil_araddr_i[1:0] != 2'd0) begin
      read_known = 1'b0;
    end else if (s_axil_araddr_i[11:8] == CSR_CYCLES[11:8]) begin
      read_known = counter_known_i;
      read_value = s_axil_araddr_i[2] ? high_q : counter_data_i[31:0];
    end else if (s_axil_araddr_i >= CSR_DURATION && s_axil_araddr_i < CSR_LOOP_COUNT) begin
      read_value = durations_q[32*read_class +: 32];
    end else if (s_axil_araddr_i >= CSR_LOOP_COUNT
                 && s_axil_araddr_i < CSR_LOOP_COUNT + 12'd16) begin
      read_value = {16'd0, loop_counts_q[16*read_loop +: 16]};
    end else if (s_axil_araddr_i >= CSR_STORE_DATA && s_axil_araddr_i < CSR_STORE_COMMIT) begin
      read_value = store_data_q[32*read_lane +: 32];
    end else begin
      case (s_axil_araddr_i)
        CSR_ID:            read_value = 32'h42524744;
        CSR_VERSION:       read_value = 32'h00010000;
        CSR_CONTROL:       read_value = {28'd0, irq_enable_q, host_flag_q, 1'b0, enable_q};
        CSR_STATUS:        read_value = {8'd0, result_level_i, queue_level_i, last_error_q,
                                         queue_empty_i, queue_full_i, result_valid_i,
                                         busy_i || aborting_i};
        CSR_GEOMETRY:      read_value = {4'd0, pages_q, 1'b0, word_width_q, 3'd0, address_width_q};
        CSR_PROGRAM:       read_value = {3'd0, length_q, 4'd0, entry_q};
        CSR_WATCHDOG:      read_value = watchdog_q;
        CSR_FAULT_INJECT:  read_value = fault_inject_q;
        CSR_STORE_ADDRESS: read_value = {20'd0, store_address_q};
        CSR_STORE_COMMIT:  read_value = 32'd0;
        CSR_STORE_READ:    read_value = 32'd0;
        CSR_QUERY_BASE_LO: read_value = base_q[31:0];
        CSR_QUERY_BASE_HI: read_value = base_q[63:32];
        CSR_QUERY_TAG:     read_value = {16'd0, query_tag_q};
        CSR_QUERY_PUSH:    read_value = 32'd0;
        CSR_RESULT_STATUS: read_value = result_valid_i
                                      ? {1'b1, 11'd0, result_data_i[83:80], result_data_i[79:64]}
                                      : 32'd0;
        CSR_RESULT_LO:     read_value = result_valid_i ? result_data_i[31:0] : 32'd0;
        CSR_RESULT_HI:     read_value = result_valid_i ? result_data_i[63:32] : 32'd0;
        CSR_RESULT_POP:    read_value = 32'd0;
        default:           read_known = 1'b0;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      r_valid_q <= 1'b0;
      r_data_q  <= 32'd0;
      r_resp_q  <= RESP_OKAY;
      high_q    <= 32'd0;
    end else begin
      if (read) begin
        r_valid_q <= 1'b1;
        r_data_q  <= read_value;
        r_resp_q  <= read_known ? RESP_OKAY : RESP_SLVERR;
        if (is_counter && !s_axil_araddr_i[2]) high_q <= counter_data_i[63:32];
      end else if (s_axil_rready_i) begin
        r_valid_q <= 1'b0;
      end
    end
  end

  // ---- State

  always @* begin
    last_error_d = last_error_q;
    if (clear_counters) last_error_d = ST_OK;
    if (query_end_i && query_status_i != ST_OK) last_error_d = query_status_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q        <= 1'b0;
      host_flag_q     <= 1'b0;
      irq_enable_q    <= 1'b0;
      address_width_q <= 5'd1;
      word_width_q    <= 7'd1;
      pages_q         <= 12'd0;
      entry_q         <= 12'd0;
      length_q        <= 13'd0;
      watchdog_q      <= 32'd0;
      fault_inject_q  <= 32'd0;
      store_address_q <= 12'd0;
      base_q          <= 64'd0;
      query_tag_q     <= 16'd0;
      last_error_q    <= ST_OK;
      aw_full_q       <= 1'b0;
      w_full_q        <= 1'b0;
      b_valid_q       <= 1'b0;
      b_resp_q        <= RESP_OKAY;
      loading_q       <= 1'b0;
    end else begin
      enable_q        <= enable_d;
      host_flag_q     <= host_flag_d;
      irq_enable_q    <= irq_enable_d;
      address_width_q <= address_width_d;
      word_width_q    <= word_width_d;
      pages_q         <= pages_d;
      entry_q         <= entry_d;
      length_q        <= length_d;
      watchdog_q      <= watchdog_d;
      fault_inject_q  <= fault_inject_d;
      store_address_q <= store_address_d;
      base_q          <= base_d;
      query_tag_q     <= query_tag_d;
      last_error_q    <= last_error_d;
      aw_full_q       <= aw_full_d;
      w_full_q        <= w_full_d;
      b_valid_q       <= b_valid_d;
      b_resp_q        <= b_resp_d;
      loading_q       <= loading_d;
    end
  end

  // The wide registers are written in place.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      durations_q   <= {16{32'd1}};
      loop_counts_q <= {4{16'd1}};
      store_data_q  <= 192'd0;
    end else begin
      if (write && write_is_duration)   durations_q[32*write_class +: 32] <= write_new;
      if (write && write_is_loop)       loop_counts_q[16*write_loop +: 16] <= write_new[15:0];
      if (write && write_is_store_data) store_data_q[32*write_lane +: 32] <= write_new;
      if (loading_q && store_valid_i && !store_error_i) store_data_q <= store_data_i;
    end
  end

  assign irq_o            = irq_enable_q && result_valid_i;
  assign enable_o         = enable_q;
  assign abort_o          = abort;
  assign host_flag_o      = host_flag_q;
  assign clear_counters_o = clear_counters;
  assign address_width_o  = address_width_q;
  assign word_width_o     = word_width_q;
  assign pages_o          = pages_q;
  assign entry_o          = entry_q;
  assign length_o         = length_q;
  assign watchdog_o       = watchdog_q;
  assign fault_inject_o   = fault_inject_q;
  assign durations_o      = durations_q;
  assign loop_counts_o    = loop_counts_q;
  assign store_read_o     = store_read;
  assign store_write_o    = store_write;
  assign store_address_o  = store_address_q;
  assign store_data_o     = store_data_q;
  assign push_valid_o     = push;
  assign push_base_o      = base_q;
  assign push_tag_o       = query_tag_q;
  assign result_ready_o   = pop;

  // A write that is held, a push or a store that is not ready, moves nothing.
  assign quiet_o = !(s_axil_awvalid_i && !aw_full_q) && !(s_axil_wvalid_i && !w_full_q)
                && !write_done && !(b_valid_q && s_axil_bready_i) && !store_read
                && !read && !(r_valid_q && s_axil_rready_i) && !query_end_i;

endmodule

`default_nettype wire
