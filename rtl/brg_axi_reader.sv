// SPDX-License-Identifier: Apache-2.0
// AXI4 read master: (address, beats) commands become INCR bursts and an ordered stream of beats.
`default_nettype none

module brg_axi_reader #(
  parameter integer ADDR_W      = 64,   // bits of an address, 13..64
  parameter integer DATA_W      = 256,  // bits of a beat: 64, 128, 256 or 512
  parameter integer ID_W        = 4,    // bits of an ID; ID 0 is used, so answers come in order
  parameter integer OUTSTANDING = 4,    // bursts in flight, 1..32
  parameter integer MAX_BURST   = 16,   // beats of a burst, 1..256
  parameter integer BEATS_W     = 16    // bits of a command's beat count, 10..32
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // Level: forget the command, send no new AR, take and drop what is in flight. Hold until idle_o.
  input  logic               cancel_i,

  input  logic               cmd_valid_i,
  output logic               cmd_ready_o,
  input  logic [ADDR_W-1:0]  cmd_addr_i,     // byte address; bits below the beat size are ignored
  input  logic [BEATS_W-1:0] cmd_beats_i,

  output logic               beat_valid_o,   // exactly cmd_beats_i of them per command, in order
  input  logic               beat_ready_i,
  output logic [DATA_W-1:0]  beat_data_o,
  output logic               beat_error_o,

  output logic               m_axi_arvalid_o,
  input  logic               m_axi_arready_i,
  output logic [ID_W-1:0]    m_axi_arid_o,
  output logic [ADDR_W-1:0]  m_axi_araddr_o,
  output logic [7:0]         m_axi_arlen_o,
  output logic [2:0]         m_axi_arsize_o,
  output logic [1:0]         m_axi_arburst_o,
  input  logic               m_axi_rvalid_i,
  output logic               m_axi_rready_o,
  input  logic [ID_W-1:0]    m_axi_rid_i,
  input  logic [DATA_W-1:0]  m_axi_rdata_i,
  input  logic [1:0]         m_axi_rresp_i,
  input  logic               m_axi_rlast_i,

  output logic               idle_o,         // no command, no AR, nothing in flight
  output logic               burst_o,        // pulse: an AR was accepted
  output logic               beat_o,         // pulse: a beat that was asked for came
  output logic               error_o,        // pulse: a beat with an error, or one nobody asked for
  output logic               asked_o,        // the AR of the next beat in order was accepted
  output logic               quiet_o         // with these inputs nothing here will move
);

  localparam integer SIZE       = $clog2(DATA_W / 8);
  localparam integer PAGE_BEATS = 4096 / (DATA_W / 8);
  localparam integer LEVEL_W    = $clog2(OUTSTANDING + 1);

  generate
    if (DATA_W < 64 || DATA_W > 512 || (DATA_W & (DATA_W - 1)) != 0 || ADDR_W < 13 || ADDR_W > 64 ||
        OUTSTANDING < 1 || OUTSTANDING > 32 || MAX_BURST < 1 || MAX_BURST > 256 || BEATS_W < 10 ||
        BEATS_W > 32) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_axi_reader_parameter_out_of_range u_error ();
`else
      $error("brg_axi_reader: parameter out of range");
