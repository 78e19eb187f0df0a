// SPDX-License-Identifier: Apache-2.0
// Data stage of brg_cache: data RAM, ECC, merging of writes, refetch of a broken line.
`default_nettype none

module brg_cache_data #(
  parameter integer ADDR_W      = 64,
  parameter integer ID_W        = 4,
  parameter integer MAX_WAYS    = 8,
  parameter integer MAX_SETS    = 1024,
  parameter integer MSHRS       = 8  // all as those of brg_cache
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic [2:0]                  last_beat_i,
  input  logic                        passing_i,
  input  logic                        s1_valid_i,
  input  logic                        s1_write_i,
  input  logic [2:0]                  s1_op_i,
  input  logic [2:0]                  s1_beat_i,
  input  logic [(ADDR_W - 6)-1:0]     s1_line_i,
  input  logic [$clog2(MAX_SETS)-1:0] s1_set_i,
  input  logic [$clog2(MAX_WAYS)-1:0] s1_way_i,
  input  logic [4:0]                  s1_slot_i,
  input  logic [255:0]                s1_data_i,
  input  logic [31:0]                 s1_strb_i,
  input  logic [$clog2(MSHRS)-1:0]    fill_i,
  input  logic [2:0]                  fill_beat_i,
  input  logic [1:0]                  fill_resp_i,
  input  logic                        fill_op_i,
  input  logic [MAX_WAYS-1:0]         way_dirty_i,
  input  logic [$clog2(MAX_WAYS)-1:0] hit_way_i,
  input  logic                        s1_hit_i,
  input  logic                        t_write_i,
  input  logic [4:0]                  t_slot_i,
  input  logic [2:0]                  t_beat_i,
  input  logic [255:0]                t_data_i,
  input  logic [31:0]                 t_strb_i,
  input  logic                        came_i,
  input  logic [$clog2(MSHRS)-1:0]    came_mshr_i,
  input  logic [2:0]                  came_beat_i,
  input  logic                        data_armed_i,
  input  logic [15:0]                 inject_wait_i,
  input  logic                        ar_free_i,
  input  logic                        ecc_i,
  input  logic                        inject_evict_i,
  input  logic [1:0]                  inject_word_i,
  input  logic [71:0]                 inject_mask_i,
  input  logic                        m_axi_rvalid_i,
  input  logic                        m_axi_rready_i,
  input  logic [ID_W-1:0]             m_axi_rid_i,
  input  logic [255:0]                m_axi_rdata_i,
  input  logic [1:0]                  m_axi_rresp_i,
  output logic                        adv_o,
  output logic                        s2_valid_o,
  output logic                        s2_hit_o,
  output logic [1:0]                  s2_kind_o,
  output logic [1:0]                  s2_resp_o,
  output logic [4:0]                  s2_slot_o,
  output logic [2:0]                  s2_beat_o,
  output logic [(ADDR_W - 6)-1:0]     s2_line_o,
  output logic [31:0]                 s2_strb_o,
  output logic [255:0]                decoded_o,
  output logic [255:0]                read_data_o,
  output logic [3:0]                  fixed_o,
  output logic [3:0]                  broken_o,
  output logic [3:0]                  lost_o,
  output logic                        refetch_issue_o
);

  `include "brg_cache.svh"

  localparam integer WAY_W   = $clog2(MAX_WAYS);
  localparam integer SET_W   = $clog2(MAX_SETS);
  localparam integer DATA_AW = SET_W + WAY_W + 3;

  // ---- Data RAM, and the lines that came from memory until they are written to it ----
  logic [287:0]         data_mem [0:(1<<DATA_AW)-1];
  logic [287:0]         data_ram_q, data_round_q, data_write;
  logic                 data_round, data_re, data_we;
  logic [DATA_AW-1:0]   data_raddr, data_waddr;
  logic [255:0]         line_mem [0:MSHRS*8-1];
  logic [255:0]         line_ram_q;

  logic                 s1_read_data;
  logic [WAY_W-1:0]     s1_data_way;
  logic [2:0]           s1_data_beat;

  assign s1_data_way  = s1_op_i == OP_LOOKUP ? hit_way_i : s1_way_i;
  assign s1_data_beat = s1_op_i == OP_REPLAY ? t_beat_i : s1_beat_i;
  assign s1_read_data = s1_valid_i && (s1_hit_i || s1_op_i == OP_REPLAY || s1_op_i == OP_EVICT);
  assign data_raddr   = {s1_set_i, s1_data_way, s1_data_beat};
  assign data_re      = adv_o && s1_read_data;

  always_ff @(posedge clk_i) begin
    if (data_we) data_mem[data_waddr] <= data_write;
    if (data_re) begin
      data_ram_q <= data_mem[data_raddr];
      data_round <= data_we && data_waddr == data_raddr;
      if (data_we) data_round_q <= data_write;
    end
    if (came_i) line_mem[{came_mshr_i, came_beat_i}] <= m_axi_rdata_i;
    if (fill_op_i) line_ram_q <= line_mem[{fill_i, fill_beat_i}];
  end

  // ---- Stage 2: the data ----
  logic s2_dirty_q;
  logic [DATA_AW-1:0]   s2_addr_q;
  logic [255:0]         s2_data_q;
  logic                 s1_to_s2;

  assign s1_to_s2 = s1_valid_i && (s1_hit_i || s1_op_i == OP_FILL || s1_op_i == OP_REPLAY ||
                                   s1_op_i == OP_EVICT);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) s2_valid_o <= 1'b0;
    else if (adv_o) s2_valid_o <= s1_to_s2;
  end

  always_ff @(posedge clk_i) begin
    if (adv_o && s1_to_s2) begin
      s2_hit_o   <= s1_op_i == OP_LOOKUP;
      s2_addr_q  <= data_raddr;
      s2_line_o  <= s1_line_i;
      s2_beat_o  <= s1_data_beat;
      s2_dirty_q <= way_dirty_i[s1_data_way];
      s2_resp_o  <= s1_op_i == OP_REPLAY ? fill_resp_i : 2'b00;
      s2_slot_o  <= s1_op_i == OP_REPLAY ? t_slot_i : s1_slot_i;
      if (s1_op_i == OP_FILL) begin
        s2_kind_o <= D_FILL;
        s2_data_q <= line_ram_q;
        s2_strb_o <= '1;
      end else if (s1_op_i == OP_EVICT) begin
        s2_kind_o <= D_EVICT;
        s2_strb_o <= '0;
      end else if (s1_op_i == OP_REPLAY) begin
        s2_kind_o <= t_write_i ? D_WRITE : D_READ;
        s2_data_q <= t_data_i;
        s2_strb_o <= t_write_i ? t_strb_i : '0;
      end else begin
        s2_kind_o <= s1_write_i ? D_WRITE : D_READ;
        s2_data_q <= s1_data_i;
        s2_strb_o <= s1_write_i ? s1_strb_i : '0;
      end
    end
  end

  logic [287:0] code;
  logic [255:0] merged, encode_in;
  logic [31:0]  checks;
  logic [3:0] covered, poison;
  logic inject_now;
  logic         refetch_need, refetch_done_q;
  logic [255:0] refetch_data_q;
  logic         refetch_bad_q;
  logic         refetch_write;

  assign inject_now = data_armed_i && inject_wait_i == '0 && s2_valid_o && !refetch_done_q &&
                      (inject_evict_i ? s2_kind_o == D_EVICT : s2_hit_o && s2_kind_o != D_EVICT &&
                                                               s2_kind_o != D_FILL);

  logic [255:0] code_data, words;
  logic [31:0]  code_check;
  logic [3:0]   corrected, uncorrectable;

  brg_secded #(.WORDS(4)) u_ecc (
    .enc_data_i(encode_in), .enc_check_o(checks), .dec_data_i(code_data),
    .dec_check_i(code_check), .dec_data_o(words), .dec_corrected_o(corrected),
    .dec_uncorrectable_o(uncorrectable)
  );
  assign decoded_o = ecc_i ? words : code_data;
  assign fixed_o   = ecc_i ? corrected : 4'd0;
  assign broken_o  = ecc_i ? uncorrectable : 4'd0;

  // A word that stays uncorrectable is stored so that every later read sees it: with a check that
  // is wrong in two bits.
  generate
    for (genvar g = 0; g < 4; g = g + 1) begin : g_word
      assign code[g*72 +: 72] = (data_round ? data_round_q[g*72 +: 72] : data_ram_q[g*72 +: 72]) ^
                                (inject_now && inject_word_i == 2'(g) ? inject_mask_i : 72'd0);
      assign code_data[g*64 +: 64]  = code[g*72 +: 64];
      assign code_check[g*8 +: 8]   = code[g*72 + 64 +: 8];
      assign covered[g]             = &s2_strb_o[g*8 +: 8];
      assign data_write[g*72 +: 72] = {checks[g*8 +: 8] ^ (poison[g] ? 8'h03 : 8'h00),
                                       encode_in[g*64 +: 64]};
    end
  endgenerate

  assign lost_o         = refetch_done_q ? {4{refetch_bad_q}} & ~covered : broken_o & ~covered;
  assign refetch_need = s2_valid_o && (s2_kind_o == D_READ || s2_kind_o == D_WRITE) &&
                        !s2_dirty_q && !s2_resp_o[1] && (broken_o & ~covered) != '0 &&
                        !refetch_done_q;
  assign adv_o          = !refetch_need;
  assign read_data_o    = refetch_done_q ? refetch_data_q : decoded_o;
  assign poison       = refetch_write || s2_kind_o == D_FILL ? 4'd0 : lost_o;

  always @* begin
    for (int i = 0; i < 32; i = i + 1) begin
      merged[i*8 +: 8] = s2_strb_o[i] ? s2_data_q[i*8 +: 8] : read_data_o[i*8 +: 8];
    end
  end
  assign encode_in  = refetch_write ? m_axi_rdata_i : merged;
  assign data_we    = refetch_write || (adv_o && s2_valid_o && (s2_kind_o == D_FILL ||
                      (s2_kind_o == D_WRITE && !s2_resp_o[1])));

  // ---- ECC refetch: the clean line once more from memory, while the pipeline stands still ----
  logic       refetch_sent_q;
  logic [2:0] refetch_beat_q;
  logic refetch_came;

  assign refetch_came  = m_axi_rvalid_i && m_axi_rready_i && !passing_i &&
                         m_axi_rid_i == ID_W'(MSHRS) && refetch_sent_q;
  assign refetch_issue_o = refetch_need && !refetch_sent_q && ar_free_i;
  // Only sound beats are written: a refused one leaves the RAM as it is.
  assign refetch_write = refetch_came && !m_axi_rresp_i[1];
  assign data_waddr    = refetch_write ? {s2_addr_q[DATA_AW-1:3], refetch_beat_q} : s2_addr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      refetch_sent_q <= 1'b0;
      refetch_done_q <= 1'b0;
      refetch_beat_q <= '0;
    end else begin
      if (adv_o) refetch_done_q <= 1'b0;
      if (refetch_issue_o) begin
        refetch_sent_q <= 1'b1;
        refetch_beat_q <= '0;
      end
      if (refetch_came) begin
        refetch_beat_q <= refetch_beat_q + 1'b1;
        if (refetch_beat_q == last_beat_i) begin
          refetch_sent_q <= 1'b0;
          refetch_done_q <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (refetch_came && refetch_beat_q == s2_beat_o) begin
      refetch_data_q <= m_axi_rdata_i;
      refetch_bad_q  <= m_axi_rresp_i[1];
    end
  end

  logic unused;
  assign unused = &{1'b0, m_axi_rresp_i[0]};

endmodule

`default_nettype wire
