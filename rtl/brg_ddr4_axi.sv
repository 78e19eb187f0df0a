// SPDX-License-Identifier: Apache-2.0
// AXI4 slave of the DDR4 controller: bursts of 32-byte beats to requests of 64 bytes and back.
`default_nettype none

module brg_ddr4_axi #(
  parameter integer ID_W   = 4,   // bits of an ID, >= 1
  parameter integer LINES  = 32,  // 64-byte lines of read data kept, a power of two 2..64
  parameter integer BURSTS = 8    // bursts in flight in each direction, a power of two 2..64
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            two_ranks_i,    // 16 GiB, else 8 GiB

  input  logic            s_axi_awvalid_i,
  output logic            s_axi_awready_o,
  input  logic [ID_W-1:0] s_axi_awid_i,
  input  logic [63:0]     s_axi_awaddr_i,
  input  logic [7:0]      s_axi_awlen_i,
  input  logic [2:0]      s_axi_awsize_i,
  input  logic [1:0]      s_axi_awburst_i,
  input  logic            s_axi_wvalid_i,
  output logic            s_axi_wready_o,
  input  logic [255:0]    s_axi_wdata_i,
  input  logic [31:0]     s_axi_wstrb_i,
  input  logic            s_axi_wlast_i,
  output logic            s_axi_bvalid_o,
  input  logic            s_axi_bready_i,
  output logic [ID_W-1:0] s_axi_bid_o,
  output logic [1:0]      s_axi_bresp_o,
  input  logic            s_axi_arvalid_i,
  output logic            s_axi_arready_o,
  input  logic [ID_W-1:0] s_axi_arid_i,
  input  logic [63:0]     s_axi_araddr_i,
  input  logic [7:0]      s_axi_arlen_i,
  input  logic [2:0]      s_axi_arsize_i,
  input  logic [1:0]      s_axi_arburst_i,
  output logic            s_axi_rvalid_o,
  input  logic            s_axi_rready_i,
  output logic [ID_W-1:0] s_axi_rid_o,
  output logic [255:0]    s_axi_rdata_o,
  output logic [1:0]      s_axi_rresp_o,
  output logic            s_axi_rlast_o,

  // To brg_ddr4_controller, with TAG_W = 8.
  output logic            req_valid_o,
  input  logic            req_ready_i,
  output logic            req_write_o,
  output logic [39:0]     req_addr_o,
  output logic [7:0]      req_tag_o,
  output logic [511:0]    req_wdata_o,
  output logic [63:0]     req_wmask_o,
  input  logic            resp_valid_i,
  input  logic            resp_write_i,
  input  logic [7:0]      resp_tag_i,
  input  logic [511:0]    resp_rdata_i,

  output logic [31:0]     quiet_cycles_o
);

  generate
    if (LINES < 2 || LINES > 64 || (LINES & (LINES - 1)) != 0 || ID_W < 1
        || BURSTS < 2 || BURSTS > 64 || (BURSTS & (BURSTS - 1)) != 0) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_ddr4_axi_parameter_out_of_range u_error ();
`else
      $error("brg_ddr4_axi: LINES and BURSTS must be powers of two 2..64, ID_W >= 1");
