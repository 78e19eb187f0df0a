// SPDX-License-Identifier: Apache-2.0
// Properties of brg_cache_targets, included by the module under FORMAL: each list is first in first
// out, nothing is lost or made up, a full pool takes nothing. One entry of one arbitrary list is
// followed: how many stand before it in its list is counted from outside. Bounded proof.

  logic                   f_started = 1'b0;
  (* anyconst *) logic [$clog2(LISTS)-1:0] f_list;
  logic                   f_held  = 1'b0;    // the followed entry is inside
  logic [IDX_W:0]         f_before = '0;     // entries of its list before it
  logic [IDX_W:0]         f_count  = '0;     // entries of the list
  logic [IDX_W:0]         f_all    = '0;     // entries of all lists
  logic [WIDTH-1:0]       f_value;
  logic                   f_due = 1'b0;      // the followed entry was popped
  logic                   f_push, f_pop;
  (* anyseq *) logic      f_follow;          // follow the entry pushed now

  assign f_push = push && push_list_i == f_list;
  assign f_pop  = pop && pop_list_i == f_list;

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni) begin
      f_held  <= 1'b0;
      f_count <= '0;
      f_all   <= '0;
      f_due   <= 1'b0;
    end else begin
      f_count <= f_count + f_push - f_pop;
      f_all   <= f_all + push - pop;
      f_due   <= f_held && f_pop && f_before == '0;
      if (f_held && f_pop) begin
        if (f_before == '0) f_held <= 1'b0;
        else f_before <= f_before - 1'b1;
      end
      if (!f_held && f_push && f_follow) begin
        f_held   <= 1'b1;
        f_before <= f_count - f_pop;
        f_value  <= push_data_i;
      end
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      assert (full_o == (f_all == DEPTH));
      assert (empty_o[f_list] == (f_count == 0));
      if (f_due) assert (pop_data_o == f_value);
      if (f_held) assert (f_before < f_count);
      if (f_started && $past(rst_ni) && !$past(pop)) assert (pop_data_o == $past(pop_data_o));
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && full_o && !empty_o[0] && !empty_o[1]);
    cover (rst_ni && f_due && push && pop && push_list_i == pop_list_i && last);
  end
