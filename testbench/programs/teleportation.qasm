// SPDX-License-Identifier: Apache-2.0
// Teleportation with feedback: the state ry(2 pi/3)|0> goes from `message` to `target`, which then
// is 1 with probability 3/4.
OPENQASM 3.0;
include "stdgates.inc";

qubit message;
qubit[2] pair;
bit phase_flip;
bit bit_flip;
bit[1] received;

ry(2 * pi / 3) message;
h pair[0];
cx pair[0], pair[1];

cx message, pair[0];
h message;
phase_flip = measure message;
bit_flip = measure pair[0];
if (bit_flip) x pair[1];
if (phase_flip) z pair[1];
received[0] = measure pair[1];
