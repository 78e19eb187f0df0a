// SPDX-License-Identifier: Apache-2.0
// AXI4 multiplexer: N masters to one slave, round robin, IDs widened by the master's number.
`default_nettype none

module brg_axi_mux #(
  parameter integer N      = 2,    // masters, 2..4
  parameter integer ADDR_W = 64,   // bits of an address
  parameter integer DATA_W = 256,  // bits of a beat, a multiple of 8
  parameter integer ID_W   = 4,    // bits of a master's ID; the slave sees ID_W + $clog2(N)
  parameter integer WRITES = 8     // writes whose data are not all taken yet, 1..32
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // Master i at bit i, or at [i*width +: width].
  input  logic [N-1:0]               s_axi_awvalid_i,
  output logic [N-1:0]               s_axi_awready_o,
  input  logic [N*ID_W-1:0]          s_axi_awid_i,
  input  logic [N*ADDR_W-1:0]        s_axi_awaddr_i,
  input  logic [N*8-1:0]             s_axi_awlen_i,
  input  logic [N*3-1:0]             s_axi_awsize_i,
  input  logic [N*2-1:0]             s_axi_awburst_i,
  input  logic [N-1:0]               s_axi_wvalid_i,
  output logic [N-1:0]               s_axi_wready_o,
  input  logic [N*DATA_W-1:0]        s_axi_wdata_i,
  input  logic [N*(DATA_W/8)-1:0]    s_axi_wstrb_i,
  input  logic [N-1:0]               s_axi_wlast_i,
  output logic [N-1:0]               s_axi_bvalid_o,
  input  logic [N-1:0]               s_axi_bready_i,
  output logic [N*ID_W-1:0]          s_axi_bid_o,
  output logic [N*2-1:0]             s_axi_bresp_o,
  input  logic [N-1:0]               s_axi_arvalid_i,
  output logic [N-1:0]               s_axi_arready_o,
  input  logic [N*ID_W-1:0]          s_axi_arid_i,
  input  logic [N*ADDR_W-1:0]        s_axi_araddr_i,
  input  logic [N*8-1:0]             s_axi_arlen_i,
  input  logic [N*3-1:0]             s_axi_arsize_i,
  input  logic [N*2-1:0]             s_axi_arburst_i,
  output logic [N-1:0]               s_axi_rvalid_o,
  input  logic [N-1:0]               s_axi_rready_i,
  output logic [N*ID_W-1:0]          s_axi_rid_o,
  output logic [N*DATA_W-1:0]        s_axi_rdata_o,
  output logic [N*2-1:0]             s_axi_rresp_o,
  output logic [N-1:0]               s_axi_rlast_o,

  output logic                       m_axi_awvalid_o,
  input  logic                       m_axi_awready_i,
  output logic [ID_W+$clog2(N)-1:0]  m_axi_awid_o,     // the master's number on top
  output logic [ADDR_W-1:0]          m_axi_awaddr_o,
  output logic [7:0]                 m_axi_awlen_o,
  output logic [2:0]                 m_axi_awsize_o,
  output logic [1:0]                 m_axi_awburst_o,
  output logic                       m_axi_wvalid_o,
  input  logic                       m_axi_wready_i,
  output logic [DATA_W-1:0]          m_axi_wdata_o,
  output logic [DATA_W/8-1:0]        m_axi_wstrb_o,
  output logic                       m_axi_wlast_o,
  input  logic                       m_axi_bvalid_i,
  output logic                       m_axi_bready_o,
  input  logic [ID_W+$clog2(N)-1:0]  m_axi_bid_i,
  input  logic [1:0]                 m_axi_bresp_i,
  output logic                       m_axi_arvalid_o,
  input  logic                       m_axi_arready_i,
  output logic [ID_W+$clog2(N)-1:0]  m_axi_arid_o,
  output logic [ADDR_W-1:0]          m_axi_araddr_o,
  output logic [7:0]                 m_axi_arlen_o,
  output logic [2:0]                 m_axi_arsize_o,
  output logic [1:0]                 m_axi_arburst_o,
  input  logic                       m_axi_rvalid_i,
  output logic                       m_axi_rready_o,
  input  logic [ID_W+$clog2(N)-1:0]  m_axi_rid_i,
  input  logic [DATA_W-1:0]          m_axi_rdata_i,
  input  logic [1:0]                 m_axi_rresp_i,
  input  logic                       m_axi_rlast_i,

  output logic                       stray_o,          // pulse: an answer for a master that is not
  output logic [31:0]                quiet_cycles_o    // all ones: nothing moves; otherwise 0
);

  localparam integer IDX_W   = $clog2(N);
  localparam integer STRB_W  = DATA_W / 8;
  localparam integer A_BITS  = ID_W + ADDR_W + 13;
  localparam integer M_ID_W  = ID_W + IDX_W;
  localparam integer LEVEL_W = $clog2(WRITES + 1);

  generate
    if (N < 2 || N > 4 || DATA_W < 8 || DATA_W % 8 != 0 || ADDR_W < 1 || ID_W < 1 || WRITES < 1 ||
        WRITES > 32) begin : g_bad_parameter
`ifdef __ICARUS__
      brg_axi_mux_parameter_out_of_range u_error ();