`endif
    end
  endgenerate

  // ---- AR: one burst at a time out of the command, through an output register ----
  logic [ADDR_W-1:SIZE]   addr_q;
  logic [BEATS_W-1:0]     left_q;      // beats of the command that have no burst yet
  logic                   arvalid_q;
  logic [ADDR_W-1:SIZE]   araddr_q;
  logic [7:0]             arlen_q;
  logic [LEVEL_W-1:0]     level_q;     // bursts issued (pending AR included) and not ended
  logic [BEATS_W-1:0]     to_boundary, burst_beats;
  logic                   issue, burst_end;

  assign to_boundary = BEATS_W'(PAGE_BEATS) - BEATS_W'(addr_q[11:SIZE]);

  always_comb begin
    burst_beats = BEATS_W'(MAX_BURST);
    if (to_boundary < burst_beats) burst_beats = to_boundary;
    if (left_q < burst_beats) burst_beats = left_q;
  end

  assign issue = left_q != '0 && (!arvalid_q || m_axi_arready_i) &&
                 level_q != LEVEL_W'(OUTSTANDING) && !cancel_i;
  assign cmd_ready_o = left_q == '0 && !cancel_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      left_q    <= '0;
      arvalid_q <= 1'b0;
    end else begin
      if (cancel_i) left_q <= '0;
      else if (issue) left_q <= left_q - burst_beats;
      else if (cmd_valid_i && cmd_ready_o) left_q <= cmd_beats_i;
      // An AR that is shown stays until it is accepted, cancelled or not.
      if (issue) arvalid_q <= 1'b1;
      else if (m_axi_arready_i) arvalid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (cmd_valid_i && cmd_ready_o) addr_q <= cmd_addr_i[ADDR_W-1:SIZE];
    else if (issue) addr_q <= addr_q + (ADDR_W - SIZE)'(burst_beats);
    if (issue) begin
      araddr_q <= addr_q;
      arlen_q  <= 8'(burst_beats - 1'b1);
    end
  end

  assign m_axi_arvalid_o = arvalid_q;
  assign m_axi_arid_o    = '0;
  assign m_axi_araddr_o  = {araddr_q, SIZE'(0)};
  assign m_axi_arlen_o   = arlen_q;
  assign m_axi_arsize_o  = 3'(SIZE);
  assign m_axi_arburst_o = 2'b01;

  // ---- R: the lengths of the bursts in flight, oldest first, as a shift register ----
  logic [OUTSTANDING*8-1:0] lens_q, lens_shifted;
  logic [7:0]               beat_q;      // beats of the oldest burst that have come
  logic [7:0]               pad_q;       // beats still to be made up for a burst that ended early
  logic                     padding, expected, take, at_last;
  logic [LEVEL_W-1:0]       level_kept;

  // A burst ends at the last beat that was asked for or at RLAST, whichever is first: no answer,
  // however wrong, is waited for twice. What a short burst did not bring is made up as error beats;
  // beats beyond the end of all bursts are taken and dropped.
  assign padding        = pad_q != '0;
  assign expected       = level_q != '0;
  assign at_last        = beat_q == lens_q[7:0];
  assign m_axi_rready_o = !padding && (beat_ready_i || !expected || cancel_i);
  assign take           = m_axi_rvalid_i && m_axi_rready_o && expected;
  assign burst_end      = take && (m_axi_rlast_i || at_last);
  assign beat_valid_o   = !cancel_i && (padding || (m_axi_rvalid_i && expected));
  assign beat_data_o    = m_axi_rdata_i;
  assign beat_error_o   = padding || m_axi_rresp_i[1] || m_axi_rid_i != '0 ||
                          m_axi_rlast_i != at_last;

  assign lens_shifted = burst_end ? lens_q >> 8 : lens_q;
  assign level_kept   = level_q - LEVEL_W'(burst_end);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      level_q <= '0;
      beat_q  <= '0;
      pad_q   <= '0;
    end else begin
      level_q <= level_kept + LEVEL_W'(issue);
      if (burst_end) beat_q <= '0;
      else if (take) beat_q <= beat_q + 1'b1;
      if (cancel_i) pad_q <= '0;
      else if (burst_end) pad_q <= lens_q[7:0] - beat_q;
      else if (padding && beat_ready_i) pad_q <= pad_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    lens_q <= lens_shifted;
    for (int i = 0; i < OUTSTANDING; i = i + 1) begin
      if (issue && level_kept == LEVEL_W'(i)) lens_q[i*8 +: 8] <= 8'(burst_beats - 1'b1);
    end
  end

  assign idle_o  = left_q == '0 && !arvalid_q && !expected && !padding;
  assign burst_o = arvalid_q && m_axi_arready_i;
  assign beat_o  = take;
  assign error_o = m_axi_rvalid_i && m_axi_rready_o && (!expected || beat_error_o);
  assign asked_o = level_q > LEVEL_W'(arvalid_q);
  assign quiet_o = !issue && !(cmd_valid_i && cmd_ready_o) && !burst_o && !padding &&
                   !(m_axi_rvalid_i && m_axi_rready_o) && !(cancel_i && left_q != '0);

`ifndef FORMAL
  // Low address bits and the EXOKAY bit carry nothing here.
  logic unused;
  assign unused = &{1'b0, cmd_addr_i[SIZE-1:0], m_axi_rresp_i[0]};
`else
  `include "brg_axi_reader_props.svh"
`endif

endmodule

`default_nettype wire
