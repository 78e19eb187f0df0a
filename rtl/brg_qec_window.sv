// SPDX-License-Identifier: Apache-2.0
// Sliding window over a stream of syndrome rounds of any length: decode, commit, carry the rest on.
`default_nettype none

module brg_qec_window #(
  parameter integer DISTANCE = 5,             // code distance, odd, 3..15
  parameter integer LAYERS   = 2 * DISTANCE,  // rounds in a window, 2..64
  parameter integer COMMIT   = DISTANCE,      // rounds that an open window commits, 1..LAYERS-1
  parameter integer BASIS    = 0,             // 0: Z checks, 1: X checks
  parameter integer HOPS     = 2              // as brg_qec_decoder
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                clear_i,      // forget the stream in work

  // Raw outcomes of the checks of a round; a stream starts from outcomes 0.
  input  logic                                in_valid_i,
  output logic                                in_ready_o,
  input  logic [(DISTANCE*DISTANCE-1)/2-1:0]  in_syndrome_i,
  input  logic                                in_last_i,    // from the data measurement, no more follow

  // An update of the Pauli frame for each window.
  output logic                                update_valid_o,
  input  logic                                update_ready_i,
  output logic [DISTANCE*DISTANCE-1:0]        update_flips_o,       // data qubits to flip
  output logic [1:0]                          update_observable_o,  // {last, first} row's parity
  output logic                                update_last_o,        // the stream is decoded
  output logic [31:0]                         update_rounds_o,      // rounds committed, this included
  output logic [15:0]                         update_cycles_o,      // of this decode

  // The frame since the stream began, all updates shown so far included.
  output logic [DISTANCE*DISTANCE-1:0]        frame_flips_o,
  output logic [1:0]                          frame_observable_o,

  output logic [2:0]                          decoder_state_o,
  output logic [15:0]                         tokens_o,
  output logic [15:0]                         growths_o,
  output logic [$clog2(LAYERS+1)-1:0]         held_rounds_o,        // rounds in the window
  output logic [31:0]                         quiet_cycles_o
);

  localparam integer CHECKS  = (DISTANCE * DISTANCE - 1) / 2;
  localparam integer COUNT_W = $clog2(LAYERS + 1);

  generate
    if (COMMIT < 1 || COMMIT >= LAYERS) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_qec_window_parameter_out_of_range u_error ();
`else
      $error("brg_qec_window: COMMIT must be 1..LAYERS-1");
`endif
    end
  endgenerate

  localparam logic [1:0] FILL = 2'd0, START = 2'd1, DECODE = 2'd2, SHOW = 2'd3;

  logic [1:0]                    state_q;
  logic [LAYERS*CHECKS-1:0]      events_q;
  logic [CHECKS-1:0]             before_q;     // raw outcomes of the round before
  logic [COUNT_W-1:0]            count_q, commit;
  logic                          last_q;
  logic [31:0]                   rounds_q;
  logic [DISTANCE*DISTANCE-1:0]  frame_q;
  logic [1:0]                    frame_observable_q;

  logic                          start_valid, start_ready, done_valid, done_ready;
  logic [DISTANCE*DISTANCE-1:0]  flips;
  logic [1:0]                    observable;
  logic [LAYERS*CHECKS-1:0]      residual;
  logic [15:0]                   cycles;
  logic [31:0]                   decoder_quiet;
  logic                          take, shown;

  assign in_ready_o  = state_q == FILL;
  assign take        = in_valid_i && in_ready_o;
  assign start_valid = state_q == START;
  assign shown       = state_q == SHOW && update_ready_i;
  assign done_ready  = shown;
  assign commit      = last_q ? count_q : COUNT_W'(COMMIT);

  brg_qec_decoder #(
    .DISTANCE(DISTANCE), .LAYERS(LAYERS), .BASIS(BASIS), .HOPS(HOPS)
  ) u_decoder (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(clear_i),
    .start_valid_i(start_valid), .start_ready_o(start_ready), .events_i(events_q),
    .layers_i(count_q), .commit_i(commit), .open_i(!last_q),
    .done_valid_o(done_valid), .done_ready_i(done_ready), .flips_o(flips),
    .observable_o(observable), .residual_o(residual), .cycles_o(cycles),
    .state_o(decoder_state_o), .tokens_o(tokens_o), .growths_o(growths_o),
    .quiet_cycles_o(decoder_quiet)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q            <= FILL;
      events_q           <= '0;
      before_q           <= '0;
      count_q            <= '0;
      last_q             <= 1'b0;
      rounds_q           <= '0;
      frame_q            <= '0;
      frame_observable_q <= '0;
    end else if (clear_i) begin
      state_q            <= FILL;
      events_q           <= '0;
      before_q           <= '0;
      count_q            <= '0;
      last_q             <= 1'b0;
      rounds_q           <= '0;
      frame_q            <= '0;
      frame_observable_q <= '0;
    end else begin
      case (state_q)
        FILL: if (take) begin
          for (int t = 0; t < LAYERS; t = t + 1) begin
            if (COUNT_W'(t) == count_q) events_q[t*CHECKS +: CHECKS] <= in_syndrome_i ^ before_q;
          end
          before_q <= in_syndrome_i;
          count_q  <= count_q + 1'b1;
          last_q   <= in_last_i;
          if (rounds_q == '0 && count_q == '0) begin
            frame_q            <= '0;
            frame_observable_q <= '0;
          end
          if (in_last_i || count_q == COUNT_W'(LAYERS - 1)) state_q <= START;
        end
        START: if (start_ready) state_q <= DECODE;
        DECODE: if (done_valid) begin
          state_q            <= SHOW;
          frame_q            <= frame_q ^ flips;
          frame_observable_q <= frame_observable_q ^ observable;
          rounds_q           <= rounds_q + 32'(commit);
        end
        default: if (update_ready_i) begin
          state_q <= FILL;
          // The events of the committed rounds are gone; those that their edges left in the first
          // round kept are in the residual.
          events_q <= last_q ? '0 : residual >> (COMMIT * CHECKS);
          count_q  <= last_q ? '0 : count_q - COUNT_W'(COMMIT);
          if (last_q) begin
            before_q <= '0;
            rounds_q <= '0;
            last_q   <= 1'b0;
          end
        end
      endcase
    end
  end

  assign update_valid_o      = state_q == SHOW;
  assign update_flips_o      = flips;
  assign update_observable_o = observable;
  assign update_last_o       = last_q;
  assign update_rounds_o     = rounds_q;
  assign update_cycles_o     = cycles;
  assign frame_flips_o       = frame_q;
  assign frame_observable_o  = frame_observable_q;
  assign held_rounds_o       = count_q;
  assign quiet_cycles_o      = clear_i ? 32'd0 :
                               state_q == FILL ? (in_valid_i ? 32'd0 : 32'hffffffff) :
                               state_q == SHOW ? (update_ready_i ? 32'd0 : 32'hffffffff) :
                               state_q == DECODE && !done_valid ? decoder_quiet : 32'd0;

endmodule

`default_nettype wire