`else
      $error("brg_axi_mux: parameter out of range");
`endif
    end
  endgenerate

  // Each channel passes one register: it takes a payload when it is empty or is being emptied.
  logic                aw_valid_q, w_valid_q, b_valid_q, ar_valid_q, r_valid_q;
  logic [IDX_W-1:0]    aw_who_q, ar_who_q;
  logic [A_BITS-1:0]   aw_q, ar_q;
  logic [DATA_W-1:0]   w_data_q, r_data_q;
  logic [STRB_W-1:0]   w_strb_q;
  logic                w_last_q, r_last_q;
  logic [M_ID_W-1:0]   b_id_q, r_id_q;
  logic [1:0]          b_resp_q, r_resp_q;

  // ---- AW and AR: round robin ----
  logic [N*A_BITS-1:0] aw_in, ar_in;
  logic                aw_any, aw_free, aw_take, ar_any, ar_free, ar_take;
  logic [A_BITS-1:0]   aw_pick, ar_pick;
  logic [IDX_W-1:0]    aw_who, ar_who;

  always_comb begin
    for (int i = 0; i < N; i = i + 1) begin
      aw_in[i*A_BITS +: A_BITS] = {s_axi_awid_i[i*ID_W +: ID_W], s_axi_awaddr_i[i*ADDR_W +: ADDR_W],
                                   s_axi_awlen_i[i*8 +: 8], s_axi_awsize_i[i*3 +: 3],
                                   s_axi_awburst_i[i*2 +: 2]};
      ar_in[i*A_BITS +: A_BITS] = {s_axi_arid_i[i*ID_W +: ID_W], s_axi_araddr_i[i*ADDR_W +: ADDR_W],
                                   s_axi_arlen_i[i*8 +: 8], s_axi_arsize_i[i*3 +: 3],
                                   s_axi_arburst_i[i*2 +: 2]};
    end
  end

  brg_arbiter #(.N(N), .WIDTH(A_BITS)) u_aw (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(s_axi_awvalid_i), .in_ready_o(s_axi_awready_o), .in_data_i(aw_in),
    .out_valid_o(aw_any), .out_ready_i(aw_free), .out_data_o(aw_pick), .out_index_o(aw_who)
  );

  brg_arbiter #(.N(N), .WIDTH(A_BITS)) u_ar (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(s_axi_arvalid_i), .in_ready_o(s_axi_arready_o), .in_data_i(ar_in),
    .out_valid_o(ar_any), .out_ready_i(ar_free), .out_data_o(ar_pick), .out_index_o(ar_who)
  );

  assign ar_free = !ar_valid_q || m_axi_arready_i;
  assign ar_take = ar_any && ar_free;
  assign aw_free = (!aw_valid_q || m_axi_awready_i) && level_q != LEVEL_W'(WRITES);
  assign aw_take = aw_any && aw_free;

  assign m_axi_awvalid_o = aw_valid_q;
  assign m_axi_awid_o[M_ID_W-1:ID_W] = aw_who_q;
  assign {m_axi_awid_o[ID_W-1:0], m_axi_awaddr_o, m_axi_awlen_o, m_axi_awsize_o,
          m_axi_awburst_o} = aw_q;
  assign m_axi_arvalid_o = ar_valid_q;
  assign m_axi_arid_o[M_ID_W-1:ID_W] = ar_who_q;
  assign {m_axi_arid_o[ID_W-1:0], m_axi_araddr_o, m_axi_arlen_o, m_axi_arsize_o,
          m_axi_arburst_o} = ar_q;

  // ---- W: whole bursts in the order of their addresses. order_q holds whose, oldest first ----
  logic [WRITES*IDX_W-1:0] order_q, order_d;
  logic [LEVEL_W-1:0]      level_q, level_popped;
  logic [IDX_W-1:0]        w_who;
  logic                    w_free, w_take, w_end;

  assign w_who  = order_q[IDX_W-1:0];
  assign w_free = level_q != '0 && (!w_valid_q || m_axi_wready_i);
  assign w_take = w_free && s_axi_wvalid_i[w_who];
  assign w_end  = w_take && s_axi_wlast_i[w_who];

  always_comb begin
    s_axi_wready_o        = '0;
    s_axi_wready_o[w_who] = w_free;
  end

  always_comb begin
    order_d      = w_end ? order_q >> IDX_W : order_q;
    level_popped = w_end ? level_q - 1'b1 : level_q;
    for (int i = 0; i < WRITES; i = i + 1) begin
      if (aw_take && level_popped == LEVEL_W'(i)) order_d[i*IDX_W +: IDX_W] = aw_who;
    end
  end

  assign m_axi_wvalid_o = w_valid_q;
  assign m_axi_wdata_o  = w_data_q;
  assign m_axi_wstrb_o  = w_strb_q;
  assign m_axi_wlast_o  = w_last_q;

  // ---- B and R: the top of the ID says whose. An answer for nobody is taken and dropped ----
  logic [IDX_W-1:0] b_who, r_who;
  logic [3:0]       b_ready, r_ready;   // 1 beyond the last master
  logic             b_free, r_free;

  assign b_who = b_id_q[M_ID_W-1:ID_W];
  assign r_who = r_id_q[M_ID_W-1:ID_W];

  always_comb begin
    b_ready          = '1;
    r_ready          = '1;
    b_ready[N-1:0]   = s_axi_bready_i;
    r_ready[N-1:0]   = s_axi_rready_i;
  end

  assign b_free = !b_valid_q || b_ready[2'(b_who)];
  assign r_free = !r_valid_q || r_ready[2'(r_who)];
  assign m_axi_bready_o = b_free;
  assign m_axi_rready_o = r_free;
  assign stray_o = (b_valid_q && 3'(b_who) >= 3'(N)) || (r_valid_q && 3'(r_who) >= 3'(N));

  always_comb begin
    for (int i = 0; i < N; i = i + 1) begin
      s_axi_bvalid_o[i] = b_valid_q && b_who == IDX_W'(i);
      s_axi_rvalid_o[i] = r_valid_q && r_who == IDX_W'(i);
    end
  end

  assign s_axi_bid_o   = {N{b_id_q[ID_W-1:0]}};
  assign s_axi_bresp_o = {N{b_resp_q}};
  assign s_axi_rid_o   = {N{r_id_q[ID_W-1:0]}};
  assign s_axi_rdata_o = {N{r_data_q}};
  assign s_axi_rresp_o = {N{r_resp_q}};
  assign s_axi_rlast_o = {N{r_last_q}};

  // ---- registers ----
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_valid_q <= 1'b0;
      w_valid_q  <= 1'b0;
      b_valid_q  <= 1'b0;
      ar_valid_q <= 1'b0;
      r_valid_q  <= 1'b0;
      level_q    <= '0;
    end else begin
      aw_valid_q <= aw_take || (aw_valid_q && !m_axi_awready_i);
      ar_valid_q <= ar_take || (ar_valid_q && !m_axi_arready_i);
      w_valid_q  <= w_take || (w_valid_q && !m_axi_wready_i);
      b_valid_q  <= m_axi_bvalid_i || !b_free;
      r_valid_q  <= m_axi_rvalid_i || !r_free;
      level_q    <= aw_take ? level_popped + 1'b1 : level_popped;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) order_q <= '0;
    else order_q <= order_d;
  end

  always_ff @(posedge clk_i) begin
    if (aw_take) begin
      aw_q     <= aw_pick;
      aw_who_q <= aw_who;
    end
    if (ar_take) begin
      ar_q     <= ar_pick;
      ar_who_q <= ar_who;
    end
    if (w_take) begin
      w_data_q <= s_axi_wdata_i[w_who*DATA_W +: DATA_W];
      w_strb_q <= s_axi_wstrb_i[w_who*STRB_W +: STRB_W];
      w_last_q <= s_axi_wlast_i[w_who];
    end
    if (b_free && m_axi_bvalid_i) begin
      b_id_q   <= m_axi_bid_i;
      b_resp_q <= m_axi_bresp_i;
    end
    if (r_free && m_axi_rvalid_i) begin
      r_id_q   <= m_axi_rid_i;
      r_data_q <= m_axi_rdata_i;
      r_resp_q <= m_axi_rresp_i;
      r_last_q <= m_axi_rlast_i;
    end
  end

  // ---- idle skip: no payload moves, and the arbiters have settled on what is asked ----
  logic           moves;
  logic [2*N-1:0] asked_q;
  logic           settled_q;

  assign moves = aw_take || ar_take || w_take || (aw_valid_q && m_axi_awready_i) ||
                 (ar_valid_q && m_axi_arready_i) || (w_valid_q && m_axi_wready_i) ||
                 (b_free && (b_valid_q || m_axi_bvalid_i)) ||
                 (r_free && (r_valid_q || m_axi_rvalid_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q   <= '0;
      settled_q <= 1'b0;
    end else begin
      asked_q   <= {s_axi_arvalid_i, s_axi_awvalid_i};
      settled_q <= !moves;
    end
  end

  assign quiet_cycles_o = {32{rst_ni && settled_q && !moves &&
                              asked_q == {s_axi_arvalid_i, s_axi_awvalid_i}}};

`ifdef FORMAL
  `include "brg_axi_mux_props.svh"
`endif

endmodule

`default_nettype wire
