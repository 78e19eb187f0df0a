// SPDX-License-Identifier: Apache-2.0
// Properties of brg_skid, included by the module under FORMAL: a two-entry queue in order, at full
// throughput. A plain model of the queue runs beside it; induction is of depth 3.

  logic             f_started = 1'b0;
  logic [1:0]       f_count   = 2'd0;
  logic [WIDTH-1:0] f_head, f_tail;
  logic             f_push, f_pop;

  assign f_push = in_valid_i && in_ready_o;
  assign f_pop  = out_valid_o && out_ready_i;

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) f_count <= 2'd0;
    else begin
      f_count <= f_count + f_push - f_pop;
      if (f_pop) f_head <= f_tail;
      if (f_push && f_count == f_pop) f_head <= in_data_i;
      if (f_push && f_count != f_pop) f_tail <= in_data_i;
    end
  end

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (f_count <= 2);
      assert (f_count == {1'b0, valid_q} + {1'b0, !ready_q});
      assert (valid_q || ready_q);
      if (out_valid_o) assert (out_data_o == f_head);
      if (!in_ready_o) assert (spare_q == f_tail);
      if (f_started && $past(rst_ni)) begin
        if ($past(out_ready_i)) assert (in_ready_o);
        if ($past(f_push)) assert (out_valid_o);
        if ($past(out_valid_o) && !$past(out_ready_i)) begin
          assert (out_valid_o && out_data_o == $past(out_data_o));
        end
      end
    end
  end

  logic [2:0] f_run = 3'd0;
  always @(posedge clk_i) begin
    if (!rst_ni || !(f_push && f_pop)) f_run <= 3'd0;
    else if (f_run != 3'd7) f_run <= f_run + 1'b1;
    cover (rst_ni && f_run == 3'd5);
    cover (rst_ni && f_count == 2 && f_pop);
  end
