// SPDX-License-Identifier: Apache-2.0
// Quantum Fourier transform of six qubits and back: the number 37 is there again at the end.
OPENQASM 3.0;
include "stdgates.inc";

gate qft6 q0, q1, q2, q3, q4, q5 {
  h q5; cp(pi / 2) q4, q5; cp(pi / 4) q3, q5; cp(pi / 8) q2, q5; cp(pi / 16) q1, q5; cp(pi / 32) q0, q5;
  h q4; cp(pi / 2) q3, q4; cp(pi / 4) q2, q4; cp(pi / 8) q1, q4; cp(pi / 16) q0, q4;
  h q3; cp(pi / 2) q2, q3; cp(pi / 4) q1, q3; cp(pi / 8) q0, q3;
  h q2; cp(pi / 2) q1, q2; cp(pi / 4) q0, q2;
  h q1; cp(pi / 2) q0, q1;
  h q0;
  swap q0, q5; swap q1, q4; swap q2, q3;
}

qubit[6] q;
bit[6] c;
const uint[6] number = 37;
for int i in [0:5] { if (number[i] == 1) x q[i]; }
qft6 q[0], q[1], q[2], q[3], q[4], q[5];
inv @ qft6 q[0], q[1], q[2], q[3], q[4], q[5];
c = measure q;
