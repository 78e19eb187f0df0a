// SPDX-License-Identifier: Apache-2.0
// Grover search over a memory of 2^4 cells: which cell holds a 1? The query puts the cell on the bus,
// Z marks it, the second query takes it off the bus again. After three turns the marked cell comes
// out with probability sin^2(7 asin(1/4)) = 0.9613.
OPENQASM 3.0;
include "stdgates.inc";
pragma brigade qram table address 4 word 1 image file "grover.csv"

const int n = 4;
const int turns = 3;
qubit[n] address;
qubit bus;
bit[n] found;

h address;
for int turn in [1:turns] {
  table address, bus;
  z bus;
  table address, bus;
  h address;
  x address;
  ctrl(n - 1) @ z address[0], address[1], address[2], address[3];
  x address;
  h address;
}
// Address bit 0 is the most significant: it becomes the leftmost bit of the result.
for int i in [0:n - 1] { found[n - 1 - i] = measure address[i]; }
