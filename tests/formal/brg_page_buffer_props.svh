// SPDX-License-Identifier: Apache-2.0
// Properties of brg_page_buffer, included by the module under FORMAL: no word is read before it is
// written, none is overwritten before it is read, and words leave in the order in which they came.
// An arbitrary location and an arbitrary position of the stream are followed; induction is of
// depth 3.

  logic              f_started = 1'b0;
  (* anyconst *) logic [ADDR_W:0] f_place;   // {bank, word}
  logic [7:0]        f_word;
  logic              f_full    = 1'b0;       // holds a word that nobody has read
  logic [WIDTH-1:0]  f_value;
  logic              f_check   = 1'b0;       // read_data_o must be f_out, unless a fault flips it
  logic [WIDTH-1:0]  f_out;
  (* anyconst *) logic [7:0] f_number;       // the word of that number in the stream
  logic [7:0]        f_writes  = 8'd0, f_reads = 8'd0;
  logic [ADDR_W:0]   f_where;                // where word f_number was written
  logic [7:0]        f_lo0, f_hi0, f_lo1, f_hi1;  // unread words of a bank: lo <= word < hi
  logic [7:0]        f_in_head, f_in_other, f_ahead;
  logic              f_fault;

  assign f_lo0 = read_bank_q ? 8'd0 : 8'(read_q);
  assign f_lo1 = read_bank_q ? 8'(read_q) : 8'd0;
  assign f_hi0 = !held_q[0] ? 8'd0 : !open_q[0] ? 8'(words0_q) : write_bank_q ? 8'd0 : 8'(write_q);
  assign f_hi1 = !held_q[1] ? 8'd0 : !open_q[1] ? 8'(words1_q) : write_bank_q ? 8'(write_q) : 8'd0;
  assign f_in_head  = read_bank_q ? f_hi1 - f_lo1 : f_hi0 - f_lo0;
  assign f_in_other = read_bank_q ? f_hi0 - f_lo0 : f_hi1 - f_lo1;
  assign f_ahead    = f_number - f_reads;
  assign f_word     = 8'(f_place[ADDR_W-1:0]);
  assign f_fault    = fault_inject_i[31];

  always @* if (!f_started) assume (!rst_ni);

  always @(posedge clk_i) begin
    f_started <= 1'b1;
    if (!rst_ni || clear_i) begin
      f_full   <= 1'b0;
      f_check  <= 1'b0;
      f_writes <= 8'd0;
      f_reads  <= 8'd0;
    end else begin
      if (write && {write_bank_q, write_q} == f_place) begin
        f_full  <= 1'b1;
        f_value <= write_data_i;
      end
      if (read && {read_bank_q, read_q} == f_place) f_full <= 1'b0;
      f_check  <= read && {read_bank_q, read_q} == f_place && !f_fault;
      f_out    <= f_value;
      if (write && f_writes == f_number) f_where <= {write_bank_q, write_q};
      f_writes <= f_writes + write;
      f_reads  <= f_reads + read;
    end
    // What the loader must do.
    if (rst_ni) begin
      assume (!alloc_i || (free_o && alloc_words_i != 0 && alloc_words_i <= BANK_WORDS));
      assume (!write_i || write_ready_o);
    end
  end

  always @(posedge clk_i) begin
    if (rst_ni) begin
      if (write && {write_bank_q, write_q} == f_place) assert (!f_full);
      if (read && {read_bank_q, read_q} == f_place) assert (f_full);
      if (f_check) assert (read_data_o == f_out);
      if (read && f_reads == f_number) assert ({read_bank_q, read_q} == f_where);

      // Invariants of the turns.
      assert ((open_q & ~held_q) == 0);
      assert ((error_q & ~held_q) == 0);
      if (held_q == 2'b00) begin
        assert (alloc_bank_q == write_bank_q && write_bank_q == read_bank_q);
      end
      if (held_q == 2'b01 || held_q == 2'b10) begin
        assert (held_q[read_bank_q] && alloc_bank_q == !read_bank_q);
        assert (write_bank_q == (open_q[read_bank_q] ? read_bank_q : !read_bank_q));
      end
      if (held_q == 2'b11) begin
        assert (alloc_bank_q == read_bank_q);
        assert (!open_q[read_bank_q] || open_q[!read_bank_q]);
        assert (write_bank_q == (open_q == 2'b11 || open_q == 2'b00 ? read_bank_q : !read_bank_q));
      end
      if (held_q[0]) assert (words0_q != 0 && words0_q <= BANK_WORDS);
      if (held_q[1]) assert (words1_q != 0 && words1_q <= BANK_WORDS);
      if (open_q[write_bank_q]) assert ({1'b0, write_q} < (write_bank_q ? words1_q : words0_q));
      else assert (write_q == 0);
      if (held_q[read_bank_q]) assert ({1'b0, read_q} < (read_bank_q ? words1_q : words0_q));
      else assert (read_q == 0);
      if (open_q[read_bank_q]) assert (read_q <= write_q);
      // Invariants of the followed location and of the followed word.
      if (f_place[ADDR_W]) assert (f_full == (f_lo1 <= f_word && f_word < f_hi1));
      else assert (f_full == (f_lo0 <= f_word && f_word < f_hi0));
      if (f_full) assert (mem[f_place] == f_value);
      assert (8'(f_writes - f_reads) == f_in_head + f_in_other);
      if (f_ahead < f_in_head) assert (f_where == {read_bank_q, ADDR_W'(read_q + f_ahead)});
      else if (f_ahead < f_in_head + f_in_other) begin
        assert (f_where == {!read_bank_q, ADDR_W'(f_ahead - f_in_head)});
      end
    end
  end

  always @(posedge clk_i) begin
    cover (rst_ni && held_q == 2'b11 && open_q == 2'b00);
    cover (rst_ni && write && read && write_bank_q == read_bank_q);
    cover (rst_ni && write && read && write_bank_q != read_bank_q);
    cover (rst_ni && f_reads == BANK_WORDS + 1 && empty_o);
    cover (rst_ni && f_check && flip_q == 0 && $past(read_error_o));
  end
