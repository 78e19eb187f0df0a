// SPDX-License-Identifier: Apache-2.0
// A state whose amplitudes come from memory: the word of each of the 8 cells, four bits, is the
// amplitude of that address in sixteenths. The query loads the word, rotations by its bits turn a
// flag qubit, the second query unloads it; the attempt counts when the flag is 1, else it is repeated.
// The rotation is by angles, so amplitude d/16 is approximated by sin(d pi/32).
OPENQASM 3.0;
include "stdgates.inc";
pragma brigade qram weights address 3 word 4 image file "amplitudes.csv"

qubit[3] address;
qubit[4] bus;
qubit flag;
bit[3] c;
bit done = 0;

while (done == 0) {
  reset address;
  reset flag;
  h address;
  weights address, bus;
  for int j in [0:3] { cry(pi * 2 ** j / 16) bus[j], flag; }
  weights address, bus;
  done = measure flag;
}
for int i in [0:2] { c[2 - i] = measure address[i]; }
