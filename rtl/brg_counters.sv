// SPDX-License-Identifier: Apache-2.0
// Performance counters of the controller, 64 bits each, with one read port.
`default_nettype none

module brg_counters (
  input  wire          clk_i,
  input  wire          rst_ni,
  input  wire          clear_i,
  // Events
  input  wire          slice_valid_i,
  input  wire  [223:0] slice_waits_i,
  input  wire  [31:0]  slice_duration_i,
  input  wire  [191:0] slice_word_i,
  input  wire  [4:0]   address_width_i,
  input  wire          query_end_i,
  input  wire          burst_i,
  input  wire          beat_i,
  input  wire          error_i,
  // Read: index is the byte address of the counter in the CSR map, bits [7:3]
  input  wire  [4:0]   index_i,
  output logic [63:0]  data_o,
  output logic         known_o
);

  `include "brg_types.svh"

  logic [63:0] cycles_q, slices_q, queries_q;
  logic [63:0] memory_q, latch_q, pulse_q, readout_q, decoder_q, host_q, control_q;
  logic [63:0] cswap_q, latch_swap_q, register_swap_q, fetch_q;
  logic [63:0] bursts_q, beats_q, errors_q;

  brg_word_t word;
  assign word = slice_word_i;

  logic [63:0] wait_sum;
  assign wait_sum = {32'd0, slice_waits_i[32*CAUSE_MEMORY +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_LATCH +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_PULSE +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_READOUT +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_DECODER +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_HOST +: 32]}
                  + {32'd0, slice_waits_i[32*CAUSE_CONTROL +: 32]};

  logic [2:0] register_swaps;
  assign register_swaps = {2'd0, word.a_in_valid} + {2'd0, word.a_out_valid}
                        + {2'd0, word.d_in_valid} + {2'd0, word.d_out_valid};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_q        <= 64'd0;
      slices_q        <= 64'd0;
      memory_q        <= 64'd0;
      latch_q         <= 64'd0;
      pulse_q         <= 64'd0;
      readout_q       <= 64'd0;
      decoder_q       <= 64'd0;
      host_q          <= 64'd0;
      control_q       <= 64'd0;
      cswap_q         <= 64'd0;
      latch_swap_q    <= 64'd0;
      register_swap_q <= 64'd0;
      fetch_q         <= 64'd0;
    end else if (clear_i) begin
      cycles_q        <= 64'd0;
      slices_q        <= 64'd0;
      memory_q        <= 64'd0;
      latch_q         <= 64'd0;
      pulse_q         <= 64'd0;
      readout_q       <= 64'd0;
      decoder_q       <= 64'd0;
      host_q          <= 64'd0;
      control_q       <= 64'd0;
      cswap_q         <= 64'd0;
      latch_swap_q    <= 64'd0;
      register_swap_q <= 64'd0;
      fetch_q         <= 64'd0;
    end else if (slice_valid_i) begin
      cycles_q        <= cycles_q + wait_sum + {32'd0, slice_duration_i};
      slices_q        <= slices_q + 64'd1;
      memory_q        <= memory_q + {32'd0, slice_waits_i[32*CAUSE_MEMORY +: 32]};
      latch_q         <= latch_q + {32'd0, slice_waits_i[32*CAUSE_LATCH +: 32]};
      pulse_q         <= pulse_q + {32'd0, slice_waits_i[32*CAUSE_PULSE +: 32]};
      readout_q       <= readout_q + {32'd0, slice_waits_i[32*CAUSE_READOUT +: 32]};
      decoder_q       <= decoder_q + {32'd0, slice_waits_i[32*CAUSE_DECODER +: 32]};
      host_q          <= host_q + {32'd0, slice_waits_i[32*CAUSE_HOST +: 32]};
      control_q       <= control_q + {32'd0, slice_waits_i[32*CAUSE_CONTROL +: 32]};
      // Layer l has 2^l nodes, so the mask read as a number is the sum of nodes that fire.
      cswap_q         <= cswap_q + {40'd0, word.route};
      latch_swap_q    <= latch_swap_q + {40'd0, word.latch};
      register_swap_q <= register_swap_q + {61'd0, register_swaps};
      if (word.fetch_valid) fetch_q <= fetch_q + (64'd1 << address_width_i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      queries_q <= 64'd0;
      bursts_q  <= 64'd0;
      beats_q   <= 64'd0;
      errors_q  <= 64'd0;
    end else if (clear_i) begin
      queries_q <= 64'd0;
      bursts_q  <= 64'd0;
      beats_q   <= 64'd0;
      errors_q  <= 64'd0;
    end else begin
      if (query_end_i) queries_q <= queries_q + 64'd1;
      if (burst_i)     bursts_q  <= bursts_q + 64'd1;
      if (beat_i)      beats_q   <= beats_q + 64'd1;
      if (error_i)     errors_q  <= errors_q + 64'd1;
    end
  end

  // always @* throughout: Icarus 11 can run always_comb blocks that feed each other for ever.
  always @* begin
    known_o = 1'b1;
    case (index_i)
      5'd0:    data_o = cycles_q;
      5'd1:    data_o = slices_q;
      5'd2:    data_o = queries_q;
      5'd8:    data_o = memory_q;
      5'd9:    data_o = latch_q;
      5'd10:   data_o = pulse_q;
      5'd11:   data_o = readout_q;
      5'd12:   data_o = decoder_q;
      5'd13:   data_o = host_q;
      5'd14:   data_o = control_q;
      5'd15:   data_o = 64'd0;  // room for an eighth cause
      5'd16:   data_o = cswap_q;
      5'd17:   data_o = latch_swap_q;
      5'd18:   data_o = register_swap_q;
      5'd19:   data_o = fetch_q;
      5'd20:   data_o = bursts_q;
      5'd21:   data_o = beats_q;
      5'd22:   data_o = errors_q;
      default: begin
        data_o  = 64'd0;
        known_o = 1'b0;
      end
    endcase
  end

endmodule

`default_nettype wire
