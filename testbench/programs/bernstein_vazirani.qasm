// SPDX-License-Identifier: Apache-2.0
// Bernstein-Vazirani: the hidden string comes out of one evaluation of its inner product. As
// `input uint[5] hidden;` it would be given by --input hidden=NUMBER.
OPENQASM 3.0;
include "stdgates.inc";
const uint[5] hidden = 19;

qubit[5] q;
qubit answer;
bit[5] c;

x answer;
h answer;
h q;
for int i in [0:4] { if (hidden[i] == 1) cx q[i], answer; }
h q;
c = measure q;
