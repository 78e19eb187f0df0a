// SPDX-License-Identifier: Apache-2.0
// Every DPI import of the design, included by brg_plant.sv alone. All calls are events: a query, a
// slice, a leaf word, a readout; none is made every cycle. The C side is testbench/rtl_system.cpp.

// A query begins: input in the registers, tree empty.
import "DPI-C" context function void brg_dpi_begin(input int tag);
// A slice starts. cycle: clocks since reset. waits: cycles waited before it by cause, 32 bits each,
// cause 0 lowest. word: the control word with index bases already added. duration: cycles.
// version: leaf data version of the fetch.
import "DPI-C" context function void brg_dpi_slice(
    input int slice, input longint cycle, input bit [223:0] waits, input bit [191:0] word,
    input longint duration, input int version);
// LEAF_W bits of one bit plane reach the leaf latches. index: which LEAF_W group of the plane.
import "DPI-C" context function void brg_dpi_leaf(
    input int version, input int plane, input int index, input bit [511:0] data);
// The bus qubits are measured; bits reach the result registers when the readout time is over.
import "DPI-C" context function void brg_dpi_readout(output bit [63:0] bits);
// The query ended with a status code of brg_types.svh.
import "DPI-C" context function void brg_dpi_end(input int tag, input int status);
// Observables for the waves, asked after each slice while the plant input observe_i is set.
import "DPI-C" context function void brg_dpi_observe(output real infidelity, output real norm);
import "DPI-C" context function real brg_dpi_population(input int layer);
