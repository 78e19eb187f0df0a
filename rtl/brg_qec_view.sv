// SPDX-License-Identifier: Apache-2.0
// Names for the waves: the events of the error-correction loop, which runs beside the RTL.
`default_nettype none

module brg_qec_view (
  input  wire         clk_i,
  input  wire         rst_ni,
  input  wire [607:0] view_i,           // 19 words of 32 bits, in the order below
  input  wire         decoder_ready_i,  // as the sequencer sees it
  output wire [31:0]  quiet_cycles_o    // 0 in a cycle of a pulse, which ends with it
);

  // Patches of the address register by address bit, those of the bus by bus bit.
  logic [23:0] live_address;      // rounds run
  logic [63:0] live_bus;
  logic [23:0] awaited_address;   // closed by an entry into the tree, not decoded
  logic [63:0] awaited_bus;
  logic [23:0] frame_x_address;   // logical X known so far in the frame of the latest life
  logic [63:0] frame_x_bus;
  logic [23:0] frame_z_address;   // logical Z
  logic [63:0] frame_z_bus;
  logic [31:0] fifo_level;        // layers between their end and their correction
  logic [31:0] held;              // layers that the queue had no room for
  logic [31:0] decoders_busy;
  logic [31:0] patch;             // that the busy decoder of the lowest number works on
  logic [2:0]  decoder_state;     // of that decoder: state_o of brg_qec_decoder, 0 when it rests
  logic [31:0] updates;           // windows whose correction came back
  logic [31:0] overflows;         // layers that found the queue full
  logic        update, overflow;  // one more in this cycle
  logic        decoder_ready;

  assign live_address    = view_i[23:0];
  assign live_bus        = view_i[95:32];
  assign awaited_address = view_i[119:96];
  assign awaited_bus     = view_i[191:128];
  assign frame_x_address = view_i[215:192];
  assign frame_x_bus     = view_i[287:224];
  assign frame_z_address = view_i[311:288];
  assign frame_z_bus     = view_i[383:320];
  assign fifo_level      = view_i[415:384];
  assign held            = view_i[447:416];
  assign decoders_busy   = view_i[479:448];
  assign patch           = view_i[511:480];
  assign decoder_state   = view_i[514:512];
  assign updates         = view_i[575:544];
  assign overflows       = view_i[607:576];
  assign decoder_ready   = decoder_ready_i;

  logic [31:0] updates_q, overflows_q;
  assign update   = updates != updates_q;
  assign overflow = overflows != overflows_q;
  assign quiet_cycles_o = (update || overflow) ? 32'd0 : 32'hffff_ffff;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      updates_q   <= 32'd0;
      overflows_q <= 32'd0;
    end else begin
      updates_q   <= updates;
      overflows_q <= overflows;
    end
  end

endmodule

`default_nettype wire
