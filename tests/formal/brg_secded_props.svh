// SPDX-License-Identifier: Apache-2.0
// Properties of brg_secded, included by the module under FORMAL: no error, one error anywhere and two
// errors anywhere in the 72 bits of the word 0. The code is linear, so what an error does depends on
// the error alone; the tests run words of all kinds (a solver takes hours over their sums).
// Combinational: depth 1.

  (* anyconst *) logic [6:0] f_first, f_second;
  (* anyconst *) logic [1:0] f_errors;
  logic [71:0] f_sent, f_came;

  assign f_sent = {enc_check_o, enc_data_i};
  assign f_came = f_sent ^ (f_errors >= 2'd1 ? 72'd1 << f_first : 72'd0) ^
                  (f_errors == 2'd2 ? 72'd1 << f_second : 72'd0);

  always @* begin
    assume (f_first < 7'd72 && f_second < 7'd72 && f_first != f_second && f_errors != 2'd3);
    assume (enc_data_i == 64'd0);
    assume ({dec_check_i, dec_data_i} == f_came);
    if (f_errors == 2'd2) begin
      assert (dec_uncorrectable_o);
      assert (!dec_corrected_o);
    end else begin
      assert (dec_data_o == enc_data_i);
      assert (dec_corrected_o == (f_errors == 2'd1));
      assert (!dec_uncorrectable_o);
    end
    cover (f_errors == 2'd1 && f_first >= 7'd64);
    cover (f_errors == 2'd2 && f_first < 7'd64 && f_second >= 7'd64);
  end