`endif
    end
  endgenerate

  localparam integer LINE_W  = $clog2(LINES);
  localparam integer BURST_W = $clog2(BURSTS);
  localparam logic [1:0] SLVERR = 2'b10;
  localparam logic [1:0] DECERR = 2'b11;

  // DECERR outside the memory; SLVERR for bursts that are not INCR of whole beats.
  function automatic logic [1:0] refuse(input logic [63:0] addr, input logic [7:0] len,
                                        input logic [2:0] size, input logic [1:0] burst,
                                        input logic two);
    refuse = addr[63:34] != '0 || (addr[33] && !two) ? DECERR
           : len != 8'd0 && (size != 3'd5 || burst != 2'b01) ? SLVERR
           : size > 3'd5 ? SLVERR : 2'b00;
  endfunction

  // ---- reads: a burst asks for its lines in turn, each into the next slot
  logic              ar_take, ar_open_q;
  logic [1:0]        ar_error;
  logic [27:0]       ar_line_q;
  logic [7:0]        ar_left_q;       // lines still to ask for, minus one
  logic [7:0]        ar_lines;
  logic [8:0]        ar_span;
  logic [LINE_W:0]   alloc_q, drain_q;
  logic [LINES-1:0]  done_q;
  logic [511:0]      lines [0:LINES-1];
  logic [511:0]      line_q;
  logic              line_valid_q;
  logic              read_wanted, read_sent;

  logic              r_open, r_taken, r_last, line_end, load, r_pop, ar_room;
  logic [ID_W+10:0]  r_burst;
  logic [7:0]        r_len, beat_q;
  logic              r_half;
  logic [BURST_W:0]  r_level;

  // A burst that starts in the upper half of a line covers one line more when even in beats.
  assign ar_span   = {1'b0, s_axi_arlen_i} + {8'd0, s_axi_araddr_i[5]};
  assign ar_lines  = ar_span[8:1];
  assign ar_error  = refuse(s_axi_araddr_i, s_axi_arlen_i, s_axi_arsize_i, s_axi_arburst_i,
                            two_ranks_i);
  assign s_axi_arready_o = !ar_open_q && ar_room;
  assign ar_take   = s_axi_arvalid_i && s_axi_arready_o;

  brg_fifo #(.WIDTH(ID_W + 11), .DEPTH(BURSTS)) u_bursts (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .in_valid_i(ar_take), .in_ready_o(ar_room),
    .in_data_i({s_axi_arid_i, ar_error, s_axi_arlen_i, s_axi_araddr_i[5]}),
    .out_valid_o(r_open), .out_ready_i(r_pop), .out_data_o(r_burst), .level_o(r_level)
  );

  assign read_wanted = ar_open_q && (alloc_q - drain_q) != (LINE_W + 1)'(LINES);

  assign s_axi_rid_o    = r_burst[ID_W+10 -: ID_W];
  assign s_axi_rresp_o  = r_burst[10:9];
  assign r_len          = r_burst[8:1];
  assign r_half         = r_burst[0] ^ beat_q[0];
  assign r_last         = beat_q == r_len;
  assign s_axi_rlast_o  = r_last;
  assign s_axi_rdata_o  = r_half ? line_q[511:256] : line_q[255:0];
  assign s_axi_rvalid_o = r_open && (s_axi_rresp_o != 2'b00 || line_valid_q);
  assign r_taken        = s_axi_rvalid_o && s_axi_rready_i;
  assign r_pop          = r_taken && r_last;
  assign line_end       = r_taken && s_axi_rresp_o == 2'b00 && (r_half || r_last);
  assign load           = done_q[drain_q[LINE_W-1:0]] && (!line_valid_q || line_end);

  always_ff @(posedge clk_i) begin
    if (resp_valid_i && !resp_write_i) lines[resp_tag_i[LINE_W-1:0]] <= resp_rdata_i;
    if (load) line_q <= lines[drain_q[LINE_W-1:0]];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      ar_open_q    <= 1'b0;
      ar_line_q    <= '0;
      ar_left_q    <= '0;
      alloc_q      <= '0;
      drain_q      <= '0;
      done_q       <= '0;
      line_valid_q <= 1'b0;
      beat_q       <= '0;
    end else begin
      if (ar_take && ar_error == 2'b00) begin
        ar_open_q <= 1'b1;
        ar_line_q <= s_axi_araddr_i[33:6];
        ar_left_q <= ar_lines;
      end else if (read_sent) begin
        ar_open_q <= ar_left_q != 8'd0;
        ar_line_q <= ar_line_q + 1'b1;
        ar_left_q <= ar_left_q - 1'b1;
      end
      if (read_sent) alloc_q <= alloc_q + 1'b1;
      if (resp_valid_i && !resp_write_i) done_q[resp_tag_i[LINE_W-1:0]] <= 1'b1;
      if (load) begin
        done_q[drain_q[LINE_W-1:0]] <= 1'b0;
        drain_q      <= drain_q + 1'b1;
        line_valid_q <= 1'b1;
      end else if (line_end) line_valid_q <= 1'b0;
      if (r_taken) beat_q <= r_last ? 8'd0 : beat_q + 1'b1;
    end
  end

  // ---- writes: beats are gathered to lines; a burst is answered when its lines are written
  logic               aw_take, aw_open_q, w_take, w_half_q, w_last, w_line_q, w_line_end;
  logic [1:0]         aw_error, w_error_q;
  logic [27:0]        aw_line_q, w_line_at_q;
  logic [7:0]         aw_left_q;
  logic [511:0]       w_data_q;
  logic [63:0]        w_mask_q;
  logic [BURST_W-1:0] w_line_burst_q;
  logic [BURST_W:0]   open_q, close_q;   // bursts taken and answered
  logic [BURST_W-1:0] head;
  logic [BURSTS*8-1:0]    pending_q;     // lines of a burst that are not written yet
  logic [BURSTS-1:0]      sent_q;        // all beats of the burst came
  logic [BURSTS*ID_W-1:0] id_q;
  logic [BURSTS*2-1:0]    error_q;
  logic               write_wanted, write_sent, w_room, b_taken;
  logic               w_first_q;     // the first beat of a burst may be the upper half
  logic [BURST_W-1:0] current;

  assign aw_error = refuse(s_axi_awaddr_i, s_axi_awlen_i, s_axi_awsize_i, s_axi_awburst_i,
                           two_ranks_i);
  assign s_axi_awready_o = !aw_open_q && (open_q - close_q) != (BURST_W + 1)'(BURSTS);
  assign aw_take  = s_axi_awvalid_i && s_axi_awready_o;
  assign current  = open_q[BURST_W-1:0] - 1'b1;
  assign head     = close_q[BURST_W-1:0];

  assign w_room         = !w_line_q || write_sent;
  assign s_axi_wready_o = aw_open_q && w_room;
  assign w_take         = s_axi_wvalid_i && s_axi_wready_o;
  assign w_last         = aw_left_q == 8'd0;
  assign w_line_end     = w_take && (w_half_q || w_last);
  assign write_wanted   = w_line_q;

  assign s_axi_bvalid_o = open_q != close_q && sent_q[head] && pending_q[head*8 +: 8] == 8'd0;
  assign s_axi_bid_o    = id_q[head*ID_W +: ID_W];
  assign s_axi_bresp_o  = error_q[head*2 +: 2];
  assign b_taken        = s_axi_bvalid_o && s_axi_bready_i;

  always_ff @(posedge clk_i) begin
    if (w_take) begin
      if (w_half_q) w_data_q[511:256] <= s_axi_wdata_i;
      else          w_data_q[255:0]   <= s_axi_wdata_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_open_q      <= 1'b0;
      aw_line_q      <= '0;
      aw_left_q      <= '0;
      w_half_q       <= 1'b0;
      w_first_q      <= 1'b0;
      w_error_q      <= '0;
      w_line_q       <= 1'b0;
      w_line_at_q    <= '0;
      w_line_burst_q <= '0;
      w_mask_q       <= '0;
      open_q         <= '0;
      close_q        <= '0;
      pending_q      <= '0;
      sent_q         <= '0;
      id_q           <= '0;
      error_q        <= '0;
    end else begin
      if (aw_take) begin
        aw_open_q <= 1'b1;
        aw_line_q <= s_axi_awaddr_i[33:6];
        aw_left_q <= s_axi_awlen_i;
        w_half_q  <= s_axi_awaddr_i[5];
        w_first_q <= 1'b1;
        w_error_q <= aw_error;
        open_q    <= open_q + 1'b1;
        sent_q[open_q[BURST_W-1:0]]              <= 1'b0;
        id_q[open_q[BURST_W-1:0]*ID_W +: ID_W]   <= s_axi_awid_i;
        error_q[open_q[BURST_W-1:0]*2 +: 2]      <= aw_error;
      end
      if (write_sent) w_line_q <= 1'b0;
      if (w_take) begin
        // The half that no beat of this line brings keeps no strobe.
        if (w_half_q) begin
          w_mask_q <= {s_axi_wstrb_i, w_first_q ? 32'd0 : w_mask_q[31:0]};
        end else w_mask_q <= {32'd0, s_axi_wstrb_i};
        w_half_q  <= !w_half_q;
        w_first_q <= 1'b0;
        aw_left_q <= aw_left_q - 1'b1;
        if (w_half_q) aw_line_q <= aw_line_q + 1'b1;
        if (w_last) begin
          aw_open_q       <= 1'b0;
          sent_q[current] <= 1'b1;
        end
        if (w_last != s_axi_wlast_i && w_error_q == 2'b00) error_q[current*2 +: 2] <= SLVERR;
        if (w_line_end && w_error_q == 2'b00) begin
          w_line_q       <= 1'b1;
          w_line_at_q    <= aw_line_q;
          w_line_burst_q <= current;
        end
      end
      // A line counts from when it is gathered until it is written.
      for (int i = 0; i < BURSTS; i++) begin
        pending_q[i*8 +: 8] <= pending_q[i*8 +: 8]
            + {7'd0, w_line_end && w_error_q == 2'b00 && current == BURST_W'(i)}
            - {7'd0, resp_valid_i && resp_write_i && resp_tag_i[BURST_W-1:0] == BURST_W'(i)};
      end
      if (b_taken) close_q <= close_q + 1'b1;
    end
  end


  // ---- reads and writes take turns; a request that is shown stays
  logic turn_q, held_q, held_write_q, pick_write;

  assign pick_write  = held_q ? held_write_q
                     : write_wanted && (!read_wanted || turn_q);
  assign req_valid_o = read_wanted || write_wanted;
  assign req_write_o = pick_write;
  assign req_addr_o  = {6'd0, pick_write ? w_line_at_q : ar_line_q, 6'd0};
  assign req_tag_o   = pick_write ? 8'(w_line_burst_q) : 8'(alloc_q[LINE_W-1:0]);
  assign req_wdata_o = w_data_q;
  assign req_wmask_o = w_mask_q;
  assign write_sent  = req_valid_o && req_ready_i && pick_write;
  assign read_sent   = req_valid_o && req_ready_i && !pick_write;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      turn_q       <= 1'b0;
      held_q       <= 1'b0;
      held_write_q <= 1'b0;
    end else begin
      held_q       <= req_valid_o && !req_ready_i;
      held_write_q <= pick_write;
      if (req_valid_o && req_ready_i) turn_q <= !pick_write;
    end
  end

  assign quiet_cycles_o = ar_take || aw_take || w_take || r_taken || b_taken || load
      || resp_valid_i || (req_valid_o && (req_ready_i || !held_q)) ? '0 : 32'hffff_ffff;

endmodule

`default_nettype wire
